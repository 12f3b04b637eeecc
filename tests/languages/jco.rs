//! Programs of one generation translated to the other, in JavaScript: transpiled by jco, with its
//! shims of WASI 0.2 or 0.3, on Node and in Chromium. They must do what they do natively.
//!
//!     WASI_SHIM_TEST_LANGUAGES=1 cargo test --test languages jco
//!
//! With `WASI_SHIM_TEST_SHIMS=1` as well, the shims of 0.3 and those for browsers: on a busy
//! machine they lose the end of the output, or take more than their time, so CI leaves them out.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use crate::support::toolchains::{JCO, PLAYWRIGHT, asked, execute, npm, python, workshop};
use crate::support::{Host, Stdin, Stdout, fixture, prepare, run, run_on, snapshot, wrapped, wrapped_for};

/// Whether the shims that fail on busy machines are wanted.
fn asked_for_all_shims() -> bool {
    asked() && std::env::var_os("WASI_SHIM_TEST_SHIMS").is_some()
}

/// Jco, the shims, and what is transpiled.
struct Node {
    /// The generation of the shims.
    shims: Host,
    /// Below the directory, where the modules are.
    place: &'static str,
    dir: PathBuf,
    path: std::ffi::OsString,
    modules: HashMap<&'static str, PathBuf>,
}

impl Node {
    fn new(shims: Host, place: &'static str) -> Node {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(|e| e.into_inner());
        let dir = workshop("jco");
        let path = npm(&dir, JCO);
        let node = Node { shims, place, dir, path, modules: HashMap::new() };
        let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/languages/javascript").join(node.host());
        fs::copy(host, node.dir.join(node.host())).unwrap();
        node
    }

