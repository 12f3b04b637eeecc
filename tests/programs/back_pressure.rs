//! A host that takes a few bytes at a time, and later: what a wrapped program writes must arrive
//! all the same, in order, whether it waits for it, flushes it, drops it or simply ends.

use crate::support::{engine, fixture_bytes};
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, mpsc};
use std::thread;
use std::time::Duration;
use wasi_shim::{Generation, WrapOptions};
use wasi_shim_hosts::{Capture, CommandOptions, Input, Outcome, Output, Pace, Program};

const PACES: [Pace; 3] = [
    Pace { bytes: 777, pause: Duration::ZERO },
    Pace { bytes: 65_536, pause: Duration::ZERO },
    Pace { bytes: 4096, pause: Duration::from_millis(1) },
];

/// Runs with a time limit: a lost wake-up shows as a program that never ends.
fn run(program: Program, options: CommandOptions, what: &str) -> Outcome {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || send.send(program.run(options)));
    match receive.recv_timeout(Duration::from_secs(60)) {
        Ok(outcome) => outcome.unwrap(),
        Err(_) => panic!("{what}: still running"),
    }
}

/// A fixture, compiled once: on the 0.2 host as it is, on the 0.3 host wrapped.
fn program(fixture: &str, target: Generation) -> Program {
    type Programs = HashMap<(String, Generation), Program>;
    static PROGRAMS: OnceLock<Mutex<Programs>> = OnceLock::new();
    let mut programs = PROGRAMS.get_or_init(Default::default).lock().unwrap_or_else(|e| e.into_inner());
    let compile = || {
        let mut component = fixture_bytes(fixture);
        if target == Generation::Wasi03 {
            let mut options = WrapOptions::default();
            options.to = Some(target);
            component = wasi_shim::wrap(&component, &options).unwrap().bytes;
        }
        engine::host(target).compile(&component).unwrap_or_else(|e| panic!("{fixture}: {e:?}"))
    };
    programs.entry((fixture.to_string(), target)).or_insert_with(compile).clone()
}

fn options(args: &[&str]) -> CommandOptions {
    let mut options = CommandOptions::default();
    options.args = args.iter().map(|a| a.to_string()).collect();
    options
}

/// A program prints wrapped on slow hosts what it prints on an ordinary host of 0.2.
fn same_when_slow(fixture: &str, args: &[&str], stdin: &[u8]) {
    let args = [&[fixture], args].concat();
    let native = Capture::new();
    let mut fast = options(&args);
    fast.stdin = Input::Bytes(stdin.to_vec());
    fast.stdout = Output::Capture(native.clone());
    let expected = run(program(fixture, Generation::Wasi02), fast, "native");

    for pace in PACES {
        let what = format!("{args:?} at {pace:?}");
        let seen = Capture::new();
        let mut slow = options(&args);
        slow.stdin = Input::Slow(stdin.to_vec(), pace);
        slow.stdout = Output::Slow(seen.clone(), pace);
        let outcome = run(program(fixture, Generation::Wasi03), slow, &what);
        match (&outcome, &expected) {
            (Outcome::Trap { .. }, Outcome::Trap { .. }) => {}
            _ => assert_eq!(outcome, expected, "{what}"),
        }
        let (seen, native) = (seen.contents(), native.contents());
        assert!(
            seen == native,
            "{what}: {} bytes instead of {}, equal up to {}",
            seen.len(),
            native.len(),
            seen.iter().zip(&native).take_while(|(a, b)| a == b).count()
        );
    }
}

macro_rules! slow {
    ($($name:ident: $fixture:expr, $args:expr, $stdin:expr;)*) => {
        $(#[test] fn $name() { same_when_slow($fixture, &$args, $stdin) })*
    };
}

slow! {
    hello: "hello", [], b"";
    prints_in_init: "init", [], b"";
    sleeps_in_init: "init-sleep", [], b"";
    two_patch_versions: "two-versions", [], b"";
    blocking_writes: "direct", ["blocking"], b"";
    nonblocking_writes: "direct", ["write-nonblocking", "200000"], b"";
    returns_with_unflushed: "direct", ["write-and-return", "200000"], b"";
    returns_with_a_few_bytes: "direct", ["write-and-return", "10"], b"";
    returns_with_more_than_a_permit: "direct", ["write-and-return", "1200000"], b"";
    exits_with_unflushed: "direct", ["write-and-exit", "200000"], b"";
    trap_keeps_flushed: "direct", ["write-and-trap"], b"";
    without_a_permit: "direct", ["no-permit"], b"";
    several_handles: "direct", ["handles"], b"";
    zeroes: "direct", ["zeroes"], b"";
    subscribe: "direct", ["subscribe-output"], b"";
    timers: "direct", ["timers"], b"";
    busy: "direct", ["busy"], b"";
    splice: "direct", ["splice"], &crate::support::pattern(60_000);
    splice_nonblocking: "direct", ["splice-nonblocking"], &crate::support::pattern(60_000);
    cat: "direct", ["cat"], &crate::support::pattern(60_000);
    cat_small: "direct", ["cat", "5"], &crate::support::pattern(2_000);
    cat_nonblocking: "direct", ["cat-nonblocking"], &crate::support::pattern(60_000);
    skip: "direct", ["skip"], &crate::support::pattern(30_000);
    stdin_after_the_end: "direct", ["after-the-end"], b"abc";
    busy_stdin: "direct", ["busy-read"], b"some words";
    stdin_and_timer: "direct", ["stdin-and-timer", "0"], b"a\nb\n";
    std_cat: "std-cli", ["cat"], &crate::support::pattern(100_000);
    std_lines: "std-cli", ["lines"], b"one\ntwo\n\nthree";
    std_big: "std-cli", ["big", "100000"], b"";
    std_exit: "std-cli", ["exit", "1"], b"";
    std_panic: "std-cli", ["panic"], b"";
    c_stdio: "c-stdio", ["a"], b"1\n2\n3";
}

/// Programs that use both generations, on a slow host.
#[test]
fn mixed_programs_lose_nothing_on_a_slow_host() {
    let expected: String = (0..5).map(|i| format!("0.2 says {i}\n0.3 says {i}\n")).collect();
    for pace in PACES {
        let seen = Capture::new();
        let mut slow = options(&["mixed", "both"]);
        slow.stdout = Output::Slow(seen.clone(), pace);
        assert_eq!(run(program("mixed", Generation::Wasi03), slow, "mixed"), Outcome::Exit(0));
        assert_eq!(String::from_utf8_lossy(&seen.contents()), expected);
    }
}
