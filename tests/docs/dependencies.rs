//! The page of dependencies names each crate that a `Cargo.toml` names, but for those of fixtures,
//! and no others.

use std::collections::BTreeSet;

use crate::{book, read, root};

const MANIFESTS: [&str; 10] = [
    "Cargo.toml",
    "adapters/common/Cargo.toml",
    "adapters/p2-on-p3/Cargo.toml",
    "adapters/p3-on-p2/Cargo.toml",
    "component/Cargo.toml",
    "crates/hosts/Cargo.toml",
    "crates/wasi-shim/Cargo.toml",
    "crates/wasi-shim/wit/update/Cargo.toml",
    "fuzz/Cargo.toml",
    "fuzz/fuzzing/Cargo.toml",
];

#[test]
fn every_dependency_is_explained() {
    let mut named = BTreeSet::new();
    for manifest in MANIFESTS {
        let manifest: toml::Table = read(&root().join(manifest)).parse().unwrap();
        let of_targets = manifest.get("target").and_then(|targets| targets.as_table()).into_iter().flatten();
        let tables = of_targets.filter_map(|(_, target)| target.as_table()).chain([&manifest]);
        for table in tables.flat_map(|table| [table.get("dependencies"), table.get("dev-dependencies")]) {
            named.extend(table.and_then(|table| table.as_table()).into_iter().flatten().map(|(name, _)| name.clone()));
        }
    }
    named.retain(|name| !name.starts_with("wasi-shim") && !name.starts_with("wasip3-at-") && name != "common");
    let page = read(&book().join("dependencies.md"));
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|line| line.split(" | ").next().unwrap());
    let explained: BTreeSet<String> =
        cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(String::from).collect();
    assert!(named.len() > 20, "{named:?}");
    assert_eq!(explained, named);
}
