//! Sinks: what the guest writes, on its way to the consumer.

use super::*;

#[test]
fn a_consumer_that_takes_at_once_leaves_no_queue() {
    let clean = begin();
    let (sink, output, _) = sink(StreamKind::File);
    let before = memory::IN_USE.get();
    canon::take(output, 100);
    sink.write(bytes(b"abc"));
    sink.write(bytes(b"def"));
    assert!(!sink.has_queue() && !sink.in_flight() && !waitable::any_in_flight());
    assert_eq!(memory::IN_USE.get(), before);
    assert_eq!(taken(output), b"abcdef");
    let_go(sink);
    clean.end();
}

#[test]
fn what_is_not_taken_stays_queued_in_its_order() {
    let clean = begin();
    let (sink, output, _) = sink(StreamKind::Stdio);
    canon::take(output, 2);
    sink.write(bytes(b"abcd"));
    sink.write(bytes(b"efg"));
    sink.write(bytes(b"h"));
    assert!(sink.in_flight() && sink::any_pending());
    canon::take(output, 3);
    op::deliver_events();
    assert!(sink.in_flight());
    canon::take(output, 3);
    // The event was not delivered yet.
    assert!(sink.in_flight());
    op::deliver_events();
    assert!(!sink.in_flight() && !sink::any_pending());
    assert_eq!(taken(output), b"abcdefgh");
    let_go(sink);
    clean.end();
}

#[test]
fn no_bytes_are_written_to_files_alone() {
    for kind in [StreamKind::File, StreamKind::Stdio] {
        let clean = begin();
        let (sink, output, _) = sink(kind);
        sink.write(Buffer::NONE);
        assert_eq!(sink.in_flight(), kind == StreamKind::File);
        canon::take(output, 1);
        op::deliver_events();
        assert!(!sink.in_flight());
        let_go(sink);
        clean.end();
    }
}

#[test]
fn bytes_of_a_linked_guest_are_written_where_they_are() {
    let clean = begin();
    canon::with(|host| host.guest = b"0123456789".to_vec());
    let (sink, output, _) = sink(StreamKind::Stdio);
    canon::take(output, 2);
    sink.write(Buffer::of_guest(canon::BY, 3, 5));
    canon::take(output, 2);
    op::deliver_events();
    canon::take(output, 9);
    op::deliver_events();
    assert!(!sink.in_flight());
    assert_eq!(taken(output), b"34567");
    let_go(sink);
    clean.end();
}

#[test]
fn a_failure_is_known_from_the_future_and_reported_once() {
    for kind in [StreamKind::File, StreamKind::Stdio, StreamKind::Socket] {
        let clean = begin();
        let (sink, output, future) = sink(kind);
        canon::take(output, 1);
        sink.write(bytes(b"abc"));
        sink.write(bytes(b"def"));
        canon::leave(output);
        op::deliver_events();
        // Why is not known yet.
        assert!(sink.in_flight() && sink.is_open() && !sink.has_queue());
        assert_eq!(sink.is_breaking(), kind == StreamKind::Socket);
        assert!(sink.take_error().is_none());
        let text = if kind.has_text() { "no space" } else { "" };
        canon::resolve(future, Err((5, text)));
        let token = op::start(Body::Flush(sink)).addr();
        wait_for(token);
        op::take(token);
        assert!(!sink.is_open());
        assert_eq!(error(sink.take_error()), Some((5, text.into())));
        assert!(sink.take_error().is_none());
        // Bytes go nowhere now.
        sink.write(bytes(b"ghi"));
        assert!(!sink.in_flight());
        assert_eq!(taken(output), b"a");
        let_go(sink);
        clean.end();
    }
}

#[test]
fn a_consumer_that_is_only_gone_is_no_failure() {
    let clean = begin();
    let (sink, output, future) = sink(StreamKind::Stdio);
    canon::leave(output);
    sink.write(bytes(b"abc"));
    assert!(sink.in_flight());
    canon::resolve(future, Err((PIPE, "")));
    op::deliver_events();
    assert!(!sink.in_flight() && !sink.is_open());
    assert!(sink.take_error().is_none());
    let_go(sink);
    clean.end();
}

#[test]
fn a_failure_that_nobody_asks_for_leaves_nothing() {
    let clean = begin();
    let (sink, output, future) = sink(StreamKind::File);
    canon::leave(output);
    sink.write(bytes(b"abc"));
    canon::resolve(future, Err((5, "no space")));
    Tasks::new().look();
    assert!(!sink.in_flight());
    let_go(sink);
    clean.end();
}

