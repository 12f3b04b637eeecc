//! Tables of handles: waitables and waitable sets. Each part of a composition has one, so no part reaches what another one has.

use crate::trap;
use common::array::Array;
use common::cell::Global;
use common::memory;

/// An entry is the address of an object, which is aligned to 16, and its kind; or, with kind 0, the index of the
/// next free entry, shifted.
struct Table {
    entries: Array<u32>,
    free: u32,
}

impl Table {
    const EMPTY: Table = Table { entries: Array::new(), free: 0 };
}

struct Tables {
    first: Table,
    /// Those of parts, by number; null for those that had no handles yet. 0 is the first one, and not here.
    others: Array<*mut Table>,
    /// The part that R works for: the one that called it last. It is 0 if there is only one.
    part: u32,
}

static TABLES: Global<Tables> = Global::new(Tables { first: Table::EMPTY, others: Array::new(), part: ALONE });

/// The part of a guest that is no composition.
pub const ALONE: u32 = 0;

/// Whose table has the ends that are on their way in values.
pub const TRANSIT: u32 = 0;

/// Kinds of waitables are the codes of their events.
pub const SUBTASK: u32 = 1;
pub const STREAM_READ: u32 = 2;
pub const STREAM_WRITE: u32 = 3;
pub const FUTURE_READ: u32 = 4;
pub const FUTURE_WRITE: u32 = 5;
pub const SET: u32 = 8;

const KIND: u32 = 15;
const MAX: u32 = 1 << 28;

/// The part that R works for.
pub fn part() -> u32 {
    TABLES.get().part
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#as-part")]
extern "C" fn as_part(part: u32) {
    TABLES.get().part = part;
}

fn table(part: u32) -> &'static mut Table {
    match part {
        0 => &mut TABLES.get().first,
        _ => unsafe { &mut *part_table(part) },
    }
}

#[inline(never)]
#[unsafe(export_name = "part:parts/table")]
extern "C" fn part_table(part: u32) -> *mut Table {
    let others = &mut TABLES.get().others;
    others.cover(part);
    if others.get(part).is_null() {
        others.set(part, memory::boxed(Table::EMPTY));
    }
    others.get(part)
}

/// A new entry in the table of `part`.
pub fn insert<T>(part: u32, object: *mut T, kind: u32) -> u32 {
    put(part, object as u32 | kind)
}

#[inline(never)]
fn put(part: u32, entry: u32) -> u32 {
    let table = table(part);
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

/// Object and kind, in the table of the part that R works for.
pub fn find(handle: u32) -> (u32, u32) {
    let (object, kind) = entry(table(part()), handle);
    if kind == 0 {
        trap::no_handle()
    }
    (object, kind)
}

fn entry(table: &Table, handle: u32) -> (u32, u32) {
    if handle >= table.entries.len {
        trap::no_handle()
    }
    let entry = table.entries.get(handle);
    (entry & !KIND, entry & KIND)
}

/// Object and kind of the first entry behind entry `at`, in any table, that is in use; `at` becomes its place.
pub fn next(at: &mut (u32, u32)) -> Option<(u32, u32)> {
    while at.0 < TABLES.get().others.len.max(1) {
        let table = table(at.0);
        while at.1 + 1 < table.entries.len {
            at.1 += 1;
            let (object, kind) = entry(table, at.1);
            if kind != 0 {
                return Some((object, kind));
            }
        }
        *at = (at.0 + 1, 0);
    }
    None
}

pub fn get<T>(handle: u32, kind: u32) -> *mut T {
    get_from(part(), handle, kind)
}

/// The same in the table of `part`.
pub fn get_from<T>(part: u32, handle: u32, kind: u32) -> *mut T {
    object(part, handle, kind) as *mut T
}

#[inline(never)]
fn object(part: u32, handle: u32, kind: u32) -> u32 {
    let (object, found) = entry(table(part), handle);
    if found != kind {
        trap::no_handle()
    }
    object
}

pub fn remove<T>(handle: u32, kind: u32) -> *mut T {
    remove_from(part(), handle, kind)
}

/// Takes the entry out of the table of `part`.
pub fn remove_from<T>(part: u32, handle: u32, kind: u32) -> *mut T {
    take(part, handle, kind) as *mut T
}

#[inline(never)]
fn take(part: u32, handle: u32, kind: u32) -> u32 {
    let object = object(part, handle, kind);
    let table = table(part);
    table.entries.set(handle, table.free << 4);
    table.free = handle;
    object
}
