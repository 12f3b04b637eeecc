//! The server that clients talk to: it does what a path says.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Bytes, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use tokio::net::TcpListener;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;
use wasmtime_wasi_http::io::TokioIo;

use super::client::Pieces;
use super::{eventually, runtime};
use crate::support::pattern;

/// The events of requests, each with the request.
type Events = Arc<Mutex<Vec<(Event, String)>>>;

#[derive(PartialEq)]
enum Event {
    /// Of its body a piece has come, and it is not answered yet.
    Begun,
    /// Its answer was not wanted any more.
    Abandoned,
    /// The rest of its answer may go out.
    Released,
}

fn knows(events: &Events, event: Event, path: &str) -> bool {
    events.lock().unwrap().iter().any(|(what, of)| *what == event && of == path)
}

/// A server on a port of its own, as long as this exists.
pub struct Origin {
    address: SocketAddr,
    events: Events,
    task: JoinHandle<()>,
}

impl Origin {
    pub fn new() -> Origin {
        let events = Events::default();
        let log = events.clone();
        let listener = runtime().block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let task = runtime().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let log = log.clone();
                let service = service_fn(move |request| serve(request, log.clone()));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Origin { address, events, task }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Waits until the client of a request to `path` has gone away.
    #[track_caller]
    pub fn is_abandoned(&self, path: &str) {
        eventually(&format!("the end of {path}"), || self.knows(Event::Abandoned, path));
    }

    /// Waits until a request to `/never…` has sent a piece of its body.
    #[track_caller]
    pub fn has_begun(&self, path: &str) {
        eventually(&format!("a piece of {path}"), || self.knows(Event::Begun, path));
    }

    /// Lets the rest of the answer to `/held…` go.
    pub fn release(&self, path: &str) {
        self.events.lock().unwrap().push((Event::Released, path.into()));
    }

    fn knows(&self, event: Event, path: &str) -> bool {
        knows(&self.events, event, path)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Notes that a request is dropped before it is answered whole.
struct Watch {
    path: String,
    log: Events,
    done: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.done {
            self.log.lock().unwrap().push((Event::Abandoned, std::mem::take(&mut self.path)));
        }
    }
}

fn number(path: &str, default: u64) -> u64 {
    path.split_once('=').map_or(default, |(_, number)| number.parse().unwrap())
}

async fn serve(mut request: Request<Incoming>, log: Events) -> Result<Response<Pieces>, Infallible> {
    let path = request.uri().path_and_query().map(|path| path.to_string()).unwrap_or_default();
    let route = request.uri().path().to_string();
    let watch = Watch { path: path.clone(), log, done: false };
    let (body, pieces) = Pieces::open();
    let mut response = Response::new(pieces);
    let headers = response.headers_mut();
    match route.as_str() {
        "/slow-head" => tokio::time::sleep(Duration::from_millis(number(&path, 300))).await,
        "/never" => {
            // Who does not read the request does not see that it is broken off.
            while let Some(frame) = request.frame().await {
                if frame.is_err() {
                    drop(watch);
                    break;
                }
                watch.log.lock().unwrap().push((Event::Begun, path.clone()));
            }
            match std::future::pending::<Infallible>().await {}
        }
        "/status" => *response.status_mut() = (number(&path, 200) as u16).try_into().unwrap(),
        "/trailers" => drop(headers.insert("trailer", "x-one, x-two, x-own".parse().unwrap())),
        "/cut" | "/length" => drop(headers.insert("content-length", "100".parse().unwrap())),
        "/headers" => {
            for (name, value) in [("x-repeated", "one"), ("x-repeated", "two"), ("x-empty", ""), ("server", "origin")] {
                headers.append(name, value.parse().unwrap());
            }
            headers.append("x-bytes", b"\xe4\xf6".as_slice().try_into().unwrap());
            headers.append("x-large", "l".repeat(30_000).parse().unwrap());
        }
        _ => {}
    }
    tokio::spawn(async move {
        let mut watch = watch;
        watch.done = answer(request, &path, &route, &body, &watch.log).await.is_some();
    });
    Ok(response)
}

/// The body of the response; `None` if it was not taken whole.
async fn answer(
    mut request: Request<Incoming>,
    path: &str,
    route: &str,
    body: &Sender<Frame<Bytes>>,
    events: &Events,
) -> Option<()> {
    let text = async |text: String| body.send(Frame::data(text.into())).await.ok();
    match route {
        "/" | "/slow-head" => text("hello from the origin\n".into()).await,
        "/item" => text(format!("item {}\n", number(path, 0))).await,
        // Without reading the request.
        "/early" => {
            text("early\n".into()).await?;
            drop(request.into_body().collect().await);
            Some(())
        }
        "/echo" | "/trailers" => {
            let mut ended = true;
            while let Some(frame) = request.frame().await {
                match frame.map(Frame::into_data) {
                    Ok(Ok(data)) => body.send(Frame::data(data)).await.ok()?,
                    Ok(Err(trailers)) => {
                        let mut trailers = trailers.into_trailers().unwrap();
                        trailers.append("x-own", "origin".parse().unwrap());
                        return body.send(Frame::trailers(trailers)).await.ok();
                    }
                    Err(_) => ended = false,
                }
            }
            ended.then_some(())
        }
        // The request, in words.
        "/show" => {
            let mut lines = vec![format!("{} {path}", request.method())];
            let mut headers: Vec<_> = request.headers().iter().filter(|(name, _)| *name != "host").collect();
            headers.sort_by_key(|(name, _)| name.as_str());
            lines.extend(headers.iter().map(|(name, value)| format!("{name}: {}", value.as_bytes().escape_ascii())));
            lines.push(format!("host: {}", request.headers().contains_key("host")));
            let (mut bytes, mut end) = (0, "end");
            while let Some(frame) = request.frame().await {
                match frame {
                    Ok(frame) => bytes += frame.data_ref().map_or(0, |data| data.len()),
                    Err(_) => end = "cut off",
                }
            }
            lines.push(format!("{bytes} bytes, {end}"));
            text(lines.join("\n") + "\n").await
        }
        "/slow-body" => {
            text("first, ".into()).await?;
            tokio::time::sleep(Duration::from_millis(number(path, 300))).await;
            text("second\n".into()).await
        }
        "/held" => {
            text("first, ".into()).await?;
            while !knows(events, Event::Released, path) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            text("second\n".into()).await
        }
        "/big" => {
            for chunk in pattern(number(path, 1_000_000) as usize).chunks(50_000) {
                body.send(Frame::data(Bytes::copy_from_slice(chunk))).await.ok()?;
            }
            Some(())
        }
        "/length" => body.send(Frame::data(pattern(100).into())).await.ok(),
        // Less than what was said.
        "/cut" => {
            text("part of the body".into()).await?;
            tokio::time::sleep(Duration::from_millis(50)).await;
            Some(())
        }
        _ => text("ok\n".into()).await,
    }
}
