//! Deadlines: a binary heap, of which only the earliest has a pollable.

use crate::clocks;
use crate::io;
use crate::subtask::{self, RETURNED, Subtask};
use common::array::Array;
use common::cell::Global;

struct Timers {
    heap: Array<*mut Subtask>,
    /// For `deadline`, 0 if there is none.
    pollable: u32,
    deadline: u64,
}

static TIMERS: Global<Timers> = Global::new(Timers { heap: Array::new(), pollable: 0, deadline: 0 });

pub fn any() -> bool {
    TIMERS.get().heap.len > 0
}

fn deadline(slot: u32) -> u64 {
    unsafe { (*TIMERS.get().heap.get(slot)).deadline }
}

fn put(slot: u32, subtask: *mut Subtask) {
    TIMERS.get().heap.set(slot, subtask);
    unsafe { (*subtask).slot = slot };
}

/// Moves the subtask at `slot` to where it belongs, towards the first.
fn rise(mut slot: u32) {
    let subtask = TIMERS.get().heap.get(slot);
    let when = unsafe { (*subtask).deadline };
    while slot > 0 {
        let parent = (slot - 1) / 2;
        if deadline(parent) <= when {
            break;
        }
        put(slot, TIMERS.get().heap.get(parent));
        slot = parent;
    }
    put(slot, subtask);
}

/// … and towards the last.
fn sink(mut slot: u32) {
    let heap = &TIMERS.get().heap;
    let subtask = heap.get(slot);
    let when = unsafe { (*subtask).deadline };
    loop {
        let mut child = slot * 2 + 1;
        if child >= heap.len {
            break;
        }
        if child + 1 < heap.len && deadline(child + 1) < deadline(child) {
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

pub fn add(subtask: *mut Subtask) {
    let heap = &mut TIMERS.get().heap;
    heap.push(subtask);
    rise(heap.len - 1);
}

fn remove(slot: u32) {
    let heap = &mut TIMERS.get().heap;
    heap.len -= 1;
    let last = heap.get(heap.len);
    if slot < heap.len {
        put(slot, last);
        rise(slot);
        sink(unsafe { (*last).slot });
    }
}

#[inline(never)]
#[unsafe(export_name = "part:timers/cancel")]
pub extern "C" fn part_cancel(subtask: *mut Subtask) {
    remove(unsafe { (*subtask).slot });
}

/// Resolves the subtasks whose time has come.
#[inline(never)]
#[unsafe(export_name = "part:timers/expire")]
pub extern "C" fn part_expire() {
    expire(clocks::now());
}

fn expire(now: u64) {
    while any() && deadline(0) <= now {
        let subtask = TIMERS.get().heap.get(0);
        remove(0);
        subtask::go_on(unsafe { &mut *subtask }, RETURNED);
    }
}

/// The pollable for the earliest deadline.
#[inline(never)]
#[unsafe(export_name = "part:timers/pollable")]
pub extern "C" fn part_pollable() -> u32 {
    let timers = TIMERS.get();
    let earliest = deadline(0);
    if timers.pollable != 0 {
        if timers.deadline == earliest {
            return timers.pollable;
        }
        io::drop_pollable(timers.pollable);
    }
    timers.deadline = earliest;
    timers.pollable = clocks::subscribe(earliest);
    timers.pollable
}

/// That pollable is ready.
#[inline(never)]
#[unsafe(export_name = "part:timers/ready")]
pub extern "C" fn part_ready() {
    let timers = TIMERS.get();
    io::drop_pollable(timers.pollable);
    timers.pollable = 0;
    expire(clocks::now().max(timers.deadline));
}
