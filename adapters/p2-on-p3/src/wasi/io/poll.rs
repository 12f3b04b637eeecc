//! `wasi:io/poll` (DESIGN.md: "One timer per poll", "Yields").
//!
//! # Safety
//!
//! The pollables of a list come from the engine, and are lent to the operation while it waits. The
//! list came through `cabi_realloc`, or is one of P's own.

use crate::hooks::{self, Body, Pollable};
use crate::kernel::canon::{subtask_cancel, subtask_drop};
use crate::kernel::op::{self, Op};
use crate::kernel::waitable::{self, Waitable};
use crate::trap;
use crate::wasi::clocks;
use common::abi::{Ret, area};
use common::memory::{self, Buffer};
use common::shared::Shared;
use core::cell::Cell;

/// The resource `pollable`.
struct Handle {
    of: Pollable,
    /// How many calls wait for it: other tasks of the guest may run meanwhile, and must not drop
    /// it.
    lent: Cell<u32>,
}

/// `poll`, and `block` and `ready` as a list of one.
pub struct Poll {
    /// The pollables; once complete, the indices of the ready ones.
    list: *mut u32,
    len: u32,
    /// How many are ready; 0 as long as the operation is not complete.
    ready: Cell<u32>,
    /// Whether the pollables are lent to the operation.
    borrows: Cell<bool>,
    /// The call of `wait-until` for the earliest deadline.
    timer: Waitable,
}

#[link(wasm_import_module = "[export]wasi:io/poll@0.2")]
unsafe extern "C" {
    #[link_name = "[resource-new]pollable"]
    fn pollable_new(rep: Shared<Handle>) -> u32;
}

pub fn new(pollable: Pollable) -> u32 {
    unsafe { pollable_new(Shared::new(Handle { of: pollable, lent: Cell::new(0) })) }
}

impl Poll {
    fn handle(&self, index: u32) -> Shared<Handle> {
        unsafe { Shared::at(*self.list.add(index as usize)) }
    }

    fn get(&self, index: u32) -> &'static Pollable {
        &self.handle(index).leak().of
    }

    fn borrow(&self, borrows: bool) {
        if self.borrows.replace(borrows) != borrows {
            for index in 0..self.len {
                self.handle(index).lent.update(|lent| if borrows { lent + 1 } else { lent - 1 });
            }
        }
    }
}

#[inline(never)]
#[unsafe(export_name = "hook:poll/step")]
pub extern "C" fn hook_step(op: &Op) -> bool {
    let Body::Poll(poll) = &op.body else { return true };
    if poll.ready.get() > 0 {
        return true;
    }
    let mut any = false;
    let mut only_timers = true;
    for index in 0..poll.len {
        let pollable = poll.get(index);
        if hooks::ready(pollable, op.forced.get()) {
            any = true;
            only_timers &= matches!(pollable, Pollable::Timer(_));
        }
    }
    let fruitless = op.yields.get() && op.yielded.get();
    if !any && !fruitless {
        return false;
    }
    // Polling with a deadline that has passed is how guests look for events without waiting. The
    // host must get a chance to deliver one.
    if any && only_timers && poll.len > 1 && !op.yielded.get() && waitable::any_in_flight() {
        op.yields.set(true);
        return false;
    }
    poll.borrow(false);
    for index in 0..poll.len {
        if hooks::ready(poll.get(index), op.forced.get()) {
            let ready = poll.ready.get();
            unsafe { *poll.list.add(ready as usize) = index };
            poll.ready.set(ready + 1);
        }
    }
    true
}

/// Starts the one timer that an incomplete poll needs. True if the deadline has passed: the poll
/// must be stepped again.
#[inline(never)]
#[unsafe(export_name = "hook:poll/arm")]
pub extern "C" fn hook_arm(op: &Op) -> bool {
    let Body::Poll(poll) = &op.body else { return false };
    if poll.timer.busy.get() {
        return false;
    }
    poll.timer.result();
    let mut earliest = u64::MAX;
    for index in 0..poll.len {
        if let Pollable::Timer(deadline) = poll.get(index) {
            earliest = earliest.min(*deadline);
        }
    }
    earliest < u64::MAX && clocks::hook_wait_until(&poll.timer, earliest)
}

