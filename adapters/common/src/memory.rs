//! The allocator: free lists of power-of-two blocks.
//!
//! A block carries no header: whoever frees it knows its size, and the size gives the class. Blocks
//! are never split or joined, so recurring sizes (buffers of 4 KiB, pollables, operations) cost a
//! pop and a push, and memory stays constant.
//!
//! # Safety
//!
//! The owner of a block states its size and frees it once. A block on a free list has room for the
//! link, because no block is smaller than 16 bytes. A [`Buffer`] owns its block; it is `Copy` so
//! that it can be in a `Cell`, and exactly one of its copies is released.

use crate::global::Global;
use core::cell::Cell;
use core::ptr::{copy_nonoverlapping, null_mut, write_bytes};

const MIN_CLASS: u32 = 4;

struct Free {
    next: *mut Free,
}

/// The free lists, by class. Class 32 is too large to allocate, so its list stays empty.
static FREE: Global<[Cell<*mut Free>; 33]> = Global::new([const { Cell::new(null_mut()) }; 33]);

/// Blocks of class n have 2^n bytes.
fn class(size: u32) -> u32 {
    32 - (size.max(1 << MIN_CLASS) - 1).leading_zeros()
}

fn list(class: u32) -> &'static Cell<*mut Free> {
    unsafe { FREE.get_unchecked(class as usize) }
}

/// Allocates at least `size` bytes, aligned to 16. The contents are arbitrary.
pub fn alloc(size: u32) -> *mut u8 {
    #[cfg(not(target_family = "wasm"))]
    IN_USE.update(|blocks| blocks + 1);
    let class = class(size);
    let list = list(class);
    let block = list.get();
    if block.is_null() {
        return fresh(class);
    }
    list.set(unsafe { (*block).next });
    block as *mut u8
}

/// Gives back a block.
///
/// # Safety
///
/// `alloc` returned it for a size of the same class, and nobody uses it any more.
pub unsafe fn free(block: *mut u8, size: u32) {
    #[cfg(not(target_family = "wasm"))]
    IN_USE.update(|blocks| blocks - 1);
    let list = list(class(size));
    let block = block as *mut Free;
    unsafe { block.write(Free { next: list.get() }) };
    list.set(block);
}

/// How many blocks this thread's adapter has allocated and not freed.
#[cfg(not(target_family = "wasm"))]
pub static IN_USE: Global<Cell<i64>> = Global::new(Cell::new(0));

/// A block that was never allocated before.
#[cfg(target_family = "wasm")]
#[cold]
#[inline(never)]
fn fresh(class: u32) -> *mut u8 {
    use core::arch::wasm32;

    unsafe extern "C" {
        static __heap_base: u8;
    }
    /// The end of the allocated heap; 0 before the first allocation.
    static NEXT: Global<Cell<u32>> = Global::new(Cell::new(0));

    let block = match NEXT.get() {
        0 => (&raw const __heap_base as u32 + 15) & !15,
        next => next,
    };
    let end = block as u64 + (1u64 << class);
    let pages = (end + 0xffff) >> 16;
    let missing = (pages as usize).saturating_sub(wasm32::memory_size(0));
    if pages > 0xffff || missing > 0 && wasm32::memory_grow(0, missing) == usize::MAX {
        crate::trap::out_of_memory()
    }
    NEXT.set(end as u32);
    block as *mut u8
}

#[cfg(not(target_family = "wasm"))]
fn fresh(class: u32) -> *mut u8 {
    let layout = std::alloc::Layout::from_size_align(1 << class, 16).unwrap();
    unsafe { std::alloc::alloc(layout) }
}

/// A block that grows.
pub struct Grown {
    pub at: Cell<*mut u8>,
    pub size: Cell<u32>,
}

impl Grown {
    pub const fn none() -> Grown {
        Grown { at: Cell::new(null_mut()), size: Cell::new(0) }
    }

    /// Grows the block to at least `needed` bytes; the added bytes are zeros.
    #[cold]
    #[inline(never)]
    pub fn grow(&self, needed: u32) {
        let old = self.size.get();
        let size = needed.next_power_of_two().max(64);
        let at = alloc(size);
        unsafe {
            write_bytes(at, 0, size as usize);
            if old > 0 {
                copy_nonoverlapping(self.at.get(), at, old as usize);
                free(self.at.get(), old);
            }
        }
        self.at.set(at);
        self.size.set(size);
    }
}

