//! Operations of `wasi:filesystem`: one async call of 0.3, or one stream (`read`, `write`), short-lived unless
//! it is part of a sequential run.

use super::convert;
use super::descriptor::Descriptor;
use super::directory::{self, EntryStream};
use super::imports;
use super::run::{self, Place};
use crate::hooks::{Body, Domain, Owner};
use crate::kernel::canon::*;
use crate::kernel::failure::{ErrorCode, Failure};
use crate::kernel::op::Op;
use crate::kernel::outcome::ResultFuture;
use crate::kernel::sink;
use crate::kernel::waitable::Waitable;
use crate::wasi::io::error::BAD_DESCRIPTOR;
use common::memory::{self, Buffer};
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
    pub kind: Kind,
    stage: Stage,
    /// Failed, instead of or according to what is in `result`.
    pub error: Option<ErrorCode>,
    /// The 0.3 handle that the operation is about, and `Descriptor::id`.
    pub handle: u32,
    id: u32,
    pub other: u32,
    /// Path flags, advice or the like, by call.
    pub flags: u32,
    /// Offsets and sizes, by call.
    pub numbers: [u64; 2],
    /// Paths, or the bytes to write.
    pub text: Buffer,
    pub text2: Buffer,
    /// Of `open-at`: the new descriptor and its `descriptor-type` of 0.2.
    pub opened: u32,
    pub opened_type: u8,
    pub entries: *mut EntryStream,
    stream: Waitable,
    /// Of `read` and `write`: part of a sequential run, so the stream may stay open.
    keep: bool,
    /// Of those with a stream; from here on nothing is set in a new call.
    future: ResultFuture,
    /// Parameters of calls that take them by pointer.
    params: MaybeUninit<[u64; 8]>,
    /// The largest result is `result<descriptor-stat, error-code>`.
    result: MaybeUninit<[u64; 14]>,
}

