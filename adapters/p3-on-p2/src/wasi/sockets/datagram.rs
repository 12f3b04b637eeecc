//! `udp-socket.send` and `udp-socket.receive`.
//!
//! # Safety
//!
//! A call that has to wait is freed when it has completed, or is cancelled; its socket lives on
//! until then, because it is lent. Parameters in memory were put there by `cabi_realloc`, in the
//! layout of the list of one that the function has.

use super::address::{self, Address};
use super::call::{self, Call};
use super::convert::{ErrorCode, fail, settle};
use super::imports;
use super::pause;
use super::udp::UdpSocket;
use crate::hooks::WaiterKind;
use crate::kernel::bulk::CHUNK;
use crate::kernel::poll;
use crate::kernel::subtask::RETURNED;
use common::abi::{Ret, area};
use common::global::Global;
use common::memory::{self, Buffer};
use common::shared::Shared;
use core::cell::Cell;
use core::ptr::{copy, copy_nonoverlapping};

/// The first field of both calls; its first field is the general part of both.
#[repr(C)]
struct UdpCall {
    call: Call,
    socket: Shared<UdpSocket>,
}

/// `outgoing-datagram` of 0.2: data, and an optional address.
#[repr(C)]
#[derive(Clone, Copy)]
struct Datagram {
    data: *mut u8,
    len: u32,
    to: [u32; 9],
}

#[repr(C)]
pub struct Send {
    call: UdpCall,
    datagram: Datagram,
    data: Cell<Buffer>,
}

#[repr(C)]
pub struct Receive {
    call: UdpCall,
}

/// Makes a call that has to wait a subtask.
fn start<T>(call: T, socket: Shared<UdpSocket>, pollable: u32, cookie: u64) -> u32 {
    socket.lent.update(|lent| lent + 1);
    Call::start(base(Shared::new(call)), pollable, cookie)
}

fn base<T>(call: Shared<T>) -> Shared<Call> {
    unsafe { call.cast() }
}

/// Frees a call that waits no longer.
fn forget<T>(call: Shared<T>) {
    unsafe {
        call.cast::<UdpCall>().socket.lent.update(|lent| lent - 1);
        call.free();
    }
}

/// The socket has new streams: its calls go on with them.
pub fn go_on(socket: Shared<UdpSocket>) {
    poll::step_all(|waiter| {
        matches!(waiter.kind, WaiterKind::Send | WaiterKind::Receive)
            && unsafe { waiter.cast::<UdpCall>() }.socket == socket
    });
}

/// How many more datagrams R may send or ask for before the host gets a turn: see `rest`.
static TURN: Global<Cell<u32>> = Global::new(Cell::new(DATAGRAMS));

const DATAGRAMS: u32 = 64;

/// Lets the host have a turn from time to time. (Tokio lets a task use sockets 128 times before the
/// task has waited. Each use beyond that takes another thread, and the way there and back.)
fn rest() {
    TURN.update(|left| left - 1);
    if TURN.get() == 0 {
        TURN.set(DATAGRAMS);
        pause(0);
    }
}

// --- send

/// The socket and the datagram, as a tuple.
const TUPLE: u32 = 4 + size_of::<Datagram>() as u32;

#[rustfmt::skip]
#[unsafe(export_name = "wasi:sockets/types@0.3#[method]udp-socket.start-send")]
extern "C" fn start_send(
    this: Shared<UdpSocket>, data: *mut u8, len: u32, has_address: u32,
    a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32, i: u32, j: u32, k: u32, l: u32,
) -> u32 {
    let mut datagram = Datagram { data, len, to: [has_address; 9] };
    Address([a, b, c, d, e, f, g, h, i, j, k, l]).store(&raw mut datagram.to[1] as *mut u8);
    send(this, datagram, Buffer::lowered(data, len), 0)
}

#[unsafe(export_name = "wasi:sockets/types@0.3#[static]udp-socket.start-send-by-list")]
extern "C" fn start_send_by_list(
    at: *mut u8,
    count: u32,
    skip: u32,
    len: u32,
    chunks: *mut u8,
    number: u32,
    cookie: u64,
) -> u32 {
    let (this, to) = unsafe { (Shared::at((at as *const u32).read()), (at.add(12) as *const [u32; 9]).read()) };
    Buffer::lowered(at, count * TUPLE).release();
    let datagram = Datagram { data: chunks.wrapping_add(skip as usize), len, to };
    send(this, datagram, Buffer::lowered(chunks, number * CHUNK), cookie)
}

/// `data` is the block that has the datagram's data.
fn send(this: Shared<UdpSocket>, datagram: Datagram, mut data: Buffer, cookie: u64) -> u32 {
    if try_send(&this, &datagram) {
        data.release();
        return RETURNED;
    }
    let call = UdpCall { call: Call::new(WaiterKind::Send), socket: this };
    let pollable = this.outgoing_pollable();
    start(Send { call, datagram, data: Cell::new(data) }, this, pollable, cookie)
}

/// The most bytes that a datagram can have: their number is one of 16 bits.
const MOST: u32 = 0xffff;

/// Whether there is a result, which is in the return area then.
fn try_send(socket: &UdpSocket, datagram: &Datagram) -> bool {
    rest();
    let area = area();
    // Hosts of 0.3 look at the length first; those of 0.2 are asked only behind the check of the
    // peer of an unbound socket.
    if datagram.len > MOST {
        fail(ErrorCode::DatagramTooLarge);
        return true;
    }
    if !socket.is_bound() {
        let to = &datagram.to;
        let to = (to[0] as u8 != 0).then(|| Address::load(&raw const to[1] as *const u8));
        if !socket.bind_for(to.as_ref()) {
            return true;
        }
    }
    if !socket.open() {
        return true;
    }
    unsafe { imports::outgoing_check_send(socket.outgoing.get(), area.at()) };
    if !settle(8, 4) {
        return true;
    }
    if area.get_u64(8) == 0 {
        return false;
    }
    unsafe { imports::outgoing_send(socket.outgoing.get(), datagram as *const Datagram as *const u8, 1, area.at()) };
    !settle(8, 4) || area.get_u64(8) > 0
}

