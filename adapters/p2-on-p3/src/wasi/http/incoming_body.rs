//! `incoming-body` and `future-trailers`: a [`Source`] whose outcome is the trailers future.
//!
//! The body stays with `incoming-body`, then `future-trailers`; an input stream borrows it. Reading begins with the
//! first read: until then nothing is asked of the host.

use super::Wait;
use super::error;
use super::fields;
use super::future_write;
use super::imports::*;
use super::incoming::Incoming;
use super::live::{Kind, Link};
use super::resource::{self, future_trailers, incoming_body};
use crate::hooks::{Body, Domain, Pollable};
use crate::kernel::canon::ends;
use crate::kernel::failure::Failure;
use crate::kernel::op;
use crate::kernel::source::{MAX_READ, Source};
use crate::trap;
use crate::wasi::io::input_stream;
use crate::wasi::io::poll;
use common::abi::{Ret, area};
use common::memory::{self, Buffer};
use core::ptr::null_mut;

#[repr(C)]
pub struct IncomingBody {
    /// First, so that a pointer to the one is a pointer to the other.
    source: Source,
    pub link: Link,
    /// The message as long as nothing is read.
    incoming: *mut Incoming,
    /// Writable end of the future that tells the host how reading went.
    res: u32,
    /// Of a response: the future of the request's transmission, which must not end before.
    transmission: u32,
    /// `stream` was called.
    streamed: bool,
    /// The trailers were handed out.
    got: bool,
    /// The 0.2 resource is gone.
    gone: bool,
    /// Pollables of the trailers that live.
    children: u32,
    /// What the future said: trailers (0 if none), or an error.
    trailers: u32,
    error: Buffer,
}

impl IncomingBody {
    pub fn new(incoming: *mut Incoming) -> *mut IncomingBody {
        let this = memory::boxed(IncomingBody {
            source: Source::unopened(Domain::Http),
            link: Link::new(Kind::IncomingBody),
            incoming,
            res: 0,
            transmission: 0,
            streamed: false,
            got: false,
            gone: false,
            children: 0,
            trailers: 0,
            error: Buffer::NONE,
        });
        unsafe { (*this).link.join() };
        this
    }

    /// There is no message any more.
    pub fn disown(&mut self) {
        self.incoming = null_mut();
    }

    /// Nobody will read any more: cancels what is in flight, or leaves that to the next wait.
    fn close(&mut self) {
        if !self.incoming.is_null() {
            unsafe { (*self.incoming).body_gone() };
            self.incoming = null_mut();
        }
        self.source.orphan();
    }

    fn drop(&mut self) {
        if self.source.lent {
            trap::has_stream()
        }
        if self.children > 0 {
            trap::has_pollable()
        }
        self.gone = true;
        if !self.source.is_parked() {
            self.close();
        }
    }

