//! Tasks: calls of async functions of one part of a composition by another.
//!
//! The callee owns a task, the caller a subtask if the call has to wait. R keeps the state that
//! both need, and chooses which task goes on. R never calls the guest: it names the task to a part
//! that waits ([`STEP`]), and that part calls the part that gives the task a turn. This is the
//! waiting part or one before it: parts are in the order of their instantiation, and call only
//! parts before them.
//!
//! # Safety
//!
//! A task is freed when it has exited and its caller was answered; a held one, when its call has
//! begun or was cancelled. Only generated functions name tasks, by numbers that they got from here,
//! and they forget a number when its task is freed.

use super::ahead;
use super::borrows;
use super::pair::{End, Pair};
use super::poll;
use super::set::{self, Set};
use super::subtask::{self, RETURNED, Status, Subtask};
use super::table::{self, Kind, TRANSIT};
use super::waitable::Waitable;
use crate::trap;
use common::array::Array;
use common::global::Global;
use common::shared::Shared;
use core::cell::Cell;

/// The state of a task.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// A call that has not begun, because of backpressure. Its turn, which the caller's part gives,
    /// begins the call.
    Held,
    Running,
    Yielded,
    Waiting,
    Exited,
}

/// The state of a request to cancel the call.
#[derive(Clone, Copy, PartialEq)]
enum Cancel {
    None,
    Requested,
    Delivered,
}

pub struct Task {
    previous: Cell<Option<Shared<Task>>>,
    next: Cell<Option<Shared<Task>>>,
    /// The part that gives the task a turn, and the number of the part's function for that.
    part: u32,
    slot: u32,
    callee: u32,
    call: Call,
    /// The caller's side; `None` if the call has not had to wait yet, or is resolved.
    subtask: Cell<Option<Shared<Subtask>>>,
    /// Whether the caller knows whether the call has to wait.
    is_answered: Cell<bool>,
    state: Cell<State>,
    cancel: Cell<Cancel>,
    /// Whether it has returned, or was cancelled.
    is_resolved: Cell<bool>,
    /// The set that it waits for.
    set: Cell<Option<Shared<Set>>>,
    /// The last round in which it went on.
    round: Cell<u32>,
    /// The value that `context.set` was given.
    context: Cell<u64>,
    /// The parameters of a call that is held.
    kept: Cell<Option<Shared<Kept>>>,
}

/// A call, as the caller has it.
#[derive(Clone, Copy)]
struct Call {
    caller: u32,
    /// Whether the caller does nothing but wait for the result, and has no handle.
    is_sync: bool,
    /// Whether the call was held; the caller was answered then.
    was_held: bool,
    /// The caller's cookie, for a subtask.
    cookie: u64,
    /// The subtask of a call that was held.
    subtask: Option<Shared<Subtask>>,
}

/// The Canonical ABI's limit for flat parameters.
const MAX_FLAT_PARAMS: usize = 16;

struct Kept {
    values: [Cell<u64>; MAX_FLAT_PARAMS],
    /// The index of the next value to be kept, then of the next to be given back.
    at: Cell<usize>,
}

impl Kept {
    fn next(&self) -> &Cell<u64> {
        &self.values[self.at.replace(self.at.get() + 1)]
    }
}

struct Tasks {
    /// The list of tasks: those that went on last come last.
    first: Cell<Option<Shared<Task>>>,
    last: Cell<Option<Shared<Task>>>,
    round: Cell<u32>,
    /// The call that begins.
    call: Cell<Call>,
    /// The subtask of the call that was answered last, `None` if it had returned.
    answered: Cell<Option<Shared<Subtask>>>,
    /// The result of the call that returned last without waiting.
    result: Cell<u64>,
    /// By part: calls of `backpressure.inc` minus calls of `backpressure.dec`.
    backpressure: Array<u16>,
}

const NO_CALL: Call = Call { caller: 0, is_sync: false, was_held: false, cookie: 0, subtask: None };

static TASKS: Global<Tasks> = Global::new(Tasks {
    first: Cell::new(None),
    last: Cell::new(None),
    round: Cell::new(0),
    call: Cell::new(NO_CALL),
    answered: Cell::new(None),
    result: Cell::new(0),
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
        match self.state.get() {
            State::Running | State::Exited => false,
            State::Held => backpressure(self.callee) == 0,
            _ if self.cancel.get() == Cancel::Requested => true,
            State::Yielded => true,
            State::Waiting => self.set.get().is_some_and(|set| set.has_event()),
        }
    }

    /// Whether the task can have a turn while `part` waits: in the middle of the part's code or, if
    /// `driving`, between turns of its tasks.
    fn is_within_reach(&self, part: u32, driving: bool) -> bool {
        self.part < part || self.part == part && (driving || self.state.get() == State::Held)
    }

    fn as_step(this: Shared<Task>) -> u64 {
        STEP | (this.part as u64) << 4 | (this.addr() as u64) << 32
    }
}

