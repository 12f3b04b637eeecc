//! The figures of the README: what wrapping costs, as ratios of one run on one machine.
//!
//!     cargo bench --bench figures
//!
//! Native and wrapped runs alternate, each figure is the median; no time is ever asserted.

#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use wasi_shim::Target;
use wasi_shim::harness::{CommandOptions, Host, Outcome, Output, Program};

fn main() {
    // `cargo test --benches` runs this too, with no arguments: then once is enough to see that it works.
    let quick = !std::env::args().any(|a| a == "--bench");
    let rounds = |n: usize| if quick { 1 } else { n };
    let work = tempfile::tempdir().expect("a temporary directory");
    let hosts = Pair { native: Host::new(Target::Wasi02).unwrap(), wrapped: Host::new(Target::Wasi03).unwrap() };
    let bench = Pair { native: fixture("bench"), wrapped: wrap(&fixture("bench")) };
    let bench = Pair {
        native: hosts.native.compile(&bench.native).unwrap(),
        wrapped: hosts.wrapped.compile(&bench.wrapped).unwrap(),
    };

    println!("| what | native | wrapped | ratio | goal |");
    println!("|---|---|---|---|---|");
    let program = |what: &'static str, out: Option<PathBuf>, n: usize, label: &str, goal: f64| {
        let (native, wrapped) = alternate(rounds(n), |side| {
            run(bench.get(side), what, out.as_deref(), work.path());
        });
        row(label, native, wrapped, goal);
    };
    program("stdout", Some("/dev/null".into()), 15, "64 MiB to `/dev/null` in blocking writes of 4 KiB", 1.3);
    program("stdout", Some(work.path().join("out")), 15, "the same to a file", 1.1);
    program("file", None, 15, "16 MiB to a file and back, 4 KiB at a time", 1.2);
    program("file-streams", None, 15, "the same through streams", 1.2);
    program("stat", None, 15, "100 000 × `stat-at`", 1.3);
    program("now", None, 15, "100 000 × `monotonic-clock.now`", 1.3);

    let hello = Pair { native: fixture("hello"), wrapped: wrap(&fixture("hello")) };
    let (native, wrapped) = alternate(rounds(25), |side| {
        let target = if side == Side::Native { Target::Wasi02 } else { Target::Wasi03 };
        let host = Host::new(target).unwrap();
        run(&host.compile(hello.get(side)).unwrap(), "", None, work.path());
    });
    row("hello, cold: compile and run, no cache", native, wrapped, 1.5);
    let (native, wrapped) = alternate(rounds(25), |side| {
        let target = if side == Side::Native { Target::Wasi02 } else { Target::Wasi03 };
        let host = Host::new(target).unwrap();
        run(
            &host.compile(if side == Side::Native { &STD_CLI.0 } else { &STD_CLI.1 }).unwrap(),
            "hello",
            None,
            work.path(),
        );
    });
    row("a Rust hello, cold", native, wrapped, 1.5);

    println!("\n| what | measured | goal |\n|---|---|---|");
    let (before, after) = (hello.native.len(), hello.wrapped.len());
    println!(
        "| bytes that wrapping adds to a hello that only prints | {} ({before} → {after}) | ≤ {} |",
        after - before,
        24 * 1024
    );
    let large = component_of_1_mb();
    let times: Vec<Duration> = (0..rounds(15)).map(|_| timed(|| drop(wrap(&large)))).collect();
    let label = if cfg!(debug_assertions) { ", in a debug build" } else { "" };
    println!("| `wrap` of a component of {} bytes{label} | {} | ≤ 30 ms |", large.len(), ms(median(times)));
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Native,
    Wrapped,
}

struct Pair<T> {
    native: T,
    wrapped: T,
}

impl<T> Pair<T> {
    fn get(&self, side: Side) -> &T {
        match side {
            Side::Native => &self.native,
            Side::Wrapped => &self.wrapped,
        }
    }
}

static STD_CLI: std::sync::LazyLock<(Vec<u8>, Vec<u8>)> =
    std::sync::LazyLock::new(|| (fixture("std-cli"), wrap(&fixture("std-cli"))));

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/built/{name}.wasm"));
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn wrap(component: &[u8]) -> Vec<u8> {
    wasi_shim::wrap(component, &Default::default()).unwrap_or_else(|e| panic!("{e}")).bytes
}

fn run(program: &Program, what: &str, out: Option<&Path>, dir: &Path) {
    let mut options = CommandOptions::default();
    options.args = vec!["bench".into(), what.into()];
    options.dirs = vec![(dir.to_path_buf(), "/work".into())];
    if let Some(path) = out {
        options.stdout = Output::File(open(path));
    }
    assert_eq!(program.run(options).unwrap(), Outcome::Exit(0), "{what}");
}

fn open(path: &Path) -> File {
    let mut options = OpenOptions::new();
    options.write(true);
    if path != Path::new("/dev/null") {
        options.create(true).truncate(true);
    }
    options.open(path).unwrap()
}

fn timed(f: impl FnOnce()) -> Duration {
    let start = Instant::now();
    f();
    start.elapsed()
}

/// Medians of `n` pairs, after one pair that does not count.
fn alternate(n: usize, mut f: impl FnMut(Side)) -> (Duration, Duration) {
    let (mut native, mut wrapped) = (vec![], vec![]);
    for i in 0..=n {
        // Who comes first alternates as well.
        let order = if i % 2 == 0 { [Side::Native, Side::Wrapped] } else { [Side::Wrapped, Side::Native] };
        for side in order {
            let time = timed(|| f(side));
            if i > 0 {
                if side == Side::Native { native.push(time) } else { wrapped.push(time) }
            }
        }
    }
    (median(native), median(wrapped))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn row(what: &str, native: Duration, wrapped: Duration, goal: f64) {
    let ratio = wrapped.as_secs_f64() / native.as_secs_f64();
    println!("| {what} | {} | {} | {ratio:.2} | ≤ {goal} |", ms(native), ms(wrapped));
}

/// A Rust program whose core module got functions, never called, until the component has 1 MB.
fn component_of_1_mb() -> Vec<u8> {
    use walrus::{FunctionBuilder, Module, ValType};
    use wasi_preview1_component_adapter_provider as adapter;
    let mut module = Module::from_buffer(&fixture("core-wasip1")).unwrap();
    for i in 0..1800 {
        let mut f = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[ValType::I32]);
        let parameter = module.locals.add(ValType::I32);
        let mut body = f.func_body();
        body.local_get(parameter);
        for k in 0..100 {
            body.i32_const(i * 1000 + k).binop(walrus::ir::BinaryOp::I32Add);
        }
        let id = f.finish(vec![parameter], &mut module.funcs);
        module.exports.add(&format!("filler-{i}"), id);
    }
    wit_component::ComponentEncoder::default()
        .module(&module.emit_wasm())
        .unwrap()
        .adapter(adapter::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER)
        .unwrap()
        .encode()
        .unwrap()
}
