//! The way from the kernel to the interfaces, and the only file on the kernel's side that names
//! them.
//!
//! The kernel moves operations, events and bytes; it asks this file what an operation does and to
//! whom a stream belongs. The calls are direct. A table of functions for each kind would be the
//! usual way, but the pruner would have to keep every function in a table, and each instance would
//! have one more table, of which a pool of instances has only so many. So a function that some
//! guests do not need is exported as `hook:…`, and the pruner replaces it by `unreachable`
//! (README.md: "Inside P").
//!
//! # Safety
//!
//! The kind of a source or sink says how it is freed: alone, or with the body whose first field
//! it is. The kernel does not use it afterwards.

use crate::kernel::failure::{Error, Failure};
use crate::kernel::op::Op;
use crate::kernel::outcome;
use crate::kernel::sink::{self, Sink};
use crate::kernel::source::{self, MAX_READ, Source};
use crate::wasi::cli::stdio;
use crate::wasi::clocks;
use crate::wasi::filesystem;
use crate::wasi::http;
use crate::wasi::io::error;
use crate::wasi::io::input_stream::{self, InputStream, Read, Splice};
use crate::wasi::io::output_stream::{self, OutputStream};
use crate::wasi::io::poll::{self, Poll};
use crate::wasi::sockets;
use common::abi::{Ret, area};
use common::codes::{wasi02, wasi03};
use common::memory::Buffer;
use common::shared::Shared;

pub use crate::wasi::io::error::Code;

/// The work of an operation.
pub enum Body {
    /// Complete at once, with this count or with `Op::bytes`.
    Done(u32),
    /// `write`: complete at once, unless a connection has just turned out to be broken.
    Wrote(Shared<OutputStream>),
    /// `blocking-write-and-flush`, `blocking-flush`, `blocking-write-zeroes-and-flush`.
    Flush(Shared<OutputStream>),
    CheckWrite(Shared<OutputStream>),
    Read(Read),
    Splice(Splice),
    Poll(Poll),
    Drain,
    /// `look`.
    Look,
    Exit {
        status: u32,
    },
    File(Shared<filesystem::Call>),
    Http(http::Wait),
    Socket(sockets::Wait),
}

/// Goes on with an operation; true when it is complete. May be called again after that.
pub fn step(op: &Op) -> bool {
    let must_yield = op.must_yield();
    match &op.body {
        Body::Done(_) => true,
        Body::Wrote(stream) => op.forced.get() || !stream.sink.is_breaking(),
        Body::Flush(stream) => op.forced.get() || !stream.sink.in_flight(),
        Body::CheckWrite(stream) => !must_yield || !stream.sink.in_flight(),
        Body::Drain | Body::Exit { .. } => op.forced.get() || drained(),
        _ => hook_step(op),
    }
}

/// [`step`] for operations that programs that only print do not have.
#[inline(never)]
#[unsafe(export_name = "hook:dispatch/step")]
extern "C" fn hook_step(op: &Op) -> bool {
    match &op.body {
        Body::Look => outcome::hook_read_wanted(op),
        Body::Read(_) => input_stream::hook_step(op),
        Body::Splice(_) => input_stream::hook_splice(op),
        Body::Poll(_) => poll::hook_step(op),
        Body::File(_) => filesystem::hook_step(op),
        Body::Http(_) => http::hook_step(op),
        Body::Socket(_) => sockets::hook_step(op),
        _ => true,
    }
}

/// One step of the drain: true when all output is out.
pub fn drained() -> bool {
    let outputs = stdio::end_outputs();
    let files = filesystem::settled();
    outputs && files && !sink::any_pending()
}

/// An incomplete operation is about to wait. True if it should be stepped again instead.
pub fn before_wait(op: &Op) -> bool {
    matches!(op.body, Body::Poll(_)) && poll::hook_arm(op)
}

/// The operation of a task in `wait` is complete.
pub fn after_wait(op: &Op) {
    if let Body::Poll(_) = op.body {
        poll::hook_disarm(op);
    }
}

