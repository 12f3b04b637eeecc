//! Known outcomes in a file, and the changes against them.

use std::collections::BTreeMap;
use std::fmt;

use super::report::{Report, Row};

/// Known outcomes: the line of each cell, by the row's name and the host's id. A word alone stands
/// for any detail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known(BTreeMap<String, BTreeMap<String, String>>);

/// A cell that differs from the known one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub row: String,
    pub host: String,
    /// The known cell, if any.
    pub known: Option<String>,
    /// The new cell, if any.
    pub found: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Change { row, host, .. } = self;
        match (&self.known, &self.found) {
            (Some(known), Some(found)) => write!(f, "{row} on {host}: expected `{known}`, found `{found}`"),
            (None, Some(found)) => write!(f, "{row} on {host}: nothing is known of it, found `{found}`"),
            (Some(known), None) => write!(f, "{row} on {host}: expected `{known}`, but it is not there any more"),
            (None, None) => Ok(()),
        }
    }
}

impl Known {
    /// Reads a file; its mistake as text.
    pub fn parse(text: &str) -> Result<Known, String> {
        toml::from_str(text).map(Known).map_err(|error| {
            let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
            format!("{line}{}", error.message())
        })
    }

    /// The changes in `report`. Hosts that did not take part are ignored.
    pub fn changes(&self, report: &Report) -> Vec<Change> {
        let mut changes = Vec::new();
        let nothing = BTreeMap::new();
        for row in &report.rows {
            let name = row.name();
            let known = self.0.get(&name).unwrap_or(&nothing);
            for (host, cell) in report.hosts.iter().zip(&row.cells) {
                let (known, found) = (known.get(&host.id), cell.line());
                if known.is_none_or(|known| *known != found && known != cell.outcome.word()) {
                    let (host, known) = (host.id.clone(), known.cloned());
                    changes.push(Change { row: name.clone(), host, known, found: Some(found) });
                }
            }
        }
        let rows: Vec<String> = report.rows.iter().map(Row::name).collect();
        for (row, cells) in self.0.iter().filter(|(row, _)| !rows.contains(row)) {
            for (host, known) in cells.iter().filter(|(host, _)| report.hosts.iter().any(|it| it.id == **host)) {
                let (row, host) = (row.clone(), host.clone());
                changes.push(Change { row, host, known: Some(known.clone()), found: None });
            }
        }
        changes
    }

    /// The outcomes with those of `report`. Outcomes of hosts that did not take part stay.
    pub fn updated(&self, report: &Report) -> Known {
        let rows = report.rows.iter().map(|row| {
            let name = row.name();
            let mut cells = self.0.get(&name).cloned().unwrap_or_default();
            cells.extend(report.hosts.iter().zip(&row.cells).map(|(host, cell)| (host.id.clone(), cell.line())));
            (name, cells)
        });
        Known(rows.collect())
    }

    /// The file.
    pub fn text(&self) -> String {
        let mut text = "# What `wasi-shim matrix --expect` expects; `--bless` writes it anew.\n".to_string();
        // Strings of JSON are strings of TOML.
        let string = |text: &String| serde_json::Value::from(text.as_str()).to_string();
        for (row, cells) in &self.0 {
            text.push_str(&format!("\n[{}]\n", string(row)));
            cells.iter().for_each(|(host, line)| text.push_str(&format!("{} = {}\n", string(host), string(line))));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::{Outcome, example};
    use super::*;

    #[test]
    fn what_is_written_is_what_is_expected() {
        let report = example();
        let known = Known::default().updated(&report);
        let read = Known::parse(&known.text()).unwrap();
        assert_eq!(read, known);
        assert!(read.changes(&report).is_empty());
    }

    #[test]
    fn each_change_is_named() {
        let mut report = example();
        let known = Known::default().updated(&report);
        report.rows[0].cells[1].outcome = Outcome::Refused;
        report.rows.remove(2);
        let changes: Vec<String> = known.changes(&report).iter().map(Change::to_string).collect();
        assert_eq!(
            changes,
            [
                "dir/app.wasm: one <b> on 0.3: expected `wrapped`, found `refused`",
                "service.wasm on 0.2: expected `lacks: no HTTP`, but it is not there any more",
                "service.wasm on 0.3: expected `refused: in the way`, but it is not there any more",
            ]
        );
        let changes = Known::default().changes(&report);
        assert_eq!(changes.len(), 6);
        assert!(changes[0].to_string().contains("nothing is known of it, found `native`"), "{}", changes[0]);
    }

    #[test]
    fn a_word_stands_for_any_detail() {
        let mut report = example();
        report.rows.truncate(2);
        report.rows.remove(0);
        let known = Known::parse("[\"dir/app.wasm: two\"]\n\"0.2\" = \"native\"\n\"0.3\" = \"differs\"\n").unwrap();
        assert!(known.changes(&report).is_empty());
    }

    #[test]
    fn other_hosts_are_left_alone() {
        let mut report = example();
        let known = Known::default().updated(&report);
        report.hosts.truncate(1);
        report.rows.iter_mut().for_each(|row| row.cells.truncate(1));
        assert!(known.changes(&report).is_empty());
        assert_eq!(known.updated(&report), known);
    }

    #[test]
    fn mistakes_have_a_line() {
        assert!(Known::parse("[a]\nb = 1\n").unwrap_err().starts_with("line 2: "));
    }
}
