//! One program, run in two forms: natively on a host of one generation, and wrapped on hosts of the
//! other. What it prints, returns and leaves in its directories must be the same.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wasi_shim_hosts::Capture;

use super::peers::{Client, Peer};
use super::{
    Entry, Host, Outcome, Run, Stdin, Stdout, in_process, prepare, readable, snapshot, toolchains, wrapped_with,
};

/// One run of one program.
#[derive(Clone)]
pub struct Case {
    /// Where it runs as it is.
    native: Host,
    pub component: PathBuf,
    pub args: &'static [&'static str],
    pub env: &'static [(&'static str, &'static str)],
    pub stdin: Stdin,
    pub stdout: Stdout,
    /// Where the program sees its directories; each is prepared afresh for each run.
    dirs: &'static [&'static str],
    /// A directory of the machine, behind the others: path there, and where the program sees it.
    machine: Option<(&'static str, &'static str)>,
    /// How the program ends on both hosts.
    ends: Ends,
    /// The known difference, and why it is inherent.
    differs: Option<Differs>,
    /// The same, on an engine that predates 0.3 alone.
    differs_on_older: Option<Differs>,
    /// Whether it needs a process of its own only for pipes that matter.
    in_process: bool,
    /// Whether it may use the network.
    network: bool,
    /// Makes the server that it talks to, a new one for each run.
    peer: Option<fn() -> Peer>,
    /// Talks to the program, which serves.
    client: Option<Client>,
    /// The options of `wrap` besides the generation.
    options: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq)]
enum Ends {
    Code(i32),
    Trap,
}

/// A difference that cannot be removed. It is asserted as it is, not skipped.
#[derive(Clone, Copy)]
struct Differs {
    because: &'static str,
    /// Takes what may differ out of a native and a wrapped result, after it has checked it.
    check: fn(native: &mut Seen, wrapped: &mut Seen),
}

/// All that is compared.
#[derive(Debug, PartialEq)]
pub struct Seen {
    pub outcome: Outcome,
    pub files: Vec<BTreeMap<PathBuf, Entry>>,
    /// The logs of the peers that it talked to.
    pub peers: String,
}

impl Seen {
    pub fn stdout(&self) -> &str {
        std::str::from_utf8(&self.outcome.stdout).expect("text")
    }
}

