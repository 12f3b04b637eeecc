//! The result: rows of cells, as every output shows them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::provenance::Provenance;

/// The matrix. Equal runs give the same matrix, except for the date and for durations, which few
/// outputs show.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub run: Provenance,
    pub hosts: Vec<Column>,
    pub rows: Vec<Row>,
}

/// A host.
#[derive(Debug, Clone, Serialize)]
pub struct Column {
    /// Its name in options and in records.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// The program that it is, with the version.
    pub program: String,
    /// The generations of WASI that it offers.
    pub offers: Vec<String>,
}

/// A case of a component.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The component's path.
    pub component: String,
    /// The name of the case; empty if it is the only one.
    pub case: String,
    /// The generations of WASI that it uses.
    pub uses: Vec<String>,
    /// Its kind: a command, a service, or the reason why it is neither.
    pub kind: String,
    /// Whether a file says how to run it; otherwise nothing but success is expected.
    pub has_case: bool,
    /// One for each host.
    pub cells: Vec<Cell>,
}

/// A case on one host.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    pub outcome: Outcome,
    /// The differences, or the reasons why it does not run; one line each.
    pub detail: Vec<String>,
    #[serde(skip)]
    pub duration: Duration,
}

/// The outcome of a case on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The component runs as it is.
    Native,
    /// The component runs wrapped, and does the same.
    Wrapped,
    /// The component runs, and differs.
    Differs,
    /// The component fails where it is the measure, and no case expects that.
    Fails,
    /// The component fails as the measure does, and no case expects that.
    #[serde(rename = "fails too")]
    FailsToo,
    /// The component could not be run.
    Broken,
    /// Wrapping it is refused.
    Refused,
    /// The host lacks an interface that it needs.
    Lacks,
    /// There is nothing to run.
    Nothing,
}

impl Outcome {
    /// In a word, as it is recorded too.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Native => "native",
            Outcome::Wrapped => "wrapped",
            Outcome::Differs => "differs",
            Outcome::Fails => "fails",
            Outcome::FailsToo => "fails too",
            Outcome::Broken => "broken",
            Outcome::Refused => "refused",
            Outcome::Lacks => "lacks",
            Outcome::Nothing => "nothing",
        }
    }

    /// The meaning.
    pub fn meaning(self) -> &'static str {
        match self {
            Outcome::Native => "runs as it is",
            Outcome::Wrapped => "runs wrapped, and does the same",
            Outcome::Differs => "runs, but something is otherwise",
            Outcome::Fails => "fails, and no case expects it",
            Outcome::FailsToo => "fails as on the other host, which does not make it right",
            Outcome::Broken => "could not be run: a file is wrong, or this machine failed",
            Outcome::Refused => "cannot be wrapped for this host",
            Outcome::Lacks => "the host does not have what it needs",
            Outcome::Nothing => "neither a command nor a service: there is nothing to run",
        }
    }

    /// Whether someone has to look: it ran or should have run, and something is wrong.
    pub fn is_wrong(self) -> bool {
        matches!(self, Outcome::Differs | Outcome::Fails | Outcome::FailsToo | Outcome::Broken)
    }
}

impl Cell {
    pub fn new(outcome: Outcome, detail: Vec<String>) -> Cell {
        Cell { outcome, detail, duration: Duration::ZERO }
    }

    /// The outcome and the detail on one line.
    pub fn line(&self) -> String {
        if self.detail.is_empty() {
            self.outcome.word().into()
        } else {
            format!("{}: {}", self.outcome.word(), self.detail.join("; "))
        }
    }
}

/// A note, with all cells that it is about.
pub struct Detail<'r> {
    pub outcome: Outcome,
    pub hosts: Vec<&'r Column>,
    pub lines: &'r [String],
    /// Components all of whose cases are meant, and single cases; each with the number of its row.
    pub rows: Vec<(usize, String)>,
}

impl Column {
    /// The program and the WASI that it offers.
    pub fn description(&self) -> String {
        let offers: Vec<String> = self.offers.iter().map(|number| format!("WASI {number}")).collect();
        format!("{}, {}", self.program, offers.join(" and "))
    }
}

impl Row {
    /// The component and the case.
    pub fn name(&self) -> String {
        if self.case.is_empty() { self.component.clone() } else { format!("{}: {}", self.component, self.case) }
    }

    /// Whether it ran, or might, and no case says how.
    pub fn lacks_case(&self) -> bool {
        !self.has_case && !self.cells.iter().all(|cell| matches!(cell.outcome, Outcome::Nothing | Outcome::Broken))
    }
}

impl Report {
    /// The number of cells with each outcome.
    pub fn counts(&self) -> BTreeMap<Outcome, usize> {
        let mut counts = BTreeMap::new();
        for cell in self.rows.iter().flat_map(|row| &row.cells) {
            *counts.entry(cell.outcome).or_default() += 1;
        }
        counts
    }

