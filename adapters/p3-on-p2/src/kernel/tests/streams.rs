//! Streams and futures between ends of one part.

use super::*;
use crate::kernel::cancel;
use std::collections::VecDeque;

/// `future<u8>`
const FUTURE: Type = Type::of_future(1);

#[test]
fn a_pending_read_gets_what_is_written() {
    let (readable, writable) = stream();
    let set = set_of(&[readable]);
    assert_eq!(read(readable, 5), BLOCKED);
    assert_eq!(write(writable, b"abc"), copied(COMPLETED, 3) | FILLED);
    assert_eq!(copy::fill(), STREAM_READ as u64 | (readable as u64) << 4 | 3 << 36);
    assert_eq!(copy::fill(), 0);
    // It is pending until its event is delivered, so it may get more.
    assert_eq!(write(writable, b"defg"), copied(COMPLETED, 2) | FILLED);
    assert_eq!(event(set::waitable_set_wait(set)), (STREAM_READ, readable, copied(COMPLETED, 5)));
    assert_eq!(taken(readable), b"abcde");
    assert_eq!(write(writable, b"h"), BLOCKED);
}

#[test]
fn a_pending_write_is_read_in_pieces() {
    let (readable, writable) = stream();
    let set = set_of(&[writable]);
    assert_eq!(write(writable, b"abcd"), BLOCKED);
    assert_eq!(read(readable, 1), copied(COMPLETED, 1));
    assert_eq!(taken(readable), b"a");
    assert_eq!(read(readable, 2), copied(COMPLETED, 2));
    assert_eq!(taken(readable), b"bc");
    // The writer learns at once of all values that were read; the others stay its own.
    assert_eq!(event(set::waitable_set_wait(set)), (STREAM_WRITE, writable, copied(COMPLETED, 3)));
    assert_eq!(read(readable, 1), BLOCKED);
}

#[test]
fn a_cancelled_copy_says_what_was_copied() {
    let (readable, writable) = stream();
    assert_eq!(read(readable, 3), BLOCKED);
    assert_eq!(cancel::cancel_read(readable, Type::BYTES), copied(CANCELLED, 0));
    assert_eq!(write(writable, b"abc"), BLOCKED);
    assert_eq!(read(readable, 2), copied(COMPLETED, 2));
    assert_eq!(cancel::cancel_write(writable, Type::BYTES), copied(COMPLETED, 2));
    assert_eq!(taken(readable), b"ab");
    assert_eq!(read(readable, 1), BLOCKED);
}

#[test]
fn a_dropped_end_ends_the_other_and_leaves_nothing() {
    // Arrays that have grown stay as they are.
    let (readable, writable) = stream();
    assert_eq!(read(readable, 1), BLOCKED);
    assert_eq!(write(writable, b"a"), copied(COMPLETED, 1) | FILLED);
    set::block_on(readable);
    cancel::drop_writable(writable, Type::BYTES);
    cancel::drop_readable(readable, Type::BYTES);
    let before = memory::IN_USE.get();
    let (readable, writable) = stream();
    assert_eq!(write(writable, b"abc"), BLOCKED);
    cancel::drop_readable(readable, Type::BYTES);
    assert_eq!(event(set::block_on(writable)), (STREAM_WRITE, writable, copied(DROPPED, 0)));
    cancel::drop_writable(writable, Type::BYTES);
    let (readable, writable) = stream();
    assert_eq!(read(readable, 3), BLOCKED);
    assert_eq!(write(writable, b"ab"), copied(COMPLETED, 2) | FILLED);
    cancel::drop_writable(writable, Type::BYTES);
    // The later result replaces the one that was not delivered yet.
    assert_eq!(event(set::block_on(readable)), (STREAM_READ, readable, copied(DROPPED, 2)));
    assert_eq!(taken(readable), b"ab");
    cancel::drop_readable(readable, Type::BYTES);
    assert_eq!(memory::IN_USE.get(), before);
}

#[test]
fn a_future_is_written_once() {
    let (readable, writable) = halves(pair::new(FUTURE, 1));
    assert_eq!(copy::read(readable, FUTURE, 1, 0), BLOCKED);
    let at = memory::alloc(64);
    unsafe { at.write(7) };
    assert_eq!(copy::write(writable, FUTURE, 1, 0, 1, at, 1), COMPLETED | FILLED);
    assert_eq!(event(set::block_on(readable)), (FUTURE_READ, readable, COMPLETED));
    assert_eq!(taken(readable), [7]);
    cancel::drop_writable(writable, FUTURE);
    cancel::drop_readable(readable, FUTURE);
}

