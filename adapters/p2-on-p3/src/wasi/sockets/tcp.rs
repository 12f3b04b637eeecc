//! `tcp-socket`: the operations in progress of 0.2, on top of the states of a socket of 0.3.
//!
//! # Safety
//!
//! Sockets in parameters come from the engine, so their resources exist. A socket owns its call and
//! its listener, and shares source and sink with their streams: the last one frees them. The area
//! is large enough for every result, and the host writes it in the layout that is read.

use super::Wait;
use super::address::{self, Flat};
use super::call::{Call, Kind};
use super::convert::{self, ErrorCode};
use super::imports::*;
use super::listen::Listener;
use crate::hooks::{Body, Pollable, StreamKind};
use crate::kernel::op;
use crate::kernel::sink::{Sink, hook_let_go, hook_shut_down};
use crate::kernel::source::Source;
use crate::trap;
use crate::wasi::io::input_stream;
use crate::wasi::io::output_stream;
use crate::wasi::io::poll;
use common::abi::{Ret, area};
use common::shared::Shared;
use core::cell::Cell;

/// The operation of 0.2 that was started and not finished.
#[derive(Clone, Copy, PartialEq)]
pub enum Progress {
    None,
    Bind,
    Connect,
    Listen,
}

pub struct TcpSocket {
    pub handle: u32,
    pub progress: Cell<Progress>,
    /// While connecting.
    call: Cell<Option<Shared<Call>>>,
    /// When listening.
    listener: Cell<Option<Shared<Listener>>>,
    /// When connected.
    source: Cell<Option<Shared<Source>>>,
    sink: Cell<Option<Shared<Sink>>>,
    /// Pollables that live.
    pub children: Cell<u32>,
}

#[link(wasm_import_module = "[export]wasi:sockets/tcp@0.2")]
unsafe extern "C" {
    #[link_name = "[resource-new]tcp-socket"]
    fn tcp_socket_new(rep: Shared<TcpSocket>) -> u32;
}

impl TcpSocket {
    fn new(handle: u32) -> Shared<TcpSocket> {
        Shared::new(TcpSocket {
            handle,
            progress: Cell::new(Progress::None),
            call: Cell::new(None),
            listener: Cell::new(None),
            source: Cell::new(None),
            sink: Cell::new(None),
            children: Cell::new(0),
        })
    }

    /// Opens both directions of a connection; returns handles of the two streams.
    fn open(&self) -> [u32; 2] {
        let handle = self.handle;
        let mut ends = [0; 2];
        unsafe { tcp_receive(handle, &mut ends) };
        let source = Source::new(StreamKind::Socket);
        let sink = Sink::new(StreamKind::Socket);
        self.source.set(Some(source));
        self.sink.set(Some(sink));
        source.open(ends, StreamKind::Socket);
        sink.open(|readable| unsafe { tcp_send(handle, readable) });
        for flag in [&source.lent, &source.owned, &sink.lent, &sink.owned] {
            flag.set(true);
        }
        [input_stream::new(&source), output_stream::new(&sink)]
    }

    fn ready(&self) -> bool {
        match self.progress.get() {
            Progress::Connect => self.call.get().is_none_or(|call| call.has_returned()),
            Progress::None => self.listener.get().is_none_or(|listener| listener.ready()),
            _ => true,
        }
    }

    fn dispose(&self) {
        if let Some(source) = self.source.get() {
            source.owned.set(false);
            source.let_go();
        }
        if let Some(sink) = self.sink.get() {
            sink.owned.set(false);
            hook_let_go(&sink);
        }
        if let Some(listener) = self.listener.get() {
            listener.orphan();
        }
        match self.call.get() {
            // The call keeps the socket for as long as the call borrows it.
            Some(call) => call.orphan(),
            None => unsafe { tcp_drop(self.handle) },
        }
        unsafe { Shared::of(self).free() };
    }
}

#[inline(never)]
#[unsafe(export_name = "hook:tcp/ready")]
pub extern "C" fn hook_ready(this: &TcpSocket) -> bool {
    this.ready()
}

/// `result<tcp-socket, error-code>`.
#[unsafe(export_name = "wasi:sockets/tcp-create-socket@0.2#create-tcp-socket")]
extern "C" fn create_tcp_socket(family: u32) -> Ret {
    let area = area();
    unsafe { tcp_create(family, area.at()) };
    match convert::of_area(area, 4) {
        Some(code) => convert::failed(4, code),
        None => {
            let socket = unsafe { tcp_socket_new(TcpSocket::new(area.get_u32(4))) };
            area.u32(4, socket).ret()
        }
    }
}

#[unsafe(export_name = "wasi:sockets/tcp@0.2#[dtor]tcp-socket")]
extern "C" fn drop_tcp_socket(this: &TcpSocket) {
    hook_drop(this)
}

#[inline(never)]
#[unsafe(export_name = "hook:tcp/drop")]
extern "C" fn hook_drop(this: &TcpSocket) {
    if this.children.get() > 0 {
        trap::socket_has_pollable()
    }
    this.dispose();
}

#[rustfmt::skip]
#[unsafe(export_name = "wasi:sockets/tcp@0.2#[method]tcp-socket.start-connect")]
extern "C" fn start_connect(
    this: &TcpSocket, _network: u32, case: u32,
    a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32, i: u32, j: u32, k: u32,
) -> Ret {
    op::deliver_events();
    connect(this, &[case, a, b, c, d, e, f, g, h, i, j, k])
}

