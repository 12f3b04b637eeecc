//! Differences from what is expected, and from another host: each a line of text that is the same
//! whenever the case is run.

use super::case::{Case, Exit};
use super::files::Entry;
use super::run::{Ended, Observation};

/// The differences between `found` and the expectations of `case`.
pub fn unexpected(case: &Case, found: &Observation) -> Vec<String> {
    let mut lines = found.failures.clone();
    let exit = match (&found.end, case.exit) {
        (Ended::Late(_) | Ended::Flood | Ended::Signal(_), _) => Some(ending(&found.end)),
        (Ended::Stopped, _) | (_, None) => None,
        (Ended::Status(status), Some(Exit::Status(expected))) if *status == expected => None,
        (Ended::Trap(_), Some(Exit::Trap)) => None,
        (end, Some(Exit::Status(expected))) => Some(format!("expected exit status {expected}, found {}", ending(end))),
        (end, Some(Exit::Trap)) => Some(format!("expected a trap, found {}", ending(end))),
    };
    lines.extend(exit);
    let outputs = [("standard output", &case.stdout, &found.stdout), ("standard error", &case.stderr, &found.stderr)];
    for (what, expected, found) in outputs {
        lines.extend(expected.as_ref().and_then(|expected| texts(what, "expected", expected, "found", found)));
    }
    for (request, answer) in &found.answers {
        let what = format!("{} {}", request.method, request.path);
        let expected = &request.expected;
        let Some(answer) = answer else {
            lines.push(format!("{what}: no response"));
            continue;
        };
        if let Some(status) = expected.status.filter(|status| *status != answer.status) {
            lines.push(format!("{what}: expected status {status}, found {}", answer.status));
        }
        for (name, value) in &expected.headers {
            let values = || answer.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
            if !values().any(|(_, found)| found == value) {
                let found: Vec<String> = values().map(|(_, found)| quoted(found.as_bytes())).collect();
                let found = if found.is_empty() { "none".into() } else { found.join(", ") };
                lines.push(format!("{what}: expected header `{name}` {}, found {found}", quoted(value.as_bytes())));
            }
        }
        if let Some(body) = &expected.body {
            lines.extend(texts(&format!("{what}: body"), "expected", body, "found", &answer.body));
        }
    }
    lines
}

/// The failure of a run that `case` does not speak of: how it ended, and the first line of its
/// output.
pub fn failure(case: &Case, found: &Observation) -> Vec<String> {
    let mut lines = Vec::new();
    let has_failed = match found.end {
        Ended::Status(status) => status != 0,
        Ended::Trap(_) => true,
        // A service is stopped. The others are unexpected whatever the case says.
        Ended::Signal(_) | Ended::Late(_) | Ended::Flood | Ended::Stopped => false,
    };
    if case.exit.is_none() && has_failed {
        lines.push(ending(&found.end));
        let outputs = [("standard error", &found.stderr), ("standard output", &found.stdout)];
        let first = outputs.into_iter().find(|(_, bytes)| !bytes.is_empty());
        lines.extend(first.map(|(what, bytes)| {
            let line = bytes.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
            format!("{what}, line 1: {}", quoted(line))
        }));
    }
    for (request, answer) in found.answers.iter().filter(|(request, _)| request.expected.status.is_none()) {
        let what = format!("{} {}", request.method, request.path);
        match answer {
            Some(answer) if answer.status >= 500 => lines.push(format!("{what}: status {}", answer.status)),
            Some(answer) if !answer.is_complete => lines.push(format!("{what}: the body breaks off")),
            // So is no response at all.
            _ => {}
        }
    }
    lines
}

