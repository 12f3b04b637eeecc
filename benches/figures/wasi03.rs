//! Programs of 0.3, adapted on the host of 0.2.

use std::cell::LazyCell;
use std::fs::File;
use std::path::Path;

use wasi_shim::Generation;
use wasi_shim_hosts::{CommandOptions, Input, Outcome, Output, Program};

use crate::measure::*;

/// Prints the table.
pub fn print(choice: &Choice) {
    let mut table = Table::new(choice, "0.3", "what, 0.3 on the host of 0.2");
    let work = tempfile::tempdir().expect("a temporary directory");
    let input = work.path().join("input");
    let bench = LazyCell::new(|| {
        std::fs::write(&input, vec![b'x'; 64 << 20]).unwrap();
        programs(&fixture("bench03"), Generation::Wasi03)
    });
    let output = work.path().join("output");
    for (args, streams, label, goal) in [
        (["pair", "1310720"], None, "20 MiB through reads and writes of 16 bytes", 1.2),
        (
            ["cat", "65536"],
            Some((&input, &output)),
            "64 MiB from standard input to standard output, 64 KiB at a time",
            1.0,
        ),
        (["timers", "10000"], None, "10 000 timers at once", 1.2),
    ] {
        let streams = streams.map(|(input, output)| (input.as_path(), output.as_path()));
        table.time(label, goal, 9, |form| run(bench.get(form), args, streams));
    }
}

fn run(program: &Program, args: [&str; 2], streams: Option<(&Path, &Path)>) {
    let mut options = CommandOptions::default();
    options.args = std::iter::once("bench03").chain(args).map(String::from).collect();
    if let Some((input, output)) = streams {
        options.stdin = Input::File(File::open(input).unwrap());
        options.stdout = Output::File(open(output));
    }
    assert_eq!(program.run(options).unwrap(), Outcome::Exit(0), "{args:?}");
}
