//! Reads and writes: values get from one end of a stream or future to the other.

use super::ahead;
use super::pair::{self, CopyResult, CopyState, End, Pair, Pending, Type, UNIT};
use super::payload::{self, Block};
use super::poll;
use super::table::{self, Kind};
use crate::hooks;
use crate::trap;
use common::array::Array;
use common::global::Global;
use common::memory::{Buffer, BufferCell};
use common::shared::Shared;
use core::cell::Cell;

const BLOCKED: u32 = u32::MAX;
const MAX_COUNT: u32 = (1 << 28) - 1;

/// Begins an operation on an end.
pub fn begin(end: &End, count: u32) {
    match end.state.replace(CopyState::Copying) {
        CopyState::Idle => {}
        CopyState::Copying => trap::busy(),
        CopyState::Done => trap::done(),
    }
    if count > MAX_COUNT {
        trap::too_long()
    }
    end.count.set(0);
}

/// The built-in's answer: the result of the operation, or BLOCKED.
fn answer(end: Shared<End>) -> u32 {
    match end.has_event() {
        true => End::deliver(end),
        false => BLOCKED,
    }
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#read")]
pub(super) extern "C" fn read(handle: u32, ty: Type, count: u32, cookie: u64) -> u32 {
    let reader = pair::typed_end(handle, Kind::StreamRead, ty);
    let pair = Pair::of(reader);
    begin(&reader, count);
    reader.cookie.set(cookie);
    pair.forget_taken();
    if pair.value.get().is_known() {
        End::notify(reader, CopyResult::Completed);
    } else if pair.directory.get().is_some() {
        hooks::hook_read_entries(pair, count);
    } else if pair.ahead.get() > 0 {
        ahead::hook_read_ahead(pair, count);
    } else if pair.dropped.get() {
        End::notify(reader, CopyResult::Dropped);
    } else if pair.pending.get() == Pending::Write {
        pair.may_copy();
        let writer = Pair::writer(pair);
        let remain = pair.len.get() - writer.count.get();
        if remain > 0 {
            let count = count.min(remain);
            if count > 0 {
                writer.count.update(|copied| copied + count);
                reader.count.set(count);
                End::notify(writer, CopyResult::Completed);
                pair.move_values(&pair.data, count);
                if ty.is_future() {
                    pair.reset_pending();
                }
            }
            End::notify(reader, CopyResult::Completed);
        } else {
            Pair::complete(pair, CopyResult::Completed);
            wait_for_writer(pair, count);
        }
    } else {
        wait_for_writer(pair, count);
    }
    answer(reader)
}

/// [`read`] by a linked guest: the host's bytes go straight to the guest's memory, through element
/// `by` of the table.
#[unsafe(export_name = "linked:read")]
extern "C" fn read_in_place(handle: u32, ty: Type, count: u32, cookie: u64, by: u32) -> u32 {
    Pair::of(pair::typed_end(handle, Kind::StreamRead, ty)).by.set(by);
    read(handle, ty, count, cookie)
}

fn wait_for_writer(pair: Shared<Pair>, count: u32) {
    pair.pending.set(Pending::Read);
    pair.len.set(count);
    if let Some(source) = pair.source.get() {
        poll::step(source);
    }
}

/// Writes units, or values that cannot pass at all.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#write-unit")]
pub(super) extern "C" fn write_unit(handle: u32, ty: Type, count: u32) -> u32 {
    write_values(handle, ty, count, Buffer::NONE)
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#write")]
pub(super) extern "C" fn write(
    handle: u32,
    ty: Type,
    count: u32,
    skip: u32,
    len: u32,
    at: *mut u8,
    chunks: u32,
) -> u32 {
    let mut data = Buffer::lowered(at, chunks * 64);
    if len > 0 {
        data.off = skip;
        data.len = len;
    } else {
        data.release();
    }
    write_values(handle, ty, count, data)
}

/// The answer of `linked:write` when the values have to come to R, by [`write`].
const COPY: u32 = u32::MAX - 1;

/// [`write`] by a linked guest: bytes for the host stay at `at` of the guest's memory until element
/// `by` of the table writes them.
#[unsafe(export_name = "linked:write")]
extern "C" fn write_in_place(handle: u32, ty: Type, count: u32, by: u32, at: u32) -> u32 {
    if Pair::of(pair::typed_end(handle, Kind::StreamWrite, ty)).sink.get().is_none() {
        return COPY;
    }
    write_values(handle, ty, count, Buffer::of_guest(by, at, count))
}

/// Writes values that are exchanged: `count` at `values`. Their list and all that they point to are
/// in `blocks`.
pub fn write_exchanged(handle: u32, ty: Type, count: u32, values: *mut u8, mut blocks: *mut Block, cookie: u64) -> u32 {
    let pair = Pair::of(pair::typed_end(handle, Kind::StreamWrite, ty));
    if !pair.exchanged.get() {
        trap::wrong_type()
    }
    let data = match count {
        0 => Buffer::NONE,
        _ => payload::take_list(&mut blocks, values, count * pair.element.get()),
    };
    pair.forget_payloads();
    pair.payloads.add(count, blocks);
    pair.offered.set(count);
    pair.writer.cookie.set(cookie);
    let answer = write_values(handle, ty, count, data);
    pair.forget_payloads();
    answer
}

/// A flag in the answer of `write`: a pending read of the same part has got values, which [`fill`]
/// tells of.
const FILLED: u32 = 8;

/// Pairs whose pending read has got values that are not in the reader's buffer yet.
static FILLING: Global<Array<Shared<Pair>>> = Global::new(Array::new());

/// Notes that the pending read has got values to be fetched.
fn fills(pair: Shared<Pair>) {
    if !pair.is_filling.replace(true) {
        FILLING.push(pair);
    }
}

/// Takes a pair out of `FILLING`: the values of its pending read need not be fetched any more.
pub fn fills_no_more(pair: Shared<Pair>) {
    let at = (0..FILLING.len()).find(|at| FILLING.get(*at) == pair);
    forget_filling(at.unwrap_or(0));
}

fn forget_filling(at: u32) {
    FILLING.get(at).is_filling.set(false);
    FILLING.swap_remove(at);
}

/// The next pending read, of the part that R works for, that has got values: as an event whose
/// count is the number of values to be fetched. 0 if there is none.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#fill")]
pub(super) extern "C" fn fill() -> u64 {
    for at in (0..FILLING.len()).rev() {
        let pair = FILLING.get(at);
        let reader = &pair.reader;
        if reader.part.get() != table::part() {
            continue;
        }
        forget_filling(at);
        let len = pair.taken.get().len;
        if len > 0 && reader.handle.get() != 0 {
            let count = if pair.ty.get().is_future() { 0 } else { len / pair.element.get() };
            return reader.kind.get() as u64 | (reader.handle.get() as u64) << 4 | (count as u64) << 36;
        }
    }
    0
}

fn write_values(handle: u32, ty: Type, count: u32, data: Buffer) -> u32 {
    let data = Cell::new(data);
    let writer = pair::typed_end(handle, Kind::StreamWrite, ty);
    let pair = Pair::of(writer);
    begin(&writer, count);
    let mut filled = 0;
    if pair.dropped.get() {
        data.release();
        End::notify(writer, CopyResult::Dropped);
    } else if pair.pending.get() == Pending::Read {
        pair.may_copy();
        let reader = Pair::reader(pair);
        let remain = pair.len.get() - reader.count.get();
        if remain > 0 {
            let count = count.min(remain);
            if count > 0 {
                writer.count.set(count);
                reader.count.update(|copied| copied + count);
                End::notify(reader, CopyResult::Completed);
                pair.move_values(&data, count);
                if ty.is_future() {
                    pair.reset_pending();
                }
                if pair.element.get() != UNIT && reader.handle.get() != 0 {
                    fills(pair);
                    filled = if reader.part == writer.part { FILLED } else { 0 };
                }
            }
            data.release();
            End::notify(writer, CopyResult::Completed);
        } else if count == 0 && pair.len.get() == 0 {
            End::notify(writer, CopyResult::Completed);
        } else {
            Pair::complete(pair, CopyResult::Completed);
            wait_for_reader(pair, count, &data);
        }
    } else {
        wait_for_reader(pair, count, &data);
    }
    answer(writer) | filled
}

fn wait_for_reader(pair: Shared<Pair>, count: u32, data: &Cell<Buffer>) {
    pair.pending.set(Pending::Write);
    pair.len.set(count);
    pair::append(&pair.data, data.get());
    if let Some(sink) = pair.sink.get() {
        poll::step(sink);
    }
}
