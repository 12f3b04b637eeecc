//! The body of a message that is sent: a stream to an `output-stream` (`sink`), then the
//! trailers.
//!
//! # Safety
//!
//! An `Outgoing` belongs to the waiter of its bytes, which passes it on to [`hook_sent`] in the
//! end. A `Forward` is the sink of the future that it reads, and freed when that future has a
//! value.

use super::error::{self, Outcome};
use super::incoming_body::{self, Exchange};
use super::message::Body;
use super::{fields, imports, serve};
use crate::hooks::io::Failure;
use crate::hooks::{Output, WaiterKind};
use crate::kernel::outcome::Value;
use crate::kernel::pair::Pair;
use crate::kernel::poll::{self, Waiter};
use crate::kernel::sink::{self, Sink};
use crate::kernel::transfer;
use common::abi::area;
use common::shared::Shared;

pub struct Outgoing {
    body: u32,
    trailers: Shared<Pair>,
    /// The exchange of a request; `None` for a response.
    exchange: Option<Shared<Exchange>>,
}

/// Begins to send a body by an `outgoing-body` of 0.2. The caller steps the waiter.
pub fn open(outgoing_body: u32, body: Body, exchange: Option<Shared<Exchange>>) -> Shared<Sink> {
    let contents = body.contents.unwrap_or_else(incoming_body::ended);
    let area = area();
    unsafe { imports::out_body_write(outgoing_body, area.at()) };
    let stream = area.get_u32(4);
    let outgoing = Shared::new(Outgoing { body: outgoing_body, trailers: body.trailers, exchange });
    let out = sink::open(contents, stream, Output::Http(outgoing), body.transmission);
    body.trailers.sink.set(Some(Sink::waiter(out)));
    out
}

/// Whether the trailers are known, after all bytes are out.
#[inline(never)]
#[unsafe(export_name = "hook:http/may-end")]
pub extern "C" fn hook_may_end(outgoing: Shared<Outgoing>) -> bool {
    let trailers = outgoing.trailers;
    if !trailers.value.get().is_known()
        && let Some(source) = trailers.source.get()
    {
        // Nobody has asked for the trailers before.
        poll::step(source);
    }
    trailers.value.get().is_known()
}

/// Whether the guest has yet to give the trailers, after all bytes are out.
pub fn waits_for_trailers(outgoing: Shared<Outgoing>) -> bool {
    !outgoing.trailers.value.get().is_known() && !outgoing.trailers.promised.get()
}

/// The bytes have ended, or cannot be sent. `is_unwritten`: the host did not take all bytes.
#[inline(never)]
#[unsafe(export_name = "hook:http/sent")]
pub extern "C" fn hook_sent(
    outgoing: Shared<Outgoing>,
    transmission: Option<Shared<Pair>>,
    failure: Option<Failure>,
    is_unwritten: bool,
) {
    let Outgoing { body, trailers, exchange } = unsafe { outgoing.into_inner() };
    let is_refused = trailers.outcome.get().is_some_and(|outcome| error::trailers_of(outcome) == 0);
    let outcome = match failure {
        // The host closed the stream after it had taken all bytes.
        Some(Failure::CLOSED) if !is_unwritten => finish(body, trailers),
        Some(failure) => {
            unsafe { imports::out_body_drop(body) };
            match failure {
                Failure::ABORTED => None,
                failure => Some(error::of_failure(failure)),
            }
        }
        None => finish(body, trailers),
    };
    transfer::ignore(trailers);
    match exchange {
        None => {
            serve::sent();
            error::settle(transmission, outcome);
        }
        Some(exchange) => {
            let is_size = outcome.is_some_and(|outcome| !is_refused && error::is_size(outcome));
            Exchange::sent(exchange, outcome, is_size, transmission);
        }
    }
}

/// Finishes the body with the trailers, if there are any; an error in their place breaks the body
/// off.
fn finish(body: u32, trailers: Shared<Pair>) -> Option<Shared<Outcome>> {
    let outcome = trailers.outcome.take();
    let handle = outcome.map_or(0, error::trailers_of);
    if outcome.is_some() && handle == 0 {
        unsafe { imports::out_body_drop(body) };
        return outcome;
    }
    let fields = match outcome {
        None => 0,
        Some(outcome) => {
            unsafe { outcome.free() };
            fields::take(handle)
        }
    };
    let area = area();
    unsafe { imports::out_body_finish(body, (handle != 0) as u32, fields, area.at()) };
    match area.get_u8(0) {
        0 => None,
        _ => Some(error::failed(area.at().wrapping_add(8))),
    }
}

/// Copies the value of a future of the guest to one that R resolves.
#[repr(C)]
pub struct Forward {
    waiter: Waiter,
    from: Shared<Pair>,
    to: Shared<Pair>,
}

/// Lets one future get the value of another.
pub fn forward(from: Shared<Pair>, to: Shared<Pair>) {
    let this = Shared::new(Forward { waiter: Waiter::new(WaiterKind::Forward), from, to });
    from.sink.set(Some(unsafe { this.cast() }));
    hook_step_forward(this);
}

/// The future may have a value now.
#[inline(never)]
#[unsafe(export_name = "hook:http/step-forward")]
pub extern "C" fn hook_step_forward(this: Shared<Forward>) {
    let from = this.from;
    if !from.value.get().is_known() {
        return;
    }
    let Forward { to, .. } = unsafe { this.into_inner() };
    let outcome = from.outcome.take();
    transfer::ignore(from);
    transfer::settle(to, Value::OK, outcome);
}
