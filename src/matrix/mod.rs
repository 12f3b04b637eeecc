//! `wasi-shim matrix`

mod app_toml;
mod case;
mod case_error;
mod client;
mod compare;
mod expect;
mod files;
mod hosts;
mod html;
mod judge;
mod junit;
mod markdown;
mod origin;
mod process;
mod provenance;
mod report;
mod run;
mod schedule;
mod subject;
mod table;
mod testsuite;
mod wire;

use std::fs;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use expect::{Change, Known};
use hosts::Host;
use provenance::Provenance;
use report::{Column, Report};
use schedule::Schedule;
use subject::Subject;
use wasi_shim::Generation;

use super::{Usage, messages, output};

/// The end of the help.
const EXAMPLES: &str = "\
Examples:

    # Compare on the bundled hosts
    $ wasi-shim matrix --bundled --host 0.2,0.3 app.wasm

    # Record the outcomes, to be compared with from then on
    $ wasi-shim matrix --bundled --host 0.2,0.3 app.wasm --expect known.toml --bless";

/// Run components on every host, native and wrapped, and compare
///
/// `app.toml`, or `app.json` in the format of the WASI test suite, says how to run `app.wasm`;
/// without such a file, a command gets no arguments and a service gets one `GET /`. The run on a
/// host of the component's own generation is the measure for all others. The exit status is 1 if
/// anything differs or fails without a case that expects it, or with `--expect` if anything has
/// changed.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Components, and directories that are searched for `.wasm`
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Only these hosts: 0.2, 0.3, wasmtime-36, stock, stock-0.2, stock-0.3, jco [default: all that
    /// are found]
    #[arg(long = "host", value_name = "HOST", value_delimiter = ',')]
    hosts: Vec<String>,
    /// Only hosts that are compiled in
    #[arg(long, conflicts_with_all = ["wasmtime", "jco"])]
    bundled: bool,
    /// The stock `wasmtime` [default: that of the variable WASMTIME, else the one on the PATH]
    #[arg(long, value_name = "PROGRAM")]
    wasmtime: Option<PathBuf>,
    /// The `jco` of an installation by npm; it runs on `node` [default: the one on the PATH]
    #[arg(long, value_name = "PROGRAM")]
    jco: Option<PathBuf>,
    /// The output, may be repeated [default: stdout]
    #[arg(short, long = "output", value_name = "FILE")]
    outputs: Vec<PathBuf>,
    /// The format of the result [default: that of the file's extension, else a table]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Known outcomes: any difference from them is an error
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    /// Write the outcomes to the file of `--expect`
    #[arg(long, requires = "expect")]
    bless: bool,
    /// The number of processes at a time [default: one for each processor]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// The time limit in seconds of cases that have none of their own
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u32).range(1..))]
    time_limit: u32,
}

/// A format of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Json,
    Markdown,
    Html,
    Junit,
}

impl Format {
    /// The format that a file's name asks for.
    fn of(path: &Path) -> Option<Format> {
        Some(match path.extension()?.to_str()? {
            "json" => Format::Json,
            "md" => Format::Markdown,
            "html" => Format::Html,
            "xml" => Format::Junit,
            "txt" => Format::Table,
            _ => return None,
        })
    }

    fn render(self, report: &Report, changes: Option<&[Change]>, color: bool) -> String {
        match self {
            Format::Table => table::render(report, color),
            Format::Json => report.json(),
            Format::Markdown => markdown::render(report),
            Format::Html => html::render(report),
            Format::Junit => junit::render(report, changes),
        }
    }
}

