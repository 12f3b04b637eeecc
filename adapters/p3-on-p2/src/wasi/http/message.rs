//! The common part of `request` and `response`.
//!
//! # Safety
//!
//! A message belongs to the guest's resource, and is freed when the resource is dropped, or taken
//! from the guest and used up.

use super::incoming_body::{self, Exchange, Incoming};
use super::{RESULT, TRAILERS, fields, imports, options, outgoing_body};
use crate::hooks::Input;
use crate::kernel::outcome::{self, Value};
use crate::kernel::pair::Pair;
use crate::kernel::source::Source;
use crate::kernel::transfer;
use common::shared::Shared;
use core::cell::Cell;

#[derive(Clone, Copy, PartialEq)]
pub enum Side {
    Request,
    Response,
}

/// Handles of 0.2, and the other parameters of `new`.
pub struct Message {
    pub side: Side,
    /// 0 if the guest built the message.
    pub incoming: u32,
    /// 0 if the message is unchanged since it came in.
    pub outgoing: Cell<u32>,
    /// The options of a request that the guest built, or 0.
    pub options: u32,
    /// The body of a message that the guest built.
    body: Option<Body>,
    /// The exchange that an incoming response belongs to.
    exchange: Option<Shared<Exchange>>,
}

/// The readable ends of a body, and the writable one of the future that tells how it was sent.
#[derive(Clone, Copy)]
pub struct Body {
    /// `None` if the message has no contents.
    pub contents: Option<Shared<Pair>>,
    pub trailers: Shared<Pair>,
    /// `None` if nobody wants to know.
    pub transmission: Option<Shared<Pair>>,
}

impl Body {
    /// The body from the parameters of `new`, for a message with these headers (of 0.2); and the
    /// future that `new` returns.
    pub fn new(headers: u32, has_contents: u32, contents: u32, trailers: u32) -> (Body, u32) {
        let contents = (has_contents != 0).then(|| transfer::lift_reader(contents));
        let trailers = transfer::lift_future(trailers, TRAILERS);
        let transmission = outcome::promise(RESULT);
        let handle = Pair::give_reader(transmission);
        let mut body = Body { contents, trailers, transmission: Some(transmission) };
        if let Some((source, incoming)) = body.source() {
            body.adopt(&source, &incoming, headers);
        }
        (body, handle)
    }

    /// The source of the contents, if they are the body of another message.
    fn source(&self) -> Option<(Shared<Source>, Shared<Incoming>)> {
        let contents = self.contents?;
        let source = Source::of(&contents)?;
        match source.input {
            Input::Http(incoming) => Some((source, incoming)),
            _ => None,
        }
    }

    /// A body that is handed on takes its trailers and its length with it.
    fn adopt(&mut self, source: &Source, incoming: &Incoming, headers: u32) {
        if source.is_untouched.get() {
            fields::inherit_length(headers, incoming.headers());
        }
        if source.future.get() != self.trailers {
            transfer::close(self.trailers);
            let new = incoming_body::promise();
            let old = source.future.replace(new);
            self.trailers = new;
            transfer::settle(old, Value::OK, None);
        }
    }

    /// Whether there is anything to send: contents, or trailers (or an error) that are known
    /// already.
    pub fn is_something(&self) -> bool {
        self.contents.is_some() || self.trailers.outcome.get().is_some()
    }

    /// Discards a body that will not be sent. Its transmission succeeds nevertheless.
    pub fn discard(self) {
        if let Some(contents) = self.contents {
            transfer::close(contents);
        }
        transfer::ignore(self.trailers);
        if let Some(transmission) = self.transmission {
            transfer::settle(transmission, Value::OK, None);
        }
    }
}

impl Message {
    pub fn incoming(side: Side, incoming: u32, exchange: Option<Shared<Exchange>>) -> Shared<Message> {
        Shared::new(Message { side, incoming, outgoing: Cell::new(0), options: 0, body: None, exchange })
    }

    pub fn built(side: Side, outgoing: u32, options: u32, body: Body) -> Shared<Message> {
        Shared::new(Message {
            side,
            incoming: 0,
            outgoing: Cell::new(outgoing),
            options,
            body: Some(body),
            exchange: None,
        })
    }

    /// Immutable headers for the guest.
    pub fn headers(&self) -> u32 {
        let headers = unsafe {
            match (self.side, self.incoming) {
                (Side::Request, 0) => imports::out_request_headers(self.outgoing.get()),
                (Side::Request, incoming) => imports::in_request_headers(incoming),
                (Side::Response, 0) => imports::out_response_headers(self.outgoing.get()),
                (Side::Response, incoming) => imports::in_response_headers(incoming),
            }
        };
        fields::view(headers)
    }

    /// Takes the body of a message that is used up. An incoming message serves only its body from
    /// then on.
    pub fn take_body(&self) -> Body {
        self.body.unwrap_or_else(|| {
            let (contents, trailers) = incoming_body::open(self.side, self.incoming, self.exchange);
            Body { contents: Some(contents), trailers, transmission: None }
        })
    }

    /// The guest takes the body: returns both readable ends. `res` is the future by which the guest
    /// tells how processing the body went.
    pub fn consume(this: Shared<Message>, res: u32) -> [u32; 2] {
        let res = transfer::lift_future(res, RESULT);
        let message = unsafe { this.into_inner() };
        message.discard_outgoing();
        let Body { contents, trailers, transmission } = message.take_body();
        let contents = contents.unwrap_or_else(incoming_body::ended);
        let ends = [Pair::give_reader(contents), Pair::give_reader(trailers)];
        match transmission {
            None => transfer::ignore(res),
            Some(transmission) => outgoing_body::forward(res, transmission),
        }
        ends
    }

    pub fn discard_outgoing(&self) {
        unsafe {
            match (self.outgoing.get(), self.side) {
                (0, _) => {}
                (outgoing, Side::Request) => imports::out_request_drop(outgoing),
                (outgoing, Side::Response) => imports::out_response_drop(outgoing),
            }
            if self.options != 0 {
                imports::options_drop(self.options);
            }
        }
    }

    /// The guest drops the message.
    pub fn discard(this: Shared<Message>) {
        let message = unsafe { this.into_inner() };
        message.discard_outgoing();
        match message.body {
            None => incoming_body::discard(message.side, message.incoming, message.exchange),
            Some(body) => body.discard(),
        }
    }

    /// The `outgoing-body` to send the body with, or 0 if the host refuses it.
    pub fn outgoing_body(&self) -> u32 {
        let (area, outgoing) = (common::abi::area(), self.outgoing.get());
        unsafe {
            match self.side {
                Side::Request => imports::out_request_body(outgoing, area.at()),
                Side::Response => imports::out_response_body(outgoing, area.at()),
            }
        }
        match area.get_u8(0) {
            0 => area.get_u32(4),
            _ => 0,
        }
    }

    /// A view of the options for the guest, or 0.
    pub fn options(&self) -> u32 {
        match self.options {
            0 => 0,
            options => options::view(options),
        }
    }
}
