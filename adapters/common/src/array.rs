//! A growing array.
//!
//! # Safety
//!
//! The block of an array has room for `len` elements. Elements are copied in and out, so no
//! reference to one outlives a growth.

use crate::memory::Grown;
use core::cell::Cell;
use core::marker::PhantomData;

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

    /// Grows the array, if need be, to include `index`. Elements that were never set are zero.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::IN_USE;

    #[test]
    fn elements_move_with_the_array_that_grows() {
        let array = Array::new();
        for index in 0..1000u32 {
            array.push(index * 3);
        }
        assert!((0..1000).all(|index| array.get(index) == index * 3));
        // However often it grew, it has one block.
        assert_eq!(IN_USE.get(), 1);
    }

    #[test]
    fn elements_that_nobody_has_set_are_zero() {
        let array = Array::new();
        array.cover(40);
        array.set(7, 5u64);
        array.cover(3);
        assert_eq!(array.len(), 41);
        assert!((0..41).all(|index| array.get(index) == if index == 7 { 5 } else { 0 }));
    }

    #[test]
    fn the_last_element_takes_the_place_of_a_removed_one() {
        let array = Array::new();
        for element in [1u8, 2, 3, 4] {
            array.push(element);
        }
        array.swap_remove(1);
        array.swap_remove(2);
        assert_eq!((0..array.len()).map(|index| array.get(index)).collect::<Vec<_>>(), [1, 4]);
        assert_eq!([array.pop(), array.pop()], [4, 1]);
        assert!(array.is_empty());
    }
}
