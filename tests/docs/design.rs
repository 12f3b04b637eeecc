//! Comments cite the decisions of `adapters/DESIGN.md` by heading; every citation finds its section, and every
//! section is cited. Documents that comments name are in the repository.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::links::{anchors, headings, targets};
use crate::{files, read, root, shown};

const DESIGN: &str = "adapters/DESIGN.md";

/// What introduces citations, which are headings in quotes, with a comma or `and` between them.
const CITES: &str = "DESIGN.md: ";

/// All sources in Rust, wherever the crates are, except this file.
fn sources() -> Vec<PathBuf> {
    let dirs = ["adapters", "benches", "crates", "fixtures", "src", "tests"].map(|dir| root().join(dir));
    let sources = dirs.iter().filter(|dir| dir.is_dir()).flat_map(|dir| files(dir, "rs"));
    let is_source = |path: &PathBuf| !path.ends_with("docs/design.rs") && !shown(path).contains("/target/");
    sources.filter(is_source).collect()
}

/// The text with comments that go over several lines in one.
fn comments(path: &Path) -> String {
    let lines = read(path);
    let lines = lines.lines().map(|line| line.trim_start().trim_start_matches('/').trim_start_matches('!').trim());
    lines.collect::<Vec<_>>().join(" ")
}

/// The headings that a text cites.
fn cited(text: &str) -> Vec<&str> {
    let mut cited = Vec::new();
    for (at, _) in text.match_indices(CITES) {
        let mut rest = &text[at + CITES.len()..];
        while let Some((heading, behind)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
            cited.push(heading);
            rest = ["; ", ", ", " and "].iter().find_map(|between| behind.strip_prefix(between)).unwrap_or(behind);
        }
    }
    cited
}

/// The sections: headings of the third level.
fn sections() -> Vec<String> {
    let sections = headings(&read(&root().join(DESIGN)));
    sections.into_iter().filter(|(level, _)| *level == 3).map(|(_, heading)| heading).collect()
}

#[test]
fn citations_of_the_design_find_sections() {
    let sections: BTreeSet<String> = sections().into_iter().collect();
    let mut found = BTreeSet::new();
    let mut wrong = Vec::new();
    for path in sources() {
        let text = comments(&path);
        let cited = cited(&text);
        if cited.is_empty() && text.contains(CITES) {
            wrong.push(format!("{}: a citation without a heading in quotes", shown(&path)));
        }
        for heading in cited {
            match sections.get(heading) {
                Some(section) => drop(found.insert(section.clone())),
                None => wrong.push(format!("{}: no section \"{heading}\"", shown(&path))),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    // Links count as well: those of other documents, and those from section to section.
    let documents = [DESIGN, "adapters/README.md", "ARCHITECTURE.md"].map(|path| root().join(path));
    let linked: BTreeSet<String> = documents.iter().flat_map(|path| targets(&read(path))).collect();
    let is_linked = |section: &String| {
        let anchor = &anchors(&format!("### {section}"))[0];
        linked.iter().any(|target| target.ends_with(&format!("#{anchor}")))
    };
    let unused: Vec<&String> =
        sections.iter().filter(|section| !found.contains(*section) && !is_linked(section)).collect();
    assert!(unused.is_empty(), "nothing cites {unused:#?}");
}

/// What comments name is in the repository: documents, not codes of a document elsewhere.
#[test]
fn documents_that_are_named_are_there() {
    let below = ["adapters", "docs/src", "fixtures"].map(|dir| files(&root().join(dir), "md")).concat();
    // The last one is the specification's.
    let others = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CanonicalABI.md"].map(PathBuf::from);
    let documents = below.into_iter().chain(others);
    let names: BTreeSet<String> =
        documents.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    let is_code = |word: &str| match word.split_at_checked(1) {
        Some(("U" | "D", number)) => number.parse::<u8>().is_ok(),
        Some(("T", name)) => name.len() > 2 && name.starts_with('-') && name == name.to_uppercase(),
        _ => false,
    };
    let mut named = 0;
    let mut wrong = Vec::new();
    for path in sources() {
        for line in read(&path).lines().filter(|line| line.trim_start().starts_with("//")) {
            for word in line.split(|c: char| c.is_whitespace() || "`()\"[],;:#/".contains(c)) {
                let is_document = word.len() > 3 && word.ends_with(".md");
                named += is_document as usize;
                if is_document && !names.contains(word) || is_code(word) {
                    wrong.push(format!("{}: {word}", shown(&path)));
                }
            }
        }
    }
    assert!(named > 20, "{named} documents are named");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
