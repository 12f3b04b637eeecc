//! The one global waitable set, and delivery of its events.
//!
//! An event only records its result on the [`Waitable`] that it belongs to. The exception are objects
//! that must go on by themselves: a sink with bytes left, and what a guest dropped with an operation in
//! flight (DESIGN.md: "Parked operations").

use crate::hooks::{self, Owner};
use crate::kernel::canon::*;
use common::array::Array;
use common::cell::Global;

/// A subtask, stream end or future end of P, with at most one operation in flight.
pub struct Waitable {
    pub handle: u32,
    /// In flight: the host has not answered yet.
    pub busy: bool,
    joined: bool,
    /// The result that an event brought and nobody has looked at yet.
    done: bool,
    result: u32,
    owner: Owner,
}

struct Set {
    set: u32,
    in_flight: u32,
    /// Handle of a waitable in flight → the waitable.
    waitables: Array<*mut Waitable>,
}

static SET: Global<Set> = Global::new(Set { set: 0, in_flight: 0, waitables: Array::new() });

/// The global set, made when it is first needed.
pub fn set() -> u32 {
    let global = SET.get();
    if global.set == 0 {
        global.set = unsafe { waitable_set_new() };
    }
    global.set
}

impl Waitable {
    pub const NONE: Waitable =
        Waitable { handle: 0, busy: false, joined: false, done: false, result: 0, owner: Owner::None };

    pub const fn new(handle: u32, owner: Owner) -> Waitable {
        Waitable { handle, owner, ..Waitable::NONE }
    }

    /// Notes the answer to a stream or future operation that was just started; gives the result if it has
    /// finished at once.
    pub fn started(&mut self, result: u32) -> Option<u32> {
        if result == BLOCKED {
            self.block();
            return None;
        }
        Some(result)
    }

    /// Notes the answer to an operation whose result is looked at later.
    pub fn note(&mut self, result: u32) {
        if self.started(result).is_some() {
            self.done = true;
            self.result = result;
        }
    }

    /// Notes the answer to an async-lowered call; true if it has returned at once.
    pub fn called(&mut self, status: u32) -> bool {
        if status & 15 == RETURNED {
            return true;
        }
        self.handle = status >> 4;
        self.block();
        false
    }

    /// From now on an event is due. The waitable must stay where it is in memory until then.
    fn block(&mut self) {
        let set = set();
        let global = SET.get();
        global.waitables.cover(self.handle);
        global.waitables.set(self.handle, self);
        if !self.joined {
            unsafe { waitable_join(self.handle, set) };
            self.joined = true;
        }
        self.busy = true;
        global.in_flight += 1;
    }

    /// The result of the operation that was in flight, once.
    pub fn result(&mut self) -> Option<u32> {
        if !self.done {
            return None;
        }
        self.done = false;
        Some(self.result)
    }

    /// Leaves the set: needed before a cancellation and before the handle is dropped.
    pub fn leave(&mut self) {
        if self.joined {
            unsafe { waitable_join(self.handle, 0) };
            self.joined = false;
        }
    }

    /// Leaves the set with an operation in flight, which the caller cancels.
    pub fn abandon(&mut self) {
        self.leave();
        if self.busy {
            self.busy = false;
            SET.get().in_flight -= 1;
        }
        self.done = false;
    }
}

/// Delivers an event of the global set.
pub fn dispatch(event: u32, handle: u32, result: u32) {
    let global = SET.get();
    if handle >= global.waitables.len() {
        return;
    }
    let Some(waitable) = (unsafe { global.waitables.get(handle).as_mut() }) else { return };
    if event == EVENT_SUBTASK {
        if result < RETURNED {
            return;
        }
        // It leaves the set with that.
        waitable.joined = false;
        part_drop_subtask(handle);
    }
    if !waitable.busy {
        return;
    }
    waitable.busy = false;
    waitable.done = true;
    waitable.result = result;
    global.in_flight -= 1;
    hooks::tell(&waitable.owner);
}

/// Programs that only print call nothing that is async.
#[inline(never)]
#[unsafe(export_name = "part:domains/drop-subtask")]
extern "C" fn part_drop_subtask(subtask: u32) {
    unsafe { subtask_drop(subtask) }
}

/// Delivers the events that are pending, without letting the host go on.
pub fn poll() {
    let mut payload = [0; 2];
    while SET.get().in_flight > 0 {
        let event = unsafe { waitable_set_poll(set(), &mut payload) };
        if event == EVENT_NONE {
            return;
        }
        dispatch(event, payload[0], payload[1]);
    }
}

/// Whether anything waits for the host.
pub fn any_in_flight() -> bool {
    SET.get().in_flight > 0
}
