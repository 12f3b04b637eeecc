//! `directory-entry-stream` (DESIGN.md: "Two-phase end", "Parked operations").
//!
//! # Safety
//!
//! Streams in parameters come from the engine, so their resources exist. The host writes entries
//! while a read is in flight; a stream is freed only when it is not busy.

use super::call::{Call, Kind};
use super::convert::{self, ErrorCode};
use super::descriptor::Descriptor;
use super::imports;
use crate::hooks::{Body, Owner, StreamKind};
use crate::kernel::canon::*;
use crate::kernel::failure::Failure;
use crate::kernel::op;
use crate::kernel::outcome::ResultFuture;
use crate::kernel::wait;
use crate::kernel::waitable::Waitable;
use common::abi::{Ret, area};
use common::global::Global;
use common::list::{Link, Linked, List};
use common::memory::{self, Buffer};
use common::shared::Shared;
use core::cell::Cell;

/// `directory-entry` of 0.3: { type: variant of 16 bytes, name: string }.
const ENTRY: u32 = 24;

/// How many entries are read at once.
const AHEAD: u32 = 64;

#[derive(Clone, Copy)]
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
    state: Cell<State>,
    /// Entries that were read, of `ENTRY` bytes each, or the target of the read in flight.
    entries: *mut u8,
    first: Cell<u32>,
    count: Cell<u32>,
    orphan: Cell<bool>,
    next: Link<EntryStream>,
}

impl Linked for EntryStream {
    fn link(&self) -> &Link<EntryStream> {
        &self.next
    }
}

/// Streams that the guest dropped with an operation in flight.
static PARKED: Global<List<EntryStream>> = Global::new(List::new());

#[link(wasm_import_module = "[export]wasi:filesystem/types@0.2")]
unsafe extern "C" {
    #[link_name = "[resource-new]directory-entry-stream"]
    fn entry_stream_new(rep: Shared<EntryStream>) -> u32;
}

impl EntryStream {
    fn open(descriptor: u32) -> Shared<EntryStream> {
        let mut ends = [0; 2];
        unsafe { imports::read_directory(descriptor, &mut ends) };
        let this = Shared::new(EntryStream {
            stream: Waitable::none(),
            future: ResultFuture::none(),
            state: Cell::new(State::Open),
            entries: memory::alloc(ENTRY * AHEAD),
            first: Cell::new(0),
            count: Cell::new(0),
            orphan: Cell::new(false),
            next: Cell::new(None),
        });
        let owner = Owner::Directory(this);
        this.stream.set(ends[0], owner);
        this.future.set(ends[1], StreamKind::File, owner);
        this
    }

    /// Entries have arrived.
    fn note(&self, result: u32) {
        self.first.set(0);
        self.count.set(result >> 4);
    }

    /// Reads entries if there are none; true when an entry or the outcome is there.
    fn fill(&self) -> bool {
        if self.count.get() > 0 {
            return true;
        }
        if let State::Open = self.state.get() {
            if self.stream.busy.get() {
                return false;
            }
            let mut result = self.stream.result();
            if result.is_none() {
                // Names are strings: see `outcome`.
                if wait::reader().is_none() {
                    wait::wish();
                    return false;
                }
                let started = unsafe { imports::entries_read(self.stream.handle.get(), self.entries, AHEAD) };
                result = self.stream.started(started);
            }
            let Some(result) = result else { return false };
            self.note(result);
            if result & 15 == DROPPED {
                self.state.set(State::Dropped);
                self.close_stream();
            }
            if self.count.get() > 0 {
                return true;
            }
        }
        if let State::Dropped = self.state.get() {
            match self.future.outcome() {
                None => return false,
                Some(None) => self.state.set(State::Ended),
                Some(Some(error)) => self.state.set(State::Failed(error)),
            }
        }
        !matches!(self.state.get(), State::Open)
    }

    /// The next entry: type and name.
    fn take(&self) -> Option<(u8, Buffer)> {
        if self.count.get() == 0 {
            return None;
        }
        let entry = self.entries.wrapping_add((self.first.get() * ENTRY) as usize);
        self.first.update(|v| v + 1);
        self.count.update(|v| v - 1);
        let ([name, len], kind) =
            unsafe { ((entry.add(16) as *const [u32; 2]).read(), convert::descriptor_type(entry)) };
        Some((kind, Buffer::lowered(name as *mut u8, len)))
    }

    fn take_error(&self) -> Option<Failure> {
        if let State::Failed(error) = self.state.get() {
            self.state.set(State::Ended);
            return Some(error);
        }
        None
    }

    fn close_stream(&self) {
        if self.stream.handle.get() != 0 {
            self.stream.leave();
            unsafe { imports::entries_drop(self.stream.handle.get()) };
            self.stream.handle.set(0);
        }
    }

