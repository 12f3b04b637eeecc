//! The writable end of a `stream<u8>` that a function of WASI 0.3 consumes, with that function's
//! result future (DESIGN.md: "Output streams of P", "Two-phase end", "Shared standard streams").
//!
//! A sink takes any amount of bytes: what the consumer has not taken yet stays queued. "Flushed"
//! means that the queue is empty; 0.3 has nothing stronger short of ending the stream, which
//! [`Sink::end`] does for the drain. Why a stream ended is known only from the future, hence
//! [`State::Dropped`].
//!
//! # Safety
//!
//! The mutable state of a sink is in `Cell`s. The first buffer of the queue does not change while a
//! write is in flight. A sink is freed by its last holder, which does not use it afterwards: its
//! resource, its owner, or the sink itself once it is an orphan. Zeros are an unopened sink.

use crate::hooks::{self, Owner, StreamKind};
use crate::kernel::canon::*;
use crate::kernel::failure::Failure;
use crate::kernel::outcome::ResultFuture;
use crate::kernel::waitable::Waitable;
use common::global::Global;
use common::list::{Link, Linked};
use common::memory::{Buffer, BufferCell};
use common::shared::Shared;
use core::cell::Cell;

/// The state of an output stream, as 0.2 sees it.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum State {
    /// No 0.3 stream is open, and the next bytes open one (see `StreamKind::reopens`).
    Unopened,
    Open,
    /// Open, but does not write until earlier operations are settled.
    Held,
    /// P has ended the stream and awaits the result.
    Ended,
    /// The consumer has dropped its end; the result will say why.
    Dropped,
    /// It failed; not reported yet.
    Failed(Failure),
    Closed,
}

pub struct Sink {
    stream: Waitable,
    future: ResultFuture,
    kind: Cell<StreamKind>,
    pub state: Cell<State>,
    /// The 0.2 resource lives.
    pub lent: Cell<bool>,
    /// The socket that has this stream as one of its directions lives.
    pub owned: Cell<bool>,
    /// Resource and owner are gone: the sink writes what it accepted, then frees itself.
    orphan: Cell<bool>,
    /// The guest has shut this direction down; the stream ends when all accepted bytes
    /// are out.
    closing: Cell<bool>,
    /// The 0.2 resource is gone, but accepted bytes are still queued (see `StreamKind::lingers`).
    lingers: Cell<bool>,
    /// The first buffer is in flight or about to be; the rest follows.
    queue: Cell<Option<Shared<Queued>>>,
    last: Cell<Option<Shared<Queued>>>,
    next_held: Link<Sink>,
}

/// In the list of sinks that hold back.
impl Linked for Sink {
    fn link(&self) -> &Link<Sink> {
        &self.next_held
    }
}

struct Queued {
    buffer: Cell<Buffer>,
    next: Cell<Option<Shared<Queued>>>,
}

/// Number of sinks with queued bytes that a program that ends waits for. It gives up bodies and
/// connections, except connections that [linger](Sink::lingers): natively, dropping the stream
/// waits.
static PENDING: Global<Cell<u32>> = Global::new(Cell::new(0));

/// Sinks that were dropped with bytes in flight and that other operations wait for (see
/// `StreamKind::holds_others`).
static PARKED: Global<Cell<u32>> = Global::new(Cell::new(0));

pub fn any_parked() -> bool {
    PARKED.get() > 0
}

/// Whether some sink has accepted bytes that are not out yet.
pub fn any_pending() -> bool {
    PENDING.get() > 0 || any_parked()
}

impl Sink {
    /// Makes a sink on the heap: zeros, except for the kind.
    pub fn new(kind: StreamKind) -> Shared<Sink> {
        let sink = unsafe { Shared::<Sink>::zeroed() };
        sink.kind.set(kind);
        sink
    }

    pub const fn unopened(kind: StreamKind) -> Sink {
        Sink {
            stream: Waitable::none(),
            future: ResultFuture::none(),
            kind: Cell::new(kind),
            state: Cell::new(State::Unopened),
            lent: Cell::new(false),
            owned: Cell::new(false),
            orphan: Cell::new(false),
            closing: Cell::new(false),
            lingers: Cell::new(false),
            queue: Cell::new(None),
            last: Cell::new(None),
            next_held: Cell::new(None),
        }
    }

    pub fn kind(&self) -> StreamKind {
        self.kind.get()
    }

    /// Of a body: sets the stream that its bytes go to.
    pub fn attach(&self, writable: u32) {
        self.stream.set(writable, Owner::Sink(Shared::of(self)));
    }

    /// Opens the 0.3 stream: `consume` passes the readable end on and returns the result future.
    pub fn open(&self, consume: impl FnOnce(u32) -> u32) {
        let (readable, writable) = ends(unsafe { bytes_new() });
        let future = consume(readable);
        self.attach(writable);
        self.future.set(future, self.kind(), Owner::Sink(Shared::of(self)));
        self.state.set(State::Open);
    }

