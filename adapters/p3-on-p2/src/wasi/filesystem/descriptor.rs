//! The resource `descriptor`, and `wasi:filesystem/preopens`.
//!
//! # Safety
//!
//! Descriptors in parameters come from the engine, so their resources exist. Parameters in memory
//! were put there by [`cabi_realloc`], in the layout of the list of one that the function has.
//! Imports have the signatures of the Canonical ABI.
//!
//! [`cabi_realloc`]: common::memory::cabi_realloc

use super::RESULT;
use super::convert::{self, ErrorCode, NewTimestamp, settle};
use super::imports;
use crate::hooks::{Input, Output};
use crate::kernel::outcome::{self, Value};
use crate::kernel::pair::Type;
use crate::kernel::sink;
use crate::kernel::source;
use crate::kernel::subtask::RETURNED;
use common::abi::{Ret, area};
use common::memory::{self, Buffer};
use common::shared::Shared;
use core::cell::Cell;

pub struct Descriptor {
    /// The 0.2 descriptor.
    pub handle: u32,
    /// The resource and the streams that were made of it (DESIGN.md: "Children first").
    owners: Cell<u32>,
}

#[link(wasm_import_module = "[export]wasi:filesystem/types@0.3")]
unsafe extern "C" {
    #[link_name = "[resource-new]descriptor"]
    fn descriptor_new(rep: Shared<Descriptor>) -> u32;
}

fn new(handle: u32) -> u32 {
    unsafe { descriptor_new(Shared::new(Descriptor { handle, owners: Cell::new(1) })) }
}

pub fn retain(this: Shared<Descriptor>) -> Shared<Descriptor> {
    this.owners.update(|owners| owners + 1);
    this
}

pub fn release(this: Shared<Descriptor>) {
    this.owners.update(|owners| owners - 1);
    if this.owners.get() == 0 {
        unsafe {
            imports::descriptor_drop(this.handle);
            this.free();
        }
    }
}

#[unsafe(export_name = "wasi:filesystem/types@0.3#[dtor]descriptor")]
extern "C" fn drop_descriptor(this: Shared<Descriptor>) {
    hook_drop(this);
}

/// A hook, because every program that knows the type has the destructor.
#[inline(never)]
#[unsafe(export_name = "hook:filesystem/drop")]
extern "C" fn hook_drop(this: Shared<Descriptor>) {
    release(this);
}

/// The list keeps its layout; only the handles are replaced.
#[unsafe(export_name = "wasi:filesystem/preopens@0.3#get-directories")]
extern "C" fn get_directories() -> Ret {
    let area = area();
    memory::in_arena(|| unsafe { imports::get_directories(area.at()) });
    let (list, len) = (area.get_u32(0) as *mut [u32; 3], area.get_u32(4));
    for index in 0..len {
        unsafe {
            let handle = list.add(index as usize) as *mut u32;
            handle.write(new(handle.read()));
        }
    }
    area.ret()
}

// --- streams

#[unsafe(export_name = "wasi:filesystem/types@0.3#[method]descriptor.read-via-stream")]
extern "C" fn read_via_stream(this: Shared<Descriptor>, offset: u64) -> Ret {
    let area = area();
    unsafe { imports::read_via_stream(this.handle, offset, area.at()) };
    let ends = match area.get_u8(0) {
        0 => source::give(area.get_u32(4), Input::File(retain(this)), RESULT),
        _ => outcome::ended(Type::BYTES, 1, RESULT, Value::error(convert::error(area.get_u8(4)) as u8)),
    };
    area.u32(0, ends[0]).u32(4, ends[1]).ret()
}

/// Consumes a stream with the `output-stream` that a result in the return area has.
fn output(this: Shared<Descriptor>, data: u32) -> u32 {
    let area = area();
    match area.get_u8(0) {
        0 => sink::take(data, area.get_u32(4), Output::File(retain(this)), RESULT),
        _ => sink::refuse(data, RESULT, Value::error(convert::error(area.get_u8(4)) as u8)),
    }
}

#[unsafe(export_name = "wasi:filesystem/types@0.3#[method]descriptor.write-via-stream")]
extern "C" fn write_via_stream(this: Shared<Descriptor>, data: u32, offset: u64) -> u32 {
    unsafe { imports::write_via_stream(this.handle, offset, area().at()) };
    output(this, data)
}

#[unsafe(export_name = "wasi:filesystem/types@0.3#[method]descriptor.append-via-stream")]
extern "C" fn append_via_stream(this: Shared<Descriptor>, data: u32) -> u32 {
    unsafe { imports::append_via_stream(this.handle, area().at()) };
    output(this, data)
}

// --- async functions

