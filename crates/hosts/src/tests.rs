//! The hosts prove something only if each really lacks the other generation and if its streams
//! really block.

use std::time::Duration;

use super::*;

const HELLO_02: &str = r#"(component
  (import "wasi:cli/environment@0.2.3" (instance $environment
    (export "get-arguments" (func (result (list string))))
  ))
  (core module $libc
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  )
  (core instance $libc (instantiate $libc))
  (core func $arguments (canon lower (func $environment "get-arguments")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $main
    (import "" "get-arguments" (func $arguments (param i32)))
    (import "" "memory" (memory 1))
    ;; `err` unless there are two arguments; with three it traps.
    (func (export "run") (result i32)
      (call $arguments (i32.const 0))
      (if (i32.eq (i32.load (i32.const 4)) (i32.const 3)) (then unreachable))
      (i32.ne (i32.load (i32.const 4)) (i32.const 2)))
  )
  (core instance $main (instantiate $main (with "" (instance
    (export "get-arguments" (func $arguments)) (export "memory" (memory $libc "memory"))))))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance $run (export "run" (func $run)))
  (export "wasi:cli/run@0.2.3" (instance $run))
)"#;

/// Copies stdin to stdout by async reads and writes; `ok` if a read and a write were blocked at
/// least once each.
const COPY_03: &str = include_str!("copy-03.wat");

fn args(args: &[&str]) -> CommandOptions {
    CommandOptions { args: args.iter().map(|arg| arg.to_string()).collect(), ..CommandOptions::default() }
}

fn binary(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text is valid")
}

#[test]
fn outcomes_are_those_of_the_wasmtime_command() {
    let program = Host::new(Generation::Wasi02).unwrap().compile(&binary(HELLO_02)).unwrap();
    assert_eq!(program.run(args(&["a", "b"])).unwrap(), Outcome::Exit(0));
    assert_eq!(program.run(args(&["a"])).unwrap(), Outcome::Exit(1));
    let trap = program.run(args(&["a", "b", "c"])).unwrap();
    assert_eq!(trap.code(), 134);
    let Outcome::Trap { report } = trap else { panic!("not a trap") };
    assert!(report.contains("unreachable") && report.contains("wasm backtrace"), "{report}");
}

#[test]
fn a_host_has_only_its_own_generation() {
    let on_03 = Host::new(Generation::Wasi03).unwrap().compile(&binary(HELLO_02)).map(|_| ()).unwrap_err();
    assert!(matches!(on_03, HostError::Link { .. }), "{on_03:?}");
    let message = format!("{:#}", anyhow::Error::new(on_03));
    assert!(message.contains("wasi:cli/environment@0.2.3"), "{message}");

    let on_02 = Host::new(Generation::Wasi02).unwrap().compile(&binary(COPY_03)).map(|_| ()).unwrap_err();
    assert!(matches!(on_02, HostError::Compile { .. }), "{on_02:?}");
    let message = format!("{:#}", anyhow::Error::new(on_02));
    assert!(message.contains("async"), "{message}");
}

#[test]
fn a_directory_that_does_not_exist_is_named() {
    let program = Host::new(Generation::Wasi02).unwrap().compile(&binary(HELLO_02)).unwrap();
    let options = CommandOptions { dirs: vec![Directory::new("/does/not/exist", "/")], ..args(&["a", "b"]) };
    let error = program.run(options).unwrap_err();
    assert!(error.to_string().contains("/does/not/exist"), "{error}");
}

#[test]
fn slow_streams_block_the_program() {
    let program = Host::new(Generation::Wasi03).unwrap().compile(&binary(COPY_03)).unwrap();
    let input: Vec<u8> = (0..20_000u32).map(|n| n as u8).collect();

    let output = Capture::new();
    let stdio = CommandOptions {
        stdin: Input::Bytes(input.clone()),
        stdout: Output::Capture(output.clone()),
        ..Default::default()
    };
    assert_eq!(program.run(stdio).unwrap(), Outcome::Exit(1), "memory never blocks");
    assert_eq!(output.contents(), input);

    for pause in [Duration::ZERO, Duration::from_micros(200)] {
        let output = Capture::new();
        let stdio = CommandOptions {
            stdin: Input::Slow(input.clone(), Pace { bytes: 999, pause }),
            stdout: Output::Slow(output.clone(), Pace { bytes: 777, pause }),
            ..Default::default()
        };
        assert_eq!(program.run(stdio).unwrap(), Outcome::Exit(0), "both streams block");
        assert_eq!(output.contents(), input);
    }
}
