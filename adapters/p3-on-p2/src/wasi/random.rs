//! `wasi:random`. Byte functions of 0.3 may return less than asked for, so R asks for little.
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI; results go to the return area, which is large
//! enough.

use common::abi::{Ret, area};
use common::memory;

mod random2 {
    #[link(wasm_import_module = "wasi:random/random@0.2")]
    unsafe extern "C" {
        #[link_name = "get-random-bytes"]
        pub fn bytes(len: u64, list: *mut u8);
        #[link_name = "get-random-u64"]
        pub fn number() -> u64;
    }
}

mod insecure2 {
    #[link(wasm_import_module = "wasi:random/insecure@0.2")]
    unsafe extern "C" {
        #[link_name = "get-insecure-random-bytes"]
        pub fn bytes(len: u64, list: *mut u8);
        #[link_name = "get-insecure-random-u64"]
        pub fn number() -> u64;
    }
}

mod insecure_seed2 {
    #[link(wasm_import_module = "wasi:random/insecure-seed@0.2")]
    unsafe extern "C" {
        #[link_name = "insecure-seed"]
        pub fn seed(pair: *mut u8);
    }
}

const MAX_BYTES: u64 = 1 << 16;

#[inline(always)]
fn pass_on(call: impl FnOnce(*mut u8)) -> Ret {
    let area = area();
    memory::in_arena(|| call(area.at()));
    area.ret()
}

#[unsafe(export_name = "wasi:random/random@0.3#get-random-bytes")]
extern "C" fn get_random_bytes(max_len: u64) -> Ret {
    pass_on(|list| unsafe { random2::bytes(max_len.min(MAX_BYTES), list) })
}

#[unsafe(export_name = "wasi:random/random@0.3#get-random-u64")]
extern "C" fn get_random_u64() -> u64 {
    unsafe { random2::number() }
}

#[unsafe(export_name = "wasi:random/insecure@0.3#get-insecure-random-bytes")]
extern "C" fn get_insecure_random_bytes(max_len: u64) -> Ret {
    pass_on(|list| unsafe { insecure2::bytes(max_len.min(MAX_BYTES), list) })
}

#[unsafe(export_name = "wasi:random/insecure@0.3#get-insecure-random-u64")]
extern "C" fn get_insecure_random_u64() -> u64 {
    unsafe { insecure2::number() }
}

#[unsafe(export_name = "wasi:random/insecure-seed@0.3#get-insecure-seed")]
extern "C" fn get_insecure_seed() -> Ret {
    let area = area();
    unsafe { insecure_seed2::seed(area.at()) };
    area.ret()
}
