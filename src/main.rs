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

use clap::{Arg, CommandFactory, FromArgMatches, Parser, Subcommand};
use wasi_shim::{Error, Obstacle};

/// That of musl has one lock for all threads.
#[cfg(all(target_env = "musl", feature = "hosts"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The end of the help.
const EXAMPLES: &str = "\
Examples:

    # Adapt a component to the generation that it does not use
    $ wasi-shim wrap app.wasm

    # Look at a component, and at what wrapping it would do
    $ wasi-shim inspect app.wasm

    # Explain a note
    $ wasi-shim explain W0110";

/// Run a WebAssembly component built for one WASI generation on hosts of the other.
#[derive(Parser)]
#[command(name = "wasi-shim", version, long_version = version::LONG.as_str(), arg_required_else_help = true)]
#[command(after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    messages: messages::Options,
}

/// The commands, in the order of use and of the manual.
#[derive(Subcommand)]
enum Command {
    Wrap(wrap::Args),
    Inspect(inspect::Args),
    Check(check::Args),
    #[cfg(feature = "hosts")]
    Run(run::Args),
    #[cfg(feature = "hosts")]
    Serve(serve::Args),
    Compose(compose::Args),
    Explain(explain::Args),
    #[cfg(feature = "hosts")]
    Matrix(matrix::Args),
    Reversion(reversion::Args),
    Adapter(adapter::Args),
    Completions(completions::Args),
    Man(completions::ManArgs),
}

/// The command line. Only its own help has the options that all commands have.
fn command() -> clap::Command {
    let command = Cli::command();
    let global = command.get_arguments().filter(|arg| arg.is_global_set());
    let hidden: Vec<Arg> = global.map(|arg| arg.clone().hide(true)).collect();
    command.mut_subcommands(|command| {
        let examples = command.get_after_help().map_or(String::new(), |text| format!("{text}\n\n"));
        command.args(&hidden).after_help(format!("{examples}`wasi-shim --help` lists the options of all commands."))
    })
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
    let cli = Cli::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit());
    messages::choose(&cli.messages);
    defect::watch();
    let result = defect::caught(|| match cli.command {
        Command::Wrap(args) => wrap::run(args),
        Command::Inspect(args) => inspect::run(args).map(|()| ExitCode::SUCCESS),
        Command::Check(args) => check::run(args),
        #[cfg(feature = "hosts")]
        Command::Run(args) => run::run(args),
        #[cfg(feature = "hosts")]
        Command::Serve(args) => serve::run(args),
        Command::Compose(args) => compose::run(args).map(|()| ExitCode::SUCCESS),
        Command::Explain(args) => explain::run(args).map(|()| ExitCode::SUCCESS),
        #[cfg(feature = "hosts")]
        Command::Matrix(args) => matrix::run(args),
        Command::Reversion(args) => reversion::run(args).map(|()| ExitCode::SUCCESS),
        Command::Adapter(args) => adapter::run(args).map(|()| ExitCode::SUCCESS),
        Command::Completions(args) => completions::run(args).map(|()| ExitCode::SUCCESS),
        Command::Man(args) => completions::man(args).map(|()| ExitCode::SUCCESS),
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
    }
    let obstacles = obstacles(error);
    if !obstacles.is_empty() {
        hints.push(explain::advice(obstacles.iter().map(|obstacle| obstacle.code)));
    }
    hints
}
