//! Streams and futures: two ends and what is between them.
//!
//! Either end may be the guest's or the host's. What the guest does follows the Canonical ABI's
//! `SharedStreamImpl`; a pump or a directory takes the place of the other end when that is the host's.

use crate::event::Waitable;
use crate::filesystem;
use crate::handles::{self, FUTURE_READ, FUTURE_WRITE, STREAM_READ, STREAM_WRITE};
use crate::http;
use crate::parcel::{self, Parcels};
use crate::trap;
use crate::wait::{self, Pump};
use common::array::Array;
use common::cell::Global;
use common::memory::{self, Block, Buffer};
use core::mem::{size_of, take};
use core::ptr::{copy_nonoverlapping, null_mut, write_bytes};

/// States of an end.
const IDLE: u8 = 0;
pub const COPYING: u8 = 1;
const DONE: u8 = 2;

/// Results of copies.
pub const COMPLETED: u8 = 0;
pub const DROPPED: u8 = 1;
const CANCELLED: u8 = 2;

const BLOCKED: u32 = u32::MAX;
const MAX_COUNT: u32 = (1 << 28) - 1;

/// Element sizes: payload unit, and payloads that are neither unit nor a number.
pub const UNIT: u32 = 0;
pub const OTHER: u32 = u32::MAX;
/// In the size of such an element: it may travel between parts.
const CARRIED: u32 = 1 << 31;

/// A type of streams or futures: the number that `wrap` has given to the payload, and whether it is a future.
#[derive(Clone, Copy, PartialEq)]
pub struct Type(u32);

const FUTURE: u32 = 1 << 31;

impl Type {
    /// `stream<u8>`
    pub const BYTES: Type = Type(1);
    /// Those of WASI, as `Typed` of `wrap` counts them.
    pub const CLI_RESULT: Type = Type(16 | FUTURE);
    pub const FILE_RESULT: Type = Type(17 | FUTURE);
    pub const DIRECTORY_ENTRIES: Type = Type(18);
    pub const HTTP_RESULT: Type = Type(19 | FUTURE);
    pub const HTTP_TRAILERS: Type = Type(20 | FUTURE);
    pub const SOCKET_RESULT: Type = Type(21 | FUTURE);
    pub const SOCKETS: Type = Type(22);

    fn is_future(self) -> bool {
        self.0 & FUTURE != 0
    }

    /// The kinds of its readable and its writable ends.
    fn kinds(self) -> (u32, u32) {
        match self.is_future() {
            false => (STREAM_READ, STREAM_WRITE),
            true => (FUTURE_READ, FUTURE_WRITE),
        }
    }
}

/// Which end has an operation pending.
#[derive(Clone, Copy, PartialEq)]
pub enum Pending {
    None = 0,
    Read,
    Write,
}

#[repr(C, align(16))]
pub struct Pair {
    /// First, see [`Pair::of`].
    pub reader: Waitable,
    pub writer: Waitable,
    ty: Type,
    /// One of the ends is gone.
    pub dropped: bool,
    pub pending: Pending,
    /// Of a future: 0 until R has its value, else 1 for `ok`, 2 + case of the error. Those of `wasi:http` are 1, and have
    /// an `outcome` unless they are `ok` without anything.
    pub value: u8,
    /// The host will resolve this future.
    pub promised: bool,
    /// R has the readable end.
    pub held: bool,
    /// Its values are neither units nor numbers, and travel between parts.
    pub carried: bool,
    /// A pending read has got values that are to be fetched.
    is_filling: bool,
    /// Size of an element.
    pub element: u32,
    /// Elements of the pending operation.
    pub len: u32,
    /// Of a linked guest: what reads to its memory, see `io::part_read_in_place`.
    pub by: u32,
    /// Values that were not copied yet: first those that R took ahead, then those of a pending write.
    pub data: Buffer,
    /// How many values R took ahead: their writer was told that they are read (see [`Pair::take_ahead`]).
    pub ahead: u32,
    /// What the host says of the error of a future of `wasi:sockets`.
    pub text: Buffer,
    /// Values that were read and that the guest takes next.
    pub taken: Buffer,
    /// If they are carried: what the values in `taken` and `data` point to, and how many values the last write had.
    pub parcels: Parcels,
    pub offered: u32,
    /// The host's end, or R's, if it is one: what is stepped for a read, and for a write or a value.
    pub source: *mut Pump,
    pub sink: *mut Pump,
    pub directory: *mut filesystem::Directory,
    pub outcome: *mut http::Outcome,
}

