//! The command line as its users see it: messages, exit codes, and what is left on disk.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::shim;
use crate::support::text::edited;
use tempfile::TempDir;

/// A command of WASI 0.2. The number of its arguments (the program's name counts) chooses how it
/// ends: 1 `ok`, 2 `err`, 3 exit code 42, otherwise a trap. With a directory opened or a variable
/// set it exits with 100 plus their number.
pub const PROGRAM: &str = include_str!("program.wat");

/// A command of WASI 0.3 that needs nothing.
pub const ONLY_03: &str = include_str!("only-03.wat");

/// A directory with the files named, to run the command in.
pub struct Case(TempDir);

impl Case {
    pub fn new(files: &[(&str, &[u8])]) -> Case {
        let case = Case(tempfile::tempdir().unwrap());
        for (name, bytes) in files {
            fs::write(case.path().join(name), bytes).unwrap();
        }
        case
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = shim();
        command.current_dir(self.path()).args(args).stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs with `input` as stdin.
    pub fn pipe(&self, args: &[&str], input: &[u8]) -> Output {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    }

    /// The names of all files, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

pub fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Asserts that the command failed with `code` and an error that says `message`, and wrote nothing
/// to stdout.
#[track_caller]
pub fn assert_fails(output: &Output, expected: i32, message: &str) {
    let stderr = stderr(output);
    assert_eq!(code(output), expected, "{stderr}");
    assert!(stderr.contains("error: "), "{stderr}");
    assert!(stderr.contains(message), "expected `{message}` in:\n{stderr}");
    assert!(output.stdout.is_empty(), "stdout is not empty");
}

pub fn binary(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let case = Case::new(&[]);
    assert_eq!(code(&case.run(&[])), 2);
    assert_eq!(code(&case.run(&["unwrap"])), 2);
    assert_eq!(code(&case.run(&["wrap"])), 2);
    assert_eq!(code(&case.run(&["wrap", "app.wasm", "--to", "0.4"])), 2);
    assert_eq!(code(&case.run(&["inspect"])), 2);
    assert_eq!(code(&case.run(&["--help"])), 0);
    assert_eq!(code(&case.run(&["--version"])), 0);
}

/// The options of all commands are in one place.
#[test]
fn the_help_of_a_command_has_its_own_options() {
    let case = Case::new(&[]);
    let help = |args: &[&str]| String::from_utf8(case.run(args).stdout).unwrap();
    let all = help(&["--help"]);
    assert!(all.contains("\nOptions of all commands:\n  -q, --quiet") && all.contains("--message-format"), "{all}");
    for command in [["wrap", "--help"], ["wrap", "-h"], ["help", "wrap"]].map(|args| help(&args)) {
        assert!(command.contains("--wasi-patch") && !command.contains("--message-format"), "{command}");
        assert!(command.ends_with("\n`wasi-shim --help` lists the options of all commands.\n"), "{command}");
    }
    for args in [["-q", "check"], ["check", "-q"]] {
        let output = case.run(&[&args[..], &["--to", "0.3", "missing.wasm"]].concat());
        assert_fails(&output, 1, "cannot read `missing.wasm`");
    }
}

#[test]
fn bad_input_is_named_and_leaves_nothing_behind() {
    let component = binary(PROGRAM);
    let files: &[(&str, &[u8])] = &[
        ("empty.wasm", b""),
        ("text.txt", b"hello there"),
        ("header.wasm", &component[..4]),
        ("truncated.wasm", &component[..component.len() / 2]),
        ("random.wasm", &[0xff, 0xfe, 0x00, 0x01, 0x80, 0x80, 0x90, 0x91, 0x92]),
        ("module.wat", br#"(module (import "env" "abort" (func)) (func (export "_start")))"#),
        ("library.wat", br#"(module (func (export "add")))"#),
        ("unknown.wat", br#"(component (import "wasi:unheard-of/of@0.2.0" (instance (export "f" (func)))))"#),
    ];
    let case = Case::new(files);
    fs::create_dir(case.path().join("directory")).unwrap();
    let before = case.files();
    for (input, message) in [
        ("empty.wasm", "an empty file"),
        ("text.txt", "`text.txt` is text, but not WebAssembly text"),
        ("header.wasm", "truncated"),
        ("truncated.wasm", "unexpected end-of-file"),
        ("random.wasm", "bytes that are not WebAssembly"),
        ("module.wat", "it imports `env.abort`"),
        ("library.wat", "neither imports `wasi_snapshot_preview1` nor exports `_start`"),
        ("unknown.wat", "wasi:unheard-of/of@0.2.0"),
        ("directory", "it is a directory"),
        #[cfg(unix)]
        ("/dev/zero", "cannot read `/dev/zero`: it has more than 1 GiB"),
        ("missing.wasm", "cannot read `missing.wasm`"),
    ] {
        assert_fails(&case.run(&["wrap", input]), 1, message);
        assert_fails(&case.run(&["wrap", input, "-o", "out.wasm"]), 1, message);
        assert_eq!(case.files(), before, "after {input}");
    }
}

#[test]
fn hints_say_what_to_do() {
    let case = Case::new(&[("only-03.wat", ONLY_03.as_bytes())]);
    let stderr = stderr(&case.run(&["wrap", "only-03.wat", "--to", "0.3", "--strict"]));
    assert!(stderr.contains("\nhint: run it as it is on a host that offers WASI 0.3\n"), "{stderr}");
}

#[test]
fn messages_have_colours_where_they_are_wanted() {
    let case = Case::new(&[("app.wasm", &binary(ONLY_03))]);
    let said = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = case.command(&[&["wrap", "app.wasm", "--strict", "--to", "0.3"], args].concat());
        stderr(&command.env_remove("NO_COLOR").envs(variables.iter().copied()).output().unwrap())
    };
    let (plain, force) = (said(&[], &[]), ("CLICOLOR_FORCE", "1"));
    assert!(plain.starts_with("error: ") && plain.contains("\nhint: ") && !plain.contains('\x1b'), "{plain}");
    let colourful = said(&[], &[force]);
    assert!(colourful.contains("\x1b[31merror:\x1b[0m ") && colourful.contains("hint:\x1b[0m "), "{colourful:?}");
    assert_eq!(said(&[], &[force, ("NO_COLOR", "1")]), plain);
    let json = said(&["--message-format", "json"], &[force]);
    assert!(json.starts_with("{\"level\":\"error\"") && !json.contains('\x1b'), "{json:?}");
}

#[test]
fn without_a_name_the_output_is_beside_the_input() {
    let case = Case::new(&[("app.wat", PROGRAM.as_bytes())]);
    let output = case.run(&["wrap", "app.wat"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(output.stdout, b"app.p3.wasm\n");
    assert_eq!(case.files(), ["app.p3.wasm", "app.wat"]);
}

#[test]
fn the_target_is_the_generation_that_is_not_used() {
    let mixed = ONLY_03.replacen("(component", r#"(component (import "wasi:random/random@0.2.3" (instance))"#, 1);
    let case = Case::new(&[("app.wat", ONLY_03.as_bytes()), ("mixed.wat", mixed.as_bytes())]);
    let output = case.run(&["wrap", "app.wat"]);
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
    assert_eq!(output.stdout, b"app.p2.wasm\n");

    let output = case.run(&["wrap", "mixed.wat"]);
    assert_fails(&output, 2, "`--to 0.3` leaves WASI 0.3 only, and adapts `wasi:random/random@0.2.3`");
    assert_fails(&output, 2, "`--to 0.2` leaves WASI 0.2 only, and adapts `wasi:cli/run@0.3.0`");
    for (to, written) in [("0.2", "mixed.p2.wasm\n"), ("0.3", "mixed.p3.wasm\n")] {
        let output = case.run(&["wrap", "mixed.wat", "--to", to]);
        assert_eq!((stderr(&output).as_str(), output.stdout), ("", written.as_bytes().to_vec()));
    }
}

#[test]
fn completions_and_manual_pages_are_printed() {
    let case = Case::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = case.run(&["completions", shell]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("wasi-shim") && script.contains("async-exports"), "{shell}: {script}");
    }
    let output = case.run(&["man", "-o", "pages"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let page = fs::read_to_string(case.path().join("pages/wasi-shim-wrap.1")).unwrap();
    assert!(page.contains("async") && fs::exists(case.path().join("pages/wasi-shim.1")).unwrap(), "{page}");
}

#[test]
fn the_patch_of_02_can_be_chosen() {
    let exits = r#"(component
      (import "wasi:cli/exit@0.3.0" (instance $exit (export "exit-with-code" (func (param "status-code" u8)))))
      (core func $code (canon lower (func $exit "exit-with-code")))
      (core module $m
        (import "" "exit" (func $exit (param i32)))
        (func (export "f") (result i32) (call $exit (i32.const 42)) (i32.const 0)))
      (core instance $i (instantiate $m (with "" (instance (export "exit" (func $code))))))
      (func $run async (result (result)) (canon lift (core func $i "f")))
      (instance $run (export "run" (func $run)))
      (export "wasi:cli/run@0.3.0" (instance $run)))"#;
    let random = r#"(component
      (import "wasi:random/random@0.2.3" (instance $random (export "get-random-u64" (func (result u64)))))
      (core func $random (canon lower (func $random "get-random-u64")))"#;
    let edits = [
        ("(component", random),
        (r#"(instance (export "exit""#, r#"(instance (export "random" (func $random)) (export "exit""#),
    ];
    let older = edited(exits, &edits);
    let case = Case::new(&[("app.wat", exits.as_bytes()), ("older.wat", older.as_bytes())]);
    let surface = |input: &str, args: &[&str]| {
        let output = case.run(&[&["wrap", input, "--to", "0.2", "-o", "out.wasm"], args].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let surface = wasi_shim::Surface::of(&fs::read(case.path().join("out.wasm")).unwrap()).unwrap();
        let names = surface.imports.iter().chain(&surface.exports).map(|item| item.name.clone());
        (names.collect::<Vec<_>>(), stderr(&output))
    };
    let (names, notes) = surface("app.wat", &[]);
    assert_eq!(names, ["wasi:cli/exit@0.2.12", "wasi:cli/run@0.2.12"], "the lowest that offers what is needed");
    assert!(notes.contains("note[W0202]: the output needs a host of WASI 0.2.12 or later"), "{notes}");
    let (names, notes) = surface("app.wat", &["--wasi-patch", "0.2.5"]);
    assert_eq!(names, ["wasi:cli/exit@0.2.5", "wasi:cli/run@0.2.5"]);
    assert!(notes.contains("note[W0218]: all exit codes but 0 become failure: WASI 0.2.5 has no"), "{notes}");
    let (names, _) = surface("older.wat", &["--wasi-patch", "0.2.1"]);
    let expected = ["wasi:cli/exit@0.2.1", "wasi:random/random@0.2.1", "wasi:cli/run@0.2.1"];
    assert_eq!(BTreeSet::from_iter(names), BTreeSet::from_iter(expected.map(String::from)), "the guest's own too");

    for patch in ["0.3.0", "0.2", "6", "0.2.x"] {
        assert_fails(&case.run(&["wrap", "app.wat", "--wasi-patch", patch]), 2, "expected 0.2.N");
    }
    assert_fails(&case.run(&["wrap", "app.wat", "--to", "0.3", "--wasi-patch", "0.2.3"]), 2, "--wasi-patch");
}

#[test]
fn a_file_stdin_and_stdout_give_the_same_bytes() {
    let case = Case::new(&[("app.wasm", &binary(PROGRAM)), ("old.wasm", b"old")]);
    let named = case.run(&["wrap", "app.wasm", "-o", "old.wasm", "--to", "0.3"]);
    assert_eq!(code(&named), 0, "{}", stderr(&named));
    assert!(named.stdout.is_empty());
    let file = fs::read(case.path().join("old.wasm")).unwrap();
    assert!(file.starts_with(b"\0asm"));
    assert_eq!(case.files(), ["app.wasm", "old.wasm"], "nothing else is left");

    assert_eq!(case.run(&["wrap", "app.wasm", "-o", "-"]).stdout, file);
    assert_eq!(case.pipe(&["wrap", "-"], PROGRAM.as_bytes()).stdout, file, "stdin goes to stdout, text or binary");
}

#[test]
fn output_that_cannot_be_written_is_named() {
    let case = Case::new(&[("app.wasm", &binary(PROGRAM))]);
    fs::create_dir(case.path().join("directory")).unwrap();
    let before = case.files();
    for path in ["directory", "missing/out.wasm", "app.wasm/out.wasm"] {
        assert_fails(&case.run(&["wrap", "app.wasm", "-o", path]), 1, &format!("cannot write `{path}`"));
        assert_eq!(case.files(), before, "after {path}");
    }
    assert_eq!(fs::read_dir(case.path().join("directory")).unwrap().count(), 0);
}

#[test]
fn a_failure_keeps_the_old_output() {
    let case = Case::new(&[("bad.wasm", b""), ("out.wasm", b"old")]);
    assert_fails(&case.run(&["wrap", "bad.wasm", "-o", "out.wasm"]), 1, "an empty file");
    assert_eq!(fs::read(case.path().join("out.wasm")).unwrap(), b"old");
}

#[cfg(unix)]
#[test]
fn links_and_devices_are_written_through() {
    let case = Case::new(&[("app.wasm", &binary(PROGRAM)), ("real.wasm", b"old")]);
    std::os::unix::fs::symlink("real.wasm", case.path().join("link.wasm")).unwrap();
    assert_eq!(code(&case.run(&["wrap", "app.wasm", "-o", "link.wasm"])), 0);
    assert!(fs::symlink_metadata(case.path().join("link.wasm")).unwrap().is_symlink());
    assert!(fs::read(case.path().join("real.wasm")).unwrap().starts_with(b"\0asm"));

    assert_eq!(code(&case.run(&["wrap", "app.wasm", "-o", "/dev/null"])), 0);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn a_closed_stdout_is_not_an_error() {
    let case = Case::new(&[("app.wasm", &binary(PROGRAM))]);
    for args in [["inspect", "app.wasm", "--json"], ["wrap", "app.wasm", "-o-"]] {
        let mut child = case.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
    }
}

#[test]
fn inspect_tells_what_is_used_and_what_wrapping_does() {
    let case = Case::new(&[("app.wat", PROGRAM.as_bytes()), ("only-03.wat", ONLY_03.as_bytes())]);
    let text = String::from_utf8(case.run(&["inspect", "app.wat"]).stdout).unwrap();
    for line in ["uses WASI 0.2", "  wasi:cli/exit@0.2.12: exit-with-code", "wrap --to 0.2: nothing to do"] {
        assert!(text.lines().any(|found| found == line), "expected `{line}` in:\n{text}");
    }
    let plan = text.lines().find(|line| line.starts_with("wrap --to 0.3: possible, "));
    assert!(plan.is_some_and(|plan| plan.ends_with(" bytes, linked")), "{text}");

    let report: serde_json::Value =
        serde_json::from_slice(&case.run(&["inspect", "app.wat", "--json"]).stdout).unwrap();
    assert_eq!(report["generations"], serde_json::json!(["0.2"]));
    assert_eq!(report["packages"][0], serde_json::json!({"name": "wasi:cli", "versions": ["0.2.3", "0.2.12"]}));
    assert_eq!(report["targets"][0]["target"], "0.3");
    assert_eq!(report["targets"][0]["verdict"], "adaptable");
    assert_eq!(report["targets"][1]["verdict"], "nothing-to-do");

    let report: serde_json::Value =
        serde_json::from_slice(&case.run(&["inspect", "only-03.wat", "--json"]).stdout).unwrap();
    assert_eq!(report["targets"][0]["verdict"], "nothing-to-do");
    assert_eq!(report["targets"][1]["verdict"], "adaptable");
    let text = String::from_utf8(case.run(&["inspect", "only-03.wat"]).stdout).unwrap();
    let plan = text.lines().find(|line| line.starts_with("wrap --to 0.2: possible, "));
    assert!(plan.is_some_and(|plan| plan.ends_with(" bytes")), "it needs no adapter: {text}");
    assert!(text.contains("\n  wasi:cli/run@0.3.0: exported for WASI 0.2 instead\n"), "{text}");
}

#[test]
fn inspect_tells_what_a_wrapped_component_was() {
    let case = Case::new(&[("app.wat", PROGRAM.as_bytes())]);
    assert_eq!(code(&case.run(&["wrap", "app.wat", "-o", "wrapped.wasm"])), 0);
    let text = String::from_utf8(case.run(&["inspect", "wrapped.wasm"]).stdout).unwrap();
    assert!(text.contains("\nwrapped for WASI 0.3 by wasi-shim 0."), "{text}");
    for (link, options) in [("linked", &[][..]), ("composed", &["--link", "composed"])] {
        let wrap = [&["wrap", "app.wat", "-o", "other.wasm"], options].concat();
        assert_eq!(code(&case.run(&wrap)), 0);
        let text = String::from_utf8(case.run(&["inspect", "other.wasm"]).stdout).unwrap();
        let step = text.lines().find(|line| line.starts_with("wrapped for WASI 0.3 by wasi-shim 0."));
        assert!(step.is_some_and(|step| step.ends_with(&format!(", {link}"))), "{text}");
        let report = case.run(&["inspect", "other.wasm", "--json"]).stdout;
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        assert_eq!((&report["linking"], &report["history"][0]["linking"]), (&link.into(), &link.into()));
    }
    let report: serde_json::Value =
        serde_json::from_slice(&case.run(&["inspect", "app.wat", "--json"]).stdout).unwrap();
    assert!(report["linking"].is_null(), "{report}");
    let text = String::from_utf8(case.run(&["inspect", "wrapped.wasm", "--original"]).stdout).unwrap();
    assert!(text.contains("\n  wasi:cli/exit@0.2.12: exit-with-code\n"), "{text}");
    let original = case.run(&["inspect", "wrapped.wasm", "--original", "--json"]).stdout;
    let original: serde_json::Value = serde_json::from_slice(&original).unwrap();
    let inspected = case.run(&["inspect", "app.wat", "--json"]).stdout;
    let inspected: serde_json::Value = serde_json::from_slice(&inspected).unwrap();
    for field in ["imports", "exports"] {
        let names = |items: &serde_json::Value| -> Vec<serde_json::Value> {
            items.as_array().unwrap().iter().map(|item| item["name"].clone()).collect()
        };
        assert_eq!(names(&original[field]), names(&inspected[field]));
    }
    assert_fails(&case.run(&["inspect", "app.wat", "--original"]), 1, "was not made by wasi-shim");
}

#[test]
fn what_cannot_be_linked_is_told_with_what_to_do() {
    // Its exports would need a task of the adapter's own.
    let library = include_bytes!("../../fixtures/polled/library.wasm");
    let case = Case::new(&[("library.wasm", library)]);
    let linked = case.run(&["wrap", "library.wasm", "--link", "linked", "-o", "out.wasm"]);
    assert_fails(&linked, 1, "is not async, and what `wasi:http/outgoing-handler#handle` begins ends with a task");
    assert!(stderr(&linked).contains("hint: `--link composed` puts it beside the component"), "{}", stderr(&linked));
    for (options, form) in [(&[][..], "composed"), (&["--async-exports", "--link", "linked"], "linked")] {
        let wrap = [&["wrap", "library.wasm", "-o", "out.wasm"], options].concat();
        assert_eq!(code(&case.run(&wrap)), 0);
        let report = case.run(&["inspect", "out.wasm", "--json"]).stdout;
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        assert_eq!(report["linking"], form);
    }
}

#[test]
fn what_needs_no_adapter_gets_none() {
    let program = r#"(component
        (core module $main (func (export "run") (result i32) i32.const 0))
        (core instance $main (instantiate $main))
        (func $run (result (result)) (canon lift (core func $main "run")))
        (instance $run (export "run" (func $run)))
        (export "wasi:cli/run@0.2.0" (instance $run)))"#;
    let case = Case::new(&[("app.wat", program.as_bytes())]);
    assert_eq!(code(&case.run(&["wrap", "app.wat", "-o", "out.wasm"])), 0);
    let report: serde_json::Value =
        serde_json::from_slice(&case.run(&["inspect", "out.wasm", "--json"]).stdout).unwrap();
    assert_eq!(report["history"].as_array().map(Vec::len), Some(1), "{report}");
    assert!(report["linking"].is_null(), "{report}");
}

#[cfg(feature = "hosts")]
mod run {
    use super::*;

    const NOTE: &str = "note: wrapped, to run on a host that has only WASI 0.3\n";

    #[test]
    fn the_exit_code_is_the_programs() {
        let case = Case::new(&[("app.wasm", &binary(PROGRAM))]);
        for (host, note) in [("0.2", ""), ("0.3", NOTE)] {
            let run = |args: &[&str]| case.run(&[&["run", "--host", host, "app.wasm"], args].concat());
            for (args, expected) in [(&[][..], 0), (&["a"], 1), (&["a", "b"], 42)] {
                let output = run(args);
                assert_eq!((code(&output), stderr(&output).as_str()), (expected, note), "{args:?} on {host}");
            }
            let output = run(&["a", "b", "c"]);
            assert_eq!(code(&output), 134);
            assert!(stderr(&output).contains("`app.wasm` trapped"), "{}", stderr(&output));
            assert!(stderr(&output).contains("unreachable"), "{}", stderr(&output));
        }
        assert_eq!(case.files(), ["app.wasm"], "nothing is written beside it");
    }

    #[test]
    fn directories_and_variables_are_given() {
        let case = Case::new(&[("app.wasm", &binary(PROGRAM))]);
        for host in ["0.2", "0.3"] {
            let run = |args: &[&str]| case.run(&[&["run", "--host", host], args, &["app.wasm"]].concat());
            assert_eq!(code(&run(&["--dir", ".::/", "--dir", "."])), 102, "on {host}");
            assert_eq!(code(&run(&["--env", "A=1", "--env", "B=", "--dir", "."])), 103, "on {host}");
            assert_fails(&run(&["--dir", "missing::/"]), 1, "cannot open the directory `missing`");
            assert_fails(&run(&["--dir", "::/"]), 2, "HOST::GUEST");
            assert_fails(&run(&["--env", "=1"]), 2, "NAME=VALUE");
        }
        let mut command = case.command(&["run", "--host", "0.2", "--env", "GIVEN", "--env", "ABSENT", "app.wasm"]);
        let status = command.env("GIVEN", "1").env_remove("ABSENT").status().unwrap();
        assert_eq!(status.code(), Some(101), "a name alone passes the variable on, if there is one");
        let mut command = case.command(&["run", "--host", "0.2", "-Sinherit-env", "--env", "A=2", "app.wasm"]);
        let status = command.env_clear().env("A", "1").env("B", "1").status().unwrap();
        assert_eq!(status.code(), Some(102), "all of this process, once");
    }

    #[test]
    fn stdin_is_run_too() {
        let case = Case::new(&[]);
        assert_eq!(code(&case.pipe(&["run", "--host", "0.2", "-"], PROGRAM.as_bytes())), 0);
    }

    #[test]
    fn what_the_host_lacks_is_named() {
        let text = r#"(component (import "example:custom/thing" (instance (export "f" (func)))))"#;
        let case = Case::new(&[("custom.wat", text.as_bytes()), ("only-03.wat", ONLY_03.as_bytes())]);
        assert_fails(&case.run(&["run", "custom.wat"]), 1, "example:custom/thing");
        for (host, note) in [("0.3", ""), ("0.2", "note: wrapped, to run on a host that has only WASI 0.2\n")] {
            let output = case.run(&["run", "--host", host, "only-03.wat"]);
            assert_eq!((code(&output), stderr(&output).as_str()), (0, note));
        }
    }
}

#[test]
fn a_read_only_file_is_not_replaced() {
    let case = Case::new(&[("app.wat", PROGRAM.as_bytes()), ("out.wasm", b"before")]);
    let path = case.path().join("out.wasm");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    assert_fails(&case.run(&["wrap", "app.wat", "-o", "out.wasm"]), 1, "cannot write `out.wasm`: it is read-only");
    assert_eq!(fs::read(&path).unwrap(), b"before");
    assert_eq!(case.files(), ["app.wat", "out.wasm"]);
}

#[cfg(feature = "hosts")]
#[test]
fn errors_of_the_host_come_with_a_hint() {
    let case = Case::new(&[
        ("library.wat", br#"(component (import "wasi:random/random@0.3.0" (instance)))"#),
        ("foreign.wat", br#"(component (import "example:host/log@1.0.0" (instance (export "log" (func)))))"#),
    ]);
    let output = case.run(&["run", "foreign.wat"]);
    assert_fails(&output, 1, "`example:host/log@1.0.0`");
    assert!(stderr(&output).contains("hint: the bundled hosts offer"), "{}", stderr(&output));
    let output = case.run(&["run", "library.wat"]);
    assert_fails(&output, 1, "is not a command of WASI 0.3");
    assert!(stderr(&output).contains("hint: only a component that exports `wasi:cli/run`"), "{}", stderr(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_stderr_does_not_change_the_exit_code() {
    let case = Case::new(&[]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = case.command(&["wrap", "missing.wasm"]).stderr(full).status().unwrap();
    assert_eq!(status.code(), Some(1));
}
