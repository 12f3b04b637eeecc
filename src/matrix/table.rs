//! The matrix on a terminal.

use super::report::{Outcome, Report};

/// Rows and columns, then the notes on single cells. `color` is for terminals.
pub fn render(report: &Report, color: bool) -> String {
    let head = ["component", "case"].map(String::from).into_iter();
    let mut lines: Vec<Vec<(String, Option<Outcome>)>> =
        vec![head.chain(report.hosts.iter().map(|host| host.label.clone())).map(|text| (text, None)).collect()];
    let mut before = "";
    for row in &report.rows {
        // A component with several cases is named once.
        let component = if row.component == before { String::new() } else { row.component.clone() };
        before = &row.component;
        let case = if row.lacks_case() { "(no case)".into() } else { row.case.clone() };
        let cells = row.cells.iter().map(|cell| (cell.outcome.word().to_string(), Some(cell.outcome)));
        lines.push([(component, None), (case, None)].into_iter().chain(cells).collect());
    }
    let width = |column: usize| lines.iter().map(|line| line[column].0.chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..report.hosts.len() + 2).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let mut shown = String::new();
        for ((cell, outcome), width) in line.iter().zip(&widths) {
            let space = " ".repeat(width - cell.chars().count());
            match outcome.filter(|_| color) {
                Some(outcome) => shown.push_str(&format!("\x1b[{}m{cell}\x1b[0m{space}  ", code(outcome))),
                None => shown.push_str(&format!("{cell}{space}  ")),
            }
        }
        text.push_str(shown.trim_end());
        text.push('\n');
    }
    for detail in report.details() {
        let hosts: Vec<&str> = detail.hosts.iter().map(|host| host.label.as_str()).collect();
        let rows: Vec<&str> = detail.rows.iter().map(|(_, name)| name.as_str()).collect();
        text.push_str(&format!("\n{} on {}: {}\n", detail.outcome.word(), hosts.join(", "), rows.join(", ")));
        detail.lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    text
}

fn code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Native | Outcome::Wrapped => 32,
        Outcome::Differs | Outcome::Fails | Outcome::FailsToo | Outcome::Broken => 31,
        Outcome::Refused => 33,
        Outcome::Lacks | Outcome::Nothing => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::example;
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest() {
        let text = render(&example(), false);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "component     case       host 0.2  host 0.3");
        assert_eq!(lines[1], "dir/app.wasm  one <b>    native    wrapped");
        assert_eq!(lines[2], "              two        native    differs");
        assert_eq!(lines[3], "service.wasm  (no case)  lacks     refused");
        assert_eq!(lines[4], "x.wasm                   nothing   nothing");
        assert!(text.contains("\n\ndiffers on host 0.3: dir/app.wasm: two\n  `a|b`"), "{text}");
        assert!(text.contains("\n\nrefused on host 0.3: service.wasm\n  in the way\n"), "{text}");
    }

    #[test]
    fn colour_only_where_wanted() {
        assert!(!render(&example(), false).contains('\x1b'));
        assert!(render(&example(), true).contains("\x1b[31mdiffers\x1b[0m"));
    }
}
