//! Waiting tasks.
//!
//! Several guest tasks may wait at once, but each event is delivered once. So one of the waiting tasks leads: it
//! waits on the global set, delivers events and looks whether the others' operations are complete. The
//! others follow: each waits on a set of its own, which holds a stream that the leader writes to when
//! the follower's operation is complete, or when the lead passes on. A task that waits alone leads,
//! and pays for none of that.

use crate::hooks;
use crate::kernel::canon::*;
use crate::kernel::op::{self, Op};
use crate::kernel::outcome;
use crate::kernel::waitable;
use common::cell::Global;
use common::memory;
use core::mem::{replace, take};
use core::ptr::null_mut;

/// An operation whose task follows.
pub struct Follower {
    op: *mut Op,
    set: u32,
    readable: u32,
    writable: u32,
    woken: bool,
    next: *mut Follower,
}

struct Tasks {
    leader: *mut Op,
    followers: *mut Follower,
}

static TASKS: Global<Tasks> = Global::new(Tasks { leader: null_mut(), followers: null_mut() });

/// The operation whose task runs; null if none does that waits.
static READER: Global<*mut Op> = Global::new(null_mut());

/// Something would have been read, had a task that waits been running.
static WISH: Global<bool> = Global::new(false);

/// Something was dropped with an operation in flight, which only a task that waits can cancel.
static PARKED: Global<bool> = Global::new(false);

pub fn park() {
    *PARKED.get() = true;
}

/// On whose behalf results are read, if they may be: see `outcome`.
pub fn reader() -> *mut Op {
    *READER.get()
}

pub fn wish() {
    *WISH.get() = true;
}

/// Whether some task waits on the global set.
pub fn has_leader() -> bool {
    !TASKS.get().leader.is_null()
}

/// Begins to wait for an operation; answers what a callback answers.
pub fn begin(op: *mut Op) -> u32 {
    *READER.get() = op;
    if take(PARKED.get()) {
        hooks::part_reap();
    }
    proceed(op)
}

/// Goes on to wait for an operation, after an event.
pub fn resume(op: *mut Op, event: u32, handle: u32, result: u32) -> u32 {
    *READER.get() = op;
    let tasks = TASKS.get();
    if tasks.leader == op {
        tasks.leader = null_mut();
        if event != EVENT_NONE {
            waitable::dispatch(event, handle, result);
        }
    } else if unsafe { !(*op).follower.is_null() } {
        part_unfollow(unsafe { &mut *op });
    }
    proceed(op)
}

/// Goes on with an operation until it is complete or must wait; answers what a callback answers. A pointer,
/// because events that are delivered meanwhile may change the operation.
fn proceed(op: *mut Op) -> u32 {
    let answer = go_on(op);
    *READER.get() = null_mut();
    answer
}

fn go_on(op: *mut Op) -> u32 {
    loop {
        op::pump();
        let op = unsafe { &mut *op };
        if hooks::step(op) {
            hooks::after_wait(op);
            // Another leader cannot be told to read what this task gives up.
            let unread = outcome::any() && TASKS.get().leader.is_null() && outcome::part_leave(op);
            wake_followers(true, unread);
            return EXIT;
        }
        if op.must_yield() {
            op.yielded = true;
            wake_followers(true, false);
            return YIELD;
        }
        if !hooks::before_wait(op) {
            break;
        }
    }
    wake_followers(false, false);
    let tasks = TASKS.get();
    if tasks.leader.is_null() {
        tasks.leader = op;
        return WAIT | waitable::set() << 4;
    }
    part_follow(unsafe { &mut *op })
}

/// Tells the followers that this task goes on, or is `leaving`.
fn wake_followers(leaving: bool, all: bool) {
    if !TASKS.get().followers.is_null() {
        part_wake(leaving, all);
    }
}

/// Wakes the followers whose operations are complete, or that have something to read. If the lead is free after that, wakes
/// one to take it.
#[inline(never)]
#[unsafe(export_name = "part:followers/wake")]
extern "C" fn part_wake(leaving: bool, all: bool) {
    let reader = replace(READER.get(), null_mut());
    let tasks = TASKS.get();
    let mut woken = false;
    let mut at = tasks.followers;
    while let Some(follower) = unsafe { at.as_mut() } {
        *WISH.get() = all;
        if follower.woken || hooks::step(unsafe { &mut *follower.op }) || *WISH.get() {
            follower.wake();
            woken = true;
        }
        at = follower.next;
    }
    *READER.get() = reader;
    if leaving && !woken && tasks.leader.is_null() {
        unsafe { (*tasks.followers).wake() };
    }
}

impl Follower {
    fn wake(&mut self) {
        if !self.woken {
            self.woken = true;
            unsafe { wake_write(self.writable, null_mut(), 1) };
        }
    }
}

#[cold]
#[inline(never)]
#[unsafe(export_name = "part:followers/follow")]
extern "C" fn part_follow(op: &mut Op) -> u32 {
    let tasks = TASKS.get();
    unsafe {
        let (readable, writable) = ends(wake_new());
        wake_read(readable, null_mut(), 1);
        let set = waitable_set_new();
        waitable_join(readable, set);
        op.follower = memory::boxed(Follower { op, set, readable, writable, woken: false, next: tasks.followers });
        tasks.followers = op.follower;
        WAIT | set << 4
    }
}

#[cold]
#[inline(never)]
#[unsafe(export_name = "part:followers/unfollow")]
extern "C" fn part_unfollow(op: &mut Op) {
    let mut link = &raw mut TASKS.get().followers;
    unsafe {
        while *link != op.follower {
            link = &raw mut (**link).next;
        }
        let follower = &*op.follower;
        *link = follower.next;
        waitable_join(follower.readable, 0);
        wake_drop_readable(follower.readable);
        wake_drop_writable(follower.writable);
        waitable_set_drop(follower.set);
        memory::unbox(op.follower);
    }
    op.follower = null_mut();
}
