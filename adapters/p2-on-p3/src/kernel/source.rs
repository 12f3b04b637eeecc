//! The readable end of a `stream<u8>` that a function of WASI 0.3 produces, with that function's result
//! future (DESIGN.md: "Input streams of P", "Two-phase end", "Parked operations").

use crate::hooks::{self, Domain, Owner};
use crate::kernel::canon::*;
use crate::kernel::failure::Failure;
use crate::kernel::outcome::ResultFuture;
use crate::kernel::wait;
use crate::kernel::waitable::Waitable;
use common::cell::Global;
use common::memory::Buffer;
use core::ptr::{self, null_mut};

/// The most that is read at once; the same as wasmtime's 0.2.
pub const MAX_READ: u32 = 64 * 1024;

/// How much is read when only readiness is asked for.
pub const AHEAD: u32 = 4096;

enum State {
    /// Stdin and HTTP only, before the first read.
    Unopened,
    Open,
    /// The producer has ended the stream; the result will say why.
    Dropped,
    /// It failed; not reported yet.
    Failed(Failure),
    Closed,
}

pub struct Source {
    stream: Waitable,
    future: ResultFuture,
    pub domain: Domain,
    state: State,
    /// Bytes that were read and not taken, or where the read in flight writes.
    buffer: Buffer,
    /// The 0.2 resource lives.
    pub lent: bool,
    /// The socket lives that this is a direction of.
    pub owned: bool,
    /// Of a socket: how much is read when only readiness is asked for.
    ahead: u32,
    parked: bool,
    next: *mut Source,
}

/// Sources that the guest dropped or shut down with an operation in flight, to be cancelled by the next wait.
static PARKED: Global<*mut Source> = Global::new(null_mut());

impl Source {
    pub const fn unopened(domain: Domain) -> Source {
        Source {
            stream: Waitable::NONE,
            future: ResultFuture::NONE,
            domain,
            state: State::Unopened,
            buffer: Buffer::NONE,
            lent: false,
            owned: false,
            ahead: 0,
            parked: false,
            next: null_mut(),
        }
    }

    /// Takes the two ends that a `read-via-stream` returned.
    pub fn open(&mut self, ends: [u32; 2], domain: Domain) {
        let owner = Owner::Source(self);
        self.stream = Waitable::new(ends[0], owner);
        self.future = ResultFuture::new(ends[1], domain, owner);
        self.domain = domain;
        self.ahead = AHEAD;
        self.state = State::Open;
    }

    /// Starts a read of up to `want` bytes if nothing is buffered; true when bytes or the outcome are there.
    pub fn fill(&mut self, want: u32) -> bool {
        if self.buffer.len > 0 {
            return true;
        }
        if let State::Unopened = self.state {
            hooks::open_input(self);
        }
        if let State::Open = self.state {
            if self.stream.busy || hooks::holds_back(self.domain) {
                return false;
            }
            let mut result = self.stream.result();
            if result.is_none() {
                if self.buffer.size < want {
                    self.buffer.release();
                    self.buffer = Buffer::new(want);
                }
                self.buffer.off = 0;
                let started = unsafe { bytes_read(self.stream.handle, self.buffer.at, self.buffer.size.min(want)) };
                result = self.stream.started(started);
            }
            let Some(result) = result else { return false };
            self.buffer.len = result >> 4;
            if self.domain.adapts() {
                self.adapt();
            }
            if result & 15 == DROPPED {
                self.state = State::Dropped;
                self.close_stream();
            }
            if self.buffer.len > 0 {
                return true;
            }
        }
        if let State::Dropped = self.state {
            let Some(outcome) = self.future.outcome() else { return false };
            hooks::ended(self, &outcome);
            self.state = outcome.map_or(State::Closed, State::Failed);
        }
        !matches!(self.state, State::Open)
    }

    /// Whether the stream is at its end, with nothing left to read.
    pub fn ended(&self) -> bool {
        self.buffer.len == 0 && matches!(self.state, State::Failed(_) | State::Closed)
    }

    /// Takes up to `count` buffered bytes.
    pub fn take(&mut self, count: u32) -> Buffer {
        if self.buffer.len == 0 {
            return Buffer::NONE;
        }
        self.buffer.take(count)
    }

    /// Drops up to `count` buffered bytes.
    pub fn skip(&mut self, count: u32) -> u32 {
        let count = count.min(self.buffer.len);
        self.buffer.skip(count);
        count
    }

    /// Reports the failure once, in the way of 0.2.
    pub fn take_error(&mut self) -> Option<Failure> {
        if let State::Failed(error) = self.state {
            self.state = State::Closed;
            return Some(error);
        }
        None
    }

    fn close_stream(&mut self) {
        if self.stream.handle != 0 {
            self.stream.leave();
            unsafe { bytes_drop_readable(self.stream.handle) };
            self.stream.handle = 0;
            hooks::consumed(self);
        }
    }

    /// A connection that has more than was read will be read in larger pieces, and the other way round.
    fn adapt(&mut self) {
        if self.buffer.len >= self.ahead {
            self.ahead = (self.ahead * 4).min(MAX_READ);
        } else if self.buffer.len < self.ahead / 8 {
            self.ahead = (self.ahead / 4).max(AHEAD);
        }
    }

    /// How much is read when only readiness is asked for.
    pub fn ahead(&self) -> u32 {
        self.domain.ahead(self.ahead)
    }

    /// The result as the future gave it.
    pub fn value(&mut self) -> *mut u8 {
        self.future.value()
    }

    /// The 0.2 resource of a file was dropped; or that of a socket, or the socket.
    pub fn let_go(&mut self) {
        if !self.lent && !self.owned {
            self.orphan();
        }
    }

    /// Of a socket: from now on the stream is closed.
    pub fn shut_down(&mut self) {
        if let Some(error) = self.take_error() {
            error.forget();
        }
        self.state = State::Closed;
        self.buffer.len = 0;
        self.orphan();
    }

    /// Nobody reads any more. A destructor cannot cancel, so with an operation in flight the source is parked.
    pub fn orphan(&mut self) {
        if self.parked {
            return;
        }
        if self.stream.busy || self.future.waitable.busy {
            self.parked = true;
            self.next = *PARKED.get();
            *PARKED.get() = self;
            wait::park();
            return;
        }
        self.free();
    }

    fn free(&mut self) {
        if let Some(error) = self.take_error() {
            error.forget();
        }
        self.close_stream();
        self.future.close();
        self.buffer.release();
        self.state = State::Closed;
        hooks::free_source(self);
    }

    pub fn is_parked(&self) -> bool {
        self.parked
    }

    /// An event arrived for one of the ends: of interest if the source is parked.
    pub fn event(&mut self) {
        if !self.parked {
            return;
        }
        let mut link = PARKED.get() as *mut *mut Source;
        unsafe {
            while !ptr::eq(*link, self) {
                link = &mut (**link).next;
            }
            *link = self.next;
        }
        self.parked = false;
        self.free();
    }
}

/// Whether something waits to be cancelled.
pub fn any_parked() -> bool {
    !PARKED.get().is_null()
}

/// Cancels what is parked. Only inside of `control.wait`.
pub fn reap() {
    loop {
        let source = *PARKED.get();
        if source.is_null() {
            return;
        }
        let source = unsafe { &mut *source };
        *PARKED.get() = source.next;
        source.parked = false;
        if source.stream.busy {
            source.stream.abandon();
            unsafe { bytes_cancel_read(source.stream.handle) };
        }
        source.future.cancel();
        source.free();
    }
}