/// Errors in the arguments or the state are reported at once, all others by `finish-connect`.
fn connect(this: &TcpSocket, to: &Flat) -> Ret {
    if this.progress.get() != Progress::None {
        return convert::failed(1, ErrorCode::ConcurrencyConflict);
    }
    let call = Call::new(Kind::Connect(this.handle));
    let params = call.params();
    unsafe { params.write(this.handle) };
    address::store(to, params.wrapping_add(1) as *mut u8);
    let status = unsafe { tcp_connect(params, call.result()) };
    call.begun(status);
    let result = call.result();
    if call.has_returned() && unsafe { result.read() } != 0 {
        let code = unsafe { convert::code(result.add(4)) };
        if matches!(code, ErrorCode::InvalidArgument | ErrorCode::InvalidState) {
            unsafe { call.free() };
            return convert::failed(1, code);
        }
    }
    this.call.set(Some(call));
    this.progress.set(Progress::Connect);
    convert::unit(None)
}

#[unsafe(export_name = "wasi:sockets/tcp@0.2#[method]tcp-socket.start-finish-connect")]
extern "C" fn start_finish_connect(this: Shared<TcpSocket>) -> u32 {
    op::deliver_events();
    op::begin_with(Body::Socket(Wait::Tcp(this)), true)
}

/// `result<tuple<input-stream, output-stream>, error-code>`.
#[unsafe(export_name = "wasi:sockets/tcp@0.2#[static]tcp-socket.finish-finish-connect")]
extern "C" fn finish_finish_connect(token: u32) -> Ret {
    let Body::Socket(Wait::Tcp(this)) = op::take(token).body else { return area().ret() };
    if this.progress.get() != Progress::Connect {
        return convert::failed(4, ErrorCode::NotInProgress);
    }
    let Some(call) = this.call.get().filter(|call| call.has_returned()) else {
        return convert::failed(4, ErrorCode::WouldBlock);
    };
    let result = call.take().map_err(|result| unsafe { convert::error(result.add(4)) });
    unsafe { call.free() };
    this.call.set(None);
    this.progress.set(Progress::None);
    match result {
        Err(code) => convert::failed(4, code),
        Ok(_) => {
            let [input, output] = this.open();
            area().u8(0, 0).u32(4, input).u32(8, output).ret()
        }
    }
}

/// `result<_, error-code>`. In 0.2 only a bound socket can listen.
#[unsafe(export_name = "wasi:sockets/tcp@0.2#[method]tcp-socket.start-listen")]
extern "C" fn start_listen(this: &TcpSocket) -> Ret {
    if this.progress.get() != Progress::None {
        return convert::failed(1, ErrorCode::ConcurrencyConflict);
    }
    let area = area();
    unsafe { tcp_local_address(this.handle, area.at()) };
    if convert::of_area(area, 4).is_some() {
        return convert::failed(1, ErrorCode::InvalidState);
    }
    unsafe { tcp_listen(this.handle, area.at()) };
    if let Some(code) = convert::of_area(area, 4) {
        return convert::failed(1, code);
    }
    this.listener.set(Some(Listener::new(area.get_u32(4))));
    this.progress.set(Progress::Listen);
    convert::unit(None)
}

#[unsafe(export_name = "wasi:sockets/tcp@0.2#[method]tcp-socket.finish-listen")]
extern "C" fn finish_listen(this: &TcpSocket) -> Ret {
    if this.progress.get() != Progress::Listen {
        return convert::failed(1, ErrorCode::NotInProgress);
    }
    this.progress.set(Progress::None);
    convert::unit(None)
}

#[unsafe(export_name = "wasi:sockets/tcp@0.2#[method]tcp-socket.start-accept")]
extern "C" fn start_accept(this: Shared<TcpSocket>) -> u32 {
    op::deliver_events();
    op::begin_with(Body::Socket(Wait::Tcp(this)), true)
}

/// `result<tuple<tcp-socket, input-stream, output-stream>, error-code>`.
#[unsafe(export_name = "wasi:sockets/tcp@0.2#[static]tcp-socket.finish-accept")]
extern "C" fn finish_accept(token: u32) -> Ret {
    let Body::Socket(Wait::Tcp(this)) = op::take(token).body else { return area().ret() };
    let Some(listener) = this.listener.get() else {
        return convert::failed(4, ErrorCode::InvalidState);
    };
    if !listener.ready() {
        return convert::failed(4, ErrorCode::WouldBlock);
    }
    let Some(handle) = listener.take() else { return convert::failed(4, ErrorCode::InvalidState) };
    // A connection that has failed before it was accepted is a socket that is closed.
    let area = area();
    unsafe { tcp_local_address(handle, area.at()) };
    if let Some(code) = convert::of_area(area, 4) {
        unsafe { tcp_drop(handle) };
        return convert::failed(4, code);
    }
    let socket = TcpSocket::new(handle);
    let [input, output] = socket.open();
    let socket = unsafe { tcp_socket_new(socket) };
    area.u8(0, 0).u32(4, socket).u32(8, input).u32(12, output).ret()
}

#[unsafe(export_name = "wasi:sockets/tcp@0.2#[method]tcp-socket.subscribe")]
extern "C" fn subscribe(this: &TcpSocket) -> u32 {
    this.children.update(|count| count + 1);
    poll::new(Pollable::Socket(Wait::Tcp(Shared::of(this))))
}

/// `kind` is `receive`, `send` or `both`.
#[unsafe(export_name = "wasi:sockets/tcp@0.2#[method]tcp-socket.shutdown")]
extern "C" fn shutdown(this: &TcpSocket, kind: u32) -> Ret {
    const RECEIVE: u32 = 0;
    const SEND: u32 = 1;
    op::deliver_events();
    let (Some(source), Some(sink)) = (this.source.get(), this.sink.get()) else {
        return convert::failed(1, ErrorCode::InvalidState);
    };
    if kind != SEND {
        source.shut_down();
    }
    if kind != RECEIVE {
        hook_shut_down(&sink);
    }
    convert::unit(None)
}
