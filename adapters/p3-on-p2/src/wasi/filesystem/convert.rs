//! Conversion of types whose layouts differ between the versions (DESIGN.md: "Errors of files",
//! "Types of files", "Times").
//!
//! # Safety
//!
//! A `descriptor-stat` moves within the return area; a `new-timestamp` in memory has the layout of
//! the Canonical ABI, and so many bytes.

use common::abi::{Area, area};
use common::codes::wasi02;
use core::ptr::copy;

pub use common::codes::wasi03::Filesystem as ErrorCode;

/// The error code of 0.3 of a number of 0.2.
pub fn error(number: u8) -> ErrorCode {
    wasi02::Filesystem::of(number.into()).to_wasi03()
}

/// Stores an `error-code`. `other` has a text: the name of the only case that it stands for.
pub fn store_error(area: &Area, at: usize, code: ErrorCode) {
    const NAME: &str = "would-block";
    area.u8(at, code as u8).u8(at + 4, (code == ErrorCode::Other) as u8);
    area.u32(at + 8, NAME.as_ptr() as u32).u32(at + 12, NAME.len() as u32);
}

/// Converts the error of a result in the return area, from `from` to where 0.3 has it; true if
/// there is none.
pub fn settle(from: usize, to: usize) -> bool {
    let area = area();
    if area.get_u8(0) == 0 {
        return true;
    }
    store_error(area, to, error(area.get_u8(from)));
    false
}

pub fn fail(at: usize, code: ErrorCode) {
    let area = area();
    area.u8(0, 1);
    store_error(area, at, code);
}

/// `unknown` is the first case of 0.2, `other` the last of 0.3. Gives the case; the option behind
/// it is `none`.
pub fn descriptor_type(kind: u8) -> u8 {
    const OTHER: u8 = 7;
    match kind {
        0 => OTHER,
        kind => kind - 1,
    }
}

pub fn store_type(area: &Area, at: usize, kind: u8) {
    area.u8(at, descriptor_type(kind)).u8(at + 4, 0);
}

/// The `descriptor-stat` of a result.
pub fn stat(area: &Area) {
    let kind = area.get_u8(8);
    unsafe { copy(area.at().add(16), area.at().add(24), 88) };
    store_type(area, 8, kind);
    for index in 0..3 {
        let at = 40 + 24 * index;
        // Seconds are signed in 0.3.
        if area.get_u64(at + 8) > i64::MAX as u64 {
            area.u8(at, 0);
        }
    }
}

/// `variant new-timestamp` as it is passed in registers.
#[derive(Clone, Copy)]
pub struct NewTimestamp {
    pub tag: u32,
    pub seconds: u64,
    pub nanoseconds: u32,
}

impl NewTimestamp {
    /// Whether the time is before 1970, which 0.2 cannot express.
    pub fn overflows(&self) -> bool {
        const TIMESTAMP: u32 = 2;
        self.tag == TIMESTAMP && self.seconds > i64::MAX as u64
    }

    /// # Safety
    ///
    /// A `new-timestamp` is at `at`.
    pub unsafe fn load(at: *const u8) -> NewTimestamp {
        unsafe {
            NewTimestamp {
                tag: at.read() as u32,
                seconds: (at.add(8) as *const u64).read(),
                nanoseconds: (at.add(16) as *const u32).read(),
            }
        }
    }
}
