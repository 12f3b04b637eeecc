//! Sources: what the producer sends, on its way to the guest.

use super::*;
use crate::kernel::source::{self, AHEAD, MAX_READ};

#[test]
fn bytes_are_read_ahead_and_taken_in_pieces() {
    let clean = begin();
    let (source, input, _) = source(StreamKind::File);
    canon::feed(input, b"abcdefgh");
    assert!(source.fill(5));
    assert_eq!(contents(source.take(2)), b"ab");
    assert_eq!(source.skip(1), 1);
    // What was read is taken before anything else is.
    assert!(source.fill(100));
    assert_eq!(contents(source.take(100)), b"de");
    assert_eq!(contents(source.take(1)), b"");
    assert!(source.fill(100));
    assert_eq!(source.skip(100), 3);
    let_go_of_source(source);
    clean.end();
}

#[test]
fn a_read_that_blocks_is_one_until_bytes_come() {
    let clean = begin();
    let (source, input, _) = source(StreamKind::File);
    assert!(!source.fill(4));
    assert!(!source.fill(100));
    assert!(!source.ended());
    canon::feed(input, b"abcdef");
    op::deliver_events();
    assert!(source.fill(100));
    assert_eq!(contents(source.take(100)), b"abcd");
    assert!(source.fill(100));
    assert_eq!(contents(source.take(100)), b"ef");
    let_go_of_source(source);
    clean.end();
}

#[test]
fn the_error_comes_after_the_bytes_and_once() {
    for kind in [StreamKind::File, StreamKind::Stdio, StreamKind::Socket] {
        let clean = begin();
        let (source, input, future) = source(kind);
        let text = if kind.has_text() { "lost" } else { "" };
        canon::feed(input, b"abc");
        canon::leave(input);
        canon::resolve(future, Err((5, text)));
        assert!(source.fill(100));
        assert!(!source.ended() && source.take_error().is_none());
        assert_eq!(contents(source.take(100)), b"abc");
        let token = op::start(Body::Read(source, 100)).addr();
        wait_for(token);
        op::take(token);
        assert!(source.ended());
        assert_eq!(error(source.take_error()), Some((5, text.into())));
        assert!(source.take_error().is_none());
        assert!(source.ended() && source.fill(100));
        assert_eq!((told().ended.take(), told().consumed.take()), (1, 1));
        let_go_of_source(source);
        clean.end();
    }
}

#[test]
fn the_end_is_known_when_the_result_is() {
    let clean = begin();
    let (source, input, future) = source(StreamKind::Stdio);
    canon::leave(input);
    assert!(!source.fill(100));
    assert!(!source.ended());
    canon::resolve(future, Ok(()));
    op::deliver_events();
    assert!(source.fill(100) && source.ended());
    assert!(source.take_error().is_none());
    let_go_of_source(source);
    clean.end();
}

#[test]
fn a_source_opens_when_it_is_first_read() {
    let clean = begin();
    let source = Source::new(StreamKind::Stdio);
    assert_eq!(told().opened.get(), 0);
    assert!(!source.fill(1));
    assert!(!source.fill(1));
    assert_eq!(told().opened.get(), 1);
    let input = canon::with(|host| host.pipes.len()) - 2;
    canon::feed(input, b"a");
    op::deliver_events();
    assert!(source.fill(1));
    let_go_of_source(source);
    clean.end();
}

#[test]
fn files_hold_back_while_others_are_busy() {
    let clean = begin();
    let (source, input, _) = source(StreamKind::File);
    canon::feed(input, b"abc");
    told().holds.set(true);
    assert!(!source.fill(2));
    told().holds.set(false);
    assert!(source.fill(2));
    // It does not hold back what was read.
    told().holds.set(true);
    assert!(source.fill(2));
    told().holds.set(false);
    let_go_of_source(source);
    clean.end();
}

#[test]
fn a_connection_reads_ahead_as_much_as_comes() {
    let clean = begin();
    let (source, input, _) = source(StreamKind::Socket);
    let mut sizes = Vec::new();
    let mut read = |count: u32| {
        canon::feed(input, &vec![1; count as usize]);
        assert!(source.fill(source.ahead()));
        source.skip(MAX_READ);
        sizes.push(source.ahead());
    };
    [AHEAD, 4 * AHEAD, 16 * AHEAD, 16 * AHEAD, 100, 100, 100].into_iter().for_each(&mut read);
    assert_eq!(sizes, [4 * AHEAD, MAX_READ, MAX_READ, MAX_READ, 4 * AHEAD, AHEAD, AHEAD]);
    let_go_of_source(source);
    clean.end();
}