impl Pair {
    pub fn new(ty: Type, element: u32) -> *mut Pair {
        let (read, write) = ty.kinds();
        let carried = element != OTHER && element & CARRIED != 0;
        let pair = memory::alloc(size_of::<Pair>() as u32) as *mut Pair;
        unsafe {
            // Nothing, nowhere, not: both ends are idle.
            write_bytes(pair, 0, 1);
            (*pair).reader.kind = read as u8;
            (*pair).writer.kind = write as u8;
            (*pair).ty = ty;
            (*pair).carried = carried;
            (*pair).element = if carried { element & !CARRIED } else { element };
        }
        pair
    }

    /// The pair that an end belongs to.
    pub fn of(end: &Waitable) -> &'static mut Pair {
        let at = end as *const Waitable as *mut Waitable;
        let behind = match end.kind as u32 {
            STREAM_READ | FUTURE_READ => 0,
            _ => 1,
        };
        unsafe { &mut *(at.wrapping_sub(behind) as *mut Pair) }
    }

    /// Gives the readable end to the guest, to the part that R works for.
    pub fn give_reader(&mut self) -> u32 {
        self.held = false;
        self.reader.give(handles::part())
    }

    /// Bytes of the values that the pending or just finished read has got and that are where they were read to.
    fn filled(&self) -> u32 {
        match self.ty.is_future() {
            true => 0,
            false => self.reader.count * self.element - self.taken.len,
        }
    }

    /// The values of the pending read are to be fetched.
    fn fills(&mut self) {
        if !self.is_filling {
            self.is_filling = true;
            FILLING.get().push(self);
        }
    }

    /// … or not any more; `at` is where that is kept.
    fn forget_filling(&mut self, at: u32) {
        let filling = FILLING.get();
        self.is_filling = false;
        filling.len -= 1;
        filling.set(at, filling.get(filling.len));
    }

    /// What the trampoline has to know that fetches what a read has got: that operation's cookie, whose low half is where the next
    /// value lies; 0 if there is nothing to fetch.
    pub fn reading(&self) -> u64 {
        match self.element {
            UNIT => 0,
            OTHER => self.reader.cookie,
            _ if self.taken.len == 0 => 0,
            _ => self.reader.cookie + self.filled() as u64,
        }
    }

    pub fn reset_pending(&mut self) {
        self.pending = Pending::None;
        match self.ahead {
            0 => self.data.release(),
            ahead => self.data.len = ahead * self.element,
        }
    }

    /// Takes the values of a pending write, so that the writer can go on: it is on the stack above whoever could read.
    /// Whether there were some.
    pub fn take_ahead(&mut self) -> bool {
        let left = self.len - self.writer.count;
        let is_open = !self.dropped && self.source.is_null() && self.sink.is_null();
        if self.pending != Pending::Write || !is_open || self.element == OTHER || left == 0 || self.writer.has_event() {
            return false;
        }
        self.ahead += left;
        self.writer.count = self.len;
        self.pending = Pending::None;
        self.writer.notify(COMPLETED);
        true
    }

    /// Gives the reader the values that were taken ahead, for it reads no more. How many there are.
    pub fn surrender(&mut self) -> u32 {
        let count = self.ahead;
        if count > 0 {
            self.forget_taken();
            self.give_ahead(count);
        }
        count
    }

    /// The reader gets the first `count` of the values that were taken ahead.
    fn give_ahead(&mut self, count: u32) {
        self.ahead -= count;
        let mut data = take(&mut self.data);
        if count > 0 {
            self.move_values(&mut data, count);
        }
        self.data = data;
    }

    /// Ends the pending operation.
    pub fn complete(&mut self, result: u8) {
        let pending = self.pending;
        self.reset_pending();
        match pending {
            Pending::None => {}
            Pending::Read => self.reader.notify(result),
            Pending::Write => self.writer.notify(result),
        }
    }

    /// One end is gone: the operation that is pending at the other ends.
    pub fn drop_end(&mut self) {
        if !self.dropped {
            self.dropped = true;
            self.complete(DROPPED);
            self.forget_parcels();
        }
    }

    /// One end reads or writes while the other has an operation pending, or has written ahead.
    fn meet(&self) {
        if self.element == OTHER || self.carried && self.reader.part == self.writer.part {
            trap::same_component()
        }
    }

    /// What no value points to any more goes.
    fn forget_parcels(&mut self) {
        if self.carried {
            part_keep_parcels(self);
        }
    }

    /// Nobody took what was read.
    fn forget_taken(&mut self) {
        if self.carried {
            part_give_parcels(self);
        }
        self.taken.release();
    }

    /// Forgets the pair when nobody has an end of it.
    pub fn reap(&mut self) {
        if self.reader.handle | self.writer.handle == 0
            && self.source.is_null()
            && self.sink.is_null()
            && !self.promised
            && !self.held
        {
            if self.is_filling {
                let filling = FILLING.get();
                let is_it = |at: &u32| core::ptr::eq(filling.get(*at), self);
                let at = (0..filling.len).find(is_it).unwrap_or(0);
                self.forget_filling(at);
            }
            self.data.release();
            self.taken.release();
            self.text.release();
            self.forget_parcels();
            if !self.outcome.is_null() {
                http::part_forget(self.outcome);
            }
            memory::unbox(self);
        }
    }

    /// Moves values from a writer to a reader.
    fn move_values(&mut self, from: &mut Buffer, count: u32) {
        if self.element == UNIT {
            return;
        }
        // A pending read may get the values of several writes.
        append(&mut self.taken, from.take(count * self.element));
    }
}

