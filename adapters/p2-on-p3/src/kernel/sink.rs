//! The writable end of a `stream<u8>` that a function of WASI 0.3 consumes, with that function's result
//! future (DESIGN.md: "Output streams of P", "Two-phase end", "Shared standard streams").
//!
//! A sink takes any amount of bytes: what the consumer has not taken yet stays queued. "Flushed" means
//! that the queue is empty; 0.3 has nothing stronger short of ending the stream, which [`Sink::end`] does
//! for the drain. Why a stream ended is known only from the future, hence [`State::Dropped`].

use crate::hooks::{self, Domain, Owner};
use crate::kernel::canon::*;
use crate::kernel::failure::Failure;
use crate::kernel::outcome::ResultFuture;
use crate::kernel::waitable::Waitable;
use common::cell::Global;
use common::memory::{self, Buffer};
use core::ptr::null_mut;

/// How a stream went on, seen from 0.2.
#[derive(Clone, Copy)]
pub enum State {
    /// Stdio only: no 0.3 stream is open, the next bytes open one.
    Unopened,
    Open,
    /// Files only: open, but writes only when what was written before is settled.
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
    pub domain: Domain,
    pub state: State,
    /// The 0.2 resource lives.
    pub lent: bool,
    /// The socket lives that this is a direction of.
    pub owned: bool,
    /// Both are gone: finish what was accepted, then free everything.
    orphan: bool,
    /// Of a socket: the guest has shut it down, which happens when what was accepted is out.
    closing: bool,
    /// Of a socket: the 0.2 resource is gone, but not all that it accepted is out.
    lingers: bool,
    /// The first buffer is in flight or about to be; the rest follows.
    queue: *mut Queued,
    last: *mut Queued,
    pub next_held: *mut Sink,
}

struct Queued {
    buffer: Buffer,
    next: *mut Queued,
}

/// Number of sinks whose queue is not empty, other than bodies and connections: a program that ends gives those up. But not
/// connections that [linger](Sink::lingers): natively, dropping the stream waits.
static PENDING: Global<u32> = Global::new(0);

/// Sinks of files that were dropped with bytes in flight. Operations on files wait for them, because
/// natively dropping the stream does.
static PARKED: Global<u32> = Global::new(0);

pub fn any_parked() -> bool {
    *PARKED.get() > 0
}

/// Whether some sink has accepted bytes that are not out yet.
pub fn any_pending() -> bool {
    *PENDING.get() > 0 || any_parked()
}

impl Sink {
    pub const fn unopened(domain: Domain) -> Sink {
        Sink {
            stream: Waitable::NONE,
            future: ResultFuture::NONE,
            domain,
            state: State::Unopened,
            lent: false,
            owned: false,
            orphan: false,
            closing: false,
            lingers: false,
            queue: null_mut(),
            last: null_mut(),
            next_held: null_mut(),
        }
    }

    /// Of a body: the stream that its bytes go to.
    pub fn attach(&mut self, writable: u32) {
        self.stream = Waitable::new(writable, Owner::Sink(self));
    }

    /// Opens the 0.3 stream: `consume` passes the readable end on and returns the result future.
    pub fn open(&mut self, consume: impl FnOnce(u32) -> u32) {
        let (readable, writable) = ends(unsafe { bytes_new() });
        let future = consume(readable);
        let owner = Owner::Sink(self);
        self.stream = Waitable::new(writable, owner);
        self.future = ResultFuture::new(future, self.domain, owner);
        self.state = State::Open;
    }

    /// Of a stream that was just opened: holds back until `release`.
    pub fn hold(&mut self, next: *mut Sink) {
        self.state = State::Held;
        self.next_held = next;
    }

    pub fn release(&mut self) {
        self.state = State::Open;
        self.pump();
        if self.orphan {
            part_reap(self);
        }
    }

