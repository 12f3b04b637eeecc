//! Waiting (DESIGN.md: "One poll for everything"): everything that waits for the host is polled
//! together.

use super::deadlock;
use super::timers;
use crate::hooks::{self, WaiterKind, io};
use common::array::Array;
use common::global::Global;
use common::memory::Buffer;
use common::shared::Shared;
use core::cell::Cell;

pub use crate::hooks::step;

/// An object that may wait for the host, above all one that moves bytes between a stream of the
/// guest and one of the host. First field of an object whose type `kind` says.
#[repr(C)]
pub struct Waiter {
    pub kind: WaiterKind,
    /// In the list of registered waiters, for `pollable`.
    registered: Cell<bool>,
    pollable: Cell<u32>,
    previous: Cell<Option<Shared<Waiter>>>,
    next: Cell<Option<Shared<Waiter>>>,
}

impl Waiter {
    pub const fn new(kind: WaiterKind) -> Waiter {
        Waiter {
            kind,
            registered: Cell::new(false),
            pollable: Cell::new(0),
            previous: Cell::new(None),
            next: Cell::new(None),
        }
    }
}

struct Waiting {
    first: Cell<Option<Shared<Waiter>>>,
    /// The argument of `poll`, otherwise empty.
    pollables: Array<u32>,
    /// The waiters of a round, until it is over; `None` for those that have gone in the meantime.
    waiters: Array<Option<Shared<Waiter>>>,
    /// Events that may still be delivered before the host is looked at.
    budget: Cell<u32>,
}

static WAITING: Global<Waiting> = Global::new(Waiting {
    first: Cell::new(None),
    pollables: Array::new(),
    waiters: Array::new(),
    budget: Cell::new(BUDGET),
});

const BUDGET: u32 = 64;

/// Lets a waiter wait for `pollable`.
pub fn register(waiter: Shared<Waiter>, pollable: u32) {
    waiter.pollable.set(pollable);
    if waiter.registered.replace(true) {
        return;
    }
    let first = WAITING.first.replace(Some(waiter));
    waiter.previous.set(None);
    waiter.next.set(first);
    if let Some(first) = first {
        first.previous.set(Some(waiter));
    }
}

pub fn deregister(waiter: Shared<Waiter>) {
    if !waiter.registered.replace(false) {
        return;
    }
    let waiters = &WAITING.waiters;
    for index in 0..waiters.len() {
        if waiters.get(index) == Some(waiter) {
            waiters.set(index, None);
        }
    }
    let (previous, next) = (waiter.previous.get(), waiter.next.get());
    match previous {
        None => WAITING.first.set(next),
        Some(previous) => previous.next.set(next),
    }
    if let Some(next) = next {
        next.previous.set(previous);
    }
}

pub fn any_waiter() -> bool {
    WAITING.first.get().is_some()
}

/// Whether `is` holds for some registered waiter.
pub fn any(is: impl Fn(Shared<Waiter>) -> bool) -> bool {
    let mut next = WAITING.first.get();
    while let Some(waiter) = next {
        if is(waiter) {
            return true;
        }
        next = waiter.next.get();
    }
    false
}

/// Begins a round with the registered waiters; returns how many they are.
fn gather() -> u32 {
    let mut next = WAITING.first.get();
    while let Some(waiter) = next {
        WAITING.waiters.push(Some(waiter));
        next = waiter.next.get();
    }
    WAITING.waiters.len()
}

/// Steps a waiter of the round, unless it has gone; true if it waits as before.
fn step_gathered(index: u32) -> bool {
    if let Some(waiter) = WAITING.waiters.get(index) {
        step(waiter);
    }
    WAITING.waiters.get(index).is_some()
}

/// Steps the waiters of a round whose pollables are ready; `ready` are their indices. True if a
/// waiter or a timer went on.
fn step_ready(ready: &Buffer, waiters: u32) -> bool {
    let mut any = false;
    for index in 0..ready.len / 4 {
        let index = io::index(ready, index);
        if index < waiters {
            any |= !step_gathered(index);
        } else {
            timers::hook_ready();
            any = true;
        }
    }
    any
}

/// If so many pollables are ready at once, and none of their waiters can go on after all, the host
/// throttles them.
const MANY: u32 = 64;

/// Steps the registered waiters that `which` chooses.
pub fn step_all(which: impl Fn(Shared<Waiter>) -> bool) {
    for index in 0..gather() {
        if let Some(waiter) = WAITING.waiters.get(index)
            && which(waiter)
        {
            step(waiter);
        }
    }
    WAITING.waiters.clear();
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
    any_waiter() || timers::any()
}

/// One round that waits until something can go on.
pub fn block() {
    let Waiting { pollables, waiters, budget, .. } = &*WAITING;
    budget.set(BUDGET);
    let count = gather();
    for index in 0..count {
        pollables.push(waiters.get(index).map_or(0, |waiter| waiter.pollable.get()));
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
    waiters.clear();
    ready.release();
}
