//! The matrix as one page of HTML that needs nothing else.

use super::junit::escape;
use super::report::{Outcome, Report, Row, spans};

/// The page; its style and script are in it.
pub fn render(report: &Report) -> String {
    let parts = [
        ("<!--summary-->", escape(&report.summary())),
        ("<!--made-->", made(report)),
        ("<!--differences-->", differences(report)),
        ("<!--hosts-->", hosts(report)),
        ("<!--outcomes-->", outcomes(report)),
        ("<!--legend-->", legend(report)),
        ("<!--head-->", head(report)),
        ("<!--rows-->", rows(report)),
    ];
    parts.iter().fold(include_str!("page.html").into(), |page: String, (place, part)| page.replace(place, part))
}

fn mark(outcome: Outcome) -> String {
    format!("<span class=\"mark {}\">{}</span>", class(outcome), outcome.word())
}

fn class(outcome: Outcome) -> String {
    outcome.word().replace(' ', "-")
}

/// Text in which code is code.
fn prose(text: &str) -> String {
    let one = |(is_code, text)| {
        let text = escape(text);
        if is_code { format!("<code>{text}</code>") } else { text }
    };
    spans(text).map(one).collect()
}

fn list(lines: &[String]) -> String {
    let lines: String = lines.iter().map(|line| format!("<li>{}</li>", prose(line))).collect();
    format!("<ul>{lines}</ul>")
}

/// The versions, the date and the command.
fn made(report: &Report) -> String {
    let run = &report.run;
    let commit = run.commit.as_ref().map_or(String::new(), |commit| format!(" ({commit})"));
    let mut text = format!(
        "<dt>wasi-shim</dt><dd>{}</dd>\n<dt>Date</dt><dd>{}</dd>\n<dt>Command</dt><dd><code>{}</code></dd>\n",
        escape(&format!("{}{commit}", run.version)),
        escape(&run.date),
        escape(&run.command)
    );
    for host in &report.hosts {
        text.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", escape(&host.label), escape(&host.description())));
    }
    text
}

fn differences(report: &Report) -> String {
    let one = |detail: super::report::Detail<'_>| {
        let hosts: Vec<String> = detail.hosts.iter().map(|host| escape(&host.label)).collect();
        let link = |(row, name): &(usize, String)| format!("<a href=\"#row-{row}\"><code>{}</code></a>", escape(name));
        let rows: Vec<String> = detail.rows.iter().map(link).collect();
        let (mark, lines) = (mark(detail.outcome), list(detail.lines));
        format!("<li>{mark} on {}: {}{lines}</li>\n", hosts.join(", "), rows.join(", "))
    };
    let all: String = report.differences().into_iter().map(one).collect();
    if all.is_empty() { "<p>None.</p>".into() } else { format!("<ul>\n{all}</ul>") }
}

fn hosts(report: &Report) -> String {
    let one = |(index, host): (usize, &super::report::Column)| {
        format!(
            "<label><input type=\"checkbox\" name=\"host\" value=\"{index}\" checked> {}</label>\n",
            escape(&host.label)
        )
    };
    report.hosts.iter().enumerate().map(one).collect()
}

fn outcomes(report: &Report) -> String {
    let one = |(outcome, count): (Outcome, usize)| {
        format!(
            "<label><input type=\"checkbox\" name=\"outcome\" value=\"{}\" checked> {} {count}</label>\n",
            outcome.word(),
            mark(outcome)
        )
    };
    report.counts().into_iter().map(one).collect()
}

fn legend(report: &Report) -> String {
    let one = |outcome: &Outcome| format!("<dt>{}</dt><dd>{}</dd>\n", mark(*outcome), escape(outcome.meaning()));
    report.counts().keys().map(one).collect()
}

fn head(report: &Report) -> String {
    report.hosts.iter().map(|host| format!("<th scope=\"col\">{}</th>", escape(&host.label))).collect()
}

