//! `wasi-shim --version`, and the commit that only release builds of the repository have.

use std::fs;
use std::path::Path;
use std::process::Command;

use wasi_shim::Generation;
use wasi_shim::wasi::{CANDIDATES, latest};

use crate::support::shim;

#[test]
fn the_version_names_the_wasi_that_is_known() {
    let said = |option: &str| String::from_utf8(shim().arg(option).output().unwrap().stdout).unwrap();
    let first = format!("wasi-shim {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(said("-V"), first);
    let long = said("--version");
    // The tests are no release build.
    assert!(long.starts_with(&first), "{long}");
    for known in Generation::ALL {
        assert!(long.contains(&format!("\nWASI {}.0 to {}\n", known.number(), latest(known))), "{long}");
    }
    assert_eq!(long.lines().count(), 3 + CANDIDATES.len(), "{long}");
}

/// What the build script tells cargo in `dir`.
fn told(script: &Path, dir: &Path, profile: &str) -> String {
    let output = Command::new(script).current_dir(dir).env("PROFILE", profile).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_commit_is_that_of_a_release_build() {
    let dir = tempfile::tempdir().unwrap();
    let [script, clone, package] = ["script", "clone", "clone/package"].map(|name| dir.path().join(name));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs");
    let compiled = Command::new("rustc").args(["--edition", "2024", "-o"]).arg(&script).arg(source).status();
    assert!(compiled.unwrap().success());
    fs::create_dir_all(&package).unwrap();
    let git = |args: &[&str]| {
        let names = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        let output = Command::new("git").current_dir(&clone).args(names).args(args).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    git(&["init", "--quiet"]);
    git(&["commit", "--quiet", "--allow-empty", "--message", "first"]);
    let commit = git(&["rev-parse", "HEAD"]);

    let release = told(&script, &clone, "release");
    assert!(release.contains(&format!("WASI_SHIM_COMMIT={}\n", &commit[..10])), "{release}");
    assert!(release.contains("rerun-if-changed=.git/logs/HEAD\n"), "{release}");
    let without = "cargo::rerun-if-changed=build.rs\n";
    assert_eq!(told(&script, &clone, "debug"), without, "nothing is built anew at a commit");
    assert_eq!(told(&script, &package, "release"), without, "the repository around it is another");
}
