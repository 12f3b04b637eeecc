//! What `request` and `response` have in common.

use super::body_in::{self, Exchange, Incoming};
use super::{body_out, fields, imports, options};
use crate::pair::{self, Pair, Type};
use crate::pump_in::In;
use crate::result::{self, Domain};
use common::memory;
use core::ptr::null_mut;

#[derive(Clone, Copy, PartialEq)]
pub enum Side {
    Request,
    Response,
}

/// Handles of 0.2, and what else `new` was given.
pub struct Message {
    pub side: Side,
    /// 0 if it was built.
    pub incoming: u32,
    /// 0 if it is as it came in.
    pub outgoing: u32,
    /// Of a request that was built, or 0.
    pub options: u32,
    pub body: Body,
    /// What an incoming response belongs to, or null.
    pub exchange: *mut Exchange,
}

/// The readable ends of a body, and the writable one of the future that tells how it was sent.
#[derive(Clone, Copy)]
pub struct Body {
    /// Null if there are none.
    pub contents: *mut Pair,
    pub trailers: *mut Pair,
    /// Null if nobody wants to know.
    pub transmission: *mut Pair,
}

impl Body {
    pub const NONE: Body = Body { contents: null_mut(), trailers: null_mut(), transmission: null_mut() };

    /// What `new` of a message with these headers (of 0.2) was given; the future that it returns.
    pub fn new(headers: u32, has_contents: u32, contents: u32, trailers: u32) -> (Body, u32) {
        let contents = match has_contents {
            0 => null_mut(),
            _ => pair::lift_reader(contents) as *mut Pair,
        };
        let trailers = pair::lift_future(trailers, Type::HTTP_TRAILERS);
        let transmission = result::promise(Domain::Http);
        let handle = transmission.give_reader();
        let mut body = Body { contents, trailers, transmission };
        if let Some(source) = body.source() {
            body.adopt(source, headers);
        }
        (body, handle)
    }

    /// Where the contents come from, if that is the body of another message.
    fn source(&self) -> Option<&'static mut In> {
        if self.contents.is_null() {
            return None;
        }
        let source = unsafe { (*self.contents).source as *mut In };
        if source.is_null() || unsafe { (*source).domain != Domain::Http } {
            return None;
        }
        Some(unsafe { &mut *source })
    }

    /// A body that is handed on takes its trailers and its length with it.
    fn adopt(&mut self, source: &mut In, headers: u32) {
        if source.untouched {
            fields::inherit_length(headers, unsafe { (*(source.owner as *mut Incoming)).headers() });
        }
        if source.future != self.trailers {
            pair::close(self.trailers);
            let (old, new) = (source.future, body_in::promise());
            source.future = new;
            self.trailers = new;
            pair::settle(old, result::OK, null_mut());
        }
    }

    /// Whether there is anything to send: contents, or trailers (or an error) that are known already.
    pub fn is_something(&self) -> bool {
        !self.contents.is_null() || unsafe { !self.trailers.is_null() && !(*self.trailers).outcome.is_null() }
    }

    /// It will not be sent. That is no failure of its own.
    pub fn discard(self) {
        if !self.contents.is_null() {
            pair::close(self.contents);
        }
        if !self.trailers.is_null() {
            pair::ignore(self.trailers);
        }
        if !self.transmission.is_null() {
            pair::settle(self.transmission, result::OK, null_mut());
        }
    }
}

impl Message {
    pub fn incoming(side: Side, incoming: u32, exchange: *mut Exchange) -> *mut Message {
        memory::boxed(Message { side, incoming, outgoing: 0, options: 0, body: Body::NONE, exchange })
    }

    pub fn built(side: Side, outgoing: u32, options: u32, body: Body) -> *mut Message {
        memory::boxed(Message { side, incoming: 0, outgoing, options, body, exchange: null_mut() })
    }

    /// Immutable headers for the guest.
    pub fn headers(&self) -> u32 {
        let headers = unsafe {
            match (self.side, self.incoming) {
                (Side::Request, 0) => imports::out_request_headers(self.outgoing),
                (Side::Request, incoming) => imports::in_request_headers(incoming),
                (Side::Response, 0) => imports::out_response_headers(self.outgoing),
                (Side::Response, incoming) => imports::in_response_headers(incoming),
            }
        };
        fields::view(headers)
    }

    /// Takes the body of an incoming message, which is no longer needed for anything else.
    fn receive(&mut self) {
        if self.incoming != 0 {
            let (contents, trailers) = body_in::open(self.side, self.incoming, self.exchange);
            self.body = Body { contents, trailers, transmission: null_mut() };
            self.incoming = 0;
            self.exchange = null_mut();
        }
    }

    /// The body, to be sent with the outgoing message, which there is.
    pub fn take_body(&mut self) -> Body {
        self.receive();
        self.body
    }

    /// The guest takes the body: both readable ends. `res` is the future in which it says what it thinks of it.
    pub fn consume(this: *mut Message, res: u32) -> [u32; 2] {
        let res = pair::lift_future(res, Type::HTTP_RESULT);
        let mut message = unsafe { this.read() };
        memory::unbox(this);
        message.discard_outgoing();
        message.receive();
        let Body { mut contents, trailers, transmission } = message.body;
        if contents.is_null() {
            contents = body_in::ended();
        }
        let ends = unsafe { [(*contents).give_reader(), (*trailers).give_reader()] };
        if transmission.is_null() {
            pair::ignore(res);
        } else {
            body_out::forward(res, transmission);
        }
        ends
    }

    pub fn discard_outgoing(&self) {
        unsafe {
            match (self.outgoing, self.side) {
                (0, _) => {}
                (outgoing, Side::Request) => imports::out_request_drop(outgoing),
                (outgoing, Side::Response) => imports::out_response_drop(outgoing),
            }
            if self.options != 0 {
                imports::options_drop(self.options);
            }
        }
    }

    /// The guest drops it.
    pub fn discard(this: *mut Message) {
        let message = unsafe { this.read() };
        memory::unbox(this);
        message.discard_outgoing();
        if message.incoming != 0 {
            return body_in::discard(message.side, message.incoming, message.exchange);
        }
        message.body.discard();
    }

    /// The `outgoing-body` to send something with, or 0 if the host refuses it.
    pub fn outgoing_body(&self) -> u32 {
        let area = common::abi::area();
        unsafe {
            match self.side {
                Side::Request => imports::out_request_body(self.outgoing, area.at()),
                Side::Response => imports::out_response_body(self.outgoing, area.at()),
            }
        }
        match area.get_u8(0) {
            0 => area.get_u32(4),
            _ => 0,
        }
    }

    /// The options for the guest, or 0.
    pub fn options(&self) -> u32 {
        match self.options {
            0 => 0,
            options => options::view(options),
        }
    }
}
