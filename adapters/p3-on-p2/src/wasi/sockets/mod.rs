//! `wasi:sockets`.
//!
//! Addresses, families and sizes are the same in both versions and are passed on as they are;
//! errors are not. Binding and listening, which 0.2 begins and finishes, complete within the call;
//! calls that wait for the network are `call::Call`s.
//!
//! | file | idea |
//! |---|---|
//! | `address` | addresses as they are passed in registers |
//! | `tcp` | the resource `tcp-socket`, and the two streams of a connection |
//! | `connect`, `listen` | making connections |
//! | `udp` | the resource `udp-socket`, and its peer |
//! | `datagram` | sending and receiving |
//! | `options` | getters and setters |
//! | `lookup` | `ip-name-lookup` |
//! | `call` | calls that have not returned |
//! | `convert` | DESIGN.md: "Errors of sockets", "Errors of name lookup"; values of futures |
//! | `imports` | the 0.2 interfaces |
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI.

mod address;
mod call;
mod connect;
mod convert;
mod datagram;
mod imports;
mod listen;
mod lookup;
mod options;
mod tcp;
mod udp;

pub use call::Returned;
pub use connect::{hook_cancel_connect, hook_step_connect};
pub use datagram::{hook_cancel_receive, hook_cancel_send, hook_step_receive, hook_step_send};
pub use listen::{hook_drop_accept, hook_step_accept};
pub use lookup::{hook_cancel_lookup, hook_step_lookup};
pub use tcp::{TcpSocket, hook_received, hook_sent, hook_stop_receiving, hook_stop_sending};

use crate::hooks::io;
use crate::kernel::pair::Type;
use common::abi::area;
use common::codes::wasi02;
use common::global::Global;
use core::cell::Cell;

/// `future<result<_, error-code>>` and `stream<tcp-socket>`
const RESULT: Type = Type::of_future(21);
const SOCKETS: Type = Type::of_stream(22);

static NETWORK: Global<Cell<u32>> = Global::new(Cell::new(0));

/// DESIGN.md: "One network".
fn network() -> u32 {
    if NETWORK.get() == 0 {
        NETWORK.set(unsafe { imports::instance_network() });
    }
    NETWORK.get()
}

/// Finishes what a function of 0.2 began, for a function of 0.3 that is not async; blocks if need
/// be. The result is in the return area.
fn finish(finish: impl Fn(*mut u8), subscribe: impl Fn() -> u32) {
    let area = area();
    loop {
        finish(area.at());
        if area.get_u8(0) == 0 || area.get_u8(1) != wasi02::Sockets::WouldBlock as u8 {
            return;
        }
        let pollable = subscribe();
        wait_for(pollable);
    }
}

/// Waits for one pollable, and drops it.
fn wait_for(pollable: u32) {
    io::poll(&pollable, 1).release();
    io::drop_pollable(pollable);
}

/// Waits for this many nanoseconds.
fn pause(nanoseconds: u64) {
    wait_for(unsafe { imports::subscribe_duration(nanoseconds) });
}

/// Whether there ever was a socket.
static IN_USE: Global<Cell<bool>> = Global::new(Cell::new(false));

pub fn in_use() -> bool {
    IN_USE.get()
}

/// Waits for the shortest possible time, because pollables were ready whose operations got nothing.
/// (Tokio lets a task use its sockets only so many times before the task has waited; asking which
/// are ready counts as a use.)
#[inline(never)]
#[unsafe(export_name = "hook:sockets/yield-to-host")]
pub extern "C" fn hook_yield_to_host() {
    pause(1);
}
