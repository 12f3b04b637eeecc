//! The project's offers to builds: the action, run as a runner would, and the examples.

use std::cell::RefCell;
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

/// A runner: its files, and what is in its cache.
struct Runner {
    dir: tempfile::TempDir,
    inputs: BTreeMap<String, String>,
    cached: RefCell<Option<String>>,
    /// The branch, tag or commit of the action.
    action_ref: &'static str,
}

/// A step of the action.
#[derive(Default)]
struct Step {
    name: String,
    id: String,
    condition: String,
    /// Another action.
    uses: Option<String>,
    /// The variables of a script, or the inputs of another action.
    values: Vec<(String, String)>,
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
            (4, "") | (6, "shell: bash") => {}
            (6, "env:" | "with:" | "run: |") => block = line,
            (6, line) => match line.split_once(": ").unwrap() {
                ("id", id) => step.id = id.into(),
                ("if", condition) => step.condition = condition.into(),
                ("uses", action) => step.uses = Some(action.into()),
                _ => panic!("{line}"),
            },
            (8.., line) if block != "run: |" => {
                let (name, value) = line.split_once(": ").unwrap();
                step.values.push((name.into(), value.into()));
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
        Runner { dir: tempfile::tempdir().unwrap(), inputs: all, cached: RefCell::new(None), action_ref: "main" }
    }

    /// A value: expressions in it are those that are used here. `outputs` are those of steps.
    fn value(&self, text: &str, outputs: &BTreeMap<String, String>) -> String {
        let temp = self.dir.path().to_str().unwrap();
        let Some((before, rest)) = text.split_once("${{ ") else { return text.into() };
        let (expression, after) = rest.split_once(" }}").unwrap();
        let value = match expression {
            "github.action_path" => root().to_str().unwrap().into(),
            "github.action_ref" => self.action_ref.into(),
            "github.action_repository" => "someone/wasi-shim".into(),
            "github.server_url" => format!("file://{temp}/server"),
            "runner.temp" => temp.into(),
            "inputs.binary || format('{0}/wasi-shim/bin/wasi-shim', runner.temp)" => match &*self.inputs["binary"] {
                "" => format!("{temp}/wasi-shim/bin/wasi-shim"),
                binary => binary.into(),
            },
            _ => match expression.strip_prefix("inputs.") {
                Some(input) => self.inputs[input].clone(),
                None => outputs[expression].clone(),
            },
        };
        format!("{before}{value}{}", self.value(after, outputs))
    }

    fn holds(&self, condition: &str, outputs: &BTreeMap<String, String>) -> bool {
        condition.split(" && ").all(|part| match part {
            "" => true,
            "inputs.binary == ''" => self.inputs["binary"].is_empty(),
            "steps.cache.outputs.cache-hit != 'true'" => outputs["steps.cache.outputs.cache-hit"] != "true",
            other => panic!("{other}"),
        })
    }

