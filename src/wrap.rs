//! `wasi-shim wrap`

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use wasi_shim::{Error, Generation, Linking, WrapOptions};

use super::target::{self, Target, target};
use super::{Usage, deny, input, messages, output};

/// The end of the help.
const EXAMPLES: &str = "\
Examples:

    # Adapt a component to the generation that it does not use, as app.p3.wasm
    $ wasi-shim wrap app.wasm

    # Name the output and the hosts, and fail if the component would lose more than W0110
    $ wasi-shim wrap app.wasm --to p3 -o out.wasm --deny lossy --allow W0110

    # Adapt all components of a build
    $ wasi-shim wrap --to 0.3 --out-dir dist app.wasm service.wasm new.wasm";

/// Adapt components to a WASI generation
///
/// The input may be a component or a core module of WASI 0.1, in binary or text form. A component
/// that fits already is copied, so that a build can wrap whatever it has. Paths of outputs that
/// have no name from `-o` are printed.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The components; `-` is stdin
    #[arg(value_name = "IN", required = true)]
    inputs: Vec<PathBuf>,
    /// The output of one IN; `-` is stdout [default: beside IN, with `.p3.wasm` (`.p2.wasm`) for
    /// its extension; stdout for text]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// The directory for outputs, instead of that of IN; it is made if it is missing
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    out_dir: Option<PathBuf>,
    #[command(flatten)]
    form: output::Form,
    /// The WASI that the result may use: a generation, also as `p2` or `wasip2`, or a version of it
    /// [default: the generation that IN does not use]
    #[arg(long, value_name = "WASI", value_parser = target())]
    to: Option<Target>,
    /// The version of WASI 0.2 that the result imports, 0.2.N [default: that of `--to`, else the
    /// lowest with all functions that are needed, but not below those that IN uses]
    #[arg(long, value_name = "VERSION", value_parser = target::patch)]
    wasi_patch: Option<u64>,
    /// Let a host of WASI 0.3 use one instance of a service for one request after another [default:
    /// one request each, as on a host of WASI 0.2]
    #[arg(long)]
    reuse_instance: bool,
    /// Let exported functions of the component's own become `async` on WASI 0.3, so that calls of
    /// them may wait
    #[arg(long)]
    async_exports: bool,
    /// The place of the adapter [default: linked, if possible]
    #[arg(long, value_name = "FORM", value_enum)]
    link: Option<Link>,
    /// Refuse a component that fits already, instead of copying it
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    notes: deny::Notes,
}

/// The place of the adapter.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Link {
    /// In the component itself, which stays the root: for components that are not composed of
    /// others
    Linked,
    /// Beside the component or its parts, as a component of its own under a new root
    Composed,
}

/// Wraps and writes each component, and prints the paths that the user did not choose.
pub fn run(args: Args) -> Result<ExitCode> {
    let (output, options) = (output(&args)?, options(&args)?);
    if let Some(path) = &output {
        args.form.refuse_terminal(path)?;
    }
    if let Some(dir) = &args.out_dir {
        std::fs::create_dir_all(dir).with_context(|| format!("cannot make the directory `{}`", dir.display()))?;
    }
    let mut written = BTreeSet::new();
    Ok(input::each(&args.inputs, |input| {
        let (bytes, target) = wrapped(input, &args, &options)?;
        if let Some(path) = &output {
            return args.form.write(path, &bytes);
        }
        let beside = beside(input, target, args.form.extension());
        let path = match (&args.out_dir, beside.file_name()) {
            (Some(dir), Some(name)) => dir.join(name),
            _ => beside,
        };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = parent.canonicalize().unwrap_or(parent.into());
        if !written.insert((folder, path.file_name().map(OsString::from))) {
            return Err(Usage {
                what: format!("`{}` is the output of another component, too", path.display()),
                hint: "wrap them one by one, each with a name by `-o OUT`".into(),
            }
            .into());
        }
        args.form.write(&path, &bytes)?;
        output::stdout(format!("{}\n", path.display()).as_bytes())
    }))
}

