//! `wasi-shim:p2-on-p3/control`: waiting, draining, and the carrier of bulk bytes.
//!
//! Several guest tasks may wait at once, but each event is delivered once. So one of the waiting tasks leads: it
//! waits on the global set, delivers events and looks whether the others' operations are complete. The
//! others follow: each waits on a set of its own, which holds a stream that the leader writes to when
//! the follower's operation is complete, or when the lead passes on. A task that waits alone leads,
//! and pays for none of that.

use crate::canon::*;
use crate::filesystem;
use crate::http;
use crate::input_stream;
use crate::op::{self, Body, Op};
use crate::poll;
use crate::result_future;
use crate::sockets;
use crate::source;
use crate::trap;
use crate::waitable;
use common::abi::{Ret, area};
use common::cell::Global;
use common::memory;
use core::mem::{replace, take};
use core::ptr::{copy, null_mut};

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

#[inline(never)]
#[unsafe(export_name = "part:domains/reap")]
extern "C" fn part_reap() {
    if source::any_parked() {
        input_stream::part_reap();
    }
    if filesystem::any_parked_entries() {
        filesystem::part_reap();
    }
    if http::any_parked() {
        http::part_reap();
    }
    if sockets::any_parked() {
        sockets::part_reap();
    }
}

/// On whose behalf results are read, if they may be: see `result_future`.
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

#[unsafe(export_name = "[async-lift]wasi-shim:p2-on-p3/control#wait")]
extern "C" fn wait(token: u32) -> u32 {
    begin_task(op::get(token))
}

/// A task that has returned may wait, whoever has called it. It goes on until it has read what is wanted.
#[unsafe(export_name = "[async-lift]wasi-shim:p2-on-p3/control#look")]
extern "C" fn look() -> u32 {
    unsafe { task_return_look() };
    begin_task(op::get(op::start(Body::Look)))
}

#[unsafe(export_name = "[callback][async-lift]wasi-shim:p2-on-p3/control#look")]
extern "C" fn look_callback(event: u32, handle: u32, result: u32) -> u32 {
    wait_callback(event, handle, result)
}

/// A task of P's begins to wait for an operation.
fn begin_task(op: *mut Op) -> u32 {
    unsafe { context_set(op as u32) };
    answer_task(op, begin(op))
}

#[unsafe(export_name = "[callback][async-lift]wasi-shim:p2-on-p3/control#wait")]
extern "C" fn wait_callback(event: u32, handle: u32, result: u32) -> u32 {
    let op = op::get(unsafe { context_get() });
    answer_task(op, resume(op, event, handle, result))
}

/// What a task of P's answers.
fn answer_task(op: *mut Op, answer: u32) -> u32 {
    if answer == EXIT {
        match unsafe { &(*op).body } {
            Body::Look => memory::unbox(op),
            _ => unsafe { task_return_wait() },
        }
    }
    answer
}

/// `wait` for a guest that is in one component with P, and whose task this is.
#[unsafe(export_name = "linked:wait")]
extern "C" fn linked_wait(token: u32) {
    let op: *mut Op = op::get(token);
    let mut answer = begin(op);
    while answer != EXIT {
        let mut payload = [0; 2];
        let event = match answer {
            YIELD => {
                unsafe { thread_yield() };
                EVENT_NONE
            }
            _ => unsafe { waitable_set_wait(answer >> 4, &mut payload) },
        };
        answer = resume(op, event, payload[0], payload[1]);
    }
}

/// Begins to wait for an operation; answers what a callback answers.
fn begin(op: *mut Op) -> u32 {
    *READER.get() = op;
    if take(PARKED.get()) {
        part_reap();
    }
    proceed(op)
}

/// Goes on to wait for an operation, after an event.
fn resume(op: *mut Op, event: u32, handle: u32, result: u32) -> u32 {
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
        if op::step(op) {
            if let Body::Poll(_) = op.body {
                poll::part_disarm(op);
            }
            // Another leader cannot be told to read what this task gives up.
            let unread = result_future::any() && TASKS.get().leader.is_null() && result_future::part_leave(op);
            wake_followers(true, unread);
            return EXIT;
        }
        if op.must_yield() {
            op.yielded = true;
            wake_followers(true, false);
            return YIELD;
        }
        if !matches!(op.body, Body::Poll(_)) || !poll::part_arm(op) {
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
        if follower.woken || op::step(unsafe { &mut *follower.op }) || *WISH.get() {
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

#[unsafe(export_name = "wasi-shim:p2-on-p3/control#wait-now")]
extern "C" fn wait_now(token: u32) -> u32 {
    const LOOK: u32 = 2;
    op::pump();
    let op = op::get(token);
    if !replace(&mut op.looked, true) {
        if op::step(op) {
            return true as u32;
        }
        if waitable::any_in_flight() || result_future::any() {
            return LOOK;
        }
    }
    match op.body {
        Body::Poll(_) => return poll::part_spin(op) as u32,
        Body::File(_) => {}
        Body::Read(_) | Body::Splice(_) => op.yielded = true,
        _ => {
            op.forced = true;
            op.yielded = true;
        }
    }
    op::step(op) as u32
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/control#start-drain")]
extern "C" fn start_drain() -> u32 {
    op::pump();
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
    let len = op::get(token).bytes.len;
    if len < MIN_BULK {
        return 0;
    }
    len as u64
}

/// A list of `count` elements that are the next `bytes` bytes.
fn next(op: &mut Op, count: u32, bytes: u32) -> Ret {
    let ret = area().u32(0, op.bytes.start() as u32).u32(4, count).ret();
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
    let bytes = &mut op.bytes;
    let chunks = bytes.len / CHUNK;
    if !(bytes.start() as u32).is_multiple_of(8) {
        unsafe { copy(bytes.start(), bytes.at, bytes.len as usize) };
        bytes.off = 0;
    }
    next(op, chunks, chunks * CHUNK)
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/control#bulk-tail")]
extern "C" fn bulk_tail(token: u32) -> Ret {
    let op = op::get(token);
    let count = op.bytes.len;
    next(op, count, count)
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/control#finish-bulk")]
extern "C" fn finish_bulk(token: u32) {
    let op = op::take(token);
    op.bytes.release();
    if let Body::File(call) = op.body {
        filesystem::part_forget(call);
    }
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/control#bytes")]
extern "C" fn bytes(_bytes: u32) {
    trap::not_callable()
}