/// Runs the matrix. The exit code says whether all is as it should be.
pub fn run(args: Args) -> Result<ExitCode> {
    let start = Instant::now();
    let outputs = destinations(&args)?;
    let hosts = hosts(&args)?;
    let known = args.expect.as_deref().map(|path| known(path, args.bless)).transpose()?;
    let subjects = subjects(&args.paths)?;
    let jobs = args.jobs.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let time_limit = Duration::from_secs(args.time_limit.into());
    let rows = Schedule { subjects: &subjects, hosts: &hosts, jobs, time_limit }.run()?;
    let columns = hosts.iter().map(|host| Column {
        id: host.id.clone(),
        label: host.label.clone(),
        program: host.program.clone(),
        offers: [(Generation::Wasi02, "0.2"), (Generation::Wasi03, "0.3")]
            .into_iter()
            .filter(|(generation, _)| host.generation.is_none_or(|only| only == *generation))
            .map(|(_, number)| number.to_string())
            .collect(),
    });
    let report = Report { run: Provenance::here(), hosts: columns.collect(), rows };

    let changes = known.as_ref().filter(|_| !args.bless).map(|known| known.changes(&report));
    for (path, format) in &outputs {
        let color = path.is_none() && io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let text = format.render(&report, changes.as_deref(), color);
        match path {
            None => output::stdout(text.as_bytes())?,
            Some(path) => output::write(path, text.as_bytes())?,
        }
    }
    messages::remark(format_args!("{}; {:.1} s", report.summary(), start.elapsed().as_secs_f64()));
    let is_right = match (&known, &args.expect, changes) {
        (Some(known), Some(path), None) => {
            output::write(path, known.updated(&report).text().as_bytes())?;
            true
        }
        (_, _, Some(changes)) => {
            changes.iter().for_each(|change| messages::error(change, &[]));
            changes.is_empty()
        }
        _ => !report.counts().keys().any(|outcome| outcome.is_wrong()),
    };
    Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// An output and its format.
fn destinations(args: &Args) -> Result<Vec<(Option<&Path>, Format)>> {
    if args.outputs.is_empty() {
        return Ok(vec![(None, args.format.unwrap_or(Format::Table))]);
    }
    let mut destinations = Vec::new();
    for path in &args.outputs {
        let format = args.format.or_else(|| Format::of(path)).ok_or_else(|| Usage {
            what: format!("the name `{}` does not say which format is wanted", path.display()),
            hint: "end it with .json, .md, .html, .xml or .txt, or pass `--format`".into(),
        })?;
        destinations.push((Some(path.as_path()), format));
    }
    Ok(destinations)
}

/// The hosts that are found and wanted.
fn hosts(args: &Args) -> Result<Vec<Host>> {
    let mut hosts = Host::bundled();
    let is_wanted = |id: &str| args.hosts.is_empty() || args.hosts.iter().any(|wanted| wanted.starts_with(id));
    if !args.bundled {
        // A host that was named must exist; a host that merely exists need not work.
        let named = args.wasmtime.clone().or_else(|| std::env::var_os("WASMTIME").map(PathBuf::from));
        if let Some(path) = named.clone().or_else(|| hosts::find("wasmtime")).filter(|_| is_wanted("stock")) {
            match Host::stock(&path) {
                Ok(stock) => hosts.extend(stock),
                Err(error) if named.is_none() => {
                    messages::remark(format_args!("`{}` is left out: {error}", path.display()))
                }
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot use `{}` as wasmtime", path.display()));
                }
            }
        }
        if let Some(path) = args.jco.clone().or_else(|| hosts::find("jco")).filter(|_| is_wanted("jco")) {
            match Host::jco(&path) {
                Ok(jco) => hosts.push(jco),
                Err(error) if args.jco.is_none() => {
                    messages::remark(format_args!("`{}` is left out: {error}", path.display()))
                }
                Err(error) => return Err(error).with_context(|| format!("cannot use `{}` as jco", path.display())),
            }
        }
    }
    let ids: Vec<String> = hosts.iter().map(|host| host.id.clone()).collect();
    if let Some(unknown) = args.hosts.iter().find(|wanted| !ids.contains(wanted)) {
        return Err(Usage {
            what: format!("there is no host `{unknown}`"),
            hint: format!("there are {}; `--wasmtime` and `--jco` add others", ids.join(", ")),
        }
        .into());
    }
    hosts.retain(|host| args.hosts.is_empty() || args.hosts.contains(&host.id));
    Ok(hosts)
}

/// The components below `paths`, each with its cases. Those that cannot be read are told at once.
fn subjects(paths: &[PathBuf]) -> Result<Vec<Subject>> {
    let mut subjects: Vec<Subject> = Vec::new();
    for path in paths {
        for (file, shown) in subject::discover(path, paths.len() > 1) {
            if subjects.iter().any(|known| known.shown == shown) {
                continue;
            }
            let cases = case::cases(&file, &|text| messages::warning(text));
            let hint = cases.as_ref().err().map(|error| error.hint().to_string());
            let subject = Subject::read(&file, shown, cases);
            if let Some(why) = &subject.broken {
                messages::error(format_args!("{}: {why}", subject.shown), &Vec::from_iter(hint));
            }
            subjects.push(subject);
        }
    }
    if subjects.is_empty() {
        Err(Usage { what: "there is no `.wasm`".into(), hint: "name a component, or a directory with some".into() }
            .into())
    } else {
        Ok(subjects)
    }
}

/// The known outcomes; none if the file is to be written.
fn known(path: &Path, bless: bool) -> Result<Known> {
    match fs::read_to_string(path) {
        Err(error) if bless && error.kind() == io::ErrorKind::NotFound => Ok(Known::default()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Usage { what: format!("there is no `{}`", path.display()), hint: "`--bless` writes it".into() }.into())
        }
        result => {
            let text = result.with_context(|| format!("cannot read `{}`", path.display()))?;
            Known::parse(&text).map_err(|mistake| anyhow::anyhow!("`{}`: {mistake}", path.display()))
        }
    }
}
