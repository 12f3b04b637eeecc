//! `tcp-socket.listen`: a stream of sockets, each of which is accepted when the guest reads.
//!
//! # Safety
//!
//! An `Accept` is the source of its stream, and freed when nobody reads the stream any more.
//! Streams of sockets have no other kind of source.

use super::convert::settle;
use super::tcp::{self, TcpSocket};
use super::{SOCKETS, finish, imports};
use crate::hooks::WaiterKind;
use crate::hooks::io;
use crate::kernel::pair::{self, CopyResult, OTHER, Pair, Pending};
use crate::kernel::poll::{self, Waiter};
use common::abi::{Ret, area};
use common::codes::wasi02::Sockets as ErrorCode;
use common::shared::Shared;
use core::cell::Cell;

#[repr(C)]
pub struct Accept {
    waiter: Waiter,
    socket: Shared<TcpSocket>,
    pair: Shared<Pair>,
    /// The pollable of the listening socket.
    pollable: Cell<u32>,
    /// The pollable of the pause after the host could not accept; else 0.
    pause: Cell<u32>,
    /// The socket that was read and that the guest takes next.
    accepted: Cell<Option<Shared<TcpSocket>>>,
}

/// In nanoseconds.
const PAUSE: u64 = 20_000_000;

#[unsafe(export_name = "wasi:sockets/types@0.3#[method]tcp-socket.listen")]
extern "C" fn listen(socket: Shared<TcpSocket>) -> Ret {
    let area = area();
    if !socket.bind_implicitly() {
        return area.ret();
    }
    unsafe { imports::tcp_start_listen(socket.handle, area.at()) };
    if area.get_u8(0) == 0 {
        finish(
            |result| unsafe { imports::tcp_finish_listen(socket.handle, result) },
            || unsafe { imports::tcp_subscribe(socket.handle) },
        );
    }
    if settle(1, 4) {
        let pair = Pair::new(SOCKETS, OTHER);
        let accept = Shared::new(Accept {
            waiter: Waiter::new(WaiterKind::Accept),
            socket: tcp::retain(socket),
            pair,
            pollable: Cell::new(0),
            pause: Cell::new(0),
            accepted: Cell::new(None),
        });
        pair.source.set(Some(waiter(accept)));
        area.u32(4, Pair::give_reader(pair));
    }
    area.ret()
}

fn waiter(accept: Shared<Accept>) -> Shared<Waiter> {
    unsafe { accept.cast() }
}

enum Found {
    Socket(Shared<TcpSocket>),
    /// There is none before this pollable is ready.
    NotYet(u32),
    /// There will be no more sockets.
    End,
}

impl Accept {
    fn pollable(&self) -> u32 {
        if self.pollable.get() == 0 {
            self.pollable.set(unsafe { imports::tcp_subscribe(self.socket.handle) });
        }
        self.pollable.get()
    }

    fn accept(&self) -> Found {
        if self.pause.get() != 0 {
            if !io::ready(self.pause.get()) {
                return Found::NotYet(self.pause.get());
            }
            self.end_pause();
        }
        let area = area();
        loop {
            unsafe { imports::tcp_accept(self.socket.handle, area.at()) };
            if area.get_u8(0) == 0 {
                return Found::Socket(TcpSocket::accepted(area.get_u32(4), area.get_u32(8), area.get_u32(12)));
            }
            match ErrorCode::of(area.get_u8(4).into()) {
                ErrorCode::WouldBlock => return Found::NotYet(self.pollable()),
                // The host lacks a resource; wasmtime says `unknown` when it has no more
                // descriptors.
                ErrorCode::NewSocketLimit | ErrorCode::OutOfMemory | ErrorCode::Unknown => {
                    self.pause.set(unsafe { imports::subscribe_duration(PAUSE) });
                    return Found::NotYet(self.pause.get());
                }
                ErrorCode::InvalidState | ErrorCode::InvalidArgument | ErrorCode::NotSupported => return Found::End,
                // The connection was lost before it was accepted: tries the next one.
                _ => {}
            }
        }
    }

    fn end_pause(&self) {
        if self.pause.get() != 0 {
            io::drop_pollable(self.pause.take());
        }
    }
}

/// Goes on with the read that is pending.
#[inline(never)]
#[unsafe(export_name = "hook:tcp/step-accept")]
pub extern "C" fn hook_step_accept(accept: Shared<Accept>) {
    let pair = accept.pair;
    if pair.pending.get() != Pending::Read {
        return poll::deregister(waiter(accept));
    }
    if pair.len.get() == 0 {
        let pollable = accept.pollable();
        if !io::ready(pollable) {
            return poll::register(waiter(accept), pollable);
        }
    } else {
        match accept.accept() {
            Found::Socket(socket) => {
                accept.accepted.set(Some(socket));
                pair.reader.count.set(1);
            }
            Found::NotYet(pollable) => return poll::register(waiter(accept), pollable),
            Found::End => return hook_drop_accept(accept),
        }
    }
    poll::deregister(waiter(accept));
    Pair::complete(pair, CopyResult::Completed);
}

/// Nobody reads the stream any more, or there is nothing to read.
#[inline(never)]
#[unsafe(export_name = "hook:tcp/drop-accept")]
pub extern "C" fn hook_drop_accept(accept: Shared<Accept>) {
    poll::deregister(waiter(accept));
    accept.end_pause();
    let Accept { socket, pair, pollable, accepted, .. } = unsafe { accept.into_inner() };
    if pollable.get() != 0 {
        io::drop_pollable(pollable.get());
    }
    if let Some(accepted) = accepted.get() {
        tcp::release(accepted);
    }
    tcp::release(socket);
    pair.source.set(None);
    Pair::drop_end(pair);
    Pair::reap(pair);
}

/// `list<tcp-socket>`: what was read.
#[unsafe(export_name = "wasi:sockets/types@0.3#take-sockets")]
extern "C" fn take_sockets(end: u32) -> Ret {
    let source = pair::taking(end).source.get();
    let area = area();
    let element = area.at() as u32 + 8;
    area.u32(0, element).u32(4, 0);
    if let Some(source) = source
        && let Some(socket) = unsafe { source.cast::<Accept>() }.accepted.take()
    {
        area.u32(4, 1).u32(8, unsafe { imports::tcp3_new(socket) });
    }
    area.ret()
}
