//! From a stream of the guest to an `output-stream` of 0.2 (pattern D2), or from a stream of the host that the
//! guest handed straight on (pattern D3).
//!
//! A write of the guest is complete when all of it is flushed: then it is where a host of 0.3 would have put it, and
//! outputs that are written in turn keep their order.

use crate::cell::Global;
use crate::filesystem::{self, Descriptor};
use crate::io::{self, Failure};
use crate::memory;
use crate::pair::{self, Pair, Pending, COMPLETED};
use crate::pump_in::{self, Found};
use crate::result::{self, Domain, OK};
use crate::wait::{self, Kind, Pump};
use core::ptr::null_mut;

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
    /// Bytes that may be written.
    permit: u32,
    /// What of the pending write the host has not failed on: it was ready again afterwards.
    safe: u32,
    pair: *mut Pair,
    future: *mut Pair,
    /// Stays open for as long as the stream, or null.
    file: *mut Descriptor,
}

/// No more is taken from streams that are handed on.
static DRAINING: Global<bool> = Global::new(false);

/// Lets an `output-stream` consume a stream of the guest; the future.
pub fn open(readable: u32, stream: u32, domain: Domain, file: *mut Descriptor) -> u32 {
    let pair = pair::lift_reader(readable);
    let future = result::promise();
    let out = memory::boxed(Out {
        pump: Pump::new(Kind::Out),
        stream,
        pollable: 0,
        domain,
        dirty: false,
        flushing: false,
        permit: 0,
        safe: 0,
        pair,
        future,
        file,
    });
    pair.sink = out;
    if !pair.source.is_null() {
        pump_in::part_rest(pair.source);
    }
    let handle = future.reader.handle;
    part_step(out);
    handle
}

/// The output cannot be opened: nobody reads the stream, and the future has the error.
pub fn refuse(readable: u32, value: u8) -> u32 {
    let pair = pair::lift_reader(readable);
    let future = result::promise();
    let handle = future.reader.handle;
    result::resolve(future, value);
    if pair.source.is_null() {
        pair.drop_end();
        pair.reap();
    } else {
        pump_in::part_drop(pair.source);
    }
    handle
}

/// Goes on for as long as the host takes bytes.
#[inline(never)]
#[export_name = "part:pump-out/step"]
pub extern "C" fn part_step(this: *mut Out) {
    match go_on(unsafe { &mut *this }) {
        Ok(Next::Wait(pollable)) => wait::park(unsafe { &mut (*this).pump }, pollable),
        Ok(Next::Rest) => wait::unpark(unsafe { &mut (*this).pump }),
        Ok(Next::End) => end(this, OK),
        Err(failure) => {
            let pair = unsafe { &mut *(*this).pair };
            if pair.pending == Pending::Write {
                pair.writer.count = unsafe { (*this).safe };
            }
            let value = result::of_output(unsafe { (*this).domain }, failure);
            end(this, value)
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
            io::write(out.stream, pair.data.start(), count)?;
            pair.writer.count += count;
            pair.data.skip(count);
            continue;
        }
        if spliced {
            pair.data.release();
            let max = if *DRAINING.get() { 0 } else { out.permit };
            match pump_in::part_take(pair.source, max) {
                Found::Bytes(bytes) => {
                    pair.data = bytes;
                    continue;
                }
                Found::NotYet(pollable) if !out.dirty => return Ok(Next::Wait(pollable)),
                Found::NotYet(_) => {}
                Found::End => continue,
            }
        }
        if out.dirty {
            out.dirty = false;
            out.flushing = true;
            io::flush(out.stream)?;
            continue;
        }
        if writing {
            pair.complete(COMPLETED);
            out.safe = 0;
        }
        return Ok(if pair.dropped { Next::End } else { Next::Rest });
    }
}

fn end(this: *mut Out, value: u8) {
    let Out { stream, pollable, pair, future, file, .. } = unsafe { this.read() };
    wait::unpark(unsafe { &mut (*this).pump });
    memory::unbox(this);
    io::drop_output(stream, pollable);
    if !file.is_null() {
        filesystem::part_release(file);
    }
    let pair = unsafe { &mut *pair };
    pair.sink = null_mut();
    if pair.source.is_null() {
        pair.drop_end();
        pair.reap();
    } else {
        pump_in::part_drop(pair.source);
    }
    result::resolve(future, value);
}

/// Waits until all that was written is out (pattern D9).
#[inline(never)]
#[export_name = "part:pump-out/drain"]
pub extern "C" fn part_drain() {
    *DRAINING.get() = true;
    wait::for_each(|pump, kind| {
        if kind == Kind::Out {
            part_step(pump as *mut Out);
        }
    });
    loop {
        let mut wet = false;
        wait::for_each(|pump, kind| {
            let out = pump as *mut Out;
            wet |= kind == Kind::Out && unsafe { (*out).dirty || (*out).flushing };
        });
        if !wet {
            break;
        }
        wait::block();
    }
    *DRAINING.get() = false;
}

#[export_name = "wasi-shim:p3-on-p2/control#drain"]
pub extern "C" fn drain() {
    if wait::any_pump() {
        part_drain();
    }
}
