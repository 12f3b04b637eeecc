//! Properties of every wrapped component, whatever it does: where it runs, what it imports, that
//! its core modules are those of the input, that the same input gives the same bytes.

use crate::support::{Stdin, Stdout, components, engine, fixture, fixture_bytes, run_on, wrapped, wrapped_for};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use wasi_shim::{Error, Generation};
use wasi_shim_hosts::HostError;
use wasmparser::{Parser, Payload};

const TARGETS: [Generation; 2] = [Generation::Wasi02, Generation::Wasi03];

/// Fixtures that have something that cannot be adapted.
const NOT_ADAPTABLE: &[(&str, Generation)] =
    &[("blobstore", Generation::Wasi03), ("http-middleware-p3", Generation::Wasi02)];

/// Every fixture and what it can be wrapped for, with the result; for its own generation there is
/// nothing to do.
fn adaptable() -> &'static [(String, Generation, Vec<u8>)] {
    static ADAPTABLE: LazyLock<Vec<(String, Generation, Vec<u8>)>> = LazyLock::new(|| {
        let all = components();
        assert!(NOT_ADAPTABLE.iter().all(|(name, _)| all.iter().any(|a| a == name)));
        let pairs = all.into_iter().flat_map(|name| TARGETS.map(|target| (name.clone(), target)));
        let adaptable: Vec<_> = pairs
            .filter(|(name, target)| !NOT_ADAPTABLE.contains(&(name, *target)))
            .filter_map(|(name, target)| match try_wrap(&name, target) {
                Err(Error::AlreadyForTarget(_)) => None,
                wrapped => Some((name, target, wrapped.unwrap())),
            })
            .collect();
        for target in TARGETS {
            assert!(adaptable.iter().filter(|(_, t, _)| *t == target).count() > 5);
        }
        adaptable
    });
    &ADAPTABLE
}

fn try_wrap(name: &str, target: Generation) -> Result<Vec<u8>, Error> {
    let mut options = wasi_shim::WrapOptions::default();
    options.to = Some(target);
    wasi_shim::wrap(&fixture_bytes(name), &options).map(|wrapped| wrapped.bytes)
}

fn wrap_for(name: &str, target: Generation) -> Vec<u8> {
    try_wrap(name, target).unwrap_or_else(|e| panic!("{name}, to {}: {e}", target.name()))
}

fn wrap(name: &str) -> Vec<u8> {
    wrap_for(name, Generation::Wasi03)
}

/// The names of a component's own imports and exports.
fn surface(component: &[u8]) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut imports, mut exports) = (BTreeSet::new(), BTreeSet::new());
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(s) if depth == 0 => {
                imports.extend(s.into_iter().map(|i| i.unwrap().name.name.to_string()));
            }
            Payload::ComponentExportSection(s) if depth == 0 => {
                exports.extend(s.into_iter().map(|e| e.unwrap().name.name.to_string()));
            }
            _ => {}
        }
    }
    (imports, exports)
}

/// The bytes of all core modules, at every level of nesting.
fn core_modules(component: &[u8]) -> Vec<&[u8]> {
    (Parser::new(0).parse_all(component))
        .filter_map(|payload| match payload.unwrap() {
            Payload::ModuleSection { unchecked_range, .. } => {
                Some(&component[unchecked_range.start as usize..unchecked_range.end as usize])
            }
            _ => None,
        })
        .collect()
}

fn names(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|s| s.to_string()).collect()
}

/// Without this the hosts would prove nothing.
#[test]
fn each_host_has_only_its_generation() {
    let (of_0_2, of_0_3) = (engine::host(Generation::Wasi02), engine::host(Generation::Wasi03));
    for name in ["hello", "std-cli", "direct", "c-stdio"] {
        let (native, wrapped) = (fixture_bytes(name), wrap(name));
        of_0_2.compile(&native).unwrap_or_else(|e| panic!("{name}: {e}"));
        of_0_3.compile(&wrapped).unwrap_or_else(|e| panic!("{name}: {e}"));
        let error = of_0_3.compile(&native).err().unwrap_or_else(|| panic!("{name} links on the 0.3 host"));
        assert!(matches!(error, HostError::Link { .. }), "{name}: {error:?}");
        // An engine without async types does not get as far as linking.
        let error = of_0_2.compile(&wrapped).err().unwrap_or_else(|| panic!("wrapped {name} links on the 0.2 host"));
        assert!(matches!(error, HostError::Compile { .. } | HostError::Link { .. }), "{name}: {error:?}");
    }
}

