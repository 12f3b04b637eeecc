//! `directory-entry-stream` (DESIGN.md: "Two-phase end", "Parked operations").

use super::call::{Call, Kind};
use super::convert;
use super::descriptor::Descriptor;
use super::imports;
use crate::hooks::{Body, Domain, Owner};
use crate::kernel::canon::*;
use crate::kernel::failure::Failure;
use crate::kernel::op;
use crate::kernel::outcome::ResultFuture;
use crate::kernel::wait;
use crate::kernel::waitable::Waitable;
use crate::wasi::io::error::NOT_DIRECTORY;
use common::abi::{Ret, area};
use common::cell::Global;
use common::memory::{self, Buffer};
use core::ptr::null_mut;

/// `directory-entry` of 0.3: { type: variant of 16 bytes, name: string }.
const ENTRY: u32 = 24;

/// How many entries are read at once.
const AHEAD: u32 = 64;

enum State {
    Open,
    /// The producer has ended the stream; the result will say why.
    Dropped,
    /// It failed; not reported yet.
    Failed(Failure),
    Ended,
}

pub struct EntryStream {
    stream: Waitable,
    future: ResultFuture,
    state: State,
    /// Entries that were read, in elements of `ENTRY` bytes, or where the read in flight writes.
    entries: *mut u8,
    first: u32,
    count: u32,
    orphan: bool,
    next: *mut EntryStream,
}

/// Streams that the guest dropped with an operation in flight.
static PARKED: Global<*mut EntryStream> = Global::new(null_mut());

#[link(wasm_import_module = "[export]wasi:filesystem/types@0.2.12")]
unsafe extern "C" {
    #[link_name = "[resource-new]directory-entry-stream"]
    fn entry_stream_new(rep: *mut EntryStream) -> u32;
}

impl EntryStream {
    fn open(descriptor: u32) -> *mut EntryStream {
        let mut ends = [0; 2];
        unsafe { imports::read_directory(descriptor, &mut ends) };
        let this = memory::boxed(EntryStream {
            stream: Waitable::NONE,
            future: ResultFuture::NONE,
            state: State::Open,
            entries: memory::alloc(ENTRY * AHEAD),
            first: 0,
            count: 0,
            orphan: false,
            next: null_mut(),
        });
        let owner = Owner::Directory(this);
        unsafe {
            (*this).stream = Waitable::new(ends[0], owner);
            (*this).future = ResultFuture::new(ends[1], Domain::File, owner);
        }
        this
    }

    /// Reads entries if there are none; true when an entry or the outcome is there.
    fn fill(&mut self) -> bool {
        if self.count > 0 {
            return true;
        }
        if let State::Open = self.state {
            if self.stream.busy {
                return false;
            }
            let mut result = self.stream.result();
            if result.is_none() {
                // Names are strings: see `outcome`.
                if wait::reader().is_null() {
                    wait::wish();
                    return false;
                }
                let started = unsafe { imports::entries_read(self.stream.handle, self.entries, AHEAD) };
                result = self.stream.started(started);
            }
            let Some(result) = result else { return false };
            self.first = 0;
            self.count = result >> 4;
            if result & 15 == DROPPED {
                self.state = State::Dropped;
                self.close_stream();
            }
            if self.count > 0 {
                return true;
            }
        }
        if let State::Dropped = self.state {
            match self.future.outcome() {
                None => return false,
                Some(None) => self.state = State::Ended,
                Some(Some(error)) => self.state = State::Failed(error),
            }
        }
        !matches!(self.state, State::Open)
    }

    /// The next entry: type and name.
    fn take(&mut self) -> Option<(u8, Buffer)> {
        if self.count == 0 {
            return None;
        }
        let entry = self.entries.wrapping_add((self.first * ENTRY) as usize);
        self.first += 1;
        self.count -= 1;
        let [name, len] = unsafe { (entry.add(16) as *const [u32; 2]).read() };
        Some((convert::descriptor_type(entry), Buffer::lowered(name as *mut u8, len)))
    }

    fn take_error(&mut self) -> Option<Failure> {
        if let State::Failed(error) = self.state {
            self.state = State::Ended;
            return Some(error);
        }
        None
    }

    fn close_stream(&mut self) {
        if self.stream.handle != 0 {
            self.stream.leave();
            unsafe { imports::entries_drop(self.stream.handle) };
            self.stream.handle = 0;
        }
    }

    fn orphan(&mut self) {
        if self.stream.busy || self.future.waitable.busy {
            self.orphan = true;
            self.next = *PARKED.get();
            *PARKED.get() = self;
            wait::park();
            return;
        }
        if let Some(result) = self.stream.result() {
            self.first = 0;
            self.count = result >> 4;
        }
        self.free();
    }

