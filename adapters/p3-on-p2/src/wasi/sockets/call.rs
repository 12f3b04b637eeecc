//! Calls of async functions that wait for the network.
//!
//! # Safety
//!
//! A call is the first field of an object whose type the kind of its waiter says, and the
//! waiter is the first field of the call. What a call returned belongs to its subtask until it is
//! fetched.

use crate::hooks::WaiterKind;
use crate::kernel::poll::{self, Waiter};
use crate::kernel::subtask::{self, Status, Subtask};
use common::abi::{Ret, area};
use common::shared::Shared;
use core::cell::Cell;
use core::ptr::copy_nonoverlapping;

/// A call that has not returned.
#[repr(C)]
pub struct Call {
    waiter: Waiter,
    subtask: Cell<Option<Shared<Subtask>>>,
}

/// The size of what a call returned: as much of the return area as the largest result needs.
pub const RESULT: usize = 44;

pub type Returned = [u8; RESULT];

impl Call {
    pub const fn new(kind: WaiterKind) -> Call {
        Call { waiter: Waiter::new(kind), subtask: Cell::new(None) }
    }

    fn waiter(this: Shared<Call>) -> Shared<Waiter> {
        unsafe { this.cast() }
    }

    /// Begins to wait; returns the answer to the call.
    pub fn start(this: Shared<Call>, pollable: u32, cookie: u64) -> u32 {
        let (subtask, answer) = subtask::start_call(Call::waiter(this), cookie);
        this.subtask.set(Some(subtask));
        Call::wait(this, pollable);
        answer
    }

    pub fn wait(this: Shared<Call>, pollable: u32) {
        poll::register(Call::waiter(this), pollable);
    }

    /// Ends the operation; its result is in the return area.
    pub fn complete(this: Shared<Call>) {
        Call::cancel(this);
        let returned: Shared<Returned> = Shared::new([0; RESULT]);
        unsafe { copy_nonoverlapping(area().at(), returned.as_ptr() as *mut u8, RESULT) };
        if let Some(subtask) = this.subtask.get() {
            subtask.call.set(None);
            subtask.returned.set(Some(returned));
            subtask::go_on(subtask, Status::Returned);
        }
    }

    /// Ends the operation, because nobody waits for it any more.
    pub fn cancel(this: Shared<Call>) {
        poll::deregister(Call::waiter(this));
    }
}

/// Puts what a subtask returned into the return area. Without a subtask (0) it is there already.
pub fn finish(handle: u32) -> Ret {
    let area = area();
    if handle != 0
        && let Some(returned) = subtask::get(handle).returned.take()
    {
        unsafe {
            copy_nonoverlapping(returned.as_ptr() as *const u8, area.at(), RESULT);
            returned.free();
        }
    }
    area.ret()
}
