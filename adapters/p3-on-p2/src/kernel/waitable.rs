//! Waitables and their events.

use crate::kernel::pair::{self, Pair};
use crate::kernel::set::Set;
use crate::kernel::subtask;
use crate::kernel::table::{self, SUBTASK};
use core::ptr::null_mut;

/// What subtasks and ends of streams and futures have in common. It is first in a block of the allocator or behind
/// another one, so its address is a multiple of 16 (see [`crate::kernel::table`]).
#[repr(C, align(16))]
pub struct Waitable {
    /// 0 if the host has this end, or nobody.
    pub handle: u32,
    /// The part whose handle that is.
    pub part: u32,
    pub kind: u8,
    pub state: u8,
    /// 0, or one more than the result that is to be delivered.
    event: u8,
    /// Elements copied by the pending operation.
    pub count: u32,
    pub set: *mut Set,
    /// Neighbours among those of the set that have events.
    previous: *mut Waitable,
    next: *mut Waitable,
    pub cookie: u64,
}

impl Waitable {
    pub const fn new(kind: u32, state: u8) -> Waitable {
        Waitable {
            handle: 0,
            part: 0,
            kind: kind as u8,
            state,
            event: 0,
            count: 0,
            set: null_mut(),
            previous: null_mut(),
            next: null_mut(),
            cookie: 0,
        }
    }

    /// Gives the waitable to `part`; its handle there.
    pub fn give(&mut self, part: u32) -> u32 {
        self.part = part;
        self.handle = table::insert(part, self, self.kind as u32);
        self.handle
    }

    pub fn has_event(&self) -> bool {
        self.event != 0
    }

    /// Sets the event, or replaces it if it was not delivered yet.
    pub fn notify(&mut self, result: u8) {
        let queued = self.event != 0;
        self.event = result + 1;
        if !queued {
            self.enqueue();
        }
    }

    fn enqueue(&mut self) {
        if self.set.is_null() || self.event == 0 {
            return;
        }
        let set = unsafe { &mut *self.set };
        self.next = null_mut();
        self.previous = set.last;
        if set.last.is_null() {
            set.first = self;
        } else {
            unsafe { (*set.last).next = self };
        }
        set.last = self;
    }

    fn dequeue(&mut self) {
        if self.set.is_null() || self.event == 0 {
            return;
        }
        let set = unsafe { &mut *self.set };
        if self.previous.is_null() {
            set.first = self.next;
        } else {
            unsafe { (*self.previous).next = self.next };
        }
        if self.next.is_null() {
            set.last = self.previous;
        } else {
            unsafe { (*self.next).previous = self.previous };
        }
    }

    /// Takes the event and gives its payload.
    pub fn deliver(&mut self) -> u32 {
        self.dequeue();
        let result = self.event - 1;
        self.event = 0;
        if self.kind as u32 == SUBTASK {
            return subtask::delivered(self);
        }
        pair::delivered(Pair::of(self), self, result)
    }

    /// Into another set, or into none.
    pub fn join(&mut self, set: *mut Set) {
        self.dequeue();
        unsafe {
            if !self.set.is_null() {
                (*self.set).count(false);
            }
            self.set = set;
            if !set.is_null() {
                (*set).count(true);
            }
        }
        self.enqueue();
    }
}
