//! `udp-socket`: a handle on a socket of 0.3 that it shares with its two streams.
//!
//! # Safety
//!
//! Sockets in parameters come from the engine, so their resources exist. The socket of 0.3 is freed
//! with the last of its holders. The area is large enough for every result, and the host writes it
//! in the layout that is read.

use super::Wait;
use super::address;
use super::convert::{self, ErrorCode};
use super::datagram;
use super::imports::*;
use super::tcp::Progress;
use crate::hooks::Pollable;
use crate::trap;
use crate::wasi::io::poll;
use common::abi::{Ret, area};
use common::shared::Shared;
use core::cell::{Cell, UnsafeCell};
use core::ptr::copy_nonoverlapping;

/// The socket of 0.3.
pub struct Socket {
    pub handle: u32,
    /// How many hold the socket: the resource, its streams, and calls in flight.
    holders: Cell<u32>,
    /// Streams of 0.2 that live.
    pub streams: Cell<u32>,
    /// The peer, if it is connected: an `ip-socket-address`.
    pub is_connected: Cell<bool>,
    remote: UnsafeCell<[u32; address::SIZE / 4]>,
}

pub struct UdpSocket {
    socket: Shared<Socket>,
    pub progress: Cell<Progress>,
    /// Pollables that live.
    pub children: Cell<u32>,
}

#[link(wasm_import_module = "[export]wasi:sockets/udp@0.2")]
unsafe extern "C" {
    #[link_name = "[resource-new]udp-socket"]
    fn udp_socket_new(rep: Shared<UdpSocket>) -> u32;
}

impl UdpSocket {
    pub fn handle(&self) -> u32 {
        self.socket.handle
    }
}

impl Socket {
    pub fn hold(&self) -> Shared<Socket> {
        self.holders.update(|count| count + 1);
        Shared::of(self)
    }

    /// The address of the peer.
    pub fn remote(&self) -> *mut u8 {
        self.remote.get() as *mut u8
    }
}

/// A holder of the socket is gone; the last one frees it.
#[inline(never)]
#[unsafe(export_name = "hook:udp/let-go")]
pub extern "C" fn hook_let_go(this: Shared<Socket>) {
    this.holders.update(|count| count - 1);
    if this.holders.get() == 0 {
        unsafe {
            udp_drop(this.handle);
            this.free();
        }
    }
}

/// `result<udp-socket, error-code>`.
#[unsafe(export_name = "wasi:sockets/udp-create-socket@0.2#create-udp-socket")]
extern "C" fn create_udp_socket(family: u32) -> Ret {
    let area = area();
    unsafe { udp_create(family, area.at()) };
    if let Some(code) = convert::of_area(area, 4) {
        return convert::failed(4, code);
    }
    let handle = area.get_u32(4);
    let socket = Shared::new(Socket {
        handle,
        holders: Cell::new(1),
        streams: Cell::new(0),
        is_connected: Cell::new(false),
        remote: UnsafeCell::new([0; address::SIZE / 4]),
    });
    let this = Shared::new(UdpSocket { socket, progress: Cell::new(Progress::None), children: Cell::new(0) });
    area.u32(4, unsafe { udp_socket_new(this) }).ret()
}

#[unsafe(export_name = "wasi:sockets/udp@0.2#[dtor]udp-socket")]
extern "C" fn drop_udp_socket(this: &UdpSocket) {
    hook_drop(this)
}

#[inline(never)]
#[unsafe(export_name = "hook:udp/drop")]
extern "C" fn hook_drop(this: &UdpSocket) {
    if this.children.get() > 0 {
        trap::socket_has_pollable()
    }
    hook_let_go(this.socket);
    unsafe { Shared::of(this).free() };
}

/// Connects, or disconnects if the socket is connected; `result<tuple<own, own>, error-code>`.
#[rustfmt::skip]
#[unsafe(export_name = "wasi:sockets/udp@0.2#[method]udp-socket.stream")]
extern "C" fn stream(
    this: &UdpSocket, some: u32, case: u32,
    a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32, i: u32, j: u32, k: u32,
) -> Ret {
    let socket = this.socket;
    if socket.streams.get() > 0 {
        trap::has_datagram_streams()
    }
    let (area, handle) = (area(), socket.handle);
    unsafe { udp_local_address(handle, area.at()) };
    if convert::of_area(area, 4).is_some() {
        return convert::failed(4, ErrorCode::InvalidState);
    }
    let result = area.at();
    if some != 0 {
        unsafe { udp_connect(handle, case, a, b, c, d, e, f, g, h, i, j, k, result) };
    } else if socket.is_connected.get() {
        unsafe { udp_disconnect(handle, result) };
    }
    let failure = convert::of_area(area, 4);
    unsafe { udp_remote_address(handle, result) };
    let is_connected = convert::of_area(area, 4).is_none();
    socket.is_connected.set(is_connected);
    if is_connected {
        unsafe { copy_nonoverlapping(result.add(4), socket.remote(), address::SIZE) };
    }
    if let Some(code) = failure {
        return convert::failed(4, code);
    }
    let (incoming, outgoing) = datagram::streams(&socket);
    area.u8(0, 0).u32(4, incoming).u32(8, outgoing).ret()
}

#[unsafe(export_name = "wasi:sockets/udp@0.2#[method]udp-socket.subscribe")]
extern "C" fn subscribe(this: &UdpSocket) -> u32 {
    this.children.update(|count| count + 1);
    poll::new(Pollable::Socket(Wait::Udp(Shared::of(this))))
}
