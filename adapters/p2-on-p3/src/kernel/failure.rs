//! Errors on their way to the guest.
//!
//! # Safety
//!
//! A failure owns its error. It is `Copy` so that it can be in a `Cell`; exactly one of its copies
//! is forgotten, taken or kept.

use crate::hooks::Code;
use common::memory::{self, Buffer};
use core::ptr::NonNull;

/// An error as the guest learns of it.
#[derive(Clone, Copy)]
pub struct Error {
    pub code: Code,
    /// The text that only `to-debug-string` returns.
    pub text: Buffer,
}

impl Error {
    pub const fn new(code: Code) -> Error {
        Error { code, text: Buffer::NONE }
    }

    /// Frees an error.
    ///
    /// # Safety
    ///
    /// [`Failure::keep`] gave it out, and nobody uses it any more.
    pub unsafe fn free(this: *mut Error) {
        unsafe {
            (*this).text.release();
            memory::unbox(this);
        }
    }
}

/// An error on its way to the resource.
#[derive(Clone, Copy)]
pub struct Failure(NonNull<Error>);

impl Failure {
    pub fn new(error: Error) -> Failure {
        Failure(unsafe { NonNull::new_unchecked(memory::boxed(error)) })
    }

    pub fn error(&self) -> &Error {
        unsafe { self.0.as_ref() }
    }

    /// Frees an error that nobody will ask for.
    pub fn forget(self) {
        unsafe { Error::free(self.0.as_ptr()) }
    }

    pub fn take(self) -> Error {
        unsafe {
            let error = self.0.read();
            memory::unbox(self.0.as_ptr());
            error
        }
    }

    /// Gives the error to a new owner, who frees it by [`Error::free`].
    pub fn keep(self) -> *mut Error {
        self.0.as_ptr()
    }
}
