//! The state of an instance in the host, behind its imports.

use hyper::{Request, Response};
use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store};
use wasmtime_wasi::cli::StdoutStream;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView, default_hooks,
};

use super::{CommandOptions, Directory, HostError, Meter, Network};

pub(super) struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    requests: Requests,
    table: ResourceTable,
    meter: Meter,
}

impl State {
    /// The state of a command, which is the only instance of its store.
    pub(super) fn of_command(mut options: CommandOptions) -> Result<State, HostError> {
        let meter = std::mem::take(&mut options.meter);
        let (network, max_resources) = (options.network, options.max_resources);
        let mut state = State::new(of_command(options)?, network, meter);
        if let Some(max) = max_resources {
            state.table.set_max_capacity(max);
        }
        Ok(state)
    }

    /// The state of one instance of a service. Without `stdout` or `stderr`, the instance has the
    /// streams of this process.
    pub(super) fn of_service(
        env: &[(String, String)],
        dirs: &[Directory],
        network: Network,
        stdout: Option<impl StdoutStream + 'static>,
        stderr: Option<impl StdoutStream + 'static>,
        meter: Meter,
    ) -> Result<State, HostError> {
        let mut builder = WasiCtxBuilder::new();
        builder.envs(env);
        open(&mut builder, dirs)?;
        allow(&mut builder, network);
        match stdout {
            Some(stream) => builder.stdout(stream),
            None => builder.inherit_stdout(),
        };
        match stderr {
            Some(stream) => builder.stderr(stream),
            None => builder.inherit_stderr(),
        };
        Ok(State::new(builder, network, meter))
    }

    /// Tells the meter the number of handles that the program has left behind.
    pub(super) fn count_handles(store: &mut Store<State>, concurrent: bool) {
        let resources = store.data_mut().table.iter_mut().count();
        let others = if concurrent { store.concurrent_state_table_size() } else { 0 };
        store.data().meter.note_handles(resources + others);
    }

    fn new(mut builder: WasiCtxBuilder, network: Network, meter: Meter) -> State {
        State {
            wasi: builder.build(),
            http: WasiHttpCtx::new(),
            requests: Requests { allowed: network.http },
            table: ResourceTable::new(),
            meter,
        }
    }

    pub(super) fn store(self, engine: &Engine) -> Store<State> {
        let mut store = Store::new(engine, self);
        store.limiter(|state| &mut state.meter);
        store
    }
}

/// The arguments, files, variables and network of a program.
pub(super) fn of_command(options: CommandOptions) -> Result<WasiCtxBuilder, HostError> {
    let mut builder = WasiCtxBuilder::new();
    // Files are faster if they may block this thread. The directories take the setting over, so it
    // comes first.
    builder.allow_blocking_current_thread(true);
    builder.args(&options.args).envs(&options.env);
    open(&mut builder, &options.dirs)?;
    allow(&mut builder, options.network);
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
    Ok(builder)
}

fn open(builder: &mut WasiCtxBuilder, dirs: &[Directory]) -> Result<(), HostError> {
    for Directory { host, guest, read_only } in dirs {
        let permissions = if *read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
        if let Err(error) = builder.preopened_dir(host, guest, permissions) {
            return Err(HostError::Directory { path: host.clone(), source: error.into() });
        }
    }
    Ok(())
}

fn allow(builder: &mut WasiCtxBuilder, network: Network) {
    builder.allow_ip_name_lookup(network.names);
    if network.sockets {
        builder.inherit_network().allow_tcp(true).allow_udp(true);
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.requests }
    }
}

/// The requests that a program sends.
struct Requests {
    allowed: bool,
}

impl WasiHttpHooks for Requests {
    fn send_request(&mut self, request: Request<WasiBody>, options: Option<RequestOptions>, ended: Ended) -> Sent {
        if self.allowed {
            default_hooks().send_request(request, options, ended)
        } else {
            Box::new(std::future::ready(Err(Error::HttpRequestDenied)))
        }
    }
}

/// The end of a response, and whether it was a good one.
type Ended = Box<dyn Future<Output = Result<(), Error>> + Send>;

/// A response, and the end of the request.
type Sent = Box<dyn Future<Output = Result<(Response<WasiBody>, Ended), Error>> + Send>;
