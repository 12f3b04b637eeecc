//! Cancelling operations on ends, and dropping ends.

use super::pair::{self, CopyResult, CopyState, End, Pair, Type};
use super::poll;
use super::table::{self, Kind};
use super::waitable::Waitable;
use crate::hooks;
use crate::trap;

fn cancel(handle: u32, kind: Kind, ty: Type) -> u32 {
    let end = pair::typed_end(handle, kind, ty);
    if end.state.get() != CopyState::Copying {
        trap::idle()
    }
    if !end.has_event() {
        let pair = Pair::of(end);
        Pair::complete(pair, CopyResult::Cancelled);
        pair.forget_payloads();
        if let Some(source) = pair.source.get() {
            poll::deregister(source);
        }
        if let Some(sink) = pair.sink.get() {
            poll::step(sink);
        }
    }
    End::deliver(end)
}

fn drop_end(handle: u32, kind: Kind, ty: Type) {
    let end = pair::typed_end(handle, kind, ty);
    table::remove_end(table::part(), handle, end.kind.get());
    if end.state.get() == CopyState::Copying {
        trap::busy()
    }
    if end.kind.get() == Kind::FutureWrite && end.state.get() != CopyState::Done {
        trap::unwritten()
    }
    Waitable::join(End::waitable(end), None);
    end.handle.set(0);
    let pair = Pair::of(end);
    if pair.directory.get().is_some() {
        hooks::hook_drop_entries(pair);
    }
    if !pair.promised.get() {
        Pair::drop_end(pair);
    }
    // The waiter of the other end goes, and may free the pair.
    if let Some(source) = pair.source.get() {
        hooks::hook_drop_source(source);
    } else if let Some(sink) = pair.sink.get() {
        poll::step(sink);
    } else {
        Pair::reap(pair);
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#cancel-read")]
pub(super) extern "C" fn cancel_read(end: u32, ty: Type) -> u32 {
    cancel(end, Kind::StreamRead, ty)
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#cancel-write")]
pub(super) extern "C" fn cancel_write(end: u32, ty: Type) -> u32 {
    cancel(end, Kind::StreamWrite, ty)
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#drop-readable")]
pub(super) extern "C" fn drop_readable(end: u32, ty: Type) {
    drop_end(end, Kind::StreamRead, ty)
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#drop-writable")]
pub(super) extern "C" fn drop_writable(end: u32, ty: Type) {
    drop_end(end, Kind::StreamWrite, ty)
}
