//! Subtasks: calls of async functions that have not returned yet. Of R's functions those have some that wait for time, for
//! responses to requests or for the network; others are calls of another part of the composition (see `task`).

use crate::event::Waitable;
use crate::handles::{self, SUBTASK};
use crate::memory;
use crate::task::{self, Task};
use crate::timers;
use crate::trap;
use crate::wait::{self, Pump};
use core::ptr::null_mut;

/// What the async lowering answers, and the states of subtasks.
const STARTED: u8 = 1;
pub const RETURNED: u8 = 2;
pub const CANCELLED_BEFORE_STARTED: u8 = 3;
pub const CANCELLED_BEFORE_RETURNED: u8 = 4;

/// In `count`: the end was delivered.
const DELIVERED: u32 = 1;

#[repr(C, align(16))]
pub struct Subtask {
    pub waitable: Waitable,
    pub deadline: u64,
    /// Where it is in the heap of timers.
    pub slot: u32,
    /// What waits for the host, instead of a deadline: an `http::Call`, or an operation of `sockets` and then its result.
    pub call: *mut Pump,
    /// The callee's side of a call of another part, until it is resolved.
    pub task: *mut Task,
    /// What the task returned.
    pub result: u64,
}

fn new(deadline: u64, call: *mut Pump, task: *mut Task, cookie: u64) -> *mut Subtask {
    let waitable = Waitable::new(SUBTASK, STARTED);
    let subtask = memory::boxed(Subtask { waitable, deadline, slot: 0, call, task, result: 0 });
    let handle = handles::insert(subtask, SUBTASK);
    let waitable = unsafe { &mut (*subtask).waitable };
    waitable.handle = handle;
    waitable.cookie = cookie;
    subtask
}

/// As the async lowering answers it.
fn started(subtask: *mut Subtask) -> u32 {
    STARTED as u32 | unsafe { (*subtask).waitable.handle } << 4
}

/// A new subtask that waits for a deadline, packed as the async lowering answers it.
pub fn start(deadline: u64, cookie: u64) -> u32 {
    let subtask = new(deadline, null_mut(), null_mut(), cookie);
    timers::add(subtask);
    started(subtask)
}

/// A new subtask that waits for the host, and what the async lowering answers.
pub fn start_call(call: *mut Pump, cookie: u64) -> (*mut Subtask, u32) {
    let subtask = new(0, call, null_mut(), cookie);
    (subtask, started(subtask))
}

/// A new subtask that waits for a task of another part, and what the async lowering answers.
pub fn start_task(task: *mut Task, cookie: u64) -> (*mut Subtask, u32) {
    let subtask = new(0, null_mut(), task, cookie);
    (subtask, started(subtask))
}

pub fn get(handle: u32) -> *mut Subtask {
    handles::get(handle, SUBTASK)
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
    waitable.join(null_mut());
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
    let Subtask { call, task, .. } = unsafe { &*subtask };
    if !task.is_null() {
        return task::request_cancel(*task);
    }
    match call.is_null() {
        true => timers::part_cancel(subtask),
        false => wait::cancel(*call),
    }
    waitable.state = CANCELLED_BEFORE_RETURNED;
    delivered(waitable)
}
