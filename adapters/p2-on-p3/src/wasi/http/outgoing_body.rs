//! `outgoing-body`: a [`Sink`] that is attached to a stream of 0.3 when its message is sent. Until
//! then it takes any number of bytes.
//!
//! # Safety
//!
//! Bodies in parameters come from the engine, so their resources exist. Every sink of this kind
//! is the first field of a body, so [`body`] finds that.

use super::error::{self, ErrorCode};
use super::fields;
use super::future_write::{self, Value};
use super::imports::*;
use super::live::{Kind, Link};
use super::resource::{self, outgoing_body};
use crate::hooks::StreamKind;
use crate::kernel::canon::{bytes_new, ends};
use crate::kernel::failure::{Error, Failure};
use crate::kernel::sink::{Sink, State};
use crate::trap;
use crate::wasi::io::error::Code;
use crate::wasi::io::output_stream;
use common::abi::{Ret, area};
use common::memory::Buffer;
use common::shared::Shared;
use core::cell::Cell;

#[repr(C)]
pub struct OutgoingBody {
    /// First, so that a pointer to the sink is a pointer to the body.
    sink: Sink,
    pub link: Link,
    request: bool,
    /// The message is not sent yet.
    waiting: Cell<bool>,
    /// The host refused the message: bytes go nowhere.
    refused: Cell<bool>,
    /// The 0.2 resource is gone.
    gone: Cell<bool>,
    /// `write` was called.
    written_to: Cell<bool>,
    /// `content-length`, and the number of bytes so far.
    expected: Option<u64>,
    written: Cell<u64>,
    /// Writable end of the trailers future, once attached.
    trailers: Cell<u32>,
    /// The value for that future, after the last byte.
    outcome: Cell<Option<Value>>,
    /// Of a response: the future of its transmission, see [`future_write`].
    transmission: Cell<u32>,
}

/// The ends that a message of 0.3 is made of: whether it has contents, the readable ends of the
/// contents and of the trailers future, and the writable end of that future if there is no body.
pub struct Contents {
    pub some: u32,
    pub stream: u32,
    pub trailers: u32,
    pub rest: u32,
}

/// The error of a body that was not finished.
fn aborted() -> Value {
    [1, ErrorCode::HttpProtocolError as u64, 0, 0, 0]
}

impl OutgoingBody {
    pub fn new(request: bool, expected: Option<u64>) -> Shared<OutgoingBody> {
        let this = Shared::new(OutgoingBody {
            sink: Sink::unopened(StreamKind::Http),
            link: Link::new(Kind::OutgoingBody),
            request,
            waiting: Cell::new(true),
            refused: Cell::new(false),
            gone: Cell::new(false),
            written_to: Cell::new(false),
            expected,
            written: Cell::new(0),
            trailers: Cell::new(0),
            outcome: Cell::new(None),
            transmission: Cell::new(0),
        });
        this.sink.state.set(State::Open);
        this.link.join();
        this
    }

    /// Whether the trailers future has yet to be written.
    pub fn is_open(&self) -> bool {
        self.trailers.get() != 0
    }

    /// Makes the stream and the future that the message takes.
    fn attach(&self) -> Contents {
        let (stream, writable) = ends(unsafe { bytes_new() });
        let (trailers, trailers_writable) = ends(unsafe { trailers_new() });
        self.waiting.set(false);
        self.sink.attach(writable);
        self.trailers.set(trailers_writable);
        Contents { some: 1, stream, trailers, rest: 0 }
    }

    /// The message was dropped without being sent.
    fn abandon(&self) {
        self.waiting.set(false);
        self.sink.close();
        self.progress();
    }

    /// The message was refused and dropped, which is not the guest's fault.
    fn refuse(&self) {
        self.refused.set(true);
        self.sink.detach();
        future_write::trailers(self.trailers.take(), aborted(), 0);
    }

    /// The message is on its way.
    fn flow(&self, transmission: u32) {
        self.transmission.set(transmission);
        self.sink.write_on();
        self.progress();
    }

    /// Ends the stream, then the trailers future, when the body is finished and all bytes are
    /// taken.
    fn progress(&self) {
        let Some(outcome) = self.outcome.get() else { return };
        if self.waiting.get() || self.sink.has_queue() {
            return;
        }
        self.sink.close();
        match self.trailers.take() {
            0 => future_write::drop_value(&outcome),
            trailers => future_write::trailers(trailers, outcome, self.transmission.take()),
        }
        if self.gone.get() {
            if let Some(error) = self.sink.take_error() {
                error.forget();
            }
            self.link.leave();
            unsafe { Shared::of(self).free() };
        } else {
            // Nothing is left to be done; `outcome` stays set, so that the body is known to have
            // ended.
            self.outcome.set(Some([0; 5]));
        }
    }

    /// The request that was being served is over, so an unfinished body never will be finished. The
    /// body of a response ends as if it were, as on wasmtime.
    fn end(&self) {
        if self.outcome.get().is_none() {
            self.outcome.set(Some(if self.request { aborted() } else { future_write::ok(0) }));
        }
        match self.waiting.get() {
            true => self.abandon(),
            false => self.progress(),
        }
    }

    /// Ends the body of a request although bytes are in flight. Only inside of `control.wait`.
    fn cancel(&self) {
        if self.request && self.is_open() {
            self.sink.cancel();
            self.progress();
        }
    }

