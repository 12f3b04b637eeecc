//! `wasi:sockets`.
//!
//! | file | idea |
//! |---|---|
//! | `tcp` | `tcp-socket`: the state machine of 0.2 over a socket of 0.3, its streams |
//! | `listen` | connections that were accepted: a stream of sockets |
//! | `udp` | `udp-socket`, shared by its two streams |
//! | `datagram` | `incoming-datagram-stream`, `outgoing-datagram-stream` |
//! | `lookup` | `resolve-address-stream` |
//! | `bind` | `start-bind` of both kinds |
//! | `options` | getters and setters of both kinds |
//! | `call` | async calls of 0.3, and what becomes of calls that nobody waits for any more |
//! | `network` | `network` (DESIGN.md: "One network"); `network-error-code` |
//! | `address`, `convert`, `imports` | addresses, errors, the 0.3 interfaces |
//!
//! Addresses and address families have the same layouts in both versions.
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI.

mod address;
mod bind;
mod call;
mod convert;
mod datagram;
mod imports;
mod listen;
mod lookup;
mod network;
mod options;
mod tcp;
mod udp;

pub use call::{Call, hook_returned};
pub use convert::{hook_error, hook_error_text};
pub use listen::{Listener, hook_accepted};

use crate::hooks::Body;
use crate::kernel::op::Op;
use bind::Bind;
use common::shared::Shared;
use datagram::{Incoming, Outgoing};
use lookup::Lookup;
use tcp::TcpSocket;
use udp::UdpSocket;

/// The event that an operation or a pollable of this package waits for.
#[derive(Clone, Copy)]
pub enum Wait {
    /// The cancellation of what was dropped before: see `bind`.
    Bind(Shared<Bind>),
    /// The connection, or another one to accept.
    Tcp(Shared<TcpSocket>),
    /// Nothing: always ready.
    Udp(Shared<UdpSocket>),
    Receive(Shared<Incoming>, u32),
    Send(Shared<Outgoing>),
    Lookup(Shared<Lookup>),
}

/// Whether a pollable is ready. Starts the read or call that it waits for, if need be.
#[inline(never)]
#[unsafe(export_name = "hook:sockets/ready")]
pub extern "C" fn hook_ready(wait: &Wait) -> bool {
    match wait {
        Wait::Bind(_) | Wait::Udp(_) => true,
        Wait::Tcp(socket) => tcp::hook_ready(socket),
        Wait::Receive(stream, _) => datagram::hook_received(stream),
        Wait::Send(stream) => datagram::hook_sent(stream),
        Wait::Lookup(lookup) => lookup::hook_resolved(lookup),
    }
}

/// A pollable is gone.
#[inline(never)]
#[unsafe(export_name = "hook:sockets/release")]
pub extern "C" fn hook_release(wait: &Wait) {
    let children = match wait {
        Wait::Bind(_) => return,
        Wait::Tcp(socket) => &socket.children,
        Wait::Udp(socket) => &socket.children,
        Wait::Receive(stream, _) => &stream.children,
        Wait::Send(stream) => &stream.children,
        Wait::Lookup(lookup) => &lookup.children,
    };
    children.update(|count| count - 1);
}

/// Class R: waits with one yield for what is not ready.
#[inline(never)]
#[unsafe(export_name = "hook:sockets/step")]
pub extern "C" fn hook_step(op: &Op) -> bool {
    let must_yield = op.must_yield();
    let Body::Socket(wait) = &op.body else { return true };
    match wait {
        Wait::Bind(_) => !must_yield,
        wait => hook_ready(wait) || !must_yield,
    }
}

/// Whether a call or a listener waits to be cancelled.
pub fn any_parked() -> bool {
    call::any_parked() || listen::any_parked()
}

/// Cancels parked calls and listeners. Only inside of `control.wait`.
#[inline(never)]
#[unsafe(export_name = "hook:sockets/reap")]
pub extern "C" fn hook_reap() {
    if call::any_parked() {
        call::reap();
    }
    if listen::any_parked() {
        listen::hook_reap();
    }
}

/// Reads the result future of a stream of a connection.
#[inline(never)]
#[unsafe(export_name = "hook:tcp/future-read")]
pub extern "C" fn hook_future_read(future: u32, value: *mut u8) -> u32 {
    unsafe { imports::future_read(future, value) }
}

#[inline(never)]
#[unsafe(export_name = "hook:tcp/future-cancel")]
pub extern "C" fn hook_future_cancel(future: u32) -> u32 {
    unsafe { imports::future_cancel(future) }
}

#[inline(never)]
#[unsafe(export_name = "hook:tcp/future-drop")]
pub extern "C" fn hook_future_drop(future: u32) {
    unsafe { imports::future_drop(future) }
}