    /// Whether the trailers are there; what is left of the body is read and forgotten.
    fn trailers_ready(&mut self) -> bool {
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
#[unsafe(export_name = "part:http-in/close")]
pub extern "C" fn part_close(this: &mut IncomingBody) {
    this.close()
}

#[inline(never)]
#[unsafe(export_name = "part:http-in/drop")]
extern "C" fn part_drop(this: &mut IncomingBody) {
    this.drop()
}

fn body(source: *mut Source) -> &'static mut IncomingBody {
    unsafe { &mut *(source as *mut IncomingBody) }
}

/// The first read: takes the body out of the message.
#[inline(never)]
#[unsafe(export_name = "part:http-in/open")]
pub extern "C" fn part_open(source: *mut Source) {
    let body = body(source);
    let (readable, writable) = ends(unsafe { result_new() });
    body.res = writable;
    let incoming = core::mem::replace(&mut body.incoming, null_mut());
    let (ends, transmission) = unsafe { (*incoming).open(readable) };
    body.transmission = transmission;
    body.source.open(ends, Domain::Http);
}

/// The stream has ended, or is dropped: tells the host that all went well.
#[inline(never)]
#[unsafe(export_name = "part:http-in/consumed")]
pub extern "C" fn part_consumed(source: *mut Source) {
    let body = body(source);
    if body.res != 0 {
        future_write::result(body.res);
        body.res = 0;
    }
}

/// The outcome is known.
#[inline(never)]
#[unsafe(export_name = "part:http-in/ended")]
pub extern "C" fn part_ended(source: *mut Source, outcome: &Option<Failure>) {
    let body = body(source);
    match outcome {
        Some(error) => body.error = error::pack(error.error().text.start()),
        None => {
            let [some, trailers] = unsafe { (body.source.value().add(8) as *const [u32; 2]).read() };
            body.trailers = if some as u8 != 0 { trailers } else { 0 };
        }
    }
}

/// The ends are gone.
#[inline(never)]
#[unsafe(export_name = "part:http-in/freed")]
pub extern "C" fn part_freed(source: *mut Source) {
    let body = body(source);
    if body.trailers != 0 {
        unsafe { fields_drop(body.trailers) };
        body.trailers = 0;
    }
    body.error.release();
    future_write::drop_transmission(&mut body.transmission);
    if body.gone {
        body.link.leave();
        memory::unbox(body);
    }
}

#[inline(never)]
#[unsafe(export_name = "part:http-in/future-read")]
pub extern "C" fn part_future_read(future: u32, value: *mut u8) -> u32 {
    unsafe { trailers_read(future, value) }
}

#[inline(never)]
#[unsafe(export_name = "part:http-in/future-cancel")]
pub extern "C" fn part_future_cancel(future: u32) -> u32 {
    unsafe { trailers_cancel_read(future) }
}

#[inline(never)]
#[unsafe(export_name = "part:http-in/future-drop")]
pub extern "C" fn part_future_drop(future: u32) {
    unsafe { trailers_drop_readable(future) }
}

#[inline(never)]
#[unsafe(export_name = "part:http-in/trailers-ready")]
pub extern "C" fn part_trailers_ready(this: *mut IncomingBody) -> bool {
    unsafe { (*this).got || (*this).trailers_ready() }
}

#[inline(never)]
#[unsafe(export_name = "part:http-in/release-trailers")]
pub extern "C" fn part_release_trailers(this: *mut IncomingBody) {
    unsafe { (*this).children -= 1 };
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[dtor]incoming-body")]
extern "C" fn drop_body(this: &mut IncomingBody) {
    if !resource::taking() {
        part_drop(this)
    }
}

/// `result<input-stream>`.
#[unsafe(export_name = "wasi:http/types@0.2.12#[method]incoming-body.stream")]
extern "C" fn stream(this: &mut IncomingBody) -> Ret {
    let area = area();
    if this.streamed {
        return area.u8(0, 1).ret();
    }
    this.streamed = true;
    this.source.lent = true;
    area.u8(0, 0).u32(4, input_stream::new(&mut this.source)).ret()
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[static]incoming-body.finish")]
extern "C" fn finish(this: u32) -> u32 {
    let this = incoming_body::take(this);
    if unsafe { (*this).source.lent } {
        trap::has_stream()
    }
    future_trailers::new(this)
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[dtor]future-trailers")]
extern "C" fn drop_trailers(this: &mut IncomingBody) {
    part_drop(this)
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]future-trailers.subscribe")]
extern "C" fn subscribe(this: &mut IncomingBody) -> u32 {
    this.children += 1;
    poll::new(Pollable::Trailers(this))
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]future-trailers.start-get")]
extern "C" fn start_get(this: *mut IncomingBody) -> u32 {
    op::pump();
    op::begin_with(Body::Http(Wait::Trailers(this)), true)
}

/// `option<result<result<option<trailers>, error-code>>>`.
#[unsafe(export_name = "wasi:http/types@0.2.12#[static]future-trailers.finish-get")]
extern "C" fn finish_get(token: u32) -> Ret {
    let area = area();
    let Body::Http(Wait::Trailers(this)) = op::take(token).body else { return area.ret() };
    let this = unsafe { &mut *this };
    if this.got {
        return area.u8(0, 1).u8(8, 1).ret();
    }
    if !this.source.ended() {
        return area.u8(0, 0).ret();
    }
    this.got = true;
    area.u8(0, 1).u8(8, 0);
    if this.error.len > 0 {
        error::put(area.u8(16, 1), 24, this.error);
        this.error = Buffer::NONE;
        return area.ret();
    }
    area.u8(16, 0).u8(24, (this.trailers != 0) as u8);
    if this.trailers != 0 {
        area.u32(28, fields::view(this.trailers));
        this.trailers = 0;
    }
    area.ret()
}
