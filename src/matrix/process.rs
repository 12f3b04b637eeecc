//! A process of its own group, whose outputs are collected and that does not outlive its deadline.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The limit of a program's output.
const MOST_OUTPUT: usize = 64 << 20;

/// How long to wait for the outputs of a process that has ended, if its descendants still hold
/// them.
const LEFT_OVERS: Duration = Duration::from_secs(1);

/// A running process.
pub struct Process {
    child: Child,
    input: Option<Sender<Vec<u8>>>,
    pub stdout: Arc<Output>,
    pub stderr: Arc<Output>,
    pub deadline: Instant,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// The process was still running at its deadline.
    Late,
    /// The process printed more than the limit.
    Flood,
}

/// The standard input of a process.
pub enum Input {
    Nothing,
    /// All at once.
    File(File),
    /// The bytes of [`Process::write`].
    Pipe,
}

impl Process {
    /// Starts `command`.
    pub fn start(mut command: Command, input: Input, limit: Duration) -> io::Result<Process> {
        command.stdin(match input {
            Input::Nothing => Stdio::null(),
            Input::File(file) => file.into(),
            Input::Pipe => Stdio::piped(),
        });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        groups().insert(child.id());
        let stdout = Output::collect(child.stdout.take());
        let stderr = Output::collect(child.stderr.take());
        let input = child.stdin.take().map(|mut pipe| {
            let (sender, bytes) = mpsc::channel::<Vec<u8>>();
            thread::spawn(move || {
                for bytes in bytes {
                    // A program may end without having read.
                    if pipe.write_all(&bytes).and_then(|()| pipe.flush()).is_err() {
                        break;
                    }
                }
            });
            sender
        });
        Ok(Process { child, input, stdout, stderr, deadline: Instant::now() + limit })
    }

    /// Writes bytes to its standard input.
    pub fn write(&self, bytes: Vec<u8>) {
        if let Some(input) = &self.input {
            // The program may have ended without reading.
            let _ = input.send(bytes);
        }
    }

    /// Asks a server to end.
    pub fn interrupt(&mut self) {
        // The id is the process's own only until somebody has waited for the process.
        if matches!(self.child.try_wait(), Ok(None)) {
            signal("INT", &self.child.id().to_string());
        }
    }

    /// Ends its standard input and waits until it has ended.
    pub fn wait(mut self) -> io::Result<End> {
        self.input = None;
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(status) = self.child.try_wait()? {
                let until = Instant::now() + LEFT_OVERS;
                if !(self.stdout.is_closed_by(until) && self.stderr.is_closed_by(until)) {
                    signal("KILL", &format!("-{}", self.child.id()));
                }
                return Ok(end(status));
            }
            let end = match (Instant::now() > self.deadline, self.stdout.is_full() || self.stderr.is_full()) {
                (_, true) => End::Flood,
                (true, false) => End::Late,
                (false, false) => {
                    thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(20));
                    continue;
                }
            };
            self.kill();
            return Ok(end);
        }
    }

    /// Ends it, and all processes that it has started.
    fn kill(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            signal("KILL", &format!("-{}", self.child.id()));
            // In case no shell sent the signal. The process may have ended by itself meanwhile.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        groups().remove(&self.child.id());
    }
}

/// Ends all processes that run.
pub fn kill_all() {
    for group in groups().iter() {
        signal("KILL", &format!("-{group}"));
    }
}

fn groups() -> MutexGuard<'static, BTreeSet<u32>> {
    static GROUPS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `to` is a process, or a group with a minus sign. The standard library has no signals; every
/// shell has.
fn signal(name: &str, to: &str) {
    if cfg!(unix) {
        let kill = format!("kill -s {name} -- {to}");
        // A process that has ended needs no signal.
        let _ = Command::new("sh").args(["-c", &kill]).stdin(Stdio::null()).stderr(Stdio::null()).status();
    }
}

fn end(status: ExitStatus) -> End {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return End::Signal(signal);
    }
    End::Status(status.code().unwrap_or(-1))
}

/// The output of a process on one stream.
#[derive(Default)]
pub struct Output {
    state: Mutex<Printed>,
    changed: Condvar,
}

#[derive(Default)]
struct Printed {
    bytes: Vec<u8>,
    is_closed: bool,
}

impl Output {
    fn collect(pipe: Option<impl Read + Send + 'static>) -> Arc<Output> {
        let output = Arc::new(Output::default());
        let theirs = output.clone();
        thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            let mut pipe = pipe;
            while let Some(Ok(count @ 1..)) = pipe.as_mut().map(|pipe| pipe.read(&mut buffer)) {
                let mut printed = theirs.lock();
                // The rest is read, so that the program does not block, but not kept.
                let room = MOST_OUTPUT.saturating_sub(printed.bytes.len());
                printed.bytes.extend_from_slice(&buffer[..count.min(room)]);
                theirs.changed.notify_all();
            }
            theirs.lock().is_closed = true;
            theirs.changed.notify_all();
        });
        output
    }

    /// Waits until `enough` holds for the output, or until its end or `deadline`; returns the
    /// output.
    pub fn wait_until(&self, deadline: Instant, enough: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let mut printed = self.lock();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if enough(&printed.bytes) || printed.is_closed || left.is_zero() {
                return printed.bytes.clone();
            }
            printed = self.changed.wait_timeout(printed, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn is_closed_by(&self, deadline: Instant) -> bool {
        self.wait_until(deadline, |_| false);
        self.lock().is_closed
    }

    /// The output so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.lock().bytes.clone()
    }

    fn is_full(&self) -> bool {
        self.lock().bytes.len() >= MOST_OUTPUT
    }

    fn lock(&self) -> MutexGuard<'_, Printed> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
