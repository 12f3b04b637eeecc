//! What clients talk to: a server that does what a path says.

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

/// A server on a port of its own, as long as this exists.
pub struct Origin {
    address: SocketAddr,
    /// Requests whose answer was not wanted any more.
    abandoned: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Origin {
    pub fn new() -> Origin {
        let abandoned: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = abandoned.clone();
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
        Origin { address, abandoned, task }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Waits until the client of a request to `path` has gone away.
    #[track_caller]
    pub fn is_abandoned(&self, path: &str) {
        eventually(&format!("the end of {path}"), || self.abandoned.lock().unwrap().iter().any(|gone| gone == path));
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
    log: Arc<Mutex<Vec<String>>>,
    done: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.done {
            self.log.lock().unwrap().push(std::mem::take(&mut self.path));
        }
    }
}

fn number(path: &str, default: u64) -> u64 {
    path.split_once('=').map_or(default, |(_, number)| number.parse().unwrap())
}

async fn serve(mut request: Request<Incoming>, log: Arc<Mutex<Vec<String>>>) -> Result<Response<Pieces>, Infallible> {
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
        watch.done = answer(request, &path, &route, &body).await.is_some();
    });
    Ok(response)
}

/// The body of the response; `None` if it was not taken whole.
async fn answer(mut request: Request<Incoming>, path: &str, route: &str, body: &Sender<Frame<Bytes>>) -> Option<()> {
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
        // What the request was.
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
