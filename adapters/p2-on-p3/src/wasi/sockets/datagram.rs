//! `incoming-datagram-stream` and `outgoing-datagram-stream`: at most one call of 0.3 each is in
//! flight.
//!
//! # Safety
//!
//! Streams in parameters come from the engine, so their resources exist. Each has a call, which
//! holds the socket. Lists in parameters came through `cabi_realloc`; datagrams have the layout of
//! the Canonical ABI.

use super::Wait;
use super::address::{self, same};
use super::call::{Call, Kind};
use super::convert::{self, ErrorCode};
use super::imports::*;
use super::udp::Socket;
use crate::hooks::{Body, Pollable};
use crate::kernel::op;
use crate::trap;
use crate::wasi::io::poll;
use common::abi::{Ret, area};
use common::memory::Buffer;
use common::shared::Shared;
use core::cell::Cell;
use core::ptr::copy_nonoverlapping;

/// The most datagrams in one call, and the number of bytes after which no more are taken; both as
/// on wasmtime.
const BATCH: u32 = 16;
const BATCH_BYTES: u32 = 64 * 1024;

/// The most bytes of a datagram.
const MAX_DATAGRAM: u32 = u16::MAX as u32;

/// `incoming-datagram`. It has the layout of the tuple of 0.3.
#[repr(C)]
#[derive(Clone, Copy)]
struct Datagram {
    data: *mut u8,
    len: u32,
    remote: [u32; address::SIZE / 4],
}

/// `outgoing-datagram`. It has the layout of the parameters of `send` of 0.3 behind the socket.
#[repr(C)]
#[derive(Clone, Copy)]
struct OutgoingDatagram {
    data: *mut u8,
    len: u32,
    remote: [u32; 1 + address::SIZE / 4],
}

pub struct Incoming {
    socket: Shared<Socket>,
    call: Shared<Call>,
    /// The datagrams that the guest got last, kept until it gets others.
    given: [Cell<Datagram>; BATCH as usize],
    count: Cell<u32>,
    /// Pollables that live.
    pub children: Cell<u32>,
}

pub struct Outgoing {
    socket: Shared<Socket>,
    call: Shared<Call>,
    /// How many datagrams the next `send` may take.
    permit: Cell<u32>,
    /// Pollables that live.
    pub children: Cell<u32>,
}

#[link(wasm_import_module = "[export]wasi:sockets/udp@0.2")]
unsafe extern "C" {
    #[link_name = "[resource-new]incoming-datagram-stream"]
    fn incoming_new(rep: Shared<Incoming>) -> u32;
    #[link_name = "[resource-new]outgoing-datagram-stream"]
    fn outgoing_new(rep: Shared<Outgoing>) -> u32;
}

/// Handles of both streams of a socket.
pub fn streams(socket: &Socket) -> (u32, u32) {
    const NONE: Datagram = Datagram { data: core::ptr::null_mut(), len: 0, remote: [0; address::SIZE / 4] };
    socket.streams.set(2);
    // The calls hold the socket for the streams.
    let receive = Call::new(Kind::Receive(socket.hold()));
    let send = Call::new(Kind::Send(socket.hold()));
    let socket = Shared::of(socket);
    let given = [const { Cell::new(NONE) }; BATCH as usize];
    let incoming = Incoming { socket, call: receive, given, count: Cell::new(0), children: Cell::new(0) };
    let outgoing = Outgoing { socket, call: send, permit: Cell::new(0), children: Cell::new(0) };
    unsafe { (incoming_new(Shared::new(incoming)), outgoing_new(Shared::new(outgoing))) }
}

impl Incoming {
    /// Whether a datagram or an error is there; tries to get one.
    fn received(&self) -> bool {
        let (call, socket) = (self.call, self.socket);
        loop {
            if call.is_busy() {
                return false;
            }
            if !call.has_returned() {
                let status = unsafe { udp_receive(socket.handle, call.result()) };
                call.begun(status);
                continue;
            }
            if !socket.is_connected.get() || !self.is_strange() {
                return true;
            }
            call.discard();
        }
    }

    /// Whether the datagram in the result does not come from the peer: it may have been queued
    /// before the socket was connected.
    fn is_strange(&self) -> bool {
        let (call, socket) = (self.call, self.socket);
        let result = call.result();
        unsafe { result.read() == 0 && !same(result.add(12), socket.remote()) }
    }

    fn forget(&self) {
        for datagram in &self.given[..self.count.get() as usize] {
            let Datagram { data, len, .. } = datagram.get();
            Buffer::lowered(data, len).release();
        }
        self.count.set(0);
    }

    /// `result<list<incoming-datagram>, error-code>`. An error behind datagrams is reported by the
    /// next call.
    fn receive(&self, max: u32) -> Ret {
        self.forget();
        let mut bytes = 0;
        while self.count.get() < max && bytes < BATCH_BYTES && self.received() {
            let call = self.call;
            if self.count.get() > 0 && unsafe { call.result().read() } != 0 {
                break;
            }
            match call.take() {
                Err(result) => return convert::failed(4, unsafe { convert::error(result.add(4)) }),
                Ok(result) => {
                    let datagram = unsafe { (result.add(4) as *const Datagram).read() };
                    let count = self.count.get();
                    self.given[count as usize].set(datagram);
                    self.count.set(count + 1);
                    bytes += 1 + datagram.len;
                }
            }
        }
        area().u8(0, 0).u32(4, self.given.as_ptr() as u32).u32(8, self.count.get()).ret()
    }
}