/// Adds bytes behind those that are there.
fn append(to: &mut Buffer, mut bytes: Buffer) {
    if to.len == 0 {
        to.release();
        *to = bytes;
        return;
    }
    let len = to.len + bytes.len;
    unsafe {
        if to.off + len > to.size {
            let new = Buffer { len: to.len, ..Buffer::new(len * 2) };
            copy_nonoverlapping(to.start(), new.at, to.len as usize);
            to.release();
            *to = new;
        }
        copy_nonoverlapping(bytes.start(), to.start().add(to.len as usize), bytes.len as usize);
    }
    to.len = len;
    bytes.release();
}

#[inline(never)]
#[unsafe(export_name = "part:parts/keep")]
extern "C" fn part_keep_parcels(pair: &mut Pair) {
    pair.parcels.keep((pair.taken.len + pair.data.len) / pair.element);
}

#[inline(never)]
#[unsafe(export_name = "part:parts/give")]
extern "C" fn part_give_parcels(pair: &mut Pair) {
    pair.parcels.give(pair.taken.len / pair.element);
}

/// Reads what was taken ahead.
#[inline(never)]
#[unsafe(export_name = "part:parts/read-ahead")]
extern "C" fn part_read_ahead(pair: &mut Pair, count: u32) {
    pair.meet();
    let count = count.min(pair.ahead);
    pair.reader.count = count;
    pair.give_ahead(count);
    pair.reader.notify(COMPLETED);
}

/// What the delivery of an event does to its end; gives the payload.
pub fn delivered(pair: &mut Pair, end: &mut Waitable, result: u8) -> u32 {
    let own = match end.kind as u32 {
        STREAM_READ | FUTURE_READ => Pending::Read,
        _ => Pending::Write,
    };
    if pair.pending == own {
        pair.reset_pending();
    }
    if pair.ty.is_future() {
        end.state = if result == CANCELLED { IDLE } else { DONE };
        return result as u32;
    }
    end.state = if result == DROPPED { DONE } else { IDLE };
    result as u32 | end.count << 4
}

/// The end of kind `stream`, or of its counterpart of futures, and its pair.
fn end(handle: u32, stream: u32) -> (&'static mut Pair, &'static mut Waitable) {
    let (object, kind) = handles::find(handle);
    if kind != stream && kind != stream + 2 {
        trap::no_handle()
    }
    let end = unsafe { &mut *(object as *mut Waitable) };
    (Pair::of(end), end)
}

/// The same of an end of type `ty`.
fn typed_end(handle: u32, stream: u32, ty: Type) -> (&'static mut Pair, &'static mut Waitable) {
    let (pair, end) = end(handle, stream);
    if pair.ty != ty {
        trap::wrong_type()
    }
    (pair, end)
}

