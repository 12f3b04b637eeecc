//! Result futures: those with texts are read by tasks that wait. That one is read once, and never
//! on behalf of a task that has ended, is a panic of the host's otherwise.

use super::*;
use crate::kernel::outcome::{self, ResultFuture};

fn result(kind: StreamKind) -> (Shared<ResultFuture>, usize) {
    let (pipe, handle) = canon::future();
    let future = Shared::new(ResultFuture::none());
    future.set(handle, kind, Owner::None);
    (future, pipe)
}

fn known(future: &ResultFuture) -> Option<Option<(u8, String)>> {
    future.outcome().map(error)
}

#[test]
fn a_result_without_text_is_read_at_any_time() {
    let clean = begin();
    let (future, pipe) = result(StreamKind::Stdio);
    assert_eq!(known(&future), None);
    assert_eq!(known(&future), None);
    canon::resolve(pipe, Err((5, "")));
    op::deliver_events();
    assert_eq!(known(&future), Some(Some((5, String::new()))));
    assert!(of(pipe, |pipe| pipe.dropped));
    unsafe { future.free() };
    clean.end();
}

#[test]
fn a_result_with_text_is_wanted_until_a_task_waits() {
    let clean = begin();
    let (future, pipe) = result(StreamKind::File);
    canon::resolve(pipe, Err((5, "no space")));
    assert_eq!(known(&future), None);
    assert!(outcome::any() && !waitable::any_in_flight());
    assert!(!of(pipe, Pipe::is_pending));
    Tasks::new().look();
    assert_eq!(known(&future), Some(Some((5, "no space".into()))));
    assert!(!outcome::any());
    unsafe { future.free() };
    clean.end();
}

#[test]
fn a_look_waits_for_what_it_reads() {
    let clean = begin();
    let (first, pipe) = result(StreamKind::File);
    let (second, other) = result(StreamKind::Socket);
    assert_eq!((known(&first), known(&second)), (None, None));
    let mut tasks = Tasks::new();
    let token = op::start(Body::Look).addr();
    let task = tasks.wait(token);
    canon::resolve(pipe, Ok(()));
    tasks.go_on();
    assert!(tasks.is_waiting(task));
    canon::resolve(other, Err((7, "text")));
    tasks.go_on();
    assert!(!tasks.is_waiting(task));
    op::take(token);
    assert_eq!((known(&first), known(&second)), (Some(None), Some(Some((7, "text".into())))));
    unsafe {
        first.free();
        second.free();
    }
    clean.end();
}

#[test]
fn a_task_that_ends_ends_its_reads() {
    let clean = begin();
    let (future, pipe) = result(StreamKind::File);
    assert_eq!(known(&future), None);
    let (call, (subtask, status)) = (Shared::new(Waitable::none()), canon::call());
    call.called(status);
    let mut tasks = Tasks::new();
    let token = op::begin(Body::Called(call));
    tasks.wait(token);
    // The task begins to read what is wanted.
    Tasks::run(1, || assert!(!outcome::hook_read_wanted(op::get(token))));
    assert!(of(pipe, Pipe::is_pending));
    canon::advance(subtask, 2);
    tasks.go_on();
    assert!(!of(pipe, Pipe::is_pending));
    assert_eq!(canon::with(|host| host.cancelled), 1);
    op::take(token);
    // The next one reads it.
    canon::resolve(pipe, Err((5, "late")));
    assert_eq!(known(&future), None);
    tasks.look();
    assert_eq!(known(&future), Some(Some((5, "late".into()))));
    unsafe {
        future.free();
        call.free();
    }
    clean.end();
}

#[test]
fn a_result_that_came_before_the_cancellation_is_kept() {
    let clean = begin();
    let (future, pipe) = result(StreamKind::File);
    Tasks::run(1, || {
        let op = op::start(Body::Done(0));
        assert_eq!(known(&future), None);
        assert!(!outcome::hook_read_wanted(&op));
        canon::resolve(pipe, Err((5, "text")));
        assert!(outcome::hook_leave(op));
        op::take(op.addr());
    });
    assert_eq!(known(&future), Some(Some((5, "text".into()))));
    unsafe { future.free() };
    clean.end();
}

#[test]
fn a_text_that_nobody_looks_at_leaves_nothing() {
    let clean = begin();
    let (source, input, future) = source(StreamKind::File);
    canon::leave(input);
    let (call, (pipe, status)) = (Shared::new(Waitable::none()), canon::call());
    call.called(status);
    let mut tasks = Tasks::new();
    let token = op::begin(Body::Called(call));
    let task = tasks.wait(token);
    assert!(!source.fill(4));
    Tasks::run(task, || assert!(!outcome::hook_read_wanted(op::get(token))));
    let_go_of_source(source);
    assert!(source.is_parked());
    canon::resolve(future, Err((5, "lost")));
    tasks.go_on();
    assert_eq!(told().freed.get(), 1);
    canon::advance(pipe, 2);
    tasks.go_on();
    op::take(token);
    unsafe { call.free() };
    clean.end();
}
