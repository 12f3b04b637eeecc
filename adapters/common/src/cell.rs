//! Global state of a single-threaded module.

use core::cell::UnsafeCell;

/// A global variable. References that `get` gives out must not be kept across a call that may reach the
/// same global again; calls into the host cannot (only `cabi_realloc` runs below them).
pub struct Global<T>(UnsafeCell<T>);

unsafe impl<T> Sync for Global<T> {}

impl<T> Global<T> {
    pub const fn new(value: T) -> Self {
        Global(UnsafeCell::new(value))
    }

    #[allow(clippy::mut_from_ref)]
    pub fn get(&self) -> &mut T {
        unsafe { &mut *self.0.get() }
    }
}
