//! A growing array.

use crate::memory::Grown;
use core::marker::PhantomData;
use core::mem::size_of;

pub struct Array<T> {
    block: Grown,
    pub len: u32,
    elements: PhantomData<T>,
}

impl<T: Copy> Array<T> {
    pub const fn new() -> Self {
        Array { block: Grown::NONE, len: 0, elements: PhantomData }
    }

    /// The element at `index`, which must be below `len`.
    pub fn at(&self, index: u32) -> *mut T {
        (self.block.at as *mut T).wrapping_add(index as usize)
    }

    pub fn get(&self, index: u32) -> T {
        unsafe { self.at(index).read() }
    }

    pub fn set(&mut self, index: u32, value: T) {
        unsafe { self.at(index).write(value) }
    }

    pub fn push(&mut self, value: T) {
        let index = self.len;
        self.cover(index);
        self.set(index, value);
    }

    /// Makes `index` one of the array. Elements that nobody has set are zero.
    pub fn cover(&mut self, index: u32) {
        let needed = (index + 1) * size_of::<T>() as u32;
        if needed > self.block.size {
            self.block.grow(needed);
        }
        self.len = self.len.max(index + 1);
    }
}

impl<T: Copy> Default for Array<T> {
    fn default() -> Self {
        Array::new()
    }
}
