//! Takes the place of `hooks` and the interfaces behind it when the kernel is tested natively: a
//! host with a clock, inputs and outputs, all of them a test's own.

use crate::kernel::outcome::{self, Value};
use crate::kernel::pair::Pair;
use crate::kernel::poll::Waiter;
use crate::kernel::{sink, source};
use common::shared::Shared;
use io::Failure;

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum WaiterKind {
    Source,
    Sink,
}

pub fn step(waiter: Shared<Waiter>) {
    match waiter.kind {
        WaiterKind::Source => source::hook_step(unsafe { waiter.cast() }),
        WaiterKind::Sink => sink::hook_step(unsafe { waiter.cast() }),
    }
}

pub fn hook_cancel(_: Shared<Waiter>) {
    unreachable!("no call waits for this host");
}

pub fn hook_drop_source(waiter: Shared<Waiter>) {
    source::hook_drop(unsafe { waiter.cast() });
}

#[derive(Clone, Copy)]
pub enum Input {
    Cli,
}

pub fn stop_receiving(_: Input) {}

pub fn received(_: Input, future: Shared<Pair>, failure: Option<Failure>) {
    outcome::resolve(future, outcome::value_of(failure, Value::OK, |case| case as u8));
}

#[derive(Clone, Copy)]
pub enum Output {
    Cli,
}

impl Output {
    pub fn tries_empty_writes(self) -> bool {
        false
    }

    pub fn is_body(self) -> bool {
        false
    }

    pub fn is_waited_for(self) -> bool {
        true
    }

    pub fn may_end(self) -> bool {
        true
    }

    pub fn waits_for_guest(self) -> bool {
        false
    }
}

pub fn stop_sending(_: Output) {}

pub fn sent(_: Output, future: Option<Shared<Pair>>, failure: Option<Failure>, _is_unwritten: bool) {
    if let Some(future) = future {
        outcome::resolve(future, outcome::value_of(failure, Value::error(BROKEN), |case| case as u8));
    }
}

/// The case that [`sent`] tells of an output that was closed.
pub const BROKEN: u8 = 9;

pub fn may_be_throttled() -> bool {
    false
}

pub fn yield_to_host() {}

pub fn finish_response() {}

pub enum Directory {}

pub fn hook_read_entries(_: Shared<Pair>, _: u32) {}

pub fn hook_drop_entries(_: Shared<Pair>) {}

pub enum Outcome {}

pub fn hook_forget(_: Shared<Outcome>) {}

pub enum Returned {}

pub mod clocks {
    use super::io::{HOST, Pollable, new};

    pub fn now() -> u64 {
        HOST.with_borrow(|host| host.now)
    }

    pub fn subscribe(deadline: u64) -> u32 {
        new(Pollable::Timer(deadline))
    }
}

pub mod io {
    use common::memory::{self, Buffer};
    use std::cell::{Cell, RefCell};
    use std::collections::{BTreeMap, VecDeque};

    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct Failure(Option<u32>);

    impl Failure {
        pub const CLOSED: Failure = Failure(None);

        pub fn of(case: u32) -> Failure {
            Failure(Some(case))
        }

        pub fn error(self) -> Option<u32> {
            self.0
        }
    }

    #[derive(Clone, Copy)]
    pub enum Pollable {
        Timer(u64),
        /// Ready when the stream has bytes, or has ended.
        Input(u32),
        Output(u32),
    }

    #[derive(Default)]
    pub struct Stream {
        /// Of an input: what it has. Of an output: what was written and not flushed.
        pub bytes: VecDeque<u8>,
        pub end: Option<Failure>,
        /// Of an output: how many bytes it takes before it has to be waited for.
        pub permit: u64,
        pub flushed: Vec<u8>,
        /// A flush is under way: until somebody has waited, the output takes nothing.
        pub is_flushing: bool,
    }

    impl Stream {
        fn permit(&self) -> u64 {
            if self.is_flushing { 0 } else { self.permit }
        }
    }

    #[derive(Default)]
    pub struct Host {
        pub now: u64,
        next: u32,
        pub pollables: BTreeMap<u32, Pollable>,
        pub streams: BTreeMap<u32, Stream>,
        pub dropped: BTreeMap<u32, Stream>,
        /// The steps of a stream that is waited for: one for each wait.
        pub script: VecDeque<(u32, Stream)>,
    }

    thread_local! {
        pub static HOST: RefCell<Host> = RefCell::default();
    }

    pub fn new(pollable: Pollable) -> u32 {
        HOST.with_borrow_mut(|host| {
            host.next += 1;
            host.pollables.insert(host.next, pollable);
            host.next
        })
    }

    /// A stream that is `stream` at first.
    pub fn open(stream: Stream) -> u32 {
        HOST.with_borrow_mut(|host| {
            host.next += 1;
            host.streams.insert(host.next, stream);
            host.next
        })
    }

    impl Host {
        fn is_ready(&self, pollable: u32) -> bool {
            match self.pollables[&pollable] {
                Pollable::Timer(deadline) => deadline <= self.now,
                Pollable::Input(stream) => {
                    let stream = &self.streams[&stream];
                    !stream.bytes.is_empty() || stream.end.is_some()
                }
                Pollable::Output(stream) => {
                    let stream = &self.streams[&stream];
                    stream.permit() > 0 || stream.end.is_some()
                }
            }
        }

