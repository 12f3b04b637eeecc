//! One case on one host, in a process of its own.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::case::{Case, Request, Step, Stream};
use super::client::{self, Answer};
use super::files::{Entry, copy, snapshot};
use super::hosts::{Given, Host, Said};
use super::process::{End, Input, Process};

/// The observations of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    pub end: Ended,
    pub stdout: Vec<u8>,
    /// Without the host's messages.
    pub stderr: Vec<u8>,
    /// The responses to the requests, or that there was none.
    pub answers: Vec<(Request, Option<Answer>)>,
    /// The contents of the directories, by the program's paths.
    pub files: BTreeMap<String, Entry>,
    /// The differences from the case while it ran.
    pub failures: Vec<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// With an exit status.
    Status(i32),
    /// By a trap, and why.
    Trap(String),
    /// The process of the host was ended by a signal.
    Signal(i32),
    /// The run took longer than its time limit.
    Late(Duration),
    /// The program printed more than the limit.
    Flood,
    /// A service: it was stopped when all was asked.
    Stopped,
}

/// Why a run did not begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The host says that it cannot.
    Lacks(String),
    /// A failure of this machine.
    Broken(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Broken(error.to_string())
    }
}

/// The time for a service to end when it is asked to.
const GRACE: Duration = Duration::from_secs(15);

/// A component in the form for one host.
pub struct Program<'a> {
    pub host: &'a Host,
    /// The form that [`Host::prepare`] made.
    pub path: &'a Path,
    /// Its name for itself.
    pub name: &'a str,
    /// Whether it is served.
    pub is_service: bool,
    /// Whether it is a core module.
    pub is_module: bool,
}

impl Program<'_> {
    /// Runs the component as `case` says, for at most `limit`.
    pub fn run(&self, case: &Case, limit: Duration) -> Result<Observation, Failure> {
        let scratch = tempfile::tempdir_in(self.path.parent().unwrap_or(Path::new("")))?;
        let mut dirs: Vec<(PathBuf, String)> = Vec::new();
        for (index, dir) in case.dirs.iter().enumerate() {
            let path = scratch.path().join(format!("dir-{index}"));
            std::fs::create_dir(&path)?;
            if let Some(content) = &dir.content {
                let named = |error| Failure::Broken(format!("`{}` cannot be copied: {error}", content.display()));
                copy(content, &path).map_err(named)?;
            }
            dirs.push((path, dir.guest.clone()));
        }
        let mut servers = Vec::new();
        let mut hidden = Hidden::default();
        let mut env = case.env.clone();
        for server in &case.servers {
            let running = server.start()?;
            env.push((server.variable(), running.address.to_string()));
            hidden.0.push((running.address.to_string(), format!("${{server:{}}}", server.name)));
            servers.push(running);
        }
        let args: Vec<String> = case.args.iter().map(|arg| hidden.fill_in(arg)).collect();

        let given = Given {
            args: &args,
            env: &env,
            dirs: &dirs,
            network: case.network,
            http: case.http,
            is_module: self.is_module,
        };
        let command = self.host.command(self.path, self.name, self.is_service, &given)?;
        // Input that is known beforehand is there from the beginning: programs may look how soon it
        // comes.
        let (input, steps) = match case.steps.as_slice() {
            [Step::Write(bytes)] => {
                let file = scratch.path().join("stdin");
                fs::write(&file, bytes)?;
                (Input::File(File::open(file)?), [].as_slice())
            }
            steps if steps.iter().any(|step| matches!(step, Step::Write(_))) => (Input::Pipe, steps),
            steps => (Input::Nothing, steps),
        };
        let mut process = Process::start(command, input, limit)?;
        let mut talk = Talk { process: &process, address: None, printed: [0, 0], connections: BTreeMap::new() };
        let mut failures = Vec::new();
        let mut answers = Vec::new();
        let is_up = !self.is_service || talk.find_service(self.host.announces_on());
        if is_up {
            for step in steps {
                let result = match step {
                    Step::Request(request) => {
                        answers.push((request.clone(), talk.request(request)));
                        Ok(())
                    }
                    step => talk.take(step, &mut hidden),
                };
                if let Err(failure) = result {
                    failures.push(failure);
                    break;
                }
            }
        }
        if self.is_service {
            process.interrupt();
            process.deadline = process.deadline.min(Instant::now() + GRACE);
        }
        let (stdout, stderr) = (process.stdout.clone(), process.stderr.clone());
        let end = process.wait()?;
        drop(servers);

        let (stderr, said) = self.host.said(self.path, end, &stderr.bytes());
        let end = match (said, end) {
            (Said::Cannot(reason), _) => return Err(Failure::Lacks(reason)),
            (_, End::Signal(signal)) => Ended::Signal(signal),
            (_, End::Late) if !self.is_service => Ended::Late(limit),
            (_, End::Flood) => Ended::Flood,
            _ if self.is_service && is_up => Ended::Stopped,
            (Said::Trap(why), _) => Ended::Trap(why),
            (Said::Nothing, End::Status(status)) => Ended::Status(status),
            (Said::Nothing, End::Late) => Ended::Late(limit),
        };
        let mut files = BTreeMap::new();
        for (path, guest) in &dirs {
            let below = |name: String| format!("{}/{name}", guest.trim_end_matches('/'));
            files.extend(snapshot(path).into_iter().map(|(name, entry)| (below(name), entry)));
        }
        for answer in answers.iter_mut().filter_map(|(_, answer)| answer.as_mut()) {
            answer.body = hidden.hide(std::mem::take(&mut answer.body));
            if self.host.made(answer) {
                // Every server words this response in its own way.
                (answer.headers, answer.body) = (Vec::new(), Vec::new());
            }
        }
        let (stdout, stderr) = (hidden.hide(stdout.bytes()), hidden.hide(stderr));
        Ok(Observation { end, stdout, stderr, answers, files, failures })
    }
}