#[test]
fn the_end_comes_after_the_bytes_and_the_result_after_the_end() {
    let clean = begin();
    let (sink, output, future) = sink(StreamKind::Stdio);
    sink.write(bytes(b"abc"));
    assert!(!sink.end());
    assert!(!of(output, |pipe| pipe.dropped));
    canon::take(output, 3);
    op::deliver_events();
    assert!(!sink.end());
    assert!(of(output, |pipe| pipe.dropped));
    // Written while the first stream is ending.
    sink.write(bytes(b"def"));
    assert!(sink.in_flight() && told().opened.get() == 0);
    canon::resolve(future, Ok(()));
    op::deliver_events();
    assert_eq!(told().opened.get(), 1);
    let (second, result) = canon::with(|host| host.consumed[1]);
    canon::take(second, 3);
    op::deliver_events();
    assert_eq!((taken(output), taken(second)), (b"abc".to_vec(), b"def".to_vec()));
    canon::resolve(result, Ok(()));
    assert!(sink.end());
    // And once more, without a stream.
    assert!(sink.end());
    let_go(sink);
    clean.end();
}

#[test]
fn a_file_that_is_dropped_with_bytes_in_flight_goes_when_they_are_out() {
    let clean = begin();
    let (sink, output, _) = sink(StreamKind::File);
    sink.write(bytes(b"abc"));
    sink.write(bytes(b"def"));
    let_go(sink);
    assert!(sink::any_parked() && sink::any_pending());
    canon::take(output, 4);
    op::deliver_events();
    assert!(sink::any_parked() && told().freed.get() == 0);
    canon::take(output, 2);
    op::deliver_events();
    assert!(!sink::any_parked() && told().freed.get() == 1);
    assert_eq!(taken(output), b"abcdef");
    clean.end();
}

/// A sink fails after it was dropped, while a task waits for a call: the future, that call, and the
/// token. The task reads why.
fn fails_when_dropped(tasks: &mut Tasks) -> (usize, usize, u32) {
    let (sink, output, future) = sink(StreamKind::File);
    sink.write(bytes(b"abc"));
    let_go(sink);
    let (call, (pipe, status)) = (Box::leak(Box::new(Waitable::none())), canon::call());
    call.called(status);
    let token = op::begin(Body::Called(Shared::of(call)));
    tasks.wait(token);
    canon::leave(output);
    tasks.go_on();
    assert!(sink::any_parked() && of(future, Pipe::is_pending));
    (future, pipe, token)
}

#[test]
fn a_dropped_sink_goes_when_its_result_is_known() {
    let clean = begin();
    let mut tasks = Tasks::new();
    let (future, call, token) = fails_when_dropped(&mut tasks);
    canon::resolve(future, Err((5, "no space")));
    tasks.go_on();
    assert!(!sink::any_parked());
    canon::advance(call, 2);
    tasks.go_on();
    op::take(token);
    clean.end();
}

#[test]
fn a_dropped_sink_goes_when_the_task_that_reads_its_result_ends() {
    let clean = begin();
    let mut tasks = Tasks::new();
    let (future, call, token) = fails_when_dropped(&mut tasks);
    canon::advance(call, 2);
    tasks.go_on();
    op::take(token);
    canon::resolve(future, Ok(()));
    tasks.look();
    assert!(!sink::any_parked(), "a drain would wait for ever");
    clean.end();
}

#[test]
fn a_sink_that_holds_back_writes_when_it_is_released() {
    let clean = begin();
    let (sink, output, _) = sink(StreamKind::File);
    canon::take(output, 9);
    sink.hold();
    sink.write(bytes(b"abc"));
    sink.write(bytes(b"def"));
    assert!(sink.in_flight() && told().settled.get() == 1);
    let_go(sink);
    assert_eq!(taken(output), b"");
    sink.release();
    assert_eq!(taken(output), b"abcdef");
    assert_eq!(told().freed.get(), 1);
    clean.end();
}

#[test]
fn a_socket_is_shut_down_when_its_bytes_are_out_and_lingers_until_then() {
    let clean = begin();
    let (sink, output, _) = sink(StreamKind::Socket);
    sink.owned.set(true);
    sink.write(bytes(b"abc"));
    // A program that ends gives it up.
    assert!(!sink::any_pending());
    sink::hook_shut_down(&sink);
    let_go(sink);
    assert!(sink::any_pending());
    assert!(!of(output, |pipe| pipe.dropped));
    canon::take(output, 3);
    op::deliver_events();
    assert!(of(output, |pipe| pipe.dropped) && !sink::any_pending());
    assert_eq!(told().freed.get(), 0);
    sink.owned.set(false);
    sink::hook_let_go(&sink);
    assert_eq!((taken(output), told().freed.get()), (b"abc".to_vec(), 1));
    clean.end();
}

