//! Deadlines: a binary heap, of which only the earliest has a pollable.

use super::subtask::{self, Status, Subtask};
use crate::hooks::{clocks, io};
use common::array::Array;
use common::global::Global;
use common::shared::Shared;
use core::cell::Cell;

struct Timers {
    heap: Array<Shared<Subtask>>,
    /// The pollable for `deadline`; 0 if there is none.
    pollable: Cell<u32>,
    deadline: Cell<u64>,
}

static TIMERS: Global<Timers> =
    Global::new(Timers { heap: Array::new(), pollable: Cell::new(0), deadline: Cell::new(0) });

pub fn any() -> bool {
    !TIMERS.heap.is_empty()
}

fn deadline(slot: u32) -> u64 {
    TIMERS.heap.get(slot).deadline.get()
}

fn put(slot: u32, subtask: Shared<Subtask>) {
    TIMERS.heap.set(slot, subtask);
    subtask.slot.set(slot);
}

/// Moves the subtask at `slot` to its place, towards the root.
fn rise(mut slot: u32) {
    let subtask = TIMERS.heap.get(slot);
    let when = subtask.deadline.get();
    while slot > 0 {
        let parent = (slot - 1) / 2;
        if deadline(parent) <= when {
            break;
        }
        put(slot, TIMERS.heap.get(parent));
        slot = parent;
    }
    put(slot, subtask);
}

/// … and towards the leaves.
fn sink(mut slot: u32) {
    let heap = &TIMERS.heap;
    let subtask = heap.get(slot);
    let when = subtask.deadline.get();
    loop {
        let mut child = slot * 2 + 1;
        if child >= heap.len() {
            break;
        }
        if child + 1 < heap.len() && deadline(child + 1) < deadline(child) {
            child += 1;
        }
        if when <= deadline(child) {
            break;
        }
        put(slot, heap.get(child));
        slot = child;
    }
    put(slot, subtask);
}

pub fn add(subtask: Shared<Subtask>) {
    TIMERS.heap.push(subtask);
    rise(TIMERS.heap.len() - 1);
}

fn remove(slot: u32) {
    let last = TIMERS.heap.pop();
    if slot < TIMERS.heap.len() {
        put(slot, last);
        rise(slot);
        sink(last.slot.get());
    }
}

#[inline(never)]
#[unsafe(export_name = "hook:timers/cancel")]
pub extern "C" fn hook_cancel(subtask: Shared<Subtask>) {
    remove(subtask.slot.get());
}

/// Resolves the subtasks whose time has come.
#[inline(never)]
#[unsafe(export_name = "hook:timers/expire")]
pub extern "C" fn hook_expire() {
    expire(clocks::now());
}

fn expire(now: u64) {
    while any() && deadline(0) <= now {
        let subtask = TIMERS.heap.get(0);
        remove(0);
        subtask::go_on(subtask, Status::Returned);
    }
}

/// The pollable for the earliest deadline.
#[inline(never)]
#[unsafe(export_name = "hook:timers/pollable")]
pub extern "C" fn hook_pollable() -> u32 {
    let earliest = deadline(0);
    let known = TIMERS.pollable.get();
    if known != 0 {
        if TIMERS.deadline.get() == earliest {
            return known;
        }
        io::drop_pollable(known);
    }
    let pollable = clocks::subscribe(earliest);
    TIMERS.deadline.set(earliest);
    TIMERS.pollable.set(pollable);
    pollable
}

/// The pollable for the earliest deadline is ready.
#[inline(never)]
#[unsafe(export_name = "hook:timers/ready")]
pub extern "C" fn hook_ready() {
    io::drop_pollable(TIMERS.pollable.replace(0));
    expire(clocks::now().max(TIMERS.deadline.get()));
}
