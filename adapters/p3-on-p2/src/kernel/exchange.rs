//! Values that travel between the parts of a composition and are neither units nor numbers.
//!
//! When `put` is called or `take` returns, the Canonical ABI copies the list deeply, so R need not
//! know the type: `wrap` exports `put` and `take` once for each type.

use super::ahead;
use super::bulk;
use super::copy;
use super::pair::{self, Pair, Type};
use super::payload;
use common::abi::Ret;
use common::global::Global;
use common::memory::Block;
use core::cell::Cell;
use core::ptr::null_mut;

/// The chain of results as it was before a write's values are lowered.
static BEFORE: Global<Cell<*mut Block>> = Global::new(Cell::new(null_mut()));

/// The values of a write, with all that they point to, are lowered next.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#gather")]
extern "C" fn gather() {
    BEFORE.set(payload::gather());
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#is-carried")]
extern "C" fn is_exchanged(end: u32) -> u32 {
    pair::taking(end).exchanged.get() as u32
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#offered")]
extern "C" fn offered(end: u32) -> u32 {
    pair::writing(end).offered.get()
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#unread")]
extern "C" fn unread(end: u32) -> u32 {
    ahead::take_unread(&pair::taking(end))
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/exchange#put")]
extern "C" fn put(end: u32, ty: Type, values: *mut u8, count: u32, cookie: u64) -> u32 {
    let blocks = payload::gathered(BEFORE.get());
    copy::write_exchanged(end, ty, count, values, blocks, cookie)
}

/// Keeps a handle in R's table, or gives it out again: its index in that table stands for it.
#[unsafe(export_name = "wasi-shim:p3-on-p2/exchange#handle")]
extern "C" fn handle(handle: u32) -> u32 {
    handle
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/exchange#take")]
pub(super) extern "C" fn take(end: u32) -> Ret {
    let pair = pair::taking(end);
    let bytes = pair.taken.get().len;
    let count = bytes / pair.element.get();
    pair.payloads.give(count);
    bulk::next(&pair, count, bytes)
}

/// Frees the payloads of values that the pair no longer has.
#[inline(never)]
#[unsafe(export_name = "hook:parts/keep")]
pub extern "C" fn hook_keep(pair: &Pair) {
    pair.payloads.keep((pair.taken.get().len + pair.data.get().len) / pair.element.get());
}

/// Gives the reader the payloads of the values in `taken`.
#[inline(never)]
#[unsafe(export_name = "hook:parts/give")]
pub extern "C" fn hook_give(pair: &Pair) {
    pair.payloads.give(pair.taken.get().len / pair.element.get());
}
