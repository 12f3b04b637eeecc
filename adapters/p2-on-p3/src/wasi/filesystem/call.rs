//! Operations of `wasi:filesystem`: one async call of 0.3, or one stream (`read`, `write`),
//! short-lived unless it is part of a sequential run.
//!
//! # Safety
//!
//! The host reads the parameters and writes the result while the call is busy. A new call is zeros
//! up to its future, which are a valid call; the rest is written before it is read. Whoever
//! finishes the operation frees the call.

use super::convert::{self, ErrorCode};
use super::descriptor::Descriptor;
use super::directory::{self, EntryStream};
use super::imports;
use super::run::{self, Place};
use crate::hooks::{Body, Owner, StreamKind};
use crate::kernel::canon::*;
use crate::kernel::op::Op;
use crate::kernel::outcome::ResultFuture;
use crate::kernel::sink;
use crate::kernel::waitable::Waitable;
use common::memory::{self, Buffer, BufferCell};
use common::shared::Shared;
use core::cell::{Cell, UnsafeCell};
use core::mem::{MaybeUninit, offset_of, size_of};
use core::ptr::write_bytes;

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Advise,
    SyncData,
    GetFlags,
    GetType,
    SetSize,
    SetTimes,
    Sync,
    CreateDirectoryAt,
    Stat,
    StatAt,
    SetTimesAt,
    LinkAt,
    OpenAt,
    /// `get-type` of the descriptor that was opened, for the cache.
    OpenedType,
    ReadlinkAt,
    RemoveDirectoryAt,
    RenameAt,
    SymlinkAt,
    UnlinkFileAt,
    IsSameObject,
    MetadataHash,
    MetadataHashAt,
    Read,
    Write,
    ReadDirectory,
    ReadDirectoryEntry,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    New = 0,
    Started,
    /// The stream has ended; its result is awaited.
    Ending,
    Complete,
}

#[repr(C)]
pub struct Call {
    pub kind: Cell<Kind>,
    stage: Cell<Stage>,
    /// The error, P's own or the one in `result`.
    pub error: Cell<Option<ErrorCode>>,
    /// The 0.3 handle that the operation uses, and `Descriptor::id`.
    pub handle: Cell<u32>,
    id: Cell<u32>,
    pub other: Cell<u32>,
    /// Path flags, advice or the like, by call.
    pub flags: Cell<u32>,
    /// Offsets and sizes, by call.
    pub numbers: [Cell<u64>; 2],
    /// Paths, or the bytes to write.
    pub text: Cell<Buffer>,
    pub text2: Cell<Buffer>,
    /// Of `open-at`: the new descriptor and its `descriptor-type` of 0.2.
    pub opened: Cell<u32>,
    pub opened_type: Cell<u8>,
    pub entries: Cell<Option<Shared<EntryStream>>>,
    stream: Waitable,
    /// Of `read` and `write`: part of a sequential run, so the stream may stay open.
    keep: Cell<bool>,
    /// Of operations with a stream. From here on, a new call is uninitialized.
    future: ResultFuture,
    /// Parameters of calls that take them by pointer.
    params: UnsafeCell<MaybeUninit<[u64; 8]>>,
    /// The largest result is `result<descriptor-stat, error-code>`.
    result: UnsafeCell<MaybeUninit<[u64; 14]>>,
}

impl Call {
    /// Makes a call on the heap; `hook_forget` frees it.
    pub fn new(kind: Kind, descriptor: Option<&Descriptor>) -> Shared<Call> {
        unsafe {
            let at = memory::alloc(size_of::<Call>() as u32);
            // Zeros: stage New, no values, no handles, all flags false; but an error.
            write_bytes(at, 0, offset_of!(Call, future));
            let call = Shared::of(&*(at as *const Call));
            call.kind.set(kind);
            call.error.set(None);
            call.opened_type.set(convert::UNASKED);
            if let Some(descriptor) = descriptor {
                call.handle.set(descriptor.handle);
                call.id.set(descriptor.id);
            }
            call
        }
    }

