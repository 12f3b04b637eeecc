//! The command line: arguments, messages and exit codes. Data goes to stdout, everything else to
//! stderr.

mod adapter;
mod check;
mod completions;
mod compose;
mod defect;
mod deny;
mod explain;
#[cfg(feature = "hosts")]
mod flags;
mod input;
mod inspect;
#[cfg(feature = "hosts")]
mod matrix;
mod messages;
mod output;
#[cfg(feature = "hosts")]
mod program;
mod reversion;
#[cfg(feature = "hosts")]
mod run;
#[cfg(feature = "hosts")]
mod serve;
mod target;
mod version;
mod wrap;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use wasi_shim::{Error, Obstacle};

/// Run a WebAssembly component built for one WASI generation on hosts of the other.
#[derive(Parser)]
#[command(name = "wasi-shim", version, long_version = version::LONG.as_str(), arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    messages: messages::Options,
}

#[derive(Subcommand)]
enum Command {
    Wrap(wrap::Args),
    Check(check::Args),
    Explain(explain::Args),
    Compose(compose::Args),
    Reversion(reversion::Args),
    Adapter(adapter::Args),
    Inspect(inspect::Args),
    Completions(completions::Args),
    Man(completions::ManArgs),
    #[cfg(feature = "hosts")]
    Run(run::Args),
    #[cfg(feature = "hosts")]
    Serve(serve::Args),
    #[cfg(feature = "hosts")]
    Matrix(matrix::Args),
}

/// Arguments that contradict each other: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
struct Usage {
    what: String,
    hint: String,
}

/// Runs the command of the arguments.
fn main() -> ExitCode {
    let cli = Cli::parse();
    messages::choose(&cli.messages);
    defect::watch();
    let result = defect::caught(|| match cli.command {
        Command::Check(args) => check::run(args),
        Command::Explain(args) => explain::run(args).map(|()| ExitCode::SUCCESS),
        Command::Wrap(args) => wrap::run(args),
        Command::Compose(args) => compose::run(args).map(|()| ExitCode::SUCCESS),
        Command::Adapter(args) => adapter::run(args).map(|()| ExitCode::SUCCESS),
        Command::Reversion(args) => reversion::run(args).map(|()| ExitCode::SUCCESS),
        Command::Inspect(args) => inspect::run(args).map(|()| ExitCode::SUCCESS),
        Command::Completions(args) => completions::run(args).map(|()| ExitCode::SUCCESS),
        Command::Man(args) => completions::man(args).map(|()| ExitCode::SUCCESS),
        #[cfg(feature = "hosts")]
        Command::Run(args) => run::run(args),
        #[cfg(feature = "hosts")]
        Command::Serve(args) => serve::run(args),
        #[cfg(feature = "hosts")]
        Command::Matrix(args) => matrix::run(args),
    });
    result.unwrap_or_else(|error| failed(&error))
}

/// Prints an error; the exit code for it.
fn failed(error: &anyhow::Error) -> ExitCode {
    messages::refusal(format_args!("{error:#}"), obstacles(error), &hints(error));
    let is_mixed = |error: &Error| matches!(error, Error::Mixed { .. });
    if error.is::<Usage>() || error.downcast_ref().is_some_and(is_mixed) {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}

/// The obstacles, if they are what went wrong.
fn obstacles(error: &anyhow::Error) -> &[Obstacle] {
    match error.chain().find_map(|cause| cause.downcast_ref()) {
        Some(Error::Obstacles(obstacles)) => obstacles,
        _ => &[],
    }
}

fn hints(error: &anyhow::Error) -> Vec<String> {
    let mut hints = Vec::new();
    for cause in error.chain() {
        if let Some(error) = cause.downcast_ref::<Error>() {
            hints.extend(error.hints());
        }
        hints.extend(cause.downcast_ref::<deny::Denied>().map(deny::Denied::hint));
        hints.extend(cause.downcast_ref::<defect::Defect>().map(|_| defect::Defect::hint().into()));
        if let Some(usage) = cause.downcast_ref::<Usage>() {
            hints.push(usage.hint.clone());
        }
        #[cfg(feature = "hosts")]
        if let Some(error) = cause.downcast_ref::<wasi_shim_hosts::HostError>() {
            hints.extend(program::hint(error).map(String::from));
        }
        #[cfg(feature = "hosts")]
        if let Some(error) = cause.downcast_ref::<matrix::CaseError>() {
            hints.push(error.hint().into());
        }
    }
    let obstacles = obstacles(error);
    if !obstacles.is_empty() {
        hints.push(explain::advice(obstacles.iter().map(|obstacle| obstacle.code)));
    }
    hints
}