fn backpressure(part: u32) -> u16 {
    match part < TASKS.backpressure.len() {
        true => TASKS.backpressure.get(part),
        false => 0,
    }
}

/// The first task for which `found` holds.
fn find(found: impl Fn(&Task) -> bool) -> Option<Shared<Task>> {
    let mut next = TASKS.first.get();
    while let Some(task) = next {
        if found(&task) {
            break;
        }
        next = task.next.get();
    }
    next
}

fn append(task: Shared<Task>) {
    let last = TASKS.last.replace(Some(task));
    task.previous.set(last);
    task.next.set(None);
    match last {
        None => TASKS.first.set(Some(task)),
        Some(last) => last.next.set(Some(task)),
    }
}

fn unlink(task: &Task) {
    let (previous, next) = (task.previous.get(), task.next.get());
    match previous {
        None => TASKS.first.set(next),
        Some(previous) => previous.next.set(next),
    }
    match next {
        None => TASKS.last.set(previous),
        Some(next) => next.previous.set(previous),
    }
}

fn forget(task: Shared<Task>) {
    unlink(&task);
    unsafe {
        if let Some(kept) = task.kept.get() {
            kept.free();
        }
        task.free();
    }
}

fn new(part: u32, callee: u32, slot: u32, state: State, call: Call) -> Shared<Task> {
    let task = Shared::new(Task {
        previous: Cell::new(None),
        next: Cell::new(None),
        part,
        slot,
        callee,
        call,
        subtask: Cell::new(call.subtask),
        is_answered: Cell::new(false),
        state: Cell::new(state),
        cancel: Cell::new(Cancel::None),
        is_resolved: Cell::new(false),
        set: Cell::new(None),
        round: Cell::new(TASKS.round.get()),
        context: Cell::new(0),
        kept: Cell::new(None),
    });
    append(task);
    task
}

fn get(task: u32) -> Shared<Task> {
    unsafe { Shared::at(task) }
}

