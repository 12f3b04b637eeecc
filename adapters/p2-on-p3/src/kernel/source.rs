//! The readable end of a `stream<u8>` that a function of WASI 0.3 produces, with that function's
//! result future (DESIGN.md: "Input streams of P", "Two-phase end", "Parked operations").
//!
//! # Safety
//!
//! The mutable state of a source is in `Cell`s. The buffer stays where it is while a read is in
//! flight: a source is freed only when it is not busy, and not used afterwards. Zeros are an
//! unopened source.

use crate::hooks::{self, Owner, StreamKind};
use crate::kernel::canon::*;
use crate::kernel::failure::Failure;
use crate::kernel::outcome::ResultFuture;
use crate::kernel::wait;
use crate::kernel::waitable::Waitable;
use common::global::Global;
use common::list::{Link, Linked, List};
use common::memory::{Buffer, BufferCell};
use common::shared::Shared;
use core::cell::Cell;

/// The most that is read at once; the same as wasmtime's 0.2.
pub const MAX_READ: u32 = 64 * 1024;

/// How much is read when only readiness is asked for.
pub const AHEAD: u32 = 4096;

#[derive(Clone, Copy)]
#[repr(u32)]
enum State {
    /// Before the first read, which opens the stream.
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
    kind: Cell<StreamKind>,
    state: Cell<State>,
    /// Bytes that were read and not taken yet, or the target of the read in flight.
    buffer: Cell<Buffer>,
    /// The 0.2 resource lives.
    pub lent: Cell<bool>,
    /// The socket that has this stream as one of its directions lives.
    pub owned: Cell<bool>,
    /// Of a kind that adapts: how much is read when only readiness is asked for.
    ahead: Cell<u32>,
    parked: Cell<bool>,
    next: Link<Source>,
}

impl Linked for Source {
    fn link(&self) -> &Link<Source> {
        &self.next
    }
}

/// Sources that the guest dropped or shut down with an operation in flight, which the next wait
/// cancels.
static PARKED: Global<List<Source>> = Global::new(List::new());

impl Source {
    /// Makes a source on the heap: zeros, except for the kind.
    pub fn new(kind: StreamKind) -> Shared<Source> {
        let source = unsafe { Shared::<Source>::zeroed() };
        source.kind.set(kind);
        source
    }

    pub const fn unopened(kind: StreamKind) -> Source {
        Source {
            stream: Waitable::none(),
            future: ResultFuture::none(),
            kind: Cell::new(kind),
            state: Cell::new(State::Unopened),
            buffer: Cell::new(Buffer::NONE),
            lent: Cell::new(false),
            owned: Cell::new(false),
            ahead: Cell::new(0),
            parked: Cell::new(false),
            next: Cell::new(None),
        }
    }

    pub fn kind(&self) -> StreamKind {
        self.kind.get()
    }

    /// Takes the two ends that a `read-via-stream` returned.
    pub fn open(&self, ends: [u32; 2], kind: StreamKind) {
        let owner = Owner::Source(Shared::of(self));
        self.stream.set(ends[0], owner);
        self.future.set(ends[1], kind, owner);
        self.kind.set(kind);
        self.ahead.set(AHEAD);
        self.state.set(State::Open);
    }

    fn buffered(&self) -> u32 {
        self.buffer.get().len
    }

    /// Starts a read of up to `want` bytes if nothing is buffered; true when bytes or the outcome
    /// are there.
    pub fn fill(&self, want: u32) -> bool {
        if self.buffered() > 0 {
            return true;
        }
        if let State::Unopened = self.state.get() {
            hooks::open_input(self);
        }
        if let State::Open = self.state.get() {
            if self.stream.busy.get() || hooks::holds_back(self.kind()) {
                return false;
            }
            let result = self.stream.result().or_else(|| self.read(want));
            let Some(result) = result else { return false };
            let mut buffer = self.buffer.get();
            buffer.len = result >> 4;
            self.buffer.set(buffer);
            if self.kind().adapts() {
                self.adapt();
            }
            if result & 15 == DROPPED {
                self.state.set(State::Dropped);
                self.close_stream();
            }
            if self.buffered() > 0 {
                return true;
            }
        }
        if let State::Dropped = self.state.get() {
            let Some(outcome) = self.future.outcome() else { return false };
            hooks::ended(self, &outcome);
            self.state.set(outcome.map_or(State::Closed, State::Failed));
        }
        !matches!(self.state.get(), State::Open)
    }

