//! The hosts: those that are compiled in, and those that the machine has.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, io};

use wasi_shim::Generation;

use super::case::Stream;
use super::client::Answer;
use super::process::{End, Input, Process};

/// The first version of Node that has modules with several memories, which linked components are
/// made of.
const FIRST_NODE: u32 = 22;

/// The bundled engine, as `Cargo.toml` asks for it.
const WASMTIME: &str = "wasmtime 48";

/// A host. One that has both generations is three hosts: with both, and with each of them switched
/// off.
pub struct Host {
    /// Its name in options and where results are compared.
    pub id: String,
    /// Its name for people, with its version if it is not compiled in.
    pub label: String,
    /// The program that it is, with its version.
    pub program: String,
    /// The only generation that it offers; `None`: it offers both.
    pub generation: Option<Generation>,
    kind: Kind,
}

enum Kind {
    /// `wasi-shim run --host` this.
    Bundled(&'static str),
    /// The command `wasmtime`.
    Stock {
        wasmtime: PathBuf,
        /// Whether it has switches for 0.3: earlier ones refuse what they do not know.
        knows_p3: bool,
    },
    Jco {
        jco: PathBuf,
        /// Where it is installed, with its shims.
        modules: PathBuf,
    },
}

/// The files, variables and network of a program, with paths of this machine.
pub struct Given<'a> {
    pub args: &'a [String],
    pub env: &'a [(String, String)],
    pub dirs: &'a [(PathBuf, String)],
    pub network: bool,
    pub http: bool,
    /// Whether the program is a core module.
    pub is_module: bool,
}

/// A host's message on standard error, after the program's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Nothing,
    /// The program trapped, and why.
    Trap(String),
    /// The host cannot run the program, and why.
    Cannot(String),
}

