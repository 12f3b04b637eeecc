//! `request-options`: P's resource is the 0.3 handle (DESIGN.md: "Errors of request options").
//!
//! # Safety
//!
//! The host writes the area in the layout that is read.

use super::imports::*;
use super::resource::{self, request_options};
use common::abi::{Ret, area};
use common::memory;

#[unsafe(export_name = "wasi:http/types@0.2#[dtor]request-options")]
extern "C" fn drop_options(this: u32) {
    if !resource::taking() {
        unsafe { options_drop(this) };
    }
}

#[unsafe(export_name = "wasi:http/types@0.2#[constructor]request-options")]
extern "C" fn constructor() -> u32 {
    request_options::new(unsafe { options_new() })
}

macro_rules! timeouts {
    ($($get:ident $export_get:literal $get3:ident $set:ident $export_set:literal $set3:ident;)*) => {$(
        #[unsafe(export_name = concat!("wasi:http/types@0.2#[method]request-options.", $export_get))]
        extern "C" fn $get(this: u32) -> Ret {
            let area = area();
            unsafe { $get3(this, area.at()) };
            area.ret()
        }

        #[unsafe(export_name = concat!("wasi:http/types@0.2#[method]request-options.", $export_set))]
        extern "C" fn $set(this: u32, some: u32, duration: u64) -> u32 {
            let area = area();
            memory::in_arena(|| unsafe { $set3(this, some, duration, area.at()) });
            area.get_u8(0) as u32
        }
    )*};
}

timeouts! {
    connect "connect-timeout" options_connect set_connect "set-connect-timeout" options_set_connect;
    first_byte "first-byte-timeout" options_first_byte set_first_byte "set-first-byte-timeout" options_set_first_byte;
    between_bytes "between-bytes-timeout" options_between_bytes
    set_between_bytes "set-between-bytes-timeout" options_set_between_bytes;
}
