//! Holds the catalogue and the effect classes (DESIGN.md: "Effect classes") against the WIT, by
//! counts.

use std::collections::BTreeMap;

use wasi_shim::Generation;
use wasi_shim::wasi::{Catalogue, Effect, InterfaceName};

use crate::support::wit;

/// Functions of 0.2 by package: classes S, R and A.
const WASI02: &[(&str, [usize; 3])] = &[
    ("wasi:cli", [9, 2, 1]),
    ("wasi:clocks", [8, 0, 0]),
    ("wasi:filesystem", [5, 1, 24]),
    ("wasi:http", [51, 2, 1]),
    ("wasi:io", [6, 5, 8]),
    ("wasi:random", [5, 0, 0]),
    ("wasi:sockets", [46, 7, 0]),
];

/// Functions of 0.3 by package: all, and those that are `async func`.
const WASI03: &[(&str, [usize; 2])] = &[
    ("wasi:cli", [12, 1]),
    ("wasi:clocks", [9, 2]),
    ("wasi:filesystem", [26, 21]),
    ("wasi:http", [37, 2]),
    ("wasi:random", [5, 0]),
    ("wasi:sockets", [41, 4]),
];

fn package(interface: &str) -> String {
    interface.split('/').next().unwrap().to_string()
}

#[test]
fn effect_classes_count_as_the_mapping_says() {
    let catalogue = Catalogue::all();
    let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for (interface, _, effect) in catalogue.effects() {
        let at = match effect {
            Effect::Direct => 0,
            Effect::Repeats => 1,
            Effect::Waits => 2,
        };
        counts.entry(package(&interface)).or_default()[at] += 1;
    }
    let expected: BTreeMap<String, [usize; 3]> = WASI02.iter().map(|(name, n)| (name.to_string(), *n)).collect();
    assert_eq!(counts, expected);
    let sum = |at: usize| counts.values().map(|count| count[at]).sum::<usize>();
    assert_eq!([sum(0), sum(1), sum(2)], [130, 17, 34]);
}

#[test]
fn functions_of_03_count_as_the_mapping_says() {
    let catalogue = Catalogue::all();
    let mut counts: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for interface in catalogue.interfaces(Generation::Wasi03) {
        let count = counts.entry(package(interface.name())).or_default();
        for function in interface.functions() {
            count[0] += 1;
            count[1] += usize::from(function.is_async());
        }
    }
    let expected: BTreeMap<String, [usize; 2]> = WASI03.iter().map(|(name, n)| (name.to_string(), *n)).collect();
    assert_eq!(counts, expected);
}

#[test]
fn every_interface_is_there() {
    let catalogue = Catalogue::all();
    assert_eq!(catalogue.interfaces(Generation::Wasi02).count(), 32);
    assert_eq!(catalogue.interfaces(Generation::Wasi03).count(), 26);
}

#[test]
fn versions_are_those_of_the_release() {
    for (_, package) in wit::resolve().packages.iter() {
        let version = package.name.version.as_ref().unwrap().to_string();
        assert!(version == "0.2.12" || version == "0.3.2", "{}", package.name);
    }
}

#[test]
fn names_are_read() {
    let name = InterfaceName::parse("wasi:io/streams@0.2.6").unwrap();
    assert_eq!(name.unversioned(), "wasi:io/streams");
    assert_eq!(name.generation(), Some(Generation::Wasi02));
    assert_eq!(name.to_string(), "wasi:io/streams@0.2.6");
    let generation = |name: &str| InterfaceName::parse(name).unwrap().generation();
    assert_eq!(generation("wasi:cli/run@0.3.2"), Some(Generation::Wasi03));
    assert_eq!(generation("wasi:cli/run@0.3.0-rc-2026-03-15"), None);
    assert_eq!(generation("wasi:blobstore/container@0.2.0-draft"), None);
    assert_eq!(generation("example:io/streams@0.2.0"), None);
    assert_eq!(generation("wasi:cli/run@1.2.0"), None);
    assert!(InterfaceName::parse("run").is_none());
    assert!(InterfaceName::parse("wasi:cli/run").is_none());
    assert!(InterfaceName::parse("wasi:cli/run@latest").is_none());
}
