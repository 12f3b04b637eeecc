//! The stream of sockets of a listening one. At most one connection is held that the guest has not accepted.

use super::imports::*;
use crate::hooks::Owner;
use crate::kernel::canon::DROPPED;
use crate::kernel::wait;
use crate::kernel::waitable::Waitable;
use common::cell::Global;
use common::memory;
use core::ptr::{self, null_mut};

pub struct Listener {
    stream: Waitable,
    /// Where the host writes a socket.
    socket: u32,
    /// There is one.
    accepted: bool,
    ended: bool,
    orphan: bool,
    next: *mut Listener,
}

/// Listeners that were dropped with a read in flight, to be cancelled by the next wait.
static PARKED: Global<*mut Listener> = Global::new(null_mut());

pub fn any_parked() -> bool {
    !PARKED.get().is_null()
}

/// Cancels what is parked. Only inside of `control.wait`.
#[inline(never)]
#[unsafe(export_name = "part:tcp/reap")]
pub extern "C" fn part_reap() {
    while let Some(this) = unsafe { PARKED.get().as_mut() } {
        *PARKED.get() = this.next;
        this.stream.abandon();
        let result = unsafe { accepted_cancel_read(this.stream.handle) };
        this.note(result);
        this.free();
    }
}

impl Listener {
    pub fn new(stream: u32) -> *mut Listener {
        let this = memory::boxed(Listener {
            stream: Waitable::NONE,
            socket: 0,
            accepted: false,
            ended: false,
            orphan: false,
            next: null_mut(),
        });
        unsafe { (*this).stream = Waitable::new(stream, Owner::Listener(this)) };
        this
    }

    /// Whether a connection is there, or there will be none; tries to get one.
    pub fn ready(&mut self) -> bool {
        if !self.accepted && !self.ended && !self.stream.busy {
            let result = unsafe { accepted_read(self.stream.handle, &mut self.socket, 1) };
            if let Some(result) = self.stream.started(result) {
                self.note(result);
            }
        }
        self.accepted || self.ended
    }

    fn note(&mut self, result: u32) {
        self.accepted = result >> 4 > 0;
        self.ended = result & 15 == DROPPED;
    }

    /// Takes the connection; `None` if there will be none any more.
    pub fn take(&mut self) -> Option<u32> {
        let accepted = self.accepted;
        self.accepted = false;
        accepted.then_some(self.socket)
    }

    /// The socket goes away. A destructor cannot cancel.
    pub fn orphan(&mut self) {
        if !self.stream.busy {
            self.free();
            return;
        }
        self.orphan = true;
        self.next = *PARKED.get();
        *PARKED.get() = self;
        wait::park();
    }

    fn free(&mut self) {
        self.stream.leave();
        unsafe {
            if self.accepted {
                tcp_drop(self.socket);
            }
            accepted_drop_readable(self.stream.handle);
        }
        memory::unbox(self);
    }
}

/// The host has answered a read.
#[inline(never)]
#[unsafe(export_name = "part:tcp/accepted")]
pub extern "C" fn part_accepted(this: *mut Listener) {
    let this = unsafe { &mut *this };
    if let Some(result) = this.stream.result() {
        this.note(result);
    }
    if !this.orphan {
        return;
    }
    let mut link = PARKED.get() as *mut *mut Listener;
    unsafe {
        while !ptr::eq(*link, this) {
            link = &mut (**link).next;
        }
        *link = this.next;
    }
    this.free();
}
