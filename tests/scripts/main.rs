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
