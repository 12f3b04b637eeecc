//! A growing array.

use crate::memory;
use core::mem::size_of;
use core::ptr::{copy_nonoverlapping, null_mut};

pub struct Array<T> {
    at: *mut T,
    size: u32,
    pub len: u32,
}

impl<T: Copy> Array<T> {
    pub const fn new() -> Self {
        Array { at: null_mut(), size: 0, len: 0 }
    }

    /// The element at `index`, which must be below `len`.
    pub fn at(&self, index: u32) -> *mut T {
        self.at.wrapping_add(index as usize)
    }

    pub fn get(&self, index: u32) -> T {
        unsafe { self.at(index).read() }
    }

    pub fn set(&mut self, index: u32, value: T) {
        unsafe { self.at(index).write(value) }
    }

    pub fn push(&mut self, value: T) {
        if self.len == self.size {
            self.grow();
        }
        self.len += 1;
        self.set(self.len - 1, value);
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let bytes = self.size * size_of::<T>() as u32;
        let new_bytes = (bytes * 2).max(64);
        let new = memory::alloc(new_bytes);
        if bytes > 0 {
            unsafe { copy_nonoverlapping(self.at as *mut u8, new, bytes as usize) };
            memory::free(self.at as *mut u8, bytes);
        }
        self.at = new as *mut T;
        self.size = new_bytes / size_of::<T>() as u32;
    }
}
