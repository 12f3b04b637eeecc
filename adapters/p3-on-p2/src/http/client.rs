//! `client.send`.

use super::body_in::Exchange;
use super::convert::{self, INTERNAL_ERROR, Outcome, part_forget};
use super::message::{Message, Side};
use super::{body_out, imports, request};
use crate::io::{self, Failure};
use crate::pump_out;
use crate::subtask::{self, RETURNED, Subtask};
use crate::wait::{self, Kind, Pump};
use common::abi::{Ret, area};
use common::memory;
use core::ptr::null_mut;

/// A request that was sent.
#[repr(C)]
pub struct Call {
    pump: Pump,
    subtask: *mut Subtask,
    /// The `future-incoming-response`, until there is a response or an error.
    future: u32,
    pollable: u32,
    response: *mut Message,
    error: *mut Outcome,
    /// If the request has a body; until there is a response, which has it then.
    exchange: *mut Exchange,
}

#[unsafe(export_name = "wasi:http/client@0.3.2#start-send")]
extern "C" fn start_send(handle: u32, cookie: u64) -> u32 {
    let this = request::take(handle);
    let outgoing = request::outgoing(this);
    let mut message = unsafe { this.read() };
    memory::unbox(this);
    let body = message.take_body();
    let has_body = body.is_something();
    let outgoing_body = if has_body { message.outgoing_body() } else { 0 };
    if has_body && outgoing_body == 0 {
        body.discard();
        message.discard_outgoing();
        return refuse(convert::error(INTERNAL_ERROR));
    }
    let area = area();
    unsafe { imports::handle(outgoing, (message.options != 0) as u32, message.options, area.at()) };
    if area.get_u8(0) != 0 {
        let error = convert::failed(area.at().wrapping_add(8));
        if has_body {
            unsafe { imports::out_body_drop(outgoing_body) };
        }
        body.discard();
        return refuse(error);
    }
    let future = area.get_u32(8);
    let pollable = unsafe { imports::response_subscribe(future) };
    let call = memory::boxed(Call {
        pump: Pump::new(Kind::Call),
        subtask: null_mut(),
        future,
        pollable,
        response: null_mut(),
        error: null_mut(),
        exchange: null_mut(),
    });
    let (subtask, answer) = subtask::start_call(call as *mut Pump, cookie);
    unsafe {
        (*call).subtask = subtask;
        wait::park(&mut (*call).pump, pollable);
        if !has_body {
            body.discard();
            return answer;
        }
        let exchange = Exchange::new();
        (*call).exchange = exchange;
        (*exchange).call = call;
        (*exchange).out = body_out::open(outgoing_body, body, exchange);
        pump_out::part_step((*exchange).out);
    }
    answer
}

/// The call returns at once: `finish-send` follows, and finds the error in the return area.
fn refuse(error: *mut Outcome) -> u32 {
    convert::give(error, area(), 0);
    RETURNED as u32
}

#[unsafe(export_name = "wasi:http/client@0.3.2#finish-send")]
extern "C" fn finish_send(handle: u32) -> Ret {
    let area = area();
    if handle == 0 {
        return area.ret();
    }
    let subtask = unsafe { &mut *subtask::get(handle) };
    let call = subtask.call as *mut Call;
    subtask.call = null_mut();
    let Call { response, error, .. } = unsafe { call.read() };
    memory::unbox(call);
    if response.is_null() {
        convert::give(error, area, 0);
    } else {
        let response = unsafe { imports::response3_new(response as u32) };
        area.u8(0, 0).u32(8, response);
    }
    area.ret()
}

/// There is an answer, or there will not be one.
fn end(this: *mut Call) {
    let call = unsafe { &mut *this };
    wait::unpark(&mut call.pump);
    io::drop_pollable(call.pollable);
    unsafe { imports::response_drop(call.future) };
}

/// There may be a response.
#[inline(never)]
#[unsafe(export_name = "part:http-client/step")]
pub extern "C" fn part_step_call(this: *mut Call) {
    let call = unsafe { &mut *this };
    if !io::ready(call.pollable) {
        return;
    }
    let area = area();
    unsafe { imports::response_get(call.future, area.at()) };
    if area.get_u8(0) == 0 {
        return;
    }
    if area.get_u8(16) == 0 {
        call.response = Message::incoming(Side::Response, area.get_u32(24), call.exchange);
        Exchange::answered(call.exchange, null_mut());
    } else {
        call.error = Exchange::answered(call.exchange, convert::failed(area.at().wrapping_add(24)));
        if !call.exchange.is_null() {
            Exchange::release(call.exchange);
        }
    }
    end(this);
    subtask::go_on(unsafe { &mut *call.subtask }, RETURNED);
}

/// Nobody waits for the response any more.
#[inline(never)]
#[unsafe(export_name = "part:http-client/cancel")]
pub extern "C" fn part_cancel_call(this: *mut Call) {
    let call = unsafe { &mut *this };
    end(this);
    unsafe { (*call.subtask).call = null_mut() };
    let exchange = call.exchange;
    memory::unbox(this);
    if !exchange.is_null() {
        part_forget(Exchange::answered(exchange, convert::error(INTERNAL_ERROR)));
        let out = unsafe { (*exchange).out };
        if !out.is_null() {
            pump_out::end(out, Some(Failure::ABORTED));
        }
        Exchange::release(exchange);
    }
}
