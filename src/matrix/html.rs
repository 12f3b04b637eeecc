//! The matrix as one page of HTML that needs nothing else.

use super::junit::escape;
use super::report::{Outcome, Report};

/// The page; its style and script are in it.
pub fn render(report: &Report) -> String {
    include_str!("page.html")
        .replace("<!--summary-->", &escape(&report.summary()))
        .replace("<!--hosts-->", &hosts(report))
        .replace("<!--outcomes-->", &outcomes(report))
        .replace("<!--head-->", &head(report))
        .replace("<!--rows-->", &rows(report))
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
    let counts = report.counts();
    let one = |outcome: &Outcome| {
        let count = counts.get(outcome)?;
        let word = outcome.word();
        Some(format!(
            "<label title=\"{}\"><input type=\"checkbox\" name=\"outcome\" value=\"{word}\" checked> \
             <span class=\"mark {word}\">{word}</span> {count}</label>\n",
            escape(outcome.meaning())
        ))
    };
    Outcome::ALL.iter().filter_map(one).collect()
}

fn head(report: &Report) -> String {
    report.hosts.iter().map(|host| format!("<th scope=\"col\">{}</th>", escape(&host.label))).collect()
}

fn rows(report: &Report) -> String {
    let mut text = String::new();
    for row in &report.rows {
        let case = if row.case.is_empty() {
            String::new()
        } else {
            format!("<span class=\"case\">{}</span>", escape(&row.case))
        };
        let what: Vec<String> = row.uses.iter().map(|number| format!("WASI {number}")).collect();
        let kind = std::iter::once(row.kind.clone()).chain(what).collect::<Vec<_>>().join(", ");
        text.push_str(&format!(
            "<tr><th scope=\"row\"><span class=\"component\">{}</span>{case}<span class=\"kind\">{}</span></th>",
            escape(&row.component),
            escape(&kind)
        ));
        for (host, cell) in report.hosts.iter().zip(&row.cells) {
            let word = cell.outcome.word();
            let mark = format!("<span class=\"mark {word}\">{word}</span>");
            let lines: String = cell.detail.iter().map(|line| format!("<li>{}</li>", escape(line))).collect();
            let cell = if lines.is_empty() {
                mark
            } else {
                format!("<details><summary>{mark}</summary><ul>{lines}</ul></details>")
            };
            let host = escape(&host.label);
            text.push_str(&format!("<td data-outcome=\"{word}\" data-host=\"{host}\">{cell}</td>"));
        }
        text.push_str("</tr>\n");
    }
    text
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
}