/// A body for each component, with a heading if it has several cases.
fn rows(report: &Report) -> String {
    let mut text = String::new();
    let mut number = 0;
    for group in report.groups() {
        let [first, ..] = group else { continue };
        text.push_str("<tbody>\n");
        if group.len() > 1 {
            let span = report.hosts.len() + 1;
            text.push_str(&format!(
                "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{span}\">{}</th></tr>\n",
                component(first)
            ));
        }
        for row in group {
            let name = if group.len() > 1 { String::new() } else { component(row) };
            let case = if row.case.is_empty() {
                String::new()
            } else {
                format!("<span class=\"case\">{}</span>", escape(&row.case))
            };
            text.push_str(&format!("<tr class=\"run\" id=\"row-{number}\"><th scope=\"row\">{name}{case}</th>"));
            text.push_str(&cells(report, row));
            text.push_str("</tr>\n");
            number += 1;
        }
        text.push_str("</tbody>\n");
    }
    text
}

fn component(row: &Row) -> String {
    let uses = row.uses.iter().map(|number| format!("WASI {number}"));
    let no_case = row.lacks_case().then(|| "no case".to_string());
    let kind = std::iter::once(row.kind.clone()).chain(no_case).chain(uses).collect::<Vec<_>>().join(", ");
    let (name, kind) = (escape(&row.component), escape(&kind));
    format!("<span class=\"component\">{name}</span><span class=\"kind\">{kind}</span>")
}

fn cells(report: &Report, row: &Row) -> String {
    let one = |(host, cell): (&super::report::Column, &super::report::Cell)| {
        let mark = mark(cell.outcome);
        let content = if cell.detail.is_empty() {
            mark
        } else {
            format!("<details><summary>{mark}</summary>{}</details>", list(&cell.detail))
        };
        let (word, host) = (cell.outcome.word(), escape(&host.label));
        format!("<td data-outcome=\"{word}\" data-host=\"{host}\">{content}</td>")
    };
    report.hosts.iter().zip(&row.cells).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::super::report::example;
    use super::*;

    #[test]
    fn text_is_escaped_and_nothing_is_loaded() {
        let page = render(&example());
        assert!(page.contains("&lt;script&gt;alert(&quot;1 &amp; 2&quot;)&lt;/script&gt;"), "{page}");
        assert_eq!(page.matches("<script").count(), 1, "its own");
        for loads in ["http:", "https:", "src=", "url(", "@import", "<link"] {
            assert!(!page.contains(loads), "{loads}");
        }
        assert!(!page.contains("<!--"), "every place is filled");
    }

    #[test]
    fn what_was_run_and_differences_come_first() {
        let page = render(&example());
        let (top, table) = page.split_once("<table>").unwrap();
        assert!(top.contains("<dt>wasi-shim</dt><dd>1.2.3 (abc)</dd>"), "{top}");
        assert!(top.contains("<dt>Date</dt><dd>2026-01-01 00:00 UTC</dd>"), "{top}");
        assert!(top.contains("<dd><code>wasi-shim matrix &#39;a b&#39;</code></dd>"), "{top}");
        assert!(top.contains("<dt>host 0.2</dt><dd>wasmtime 1, WASI 0.2</dd>"), "{top}");
        assert!(top.contains("<a href=\"#row-1\"><code>dir/app.wasm: two</code></a>"), "{top}");
        assert!(table.contains("id=\"row-1\"><th scope=\"row\"><span class=\"case\">two</span>"), "{table}");
        for outcome in example().counts().keys() {
            assert!(top.contains(&format!("<dd>{}</dd>", escape(outcome.meaning()))), "{outcome:?}");
        }
    }

    #[test]
    fn cases_are_below_their_component() {
        let page = render(&example());
        assert_eq!(page.matches("<span class=\"component\">dir/app.wasm</span>").count(), 1);
        assert_eq!(page.matches("<tbody>").count(), 3, "one for each component");
        assert!(page.contains("<span class=\"kind\">service, no case, WASI 0.2, WASI 0.3</span>"), "{page}");
    }

    #[test]
    fn code_is_code() {
        assert!(render(&example()).contains("<li><code>a|b</code> &lt;script&gt;"));
    }
}
