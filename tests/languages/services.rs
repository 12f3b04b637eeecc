//! Services in Python and JavaScript, which bring a whole language runtime along. They are built on
//! demand, as the programs of `languages` are:
//!
//!     WASI_SHIM_TEST_LANGUAGES=1 cargo test --test languages services

use super::sources::{component_in_python, source, wit};
use crate::support::http::client::post;
use crate::support::http::{Running, generation_of, other};
use crate::support::toolchains::{asked, execute, npm, workshop};
use std::fs;
use std::path::Path;
use std::process::Command;
use wasi_shim::WrapOptions;

const COMPONENTIZE_JS: &str = "@bytecodealliance/componentize-js@0.23.0";
const COMPONENTIZE_QJS: &str = "componentize-qjs@0.4.5";

/// Serves the component on both hosts; the answers must be equal, and begin with `expected`.
fn check(service: &Path, expected: &str) {
    let component = fs::read(service).unwrap();
    let native = generation_of(&component);
    let mut answers = Vec::new();
    for target in [native, other(native)] {
        let mut options = WrapOptions::default();
        options.to = Some(target);
        let bytes = match wasi_shim::wrap(&component, &options) {
            Ok(wrapped) => wrapped.bytes,
            Err(wasi_shim::Error::AlreadyForTarget(_)) => component.clone(),
            Err(error) => panic!("for {target:?}: {error}"),
        };
        let running = Running::of(&bytes, target);
        let ask = |path, text: &str| post(path, text).header("x-a", "b").send(running.address);
        answers.push([ask("/some?thing", "first"), ask("/missing", &"some more text ".repeat(2000))]);
        running.end();
    }
    assert_eq!(answers[0], answers[1]);
    let [first, missing] = &answers[0];
    assert_eq!((first.status, missing.status), (200, 404));
    assert_eq!(first.text(), expected);
    assert!(missing.text().ends_with(&"SOME MORE TEXT ".repeat(2000)), "{missing:?}");
}

fn python_service(name: &str, world: &str, generation: &str) {
    let service = component_in_python(&format!("python-{name}"), name, "service", (world, generation));
    check(&service, "Method_Post /some?thing [('x-a', b'b')]\nslept True\nFIRST");
}

#[test]
fn python_service_of_0_2() {
    if asked() {
        python_service("service", "service.wit", "0.2");
    }
}

/// Its libc uses 0.2: each half is adapted once.
#[test]
fn python_service_of_0_3() {
    if asked() {
        python_service("service03", "service-0.3.wit", "0.3");
    }
}

#[test]
fn javascript_service() {
    if !asked() {
        return;
    }
    let dir = workshop("javascript-service");
    let path = npm(&dir, COMPONENTIZE_JS);
    fs::copy(source("javascript/build-service.mjs"), dir.join("build-service.mjs")).unwrap();
    // The engine's `fetch` events are of this version.
    let wit = wit(&dir, "service.wit", "0.2", &|text| text.replace("0.2.12", "0.2.10"));
    execute(
        Command::new("node")
            .arg("build-service.mjs")
            .arg(source("javascript/service.js"))
            .arg(wit)
            .arg("service.wasm")
            .env("PATH", &path)
            .current_dir(&dir),
    );
    check(&dir.join("service.wasm"), "POST /some?thing [[\"x-a\",\"b\"]]\nFIRST");
}

/// The libc of its engine uses 0.2.
#[test]
fn javascript_service_of_0_3() {
    if !asked() {
        return;
    }
    let dir = workshop("javascript-service-0.3");
    let path = npm(&dir, COMPONENTIZE_QJS);
    // The engine that it starts programs with to snapshot them refuses 0.3.2.
    let edit = |text: String| text.replace("0.3.2", "0.3.0");
    let wit = wit(&dir, "service-0.3.wit", "0.3", &edit);
    fs::write(dir.join("service.js"), edit(fs::read_to_string(source("javascript/service03.js")).unwrap())).unwrap();
    execute(
        Command::new("node_modules/.bin/componentize-qjs")
            .arg("--wit")
            .arg(wit)
            .args(["--world", "service", "--js", "service.js", "-o", "service.wasm"])
            .env("PATH", &path)
            .current_dir(&dir),
    );
    check(&dir.join("service.wasm"), "post /some?thing [[\"x-a\",\"b\"]]\nslept true\nFIRST");
}
