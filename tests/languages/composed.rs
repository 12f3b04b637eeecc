//! A component in Python among components in Rust, as `wac` composes them: what they say to each
//! other natively they say wrapped.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use super::sources::component_in_python;
use crate::support::toolchains::asked;
use crate::support::{Host, Stdin, Stdout, run_on};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId};
use wasi_shim::{Generation, WrapOptions, wrap};

const HERE: &str = "test:graph/here@1.0.0";
const SIDES: [&str; 2] = ["test:graph/left@1.0.0", "test:graph/right@1.0.0"];

/// The leaf in Python, of `generation`: `p2` or `p3`.
fn leaf(generation: &str, wasi: &str, module: &str) -> Vec<u8> {
    let world = format!("../rust/graph-{generation}/wit/graph.wit");
    fs::read(component_in_python(&format!("python-leaf-{generation}"), module, "leaf", (&world, wasi))).unwrap()
}

/// The program calls a node, which calls `leaf` and one in Rust, and `leaf`.
fn composed(generation: &str, leaf: Vec<u8>, run: &str) -> Vec<u8> {
    let rust = |kind: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/graph/{kind}-{generation}.wasm"));
        fs::read(path).unwrap()
    };
    let mut graph = CompositionGraph::new();
    let mut instantiate = |name: &str, bytes: Vec<u8>, args: &[NodeId]| {
        let package = Package::from_bytes(name, None, bytes, graph.types_mut()).unwrap();
        let package = graph.register_package(package).unwrap();
        let instance = graph.instantiate(package);
        for (side, arg) in SIDES.into_iter().zip(args) {
            graph.set_instantiation_argument(instance, side, *arg).unwrap();
        }
        graph.alias_instance_export(instance, if name == "program" { run } else { HERE }).unwrap()
    };
    let python = instantiate("python", leaf, &[]);
    let leaf = instantiate("leaf", rust("leaf"), &[]);
    let node = instantiate("node", rust("node"), &[python, leaf]);
    let program = instantiate("program", rust("program"), &[node, python]);
    graph.export(program, run).unwrap();
    graph.encode(EncodeOptions::default()).unwrap()
}

fn wrapped(bytes: &[u8], to: Generation) -> Vec<u8> {
    let mut options = WrapOptions::default();
    options.to = Some(to);
    wrap(bytes, &options).unwrap_or_else(|error| panic!("for {}: {error}", to.name())).bytes
}

fn printed(dir: &Path, host: Host, bytes: &[u8]) -> Vec<String> {
    crate::support::TIME_LIMIT.store(600, Ordering::Relaxed);
    let path: PathBuf = dir.join("composed.wasm");
    fs::write(&path, bytes).unwrap();
    let outcome = run_on(host, &path, &[], &[], &[], Stdin::Null, Stdout::Pipe);
    assert_eq!(outcome.code, Some(0), "on the host of {}: {}", host.name(), outcome.stderr);
    String::from_utf8(outcome.stdout).unwrap().lines().map(String::from).collect()
}

#[test]
fn python_among_rust() {
    if !asked() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let composed = composed("p2", leaf("p2", "0.2", "leaf"), "wasi:cli/run@0.2.12");
    let native = printed(dir.path(), Host::Only02, &composed);
    let calls =
        |calls: [&str; 3]| calls.map(|call| [format!("begin {call}"), format!("end {call}")]).into_iter().flatten();
    let first = calls(["all", "alr", "ar"]).chain(["(1< 1<) 2<all".to_string()]);
    let second = calls(["bll", "blr", "br"]).chain(["(3<ar 2<alr) 4<bll".to_string()]);
    assert_eq!(native, first.chain(second).collect::<Vec<_>>());
    assert_eq!(printed(dir.path(), Host::Only03, &wrapped(&composed, Generation::Wasi03)), native);
}

/// Python's library uses 0.2, so there is no native host. Calls overlap: who is first is not known.
#[test]
fn python_of_0_3_among_rust() {
    if !asked() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let composed = composed("p3", leaf("p3", "0.3", "leaf03"), "wasi:cli/run@0.3.2");
    for (host, to) in [(Host::Only03, Generation::Wasi03), (Host::Only02, Generation::Wasi02)] {
        let lines = printed(dir.path(), host, &wrapped(&composed, to));
        assert_eq!(lines.len(), 14, "{lines:?}");
        for (round, ways) in lines.chunks(7).zip([["all", "alr", "ar"], ["bll", "blr", "br"]]) {
            let (mut begun, mut ended) = (round[..3].to_vec(), round[3..6].to_vec());
            begun.sort();
            ended.sort();
            assert_eq!(begun, ways.map(|way| format!("begin {way}")), "on {}: {lines:?}", host.name());
            assert_eq!(ended, ways.map(|way| format!("end {way}")), "on {}: {lines:?}", host.name());
            // The numbers of the calls: two of the one in Python, one of the other.
            let words = round[6].split(['(', ')', ' ']).filter_map(|word| word.split_once('<'));
            let mut numbers: Vec<u32> = words.map(|(number, _)| number.parse().unwrap()).collect();
            numbers.sort();
            assert_eq!(numbers, if ways[0] == "all" { [1, 1, 2] } else { [2, 3, 4] }, "on {}: {lines:?}", host.name());
        }
    }
}
