//! Values of futures, and errors. `error-code` is the same in both versions: it is copied, and all that has to be known
//! of it is where its text is.

use super::{fields, imports};
use crate::io::{self, Failure};
use crate::pair::{self, Pair, Type};
use crate::result::OK;
use common::abi::{Area, Ret, area};
use common::memory::{self, Buffer};
use core::ptr::{copy_nonoverlapping, null_mut};

/// `result<_, error-code>` or `result<option<trailers>, error-code>` as it lies in memory, if it is not `ok` without
/// anything. Trailers are a handle of R's own table.
#[repr(C, align(8))]
pub struct Outcome {
    /// 0: there are trailers.
    is_err: u8,
    value: [u32; 8],
}

pub const OUTCOME: usize = 40;
const CODE: usize = 8;

const _: () = assert!(size_of::<Outcome>() == OUTCOME);

/// Cases of `error-code`.
const DNS_ERROR: u8 = 1;
pub const CONNECTION_TERMINATED: u8 = 7;
const TLS_ALERT_RECEIVED: u8 = 14;
const HTTP_REQUEST_BODY_SIZE: u8 = 17;
const HTTP_REQUEST_HEADER_SIZE: u8 = 22;
const HTTP_REQUEST_TRAILER_SIZE: u8 = 24;
const HTTP_RESPONSE_HEADER_SIZE: u8 = 27;
const HTTP_RESPONSE_TRAILER_SIZE: u8 = 30;
const HTTP_RESPONSE_TRANSFER_CODING: u8 = 31;
const HTTP_RESPONSE_CONTENT_CODING: u8 = 32;
pub const INTERNAL_ERROR: u8 = 38;

/// How far behind the beginning of the payload of a case its `option<string>` is, in flat values; `None`: it has none.
/// `tag` is the first flat value, which of one case says whether there is a payload at all.
pub fn text_at(case: u8, tag: u32) -> Option<usize> {
    match case {
        DNS_ERROR
        | HTTP_REQUEST_TRAILER_SIZE
        | HTTP_RESPONSE_HEADER_SIZE
        | HTTP_RESPONSE_TRAILER_SIZE
        | HTTP_RESPONSE_TRANSFER_CODING
        | HTTP_RESPONSE_CONTENT_CODING
        | INTERNAL_ERROR => Some(0),
        HTTP_REQUEST_HEADER_SIZE if tag != 0 => Some(1),
        TLS_ALERT_RECEIVED => Some(2),
        _ => None,
    }
}

impl Outcome {
    fn at(&mut self) -> *mut u8 {
        self as *mut Outcome as *mut u8
    }

    fn u32(&mut self, offset: usize) -> *mut u32 {
        self.at().wrapping_add(offset) as *mut u32
    }

    /// Where the text of the error is, if it has one: address and length.
    fn text(&mut self) -> *mut [u32; 2] {
        unsafe {
            let tag = self.at().add(CODE + 8).read() as u32;
            let at = match text_at(self.at().add(CODE).read(), tag) {
                // An alert's number and its option share a word.
                Some(flat) => CODE + 8 + 4 * flat.min(1),
                None => return null_mut(),
            };
            match self.at().add(at).read() {
                0 => null_mut(),
                _ => self.u32(at + 4) as *mut [u32; 2],
            }
        }
    }

    fn buffer(&mut self) -> Buffer {
        let text = self.text();
        if self.is_err == 0 || text.is_null() {
            return Buffer::NONE;
        }
        let [at, len] = unsafe { text.read() };
        Buffer::lowered(at as *mut u8, len)
    }
}

/// An outcome with arbitrary contents.
fn new(is_err: u8) -> &'static mut Outcome {
    unsafe { &mut *memory::boxed(Outcome { is_err, value: [0; 8] }) }
}

/// The error whose `error-code` is at this address.
pub fn failed(code: *const u8) -> *mut Outcome {
    let new = new(1);
    unsafe { copy_nonoverlapping(code, new.at().add(CODE), OUTCOME - CODE) };
    new
}

/// An error without more.
pub fn error(case: u8) -> *mut Outcome {
    let new = new(1);
    unsafe { new.at().add(CODE).write(case) };
    new
}

pub fn trailers(handle: u32) -> *mut Outcome {
    let new = new(0);
    new.value[1..3].copy_from_slice(&[1, handle]);
    new
}

/// The handle of the trailers, or 0.
pub fn trailers_of(outcome: *mut Outcome) -> u32 {
    match unsafe { (*outcome).is_err } {
        0 => unsafe { (*outcome).value[2] },
        _ => 0,
    }
}

