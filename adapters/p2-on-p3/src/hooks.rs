//! The way from the kernel to the interfaces, and the only file on the kernel's side that names
//! them.
//!
//! The kernel moves operations, events and bytes; what an operation is about, and whose the stream
//! is, it asks here. The calls are direct. A table of functions for each domain would be the usual
//! way, but the pruner would have to keep whatever a table names, and an instance would have one
//! more table, of which a pool of instances has only so many. So a function that a guest may do
//! without is exported as `hook:…`, and the pruner puts `unreachable` in its place (README.md:
//! "Inside P").
//!
//! # Safety
//!
//! A source or sink is freed by its kind: alone, or by the body that it is the first part of. The
//! kernel does not use it after that.

use crate::kernel::failure::{ErrorCode, Failure};
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
use common::memory::Buffer;
use common::shared::Shared;

/// What an operation does.
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

/// The same of what programs that only print do not have.
#[inline(never)]
#[unsafe(export_name = "hook:domains/step")]
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

/// An operation is complete whose task has waited.
pub fn after_wait(op: &Op) {
    if let Body::Poll(_) = op.body {
        poll::hook_disarm(op);
    }
}

/// Goes on with an operation of a guest that cannot wait. What only the host or the clock holds up
/// is complete after that.
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

/// Gives back what an operation has besides its bytes, which were its result.
pub fn forget(op: &Op) {
    if let Body::File(call) = op.body {
        filesystem::hook_forget(call);
    }
}

/// Who is told of an event at once.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum Owner {
    /// Nobody: whoever needs the result looks at it.
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

/// The same of an owner that programs that only print do not have.
#[inline(never)]
#[unsafe(export_name = "hook:domains/tell")]
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

/// Cancels what was dropped with an operation in flight. Only inside of `control.wait`.
#[inline(never)]
#[unsafe(export_name = "hook:domains/reap")]
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

/// What a pollable waits for.
pub enum Pollable {
    /// Ready at this time of the monotonic clock.
    Timer(u64),
    Input(Shared<InputStream>),
    Output(Shared<OutputStream>),
    Trailers(Shared<http::IncomingBody>),
    Response(Shared<http::FutureResponse>),
    Socket(sockets::Wait),
}

/// Whether a pollable is ready. What it waits for is started if need be.
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

/// Whose a stream of bytes is. Its result future has errors of a type of that package.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub enum Domain {
    /// First, because statics that are zeros cost nothing.
    File,
    Stdin,
    Stdout,
    Stderr,
    Http,
    Socket,
}

/// How the streams of a domain differ.
impl Domain {
    /// Whether its results may hold a string, for which the host has to allocate.
    pub fn has_text(self) -> bool {
        matches!(self, Domain::File | Domain::Http | Domain::Socket)
    }

    /// Whether the 0.2 resource owns the stream. Others own it where it does not.
    pub fn belongs_to_handle(self) -> bool {
        matches!(self, Domain::File | Domain::Socket)
    }

    /// Whether a program that ends waits for its queue: it gives up bodies and connections.
    pub fn holds_exit(self) -> bool {
        !matches!(self, Domain::Http | Domain::Socket)
    }

    /// Whether what was dropped with bytes in flight holds that up all the same: natively, dropping
    /// the stream waits.
    pub fn lingers(self) -> bool {
        self == Domain::Socket
    }

    /// Whether operations of the domain wait for what was dropped with bytes in flight: natively,
    /// dropping the stream waits.
    pub fn holds_others(self) -> bool {
        self == Domain::File
    }

    /// Whether it has no result: when the consumer is gone, that is all.
    pub fn just_ends(self) -> bool {
        self == Domain::Http
    }

    /// Whether it is told of bytes that are accepted and taken: see [`count`] and [`taken`].
    pub fn counts(self) -> bool {
        self == Domain::Http
    }

    /// Whether it may lag behind by one write, as in wasmtime's 0.2, and by any number as long as
    /// nobody can read it.
    pub fn lags(self) -> bool {
        self == Domain::Http
    }

    /// Whether `write` tells of a consumer that is gone.
    pub fn tells_of_breaks(self) -> bool {
        self == Domain::Socket
    }

    /// Whether none at all are written too: that fails if the file may not be written.
    pub fn writes_nothing(self) -> bool {
        self == Domain::File
    }

    /// Whether the next bytes open another stream where one has ended.
    pub fn reopens(self) -> bool {
        self != Domain::File
    }

    /// Whether an error says no more than that the consumer is gone.
    pub fn is_end(self, error: &ErrorCode) -> bool {
        error.code == error::PIPE && self != Domain::File || error.code == error::NET_BROKEN
    }

