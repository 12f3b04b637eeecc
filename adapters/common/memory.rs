//! The allocator: free lists of power-of-two blocks.
//!
//! A block carries no header: whoever frees it knows its size, and the size gives the class. Blocks are
//! never split or joined, so the same sizes again and again (buffers of 4 KiB, pollables, operations) cost
//! a pop and a push, and memory stays constant.

use crate::cell::Global;
use crate::trap;
use core::arch::wasm32;
use core::mem::size_of;
use core::ptr::{copy_nonoverlapping, null_mut};

const MIN_CLASS: u32 = 4;

struct Free {
    next: *mut Free,
}

struct Heap {
    free: [*mut Free; 32],
    next: u32,
    end: u32,
}

static HEAP: Global<Heap> = Global::new(Heap { free: [null_mut(); 32], next: 0, end: 0 });

fn class(size: u32) -> u32 {
    if size <= 1 << MIN_CLASS {
        MIN_CLASS
    } else {
        32 - (size - 1).leading_zeros()
    }
}

/// Allocates at least `size` bytes, aligned to 16. The contents are arbitrary.
pub fn alloc(size: u32) -> *mut u8 {
    let heap = HEAP.get();
    let class = class(size);
    if class > 31 {
        trap::out_of_memory()
    }
    let block = heap.free[class as usize & 31];
    if block.is_null() {
        return bump(1 << class);
    }
    heap.free[class as usize & 31] = unsafe { (*block).next };
    block as *mut u8
}

/// Gives back what `alloc(size)` returned, for a `size` of the same class.
pub fn free(block: *mut u8, size: u32) {
    let heap = HEAP.get();
    let class = class(size) as usize & 31;
    let block = block as *mut Free;
    unsafe { (*block).next = heap.free[class] };
    heap.free[class] = block;
}

#[cold]
#[inline(never)]
fn bump(size: u32) -> *mut u8 {
    extern "C" {
        static __heap_base: u8;
    }
    let heap = HEAP.get();
    if heap.next == 0 {
        heap.next = (&raw const __heap_base as u32 + 15) & !15;
        heap.end = (wasm32::memory_size(0) as u32) << 16;
    }
    let block = heap.next;
    let Some(next) = block.checked_add(size) else { trap::out_of_memory() };
    if next > heap.end {
        let pages = (next - heap.end + 0xffff) >> 16;
        if wasm32::memory_grow(0, pages as usize) == usize::MAX {
            trap::out_of_memory()
        }
        heap.end += pages << 16;
    }
    heap.next = next;
    block as *mut u8
}

/// Moves a value to the heap.
pub fn boxed<T>(value: T) -> *mut T {
    let at = alloc(size_of::<T>() as u32) as *mut T;
    unsafe { at.write(value) };
    at
}

/// Frees what [`boxed`] returned.
pub fn unbox<T>(at: *mut T) {
    free(at as *mut u8, size_of::<T>() as u32);
}

/// An owned part of the heap with contents `at + off .. at + off + len`.
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

    /// A list or string that `cabi_realloc` received. Empty ones own nothing.
    pub fn lowered(at: *mut u8, size: u32) -> Buffer {
        if size == 0 {
            return Buffer::NONE;
        }
        Buffer { at, size, off: 0, len: size }
    }

    pub fn start(&self) -> *mut u8 {
        self.at.wrapping_add(self.off as usize)
    }

    pub fn skip(&mut self, count: u32) {
        self.off += count;
        self.len -= count;
    }

    pub fn release(&mut self) {
        if !self.at.is_null() {
            free(self.at, self.size);
            *self = Buffer::NONE;
        }
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

/// Results that were given to the guest. The caller copies them before it enters the adapter again, so they are freed
/// when the next result follows instead of by a post-return function.
pub struct Results {
    buffer: Buffer,
    pub arena: *mut Block,
    pub in_arena: bool,
}

/// Header of an allocation in the arena.
#[repr(C, align(16))]
pub struct Block {
    pub next: *mut Block,
    pub size: u32,
}

pub const HEADER: u32 = size_of::<Block>() as u32;

pub static RESULTS: Global<Results> = Global::new(Results { buffer: Buffer::NONE, arena: null_mut(), in_arena: false });

/// Keeps a returned list until the next one.
pub fn keep(buffer: Buffer) {
    let results = RESULTS.get();
    results.buffer.release();
    results.buffer = buffer;
}

/// Runs a call of the host whose result is returned to the guest as it is: everything that it
/// allocates is freed when the next such result follows.
pub fn in_arena(call: impl FnOnce()) {
    let results = RESULTS.get();
    while !results.arena.is_null() {
        let block = results.arena;
        let Block { next, size } = unsafe { block.read() };
        results.arena = next;
        free(block as *mut u8, size);
    }
    results.in_arena = true;
    call();
    results.in_arena = false;
}

fn alloc_in_arena(size: u32) -> *mut u8 {
    let results = RESULTS.get();
    let size = size + HEADER;
    let block = alloc(size) as *mut Block;
    unsafe { block.write(Block { next: results.arena, size }) };
    results.arena = block;
    (block as *mut u8).wrapping_add(HEADER as usize)
}

/// Called by the host and by other components for every list and string that they pass to the adapter.
#[export_name = "cabi_realloc"]
pub extern "C" fn cabi_realloc(old: *mut u8, old_size: u32, _align: u32, size: u32) -> *mut u8 {
    let in_arena = RESULTS.get().in_arena;
    if old_size == 0 {
        return match size {
            0 => 16 as *mut u8,
            _ if in_arena => alloc_in_arena(size),
            _ => alloc(size),
        };
    }
    if !in_arena && class(old_size) == class(size) && size != 0 {
        return old;
    }
    let new = match size {
        0 => 16 as *mut u8,
        _ if in_arena => alloc_in_arena(size),
        _ => alloc(size),
    };
    unsafe { copy_nonoverlapping(old, new, old_size.min(size) as usize) };
    if !in_arena {
        free(old, old_size);
    }
    new
}
