//! `wasi:io/error`, and the conversion of 0.3 errors (DESIGN.md: "The error resource").
//!
//! # Safety
//!
//! Errors in parameters come from the engine, so their resources exist.

use crate::hooks;
use crate::kernel::failure::{Error, Failure};
use common::abi::{Area, Ret, area};
use common::codes::{wasi02, wasi03};

/// The case of an `error-code`, by the interface that failed.
#[derive(Clone, Copy, PartialEq)]
pub enum Code {
    /// Of a file or a standard stream.
    File(wasi02::Filesystem),
    Socket(wasi02::Sockets),
    /// `connection-broken`, which only 0.3 has.
    ConnectionBroken,
    /// Of `wasi:http`: the text is the whole error.
    Http,
}

/// `wasi:cli/types.error-code` of 0.3, { io, illegal-byte-sequence, pipe } (DESIGN.md: "Errors of
/// standard streams").
pub fn from_cli(code: wasi03::Cli) -> Failure {
    Failure::new(Error::new(Code::File(code.to_wasi02())))
}

#[link(wasm_import_module = "[export]wasi:io/error@0.2")]
unsafe extern "C" {
    #[link_name = "[resource-new]error"]
    fn error_new(rep: *mut Error) -> u32;
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
extern "C" fn drop_error(this: *mut Error) {
    unsafe { Error::free(this) }
}

#[unsafe(export_name = "wasi:io/error@0.2#[method]error.to-debug-string")]
extern "C" fn to_debug_string(this: *mut Error) -> Ret {
    hooks::error_text(unsafe { &*this })
}

/// A string that lives forever.
pub fn text(text: &'static str) -> Ret {
    area().u32(0, text.as_ptr() as u32).u32(4, text.len() as u32).ret()
}

/// `option<error-code>`. A function of `wasi:filesystem`, but for the resource of this file.
#[unsafe(export_name = "wasi:filesystem/types@0.2#filesystem-error-code")]
extern "C" fn filesystem_error_code(error: *mut Error) -> Ret {
    match unsafe { (*error).code } {
        Code::File(code) => area().u8(0, 1).u8(1, code as u8).ret(),
        _ => area().u8(0, 0).ret(),
    }
}
