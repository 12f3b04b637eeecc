//! `wasi-shim matrix`: what it finds, that nothing stops it, what it writes. The result for the
//! fixtures is `docs/src/matrix.md`; `BLESS=1` writes it anew.

#![cfg(feature = "hosts")]

#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::{fixture, shim};
use tempfile::TempDir;

/// The command's answer.
struct Answer {
    stdout: String,
    stderr: String,
    code: Option<i32>,
}

fn answer(command: &mut Command) -> Answer {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Answer { stdout: text(&output.stdout), stderr: text(&output.stderr), code: output.status.code() }
}

/// A directory with components and case files.
struct Suite(TempDir);

impl Suite {
    fn new() -> Suite {
        Suite(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn component(self, name: &str, from: &str) -> Suite {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(fixture(from), path).unwrap();
        self
    }

    fn file(self, name: &str, text: &str) -> Suite {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn matrix(&self) -> Command {
        let mut command = shim();
        command.arg("matrix").arg(self.path()).env_remove("WASMTIME").env("PATH", "/usr/bin:/bin");
        command
    }

    /// Runs it on the bundled hosts of either generation.
    fn run(&self) -> (Value, Answer) {
        let answer = answer(self.matrix().args(["--bundled", "--host", "0.2,0.3", "--format", "json"]));
        let report = serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {}", answer.stderr));
        (report, answer)
    }

    /// A stand-in for `wasmtime`: `run` does what the lines of shell say, with the component as the
    /// last argument.
    fn stand_in(&self, run: &str) -> PathBuf {
        let path = self.path().join("stand-in");
        let text = format!(
            "#!/bin/sh\ncase \"$*\" in\n--version) echo 'wasmtime 9.9.9'; exit;;\n*help) exit;;\nesac\n{run}\n"
        );
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }
}

/// The lines of a report: component, case, outcomes.
fn outcomes(report: &Value) -> Vec<String> {
    let rows = report["rows"].as_array().unwrap().iter().map(|row| {
        let cells = row["cells"].as_array().unwrap().iter().map(|cell| cell["outcome"].as_str().unwrap());
        let cells: Vec<&str> = cells.collect();
        format!("{} [{}] {}", row["component"].as_str().unwrap(), row["case"].as_str().unwrap(), cells.join(" "))
    });
    rows.collect()
}

/// The text about one cell.
fn detail(report: &Value, row: usize, cell: usize) -> String {
    let lines = report["rows"][row]["cells"][cell]["detail"].as_array().unwrap().iter();
    lines.map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

#[test]
#[cfg(feature = "wasmtime36")]
fn the_matrix_of_the_fixtures_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("docs/src/matrix.md");
    let args = ["matrix", "fixtures/built", "--bundled", "--format", "markdown"];
    let found = answer(shim().args(args).current_dir(root));
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, &found.stdout).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    for (committed, found) in committed.lines().zip(found.stdout.lines()) {
        assert_eq!(committed, found, "`BLESS=1 cargo test --test matrix` writes docs/src/matrix.md\n{}", found);
    }
    assert_eq!(committed.len(), found.stdout.len(), "`BLESS=1 cargo test --test matrix` writes docs/src/matrix.md");
    fits_a_book(&committed);
}

/// A book of mdBook is 750 pixels wide: some 95 characters, less what the columns have between
/// them. Code breaks at spaces and behind hyphens and slashes.
#[cfg(feature = "wasmtime36")]
fn fits_a_book(page: &str) {
    let (_, table) = page.split_once("## Cases\n").unwrap();
    let lines = table.lines().filter(|line| line.starts_with("| ")).map(|line| line.split('|').collect::<Vec<_>>());
    let mut widths = Vec::new();
    for cells in lines {
        widths.resize(cells.len(), 0);
        for (cell, width) in cells.iter().zip(&mut widths) {
            let cell = cell.replace(['*', '`'], "");
            let longest = cell.split([' ', '-', '/']).map(str::len).max().unwrap_or_default();
            *width = longest.max(*width);
        }
    }
    assert!(widths.len() > 5, "{widths:?}");
    assert!(widths.iter().sum::<usize>() < 75, "{widths:?}");
}

#[test]
fn every_kind_of_component_has_its_row() {
    let suite = Suite::new()
        .component("a/hello.wasm", "hello")
        .component("a/hello-p3.wasm", "hello-p3")
        .component("blobstore.wasm", "blobstore")
        .component("core.wasm", "core-wasip1")
        .file("core.toml", "args = ['args', 'x']\nexit = 0\n")
        .component("library.wasm", "library")
        .component("custom.wasm", "custom-import")
        .component("service.wasm", "http-hello")
        .file("broken.wasm", "this is not WebAssembly")
        .file("node_modules/x/ignored.wasm", "");
    let (report, answer) = suite.run();
    assert_eq!(
        outcomes(&report),
        [
            "a/hello-p3.wasm [] wrapped native",
            "a/hello.wasm [] native wrapped",
            "blobstore.wasm [] lacks refused",
            "broken.wasm [] nothing nothing",
            "core.wasm [] wrapped wrapped",
            "custom.wasm [] lacks lacks",
            "library.wasm [] nothing nothing",
            "service.wasm [] native wrapped",
        ]
    );
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    assert_eq!(report["rows"][4]["uses"], serde_json::json!(["0.1", "0.2"]));
    assert_eq!(detail(&report, 6, 0), "neither a command nor a service");
    assert!(detail(&report, 2, 1).contains("wasi:blobstore/types@0.2.0-draft: its types use"), "{report:#}");
    assert!(detail(&report, 5, 0).contains("does not offer `example:host/log@1.0.0`"), "{report:#}");
}

#[test]
fn what_a_case_says_is_held_against_what_is_found() {
    let suite = Suite::new()
        .component("cli.wasm", "std-cli")
        .file(
            "cli.toml",
            "stdin = 'text'\n\
             [[case]]\nargs = ['cat']\nstdout = 'text'\nexit = 0\n\
             [[case]]\nname = 'other text'\nargs = ['cat']\nstdout = 'other'\n\
             [[case]]\nargs = ['exit', '3']\nexit = 0\n\
             [[case]]\nargs = ['panic']\nexit = 'trap'\n\
             [[case]]\nargs = ['env']\nenv = { A = '1' }\nexit = 'trap'\n",
        )
        .component("service.wasm", "http-probe-p3")
        .file(
            "service.toml",
            "[[request]]\nexpect.status = 200\n\
             [[request]]\nmethod = 'POST'\npath = '/echo'\nbody = 'x'\nexpect.body = 'y'\nexpect.headers = { x-a = 'b' }\n",
        );
    let (report, answer) = suite.run();
    assert_eq!(
        outcomes(&report),
        [
            "cli.wasm [cat] native wrapped",
            "cli.wasm [other text] differs differs",
            "cli.wasm [exit 3] differs differs",
            "cli.wasm [panic] native wrapped",
            "cli.wasm [env] differs differs",
            "service.wasm [] differs differs",
        ]
    );
    assert_eq!(answer.code, Some(1));
    let text = r#"standard output, line 1: expected "other", found "text""#;
    assert_eq!(detail(&report, 1, 0), text);
    assert_eq!(detail(&report, 1, 1), format!("{text} (on 0.2 only too)"));
    // A program of 0.2 can only say that it failed.
    assert_eq!(detail(&report, 2, 0), "expected exit status 0, found exit status 1");
    assert_eq!(detail(&report, 4, 0), "expected a trap, found exit status 0");
    assert_eq!(
        detail(&report, 5, 1),
        "POST /echo: expected header `x-a` \"b\", found none\nPOST /echo: body, line 1: expected \"y\", found \"x\""
    );
}

#[test]
fn runs_do_not_see_each_others_files() {
    let suite = Suite::new().component("fs.wasm", "std-fs").file("work/given/lines", "one\n").file(
        "fs.toml",
        "args = ['write', '/work']\ndirs = ['work::/work']\nexit = 0\n\
             [[case]]\nname = 'first'\n[[case]]\nname = 'second'\n",
    );
    let (report, answer) = suite.run();
    assert_eq!(outcomes(&report), ["fs.wasm [first] native wrapped", "fs.wasm [second] native wrapped"]);
    assert_eq!(answer.code, Some(0));
    let left: Vec<_> = fs::read_dir(suite.path().join("work")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["given"], "the original is as it was");
}

#[test]
fn clients_find_the_servers_of_their_case() {
    let text = "exit = 0\nargs = ['get', 'http://${server:main}/']\nstdout = ''\n[[server]]\nname = 'main'\n\
                [[server.endpoints]]\nresponse = 'found here'\n";
    let suite = Suite::new().component("client.wasm", "http-client").file("client.toml", text);
    let (report, _) = suite.run();
    assert_eq!(outcomes(&report), ["client.wasm [] differs differs"]);
    // Both hosts print the same but for the address, of which nothing is left.
    let [native, wrapped] = [0, 1].map(|cell| detail(&report, 0, cell));
    assert_eq!(wrapped, format!("{native} (on 0.2 only too)"));
    assert!(native.contains("200"), "{native}");
}

#[test]
fn a_checkout_of_the_test_suite_runs_as_it_is() {
    let suite = Suite::new()
        .file("rust/wasm32-wasip3/manifest.json", "{\"name\": \"tests\"}")
        .component("rust/wasm32-wasip3/cat.wasm", "std-cli")
        .file(
            "rust/wasm32-wasip3/cat.json",
            r#"{"operations": [
                {"type": "run", "args": ["cat"], "env": {"A": "1"}, "root": "files"},
                {"type": "write", "id": "stdin", "payload": "Hello, "},
                {"type": "write", "id": "stdin", "payload": "world!"},
                {"type": "wait"}]}"#,
        )
        .file("rust/wasm32-wasip3/files/a", "")
        .component("rust/wasm32-wasip3/exit.wasm", "std-cli")
        .file("rust/wasm32-wasip3/exit.json", r#"{"args": ["exit", "1"], "exit_code": 1, "stdout": "", "later": 1}"#)
        .component("rust/wasm32-wasip3/fails.wasm", "std-fs")
        .component("rust/wasm32-wasip3/service.wasm", "http-hello-p3")
        .file(
            "rust/wasm32-wasip3/service.json",
            r#"{"proposals": ["http"], "world": "wasi:http/service", "operations": [
                {"type": "run"},
                {"type": "request", "method": "GET", "path": "/", "response": {"status": 200, "body": "no"}},
                {"type": "kill", "signal": "SIGINT"}, {"type": "wait"}]}"#,
        );
    let (report, answer) = suite.run();
    assert_eq!(
        outcomes(&report),
        [
            "rust/wasm32-wasip3/cat.wasm [] native wrapped",
            "rust/wasm32-wasip3/exit.wasm [] native wrapped",
            "rust/wasm32-wasip3/fails.wasm [] differs differs",
            "rust/wasm32-wasip3/service.wasm [] differs differs",
        ]
    );
    assert!(
        detail(&report, 2, 0).contains("expected exit status 0, found a trap"),
        "a program without a case succeeds"
    );
    assert!(detail(&report, 3, 1).starts_with("GET /: body, line 1: expected \"no\""), "{report:#}");
    assert!(answer.stderr.contains("exit.json: nothing is known of `later`"), "{}", answer.stderr);
}

