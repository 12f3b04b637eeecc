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

/// The component, built once, with less time for optimisation than one that is released.
fn tool() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let mut build = Command::new(root().join("component/build.sh"));
        build.env("WASI_SHIM", env!("CARGO_BIN_EXE_wasi-shim"));
        build.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        support::toolchains::execute(&mut build);
        root().join("component/dist/wasi-shim.wasm")
    };
    BUILT.get_or_init(build).clone()
}
