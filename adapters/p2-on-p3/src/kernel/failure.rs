//! Errors on their way to the guest.
//!
//! # Safety
//!
//! A failure owns its error. It is `Copy` so that it can be in a `Cell`; exactly one of its copies
//! is forgotten, taken or kept.

use common::memory::{self, Buffer};
use core::ptr::NonNull;

/// An error as 0.2 knows it; `wasi::io::error` says what codes there are.
#[derive(Clone, Copy)]
pub struct ErrorCode {
    pub code: u8,
    /// The text that only `to-debug-string` returns.
    pub text: Buffer,
}

impl ErrorCode {
    pub const fn new(code: u8) -> ErrorCode {
        ErrorCode { code, text: Buffer::NONE }
    }

    /// Frees an error that [`Failure::keep`] gave out.
    pub fn free(this: *mut ErrorCode) {
        unsafe { (*this).text.release() };
        memory::unbox(this);
    }
}

/// An error on its way to the resource.
#[derive(Clone, Copy)]
pub struct Failure(NonNull<ErrorCode>);

impl Failure {
    pub fn new(error: ErrorCode) -> Failure {
        Failure(unsafe { NonNull::new_unchecked(memory::boxed(error)) })
    }

    pub fn error(&self) -> &ErrorCode {
        unsafe { self.0.as_ref() }
    }

    /// Frees an error that nobody will ask for.
    pub fn forget(self) {
        ErrorCode::free(self.0.as_ptr())
    }

    pub fn take(self) -> ErrorCode {
        let error = unsafe { self.0.read() };
        memory::unbox(self.0.as_ptr());
        error
    }

    /// Gives the error to a new owner, who frees it by [`ErrorCode::free`].
    pub fn keep(self) -> *mut ErrorCode {
        self.0.as_ptr()
    }
}