/// Goes on with an operation of a guest that cannot wait; true when it is complete. An operation
/// that waited only for a yield, for output to leave or for the clock is complete then.
pub fn force(op: &Op) -> bool {
    match op.body {
        Body::Poll(_) => return poll::hook_spin(op),
        Body::File(_) => {}
        Body::Read(_) | Body::Splice(_) => op.yielded.set(true),
        _ => {
            op.forced.set(true);
            op.yielded.set(true);
        }
    }
    step(op)
}

/// Frees what an operation owns besides its bytes, which the guest got as its result.
pub fn forget(op: &Op) {
    if let Body::File(call) = op.body {
        filesystem::hook_forget(call);
    }
}

/// The object that is told of an event at once.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum Owner {
    /// None: the result is looked at when it is needed.
    None,
    Sink(Shared<Sink>),
    Source(Shared<Source>),
    Directory(Shared<filesystem::EntryStream>),
    /// The sequential run of `filesystem`.
    Run,
    /// A write to a future of `wasi:http`.
    HttpWrite(Shared<http::FutureWrite>),
    /// A call of `wasi:http/client`.
    HttpCall(Shared<http::FutureResponse>),
    /// A call of `wasi:sockets`.
    SocketCall(Shared<sockets::Call>),
    /// A stream of accepted sockets.
    Listener(Shared<sockets::Listener>),
}

/// Tells the owner of a waitable of an event.
pub fn tell(owner: Owner) {
    match owner {
        Owner::None => {}
        Owner::Sink(sink) => sink.event(),
        owner => hook_tell(owner),
    }
}

/// [`tell`] for owners that programs that only print do not have.
#[inline(never)]
#[unsafe(export_name = "hook:dispatch/tell")]
fn hook_tell(owner: Owner) {
    match owner {
        Owner::None | Owner::Sink(_) => {}
        Owner::Source(source) => input_stream::hook_event(&source),
        Owner::Directory(stream) => filesystem::hook_event(&stream),
        Owner::Run => {
            filesystem::hook_settle();
        }
        Owner::HttpWrite(write) => http::hook_written(&write),
        Owner::HttpCall(call) => http::hook_responded(&call),
        Owner::SocketCall(call) => sockets::hook_returned(&call),
        Owner::Listener(listener) => sockets::hook_accepted(&listener),
    }
}

/// Tells the owner of a result that its read was cancelled, because the task that read it ends.
pub fn unread(owner: Owner) {
    if let Owner::Sink(sink) = owner {
        sink.unread();
    }
}

/// Cancels the operations in flight of objects that were dropped. Only inside of `control.wait`.
#[inline(never)]
#[unsafe(export_name = "hook:dispatch/reap")]
pub extern "C" fn hook_reap() {
    if source::any_parked() {
        input_stream::hook_reap();
    }
    if filesystem::any_parked_entries() {
        filesystem::hook_reap();
    }
    if http::any_parked() {
        http::hook_reap();
    }
    if sockets::any_parked() {
        sockets::hook_reap();
    }
}

/// The event that a pollable waits for.
pub enum Pollable {
    /// Ready at this time of the monotonic clock.
    Timer(u64),
    Input(Shared<InputStream>),
    Output(Shared<OutputStream>),
    Trailers(Shared<http::IncomingBody>),
    Response(Shared<http::FutureResponse>),
    Socket(sockets::Wait),
}

/// Whether a pollable is ready. Starts the read or call that it waits for, if need be.
pub fn ready(pollable: &Pollable, forced: bool) -> bool {
    match *pollable {
        Pollable::Timer(deadline) => clocks::hook_now() >= deadline,
        Pollable::Input(stream) => input_stream::hook_ready(&stream),
        Pollable::Output(stream) => forced || !stream.sink.in_flight(),
        Pollable::Trailers(body) => http::hook_trailers_ready(&body),
        Pollable::Response(response) => http::hook_response_ready(&response),
        Pollable::Socket(ref wait) => sockets::hook_ready(wait),
    }
}

