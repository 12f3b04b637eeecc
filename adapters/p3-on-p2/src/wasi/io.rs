//! `wasi:io` of 0.2.
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI; results go to the return area, which is large
//! enough for each of them.

use common::abi::area;
use common::memory::Buffer;
use core::cell::Cell;

#[link(wasm_import_module = "wasi:io/poll@0.2")]
unsafe extern "C" {
    #[link_name = "poll"]
    fn poll2(pollables: *const u32, count: u32, ready: *mut u8);
    #[link_name = "[method]pollable.ready"]
    fn ready2(pollable: u32) -> u32;
    #[link_name = "[resource-drop]pollable"]
    fn pollable_drop(pollable: u32);
}

#[link(wasm_import_module = "wasi:io/streams@0.2")]
unsafe extern "C" {
    #[link_name = "[method]input-stream.read"]
    fn read2(stream: u32, len: u64, result: *mut u8);
    #[link_name = "[method]input-stream.subscribe"]
    fn subscribe_input(stream: u32) -> u32;
    #[link_name = "[resource-drop]input-stream"]
    fn input_drop(stream: u32);
    #[link_name = "[method]output-stream.check-write"]
    fn check_write2(stream: u32, result: *mut u8);
    #[link_name = "[method]output-stream.write"]
    fn write2(stream: u32, at: *const u8, len: u32, result: *mut u8);
    #[link_name = "[method]output-stream.flush"]
    fn flush2(stream: u32, result: *mut u8);
    #[link_name = "[method]output-stream.subscribe"]
    fn subscribe_output(stream: u32) -> u32;
    #[link_name = "[resource-drop]output-stream"]
    fn output_drop(stream: u32);
}

#[link(wasm_import_module = "wasi:io/error@0.2")]
unsafe extern "C" {
    #[link_name = "[resource-drop]error"]
    fn error_drop(error: u32);
    #[link_name = "[method]error.to-debug-string"]
    fn to_debug_string(error: u32, text: *mut u8);
}

// [`read2`] and [`write2`] with the memory of a guest that R is linked to: elements of the table,
// which the guest's side sets.
#[link(wasm_import_module = "linked")]
unsafe extern "C" {
    #[link_name = "read"]
    fn read_in_place(by: u32, stream: u32, at: u32, len: u32, result: *mut u8);
    #[link_name = "write"]
    fn write_in_place(by: u32, stream: u32, at: u32, len: u32, result: *mut u8);
}

/// `stream-error`: `last-operation-failed` with a handle of `wasi:io/error`, or `closed`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Failure(u32);

impl Failure {
    pub const CLOSED: Failure = Failure(0);
    /// Not from the host: the bytes to be written never came.
    pub const ABORTED: Failure = Failure(u32::MAX);

    /// The error, unless it is `closed`.
    pub fn error(self) -> Option<u32> {
        if self.0 == 0 || self == Failure::ABORTED {
            return None;
        }
        Some(self.0 - 1)
    }

    /// Reads a `stream-error` in the return area.
    fn take(at: usize) -> Failure {
        let area = area();
        match area.get_u8(at) {
            0 => Failure(area.get_u32(at + 4) + 1),
            _ => Failure::CLOSED,
        }
    }
}

/// Waits until some pollables are ready; returns their indices.
pub fn poll(pollables: *const u32, count: u32) -> Buffer {
    let area = area();
    unsafe { poll2(pollables, count, area.at()) };
    Buffer::lowered(area.get_u32(0) as *mut u8, area.get_u32(4) * 4)
}

/// The index at `at` among those that [`poll`] returned.
pub fn index(ready: &Buffer, at: u32) -> u32 {
    unsafe { (ready.at as *const u32).add(at as usize).read() }
}

pub fn ready(pollable: u32) -> bool {
    unsafe { ready2(pollable) != 0 }
}

pub fn drop_pollable(pollable: u32) {
    unsafe { pollable_drop(pollable) }
}

pub fn drop_error(error: u32) {
    unsafe { error_drop(error) }
}

/// The host's text for an error, as address and length.
pub fn describe(error: u32) -> (u32, u32) {
    let area = area();
    unsafe { to_debug_string(error, area.at()) };
    (area.get_u32(0), area.get_u32(4))
}

/// Reads at most `len` bytes; none if there are none yet.
pub fn read(stream: u32, len: u32) -> Result<Buffer, Failure> {
    unsafe { read2(stream, len as u64, area().at()) };
    bytes()
}

/// Reads likewise, to address `at` of the guest's memory.
#[inline(never)]
#[unsafe(export_name = "hook:linked/read")]
pub extern "C" fn hook_read_in_place(stream: u32, len: u32, by: u32, at: u32) -> Result<Buffer, Failure> {
    unsafe { read_in_place(by, stream, at, len, area().at()) };
    bytes().map(|bytes| Buffer::of_guest(by, at, bytes.len))
}

fn bytes() -> Result<Buffer, Failure> {
    let area = area();
    match area.get_u8(0) {
        0 => Ok(Buffer::lowered(area.get_u32(4) as *mut u8, area.get_u32(8))),
        _ => Err(Failure::take(4)),
    }
}

/// The pollable of a stream, made when first asked for. It is dropped before the stream (DESIGN.md:
/// "Children first").
pub fn input_pollable(stream: u32, pollable: &Cell<u32>) -> u32 {
    if pollable.get() == 0 {
        pollable.set(unsafe { subscribe_input(stream) });
    }
    pollable.get()
}

pub fn drop_input(stream: u32, pollable: u32) {
    unsafe {
        if pollable != 0 {
            pollable_drop(pollable);
        }
        input_drop(stream);
    }
}

pub fn check_write(stream: u32) -> Result<u64, Failure> {
    let area = area();
    unsafe { check_write2(stream, area.at()) };
    match area.get_u8(0) {
        0 => Ok(area.get_u64(8)),
        _ => Err(Failure::take(8)),
    }
}

fn unit() -> Result<(), Failure> {
    match area().get_u8(0) {
        0 => Ok(()),
        _ => Err(Failure::take(4)),
    }
}

/// Writes the first `len` of these bytes, which may be in the guest's memory.
pub fn write(stream: u32, bytes: &Cell<Buffer>, len: u32) -> Result<(), Failure> {
    let bytes = bytes.get();
    match bytes.is_of_guest() {
        true => hook_write_in_place(stream, &bytes, len),
        false => unsafe { write2(stream, bytes.start(), len, area().at()) },
    }
    unit()
}

#[inline(never)]
#[unsafe(export_name = "hook:linked/write")]
extern "C" fn hook_write_in_place(stream: u32, bytes: &Buffer, len: u32) {
    unsafe { write_in_place(bytes.size, stream, bytes.off, len, area().at()) }
}

pub fn flush(stream: u32) -> Result<(), Failure> {
    unsafe { flush2(stream, area().at()) };
    unit()
}

pub fn output_pollable(stream: u32, pollable: &Cell<u32>) -> u32 {
    if pollable.get() == 0 {
        pollable.set(unsafe { subscribe_output(stream) });
    }
    pollable.get()
}

pub fn drop_output(stream: u32, pollable: u32) {
    unsafe {
        if pollable != 0 {
            pollable_drop(pollable);
        }
        output_drop(stream);
    }
}
