//! `wasi:http`.
//!
//! | file | idea |
//! |---|---|
//! | `fields` | headers and trailers |
//! | `incoming` | `incoming-request` and `incoming-response`: a message of 0.3, or its rest |
//! | `incoming_body` | a `Source` whose outcome is the trailers future; `future-trailers` |
//! | `outgoing` | `outgoing-request` and `outgoing-response`: records until they are sent |
//! | `outgoing_body` | a `Sink` that is attached to a stream when the message is sent |
//! | `future_write` | values written to futures of the host |
//! | `options` | `request-options` |
//! | `client` | `outgoing-handler`, `future-incoming-response` |
//! | `serve` | the private interface behind an exported `incoming-handler` |
//! | `relay` | `response-outparam.set` of a component behind the one that the host calls |
//! | `error` | `error-code` in one piece of memory |
//! | `live` | everything that has to go when a request has been served |
//! | `resource`, `text`, `imports` | own handles, optional strings, the 0.3 interfaces |
//!
//! `error-code`, `method`, `scheme` and `fields` have the same layouts in both versions.

mod client;
mod error;
mod fields;
mod future_write;
mod imports;
mod incoming;
mod incoming_body;
mod live;
mod options;
mod outgoing;
mod outgoing_body;
mod relay;
mod resource;
mod serve;
mod text;

pub use client::{FutureResponse, hook_release_response, hook_responded, hook_response_ready};
pub use error::{hook_error, hook_error_text};
pub use future_write::{FutureWrite, hook_written};
pub use incoming_body::{
    IncomingBody, hook_consumed, hook_ended, hook_freed, hook_future_cancel, hook_future_drop, hook_future_read,
    hook_open, hook_release_trailers, hook_trailers_ready,
};
pub use outgoing_body::{hook_count, hook_taken};

use crate::hooks::Body;
use crate::kernel::op::Op;
use crate::kernel::wait;
use common::shared::Shared;

/// The event that an operation of this package waits for.
pub enum Wait {
    Trailers(Shared<IncomingBody>),
    Response(Shared<FutureResponse>),
    /// The request that was being served is over.
    End,
}

/// Class R: waits with one yield for what is not ready.
#[inline(never)]
#[unsafe(export_name = "hook:http/step")]
pub extern "C" fn hook_step(op: &Op) -> bool {
    let must_yield = op.must_yield();
    let Body::Http(wait) = &op.body else { return true };
    match *wait {
        Wait::Trailers(body) => hook_trailers_ready(&body) || !must_yield,
        Wait::Response(response) => hook_response_ready(&response) || !must_yield,
        Wait::End => serve::hook_ended(),
    }
}

/// Whether a call or a body waits to be cancelled.
pub fn any_parked() -> bool {
    client::any_parked() || serve::ending()
}

/// Cancels what is parked of this package. Only inside of `control.wait`.
#[inline(never)]
#[unsafe(export_name = "hook:http/reap")]
pub extern "C" fn hook_reap() {
    if client::any_parked() {
        client::hook_reap();
    }
    if serve::ending() {
        wait::park();
        serve::hook_cancel();
    }
}
