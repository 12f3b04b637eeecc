//! Waitable sets.
//!
//! # Safety
//!
//! A set is freed when nothing is in it and no task waits for it, and its handle is gone.

use super::poll;
use super::table;
use super::waitable::Waitable;
use crate::trap;
use common::shared::Shared;
use core::cell::Cell;

pub struct Set {
    pub members: Cell<u32>,
    /// How many tasks wait for an event of the set.
    pub waiting: Cell<u32>,
    /// The members that have events, in the order of the events.
    pub first: Cell<Option<Shared<Waitable>>>,
    pub last: Cell<Option<Shared<Waitable>>>,
}

impl Set {
    pub fn has_event(&self) -> bool {
        self.first.get().is_some()
    }

    /// The next event as `waitable-set-wait` answers it, or 0.
    pub fn next(&self) -> u64 {
        self.first.get().map_or(0, event)
    }
}

/// The event of a waitable that has one, as `waitable-set-wait` answers it.
pub fn event(waitable: Shared<Waitable>) -> u64 {
    let (kind, handle) = (waitable.kind.get() as u64, waitable.handle.get() as u64);
    kind | handle << 4 | (Waitable::deliver(waitable) as u64) << 32
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#waitable-set-new")]
pub(super) extern "C" fn waitable_set_new() -> u32 {
    let set = Set { members: Cell::new(0), waiting: Cell::new(0), first: Cell::new(None), last: Cell::new(None) };
    table::insert_set(table::part(), Shared::new(set))
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#waitable-set-drop")]
pub(super) extern "C" fn waitable_set_drop(set: u32) {
    let set = table::remove_set(set);
    if set.members.get() | set.waiting.get() > 0 {
        trap::set_in_use()
    }
    unsafe { set.free() }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#waitable-join")]
pub(super) extern "C" fn waitable_join(waitable: u32, set: u32) {
    let waitable = table::waitable(waitable);
    Waitable::join(waitable, if set == 0 { None } else { Some(table::set(set)) });
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#waitable-set-wait")]
pub(super) extern "C" fn waitable_set_wait(set: u32) -> u64 {
    let set = table::set(set);
    poll::spend_budget();
    loop {
        let event = set.next();
        if event != 0 {
            return event;
        }
        poll::block();
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#waitable-set-poll")]
pub(super) extern "C" fn waitable_set_poll(set: u32) -> u64 {
    let set = table::set(set);
    if set.has_event() {
        poll::spend_budget();
    } else {
        poll::poll_once();
    }
    set.next()
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#yield")]
pub(super) extern "C" fn yield_() {
    poll::poll_once();
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#alone")]
pub(super) extern "C" fn alone(waitable: u32) {
    if table::waitable(waitable).set.get().is_some() {
        trap::used_both_ways()
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#block-on")]
pub(super) extern "C" fn block_on(waitable: u32) -> u64 {
    let waitable = table::waitable(waitable);
    poll::spend_budget();
    while !waitable.has_event() {
        poll::block();
    }
    event(waitable)
}
