//! `fields`: a handle of 0.3, and whether it is an immutable view (DESIGN.md: "Errors of header
//! fields").
//!
//! # Safety
//!
//! Lists and strings in parameters came through `cabi_realloc`; what the host writes has the layout
//! that is read.

use super::imports::*;
use super::resource::{self, fields};
use common::abi::{Ret, area};
use common::codes::Header as HeaderError;
use common::memory::{self, Buffer};

/// The representation of the resource: the handle and, in the lowest bit, whether it is immutable.
fn rep(handle: u32, immutable: bool) -> u32 {
    handle << 1 | immutable as u32
}

/// Makes a resource of an immutable view.
pub fn view(handle: u32) -> u32 {
    fields::new(rep(handle, true))
}

/// Makes an immutable view of fields that P keeps.
pub fn view_of(handle: u32) -> u32 {
    view(unsafe { fields_clone(handle) })
}

/// The handle of 0.3 behind an own handle.
pub fn take(fields: u32) -> u32 {
    fields::take(fields) >> 1
}

#[unsafe(export_name = "wasi:http/types@0.2#[dtor]fields")]
extern "C" fn drop_fields(this: u32) {
    if !resource::taking() {
        unsafe { fields_drop(this >> 1) };
    }
}

#[unsafe(export_name = "wasi:http/types@0.2#[constructor]fields")]
extern "C" fn constructor() -> u32 {
    fields::new(rep(unsafe { fields_new() }, false))
}

/// The memory into which 0.3 writes a result with a `header-error`; strings in it are freed with
/// the next result. Cases that only 0.3 has become `forbidden`.
fn attempt(call: impl FnOnce(*mut u8)) -> Option<HeaderError> {
    let area = area();
    memory::in_arena(|| call(area.at()));
    if area.get_u8(0) == 0 {
        return None;
    }
    Some(match area.get_u8(4) {
        0 => HeaderError::InvalidSyntax,
        2 => HeaderError::Immutable,
        _ => HeaderError::Forbidden,
    })
}

/// `result<_, header-error>` of an operation on fields. On an immutable view, the operation is
/// tried on a copy, to get the error that the host would have given.
fn change(this: u32, call: impl FnOnce(u32, *mut u8)) -> Ret {
    let immutable = this & 1 != 0;
    let handle = match immutable {
        true => unsafe { fields_clone(this >> 1) },
        false => this >> 1,
    };
    let mut error = attempt(|out| call(handle, out));
    if immutable {
        unsafe { fields_drop(handle) };
        error = error.or(Some(HeaderError::Immutable));
    }
    match error {
        None => area().u8(0, 0).ret(),
        Some(error) => area().u8(0, 1).u8(1, error as u8).ret(),
    }
}

/// Frees a list whose elements have `words` words: every two of them are a list or string.
fn release(list: *mut u32, count: u32, words: u32) {
    unsafe {
        for index in 0..count * words / 2 {
            let [at, len] = (list as *const [u32; 2]).add(index as usize).read();
            Buffer::lowered(at as *mut u8, len).release();
        }
    }
    Buffer::lowered(list as *mut u8, count * words * 4).release();
}