/// The differences between `here` and `there`, the run on the host `on`. `stderr`: whether standard
/// error counts.
pub fn differences(there: &Observation, on: &str, here: &Observation, stderr: bool) -> Vec<String> {
    let on = format!("on {on}");
    let mut lines = Vec::new();
    if !same_end(&there.end, &here.end) {
        lines.push(format!("{} {on}, here {}", ending(&there.end), ending(&here.end)));
    }
    // The output of a service is mixed with that of its server.
    if here.end != Ended::Stopped {
        lines.extend(texts("standard output", &on, &there.stdout, "here", &here.stdout));
        lines.extend(stderr.then(|| texts("standard error", &on, &there.stderr, "here", &here.stderr)).flatten());
    }
    for ((request, there), (_, here)) in there.answers.iter().zip(&here.answers) {
        let what = format!("{} {}", request.method, request.path);
        let (there, here) = match (there, here) {
            (Some(there), Some(here)) => (there, here),
            (None, None) => continue,
            (Some(there), None) => {
                lines.push(format!("{what}: status {} {on}, here no response", there.status));
                continue;
            }
            (None, Some(here)) => {
                lines.push(format!("{what}: no response {on}, here status {}", here.status));
                continue;
            }
        };
        if there.status != here.status {
            lines.push(format!("{what}: status {} {on}, here {}", there.status, here.status));
        }
        let fields = |fields: &[(String, String)]| {
            let lines: String = fields.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
            lines.into_bytes()
        };
        let [theirs, ours] = [there, here].map(|answer| fields(&answer.headers));
        lines.extend(texts(&format!("{what}: headers"), &on, &theirs, "here", &ours));
        match (there.is_complete, here.is_complete) {
            (true, true) => {
                lines.extend(texts(&format!("{what}: body"), &on, &there.body, "here", &here.body));
                let [theirs, ours] = [there, here].map(|answer| fields(&answer.trailers));
                lines.extend(texts(&format!("{what}: trailers"), &on, &theirs, "here", &ours));
            }
            (false, false) => {}
            (true, false) => lines.push(format!("{what}: the body breaks off")),
            (false, true) => lines.push(format!("{what}: the body breaks off {on}, here it is complete")),
        }
    }
    let names = there.files.keys().chain(here.files.keys().filter(|name| !there.files.contains_key(*name)));
    let mut names: Vec<&String> = names.collect();
    names.sort();
    for name in names {
        match (there.files.get(name), here.files.get(name)) {
            (Some(Entry::File(there)), Some(Entry::File(here))) => {
                lines.extend(texts(&format!("file `{name}`"), &on, there, "here", here));
            }
            (there, here) if there == here => {}
            (there, here) => lines.push(format!("`{name}`: {} {on}, here {}", kind(there), kind(here))),
        }
    }
    lines
}

fn same_end(one: &Ended, other: &Ended) -> bool {
    matches!((one, other), (Ended::Trap(_), Ended::Trap(_))) || one == other
}

fn kind(entry: Option<&Entry>) -> String {
    match entry {
        None => "nothing".into(),
        Some(Entry::Directory) => "a directory".into(),
        Some(Entry::Link(target)) => format!("a link to `{}`", target.display()),
        Some(Entry::File(_)) => "a file".into(),
        Some(Entry::Other) => "something else".into(),
    }
}

fn ending(end: &Ended) -> String {
    match end {
        Ended::Status(status) => format!("exit status {status}"),
        Ended::Trap(why) => format!("a trap ({why})"),
        Ended::Signal(signal) => format!("the host is ended by signal {signal}"),
        Ended::Late(limit) => format!("still running after {} s", limit.as_secs()),
        Ended::Flood => "output without end".into(),
        Ended::Stopped => "a service".into(),
    }
}

/// The first line in which two texts differ.
fn texts(what: &str, one: &str, first: &[u8], other: &str, second: &[u8]) -> Option<String> {
    if first == second {
        return None;
    }
    let lines = |bytes: &[u8]| bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (first, second) = (lines(first), lines(second));
    let number = first.iter().zip(&second).take_while(|(first, second)| first == second).count();
    let shown = |lines: &[Vec<u8>]| lines.get(number).map_or("its end".into(), |line| quoted(line));
    let (first, second) = (shown(&first), shown(&second));
    let values = match one {
        "expected" => format!("expected {first}, {other} {second}"),
        on => format!("{first} {on}, {other} {second}"),
    };
    Some(format!("{what}, line {}: {values}", number + 1))
}

/// Bytes as text on one line, cut when long.
pub fn quoted(bytes: &[u8]) -> String {
    const LONGEST: usize = 100;
    let text = String::from_utf8_lossy(bytes);
    let mut cut: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        cut.push('…');
    }
    format!("\"{cut}\"")
}

#[cfg(test)]
mod tests {
    use super::super::case::{Request, Response};
    use super::super::client::Answer;
    use super::*;

    fn ended(end: Ended, stdout: &str) -> Observation {
        Observation {
            end,
            stdout: stdout.into(),
            stderr: vec![],
            answers: vec![],
            files: Default::default(),
            failures: vec![],
        }
    }

    fn answered(answer: Option<Answer>) -> Observation {
        let expected = Response { status: Some(200), headers: vec![("X-A".into(), "1".into())], body: None };
        let request = Request { expected, ..Request::root() };
        Observation { answers: vec![(request, answer)], ..ended(Ended::Stopped, "") }
    }

    fn answer(status: u16, value: &str) -> Answer {
        let headers = vec![("x-a".to_string(), value.to_string())];
        Answer { status, headers, body: b"b".to_vec(), trailers: vec![], is_complete: true }
    }

