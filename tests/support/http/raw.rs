//! HTTP as it is on the wire, for what libraries of clients avoid: HTTP/1.0, requests sent before
//! the last is answered, and bodies that wait for leave.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::client::Content;

/// The bytes that a client writes on one connection, which the last request asks to close.
pub struct Exchange {
    head: Vec<u8>,
    /// Written only when the server says that it may be.
    reserved: Vec<u8>,
}

/// All at once.
pub fn write(bytes: impl Into<Vec<u8>>) -> Exchange {
    Exchange { head: bytes.into(), reserved: Vec::new() }
}

/// Heads of requests, and after `100 Continue` what follows.
fn write_and_wait(head: impl Into<Vec<u8>>, reserved: impl Into<Vec<u8>>) -> Exchange {
    Exchange { head: head.into(), reserved: reserved.into() }
}

/// A response as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Version, status and reason.
    pub start: String,
    /// As they were sent, less the date.
    pub headers: Vec<String>,
    pub body: Content,
    pub trailers: Vec<String>,
}

impl Exchange {
    /// Everything that comes back until the server closes.
    #[track_caller]
    pub fn with(&self, address: SocketAddr) -> Vec<Message> {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(&self.head).unwrap();
        let mut all = Vec::new();
        let mut reserved = Some(&self.reserved).filter(|reserved| !reserved.is_empty());
        let mut buffer = [0; 64 * 1024];
        loop {
            let count = match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) => panic!("{error} after `{}`", all.escape_ascii()),
            };
            all.extend_from_slice(&buffer[..count]);
            if reserved.is_some() && all.windows(CONTINUE.len()).any(|some| some == CONTINUE) {
                stream.write_all(reserved.take().expect("just seen")).unwrap();
            }
        }
        messages(&all)
    }
}

fn request(method: &str, path: &str, headers: &str, body: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n{body}")
}

/// The same of HTTP/1.0, whose connections close unless they are asked not to.
fn request_10(method: &str, path: &str, headers: &str, body: &str) -> String {
    request(method, path, headers, body).replacen("HTTP/1.1", "HTTP/1.0", 1)
}

/// The questions to both services of `http-probe`, and how the answers start.
fn exchanges() -> Vec<(&'static str, Exchange, &'static [&'static str])> {
    const OK_10: &str = "HTTP/1.0 200 OK";
    const OK: &str = "HTTP/1.1 200 OK";
    const EMPTY: &str = "HTTP/1.1 204 No Content";
    const TEAPOT: &str = "HTTP/1.1 418 I\\'m a teapot";
    const FAILED: &str = "HTTP/1.1 500 Internal Server Error";
    const GO_ON: &str = "HTTP/1.1 100 Continue";
    let get = |path: &str| request("GET", path, "", "");
    let last = || request("GET", "/", "connection: close\r\n", "");
    let hello = "content-length: 5\r\n";
    let chunked = "transfer-encoding: chunked\r\n";
    let chunks = "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
    let echo = || request("POST", "/echo", hello, "hello") + &request("POST", "/echo", chunked, chunks);
    // They read before they answer: whether a server still asks for a body behind the head of its
    // response is a matter of time.
    let waiting =
        |headers| request("POST", "/sum", &format!("expect: 100-continue\r\nconnection: close\r\n{headers}"), "");
    let kept = request_10("GET", "/empty", "connection: keep-alive\r\n", "");
    let unwanted =
        request("POST", "/status?code=418", &format!("expect: 100-continue\r\nconnection: close\r\n{hello}"), "");
    let pipelined = get("/sleep?ms=30") + &echo() + &get("/empty") + &get("/status?code=418") + &last();
    vec![
        ("1.0", write(request_10("GET", "/", "", "")), &[OK_10]),
        ("1.0: echo", write(request_10("POST", "/echo", hello, "hello")), &[OK_10]),
        ("1.0: a length", write(request_10("GET", "/length?says=100&bytes=100", "", "")), &[OK_10]),
        ("1.0: trailers", write(request_10("POST", "/trailers", hello, "hello")), &[OK_10]),
        ("1.0: kept alive", write(kept + &request_10("GET", "/", "", "")), &["HTTP/1.0 204 No Content", OK_10]),
        ("pipelined", write(pipelined), &[OK, OK, OK, EMPTY, TEAPOT, OK]),
        ("pipelined: a body that nobody reads", write(request("POST", "/", hello, "hello") + &last()), &[OK, OK]),
        ("pipelined: work afterwards", write(get("/late?ms=30") + &last()), &[OK, OK]),
        ("pipelined: a trap", write(get("/trap-before") + &last()), &[FAILED, OK]),
        ("waiting", write_and_wait(waiting(hello), "hello"), &[GO_ON, OK]),
        ("waiting: chunks", write_and_wait(waiting(chunked), chunks), &[GO_ON, OK]),
        ("waiting: pipelined", write_and_wait(get("/") + &waiting(hello), "hello"), &[OK, GO_ON, OK]),
        ("waiting: not for long", write(waiting(hello) + "hello"), &[GO_ON, OK]),
        ("waiting: not wanted", write(unwanted), &[TEAPOT]),
    ]
}

/// All that comes back.
#[track_caller]
pub fn seen(address: SocketAddr) -> Vec<(&'static str, Vec<Message>)> {
    let exchange = |(name, exchange, starts): (_, Exchange, &[&str])| {
        let messages = exchange.with(address);
        let seen: Vec<_> = messages.iter().map(|message| message.start.as_str()).collect();
        assert_eq!(seen, starts, "{name}");
        (name, messages)
    };
    exchanges().into_iter().map(exchange).collect()
}

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

fn messages(mut bytes: &[u8]) -> Vec<Message> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        messages.push(message(&mut bytes));
    }
    messages
}

fn message(bytes: &mut &[u8]) -> Message {
    let start = line(bytes);
    let headers = lines(bytes);
    let is = |name: &str| headers.iter().find_map(|header| header.strip_prefix(name));
    let status = start.split(' ').nth(1).unwrap_or_else(|| panic!("`{start}`"));
    let (mut body, mut trailers) = (Vec::new(), Vec::new());
    if is("transfer-encoding: chunked").is_some() {
        loop {
            let size = usize::from_str_radix(&line(bytes), 16).expect("the size of a chunk");
            if size == 0 {
                trailers = lines(bytes);
                break;
            }
            body.extend_from_slice(take(bytes, size));
            assert_eq!(line(bytes), "");
        }
    } else if let Some(length) = is("content-length: ") {
        body.extend_from_slice(take(bytes, length.parse().unwrap()));
    } else if !matches!(status, "100" | "204" | "304") {
        body.extend_from_slice(std::mem::take(bytes));
    }
    let headers = headers.into_iter().filter(|header| !header.starts_with("date: ")).collect();
    Message { start, headers, body: Content(body), trailers }
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at_checked(count).expect("a body that is whole");
    *bytes = rest;
    taken
}

fn line(bytes: &mut &[u8]) -> String {
    let end = bytes.windows(2).position(|two| two == b"\r\n").expect("a whole line");
    let line = take(bytes, end).escape_ascii().to_string();
    take(bytes, 2);
    line
}

/// Up to an empty one.
fn lines(bytes: &mut &[u8]) -> Vec<String> {
    std::iter::from_fn(|| Some(line(bytes)).filter(|line| !line.is_empty())).collect()
}
