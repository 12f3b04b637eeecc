//! The resource `descriptor`, and `wasi:filesystem/preopens`.
//!
//! # Safety
//!
//! Descriptors in parameters come from the engine, so their resources exist. Lists and strings came
//! through `cabi_realloc`, and results have the layout that is read.

use super::call::{Call, Kind, check_file};
use super::convert::{self, ErrorCode, NewTimestamp};
use super::imports;
use super::run::{self, Place};
use super::{hook_forget, hook_step};
use crate::hooks::{Body, StreamKind};
use crate::kernel::canon::{bytes_read, bytes_write};
use crate::kernel::op;
use crate::kernel::sink::Sink;
use crate::kernel::source::{MAX_READ, Source};
use crate::wasi::io::input_stream;
use crate::wasi::io::output_stream::{self, from_chunks};
use common::abi::{Area, Ret, area};
use common::global::Global;
use common::memory::{self, Buffer};
use common::shared::Shared;
use core::cell::Cell;

pub struct Descriptor {
    /// The 0.3 descriptor.
    pub handle: u32,
    /// Its `descriptor-type` of 0.2, or `UNASKED`.
    pub kind: u8,
    /// Never used twice.
    pub id: u32,
}

static LAST_ID: Global<Cell<u32>> = Global::new(Cell::new(0));

#[link(wasm_import_module = "[export]wasi:filesystem/types@0.2")]
unsafe extern "C" {
    #[link_name = "[resource-new]descriptor"]
    fn descriptor_new(rep: Shared<Descriptor>) -> u32;
}

fn new(handle: u32, kind: u8) -> u32 {
    let id = LAST_ID.get() + 1;
    LAST_ID.set(id);
    unsafe { descriptor_new(Shared::new(Descriptor { handle, kind, id })) }
}

#[unsafe(export_name = "wasi:filesystem/types@0.2#[dtor]descriptor")]
extern "C" fn drop_descriptor(this: Shared<Descriptor>) {
    run::forget(this.id);
    unsafe {
        imports::descriptor_drop(this.handle);
        this.free();
    }
}

/// Preopens are directories. The list keeps its layout; only the handles are replaced.
#[unsafe(export_name = "wasi:filesystem/preopens@0.2#get-directories")]
extern "C" fn get_directories() -> Ret {
    let area = area();
    memory::in_arena(|| unsafe { imports::get_directories(area.at()) });
    let (list, len) = (area.get_u32(0) as *mut [u32; 3], area.get_u32(4));
    for index in 0..len {
        let entry = unsafe { &mut *list.add(index as usize) };
        entry[0] = new(entry[0], convert::DIRECTORY);
    }
    area.ret()
}

// --- streams (DESIGN.md: "Two-phase end")

#[unsafe(export_name = "wasi:filesystem/types@0.2#[method]descriptor.read-via-stream")]
extern "C" fn read_via_stream(this: Shared<Descriptor>, offset: u64) -> Ret {
    if this.kind == convert::DIRECTORY {
        return area().u8(0, 1).u8(4, ErrorCode::IsDirectory as u8).ret();
    }
    run::stream_made();
    let mut ends = [0; 2];
    unsafe { imports::read_via_stream(this.handle, offset, &mut ends) };
    let source = Source::new(StreamKind::File);
    source.open(ends, StreamKind::File);
    area().u8(0, 0).u32(4, input_stream::new(&source)).ret()
}

fn output(this: Shared<Descriptor>, consume: impl FnOnce(u32, u32) -> u32) -> Ret {
    if this.kind == convert::DIRECTORY {
        return area().u8(0, 1).u8(4, ErrorCode::BadDescriptor as u8).ret();
    }
    run::stream_made();
    let sink = Sink::new(StreamKind::File);
    sink.open(|readable| consume(this.handle, readable));
    run::hold(&sink);
    area().u8(0, 0).u32(4, output_stream::new(&sink)).ret()
}

#[unsafe(export_name = "wasi:filesystem/types@0.2#[method]descriptor.write-via-stream")]
extern "C" fn write_via_stream(this: Shared<Descriptor>, offset: u64) -> Ret {
    output(this, |handle, readable| unsafe { imports::write_via_stream(handle, readable, offset) })
}

#[unsafe(export_name = "wasi:filesystem/types@0.2#[method]descriptor.append-via-stream")]
extern "C" fn append_via_stream(this: Shared<Descriptor>) -> Ret {
    output(this, |handle, readable| unsafe { imports::append_via_stream(handle, readable) })
}

// --- operations

