//! Tables of handles: waitables and waitable sets. Each part of a composition has one, so no part
//! reaches handles of another.
//!
//! # Safety
//!
//! Entries are made by [`insert`] and [`insert_set`] alone, with the kind of the object. The kind
//! says of which type the object is: the only casts here are to that type.

use super::pair::End;
use super::set::Set;
use super::subtask::Subtask;
use super::waitable::Waitable;
use crate::trap;
use common::array::Array;
use common::global::Global;
use common::shared::Shared;
use core::cell::Cell;

/// The kind of the object that a handle refers to. The kinds of waitables are the codes of their
/// events.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
#[allow(dead_code)]
pub enum Kind {
    /// Nothing: the entry is free.
    Free,
    Subtask,
    StreamRead,
    StreamWrite,
    FutureRead,
    FutureWrite,
    Set = 8,
}

impl Kind {
    pub fn is_readable(self) -> bool {
        matches!(self, Kind::StreamRead | Kind::FutureRead)
    }

    pub fn is_writable(self) -> bool {
        matches!(self, Kind::StreamWrite | Kind::FutureWrite)
    }
}

/// An object that has a handle: a [`Waitable`] or a [`Set`].
type Object = Shared<()>;

/// An entry is the number of an object, which is a multiple of 16, and its kind; or, of kind 0, the
/// index of the next free entry, shifted.
struct Table {
    entries: Array<u32>,
    free: Cell<u32>,
}

impl Table {
    const fn new() -> Table {
        Table { entries: Array::new(), free: Cell::new(0) }
    }
}

struct Tables {
    first: Table,
    /// The tables of parts, by number; `None` while a part has had no handles. Table 0 is `first`.
    others: Array<Option<&'static Table>>,
    /// The part that R works for: the one that called it last. It is 0 if there is only one.
    part: Cell<u32>,
}

static TABLES: Global<Tables> =
    Global::new(Tables { first: Table::new(), others: Array::new(), part: Cell::new(ALONE) });

/// The part of a guest that is no composition.
pub const ALONE: u32 = 0;

/// The number of the table for ends that are on their way in values.
pub const TRANSIT: u32 = 0;

const KIND: u32 = 15;
const MAX: u32 = 1 << 28;

/// The part that R works for.
pub fn part() -> u32 {
    TABLES.part.get()
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#as-part")]
pub(super) extern "C" fn as_part(part: u32) {
    TABLES.part.set(part);
}

fn table(part: u32) -> &'static Table {
    match part {
        0 => &TABLES.first,
        _ => hook_table(part),
    }
}

#[inline(never)]
#[unsafe(export_name = "hook:parts/table")]
extern "C" fn hook_table(part: u32) -> &'static Table {
    let others = &TABLES.others;
    others.cover(part);
    others.get(part).unwrap_or_else(|| {
        let table = Shared::new(Table::new()).leak();
        others.set(part, Some(table));
        table
    })
}

/// A new entry in the table of `part`.
pub fn insert(part: u32, waitable: Shared<Waitable>) -> u32 {
    put(part, waitable.addr() | waitable.kind.get() as u32)
}

pub fn insert_set(part: u32, set: Shared<Set>) -> u32 {
    put(part, set.addr() | Kind::Set as u32)
}

#[inline(never)]
fn put(part: u32, entry: u32) -> u32 {
    let table = table(part);
    let handle = table.free.get();
    if handle != 0 {
        table.free.set(table.entries.get(handle) >> 4);
        table.entries.set(handle, entry);
        return handle;
    }
    if table.entries.is_empty() {
        table.entries.push(0);
    }
    let handle = table.entries.len();
    if handle >= MAX {
        trap::too_many_handles()
    }
    table.entries.push(entry);
    handle
}

fn entry(table: &Table, handle: u32) -> (u32, Kind) {
    if handle >= table.entries.len() {
        trap::no_handle()
    }
    let entry = table.entries.get(handle);
    (entry & !KIND, unsafe { core::mem::transmute::<u8, Kind>((entry & KIND) as u8) })
}

/// A waitable of the part that R works for.
pub fn waitable(handle: u32) -> Shared<Waitable> {
    let (object, kind) = entry(table(part()), handle);
    if kind == Kind::Free || kind == Kind::Set {
        trap::no_handle()
    }
    unsafe { Shared::at(object) }
}

/// The first end of a stream or future after entry `at`, in any table; sets `at` to its place.
pub fn next_end(at: &mut (u32, u32)) -> Option<Shared<End>> {
    while at.0 < TABLES.others.len().max(1) {
        let table = table(at.0);
        while at.1 + 1 < table.entries.len() {
            at.1 += 1;
            let (object, kind) = entry(table, at.1);
            if kind.is_readable() || kind.is_writable() {
                return Some(unsafe { Shared::at(object) });
            }
        }
        *at = (at.0 + 1, 0);
    }
    None
}

/// The object of this kind, in the table of `part`.
#[inline(never)]
fn get(part: u32, handle: u32, kind: Kind) -> Object {
    let (object, found) = entry(table(part), handle);
    if found != kind {
        trap::no_handle()
    }
    unsafe { Shared::at(object) }
}

/// Takes the object of this kind out of the table of `part`.
#[inline(never)]
fn remove(part: u32, handle: u32, kind: Kind) -> Object {
    let object = get(part, handle, kind);
    let table = table(part);
    table.entries.set(handle, table.free.get() << 4);
    table.free.set(handle);
    object
}

pub fn set(handle: u32) -> Shared<Set> {
    unsafe { get(part(), handle, Kind::Set).cast() }
}

pub fn remove_set(handle: u32) -> Shared<Set> {
    unsafe { remove(part(), handle, Kind::Set).cast() }
}

pub fn subtask(part: u32, handle: u32) -> Shared<Subtask> {
    unsafe { get(part, handle, Kind::Subtask).cast() }
}

pub fn remove_subtask(part: u32, handle: u32) -> Shared<Subtask> {
    unsafe { remove(part, handle, Kind::Subtask).cast() }
}

/// An end of the kind `stream` or of its counterpart of futures, of the part that R works for.
pub fn end(handle: u32, stream: Kind) -> Shared<End> {
    let waitable = waitable(handle);
    let kind = waitable.kind.get();
    let future = if stream == Kind::StreamRead { Kind::FutureRead } else { Kind::FutureWrite };
    if kind != stream && kind != future {
        trap::no_handle()
    }
    unsafe { waitable.cast() }
}

pub fn remove_end(part: u32, handle: u32, kind: Kind) -> Shared<End> {
    unsafe { remove(part, handle, kind).cast() }
}
