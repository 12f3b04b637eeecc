//! Streams and futures: two ends and what is between them.
//!
//! Either end may be the guest's or the host's. What the guest does follows the Canonical ABI's
//! `SharedStreamImpl` and `SharedFutureImpl`; a waiter or a directory takes the place of the other
//! end when that is the host's.
//!
//! # Safety
//!
//! The ends of a pair are its first two fields, and no other `End` exists, so the address of an end
//! gives the pair. A pair is freed when nobody has an end of it, and it has no waiter
//! ([`Pair::reap`]).

use super::outcome::Value;
use super::payload::Payloads;
use super::poll::Waiter;
use super::table::{self, Kind};
use super::waitable::Waitable;
use super::{copy, exchange};
use crate::hooks;
use crate::trap;
use common::memory::{Buffer, BufferCell};
use common::shared::Shared;
use core::cell::Cell;
use core::ops::Deref;
use core::ptr::copy_nonoverlapping;

/// States of an end.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub enum CopyState {
    Idle,
    Copying,
    Done,
}

/// Results of copies.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub enum CopyResult {
    Completed,
    Dropped,
    Cancelled,
}

/// Element sizes: payload unit, and payloads that are neither unit nor a number.
pub const UNIT: u32 = 0;
pub const OTHER: u32 = u32::MAX;
/// A flag in the size of an element that is neither unit nor a number: it may travel between parts.
const EXCHANGED: u32 = 1 << 31;

/// A type of streams or futures: the number that `wrap` has given to the payload, and whether it is
/// a future.
#[derive(Clone, Copy, PartialEq)]
#[repr(transparent)]
pub struct Type(u32);

const FUTURE: u32 = 1 << 31;

impl Type {
    /// `stream<u8>`
    pub const BYTES: Type = Type(1);

    /// A stream or a future whose payload R makes, as `Typed` of `wrap` counts them.
    pub const fn of_stream(number: u32) -> Type {
        Type(number)
    }

    pub const fn of_future(number: u32) -> Type {
        Type(number | FUTURE)
    }

    pub fn is_future(self) -> bool {
        self.0 & FUTURE != 0
    }

    /// The kinds of its readable and its writable ends.
    pub fn kinds(self) -> (Kind, Kind) {
        match self.is_future() {
            false => (Kind::StreamRead, Kind::StreamWrite),
            true => (Kind::FutureRead, Kind::FutureWrite),
        }
    }
}

/// The end that has an operation pending.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub enum Pending {
    None,
    Read,
    Write,
}

/// One end of a stream or future.
#[repr(C)]
pub struct End {
    waitable: Waitable,
    /// Elements copied by the pending operation.
    pub count: Cell<u32>,
    pub state: Cell<CopyState>,
    /// The result that the event reports.
    result: Cell<CopyResult>,
}

impl Deref for End {
    type Target = Waitable;

    fn deref(&self) -> &Waitable {
        &self.waitable
    }
}

impl End {
    pub fn waitable(this: Shared<End>) -> Shared<Waitable> {
        unsafe { this.cast() }
    }

    /// Sets the event, or replaces it if it was not delivered yet.
    pub fn notify(this: Shared<End>, result: CopyResult) {
        this.result.set(result);
        Waitable::notify(End::waitable(this));
    }

    pub fn deliver(this: Shared<End>) -> u32 {
        Waitable::deliver(End::waitable(this))
    }
}

