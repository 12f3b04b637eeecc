//! A host of WASI 0.2 that knows nothing of 0.3: the long-term support release of wasmtime that
//! came before it. Its engine has never heard of the async component model, nor its validation of
//! what that allows.

use std::sync::Arc;

use wasmtime_wasi::cli::{IsTerminal, StdinStream, StdoutStream};
use wasmtime_wasi36::cli::{InputFile, OutputFile};
use wasmtime_wasi36::p2::bindings::sync::CommandPre;
use wasmtime_wasi36::p2::pipe::MemoryInputPipe;
use wasmtime_wasi36::{DirPerms, FilePerms, I32Exit, ResourceTable, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime36::component::{Component, Linker};
use wasmtime36::{Engine, Store};

use super::{CommandOptions, Directory, HostError, Input, Outcome, Output};
use wasi_shim::Generation;
pub use {wasmtime_wasi36, wasmtime36};

const HOST: Generation = Generation::Wasi02;

/// The host; as [`super::Host`].
#[derive(Clone)]
pub struct Host {
    engine: Engine,
    linker: Arc<Linker<State>>,
}

/// A component compiled and linked for it, to be run any number of times.
#[derive(Clone)]
pub struct Program {
    command: CommandPre<State>,
    engine: Engine,
}

impl Host {
    /// The host.
    ///
    /// # Errors
    ///
    /// [`HostError::Setup`] when the engine does not support this machine.
    pub fn new() -> Result<Host, HostError> {
        let engine = Engine::default();
        let mut linker = Linker::new(&engine);
        wasmtime_wasi36::p2::add_to_linker_sync(&mut linker)
            .map_err(|error| HostError::Setup { host: HOST, source: error.into() })?;
        Ok(Host { engine, linker: Arc::new(linker) })
    }

    /// Compiles and links `component`.
    ///
    /// # Errors
    ///
    /// [`HostError`] when the component needs something that this host does not have.
    pub fn compile(&self, component: &[u8]) -> Result<Program, HostError> {
        let component = Component::from_binary(&self.engine, component)
            .map_err(|error| HostError::Compile { host: HOST, source: error.into() })?;
        let instance = self
            .linker
            .instantiate_pre(&component)
            .map_err(|error| HostError::Link { host: HOST, source: error.into() })?;
        let command =
            CommandPre::new(instance).map_err(|error| HostError::NotACommand { host: HOST, source: error.into() })?;
        Ok(Program { command, engine: self.engine.clone() })
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
        let state = State { wasi: context(options)?, table: ResourceTable::new() };
        let mut store = Store::new(&self.engine, state);
        let result =
            (self.command.instantiate(&mut store)).and_then(|command| command.wasi_cli_run().call_run(&mut store));
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

fn context(options: CommandOptions) -> Result<WasiCtx, HostError> {
    let mut builder = WasiCtxBuilder::new();
    builder.allow_blocking_current_thread(true);
    builder.args(&options.args).envs(&options.env);
    for Directory { host, guest, read_only } in options.dirs {
        let (dir, file) =
            if read_only { (DirPerms::READ, FilePerms::READ) } else { (DirPerms::all(), FilePerms::all()) };
        if let Err(error) = builder.preopened_dir(&host, guest, dir, file) {
            return Err(HostError::Directory { path: host, source: error.into() });
        }
    }
    builder.allow_ip_name_lookup(options.network.names);
    if options.network.sockets {
        builder.inherit_network();
    }
    match options.stdin {
        Input::Bytes(bytes) => builder.stdin(MemoryInputPipe::new(bytes)),
        Input::File(file) => builder.stdin(InputFile::new(file)),
        other => match other.stream() {
            Some(stream) => builder.stdin(Stream(stream)),
            None => builder.inherit_stdin(),
        },
    };
    match options.stdout {
        Output::File(file) => builder.stdout(OutputFile::new(file)),
        other => match other.stream() {
            Some(stream) => builder.stdout(Stream(stream)),
            None => builder.inherit_stdout(),
        },
    };
    match options.stderr {
        Output::File(file) => builder.stderr(OutputFile::new(file)),
        other => match other.stream() {
            Some(stream) => builder.stderr(Stream(stream)),
            None => builder.inherit_stderr(),
        },
    };
    Ok(builder.build())
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// A standard stream of the other hosts, for those that this engine does not have itself.
struct Stream<T>(T);

impl<T: IsTerminal> wasmtime_wasi36::cli::IsTerminal for Stream<T> {
    fn is_terminal(&self) -> bool {
        self.0.is_terminal()
    }
}

impl<T: StdinStream> wasmtime_wasi36::cli::StdinStream for Stream<T> {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncRead + Send + Sync> {
        self.0.async_stream()
    }
}

impl<T: StdoutStream> wasmtime_wasi36::cli::StdoutStream for Stream<T> {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        self.0.async_stream()
    }
}
