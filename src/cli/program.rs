//! What `run` and `serve` share: the component as the host takes it, and what it is given.

use std::path::PathBuf;

use wasi_shim::harness::{HostError, Network};
use wasi_shim::{Error, Note, Target, WrapOptions};

use super::messages;

/// What a program is given of this machine.
#[derive(clap::Args)]
pub struct Given {
    /// A directory that the program may read and write, and its path for the program [default: the same path]
    #[arg(long = "dir", value_name = "HOST[::GUEST]", value_parser = dir)]
    pub dirs: Vec<(PathBuf, String)>,
    /// A variable of the program's environment; without a value, the one of this process
    #[arg(long = "env", value_name = "NAME[=VALUE]", value_parser = variable)]
    env: Vec<(String, Option<String>)>,
    /// Let the program bind and connect to any address, by TCP and UDP
    #[arg(long)]
    inherit_network: bool,
    /// Let the program look up the addresses of names
    #[arg(long)]
    allow_ip_name_lookup: bool,
}

impl Given {
    /// The network.
    pub fn network(&self) -> Network {
        Network { sockets: self.inherit_network, names: self.allow_ip_name_lookup }
    }

    /// The environment. Variables that this process does not have are left out.
    pub fn env(&self) -> Vec<(String, String)> {
        let value = |(name, value): &(String, Option<String>)| {
            let value = value.clone().or_else(|| std::env::var(name).ok())?;
            Some((name.clone(), value))
        };
        self.env.iter().filter_map(value).collect()
    }
}

fn dir(text: &str) -> Result<(PathBuf, String), String> {
    let (host, guest) = text.split_once("::").unwrap_or((text, text));
    match host.is_empty() || guest.is_empty() {
        true => Err("expected HOST::GUEST".into()),
        false => Ok((host.into(), guest.into())),
    }
}

fn variable(text: &str) -> Result<(String, Option<String>), String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_string())),
        None => (text, None),
    };
    match name.is_empty() {
        true => Err("expected NAME=VALUE".into()),
        false => Ok((name.into(), value)),
    }
}

/// The component as a host of `options.to` can run it.
pub fn fit(component: Vec<u8>, host: Target, mut options: WrapOptions) -> Result<Vec<u8>, Error> {
    options.to = Some(host);
    match wasi_shim::wrap(&component, &options) {
        Ok(wrapped) => {
            messages::remark(format_args!("wrapped, to run on a host that has only {}", host.name()));
            let is_urgent = |note: &&Note| wasi_shim::explain(note.code).is_none_or(|known| known.urgent);
            wrapped.notes.iter().filter(is_urgent).for_each(messages::note);
            Ok(wrapped.bytes)
        }
        Err(Error::AlreadyForTarget(_)) => Ok(component),
        Err(error) => Err(error),
    }
}

/// What the user can do about an error of the host.
pub fn hint(error: &HostError) -> Option<&'static str> {
    match error {
        HostError::Link { .. } => {
            Some("the bundled hosts offer the imports of `wasi:cli` commands, HTTP, and nothing else")
        }
        HostError::NotACommand { .. } => {
            Some("only a component that exports `wasi:cli/run` can be run; `wasi-shim serve` serves HTTP")
        }
        HostError::NotAService { .. } => Some(
            "only a component that exports `wasi:http/incoming-handler` or `wasi:http/handler` can be served; \
             `wasi-shim run` runs commands",
        ),
        HostError::Listen { .. } => Some("`--addr 127.0.0.1:0` takes a port that is free"),
        _ => None,
    }
}
