//! Programs of 0.2, adapted on the host of 0.3.

use std::cell::LazyCell;
use std::fs::File;
use std::io::{PipeReader, Read};
#[cfg(unix)]
use std::os::fd::OwnedFd as Owned;
#[cfg(windows)]
use std::os::windows::io::OwnedHandle as Owned;
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wasi_shim::Generation;
use wasi_shim_hosts::{CommandOptions, Directory, Outcome, Output, Program};

use crate::measure::*;

/// Prints the table.
pub fn print(choice: &Choice) {
    let mut table = Table::new(choice, "0.2", "what, 0.2 on the host of 0.3");
    let work = tempfile::tempdir().expect("a temporary directory");
    let bench = LazyCell::new(|| programs(&fixture("bench"), Generation::Wasi02));
    let run = |form, what: &str, out| run(bench.get(form), what, out, work.path());
    table.time("64 MiB to `/dev/null` in blocking writes of 4 KiB", 0.9, 15, |form| {
        run(form, "stdout", Output::File(open(Path::new("/dev/null"))));
    });
    table.time("64 MiB to a file in blocking writes of 4 KiB", 1.0, 15, |form| {
        run(form, "stdout", Output::File(open(&work.path().join("out"))));
    });
    table.time("64 MiB through a slow pipe in blocking writes of 4 KiB", 1.05, 9, |form| {
        let (file, reader) = slow_pipe();
        run(form, "stdout", Output::File(file));
        assert_eq!(reader.join().unwrap(), 64 << 20);
    });
    for (what, label, goal) in [
        ("file", "16 MiB to a file and back, 4 KiB at a time", 1.05),
        ("file-streams", "16 MiB to a file and back through streams", 1.05),
        ("stat", "100 000 × `stat-at`", 1.1),
        ("now", "100 000 × `monotonic-clock.now`", 1.3),
    ] {
        table.time(label, goal, 15, |form| run(form, what, Output::Discard));
    }
}

fn run(program: &Program, what: &str, out: Output, dir: &Path) {
    let mut options = CommandOptions::default();
    options.args = vec!["bench".into(), what.into()];
    options.dirs = vec![Directory::new(dir, "/work")];
    options.stdout = out;
    assert_eq!(program.run(options).unwrap(), Outcome::Exit(0), "{what}");
}

/// A pipe whose other end takes 64 KiB at a time and rests after each; it answers how many came.
fn slow_pipe() -> (File, JoinHandle<usize>) {
    let (reader, writer) = std::io::pipe().unwrap();
    let read = |mut reader: PipeReader| {
        let (mut part, mut count) = (vec![0; 64 << 10], 0);
        while let len @ 1.. = reader.read(&mut part).unwrap() {
            count += len;
            thread::sleep(Duration::from_micros(500));
        }
        count
    };
    (File::from(Owned::from(writer)), thread::spawn(move || read(reader)))
}