    /// Runs the steps: the files that the output `path` names, or what was said before it failed.
    fn run(&self) -> Result<Vec<PathBuf>, String> {
        let written = self.dir.path().join("outputs");
        // Builds come from the `cargo` that is found first.
        let bin = self.dir.path().join("bin");
        let path =
            std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())));
        let mut outputs = BTreeMap::new();
        for step in action().1 {
            if !self.holds(&step.condition, &outputs) {
                continue;
            }
            let values = step.values.iter().map(|(name, value)| (name.clone(), self.value(value, &outputs)));
            let values: BTreeMap<String, String> = values.collect();
            if let Some(action) = &step.uses {
                let is_hit = self.restore(action, &values);
                outputs.insert(format!("steps.{}.outputs.cache-hit", step.id), is_hit.to_string());
                continue;
            }
            fs::write(&written, "").unwrap();
            let script = self.dir.path().join("step.sh");
            fs::write(&script, &step.script).unwrap();
            let output = Command::new("bash")
                .args(["--noprofile", "--norc", "-eo", "pipefail"])
                .arg(&script)
                .current_dir(self.dir.path())
                .envs(values)
                .envs([("RUNNER_OS", "Linux"), ("RUNNER_ARCH", "X64"), ("ImageOS", "ubuntu24")])
                .env("GITHUB_OUTPUT", &written)
                .env("PATH", path.as_ref().unwrap())
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let told = fs::read_to_string(&written).unwrap();
            if !output.status.success() {
                assert_eq!(told, "");
                return Err(format!("{}: {}", step.name, said(&output)));
            }
            if let Some((name, value)) = told.split_once("<<END\n") {
                outputs.insert(format!("steps.{}.outputs.{name}", step.id), value.replace("\nEND\n", ""));
            } else if let Some((name, value)) = told.split_once('=') {
                outputs.insert(format!("steps.{}.outputs.{name}", step.id), value.trim_end().into());
            }
        }
        Ok(outputs["steps.wrap.outputs.path"].lines().map(|path| self.dir.path().join(path)).collect())
    }

    /// What `actions/cache` does: whether the files are those of the key. They stay where they are.
    fn restore(&self, action: &str, values: &BTreeMap<String, String>) -> bool {
        let (action, commit) = action.split_once('@').unwrap();
        let (commit, version) = commit.split_once(" # v").expect("a commit, and its version");
        assert!(action == "actions/cache" && commit.len() == 40 && !version.is_empty(), "a tag can be moved");
        assert_eq!(Path::new(&values["path"]), self.dir.path().join("wasi-shim"));
        self.cached.replace(Some(values["key"].clone())).as_ref() == Some(&values["key"])
    }
}

/// A component among the runner's files.
fn checked_out(runner: &Runner, name: &str) {
    fs::copy(fixture(name), runner.dir.path().join("my app.wasm")).unwrap();
}

