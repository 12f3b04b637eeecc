//! Tasks: calls of async functions of one part of a composition by another.
//!
//! The callee owns a task, the caller a subtask if the call has to wait. R keeps what both have to know, and chooses which task goes
//! on. It never calls the guest: a part that waits is told the task ([`STEP`]), and calls the part that gives it a turn. That part
//! comes before the waiting one, or is it: parts are in the order of their instantiation, and call only those before them.

use crate::event::Waitable;
use crate::handles::{self, FUTURE_READ, STREAM_READ, SUBTASK, TRANSIT};
use crate::loan;
use crate::pair::Pair;
use crate::set::{self, Set};
use crate::subtask::{self, CANCELLED_BEFORE_RETURNED, CANCELLED_BEFORE_STARTED, RETURNED, STARTED, STARTING, Subtask};
use crate::trap;
use crate::wait;
use common::array::Array;
use common::cell::Global;
use common::memory;
use core::ptr::null_mut;

/// Where a task is.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// A call that has not begun, because of backpressure: its turn, which the caller has, is to begin it.
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
    /// The part that gives it a turn, and the number of that part's function which does.
    part: u32,
    slot: u32,
    callee: u32,
    state: State,
    cancel: Cancel,
    /// Whether it has returned, or was cancelled.
    resolved: bool,
    /// The set that it waits for.
    set: *mut Set,
    /// The last round in which it went on.
    round: u32,
    /// What `context.set` was given.
    context: u64,
    call: Call,
    /// The parameters of a call that is held.
    kept: *mut Kept,
}

/// A call, as the caller has it.
#[derive(Clone, Copy)]
struct Call {
    caller: u32,
    /// Whether the caller does nothing but wait for the result, and has no handle.
    is_sync: bool,
    /// The caller's, for a subtask.
    cookie: u64,
    /// Null if the call has not had to wait yet, or is resolved.
    subtask: *mut Subtask,
    /// Whether the caller knows whether the call has to wait.
    answered: bool,
    /// Whether it was held, and answered then.
    was_held: bool,
}

/// Flat values: there are no more.
const MAX_FLAT_PARAMS: usize = 16;

struct Kept {
    values: [u64; MAX_FLAT_PARAMS],
    /// The next one to be kept, then to be given back.
    at: usize,
}

struct Tasks {
    /// Those that went on last come last.
    first: *mut Task,
    last: *mut Task,
    round: u32,
    /// The call that begins.
    call: Call,
    /// The subtask of the call that was answered last, null if it had returned.
    answered: *mut Subtask,
    /// The result of the call that returned last without waiting.
    result: u64,
    /// By part: how often `backpressure.inc` was called more than `backpressure.dec`.
    backpressure: Array<u16>,
}

const NO_CALL: Call =
    Call { caller: 0, is_sync: false, cookie: 0, subtask: null_mut(), answered: false, was_held: false };

static TASKS: Global<Tasks> = Global::new(Tasks {
    first: null_mut(),
    last: null_mut(),
    round: 0,
    call: NO_CALL,
    answered: null_mut(),
    result: 0,
    backpressure: Array::new(),
});

/// The answer instead of an event: a task can go on. `15 | part << 4 | task << 32`.
const STEP: u64 = 15;

const TASK_CANCELLED: u64 = 6;

/// Callback codes.
const YIELD: u32 = 1;
const WAIT: u32 = 2;

impl Task {
    fn is_ready(&self) -> bool {
        match self.state {
            State::Running | State::Exited => false,
            State::Held => *backpressure(self.callee) == 0,
            _ if self.cancel == Cancel::Requested => true,
            State::Yielded => true,
            State::Waiting => unsafe { (*self.set).has_event() },
        }
    }

    /// Whether it can have a turn while `part` waits: in the middle of its code, or, `driving`, at the end of a turn of its own.
    fn is_within_reach(&self, part: u32, driving: bool) -> bool {
        self.part < part || self.part == part && (driving || self.state == State::Held)
    }

    fn as_step(&self) -> u64 {
        STEP | (self.part as u64) << 4 | (self as *const Task as u32 as u64) << 32
    }
}

