//! Waitable sets.

use crate::event::Waitable;
use crate::handles::{self, FUTURE_WRITE, SET, STREAM_WRITE};
use crate::memory;
use crate::pair::Pair;
use crate::trap;
use crate::wait;
use core::ptr::null_mut;

pub struct Set {
    pub members: u32,
    /// The members that have events, in the order of the events.
    pub first: *mut Waitable,
    pub last: *mut Waitable,
}

/// The next event of a set as `waitable-set-wait` answers it, or 0.
pub fn next(set: &mut Set) -> u64 {
    if set.first.is_null() {
        return 0;
    }
    event(unsafe { &mut *set.first })
}

pub fn event(waitable: &mut Waitable) -> u64 {
    let (kind, handle) = (waitable.kind as u64, waitable.handle as u64);
    kind | handle << 4 | (waitable.deliver() as u64) << 32
}

pub fn get(set: u32) -> &'static mut Set {
    unsafe { &mut *handles::get(set, SET) }
}

pub fn has_event(set: u32) -> bool {
    !get(set).first.is_null()
}

/// The next event of a set that a task waits for.
pub fn poll(set: u32) -> u64 {
    next(get(set))
}

/// R takes what is being written by those whom `is` chooses, before they wait for a reader. Whether there was something.
pub fn take_ahead(is: impl Fn(&Waitable) -> bool) -> bool {
    let (mut handle, mut any) = (1, false);
    while let Some((object, kind)) = handles::next(&mut handle) {
        handle += 1;
        let writer = object as *mut Waitable;
        if (kind == STREAM_WRITE || kind == FUTURE_WRITE) && is(unsafe { &*writer }) {
            any |= Pair::of(unsafe { &*writer }).take_ahead();
        }
    }
    any
}

#[export_name = "wasi-shim:p3-on-p2/control#waitable-set-new"]
extern "C" fn waitable_set_new() -> u32 {
    handles::insert(memory::boxed(Set { members: 0, first: null_mut(), last: null_mut() }), SET)
}

#[export_name = "wasi-shim:p3-on-p2/control#waitable-set-drop"]
extern "C" fn waitable_set_drop(set: u32) {
    let set: *mut Set = handles::remove(set, SET);
    if unsafe { (*set).members } > 0 {
        trap::set_in_use()
    }
    memory::unbox(set);
}

#[export_name = "wasi-shim:p3-on-p2/control#waitable-join"]
extern "C" fn waitable_join(waitable: u32, set: u32) {
    let waitable = find(waitable);
    waitable.join(if set == 0 { null_mut() } else { get(set) });
}

#[export_name = "wasi-shim:p3-on-p2/control#waitable-set-wait"]
extern "C" fn waitable_set_wait(set: u32) -> u64 {
    let set = get(set);
    wait::be_fair();
    loop {
        let event = next(set);
        if event != 0 {
            return event;
        }
        wait::block();
    }
}

#[export_name = "wasi-shim:p3-on-p2/control#waitable-set-poll"]
extern "C" fn waitable_set_poll(set: u32) -> u64 {
    let set = get(set);
    if set.first.is_null() {
        wait::sweep();
    } else {
        wait::be_fair();
    }
    next(set)
}

#[export_name = "wasi-shim:p3-on-p2/control#yield"]
extern "C" fn yield_() {
    wait::sweep();
}

#[export_name = "wasi-shim:p3-on-p2/control#alone"]
extern "C" fn alone(waitable: u32) {
    if !find(waitable).set.is_null() {
        trap::used_both_ways()
    }
}

#[export_name = "wasi-shim:p3-on-p2/control#block-on"]
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
    if kind == 0 || kind == SET {
        trap::no_handle()
    }
    unsafe { &mut *(object as *mut Waitable) }
}

#[export_name = "wasi-shim:p3-on-p2/control#cookie"]
extern "C" fn cookie(waitable: u32) -> u64 {
    find(waitable).cookie
}
