//! From an `input-stream` of 0.2 to a stream of the guest (DESIGN.md: "Streams from the host").
//! Nothing is taken from the host before the guest reads.
//!
//! # Safety
//!
//! A waiter is freed when its stream has ended, after the list of registered waiters has forgotten
//! it, and its pair forgets it before anything can step it.

use super::outcome;
use super::pair::{CopyResult, Pair, Pending, Type};
use super::poll::{self, Waiter};
use crate::hooks::io::{self, Failure};
use crate::hooks::{self, Input, WaiterKind};
use common::memory::Buffer;
use common::shared::Shared;
use core::cell::Cell;

/// The most that is read at once.
pub const MAX_READ: u32 = 1 << 16;

#[repr(C)]
pub struct Source {
    waiter: Waiter,
    stream: u32,
    pollable: Cell<u32>,
    pub input: Input,
    /// Nothing was read yet.
    pub is_untouched: Cell<bool>,
    pair: Shared<Pair>,
    /// Tells how the stream ended; of the body of a message, has the trailers.
    pub future: Cell<Shared<Pair>>,
}

impl Source {
    pub fn waiter(this: Shared<Source>) -> Shared<Waiter> {
        unsafe { this.cast() }
    }

    /// The source of a pair, if it is such a waiter.
    pub fn of(pair: &Pair) -> Option<Shared<Source>> {
        let source = pair.source.get()?;
        (source.kind == WaiterKind::Source).then(|| unsafe { source.cast() })
    }

    fn pollable(&self) -> u32 {
        io::input_pollable(self.stream, &self.pollable)
    }
}

/// A stream over an `input-stream`. R has its readable end.
pub fn open(stream: u32, input: Input, future: Shared<Pair>) -> Shared<Pair> {
    let pair = Pair::new(Type::BYTES, 1);
    let this = Shared::new(Source {
        waiter: Waiter::new(WaiterKind::Source),
        stream,
        pollable: Cell::new(0),
        input,
        is_untouched: Cell::new(true),
        pair,
        future: Cell::new(future),
    });
    pair.source.set(Some(Source::waiter(this)));
    pair
}

/// Gives an `input-stream` to the guest: stream, and a future of type `result`.
pub fn give(stream: u32, input: Input, result: Type) -> [u32; 2] {
    let future = outcome::promise(result);
    let pair = open(stream, input, future);
    [Pair::give_reader(pair), Pair::give_reader(future)]
}

/// The answer to a waiter that asks the host for bytes.
pub enum Found {
    Bytes(Buffer),
    /// There are none before this pollable is ready.
    NotYet(u32),
    /// The waiter is gone.
    End,
}

/// Takes at most `max` bytes. If `by` is not 0, they go to address `at` of the guest's memory.
#[inline(never)]
#[unsafe(export_name = "hook:sources/take")]
pub extern "C" fn hook_take(this: Shared<Source>, max: u32, by: u32, at: u32) -> Found {
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
#[unsafe(export_name = "hook:sources/step")]
pub extern "C" fn hook_step(this: Shared<Source>) {
    let (waiter, pair) = (Source::waiter(this), this.pair);
    if pair.pending.get() != Pending::Read {
        return poll::deregister(waiter);
    }
    if pair.len.get() == 0 {
        let pollable = this.pollable();
        if !io::ready(pollable) {
            return poll::register(waiter, pollable);
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
            Found::NotYet(pollable) => return poll::register(waiter, pollable),
            Found::End => return,
        }
    }
    poll::deregister(waiter);
    Pair::complete(pair, CopyResult::Completed);
}

/// Nobody reads any more.
#[inline(never)]
#[unsafe(export_name = "hook:sources/drop")]
pub extern "C" fn hook_drop(this: Shared<Source>) {
    end(this, None);
}

fn end(this: Shared<Source>, failure: Option<Failure>) {
    poll::deregister(Source::waiter(this));
    let Source { stream, pollable, input, pair, future, .. } = unsafe { this.into_inner() };
    hooks::stop_receiving(input);
    io::drop_input(stream, pollable.get());
    pair.source.set(None);
    Pair::drop_end(pair);
    Pair::reap(pair);
    hooks::received(input, future.get(), failure);
}
