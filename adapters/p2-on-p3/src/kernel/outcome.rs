//! The result of a function of WASI 0.3 that produces or consumes a stream: a future.
//!
//! A result may hold a string, which the host writes to P's memory when the result is known.
//! Wasmtime does that on behalf of the task that reads the future, and traps ("resource not
//! present") if that task has ended meanwhile. So only waiting tasks read such futures, and a
//! waiting task that ends while no other leads cancels its reads that are still in flight.
//!
//! # Safety
//!
//! The host writes to the value while the waitable is busy, and a future that is listed is closed
//! before it is freed.

use crate::hooks::{self, Owner, StreamKind};
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

/// A `future<result<_, error-code>>`, or one with a value in the place of `_`.
pub struct ResultFuture {
    pub waitable: Waitable,
    kind: Cell<StreamKind>,
    /// The operation whose task reads the future; `None` while it is only wanted.
    reader: Cell<Option<Shared<Op>>>,
    listed: Cell<bool>,
    next: Link<ResultFuture>,
    /// The result as the host writes it, at most 40 bytes.
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
            kind: Cell::new(StreamKind::File),
            reader: Cell::new(None),
            listed: Cell::new(false),
            next: Cell::new(None),
            value: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Makes this another future. No read may be in flight.
    pub fn set(&self, handle: u32, kind: StreamKind, owner: Owner) {
        self.waitable.set(handle, owner);
        self.kind.set(kind);
        self.reader.set(None);
        self.listed.set(false);
    }

    /// Reads the future, or looks whether its read has finished. If so, drops the future and
    /// returns the outcome, in which `None` is success.
    pub fn outcome(&self) -> Option<Option<Failure>> {
        if self.waitable.busy.get() {
            return None;
        }
        let kind = self.kind.get();
        if self.waitable.result().is_none() {
            let has_finished = match kind.has_text() {
                true => hook_read(self),
                false => {
                    let result = hooks::read_plain(kind, self.waitable.handle.get(), self.value());
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
        Some(Some(match kind.has_text() {
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
        let kind = self.kind.get();
        match kind.has_text() {
            true => hook_drop(self),
            false => hooks::drop_plain(kind, self.waitable.handle.get()),
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

    /// Cancels the read in flight of a result with text; the result may have arrived nevertheless.
    fn cancel_read(&self) {
        self.waitable.abandon();
        let result = hooks::cancel_text(self.kind.get(), self.waitable.handle.get());
        if result & 15 != CANCELLED {
            self.waitable.note(result);
        }
    }

    /// Begins to read a result with text.
    fn begin(&self) -> u32 {
        hooks::read_text(self.kind.get(), self.waitable.handle.get(), self.value())
    }
}

/// Reads a result with text; true if it has arrived.
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

/// The error in a result with text.
#[inline(never)]
#[unsafe(export_name = "hook:texts/error")]
extern "C" fn hook_error(future: &ResultFuture) -> Failure {
    Failure::new(hooks::text_error(future.kind.get(), future.value()))
}

#[inline(never)]
#[unsafe(export_name = "hook:texts/drop")]
extern "C" fn hook_drop(future: &ResultFuture) {
    future.unlist();
    if future.waitable.result().is_some() && unsafe { *future.value() } != 0 {
        hook_error(future).forget();
    }
    hooks::drop_text(future.kind.get(), future.waitable.handle.get())
}

/// Reads the results that are wanted, on behalf of an operation whose task waits. True when none of
/// that task's reads is in flight.
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

/// Whether a result with text is being read, was just read, or is wanted.
pub fn any() -> bool {
    !READS.is_empty()
}

/// The task of an operation is about to end: cancels its reads, so that another task can begin them
/// again. True if one was in flight. Only inside of `control.wait`.
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
                hooks::unread(future.waitable.owner.get());
                any = true;
                // Other tasks may have run meanwhile, and changed the list.
                at = READS.first();
            }
        }
    }
    any
}