/// Addresses, which differ from run to run, and their placeholders.
#[derive(Default)]
struct Hidden(Vec<(String, String)>);

impl Hidden {
    fn fill_in(&self, text: &str) -> String {
        self.0.iter().fold(text.to_string(), |text, (address, name)| text.replace(name, address))
    }

    fn hide(&self, bytes: Vec<u8>) -> Vec<u8> {
        // Bytes that are not text stay as they are unless there is something to hide.
        if self.0.is_empty() {
            return bytes;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        self.0.iter().fold(text, |text, (address, name)| text.replace(address, name)).into_bytes()
    }
}

/// The dialogue with a running program.
struct Talk<'p> {
    process: &'p Process,
    /// The address of the service.
    address: Option<SocketAddr>,
    /// The number of bytes of standard output and standard error that steps have read.
    printed: [usize; 2],
    connections: BTreeMap<String, TcpStream>,
}

impl Talk<'_> {
    /// Waits for the address of a service; answers whether it came.
    fn find_service(&mut self, stream: Stream) -> bool {
        let text = self.output(stream).wait_until(self.process.deadline, |bytes| address(bytes).is_some());
        self.address = address(&text);
        self.address.is_some()
    }

    fn request(&self, request: &Request) -> Option<Answer> {
        client::send(request, self.address?, self.process.deadline).ok()
    }

    fn take(&mut self, step: &Step, hidden: &mut Hidden) -> Result<(), String> {
        let deadline = self.process.deadline;
        match step {
            Step::Request(_) => {}
            Step::Write(bytes) => self.process.write(bytes.clone()),
            Step::Read(stream, expected) => {
                let from = self.printed[*stream as usize];
                let to = from + expected.len();
                let all = self.output(*stream).wait_until(deadline, |bytes| bytes.len() >= to);
                let found = &all[from.min(all.len())..to.min(all.len())];
                if found != expected {
                    let [expected, found] = [expected, found].map(super::compare::quoted);
                    return Err(format!("{}: expected {expected}, found {found}", stream.name()));
                }
                self.printed[*stream as usize] = to;
            }
            Step::Connect(id) => {
                let from = self.printed[0];
                let all =
                    self.process.stdout.wait_until(deadline, |bytes| bytes[from.min(bytes.len())..].contains(&b'\n'));
                let line = all[from.min(all.len())..].split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
                self.printed[0] += line.len();
                let line = String::from_utf8_lossy(line).trim().to_string();
                let no_address = |_| {
                    format!("standard output: expected HOST:PORT, found {}", super::compare::quoted(line.as_bytes()))
                };
                let address: SocketAddr = line.parse().map_err(no_address)?;
                let connection = TcpStream::connect_timeout(&address, left(deadline));
                hidden.0.push((line, format!("${{address:{id}}}")));
                let connection = connection.map_err(|error| format!("cannot connect to it: {error}"))?;
                self.connections.insert(id.clone(), connection);
            }
            Step::Send(id, bytes) => {
                let sent = self.connection(id).and_then(|mut connection| connection.write_all(bytes));
                sent.map_err(|error| format!("cannot send to it: {error}"))?;
            }
            Step::Receive(id, expected) => {
                let mut found = vec![0; expected.len()];
                let mut filled = 0;
                let result = self.connection(id).and_then(|mut connection| {
                    while filled < found.len() {
                        match connection.read(&mut found[filled..])? {
                            0 => break,
                            count => filled += count,
                        }
                    }
                    Ok(())
                });
                if result.is_err() || found[..filled] != **expected {
                    let [expected, found] = [expected, &found[..filled]].map(super::compare::quoted);
                    return Err(format!("connection `{id}`: expected {expected}, found {found}"));
                }
            }
        }
        Ok(())
    }

    fn output(&self, stream: Stream) -> &super::process::Output {
        match stream {
            Stream::Stdout => &self.process.stdout,
            Stream::Stderr => &self.process.stderr,
        }
    }

    fn connection(&self, id: &str) -> io::Result<&TcpStream> {
        let connection = self.connections.get(id).ok_or(io::ErrorKind::NotConnected)?;
        connection.set_read_timeout(Some(left(self.process.deadline)))?;
        connection.set_write_timeout(Some(left(self.process.deadline)))?;
        Ok(connection)
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}

/// The address in `http://127.0.0.1:8080/` and the like, once the line is complete.
fn address(bytes: &[u8]) -> Option<SocketAddr> {
    let text = String::from_utf8_lossy(bytes);
    let (_, rest) = text.split_once("http://")?;
    let end = rest.find(['/', ' ', '\n', '\r'])?;
    rest[..end].parse().ok()
}