    /// Completes the operation with an error of P's own.
    pub fn fail(&self, code: ErrorCode) {
        self.error.set(Some(code));
        self.stage.set(Stage::Complete);
    }

    /// Completes the operation, which has nothing to do.
    pub fn complete(&self) {
        self.stage.set(Stage::Complete);
    }

    /// Completes `get-type` from the cache.
    pub fn know_type(&self, kind: u8) {
        self.opened_type.set(kind);
        self.complete();
    }

    pub fn params(&self) -> *mut u8 {
        self.params.get() as *mut u8
    }

    pub fn param(&self, offset: usize, value: u32) {
        unsafe { (self.params().add(offset) as *mut u32).write(value) }
    }

    pub fn param_path(&self, offset: usize, path: Buffer) {
        self.param(offset, path.start() as u32);
        self.param(offset + 4, path.len);
    }

    pub fn result(&self) -> *mut u8 {
        self.result.get() as *mut u8
    }

    pub fn result_u8(&self, offset: usize) -> u8 {
        unsafe { self.result().add(offset).read() }
    }

    pub fn result_u32(&self, offset: usize) -> u32 {
        unsafe { (self.result().add(offset) as *const u32).read() }
    }

    pub fn result_u64(&self, offset: usize) -> u64 {
        unsafe { (self.result().add(offset) as *const u64).read() }
    }

    /// The offset of the payload in the result.
    fn payload(&self) -> usize {
        match self.kind.get() {
            Kind::Stat | Kind::StatAt | Kind::MetadataHash | Kind::MetadataHashAt => 8,
            _ => 4,
        }
    }

    /// Calls the function; true if it has returned at once.
    fn call(&self) -> bool {
        use imports::*;
        let (descriptor, result, params) = (self.handle.get(), self.result(), self.params());
        let (text, flags) = (self.text.get(), self.flags.get());
        let (path, len) = (text.start(), text.len);
        let [number, number2] = [self.numbers[0].get(), self.numbers[1].get()];
        let status = unsafe {
            match self.kind.get() {
                Kind::Advise => advise(descriptor, number, number2, flags, result),
                Kind::SyncData => sync_data(descriptor, result),
                Kind::GetFlags => get_flags(descriptor, result),
                Kind::GetType => get_type(descriptor, result),
                Kind::SetSize => set_size(descriptor, number, result),
                Kind::SetTimes => set_times(params, result),
                Kind::Sync => sync(descriptor, result),
                Kind::CreateDirectoryAt => create_directory_at(descriptor, path, len, result),
                Kind::Stat => stat(descriptor, result),
                Kind::StatAt => stat_at(descriptor, flags, path, len, result),
                Kind::SetTimesAt => set_times_at(params, result),
                Kind::LinkAt => link_at(params, result),
                Kind::OpenAt => open_at(params, result),
                Kind::OpenedType => get_type(self.opened.get(), result),
                Kind::ReadlinkAt => readlink_at(descriptor, path, len, result),
                Kind::RemoveDirectoryAt => remove_directory_at(descriptor, path, len, result),
                Kind::RenameAt => rename_at(params, result),
                Kind::SymlinkAt => symlink_at(params, result),
                Kind::UnlinkFileAt => unlink_file_at(descriptor, path, len, result),
                Kind::IsSameObject => is_same_object(descriptor, self.other.get(), result),
                Kind::MetadataHash => metadata_hash(descriptor, result),
                Kind::MetadataHashAt => metadata_hash_at(descriptor, flags, path, len, result),
                Kind::Read | Kind::Write | Kind::ReadDirectory | Kind::ReadDirectoryEntry => RETURNED,
            }
        };
        self.stream.called(status)
    }

    fn step_call(&self) -> bool {
        loop {
            if self.stage.get() == Stage::New {
                self.stage.set(Stage::Started);
                if !self.call() {
                    return false;
                }
            } else {
                if self.stream.busy.get() {
                    return false;
                }
                self.stream.result();
            }
            if !self.returned() {
                return true;
            }
        }
    }