/// `SharedStreamImpl` and the two `CopyEnd`s of the Canonical ABI, for streams of bytes whose
/// events one set delivers.
#[derive(Default)]
struct Model {
    /// Whether the pending operation is a write, its size, and what was copied of it.
    pending: Option<(bool, u32)>,
    /// Of the reader and the writer: whether an operation is under way, what it copied, and the
    /// result to be delivered.
    copying: [bool; 2],
    progress: [u32; 2],
    result: [Option<u32>; 2],
    events: VecDeque<usize>,
}

const READER: usize = 0;
const WRITER: usize = 1;

impl Model {
    fn notify(&mut self, end: usize, result: u32) {
        if self.result[end].replace(result).is_none() {
            self.events.push_back(end);
        }
    }

    fn deliver(&mut self, end: usize) -> u32 {
        self.events.retain(|other| *other != end);
        if self.pending.is_some_and(|(is_write, _)| is_write as usize == end) {
            self.pending = None;
        }
        self.copying[end] = false;
        copied(self.result[end].take().unwrap(), self.progress[end])
    }

    fn begin(&mut self, end: usize, count: u32) -> u32 {
        let other = 1 - end;
        self.copying[end] = true;
        self.progress[end] = 0;
        match self.pending {
            Some((is_write, size)) if is_write as usize == other => {
                let remain = size - self.progress[other];
                if remain > 0 {
                    let copied = remain.min(count);
                    self.progress[end] = copied;
                    if copied > 0 {
                        self.progress[other] += copied;
                        self.notify(other, COMPLETED);
                    }
                    self.notify(end, COMPLETED);
                } else if end == WRITER && count == 0 && size == 0 {
                    self.notify(end, COMPLETED);
                } else {
                    self.notify(other, COMPLETED);
                    self.pending = Some((end == WRITER, count));
                }
            }
            _ => self.pending = Some((end == WRITER, count)),
        }
        match self.result[end] {
            Some(_) => self.deliver(end),
            None => BLOCKED,
        }
    }

    fn cancel(&mut self, end: usize) -> u32 {
        if self.result[end].is_none() {
            self.pending = None;
            self.notify(end, CANCELLED);
        }
        self.deliver(end)
    }
}

#[test]
fn random_scripts_are_answered_as_the_model_does() {
    for seed in 0..2000 {
        let mut random = Random(seed);
        let mut model = Model::default();
        let ends = stream();
        let ends = [ends.0, ends.1];
        let set = set_of(&ends);
        let (mut written, mut received) = (0u8, Vec::new());
        let mut finish = |end: usize, answer: u32, written: &mut u8| match end {
            READER => received.extend(taken(ends[READER])),
            _ => *written = written.wrapping_add((answer >> 4) as u8),
        };
        for step in 0..60 {
            let end = random.below(2) as usize;
            let what = format!("seed {seed}, step {step}");
            match random.below(6) {
                0..3 if !model.copying[end] => {
                    let count = random.below(5);
                    let answer = match end {
                        READER => read(ends[READER], count),
                        _ => {
                            let bytes: Vec<u8> = (0..count as u8).map(|at| written.wrapping_add(at)).collect();
                            write(ends[WRITER], &bytes)
                        }
                    };
                    let plain = if answer == BLOCKED { answer } else { answer & !FILLED };
                    assert_eq!(plain, model.begin(end, count), "{what}: {end} copies {count}");
                    if answer != BLOCKED {
                        finish(end, plain, &mut written);
                    }
                }
                3..5 => {
                    let expected = model.events.front().copied();
                    let (code, handle, payload) = event(set::waitable_set_poll(set));
                    match expected {
                        None => assert_eq!(code, 0, "{what}"),
                        Some(end) => {
                            let expected = (STREAM_READ + end as u32, ends[end], model.deliver(end));
                            assert_eq!((code, handle, payload), expected, "{what}");
                            finish(end, payload, &mut written);
                        }
                    }
                }
                5 if model.copying[end] => {
                    let answer = match end {
                        READER => cancel::cancel_read(ends[READER], Type::BYTES),
                        _ => cancel::cancel_write(ends[WRITER], Type::BYTES),
                    };
                    assert_eq!(answer, model.cancel(end), "{what}: {end} cancels");
                    finish(end, answer, &mut written);
                }
                _ => {}
            }
        }
        // Each byte arrived once, in its place. The reader may be ahead of what the writer knows.
        let expected: Vec<u8> = (0..received.len()).map(|at| at as u8).collect();
        assert_eq!(received, expected, "seed {seed}");
    }
}
