//! Streams whose other end is the host's.

use super::*;
use crate::hooks::io::{self, Failure, HOST, Stream};
use crate::hooks::{BROKEN, Input, Output};
use crate::kernel::outcome::{self, Value};
use crate::kernel::{cancel, poll, sink, source};

/// A type of futures that tell how a stream ended.
const RESULT: Type = Type::of_future(16);

fn host(bytes: &[u8], end: Option<Failure>, permit: u64) -> Stream {
    Stream { bytes: bytes.iter().copied().collect(), end, permit, ..Stream::default() }
}

/// The events of a stream while the guest waits.
fn then(stream: u32, bytes: &[u8], end: Option<Failure>, permit: u64) {
    HOST.with_borrow_mut(|all| all.script.push_back((stream, host(bytes, end, permit))));
}

/// The value of a future that has one.
fn value_of(future: u32) -> Value {
    assert_eq!(copy::read(future, RESULT, 1, 0), COMPLETED);
    let value = pair::taking(future).value.get();
    cancel::drop_readable(future, RESULT);
    value
}

fn nothing_is_left() {
    HOST.with_borrow(|host| assert!(host.streams.is_empty() && host.pollables.is_empty()));
}

#[test]
fn a_read_takes_what_the_host_has_and_waits_if_that_is_nothing() {
    let stream = io::open(host(b"abc", None, 0));
    let [readable, future] = source::give(stream, Input::Cli, RESULT);
    assert_eq!(read(readable, 2), copied(COMPLETED, 2));
    assert_eq!(taken(readable), b"ab");
    assert_eq!(read(readable, 2), copied(COMPLETED, 1));
    assert_eq!(taken(readable), b"c");
    let set = set_of(&[readable]);
    assert_eq!(read(readable, 8), BLOCKED);
    then(stream, b"de", None, 0);
    assert_eq!(event(set::waitable_set_wait(set)), (STREAM_READ, readable, copied(COMPLETED, 2)));
    assert_eq!(taken(readable), b"de");
    assert_eq!(read(readable, 8), BLOCKED);
    then(stream, b"", Some(Failure::CLOSED), 0);
    assert_eq!(event(set::waitable_set_wait(set)), (STREAM_READ, readable, copied(DROPPED, 0)));
    assert!(value_of(future) == Value::OK);
    set::waitable_join(readable, 0);
    cancel::drop_readable(readable, Type::BYTES);
    nothing_is_left();
}

#[test]
fn an_input_that_nobody_reads_is_dropped() {
    let stream = io::open(host(b"abc", None, 0));
    let [readable, future] = source::give(stream, Input::Cli, RESULT);
    assert_eq!(read(readable, 1), copied(COMPLETED, 1));
    cancel::drop_readable(readable, Type::BYTES);
    assert!(value_of(future) == Value::OK);
    nothing_is_left();
}

#[test]
fn a_cancelled_read_leaves_the_bytes_to_the_next_one() {
    let stream = io::open(host(b"", None, 0));
    let [readable, future] = source::give(stream, Input::Cli, RESULT);
    assert_eq!(read(readable, 4), BLOCKED);
    assert!(poll::any_waiter());
    assert_eq!(cancel::cancel_read(readable, Type::BYTES), copied(CANCELLED, 0));
    assert!(!poll::any_waiter());
    HOST.with_borrow_mut(|all| all.streams.get_mut(&stream).unwrap().bytes.extend(b"abc"));
    set::yield_();
    assert_eq!(read(readable, 4), copied(COMPLETED, 3));
    assert_eq!(taken(readable), b"abc");
    cancel::drop_readable(readable, Type::BYTES);
    cancel::drop_readable(future, RESULT);
    nothing_is_left();
}

#[test]
fn a_write_is_complete_when_it_is_flushed() {
    let output = io::open(host(b"", None, 2));
    let (readable, writable) = stream();
    let future = sink::take(readable, output, Output::Cli, RESULT);
    let set = set_of(&[writable]);
    assert_eq!(write(writable, b"abcde"), BLOCKED);
    then(output, b"", None, 2);
    then(output, b"", None, 9);
    assert_eq!(event(set::waitable_set_wait(set)), (STREAM_WRITE, writable, copied(COMPLETED, 5)));
    HOST.with_borrow(|all| assert_eq!(all.streams[&output].flushed, b"abcde"));
    set::waitable_join(writable, 0);
    cancel::drop_writable(writable, Type::BYTES);
    assert!(value_of(future) == Value::OK);
    nothing_is_left();
}

