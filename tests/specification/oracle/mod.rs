//! An oracle: random scripts of canonical built-ins run in interpreter components, and what these
//! say they have seen must be what an executable model of the async Canonical ABI allows.
//!
//! * `script`: what a script is, and what is seen of it;
//! * `guest`: the interpreter, as a component alone, a pair, and a chain of three; `host` runs it,
//!   natively and translated;
//! * `world`, `copies`, `tasks`: the model, written from the specification (`CanonicalABI.md`,
//!   `definitions.py`); what that leaves open is a choice;
//! * `check`: the search for choices that give what was observed;
//! * `generate`: scripts that the model makes while it runs; `shrink`: shorter ones that fail as
//!   well.
//!
//! Not in the model: resources, `error-context`, threads, functions that are not async, and lifts
//! without callback.
//!
//! `fuzz/run run SECONDS` runs more scripts than CI does.

mod check;
mod copies;
mod generate;
mod guest;
mod host;
mod script;
mod shrink;
mod tasks;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::support::seeds::{Random, Seeds};
use check::{check, follow};
use generate::generate;
use host::Host;
use script::{End, Kind, Observed, Script, Seen};
use shrink::shrink;
use wasi_shim::Generation;
use world::{Rules, Stop};

/// The component that is run: a composition of so many parts, on a host.
struct Subject {
    parts: usize,
    host: Host,
    rules: Rules,
}

/// A script that does what the model does not allow.
struct Failure {
    /// The actual and the allowed entry, without numbers.
    class: String,
    /// The script, what was seen of it, and what may be.
    text: String,
}

impl Subject {
    fn new(parts: usize, generation: Generation) -> Subject {
        let rules = if generation == Generation::Wasi03 { Rules::Wasmtime } else { Rules::Translated };
        Subject { parts, host: Host::new(parts, generation), rules }
    }

    fn failure(&self, script: &Script) -> Option<Failure> {
        let mut observed = self.host.run(script);
        if self.rules == Rules::Wasmtime {
            if observed.end == End::EngineBug {
                return None;
            }
            // It tells of ends that have copied nothing.
            observed.log.retain(|entry| !matches!(entry.seen, Seen::Confused(_)));
        }
        let disagreement = check(script, self.parts, &observed, self.rules).err()?;
        let class = disagreement.class(script, &observed);
        let Observed { log, end, report } = observed;
        let mut text = format!("{class}\n{script}what is seen:\n");
        for (at, entry) in log.iter().enumerate() {
            let mark = if at < disagreement.agreed { ' ' } else { '!' };
            writeln!(text, "{mark} {entry:?}").unwrap();
        }
        write!(text, "! {end:?}: {report}\nthe model allows instead: {:?}", disagreement.allowed).unwrap();
        Some(Failure { class, text })
    }

    /// A shorter script that fails in the same way.
    fn shortest(&self, script: Script, class: &str) -> String {
        let script = shrink(script, |script| self.failure(script).is_some_and(|failure| failure.class == class));
        self.failure(&script).unwrap().text
    }
}

/// So many failures are made short and printed, each of another class.
const PRINTED: usize = 8;

/// Runs scripts; `blocks` says whether parts that are called block in the middle of their code.
#[track_caller]
fn agree(parts: usize, generation: Generation, usual: u64, blocks: bool) {
    let subject = Subject::new(parts, generation);
    let mut classes: BTreeMap<String, (u64, u64, Script)> = BTreeMap::new();
    let mut count = 0;
    for seed in Seeds::new(usual) {
        count += 1;
        let mut script = generate(seed, parts, blocks);
        if subject.rules == Rules::Wasmtime {
            // It looks at the alignment of a buffer only when something is copied.
            script.align();
        }
        if let Some(Failure { class, .. }) = subject.failure(&script) {
            classes.entry(class).or_insert((0, seed, script)).0 += 1;
        }
    }
    let mut classes: Vec<_> = classes.into_iter().collect();
    classes.sort_by_key(|(_, (times, ..))| std::cmp::Reverse(*times));
    let failed: u64 = classes.iter().map(|(_, (times, ..))| times).sum();
    for (class, (times, seed, script)) in classes.iter().take(PRINTED) {
        println!("{times} times, first of seed {seed}: {}\n", subject.shortest(script.clone(), class));
    }
    for (class, (times, seed, _)) in classes.iter().skip(PRINTED) {
        println!("{times} times, first of seed {seed}: {class}");
    }
    println!("{count} scripts");
    assert_eq!(failed, 0, "of {count} scripts");
}

#[test]
fn one_part() {
    agree(1, Generation::Wasi02, 2500, false);
}

#[test]
fn a_pair() {
    agree(2, Generation::Wasi02, 2500, false);
}

