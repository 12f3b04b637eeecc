//! HTTP/1.1 as far as cases need it: messages read from and written to a socket.

use std::io::{self, BufRead, Read, Write};

/// A request or a response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The request line or status line.
    pub start: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub trailers: Vec<(String, String)>,
}

/// The way in which a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// There is none.
    None,
    /// So many bytes.
    Length(u64),
    /// Chunks, then trailers.
    Chunked,
    /// All until the connection is closed.
    ToEnd,
}

impl Message {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Start line and headers; the body is for [`Message::read_body`].
    pub fn read_head(reader: &mut impl BufRead) -> io::Result<Message> {
        let start = line(reader)?;
        Ok(Message { start, headers: fields(reader)?, ..Message::default() })
    }

    /// The framing of the body behind the head, by its headers; `otherwise` if they do not tell.
    pub fn framing(&self, otherwise: Framing) -> Framing {
        if self.header("transfer-encoding").is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked")) {
            return Framing::Chunked;
        }
        let length = self.header("content-length").and_then(|length| length.trim().parse().ok());
        length.map_or(otherwise, Framing::Length)
    }

    /// Reads the body. What has arrived is kept when it ends too early, which is an error.
    pub fn read_body(&mut self, reader: &mut impl BufRead, framing: Framing) -> io::Result<()> {
        match framing {
            Framing::None => Ok(()),
            Framing::ToEnd => reader.read_to_end(&mut self.body).map(drop),
            Framing::Length(length) => self.read_bytes(reader, length),
            Framing::Chunked => loop {
                let size = line(reader)?;
                let size = size.split(';').next().unwrap_or_default().trim();
                let size = u64::from_str_radix(size, 16).map_err(|_| invalid("the size of a chunk"))?;
                if size == 0 {
                    self.trailers = fields(reader)?;
                    return Ok(());
                }
                self.read_bytes(reader, size)?;
                line(reader)?;
            },
        }
    }

    fn read_bytes(&mut self, reader: &mut impl BufRead, count: u64) -> io::Result<()> {
        if reader.by_ref().take(count).read_to_end(&mut self.body)? as u64 == count {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

/// Writes a start line and headers.
pub fn write_head(writer: &mut impl Write, start: &str, headers: &[(String, String)]) -> io::Result<()> {
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    writer.write_all(format!("{start}\r\n{lines}\r\n").as_bytes())
}

/// Writes a body in chunks, and trailers.
pub fn write_chunks(writer: &mut impl Write, chunks: &[String], trailers: &[(String, String)]) -> io::Result<()> {
    for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
        writer.write_all(format!("{:x}\r\n{chunk}\r\n", chunk.len()).as_bytes())?;
    }
    write_head(writer, "0", trailers)
}

fn fields(reader: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let mut fields = Vec::new();
    loop {
        let line = line(reader)?;
        if line.is_empty() {
            return Ok(fields);
        }
        let (name, value) = line.split_once(':').ok_or_else(|| invalid("a header"))?;
        fields.push((name.trim().to_ascii_lowercase(), value.trim().to_string()));
    }
}

fn line(reader: &mut impl BufRead) -> io::Result<String> {
    const LONGEST: u64 = 1 << 20;
    let mut line = Vec::new();
    reader.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what} is not HTTP"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, otherwise: Framing) -> (Message, io::Result<()>) {
        let mut reader = text.as_bytes();
        let mut message = Message::read_head(&mut reader).unwrap();
        let framing = message.framing(otherwise);
        let result = message.read_body(&mut reader, framing);
        (message, result)
    }

    #[test]
    fn chunks_and_trailers() {
        let mut bytes = Vec::new();
        write_head(&mut bytes, "HTTP/1.1 200 OK", &[("Transfer-Encoding".into(), "chunked".into())]).unwrap();
        write_chunks(&mut bytes, &["one".into(), "and two".into()], &[("x-a".into(), "1".into())]).unwrap();
        let (message, result) = read(std::str::from_utf8(&bytes).unwrap(), Framing::ToEnd);
        result.unwrap();
        assert_eq!(message.start, "HTTP/1.1 200 OK");
        assert_eq!(message.body, b"oneand two");
        assert_eq!(message.trailers, [("x-a".to_string(), "1".to_string())]);
    }

    #[test]
    fn a_body_that_ends_too_early() {
        let (message, result) = read("GET / HTTP/1.1\r\ncontent-length: 10\r\n\r\nshort", Framing::None);
        assert_eq!(message.body, b"short");
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn no_length() {
        assert_eq!(read("HTTP/1.1 200 OK\r\n\r\nall", Framing::ToEnd).0.body, b"all");
        assert_eq!(read("GET / HTTP/1.1\r\n\r\nnext", Framing::None).0.body, b"");
    }
}
