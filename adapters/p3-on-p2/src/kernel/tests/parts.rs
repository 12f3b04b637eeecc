//! Streams between parts: part 0 writes, part 1, which called it, reads.

use super::*;
use crate::kernel::payload::{self, Block};
use crate::kernel::{ahead, cancel, exchange, task, transfer};
use std::ptr::null_mut;

const WRITER: u32 = 0;
const READER: u32 = 1;

/// A payload that is neither unit nor a number, of 8 bytes, which may travel between parts.
const RECORDS: Type = Type::of_stream(64);
const ELEMENT: u32 = 1 << 31 | 8;

fn stream_between(ty: Type, element: u32) -> (u32, u32) {
    table::as_part(WRITER);
    let (readable, writable) = halves(pair::new(ty, element));
    (transfer::pass(readable, ty, WRITER, READER), writable)
}

/// Writes `count` records, each with something that it points to.
fn put(end: u32, count: u32) -> u32 {
    let before = payload::gather();
    let lowered = |size| memory::cabi_realloc(null_mut(), 0, 8, size);
    let values = lowered(8 * count);
    for _ in 0..count {
        lowered(100);
    }
    let blocks: *mut Block = payload::gathered(before);
    table::as_part(WRITER);
    copy::write_exchanged(end, RECORDS, count, values, blocks, 5)
}

/// Reads up to `count` records; how many bytes they are.
fn take(end: u32, count: u32) -> (u32, usize) {
    table::as_part(READER);
    let answer = copy::read(end, RECORDS, count, 0);
    let len = pair::taking(end).taken.get().len as usize;
    exchange::take(end);
    (answer, len)
}

#[test]
fn what_values_point_to_lives_as_long_as_they_do() {
    let in_use = || memory::IN_USE.get();
    let (readable, writable) = stream_between(RECORDS, ELEMENT);
    let before = in_use();
    assert_eq!(put(writable, 3), BLOCKED);
    // The values, and what each of them points to.
    assert!(in_use() >= before + 4);
    assert_eq!(take(readable, 2), (copied(COMPLETED, 2), 16));
    assert_eq!(take(readable, 2), (copied(COMPLETED, 1), 8));
    table::as_part(WRITER);
    assert_eq!(event(set::block_on(writable)), (STREAM_WRITE, writable, copied(COMPLETED, 3)));
    // The reader copies what it was given before it enters R again.
    assert_eq!(put(writable, 2), BLOCKED);
    assert_eq!(cancel::cancel_write(writable, RECORDS), copied(CANCELLED, 0));
    assert_eq!(take(readable, 1), (BLOCKED, 0));
    cancel::cancel_read(readable, RECORDS);
    cancel::drop_readable(readable, RECORDS);
    table::as_part(WRITER);
    cancel::drop_writable(writable, RECORDS);
    // All is gone, the pair with it; the result that was given last stays until the next one.
    assert!(in_use() <= before);
}

#[test]
fn what_a_waiting_part_writes_is_taken_ahead_and_read_in_its_order() {
    let (readable, writable) = stream_between(Type::BYTES, 1);
    let set = set_of(&[writable]);
    for bytes in [b"abc", b"def"] {
        assert_eq!(write(writable, bytes), BLOCKED);
        // Part 1 cannot read before part 0 goes on, and part 0 waits.
        let happened = task::waitable_set_wait_or_step(set, 0);
        assert_eq!(event(happened), (STREAM_WRITE, writable, copied(COMPLETED, 3)));
    }
    table::as_part(READER);
    assert_eq!(read(readable, 4), copied(COMPLETED, 4));
    assert_eq!(taken(readable), b"abcd");
    assert_eq!(ahead::take_unread(&pair::taking(readable)), 2);
    assert_eq!(taken(readable), b"ef");
    assert_eq!(read(readable, 1), BLOCKED);
}

#[test]
fn a_read_between_parts_is_no_copy_of_the_writers_own() {
    let (readable, writable) = stream_between(Type::BYTES, 1);
    table::as_part(READER);
    assert_eq!(read(readable, 2), BLOCKED);
    table::as_part(WRITER);
    // No `fill` for the writer: it is the reader's part that has to fetch what it got.
    assert_eq!(write(writable, b"ab"), copied(COMPLETED, 2));
    assert_eq!(copy::fill(), 0);
    table::as_part(READER);
    assert_eq!(copy::fill(), STREAM_READ as u64 | (readable as u64) << 4 | 2 << 36);
}

#[test]
fn payloads_of_several_writes_go_with_their_values() {
    let in_use = || memory::IN_USE.get();
    let (readable, writable) = stream_between(RECORDS, ELEMENT);
    let set = set_of(&[writable]);
    let mut blocks = vec![];
    for count in [1, 2, 1] {
        let before = in_use();
        assert_eq!(put(writable, count), BLOCKED);
        let happened = task::waitable_set_wait_or_step(set, 0);
        assert_eq!(event(happened), (STREAM_WRITE, writable, copied(COMPLETED, count)));
        blocks.push(in_use() - before);
    }
    assert_eq!(take(readable, 1), (copied(COMPLETED, 1), 8));
    let before = in_use();
    assert_eq!(take(readable, 2), (copied(COMPLETED, 2), 16));
    // The payload of the first write has gone: its block and what the value points to.
    let first = before - in_use();
    assert!(first >= 2, "{first} of {blocks:?}");
    let before = in_use();
    assert_eq!(take(readable, 2), (copied(COMPLETED, 1), 8));
    let second = before - in_use();
    assert!(second >= 3, "{second} of {blocks:?}");
}
