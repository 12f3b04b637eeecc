//! An interpreter, natively and wrapped.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use wasi_shim::{Generation, Wrap};
use wasi_shim_hosts::{Capture, CommandOptions, Directory, Input, Network, Output, Program};

use crate::support::shrink::shrink;
use crate::support::{Entry, pattern, snapshot};
use crate::support::{engine, http::origin::Origin};

/// No script takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Subject {
    native: Program,
    wrapped: Program,
    origin: Origin,
}

/// All that can be seen of a run from outside.
#[derive(Debug, PartialEq)]
struct Seen {
    lines: Vec<String>,
    end: String,
    stderr: Vec<u8>,
    files: BTreeMap<PathBuf, Entry>,
}

/// A script that shows one thing natively and another one wrapped, every time.
pub struct Difference {
    /// The name of the operation, or of what differs.
    pub class: String,
    text: String,
}

impl Subject {
    pub fn new(generation: Generation) -> Subject {
        let (name, other) = match generation {
            Generation::Wasi02 => ("interpreter", Generation::Wasi03),
            Generation::Wasi03 => ("interpreter-p3", Generation::Wasi02),
        };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scripts").join(format!("{name}.wasm"));
        let component = std::fs::read(path).unwrap();
        let wrapped = Wrap::new(&component).to(other).run().unwrap().bytes;
        let compile = |host, bytes: &[u8]| engine::host(host).compile(bytes).unwrap();
        Subject { native: compile(generation, &component), wrapped: compile(other, &wrapped), origin: Origin::new() }
    }

    /// The difference that `script` shows each time, if there is one.
    pub fn difference(&self, script: &[String]) -> Option<Difference> {
        self.after(script, 4)
    }

    /// The same after so many more runs.
    fn after(&self, script: &[String], times: usize) -> Option<Difference> {
        let run = |program| self.run(program, script);
        let (native, wrapped) = (run(&self.native), run(&self.wrapped));
        if native == wrapped {
            return None;
        }
        // Hosts may do it one way or the other: what is seen now and then natively may be wrapped.
        let (mut natives, mut others) = (vec![native], vec![wrapped]);
        for _ in 0..times {
            natives.push(run(&self.native));
            others.push(run(&self.wrapped));
            if others.iter().any(|other| natives.contains(other)) {
                return None;
            }
        }
        Some(Difference::between(&natives[0], &others[0]))
    }

    /// A script as short as it can be with a difference of the same class, and what it shows.
    pub fn shortest(&self, script: Vec<String>, difference: Difference) -> String {
        let without = |script: &Vec<String>, at: usize, size: usize| {
            let mut shorter = script.clone();
            shorter.drain(at..(at + size).min(script.len()));
            shorter
        };
        let difference = RefCell::new(difference);
        let script = shrink(script, Vec::len, without, |shorter| {
            let found = self.after(shorter, 1).filter(|found| found.class == difference.borrow().class);
            found.map(|found| difference.replace(found)).is_some()
        });
        format!("{}\n{}\n", script.join("\n"), difference.into_inner().text)
    }

    /// Of so many runs those in which the same is seen natively and wrapped.
    pub fn agreements(&self, script: &[String], runs: usize) -> usize {
        (0..runs).filter(|_| self.run(&self.native, script) == self.run(&self.wrapped, script)).count()
    }

    fn run(&self, program: &Program, script: &[String]) -> Seen {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("a"), pattern(5000)).unwrap();
        std::fs::create_dir(directory.path().join("d")).unwrap();
        std::fs::write(directory.path().join("d/a"), "some text").unwrap();
        let authority = self.origin.url("").trim_start_matches("http://").to_string();
        let (stdout, stderr) = (Capture::new(), Capture::new());
        let mut options = CommandOptions::default();
        options.args = vec!["interpreter".into(), script.join("\n"), authority];
        options.env = vec![("NAME".into(), "value".into())];
        options.dirs = vec![Directory::new(directory.path(), "/")];
        options.network = Network { sockets: true, names: true, http: true };
        options.stdin = Input::Bytes(pattern(10_000));
        options.stdout = Output::Capture(stdout.clone());
        options.stderr = Output::Capture(stderr.clone());
        // In a thread, for a program may hang.
        let (ended, end) = mpsc::channel();
        let program = program.clone();
        std::thread::spawn(move || drop(ended.send(program.run(options).unwrap())));
        let end = match end.recv_timeout(PATIENCE) {
            Ok(wasi_shim_hosts::Outcome::Exit(code)) => format!("exit {code}"),
            Ok(_) => "trap".into(),
            Err(_) => "hangs".into(),
        };
        // Bytes of several streams mix as the host likes.
        let sorted = |mut bytes: Vec<u8>| {
            bytes.sort_unstable();
            bytes
        };
        // A trap cuts off what is under way, sooner or later.
        let (stderr, files) =
            if end == "trap" { Default::default() } else { (sorted(stderr.contents()), snapshot(directory.path())) };
        Seen {
            lines: String::from_utf8_lossy(&stdout.contents()).lines().map(String::from).collect(),
            end,
            stderr,
            files,
        }
    }
}

impl Difference {
    fn between(native: &Seen, wrapped: &Seen) -> Difference {
        let mut both = native.lines.iter().zip(&wrapped.lines);
        let (class, text) = if let Some((native, wrapped)) = both.clone().find(|(native, wrapped)| native != wrapped) {
            (native.split(' ').nth(1).unwrap_or_default().to_string(), differ(native, wrapped))
        } else if native.lines.len() != wrapped.lines.len() || native.end != wrapped.end {
            let behind = both.next_back().map_or("the begin", |(native, _)| native);
            let said = |seen: &Seen| {
                format!(
                    "{}, {}",
                    seen.end,
                    seen.lines.get(native.lines.len().min(wrapped.lines.len())).map_or("", |l| l)
                )
            };
            (
                format!("end {} {}", native.end, wrapped.end),
                format!("behind {behind}\n{}", differ(&said(native), &said(wrapped))),
            )
        } else if native.stderr != wrapped.stderr {
            let text = |bytes: &[u8]| {
                format!("{} bytes {}", bytes.len(), String::from_utf8_lossy(&bytes[..bytes.len().min(300)]))
            };
            ("stderr".into(), differ(&text(&native.stderr), &text(&wrapped.stderr)))
        } else {
            let brief = |seen: &Seen| {
                let files =
                    seen.files.iter().map(|(path, entry)| format!("{}: {:.120}", path.display(), format!("{entry:?}")));
                files.collect::<Vec<_>>().join("\n")
            };
            ("files".into(), differ(&brief(native), &brief(wrapped)))
        };
        let stderr = String::from_utf8_lossy(&wrapped.stderr).chars().take(600).collect::<String>();
        Difference { class, text: if native.end == wrapped.end { text } else { format!("{text}\n{stderr}") } }
    }
}

fn differ(native: &impl fmt::Display, wrapped: &impl fmt::Display) -> String {
    format!("natively {native}\nwrapped  {wrapped}")
}
