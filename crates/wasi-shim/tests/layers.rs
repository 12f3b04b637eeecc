//! Holds the layers of the library, which `ARCHITECTURE.md` draws: a room uses only rooms below it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of `src/`, from the bottom up: each a file or a folder.
const LAYERS: &[&str] = &[
    "generation",
    "error",
    "hash",
    "foreign",
    "depth",
    "component",
    "code",
    "core_module",
    "canonical_abi",
    "rewrite",
    "wasi",
    "report",
    "graph",
    "diagnose",
    "verify",
    "adapter",
    "link",
    "direction",
    "p2_on_p3",
    "p3_on_p2",
    "reversion",
    "componentize",
    "wrap",
    "compose",
    "inspect",
    "standalone",
    "fuzzing",
    "lib",
];

/// The rooms that know the component model but not WASI.
const WITHOUT_WASI: &[&str] = &["component", "code", "core_module", "canonical_abi", "rewrite"];

/// Public items that `lib.rs` exports again, and their rooms.
fn room_of_item(item: &str) -> Option<&'static str> {
    let lib = include_str!("../src/lib.rs");
    let exports = lib.split("pub use ").skip(1).filter_map(|text| text.split_once(';')?.0.split_once("::"));
    let mut rooms = exports.filter_map(|(room, items)| {
        let mut items = items.trim_matches(['{', '}']).split(',');
        items.any(|known| known.trim() == item).then_some(room)
    });
    rooms.next()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().unwrap() != "tests" {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && path.file_stem().unwrap() != "tests" {
            found.push(path);
        }
    }
}

/// The first names behind `crate::` in `text`.
fn used(text: &str) -> BTreeSet<&str> {
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut used = BTreeSet::new();
    for (at, prefix) in text.match_indices("crate::") {
        let mut rest = &text[at + prefix.len()..];
        if let Some(list) = rest.strip_prefix('{') {
            // The names of the list itself, not of lists in it.
            let mut depth = 0;
            let mut begins = true;
            for (at, letter) in list.char_indices() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => begins = true,
                    _ if begins && is_name(letter) => {
                        let name = &list[at..];
                        used.insert(&name[..name.find(|letter| !is_name(letter)).unwrap()]);
                        begins = false;
                    }
                    _ => {}
                }
            }
        } else {
            rest = &rest[..rest.find(|letter| !is_name(letter)).unwrap_or(rest.len())];
            used.insert(rest);
        }
    }
    used
}

/// Each file of the library: its room, its path below `src/`, its text without tests.
fn files() -> Vec<(&'static str, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    let files = paths.into_iter().map(|path| {
        let below = path.strip_prefix(&root).unwrap().display().to_string().replace('\\', "/");
        let first = below.split('/').next().unwrap().trim_end_matches(".rs");
        let room = LAYERS.iter().find(|known| **known == first).unwrap_or_else(|| panic!("{below} is in no layer"));
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        (*room, below, lines.collect::<Vec<_>>().join("\n"))
    });
    files.collect()
}

#[test]
fn rooms_use_only_rooms_below_them() {
    let rank = |room: &str| LAYERS.iter().position(|known| *known == room);
    let mut wrong = Vec::new();
    for (room, path, text) in files() {
        for name in used(&text) {
            let other = if rank(name).is_some() { name } else { room_of_item(name).unwrap_or(name) };
            let Some(below) = rank(other) else { panic!("{path} uses crate::{name}, which is in no layer") };
            if below > rank(room).unwrap() {
                wrong.push(format!("{path} uses {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// `super::` stays in the room, so that `crate::` shows all that it uses of others.
#[test]
fn other_rooms_are_named_from_the_root() {
    for (_, path, text) in files() {
        let is_folder = path.ends_with("mod.rs");
        let depth = path.split('/').count() - usize::from(is_folder);
        assert!(!text.contains(&"super::".repeat(depth)), "{path} leaves its room by `super::`");
    }
}

/// The two directions are beside each other.
#[test]
fn directions_do_not_use_each_other() {
    let other = |room| if room == "p2_on_p3" { "p3_on_p2" } else { "p2_on_p3" };
    for (room, path, text) in files().into_iter().filter(|(room, ..)| room.contains("_on_")) {
        assert!(!used(&text).contains(other(room)), "{path}");
    }
}

#[test]
fn the_engine_that_rewrites_knows_no_wasi() {
    let of_engine = files().into_iter().filter(|(room, ..)| WITHOUT_WASI.contains(room));
    let knowing: Vec<String> =
        of_engine.filter(|(_, _, text)| text.contains("\"wasi:")).map(|(_, path, _)| path).collect();
    assert!(knowing.is_empty(), "{knowing:?}");
}

#[test]
fn every_layer_is_there() {
    let found: BTreeSet<&str> = files().into_iter().map(|(room, ..)| room).collect();
    assert_eq!(found, LAYERS.iter().copied().collect());
}
