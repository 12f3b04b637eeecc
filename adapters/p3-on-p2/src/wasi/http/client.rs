//! `client.send`.
//!
//! # Safety
//!
//! A call belongs to its subtask: it is freed when its result is fetched, or when it is cancelled.

use super::error::{self, ErrorCode, Outcome, hook_forget};
use super::incoming_body::Exchange;
use super::message::{Message, Side};
use super::{imports, outgoing_body, request};
use crate::hooks::WaiterKind;
use crate::hooks::io::{self, Failure};
use crate::kernel::poll::{self, Waiter};
use crate::kernel::sink;
use crate::kernel::subtask::{self, RETURNED, Status, Subtask};
use common::abi::{Ret, area};
use common::shared::Shared;
use core::cell::Cell;

/// A request that was sent.
#[repr(C)]
pub struct Call {
    waiter: Waiter,
    subtask: Cell<Option<Shared<Subtask>>>,
    /// The `future-incoming-response`, until there is a response or an error.
    future: u32,
    pollable: u32,
    response: Cell<Option<Shared<Message>>>,
    error: Cell<Option<Shared<Outcome>>>,
    /// Of a request with a body, until the response has it.
    exchange: Cell<Option<Shared<Exchange>>>,
}

fn waiter(call: Shared<Call>) -> Shared<Waiter> {
    unsafe { call.cast() }
}

#[unsafe(export_name = "wasi:http/client@0.3#start-send")]
extern "C" fn start_send(handle: u32, cookie: u64) -> u32 {
    let this = request::take(handle);
    let outgoing = request::outgoing(this);
    let message = unsafe { this.into_inner() };
    let body = message.take_body();
    let has_body = body.is_something();
    let outgoing_body = if has_body { message.outgoing_body() } else { 0 };
    if has_body && outgoing_body == 0 {
        body.discard();
        message.discard_outgoing();
        return refuse(error::plain(ErrorCode::InternalError));
    }
    let area = area();
    unsafe { imports::handle(outgoing, (message.options != 0) as u32, message.options, area.at()) };
    if area.get_u8(0) != 0 {
        let error = error::failed(area.at().wrapping_add(8));
        if has_body {
            unsafe { imports::out_body_drop(outgoing_body) };
        }
        body.discard();
        return refuse(error);
    }
    let future = area.get_u32(8);
    let pollable = unsafe { imports::response_subscribe(future) };
    let call = Shared::new(Call {
        waiter: Waiter::new(WaiterKind::Call),
        subtask: Cell::new(None),
        future,
        pollable,
        response: Cell::new(None),
        error: Cell::new(None),
        exchange: Cell::new(None),
    });
    let (subtask, answer) = subtask::start_call(waiter(call), cookie);
    call.subtask.set(Some(subtask));
    poll::register(waiter(call), pollable);
    if !has_body {
        body.discard();
        return answer;
    }
    let exchange = Exchange::new(call);
    call.exchange.set(Some(exchange));
    let out = outgoing_body::open(outgoing_body, body, Some(exchange));
    exchange.out.set(Some(out));
    sink::hook_step(out);
    answer
}

/// The call returns at once: `finish-send` follows, and finds the error in the return area.
fn refuse(error: Shared<Outcome>) -> u32 {
    error::give(Some(error), 0);
    RETURNED
}

#[unsafe(export_name = "wasi:http/client@0.3#finish-send")]
extern "C" fn finish_send(handle: u32) -> Ret {
    let area = area();
    if handle == 0 {
        return area.ret();
    }
    if let Some(call) = subtask::get(handle).call.take() {
        let Call { response, error, .. } = unsafe { call.cast::<Call>().into_inner() };
        match response.get() {
            None => error::give(error.get(), 0),
            Some(response) => {
                let response = unsafe { imports::response3_new(response) };
                area.u8(0, 0).u32(8, response);
            }
        }
    }
    area.ret()
}

/// Drops the host's resources: there is an answer, or there will be none.
fn end(call: Shared<Call>) {
    poll::deregister(waiter(call));
    io::drop_pollable(call.pollable);
    unsafe { imports::response_drop(call.future) };
}

/// There may be a response now.
#[inline(never)]
#[unsafe(export_name = "hook:http-client/step")]
pub extern "C" fn hook_step_call(call: Shared<Call>) {
    if !io::ready(call.pollable) {
        return;
    }
    let area = area();
    unsafe { imports::response_get(call.future, area.at()) };
    if area.get_u8(0) == 0 {
        return;
    }
    let exchange = call.exchange.get();
    if area.get_u8(16) == 0 {
        call.response.set(Some(Message::incoming(Side::Response, area.get_u32(24), exchange)));
        Exchange::answered(exchange, None);
    } else {
        call.error.set(Exchange::answered(exchange, Some(error::failed(area.at().wrapping_add(24)))));
        if let Some(exchange) = exchange {
            Exchange::release(exchange);
        }
    }
    end(call);
    if let Some(subtask) = call.subtask.get() {
        subtask::go_on(subtask, Status::Returned);
    }
}

/// Nobody waits for the response any more.
#[inline(never)]
#[unsafe(export_name = "hook:http-client/cancel")]
pub extern "C" fn hook_cancel_call(call: Shared<Call>) {
    end(call);
    let Call { exchange, .. } = unsafe { call.into_inner() };
    if let Some(exchange) = exchange.get() {
        if let Some(error) = Exchange::answered(Some(exchange), Some(error::plain(ErrorCode::InternalError))) {
            hook_forget(error);
        }
        if let Some(out) = exchange.out.get() {
            sink::end(out, Some(Failure::ABORTED));
        }
        Exchange::release(exchange);
    }
}
