//! The requests of a case.

use std::io::{self, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::case::Request;
use super::wire::{Framing, Message, write_head};

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Sorted, without those that concern the connection or the time.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub trailers: Vec<(String, String)>,
    /// Whether the body is complete.
    pub is_complete: bool,
}

/// Headers that the server sets, not the program.
const OF_SERVERS: [&str; 5] = ["connection", "date", "keep-alive", "server", "transfer-encoding"];

/// Sends a request, and reads all of the response.
pub fn send(request: &Request, to: SocketAddr, deadline: Instant) -> io::Result<Answer> {
    let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let connection = TcpStream::connect_timeout(&to, left)?;
    connection.set_read_timeout(Some(left))?;
    connection.set_write_timeout(Some(left))?;

    let mut headers = vec![("host".to_string(), to.to_string()), ("connection".into(), "close".into())];
    headers.extend(request.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("connection")).cloned());
    if request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        headers.remove(0);
    }
    let says_length = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-length");
    let may_have_none = ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT"].contains(&request.method.as_str());
    let needs_none = request.body.is_empty() && may_have_none;
    if !needs_none && !headers.iter().any(says_length) {
        headers.push(("content-length".into(), request.body.len().to_string()));
    }
    let mut writer = connection.try_clone()?;
    write_head(&mut writer, &format!("{} {} HTTP/1.1", request.method, request.path), &headers)?;
    let body = request.body.clone();
    // Writing goes on beside reading: a service may answer before it has read.
    let writing = thread::spawn(move || {
        // A service need not read everything.
        let _ = writer.write_all(&body);
    });

    let answer = receive(request, &connection);
    // The rest of the request is not wanted any more.
    let _ = connection.shutdown(std::net::Shutdown::Both);
    let _ = writing.join();
    answer
}

fn receive(request: &Request, connection: &TcpStream) -> io::Result<Answer> {
    let mut reader = BufReader::new(connection);
    let (mut response, status) = loop {
        let response = Message::read_head(&mut reader)?;
        let status = response.start.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
        let status = status.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        if status >= 200 {
            break (response, status);
        }
    };
    let framing = if request.method == "HEAD" || status == 204 || status == 304 {
        Framing::None
    } else {
        response.framing(Framing::ToEnd)
    };
    let is_complete = response.read_body(&mut reader, framing).is_ok();
    let mut headers = response.headers;
    // How the end of a body is told is the server's choice; a `content-length` of something else is
    // the program's.
    let length = response.body.len().to_string();
    let is_framing = |name: &str, value: &str| name == "content-length" && *value == length && is_complete;
    headers.retain(|(name, value)| !OF_SERVERS.contains(&name.as_str()) && !is_framing(name, value));
    // Stable: values of one name keep their order.
    headers.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(Answer { status, headers, body: response.body, trailers: response.trailers, is_complete })
}
