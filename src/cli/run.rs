//! `wasi-shim run`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
#[cfg(feature = "wasmtime36")]
use wasi_shim::harness::older;
use wasi_shim::harness::{CommandOptions, Host, HostError, Input, Outcome, Output};
use wasi_shim::{Target, WrapOptions};

use super::program::{Given, fit};
use super::{input, messages};

/// Run a command on the bundled host, wrapped when needed
///
/// The host offers one WASI generation and nothing else. The exit code is that of the program.
#[derive(clap::Args)]
pub struct Args {
    /// The component; `-` is stdin
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The WASI generation that the host offers
    #[arg(long, value_name = "GENERATION", value_enum, default_value = "0.3")]
    host: Bundled,
    #[command(flatten)]
    given: Given,
    /// Arguments of the program
    #[arg(last = true, value_name = "ARGS")]
    args: Vec<String>,
}

/// A bundled host as an argument.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Bundled {
    #[value(name = "0.2")]
    Wasi02,
    #[value(name = "0.3")]
    Wasi03,
    /// WASI 0.2 on an engine that predates 0.3
    #[cfg(feature = "wasmtime36")]
    #[value(name = "wasmtime-36")]
    Older,
}

impl Bundled {
    fn generation(self) -> Target {
        match self {
            Bundled::Wasi02 => Target::Wasi02,
            Bundled::Wasi03 => Target::Wasi03,
            #[cfg(feature = "wasmtime36")]
            Bundled::Older => Target::Wasi02,
        }
    }

    /// The patch of WASI 0.2 that what is adapted to it may import at most.
    fn patch(self) -> Option<u64> {
        match self {
            #[cfg(feature = "wasmtime36")]
            Bundled::Older => Some(older::PATCH),
            _ => None,
        }
    }

    fn run(self, component: &[u8], options: CommandOptions) -> Result<Outcome, HostError> {
        match self {
            #[cfg(feature = "wasmtime36")]
            Bundled::Older => older::Host::new()?.run_command(component, options),
            _ => Host::new(self.generation())?.run_command(component, options),
        }
    }
}

/// Runs the program and answers its exit code.
pub fn run(args: Args) -> Result<ExitCode> {
    let component = input::read(&args.input)?;
    let mut options = WrapOptions::default();
    options.wasi_patch = args.host.patch();
    let component = fit(component, args.host.generation(), options)
        .with_context(|| format!("cannot wrap {}", input::shown(&args.input)))?;

    let name = args.input.file_name().unwrap_or(args.input.as_os_str());
    let name = name.to_str().ok_or_else(|| anyhow!("the name {} is not UTF-8", input::shown(&args.input)))?;
    let options = CommandOptions {
        args: std::iter::once(name.to_string()).chain(args.args).collect(),
        env: args.given.env(),
        network: args.given.network(),
        dirs: args.given.dirs,
        stdin: Input::Inherit,
        stdout: Output::Inherit,
        stderr: Output::Inherit,
        ..CommandOptions::default()
    };
    let outcome =
        (args.host.run(&component, options)).with_context(|| format!("cannot run {}", input::shown(&args.input)))?;
    if let Outcome::Trap { report } = &outcome {
        messages::error(format_args!("{} trapped: {report}", input::shown(&args.input)), &[]);
    }
    // Not by returning: a program that has ended does not wait for a read of stdin that it has begun.
    std::process::exit(outcome.code())
}
