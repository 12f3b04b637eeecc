//! `wasi:cli` except for the standard streams (see `stdio`): environment, exit, terminals.
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI; results go to the return area, which is large
//! enough.

mod stdio;

use crate::hooks::io::Failure;
use crate::kernel::outcome::{self, Value};
use crate::kernel::pair::{Pair, Type};
use crate::kernel::sink;
use common::abi::{Ret, area};
use common::codes::wasi03::Cli as ErrorCode;
use common::memory;
use common::shared::Shared;

/// `future<result<_, error-code>>`
const RESULT: Type = Type::of_future(16);

/// There was more to write, but the output was closed.
pub const BROKEN: Value = Value::error(ErrorCode::Pipe as u8);

/// The bytes of an input or output have ended (DESIGN.md: "Errors of streams", "Errors of standard
/// streams").
pub fn ended(future: Shared<Pair>, failure: Option<Failure>, closed: Value) {
    outcome::resolve(future, outcome::value_of(failure, closed, |_| ErrorCode::Io as u8));
}

mod environment2 {
    #[link(wasm_import_module = "wasi:cli/environment@0.2")]
    unsafe extern "C" {
        #[link_name = "get-environment"]
        pub fn get_environment(list: *mut u8);
        #[link_name = "get-arguments"]
        pub fn get_arguments(list: *mut u8);
        #[link_name = "initial-cwd"]
        pub fn initial_cwd(option: *mut u8);
    }
}

/// Results of these functions have the same layout in both versions and are passed on unchanged.
fn pass_on(call: impl FnOnce(*mut u8)) -> Ret {
    let area = area();
    memory::in_arena(|| call(area.at()));
    area.ret()
}

#[unsafe(export_name = "wasi:cli/environment@0.3#get-environment")]
extern "C" fn get_environment() -> Ret {
    pass_on(|list| unsafe { environment2::get_environment(list) })
}

#[unsafe(export_name = "wasi:cli/environment@0.3#get-arguments")]
extern "C" fn get_arguments() -> Ret {
    pass_on(|list| unsafe { environment2::get_arguments(list) })
}

#[unsafe(export_name = "wasi:cli/environment@0.3#get-initial-cwd")]
extern "C" fn get_initial_cwd() -> Ret {
    pass_on(|option| unsafe { environment2::initial_cwd(option) })
}

mod exit2 {
    #[link(wasm_import_module = "wasi:cli/exit@0.2")]
    unsafe extern "C" {
        pub fn exit(status: u32);
        #[link_name = "exit-with-code"]
        pub fn exit_with_code(status_code: u32);
    }
}

/// Waits until everything that was written is out, before the program ends (DESIGN.md: "Drain").
#[unsafe(export_name = "wasi:cli/exit@0.3#exit")]
extern "C" fn exit(status: u32) {
    sink::drain();
    unsafe { exit2::exit(status) }
}

/// For hosts that have the function, which is stable since 0.2.12.
#[unsafe(export_name = "wasi:cli/exit@0.3#exit-with-code")]
extern "C" fn exit_with_code(status: u32) {
    sink::drain();
    unsafe { exit2::exit_with_code(status) }
}

/// For all other hosts, which learn only of success or failure.
#[unsafe(export_name = "instead:wasi:cli/exit@0.3#exit-with-code")]
extern "C" fn exit_without_code(status: u32) {
    exit((status != 0) as u32)
}

/// Terminals: R's resource is the 0.2 handle.
macro_rules! terminal {
    ($resource:literal, $resource2:literal, $new:literal, $drop:literal, $dtor:literal, $name:ident;
     $($get:ident $module2:literal $function:literal $export:literal;)*) => {
        mod $name {
            use common::abi::{area, Ret};

            #[link(wasm_import_module = $resource)]
            unsafe extern "C" {
                #[link_name = $new]
                fn new(rep: u32) -> u32;
            }
            #[link(wasm_import_module = $resource2)]
            unsafe extern "C" {
                #[link_name = $drop]
                fn drop2(handle: u32);
            }

            #[unsafe(export_name = $dtor)]
            extern "C" fn dtor(rep: u32) {
                unsafe { drop2(rep) }
            }

            $(
                #[unsafe(export_name = $export)]
                extern "C" fn $get() -> Ret {
                    #[link(wasm_import_module = $module2)]
                    unsafe extern "C" {
                        #[link_name = $function]
                        fn get2(option: *mut u8);
                    }
                    let area = area();
                    unsafe {
                        get2(area.at());
                        if area.get_u8(0) != 0 {
                            let handle = area.get_u32(4);
                            area.u32(4, new(handle));
                        }
                    }
                    area.ret()
                }
            )*
        }
    };
}

terminal! {
    "[export]wasi:cli/terminal-input@0.3", "wasi:cli/terminal-input@0.2",
    "[resource-new]terminal-input", "[resource-drop]terminal-input",
    "wasi:cli/terminal-input@0.3#[dtor]terminal-input", terminal_input;
    get_terminal_stdin "wasi:cli/terminal-stdin@0.2" "get-terminal-stdin"
        "wasi:cli/terminal-stdin@0.3#get-terminal-stdin";
}

terminal! {
    "[export]wasi:cli/terminal-output@0.3", "wasi:cli/terminal-output@0.2",
    "[resource-new]terminal-output", "[resource-drop]terminal-output",
    "wasi:cli/terminal-output@0.3#[dtor]terminal-output", terminal_output;
    get_terminal_stdout "wasi:cli/terminal-stdout@0.2" "get-terminal-stdout"
        "wasi:cli/terminal-stdout@0.3#get-terminal-stdout";
    get_terminal_stderr "wasi:cli/terminal-stderr@0.2" "get-terminal-stderr"
        "wasi:cli/terminal-stderr@0.3#get-terminal-stderr";
}
