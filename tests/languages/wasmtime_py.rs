//! Programs of WASI 0.3 translated to 0.2, in Python: wasmtime-py, which has WASI 0.2 alone, on an
//! engine that is newer than the stock programs of the registry.
//!
//!     WASI_SHIM_TEST_LANGUAGES=1 cargo test --test languages wasmtime_py

use std::path::Path;
use std::process::Command;

use super::sources::source;
use crate::support::toolchains::{asked, python};
use crate::support::{Host, Stdin, Stdout, fixture, prepare, run, run_on, snapshot, wrapped_for};

const WASMTIME_PY: &str = "wasmtime==50.0.1";

/// Runs `fixture` natively and there, and compares.
fn same(python: &Path, name: &str, args: &[&str], code: i32) {
    const TEXT: Stdin = Stdin::File("first line\nsecond line, ünïcode");
    let dirs = [(); 2].map(|()| tempfile::tempdir().unwrap());
    dirs.iter().for_each(|dir| prepare(dir.path()));
    let preopen = [(dirs[0].path().to_path_buf(), "/work")];
    let native = run_on(Host::Only03, &fixture(name), &preopen, &[("NAME", "value")], args, TEXT, Stdout::Pipe);

    let mut command = Command::new(python);
    command.arg(source("python/wasmtime_host.py")).arg(wrapped_for(Host::Only02, &fixture(name)));
    command.arg(dirs[1].path()).args(args);
    let seen = run(command, TEXT, Stdout::Pipe);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let what = format!("{name} {args:?}: {}", seen.stderr);
    assert_eq!(text(&native.stdout), text(&seen.stdout), "{what}");
    assert_eq!((native.code, seen.code), (Some(code), Some(code)), "{what}");
    assert!(snapshot(dirs[0].path()) == snapshot(dirs[1].path()), "{what}: other files");
}

#[test]
fn translated_programs_run_in_python() {
    if !asked() {
        return;
    }
    let python = python(&[WASMTIME_PY]).join("python");
    same(&python, "hello-p3", &[], 0);
    for (args, code) in [
        (&["arguments", "a", "ünïcode"][..], 0),
        (&["environment"], 0),
        (&["cat"], 0),
        (&["timers"], 0),
        (&["select-timers"], 0),
        (&["big", "1048576"], 0),
        (&["concurrent"], 0),
        (&["err"], 1),
        (&["exit-code", "33"], 33),
        (&["trap-after-output"], 134),
    ] {
        same(&python, "direct-p3", args, code);
    }
    same(&python, "c-p3-callback", &["timers"], 0);
    same(&python, "files-p3", &["large"], 0);
}
