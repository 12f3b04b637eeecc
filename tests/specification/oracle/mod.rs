//! An oracle: random scripts of built-ins run in components, and what the components say they have seen must be what an
//! executable model of the specification allows.

mod check;
mod copies;
mod generate;
mod guest;
mod host;
mod script;
mod shrink;
mod tasks;
mod world;

use std::fmt::Write;

use check::check;
use generate::generate;
use host::Host;
use script::{End, Observed, Script, Seen};
use shrink::shrink;
use wasi_shim::Target;
use world::Rules;

/// What is run: a composition, on a host.
struct Subject {
    parts: usize,
    host: Host,
    rules: Rules,
}

impl Subject {
    fn new(parts: usize, generation: Target) -> Subject {
        let rules = if generation == Target::Wasi03 { Rules::Wasmtime } else { Rules::Specification };
        Subject { parts, host: Host::new(parts, generation), rules }
    }

    /// What is wrong with a script, if anything is.
    fn fails(&self, script: &Script) -> Option<String> {
        let mut observed = self.host.run(script);
        if self.rules == Rules::Wasmtime {
            observed.log.retain(|entry| !matches!(entry.seen, Seen::Unknown(..)));
        }
        if observed.end == End::EngineBug && self.rules == Rules::Wasmtime {
            return None;
        }
        let disagreement = check(script, self.parts, &observed, self.rules).err()?;
        let mut text = format!("{script}it says:\n");
        let Observed { log, end, report } = observed;
        for entry in &log[..disagreement.agreed] {
            writeln!(text, "  {entry:?}").unwrap();
        }
        for entry in &log[disagreement.agreed..] {
            writeln!(text, "! {entry:?}").unwrap();
        }
        let cause =
            report.lines().map(str::trim).filter(|line| line.starts_with("trap:") || line.contains("wasm trap")).last();
        write!(text, "! {end:?} {}\nallowed instead: {:?}", cause.unwrap_or(&report), disagreement.allowed).unwrap();
        Some(text)
    }
}

/// Scripts for CI; `WASI_SHIM_TEST_SCRIPTS` says how many instead.
fn count(usual: u64) -> u64 {
    std::env::var("WASI_SHIM_TEST_SCRIPTS").map_or(usual, |count| count.parse().expect("a number of scripts"))
}

fn agree(parts: usize, generation: Target, usual: u64, blocks: bool) {
    let subject = Subject::new(parts, generation);
    let mut ends = std::collections::BTreeMap::new();
    let mut entries = 0;
    let mut kinds = std::collections::BTreeMap::new();
    for seed in 0..count(usual) {
        let mut script = generate(seed, parts, blocks);
        if subject.rules == Rules::Wasmtime {
            script.place_well();
        }
        let o = subject.host.run(&script);
        entries += o.log.len();
        *ends.entry(format!("{:?}", o.end)).or_insert(0) += 1;
        if subject.fails(&script).is_some() {
            let script = shrink(script, |script| subject.fails(script).is_some());
            let text = subject.fails(&script).unwrap();
            let tail: String = text
                .lines()
                .filter(|l| l.contains("allowed") || l.starts_with("!"))
                .map(|l| l.to_string() + "\n")
                .collect();
            kinds.entry(tail).or_insert((0, format!("seed {seed}: {text}"))).0 += 1;
        }
    }
    println!("{ends:?} {entries}");
    let failed: u64 = kinds.values().map(|(n, _)| *n).sum();
    let mut kinds: Vec<_> = kinds.into_values().collect();
    kinds.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    for (n, text) in kinds.iter().take(12) {
        println!("==== {n} times: {text}\n");
    }
    assert_eq!(failed, 0);
}

#[test]
fn one_part() {
    agree(1, Target::Wasi02, 1000, false);
}

#[test]
fn one_part_natively() {
    agree(1, Target::Wasi03, 1000, false);
}

#[test]
fn a_pair_natively() {
    agree(2, Target::Wasi03, 1000, false);
}

#[test]
fn a_pair() {
    agree(2, Target::Wasi02, 1000, false);
}

#[test]
fn a_chain_natively() {
    agree(3, Target::Wasi03, 1000, false);
}

#[test]
fn a_chain() {
    agree(3, Target::Wasi02, 1000, false);
}
