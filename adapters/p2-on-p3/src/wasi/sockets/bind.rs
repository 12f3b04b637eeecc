//! `start-bind`. A socket that was dropped with an operation in flight keeps its port until that
//! operation is cancelled, which only a wait can do. So if there is such a socket, binding waits
//! for one yield.
//!
//! # Safety
//!
//! The socket is borrowed from `start` to `finish`, so the progress that the operation points to is
//! there.

use super::Wait;
use super::address::Flat;
use super::convert::{self, ErrorCode};
use super::imports::{tcp_bind, udp_bind};
use super::tcp::{Progress, TcpSocket};
use super::udp::UdpSocket;
use crate::hooks::Body;
use crate::kernel::op;
use crate::kernel::source;
use common::abi::{Ret, area};
use common::shared::Shared;
use core::cell::Cell;

pub struct Bind {
    socket: u32,
    tcp: bool,
    progress: Shared<Cell<Progress>>,
    address: Flat,
}

fn start(bind: Bind) -> u32 {
    op::deliver_events();
    let waits = super::any_parked() || source::any_parked();
    op::begin_with(Body::Socket(Wait::Bind(Shared::new(bind))), waits)
}

fn finish(token: u32) -> Ret {
    let Body::Socket(Wait::Bind(at)) = op::take(token).body else { return area().ret() };
    let Bind { socket, tcp, progress, address: [case, a, b, c, d, e, f, g, h, i, j, k] } = unsafe { at.into_inner() };
    if progress.get() != Progress::None {
        return convert::failed(1, ErrorCode::ConcurrencyConflict);
    }
    let area = area();
    unsafe {
        match tcp {
            true => tcp_bind(socket, case, a, b, c, d, e, f, g, h, i, j, k, area.at()),
            false => udp_bind(socket, case, a, b, c, d, e, f, g, h, i, j, k, area.at()),
        }
    }
    let failure = convert::of_area(area, 4);
    if failure.is_none() {
        progress.set(Progress::Bind);
    }
    convert::unit(failure)
}

/// `finish-bind`.
fn bound(progress: &Cell<Progress>) -> Ret {
    if progress.get() != Progress::Bind {
        return convert::failed(1, ErrorCode::NotInProgress);
    }
    progress.set(Progress::None);
    convert::unit(None)
}

#[rustfmt::skip]
#[unsafe(export_name = "wasi:sockets/tcp@0.2#[method]tcp-socket.start-start-bind")]
extern "C" fn tcp_start(
    this: &TcpSocket, _network: u32, case: u32,
    a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32, i: u32, j: u32, k: u32,
) -> u32 {
    let address = [case, a, b, c, d, e, f, g, h, i, j, k];
    start(Bind { socket: this.handle, tcp: true, progress: Shared::of(&this.progress), address })
}

#[unsafe(export_name = "wasi:sockets/tcp@0.2#[static]tcp-socket.finish-start-bind")]
extern "C" fn tcp_finish(token: u32) -> Ret {
    finish(token)
}

#[unsafe(export_name = "wasi:sockets/tcp@0.2#[method]tcp-socket.finish-bind")]
extern "C" fn tcp_bound(this: &TcpSocket) -> Ret {
    bound(&this.progress)
}

#[rustfmt::skip]
#[unsafe(export_name = "wasi:sockets/udp@0.2#[method]udp-socket.start-start-bind")]
extern "C" fn udp_start(
    this: &UdpSocket, _network: u32, case: u32,
    a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32, i: u32, j: u32, k: u32,
) -> u32 {
    let address = [case, a, b, c, d, e, f, g, h, i, j, k];
    start(Bind { socket: this.handle(), tcp: false, progress: Shared::of(&this.progress), address })
}

#[unsafe(export_name = "wasi:sockets/udp@0.2#[static]udp-socket.finish-start-bind")]
extern "C" fn udp_finish(token: u32) -> Ret {
    finish(token)
}

#[unsafe(export_name = "wasi:sockets/udp@0.2#[method]udp-socket.finish-bind")]
extern "C" fn udp_bound(this: &UdpSocket) -> Ret {
    bound(&this.progress)
}
