//! Case files of the WASI test suite: `app.json` beside `app.wasm`, in both of its styles.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::case::{Case, Dir, Exit, Request, Response, Step, Stream};
use super::case_error::{CaseError, Problem};
use super::origin::Server;

/// Whether the component at `path` belongs to a checkout of the suite, where a program without a
/// case file has to succeed.
pub fn is_suite(path: &Path) -> bool {
    path.with_file_name("manifest.json").is_file()
}

/// The older style: the input and the output of the program.
#[derive(Debug, Deserialize)]
struct Legacy {
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    root: Option<String>,
    #[serde(default)]
    exit_code: i32,
    stdout: Option<String>,
    stderr: Option<String>,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

/// The style of operations.
#[derive(Debug, Deserialize)]
struct Config {
    operations: Option<Vec<Operation>>,
    #[serde(default)]
    proposals: Vec<String>,
    #[serde(default, rename = "world")]
    _world: Option<World>,
    #[serde(default)]
    servers: Vec<Server>,
    #[serde(default, rename = "debug")]
    _debug: bool,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

/// The kind of the program, which the component itself says, too.
#[derive(Debug, Deserialize)]
enum World {
    #[serde(rename = "wasi:cli/command")]
    Command,
    #[serde(rename = "wasi:http/service")]
    Service,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Operation {
    Run {
        #[serde(default)]
        args: Vec<String>,
        #[serde(default)]
        env: BTreeMap<String, String>,
        root: Option<String>,
    },
    Wait {
        #[serde(default)]
        exit_code: i32,
    },
    Read {
        #[serde(default)]
        id: Output,
        #[serde(default)]
        payload: String,
    },
    Write {
        #[serde(default, rename = "id")]
        _id: Input,
        #[serde(default)]
        payload: String,
    },
    Connect {
        #[serde(default = "server")]
        id: String,
        #[serde(default, rename = "protocol_type")]
        _protocol: Protocol,
    },
    Send {
        id: String,
        #[serde(default)]
        payload: String,
    },
    Recv {
        id: String,
        #[serde(default)]
        payload: String,
    },
    Request {
        #[serde(default = "get")]
        method: String,
        #[serde(default = "root")]
        path: String,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: String,
        #[serde(default)]
        response: Expected,
    },
    /// Ends a server; all servers are ended anyway.
    Kill {
        #[serde(default, rename = "signal")]
        _signal: Option<String>,
    },
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Output {
    #[default]
    Stdout,
    Stderr,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Input {
    #[default]
    Stdin,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Protocol {
    #[default]
    Tcp,
}

#[derive(Debug, Deserialize)]
struct Expected {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

impl Default for Expected {
    fn default() -> Expected {
        Expected { status: ok(), headers: BTreeMap::new(), body: String::new() }
    }
}

fn ok() -> u16 {
    200
}

fn get() -> String {
    "GET".into()
}

fn root() -> String {
    "/".into()
}

fn server() -> String {
    "server".into()
}

/// The case that `text`, the file at `path`, holds. Calls `warn` with keys that nobody knows.
pub fn case(path: &Path, text: &str, warn: &dyn Fn(String)) -> Result<Case, CaseError> {
    let syntax =
        |error: serde_json::Error| CaseError::new(path, Some(error.line()), Problem::Syntax(error.to_string()));
    let value: serde_json::Value = serde_json::from_str(text).map_err(syntax)?;
    let is_new = ["operations", "proposals", "world", "servers"].iter().any(|key| value.get(key).is_some());
    let (case, rest) = if is_new {
        from_operations(path, serde_json::from_str(text).map_err(syntax)?)?
    } else {
        serde_json::from_str(text).map_err(syntax).map(|legacy| from_legacy(path, legacy))?
    };
    for key in rest.keys() {
        warn(format!("{}: nothing is known of `{key}`, which is left out", path.display()));
    }
    Ok(case)
}

type Rest = BTreeMap<String, serde_json::Value>;

fn from_legacy(path: &Path, legacy: Legacy) -> (Case, Rest) {
    let outputs = [(Stream::Stdout, legacy.stdout), (Stream::Stderr, legacy.stderr)];
    let reads = outputs.into_iter().filter_map(|(stream, text)| Some(Step::Read(stream, text?.into_bytes())));
    let case = Case {
        args: legacy.args,
        env: legacy.env.into_iter().collect(),
        dirs: Vec::from_iter(legacy.root.map(|root| dir(path, &root))),
        steps: reads.collect(),
        exit: Some(Exit::Status(legacy.exit_code)),
        ..Case::default()
    };
    (case, legacy.rest)
}

fn from_operations(path: &Path, config: Config) -> Result<(Case, Rest), CaseError> {
    let problem = |what: &str, expected, found: String| {
        CaseError::new(path, None, Problem::Value { what: format!("`{what}`"), expected, found })
    };
    if let Some(wrong) = config.servers.iter().find_map(Server::wrong) {
        return Err(CaseError::new(path, None, wrong));
    }
    let mut case = Case {
        network: config.proposals.iter().any(|proposal| proposal == "sockets"),
        http: config.proposals.iter().any(|proposal| proposal == "http"),
        servers: config.servers,
        exit: Some(Exit::Status(0)),
        ..Case::default()
    };
    let mut runs = 0;
    for operation in config.operations.unwrap_or_else(|| vec![Operation::default_run()]) {
        if runs == 0 && !matches!(operation, Operation::Run { .. }) {
            return Err(problem("operations", "`run` before all others", "another one".into()));
        }
        case.steps.push(match operation {
            Operation::Run { args, env, root } => {
                runs += 1;
                case.args = args;
                case.env = env.into_iter().collect();
                case.dirs.extend(root.map(|root| dir(path, &root)));
                continue;
            }
            Operation::Wait { exit_code } => {
                case.exit = Some(Exit::Status(exit_code));
                continue;
            }
            Operation::Kill { .. } => continue,
            Operation::Read { id: Output::Stdout, payload } => Step::Read(Stream::Stdout, payload.into_bytes()),
            Operation::Read { id: Output::Stderr, payload } => Step::Read(Stream::Stderr, payload.into_bytes()),
            Operation::Write { payload, .. } => Step::Write(payload.into_bytes()),
            Operation::Connect { id, .. } => Step::Connect(id),
            Operation::Send { id, payload } => Step::Send(id, payload.into_bytes()),
            Operation::Recv { id, payload } => Step::Receive(id, payload.into_bytes()),
            Operation::Request { method, path, headers, body, response } => Step::Request(Request {
                method,
                path: if path.starts_with('/') { path } else { format!("/{path}") },
                headers: headers.into_iter().collect(),
                body: body.into_bytes(),
                expected: Response {
                    status: Some(response.status),
                    headers: response.headers.into_iter().collect(),
                    body: Some(response.body.into_bytes()),
                },
            }),
        });
    }
    if runs > 1 {
        return Err(problem("operations", "one `run`", format!("{runs}")));
    }
    let mut connected: Vec<&String> = Vec::new();
    for step in &case.steps {
        match step {
            Step::Connect(id) => connected.push(id),
            Step::Send(id, _) | Step::Receive(id, _) if !connected.contains(&id) => {
                return Err(problem("operations", "a `connect` before it is used", format!("none of `{id}`")));
            }
            _ => {}
        }
    }
    Ok((case, config.rest))
}

impl Operation {
    fn default_run() -> Operation {
        Operation::Run { args: Vec::new(), env: BTreeMap::new(), root: None }
    }
}

fn dir(path: &Path, root: &str) -> Dir {
    Dir { content: Some(path.parent().unwrap_or(Path::new("")).join(root)), guest: "/".into() }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn read(text: &str) -> Result<Case, String> {
        case(Path::new("dir/app.json"), text, &|warning| panic!("{warning}")).map_err(|error| error.to_string())
    }

    #[test]
    fn the_older_style() {
        let case = read(r#"{"args": ["a"], "root": "files", "exit_code": 33, "stdout": "out"}"#).unwrap();
        assert_eq!(case.args, ["a"]);
        assert_eq!(case.dirs, [Dir { content: Some("dir/files".into()), guest: "/".into() }]);
        assert_eq!(case.exit, Some(Exit::Status(33)));
        assert_eq!(case.steps, [Step::Read(Stream::Stdout, b"out".to_vec())]);
        assert_eq!(read("{}").unwrap().exit, Some(Exit::Status(0)));
    }

    #[test]
    fn operations() {
        let case = read(
            r#"{"proposals": ["sockets"], "operations": [
                {"type": "run", "env": {"A": "1"}},
                {"type": "connect", "id": "x"},
                {"type": "send", "id": "x", "payload": "hello"},
                {"type": "recv", "id": "x", "payload": "hello"},
                {"type": "wait", "exit_code": 1}]}"#,
        )
        .unwrap();
        assert!(case.network);
        assert_eq!(case.env, [("A".to_string(), "1".to_string())]);
        assert_eq!(case.steps.len(), 3);
        assert_eq!(case.exit, Some(Exit::Status(1)));
    }

    #[test]
    fn a_service() {
        let case = read(
            r#"{"proposals": ["http"], "world": "wasi:http/service", "servers": [{"name": "main"}], "operations": [
                {"type": "run"}, {"type": "request", "path": "x", "response": {"body": "b"}},
                {"type": "kill", "signal": "SIGINT"}, {"type": "wait"}]}"#,
        )
        .unwrap();
        let [Step::Request(request)] = &case.steps[..] else { panic!("{case:?}") };
        assert_eq!((request.path.as_str(), request.expected.status), ("/x", Some(200)));
        assert_eq!(case.servers[0].name, "main");
    }

    #[test]
    fn mistakes_are_named() {
        for (text, message) in [
            (r#"{"operations": [{"type": "walk"}]}"#, "unknown variant `walk`"),
            (r#"{"operations": [{"type": "wait"}]}"#, "expected `run` before all others"),
            (r#"{"operations": [{"type": "run"}, {"type": "send", "id": "y"}]}"#, "none of `y`"),
            ("{\n\n\"args\": 1}", "app.json:3:"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn unknown_keys_are_told() {
        let told = RefCell::new(Vec::new());
        case(Path::new("app.json"), r#"{"args": [], "later": 1}"#, &|warning| told.borrow_mut().push(warning)).unwrap();
        assert!(told.borrow()[0].contains("`later`"), "{told:?}");
    }
}
