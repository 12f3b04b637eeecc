//! Waiting tasks.
//!
//! Several guest tasks may wait at once, but each event is delivered once. So one of the waiting
//! tasks leads: it waits on the global set, delivers events and looks whether the others'
//! operations are complete. The others follow: each waits on a set of its own, which holds a stream
//! that the leader writes to when the follower's operation is complete, or when the lead passes on.
//! A task that waits alone leads, and pays for none of that.
//!
//! # Safety
//!
//! An operation that waits is not taken, so the leader, the reader and followers are operations
//! that exist. A follower leaves the list before it is freed.

use crate::hooks;
use crate::kernel::canon::*;
use crate::kernel::op::{self, Op};
use crate::kernel::outcome;
use crate::kernel::waitable;
use common::global::Global;
use common::list::{Link, Linked, List};
use common::shared::Shared;
use core::cell::Cell;
use core::ptr::null_mut;

/// An operation whose task follows.
pub struct Follower {
    op: Shared<Op>,
    set: u32,
    readable: u32,
    writable: u32,
    woken: Cell<bool>,
    next: Link<Follower>,
}

impl Linked for Follower {
    fn link(&self) -> &Link<Follower> {
        &self.next
    }
}

static LEADER: Global<Cell<Option<Shared<Op>>>> = Global::new(Cell::new(None));
static FOLLOWERS: Global<List<Follower>> = Global::new(List::new());

/// The operation of the waiting task that is running, if one is.
static READER: Global<Cell<Option<Shared<Op>>>> = Global::new(Cell::new(None));

/// Set when a result future could not be read because no waiting task was running; the next waiting
/// task must read it.
static WISH: Global<Cell<bool>> = Global::new(Cell::new(false));

/// Set when an object was dropped with an operation in flight, which only a waiting task can
/// cancel.
static PARKED: Global<Cell<bool>> = Global::new(Cell::new(false));

pub fn park() {
    PARKED.set(true);
}

/// The operation on whose behalf results may be read, if there is one: see `outcome`.
pub fn reader() -> Option<Shared<Op>> {
    READER.get()
}

pub fn wish() {
    WISH.set(true);
}

/// Whether some task waits on the global set.
pub fn has_leader() -> bool {
    LEADER.get().is_some()
}

/// Begins to wait for an operation; returns the callback's answer.
pub fn begin(op: Shared<Op>) -> u32 {
    READER.set(Some(op));
    if PARKED.replace(false) {
        hooks::hook_reap();
    }
    proceed(op)
}

/// Continues to wait for an operation after an event; returns the callback's answer.
pub fn resume(op: Shared<Op>, event: u32, handle: u32, result: u32) -> u32 {
    READER.set(Some(op));
    if LEADER.get() == Some(op) {
        LEADER.set(None);
        if event != EVENT_NONE {
            waitable::dispatch(event, handle, result);
        }
    } else if op.follower.get().is_some() {
        hook_unfollow(&op);
    }
    proceed(op)
}

/// Goes on with an operation until it is complete or must wait; returns the callback's answer.
fn proceed(op: Shared<Op>) -> u32 {
    let answer = go_on(op);
    READER.set(None);
    answer
}

fn go_on(op: Shared<Op>) -> u32 {
    loop {
        op::deliver_events();
        if hooks::step(&op) {
            hooks::after_wait(&op);
            // Another leader cannot be told to read what this task gives up.
            let unread = outcome::any() && !has_leader() && outcome::hook_leave(op);
            wake_followers(true, unread);
            return EXIT;
        }
        if op.must_yield() {
            op.yielded.set(true);
            wake_followers(true, false);
            return YIELD;
        }
        if !hooks::before_wait(&op) {
            break;
        }
    }
    wake_followers(false, false);
    if !has_leader() {
        LEADER.set(Some(op));
        return WAIT | waitable::set() << 4;
    }
    hook_follow(op)
}

/// Wakes followers that can go on, or `all`. `leaving`: this task will not lead, so one of them may
/// have to.
fn wake_followers(leaving: bool, all: bool) {
    if !FOLLOWERS.is_empty() {
        hook_wake(leaving, all);
    }
}

/// Wakes the followers whose operations are complete, or that have something to read. If the lead
/// is free after that, wakes one to take it.
#[inline(never)]
#[unsafe(export_name = "hook:followers/wake")]
extern "C" fn hook_wake(leaving: bool, all: bool) {
    let reader = READER.replace(None);
    let mut woken = false;
    let mut at = FOLLOWERS.first();
    while let Some(follower) = at {
        WISH.set(all);
        if follower.woken.get() || hooks::step(&follower.op) || WISH.get() {
            follower.wake();
            woken = true;
        }
        at = follower.next.get();
    }
    READER.set(reader);
    if leaving
        && !woken
        && !has_leader()
        && let Some(first) = FOLLOWERS.first()
    {
        first.wake();
    }
}

impl Follower {
    fn wake(&self) {
        if !self.woken.replace(true) {
            unsafe { wake_write(self.writable, null_mut(), 1) };
        }
    }
}

#[cold]
#[inline(never)]
#[unsafe(export_name = "hook:followers/follow")]
extern "C" fn hook_follow(op: Shared<Op>) -> u32 {
    unsafe {
        let (readable, writable) = ends(wake_new());
        wake_read(readable, null_mut(), 1);
        let set = waitable_set_new();
        waitable_join(readable, set);
        let woken = Cell::new(false);
        let follower = Shared::new(Follower { op, set, readable, writable, woken, next: Cell::new(None) });
        FOLLOWERS.push(&follower);
        op.follower.set(Some(follower));
        WAIT | set << 4
    }
}

#[cold]
#[inline(never)]
#[unsafe(export_name = "hook:followers/unfollow")]
extern "C" fn hook_unfollow(op: &Op) {
    let Some(follower) = op.follower.replace(None) else { return };
    FOLLOWERS.remove(&follower);
    unsafe {
        waitable_join(follower.readable, 0);
        wake_drop_readable(follower.readable);
        wake_drop_writable(follower.writable);
        waitable_set_drop(follower.set);
        follower.free();
    }
}
