//! The situations of the specification's own tests, and rules of it that those lack, in one table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

mod calls;
mod handles;
mod interleaving;
mod parts;
mod rules_of_ends;
mod rules_of_resources;
mod rules_of_tasks;
mod run;
mod streams;

use run::Outcome;

/// The required end of a situation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Value(u32),
    /// A trap of whoever does something wrong.
    Trap,
    /// A trap, for what is waited for can never come.
    Stuck,
    /// A trap, and traps of whatever is called afterwards.
    TrapForGood,
    /// A part sees something else than what is right.
    Wrong,
    Hangs,
    /// No component at all.
    Invalid,
}

use End::{Hangs, Invalid, Stuck, Trap, TrapForGood, Value, Wrong};

/// The one limit of the design.
const STACK: &str =
    "a part that blocks in the middle of its code has its callers on the stack, and hosts of 0.2 cannot switch stacks";

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value(1) => write!(f, "goes on"),
            Value(value) => write!(f, "{value:#x}"),
            Trap => write!(f, "a trap"),
            Stuck => write!(f, "a trap, for nothing can go on"),
            TrapForGood => write!(f, "traps"),
            Wrong => write!(f, "something else"),
            Hangs => write!(f, "goes on for ever"),
            Invalid => write!(f, "is invalid"),
        }
    }
}

