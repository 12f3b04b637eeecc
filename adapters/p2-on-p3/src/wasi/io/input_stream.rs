//! `wasi:io/streams.input-stream`: a handle on a [`Source`] (DESIGN.md: "Input streams of P",
//! "Two-phase end", "Yields").
//!
//! # Safety
//!
//! Streams in parameters come from the engine, so their resources exist. A source lives as long as
//! its streams.

use crate::hooks::{Body, Pollable};
use crate::kernel::op::{self, Op};
use crate::kernel::source::{self, MAX_READ, Source};
use crate::trap;
use crate::wasi::io::error::stream_error;
use crate::wasi::io::output_stream::{self, OutputStream, PERMIT};
use crate::wasi::io::poll;
use common::abi::{Area, Ret, area};
use common::memory::{self, Buffer};
use common::shared::Shared;
use core::cell::Cell;

pub struct InputStream {
    source: Shared<Source>,
    /// Pollables that live.
    pub children: Cell<u32>,
    /// Consecutive reads without a byte.
    fruitless: Cell<u8>,
}

/// `read`, `skip` and their blocking forms.
pub struct Read {
    stream: Shared<InputStream>,
    len: u32,
    blocking: bool,
    /// Whether the bytes are discarded, not returned.
    skip: bool,
    skipped: Cell<u32>,
    /// There is a result: bytes, or the end of the stream.
    settled: Cell<bool>,
}

/// `splice` and `blocking-splice`.
pub struct Splice {
    to: Shared<OutputStream>,
    from: Shared<InputStream>,
    len: u32,
    blocking: bool,
    /// Bytes that were moved.
    count: Cell<u32>,
    /// The input has ended before a byte was moved.
    ended: Cell<bool>,
}

#[link(wasm_import_module = "[export]wasi:io/streams@0.2")]
unsafe extern "C" {
    #[link_name = "[resource-new]input-stream"]
    fn input_stream_new(rep: Shared<InputStream>) -> u32;
}

/// Makes a handle on a source.
pub fn new(source: &Source) -> u32 {
    let source = Shared::of(source);
    let stream = Shared::new(InputStream { source, children: Cell::new(0), fruitless: Cell::new(0) });
    unsafe { input_stream_new(stream) }
}

/// Lengths are u64, but no read takes more than [`MAX_READ`].
fn clamp(len: u64) -> u32 {
    len.min(MAX_READ as u64) as u32
}

/// Notes whether a read brought anything; true if the next one should yield to the host first.
fn note(stream: &InputStream, fruitful: bool) -> bool {
    let fruitless = if fruitful { 0 } else { stream.fruitless.get().saturating_add(1) };
    stream.fruitless.set(fruitless);
    fruitless >= 2 || (!fruitful && source::any_parked())
}

#[inline(never)]
#[unsafe(export_name = "hook:input-stream/event")]
pub extern "C" fn hook_event(source: &Source) {
    source.event()
}

/// Readiness for a pollable: starts a read if none is in flight.
#[inline(never)]
#[unsafe(export_name = "hook:input-stream/ready")]
pub extern "C" fn hook_ready(this: &InputStream) -> bool {
    this.source.fill(this.source.ahead())
}

#[inline(never)]
#[unsafe(export_name = "hook:input-stream/reap")]
pub extern "C" fn hook_reap() {
    source::reap()
}

#[inline(never)]
#[unsafe(export_name = "hook:input-stream/step")]
pub extern "C" fn hook_step(op: &Op) -> bool {
    let must_yield = op.must_yield();
    let Body::Read(read) = &op.body else { return true };
    if read.settled.get() {
        return true;
    }
    let source = read.stream.source;
    if read.len == 0 && !read.blocking {
        return true;
    }
    let filled = source.fill(if read.len == 0 { source.ahead() } else { read.len });
    if filled {
        read.settled.set(true);
        if read.skip {
            read.skipped.set(source.skip(read.len));
        } else if read.len > 0 {
            op.bytes.set(source.take(read.len));
        }
        return true;
    }
    !read.blocking && !must_yield
}

fn start(stream: Shared<InputStream>, len: u64, blocking: bool, skip: bool) -> u32 {
    op::deliver_events();
    let len = clamp(len);
    let yields = !blocking && len > 0 && note(&stream, stream.source.fill(len));
    let (skipped, settled) = (Cell::new(0), Cell::new(false));
    op::begin_with(Body::Read(Read { stream, len, blocking, skip, skipped, settled }), yields)
}

/// Writes the error case if the stream has ended and nothing was read.
fn failed(area: &Area, offset: usize, stream: &InputStream) -> bool {
    let source = stream.source;
    if !source.ended() {
        return false;
    }
    area.u8(0, 1);
    stream_error(area, offset, source.take_error());
    true
}

