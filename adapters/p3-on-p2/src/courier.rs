//! Values that travel between the parts of a composition and are neither units nor numbers.
//!
//! Whoever calls a function with a list of them copies them deeply, so R need not know what they are: `wrap` exports the two
//! functions here once for each type.

use crate::bulk;
use crate::pair::{self, Type};
use crate::parcel;
use common::abi::Ret;
use common::cell::Global;
use common::memory::Block;
use core::ptr::null_mut;

/// What was lowered before a write's values are.
static OTHER: Global<*mut Block> = Global::new(null_mut());

/// What is lowered next are the values of a write, with all that they point to.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#gather")]
extern "C" fn gather() {
    parcel::gather(OTHER.get());
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#is-carried")]
extern "C" fn is_carried(end: u32) -> u32 {
    pair::taking(end).carried as u32
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#offered")]
extern "C" fn offered(end: u32) -> u32 {
    pair::writing(end).offered
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#unread")]
extern "C" fn unread(end: u32) -> u32 {
    pair::taking(end).surrender()
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/courier#put")]
extern "C" fn put(end: u32, ty: Type, values: *mut u8, count: u32, cookie: u64) -> u32 {
    let mut blocks = parcel::gathered(*OTHER.get());
    pair::write_carried(end, ty, count, values, &mut blocks, cookie)
}

/// A handle is kept in R's table, or given out again: the index there stands for it.
#[unsafe(export_name = "wasi-shim:p3-on-p2/courier#handle")]
extern "C" fn handle(handle: u32) -> u32 {
    handle
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/courier#take")]
extern "C" fn take(end: u32) -> Ret {
    let pair = pair::taking(end);
    let bytes = pair.taken.len;
    let count = bytes / pair.element;
    pair.parcels.give(count);
    bulk::next(pair, count, bytes)
}