    /// Starts a read; the result if it has finished at once.
    fn read(&self, want: u32) -> Option<u32> {
        let mut buffer = self.buffer.get();
        if buffer.size < want {
            buffer.release();
            buffer = Buffer::new(want);
        }
        buffer.off = 0;
        self.buffer.set(buffer);
        let started = unsafe { bytes_read(self.stream.handle.get(), buffer.at, buffer.size.min(want)) };
        self.stream.started(started)
    }

    /// Whether the stream is at its end, with nothing left to read.
    pub fn ended(&self) -> bool {
        self.buffered() == 0 && matches!(self.state.get(), State::Failed(_) | State::Closed)
    }

    /// Takes up to `count` buffered bytes.
    pub fn take(&self, count: u32) -> Buffer {
        if self.buffered() == 0 {
            return Buffer::NONE;
        }
        self.buffer.take_first(count)
    }

    /// Drops up to `count` buffered bytes.
    pub fn skip(&self, count: u32) -> u32 {
        let count = count.min(self.buffered());
        self.buffer.skip(count);
        count
    }

    /// Reports the failure once, in the way of 0.2.
    pub fn take_error(&self) -> Option<Failure> {
        if let State::Failed(error) = self.state.get() {
            self.state.set(State::Closed);
            return Some(error);
        }
        None
    }

    fn close_stream(&self) {
        let handle = self.stream.handle.get();
        if handle != 0 {
            self.stream.leave();
            unsafe { bytes_drop_readable(handle) };
            self.stream.handle.set(0);
            hooks::consumed(self);
        }
    }

    /// Enlarges the next read of a connection if this one brought all that it asked for; reduces it
    /// if this one brought little.
    fn adapt(&self) {
        let (len, ahead) = (self.buffered(), self.ahead.get());
        if len >= ahead {
            self.ahead.set((ahead * 4).min(MAX_READ));
        } else if len < ahead / 8 {
            self.ahead.set((ahead / 4).max(AHEAD));
        }
    }

    /// How much is read when only readiness is asked for.
    pub fn ahead(&self) -> u32 {
        self.kind().ahead(self.ahead.get())
    }

    /// The result as the future gave it.
    pub fn value(&self) -> *mut u8 {
        self.future.value()
    }

    /// The 0.2 stream was dropped, or its owner.
    pub fn let_go(&self) {
        if !self.lent.get() && !self.owned.get() {
            self.orphan();
        }
    }

    /// The guest has shut this direction down: from now on the stream is closed.
    pub fn shut_down(&self) {
        if let Some(error) = self.take_error() {
            error.forget();
        }
        self.state.set(State::Closed);
        let buffer = self.buffer.get();
        self.buffer.set(Buffer { len: 0, ..buffer });
        self.orphan();
    }

    /// Nobody reads any more. A destructor cannot cancel, so with an operation in flight the source
    /// is parked.
    pub fn orphan(&self) {
        if self.parked.get() {
            return;
        }
        if self.stream.busy.get() || self.future.waitable.busy.get() {
            self.parked.set(true);
            PARKED.push(self);
            wait::park();
            return;
        }
        self.dispose();
    }

    fn dispose(&self) {
        if let Some(error) = self.take_error() {
            error.forget();
        }
        self.close_stream();
        self.future.close();
        self.buffer.release();
        self.state.set(State::Closed);
        hooks::free_source(self);
    }

    pub fn is_parked(&self) -> bool {
        self.parked.get()
    }

    /// An event arrived for one of the ends: a source that is parked is disposed of.
    pub fn event(&self) {
        if self.parked.replace(false) {
            PARKED.remove(self);
            self.dispose();
        }
    }
}

/// Whether a source waits to be cancelled.
pub fn any_parked() -> bool {
    !PARKED.is_empty()
}

/// Cancels the operations of parked sources. Only inside of `control.wait`.
pub fn reap() {
    while let Some(source) = PARKED.pop() {
        source.parked.set(false);
        if source.stream.busy.get() {
            source.stream.abandon();
            unsafe { bytes_cancel_read(source.stream.handle.get()) };
        }
        source.future.cancel();
        source.dispose();
    }
}
