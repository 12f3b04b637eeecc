//! `wasi-shim completions` and `wasi-shim man`: files that are generated from the definition of the
//! command line.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, output};

/// Print a shell's completions
///
/// bash reads them in `~/.local/share/bash-completion/completions/wasi-shim`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:

    # Those of bash, to be read by `. ./completions.bash`
    $ wasi-shim completions bash > completions.bash")]
pub struct Args {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

/// Write the manual pages, one for each command
#[derive(clap::Args)]
#[command(after_help = "\
Examples:

    # Write them; `man ./man/wasi-shim-wrap.1` shows one
    $ wasi-shim man -o man")]
pub struct ManArgs {
    /// The directory for the pages, which is made if it is missing
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// Prints the completions.
pub fn run(args: Args) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "wasi-shim", &mut script);
    output::stdout(&script)
}

/// Writes the pages.
pub fn man(args: ManArgs) -> Result<()> {
    let cannot = || format!("cannot write manual pages to `{}`", args.output.display());
    std::fs::create_dir_all(&args.output).with_context(cannot)?;
    clap_mangen::generate_to(super::command(), &args.output).with_context(cannot)
}