    /// Looks at a result that has arrived; true if another call follows.
    fn returned(&self) -> bool {
        self.stage.set(Stage::Complete);
        if self.kind.get() == Kind::IsSameObject {
            return false;
        }
        let payload = self.payload();
        let failed = self.result_u8(0) != 0;
        if self.kind.get() == Kind::OpenedType {
            let value = unsafe { self.result().add(payload) };
            if failed {
                convert::code(unsafe { convert::error(value) });
            } else {
                self.opened_type.set(unsafe { convert::descriptor_type(value) });
            }
            self.kind.set(Kind::OpenAt);
            return false;
        }
        if failed {
            let error = unsafe { convert::error(self.result().add(payload)) };
            self.error.set(Some(convert::code(error)));
            return false;
        }
        if self.kind.get() == Kind::OpenAt {
            self.opened.set(self.result_u32(payload));
            const OPEN_DIRECTORY: u32 = 2;
            if self.flags.get() & OPEN_DIRECTORY != 0 {
                self.opened_type.set(convert::DIRECTORY);
                return false;
            }
            self.kind.set(Kind::OpenedType);
            self.stage.set(Stage::New);
            return true;
        }
        false
    }

    /// Closes the stream; the result may still be of interest.
    fn close_stream(&self) {
        self.stream.leave();
        unsafe {
            match self.kind.get() {
                Kind::Write => bytes_drop_writable(self.stream.handle.get()),
                _ => bytes_drop_readable(self.stream.handle.get()),
            }
        }
    }

    /// Of `read` and `write`: the place where a call that has moved `count` bytes in all ends.
    fn place(&self, count: u64) -> Place {
        match self.kind.get() {
            Kind::Write => {
                Place { id: self.id.get(), writing: true, offset: self.numbers[0].get().wrapping_add(count) }
            }
            _ => Place { id: self.id.get(), writing: false, offset: self.numbers[1].get().wrapping_add(count) },
        }
    }

    /// Goes on with the open stream of a run, on which the first built-in answered `result`. The
    /// call must not move afterwards.
    pub fn resume(&self, result: u32) {
        run::take(&self.stream, &self.future);
        self.stream.note(result);
        self.keep.set(true);
        self.stage.set(Stage::Started);
    }

    /// `descriptor.read`: reads from a new stream until there are as many bytes as asked for. The
    /// bytes go to the operation.
    fn step_read(&self, op: &Op) -> bool {
        let mut bytes = op.bytes.get();
        if self.stage.get() == Stage::New {
            let mut ends = [0; 2];
            unsafe { imports::read_via_stream(self.handle.get(), self.numbers[1].get(), &mut ends) };
            self.stream.set(ends[0], Owner::None);
            self.future.set(ends[1], StreamKind::File, Owner::None);
            self.keep.set(run::follows(self.place(0)));
            self.stage.set(Stage::Started);
            bytes = Buffer::new(self.numbers[0].get() as u32);
            op.bytes.set(bytes);
        }
        if self.stage.get() == Stage::Started {
            if self.stream.busy.get() {
                return false;
            }
            let mut result = self.stream.result();
            loop {
                if let Some(result) = result {
                    bytes.len += result >> 4;
                    op.bytes.set(bytes);
                    self.keep.set(self.keep.get() & (result & 15 != DROPPED));
                    if result & 15 == DROPPED || bytes.len == bytes.size {
                        break;
                    }
                }
                let (at, room) = (bytes.at.wrapping_add(bytes.len as usize), bytes.size - bytes.len);
                let started = unsafe { bytes_read(self.stream.handle.get(), at, room) };
                result = self.stream.started(started);
                if result.is_none() {
                    return false;
                }
            }
            let end = self.place(bytes.len as u64);
            if self.keep.get() && run::keep(end, &self.stream, &self.future) {
                return true;
            }
            run::note(end);
            self.close_stream();
            if bytes.len > 0 {
                self.future.close();
                return true;
            }
            // The end of the file, or an error.
            op.bytes.release();
            self.stage.set(Stage::Ending);
        }
        self.step_ending()
    }

