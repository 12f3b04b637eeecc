//! The body of an incoming message. Its bytes are a stream over an `input-stream` (`pump_in`); when that has ended, the
//! trailers follow, and are asked for if somebody waits for them.

use super::convert::{self, Outcome, part_forget};
use super::message::Side;
use super::{fields, imports};
use crate::io::{self, Failure};
use crate::pair::{self, OTHER, Pair, Pending, Type};
use crate::pump_in;
use crate::pump_out::Out;
use crate::result::{Domain, OK};
use crate::wait::{self, Kind, Pump};
use common::abi::area;
use common::memory;
use core::ptr::null_mut;

/// The handles of 0.2 behind a body: what is there of them goes in this order (DESIGN.md: "Children
/// first").
pub struct Incoming {
    side: Side,
    trailers: u32,
    body: u32,
    message: u32,
    exchange: *mut Exchange,
}

/// A request whose body is sent while the response may be there already. A host may end the connection when the
/// response is dropped, so that stays until the body is sent.
pub struct Exchange {
    /// The body of the request and the call, while they last; null afterwards.
    pub out: *mut Out,
    pub call: *mut super::Call,
    /// Why the body failed, and who is to be told unless the call fails by it.
    error: *mut Outcome,
    transmission: *mut Pair,
    /// The response is not needed any more.
    over: *mut Incoming,
    /// The body, and the call or the response.
    owners: u32,
}

impl Exchange {
    pub fn new() -> *mut Exchange {
        memory::boxed(Exchange {
            out: null_mut(),
            call: null_mut(),
            error: null_mut(),
            transmission: null_mut(),
            over: null_mut(),
            owners: 2,
        })
    }

    pub fn release(this: *mut Exchange) {
        let exchange = unsafe { &mut *this };
        exchange.owners -= 1;
        if exchange.owners == 0 {
            memory::unbox(this);
        }
    }

    /// The body is sent, or will not be. If it failed before there is a response, what that means is settled with the call,
    /// unless it had the wrong size.
    pub fn sent(this: *mut Exchange, outcome: *mut Outcome, is_size: bool, transmission: *mut Pair) {
        let exchange = unsafe { &mut *this };
        exchange.out = null_mut();
        if outcome.is_null() || exchange.call.is_null() {
            convert::settle(transmission, outcome);
        } else if is_size {
            exchange.error = convert::copy(outcome);
            convert::settle(transmission, outcome);
        } else {
            exchange.error = outcome;
            exchange.transmission = transmission;
        }
        if !exchange.over.is_null() {
            close(exchange.over);
        }
        Exchange::release(this);
    }

    /// The call has ended, without a response by `error`: what it failed by. Nothing else failed then.
    pub fn answered(this: *mut Exchange, error: *mut Outcome) -> *mut Outcome {
        if this.is_null() {
            return error;
        }
        let exchange = unsafe { &mut *this };
        exchange.call = null_mut();
        let (own, transmission) = (exchange.error, exchange.transmission);
        exchange.error = null_mut();
        exchange.transmission = null_mut();
        if own.is_null() {
            return error;
        }
        if error.is_null() {
            convert::settle(transmission, own);
            return error;
        }
        convert::settle(transmission, null_mut());
        part_forget(error);
        own
    }
}

/// A future that R resolves, and whose readable end R has.
pub fn promise() -> *mut Pair {
    let future = Pair::new(Type::HTTP_TRAILERS, OTHER);
    unsafe {
        (*future).promised = true;
        (*future).held = true;
    }
    future
}

/// A stream that has ended, and whose readable end R has.
pub fn ended() -> *mut Pair {
    let stream = Pair::new(Type::BYTES, 1);
    unsafe {
        (*stream).dropped = true;
        (*stream).held = true;
    }
    stream
}

impl Incoming {
    fn new(side: Side, message: u32, exchange: *mut Exchange) -> *mut Incoming {
        memory::boxed(Incoming { side, trailers: 0, body: 0, message, exchange })
    }

    /// The headers of the message.
    pub fn headers(&self) -> u32 {
        unsafe {
            match self.side {
                Side::Request => imports::in_request_headers(self.message),
                Side::Response => imports::in_response_headers(self.message),
            }
        }
    }

    /// The bytes of the body, once.
    fn stream(&mut self) -> Option<u32> {
        let area = area();
        unsafe {
            match self.side {
                Side::Request => imports::in_request_consume(self.message, area.at()),
                Side::Response => imports::in_response_consume(self.message, area.at()),
            }
            if area.get_u8(0) != 0 {
                return None;
            }
            self.body = area.get_u32(4);
            imports::in_body_stream(self.body, area.at());
        }
        (area.get_u8(0) == 0).then(|| area.get_u32(4))
    }

    /// Whether the host must not learn yet that the response was read.
    fn is_needed(&self) -> bool {
        !self.exchange.is_null() && unsafe { !(*self.exchange).out.is_null() }
    }

