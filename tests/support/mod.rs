//! Runs `wasi-shim` as a real process with real pipes, prepares directories and compares what
//! programs leave behind.
//!
//! `wasi-shim matrix` compares programs in much the same way. Tests have a harness of their own
//! because the matrix is part of what they test: a fault that both shared would hide itself.

#![allow(dead_code, reason = "every test binary uses its own part of this")]

#[cfg(feature = "hosts")]
pub mod both;
#[cfg(feature = "hosts")]
pub mod case;
#[cfg(feature = "hosts")]
pub mod engine;
#[cfg(feature = "hosts")]
pub mod http;
#[cfg(feature = "hosts")]
pub mod in_process;
pub mod pairs;
#[cfg(feature = "hosts")]
pub mod peers;
pub mod seeds;
pub mod shrink;
pub mod text;
pub mod toolchains;
pub mod wit;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};

/// No program of these tests runs nearly as long: who does is stopped, and the test fails. In
/// seconds.
pub static TIME_LIMIT: AtomicU64 = AtomicU64::new(90);

pub fn shim() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wasi-shim"));
    // Compiled code of tests is not kept among the user's.
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    command
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/built").join(format!("{name}.wasm"))
}

pub fn fixture_bytes(name: &str) -> Vec<u8> {
    let path = fixture(name);
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every component among the fixtures.
pub fn components() -> Vec<String> {
    let mut all: Vec<String> = fs::read_dir(fixture("x").parent().unwrap())
        .unwrap()
        .map(|e| Path::new(&e.unwrap().file_name()).file_stem().unwrap().to_str().unwrap().to_string())
        .filter(|name| !name.starts_with("core-"))
        .collect();
    all.sort();
    // A component and its cases are two files of one name.
    all.dedup();
    assert!(all.len() > 10, "the fixtures are missing");
    all
}

/// The wrapped form of a fixture, made once by `wasi-shim wrap`. It has the same file name as the
/// original, so that programs see the same name for themselves.
pub fn wrapped(path: &Path) -> PathBuf {
    wrapped_for(Host::Only03, path)
}

/// The same for a host of either generation.
pub fn wrapped_for(host: Host, path: &Path) -> PathBuf {
    wrapped_with(&[], host, path)
}

/// The same with more options.
pub fn wrapped_with(options: &'static [&'static str], host: Host, path: &Path) -> PathBuf {
    type Done = HashMap<(Host, &'static [&'static str], PathBuf), Result<PathBuf, String>>;
    static DONE: OnceLock<Mutex<Done>> = OnceLock::new();
    let mut done = DONE.get_or_init(Default::default).lock().unwrap_or_else(|e| e.into_inner());
    let count = done.len();
    let result = done.entry((host, options, path.to_path_buf())).or_insert_with(|| {
        // Directories per process: test binaries may run at the same time.
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("wrapped-{}/{count}", std::process::id()));
        fs::create_dir_all(&dir).map_err(|e| e.to_string())?;
        let out = dir.join(path.file_name().unwrap());
        let run = shim()
            .arg("wrap")
            .args(["--to", host.generation()])
            .args(host.wrap_options())
            .args(options)
            .arg(path)
            .arg("-o")
            .arg(&out)
            .output()
            .map_err(|e| e.to_string())?;
        if run.status.success() { Ok(out) } else { Err(String::from_utf8_lossy(&run.stderr).into_owned()) }
    });
    match result {
        Ok(path) => path.clone(),
        Err(e) => panic!("cannot wrap {}: {e}", path.display()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    Only02,
    Only03,
    /// Of 0.2, on an engine that predates 0.3.
    #[cfg(feature = "wasmtime36")]
    Older,
    /// The newest stock `wasmtime`, of which programs use 0.2 alone.
    Newest02,
    /// The same, with 0.3.
    Newest03,
}

impl Host {
    pub fn name(self) -> &'static str {
        match self {
            Host::Only02 => "0.2",
            Host::Only03 => "0.3",
            #[cfg(feature = "wasmtime36")]
            Host::Older => "wasmtime-36",
            Host::Newest02 => "newest wasmtime, 0.2",
            Host::Newest03 => "newest wasmtime, 0.3",
        }
    }

    /// Whether it is a program that is installed for the tests.
    pub fn is_stock(self) -> bool {
        matches!(self, Host::Newest02 | Host::Newest03)
    }

    /// The host of the same generation on the newest `wasmtime`.
    pub fn newest(self) -> Host {
        match self.generation() {
            "0.3" => Host::Newest03,
            _ => Host::Newest02,
        }
    }

    /// Whether its engine predates 0.3.
    pub fn is_older(self) -> bool {
        !matches!(self, Host::Only02 | Host::Only03 | Host::Newest02 | Host::Newest03)
    }

    /// How a program ends there that ends with `code` on the others.
    pub fn exit_code(self, code: i32) -> i32 {
        match self {
            // It offers WASI 0.2.6, which has no `exit-with-code`.
            #[cfg(feature = "wasmtime36")]
            Host::Older => code.min(1),
            _ => code,
        }
    }

    /// The options besides the generation.
    fn wrap_options(self) -> &'static [&'static str] {
        match self {
            #[cfg(feature = "wasmtime36")]
            Host::Older => &["--wasi-patch", "0.2.6"],
            _ => &[],
        }
    }

    /// The generation that it offers.
    pub fn generation(self) -> &'static str {
        match self {
            Host::Only03 | Host::Newest03 => "0.3",
            _ => "0.2",
        }
    }
}