fn begin(call: Shared<Call>) -> u32 {
    op::begin_known(Body::File(call), |op| hook_step(op))
}

/// Begins an operation that goes on with the open stream of a run, on which the first built-in
/// answered `result`.
#[cold]
#[inline(never)]
fn resume(call: Shared<Call>, bytes: Buffer, result: u32) -> u32 {
    call.resume(result);
    op::begin_bytes(Body::File(call), bytes)
}

/// Ends an operation: writes its error, at `error` in the return area, or what `value` writes.
fn finish(token: u32, error: usize, value: impl FnOnce(&Call, &Area)) -> Ret {
    let area = area();
    let Body::File(call) = op::take(token).body else { return area.ret() };
    match call.error.get() {
        Some(code) => {
            area.u8(0, 1).u8(error, code as u8);
        }
        None => {
            area.u8(0, 0);
            value(&call, area);
        }
    }
    hook_forget(call);
    area.ret()
}

/// `result<_, error-code>`.
fn finish_unit(token: u32) -> Ret {
    finish(token, 1, |_, _| {})
}

/// A method with start and finish. The parameters of start are those of 0.2 as core values; the
/// block fills the call with them.
macro_rules! method {
    ($name:literal $kind:ident $start:ident($call:ident, $this:ident $(, $param:ident: $type:ty)*) $fill:block
     $finish:ident($token:ident) $result:block) => {
        #[unsafe(export_name = concat!("wasi:filesystem/types@0.2#[method]descriptor.start-", $name))]
        extern "C" fn $start($this: Shared<Descriptor> $(, $param: $type)*) -> u32 {
            op::deliver_events();
            let $call = Call::new(Kind::$kind, Some(&$this));
            $fill
            begin($call)
        }

        #[unsafe(export_name = concat!("wasi:filesystem/types@0.2#[static]descriptor.finish-", $name))]
        extern "C" fn $finish($token: u32) -> Ret $result
    };
}

type Text = *mut u8;

method! {
    "advise" Advise
    start_advise(call, this, offset: u64, length: u64, advice: u32) {
        call.numbers[0].set(offset);
        call.numbers[1].set(length);
        call.flags.set(advice);
    }
    finish_advise(token) { finish_unit(token) }
}

method! {
    "sync-data" SyncData
    start_sync_data(call, this) {}
    finish_sync_data(token) { finish_unit(token) }
}

method! {
    "get-flags" GetFlags
    start_get_flags(call, this) {}
    finish_get_flags(token) {
        finish(token, 1, |call, area| {
            area.u8(1, call.result_u8(4));
        })
    }
}

method! {
    "get-type" GetType
    start_get_type(call, this) {
        // The type of an open descriptor does not change.
        let kind = this.kind;
        if kind != convert::UNASKED {
            call.know_type(kind);
        }
    }
    finish_get_type(token) {
        finish(token, 1, |call, area| {
            let kind = match call.opened_type.get() {
                convert::UNASKED => unsafe { convert::descriptor_type(call.result().add(4)) },
                kind => kind,
            };
            area.u8(1, kind);
        })
    }
}

method! {
    "set-size" SetSize
    start_set_size(call, this, size: u64) {
        call.numbers[0].set(size);
    }
    finish_set_size(token) { finish_unit(token) }
}

fn set_times(call: &Call, offset: usize, times: [NewTimestamp; 2]) {
    for (index, time) in times.iter().enumerate() {
        if time.overflows() {
            call.fail(ErrorCode::Overflow);
        }
        unsafe { time.store(call.params().add(offset + 24 * index)) };
    }
}

method! {
    "set-times" SetTimes
    start_set_times(call, this, tag: u32, seconds: u64, nanoseconds: u32, tag2: u32, seconds2: u64, nanoseconds2: u32) {
        call.param(0, this.handle);
        let access = NewTimestamp { tag, seconds, nanoseconds };
        let modification = NewTimestamp { tag: tag2, seconds: seconds2, nanoseconds: nanoseconds2 };
        set_times(&call, 8, [access, modification]);
    }
    finish_set_times(token) { finish_unit(token) }
}

method! {
    "set-times-at" SetTimesAt
    start_set_times_at(
        call, this, flags: u32, path: Text, len: u32,
        tag: u32, seconds: u64, nanoseconds: u32, tag2: u32, seconds2: u64, nanoseconds2: u32
    ) {
        call.text.set(Buffer::lowered(path, len));
        call.param(0, this.handle);
        call.param(4, flags);
        call.param_path(8, call.text.get());
        let access = NewTimestamp { tag, seconds, nanoseconds };
        let modification = NewTimestamp { tag: tag2, seconds: seconds2, nanoseconds: nanoseconds2 };
        set_times(&call, 16, [access, modification]);
    }
    finish_set_times_at(token) { finish_unit(token) }
}