impl Case {
    pub fn new(native: Host, fixture: &'static str, args: &'static [&'static str]) -> Case {
        Case::of(native, &super::fixture(fixture), args)
    }
    /// Of a component that is not among the fixtures.
    pub fn of(native: Host, component: &Path, args: &'static [&'static str]) -> Case {
        Case {
            native,
            component: component.to_path_buf(),
            args,
            env: &[],
            stdin: Stdin::Null,
            stdout: Stdout::Pipe,
            dirs: &[],
            machine: None,
            ends: Ends::Code(0),
            differs: None,
            differs_on_older: None,
            in_process: false,
            network: false,
            peer: None,
            client: None,
            options: &[],
        }
    }
    pub fn env(self, env: &'static [(&'static str, &'static str)]) -> Self {
        Case { env, ..self }
    }
    pub fn stdin(self, stdin: Stdin) -> Self {
        Case { stdin, ..self }
    }
    pub fn stdout(self, stdout: Stdout) -> Self {
        Case { stdout, ..self }
    }
    pub fn dirs(self, dirs: &'static [&'static str]) -> Self {
        Case { dirs, ..self }
    }
    pub fn machine(self, path: &'static str, guest: &'static str) -> Self {
        Case { machine: Some((path, guest)), ..self }
    }
    pub fn code(self, code: i32) -> Self {
        Case { ends: Ends::Code(code), ..self }
    }
    pub fn traps(self) -> Self {
        Case { ends: Ends::Trap, ..self }
    }
    pub fn differs(self, because: &'static str, check: fn(&mut Seen, &mut Seen)) -> Self {
        Case { differs: Some(Differs { because, check }), ..self }
    }
    pub fn differs_on_older(self, because: &'static str, check: fn(&mut Seen, &mut Seen)) -> Self {
        Case { differs_on_older: Some(Differs { because, check }), ..self }
    }
    /// Runs within the test, where a program is compiled only once, unless its standard input is a
    /// pipe or its output one that closes. A slow reader is then one that holds up writes for sure,
    /// as no pipe's does.
    pub fn in_process(self) -> Self {
        Case { in_process: true, ..self }
    }

    /// May use the network.
    pub fn network(self) -> Self {
        Case { network: true, ..self }
    }
    /// Talks to a server, whose address stands for `{peer}` in its arguments.
    pub fn peer(self, peer: fn() -> Peer) -> Self {
        Case { peer: Some(peer), ..self.network() }
    }
    /// Serves a client. It says where in its first line, `at ADDRESS`, which is then taken out of
    /// its output.
    pub fn client(self, client: Client) -> Self {
        Case { client: Some(client), ..self.network() }
    }

    /// Runs the program, wrapped for each of the hosts of `way` one after the other, on the last of
    /// them.
    pub fn run(&self, way: &[Host]) -> Seen {
        let scratch = tempfile::tempdir().unwrap();
        let mut dirs: Vec<(PathBuf, &str)> =
            (self.dirs.iter().enumerate()).map(|(i, guest)| (scratch.path().join(format!("{i}")), *guest)).collect();
        for (path, _) in &dirs {
            fs::create_dir(path).unwrap();
            prepare(path);
        }
        let own = dirs.len();
        dirs.extend(self.machine.map(|(path, guest)| (PathBuf::from(path), guest)));
        let component =
            way.iter().fold(self.component.clone(), |component, host| wrapped_with(self.options, *host, &component));
        let host = *way.last().unwrap_or(&self.native);
        let peer = self.peer.map(|peer| peer());
        let address = peer.as_ref().map(|peer| peer.address.to_string()).unwrap_or_default();
        let args: Vec<String> = self.args.iter().map(|arg| arg.replace("{peer}", &address)).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let (mut outcome, client) = self.execute(host, &component, &dirs, &args);
        let peers = peer.map(|peer| peer.log()).unwrap_or_default() + &client;
        match self.ends {
            Ends::Code(code) => assert_eq!(
                outcome.code,
                Some(host.exit_code(code)),
                "on the host of {}: {}\n{}",
                host.name(),
                outcome.stderr,
                readable(&outcome.stdout)
            ),
            Ends::Trap => {
                // Behind the program's own words stands the host's report, which is its own affair.
                let at = outcome.stderr.find("error: ").unwrap_or_else(|| {
                    panic!("no trap on the host of {}: {outcome:?}", host.name());
                });
                outcome.stderr.truncate(at);
                assert_ne!(outcome.code, Some(0));
            }
        }
        Seen { outcome, files: dirs[..own].iter().map(|(path, _)| snapshot(path)).collect(), peers }
    }

    /// How the program ended, and what its client has seen.
    fn execute(&self, host: Host, component: &Path, dirs: &[(PathBuf, &str)], args: &[&str]) -> (Outcome, String) {
        let Case { env, stdin, stdout, network, .. } = *self;
        let run = Run { dirs, env, args, stdin, stdout, network };
        if let Some(client) = self.client.filter(|_| host.is_stock()) {
            let (seen, saw) = mpsc::channel();
            let outcome = run.watched(host, component, move |line| seen.send(client(address(line))).unwrap());
            return (without_address(outcome), saw.recv().unwrap());
        }
        if self.in_process
            && !host.is_stock()
            && let Some(input) = in_process::input(self.stdin)
            && !matches!(self.stdout, Stdout::Closed(_))
        {
            let mut served = None;
            let outcome = in_process::run_on(host, component, run, input, |output| {
                served = self.client.map(|client| serve(output, client));
            });
            let Some(served) = served else { return (outcome, String::new()) };
            return (without_address(outcome), served.join().unwrap());
        }
        assert!(self.client.is_none(), "programs that serve run in the process");
        (run.on(host, component), String::new())
    }

    /// Runs natively, and wrapped as in [`Case::run`], and compares.
    pub fn holds(&self, way: &[Host]) {
        let mut native = self.run(&[]);
        let mut wrapped = self.run(way);
        let older = way.last().is_some_and(|host| host.is_older());
        let on_older = self.differs_on_older.iter().filter(|_| older);
        for differs in self.differs.iter().chain(on_older) {
            println!("known to differ: {}", differs.because);
            (differs.check)(&mut native, &mut wrapped);
        }
        let (n, w) = (&native.outcome, &wrapped.outcome);
        assert!(
            n.stdout == w.stdout,
            "standard output differs\n--- native\n{}\n--- wrapped\n{}",
            readable(&n.stdout),
            readable(&w.stdout)
        );
        assert!(n.stderr == w.stderr, "standard error differs\n--- native\n{}\n--- wrapped\n{}", n.stderr, w.stderr);
        assert!(native.peers == wrapped.peers, "peers\n--- native\n{}\n--- wrapped\n{}", native.peers, wrapped.peers);
        // How it ends otherwise is looked at after each run.
        if self.ends == Ends::Trap {
            assert_eq!(n.code, w.code, "the exit codes differ");
        }
        for (dir, (n, w)) in self.dirs.iter().zip(native.files.iter().zip(&wrapped.files)) {
            let names = |all: &BTreeMap<PathBuf, Entry>| all.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(n), names(w), "{dir} has other names");
            for (name, entry) in n {
                assert!(*entry == w[name], "{dir}/{} differs: {entry:?}\n{:?}", name.display(), w[name]);
            }
        }
    }

    /// Also fixes what the program says, so that equal nonsense on both hosts is no success.
    pub fn says(&self, way: &[Host], stdout: &str) {
        let native = self.run(&[]);
        assert_eq!(String::from_utf8_lossy(&native.outcome.stdout), stdout, "natively");
        self.holds(way);
    }
}