impl Call {
    /// A call where it stays; `part_forget` frees it.
    pub fn new(kind: Kind, descriptor: *const Descriptor) -> &'static mut Call {
        let call = memory::alloc(size_of::<Call>() as u32) as *mut Call;
        unsafe {
            // New, nothing, nowhere, not.
            write_bytes(call as *mut u8, 0, offset_of!(Call, future));
            let call = &mut *call;
            call.kind = kind;
            call.opened_type = convert::UNASKED;
            if !descriptor.is_null() {
                (call.handle, call.id) = ((*descriptor).handle, (*descriptor).id);
            }
            call
        }
    }

    /// Completes the operation with an error of P's own.
    pub fn fail(&mut self, code: u8) {
        self.error = Some(ErrorCode::new(code));
        self.stage = Stage::Complete;
    }

    /// There is nothing to do for this operation.
    pub fn complete(&mut self) {
        self.stage = Stage::Complete;
    }

    /// Completes `get-type` from the cache.
    pub fn know_type(&mut self, kind: u8) {
        self.opened_type = kind;
        self.complete();
    }

    pub fn params(&mut self) -> *mut u8 {
        self.params.as_mut_ptr() as *mut u8
    }

    pub fn param(&mut self, offset: usize, value: u32) {
        unsafe { (self.params().add(offset) as *mut u32).write(value) }
    }

    pub fn param_path(&mut self, offset: usize, path: Buffer) {
        self.param(offset, path.start() as u32);
        self.param(offset + 4, path.len);
    }

    pub fn result(&mut self) -> *mut u8 {
        self.result.as_mut_ptr() as *mut u8
    }

    pub fn result_u8(&mut self, offset: usize) -> u8 {
        unsafe { self.result().add(offset).read() }
    }

    pub fn result_u32(&mut self, offset: usize) -> u32 {
        unsafe { (self.result().add(offset) as *const u32).read() }
    }

    pub fn result_u64(&mut self, offset: usize) -> u64 {
        unsafe { (self.result().add(offset) as *const u64).read() }
    }

    /// Where the payload of the result is.
    fn payload(&self) -> usize {
        match self.kind {
            Kind::Stat | Kind::StatAt | Kind::MetadataHash | Kind::MetadataHashAt => 8,
            _ => 4,
        }
    }

    /// Calls the function; true if it has returned at once.
    fn call(&mut self) -> bool {
        use imports::*;
        let (descriptor, result, params) = (self.handle, self.result(), self.params());
        let (path, len, flags) = (self.text.start(), self.text.len, self.flags);
        let [number, number2] = self.numbers;
        let status = unsafe {
            match self.kind {
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
                Kind::OpenedType => get_type(self.opened, result),
                Kind::ReadlinkAt => readlink_at(descriptor, path, len, result),
                Kind::RemoveDirectoryAt => remove_directory_at(descriptor, path, len, result),
                Kind::RenameAt => rename_at(params, result),
                Kind::SymlinkAt => symlink_at(params, result),
                Kind::UnlinkFileAt => unlink_file_at(descriptor, path, len, result),
                Kind::IsSameObject => is_same_object(descriptor, self.other, result),
                Kind::MetadataHash => metadata_hash(descriptor, result),
                Kind::MetadataHashAt => metadata_hash_at(descriptor, flags, path, len, result),
                Kind::Read | Kind::Write | Kind::ReadDirectory | Kind::ReadDirectoryEntry => RETURNED,
            }
        };
        self.stream.called(status)
    }

    fn step_call(&mut self) -> bool {
        loop {
            if self.stage == Stage::New {
                self.stage = Stage::Started;
                if !self.call() {
                    return false;
                }
            } else {
                if self.stream.busy {
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
    fn returned(&mut self) -> bool {
        self.stage = Stage::Complete;
        if self.kind == Kind::IsSameObject {
            return false;
        }
        let payload = self.payload();
        let failed = self.result_u8(0) != 0;
        if self.kind == Kind::OpenedType {
            let value = unsafe { self.result().add(payload) };
            if failed {
                convert::error(value).text.release();
            } else {
                self.opened_type = convert::descriptor_type(value);
            }
            self.kind = Kind::OpenAt;
            return false;
        }
        if failed {
            let error = convert::error(unsafe { self.result().add(payload) });
            self.error = Some(error);
            return false;
        }
        if self.kind == Kind::OpenAt {
            self.opened = self.result_u32(payload);
            const OPEN_DIRECTORY: u32 = 2;
            if self.flags & OPEN_DIRECTORY != 0 {
                self.opened_type = convert::DIRECTORY;
                return false;
            }
            self.kind = Kind::OpenedType;
            self.stage = Stage::New;
            return true;
        }
        false
    }

    /// Closes the stream; the result may still be of interest.
    fn close_stream(&mut self) {
        self.stream.leave();
        unsafe {
            match self.kind {
                Kind::Write => bytes_drop_writable(self.stream.handle),
                _ => bytes_drop_readable(self.stream.handle),
            }
        }
    }

    /// Where a call that has moved `count` bytes in all ends, of `read` and `write`.
    fn place(&self, count: u64) -> Place {
        match self.kind {
            Kind::Write => Place { id: self.id, writing: true, offset: self.numbers[0].wrapping_add(count) },
            _ => Place { id: self.id, writing: false, offset: self.numbers[1].wrapping_add(count) },
        }
    }

    /// Goes on with the open stream of a run, on which the first operation gave `result`. The call must be
    /// where it stays.
    pub fn resume(&mut self, result: u32) {
        (self.stream, self.future) = run::take();
        self.stream.note(result);
        self.keep = true;
        self.stage = Stage::Started;
    }

    /// `descriptor.read`: a fresh stream, read until there are as many bytes as asked for. The bytes go to the
    /// operation.
    fn step_read(&mut self, bytes: &mut Buffer) -> bool {
        if self.stage == Stage::New {
            let mut ends = [0; 2];
            unsafe { imports::read_via_stream(self.handle, self.numbers[1], &mut ends) };
            self.stream = Waitable::new(ends[0], Owner::None);
            self.future = ResultFuture::new(ends[1], Domain::File, Owner::None);
            self.keep = run::follows(self.place(0));
            self.stage = Stage::Started;
            *bytes = Buffer::new(self.numbers[0] as u32);
        }
        if self.stage == Stage::Started {
            if self.stream.busy {
                return false;
            }
            let mut result = self.stream.result();
            loop {
                if let Some(result) = result {
                    bytes.len += result >> 4;
                    self.keep &= result & 15 != DROPPED;
                    if result & 15 == DROPPED || bytes.len == bytes.size {
                        break;
                    }
                }
                let (at, room) = (bytes.at.wrapping_add(bytes.len as usize), bytes.size - bytes.len);
                let started = unsafe { bytes_read(self.stream.handle, at, room) };
                result = self.stream.started(started);
                if result.is_none() {
                    return false;
                }
            }
            let end = self.place(bytes.len as u64);
            if self.keep && run::keep(end, &mut self.stream, &mut self.future) {
                return true;
            }
            run::note(end);
            self.close_stream();
            if bytes.len > 0 {
                self.future.close();
                return true;
            }
            // The end of the file, or an error.
            bytes.release();
            self.stage = Stage::Ending;
        }
        self.step_ending()
    }

    fn step_ending(&mut self) -> bool {
        let Some(outcome) = self.future.outcome() else { return false };
        self.stage = Stage::Complete;
        self.error = outcome.map(Failure::take);
        true
    }

    /// `descriptor.write`: a fresh stream, all bytes (none are written too), and its result. `numbers[1]` counts bytes taken.
    fn step_write(&mut self) -> bool {
        if self.stage == Stage::New {
            let (readable, writable) = ends(unsafe { bytes_new() });
            let future = unsafe { imports::write_via_stream(self.handle, readable, self.numbers[0]) };
            self.stream = Waitable::new(writable, Owner::None);
            self.future = ResultFuture::new(future, Domain::File, Owner::None);
            self.numbers[1] = 0;
            self.keep = self.text.len > 0 && run::follows(self.place(0));
            self.stage = Stage::Started;
        }
        if self.stage == Stage::Started {
            let mut result = self.stream.result();
            if self.stream.busy {
                return false;
            }
            loop {
                if let Some(result) = result {
                    self.text.skip(result >> 4);
                    self.numbers[1] += (result >> 4) as u64;
                    self.keep &= result & 15 != DROPPED;
                    if result & 15 == DROPPED || self.text.len == 0 {
                        break;
                    }
                }
                let started = unsafe { bytes_write(self.stream.handle, self.text.start(), self.text.len) };
                result = self.stream.started(started);
                if result.is_none() {
                    return false;
                }
            }
            let end = self.place(self.numbers[1]);
            if self.keep && run::keep(end, &mut self.stream, &mut self.future) {
                return true;
            }
            self.close_stream();
            self.stage = Stage::Ending;
        }
        if !self.step_ending() {
            return false;
        }
        run::note(self.place(self.numbers[1]));
        if self.numbers[1] > 0 {
            if let Some(error) = &mut self.error {
                error.text.release();
            }
            self.error = None;
        }
        true
    }
}

/// Goes on with an operation of this package.
#[inline(never)]
#[unsafe(export_name = "part:filesystem/step")]
pub extern "C" fn part_step(op: &mut Op) -> bool {
    let Body::File(call) = op.body else { return true };
    let call = unsafe { &mut *call };
    if call.stage == Stage::Complete {
        return true;
    }
    if call.stage == Stage::New {
        // Dropping an output-stream waits natively for what it was given.
        if !run::settled() || sink::any_parked() {
            return false;
        }
        if call.kind != Kind::IsSameObject
            && let Some(code) = run::take_error(call.id)
        {
            call.fail(code);
            return true;
        }
    }
    let done = match call.kind {
        Kind::Read => part_step_read(call, &mut op.bytes),
        Kind::Write => part_step_write(call),
        Kind::ReadDirectory | Kind::ReadDirectoryEntry => directory::part_step(call),
        _ => call.step_call(),
    };
    if done {
        call.stage = Stage::Complete;
    }
    done
}

#[inline(never)]
#[unsafe(export_name = "part:runs/step-read")]
extern "C" fn part_step_read(call: &mut Call, bytes: &mut Buffer) -> bool {
    call.step_read(bytes)
}

#[inline(never)]
#[unsafe(export_name = "part:runs/step-write")]
extern "C" fn part_step_write(call: &mut Call) -> bool {
    call.step_write()
}

/// Frees an operation.
#[inline(never)]
#[unsafe(export_name = "part:filesystem/forget")]
pub extern "C" fn part_forget(call: *mut Call) {
    let this = unsafe { &mut *call };
    this.text.release();
    this.text2.release();
    if let Some(error) = &mut this.error {
        error.text.release();
    }
    memory::unbox(call);
}

/// `read` and `write` of a directory fail as on wasmtime, without asking the host.
pub fn check_file(call: &mut Call, descriptor: *const Descriptor) {
    if unsafe { (*descriptor).kind } == convert::DIRECTORY {
        call.fail(BAD_DESCRIPTOR)
    }
}