/// The poll is complete: cancels its timer.
#[inline(never)]
#[unsafe(export_name = "hook:poll/disarm")]
pub extern "C" fn hook_disarm(op: &Op) {
    let Body::Poll(Poll { timer, .. }) = &op.body else { return };
    if timer.busy.get() {
        timer.abandon();
        unsafe {
            subtask_cancel(timer.handle.get());
            subtask_drop(timer.handle.get());
        }
    }
}

/// Completes a poll of a guest that cannot wait, if it can: a poll of timers alone loops until the
/// first deadline. True if it is complete.
#[inline(never)]
#[unsafe(export_name = "hook:poll/spin")]
pub extern "C" fn hook_spin(op: &Op) -> bool {
    op.forced.set(true);
    op.yielded.set(true);
    while !hook_step(op) {
        let Body::Poll(poll) = &op.body else { return true };
        if (0..poll.len).any(|index| !matches!(poll.get(index), Pollable::Timer(_))) {
            return false;
        }
    }
    true
}

#[unsafe(export_name = "wasi:io/poll@0.2#[dtor]pollable")]
extern "C" fn drop_pollable(this: Shared<Handle>) {
    if this.lent.get() > 0 {
        trap::is_lent()
    }
    hooks::release(&this.of);
    unsafe { this.free() };
}

#[unsafe(export_name = "wasi:io/poll@0.2#start-poll")]
extern "C" fn start_poll(list: *mut u32, len: u32) -> u32 {
    if len == 0 {
        trap::empty_poll()
    }
    op::deliver_events();
    begin(list, len, false)
}

fn begin(list: *mut u32, len: u32, yields: bool) -> u32 {
    let (ready, borrows) = (Cell::new(0), Cell::new(false));
    let token = op::begin_with(Body::Poll(Poll { list, len, ready, borrows, timer: Waitable::none() }), yields);
    if token != 0
        && let Body::Poll(poll) = &op::get(token).body
    {
        poll.borrow(true);
    }
    token
}

#[unsafe(export_name = "wasi:io/poll@0.2#finish-poll")]
extern "C" fn finish_poll(token: u32) -> Ret {
    let area = area();
    let Body::Poll(poll) = &op::take(token).body else { return area.ret() };
    memory::keep(Buffer::lowered(poll.list as *mut u8, poll.len * 4));
    area.u32(0, poll.list as u32).u32(4, poll.ready.get()).ret()
}

fn list_of_one(this: Shared<Handle>) -> *mut u32 {
    let list = memory::alloc(4) as *mut u32;
    unsafe { *list = this.addr() };
    list
}

fn finish_one(token: u32) -> bool {
    let Body::Poll(poll) = &op::take(token).body else { return false };
    unsafe { memory::free(poll.list as *mut u8, 4) };
    poll.ready.get() > 0
}

#[unsafe(export_name = "wasi:io/poll@0.2#[method]pollable.start-block")]
extern "C" fn start_block(this: Shared<Handle>) -> u32 {
    op::deliver_events();
    begin(list_of_one(this), 1, false)
}

#[unsafe(export_name = "wasi:io/poll@0.2#[static]pollable.finish-block")]
extern "C" fn finish_block(token: u32) {
    finish_one(token);
}

/// Class R (DESIGN.md: "Effect classes"): a loop on `ready` must let the host go on, so every
/// answer "not ready" yields.
#[unsafe(export_name = "wasi:io/poll@0.2#[method]pollable.start-ready")]
extern "C" fn start_ready(this: Shared<Handle>) -> u32 {
    op::deliver_events();
    begin(list_of_one(this), 1, true)
}

#[unsafe(export_name = "wasi:io/poll@0.2#[static]pollable.finish-ready")]
extern "C" fn finish_ready(token: u32) -> u32 {
    finish_one(token) as u32
}
