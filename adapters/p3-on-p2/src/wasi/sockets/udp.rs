//! The resource `udp-socket`, and its peer. In 0.2 a socket sends and receives by two streams of
//! datagrams, which are made anew when the peer changes.
//!
//! # Safety
//!
//! Sockets in parameters come from the engine, so their resources exist. A socket is freed with its
//! resource, which no call borrows then.

use super::address::{Address, export_with_address};
use super::convert::{self, ErrorCode, settle};
use super::{IN_USE, datagram, finish, imports, network, pause};
use crate::hooks::io;
use crate::trap;
use common::abi::{Ret, area};
use common::codes::wasi02;
use common::global::Global;
use common::shared::Shared;
use core::cell::Cell;

pub struct UdpSocket {
    /// The 0.2 socket.
    pub handle: u32,
    is_bound: Cell<bool>,
    /// Calls of `send` and `receive` that are under way.
    pub lent: Cell<u32>,
    /// The streams of datagrams and their pollables; 0 until they are needed.
    pub incoming: Cell<u32>,
    pub outgoing: Cell<u32>,
    incoming_pollable: Cell<u32>,
    outgoing_pollable: Cell<u32>,
    /// The host has been asked for a datagram and had none.
    pub is_receiving: Cell<bool>,
}

/// In nanoseconds.
const PAUSE: u64 = 1_000_000;

/// In nanoseconds. A host may notice late, in a thread that has to get its turn, that nobody waits
/// for a datagram any more. If the peer changes before, it may trap, as wasmtime does. R cannot
/// ask, so this is long enough for a busy machine.
const NOTICE: u64 = 20 * PAUSE;

/// How many more times R pauses and binds again: the port may be that of a socket that was dropped
/// while the host waited for datagrams.
static FADING: Global<Cell<u32>> = Global::new(Cell::new(0));

const PAUSES: u32 = 100;

impl UdpSocket {
    /// Binds the socket, unless it is bound, to talk to `peer`; false: the error is in the return
    /// area (DESIGN.md: "Implicit binding"). Nothing changes without `peer`, for an unbound socket
    /// has no peer of its own, or with an impossible one.
    pub fn bind_for(&self, peer: Option<&Address>) -> bool {
        let family = unsafe { imports::udp_address_family(self.handle) };
        if peer.is_none_or(|peer| !peer.may_belong_to(family)) {
            convert::fail(ErrorCode::InvalidArgument);
            return false;
        }
        self.is_bound.get() || self.bind(&Address::unspecified(family))
    }

    pub fn is_bound(&self) -> bool {
        self.is_bound.get()
    }

    fn bind(&self, address: &Address) -> bool {
        let area = area();
        loop {
            imports::udp_start_bind(self.handle, network(), address, area.at());
            if area.get_u8(0) == 0 {
                finish(
                    |result| unsafe { imports::udp_finish_bind(self.handle, result) },
                    || unsafe { imports::udp_subscribe(self.handle) },
                );
            }
            if area.get_u8(0) == 0 || area.get_u8(1) != wasi02::Sockets::AddressInUse as u8 || FADING.get() == 0 {
                break;
            }
            FADING.update(|left| left - 1);
            pause(PAUSE);
        }
        let bound = settle(1, 4);
        self.is_bound.set(self.is_bound.get() | bound);
        bound
    }

    /// The peer, if there is one.
    fn peer(&self) -> Option<Address> {
        let area = area();
        unsafe { imports::udp_remote_address(self.handle, area.at()) };
        (area.get_u8(0) == 0).then(|| Address::load(area.at().wrapping_add(4)))
    }

    /// Makes the streams, unless they exist; false: the error is in the return area.
    pub fn open(&self) -> bool {
        if self.incoming.get() != 0 {
            return true;
        }
        let peer = self.peer();
        self.open_to(peer.as_ref())
    }

    fn open_to(&self, peer: Option<&Address>) -> bool {
        let nobody = Address::unspecified(0);
        let area = area();
        imports::udp_stream(self.handle, peer.is_some() as u32, peer.unwrap_or(&nobody), area.at());
        let opened = settle(4, 4);
        if opened {
            self.incoming.set(area.get_u32(4));
            self.outgoing.set(area.get_u32(8));
        }
        opened
    }