/// A program that the runner finds before others.
fn stand_in(runner: &Runner, name: &str, script: &str) {
    let bin = runner.dir.path().join("bin");
    fs::create_dir_all(&bin).unwrap();
    fs::write(bin.join(name), script).unwrap();
    fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_action_wraps_beside_the_component() {
    let runner = Runner::new(&[("component", "my app.wasm"), ("binary", SHIM)]);
    checked_out(&runner, "hello");
    let [path] = &runner.run().unwrap()[..] else { panic!("one path") };
    assert_eq!(path, &runner.dir.path().join("my app.p3.wasm"));
    assert_eq!(fs::read(path).unwrap(), adapted("hello"));
}

/// Also one that fits already.
#[test]
fn the_action_takes_several_components() {
    let components = "my app.wasm\nnew.wasm\n";
    let inputs = [("component", components), ("to", "p3"), ("out-dir", "a dist"), ("binary", SHIM)];
    let runner = Runner::new(&inputs);
    checked_out(&runner, "hello");
    fs::copy(fixture("hello-p3"), runner.dir.path().join("new.wasm")).unwrap();
    let paths = runner.run().unwrap();
    assert_eq!(paths, ["a dist/my app.p3.wasm", "a dist/new.p3.wasm"].map(|path| runner.dir.path().join(path)));
    assert_eq!(fs::read(&paths[0]).unwrap(), adapted("hello"));
    assert_eq!(fs::read(&paths[1]).unwrap(), fixture_bytes("hello-p3"));
}

#[test]
fn the_action_takes_options() {
    let args = "--deny lossy  --allow W0110";
    let inputs =
        [("component", "my app.wasm"), ("to", "0.3"), ("output", "an output.wasm"), ("args", args), ("binary", SHIM)];
    let runner = Runner::new(&inputs);
    checked_out(&runner, "hello");
    let path = runner.dir.path().join("an output.wasm");
    assert_eq!(runner.run().unwrap(), std::slice::from_ref(&path));
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
    let script = format!(
        "#!/bin/bash -e\n\
         [ \"$*\" = \"install --quiet --locked --no-default-features --path {} --root {}/wasi-shim\" ]\n\
         mkdir -p \"${{@: -1}}/bin\"\ncp {SHIM} \"${{@: -1}}/bin\"\n",
        root().display(),
        runner.dir.path().display(),
    );
    stand_in(&runner, "cargo", &script);
    assert_eq!(fs::read(&runner.run().unwrap()[0]).unwrap(), adapted("hello"));

    // The next run finds it in the cache.
    stand_in(&runner, "cargo", "#!/bin/bash\nexit 1\n");
    assert_eq!(fs::read(&runner.run().unwrap()[0]).unwrap(), adapted("hello"));
    runner.cached.replace(Some("of other sources".into()));
    assert!(runner.run().unwrap_err().starts_with("Install wasi-shim: "));
}

/// A release on the runner's server: what there is of its archive, and the SHA-256 that it names.
fn released(runner: &Runner, script: &str) {
    let version = env!("CARGO_PKG_VERSION");
    let release = runner.dir.path().join("server/someone/wasi-shim/releases/download").join(format!("v{version}"));
    let archive = format!("wasi-shim-cli-{version}-{}-unknown-linux-musl", std::env::consts::ARCH);
    fs::create_dir_all(release.join(&archive).join("bin")).unwrap();
    std::os::unix::fs::symlink(SHIM, release.join(&archive).join("bin/wasi-shim")).unwrap();
    let script =
        format!("tar -czf {archive}.tar.gz {archive}\nsha256sum * >SHA256SUMS 2>/dev/null || true\n{script}\n");
    let output = Command::new("bash").args(["-euc", &script]).current_dir(&release).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

/// That of another commit is not the program that the workflow names.
#[test]
fn the_action_installs_the_prebuilt_tool_of_its_release() {
    let stand_ins = |action_ref| {
        let mut runner = Runner::new(&[("component", "my app.wasm")]);
        runner.action_ref = action_ref;
        checked_out(&runner, "hello");
        stand_in(&runner, "cargo", "#!/bin/bash\necho built >&2\nexit 1\n");
        runner
    };
    let tag = concat!("v", env!("CARGO_PKG_VERSION"));
    let mut runner = stand_ins(tag);
    released(&runner, "");
    assert_eq!(fs::read(&runner.run().unwrap()[0]).unwrap(), adapted("hello"));
    // It is in the cache, but not for the action of another commit with these sources.
    fs::remove_dir_all(runner.dir.path().join("server")).unwrap();
    assert_eq!(fs::read(&runner.run().unwrap()[0]).unwrap(), adapted("hello"));
    runner.action_ref = "main";
    assert!(runner.run().unwrap_err().ends_with("built\n"));

    let runner = stand_ins(tag);
    released(&runner, "echo >>*.tar.gz");
    let said = runner.run().unwrap_err();
    assert!(said.starts_with("Install wasi-shim: ::error::wasi-shim-cli-") && !said.contains("built"), "{said}");

    for (action_ref, script) in [("main", ""), (tag, "rm *.tar.gz"), (tag, "rm SHA256SUMS")] {
        let runner = stand_ins(action_ref);
        released(&runner, script);
        let said = runner.run().unwrap_err();
        assert!(said.ends_with("built\n"), "{action_ref} {script}: {said}");
        assert_eq!(said.contains("::notice::"), action_ref == tag, "{said}");
    }
}

#[test]
fn the_action_tells_of_an_old_rust() {
    for (found, rustc) in [("1.94.1", "echo 'rustc 1.94.1 (e408947bf 2026-03-25)'"), ("none", "exit 1")] {
        let runner = Runner::new(&[("component", "my app.wasm")]);
        checked_out(&runner, "hello");
        stand_in(&runner, "cargo", "#!/bin/bash\nexit 1\n");
        stand_in(&runner, "rustc", &format!("#!/bin/bash\n{rustc}\n"));
        let said = runner.run().unwrap_err();
        let needed = env!("CARGO_PKG_RUST_VERSION");
        let expected = format!("::error::wasi-shim takes Rust {needed} or newer to install, found {found}: ");
        assert!(said.starts_with(&format!("Install wasi-shim: {expected}")), "{said}");
    }
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
