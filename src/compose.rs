//! `wasi-shim compose`

use std::path::PathBuf;

use anyhow::{Context, Result};
use wasi_shim::{Error, WrapOptions};

use super::target::{self, Target, target};
use super::{deny, input, output};

/// The end of the help.
const EXAMPLES: &str = "\
Examples:

    # Put a middleware of WASI 0.3 before a service of WASI 0.2
    $ wasi-shim compose middleware.wasm service.wasm -o composed.wasm

    # The same for hosts that have only WASI 0.2
    $ wasi-shim compose --to 0.2 middleware.wasm service.wasm -o composed.wasm";

/// Connect components of any generation by their imports and exports
///
/// The result has the exports of the first component. Each component gets its imports from the
/// nearest one behind it that exports them: a middleware from its service, a program from its
/// libraries. A component of the other generation is adapted first. The host provides imports that
/// no component exports.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The components, the main one first; one may be `-`, stdin
    #[arg(value_name = "IN", required = true, num_args = 2..)]
    inputs: Vec<PathBuf>,
    /// The output; `-` is stdout
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    #[command(flatten)]
    form: output::Form,
    /// The WASI that the result may use: a generation, also as `p2` or `wasip2`, or a version of it
    /// [default: those that it needs]
    #[arg(long, value_name = "WASI", value_parser = target())]
    to: Option<Target>,
    #[command(flatten)]
    notes: deny::Notes,
    /// The version of WASI 0.2 that the result imports and exports, 0.2.N [default: that of
    /// `--to`, else the latest that any of the components imports, but not below the lowest with
    /// all functions that are needed]
    #[arg(long, value_name = "VERSION", value_parser = target::patch)]
    wasi_patch: Option<u64>,
}

/// Composes and writes.
pub fn run(args: Args) -> Result<()> {
    args.form.refuse_terminal(&args.output)?;
    let components = args.inputs.iter().map(|path| input::read(path)).collect::<Result<Vec<_>>>()?;
    let components: Vec<&[u8]> = components.iter().map(|bytes| &bytes[..]).collect();
    let mut options = WrapOptions::default();
    target::set(&mut options, args.to, args.wasi_patch)?;
    options.reuse_instance = true;
    let composed = wasi_shim::compose(&components, &options).map_err(|error| {
        let shown = |at: usize| args.inputs.get(at).map_or_else(String::new, |path| input::shown(path));
        let what = match &error {
            Error::NothingToConnect { component, .. } => format!("cannot connect {}", shown(*component)),
            Error::DoNotFit { front, behind, .. } => format!("{} does not fit {}", shown(*front), shown(*behind)),
            _ => "cannot compose".into(),
        };
        anyhow::Error::new(error).context(what)
    })?;
    args.notes.tell("", &composed.notes)?;
    args.form.write(&args.output, &composed.bytes).context("cannot write the composition")
}