/// Begins an operation on an end.
fn begin(end: &mut Waitable, count: u32) {
    match end.state {
        IDLE => {}
        COPYING => trap::busy(),
        _ => trap::done(),
    }
    if count > MAX_COUNT {
        trap::too_long()
    }
    end.state = COPYING;
    end.count = 0;
}

/// What the built-in answers.
fn answer(end: &mut Waitable) -> u32 {
    if end.has_event() {
        return end.deliver();
    }
    BLOCKED
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#read")]
extern "C" fn read(handle: u32, ty: Type, count: u32, cookie: u64) -> u32 {
    let (pair, reader) = typed_end(handle, STREAM_READ, ty);
    begin(reader, count);
    reader.cookie = cookie;
    pair.forget_taken();
    if pair.value != 0 {
        reader.notify(COMPLETED);
    } else if !pair.directory.is_null() {
        filesystem::part_read_entries(pair, count);
    } else if pair.ahead > 0 {
        part_read_ahead(pair, count);
    } else if pair.dropped {
        reader.notify(DROPPED);
    } else if pair.pending == Pending::Write {
        pair.meet();
        let writer = &mut pair.writer;
        let remain = pair.len - writer.count;
        if remain > 0 {
            let count = count.min(remain);
            if count > 0 {
                writer.count += count;
                reader.count = count;
                writer.notify(COMPLETED);
                let mut data = take(&mut pair.data);
                pair.move_values(&mut data, count);
                pair.data = data;
                if pair.ty.is_future() {
                    pair.reset_pending();
                }
            }
            reader.notify(COMPLETED);
        } else {
            pair.complete(COMPLETED);
            wait_for_writer(pair, count);
        }
    } else {
        wait_for_writer(pair, count);
    }
    answer(reader)
}

/// A linked guest reads: what the host gives goes right to its memory, by element `by` of the table.
#[unsafe(export_name = "linked:read")]
extern "C" fn read_in_place(handle: u32, ty: Type, count: u32, cookie: u64, by: u32) -> u32 {
    typed_end(handle, STREAM_READ, ty).0.by = by;
    read(handle, ty, count, cookie)
}

/// A pointer, because the pump changes the pair (as below).
fn wait_for_writer(pair: *mut Pair, count: u32) {
    unsafe {
        (*pair).pending = Pending::Read;
        (*pair).len = count;
        if !(*pair).source.is_null() {
            wait::step((*pair).source);
        }
    }
}

/// Payload unit; and payloads that cannot pass at all.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#write-unit")]
extern "C" fn write_unit(handle: u32, ty: Type, count: u32) -> u32 {
    write_values(handle, ty, count, Buffer::NONE)
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#write")]
extern "C" fn write(handle: u32, ty: Type, count: u32, skip: u32, len: u32, at: *mut u8, chunks: u32) -> u32 {
    let mut data = Buffer::lowered(at, chunks * 64);
    if len > 0 {
        data.off = skip;
        data.len = len;
    } else {
        data.release();
    }
    write_values(handle, ty, count, data)
}

/// What `linked:write` answers where the values have to come to R, by [`write`].
const COPY: u32 = u32::MAX - 1;

/// A linked guest writes: what goes to the host stays at `at` of its memory until element `by` of the table writes it.
#[unsafe(export_name = "linked:write")]
extern "C" fn write_in_place(handle: u32, ty: Type, count: u32, by: u32, at: u32) -> u32 {
    if typed_end(handle, STREAM_WRITE, ty).0.sink.is_null() {
        return COPY;
    }
    write_values(handle, ty, count, Buffer::of_guest(by, at, count))
}

/// A part writes values that travel: `count` at `values`, which with all that they point to are in `blocks`.
pub fn write_carried(handle: u32, ty: Type, count: u32, values: *mut u8, blocks: &mut *mut Block, cookie: u64) -> u32 {
    let pair: *mut Pair = typed_end(handle, STREAM_WRITE, ty).0;
    unsafe {
        if !(*pair).carried {
            trap::wrong_type()
        }
        let data = match count {
            0 => Buffer::NONE,
            _ => parcel::take_list(blocks, values, count * (*pair).element),
        };
        (*pair).forget_parcels();
        (*pair).parcels.add(count, *blocks);
        (*pair).offered = count;
        (*pair).writer.cookie = cookie;
        let answer = write_values(handle, ty, count, data);
        (*pair).forget_parcels();
        answer
    }
}

/// In what `write` answers: a pending read of the same part has got values, which [`fill`] tells of.
const FILLED: u32 = 8;

/// Pairs with a pending read that has got values, which are not where they were read to yet.
static FILLING: Global<Array<*mut Pair>> = Global::new(Array::new());

/// Such a read of the part that R works for, as an event whose count is that of the values to be fetched; 0 if there is none.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#fill")]
extern "C" fn fill() -> u64 {
    let filling = FILLING.get();
    for at in (0..filling.len).rev() {
        let pair = unsafe { &mut *filling.get(at) };
        if pair.reader.part != handles::part() {
            continue;
        }
        pair.forget_filling(at);
        if pair.taken.len > 0 && pair.reader.handle != 0 {
            let count = if pair.ty.is_future() { 0 } else { pair.taken.len / pair.element };
            return pair.reader.kind as u64 | (pair.reader.handle as u64) << 4 | (count as u64) << 36;
        }
    }
    0
}

fn write_values(handle: u32, ty: Type, count: u32, mut data: Buffer) -> u32 {
    let (pair, writer) = typed_end(handle, STREAM_WRITE, ty);
    begin(writer, count);
    let mut filled = 0;
    if pair.dropped {
        data.release();
        writer.notify(DROPPED);
    } else if pair.pending == Pending::Read {
        pair.meet();
        let reader = &mut pair.reader;
        let remain = pair.len - reader.count;
        if remain > 0 {
            let count = count.min(remain);
            if count > 0 {
                writer.count = count;
                reader.count += count;
                reader.notify(COMPLETED);
                pair.move_values(&mut data, count);
                if pair.ty.is_future() {
                    pair.reset_pending();
                }
                if pair.element != UNIT && pair.reader.handle != 0 {
                    pair.fills();
                    filled = if pair.reader.part == pair.writer.part { FILLED } else { 0 };
                }
            }
            data.release();
            writer.notify(COMPLETED);
        } else if count == 0 && pair.len == 0 {
            writer.notify(COMPLETED);
        } else {
            pair.complete(COMPLETED);
            wait_for_reader(pair, count, data);
        }
    } else {
        wait_for_reader(pair, count, data);
    }
    answer(writer) | filled
}

fn wait_for_reader(pair: *mut Pair, count: u32, data: Buffer) {
    unsafe {
        (*pair).pending = Pending::Write;
        (*pair).len = count;
        append(&mut (*pair).data, data);
        if !(*pair).sink.is_null() {
            wait::step((*pair).sink);
        }
    }
}

fn cancel(handle: u32, kind: u32, ty: Type) -> u32 {
    let (_, end) = typed_end(handle, kind, ty);
    if end.state != COPYING {
        trap::idle()
    }
    if !end.has_event() {
        let pair = Pair::of(end);
        pair.complete(CANCELLED);
        pair.forget_parcels();
        if !pair.source.is_null() {
            wait::unpark(unsafe { &mut *pair.source });
        }
        if !pair.sink.is_null() {
            wait::step(pair.sink);
        }
    }
    end.deliver()
}

fn drop_end(handle: u32, kind: u32, ty: Type) {
    let (_, end) = typed_end(handle, kind, ty);
    handles::remove::<Waitable>(handle, end.kind as u32);
    if end.state == COPYING {
        trap::busy()
    }
    if end.kind as u32 == FUTURE_WRITE && end.state != DONE {
        trap::unwritten()
    }
    end.join(null_mut());
    end.handle = 0;
    let pair = Pair::of(end);
    if !pair.directory.is_null() {
        filesystem::part_drop_entries(pair);
    }
    if !pair.promised {
        pair.drop_end();
    }
    // The pump of the other end goes, and may take the pair with it.
    if !pair.source.is_null() {
        wait::part_drop_source(pair.source);
    } else if !pair.sink.is_null() {
        wait::step(pair.sink);
    } else {
        pair.reap();
    }
}

/// Takes the readable end of a stream of bytes from the guest, as lifting a parameter does.
pub fn lift_reader(handle: u32) -> &'static mut Pair {
    lift(handles::part(), handle, Type::BYTES)
}

/// The same of a future.
pub fn lift_future(handle: u32, ty: Type) -> &'static mut Pair {
    lift(handles::part(), handle, ty)
}

