//! All components on all hosts, several at a time.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};

use super::case::{Case, Step};
use super::hosts::Host;
use super::judge::{self, Place, judge};
use super::process;
use super::report::{Outcome, Row};
use super::run::{Failure, Program};
use super::subject::{Form, Kind, Subject};

/// The plan: the components and their hosts.
pub struct Schedule<'a> {
    pub subjects: &'a [Subject],
    pub hosts: &'a [Host],
    pub jobs: usize,
    pub time_limit: Duration,
}

/// The stack of a thread that wraps, as large as that of a main thread: types may be nested deep.
const STACK: usize = 8 << 20;

const ONLY_COMMANDS: &str = "only commands are run on this host";

/// The outcomes of the cases of one component on one host, and their durations.
type Results = Vec<(judge::Result, Duration)>;

impl Schedule<'_> {
    /// Runs everything.
    pub fn run(&self) -> Result<Vec<Row>> {
        let original = Host::wasip1();
        let jobs = self.subjects.iter().flat_map(|subject| {
            let hosts = self.hosts.iter().chain(subject.is_module.then_some(&original));
            hosts.map(move |host| (subject, host))
        });
        let jobs: Vec<(&Subject, &Host)> = jobs.collect();
        let scratch = tempfile::Builder::new()
            .prefix("wasi-shim-matrix-")
            .tempdir()
            .context("cannot make a temporary directory")?;
        end_all_when_interrupted(scratch.path().to_path_buf()).context("cannot watch for signals")?;
        let bar = ProgressBar::new(jobs.iter().map(|(subject, _)| subject.cases.len() as u64).sum());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {wide_msg}") {
            bar.set_style(style);
        }

        let done: Vec<Mutex<Results>> = jobs.iter().map(|_| Mutex::new(Vec::new())).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(((subject, host), cell)) = jobs.get(number).zip(done.get(number)) else { return };
                bar.set_message(format!("{} on {}", subject.shown, host.label));
                let results = self.component(subject, host, &scratch.path().join(number.to_string()), &bar);
                *cell.lock().unwrap_or_else(|error| error.into_inner()) = results;
            }
        };
        let started: io::Result<()> = std::thread::scope(|threads| {
            for _ in 0..self.jobs.min(jobs.len()) {
                std::thread::Builder::new().stack_size(STACK).spawn_scoped(threads, work)?;
            }
            Ok(())
        });
        started.context("cannot start a thread")?;
        bar.finish_and_clear();

        let mut results = done.into_iter().map(|cell| cell.into_inner().unwrap_or_else(|error| error.into_inner()));
        let places: Vec<Place> =
            self.hosts.iter().map(|host| Place { label: &host.label, stderr: host.is_silent() }).collect();
        let mut rows = Vec::new();
        for subject in self.subjects {
            let mut hosts: Vec<_> = results.by_ref().take(self.hosts.len()).map(Vec::into_iter).collect();
            let mut original: Vec<_> = results.by_ref().take(subject.is_module.into()).flatten().collect();
            original.reverse();
            for case in &subject.cases {
                let original = original.pop();
                let original = original.as_ref().and_then(|(result, _)| match result {
                    judge::Result::Ran { seen, .. } => Some(("wasip1", seen)),
                    judge::Result::Not(..) => None,
                });
                let results: Results = hosts.iter_mut().filter_map(Iterator::next).collect();
                rows.push(Row {
                    component: subject.shown.clone(),
                    case: case.name.clone(),
                    uses: subject.uses.iter().map(|number| number.to_string()).collect(),
                    kind: subject.kind.name(subject.is_service(case)),
                    has_case: subject.has_case,
                    cells: judge(case, original, &places, &results),
                });
            }
        }
        Ok(rows)
    }

    /// All cases of a component on one host, one after the other.
    fn component(&self, subject: &Subject, host: &Host, dir: &Path, bar: &ProgressBar) -> Results {
        let not = |outcome, detail: Vec<String>| {
            bar.inc(subject.cases.len() as u64);
            let all = subject.cases.iter().map(|_| (judge::Result::Not(outcome, detail.clone()), Duration::ZERO));
            all.collect()
        };
        if let Some(why) = &subject.broken {
            return not(Outcome::Broken, vec![why.clone()]);
        }
        if let Kind::Nothing(why) = &subject.kind {
            return not(Outcome::Nothing, vec![why.clone()]);
        }
        if !host.serves() && subject.cases.iter().all(|case| subject.is_service(case)) {
            return not(Outcome::Lacks, vec![ONLY_COMMANDS.into()]);
        }
        let (wrapped, bytes) = match subject.form(host) {
            Form::Refused(reasons) => return not(Outcome::Refused, reasons),
            Form::Native => (false, Cow::Borrowed(&subject.bytes)),
            Form::Wrapped(bytes) => (true, Cow::Owned(bytes)),
        };
        let file = dir.join(&subject.file_name);
        let written = std::fs::create_dir_all(dir).and_then(|()| std::fs::write(&file, &*bytes));
        let prepared = match written.and_then(|()| host.prepare(&file, self.time_limit)) {
            Ok(Ok(prepared)) => prepared,
            Ok(Err(reason)) => return not(Outcome::Lacks, vec![reason]),
            Err(error) => return not(Outcome::Broken, vec![format!("this machine: {error}")]),
        };
        let run = |case: &Case| {
            let start = Instant::now();
            let is_service = subject.is_service(case);
            let result = if is_service && !host.serves() {
                Err(Failure::Lacks(ONLY_COMMANDS.into()))
            } else {
                let is_module = subject.is_module && !wrapped;
                let program = Program { host, path: &prepared, name: &subject.file_name, is_service, is_module };
                let mut case = case.clone();
                if is_service && case.steps.is_empty() {
                    case.steps.push(Step::Request(super::case::Request::root()));
                }
                program.run(&case, case.time_limit.unwrap_or(self.time_limit))
            };
            bar.inc(1);
            (judge::Result::of(wrapped, result), start.elapsed())
        };
        let results = subject.cases.iter().map(run).collect();
        // The directory may be large, and there may be many. What cannot be removed now is removed
        // at the end.
        let _ = std::fs::remove_dir_all(dir);
        results
    }
}

/// Ends all processes on an interrupt: they are not in the group that a terminal interrupts.
fn end_all_when_interrupted(scratch: PathBuf) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        if runtime.block_on(interrupted()).is_ok() {
            process::kill_all();
            let _ = std::fs::remove_dir_all(scratch);
            std::process::exit(130);
        }
    });
    Ok(())
}

/// Waits until the user or the parent process asks this process to end.
#[cfg(unix)]
async fn interrupted() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn interrupted() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