#[test]
fn one_that_hangs_or_kills_its_host_does_not_harm_the_rest() {
    let suite = Suite::new().file("hang.toml", "time-limit = 1\n").component("hello.wasm", "hello");
    let hang = suite.path().join("hang.wasm");
    let text = r#"(component
        (core module $m (func (export "run") (result i32) (loop (br 0)) unreachable))
        (core instance $i (instantiate $m))
        (func $run (result (result)) (canon lift (core func $i "run")))
        (instance $cli (export "run" (func $run)))
        (export "wasi:cli/run@0.2.0" (instance $cli)))"#;
    fs::write(&hang, wat::parse_str(text).unwrap()).unwrap();
    let (report, answer) = suite.run();
    assert_eq!(outcomes(&report), ["hang.wasm [] differs differs", "hello.wasm [] native wrapped"]);
    assert_eq!(detail(&report, 0, 0), "still running after 1 s");
    assert_eq!(answer.code, Some(1));

    let child = suite.path().join("child");
    let stand_in = suite.stand_in(&format!(
        "case \"$*\" in *hang.wasm) sleep 1000 & echo $! >{}; wait;; *) kill -9 $$;; esac",
        child.display()
    ));
    let run =
        suite.matrix().args(["--host", "0.2,stock-0.2", "--format", "json", "--wasmtime"]).arg(&stand_in).output();
    let report: Value = serde_json::from_slice(&run.unwrap().stdout).unwrap();
    assert_eq!(outcomes(&report), ["hang.wasm [] differs differs", "hello.wasm [] native differs"]);
    assert_eq!(report["hosts"][1]["label"], "wasmtime 9.9.9");
    assert!(detail(&report, 1, 1).starts_with("the host is ended by signal 9"), "{report:#}");
    // Gone, or only waiting for someone to take note of its end.
    let state = fs::read_to_string(format!("/proc/{}/stat", fs::read_to_string(child).unwrap().trim()));
    assert!(state.as_ref().is_ok_and(|state| state.contains(") Z ")) || state.is_err(), "still there: {state:?}");
}

