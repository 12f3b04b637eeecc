//! Operations: what a split function does between start-f and finish-f.
//!
//! A token is the address of the operation. 0 stands for the operation that was begun last, which
//! was complete at once.
//!
//! # Safety
//!
//! The mutable state of an operation is in `Cell`s. A reference to the last operation is valid
//! until the next one begins, and no reference is held across that. A token is not used after
//! [`take`].

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
    /// The bytes that the operation returns; here, so that `control.bulk…` need not know the body.
    pub bytes: Cell<Buffer>,
    /// The operation is incomplete only so that the host makes progress: one yield completes it
    /// (DESIGN.md: "Yields").
    pub yields: Cell<bool>,
    /// … and has yielded.
    pub yielded: Cell<bool>,
    /// The guest cannot wait: what depends on output is complete, the output stays queued.
    pub forced: Cell<bool>,
    /// `wait-now` was called before: it answers LOOK only the first time.
    pub looked: Cell<bool>,
    /// Set while the operation's task follows.
    pub follower: Cell<Option<Shared<Follower>>>,
}

impl Op {
    /// Resets everything but the body.
    fn reset(&self, yields: bool) {
        self.bytes.set(Buffer::NONE);
        self.yields.set(yields);
        self.yielded.set(false);
        self.forced.set(false);
        self.looked.set(false);
        self.follower.set(None);
    }

    /// Whether the operation must yield before it may complete with nothing to report.
    pub fn must_yield(&self) -> bool {
        self.yields.get() && !self.yielded.get()
    }
}

/// The operation that was begun or taken last. An operation that is complete at once is stored
/// nowhere else. Zeros are a complete operation.
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
pub fn deliver_events() {
    if waitable::any_in_flight() && !wait::has_leader() {
        waitable::poll();
    }
}

/// Begins an operation: gives its token, or 0 if it is complete.
#[inline(always)]
pub fn begin(body: Body) -> u32 {
    begin_with(body, false)
}

/// Begins an operation of class R. If it has nothing to report, it stays incomplete for one yield
/// if `yields`, else it completes at once.
#[inline(always)]
pub fn begin_with(body: Body, yields: bool) -> u32 {
    last_with(body);
    launch(yields)
}

#[inline(never)]
fn launch(yields: bool) -> u32 {
    first_step(yields, hooks::step)
}

/// Begins an operation whose step function is known.
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

/// Moves the last operation to the heap, where it stays until it is taken.
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

/// Begins an operation on the heap, without stepping it.
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

/// Ends an operation and its token. The reference is valid until the next operation begins.
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
