//! The kernel's way to the interfaces of WASI: the only file on its side that names them.
//!
//! Each hook calls its functions by name. With a table of functions instead, the pruner could not
//! see which elements are called and would keep them all, and each instance would have one more
//! table, of which a pool of instances has only so many. So the functions behind a hook are
//! exported as `hook:…` as well, and become `unreachable` in an output that needs no function of
//! their interface.
//!
//! # Safety
//!
//! A waiter is the first field of an object whose type its [`WaiterKind`] says; the casts here are
//! to that type.

use crate::kernel::outcome::Value;
use crate::kernel::pair::Pair;
use crate::kernel::poll::Waiter;
use crate::kernel::sink;
use crate::kernel::source;
use crate::wasi::cli;
use crate::wasi::filesystem::{self, Descriptor};
use crate::wasi::http::{self, Incoming, Outgoing};
use crate::wasi::io::Failure;
use crate::wasi::sockets::{self, TcpSocket};
use common::shared::Shared;

pub use crate::wasi::filesystem::{Directory, hook_drop_entries, hook_read_entries};
pub use crate::wasi::http::{Outcome, hook_forget};
pub use crate::wasi::sockets::Returned;
pub use crate::wasi::{clocks, io};

/// The type of the object whose first field a waiter is.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub enum WaiterKind {
    /// `source::Source` and `sink::Sink`.
    Source,
    Sink,
    /// `http::Trailers`: those of an incoming body.
    Trailers,
    /// `http::Call`: a request that was sent.
    Call,
    /// `http::Forward`: from one future to another; waits only for the guest.
    Forward,
    /// `sockets::Connect` and so on: calls of functions of `wasi:sockets`.
    Connect,
    Send,
    Receive,
    Lookup,
    /// `sockets::Accept`: a stream of sockets.
    Accept,
}

/// Lets a waiter go on.
pub fn step(waiter: Shared<Waiter>) {
    match waiter.kind {
        WaiterKind::Source => source::hook_step(unsafe { waiter.cast() }),
        WaiterKind::Sink => sink::hook_step(unsafe { waiter.cast() }),
        kind => hook_step(waiter, kind),
    }
}

/// [`step`] for waiters of messages and of the network.
#[inline(never)]
#[unsafe(export_name = "hook:dispatch/step")]
extern "C" fn hook_step(waiter: Shared<Waiter>, kind: WaiterKind) {
    unsafe {
        match kind {
            WaiterKind::Source | WaiterKind::Sink => {}
            WaiterKind::Trailers => http::hook_step_trailers(waiter.cast()),
            WaiterKind::Call => http::hook_step_call(waiter.cast()),
            WaiterKind::Forward => http::hook_step_forward(waiter.cast()),
            WaiterKind::Connect => sockets::hook_step_connect(waiter.cast()),
            WaiterKind::Send => sockets::hook_step_send(waiter.cast()),
            WaiterKind::Receive => sockets::hook_step_receive(waiter.cast()),
            WaiterKind::Lookup => sockets::hook_step_lookup(waiter.cast()),
            WaiterKind::Accept => sockets::hook_step_accept(waiter.cast()),
        }
    }
}

/// Nobody waits any more for the call that the waiter stands for.
#[inline(never)]
#[unsafe(export_name = "hook:dispatch/cancel")]
pub extern "C" fn hook_cancel(waiter: Shared<Waiter>) {
    unsafe {
        match waiter.kind {
            WaiterKind::Connect => sockets::hook_cancel_connect(waiter.cast()),
            WaiterKind::Send => sockets::hook_cancel_send(waiter.cast()),
            WaiterKind::Receive => sockets::hook_cancel_receive(waiter.cast()),
            WaiterKind::Lookup => sockets::hook_cancel_lookup(waiter.cast()),
            _ => http::hook_cancel_call(waiter.cast()),
        }
    }
}