#[test]
fn other_behaviour_on_another_host_is_shown() {
    let suite = Suite::new().component("hello.wasm", "hello").component("hello-p3.wasm", "hello-p3");
    let stand_in = suite.stand_in("echo other; echo more >&2; exit 3");
    let run =
        suite.matrix().args(["--host", "0.2,stock-0.2", "--format", "json", "--wasmtime"]).arg(&stand_in).output();
    let report: Value = serde_json::from_slice(&run.unwrap().stdout).unwrap();
    assert_eq!(outcomes(&report), ["hello-p3.wasm [] wrapped differs", "hello.wasm [] native differs"]);
    let differences = detail(&report, 1, 1);
    assert!(differences.starts_with("exit status 0 on 0.2 only, here exit status 3\nstandard output, line 1: \"hello"));
    assert!(differences.ends_with("standard error, line 1: its end on 0.2 only, here \"more\\n\""), "{differences}");
}

/// One that predates 0.3 refuses switches that it does not know.
#[test]
fn an_older_wasmtime_gets_no_switches_of_0_3() {
    let suite = Suite::new().component("hello.wasm", "hello-p3");
    let stand_in = suite.stand_in("case \"$*\" in *p3*|*async*) exit 2;; esac\necho hello");
    let run =
        suite.matrix().args(["--host", "0.2,stock-0.2", "--format", "json", "--wasmtime"]).arg(&stand_in).output();
    let report: Value = serde_json::from_slice(&run.unwrap().stdout).unwrap();
    assert_eq!(outcomes(&report), ["hello.wasm [] wrapped wrapped"]);
}