    fn step_ending(&self) -> bool {
        let Some(outcome) = self.future.outcome() else { return false };
        self.stage.set(Stage::Complete);
        self.error.set(outcome.map(|failure| convert::code(failure.take())));
        true
    }

    /// `descriptor.write`: writes all bytes to a new stream (also if there are none), then awaits
    /// its result. `numbers[1]` counts the bytes taken.
    fn step_write(&self) -> bool {
        if self.stage.get() == Stage::New {
            let (readable, writable) = ends(unsafe { bytes_new() });
            let future = unsafe { imports::write_via_stream(self.handle.get(), readable, self.numbers[0].get()) };
            self.stream.set(writable, Owner::None);
            self.future.set(future, StreamKind::File, Owner::None);
            self.numbers[1].set(0);
            self.keep.set(self.text.get().len > 0 && run::follows(self.place(0)));
            self.stage.set(Stage::Started);
        }
        if self.stage.get() == Stage::Started {
            let mut result = self.stream.result();
            if self.stream.busy.get() {
                return false;
            }
            loop {
                if let Some(result) = result {
                    self.text.skip(result >> 4);
                    self.numbers[1].update(|count| count + (result >> 4) as u64);
                    self.keep.set(self.keep.get() & (result & 15 != DROPPED));
                    if result & 15 == DROPPED || self.text.get().len == 0 {
                        break;
                    }
                }
                let text = self.text.get();
                let started = unsafe { bytes_write(self.stream.handle.get(), text.start(), text.len) };
                result = self.stream.started(started);
                if result.is_none() {
                    return false;
                }
            }
            let end = self.place(self.numbers[1].get());
            if self.keep.get() && run::keep(end, &self.stream, &self.future) {
                return true;
            }
            self.close_stream();
            self.stage.set(Stage::Ending);
        }
        if !self.step_ending() {
            return false;
        }
        run::note(self.place(self.numbers[1].get()));
        if self.numbers[1].get() > 0 {
            self.error.set(None);
        }
        true
    }
}

/// Goes on with an operation of this package.
#[inline(never)]
#[unsafe(export_name = "hook:filesystem/step")]
pub extern "C" fn hook_step(op: &Op) -> bool {
    let Body::File(call) = op.body else { return true };
    if call.stage.get() == Stage::Complete {
        return true;
    }
    if call.stage.get() == Stage::New {
        // Natively, dropping an output-stream waits until its bytes are written.
        if !run::settled() || sink::any_parked() {
            return false;
        }
        if call.kind.get() != Kind::IsSameObject
            && let Some(code) = run::take_error(call.id.get())
        {
            call.fail(code);
            return true;
        }
    }
    let done = match call.kind.get() {
        Kind::Read => hook_step_read(&call, op),
        Kind::Write => hook_step_write(&call),
        Kind::ReadDirectory | Kind::ReadDirectoryEntry => directory::hook_step(&call),
        _ => call.step_call(),
    };
    if done {
        call.stage.set(Stage::Complete);
    }
    done
}

#[inline(never)]
#[unsafe(export_name = "hook:runs/step-read")]
extern "C" fn hook_step_read(call: &Call, op: &Op) -> bool {
    call.step_read(op)
}

#[inline(never)]
#[unsafe(export_name = "hook:runs/step-write")]
extern "C" fn hook_step_write(call: &Call) -> bool {
    call.step_write()
}

/// Frees an operation.
#[inline(never)]
#[unsafe(export_name = "hook:filesystem/forget")]
pub extern "C" fn hook_forget(call: Shared<Call>) {
    call.text.release();
    call.text2.release();
    unsafe { call.free() };
}

/// `read` and `write` of a directory fail as on wasmtime, without asking the host.
pub fn check_file(call: &Call, descriptor: &Descriptor) {
    if descriptor.kind == convert::DIRECTORY {
        call.fail(ErrorCode::BadDescriptor)
    }
}
