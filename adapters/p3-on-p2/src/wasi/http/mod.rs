//! `wasi:http`.
//!
//! A `request` or `response` of 0.3 is incoming, built, or both (DESIGN.md: "Messages that are both
//! incoming and outgoing"). Methods, schemes, errors and lists have the same layout in both
//! versions and are passed on as they are.
//!
//! | file | idea |
//! |---|---|
//! | `fields`, `options` | resources that are those of 0.2 and a flag: immutable or not |
//! | `message`, `request`, `response` | the two-faced resources |
//! | `incoming_body` | the body of an incoming message and its trailers |
//! | `outgoing_body` | the body of a message that is sent |
//! | `client` | `client.send` |
//! | `serve` | what an exported handler is made of |
//! | `convert` | values of futures, errors |
//! | `imports` | the 0.2 interfaces |
//!
//! # Safety
//!
//! The import that drops a handle calls the destructor of its resource here, which [`TAKING`] tells
//! to leave the rest as it is.

mod client;
mod convert;
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
pub use convert::{Outcome, hook_forget};
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

/// Results that have the same layout in both versions are passed on as they are.
fn pass_on(call: impl FnOnce(*mut u8)) -> Ret {
    let area = area();
    memory::in_arena(|| call(area.at()));
    area.ret()
}

/// Frees a string or list that was a parameter.
fn forget(at: *mut u8, len: u32) {
    Buffer::lowered(at, len).release();
}

/// A handle of R's own is about to go, but not what it stands for.
static TAKING: Global<Cell<bool>> = Global::new(Cell::new(false));

/// Takes what is behind a handle of one of R's own resources, as lifting a parameter of type `own`
/// does.
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
