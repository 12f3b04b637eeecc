//! Calls between parts: part 1 is the caller, part 0 the callee.

use super::*;
use crate::kernel::{subtask, task};

const CALLEE: u32 = 0;
const CALLER: u32 = 1;
const SLOT: u32 = 5;
const COOKIE: u64 = 77;

/// Answers of calls, and states of subtasks.
const STARTING: u32 = 0;
const STARTED: u32 = 1;
const RETURNED: u32 = 2;
const CANCELLED_BEFORE_STARTED: u32 = 3;
const CANCELLED_BEFORE_RETURNED: u32 = 4;

/// Answers of callbacks.
const YIELD: u32 = 1;
const WAIT: u32 = 2;

const TASK_CANCELLED: u64 = 6;

fn as_part<R>(part: u32, act: impl FnOnce() -> R) -> R {
    table::as_part(part);
    act()
}

/// Whose turn it is: the part, and the task.
fn step(bits: u64) -> (u32, u32) {
    assert_eq!(bits & 15, 15, "a step");
    ((bits >> 4) as u32 & 0xfff_ffff, (bits >> 32) as u32)
}

/// The caller calls, and the callee's task has its first turn, after which it answers `status`. The
/// task, and the answer to the call.
fn call(status: u32) -> (u32, u32) {
    as_part(CALLER, || task::call(COOKIE, 0));
    as_part(CALLEE, || {
        assert_eq!(task::caller(), CALLER);
        let task = task::task_start(SLOT);
        task::task_suspend(task, status, 3);
        (task, task::task_answer(task))
    })
}

/// Begins a turn of the task, and returns the event that the turn is for.
fn turn(task: u32) -> u64 {
    as_part(CALLEE, || {
        assert_eq!(task::task_turn(task) & !(1 << 31), SLOT);
        assert_eq!(task::task_context(task), 3);
        task::task_event(task)
    })
}

#[test]
fn a_call_that_returns_in_its_first_turn_has_no_subtask() {
    as_part(CALLER, || task::call(COOKIE, 0));
    as_part(CALLEE, || {
        let task = task::task_start(SLOT);
        task::task_return(task, 42);
        task::task_exit(task);
        assert_eq!(task::task_answer(task), RETURNED);
    });
    assert_eq!(task::task_result(), 42);
}

#[test]
fn a_task_that_waits_has_turns_while_its_caller_waits() {
    let before = memory::IN_USE.get();
    let (readable, writable) = as_part(CALLEE, stream);
    let callees = as_part(CALLEE, || set_of(&[readable]));
    assert_eq!(as_part(CALLEE, || read(readable, 1)), BLOCKED);
    let (task, answer) = call(WAIT | callees << 4);
    assert_eq!(answer & 15, STARTED);
    let subtask = answer >> 4;
    let callers = as_part(CALLER, || set_of(&[subtask]));
    as_part(CALLEE, || write(writable, b"x"));
    let wait = |flags| as_part(CALLER, || task::waitable_set_wait_or_step(callers, flags));
    assert_eq!(step(wait(0)), (CALLEE, task));
    assert_eq!(event(turn(task)), (STREAM_READ, readable, copied(COMPLETED, 1)));
    as_part(CALLEE, || {
        // Nobody waits for an event of the set any more.
        set::waitable_join(readable, 0);
        set::waitable_set_drop(callees);
        task::task_return(task, 42);
        // It has returned, and goes on.
        task::task_suspend(task, YIELD, 3);
    });
    assert_eq!(event(wait(1 << 1)), (SUBTASK, subtask, RETURNED));
    as_part(CALLER, || {
        assert_eq!(task::cookie(subtask), COOKIE);
        assert_eq!(task::task_result(), 42);
        set::waitable_join(subtask, 0);
        subtask::subtask_drop(subtask);
        set::waitable_set_drop(callers);
        // There is still a turn to be had.
        assert_eq!(step(task::tasks_left()), (CALLEE, task));
    });
    assert_eq!(turn(task), 0);
    as_part(CALLEE, || task::task_exit(task));
    assert_eq!(as_part(CALLER, || task::tasks_left()), 0);
    // What is left: the tables of both parts, the stream and the set.
    assert!(memory::IN_USE.get() - before < 10);
}

