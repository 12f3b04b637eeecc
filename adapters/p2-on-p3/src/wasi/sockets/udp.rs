//! `udp-socket`: a handle on a socket of 0.3 that it shares with its two streams.

use super::Wait;
use super::address;
use super::convert;
use super::datagram;
use super::imports::*;
use super::tcp::Progress;
use crate::hooks::Pollable;
use crate::trap;
use crate::wasi::io::poll;
use common::abi::{Ret, area};
use common::memory;
use core::ptr::copy_nonoverlapping;

/// The socket of 0.3.
pub struct Socket {
    pub handle: u32,
    /// The resource, its streams, and calls in flight.
    holders: u32,
    /// Streams of 0.2 that live.
    pub streams: u32,
    /// The peer, if it is connected: an `ip-socket-address`.
    pub is_connected: bool,
    pub remote: [u32; address::SIZE / 4],
}

pub struct UdpSocket {
    socket: *mut Socket,
    pub progress: Progress,
    /// Pollables that live.
    pub children: u32,
}

#[link(wasm_import_module = "[export]wasi:sockets/udp@0.2.12")]
unsafe extern "C" {
    #[link_name = "[resource-new]udp-socket"]
    fn udp_socket_new(rep: *mut UdpSocket) -> u32;
}

impl UdpSocket {
    pub fn handle(&self) -> u32 {
        unsafe { (*self.socket).handle }
    }
}

impl Socket {
    pub fn hold(&mut self) -> *mut Socket {
        self.holders += 1;
        self
    }
}

/// One of those that hold the socket is gone.
#[inline(never)]
#[unsafe(export_name = "part:udp/let-go")]
pub extern "C" fn part_let_go(this: *mut Socket) {
    unsafe {
        (*this).holders -= 1;
        if (*this).holders == 0 {
            udp_drop((*this).handle);
            memory::unbox(this);
        }
    }
}

/// `result<udp-socket, error-code>`.
#[unsafe(export_name = "wasi:sockets/udp-create-socket@0.2.12#create-udp-socket")]
extern "C" fn create_udp_socket(family: u32) -> Ret {
    let area = area();
    unsafe { udp_create(family, area.at()) };
    if let Some(code) = convert::of_area(area, 4) {
        return convert::failed(4, code);
    }
    let handle = area.get_u32(4);
    let remote = [0; address::SIZE / 4];
    let socket = memory::boxed(Socket { handle, holders: 1, streams: 0, is_connected: false, remote });
    let this = memory::boxed(UdpSocket { socket, progress: Progress::None, children: 0 });
    area.u32(4, unsafe { udp_socket_new(this) }).ret()
}

#[unsafe(export_name = "wasi:sockets/udp@0.2.12#[dtor]udp-socket")]
extern "C" fn drop_udp_socket(this: &mut UdpSocket) {
    part_drop(this)
}

#[inline(never)]
#[unsafe(export_name = "part:udp/drop")]
extern "C" fn part_drop(this: &mut UdpSocket) {
    if this.children > 0 {
        trap::socket_has_pollable()
    }
    part_let_go(this.socket);
    memory::unbox(this);
}

/// Connects, or disconnects if the socket is connected; `result<tuple<own, own>, error-code>`.
#[rustfmt::skip]
#[unsafe(export_name = "wasi:sockets/udp@0.2.12#[method]udp-socket.stream")]
extern "C" fn stream(
    this: &mut UdpSocket, some: u32, case: u32,
    a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32, i: u32, j: u32, k: u32,
) -> Ret {
    let socket = unsafe { &mut *this.socket };
    if socket.streams > 0 {
        trap::has_datagram_streams()
    }
    let (area, handle) = (area(), socket.handle);
    unsafe { udp_local_address(handle, area.at()) };
    if convert::of_area(area, 4).is_some() {
        return convert::failed(4, convert::INVALID_STATE);
    }
    let result = area.at();
    if some != 0 {
        unsafe { udp_connect(handle, case, a, b, c, d, e, f, g, h, i, j, k, result) };
    } else if socket.is_connected {
        unsafe { udp_disconnect(handle, result) };
    }
    let failure = convert::of_area(area, 4);
    unsafe { udp_remote_address(handle, result) };
    socket.is_connected = convert::of_area(area, 4).is_none();
    if socket.is_connected {
        unsafe { copy_nonoverlapping(result.add(4), socket.remote.as_mut_ptr() as *mut u8, address::SIZE) };
    }
    if let Some(code) = failure {
        return convert::failed(4, code);
    }
    let (incoming, outgoing) = datagram::streams(socket);
    area.u8(0, 0).u32(4, incoming).u32(8, outgoing).ret()
}

#[unsafe(export_name = "wasi:sockets/udp@0.2.12#[method]udp-socket.subscribe")]
extern "C" fn subscribe(this: &mut UdpSocket) -> u32 {
    this.children += 1;
    poll::new(Pollable::Socket(Wait::Udp(this)))
}
