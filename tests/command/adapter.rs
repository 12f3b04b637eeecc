//! Adapters alone.

use crate::support::{engine, fixture, fixture_bytes, shim};
use wasi_shim::wasi::Catalogue;
use wasi_shim::{Error, Generation, Linking, Surface, WrapOptions, adapter, adapter_for, compose, wrap};
use wasi_shim_hosts::{CommandOptions, Outcome};
use wit_parser::Resolve;

fn exports(component: &[u8]) -> Vec<String> {
    Surface::of(component).unwrap().exports.into_iter().map(|export| export.name).collect()
}

/// The interfaces that the error for an unknown one lists.
fn known(target: Generation) -> Vec<String> {
    match adapter(&["wasi:nothing/like-it"], target, None) {
        Err(Error::UnknownInterface { interface, known, .. }) if interface == "wasi:nothing/like-it" => known,
        other => panic!("{other:?}"),
    }
}

/// Composed by hand, without rewriting the program.
#[test]
fn plain_interfaces_are_composed_by_hand() {
    let program = wat::parse_str(
        r#"(component
            (import "wasi:cli/environment@0.2.3" (instance $environment
                (export "get-arguments" (func (result (list string))))))
            (core module $memory (memory (export "memory") 1) (global $at (mut i32) (i32.const 1024))
                (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                    (global.get $at) (global.set $at (i32.add (global.get $at) (i32.const 64)))))
            (core instance $memory (instantiate $memory))
            (core func $get (canon lower (func $environment "get-arguments")
                (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
            (core func $return (canon task.return (result (result))))
            (core module $main
                (import "" "memory" (memory 1)) (import "" "get" (func $get (param i32)))
                (import "" "return" (func $return (param i32)))
                (func (export "run") (result i32)
                    (call $get (i32.const 16))
                    (call $return (i32.ne (i32.load (i32.const 20)) (i32.const 2)))
                    (i32.const 0))
                (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
            (core instance $main (instantiate $main (with "" (instance
                (export "memory" (memory $memory "memory")) (export "get" (func $get)) (export "return" (func $return))))))
            (func $run async (result (result))
                (canon lift (core func $main "run") async (callback (core func $main "callback"))))
            (instance $run (export "run" (func $run)))
            (export "wasi:cli/run@0.3.0" (instance $run)))"#,
    )
    .unwrap();
    let adapter = adapter(&["wasi:cli/environment"], Generation::Wasi03, None).unwrap();
    assert!(adapter.is_plain);
    let composed = compose(&[&program, &adapter.bytes], &WrapOptions::default()).unwrap();
    let imports = Surface::of(&composed.bytes).unwrap().imports;
    assert!(imports.iter().all(|import| import.name == "wasi:cli/environment@0.3.0"), "{imports:?}");
    let host = engine::host(Generation::Wasi03);
    for (args, code) in [(&["one", "two"][..], 0), (&["one"], 1)] {
        let args = args.iter().map(|arg| arg.to_string()).collect();
        let options = CommandOptions { args, ..CommandOptions::default() };
        assert!(matches!(host.run_command(&composed.bytes, options), Ok(Outcome::Exit(found)) if found == code));
    }
}

/// Of each interface, and of all: what is plain exports what WASI has, what is not says so, and the
/// WIT is valid.
#[test]
fn every_interface_can_be_had() {
    let catalogue = Catalogue::all();
    for (target, generation) in [(Generation::Wasi03, Generation::Wasi02), (Generation::Wasi02, Generation::Wasi03)] {
        let known = known(target);
        assert!(known.len() > 20);
        let all: Vec<&str> = known.iter().map(String::as_str).collect();
        let plain_functions = |interface: &str| {
            let of_it = catalogue.interfaces(generation).find(|known| known.name() == interface).unwrap();
            of_it.functions().map(|function| function.name().to_string()).collect::<Vec<_>>()
        };
        for names in all.chunks(1).chain([&all[..]]) {
            let adapter = adapter(names, target, None).unwrap_or_else(|error| panic!("{names:?}: {error}"));
            let surface = Surface::of(&adapter.bytes).unwrap();
            for name in names {
                let of = |export: &&wasi_shim::Extern| export.name.starts_with(&format!("{name}@"));
                let export = surface.exports.iter().find(of).unwrap_or_else(|| panic!("{name}: {:?}", surface.exports));
                let mut functions = plain_functions(name);
                let mut found = export.functions.clone();
                functions.sort();
                found.sort();
                if adapter.is_plain {
                    assert_eq!(found, functions, "{name}");
                }
                assert!(functions.is_empty() || !found.is_empty(), "{name}");
            }
            let control = surface.exports.iter().any(|export| export.name.ends_with("/control"));
            assert_eq!(adapter.is_plain, !control, "{names:?}");
            let mut resolve = Resolve::default();
            resolve.push_str("adapter.wit", &adapter.wit).unwrap_or_else(|error| panic!("{names:?}: {error:?}"));
        }
    }
}

#[test]
fn only_what_waits_is_split() {
    let plain = |names: &[&str], target| adapter(names, target, None).unwrap().is_plain;
    for target in [Generation::Wasi02, Generation::Wasi03] {
        assert!(plain(&["wasi:random/random", "wasi:cli/environment"], target));
        assert!(!plain(&["wasi:clocks/monotonic-clock", "wasi:filesystem/types"], target));
    }
    assert!(!plain(&["wasi:cli/stdout"], Generation::Wasi03), "gives out streams");
    assert!(!plain(&["wasi:cli/stdout"], Generation::Wasi02), "takes streams");
    let streams = adapter(&["wasi:io/streams"], Generation::Wasi03, None).unwrap().wit;
    assert!(
        streams.contains("start-blocking-read: func(") && streams.contains("finish-blocking-read: static func("),
        "{streams}"
    );
    assert!(streams.contains("export wasi-shim:p2-on-p3/control"), "{streams}");
}

#[test]
fn versions_are_those_that_are_needed() {
    let of = |patch| {
        let adapter = adapter(&["wasi:cli/exit@0.3.0"], Generation::Wasi02, patch).unwrap();
        Surface::of(&adapter.bytes).unwrap().imports.into_iter().map(|import| import.name).collect::<Vec<_>>()
    };
    assert_eq!(of(None), ["wasi:cli/exit@0.2.12"]);
    assert_eq!(of(Some(3)), ["wasi:cli/exit@0.2.3"]);
    assert!(matches!(adapter(&["wasi:cli/exit@0.3.0"], Generation::Wasi03, None), Err(Error::UnknownInterface { .. })));
    assert!(known(Generation::Wasi03).contains(&"wasi:io/poll".to_string()));
    assert!(!known(Generation::Wasi02).contains(&"wasi:io/poll".to_string()));
}

#[test]
fn the_adapter_of_a_component_is_the_one_that_is_put_beside_it() {
    for name in ["hello", "hello-p3", "http-probe", "files-p3"] {
        let component = fixture_bytes(name);
        let mut options = WrapOptions::default();
        let adapter = adapter_for(&component, &options).unwrap();
        options.linking = Some(Linking::Composed);
        let wrapped = wrap(&component, &options).unwrap().bytes;
        assert!(wrapped.windows(adapter.bytes.len()).any(|part| part == adapter.bytes), "{name}");
        assert!(!adapter.is_plain && exports(&adapter.bytes).iter().any(|name| name.starts_with("wasi-shim:")));
    }
    let needs_none = wat::parse_str(
        r#"(component
            (core module $main (func (export "run") (result i32) (i32.const 0)))
            (core instance $main (instantiate $main))
            (func $run (result (result)) (canon lift (core func $main "run")))
            (instance $run (export "run" (func $run)))
            (export "wasi:cli/run@0.2.0" (instance $run)))"#,
    )
    .unwrap();
    let none = adapter_for(&needs_none, &WrapOptions::default());
    assert!(matches!(none, Err(Error::NoAdapter(Generation::Wasi03))), "{none:?}");
}

#[test]
fn the_command_writes_adapters_and_prints_wit() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("adapter.wasm");
    let run = |args: &[&str]| shim().arg("adapter").args(args).output().unwrap();
    let done = shim()
        .args([
            "adapter",
            "--interfaces",
            "wasi:random/random,wasi:cli/environment",
            "--direction",
            "0.3-on-0.2",
            "--wit",
            "-o",
        ])
        .arg(&out)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let expected = adapter(&["wasi:cli/environment", "wasi:random/random"], Generation::Wasi02, None).unwrap();
    assert!(std::fs::read(&out).unwrap() == expected.bytes);
    assert_eq!(String::from_utf8_lossy(&done.stdout), expected.wit);
    assert!(done.stderr.is_empty());

    let input = dir.path().join("hello.wasm");
    std::fs::copy(fixture("hello"), &input).unwrap();
    let done = run(&["--for", input.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&done.stderr).contains("note: some functions are split"));
    let path = String::from_utf8(done.stdout).unwrap();
    assert_eq!(path.trim_end(), dir.path().join("hello.adapter.wasm").to_str().unwrap());
    assert!(
        std::fs::read(path.trim_end()).unwrap()
            == adapter_for(&fixture_bytes("hello"), &WrapOptions::default()).unwrap().bytes
    );

    for (args, code, message) in [
        (&["--interfaces", "wasi:cli/speakers", "--direction", "0.2-on-0.3", "--wit"][..], 1, "wasi:cli/stdout"),
        (&["--interfaces", "wasi:cli/stdout", "--wit"], 2, "--direction"),
        (&["--interfaces", "wasi:cli/stdout", "--direction", "0.2-on-0.3"], 2, "nowhere to write"),
        (&["--interfaces", "wasi:cli/stdout", "--direction", "0.2-on-0.3", "--wit", "-o", "-"], 2, "cannot both"),
        (&["--wit"], 2, "--interfaces"),
    ] {
        let refused = run(args);
        let stderr = String::from_utf8_lossy(&refused.stderr);
        assert!(refused.status.code() == Some(code) && stderr.contains(message), "{args:?}: {stderr}");
        assert!(refused.stdout.is_empty());
    }
}
