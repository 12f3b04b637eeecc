//! Sequential runs of `descriptor.read` or `descriptor.write`.
//!
//! The second call that goes on where the last one ended leaves its 0.3 stream open, and further ones
//! go on with that: one built-in each. There is at most one such stream. Every other operation on files settles
//! it first: a consumer that took bytes need not have written them yet, and a producer may have read ahead
//! what is about to change. For the same reason nothing is kept while a stream of a file exists; one that is made
//! later holds back until the run has settled.
//!
//! When a run fails after bytes of it were taken, the next operation on its descriptor reports that.

use crate::hooks::{Domain, Owner};
use crate::kernel::canon::*;
use crate::kernel::failure::{ErrorCode, Failure};
use crate::kernel::outcome::ResultFuture;
use crate::kernel::sink::Sink;
use crate::kernel::waitable::Waitable;
use common::cell::Global;
use core::mem::replace;
use core::ptr::null_mut;

#[derive(Clone, Copy, PartialEq)]
enum State {
    None,
    Open,
    /// P has ended a stream of writes and awaits the result.
    Ending,
}

/// What makes a call go on with the last one: descriptor, direction, offset.
#[derive(Clone, Copy, PartialEq)]
pub struct Place {
    /// `Descriptor::id`.
    pub id: u32,
    pub writing: bool,
    pub offset: u64,
}

struct Run {
    state: State,
    /// Where the last call ended.
    place: Place,
    /// The open stream is of this descriptor; 0 if that is gone.
    id: u32,
    stream: Waitable,
    future: ResultFuture,
    /// An error that its descriptor has not reported yet.
    failed: u32,
    error: u8,
    /// Live streams of files.
    streams: u32,
    /// Sinks that hold back.
    held: *mut Sink,
}

static RUN: Global<Run> = Global::new(Run {
    state: State::None,
    place: Place { id: 0, writing: false, offset: 0 },
    id: 0,
    stream: Waitable::NONE,
    future: ResultFuture::NONE,
    failed: 0,
    error: 0,
    streams: 0,
    held: null_mut(),
});

/// The open stream's end if a call at `place` goes on with it.
#[inline]
pub fn stream(place: Place) -> Option<u32> {
    let run = RUN.get();
    (run.state == State::Open && run.place == place).then_some(run.stream.handle)
}

/// Notes that a call has gone on with the open stream.
#[inline]
pub fn advance(count: u32) {
    RUN.get().place.offset += count as u64;
}

/// Takes the stream that is open.
pub fn take() -> (Waitable, ResultFuture) {
    let run = RUN.get();
    run.state = State::None;
    let future = ResultFuture::new(run.future.waitable.handle, Domain::File, Owner::None);
    (replace(&mut run.stream, Waitable::NONE), future)
}

/// Whether a call at `place` goes on where the last one ended.
pub fn follows(place: Place) -> bool {
    RUN.get().place == place
}

/// Notes where a call has ended.
pub fn note(place: Place) {
    let run = RUN.get();
    if run.state == State::None {
        run.place = place;
    }
}

/// Keeps the stream of a call that has ended at `place`. False if that must not be.
pub fn keep(place: Place, stream: &mut Waitable, future: &mut ResultFuture) -> bool {
    let run = RUN.get();
    if run.state != State::None || run.streams > 0 {
        return false;
    }
    run.state = State::Open;
    run.place = place;
    run.id = place.id;
    run.stream = replace(stream, Waitable::NONE);
    run.future = ResultFuture::new(future.waitable.handle, Domain::File, Owner::Run);
    *future = ResultFuture::NONE;
    true
}

/// Whether everything is settled; ends what is open.
pub fn settled() -> bool {
    RUN.get().state == State::None || part_settle()
}

#[inline(never)]
#[unsafe(export_name = "part:runs/settle")]
pub extern "C" fn part_settle() -> bool {
    let run = RUN.get();
    if run.state == State::None {
        return true;
    }
    if run.state == State::Open {
        run.stream.leave();
        if !run.place.writing {
            unsafe { bytes_drop_readable(run.stream.handle) };
            run.future.close();
            run.state = State::None;
            return true;
        }
        unsafe { bytes_drop_writable(run.stream.handle) };
        run.state = State::Ending;
    }
    let Some(outcome) = run.future.outcome() else { return false };
    run.state = State::None;
    if let Some(error) = outcome.map(Failure::take) {
        let ErrorCode { code, mut text } = error;
        text.release();
        run.place.id = 0;
        if run.id != 0 {
            run.failed = run.id;
            run.error = code;
        }
    }
    while !run.held.is_null() {
        let sink = unsafe { &mut *run.held };
        run.held = sink.next_held;
        sink.release();
    }
    true
}

/// The error of an earlier write to descriptor `id`, once.
pub fn take_error(id: u32) -> Option<u8> {
    let run = RUN.get();
    if run.failed == 0 || run.failed != id {
        return None;
    }
    run.failed = 0;
    Some(run.error)
}

/// Descriptor `id` is being dropped.
pub fn forget(id: u32) {
    let run = RUN.get();
    if run.state != State::None && run.id == id {
        run.id = 0;
        part_settle();
    }
    if run.failed == id {
        run.failed = 0;
    }
}

/// Whether streams of files must hold back.
pub fn holds() -> bool {
    RUN.get().state == State::Ending && !part_settle()
}

/// A stream of a file is being made.
pub fn stream_made() {
    settled();
    RUN.get().streams += 1;
}

/// … is gone.
pub fn stream_gone() {
    RUN.get().streams -= 1;
}

/// Lets a new sink hold back until the run has settled.
pub fn hold(sink: &mut Sink) {
    if holds() {
        let run = RUN.get();
        sink.hold(run.held);
        run.held = sink;
    }
}
