//! `wasi-shim inspect`

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{input, output};

/// Show what a component uses, what wrapping would do, and what stands in the way
#[derive(clap::Args)]
pub struct Args {
    /// The component; `-` is stdin
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the report.
pub fn run(args: Args) -> Result<()> {
    let component = input::read(&args.input)?;
    let report = wasi_shim::inspect::inspect(&component)
        .with_context(|| format!("cannot inspect {}", input::shown(&args.input)))?;
    let text = match args.json {
        true => serde_json::to_string_pretty(&report).context("cannot print the report")? + "\n",
        false => report.to_string(),
    };
    output::stdout(text.as_bytes())
}