/// The host may take the datagram now.
#[inline(never)]
#[unsafe(export_name = "hook:udp/step-send")]
pub extern "C" fn hook_step_send(this: Shared<Send>) {
    let socket = this.call.socket;
    if !try_send(&socket, &this.datagram) {
        return Call::wait(base(this), socket.outgoing_pollable());
    }
    Call::complete(base(this));
    memory::clear(&this.data);
    forget(this);
}

/// The datagram need not be sent any more.
#[inline(never)]
#[unsafe(export_name = "hook:udp/cancel-send")]
pub extern "C" fn hook_cancel_send(this: Shared<Send>) {
    Call::cancel(base(this));
    memory::clear(&this.data);
    forget(this);
}

#[unsafe(export_name = "wasi:sockets/types@0.3#[static]udp-socket.finish-send")]
extern "C" fn finish_send(subtask: u32) -> Ret {
    call::finish(subtask)
}

// --- receive

#[unsafe(export_name = "wasi:sockets/types@0.3#[method]udp-socket.start-receive")]
extern "C" fn start_receive(this: Shared<UdpSocket>, cookie: u64) -> u32 {
    if try_receive(&this) {
        let area = area();
        let len = if area.get_u8(0) == 0 { area.get_u32(LIST + 4) } else { 0 };
        return RETURNED | if len < CHUNK { 0 } else { len << 4 };
    }
    let call = UdpCall { call: Call::new(WaiterKind::Receive), socket: this };
    let pollable = this.incoming_pollable();
    start(Receive { call }, this, pollable, cookie)
}

/// Whether there is a result, which is in the return area then.
fn try_receive(socket: &UdpSocket) -> bool {
    rest();
    let area = area();
    if !socket.is_bound() {
        fail(ErrorCode::InvalidState);
        return true;
    }
    if !socket.open() {
        return true;
    }
    unsafe { imports::incoming_receive(socket.incoming.get(), 1, area.at()) };
    if !settle(4, 4) {
        socket.is_receiving.set(false);
        return true;
    }
    socket.is_receiving.set(area.get_u32(8) == 0);
    if socket.is_receiving.get() {
        return false;
    }
    // `incoming-datagram` is laid out as the tuple of 0.3.
    const SIZE: usize = 8 + address::SIZE;
    let mut datagrams = Buffer::lowered(area.get_u32(4) as *mut u8, SIZE as u32);
    unsafe { copy_nonoverlapping(datagrams.start(), area.at().add(4), SIZE) };
    datagrams.release();
    true
}

/// There may be a datagram now.
#[inline(never)]
#[unsafe(export_name = "hook:udp/step-receive")]
pub extern "C" fn hook_step_receive(this: Shared<Receive>) {
    let socket = this.call.socket;
    if !try_receive(&socket) {
        return Call::wait(base(this), socket.incoming_pollable());
    }
    Call::complete(base(this));
    forget(this);
}

/// Nobody waits for a datagram any more.
#[inline(never)]
#[unsafe(export_name = "hook:udp/cancel-receive")]
pub extern "C" fn hook_cancel_receive(this: Shared<Receive>) {
    Call::cancel(base(this));
    forget(this);
}

#[unsafe(export_name = "wasi:sockets/types@0.3#[static]udp-socket.finish-receive")]
extern "C" fn finish_receive(subtask: u32) -> Ret {
    let returned = call::finish(subtask);
    let area = area();
    if area.get_u8(0) == 0 {
        memory::keep(Buffer::lowered(area.get_u32(4) as *mut u8, area.get_u32(8)));
    }
    returned
}

/// The offset of the bytes in a result; and that of the result when its bytes come before it, in
/// pieces.
const LIST: usize = 4;
const PIECES: usize = 24;

/// The result of a call of `receive` that has just returned, with bytes for at least one chunk. The
/// first `head` bytes come before the chunks.
#[unsafe(export_name = "wasi:sockets/types@0.3#[static]udp-socket.finish-receive-in-chunks")]
extern "C" fn finish_receive_in_chunks(head: u32) -> Ret {
    let area = area();
    let mut data = Buffer::lowered(area.get_u32(LIST) as *mut u8, area.get_u32(LIST + 4));
    let at = area.at();
    unsafe { copy(at, at.add(PIECES), call::RESULT) };
    area.u32(PIECES + LIST + 4, 0);
    if head > 0 {
        data = aligned(data, head);
    }
    for (piece, size) in [head, (data.len - head) / CHUNK * CHUNK, (data.len - head) % CHUNK].into_iter().enumerate() {
        let count = if piece == 1 { size / CHUNK } else { size };
        area.u32(8 * piece, data.start() as u32).u32(8 * piece + 4, count);
        data.skip(size);
    }
    memory::keep(data);
    area.ret()
}

/// Moves the bytes so that those behind the first `head`, which are fewer than 8, are aligned for
/// chunks.
#[cold]
fn aligned(mut data: Buffer, head: u32) -> Buffer {
    let mut moved = Buffer::new(data.len + 8);
    (moved.off, moved.len) = (8 - head, data.len);
    unsafe { copy_nonoverlapping(data.start(), moved.start(), data.len as usize) };
    data.release();
    moved
}
