//! The stand-in for `hooks` and the interfaces behind it when the kernel is tested natively.

pub mod canon;

use crate::kernel::failure::{Error, Failure};
use crate::kernel::op::Op;
use crate::kernel::outcome;
use crate::kernel::sink::Sink;
use crate::kernel::source::{self, MAX_READ, Source};
use crate::kernel::waitable::Waitable;
use common::memory::Buffer;
use common::shared::Shared;
use std::cell::Cell;

/// The work of an operation.
#[derive(Clone, Copy)]
pub enum Body {
    Done(u32),
    Flush(Shared<Sink>),
    /// Has nothing to say of its own unless it is flushed, but yields first.
    Check(Shared<Sink>),
    End(Shared<Sink>),
    Read(Shared<Source>, u32),
    Called(Shared<Waitable>),
    Look,
}

pub fn step(op: &Op) -> bool {
    let must_yield = op.must_yield();
    match op.body {
        Body::Done(_) => true,
        Body::Flush(sink) => !sink.in_flight(),
        Body::Check(sink) => !must_yield || !sink.in_flight(),
        Body::End(sink) => sink.end(),
        Body::Read(source, want) => source.fill(want),
        Body::Called(call) => !call.busy.get(),
        Body::Look => outcome::hook_read_wanted(op),
    }
}

pub fn before_wait(_: &Op) -> bool {
    false
}

pub fn after_wait(_: &Op) {}

#[derive(Clone, Copy)]
#[repr(u32)]
pub enum Owner {
    None,
    Sink(Shared<Sink>),
    Source(Shared<Source>),
    /// Counts what it is told.
    Counter(&'static Cell<u32>),
}

pub fn tell(owner: Owner) {
    match owner {
        Owner::None => {}
        Owner::Sink(sink) => sink.event(),
        Owner::Source(source) => source.event(),
        Owner::Counter(counter) => counter.update(|count| count + 1),
    }
}

pub fn unread(owner: Owner) {
    if let Owner::Sink(sink) = owner {
        sink.unread();
    }
}

pub fn hook_reap() {
    if source::any_parked() {
        source::reap();
    }
}

/// As in `hooks`.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(u8)]
pub enum StreamKind {
    File,
    Stdio,
    Http,
    Socket,
}

/// The interfaces' code of an error.
pub type Code = u8;

/// The code of an error that says no more than that the consumer is gone.
pub const PIPE: u8 = 9;

impl StreamKind {
    pub fn has_text(self) -> bool {
        self != StreamKind::Stdio
    }

    pub fn holds_exit(self) -> bool {
        matches!(self, StreamKind::File | StreamKind::Stdio)
    }

    pub fn lingers(self) -> bool {
        self == StreamKind::Socket
    }

    pub fn holds_others(self) -> bool {
        self == StreamKind::File
    }

    pub fn just_ends(self) -> bool {
        self == StreamKind::Http
    }

    pub fn counts(self) -> bool {
        self == StreamKind::Http
    }

    pub fn lags(self) -> bool {
        self == StreamKind::Http
    }

    pub fn tells_of_breaks(self) -> bool {
        self == StreamKind::Socket
    }

    pub fn writes_nothing(self) -> bool {
        self == StreamKind::File
    }

    pub fn reopens(self) -> bool {
        self != StreamKind::File
    }

    pub fn is_end(self, error: &Error) -> bool {
        error.code == PIPE && self != StreamKind::File
    }

    pub fn adapts(self) -> bool {
        self == StreamKind::Socket
    }

    pub fn ahead(self, adapted: u32) -> u32 {
        match self {
            StreamKind::Http => MAX_READ,
            StreamKind::Socket => adapted,
            _ => source::AHEAD,
        }
    }
}

/// The calls of `hooks` by the kernel.
#[derive(Default)]
pub struct Told {
    pub freed: Cell<u32>,
    pub opened: Cell<u32>,
    pub settled: Cell<u32>,
    pub accepted: Cell<u32>,
    pub taken: Cell<u32>,
    pub consumed: Cell<u32>,
    pub ended: Cell<u32>,
    /// The answer of [`holds_back`].
    pub holds: Cell<bool>,
}

thread_local! {
    static TOLD: &'static Told = Box::leak(Box::default());
}

pub fn told() -> &'static Told {
    TOLD.with(|told| *told)
}

fn increase(count: &Cell<u32>) {
    count.set(count.get() + 1);
}

pub fn open_output(sink: &Sink) {
    increase(&told().opened);
    sink.open(canon::consume);
}

/// The pipe of the input is the last but one.
pub fn open_input(source: &Source) {
    increase(&told().opened);
    let ends = [canon::input().1, canon::future().1];
    source.open(ends, source.kind());
}

pub fn holds_back(kind: StreamKind) -> bool {
    kind == StreamKind::File && told().holds.get()
}

pub fn settle() {
    increase(&told().settled);
}

pub fn count(_: &Sink, bytes: &mut Buffer) {
    told().accepted.update(|count| count + bytes.len);
}

pub fn taken(_: &Sink) {
    increase(&told().taken);
}

pub fn consumed(_: &Source) {
    increase(&told().consumed);
}

pub fn ended(_: &Source, _: &Option<Failure>) {
    increase(&told().ended);
}

pub fn free_source(source: &Source) {
    if source.kind() == StreamKind::Socket && (source.lent.get() || source.owned.get()) {
        return;
    }
    increase(&told().freed);
    unsafe { Shared::of(source).free() };
}

pub fn free_sink(sink: &Sink) {
    increase(&told().freed);
    unsafe { Shared::of(sink).free() };
}

pub fn read_plain(kind: StreamKind, future: u32, value: *mut u8) -> u32 {
    assert!(!kind.has_text());
    canon::future_read(future, value)
}

pub fn plain_error(result: *mut u8) -> Failure {
    Failure::new(Error::new(unsafe { *result.add(1) }))
}

pub fn drop_plain(_: StreamKind, future: u32) {
    canon::future_drop(future);
}

pub fn read_text(kind: StreamKind, future: u32, value: *mut u8) -> u32 {
    assert!(kind.has_text());
    assert!(canon::task() != 0, "only a task that waits reads a text");
    canon::future_read(future, value)
}

pub fn cancel_text(_: StreamKind, future: u32) -> u32 {
    canon::future_cancel(future)
}

pub fn text_error(_: StreamKind, result: *mut u8) -> Error {
    unsafe {
        let len = (result.add(16) as *const u32).read();
        let text = match len {
            0 => Buffer::NONE,
            _ => Buffer::lowered((result.add(8) as *const *mut u8).read(), len),
        };
        Error { code: *result.add(1), text }
    }
}

pub fn drop_text(_: StreamKind, future: u32) {
    canon::future_drop(future);
}
