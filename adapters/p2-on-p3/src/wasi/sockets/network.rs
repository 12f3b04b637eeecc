//! `network` and `instance-network`.
//!
//! # Safety
//!
//! The error in the parameter comes from the engine, so its resource exists.

use super::convert::ErrorCode;
use crate::kernel::failure::Error;
use crate::wasi::io::error::Code;
use common::abi::{Ret, area};

#[link(wasm_import_module = "[export]wasi:sockets/network@0.2")]
unsafe extern "C" {
    #[link_name = "[resource-new]network"]
    fn network_new(rep: u32) -> u32;
}

/// A token: P does not distinguish networks.
#[unsafe(export_name = "wasi:sockets/instance-network@0.2#instance-network")]
extern "C" fn instance_network() -> u32 {
    unsafe { network_new(1) }
}

/// `option<error-code>`.
#[unsafe(export_name = "wasi:sockets/network@0.2#network-error-code")]
extern "C" fn network_error_code(error: *mut Error) -> Ret {
    match unsafe { (*error).code } {
        Code::Socket(code) => area().u8(0, 1).u8(1, code as u8).ret(),
        Code::ConnectionBroken => area().u8(0, 1).u8(1, ErrorCode::Unknown as u8).ret(),
        Code::File(_) | Code::Http => area().u8(0, 0).ret(),
    }
}