    fn host(&self) -> &'static str {
        if self.shims == Host::Only02 { "host.mjs" } else { "host03.mjs" }
    }

    /// The module that `fixture` becomes.
    fn module(&mut self, name: &'static str) -> PathBuf {
        if let Some(known) = self.modules.get(name) {
            return known.clone();
        }
        let out = self.dir.join(self.place).join(name);
        let _ = fs::remove_dir_all(&out);
        execute(
            Command::new("node_modules/.bin/jco")
                .arg("transpile")
                .arg(wrapped_for(self.shims, &fixture(name)))
                .args(["--multi-memory", "--no-typescript", "--quiet", "--name", "program", "-o"])
                .arg(&out)
                .env("PATH", &self.path)
                .current_dir(&self.dir),
        );
        fs::write(out.join("package.json"), "{\"type\": \"module\"}\n").unwrap();
        let module = out.join("program.js");
        self.modules.insert(name, module.clone());
        module
    }

    /// The host of the other generation.
    fn native(&self) -> Host {
        if self.shims == Host::Only02 { Host::Only03 } else { Host::Only02 }
    }

    /// Runs cases of `fixture` natively and in a browser, and compares. Needs Debian's `chromium`,
    /// and installs what drives it.
    fn same_in_chromium(&mut self, name: &'static str, cases: &str) {
        const STDIN: &str = "first line\nsecond line, ünïcode";
        self.module(name);
        let cases: Vec<Vec<&str>> = cases.split(';').map(|case| case.split_whitespace().collect()).collect();
        let program = format!("{name}.wasm");
        let module = format!("{}/{name}", self.place);
        let runs = cases.iter().map(|args| (&module, [&[&program[..]], &args[..]].concat(), STDIN));
        let shims = if self.shims == Host::Only02 { "preview2-shim" } else { "preview3-shim" };
        let output = Command::new(python(&[PLAYWRIGHT]).join("python3"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/languages/chromium.py"))
            .arg("/usr/bin/chromium")
            .arg(&self.dir)
            .arg(format!("@bytecodealliance/{shims}"))
            .arg(serde_json::to_string(&runs.collect::<Vec<_>>()).unwrap())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let seen: Vec<(String, i32)> =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
        assert_eq!(seen.len(), cases.len());
        for (args, (stdout, code)) in cases.iter().zip(seen) {
            let env = [("A", "1"), ("EMPTY", "")];
            let native = run_on(self.native(), &fixture(name), &[], &env, args, Stdin::File(STDIN), Stdout::Pipe);
            assert_eq!(String::from_utf8_lossy(&native.stdout), stdout, "{name} {args:?}: {stderr}");
            assert_eq!(native.code, Some(code), "{name} {args:?}: {stderr}");
        }
    }

    /// Runs `fixture` natively and here, and compares.
    fn same(&mut self, name: &'static str, args: &[&str], stdin: Stdin) {
        let module = self.module(name);
        let dirs = [(); 2].map(|()| tempfile::tempdir().unwrap());
        dirs.iter().for_each(|dir| prepare(dir.path()));
        // A program that uses 0.2 beside 0.3 has no native host.
        let native = if name == "mixed" { wrapped(&fixture(name)) } else { fixture(name) };
        let preopen = [(dirs[0].path().to_path_buf(), "/work")];
        let env = [("A", "1"), ("EMPTY", "")];
        let native = run_on(self.native(), &native, &preopen, &env, args, stdin, Stdout::Pipe);

        let mut command = Command::new("node");
        if self.shims == Host::Only03 {
            command.arg("--experimental-wasm-jspi");
        }
        command.arg(self.dir.join(self.host())).arg(module).env("PATH", &self.path).current_dir(&self.dir);
        command.arg(format!("{{\"/work\": {:?}}}", dirs[1].path())).arg(format!("{name}.wasm")).args(args);
        let seen = run(command, stdin, Stdout::Pipe);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let what = format!("{name} {args:?}: {}", seen.stderr);
        assert_eq!(text(&native.stdout), text(&seen.stdout), "{what}");
        assert_eq!(native.code, seen.code, "{what}");
        assert!(snapshot(dirs[0].path()) == snapshot(dirs[1].path()), "{what}: other files");
    }
}

#[test]
fn translated_programs_run_on_node() {
    if !asked() {
        return;
    }
    let mut node = Node::new(Host::Only02, "node02");
    const TEXT: Stdin = Stdin::File("first line\nsecond line, ünïcode");
    // Not `cwd`, which the shims know and wasmtime does not, and not `in-turn`: the shims give the
    // rest of standard input to the first stream of it.
    for case in "ok; err; err-after-output; exit-ok; exit-err; exit-code 33; arguments a ünïcode; environment; text Straße; \
                 trap-after-output; timers; timer-kinds; many-timers; select-timers; cancelled-timers; spawned; \
                 spawned-and-cancelled; not-awaited; yield; block-on; block-on-beside; cat; cat 7; cat-spawned; hand-on; \
                 hand-on-rest; collect; sum; one-by-one; after-the-end; read-or-timer; unread; big 1048576; \
                 big 100000 100; big-at-once; single-writes; both; several-streams; nothing; before-the-reader; unwatched; \
                 return-with-open-stream; concurrent; pair; pair-dropped; pair-cancelled; pair-bulk; pair-single; \
                 pair-other; futures; write-after-the-end-trap"
        .split(';')
    {
        let args: Vec<&str> = case.split_whitespace().collect();
        node.same("direct-p3", &args, TEXT);
    }
    for case in ["cat", "timers", "yields", "early", "sets", "write-first", "context", "exit", "fail", "trap-promise"] {
        node.same("c-p3-callback", &[case], TEXT);
    }
    for case in ["timers", "cat", "exit"] {
        node.same("c-p3-sync", &[case], TEXT);
    }
    for stdin in [Stdin::Slow(30, &["a", "bc\n", "d"]), Stdin::Large(1_000_000)] {
        node.same("direct-p3", &["cat"], stdin);
    }
    // Of files only what the shims can do: they lack sizes, hashes, links and more.
    for case in ["append", "large", "stream-errors"] {
        node.same("files-p3", &[case], TEXT);
    }
    node.same("mixed", &["both"], TEXT);
    node.same("mixed", &["timers"], TEXT);
}

#[test]
fn programs_translated_to_03_run_on_node() {
    if !asked_for_all_shims() {
        return;
    }
    let mut node = Node::new(Host::Only03, "node03");
    const TEXT: Stdin = Stdin::File("first line\nsecond line, ünïcode");
    for case in
        "hello; args a ünïcode; env; cat; lines; first-line; count; big 1000000; interleave 3; exit 3".split(';')
    {
        let args: Vec<&str> = case.split_whitespace().collect();
        node.same("std-cli", &args, TEXT);
    }
    for stdin in [Stdin::Slow(30, &["a", "bc\n", "d"]), Stdin::Large(1_000_000)] {
        node.same("std-cli", &["cat"], stdin);
    }
    for case in "timer; timers; dropped-timer; busy; busy-stdin; busy-read; duplicates; many; stdin-and-timer; sleep-loop; \
                 write-nonblocking; write-and-return; write-and-exit; over-permit; blocking; handles; both; zeroes; \
                 subscribe-output; splice; splice-nonblocking; cat; cat-nonblocking; after-the-end; two-handles; zero-read; \
                 unread; ok; err; exit-ok; exit-err; exit-code 33; unreachable"
        .split(';')
    {
        let args: Vec<&str> = case.split_whitespace().collect();
        node.same("direct", &args, TEXT);
    }
    // Not those that read what they have just written: the shims may give what was there before.
    for case in ["times", "rename", "links", "read-directory", "tree", "none", "leave-open"] {
        node.same("std-fs", &[case], TEXT);
    }
}

#[test]
fn translated_programs_run_in_chromium() {
    if !asked_for_all_shims() {
        return;
    }
    // Nothing that waits, and one stream of standard output: the shims of 0.2 cannot wait there,
    // and close the output with its first stream.
    Node::new(Host::Only02, "chromium02").same_in_chromium(
        "direct-p3",
        "arguments a ünïcode; environment; ok; err; exit-ok; exit-code 33; sum; collect; pair; one-by-one",
    );
    let mut of_03 = Node::new(Host::Only03, "chromium03");
    of_03.same_in_chromium("std-cli", "hello; args a ünïcode; env; cat; lines; first-line; count; exit 3");
    of_03.same_in_chromium("direct", "timers; many; cat; both; splice; ok; err; exit-code 33");
}