#[test]
fn a_source_that_is_dropped_while_it_reads_is_cancelled_by_the_next_wait() {
    let clean = begin();
    let (source, ..) = source(StreamKind::File);
    assert!(!source.fill(4));
    let_go_of_source(source);
    assert!(source::any_parked() && source.is_parked());
    assert_eq!(told().freed.get(), 0);
    wait_for(op::done(0, Buffer::NONE));
    assert!(!source::any_parked());
    assert_eq!((told().freed.get(), canon::with(|host| host.cancelled)), (1, 1));
    clean.end();
}

#[test]
fn a_parked_source_goes_with_its_event() {
    let clean = begin();
    let (source, input, _) = source(StreamKind::File);
    assert!(!source.fill(4));
    let_go_of_source(source);
    canon::feed(input, b"abc");
    op::deliver_events();
    assert_eq!((source::any_parked(), told().freed.get()), (false, 1));
    // Nothing is left to be cancelled.
    wait_for(op::done(0, Buffer::NONE));
    assert_eq!(canon::with(|host| host.cancelled), 0);
    clean.end();
}

#[test]
fn a_socket_that_is_shut_down_ends_and_goes_with_its_socket() {
    let clean = begin();
    let (source, input, _) = source(StreamKind::Socket);
    source.owned.set(true);
    canon::feed(input, b"abc");
    assert!(source.fill(2));
    source.shut_down();
    assert!(source.ended() && of(input, |pipe| pipe.dropped));
    let_go_of_source(source);
    assert_eq!(told().freed.get(), 0);
    source.owned.set(false);
    source.let_go();
    assert_eq!(told().freed.get(), 1);
    clean.end();
}

#[test]
fn random_scripts_lose_no_byte_and_no_failure() {
    for seed in 0..600 {
        let mut random = Random(seed);
        let clean = begin();
        let kind = [StreamKind::File, StreamKind::Stdio, StreamKind::Socket][random.below(3) as usize];
        let (source, input, future) = source(kind);
        let what = |step: u32| format!("seed {seed}, step {step}, {kind:?}");
        let (mut sent, mut received, mut reported) = (0u8, Vec::new(), Vec::new());
        let mut tasks = Tasks::new();
        let mut tokens = Vec::new();
        let (gone_at, steps) = (random.below(60), random.below(60));
        for step in 0..steps {
            match random.below(8) {
                0..2 if !of(input, |pipe| pipe.gone) => {
                    let count = random.below(5) as u8;
                    canon::feed(input, &(sent..sent + count).collect::<Vec<_>>());
                    sent += count;
                }
                2 => {
                    let was_buffered = sent as usize - received.len();
                    if source.fill(1 + random.below(6)) && !source.ended() {
                        assert!(was_buffered > 0, "{}", what(step));
                    }
                }
                3 => received.extend(contents(source.take(1 + random.below(6)))),
                4 => op::deliver_events(),
                5 if step >= gone_at && !of(input, |pipe| pipe.gone) => canon::leave(input),
                6 if of(input, |pipe| pipe.gone) && of(future, |pipe| pipe.value.is_none()) => {
                    let text = if kind.has_text() { "text" } else { "" };
                    canon::resolve(future, if random.below(2) == 0 { Ok(()) } else { Err((5, text)) });
                }
                7 if tokens.len() < 3 => {
                    let token = op::begin(Body::Read(source, 1 + random.below(6)));
                    if token != 0 {
                        tasks.wait(token);
                        tokens.push(token);
                    }
                }
                _ => tasks.go_on(),
            }
            if source.ended() {
                assert_eq!(received.len(), sent as usize, "{}", what(step));
                reported.extend(error(source.take_error()));
            }
        }
        let drops = random.below(2) == 0 && tokens.is_empty();
        if !drops {
            if !of(input, |pipe| pipe.gone) {
                canon::leave(input);
            }
            if of(future, |pipe| pipe.value.is_none()) {
                canon::resolve(future, Ok(()));
            }
            tasks.go_on();
            while !source.ended() {
                received.extend(contents(source.take(7)));
                let token = op::start(Body::Read(source, 7)).addr();
                tasks.wait(token);
                tasks.go_on();
                op::take(token);
            }
            reported.extend(error(source.take_error()));
            assert_eq!(received, (0..sent).collect::<Vec<_>>(), "{}", what(steps));
            let failure = of(future, |pipe| pipe.value).unwrap().err();
            let failures: Vec<_> = failure.into_iter().map(|(code, text)| (code, text.to_string())).collect();
            assert_eq!(reported, failures, "{}", what(steps));
        }
        tokens.into_iter().for_each(|token| {
            op::take(token);
        });
        let_go_of_source(source);
        let token = op::start(Body::Done(0)).addr();
        tasks.wait(token);
        op::take(token);
        clean.nothing_left(&what(steps));
    }
}