    /// Whether accepted bytes, or the outcome of the last ones, are still outstanding.
    pub fn in_flight(&mut self) -> bool {
        match self.state {
            State::Held => hooks::settle(),
            State::Ended | State::Dropped => self.settle(),
            _ => {}
        }
        if self.domain.lags() {
            return self.stream.handle != 0 && !self.queue.is_null() && unsafe { !(*self.queue).next.is_null() };
        }
        !self.queue.is_null() || matches!(self.state, State::Ended | State::Dropped)
    }

    /// Of a socket: whether it is broken, and why is not known yet.
    pub fn is_breaking(&mut self) -> bool {
        self.domain.tells_of_breaks() && self.queue.is_null() && self.in_flight()
    }

    /// Whether accepted bytes wait for the consumer.
    pub fn has_queue(&self) -> bool {
        !self.queue.is_null()
    }

    /// Whether bytes may go to the consumer: there is one, and nothing holds them back.
    fn flows(&self) -> bool {
        self.stream.handle != 0 && !matches!(self.state, State::Held)
    }

    /// Whether the stream takes bytes: not after its end.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, State::Failed(_) | State::Closed)
    }

    /// Accepts bytes.
    pub fn write(&mut self, mut buffer: Buffer) {
        let idle = buffer.len == 0 && !self.domain.writes_nothing();
        if idle || !self.is_open() || matches!(self.state, State::Dropped) {
            buffer.release();
            return;
        }
        if matches!(self.state, State::Unopened) {
            hooks::open_output(self);
        }
        if self.domain.counts() {
            hooks::count(self, &mut buffer);
        }
        // The common case: the consumer takes everything at once.
        if self.queue.is_null() && self.flows() {
            loop {
                let result = put(self.stream.handle, &buffer);
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

    fn enqueue(&mut self, buffer: Buffer) {
        let queued = memory::boxed(Queued { buffer, next: null_mut() });
        if self.queue.is_null() {
            self.queue = queued;
            *PENDING.get() += self.domain.holds_exit() as u32;
        } else {
            unsafe { (*self.last).next = queued };
        }
        self.last = queued;
    }

    /// Writes on as far as the consumer takes bytes.
    pub fn pump(&mut self) {
        while self.flows() && !self.queue.is_null() {
            let queued = unsafe { &mut *self.queue };
            if queued.buffer.len == 0 {
                self.dequeue();
                continue;
            }
            let result = put(self.stream.handle, &queued.buffer);
            let Some(result) = self.stream.started(result) else { return };
            self.wrote(result);
        }
    }

    fn wrote(&mut self, result: u32) {
        unsafe { (*self.queue).buffer.skip(result >> 4) };
        if result & 15 == DROPPED {
            self.dropped();
        }
    }

    /// The consumer is gone: ask why.
    fn dropped(&mut self) {
        if self.domain.just_ends() {
            self.close();
            return;
        }
        self.state = State::Dropped;
        self.discard();
        self.close_stream();
        self.settle();
    }

    /// Of a body: nobody reads it, or nothing more is to be read.
    pub fn close(&mut self) {
        if self.is_open() {
            self.state = State::Closed;
        }
        self.detach();
    }

    /// Of a body: from now on bytes go nowhere.
    pub fn detach(&mut self) {
        self.discard();
        self.close_stream();
    }

    /// Of a body: closes it although bytes are in flight. Only inside of `control.wait`.
    pub fn cancel(&mut self) {
        if self.stream.busy {
            self.stream.abandon();
            unsafe { bytes_cancel_write(self.stream.handle) };
        }
        self.close();
    }

    /// Looks at the result future of a stream that has ended.
    fn settle(&mut self) {
        let Some(outcome) = self.future.outcome() else { return };
        self.state = match outcome {
            Some(error) if self.domain.is_end(error.error()) => State::Closed,
            Some(error) => State::Failed(error),
            None if matches!(self.state, State::Ended) && self.domain.reopens() => State::Unopened,
            None => State::Closed,
        };
        if !self.is_open() {
            self.discard();
        } else if !self.queue.is_null() {
            // Written while the previous stream was ending.
            hooks::open_output(self);
            self.pump();
        }
    }

    fn discard(&mut self) {
        while !self.queue.is_null() {
            self.dequeue();
        }
    }

    fn dequeue(&mut self) {
        let queued = unsafe { &mut *self.queue };
        queued.buffer.release();
        self.queue = queued.next;
        memory::unbox(queued);
        if self.queue.is_null() {
            *PENDING.get() -= (self.domain.holds_exit() || self.lingers) as u32;
            self.lingers = false;
        }
    }

    fn close_stream(&mut self) {
        if self.stream.handle != 0 {
            self.stream.leave();
            unsafe { bytes_drop_writable(self.stream.handle) };
            self.stream.handle = 0;
        }
    }

    /// An event arrived for one of the ends.
    pub fn event(&mut self) {
        if let Some(result) = self.stream.result() {
            self.wrote(result);
            self.pump();
            if self.domain.counts() {
                hooks::taken(self);
                return;
            }
            if self.closing {
                part_shut_down(self);
            }
        } else if matches!(self.state, State::Ended | State::Dropped) {
            self.settle();
        }
        if self.orphan {
            part_reap(self);
        }
    }

    /// Drain: everything accepted is out, the stream is ended and its result known. True when that is so.
    /// The next bytes open a new stream.
    pub fn end(&mut self) -> bool {
        if matches!(self.state, State::Open) && self.queue.is_null() {
            self.close_stream();
            self.state = State::Ended;
            self.settle();
        }
        !self.in_flight()
    }

    /// Reports the failure once, in the way of 0.2.
    pub fn take_error(&mut self) -> Option<Failure> {
        if let State::Failed(error) = self.state {
            self.state = State::Closed;
            return Some(error);
        }
        None
    }
}

/// Writes bytes, which may be in the guest's memory.
fn put(stream: u32, bytes: &Buffer) -> u32 {
    match bytes.is_of_guest() {
        true => part_put_in_place(stream, bytes),
        false => unsafe { bytes_write(stream, bytes.start(), bytes.len) },
    }
}

#[inline(never)]
#[unsafe(export_name = "part:linked/put")]
extern "C" fn part_put_in_place(stream: u32, bytes: &Buffer) -> u32 {
    unsafe { bytes_write_in_place(bytes.size, stream, bytes.off, bytes.len) }
}

/// Of a socket: ends the direction as soon as what was accepted is out.
#[inline(never)]
#[unsafe(export_name = "part:sinks/shut-down")]
pub extern "C" fn part_shut_down(sink: &mut Sink) {
    sink.closing = true;
    if matches!(sink.state, State::Open) && sink.queue.is_null() {
        sink.close();
    }
}

/// The 0.2 resource of a file was dropped; or that of a socket, or the socket.
#[inline(never)]
#[unsafe(export_name = "part:sinks/let-go")]
pub extern "C" fn part_let_go(sink: &mut Sink) {
    if !sink.lent && !sink.lingers && sink.domain.lingers() && !sink.queue.is_null() {
        sink.lingers = true;
        *PENDING.get() += 1;
    }
    if sink.lent || sink.owned {
        return;
    }
    if !sink.queue.is_null() || matches!(sink.state, State::Held) {
        park(sink);
        return;
    }
    free(sink);
}

fn park(sink: &mut Sink) {
    sink.orphan = true;
    *PARKED.get() += sink.domain.holds_others() as u32;
}

/// Of an orphan: frees it when everything is out.
#[inline(never)]
#[unsafe(export_name = "part:sinks/reap")]
extern "C" fn part_reap(sink: &mut Sink) {
    if !sink.queue.is_null() {
        return;
    }
    sink.orphan = false;
    *PARKED.get() -= sink.domain.holds_others() as u32;
    free(sink);
}

fn free(sink: &mut Sink) {
    if sink.future.waitable.busy {
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