/// Moves a value to the heap.
pub fn boxed<T>(value: T) -> *mut T {
    let at = alloc(size_of::<T>() as u32) as *mut T;
    unsafe { at.write(value) };
    at
}

/// Frees a value on the heap, without running destructors.
///
/// # Safety
///
/// [`boxed`] returned the address, and nobody uses it any more.
pub unsafe fn unbox<T>(at: *mut T) {
    unsafe { free(at as *mut u8, size_of::<T>() as u32) }
}

/// An owned block of the heap with contents `at + off .. at + off + len`. If `at` is null, the
/// contents are at `off` in the memory of the linked guest, and `size` is the element of the table
/// whose function moves them.
#[derive(Clone, Copy)]
pub struct Buffer {
    pub at: *mut u8,
    pub size: u32,
    pub off: u32,
    pub len: u32,
}

impl Buffer {
    pub const NONE: Buffer = Buffer { at: null_mut(), size: 0, off: 0, len: 0 };

    pub fn new(size: u32) -> Buffer {
        Buffer { at: alloc(size), size, off: 0, len: 0 }
    }

    /// A list or string that was lowered into memory from `cabi_realloc`. An empty one owns
    /// nothing.
    pub fn lowered(at: *mut u8, size: u32) -> Buffer {
        if size == 0 {
            return Buffer::NONE;
        }
        Buffer { at, size, off: 0, len: size }
    }

    /// `len` bytes at `at` of the guest's memory.
    pub fn of_guest(by: u32, at: u32, len: u32) -> Buffer {
        match len {
            0 => Buffer::NONE,
            _ => Buffer { at: null_mut(), size: by, off: at, len },
        }
    }

    /// Whether the buffer has bytes that are in the guest's memory.
    pub fn is_of_guest(&self) -> bool {
        self.at.is_null() && self.len > 0
    }

    pub fn start(&self) -> *mut u8 {
        self.at.wrapping_add(self.off as usize)
    }

    pub fn skip(&mut self, count: u32) {
        self.off += count;
        self.len -= count;
    }

    /// Frees the block; no copy of the buffer may be used afterwards.
    pub fn free(self) {
        if !self.at.is_null() {
            unsafe { free(self.at, self.size) }
        }
    }

    pub fn release(&mut self) {
        self.free();
        *self = Buffer::NONE;
    }

    /// Takes the first `count` bytes, in place if they are all there is.
    pub fn take(&mut self, count: u32) -> Buffer {
        if count >= self.len {
            let all = *self;
            *self = Buffer::NONE;
            return all;
        }
        let mut part = Buffer::new(count);
        part.len = count;
        unsafe { copy_nonoverlapping(self.start(), part.at, count as usize) };
        self.skip(count);
        part
    }
}

/// Releases a buffer that is in a `Cell`.
#[inline(never)]
pub fn clear(buffer: &Cell<Buffer>) {
    buffer.take().release();
}

/// Methods of a buffer that is in a `Cell`.
pub trait BufferCell {
    fn release(&self);
    fn skip(&self, count: u32);
    /// Takes the first `count` bytes.
    fn take_first(&self, count: u32) -> Buffer;
}

/// # Safety
///
/// Nobody keeps a reference to the contents of a `Cell`, so a method may make one while it runs.
impl BufferCell for Cell<Buffer> {
    fn release(&self) {
        unsafe { (*self.as_ptr()).release() }
    }

    fn skip(&self, count: u32) {
        unsafe { (*self.as_ptr()).skip(count) }
    }

    fn take_first(&self, count: u32) -> Buffer {
        unsafe { (*self.as_ptr()).take(count) }
    }
}

impl Default for Buffer {
    fn default() -> Buffer {
        Buffer::NONE
    }
}

/// Results that were given to the guest. The caller copies them before it enters the adapter again,
/// so they are freed when the next result follows instead of by a post-return function.
pub struct Results {
    buffer: Cell<Buffer>,
    pub arena: Cell<*mut Block>,
    pub in_arena: Cell<bool>,
}

/// Header of an allocation in the arena.
#[repr(C, align(16))]
pub struct Block {
    pub next: *mut Block,
    pub size: u32,
}

pub const HEADER: u32 = size_of::<Block>() as u32;