fn backpressure(part: u32) -> &'static mut u16 {
    let counts = &mut TASKS.get().backpressure;
    while part >= counts.len {
        counts.push(0);
    }
    unsafe { &mut *counts.at(part) }
}

/// The first task that is as `found` says.
fn find(found: impl Fn(&Task) -> bool) -> *mut Task {
    let mut task = TASKS.get().first;
    while !task.is_null() && !found(unsafe { &*task }) {
        task = unsafe { (*task).next };
    }
    task
}

fn append(task: *mut Task) {
    let tasks = TASKS.get();
    unsafe {
        (*task).previous = tasks.last;
        (*task).next = null_mut();
        match tasks.last.is_null() {
            true => tasks.first = task,
            false => (*tasks.last).next = task,
        }
    }
    tasks.last = task;
}

fn unlink(task: *mut Task) {
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
}

fn forget(task: *mut Task) {
    unlink(task);
    let kept = unsafe { (*task).kept };
    if !kept.is_null() {
        memory::unbox(kept);
    }
    memory::unbox(task);
}

fn new(part: u32, callee: u32, slot: u32, state: State, call: Call) -> *mut Task {
    let task = memory::boxed(Task {
        previous: null_mut(),
        next: null_mut(),
        part,
        slot,
        callee,
        state,
        cancel: Cancel::None,
        resolved: false,
        set: null_mut(),
        round: TASKS.get().round,
        context: 0,
        call,
        kept: null_mut(),
    });
    append(task);
    task
}

fn get(task: u32) -> &'static mut Task {
    unsafe { &mut *(task as *mut Task) }
}