    fn orphan(&self) {
        if self.stream.busy.get() || self.future.waitable.busy.get() {
            self.orphan.set(true);
            PARKED.push(self);
            wait::park();
            return;
        }
        if let Some(result) = self.stream.result() {
            self.note(result);
        }
        self.dispose();
    }

    fn dispose(&self) {
        while let Some((_, mut name)) = self.take() {
            name.release();
        }
        if let Some(error) = self.take_error() {
            error.forget();
        }
        self.close_stream();
        self.future.close();
        unsafe {
            memory::free(self.entries, ENTRY * AHEAD);
            Shared::of(self).free();
        }
    }
}

/// One step of `read-directory` and `read-directory-entry`.
#[inline(never)]
#[unsafe(export_name = "hook:directories/step")]
pub extern "C" fn hook_step(call: &Call) -> bool {
    let entries = call.entries.get().unwrap_or_else(|| EntryStream::open(call.handle.get()));
    call.entries.set(Some(entries));
    if !entries.fill() {
        return false;
    }
    if entries.count.get() == 0 {
        call.error.set(entries.take_error().map(|failure| convert::code(failure.take())));
    }
    true
}

/// An event arrived for a stream: if it is parked, it is disposed of.
#[inline(never)]
#[unsafe(export_name = "hook:directories/event")]
pub extern "C" fn hook_event(stream: &EntryStream) {
    if stream.orphan.get() {
        PARKED.remove(stream);
        stream.orphan();
    }
}

pub fn any_parked() -> bool {
    !PARKED.is_empty()
}

/// Cancels the operations of parked streams. Only inside of `control.wait`.
#[inline(never)]
#[unsafe(export_name = "hook:directories/reap")]
pub extern "C" fn hook_reap() {
    while let Some(stream) = PARKED.pop() {
        if stream.stream.busy.get() {
            stream.stream.abandon();
            stream.note(unsafe { imports::entries_cancel(stream.stream.handle.get()) });
        }
        stream.future.cancel();
        stream.dispose();
    }
}

/// Class R: waits for one entry, or the outcome, so that errors are exact.
#[unsafe(export_name = "wasi:filesystem/types@0.2#[method]descriptor.start-read-directory")]
extern "C" fn start_read_directory(this: Shared<Descriptor>) -> u32 {
    op::deliver_events();
    let call = Call::new(Kind::ReadDirectory, Some(&this));
    let kind = this.kind;
    if kind != convert::DIRECTORY && kind != convert::UNASKED {
        call.fail(ErrorCode::NotDirectory);
    }
    op::begin(Body::File(call))
}

#[unsafe(export_name = "wasi:filesystem/types@0.2#[static]descriptor.finish-read-directory")]
extern "C" fn finish_read_directory(token: u32) -> Ret {
    let area = area();
    let Body::File(call) = op::take(token).body else { return area.ret() };
    let entries = call.entries.get();
    match call.error.get() {
        Some(code) => {
            area.u8(0, 1).u8(4, code as u8);
            if let Some(entries) = entries {
                entries.orphan();
            }
        }
        None => {
            area.u8(0, 0).u32(4, entries.map_or(0, |entries| unsafe { entry_stream_new(entries) }));
        }
    }
    super::hook_forget(call);
    area.ret()
}

#[unsafe(export_name = "wasi:filesystem/types@0.2#[dtor]directory-entry-stream")]
extern "C" fn drop_entry_stream(this: Shared<EntryStream>) {
    this.orphan();
}

#[unsafe(export_name = "wasi:filesystem/types@0.2#[method]directory-entry-stream.start-read-directory-entry")]
extern "C" fn start_read_directory_entry(this: Shared<EntryStream>) -> u32 {
    op::deliver_events();
    let call = Call::new(Kind::ReadDirectoryEntry, None);
    call.entries.set(Some(this));
    op::begin(Body::File(call))
}

/// `result<option<directory-entry>, error-code>`.
#[unsafe(export_name = "wasi:filesystem/types@0.2#[static]directory-entry-stream.finish-read-directory-entry")]
extern "C" fn finish_read_directory_entry(token: u32) -> Ret {
    let area = area();
    let Body::File(call) = op::take(token).body else { return area.ret() };
    if let Some(code) = call.error.get() {
        area.u8(0, 1).u8(4, code as u8);
    } else if let Some((kind, name)) = call.entries.get().and_then(|entries| entries.take()) {
        memory::keep(name);
        area.u8(0, 0).u8(4, 1).u8(8, kind).u32(12, name.start() as u32).u32(16, name.len);
    } else {
        area.u8(0, 0).u8(4, 0);
    }
    super::hook_forget(call);
    area.ret()
}
