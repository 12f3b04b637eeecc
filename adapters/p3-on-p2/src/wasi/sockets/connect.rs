//! `tcp-socket.connect`. 0.2 cannot cancel it (DESIGN.md: "Cancellation on 0.2"): a socket whose
//! call was cancelled goes on connecting and cannot be used any more, as in 0.3.
//!
//! # Safety
//!
//! A `Connect` is freed when it has completed, or is cancelled. Parameters in memory were put there
//! by `cabi_realloc`, in the layout of the list of one that the function has.

use super::address::{Address, export_with_address};
use super::call::{self, Call};
use super::convert::settle;
use super::tcp::TcpSocket;
use super::{imports, network};
use crate::hooks::WaiterKind;
use crate::hooks::io;
use crate::kernel::subtask::RETURNED;
use common::abi::{Ret, area};
use common::codes::wasi02;
use common::memory::Buffer;
use common::shared::Shared;

#[repr(C)]
pub struct Connect {
    call: Call,
    socket: Shared<TcpSocket>,
    pollable: u32,
}

export_with_address! {
    "wasi:sockets/types@0.3#[method]tcp-socket.start-connect"
    start_connect(this: Shared<TcpSocket>, address, cookie: u64) -> u32 {
        connect(this, &address, cookie)
    }
}

/// The socket and the address.
const PARAMS: u32 = 36;

#[unsafe(export_name = "wasi:sockets/types@0.3#[static]tcp-socket.start-connect-by-list")]
extern "C" fn start_connect_by_list(at: *mut u8, count: u32, cookie: u64) -> u32 {
    let (this, address) = unsafe { (Shared::at((at as *const u32).read()), Address::load(at.add(4))) };
    Buffer::lowered(at, count * PARAMS).release();
    connect(this, &address, cookie)
}

fn connect(this: Shared<TcpSocket>, address: &Address, cookie: u64) -> u32 {
    imports::tcp_start_connect(this.handle, network(), address, area().at());
    if !settle(1, 4) || try_finish(&this) {
        return RETURNED;
    }
    this.is_lent.set(true);
    let pollable = unsafe { imports::tcp_subscribe(this.handle) };
    let connect = Shared::new(Connect { call: Call::new(WaiterKind::Connect), socket: this, pollable });
    Call::start(call(connect), pollable, cookie)
}

/// Whether there is a result, which is in the return area then.
fn try_finish(socket: &TcpSocket) -> bool {
    let area = area();
    unsafe { imports::tcp_finish_connect(socket.handle, area.at()) };
    if area.get_u8(0) != 0 && area.get_u8(4) == wasi02::Sockets::WouldBlock as u8 {
        return false;
    }
    if settle(4, 4) {
        socket.connected(area.get_u32(4), area.get_u32(8));
    }
    true
}

fn call(this: Shared<Connect>) -> Shared<Call> {
    unsafe { this.cast() }
}

fn forget(this: Shared<Connect>) {
    this.socket.is_lent.set(false);
    io::drop_pollable(this.pollable);
    unsafe { this.free() }
}

/// The host may have finished connecting.
#[inline(never)]
#[unsafe(export_name = "hook:tcp/step-connect")]
pub extern "C" fn hook_step_connect(this: Shared<Connect>) {
    if try_finish(&this.socket) {
        Call::complete(call(this));
        forget(this);
    }
}

/// Nobody waits for the connection any more.
#[inline(never)]
#[unsafe(export_name = "hook:tcp/cancel-connect")]
pub extern "C" fn hook_cancel_connect(this: Shared<Connect>) {
    Call::cancel(call(this));
    forget(this);
}

#[unsafe(export_name = "wasi:sockets/types@0.3#[static]tcp-socket.finish-connect")]
extern "C" fn finish_connect(subtask: u32) -> Ret {
    call::finish(subtask)
}
