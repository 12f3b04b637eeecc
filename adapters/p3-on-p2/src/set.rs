//! Waitable sets.

use crate::event::Waitable;
use crate::handles::{self, ALONE, FUTURE_WRITE, SET, STREAM_WRITE, TRANSIT};
use crate::pair::Pair;
use crate::trap;
use crate::wait;
use common::memory;
use core::ptr::null_mut;

pub struct Set {
    members: u32,
    /// How many tasks wait for an event of it.
    pub waiting: u32,
    /// The members that have events, in the order of the events.
    pub first: *mut Waitable,
    pub last: *mut Waitable,
}

impl Set {
    pub fn count(&mut self, joined: bool) {
        match joined {
            true => self.members += 1,
            false => self.members -= 1,
        }
    }

    pub fn has_event(&self) -> bool {
        !self.first.is_null()
    }
}

/// The next event of a set as `waitable-set-wait` answers it, or 0.
pub fn next(set: &mut Set) -> u64 {
    if !set.has_event() {
        return 0;
    }
    event(unsafe { &mut *set.first })
}

pub fn event(waitable: &mut Waitable) -> u64 {
    let (kind, handle) = (waitable.kind as u64, waitable.handle as u64);
    kind | handle << 4 | (waitable.deliver() as u64) << 32
}

pub fn get(set: u32) -> *mut Set {
    handles::get(set, SET)
}

/// R takes what is being written to ends of parts behind `part`, which cannot read before that part goes on, and to ends on their way
/// there, in values or in messages; of all writers, those whom `is` chooses. Whether there was something.
pub fn take_ahead(part: u32, is: impl Fn(&Waitable) -> bool) -> bool {
    let (mut at, mut any) = ((0, 0), false);
    while let Some((object, kind)) = handles::next(&mut at) {
        let writer = object as *mut Waitable;
        if (kind == STREAM_WRITE || kind == FUTURE_WRITE) && is(unsafe { &*writer }) {
            let pair = Pair::of(unsafe { &*writer });
            let reader = pair.reader.part;
            any |= (reader > part || part != ALONE && (reader == TRANSIT || pair.held)) && pair.take_ahead();
        }
    }
    any
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#waitable-set-new")]
extern "C" fn waitable_set_new() -> u32 {
    let set = memory::boxed(Set { members: 0, waiting: 0, first: null_mut(), last: null_mut() });
    handles::insert(handles::part(), set, SET)
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#waitable-set-drop")]
extern "C" fn waitable_set_drop(set: u32) {
    let set: *mut Set = handles::remove(set, SET);
    unsafe {
        if (*set).members | (*set).waiting > 0 {
            trap::set_in_use()
        }
    }
    memory::unbox(set);
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#waitable-join")]
extern "C" fn waitable_join(waitable: u32, set: u32) {
    let waitable = find(waitable);
    waitable.join(if set == 0 { null_mut() } else { get(set) });
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#waitable-set-wait")]
extern "C" fn waitable_set_wait(set: u32) -> u64 {
    let set = unsafe { &mut *get(set) };
    wait::be_fair();
    loop {
        let event = next(set);
        if event != 0 {
            return event;
        }
        wait::block();
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#waitable-set-poll")]
extern "C" fn waitable_set_poll(set: u32) -> u64 {
    let set = unsafe { &mut *get(set) };
    if set.has_event() {
        wait::be_fair();
    } else {
        wait::sweep();
    }
    next(set)
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#yield")]
extern "C" fn yield_() {
    wait::sweep();
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#alone")]
extern "C" fn alone(waitable: u32) {
    if !find(waitable).set.is_null() {
        trap::used_both_ways()
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#block-on")]
extern "C" fn block_on(waitable: u32) -> u64 {
    let waitable = find(waitable);
    wait::be_fair();
    while !waitable.has_event() {
        wait::block();
    }
    event(waitable)
}

pub fn find(waitable: u32) -> &'static mut Waitable {
    let (object, kind) = handles::find(waitable);
    if kind == SET {
        trap::no_handle()
    }
    unsafe { &mut *(object as *mut Waitable) }
}
