//! The waitable set.

use super::*;
use std::cell::Cell;

fn counter() -> &'static Cell<u32> {
    Box::leak(Box::default())
}

#[test]
fn a_call_that_returns_at_once_is_not_in_flight() {
    let call = Waitable::none();
    assert!(call.called(2));
    assert!(!call.busy.get() && !waitable::any_in_flight());
}

#[test]
fn a_call_is_told_of_once_when_it_has_returned() {
    let clean = begin();
    let told = counter();
    let call = Waitable::new(0, Owner::Counter(told));
    let (pipe, status) = canon::call();
    assert!(!call.called(status));
    canon::advance(pipe, 1);
    waitable::poll();
    assert!(call.busy.get() && told.get() == 0);
    canon::advance(pipe, 2);
    waitable::poll();
    waitable::poll();
    assert_eq!((call.busy.get(), told.get()), (false, 1));
    // The handle is gone, and the result is had once.
    assert!(of(pipe, |pipe| pipe.dropped));
    assert_eq!([call.result(), call.result()], [Some(2), None]);
    clean.end();
}

#[test]
fn events_of_several_waitables_find_theirs() {
    let clean = begin();
    let calls: Vec<(Waitable, (usize, u32))> = (0..20).map(|_| (Waitable::none(), canon::call())).collect();
    for (call, (_, status)) in &calls {
        assert!(!call.called(*status));
    }
    for returned in (0..20).step_by(2) {
        canon::advance(calls[returned].1.0, 2);
    }
    waitable::poll();
    for (at, (call, _)) in calls.iter().enumerate() {
        assert_eq!(call.busy.get(), at % 2 == 1);
    }
    for returned in (1..20).step_by(2) {
        canon::advance(calls[returned].1.0, 2);
    }
    assert!(waitable::any_in_flight());
    waitable::poll();
    clean.end();
}

#[test]
fn a_waitable_that_was_abandoned_hears_nothing() {
    let clean = begin();
    let (first, second) = (counter(), counter());
    let (_, stream) = canon::input();
    let old = Waitable::new(stream, Owner::Counter(first));
    let mut buffer = [0; 4];
    let mut read = |stream| unsafe { crate::kernel::canon::bytes_read(stream, (&raw mut buffer).cast(), 4) };
    assert_eq!(old.started(read(stream)), None);
    old.abandon();
    assert!(!waitable::any_in_flight());
    Tasks::run(1, || unsafe { crate::kernel::canon::bytes_cancel_read(stream) });
    unsafe { crate::kernel::canon::bytes_drop_readable(stream) };
    // The next end has its handle.
    let (pipe, same) = canon::input();
    assert_eq!(same, stream);
    let new = Waitable::new(same, Owner::Counter(second));
    assert_eq!(new.started(read(same)), None);
    canon::feed(pipe, b"ab");
    waitable::poll();
    assert_eq!([first.get(), second.get()], [0, 1]);
    assert_eq!([old.result(), new.result()], [None, Some(2 << 4)]);
    new.leave();
    unsafe { crate::kernel::canon::bytes_drop_readable(same) };
    clean.end();
}

#[test]
fn an_event_that_nobody_waits_for_is_not_lost_on_anybody() {
    let clean = begin();
    waitable::dispatch(2, 5, 0);
    waitable::dispatch(2, 5000, 0);
    let told = counter();
    let call = Waitable::new(0, Owner::Counter(told));
    let (pipe, status) = canon::call();
    call.called(status);
    canon::advance(pipe, 2);
    waitable::poll();
    // Nothing of that handle is in flight any more.
    waitable::dispatch(2, status >> 4, 0);
    assert_eq!(told.get(), 1);
    clean.end();
}