pub static RESULTS: Global<Results> =
    Global::new(Results { buffer: Cell::new(Buffer::NONE), arena: Cell::new(null_mut()), in_arena: Cell::new(false) });

/// Keeps a returned list until the next one.
#[inline(never)]
pub fn keep(buffer: Buffer) {
    RESULTS.buffer.replace(buffer).release();
}

/// Runs a call of the host whose result goes to the guest unchanged: the memory that the call
/// allocates is freed before the next such call.
pub fn in_arena(call: impl FnOnce()) {
    unsafe { free_chain(RESULTS.arena.replace(null_mut())) };
    RESULTS.in_arena.set(true);
    call();
    RESULTS.in_arena.set(false);
}

/// Frees all blocks of a chain.
///
/// # Safety
///
/// The caller owns the chain.
pub unsafe fn free_chain(mut blocks: *mut Block) {
    while !blocks.is_null() {
        unsafe {
            let Block { next, size } = blocks.read();
            free(blocks as *mut u8, size);
            blocks = next;
        }
    }
}

fn alloc_in_arena(size: u32) -> *mut u8 {
    let size = size + HEADER;
    let block = alloc(size) as *mut Block;
    unsafe { block.write(Block { next: RESULTS.arena.replace(block), size }) };
    (block as *mut u8).wrapping_add(HEADER as usize)
}

/// Called by the host and by other components for every list and string that they pass to the
/// adapter.
#[unsafe(export_name = "cabi_realloc")]
pub extern "C" fn cabi_realloc(old: *mut u8, old_size: u32, _align: u32, size: u32) -> *mut u8 {
    let in_arena = RESULTS.in_arena.get();
    let new = match size {
        0 => 16 as *mut u8,
        _ if in_arena => alloc_in_arena(size),
        _ => alloc(size),
    };
    if old_size > 0 {
        unsafe {
            copy_nonoverlapping(old, new, old_size.min(size) as usize);
            if !in_arena {
                free(old, old_size);
            }
        }
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_aligned_apart_and_used_again() {
        let sizes = [1, 15, 16, 17, 100, 4096, 5000];
        let blocks = sizes.map(|size| {
            let block = alloc(size);
            assert_eq!(block as usize % 16, 0);
            unsafe { block.write_bytes(size as u8, size as usize) };
            block
        });
        for (block, size) in blocks.into_iter().zip(sizes) {
            assert!((0..size as usize).all(|at| unsafe { block.add(at).read() } == size as u8));
        }
        assert_eq!(IN_USE.get(), sizes.len() as i64);
        for (block, size) in blocks.into_iter().zip(sizes) {
            unsafe { free(block, size) };
            // Any size of its class gets it.
            assert_eq!(alloc(size.next_power_of_two()), block);
        }
    }

    #[test]
    fn a_buffer_is_taken_from_the_front() {
        let mut buffer = Buffer::new(8);
        unsafe { copy_nonoverlapping(b"abcdefgh".as_ptr(), buffer.at, 8) };
        buffer.len = 8;
        let contents =
            |buffer: &Buffer| unsafe { std::slice::from_raw_parts(buffer.start(), buffer.len as usize).to_vec() };
        let mut front = buffer.take(3);
        assert_eq!((contents(&front), contents(&buffer)), (b"abc".to_vec(), b"defgh".to_vec()));
        buffer.skip(1);
        // All that there is goes with its block.
        let mut rest = buffer.take(9);
        assert_eq!((contents(&rest), buffer.len), (b"efgh".to_vec(), 0));
        front.release();
        rest.release();
        buffer.release();
        assert_eq!(IN_USE.get(), 0);
    }

    #[test]
    fn a_result_in_the_arena_lives_until_the_next_one() {
        let lower = |size| {
            in_arena(|| {
                cabi_realloc(null_mut(), 0, 1, size);
                cabi_realloc(null_mut(), 0, 1, size);
            });
            IN_USE.get()
        };
        assert_eq!([lower(10), lower(2000), lower(10)], [2, 2, 2]);
        // An empty list has no memory.
        assert_eq!(lower(0), 0);
    }

    #[test]
    fn a_list_that_is_kept_goes_when_the_next_is() {
        let list = || Buffer::lowered(alloc(10), 10);
        keep(list());
        keep(list());
        assert_eq!(IN_USE.get(), 1);
        keep(Buffer::NONE);
        assert_eq!(IN_USE.get(), 0);
    }
}
