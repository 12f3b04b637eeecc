//! The order of an adapter's rooms: `hooks` is the only file outside of `wasi` that names `wasi`.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, found),
            false => found.push(path),
        }
    }
}

#[test]
fn only_hooks_names_the_interfaces() {
    for adapter in ["p2-on-p3", "p3-on-p2"] {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(adapter).join("src");
        let mut found = Vec::new();
        sources(&src, &mut found);
        let names = |path: &Path| fs::read_to_string(path).unwrap().contains("crate::wasi");
        let outside =
            found.iter().map(|path| path.strip_prefix(&src).unwrap()).filter(|path| !path.starts_with("wasi"));
        let naming: Vec<&Path> = outside.filter(|path| names(&src.join(path))).collect();
        assert_eq!(naming, [Path::new("hooks.rs")], "{adapter}");
    }
}
