//! Adapts a component to hosts of WASI 0.3, and fails the build if a difference is not in
//! `ALLOWED`.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use wasi_shim::{Generation, Wrap};

/// Yours would come from another build. This one is bundled with wasi-shim.
const COMPONENT: &str = "../../fixtures/built/hello.wasm";
/// The differences that are accepted: `wasi-shim explain CODE` explains each.
const ALLOWED: [&str; 1] = ["W0110"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={COMPONENT}");
    let component = fs::read(COMPONENT)?;
    let wrapped = Wrap::new(&component).to(Generation::Wasi03).run()?;
    for note in wrapped.notes.iter().filter(|note| note.lossy && !ALLOWED.contains(&note.code)) {
        println!("cargo::error={}: {}", note.code, note.text);
    }
    // Where `src/main.rs` includes it from.
    fs::write(Path::new(&env::var("OUT_DIR")?).join("hello.p3.wasm"), wrapped.bytes)?;
    Ok(())
}
