//! Waiting (DESIGN.md: "One poll for everything"): everything that waits for the host is polled together.

use crate::deadlock;
use crate::http;
use crate::io;
use crate::pump_in;
use crate::pump_out;
use crate::sockets;
use crate::timers;
use common::array::Array;
use common::cell::Global;
use common::memory::Buffer;
use core::ptr::null_mut;

/// What may wait for the host: what moves bytes between a stream of the guest and one of the host, above all. First in
/// the object that its kind says.
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
    /// `http::Trailers`: those of an incoming body.
    Trailers,
    /// `http::Call`: a request that was sent.
    Call,
    /// `http::Forward`: from a future to another one; waits for the guest alone.
    Forward,
    /// `sockets::Connect` and so on: calls of functions of `wasi:sockets`.
    Connect,
    Send,
    Receive,
    Lookup,
    /// `sockets::Accept`: a stream of sockets.
    Accept,
}

impl Pump {
    pub const fn new(kind: Kind) -> Pump {
        Pump { kind, parked: false, pollable: 0, previous: null_mut(), next: null_mut() }
    }
}

struct Waiting {
    first: *mut Pump,
    /// For `poll`, otherwise empty.
    pollables: Array<u32>,
    /// The pumps of a round, until it is over; null for those that have gone in the meantime.
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
    let pumps = &mut WAITING.get().pumps;
    for index in 0..pumps.len {
        if core::ptr::eq(pumps.get(index), pump) {
            pumps.set(index, null_mut());
        }
    }
    if pump.previous.is_null() {
        WAITING.get().first = pump.next;
    } else {
        unsafe { (*pump.previous).next = pump.next };
    }
    if !pump.next.is_null() {
        unsafe { (*pump.next).previous = pump.previous };
    }
}

/// Goes on with what a pump is for.
pub fn step(pump: *mut Pump) {
    match unsafe { (*pump).kind } {
        Kind::In => pump_in::part_step(pump as *mut _),
        Kind::Out => pump_out::part_step(pump as *mut _),
        kind => part_step(pump, kind),
    }
}

/// The same of what waits for messages and the network.
#[inline(never)]
#[unsafe(export_name = "part:domains/step")]
extern "C" fn part_step(pump: *mut Pump, kind: Kind) {
    match kind {
        Kind::In | Kind::Out => {}
        Kind::Trailers => http::part_step_trailers(pump as *mut _),
        Kind::Call => http::part_step_call(pump as *mut _),
        Kind::Forward => http::part_step_forward(pump as *mut _),
        Kind::Connect => sockets::part_step_connect(pump as *mut _),
        Kind::Send => sockets::part_step_send(pump as *mut _),
        Kind::Receive => sockets::part_step_receive(pump as *mut _),
        Kind::Lookup => sockets::part_step_lookup(pump as *mut _),
        Kind::Accept => sockets::part_step_accept(pump as *mut _),
    }
}

/// Nobody waits any more for the call that this is.
#[inline(never)]
#[unsafe(export_name = "part:domains/cancel")]
pub extern "C" fn part_cancel(pump: *mut Pump) {
    match unsafe { (*pump).kind } {
        Kind::Connect => sockets::part_cancel_connect(pump as *mut _),
        Kind::Send => sockets::part_cancel_send(pump as *mut _),
        Kind::Receive => sockets::part_cancel_receive(pump as *mut _),
        Kind::Lookup => sockets::part_cancel_lookup(pump as *mut _),
        _ => http::part_cancel_call(pump as *mut _),
    }
}

/// Nobody reads any more what a pump provides.
#[inline(never)]
#[unsafe(export_name = "part:domains/drop-source")]
pub extern "C" fn part_drop_source(pump: *mut Pump) {
    match unsafe { (*pump).kind } {
        Kind::Trailers => http::part_drop_trailers(pump as *mut _),
        Kind::Accept => sockets::part_drop_accept(pump as *mut _),
        _ => pump_in::part_drop(pump as *mut _),
    }
}

pub fn any_pump() -> bool {
    !WAITING.get().first.is_null()
}

/// Whether some pump that waits is as `is` says.
pub fn any(is: impl Fn(*mut Pump, Kind) -> bool) -> bool {
    let mut pump = WAITING.get().first;
    while !pump.is_null() {
        if is(pump, unsafe { (*pump).kind }) {
            return true;
        }
        pump = unsafe { (*pump).next };
    }
    false
}

/// A round begins: the pumps that wait.
fn gather() -> u32 {
    let waiting = WAITING.get();
    let mut pump = waiting.first;
    while !pump.is_null() {
        waiting.pumps.push(pump);
        pump = unsafe { (*pump).next };
    }
    waiting.pumps.len
}

/// Goes on with a pump of the round, unless it has gone. Whether it waits as before.
fn step_gathered(index: u32) -> bool {
    let pump = WAITING.get().pumps.get(index);
    if !pump.is_null() {
        step(pump);
    }
    !WAITING.get().pumps.get(index).is_null()
}

/// Goes on with those pumps of a round that are ready; `ready` are indices of pollables. Whether anything did.
fn step_ready(ready: &Buffer, pumps: u32) -> bool {
    let mut any = false;
    for index in 0..ready.len / 4 {
        let index = unsafe { (ready.at as *const u32).add(index as usize).read() };
        if index < pumps {
            any |= !step_gathered(index);
        } else {
            timers::part_ready();
            any = true;
        }
    }
    any
}

/// So many that are ready at once, and none of which can go on after all, are too many for the host.
const MANY: u32 = 64;

/// Lets those pumps that wait go on that `which` chooses.
pub fn step_all(which: impl Fn(*mut Pump, Kind) -> bool) {
    for index in 0..gather() {
        let pump = WAITING.get().pumps.get(index);
        if !pump.is_null() && which(pump, unsafe { (*pump).kind }) {
            step(pump);
        }
    }
    WAITING.get().pumps.len = 0;
}

/// One round that does not block: whatever can go on does.
pub fn sweep() {
    WAITING.get().patience = PATIENCE;
    if timers::any() {
        timers::part_expire();
    }
    step_all(|_, _| true);
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
    let pumps = gather();
    for index in 0..pumps {
        let waiting = WAITING.get();
        waiting.pollables.push(unsafe { (*waiting.pumps.get(index)).pollable });
    }
    let waiting = WAITING.get();
    if timers::any() {
        waiting.pollables.push(timers::part_pollable());
    }
    let count = waiting.pollables.len;
    if count == 0 {
        deadlock::deadlock()
    }
    let mut ready = io::poll(waiting.pollables.at(0), count);
    waiting.pollables.len = 0;
    if !step_ready(&ready, pumps) && ready.len / 4 >= MANY && sockets::in_use() {
        sockets::part_breathe();
        step_ready(&ready, pumps);
    }
    WAITING.get().pumps.len = 0;
    ready.release();
}
