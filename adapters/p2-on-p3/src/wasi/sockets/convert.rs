//! `error-code` of sockets and of name lookup (DESIGN.md: "Errors of sockets", "Errors of name
//! lookup").
//!
//! # Safety
//!
//! Pointers are to errors that the host has written, in the layout of the Canonical ABI; their
//! strings came through `cabi_realloc`, and are taken once.

use crate::kernel::failure::ErrorCode;
use crate::wasi::io::error::NET;
use common::abi::{Area, Ret, area};
use common::memory::Buffer;

/// Cases of `wasi:sockets/network.error-code` of 0.2 that P itself produces, or looks for.
pub const UNKNOWN: u8 = 0;
pub const INVALID_ARGUMENT: u8 = 3;
pub const CONCURRENCY_CONFLICT: u8 = 6;
pub const NOT_IN_PROGRESS: u8 = 7;
pub const WOULD_BLOCK: u8 = 8;
pub const INVALID_STATE: u8 = 9;
pub const DATAGRAM_TOO_LARGE: u8 = 17;

/// Cases of the variants of 0.3 whose payload is `option<string>`.
const OTHER: u8 = 14;
const OTHER_OF_LOOKUP: u8 = 5;

/// Case `connection-broken` of 0.3.
const BROKEN: u8 = 10;

/// Cases of 0.2, by the cases of 0.3.
const CODES: [u8; 15] = [1, 2, 3, 4, 5, 9, 11, 12, 13, 14, UNKNOWN, 15, 16, 17, UNKNOWN];

/// Cases of 0.2 of name lookup, by the cases of 0.3.
const LOOKUP_CODES: [u8; 6] = [1, 3, 18, 19, 20, UNKNOWN];

/// The string, if `error` is `other(some(…))`.
fn text(error: *const u8, other: u8) -> Buffer {
    unsafe {
        if error.read() != other || error.add(4).read() == 0 {
            return Buffer::NONE;
        }
        Buffer::lowered((error.add(8) as *const *mut u8).read(), (error.add(12) as *const u32).read())
    }
}

/// The case of 0.2 of an error that the host wrote.
pub fn code(error: *const u8) -> u8 {
    CODES[unsafe { error.read() } as usize % CODES.len()]
}

/// The same; frees the error.
pub fn error(error: *const u8) -> u8 {
    text(error, OTHER).release();
    code(error)
}

/// The same of a lookup; frees the error.
pub fn lookup_error(error: *const u8) -> u8 {
    text(error, OTHER_OF_LOOKUP).release();
    LOOKUP_CODES[unsafe { error.read() } as usize % LOOKUP_CODES.len()]
}

/// The error of a result that the host wrote to the area, with the error at `offset`.
pub fn of_area(area: &Area, offset: usize) -> Option<u8> {
    match area.get_u8(0) {
        0 => None,
        _ => Some(error(area.at().wrapping_add(offset))),
    }
}

/// A result with its error at `offset`.
pub fn failed(offset: usize, code: u8) -> Ret {
    area().u8(0, 1).u8(offset, code).ret()
}

/// `result<_, error-code>`.
pub fn unit(error: Option<u8>) -> Ret {
    match error {
        None => area().u8(0, 0).ret(),
        Some(code) => failed(1, code),
    }
}

/// Converts the error of a result future.
#[inline(never)]
#[unsafe(export_name = "hook:sockets/error")]
pub extern "C" fn hook_error(error: *mut u8) -> ErrorCode {
    match unsafe { error.read() } {
        BROKEN => ErrorCode::new(crate::wasi::io::error::NET_BROKEN),
        _ => ErrorCode { code: NET + code(error), text: text(error, OTHER) },
    }
}

/// What `to-debug-string` says of a code.
#[inline(never)]
#[unsafe(export_name = "hook:sockets/error-text")]
pub extern "C" fn hook_error_text(code: u8) -> Ret {
    crate::wasi::io::error::name(NAMES, code - NET)
}

/// The cases of `wasi:sockets/network.error-code` of 0.2, in order, and one that only 0.3 has.
const NAMES: &str = "unknown access-denied not-supported invalid-argument out-of-memory timeout \
concurrency-conflict not-in-progress would-block invalid-state new-socket-limit address-not-bindable address-in-use \
remote-unreachable connection-refused connection-reset connection-aborted datagram-too-large name-unresolvable \
temporary-resolver-failure permanent-resolver-failure connection-broken";
