//! Calls of async functions that wait for the network.

use crate::subtask::{self, RETURNED, Subtask};
use crate::wait::{self, Kind, Pump};
use common::abi::{Ret, area};
use common::memory;
use core::ptr::{copy_nonoverlapping, null_mut};

/// A call that has not returned. First in the object that the kind of its pump says.
#[repr(C)]
pub struct Operation {
    pump: Pump,
    subtask: *mut Subtask,
}

/// What it returned: as much of the return area as the largest result needs.
pub const RESULT: usize = 44;

type Returned = [u8; RESULT];

impl Operation {
    pub const fn new(kind: Kind) -> Operation {
        Operation { pump: Pump::new(kind), subtask: null_mut() }
    }

    /// Begins to wait; what the call answers.
    pub fn start(&mut self, pollable: u32, cookie: u64) -> u32 {
        let (subtask, answer) = subtask::start_call(&mut self.pump, cookie);
        self.subtask = subtask;
        self.wait(pollable);
        answer
    }

    pub fn wait(&mut self, pollable: u32) {
        wait::park(&mut self.pump, pollable);
    }

    /// The result is in the return area. The operation is over.
    pub fn complete(&mut self) {
        self.cancel();
        let returned: *mut Returned = memory::boxed([0; RESULT]);
        unsafe { copy_nonoverlapping(area().at(), returned as *mut u8, RESULT) };
        let subtask = unsafe { &mut *self.subtask };
        subtask.call = returned as *mut Pump;
        subtask::go_on(subtask, RETURNED);
    }

    /// Nobody waits for it any more.
    pub fn cancel(&mut self) {
        wait::unpark(&mut self.pump);
    }
}

/// Puts what a subtask returned into the return area; 0: it is there.
pub fn finish(handle: u32) -> Ret {
    let area = area();
    if handle != 0 {
        let subtask = unsafe { &mut *subtask::get(handle) };
        let returned = subtask.call as *mut Returned;
        subtask.call = null_mut();
        unsafe { copy_nonoverlapping(returned as *const u8, area.at(), RESULT) };
        memory::unbox(returned);
    }
    area.ret()
}
