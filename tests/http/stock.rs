//! The same services under the stock `wasmtime serve`, which is installed on demand: natively and
//! wrapped, what a client sees must be the same, and a long run leaves its memory flat.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::support::http::client::{Answer, Ask, Connection, ask, get, post};
use crate::support::http::{Form, component, raw, runtime};
use crate::support::pattern;
use crate::support::toolchains::{self, Release};

const RELEASES: [Release; 2] = [Release::Bundled, Release::Newest];

/// A running `wasmtime serve`.
struct Stock {
    process: Child,
    address: SocketAddr,
}

impl Stock {
    fn serve(release: Release, fixture: &str, form: Form, options: &[&str]) -> Stock {
        let (bytes, _) = component(fixture, form);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        let mut command = Command::new(toolchains::wasmtime(release));
        // Programs that wait, print and look at the clock: WASI beyond HTTP's own world.
        command.args(["serve", "--addr", "127.0.0.1:0", "-S", "cli"]).args(options).arg(file.path());
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
        let mut said = Vec::new();
        let address = loop {
            let line = lines.next().unwrap_or_else(|| panic!("it does not serve: {said:#?}"));
            if let Some(url) = line.strip_prefix("Serving HTTP on http://") {
                break url.trim_end_matches('/').parse().unwrap();
            }
            said.push(line);
        };
        // It goes on to report there.
        thread::spawn(move || lines.for_each(drop));
        Stock { process, address }
    }

    /// Kilobytes of memory that are its own.
    fn memory(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("a line of memory");
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Stock {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn requests() -> Vec<(&'static str, Ask)> {
    let mut large = get("/headers").header("x-large", vec![b'l'; 30_000]).header("X-Mixed-Case", "Kept As It Is");
    for i in 0..60 {
        large = large.header("x-repeated", format!("{i}"));
    }
    vec![
        ("hello", get("/")),
        ("no such route", get("/nothing/here?a=b")),
        ("no body", get("/empty")),
        ("an unwritten body", get("/unwritten")),
        ("a status", get("/status?code=418")),
        ("head of a method of its own", ask("PURGE", "/headers")),
        ("HEAD", ask("HEAD", "/length?says=100&bytes=100")),
        ("headers", large),
        ("headers of a response", get("/set-headers")),
        ("forbidden headers", get("/forbidden")),
        ("echo", post("/echo", "hello")),
        ("echo of known length", post("/echo", pattern(100_000)).with_length()),
        ("echo of 10 MB", ask("POST", "/echo").pieces(pattern(10 << 20).chunks(70_001).map(<[u8]>::to_vec).collect())),
        ("all read first", post("/sum", pattern(3 << 20))),
        ("an early response", post("/early", "some")),
        ("10 MB", get("/big?bytes=10485760")),
        ("trailers", post("/trailers", pattern(1000)).header("te", "trailers").trailers(&[("x-one", "1")])),
        ("a length", get("/length?says=100&bytes=100")),
        ("work afterwards", get("/late?ms=50")),
        ("printing", get("/print")),
        ("sleeping", get("/sleep?ms=20")),
        ("written first", get("/write-before-set")),
        ("an error", get("/error?code=1")),
        ("a trap", get("/trap-before")),
    ]
}

/// The answers that a client sees to all requests.
fn seen(release: Release, fixture: &str, form: Form, options: &[&str]) -> Vec<(&'static str, Answer)> {
    let stock = Stock::serve(release, fixture, form, options);
    let seen = requests().into_iter().map(|(name, ask)| {
        let mut answer = ask.send(stock.address);
        // Which of these it tells is the host's affair.
        if let Ok(text) = std::str::from_utf8(&answer.body.0)
            && name.contains("head")
        {
            let told = |line: &&str| !line.starts_with("scheme: ") && !line.starts_with("authority: ");
            answer.body.0 = text.lines().filter(told).collect::<Vec<_>>().join("\n").into_bytes();
        }
        (name, answer)
    });
    seen.collect()
}

#[track_caller]
fn same(fixture: &str, form: Form, options: &[&str]) {
    if !toolchains::asked() {
        return;
    }
    for release in RELEASES {
        let native = seen(release, fixture, Form::Native, &[]);
        assert_eq!(native[0].1.status, 200, "natively: {:?}", native[0]);
        for (native, wrapped) in native.iter().zip(seen(release, fixture, form, options)) {
            assert!(
                *native == wrapped,
                "{form:?} differs on {release:?}\n--- native\n{native:#?}\n--- {form:?}\n{wrapped:#?}"
            );
        }
    }
}

#[test]
fn services_of_02() {
    same("http-probe", Form::Wrapped, &[]);
}

/// One instance at a time, for request after request.
#[test]
fn services_of_02_whose_instances_are_used_again() {
    same("http-probe", Form::Reused, &[]);
    same("http-probe", Form::Reused, &["--max-instance-concurrent-reuse-count", "1"]);
}

#[test]
fn services_of_03() {
    same("http-probe-p3", Form::Wrapped, &[]);
}

/// HTTP/1.0, requests sent before the last is answered, and bodies that wait.
#[test]
fn on_the_wire() {
    if !toolchains::asked() {
        return;
    }
    for (fixture, form) in
        [("http-probe", Form::Wrapped), ("http-probe", Form::Reused), ("http-probe-p3", Form::Wrapped)]
    {
        for release in RELEASES {
            let seen = |form| raw::seen(Stock::serve(release, fixture, form, &[]).address);
            assert_eq!(seen(Form::Native), seen(form), "{fixture} {form:?} on {release:?}");
        }
    }
}

/// Sends `count` requests on each of 100 connections: none may fail.
fn load(address: SocketAddr, count: usize) {
    runtime().block_on(async {
        let connections = (0..100).map(|_| {
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await;
                for _ in 0..count {
                    connection.send(&get("/")).await.is(200, b"Hello, WASI!");
                }
            })
        });
        for connection in connections.collect::<Vec<_>>() {
            connection.await.expect("no request fails");
        }
    });
}

#[test]
fn fifty_thousand_requests() {
    if !toolchains::asked() {
        return;
    }
    for (fixture, form) in
        [("http-hello", Form::Wrapped), ("http-hello", Form::Reused), ("http-hello-p3", Form::Wrapped)]
    {
        let stock = Stock::serve(Release::Newest, fixture, form, &[]);
        load(stock.address, 100);
        let before = stock.memory();
        load(stock.address, 400);
        let after = stock.memory();
        println!("{fixture} {form:?}: {before} kB after 10 000 requests, {after} kB after 50 000");
        // 100 bytes more for each request would show.
        assert!(after < before + 4000, "{fixture} {form:?}: {before} kB became {after} kB");
    }
}
