//! Connections and the requests on them.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use wasmtime_wasi_http::WasiBody;
use wasmtime_wasi_http::handler::ProxyHandler;
use wasmtime_wasi_http::io::TokioIo;

use super::worker::Service;
use super::{Event, Observer, Phase};

/// How many connections, and how many requests that have no response yet, there may be at a time.
const MAX_CONCURRENT: usize = 1000;

/// A server that takes connections until it closes.
pub(super) struct Accept {
    pub listener: TcpListener,
    pub handler: ProxyHandler<Service>,
    pub phase: watch::Receiver<Phase>,
    /// Closed when no instance is left.
    pub instances: mpsc::Receiver<()>,
}

impl Accept {
    pub(super) async fn run(self) {
        let Accept { listener, handler, mut phase, mut instances } = self;
        let requests = Arc::new(Semaphore::new(MAX_CONCURRENT));
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                _ = closing(&mut phase) => break,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept(), if connections.len() < MAX_CONCURRENT => match accepted {
                    Ok((stream, _)) => {
                        let connection = Connection {
                            handler: handler.clone(),
                            requests: requests.clone(),
                        };
                        connections.spawn(connection.run(stream, phase.clone()));
                    }
                    // Of one connection, or of too many files: neither is a reason to give up.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                },
            }
        }
        drop((listener, handler));
        while connections.join_next().await.is_some() {}
        while instances.recv().await.is_some() {}
    }
}

async fn closing(phase: &mut watch::Receiver<Phase>) {
    // A server that is gone is a server that has closed.
    let _ = phase.wait_for(|phase| *phase >= Phase::Closing).await;
}

struct Connection {
    handler: ProxyHandler<Service>,
    requests: Arc<Semaphore>,
}

impl Connection {
    async fn run(self, stream: TcpStream, mut phase: watch::Receiver<Phase>) {
        // Small pieces of a body are sent when they are written.
        let _ = stream.set_nodelay(true);
        let service = service_fn(async |request| Ok::<_, Infallible>(self.respond(request).await));
        let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        let result = tokio::select! {
            result = connection.as_mut() => result,
            _ = closing(&mut phase) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        // An error says that the client went away, or sent bytes that are not HTTP.
        drop(result);
    }

    async fn respond(&self, request: Request<Incoming>) -> Response<Observed> {
        let observer = &self.handler.state().options.observer;
        let mut finished = Finished {
            observer: observer.clone(),
            method: request.method().to_string(),
            path: request.uri().path_and_query().map(|path| path.to_string()).unwrap_or_default(),
            status: None,
            start: Instant::now(),
        };
        let request = request.map(|body| body.map_err(|error| error.into()).boxed_unsync());
        let permit = self.requests.acquire().await;
        let response = self.handler.handle((), request).await.unwrap_or_else(|error| {
            observer(Event::Failed { report: format!("{error:?}") });
            failure()
        });
        drop(permit);
        finished.status = Some(response.status().as_u16());
        response.map(|body| Observed { body, _finished: finished })
    }
}

/// The response to a client when the service gives none.
fn failure() -> Response<WasiBody> {
    let text = Full::new(Bytes::from_static(b"500 Internal Server Error\n"));
    let mut response = Response::new(text.map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

/// Tells when it is dropped.
struct Finished {
    observer: Observer,
    method: String,
    path: String,
    status: Option<u16>,
    start: Instant,
}

impl Drop for Finished {
    fn drop(&mut self) {
        (self.observer)(Event::Finished {
            method: std::mem::take(&mut self.method),
            path: std::mem::take(&mut self.path),
            status: self.status,
            duration: self.start.elapsed(),
        });
    }
}

/// A body whose end is noticed.
struct Observed {
    body: WasiBody,
    _finished: Finished,
}

impl Body for Observed {
    type Data = Bytes;
    type Error = wasmtime_wasi_http::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
