//! Every command in a block marked `console`, in the README and in the manual, is run as it is
//! printed, and so is every example in the help of a command.
//!
//! A line that begins with `$ ` is a command; the lines up to the next are what it prints, if any
//! are shown. In them `...` stands for any text, alone on a line for any number of lines. A command
//! fails if and only if what it prints has a line that begins with `error`. One that ends with `&`
//! runs until the end of its page. Other programs that a block needs are named behind `console`:
//! `console,wasmtime`. The commands of a page share a directory, in which the files of [`FILES`]
//! are.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{fixture, shim, toolchains};
use crate::{book, files, read, root, shown};

/// The files that commands find, and the fixtures that they are.
const FILES: &[(&str, &str)] = &[
    ("app.wasm", "hello"),
    ("new.wasm", "hello-p3"),
    ("service.wasm", "http-hello"),
    ("service03.wasm", "http-hello-p3"),
    ("middleware.wasm", "http-middleware-p3"),
    ("mixed.wasm", "mixed"),
    ("core.wasm", "core-wasip1"),
    ("refused.wasm", "blobstore"),
];

#[test]
fn the_quick_start_names_the_files() {
    let page = read(&book().join("quick-start.md"));
    for (name, fixture) in FILES {
        let row = format!("| `{name}` | ");
        let copy = format!(" | `{fixture}.wasm` |");
        assert!(page.lines().any(|line| line.starts_with(&row) && line.ends_with(&copy)), "{name}: {fixture}");
    }
}

/// The same of a release candidate.
const CANDIDATE: (&str, &str) = ("candidate.wasm", "0.3.0-rc-2026-03-15");

/// Commands that are run elsewhere, as they are or with options that save time, and what to look
/// for there.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("cargo run -- run fixtures/built/hello.wasm", ".ci/run", "-- run fixtures/built/hello.wasm"),
    ("cargo test", ".ci/run", "cargo test"),
    // A build for release takes longer than all tests. What is installed is what the tests run.
    ("cargo install --path .", "Cargo.toml", "name = \"wasi-shim\""),
];

/// The manual's number for a port that is free.
const PORT: &str = "8080";

/// No command takes nearly as long.
const TIME_LIMIT: Duration = Duration::from_secs(180);

/// A command and the lines that it prints, if they are shown.
struct Step {
    place: String,
    command: String,
    shown: Vec<String>,
    /// Other programs that its block needs.
    needs: Vec<String>,
}

/// The commands of a page, in order.
fn steps(page: &Path) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut needs: Option<Vec<String>> = None;
    for (at, line) in read(page).lines().enumerate() {
        if let Some(info) = line.strip_prefix("```") {
            let mut words = info.split(',');
            let is_console = needs.is_none() && words.next() == Some("console");
            needs = is_console.then(|| words.map(String::from).collect());
        } else if let Some(needs) = &needs {
            match line.strip_prefix("$ ") {
                Some(command) => steps.push(Step {
                    place: format!("{}:{}", shown(page), at + 1),
                    command: command.to_string(),
                    shown: Vec::new(),
                    needs: needs.clone(),
                }),
                None => {
                    let last = steps.last_mut().unwrap_or_else(|| panic!("{}: a block without a command", shown(page)));
                    last.shown.push(line.to_string());
                }
            }
        }
    }
    steps
}

fn help(args: &[&str]) -> String {
    String::from_utf8(shim().args(args).arg("--help").output().unwrap().stdout).unwrap()
}

/// The commands that the help lists, in its order.
fn commands() -> Vec<String> {
    let help = help(&[]);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.map(|line| line.split_whitespace().next().unwrap().to_string());
    names.filter(|name| name != "help").collect()
}

/// The examples at the end of the help for `command`, which are to succeed.
fn examples(command: &[&str]) -> Vec<Step> {
    let help = help(command);
    let (_, examples) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{command:?} has no examples"));
    let lines = examples.lines().filter_map(|line| line.strip_prefix("    $ "));
    let step = |line: &str| {
        let serves = line.starts_with("wasi-shim serve ");
        Step {
            place: format!("the help for {command:?}"),
            command: format!("{line}{}", if serves { " &" } else { "" }),
            shown: if serves { vec!["...".into(), "http://127.0.0.1:.../".into()] } else { Vec::new() },
            needs: Vec::new(),
        }
    };
    lines.map(step).collect()
}

