//! `tcp-socket.connect`. 0.2 cannot give it up (DESIGN.md: "Cancellation on 0.2"): a socket whose call
//! was cancelled goes on connecting, and is good for nothing any more, as in 0.3.

use super::address::{Address, export_with_address};
use super::convert::{WOULD_BLOCK, settle};
use super::operation::{self, Operation};
use super::tcp::TcpSocket;
use super::{imports, network};
use crate::io;
use crate::subtask::RETURNED;
use crate::wait::Kind;
use common::abi::{Ret, area};
use common::memory::{self, Buffer};

#[repr(C)]
pub struct Connect {
    operation: Operation,
    socket: *mut TcpSocket,
    pollable: u32,
}

export_with_address! {
    "wasi:sockets/types@0.3.2#[method]tcp-socket.start-connect"
    start_connect(this: *mut TcpSocket, address, cookie: u64) -> u32 {
        connect(this, &address, cookie)
    }
}

/// The socket and the address.
const PARAMS: u32 = 36;

#[unsafe(export_name = "wasi:sockets/types@0.3.2#[static]tcp-socket.start-connect-by-list")]
extern "C" fn start_connect_by_list(at: *mut u8, count: u32, cookie: u64) -> u32 {
    let (this, address) = unsafe { ((at as *const u32).read(), Address::load(at.add(4))) };
    Buffer::lowered(at, count * PARAMS).release();
    connect(this as *mut TcpSocket, &address, cookie)
}

fn connect(this: *mut TcpSocket, address: &Address, cookie: u64) -> u32 {
    let socket = unsafe { &mut *this };
    imports::tcp_start_connect(socket.handle, network(), address, area().at());
    if !settle(1, 4) || try_finish(socket) {
        return RETURNED as u32;
    }
    socket.is_lent = true;
    let pollable = unsafe { imports::tcp_subscribe(socket.handle) };
    let connect = memory::boxed(Connect { operation: Operation::new(Kind::Connect), socket: this, pollable });
    unsafe { (*connect).operation.start(pollable, cookie) }
}

/// Whether there is a result, which is in the return area then.
fn try_finish(socket: &mut TcpSocket) -> bool {
    let area = area();
    unsafe { imports::tcp_finish_connect(socket.handle, area.at()) };
    if area.get_u8(0) != 0 && area.get_u8(4) == WOULD_BLOCK {
        return false;
    }
    if settle(4, 4) {
        socket.connected(area.get_u32(4), area.get_u32(8));
    }
    true
}

fn forget(this: *mut Connect) {
    unsafe {
        (*(*this).socket).is_lent = false;
        io::drop_pollable((*this).pollable);
    }
    memory::unbox(this);
}

/// The host may be done.
#[inline(never)]
#[unsafe(export_name = "part:tcp/step-connect")]
pub extern "C" fn part_step_connect(this: *mut Connect) {
    let connect = unsafe { &mut *this };
    if try_finish(unsafe { &mut *connect.socket }) {
        connect.operation.complete();
        forget(this);
    }
}

/// Nobody waits for it any more.
#[inline(never)]
#[unsafe(export_name = "part:tcp/cancel-connect")]
pub extern "C" fn part_cancel_connect(this: *mut Connect) {
    unsafe { (*this).operation.cancel() };
    forget(this);
}

#[unsafe(export_name = "wasi:sockets/types@0.3.2#[static]tcp-socket.finish-connect")]
extern "C" fn finish_connect(subtask: u32) -> Ret {
    operation::finish(subtask)
}