/// `backpressure.inc` and `backpressure.dec` of the part that R works for.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#backpressure")]
extern "C" fn change_backpressure(up: u32) {
    let count = backpressure(handles::part());
    let changed = if up != 0 { count.checked_add(1) } else { count.checked_sub(1) };
    *count = changed.unwrap_or_else(|| trap::backpressure());
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#call")]
extern "C" fn call(cookie: u64, is_sync: u32) {
    TASKS.get().call = Call { caller: handles::part(), is_sync: is_sync != 0, cookie, ..NO_CALL };
}

/// The part that made the call that begins.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#caller")]
extern "C" fn caller() -> u32 {
    TASKS.get().call.caller
}

/// Tasks begin in the order of their calls.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#hold")]
extern "C" fn hold(callee: u32, slot: u32, cookie: u64) -> u32 {
    let is_held = |task: &Task| task.state == State::Held && task.callee == callee;
    if *backpressure(callee) == 0 && find(is_held).is_null() {
        return 0;
    }
    let caller = handles::part();
    let task = new(caller, callee, slot, State::Held, Call { caller, cookie, was_held: true, ..NO_CALL });
    let subtask = subtask::new(caller, STARTING, task, cookie);
    unsafe {
        (*task).call.subtask = subtask;
        (*task).kept = memory::boxed(Kept { values: [0; MAX_FLAT_PARAMS], at: 0 });
    }
    subtask::status(subtask)
}

/// A parameter of the call that was held last.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#keep")]
extern "C" fn keep(bits: u64) {
    let kept = unsafe { &mut *(*TASKS.get().last).kept };
    kept.values[kept.at] = bits;
    kept.at += 1;
}

/// A call that was held begins.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#held-begin")]
extern "C" fn held_begin(task: u32) {
    let task = get(task);
    task.state = State::Running;
    unsafe {
        (*task.kept).at = 0;
        subtask::go_on(&mut *task.call.subtask, STARTED);
    }
    TASKS.get().call = task.call;
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#held-next")]
extern "C" fn held_next(task: u32) -> u64 {
    let kept = unsafe { &mut *get(task).kept };
    kept.at += 1;
    kept.values[kept.at - 1]
}

/// That call has begun, and if there is no task, it has `returned`.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#held-end")]
extern "C" fn held_end(task: u32, returned: u32) {
    let task = get(task);
    if returned != 0 {
        resolve(task, RETURNED);
    }
    forget(task);
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-start")]
extern "C" fn task_start(slot: u32) -> u32 {
    let (part, call) = (handles::part(), TASKS.get().call);
    let task = new(part, part, slot, State::Running, call);
    if !call.subtask.is_null() {
        unsafe { (*call.subtask).task = task };
    }
    task as u32
}

/// The task that began last, until another call does.
pub fn newest() -> *mut Task {
    TASKS.get().last
}

/// The subtask of the call that was answered last, unless that has returned.
pub fn answered() -> *mut Subtask {
    TASKS.get().answered
}

/// The part that called a task.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-caller")]
extern "C" fn task_caller(task: u32) -> u32 {
    get(task).call.caller
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-suspend")]
extern "C" fn task_suspend(task: u32, status: u32, context: u64) {
    let task = get(task);
    task.context = context;
    task.state = match status & 15 {
        YIELD => State::Yielded,
        WAIT => {
            task.set = set::get(status >> 4);
            unsafe { (*task.set).waiting += 1 };
            State::Waiting
        }
        _ => trap::callback_code(),
    };
    unlink(task);
    append(task);
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-return")]
extern "C" fn task_return(task: u32, result: u64) {
    let task = get(task);
    task.resolved = true;
    if task.call.subtask.is_null() {
        TASKS.get().result = result;
        return;
    }
    unsafe { (*task.call.subtask).result = result };
    resolve(task, RETURNED);
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-cancel")]
extern "C" fn task_cancel(task: u32) {
    let task = get(task);
    if task.cancel != Cancel::Delivered {
        trap::not_cancelled()
    }
    loan::may_return(task);
    task.resolved = true;
    resolve(task, CANCELLED_BEFORE_RETURNED);
}

fn resolve(task: &mut Task, state: u8) {
    let subtask = unsafe { &mut *task.call.subtask };
    task.call.subtask = null_mut();
    subtask.task = null_mut();
    subtask::go_on(subtask, state);
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-exit")]
extern "C" fn task_exit(task: u32) {
    let task = get(task);
    task.state = State::Exited;
    if task.call.answered {
        forget(task);
    }
}

/// What the call answers, after the first turn of the task.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-answer")]
extern "C" fn task_answer(task: u32) -> u32 {
    let task = get(task);
    task.call.answered = true;
    TASKS.get().answered = task.call.subtask;
    if task.resolved || task.call.was_held {
        if task.state == State::Exited {
            forget(task);
        }
        return RETURNED as u32;
    }
    let part = if task.call.is_sync { TRANSIT } else { task.call.caller };
    let subtask = subtask::new(part, STARTED, task, task.call.cookie);
    task.call.subtask = subtask;
    TASKS.get().answered = subtask;
    subtask::status(subtask)
}

/// The result of the call that returned last without waiting, or of the subtask whose cookie was asked for last.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-result")]
extern "C" fn task_result() -> u64 {
    TASKS.get().result
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#cookie")]
extern "C" fn cookie(waitable: u32) -> u64 {
    let waitable = set::find(waitable);
    match waitable.kind as u32 {
        SUBTASK => {
            TASKS.get().result = unsafe { (*(waitable as *const Waitable as *const Subtask)).result };
            waitable.cookie
        }
        STREAM_READ | FUTURE_READ => Pair::of(waitable).reading(),
        _ => waitable.cookie,
    }
}

/// A turn begins: `slot | resolved << 31`.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-turn")]
extern "C" fn task_turn(task: u32) -> u32 {
    let task = get(task);
    task.slot | (task.resolved as u32) << 31
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-event")]
extern "C" fn task_event(task: u32) -> u64 {
    let task = get(task);
    let state = task.state;
    task.state = State::Running;
    if state == State::Waiting {
        unsafe { (*task.set).waiting -= 1 };
    }
    if task.cancel == Cancel::Requested {
        task.cancel = Cancel::Delivered;
        return TASK_CANCELLED;
    }
    match state {
        State::Waiting => set::next(unsafe { &mut *task.set }),
        _ => 0,
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-context")]
extern "C" fn task_context(task: u32) -> u64 {
    get(task).context
}

/// A caller cancels its call: a task that has begun gets a turn at once, by [`cancel_turn`].
#[inline(never)]
#[unsafe(export_name = "part:parts/cancel")]
pub extern "C" fn part_request_cancel(task: *mut Task) {
    let task = unsafe { &mut *task };
    if task.state == State::Held {
        resolve(task, CANCELLED_BEFORE_STARTED);
        forget(task);
    } else {
        task.cancel = Cancel::Requested;
    }
}

/// The turn of the task behind a subtask that was cancelled.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#cancel-turn")]
extern "C" fn cancel_turn(subtask: u32) -> u64 {
    unsafe { (*(*subtask::get(subtask)).task).as_step() }
}

/// How a part waits: at the end of a turn, so that its own tasks can go on, too; once more, after a task went on.
const DRIVING: u32 = 1;
const AGAIN: u32 = 2;

fn next_turn(part: u32, flags: u32) -> u64 {
    let task = find(|task| task.is_ready() && task.is_within_reach(part, flags & DRIVING != 0));
    if task.is_null() { 0 } else { unsafe { (*task).as_step() } }
}

/// Waits until `event` gives one, or a task can go on. `is` knows the waitables that are waited for.
fn wait(flags: u32, mut event: impl FnMut() -> u64, is: impl Fn(&Waitable) -> bool) -> u64 {
    let part = handles::part();
    if wait::be_fair() {
        let turn = next_turn(part, flags);
        if turn != 0 {
            return turn;
        }
    }
    loop {
        let event = event();
        if event != 0 {
            return event;
        }
        let turn = next_turn(part, flags);
        if turn != 0 {
            return turn;
        }
        if set::take_ahead(part, &is) || !wait::may_block() && set::take_ahead(part, |_| true) {
            continue;
        }
        wait::block();
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#waitable-set-wait-or-step")]
extern "C" fn waitable_set_wait_or_step(set: u32, flags: u32) -> u64 {
    let set = set::get(set);
    unsafe {
        if flags & AGAIN != 0 {
            (*set).waiting -= 1;
        }
        let event = wait(flags, || set::next(&mut *set), |waitable| core::ptr::eq(waitable.set, set));
        if event & 15 == STEP {
            (*set).waiting += 1;
        }
        event
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#block-on-or-step")]
extern "C" fn block_on_or_step(waitable: u32, flags: u32) -> u64 {
    let waitable: *mut Waitable = set::find(waitable);
    let event = || unsafe { if (*waitable).has_event() { set::event(&mut *waitable) } else { 0 } };
    wait(flags, event, |this| core::ptr::eq(this, waitable))
}

/// Until backpressure lets a sync call of `callee` begin: 1.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#enter-or-step")]
extern "C" fn enter_or_step(callee: u32, flags: u32) -> u64 {
    wait(flags, || (*backpressure(callee) == 0) as u64, |_| false)
}

/// Until the sync call whose task answered this subtask has returned: 1.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#returned-or-step")]
extern "C" fn returned_or_step(subtask: u32, flags: u32) -> u64 {
    let this: *mut Subtask = handles::get_from(TRANSIT, subtask, SUBTASK);
    let event = wait(flags, || unsafe { (*this).is_resolved() } as u64, |_| false);
    if event & 15 != STEP {
        handles::remove_from::<Subtask>(TRANSIT, subtask, SUBTASK);
        TASKS.get().result = unsafe { (*this).result };
        memory::unbox(this);
    }
    event
}

/// Waits until a task can go on; 0 if none ever will.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#tasks-left")]
extern "C" fn tasks_left() -> u64 {
    let part = handles::part();
    loop {
        let turn = next_turn(part, DRIVING);
        if turn != 0 {
            return turn;
        }
        if find(|task| task.is_within_reach(part, true)).is_null() || !wait::may_block() {
            return 0;
        }
        wait::block();
    }
}

/// A round begins, in which each task gets at most one turn.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-round")]
extern "C" fn task_round() {
    wait::sweep();
    TASKS.get().round += 1;
}

/// The next turn of the round; 0 if there is none.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-next")]
extern "C" fn task_next(flags: u32) -> u64 {
    let (part, round) = (handles::part(), TASKS.get().round);
    let is_next =
        |task: &Task| task.round != round && task.is_ready() && task.is_within_reach(part, flags & DRIVING != 0);
    let task = find(is_next);
    if task.is_null() {
        return 0;
    }
    unsafe {
        (*task).round = round;
        (*task).as_step()
    }
}
