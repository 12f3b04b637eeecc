//! `wasi-shim check`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use wasi_shim::{Error, Generation, WrapOptions};

use super::{deny, generation, input};

/// Check whether components can be adapted, and print the reasons if not
///
/// The exit status is 0, without output, if all components can be adapted or need not be; otherwise
/// it is 1. Notes are printed only if they are denied; `wrap` prints all of them.
#[derive(clap::Args)]
pub struct Args {
    /// The components; one may be `-`, stdin
    #[arg(value_name = "IN", required = true)]
    inputs: Vec<PathBuf>,
    /// The WASI generation of the host
    #[arg(long, value_name = "GENERATION", value_parser = generation())]
    to: Generation,
    #[command(flatten)]
    deny: deny::Options,
}

/// Adapts each component and discards the result.
pub fn run(args: Args) -> Result<ExitCode> {
    let mut options = WrapOptions::default();
    options.to = Some(args.to);
    Ok(input::each(&args.inputs, |path| {
        let outcome = input::load(path).and_then(|component| match wasi_shim::wrap(&component, &options) {
            Ok(wrapped) => args.deny.check(&wrapped.notes),
            Err(Error::AlreadyForTarget(_) | Error::NoWasi) => Ok(()),
            Err(error) => Err(error.into()),
        });
        outcome.with_context(|| format!("{} cannot be adapted to {}", input::shown(path), args.to.name()))
    }))
}
