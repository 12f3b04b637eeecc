//! What the kernel asks of the interfaces of WASI, and what it passes on of theirs: the only file
//! on its side that names them.
//!
//! Each hook calls its functions by name. A table of functions instead would keep all of them in
//! every adapter, for the pruner cannot see which elements are called, and would cost a table of
//! each instance, of which the pools of engines have few. So the functions behind a hook are
//! exported as `hook:…` as well, and become `unreachable` where no function of their interface is
//! needed.
//!
//! # Safety
//!
//! A pump is first in an object of the type that its [`PumpKind`] says; the casts here are to that
//! type.

use crate::kernel::outcome::Value;
use crate::kernel::pair::Pair;
use crate::kernel::poll::Pump;
use crate::kernel::pump_in;
use crate::kernel::pump_out;
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

/// What a pump is first in.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub enum PumpKind {
    /// `pump_in::In` and `pump_out::Out`.
    In,
    Out,
    /// `http::Trailers`: those of an incoming body.
    Trailers,
    /// `http::Call`: a request that was sent.
    Call,
    /// `http::Forward`: from a future to another one; waits for the guest alone.
    Forward,
    /// `sockets::Connect` and so on: calls of functions of `wasi:sockets`.
    Connect,
    Send,
    Receive,
    Lookup,
    /// `sockets::Accept`: a stream of sockets.
    Accept,
}

/// Goes on with what a pump is for.
pub fn step(pump: Shared<Pump>) {
    match pump.kind {
        PumpKind::In => pump_in::hook_step(unsafe { pump.cast() }),
        PumpKind::Out => pump_out::hook_step(unsafe { pump.cast() }),
        kind => hook_step(pump, kind),
    }
}

/// The same of what waits for messages and the network.
#[inline(never)]
#[unsafe(export_name = "hook:domains/step")]
extern "C" fn hook_step(pump: Shared<Pump>, kind: PumpKind) {
    unsafe {
        match kind {
            PumpKind::In | PumpKind::Out => {}
            PumpKind::Trailers => http::hook_step_trailers(pump.cast()),
            PumpKind::Call => http::hook_step_call(pump.cast()),
            PumpKind::Forward => http::hook_step_forward(pump.cast()),
            PumpKind::Connect => sockets::hook_step_connect(pump.cast()),
            PumpKind::Send => sockets::hook_step_send(pump.cast()),
            PumpKind::Receive => sockets::hook_step_receive(pump.cast()),
            PumpKind::Lookup => sockets::hook_step_lookup(pump.cast()),
            PumpKind::Accept => sockets::hook_step_accept(pump.cast()),
        }
    }
}

/// Nobody waits any more for the call that this is.
#[inline(never)]
#[unsafe(export_name = "hook:domains/cancel")]
pub extern "C" fn hook_cancel(pump: Shared<Pump>) {
    unsafe {
        match pump.kind {
            PumpKind::Connect => sockets::hook_cancel_connect(pump.cast()),
            PumpKind::Send => sockets::hook_cancel_send(pump.cast()),
            PumpKind::Receive => sockets::hook_cancel_receive(pump.cast()),
            PumpKind::Lookup => sockets::hook_cancel_lookup(pump.cast()),
            _ => http::hook_cancel_call(pump.cast()),
        }
    }
}

/// Nobody reads any more what a pump provides.
#[inline(never)]
#[unsafe(export_name = "hook:domains/drop-source")]
pub extern "C" fn hook_drop_source(pump: Shared<Pump>) {
    unsafe {
        match pump.kind {
            PumpKind::Trailers => http::hook_drop_trailers(pump.cast()),
            PumpKind::Accept => sockets::hook_drop_accept(pump.cast()),
            _ => pump_in::hook_drop(pump.cast()),
        }
    }
}

/// Whose an `input-stream` is: what stays open for as long as it.
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

/// The bytes of an input have ended; without a failure: nobody reads any more. The `future` is to
/// be resolved.
pub fn received(input: Input, future: Shared<Pair>, failure: Option<Failure>) {
    match input {
        Input::Cli => cli::ended(future, failure, Value::OK),
        Input::File(descriptor) => filesystem::hook_received(descriptor, future, failure),
        Input::Http(incoming) => http::hook_received(incoming, future, failure),
        Input::Socket(socket) => sockets::hook_received(socket, future, failure),
    }
}

/// The same of an `output-stream`.
#[derive(Clone, Copy)]
pub enum Output {
    Cli,
    File(Shared<Descriptor>),
    Http(Shared<Outgoing>),
    Socket(Shared<TcpSocket>),
}

impl Output {
    /// A write of nothing is one, which fails if the file may not be written.
    pub fn tries_empty_writes(self) -> bool {
        matches!(self, Output::File(_))
    }

    /// The body of a message. A write is complete when the host has taken it, and all that was
    /// handed on is sent even at the end of the program.
    pub fn is_body(self) -> bool {
        matches!(self, Output::Http(_))
    }

    /// Bodies of messages go on for as long as there is something to write, and peers may never
    /// take what a finished write has not sent yet: a program that ends does not wait for those.
    pub fn is_waited_for(self) -> bool {
        !matches!(self, Output::Http(_) | Output::Socket(_))
    }

    /// All bytes are out that there were: whether that is the end.
    pub fn may_end(self) -> bool {
        match self {
            Output::Http(outgoing) => http::hook_may_end(outgoing),
            _ => true,
        }
    }

    /// All bytes are out, and the guest has still to say what follows them.
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

/// The bytes of an output have ended; with a failure: not all of them are out. `is_unwritten`: the
/// host did not take all that there was. The `future` is to be resolved, if there is one.
pub fn sent(output: Output, future: Option<Shared<Pair>>, failure: Option<Failure>, is_unwritten: bool) {
    match (output, future) {
        (Output::Http(outgoing), _) => http::hook_sent(outgoing, future, failure, is_unwritten),
        (Output::Cli, Some(future)) => cli::ended(future, failure, cli::BROKEN),
        (Output::File(descriptor), Some(future)) => filesystem::hook_sent(descriptor, future, failure),
        (Output::Socket(socket), Some(future)) => sockets::hook_sent(socket, future, failure),
        _ => {}
    }
}

/// There are sockets, so that pollables may be ready of which nothing comes.
pub fn may_be_throttled() -> bool {
    sockets::in_use()
}

/// Waits for as short a time as there is, so that the host goes on with what it has to do.
pub fn yield_to_host() {
    sockets::hook_yield_to_host();
}

/// Before an exported function returns: the response of a service is sent.
pub fn finish_response() {
    if http::is_responding() {
        http::hook_finish_response();
    }
}
