//! The result of a function of WASI 0.3 that produces or consumes a stream: a future.
//!
//! A result may hold a string, which the host writes to P's memory when the result is known. Wasmtime does that on behalf of
//! the task that reads the future, and traps ("resource not present") if that has ended meanwhile. So such futures are read
//! only by tasks that wait, which end the reads that are still in flight when they end themselves.

use crate::hooks::{self, Domain, Owner};
use crate::kernel::canon::CANCELLED;
use crate::kernel::failure::Failure;
use crate::kernel::op::Op;
use crate::kernel::wait;
use crate::kernel::waitable::Waitable;
use common::cell::Global;
use core::mem::MaybeUninit;
use core::ptr::{self, null_mut};

/// Results with strings that are being read, were just read, or are wanted while no task waits.
static READS: Global<*mut ResultFuture> = Global::new(null_mut());

/// A `future<result<_, error-code>>`; of HTTP `future<result<option<trailers>, error-code>>`.
pub struct ResultFuture {
    pub waitable: Waitable,
    domain: Domain,
    /// The operation whose task reads it; null as long as it is only wanted.
    reader: *mut Op,
    listed: bool,
    next: *mut ResultFuture,
    /// The result as the host writes it. Of http it is 40 bytes, of filesystem and sockets 20, of cli two.
    value: MaybeUninit<[u64; 5]>,
}

impl ResultFuture {
    pub const fn new(handle: u32, domain: Domain, owner: Owner) -> ResultFuture {
        ResultFuture {
            waitable: Waitable::new(handle, owner),
            domain,
            reader: null_mut(),
            listed: false,
            next: null_mut(),
            value: MaybeUninit::uninit(),
        }
    }

    pub const NONE: ResultFuture = ResultFuture::new(0, Domain::File, Owner::None);

    /// Reads the future, or looks whether the read has finished: then the future is gone and the outcome
    /// known, `None` standing for success.
    pub fn outcome(&mut self) -> Option<Option<Failure>> {
        if self.waitable.busy {
            return None;
        }
        if self.waitable.result().is_none() {
            let has_finished = match self.domain.has_text() {
                true => part_read(self),
                false => {
                    let result = hooks::read_plain(self.domain, self.waitable.handle, self.value());
                    self.waitable.started(result).is_some()
                }
            };
            if !has_finished {
                return None;
            }
        }
        self.close();
        let value = self.value();
        if unsafe { *value } == 0 {
            return Some(None);
        }
        Some(Some(match self.domain.has_text() {
            true => part_error(self),
            false => hooks::plain_error(value),
        }))
    }

    fn enlist(&mut self, reader: *mut Op) {
        self.reader = reader;
        if !self.listed {
            self.listed = true;
            self.next = *READS.get();
            *READS.get() = self;
        }
    }

    fn unlist(&mut self) {
        if !self.listed {
            return;
        }
        let mut link = READS.get() as *mut *mut ResultFuture;
        unsafe {
            while !ptr::eq(*link, self) {
                link = &raw mut (**link).next;
            }
            *link = self.next;
        }
        self.listed = false;
        self.reader = null_mut();
    }

    pub fn value(&mut self) -> *mut u8 {
        self.value.as_mut_ptr() as *mut u8
    }

    /// Drops the future; no read may be in flight.
    pub fn close(&mut self) {
        if self.waitable.handle == 0 {
            return;
        }
        self.waitable.leave();
        match self.domain.has_text() {
            true => part_drop(self),
            false => hooks::drop_plain(self.domain, self.waitable.handle),
        }
        self.waitable.handle = 0;
    }

    /// Drops the future although a read is in flight. Only inside of `control.wait`.
    pub fn cancel(&mut self) {
        if self.waitable.busy {
            self.cancel_read();
        }
        self.close();
    }

    /// Ends the read in flight, of a result with text; the result may be there nevertheless.
    fn cancel_read(&mut self) {
        self.waitable.abandon();
        let result = hooks::cancel_text(self.domain, self.waitable.handle);
        if result & 15 != CANCELLED {
            self.waitable.note(result);
        }
    }

    /// Begins to read a result with text.
    fn begin(&mut self) -> u32 {
        hooks::read_text(self.domain, self.waitable.handle, self.value())
    }
}

/// Reads a result with text; true if it is there.
#[inline(never)]
#[unsafe(export_name = "part:texts/read")]
extern "C" fn part_read(future: &mut ResultFuture) -> bool {
    let reader = wait::reader();
    if reader.is_null() {
        wait::wish();
        future.enlist(reader);
        return false;
    }
    let result = future.begin();
    let has_finished = future.waitable.started(result).is_some();
    if !has_finished {
        future.enlist(reader);
    }
    has_finished
}

/// What a result with text says that is an error.
#[inline(never)]
#[unsafe(export_name = "part:texts/error")]
extern "C" fn part_error(future: &mut ResultFuture) -> Failure {
    Failure::new(hooks::text_error(future.domain, future.value()))
}

#[inline(never)]
#[unsafe(export_name = "part:texts/drop")]
extern "C" fn part_drop(future: &mut ResultFuture) {
    future.unlist();
    hooks::drop_text(future.domain, future.waitable.handle)
}

/// Reads what is wanted on behalf of an operation whose task waits. True when nothing is left that it reads.
#[inline(never)]
#[unsafe(export_name = "part:look/step")]
pub extern "C" fn part_read_wanted(reader: *mut Op) -> bool {
    let mut idle = true;
    let mut at = *READS.get();
    while let Some(future) = unsafe { at.as_mut() } {
        at = future.next;
        if future.reader.is_null() {
            future.reader = reader;
            let result = future.begin();
            future.waitable.note(result);
        }
        idle &= future.reader != reader || !future.waitable.busy;
    }
    idle
}

/// Whether something is being read or wanted.
pub fn any() -> bool {
    !READS.get().is_null()
}

/// The task of an operation is about to end: what it reads has to be read by another one. True if there was
/// something. Only inside of `control.wait`.
#[inline(never)]
#[unsafe(export_name = "part:texts/leave")]
pub extern "C" fn part_leave(reader: *mut Op) -> bool {
    let mut any = false;
    let mut at = *READS.get();
    while let Some(future) = unsafe { at.as_mut() } {
        at = future.next;
        if future.reader == reader {
            future.unlist();
            if future.waitable.busy {
                future.cancel_read();
                any = true;
                // Others may have run meanwhile.
                at = *READS.get();
            }
        }
    }
    any
}
