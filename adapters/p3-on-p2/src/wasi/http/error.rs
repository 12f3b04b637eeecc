//! Values of futures, and errors. `error-code` is the same in both versions: it is copied, and only
//! the place of its text has to be known.
//!
//! # Safety
//!
//! An outcome belongs to whoever has it: the pair of a future, an exchange or a call. It is read
//! and written by address, at the offsets of the Canonical ABI, and is in one piece. What the guest
//! writes was put into memory by `cabi_realloc`, in that layout.

use super::{RESULT, TRAILERS, fields, imports};
use crate::hooks::io::{self, Failure};
use crate::kernel::outcome::Value;
use crate::kernel::pair::{self, Pair};
use crate::kernel::transfer;
use common::abi::{Ret, area};
use common::codes::Text;
use common::memory::{self, Buffer};
use common::shared::Shared;
use core::cell::UnsafeCell;
use core::ptr::copy_nonoverlapping;

pub use common::codes::Http as ErrorCode;

/// `result<_, error-code>` or `result<option<trailers>, error-code>` as it is in memory, unless it
/// is `ok` without trailers. Trailers are a handle of R's own table.
#[repr(C, align(8))]
pub struct Outcome {
    /// 0: there are trailers.
    is_err: u8,
    value: UnsafeCell<[u32; 8]>,
}

pub const OUTCOME: usize = 40;
const CODE: usize = 8;

const _: () = assert!(size_of::<Outcome>() == OUTCOME);

/// The index of the `option<string>` of a case among the flat values of its payload; `None` if it
/// has none. `tag` is the first flat value, which in one case says whether there is a payload at
/// all.
pub fn text_at(code: ErrorCode, tag: u32) -> Option<usize> {
    match code.text() {
        Text::First => Some(0),
        Text::Inner if tag != 0 => Some(1),
        Text::Second => Some(2),
        _ => None,
    }
}

impl Outcome {
    fn at(this: Shared<Outcome>) -> *mut u8 {
        this.as_ptr() as *mut u8
    }

    /// The place of the error's text, if it has one: address and length.
    fn text(this: Shared<Outcome>) -> Option<*mut [u32; 2]> {
        unsafe {
            let start = Outcome::at(this);
            let tag = start.add(CODE + 8).read() as u32;
            // An alert's number and its option share a word.
            let option = start.add(CODE + 8 + 4 * text_at(ErrorCode::at(start.add(CODE)), tag)?.min(1));
            (option.read() != 0).then(|| option.add(4) as *mut [u32; 2])
        }
    }

    fn buffer(this: Shared<Outcome>) -> Buffer {
        match Outcome::text(this) {
            Some(text) if this.is_err != 0 => {
                let [at, len] = unsafe { text.read() };
                Buffer::lowered(at as *mut u8, len)
            }
            _ => Buffer::NONE,
        }
    }
}

/// An outcome of zeros.
fn new(is_err: u8) -> Shared<Outcome> {
    Shared::new(Outcome { is_err, value: UnsafeCell::new([0; 8]) })
}

/// The error whose `error-code` is at this address.
pub fn failed(code: *const u8) -> Shared<Outcome> {
    let new = new(1);
    unsafe { copy_nonoverlapping(code, Outcome::at(new).add(CODE), OUTCOME - CODE) };
    new
}

/// An error without payload.
pub fn plain(code: ErrorCode) -> Shared<Outcome> {
    let new = new(1);
    unsafe { Outcome::at(new).add(CODE).write(code as u8) };
    new
}

pub fn trailers(handle: u32) -> Shared<Outcome> {
    let new = new(0);
    unsafe { (Outcome::at(new).add(CODE) as *mut [u32; 2]).write([1, handle]) };
    new
}

/// The handle of the trailers, or 0.
pub fn trailers_of(outcome: Shared<Outcome>) -> u32 {
    match outcome.is_err {
        0 => unsafe { (Outcome::at(outcome).add(CODE + 4) as *const u32).read() },
        _ => 0,
    }
}

/// Whether the body of a request was not as long as it should be.
pub fn is_size(error: Shared<Outcome>) -> bool {
    unsafe { ErrorCode::at(Outcome::at(error).add(CODE)) == ErrorCode::HttpRequestBodySize }
}

