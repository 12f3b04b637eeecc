//! Several versions of WASI in one composition.

use std::collections::BTreeSet;

use crate::support::engine;
use wasi_shim::{Error, Generation, Surface, WrapOptions, compose, wrap};
use wasi_shim_hosts::{Capture, CommandOptions, Outcome, Output};

/// Imports of standard output at `version`.
fn imports(version: &str) -> String {
    imports_as(["$error", "$streams", "$stdout"], "", version)
}

/// The same, where the instances are called `names`, and the types of resources end in `suffix`.
fn imports_as([errors, streams, stdout]: [&str; 3], suffix: &str, version: &str) -> String {
    format!(
        r#"
  (import "wasi:io/error@{version}" (instance {errors} (export "error" (type (sub resource)))))
  (alias export {errors} "error" (type $error-t{suffix}))
  (import "wasi:io/streams@{version}" (instance {streams}
    (export "output-stream" (type $output-stream (sub resource)))
    (alias outer 1 $error-t{suffix} (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (type $variant (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $variant)))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $output-stream)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
  (alias export {streams} "output-stream" (type $output-stream{suffix}))
  (import "wasi:cli/stdout@{version}" (instance {stdout}
    (alias outer 1 $output-stream{suffix} (type $outer))
    (export "output-stream" (type $output-stream (eq $outer)))
    (export "get-stdout" (func (result (own $output-stream))))))"#
    )
}

/// `$main`: prints `text`, then calls `next`, on a stream that it gets from `get`.
fn code(text: &str, get: &str) -> String {
    let length = text.len();
    format!(
        r#"
  (core module $memory (memory (export "memory") 1))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (core func $get (canon lower (func {get})))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory $mem)))
  (core func $drop (canon resource.drop $output-stream))
  (core module $main
    (import "" "memory" (memory 1))
    (import "" "get" (func $get (result i32)))
    (import "" "write" (func $write (param i32 i32 i32 i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "next" (func $next))
    (data (i32.const 64) "{text}")
    (func $print (export "print") (local $out i32)
      (local.set $out (call $get))
      (call $write (local.get $out) (i32.const 64) (i32.const {length}) (i32.const 8))
      (if (i32.load8_u (i32.const 8)) (then unreachable))
      (call $drop (local.get $out))
      (call $next))
    (func (export "run") (result i32) (call $print) (i32.const 0)))
  (core instance $main (instantiate $main (with "" (instance
    (export "memory" (memory $mem)) (export "get" (func $get)) (export "write" (func $write))
    (export "drop" (func $drop)) (export "next" (func $next))))))"#
    )
}

const NO_NEXT: &str = r#"
  (core module $nothing (func (export "next")))
  (core instance $nothing (instantiate $nothing))
  (alias core export $nothing "next" (core func $next))"#;
const NEXT: &str = r#"(import "print" (func $print)) (core func $next (canon lower (func $print)))"#;
const PRINT: &str = r#"(func (export "print") (canon lift (core func $main "print")))"#;

/// The instance that the root passes to a part of this version.
fn with(version: &str) -> String {
    let names = ["io/error", "io/streams", "cli/stdout"].map(|name| format!("wasi:{name}@{version}"));
    names.map(|name| format!(r#"(with "{name}" (instance $"{name}"))"#)).concat()
}

/// The root's imports of `version`, named after themselves.
fn root_imports(version: &str) -> String {
    let [errors, streams, stdout] =
        ["io/error", "io/streams", "cli/stdout"].map(|name| format!(r#"$"wasi:{name}@{version}""#));
    imports_as([&errors, &streams, &stdout], version, version)
}

const VERSIONS: [&str; 3] = ["0.2.0", "0.2.3", "0.2.6"];

/// Three parts that print, each of another version, behind a program of 0.2.0 or of 0.3.
fn composition(generation: Generation) -> Vec<u8> {
    let [a, b, c] = VERSIONS;
    let roots: String = VERSIONS.iter().map(|version| root_imports(version)).collect();
    let (run, name) = match generation {
        Generation::Wasi02 => ("(func $run (result (result)) (canon lift (core func $main \"run\")))".to_string(), "0.2.0"),
        Generation::Wasi03 => (
            r#"(core func $return (canon task.return (result (result))))
               (core module $async (import "" "run" (func $run (result i32))) (import "" "return" (func $return (param i32)))
                 (func (export "run") (result i32) (call $return (call $run)) (i32.const 0))
                 (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
               (core instance $async (instantiate $async (with "" (instance
                 (export "run" (func $main "run")) (export "return" (func $return))))))
               (func $run async (result (result))
                 (canon lift (core func $async "run") async (callback (core func $async "callback"))))"#
                .to_string(),
            "0.3.1",
        ),
    };
    let part = |version: &str, text: &str, next: &str, export: &str| {
        format!("{} {next} {} {export}", imports(version), code(text, r#"$stdout "get-stdout""#))
    };
    let run =
        format!(r#"{run} (instance $run (export "run" (func $run))) (export "wasi:cli/run@{name}" (instance $run))"#);
    let text = format!(
        r#"(component {roots}
  (component $c {})
  (component $b {})
  (component $a {})
  (instance $c (instantiate $c {}))
  (instance $b (instantiate $b {} (with "print" (func $c "print"))))
  (instance $a (instantiate $a {} (with "print" (func $b "print"))))
  (export "wasi:cli/run@{name}" (instance $a "wasi:cli/run@{name}")))"#,
        part(c, "c of 0.2.6;", NO_NEXT, PRINT),
        part(b, "b of 0.2.3;", NEXT, PRINT),
        part(a, "a of 0.2.0;", NEXT, &run),
        with(c),
        with(b),
        with(a),
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

const PRINTED: &str = "a of 0.2.0;b of 0.2.3;c of 0.2.6;";

fn prints(component: &[u8], target: Generation) -> String {
    let stdout = Capture::new();
    let options = CommandOptions { stdout: Output::Capture(stdout.clone()), ..CommandOptions::default() };
    match engine::host(target).run_command(component, options) {
        Ok(Outcome::Exit(0)) => String::from_utf8(stdout.contents()).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn options(to: Option<Generation>, patch: Option<u64>) -> WrapOptions {
    let mut options = WrapOptions::default();
    options.to = to;
    options.wasi_patch = patch;
    options
}

fn versions(component: &[u8]) -> BTreeSet<String> {
    let surface = Surface::of(component).unwrap();
    let names = surface.imports.iter().chain(&surface.exports).filter_map(|name| name.interface.as_ref());
    names.map(|name| name.version.to_string()).collect()
}

fn set<const N: usize>(versions: [&str; N]) -> BTreeSet<String> {
    versions.into_iter().map(String::from).collect()
}

#[test]
fn parts_of_several_patches_share_one_adapter() {
    let composition = composition(Generation::Wasi02);
    assert_eq!(versions(&composition), set(VERSIONS));
    assert_eq!(prints(&composition, Generation::Wasi02), PRINTED);
    let wrapped = wrap(&composition, &options(Some(Generation::Wasi03), None)).unwrap();
    assert_eq!(versions(&wrapped.bytes), set(["0.3.0"]));
    assert_eq!(prints(&wrapped.bytes, Generation::Wasi03), PRINTED);
}

#[test]
fn parts_of_several_patches_become_one_patch() {
    let composition = composition(Generation::Wasi03);
    for (patch, version) in [(None, "0.2.6"), (Some(0), "0.2.0"), (Some(6), "0.2.6"), (Some(12), "0.2.12")] {
        let wrapped = wrap(&composition, &options(Some(Generation::Wasi02), patch)).unwrap();
        assert_eq!(versions(&wrapped.bytes), set([version]));
        assert_eq!(prints(&wrapped.bytes, Generation::Wasi02), PRINTED);
    }
}

/// A program of 0.3 that has an output of 0.3 as well, which it does not write to: the adapter
/// writes for it, in the patch of the others.
const OUTPUT03: &str = r#"
  (import "wasi:cli/types@0.3.1" (instance $types03
    (type (enum "io" "illegal-byte-sequence" "pipe")) (export "error-code" (type (eq 0)))))
  (alias export $types03 "error-code" (type $code03))
  (import "wasi:cli/stdout@0.3.1" (instance $stdout03
    (alias outer 1 $code03 (type $outer))
    (export "error-code" (type $error (eq $outer)))
    (type $result (result (error $error)))
    (export "write-via-stream" (func (param "data" (stream u8)) (result (future $result))))))
  (core func $output03 (canon lower (func $stdout03 "write-via-stream")))
  (core module $unused (import "" "output" (func (param i32) (result i32))))
  (core instance (instantiate $unused (with "" (instance (export "output" (func $output03))))))"#;

/// The adapter imports what parts import in other patches.
#[test]
fn an_adapter_and_parts_of_several_patches_become_one_patch() {
    let [_, b, c] = VERSIONS;
    for (front, behind) in [(b, c), (c, b)] {
        let library = wat::parse_str(format!(
            "(component {} {NO_NEXT} {} {PRINT})",
            imports(behind),
            code("behind;", r#"$stdout "get-stdout""#)
        ))
        .unwrap();
        let program = wat::parse_str(format!(
            r#"(component {} {NEXT} {} {OUTPUT03}
              (func $run (result (result)) (canon lift (core func $main "run")))
              (instance $run (export "run" (func $run))) (export "wasi:cli/run@{front}" (instance $run)))"#,
            imports(front),
            code("front;", r#"$stdout "get-stdout""#)
        ))
        .unwrap();
        let composed = compose(&[&program, &library], &WrapOptions::default()).unwrap().bytes;
        let both = [wrap(&composed, &options(Some(Generation::Wasi02), None)).unwrap().bytes, {
            compose(&[&program, &library], &options(Some(Generation::Wasi02), None)).unwrap().bytes
        }];
        for wrapped in both {
            let imports = Surface::of(&wrapped).unwrap().imports;
            assert!(imports.iter().all(|import| import.name.ends_with(&format!("@{c}"))), "{imports:?}");
            assert_eq!(prints(&wrapped, Generation::Wasi02), "front;behind;");
        }
    }
}

/// A part gives the program a stream of the host, by an interface of their own.
fn provider(version: &str) -> Vec<u8> {
    let text = format!(
        r#"(component {} {NO_NEXT} {}
  (func $get (result (own $output-stream)) (canon lift (core func $get)))
  (component $shim
    (import "stream" (type $stream (sub resource)))
    (import "get" (func $get (result (own $stream))))
    (export $exported "output-stream" (type $stream))
    (export "get" (func $get) (func (result (own $exported)))))
  (instance $outputs (instantiate $shim (with "stream" (type $output-stream)) (with "get" (func $get))))
  (export "test:outputs/outputs@1.0.0" (instance $outputs)))"#,
        imports(version),
        code("", r#"$stdout "get-stdout""#),
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

fn taker(version: &str) -> Vec<u8> {
    let text = format!(
        r#"(component {}
  (import "test:outputs/outputs@1.0.0" (instance $outputs
    (alias outer 1 $output-stream (type $outer))
    (export "output-stream" (type $output-stream (eq $outer)))
    (export "get" (func (result (own $output-stream))))))
  {NO_NEXT} {}
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance $run (export "run" (func $run)))
  (export "wasi:cli/run@{version}" (instance $run)))"#,
        imports(version),
        code("taken", r#"$outputs "get""#),
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn what_is_passed_on_has_one_type_whatever_the_patches() {
    for (front, behind) in [("0.2.0", "0.2.6"), ("0.2.6", "0.2.3")] {
        let pair = [taker(front), provider(behind)];
        let pair = [&pair[0][..], &pair[1][..]];
        let composed = compose(&pair, &WrapOptions::default()).unwrap();
        assert_eq!(versions(&composed.bytes), set([front, "0.2.6"]), "the program keeps its export");
        let imports = Surface::of(&composed.bytes).unwrap().imports;
        assert!(imports.iter().all(|import| import.name.ends_with("@0.2.6")), "{imports:?}");
        assert_eq!(prints(&composed.bytes, Generation::Wasi02), "taken");
        let composed = compose(&pair, &options(None, Some(3))).unwrap();
        assert_eq!(versions(&composed.bytes), set(["0.2.3"]));
        assert_eq!(prints(&composed.bytes, Generation::Wasi02), "taken");
        let composed = compose(&pair, &options(Some(Generation::Wasi03), None)).unwrap();
        assert_eq!(versions(&composed.bytes), set(["0.3.0"]));
        assert_eq!(prints(&composed.bytes, Generation::Wasi03), "taken");
    }
}

#[test]
fn releases_of_03_become_the_latest() {
    let of = |name: &str, import: bool| {
        let instance = format!(
            r#"(import "wasi:random/random@{name}" (instance $r (export "get-random-u64" (func (result u64)))))"#
        );
        let rest = if import {
            r#"(import "next" (func (result u64)))"#.to_string()
        } else {
            r#"(core func $get (canon lower (func $r "get-random-u64")))
                (core module $pass (import "" "get" (func $get (result i64))) (export "get" (func $get)))
                (core instance $pass (instantiate $pass (with "" (instance (export "get" (func $get))))))
                (func (export "next") (result u64) (canon lift (core func $pass "get")))"#
                .to_string()
        };
        wat::parse_str(format!("(component {instance} {rest})")).unwrap()
    };
    let composed = compose(&[&of("0.3.0", true), &of("0.3.2", false)], &WrapOptions::default()).unwrap();
    assert_eq!(versions(&composed.bytes), set(["0.3.2"]));
    let translated =
        compose(&[&of("0.3.2", true), &of("0.3.1", false)], &options(Some(Generation::Wasi02), Some(6))).unwrap();
    assert_eq!(versions(&translated.bytes), set(["0.2.6"]));
}

#[test]
fn one_part_of_several_patches_is_refused_if_one_is_asked_for() {
    let both = VERSIONS.map(|version| format!(r#"(import "wasi:random/random@{version}" (instance))"#)).concat();
    let both = wat::parse_str(format!(
        r#"(component {both} (import "wasi:random/random@0.3.0" (instance)) (core module) (core instance (instantiate 0)))"#
    ))
    .unwrap();
    assert!(wrap(&both, &options(Some(Generation::Wasi02), None)).is_ok());
    let Err(Error::Obstacles(obstacles)) = wrap(&both, &options(Some(Generation::Wasi02), Some(6))) else { panic!() };
    assert_eq!(obstacles.len(), 2);
    assert_eq!(obstacles[0].reason, "the component has this interface at several versions, which would get one name");
}