    /// Drops the streams (DESIGN.md: "Children first").
    fn close(&self) {
        if self.incoming.get() == 0 {
            return;
        }
        for pollable in [&self.incoming_pollable, &self.outgoing_pollable] {
            if pollable.get() != 0 {
                io::drop_pollable(pollable.take());
            }
        }
        unsafe {
            imports::incoming_drop(self.incoming.take());
            imports::outgoing_drop(self.outgoing.take());
        }
    }

    pub fn incoming_pollable(&self) -> u32 {
        if self.incoming_pollable.get() == 0 {
            self.incoming_pollable.set(unsafe { imports::incoming_subscribe(self.incoming.get()) });
        }
        self.incoming_pollable.get()
    }

    pub fn outgoing_pollable(&self) -> u32 {
        if self.outgoing_pollable.get() == 0 {
            self.outgoing_pollable.set(unsafe { imports::outgoing_subscribe(self.outgoing.get()) });
        }
        self.outgoing_pollable.get()
    }
}

/// Changes the peer, or removes it; if that fails, restores the old one. Calls that are under way
/// go on with the new streams. The result is in the return area.
fn associate(socket: Shared<UdpSocket>, peer: Option<&Address>) {
    let before = socket.peer();
    socket.close();
    if socket.is_receiving.take() {
        pause(NOTICE);
    }
    let returned = match socket.open_to(peer) {
        true => [0; 20],
        false => {
            let error = unsafe { (area().at() as *const [u8; 20]).read() };
            // This may fail as well: then the next call finds out.
            socket.open_to(before.as_ref());
            error
        }
    };
    if socket.lent.get() > 0 {
        datagram::go_on(socket);
    }
    unsafe { (area().at() as *mut [u8; 20]).write(returned) };
}

#[unsafe(export_name = "wasi:sockets/types@0.3#[dtor]udp-socket")]
extern "C" fn drop_udp_socket(this: Shared<UdpSocket>) {
    hook_drop(this);
}

/// A hook, because every program that knows the type has the destructor.
#[inline(never)]
#[unsafe(export_name = "hook:udp/drop")]
pub extern "C" fn hook_drop(this: Shared<UdpSocket>) {
    if this.lent.get() > 0 {
        trap::lent()
    }
    this.close();
    if this.is_receiving.get() {
        FADING.set(PAUSES);
    }
    unsafe {
        imports::udp_drop(this.handle);
        this.free();
    }
}

#[unsafe(export_name = "wasi:sockets/types@0.3#[static]udp-socket.create")]
extern "C" fn create(family: u32) -> Ret {
    let area = area();
    unsafe { imports::create_udp_socket(family, area.at()) };
    if settle(4, 4) {
        IN_USE.set(true);
        let socket = Shared::new(UdpSocket {
            handle: area.get_u32(4),
            is_bound: Cell::new(false),
            lent: Cell::new(0),
            incoming: Cell::new(0),
            outgoing: Cell::new(0),
            incoming_pollable: Cell::new(0),
            outgoing_pollable: Cell::new(0),
            is_receiving: Cell::new(false),
        });
        area.u32(4, unsafe { imports::udp3_new(socket) });
    }
    area.ret()
}

export_with_address! {
    "wasi:sockets/types@0.3#[method]udp-socket.bind"
    bind(this: Shared<UdpSocket>, address) -> Ret {
        this.bind(&address);
        area().ret()
    }
}

export_with_address! {
    "wasi:sockets/types@0.3#[method]udp-socket.connect"
    connect(this: Shared<UdpSocket>, address) -> Ret {
        // An impossible peer gets no streams: new ones lose a datagram that the host has taken.
        if this.bind_for(Some(&address)) {
            associate(this, Some(&address));
        }
        area().ret()
    }
}

#[unsafe(export_name = "wasi:sockets/types@0.3#[method]udp-socket.disconnect")]
extern "C" fn disconnect(this: Shared<UdpSocket>) -> Ret {
    match this.peer() {
        Some(_) => associate(this, None),
        None => convert::fail(ErrorCode::InvalidState),
    }
    area().ret()
}
