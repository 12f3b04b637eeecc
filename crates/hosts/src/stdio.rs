//! The other ends of the standard streams of a program: the streams of the process, files, memory,
//! and memory that is slow on purpose.

use std::fs::File;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;
use wasmtime_wasi::cli::{InputFile, IsTerminal, OutputFile, StdinStream, StdoutStream};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};

/// Where standard input comes from.
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum Input {
    /// Nothing: the end at once.
    #[default]
    Empty,
    /// The standard input of this process.
    Inherit,
    /// These bytes.
    Bytes(Vec<u8>),
    /// A file, read when the program reads.
    File(File),
    /// These bytes, a few at a time and each time later.
    Slow(Vec<u8>, Pace),
}

/// Where standard output or standard error goes to.
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum Output {
    /// Nowhere; all is accepted.
    #[default]
    Discard,
    /// The standard output or standard error of this process.
    Inherit,
    /// Memory.
    Capture(Capture),
    /// A file, written when the program writes.
    File(File),
    /// Memory that takes a few bytes at a time and each time later: real back-pressure on the 0.3
    /// host. (On the 0.2 host the engine puts a buffer in front, whose content is lost when the
    /// program ends without flushing.)
    Slow(Capture, Pace),
}

/// How slow a stream is.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How many bytes go through at a time; at least one.
    pub bytes: usize,
    /// How long the stream is blocked before each transfer, in steps of a millisecond. Zero blocks
    /// all the same, for one turn of the host's event loop.
    pub pause: Duration,
}

impl Input {
    /// The stream that the program reads; `None` for the standard input of this process.
    pub(super) fn stream(self) -> Option<Box<dyn StdinStream + Sync>> {
        match self {
            Input::Inherit => None,
            Input::Empty => Some(Box::new(MemoryInputPipe::new(Vec::new()))),
            Input::Bytes(bytes) => Some(Box::new(MemoryInputPipe::new(bytes))),
            Input::File(file) => Some(Box::new(InputFile::new(file))),
            Input::Slow(bytes, pace) => {
                Some(Box::new(SlowInput { rest: Arc::new(Mutex::new(bytes.into())), gate: Gate::new(pace) }))
            }
        }
    }
}

impl Output {
    /// The stream that the program writes to; `None` for the standard output or standard error of
    /// this process.
    pub(super) fn stream(self) -> Option<Box<dyn StdoutStream + Sync>> {
        match self {
            Output::Inherit => None,
            Output::Discard => Some(Box::new(tokio::io::empty())),
            Output::Capture(capture) => Some(Box::new(capture.0)),
            Output::File(file) => Some(Box::new(OutputFile::new(file))),
            Output::Slow(capture, pace) => Some(Box::new(SlowOutput { capture, gate: Gate::new(pace) })),
        }
    }
}

/// Memory that a program writes to. Clones share the memory, so a capture that is given as standard
/// output and as standard error shows how the two interleave.
#[derive(Debug, Clone)]
pub struct Capture(MemoryOutputPipe);

impl Capture {
    /// Empty memory, as large as is needed.
    pub fn new() -> Capture {
        Capture(MemoryOutputPipe::new(usize::MAX))
    }

    /// The bytes that were written until now.
    pub fn contents(&self) -> Vec<u8> {
        self.0.contents().to_vec()
    }
}

impl Default for Capture {
    fn default() -> Capture {
        Capture::new()
    }
}

/// Lets a transfer pass only after it was held up once.
struct Gate {
    pace: Pace,
    waiting: Option<Waiting>,
}

enum Waiting {
    Turn,
    Timer(Pin<Box<Sleep>>),
}

impl Gate {
    fn new(pace: Pace) -> Gate {
        Gate { pace, waiting: None }
    }

    /// Ready at most every other time, so that the next transfer waits anew.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let waiting = match &mut self.waiting {
            Some(waiting) => waiting,
            None if self.pace.pause.is_zero() => {
                self.waiting = Some(Waiting::Turn);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            None => self.waiting.insert(Waiting::Timer(Box::pin(tokio::time::sleep(self.pace.pause)))),
        };
        if let Waiting::Timer(timer) = waiting
            && timer.as_mut().poll(cx).is_pending()
        {
            return Poll::Pending;
        }
        self.waiting = None;
        Poll::Ready(())
    }

    fn limit(&self, bytes: usize) -> usize {
        bytes.min(self.pace.bytes.max(1))
    }
}

/// All streams that are made from one input read the same bytes, but each is held up on its own.
impl Clone for Gate {
    fn clone(&self) -> Gate {
        Gate::new(self.pace)
    }
}

#[derive(Clone)]
struct SlowInput {
    rest: Arc<Mutex<std::collections::VecDeque<u8>>>,
    gate: Gate,
}

impl IsTerminal for SlowInput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdinStream for SlowInput {
    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
        Box::new(self.clone())
    }
}

impl AsyncRead for SlowInput {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.gate.poll(cx).is_pending() {
            return Poll::Pending;
        }
        let mut rest = self.rest.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let count = self.gate.limit(buf.remaining()).min(rest.len());
        buf.put_slice(&rest.drain(..count).collect::<Vec<u8>>());
        Poll::Ready(Ok(()))
    }
}

#[derive(Clone)]
struct SlowOutput {
    capture: Capture,
    gate: Gate,
}

impl IsTerminal for SlowOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for SlowOutput {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for SlowOutput {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.gate.poll(cx).is_pending() {
            return Poll::Pending;
        }
        let count = self.gate.limit(buf.len());
        Pin::new(&mut self.capture.0).poll_write(cx, &buf[..count])
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
