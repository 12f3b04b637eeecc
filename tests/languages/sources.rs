//! Where the programs are, the WIT that they are built for, and how those in Python are built.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::toolchains::{execute, python, workshop};

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
    for entry in
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/wasi-shim/wit").join(generation)).unwrap()
    {
        let entry = entry.unwrap();
        copy(&entry.path(), &deps.join(entry.file_name()));
    }
    wit
}

const COMPONENTIZE_PY: &str = "componentize-py==0.25.1";

/// Builds `module` in Python as `world`, which is in a file and imports WASI of a generation, in a
/// workshop of this name.
pub fn component_in_python(name: &str, module: &str, world: &str, (file, generation): (&str, &str)) -> PathBuf {
    let bin = python(&[COMPONENTIZE_PY]);
    let dir = workshop(name);
    fs::copy(source("python").join(module).with_extension("py"), dir.join(module).with_extension("py")).unwrap();
    let component = dir.join(world).with_extension("wasm");
    execute(
        Command::new(bin.join("componentize-py"))
            .current_dir(&dir)
            .args(["-q", "-w", world, "-d"])
            .arg(wit(&dir, file, generation, &|text| text))
            .args(["componentize", module, "-o"])
            .arg(&component),
    );
    component
}
