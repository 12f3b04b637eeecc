//! The result of a function of WASI 0.3 that produces or consumes a stream: a future.
//!
//! A result may hold a string, which the host writes to P's memory when the result is known.
//! Wasmtime does that on behalf of the task that reads the future, and traps ("resource not
//! present") if that has ended meanwhile. So such futures are read only by tasks that wait, which
//! end the reads that are still in flight when they end themselves.
//!
//! # Safety
//!
//! The host writes to the value while the waitable is busy, and a future that is listed is closed
//! before it is freed.

use crate::hooks::{self, Domain, Owner};
use crate::kernel::canon::CANCELLED;
use crate::kernel::failure::Failure;
use crate::kernel::op::Op;
use crate::kernel::wait;
use crate::kernel::waitable::Waitable;
use common::global::Global;
use common::list::{Link, Linked, List};
use common::shared::Shared;
use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;

/// Results with strings that are being read, were just read, or are wanted while no task waits.
static READS: Global<List<ResultFuture>> = Global::new(List::new());

/// A `future<result<_, error-code>>`; of HTTP `future<result<option<trailers>, error-code>>`.
pub struct ResultFuture {
    pub waitable: Waitable,
    domain: Cell<Domain>,
    /// The operation whose task reads it; none as long as it is only wanted.
    reader: Cell<Option<Shared<Op>>>,
    listed: Cell<bool>,
    next: Link<ResultFuture>,
    /// The result as the host writes it. Of http it is 40 bytes, of filesystem and sockets 20, of
    /// cli two.
    value: UnsafeCell<MaybeUninit<[u64; 5]>>,
}

impl Linked for ResultFuture {
    fn link(&self) -> &Link<ResultFuture> {
        &self.next
    }
}

impl ResultFuture {
    pub const fn none() -> ResultFuture {
        ResultFuture {
            waitable: Waitable::none(),
            domain: Cell::new(Domain::File),
            reader: Cell::new(None),
            listed: Cell::new(false),
            next: Cell::new(None),
            value: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// From now on this is another one. It must not be read.
    pub fn set(&self, handle: u32, domain: Domain, owner: Owner) {
        self.waitable.set(handle, owner);
        self.domain.set(domain);
        self.reader.set(None);
        self.listed.set(false);
    }

    /// Reads the future, or looks whether the read has finished: then the future is gone and the
    /// outcome known, `None` standing for success.
    pub fn outcome(&self) -> Option<Option<Failure>> {
        if self.waitable.busy.get() {
            return None;
        }
        let domain = self.domain.get();
        if self.waitable.result().is_none() {
            let has_finished = match domain.has_text() {
                true => hook_read(self),
                false => {
                    let result = hooks::read_plain(domain, self.waitable.handle.get(), self.value());
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
        Some(Some(match domain.has_text() {
            true => hook_error(self),
            false => hooks::plain_error(value),
        }))
    }

    fn enlist(&self, reader: Option<Shared<Op>>) {
        self.reader.set(reader);
        if !self.listed.replace(true) {
            READS.push(self);
        }
    }

    fn unlist(&self) {
        if self.listed.replace(false) {
            READS.remove(self);
            self.reader.set(None);
        }
    }

    pub fn value(&self) -> *mut u8 {
        self.value.get() as *mut u8
    }

    /// Drops the future; no read may be in flight.
    pub fn close(&self) {
        if self.waitable.handle.get() == 0 {
            return;
        }
        self.waitable.leave();
        let domain = self.domain.get();
        match domain.has_text() {
            true => hook_drop(self),
            false => hooks::drop_plain(domain, self.waitable.handle.get()),
        }
        self.waitable.handle.set(0);
    }

    /// Drops the future although a read is in flight. Only inside of `control.wait`.
    pub fn cancel(&self) {
        if self.waitable.busy.get() {
            self.cancel_read();
        }
        self.close();
    }

    /// Ends the read in flight, of a result with text; the result may be there nevertheless.
    fn cancel_read(&self) {
        self.waitable.abandon();
        let result = hooks::cancel_text(self.domain.get(), self.waitable.handle.get());
        if result & 15 != CANCELLED {
            self.waitable.note(result);
        }
    }

    /// Begins to read a result with text.
    fn begin(&self) -> u32 {
        hooks::read_text(self.domain.get(), self.waitable.handle.get(), self.value())
    }
}

/// Reads a result with text; true if it is there.
#[inline(never)]
#[unsafe(export_name = "hook:texts/read")]
extern "C" fn hook_read(future: &ResultFuture) -> bool {
    let reader = wait::reader();
    if reader.is_none() {
        wait::wish();
        future.enlist(None);
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
#[unsafe(export_name = "hook:texts/error")]
extern "C" fn hook_error(future: &ResultFuture) -> Failure {
    Failure::new(hooks::text_error(future.domain.get(), future.value()))
}

#[inline(never)]
#[unsafe(export_name = "hook:texts/drop")]
extern "C" fn hook_drop(future: &ResultFuture) {
    future.unlist();
    hooks::drop_text(future.domain.get(), future.waitable.handle.get())
}

/// Reads what is wanted on behalf of an operation whose task waits. True when nothing is left that
/// it reads.
#[inline(never)]
#[unsafe(export_name = "hook:look/step")]
pub extern "C" fn hook_read_wanted(reader: &Op) -> bool {
    let reader = Some(Shared::of(reader));
    let mut idle = true;
    let mut at = READS.first();
    while let Some(future) = at {
        at = future.next.get();
        if future.reader.get().is_none() {
            future.reader.set(reader);
            let result = future.begin();
            future.waitable.note(result);
        }
        idle &= future.reader.get() != reader || !future.waitable.busy.get();
    }
    idle
}

/// Whether something is being read or wanted.
pub fn any() -> bool {
    !READS.is_empty()
}

/// The task of an operation is about to end: what it reads has to be read by another one. True if
/// there was something. Only inside of `control.wait`.
#[inline(never)]
#[unsafe(export_name = "hook:texts/leave")]
pub extern "C" fn hook_leave(reader: Shared<Op>) -> bool {
    let mut any = false;
    let mut at = READS.first();
    while let Some(future) = at {
        at = future.next.get();
        if future.reader.get() == Some(reader) {
            future.unlist();
            if future.waitable.busy.get() {
                future.cancel_read();
                any = true;
                // Others may have run meanwhile.
                at = READS.first();
            }
        }
    }
    any
}
