//! Conversion of types whose layouts differ between the versions (DESIGN.md: "Errors of files",
//! "Types of files", "Times").
//!
//! # Safety
//!
//! Pointers are to values that the host has written, in the layout of the Canonical ABI; their
//! strings came through `cabi_realloc`, and are taken once.

use crate::kernel::failure::Error;
use crate::wasi::io::error::Code;
use common::abi::Area;
use common::codes::wasi03;
use common::memory::Buffer;

pub use common::codes::wasi02::Filesystem as ErrorCode;

pub const DIRECTORY: u8 = 3;

/// Beside the cases of `enum descriptor-type` of 0.2: not asked for yet.
pub const UNASKED: u8 = 255;

unsafe fn u8_at(base: *mut u8, offset: usize) -> u8 {
    unsafe { base.add(offset).read() }
}

unsafe fn u32_at(base: *mut u8, offset: usize) -> u32 {
    unsafe { (base.add(offset) as *const u32).read() }
}

unsafe fn u64_at(base: *mut u8, offset: usize) -> u64 {
    unsafe { (base.add(offset) as *const u64).read() }
}

/// Takes the payload of `other(option<string>)`, the last case of the variants of 0.3.
unsafe fn other(variant: *mut u8) -> Buffer {
    unsafe {
        match u8_at(variant, 4) {
            0 => Buffer::NONE,
            _ => Buffer::lowered(u32_at(variant, 8) as *mut u8, u32_at(variant, 12)),
        }
    }
}

/// The error of 0.2, with the text of `other`.
///
/// # Safety
///
/// An `error-code` is at `variant`, and is taken once.
pub unsafe fn error(variant: *mut u8) -> Error {
    let code = unsafe { wasi03::Filesystem::at(variant) };
    let text = match code {
        wasi03::Filesystem::Other => unsafe { other(variant) },
        _ => Buffer::NONE,
    };
    Error { code: Code::File(code.to_wasi02()), text }
}

/// The code of an error of this package, whose text nobody asks for.
pub fn code(error: Error) -> ErrorCode {
    let Error { code, mut text } = error;
    text.release();
    match code {
        Code::File(code) => code,
        _ => ErrorCode::Io,
    }
}

/// `unknown` is the first case of 0.2, `other` the last of 0.3.
///
/// # Safety
///
/// A `descriptor-type` is at `variant`, and is taken once.
pub unsafe fn descriptor_type(variant: *mut u8) -> u8 {
    const OTHER: u8 = 7;
    match unsafe { u8_at(variant, 0) } {
        OTHER => {
            unsafe { other(variant) }.release();
            0
        }
        tag => tag + 1,
    }
}

/// `descriptor-stat` at `from` to the one at `to` in the return area.
///
/// # Safety
///
/// A `descriptor-stat` is at `from`, and is taken once.
pub unsafe fn stat(from: *mut u8, area: &Area, to: usize) {
    unsafe {
        area.u8(to, descriptor_type(from));
        area.u64(to + 8, u64_at(from, 16)).u64(to + 16, u64_at(from, 24));
        for index in 0..3 {
            let (from, to) = (from.add(32 + 24 * index), to + 24 + 24 * index);
            // A time before 1970 becomes `none`.
            let known = u8_at(from, 0) != 0 && u64_at(from, 8) as i64 >= 0;
            area.u8(to, known as u8).u64(to + 8, u64_at(from, 8)).u32(to + 16, u32_at(from, 16));
        }
    }
}

/// `variant new-timestamp` as it is passed in registers; the layouts are the same.
#[derive(Clone, Copy)]
pub struct NewTimestamp {
    pub tag: u32,
    pub seconds: u64,
    pub nanoseconds: u32,
}

impl NewTimestamp {
    /// Seconds are signed in 0.3.
    pub fn overflows(&self) -> bool {
        const TIMESTAMP: u32 = 2;
        self.tag == TIMESTAMP && self.seconds as i64 as u64 > i64::MAX as u64
    }

    /// # Safety
    ///
    /// There is room for a `new-timestamp` at `at`.
    pub unsafe fn store(&self, at: *mut u8) {
        unsafe {
            at.write(self.tag as u8);
            (at.add(8) as *mut u64).write(self.seconds);
            (at.add(16) as *mut u32).write(self.nanoseconds);
        }
    }
}