impl Outgoing {
    /// Sends one datagram; `Ok(false)` if the last one is still on its way. Takes ownership of the
    /// data in any case.
    fn send(&self, datagram: &OutgoingDatagram) -> Result<bool, ErrorCode> {
        let mut data = Buffer::lowered(datagram.data, datagram.len);
        let call = self.call;
        let failed = match call.has_returned() {
            true => call.take().err(),
            false => None,
        };
        if call.is_busy() || failed.is_some() || datagram.len > MAX_DATAGRAM {
            data.release();
            return match failed {
                Some(result) => Err(unsafe { convert::error(result.add(4)) }),
                None if call.is_busy() => Ok(false),
                None => Err(ErrorCode::DatagramTooLarge),
            };
        }
        call.data.set(data);
        let params = call.params();
        unsafe {
            params.write(self.socket.handle);
            copy_nonoverlapping(datagram, params.add(1) as *mut OutgoingDatagram, 1);
            let status = udp_send(params, call.result());
            call.begun(status);
        }
        match call.has_returned() {
            true => call.take().map(|_| true).map_err(|result| unsafe { convert::error(result.add(4)) }),
            // It counts as sent; the next call reports an error.
            false => Ok(true),
        }
    }
}

#[inline(never)]
#[unsafe(export_name = "hook:udp/received")]
pub extern "C" fn hook_received(this: &Incoming) -> bool {
    this.received()
}

#[inline(never)]
#[unsafe(export_name = "hook:udp/sent")]
pub extern "C" fn hook_sent(this: &Outgoing) -> bool {
    !this.call.is_busy()
}

#[unsafe(export_name = "wasi:sockets/udp@0.2#[dtor]incoming-datagram-stream")]
extern "C" fn drop_incoming(this: &Incoming) {
    hook_drop_incoming(this)
}

#[inline(never)]
#[unsafe(export_name = "hook:udp/drop-incoming")]
extern "C" fn hook_drop_incoming(this: &Incoming) {
    if this.children.get() > 0 {
        trap::socket_has_pollable()
    }
    this.forget();
    this.socket.streams.update(|count| count - 1);
    this.call.orphan();
    unsafe { Shared::of(this).free() };
}

#[unsafe(export_name = "wasi:sockets/udp@0.2#[dtor]outgoing-datagram-stream")]
extern "C" fn drop_outgoing(this: &Outgoing) {
    hook_drop_outgoing(this)
}

#[inline(never)]
#[unsafe(export_name = "hook:udp/drop-outgoing")]
extern "C" fn hook_drop_outgoing(this: &Outgoing) {
    if this.children.get() > 0 {
        trap::socket_has_pollable()
    }
    this.socket.streams.update(|count| count - 1);
    this.call.orphan();
    unsafe { Shared::of(this).free() };
}

#[unsafe(export_name = "wasi:sockets/udp@0.2#[method]incoming-datagram-stream.start-receive")]
extern "C" fn start_receive(this: Shared<Incoming>, max: u64) -> u32 {
    op::deliver_events();
    let max = max.min(BATCH as u64) as u32;
    op::begin_with(Body::Socket(Wait::Receive(this, max)), max > 0)
}

#[unsafe(export_name = "wasi:sockets/udp@0.2#[static]incoming-datagram-stream.finish-receive")]
extern "C" fn finish_receive(token: u32) -> Ret {
    let Body::Socket(Wait::Receive(this, max)) = op::take(token).body else { return area().ret() };
    this.receive(max)
}

#[unsafe(export_name = "wasi:sockets/udp@0.2#[method]incoming-datagram-stream.subscribe")]
extern "C" fn subscribe_incoming(this: &Incoming) -> u32 {
    this.children.update(|count| count + 1);
    poll::new(Pollable::Socket(Wait::Receive(Shared::of(this), 0)))
}

#[unsafe(export_name = "wasi:sockets/udp@0.2#[method]outgoing-datagram-stream.start-check-send")]
extern "C" fn start_check_send(this: Shared<Outgoing>) -> u32 {
    op::deliver_events();
    op::begin_with(Body::Socket(Wait::Send(this)), true)
}

/// `result<u64, error-code>`.
#[unsafe(export_name = "wasi:sockets/udp@0.2#[static]outgoing-datagram-stream.finish-check-send")]
extern "C" fn finish_check_send(token: u32) -> Ret {
    let Body::Socket(Wait::Send(this)) = op::take(token).body else { return area().ret() };
    let permit = if hook_sent(&this) { BATCH } else { 0 };
    this.permit.set(permit);
    area().u8(0, 0).u64(8, permit as u64).ret()
}

/// `result<u64, error-code>`: how many datagrams were sent, or why the first was not.
#[unsafe(export_name = "wasi:sockets/udp@0.2#[method]outgoing-datagram-stream.send")]
extern "C" fn send(this: &Outgoing, list: *mut OutgoingDatagram, count: u32) -> Ret {
    op::deliver_events();
    if count > this.permit.get() {
        trap::datagram_permit()
    }
    if count > 0 {
        this.permit.set(0);
    }
    let mut sent = 0;
    let mut outcome = Ok(true);
    for index in 0..count {
        let datagram = unsafe { &*list.add(index as usize) };
        if outcome == Ok(true) {
            outcome = this.send(datagram);
            sent += (outcome == Ok(true)) as u64;
        } else {
            Buffer::lowered(datagram.data, datagram.len).release();
        }
    }
    Buffer::lowered(list as *mut u8, count * size_of::<OutgoingDatagram>() as u32).release();
    match outcome {
        Err(code) if sent == 0 => convert::failed(8, code),
        _ => area().u8(0, 0).u64(8, sent).ret(),
    }
}

#[unsafe(export_name = "wasi:sockets/udp@0.2#[method]outgoing-datagram-stream.subscribe")]
extern "C" fn subscribe_outgoing(this: &Outgoing) -> u32 {
    this.children.update(|count| count + 1);
    poll::new(Pollable::Socket(Wait::Send(Shared::of(this))))
}