/// `lift_async_value` of the Canonical ABI: takes a readable end out of the table of `part`.
fn lift(part: u32, handle: u32, ty: Type) -> &'static mut Pair {
    let reader: *mut Waitable = handles::remove_from(part, handle, ty.kinds().0);
    let reader = unsafe { &mut *reader };
    let pair = Pair::of(reader);
    if pair.ty != ty {
        trap::wrong_type()
    }
    match reader.state {
        IDLE => {}
        COPYING => trap::busy(),
        _ => trap::done(),
    }
    if !reader.set.is_null() {
        trap::in_set()
    }
    reader.handle = 0;
    pair.held = true;
    pair
}

/// A readable end passes from part `giver` to part `taker`, by a call or, through [`handles::TRANSIT`], in another stream or future;
/// its handle there.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#pass")]
extern "C" fn pass(handle: u32, ty: Type, giver: u32, taker: u32) -> u32 {
    let pair = lift(giver, handle, ty);
    pair.held = false;
    pair.reader.give(taker)
}

/// R has the readable end, and reads no more.
pub fn close(pair: *mut Pair) {
    unsafe {
        if !(*pair).promised {
            (*pair).drop_end();
        }
    }
    ignore(pair);
}

/// R has the readable end of a future, whose value does not matter: a write of it succeeds nevertheless.
pub fn ignore(pair: *mut Pair) {
    let pair = unsafe { &mut *pair };
    pair.sink = null_mut();
    pair.held = false;
    if pair.source.is_null() {
        pair.reap();
    } else {
        wait::part_drop_source(pair.source);
    }
}