#[test]
fn known_outcomes_are_expected() {
    let suite = Suite::new().component("hello.wasm", "hello").component("blobstore.wasm", "blobstore");
    let known = suite.path().join("known.toml");
    let run = |bless: &[&str]| {
        answer(suite.matrix().args(["--bundled", "--host", "0.2,0.3", "--expect"]).arg(&known).args(bless))
    };
    let missing = run(&[]);
    assert_eq!(missing.code, Some(2), "{}", missing.stderr);
    assert!(missing.stderr.contains("hint: `--bless` writes it"), "{}", missing.stderr);
    assert_eq!(run(&["--bless"]).code, Some(0));
    let text = fs::read_to_string(&known).unwrap();
    assert!(text.contains("[\"hello.wasm\"]\n\"0.2\" = \"native\"\n\"0.3\" = \"wrapped\"\n"), "{text}");
    assert_eq!(run(&[]).code, Some(0));

    fs::write(&known, text.replace("\"0.3\" = \"wrapped\"", "\"0.3\" = \"differs: exit status\"")).unwrap();
    let changed = answer(suite.matrix().args(["--bundled", "--host", "0.2,0.3", "--expect"]).arg(&known));
    assert_eq!(changed.code, Some(1));
    let change = "error: hello.wasm on 0.3: expected `differs: exit status`, found `wrapped`\n";
    assert!(changed.stderr.contains(change), "{}", changed.stderr);

    fs::remove_file(suite.path().join("hello.wasm")).unwrap();
    fs::write(&known, text).unwrap();
    let gone = run(&[]);
    assert_eq!(gone.code, Some(1));
    assert!(
        gone.stderr.contains("hello.wasm on 0.2: expected `native`, but it is not there any more"),
        "{}",
        gone.stderr
    );
}

