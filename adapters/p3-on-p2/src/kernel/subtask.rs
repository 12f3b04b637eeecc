//! Subtasks: calls of async functions that have not returned yet. Some are calls of functions of
//! interfaces that wait for time or for the host; others are calls of
//! another part of the composition (see [`task`](super::task)).
//!
//! # Safety
//!
//! A subtask is freed when its handle is dropped. By then it has resolved, so no timer, operation
//! or task knows it any more.

use super::borrows;
use super::poll::Waiter;
use super::table::{self, Kind};
use super::task::{self, Task};
use super::timers;
use super::waitable::Waitable;
use crate::hooks;
use crate::trap;
use common::shared::Shared;
use core::cell::Cell;

/// The states of subtasks, as the async lowering answers them.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Status {
    Starting,
    Started,
    Returned,
    CancelledBeforeStarted,
    CancelledBeforeReturned,
}

/// The async lowering's answer for a function that has returned already.
pub const RETURNED: u32 = Status::Returned as u32;

const BLOCKED: u32 = u32::MAX;

#[repr(C, align(16))]
pub struct Subtask {
    pub waitable: Waitable,
    pub deadline: Cell<u64>,
    /// The index in the heap of timers.
    pub slot: Cell<u32>,
    /// The waiter that waits for the host, if the call does not wait for a deadline.
    pub call: Cell<Option<Shared<Waiter>>>,
    /// The result of such a call, unless the waiter keeps it.
    pub returned: Cell<Option<Shared<hooks::Returned>>>,
    /// The callee's side of a call of another part, until it is resolved.
    pub task: Cell<Option<Shared<Task>>>,
    status: Cell<Status>,
    /// The caller has asked for cancellation.
    is_cancelled: Cell<bool>,
    /// The caller knows that the subtask has resolved.
    is_delivered: Cell<bool>,
    /// The result of the task.
    pub result: Cell<u64>,
}

/// A subtask of `part`.
pub fn new(part: u32, status: Status, task: Option<Shared<Task>>, cookie: u64) -> Shared<Subtask> {
    let subtask = Shared::new(Subtask {
        waitable: Waitable::new(Kind::Subtask, cookie),
        deadline: Cell::new(0),
        slot: Cell::new(0),
        call: Cell::new(None),
        returned: Cell::new(None),
        task: Cell::new(task),
        status: Cell::new(status),
        is_cancelled: Cell::new(false),
        is_delivered: Cell::new(false),
        result: Cell::new(0),
    });
    Waitable::give(waitable(subtask), part);
    subtask
}

fn waitable(subtask: Shared<Subtask>) -> Shared<Waitable> {
    unsafe { subtask.cast() }
}

/// The answer of the async lowering: status and handle.
pub fn answer(subtask: Shared<Subtask>) -> u32 {
    subtask.status.get() as u32 | subtask.waitable.handle.get() << 4
}

/// A new subtask that waits for a deadline, as the async lowering answers it.
pub fn start(deadline: u64, cookie: u64) -> u32 {
    let subtask = new(table::part(), Status::Started, None, cookie);
    subtask.deadline.set(deadline);
    timers::add(subtask);
    answer(subtask)
}

/// A new subtask that waits for the host, and what the async lowering answers.
pub fn start_call(call: Shared<Waiter>, cookie: u64) -> (Shared<Subtask>, u32) {
    let subtask = new(table::part(), Status::Started, None, cookie);
    subtask.call.set(Some(call));
    (subtask, answer(subtask))
}

pub fn get(handle: u32) -> Shared<Subtask> {
    table::subtask(table::part(), handle)
}

/// The call has begun, or is resolved.
pub fn go_on(subtask: Shared<Subtask>, status: Status) {
    subtask.status.set(status);
    Waitable::notify(waitable(subtask));
}

impl Subtask {
    pub fn is_resolved(&self) -> bool {
        self.status.get() >= Status::Returned
    }
}

/// The caller learns the status, which is the payload of the event.
pub fn delivered(subtask: Shared<Subtask>) -> u32 {
    if subtask.is_resolved() {
        subtask.is_delivered.set(true);
        if borrows::any() {
            borrows::hook_told(subtask);
        }
    }
    subtask.status.get() as u32
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#subtask-drop")]
pub(super) extern "C" fn subtask_drop(subtask: u32) {
    let subtask = table::remove_subtask(table::part(), subtask);
    if !subtask.is_delivered.get() {
        trap::unresolved()
    }
    Waitable::join(waitable(subtask), None);
    unsafe { subtask.free() }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#subtask-cancel")]
pub(super) extern "C" fn subtask_cancel(handle: u32) -> u32 {
    let subtask = get(handle);
    if subtask.is_delivered.get() {
        trap::resolved()
    }
    if subtask.is_cancelled.get() {
        trap::cancelled_twice()
    }
    if !subtask.is_resolved() {
        subtask.is_cancelled.set(true);
        if let Some(task) = subtask.task.get() {
            task::hook_request_cancel(task);
        } else {
            match subtask.call.take() {
                None => timers::hook_cancel(subtask),
                Some(call) => hooks::hook_cancel(call),
            }
            subtask.status.set(Status::CancelledBeforeReturned);
            return delivered(subtask);
        }
    }
    subtask_cancelled(handle)
}

/// After `subtask-cancel` has answered BLOCKED and the callee went on.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#subtask-cancelled")]
pub(super) extern "C" fn subtask_cancelled(subtask: u32) -> u32 {
    let subtask = get(subtask);
    match subtask.is_resolved() {
        true => Waitable::deliver(waitable(subtask)),
        false => BLOCKED,
    }
}
