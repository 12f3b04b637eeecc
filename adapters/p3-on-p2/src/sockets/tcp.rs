//! The resource `tcp-socket`, and the two streams of a connection.

use super::address::{Address, export_with_address};
use super::convert::{self, BROKEN, ENDED, INVALID_STATE, settle};
use super::{IN_USE, finish, imports, network};
use crate::io::{self, Failure};
use crate::pair::{Pair, Type};
use crate::pump_in;
use crate::pump_out;
use crate::result::{self, Domain};
use crate::trap;
use common::abi::{Ret, area};
use common::memory;

pub struct TcpSocket {
    /// The 0.2 socket.
    pub handle: u32,
    pub is_bound: bool,
    /// A call of `connect` is under way.
    pub is_lent: bool,
    /// The streams of a connection until they are asked for; else 0.
    input: u32,
    output: u32,
    /// The resource, and the streams that were made of it (DESIGN.md: "Children first").
    owners: u32,
}

/// Cases of `shutdown-type`.
const RECEIVE: u32 = 0;
const SEND: u32 = 1;

impl TcpSocket {
    fn new(handle: u32) -> *mut TcpSocket {
        *IN_USE.get() = true;
        memory::boxed(TcpSocket { handle, is_bound: false, is_lent: false, input: 0, output: 0, owners: 1 })
    }

    /// One that was accepted.
    pub fn accepted(handle: u32, input: u32, output: u32) -> *mut TcpSocket {
        let socket = TcpSocket::new(handle);
        unsafe {
            (*socket).is_bound = true;
            (*socket).connected(input, output);
        }
        socket
    }

    pub fn connected(&mut self, input: u32, output: u32) {
        self.input = input;
        self.output = output;
    }

    /// Binds it unless it is (DESIGN.md: "Implicit binding"); false: the error is in the return area.
    pub fn bind_implicitly(&mut self) -> bool {
        self.is_bound || self.bind(&Address::unspecified(unsafe { imports::tcp_address_family(self.handle) }))
    }

    fn bind(&mut self, address: &Address) -> bool {
        imports::tcp_start_bind(self.handle, network(), address, area().at());
        if area().get_u8(0) == 0 {
            finish(
                |result| unsafe { imports::tcp_finish_bind(self.handle, result) },
                || unsafe { imports::tcp_subscribe(self.handle) },
            );
        }
        let bound = settle(1, 4);
        self.is_bound |= bound;
        bound
    }

    /// Why there is no stream to be had, as the value of a future.
    fn refusal(&self) -> u8 {
        let area = area();
        unsafe { imports::tcp_remote_address(self.handle, area.at()) };
        // If it is connected, the stream was asked for before.
        let case = if area.get_u8(0) == 0 { INVALID_STATE } else { convert::error(area.get_u8(4)) };
        2 + case
    }
}

pub fn retain(this: *mut TcpSocket) -> *mut TcpSocket {
    unsafe { (*this).owners += 1 };
    this
}

pub fn release(this: *mut TcpSocket) {
    let socket = unsafe { &mut *this };
    socket.owners -= 1;
    if socket.owners > 0 {
        return;
    }
    if socket.input != 0 {
        io::drop_input(socket.input, 0);
    }
    if socket.output != 0 {
        io::drop_output(socket.output, 0);
    }
    unsafe { imports::tcp_drop(socket.handle) };
    memory::unbox(this);
}

#[unsafe(export_name = "wasi:sockets/types@0.3.2#[dtor]tcp-socket")]
extern "C" fn drop_tcp_socket(this: *mut TcpSocket) {
    part_drop(this);
}

/// Apart, because the destructor is there for every program that knows the type.
#[inline(never)]
#[unsafe(export_name = "part:tcp/drop")]
pub extern "C" fn part_drop(this: *mut TcpSocket) {
    if unsafe { (*this).is_lent } {
        trap::lent()
    }
    release(this);
}

#[unsafe(export_name = "wasi:sockets/types@0.3.2#[static]tcp-socket.create")]
extern "C" fn create(family: u32) -> Ret {
    let area = area();
    unsafe { imports::create_tcp_socket(family, area.at()) };
    if settle(4, 4) {
        let socket = TcpSocket::new(area.get_u32(4));
        area.u32(4, unsafe { imports::tcp3_new(socket) });
    }
    area.ret()
}

export_with_address! {
    "wasi:sockets/types@0.3.2#[method]tcp-socket.bind"
    bind(this: *mut TcpSocket, address) -> Ret {
        unsafe { (*this).bind(&address) };
        area().ret()
    }
}

#[unsafe(export_name = "wasi:sockets/types@0.3.2#[method]tcp-socket.receive")]
extern "C" fn receive(this: *mut TcpSocket) -> Ret {
    let socket = unsafe { &mut *this };
    let ends = match core::mem::take(&mut socket.input) {
        0 => result::ended(Type::BYTES, 1, Domain::Socket, socket.refusal()),
        input => pump_in::give(input, Domain::Socket, retain(this) as *mut u8),
    };
    area().u32(0, ends[0]).u32(4, ends[1]).ret()
}

#[unsafe(export_name = "wasi:sockets/types@0.3.2#[method]tcp-socket.send")]
extern "C" fn send(this: *mut TcpSocket, data: u32) -> u32 {
    let socket = unsafe { &mut *this };
    match core::mem::take(&mut socket.output) {
        0 => pump_out::refuse(data, Domain::Socket, socket.refusal()),
        output => pump_out::take(data, output, Domain::Socket, retain(this) as *mut u8),
    }
}

/// One direction of the connection is over, as its stream will be.
fn shut_down(owner: *mut u8, what: u32) {
    unsafe { imports::tcp_shutdown((*(owner as *mut TcpSocket)).handle, what, area().at()) };
}

#[inline(never)]
#[unsafe(export_name = "part:tcp/stop-receiving")]
pub extern "C" fn part_stop_receiving(owner: *mut u8) {
    shut_down(owner, RECEIVE);
}

#[inline(never)]
#[unsafe(export_name = "part:tcp/stop-sending")]
pub extern "C" fn part_stop_sending(owner: *mut u8) {
    shut_down(owner, SEND);
}

/// The peer sends no more; without a failure: the guest reads no more.
#[inline(never)]
#[unsafe(export_name = "part:tcp/received")]
pub extern "C" fn part_received(owner: *mut u8, future: *mut Pair, failure: Option<Failure>) {
    release(owner as *mut TcpSocket);
    convert::resolve(future, failure, ENDED);
}

/// All is sent; with a failure: not all.
#[inline(never)]
#[unsafe(export_name = "part:tcp/sent")]
pub extern "C" fn part_sent(owner: *mut u8, future: *mut Pair, failure: Option<Failure>) {
    release(owner as *mut TcpSocket);
    convert::resolve(future, failure, BROKEN);
}
