//! The traps of R.

pub use common::trap::*;

common::traps! {
    too_many_handles = "the table of handles is full";
    busy = "the end of a stream or future was used while it was busy";
    done = "the end of a stream or future was used after its last operation";
    idle = "there is no operation to cancel";
    unwritten = "a future was dropped before a value was written";
    unresolved = "a subtask was dropped before it had resolved";
    not_cancelled = "task.cancel, but nothing was cancelled";
    backpressure = "backpressure went below zero or above 65535";
    cancelled_twice = "a subtask was cancelled twice";
    resolved = "a subtask was cancelled after it had resolved";
    set_in_use = "a waitable set was dropped while waitables were in it or a task waited for it";
    callback_code = "a callback answered neither EXIT nor YIELD nor WAIT";
    same_component = "values other than numbers were copied within one component";
    in_set = "a stream or future in a waitable set was given away";
    used_both_ways = "something was used synchronously while it was in a waitable set";
    wrong_type = "the stream or future has another type of elements";
    too_long = "the buffer has too many elements";
    deadlock = "deadlock: every task waits, and nothing can happen";
    lent = "a resource was dropped while a call that borrows it was under way";
    only_borrowed = "a task gave away what it has only borrowed";
    borrows_left = "a task returned before it had dropped what it has borrowed";
}