#[test]
fn an_output_that_is_closed_ends_the_stream_and_says_so() {
    let output = io::open(host(b"", None, 0));
    let (readable, writable) = stream();
    let future = sink::take(readable, output, Output::Cli, RESULT);
    let set = set_of(&[writable]);
    assert_eq!(write(writable, b"abc"), BLOCKED);
    then(output, b"", Some(Failure::CLOSED), 0);
    assert_eq!(event(set::waitable_set_wait(set)), (STREAM_WRITE, writable, copied(DROPPED, 0)));
    assert!(value_of(future) == Value::error(BROKEN));
    set::waitable_join(writable, 0);
    cancel::drop_writable(writable, Type::BYTES);
    nothing_is_left();
}

#[test]
fn the_case_of_an_error_is_asked_for() {
    let stream = io::open(host(b"", Some(Failure::of(4)), 0));
    let [readable, future] = source::give(stream, Input::Cli, RESULT);
    assert_eq!(read(readable, 1), copied(DROPPED, 0));
    assert!(value_of(future) == Value::error(4));
    cancel::drop_readable(readable, Type::BYTES);
    nothing_is_left();
}

#[test]
fn an_input_may_be_handed_on_to_an_output() {
    let input = io::open(host(b"abc", None, 0));
    let output = io::open(host(b"", None, 100));
    let [readable, read_result] = source::give(input, Input::Cli, RESULT);
    let written = sink::take(readable, output, Output::Cli, RESULT);
    let set = set_of(&[written]);
    assert_eq!(copy::read(written, RESULT, 1, 0), BLOCKED);
    then(input, b"de", None, 0);
    then(input, b"", Some(Failure::CLOSED), 0);
    assert_eq!(event(set::waitable_set_wait(set)), (FUTURE_READ, written, COMPLETED));
    assert!(pair::taking(written).value.get() == Value::OK);
    assert!(value_of(read_result) == Value::OK);
    HOST.with_borrow(|all| assert_eq!(all.dropped[&output].flushed, b"abcde"));
    nothing_is_left();
}

#[test]
fn an_output_that_cannot_be_opened_is_told_of_by_the_future() {
    let (readable, writable) = stream();
    let future = sink::refuse(readable, RESULT, Value::error(3));
    assert!(value_of(future) == Value::error(3));
    assert_eq!(write(writable, b"a"), copied(DROPPED, 0));
    cancel::drop_writable(writable, Type::BYTES);
}

#[test]
fn an_input_that_cannot_be_opened_is_a_stream_that_has_ended() {
    let [readable, future] = outcome::ended(Type::BYTES, 1, RESULT, Value::error(3));
    assert_eq!(read(readable, 1), copied(DROPPED, 0));
    cancel::drop_readable(readable, Type::BYTES);
    assert!(value_of(future).is_error());
}

#[test]
fn waiters_come_and_go_in_any_order() {
    let open = |()| {
        let stream = io::open(host(b"", None, 0));
        let [readable, future] = source::give(stream, Input::Cli, RESULT);
        assert_eq!(read(readable, 1), BLOCKED);
        (stream, readable, future)
    };
    for order in [[0, 1, 2], [1, 0, 2], [1, 2, 0], [2, 1, 0]] {
        let inputs = [(); 4].map(open);
        let (stream, last, _) = inputs[3];
        for at in order {
            let (_, readable, _) = inputs[at];
            cancel::cancel_read(readable, Type::BYTES);
            cancel::drop_readable(readable, Type::BYTES);
        }
        then(stream, b"x", None, 0);
        assert_eq!(event(set::block_on(last)), (STREAM_READ, last, copied(COMPLETED, 1)));
        cancel::drop_readable(last, Type::BYTES);
        for (_, _, future) in inputs {
            assert!(value_of(future) == Value::OK);
        }
        nothing_is_left();
    }
}
