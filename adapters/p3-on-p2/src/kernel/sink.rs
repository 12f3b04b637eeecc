//! From a stream of the guest to an `output-stream` of 0.2 (DESIGN.md: "Streams to the host"), or
//! from a stream of the host that the guest handed straight on (DESIGN.md: "Streams handed on").
//!
//! A write of the guest is complete when all of it is flushed: then it is where a host of 0.3 would
//! have put it, and outputs that are written in turn keep their order. A write of the body
//! of a message is complete when the host has taken it.
//!
//! # Safety
//!
//! A waiter is freed when its stream has ended, after the list of registered waiters has forgotten
//! it; then R gives up the readable end of the pair, which knows the waiter.

use super::outcome::{self, Value};
use super::pair::{CopyResult, Pair, Pending, Type};
use super::poll::{self, Waiter};
use super::source::{self, Found, Source};
use super::transfer;
use crate::hooks::io::{self, Failure};
use crate::hooks::{self, Output, WaiterKind};
use common::global::Global;
use common::memory::BufferCell;
use common::shared::Shared;
use core::cell::Cell;

#[repr(C)]
pub struct Sink {
    waiter: Waiter,
    stream: u32,
    pollable: Cell<u32>,
    output: Output,
    /// Bytes were written since the last flush.
    is_dirty: Cell<bool>,
    /// A flush is under way.
    is_flushing: Cell<bool>,
    /// Of an output that tries empty writes: the pending write of no bytes was passed on.
    is_tried: Cell<bool>,
    /// A step is under way, and may lead to another.
    is_stepping: Cell<bool>,
    /// Bytes that may be written.
    permit: Cell<u32>,
    /// How many bytes of the pending write the host had taken when it was ready last.
    safe: Cell<u32>,
    pair: Shared<Pair>,
    future: Option<Shared<Pair>>,
}

impl Sink {
    pub fn waiter(this: Shared<Sink>) -> Shared<Waiter> {
        unsafe { this.cast() }
    }
}

/// While set, only bodies take more from streams that are handed on.
static DRAINING: Global<Cell<bool>> = Global::new(Cell::new(false));

/// Lets an `output-stream` consume a stream whose readable end R has; resolves the future in the
/// end.
pub fn open(pair: Shared<Pair>, stream: u32, output: Output, future: Option<Shared<Pair>>) -> Shared<Sink> {
    let out = Shared::new(Sink {
        waiter: Waiter::new(WaiterKind::Sink),
        stream,
        pollable: Cell::new(0),
        output,
        is_dirty: Cell::new(false),
        is_flushing: Cell::new(false),
        is_tried: Cell::new(false),
        is_stepping: Cell::new(false),
        permit: Cell::new(0),
        safe: Cell::new(0),
        pair,
        future,
    });
    pair.sink.set(Some(Sink::waiter(out)));
    if let Some(source) = pair.source.get() {
        poll::deregister(source);
    }
    out
}

/// Lets an `output-stream` consume a stream of the guest; returns the future, of type `result`.
pub fn take(readable: u32, stream: u32, output: Output, result: Type) -> u32 {
    let pair = transfer::lift_reader(readable);
    let future = outcome::promise(result);
    let handle = Pair::give_reader(future);
    hook_step(open(pair, stream, output, Some(future)));
    handle
}

/// The output cannot be opened: nobody reads the stream, and the future has the error.
pub fn refuse(readable: u32, result: Type, value: Value) -> u32 {
    let pair = transfer::lift_reader(readable);
    let future = outcome::promise(result);
    let handle = Pair::give_reader(future);
    outcome::resolve(future, value);
    transfer::close(pair);
    handle
}

