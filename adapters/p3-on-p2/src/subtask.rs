//! Subtasks: calls of async functions that have not returned yet. Of R's functions only those that wait for time have
//! some; others are calls of another part of the composition (see `task`).

use crate::event::Waitable;
use crate::handles::{self, SUBTASK};
use crate::memory;
use crate::task::{self, Task};
use crate::timers;
use crate::trap;

/// What the async lowering answers, and the states of subtasks.
const STARTED: u8 = 1;
pub const RETURNED: u8 = 2;
pub const CANCELLED_BEFORE_RETURNED: u8 = 4;

/// In `count`: the end was delivered.
const DELIVERED: u32 = 1;

#[repr(C, align(16))]
pub struct Subtask {
    pub waitable: Waitable,
    pub deadline: u64,
    /// Where it is in the heap of timers.
    pub slot: u32,
    /// The callee's side, until the call is resolved.
    pub task: *mut Task,
    /// What the task returned.
    pub result: u64,
}

/// A new subtask, and how the async lowering answers it.
fn new(deadline: u64, task: *mut Task, cookie: u64) -> (*mut Subtask, u32) {
    let waitable = Waitable::new(SUBTASK, STARTED);
    let subtask = memory::boxed(Subtask { waitable, deadline, slot: 0, task, result: 0 });
    let handle = handles::insert(subtask, SUBTASK);
    let waitable = unsafe { &mut (*subtask).waitable };
    waitable.handle = handle;
    waitable.cookie = cookie;
    (subtask, STARTED as u32 | handle << 4)
}

/// A new subtask for a call of another part.
pub fn of_task(task: *mut Task, cookie: u64) -> (*mut Subtask, u32) {
    new(0, task, cookie)
}

/// A new subtask that waits for a deadline, packed as the async lowering answers it.
pub fn start(deadline: u64, cookie: u64) -> u32 {
    let (subtask, answer) = new(deadline, core::ptr::null_mut(), cookie);
    timers::add(subtask);
    answer
}

pub fn resolve(subtask: &mut Subtask, state: u8) {
    subtask.waitable.state = state;
    subtask.waitable.notify(state);
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
    let task = unsafe { (*subtask).task };
    if !task.is_null() {
        return task::request_cancel(task);
    }
    timers::part_cancel(subtask);
    waitable.state = CANCELLED_BEFORE_RETURNED;
    delivered(waitable)
}
