//! Hosts that run commands and serve HTTP: wasmtime, configured so that it offers one WASI
//! generation and nothing else.
//!
//! A host that has both generations would hide a missing adaptation. So the 0.2 host switches the
//! async component model off and links only 0.2, and the 0.3 host links only 0.3, with the features
//! that the engine has by default. In everything else they choose what the commands `wasmtime run`
//! and `wasmtime serve` choose.

#[cfg(test)]
mod features;
mod invoke;
mod memory;
#[cfg(feature = "wasmtime36")]
pub mod older;
mod panics;
pub mod serve;
mod state;
mod stdio;
#[cfg(test)]
mod tests;
pub mod wasip1;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

pub use memory::Meter;
use panics::caught;
use state::State;
pub use stdio::{Capture, Input, Output, Pace};
use tokio::runtime::{Builder, Runtime};
use wasmtime::component::{Component, InstancePre, Linker};
pub use wasmtime::{Cache, Config};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{I32Exit, p2, p3};
use wasmtime_wasi_http as http;

use wasi_shim::Generation;

/// The reason why a host could not run a program; a program that runs and fails is an [`Outcome`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The host itself could not be set up.
    #[error("the {} host cannot be set up", .host.name())]
    Setup {
        /// The host.
        host: Generation,
        /// The report of the engine or the operating system.
        source: Cause,
    },
    /// A core module cannot be run as it is.
    #[error("the core module is not a program of WASI 0.1")]
    Module {
        /// The engine's report.
        source: Cause,
    },
    /// The engine, with the features of this host, does not accept the component.
    #[error("the {} host does not accept the component", .host.name())]
    Compile {
        /// The host.
        host: Generation,
        /// The engine's report.
        source: Cause,
    },
    /// The component imports something that this host does not offer; the cause names the import.
    #[error("the component cannot be linked on the {} host", .host.name())]
    Link {
        /// The host.
        host: Generation,
        /// The engine's report.
        source: Cause,
    },
    /// The component has no `wasi:cli/run` of this host's generation.
    #[error("the component is not a command of {}", .host.name())]
    NotACommand {
        /// The host.
        host: Generation,
        /// The engine's report.
        source: Cause,
    },
    /// The component exports no HTTP handler of this host's generation.
    #[error("the component is not an HTTP service of {}", .host.name())]
    NotAService {
        /// The host.
        host: Generation,
        /// The engine's report.
        source: Cause,
    },
    /// A function cannot be called.
    #[error("cannot call `{call}`")]
    Call {
        /// The call as it was written.
        call: String,
        /// The functions that the component exports.
        callable: Vec<String>,
        /// The reason.
        source: Cause,
    },
    /// A server cannot listen on this address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The report of the operating system.
        source: Cause,
    },
    /// A directory for the program cannot be opened.
    #[error("cannot open the directory `{}`", .path.display())]
    Directory {
        /// The directory on the host.
        path: PathBuf,
        /// The report of the operating system.
        source: Cause,
    },
}

/// The report of the engine or the operating system about a failure.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// `run` returned, or the program called `exit`.
    Exit(i32),
    /// The program trapped.
    Trap {
        /// The engine's report with the backtrace of the WebAssembly frames.
        report: String,
    },
}

impl Outcome {
    fn of_error(error: &wasmtime::Error) -> Outcome {
        match error.downcast_ref::<I32Exit>() {
            Some(exit) => Outcome::Exit(exit.0),
            None => Outcome::Trap { report: format!("{error:?}") },
        }
    }

    /// The exit code of a process that ends this way: that of the program, 134 (an abort) for a
    /// trap.
    pub fn code(&self) -> i32 {
        match self {
            Outcome::Exit(code) => *code,
            Outcome::Trap { .. } => 134,
        }
    }
}

/// The rights of a program on the network; none by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Network {
    /// Whether the program may bind to and connect to any address, by TCP and UDP.
    pub sockets: bool,
    /// Whether the program may look up names.
    pub names: bool,
    /// Whether the program may send HTTP requests; else they fail with `HTTP-request-denied`.
    pub http: bool,
}

/// A directory that is open to a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// The path on the host.
    pub host: PathBuf,
    /// The path for the program.
    pub guest: String,
    /// Whether the program may only read the directory and the files in it.
    pub read_only: bool,
}

impl Directory {
    /// A directory for reading and writing.
    pub fn new(host: impl Into<PathBuf>, guest: impl Into<String>) -> Directory {
        Directory { host: host.into(), guest: guest.into(), read_only: false }
    }
}

/// The arguments, files, variables and network of a program.
#[derive(Debug, Default)]
pub struct CommandOptions {
    /// The arguments, beginning with the program's name.
    pub args: Vec<String>,
    /// The environment: these variables and no others.
    pub env: Vec<(String, String)>,
    /// The directories that are open to it.
    pub dirs: Vec<Directory>,
    /// The network.
    pub network: Network,
    /// Standard input.
    pub stdin: Input,
    /// Standard output.
    pub stdout: Output,
    /// Standard error.
    pub stderr: Output,
    /// Measures the memory of the program; the host that predates 0.3 does not support this.
    pub meter: Meter,
    /// How many resources of the host the program may have at the same time, if that is limited:
    /// one more is a trap. The host that predates 0.3 does not limit them.
    pub max_resources: Option<usize>,
}

