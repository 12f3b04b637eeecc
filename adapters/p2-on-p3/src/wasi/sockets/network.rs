//! `network` and `instance-network`.
//!
//! # Safety
//!
//! The error in the parameter comes from the engine, so its resource exists.

use super::convert::UNKNOWN;
use crate::kernel::failure::ErrorCode;
use crate::wasi::io::error::{HTTP, NET, NET_BROKEN};
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
extern "C" fn network_error_code(error: *mut ErrorCode) -> Ret {
    match unsafe { (*error).code } {
        HTTP | ..NET => area().u8(0, 0).ret(),
        NET_BROKEN => area().u8(0, 1).u8(1, UNKNOWN).ret(),
        code => area().u8(0, 1).u8(1, code - NET).ret(),
    }
}