#[repr(C)]
pub struct Pair {
    pub reader: End,
    pub writer: End,
    pub ty: Cell<Type>,
    /// One of the ends is gone.
    pub dropped: Cell<bool>,
    pub pending: Cell<Pending>,
    /// Of a future, if R has its value.
    pub value: Cell<Value>,
    /// The host will resolve this future.
    pub promised: Cell<bool>,
    /// R has the readable end.
    pub held: Cell<bool>,
    /// Its values are neither units nor numbers, and travel between parts.
    pub exchanged: Cell<bool>,
    /// A pending read has got values that are to be fetched.
    pub is_filling: Cell<bool>,
    /// Size of an element.
    pub element: Cell<u32>,
    /// Elements of the pending operation.
    pub len: Cell<u32>,
    /// Of a linked guest: the element of the table that reads to its memory, see
    /// `io::hook_read_in_place`.
    pub by: Cell<u32>,
    /// Values that were not copied yet: first those that R took ahead, then those of a pending
    /// write.
    pub data: Cell<Buffer>,
    /// How many values R took ahead: their writer was told that they are read (see
    /// [`ahead`](super::ahead)).
    pub ahead: Cell<u32>,
    /// The host's text for the error that a future resolves to, if errors of its type have one.
    pub text: Cell<Buffer>,
    /// Values that were read and that the guest takes next.
    pub taken: Cell<Buffer>,
    /// Of exchanged values: what those in `taken` and `data` point to, and how many the last write
    /// had.
    pub payloads: Payloads,
    pub offered: Cell<u32>,
    /// The waiters behind an end that the host or R has: `source` is stepped for a read, `sink` for
    /// a write or a value.
    pub source: Cell<Option<Shared<Waiter>>>,
    pub sink: Cell<Option<Shared<Waiter>>>,
    pub directory: Cell<Option<Shared<hooks::Directory>>>,
    pub outcome: Cell<Option<Shared<hooks::Outcome>>>,
}

impl Pair {
    pub fn new(ty: Type, element: u32) -> Shared<Pair> {
        let (read, write) = ty.kinds();
        let exchanged = element != OTHER && element & EXCHANGED != 0;
        // Zeros: no handles, no values, no waiters, and both ends are idle.
        let pair = unsafe { Shared::<Pair>::zeroed() };
        pair.reader.kind.set(read);
        pair.writer.kind.set(write);
        pair.ty.set(ty);
        pair.exchanged.set(exchanged);
        pair.element.set(if exchanged { element & !EXCHANGED } else { element });
        pair
    }

    pub fn reader(this: Shared<Pair>) -> Shared<End> {
        unsafe { this.cast() }
    }

    pub fn writer(this: Shared<Pair>) -> Shared<End> {
        unsafe { Pair::reader(this).successor() }
    }

    /// The pair that an end belongs to.
    pub fn of(end: Shared<End>) -> Shared<Pair> {
        unsafe {
            match end.kind.get().is_readable() {
                true => end.cast(),
                false => end.predecessor().cast(),
            }
        }
    }

    /// Gives the readable end to the guest, to the part that R works for.
    pub fn give_reader(this: Shared<Pair>) -> u32 {
        this.held.set(false);
        Waitable::give(End::waitable(Pair::reader(this)), table::part())
    }

    /// How many bytes of the pending or just finished read are in the reader's buffer already.
    fn filled(&self) -> u32 {
        match self.ty.get().is_future() {
            true => 0,
            false => self.reader.count.get() * self.element.get() - self.taken.get().len,
        }
    }

    /// For the trampoline that fetches the values of a read: the read's cookie, whose low half is
    /// the address of the next value; 0 if there is nothing to fetch.
    pub fn reading(&self) -> u64 {
        let cookie = self.reader.cookie.get();
        match self.element.get() {
            UNIT => 0,
            OTHER => cookie,
            _ if self.taken.get().len == 0 => 0,
            _ => cookie + self.filled() as u64,
        }
    }

    pub fn reset_pending(&self) {
        self.pending.set(Pending::None);
        match self.ahead.get() {
            0 => self.data.release(),
            ahead => self.data.set(Buffer { len: ahead * self.element.get(), ..self.data.get() }),
        }
    }

    /// Ends the pending operation.
    pub fn complete(this: Shared<Pair>, result: CopyResult) {
        let pending = this.pending.get();
        this.reset_pending();
        match pending {
            Pending::None => {}
            Pending::Read => End::notify(Pair::reader(this), result),
            Pending::Write => End::notify(Pair::writer(this), result),
        }
    }

    /// One end is gone: ends the operation that is pending at the other end.
    pub fn drop_end(this: Shared<Pair>) {
        if !this.dropped.replace(true) {
            Pair::complete(this, CopyResult::Dropped);
            this.forget_payloads();
        }
    }

