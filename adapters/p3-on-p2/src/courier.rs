//! Values that travel between the parts of a composition and are neither units nor numbers.
//!
//! Whoever calls a function with a list of them copies them deeply, so R need not know what they are: `wrap` exports the two
//! functions here once for each type. What is read from and written to such a stream or future is told apart by part, because
//! the Canonical ABI lets only units and numbers pass within one.

use crate::abi::Ret;
use crate::bulk;
use crate::cell::Global;
use crate::memory::Block;
use crate::pair;
use crate::parcel;
use core::ptr::null_mut;

struct Caller {
    /// The part that reads or writes next; 0 if that is told by nobody.
    part: u32,
    /// What was lowered before.
    other: *mut Block,
}

static CALLER: Global<Caller> = Global::new(Caller { part: 0, other: null_mut() });

/// The part that reads or writes, and what it has lowered.
pub fn caller() -> (u32, *mut Block) {
    let caller = CALLER.get();
    let part = caller.part;
    if part == 0 {
        return (0, null_mut());
    }
    caller.part = 0;
    (part, parcel::gathered(caller.other))
}

#[export_name = "wasi-shim:p3-on-p2/control#as-part"]
extern "C" fn as_part(part: u32) {
    let caller = CALLER.get();
    caller.part = part;
    parcel::gather(&mut caller.other);
}

#[export_name = "wasi-shim:p3-on-p2/control#is-carried"]
extern "C" fn is_carried(end: u32) -> u32 {
    pair::taking(end).carried as u32
}

#[export_name = "wasi-shim:p3-on-p2/control#offered"]
extern "C" fn offered(end: u32) -> u32 {
    pair::writing(end).offered
}

#[export_name = "wasi-shim:p3-on-p2/control#unread"]
extern "C" fn unread(end: u32) -> u32 {
    pair::taking(end).surrender()
}

#[export_name = "wasi-shim:p3-on-p2/courier#put"]
extern "C" fn put(end: u32, values: *mut u8, count: u32, cookie: u64) -> u32 {
    let (part, mut blocks) = caller();
    pair::write_carried(end, count, part, values, &mut blocks, cookie)
}

/// A handle is kept in R's table, or given out again: the index there stands for it.
#[export_name = "wasi-shim:p3-on-p2/courier#handle"]
extern "C" fn handle(handle: u32) -> u32 {
    handle
}

#[export_name = "wasi-shim:p3-on-p2/courier#take"]
extern "C" fn take(end: u32) -> Ret {
    let pair = pair::taking(end);
    let bytes = pair.taken.len;
    let count = bytes / pair.element;
    pair.parcels.give(count);
    bulk::next(pair, count, bytes)
}
