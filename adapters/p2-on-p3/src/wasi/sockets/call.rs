//! An async call of 0.3 with the memory that the host reads and writes meanwhile.
//!
//! A call of a method borrows its socket until it has returned. So when the resource that made the
//! call is dropped, the call stays, as an *orphan* that keeps the socket: a send goes on to its
//! end; every other call is cancelled by the next wait (DESIGN.md: "Parked operations").
//!
//! # Safety
//!
//! The host reads the parameters and writes the result while the call is busy. A call that goes on
//! without its maker is an orphan, and frees itself when it has returned or was cancelled.

use super::convert;
use super::imports::tcp_drop;
use super::udp::{self, Socket};
use crate::hooks::Owner;
use crate::kernel::canon::{RETURNED, subtask_cancel, subtask_drop};
use crate::kernel::wait;
use crate::kernel::waitable::Waitable;
use common::global::Global;
use common::list::{Link, Linked, List};
use common::memory::{Buffer, BufferCell};
use common::shared::Shared;
use core::cell::{Cell, UnsafeCell};

/// The function that is called, and its socket.
#[derive(Clone, Copy)]
pub enum Kind {
    Connect(u32),
    Receive(Shared<Socket>),
    Send(Shared<Socket>),
    Lookup,
}

pub struct Call {
    waitable: Waitable,
    kind: Kind,
    /// Parameters, if they go through memory.
    params: UnsafeCell<[u32; 12]>,
    /// A list among the parameters.
    pub data: Cell<Buffer>,
    result: UnsafeCell<[u64; 6]>,
    /// The call has returned, and nobody has taken the result yet.
    returned: Cell<bool>,
    orphan: Cell<bool>,
    next: Link<Call>,
}

impl Linked for Call {
    fn link(&self) -> &Link<Call> {
        &self.next
    }
}

/// Orphans that the next wait cancels.
static PARKED: Global<List<Call>> = Global::new(List::new());

pub fn any_parked() -> bool {
    !PARKED.is_empty()
}

/// Cancels parked calls. Only inside of `control.wait`.
pub fn reap() {
    while let Some(call) = PARKED.pop() {
        call.waitable.abandon();
        let subtask = call.waitable.handle.get();
        unsafe {
            call.returned.set(subtask_cancel(subtask) == RETURNED);
            subtask_drop(subtask);
        }
        call.dispose();
    }
}

impl Call {
    /// Makes a call that is not begun yet.
    pub fn new(kind: Kind) -> Shared<Call> {
        let call = Shared::new(Call {
            waitable: Waitable::none(),
            kind,
            params: UnsafeCell::new([0; 12]),
            data: Cell::new(Buffer::NONE),
            result: UnsafeCell::new([0; 6]),
            returned: Cell::new(false),
            orphan: Cell::new(false),
            next: Cell::new(None),
        });
        call.waitable.set(0, Owner::SocketCall(call));
        call
    }

    pub fn params(&self) -> *mut u32 {
        self.params.get() as *mut u32
    }

    pub fn result(&self) -> *mut u8 {
        self.result.get() as *mut u8
    }

    /// Notes the status that the call returned.
    pub fn begun(&self, status: u32) {
        if self.waitable.called(status) {
            self.end();
        }
    }

    fn end(&self) {
        self.returned.set(true);
        self.data.release();
    }

    /// Whether the host has yet to answer.
    pub fn is_busy(&self) -> bool {
        self.waitable.busy.get()
    }

    /// Whether there is a result to take.
    pub fn has_returned(&self) -> bool {
        self.returned.get()
    }

    /// Takes the result: its address, and whether it is an error. It stays there until the call is
    /// begun again.
    pub fn take(&self) -> Result<*mut u8, *mut u8> {
        self.returned.set(false);
        let result = self.result();
        match unsafe { result.read() } {
            0 => Ok(result),
            _ => Err(result),
        }
    }

    /// The resource that made the call is dropped.
    pub fn orphan(&self) {
        if !self.is_busy() {
            self.dispose();
            return;
        }
        self.orphan.set(true);
        if !matches!(self.kind, Kind::Send(_)) {
            PARKED.push(self);
            wait::park();
        }
    }

    fn dispose(&self) {
        if self.returned.get() {
            self.discard();
        }
        self.data.release();
        match self.kind {
            Kind::Connect(socket) => unsafe { tcp_drop(socket) },
            Kind::Receive(socket) | Kind::Send(socket) => udp::hook_let_go(socket),
            Kind::Lookup => {}
        }
        unsafe { Shared::of(self).free() };
    }

    /// Frees what a result that nobody takes refers to.
    pub fn discard(&self) {
        let list = |at: *mut u8, item: u32| unsafe {
            let at = at as *const u32;
            Buffer::lowered(at.read() as *mut u8, at.add(1).read() * item).release();
        };
        match (self.take(), self.kind) {
            (Err(result), Kind::Lookup) => drop(unsafe { convert::lookup_error(result.add(4)) }),
            (Err(result), _) => drop(unsafe { convert::error(result.add(4)) }),
            (Ok(result), Kind::Lookup) => list(result.wrapping_add(4), super::lookup::ADDRESS),
            (Ok(result), Kind::Receive(_)) => list(result.wrapping_add(4), 1),
            (Ok(_), _) => {}
        }
    }
}

/// A call has returned.
#[inline(never)]
#[unsafe(export_name = "hook:sockets/returned")]
pub extern "C" fn hook_returned(call: &Call) {
    call.waitable.result();
    call.end();
    if !call.orphan.get() {
        return;
    }
    if !matches!(call.kind, Kind::Send(_)) {
        PARKED.remove(call);
    }
    call.dispose();
}
