//! An async call of 0.3 with the memory that the host reads and writes in the course of it.
//!
//! A call of a method lends its socket until it has returned. So when whoever made the call goes away, the call
//! stays, as an *orphan* that keeps the socket: a send goes on to its end; everything else is cancelled by the
//! next wait (DESIGN.md: "Parked operations").

use super::convert;
use super::imports::tcp_drop;
use super::udp::{self, Socket};
use crate::hooks::Owner;
use crate::kernel::canon::{RETURNED, subtask_cancel, subtask_drop};
use crate::kernel::wait;
use crate::kernel::waitable::Waitable;
use common::cell::Global;
use common::memory::{self, Buffer};
use core::ptr::{self, null_mut};

/// What is called, on which socket.
#[derive(Clone, Copy)]
pub enum Kind {
    Connect(u32),
    Receive(*mut Socket),
    Send(*mut Socket),
    Lookup,
}

pub struct Call {
    waitable: Waitable,
    kind: Kind,
    /// Parameters, if they go through memory.
    pub params: [u32; 12],
    /// A list among the parameters.
    pub data: Buffer,
    result: [u64; 6],
    /// It has returned, and nobody has taken the result yet.
    returned: bool,
    orphan: bool,
    next: *mut Call,
}

/// Orphans that the next wait cancels.
static PARKED: Global<*mut Call> = Global::new(null_mut());

pub fn any_parked() -> bool {
    !PARKED.get().is_null()
}

/// Cancels what is parked. Only inside of `control.wait`.
pub fn reap() {
    while let Some(call) = unsafe { PARKED.get().as_mut() } {
        *PARKED.get() = call.next;
        call.waitable.abandon();
        unsafe {
            call.returned = subtask_cancel(call.waitable.handle) == RETURNED;
            subtask_drop(call.waitable.handle);
        }
        call.free();
    }
}

impl Call {
    /// Makes a call that is not begun yet.
    pub fn new(kind: Kind) -> *mut Call {
        let call = memory::boxed(Call {
            waitable: Waitable::NONE,
            kind,
            params: [0; 12],
            data: Buffer::NONE,
            result: [0; 6],
            returned: false,
            orphan: false,
            next: null_mut(),
        });
        unsafe { (*call).waitable = Waitable::new(0, Owner::SocketCall(call)) };
        call
    }

    pub fn result(&mut self) -> *mut u8 {
        self.result.as_mut_ptr() as *mut u8
    }

    /// Notes how the call was answered.
    pub fn begun(&mut self, status: u32) {
        if self.waitable.called(status) {
            self.end();
        }
    }

    fn end(&mut self) {
        self.returned = true;
        self.data.release();
    }

    /// Whether the host has yet to answer.
    pub fn is_busy(&self) -> bool {
        self.waitable.busy
    }

    /// Whether there is a result to take.
    pub fn has_returned(&self) -> bool {
        self.returned
    }

    /// Takes the result: where it is, and whether it is an error. It stays there until the call is begun again.
    pub fn take(&mut self) -> Result<*mut u8, *mut u8> {
        self.returned = false;
        let result = self.result();
        match unsafe { result.read() } {
            0 => Ok(result),
            _ => Err(result),
        }
    }

    /// Whoever made it goes away.
    pub fn orphan(&mut self) {
        if !self.is_busy() {
            self.free();
            return;
        }
        self.orphan = true;
        if !matches!(self.kind, Kind::Send(_)) {
            self.next = *PARKED.get();
            *PARKED.get() = self;
            wait::park();
        }
    }

    fn free(&mut self) {
        if self.returned {
            self.discard();
        }
        self.data.release();
        match self.kind {
            Kind::Connect(socket) => unsafe { tcp_drop(socket) },
            Kind::Receive(socket) | Kind::Send(socket) => udp::part_let_go(socket),
            Kind::Lookup => {}
        }
        memory::unbox(self);
    }

    /// Gives back what a result that nobody takes refers to.
    pub fn discard(&mut self) {
        let list = |at: *mut u8, item: u32| unsafe {
            let at = at as *const u32;
            Buffer::lowered(at.read() as *mut u8, at.add(1).read() * item).release();
        };
        match (self.take(), self.kind) {
            (Err(result), Kind::Lookup) => drop(convert::lookup_error(result.wrapping_add(4))),
            (Err(result), _) => drop(convert::error(result.wrapping_add(4))),
            (Ok(result), Kind::Lookup) => list(result.wrapping_add(4), super::lookup::ADDRESS),
            (Ok(result), Kind::Receive(_)) => list(result.wrapping_add(4), 1),
            (Ok(_), _) => {}
        }
    }
}

/// A call has returned.
#[inline(never)]
#[unsafe(export_name = "part:sockets/returned")]
pub extern "C" fn part_returned(call: *mut Call) {
    let call = unsafe { &mut *call };
    call.waitable.result();
    call.end();
    if !call.orphan {
        return;
    }
    if !matches!(call.kind, Kind::Send(_)) {
        let mut link = PARKED.get() as *mut *mut Call;
        unsafe {
            while !ptr::eq(*link, call) {
                link = &mut (**link).next;
            }
            *link = call.next;
        }
    }
    call.free();
}
