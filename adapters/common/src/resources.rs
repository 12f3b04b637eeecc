//! The handles that a linked guest has of the adapter's resources: a typed table, numbered as
//! engines number theirs. The first handle is 1, and the handle that was freed last is given out
//! first.
//!
//! Boundary functions call this module; the adapter itself sees only representations. A tag is a
//! resource type, at least 1.
//!
//! # Safety
//!
//! Addresses of entries are used at once, before an insertion could move the entries.

use crate::array::Array;
use crate::global::Global;
use crate::trap;
use core::cell::Cell;

#[derive(Clone, Copy)]
struct Entry {
    /// The representation; in a free entry the next free handle, 0 if there is none.
    rep: u32,
    /// The type, plus [`LENT`] for each call that borrows it and has not returned; 0 if the entry
    /// is free.
    tag: u32,
}

/// Added to the tag by each call that borrows the handle and may wait: other tasks of the guest may
/// run meanwhile, and must not drop it.
const LENT: u32 = 1 << 16;

struct Table {
    /// Handle 1 is the first.
    entries: Array<Entry>,
    free: Cell<u32>,
}

static TABLE: Global<Table> = Global::new(Table { entries: Array::new(), free: Cell::new(0) });

/// The entry of a handle of this type.
#[inline(never)]
extern "C" fn entry(handle: u32, tag: u32) -> *mut Entry {
    let entries = &TABLE.entries;
    if handle.wrapping_sub(1) >= entries.len() {
        trap::no_handle()
    }
    match entries.get(handle - 1).tag % LENT {
        0 => trap::no_handle(),
        found if found != tag => trap::wrong_resource(),
        _ => entries.at(handle - 1),
    }
}

#[unsafe(export_name = "linked:handle-insert")]
extern "C" fn insert(rep: u32, tag: u32) -> u32 {
    let Table { entries, free } = &*TABLE;
    let handle = free.get();
    if handle == 0 {
        entries.push(Entry { rep, tag });
        return entries.len();
    }
    free.set(entries.get(handle - 1).rep);
    entries.set(handle - 1, Entry { rep, tag });
    handle
}

/// The representation, for a call that does not wait.
#[unsafe(export_name = "linked:handle-rep")]
extern "C" fn rep(handle: u32, tag: u32) -> u32 {
    unsafe { (*entry(handle, tag)).rep }
}

#[unsafe(export_name = "linked:handle-remove")]
extern "C" fn remove(handle: u32, tag: u32) -> u32 {
    let entry = entry(handle, tag);
    let Entry { rep, tag } = unsafe { *entry };
    if tag >= LENT {
        trap::is_lent()
    }
    unsafe { *entry = Entry { rep: TABLE.free.replace(handle), tag: 0 } };
    rep
}

/// The representation, for a call that may wait, which gives the handle back when it returns.
#[unsafe(export_name = "linked:handle-lend")]
extern "C" fn lend(handle: u32, tag: u32) -> u32 {
    let entry = entry(handle, tag);
    unsafe {
        (*entry).tag += LENT;
        (*entry).rep
    }
}

#[unsafe(export_name = "linked:handle-give-back")]
extern "C" fn give_back(handle: u32, tag: u32) {
    unsafe { (*entry(handle, tag)).tag -= LENT }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types of resources.
    const FILE: u32 = 1;
    const SOCKET: u32 = 2;

    #[test]
    fn handles_are_numbered_as_engines_do() {
        assert_eq!([10, 11, 12].map(|rep| insert(rep, FILE)), [1, 2, 3]);
        assert_eq!([remove(1, FILE), remove(3, FILE)], [10, 12]);
        // The one that was freed last is given out first.
        assert_eq!([13, 14, 15].map(|rep| insert(rep, SOCKET)), [3, 1, 4]);
        assert_eq!([rep(3, SOCKET), rep(1, SOCKET), rep(2, FILE)], [13, 14, 11]);
    }

    #[test]
    fn what_several_calls_borrow_is_lent_until_the_last_gives_it_back() {
        let handle = insert(10, FILE);
        assert_eq!([lend(handle, FILE), lend(handle, FILE)], [10, 10]);
        give_back(handle, FILE);
        // Other calls may use the handle meanwhile.
        assert_eq!(rep(handle, FILE), 10);
        assert!(TABLE.entries.get(handle - 1).tag >= LENT);
        give_back(handle, FILE);
        assert_eq!(remove(handle, FILE), 10);
    }
}