/// An async function. The block calls the function of 0.2 with the return area and converts the
/// result there. The second form is for functions with more than four core parameters, which come
/// in a list of one.
macro_rules! method {
    ($name:literal $start:ident $finish:ident ($this:ident $(, $param:ident: $type:ty)*) $body:block) => {
        #[unsafe(export_name = concat!("wasi:filesystem/types@0.3#[method]descriptor.start-", $name))]
        extern "C" fn $start($this: Shared<Descriptor> $(, $param: $type)*, _cookie: u64) -> u32 {
            let $this = $this.handle;
            unsafe { $body }
            RETURNED
        }

        #[unsafe(export_name = concat!("wasi:filesystem/types@0.3#[static]descriptor.finish-", $name))]
        extern "C" fn $finish(_subtask: u32) -> Ret {
            area().ret()
        }
    };
    ($name:literal $start:ident $finish:ident $by_list:ident [$size:literal $list:ident $args:expr]
     ($this:ident $(, $param:ident: $type:ty)*) $body:block) => {
        method! { $name $start $finish ($this $(, $param: $type)*) $body }

        #[unsafe(export_name = concat!("wasi:filesystem/types@0.3#[static]descriptor.start-", $name, "-by-list"))]
        extern "C" fn $by_list(at: *mut u8, count: u32, cookie: u64) -> u32 {
            let mut buffer = Buffer::lowered(at, count * $size);
            let $list = List(at);
            let ($this $(, $param)*) = $args;
            buffer.release();
            $start($this $(, $param)*, cookie)
        }
    };
}

/// Parameters in memory.
struct List(*mut u8);

impl List {
    fn u8(&self, offset: usize) -> u32 {
        unsafe { self.0.add(offset).read() as u32 }
    }

    fn u32(&self, offset: usize) -> u32 {
        unsafe { (self.0.add(offset) as *const u32).read() }
    }

    fn descriptor(&self, offset: usize) -> Shared<Descriptor> {
        unsafe { Shared::at(self.u32(offset)) }
    }

    fn text(&self, offset: usize) -> Text {
        self.u32(offset) as Text
    }

    fn time(&self, offset: usize) -> NewTimestamp {
        unsafe { NewTimestamp::load(self.0.add(offset)) }
    }
}

type Text = *mut u8;

fn result() -> *mut u8 {
    area().at()
}

/// `result<_, error-code>`.
fn unit() {
    settle(1, 4);
}

fn forget(text: Text, len: u32) {
    Buffer::lowered(text, len).release();
}

method! {
    "advise" start_advise finish_advise(this, offset: u64, length: u64, advice: u32) {
        imports::advise(this, offset, length, advice, result());
        unit();
    }
}

method! {
    "sync-data" start_sync_data finish_sync_data(this) {
        sink::drain();
        imports::sync_data(this, result());
        unit();
    }
}

method! {
    "get-flags" start_get_flags finish_get_flags(this) {
        imports::get_flags(this, result());
        if settle(1, 4) {
            let flags = area().get_u8(1);
            area().u8(4, flags);
        }
    }
}

method! {
    "get-type" start_get_type finish_get_type(this) {
        imports::get_type(this, result());
        if settle(1, 4) {
            let kind = area().get_u8(1);
            convert::store_type(area(), 4, kind);
        }
    }
}

method! {
    "set-size" start_set_size finish_set_size(this, size: u64) {
        imports::set_size(this, size, result());
        unit();
    }
}

method! {
    "set-times" start_set_times finish_set_times start_set_times_by_list
    [56 list {
        let (access, modification) = (list.time(8), list.time(32));
        (
            list.descriptor(0),
            access.tag, access.seconds, access.nanoseconds,
            modification.tag, modification.seconds, modification.nanoseconds,
        )
    }]
    (this, tag: u32, seconds: u64, nanoseconds: u32, tag2: u32, seconds2: u64, nanoseconds2: u32) {
        let access = NewTimestamp { tag, seconds, nanoseconds };
        let modification = NewTimestamp { tag: tag2, seconds: seconds2, nanoseconds: nanoseconds2 };
        if access.overflows() || modification.overflows() {
            convert::fail(4, ErrorCode::Overflow);
        } else {
            imports::set_times(this, tag, seconds, nanoseconds, tag2, seconds2, nanoseconds2, result());
            unit();
        }
    }
}

method! {
    "set-times-at" start_set_times_at finish_set_times_at start_set_times_at_by_list
    [64 list {
        let (access, modification) = (list.time(16), list.time(40));
        (
            list.descriptor(0), list.u8(4), list.text(8), list.u32(12),
            access.tag, access.seconds, access.nanoseconds,
            modification.tag, modification.seconds, modification.nanoseconds,
        )
    }]
    (
        this, flags: u32, path: Text, len: u32,
        tag: u32, seconds: u64, nanoseconds: u32, tag2: u32, seconds2: u64, nanoseconds2: u32
    ) {
        let access = NewTimestamp { tag, seconds, nanoseconds };
        let modification = NewTimestamp { tag: tag2, seconds: seconds2, nanoseconds: nanoseconds2 };
        if access.overflows() || modification.overflows() {
            convert::fail(4, ErrorCode::Overflow);
        } else {
            imports::set_times_at(
                this, flags, path, len, tag, seconds, nanoseconds, tag2, seconds2, nanoseconds2, result(),
            );
            unit();
        }
        forget(path, len);
    }
}