#[unsafe(export_name = "wasi:http/types@0.2#[static]fields.from-list")]
extern "C" fn from_list(entries: *mut u32, count: u32) -> Ret {
    let error = attempt(|out| unsafe { fields_from_list(entries as *const u8, count, out) });
    release(entries, count, 4);
    let area = area();
    match error {
        None => {
            let handle = area.get_u32(4);
            area.u32(4, fields::new(rep(handle, false))).ret()
        }
        Some(error) => area.u8(0, 1).u8(4, error as u8).ret(),
    }
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]fields.get")]
extern "C" fn get(this: u32, name: *mut u8, len: u32) -> Ret {
    let area = area();
    memory::in_arena(|| unsafe { fields_get(this >> 1, name, len, area.at()) });
    Buffer::lowered(name, len).release();
    area.ret()
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]fields.has")]
extern "C" fn has(this: u32, name: *mut u8, len: u32) -> u32 {
    let has = unsafe { fields_has(this >> 1, name, len) };
    Buffer::lowered(name, len).release();
    has
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]fields.set")]
extern "C" fn set(this: u32, name: *mut u8, len: u32, values: *mut u32, count: u32) -> Ret {
    let result = change(this, |handle, out| unsafe { fields_set(handle, name, len, values as *const u8, count, out) });
    Buffer::lowered(name, len).release();
    release(values, count, 2);
    result
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]fields.delete")]
extern "C" fn delete(this: u32, name: *mut u8, len: u32) -> Ret {
    let result = change(this, |handle, out| unsafe { fields_delete(handle, name, len, out) });
    Buffer::lowered(name, len).release();
    result
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]fields.append")]
extern "C" fn append(this: u32, name: *mut u8, len: u32, value: *mut u8, value_len: u32) -> Ret {
    let result = change(this, |handle, out| unsafe { fields_append(handle, name, len, value, value_len, out) });
    Buffer::lowered(name, len).release();
    Buffer::lowered(value, value_len).release();
    result
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]fields.entries")]
extern "C" fn entries(this: u32) -> Ret {
    let area = area();
    memory::in_arena(|| unsafe { fields_copy_all(this >> 1, area.at()) });
    area.ret()
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]fields.clone")]
extern "C" fn clone(this: u32) -> u32 {
    fields::new(rep(unsafe { fields_clone(this >> 1) }, false))
}

/// The first value of a field, good until the next result. Null if there is none.
fn first(handle: u32, name: &str) -> (*const u8, u32) {
    let mut list = [0u32; 2];
    let out = list.as_mut_ptr() as *mut u8;
    memory::in_arena(|| unsafe { fields_get(handle, name.as_ptr(), name.len() as u32, out) });
    match list {
        [_, 0] => (core::ptr::null(), 0),
        [values, _] => {
            let [at, len] = unsafe { *(values as *const [u32; 2]) };
            (at as *const u8, len)
        }
    }
}

/// The value of `host`, if it can be an authority.
pub fn host(handle: u32) -> Option<(*const u8, u32)> {
    let (at, len) = first(handle, "host");
    let ascii = len > 0 && (0..len as usize).all(|index| unsafe { *at.add(index) } < 128);
    ascii.then_some((at, len))
}

/// Sets `content-length: 0` for a message without a body: hosts of 0.3 learn that there is none
/// only from the trailers future, after they have chosen a transfer encoding. Returns the fields to
/// send.
pub fn without_body(handle: u32) -> u32 {
    const NAME: &str = "content-length";
    let (name, len) = (NAME.as_ptr(), NAME.len() as u32);
    if unsafe { fields_has(handle, name, len) } != 0 {
        return handle;
    }
    // The fields may be an immutable view, on which appending fails.
    let append = |handle| attempt(|out| unsafe { fields_append(handle, name, len, b"0".as_ptr(), 1, out) });
    if append(handle).is_none() {
        return handle;
    }
    let copy = unsafe { fields_clone(handle) };
    unsafe { fields_drop(handle) };
    append(copy);
    copy
}

/// The value of `content-length`. An error if it is not a length.
pub fn content_length(handle: u32) -> Result<Option<u64>, ()> {
    let (at, len) = first(handle, "content-length");
    if at.is_null() {
        return Ok(None);
    }
    let mut value: u64 = 0;
    for index in 0..len as usize {
        let digit = unsafe { *at.add(index) }.wrapping_sub(b'0');
        if digit > 9 {
            return Err(());
        }
        value = value.checked_mul(10).and_then(|value| value.checked_add(digit as u64)).ok_or(())?;
    }
    if len == 0 { Err(()) } else { Ok(Some(value)) }
}
