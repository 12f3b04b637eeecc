//! Case files in wasi-shim's own format: `app.toml` beside `app.wasm`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::case::{Case, Dir, Exit, Request, Response, Step};
use super::case_error::{CaseError, Problem};
use super::origin::Server;

/// A case as it is written. The one at the top of the file has the keys that all cases share.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    name: Option<String>,
    args: Option<Vec<String>>,
    env: Option<BTreeMap<String, String>>,
    stdin: Option<Content>,
    dirs: Option<Vec<String>>,
    network: Option<bool>,
    http: Option<bool>,
    exit: Option<Ending>,
    stdout: Option<Content>,
    stderr: Option<Content>,
    time_limit: Option<u32>,
    request: Option<Vec<RequestTable>>,
    server: Option<Vec<Server>>,
    case: Option<Vec<Table>>,
}

/// Bytes: as text, or in a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "expected a text, or a table with a `file`")]
enum Content {
    Text(String),
    File(FileTable),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTable {
    file: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "expected an exit status or \"trap\"")]
enum Ending {
    Status(i32),
    Named(Named),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Named {
    Trap,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestTable {
    #[serde(default = "get")]
    method: String,
    #[serde(default = "root")]
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Content>,
    #[serde(default)]
    expect: ResponseTable,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResponseTable {
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Content>,
}

fn get() -> String {
    "GET".into()
}

fn root() -> String {
    "/".into()
}

/// The cases that `text`, the file at `path`, holds.
pub fn cases(path: &Path, text: &str) -> Result<Vec<Case>, CaseError> {
    let mut shared: Table = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        CaseError::new(path, line, Problem::Syntax(error.message().to_string()))
    })?;
    let file = File { path };
    let Some(tables) = shared.case.take() else { return Ok(vec![file.case(shared)?]) };
    if let Some(name) = &shared.name {
        let found = format!("`{name}` for all of them");
        return Err(file.value("name", "one in each `[[case]]`", found));
    }
    let mut cases: Vec<Case> = Vec::new();
    for (index, table) in tables.into_iter().enumerate() {
        if table.case.is_some() {
            return Err(file.value("case", "one level of cases", "cases in a case".into()));
        }
        let mut case = file.case(table.or(&shared))?;
        if case.name.is_empty() {
            case.name = if case.args.is_empty() { format!("{}", index + 1) } else { case.args.join(" ") };
        }
        if cases.iter().any(|other| other.name == case.name) {
            let found = format!("`{}` again", case.name);
            return Err(file.value("name", "a name of its own for each case", found));
        }
        cases.push(case);
    }
    if cases.is_empty() { Err(file.value("case", "at least one", "none".into())) } else { Ok(cases) }
}

impl Table {
    /// This case, with the keys of `shared` that it does not have.
    fn or(self, shared: &Table) -> Table {
        let shared = shared.clone();
        Table {
            name: self.name,
            args: self.args.or(shared.args),
            env: self.env.or(shared.env),
            stdin: self.stdin.or(shared.stdin),
            dirs: self.dirs.or(shared.dirs),
            network: self.network.or(shared.network),
            http: self.http.or(shared.http),
            exit: self.exit.or(shared.exit),
            stdout: self.stdout.or(shared.stdout),
            stderr: self.stderr.or(shared.stderr),
            time_limit: self.time_limit.or(shared.time_limit),
            request: self.request.or(shared.request),
            server: self.server.or(shared.server),
            case: None,
        }
    }
}

struct File<'p> {
    path: &'p Path,
}

