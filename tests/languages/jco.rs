//! Programs of WASI 0.3 translated to 0.2, on Node: transpiled by jco, with its shims of WASI 0.2.
//! They must do what they do natively on the host of 0.3.
//!
//!     WASI_SHIM_TEST_LANGUAGES=1 cargo test --test languages jco

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::toolchains::{JCO, asked, execute, npm, workshop};
use crate::support::{Host, Stdin, Stdout, fixture, prepare, run, run_on, snapshot, wrapped, wrapped_for};

/// Jco, the shims, and what is transpiled.
struct Node {
    dir: PathBuf,
    path: std::ffi::OsString,
    modules: HashMap<&'static str, PathBuf>,
}

impl Node {
    fn new() -> Node {
        let dir = workshop("jco");
        let path = npm(&dir, JCO);
        let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/languages/javascript/host.mjs");
        fs::copy(host, dir.join("host.mjs")).unwrap();
        Node { dir, path, modules: HashMap::new() }
    }

    /// The module that `fixture` becomes.
    fn module(&mut self, name: &'static str) -> PathBuf {
        if let Some(known) = self.modules.get(name) {
            return known.clone();
        }
        let out = self.dir.join(name);
        let _ = fs::remove_dir_all(&out);
        execute(
            Command::new("node_modules/.bin/jco")
                .arg("transpile")
                .arg(wrapped_for(Host::Only02, &fixture(name)))
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

    /// Runs `fixture` natively and here, and compares.
    fn same(&mut self, name: &'static str, args: &[&str], stdin: Stdin) {
        let module = self.module(name);
        let dirs = [(); 2].map(|()| tempfile::tempdir().unwrap());
        dirs.iter().for_each(|dir| prepare(dir.path()));
        // A program that uses 0.2 beside 0.3 has no native host.
        let native = if name == "mixed" { wrapped(&fixture(name)) } else { fixture(name) };
        let preopen = [(dirs[0].path().to_path_buf(), "/work")];
        let env = [("A", "1"), ("EMPTY", "")];
        let native = run_on(Host::Only03, &native, &preopen, &env, args, stdin, Stdout::Pipe);

        let mut command = Command::new("node");
        command.arg(self.dir.join("host.mjs")).arg(module).env("PATH", &self.path).current_dir(&self.dir);
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
    let mut node = Node::new();
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
