//! Runs programs within the test: each is compiled once for each host, and its standard streams are
//! files and memory.

#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use wasi_shim::Generation;
use wasi_shim_hosts::{self, Capture, CommandOptions, Directory, HostError, Input, Network, Output, Pace};

use super::{Host, Outcome, Run, Stdin, Stdout, TIME_LIMIT, engine, pattern};

/// Standard input without a pipe, if that is the same for the program.
pub fn input(stdin: Stdin) -> Option<Input> {
    let file = |bytes: &[u8]| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        Some(Input::File(file))
    };
    match stdin {
        Stdin::Null => Some(Input::File(File::open("/dev/null").unwrap())),
        Stdin::File(text) => file(text.as_bytes()),
        Stdin::LargeFile(n) => file(&pattern(n)),
        _ => None,
    }
}

type Program = Arc<dyn Fn(CommandOptions) -> Result<wasi_shim_hosts::Outcome, HostError> + Send + Sync>;

/// The programs by files, whose paths are short, and by what is in these, since tests wrap the same
/// component into files of their own.
#[derive(Default)]
struct Programs {
    files: HashMap<(Host, PathBuf), Slot>,
    components: HashMap<(Host, Vec<u8>), Slot>,
}

type Slot = Arc<OnceLock<Program>>;

fn compiled(host: Host, component: &Path) -> Program {
    static PROGRAMS: OnceLock<Mutex<Programs>> = OnceLock::new();
    let compile = |bytes: &[u8]| -> Result<Program, HostError> {
        #[cfg(feature = "wasmtime36")]
        if host == Host::Older {
            let program = wasi_shim_hosts::older::Host::new()?.compile(bytes)?;
            return Ok(Arc::new(move |options| program.run(options)));
        }
        let generation = if host == Host::Only03 { Generation::Wasi03 } else { Generation::Wasi02 };
        let program = engine::host(generation).compile(bytes)?;
        Ok(Arc::new(move |options| program.run(options)))
    };
    let programs = PROGRAMS.get_or_init(Default::default);
    let known = programs.lock().unwrap().files.get(&(host, component.to_path_buf())).cloned();
    let slot = known.unwrap_or_else(|| {
        let bytes = std::fs::read(component).unwrap();
        let mut programs = programs.lock().unwrap();
        let slot = programs.components.entry((host, bytes)).or_default().clone();
        programs.files.insert((host, component.to_path_buf()), slot.clone());
        slot
    });
    let compiled = || {
        let compiled = compile(&std::fs::read(component).unwrap());
        compiled.unwrap_or_else(|e| panic!("{}: {e}: {:?}", component.display(), std::error::Error::source(&e)))
    };
    slot.get_or_init(compiled).clone()
}

/// As [`Run::on`]; `watch` gets the output while the program runs.
pub fn run_on(host: Host, component: &Path, run: Run<'_>, stdin: Input, watch: impl FnOnce(Capture)) -> Outcome {
    let Run { dirs, env, args, stdout, network, .. } = run;
    let program = compiled(host, component);
    let out = Capture::new();
    let shared = matches!(stdout, Stdout::Shared);
    let err = if shared { out.clone() } else { Capture::new() };
    let text = |s: &&str| s.to_string();
    let mut options = CommandOptions::default();
    options.args = component.file_name().map(|name| name.to_str().unwrap().into()).into_iter().collect();
    options.args.extend(args.iter().map(text));
    options.env = env.iter().map(|(name, value)| (text(name), text(value))).collect();
    options.dirs = dirs.iter().map(|(path, guest)| Directory::new(path, text(guest))).collect();
    options.network = Network { sockets: network, names: network, http: network };
    options.stdin = stdin;
    options.stdout = match stdout {
        Stdout::Slow => Output::Slow(out.clone(), Pace { bytes: 4096, pause: Duration::from_millis(1) }),
        _ => Output::Capture(out.clone()),
    };
    options.stderr = Output::Capture(err.clone());

    let (ended, end) = mpsc::channel();
    thread::spawn(move || drop(ended.send(program(options))));
    watch(out.clone());
    let limit = Duration::from_secs(TIME_LIMIT.load(Ordering::Relaxed));
    let outcome = end.recv_timeout(limit).unwrap_or_else(|e| panic!("{args:?} on {}: {e}", host.name())).unwrap();
    let mut stderr = if shared { String::new() } else { String::from_utf8_lossy(&err.contents()).into_owned() };
    if let wasi_shim_hosts::Outcome::Trap { report } = &outcome {
        stderr += &format!("error: {report}");
    }
    Outcome { stdout: out.contents(), stderr, code: Some(outcome.code()) }
}