impl File<'_> {
    fn case(&self, table: Table) -> Result<Case, CaseError> {
        let requests = table.request.unwrap_or_default();
        let for_commands = [
            ("exit", table.exit.is_some()),
            ("args", table.args.is_some()),
            ("stdin", table.stdin.is_some()),
            ("stdout", table.stdout.is_some()),
            ("stderr", table.stderr.is_some()),
        ];
        if let (false, Some((key, _))) = (requests.is_empty(), for_commands.iter().find(|(_, is_there)| *is_there)) {
            return Err(self.value("request", "a service, which has requests alone", format!("`{key}` beside it")));
        }
        let stdin = table.stdin.map(|stdin| self.content(stdin)).transpose()?.map(Step::Write);
        let mut steps = Vec::from_iter(stdin);
        for request in requests {
            steps.push(Step::Request(self.request(request)?));
        }
        let servers = table.server.unwrap_or_default();
        if let Some(wrong) = servers.iter().find_map(|server| server.wrong()) {
            return Err(CaseError::new(self.path, None, wrong));
        }
        Ok(Case {
            name: table.name.unwrap_or_default(),
            args: table.args.unwrap_or_default(),
            env: table.env.unwrap_or_default().into_iter().collect(),
            dirs: table.dirs.unwrap_or_default().iter().map(|dir| self.dir(dir)).collect::<Result<_, _>>()?,
            network: table.network.unwrap_or_default(),
            http: table.http.unwrap_or(!servers.is_empty()),
            servers,
            steps,
            exit: table.exit.map(|exit| match exit {
                Ending::Status(status) => Exit::Status(status),
                Ending::Named(Named::Trap) => Exit::Trap,
            }),
            stdout: table.stdout.map(|stdout| self.content(stdout)).transpose()?,
            stderr: table.stderr.map(|stderr| self.content(stderr)).transpose()?,
            time_limit: table.time_limit.map(|seconds| Duration::from_secs(seconds.into())),
        })
    }

    fn request(&self, table: RequestTable) -> Result<Request, CaseError> {
        let token = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !token(&table.method) {
            return Err(self.value("request.method", "a method such as GET", format!("`{}`", table.method)));
        }
        if !table.path.starts_with('/') || !token(&table.path) {
            return Err(self.value("request.path", "a path that begins with `/`", format!("`{}`", table.path)));
        }
        Ok(Request {
            method: table.method,
            path: table.path,
            headers: table.headers.into_iter().collect(),
            body: table.body.map(|body| self.content(body)).transpose()?.unwrap_or_default(),
            expected: Response {
                status: table.expect.status,
                headers: table.expect.headers.into_iter().collect(),
                body: table.expect.body.map(|body| self.content(body)).transpose()?,
            },
        })
    }

    fn dir(&self, text: &str) -> Result<Dir, CaseError> {
        let (content, guest) = match text.split_once("::") {
            Some((content, guest)) if !guest.is_empty() => (content, guest),
            _ => return Err(self.value("dirs", "HOST::GUEST, or ::GUEST for an empty one", format!("`{text}`"))),
        };
        let content = match content {
            "" => None,
            content => {
                let path = self.beside(content);
                if path.is_dir() {
                    Some(path)
                } else {
                    return Err(self.value("dirs", "a directory", format!("`{}`", path.display())));
                }
            }
        };
        Ok(Dir { content, guest: guest.into() })
    }

    fn content(&self, content: Content) -> Result<Vec<u8>, CaseError> {
        match content {
            Content::Text(text) => Ok(text.into_bytes()),
            Content::File(FileTable { file }) => {
                let file = self.beside(&file);
                fs::read(&file).map_err(|error| {
                    CaseError::new(self.path, None, Problem::Missing { file, because: error.to_string() })
                })
            }
        }
    }

    fn beside(&self, path: &str) -> std::path::PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    fn value(&self, what: &str, expected: &'static str, found: String) -> CaseError {
        CaseError::new(self.path, None, Problem::Value { what: format!("`{what}`"), expected, found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Case>, String> {
        cases(Path::new("some/app.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn cases_share_what_is_at_the_top() {
        let cases = read(
            "env = { A = '1' }\nstdin = 'text'\n[[case]]\nargs = ['a', 'b']\nexit = 3\n\
             [[case]]\nname = 'other'\nstdin = ''\nexit = 'trap'\n",
        )
        .unwrap();
        let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
        assert_eq!(names, ["a b", "other"]);
        assert_eq!(cases[1].env, [("A".to_string(), "1".to_string())]);
        assert_eq!(cases[0].steps, [Step::Write(b"text".to_vec())]);
        assert_eq!(cases[1].steps, [Step::Write(vec![])]);
        assert_eq!((cases[0].exit, cases[1].exit), (Some(Exit::Status(3)), Some(Exit::Trap)));
    }

    #[test]
    fn requests_have_defaults() {
        let cases = read("[[request]]\nexpect.status = 204\n").unwrap();
        let [Step::Request(request)] = &cases[0].steps[..] else { panic!("{cases:?}") };
        assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/"));
        assert_eq!(request.expected.status, Some(204));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, message) in [
            ("args = []\nexpects = 1\n", "some/app.toml:2: unknown field `expects`"),
            ("[[case]]\nexit = 'later'\n", "some/app.toml:2: expected an exit status or \"trap\""),
            ("[[request]]\nstatus = 200\n", "some/app.toml:2: unknown field `status`"),
            ("args = [\n", "some/app.toml:"),
            ("dirs = ['/tmp']\n", "in `dirs`: expected HOST::GUEST"),
            ("dirs = ['nowhere::/']\n", "expected a directory, found `some/nowhere`"),
            ("stdin = { file = 'nothing' }\n", "`some/nothing`, cannot be read"),
            ("exit = 1\n[[request]]\n", "found `exit` beside it"),
            ("[[request]]\npath = 'x'\n", "in `request.path`"),
            ("[[case]]\nname = 'a'\n[[case]]\nname = 'a'\n", "found `a` again"),
            ("[[case]]\n[[case.case]]\n", "one level of cases"),
            ("case = []\n", "at least one"),
            ("[[server]]\nname = 'a b'\n", "letters, digits and `_`"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
