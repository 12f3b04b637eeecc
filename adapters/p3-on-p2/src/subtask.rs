//! Subtasks: calls of async functions that have not returned yet. On a host of 0.2 only time and the responses to requests
//! make one wait.

use crate::event::Waitable;
use crate::handles::{self, SUBTASK};
use crate::http;
use crate::memory;
use crate::timers;
use crate::trap;
use core::ptr::null_mut;

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
    /// The request that was sent, instead of a deadline.
    pub call: *mut http::Call,
}

fn new(deadline: u64, call: *mut http::Call, cookie: u64) -> *mut Subtask {
    let subtask = memory::boxed(Subtask { waitable: Waitable::new(SUBTASK, STARTED), deadline, slot: 0, call });
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
    let subtask = new(deadline, null_mut(), cookie);
    timers::add(subtask);
    started(subtask)
}

/// A new subtask that waits for the response to a request, and what the async lowering answers.
pub fn start_call(call: *mut http::Call, cookie: u64) -> (*mut Subtask, u32) {
    let subtask = new(0, call, cookie);
    (subtask, started(subtask))
}

pub fn get(handle: u32) -> *mut Subtask {
    handles::get(handle, SUBTASK)
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
    match unsafe { (*subtask).call } {
        call if call.is_null() => timers::part_cancel(subtask),
        call => http::part_cancel_call(call),
    }
    waitable.state = CANCELLED_BEFORE_RETURNED;
    delivered(waitable)
}
