//! Global state of a module that has one thread.
//!
//! # Safety
//!
//! A global is `Sync` because there is only one thread. Natively, where tests run in several
//! threads, each thread has its own copy.

use core::ops::Deref;

/// A global variable. Its mutable state is in `Cell`s.
pub struct Global<T>(T);

unsafe impl<T> Sync for Global<T> {}

impl<T> Global<T> {
    pub const fn new(value: T) -> Self {
        Global(value)
    }
}

#[cfg(target_family = "wasm")]
impl<T> Deref for Global<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[cfg(not(target_family = "wasm"))]
impl<T> Deref for Global<T> {
    type Target = T;

    fn deref(&self) -> &T {
        use std::cell::RefCell;
        use std::collections::HashMap;

        thread_local! {
            static COPIES: RefCell<HashMap<*const u8, *const u8>> = RefCell::new(HashMap::new());
        }
        let initial = &raw const self.0;
        let copy = COPIES.with_borrow_mut(|copies| {
            // The initial value never changes, and has no destructor.
            *copies
                .entry(initial.cast())
                .or_insert_with(|| Box::into_raw(Box::new(unsafe { initial.read() })) as *const u8)
        });
        unsafe { &*(copy as *const T) }
    }
}
