//! `wasi-shim reversion`

use std::path::PathBuf;

use anyhow::{Context, Result};
use semver::Version;
use wasi_shim::ReversionOptions;

use super::{input, messages, output};

/// The end of the help.
const EXAMPLES: &str = "\
Examples:

    # Make a component for the release of one for a candidate
    $ wasi-shim reversion candidate.wasm --from 0.3.0-rc-2026-03-15 --to 0.3.0 -o released.wasm

    # Ask hosts for a later patch of WASI 0.2
    $ wasi-shim reversion app.wasm --from 0.2.0 --to 0.2.6 -o later.wasm";

/// Change the version of WASI in the names of interfaces to one that has the same interfaces
///
/// For components of release candidates of WASI 0.3, and for patches of WASI 0.2. Only names
/// change. Interfaces that differ between the versions are refused.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The component; `-` is stdin
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The version that IN uses, for example 0.3.0-rc-2026-03-15; or several of them
    #[arg(long, value_name = "VERSION", value_delimiter = ',', required = true, value_parser = version)]
    from: Vec<Version>,
    /// The version to take its place, for example 0.3.0
    #[arg(long, value_name = "VERSION", value_parser = version)]
    to: Version,
    /// The output; `-` is stdout
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    #[command(flatten)]
    form: output::Form,
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).map_err(|_| "expected a version, for example 0.2.6".into())
}

/// Renames and writes.
pub fn run(args: Args) -> Result<()> {
    args.form.refuse_terminal(&args.output)?;
    let component = input::read(&args.input)?;
    let reversioned = wasi_shim::reversion(&component, &ReversionOptions::new(args.from, args.to))
        .with_context(|| format!("cannot change the version of {}", input::shown(&args.input)))?;
    let count = reversioned.interfaces.len();
    messages::remark(format_args!("{count} interface{} renamed", if count == 1 { "" } else { "s" }));
    args.form.write(&args.output, &reversioned.bytes)
}