#[test]
fn a_failure_that_no_case_expects_is_not_green() {
    let suite = Suite::new()
        .component("cli.wasm", "std-cli")
        .file(
            "cli.toml",
            "[[case]]\nargs = ['exit', '3']\n[[case]]\nargs = ['panic']\n\
             [[case]]\nname = 'expected'\nargs = ['panic']\nexit = 'trap'\n",
        )
        .component("silent.wasm", "hello")
        .component("service.wasm", "http-probe")
        .file("service.toml", "[[request]]\npath = '/status?code=503'\n");
    let alone = suite.path().join("alone.wasm");
    let text = r#"(component
        (core module $m (func (export "run") (result i32) unreachable))
        (core instance $i (instantiate $m))
        (func $run (result (result)) (canon lift (core func $i "run")))
        (instance $cli (export "run" (func $run)))
        (export "wasi:cli/run@0.2.0" (instance $cli)))"#;
    fs::write(alone, wat::parse_str(text).unwrap()).unwrap();
    let (report, answer) = suite.run();
    assert_eq!(
        outcomes(&report),
        [
            "alone.wasm [] fails fails too",
            "cli.wasm [exit 3] fails fails too",
            "cli.wasm [panic] fails fails too",
            "cli.wasm [expected] native wrapped",
            "service.wasm [] fails fails too",
            "silent.wasm [] native wrapped",
        ]
    );
    assert_eq!(answer.code, Some(1), "{}", answer.stderr);
    let trap = "a trap (wasm trap: wasm `unreachable` instruction executed)";
    assert_eq!(detail(&report, 0, 0), trap);
    assert_eq!(detail(&report, 0, 1), format!("as on 0.2 only: {trap}"));
    assert_eq!(detail(&report, 1, 0), "exit status 1\nstandard error, line 1: \"with 3\"");
    assert!(detail(&report, 2, 0).contains("\nstandard error, line 1: \""), "{report:#}");
    assert_eq!(detail(&report, 4, 1), "as on 0.2 only: GET /status?code=503: status 503");
    let has_case: Vec<bool> =
        report["rows"].as_array().unwrap().iter().map(|row| row["has_case"].as_bool().unwrap()).collect();
    assert_eq!(has_case, [false, true, true, true, true, false]);

    let junit = suite.matrix().args(["--bundled", "--host", "0.2,0.3", "--format", "junit"]).output().unwrap();
    let junit = String::from_utf8(junit.stdout).unwrap();
    assert!(junit.contains("<testsuite name=\"0.3 only\" tests=\"6\" failures=\"4\""), "{junit}");
    let table = suite.matrix().args(["--bundled", "--host", "0.2,0.3"]).output().unwrap();
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("silent.wasm   (no case)  native    wrapped\n"), "{table}");
}

#[test]
fn files_that_cannot_be_read_do_not_harm_the_rest() {
    let suite = Suite::new().component("hello.wasm", "hello").file("empty.wasm", "");
    let suite = suite.component("app.wasm", "hello").file("app.json", "{\"scripts\": [1");
    std::os::unix::fs::symlink("nowhere", suite.path().join("dangling.wasm")).unwrap();
    let (report, told) = suite.run();
    assert_eq!(
        outcomes(&report),
        [
            "app.wasm [] broken broken",
            "dangling.wasm [] broken broken",
            "empty.wasm [] nothing nothing",
            "hello.wasm [] native wrapped",
        ]
    );
    assert_eq!(told.code, Some(1));
    assert!(detail(&report, 0, 0).contains("app.json:1: EOF while parsing"), "{report:#}");
    assert!(detail(&report, 1, 0).starts_with("cannot be read: No such file"), "{report:#}");
    assert!(told.stderr.contains("error: dangling.wasm: cannot be read: No such file"), "{}", told.stderr);

    let named = ["missing.wasm", "hello.wasm"].map(|name| suite.path().join(name));
    let named = answer(shim().arg("matrix").args(named).args(["--bundled", "--host", "0.2,0.3"]));
    assert_eq!(named.code, Some(1));
    assert!(named.stderr.contains("missing.wasm: cannot be read: No such file"), "{}", named.stderr);
    assert!(named.stdout.contains("native    wrapped"), "{}", named.stdout);
}

#[test]
fn a_result_says_what_was_run() {
    let suite = Suite::new().component("it's.wasm", "hello");
    let mut command = suite.matrix();
    command.args(["--bundled", "--host", "0.2", "--format", "json"]).env("SOURCE_DATE_EPOCH", "951782400");
    let report: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    assert_eq!(report["run"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["run"]["date"], "2000-02-29 00:00 UTC");
    let command = format!("wasi-shim matrix {} --bundled --host 0.2 --format json", suite.path().display());
    assert_eq!(report["run"]["command"], command);
    assert_eq!(report["hosts"][0]["program"], "wasmtime 48");
    let (report, _) = suite.run();
    assert!(report["run"]["date"].as_str().unwrap() > "2026", "{report:#}");
}

#[test]
fn a_broken_case_file_is_told_with_its_line() {
    let suite = Suite::new().component("hello.wasm", "hello").file("hello.toml", "args = []\nexpected = 1\n");
    let broken = answer(&mut suite.matrix());
    assert_eq!(broken.code, Some(1));
    assert!(broken.stderr.contains("hello.toml:2: unknown field `expected`"), "{}", broken.stderr);
    assert!(broken.stderr.contains("hint: keys are name, args, env"), "{}", broken.stderr);
}

#[test]
fn wrong_usage_is_told() {
    let suite = Suite::new().component("hello.wasm", "hello");
    for (args, message) in [
        (vec!["--host", "0.4"], "there is no host `0.4`"),
        (vec!["-o", "result.pdf"], "the name `result.pdf` does not say which format is wanted"),
        (vec!["--bless"], "--expect"),
    ] {
        let wrong = answer(suite.matrix().args(&args));
        assert_eq!(wrong.code, Some(2), "{args:?}: {}", wrong.stderr);
        assert!(wrong.stderr.contains(message), "{args:?}: {}", wrong.stderr);
    }
    let nothing = answer(Suite::new().matrix().arg("--bundled"));
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.stderr.contains("there is no `.wasm`"), "{}", nothing.stderr);
}

