//! Where the programs are, and the WIT that they are built for.

use std::fs;
use std::path::{Path, PathBuf};

pub fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/languages").join(path)
}

/// `world` with the packages of `generation` beside it, all of them edited, in a folder of `dir`.
pub fn wit(dir: &Path, world: &str, generation: &str, edit: &dyn Fn(String) -> String) -> PathBuf {
    let wit = dir.join("wit");
    let deps = wit.join("deps");
    fs::create_dir_all(&deps).unwrap();
    let copy = |from: &Path, to: &Path| fs::write(to, edit(fs::read_to_string(from).unwrap())).unwrap();
    let world = source(world);
    copy(&world, &wit.join(world.file_name().unwrap()));
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("wit").join(generation)).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &deps.join(entry.file_name()));
    }
    wit
}
