//! `wasi-shim inspect`

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::{input, output};

/// The end of the help.
const EXAMPLES: &str = "\
Examples:

    # Show imports and exports, and the results of wrapping
    $ wasi-shim inspect app.wasm

    # The same for programs
    $ wasi-shim inspect --json app.wasm";

/// Show the WASI that a component uses, the result of wrapping it, and the obstacles
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The component; `-` is stdin
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// Print the imports and exports that a wrapped component had before
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
    let text = if args.json {
        serde_json::to_string_pretty(&report).context("cannot print the report")? + "\n"
    } else {
        report.to_string()
    };
    output::stdout(text.as_bytes())
}

/// Prints the imports and exports that `component` had before wasi-shim adapted it.
fn original(component: &[u8], args: &Args) -> Result<()> {
    let Some(first) = wasi_shim::history(component).into_iter().next() else {
        bail!("{} was not made by wasi-shim, or what it says of that was removed", input::shown(&args.input));
    };
    let text = if args.json {
        serde_json::to_string_pretty(&first).context("cannot print the surface")? + "\n"
    } else {
        first.to_string()
    };
    output::stdout(text.as_bytes())
}