/// Goes on for as long as the host takes bytes.
#[inline(never)]
#[unsafe(export_name = "hook:sinks/step")]
pub extern "C" fn hook_step(this: Shared<Sink>) {
    if this.is_stepping.replace(true) {
        return;
    }
    let next = go_on(this);
    this.is_stepping.set(false);
    match next {
        Ok(Next::Wait(pollable)) => poll::register(Sink::waiter(this), pollable),
        Ok(Next::Rest) => poll::deregister(Sink::waiter(this)),
        Ok(Next::End) => end(this, None),
        Err(failure) => {
            let pair = this.pair;
            if pair.pending.get() == Pending::Write {
                pair.writer.count.set(this.safe.get());
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

fn go_on(out: Shared<Sink>) -> Result<Next, Failure> {
    let pair = out.pair;
    loop {
        let writing = pair.pending.get() == Pending::Write;
        let is_spliced = pair.source.get().is_some();
        let (left, len) = (pair.data.get().len, pair.len.get());
        // A write of nothing probes whether something could be written.
        let wants_permit = left > 0 || is_spliced || writing && len == 0;
        if out.is_flushing.get() || wants_permit && out.permit.get() == 0 {
            let permit = io::check_write(out.stream)?.min(u32::MAX as u64) as u32;
            out.permit.set(permit);
            if permit == 0 {
                return Ok(Next::Wait(io::output_pollable(out.stream, &out.pollable)));
            }
            out.is_flushing.set(false);
            out.safe.set(pair.writer.count.get());
        }
        if left > 0 {
            let count = out.permit.replace(0).min(left);
            out.is_dirty.set(true);
            io::write(out.stream, &pair.data, count)?;
            let ahead = count.min(pair.ahead.get());
            pair.ahead.update(|left| left - ahead);
            pair.writer.count.update(|written| written + count - ahead);
            let mut data = pair.data.get();
            data.skip(count);
            pair.data.set(data);
            continue;
        }
        if writing && len == 0 && out.output.tries_empty_writes() && !out.is_tried.replace(true) {
            out.permit.set(0);
            out.is_dirty.set(true);
            io::write(out.stream, &pair.data, 0)?;
            continue;
        }
        if is_spliced {
            match hook_splice(out) {
                Spliced::Some => continue,
                Spliced::NotYet(pollable) if !out.is_dirty.get() => return Ok(Next::Wait(pollable)),
                Spliced::NotYet(_) => {}
            }
        }
        let is_taken = writing && out.output.is_body();
        if is_taken {
            Pair::complete(pair, CopyResult::Completed);
        }
        if out.is_dirty.replace(false) {
            out.is_flushing.set(true);
            io::flush(out.stream)?;
            continue;
        }
        if writing && !is_taken {
            Pair::complete(pair, CopyResult::Completed);
            out.is_tried.set(false);
            out.safe.set(0);
        }
        return Ok(if pair.dropped.get() && out.output.may_end() { Next::End } else { Next::Rest });
    }
}

enum Spliced {
    /// Bytes, or the end.
    Some,
    /// There is nothing before this pollable is ready.
    NotYet(u32),
}

/// Takes bytes from the host's stream that was handed on.
#[inline(never)]
#[unsafe(export_name = "hook:sources/splice")]
extern "C" fn hook_splice(out: Shared<Sink>) -> Spliced {
    let pair = out.pair;
    pair.data.release();
    let Some(source) = Source::of(&pair) else { return Spliced::Some };
    let max = if DRAINING.get() && !out.output.is_body() { 0 } else { out.permit.get() };
    match source::hook_take(source, max, 0, 0) {
        Found::Bytes(bytes) => {
            pair.data.set(bytes);
            Spliced::Some
        }
        Found::NotYet(pollable) => Spliced::NotYet(pollable),
        Found::End => Spliced::Some,
    }
}

/// Ends the output: everything is written, or it has failed.
pub fn end(this: Shared<Sink>, failure: Option<Failure>) {
    poll::deregister(Sink::waiter(this));
    let Sink { stream, pollable, output, pair, future, .. } = unsafe { this.into_inner() };
    hooks::stop_sending(output);
    io::drop_output(stream, pollable.get());
    let is_unwritten = pair.data.get().len > 0;
    transfer::close(pair);
    hooks::sent(output, future, failure, is_unwritten);
}

/// Whether the output goes on only when the guest writes: bytes, or the trailers.
pub fn waits_for_guest(this: Shared<Sink>) -> bool {
    let waiter = Sink::waiter(this);
    !poll::any(|registered| registered == waiter) && (!this.pair.dropped.get() || this.output.waits_for_guest())
}

/// Waits until all that was written is out (DESIGN.md: "Drain").
#[inline(never)]
#[unsafe(export_name = "hook:sinks/drain")]
pub extern "C" fn hook_drain() {
    DRAINING.set(true);
    poll::step_all(|waiter| waiter.kind == WaiterKind::Sink);
    while poll::any(|waiter| waiter.kind == WaiterKind::Sink && is_undrained(unsafe { waiter.cast() })) {
        poll::block();
    }
    DRAINING.set(false);
}

fn is_undrained(out: Shared<Sink>) -> bool {
    out.output.is_waited_for() && (out.is_dirty.get() || out.is_flushing.get())
}

pub fn drain() {
    if poll::any_waiter() {
        hook_drain();
    }
}

/// Before an exported function of the guest returns: sends the response of a service, and drains
/// output.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#drain")]
extern "C" fn drain_task() {
    hooks::finish_response();
    drain();
}