/// A copy of an error; not of trailers.
pub fn copy(outcome: Shared<Outcome>) -> Shared<Outcome> {
    let new = unsafe { failed(Outcome::at(outcome).add(CODE)) };
    let old = Outcome::buffer(outcome);
    if old.len > 0
        && let Some(text) = Outcome::text(new)
    {
        let copy = Buffer::new(old.len);
        unsafe {
            copy_nonoverlapping(old.start(), copy.at, old.len as usize);
            (*text)[0] = copy.at as u32;
        }
    }
    new
}

/// The error that a stream has failed with (DESIGN.md: "Errors of streams").
pub fn of_failure(failure: Failure) -> Shared<Outcome> {
    let Some(error) = failure.error() else { return plain(ErrorCode::ConnectionTerminated) };
    let area = area();
    unsafe { imports::http_error_code(error, area.at()) };
    let outcome = if area.get_u8(0) != 0 {
        failed(area.at().wrapping_add(8))
    } else {
        let (text, len) = io::describe(error);
        let outcome = plain(ErrorCode::InternalError);
        unsafe { (Outcome::at(outcome).add(CODE + 8) as *mut [u32; 3]).write([1, text, len]) };
        outcome
    };
    io::drop_error(error);
    outcome
}

/// Puts an outcome into the return area. Its text lives until the next result.
pub fn give(outcome: Option<Shared<Outcome>>, at: usize) {
    let area = area();
    let Some(outcome) = outcome else {
        // `ok` of nothing, or of `none`.
        area.u8(at, 0).u8(at + CODE, 0);
        return;
    };
    memory::keep(Outcome::buffer(outcome));
    unsafe {
        copy_nonoverlapping(Outcome::at(outcome), area.at().add(at), OUTCOME);
        outcome.free();
    }
}

/// Frees an outcome that nobody wants.
#[inline(never)]
#[unsafe(export_name = "hook:http/forget")]
pub extern "C" fn hook_forget(outcome: Shared<Outcome>) {
    let handle = trailers_of(outcome);
    if handle != 0 {
        fields::discard(handle);
    }
    Outcome::buffer(outcome).release();
    unsafe { outcome.free() }
}

/// Resolves a future, unless nobody wants to know.
pub fn settle(future: Option<Shared<Pair>>, outcome: Option<Shared<Outcome>>) {
    match (future, outcome) {
        (Some(future), _) => transfer::settle(future, Value::OK, outcome),
        (None, Some(outcome)) => hook_forget(outcome),
        (None, None) => {}
    }
}

/// A list of one outcome: the value of a future that was read.
fn take(future: u32) -> Ret {
    let outcome = pair::taking(future).outcome.take();
    let area = area();
    let element = area.at() as u32 + 8;
    give(outcome, 8);
    area.u32(0, element).u32(4, 1).ret()
}

#[unsafe(export_name = "wasi:http/types@0.3#take-result")]
extern "C" fn take_result(future: u32) -> Ret {
    take(future)
}

#[unsafe(export_name = "wasi:http/types@0.3#take-trailers")]
extern "C" fn take_trailers(future: u32) -> Ret {
    take(future)
}

/// The value that the guest writes, as a list of one.
fn write(future: u32, at: *mut u8, count: u32, of_trailers: bool) -> u32 {
    let (outcome, keeps) = unsafe {
        let is_err = at.read() != 0;
        let keeps = of_trailers && !is_err && at.add(8).read() != 0;
        let outcome = if is_err {
            Some(failed(at.add(CODE)))
        } else if keeps {
            Some(trailers((at.add(12) as *const u32).read()))
        } else {
            None
        };
        (outcome, keeps)
    };
    Buffer::lowered(at, count * OUTCOME as u32).release();
    let ty = if of_trailers { TRAILERS } else { RESULT };
    transfer::write_outcome(future, ty, outcome, keeps)
}

#[unsafe(export_name = "wasi:http/types@0.3#write-result")]
extern "C" fn write_result(future: u32, at: *mut u8, count: u32) -> u32 {
    write(future, at, count, false)
}

#[unsafe(export_name = "wasi:http/types@0.3#write-trailers")]
extern "C" fn write_trailers(future: u32, at: *mut u8, count: u32) -> u32 {
    write(future, at, count, true)
}
