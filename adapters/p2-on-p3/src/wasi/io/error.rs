//! `wasi:io/error`, and the conversion of 0.3 errors (DESIGN.md: "The error resource").
//!
//! # Safety
//!
//! Errors in parameters come from the engine, so their resources exist.

use crate::hooks;
use crate::kernel::failure::{ErrorCode, Failure};
use common::abi::{Area, Ret, area};

/// The code of an error of `wasi:http`; not a case of `wasi:filesystem/types.error-code`.
pub const HTTP: u8 = 255;

/// From this code on: cases of `wasi:sockets/network.error-code`.
pub const NET: u8 = 128;

/// The case `connection-broken`, which only 0.3 has.
pub const NET_BROKEN: u8 = NET + 21;

/// Cases of `wasi:filesystem/types.error-code` of 0.2 that P itself produces.
pub const BAD_DESCRIPTOR: u8 = 3;
const ILLEGAL_BYTE_SEQUENCE: u8 = 9;
pub const IO: u8 = 13;
pub const IS_DIRECTORY: u8 = 14;
pub const NOT_DIRECTORY: u8 = 24;
pub const OVERFLOW: u8 = 30;
pub const PIPE: u8 = 32;

/// `wasi:cli/types.error-code` of 0.3, { io, illegal-byte-sequence, pipe } (DESIGN.md: "Errors of
/// standard streams").
pub fn from_cli(code: u8) -> Failure {
    Failure::new(ErrorCode::new(match code {
        1 => ILLEGAL_BYTE_SEQUENCE,
        2 => PIPE,
        _ => IO,
    }))
}

#[link(wasm_import_module = "[export]wasi:io/error@0.2")]
unsafe extern "C" {
    #[link_name = "[resource-new]error"]
    fn error_new(rep: *mut ErrorCode) -> u32;
}

/// Writes a `stream-error`: `last-operation-failed(error)` or, without one, `closed`.
pub fn stream_error(area: &Area, offset: usize, error: Option<Failure>) {
    match error {
        Some(error) => {
            let handle = unsafe { error_new(error.keep()) };
            area.u8(offset, 0).u32(offset + 4, handle);
        }
        None => {
            area.u8(offset, 1);
        }
    }
}

#[unsafe(export_name = "wasi:io/error@0.2#[dtor]error")]
extern "C" fn drop_error(this: *mut ErrorCode) {
    ErrorCode::free(this)
}

#[unsafe(export_name = "wasi:io/error@0.2#[method]error.to-debug-string")]
extern "C" fn to_debug_string(this: *mut ErrorCode) -> Ret {
    hooks::error_text(unsafe { &*this })
}

/// The word of `names` at `index`.
pub fn name(names: &'static str, index: u8) -> Ret {
    let mut names = names.as_bytes();
    for _ in 0..index {
        while let [first, rest @ ..] = names {
            names = rest;
            if *first == b' ' {
                break;
            }
        }
    }
    let mut len = 0;
    while len < names.len() && names[len] != b' ' {
        len += 1;
    }
    area().u32(0, names.as_ptr() as u32).u32(4, len as u32).ret()
}

/// The cases of `wasi:filesystem/types.error-code` of 0.2, in order.
pub const NAMES: &str = "access would-block already bad-descriptor busy deadlock quota exist file-too-large \
illegal-byte-sequence in-progress interrupted invalid io is-directory loop too-many-links message-size \
name-too-long no-device no-entry no-lock insufficient-memory insufficient-space not-directory not-empty \
not-recoverable unsupported no-tty no-such-device overflow not-permitted pipe read-only invalid-seek \
text-file-busy cross-device";

/// A function of `wasi:filesystem`, but for the resource of this file.
#[unsafe(export_name = "wasi:filesystem/types@0.2#filesystem-error-code")]
extern "C" fn filesystem_error_code(error: *mut ErrorCode) -> Ret {
    let code = unsafe { (*error).code };
    area().u8(0, (code < NET) as u8).u8(1, code).ret()
}
