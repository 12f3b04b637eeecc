//! The package of npm in Node and in a browser, and the page in a browser.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{root, tool};
use crate::support::toolchains::{JCO, PLAYWRIGHT, asked, execute, npm, python, workshop};
use crate::support::{fixture, shim};

/// Where the package is installed, and the path where programs find Node.
fn installed() -> &'static (PathBuf, OsString) {
    static INSTALLED: OnceLock<(PathBuf, OsString)> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        tool();
        let jco = workshop("jco");
        let path = npm(&jco, JCO);
        execute(
            Command::new(root().join("component/npm/build.sh"))
                .env("JCO", jco.join("node_modules/.bin/jco"))
                .env("PATH", &path),
        );
        let dir = workshop("tool");
        let _ = fs::remove_dir_all(dir.join("node_modules"));
        fs::write(dir.join("package.json"), "{\"private\": true, \"type\": \"module\"}\n").unwrap();
        let npm = |args: &[&str]| execute(Command::new("npm").args(args).env("PATH", &path).current_dir(&dir));
        npm(&["pack", "--silent", root().join("component/dist/npm").to_str().unwrap()]);
        npm(&["install", "--silent", "--offline", "--no-audit", "--no-fund", "./wasi-shim-0.1.0.tgz"]);
        for file in ["package.mjs", "types.ts"] {
            fs::copy(root().join("tests/tool").join(file), dir.join(file)).unwrap();
        }
        (dir, path)
    })
}

/// What the command line makes of `name` for hosts of `target`.
fn native(name: &str, target: &str, dir: &Path) -> PathBuf {
    let out = dir.join(format!("{name}.{target}.wasm"));
    execute(shim().args(["wrap", "-q", "--to", target, "-o"]).arg(&out).arg(fixture(name)));
    out
}

#[test]
fn the_package_works_in_node() {
    if !asked() {
        return;
    }
    let (dir, path) = installed();
    let mut node = Command::new("node");
    node.arg("package.mjs").arg(fixture("hello").parent().unwrap()).env("PATH", path).current_dir(dir);
    for (name, target) in [("hello", "0.3"), ("hello-p3", "0.2"), ("axum-server", "0.3"), ("core-wasip1", "0.3")] {
        node.arg(native(name, target, dir));
    }
    execute(&mut node);
}

#[test]
fn the_package_has_types() {
    if !asked() {
        return;
    }
    let (dir, path) = installed();
    let tsc = workshop("jco").join("node_modules/.bin/tsc");
    let options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "types.ts"];
    execute(Command::new(tsc).args(options).env("PATH", path).current_dir(dir));
    let types = fs::read_to_string(dir.join("node_modules/wasi-shim/tool/types.d.ts")).unwrap();
    assert!(types.contains("The code: `W0110`."), "the types have the comments of the WIT:\n{types}");
}

/// Needs Debian's `chromium`, and installs what drives it.
#[test]
fn the_page_works_in_a_browser() {
    if !asked() {
        return;
    }
    let (dir, _) = installed();
    let python = python(&[PLAYWRIGHT]).join("python3");
    let native = native("hello", "0.3", dir);
    let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tool-page");
    fs::create_dir_all(&shots).unwrap();
    execute(
        Command::new(python)
            .arg(root().join("tests/tool/page.py"))
            .arg("/usr/bin/chromium")
            .arg(root().join("component/dist"))
            .arg(fixture("hello").parent().unwrap())
            .arg(native)
            .arg(shots),
    );
}