/// The standard input of a program.
#[derive(Clone, Copy, Debug)]
pub enum Stdin {
    /// The null device.
    Null,
    /// A pipe with this text, all at once.
    Pipe(&'static str),
    /// A regular file with this text.
    File(&'static str),
    /// A pipe with so many bytes of a pattern.
    Large(usize),
    /// A file with so many bytes of a pattern.
    LargeFile(usize),
    /// A pipe whose writer sleeps so many milliseconds before each part and before it closes.
    Slow(u64, &'static [&'static str]),
    /// The same, but it begins when the program has printed something.
    SlowOnceReady(u64, &'static [&'static str]),
    /// A pipe that says nothing and stays open until the program has ended.
    Silent,
}

/// Who takes the program's standard output.
#[derive(Clone, Copy, Debug)]
pub enum Stdout {
    /// A reader that reads all.
    Pipe,
    /// One pipe for standard output and standard error: the order between them counts.
    Shared,
    /// A reader that goes away after so many bytes.
    Closed(usize),
    /// A reader that reads 4 KiB, sleeps a millisecond, and so on.
    Slow,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub stdout: Vec<u8>,
    pub stderr: String,
    pub code: Option<i32>,
}

pub fn pattern(n: usize) -> Vec<u8> {
    (0..n).map(|i| (i ^ (i >> 8).wrapping_mul(31)) as u8).collect()
}

/// Runs a command to its end, or until the time limit.
pub fn run(command: Command, stdin: Stdin, stdout: Stdout) -> Outcome {
    run_watched(command, stdin, stdout, |_| ())
}

