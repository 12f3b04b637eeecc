//! Subtasks: calls of async functions that have not returned yet. Of R's functions those have some that wait for time, for
//! responses to requests or for the network; others are calls of another part of the composition (see `task`).

use crate::event::Waitable;
use crate::handles::{self, SUBTASK};
use crate::loan;
use crate::task::{self, Task};
use crate::timers;
use crate::trap;
use crate::wait::{self, Pump};
use common::memory;
use core::ptr::null_mut;

/// What the async lowering answers, and the states of subtasks.
pub const STARTING: u8 = 0;
pub const STARTED: u8 = 1;
pub const RETURNED: u8 = 2;
pub const CANCELLED_BEFORE_STARTED: u8 = 3;
pub const CANCELLED_BEFORE_RETURNED: u8 = 4;

const BLOCKED: u32 = u32::MAX;

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
    /// The caller has asked for an end.
    is_cancelled: bool,
    /// What the task returned.
    pub result: u64,
}

/// A subtask of `part`.
pub fn new(part: u32, state: u8, task: *mut Task, cookie: u64) -> *mut Subtask {
    let mut waitable = Waitable::new(SUBTASK, state);
    waitable.cookie = cookie;
    let subtask = memory::boxed(Subtask {
        waitable,
        deadline: 0,
        slot: 0,
        call: null_mut(),
        task,
        is_cancelled: false,
        result: 0,
    });
    unsafe { (*subtask).waitable.give(part) };
    subtask
}

/// As the async lowering answers it.
pub fn status(subtask: *mut Subtask) -> u32 {
    let waitable = unsafe { &(*subtask).waitable };
    waitable.state as u32 | waitable.handle << 4
}

/// A new subtask that waits for a deadline, packed as the async lowering answers it.
pub fn start(deadline: u64, cookie: u64) -> u32 {
    let subtask = new(handles::part(), STARTED, null_mut(), cookie);
    unsafe { (*subtask).deadline = deadline };
    timers::add(subtask);
    status(subtask)
}

/// A new subtask that waits for the host, and what the async lowering answers.
pub fn start_call(call: *mut Pump, cookie: u64) -> (*mut Subtask, u32) {
    let subtask = new(handles::part(), STARTED, null_mut(), cookie);
    unsafe { (*subtask).call = call };
    (subtask, status(subtask))
}

pub fn get(handle: u32) -> *mut Subtask {
    handles::get(handle, SUBTASK)
}

/// The call has begun, or is resolved.
pub fn go_on(subtask: &mut Subtask, state: u8) {
    subtask.waitable.state = state;
    subtask.waitable.notify(state);
}

impl Subtask {
    pub fn is_resolved(&self) -> bool {
        self.waitable.state >= RETURNED
    }
}

pub fn delivered(waitable: &mut Waitable) -> u32 {
    if waitable.state >= RETURNED {
        waitable.count = DELIVERED;
        if loan::any() {
            loan::part_told(waitable as *mut Waitable as *mut Subtask);
        }
    }
    waitable.state as u32
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#subtask-drop")]
extern "C" fn subtask_drop(subtask: u32) {
    let subtask: *mut Subtask = handles::remove(subtask, SUBTASK);
    let waitable = unsafe { &mut (*subtask).waitable };
    if waitable.count != DELIVERED {
        trap::unresolved()
    }
    waitable.join(null_mut());
    memory::unbox(subtask);
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#subtask-cancel")]
extern "C" fn subtask_cancel(handle: u32) -> u32 {
    let subtask = unsafe { &mut *get(handle) };
    if subtask.waitable.count == DELIVERED {
        trap::resolved()
    }
    if subtask.is_cancelled {
        trap::cancelled_twice()
    }
    if !subtask.is_resolved() {
        subtask.is_cancelled = true;
        if !subtask.task.is_null() {
            task::part_request_cancel(subtask.task);
        } else {
            match subtask.call.is_null() {
                true => timers::part_cancel(subtask),
                false => wait::part_cancel(subtask.call),
            }
            subtask.waitable.state = CANCELLED_BEFORE_RETURNED;
            return delivered(&mut subtask.waitable);
        }
    }
    subtask_cancelled(handle)
}

/// After `subtask-cancel` has answered BLOCKED and the callee went on.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#subtask-cancelled")]
extern "C" fn subtask_cancelled(subtask: u32) -> u32 {
    let subtask = unsafe { &mut *get(subtask) };
    match subtask.is_resolved() {
        true => subtask.waitable.deliver(),
        false => BLOCKED,
    }
}
