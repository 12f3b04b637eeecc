//! Comparing a run with an earlier one: `cargo bench -- --compare FILE`, where FILE has what that
//! run printed. Only ratios are compared, since times depend on the machine and its load.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// A ratio that is worse by more than this part of the earlier one counts. Processor time varies by
/// about half of it from run to run.
const TOLERANCE: f64 = 0.1;

/// A row of a table: two ratios, composed and linked, and what they should be.
pub struct Row {
    pub label: String,
    pub ratios: [String; 2],
    pub goal: String,
}

impl Row {
    /// The row in a line that [`crate::measure::Table::row`] printed.
    fn parse(line: &str) -> Option<Row> {
        let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let [label, _, _, _, composed, linked, goal] = cells[..] else { return None };
        Some(Row { label: label.into(), ratios: [composed.into(), linked.into()], goal: goal.into() })
    }

    /// The ratios as numbers: that of processor times where there is one, for it is steadier.
    fn numbers(&self) -> [Option<f64>; 2] {
        self.ratios.each_ref().map(|ratio| ratio.rsplit('/').next()?.trim().parse().ok())
    }

    /// The ratios that are worse than in `earlier`.
    fn worse(&self, earlier: &Row) -> Vec<String> {
        let pairs = self.numbers().into_iter().zip(earlier.numbers()).zip(["composed", "linked"]);
        let worse = pairs.filter_map(|((now, before), form)| {
            let (now, before) = (now?, before?);
            let is_worse = match self.goal.starts_with('≥') {
                true => now < before * (1.0 - TOLERANCE),
                false => now > before * (1.0 + TOLERANCE),
            };
            is_worse.then(|| format!("{}, {form}: {before} before, {now} now ({})", self.label, self.goal))
        });
        worse.collect()
    }
}

/// Says what of `rows` is worse than in the run whose output is in `file`. Whether nothing is.
pub fn compare(rows: &[Row], file: &Path) -> bool {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let earlier: HashMap<String, Row> =
        text.lines().filter_map(Row::parse).map(|row| (row.label.clone(), row)).collect();
    let pairs: Vec<(&Row, &Row)> = rows.iter().filter_map(|row| Some((row, earlier.get(&row.label)?))).collect();
    let worse: Vec<String> = pairs.iter().flat_map(|(now, before)| now.worse(before)).collect();
    eprintln!("\n{} rows compared with {}, {} figures worse", pairs.len(), file.display(), worse.len());
    worse.iter().for_each(|line| eprintln!("* {line}"));
    assert!(!pairs.is_empty(), "no row of this run is in {}", file.display());
    worse.is_empty()
}
