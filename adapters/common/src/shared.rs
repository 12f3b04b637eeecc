//! Pointers to objects that several others share.
//!
//! # Safety
//!
//! Everything here rests on what [`Shared::free`] asks for: nobody uses an object after it was
//! freed.

use crate::memory;
use core::ops::Deref;
use core::ptr::NonNull;

/// A pointer to an object of the adapter's heap that everybody may have a copy of, and that is
/// freed by hand. The mutable state of such an object is in `Cell`s, so no `&mut` to it ever
/// exists. `Option<Shared<T>>` is a pointer that may be null.
#[repr(transparent)]
pub struct Shared<T>(NonNull<T>);

impl<T> Shared<T> {
    /// Moves a value to the heap.
    pub fn new(value: T) -> Shared<T> {
        unsafe { Shared(NonNull::new_unchecked(memory::boxed(value))) }
    }

    /// The object behind a reference: a static, or (part of) an object on the heap.
    pub const fn of(object: &T) -> Shared<T> {
        Shared(NonNull::from_ref(object))
    }

    /// An object of zeros.
    ///
    /// # Safety
    ///
    /// Zeros are a valid `T`.
    pub unsafe fn zeroed() -> Shared<T> {
        unsafe {
            let at = memory::alloc(size_of::<T>() as u32) as *mut T;
            at.write_bytes(0, 1);
            Shared(NonNull::new_unchecked(at))
        }
    }

    /// Frees the object, without running destructors.
    ///
    /// # Safety
    ///
    /// It came from [`Shared::new`] or [`Shared::zeroed`] as a `T`, and nobody uses it any more.
    pub unsafe fn free(self) {
        unsafe { memory::unbox(self.0.as_ptr()) }
    }

    /// Frees the object, and returns its value.
    ///
    /// # Safety
    ///
    /// As for [`Shared::free`].
    pub unsafe fn into_inner(self) -> T {
        unsafe {
            let value = self.0.read();
            self.free();
            value
        }
    }

    /// For an object that is never freed.
    pub fn leak(self) -> &'static T {
        unsafe { self.0.as_ref() }
    }

    /// The object that begins with this one, or with which this one begins.
    ///
    /// # Safety
    ///
    /// That object exists.
    pub const unsafe fn cast<U>(self) -> Shared<U> {
        Shared(self.0.cast())
    }

    /// The object that follows this one in memory.
    ///
    /// # Safety
    ///
    /// That object exists, in the same object of the heap.
    pub const unsafe fn successor(self) -> Shared<T> {
        unsafe { Shared(self.0.add(1)) }
    }

    /// The object that precedes this one in memory.
    ///
    /// # Safety
    ///
    /// That object exists, in the same object of the heap.
    pub const unsafe fn predecessor(self) -> Shared<T> {
        unsafe { Shared(self.0.sub(1)) }
    }

    pub const fn as_ptr(self) -> *mut T {
        self.0.as_ptr()
    }

    /// A number that stands for the object: its address, which is a multiple of its alignment and
    /// never 0.
    #[cfg(target_family = "wasm")]
    pub fn addr(self) -> u32 {
        self.0.as_ptr() as u32
    }

    /// The object that a number stands for.
    ///
    /// # Safety
    ///
    /// It is [`Shared::addr`] of a `T`.
    #[cfg(target_family = "wasm")]
    pub unsafe fn at(addr: u32) -> Shared<T> {
        unsafe { Shared(NonNull::new_unchecked(addr as *mut T)) }
    }

    /// Natively, addresses do not fit in such a number.
    #[cfg(not(target_family = "wasm"))]
    pub fn addr(self) -> u32 {
        native::number(self.0.as_ptr() as *mut u8)
    }

    /// # Safety
    ///
    /// It is [`Shared::addr`] of a `T`.
    #[cfg(not(target_family = "wasm"))]
    pub unsafe fn at(addr: u32) -> Shared<T> {
        unsafe { Shared(NonNull::new_unchecked(native::object(addr) as *mut T)) }
    }
}

#[cfg(not(target_family = "wasm"))]
mod native {
    use std::cell::RefCell;

    thread_local! {
        static OBJECTS: RefCell<Vec<*mut u8>> = const { RefCell::new(Vec::new()) };
    }

    /// As aligned as an address in the adapter's heap.
    const STEP: u32 = 16;

    pub fn number(object: *mut u8) -> u32 {
        OBJECTS.with_borrow_mut(|objects| {
            let known = objects.iter().position(|known| *known == object);
            let index = known.unwrap_or_else(|| {
                objects.push(object);
                objects.len() - 1
            });
            (index as u32 + 1) * STEP
        })
    }

    pub fn object(number: u32) -> *mut u8 {
        OBJECTS.with_borrow(|objects| objects[(number / STEP - 1) as usize])
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        unsafe { self.0.as_ref() }
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Shared<T> {
        *self
    }
}

impl<T> Copy for Shared<T> {}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Shared<T>) -> bool {
        self.0 == other.0
    }
}
