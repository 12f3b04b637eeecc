//! `wasi:http`.
//!
//! A `request` or `response` of 0.3 is incoming, built, or both (DESIGN.md: "Messages that are both
//! incoming and outgoing"). Methods, schemes, errors and lists have the same layout in both
//! versions and are passed on as they are.
//!
//! | file | idea |
//! |---|---|
//! | `fields`, `options` | resources that are a handle of 0.2 and a flag: immutable or not |
//! | `message`, `request`, `response` | the resources that are incoming, outgoing or both |
//! | `incoming_body` | the body of an incoming message and its trailers |
//! | `outgoing_body` | the body of a message that is sent |
//! | `client` | `client.send` |
//! | `serve` | the adapter's side of an exported handler |
//! | `error` | values of futures, errors |
//! | `imports` | the 0.2 interfaces |
//!
//! # Safety
//!
//! The import that drops a handle calls the destructor of its resource here; [`TAKING`] tells the
//! destructor to do nothing.

mod client;
mod error;
mod fields;
mod imports;
mod incoming_body;
mod message;
mod options;
mod outgoing_body;
mod request;
mod response;
mod serve;

pub use client::{Call, hook_cancel_call, hook_step_call};
pub use error::{Outcome, hook_forget};
pub use incoming_body::{Incoming, hook_drop_trailers, hook_received, hook_step_trailers};
pub use outgoing_body::{Outgoing, hook_may_end, hook_sent, hook_step_forward, waits_for_trailers};
pub use serve::{hook_finish_response, is_responding};

use crate::kernel::pair::Type;
use common::abi::{Ret, area};
use common::global::Global;
use common::memory::{self, Buffer};
use core::cell::Cell;

/// `future<result<_, error-code>>` and `future<result<option<trailers>, error-code>>`
const RESULT: Type = Type::of_future(19);
const TRAILERS: Type = Type::of_future(20);

/// Passes on a result that has the same layout in both versions.
fn pass_on(call: impl FnOnce(*mut u8)) -> Ret {
    let area = area();
    memory::in_arena(|| call(area.at()));
    area.ret()
}

/// Frees a string or list that was a parameter.
fn forget(at: *mut u8, len: u32) {
    Buffer::lowered(at, len).release();
}

/// Set while R drops a handle of its own, but not the representation.
static TAKING: Global<Cell<bool>> = Global::new(Cell::new(false));

/// Takes the representation of one of R's own resources, and drops the handle, as lifting a
/// parameter of type `own` does.
fn take<T>(handle: u32, rep: unsafe extern "C" fn(u32) -> T, drop: unsafe extern "C" fn(u32)) -> T {
    unsafe {
        let value = rep(handle);
        TAKING.set(true);
        drop(handle);
        TAKING.set(false);
        value
    }
}

fn is_taking() -> bool {
    TAKING.get()
}