    fn finish(&self, outcome: Value) {
        if self.outcome.get().is_some() {
            // Ended before: see `end`.
            future_write::drop_value(&outcome);
        } else {
            self.outcome.set(Some(outcome));
        }
        self.gone.set(true);
        self.progress();
    }

    fn size_error(&self) -> Buffer {
        let code = if self.request { ErrorCode::HttpRequestBodySize } else { ErrorCode::HttpResponseBodySize };
        error::body_size(code, self.written.get())
    }
}

impl Contents {
    /// The contents of a message with this body, if it has one.
    pub fn of(body: Option<Shared<OutgoingBody>>) -> Contents {
        let Some(body) = body else {
            let (trailers, rest) = ends(unsafe { trailers_new() });
            return Contents { some: 0, stream: 0, trailers, rest };
        };
        hook_attach(&body)
    }

    /// The message was dropped.
    pub fn refused(self) {
        if self.some == 0 {
            future_write::trailers(self.rest, future_write::ok(0), 0);
        }
    }

    /// The message has been given to the host. `transmission` is kept until the host has all of it.
    pub fn sent(self, body: Option<Shared<OutgoingBody>>, transmission: u32) {
        match body {
            None => future_write::trailers(self.rest, future_write::ok(0), transmission),
            Some(body) => hook_flow(&body, transmission),
        }
    }
}

#[inline(never)]
#[unsafe(export_name = "hook:http-out/end")]
pub extern "C" fn hook_end(this: &OutgoingBody) {
    this.end()
}

#[inline(never)]
#[unsafe(export_name = "hook:http-out/cancel")]
pub extern "C" fn hook_cancel(this: &OutgoingBody) {
    this.cancel()
}

/// The host refused the message.
#[inline(never)]
#[unsafe(export_name = "hook:http-out/refuse")]
pub extern "C" fn hook_refuse(this: &OutgoingBody) {
    this.refuse()
}

#[inline(never)]
#[unsafe(export_name = "hook:http-out/abandon")]
pub extern "C" fn hook_abandon(this: &OutgoingBody) {
    this.abandon()
}

#[inline(never)]
#[unsafe(export_name = "hook:http-out/attach")]
pub extern "C" fn hook_attach(this: &OutgoingBody) -> Contents {
    this.attach()
}

#[inline(never)]
#[unsafe(export_name = "hook:http-out/flow")]
pub extern "C" fn hook_flow(this: &OutgoingBody, transmission: u32) {
    this.flow(transmission)
}

#[inline(never)]
#[unsafe(export_name = "hook:http-out/drop")]
extern "C" fn hook_drop(this: &OutgoingBody) {
    if this.sink.lent.get() {
        trap::has_stream()
    }
    this.finish(aborted());
}

/// The body whose first field a sink is.
fn body(sink: &Sink) -> Shared<OutgoingBody> {
    unsafe { Shared::of(sink).cast() }
}

/// Counts bytes that are being written. Bytes beyond the announced length fail; those before go
/// out.
#[inline(never)]
#[unsafe(export_name = "hook:http-out/count")]
pub extern "C" fn hook_count(sink: &Sink, buffer: &mut Buffer) {
    let body = body(sink);
    body.written.update(|v| v + buffer.len as u64);
    if body.refused.get() {
        buffer.len = 0;
        return;
    }
    if let Some(expected) = body.expected.filter(|expected| body.written.get() > *expected) {
        buffer.len -= (body.written.get() - expected) as u32;
        let error = Error { code: Code::Http, text: body.size_error() };
        body.sink.state.set(State::Failed(Failure::new(error)));
    }
}

/// The host has taken bytes, or will take no more.
#[inline(never)]
#[unsafe(export_name = "hook:http-out/taken")]
pub extern "C" fn hook_taken(sink: &Sink) {
    body(sink).progress();
}

#[unsafe(export_name = "wasi:http/types@0.2#[dtor]outgoing-body")]
extern "C" fn drop_body(this: &OutgoingBody) {
    if !resource::taking() {
        hook_drop(this)
    }
}

/// `result<output-stream>`.
#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-body.write")]
extern "C" fn write(this: &OutgoingBody) -> Ret {
    let area = area();
    if this.written_to.get() {
        return area.u8(0, 1).ret();
    }
    this.written_to.set(true);
    this.sink.lent.set(true);
    area.u8(0, 0).u32(4, output_stream::new(&this.sink)).ret()
}

/// `result<_, error-code>`.
#[unsafe(export_name = "wasi:http/types@0.2#[static]outgoing-body.finish")]
extern "C" fn finish(this: u32, some: u32, trailers: u32) -> Ret {
    let this = outgoing_body::take(this);
    if this.sink.lent.get() {
        trap::has_stream()
    }
    let trailers = if some != 0 { fields::take(trailers) } else { 0 };
    if this.expected.is_some_and(|expected| expected != this.written.get()) {
        future_write::drop_value(&future_write::ok(trailers));
        let error = this.size_error();
        let size = unsafe { (error.at as *const [u64; 4]).read() };
        this.finish([1, size[0], size[1], size[2], size[3]]);
        return error::failed(error);
    }
    this.finish(future_write::ok(trailers));
    area().u8(0, 0).ret()
}
