//! The component on a host that offers it nothing.

use std::fs;
use std::sync::OnceLock;

use wasi_shim::{Error, Generation, Surface, WrapOptions};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use super::tool;
use crate::support::toolchains::asked;
use crate::support::{components, fixture_bytes, shim};

mod bindings {
    wasmtime::component::bindgen!({ path: "component/wit", world: "tool" });
}

use bindings::exports::wasi_shim::tool::operations as wit;
use bindings::{Tool, ToolPre};

/// The compiled component; each call has an instance of its own.
struct Host {
    engine: Engine,
    pre: ToolPre<()>,
}

impl Host {
    /// Compiled once for all tests.
    fn get() -> &'static Host {
        static HOST: OnceLock<Host> = OnceLock::new();
        HOST.get_or_init(|| {
            let engine = Engine::default();
            let component = Component::from_file(&engine, tool()).unwrap();
            let pre = Linker::new(&engine).instantiate_pre(&component).unwrap();
            Host { engine, pre: ToolPre::new(pre).unwrap() }
        })
    }

    fn call<T>(&self, call: impl FnOnce(&wit::Guest, &mut Store<()>) -> wasmtime::Result<T>) -> T {
        let mut store = Store::new(&self.engine, ());
        let tool: Tool = self.pre.instantiate(&mut store).unwrap();
        call(tool.wasi_shim_tool_operations(), &mut store).unwrap()
    }
}

fn to(target: Generation) -> wit::WrapOptions {
    let to = match target {
        Generation::Wasi02 => wit::Generation::Wasi02,
        Generation::Wasi03 => wit::Generation::Wasi03,
    };
    wit::WrapOptions { to: Some(to), wasi_patch: None, reuse_instance: false, async_exports: false, linking: None }
}

/// What a component says and makes is what the library says and makes.
fn same(what: &str, native: Result<wasi_shim::Wrapped, Error>, here: Result<wit::Wrapped, wit::Error>) {
    match (native, here) {
        (Ok(native), Ok(here)) => {
            assert!(native.bytes == here.component, "{what}: other bytes");
            let text = |code: &str, lossy, text: &str| format!("{code} {lossy} {text}");
            let expected = native.notes.iter().map(|note| text(note.code, note.lossy, &note.text));
            let found = here.notes.iter().map(|note| text(&note.code, note.lossy, &note.message));
            assert_eq!(expected.collect::<Vec<_>>(), found.collect::<Vec<_>>(), "{what}");
            assert_eq!(native.linking.is_some(), here.linking.is_some(), "{what}");
        }
        (Err(native), Err(here)) => {
            assert_eq!(native.to_string(), here.message, "{what}");
            assert_eq!(native.hints(), here.hints, "{what}");
            let codes: Vec<&str> = match &native {
                Error::Obstacles(obstacles) => obstacles.iter().map(|obstacle| obstacle.code).collect(),
                _ => Vec::new(),
            };
            assert_eq!(codes, here.obstacles.iter().map(|obstacle| &obstacle.code[..]).collect::<Vec<_>>(), "{what}");
        }
        (native, here) => panic!("{what}: {:?}, {:?}", native.map(drop), here.map(drop)),
    }
}

#[test]
fn it_does_what_the_library_does() {
    if !asked() {
        return;
    }
    let host = Host::get();
    let mut inputs: Vec<(String, Vec<u8>)> =
        components().into_iter().map(|name| (name.clone(), fixture_bytes(&name))).collect();
    inputs.push(("core-wasip1".into(), fixture_bytes("core-wasip1")));
    inputs.push(("no component".into(), b"\0asm\x0d\0\x01\0\xff".to_vec()));
    inputs.push(("nothing".into(), Vec::new()));
    for (name, bytes) in &inputs {
        for target in Generation::ALL {
            let mut options = WrapOptions::default();
            options.to = Some(target);
            let here = host.call(|tool, store| tool.call_wrap(store, bytes, to(target)));
            same(&format!("{name} for {target:?}"), wasi_shim::wrap(bytes, &options), here);
        }
    }

    let [middleware, service] = ["http-middleware-p3", "http-hello"].map(fixture_bytes);
    for pair in [[&middleware[..], &service], [&service, &middleware], [&service, b"no component"]] {
        let here = pair.map(<[u8]>::to_vec);
        let here = host.call(|tool, store| tool.call_compose(store, &here, to(Generation::Wasi02)));
        let mut options = WrapOptions::default();
        options.to = Some(Generation::Wasi02);
        same("a composition", wasi_shim::compose(&pair, &options), here);
    }

    for name in ["hello", "mixed", "blobstore", "two-versions"] {
        let bytes = fixture_bytes(name);
        let native = wasi_shim::inspect::inspect(&bytes).unwrap();
        let here = host.call(|tool, store| tool.call_inspect(store, &bytes)).unwrap();
        let names = |items: &[wit::Item]| items.iter().map(|item| item.name.clone()).collect::<Vec<_>>();
        assert_eq!(native.imports.iter().map(|item| item.name.clone()).collect::<Vec<_>>(), names(&here.imports));
        for (native, here) in native.targets.iter().zip(&here.targets) {
            let (size, obstacles) = (native.size.map(|size| size as u32), native.obstacles.len());
            assert_eq!((size, obstacles), (here.size, here.obstacles.len()), "{name}");
            let codes = |codes: &mut dyn Iterator<Item = &str>| codes.map(String::from).collect::<Vec<_>>();
            assert_eq!(
                codes(&mut native.notes.iter().map(|note| note.code)),
                codes(&mut here.notes.iter().map(|note| &note.code[..])),
                "{name}"
            );
        }
    }

    let checked = |name: &str| {
        let bytes = fixture_bytes(name);
        host.call(|tool, store| tool.call_check(store, &bytes, to(Generation::Wasi03)))
    };
    assert!(checked("hello").unwrap().iter().any(|note| note.code == "W0110" && !note.hint.is_empty()));
    assert!(checked("hello-p3").unwrap().is_empty(), "it fits already");
    assert_eq!(checked("blobstore").unwrap_err().obstacles[0].code, "E0015");

    for what in ["W0110", "e0015", "wasi:io/poll", "wasi:io/poll#poll", "wasi:nothing/here"] {
        let here = host.call(|tool, store| tool.call_explain(store, what));
        assert_eq!(here, wasi_shim::explained(what), "{what}");
    }
}

/// It imports nothing, so that it fits hosts of both generations: it says so of itself, and is
/// copied.
#[test]
fn it_fits_both_generations() {
    if !asked() {
        return;
    }
    let bytes = fs::read(tool()).unwrap();
    assert!(Surface::of(&bytes).unwrap().imports.is_empty());
    let host = Host::get();
    for target in Generation::ALL {
        let here = host.call(|tool, store| tool.call_wrap(store, &bytes, to(target)));
        assert_eq!(here.unwrap_err().kind, wit::ErrorKind::AlreadyForTarget);
        let dir = tempfile::tempdir().unwrap();
        let copy = dir.path().join("copy.wasm");
        let run = shim().args(["wrap", "-q", "--to", target.number(), "-o"]).arg(&copy).arg(tool()).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        assert!(fs::read(copy).unwrap() == bytes);
    }
}
