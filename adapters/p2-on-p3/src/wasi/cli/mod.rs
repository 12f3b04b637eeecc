//! `wasi:cli` except for the standard streams (see `stdio`): environment, exit, terminals.
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI, and the area is large enough for every result.

pub mod stdio;

use crate::hooks::Body;
use crate::kernel::op;
use common::abi::{Ret, area};
use common::memory;

mod environment3 {
    #[link(wasm_import_module = "wasi:cli/environment@0.3")]
    unsafe extern "C" {
        #[link_name = "get-environment"]
        pub fn get_environment(list: *mut u8);
        #[link_name = "get-arguments"]
        pub fn get_arguments(list: *mut u8);
        #[link_name = "get-initial-cwd"]
        pub fn get_initial_cwd(option: *mut u8);
    }
}

/// Results of these functions have the same layout in both versions and are passed on unchanged.
fn pass_on(call: impl FnOnce(*mut u8)) -> Ret {
    let area = area();
    memory::in_arena(|| call(area.at()));
    area.ret()
}

#[unsafe(export_name = "wasi:cli/environment@0.2#get-environment")]
extern "C" fn get_environment() -> Ret {
    pass_on(|list| unsafe { environment3::get_environment(list) })
}

#[unsafe(export_name = "wasi:cli/environment@0.2#get-arguments")]
extern "C" fn get_arguments() -> Ret {
    pass_on(|list| unsafe { environment3::get_arguments(list) })
}

#[unsafe(export_name = "wasi:cli/environment@0.2#initial-cwd")]
extern "C" fn initial_cwd() -> Ret {
    pass_on(|option| unsafe { environment3::get_initial_cwd(option) })
}

mod exit3 {
    #[link(wasm_import_module = "wasi:cli/exit@0.3")]
    unsafe extern "C" {
        pub fn exit(status: u32);
        #[link_name = "exit-with-code"]
        pub fn exit_with_code(status_code: u32);
    }
}

/// Class R: everything that was written must be out before the program ends (DESIGN.md: "Drain").
#[unsafe(export_name = "wasi:cli/exit@0.2#start-exit")]
extern "C" fn start_exit(status: u32) -> u32 {
    op::deliver_events();
    op::begin(Body::Exit { status })
}

#[unsafe(export_name = "wasi:cli/exit@0.2#finish-exit")]
extern "C" fn finish_exit(token: u32) {
    if let Body::Exit { status } = op::take(token).body {
        unsafe { exit3::exit(status) }
    }
}

#[unsafe(export_name = "wasi:cli/exit@0.2#start-exit-with-code")]
extern "C" fn start_exit_with_code(status: u32) -> u32 {
    start_exit(status)
}

#[unsafe(export_name = "wasi:cli/exit@0.2#finish-exit-with-code")]
extern "C" fn finish_exit_with_code(token: u32) {
    if let Body::Exit { status } = op::take(token).body {
        unsafe { exit3::exit_with_code(status) }
    }
}

/// Terminals: P's resource is the 0.3 handle.
macro_rules! terminal {
    ($resource:literal, $resource3:literal, $new:literal, $drop:literal, $dtor:literal, $name:ident;
     $($get:ident $module3:literal $function:literal $export:literal;)*) => {
        mod $name {
            use common::abi::{area, Ret};

            #[link(wasm_import_module = $resource)]
            unsafe extern "C" {
                #[link_name = $new]
                fn new(rep: u32) -> u32;
            }
            #[link(wasm_import_module = $resource3)]
            unsafe extern "C" {
                #[link_name = $drop]
                fn drop3(handle: u32);
            }

            #[unsafe(export_name = $dtor)]
            extern "C" fn dtor(rep: u32) {
                unsafe { drop3(rep) }
            }

            $(
                #[unsafe(export_name = $export)]
                extern "C" fn $get() -> Ret {
                    #[link(wasm_import_module = $module3)]
                    unsafe extern "C" {
                        #[link_name = $function]
                        fn get3(option: *mut u8);
                    }
                    let area = area();
                    unsafe {
                        get3(area.at());
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
    "[export]wasi:cli/terminal-input@0.2", "wasi:cli/terminal-input@0.3",
    "[resource-new]terminal-input", "[resource-drop]terminal-input",
    "wasi:cli/terminal-input@0.2#[dtor]terminal-input", terminal_input;
    get_terminal_stdin "wasi:cli/terminal-stdin@0.3" "get-terminal-stdin"
        "wasi:cli/terminal-stdin@0.2#get-terminal-stdin";
}

terminal! {
    "[export]wasi:cli/terminal-output@0.2", "wasi:cli/terminal-output@0.3",
    "[resource-new]terminal-output", "[resource-drop]terminal-output",
    "wasi:cli/terminal-output@0.2#[dtor]terminal-output", terminal_output;
    get_terminal_stdout "wasi:cli/terminal-stdout@0.3" "get-terminal-stdout"
        "wasi:cli/terminal-stdout@0.2#get-terminal-stdout";
    get_terminal_stderr "wasi:cli/terminal-stderr@0.3" "get-terminal-stderr"
        "wasi:cli/terminal-stderr@0.2#get-terminal-stderr";
}