/// The same; `first_line` gets the first line of the output as soon as it is there.
pub fn run_watched(
    mut command: Command,
    stdin: Stdin,
    stdout: Stdout,
    first_line: impl FnOnce(&str) + Send + 'static,
) -> Outcome {
    let mut scratch = None;
    command.stdin(match stdin {
        Stdin::Null => Stdio::null(),
        Stdin::File(_) | Stdin::LargeFile(_) => {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            match stdin {
                Stdin::File(text) => file.write_all(text.as_bytes()).unwrap(),
                Stdin::LargeFile(n) => file.write_all(&pattern(n)).unwrap(),
                _ => unreachable!(),
            }
            let input = fs::File::open(file.path()).unwrap();
            scratch = Some(file);
            input.into()
        }
        _ => Stdio::piped(),
    });
    let (mut shared, out) = match stdout {
        Stdout::Shared => {
            let (reader, writer) = std::io::pipe().unwrap();
            command.stderr(writer.try_clone().unwrap());
            (Some(reader), Stdio::from(writer))
        }
        _ => {
            command.stderr(Stdio::piped());
            (None, Stdio::piped())
        }
    };
    command.stdout(out);
    let mut child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let what = format!("{command:?}");
    // Its ends of the shared pipe must close with the child.
    drop(command);

    let (printed, first_output) = mpsc::channel::<()>();
    let silent = child.stdin.take().map(|mut pipe| {
        let (hold, release) = mpsc::channel::<()>();
        let writer = thread::spawn(move || {
            // The program may end without having read: then writing fails, which is its right.
            match stdin {
                Stdin::Pipe(text) => drop(pipe.write_all(text.as_bytes())),
                Stdin::Large(n) => drop(pipe.write_all(&pattern(n))),
                Stdin::Slow(ms, parts) | Stdin::SlowOnceReady(ms, parts) => {
                    if let Stdin::SlowOnceReady(..) = stdin {
                        let _ = first_output.recv();
                    }
                    for part in parts {
                        thread::sleep(Duration::from_millis(ms));
                        let _ = pipe.write_all(part.as_bytes());
                        let _ = pipe.flush();
                    }
                    thread::sleep(Duration::from_millis(ms));
                }
                Stdin::Silent => drop(release.recv()),
                _ => unreachable!(),
            }
        });
        (hold, writer)
    });
    let out = child.stdout.take();
    let out = thread::spawn(move || {
        let mut all = vec![];
        match (stdout, out) {
            (Stdout::Shared, _) => drop(shared.take().unwrap().read_to_end(&mut all)),
            (Stdout::Closed(n), Some(out)) => drop(out.take(n as u64).read_to_end(&mut all)),
            (Stdout::Slow, Some(mut out)) => {
                let mut part = [0; 4096];
                while let Ok(n @ 1..) = out.read(&mut part) {
                    all.extend(&part[..n]);
                    thread::sleep(Duration::from_millis(1));
                }
            }
            (_, Some(out)) => {
                let mut out = BufReader::new(out);
                if let Ok([_, ..]) = out.fill_buf() {
                    let _ = printed.send(());
                    let _ = out.read_until(b'\n', &mut all);
                    first_line(&String::from_utf8_lossy(&all));
                    let _ = out.read_to_end(&mut all);
                }
            }
            _ => unreachable!(),
        }
        all
    });
    let err = child.stderr.take();
    let err = thread::spawn(move || {
        let mut all = vec![];
        if let Some(mut err) = err {
            let _ = err.read_to_end(&mut all);
        }
        String::from_utf8_lossy(&all).into_owned()
    });
    let code = wait(&mut child, &what);
    if let Some((hold, writer)) = silent {
        drop(hold);
        writer.join().unwrap();
    }
    drop(scratch);
    Outcome { stdout: out.join().unwrap(), stderr: err.join().unwrap(), code }
}

fn wait(child: &mut Child, what: &str) -> Option<i32> {
    let start = std::time::Instant::now();
    let limit = Duration::from_secs(TIME_LIMIT.load(Ordering::Relaxed));
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if start.elapsed() > limit {
            let _ = child.kill();
            let _ = child.wait();
            panic!("still running after {limit:?}: {what}");
        }
        thread::sleep(Duration::from_millis(3));
    }
}

/// The arguments and rights of a program that is run.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    pub dirs: &'a [(PathBuf, &'a str)],
    pub env: &'a [(&'a str, &'a str)],
    pub args: &'a [&'a str],
    pub stdin: Stdin,
    pub stdout: Stdout,
    /// Whether it may use the network, and look up names.
    pub network: bool,
}