/// Nobody reads the stream or future any more that the waiter provides.
#[inline(never)]
#[unsafe(export_name = "hook:dispatch/drop-source")]
pub extern "C" fn hook_drop_source(waiter: Shared<Waiter>) {
    unsafe {
        match waiter.kind {
            WaiterKind::Trailers => http::hook_drop_trailers(waiter.cast()),
            WaiterKind::Accept => sockets::hook_drop_accept(waiter.cast()),
            _ => source::hook_drop(waiter.cast()),
        }
    }
}

/// The owner of an `input-stream`, which stays open as long as the stream.
#[derive(Clone, Copy)]
pub enum Input {
    Cli,
    File(Shared<Descriptor>),
    Http(Shared<Incoming>),
    Socket(Shared<TcpSocket>),
}

/// An `input-stream` is about to be dropped.
pub fn stop_receiving(input: Input) {
    if let Input::Socket(socket) = input {
        sockets::hook_stop_receiving(socket);
    }
}

/// The bytes of an input have ended or, without a `failure`, nobody reads them any more. The
/// `future` is still to be resolved.
pub fn received(input: Input, future: Shared<Pair>, failure: Option<Failure>) {
    match input {
        Input::Cli => cli::ended(future, failure, Value::OK),
        Input::File(descriptor) => filesystem::hook_received(descriptor, future, failure),
        Input::Http(incoming) => http::hook_received(incoming, future, failure),
        Input::Socket(socket) => sockets::hook_received(socket, future, failure),
    }
}

/// The owner of an `output-stream`, likewise.
#[derive(Clone, Copy)]
pub enum Output {
    Cli,
    File(Shared<Descriptor>),
    Http(Shared<Outgoing>),
    Socket(Shared<TcpSocket>),
}

impl Output {
    /// Whether a write of no bytes is passed on, too: it fails if the file may not be written.
    pub fn tries_empty_writes(self) -> bool {
        matches!(self, Output::File(_))
    }

    /// Whether this is the body of a message. Its writes are complete when the host has taken them,
    /// and a stream that was handed on is sent to its end even when the program ends.
    pub fn is_body(self) -> bool {
        matches!(self, Output::Http(_))
    }

    /// Whether a program that ends waits for this output. It waits neither for bodies, which go on
    /// for as long as there is something to write, nor for connections, whose peers may never take
    /// the rest of a finished write.
    pub fn is_waited_for(self) -> bool {
        !matches!(self, Output::Http(_) | Output::Socket(_))
    }

    /// Whether the output may end now that all its bytes are out.
    pub fn may_end(self) -> bool {
        match self {
            Output::Http(outgoing) => http::hook_may_end(outgoing),
            _ => true,
        }
    }

    /// Whether all bytes are out and the guest has yet to give the trailers.
    pub fn waits_for_guest(self) -> bool {
        match self {
            Output::Http(outgoing) => http::waits_for_trailers(outgoing),
            _ => false,
        }
    }
}

/// An `output-stream` is about to be dropped.
pub fn stop_sending(output: Output) {
    if let Output::Socket(socket) = output {
        sockets::hook_stop_sending(socket);
    }
}

/// The bytes of an output have ended; with a `failure`, not all of them are out. `is_unwritten`:
/// the host did not take all bytes. The `future`, if there is one, is still to be resolved.
pub fn sent(output: Output, future: Option<Shared<Pair>>, failure: Option<Failure>, is_unwritten: bool) {
    match (output, future) {
        (Output::Http(outgoing), _) => http::hook_sent(outgoing, future, failure, is_unwritten),
        (Output::Cli, Some(future)) => cli::ended(future, failure, cli::BROKEN),
        (Output::File(descriptor), Some(future)) => filesystem::hook_sent(descriptor, future, failure),
        (Output::Socket(socket), Some(future)) => sockets::hook_sent(socket, future, failure),
        _ => {}
    }
}

/// Whether there were sockets: a host may throttle them, so that their pollables are ready but
/// their operations get nothing.
pub fn may_be_throttled() -> bool {
    sockets::in_use()
}

/// Waits for the shortest possible time, so that the host goes on with its own work.
pub fn yield_to_host() {
    sockets::hook_yield_to_host();
}

/// Sends the response of a service, before an exported function returns.
pub fn finish_response() {
    if http::is_responding() {
        http::hook_finish_response();
    }
}
