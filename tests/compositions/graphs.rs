//! Graphs of components, as `wac` and `wasm-tools compose` make them: what a leaf is asked goes
//! down through the nodes, and what it says comes back. In what the program prints one sees which
//! instance was called how often. Natively and adapted, of both generations.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::{Host, Run, Stdin, Stdout, in_process};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions};
use wasi_shim::{Generation, WrapOptions, wrap};
use wasmparser::Validator;

const HERE: &str = "test:graph/here@1.0.0";
const LEFT: &str = "test:graph/left@1.0.0";
const RIGHT: &str = "test:graph/right@1.0.0";

/// An instance in a graph; numbers are those of instances before it.
enum Node<'n> {
    Leaf,
    /// Lets two calls wait for each other. Only of 0.3.
    Mailbox,
    /// Calls both of these.
    Between(usize, usize),
    /// A composition, which exports under this name; it has imports `left` and `right` if these are
    /// given.
    Composed(&'n [u8], &'n str, Option<(usize, usize)>),
    /// The command.
    Program(usize, usize),
}

impl<'n> Node<'n> {
    /// Name, component, the name that it exports under, and what it imports, of the node at `at`.
    fn described(&self, generation: &str, at: usize) -> (String, Vec<u8>, &'n str, Option<(usize, usize)>) {
        let (name, export, args) = match self {
            Node::Leaf => ("leaf", HERE, None),
            Node::Mailbox => ("mailbox", HERE, None),
            Node::Between(left, right) => ("node", HERE, Some((*left, *right))),
            Node::Program(left, right) => ("program", "", Some((*left, *right))),
            Node::Composed(bytes, export, args) => return (format!("composed{at}"), bytes.to_vec(), *export, *args),
        };
        (name.to_string(), fixture(name, generation), export, args)
    }
}

