//! Readable ends that pass between parts and R, and what R does with the ends that it has.

use super::copy;
use super::outcome::Value;
use super::pair::{self, CopyResult, CopyState, End, Pair, Type};
use super::poll;
use super::table::{self, Kind};
use super::waitable::Waitable;
use crate::hooks;
use crate::trap;
use common::shared::Shared;

/// Takes the readable end of a stream of bytes from the guest, as lifting a parameter does.
pub fn lift_reader(handle: u32) -> Shared<Pair> {
    lift(table::part(), handle, Type::BYTES)
}

/// Takes the readable end of a future likewise.
pub fn lift_future(handle: u32, ty: Type) -> Shared<Pair> {
    lift(table::part(), handle, ty)
}

/// `lift_async_value` of the Canonical ABI: takes a readable end out of the table of `part`.
fn lift(part: u32, handle: u32, ty: Type) -> Shared<Pair> {
    let reader = table::remove_end(part, handle, ty.kinds().0);
    let pair = Pair::of(reader);
    if pair.ty.get() != ty {
        trap::wrong_type()
    }
    match reader.state.get() {
        CopyState::Idle => {}
        CopyState::Copying => trap::busy(),
        CopyState::Done => trap::done(),
    }
    if reader.set.get().is_some() {
        trap::in_set()
    }
    reader.handle.set(0);
    pair.held.set(true);
    pair
}

/// Passes a readable end from part `giver` to part `taker`, by a call or, through
/// [`table::TRANSIT`], in another stream or future; returns its handle there.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#pass")]
pub(super) extern "C" fn pass(handle: u32, ty: Type, giver: u32, taker: u32) -> u32 {
    let pair = lift(giver, handle, ty);
    pair.held.set(false);
    Waitable::give(End::waitable(Pair::reader(pair)), taker)
}

/// Gives up a readable end that R has.
pub fn close(pair: Shared<Pair>) {
    if !pair.promised.get() {
        Pair::drop_end(pair);
    }
    ignore(pair);
}

/// Gives up the readable end, that R has, of a future whose value does not matter: a write of it
/// succeeds nevertheless.
pub fn ignore(pair: Shared<Pair>) {
    pair.sink.set(None);
    pair.held.set(false);
    match pair.source.get() {
        None => Pair::reap(pair),
        Some(source) => hooks::hook_drop_source(source),
    }
}

/// R has got the value of a future.
pub fn settle(pair: Shared<Pair>, value: Value, outcome: Option<Shared<hooks::Outcome>>) {
    pair.promised.set(false);
    pair.value.set(value);
    pair.outcome.set(outcome);
    Pair::complete(pair, CopyResult::Completed);
    match pair.sink.get() {
        None => Pair::reap(pair),
        Some(sink) => poll::step(sink),
    }
}

/// The guest writes the value of a future that an interface keeps whole. R takes the value at once,
/// whoever will read it. `keeps`: it must not be given back, because R has what the value owns.
pub fn write_outcome(handle: u32, ty: Type, outcome: Option<Shared<hooks::Outcome>>, keeps: bool) -> u32 {
    let writer = pair::typed_end(handle, Kind::StreamWrite, ty);
    let pair = Pair::of(writer);
    copy::begin(&writer, 1);
    if !pair.dropped.get() {
        End::notify(writer, CopyResult::Completed);
        let answer = End::deliver(writer);
        settle(pair, Value::OK, outcome);
        return answer;
    }
    if let Some(outcome) = outcome {
        hooks::hook_forget(outcome);
    }
    End::notify(writer, if keeps { CopyResult::Completed } else { CopyResult::Dropped });
    End::deliver(writer)
}
