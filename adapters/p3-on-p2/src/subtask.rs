//! Subtasks: calls of async functions that have not returned yet. On a host of 0.2 only time makes one wait.

use crate::event::Waitable;
use crate::handles::{self, SUBTASK};
use crate::memory;
use crate::timers;
use crate::trap;

/// What the async lowering answers, and the states of subtasks.
const STARTED: u8 = 1;
pub const RETURNED: u8 = 2;
const CANCELLED_BEFORE_RETURNED: u8 = 4;

/// In `count`: the end was delivered.
const DELIVERED: u32 = 1;

#[repr(C, align(16))]
pub struct Subtask {
    pub waitable: Waitable,
    pub deadline: u64,
    /// Where it is in the heap of timers.
    pub slot: u32,
}

/// A new subtask that waits for a deadline, packed as the async lowering answers it.
pub fn start(deadline: u64, cookie: u64) -> u32 {
    let subtask = memory::boxed(Subtask { waitable: Waitable::new(SUBTASK, STARTED), deadline, slot: 0 });
    let handle = handles::insert(subtask, SUBTASK);
    let waitable = unsafe { &mut (*subtask).waitable };
    waitable.handle = handle;
    waitable.cookie = cookie;
    timers::add(subtask);
    STARTED as u32 | handle << 4
}

pub fn returned(subtask: &mut Subtask) {
    subtask.waitable.state = RETURNED;
    subtask.waitable.notify(RETURNED);
}

pub fn delivered(waitable: &mut Waitable) -> u32 {
    waitable.count = DELIVERED;
    waitable.state as u32
}

#[export_name = "wasi-shim:p3-on-p2/control#subtask-drop"]
extern "C" fn subtask_drop(subtask: u32) {
    let subtask: *mut Subtask = handles::remove(subtask, SUBTASK);
    let waitable = unsafe { &mut (*subtask).waitable };
    if waitable.count != DELIVERED {
        trap::unresolved()
    }
    waitable.join(core::ptr::null_mut());
    memory::unbox(subtask);
}

#[export_name = "wasi-shim:p3-on-p2/control#subtask-cancel"]
extern "C" fn subtask_cancel(subtask: u32) -> u32 {
    let subtask: *mut Subtask = handles::get(subtask, SUBTASK);
    let waitable = unsafe { &mut (*subtask).waitable };
    if waitable.count == DELIVERED {
        trap::resolved()
    }
    if waitable.has_event() {
        return waitable.deliver();
    }
    timers::part_cancel(subtask);
    waitable.state = CANCELLED_BEFORE_RETURNED;
    delivered(waitable)
}