impl Run<'_> {
    /// Runs a component on a host of one generation.
    pub fn on(&self, host: Host, component: &Path) -> Outcome {
        self.watched(host, component, |_| ())
    }

    /// The same; `first_line` gets the first line of the output as soon as it is there.
    pub fn watched(&self, host: Host, component: &Path, first_line: impl FnOnce(&str) + Send + 'static) -> Outcome {
        let command = if host.is_stock() { self.stock(host, component) } else { self.bundled(host, component) };
        let mut outcome = run_watched(command, self.stdin, self.stdout, first_line);
        if host.is_stock() {
            // The report of a trap as the bundled hosts begin it, and one code for all of them:
            // `wasmtime` tells those of the host from those of the program.
            outcome.stderr = outcome.stderr.replacen("Error: ", "error: ", 1);
            outcome.code = outcome.code.map(|code| if code == 134 { 1 } else { code });
        }
        outcome
    }

    /// `wasmtime run`.
    fn stock(&self, host: Host, component: &Path) -> Command {
        let mut command = Command::new(toolchains::wasmtime(toolchains::Release::Newest));
        command.arg("run");
        match host {
            Host::Newest02 => command.args(["-W", "component-model-async=n", "-S", "p3=n"]),
            _ => command.args(["-W", "component-model-async", "-S", "p3"]),
        };
        command.args(["-S", "http"]);
        for (path, guest) in self.dirs {
            command.arg("--dir").arg(format!("{}::{guest}", path.display()));
        }
        for (name, value) in self.env {
            command.arg("--env").arg(format!("{name}={value}"));
        }
        if self.network {
            command.args(["-S", "inherit-network,allow-ip-name-lookup"]);
        }
        command.arg(component).args(self.args);
        command
    }

    /// `wasi-shim run`.
    fn bundled(&self, host: Host, component: &Path) -> Command {
        let mut command = shim();
        command.args(["run", "--host", host.name()]);
        for (path, guest) in self.dirs {
            command.arg("--dir").arg(format!("{}::{guest}", path.display()));
        }
        for (name, value) in self.env {
            command.arg("--env").arg(format!("{name}={value}"));
        }
        if self.network {
            command.args(["--inherit-network", "--allow-ip-name-lookup", "--allow-http"]);
        }
        command.arg(component).args(self.args);
        // The host's own variables must not show.
        command.env("WASI_SHIM_TEST_OUTSIDE", "visible");
        command
    }
}

/// The same without the network.
pub fn run_on(
    host: Host,
    component: &Path,
    dirs: &[(PathBuf, &str)],
    env: &[(&str, &str)],
    args: &[&str],
    stdin: Stdin,
    stdout: Stdout,
) -> Outcome {
    Run { dirs, env, args, stdin, stdout, network: false }.on(host, component)
}

/// A directory for a program to work in: `given/` holds a few files with a date of their own.
pub fn prepare(dir: &Path) {
    let given = dir.join("given");
    fs::create_dir_all(given.join("sub")).unwrap();
    fs::write(given.join("lines"), "one\ntwo\nthree\n").unwrap();
    fs::write(given.join("binary"), pattern(1000)).unwrap();
    fs::write(given.join("sub/file"), "").unwrap();
    std::os::unix::fs::symlink("lines", given.join("link")).unwrap();
    let date = SystemTime::UNIX_EPOCH + Duration::new(1_500_000_000, 250_000_000);
    fs::File::options().write(true).open(given.join("lines")).unwrap().set_modified(date).unwrap();
}

/// The properties of a file or directory that are compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    Directory { mode: u32 },
    Link { target: PathBuf },
    File { content: Vec<u8>, mode: u32, links: u64, set_to: Option<SystemTime> },
    Other,
}

/// Everything below a directory. Of times only those that were set to the past count.
pub fn snapshot(dir: &Path) -> BTreeMap<PathBuf, Entry> {
    use std::os::unix::fs::MetadataExt;
    fn walk(root: &Path, dir: &Path, all: &mut BTreeMap<PathBuf, Entry>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            let what = if meta.is_symlink() {
                Entry::Link { target: fs::read_link(&path).unwrap() }
            } else if meta.is_dir() {
                walk(root, &path, all);
                Entry::Directory { mode: meta.mode() }
            } else if meta.is_file() {
                let modified = meta.modified().unwrap();
                let old = modified < SystemTime::now() - Duration::from_secs(86_400);
                Entry::File {
                    content: fs::read(&path).unwrap(),
                    mode: meta.mode(),
                    links: meta.nlink(),
                    set_to: old.then_some(modified),
                }
            } else {
                Entry::Other
            };
            all.insert(path.strip_prefix(root).unwrap().to_path_buf(), what);
        }
    }
    let mut all = BTreeMap::new();
    walk(dir, dir, &mut all);
    all
}

/// Bytes as a person can read them in a failure: text, cut in the middle when long.
pub fn readable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.len() < 4000 {
        return text.into_owned();
    }
    let head: String = text.chars().take(600).collect();
    format!("{head} … ({} bytes in all)", bytes.len())
}
