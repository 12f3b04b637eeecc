//! The body of a message that is sent: a stream to an `output-stream` (`pump_out`), and then the trailers.

use super::body_in::{self, Exchange};
use super::convert::{self, Outcome};
use super::message::Body;
use super::{fields, imports, serve};
use crate::io::Failure;
use crate::pair::{self, Pair};
use crate::pump_out::{self, Out};
use crate::result::{Domain, OK};
use crate::wait::{Kind, Pump};
use common::abi::area;
use common::memory;
use core::ptr::null_mut;

pub struct Outgoing {
    body: u32,
    trailers: *mut Pair,
    /// Of a request; or null.
    exchange: *mut Exchange,
}

/// Sends a body by an `outgoing-body` of 0.2. To be stepped.
pub fn open(outgoing_body: u32, body: Body, exchange: *mut Exchange) -> *mut Out {
    let Body { mut contents, trailers, transmission } = body;
    if contents.is_null() {
        contents = body_in::ended();
    }
    let area = area();
    unsafe { imports::out_body_write(outgoing_body, area.at()) };
    let stream = area.get_u32(4);
    let owner = memory::boxed(Outgoing { body: outgoing_body, trailers, exchange });
    let out = pump_out::open(contents, stream, Domain::Http, transmission, owner as *mut u8);
    unsafe { (*trailers).sink = out as *mut Pump };
    out
}

/// All bytes are out: whether the trailers are known.
#[inline(never)]
#[unsafe(export_name = "part:http/may-end")]
pub extern "C" fn part_may_end(owner: *mut u8) -> bool {
    let trailers = unsafe { &mut *(*(owner as *mut Outgoing)).trailers };
    if trailers.value == 0 && !trailers.source.is_null() {
        // Nobody asked for them before.
        crate::wait::step(trailers.source);
    }
    trailers.value != 0
}

/// All bytes are out, and the guest has not said yet what the trailers are.
pub fn waits_for_trailers(owner: *mut u8) -> bool {
    let trailers = unsafe { &*(*(owner as *mut Outgoing)).trailers };
    trailers.value == 0 && !trailers.promised
}

/// The bytes have ended, or cannot be sent. `is_unwritten`: the host did not take all that there was.
#[inline(never)]
#[unsafe(export_name = "part:http/sent")]
pub extern "C" fn part_sent(owner: *mut u8, transmission: *mut Pair, failure: Option<Failure>, is_unwritten: bool) {
    let Outgoing { body, trailers, exchange } = unsafe { (owner as *mut Outgoing).read() };
    memory::unbox(owner as *mut Outgoing);
    let refused = unsafe { !(*trailers).outcome.is_null() && convert::trailers_of((*trailers).outcome) == 0 };
    let outcome = match failure {
        // The host has closed the stream, and had enough.
        Some(Failure::CLOSED) if !is_unwritten => finish(body, trailers),
        Some(failure) => {
            unsafe { imports::out_body_drop(body) };
            match failure {
                Failure::ABORTED => null_mut(),
                failure => convert::of_failure(failure),
            }
        }
        None => finish(body, trailers),
    };
    pair::ignore(trailers);
    if exchange.is_null() {
        serve::sent();
        convert::settle(transmission, outcome);
    } else {
        let is_size = !outcome.is_null() && !refused && convert::is_size(outcome);
        Exchange::sent(exchange, outcome, is_size, transmission);
    }
}

/// With the trailers if they are known; an error instead of them breaks the body off.
fn finish(body: u32, trailers: *mut Pair) -> *mut Outcome {
    let outcome = unsafe { (*trailers).outcome };
    unsafe { (*trailers).outcome = null_mut() };
    let handle = match outcome.is_null() {
        true => 0,
        false => convert::trailers_of(outcome),
    };
    if !outcome.is_null() && handle == 0 {
        unsafe { imports::out_body_drop(body) };
        return outcome;
    }
    let fields = match handle {
        0 => 0,
        handle => {
            memory::unbox(outcome);
            fields::take(handle)
        }
    };
    let area = area();
    unsafe { imports::out_body_finish(body, (handle != 0) as u32, fields, area.at()) };
    match area.get_u8(0) {
        0 => null_mut(),
        _ => convert::failed(area.at().wrapping_add(8)),
    }
}

/// From a future of the guest to one that R resolves.
#[repr(C)]
pub struct Forward {
    pump: Pump,
    from: *mut Pair,
    to: *mut Pair,
}

/// Lets one future have the value of another one.
pub fn forward(from: *mut Pair, to: *mut Pair) {
    let this = memory::boxed(Forward { pump: Pump::new(Kind::Forward), from, to });
    unsafe { (*from).sink = this as *mut Pump };
    part_step_forward(this);
}

/// There may be a value.
#[inline(never)]
#[unsafe(export_name = "part:http/step-forward")]
pub extern "C" fn part_step_forward(this: *mut Forward) {
    let Forward { from, to, .. } = unsafe { this.read() };
    let pair = unsafe { &mut *from };
    if pair.value == 0 {
        return;
    }
    memory::unbox(this);
    let outcome = pair.outcome;
    pair.outcome = null_mut();
    pair::ignore(from);
    pair::settle(to, OK, outcome);
}
