//! HTTP services behind real sockets: requests per second, latency and throughput, native against
//! adapted.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use wasi_shim::{Generation, WrapOptions};
use wasi_shim_hosts::serve::{ServeOptions, Server};
use wasi_shim_hosts::{Host, Output};

use crate::measure::*;

const CONNECTIONS: usize = 16;

/// How instances are used, on both hosts.
#[derive(Clone, Copy, PartialEq)]
enum Instances {
    Fresh,
    Reused,
}

/// Prints the table.
pub fn print(choice: &Choice) {
    let client = Builder::new_current_thread().enable_all().build().unwrap();
    let mut table = Table::new(choice, "http", "what");
    for (generation, instances, goal) in [
        (Generation::Wasi02, Instances::Fresh, 0.93),
        (Generation::Wasi02, Instances::Reused, 0.95),
        (Generation::Wasi03, Instances::Fresh, 1.0),
        (Generation::Wasi03, Instances::Reused, 0.9),
    ] {
        hellos(&mut table, &client, generation, instances, goal);
    }
    for (generation, probe, goal) in
        [(Generation::Wasi02, "http-probe", 0.95), (Generation::Wasi03, "http-probe-p3", 1.0)]
    {
        let label = format!("100 MiB of a response, {}", way(generation));
        if table.wants(&label) {
            let servers = Forms::new(|form| server(probe, generation, form, Instances::Fresh));
            let chunks = if choice.is_quick { 16 } else { 1600 };
            let path = format!("/bulk?chunks={chunks}");
            table.rate(&label, " MiB/s", goal, chunks as f64 / 16.0, 9, |form| {
                client.block_on(async {
                    let mut connection = Connection::open(servers.get(form).address()).await;
                    assert_eq!(connection.get(&path).await / (64 << 10), chunks);
                });
            });
        }
    }
}

/// The rows about the smallest service.
fn hellos(table: &mut Table, client: &Runtime, generation: Generation, instances: Instances, goal: f64) {
    let what = match instances {
        Instances::Fresh => "an instance for each",
        Instances::Reused => "instances used again",
    };
    let hello = if generation == Generation::Wasi02 { "http-hello" } else { "http-hello-p3" };
    let rate = format!("hello per second, {}, {what}", way(generation));
    let of_03 = format!("{rate}; native: a service of 0.3");
    if !table.wants(&of_03) {
        return;
    }
    let mut servers = Forms::new(|form| server(hello, generation, form, instances));
    let requests = if table.is_quick() { 10 } else { 250 };
    let hellos = |table: &mut Table, servers: &Forms<Server>, label: &str| {
        table.rate(label, "", goal, (CONNECTIONS * requests) as f64, 9, |form| {
            let address = servers.get(form).address();
            client.block_on(all((0..CONNECTIONS).map(|_| async move {
                let mut connection = Connection::open(address).await;
                for _ in 0..requests {
                    connection.get("/").await;
                }
            })));
        })
    };
    if let Some(costs) = hellos(table, &servers, &rate) {
        let slowest = costs.each(|cost| cost.wall).into_iter().max().unwrap() / (CONNECTIONS * requests) as u32;
        let latencies = latencies(client, &servers, 2 * slowest, table.is_quick());
        let per_second = 0.5 / slowest.as_secs_f64();
        table.costs(&format!("latency of 99 % of them at {per_second:.0} per second"), 1.3, &latencies);
    }
    if generation == Generation::Wasi02 {
        *servers.get_mut(Form::Native) = server("http-hello-p3", Generation::Wasi03, Form::Native, instances);
        hellos(table, &servers, &of_03);
    }
}

fn server(fixture: &str, generation: Generation, form: Form, instances: Instances) -> Server {
    let host = host_of(form, generation);
    let mut wrap = WrapOptions::default();
    wrap.reuse_instance = instances == Instances::Reused && host == Generation::Wasi03;
    let component = adapted(&crate::measure::fixture(fixture), generation, form, wrap);
    let mut options = ServeOptions::default();
    options.max_reuse = Some(if instances == Instances::Reused { 128 } else { 1 });
    let service = Host::new(host).unwrap().compile_service(&component).unwrap();
    service.serve(options, Output::Inherit, Output::Inherit).unwrap()
}

/// How long 99 of 100 requests take at most when one comes each `interval`, counted from when they
/// should have been sent.
fn latencies(client: &Runtime, servers: &Forms<Server>, interval: Duration, is_quick: bool) -> Forms<Cost> {
    let (rounds, requests) = if is_quick { (1, 5) } else { (5, 100) };
    let mut times = Forms::new(|_| Vec::new());
    alternate(rounds, |form| {
        let address = servers.get(form).address();
        let round = client.block_on(async {
            let tasks = (0..CONNECTIONS as u32).map(async |i| {
                let mut connection = Connection::open(address).await;
                let start = Instant::now() + interval * i;
                let mut times = Vec::new();
                for n in 0..requests {
                    let due = start + interval * CONNECTIONS as u32 * n;
                    tokio::time::sleep_until(due.into()).await;
                    connection.get("/").await;
                    times.push(due.elapsed());
                }
                times
            });
            all(tasks).await
        });
        times.get_mut(form).extend(round.into_iter().flatten());
    });
    Forms::new(|form| {
        let times = times.get_mut(form);
        times.sort();
        Cost { wall: times[times.len() * 99 / 100], cpu: None }
    })
}

/// A connection that asks for nothing but what it is to measure.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Connection {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Connection { stream, buffer: vec![0; 256 << 10] }
    }

    /// Asks for `path`, whose response is a success in chunks, and answers how many bytes came
    /// back, about.
    async fn get(&mut self, path: &str) -> usize {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let mut count = 0;
        let mut end = [0; 5];
        while end != *b"0\r\n\r\n" {
            let read = self.stream.read(&mut self.buffer).await.unwrap();
            let bytes = &self.buffer[..read];
            assert!(read > 0, "the connection is closed");
            assert!(count > 0 || bytes.starts_with(b"HTTP/1.1 200 "), "{}", bytes.escape_ascii());
            count += read;
            let keep = read.min(5);
            end.rotate_left(keep);
            end[5 - keep..].copy_from_slice(&bytes[read - keep..]);
        }
        count
    }
}

/// All at once, on this thread.
async fn all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.map(|future| Some(Box::pin(future))).collect();
    let mut done: Vec<Option<T>> = pending.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        for (future, done) in pending.iter_mut().zip(&mut done) {
            if let Some(running) = future
                && let std::task::Poll::Ready(value) = running.as_mut().poll(cx)
            {
                *done = Some(value);
                *future = None;
            }
        }
        if pending.iter().all(Option::is_none) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}
