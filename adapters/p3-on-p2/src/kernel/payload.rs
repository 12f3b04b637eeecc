//! The strings and lists that values between parts point to, in payloads: one for each write.
//!
//! The values themselves are in the buffers of their pair. A pair's payloads are in the order of
//! its values: those of values that are given to the reader leave at the front, those of forgotten
//! values at the back.
//!
//! # Safety
//!
//! A payload belongs to one list of payloads, and its blocks to that payload alone. Links are
//! followed and changed in one function at a time.

use common::global::Global;
use common::memory::{self, Buffer, HEADER, RESULTS};
use common::shared::Shared;
use core::cell::Cell;
use core::ptr::null_mut;

pub use common::memory::Block;

pub struct Payload {
    next: Cell<Option<Shared<Payload>>>,
    /// How many values the pair still has that may point into it.
    left: Cell<u32>,
    blocks: *mut Block,
}

/// The payloads of a pair, or some that are to be freed.
pub struct Payloads {
    first: Cell<Option<Shared<Payload>>>,
}

/// Payloads of values that a reader has just got: it copies them before it enters R again.
static GIVEN: Global<Payloads> = Global::new(Payloads { first: Cell::new(None) });

impl Payloads {
    /// A payload for the last `count` values.
    pub fn add(&self, count: u32, blocks: *mut Block) {
        if blocks.is_null() {
            return;
        }
        let payload = Shared::new(Payload { next: Cell::new(None), left: Cell::new(count), blocks });
        let (mut last, mut next) = (None::<Shared<Payload>>, self.first.get());
        while let Some(payload) = next {
            (last, next) = (Some(payload), payload.next.get());
        }
        match last {
            None => self.first.set(Some(payload)),
            Some(last) => last.next.set(Some(payload)),
        }
    }

    /// The first `count` values are given to the reader.
    pub fn give(&self, mut count: u32) {
        GIVEN.keep(0);
        while let Some(payload) = self.first.get() {
            let left = payload.left.get();
            if left > count {
                payload.left.set(left - count);
                return;
            }
            count -= left;
            self.first.set(payload.next.get());
            payload.next.set(GIVEN.first.replace(Some(payload)));
        }
    }

    /// All but the first `count` values are forgotten.
    pub fn keep(&self, mut count: u32) {
        let (mut last, mut next) = (None::<Shared<Payload>>, self.first.get());
        while let Some(payload) = next {
            next = payload.next.get();
            if count > 0 {
                payload.left.update(|left| left.min(count));
                count -= payload.left.get();
                last = Some(payload);
                continue;
            }
            match last {
                None => self.first.set(next),
                Some(last) => last.next.set(next),
            }
            unsafe {
                memory::free_chain(payload.blocks);
                payload.free();
            }
        }
    }
}

/// From now on, until [`gathered`], lowered values go to a new chain of blocks; returns the
/// previous chain.
pub fn gather() -> *mut Block {
    RESULTS.in_arena.set(true);
    RESULTS.arena.replace(null_mut())
}

/// Returns the gathered chain; results go to the chain `before` again.
pub fn gathered(before: *mut Block) -> *mut Block {
    RESULTS.in_arena.set(false);
    RESULTS.arena.replace(before)
}

/// The list of `size` bytes at `at`, taken out of `blocks`, where it was gathered.
pub fn take_list(blocks: &mut *mut Block, at: *mut u8, size: u32) -> Buffer {
    let block = at.wrapping_sub(HEADER as usize) as *mut Block;
    let mut link: *mut *mut Block = blocks;
    unsafe {
        while *link != block {
            link = &raw mut (**link).next;
        }
        *link = (*block).next;
        Buffer { at: block as *mut u8, size: (*block).size, off: HEADER, len: size }
    }
}
