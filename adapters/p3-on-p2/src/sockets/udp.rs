//! The resource `udp-socket`, and whom it talks to. 0.2 has two streams of datagrams for that, which are made anew when the
//! peer changes.

use super::address::{Address, export_with_address};
use super::convert::{self, ADDRESS_IN_USE, INVALID_ARGUMENT, INVALID_STATE, settle};
use super::{IN_USE, datagram, finish, imports, network, pause};
use crate::io;
use crate::trap;
use common::abi::{Ret, area};
use common::cell::Global;
use common::memory;

pub struct UdpSocket {
    /// The 0.2 socket.
    pub handle: u32,
    is_bound: bool,
    /// Calls of `send` and `receive` that are under way.
    pub lent: u32,
    /// Streams of datagrams, once they are needed, and their pollables, once there is something to wait for; else 0.
    pub incoming: u32,
    pub outgoing: u32,
    incoming_pollable: u32,
    outgoing_pollable: u32,
    /// The host has been asked for a datagram and had none.
    pub is_receiving: bool,
}

/// In nanoseconds.
const PAUSE: u64 = 1_000_000;

/// The same. A host may notice only later that nobody waits for a datagram any more, in a thread that has to get its turn. If it is
/// given another peer before that, it may trap, as wasmtime does: there is no asking, so this is long enough for a busy machine.
const NOTICE: u64 = 20 * PAUSE;

/// How often it is worth a pause to bind again: the port may be that of a socket that was dropped while the host waited for
/// datagrams.
static FADING: Global<u32> = Global::new(0);

const PAUSES: u32 = 100;

impl UdpSocket {
    /// Binds it unless it is, to talk to `peer`; false: the error is in the return area (DESIGN.md: "Implicit
    /// binding"). A socket that is not bound has no peer of its own, and is not bound for one that cannot be.
    pub fn bind_for(&mut self, peer: Option<&Address>) -> bool {
        if self.is_bound {
            return true;
        }
        let family = unsafe { imports::udp_address_family(self.handle) };
        if peer.is_none_or(|peer| !peer.may_belong_to(family)) {
            convert::fail(INVALID_ARGUMENT);
            return false;
        }
        self.bind(&Address::unspecified(family))
    }

    pub fn is_bound(&self) -> bool {
        self.is_bound
    }

    fn bind(&mut self, address: &Address) -> bool {
        let area = area();
        loop {
            imports::udp_start_bind(self.handle, network(), address, area.at());
            if area.get_u8(0) == 0 {
                finish(
                    |result| unsafe { imports::udp_finish_bind(self.handle, result) },
                    || unsafe { imports::udp_subscribe(self.handle) },
                );
            }
            if area.get_u8(0) == 0 || area.get_u8(1) != ADDRESS_IN_USE || *FADING.get() == 0 {
                break;
            }
            *FADING.get() -= 1;
            pause(PAUSE);
        }
        let bound = settle(1, 4);
        self.is_bound |= bound;
        bound
    }

    /// The peer, if there is one.
    fn peer(&self) -> Option<Address> {
        let area = area();
        unsafe { imports::udp_remote_address(self.handle, area.at()) };
        (area.get_u8(0) == 0).then(|| Address::load(area.at().wrapping_add(4)))
    }

    /// Makes the streams, unless they are there; false: the error is in the return area.
    pub fn open(&mut self) -> bool {
        if self.incoming != 0 {
            return true;
        }
        let peer = self.peer();
        self.open_to(peer.as_ref())
    }

    fn open_to(&mut self, peer: Option<&Address>) -> bool {
        let nobody = Address::unspecified(0);
        let area = area();
        imports::udp_stream(self.handle, peer.is_some() as u32, peer.unwrap_or(&nobody), area.at());
        let opened = settle(4, 4);
        if opened {
            self.incoming = area.get_u32(4);
            self.outgoing = area.get_u32(8);
        }
        opened
    }

