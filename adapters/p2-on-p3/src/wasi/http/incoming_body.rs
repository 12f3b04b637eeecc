//! `incoming-body` and `future-trailers`: a [`Source`] whose outcome is the trailers future.
//!
//! The body stays with `incoming-body`, then `future-trailers`; an input stream borrows it. Reading
//! begins with the first read: until then nothing is asked of the host.
//!
//! # Safety
//!
//! Bodies in parameters come from the engine, so their resources exist. Every source of this kind
//! is the first field of a body, so [`body`] finds that. A body is freed when its resource and its
//! ends are gone.

use super::Wait;
use super::error;
use super::fields;
use super::future_write;
use super::imports::*;
use super::incoming::Incoming;
use super::live::{Kind, Link};
use super::resource::{self, future_trailers, incoming_body};
use crate::hooks::{Body, Pollable, StreamKind};
use crate::kernel::canon::ends;
use crate::kernel::failure::Failure;
use crate::kernel::op;
use crate::kernel::source::{MAX_READ, Source};
use crate::trap;
use crate::wasi::io::input_stream;
use crate::wasi::io::poll;
use common::abi::{Ret, area};
use common::memory::{Buffer, BufferCell};
use common::shared::Shared;
use core::cell::Cell;

#[repr(C)]
pub struct IncomingBody {
    /// First, so that a pointer to the source is a pointer to the body.
    source: Source,
    pub link: Link,
    /// The message, as long as nothing was read.
    incoming: Cell<Option<Shared<Incoming>>>,
    /// Writable end of the future that tells the host how reading went.
    res: Cell<u32>,
    /// Of a response: the future of the request's transmission, which must not end before the body.
    transmission: Cell<u32>,
    /// `stream` was called.
    streamed: Cell<bool>,
    /// The trailers were handed out.
    got: Cell<bool>,
    /// The 0.2 resource is gone.
    gone: Cell<bool>,
    /// Pollables of the trailers that live.
    children: Cell<u32>,
    /// The value of the trailers future: trailers (0 if none), or an error.
    trailers: Cell<u32>,
    error: Cell<Buffer>,
}

impl IncomingBody {
    pub fn new(incoming: Shared<Incoming>) -> Shared<IncomingBody> {
        let this = Shared::new(IncomingBody {
            source: Source::unopened(StreamKind::Http),
            link: Link::new(Kind::IncomingBody),
            incoming: Cell::new(Some(incoming)),
            res: Cell::new(0),
            transmission: Cell::new(0),
            streamed: Cell::new(false),
            got: Cell::new(false),
            gone: Cell::new(false),
            children: Cell::new(0),
            trailers: Cell::new(0),
            error: Cell::new(Buffer::NONE),
        });
        this.link.join();
        this
    }

    /// There is no message any more.
    pub fn disown(&self) {
        self.incoming.set(None);
    }

    /// Nobody will read any more: drops the ends; with an operation in flight, the next wait does.
    fn close(&self) {
        if let Some(incoming) = self.incoming.take() {
            incoming.body_gone();
        }
        self.source.orphan();
    }

    fn drop(&self) {
        if self.source.lent.get() {
            trap::has_stream()
        }
        if self.children.get() > 0 {
            trap::has_pollable()
        }
        self.gone.set(true);
        if !self.source.is_parked() {
            self.close();
        }
    }

    /// Whether the trailers are there. Reads and discards the rest of the body.
    fn trailers_ready(&self) -> bool {
        while self.source.fill(MAX_READ) {
            if self.source.ended() {
                return true;
            }
            self.source.skip(MAX_READ);
        }
        false
    }
}

#[inline(never)]
#[unsafe(export_name = "hook:http-in/close")]
pub extern "C" fn hook_close(this: &IncomingBody) {
    this.close()
}

#[inline(never)]
#[unsafe(export_name = "hook:http-in/drop")]
extern "C" fn hook_drop(this: &IncomingBody) {
    this.drop()
}

/// The body whose first field a source is.
fn body(source: &Source) -> Shared<IncomingBody> {
    unsafe { Shared::of(source).cast() }
}

/// The first read: takes the body out of the message.
#[inline(never)]
#[unsafe(export_name = "hook:http-in/open")]
pub extern "C" fn hook_open(source: &Source) {
    let body = body(source);
    let (readable, writable) = ends(unsafe { result_new() });
    body.res.set(writable);
    let Some(incoming) = body.incoming.take() else { return };
    let (ends, transmission) = incoming.open(readable);
    body.transmission.set(transmission);
    body.source.open(ends, StreamKind::Http);
}

/// The stream has ended, or is dropped: tells the host that all went well.
#[inline(never)]
#[unsafe(export_name = "hook:http-in/consumed")]
pub extern "C" fn hook_consumed(source: &Source) {
    let body = body(source);
    if body.res.get() != 0 {
        future_write::result(body.res.get());
        body.res.set(0);
    }
}