/// A host that offers one WASI generation.
#[derive(Clone)]
pub struct Host {
    generation: Generation,
    config: Config,
    engine: Engine,
    linker: Arc<Linker<State>>,
    runtime: Arc<Runtime>,
}

/// A component compiled and linked for one host, to be run any number of times.
#[derive(Clone)]
pub struct Program {
    command: Command,
    engine: Engine,
    runtime: Arc<Runtime>,
}

#[derive(Clone)]
enum Command {
    Wasi02(p2::bindings::CommandPre<State>),
    Wasi03(p3::bindings::CommandPre<State>),
}

impl Host {
    /// The host that offers only `generation`.
    ///
    /// # Errors
    ///
    /// [`HostError::Setup`] when the engine does not support this machine or no thread can be
    /// started.
    pub fn new(generation: Generation) -> Result<Host, HostError> {
        Host::with_config(generation, Config::new())
    }

    /// The host that offers only `generation`, on an engine with the settings of `config`: a cache
    /// for compiled code, for example. `generation` decides whether there is the async component
    /// model.
    ///
    /// # Errors
    ///
    /// As [`Host::new`], or when the settings contradict each other.
    pub fn with_config(generation: Generation, mut config: Config) -> Result<Host, HostError> {
        let setup = |source: Cause| HostError::Setup { host: generation, source };
        config.wasm_component_model_async(generation == Generation::Wasi03);
        let engine = Engine::new(&config).map_err(|error| setup(error.into()))?;
        let linker = linker(generation, &engine).map_err(|error| setup(error.into()))?;
        let runtime =
            Builder::new_multi_thread().enable_time().enable_io().build().map_err(|error| setup(error.into()))?;
        Ok(Host { generation, config, engine, linker: Arc::new(linker), runtime: Arc::new(runtime) })
    }

    /// Compiles and links `component`.
    ///
    /// # Errors
    ///
    /// [`HostError`] when the component needs something that this host does not have.
    pub fn compile(&self, component: &[u8]) -> Result<Program, HostError> {
        let host = self.generation;
        let instance = prepare(host, &self.linker, component)?;
        let command = match host {
            Generation::Wasi02 => p2::bindings::CommandPre::new(instance).map(Command::Wasi02),
            Generation::Wasi03 => p3::bindings::CommandPre::new(instance).map(Command::Wasi03),
        };
        let command = command.map_err(|error| HostError::NotACommand { host, source: error.into() })?;
        Ok(Program { command, engine: self.engine.clone(), runtime: self.runtime.clone() })
    }

    /// Compiles and runs `component`.
    ///
    /// # Errors
    ///
    /// As [`Host::compile`] and [`Program::run`].
    pub fn run_command(&self, component: &[u8], options: CommandOptions) -> Result<Outcome, HostError> {
        self.compile(component)?.run(options)
    }
}

fn linker(generation: Generation, engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    match generation {
        Generation::Wasi02 => {
            p2::add_to_linker_async(&mut linker)?;
            http::p2::add_only_http_to_linker_async(&mut linker)?;
        }
        Generation::Wasi03 => {
            p3::add_to_linker(&mut linker)?;
            http::p3::add_to_linker(&mut linker)?;
        }
    }
    Ok(linker)
}

/// Compiles and links `component`.
fn prepare(host: Generation, linker: &Linker<State>, component: &[u8]) -> Result<InstancePre<State>, HostError> {
    let compile = |source: Cause| HostError::Compile { host, source };
    let component = caught(|| Component::from_binary(linker.engine(), component)).map_err(compile)?;
    linker.instantiate_pre(&component).map_err(|error| HostError::Link { host, source: error.into() })
}

impl Program {
    /// Runs the program from a fresh instance to its end.
    ///
    /// # Errors
    ///
    /// [`HostError::Directory`] when the program cannot be given what `options` say.
    pub fn run(&self, options: CommandOptions) -> Result<Outcome, HostError> {
        let mut store = State::of_command(options)?.store(&self.engine);
        let result = self.runtime.block_on(self.command.run(&mut store));
        State::count_handles(&mut store, matches!(self.command, Command::Wasi03(_)));
        Ok(match result {
            Ok(Ok(())) => Outcome::Exit(0),
            Ok(Err(())) => Outcome::Exit(1),
            Err(error) => Outcome::of_error(&error),
        })
    }
}

impl Command {
    async fn run(&self, store: &mut Store<State>) -> wasmtime::Result<Result<(), ()>> {
        match self {
            Command::Wasi02(command) => {
                let command = command.instantiate_async(&mut *store).await?;
                command.wasi_cli_run().call_run(store).await
            }
            Command::Wasi03(command) => {
                let command = command.instantiate_async(&mut *store).await?;
                store.run_concurrent(async |store| command.wasi_cli_run().call_run(store).await).await?
            }
        }
    }
}
