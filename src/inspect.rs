//! `wasi-shim inspect`

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::{input, output};

/// Show what a component uses, what wrapping would do, and what stands in the way
#[derive(clap::Args)]
pub struct Args {
    /// The component; `-` is stdin
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// Print what a component that wasi-shim made was before: what it imported and exported then
    #[arg(long)]
    original: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the report.
pub fn run(args: Args) -> Result<()> {
    let component = input::read(&args.input)?;
    if args.original {
        return original(&component, &args);
    }
    let report = wasi_shim::inspect::inspect(&component)
        .with_context(|| format!("cannot inspect {}", input::shown(&args.input)))?;
    let text = match args.json {
        true => serde_json::to_string_pretty(&report).context("cannot print the report")? + "\n",
        false => report.to_string(),
    };
    output::stdout(text.as_bytes())
}

/// Prints what `component` was before wasi-shim made it.
fn original(component: &[u8], args: &Args) -> Result<()> {
    let Some(first) = wasi_shim::history(component).into_iter().next() else {
        bail!("{} was not made by wasi-shim, or what it says of that was removed", input::shown(&args.input));
    };
    let text = match args.json {
        true => serde_json::to_string_pretty(&first).context("cannot print the surface")? + "\n",
        false => first.to_string(),
    };
    output::stdout(text.as_bytes())
}
