//! The one global waitable set, and delivery of its events.
//!
//! An event only records its result on the [`Waitable`] that it belongs to. The exceptions are
//! objects that must go on by themselves: a sink with bytes left, and an object that the guest
//! dropped with an operation in flight (DESIGN.md: "Parked operations").
//!
//! # Safety
//!
//! The set keeps the address of a waitable while an operation is in flight. Meanwhile its object
//! stays where it is: a waitable is freed only when it is not busy, or was
//! [abandoned](Waitable::abandon).

use crate::hooks::{self, Owner};
use crate::kernel::canon::*;
use common::array::Array;
use common::global::Global;
use common::shared::Shared;
use core::cell::Cell;

/// A subtask, stream end or future end of P, with at most one operation in flight.
pub struct Waitable {
    pub handle: Cell<u32>,
    /// In flight: the host has not answered yet.
    pub busy: Cell<bool>,
    joined: Cell<bool>,
    /// The result that an event brought and nobody has looked at yet.
    done: Cell<bool>,
    result: Cell<u32>,
    pub owner: Cell<Owner>,
}

struct Set {
    set: Cell<u32>,
    in_flight: Cell<u32>,
    /// Handle of a waitable in flight → the waitable.
    waitables: Array<Option<Shared<Waitable>>>,
}

static SET: Global<Set> = Global::new(Set { set: Cell::new(0), in_flight: Cell::new(0), waitables: Array::new() });

/// The global set, made when it is first needed.
pub fn set() -> u32 {
    if SET.set.get() == 0 {
        SET.set.set(unsafe { waitable_set_new() });
    }
    SET.set.get()
}

impl Waitable {
    pub const fn new(handle: u32, owner: Owner) -> Waitable {
        Waitable {
            handle: Cell::new(handle),
            busy: Cell::new(false),
            joined: Cell::new(false),
            done: Cell::new(false),
            result: Cell::new(0),
            owner: Cell::new(owner),
        }
    }

    pub const fn none() -> Waitable {
        Waitable::new(0, Owner::None)
    }

    /// Makes this another waitable. No operation may be in flight.
    pub fn set(&self, handle: u32, owner: Owner) {
        self.handle.set(handle);
        self.busy.set(false);
        self.joined.set(false);
        self.done.set(false);
        self.owner.set(owner);
    }

    /// Moves `other` here. No operation may be in flight on either.
    #[inline(never)]
    pub fn take(&self, other: &Waitable) {
        unsafe { Shared::of(self).as_ptr().copy_from_nonoverlapping(other, 1) };
        other.set(0, Owner::None);
    }

    /// Notes the answer to a stream or future operation that was just started; gives the result if
    /// it has finished at once.
    pub fn started(&self, result: u32) -> Option<u32> {
        if result == BLOCKED {
            self.block();
            return None;
        }
        Some(result)
    }

    /// Notes the answer to an operation whose result is looked at later.
    pub fn note(&self, result: u32) {
        if self.started(result).is_some() {
            self.done.set(true);
            self.result.set(result);
        }
    }

    /// Notes the answer to an async-lowered call; true if it has returned at once.
    pub fn called(&self, status: u32) -> bool {
        if status & 15 == RETURNED {
            return true;
        }
        self.handle.set(status >> 4);
        self.block();
        false
    }

    /// From now on an event is due. The waitable must stay where it is in memory until then.
    fn block(&self) {
        let (set, handle) = (set(), self.handle.get());
        SET.waitables.cover(handle);
        SET.waitables.set(handle, Some(Shared::of(self)));
        if !self.joined.get() {
            unsafe { waitable_join(handle, set) };
            self.joined.set(true);
        }
        self.busy.set(true);
        SET.in_flight.update(|count| count + 1);
    }

    /// The result of the operation that was in flight, once.
    pub fn result(&self) -> Option<u32> {
        self.done.replace(false).then(|| self.result.get())
    }

    /// Leaves the set: needed before a cancellation and before the handle is dropped.
    pub fn leave(&self) {
        if self.joined.get() {
            unsafe { waitable_join(self.handle.get(), 0) };
            self.joined.set(false);
        }
    }

    /// Leaves the set with an operation in flight, which the caller cancels.
    pub fn abandon(&self) {
        self.leave();
        if self.busy.get() {
            self.busy.set(false);
            SET.in_flight.update(|count| count - 1);
        }
        self.done.set(false);
    }
}

/// Delivers an event of the global set.
pub fn dispatch(event: u32, handle: u32, result: u32) {
    if handle >= SET.waitables.len() {
        return;
    }
    let Some(waitable) = SET.waitables.get(handle) else { return };
    if event == EVENT_SUBTASK {
        if result < RETURNED {
            return;
        }
        // Dropping the subtask takes it out of the set.
        waitable.joined.set(false);
        hook_drop_subtask(handle);
    }
    if !waitable.busy.get() {
        return;
    }
    waitable.busy.set(false);
    waitable.done.set(true);
    waitable.result.set(result);
    SET.in_flight.update(|count| count - 1);
    hooks::tell(waitable.owner.get());
}

/// A hook, because programs that only print call no async function.
#[inline(never)]
#[unsafe(export_name = "hook:dispatch/drop-subtask")]
extern "C" fn hook_drop_subtask(subtask: u32) {
    unsafe { subtask_drop(subtask) }
}

/// Delivers the events that are pending, without letting the host go on.
pub fn poll() {
    let mut payload = [0; 2];
    while any_in_flight() {
        let event = unsafe { waitable_set_poll(set(), &mut payload) };
        if event == EVENT_NONE {
            return;
        }
        dispatch(event, payload[0], payload[1]);
    }
}

/// Whether anything waits for the host.
pub fn any_in_flight() -> bool {
    SET.in_flight.get() > 0
}