    /// Of a stream that was just opened: holds back until `release`.
    pub fn hold(&self) {
        self.state.set(State::Held);
    }

    pub fn release(&self) {
        self.state.set(State::Open);
        self.write_on();
        if self.orphan.get() {
            hook_reap(self);
        }
    }

    /// Whether accepted bytes, or the outcome of the last ones, are still outstanding.
    pub fn in_flight(&self) -> bool {
        match self.state.get() {
            State::Held => hooks::settle(),
            State::Ended | State::Dropped => self.settle(),
            _ => {}
        }
        if self.kind().lags() {
            return self.stream.handle.get() != 0 && self.queue.get().is_some_and(|first| first.next.get().is_some());
        }
        self.has_queue() || matches!(self.state.get(), State::Ended | State::Dropped)
    }

    /// Of a kind that tells of breaks: whether the consumer is gone and the reason is not known
    /// yet.
    pub fn is_breaking(&self) -> bool {
        self.kind().tells_of_breaks() && !self.has_queue() && self.in_flight()
    }

    /// Whether accepted bytes wait for the consumer.
    pub fn has_queue(&self) -> bool {
        self.queue.get().is_some()
    }

    /// Whether bytes may go to the consumer: there is one, and nothing holds them back.
    fn flows(&self) -> bool {
        self.stream.handle.get() != 0 && !matches!(self.state.get(), State::Held)
    }

    /// Whether the stream has neither failed nor been closed.
    pub fn is_open(&self) -> bool {
        !matches!(self.state.get(), State::Failed(_) | State::Closed)
    }

    /// Accepts bytes.
    pub fn write(&self, mut buffer: Buffer) {
        let idle = buffer.len == 0 && !self.kind().writes_nothing();
        if idle || !self.is_open() || matches!(self.state.get(), State::Dropped) {
            buffer.release();
            return;
        }
        if matches!(self.state.get(), State::Unopened) {
            hooks::open_output(self);
        }
        if self.kind().counts() {
            hooks::count(self, &mut buffer);
        }
        // The common case: the consumer takes everything at once.
        if !self.has_queue() && self.flows() {
            loop {
                let result = put(self.stream.handle.get(), &buffer);
                if result == BLOCKED {
                    self.enqueue(buffer);
                    self.stream.started(result);
                    return;
                }
                buffer.skip(result >> 4);
                if result & 15 == DROPPED {
                    self.dropped();
                    break;
                }
                if buffer.len == 0 {
                    break;
                }
            }
            buffer.release();
        } else if buffer.len > 0 {
            self.enqueue(buffer);
        } else {
            buffer.release();
        }
    }

    fn enqueue(&self, buffer: Buffer) {
        let queued = Some(Shared::new(Queued { buffer: Cell::new(buffer), next: Cell::new(None) }));
        match self.last.replace(queued) {
            Some(last) if self.has_queue() => last.next.set(queued),
            _ => {
                self.queue.set(queued);
                PENDING.update(|count| count + self.kind().holds_exit() as u32);
            }
        }
    }

    /// Writes on as far as the consumer takes bytes.
    pub fn write_on(&self) {
        while self.flows()
            && let Some(queued) = self.queue.get()
        {
            let buffer = queued.buffer.get();
            if buffer.len == 0 {
                self.dequeue();
                continue;
            }
            let result = put(self.stream.handle.get(), &buffer);
            let Some(result) = self.stream.started(result) else { return };
            self.wrote(result);
        }
    }

    fn wrote(&self, result: u32) {
        if let Some(queued) = self.queue.get() {
            queued.buffer.skip(result >> 4);
        }
        if result & 15 == DROPPED {
            self.dropped();
        }
    }

    /// The consumer is gone: asks the future why.
    fn dropped(&self) {
        if self.kind().just_ends() {
            self.close();
            return;
        }
        self.state.set(State::Dropped);
        self.discard();
        self.close_stream();
        self.settle();
    }

    /// Of a body: nobody reads it, or it has ended.
    pub fn close(&self) {
        if self.is_open() {
            self.state.set(State::Closed);
        }
        self.detach();
    }

    /// Of a body: from now on bytes go nowhere.
    pub fn detach(&self) {
        self.discard();
        self.close_stream();
    }

    /// Of a body: closes it although bytes are in flight. Only inside of `control.wait`.
    pub fn cancel(&self) {
        if self.stream.busy.get() {
            self.stream.abandon();
            unsafe { bytes_cancel_write(self.stream.handle.get()) };
        }
        self.close();
    }