/// Whether the body of a request was not as long as it should be.
pub fn is_size(error: *mut Outcome) -> bool {
    unsafe { (*error).at().add(CODE).read() == HTTP_REQUEST_BODY_SIZE }
}

/// The same error once more. Not of trailers.
pub fn copy(outcome: *mut Outcome) -> *mut Outcome {
    let from = unsafe { &mut *outcome };
    let new = failed(from.at().wrapping_add(CODE));
    let old = from.buffer();
    if old.len > 0 {
        let text = Buffer::new(old.len);
        unsafe {
            copy_nonoverlapping(old.start(), text.at, old.len as usize);
            (*(*new).text())[0] = text.at as u32;
        }
    }
    new
}

/// The error that a stream has failed with (DESIGN.md: "Errors of streams").
pub fn of_failure(failure: Failure) -> *mut Outcome {
    let Some(error) = failure.error() else { return self::error(CONNECTION_TERMINATED) };
    let area = area();
    unsafe { imports::http_error_code(error, area.at()) };
    let outcome = if area.get_u8(0) != 0 {
        failed(area.at().wrapping_add(8))
    } else {
        let (text, len) = io::describe(error);
        let outcome = self::error(INTERNAL_ERROR);
        unsafe {
            (*outcome).at().add(CODE + 8).write(1);
            *(*outcome).text() = [text, len];
        }
        outcome
    };
    io::drop_error(error);
    outcome
}

/// Puts an outcome into the return area. Its text lives until the next result.
pub fn give(outcome: *mut Outcome, area: &mut Area, at: usize) {
    if outcome.is_null() {
        // `ok` of nothing, or of `none`.
        area.u8(at, 0).u8(at + CODE, 0);
        return;
    }
    unsafe {
        copy_nonoverlapping(outcome as *const u8, area.at().add(at), OUTCOME);
        memory::keep((*outcome).buffer());
    }
    memory::unbox(outcome);
}

/// Nobody wants it.
#[inline(never)]
#[unsafe(export_name = "part:http/forget")]
pub extern "C" fn part_forget(outcome: *mut Outcome) {
    let handle = trailers_of(outcome);
    if handle != 0 {
        fields::discard(handle);
    }
    unsafe { (*outcome).buffer() }.release();
    memory::unbox(outcome);
}

/// Resolves a future, unless nobody wants to know.
pub fn settle(future: *mut Pair, outcome: *mut Outcome) {
    if !future.is_null() {
        pair::settle(future, OK, outcome);
    } else if !outcome.is_null() {
        part_forget(outcome);
    }
}

/// A list of one outcome: the value of a future that was read.
fn take(future: u32) -> Ret {
    let pair: &mut Pair = pair::taking(future);
    let outcome = pair.outcome;
    pair.outcome = null_mut();
    let area = area();
    let element = area.at() as u32 + 8;
    give(outcome, area, 8);
    area.u32(0, element).u32(4, 1).ret()
}

#[unsafe(export_name = "wasi:http/types@0.3.2#take-result")]
extern "C" fn take_result(future: u32) -> Ret {
    take(future)
}

#[unsafe(export_name = "wasi:http/types@0.3.2#take-trailers")]
extern "C" fn take_trailers(future: u32) -> Ret {
    take(future)
}

/// The value that the guest writes, as a list of one.
fn write(future: u32, at: *mut u8, count: u32, of_trailers: bool) -> u32 {
    let (outcome, keeps) = unsafe {
        let is_err = at.read() != 0;
        let keeps = of_trailers && !is_err && at.add(8).read() != 0;
        let outcome = if is_err {
            failed(at.add(CODE))
        } else if keeps {
            trailers((at.add(12) as *const u32).read())
        } else {
            null_mut()
        };
        (outcome, keeps)
    };
    Buffer::lowered(at, count * OUTCOME as u32).release();
    let ty = if of_trailers { Type::HTTP_TRAILERS } else { Type::HTTP_RESULT };
    pair::write_outcome(future, ty, outcome, keeps)
}

#[unsafe(export_name = "wasi:http/types@0.3.2#write-result")]
extern "C" fn write_result(future: u32, at: *mut u8, count: u32) -> u32 {
    write(future, at, count, false)
}

#[unsafe(export_name = "wasi:http/types@0.3.2#write-trailers")]
extern "C" fn write_trailers(future: u32, at: *mut u8, count: u32) -> u32 {
    write(future, at, count, true)
}
