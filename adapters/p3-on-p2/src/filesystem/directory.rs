//! `stream<directory-entry>` over `directory-entry-stream`. Reads complete at once.

use super::convert;
use super::descriptor::{Descriptor, part_release, retain};
use super::imports;
use crate::pair::{self, COMPLETED, DROPPED, OTHER, Pair, Type};
use crate::result::{self, Domain, OK};
use common::abi::{Ret, area};
use common::memory::{self, Buffer};
use core::ptr::null_mut;

pub struct Directory {
    stream: u32,
    /// How the listing ended, 0 if it has not yet.
    end: u8,
    file: *mut Descriptor,
    future: *mut Pair,
    /// `directory-entry`s that were read and that the guest takes next.
    entries: Buffer,
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

#[unsafe(export_name = "wasi:filesystem/types@0.3.2#[method]descriptor.read-directory")]
extern "C" fn read_directory(this: *mut Descriptor) -> Ret {
    let area = area();
    unsafe { imports::read_directory((*this).handle, area.at()) };
    let ends = if area.get_u8(0) != 0 {
        result::ended(Type::DIRECTORY_ENTRIES, OTHER, Domain::File, 2 + convert::error(area.get_u8(4)))
    } else {
        let stream = area.get_u32(4);
        let pair = unsafe { &mut *Pair::new(Type::DIRECTORY_ENTRIES, OTHER) };
        let future = result::promise(Domain::File);
        let ends = [pair.give_reader(), future.give_reader()];
        let file = retain(this);
        pair.directory = memory::boxed(Directory { stream, end: 0, file, future, entries: Buffer::NONE });
        ends
    };
    area.u32(0, ends[0]).u32(4, ends[1]).ret()
}

fn forget_entries(directory: &mut Directory) {
    let entries = &mut directory.entries;
    while entries.len > 0 {
        let Entry { name, len, .. } = unsafe { (entries.start() as *const Entry).read() };
        Buffer::lowered(name, len).release();
        entries.skip(ENTRY);
    }
    entries.release();
}

/// A read of the guest.
#[inline(never)]
#[unsafe(export_name = "part:filesystem/read-entries")]
pub extern "C" fn part_read_entries(pair: *mut Pair, count: u32) {
    let pair = unsafe { &mut *pair };
    let directory = unsafe { &mut *pair.directory };
    forget_entries(directory);
    let count = count.min(MAX_ENTRIES);
    if count > 0 && directory.end == 0 {
        let mut entries = Buffer::new(count * ENTRY);
        while entries.len < count * ENTRY {
            let area = area();
            unsafe { imports::read_directory_entry(directory.stream, area.at()) };
            if area.get_u8(0) != 0 {
                directory.end = 2 + convert::error(area.get_u8(4));
                break;
            }
            if area.get_u8(4) == 0 {
                directory.end = OK;
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
        directory.entries = entries;
    }
    let read = directory.entries.len / ENTRY;
    if read == 0 && directory.end != 0 {
        let end = directory.end;
        close(pair, end);
        pair.dropped = true;
        return pair.reader.notify(DROPPED);
    }
    pair.reader.count = read;
    pair.reader.notify(COMPLETED);
}

fn close(pair: &mut Pair, end: u8) {
    let directory = pair.directory;
    pair.directory = null_mut();
    let mut value = unsafe { directory.read() };
    memory::unbox(directory);
    forget_entries(&mut value);
    unsafe { imports::entries_drop(value.stream) };
    part_release(value.file);
    result::resolve(value.future, end);
}

/// Nobody reads any more.
#[inline(never)]
#[unsafe(export_name = "part:filesystem/drop-entries")]
pub extern "C" fn part_drop_entries(pair: *mut Pair) {
    let pair = unsafe { &mut *pair };
    let end = unsafe { (*pair.directory).end };
    close(pair, end.max(OK));
}

#[unsafe(export_name = "wasi:filesystem/types@0.3.2#take-directory-entries")]
extern "C" fn take_directory_entries(end: u32) -> Ret {
    let pair = pair::taking(end);
    let area = area().u32(0, 0).u32(4, 0);
    if !pair.directory.is_null() {
        let entries = unsafe { &(*pair.directory).entries };
        area.u32(0, entries.start() as u32).u32(4, entries.len / ENTRY);
    }
    area.ret()
}
