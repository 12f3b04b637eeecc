//! The kernel, with a host of the test's own: the test is the consumer of sinks, the producer of
//! sources, and the engine that runs tasks.

mod outcomes;
mod sets;
mod sinks;
mod sources;
mod tasks;

use super::canon::{EVENT_NONE, EXIT, WAIT, YIELD};
use super::failure::Failure;
use super::op::{self, Op};
use super::sink::{self, Sink};
use super::source::Source;
use super::wait;
use super::waitable::{self, Waitable};
use crate::hooks::canon::{self, Pipe};
use crate::hooks::{Body, Owner, PIPE, StreamKind, told};
use common::memory::{self, Buffer};
use common::shared::Shared;

/// Numbers that look random, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as u32 % bound
    }
}

fn bytes(bytes: &[u8]) -> Buffer {
    let at = match bytes.len() {
        0 => return Buffer::NONE,
        len => memory::alloc(len as u32),
    };
    unsafe { at.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    Buffer::lowered(at, bytes.len() as u32)
}

fn contents(mut buffer: Buffer) -> Vec<u8> {
    let bytes = match buffer.len {
        0 => Vec::new(),
        len => unsafe { std::slice::from_raw_parts(buffer.start(), len as usize).to_vec() },
    };
    buffer.release();
    bytes
}

/// The code and the text of an error, which goes.
fn error(failure: Option<Failure>) -> Option<(u8, String)> {
    failure.map(|failure| {
        let error = failure.take();
        (error.code, String::from_utf8(contents(error.text)).unwrap())
    })
}

fn of<R>(pipe: usize, look: impl FnOnce(&Pipe) -> R) -> R {
    canon::with(|host| look(&host.pipes[pipe]))
}

/// The bytes that the consumer of an output has taken.
fn taken(output: usize) -> Vec<u8> {
    of(output, |pipe| pipe.bytes.iter().copied().collect())
}

/// The state before a test: the set, with an array of waitables. All that is in use when
/// nothing else is.
struct Clean(i64);

fn begin() -> Clean {
    let call = Waitable::none();
    let (pipe, status) = canon::call();
    call.called(status);
    canon::advance(pipe, 2);
    waitable::poll();
    Clean(memory::IN_USE.get())
}

impl Clean {
    /// Nothing is left.
    fn end(self) {
        self.nothing_left("");
    }

    fn nothing_left(&self, what: &str) {
        assert_eq!(memory::IN_USE.get(), self.0, "blocks in use {what}");
        assert_eq!(canon::with(|host| (host.handles(), host.sets())), (0, 1), "handles and sets {what}");
        assert!(!waitable::any_in_flight() && !sink::any_pending() && !wait::has_leader(), "{what}");
    }
}

/// The tasks of an engine: number, operation, and what it has answered.
struct Tasks {
    tasks: Vec<(u32, Shared<Op>, u32)>,
    count: u32,
}

impl Tasks {
    fn new() -> Tasks {
        Tasks { tasks: Vec::new(), count: canon::with(|host| host.ended.last().copied().unwrap_or(0)) }
    }

    fn run<R>(task: u32, act: impl FnOnce() -> R) -> R {
        canon::with(|host| host.task = task);
        let result = act();
        canon::with(|host| host.task = 0);
        result
    }

    fn note(&mut self, task: u32, op: Shared<Op>, answer: u32) {
        match answer {
            EXIT => canon::with(|host| assert!(host.ended.insert(task))),
            _ => self.tasks.push((task, op, answer)),
        }
    }

    /// A task waits for an operation: its number.
    fn wait(&mut self, token: u32) -> u32 {
        let op = Shared::of(op::get(token));
        self.count += 1;
        let task = self.count;
        let answer = Tasks::run(task, || wait::begin(op));
        self.note(task, op, answer);
        task
    }

    fn is_waiting(&self, task: u32) -> bool {
        self.tasks.iter().any(|(other, _, _)| *other == task)
    }

    /// How many wait, and how many of those lead.
    fn waiting(&self) -> (usize, usize) {
        let set = waitable::set();
        let leads = |(_, _, answer): &&(u32, Shared<Op>, u32)| *answer == WAIT | set << 4;
        (self.tasks.len(), self.tasks.iter().filter(leads).count())
    }

    /// One task goes on, if one can.
    fn step(&mut self) -> bool {
        for at in 0..self.tasks.len() {
            let (task, op, answer) = self.tasks[at];
            let event = match answer & 15 {
                YIELD => Some((EVENT_NONE, 0, 0)),
                _ => canon::with(|host| host.next(answer >> 4)),
            };
            if let Some((code, handle, result)) = event {
                self.tasks.remove(at);
                let answer = Tasks::run(task, || wait::resume(op, code, handle, result));
                self.note(task, op, answer);
                return true;
            }
        }
        false
    }

    /// All tasks go on as far as they can.
    fn go_on(&mut self) {
        while self.step() {}
        let (waiting, leading) = self.waiting();
        assert_eq!(leading, waiting.min(1), "one leads");
    }

    /// The same as `look`, for a guest that cannot wait.
    fn look(&mut self) {
        let op = op::start(Body::Look);
        let task = self.wait(op.addr());
        self.go_on();
        assert!(!self.is_waiting(task));
        op::take(op.addr());
    }
}

/// A task waits until the operation is complete.
fn wait_for(token: u32) {
    let mut tasks = Tasks::new();
    let task = tasks.wait(token);
    tasks.go_on();
    assert!(!tasks.is_waiting(task));
}

/// A sink whose stream is open, as its resource has it: its output and its future.
fn sink(kind: StreamKind) -> (Shared<Sink>, usize, usize) {
    let sink = Sink::new(kind);
    sink.lent.set(true);
    sink.open(canon::consume);
    let (output, future) = canon::with(|host| *host.consumed.last().unwrap());
    (sink, output, future)
}

fn let_go(sink: Shared<Sink>) {
    sink.lent.set(false);
    sink::hook_let_go(&sink);
}

/// A source that is open, as its resource has it: its input and its future.
fn source(kind: StreamKind) -> (Shared<Source>, usize, usize) {
    let source = Source::new(kind);
    source.lent.set(true);
    let (input, stream) = canon::input();
    let (result, future) = canon::future();
    source.open([stream, future], kind);
    (source, input, result)
}

fn let_go_of_source(source: Shared<Source>) {
    source.lent.set(false);
    source.let_go();
}