    /// Whether bytes are accepted only within a permit.
    pub fn insists_on_permits(self) -> bool {
        matches!(self, Domain::File | Domain::Socket)
    }

    /// What `check-write` grants; the same as wasmtime's.
    pub fn permit(self) -> u32 {
        match self {
            Domain::Http => 1024 * 1024,
            _ => output_stream::PERMIT,
        }
    }

    /// Whether the amount that is read ahead follows what was there.
    pub fn adapts(self) -> bool {
        self == Domain::Socket
    }

    /// How much is read when only readiness is asked for, which `adapted` says if it is adapted.
    /// The reader of a body will want all.
    pub fn ahead(self, adapted: u32) -> u32 {
        match self {
            Domain::Http => MAX_READ,
            Domain::Socket => adapted,
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
    match source.domain() {
        Domain::Http => http::hook_open(source),
        domain => source.open(stdio::open_stdin(), domain),
    }
}

/// Whether a source must not read now.
pub fn holds_back(domain: Domain) -> bool {
    domain == Domain::File && filesystem::holds()
}

/// Goes on with what a sink holds back for.
pub fn settle() {
    filesystem::hook_settle();
}

/// Bytes are being accepted; may take some away, or close the sink.
pub fn count(sink: &Sink, bytes: &mut Buffer) {
    http::hook_count(sink, bytes)
}

/// The host has taken bytes, or will take no more.
pub fn taken(sink: &Sink) {
    http::hook_taken(sink)
}

/// The stream of a source has ended, or is dropped.
pub fn consumed(source: &Source) {
    if source.domain() == Domain::Http {
        http::hook_consumed(source);
    }
}

/// The outcome of a source is known.
pub fn ended(source: &Source, outcome: &Option<Failure>) {
    if source.domain() == Domain::Http {
        http::hook_ended(source, outcome);
    }
}

/// Frees a source whose ends are gone.
pub fn free_source(source: &Source) {
    match source.domain() {
        Domain::Http => http::hook_freed(source),
        // It was shut down, and is still there to say so.
        Domain::Socket if source.lent.get() || source.owned.get() => {}
        Domain::Socket => unsafe { Shared::of(source).free() },
        _ => {
            filesystem::stream_gone();
            unsafe { Shared::of(source).free() };
        }
    }
}

/// Frees a sink whose ends are gone.
pub fn free_sink(sink: &Sink) {
    if sink.domain() == Domain::File {
        filesystem::stream_gone();
    }
    unsafe { Shared::of(sink).free() };
}

/// Begins to read a result without text.
pub fn read_plain(domain: Domain, future: u32, value: *mut u8) -> u32 {
    stdio::future_read(domain, future, value)
}

/// The error in a result without text.
pub fn plain_error(result: *mut u8) -> Failure {
    error::from_cli(unsafe { *result.add(1) })
}

pub fn drop_plain(domain: Domain, future: u32) {
    stdio::future_drop(domain, future)
}

/// Begins to read a result with text.
pub fn read_text(domain: Domain, future: u32, value: *mut u8) -> u32 {
    match domain {
        Domain::Http => http::hook_future_read(future, value),
        Domain::Socket => sockets::hook_future_read(future, value),
        _ => filesystem::hook_future_read(future, value),
    }
}

/// Ends the read of a result with text.
pub fn cancel_text(domain: Domain, future: u32) -> u32 {
    match domain {
        Domain::Http => http::hook_future_cancel(future),
        Domain::Socket => sockets::hook_future_cancel(future),
        _ => filesystem::hook_future_cancel(future),
    }
}

/// The error in a result with text.
pub fn text_error(domain: Domain, result: *mut u8) -> ErrorCode {
    match domain {
        Domain::Http => http::hook_error(result.wrapping_add(8)),
        Domain::Socket => sockets::hook_error(result.wrapping_add(4)),
        _ => filesystem::hook_error(result.wrapping_add(4)),
    }
}

pub fn drop_text(domain: Domain, future: u32) {
    match domain {
        Domain::Http => http::hook_future_drop(future),
        Domain::Socket => sockets::hook_future_drop(future),
        _ => filesystem::hook_future_drop(future),
    }
}

/// What `to-debug-string` says of an error.
pub fn error_text(error: &ErrorCode) -> Ret {
    if error.code == error::HTTP {
        return http::hook_error_text(error.text.start());
    }
    if error.text.len > 0 {
        return area().u32(0, error.text.start() as u32).u32(4, error.text.len).ret();
    }
    if error.code >= error::NET {
        return sockets::hook_error_text(error.code);
    }
    error::name(error::NAMES, error.code)
}