/// Whether a line is as shown, with `...` for any text.
fn line_is(shown: &str, line: &str) -> bool {
    let mut parts = shown.split("...");
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        match parts.peek() {
            None => return rest.ends_with(part),
            Some(_) => match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            },
        }
    }
    true
}

/// Whether lines are as shown; a line `...` stands for any number of them.
fn lines_are(shown: &[String], lines: &[&str]) -> bool {
    match (shown.split_first(), lines.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "..." => {
            (0..=lines.len()).any(|skipped| lines_are(rest, &lines[skipped..]))
        }
        (Some((first, rest)), Some((line, others))) => line_is(first, line) && lines_are(rest, others),
        _ => false,
    }
}

/// A directory where the commands of one page run, and those that are still running.
struct Scratch {
    dir: tempfile::TempDir,
    path: std::ffi::OsString,
    /// The number in the place of [`PORT`].
    port: String,
    running: Vec<Child>,
}

impl Scratch {
    fn new(path: &std::ffi::OsStr) -> Scratch {
        let dir = tempfile::tempdir().unwrap();
        for (name, from) in FILES {
            fs::copy(fixture(from), dir.path().join(name)).unwrap();
        }
        let made = shim()
            .args(["reversion", "-q", "--from", "0.3.0", "--to", CANDIDATE.1, "-o"])
            .arg(dir.path().join(CANDIDATE.0))
            .arg(fixture("hello-p3"))
            .status();
        assert!(made.unwrap().success());
        // It is free a moment later, too: nobody else asks for this one.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        Scratch { dir, path: path.into(), port, running: Vec::new() }
    }

    /// Runs a step; what is wrong with it, if anything.
    fn run(&mut self, number: usize, step: &Step) -> Option<String> {
        let log = self.dir.path().join(format!(".log-{number}"));
        let output = File::create(&log).unwrap();
        let (command, stays) = match step.command.strip_suffix(" &") {
            Some(command) => (format!("exec {command}"), true),
            None => (step.command.clone(), false),
        };
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(command.replace(PORT, &self.port))
            .current_dir(self.dir.path())
            .env("PATH", &self.path)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .process_group(0)
            .spawn()
            .unwrap();
        let start = Instant::now();
        let is_late = || start.elapsed() > TIME_LIMIT;
        let of_host = |port: &str| format!(":{port}");
        let printed = || fs::read_to_string(&log).unwrap_or_default().replace(&of_host(&self.port), &of_host(PORT));
        let is_shown = |text: &str| lines_are(&step.shown, &text.lines().collect::<Vec<_>>());
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) if stays => return Some(format!("ended with {status}:\n{}", printed())),
                Some(status) => break status,
                None if stays && is_shown(&printed()) => {
                    self.running.push(child);
                    return None;
                }
                None if is_late() => {
                    end(&mut child);
                    return Some(format!("takes too long:\n{}", printed()));
                }
                None => thread::sleep(Duration::from_millis(20)),
            }
        };
        let text = printed();
        let fails = step.shown.iter().any(|line| line.starts_with("error") || line.contains("\"level\":\"error\""));
        if status.success() == fails {
            return Some(format!("ended with {status}:\n{text}"));
        }
        if !step.shown.is_empty() && !is_shown(&text) {
            return Some(format!("printed\n{text}\ninstead of\n{}", step.shown.join("\n")));
        }
        None
    }
}

/// Ends a process, and those that it has started.
fn end(child: &mut Child) {
    let group = format!("-{}", child.id());
    let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    let _ = child.wait();
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.running.iter_mut().for_each(end);
    }
}

/// Where commands find `wasi-shim` and, if they are wanted, stock hosts.
fn programs(bin: &Path, asked: bool) -> std::ffi::OsString {
    symlink(env!("CARGO_BIN_EXE_wasi-shim"), bin.join("wasi-shim")).unwrap();
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    if asked {
        symlink(toolchains::wasmtime(toolchains::Release::Bundled), bin.join("wasmtime")).unwrap();
        let dir = toolchains::workshop("jco");
        path = toolchains::npm(&dir, toolchains::JCO);
        symlink(dir.join("node_modules/.bin/jco"), bin.join("jco")).unwrap();
    }
    let dirs = std::env::split_paths(&path).collect::<Vec<_>>();
    std::env::join_paths(std::iter::once(bin.to_path_buf()).chain(dirs)).unwrap()
}

/// With [`toolchains::asked`] these must be there.
const WANTED: &[&str] = &["wasmtime", "jco", "curl"];