fn fixture(kind: &str, generation: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/graph/{kind}-{generation}.wasm"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Makes the graph of these nodes, which exports of the last one what is named `from`, as `to`.
fn graph(generation: &str, nodes: &[Node<'_>], from: &str, to: &str, define_components: bool) -> Vec<u8> {
    let mut graph = CompositionGraph::new();
    let mut packages = BTreeMap::new();
    let mut instances = Vec::new();
    for node in nodes {
        let (name, bytes, export, args) = node.described(generation, instances.len());
        let package = *packages.entry(name.clone()).or_insert_with(|| {
            let package = Package::from_bytes(&name, None, bytes, graph.types_mut()).unwrap();
            graph.register_package(package).unwrap()
        });
        let instance = graph.instantiate(package);
        for (import, from) in args.into_iter().flat_map(|(left, right)| [(LEFT, left), (RIGHT, right)]) {
            let (from, export) = instances[from];
            let export = graph.alias_instance_export(from, export).unwrap();
            graph.set_instantiation_argument(instance, import, export).unwrap();
        }
        instances.push((instance, export));
    }
    let export = graph.alias_instance_export(instances.last().unwrap().0, from).unwrap();
    graph.export(export, to).unwrap();
    graph.encode(EncodeOptions { define_components, ..EncodeOptions::default() }).unwrap()
}

/// The same, as `wasm-tools compose` makes it; it exports everything of the last one.
fn graph_of_compose(generation: &str, nodes: &[Node<'_>]) -> Vec<u8> {
    use wasm_compose::graph::{Component, CompositionGraph, EncodeOptions};
    let mut validator = Validator::new();
    let mut graph = CompositionGraph::new();
    let mut components = BTreeMap::new();
    let mut instances = Vec::new();
    for node in nodes {
        let (name, bytes, export, args) = node.described(generation, instances.len());
        let component = *components.entry(name.clone()).or_insert_with(|| {
            graph.add_component(Component::from_bytes(&mut validator, name, bytes).unwrap()).unwrap()
        });
        let instance = graph.instantiate(component).unwrap();
        for (import, from) in args.into_iter().flat_map(|(left, right)| [(LEFT, left), (RIGHT, right)]) {
            let (from, component, export): (_, _, &str) = instances[from];
            let component = graph.get_component(component).unwrap();
            let (export, ..) = component.export_by_name(export).unwrap();
            let (_, user) = graph.get_component_of_instance(instance).unwrap();
            let (import, _) = user.import_by_name(import).unwrap();
            graph.connect(from, Some(export), instance, import).unwrap();
        }
        instances.push((instance, component, export));
    }
    let export = instances.last().map(|(instance, ..)| *instance);
    graph.encode(EncodeOptions { define_components: true, export, validate: true }).unwrap()
}

/// The form of a text about calls that overlap, whose order is not known, and the numbers of calls
/// that the leaves tell.
fn without_order(said: &str) -> (String, Vec<u32>) {
    let mut numbers = Vec::new();
    let words = said.split_inclusive([' ', ')', '(']).map(|word| {
        let text = word.trim_end_matches([' ', ')', '(']);
        let Some((number, _)) = text.split_once('<') else { return word.to_string() };
        numbers.push(number.parse().unwrap());
        word.replace(text, "_")
    });
    let form = words.collect();
    numbers.sort();
    (form, numbers)
}

/// Runs a program of `generation` natively and adapted; it says `said`, and its leaves what calls
/// they saw: `asked` in each round.
#[track_caller]
fn program(generation: &str, nodes: &[Node<'_>], said: [&str; 2], asked: &[&str]) {
    let (run, target, hosts) = match generation {
        "p2" => ("wasi:cli/run@0.2.12", Generation::Wasi03, [Host::Only02, Host::Only03]),
        _ => ("wasi:cli/run@0.3.2", Generation::Wasi02, [Host::Only03, Host::Only02]),
    };
    for composed in [graph(generation, nodes, run, run, true), graph_of_compose(generation, nodes)] {
        compare(generation, composed, target, hosts, said, asked);
    }
}

/// The same of a composition.
#[track_caller]
fn compare(generation: &str, composed: Vec<u8>, target: Generation, hosts: [Host; 2], said: [&str; 2], asked: &[&str]) {
    let mut options = WrapOptions::default();
    options.to = Some(target);
    let adapted = wrap(&composed, &options).unwrap_or_else(|error| panic!("{error}")).bytes;
    let dir = tempfile::tempdir().unwrap();
    for (host, bytes) in hosts.into_iter().zip([composed, adapted]) {
        let path = dir.path().join(format!("{}.wasm", host.name()));
        fs::write(&path, bytes).unwrap();
        let run = Run { dirs: &[], env: &[], args: &[], stdin: Stdin::Null, stdout: Stdout::Pipe, network: false };
        let outcome = in_process::run_on(host, &path, run, in_process::input(Stdin::Null).unwrap(), |_| {});
        assert_eq!(outcome.code, Some(0), "on {}: {}", host.name(), outcome.stderr);
        let stdout = String::from_utf8(outcome.stdout).unwrap();
        let mut lines = stdout.lines();
        for (round, said) in ["a", "b"].into_iter().zip(said) {
            let mut seen = Vec::new();
            let result = loop {
                match lines.next().unwrap_or_else(|| panic!("on {}: {stdout}", host.name())) {
                    line if line.starts_with("begin ") || line.starts_with("end ") => seen.push(line.to_string()),
                    line => break line,
                }
            };
            let order = |text| if generation == "p2" { (String::from(text), Vec::new()) } else { without_order(text) };
            assert_eq!(order(result), order(said), "on {}:\n{stdout}", host.name());
            let calls = asked.iter().map(|way| format!("{round}{way}"));
            let calls = calls.map(|call| [format!("begin {call}"), format!("end {call}")]);
            if generation == "p2" {
                // One after the other.
                assert_eq!(seen, calls.flatten().collect::<Vec<_>>(), "on {}:\n{stdout}", host.name());
            } else {
                // All begin before one ends.
                let sorted = |lines: Vec<String>| -> Vec<String> { BTreeSet::from_iter(lines).into_iter().collect() };
                let (begins, ends): (Vec<_>, Vec<_>) = calls.map(|[begin, end]| (begin, end)).unzip();
                let last = seen.split_off(begins.len().min(seen.len()));
                assert_eq!([sorted(seen), sorted(last)], [begins, ends].map(sorted), "on {}:\n{stdout}", host.name());
            }
        }
        assert_eq!(lines.next(), None, "on {}:\n{stdout}", host.name());
    }
}

#[track_caller]
fn both(nodes: &[Node<'_>], said: [&str; 2], asked: &[&str]) {
    for generation in ["p2", "p3"] {
        program(generation, nodes, said, asked);
    }
}

use Node::{Composed, Leaf, Mailbox, Program};

#[test]
fn one_leaf_under_two_names() {
    both(&[Leaf, Program(0, 0)], ["1< 2<al", "3<ar 4<bl"], &["l", "r"]);
}

/// The same component twice: each instance has a state of its own.
#[test]
fn each_instance_has_a_state_of_its_own() {
    both(&[Leaf, Leaf, Program(0, 1)], ["1< 1<", "2<al 2<ar"], &["l", "r"]);
}

#[test]
fn a_chain() {
    let nodes = [Leaf, Leaf, Node::Between(0, 1), Node::Between(2, 1), Program(3, 0)];
    both(&nodes, ["((1< 1<) 2<allr) 2<alll", "((3<ar 3<alr) 4<bllr) 4<blll"], &["lll", "llr", "lr", "r"]);
}

#[test]
fn a_diamond() {
    let nodes = [Leaf, Leaf, Node::Between(0, 1), Node::Between(0, 1), Program(2, 3)];
    both(&nodes, ["(1< 1<) (2<all 2<alr)", "(3<arl 3<arr) (4<bll 4<blr)"], &["ll", "lr", "rl", "rr"]);
}

/// Three nodes share one leaf: what one of them says another hears.
#[test]
fn what_one_says_the_others_hear() {
    let nodes = [Leaf, Node::Between(0, 0), Node::Between(0, 0), Node::Between(1, 2), Program(3, 0)];
    both(
        &nodes,
        ["((1< 2<alll) (3<allr 4<alrl)) 5<alrr", "((6<ar 7<blll) (8<bllr 9<blrl)) 10<blrr"],
        &["lll", "llr", "lrl", "lrr", "r"],
    );
}

/// A call waits in a third component until another component calls that: nobody is held up
/// meanwhile.
#[test]
fn calls_wait_for_each_other() {
    let nodes = [Mailbox, Program(0, 0)];
    program("p3", &nodes, ["al meets ar ar meets al", "bl meets br br meets bl"], &[]);
    let nodes = [Mailbox, Leaf, Node::Between(0, 1), Node::Between(1, 0), Program(2, 3)];
    program(
        "p3",
        &nodes,
        ["(all meets arr 1<) (2<alr arr meets all)", "(bll meets brr 3<arl) (4<blr brr meets bll)"],
        &["lr", "rl"],
    );
}

/// Nodes instantiated twice on different leaves.
#[test]
fn one_node_on_different_leaves() {
    let nodes = [Leaf, Leaf, Node::Between(0, 0), Node::Between(1, 1), Program(2, 3)];
    both(&nodes, ["(1< 2<all) (1< 2<arl)", "(3<alr 4<bll) (3<arr 4<brl)"], &["ll", "lr", "rl", "rr"]);
}

/// A composition is a component of another one, which instantiates it twice, and exports under
/// another name.
#[test]
fn a_composition_in_a_composition() {
    for generation in ["p2", "p3"] {
        let inner = graph(generation, &[Leaf, Node::Between(0, 0)], HERE, "test:other/name@2.0.0", true);
        let inner = Composed(&inner, "test:other/name@2.0.0", None);
        let Composed(bytes, name, _) = inner else { unreachable!() };
        let nodes = [inner, Composed(bytes, name, None), Leaf, Node::Between(0, 1), Program(3, 2)];
        program(
            generation,
            &nodes,
            ["((1< 2<alll) (1< 2<alrl)) 1<", "((3<allr 4<blll) (3<alrr 4<blrl)) 2<ar"],
            &["lll", "llr", "lrl", "lrr", "r"],
        );
    }
}

/// A composition that takes from the one around it, as two levels of `wac plug` give it.
#[test]
fn a_composition_that_imports() {
    for generation in ["p2", "p3"] {
        let inner = open_node(generation);
        let nodes = [Leaf, Leaf, Composed(&inner, HERE, Some((0, 1))), Program(2, 2)];
        program(
            generation,
            &nodes,
            ["((1< 1<) 2<allr) ((2<alll 3<alr) 4<arlr)", "((3<arll 5<arr) 6<bllr) ((4<blll 7<blr) 8<brlr)"],
            &["lll", "llr", "lr", "rll", "rlr", "rr"],
        );
    }
}

/// Two nodes of one graph: the second calls the first, and what the first calls on the right.
fn open_node(generation: &str) -> Vec<u8> {
    let mut graph = CompositionGraph::new();
    let package = Package::from_bytes("node", None, fixture("node", generation), graph.types_mut()).unwrap();
    let package = graph.register_package(package).unwrap();
    let world = graph[package].ty();
    let [left, right] = [LEFT, RIGHT].map(|name| {
        let kind = graph.types()[world].imports[name];
        graph.import(name, kind).unwrap()
    });
    let inner = graph.instantiate(package);
    graph.set_instantiation_argument(inner, LEFT, left).unwrap();
    graph.set_instantiation_argument(inner, RIGHT, right).unwrap();
    let outer = graph.instantiate(package);
    let here = graph.alias_instance_export(inner, HERE).unwrap();
    graph.set_instantiation_argument(outer, LEFT, here).unwrap();
    graph.set_instantiation_argument(outer, RIGHT, right).unwrap();
    let here = graph.alias_instance_export(outer, HERE).unwrap();
    graph.export(here, HERE).unwrap();
    graph.encode(EncodeOptions::default()).unwrap()
}

/// The output of program `composed` on `host`: the lines of the leaves sorted, and the texts
/// without the order of calls that overlap.
#[track_caller]
fn printed(host: Host, composed: &[u8]) -> (Vec<String>, Vec<(String, Vec<u32>)>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("composed.wasm");
    fs::write(&path, composed).unwrap();
    let run = Run { dirs: &[], env: &[], args: &[], stdin: Stdin::Null, stdout: Stdout::Pipe, network: false };
    let outcome = in_process::run_on(host, &path, run, in_process::input(Stdin::Null).unwrap(), |_| {});
    assert_eq!(outcome.code, Some(0), "on {}: {}", host.name(), outcome.stderr);
    let stdout = String::from_utf8(outcome.stdout).unwrap();
    let is_of_leaf = |line: &&str| line.starts_with("begin ") || line.starts_with("end ");
    let (leaves, said): (Vec<&str>, Vec<&str>) = stdout.lines().partition(is_of_leaf);
    let leaves: BTreeSet<String> = leaves.into_iter().map(String::from).collect();
    (leaves.into_iter().collect(), said.into_iter().map(without_order).collect())
}

fn wrapped_for(bytes: &[u8], to: Generation) -> Vec<u8> {
    let mut options = WrapOptions::default();
    options.to = Some(to);
    options.async_exports = to == Generation::Wasi03;
    wrap(bytes, &options).unwrap_or_else(|error| panic!("for {}: {error}", to.name())).bytes
}

/// A part that is wrapped already, with its adapter in it, is composed with others that are not,
/// and the composition is wrapped: there are two adapters one above the other.
#[test]
fn wrapped_parts_are_wrapped_among_others() {
    for (generation, other, target, host, back, host_back) in [
        ("p2", "p3", Generation::Wasi02, Host::Only02, Generation::Wasi03, Host::Only03),
        ("p3", "p2", Generation::Wasi03, Host::Only03, Generation::Wasi02, Host::Only02),
    ] {
        let leaf = wrapped_for(&fixture("leaf", other), target);
        let name = "test:other/name@2.0.0";
        let graph_of_other = graph(other, &[Leaf, Leaf, Node::Between(0, 1)], HERE, name, true);
        let node = wrapped_for(&graph_of_other, target);
        let nodes =
            [Composed(&leaf, HERE, None), Leaf, Composed(&node, name, None), Node::Between(0, 2), Program(3, 1)];
        let run = if generation == "p2" { "wasi:cli/run@0.2.12" } else { "wasi:cli/run@0.3.2" };
        for composed in [graph(generation, &nodes, run, run, true), graph_of_compose(generation, &nodes)] {
            let native = printed(host, &composed);
            assert_eq!((native.0.len(), native.1.len()), (2 * 2 * 4, 2), "{native:?}");
            let wrapped = wrapped_for(&composed, back);
            assert_eq!(printed(host_back, &wrapped), native, "{generation} on {}", host_back.name());
            // And the other way again.
            assert_eq!(printed(host, &wrapped_for(&wrapped, target)), native, "{generation}, wrapped twice");
        }
    }
}

/// A part of 0.2 that is wrapped for 0.3 and keeps its types, in a composition of 0.2: it can be
/// adapted to either.
#[test]
fn a_composition_with_a_part_of_each_generation_is_adapted_to_either() {
    let leaf = wrap(&fixture("leaf", "p2"), &WrapOptions::default()).unwrap().bytes;
    let run = "wasi:cli/run@0.2.12";
    let nodes = |leaf| [leaf, Leaf, Node::Between(0, 1), Program(2, 0)];
    let native = printed(Host::Only02, &graph("p2", &nodes(Leaf), run, run, true));
    let nodes = nodes(Composed(&leaf, HERE, None));
    for composed in [graph("p2", &nodes, run, run, true), graph_of_compose("p2", &nodes)] {
        for (to, host) in [(Generation::Wasi02, Host::Only02), (Generation::Wasi03, Host::Only03)] {
            let mut options = WrapOptions::default();
            options.to = Some(to);
            let wrapped = wrap(&composed, &options).unwrap_or_else(|error| panic!("for {}: {error}", to.name())).bytes;
            assert_eq!(printed(host, &wrapped), native, "on {}", host.name());
        }
    }
}
