//! Every page is in the book, every link and every picture leads somewhere.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use crate::{book, files, read, root, shown};

/// The text without code, where brackets mean nothing.
fn prose(text: &str) -> String {
    let mut prose = String::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            // Code spans are every other part.
            prose.extend(line.split('`').step_by(2));
            prose.push('\n');
        }
    }
    prose
}

/// The targets of all links and pictures.
pub fn targets(text: &str) -> Vec<String> {
    let prose = prose(text);
    let ends = prose.match_indices("](").map(|(at, _)| &prose[at + 2..]);
    ends.map(|rest| rest.split(')').next().unwrap().split_whitespace().next().unwrap_or_default().to_string()).collect()
}

/// The headings, with their levels.
pub fn headings(text: &str) -> Vec<(usize, String)> {
    let mut in_block = false;
    let mut headings = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
        }
        let heading = line.trim_start_matches('#');
        let level = line.len() - heading.len();
        if !in_block && level > 0 && heading.starts_with(' ') {
            headings.push((level, heading.trim().to_string()));
        }
    }
    headings
}

/// The anchors of the headings, as mdBook and GitHub make them.
pub fn anchors(text: &str) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut anchors = Vec::new();
    for (_, heading) in headings(text) {
        let kept = heading.to_lowercase();
        let kept: String = kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect();
        let anchor = kept.replace(' ', "-");
        let count = seen.entry(anchor.clone()).or_default();
        anchors.push(if *count == 0 { anchor } else { format!("{anchor}-{count}") });
        *count += 1;
    }
    anchors
}

/// The links of a file that are wrong. `within`: where they may lead.
fn wrong(path: &Path, within: &Path) -> Vec<String> {
    let text = read(path);
    let wrong = targets(&text).into_iter().filter_map(|target| {
        if target.starts_with("https://") {
            return None;
        }
        let (file, anchor) = target.split_once('#').map_or((&target[..], None), |(file, anchor)| (file, Some(anchor)));
        let to = if file.is_empty() { path.to_path_buf() } else { path.parent().unwrap().join(file) };
        let Ok(real) = to.canonicalize() else { return Some(format!("{}: `{target}` is not there", shown(path))) };
        if !real.starts_with(within.canonicalize().unwrap()) {
            return Some(format!("{}: `{target}` leads out of the book", shown(path)));
        }
        let anchor = anchor?;
        let is_there = anchors(&read(&real)).iter().any(|known| known == anchor);
        (!is_there).then(|| format!("{}: `{target}` names no heading", shown(path)))
    });
    wrong.collect()
}

#[test]
fn links_lead_somewhere() {
    let mut all: Vec<String> = files(&book(), "md").iter().flat_map(|page| wrong(page, &book())).collect();
    for other in [
        "README.md",
        "SECURITY.md",
        "ARCHITECTURE.md",
        "adapters/DESIGN.md",
        "adapters/README.md",
        "fixtures/README.md",
    ] {
        all.extend(wrong(&root().join(other), root()));
    }
    assert!(all.is_empty(), "{all:#?}");
}

/// Files of the repository that the manual names are there. Files of its commands are not below a
/// directory.
#[test]
fn files_of_the_repository_are_there() {
    let mut named = BTreeSet::new();
    for page in files(&book(), "md") {
        for line in read(&page).lines() {
            named.extend(line.split('`').skip(1).step_by(2).filter(|code| is_path(code)).map(String::from));
        }
    }
    assert!(named.contains("ARCHITECTURE.md") && named.contains("action.yml"), "{named:?}");
    let lacking: Vec<&String> = named.iter().filter(|path| !root().join(path).exists()).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
}

/// Tests that a page names behind the file that they are in.
#[test]
fn tests_that_are_named_are_there() {
    let page = read(&book().join("trust.md"));
    let (mut file, mut count) = (None, 0);
    for code in page.split('`').skip(1).step_by(2) {
        if code.starts_with("tests/") && code.ends_with(".rs") {
            file = Some(read(&root().join(code)));
        } else if code.contains('_') && code.chars().all(|c| c.is_ascii_lowercase() || "_0123456789".contains(c)) {
            let text = file.as_ref().unwrap_or_else(|| panic!("`{code}` has no file before it"));
            assert!(text.contains(&format!("fn {code}()")), "`{code}` is not in the file that the page names");
            count += 1;
        }
    }
    assert!(count > 10, "the page names {count} tests");
}

/// Whether a piece of code is a path from the root of the repository.
fn is_path(code: &str) -> bool {
    let below = ["src/", "crates/", "docs/", "adapters/", "examples/", "fixtures/", "tests/"];
    let is_file = ["ARCHITECTURE.md", "README.md", "CHANGELOG.md", "action.yml"].contains(&code);
    is_file || !code.contains(' ') && below.iter().any(|dir| code.starts_with(dir))
}

#[test]
fn every_page_and_picture_is_used() {
    let summary = read(&book().join("SUMMARY.md"));
    let listed: Vec<String> = targets(&summary);
    let set: BTreeSet<PathBuf> = listed.iter().map(|page| book().join(page)).collect();
    assert_eq!(listed.len(), set.len(), "a page is listed twice");
    let mut pages: BTreeSet<PathBuf> = files(&book(), "md").into_iter().collect();
    pages.remove(&book().join("SUMMARY.md"));
    assert_eq!(pages, set, "SUMMARY.md lists all pages and no others");

    let shown: BTreeSet<PathBuf> = pages
        .iter()
        .flat_map(|page| targets(&read(page)).into_iter().map(|target| page.parent().unwrap().join(target)))
        .filter(|target| target.extension().is_some_and(|extension| extension == "svg"))
        .collect();
    assert_eq!(files(&book(), "svg").into_iter().collect::<BTreeSet<_>>(), shown, "every picture is on a page");
}

/// The pictures load nothing and are XML.
#[test]
fn pictures_stand_alone() {
    let pictures = files(&book(), "svg");
    assert!(pictures.len() >= 2);
    for picture in pictures {
        let text = read(&picture);
        let outside = text.replace("http://www.w3.org/2000/svg", "");
        assert!(
            !outside.contains("://") && !outside.contains("@import") && !outside.contains("<image"),
            "{}",
            shown(&picture)
        );
        assert!(
            text.contains("<title") && text.contains("<desc"),
            "{}: a text for those who do not see",
            shown(&picture)
        );
        assert!(text.contains("@media (prefers-color-scheme: dark)"), "{}: a book may be dark", shown(&picture));
        assert_eq!(text.matches('<').count(), text.matches('>').count(), "{}", shown(&picture));
    }
}