    fn free(&mut self) {
        while let Some((_, mut name)) = self.take() {
            name.release();
        }
        if let Some(error) = self.take_error() {
            error.forget();
        }
        self.close_stream();
        self.future.close();
        memory::free(self.entries, ENTRY * AHEAD);
        memory::unbox(self);
    }
}

/// One step of `read-directory` and `read-directory-entry`.
#[inline(never)]
#[unsafe(export_name = "part:directories/step")]
pub extern "C" fn part_step(call: &mut Call) -> bool {
    if call.entries.is_null() {
        call.entries = EntryStream::open(call.handle);
    }
    let entries = unsafe { &mut *call.entries };
    if !entries.fill() {
        return false;
    }
    if entries.count == 0 {
        call.error = entries.take_error().map(Failure::take);
    }
    true
}

/// An event for a stream: of interest if it is parked.
#[inline(never)]
#[unsafe(export_name = "part:directories/event")]
pub extern "C" fn part_event(stream: *mut EntryStream) {
    unsafe {
        if !(*stream).orphan {
            return;
        }
        let mut link = PARKED.get() as *mut *mut EntryStream;
        while *link != stream {
            link = &raw mut (**link).next;
        }
        *link = (*stream).next;
        (*stream).orphan();
    }
}

pub fn any_parked() -> bool {
    !PARKED.get().is_null()
}

/// Cancels what is parked. Only inside of `control.wait`.
#[inline(never)]
#[unsafe(export_name = "part:directories/reap")]
pub extern "C" fn part_reap() {
    loop {
        let stream = *PARKED.get();
        if stream.is_null() {
            return;
        }
        let stream = unsafe { &mut *stream };
        *PARKED.get() = stream.next;
        if stream.stream.busy {
            stream.stream.abandon();
            let result = unsafe { imports::entries_cancel(stream.stream.handle) };
            stream.first = 0;
            stream.count = result >> 4;
        }
        stream.future.cancel();
        stream.free();
    }
}

/// Class R, for the sake of exact errors: one entry, or the outcome, is awaited.
#[unsafe(export_name = "wasi:filesystem/types@0.2.12#[method]descriptor.start-read-directory")]
extern "C" fn start_read_directory(this: *mut Descriptor) -> u32 {
    op::pump();
    let call = Call::new(Kind::ReadDirectory, this);
    let kind = unsafe { (*this).kind };
    if kind != convert::DIRECTORY && kind != convert::UNASKED {
        call.fail(NOT_DIRECTORY);
    }
    op::begin(Body::File(call))
}

#[unsafe(export_name = "wasi:filesystem/types@0.2.12#[static]descriptor.finish-read-directory")]
extern "C" fn finish_read_directory(token: u32) -> Ret {
    let area = area();
    let Body::File(call) = op::take(token).body else { return area.ret() };
    let (error, entries) = unsafe { ((*call).error, (*call).entries) };
    match error {
        Some(error) => {
            area.u8(0, 1).u8(4, error.code);
            if !entries.is_null() {
                unsafe { (*entries).orphan() };
            }
        }
        None => {
            area.u8(0, 0).u32(4, unsafe { entry_stream_new(entries) });
        }
    }
    super::part_forget(call);
    area.ret()
}

#[unsafe(export_name = "wasi:filesystem/types@0.2.12#[dtor]directory-entry-stream")]
extern "C" fn drop_entry_stream(this: *mut EntryStream) {
    unsafe { (*this).orphan() };
}

#[unsafe(export_name = "wasi:filesystem/types@0.2.12#[method]directory-entry-stream.start-read-directory-entry")]
extern "C" fn start_read_directory_entry(this: *mut EntryStream) -> u32 {
    op::pump();
    let call = Call::new(Kind::ReadDirectoryEntry, core::ptr::null());
    call.entries = this;
    op::begin(Body::File(call))
}

/// `result<option<directory-entry>, error-code>`.
#[unsafe(export_name = "wasi:filesystem/types@0.2.12#[static]directory-entry-stream.finish-read-directory-entry")]
extern "C" fn finish_read_directory_entry(token: u32) -> Ret {
    let area = area();
    let Body::File(call) = op::take(token).body else { return area.ret() };
    let (error, entries) = unsafe { ((*call).error, &mut *(*call).entries) };
    if let Some(error) = error {
        area.u8(0, 1).u8(4, error.code);
    } else if let Some((kind, name)) = entries.take() {
        memory::keep(name);
        area.u8(0, 0).u8(4, 1).u8(8, kind).u32(12, name.start() as u32).u32(16, name.len);
    } else {
        area.u8(0, 0).u8(4, 0);
    }
    super::part_forget(call);
    area.ret()
}