/// `backpressure.inc` and `backpressure.dec` of the part that R works for.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#backpressure")]
pub(super) extern "C" fn change_backpressure(up: u32) {
    let part = table::part();
    let count = backpressure(part);
    let changed = if up != 0 { count.checked_add(1) } else { count.checked_sub(1) };
    TASKS.backpressure.cover(part);
    TASKS.backpressure.set(part, changed.unwrap_or_else(|| trap::backpressure()));
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#call")]
pub(super) extern "C" fn call(cookie: u64, is_sync: u32) {
    TASKS.call.set(Call { caller: table::part(), is_sync: is_sync != 0, cookie, ..NO_CALL });
}

/// The part that made the call that begins.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#caller")]
pub(super) extern "C" fn caller() -> u32 {
    TASKS.call.get().caller
}

/// Holds a call back because of backpressure, or because an earlier call is held: tasks begin in
/// the order of their calls.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#hold")]
pub(super) extern "C" fn hold(callee: u32, slot: u32, cookie: u64) -> u32 {
    let is_held = |task: &Task| task.state.get() == State::Held && task.callee == callee;
    if backpressure(callee) == 0 && find(is_held).is_none() {
        return 0;
    }
    let caller = table::part();
    let task = new(caller, callee, slot, State::Held, Call { caller, cookie, was_held: true, ..NO_CALL });
    let subtask = subtask::new(caller, Status::Starting, Some(task), cookie);
    task.subtask.set(Some(subtask));
    let kept = Kept { values: [const { Cell::new(0) }; MAX_FLAT_PARAMS], at: Cell::new(0) };
    task.kept.set(Some(Shared::new(kept)));
    subtask::answer(subtask)
}

/// A parameter of the call that was held last.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#keep")]
pub(super) extern "C" fn keep(bits: u64) {
    if let Some(kept) = newest().and_then(|task| task.kept.get()) {
        kept.next().set(bits);
    }
}

/// A call that was held begins.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#held-begin")]
pub(super) extern "C" fn held_begin(task: u32) {
    let task = get(task);
    task.state.set(State::Running);
    if let Some(kept) = task.kept.get() {
        kept.at.set(0);
    }
    let subtask = task.subtask.get();
    if let Some(subtask) = subtask {
        subtask::go_on(subtask, Status::Started);
    }
    TASKS.call.set(Call { subtask, ..task.call });
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#held-next")]
pub(super) extern "C" fn held_next(task: u32) -> u64 {
    get(task).kept.get().map_or(0, |kept| kept.next().get())
}

/// A held call has begun; `returned`: it has returned without a task.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#held-end")]
pub(super) extern "C" fn held_end(task: u32, returned: u32) {
    let task = get(task);
    if returned != 0 {
        resolve(task, Status::Returned);
    }
    forget(task);
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-start")]
pub(super) extern "C" fn task_start(slot: u32) -> u32 {
    let (part, call) = (table::part(), TASKS.call.get());
    let task = new(part, part, slot, State::Running, call);
    if let Some(subtask) = call.subtask {
        subtask.task.set(Some(task));
    }
    task.addr()
}

/// The task that began last, until another call does.
pub fn newest() -> Option<Shared<Task>> {
    TASKS.last.get()
}

/// The subtask of the call that was answered last, unless that has returned.
pub fn answered() -> Option<Shared<Subtask>> {
    TASKS.answered.get()
}

/// The part that called a task.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-caller")]
pub(super) extern "C" fn task_caller(task: u32) -> u32 {
    get(task).call.caller
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-suspend")]
pub(super) extern "C" fn task_suspend(task: u32, status: u32, context: u64) {
    let task = get(task);
    task.context.set(context);
    task.state.set(match status & 15 {
        YIELD => State::Yielded,
        WAIT => {
            let set = table::set(status >> 4);
            task.set.set(Some(set));
            set.waiting.update(|waiting| waiting + 1);
            State::Waiting
        }
        _ => trap::callback_code(),
    });
    unlink(&task);
    append(task);
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-return")]
pub(super) extern "C" fn task_return(task: u32, result: u64) {
    let task = get(task);
    task.is_resolved.set(true);
    match task.subtask.get() {
        None => TASKS.result.set(result),
        Some(subtask) => {
            subtask.result.set(result);
            resolve(task, Status::Returned);
        }
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-cancel")]
pub(super) extern "C" fn task_cancel(number: u32) {
    let task = get(number);
    if task.cancel.get() != Cancel::Delivered {
        trap::not_cancelled()
    }
    borrows::may_return(number);
    task.is_resolved.set(true);
    resolve(task, Status::CancelledBeforeReturned);
}

/// Tells the caller, if it has a subtask, how the call ended.
fn resolve(task: Shared<Task>, status: Status) {
    if let Some(subtask) = task.subtask.take() {
        subtask.task.set(None);
        subtask::go_on(subtask, status);
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-exit")]
pub(super) extern "C" fn task_exit(task: u32) {
    let task = get(task);
    task.state.set(State::Exited);
    if task.is_answered.get() {
        forget(task);
    }
}

/// The answer to the call, after the first turn of the task.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-answer")]
pub(super) extern "C" fn task_answer(task: u32) -> u32 {
    let task = get(task);
    task.is_answered.set(true);
    TASKS.answered.set(task.subtask.get());
    if task.is_resolved.get() || task.call.was_held {
        if task.state.get() == State::Exited {
            forget(task);
        }
        return RETURNED;
    }
    let part = if task.call.is_sync { TRANSIT } else { task.call.caller };
    let subtask = subtask::new(part, Status::Started, Some(task), task.call.cookie);
    task.subtask.set(Some(subtask));
    TASKS.answered.set(Some(subtask));
    subtask::answer(subtask)
}

/// The result of the call that returned last without waiting, or of the subtask whose cookie was
/// asked for last.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-result")]
pub(super) extern "C" fn task_result() -> u64 {
    TASKS.result.get()
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#cookie")]
pub(super) extern "C" fn cookie(waitable: u32) -> u64 {
    let waitable = table::waitable(waitable);
    match waitable.kind.get() {
        Kind::Subtask => TASKS.result.set(unsafe { waitable.cast::<Subtask>() }.result.get()),
        Kind::StreamRead | Kind::FutureRead => return Pair::of(unsafe { waitable.cast::<End>() }).reading(),
        _ => {}
    }
    waitable.cookie.get()
}

/// A turn begins: `slot | resolved << 31`.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-turn")]
pub(super) extern "C" fn task_turn(task: u32) -> u32 {
    let task = get(task);
    task.slot | (task.is_resolved.get() as u32) << 31
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-event")]
pub(super) extern "C" fn task_event(task: u32) -> u64 {
    let task = get(task);
    let set = task.set.get().filter(|_| task.state.get() == State::Waiting);
    task.state.set(State::Running);
    if let Some(set) = set {
        set.waiting.update(|waiting| waiting - 1);
    }
    if task.cancel.get() == Cancel::Requested {
        task.cancel.set(Cancel::Delivered);
        return TASK_CANCELLED;
    }
    set.map_or(0, |set| set.next())
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-context")]
pub(super) extern "C" fn task_context(task: u32) -> u64 {
    get(task).context.get()
}

/// A caller cancels its call: a task that has begun gets a turn at once, by [`cancel_turn`].
#[inline(never)]
#[unsafe(export_name = "hook:parts/cancel")]
pub extern "C" fn hook_request_cancel(task: Shared<Task>) {
    if task.state.get() == State::Held {
        resolve(task, Status::CancelledBeforeStarted);
        forget(task);
    } else {
        task.cancel.set(Cancel::Requested);
    }
}

/// The turn of the task behind a subtask that was cancelled.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#cancel-turn")]
pub(super) extern "C" fn cancel_turn(subtask: u32) -> u64 {
    subtask::get(subtask).task.get().map_or(0, Task::as_step)
}

/// How a part waits: between turns, so that its own tasks can go on, too; once more, after a task
/// went on.
const DRIVING: u32 = 1;
const AGAIN: u32 = 2;

fn next_turn(part: u32, flags: u32) -> u64 {
    find(|task| task.is_ready() && task.is_within_reach(part, flags & DRIVING != 0)).map_or(0, Task::as_step)
}

/// Waits until `event` returns an event, or a task can go on. `is` chooses the waitables that are
/// waited for.
fn wait(flags: u32, event: impl Fn() -> u64, is: impl Fn(Shared<Waitable>) -> bool) -> u64 {
    let part = table::part();
    if poll::spend_budget() {
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
        if ahead::take_ahead(part, &is) || !poll::may_block() && ahead::take_ahead(part, |_| true) {
            continue;
        }
        poll::block();
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#waitable-set-wait-or-step")]
pub(super) extern "C" fn waitable_set_wait_or_step(set: u32, flags: u32) -> u64 {
    let set = table::set(set);
    if flags & AGAIN != 0 {
        set.waiting.update(|waiting| waiting - 1);
    }
    let event = wait(flags, || set.next(), |waitable| waitable.set.get() == Some(set));
    if event & 15 == STEP {
        set.waiting.update(|waiting| waiting + 1);
    }
    event
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#block-on-or-step")]
pub(super) extern "C" fn block_on_or_step(waitable: u32, flags: u32) -> u64 {
    let waitable = table::waitable(waitable);
    let event = || if waitable.has_event() { set::event(waitable) } else { 0 };
    wait(flags, event, |this| this == waitable)
}

/// Waits until backpressure lets a sync call of `callee` begin, and answers 1 then.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#enter-or-step")]
pub(super) extern "C" fn enter_or_step(callee: u32, flags: u32) -> u64 {
    wait(flags, || (backpressure(callee) == 0) as u64, |_| false)
}

/// Waits until the sync call whose task answered this subtask has returned, and answers 1 then.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#returned-or-step")]
pub(super) extern "C" fn returned_or_step(handle: u32, flags: u32) -> u64 {
    let subtask = table::subtask(TRANSIT, handle);
    let event = wait(flags, || subtask.is_resolved() as u64, |_| false);
    if event & 15 != STEP {
        table::remove_subtask(TRANSIT, handle);
        TASKS.result.set(subtask.result.get());
        unsafe { subtask.free() }
    }
    event
}

/// Waits until a task can go on; 0 if none ever will.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#tasks-left")]
pub(super) extern "C" fn tasks_left() -> u64 {
    let part = table::part();
    loop {
        let turn = next_turn(part, DRIVING);
        if turn != 0 {
            return turn;
        }
        if find(|task| task.is_within_reach(part, true)).is_none() || !poll::may_block() {
            return 0;
        }
        poll::block();
    }
}

/// A round begins, in which each task gets at most one turn.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-round")]
pub(super) extern "C" fn task_round() {
    poll::poll_once();
    TASKS.round.update(|round| round + 1);
}

/// The next turn of the round; 0 if there is none.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#task-next")]
pub(super) extern "C" fn task_next(flags: u32) -> u64 {
    let (part, round) = (table::part(), TASKS.round.get());
    let is_next =
        |task: &Task| task.round.get() != round && task.is_ready() && task.is_within_reach(part, flags & DRIVING != 0);
    find(is_next).map_or(0, |task| {
        task.round.set(round);
        Task::as_step(task)
    })
}
