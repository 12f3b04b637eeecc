//! Tasks: calls of async functions of one part of a composition by another.
//!
//! The callee owns a task, the caller a subtask once the call had to wait. R keeps what both have to know, and which tasks
//! can go on. It never calls the guest: a caller that waits is told so ([`STEP`]), and then lets its callees go on.

use crate::event::Waitable;
use crate::cell::Global;
use crate::memory;
use crate::set::{self, Set};
use crate::subtask::{self, Subtask, CANCELLED_BEFORE_RETURNED, CANCELLED_BEFORE_STARTED, RETURNED};
use crate::trap;
use crate::wait;
use core::ptr::null_mut;

/// Where a task is.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// It has not begun, because of backpressure.
    Held,
    Running,
    Yielded,
    Waiting,
    Exited,
}

/// What became of a request to cancel the call.
#[derive(Clone, Copy, PartialEq)]
enum Cancel {
    None,
    Requested,
    Delivered,
}

pub struct Task {
    previous: *mut Task,
    next: *mut Task,
    /// The numbers of the part, and of its function that gives the task a turn.
    part: u32,
    slot: u32,
    state: State,
    cancel: Cancel,
    /// Whether it has returned, or was cancelled.
    resolved: bool,
    /// Whether the caller knows yet whether the call has to wait.
    answered: bool,
    /// The set that it waits for.
    set: u32,
    /// The last round in which it went on.
    round: u32,
    /// What `context.set` was given.
    context: u64,
    /// The caller's, until there is a subtask.
    cookie: u64,
    /// Until the call is resolved, once that had to wait.
    subtask: *mut Subtask,
    /// The parameters of one that is held.
    kept: *mut Kept,
}

/// Flat values: there are no more.
const MAX_FLAT_PARAMS: usize = 16;

struct Kept {
    values: [u64; MAX_FLAT_PARAMS],
    /// The next one to be kept, then to be given back.
    at: usize,
}

/// Of each part: how often `backpressure.inc` was called more than `backpressure.dec`.
static BACKPRESSURE: Global<[u16; 64]> = Global::new([0; 64]);

struct Tasks {
    first: *mut Task,
    last: *mut Task,
    round: u32,
    /// Of the call that begins.
    cookie: u64,
    /// The result of the call that returned last without waiting.
    result: u64,
}

static TASKS: Global<Tasks> =
    Global::new(Tasks { first: null_mut(), last: null_mut(), round: 0, cookie: 0, result: 0 });

/// The answer instead of an event: tasks of the parts that were asked for can go on.
const STEP: u64 = 15;

const BLOCKED: u32 = u32::MAX;
const TASK_CANCELLED: u64 = 6;

/// Callback codes.
const YIELD: u32 = 1;

impl Task {
    fn is_ready(&self) -> bool {
        match self.state {
            State::Running | State::Exited => false,
            State::Held => BACKPRESSURE.get()[self.part as usize] == 0,
            _ if self.cancel == Cancel::Requested => true,
            State::Yielded => true,
            State::Waiting => set::has_event(self.set),
        }
    }
}

/// Whether `found` says so of a task of `parts`, a set of bits.
fn any(parts: u64, found: impl Fn(&Task) -> bool) -> bool {
    let mut task = TASKS.get().first;
    while !task.is_null() {
        let this = unsafe { &*task };
        if parts >> this.part & 1 != 0 && found(this) {
            return true;
        }
        task = this.next;
    }
    false
}

fn ready(parts: u64) -> bool {
    any(parts, Task::is_ready)
}

#[export_name = "wasi-shim:p3-on-p2/control#call"]
extern "C" fn call(cookie: u64) {
    TASKS.get().cookie = cookie;
}

#[export_name = "wasi-shim:p3-on-p2/control#task-start"]
extern "C" fn task_start(part: u32, slot: u32) -> u32 {
    let tasks = TASKS.get();
    let task = memory::boxed(Task {
        previous: tasks.last,
        next: null_mut(),
        part,
        slot,
        state: State::Running,
        cancel: Cancel::None,
        resolved: false,
        answered: false,
        set: 0,
        round: tasks.round,
        context: 0,
        cookie: tasks.cookie,
        subtask: null_mut(),
        kept: null_mut(),
    });
    match tasks.last.is_null() {
        true => tasks.first = task,
        false => unsafe { (*tasks.last).next = task },
    }
    tasks.last = task;
    task as u32
}

