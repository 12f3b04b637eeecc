//! `stream<directory-entry>` over `directory-entry-stream`. Reads complete at once.
//!
//! # Safety
//!
//! Only one pair knows a directory, and forgets it before the directory is freed. Entries are in a
//! buffer of the directory's own, which has room for as many entries as are read at once.

use super::descriptor::{Descriptor, release, retain};
use super::{RESULT, convert, imports};
use crate::kernel::outcome::{self, Value};
use crate::kernel::pair::{self, CopyResult, End, OTHER, Pair, Type};
use common::abi::{Ret, area};
use common::memory::Buffer;
use common::shared::Shared;
use core::cell::Cell;

/// `stream<directory-entry>`
const ENTRIES: Type = Type::of_stream(18);

pub struct Directory {
    stream: u32,
    /// How the listing ended; unknown before.
    end: Cell<Value>,
    file: Shared<Descriptor>,
    future: Shared<Pair>,
    /// `directory-entry`s that were read and that the guest takes next.
    entries: Cell<Buffer>,
}

/// `directory-entry` of 0.3: `variant descriptor-type` and `string`.
#[repr(C)]
struct Entry {
    kind: u8,
    kind_other: [u32; 3],
    name: *mut u8,
    len: u32,
}

const ENTRY: u32 = size_of::<Entry>() as u32;

/// No more than this many entries are read at once.
const MAX_ENTRIES: u32 = 64;

#[unsafe(export_name = "wasi:filesystem/types@0.3#[method]descriptor.read-directory")]
extern "C" fn read_directory(this: Shared<Descriptor>) -> Ret {
    let area = area();
    unsafe { imports::read_directory(this.handle, area.at()) };
    let ends = if area.get_u8(0) != 0 {
        outcome::ended(ENTRIES, OTHER, RESULT, Value::error(convert::error(area.get_u8(4)) as u8))
    } else {
        let stream = area.get_u32(4);
        let pair = Pair::new(ENTRIES, OTHER);
        let future = outcome::promise(RESULT);
        pair.directory.set(Some(Shared::new(Directory {
            stream,
            end: Cell::new(Value::UNKNOWN),
            file: retain(this),
            future,
            entries: Cell::new(Buffer::NONE),
        })));
        [Pair::give_reader(pair), Pair::give_reader(future)]
    };
    area.u32(0, ends[0]).u32(4, ends[1]).ret()
}

fn forget_entries(directory: &Directory) {
    let mut entries = directory.entries.take();
    while entries.len > 0 {
        let Entry { name, len, .. } = unsafe { (entries.start() as *const Entry).read() };
        Buffer::lowered(name, len).release();
        entries.skip(ENTRY);
    }
    entries.release();
}

/// Reads up to `count` entries from the host.
fn read_entries(directory: &Directory, count: u32) -> Buffer {
    let mut entries = Buffer::new(count * ENTRY);
    while entries.len < count * ENTRY {
        let area = area();
        unsafe { imports::read_directory_entry(directory.stream, area.at()) };
        if area.get_u8(0) != 0 {
            directory.end.set(Value::error(convert::error(area.get_u8(4)) as u8));
            break;
        }
        if area.get_u8(4) == 0 {
            directory.end.set(Value::OK);
            break;
        }
        let entry = Entry {
            kind: convert::descriptor_type(area.get_u8(8)),
            kind_other: [0; 3],
            name: area.get_u32(12) as *mut u8,
            len: area.get_u32(16),
        };
        unsafe { (entries.at.add(entries.len as usize) as *mut Entry).write(entry) };
        entries.len += ENTRY;
    }
    entries
}

/// A read of the guest.
#[inline(never)]
#[unsafe(export_name = "hook:filesystem/read-entries")]
pub extern "C" fn hook_read_entries(pair: Shared<Pair>, count: u32) {
    let Some(directory) = pair.directory.get() else { return };
    forget_entries(&directory);
    let count = count.min(MAX_ENTRIES);
    if count > 0 && !directory.end.get().is_known() {
        directory.entries.set(read_entries(&directory, count));
    }
    let (read, end) = (directory.entries.get().len / ENTRY, directory.end.get());
    if read == 0 && end.is_known() {
        close(&pair, end);
        pair.dropped.set(true);
        return End::notify(Pair::reader(pair), CopyResult::Dropped);
    }
    pair.reader.count.set(read);
    End::notify(Pair::reader(pair), CopyResult::Completed);
}

fn close(pair: &Pair, end: Value) {
    let Some(directory) = pair.directory.take() else { return };
    forget_entries(&directory);
    let Directory { stream, file, future, .. } = unsafe { directory.into_inner() };
    unsafe { imports::entries_drop(stream) };
    release(file);
    outcome::resolve(future, end);
}

/// Nobody reads the stream any more.
#[inline(never)]
#[unsafe(export_name = "hook:filesystem/drop-entries")]
pub extern "C" fn hook_drop_entries(pair: Shared<Pair>) {
    let end = pair.directory.get().map_or(Value::UNKNOWN, |directory| directory.end.get());
    close(&pair, if end.is_known() { end } else { Value::OK });
}

#[unsafe(export_name = "wasi:filesystem/types@0.3#take-directory-entries")]
extern "C" fn take_directory_entries(end: u32) -> Ret {
    let area = area().u32(0, 0).u32(4, 0);
    if let Some(directory) = pair::taking(end).directory.get() {
        let entries = directory.entries.get();
        area.u32(0, entries.start() as u32).u32(4, entries.len / ENTRY);
    }
    area.ret()
}
