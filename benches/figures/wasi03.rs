//! Programs of 0.3, translated on the host of 0.2.

use std::fmt::Write;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use wasi_shim::Target;
use wasi_shim::harness::{CommandOptions, Host, Input, Outcome, Output, Program};

use crate::measure::*;

/// Prints the tables.
pub fn print(quick: bool) {
    let rounds = |n: usize| if quick { 1 } else { n };
    let work = tempfile::tempdir().expect("a temporary directory");
    let hosts = Pair { native: Host::new(Target::Wasi03).unwrap(), wrapped: Host::new(Target::Wasi02).unwrap() };
    let compiled = |name: &str| Pair {
        native: hosts.native.compile(&fixture(name)).unwrap(),
        wrapped: hosts.wrapped.compile(&wrap(&fixture(name), Target::Wasi02)).unwrap(),
    };
    let bench = compiled("bench03");
    let input = work.path().join("input");
    std::fs::write(&input, vec![b'x'; 64 << 20]).unwrap();

    println!("| what | native | translated | ratio | goal |");
    println!("|---|---|---|---|---|");
    let program = |args: [&str; 2], stdin: Option<&Path>, label: &str, goal: f64| {
        let (native, wrapped) = alternate(rounds(9), |side| run(bench.get(side), &args, stdin, work.path()));
        row(label, native, wrapped, goal);
    };
    program(["pair", "1310720"], None, "20 MiB through reads and writes of 16 bytes", 1.2);
    program(["cat", "65536"], Some(&input), "64 MiB from standard input to standard output, 64 KiB at a time", 1.1);
    program(["timers", "10000"], None, "10 000 timers at once", 1.2);

    for (name, label) in
        [("hello-p3", "hello, cold: compile and run, no cache"), ("direct-p3", "a Rust program that prints, cold")]
    {
        let hello = Pair { native: fixture(name), wrapped: wrap(&fixture(name), Target::Wasi02) };
        let (native, wrapped) = alternate(rounds(15), |side| {
            let target = if side == Side::Native { Target::Wasi03 } else { Target::Wasi02 };
            let host = Host::new(target).unwrap();
            run(&host.compile(hello.get(side)).unwrap(), &["arguments"], None, work.path());
        });
        row(label, native, wrapped, 1.5);
    }

    println!("\n| what | measured | goal |\n|---|---|---|");
    let (before, after) = (fixture("hello-p3").len(), wrap(&fixture("hello-p3"), Target::Wasi02).len());
    println!(
        "| bytes that translation adds to a hello that only prints | {} ({before} → {after}) | ≤ {} |",
        after - before,
        32 * 1024
    );
    let large = component_of_1_mb();
    let times: Vec<Duration> = (0..rounds(15)).map(|_| timed(|| drop(wrap(&large, Target::Wasi02)))).collect();
    let label = if cfg!(debug_assertions) { ", in a debug build" } else { "" };
    println!("| translation of a component of {} bytes{label} | {} | ≤ 30 ms |", large.len(), ms(median(times)));
}

fn run(program: &Program, args: &[&str], stdin: Option<&Path>, dir: &Path) {
    let mut options = CommandOptions::default();
    options.args = std::iter::once("bench03").chain(args.iter().copied()).map(String::from).collect();
    if let Some(path) = stdin {
        options.stdin = Input::File(File::open(path).unwrap());
        options.stdout = Output::File(open(&dir.join("output")));
    }
    assert_eq!(program.run(options).unwrap(), Outcome::Exit(0), "{args:?}");
}

/// A program of 0.3 whose core module got functions, never called, until the component has 1 MB.
fn component_of_1_mb() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wat/hello-p3.wat");
    let text = std::fs::read_to_string(path).unwrap();
    let mut filler = String::new();
    for i in 0..1900 {
        filler += "(func (param i32) (result i32) (local.get 0)";
        for k in 0..100 {
            write!(filler, "(i32.const {})(i32.add)", i * 1000 + k).unwrap();
        }
        filler += ")\n";
    }
    wat::parse_str(text.replace(";; More functions go here when a large component is wanted.", &filler)).unwrap()
}
