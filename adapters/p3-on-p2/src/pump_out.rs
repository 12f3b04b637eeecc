//! From a stream of the guest to an `output-stream` of 0.2 (DESIGN.md: "Streams to the host"), or from a
//! stream of the host that the guest handed straight on (DESIGN.md: "Streams handed on").
//!
//! A write of the guest is complete when all of it is flushed: then it is where a host of 0.3 would have put it, and
//! outputs that are written in turn keep their order. A write of a body of `wasi:http` is complete when the host has
//! taken it.

use crate::filesystem;
use crate::http;
use crate::io::{self, Failure};
use crate::pair::{self, COMPLETED, Pair, Pending};
use crate::pump_in::{self, Found, In};
use crate::result::{self, Domain, OK};
use crate::sockets;
use crate::wait::{self, Kind, Pump};
use common::cell::Global;
use common::memory;

#[repr(C)]
pub struct Out {
    pump: Pump,
    stream: u32,
    pollable: u32,
    domain: Domain,
    /// Bytes were written that no flush follows yet.
    dirty: bool,
    /// A flush is under way.
    flushing: bool,
    /// Of a file: the pending write, which is of nothing, was passed on.
    tried: bool,
    /// A step is: what it does may lead here again.
    stepping: bool,
    /// Bytes that may be written.
    permit: u32,
    /// What of the pending write the host has not failed on: it was ready again afterwards.
    safe: u32,
    pair: *mut Pair,
    future: *mut Pair,
    /// What stays open for as long as the stream: a `Descriptor`, an `http::Outgoing`, a `TcpSocket`, or null.
    owner: *mut u8,
}

/// No more is taken from streams that are handed on.
static DRAINING: Global<bool> = Global::new(false);

/// Lets an `output-stream` consume a stream whose readable end R has; resolves the future in the end.
pub fn open(pair: *mut Pair, stream: u32, domain: Domain, future: *mut Pair, owner: *mut u8) -> *mut Out {
    let out = memory::boxed(Out {
        pump: Pump::new(Kind::Out),
        stream,
        pollable: 0,
        domain,
        dirty: false,
        flushing: false,
        tried: false,
        stepping: false,
        permit: 0,
        safe: 0,
        pair,
        future,
        owner,
    });
    let pair = unsafe { &mut *pair };
    pair.sink = out as *mut Pump;
    if !pair.source.is_null() {
        wait::unpark(unsafe { &mut *pair.source });
    }
    out
}

/// Lets an `output-stream` consume a stream of the guest; the future.
pub fn take(readable: u32, stream: u32, domain: Domain, owner: *mut u8) -> u32 {
    let pair = pair::lift_reader(readable);
    let future = result::promise(domain);
    let handle = future.give_reader();
    part_step(open(pair, stream, domain, future, owner));
    handle
}

/// The output cannot be opened: nobody reads the stream, and the future has the error.
pub fn refuse(readable: u32, domain: Domain, value: u8) -> u32 {
    let pair = pair::lift_reader(readable);
    let future = result::promise(domain);
    let handle = future.give_reader();
    result::resolve(future, value);
    pair::close(pair);
    handle
}

/// Goes on for as long as the host takes bytes.
#[inline(never)]
#[unsafe(export_name = "part:pump-out/step")]
pub extern "C" fn part_step(this: *mut Out) {
    unsafe {
        if (*this).stepping {
            return;
        }
        (*this).stepping = true;
    }
    let next = go_on(unsafe { &mut *this });
    unsafe { (*this).stepping = false };
    match next {
        Ok(Next::Wait(pollable)) => wait::park(unsafe { &mut (*this).pump }, pollable),
        Ok(Next::Rest) => wait::unpark(unsafe { &mut (*this).pump }),
        Ok(Next::End) => end(this, None),
        Err(failure) => {
            let pair = unsafe { &mut *(*this).pair };
            if pair.pending == Pending::Write {
                pair.writer.count = unsafe { (*this).safe };
            }
            end(this, Some(failure))
        }
    }
}

enum Next {
    Wait(u32),
    Rest,
    End,
}

