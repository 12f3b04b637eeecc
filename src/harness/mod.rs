//! Hosts that run commands: wasmtime, configured so that it offers one WASI generation and nothing else.
//!
//! A host that has both generations would hide a missing adaptation. So the 0.2 host switches the async
//! component model off and links only 0.2, and the 0.3 host links only 0.3, with the features that the engine
//! has by default. In everything else they choose what the `wasmtime run` command chooses.

mod memory;
#[cfg(feature = "wasmtime36")]
pub mod older;
mod stdio;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use wasmtime::component::{Component, InstancePre, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView, p2, p3};

pub use memory::Meter;
pub use stdio::{Capture, Input, Output, Pace};

use crate::Target;

/// Why a host could not run a program; a program that runs and fails is an [`Outcome`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The host itself could not be set up.
    #[error("the {} host cannot be set up", .host.name())]
    Setup {
        /// Which host.
        host: Target,
        /// What the engine or the operating system says.
        source: Cause,
    },
    /// The engine, with the features of this host, does not accept the component.
    #[error("the {} host does not accept the component", .host.name())]
    Compile {
        /// Which host.
        host: Target,
        /// What the engine says.
        source: Cause,
    },
    /// The component imports something that this host does not offer; the cause names the import.
    #[error("the component cannot be linked on the {} host", .host.name())]
    Link {
        /// Which host.
        host: Target,
        /// What the engine says.
        source: Cause,
    },
    /// The component has no `wasi:cli/run` of this host's generation.
    #[error("the component is not a command of {}", .host.name())]
    NotACommand {
        /// Which host.
        host: Target,
        /// What the engine says.
        source: Cause,
    },
    /// A directory that the program was to be given cannot be opened.
    #[error("cannot open the directory `{}`", .path.display())]
    Directory {
        /// The directory on the host.
        path: PathBuf,
        /// What the operating system says.
        source: Cause,
    },
}

/// What the engine or the operating system says about a failure.
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
    /// The exit code of a process that ends this way: that of the program, 134 (an abort) for a trap.
    pub fn code(&self) -> i32 {
        match self {
            Outcome::Exit(code) => *code,
            Outcome::Trap { .. } => 134,
        }
    }
}

/// What a program is given.
#[derive(Debug, Default)]
pub struct CommandOptions {
    /// The arguments, beginning with the program's name.
    pub args: Vec<String>,
    /// The environment: these variables and no others.
    pub env: Vec<(String, String)>,
    /// Directories to open for reading and writing: path on the host, path for the program.
    pub dirs: Vec<(PathBuf, String)>,
    /// Standard input.
    pub stdin: Input,
    /// Standard output.
    pub stdout: Output,
    /// Standard error.
    pub stderr: Output,
    /// Learns how much memory the program takes; the host that predates 0.3 does not tell.
    pub meter: Meter,
}

/// A host that offers one WASI generation.
#[derive(Clone)]
pub struct Host {
    generation: Target,
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
    /// [`HostError::Setup`] when the engine does not support this machine or no thread can be started.
    pub fn new(generation: Target) -> Result<Host, HostError> {
        let setup = |source: Cause| HostError::Setup { host: generation, source };
        let mut config = Config::new();
        config.wasm_component_model_async(generation == Target::Wasi03);
        let engine = Engine::new(&config).map_err(|error| setup(error.into()))?;
        let mut linker = Linker::new(&engine);
        match generation {
            Target::Wasi02 => p2::add_to_linker_async(&mut linker),
            Target::Wasi03 => p3::add_to_linker(&mut linker),
        }
        .map_err(|error| setup(error.into()))?;
        let runtime =
            Builder::new_multi_thread().enable_time().enable_io().build().map_err(|error| setup(error.into()))?;
        Ok(Host { generation, engine, linker: Arc::new(linker), runtime: Arc::new(runtime) })
    }

    /// Compiles and links `component`.
    ///
    /// # Errors
    ///
    /// [`HostError`] when the component needs something that this host does not have.
    pub fn compile(&self, component: &[u8]) -> Result<Program, HostError> {
        let host = self.generation;
        let component = Component::from_binary(&self.engine, component)
            .map_err(|error| HostError::Compile { host, source: error.into() })?;
        let instance: InstancePre<State> =
            self.linker.instantiate_pre(&component).map_err(|error| HostError::Link { host, source: error.into() })?;
        let command = match host {
            Target::Wasi02 => p2::bindings::CommandPre::new(instance).map(Command::Wasi02),
            Target::Wasi03 => p3::bindings::CommandPre::new(instance).map(Command::Wasi03),
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

impl Program {
    /// Runs the program from a fresh instance to its end.
    ///
    /// # Errors
    ///
    /// [`HostError::Directory`] when the program cannot be given what `options` say.
    pub fn run(&self, options: CommandOptions) -> Result<Outcome, HostError> {
        let meter = options.meter.clone();
        let state = State { wasi: context(options)?, table: ResourceTable::new(), meter };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.meter);
        let result = self.runtime.block_on(self.command.run(&mut store));
        Ok(match result {
            Ok(Ok(())) => Outcome::Exit(0),
            Ok(Err(())) => Outcome::Exit(1),
            Err(error) => match error.downcast_ref::<I32Exit>() {
                Some(exit) => Outcome::Exit(exit.0),
                None => Outcome::Trap { report: format!("{error:?}") },
            },
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

fn context(options: CommandOptions) -> Result<WasiCtx, HostError> {
    let mut builder = WasiCtxBuilder::new();
    // The program is all that runs: it may block this thread, which makes files faster. Before the directories,
    // which take it over.
    builder.allow_blocking_current_thread(true);
    builder.args(&options.args).envs(&options.env);
    for (path, guest) in options.dirs {
        if let Err(error) = builder.preopened_dir(&path, guest, FsPerms::ReadWrite) {
            return Err(HostError::Directory { path, source: error.into() });
        }
    }
    match options.stdin.stream() {
        Some(stream) => builder.stdin(stream),
        None => builder.inherit_stdin(),
    };
    match options.stdout.stream() {
        Some(stream) => builder.stdout(stream),
        None => builder.inherit_stdout(),
    };
    match options.stderr.stream() {
        Some(stream) => builder.stderr(stream),
        None => builder.inherit_stderr(),
    };
    Ok(builder.build())
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    meter: Meter,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}
