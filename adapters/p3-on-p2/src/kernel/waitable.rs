//! Waitables and their events.
//!
//! # Safety
//!
//! A waitable of kind `Subtask` is first in a [`Subtask`], one of another kind first in an [`End`].

use super::pair::{self, End};
use super::set::Set;
use super::subtask;
use super::table::{self, Kind};
use common::shared::Shared;
use core::cell::Cell;

/// The first field of subtasks and of ends of streams and futures. They are in a block of the
/// allocator or behind one of their own kind, so the address of a waitable is a multiple of 16 (see
/// [`table`]).
#[repr(C, align(16))]
pub struct Waitable {
    /// 0 if the host has this end, or nobody.
    pub handle: Cell<u32>,
    /// The part whose handle that is.
    pub part: Cell<u32>,
    pub kind: Cell<Kind>,
    /// There is an event that was not delivered yet.
    has_event: Cell<bool>,
    pub set: Cell<Option<Shared<Set>>>,
    /// Neighbours among the set's waitables that have events.
    previous: Cell<Option<Shared<Waitable>>>,
    next: Cell<Option<Shared<Waitable>>>,
    pub cookie: Cell<u64>,
}

impl Waitable {
    pub const fn new(kind: Kind, cookie: u64) -> Waitable {
        Waitable {
            handle: Cell::new(0),
            part: Cell::new(0),
            kind: Cell::new(kind),
            has_event: Cell::new(false),
            set: Cell::new(None),
            previous: Cell::new(None),
            next: Cell::new(None),
            cookie: Cell::new(cookie),
        }
    }

    /// Gives the waitable to `part`; its handle there.
    pub fn give(this: Shared<Waitable>, part: u32) -> u32 {
        this.part.set(part);
        let handle = table::insert(part, this);
        this.handle.set(handle);
        handle
    }

    pub fn has_event(&self) -> bool {
        self.has_event.get()
    }

    /// Sets the event, if none is set.
    pub fn notify(this: Shared<Waitable>) {
        if !this.has_event.replace(true) {
            Waitable::enqueue(this);
        }
    }

    fn enqueue(this: Shared<Waitable>) {
        let Some(set) = this.set.get().filter(|_| this.has_event()) else { return };
        let last = set.last.replace(Some(this));
        this.next.set(None);
        this.previous.set(last);
        match last {
            None => set.first.set(Some(this)),
            Some(last) => last.next.set(Some(this)),
        }
    }

    fn dequeue(&self) {
        let Some(set) = self.set.get().filter(|_| self.has_event()) else { return };
        let (previous, next) = (self.previous.get(), self.next.get());
        match previous {
            None => set.first.set(next),
            Some(previous) => previous.next.set(next),
        }
        match next {
            None => set.last.set(previous),
            Some(next) => next.previous.set(previous),
        }
    }

    /// Takes the event and gives its payload.
    pub fn deliver(this: Shared<Waitable>) -> u32 {
        this.dequeue();
        this.has_event.set(false);
        match this.kind.get() {
            Kind::Subtask => subtask::delivered(unsafe { this.cast() }),
            _ => pair::delivered(unsafe { this.cast::<End>() }),
        }
    }

    /// Moves the waitable to another set, or to none.
    pub fn join(this: Shared<Waitable>, set: Option<Shared<Set>>) {
        this.dequeue();
        if let Some(set) = this.set.get() {
            set.members.update(|members| members - 1);
        }
        if let Some(set) = set {
            set.members.update(|members| members + 1);
        }
        this.set.set(set);
        Waitable::enqueue(this);
    }
}
