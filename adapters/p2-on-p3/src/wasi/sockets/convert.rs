//! `error-code` of sockets and of name lookup (DESIGN.md: "Errors of sockets", "Errors of name
//! lookup").
//!
//! # Safety
//!
//! Pointers are to errors that the host has written, in the layout of the Canonical ABI; their
//! strings came through `cabi_realloc`, and are taken once.

use crate::kernel::failure::Error;
use crate::wasi::io::error::{self, Code};
use common::abi::{Area, Ret, area};
use common::codes::wasi03;
use common::memory::Buffer;

pub use common::codes::wasi02::Sockets as ErrorCode;

/// Takes the text behind a case `other` that the host wrote.
unsafe fn text(error: *const u8) -> Buffer {
    unsafe {
        match error.add(4).read() {
            0 => Buffer::NONE,
            _ => Buffer::lowered((error.add(8) as *const *mut u8).read(), (error.add(12) as *const u32).read()),
        }
    }
}

/// The code of 0.2 of an error that the host wrote.
///
/// # Safety
///
/// An `error-code` is at `error`.
pub unsafe fn code(error: *const u8) -> ErrorCode {
    unsafe { wasi03::Sockets::at(error) }.to_wasi02()
}

/// The same; frees the error.
///
/// # Safety
///
/// An `error-code` is at `error`, and is taken once.
pub unsafe fn error(error: *const u8) -> ErrorCode {
    unsafe {
        if wasi03::Sockets::at(error) == wasi03::Sockets::Other {
            text(error).release();
        }
        code(error)
    }
}

/// The same of a lookup.
///
/// # Safety
///
/// As for [`error`].
pub unsafe fn lookup_error(error: *const u8) -> ErrorCode {
    let code = unsafe { wasi03::Lookup::at(error) };
    if code == wasi03::Lookup::Other {
        unsafe { text(error) }.release();
    }
    code.to_wasi02()
}

/// The error of a result that the host wrote to the area, with the error at `offset`.
pub fn of_area(area: &Area, offset: usize) -> Option<ErrorCode> {
    match area.get_u8(0) {
        0 => None,
        _ => Some(unsafe { error(area.at().add(offset)) }),
    }
}

/// A result with its error at `offset`.
pub fn failed(offset: usize, code: ErrorCode) -> Ret {
    area().u8(0, 1).u8(offset, code as u8).ret()
}

/// `result<_, error-code>`.
pub fn unit(error: Option<ErrorCode>) -> Ret {
    match error {
        None => area().u8(0, 0).ret(),
        Some(code) => failed(1, code),
    }
}

/// Converts the error of a result future.
#[inline(never)]
#[unsafe(export_name = "hook:sockets/error")]
pub extern "C" fn hook_error(error: *mut u8) -> Error {
    match unsafe { wasi03::Sockets::at(error) } {
        wasi03::Sockets::ConnectionBroken => Error::new(Code::ConnectionBroken),
        wasi03::Sockets::Other => Error { code: Code::Socket(ErrorCode::Unknown), text: unsafe { text(error) } },
        code => Error::new(Code::Socket(code.to_wasi02())),
    }
}

/// The answer of `to-debug-string` for a code.
#[inline(never)]
#[unsafe(export_name = "hook:sockets/error-text")]
pub extern "C" fn hook_error_text(code: Code) -> Ret {
    error::text(match code {
        Code::Socket(code) => code.name(),
        _ => "connection-broken",
    })
}
