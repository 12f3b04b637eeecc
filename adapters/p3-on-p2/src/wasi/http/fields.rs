//! The resource `fields` (DESIGN.md: "Errors of header fields"). Its representation is the 0.2
//! handle, shifted, and a bit that is set if the fields are immutable.
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI. Lists in parameters were put into memory by
//! `cabi_realloc`, with the layout and the number of elements that the function has.

use super::{forget, imports, is_taking, pass_on};
use common::abi::{Ret, area};
use common::codes::Header as HeaderError;
use common::memory;

const IMMUTABLE: u32 = 1;

/// The offset of a `header-error` in a result of 0.3.
const ERROR: usize = 4;

fn handle(this: u32) -> u32 {
    this >> 1
}

/// A new resource for the guest.
fn new(fields: u32) -> u32 {
    unsafe { imports::fields3_new(fields << 1) }
}

/// A new, immutable resource for the guest, with a copy of `fields`, which are dropped at once
/// (DESIGN.md: "Children first").
pub fn view(fields: u32) -> u32 {
    unsafe { imports::fields3_new(copy(fields) << 1 | IMMUTABLE) }
}

/// A copy of `fields`, which goes at once (DESIGN.md: "Children first").
pub fn copy(fields: u32) -> u32 {
    unsafe {
        let copy = imports::fields_clone(fields);
        imports::fields_drop(fields);
        copy
    }
}

/// Takes a resource from the guest: the 0.2 handle.
pub fn take(handle: u32) -> u32 {
    super::take(handle, imports::fields3_rep, imports::fields3_drop) >> 1
}

pub fn discard(handle: u32) {
    unsafe { imports::fields3_drop(handle) }
}

#[unsafe(export_name = "wasi:http/types@0.3#[dtor]fields")]
extern "C" fn dtor(this: u32) {
    if !is_taking() {
        unsafe { imports::fields_drop(handle(this)) }
    }
}

#[unsafe(export_name = "wasi:http/types@0.3#[constructor]fields")]
extern "C" fn constructor() -> u32 {
    new(unsafe { imports::fields_new() })
}

/// Lists of elements of which each has an address and a length at these offsets.
fn forget_list(list: *mut u8, count: u32, size: u32, parts: &[usize]) {
    for index in 0..count {
        for part in parts {
            let at = list.wrapping_add((index * size) as usize + part) as *const u32;
            unsafe { forget(at.read() as *mut u8, at.add(1).read()) };
        }
    }
    forget(list, count * size);
}

#[unsafe(export_name = "wasi:http/types@0.3#[static]fields.from-list")]
extern "C" fn from_list(entries: *mut u8, count: u32) -> Ret {
    let area = area();
    unsafe { imports::fields_from_list(entries, count, area.at()) };
    forget_list(entries, count, 16, &[0, 8]);
    if area.get_u8(0) == 0 {
        let handle = new(area.get_u32(ERROR));
        area.u32(ERROR, handle);
    }
    area.ret()
}

#[unsafe(export_name = "wasi:http/types@0.3#[method]fields.get")]
extern "C" fn get(this: u32, name: *mut u8, len: u32) -> Ret {
    let values = pass_on(|list| unsafe { imports::fields_get(handle(this), name, len, list) });
    forget(name, len);
    values
}

#[unsafe(export_name = "wasi:http/types@0.3#[method]fields.has")]
extern "C" fn has(this: u32, name: *mut u8, len: u32) -> u32 {
    let has = unsafe { imports::fields_has(handle(this), name, len) };
    forget(name, len);
    has
}

/// A change: `result<_, header-error>`, which in 0.2 has its error at 1. `immutable` is the error
/// only if there is no other.
fn change(this: u32, change: impl FnOnce(u32, *mut u8)) {
    let area = area();
    let is_immutable = this & IMMUTABLE != 0;
    let fields = match is_immutable {
        true => unsafe { imports::fields_clone(handle(this)) },
        false => handle(this),
    };
    change(fields, area.at());
    let error = area.get_u8(1);
    area.u8(ERROR, error);
    if is_immutable {
        unsafe { imports::fields_drop(fields) };
        if area.get_u8(0) == 0 {
            area.u8(0, 1).u8(ERROR, HeaderError::Immutable as u8);
        }
    }
}

#[unsafe(export_name = "wasi:http/types@0.3#[method]fields.set")]
extern "C" fn set(this: u32, name: *mut u8, len: u32, values: *mut u8, count: u32) -> Ret {
    change(this, |fields, result| unsafe { imports::fields_set(fields, name, len, values, count, result) });
    forget(name, len);
    forget_list(values, count, 8, &[0]);
    area().ret()
}

#[unsafe(export_name = "wasi:http/types@0.3#[method]fields.delete")]
extern "C" fn delete(this: u32, name: *mut u8, len: u32) -> Ret {
    change(this, |fields, result| unsafe { imports::fields_delete(fields, name, len, result) });
    forget(name, len);
    area().ret()
}

/// The values, if they can be deleted.
#[unsafe(export_name = "wasi:http/types@0.3#[method]fields.get-and-delete")]
extern "C" fn get_and_delete(this: u32, name: *mut u8, len: u32) -> Ret {
    let area = area();
    memory::in_arena(|| unsafe { imports::fields_get(handle(this), name, len, area.at()) });
    let (list, count) = (area.get_u32(0), area.get_u32(4));
    change(this, |fields, result| unsafe { imports::fields_delete(fields, name, len, result) });
    forget(name, len);
    if area.get_u8(0) == 0 {
        area.u32(4, list).u32(8, count);
    }
    area.ret()
}

#[unsafe(export_name = "wasi:http/types@0.3#[method]fields.append")]
extern "C" fn append(this: u32, name: *mut u8, len: u32, value: *mut u8, value_len: u32) -> Ret {
    change(this, |fields, result| unsafe { imports::fields_append(fields, name, len, value, value_len, result) });
    forget(name, len);
    forget(value, value_len);
    area().ret()
}

#[unsafe(export_name = "wasi:http/types@0.3#[method]fields.copy-all")]
extern "C" fn copy_all(this: u32) -> Ret {
    pass_on(|list| unsafe { imports::fields_entries(handle(this), list) })
}

#[unsafe(export_name = "wasi:http/types@0.3#[method]fields.clone")]
extern "C" fn clone(this: u32) -> u32 {
    new(unsafe { imports::fields_clone(handle(this)) })
}

/// Copies `content-length` to `fields` from `of`, the headers of the message that the body came
/// with, and drops `of`.
pub fn inherit_length(fields: u32, of: u32) {
    const NAME: &str = "content-length";
    let (name, len) = (NAME.as_ptr(), NAME.len() as u32);
    unsafe {
        if imports::fields_has(fields, name, len) == 0 {
            let area = area();
            memory::in_arena(|| imports::fields_get(of, name, len, area.at()));
            if area.get_u32(4) == 1 {
                let value = area.get_u32(0) as *const [u32; 2];
                let [at, value_len] = value.read();
                imports::fields_append(fields, name, len, at as *const u8, value_len, area.at());
            }
        }
        imports::fields_drop(of);
    }
}
