//! `wasi:random`. Byte functions of 0.3 may return less than asked for, those of 0.2 may not.
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI; lists came through `cabi_realloc`.

use common::abi::{Ret, area};
use common::memory::{self, Buffer};
use core::ptr::copy_nonoverlapping;

mod random3 {
    #[link(wasm_import_module = "wasi:random/random@0.3")]
    unsafe extern "C" {
        #[link_name = "get-random-bytes"]
        pub fn bytes(max_len: u64, list: *mut [u32; 2]);
        #[link_name = "get-random-u64"]
        pub fn number() -> u64;
    }
}

mod insecure3 {
    #[link(wasm_import_module = "wasi:random/insecure@0.3")]
    unsafe extern "C" {
        #[link_name = "get-insecure-random-bytes"]
        pub fn bytes(max_len: u64, list: *mut [u32; 2]);
        #[link_name = "get-insecure-random-u64"]
        pub fn number() -> u64;
    }
}

mod insecure_seed3 {
    #[link(wasm_import_module = "wasi:random/insecure-seed@0.3")]
    unsafe extern "C" {
        #[link_name = "get-insecure-seed"]
        pub fn seed(pair: *mut u8);
    }
}

/// Collects exactly `len` bytes. A list that has all of them at once is passed on without a copy.
#[inline(always)]
fn collect(len: u64, bytes: impl Fn(u64, *mut [u32; 2])) -> Ret {
    let area = area();
    if len == 0 {
        return area.u32(0, 1).u32(4, 0).ret();
    }
    if len > u32::MAX as u64 {
        crate::trap::out_of_memory()
    }
    let next = |count: u64| {
        let mut list = [0; 2];
        bytes(count, &mut list);
        Buffer::lowered(list[0] as *mut u8, list[1])
    };
    let mut all = next(len);
    if (all.len as u64) < len {
        let mut part = all;
        all = Buffer::new(len as u32);
        loop {
            unsafe { copy_nonoverlapping(part.start(), all.at.add(all.len as usize), part.len as usize) };
            all.len += part.len;
            part.release();
            if all.len as u64 >= len {
                break;
            }
            part = next(len - all.len as u64);
        }
    }
    memory::keep(all);
    area.u32(0, all.at as u32).u32(4, all.len).ret()
}

#[unsafe(export_name = "wasi:random/random@0.2#get-random-bytes")]
extern "C" fn get_random_bytes(len: u64) -> Ret {
    collect(len, |count, list| unsafe { random3::bytes(count, list) })
}

#[unsafe(export_name = "wasi:random/random@0.2#get-random-u64")]
extern "C" fn get_random_u64() -> u64 {
    unsafe { random3::number() }
}

#[unsafe(export_name = "wasi:random/insecure@0.2#get-insecure-random-bytes")]
extern "C" fn get_insecure_random_bytes(len: u64) -> Ret {
    collect(len, |count, list| unsafe { insecure3::bytes(count, list) })
}

#[unsafe(export_name = "wasi:random/insecure@0.2#get-insecure-random-u64")]
extern "C" fn get_insecure_random_u64() -> u64 {
    unsafe { insecure3::number() }
}

#[unsafe(export_name = "wasi:random/insecure-seed@0.2#insecure-seed")]
extern "C" fn insecure_seed() -> Ret {
    let area = area();
    unsafe { insecure_seed3::seed(area.at()) };
    area.ret()
}
