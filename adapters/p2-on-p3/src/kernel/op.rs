//! Operations: what a split function does between start-f and finish-f.
//!
//! A token is the address of the operation. 0 stands for the operation that was begun last, which
//! was complete at once.
//!
//! # Safety
//!
//! What changes in an operation is in `Cell`s. A reference to the last one is good until the next
//! one begins, and none is held across that; nobody uses a token after it was [taken](take).

use crate::hooks::{self, Body};
use crate::kernel::wait::{self, Follower};
use crate::kernel::waitable;
use common::global::Global;
use common::memory::{self, Buffer};
use common::shared::Shared;
use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;
use core::ptr::copy_nonoverlapping;

pub struct Op {
    pub body: Body,
    /// The bytes that the operation returns; in the operation so that `control.bulk…` needs not
    /// know which one it is.
    pub bytes: Cell<Buffer>,
    /// The operation is incomplete only so that the host makes progress: one yield completes it
    /// (DESIGN.md: "Yields").
    pub yields: Cell<bool>,
    /// … and has yielded.
    pub yielded: Cell<bool>,
    /// The guest cannot wait: what depends on output is complete, the output stays queued.
    pub forced: Cell<bool>,
    /// The guest cannot wait, and has been asked to look at what the host has to tell.
    pub looked: Cell<bool>,
    /// Of an operation whose task follows.
    pub follower: Cell<Option<Shared<Follower>>>,
}

impl Op {
    /// All but the body is as at the beginning.
    fn reset(&self, yields: bool) {
        self.bytes.set(Buffer::NONE);
        self.yields.set(yields);
        self.yielded.set(false);
        self.forced.set(false);
        self.looked.set(false);
        self.follower.set(None);
    }

    /// Whether a yield is still to come before the operation may complete fruitless.
    pub fn must_yield(&self) -> bool {
        self.yields.get() && !self.yielded.get()
    }
}

/// The operation that was begun or taken last. One that is complete at once needs no other place.
/// Zeros are an operation that is complete.
static LAST: Global<UnsafeCell<MaybeUninit<Op>>> = Global::new(UnsafeCell::new(MaybeUninit::zeroed()));

fn last() -> *mut Op {
    LAST.get() as *mut Op
}

/// The last operation, with another body.
#[inline(always)]
fn last_with(body: Body) -> &'static Op {
    unsafe {
        // The body is built in its place.
        (&raw mut (*last()).body).write(body);
        &*last()
    }
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

/// Begins an operation of class R. If `yields`, it stays incomplete for one yield when it has
/// nothing to report, else it completes fruitless.
#[inline(always)]
pub fn begin_with(body: Body, yields: bool) -> u32 {
    last_with(body);
    launch(yields)
}

#[inline(never)]
fn launch(yields: bool) -> u32 {
    first_step(yields, hooks::step)
}

/// Begins an operation of which it is known what goes on with it.
#[inline(always)]
pub fn begin_known(body: Body, step: impl FnOnce(&Op) -> bool) -> u32 {
    last_with(body);
    first_step(false, step)
}

#[inline(always)]
fn first_step(yields: bool, step: impl FnOnce(&Op) -> bool) -> u32 {
    let last = unsafe { &*last() };
    last.reset(yields);
    if step(last) {
        return 0;
    }
    keep().addr()
}

/// Moves the last operation to where it stays until it is complete.
fn keep() -> Shared<Op> {
    unsafe {
        let op = memory::alloc(size_of::<Op>() as u32) as *mut Op;
        copy_nonoverlapping(last(), op, 1);
        Shared::of(&*op)
    }
}

/// Begins an operation that has its buffer already.
pub fn begin_bytes(body: Body, bytes: Buffer) -> u32 {
    let op = start(body);
    op.bytes.set(bytes);
    let token = op.addr();
    if !hooks::step(&op) {
        return token;
    }
    take(token);
    0
}

/// Begins an operation that was not stepped yet, and stays where it is.
pub fn start(body: Body) -> Shared<Op> {
    last_with(body).reset(false);
    keep()
}

/// Begins an operation that is complete.
pub fn done(count: u32, bytes: Buffer) -> u32 {
    last_with(Body::Done(count)).bytes.set(bytes);
    0
}

/// The operation behind a token.
pub fn get(token: u32) -> &'static Op {
    unsafe {
        match token {
            0 => &*last(),
            _ => Shared::<Op>::at(token).leak(),
        }
    }
}

/// Ends an operation: the token is forgotten. The reference is good until the next one begins.
#[inline(never)]
pub fn take(token: u32) -> &'static Op {
    unsafe {
        if token != 0 {
            let op = Shared::<Op>::at(token);
            copy_nonoverlapping(op.as_ptr(), last(), 1);
            op.free();
        }
        &*last()
    }
}
