//! The matrix as a report of JUnit: a suite for each host, a test for each case.

use super::expect::Change;
use super::report::{Outcome, Report};

/// With `changes`, those fail; without, every cell fails that differs.
pub fn render(report: &Report, changes: Option<&[Change]>) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"wasi-shim matrix\">\n");
    for (index, host) in report.hosts.iter().enumerate() {
        let mut tests = String::new();
        let (mut failures, mut skipped, mut seconds) = (0, 0, 0.0);
        for row in &report.rows {
            let cell = &row.cells[index];
            let time = cell.duration.as_secs_f64();
            seconds += time;
            let case = if row.case.is_empty() { "run" } else { &row.case };
            let [class, case] = [row.component.as_str(), case].map(escape);
            tests.push_str(&format!("    <testcase classname=\"{class}\" name=\"{case}\" time=\"{time:.3}\""));
            let failure = match changes {
                None => cell.outcome.is_wrong().then(|| cell.detail.join("\n")),
                Some(changes) => {
                    let name = row.name();
                    let change = changes.iter().find(|change| change.row == name && change.host == host.id);
                    change.map(Change::to_string)
                }
            };
            match (failure, cell.outcome) {
                (Some(failure), _) => {
                    failures += 1;
                    let message = escape(failure.lines().next().unwrap_or_default());
                    let all = escape(&failure);
                    tests.push_str(&format!(
                        ">\n      <failure message=\"{message}\">{all}</failure>\n    </testcase>\n"
                    ));
                }
                (None, Outcome::Native | Outcome::Wrapped) => tests.push_str("/>\n"),
                (None, _) => {
                    skipped += 1;
                    let message = escape(&cell.line());
                    tests.push_str(&format!(">\n      <skipped message=\"{message}\"/>\n    </testcase>\n"));
                }
            }
        }
        text.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" \
             time=\"{seconds:.3}\">\n{tests}  </testsuite>\n",
            escape(&host.label),
            report.rows.len(),
        ));
    }
    text.push_str("</testsuites>\n");
    text
}

/// Text in XML and HTML, between tags and in quotes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push('\n'),
            // XML has no others, not even escaped.
            character if character.is_control() => escaped.push('\u{fffd}'),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::expect::Known;
    use super::super::report::example;
    use super::*;

    #[test]
    fn what_differs_fails() {
        let text = render(&example(), None);
        assert!(
            text.contains("<testsuite name=\"host 0.2\" tests=\"4\" failures=\"0\" errors=\"0\" skipped=\"2\""),
            "{text}"
        );
        assert!(
            text.contains("<testsuite name=\"host 0.3\" tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"2\""),
            "{text}"
        );
        assert!(text.contains("<failure message=\"`a|b` &lt;script&gt;alert(&quot;1 &amp; 2&quot;)"), "{text}");
        assert!(!text.contains("<script"));
    }

    #[test]
    fn what_is_known_does_not_fail() {
        let mut report = example();
        let known = Known::default().updated(&report);
        let text = render(&report, Some(&known.changes(&report)));
        assert!(!text.contains("<failure"), "{text}");
        report.rows[0].cells[0].outcome = Outcome::Lacks;
        let text = render(&report, Some(&known.changes(&report)));
        assert_eq!(text.matches("<failure").count(), 1, "{text}");
    }
}