fn get(task: u32) -> &'static mut Task {
    unsafe { &mut *(task as *mut Task) }
}

/// `backpressure.inc` and `backpressure.dec` of a part.
#[export_name = "wasi-shim:p3-on-p2/control#backpressure"]
extern "C" fn backpressure(part: u32, up: u32) {
    let count = &mut BACKPRESSURE.get()[part as usize];
    let changed = if up != 0 { count.checked_add(1) } else { count.checked_sub(1) };
    *count = changed.unwrap_or_else(|| trap::backpressure());
}

/// Tasks begin in the order of their calls.
#[export_name = "wasi-shim:p3-on-p2/control#task-hold"]
extern "C" fn task_hold(task: u32) -> u32 {
    let task = get(task);
    let others = any(1 << task.part, |other| other.state == State::Held);
    if BACKPRESSURE.get()[task.part as usize] == 0 && !others {
        return 0;
    }
    task.state = State::Held;
    task.kept = memory::boxed(Kept { values: [0; MAX_FLAT_PARAMS], at: 0 });
    1
}

#[export_name = "wasi-shim:p3-on-p2/control#task-keep"]
extern "C" fn task_keep(task: u32, bits: u64) {
    let kept = unsafe { &mut *get(task).kept };
    kept.values[kept.at] = bits;
    kept.at += 1;
}

#[export_name = "wasi-shim:p3-on-p2/control#task-is-held"]
extern "C" fn task_is_held(task: u32) -> u32 {
    let task = get(task);
    if task.state != State::Held {
        return 0;
    }
    task.state = State::Running;
    unsafe { (*task.kept).at = 0 };
    1
}

#[export_name = "wasi-shim:p3-on-p2/control#task-kept"]
extern "C" fn task_kept(task: u32) -> u64 {
    let kept = unsafe { &mut *get(task).kept };
    kept.at += 1;
    kept.values[kept.at - 1]
}

#[export_name = "wasi-shim:p3-on-p2/control#task-suspend"]
extern "C" fn task_suspend(task: u32, status: u32, context: u64) {
    let task = get(task);
    task.context = context;
    task.set = status >> 4;
    task.state = if status & 15 == YIELD { State::Yielded } else { State::Waiting };
}

#[export_name = "wasi-shim:p3-on-p2/control#task-return"]
extern "C" fn task_return(task: u32, result: u64) {
    let task = get(task);
    task.resolved = true;
    if task.subtask.is_null() {
        TASKS.get().result = result;
        return;
    }
    unsafe { (*task.subtask).result = result };
    resolve(task, RETURNED);
}

#[export_name = "wasi-shim:p3-on-p2/control#task-cancel"]
extern "C" fn task_cancel(task: u32) {
    let task = get(task);
    if task.cancel != Cancel::Delivered {
        trap::not_cancelled()
    }
    task.resolved = true;
    resolve(task, CANCELLED_BEFORE_RETURNED);
}

fn resolve(task: &mut Task, state: u8) {
    let subtask = unsafe { &mut *task.subtask };
    task.subtask = null_mut();
    subtask.task = null_mut();
    subtask::resolve(subtask, state);
}

#[export_name = "wasi-shim:p3-on-p2/control#task-exit"]
extern "C" fn task_exit(task: u32) {
    let task = get(task);
    task.state = State::Exited;
    if task.answered {
        forget(task);
    }
}

fn forget(task: *mut Task) {
    let tasks = TASKS.get();
    let Task { previous, next, .. } = unsafe { &*task };
    match previous.is_null() {
        true => tasks.first = *next,
        false => unsafe { (**previous).next = *next },
    }
    match next.is_null() {
        true => tasks.last = *previous,
        false => unsafe { (**next).previous = *previous },
    }
    let kept = unsafe { (*task).kept };
    if !kept.is_null() {
        memory::unbox(kept);
    }
    memory::unbox(task);
}

#[export_name = "wasi-shim:p3-on-p2/control#task-answer"]
extern "C" fn task_answer(task: u32) -> u32 {
    let task = get(task);
    task.answered = true;
    if task.resolved {
        if task.state == State::Exited {
            forget(task);
        }
        return RETURNED as u32;
    }
    let (subtask, answer) = subtask::start_task(task, task.cookie);
    task.subtask = subtask;
    answer
}

#[export_name = "wasi-shim:p3-on-p2/control#task-result"]
extern "C" fn task_result(subtask: u32) -> u64 {
    if subtask == 0 {
        return TASKS.get().result;
    }
    let subtask = subtask::get(subtask);
    unsafe { (*subtask).result }
}