impl Host {
    /// The hosts that are compiled in.
    pub fn bundled() -> Vec<Host> {
        let bundled = |id: &'static str, label: &str, program: &str, generation| Host {
            id: id.into(),
            label: label.into(),
            program: program.into(),
            generation: Some(generation),
            kind: Kind::Bundled(id),
        };
        vec![
            bundled("0.2", "0.2 only", WASMTIME, Generation::Wasi02),
            bundled("0.3", "0.3 only", WASMTIME, Generation::Wasi03),
            #[cfg(feature = "wasmtime36")]
            bundled("wasmtime-36", "wasmtime 36", "wasmtime 36", Generation::Wasi02),
        ]
    }

    /// The host that runs core modules as the measure for their components; it has no column.
    pub fn wasip1() -> Host {
        let (label, program) = ("wasip1".into(), WASMTIME.into());
        Host { id: "0.1".into(), label, program, generation: None, kind: Kind::Bundled("0.1") }
    }

    /// The hosts of the `wasmtime` at this path, or of this name.
    pub fn stock(wasmtime: &Path) -> io::Result<Vec<Host>> {
        let version = version(wasmtime)?;
        let options = output(Command::new(wasmtime).args(["run", "-S", "help"]))?;
        let knows_p3 = options.split_whitespace().any(|word| word.starts_with("p3["));
        let host = |id: &str, what: &str, generation| Host {
            id: id.into(),
            label: format!("wasmtime {version}{what}"),
            program: format!("wasmtime {version}"),
            generation,
            kind: Kind::Stock { wasmtime: wasmtime.into(), knows_p3 },
        };
        if !knows_p3 {
            return Ok(vec![host("stock-0.2", "", Some(Generation::Wasi02))]);
        }
        Ok(vec![
            host("stock", "", None),
            host("stock-0.2", " (0.2 only)", Some(Generation::Wasi02)),
            host("stock-0.3", " (0.3 only)", Some(Generation::Wasi03)),
        ])
    }

    /// The host of the `jco` at this path.
    pub fn jco(jco: &Path) -> io::Result<Host> {
        let real = fs::canonicalize(jco)?;
        let modules = real.ancestors().find(|dir| dir.file_name().is_some_and(|name| name == "node_modules"));
        let modules = modules.ok_or_else(|| io::Error::other("it is not below a directory `node_modules`"))?;
        let node = output(Command::new("node").args(["-p", "process.versions.node"]))?;
        let major = node.split('.').next().and_then(|major| major.parse::<u32>().ok());
        if major.is_none_or(|major| major < FIRST_NODE) {
            let node = node.trim();
            return Err(io::Error::other(format!("it needs Node {FIRST_NODE} or later, and there is Node {node}")));
        }
        let version = version(jco)?;
        Ok(Host {
            id: "jco".into(),
            label: format!("jco {version}"),
            program: format!("jco {version} on Node {}", node.trim()),
            generation: Some(Generation::Wasi02),
            kind: Kind::Jco { jco: real.clone(), modules: modules.into() },
        })
    }

    /// Whether it serves HTTP, as far as this tool can ask it to.
    pub fn serves(&self) -> bool {
        matches!(self.kind, Kind::Bundled("0.2" | "0.3") | Kind::Stock { .. })
    }

    /// Whether standard error has only the program's output and the messages that [`Host::said`]
    /// finds.
    pub fn is_silent(&self) -> bool {
        !matches!(self.kind, Kind::Jco { .. })
    }

    /// Makes the form of `component` that the host runs, beside it; or returns the reason why it
    /// cannot.
    pub fn prepare(&self, component: &Path, limit: Duration) -> io::Result<Result<PathBuf, String>> {
        let Kind::Jco { jco, modules } = &self.kind else { return Ok(Ok(component.into())) };
        let dir = component.with_extension("jco");
        fs::create_dir_all(&dir)?;
        #[cfg(unix)]
        std::os::unix::fs::symlink(modules, dir.join("node_modules"))?;
        fs::write(dir.join("package.json"), "{\"type\": \"module\"}\n")?;
        fs::write(dir.join("host.mjs"), include_str!("jco-host.mjs"))?;
        let mut command = Command::new("node");
        command.arg(jco).arg("transpile").arg(component).args([
            "--multi-memory",
            "--no-typescript",
            "--quiet",
            "--name",
            "program",
            "-o",
        ]);
        command.arg(&dir);
        let process = Process::start(command, Input::Nothing, limit)?;
        let stderr = process.stderr.clone();
        Ok(match process.wait()? {
            End::Status(0) => Ok(dir.join("program.js")),
            End::Late => Err("jco does not come to an end".into()),
            _ => {
                let text = String::from_utf8_lossy(&stderr.bytes()).into_owned();
                let line = text.lines().map(str::trim).find(|line| line.to_ascii_lowercase().contains("error"));
                Err(format!("jco cannot transpile it: {}", line.unwrap_or("it does not say why")))
            }
        })
    }

    /// The command that runs `program`, which [`Host::prepare`] made; as a service if asked.
    pub fn command(&self, program: &Path, name: &str, serve: bool, given: &Given) -> io::Result<Command> {
        let mut command = match &self.kind {
            Kind::Bundled(host) => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg(if serve { "serve" } else { "run" }).args(["--host", host]);
                for (path, guest) in given.dirs {
                    command.arg("--dir").arg(mapping(path, guest));
                }
                for (name, value) in given.env {
                    command.args(["--env", &format!("{name}={value}")]);
                }
                if given.network {
                    command.args(["--inherit-network", "--allow-ip-name-lookup"]);
                }
                if given.http {
                    command.arg("--allow-http");
                }
                command.arg(program);
                if !serve {
                    command.args(given.args);
                }
                command
            }
            Kind::Stock { wasmtime, knows_p3 } => {
                let mut command = Command::new(wasmtime);
                if serve {
                    command.args(["serve", "--addr", "127.0.0.1:0"])
                } else {
                    command.arg("run")
                };
                if *knows_p3 {
                    match self.generation {
                        Some(Generation::Wasi02) => command.args(["-W", "component-model-async=n", "-S", "p3=n"]),
                        _ => command.args(["-W", "component-model-async=y", "-S", "p3=y"]),
                    };
                }
                match (serve, given.is_module) {
                    (true, _) => drop(command.args(["-S", "cli"])),
                    // Core modules know no HTTP.
                    (false, true) => {}
                    // Without it nothing links that imports HTTP; it cannot deny requests alone.
                    (false, false) => drop(command.args(["-S", "http"])),
                }
                for (path, guest) in given.dirs {
                    command.arg("--dir").arg(mapping(path, guest));
                }
                for (name, value) in given.env {
                    command.args(["--env", &format!("{name}={value}")]);
                }
                if given.network {
                    command.args(["-S", "inherit-network,allow-ip-name-lookup"]);
                }
                command.arg(program);
                if !serve {
                    command.args(given.args);
                }
                command
            }
            Kind::Jco { .. } => {
                let dirs: serde_json::Map<String, serde_json::Value> =
                    (given.dirs.iter()).map(|(path, guest)| (guest.clone(), path.to_string_lossy().into())).collect();
                let env: serde_json::Map<String, serde_json::Value> =
                    given.env.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
                let args: Vec<&str> = std::iter::once(name).chain(given.args.iter().map(String::as_str)).collect();
                let given = serde_json::json!({ "dirs": dirs, "args": args, "env": env });
                let mut command = Command::new("node");
                command.arg(program.with_file_name("host.mjs")).arg(program).arg(given.to_string());
                command
            }
        };
        // Additions to the host's reports would only be in the way.
        command.env("RUST_BACKTRACE", "0").env("WASMTIME_BACKTRACE_DETAILS", "0").env("NODE_NO_WARNINGS", "1");
        Ok(command)
    }

    /// The stream on which a server of this host prints its address.
    pub fn announces_on(&self) -> Stream {
        match self.kind {
            Kind::Stock { .. } => Stream::Stderr,
            _ => Stream::Stdout,
        }
    }

    /// Whether a response is the server's, not the service's, because the service failed.
    pub fn made(&self, answer: &Answer) -> bool {
        let body = String::from_utf8_lossy(&answer.body);
        answer.status == 500
            && match self.kind {
                Kind::Stock { .. } => body.starts_with("<!doctype html>"),
                _ => body == "500 Internal Server Error\n",
            }
    }

    /// The program's part of standard error, and the host's message.
    pub fn said(&self, program: &Path, end: End, stderr: &[u8]) -> (Vec<u8>, Said) {
        let text = String::from_utf8_lossy(stderr);
        let at = |marker: &str| {
            if text.starts_with(marker) {
                Some(0)
            } else {
                // The host's words follow even text that does not end its line.
                text.find(marker)
            }
        };
        let found = match &self.kind {
            Kind::Bundled(_) => {
                let path = program.display();
                let trapped = format!("error: `{path}` trapped: ");
                let cannot = ["run", "serve"].map(|word| format!("error: cannot {word} `{path}`: "));
                let trap = at(&trapped).map(|at| (at, Said::Trap(cause(&text[at..]))));
                trap.or_else(|| {
                    let (at, marker) = cannot.iter().find_map(|marker| Some((at(marker)?, marker)))?;
                    let report = &text[at + marker.len()..];
                    let reason = missing(report).unwrap_or_else(|| report.lines().next().unwrap_or_default().into());
                    Some((at, Said::Cannot(reason)))
                })
            }
            Kind::Stock { .. } => at("Error: ").map(|at| {
                let report = &text[at..];
                match end {
                    End::Status(134) => (at, Said::Trap(cause(report))),
                    _ => (at, Said::Cannot(missing(report).unwrap_or_else(|| cause(report)))),
                }
            }),
            Kind::Jco { .. } => at("wasi-shim matrix: ").map(|at| {
                let line = text[at..].lines().next().unwrap_or_default();
                let said = line.trim_start_matches("wasi-shim matrix: ");
                match said.split_once(": ") {
                    Some(("trap", why)) => (at, Said::Trap(why.into())),
                    Some((_, why)) => (at, Said::Cannot(why.into())),
                    None => (at, Said::Cannot(said.into())),
                }
            }),
        };
        match found {
            Some((at, said)) => (text[..at].as_bytes().to_vec(), said),
            None => (stderr.to_vec(), Said::Nothing),
        }
    }
}

