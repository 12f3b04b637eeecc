//! Servers that programs send requests to, as a case describes them.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde::Deserialize;

use super::case_error::Problem;
use super::wire::{Framing, Message, write_chunks, write_head};

/// A server; its address is in the program's environment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The variable is `HTTP_SERVER_` and this in capitals.
    pub name: String,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    endpoints: Vec<Endpoint>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Listening,
    /// An address where nobody listens.
    Closed,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Endpoint {
    #[serde(default = "get")]
    method: String,
    #[serde(default = "root")]
    path: String,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    response: Reply,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// Always the same response.
    #[default]
    Static,
    /// The body of the request.
    EchoBody,
    /// Request line, headers and trailers of the request as headers.
    EchoHeaders,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected a body, or a table with status, headers, body or chunks, trailers")]
enum Reply {
    Body(String),
    Full(FullReply),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct FullReply {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    chunks: Option<Vec<String>>,
    #[serde(default)]
    trailers: BTreeMap<String, String>,
}

impl Default for Reply {
    fn default() -> Reply {
        Reply::Body(String::new())
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

impl Server {
    /// The mistakes in its description.
    pub fn wrong(&self) -> Option<Problem> {
        let value = |expected, found: &str| {
            Some(Problem::Value { what: format!("the server `{}`", self.name), expected, found: found.into() })
        };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if self.name.is_empty() || !self.name.bytes().all(is_plain) {
            return value("a name of letters, digits and `_`", "others");
        }
        if self.kind == Kind::Closed && !self.endpoints.is_empty() {
            return value("no endpoints, as it is closed", "some");
        }
        let full = self.endpoints.iter().filter_map(|endpoint| match &endpoint.response {
            Reply::Full(full) => Some(full),
            Reply::Body(_) => None,
        });
        for reply in full {
            if reply.chunks.is_some() && !reply.body.is_empty() {
                return value("a body or chunks", "both");
            }
            if reply.chunks.is_none() && !reply.trailers.is_empty() {
                return value("chunks before trailers", "none");
            }
        }
        None
    }

    /// The variable of the environment that holds the address.
    pub fn variable(&self) -> String {
        format!("HTTP_SERVER_{}", self.name.to_ascii_uppercase())
    }

    /// Starts it.
    pub fn start(&self) -> io::Result<Running> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        if self.kind == Kind::Listening {
            let (server, stop) = (Arc::new(self.clone()), stop.clone());
            thread::spawn(move || {
                for connection in listener.incoming() {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let (Ok(connection), server) = (connection, server.clone()) else { continue };
                    // Errors are ignored: the case's subject is what the program makes of a broken
                    // connection.
                    thread::spawn(move || server.answer(&connection));
                }
            });
        }
        Ok(Running { address, stop })
    }

    /// Answers one request, and closes.
    fn answer(&self, connection: &TcpStream) -> io::Result<()> {
        connection.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut reader = BufReader::new(connection);
        let mut request = Message::read_head(&mut reader)?;
        let framing = request.framing(Framing::None);
        if request.header("expect").is_some_and(|expected| expected.eq_ignore_ascii_case("100-continue")) {
            let mut writer = connection;
            write_head(&mut writer, "HTTP/1.1 100 Continue", &[])?;
        }
        request.read_body(&mut reader, framing)?;
        let mut words = request.start.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut endpoints = self.endpoints.iter();
        let known = endpoints.find(|endpoint| endpoint.method.eq_ignore_ascii_case(method) && endpoint.path == path);
        let reply = match known.map(|endpoint| (endpoint.mode, &endpoint.response)) {
            None => full(404, vec![], String::new()),
            Some((Mode::EchoBody, _)) => full(200, vec![], String::new()).with_body(std::mem::take(&mut request.body)),
            Some((Mode::EchoHeaders, _)) => full(200, echo(&request, method, path), String::new()),
            Some((Mode::Static, Reply::Body(body))) => full(200, vec![], body.clone()),
            Some((Mode::Static, Reply::Full(reply))) => {
                let headers = reply.headers.clone().into_iter().collect();
                let mut all = full(reply.status, headers, reply.body.clone());
                all.chunks = reply.chunks.clone();
                all.trailers = reply.trailers.clone().into_iter().collect();
                all
            }
        };
        reply.write(connection, method == "HEAD")
    }
}

fn echo(request: &Message, method: &str, path: &str) -> Vec<(String, String)> {
    let line = [("x-request-method", method), ("x-request-path", path)];
    let line = line.into_iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let headers = request.headers.iter().map(|(name, value)| (format!("x-echo-{name}"), value.clone()));
    let trailers = request.trailers.iter().map(|(name, value)| (format!("x-trailer-{name}"), value.clone()));
    line.chain(headers).chain(trailers).collect()
}

/// A response that is to be written.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    chunks: Option<Vec<String>>,
    trailers: Vec<(String, String)>,
}

fn full(status: u16, headers: Vec<(String, String)>, body: String) -> Answer {
    Answer { status, headers, body: body.into_bytes(), chunks: None, trailers: vec![] }
}

impl Answer {
    fn with_body(self, body: Vec<u8>) -> Answer {
        Answer { body, ..self }
    }

    fn write(mut self, mut writer: impl Write, is_head: bool) -> io::Result<()> {
        match &self.chunks {
            None => self.headers.push(("Content-Length".into(), self.body.len().to_string())),
            Some(_) => self.headers.push(("Transfer-Encoding".into(), "chunked".into())),
        }
        if !self.trailers.is_empty() {
            let names: Vec<&str> = self.trailers.iter().map(|(name, _)| name.as_str()).collect();
            self.headers.push(("Trailer".into(), names.join(", ")));
        }
        self.headers.push(("Connection".into(), "close".into()));
        write_head(&mut writer, &format!("HTTP/1.1 {} Status", self.status), &self.headers)?;
        match self.chunks {
            _ if is_head => {}
            None => writer.write_all(&self.body)?,
            Some(chunks) => write_chunks(&mut writer, &chunks, &self.trailers)?,
        }
        writer.flush()
    }
}

/// A server that runs until this is dropped.
pub struct Running {
    pub address: SocketAddr,
    stop: Arc<AtomicBool>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the listener, so that it sees `stop`. If nobody listens, that is fine.
        let _ = TcpStream::connect(self.address);
    }
}