method! {
    "sync" start_sync finish_sync(this) {
        sink::drain();
        imports::sync(this, result());
        unit();
    }
}

method! {
    "create-directory-at" start_create_directory_at finish_create_directory_at(this, path: Text, len: u32) {
        imports::create_directory_at(this, path, len, result());
        forget(path, len);
        unit();
    }
}

/// `result<descriptor-stat, error-code>`.
fn stat() {
    if settle(8, 8) {
        convert::stat(area());
    }
}

method! {
    "stat" start_stat finish_stat(this) {
        imports::stat(this, result());
        stat();
    }
}

method! {
    "stat-at" start_stat_at finish_stat_at(this, flags: u32, path: Text, len: u32) {
        imports::stat_at(this, flags, path, len, result());
        forget(path, len);
        stat();
    }
}

method! {
    "link-at" start_link_at finish_link_at start_link_at_by_list
    [28 list (
        list.descriptor(0), list.u8(4), list.text(8), list.u32(12),
        list.descriptor(16), list.text(20), list.u32(24),
    )]
    (this, flags: u32, path: Text, len: u32, to: Shared<Descriptor>, path2: Text, len2: u32) {
        imports::link_at(this, flags, path, len, to.handle, path2, len2, result());
        forget(path, len);
        forget(path2, len2);
        unit();
    }
}

method! {
    "open-at" start_open_at finish_open_at start_open_at_by_list
    [20 list (
        list.descriptor(0), list.u8(4), list.text(8), list.u32(12), list.u8(16), list.u8(17),
    )]
    (this, path_flags: u32, path: Text, len: u32, open_flags: u32, flags: u32) {
        imports::open_at(this, path_flags, path, len, open_flags, flags, result());
        forget(path, len);
        if settle(4, 4) {
            let handle = new(area().get_u32(4));
            area().u32(4, handle);
        }
    }
}

method! {
    "readlink-at" start_readlink_at finish_readlink_at(this, path: Text, len: u32) {
        memory::in_arena(|| imports::readlink_at(this, path, len, result()));
        forget(path, len);
        settle(4, 4);
    }
}

method! {
    "remove-directory-at" start_remove_directory_at finish_remove_directory_at(this, path: Text, len: u32) {
        imports::remove_directory_at(this, path, len, result());
        forget(path, len);
        unit();
    }
}

method! {
    "rename-at" start_rename_at finish_rename_at start_rename_at_by_list
    [24 list (
        list.descriptor(0), list.text(4), list.u32(8), list.descriptor(12), list.text(16), list.u32(20),
    )]
    (this, path: Text, len: u32, to: Shared<Descriptor>, path2: Text, len2: u32) {
        imports::rename_at(this, path, len, to.handle, path2, len2, result());
        forget(path, len);
        forget(path2, len2);
        unit();
    }
}

method! {
    "symlink-at" start_symlink_at finish_symlink_at start_symlink_at_by_list
    [20 list (list.descriptor(0), list.text(4), list.u32(8), list.text(12), list.u32(16))]
    (this, path: Text, len: u32, path2: Text, len2: u32) {
        imports::symlink_at(this, path, len, path2, len2, result());
        forget(path, len);
        forget(path2, len2);
        unit();
    }
}

method! {
    "unlink-file-at" start_unlink_file_at finish_unlink_file_at(this, path: Text, len: u32) {
        imports::unlink_file_at(this, path, len, result());
        forget(path, len);
        unit();
    }
}

#[unsafe(export_name = "wasi:filesystem/types@0.3#[method]descriptor.start-is-same-object")]
extern "C" fn start_is_same_object(this: Shared<Descriptor>, other: Shared<Descriptor>, _cookie: u64) -> u32 {
    let same = unsafe { imports::is_same_object(this.handle, other.handle) };
    area().u32(0, same);
    RETURNED
}

#[unsafe(export_name = "wasi:filesystem/types@0.3#[static]descriptor.finish-is-same-object")]
extern "C" fn finish_is_same_object(_subtask: u32) -> u32 {
    area().get_u32(0)
}

method! {
    "metadata-hash" start_metadata_hash finish_metadata_hash(this) {
        imports::metadata_hash(this, result());
        settle(8, 8);
    }
}

method! {
    "metadata-hash-at" start_metadata_hash_at finish_metadata_hash_at(this, flags: u32, path: Text, len: u32) {
        imports::metadata_hash_at(this, flags, path, len, result());
        forget(path, len);
        settle(8, 8);
    }
}
