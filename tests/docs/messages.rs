//! `troubleshooting.md` has every message, and none that there is not. Messages are headings there,
//! and the first cells of tables, with `…` for what is put in. Those of obstacles are not looked
//! for: they are generated.

use std::collections::BTreeSet;
use std::path::Path;

use crate::generated::around_generated;
use crate::{book, files, read, root, shown};

/// A literal of a source, and where it was found.
struct Message {
    text: String,
    place: String,
}

/// The text without what is only compiled for tests, and without comments.
fn code(path: &Path) -> String {
    let text = read(path);
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The next literal in `code`, and what is behind it. Line ends that are escaped are spaces' ends,
/// as in Rust.
fn literal(code: &str) -> Option<(String, &str)> {
    let start = code.find('"')? + 1;
    let mut text = String::new();
    let mut letters = code[start..].char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, &code[start + at + 1..])),
            '\\' => match letters.next()?.1 {
                '\n' => {
                    let rest = letters.as_str();
                    let skipped = rest.len() - rest.trim_start().len();
                    for _ in 0..rest[..skipped].chars().count() {
                        letters.next();
                    }
                }
                'n' => text.push(' '),
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
    None
}

/// The pieces of a message that are always there.
fn pieces(message: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut depth = 0;
    for letter in message.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            '…' => pieces.push(String::new()),
            _ if depth > 0 => {}
            other => pieces.last_mut().unwrap().push(other),
        }
        if letter == '{' && depth == 1 {
            pieces.push(String::new());
        }
    }
    let trimmed = pieces.iter().map(|piece| piece.trim().to_string());
    trimmed.filter(|piece| piece.chars().filter(|letter| letter.is_alphabetic()).count() >= 4).collect()
}

/// The beginnings of messages, and the files that they are in.
const BEGINNINGS: &[(&str, &str)] = &[
    ("#[error(", "crates"),
    ("#[error(", "src"),
    ("what:", "src"),
    ("bail!(", "src"),
    ("unsupported(", "crates"),
    ("const CANNOT_WAIT: &str =", "crates"),
    ("const NO_RESULT: &str =", "crates"),
    ("const WRONG_RETURN: &str =", "crates"),
    ("const NOT_CANCELLED: &str =", "crates"),
];

fn messages() -> Vec<Message> {
    let mut found = Vec::new();
    for (beginning, below) in BEGINNINGS {
        let before = found.len();
        for path in files(&root().join(below), "rs") {
            let code = code(&path);
            for (at, _) in code.match_indices(beginning) {
                let rest = &code[at + beginning.len()..];
                // Messages that are put together elsewhere have their literals elsewhere.
                let is_here = ["\"", "format!(", "concat!("].iter().any(|start| rest.trim_start().starts_with(start));
                if is_here && let Some((text, _)) = literal(rest) {
                    found.push(Message { text, place: shown(&path) });
                }
            }
        }
        assert!(found.len() > before, "`{beginning}` begins no message any more");
    }
    // Traps of the adapters.
    for path in [
        "adapters/common/src/trap.rs",
        "adapters/p2-on-p3/src/trap.rs",
        "adapters/p3-on-p2/src/trap.rs",
        "adapters/p3-on-p2/src/kernel/deadlock.rs",
    ] {
        let code = self::code(&root().join(path));
        let traps =
            code.lines().filter(|line| line.starts_with("    ") && line.contains(" = \"") && line.ends_with("\";"));
        let before = found.len();
        found.extend(traps.map(|line| Message { text: literal(line).unwrap().0, place: path.into() }));
        assert!(found.len() > before, "{path}");
    }
    found
}

/// Traps that say that wasi-shim itself is wrong, or that nothing can lead to.
const INTERNAL: &[&str] = &["this function is never called", "a prebuilt module has no {0:?}"];

/// Headings of the page that are no messages.
const TITLES: &[&str] = &["message", "Rules of WASI and of the component model"];

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The part of the page that people have written.
fn page() -> String {
    let page = read(&book().join("troubleshooting.md"));
    let (before, after) = around_generated(&page);
    format!("{before}{after}")
}

#[test]
fn every_message_is_explained() {
    let page = flat(&page());
    let messages = messages();
    assert!(messages.len() > 80, "only {}", messages.len());
    let mut lacking = BTreeSet::new();
    for Message { text, place } in messages {
        if INTERNAL.contains(&&text[..]) {
            continue;
        }
        if let Some(piece) = pieces(&text).into_iter().find(|piece| !page.contains(&flat(piece))) {
            lacking.insert(format!("{place}: {text:?} lacks {piece:?}"));
        }
    }
    assert!(lacking.is_empty(), "troubleshooting.md lacks {}: {lacking:#?}", lacking.len());
}

#[test]
fn every_explained_message_is_in_the_sources() {
    let mut sources = String::new();
    for dir in ["src", "crates", "adapters/common/src", "adapters/p2-on-p3/src", "adapters/p3-on-p2/src"] {
        for path in files(&root().join(dir), "rs") {
            let code = code(&path);
            let mut rest = &code[..];
            while let Some((text, behind)) = literal(rest) {
                sources += &text;
                sources.push('\n');
                rest = behind;
            }
        }
    }
    let sources = sources.lines().map(flat).collect::<Vec<_>>().join("\n");
    let page = page();
    let is_message = |text: &&str| text.starts_with(|letter: char| letter != '-') && !TITLES.contains(text);
    let headings = page.lines().filter_map(|line| line.strip_prefix("### "));
    let cells = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let explained: Vec<&str> = headings.chain(cells).filter(is_message).collect();
    assert!(explained.len() > 80, "only {}", explained.len());
    let unknown = |message: &&str| !pieces(message).iter().all(|piece| sources.contains(&flat(piece)));
    let unknown: Vec<&str> = explained.into_iter().filter(unknown).collect();
    assert!(unknown.is_empty(), "no source says {unknown:#?}");
}
