//! The result of a function of WASI 0.3 that produces or consumes a stream: a future.
//!
//! A result may hold a string, which the host writes to P's memory when the result is known. Wasmtime does that on behalf of
//! the task that reads the future, and traps ("resource not present") if that has ended meanwhile. So such futures are read
//! only by tasks that wait, which end the reads that are still in flight when they end themselves.

use crate::canon::CANCELLED;
use crate::cell::Global;
use crate::control;
use crate::error::{self, ErrorCode};
use crate::filesystem;
use crate::http;
use crate::op::Op;
use crate::sink::Domain;
use crate::sockets;
use crate::stdio;
use crate::waitable::{Owner, Waitable};
use core::ptr::null_mut;

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
    value: [u64; 5],
}

impl ResultFuture {
    pub const fn new(handle: u32, domain: Domain, owner: Owner) -> ResultFuture {
        ResultFuture { waitable: Waitable::new(handle, owner), domain, reader: null_mut(), listed: false, next: null_mut(), value: [0; 5] }
    }

    pub const NONE: ResultFuture = ResultFuture::new(0, Domain::File, Owner::None);

    /// Reads the future, or looks whether the read has finished: then the future is gone and the outcome
    /// known, `None` standing for success.
    pub fn outcome(&mut self) -> Option<Option<ErrorCode>> {
        if self.waitable.busy {
            return None;
        }
        if self.waitable.result().is_none() {
            let reader = control::reader();
            if self.has_text() && reader.is_null() {
                control::wish();
                self.enlist(reader);
                return None;
            }
            let result = self.read();
            if self.waitable.started(result).is_none() {
                if self.has_text() {
                    self.enlist(reader);
                }
                return None;
            }
        }
        self.close();
        let value = self.value();
        if unsafe { *value } == 0 {
            return Some(None);
        }
        Some(Some(match self.domain {
            Domain::File => filesystem::part_error(unsafe { value.add(4) }),
            Domain::Http => http::part_error(unsafe { value.add(8) }),
            Domain::Socket => sockets::part_error(unsafe { value.add(4) }),
            _ => error::from_cli(unsafe { *value.add(1) }),
        }))
    }

    fn read(&mut self) -> u32 {
        let (handle, value) = (self.waitable.handle, self.value());
        match self.domain {
            Domain::File => filesystem::part_future_read(handle, value),
            Domain::Http => http::part_future_read(handle, value),
            Domain::Socket => sockets::part_future_read(handle, value),
            domain => stdio::future_read(domain, handle, value),
        }
    }

    /// Whether the host may have to allocate for the result.
    fn has_text(&self) -> bool {
        matches!(self.domain, Domain::File | Domain::Http | Domain::Socket)
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
            while *link != self as *mut ResultFuture {
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
        self.unlist();
        self.waitable.leave();
        match self.domain {
            Domain::File => filesystem::part_future_drop(self.waitable.handle),
            Domain::Http => http::part_future_drop(self.waitable.handle),
            Domain::Socket => sockets::part_future_drop(self.waitable.handle),
            domain => stdio::future_drop(domain, self.waitable.handle),
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

    /// Ends the read in flight; the result may be there nevertheless.
    fn cancel_read(&mut self) {
        self.waitable.abandon();
        let handle = self.waitable.handle;
        let result = match self.domain {
            Domain::File => filesystem::part_future_cancel(handle),
            Domain::Http => http::part_future_cancel(handle),
            Domain::Socket => sockets::part_future_cancel(handle),
            domain => stdio::future_cancel(domain, handle),
        };
        if result & 15 != CANCELLED {
            self.waitable.note(result);
        }
    }
}

/// Reads what is wanted on behalf of an operation whose task waits. True when nothing is left that it reads.
#[inline(never)]
#[export_name = "part:look/step"]
pub extern "C" fn part_read_wanted(reader: *mut Op) -> bool {
    let mut idle = true;
    let mut at = *READS.get();
    while let Some(future) = unsafe { at.as_mut() } {
        at = future.next;
        if future.reader.is_null() {
            future.reader = reader;
            let result = future.read();
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
pub fn leave(reader: *mut Op) -> bool {
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
