//! `wasi-shim explain`

use std::collections::BTreeSet;

use anyhow::Result;
use wasi_shim::{explanations, reasons};

use super::{Usage, output};

/// The end of the help.
const EXAMPLES: &str = "\
Examples:

    # A note and a reason for a refusal
    $ wasi-shim explain W0110 E0015

    # An interface, and one of its functions
    $ wasi-shim explain wasi:io/poll wasi:io/poll#poll";

/// Explain notes and refusals, or how interfaces and functions work on hosts of the other
/// generation
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Codes like `W0104` or `E0101`, interfaces like `wasi:io/poll`, functions like
    /// `wasi:io/poll#poll` [default: list the codes]
    #[arg(value_name = "WHAT")]
    what: Vec<String>,
}

/// Prints to stdout.
pub fn run(args: Args) -> Result<()> {
    let text = match &args.what[..] {
        [] => list(),
        what => what.iter().map(|what| explained(what)).collect::<Result<Vec<_>, Usage>>()?.join("\n"),
    };
    output::stdout(text.as_bytes())
}

fn explained(what: &str) -> Result<String, Usage> {
    wasi_shim::explained(what).ok_or_else(|| Usage {
        what: format!("expected a code, an interface of WASI, or a function of WASI, found `{what}`"),
        hint: "`wasi-shim explain` lists the codes; names are as in `wasi:io/poll` and `wasi:io/poll#poll`".into(),
    })
}

/// The advice to explain `codes`, each of which may be in it several times.
pub fn advice<'c>(codes: impl Iterator<Item = &'c str>) -> String {
    let codes: BTreeSet<&str> = codes.collect();
    format!("`wasi-shim explain {}` says more", codes.into_iter().collect::<Vec<_>>().join(" "))
}

fn list() -> String {
    let notes = explanations().iter().map(|known| (known.code, known.title));
    let codes = notes.chain(reasons().map(|known| (known.code, known.title)));
    codes.map(|(code, title)| format!("{code}  {title}\n")).collect()
}
