//! Core modules of WASI 0.1: their exit codes, what is made of them, and what is refused.

use std::fs;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;
use wasi_shim::{Error, Generation, Surface, Wrap};

use crate::support::shim;

/// Prints a line and exits with a code.
fn exits(code: i64) -> String {
    format!(
        r#"(module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $again (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\10\00\00\00\03\00\00\00")
          (data (i32.const 16) "hi\0a")
          (func (export "_start")
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
            (drop (call $again (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
            (call $exit (i32.const {code}))))"#
    )
}

fn case(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), wat::parse_str(text).unwrap()).unwrap();
    }
    dir
}

fn shim_in(dir: &Path, args: &[&str]) -> Output {
    shim().args(args).current_dir(dir).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn the_exit_code_is_the_programs() {
    for (code, expected) in [(0, 0), (3, 3), (125, 125), (126, 126), (255, 255), (256, 1), (-1, 1)] {
        let dir = case(&[("core.wasm", &exits(code))]);
        for host in ["0.1", "0.2", "0.3"] {
            let output = shim_in(dir.path(), &["run", "--host", host, "core.wasm"]);
            assert_eq!(output.status.code(), Some(expected), "{code} on {host}: {}", stderr(&output));
            assert_eq!(output.stdout, b"hi\nhi\n", "{code} on {host}");
        }
    }
}

#[test]
fn a_code_that_cannot_be_told_is_a_loss() {
    let dir = case(&[("core.wasm", &exits(3))]);
    let wrap = |args: &[&str]| shim_in(dir.path(), &[&["wrap", "core.wasm", "-o", "out.wasm"], args].concat());
    let version = || {
        let surface = Surface::of(&fs::read(dir.path().join("out.wasm")).unwrap()).unwrap();
        let exit = surface.imports.iter().find(|import| import.name.starts_with("wasi:cli/exit@")).unwrap();
        (exit.name.clone(), exit.functions.clone())
    };
    let output = wrap(&["--to", "0.2", "--deny", "lossy"]);
    assert!(output.status.success() && stderr(&output).contains("note[W0202]"), "{}", stderr(&output));
    assert_eq!(version(), ("wasi:cli/exit@0.2.12".into(), vec!["exit-with-code".into()]));
    let output = wrap(&["--to", "0.2", "--wasi-patch", "0.2.6"]);
    assert!(
        stderr(&output).contains("note[W0218]: all exit codes but 0 become failure: WASI 0.2.6 has no"),
        "{}",
        stderr(&output)
    );
    assert_eq!(version(), ("wasi:cli/exit@0.2.6".into(), vec!["exit".into()]));
    assert_eq!(shim_in(dir.path(), &["run", "--host", "0.2", "out.wasm"]).status.code(), Some(1));
    let output = wrap(&["--to", "0.2", "--wasi-patch", "0.2.6", "--deny", "lossy"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("error[W0218]"), "{}", stderr(&output));
}

/// Towards 0.2, the component that is made of it is the result.
#[test]
fn the_module_is_in_the_component() {
    // Of functions that are imported twice, the encoder gives one another name.
    let text = exits(3).lines().filter(|line| !line.contains("$again")).collect::<String>();
    let module = wat::parse_str(text).unwrap();
    for target in [Generation::Wasi02, Generation::Wasi03] {
        let wrapped = Wrap::new(&module).to(target).run().unwrap();
        assert_eq!(wrapped.target, target);
        assert!(wrapped.bytes.windows(module.len()).any(|part| part == module), "{target:?}");
    }
    assert_eq!(Wrap::new(&module).run().unwrap().target, Generation::Wasi03);
    // Without an exit, any host will do.
    let quiet = wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "_start")))"#).unwrap();
    let wrapped = Wrap::new(&quiet).to(Generation::Wasi02).run().unwrap();
    assert_eq!(Surface::of(&wrapped.bytes).unwrap().exports[0].name, "wasi:cli/run@0.2.0");
    assert!(wrapped.notes.is_empty());
}

#[test]
fn check_takes_them_for_both() {
    let dir = case(&[("core.wasm", &exits(3))]);
    for to in ["0.2", "0.3"] {
        let output = shim_in(dir.path(), &["check", "core.wasm", "--to", to]);
        assert!(output.status.success(), "{}", stderr(&output));
    }
}

#[test]
fn a_library_without_a_world_is_refused() {
    let library = r#"(module
      (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
      (memory (export "memory") 1)
      (func (export "_initialize"))
      (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "sub") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1))))"#;
    let dir = case(&[("library.wasm", library)]);
    for args in [&["wrap", "--to", "0.3"][..], &["wrap", "--to", "0.2"], &["inspect"], &["run"]] {
        let output = shim_in(dir.path(), &[args, &["library.wasm"]].concat());
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(stderr(&output).contains("the component would not have its `add`, `sub`"), "{}", stderr(&output));
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

/// The module is to blame for what is wrong in it.
#[test]
fn an_invalid_module_is_refused() {
    let body = r#"(module (memory (export "memory") 1) (func (export "_start") i32.add drop))"#;
    let start = r#"(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
      (memory (export "memory") 1) (global (export "_start") i32 (i32.const 0)))"#;
    for (text, says) in [(body, "it is not valid: type mismatch"), (start, "it exports no `_start`")] {
        let text = wat::parse_str(text).unwrap();
        for target in [Generation::Wasi02, Generation::Wasi03] {
            let error = Wrap::new(&text).to(target).run().unwrap_err().to_string();
            assert!(error.contains("the core module") && error.contains(says), "{error}");
        }
    }
}

#[test]
fn the_adapter_is_no_program() {
    use wasi_preview1_component_adapter_provider as provider;
    for adapter in [
        provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        provider::WASI_SNAPSHOT_PREVIEW1_PROXY_ADAPTER,
    ] {
        assert!(matches!(Wrap::new(adapter).run(), Err(Error::AdapterModule)));
        assert!(matches!(wasi_shim::componentize(adapter), Err(Error::AdapterModule)));
    }
}

/// The module's own behaviour is the right one, not that of its component.
#[test]
fn the_matrix_compares_with_the_module() {
    let dir = case(&[("core.wasm", &exits(3))]);
    fs::write(dir.path().join("core.toml"), "exit = 3\n").unwrap();
    let output = shim_in(dir.path(), &["matrix", "core.wasm", "--bundled", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let outcome = |id: &str| {
        let hosts = report["hosts"].as_array().unwrap();
        let at = hosts.iter().position(|host| host["id"] == id)?;
        Some(report["rows"][0]["cells"][at].clone())
    };
    assert_eq!(report["rows"][0]["uses"], serde_json::json!(["0.1", "0.2"]));
    for host in ["0.2", "0.3"] {
        assert_eq!(outcome(host).unwrap()["outcome"], "wrapped", "{report:#}");
    }
    // A host that has no way to tell the code.
    if let Some(cell) = outcome("wasmtime-36") {
        let detail = [
            "it does not offer `wasi:cli/exit@0.2.12`, or not its `exit-with-code`",
            "`wrap --wasi-patch 0.2.0` does without it",
        ];
        assert_eq!(cell["detail"], serde_json::json!(detail));
    }
}