#[unsafe(export_name = "wasi:filesystem/types@0.2#[method]descriptor.start-read")]
extern "C" fn start_read(this: Shared<Descriptor>, length: u64, offset: u64) -> u32 {
    op::deliver_events();
    let length = length.min(MAX_READ as u64) as u32;
    if length > 0 {
        let place = Place { id: this.id, writing: false, offset };
        if let Some(stream) = run::stream(place) {
            let mut bytes = Buffer::new(length);
            let result = unsafe { bytes_read(stream, bytes.at, length) };
            if result == length << 4 {
                run::advance(length);
                bytes.len = length;
                return op::done(0, bytes);
            }
            return resume(reading(this, length, offset), bytes, result);
        }
    }
    // Only a read of at least one byte tells whether the file may be read at all.
    let call = reading(this, length.max(1), offset);
    call.flags.set((length == 0) as u32);
    check_file(&call, &this);
    begin(call)
}

fn reading(this: Shared<Descriptor>, length: u32, offset: u64) -> Shared<Call> {
    let call = Call::new(Kind::Read, Some(&this));
    call.numbers[0].set(length as u64);
    call.numbers[1].set(offset);
    call
}

/// `result<tuple<list<u8>, bool>, error-code>`; the flag as on wasmtime: no byte was read.
#[unsafe(export_name = "wasi:filesystem/types@0.2#[static]descriptor.finish-read")]
extern "C" fn finish_read(token: u32) -> Ret {
    let op = op::get(token);
    let mut bytes = op.bytes.get();
    if let Body::File(call) = op.body
        && call.flags.get() != 0
    {
        bytes.len = 0;
    }
    let value = |area: &Area| {
        memory::keep(bytes);
        area.u8(0, 0).u32(4, bytes.start() as u32).u32(8, bytes.len).u8(12, (bytes.len == 0) as u8);
    };
    if let Body::Done(_) = op.body {
        value(area());
        return area().ret();
    }
    finish(token, 4, |_, area| value(area))
}

#[unsafe(export_name = "wasi:filesystem/types@0.2#[method]descriptor.start-write")]
extern "C" fn start_write(this: Shared<Descriptor>, skip: u32, len: u32, at: Text, chunks: u32, offset: u64) -> u32 {
    op::deliver_events();
    let mut bytes = from_chunks(skip, len, at, chunks);
    if len > 0 {
        let place = Place { id: this.id, writing: true, offset };
        if let Some(stream) = run::stream(place) {
            let result = unsafe { bytes_write(stream, bytes.start(), len) };
            if result == len << 4 {
                run::advance(len);
                bytes.release();
                return op::done(len, Buffer::NONE);
            }
            return resume(writing(this, bytes, offset), Buffer::NONE, result);
        }
    }
    let call = writing(this, bytes, offset);
    check_file(&call, &this);
    begin(call)
}

fn writing(this: Shared<Descriptor>, bytes: Buffer, offset: u64) -> Shared<Call> {
    let call = Call::new(Kind::Write, Some(&this));
    call.text.set(bytes);
    call.numbers[0].set(offset);
    call
}

#[unsafe(export_name = "wasi:filesystem/types@0.2#[static]descriptor.finish-write")]
extern "C" fn finish_write(token: u32) -> Ret {
    if let Body::Done(count) = op::get(token).body {
        return area().u8(0, 0).u64(8, count as u64).ret();
    }
    finish(token, 8, |call, area| {
        area.u64(8, call.numbers[1].get());
    })
}

method! {
    "sync" Sync
    start_sync(call, this) {}
    finish_sync(token) { finish_unit(token) }
}

method! {
    "create-directory-at" CreateDirectoryAt
    start_create_directory_at(call, this, path: Text, len: u32) {
        call.text.set(Buffer::lowered(path, len));
    }
    finish_create_directory_at(token) { finish_unit(token) }
}

fn finish_stat_of(token: u32) -> Ret {
    finish(token, 8, |call, area| unsafe { convert::stat(call.result().add(8), area, 8) })
}

method! {
    "stat" Stat
    start_stat(call, this) {}
    finish_stat(token) { finish_stat_of(token) }
}

