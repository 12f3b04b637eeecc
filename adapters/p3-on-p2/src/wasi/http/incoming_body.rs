//! The body of an incoming message. Its bytes are a stream over an `input-stream` (`source`); when
//! the stream has ended, the trailers follow; R asks for them only if somebody waits for them.
//!
//! # Safety
//!
//! An `Incoming` belongs to the waiter of its bytes, then to its `Trailers`, then to its exchange
//! until the body of the request is sent: each frees it, or passes it on. An `Exchange` counts its
//! owners. `Trailers` are the source of their future, and freed when it is resolved.

use super::error::{self, Outcome, hook_forget};
use super::message::Side;
use super::{TRAILERS, fields, imports};
use crate::hooks::io::{self, Failure};
use crate::hooks::{Input, WaiterKind};
use crate::kernel::outcome::Value;
use crate::kernel::pair::{OTHER, Pair, Pending, Type};
use crate::kernel::poll::{self, Waiter};
use crate::kernel::sink::Sink;
use crate::kernel::source;
use crate::kernel::transfer;
use common::abi::area;
use common::shared::Shared;
use core::cell::Cell;

/// The handles of 0.2 behind a body, which are dropped in this order (DESIGN.md: "Children first").
pub struct Incoming {
    side: Side,
    trailers: Cell<u32>,
    body: Cell<u32>,
    message: u32,
    exchange: Option<Shared<Exchange>>,
}

/// A request whose body may still be sent when the response is there. A host may end the connection
/// when the response is dropped, so R keeps the response until the body is sent.
pub struct Exchange {
    /// The body of the request and the call, while they last.
    pub out: Cell<Option<Shared<Sink>>>,
    pub call: Cell<Option<Shared<super::Call>>>,
    /// Why the body failed, and the future to be told unless the call fails for that reason.
    error: Cell<Option<Shared<Outcome>>>,
    transmission: Cell<Option<Shared<Pair>>>,
    /// The response, once it is needed only for the body of the request.
    over: Cell<Option<Shared<Incoming>>>,
    /// How many own the exchange: the body, and the call or the response.
    owners: Cell<u32>,
}

impl Exchange {
    pub fn new(call: Shared<super::Call>) -> Shared<Exchange> {
        Shared::new(Exchange {
            out: Cell::new(None),
            call: Cell::new(Some(call)),
            error: Cell::new(None),
            transmission: Cell::new(None),
            over: Cell::new(None),
            owners: Cell::new(2),
        })
    }

    pub fn release(this: Shared<Exchange>) {
        this.owners.update(|owners| owners - 1);
        if this.owners.get() == 0 {
            unsafe { this.free() }
        }
    }

    /// The body is sent, or will not be. If it failed before there is a response, its future is
    /// resolved when the call ends; at once if the body had the wrong size.
    pub fn sent(
        this: Shared<Exchange>,
        outcome: Option<Shared<Outcome>>,
        is_size: bool,
        transmission: Option<Shared<Pair>>,
    ) {
        this.out.set(None);
        match outcome.filter(|_| this.call.get().is_some()) {
            None => error::settle(transmission, outcome),
            Some(error) if is_size => {
                this.error.set(Some(error::copy(error)));
                error::settle(transmission, outcome);
            }
            error => {
                this.error.set(error);
                this.transmission.set(transmission);
            }
        }
        if let Some(over) = this.over.get() {
            close(over);
        }
        Exchange::release(this);
    }

    /// The call has ended, with a response or with `error`. Returns the error that the call failed
    /// with: that of the body, if the body failed first.
    pub fn answered(this: Option<Shared<Exchange>>, error: Option<Shared<Outcome>>) -> Option<Shared<Outcome>> {
        let Some(exchange) = this else { return error };
        exchange.call.set(None);
        let (own, transmission) = (exchange.error.take(), exchange.transmission.take());
        if own.is_none() {
            return error;
        }
        let Some(error) = error else {
            error::settle(transmission, own);
            return None;
        };
        error::settle(transmission, None);
        hook_forget(error);
        own
    }
}

/// A future that R resolves, and whose readable end R has.
pub fn promise() -> Shared<Pair> {
    let future = Pair::new(TRAILERS, OTHER);
    future.promised.set(true);
    future.held.set(true);
    future
}

/// A stream that has ended, and whose readable end R has.
pub fn ended() -> Shared<Pair> {
    let stream = Pair::new(Type::BYTES, 1);
    stream.dropped.set(true);
    stream.held.set(true);
    stream
}

