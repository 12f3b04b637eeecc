//! The kernel, by its built-ins. Traps are panics in functions that cannot unwind, so they are left
//! to the tests of whole programs.

mod host_streams;
mod parts;
mod sets;
mod streams;
mod tasks;
mod timers;

use super::pair::{self, Type};
use super::{copy, set, table};
use common::memory::{self, Buffer};

const BLOCKED: u32 = u32::MAX;

/// Codes of events, and results of copies.
const SUBTASK: u32 = 1;
const STREAM_READ: u32 = 2;
const STREAM_WRITE: u32 = 3;
const FUTURE_READ: u32 = 4;
const COMPLETED: u32 = 0;
const DROPPED: u32 = 1;
const CANCELLED: u32 = 2;

/// In the answer to a write: a pending read of the same part has got the values.
const FILLED: u32 = 8;

/// The answer of a copy of `count` elements, or the payload of its event.
fn copied(result: u32, count: u32) -> u32 {
    result | count << 4
}

/// Code, waitable and payload.
fn event(bits: u64) -> (u32, u32, u32) {
    (bits as u32 & 15, bits as u32 >> 4, (bits >> 32) as u32)
}

fn halves(bits: u64) -> (u32, u32) {
    (bits as u32, (bits >> 32) as u32)
}

/// A stream of bytes: its readable and its writable end.
fn stream() -> (u32, u32) {
    halves(pair::new(Type::BYTES, 1))
}

fn write(end: u32, bytes: &[u8]) -> u32 {
    let chunks = (bytes.len() as u32).div_ceil(64);
    let at = memory::alloc(64 * chunks.max(1));
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len()) };
    if chunks == 0 {
        unsafe { memory::free(at, 64) };
    }
    copy::write(end, Type::BYTES, bytes.len() as u32, 0, bytes.len() as u32, at, chunks)
}

fn read(end: u32, count: u32) -> u32 {
    copy::read(end, Type::BYTES, count, 0)
}

/// Takes what was read.
fn taken(end: u32) -> Vec<u8> {
    let buffer = pair::taking(end).taken.take();
    contents(buffer)
}

fn contents(mut buffer: Buffer) -> Vec<u8> {
    let bytes = match buffer.len {
        0 => Vec::new(),
        len => unsafe { std::slice::from_raw_parts(buffer.start(), len as usize).to_vec() },
    };
    buffer.release();
    bytes
}

/// A set with these waitables in it.
fn set_of(waitables: &[u32]) -> u32 {
    let set = set::waitable_set_new();
    for waitable in waitables {
        set::waitable_join(*waitable, set);
    }
    set
}

/// Numbers that look random, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as u32 % bound
    }
}

#[test]
fn handles_are_numbered_as_the_canonical_abi_does() {
    let handles: Vec<u32> = (0..4).map(|_| set::waitable_set_new()).collect();
    assert_eq!(handles, [1, 2, 3, 4]);
    set::waitable_set_drop(2);
    set::waitable_set_drop(4);
    // The one that was freed last comes first.
    assert_eq!([4, 2, 5].map(|_| set::waitable_set_new()), [4, 2, 5]);
}

#[test]
fn each_part_has_a_table_of_its_own() {
    let of = |part| {
        table::as_part(part);
        set::waitable_set_new()
    };
    assert_eq!([0, 3, 3, 1, 0].map(of), [1, 1, 2, 1, 2]);
    table::as_part(3);
    set::waitable_set_drop(1);
    assert_eq!([0, 3, 1].map(of), [3, 1, 2]);
}
