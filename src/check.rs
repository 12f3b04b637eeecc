//! `wasi-shim check`

use std::path::PathBuf;

use anyhow::{Context, Result};
use wasi_shim::{Error, Generation, WrapOptions};

use super::{defect, deny, generation, input};

/// Say whether a component can be adapted, and what would stand in the way
///
/// The exit status is 0 if it can, or needs not be, and nothing is said then; it is 1 if not, and the reasons are told.
/// Notes are told only if they are denied: `wrap` tells them all.
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

/// Adapts, and forgets the result.
pub fn run(args: Args) -> Result<()> {
    let mut options = WrapOptions::default();
    options.to = Some(args.to);
    let mut failures = Vec::new();
    for path in &args.inputs {
        let outcome = defect::caught(|| match wasi_shim::wrap(&input::load(path)?, &options) {
            Ok(wrapped) => args.deny.check(&wrapped.notes),
            Err(Error::AlreadyForTarget(_) | Error::NoWasi) => Ok(()),
            Err(error) => Err(error.into()),
        });
        let about = || format!("{} cannot be adapted to {}", input::shown(path), args.to.name());
        failures.extend(outcome.with_context(about).err());
    }
    let Some(last) = failures.pop() else { return Ok(()) };
    failures.iter().for_each(super::report);
    Err(last)
}
