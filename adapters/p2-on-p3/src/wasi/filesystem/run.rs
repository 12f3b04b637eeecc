//! Sequential runs of `descriptor.read` or `descriptor.write`.
//!
//! The second call that goes on where the last one ended leaves its 0.3 stream open, and further
//! calls use that stream, with one built-in each. There is at most one such stream. Every other
//! operation on files settles the stream first: a consumer that took bytes need not have written
//! them yet, and a producer may have read ahead bytes that are about to change. For the same reason
//! no run's stream is kept while a stream of a file exists; a stream of a file that is made later
//! holds back until the run has settled.
//!
//! When a run fails after bytes of it were taken, the next operation on its descriptor reports the
//! error.
//!
//! # Safety
//!
//! Built-ins get the stream that the run has open.

use super::convert::{self, ErrorCode};
use crate::hooks::{Owner, StreamKind};
use crate::kernel::canon::*;
use crate::kernel::failure::Failure;
use crate::kernel::outcome::ResultFuture;
use crate::kernel::sink::Sink;
use crate::kernel::waitable::Waitable;
use common::global::Global;
use common::list::List;
use core::cell::Cell;

#[derive(Clone, Copy, PartialEq)]
enum State {
    None,
    Open,
    /// P has ended a stream of writes and awaits the result.
    Ending,
}

/// The place where a call begins or ends: descriptor, direction, offset.
#[derive(Clone, Copy, PartialEq)]
pub struct Place {
    /// `Descriptor::id`.
    pub id: u32,
    pub writing: bool,
    pub offset: u64,
}

struct Run {
    state: Cell<State>,
    /// The position at which the last call ended.
    place: Cell<Place>,
    /// The descriptor of the open stream; 0 if it is gone.
    id: Cell<u32>,
    stream: Waitable,
    future: ResultFuture,
    /// An error, and the descriptor that has not reported it yet.
    failed: Cell<u32>,
    error: Cell<ErrorCode>,
    /// Live streams of files.
    streams: Cell<u32>,
    /// Sinks that hold back.
    held: List<Sink>,
}

static RUN: Global<Run> = Global::new(Run {
    state: Cell::new(State::None),
    place: Cell::new(Place { id: 0, writing: false, offset: 0 }),
    id: Cell::new(0),
    stream: Waitable::none(),
    future: ResultFuture::none(),
    failed: Cell::new(0),
    error: Cell::new(ErrorCode::Access),
    streams: Cell::new(0),
    held: List::new(),
});

impl Run {
    /// Whether the run is in a state.
    fn is(&self, state: State) -> bool {
        self.state.get() == state
    }

    /// Whether the last call ended at `place`. Compares in place.
    fn is_at(&self, place: &Place) -> bool {
        unsafe { &*self.place.as_ptr() == place }
    }
}

/// The open stream's end if a call at `place` goes on with it.
#[inline]
pub fn stream(place: Place) -> Option<u32> {
    (RUN.is(State::Open) && RUN.is_at(&place)).then(|| RUN.stream.handle.get())
}

/// Notes that a call has gone on with the open stream.
#[inline]
pub fn advance(count: u32) {
    RUN.place.update(|place| Place { offset: place.offset + count as u64, ..place });
}

/// Moves the open stream to a call.
pub fn take(stream: &Waitable, future: &ResultFuture) {
    RUN.state.set(State::None);
    stream.take(&RUN.stream);
    future.set(RUN.future.waitable.handle.get(), StreamKind::File, Owner::None);
}

/// Whether a call at `place` goes on where the last one ended.
pub fn follows(place: Place) -> bool {
    RUN.is_at(&place)
}

/// Notes where a call has ended.
pub fn note(place: Place) {
    if RUN.is(State::None) {
        RUN.place.set(place);
    }
}

/// Keeps the stream of a call that has ended at `place`. False if it must not be kept.
pub fn keep(place: Place, stream: &Waitable, future: &ResultFuture) -> bool {
    if !RUN.is(State::None) || RUN.streams.get() > 0 {
        return false;
    }
    RUN.state.set(State::Open);
    RUN.place.set(place);
    RUN.id.set(place.id);
    RUN.stream.take(stream);
    RUN.future.set(future.waitable.handle.get(), StreamKind::File, Owner::Run);
    future.set(0, StreamKind::File, Owner::None);
    true
}

/// Whether everything is settled; ends what is open.
pub fn settled() -> bool {
    RUN.is(State::None) || hook_settle()
}

#[inline(never)]
#[unsafe(export_name = "hook:runs/settle")]
pub extern "C" fn hook_settle() -> bool {
    if RUN.is(State::None) {
        return true;
    }
    if RUN.is(State::Open) {
        RUN.stream.leave();
        let stream = RUN.stream.handle.get();
        if !RUN.place.get().writing {
            unsafe { bytes_drop_readable(stream) };
            RUN.future.close();
            RUN.state.set(State::None);
            return true;
        }
        unsafe { bytes_drop_writable(stream) };
        RUN.state.set(State::Ending);
    }
    let Some(outcome) = RUN.future.outcome() else { return false };
    RUN.state.set(State::None);
    if let Some(error) = outcome.map(Failure::take) {
        let code = convert::code(error);
        RUN.place.update(|place| Place { id: 0, ..place });
        if RUN.id.get() != 0 {
            RUN.failed.set(RUN.id.get());
            RUN.error.set(code);
        }
    }
    while let Some(sink) = RUN.held.pop() {
        sink.release();
    }
    true
}

/// The error of an earlier write to descriptor `id`, once.
pub fn take_error(id: u32) -> Option<ErrorCode> {
    let failed = RUN.failed.get();
    if failed == 0 || failed != id {
        return None;
    }
    RUN.failed.set(0);
    Some(RUN.error.get())
}

/// Descriptor `id` is being dropped.
pub fn forget(id: u32) {
    if !RUN.is(State::None) && RUN.id.get() == id {
        RUN.id.set(0);
        hook_settle();
    }
    if RUN.failed.get() == id {
        RUN.failed.set(0);
    }
}

/// Whether streams of files must hold back.
pub fn holds() -> bool {
    RUN.is(State::Ending) && !hook_settle()
}

/// A stream of a file is being made.
pub fn stream_made() {
    settled();
    RUN.streams.update(|count| count + 1);
}

/// A stream of a file is gone.
pub fn stream_gone() {
    RUN.streams.update(|count| count - 1);
}

/// Lets a new sink hold back until the run has settled.
pub fn hold(sink: &Sink) {
    if holds() {
        sink.hold();
        RUN.held.push(sink);
    }
}
