//! Waiting (DESIGN.md: "One poll for everything"): everything that waits for the host is polled
//! together.

use super::deadlock;
use super::timers;
use crate::hooks::{self, PumpKind, io};
use common::array::Array;
use common::global::Global;
use common::memory::Buffer;
use common::shared::Shared;
use core::cell::Cell;

pub use crate::hooks::step;

/// An object that may wait for the host, above all one that moves bytes between a stream of the
/// guest and one of the host. First field of an object whose type `kind` says.
#[repr(C)]
pub struct Pump {
    pub kind: PumpKind,
    /// In the list of waiting pumps, for `pollable`.
    parked: Cell<bool>,
    pollable: Cell<u32>,
    previous: Cell<Option<Shared<Pump>>>,
    next: Cell<Option<Shared<Pump>>>,
}

impl Pump {
    pub const fn new(kind: PumpKind) -> Pump {
        Pump {
            kind,
            parked: Cell::new(false),
            pollable: Cell::new(0),
            previous: Cell::new(None),
            next: Cell::new(None),
        }
    }
}

struct Waiting {
    first: Cell<Option<Shared<Pump>>>,
    /// The argument of `poll`, otherwise empty.
    pollables: Array<u32>,
    /// The pumps of a round, until it is over; `None` for those that have gone in the meantime.
    pumps: Array<Option<Shared<Pump>>>,
    /// Events that may still be delivered before the host is looked at.
    budget: Cell<u32>,
}

static WAITING: Global<Waiting> = Global::new(Waiting {
    first: Cell::new(None),
    pollables: Array::new(),
    pumps: Array::new(),
    budget: Cell::new(BUDGET),
});

const BUDGET: u32 = 64;

/// Lets a pump wait for `pollable`.
pub fn park(pump: Shared<Pump>, pollable: u32) {
    pump.pollable.set(pollable);
    if pump.parked.replace(true) {
        return;
    }
    let first = WAITING.first.replace(Some(pump));
    pump.previous.set(None);
    pump.next.set(first);
    if let Some(first) = first {
        first.previous.set(Some(pump));
    }
}

pub fn unpark(pump: Shared<Pump>) {
    if !pump.parked.replace(false) {
        return;
    }
    let pumps = &WAITING.pumps;
    for index in 0..pumps.len() {
        if pumps.get(index) == Some(pump) {
            pumps.set(index, None);
        }
    }
    let (previous, next) = (pump.previous.get(), pump.next.get());
    match previous {
        None => WAITING.first.set(next),
        Some(previous) => previous.next.set(next),
    }
    if let Some(next) = next {
        next.previous.set(previous);
    }
}

pub fn any_pump() -> bool {
    WAITING.first.get().is_some()
}

/// Whether `is` holds for some waiting pump.
pub fn any(is: impl Fn(Shared<Pump>) -> bool) -> bool {
    let mut next = WAITING.first.get();
    while let Some(pump) = next {
        if is(pump) {
            return true;
        }
        next = pump.next.get();
    }
    false
}

/// Begins a round with the waiting pumps; returns how many they are.
fn gather() -> u32 {
    let mut next = WAITING.first.get();
    while let Some(pump) = next {
        WAITING.pumps.push(Some(pump));
        next = pump.next.get();
    }
    WAITING.pumps.len()
}

/// Steps a pump of the round, unless it has gone; true if it waits as before.
fn step_gathered(index: u32) -> bool {
    if let Some(pump) = WAITING.pumps.get(index) {
        step(pump);
    }
    WAITING.pumps.get(index).is_some()
}

/// Steps the pumps of a round whose pollables are ready; `ready` are their indices. True if a pump
/// or a timer went on.
fn step_ready(ready: &Buffer, pumps: u32) -> bool {
    let mut any = false;
    for index in 0..ready.len / 4 {
        let index = io::index(ready, index);
        if index < pumps {
            any |= !step_gathered(index);
        } else {
            timers::hook_ready();
            any = true;
        }
    }
    any
}

/// If so many pollables are ready at once, and none of their pumps can go on after all, the host
/// throttles them.
const MANY: u32 = 64;

/// Steps the waiting pumps that `which` chooses.
pub fn step_all(which: impl Fn(Shared<Pump>) -> bool) {
    for index in 0..gather() {
        if let Some(pump) = WAITING.pumps.get(index)
            && which(pump)
        {
            step(pump);
        }
    }
    WAITING.pumps.clear();
}

/// One round that does not block: whatever can go on does.
pub fn poll_once() {
    WAITING.budget.set(BUDGET);
    if timers::any() {
        timers::hook_expire();
    }
    step_all(|_| true);
}

/// An event is about to be delivered. Polls once, and returns true, if the budget is spent, so that
/// the host gets its turn although a program always has an event at hand.
pub fn spend_budget() -> bool {
    let left = WAITING.budget.get() - 1;
    WAITING.budget.set(left);
    let is_spent = left == 0;
    if is_spent {
        poll_once();
    }
    is_spent
}

/// Whether there is anything that `block` could wait for.
pub fn may_block() -> bool {
    any_pump() || timers::any()
}

/// One round that waits until something can go on.
pub fn block() {
    let Waiting { pollables, pumps, budget, .. } = &*WAITING;
    budget.set(BUDGET);
    let count = gather();
    for index in 0..count {
        pollables.push(pumps.get(index).map_or(0, |pump| pump.pollable.get()));
    }
    if timers::any() {
        pollables.push(timers::hook_pollable());
    }
    if pollables.is_empty() {
        deadlock::deadlock()
    }
    let mut ready = io::poll(pollables.at(0), pollables.len());
    pollables.clear();
    if !step_ready(&ready, count) && ready.len / 4 >= MANY && hooks::may_be_throttled() {
        hooks::yield_to_host();
        step_ready(&ready, count);
    }
    pumps.clear();
    ready.release();
}