/// A program on the `PATH`.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}

fn mapping(path: &Path, guest: &str) -> OsString {
    let mut mapping = OsString::from(path);
    mapping.push("::");
    mapping.push(guest);
    mapping
}

/// `wasmtime 48.0.2 (…)` or `1.35.0`: the number.
fn version(program: &Path) -> io::Result<String> {
    let text = output(Command::new(program).arg("--version"))?;
    let number = text.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    number.map(String::from).ok_or_else(|| io::Error::other("it does not tell its version"))
}

fn output(command: &mut Command) -> io::Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(io::Error::other(last_line(&output.stderr).unwrap_or_else(|| format!("it ends with {}", output.status))))
    }
}

/// The imports of the component that the engine reports as missing.
fn missing(report: &str) -> Option<String> {
    let (_, rest) = report.split_once("component imports ")?;
    let (_, name) = rest.split_once('`')?;
    let (name, rest) = name.split_once('`')?;
    let function = rest.split_once("instance export `").and_then(|(_, rest)| rest.split_once('`'));
    Some(match function {
        Some((function, _)) => format!("it does not offer `{name}`, or not its `{function}`"),
        None => format!("it does not offer `{name}`"),
    })
}

/// The last and innermost cause of an engine's report.
fn cause(report: &str) -> String {
    let last = report.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    let numbered = last.split_once(": ").filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
    let last = numbered.map_or(last, |(_, rest)| rest);
    last.strip_prefix("Error: ").unwrap_or(last).to_string()
}

