//! The carrier of numeric values that were read.

use crate::pair::{self, Pair};
use common::abi::{Ret, area};
use common::memory;
use core::ptr::copy;

pub const CHUNK: u32 = 64;

/// A list of `count` elements that are the next `bytes` bytes.
pub fn next(pair: &mut Pair, count: u32, bytes: u32) -> Ret {
    let taken = &mut pair.taken;
    let ret = area().u32(0, taken.start() as u32).u32(4, count).ret();
    taken.skip(bytes);
    if taken.len == 0 {
        memory::keep(*taken);
        *taken = memory::Buffer::NONE;
    }
    ret
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#bulk-head")]
extern "C" fn bulk_head(end: u32, count: u32) -> Ret {
    next(pair::taking(end), count, count)
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#bulk-body")]
extern "C" fn bulk_body(end: u32) -> Ret {
    let pair = pair::taking(end);
    let taken = &mut pair.taken;
    let chunks = taken.len / CHUNK;
    if !(taken.start() as u32).is_multiple_of(8) {
        unsafe { copy(taken.start(), taken.at, taken.len as usize) };
        taken.off = 0;
    }
    next(pair, chunks, chunks * CHUNK)
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#bulk-tail")]
extern "C" fn bulk_tail(end: u32) -> Ret {
    let pair = pair::taking(end);
    let count = pair.taken.len;
    next(pair, count, count)
}