#[test]
fn a_chain_of_three() {
    agree(3, Generation::Wasi02, 2500, false);
}

#[test]
fn a_pair_whose_callee_blocks() {
    agree(2, Generation::Wasi02, 600, true);
}

#[test]
fn a_chain_whose_callees_block() {
    agree(3, Generation::Wasi02, 600, true);
}

/// Wasmtime judges the model: it does the same, but for known differences.
mod natively {
    use super::*;

    #[test]
    fn one_part() {
        agree(1, Generation::Wasi03, 500, false);
    }

    #[test]
    fn a_pair() {
        agree(2, Generation::Wasi03, 500, false);
    }

    #[test]
    fn a_chain_of_three() {
        agree(3, Generation::Wasi03, 500, false);
    }

    #[test]
    fn a_pair_whose_callee_blocks() {
        agree(2, Generation::Wasi03, 400, true);
    }
}

/// The search allows each run of the model, and none in which something else is seen.
#[test]
fn what_is_altered_is_not_allowed() {
    let mut altered = 0;
    for seed in 0..300 {
        let parts = 1 + seed as usize % 3;
        let script = generate(seed, parts, false);
        let (mut observed, _) = follow(&script, parts, seed);
        let allowed = |observed: &Observed| check(&script, parts, observed, Rules::Specification);
        if let Err(disagreement) = allowed(&observed) {
            panic!("{script}{observed:?}\n{disagreement:?}");
        }
        let Some(at) = Random::new(seed).below(observed.log.len() + 1).checked_sub(1) else { continue };
        match &mut observed.log[at].seen {
            Seen::Result(_, value, _) | Seen::Event(_, _, value) | Seen::Element(value) | Seen::Returned(value) => {
                *value ^= 0x1000;
            }
            Seen::Confused(_) => unreachable!("the model is not confused"),
        }
        let disagreement = allowed(&observed).expect_err("an altered log");
        assert_eq!(disagreement.agreed, at, "{script}{observed:?}");
        let removed = observed.log.remove(at);
        let goes_on = observed.log[at..].iter().any(|entry| entry.body == removed.body);
        if matches!(removed.seen, Seen::Result(..)) && goes_on {
            allowed(&observed).expect_err("a log without an entry");
        }
        altered += 1;
    }
    assert!(altered > 250, "{altered}");
}

/// Scripts use every built-in, of every type, and make every mistake.
#[test]
fn scripts_try_everything() {
    let (mut done, mut stops) = (BTreeSet::new(), BTreeSet::new());
    for seed in 0..6000 {
        let parts = 1 + seed as usize % 3;
        let script = generate(seed, parts, seed % 5 == 0);
        let (observed, stop) = follow(&script, parts, seed);
        if let Some(Stop::Trap(why)) = stop {
            stops.insert(why);
        }
        done.extend(observed.log.iter().filter_map(|entry| match entry.seen {
            Seen::Result(at, ..) => Some(format!("{:?}", script.op(entry.body as usize, at as usize).kind)),
            _ => None,
        }));
    }
    // Nothing is said of these, or an event.
    let silent = [Kind::Number, Kind::SetWait, Kind::SetPoll];
    let turns = [Kind::Exit, Kind::TurnYield, Kind::TurnWait, Kind::TurnBad];
    let is_missing =
        |kind: &Kind| !done.contains(&format!("{kind:?}")) && !silent.contains(kind) && !turns.contains(kind);
    let missing: Vec<Kind> = Kind::all().into_iter().filter(is_missing).collect();
    assert_eq!(missing, [], "never done");
    let missing: Vec<&str> = MISTAKES.into_iter().filter(|mistake| !stops.contains(mistake)).collect();
    assert_eq!(missing, [""; 0], "never made");
}

/// The mistakes that make the model trap.
const MISTAKES: [&str; 28] = [
    "a buffer out of bounds",
    "a buffer that is too long",
    "a call is cancelled twice",
    "a call that is not over is dropped",
    "a call that is over is cancelled",
    "a copy by an end that is busy or finished",
    "a future that was not written is dropped",
    "a misaligned buffer",
    "a result of another type",
    "a set that a task waits for is dropped",
    "a set that is not empty is dropped",
    "a sync cancel of an end that is in a set",
    "a sync copy by an end that is in a set",
    "a task ends that has not returned",
    "a task is given up that was not cancelled",
    "a task returns twice",
    "a turn ends with a code that there is not",
    "an end of another kind or type",
    "an end that is busy is dropped",
    "an end that is busy or finished is passed",
    "an end that is in a set is passed",
    "less backpressure than none",
    "no end",
    "no set",
    "no subtask",
    "no such handle",
    "no waitable",
    "there is no copy to cancel",
];
