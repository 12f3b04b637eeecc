//! A client that sends one request at a time, piece by piece if asked, and notes all of the answer.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{HeaderMap, Request, Response};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use wasmtime_wasi_http::io::TokioIo;

use super::runtime;

/// No answer takes nearly as long.
const LIMIT: Duration = Duration::from_secs(60);

/// A request.
#[derive(Clone)]
pub struct Ask {
    method: String,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    pieces: Vec<Vec<u8>>,
    pause: Duration,
    trailers: Vec<(&'static str, &'static str)>,
    has_body: bool,
    /// How long the client waits between two frames of the response.
    read_pause: Duration,
}

pub fn get(path: &str) -> Ask {
    ask("GET", path)
}

pub fn ask(method: &str, path: &str) -> Ask {
    Ask {
        method: method.into(),
        path: path.into(),
        headers: Vec::new(),
        pieces: Vec::new(),
        pause: Duration::ZERO,
        trailers: Vec::new(),
        has_body: false,
        read_pause: Duration::ZERO,
    }
}

/// A request with a body of unknown length.
pub fn post(path: &str, body: impl Into<Vec<u8>>) -> Ask {
    ask("POST", path).pieces(vec![body.into()])
}

impl Ask {
    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Ask {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Tells how long the body is.
    pub fn with_length(self) -> Ask {
        let length: usize = self.pieces.iter().map(Vec::len).sum();
        self.header("content-length", length.to_string())
    }

    pub fn pieces(mut self, pieces: Vec<Vec<u8>>) -> Ask {
        self.pieces = pieces;
        self.has_body = true;
        self
    }

    /// Waits before each piece of the body.
    pub fn slowly(mut self, pause: Duration) -> Ask {
        self.pause = pause;
        self
    }

    /// Waits between the frames of the response.
    pub fn read_slowly(mut self, pause: Duration) -> Ask {
        self.read_pause = pause;
        self
    }

    pub fn trailers(mut self, trailers: &[(&'static str, &'static str)]) -> Ask {
        self.trailers = trailers.to_vec();
        self
    }

    /// Sends it on a connection of its own.
    #[track_caller]
    pub fn send(&self, address: SocketAddr) -> Answer {
        runtime().block_on(self.send_async(address))
    }

    pub async fn send_async(&self, address: SocketAddr) -> Answer {
        Connection::open(address).await.send(self).await
    }

    fn request(&self, authority: &str) -> Request<Pieces> {
        let mut request = Request::builder().method(self.method.as_bytes()).uri(&self.path).header("host", authority);
        for (name, value) in &self.headers {
            request = request.header(name, value.as_slice());
        }
        let (sender, receiver) = mpsc::channel(1);
        if self.has_body {
            let ask = self.clone();
            tokio::spawn(async move {
                for piece in ask.pieces {
                    tokio::time::sleep(ask.pause).await;
                    if sender.send(Frame::data(piece.into())).await.is_err() {
                        return;
                    }
                }
                if !ask.trailers.is_empty() {
                    let mut trailers = HeaderMap::new();
                    ask.trailers.iter().for_each(|(name, value)| {
                        trailers.append(*name, value.parse().unwrap());
                    });
                    let _ = sender.send(Frame::trailers(trailers)).await;
                }
            });
        }
        request.body(Pieces { receiver, empty: !self.has_body }).unwrap()
    }
}

/// A body that is given to hyper frame by frame.
pub struct Pieces {
    receiver: mpsc::Receiver<Frame<Bytes>>,
    empty: bool,
}

impl Pieces {
    /// A body, and what puts something into it.
    pub fn open() -> (mpsc::Sender<Frame<Bytes>>, Pieces) {
        let (sender, receiver) = mpsc::channel(1);
        (sender, Pieces { receiver, empty: false })
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.receiver.poll_recv(cx).map(|frame| frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.empty
    }
}

/// A connection, which stays open for several requests.
pub struct Connection {
    sender: SendRequest<Pieces>,
    authority: String,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Connection {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Connection { sender, authority: address.to_string() }
    }

    /// Whether the server has not closed it.
    pub async fn is_open(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }

    pub async fn send(&mut self, ask: &Ask) -> Answer {
        let request = ask.request(&self.authority);
        let exchange = async {
            if !self.is_open().await {
                return Answer::none();
            }
            match self.sender.send_request(request).await {
                Ok(response) => Answer::read(response, ask.read_pause).await,
                Err(_) => Answer::none(),
            }
        };
        let answer = tokio::time::timeout(LIMIT, exchange).await;
        answer.unwrap_or_else(|_| panic!("{} {}: no answer", ask.method, ask.path))
    }

    /// Sends only the head, with a body that the caller feeds; the response comes when it comes.
    pub async fn begin(&mut self, ask: &Ask) -> (mpsc::Sender<Frame<Bytes>>, Response<Incoming>) {
        let (sender, pieces) = Pieces::open();
        let request = ask.request(&self.authority).map(|_| pieces);
        let response = tokio::time::timeout(LIMIT, self.sender.send_request(request)).await;
        (sender, response.expect("no answer").unwrap())
    }
}

/// The next piece of a body; `None` at its end.
pub async fn next(response: &mut Response<Incoming>) -> Option<Bytes> {
    let frame = tokio::time::timeout(LIMIT, response.frame()).await.expect("a frame in time")?;
    Some(frame.unwrap().into_data().unwrap())
}

/// All of a response.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// 0: there was none.
    pub status: u16,
    /// Sorted by name, less the date.
    pub headers: Vec<String>,
    pub body: Content,
    /// `None`: the body was cut off.
    pub trailers: Option<Vec<String>>,
}

/// A body, which is printed only if it is short.
#[derive(Clone, PartialEq)]
pub struct Content(pub Vec<u8>);

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match std::str::from_utf8(&self.0) {
            Ok(text) if text.len() < 2000 => write!(f, "{text:?}"),
            _ => write!(f, "{} bytes", self.0.len()),
        }
    }
}

fn lines(headers: &HeaderMap) -> Vec<String> {
    let mut all: Vec<_> = headers.iter().filter(|(name, _)| *name != "date").collect();
    all.sort_by_key(|(name, _)| name.as_str());
    all.iter().map(|(name, value)| format!("{name}: {}", value.as_bytes().escape_ascii())).collect()
}

impl Answer {
    fn none() -> Answer {
        Answer { status: 0, headers: Vec::new(), body: Content(Vec::new()), trailers: None }
    }

    async fn read(response: Response<Incoming>, pause: Duration) -> Answer {
        let (head, mut body) = response.into_parts();
        let mut content = Vec::new();
        let mut trailers = Some(Vec::new());
        while let Some(frame) = body.frame().await {
            match frame.map(Frame::into_data) {
                Ok(Ok(bytes)) => content.extend_from_slice(&bytes),
                Ok(Err(frame)) => trailers = frame.trailers_ref().map(lines),
                Err(_) => {
                    trailers = None;
                    break;
                }
            }
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
        }
        Answer { status: head.status.as_u16(), headers: lines(&head.headers), body: Content(content), trailers }
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body.0).expect("text")
    }

    /// Asserts that it is a success with this body, whole.
    #[track_caller]
    pub fn is(&self, status: u16, body: &[u8]) -> &Answer {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.body.0 == body, "{self:?}");
        assert!(self.trailers.is_some(), "cut off: {self:?}");
        self
    }
}
