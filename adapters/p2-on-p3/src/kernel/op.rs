//! Operations: what a split function does between start-f and finish-f.
//!
//! A token is the address of the operation. 0 stands for the operation that was begun last, which
//! was complete at once.

use crate::hooks::{self, Body};
use crate::kernel::wait;
use crate::kernel::waitable;
use common::cell::Global;
use common::memory::{self, Buffer};
use core::mem::{MaybeUninit, size_of};
use core::ptr::{copy_nonoverlapping, null_mut};

pub struct Op {
    pub body: Body,
    /// The bytes that the operation returns; in the operation so that `control.bulk…` needs not know which
    /// one it is.
    pub bytes: Buffer,
    /// The operation is incomplete only so that the host makes progress: one yield completes it (DESIGN.md:
    /// "Yields").
    pub yields: bool,
    /// … and has yielded.
    pub yielded: bool,
    /// The guest cannot wait: what depends on output is complete, the output stays queued.
    pub forced: bool,
    /// The guest cannot wait, and has been asked to look at what the host has to tell.
    pub looked: bool,
    /// Of an operation whose task follows, else null.
    pub follower: *mut wait::Follower,
}

impl Op {
    /// All but the body is as at the beginning.
    fn reset(&mut self, yields: bool) {
        self.bytes = Buffer::NONE;
        self.yields = yields;
        self.yielded = false;
        self.forced = false;
        self.looked = false;
        self.follower = null_mut();
    }

    /// Whether a yield is still to come before the operation may complete fruitless.
    pub fn must_yield(&self) -> bool {
        self.yields && !self.yielded
    }
}

/// The operation that was begun or taken last. One that is complete at once needs no other place.
static LAST: Global<MaybeUninit<Op>> = Global::new(MaybeUninit::zeroed());

fn last() -> &'static mut Op {
    unsafe { LAST.get().assume_init_mut() }
}

/// Delivers pending events, unless a waiting task will get them. Every start-f does this first.
pub fn pump() {
    if waitable::any_in_flight() && !wait::has_leader() {
        waitable::poll();
    }
}

/// Begins an operation: gives its token, or 0 if it is complete.
#[inline(always)]
pub fn begin(body: Body) -> u32 {
    begin_with(body, false)
}

/// Begins an operation of class R. If `yields`, it stays incomplete for one yield when it has nothing to
/// report, else it completes fruitless.
#[inline(always)]
pub fn begin_with(body: Body, yields: bool) -> u32 {
    // The body is built in its place.
    unsafe { (&raw mut last().body).write(body) };
    launch(yields)
}

#[inline(never)]
fn launch(yields: bool) -> u32 {
    first_step(yields, hooks::step)
}

/// Begins an operation of which it is known what goes on with it.
#[inline(always)]
pub fn begin_known(body: Body, step: impl FnOnce(&mut Op) -> bool) -> u32 {
    unsafe { (&raw mut last().body).write(body) };
    first_step(false, step)
}

#[inline(always)]
fn first_step(yields: bool, step: impl FnOnce(&mut Op) -> bool) -> u32 {
    let last = last();
    last.reset(yields);
    if step(last) {
        return 0;
    }
    keep(last)
}

/// Moves an operation to where it stays until it is complete; gives its token.
fn keep(op: *const Op) -> u32 {
    let at = memory::alloc(size_of::<Op>() as u32) as *mut Op;
    unsafe { copy_nonoverlapping(op, at, 1) };
    at as u32
}

/// Begins an operation that has its buffer already.
pub fn begin_bytes(body: Body, bytes: Buffer) -> u32 {
    let token = start(body);
    let op = get(token);
    op.bytes = bytes;
    if !hooks::step(op) {
        return token;
    }
    take(token);
    0
}

/// Begins an operation that was not stepped yet, and stays where it is.
pub fn start(body: Body) -> u32 {
    let last = last();
    last.reset(false);
    unsafe { (&raw mut last.body).write(body) };
    keep(last)
}

/// Begins an operation that is complete.
pub fn done(count: u32, bytes: Buffer) -> u32 {
    let last = last();
    last.body = Body::Done(count);
    last.bytes = bytes;
    0
}

/// The operation behind a token.
pub fn get(token: u32) -> &'static mut Op {
    match token {
        0 => last(),
        _ => unsafe { &mut *(token as *mut Op) },
    }
}

/// Ends an operation: the token is forgotten. The reference is good until the next one begins.
#[inline(never)]
pub fn take(token: u32) -> &'static mut Op {
    let last = last();
    if token != 0 {
        let op = token as *mut Op;
        unsafe { copy_nonoverlapping(op, last, 1) };
        memory::unbox(op);
    }
    last
}
