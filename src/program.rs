//! Code that `run` and `serve` share: the component in the form for the host, and the program's
//! files, variables and network.

use std::borrow::Cow;
use std::path::Path;

use anyhow::{Context, Result};
use wasi_shim::{Error, Extern, Generation, Surface, WrapOptions};
use wasi_shim_hosts::{Directory, HostError, Network};

use super::flags::{Flags, Settings};
use super::{Usage, input, messages};

/// The interfaces by which programs send HTTP requests, one of each generation.
const HTTP_CLIENTS: [&str; 2] = ["wasi:http/outgoing-handler", "wasi:http/client"];

/// The files, variables and network of a program.
#[derive(clap::Args)]
pub struct Given {
    /// A directory that the program may read and write, or only read, and its path for the program
    /// [default: the same path]
    #[arg(long = "dir", value_name = "HOST[::GUEST[::ro]]", value_parser = dir)]
    pub dirs: Vec<Directory>,
    /// A variable of the program's environment; without a value, the one of this process
    #[arg(long = "env", value_name = "NAME[=VALUE]", value_parser = variable)]
    env: Vec<(String, Option<String>)>,
    /// Let the program bind and connect to any address, by TCP and UDP
    #[arg(long)]
    inherit_network: bool,
    /// Let the program look up the addresses of names
    #[arg(long)]
    allow_ip_name_lookup: bool,
    /// Let the program send HTTP requests
    #[arg(long)]
    allow_http: bool,
    #[command(flatten)]
    flags: Flags,
}

impl Given {
    /// The settings of the flags for the bundled host of `host`.
    pub fn settings(&self, host: Generation) -> std::result::Result<Settings, Usage> {
        self.flags.settings(host)
    }

    /// The network.
    pub fn network(&self, settings: &Settings) -> Network {
        Network {
            sockets: settings.network.unwrap_or(self.inherit_network),
            names: settings.names.unwrap_or(self.allow_ip_name_lookup),
            http: settings.http.unwrap_or(self.allow_http),
        }
    }

    /// Says so if `component` is made to send HTTP requests, and may not.
    pub fn remark_on_http(&self, settings: &Settings, component: &[u8]) {
        let sends = |import: &Extern| {
            let interface = import.interface.as_ref();
            interface.is_some_and(|name| HTTP_CLIENTS.contains(&name.unversioned().as_str()))
        };
        let imports_client = || Surface::of(component).is_ok_and(|surface| surface.imports.iter().any(sends));
        if !self.network(settings).http && imports_client() {
            messages::remark("HTTP requests of the program are denied; `--allow-http` allows them");
        }
    }

    /// The environment: later variables take the place of earlier ones. Variables that this process
    /// does not have are left out, and those that are not text.
    pub fn env(&self, settings: &Settings) -> Vec<(String, String)> {
        let inherited = std::env::vars_os().filter(|_| settings.env);
        let mut all: Vec<(String, String)> =
            inherited.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect();
        for (name, value) in &self.env {
            let Some(value) = value.clone().or_else(|| std::env::var(name).ok()) else { continue };
            all.retain(|(known, _)| known != name);
            all.push((name.clone(), value));
        }
        all
    }
}

fn dir(text: &str) -> std::result::Result<Directory, String> {
    let (path, read_only) = match text.strip_suffix("::ro") {
        Some(path) if path.contains("::") => (path, true),
        Some(path) => return Err(format!("expected the guest's path as well, as in {path}::{path}::ro")),
        None => (text, false),
    };
    let (host, guest) = path.split_once("::").unwrap_or((path, path));
    if host.is_empty() || guest.is_empty() {
        Err("expected HOST, HOST::GUEST or HOST::GUEST::ro".into())
    } else {
        Ok(Directory { read_only, ..Directory::new(host, guest) })
    }
}

fn variable(text: &str) -> std::result::Result<(String, Option<String>), String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_string())),
        None => (text, None),
    };
    if name.is_empty() { Err("expected NAME=VALUE".into()) } else { Ok((name.into(), value)) }
}

/// The component in the file `path`, in the form for hosts of `host`.
pub fn fit(path: &Path, host: Generation, mut options: WrapOptions) -> Result<Vec<u8>> {
    let component = input::load(path)?;
    options.to = Some(host);
    let cannot = || format!("cannot wrap {}", input::shown(path));
    match wasi_shim::wrap(&component, &options) {
        Ok(wrapped) => {
            input::remark(path, &component);
            messages::remark(format_args!("wrapped, to run on a host that has only {}", host.name()));
            let urgent = wrapped.notes.iter().filter(|note| messages::is_urgent(note));
            urgent.for_each(|note| messages::note("", note));
            Ok(wrapped.bytes)
        }
        // Its world may be of the host's generation.
        Err(Error::AlreadyForTarget(_)) if wasi_shim::is_core_module(&component) => {
            wasi_shim::componentize(&component).with_context(cannot)
        }
        Err(Error::AlreadyForTarget(_)) => Ok(component),
        Err(error) => Err(error).with_context(cannot),
    }
}

/// Advice for an error of the host.
pub fn hint(error: &HostError) -> Option<Cow<'static, str>> {
    let hint = match error {
        HostError::Call { callable, .. } if callable.is_empty() => "the component exports no function",
        HostError::Call { callable, .. } => {
            return Some(format!("the component exports `{}`", callable.join("`, `")).into());
        }
        HostError::Module { .. } => {
            "`--host 0.1` runs commands as toolchains for wasip1 make them; `--host 0.2` and `--host 0.3` run components"
        }
        HostError::Link { .. } => "the bundled hosts offer the imports of `wasi:cli` commands, HTTP, and nothing else",
        HostError::NotACommand { .. } => {
            "only a component that exports `wasi:cli/run` can be run; `wasi-shim serve` serves HTTP"
        }
        HostError::NotAService { .. } => {
            "only a component that exports `wasi:http/incoming-handler` or `wasi:http/handler` can be served; \
             `wasi-shim run` runs commands"
        }
        HostError::Listen { .. } => "`--addr 127.0.0.1:0` takes a port that is free",
        _ => return None,
    };
    Some(hint.into())
}
