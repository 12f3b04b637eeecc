//! `wasi-shim run`

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use wasi_shim::{Generation, WrapOptions};
#[cfg(feature = "wasmtime36")]
use wasi_shim_hosts::older;
use wasi_shim_hosts::{CommandOptions, Config, Host, HostError, Input, Outcome, Output, wasip1};

use super::program::{Given, fit};
use super::{Usage, flags, input, messages, output};

/// The end of the help.
const EXAMPLES: &str = "\
Examples:

    # Run a component of either generation on a host of WASI 0.3
    $ wasi-shim run app.wasm

    # On a host of WASI 0.2, with a directory, a variable and arguments
    $ wasi-shim run --host 0.2 --dir .::/data --env NAME=value new.wasm one two";

/// Run a command on the bundled host; wrap it first if necessary
///
/// The host offers only one WASI generation. The exit code is that of the program. Options come
/// before the component: arguments behind it belong to the program, as with `wasmtime run`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(override_usage = "wasi-shim run [OPTIONS] <IN> [ARGS]...")]
pub struct Args {
    /// The component, `-` is stdin; then the arguments of the program
    #[arg(value_name = "IN", required = true, trailing_var_arg = true)]
    program: Vec<OsString>,
    /// The WASI generation that the host offers
    #[arg(long, value_name = "GENERATION", value_enum, default_value = "0.3")]
    host: Bundled,
    /// The name of the program in its arguments [default: the name of the file]
    #[arg(long, value_name = "NAME")]
    argv0: Option<String>,
    /// Call this export instead of the program, as in `add(1, 2)` or `example:math/add.add(1, 2)`,
    /// and print its result
    #[arg(long, value_name = "CALL")]
    invoke: Option<String>,
    /// The time limit of the program: a number of seconds, or with a unit as in `100ms` [default:
    /// none]
    #[arg(long, value_name = "TIME", value_parser = flags::timeout)]
    timeout: Option<Duration>,
    #[command(flatten)]
    given: Given,
}

/// A bundled host as an argument.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Bundled {
    /// Core modules of WASI 0.1 as they are
    #[value(name = "0.1", aliases = ["p1", "wasip1"])]
    Wasi01,
    #[value(name = "0.2", aliases = ["p2", "wasip2"])]
    Wasi02,
    #[value(name = "0.3", aliases = ["p3", "wasip3"])]
    Wasi03,
    /// WASI 0.2 on an engine that predates 0.3
    #[cfg(feature = "wasmtime36")]
    #[value(name = "wasmtime-36")]
    Older,
}

impl Bundled {
    /// The generation that programs are wrapped for; `None`: they are not.
    fn generation(self) -> Option<Generation> {
        match self {
            Bundled::Wasi01 => None,
            Bundled::Wasi02 => Some(Generation::Wasi02),
            Bundled::Wasi03 => Some(Generation::Wasi03),
            #[cfg(feature = "wasmtime36")]
            Bundled::Older => Some(Generation::Wasi02),
        }
    }

    fn run(self, component: &[u8], engine: Config, options: CommandOptions) -> Result<Outcome, HostError> {
        match self {
            #[cfg(feature = "wasmtime36")]
            Bundled::Older => older::Host::new()?.run_command(component, options),
            _ => match self.generation() {
                Some(generation) => Host::with_config(generation, engine)?.run_command(component, options),
                None => wasip1::run_command(component, &engine, options),
            },
        }
    }
}

/// Runs the program and returns its exit code.
pub fn run(args: Args) -> Result<ExitCode> {
    let mut words = args.program.into_iter();
    let path = PathBuf::from(words.next().unwrap_or_default());
    let shown = input::shown(&path);
    let settings = args.given.settings(args.host.generation().unwrap_or(Generation::Wasi02))?;
    let component = match args.host.generation() {
        Some(generation) => fit(&path, generation, WrapOptions::default())?,
        None => input::load(&path)?,
    };

    args.given.remark_on_http(&settings, &component);

    let text = |word: &OsStr| word.to_str().map(String::from);
    let name = args.argv0.or_else(|| text(path.file_name().unwrap_or(path.as_os_str())));
    let name = name.ok_or_else(|| anyhow!("the name {shown} is not UTF-8"))?;
    let mut all = vec![name];
    for word in words {
        let not_text = || anyhow!("the argument `{}` is not UTF-8", word.to_string_lossy());
        all.push(text(&word).ok_or_else(not_text)?);
    }
    let [stdin, stdout, stderr] = settings.streams.map(|inherit| inherit.unwrap_or(true));
    let output = |inherit| if inherit { Output::Inherit } else { Output::Discard };
    let options = CommandOptions {
        args: all,
        env: args.given.env(&settings),
        network: args.given.network(&settings),
        dirs: args.given.dirs,
        stdin: if stdin { Input::Inherit } else { Input::Empty },
        stdout: output(stdout),
        stderr: output(stderr),
        max_resources: settings.max_resources,
        ..CommandOptions::default()
    };
    if let Some(limit) = args.timeout.or(settings.timeout) {
        end_after(limit, shown.clone());
    }
    let cannot = || format!("cannot run {shown}");
    let outcome = match (&args.invoke, args.host) {
        (None, host) => host.run(&component, settings.engine(), options).with_context(cannot)?,
        (Some(call), Bundled::Wasi02 | Bundled::Wasi03) => {
            let generation = args.host.generation().unwrap_or(Generation::Wasi03);
            match Host::with_config(generation, settings.engine())
                .and_then(|host| host.invoke(&component, call, options))
                .with_context(cannot)?
            {
                Ok(returned) => {
                    output::stdout(format!("{returned}\n").as_bytes())?;
                    Outcome::Exit(0)
                }
                Err(ended) => ended,
            }
        }
        (Some(_), _) => {
            return Err(Usage {
                what: "`--invoke` is for the hosts 0.2 and 0.3".into(),
                hint: "leave it out, or choose another `--host`".into(),
            }
            .into());
        }
    };
    if let Outcome::Trap { report } = &outcome {
        messages::error(format_args!("{shown} trapped: {report}"), &[]);
    }
    // Returning would wait for a read of stdin that the ended program has begun.
    std::process::exit(outcome.code())
}

/// Ends this process, and the program with it, as `wasmtime` does: by a trap.
fn end_after(limit: Duration, shown: String) {
    std::thread::spawn(move || {
        std::thread::sleep(limit);
        messages::error(format_args!("{shown} trapped: it was interrupted after {limit:?}"), &[]);
        std::process::exit(Outcome::Trap { report: String::new() }.code());
    });
}
