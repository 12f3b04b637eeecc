//! The resource `request-options`, represented like `fields` (DESIGN.md: "Errors of request
//! options").
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI; results go to the return area, which is large
//! enough.

use super::{imports, is_taking, pass_on};
use common::abi::{Ret, area};

const IMMUTABLE: u32 = 1;

/// Cases of `request-options-error`.
enum Error {
    NotSupported,
    Immutable,
}

/// The offset of the error in a result.
const ERROR: usize = 4;

fn handle(this: u32) -> u32 {
    this >> 1
}

/// Takes a resource from the guest: the 0.2 handle.
pub fn take(handle: u32) -> u32 {
    super::take(handle, imports::options3_rep, imports::options3_drop) >> 1
}

/// A new, immutable resource for the guest, with a copy of the options.
pub fn view(options: u32) -> u32 {
    unsafe { imports::options3_new(copy(options) << 1 | IMMUTABLE) }
}

#[unsafe(export_name = "wasi:http/types@0.3#[dtor]request-options")]
extern "C" fn dtor(this: u32) {
    if !is_taking() {
        unsafe { imports::options_drop(handle(this)) }
    }
}

#[unsafe(export_name = "wasi:http/types@0.3#[constructor]request-options")]
extern "C" fn constructor() -> u32 {
    unsafe { imports::options3_new(imports::options_new() << 1) }
}

macro_rules! timeouts {
    ($($get:ident $get_name:literal $from:ident $set:ident $set_name:literal $to:ident;)*) => {
        $(
            #[unsafe(export_name = concat!("wasi:http/types@0.3#[method]request-options.", $get_name))]
            extern "C" fn $get(this: u32) -> Ret {
                pass_on(|option| unsafe { imports::$from(handle(this), option) })
            }

            #[unsafe(export_name = concat!("wasi:http/types@0.3#[method]request-options.", $set_name))]
            extern "C" fn $set(this: u32, tag: u32, duration: u64) -> Ret {
                if this & IMMUTABLE != 0 {
                    return area().u8(0, 1).u8(ERROR, Error::Immutable as u8).ret();
                }
                let refused = unsafe { imports::$to(handle(this), tag, duration) };
                area().u8(0, refused as u8).u8(ERROR, Error::NotSupported as u8).ret()
            }
        )*

        /// A copy of the options.
        fn copy(options: u32) -> u32 {
            let new = unsafe { imports::options_new() };
            $(
                unsafe {
                    imports::$from(options, area().at());
                    imports::$to(new, area().get_u8(0) as u32, area().get_u64(8));
                }
            )*
            new
        }
    };
}

timeouts! {
    get_connect "get-connect-timeout" options_connect_timeout
        set_connect "set-connect-timeout" options_set_connect_timeout;
    get_first_byte "get-first-byte-timeout" options_first_byte_timeout
        set_first_byte "set-first-byte-timeout" options_set_first_byte_timeout;
    get_between_bytes "get-between-bytes-timeout" options_between_bytes_timeout
        set_between_bytes "set-between-bytes-timeout" options_set_between_bytes_timeout;
}

#[unsafe(export_name = "wasi:http/types@0.3#[method]request-options.clone")]
extern "C" fn clone(this: u32) -> u32 {
    unsafe { imports::options3_new(copy(handle(this)) << 1) }
}