#[export_name = "wasi-shim:p3-on-p2/control#task-round"]
extern "C" fn task_round() -> u32 {
    let tasks = TASKS.get();
    tasks.round += 1;
    tasks.round
}

/// `task | slot << 32 | resolved << 63`
#[export_name = "wasi-shim:p3-on-p2/control#task-next"]
extern "C" fn task_next(part: u32, round: u32) -> u64 {
    let mut at = TASKS.get().first;
    while !at.is_null() {
        let task = unsafe { &mut *at };
        if task.part == part && task.round != round && task.is_ready() {
            task.round = round;
            return at as u32 as u64 | (task.slot as u64) << 32 | (task.resolved as u64) << 63;
        }
        at = task.next;
    }
    0
}

#[export_name = "wasi-shim:p3-on-p2/control#task-event"]
extern "C" fn task_event(task: u32) -> u64 {
    let task = get(task);
    let state = task.state;
    task.state = State::Running;
    if task.cancel == Cancel::Requested {
        task.cancel = Cancel::Delivered;
        return TASK_CANCELLED;
    }
    match state {
        State::Waiting => set::poll(task.set),
        _ => 0,
    }
}

#[export_name = "wasi-shim:p3-on-p2/control#task-context"]
extern "C" fn task_context(task: u32) -> u64 {
    get(task).context
}

#[export_name = "wasi-shim:p3-on-p2/control#tasks-ready"]
extern "C" fn tasks_ready(parts: u64) -> u32 {
    ready(parts) as u32
}

/// In a set of parts: the caller is called by another part, so that is on the stack and cannot go on.
const CALLED: u64 = 1 << 63;

/// Waits until `event` gives one, or a task of `parts` can go on. `is` knows the waitables that are waited for.
fn wait(parts: u64, mut event: impl FnMut() -> u64, is: impl Fn(&Waitable) -> bool) -> u64 {
    if wait::be_fair() && ready(parts) {
        return STEP;
    }
    loop {
        let event = event();
        if event != 0 {
            return event;
        }
        if ready(parts) {
            return STEP;
        }
        if parts & CALLED != 0 && set::take_ahead(&is) {
            continue;
        }
        wait::block();
    }
}

#[export_name = "wasi-shim:p3-on-p2/control#waitable-set-wait-or-step"]
extern "C" fn waitable_set_wait_or_step(set: u32, parts: u64) -> u64 {
    let set: *mut Set = set::get(set);
    wait(parts, || set::next(unsafe { &mut *set }), |waitable| core::ptr::eq(waitable.set, set))
}

#[export_name = "wasi-shim:p3-on-p2/control#block-on-or-step"]
extern "C" fn block_on_or_step(waitable: u32, parts: u64) -> u64 {
    let waitable: *mut Waitable = set::find(waitable);
    let event = || unsafe { if (*waitable).has_event() { set::event(&mut *waitable) } else { 0 } };
    wait(parts, event, |this| core::ptr::eq(this, waitable))
}

/// Waits until a task of `parts` can go on; 0 if none ever will.
#[export_name = "wasi-shim:p3-on-p2/control#tasks-left"]
extern "C" fn tasks_left(parts: u64) -> u32 {
    loop {
        if ready(parts) {
            return 1;
        }
        if !any(parts, |_| true) || !wait::may_block() {
            return 0;
        }
        wait::block();
    }
}

/// A caller cancels its call.
pub fn request_cancel(task: *mut Task) -> u32 {
    let task = unsafe { &mut *task };
    if task.cancel != Cancel::None {
        trap::cancelled_twice()
    }
    if task.state == State::Held {
        let subtask = task.subtask;
        resolve(task, CANCELLED_BEFORE_STARTED);
        forget(task);
        return unsafe { (*subtask).waitable.deliver() };
    }
    task.cancel = Cancel::Requested;
    BLOCKED
}

/// After `subtask-cancel` has answered BLOCKED and the callee went on.
#[export_name = "wasi-shim:p3-on-p2/control#subtask-cancelled"]
extern "C" fn subtask_cancelled(subtask: u32) -> u32 {
    let subtask = subtask::get(subtask);
    let waitable = unsafe { &mut (*subtask).waitable };
    if waitable.has_event() {
        return waitable.deliver();
    }
    BLOCKED
}