/// `result<list<u8>, stream-error>`.
fn finish_bytes(token: u32) -> Ret {
    let op = op::take(token);
    let area = area();
    let Body::Read(read) = &op.body else { return area.ret() };
    let bytes = op.bytes.get();
    if bytes.len == 0 && failed(area, 4, &read.stream) {
        return area.ret();
    }
    memory::keep(bytes);
    area.u8(0, 0).u32(4, bytes.start() as u32).u32(8, bytes.len).ret()
}

/// `result<u64, stream-error>`.
fn finish_count(token: u32) -> Ret {
    let area = area();
    let Body::Read(read) = &op::take(token).body else { return area.ret() };
    if read.skipped.get() == 0 && failed(area, 8, &read.stream) {
        return area.ret();
    }
    area.u8(0, 0).u64(8, read.skipped.get() as u64).ret()
}

#[unsafe(export_name = "wasi:io/streams@0.2#[dtor]input-stream")]
extern "C" fn drop_input_stream(this: Shared<InputStream>) {
    if this.children.get() > 0 {
        trap::has_children()
    }
    let source = this.source;
    source.lent.set(false);
    if source.kind().belongs_to_handle() {
        source.let_go();
    }
    unsafe { this.free() };
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]input-stream.start-read")]
extern "C" fn start_read(this: Shared<InputStream>, len: u64) -> u32 {
    start(this, len, false, false)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[static]input-stream.finish-read")]
extern "C" fn finish_read(token: u32) -> Ret {
    finish_bytes(token)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]input-stream.start-blocking-read")]
extern "C" fn start_blocking_read(this: Shared<InputStream>, len: u64) -> u32 {
    start(this, len, true, false)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[static]input-stream.finish-blocking-read")]
extern "C" fn finish_blocking_read(token: u32) -> Ret {
    finish_bytes(token)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]input-stream.start-skip")]
extern "C" fn start_skip(this: Shared<InputStream>, len: u64) -> u32 {
    start(this, len, false, true)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[static]input-stream.finish-skip")]
extern "C" fn finish_skip(token: u32) -> Ret {
    finish_count(token)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]input-stream.start-blocking-skip")]
extern "C" fn start_blocking_skip(this: Shared<InputStream>, len: u64) -> u32 {
    start(this, len, true, true)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[static]input-stream.finish-blocking-skip")]
extern "C" fn finish_blocking_skip(token: u32) -> Ret {
    finish_count(token)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]input-stream.subscribe")]
extern "C" fn subscribe(this: Shared<InputStream>) -> u32 {
    this.children.update(|count| count + 1);
    poll::new(Pollable::Input(this))
}

#[inline(never)]
#[unsafe(export_name = "hook:splices/step")]
pub extern "C" fn hook_splice(op: &Op) -> bool {
    let must_yield = op.must_yield();
    let Body::Splice(splice) = &op.body else { return true };
    let fruitless = !splice.blocking && !must_yield;
    let sink = splice.to.sink;
    if splice.count.get() > 0 || splice.ended.get() {
        return !splice.blocking || op.forced.get() || !sink.in_flight();
    }
    if splice.len == 0 || !sink.is_open() {
        return true;
    }
    if sink.in_flight() {
        return fruitless;
    }
    let source = splice.from.source;
    if !source.fill(splice.len) {
        return fruitless;
    }
    let bytes: Buffer = source.take(splice.len);
    splice.count.set(bytes.len);
    splice.ended.set(bytes.len == 0);
    // A write of nothing would begin a stream of the host's, which may fail.
    if bytes.len > 0 {
        sink.write(bytes);
    }
    !splice.blocking || !sink.in_flight()
}

fn start_splicing(to: Shared<OutputStream>, from: Shared<InputStream>, len: u64, blocking: bool) -> u32 {
    op::deliver_events();
    let len = len.min(PERMIT as u64) as u32;
    let idle = !to.sink.in_flight();
    let yields = !blocking && len > 0 && note(&from, idle && from.source.fill(len));
    let (count, ended) = (Cell::new(0), Cell::new(false));
    op::begin_with(Body::Splice(Splice { to, from, len, blocking, count, ended }), yields)
}

fn finish_splicing(token: u32) -> Ret {
    let area = area();
    let Body::Splice(splice) = &op::take(token).body else { return area.ret() };
    if splice.ended.get() && failed(area, 8, &splice.from) {
        return area.ret();
    }
    output_stream::result_u64(&splice.to, splice.count.get() as u64)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]output-stream.start-splice")]
extern "C" fn start_splice(to: Shared<OutputStream>, from: Shared<InputStream>, len: u64) -> u32 {
    start_splicing(to, from, len, false)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[static]output-stream.finish-splice")]
extern "C" fn finish_splice(token: u32) -> Ret {
    finish_splicing(token)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]output-stream.start-blocking-splice")]
extern "C" fn start_blocking_splice(to: Shared<OutputStream>, from: Shared<InputStream>, len: u64) -> u32 {
    start_splicing(to, from, len, true)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[static]output-stream.finish-blocking-splice")]
extern "C" fn finish_blocking_splice(token: u32) -> Ret {
    finish_splicing(token)
}
