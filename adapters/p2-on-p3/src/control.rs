//! `wasi-shim:p2-on-p3/control`: waiting, draining, and bulk bytes in chunks.
//!
//! # Safety
//!
//! A token that a task waits for belongs to an operation, which is taken only after the task has
//! ended. The context of a task of P is its token.

use crate::hooks::{self, Body};
use crate::kernel::canon::*;
use crate::kernel::op::{self, Op};
use crate::kernel::outcome;
use crate::kernel::wait;
use crate::kernel::waitable;
use crate::trap;
use common::abi::{Ret, area};
use common::memory::BufferCell;
use common::shared::Shared;
use core::ptr::copy;

#[unsafe(export_name = "[async-lift]wasi-shim:p2-on-p3/control#wait")]
extern "C" fn wait(token: u32) -> u32 {
    begin_task(Shared::of(op::get(token)))
}

/// A task that has returned may wait, whatever kind of task called it. This one goes on until it
/// has read the results that are wanted.
#[unsafe(export_name = "[async-lift]wasi-shim:p2-on-p3/control#look")]
extern "C" fn look() -> u32 {
    unsafe { task_return_look() };
    begin_task(op::start(Body::Look))
}

#[unsafe(export_name = "[callback][async-lift]wasi-shim:p2-on-p3/control#look")]
extern "C" fn look_callback(event: u32, handle: u32, result: u32) -> u32 {
    wait_callback(event, handle, result)
}

/// A task of P's begins to wait for an operation.
fn begin_task(op: Shared<Op>) -> u32 {
    unsafe { context_set(op.addr()) };
    answer_task(op, wait::begin(op))
}

#[unsafe(export_name = "[callback][async-lift]wasi-shim:p2-on-p3/control#wait")]
extern "C" fn wait_callback(event: u32, handle: u32, result: u32) -> u32 {
    let op = Shared::of(op::get(unsafe { context_get() }));
    answer_task(op, wait::resume(op, event, handle, result))
}

/// Gives the callback's answer of a task of P. At EXIT, `wait` returns, and the operation of `look`
/// is freed.
fn answer_task(op: Shared<Op>, answer: u32) -> u32 {
    if answer == EXIT {
        unsafe {
            match op.body {
                Body::Look => op.free(),
                _ => task_return_wait(),
            }
        }
    }
    answer
}

/// `wait` for a linked guest: blocks the guest's own task.
#[unsafe(export_name = "linked:wait")]
extern "C" fn linked_wait(token: u32) {
    let op = Shared::of(op::get(token));
    let mut answer = wait::begin(op);
    while answer != EXIT {
        let mut payload = [0; 2];
        let event = match answer {
            YIELD => {
                unsafe { thread_yield() };
                EVENT_NONE
            }
            _ => unsafe { waitable_set_wait(answer >> 4, &mut payload) },
        };
        answer = wait::resume(op, event, payload[0], payload[1]);
    }
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/control#wait-now")]
extern "C" fn wait_now(token: u32) -> u32 {
    const LOOK: u32 = 2;
    op::deliver_events();
    let op = op::get(token);
    if !op.looked.replace(true) {
        if hooks::step(op) {
            return true as u32;
        }
        if waitable::any_in_flight() || outcome::any() {
            return LOOK;
        }
    }
    hooks::force(op) as u32
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/control#start-drain")]
extern "C" fn start_drain() -> u32 {
    op::deliver_events();
    op::begin(Body::Drain)
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/control#finish-drain")]
extern "C" fn finish_drain(token: u32) {
    op::take(token);
}

/// Fewer bytes are not worth the calls: they take the ordinary way through finish-f.
const MIN_BULK: u32 = 64;
const CHUNK: u32 = 64;

#[unsafe(export_name = "wasi-shim:p2-on-p3/control#bulk")]
extern "C" fn bulk(token: u32) -> u64 {
    let len = op::get(token).bytes.get().len;
    if len < MIN_BULK {
        return 0;
    }
    len as u64
}

/// Returns the next `bytes` bytes as a list of `count` elements.
fn next(op: &Op, count: u32, bytes: u32) -> Ret {
    let ret = area().u32(0, op.bytes.get().start() as u32).u32(4, count).ret();
    op.bytes.skip(bytes);
    ret
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/control#bulk-head")]
extern "C" fn bulk_head(token: u32, count: u32) -> Ret {
    next(op::get(token), count, count)
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/control#bulk-body")]
extern "C" fn bulk_body(token: u32) -> Ret {
    let op = op::get(token);
    let mut bytes = op.bytes.get();
    let chunks = bytes.len / CHUNK;
    if !(bytes.start() as u32).is_multiple_of(8) {
        unsafe { copy(bytes.start(), bytes.at, bytes.len as usize) };
        bytes.off = 0;
        op.bytes.set(bytes);
    }
    next(op, chunks, chunks * CHUNK)
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/control#bulk-tail")]
extern "C" fn bulk_tail(token: u32) -> Ret {
    let op = op::get(token);
    let count = op.bytes.get().len;
    next(op, count, count)
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/control#finish-bulk")]
extern "C" fn finish_bulk(token: u32) {
    let op = op::take(token);
    op.bytes.release();
    hooks::forget(op);
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/control#bytes")]
extern "C" fn bytes(_bytes: u32) {
    trap::not_callable()
}