/// Runs all these natively and wrapped on the newest `wasmtime`, but for those that are `known` to
/// differ there, and why.
pub fn hold_on_the_newest(cases: Vec<(&str, Case)>, known: &[(&str, &str)]) {
    if !toolchains::asked() {
        return;
    }
    let count = cases.len();
    let mut failed = Vec::new();
    for (name, mut case) in cases {
        if let Some((_, why)) = known.iter().find(|(known, _)| *known == name) {
            println!("{name} is left out: {why}");
            continue;
        }
        println!("{name}");
        let way = match case.native.generation() {
            "0.2" => Host::Newest03,
            _ => Host::Newest02,
        };
        case.native = case.native.newest();
        if catch_unwind(AssertUnwindSafe(|| case.holds(&[way]))).is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "{} of {count} differ: {failed:#?}", failed.len());
}

/// Runs some of these natively and wrapped, with the adapter beside the program.
pub fn hold_composed(cases: Vec<(&str, Case)>) {
    const EVERY: usize = 5;
    for (name, case) in cases.into_iter().step_by(EVERY) {
        println!("{name}");
        let way = match case.native.generation() {
            "0.2" => Host::Only03,
            _ => Host::Only02,
        };
        Case { options: &["--link", "composed"], ..case }.holds(&[way]);
    }
}

/// Where a program says that it serves.
fn address(line: &str) -> SocketAddr {
    line.trim_end().strip_prefix("at ").and_then(|address| address.parse().ok()).expect(line)
}

/// The outcome without that line.
fn without_address(mut outcome: Outcome) -> Outcome {
    let line = outcome.stdout.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    outcome.stdout.drain(..line);
    outcome
}

/// Runs a client when the program has said where it serves.
fn serve(output: Capture, client: Client) -> JoinHandle<String> {
    thread::spawn(move || {
        for _ in 0..6000 {
            let text = String::from_utf8_lossy(&output.contents()).into_owned();
            if let Some((line, _)) = text.split_once('\n') {
                return client(address(line));
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("the program does not say where it serves");
    })
}