    /// Drops the streams (DESIGN.md: "Children first").
    fn close(&mut self) {
        if self.incoming == 0 {
            return;
        }
        for pollable in [&mut self.incoming_pollable, &mut self.outgoing_pollable] {
            if *pollable != 0 {
                io::drop_pollable(*pollable);
                *pollable = 0;
            }
        }
        unsafe {
            imports::incoming_drop(self.incoming);
            imports::outgoing_drop(self.outgoing);
        }
        self.incoming = 0;
        self.outgoing = 0;
    }

    pub fn incoming_pollable(&mut self) -> u32 {
        if self.incoming_pollable == 0 {
            self.incoming_pollable = unsafe { imports::incoming_subscribe(self.incoming) };
        }
        self.incoming_pollable
    }

    pub fn outgoing_pollable(&mut self) -> u32 {
        if self.outgoing_pollable == 0 {
            self.outgoing_pollable = unsafe { imports::outgoing_subscribe(self.outgoing) };
        }
        self.outgoing_pollable
    }
}

/// Another peer, or none; if that fails, the one there was. Calls that are under way go on with it. The result is in the
/// return area.
fn associate(this: *mut UdpSocket, peer: Option<&Address>) {
    let socket = unsafe { &mut *this };
    let before = socket.peer();
    socket.close();
    if core::mem::take(&mut socket.is_receiving) {
        pause(NOTICE);
    }
    let returned = match socket.open_to(peer) {
        true => [0; 20],
        false => {
            let error = unsafe { (area().at() as *const [u8; 20]).read() };
            // That may fail as well: then the next call finds out.
            socket.open_to(before.as_ref());
            error
        }
    };
    if socket.lent > 0 {
        datagram::go_on(this);
    }
    unsafe { (area().at() as *mut [u8; 20]).write(returned) };
}

#[unsafe(export_name = "wasi:sockets/types@0.3.2#[dtor]udp-socket")]
extern "C" fn drop_udp_socket(this: *mut UdpSocket) {
    part_drop(this);
}

/// Apart, because the destructor is there for every program that knows the type.
#[inline(never)]
#[unsafe(export_name = "part:udp/drop")]
pub extern "C" fn part_drop(this: *mut UdpSocket) {
    let socket = unsafe { &mut *this };
    if socket.lent > 0 {
        trap::lent()
    }
    socket.close();
    if socket.is_receiving {
        *FADING.get() = PAUSES;
    }
    unsafe { imports::udp_drop(socket.handle) };
    memory::unbox(this);
}

#[unsafe(export_name = "wasi:sockets/types@0.3.2#[static]udp-socket.create")]
extern "C" fn create(family: u32) -> Ret {
    let area = area();
    unsafe { imports::create_udp_socket(family, area.at()) };
    if settle(4, 4) {
        *IN_USE.get() = true;
        let socket = memory::boxed(UdpSocket {
            handle: area.get_u32(4),
            is_bound: false,
            lent: 0,
            incoming: 0,
            outgoing: 0,
            incoming_pollable: 0,
            outgoing_pollable: 0,
            is_receiving: false,
        });
        area.u32(4, unsafe { imports::udp3_new(socket) });
    }
    area.ret()
}

export_with_address! {
    "wasi:sockets/types@0.3.2#[method]udp-socket.bind"
    bind(this: *mut UdpSocket, address) -> Ret {
        unsafe { (*this).bind(&address) };
        area().ret()
    }
}

export_with_address! {
    "wasi:sockets/types@0.3.2#[method]udp-socket.connect"
    connect(this: *mut UdpSocket, address) -> Ret {
        let socket = unsafe { &mut *this };
        if socket.bind_for(Some(&address)) {
            associate(this, Some(&address));
        }
        area().ret()
    }
}

#[unsafe(export_name = "wasi:sockets/types@0.3.2#[method]udp-socket.disconnect")]
extern "C" fn disconnect(this: *mut UdpSocket) -> Ret {
    match unsafe { (*this).peer() } {
        Some(_) => associate(this, None),
        None => convert::fail(INVALID_STATE),
    }
    area().ret()
}