    /// Looks at the result future of a stream that has ended.
    fn settle(&self) {
        let Some(outcome) = self.future.outcome() else { return };
        self.state.set(match outcome {
            Some(error) if self.kind().is_end(error.error()) => {
                error.forget();
                State::Closed
            }
            Some(error) => State::Failed(error),
            None if matches!(self.state.get(), State::Ended) && self.kind().reopens() => State::Unopened,
            None => State::Closed,
        });
        if !self.is_open() {
            self.discard();
        } else if self.has_queue() {
            // Written while the previous stream was ending.
            hooks::open_output(self);
            self.write_on();
        }
    }

    fn discard(&self) {
        while self.has_queue() {
            self.dequeue();
        }
    }

    fn dequeue(&self) {
        let Some(queued) = self.queue.get() else { return };
        queued.buffer.release();
        self.queue.set(queued.next.get());
        unsafe { queued.free() };
        if !self.has_queue() {
            let counted = self.kind().holds_exit() || self.lingers.replace(false);
            PENDING.update(|count| count - counted as u32);
        }
    }

    fn close_stream(&self) {
        let handle = self.stream.handle.get();
        if handle != 0 {
            self.stream.leave();
            unsafe { bytes_drop_writable(handle) };
            self.stream.handle.set(0);
        }
    }

    /// An event arrived for one of the ends.
    pub fn event(&self) {
        if let Some(result) = self.stream.result() {
            self.wrote(result);
            self.write_on();
            if self.kind().counts() {
                hooks::taken(self);
                return;
            }
            if self.closing.get() {
                hook_shut_down(self);
            }
        } else if matches!(self.state.get(), State::Ended | State::Dropped) {
            self.settle();
        }
        if self.orphan.get() {
            hook_reap(self);
        }
    }

    /// The task that read the result has ended before the result was known. Nobody asks again for
    /// that of a dropped stream.
    pub fn unread(&self) {
        if self.orphan.get() {
            hook_reap(self);
        }
    }

    /// A step of the drain: when all accepted bytes are out, ends the stream and asks for its
    /// result. True when nothing is outstanding. The next bytes open a new stream.
    pub fn end(&self) -> bool {
        if matches!(self.state.get(), State::Open) && !self.has_queue() {
            self.close_stream();
            self.state.set(State::Ended);
            self.settle();
        }
        !self.in_flight()
    }

    /// Reports the failure once, in the way of 0.2.
    pub fn take_error(&self) -> Option<Failure> {
        if let State::Failed(error) = self.state.get() {
            self.state.set(State::Closed);
            return Some(error);
        }
        None
    }
}

/// Writes bytes, which may be in the guest's memory.
fn put(stream: u32, bytes: &Buffer) -> u32 {
    match bytes.is_of_guest() {
        true => hook_put_in_place(stream, bytes),
        false => unsafe { bytes_write(stream, bytes.start(), bytes.len) },
    }
}

#[inline(never)]
#[unsafe(export_name = "hook:linked/put")]
extern "C" fn hook_put_in_place(stream: u32, bytes: &Buffer) -> u32 {
    unsafe { bytes_write_in_place(bytes.size, stream, bytes.off, bytes.len) }
}

/// Ends the direction as soon as all accepted bytes are out.
#[inline(never)]
#[unsafe(export_name = "hook:sinks/shut-down")]
pub extern "C" fn hook_shut_down(sink: &Sink) {
    sink.closing.set(true);
    if matches!(sink.state.get(), State::Open) && !sink.has_queue() {
        sink.close();
    }
}

/// The 0.2 stream was dropped, or its owner.
#[inline(never)]
#[unsafe(export_name = "hook:sinks/let-go")]
pub extern "C" fn hook_let_go(sink: &Sink) {
    if !sink.lent.get() && !sink.lingers.get() && sink.kind().lingers() && sink.has_queue() {
        sink.lingers.set(true);
        PENDING.update(|count| count + 1);
    }
    if sink.lent.get() || sink.owned.get() {
        return;
    }
    if sink.has_queue() || matches!(sink.state.get(), State::Held) {
        park(sink);
        return;
    }
    free(sink);
}

fn park(sink: &Sink) {
    sink.orphan.set(true);
    PARKED.update(|count| count + sink.kind().holds_others() as u32);
}

/// Frees an orphan when everything is out.
#[inline(never)]
#[unsafe(export_name = "hook:sinks/reap")]
extern "C" fn hook_reap(sink: &Sink) {
    if sink.has_queue() {
        return;
    }
    sink.orphan.set(false);
    PARKED.update(|count| count - sink.kind().holds_others() as u32);
    free(sink);
}

fn free(sink: &Sink) {
    if sink.future.waitable.busy.get() {
        // Nobody wants the result, but a future that is being read cannot be dropped here.
        park(sink);
        return;
    }
    if let Some(error) = sink.take_error() {
        error.forget();
    }
    sink.close_stream();
    sink.future.close();
    hooks::free_sink(sink);
}
