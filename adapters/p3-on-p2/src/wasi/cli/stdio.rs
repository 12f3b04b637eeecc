//! Standard input and output.
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI.

use super::RESULT;
use crate::hooks::{Input, Output};
use crate::kernel::pair;
use crate::kernel::sink;
use crate::kernel::source;
use common::abi::{Ret, area};

#[link(wasm_import_module = "wasi:cli/stdin@0.2")]
unsafe extern "C" {
    #[link_name = "get-stdin"]
    fn get_stdin() -> u32;
}

#[link(wasm_import_module = "wasi:cli/stdout@0.2")]
unsafe extern "C" {
    #[link_name = "get-stdout"]
    fn get_stdout() -> u32;
}

#[link(wasm_import_module = "wasi:cli/stderr@0.2")]
unsafe extern "C" {
    #[link_name = "get-stderr"]
    fn get_stderr() -> u32;
}

#[unsafe(export_name = "wasi:cli/stdin@0.3#read-via-stream")]
extern "C" fn read_via_stream() -> Ret {
    let [stream, future] = source::give(unsafe { get_stdin() }, Input::Cli, RESULT);
    area().u32(0, stream).u32(4, future).ret()
}

#[unsafe(export_name = "wasi:cli/stdout@0.3#write-via-stream")]
extern "C" fn write_stdout(data: u32) -> u32 {
    sink::take(data, unsafe { get_stdout() }, Output::Cli, RESULT)
}

#[unsafe(export_name = "wasi:cli/stderr@0.3#write-via-stream")]
extern "C" fn write_stderr(data: u32) -> u32 {
    sink::take(data, unsafe { get_stderr() }, Output::Cli, RESULT)
}

/// `list<result<_, error-code>>` of one element: the value of a future that was read.
#[unsafe(export_name = "wasi:cli/types@0.3#take-result")]
extern "C" fn take_result(future: u32) -> Ret {
    let value = pair::taking(future).value.get();
    let area = area();
    let element = area.at() as u32 + 8;
    area.u32(0, element).u32(4, 1).u8(8, value.is_error() as u8).u8(9, value.case()).ret()
}
