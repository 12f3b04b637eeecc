//! A small host: waitable sets, subtasks, streams of bytes and futures, all of them a test's own.
//! It defines the functions that `kernel/canon.rs` declares. What a component must not do is a
//! panic here.

use crate::kernel::canon::{BLOCKED, CANCELLED, DROPPED, EVENT_NONE, EVENT_SUBTASK, RETURNED};
use common::memory;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const EVENT_STREAM_READ: u32 = 2;
const EVENT_STREAM_WRITE: u32 = 3;
const EVENT_FUTURE_READ: u32 = 4;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    Set,
    Subtask,
    /// The ends of streams of bytes that the adapter reads, and writes.
    Input,
    Output,
    /// The readable end of an output, until the adapter passes it on.
    Passed,
    Future,
    /// The ends of a stream without payload.
    Sleeper,
    Waker,
}

struct Entry {
    kind: Kind,
    set: u32,
    /// Index of the pipe.
    pipe: usize,
}

/// The value of a future: success, or an error with its text.
pub type Value = Result<(), (u8, &'static str)>;

/// The object behind a handle.
#[derive(Default)]
pub struct Pipe {
    /// Of an input: what it has. Of an output: what the consumer took.
    pub bytes: VecDeque<u8>,
    /// Of an output: how many bytes the consumer takes yet.
    pub permit: u32,
    /// The host has dropped its end.
    pub gone: bool,
    /// The adapter has dropped its end.
    pub dropped: bool,
    /// The adapter knows that it is at its end.
    is_done: bool,
    /// The operation in flight: address and length.
    pending: Option<(*mut u8, u32)>,
    /// … what it writes, which must stay as it is,
    promised: Vec<u8>,
    /// … and how much was copied of it.
    copied: u32,
    pub value: Option<Value>,
    is_written: bool,
    /// The task on whose behalf a future is read.
    reader: u32,
    /// Of a subtask: the state, and whether that is news.
    state: u32,
    is_news: bool,
    /// Events that were delivered.
    pub events: u32,
}

impl Pipe {
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Whether the other end is gone, and has left nothing.
    fn is_over(&self, kind: Kind) -> bool {
        self.gone && (kind != Kind::Input || self.bytes.is_empty())
    }
}

#[derive(Default)]
pub struct Host {
    entries: BTreeMap<u32, Entry>,
    free: Vec<u32>,
    pub pipes: Vec<Pipe>,
    /// Index of the output and of its future: what was passed on.
    pub consumed: Vec<(usize, usize)>,
    /// The task that runs, 0 for none, and those that have ended.
    pub task: u32,
    pub ended: BTreeSet<u32>,
    /// The memory of a linked guest.
    pub guest: Vec<u8>,
    /// The waitable at which the next search for an event begins.
    turn: usize,
    pub cancelled: u32,
}

thread_local! {
    pub static HOST: RefCell<Host> = RefCell::default();
}

pub fn with<R>(act: impl FnOnce(&mut Host) -> R) -> R {
    HOST.with_borrow_mut(act)
}

/// The functions that move bytes of a linked guest.
pub const BY: u32 = 7;

impl Host {
    fn insert(&mut self, kind: Kind, pipe: usize) -> u32 {
        let handle = self.free.pop().unwrap_or(self.entries.len() as u32 + 1);
        let known = self.entries.insert(handle, Entry { kind, set: 0, pipe });
        assert!(known.is_none());
        handle
    }

    fn pipe(&mut self) -> usize {
        self.pipes.push(Pipe::default());
        self.pipes.len() - 1
    }

    fn remove(&mut self, handle: u32, kind: Kind) -> usize {
        let entry = self.entries.remove(&handle).expect("a handle that was not dropped yet");
        assert_eq!(entry.kind, kind);
        self.free.push(handle);
        entry.pipe
    }

    fn at(&mut self, handle: u32, kind: Kind) -> usize {
        let entry = &self.entries[&handle];
        assert_eq!(entry.kind, kind);
        entry.pipe
    }

    /// Handles other than those of sets.
    pub fn handles(&self) -> usize {
        self.entries.values().filter(|entry| entry.kind != Kind::Set).count()
    }

    pub fn sets(&self) -> usize {
        self.entries.len() - self.handles()
    }

    /// Copies what can be copied.
    fn go_on(&mut self, kind: Kind, pipe: usize) {
        let ended = &self.ended;
        let pipe = &mut self.pipes[pipe];
        let Some((at, len)) = pipe.pending else { return };
        match kind {
            Kind::Output => {
                let bytes = unsafe { std::slice::from_raw_parts(at, len as usize) };
                assert_eq!(bytes, pipe.promised, "bytes in flight stay as they are");
                let end = pipe.copied + pipe.permit.min(len - pipe.copied);
                pipe.bytes.extend(&bytes[pipe.copied as usize..end as usize]);
                pipe.permit -= end - pipe.copied;
                pipe.copied = end;
            }
            Kind::Input => {
                let count = (pipe.bytes.len() as u32).min(len - pipe.copied);
                for byte in pipe.bytes.drain(..count as usize) {
                    unsafe { at.add(pipe.copied as usize).write(byte) };
                    pipe.copied += 1;
                }
            }
            Kind::Future => {
                if let Some(value) = pipe.value
                    && !pipe.is_written
                {
                    pipe.is_written = true;
                    unsafe { put(value, at, || assert!(!ended.contains(&pipe.reader), "its task has ended")) };
                }
            }
            _ => {}
        }
    }

    /// The event that is due: its code.
    fn due(&self, entry: &Entry) -> Option<u32> {
        let pipe = &self.pipes[entry.pipe];
        let has_copied = pipe.copied > 0 || pipe.is_over(entry.kind);
        let (code, is_due) = match entry.kind {
            Kind::Subtask => return pipe.is_news.then_some(EVENT_SUBTASK),
            Kind::Input | Kind::Sleeper => (EVENT_STREAM_READ, has_copied),
            Kind::Output => {
                (EVENT_STREAM_WRITE, has_copied || pipe.pending.is_some_and(|(_, len)| len == 0) && pipe.permit > 0)
            }
            Kind::Future => (EVENT_FUTURE_READ, pipe.is_written),
            _ => return None,
        };
        (is_due && pipe.pending.is_some()).then_some(code)
    }

    /// The result of what was in flight, which it is no longer.
    fn finish(&mut self, kind: Kind, pipe: usize) -> u32 {
        let pipe = &mut self.pipes[pipe];
        pipe.events += 1;
        if kind == Kind::Subtask {
            pipe.is_news = false;
            return pipe.state;
        }
        pipe.pending = None;
        if kind == Kind::Future {
            pipe.is_done = true;
            return 0;
        }
        pipe.is_done = pipe.is_over(kind);
        std::mem::take(&mut pipe.copied) << 4 | if pipe.is_done { DROPPED } else { 0 }
    }

    fn start(&mut self, handle: u32, kind: Kind, at: *mut u8, len: u32) -> u32 {
        let pipe = self.at(handle, kind);
        let task = self.task;
        let object = &mut self.pipes[pipe];
        assert!(object.pending.is_none(), "one operation at a time");
        assert!(!object.is_done, "no operation after the last one");
        object.pending = Some((at, len));
        object.reader = task;
        if kind == Kind::Output && len > 0 {
            object.promised = unsafe { std::slice::from_raw_parts(at, len as usize).to_vec() };
        } else {
            object.promised.clear();
        }
        if kind == Kind::Output && len == 0 {
            object.pending = Some((std::ptr::NonNull::dangling().as_ptr(), 0));
        }
        self.go_on(kind, pipe);
        match self.due(&self.entries[&handle]) {
            Some(_) => self.finish(kind, pipe),
            None => BLOCKED,
        }
    }

    fn cancel(&mut self, handle: u32, kind: Kind) -> u32 {
        let pipe = self.at(handle, kind);
        assert!(self.task != 0, "cancellations block, which only a task may");
        assert!(self.entries[&handle].set == 0, "cancelled in a set");
        assert!(self.pipes[pipe].pending.is_some(), "nothing to cancel");
        self.cancelled += 1;
        match self.due(&self.entries[&handle]) {
            Some(_) => self.finish(kind, pipe),
            None => {
                let pipe = &mut self.pipes[pipe];
                pipe.pending = None;
                std::mem::take(&mut pipe.copied) << 4 | CANCELLED
            }
        }
    }

    fn drop_end(&mut self, handle: u32, kind: Kind) {
        assert_eq!(self.entries[&handle].set, 0, "dropped in a set");
        let pipe = self.remove(handle, kind);
        assert!(self.pipes[pipe].pending.is_none(), "dropped with an operation in flight");
        self.pipes[pipe].dropped = true;
    }

    /// The next event of a set.
    pub fn next(&mut self, set: u32) -> Option<(u32, u32, u32)> {
        assert_eq!(self.entries[&set].kind, Kind::Set);
        let due = |(handle, entry): (&u32, &Entry)| {
            (entry.set == set).then(|| self.due(entry)).flatten().map(|code| (code, *handle))
        };
        let events: Vec<(u32, u32)> = self.entries.iter().filter_map(due).collect();
        if events.is_empty() {
            return None;
        }
        self.turn += 1;
        let (code, handle) = events[self.turn % events.len()];
        let (kind, pipe) = (self.entries[&handle].kind, self.entries[&handle].pipe);
        Some((code, handle, self.finish(kind, pipe)))
    }
}

/// Writes what a future says as the tests expect it.
unsafe fn put(value: Value, at: *mut u8, allocate: impl FnOnce()) {
    unsafe {
        at.write(value.is_err() as u8);
        let Err((code, text)) = value else { return };
        at.add(1).write(code);
        if !text.is_empty() {
            allocate();
            let copy = memory::alloc(text.len() as u32);
            copy.copy_from_nonoverlapping(text.as_ptr(), text.len());
            (at.add(8) as *mut *mut u8).write(copy);
        }
        (at.add(16) as *mut u32).write(text.len() as u32);
    }
}

// What tests do as the host.

/// An input: its pipe and its handle.
pub fn input() -> (usize, u32) {
    with(|host| {
        let pipe = host.pipe();
        (pipe, host.insert(Kind::Input, pipe))
    })
}

pub fn future() -> (usize, u32) {
    with(|host| {
        let pipe = host.pipe();
        (pipe, host.insert(Kind::Future, pipe))
    })
}

/// Consumes an output: the future.
pub fn consume(readable: u32) -> u32 {
    let (pipe, future) = future();
    with(|host| {
        let output = host.remove(readable, Kind::Passed);
        host.consumed.push((output, pipe));
    });
    future
}

/// A call that has started: its pipe, and what it answers.
pub fn call() -> (usize, u32) {
    with(|host| {
        let pipe = host.pipe();
        host.pipes[pipe].state = 1;
        (pipe, 1 | host.insert(Kind::Subtask, pipe) << 4)
    })
}

pub fn advance(subtask: usize, state: u32) {
    with(|host| {
        host.pipes[subtask].state = state;
        host.pipes[subtask].is_news = true;
    });
}

pub fn take(output: usize, count: u32) {
    with(|host| {
        assert!(!host.pipes[output].gone);
        host.pipes[output].permit += count;
        host.go_on(Kind::Output, output);
    });
}

pub fn feed(input: usize, bytes: &[u8]) {
    with(|host| {
        assert!(!host.pipes[input].gone);
        host.pipes[input].bytes.extend(bytes);
        host.go_on(Kind::Input, input);
    });
}

/// The host drops its end.
pub fn leave(pipe: usize) {
    with(|host| host.pipes[pipe].gone = true);
}

pub fn resolve(future: usize, value: Value) {
    with(|host| {
        assert!(host.pipes[future].value.replace(value).is_none());
        host.go_on(Kind::Future, future);
    });
}

pub fn future_read(future: u32, at: *mut u8) -> u32 {
    with(|host| host.start(future, Kind::Future, at, 1))
}

pub fn future_cancel(future: u32) -> u32 {
    with(|host| host.cancel(future, Kind::Future))
}

pub fn future_drop(future: u32) {
    with(|host| host.drop_end(future, Kind::Future));
}

pub fn task() -> u32 {
    with(|host| host.task)
}

// What `kernel/canon.rs` declares.

fn pair(kinds: [Kind; 2]) -> u64 {
    with(|host| {
        let pipe = host.pipe();
        let [readable, writable] = kinds.map(|kind| host.insert(kind, pipe));
        readable as u64 | (writable as u64) << 32
    })
}

macro_rules! built_ins {
    ($($symbol:literal $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? $body:block)*) => {$(
        #[unsafe(export_name = $symbol)]
        extern "C" fn $name($($argument: $type),*) $(-> $result)? $body
    )*};
}

built_ins! {
    "[waitable-set-new]" set_new() -> u32 {
        with(|host| {
            let pipe = host.pipe();
            host.insert(Kind::Set, pipe)
        })
    }
    "[waitable-set-poll]" set_poll(set: u32, payload: *mut [u32; 2]) -> u32 {
        let Some((code, handle, result)) = with(|host| host.next(set)) else { return EVENT_NONE };
        unsafe { payload.write([handle, result]) };
        code
    }
    "[waitable-set-drop]" set_drop(set: u32) {
        with(|host| {
            assert!(host.entries.values().all(|entry| entry.set != set), "a set with waitables in it was dropped");
            host.remove(set, Kind::Set);
        });
    }
    "[waitable-join]" join(waitable: u32, set: u32) {
        with(|host| {
            assert!(set == 0 || host.entries[&set].kind == Kind::Set);
            host.entries.get_mut(&waitable).expect("a handle that was not dropped yet").set = set;
        });
    }
    "[subtask-drop]" drop_subtask(subtask: u32) {
        with(|host| {
            let pipe = host.remove(subtask, Kind::Subtask);
            let pipe = &mut host.pipes[pipe];
            assert!(pipe.state >= RETURNED && !pipe.is_news, "a subtask was dropped before its last event");
            pipe.dropped = true;
        });
    }
    "[stream-new-0]bytes" bytes_new() -> u64 { pair([Kind::Passed, Kind::Output]) }
    "[async-lower][stream-read-0]bytes" bytes_read(stream: u32, at: *mut u8, len: u32) -> u32 {
        assert!(len > 0);
        with(|host| host.start(stream, Kind::Input, at, len))
    }
    "[async-lower][stream-write-0]bytes" bytes_write(stream: u32, at: *const u8, len: u32) -> u32 {
        with(|host| host.start(stream, Kind::Output, at.cast_mut(), len))
    }
    "[linked]write" bytes_write_in_place(by: u32, stream: u32, at: u32, len: u32) -> u32 {
        assert_eq!(by, BY);
        with(|host| {
            let at = host.guest[at as usize..(at + len) as usize].as_mut_ptr();
            host.start(stream, Kind::Output, at, len)
        })
    }
    "[stream-cancel-read-0]bytes" cancel_read(stream: u32) -> u32 { with(|host| host.cancel(stream, Kind::Input)) }
    "[stream-cancel-write-0]bytes" cancel_write(stream: u32) -> u32 { with(|host| host.cancel(stream, Kind::Output)) }
    "[stream-drop-readable-0]bytes" drop_readable(stream: u32) { with(|host| host.drop_end(stream, Kind::Input)) }
    "[stream-drop-writable-0]bytes" drop_writable(stream: u32) { with(|host| host.drop_end(stream, Kind::Output)) }
    "[stream-new-unit]" wake_new() -> u64 { pair([Kind::Sleeper, Kind::Waker]) }
    "[async-lower][stream-read-unit]" wake_read(stream: u32, at: *mut u8, len: u32) -> u32 {
        with(|host| host.start(stream, Kind::Sleeper, at, len))
    }
    "[async-lower][stream-write-unit]" wake_write(stream: u32, _at: *const u8, len: u32) -> u32 {
        with(|host| {
            let pipe = host.at(stream, Kind::Waker);
            let pipe = &mut host.pipes[pipe];
            assert!(pipe.pending.is_some_and(|(_, wanted)| pipe.copied + len <= wanted), "the other end reads");
            pipe.copied += len;
            len << 4
        })
    }
    "[stream-drop-readable-unit]" wake_drop_readable(stream: u32) { with(|host| host.drop_end(stream, Kind::Sleeper)) }
    "[stream-drop-writable-unit]" wake_drop_writable(stream: u32) { with(|host| host.drop_end(stream, Kind::Waker)) }
}
