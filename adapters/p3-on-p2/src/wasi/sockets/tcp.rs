//! The resource `tcp-socket`, and the two streams of a connection.
//!
//! # Safety
//!
//! A socket counts its owners, the resource and its streams, and is freed with the last one.
//! Sockets in parameters come from the engine, so their resources exist.

use super::address::{Address, export_with_address};
use super::convert::{self, BROKEN, ErrorCode, settle};
use super::{IN_USE, RESULT, finish, imports, network};
use crate::hooks::io::{self, Failure};
use crate::hooks::{Input, Output};
use crate::kernel::outcome::{self, Value};
use crate::kernel::pair::{Pair, Type};
use crate::kernel::sink;
use crate::kernel::source;
use crate::trap;
use common::abi::{Ret, area};
use common::codes::wasi02;
use common::shared::Shared;
use core::cell::Cell;

pub struct TcpSocket {
    /// The 0.2 socket.
    pub handle: u32,
    is_bound: Cell<bool>,
    /// A call of `connect` is under way.
    pub is_lent: Cell<bool>,
    /// The streams of a connection, until the guest asks for them; else 0.
    input: Cell<u32>,
    output: Cell<u32>,
    /// How many own the socket: the resource, and the streams that were made of it (DESIGN.md:
    /// "Children first").
    owners: Cell<u32>,
}

/// Cases of `shutdown-type`.
const RECEIVE: u32 = 0;
const SEND: u32 = 1;

impl TcpSocket {
    fn new(handle: u32) -> Shared<TcpSocket> {
        IN_USE.set(true);
        Shared::new(TcpSocket {
            handle,
            is_bound: Cell::new(false),
            is_lent: Cell::new(false),
            input: Cell::new(0),
            output: Cell::new(0),
            owners: Cell::new(1),
        })
    }

    /// A socket that was accepted.
    pub fn accepted(handle: u32, input: u32, output: u32) -> Shared<TcpSocket> {
        let socket = TcpSocket::new(handle);
        socket.is_bound.set(true);
        socket.connected(input, output);
        socket
    }

    pub fn connected(&self, input: u32, output: u32) {
        self.input.set(input);
        self.output.set(output);
    }

    /// Binds the socket, unless it is bound (DESIGN.md: "Implicit binding"); false: the error is in
    /// the return area.
    pub fn bind_implicitly(&self) -> bool {
        self.is_bound.get() || self.bind(&Address::unspecified(unsafe { imports::tcp_address_family(self.handle) }))
    }

    fn bind(&self, address: &Address) -> bool {
        imports::tcp_start_bind(self.handle, network(), address, area().at());
        if area().get_u8(0) == 0 {
            finish(
                |result| unsafe { imports::tcp_finish_bind(self.handle, result) },
                || unsafe { imports::tcp_subscribe(self.handle) },
            );
        }
        let bound = settle(1, 4);
        self.is_bound.set(self.is_bound.get() | bound);
        bound
    }

    /// Why the socket has no stream to give, as the value of a future.
    fn refusal(&self) -> Value {
        let area = area();
        unsafe { imports::tcp_remote_address(self.handle, area.at()) };
        // If the socket is connected, the guest has asked for the stream before.
        let code = match area.get_u8(0) {
            0 => ErrorCode::InvalidState,
            _ => wasi02::Sockets::of(area.get_u8(4).into()).to_wasi03(),
        };
        Value::error(code as u8)
    }
}

pub fn retain(this: Shared<TcpSocket>) -> Shared<TcpSocket> {
    this.owners.update(|owners| owners + 1);
    this
}

pub fn release(this: Shared<TcpSocket>) {
    this.owners.update(|owners| owners - 1);
    if this.owners.get() > 0 {
        return;
    }
    let TcpSocket { handle, input, output, .. } = unsafe { this.into_inner() };
    if input.get() != 0 {
        io::drop_input(input.get(), 0);
    }
    if output.get() != 0 {
        io::drop_output(output.get(), 0);
    }
    unsafe { imports::tcp_drop(handle) };
}

#[unsafe(export_name = "wasi:sockets/types@0.3#[dtor]tcp-socket")]
extern "C" fn drop_tcp_socket(this: Shared<TcpSocket>) {
    hook_drop(this);
}

/// A hook, because every program that knows the type has the destructor.
#[inline(never)]
#[unsafe(export_name = "hook:tcp/drop")]
pub extern "C" fn hook_drop(this: Shared<TcpSocket>) {
    if this.is_lent.get() {
        trap::lent()
    }
    release(this);
}

#[unsafe(export_name = "wasi:sockets/types@0.3#[static]tcp-socket.create")]
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
    "wasi:sockets/types@0.3#[method]tcp-socket.bind"
    bind(this: Shared<TcpSocket>, address) -> Ret {
        this.bind(&address);
        area().ret()
    }
}

#[unsafe(export_name = "wasi:sockets/types@0.3#[method]tcp-socket.receive")]
extern "C" fn receive(this: Shared<TcpSocket>) -> Ret {
    let ends = match this.input.take() {
        0 => outcome::ended(Type::BYTES, 1, RESULT, this.refusal()),
        input => source::give(input, Input::Socket(retain(this)), RESULT),
    };
    area().u32(0, ends[0]).u32(4, ends[1]).ret()
}

#[unsafe(export_name = "wasi:sockets/types@0.3#[method]tcp-socket.send")]
extern "C" fn send(this: Shared<TcpSocket>, data: u32) -> u32 {
    match this.output.take() {
        0 => sink::refuse(data, RESULT, this.refusal()),
        output => sink::take(data, output, Output::Socket(retain(this)), RESULT),
    }
}

/// Shuts down one direction of the connection, whose stream is about to be dropped.
fn shut_down(socket: Shared<TcpSocket>, what: u32) {
    unsafe { imports::tcp_shutdown(socket.handle, what, area().at()) };
}

#[inline(never)]
#[unsafe(export_name = "hook:tcp/stop-receiving")]
pub extern "C" fn hook_stop_receiving(socket: Shared<TcpSocket>) {
    shut_down(socket, RECEIVE);
}

#[inline(never)]
#[unsafe(export_name = "hook:tcp/stop-sending")]
pub extern "C" fn hook_stop_sending(socket: Shared<TcpSocket>) {
    shut_down(socket, SEND);
}

/// The peer sends no more or, without a `failure`, the guest reads no more.
#[inline(never)]
#[unsafe(export_name = "hook:tcp/received")]
pub extern "C" fn hook_received(socket: Shared<TcpSocket>, future: Shared<Pair>, failure: Option<Failure>) {
    release(socket);
    convert::resolve(future, failure, Value::OK);
}

/// All bytes are sent; with a `failure`, not all.
#[inline(never)]
#[unsafe(export_name = "hook:tcp/sent")]
pub extern "C" fn hook_sent(socket: Shared<TcpSocket>, future: Shared<Pair>, failure: Option<Failure>) {
    release(socket);
    convert::resolve(future, failure, BROKEN);
}
