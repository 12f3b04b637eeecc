//! A growing array.

use crate::memory::Grown;
use core::cell::Cell;
use core::marker::PhantomData;

/// # Safety
///
/// The block has room for `len` elements. Elements are copied in and out, so no reference to one
/// outlives a growth.
pub struct Array<T> {
    block: Grown,
    len: Cell<u32>,
    elements: PhantomData<T>,
}

impl<T: Copy> Array<T> {
    pub const fn new() -> Self {
        Array { block: Grown::none(), len: Cell::new(0), elements: PhantomData }
    }

    pub fn len(&self) -> u32 {
        self.len.get()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The address of the element at `index`, which must be below the length. Good until the array
    /// grows.
    pub fn at(&self, index: u32) -> *mut T {
        debug_assert!(index < self.len());
        (self.block.at.get() as *mut T).wrapping_add(index as usize)
    }

    pub fn get(&self, index: u32) -> T {
        unsafe { self.at(index).read() }
    }

    pub fn set(&self, index: u32, value: T) {
        unsafe { self.at(index).write(value) }
    }

    pub fn push(&self, value: T) {
        let index = self.len();
        self.cover(index);
        self.set(index, value);
    }

    /// Makes `index` one of the array. Elements that nobody has set are zero.
    pub fn cover(&self, index: u32) {
        let needed = (index + 1) * size_of::<T>() as u32;
        if needed > self.block.size.get() {
            self.block.grow(needed);
        }
        self.len.update(|len| len.max(index + 1));
    }

    /// Removes the element at `index`; the last one takes its place.
    pub fn swap_remove(&self, index: u32) {
        let last = self.len() - 1;
        self.set(index, self.get(last));
        self.len.set(last);
    }

    /// Removes the last element.
    pub fn pop(&self) -> T {
        let last = self.get(self.len() - 1);
        self.len.update(|len| len - 1);
        last
    }

    pub fn clear(&self) {
        self.len.set(0);
    }
}

impl<T: Copy> Default for Array<T> {
    fn default() -> Self {
        Array::new()
    }
}
