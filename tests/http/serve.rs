//! `wasi-shim serve` as its users see it: a process that says where it listens and ends when it is
//! told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::support::{fixture, shim};

/// A server in a process of its own, stopped at the latest when this goes.
struct Serving {
    child: Child,
    address: SocketAddr,
    stderr: Option<JoinHandle<String>>,
}

impl Serving {
    fn start(fixture_name: &str, args: &[&str]) -> Serving {
        let mut command = shim();
        command.args(["serve", "--allow-http"]).arg(fixture(fixture_name)).args(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = thread::spawn({
            let stderr = child.stderr.take().unwrap();
            move || all(stderr)
        });
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").and_then(|rest| rest.strip_suffix('/'));
        let address = address.unwrap_or_else(|| panic!("`{line}`")).parse().unwrap();
        Serving { child, address, stderr: Some(stderr) }
    }

    /// Asks for `path` on a connection of its own and answers everything that comes back.
    fn get(&self, path: &str) -> String {
        ask(self.address, path)
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it by a signal; exit code and stderr.
    fn end(mut self, name: &str) -> (Option<i32>, String) {
        self.signal(name);
        let code = self.child.wait().unwrap().code();
        (code, self.stderr.take().unwrap().join().unwrap())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn all(mut stderr: ChildStderr) -> String {
    let mut text = String::new();
    stderr.read_to_string(&mut text).unwrap();
    text
}

fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[track_caller]
fn assert_ok(answer: &str, text: &str) {
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains(text), "{answer}");
}

fn fails(args: &[&str]) -> String {
    let Output { status, stdout, stderr } = shim().arg("serve").args(args).output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{stderr}");
    assert!(stdout.is_empty(), "stdout is not empty");
    stderr
}

#[test]
fn natively_on_either_host() {
    for (name, host) in [("http-probe", "0.2"), ("http-probe-p3", "0.3")] {
        let serving = Serving::start(name, &["--host", host]);
        assert_ok(&serving.get("/"), "Hello from the probe");
        assert_eq!(serving.end("INT"), (Some(0), String::new()));
    }
}

#[test]
fn wrapped_when_needed() {
    // The default host is that of 0.3.
    let serving = Serving::start("http-probe", &[]);
    assert_ok(&serving.get("/"), "Hello from the probe");
    let (code, stderr) = serving.end("TERM");
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("note: wrapped, to run on a host that has only WASI 0.3\n"), "{stderr}");
    assert!(!stderr.contains("GET /"), "{stderr}");
}

#[test]
fn verbose_tells_each_request() {
    let serving = Serving::start("http-probe", &["--host", "0.2", "-v"]);
    assert_ok(&serving.get("/count?a=b"), "\r\n1\n");
    assert!(serving.get("/nothing").starts_with("HTTP/1.1 404 "));
    let (_, stderr) = serving.end("INT");
    let lines: Vec<&str> = stderr.lines().collect();
    assert!(lines[0].starts_with("GET /count?a=b 200 ") && lines[0].ends_with(" ms"), "{stderr}");
    assert!(lines[1].starts_with("GET /nothing 404 "), "{stderr}");
    assert_eq!(lines.len(), 2, "{stderr}");
}

#[test]
fn failures_are_told() {
    let serving = Serving::start("http-probe", &["--host", "0.2"]);
    assert!(serving.get("/trap-before").starts_with("HTTP/1.1 500 "));
    let (code, stderr) = serving.end("INT");
    assert_eq!(code, Some(0));
    assert!(stderr.contains("before the response\n") && stderr.contains("error: "), "{stderr}");
}

#[test]
fn a_request_that_is_running_is_finished() {
    for signal in ["INT", "TERM"] {
        let serving = Serving::start("http-probe", &["--host", "0.2"]);
        let address = serving.address;
        let request = thread::spawn(move || ask(address, "/chunks?n=5&delay=100"));
        // The request has begun.
        thread::sleep(Duration::from_millis(200));
        let (code, stderr) = serving.end(signal);
        assert_eq!(code, Some(0), "{stderr}");
        assert_ok(&request.join().unwrap(), "chunk 4\n");
        assert!(TcpStream::connect(address).is_err());
    }
}

#[test]
fn a_second_signal_does_not_wait() {
    let serving = Serving::start("http-probe", &["--host", "0.2"]);
    let address = serving.address;
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /sleep?ms=100000 HTTP/1.1\r\nhost: {address}\r\n\r\n").unwrap();
    thread::sleep(Duration::from_millis(200));
    serving.signal("INT");
    thread::sleep(Duration::from_millis(200));
    let (code, _) = serving.end("INT");
    assert_eq!(code, Some(1));
}

#[test]
fn instances_are_reused_as_asked() {
    let serving = Serving::start("http-probe", &["--host", "0.2", "--max-instance-reuse", "2"]);
    for count in ["1", "2", "1"] {
        assert_ok(&serving.get("/count"), &format!("\r\n{count}\n"));
    }
    let serving = Serving::start("http-probe", &["--reuse-instance"]);
    for count in ["1", "2"] {
        assert_ok(&serving.get("/count"), &format!("\r\n{count}\n"));
    }
    let serving = Serving::start("http-probe-p3", &["--max-instance-reuse", "1"]);
    for _ in 0..2 {
        assert_ok(&serving.get("/count"), "\r\n1\n");
    }
}

#[test]
fn a_request_that_takes_too_long_is_given_up() {
    let serving = Serving::start("http-probe", &["--host", "0.2", "--timeout", "1"]);
    assert!(serving.get("/sleep?ms=60000").starts_with("HTTP/1.1 500 "));
    assert_ok(&serving.get("/"), "Hello");
}

#[test]
fn what_is_no_service_is_refused_with_a_hint() {
    for host in ["0.2", "0.3"] {
        let stderr = fails(&[fixture("std-cli").to_str().unwrap(), "--host", host]);
        assert!(stderr.contains("the component is not an HTTP service of WASI"), "{stderr}");
        assert!(stderr.contains("hint: only a component that exports `wasi:http/incoming-handler`"), "{stderr}");
    }
    let missing = fails(&["does-not-exist.wasm"]);
    assert!(missing.contains("does-not-exist.wasm"), "{missing}");
}

#[test]
fn a_service_is_no_command() {
    let output = shim().args(["run", "--host", "0.2"]).arg(fixture("http-probe")).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("`wasi-shim serve` serves HTTP"), "{stderr}");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let stderr = fails(&[fixture("http-probe").to_str().unwrap(), "--host", "0.2", "--addr", &address]);
    assert!(stderr.contains(&format!("cannot listen on {address}")), "{stderr}");
    assert!(stderr.contains("hint: `--addr 127.0.0.1:0`"), "{stderr}");
}

#[test]
fn a_directory_that_is_missing_is_named() {
    let stderr = fails(&[fixture("http-probe").to_str().unwrap(), "--host", "0.2", "--dir", "/does/not/exist"]);
    assert!(stderr.contains("cannot open the directory `/does/not/exist`"), "{stderr}");
}
