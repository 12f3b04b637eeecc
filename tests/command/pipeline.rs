//! The project's offers to builds: the action, run as a runner would, and the examples.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use wasi_shim::{Generation, Wrap};

use crate::support::{fixture, fixture_bytes};

const SHIM: &str = env!("CARGO_BIN_EXE_wasi-shim");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn adapted(name: &str) -> Vec<u8> {
    Wrap::new(&fixture_bytes(name)).to(Generation::Wasi03).run().unwrap().bytes
}

/// A runner's file of outputs, and where things are.
struct Runner {
    dir: tempfile::TempDir,
    inputs: BTreeMap<String, String>,
}

/// A step of the action.
#[derive(Default)]
struct Step {
    name: String,
    condition: String,
    env: Vec<(String, String)>,
    script: String,
}

/// The declared inputs with their defaults, and the steps, from the text: `action.yml` keeps to a
/// form that is simple to read.
fn action() -> (BTreeMap<String, String>, Vec<Step>) {
    let text = fs::read_to_string(root().join("action.yml")).unwrap();
    let (declared, rest) = text.split_once("\noutputs:\n").unwrap();
    let (_, declared) = declared.split_once("\ninputs:\n").unwrap();
    let mut inputs = BTreeMap::new();
    let mut input = "";
    for line in declared.lines() {
        match line.trim_start() {
            name if line.starts_with("  ") && !line.starts_with("   ") => input = name.trim_end_matches(':'),
            "default: ''" | "required: true" => drop(inputs.insert(input.to_string(), String::new())),
            _ => assert!(line.trim_start().starts_with("description: "), "{line}"),
        }
    }
    let (_, steps) = rest.split_once("  steps:\n").unwrap();
    let mut all = Vec::new();
    let mut block = "";
    for line in steps.lines() {
        let indent = line.len() - line.trim_start().len();
        let line = line.trim_start();
        let line = line.strip_prefix("- name: ").map_or(line, |name| {
            all.push(Step { name: name.into(), ..Step::default() });
            ""
        });
        let step: &mut Step = all.last_mut().unwrap();
        match (indent, line) {
            (4, "") | (6, "shell: bash" | "id: wrap") => {}
            (6, "env:" | "run: |") => block = line,
            (6, line) => step.condition = line.strip_prefix("if: ").unwrap_or_else(|| panic!("{line}")).into(),
            (8.., line) if block == "env:" => {
                let (name, value) = line.split_once(": ").unwrap();
                step.env.push((name.into(), value.into()));
            }
            (8.., line) => step.script += &format!("{}{line}\n", " ".repeat(indent - 8)),
            _ => panic!("{line}"),
        }
    }
    (inputs, all)
}

impl Runner {
    fn new(inputs: &[(&str, &str)]) -> Runner {
        let (mut all, _) = action();
        for (name, value) in inputs {
            assert!(all.insert(name.to_string(), value.to_string()).is_some(), "no input {name}");
        }
        Runner { dir: tempfile::tempdir().unwrap(), inputs: all }
    }

    /// The value of an environment variable: expressions in it are those that are used here.
    fn value(&self, text: &str) -> String {
        let temp = self.dir.path().to_str().unwrap();
        let Some((before, rest)) = text.split_once("${{ ") else { return text.into() };
        let (expression, after) = rest.split_once(" }}").unwrap();
        let value = match expression {
            "github.action_path" => root().to_str().unwrap().into(),
            "runner.temp" => temp.into(),
            "inputs.binary || format('{0}/wasi-shim/bin/wasi-shim', runner.temp)" => match &*self.inputs["binary"] {
                "" => format!("{temp}/wasi-shim/bin/wasi-shim"),
                binary => binary.into(),
            },
            _ => self.inputs[expression.strip_prefix("inputs.").unwrap_or_else(|| panic!("{expression}"))].clone(),
        };
        format!("{before}{value}{after}")
    }

    /// Runs the steps: the output `path`, or what was said before it failed.
    fn run(&self) -> Result<PathBuf, String> {
        let outputs = self.dir.path().join("outputs");
        fs::write(&outputs, "").unwrap();
        // Builds come from the `cargo` that is found first.
        let bin = self.dir.path().join("bin");
        let path =
            std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())));
        for step in action().1 {
            match &*step.condition {
                "" => {}
                "inputs.binary == ''" if self.inputs["binary"].is_empty() => {}
                "inputs.binary == ''" => continue,
                other => panic!("{other}"),
            }
            let script = self.dir.path().join("step.sh");
            fs::write(&script, &step.script).unwrap();
            let output = Command::new("bash")
                .args(["--noprofile", "--norc", "-eo", "pipefail"])
                .arg(&script)
                .current_dir(self.dir.path())
                .envs(step.env.iter().map(|(name, value)| (name, self.value(value))))
                .env("GITHUB_OUTPUT", &outputs)
                .env("PATH", path.as_ref().unwrap())
                .stdin(Stdio::null())
                .output()
                .unwrap();
            if !output.status.success() {
                assert_eq!(fs::read_to_string(outputs).unwrap(), "");
                return Err(format!("{}: {}", step.name, said(&output)));
            }
        }
        let outputs = fs::read_to_string(outputs).unwrap();
        Ok(self.dir.path().join(outputs.strip_prefix("path=").unwrap().trim_end()))
    }
}

/// A component among the runner's files.
fn checked_out(runner: &Runner, name: &str) {
    fs::copy(fixture(name), runner.dir.path().join("my app.wasm")).unwrap();
}

