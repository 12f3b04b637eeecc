//! Servers: HTTP services behind a real socket, with the policies of `wasmtime serve`.
//!
//! Instances are handed requests by the same code as there ([`ProxyHandler`]): on the 0.2 host each
//! request gets a fresh instance, on the 0.3 host an instance gets up to 128 requests, up to 16 of
//! them at once.

mod connection;
mod worker;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use connection::Accept;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};
use wasmtime_wasi_http::handler::{ProxyHandler, ProxyPre};
use wasmtime_wasi_http::{p2, p3};
use worker::{Service as Worker, Shared};

use super::state::State;
use super::{Directory, Host, HostError, Meter, Network, Output, linker, prepare};
use wasi_shim::Generation;

/// How a server treats requests and instances, and the files, variables and network of the
/// instances.
#[derive(Clone)]
pub struct ServeOptions {
    /// The address to listen on; port 0 takes a free port.
    pub address: SocketAddr,
    /// The most requests for one instance, in all. `None`: as many as from `wasmtime serve`.
    pub max_reuse: Option<usize>,
    /// How many requests one instance gets at most at the same time; more than one only on the 0.3
    /// host. `None`: as many as `wasmtime serve` gives it.
    pub max_concurrent_reuse: Option<usize>,
    /// The time for which an instance without a request is kept.
    pub idle_timeout: Duration,
    /// How long a request may wait for its response, and an instance go on after its last response.
    /// A guest that computes without end is not interrupted.
    pub request_timeout: Option<Duration>,
    /// The environment: these variables and no others.
    pub env: Vec<(String, String)>,
    /// The directories that are open to the service.
    pub dirs: Vec<Directory>,
    /// The network, apart from the requests that the service gets.
    pub network: Network,
    /// Measures the memory of all instances together.
    pub meter: Meter,
    /// Gets events about requests and failures.
    pub observer: Observer,
}

impl Default for ServeOptions {
    fn default() -> ServeOptions {
        ServeOptions {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            max_reuse: None,
            max_concurrent_reuse: None,
            idle_timeout: Duration::from_secs(1),
            request_timeout: None,
            env: Vec::new(),
            dirs: Vec::new(),
            network: Network::default(),
            meter: Meter::new(),
            observer: Arc::new(|_| ()),
        }
    }
}

/// Called for each event, by any thread.
pub type Observer = Arc<dyn Fn(Event) + Send + Sync>;

/// The events of a server.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The response is sent, or the client is gone.
    Finished {
        /// The method of the request.
        method: String,
        /// Path and query of the request.
        path: String,
        /// The status of the response, if the client waited for it.
        status: Option<u16>,
        /// From the head of the request to the end of the response's body.
        duration: Duration,
    },
    /// An instance gave no response, or ended by a trap.
    Failed {
        /// The engine's report.
        report: String,
    },
}

/// A component compiled and linked for one host, to be served any number of times.
#[derive(Clone)]
pub struct Service {
    generation: Generation,
    engine: Engine,
    proxy: Proxy,
    runtime: Arc<Runtime>,
}

#[derive(Clone)]
enum Proxy {
    Wasi02(p2::bindings::ProxyPre<State>),
    Wasi03(p3::bindings::ServicePre<State>),
}

impl Host {
    /// Compiles and links `component`, which exports an HTTP handler.
    ///
    /// # Errors
    ///
    /// [`HostError`] when the component needs something that this host does not have, or has no
    /// handler.
    pub fn compile_service(&self, component: &[u8]) -> Result<Service, HostError> {
        let host = self.generation;
        let engine = pooling_engine(&self.config).map_err(|error| HostError::Setup { host, source: error.into() })?;
        let linker = linker(host, &engine).map_err(|error| HostError::Setup { host, source: error.into() })?;
        let instance = prepare(host, &linker, component)?;
        let proxy = match host {
            Generation::Wasi02 => p2::bindings::ProxyPre::new(instance).map(Proxy::Wasi02),
            Generation::Wasi03 => p3::bindings::ServicePre::new(instance).map(Proxy::Wasi03),
        };
        let proxy = proxy.map_err(|error| HostError::NotAService { host, source: error.into() })?;
        Ok(Service { generation: host, engine, proxy, runtime: self.runtime.clone() })
    }
}