/// A pollable is gone.
pub fn release(pollable: &Pollable) {
    match *pollable {
        Pollable::Timer(_) => {}
        Pollable::Input(stream) => stream.children.update(|count| count - 1),
        Pollable::Output(stream) => stream.children.update(|count| count - 1),
        Pollable::Trailers(body) => http::hook_release_trailers(&body),
        Pollable::Response(response) => http::hook_release_response(&response),
        Pollable::Socket(ref wait) => sockets::hook_release(wait),
    }
}

/// The package, or standard stream, that a stream of bytes belongs to. It decides the type of
/// errors in the result future.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub enum StreamKind {
    /// First, so that it is 0: statics of zeros cost nothing.
    File,
    Stdin,
    Stdout,
    Stderr,
    Http,
    Socket,
}

/// How the streams of a kind differ.
impl StreamKind {
    /// Whether its results may have a string, for which the host has to allocate.
    pub fn has_text(self) -> bool {
        matches!(self, StreamKind::File | StreamKind::Http | StreamKind::Socket)
    }

    /// Whether the 0.2 stream owns it, alone or with a socket. If not, it is a shared standard
    /// stream or part of a body.
    pub fn belongs_to_handle(self) -> bool {
        matches!(self, StreamKind::File | StreamKind::Socket)
    }

    /// Whether a program that ends waits until the stream's queue is empty: bodies and connections
    /// are given up.
    pub fn holds_exit(self) -> bool {
        !matches!(self, StreamKind::Http | StreamKind::Socket)
    }

    /// Whether a stream that was dropped with bytes in flight holds up the exit all the same:
    /// natively, dropping the stream waits.
    pub fn lingers(self) -> bool {
        self == StreamKind::Socket
    }

    /// Whether operations of the kind wait for streams that were dropped with bytes in flight:
    /// natively, dropping the stream waits.
    pub fn holds_others(self) -> bool {
        self == StreamKind::File
    }

    /// Whether there is no result future: without a consumer the stream is just closed.
    pub fn just_ends(self) -> bool {
        self == StreamKind::Http
    }

    /// Whether the kind is told of bytes that are accepted and taken: see [`count`] and
    /// [`taken`].
    pub fn counts(self) -> bool {
        self == StreamKind::Http
    }

    /// Whether a stream counts as flushed with one write outstanding, as in wasmtime's 0.2, and
    /// with any number as long as nobody can read it.
    pub fn lags(self) -> bool {
        self == StreamKind::Http
    }

    /// Whether `write` reports that the consumer is gone.
    pub fn tells_of_breaks(self) -> bool {
        self == StreamKind::Socket
    }

    /// Whether a write of no bytes is passed on, too: it fails if the file may not be written.
    pub fn writes_nothing(self) -> bool {
        self == StreamKind::File
    }

    /// Whether the next bytes open a new stream after one has ended.
    pub fn reopens(self) -> bool {
        self != StreamKind::File
    }

    /// Whether an error says no more than that the consumer is gone.
    pub fn is_end(self, error: &Error) -> bool {
        match error.code {
            Code::File(code) => code == wasi02::Filesystem::Pipe && self != StreamKind::File,
            code => code == Code::ConnectionBroken,
        }
    }

    /// Whether bytes are accepted only within a permit.
    pub fn insists_on_permits(self) -> bool {
        matches!(self, StreamKind::File | StreamKind::Socket)
    }

    /// The permit that `check-write` gives; the same as wasmtime's.
    pub fn permit(self) -> u32 {
        match self {
            StreamKind::Http => 1024 * 1024,
            _ => output_stream::PERMIT,
        }
    }

    /// Whether the size of reads ahead follows the size of the last read.
    pub fn adapts(self) -> bool {
        self == StreamKind::Socket
    }

    /// How much is read when only readiness is asked for: `adapted`, if the kind adapts. The
    /// reader of a body will want all of it.
    pub fn ahead(self, adapted: u32) -> u32 {
        match self {
            StreamKind::Http => MAX_READ,
            StreamKind::Socket => adapted,
            _ => source::AHEAD,
        }
    }
}

/// Opens the stream that a shared output goes to.
pub fn open_output(sink: &Sink) {
    stdio::open(sink)
}