#[test]
fn all_formats_are_written_by_one_run() {
    let suite = Suite::new().component("hello.wasm", "hello").component("blobstore.wasm", "blobstore");
    let files = ["m.json", "m.md", "m.html", "m.xml", "m.txt"].map(|name| suite.path().join(name));
    let mut command = suite.matrix();
    command.args(["--bundled", "--host", "0.2,0.3"]);
    for file in &files {
        command.arg("-o").arg(file);
    }
    let run = answer(&mut command);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    assert!(run.stderr.contains("4 cells: 1 native, 1 wrapped, 1 refused, 1 lacks; "), "{}", run.stderr);
    let [json, markdown, html, junit, table] = files.map(|file| fs::read_to_string(file).unwrap());
    assert_eq!(outcomes(&serde_json::from_str(&json).unwrap()).len(), 2);
    assert!(markdown.contains("| **`hello.wasm`** (no case) | 0.2 | native | wrapped |\n"), "{markdown}");
    assert!(html.contains("<span class=\"component\">hello.wasm</span>"), "{html}");
    assert!(
        junit.contains("<testsuite name=\"0.3 only\" tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"1\""),
        "{junit}"
    );
    assert!(table.contains("hello.wasm      (no case)  native    wrapped\n"), "{table}");
}

#[test]
fn the_cases_of_the_guide_are_understood() {
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/matrix-guide.md")).unwrap();
    let blocks = guide.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap());
    let mut suite = Suite::new().file("data/a", "").file("expected.txt", "");
    let mut count = 0;
    for block in blocks {
        count += 1;
        suite = suite.component(&format!("{count}.wasm"), "custom-import").file(&format!("{count}.toml"), block);
    }
    assert_eq!(count, 4);
    let (report, answer) = suite.run();
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    assert_eq!(outcomes(&report).len(), 5, "one of them has two cases: {report:#}");
}

/// `WASI_SHIM_TEST_LANGUAGES=1`: needs Debian's `chromium`, and installs what drives it.
#[test]
fn the_page_works_in_a_browser() {
    if !support::toolchains::asked() {
        return;
    }
    let long = "a-name-that-is-as-long-as-names-of-cases-become-when-they-are-made-from-arguments";
    let suite = Suite::new()
        .component("hello.wasm", "hello")
        .component("blobstore.wasm", "blobstore")
        .component("custom.wasm", "custom-import")
        .component("library.wasm", "library")
        .component("cli.wasm", "std-cli")
        .component("fails.wasm", "std-cli")
        .file("fails.toml", "args = ['exit', '3']\n")
        .component("many.wasm", "std-cli")
        .file("many.toml", "[[case]]\nname = 'first'\n[[case]]\nname = 'second'\n")
        .file("cli.toml", &format!("[[case]]\nname = '{long}'\nargs = ['hello']\nstdout = '<b>bold</b>'\n"));
    let page = suite.path().join("page.html");
    let run = answer(suite.matrix().args(["--bundled", "--host", "0.2,0.3", "-o"]).arg(&page));
    assert!(page.exists(), "{}", run.stderr);

    let python = support::toolchains::python(&[support::toolchains::PLAYWRIGHT]).join("python3");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/matrix/page.py");
    let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("matrix-page");
    fs::create_dir_all(&shots).unwrap();
    let look = answer(Command::new(python).arg(script).arg("/usr/bin/chromium").arg(&page).arg(&shots));
    assert_eq!(look.code, Some(0), "{}{}", look.stdout, look.stderr);
}