        /// Something happens: a flush is over, else the next step of the script, else the earliest
        /// deadline comes.
        fn go_on(&mut self, pollables: &[u32]) {
            if let Some(stream) = self.streams.values_mut().find(|stream| stream.is_flushing) {
                stream.is_flushing = false;
                stream.flushed.extend(stream.bytes.drain(..));
                return;
            }
            if let Some((at, Stream { bytes, end, permit, .. })) = self.script.pop_front() {
                let stream = self.streams.get_mut(&at).unwrap();
                stream.bytes.extend(bytes);
                stream.end = stream.end.or(end);
                stream.permit += permit;
                return;
            }
            let deadlines = pollables.iter().filter_map(|pollable| match self.pollables[pollable] {
                Pollable::Timer(deadline) => Some(deadline),
                _ => None,
            });
            self.now = deadlines.min().expect("the host would wait for ever");
        }
    }

    /// Indices are as many bytes as an address of the adapter's.
    pub fn poll(pollables: *const u32, count: u32) -> Buffer {
        let pollables = unsafe { std::slice::from_raw_parts(pollables, count as usize) };
        HOST.with_borrow_mut(|host| {
            let mut ready = Vec::new();
            while ready.is_empty() {
                ready = (0..count).filter(|at| host.is_ready(pollables[*at as usize])).collect();
                if ready.is_empty() {
                    host.go_on(pollables);
                }
            }
            let mut list = Buffer::new(4 * ready.len() as u32);
            list.len = 4 * ready.len() as u32;
            unsafe { std::ptr::copy_nonoverlapping(ready.as_ptr(), list.at as *mut u32, ready.len()) };
            list
        })
    }

    pub fn index(ready: &Buffer, at: u32) -> u32 {
        unsafe { (ready.at as *const u32).add(at as usize).read() }
    }

    pub fn ready(pollable: u32) -> bool {
        HOST.with_borrow(|host| host.is_ready(pollable))
    }

    pub fn drop_pollable(pollable: u32) {
        HOST.with_borrow_mut(|host| host.pollables.remove(&pollable)).expect("a pollable that was not dropped yet");
    }

    pub fn drop_error(_: u32) {}

    pub fn bytes(bytes: &[u8]) -> Buffer {
        if bytes.is_empty() {
            return Buffer::NONE;
        }
        let at = memory::alloc(bytes.len() as u32);
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len()) };
        Buffer::lowered(at, bytes.len() as u32)
    }

    fn with<R>(stream: u32, act: impl FnOnce(&mut Stream) -> R) -> R {
        HOST.with_borrow_mut(|host| act(host.streams.get_mut(&stream).expect("a stream that was not dropped yet")))
    }

    pub fn read(stream: u32, len: u32) -> Result<Buffer, Failure> {
        with(stream, |stream| match stream.end {
            Some(end) if stream.bytes.is_empty() => Err(end),
            _ => {
                let count = stream.bytes.len().min(len as usize);
                Ok(bytes(&stream.bytes.drain(..count).collect::<Vec<_>>()))
            }
        })
    }

    pub fn hook_read_in_place(_: u32, _: u32, _: u32, _: u32) -> Result<Buffer, Failure> {
        unreachable!("guests are not linked here");
    }

    fn subscribe(pollable: &Cell<u32>, to: Pollable) -> u32 {
        if pollable.get() == 0 {
            pollable.set(new(to));
        }
        pollable.get()
    }

    pub fn input_pollable(stream: u32, pollable: &Cell<u32>) -> u32 {
        subscribe(pollable, Pollable::Input(stream))
    }

    pub fn output_pollable(stream: u32, pollable: &Cell<u32>) -> u32 {
        subscribe(pollable, Pollable::Output(stream))
    }

    fn drop_stream(stream: u32, pollable: u32) {
        if pollable != 0 {
            drop_pollable(pollable);
        }
        HOST.with_borrow_mut(|host| {
            let is_child = |pollable: &Pollable| match pollable {
                Pollable::Timer(_) => false,
                Pollable::Input(of) | Pollable::Output(of) => *of == stream,
            };
            assert!(!host.pollables.values().any(is_child), "children go first");
            let dropped = host.streams.remove(&stream).expect("a stream that was not dropped yet");
            host.dropped.insert(stream, dropped);
        });
    }

    pub fn drop_input(stream: u32, pollable: u32) {
        drop_stream(stream, pollable);
    }

    pub fn drop_output(stream: u32, pollable: u32) {
        drop_stream(stream, pollable);
    }

    pub fn check_write(stream: u32) -> Result<u64, Failure> {
        with(stream, |stream| stream.end.map_or(Ok(stream.permit()), Err))
    }

    pub fn write(stream: u32, bytes: &Cell<Buffer>, len: u32) -> Result<(), Failure> {
        with(stream, |stream| {
            let written = unsafe { std::slice::from_raw_parts(bytes.get().start(), len as usize) };
            assert!(u64::from(len) <= stream.permit(), "no more than is permitted");
            stream.permit -= u64::from(len);
            stream.bytes.extend(written);
            stream.end.map_or(Ok(()), Err)
        })
    }

    pub fn flush(stream: u32) -> Result<(), Failure> {
        with(stream, |stream| stream.is_flushing = true);
        Ok(())
    }
}
