//! The matrix as a table of Markdown.

use super::report::{Outcome, Report};

/// A table, then the notes on single cells, by number.
pub fn render(report: &Report) -> String {
    let mut text = String::from("# Compatibility matrix\n\n");
    for outcome in Outcome::ALL.iter().filter(|outcome| report.counts().contains_key(outcome)) {
        text.push_str(&format!("* **{}**: {}\n", outcome.word(), outcome.meaning()));
    }
    let labels: String = report.hosts.iter().map(|host| format!(" {} |", escape(&host.label))).collect();
    text.push_str(&format!(
        "\n| component | case | uses |{labels}\n|---|---|---|{}\n",
        "---|".repeat(report.hosts.len())
    ));
    let mut notes: Vec<String> = Vec::new();
    let mut before = "";
    for row in &report.rows {
        let component = if row.component == before { String::new() } else { code(&row.component) };
        before = &row.component;
        let case = if row.case.is_empty() { String::new() } else { code(&row.case) };
        let uses = row.uses.join(", ");
        let cells: String = row
            .cells
            .iter()
            .map(|cell| {
                let word = match cell.outcome {
                    Outcome::Differs => format!("**{}**", cell.outcome.word()),
                    outcome => outcome.word().into(),
                };
                if cell.detail.is_empty() {
                    return format!(" {word} |");
                }
                let note = cell.detail.join("; ");
                let number = notes.iter().position(|known| *known == note).unwrap_or_else(|| {
                    notes.push(note);
                    notes.len() - 1
                });
                format!(" {word} ({}) |", number + 1)
            })
            .collect();
        text.push_str(&format!("| {component} | {case} | {uses} |{cells}\n"));
    }
    if !notes.is_empty() {
        text.push('\n');
    }
    for (number, note) in notes.iter().enumerate() {
        text.push_str(&format!("{}. {}\n", number + 1, escape(note)));
    }
    text
}

/// Text that stays text.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => escaped.extend(['\\', character]),
            character if character.is_control() => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}

/// Code, with a fence that is longer than any in it; what ends a cell is escaped.
fn code(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    let text: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    format!("{fence}{space}{}{space}{fence}", text.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::super::report::example;
    use super::*;

    #[test]
    fn text_is_escaped() {
        let text = render(&example());
        assert!(text.contains("| `dir/app.wasm` | `one <b>` | 0.2 | native | wrapped |\n"), "{text}");
        assert!(text.contains("|  | `two` | 0.2 | native | **differs** (1) |\n"), "{text}");
        assert!(text.contains("| `service.wasm` |  | 0.2, 0.3 | lacks (2) | refused (3) |\n"), "{text}");
        assert!(text.contains("1. \\`a\\|b\\` &lt;script&gt;alert(\"1 &amp; 2\")&lt;/script&gt;; second\n"), "{text}");
        assert_eq!(code("a`b|"), "``a`b\\|``");
    }
}
