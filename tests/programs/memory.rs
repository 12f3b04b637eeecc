//! However much a translated program does, it takes no more memory for it: neither the program nor
//! the runtime beside it.

use std::sync::OnceLock;

use crate::support::{engine, fixture_bytes, pattern};
use wasi_shim::{Generation, WrapOptions};
use wasi_shim_hosts::{Capture, CommandOptions, Input, Meter, Outcome, Output, Program};

/// `bench03`, translated and compiled for a host of 0.2.
fn program() -> &'static Program {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let mut options = WrapOptions::default();
        options.to = Some(Generation::Wasi02);
        let translated = wasi_shim::wrap(&fixture_bytes("bench03"), &options).unwrap();
        engine::host(Generation::Wasi02).compile(&translated.bytes).unwrap()
    })
}

/// Bytes of all memories of `bench03 WHAT COUNT`, at its end.
fn memory(what: &str, count: usize, stdin: Input, stdout: Output) -> usize {
    let meter = Meter::new();
    let mut options = CommandOptions::default();
    options.args = vec!["bench03".into(), what.into(), count.to_string()];
    options.stdin = stdin;
    options.stdout = stdout;
    options.meter = meter.clone();
    assert_eq!(program().run(options).unwrap(), Outcome::Exit(0), "{what} {count}");
    meter.bytes()
}

/// `many` of something take what a hundredth of them takes.
fn constant(what: &str, many: usize) {
    let [few, many] = [many / 100, many].map(|count| memory(what, count, Input::Empty, Output::Discard));
    assert_eq!(few, many, "{what}: bytes for a hundredth, and for all");
}

#[test]
fn a_million_reads_and_writes() {
    constant("pair", 1_000_000);
}

#[test]
fn a_hundred_thousand_subtasks() {
    constant("subtasks", 100_000);
}

#[test]
fn a_hundred_thousand_subtasks_in_turn() {
    constant("sequence", 100_000);
}

#[test]
fn a_hundred_thousand_cancelled_subtasks() {
    constant("cancelled", 100_000);
}

#[test]
fn a_hundred_thousand_reads_of_the_host() {
    let [few, many] = [10_000, 1_000_000].map(|bytes| {
        let output = Capture::new();
        let input = Input::Bytes(pattern(bytes));
        let memory = memory("cat", 10, input, Output::Capture(output.clone()));
        assert!(output.contents() == pattern(bytes));
        memory
    });
    assert_eq!(few, many);
}

/// Timers that are alive at the same time do take memory: the meter sees it.
#[test]
fn ten_thousand_timers_at_once() {
    let [few, many] = [100, 10_000].map(|count| memory("timers", count, Input::Empty, Output::Discard));
    assert!(many >= few + 10_000 * 100, "{few}, {many}");
}
