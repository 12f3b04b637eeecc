//! `wasi-shim serve`

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use wasi_shim::{Generation, WrapOptions};
use wasi_shim_hosts::serve::{Event, Interrupt, ServeOptions};
use wasi_shim_hosts::{Host, Output};

use super::program::{Given, fit};
use super::target::generation;
use super::{Usage, flags, input, messages};

/// The time for running requests after the signal to end.
const GRACE: Duration = Duration::from_secs(10);

/// The end of the help.
const EXAMPLES: &str = "\
Examples:

    # Serve on a host of WASI 0.3, at an address that is printed
    $ wasi-shim serve service.wasm

    # On a host of WASI 0.2, at a fixed port, with a line for each request
    $ wasi-shim serve --host 0.2 --addr 127.0.0.1:8080 --verbose service03.wasm";

/// Run an HTTP service on the bundled host; wrap it first if necessary
///
/// The host offers only one WASI generation. It prints its address once it listens. SIGINT and
/// SIGTERM let running requests finish; a second signal does not.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The component; `-` is stdin
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The WASI generation that the host offers
    #[arg(long, value_name = "GENERATION", value_parser = generation(), default_value = "0.3")]
    host: Generation,
    /// The address to listen on; port 0 takes a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    addr: SocketAddr,
    /// If a component of 0.2 is wrapped, let the host use an instance for one request after another
    #[arg(long)]
    reuse_instance: bool,
    /// The most requests for one instance [default: 1 on the 0.2 host, 128 on the 0.3 host]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    max_instance_reuse: Option<u32>,
    /// The most requests for one instance at a time [default: 1 on the 0.2 host, 16 on the 0.3
    /// host]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    max_instance_concurrent_reuse: Option<u32>,
    /// The time limit for a response: a number of seconds, or with a unit as in `100ms` [default:
    /// none]
    #[arg(long, value_name = "TIME", value_parser = flags::timeout)]
    timeout: Option<Duration>,
    /// Report each request on stderr
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    given: Given,
}

/// Serves until the user ends it.
pub fn run(args: Args) -> Result<ExitCode> {
    let shown = input::shown(&args.input);
    let host = args.host;
    let settings = args.given.settings(host)?;
    if settings.streams.contains(&Some(false)) || settings.max_resources.is_some() {
        return Err(Usage {
            what: "`-S inherit-stdin`, `inherit-stdout`, `inherit-stderr` and `max-resources` are for `wasi-shim run`"
                .into(),
            hint: "leave them out".into(),
        }
        .into());
    }
    let mut options = WrapOptions::default();
    options.reuse_instance = args.reuse_instance;
    let component = fit(&args.input, host, options)?;

    args.given.remark_on_http(&settings, &component);

    let cannot_serve = || format!("cannot serve {shown}");
    let host = Host::with_config(host, settings.engine()).with_context(cannot_serve)?;
    let service = host.compile_service(&component).with_context(cannot_serve)?;
    let verbose = args.verbose;
    let options = ServeOptions {
        address: args.addr,
        max_reuse: args.max_instance_reuse.map(|count| count as usize),
        max_concurrent_reuse: args.max_instance_concurrent_reuse.map(|count| count as usize),
        request_timeout: args.timeout.or(settings.timeout),
        env: args.given.env(&settings),
        network: args.given.network(&settings),
        dirs: args.given.dirs,
        observer: Arc::new(move |event| observe(&event, verbose)),
        ..ServeOptions::default()
    };
    let mut interrupt = Interrupt::catch(&host).with_context(cannot_serve)?;
    let server = service.serve(options, Output::Inherit, Output::Inherit).with_context(cannot_serve)?;
    writeln!(std::io::stdout(), "http://{}/", server.address()).context("cannot write to stdout")?;

    interrupt.wait();
    std::thread::spawn(move || {
        interrupt.wait();
        std::process::exit(1);
    });
    if !server.shutdown(GRACE) {
        messages::warning("some requests did not finish in time");
    }
    Ok(ExitCode::SUCCESS)
}

fn observe(event: &Event, verbose: bool) {
    match event {
        Event::Finished { method, path, status, duration } if verbose => {
            let status = status.map_or("-".into(), |status| status.to_string());
            let line = format!("{method} {path} {status} {:.1} ms", duration.as_secs_f64() * 1000.0);
            // When stderr cannot be written to, nobody is left to be told so.
            let _ = writeln!(std::io::stderr(), "{line}");
        }
        Event::Failed { report } => messages::error(report, &[]),
        _ => {}
    }
}
