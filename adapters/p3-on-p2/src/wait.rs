//! Waiting (pattern D6): everything that waits for the host is polled together.

use crate::array::Array;
use crate::cell::Global;
use crate::io;
use crate::pump_in;
use crate::pump_out;
use crate::timers;
use crate::deadlock;
use core::ptr::null_mut;

/// What moves bytes between a stream of the guest and one of the host.
#[repr(C)]
pub struct Pump {
    kind: Kind,
    /// Among those that wait, for `pollable`.
    parked: bool,
    pollable: u32,
    previous: *mut Pump,
    next: *mut Pump,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    In,
    Out,
}

impl Pump {
    pub const fn new(kind: Kind) -> Pump {
        Pump { kind, parked: false, pollable: 0, previous: null_mut(), next: null_mut() }
    }
}

struct Waiting {
    first: *mut Pump,
    /// For `poll`: pollables, and the pump that waits for each. Empty between polls.
    pollables: Array<u32>,
    pumps: Array<*mut Pump>,
    /// Events that may still be delivered before the host is looked at.
    patience: u32,
}

static WAITING: Global<Waiting> =
    Global::new(Waiting { first: null_mut(), pollables: Array::new(), pumps: Array::new(), patience: PATIENCE });

const PATIENCE: u32 = 64;

/// Lets a pump wait.
pub fn park(pump: &mut Pump, pollable: u32) {
    pump.pollable = pollable;
    if pump.parked {
        return;
    }
    pump.parked = true;
    let waiting = WAITING.get();
    pump.previous = null_mut();
    pump.next = waiting.first;
    if !waiting.first.is_null() {
        unsafe { (*waiting.first).previous = pump };
    }
    waiting.first = pump;
}

pub fn unpark(pump: &mut Pump) {
    if !pump.parked {
        return;
    }
    pump.parked = false;
    if pump.previous.is_null() {
        WAITING.get().first = pump.next;
    } else {
        unsafe { (*pump.previous).next = pump.next };
    }
    if !pump.next.is_null() {
        unsafe { (*pump.next).previous = pump.previous };
    }
}

fn step(pump: *mut Pump) {
    match unsafe { (*pump).kind } {
        Kind::In => pump_in::part_step(pump as *mut _),
        Kind::Out => pump_out::part_step(pump as *mut _),
    }
}

pub fn any_pump() -> bool {
    !WAITING.get().first.is_null()
}

/// Calls `each` for the pumps that wait; it may end the pump that it is called with.
pub fn for_each(mut each: impl FnMut(*mut Pump, Kind)) {
    let mut pump = WAITING.get().first;
    while !pump.is_null() {
        let next = unsafe { (*pump).next };
        each(pump, unsafe { (*pump).kind });
        pump = next;
    }
}

/// One round that does not block: whatever can go on does.
pub fn sweep() {
    WAITING.get().patience = PATIENCE;
    if timers::any() {
        timers::part_expire();
    }
    for_each(|pump, _| step(pump));
}

/// Sweeps from time to time, so that a program that always has an event at hand does not keep the host out.
/// Whether it did.
pub fn be_fair() -> bool {
    let waiting = WAITING.get();
    waiting.patience -= 1;
    let sweeps = waiting.patience == 0;
    if sweeps {
        sweep();
    }
    sweeps
}

/// Whether there is anything that `block` could wait for.
pub fn may_block() -> bool {
    any_pump() || timers::any()
}

/// One round that waits until something can go on.
pub fn block() {
    let waiting = WAITING.get();
    waiting.patience = PATIENCE;
    for_each(|pump, _| {
        let waiting = WAITING.get();
        waiting.pollables.push(unsafe { (*pump).pollable });
        waiting.pumps.push(pump);
    });
    let pumps = waiting.pumps.len;
    if timers::any() {
        waiting.pollables.push(timers::part_pollable());
    }
    let count = waiting.pollables.len;
    if count == 0 {
        deadlock::deadlock()
    }
    let mut ready = io::poll(waiting.pollables.at(0), count);
    waiting.pollables.len = 0;
    waiting.pumps.len = 0;
    for index in 0..ready.len / 4 {
        let index = unsafe { (ready.at as *const u32).add(index as usize).read() };
        if index < pumps {
            step(WAITING.get().pumps.get(index));
        } else {
            timers::part_ready();
        }
    }
    ready.release();
}
