//! `wasi:filesystem`.
//!
//! | file | idea |
//! |---|---|
//! | `call` | operations: async calls of 0.3, `read` and `write` |
//! | `descriptor` | the resource: exports that begin and finish operations, preopens, streams |
//! | `run` | sequential runs of `read` or `write` |
//! | `directory` | `directory-entry-stream` |
//! | `convert` | DESIGN.md: "Errors of files", "Types of files", "Times" |
//! | `imports` | the 0.3 interface |
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI.

mod call;
mod convert;
mod descriptor;
mod directory;
mod imports;
mod run;

pub use call::{Call, hook_forget, hook_step};
pub use directory::{EntryStream, any_parked as any_parked_entries, hook_event, hook_reap};
pub use run::{holds, hook_settle, settled, stream_gone};

use crate::kernel::failure::Error;

/// Reads the result future of a stream of this package.
#[inline(never)]
#[unsafe(export_name = "hook:filesystem/future-read")]
pub extern "C" fn hook_future_read(future: u32, value: *mut u8) -> u32 {
    unsafe { imports::future_read(future, value) }
}

#[inline(never)]
#[unsafe(export_name = "hook:filesystem/future-cancel")]
pub extern "C" fn hook_future_cancel(future: u32) -> u32 {
    unsafe { imports::future_cancel(future) }
}

#[inline(never)]
#[unsafe(export_name = "hook:filesystem/future-drop")]
pub extern "C" fn hook_future_drop(future: u32) {
    unsafe { imports::future_drop(future) }
}

/// Converts the error of a result future.
#[inline(never)]
#[unsafe(export_name = "hook:filesystem/error")]
pub extern "C" fn hook_error(error: *mut u8) -> Error {
    unsafe { convert::error(error) }
}
