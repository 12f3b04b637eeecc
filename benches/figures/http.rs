//! HTTP services behind real sockets: requests per second, latency and throughput, native against wrapped.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use wasi_shim::harness::serve::{ServeOptions, Server};
use wasi_shim::harness::{Host, Output};
use wasi_shim::{Target, WrapOptions};

use crate::measure::*;

const CONNECTIONS: usize = 16;

/// How instances are used, on both hosts.
#[derive(Clone, Copy, PartialEq)]
enum Instances {
    Fresh,
    Reused,
}

/// Prints the tables.
pub fn print(quick: bool) {
    let client = Builder::new_current_thread().enable_all().build().unwrap();
    println!("| what | native | wrapped | wrapped ÷ native | goal |");
    println!("|---|---|---|---|---|");
    for (hello, way, goal) in
        [("http-hello", "0.2 on the host of 0.3", 0.75), ("http-hello-p3", "0.3 on the host of 0.2", 0.9)]
    {
        for (instances, what) in
            [(Instances::Fresh, "an instance for each"), (Instances::Reused, "instances used again")]
        {
            let servers = servers(hello, instances);
            let rates = rates(&client, &servers, quick);
            println!(
                "| hello per second, {way}, {what} | {:.0} | {:.0} | {:.2} | ≥ {goal} |",
                rates.native,
                rates.wrapped,
                rates.wrapped / rates.native
            );
            let half = rates.native.min(rates.wrapped) / 2.0;
            let (native, wrapped) = latencies(&client, &servers, half, quick);
            row(&format!("latency of 99 % of them at {half:.0} per second"), native, wrapped, 1.3);
        }
    }
    for (probe, way) in [("http-probe", "0.2 on the host of 0.3"), ("http-probe-p3", "0.3 on the host of 0.2")] {
        let servers = servers(probe, Instances::Fresh);
        let chunks = if quick { 16 } else { 1600 };
        let path = format!("/bulk?chunks={chunks}");
        let (native, wrapped) = alternate(if quick { 1 } else { 7 }, |side| {
            client.block_on(async {
                let mut connection = Connection::open(servers.get(side).address()).await;
                assert_eq!(connection.get(&path).await / (64 << 10), chunks);
            });
        });
        let rate = |time: Duration| chunks as f64 / 16.0 / time.as_secs_f64();
        println!(
            "| 100 MiB of a response, {way} | {:.0} MiB/s | {:.0} MiB/s | {:.2} | ≥ 0.9 |",
            rate(native),
            rate(wrapped),
            rate(wrapped) / rate(native)
        );
    }
}

fn servers(fixture: &str, instances: Instances) -> Pair<Server> {
    let (native, other) = match fixture.ends_with("-p3") {
        true => (Target::Wasi03, Target::Wasi02),
        false => (Target::Wasi02, Target::Wasi03),
    };
    let bytes = crate::measure::fixture(fixture);
    let mut wrap = WrapOptions::default();
    wrap.to = Some(other);
    wrap.reuse_instance = instances == Instances::Reused && other == Target::Wasi03;
    let wrapped = wasi_shim::wrap(&bytes, &wrap).unwrap_or_else(|error| panic!("{error}")).bytes;
    let serve = |component: &[u8], target| {
        let mut options = ServeOptions::default();
        options.max_reuse = Some(if instances == Instances::Reused { 128 } else { 1 });
        let service = Host::new(target).unwrap().compile_service(component).unwrap();
        service.serve(options, Output::Inherit, Output::Inherit).unwrap()
    };
    Pair { native: serve(&bytes, native), wrapped: serve(&wrapped, other) }
}

/// Requests per second: the median of rounds that alternate.
fn rates(client: &Runtime, servers: &Pair<Server>, quick: bool) -> Pair<f64> {
    let (rounds, requests) = if quick { (1, 10) } else { (9, 250) };
    let (native, wrapped) = alternate(rounds, |side| {
        client.block_on(async {
            let address = servers.get(side).address();
            all((0..CONNECTIONS).map(|_| async move {
                let mut connection = Connection::open(address).await;
                for _ in 0..requests {
                    connection.get("/").await;
                }
            }))
            .await;
        });
    });
    let rate = |time: Duration| (CONNECTIONS * requests) as f64 / time.as_secs_f64();
    Pair { native: rate(native), wrapped: rate(wrapped) }
}

/// How long 99 of 100 requests take at most when so many come per second, counted from when they should have been sent.
fn latencies(client: &Runtime, servers: &Pair<Server>, per_second: f64, quick: bool) -> (Duration, Duration) {
    let (rounds, requests) = if quick { (1, 5) } else { (5, 100) };
    let interval = Duration::from_secs_f64(CONNECTIONS as f64 / per_second);
    let mut times = Pair { native: Vec::new(), wrapped: Vec::new() };
    alternate(rounds, |side| {
        let address = servers.get(side).address();
        let round = client.block_on(async {
            let tasks = (0..CONNECTIONS as u32).map(async |i| {
                let mut connection = Connection::open(address).await;
                let start = Instant::now() + interval * i / CONNECTIONS as u32;
                let mut times = Vec::new();
                for n in 0..requests {
                    let due = start + interval * n;
                    tokio::time::sleep_until(due.into()).await;
                    connection.get("/").await;
                    times.push(due.elapsed());
                }
                times
            });
            all(tasks).await
        });
        match side {
            Side::Native => times.native.extend(round.into_iter().flatten()),
            Side::Wrapped => times.wrapped.extend(round.into_iter().flatten()),
        }
    });
    let p99 = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() * 99 / 100]
    };
    (p99(times.native), p99(times.wrapped))
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

    /// Asks for `path`, whose response is a success in chunks, and answers how many bytes came back, about.
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
