//! `tcp-socket.listen`: a stream of sockets, each of which is accepted when the guest reads.

use super::convert::{
    INVALID_ARGUMENT_2, INVALID_STATE_2, NEW_SOCKET_LIMIT, NOT_SUPPORTED_2, OUT_OF_MEMORY_2, UNKNOWN, WOULD_BLOCK,
    settle,
};
use super::tcp::{self, TcpSocket};
use super::{finish, imports};
use crate::io;
use crate::pair::{self, COMPLETED, OTHER, Pair, Pending, Type};
use crate::wait::{self, Kind, Pump};
use common::abi::{Ret, area};
use common::memory;
use core::ptr::null_mut;

#[repr(C)]
pub struct Accept {
    pump: Pump,
    socket: *mut TcpSocket,
    pair: *mut Pair,
    /// The listening socket's.
    pollable: u32,
    /// When to try again, if the host could not accept; else 0.
    pause: u32,
    /// What was read and the guest takes next.
    accepted: *mut TcpSocket,
}

/// In nanoseconds.
const PAUSE: u64 = 20_000_000;

#[unsafe(export_name = "wasi:sockets/types@0.3.2#[method]tcp-socket.listen")]
extern "C" fn listen(this: *mut TcpSocket) -> Ret {
    let socket = unsafe { &mut *this };
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
        let pair = unsafe { &mut *Pair::new(Type::SOCKETS, OTHER) };
        let accept = Accept {
            pump: Pump::new(Kind::Accept),
            socket: tcp::retain(this),
            pair,
            pollable: 0,
            pause: 0,
            accepted: null_mut(),
        };
        pair.source = memory::boxed(accept) as *mut Pump;
        area.u32(4, pair.give_reader());
    }
    area.ret()
}

enum Found {
    Socket(*mut TcpSocket),
    /// None before this pollable is ready.
    NotYet(u32),
    /// There will be none any more.
    End,
}

impl Accept {
    fn pollable(&mut self) -> u32 {
        if self.pollable == 0 {
            self.pollable = unsafe { imports::tcp_subscribe((*self.socket).handle) };
        }
        self.pollable
    }

    fn accept(&mut self) -> Found {
        if self.pause != 0 {
            if !io::ready(self.pause) {
                return Found::NotYet(self.pause);
            }
            self.end_pause();
        }
        let area = area();
        loop {
            unsafe { imports::tcp_accept((*self.socket).handle, area.at()) };
            if area.get_u8(0) == 0 {
                return Found::Socket(TcpSocket::accepted(area.get_u32(4), area.get_u32(8), area.get_u32(12)));
            }
            match area.get_u8(4) {
                WOULD_BLOCK => return Found::NotYet(self.pollable()),
                // The host has not enough of something; wasmtime says `unknown` when it has no more descriptors.
                NEW_SOCKET_LIMIT | OUT_OF_MEMORY_2 | UNKNOWN => {
                    self.pause = unsafe { imports::subscribe_duration(PAUSE) };
                    return Found::NotYet(self.pause);
                }
                INVALID_STATE_2 | INVALID_ARGUMENT_2 | NOT_SUPPORTED_2 => return Found::End,
                // A connection that was lost before it was accepted.
                _ => {}
            }
        }
    }

    fn end_pause(&mut self) {
        if self.pause != 0 {
            io::drop_pollable(self.pause);
            self.pause = 0;
        }
    }
}

/// Goes on with the read that is pending.
#[inline(never)]
#[unsafe(export_name = "part:tcp/step-accept")]
pub extern "C" fn part_step_accept(this: *mut Accept) {
    let accept = unsafe { &mut *this };
    let pair = unsafe { &mut *accept.pair };
    if pair.pending != Pending::Read {
        return wait::unpark(&mut accept.pump);
    }
    if pair.len == 0 {
        let pollable = accept.pollable();
        if !io::ready(pollable) {
            return wait::park(&mut accept.pump, pollable);
        }
    } else {
        match accept.accept() {
            Found::Socket(socket) => {
                accept.accepted = socket;
                pair.reader.count = 1;
            }
            Found::NotYet(pollable) => return wait::park(&mut accept.pump, pollable),
            Found::End => return part_drop_accept(this),
        }
    }
    wait::unpark(&mut accept.pump);
    pair.complete(COMPLETED);
}

/// Nobody reads any more, or there is nothing to read.
#[inline(never)]
#[unsafe(export_name = "part:tcp/drop-accept")]
pub extern "C" fn part_drop_accept(this: *mut Accept) {
    let accept = unsafe { &mut *this };
    wait::unpark(&mut accept.pump);
    accept.end_pause();
    if accept.pollable != 0 {
        io::drop_pollable(accept.pollable);
    }
    if !accept.accepted.is_null() {
        tcp::release(accept.accepted);
    }
    tcp::release(accept.socket);
    let pair = unsafe { &mut *accept.pair };
    memory::unbox(this);
    pair.source = null_mut();
    pair.drop_end();
    pair.reap();
}

/// `list<tcp-socket>`: what was read.
#[unsafe(export_name = "wasi:sockets/types@0.3.2#take-sockets")]
extern "C" fn take_sockets(end: u32) -> Ret {
    let accept = pair::taking(end).source as *mut Accept;
    let area = area();
    let element = area.at() as u32 + 8;
    area.u32(0, element).u32(4, 0);
    if !accept.is_null() {
        let socket = core::mem::replace(unsafe { &mut (*accept).accepted }, null_mut());
        if !socket.is_null() {
            area.u32(4, 1).u32(8, unsafe { imports::tcp3_new(socket) });
        }
    }
    area.ret()
}
