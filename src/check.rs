//! `wasi-shim check`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use wasi_shim::{Error, WrapOptions};

use super::target::{self, Target, target};
use super::{deny, input};

/// The end of the help.
const EXAMPLES: &str = "\
Examples:

    # Fail a build if a component cannot be adapted
    $ wasi-shim check --to 0.3 app.wasm service.wasm

    # The same if it would lose something, but for what W0110 is about
    $ wasi-shim check --to 0.3 --deny lossy --allow W0110 app.wasm";

/// Check whether components can be adapted, and print the reasons if not
///
/// The exit status is 0, without output, if all components can be adapted or need not be; otherwise
/// it is 1. Notes are printed only if they are denied; `wrap` prints all of them.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The components; one may be `-`, stdin
    #[arg(value_name = "IN", required = true)]
    inputs: Vec<PathBuf>,
    /// The WASI of the host: a generation, also as `p2` or `wasip2`, or a version of it
    #[arg(long, value_name = "WASI", value_parser = target())]
    to: Target,
    #[command(flatten)]
    deny: deny::Options,
}

/// Adapts each component and discards the result.
pub fn run(args: Args) -> Result<ExitCode> {
    let mut options = WrapOptions::default();
    target::set(&mut options, Some(args.to), None)?;
    Ok(input::each(&args.inputs, |path| {
        let outcome = input::load(path).and_then(|component| match wasi_shim::wrap(&component, &options) {
            Ok(wrapped) => args.deny.check(&wrapped.notes),
            Err(Error::AlreadyForTarget(_) | Error::NoWasi) => Ok(()),
            Err(error) => Err(error.into()),
        });
        outcome.with_context(|| format!("{} cannot be adapted to {}", input::shown(path), args.to.generation.name()))
    }))
}