fn is_there(program: &str, path: &std::ffi::OsStr) -> bool {
    std::env::split_paths(path).any(|dir| dir.join(program).exists())
}

fn pages() -> Vec<PathBuf> {
    let mut pages = files(&book(), "md");
    pages.push(root().join("README.md"));
    pages
}

#[test]
fn commands_do_what_is_printed() {
    let bin = tempfile::tempdir().unwrap();
    let asked = toolchains::asked();
    let path = programs(bin.path(), asked);
    let mut pages: Vec<Vec<Step>> = pages().iter().map(|page| steps(page)).filter(|steps| !steps.is_empty()).collect();
    let commands = commands();
    let help = std::iter::once(examples(&[])).chain(commands.iter().map(|command| examples(&[command])));
    pages.extend(help.inspect(|examples| assert!(!examples.is_empty())));
    assert!(pages.len() > 5 && pages.iter().flatten().count() > 50, "where are the commands?");
    let wrong = |steps: &[Step]| -> Vec<String> {
        let mut scratch = Scratch::new(&path);
        let mut wrong = Vec::new();
        for (number, step) in steps.iter().enumerate() {
            let command = step.command.split(" #").next().unwrap().trim();
            if ELSEWHERE.iter().any(|(elsewhere, ..)| *elsewhere == command) {
                continue;
            }
            if let Some(lacking) = step.needs.iter().find(|program| !is_there(program, &path)) {
                assert!(!asked || !WANTED.contains(&&lacking[..]), "{}: there is no `{lacking}`", step.place);
                println!("{}: not run, there is no `{lacking}`", step.place);
                continue;
            }
            let problem = scratch.run(number, step);
            wrong.extend(problem.map(|problem| format!("{}: `{}` {problem}", step.place, step.command)));
        }
        wrong
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = pages.iter().map(|steps| scope.spawn(|| wrong(steps))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Commands that are not run here are run where the manual's reader is told, and are in the manual.
#[test]
fn other_commands_are_run_elsewhere() {
    let all: BTreeSet<String> = pages().iter().flat_map(|page| steps(page)).map(|step| step.command).collect();
    for (command, place, text) in ELSEWHERE {
        assert!(
            all.iter().any(|known| known.split(" #").next().unwrap().trim() == *command),
            "nobody says `{command}`"
        );
        assert!(read(&root().join(place)).contains(text), "{place} does not do `{command}`");
    }
}

#[test]
fn what_is_shown_is_compared() {
    let are = |shown: &str, printed: &str| {
        let shown: Vec<String> = shown.lines().map(String::from).collect();
        lines_are(&shown, &printed.lines().collect::<Vec<_>>())
    };
    assert!(are("a\nb", "a\nb\n"));
    assert!(are("a\n...\nd", "a\nb\nc\nd"));
    assert!(are("a\n...", "a"));
    assert!(are("a ... bytes, ...", "a 12 bytes, or so"));
    for (shown, printed) in [("a", "a\nb"), ("a\n...\nd", "a\nb"), ("a ... b", "a c"), ("a...b...c", "a b"), ("a", "")]
    {
        assert!(!are(shown, printed), "{shown:?} {printed:?}");
    }
}

/// Every command, in the same order, and every option of it is in the manual.
#[test]
fn every_option_is_explained() {
    let manual: String = files(&book(), "md").iter().map(|page| read(page)).collect();
    let commands = commands();
    let page = read(&book().join("commands.md"));
    let headings = page.lines().filter_map(|line| line.strip_prefix("## ")).flat_map(|heading| heading.split(" and "));
    let explained: Vec<&str> = headings.filter(|heading| commands.iter().any(|command| command == heading)).collect();
    assert_eq!(explained, commands);
    let mut lacking = BTreeSet::new();
    for command in commands.iter().map(|command| &command[..]).chain([""]) {
        let args = if command.is_empty() { &[][..] } else { &[command] };
        for word in help(args).split_whitespace().filter(|word| word.starts_with("--")) {
            let option: String =
                word.chars().take_while(|letter| *letter == '-' || letter.is_ascii_alphanumeric()).collect();
            if option != "--help" && option.len() > 2 && !manual.contains(&option) {
                lacking.insert(format!("wasi-shim {command} {option}"));
            }
        }
    }
    assert!(lacking.is_empty(), "the manual lacks {lacking:#?}");
}
