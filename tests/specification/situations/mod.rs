//! The situations of the specification's own tests, and rules of it that those lack, in one table.

mod calls;
mod handles;
mod parts;
mod run;
mod streams;

use run::Outcome;

/// What has to come of a situation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Value(u32),
    /// A trap.
    Trap,
    /// A trap, and traps of whatever is called afterwards.
    TrapForGood,
    /// A part sees something else than what is right.
    Wrong,
    Hangs,
    /// No component at all.
    Invalid,
}

use End::{Hangs, Invalid, Trap, TrapForGood, Value, Wrong};

/// The one limit of the design.
const STACK: &str =
    "a part that blocks in the middle of its code has its callers on the stack, and hosts of 0.2 cannot switch stacks";

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
    /// The tool refuses such components: why.
    Refused(&'static str),
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
        (Trap, [outcome]) => matches!(outcome, Outcome::Trap(_)),
        (TrapForGood, outcomes) => outcomes.iter().all(|outcome| matches!(outcome, Outcome::Trap(_))),
        _ => false,
    }
}

fn check(situation: &str, rows: &[Row]) {
    let row = rows.iter().find(|row| row.situation == situation).unwrap();
    if let Verdict::LeftOut(_) = row.verdict {
        return assert_eq!(row.parts, "");
    }
    let component = parts::composition(row.parts);
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
    let translated = match (run::translated(&component), row.verdict) {
        (Ok(component), _) => component,
        (Err(_), Verdict::Refused(_)) => return assert!(failures.is_empty(), "{failures:?}"),
        (Err(error), _) => panic!("{}: {failures:?} refused: {error}", row.file),
    };
    let mut hosts = vec![("translated", run::on_wasi02(&translated, calls))];
    #[cfg(feature = "wasmtime36")]
    hosts.push(("translated, on wasmtime 36", run::on_wasmtime36(&translated, calls)));
    for (host, outcomes) in hosts {
        let is_right = match row.verdict {
            Verdict::Passes => ends(&outcomes, row.end),
            Verdict::CannotBe(end, _) => ends(&outcomes, end) && !ends(&outcomes, row.end),
            Verdict::Refused(_) | Verdict::LeftOut(_) => false,
        };
        if !is_right {
            failures.push(format!("{host} {outcomes:?}"));
        }
    }
    assert!(failures.is_empty(), "{}, {:?} is right: {}", row.file, row.end, failures.join("\n"));
}
