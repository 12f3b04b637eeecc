//! Prose of Markdown pages and comments have at most 100 columns.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{root, shown};

const COLUMNS: usize = 100;

/// Directories of others, or of files that are built.
fn is_left_out(dir: &Path) -> bool {
    let name = dir.file_name().unwrap().to_string_lossy();
    let is_hidden = name.starts_with('.') && name != ".ci";
    let is_built = ["target", "node_modules", "book", "dist"].contains(&&name[..]);
    is_hidden || is_built || shown(dir).starts_with("crates/wasi-shim/wit/0.")
}

fn collect(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display())) {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            found.push(path);
        } else if !is_left_out(&path) {
            collect(&path, found);
        }
    }
}

/// The beginning of a comment in a file with this extension; scripts have none.
fn comment(extension: &str, text: &str) -> Option<&'static str> {
    match extension {
        "rs" | "wit" | "c" | "h" | "js" | "mjs" | "go" => Some("//"),
        "wat" => Some(";;"),
        "sh" | "py" | "toml" | "yml" => Some("#"),
        _ => text.starts_with("#!").then_some("#"),
    }
}

/// The numbers of lines that are too wide. Code, tables, links and addresses may be.
fn wide(extension: &str, text: &str) -> Vec<usize> {
    let is_page = extension == "md";
    let comment = comment(extension, text);
    let mut in_block = false;
    let mut wide = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let content = line.trim_start();
        in_block ^= is_page && content.starts_with("```");
        let is_prose = is_page && !in_block || comment.is_some_and(|comment| content.starts_with(comment));
        let is_table = content.trim_start_matches(['/', '!', ' ']).starts_with('|');
        let has_link = content.contains("://") || is_page && content.contains("](");
        if is_prose && !is_table && !has_link && line.chars().count() > COLUMNS {
            wide.push(at + 1);
        }
    }
    wide
}

#[test]
fn prose_and_comments_have_at_most_100_columns() {
    let mut files = Vec::new();
    collect(root(), &mut files);
    let (mut wrong, mut count) = (Vec::new(), 0);
    for path in files {
        // The command `matrix` writes that page, with messages in lists.
        let is_matrix = path.ends_with("docs/src/matrix.md");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        count += usize::from(extension == "md" || comment(&extension, &text).is_some());
        if !is_matrix {
            wrong.extend(wide(&extension, &text).iter().map(|line| format!("{}:{line}", shown(&path))));
        }
    }
    assert!(count > 500, "only {count} files have prose");
    assert!(wrong.is_empty(), "wider than {COLUMNS} columns: {wrong:#?}");
}

#[test]
fn wide_lines_are_found() {
    let long = "x".repeat(COLUMNS);
    assert_eq!(
        wide("md", &format!("{long}\n{long}x\n| {long} |\n```\n{long}x\n```\n[x](y) {long}\n{long}x\n")),
        [2, 8]
    );
    assert_eq!(wide("rs", &format!("// {long}\nlet x = \"{long}\";\n//! | {long} |\n    /// {long}\n")), [1, 4]);
    assert_eq!(wide("", &format!("#!/bin/sh\n# {long}\n")), [2]);
    assert!(wide("", &format!("# {long}\n")).is_empty());
}
