//! Instances of a service, and how many requests each of them gets.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::AsyncWrite;
use tokio::sync::{mpsc, watch};
use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Engine, Store, StoreContextMut};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, ProxyPre, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};

use super::{Event, Observer, Phase, ServeOptions};
use crate::HostError;
use crate::state::State;

/// Makes the instances.
pub(super) struct Service {
    pub engine: Engine,
    pub proxy: ProxyPre<State>,
    pub max_reuse: usize,
    pub max_concurrent_reuse: usize,
    pub stdout: Option<Shared>,
    pub stderr: Option<Shared>,
    pub phase: watch::Receiver<Phase>,
    /// Closed when the last instance is gone, for those hold the handler and the handler this.
    pub _alive: mpsc::Sender<()>,
    pub options: ServeOptions,
}

impl Service {
    pub(super) fn state(&self) -> Result<State, HostError> {
        let ServeOptions { env, dirs, network, meter, .. } = &self.options;
        State::of_service(env, dirs, *network, self.stdout.clone(), self.stderr.clone(), meter.clone())
    }
}

impl HandlerState for Service {
    type StoreData = State;
    type WorkerExpiration = Expiration;
    type WorkerState = Policy;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Expiration, Policy>> {
        let mut store = self.state()?.store(&self.engine);
        let proxy = self.proxy.instantiate_async(&mut store).await?;
        Ok(Instance {
            store,
            proxy,
            view: WasiHttpView::http,
            expiration: Expiration::new(&self.options, self.phase.clone()),
            state: Policy {
                max_reuse: self.max_reuse,
                max_concurrent_reuse: self.max_concurrent_reuse,
                request_timeout: self.options.request_timeout,
                observer: self.options.observer.clone(),
            },
        })
    }
}

/// Which requests an instance gets.
pub(super) struct Policy {
    max_reuse: usize,
    max_concurrent_reuse: usize,
    request_timeout: Option<Duration>,
    observer: Observer,
}

impl WorkerState for Policy {
    type StoreData = State;
    type RequestData = ();

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= self.max_reuse {
            ShouldAccept::Never
        } else if concurrent >= self.max_concurrent_reuse {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, State>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        match self.request_timeout {
            Some(timeout) => Box::pin(tokio::time::sleep(timeout)),
            None => Box::pin(std::future::pending()),
        }
    }

    fn drop(&self, store: Store<State>, result: wasmtime::Result<()>) {
        drop(store);
        if let Err(error) = result {
            (self.observer)(Event::Failed { report: format!("{error:?}") });
        }
    }
}

/// When an instance is given up.
pub(super) struct Expiration {
    idle_timeout: Duration,
    request_timeout: Option<Duration>,
    timer: Pin<Box<Sleep>>,
    closing: Pin<Box<dyn Future<Output = ()> + Send + Sync>>,
    closed: Pin<Box<dyn Future<Output = ()> + Send + Sync>>,
    /// The phase as far as the futures have told.
    phase: Phase,
}

impl Expiration {
    fn new(options: &ServeOptions, phase: watch::Receiver<Phase>) -> Expiration {
        let reached = |wanted: Phase| {
            let mut phase = phase.clone();
            Box::pin(async move {
                // A server that is gone is a server that has closed.
                let _ = phase.wait_for(|phase| *phase >= wanted).await;
            })
        };
        Expiration {
            idle_timeout: options.idle_timeout,
            request_timeout: options.request_timeout,
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
            closing: reached(Phase::Closing),
            closed: reached(Phase::Closed),
            phase: Phase::Serving,
        }
    }
}

impl WorkerExpiration for Expiration {
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>, status: WorkerStatus, start: Instant) -> Poll<()> {
        let this = &mut *self;
        if this.phase < Phase::Closing && this.closing.as_mut().poll(cx).is_ready() {
            this.phase = Phase::Closing;
        }
        if this.phase < Phase::Closed && this.closed.as_mut().poll(cx).is_ready() {
            this.phase = Phase::Closed;
        }
        let timeout = match status {
            _ if this.phase == Phase::Closed => return Poll::Ready(()),
            WorkerStatus::Idle if this.phase == Phase::Closing => return Poll::Ready(()),
            WorkerStatus::Idle => this.idle_timeout,
            WorkerStatus::Requests | WorkerStatus::PostReturn => match this.request_timeout {
                Some(timeout) => timeout,
                None => return Poll::Pending,
            },
        };
        let Some(deadline) = start.checked_add(timeout) else { return Poll::Pending };
        if this.timer.deadline() != deadline.into() {
            this.timer.as_mut().reset(deadline.into());
        }
        this.timer.as_mut().poll(cx)
    }
}

/// A stream that all instances print to.
#[derive(Clone)]
pub(super) struct Shared(Arc<dyn StdoutStream + Sync>);

impl Shared {
    pub(super) fn new(stream: Box<dyn StdoutStream + Sync>) -> Shared {
        Shared(stream.into())
    }
}

impl IsTerminal for Shared {
    fn is_terminal(&self) -> bool {
        self.0.is_terminal()
    }
}

impl StdoutStream for Shared {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        self.0.async_stream()
    }

    fn p2_stream(&self) -> Box<dyn wasmtime_wasi::p2::OutputStream> {
        self.0.p2_stream()
    }
}
