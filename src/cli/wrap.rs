//! `wasi-shim wrap`

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasi_shim::{Target, WrapOptions};

use super::{Generation, input, note, output};

/// Adapt a component to a WASI generation
///
/// The input may be a component or a core module of WASI 0.1, in binary or text form.
#[derive(clap::Args)]
pub struct Args {
    /// The component; `-` is stdin
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// Where to write; `-` is stdout [default: beside IN, with `.p3.wasm` (`.p2.wasm`) for its extension]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// The WASI generation that the result may use [default: 0.3]
    #[arg(long, value_name = "GENERATION", value_enum)]
    to: Option<Generation>,
}

/// Wraps, writes, and prints the path of a file whose name the user did not choose.
pub fn run(args: Args) -> Result<()> {
    let output = args.output.clone().or_else(|| input::is_dash(&args.input).then(|| "-".into()));
    if let Some(path) = &output {
        output::refuse_terminal(path)?;
    }
    let component = input::read(&args.input)?;
    let mut options = WrapOptions::default();
    options.to = args.to.map(Target::from);
    let wrapped =
        wasi_shim::wrap(&component, &options).with_context(|| format!("cannot wrap {}", input::shown(&args.input)))?;
    for text in &wrapped.notes {
        note(&text.text);
    }
    match output {
        Some(path) => output::component(&path, &wrapped.bytes),
        None => {
            let path = beside(&args.input, wrapped.target);
            output::component(&path, &wrapped.bytes)?;
            output::stdout(format!("{}\n", path.display()).as_bytes())
        }
    }
}

fn beside(input: &Path, target: Target) -> PathBuf {
    input.with_extension(match target {
        Target::Wasi02 => "p2.wasm",
        Target::Wasi03 => "p3.wasm",
    })
}
