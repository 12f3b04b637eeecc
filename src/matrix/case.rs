//! A case says how to run a component; it is read from the file beside the component.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::case_error::{CaseError, Problem};
use super::origin::Server;
use super::{app_toml, testsuite};

/// One way to run a component, and the expected outcome.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// The name of the case; empty if it is the only one.
    pub name: String,
    /// The arguments after the program's name.
    pub args: Vec<String>,
    /// The environment.
    pub env: Vec<(String, String)>,
    /// Directories to open.
    pub dirs: Vec<Dir>,
    /// Whether the program may use sockets and look up names.
    pub network: bool,
    /// Whether the program may send HTTP requests.
    pub http: bool,
    /// Servers that the program may send requests to.
    pub servers: Vec<Server>,
    /// The steps while the program runs, in order; then its standard input ends.
    pub steps: Vec<Step>,
    /// The expected end.
    pub exit: Option<Exit>,
    /// The expected standard output, all of it.
    pub stdout: Option<Vec<u8>>,
    /// The expected standard error, all of it.
    pub stderr: Option<Vec<u8>>,
    /// The time limit.
    pub time_limit: Option<Duration>,
}

/// A directory that the program may read and write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dir {
    /// The directory whose contents it has at first; `None`: it is empty.
    pub content: Option<PathBuf>,
    /// Its path for the program.
    pub guest: String,
}

/// How a program is expected to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// With this status.
    Status(i32),
    /// By a trap.
    Trap,
}

/// A stream that a program writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    pub fn name(self) -> &'static str {
        match self {
            Stream::Stdout => "standard output",
            Stream::Stderr => "standard error",
        }
    }
}

/// A step while a program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Writes bytes to its standard input.
    Write(Vec<u8>),
    /// Waits until it has printed these bytes, and no others before them.
    Read(Stream, Vec<u8>),
    /// Reads an address, a line of standard output, and connects to it by TCP.
    Connect(String),
    /// Sends on a connection.
    Send(String, Vec<u8>),
    /// Receives these bytes on a connection.
    Receive(String, Vec<u8>),
    /// Sends a request to the service.
    Request(Request),
}

/// A request to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub expected: Response,
}

/// The expected response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    pub status: Option<u16>,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// `GET` of the root, of whose response nothing is known.
    pub fn root() -> Request {
        Request { method: "GET".into(), path: "/".into(), headers: vec![], body: vec![], expected: Response::default() }
    }
}

impl Case {
    /// Whether the case sends requests.
    pub fn has_requests(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Request(_)))
    }
}

/// The cases of the component at `path`: those of `app.toml` or `app.json` beside `app.wasm`, or
/// `None` without such a file. Calls `warn` with what is understood but left out.
pub fn cases(path: &Path, warn: &dyn Fn(String)) -> Result<Option<Vec<Case>>, CaseError> {
    let toml = path.with_extension("toml");
    if toml.is_file() {
        return app_toml::cases(&toml, &text(&toml)?).map(Some);
    }
    let json = path.with_extension("json");
    if json.is_file() {
        return testsuite::case(&json, &text(&json)?, warn).map(|case| Some(vec![case]));
    }
    // In the test suite that is a case, too: success.
    let success = || vec![Case { exit: Some(Exit::Status(0)), ..Case::default() }];
    Ok(testsuite::is_suite(path).then(success))
}

/// The file's text.
pub fn text(path: &Path) -> Result<String, CaseError> {
    fs::read_to_string(path).map_err(|error| CaseError::new(path, None, Problem::Unreadable(error.to_string())))
}