/// Instances come from a pool where the machine has the address space for one. Like that of
/// `wasmtime serve`, but with room for more core instances: a component has several, a wrapped one
/// about ten, and there 1000 are the limit for all.
pub(super) fn pooling_engine(config: &Config) -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(16_000);
    let mut pooling = config.clone();
    pooling.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&pooling).or_else(|_| Engine::new(config))
}

impl Service {
    /// Listens, and serves until the server is shut down or dropped. What instances print goes to
    /// `stdout` and `stderr`.
    ///
    /// # Errors
    ///
    /// [`HostError::Listen`] when the address cannot be listened on, [`HostError::Directory`] when
    /// the instances cannot be given what `options` say.
    pub fn serve(&self, options: ServeOptions, stdout: Output, stderr: Output) -> Result<Server, HostError> {
        let listen = |error: std::io::Error| HostError::Listen { address: options.address, source: error.into() };
        let (phase, phases) = watch::channel(Phase::Serving);
        let (alive, ended) = mpsc::channel(1);
        let (proxy, reuse, concurrent) = match &self.proxy {
            Proxy::Wasi02(pre) => (ProxyPre::P2(pre.clone()), 1, 1),
            Proxy::Wasi03(pre) => (ProxyPre::P3(pre.clone()), 128, options.max_concurrent_reuse.unwrap_or(16)),
        };
        let worker = Worker {
            engine: self.engine.clone(),
            proxy,
            max_reuse: options.max_reuse.unwrap_or(reuse),
            max_concurrent_reuse: concurrent,
            stdout: stdout.stream().map(Shared::new),
            stderr: stderr.stream().map(Shared::new),
            phase: phases.clone(),
            _alive: alive,
            options: options.clone(),
        };
        worker.state()?;

        let listener = std::net::TcpListener::bind(options.address).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let _guard = self.runtime.enter();
        let listener = TcpListener::from_std(listener).map_err(listen)?;
        let accept = Accept { listener, handler: ProxyHandler::new(worker), phase: phases, instances: ended };
        let task = self.runtime.spawn(accept.run());
        Ok(Server { address, phase, task: Some(task), runtime: self.runtime.clone() })
    }

    /// The generation of the host.
    pub fn generation(&self) -> Generation {
        self.generation
    }
}

/// The phase of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serving,
    /// No new connections and requests; those that are there finish.
    Closing,
    /// Nobody waits any longer.
    Closed,
}

/// A running server. Dropping it closes all connections at once.
pub struct Server {
    address: SocketAddr,
    phase: watch::Sender<Phase>,
    task: Option<JoinHandle<()>>,
    runtime: Arc<Runtime>,
}

impl Server {
    /// The address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, and answers whether those that were running finished within `wait`,
    /// and the work that instances do after their responses. What is not finished then is dropped.
    pub fn shutdown(mut self, wait: Duration) -> bool {
        self.phase.send_replace(Phase::Closing);
        let Some(mut task) = self.task.take() else { return true };
        let finished = self.runtime.block_on(async { tokio::time::timeout(wait, &mut task).await.is_ok() });
        if !finished {
            task.abort();
        }
        finished
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.phase.send_replace(Phase::Closed);
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Requests of the user to end the process: SIGINT, and SIGTERM where there is such a thing. As
/// long as this exists, they do not end it.
pub struct Interrupt {
    runtime: Arc<Runtime>,
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
    #[cfg(windows)]
    signal: tokio::signal::windows::CtrlC,
}

impl Interrupt {
    /// Catches them from now on.
    ///
    /// # Errors
    ///
    /// [`HostError::Setup`] when the operating system does not let this process.
    pub fn catch(host: &Host) -> Result<Interrupt, HostError> {
        let setup = |error: std::io::Error| HostError::Setup { host: host.generation, source: error.into() };
        let _guard = host.runtime.enter();
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let signals =
                [signal(SignalKind::interrupt()).map_err(setup)?, signal(SignalKind::terminate()).map_err(setup)?];
            Ok(Interrupt { runtime: host.runtime.clone(), signals })
        }
        #[cfg(windows)]
        {
            let signal = tokio::signal::windows::ctrl_c().map_err(setup)?;
            Ok(Interrupt { runtime: host.runtime.clone(), signal })
        }
    }

    /// Waits for the next one.
    pub fn wait(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate] = &mut self.signals;
            self.runtime.block_on(async {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            });
        }
        #[cfg(windows)]
        self.runtime.block_on(self.signal.recv());
    }
}