    fn has_trailers(&self) -> bool {
        const NAME: &str = "trailer";
        unsafe {
            let headers = self.headers();
            let has = imports::fields_has(headers, NAME.as_ptr(), NAME.len() as u32) != 0;
            imports::fields_drop(headers);
            has
        }
    }
}

/// The message is not needed any more.
fn close(this: *mut Incoming) {
    let incoming = unsafe { &mut *this };
    if incoming.is_needed() {
        unsafe { (*incoming.exchange).over = this };
        return;
    }
    unsafe {
        if incoming.trailers != 0 {
            imports::trailers_drop(incoming.trailers);
        }
        if incoming.body != 0 {
            imports::in_body_drop(incoming.body);
        }
        match incoming.side {
            Side::Request => imports::in_request_drop(incoming.message),
            Side::Response => imports::in_response_drop(incoming.message),
        }
    }
    if !incoming.exchange.is_null() {
        Exchange::release(incoming.exchange);
    }
    memory::unbox(this);
}

/// The readable ends of the body of a message, contents and trailers, which R has.
pub fn open(side: Side, message: u32, exchange: *mut Exchange) -> (*mut Pair, *mut Pair) {
    let this = Incoming::new(side, message, exchange);
    let trailers = promise();
    let contents = match unsafe { (*this).stream() } {
        Some(stream) => {
            let pair = pump_in::open(stream, Domain::Http, trailers, this as *mut u8);
            pair.held = true;
            pair
        }
        None => {
            close(this);
            pair::settle(trailers, OK, null_mut());
            ended()
        }
    };
    (contents, trailers)
}

/// Nobody wants the body.
pub fn discard(side: Side, message: u32, exchange: *mut Exchange) {
    close(Incoming::new(side, message, exchange));
}

/// The bytes have ended; without a failure: nobody reads any more. The `trailers` are still to be resolved.
#[inline(never)]
#[unsafe(export_name = "part:http/received")]
pub extern "C" fn part_received(owner: *mut u8, trailers: *mut Pair, failure: Option<Failure>) {
    let this = owner as *mut Incoming;
    let outcome = match failure {
        Some(failure) if failure.error().is_some() => convert::of_failure(failure),
        Some(_) => return await_trailers(this, trailers),
        None => null_mut(),
    };
    close(this);
    pair::settle(trailers, OK, outcome);
}

/// The trailers of a body whose bytes have ended.
#[repr(C)]
pub struct Trailers {
    pump: Pump,
    pollable: u32,
    incoming: *mut Incoming,
    future: *mut Pair,
}

fn await_trailers(incoming: *mut Incoming, future: *mut Pair) {
    let pump = Pump::new(Kind::Trailers);
    let this = memory::boxed(Trailers { pump, pollable: 0, incoming, future });
    let pair = unsafe { &mut *future };
    pair.source = this as *mut Pump;
    if pair.pending == Pending::Read || !pair.sink.is_null() {
        part_step_trailers(this);
    } else if pair.reader.handle == 0 && !pair.held {
        part_drop_trailers(this);
    }
}

/// Somebody waits for them.
#[inline(never)]
#[unsafe(export_name = "part:http/step-trailers")]
pub extern "C" fn part_step_trailers(this: *mut Trailers) {
    let trailers = unsafe { &mut *this };
    let incoming = unsafe { &mut *trailers.incoming };
    if incoming.trailers == 0 {
        if incoming.is_needed() && !incoming.has_trailers() {
            return end(this, null_mut());
        }
        incoming.trailers = unsafe { imports::in_body_finish(incoming.body) };
        incoming.body = 0;
        trailers.pollable = unsafe { imports::trailers_subscribe(incoming.trailers) };
    }
    if !io::ready(trailers.pollable) {
        return wait::park(&mut trailers.pump, trailers.pollable);
    }
    let area = area();
    unsafe { imports::trailers_get(incoming.trailers, area.at()) };
    if area.get_u8(0) == 0 {
        return wait::park(&mut trailers.pump, trailers.pollable);
    }
    let outcome = if area.get_u8(8) != 0 {
        null_mut()
    } else if area.get_u8(16) != 0 {
        convert::failed(area.at().wrapping_add(24))
    } else if area.get_u8(24) != 0 {
        convert::trailers(fields::view(area.get_u32(28)))
    } else {
        null_mut()
    };
    end(this, outcome)
}

/// Nobody does.
#[inline(never)]
#[unsafe(export_name = "part:http/drop-trailers")]
pub extern "C" fn part_drop_trailers(this: *mut Trailers) {
    end(this, null_mut())
}

fn end(this: *mut Trailers, outcome: *mut Outcome) {
    let Trailers { pollable, incoming, future, .. } = unsafe { this.read() };
    wait::unpark(unsafe { &mut (*this).pump });
    memory::unbox(this);
    if pollable != 0 {
        io::drop_pollable(pollable);
    }
    close(incoming);
    unsafe { (*future).source = null_mut() };
    pair::settle(future, OK, outcome);
}