fn last_line(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().map(str::trim).rfind(|line| !line.is_empty()).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, status: i32) -> (String, Said) {
        let bundled = &Host::bundled()[0];
        let (own, said) = bundled.said(Path::new("/tmp/x.wasm"), End::Status(status), text.as_bytes());
        (String::from_utf8(own).unwrap(), said)
    }

    #[test]
    fn a_trap_is_the_hosts_word() {
        let text = "the program's\nerror: `/tmp/x.wasm` trapped: error while executing at wasm backtrace:\n    \
                    0:   0x1a - x!run\n\nCaused by:\n    0: one\n    1: wasm trap: wasm `unreachable` instruction executed\n";
        let trap = Said::Trap("wasm trap: wasm `unreachable` instruction executed".into());
        assert_eq!(said(text, 134), ("the program's\n".into(), trap));
    }

    #[test]
    fn programs_may_speak_of_errors() {
        assert_eq!(said("error: `y` trapped: no\n", 1), ("error: `y` trapped: no\n".into(), Said::Nothing));
    }

    #[test]
    fn imports_that_are_missing() {
        let text = "error: cannot run `/tmp/x.wasm`: the component cannot be linked on the WASI 0.2 host: component imports \
                    instance `a:b/c@1.0.0`, but a matching implementation was not found in the linker: instance export `f` \
                    has the wrong type: function implementation is missing\n";
        let reason = "it does not offer `a:b/c@1.0.0`, or not its `f`";
        assert_eq!(said(text, 1), (String::new(), Said::Cannot(reason.into())));
    }

    #[test]
    fn the_version_of_the_bundled_engine() {
        let manifest = include_str!("../../Cargo.toml");
        let number = WASMTIME.trim_start_matches("wasmtime ");
        assert!(manifest.contains(&format!("\nwasmtime = {{ version = \"{number}\"")), "{WASMTIME}");
    }

    #[test]
    fn what_a_host_lacks() {
        let text =
            "error: cannot run `/tmp/x.wasm`: the component cannot be linked on the WASI 0.2 host: no `x`\nhint: h\n";
        let reason = "the component cannot be linked on the WASI 0.2 host: no `x`";
        assert_eq!(said(text, 1), (String::new(), Said::Cannot(reason.into())));
    }
}