/// The contents of all custom sections of that name, at every level of nesting.
fn custom<'a>(component: &'a [u8], keep: &dyn Fn(&str) -> bool) -> Vec<(String, &'a [u8])> {
    (Parser::new(0).parse_all(component))
        .filter_map(|payload| match payload.unwrap() {
            Payload::CustomSection(section) if keep(section.name()) => {
                Some((section.name().to_string(), section.data()))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn what_a_component_says_of_itself_survives() {
    let mut sections = 0;
    for (name, _, output) in adaptable() {
        let input = fixture_bytes(name);
        // Names of components are numbered anew; producers get one more.
        let keep = |name: &str| !matches!(name, "component-name" | "producers");
        let survived = custom(output, &keep);
        for section in custom(&input, &keep) {
            assert!(survived.contains(&section), "{name}: section `{}`", section.0);
            sections += 1;
        }
        let said = |component: &[u8]| wasm_metadata::Producers::from_wasm(component).unwrap();
        let after = said(output).expect("producers");
        for (field, values) in said(&input).iter().flat_map(|before| before.iter()) {
            let kept = after.get(field).unwrap_or_else(|| panic!("{name}: {field}"));
            assert!(values.iter().all(|(tool, version)| kept.get(tool) == Some(version)), "{name}: {field}");
        }
        assert!(after.get("processed-by").unwrap().get("wasi-shim").is_some());

        let history = wasi_shim::history(output);
        let last = history.last().unwrap();
        let names: BTreeSet<String> = last.imports.iter().map(|import| import.name.clone()).collect();
        assert_eq!(names, surface(&input).0, "{name}");
    }
    assert!(sections > 20, "the fixtures have too few sections: {sections}");
}

/// Tools that print, bind or transpile a component read its WIT first.
#[test]
fn the_result_can_be_shown_as_wit() {
    let mut failures = Vec::new();
    for (name, target, wrapped) in adaptable() {
        // The text fixtures leave out what their types need.
        if wit_component::decode(&fixture_bytes(name)).is_err() {
            continue;
        }
        if let Err(error) = wit_component::decode(wrapped) {
            failures.push(format!("{name}, to {}: {error:#}", target.name()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_command_line_adapts_to_either_host() {
    for (host, component) in [
        (crate::support::Host::Only02, wrapped(&fixture("hello"))),
        (crate::support::Host::Only03, fixture("hello")),
        (crate::support::Host::Only02, fixture("hello")),
    ] {
        let seen = run_on(host, &component, &[], &[], &[], Stdin::Null, Stdout::Pipe);
        assert_eq!((seen.code, seen.stdout.as_slice()), (Some(0), b"hello\n".as_slice()), "{seen:?}");
    }
}

#[test]
fn wrapped_components_are_valid_without_optional_features() {
    use wasmparser::WasmFeatures;
    for (name, target, wrapped) in adaptable() {
        let features = match target {
            Generation::Wasi03 => WasmFeatures::default() | WasmFeatures::CM_ASYNC,
            _ => WasmFeatures::default() - WasmFeatures::CM_ASYNC,
        };
        wasmparser::Validator::new_with_features(features)
            .validate_all(wrapped)
            .unwrap_or_else(|e| panic!("{name}, to {}: {e}", target.name()));
    }
}

#[test]
fn nothing_of_the_other_generation_is_left() {
    for (name, target, wrapped) in adaptable() {
        let (imports, exports) = surface(wrapped);
        let other = if *target == Generation::Wasi03 { "@0.2" } else { "@0.3" };
        let of_other = |n: &&String| n.starts_with("wasi:") && n.contains(other);
        assert_eq!(imports.iter().find(of_other), None, "{name}");
        assert_eq!(exports.iter().find(of_other), None, "{name}");
    }
}

#[test]
fn programs_export_run_once() {
    for (name, target, wrapped) in adaptable() {
        let (_, exports) = surface(wrapped);
        let programs = match target {
            Generation::Wasi03 => ["wasi:cli/run@0.3.", "wasi:http/handler@0.3."],
            Generation::Wasi02 => ["wasi:cli/run@0.2.", "wasi:http/incoming-handler@0.2."],
        };
        let runs = exports.iter().filter(|name| programs.iter().any(|program| name.starts_with(program))).count();
        assert_eq!(runs, usize::from(name != "library"), "{name}: {exports:?}");
    }
}

#[test]
fn core_modules_are_copied_byte_for_byte() {
    for (name, _, wrapped) in adaptable() {
        let before = fixture_bytes(name);
        let after: BTreeSet<_> = core_modules(wrapped).into_iter().collect();
        let before = core_modules(&before);
        assert!(!before.is_empty());
        for (i, module) in before.iter().enumerate() {
            assert!(after.contains(module), "{name}: core module {i} is not in the output");
        }
    }
}

#[test]
fn wrapping_is_deterministic() {
    for (name, target, first) in adaptable() {
        assert!(*first == wrap_for(name, *target), "{name}");
        let host =
            if *target == Generation::Wasi03 { crate::support::Host::Only03 } else { crate::support::Host::Only02 };
        // Hash maps are seeded per process: another process counts as another time.
        let other = std::fs::read(wrapped_for(host, &fixture(name))).unwrap();
        assert!(*first == other, "{name} in another process");
    }
}

#[test]
fn an_output_imports_only_what_its_guest_needs() {
    let (imports, exports) = surface(&wrap("hello"));
    let imports: BTreeSet<_> = imports.iter().map(|n| n.split_once('@').unwrap().0.to_string()).collect();
    assert_eq!(imports, names(&["wasi:cli/stdout", "wasi:cli/types"]));
    assert_eq!(exports.len(), 1);
    for name in ["std-cli", "direct", "c-files", "mixed"] {
        let (imports, _) = surface(&wrap(name));
        assert!(!imports.iter().any(|n| n.starts_with("wasi:http/") || n.starts_with("wasi:sockets/")), "{imports:?}");
    }
    let (imports, _) = surface(&wrap("c-polling"));
    assert!(imports.iter().any(|n| n.starts_with("wasi:clocks/monotonic-clock@0.3.")));
    assert!(!imports.iter().any(|n| n.starts_with("wasi:random/")), "{imports:?}");
}

/// A wrapped component has the packages of the original, `wasi:io` (which only tells when something
/// is ready) and, where W0219 says so, the clock.
#[test]
fn capabilities_do_not_widen() {
    let packages = |component: &[u8]| -> BTreeSet<String> {
        let (imports, _) = surface(component);
        imports.iter().filter_map(|name| Some(name.strip_prefix("wasi:")?.split_once('/')?.0.to_string())).collect()
    };
    for (name, target, _) in adaptable() {
        let before = packages(&fixture_bytes(name));
        let mut options = wasi_shim::WrapOptions::default();
        options.to = Some(*target);
        let wrapped = wasi_shim::wrap(&fixture_bytes(name), &options).unwrap();
        let mut known = names(&["io"]);
        if wrapped.notes.iter().any(|note| note.code == "W0219") {
            known.insert("clocks".into());
        }
        let mut gained: BTreeSet<String> = packages(&wrapped.bytes).difference(&before).cloned().collect();
        gained.retain(|package| !known.contains(package));
        assert!(gained.is_empty(), "{name} to {}: {gained:?}", target.name());
    }
}

#[test]
fn a_clock_that_is_gained_is_noted() {
    for (import, gains) in [("sockets/types", true), ("filesystem/types", false), ("clocks/monotonic-clock", false)] {
        let text = format!("package test:t; world w {{ import wasi:{import}@0.3.2; export f: async func(); }}");
        let wrapped = wasi_shim::wrap(&crate::own_types::component(&text), &wasi_shim::WrapOptions::default()).unwrap();
        assert_eq!(wrapped.notes.iter().any(|note| note.code == "W0219"), gains, "{import}");
    }
}

#[test]
fn other_imports_and_exports_pass_through() {
    let (imports, _) = surface(&wrap("custom-import"));
    assert!(imports.contains("example:host/log@1.0.0"), "{imports:?}");
    let (_, exports) = surface(&wrap("library"));
    assert_eq!(exports, names(&["example:library/api@1.0.0", "greet"]));
}

/// The goals for programs that only print (see `benches/figures/`).
#[test]
fn wrapping_adds_little() {
    for (name, target, most) in [("hello", Generation::Wasi03, 24 * 1024), ("hello-p3", Generation::Wasi02, 32 * 1024)]
    {
        let (before, after) = (fixture_bytes(name).len(), wrap_for(name, target).len());
        assert!(after - before <= most, "wrapping {name} adds {} bytes", after - before);
    }
}

/// A core module for wasip1 becomes a component first.
#[test]
fn core_modules_for_wasip1_are_wrapped_too() {
    let component = wrapped(&fixture("core-wasip1"));
    let seen = run_on(crate::support::Host::Only03, &component, &[], &[], &["args", "x"], Stdin::Null, Stdout::Pipe);
    assert_eq!(String::from_utf8_lossy(&seen.stdout), "[\"core-wasip1.wasm\", \"args\", \"x\"]\n");
    assert_eq!(seen.code, Some(0));
}
