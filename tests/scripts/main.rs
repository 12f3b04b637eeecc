//! Random scripts for interpreter programs of both generations (`fixtures/rust/interpreter`):
//! whatever a program does, in whatever order, it sees the same natively and wrapped.
//!
//! `fuzz/run run SECONDS` does this for longer.

#![cfg(feature = "hosts")]
#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

#[path = "../support/mod.rs"]
mod support;

mod generate;
mod subject;

use std::collections::BTreeMap;
use std::sync::Mutex;

use subject::Subject;
use support::seeds::Seeds;
use wasi_shim::Generation;

/// So many scripts run at the same time: most of them wait.
const WORKERS: usize = 6;

/// Runs scripts; prints those that show a difference, as short as they can be.
#[track_caller]
fn agree(generation: Generation, usual: u64) {
    let subject = Subject::new(generation);
    let seeds = Mutex::new(Seeds::new(usual));
    let found = Mutex::new((0, BTreeMap::<String, u64>::new()));
    let work = || {
        loop {
            let Some(seed) = seeds.lock().unwrap().next() else { break };
            let script = generate::script(generation, seed);
            let difference = subject.difference(&script);
            let is_new = {
                let (count, classes) = &mut *found.lock().unwrap();
                *count += 1;
                difference.as_ref().is_some_and(|difference| {
                    let times = classes.entry(difference.class.clone()).or_default();
                    *times += 1;
                    *times == 1
                })
            };
            if is_new {
                println!("seed {seed}:\n{}", subject.shortest(script, difference.unwrap()));
            }
        }
    };
    std::thread::scope(|scope| (0..WORKERS).for_each(|_| drop(scope.spawn(work))));
    let (count, classes) = found.into_inner().unwrap();
    println!("{count} scripts");
    assert!(classes.is_empty(), "of {count} scripts: {classes:?}");
}

#[test]
fn of_02_on_a_host_of_03() {
    agree(Generation::Wasi02, 200);
}

#[test]
fn of_03_on_a_host_of_02() {
    agree(Generation::Wasi03, 200);
}

/// A message that is too long for a socket that has no peer.
#[test]
fn a_message_that_is_too_long_is_that_first() {
    found(Generation::Wasi03, &["udp-new 0", "udp-send 0 0 0 6"]);
}

/// A datagram waits while its socket is to have a peer that no socket can have.
#[test]
fn an_impossible_peer_changes_nothing() {
    found(
        Generation::Wasi03,
        &["udp-new 0", "udp-bind 0 0", "udp-receive 0", "udp-send 0 0 1 0", "udp-connect 0 0", "udp-receive 0"],
    );
}

/// A host of 0.3 would refuse to write there.
#[test]
fn a_splice_of_nothing_does_not_write() {
    let script = ["open 0 0 0 0 0", "write-via 1 7", "read-via 1 5", "blocking-splice 0 0 0", "out-flush 0"];
    found(Generation::Wasi02, &script);
}

/// A file that is open for reading fails when something is written to it, be it no zeroes at all.
#[test]
fn no_zeroes_are_a_write() {
    let script = ["open 0 0 0 0 65", "write-via 1 0", "out-bwzf 0 2"];
    found(Generation::Wasi02, &script);
}

/// A difference that a script has found; it showed in most runs, not in all.
#[track_caller]
fn found(generation: Generation, script: &[&str]) {
    let script: Vec<String> = script.iter().map(|line| line.to_string()).collect();
    let same = Subject::new(generation).agreements(&script, 10);
    assert!(same >= 8, "{same} of 10 runs");
}
