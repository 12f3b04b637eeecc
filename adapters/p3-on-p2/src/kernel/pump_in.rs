//! From an `input-stream` of 0.2 to a stream of the guest (DESIGN.md: "Streams from the host").
//! Nothing is taken from the host before the guest reads.
//!
//! # Safety
//!
//! A pump is freed when its stream has ended, after the list of waiting pumps has forgotten it, and
//! its pair forgets it before anything can step it.

use super::outcome;
use super::pair::{CopyResult, Pair, Pending, Type};
use super::poll::{self, Pump};
use crate::hooks::io::{self, Failure};
use crate::hooks::{self, Input, PumpKind};
use common::memory::Buffer;
use common::shared::Shared;
use core::cell::Cell;

/// The most that is read at once.
pub const MAX_READ: u32 = 1 << 16;

#[repr(C)]
pub struct In {
    pump: Pump,
    stream: u32,
    pollable: Cell<u32>,
    pub input: Input,
    /// Nothing was read yet.
    pub is_untouched: Cell<bool>,
    pair: Shared<Pair>,
    /// Tells how the stream ended; of the body of a message, has the trailers.
    pub future: Cell<Shared<Pair>>,
}

impl In {
    pub fn pump(this: Shared<In>) -> Shared<Pump> {
        unsafe { this.cast() }
    }

    /// The source of a pair, if it is such a pump.
    pub fn of(pair: &Pair) -> Option<Shared<In>> {
        let source = pair.source.get()?;
        (source.kind == PumpKind::In).then(|| unsafe { source.cast() })
    }

    fn pollable(&self) -> u32 {
        io::input_pollable(self.stream, &self.pollable)
    }
}

/// A stream over an `input-stream`. R has its readable end.
pub fn open(stream: u32, input: Input, future: Shared<Pair>) -> Shared<Pair> {
    let pair = Pair::new(Type::BYTES, 1);
    let this = Shared::new(In {
        pump: Pump::new(PumpKind::In),
        stream,
        pollable: Cell::new(0),
        input,
        is_untouched: Cell::new(true),
        pair,
        future: Cell::new(future),
    });
    pair.source.set(Some(In::pump(this)));
    pair
}

/// Gives an `input-stream` to the guest: stream, and a future of type `result`.
pub fn give(stream: u32, input: Input, result: Type) -> [u32; 2] {
    let future = outcome::promise(result);
    let pair = open(stream, input, future);
    [Pair::give_reader(pair), Pair::give_reader(future)]
}

/// What a pump gets when it asks the host for bytes.
pub enum Found {
    Bytes(Buffer),
    /// There are none before this pollable is ready.
    NotYet(u32),
    /// The pump is gone.
    End,
}

/// Takes at most `max` bytes. If `by` is not 0, they go to address `at` of the guest's memory.
#[inline(never)]
#[unsafe(export_name = "hook:pump-in/take")]
pub extern "C" fn hook_take(this: Shared<In>, max: u32, by: u32, at: u32) -> Found {
    let max = max.min(MAX_READ);
    let bytes = match (max, by) {
        (0, _) => Ok(Buffer::NONE),
        (_, 0) => io::read(this.stream, max),
        _ => io::hook_read_in_place(this.stream, max, by, at),
    };
    match bytes {
        Ok(bytes) if bytes.len == 0 => Found::NotYet(this.pollable()),
        Ok(bytes) => {
            this.is_untouched.set(false);
            Found::Bytes(bytes)
        }
        Err(failure) => {
            end(this, Some(failure));
            Found::End
        }
    }
}

/// Goes on with the read that is pending.
#[inline(never)]
#[unsafe(export_name = "hook:pump-in/step")]
pub extern "C" fn hook_step(this: Shared<In>) {
    let (pump, pair) = (In::pump(this), this.pair);
    if pair.pending.get() != Pending::Read {
        return poll::unpark(pump);
    }
    if pair.len.get() == 0 {
        let pollable = this.pollable();
        if !io::ready(pollable) {
            return poll::park(pump, pollable);
        }
    } else {
        match hook_take(this, pair.len.get(), pair.by.get(), pair.reader.cookie.get() as u32) {
            Found::Bytes(bytes) => {
                pair.reader.count.set(bytes.len);
                // Otherwise the bytes are in the guest's memory already.
                if !bytes.at.is_null() {
                    pair.taken.set(bytes);
                }
            }
            Found::NotYet(pollable) => return poll::park(pump, pollable),
            Found::End => return,
        }
    }
    poll::unpark(pump);
    Pair::complete(pair, CopyResult::Completed);
}

/// Nobody reads any more.
#[inline(never)]
#[unsafe(export_name = "hook:pump-in/drop")]
pub extern "C" fn hook_drop(this: Shared<In>) {
    end(this, None);
}

fn end(this: Shared<In>, failure: Option<Failure>) {
    poll::unpark(In::pump(this));
    let In { stream, pollable, input, pair, future, .. } = unsafe { this.into_inner() };
    hooks::stop_receiving(input);
    io::drop_input(stream, pollable.get());
    pair.source.set(None);
    Pair::drop_end(pair);
    Pair::reap(pair);
    hooks::received(input, future.get(), failure);
}