    /// The counts in words.
    pub fn summary(&self) -> String {
        let counts: Vec<String> =
            self.counts().iter().map(|(outcome, count)| format!("{count} {}", outcome.word())).collect();
        let all: usize = self.rows.iter().map(|row| row.cells.len()).sum();
        format!("{all} cells: {}", counts.join(", "))
    }

    /// The rows of each component.
    pub fn groups(&self) -> impl Iterator<Item = &[Row]> {
        self.rows.chunk_by(|row, next| row.component == next.component)
    }

    /// The notes on cells in which something is wrong.
    pub fn differences(&self) -> Vec<Detail<'_>> {
        self.details().into_iter().filter(|detail| detail.outcome.is_wrong()).collect()
    }

    /// The notes on cells, each once.
    pub fn details(&self) -> Vec<Detail<'_>> {
        type Key<'r> = (Outcome, &'r [String], Vec<usize>);
        let mut groups: Vec<(Key<'_>, Vec<(usize, &Row)>)> = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            let mut keys: Vec<Key<'_>> = Vec::new();
            for (host, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.detail.is_empty()) {
                match keys.iter_mut().find(|key| key.0 == cell.outcome && key.1 == cell.detail) {
                    Some((_, _, hosts)) => hosts.push(host),
                    None => keys.push((cell.outcome, &cell.detail, vec![host])),
                }
            }
            for key in keys {
                match groups.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, rows)) => rows.push((number, row)),
                    None => groups.push((key, vec![(number, row)])),
                }
            }
        }
        let details = groups.into_iter().map(|((outcome, lines, hosts), rows)| {
            let of =
                |rows: &mut dyn Iterator<Item = &Row>, name: &str| rows.filter(|row| row.component == name).count();
            let mut names: Vec<(usize, String)> = Vec::new();
            for (number, row) in &rows {
                let mut meant = rows.iter().map(|(_, row)| *row);
                let is_all = of(&mut self.rows.iter(), &row.component) == of(&mut meant, &row.component);
                let name = if is_all { row.component.clone() } else { row.name() };
                if !names.iter().any(|(_, known)| *known == name) {
                    names.push((*number, name));
                }
            }
            Detail { outcome, hosts: hosts.into_iter().map(|host| &self.hosts[host]).collect(), lines, rows: names }
        });
        details.collect()
    }

    /// As JSON.
    pub fn json(&self) -> String {
        // Nothing in the report lacks a form in JSON.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// The pieces of a text, and whether each is code, which is between backticks.
pub fn spans(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let is_marked = text.matches('`').count().is_multiple_of(2);
    let all = (!is_marked).then_some((false, text));
    let pieces = is_marked.then(|| text.split('`').enumerate().map(|(at, piece)| (at % 2 == 1, piece)));
    all.into_iter().chain(pieces.into_iter().flatten()).filter(|(_, piece)| !piece.is_empty())
}

/// A report in which every kind of cell occurs, with text that every format has to escape.
#[cfg(test)]
pub fn example() -> Report {
    let column = |id: &str, generation: &str| Column {
        id: id.into(),
        label: format!("host {id}"),
        program: "wasmtime 1".into(),
        offers: vec![generation.into()],
    };
    let cell = |outcome, detail: &[&str]| Cell::new(outcome, detail.iter().map(|line| line.to_string()).collect());
    let row = |component: &str, case: &str, uses: &[&str], kind: &str, cells| Row {
        component: component.into(),
        case: case.into(),
        uses: uses.iter().map(|number| number.to_string()).collect(),
        kind: kind.into(),
        has_case: !case.is_empty(),
        cells,
    };
    let reason = "`a|b` <script>alert(\"1 & 2\")</script>";
    Report {
        run: Provenance {
            version: "1.2.3".into(),
            commit: Some("abc".into()),
            command: "wasi-shim matrix 'a b'".into(),
            date: "2026-01-01 00:00 UTC".into(),
        },
        hosts: vec![column("0.2", "0.2"), column("0.3", "0.3")],
        rows: vec![
            row(
                "dir/app.wasm",
                "one <b>",
                &["0.2"],
                "command",
                vec![cell(Outcome::Native, &[]), cell(Outcome::Wrapped, &[])],
            ),
            row(
                "dir/app.wasm",
                "two",
                &["0.2"],
                "command",
                vec![cell(Outcome::Native, &[]), cell(Outcome::Differs, &[reason, "second"])],
            ),
            row(
                "service.wasm",
                "",
                &["0.2", "0.3"],
                "service",
                vec![cell(Outcome::Lacks, &["no HTTP"]), cell(Outcome::Refused, &["in the way"])],
            ),
            row("x.wasm", "", &[], "not WebAssembly", vec![cell(Outcome::Nothing, &[]), cell(Outcome::Nothing, &[])]),
        ],
    }
}
