//! Rules for the sources: `hooks` is the only file of an adapter outside of `wasi` that names
//! `wasi`, and modules with `unsafe` code say why it is sound.

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

fn folder(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(of).join("src")
}

#[test]
fn only_hooks_names_the_interfaces() {
    for adapter in ["p2-on-p3", "p3-on-p2"] {
        let src = folder(adapter);
        let mut found = Vec::new();
        sources(&src, &mut found);
        let names = |path: &Path| fs::read_to_string(path).unwrap().contains("crate::wasi");
        let outside =
            found.iter().map(|path| path.strip_prefix(&src).unwrap()).filter(|path| !path.starts_with("wasi"));
        let naming: Vec<&Path> = outside.filter(|path| names(&src.join(path))).collect();
        assert_eq!(naming, [Path::new("hooks.rs")], "{adapter}");
    }
}

#[test]
fn unsafe_code_is_explained() {
    const UNSAFE: [&str; 4] = ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"];
    for source in ["common", "p2-on-p3", "p3-on-p2"] {
        let mut found = Vec::new();
        sources(&folder(source), &mut found);
        for path in found {
            let of_tests = path.components().any(|name| name.as_os_str() == "tests") || path.ends_with("layers.rs");
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let explained = code.lines().any(|line| line == "//! # Safety");
            assert!(
                of_tests || explained || !UNSAFE.iter().any(|word| code.contains(word)),
                "{}: no paragraph `# Safety`",
                path.display()
            );
        }
    }
}