#[test]
fn a_body_lags_by_one_write_and_counts() {
    let clean = begin();
    let (sink, output, _) = sink(StreamKind::Http);
    sink.write(bytes(b"abc"));
    assert!(!sink.in_flight());
    sink.write(bytes(b"de"));
    assert!(sink.in_flight());
    canon::take(output, 4);
    op::deliver_events();
    assert!(!sink.in_flight() && sink.has_queue());
    assert_eq!((told().accepted.get(), told().taken.get()), (5, 1));
    // It is given up with bytes in flight.
    Tasks::run(1, || sink.cancel());
    assert!(!sink.is_open() && !sink.has_queue());
    let_go(sink);
    clean.end();
}

#[test]
fn a_body_that_nobody_reads_just_ends() {
    let clean = begin();
    let (sink, output, _) = sink(StreamKind::Http);
    sink.write(bytes(b"abc"));
    canon::leave(output);
    op::deliver_events();
    assert!(!sink.is_open() && !sink.in_flight());
    assert!(sink.take_error().is_none());
    let_go(sink);
    clean.end();
}

#[test]
fn random_scripts_lose_no_byte_and_no_failure() {
    for seed in 0..600 {
        let mut random = Random(seed);
        let clean = begin();
        let kind =
            [StreamKind::File, StreamKind::Stdio, StreamKind::Socket, StreamKind::Http][random.below(4) as usize];
        let (sink, ..) = sink(kind);
        let first = canon::with(|host| host.consumed.len()) - 1;
        let streams = || canon::with(|host| host.consumed[first..].to_vec());
        let what = |step: u32| format!("seed {seed}, step {step}, {kind:?}");
        let (mut accepted, mut reported, mut has_left) = (0u8, Vec::new(), false);
        let (left_at, steps) = (random.below(80), random.below(60));
        for step in 0..steps {
            let (output, future) = *streams().last().unwrap();
            match random.below(8) {
                0..2 => {
                    let count = 1 + random.below(4) as u8;
                    let written: Vec<u8> = (accepted..accepted + count).collect();
                    sink.write(bytes(&written));
                    accepted += count;
                }
                2..4 if !of(output, |pipe| pipe.gone) => canon::take(output, random.below(6)),
                4 => op::deliver_events(),
                5 if kind != StreamKind::Http => {
                    sink.end();
                }
                6 if step >= left_at && !of(output, |pipe| pipe.gone) => {
                    canon::leave(output);
                    has_left = true;
                }
                7 if of(future, |pipe| pipe.value.is_none()) && random.below(3) == 0 => {
                    let value = match random.below(3) {
                        0 if !has_left => Ok(()),
                        1 => Err((PIPE, "")),
                        _ => Err((5, if kind.has_text() { "text" } else { "" })),
                    };
                    if of(output, |pipe| pipe.gone || pipe.dropped) {
                        canon::resolve(future, value);
                    }
                }
                _ => reported.extend(error(sink.take_error())),
            }
            // Flushed means that the queue is empty.
            if !has_left && kind != StreamKind::Http {
                op::deliver_events();
                if !of(streams().last().unwrap().0, |pipe| pipe.dropped) {
                    let out: usize = streams().iter().map(|(output, _)| taken(*output).len()).sum();
                    assert_eq!(sink.in_flight(), out < accepted as usize, "{}", what(step));
                }
            }
        }
        // Everything comes to its end.
        let mut tasks = Tasks::new();
        for _ in 0..4 {
            for (output, future) in streams() {
                if !of(output, |pipe| pipe.gone) {
                    canon::take(output, 1000);
                }
                op::deliver_events();
                if kind != StreamKind::Http {
                    sink.end();
                }
                if of(future, |pipe| pipe.value.is_none()) {
                    canon::resolve(future, Ok(()));
                }
            }
            tasks.look();
            reported.extend(error(sink.take_error()));
        }
        assert!(!sink.in_flight(), "{}", what(steps));
        let mut last = None;
        let mut failures = Vec::new();
        for (output, future) in streams() {
            let bytes = taken(output);
            assert!(bytes.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{}: {bytes:?}", what(steps));
            if let Some(first) = bytes.first() {
                assert!(last.is_none_or(|last| last < *first), "{}: {bytes:?}", what(steps));
                last = bytes.last().copied();
            }
            if kind != StreamKind::Http
                && let Some(Err((code, text))) = of(future, |pipe| pipe.value)
                && (code != PIPE || kind == StreamKind::File)
            {
                failures.push((code, text.to_string()));
            }
        }
        assert_eq!(reported, failures, "{}", what(steps));
        let_go(sink);
        clean.nothing_left(&what(steps));
    }
}
