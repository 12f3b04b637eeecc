//! `error-code`: the same type in both versions, 32 bytes with at most one string.
//!
//! P keeps one in a single buffer: the value and, behind it, the string that it points to.
//!
//! # Safety
//!
//! Pointers are to errors in the layout of the Canonical ABI: the host's, or packed ones.

use crate::kernel::failure::Error;
use crate::wasi::io::error::Code;
use common::abi::{Area, Ret, area};
use common::codes::Text;
use common::global::Global;
use common::memory::{self, Buffer};
use core::cell::UnsafeCell;
use core::ptr::{copy_nonoverlapping, null_mut, write_bytes};

pub use common::codes::Http as ErrorCode;

const SIZE: usize = 32;

/// Whether a case is about a request that is not valid, which hosts of 0.2 answer at once.
pub fn is_refusal(code: ErrorCode) -> bool {
    (ErrorCode::HttpRequestLengthRequired..=ErrorCode::HttpRequestTrailerSize).contains(&code)
        || matches!(code, ErrorCode::HttpProtocolError | ErrorCode::InternalError)
}

/// The `option<string>` in an error, if its case has one.
unsafe fn text(error: *mut u8) -> *mut u32 {
    unsafe {
        let payload = error.add(8);
        let option = match ErrorCode::at(error).text() {
            Text::First => payload,
            Text::Second => payload.add(4),
            Text::Inner if payload.read() != 0 => payload.add(4),
            _ => return null_mut(),
        };
        match option.read() {
            0 => null_mut(),
            _ => option.add(4) as *mut u32,
        }
    }
}

/// An error in one piece, copied from `error`.
///
/// # Safety
///
/// An error is at `error`.
pub unsafe fn pack(error: *mut u8) -> Buffer {
    unsafe {
        let string = text(error);
        let (from, len) = if string.is_null() { (null_mut(), 0) } else { (*string as *mut u8, *string.add(1)) };
        let mut packed = Buffer::new(SIZE as u32 + len);
        packed.len = SIZE as u32 + len;
        copy_nonoverlapping(error, packed.at, SIZE);
        if !string.is_null() {
            let to = packed.at.add(SIZE);
            copy_nonoverlapping(from, to, len as usize);
            *text(packed.at) = to as u32;
        }
        packed
    }
}

/// The same for an error that the host has written; frees its string.
///
/// # Safety
///
/// Such an error is at `error`, and nobody uses its string any more.
pub unsafe fn pack_owned(error: *mut u8) -> Buffer {
    unsafe {
        let packed = pack(error);
        let string = text(error);
        if !string.is_null() {
            Buffer::lowered(*string as *mut u8, *string.add(1)).release();
        }
        packed
    }
}

/// An error without payload.
pub fn plain(code: ErrorCode) -> Buffer {
    let mut packed = Buffer::new(SIZE as u32);
    packed.len = SIZE as u32;
    unsafe {
        write_bytes(packed.at, 0, SIZE);
        *packed.at = code as u8;
    }
    packed
}

/// `HTTP-request-body-size(some(size))` or the like.
pub fn body_size(code: ErrorCode, size: u64) -> Buffer {
    let packed = plain(code);
    unsafe {
        *packed.at.add(8) = 1;
        (packed.at.add(16) as *mut u64).write(size);
    }
    packed
}

/// Writes an error into the return area, for one result.
pub fn put(area: &Area, offset: usize, error: Buffer) {
    unsafe { copy_nonoverlapping(error.start(), area.at().add(offset), SIZE) };
    memory::keep(error);
}

/// `result<_, error-code>`, or any other `result` with that error.
pub fn failed(error: Buffer) -> Ret {
    let area = area();
    put(area.u8(0, 1), 8, error);
    area.ret()
}

/// `internal-error(some("not supported"))`.
pub fn not_supported() -> Ret {
    const TEXT: &str = "not supported";
    area()
        .u8(0, 1)
        .u8(8, ErrorCode::InternalError as u8)
        .u8(16, 1)
        .u32(20, TEXT.as_ptr() as u32)
        .u32(24, TEXT.len() as u32)
        .ret()
}

/// Converts the error of a result future.
#[inline(never)]
#[unsafe(export_name = "hook:http-in/error")]
pub extern "C" fn hook_error(error: *mut u8) -> Error {
    Error { code: Code::Http, text: unsafe { pack_owned(error) } }
}

static NUMBERED: Global<UnsafeCell<[u8; 23]>> = Global::new(UnsafeCell::new(*b"HTTP error-code case   "));

/// The answer of `error.to-debug-string`: the text of the error if it has one, else the number
/// of its case.
#[inline(never)]
#[unsafe(export_name = "hook:http/error-text")]
pub extern "C" fn hook_error_text(error: *mut u8) -> Ret {
    let area = area();
    unsafe {
        let string = text(error);
        if !string.is_null() {
            return area.u32(0, *string).u32(4, *string.add(1)).ret();
        }
        let numbered = NUMBERED.get() as *mut u8;
        numbered.add(21).write(b'0' + *error / 10);
        numbered.add(22).write(b'0' + *error % 10);
        area.u32(0, numbered as u32).u32(4, 23).ret()
    }
}

#[unsafe(export_name = "wasi:http/types@0.2#http-error-code")]
extern "C" fn http_error_code(error: *mut Error) -> Ret {
    let error = unsafe { &*error };
    let area = area().u8(0, (error.code == Code::Http) as u8);
    if error.code == Code::Http {
        put(area, 8, unsafe { pack(error.text.start()) });
    }
    area.ret()
}