method! {
    "stat-at" StatAt
    start_stat_at(call, this, flags: u32, path: Text, len: u32) {
        call.flags.set(flags);
        call.text.set(Buffer::lowered(path, len));
    }
    finish_stat_at(token) { finish_stat_of(token) }
}

method! {
    "link-at" LinkAt
    start_link_at(call, this, flags: u32, path: Text, len: u32, to: Shared<Descriptor>, path2: Text, len2: u32) {
        call.text.set(Buffer::lowered(path, len));
        call.text2.set(Buffer::lowered(path2, len2));
        call.param(0, this.handle);
        call.param(4, flags);
        call.param_path(8, call.text.get());
        call.param(16, to.handle);
        call.param_path(20, call.text2.get());
    }
    finish_link_at(token) { finish_unit(token) }
}

method! {
    "open-at" OpenAt
    start_open_at(call, this, path_flags: u32, path: Text, len: u32, open_flags: u32, flags: u32) {
        call.text.set(Buffer::lowered(path, len));
        call.flags.set(open_flags);
        call.param(0, this.handle);
        call.param(4, path_flags);
        call.param_path(8, call.text.get());
        call.param(16, open_flags | flags << 8);
    }
    finish_open_at(token) {
        finish(token, 4, |call, area| {
            area.u32(4, new(call.opened.get(), call.opened_type.get()));
        })
    }
}

method! {
    "readlink-at" ReadlinkAt
    start_readlink_at(call, this, path: Text, len: u32) {
        call.text.set(Buffer::lowered(path, len));
    }
    finish_readlink_at(token) {
        finish(token, 4, |call, area| {
            let target = Buffer::lowered(call.result_u32(4) as *mut u8, call.result_u32(8));
            memory::keep(target);
            area.u32(4, target.start() as u32).u32(8, target.len);
        })
    }
}

method! {
    "remove-directory-at" RemoveDirectoryAt
    start_remove_directory_at(call, this, path: Text, len: u32) {
        call.text.set(Buffer::lowered(path, len));
    }
    finish_remove_directory_at(token) { finish_unit(token) }
}

method! {
    "rename-at" RenameAt
    start_rename_at(call, this, path: Text, len: u32, to: Shared<Descriptor>, path2: Text, len2: u32) {
        call.text.set(Buffer::lowered(path, len));
        call.text2.set(Buffer::lowered(path2, len2));
        call.param(0, this.handle);
        call.param_path(4, call.text.get());
        call.param(12, to.handle);
        call.param_path(16, call.text2.get());
    }
    finish_rename_at(token) { finish_unit(token) }
}

method! {
    "symlink-at" SymlinkAt
    start_symlink_at(call, this, path: Text, len: u32, path2: Text, len2: u32) {
        call.text.set(Buffer::lowered(path, len));
        call.text2.set(Buffer::lowered(path2, len2));
        call.param(0, this.handle);
        call.param_path(4, call.text.get());
        call.param_path(12, call.text2.get());
    }
    finish_symlink_at(token) { finish_unit(token) }
}

method! {
    "unlink-file-at" UnlinkFileAt
    start_unlink_file_at(call, this, path: Text, len: u32) {
        call.text.set(Buffer::lowered(path, len));
    }
    finish_unlink_file_at(token) { finish_unit(token) }
}

#[unsafe(export_name = "wasi:filesystem/types@0.2#[method]descriptor.start-is-same-object")]
extern "C" fn start_is_same_object(this: Shared<Descriptor>, other: Shared<Descriptor>) -> u32 {
    op::deliver_events();
    let call = Call::new(Kind::IsSameObject, Some(&this));
    call.other.set(other.handle);
    begin(call)
}

#[unsafe(export_name = "wasi:filesystem/types@0.2#[static]descriptor.finish-is-same-object")]
extern "C" fn finish_is_same_object(token: u32) -> u32 {
    let mut same = 0;
    finish(token, 4, |call, _| same = call.result_u8(0) as u32);
    same
}

fn finish_hash(token: u32) -> Ret {
    finish(token, 8, |call, area| {
        area.u64(8, call.result_u64(8)).u64(16, call.result_u64(16));
    })
}

method! {
    "metadata-hash" MetadataHash
    start_metadata_hash(call, this) {}
    finish_metadata_hash(token) { finish_hash(token) }
}

method! {
    "metadata-hash-at" MetadataHashAt
    start_metadata_hash_at(call, this, flags: u32, path: Text, len: u32) {
        call.flags.set(flags);
        call.text.set(Buffer::lowered(path, len));
    }
    finish_metadata_hash_at(token) { finish_hash(token) }
}
