//! The tool as a component, as a package of npm, and as a page: they do what the library does. They
//! are built when asked, because that takes a toolchain for wasm:
//!
//!     WASI_SHIM_TEST_LANGUAGES=1 cargo test --test tool

#![cfg(feature = "hosts")]
#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

#[path = "../support/mod.rs"]
mod support;

mod component;
mod javascript;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The component, built once.
fn tool() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        support::toolchains::execute(&mut Command::new(root().join("component/build.sh")));
        root().join("component/dist/wasi-shim.wasm")
    };
    BUILT.get_or_init(build).clone()
}
