//! `wasi-shim:p2-on-p3/serve`: what an exported `incoming-handler` needs. See
//! `wit/wasi-shim/p2-on-p3/serve.wit`.
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI.

use super::Wait;
use super::client;
use super::error::{self, ErrorCode};
use super::fields;
use super::future_write;
use super::imports::fields_drop;
use super::incoming;
use super::incoming_body;
use super::live::{Kind, Object, each};
use super::outgoing_body;
use super::resource::{outgoing_response, response_outparam};
use crate::hooks::{self, Body};
use crate::kernel::op;
use crate::kernel::source;
use crate::kernel::wait;
use common::abi::Ret;
use common::global::Global;
use core::cell::Cell;

/// A request has been served, and its remaining objects are being ended.
static ENDING: Global<Cell<bool>> = Global::new(Cell::new(false));

pub fn ending() -> bool {
    ENDING.get()
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/serve#accept")]
extern "C" fn accept(request: u32) -> u32 {
    incoming::request(request)
}

/// The resource has no state: the caller of `respond` knows the task.
#[unsafe(export_name = "wasi-shim:p2-on-p3/serve#outparam")]
extern "C" fn outparam() -> u32 {
    response_outparam::new(0)
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/serve#respond")]
extern "C" fn respond(param: u32, response: u32) -> u32 {
    op::deliver_events();
    response_outparam::take(param);
    outgoing_response::take(response).make_response()
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/serve#refuse")]
extern "C" fn refuse(param: u32) {
    response_outparam::take(param);
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/serve#start-end")]
extern "C" fn start_end() -> u32 {
    op::deliver_events();
    // Messages first: they may hold bodies that are not read.
    for kind in [Kind::Incoming, Kind::IncomingBody, Kind::OutgoingBody, Kind::Response] {
        each(kind, |object| match object {
            Object::Incoming(message) => message.close(),
            Object::IncomingBody(body) => incoming_body::hook_close(&body),
            Object::OutgoingBody(body) => outgoing_body::hook_end(&body),
            Object::Response(response) => client::hook_close(&response),
        });
    }
    ENDING.set(true);
    wait::park();
    op::begin(Body::Http(Wait::End))
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/serve#finish-end")]
extern "C" fn finish_end(token: u32) {
    op::take(token);
}

/// Whether nothing is left of the request.
#[inline(never)]
#[unsafe(export_name = "hook:http-serve/end")]
pub extern "C" fn hook_ended() -> bool {
    if !ending() {
        return true;
    }
    let mut done = hooks::drained();
    done &= !client::any_parked() && !source::any_parked() && !future_write::any_pending();
    each(Kind::OutgoingBody, |object| {
        if let Object::OutgoingBody(body) = object {
            done &= !body.is_open();
        }
    });
    if done {
        ENDING.set(false);
    }
    done
}

/// Gives up bodies of requests. Only inside of `control.wait`.
#[inline(never)]
#[unsafe(export_name = "hook:http-serve/cancel")]
pub extern "C" fn hook_cancel() {
    each(Kind::OutgoingBody, |object| {
        if let Object::OutgoingBody(body) = object {
            outgoing_body::hook_cancel(&body);
        }
    });
}

#[unsafe(export_name = "wasi:http/types@0.2#[dtor]response-outparam")]
extern "C" fn drop_outparam(_this: u32) {}

/// `result<_, error-code>`: the answer that 0.2 prescribes for hosts without informational
/// responses.
#[unsafe(export_name = "wasi:http/types@0.2#[method]response-outparam.send-informational")]
extern "C" fn send_informational(_this: u32, status: u32, headers: u32) -> Ret {
    unsafe { fields_drop(fields::take(headers)) };
    match status {
        100..=199 => error::not_supported(),
        _ => error::failed(error::plain(ErrorCode::HttpProtocolError)),
    }
}