#[test]
fn a_call_is_held_until_backpressure_ends() {
    as_part(CALLEE, || task::change_backpressure(1));
    let (first, second) = as_part(CALLER, || {
        let hold = |value| {
            let answer = task::hold(CALLEE, SLOT, COOKIE);
            task::keep(value);
            task::keep(value + 1);
            assert_eq!(answer & 15, STARTING);
            answer >> 4
        };
        (hold(10), hold(20))
    });
    let set = as_part(CALLER, || set_of(&[first, second]));
    // The second one is given up before it has begun.
    as_part(CALLER, || assert_eq!(subtask::subtask_cancel(second), CANCELLED_BEFORE_STARTED));
    as_part(CALLEE, || task::change_backpressure(0));
    let (part, held) = as_part(CALLER, || step(task::waitable_set_wait_or_step(set, 0)));
    assert_eq!(part, CALLER);
    as_part(CALLER, || {
        task::held_begin(held);
        assert_eq!([task::held_next(held), task::held_next(held)], [10, 11]);
    });
    let task = as_part(CALLEE, || {
        assert_eq!(task::caller(), CALLER);
        let task = task::task_start(SLOT);
        task::task_suspend(task, YIELD, 3);
        assert_eq!(task::task_answer(task), RETURNED);
        task
    });
    as_part(CALLER, || task::held_end(held, 0));
    let wait = || as_part(CALLER, || task::waitable_set_wait_or_step(set, 1 << 1));
    assert_eq!(event(wait()), (SUBTASK, first, STARTED));
    assert_eq!(turn(task), 0);
    as_part(CALLEE, || {
        task::task_return(task, 7);
        task::task_exit(task);
    });
    assert_eq!(event(as_part(CALLER, || task::waitable_set_wait_or_step(set, 0))), (SUBTASK, first, RETURNED));
}

#[test]
fn a_task_may_answer_a_request_to_cancel() {
    let callees = as_part(CALLEE, || set_of(&[]));
    let (task, answer) = call(WAIT | callees << 4);
    let subtask = answer >> 4;
    as_part(CALLER, || {
        assert_eq!(subtask::subtask_cancel(subtask), BLOCKED);
        assert_eq!(step(task::cancel_turn(subtask)), (CALLEE, task));
    });
    assert_eq!(turn(task), TASK_CANCELLED);
    as_part(CALLEE, || {
        task::task_cancel(task);
        task::task_exit(task);
    });
    as_part(CALLER, || {
        assert_eq!(subtask::subtask_cancelled(subtask), CANCELLED_BEFORE_RETURNED);
        subtask::subtask_drop(subtask);
        assert_eq!(task::tasks_left(), 0);
    });
}

#[test]
fn each_task_has_one_turn_a_round() {
    let tasks = [(); 3].map(|()| call(YIELD).0);
    for _ in 0..3 {
        as_part(CALLER, || task::task_round());
        for task in tasks {
            assert_eq!(as_part(CALLER, || step(task::task_next(0))), (CALLEE, task));
            assert_eq!(turn(task), 0);
            as_part(CALLEE, || task::task_suspend(task, YIELD, 3));
        }
        assert_eq!(as_part(CALLER, || task::task_next(0)), 0);
    }
}

#[test]
fn a_part_in_the_middle_of_its_code_gives_its_own_tasks_no_turns() {
    const DRIVING: u32 = 1;
    let task = call(YIELD).0;
    as_part(CALLEE, || task::task_round());
    assert_eq!(as_part(CALLEE, || task::task_next(0)), 0);
    assert_eq!(as_part(CALLEE, || step(task::task_next(DRIVING))), (CALLEE, task));
}
