//! Standard input and output: one 0.3 stream each (DESIGN.md: "Shared standard streams"). The drain
//! ends the streams of the outputs (DESIGN.md: "Drain").
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI.

use crate::hooks::StreamKind;
use crate::kernel::sink::Sink;
use crate::kernel::source::Source;
use crate::wasi::io::input_stream;
use crate::wasi::io::output_stream;
use common::global::Global;

mod stdin3 {
    #[link(wasm_import_module = "wasi:cli/stdin@0.3")]
    unsafe extern "C" {
        #[link_name = "read-via-stream"]
        pub fn read_via_stream(ends: *mut [u32; 2]);
        #[link_name = "[async-lower][future-read-1]read-via-stream"]
        pub fn future_read(future: u32, value: *mut u8) -> u32;
        #[link_name = "[future-drop-readable-1]read-via-stream"]
        pub fn future_drop(future: u32);
    }
}

macro_rules! output {
    ($name:ident, $module:literal) => {
        mod $name {
            #[link(wasm_import_module = $module)]
            unsafe extern "C" {
                #[link_name = "write-via-stream"]
                pub fn write_via_stream(readable: u32) -> u32;
                #[link_name = "[async-lower][future-read-1]write-via-stream"]
                pub fn future_read(future: u32, value: *mut u8) -> u32;
                #[link_name = "[future-drop-readable-1]write-via-stream"]
                pub fn future_drop(future: u32);
            }
        }
    };
}

output!(stdout3, "wasi:cli/stdout@0.3");
output!(stderr3, "wasi:cli/stderr@0.3");

static STDIN: Global<Source> = Global::new(Source::unopened(StreamKind::Stdin));
static STDOUT: Global<Sink> = Global::new(Sink::unopened(StreamKind::Stdout));
static STDERR: Global<Sink> = Global::new(Sink::unopened(StreamKind::Stderr));

/// Opens a shared output.
pub fn open(sink: &Sink) {
    let kind = sink.kind();
    sink.open(|readable| unsafe {
        match kind {
            StreamKind::Stderr => stderr3::write_via_stream(readable),
            _ => stdout3::write_via_stream(readable),
        }
    });
}

/// Opens the shared input: stream and future.
pub fn open_stdin() -> [u32; 2] {
    let mut ends = [0; 2];
    unsafe { stdin3::read_via_stream(&mut ends) };
    ends
}

pub fn future_read(kind: StreamKind, future: u32, value: *mut u8) -> u32 {
    unsafe {
        match kind {
            StreamKind::Stdin => stdin3::future_read(future, value),
            StreamKind::Stderr => stderr3::future_read(future, value),
            _ => stdout3::future_read(future, value),
        }
    }
}

pub fn future_drop(kind: StreamKind, future: u32) {
    unsafe {
        match kind {
            StreamKind::Stdin => stdin3::future_drop(future),
            StreamKind::Stderr => stderr3::future_drop(future),
            _ => stdout3::future_drop(future),
        }
    }
}

/// A step of the drain: ends both outputs; true when all bytes that they accepted are out.
pub fn end_outputs() -> bool {
    let stdout = STDOUT.end();
    let stderr = STDERR.end();
    stdout && stderr
}

#[unsafe(export_name = "wasi:cli/stdin@0.2#get-stdin")]
extern "C" fn get_stdin() -> u32 {
    input_stream::new(&STDIN)
}

#[unsafe(export_name = "wasi:cli/stdout@0.2#get-stdout")]
extern "C" fn get_stdout() -> u32 {
    output_stream::new(&STDOUT)
}

#[unsafe(export_name = "wasi:cli/stderr@0.2#get-stderr")]
extern "C" fn get_stderr() -> u32 {
    output_stream::new(&STDERR)
}