impl Incoming {
    fn new(side: Side, message: u32, exchange: Option<Shared<Exchange>>) -> Shared<Incoming> {
        Shared::new(Incoming { side, trailers: Cell::new(0), body: Cell::new(0), message, exchange })
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

    /// The `input-stream` of the body; can be taken once.
    fn stream(&self) -> Option<u32> {
        let area = area();
        unsafe {
            match self.side {
                Side::Request => imports::in_request_consume(self.message, area.at()),
                Side::Response => imports::in_response_consume(self.message, area.at()),
            }
            if area.get_u8(0) != 0 {
                return None;
            }
            self.body.set(area.get_u32(4));
            imports::in_body_stream(self.body.get(), area.at());
        }
        (area.get_u8(0) == 0).then(|| area.get_u32(4))
    }

    /// The exchange, if the response must stay until the body of the request is sent.
    fn needed_by(&self) -> Option<Shared<Exchange>> {
        self.exchange.filter(|exchange| exchange.out.get().is_some())
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

/// Drops a message that is not needed any more, or leaves that to its exchange.
fn close(this: Shared<Incoming>) {
    if let Some(exchange) = this.needed_by() {
        return exchange.over.set(Some(this));
    }
    let Incoming { side, trailers, body, message, exchange } = unsafe { this.into_inner() };
    unsafe {
        if trailers.get() != 0 {
            imports::trailers_drop(trailers.get());
        }
        if body.get() != 0 {
            imports::in_body_drop(body.get());
        }
        match side {
            Side::Request => imports::in_request_drop(message),
            Side::Response => imports::in_response_drop(message),
        }
    }
    if let Some(exchange) = exchange {
        Exchange::release(exchange);
    }
}

/// The readable ends of the body of a message, contents and trailers, which R has.
pub fn open(side: Side, message: u32, exchange: Option<Shared<Exchange>>) -> (Shared<Pair>, Shared<Pair>) {
    let this = Incoming::new(side, message, exchange);
    let trailers = promise();
    let contents = match this.stream() {
        Some(stream) => {
            let pair = source::open(stream, Input::Http(this), trailers);
            pair.held.set(true);
            pair
        }
        None => {
            close(this);
            transfer::settle(trailers, Value::OK, None);
            ended()
        }
    };
    (contents, trailers)
}

/// Drops a message whose body nobody wants.
pub fn discard(side: Side, message: u32, exchange: Option<Shared<Exchange>>) {
    close(Incoming::new(side, message, exchange));
}

/// The bytes have ended or, without a `failure`, nobody reads them any more. The `trailers` are
/// still to be resolved.
#[inline(never)]
#[unsafe(export_name = "hook:http/received")]
pub extern "C" fn hook_received(this: Shared<Incoming>, trailers: Shared<Pair>, failure: Option<Failure>) {
    let outcome = match failure {
        Some(failure) if failure.error().is_some() => Some(error::of_failure(failure)),
        Some(_) => return await_trailers(this, trailers),
        None => None,
    };
    close(this);
    transfer::settle(trailers, Value::OK, outcome);
}

/// The trailers of a body whose bytes have ended.
#[repr(C)]
pub struct Trailers {
    waiter: Waiter,
    pollable: Cell<u32>,
    incoming: Shared<Incoming>,
    future: Shared<Pair>,
}

fn waiter(this: Shared<Trailers>) -> Shared<Waiter> {
    unsafe { this.cast() }
}

fn await_trailers(incoming: Shared<Incoming>, future: Shared<Pair>) {
    let this =
        Shared::new(Trailers { waiter: Waiter::new(WaiterKind::Trailers), pollable: Cell::new(0), incoming, future });
    future.source.set(Some(waiter(this)));
    if future.pending.get() == Pending::Read || future.sink.get().is_some() {
        hook_step_trailers(this);
    } else if future.reader.handle.get() == 0 && !future.held.get() {
        hook_drop_trailers(this);
    }
}

/// Somebody waits for the trailers.
#[inline(never)]
#[unsafe(export_name = "hook:http/step-trailers")]
pub extern "C" fn hook_step_trailers(this: Shared<Trailers>) {
    let incoming = this.incoming;
    if incoming.trailers.get() == 0 {
        if incoming.needed_by().is_some() && !incoming.has_trailers() {
            return end(this, None);
        }
        unsafe {
            incoming.trailers.set(imports::in_body_finish(incoming.body.take()));
            this.pollable.set(imports::trailers_subscribe(incoming.trailers.get()));
        }
    }
    let pollable = this.pollable.get();
    if !io::ready(pollable) {
        return poll::register(waiter(this), pollable);
    }
    let area = area();
    unsafe { imports::trailers_get(incoming.trailers.get(), area.at()) };
    if area.get_u8(0) == 0 {
        return poll::register(waiter(this), pollable);
    }
    let outcome = if area.get_u8(8) != 0 {
        None
    } else if area.get_u8(16) != 0 {
        Some(error::failed(area.at().wrapping_add(24)))
    } else if area.get_u8(24) != 0 {
        Some(error::trailers(fields::view(area.get_u32(28))))
    } else {
        None
    };
    end(this, outcome)
}

/// Nobody waits for the trailers.
#[inline(never)]
#[unsafe(export_name = "hook:http/drop-trailers")]
pub extern "C" fn hook_drop_trailers(this: Shared<Trailers>) {
    end(this, None)
}

fn end(this: Shared<Trailers>, outcome: Option<Shared<Outcome>>) {
    poll::deregister(waiter(this));
    let Trailers { pollable, incoming, future, .. } = unsafe { this.into_inner() };
    if pollable.get() != 0 {
        io::drop_pollable(pollable.get());
    }
    close(incoming);
    future.source.set(None);
    transfer::settle(future, Value::OK, outcome);
}
