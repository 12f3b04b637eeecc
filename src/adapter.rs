//! `wasi-shim adapter`

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;
use wasi_shim::{Generation, WrapOptions};

use super::{Usage, input, messages, output, target};

/// The end of the help.
const EXAMPLES: &str = "\
Examples:

    # The adapter that goes beside a component
    $ wasi-shim adapter --for app.wasm

    # One for an interface, and its WIT
    $ wasi-shim adapter --interfaces wasi:random/random --direction 0.2-on-0.3 -o adapter.wasm --wit";

/// Write an adapter alone, to be composed by hand
///
/// Functions that wait or use streams are split: the adapter exports `start-f` and `finish-f` for
/// them, and an interface `wasi-shim:…/control`, which only a component that `wrap` has rewritten
/// can call. It exports all other functions as WASI has them. The page "Adapters alone" of the
/// manual has more.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The interfaces to implement, for example wasi:cli/environment,wasi:random/random
    #[arg(
        long,
        value_name = "INTERFACES",
        value_delimiter = ',',
        required_unless_present = "component",
        requires = "direction"
    )]
    interfaces: Vec<String>,
    /// Which generation is implemented on which
    #[arg(long, value_name = "DIRECTION", value_enum)]
    direction: Option<Direction>,
    /// The adapter that `wrap` would put beside this component; `-` is stdin
    #[arg(long = "for", value_name = "IN", conflicts_with = "interfaces")]
    component: Option<PathBuf>,
    /// The version of WASI 0.2 that the adapter imports, 0.2.N [default: the lowest with all
    /// functions that are needed]
    #[arg(long, value_name = "VERSION", value_parser = target::patch)]
    wasi_patch: Option<u64>,
    /// Print the WIT of the adapter; without `-o`, nothing is written
    #[arg(long)]
    wit: bool,
    /// The output; `-` is stdout [default for `--for`: beside IN, with `.adapter.wasm` for its
    /// extension]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    #[command(flatten)]
    form: output::Form,
}

/// The direction of an adapter.
#[derive(Clone, Copy, ValueEnum)]
enum Direction {
    /// WASI 0.2, for hosts of 0.3
    #[value(name = "0.2-on-0.3")]
    Wasi02OnWasi03,
    /// WASI 0.3, for hosts of 0.2
    #[value(name = "0.3-on-0.2")]
    Wasi03OnWasi02,
}

impl From<Direction> for Generation {
    fn from(direction: Direction) -> Generation {
        match direction {
            Direction::Wasi02OnWasi03 => Generation::Wasi03,
            Direction::Wasi03OnWasi02 => Generation::Wasi02,
        }
    }
}

/// Makes the adapter, writes it and prints its WIT.
pub fn run(args: Args) -> Result<()> {
    let beside = args.component.as_ref().filter(|path| !args.wit && !input::is_dash(path));
    let extension = format!("adapter.{}", args.form.extension());
    let output = args.output.clone().or_else(|| beside.map(|path| path.with_extension(extension)));
    match &output {
        Some(path) => {
            args.form.refuse_terminal(path)?;
            if args.wit && input::is_dash(path) {
                return Err(Usage {
                    what: "the component and its WIT cannot both go to stdout".into(),
                    hint: "name a file with `-o FILE`, or leave out `-o` or `--wit`".into(),
                }
                .into());
            }
        }
        None if args.wit => {}
        None => {
            return Err(Usage {
                what: "there is nowhere to write the adapter to".into(),
                hint: "name a file with `-o FILE`, or ask for `--wit` alone".into(),
            }
            .into());
        }
    }
    let target = args.direction.map(Generation::from);
    let adapter = match (&args.component, target) {
        (Some(path), _) => {
            let component = input::read(path)?;
            let mut options = WrapOptions::default();
            options.to = target;
            options.wasi_patch = args.wasi_patch;
            wasi_shim::adapter_for(&component, &options)
                .with_context(|| format!("cannot make an adapter for {}", input::shown(path)))?
        }
        (None, target) => {
            let interfaces: Vec<&str> = args.interfaces.iter().map(String::as_str).collect();
            // The direction is required with interfaces.
            let target = target.unwrap_or(Generation::Wasi03);
            wasi_shim::adapter(&interfaces, target, args.wasi_patch).context("cannot make an adapter")?
        }
    };
    if !adapter.is_plain {
        messages::remark("some functions are split: only a component that `wrap` has rewritten can call them");
    }
    if let Some(path) = &output {
        args.form.write(path, &adapter.bytes)?;
        if args.output.is_none() {
            output::stdout(format!("{}\n", path.display()).as_bytes())?;
        }
    }
    if args.wit {
        output::stdout(adapter.wit.as_bytes())?;
    }
    Ok(())
}
