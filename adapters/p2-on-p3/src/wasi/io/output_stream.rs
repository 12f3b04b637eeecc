//! `wasi:io/streams.output-stream`: a handle on a [`Sink`] (DESIGN.md: "Output streams of P",
//! "Two-phase end").
//!
//! # Safety
//!
//! Streams in parameters come from the engine, so their resources exist. A sink lives as long as
//! its streams.

use crate::hooks::{Body, Pollable};
use crate::kernel::op;
use crate::kernel::sink::{Sink, hook_let_go};
use crate::trap;
use crate::wasi::io::error::stream_error;
use crate::wasi::io::poll;
use common::abi::{Ret, area};
use common::memory::Buffer;
use common::shared::Shared;
use core::cell::Cell;
use core::ptr::write_bytes;

/// The permit that `check-write` gives for most streams; the same as on wasmtime.
pub const PERMIT: u32 = 64 * 1024;

/// The limit of `blocking-write-and-flush`.
const BLOCKING_LIMIT: u32 = 4096;

pub struct OutputStream {
    pub sink: Shared<Sink>,
    /// Pollables that live.
    pub children: Cell<u32>,
    /// Consecutive answers of `check-write` that were 0.
    fruitless: Cell<u8>,
    /// `check-write` granted a permit although bytes are in flight, because the guest could not
    /// wait.
    granted: Cell<bool>,
}

#[link(wasm_import_module = "[export]wasi:io/streams@0.2")]
unsafe extern "C" {
    #[link_name = "[resource-new]output-stream"]
    fn output_stream_new(rep: Shared<OutputStream>) -> u32;
}

/// Makes a handle on a sink.
pub fn new(sink: &Sink) -> u32 {
    let (children, fruitless, granted) = (Cell::new(0), Cell::new(0), Cell::new(false));
    let stream = Shared::new(OutputStream { sink: Shared::of(sink), children, fruitless, granted });
    unsafe { output_stream_new(stream) }
}

impl OutputStream {
    /// Accepts bytes. The guest should have asked for a permit, but P insists on one only where
    /// wasmtime does, for files and connections with a write in flight: programs that never ask
    /// work on wasmtime.
    fn write(&self, buffer: Buffer) {
        let sink = self.sink;
        if sink.kind().insists_on_permits() && sink.in_flight() && !self.granted.get() {
            trap::permit()
        }
        self.granted.set(false);
        sink.write(buffer);
    }

    fn write_zeroes(&self, len: u64) {
        if len > self.sink.kind().permit() as u64 {
            trap::permit()
        }
        // A write of nothing as well: it opens a file, which may not be open for writing.
        let mut buffer = Buffer::NONE;
        if len > 0 {
            buffer = Buffer::new(len as u32);
            buffer.len = len as u32;
            unsafe { write_bytes(buffer.at, 0, len as usize) };
        }
        self.sink.write(buffer);
    }
}

/// `result<_, stream-error>`.
fn result(this: &OutputStream) -> Ret {
    let sink = this.sink;
    let area = area();
    if sink.is_open() {
        return area.u8(0, 0).ret();
    }
    area.u8(0, 1);
    stream_error(area, 4, sink.take_error());
    area.ret()
}

/// `result<u64, stream-error>`.
pub fn result_u64(this: &OutputStream, value: u64) -> Ret {
    let sink = this.sink;
    let area = area();
    if sink.is_open() {
        return area.u8(0, 0).u64(8, value).ret();
    }
    area.u8(0, 1);
    stream_error(area, 8, sink.take_error());
    area.ret()
}

/// The bytes of a parameter that came as chunks: see the README.
pub fn from_chunks(skip: u32, len: u32, at: *mut u8, chunks: u32) -> Buffer {
    let mut buffer = Buffer::lowered(at, chunks * 64);
    buffer.off = skip;
    buffer.len = len;
    buffer
}

