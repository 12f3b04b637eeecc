//! HTTP services behind real sockets, and a real client of them.

pub mod client;
pub mod origin;
pub mod raw;

use std::collections::HashMap;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use wasi_shim::{Generation, WrapOptions};
use wasi_shim_hosts::serve::{Event, ServeOptions, Server, Service};
use wasi_shim_hosts::{Capture, Output};

use super::{engine, fixture_bytes};

/// The runtime of the tests themselves.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap())
}

/// The forms in which a fixture is served or run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// As it is, on the host of its generation.
    Native,
    /// Wrapped, on the host of the other.
    Wrapped,
    /// The same, and the host may use one instance for request after request.
    Reused,
    /// Wrapped, on the newest stock `wasmtime`: programs alone.
    Newest,
}

/// The generation that a fixture is made for: its name tells.
pub fn generation(fixture: &str) -> Generation {
    if fixture.ends_with("-p3") { Generation::Wasi03 } else { Generation::Wasi02 }
}

/// The generation of the service that `component` is.
pub fn generation_of(component: &[u8]) -> Generation {
    let surface = wasi_shim::Surface::of(component).unwrap();
    if surface.exports.iter().any(|export| export.name.starts_with("wasi:http/handler@")) {
        Generation::Wasi03
    } else {
        Generation::Wasi02
    }
}

pub fn other(generation: Generation) -> Generation {
    match generation {
        Generation::Wasi02 => Generation::Wasi03,
        Generation::Wasi03 => Generation::Wasi02,
    }
}

/// The component, and the generation of the host that it is for.
pub fn component(fixture: &str, form: Form) -> (Vec<u8>, Generation) {
    let native = generation(fixture);
    let bytes = fixture_bytes(fixture);
    if form == Form::Native {
        return (bytes, native);
    }
    let target = other(native);
    let mut options = WrapOptions::default();
    options.to = Some(target);
    options.reuse_instance = form == Form::Reused;
    let wrapped = wasi_shim::wrap(&bytes, &options).unwrap_or_else(|error| panic!("{fixture}: {error}"));
    (wrapped.bytes, target)
}

fn service(fixture: &'static str, form: Form) -> Service {
    static SERVICES: OnceLock<Mutex<HashMap<(&str, Form), Service>>> = OnceLock::new();
    let mut services = SERVICES.get_or_init(Default::default).lock().unwrap_or_else(|error| error.into_inner());
    let service = services.entry((fixture, form)).or_insert_with(|| {
        let (bytes, target) = component(fixture, form);
        let compiled = engine::host(target).compile_service(&bytes);
        compiled.unwrap_or_else(|error| panic!("{fixture}: {error}: {:?}", std::error::Error::source(&error)))
    });
    service.clone()
}

/// A server of one test.
pub struct Running {
    pub address: SocketAddr,
    pub form: Form,
    server: Option<Server>,
    stderr: Capture,
    failures: Arc<Mutex<Vec<String>>>,
    finished: Arc<Mutex<Vec<String>>>,
}

impl Running {
    /// Serves `fixture`, with the reuse of instances that the host chooses by itself.
    pub fn new(fixture: &'static str, form: Form) -> Running {
        Running::with(fixture, form, |_| ())
    }

    pub fn with(fixture: &'static str, form: Form, change: impl FnOnce(&mut ServeOptions)) -> Running {
        Running::serve(service(fixture, form), form, change)
    }

    /// Serves a component that is no fixture on the host of `generation`.
    pub fn of(component: &[u8], generation: Generation) -> Running {
        let compiled = engine::host(generation).compile_service(component);
        let service = compiled.unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error)));
        Running::serve(service, Form::Native, |_| ())
    }

    fn serve(service: Service, form: Form, change: impl FnOnce(&mut ServeOptions)) -> Running {
        let stderr = Capture::new();
        let failures: Arc<Mutex<Vec<String>>> = Arc::default();
        let finished: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut options = ServeOptions::default();
        options.network.http = true;
        let (failed, done) = (failures.clone(), finished.clone());
        options.observer = Arc::new(move |event| match event {
            Event::Failed { report } => failed.lock().unwrap().push(report),
            Event::Finished { method, path, status, .. } => {
                done.lock().unwrap().push(format!("{method} {path} {status:?}"));
            }
            _ => {}
        });
        change(&mut options);
        let output = Output::Capture(stderr.clone());
        let server = service.serve(options, Output::Discard, output).unwrap();
        Running { address: server.address(), form, server: Some(server), stderr, failures, finished }
    }

    /// An address there.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The standard error of instances so far.
    pub fn stderr(&self) -> String {
        String::from_utf8(self.stderr.contents()).unwrap()
    }

    /// Waits until an instance has printed this.
    pub fn prints(&self, text: &str) {
        eventually(&format!("`{text}` on stderr"), || self.stderr().contains(text));
    }

    /// The failures so far.
    pub fn failures(&self) -> Vec<String> {
        self.failures.lock().unwrap().clone()
    }

    /// Requests that are finished: method, path, status.
    pub fn finished(&self) -> Vec<String> {
        self.finished.lock().unwrap().clone()
    }

    /// Shuts down, and asserts that nothing was left that never ends.
    pub fn end(mut self) {
        let finished = self.server.take().unwrap().shutdown(Duration::from_secs(20));
        assert!(finished, "{:?}: something goes on after the last request", self.form);
    }
}

/// A test that fails shows what the server knows of it.
impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{:?} failed: {:#?}\nstderr: {}", self.form, self.failures(), self.stderr());
        }
    }
}

/// Waits, but not for ever.
#[track_caller]
pub fn eventually(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(30), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The answer that `look` has from the fixture natively and in the other forms; they must be equal.
#[track_caller]
pub fn same<T: PartialEq + Debug>(fixture: &'static str, forms: &[Form], look: impl Fn(&Running) -> T) -> T {
    let see = |form| {
        let running = Running::new(fixture, form);
        let seen = look(&running);
        running.end();
        seen
    };
    let native = see(Form::Native);
    for form in forms {
        let seen = see(*form);
        assert!(seen == native, "{form:?} differs\n--- native\n{native:#?}\n--- {form:?}\n{seen:#?}");
    }
    native
}
