//! What values that travel between parts point to: strings and lists, in parcels, one for each write.
//!
//! The values themselves are in the buffers of their pair. A pair's parcels are in the order of its values: those that are
//! given to the reader leave from the front, those that are forgotten from the back.

use common::cell::Global;
use common::memory::{self, Block, Buffer, HEADER, RESULTS};
use core::ptr::null_mut;

pub struct Parcel {
    next: *mut Parcel,
    /// How many values the pair still has that may point into it.
    left: u32,
    blocks: *mut Block,
}

/// The parcels of a pair, or some that are to be freed.
pub struct Parcels {
    first: *mut Parcel,
}

/// Those of values that were just given to a reader, who copies them before it enters R again.
static GIVEN: Global<Parcels> = Global::new(Parcels::NONE);

impl Parcels {
    pub const NONE: Parcels = Parcels { first: null_mut() };

    /// A parcel for the last `count` values.
    pub fn add(&mut self, count: u32, blocks: *mut Block) {
        if blocks.is_null() {
            return;
        }
        let mut link: *mut *mut Parcel = &mut self.first;
        unsafe {
            while !(*link).is_null() {
                link = &raw mut (**link).next;
            }
            *link = memory::boxed(Parcel { next: null_mut(), left: count, blocks });
        }
    }

    /// The first `count` values are given to the reader.
    pub fn give(&mut self, mut count: u32) {
        let given = GIVEN.get();
        given.keep(0);
        while !self.first.is_null() {
            let parcel = unsafe { &mut *self.first };
            if parcel.left > count {
                parcel.left -= count;
                return;
            }
            count -= parcel.left;
            self.first = parcel.next;
            parcel.next = given.first;
            given.first = parcel;
        }
    }

    /// All but the first `count` values are forgotten.
    pub fn keep(&mut self, mut count: u32) {
        let mut link: *mut *mut Parcel = &mut self.first;
        unsafe {
            while !(*link).is_null() {
                let parcel = *link;
                if count == 0 {
                    *link = (*parcel).next;
                    free((*parcel).blocks);
                    memory::unbox(parcel);
                    continue;
                }
                (*parcel).left = (*parcel).left.min(count);
                count -= (*parcel).left;
                link = &raw mut (*parcel).next;
            }
        }
    }
}

fn free(mut blocks: *mut Block) {
    while !blocks.is_null() {
        let Block { next, size } = unsafe { blocks.read() };
        memory::free(blocks as *mut u8, size);
        blocks = next;
    }
}

/// From now on what is lowered goes to a chain of blocks of its own, until [`gathered`]; `other` keeps the one before.
pub fn gather(other: &mut *mut Block) {
    let results = RESULTS.get();
    *other = results.arena;
    results.arena = null_mut();
    results.in_arena = true;
}

/// What was gathered.
pub fn gathered(other: *mut Block) -> *mut Block {
    let results = RESULTS.get();
    let blocks = results.arena;
    results.arena = other;
    results.in_arena = false;
    blocks
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
