//! Numeric values that were read, handed out in chunks.
//!
//! # Safety
//!
//! Bytes that were read are in a buffer of the pair; moving them to its start stays inside.

use super::pair::{self, Pair};
use common::abi::{Ret, area};
use common::memory;
use core::ptr::copy;

pub const CHUNK: u32 = 64;

/// Returns the next `bytes` bytes as a list of `count` elements.
pub fn next(pair: &Pair, count: u32, bytes: u32) -> Ret {
    let mut taken = pair.taken.get();
    let ret = area().u32(0, taken.start() as u32).u32(4, count).ret();
    if taken.len == bytes {
        memory::keep(pair.taken.take());
    } else {
        taken.skip(bytes);
        pair.taken.set(taken);
    }
    ret
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#bulk-head")]
extern "C" fn bulk_head(end: u32, count: u32) -> Ret {
    next(&pair::taking(end), count, count)
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#bulk-body")]
extern "C" fn bulk_body(end: u32) -> Ret {
    let pair = pair::taking(end);
    let mut taken = pair.taken.get();
    if !(taken.start() as u32).is_multiple_of(8) {
        unsafe { copy(taken.start(), taken.at, taken.len as usize) };
        taken.off = 0;
        pair.taken.set(taken);
    }
    let chunks = taken.len / CHUNK;
    next(&pair, chunks, chunks * CHUNK)
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#bulk-tail")]
extern "C" fn bulk_tail(end: u32) -> Ret {
    let pair = pair::taking(end);
    let count = pair.taken.get().len;
    next(&pair, count, count)
}