/// The one output, if it has a name: `-` for stdin, and for text.
fn output(args: &Args) -> Result<Option<PathBuf>, Usage> {
    let reads_stdin = args.inputs.iter().any(|input| input::is_dash(input));
    match (&args.output, &args.inputs[..]) {
        (Some(_), [_, _, ..]) => Err(Usage {
            what: "several components cannot be written to one file".into(),
            hint: "name a directory with `--out-dir DIR`, or leave out `-o`; `wasi-shim compose` makes one of them"
                .into(),
        }),
        (None, inputs) if reads_stdin && (inputs.len() > 1 || args.out_dir.is_some()) => Err(Usage {
            what: "stdin has no name that its output could have".into(),
            hint: "wrap it alone, with `-o OUT`".into(),
        }),
        (None, [_, _, ..]) if args.form.is_text && args.out_dir.is_none() => Err(Usage {
            what: "the text of several components cannot go to stdout".into(),
            hint: "name a directory with `--out-dir DIR`".into(),
        }),
        (None, _) if reads_stdin || args.form.is_text && args.out_dir.is_none() => Ok(Some("-".into())),
        (output, _) => Ok(output.clone()),
    }
}

fn options(args: &Args) -> Result<WrapOptions, Usage> {
    let mut options = WrapOptions::default();
    target::set(&mut options, args.to, args.wasi_patch)?;
    if args.reuse_instance && options.to == Some(Generation::Wasi02) {
        return Err(Usage {
            what: "`--reuse-instance` is for hosts of WASI 0.3; those of WASI 0.2 decide for themselves".into(),
            hint: "leave it out".into(),
        });
    }
    if args.async_exports && options.to == Some(Generation::Wasi02) {
        return Err(Usage {
            what: "`--async-exports` is for hosts of WASI 0.3; WASI 0.2 has no async functions".into(),
            hint: "leave it out".into(),
        });
    }
    options.linking = args.link.map(|link| match link {
        Link::Linked => Linking::Linked,
        Link::Composed => Linking::Composed,
    });
    options.reuse_instance = args.reuse_instance;
    options.async_exports = args.async_exports;
    Ok(options)
}

/// The output of `input`, and the hosts that its name should tell; notes are printed.
fn wrapped(input: &Path, args: &Args, options: &WrapOptions) -> Result<(Vec<u8>, Option<Generation>)> {
    let component = input::load(input)?;
    let shown = input::shown(input);
    let cannot = || format!("cannot wrap {shown}");
    match wasi_shim::wrap(&component, options) {
        Ok(wrapped) => {
            input::remark(input, &component);
            let about = if args.inputs.len() > 1 { &shown[..] } else { "" };
            args.notes.tell(about, &wrapped.notes).with_context(cannot)?;
            Ok((wrapped.bytes, Some(wrapped.target)))
        }
        Err(error) => match fits(&error).filter(|_| !args.strict) {
            Some(target) => {
                let lacking = target.map_or("WASI 0.2 or 0.3", |target| target.other().name());
                let needs_nothing = format!("{shown} imports and exports no interface of {lacking}");
                if wasi_shim::is_core_module(&component) {
                    messages::remark(format_args!("{needs_nothing}: made a component, no more"));
                    // The name is another one, since the component is no copy.
                    let target = target.or(options.to).unwrap_or(Generation::Wasi02);
                    return Ok((wasi_shim::componentize(&component).with_context(cannot)?, Some(target)));
                }
                messages::remark(format_args!("{needs_nothing}: copied as it is"));
                // `app.p3.wasm` is for WASI 0.3 by name already.
                Ok((component, target.filter(|target| !is_named(input, *target))))
            }
            None => Err(error).with_context(cannot),
        },
    }
}

/// If `error` says that the component needs no adapter: the generation of hosts that it is for, or
/// `None` for either.
fn fits(error: &Error) -> Option<Option<Generation>> {
    match error {
        Error::AlreadyForTarget(target) => Some(Some(*target)),
        Error::NoWasi => Some(None),
        _ => None,
    }
}

/// The output of `input` for hosts of `target`, if the user names none.
fn beside(input: &Path, target: Option<Generation>, extension: &str) -> PathBuf {
    match target {
        Some(target) => input.with_extension(format!("{}.{extension}", short(target))),
        None => input.with_extension(extension),
    }
}

/// Whether the name of `input` says already that it is for hosts of `target`.
fn is_named(input: &Path, target: Generation) -> bool {
    input.file_stem().is_some_and(|stem| Path::new(stem).extension().is_some_and(|part| part == short(target)))
}

/// The generation in names of files.
fn short(target: Generation) -> &'static str {
    match target {
        Generation::Wasi02 => "p2",
        Generation::Wasi03 => "p3",
    }
}