/// Opens the stream of a source, before the first read.
pub fn open_input(source: &Source) {
    match source.kind() {
        StreamKind::Http => http::hook_open(source),
        kind => source.open(stdio::open_stdin(), kind),
    }
}

/// Whether a source must not read now.
pub fn holds_back(kind: StreamKind) -> bool {
    kind == StreamKind::File && filesystem::holds()
}

/// Goes on settling the run of file operations that a sink holds back for.
pub fn settle() {
    filesystem::hook_settle();
}

/// A sink is accepting bytes; this may take some away, or close the sink.
pub fn count(sink: &Sink, bytes: &mut Buffer) {
    http::hook_count(sink, bytes)
}

/// The host has taken bytes, or will take no more.
pub fn taken(sink: &Sink) {
    http::hook_taken(sink)
}

/// The stream of a source has ended, or is dropped.
pub fn consumed(source: &Source) {
    if source.kind() == StreamKind::Http {
        http::hook_consumed(source);
    }
}

/// The outcome of a source is known.
pub fn ended(source: &Source, outcome: &Option<Failure>) {
    if source.kind() == StreamKind::Http {
        http::hook_ended(source, outcome);
    }
}

/// Frees a source whose ends are gone.
pub fn free_source(source: &Source) {
    match source.kind() {
        StreamKind::Http => http::hook_freed(source),
        // A direction that was shut down: its resource or socket still uses the source.
        StreamKind::Socket if source.lent.get() || source.owned.get() => {}
        StreamKind::Socket => unsafe { Shared::of(source).free() },
        _ => {
            filesystem::stream_gone();
            unsafe { Shared::of(source).free() };
        }
    }
}

/// Frees a sink whose ends are gone.
pub fn free_sink(sink: &Sink) {
    if sink.kind() == StreamKind::File {
        filesystem::stream_gone();
    }
    unsafe { Shared::of(sink).free() };
}

/// Begins to read a result without text.
pub fn read_plain(kind: StreamKind, future: u32, value: *mut u8) -> u32 {
    stdio::future_read(kind, future, value)
}

/// The error in a result without text.
pub fn plain_error(result: *mut u8) -> Failure {
    error::from_cli(unsafe { wasi03::Cli::at(result.add(1)) })
}

pub fn drop_plain(kind: StreamKind, future: u32) {
    stdio::future_drop(kind, future)
}

/// Begins to read a result with text.
pub fn read_text(kind: StreamKind, future: u32, value: *mut u8) -> u32 {
    match kind {
        StreamKind::Http => http::hook_future_read(future, value),
        StreamKind::Socket => sockets::hook_future_read(future, value),
        _ => filesystem::hook_future_read(future, value),
    }
}

/// Ends the read of a result with text.
pub fn cancel_text(kind: StreamKind, future: u32) -> u32 {
    match kind {
        StreamKind::Http => http::hook_future_cancel(future),
        StreamKind::Socket => sockets::hook_future_cancel(future),
        _ => filesystem::hook_future_cancel(future),
    }
}

/// The error in a result with text.
pub fn text_error(kind: StreamKind, result: *mut u8) -> Error {
    match kind {
        StreamKind::Http => http::hook_error(result.wrapping_add(8)),
        StreamKind::Socket => sockets::hook_error(result.wrapping_add(4)),
        _ => filesystem::hook_error(result.wrapping_add(4)),
    }
}

pub fn drop_text(kind: StreamKind, future: u32) {
    match kind {
        StreamKind::Http => http::hook_future_drop(future),
        StreamKind::Socket => sockets::hook_future_drop(future),
        _ => filesystem::hook_future_drop(future),
    }
}

/// The answer of `to-debug-string` for an error.
pub fn error_text(error: &Error) -> Ret {
    match error.code {
        Code::Http => http::hook_error_text(error.text.start()),
        _ if error.text.len > 0 => area().u32(0, error.text.start() as u32).u32(4, error.text.len).ret(),
        Code::File(code) => error::text(code.name()),
        code => sockets::hook_error_text(code),
    }
}
