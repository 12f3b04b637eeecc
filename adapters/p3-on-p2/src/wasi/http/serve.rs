//! The adapter's side of an exported handler: one request after another.
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI; `respond` passes on flat values as the guest
//! gave them.

use super::error::ErrorCode;
use super::message::{Message, Side};
use super::{error, forget, imports, outgoing_body, response};
use crate::hooks::io::Failure;
use crate::kernel::poll;
use crate::kernel::sink::{self, Sink};
use common::global::Global;
use common::shared::Shared;
use core::cell::Cell;

struct Serving {
    /// The `response-outparam`, until there is a response.
    outparam: Cell<u32>,
    /// The body of the response, while it is sent.
    out: Cell<Option<Shared<Sink>>>,
}

static SERVING: Global<Serving> = Global::new(Serving { outparam: Cell::new(0), out: Cell::new(None) });

#[unsafe(export_name = "wasi-shim:p3-on-p2/serve#accept")]
extern "C" fn accept(request: u32, out: u32) -> u32 {
    SERVING.outparam.set(out);
    unsafe { imports::request3_new(Message::incoming(Side::Request, request, None)) }
}

/// `result<response, error-code>` in flat values.
#[unsafe(export_name = "wasi-shim:p3-on-p2/serve#respond")]
extern "C" fn respond(is_err: u32, a: u32, b: u32, c: u64, d: u32, e: u32, f: u32, g: u32) {
    let outparam = SERVING.outparam.take();
    if is_err != 0 {
        unsafe { imports::outparam_set(outparam, 1, a, b, c, d, e, f, g) };
        return match error::text_at(ErrorCode::of(a), b) {
            Some(0) => forget(c as *mut u8, d),
            Some(1) => forget(d as *mut u8, e),
            Some(_) => forget(e as *mut u8, f),
            None => {}
        };
    }
    let this = response::take(a);
    let outgoing = response::outgoing(this);
    let message = unsafe { this.into_inner() };
    let body = message.take_body();
    let has_body = body.is_something();
    let outgoing_body = if has_body { message.outgoing_body() } else { 0 };
    if has_body && outgoing_body == 0 {
        body.discard();
        message.discard_outgoing();
        return unsafe { imports::outparam_set(outparam, 1, ErrorCode::InternalError as u32, 0, 0, 0, 0, 0, 0) };
    }
    unsafe { imports::outparam_set(outparam, 0, outgoing, 0, 0, 0, 0, 0, 0) };
    if has_body {
        let out = outgoing_body::open(outgoing_body, body, None);
        SERVING.out.set(Some(out));
        sink::hook_step(out);
    } else {
        body.discard();
    }
}

/// The body of the response is sent, or will not be.
pub fn sent() {
    SERVING.out.set(None);
}

/// Whether the body of a response is still to be sent.
pub fn is_responding() -> bool {
    SERVING.out.get().is_some()
}

/// The guest has finished: waits until the response is sent. Breaks off a body that nobody will
/// write any more.
#[inline(never)]
#[unsafe(export_name = "hook:http-serve/finish-response")]
pub extern "C" fn hook_finish_response() {
    while let Some(out) = SERVING.out.get() {
        if sink::waits_for_guest(out) || !poll::any_waiter() {
            sink::end(out, Some(Failure::ABORTED));
        } else {
            poll::block();
        }
    }
}