/// Whether engines do what the specification says.
#[derive(Clone, Copy, Debug)]
enum Engine {
    Agrees,
    /// Wasmtime 48 ends otherwise: how, and by which rule of its own.
    Differs(End, &'static str),
}

#[derive(Clone, Copy, Debug)]
enum Verdict {
    /// Translated, it ends as the specification says.
    Passes,
    /// Translated, it ends otherwise, and cannot be done: how, and why.
    CannotBe(End, &'static str),
    /// The same, but hosts differ.
    Guarded(End, &'static str),
    /// There is nothing to run: why.
    LeftOut(&'static str),
}

#[derive(Clone, Copy, Debug)]
struct Row {
    /// The test of the specification that it follows, or the function of `definitions.py`.
    file: &'static str,
    situation: &'static str,
    parts: &'static str,
    end: End,
    engine: Engine,
    verdict: Verdict,
}

const ROW: Row =
    Row { file: "", situation: "", parts: "", end: Value(1), engine: Engine::Agrees, verdict: Verdict::Passes };

/// Rows, each a test.
macro_rules! rows {
    ($($name:ident: $file:literal, $situation:literal, $parts:expr, $end:expr $(, $field:ident: $value:expr)*;)*) => {
        // A row may say all.
        #[allow(clippy::needless_update)]
        pub(super) const ROWS: &[super::Row] = &[$(super::Row {
            file: $file, situation: $situation, parts: $parts, end: $end, $($field: $value,)* ..super::ROW
        }),*];
        $(#[test]
        fn $name() {
            super::check($situation, ROWS);
        })*
    };
}
use rows;

fn ends(outcomes: &[Outcome], end: End) -> bool {
    match (end, outcomes) {
        (Value(value), [outcome]) => *outcome == Outcome::Value(value),
        (Hangs, [outcome]) => *outcome == Outcome::Hangs,
        (Wrong, [outcome]) => matches!(outcome, Outcome::Wrong(_)),
        (Trap, [outcome]) => matches!(outcome, Outcome::Trap(report) if !report.contains("deadlock")),
        (Stuck, [outcome]) => matches!(outcome, Outcome::Trap(_)),
        (TrapForGood, outcomes) => outcomes.iter().all(|outcome| matches!(outcome, Outcome::Trap(_))),
        _ => false,
    }
}

fn check(situation: &str, rows: &[Row]) {
    let row = rows.iter().find(|row| row.situation == situation).unwrap();
    match row.verdict {
        Verdict::LeftOut(_) => assert_eq!(row.parts, ""),
        _ => check_parts(row, row.parts),
    }
}

/// The same of parts that do it in another way.
fn check_parts(row: &Row, text: &str) {
    let component = parts::composition(text);
    if row.end == Invalid {
        assert!(!run::is_valid(&component) && run::translated(&component).is_err());
        return;
    }
    let calls = if row.end == TrapForGood { 2 } else { 1 };
    let native = run::natively(&component, calls);
    let mut failures = Vec::new();
    let is_right = match row.engine {
        Engine::Agrees => ends(&native, row.end),
        Engine::Differs(end, _) => ends(&native, end) && !ends(&native, row.end),
    };
    if !is_right {
        failures.push(format!("natively {native:?}"));
    }
    let translated = run::translated(&component);
    let translated = translated.unwrap_or_else(|error| panic!("{}: {failures:?} refused: {error}", row.file));
    let mut hosts = vec![("translated", run::on_wasi02(&translated, calls))];
    #[cfg(feature = "wasmtime36")]
    hosts.push(("translated, on wasmtime 36", run::on_wasmtime36(&translated, calls)));
    for (host, outcomes) in hosts {
        let is_right = match row.verdict {
            Verdict::Passes => ends(&outcomes, row.end),
            Verdict::CannotBe(end, _) => ends(&outcomes, end) && !ends(&outcomes, row.end),
            // Hosts guard against different mistakes.
            Verdict::Guarded(end, _) => ends(&outcomes, end) || ends(&outcomes, row.end),
            Verdict::LeftOut(_) => false,
        };
        if !is_right {
            failures.push(format!("{host} {outcomes:?}"));
        }
    }
    assert!(failures.is_empty(), "{}, {:?} is right: {}", row.file, row.end, failures.join("\n"));
}

const MODULES: [&[Row]; 7] = [
    calls::ROWS,
    handles::ROWS,
    interleaving::ROWS,
    rules_of_tasks::ROWS,
    rules_of_ends::ROWS,
    rules_of_resources::ROWS,
    streams::ROWS,
];

fn table() -> impl Iterator<Item = &'static Row> {
    MODULES.into_iter().flatten()
}

/// The tests of the specification, of August 2026.
const FILES: [&str; 34] = [
    "async-calls-sync",
    "big-interleaving-test",
    "builtin-trap-poisons-instance",
    "cancel-stream",
    "cancel-subtask",
    "cancellable",
    "closed-stream",
    "cross-abi-calls",
    "cross-task-future",
    "deadlock",
    "dont-block-start",
    "drop-cross-task-borrow",
    "drop-stream",
    "drop-subtask",
    "drop-waitable-set",
    "during-sync-call-may-block-if-other-ready-threads",
    "during-sync-call-no-exclusive-resume",
    "during-sync-call-no-sibling-resume",
    "empty-wait",
    "futures-must-write",
    "partial-stream-copies",
    "passing-resources",
    "same-component-stream-future",
    "sync-barges-in",
    "sync-streams",
    "trap-if-block-and-sync",
    "trap-if-done",
    "trap-if-sync-and-waitable-set",
    "trap-if-transfer-in-waitable-set",
    "trap-on-reenter",
    "validate-no-async-abi-for-sync-type",
    "validate-no-stream-char",
    "wait-during-callback",
    "zero-length",
];

#[test]
fn every_file_has_rows() {
    let named: BTreeSet<&str> = table().filter_map(|row| row.file.strip_suffix(".wast")).collect();
    assert_eq!(named, BTreeSet::from(FILES));
    // They are found by it.
    for module in MODULES {
        let situations: BTreeSet<&str> = module.iter().map(|row| row.situation).collect();
        assert_eq!(situations.len(), module.len());
    }
}

/// The manual has the counts, and all rows that are not as the specification has them.
#[test]
fn the_page_is_up_to_date() {
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let (mut differing, mut impossible) = (String::new(), String::new());
    for row in table() {
        let (source, subject) = match row.file.strip_suffix(".wast") {
            Some(file) => (file, file),
            None => ("rules beside them", row.file),
        };
        let count = counts.entry(source).or_default();
        match row.verdict {
            Verdict::Passes => count[0] += 1,
            Verdict::CannotBe(end, why) | Verdict::Guarded(end, why) => {
                count[1] += 1;
                impossible += &format!("| `{subject}` | {} | {} | {}; {why} |\n", row.situation, row.end, end);
            }
            Verdict::LeftOut(why) => {
                count[2] += 1;
                impossible += &format!("| `{subject}` | {} | | not run: {why} |\n", row.situation);
            }
        }
        if let Engine::Differs(end, why) = row.engine {
            differing += &format!("| `{subject}` | {} | {} | {end}: {why} |\n", row.situation, row.end);
        }
    }
    let mut total = [0; 3];
    let mut table = String::from("| test | passes | cannot be | not run |\n|---|---|---|---|\n");
    for (file, count) in counts {
        table += &format!("| {file} | {} | {} | {} |\n", count[0], count[1], count[2]);
        total.iter_mut().zip(count).for_each(|(sum, n)| *sum += n);
    }
    table += &format!("| **all** | **{}** | **{}** | **{}** |\n", total[0], total[1], total[2]);
    let of = |title: &str, rows: String| format!("| of | situation | specified | {title} |\n|---|---|---|---|\n{rows}");
    let parts =
        [("differing", of("wasmtime 48", differing)), ("impossible", of("translated", impossible)), ("counts", table)];
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/src/specification.md");
    let mut page = std::fs::read_to_string(path).unwrap();
    for (name, text) in parts {
        let [begin, end] = [format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->")];
        let (before, rest) = page.split_once(&begin).unwrap();
        let (old, after) = rest.split_once(&end).unwrap();
        if std::env::var_os("BLESS").is_none() {
            assert_eq!(old.trim(), text.trim(), "BLESS=1 writes it anew");
        }
        page = format!("{before}{begin}\n{text}\n{end}{after}");
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, page).unwrap();
    }
}