fn go_on(out: &mut Out) -> Result<Next, Failure> {
    let pair = unsafe { &mut *out.pair };
    loop {
        let writing = pair.pending == Pending::Write;
        let spliced = !pair.source.is_null();
        // A write of nothing probes whether something could be written.
        let wants_permit = pair.data.len > 0 || spliced || writing && pair.len == 0;
        if out.flushing || wants_permit && out.permit == 0 {
            out.permit = io::check_write(out.stream)?.min(u32::MAX as u64) as u32;
            if out.permit == 0 {
                return Ok(Next::Wait(io::output_pollable(out.stream, &mut out.pollable)));
            }
            out.flushing = false;
            out.safe = pair.writer.count;
        }
        if pair.data.len > 0 {
            let count = out.permit.min(pair.data.len);
            out.permit = 0;
            out.dirty = true;
            io::write(out.stream, &pair.data, count)?;
            let ahead = count.min(pair.ahead);
            pair.ahead -= ahead;
            pair.writer.count += count - ahead;
            pair.data.skip(count);
            continue;
        }
        // Of a file it is a write, which fails if the file may not be written.
        if writing && pair.len == 0 && out.domain == Domain::File && !out.tried {
            out.permit = 0;
            out.dirty = true;
            out.tried = true;
            io::write(out.stream, &pair.data, 0)?;
            continue;
        }
        if spliced {
            match part_splice(out) {
                Spliced::Some => continue,
                Spliced::NotYet(pollable) if !out.dirty => return Ok(Next::Wait(pollable)),
                Spliced::NotYet(_) => {}
            }
        }
        let taken = writing && out.domain == Domain::Http;
        if taken {
            pair.complete(COMPLETED);
        }
        if out.dirty {
            out.dirty = false;
            out.flushing = true;
            io::flush(out.stream)?;
            continue;
        }
        if writing && !taken {
            pair.complete(COMPLETED);
            out.tried = false;
            out.safe = 0;
        }
        let ends = pair.dropped && (out.domain != Domain::Http || http::part_may_end(out.owner));
        return Ok(if ends { Next::End } else { Next::Rest });
    }
}

enum Spliced {
    /// Bytes, or the end.
    Some,
    /// There is nothing before this pollable is ready.
    NotYet(u32),
}

/// Takes bytes from the stream of the host.
#[inline(never)]
#[unsafe(export_name = "part:pump-in/splice")]
extern "C" fn part_splice(out: &mut Out) -> Spliced {
    let pair = unsafe { &mut *out.pair };
    pair.data.release();
    let max = if *DRAINING.get() && out.domain != Domain::Http { 0 } else { out.permit };
    match pump_in::part_take(pair.source as *mut In, max, 0, 0) {
        Found::Bytes(bytes) => {
            pair.data = bytes;
            Spliced::Some
        }
        Found::NotYet(pollable) => Spliced::NotYet(pollable),
        Found::End => Spliced::Some,
    }
}

/// The end: of all that there was to write, or by a failure.
pub fn end(this: *mut Out, failure: Option<Failure>) {
    let Out { stream, pollable, domain, pair, future, owner, .. } = unsafe { this.read() };
    wait::unpark(unsafe { &mut (*this).pump });
    memory::unbox(this);
    if domain == Domain::Socket {
        sockets::part_stop_sending(owner);
    }
    io::drop_output(stream, pollable);
    let is_unwritten = unsafe { (*pair).data.len > 0 };
    pair::close(pair);
    match domain {
        Domain::Http => return http::part_sent(owner, future, failure, is_unwritten),
        Domain::Socket => return sockets::part_sent(owner, future, failure),
        _ => {}
    }
    if !owner.is_null() {
        filesystem::part_release(owner as *mut _);
    }
    result::resolve(future, failure.map_or(OK, |failure| result::of_output(domain, failure)));
}

/// Whether the body of a message will not go on before the guest writes, bytes or trailers.
pub fn waits_for_guest(this: *mut Out) -> bool {
    let (pump, out) = (this as *mut Pump, unsafe { &*this });
    if wait::any(|parked, _| core::ptr::eq(parked, pump)) {
        return false;
    }
    !unsafe { (*out.pair).dropped } || http::waits_for_trailers(out.owner)
}

/// Waits until all that was written is out (DESIGN.md: "Drain").
#[inline(never)]
#[unsafe(export_name = "part:pump-out/drain")]
pub extern "C" fn part_drain() {
    *DRAINING.get() = true;
    wait::step_all(|_, kind| kind == Kind::Out);
    while wait::any(|pump, kind| kind == Kind::Out && is_wet(pump as *mut Out)) {
        wait::block();
    }
    *DRAINING.get() = false;
}

/// Bodies of messages go on for as long as there is something to write, and peers may never take what a finished write has
/// not sent yet: those are left alone.
fn is_wet(out: *mut Out) -> bool {
    unsafe { !matches!((*out).domain, Domain::Http | Domain::Socket) && ((*out).dirty || (*out).flushing) }
}

pub fn drain() {
    if wait::any_pump() {
        part_drain();
    }
}

/// Before an exported function of the guest returns: output is out, and the response of a service is sent.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#drain")]
extern "C" fn drain_task() {
    if http::is_responding() {
        http::part_finish_response();
    }
    drain();
}