/// The outcome is known.
#[inline(never)]
#[unsafe(export_name = "hook:http-in/ended")]
pub extern "C" fn hook_ended(source: &Source, outcome: &Option<Failure>) {
    let body = body(source);
    match outcome {
        Some(error) => body.error.set(unsafe { error::pack(error.error().text.start()) }),
        None => {
            let [some, trailers] = unsafe { (body.source.value().add(8) as *const [u32; 2]).read() };
            body.trailers.set(if some as u8 != 0 { trailers } else { 0 });
        }
    }
}

/// The ends are gone.
#[inline(never)]
#[unsafe(export_name = "hook:http-in/freed")]
pub extern "C" fn hook_freed(source: &Source) {
    let body = body(source);
    if body.trailers.get() != 0 {
        unsafe { fields_drop(body.trailers.get()) };
        body.trailers.set(0);
    }
    body.error.release();
    future_write::drop_transmission(&body.transmission);
    if body.gone.get() {
        body.link.leave();
        unsafe { body.free() };
    }
}

#[inline(never)]
#[unsafe(export_name = "hook:http-in/future-read")]
pub extern "C" fn hook_future_read(future: u32, value: *mut u8) -> u32 {
    unsafe { trailers_read(future, value) }
}

#[inline(never)]
#[unsafe(export_name = "hook:http-in/future-cancel")]
pub extern "C" fn hook_future_cancel(future: u32) -> u32 {
    unsafe { trailers_cancel_read(future) }
}

#[inline(never)]
#[unsafe(export_name = "hook:http-in/future-drop")]
pub extern "C" fn hook_future_drop(future: u32) {
    unsafe { trailers_drop_readable(future) }
}

#[inline(never)]
#[unsafe(export_name = "hook:http-in/trailers-ready")]
pub extern "C" fn hook_trailers_ready(this: &IncomingBody) -> bool {
    this.got.get() || this.trailers_ready()
}

#[inline(never)]
#[unsafe(export_name = "hook:http-in/release-trailers")]
pub extern "C" fn hook_release_trailers(this: &IncomingBody) {
    this.children.update(|count| count - 1);
}

#[unsafe(export_name = "wasi:http/types@0.2#[dtor]incoming-body")]
extern "C" fn drop_body(this: &IncomingBody) {
    if !resource::taking() {
        hook_drop(this)
    }
}

/// `result<input-stream>`.
#[unsafe(export_name = "wasi:http/types@0.2#[method]incoming-body.stream")]
extern "C" fn stream(this: &IncomingBody) -> Ret {
    let area = area();
    if this.streamed.get() {
        return area.u8(0, 1).ret();
    }
    this.streamed.set(true);
    this.source.lent.set(true);
    area.u8(0, 0).u32(4, input_stream::new(&this.source)).ret()
}

#[unsafe(export_name = "wasi:http/types@0.2#[static]incoming-body.finish")]
extern "C" fn finish(this: u32) -> u32 {
    let this = incoming_body::take(this);
    if this.source.lent.get() {
        trap::has_stream()
    }
    future_trailers::new(this)
}

#[unsafe(export_name = "wasi:http/types@0.2#[dtor]future-trailers")]
extern "C" fn drop_trailers(this: &IncomingBody) {
    hook_drop(this)
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]future-trailers.subscribe")]
extern "C" fn subscribe(this: &IncomingBody) -> u32 {
    this.children.update(|v| v + 1);
    poll::new(Pollable::Trailers(Shared::of(this)))
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]future-trailers.start-get")]
extern "C" fn start_get(this: Shared<IncomingBody>) -> u32 {
    op::deliver_events();
    op::begin_with(Body::Http(Wait::Trailers(this)), true)
}

/// `option<result<result<option<trailers>, error-code>>>`.
#[unsafe(export_name = "wasi:http/types@0.2#[static]future-trailers.finish-get")]
extern "C" fn finish_get(token: u32) -> Ret {
    let area = area();
    let Body::Http(Wait::Trailers(this)) = op::take(token).body else { return area.ret() };
    if this.got.get() {
        return area.u8(0, 1).u8(8, 1).ret();
    }
    if !this.source.ended() {
        return area.u8(0, 0).ret();
    }
    this.got.set(true);
    area.u8(0, 1).u8(8, 0);
    if this.error.get().len > 0 {
        error::put(area.u8(16, 1), 24, this.error.take());
        return area.ret();
    }
    area.u8(16, 0).u8(24, (this.trailers.get() != 0) as u8);
    if this.trailers.get() != 0 {
        area.u32(28, fields::view(this.trailers.get()));
        this.trailers.set(0);
    }
    area.ret()
}