/// R has the value of a future.
pub fn settle(pair: *mut Pair, value: u8, outcome: *mut http::Outcome) {
    let pair = unsafe { &mut *pair };
    pair.promised = false;
    pair.value = value;
    pair.outcome = outcome;
    pair.complete(COMPLETED);
    if pair.sink.is_null() {
        pair.reap();
    } else {
        wait::step(pair.sink);
    }
}

/// The guest writes the value of a future of `wasi:http`, which R takes at once, whoever will read it. `keeps`: it must
/// not be given back, because R has what it owns.
pub fn write_outcome(handle: u32, ty: Type, outcome: *mut http::Outcome, keeps: bool) -> u32 {
    let (pair, writer) = typed_end(handle, STREAM_WRITE, ty);
    begin(writer, 1);
    if !pair.dropped {
        writer.notify(COMPLETED);
        let answer = writer.deliver();
        settle(pair, 1, outcome);
        return answer;
    }
    if !outcome.is_null() {
        http::part_forget(outcome);
    }
    writer.notify(if keeps { COMPLETED } else { DROPPED });
    writer.deliver()
}

/// Both ends are the part's that R works for.
#[unsafe(export_name = "wasi-shim:p3-on-p2/control#new")]
extern "C" fn new(ty: Type, element: u32) -> u64 {
    let pair = unsafe { &mut *Pair::new(ty, element) };
    pair.give_reader() as u64 | (pair.writer.give(handles::part()) as u64) << 32
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#cancel-read")]
extern "C" fn cancel_read(end: u32, ty: Type) -> u32 {
    cancel(end, STREAM_READ, ty)
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#cancel-write")]
extern "C" fn cancel_write(end: u32, ty: Type) -> u32 {
    cancel(end, STREAM_WRITE, ty)
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#drop-readable")]
extern "C" fn drop_readable(end: u32, ty: Type) {
    drop_end(end, STREAM_READ, ty)
}

#[unsafe(export_name = "wasi-shim:p3-on-p2/control#drop-writable")]
extern "C" fn drop_writable(end: u32, ty: Type) {
    drop_end(end, STREAM_WRITE, ty)
}

/// The pair whose readable end the guest has, to take what it read.
pub fn taking(handle: u32) -> &'static mut Pair {
    end(handle, STREAM_READ).0
}

/// The pair whose writable end the guest has.
pub fn writing(handle: u32) -> &'static mut Pair {
    end(handle, STREAM_WRITE).0
}
