//! The stream of accepted sockets of a listening socket. P holds at most one connection that the
//! guest has not accepted.
//!
//! # Safety
//!
//! The host writes to `socket` while a read is in flight; a listener is freed only when it is not
//! busy.

use super::imports::*;
use crate::hooks::Owner;
use crate::kernel::canon::DROPPED;
use crate::kernel::wait;
use crate::kernel::waitable::Waitable;
use common::global::Global;
use common::list::{Link, Linked, List};
use common::shared::Shared;
use core::cell::Cell;

pub struct Listener {
    stream: Waitable,
    /// The memory into which the host writes an accepted socket.
    socket: Cell<u32>,
    /// `socket` has one that the guest has not taken.
    accepted: Cell<bool>,
    ended: Cell<bool>,
    orphan: Cell<bool>,
    next: Link<Listener>,
}

impl Linked for Listener {
    fn link(&self) -> &Link<Listener> {
        &self.next
    }
}

/// Listeners that were dropped with a read in flight, which the next wait cancels.
static PARKED: Global<List<Listener>> = Global::new(List::new());

pub fn any_parked() -> bool {
    !PARKED.is_empty()
}

/// Cancels the reads of parked listeners. Only inside of `control.wait`.
#[inline(never)]
#[unsafe(export_name = "hook:tcp/reap")]
pub extern "C" fn hook_reap() {
    while let Some(this) = PARKED.pop() {
        this.stream.abandon();
        let result = unsafe { accepted_cancel_read(this.stream.handle.get()) };
        this.note(result);
        this.dispose();
    }
}

impl Listener {
    pub fn new(stream: u32) -> Shared<Listener> {
        let this = Shared::new(Listener {
            stream: Waitable::none(),
            socket: Cell::new(0),
            accepted: Cell::new(false),
            ended: Cell::new(false),
            orphan: Cell::new(false),
            next: Cell::new(None),
        });
        this.stream.set(stream, Owner::Listener(this));
        this
    }

    /// Whether a connection is there, or there will be none; tries to get one.
    pub fn ready(&self) -> bool {
        if !self.accepted.get() && !self.ended.get() && !self.stream.busy.get() {
            let result = unsafe { accepted_read(self.stream.handle.get(), self.socket.as_ptr(), 1) };
            if let Some(result) = self.stream.started(result) {
                self.note(result);
            }
        }
        self.accepted.get() || self.ended.get()
    }

    fn note(&self, result: u32) {
        self.accepted.set(result >> 4 > 0);
        self.ended.set(result & 15 == DROPPED);
    }

    /// Takes the connection; `None` if there will be none any more.
    pub fn take(&self) -> Option<u32> {
        self.accepted.replace(false).then(|| self.socket.get())
    }

    /// The listening socket is dropped. A destructor cannot cancel, so with a read in flight the
    /// listener is parked.
    pub fn orphan(&self) {
        if !self.stream.busy.get() {
            self.dispose();
            return;
        }
        self.orphan.set(true);
        PARKED.push(self);
        wait::park();
    }

    fn dispose(&self) {
        self.stream.leave();
        unsafe {
            if self.accepted.get() {
                tcp_drop(self.socket.get());
            }
            accepted_drop_readable(self.stream.handle.get());
        }
        unsafe { Shared::of(self).free() };
    }
}

/// The host has answered a read.
#[inline(never)]
#[unsafe(export_name = "hook:tcp/accepted")]
pub extern "C" fn hook_accepted(this: &Listener) {
    if let Some(result) = this.stream.result() {
        this.note(result);
    }
    if this.orphan.get() {
        PARKED.remove(this);
        this.dispose();
    }
}