    /// Traps if the values cannot pass from end to end. Called when an end reads or writes while
    /// the other has an operation pending, or has written ahead.
    pub fn may_copy(&self) {
        if self.element.get() == OTHER || self.exchanged.get() && self.reader.part == self.writer.part {
            trap::same_component()
        }
    }

    /// Frees the payloads that no value points to any more.
    pub fn forget_payloads(&self) {
        if self.exchanged.get() {
            exchange::hook_keep(self);
        }
    }

    /// Forgets values that were read and that nobody took.
    pub fn forget_taken(&self) {
        if self.exchanged.get() {
            exchange::hook_give(self);
        }
        self.taken.release();
    }

    /// Moves the first `count` values of a writer to a reader.
    pub fn move_values(&self, from: &Cell<Buffer>, count: u32) {
        if self.element.get() != UNIT {
            let mut left = from.get();
            let values = left.take(count * self.element.get());
            from.set(left);
            // A pending read may get the values of several writes.
            append(&self.taken, values);
        }
    }

    /// Forgets the pair when nobody has an end of it.
    pub fn reap(this: Shared<Pair>) {
        if this.reader.handle.get() | this.writer.handle.get() == 0
            && this.source.get().is_none()
            && this.sink.get().is_none()
            && !this.promised.get()
            && !this.held.get()
        {
            if this.is_filling.get() {
                copy::fills_no_more(this);
            }
            this.data.release();
            this.taken.release();
            this.text.release();
            this.forget_payloads();
            if let Some(outcome) = this.outcome.get() {
                hooks::hook_forget(outcome);
            }
            unsafe { this.free() }
        }
    }
}

/// Appends bytes to a buffer.
pub fn append(to: &Cell<Buffer>, mut bytes: Buffer) {
    let mut all = to.get();
    if all.len == 0 {
        to.release();
        return to.set(bytes);
    }
    let len = all.len + bytes.len;
    unsafe {
        if all.off + len > all.size {
            let new = Buffer { len: all.len, ..Buffer::new(len * 2) };
            copy_nonoverlapping(all.start(), new.at, all.len as usize);
            to.release();
            all = new;
        }
        copy_nonoverlapping(bytes.start(), all.start().add(all.len as usize), bytes.len as usize);
    }
    all.len = len;
    to.set(all);
    bytes.release();
}

/// Updates an end whose event is delivered; returns the payload.
pub fn delivered(end: Shared<End>) -> u32 {
    let (pair, result) = (Pair::of(end), end.result.get());
    let own = if end.kind.get().is_readable() { Pending::Read } else { Pending::Write };
    if pair.pending.get() == own {
        pair.reset_pending();
    }
    if pair.ty.get().is_future() {
        end.state.set(if result == CopyResult::Cancelled { CopyState::Idle } else { CopyState::Done });
        return result as u32;
    }
    end.state.set(if result == CopyResult::Dropped { CopyState::Done } else { CopyState::Idle });
    result as u32 | end.count.get() << 4
}

/// The end of kind `stream`, or of its counterpart for futures; traps if its type is not `ty`.
pub fn typed_end(handle: u32, stream: Kind, ty: Type) -> Shared<End> {
    let end = table::end(handle, stream);
    if Pair::of(end).ty.get() != ty {
        trap::wrong_type()
    }
    end
}

/// The pair whose readable end the guest has, to take what it read.
pub fn taking(handle: u32) -> Shared<Pair> {
    Pair::of(table::end(handle, Kind::StreamRead))
}

/// The pair whose writable end the guest has.
pub fn writing(handle: u32) -> Shared<Pair> {
    Pair::of(table::end(handle, Kind::StreamWrite))
}

/// Makes a pair, both of whose ends go to the part that R works for.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#new")]
pub(super) extern "C" fn new(ty: Type, element: u32) -> u64 {
    let pair = Pair::new(ty, element);
    let readable = Pair::give_reader(pair);
    let writable = Waitable::give(End::waitable(Pair::writer(pair)), table::part());
    readable as u64 | (writable as u64) << 32
}