#[test]
fn the_action_wraps_beside_the_component() {
    let runner = Runner::new(&[("component", "my app.wasm"), ("binary", SHIM)]);
    checked_out(&runner, "hello");
    let path = runner.run().unwrap();
    assert_eq!(path, runner.dir.path().join("my app.p3.wasm"));
    assert_eq!(fs::read(path).unwrap(), adapted("hello"));
}

#[test]
fn the_action_takes_options() {
    let args = "--deny lossy  --allow W0110";
    let inputs =
        [("component", "my app.wasm"), ("to", "0.3"), ("output", "an output.wasm"), ("args", args), ("binary", SHIM)];
    let runner = Runner::new(&inputs);
    checked_out(&runner, "hello");
    let path = runner.run().unwrap();
    assert_eq!(path, runner.dir.path().join("an output.wasm"));
    assert_eq!(fs::read(path).unwrap(), adapted("hello"));
}

#[test]
fn the_action_fails_with_the_reason() {
    let runner = Runner::new(&[("component", "my app.wasm"), ("args", "--deny lossy"), ("binary", SHIM)]);
    checked_out(&runner, "hello");
    let said = runner.run().unwrap_err();
    assert!(said.starts_with("Wrap: error[W0110]"), "{said}");
    checked_out(&runner, "blobstore");
    let said = runner.run().unwrap_err();
    assert!(said.contains("`wasi:blobstore/types@0.2.0-draft`"), "{said}");
    assert!(!runner.dir.path().join("my app.p3.wasm").exists());
}

/// The installation itself takes minutes: here a stand-in for cargo gives the program that was
/// built for the tests, if it is asked in the way that cargo understands.
#[test]
fn the_action_installs_the_tool_from_its_repository() {
    let runner = Runner::new(&[("component", "my app.wasm")]);
    checked_out(&runner, "hello");
    let bin = runner.dir.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let cargo = bin.join("cargo");
    let script = format!(
        "#!/bin/bash -e\n\
         [ \"$*\" = \"install --quiet --locked --no-default-features --path {} --root {}/wasi-shim\" ]\n\
         mkdir -p \"${{@: -1}}/bin\"\ncp {SHIM} \"${{@: -1}}/bin\"\n",
        root().display(),
        runner.dir.path().display(),
    );
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(fs::read(runner.run().unwrap()).unwrap(), adapted("hello"));
}

/// Runs make in its example, with results in `dist`.
fn make(dist: &Path, args: &[&str]) -> Output {
    Command::new("make")
        .arg("-C")
        .arg(root().join("examples/makefile"))
        .arg(format!("WASI_SHIM={SHIM}"))
        .arg(format!("DIST={}", dist.display()))
        .args(args)
        .env_remove("MAKEFLAGS")
        .output()
        .unwrap()
}

#[test]
fn make_adapts_what_has_changed() {
    let dir = tempfile::tempdir().unwrap();
    let dist = dir.path().join("dist");
    for name in ["hello", "composed"] {
        fs::copy(fixture(name), dir.path().join(name).with_extension("wasm")).unwrap();
    }
    let components = format!("COMPONENTS={0}/hello.wasm {0}/composed.wasm", dir.path().display());
    let make = |what: &[&str]| {
        let output = make(&dist, &[&[components.as_str()], what].concat());
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    };
    let date = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let result = dist.join("hello.p3.wasm");
    let sums = dist.join("SHA256SUMS");

    make(&[]);
    assert_eq!(fs::read(&result).unwrap(), adapted("hello"));
    assert_eq!(fs::read(dist.join("composed.p3.wasm")).unwrap(), adapted("composed"));
    assert_eq!(fs::read_to_string(&sums).unwrap().lines().count(), 2);
    assert!(make(&[]).contains("Nothing to be done"));

    // The component is built anew and is what it was: so is the result, and nothing else happens.
    let old = SystemTime::now() - Duration::from_secs(1000);
    for path in [&dir.path().join("composed.wasm"), &dist.join("composed.p3.wasm"), &result, &sums] {
        fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    }
    let said = make(&[]);
    assert!(said.contains("wrap") && !said.contains("sha256sum"), "{said}");
    assert_eq!((date(&result), date(&sums)), (old, old));

    // It has changed.
    fs::copy(fixture("composed"), dir.path().join("hello.wasm")).unwrap();
    assert!(make(&[]).contains("sha256sum"));
    assert_eq!(fs::read(&result).unwrap(), adapted("composed"));
    assert!(date(&result) > old && date(&sums) > old);
}

#[test]
fn make_checks_the_bundled_components() {
    let dir = tempfile::tempdir().unwrap();
    let check = make(dir.path(), &["--silent", "check"]);
    assert!(check.status.success());
    assert_eq!(said(&check).lines().filter(|line| !line.starts_with("make")).count(), 0, "{}", said(&check));
    let bad = format!("COMPONENTS={}", fixture("blobstore").display());
    let check = make(dir.path(), &["--silent", "check", &bad]);
    assert!(!check.status.success() && said(&check).contains("`wasi:blobstore/types@0.2.0-draft`"), "{}", said(&check));
    let strict = make(dir.path(), &["--silent", "check", "LOSS=--deny lossy"]);
    assert!(!strict.status.success() && said(&strict).contains("error[W0110]"), "{}", said(&strict));
}

#[test]
fn a_build_script_adapts() {
    let example = root().join("examples/build-script");
    // The versions that the library itself is built with; what it does not need, cargo takes out.
    fs::copy(root().join("Cargo.lock"), example.join("Cargo.lock")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let written = dir.path().join("carried.wasm");
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--"])
        .arg(&written)
        .current_dir(&example)
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap())
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(fs::read(written).unwrap(), adapted("hello"));
}
