//! The table of handles: waitables and waitable sets.

use crate::array::Array;
use crate::cell::Global;
use crate::trap;

/// An entry is the address of an object, which is aligned to 16, and its kind; or, with kind 0, the index of the
/// next free entry, shifted.
struct Table {
    entries: Array<u32>,
    free: u32,
}

static TABLE: Global<Table> = Global::new(Table { entries: Array::new(), free: 0 });

/// Kinds of waitables are the codes of their events.
pub const SUBTASK: u32 = 1;
pub const STREAM_READ: u32 = 2;
pub const STREAM_WRITE: u32 = 3;
pub const FUTURE_READ: u32 = 4;
pub const FUTURE_WRITE: u32 = 5;
pub const SET: u32 = 8;

const KIND: u32 = 15;
const MAX: u32 = 1 << 28;

pub fn insert<T>(object: *mut T, kind: u32) -> u32 {
    let table = TABLE.get();
    let entry = object as u32 | kind;
    if table.free != 0 {
        let handle = table.free;
        table.free = table.entries.get(handle) >> 4;
        table.entries.set(handle, entry);
        return handle;
    }
    if table.entries.len == 0 {
        table.entries.push(0);
    }
    let handle = table.entries.len;
    if handle >= MAX {
        trap::too_many_handles()
    }
    table.entries.push(entry);
    handle
}

/// Object and kind.
pub fn find(handle: u32) -> (u32, u32) {
    let table = TABLE.get();
    if handle >= table.entries.len {
        trap::no_handle()
    }
    let entry = table.entries.get(handle);
    (entry & !KIND, entry & KIND)
}

/// Object and kind of the first entry from `handle` on that is in use; `handle` becomes its index.
pub fn next(handle: &mut u32) -> Option<(u32, u32)> {
    while *handle < TABLE.get().entries.len {
        let (object, kind) = find(*handle);
        if kind != 0 {
            return Some((object, kind));
        }
        *handle += 1;
    }
    None
}

pub fn get<T>(handle: u32, kind: u32) -> *mut T {
    let (object, found) = find(handle);
    if found != kind {
        trap::no_handle()
    }
    object as *mut T
}

pub fn remove<T>(handle: u32, kind: u32) -> *mut T {
    let object = get(handle, kind);
    let table = TABLE.get();
    table.entries.set(handle, table.free << 4);
    table.free = handle;
    object
}