    #[test]
    fn the_first_line_that_differs() {
        let there = ended(Ended::Status(0), "same\none\nrest\n");
        let here = ended(Ended::Status(3), "same\nother\nrest\n");
        assert_eq!(
            differences(&there, "0.2", &here, true),
            ["exit status 0 on 0.2, here exit status 3", r#"standard output, line 2: "one\n" on 0.2, here "other\n""#,]
        );
        assert!(differences(&there, "0.2", &there, true).is_empty());
    }

    #[test]
    fn an_end_that_comes_too_early() {
        let there = ended(Ended::Status(0), "a\nb\n");
        let here = ended(Ended::Status(0), "a\n");
        assert_eq!(differences(&there, "0.2", &here, true), [r#"standard output, line 2: "b\n" on 0.2, here its end"#]);
    }

    #[test]
    fn traps_are_the_same_whatever_they_are_called() {
        let traps = ["one", "other"].map(|why| ended(Ended::Trap(why.into()), ""));
        assert!(differences(&traps[0], "0.2", &traps[1], true).is_empty());
        let case = Case { exit: Some(Exit::Status(0)), ..Case::default() };
        assert_eq!(unexpected(&case, &traps[0]), ["expected exit status 0, found a trap (one)"]);
        assert!(unexpected(&Case { exit: Some(Exit::Trap), ..Case::default() }, &traps[0]).is_empty());
    }

    #[test]
    fn a_failure_that_no_case_expects() {
        let error = Observation { stderr: "why\nmore\n".into(), ..ended(Ended::Status(3), "output\n") };
        let lines = ["exit status 3", r#"standard error, line 1: "why\n""#];
        assert_eq!(failure(&Case::default(), &error), lines);
        let trap = ended(Ended::Trap("why".into()), "output");
        assert_eq!(failure(&Case::default(), &trap), ["a trap (why)", r#"standard output, line 1: "output""#]);
        for exit in [Exit::Status(0), Exit::Status(3), Exit::Trap] {
            let case = Case { exit: Some(exit), ..Case::default() };
            assert!(failure(&case, &error).is_empty(), "that is for `unexpected`");
        }
        assert!(failure(&Case::default(), &ended(Ended::Status(0), "")).is_empty());
        let asked = |status: u16, expected: Option<u16>, is_complete| {
            let mut seen = answered(Some(Answer { is_complete, ..answer(status, "1") }));
            seen.answers[0].0.expected.status = expected;
            failure(&Case::default(), &seen)
        };
        assert_eq!(asked(503, None, true), ["GET /: status 503"]);
        assert_eq!(asked(200, None, false), ["GET /: the body breaks off"]);
        for (status, expected) in [(503, Some(503)), (404, None), (200, None)] {
            assert!(asked(status, expected, true).is_empty(), "{status}, {expected:?}");
        }
    }

    #[test]
    fn responses() {
        let good = answered(Some(answer(200, "1")));
        assert!(unexpected(&Case::default(), &good).is_empty());
        let bad = answered(Some(answer(500, "2")));
        assert_eq!(
            unexpected(&Case::default(), &bad),
            ["GET /: expected status 200, found 500", "GET /: expected header `X-A` \"1\", found \"2\""]
        );
        assert_eq!(
            differences(&good, "0.2", &bad, true),
            ["GET /: status 200 on 0.2, here 500", r#"GET /: headers, line 1: "x-a: 1\n" on 0.2, here "x-a: 2\n""#,]
        );
        assert_eq!(unexpected(&Case::default(), &answered(None)), ["GET /: no response"]);
        let broken = answered(Some(Answer { is_complete: false, ..answer(200, "1") }));
        assert_eq!(differences(&good, "0.2", &broken, true), ["GET /: the body breaks off"]);
    }

    #[test]
    fn files() {
        let mut there = ended(Ended::Status(0), "");
        there.files.insert("/a".into(), Entry::File(b"1".to_vec()));
        there.files.insert("/b".into(), Entry::Directory);
        let mut here = there.clone();
        here.files.insert("/a".into(), Entry::File(b"2".to_vec()));
        here.files.remove("/b");
        assert_eq!(
            differences(&there, "0.2", &here, true),
            [r#"file `/a`, line 1: "1" on 0.2, here "2""#, "`/b`: a directory on 0.2, here nothing"]
        );
    }

    #[test]
    fn one_that_never_ends_is_never_right() {
        let late = ended(Ended::Late(std::time::Duration::from_secs(2)), "");
        assert_eq!(unexpected(&Case::default(), &late), ["still running after 2 s"]);
    }
}
