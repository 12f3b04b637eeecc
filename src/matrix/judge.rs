//! From observations to cells: each run is compared with the case and with one other run.

use std::time::Duration;

use super::case::Case;
use super::compare::{differences, failure, unexpected};
use super::report::{Cell, Outcome};
use super::run::{Failure, Observation};

/// The outcome of a case on one host, before it is judged.
pub enum Result {
    /// The case ran, native or wrapped.
    Ran { wrapped: bool, seen: Observation },
    /// The case did not run, and the cell is known.
    Not(Outcome, Vec<String>),
}

impl Result {
    /// For a run, or the attempt. Engines that are older than 0.3 lack one function that a wrapped
    /// program may use and can do without.
    pub fn of(wrapped: bool, run: std::result::Result<Observation, Failure>) -> Result {
        match run {
            Ok(seen) => Result::Ran { wrapped, seen },
            Err(Failure::Lacks(reason)) => {
                let exits = wrapped && reason.ends_with("`exit-with-code`");
                let advice = exits.then(|| "`wrap --wasi-patch 0.2.0` does without it".into());
                Result::Not(Outcome::Lacks, [reason].into_iter().chain(advice).collect())
            }
            Err(Failure::Broken(reason)) => Result::Not(Outcome::Broken, vec![format!("this machine: {reason}")]),
        }
    }
}

/// A host as far as judging needs it.
pub struct Place<'h> {
    pub label: &'h str,
    /// Whether standard error counts.
    pub stderr: bool,
}

/// The cells of one case; `results` has one for each of `places`. What `original` observed, on the
/// host of that name, is right.
pub fn judge(
    case: &Case,
    original: Option<(&str, &Observation)>,
    places: &[Place],
    results: &[(Result, Duration)],
) -> Vec<Cell> {
    let runs = |natively: bool| {
        results.iter().zip(places).find_map(|((result, _), place)| match result {
            Result::Ran { wrapped, seen } if !(natively && *wrapped) => Some((place.label, seen)),
            _ => None,
        })
    };
    // A native run, if there is one, is the measure.
    let reference = original.or_else(|| runs(true)).or_else(|| runs(false));
    let wrong_there = reference.map(|(_, seen)| unexpected(case, seen)).unwrap_or_default();
    let cells = results.iter().zip(places).map(|((result, duration), place)| {
        let mut cell = match result {
            Result::Not(outcome, detail) => Cell::new(*outcome, detail.clone()),
            Result::Ran { wrapped, seen } => {
                let mut lines = unexpected(case, seen);
                let mut failure = failure(case, seen);
                let other = reference.filter(|(_, there)| !std::ptr::eq(*there, seen));
                if let Some((on, there)) = other {
                    for line in lines.iter_mut().filter(|line| wrong_there.contains(line)) {
                        line.push_str(&format!(" (on {on} too)"));
                    }
                    lines.extend(differences(there, on, seen, place.stderr));
                }
                match (lines.is_empty(), failure.first_mut(), other) {
                    (false, _, Some(_)) => Cell::new(Outcome::Differs, lines),
                    (false, _, None) => Cell::new(Outcome::Differs, [lines, failure].concat()),
                    (true, Some(_), None) => Cell::new(Outcome::Fails, failure),
                    (true, Some(first), Some((on, _))) => {
                        first.insert_str(0, &format!("as on {on}: "));
                        Cell::new(Outcome::FailsToo, failure)
                    }
                    (true, None, _) if *wrapped => Cell::new(Outcome::Wrapped, vec![]),
                    (true, None, _) => Cell::new(Outcome::Native, vec![]),
                }
            }
        };
        cell.duration = *duration;
        cell
    });
    cells.collect()
}

#[cfg(test)]
mod tests {
    use super::super::case::Exit;
    use super::super::run::Ended;
    use super::*;

    fn ran(wrapped: bool, status: i32) -> (Result, Duration) {
        let seen = Observation {
            end: Ended::Status(status),
            stdout: vec![],
            stderr: vec![],
            answers: vec![],
            files: Default::default(),
            failures: vec![],
        };
        (Result::Ran { wrapped, seen }, Duration::ZERO)
    }

    fn lines(case: &Case, results: &[(Result, Duration)]) -> Vec<String> {
        let places = ["a", "b", "c"].map(|label| Place { label, stderr: true });
        judge(case, None, &places[..results.len()], results).iter().map(Cell::line).collect()
    }

    #[test]
    fn the_native_run_is_the_reference() {
        let results = [ran(true, 1), ran(false, 0), ran(true, 0)];
        assert_eq!(
            lines(&Case::default(), &results),
            ["differs: exit status 0 on b, here exit status 1", "native", "wrapped"]
        );
    }

    #[test]
    fn without_one_it_is_the_first() {
        let lacks = (Result::of(false, Err(Failure::Lacks("it".into()))), Duration::ZERO);
        assert_eq!(
            lines(&Case::default(), &[lacks, ran(true, 0), ran(true, 1)]),
            ["lacks: it", "wrapped", "differs: exit status 0 on b, here exit status 1"]
        );
    }

    #[test]
    fn what_the_original_does_is_right() {
        let (Result::Ran { seen, .. }, _) = ran(false, 3) else { panic!("it ran") };
        let places = [Place { label: "a", stderr: true }];
        let cells = judge(&Case::default(), Some(("wasip1", &seen)), &places, &[ran(true, 1)]);
        assert_eq!(cells[0].line(), "differs: exit status 3 on wasip1, here exit status 1");
        let cells = judge(&Case::default(), Some(("wasip1", &seen)), &places, &[ran(true, 3)]);
        assert_eq!(cells[0].line(), "fails too: as on wasip1: exit status 3");
        let case = Case { exit: Some(Exit::Status(3)), ..Case::default() };
        let cells = judge(&case, Some(("wasip1", &seen)), &places, &[ran(true, 3)]);
        assert_eq!(cells[0].line(), "wrapped");
    }

    #[test]
    fn a_failure_that_is_merely_equal_is_not_right() {
        assert_eq!(
            lines(&Case::default(), &[ran(true, 1), ran(false, 1), ran(true, 0)]),
            [
                "fails too: as on b: exit status 1",
                "fails: exit status 1",
                "differs: exit status 1 on b, here exit status 0"
            ]
        );
        assert_eq!(
            lines(&Case::default(), &[ran(true, 1), ran(true, 1)]),
            ["fails: exit status 1", "fails too: as on a: exit status 1"]
        );
        let case = Case { exit: Some(Exit::Status(1)), ..Case::default() };
        assert_eq!(lines(&case, &[ran(false, 1), ran(true, 1)]), ["native", "wrapped"]);
        let case = Case { stdout: Some(b"x".to_vec()), ..Case::default() };
        assert_eq!(
            lines(&case, &[ran(false, 1)]),
            [r#"differs: standard output, line 1: expected "x", found its end; exit status 1"#]
        );
    }

    #[test]
    fn what_is_wrong_natively_is_wrong() {
        let case = Case { exit: Some(Exit::Status(0)), ..Case::default() };
        assert_eq!(
            lines(&case, &[ran(false, 1), ran(true, 1)]),
            [
                "differs: expected exit status 0, found exit status 1",
                "differs: expected exit status 0, found exit status 1 (on a too)"
            ]
        );
    }
}
