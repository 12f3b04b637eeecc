//! The matrix as a page of Markdown: the same bytes whenever it is made.

use super::report::{Report, spans};

/// What was run, the differences, a table, then the notes on single cells, by number.
pub fn render(report: &Report) -> String {
    let mut text = format!("# Compatibility matrix\n\n{}", made(report));
    text.push_str("\n| cell | meaning | number |\n|---|---|---|\n");
    for (outcome, count) in report.counts() {
        text.push_str(&format!("| {} | {} | {count} |\n", outcome.word(), outcome.meaning()));
    }
    text.push_str(&format!("\n## Differences\n\n{}\n## Cases\n\n", differences(report)));
    let mut notes = Notes::default();
    text.push_str(&table(report, &mut notes));
    if !notes.0.is_empty() {
        text.push_str("\n## Notes\n\n");
    }
    for (number, note) in notes.0.iter().enumerate() {
        text.push_str(&format!("{}. {}\n", number + 1, prose(note)));
    }
    text
}

/// The command and the hosts, by versions.
fn made(report: &Report) -> String {
    let run = &report.run;
    let mut text =
        format!("wasi-shim {} made this page by\n\n```sh\n{}\n```\n\n", escape(&run.version), line(&run.command));
    for host in &report.hosts {
        text.push_str(&format!("* {}: {}\n", escape(&host.label), escape(&host.description())));
    }
    text
}

fn differences(report: &Report) -> String {
    let mut text = String::new();
    for detail in report.differences() {
        let hosts: Vec<String> = detail.hosts.iter().map(|host| escape(&host.label)).collect();
        let rows: Vec<String> = detail.rows.iter().map(|(_, name)| code(name, false)).collect();
        let lines: Vec<String> = detail.lines.iter().map(|line| prose(line)).collect();
        text.push_str(&format!(
            "* **{}** on {}: {}: {}\n",
            detail.outcome.word(),
            hosts.join(", "),
            rows.join(", "),
            lines.join("; ")
        ));
    }
    if text.is_empty() { "None.\n".into() } else { text }
}

/// Details of cells, each once.
#[derive(Default)]
struct Notes(Vec<String>);

impl Notes {
    fn number(&mut self, note: String) -> usize {
        let known = self.0.iter().position(|known| *known == note);
        1 + known.unwrap_or_else(|| {
            self.0.push(note);
            self.0.len() - 1
        })
    }
}

/// One column for components and cases, so that a book is wide enough: a component is bold, its
/// cases are below it.
fn table(report: &Report, notes: &mut Notes) -> String {
    let labels: String = report.hosts.iter().map(|host| format!(" {} |", escape(&host.label))).collect();
    let mut text = format!("| **component**, case | uses |{labels}\n|---|---|{}\n", "---|".repeat(report.hosts.len()));
    for rows in report.groups() {
        let [first, ..] = rows else { continue };
        let component = format!("**{}**", code(&first.component, true));
        let uses = first.uses.join(", ");
        if rows.len() > 1 {
            text.push_str(&format!("| {component} | {uses} |{}\n", " |".repeat(report.hosts.len())));
        }
        for row in rows {
            let name = match (rows.len(), row.case.as_str()) {
                (1, "") if row.lacks_case() => format!("{component} (no case) | {uses}"),
                (1, "") => format!("{component} | {uses}"),
                (1, case) => format!("{component} {} | {uses}", code(case, true)),
                (_, case) => format!("{} | ", code(case, true)),
            };
            text.push_str(&format!("| {name} |"));
            for cell in &row.cells {
                let word = cell.outcome.word();
                let word = if cell.outcome.is_wrong() { format!("**{word}**") } else { word.into() };
                let note = (!cell.detail.is_empty()).then(|| notes.number(cell.detail.join("; ")));
                text.push_str(&note.map_or(format!(" {word} |"), |number| format!(" {word} ({number}) |")));
            }
            text.push('\n');
        }
    }
    text
}

/// Text in which code is code.
fn prose(text: &str) -> String {
    spans(text).map(|(is_code, text)| if is_code { code(text, false) } else { escape(text) }).collect()
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

/// Code, with a fence that is longer than any in it; what ends a cell of a table is escaped.
fn code(text: &str, in_table: bool) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    let text = line(text);
    let text = if in_table { text.replace('|', "\\|") } else { text };
    format!("{fence}{space}{text}{space}{fence}")
}

fn line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::report::example;
    use super::*;

    #[test]
    fn cases_are_below_their_component() {
        let text = render(&example());
        let rows = "| **`dir/app.wasm`** | 0.2 | | |\n\
                    | `one <b>` |  | native | wrapped |\n\
                    | `two` |  | native | **differs** (1) |\n\
                    | **`service.wasm`** (no case) | 0.2, 0.3 | lacks (2) | refused (3) |\n\
                    | **`x.wasm`** |  | nothing | nothing |\n";
        assert!(text.contains(rows), "{text}");
    }

    #[test]
    fn what_was_run_and_differences_come_first() {
        let text = render(&example());
        let (top, _) = text.split_once("## Cases").unwrap();
        assert!(top.contains("wasi-shim 1.2.3 made this page by\n\n```sh\nwasi-shim matrix 'a b'\n```\n"), "{top}");
        assert!(top.contains("* host 0.2: wasmtime 1, WASI 0.2\n"), "{top}");
        assert!(top.contains("| differs | runs, but something is otherwise | 1 |\n"), "{top}");
        assert!(top.contains("* **differs** on host 0.3: `dir/app.wasm: two`: `a|b` &lt;script&gt;"), "{top}");
        assert!(!text.contains(&example().run.date), "it would change with each run");
        let mut report = example();
        report.rows.remove(1);
        assert!(render(&report).contains("## Differences\n\nNone.\n"));
    }

    #[test]
    fn text_is_escaped_and_code_is_code() {
        let text = render(&example());
        assert!(text.contains("1. `a|b` &lt;script&gt;alert(\"1 &amp; 2\")&lt;/script&gt;; second\n"), "{text}");
        assert_eq!(code("a`b|", true), "``a`b\\|``");
        assert_eq!(code("a|", false), "`a|`");
        assert_eq!(prose("a ` b"), "a \\` b", "that is no code");
    }
}
