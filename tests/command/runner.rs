//! `run` and `serve` with the flags of `wasmtime`, and as the runner of cargo.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::time::SystemTime;

use crate::support::{fixture, shim};

/// A core module that prints its arguments, each with a zero behind it.
const ARGS: &str = r#"(module
  (import "wasi_snapshot_preview1" "args_get" (func $get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $sizes (i32.const 0) (i32.const 4)))
    (drop (call $get (i32.const 100) (i32.const 1000)))
    (i32.store (i32.const 16) (i32.const 1000))
    (i32.store (i32.const 20) (i32.load (i32.const 4)))
    (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))))"#;

/// One that never ends.
const LOOP: &str = r#"(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (loop (drop (call $yield)) (br 0))))"#;

fn run(args: &[&str]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("args.wat"), ARGS).unwrap();
    fs::write(dir.path().join("loop.wat"), LOOP).unwrap();
    shim().arg("run").args(args).current_dir(dir.path()).output().unwrap()
}

/// The arguments that the program sees.
fn seen(args: &[&str]) -> Vec<String> {
    let output = run(args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_terminator('\0').map(String::from).collect()
}

#[test]
fn what_follows_the_component_is_the_programs() {
    for host in ["0.1", "0.2", "0.3"] {
        assert_eq!(seen(&["--host", host, "args.wat", "one", "two"]), ["args.wat", "one", "two"]);
        let own = ["--dir", "x", "-q", "--help", "--host", "-", "", "--"];
        assert_eq!(seen(&[&["--host", host, "args.wat"], &own[..]].concat()), [&["args.wat"], &own[..]].concat());
    }
    assert_eq!(seen(&["args.wat", "--", "one"]), ["args.wat", "--", "one"], "as with wasmtime");
    assert_eq!(seen(&["--argv0", "busybox", "args.wat", "ls"]), ["busybox", "ls"]);
}

#[test]
fn compiled_code_is_kept_for_the_next_run() {
    let run = |cache: &Path, args: &[&str]| {
        let output = shim().arg("run").args(args).arg(fixture("hello")).env("XDG_CACHE_HOME", cache).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    for host in ["0.2", "0.3"] {
        let dir = tempfile::tempdir().unwrap();
        let without = run(dir.path(), &["--host", host, "-C", "cache=n"]);
        assert_eq!(artifacts(dir.path()), []);
        assert_eq!(run(dir.path(), &["--host", host]), without);
        let first = artifacts(dir.path());
        assert_eq!(first.len(), 1);
        assert_eq!(run(dir.path(), &["--host", host]), without);
        assert_eq!(artifacts(dir.path()), first, "the second run compiled again");

        // Where nothing can be kept, the program runs all the same.
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(run(&file, &["--host", host]), without);
    }
}

/// When each component in the cache was compiled.
fn artifacts(cache: &Path) -> Vec<SystemTime> {
    let Ok(entries) = fs::read_dir(cache) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries.map(|entry| entry.unwrap()) {
        let is_artifact = entry.file_name().to_str().is_some_and(|name| !name.contains('.'));
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => found.extend(artifacts(&entry.path())),
            _ if is_artifact => found.push(entry.metadata().unwrap().modified().unwrap()),
            _ => {}
        }
    }
    found
}

#[test]
fn flags_of_wasmtime_are_understood() {
    let taken = ["-S", "http,inherit-network=y", "-Scli", "-Wexceptions,timeout=100s", "args.wat"];
    assert_eq!(seen(&taken), ["args.wat"]);
    assert_eq!(seen(&["-S", "inherit-stdout=n", "args.wat"]), [""; 0]);
    for (flag, named) in [
        ("-Snn", "`nn`"),
        ("-Wfuel=1", "`fuel`"),
        ("-Sp3=n", "`p3`"),
        ("-Scli=n", "`cli`"),
        ("-Copt-level=0", "`opt-level`"),
    ] {
        for command in ["run", "serve"] {
            let output = shim().args([command, flag, "missing.wasm"]).output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{command} {flag}: {stderr}");
            assert!(stderr.contains(named), "{command} {flag}: {stderr}");
        }
    }
}

#[test]
fn rights_are_given_one_by_one() {
    let run = |host, options: &[&str], program: &str, args: &[&str]| {
        let mut command = shim();
        command.args(["run", "--host", host]).args(options).arg(fixture(program)).args(args);
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        text.join("\n")
    };
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let url = format!("http://{}/", server.local_addr().unwrap());
    for host in ["0.2", "0.3"] {
        let files = tempfile::tempdir().unwrap();
        let dir = |form: &str| format!("--dir={}::/work{form}", files.path().display());
        for (options, writes) in [(&[][..], false), (&[&dir("::ro")[..]], false), (&[&dir("")], true)] {
            let text = run(host, options, "std-fs", &["write", "/work"]);
            assert_eq!(text.starts_with("\"first"), writes, "{host} {options:?}: {text}");
        }

        let text = run(host, &["--dir=work::ro"], "std-fs", &["write", "/work"]);
        assert!(text.contains("expected the guest's path as well, as in work::work::ro"), "{text}");

        let text = run(host, &[], "std-cli", &["env"]);
        assert!(!text.contains("given"), "{host}: {text}");
        let text = run(host, &["--env=RIGHT=given"], "std-cli", &["env"]);
        assert!(text.contains("given"), "{host}: {text}");
        let address = server.local_addr().unwrap().to_string();
        let text = run(host, &[], "sockets", &["connect", &address]);
        assert!(text.contains("access-denied"), "{host}: {text}");

        let text = run(host, &[], "http-client", &["get", &url]);
        assert!(text.contains("note: HTTP requests of the program are denied; `--allow-http` allows them"), "{text}");
        assert!(text.contains("HttpRequestDenied"), "{host}: {text}");
        assert!(server.accept().is_err_and(|error| error.kind() == ErrorKind::WouldBlock), "{host}: it was asked");
    }
}

#[test]
fn a_time_limit_ends_a_program_by_a_trap() {
    for limit in [["-W", "timeout=100ms"], ["--timeout", "100ms"]] {
        let output = run(&[&limit[..], &["loop.wat"]].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(134), "{stderr}");
        assert!(stderr.contains("`loop.wat` trapped: it was interrupted after 100ms"), "{stderr}");
    }
}

/// An export of a library, before and after wrapping.
#[test]
fn single_exports_are_called() {
    let library = r#"(component
      (import "wasi:random/random@0.2.0" (instance $random (export "get-random-u64" (func (result u64)))))
      (core func $random (canon lower (func $random "get-random-u64")))
      (core module $m
        (import "" "random" (func $random (result i64)))
        (func (export "add") (param i32 i32) (result i32) (drop (call $random)) (i32.add (local.get 0) (local.get 1)))
        (func (export "trap") unreachable))
      (core instance $i (instantiate $m (with "" (instance (export "random" (func $random))))))
      (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
      (func $trap (canon lift (core func $i "trap")))
      (instance $math (export "add" (func $add)))
      (export "example:math/add@1.0.0" (instance $math))
      (export "trap" (func $trap)))"#;
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("library.wat"), library).unwrap();
    let invoke = |host: &str, call: &str| {
        shim().args(["run", "--host", host, "--invoke", call, "library.wat"]).current_dir(dir.path()).output().unwrap()
    };
    for host in ["0.2", "0.3"] {
        for call in ["add(3, 4)", "example:math/add.add(3, 4)", "example:math/add.add@1.0.0(3, 4)"] {
            let output = invoke(host, call);
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(String::from_utf8_lossy(&output.stdout), "7\n", "{call} on {host}: {stderr}");
        }
        for (call, status, says) in [
            ("sub(1)", 1, "the component exports `example:math/add.add@1.0.0`, `trap`"),
            ("add(1)", 1, "cannot call `add(1)`"),
            ("add", 1, "cannot call `add`: expected NAME(ARGUMENTS), found `add`"),
            ("add", 1, "hint: the component exports `example:math/add.add@1.0.0`, `trap`"),
            ("trap()", 134, "unreachable"),
        ] {
            let output = invoke(host, call);
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(status), "{call} on {host}: {stderr}");
            assert!(stderr.contains(says), "{call} on {host}: {stderr}");
        }
    }
}

/// Cargo hands over its file and what the user wrote behind `--`. Here the file is an argument,
/// too: std for WASI may be missing.
#[test]
fn cargo_runs_programs_by_it() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    fs::create_dir(dir.path().join("src")).unwrap();
    write("Cargo.toml", "[package]\nname = \"built\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n");
    write("src/main.rs", "fn main() {}");
    write("args.wat", ARGS);
    let runner = [env!("CARGO_BIN_EXE_wasi-shim"), "run", &dir.path().join("args.wat").display().to_string()];
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--config", &format!("target.'cfg(all())'.runner = {runner:?}")])
        .args(["--", "one", "--host", "--", "two"])
        .env("CARGO_TARGET_DIR", dir.path().join("target"))
        .current_dir(dir.path())
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let seen: Vec<&str> = stdout.split_terminator('\0').skip(2).collect();
    assert_eq!(seen, ["one", "--host", "--", "two"], "{}", String::from_utf8_lossy(&output.stderr));
}