#[unsafe(export_name = "wasi:io/streams@0.2#[dtor]output-stream")]
extern "C" fn drop_output_stream(this: Shared<OutputStream>) {
    if this.children.get() > 0 {
        trap::has_children()
    }
    let sink = this.sink;
    sink.lent.set(false);
    if sink.kind().belongs_to_handle() {
        hook_let_go(&sink);
    }
    unsafe { this.free() };
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]output-stream.start-check-write")]
extern "C" fn start_check_write(this: Shared<OutputStream>) -> u32 {
    op::deliver_events();
    let idle = !this.sink.in_flight();
    let fruitless = if idle { 0 } else { this.fruitless.get().saturating_add(1) };
    this.fruitless.set(fruitless);
    op::begin_with(Body::CheckWrite(this), fruitless >= 2)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[static]output-stream.finish-check-write")]
extern "C" fn finish_check_write(token: u32) -> Ret {
    let op = op::take(token);
    let Body::CheckWrite(this) = op.body else { return area().ret() };
    let forced = op.forced.get();
    let permit = if forced || !this.sink.in_flight() {
        this.fruitless.set(0);
        this.granted.set(forced);
        this.sink.kind().permit()
    } else {
        0
    };
    result_u64(&this, permit as u64)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]output-stream.start-write")]
extern "C" fn start_write(this: Shared<OutputStream>, skip: u32, len: u32, at: *mut u8, chunks: u32) -> u32 {
    op::deliver_events();
    this.write(from_chunks(skip, len, at, chunks));
    op::begin(Body::Wrote(this))
}

#[unsafe(export_name = "wasi:io/streams@0.2#[static]output-stream.finish-write")]
extern "C" fn finish_write(token: u32) -> Ret {
    finish(token)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]output-stream.start-blocking-write-and-flush")]
extern "C" fn start_blocking_write_and_flush(
    this: Shared<OutputStream>,
    skip: u32,
    len: u32,
    at: *mut u8,
    chunks: u32,
) -> u32 {
    write_and_flush(this, from_chunks(skip, len, at, chunks))
}

/// The answer of `linked:write-and-flush` when the bytes have to come to P.
const COPY: u32 = u32::MAX;

/// The same with `len` bytes at `at` of the memory of a linked guest, which waits until they are
/// out: element `by` of the table writes them. Not for bodies, which count as flushed while bytes
/// are in flight.
#[unsafe(export_name = "linked:write-and-flush")]
extern "C" fn write_and_flush_in_place(this: Shared<OutputStream>, by: u32, at: u32, len: u32) -> u32 {
    if this.sink.kind().lags() {
        return COPY;
    }
    write_and_flush(this, Buffer::of_guest(by, at, len))
}

fn write_and_flush(this: Shared<OutputStream>, bytes: Buffer) -> u32 {
    if bytes.len > BLOCKING_LIMIT {
        trap::too_large()
    }
    op::deliver_events();
    this.sink.write(bytes);
    op::begin(Body::Flush(this))
}

#[unsafe(export_name = "wasi:io/streams@0.2#[static]output-stream.finish-blocking-write-and-flush")]
extern "C" fn finish_blocking_write_and_flush(token: u32) -> Ret {
    finish(token)
}

fn finish(token: u32) -> Ret {
    match op::take(token).body {
        Body::Wrote(this) | Body::Flush(this) => result(&this),
        _ => area().ret(),
    }
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]output-stream.flush")]
extern "C" fn flush(this: Shared<OutputStream>) -> Ret {
    op::deliver_events();
    result(&this)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]output-stream.start-blocking-flush")]
extern "C" fn start_blocking_flush(this: Shared<OutputStream>) -> u32 {
    op::deliver_events();
    op::begin(Body::Flush(this))
}

#[unsafe(export_name = "wasi:io/streams@0.2#[static]output-stream.finish-blocking-flush")]
extern "C" fn finish_blocking_flush(token: u32) -> Ret {
    finish(token)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]output-stream.subscribe")]
extern "C" fn subscribe(this: Shared<OutputStream>) -> u32 {
    this.children.update(|count| count + 1);
    poll::new(Pollable::Output(this))
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]output-stream.write-zeroes")]
extern "C" fn write_zeroes(this: Shared<OutputStream>, len: u64) -> Ret {
    op::deliver_events();
    this.write_zeroes(len);
    result(&this)
}

#[unsafe(export_name = "wasi:io/streams@0.2#[method]output-stream.start-blocking-write-zeroes-and-flush")]
extern "C" fn start_blocking_write_zeroes_and_flush(this: Shared<OutputStream>, len: u64) -> u32 {
    if len > BLOCKING_LIMIT as u64 {
        trap::too_many_zeroes()
    }
    op::deliver_events();
    this.write_zeroes(len);
    op::begin(Body::Flush(this))
}

#[unsafe(export_name = "wasi:io/streams@0.2#[static]output-stream.finish-blocking-write-zeroes-and-flush")]
extern "C" fn finish_blocking_write_zeroes_and_flush(token: u32) -> Ret {
    finish(token)
}
