//! Input that is not what it should be: a clear error, an exit code, no file, and never a panic.

use crate::support::seeds::one_of;
use crate::support::text::used;
use crate::support::{Outcome, Stdin, Stdout, fixture, fixture_bytes, run, shim};
use std::fs;
use std::path::Path;
use wasi_shim::{Error, Generation, WrapOptions};

/// `wasi-shim wrap` of these bytes must fail, say why, and leave nothing.
fn refused(bytes: &[u8], args: &[&str], says: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("input.wasm");
    fs::write(&input, bytes).unwrap();
    let mut command = shim();
    command.arg("wrap").arg(&input).args(args).current_dir(dir.path());
    let outcome = run(command, Stdin::Null, Stdout::Pipe);
    clear_error(&outcome, says);
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["input.wasm"], "a file is left behind");
}

fn clear_error(outcome: &Outcome, says: &[&str]) {
    let text = &outcome.stderr;
    assert!(matches!(outcome.code, Some(1 | 2)), "exit code {:?}: {text}", outcome.code);
    assert!(
        text.lines().find(|line| !line.starts_with("note[")).is_some_and(|line| line.starts_with("error: ")),
        "{text}"
    );
    assert!(!text.contains("panicked"), "{text}");
    assert!(outcome.stdout.is_empty());
    for part in says {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

fn module(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap()
}

#[test]
fn what_is_no_component_is_refused() {
    refused(b"", &[], &["empty"]);
    refused(b"This is a text file.\n", &[], &[]);
    refused(b"\0asm", &[], &[]);
    refused(b"\0asm\x0d\0\x02\0", &[], &[]);
    refused(&[0xff; 1000], &[], &[]);
}

#[test]
fn a_truncated_component_is_refused() {
    let bytes = fixture_bytes("hello");
    for n in [9, bytes.len() / 2, bytes.len() - 1] {
        refused(&bytes[..n], &[], &[]);
    }
}

#[test]
fn other_core_modules_are_refused() {
    refused(&module("(module)"), &[], &["core module"]);
    refused(&module(r#"(module (import "env" "f" (func)) (func (export "_start")))"#), &[], &["env"]);
}

#[test]
fn what_is_for_the_target_already_can_be_refused() {
    refused(&fixture_bytes("only-0.3"), &["--to", "0.3", "--strict"], &["0.3"]);
    let wrapped = wasi_shim::wrap(&fixture_bytes("hello"), &WrapOptions::default()).unwrap();
    refused(&wrapped.bytes, &["--to", "0.3", "--strict"], &["0.3"]);
}

#[test]
fn what_cannot_be_adapted_is_named() {
    refused(&fixture_bytes("blobstore"), &[], &["wasi:blobstore/types@0.2.0-draft", "hint: "]);
}

/// Features that a stock engine has not switched on are named too, and all of them, not only the
/// first.
#[test]
fn what_an_event_loop_cannot_do_is_named() {
    let component = wat::parse_str(used(
        r#"(component
          (import "wasi:http/handler@0.3.0" (instance (export "handle" (func async))))
          (import "wasi:cli/environment@0.3.0" (instance $e (export "get-initial-cwd" (func (result (option string))))))
          (core func (canon thread.index))
          (core func (canon error-context.drop))
          (core module $m
            (memory (export "memory") i64 1)
            (func (export "realloc") (param i64 i64 i64 i64) (result i64) unreachable)
            (func (export "run")))
          (core instance $i (instantiate $m))
          (core func (canon lower (func $e "get-initial-cwd")
            (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
          (func $run async (result (result)) (canon lift (core func $i "run") async))
          (instance $run (export "run" (func $run)))
          (export "wasi:cli/run@0.3.0" (instance $run)))"#,
    ))
    .unwrap();
    let reasons = [
        "wasi:http/handler@0.3.0: a middleware hands requests on",
        "a thread of the component model: ",
        "error-context: ",
        "a 64-bit memory: ",
        "a stackful async lift: ",
    ];
    refused(&component, &["--to", "0.2"], &reasons);
}

#[test]
fn a_missing_input_is_named() {
    let dir = tempfile::tempdir().unwrap();
    for command in ["wrap", "inspect", "run"] {
        let mut command_line = shim();
        command_line.args([command, "missing.wasm"]).current_dir(dir.path());
        clear_error(&run(command_line, Stdin::Null, Stdout::Pipe), &["missing.wasm"]);
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    for out in ["missing/out.wasm", "."] {
        let mut command = shim();
        command.arg("wrap").arg(fixture("hello")).args(["-o", out]).current_dir(dir.path());
        clear_error(&run(command, Stdin::Null, Stdout::Pipe), &[out]);
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    assert!(!Path::new("missing").exists());
}

/// The library makes a result or an error of any bytes.
fn survives(bytes: &[u8], what: &dyn Fn() -> String) -> bool {
    let result = std::panic::catch_unwind(|| {
        let to = |target| {
            let mut options = WrapOptions::default();
            options.to = Some(target);
            wasi_shim::wrap(bytes, &options)
        };
        to(Generation::Wasi03).or(to(Generation::Wasi02))
    });
    match result {
        Ok(Err(error @ Error::Library { .. })) => panic!("{}: {error}", what()),
        Ok(result) => result.is_ok(),
        Err(_) => panic!("{}: panicked", what()),
    }
}

#[test]
fn truncation_anywhere_is_survived() {
    for (name, step) in [
        ("hello", 7),
        ("c-stdio", 997),
        ("mixed-sync", 7),
        ("mixed", 4999),
        ("composed", 3),
        ("std-cli", 4999),
        ("core-wasip1", 4999),
    ] {
        let bytes = fixture_bytes(name);
        for n in (0..bytes.len()).step_by(step) {
            survives(&bytes[..n], &|| format!("{name}, the first {n} bytes"));
        }
        // A component stays one if whole sections are missing; without its header it never is.
        for n in 0..8 {
            assert!(!survives(&bytes[..n], &|| format!("{name}, the first {n} bytes")));
        }
    }
}

#[test]
fn flipped_bytes_anywhere_are_survived() {
    for (name, step) in
        [("hello", 17), ("two-versions", 53), ("mixed-sync", 23), ("mixed", 7993), ("composed", 7), ("c-stdio", 6397)]
    {
        let original = fixture_bytes(name);
        for at in (0..original.len()).step_by(one_of(step)) {
            let with = [0x01, 0x02, 0x40, 0x80, 0xff][at % 5];
            let mut bytes = original.clone();
            bytes[at] ^= with;
            survives(&bytes, &|| format!("{name}, byte {at} xor {with:#x}"));
        }
    }
}

#[test]
fn the_wrong_direction_is_refused() {
    let mut to_02 = WrapOptions::default();
    to_02.to = Some(Generation::Wasi02);
    assert!(wasi_shim::wrap(&fixture_bytes("hello"), &to_02).is_err());
}
