//! Comments cite the decisions of `adapters/DESIGN.md` by heading; every citation finds its
//! section, and every section is cited. Documents that comments name are in the repository.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::links::{anchors, headings, targets};
use crate::{files, read, root, shown};

const DESIGN: &str = "adapters/DESIGN.md";

/// Introductions of citations, which are headings in quotes with a comma between them, and the
/// documents that they cite.
const CITES: [(&str, &str); 2] = [("DESIGN.md: ", DESIGN), ("README.md: ", "adapters/README.md")];

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

/// The headings that a text cites after each `introduction`; an empty one if none follows.
fn cited<'t>(text: &'t str, introduction: &str) -> Vec<&'t str> {
    let mut cited = Vec::new();
    for (at, _) in text.match_indices(introduction) {
        let mut rest = &text[at + introduction.len()..];
        if !rest.starts_with('"') {
            cited.push("");
        }
        while let Some((heading, behind)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
            cited.push(heading);
            rest = behind.strip_prefix(", ").unwrap_or(behind);
        }
    }
    cited
}

#[test]
fn citations_of_the_design_find_sections() {
    let mut found = BTreeSet::new();
    let mut wrong = Vec::new();
    for (introduction, document) in CITES {
        let headings: BTreeSet<String> =
            headings(&read(&root().join(document))).into_iter().map(|(_, heading)| heading).collect();
        for path in sources() {
            let text = comments(&path);
            for heading in cited(&text, introduction) {
                match headings.get(heading) {
                    Some(heading) => drop(found.insert(heading.clone())),
                    None => wrong.push(format!("{}: {document} has no \"{heading}\"", shown(&path))),
                }
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
    let sections = headings(&read(&root().join(DESIGN))).into_iter().filter(|(level, _)| *level == 3);
    let sections = sections.map(|(_, section)| section);
    let unused: Vec<String> = sections.filter(|section| !found.contains(section) && !is_linked(section)).collect();
    assert!(unused.is_empty(), "nothing cites {unused:#?}");
}

/// Documents that comments name are in the repository; no comment names a code of one elsewhere.
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

/// Sources that the documents beside the adapters name, by the end of their path, are there.
#[test]
fn sources_that_are_named_are_there() {
    let sources: Vec<String> = sources().iter().map(|path| format!("/{}", shown(path))).collect();
    let documents = files(&root().join("adapters"), "md");
    let mut named = BTreeSet::new();
    for document in &documents {
        let text = read(document);
        let spans = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
        named.extend(spans.filter(|span| span.ends_with(".rs")).map(String::from));
    }
    assert!(named.len() > 5, "{named:?}");
    named
        .retain(|name| !root().join(name).is_file() && !sources.iter().any(|path| path.ends_with(&format!("/{name}"))));
    assert!(named.is_empty(), "{named:?}");
}
