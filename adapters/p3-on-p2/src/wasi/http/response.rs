//! The resource `response`.
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI. Responses in parameters come from the engine,
//! so their resources exist.

use super::message::{Body, Message, Side};
use super::{fields, imports, is_taking};
use common::abi::{Ret, area};
use common::shared::Shared;

/// Takes a resource from the guest.
pub fn take(handle: u32) -> Shared<Message> {
    super::take(handle, imports::response3_rep, imports::response3_drop)
}

/// The outgoing response; an incoming one gets it when it is changed or returned.
pub fn outgoing(this: Shared<Message>) -> u32 {
    if this.outgoing.get() == 0 {
        this.outgoing.set(copy(this.incoming));
    }
    this.outgoing.get()
}

fn copy(incoming: u32) -> u32 {
    unsafe {
        let new = imports::out_response_new(fields::copy(imports::in_response_headers(incoming)));
        imports::out_response_set_status(new, imports::in_response_status(incoming));
        new
    }
}

#[unsafe(export_name = "wasi:http/types@0.3#[dtor]response")]
extern "C" fn dtor(this: Shared<Message>) {
    if !is_taking() {
        Message::discard(this);
    }
}

#[unsafe(export_name = "wasi:http/types@0.3#[static]response.new")]
extern "C" fn new(headers: u32, has_contents: u32, contents: u32, trailers: u32) -> Ret {
    let headers = fields::take(headers);
    let (body, transmission) = Body::new(headers, has_contents, contents, trailers);
    let this = unsafe {
        let outgoing = imports::out_response_new(headers);
        imports::response3_new(Message::built(Side::Response, outgoing, 0, body))
    };
    area().u32(0, this).u32(4, transmission).ret()
}

#[unsafe(export_name = "wasi:http/types@0.3#[static]response.consume-body")]
extern "C" fn consume_body(this: u32, res: u32) -> Ret {
    let [contents, trailers] = Message::consume(take(this), res);
    area().u32(0, contents).u32(4, trailers).ret()
}

#[unsafe(export_name = "wasi:http/types@0.3#[method]response.get-headers")]
extern "C" fn get_headers(this: Shared<Message>) -> u32 {
    this.headers()
}

#[unsafe(export_name = "wasi:http/types@0.3#[method]response.get-status-code")]
extern "C" fn get_status_code(this: Shared<Message>) -> u32 {
    unsafe {
        match this.outgoing.get() {
            0 => imports::in_response_status(this.incoming),
            outgoing => imports::out_response_status(outgoing),
        }
    }
}

#[unsafe(export_name = "wasi:http/types@0.3#[method]response.set-status-code")]
extern "C" fn set_status_code(this: Shared<Message>, status: u32) -> u32 {
    // Hosts of 0.2 may accept more.
    if status > 599 {
        return 1;
    }
    unsafe { imports::out_response_set_status(outgoing(this), status) }
}
