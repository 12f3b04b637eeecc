//! Components that `compose` connects by their imports and exports: graphs, versions, generations,
//! and what does not fit.

use std::fs;
use std::path::Path;

use crate::support::{Host, Stdin, Stdout, fixture_bytes, run_on};
use wasi_shim::{Error, Generation, WrapOptions, Wrapped, compose};

fn assemble(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

fn composed(components: &[Vec<u8>], to: Option<Generation>) -> Result<Wrapped, Error> {
    let components: Vec<&[u8]> = components.iter().map(|bytes| &bytes[..]).collect();
    let mut options = WrapOptions::default();
    options.to = to;
    compose(&components, &options)
}

/// A command of 0.2 that succeeds if functions `calls` of its imports, each called with 1, add up
/// to `sum`.
fn command(calls: &[(&str, &str)], sum: u32) -> Vec<u8> {
    let mut imports = String::new();
    let mut lowered = String::new();
    let mut core = String::new();
    let mut with = String::new();
    let mut add = "(i32.const 0)".to_string();
    for (at, (interface, function)) in calls.iter().enumerate() {
        imports += &format!(
            "(import \"{interface}\" (instance $i{at} (export \"{function}\" (func (param \"n\" u32) (result u32)))))"
        );
        lowered += &format!("(core func $f{at} (canon lower (func $i{at} \"{function}\")))");
        core += &format!("(import \"\" \"{at}\" (func $f{at} (param i32) (result i32)))");
        with += &format!("(export \"{at}\" (func $f{at}))");
        add = format!("(i32.add {add} (call $f{at} (i32.const 1)))");
    }
    assemble(&format!(
        r#"(component {imports} {lowered}
          (core module $m {core} (func (export "run") (result i32) (i32.ne {add} (i32.const {sum}))))
          (core instance $m (instantiate $m (with "" (instance {with}))))
          (func $run (result (result)) (canon lift (core func $m "run")))
          (instance $run (export "run" (func $run)))
          (export "wasi:cli/run@0.2.3" (instance $run)))"#
    ))
}

/// Exports `interface` with a function that multiplies by `by`, and adds what `import` makes of it.
fn provider(interface: &str, function: &str, by: u32, import: Option<(&str, &str)>) -> Vec<u8> {
    let (outer, core, with, call) = match import {
        Some((interface, function)) => (
            format!(
                r#"(import "{interface}" (instance $i (export "{function}" (func (param "n" u32) (result u32)))))
                   (core func $f (canon lower (func $i "{function}")))"#
            ),
            r#"(import "" "f" (func $f (param i32) (result i32)))"#,
            r#"(with "" (instance (export "f" (func $f))))"#,
            "(call $f (local.get 0))",
        ),
        None => (String::new(), "", "", "(i32.const 0)"),
    };
    assemble(&format!(
        r#"(component {outer}
          (core module $m {core}
            (func (export "f") (param i32) (result i32)
              (i32.add (i32.mul (local.get 0) (i32.const {by})) {call})))
          (core instance $m (instantiate $m {with}))
          (func $f (param "n" u32) (result u32) (canon lift (core func $m "f")))
          (instance $e (export "{function}" (func $f)) (export "more" (func $f)))
          (export "{interface}" (instance $e)))"#
    ))
}

const MATH: &str = "test:lib/math@1.0.0";
const TEXT: &str = "test:lib/text@1.0.0";

/// Runs it on the host of 0.2.
#[track_caller]
fn succeeds(component: &[u8]) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("composed.wasm");
    fs::write(&path, component).unwrap();
    let outcome = run(&path);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
}

fn run(path: &Path) -> crate::support::Outcome {
    run_on(Host::Only02, path, &[], &[], &[], Stdin::Null, Stdout::Pipe)
}

#[test]
fn a_library_is_plugged_in() {
    let both = [command(&[(MATH, "times")], 5), provider(MATH, "times", 5, None)];
    let first = composed(&both, None).unwrap();
    assert_eq!(first.target, Generation::Wasi02);
    succeeds(&first.bytes);
    assert!(first.bytes == composed(&both, None).unwrap().bytes, "not deterministic");
}

/// The component behind has a later version of the same series.
#[test]
fn a_later_compatible_version_fits() {
    succeeds(
        &composed(&[command(&[(MATH, "times")], 5), provider("test:lib/math@1.4.2", "times", 5, None)], None)
            .unwrap()
            .bytes,
    );
    let other = composed(&[command(&[(MATH, "times")], 5), provider("test:lib/math@2.0.0", "times", 5, None)], None);
    assert!(matches!(other, Err(Error::NothingToConnect { component: 1, .. })), "{other:?}");
}

#[test]
fn a_diamond() {
    let main = command(&[(TEXT, "length"), (MATH, "times")], 3 + 7 + 7);
    let text = provider(TEXT, "length", 3, Some((MATH, "times")));
    let math = provider(MATH, "times", 7, None);
    succeeds(&composed(&[main, text, math], None).unwrap().bytes);
}

/// Two take from one, and neither from the other.
#[test]
fn fan_in() {
    let main = command(&[(TEXT, "length"), ("test:lib/other@1.0.0", "length")], 3 + 7 + 2 + 7);
    let text = provider(TEXT, "length", 3, Some((MATH, "times")));
    let other = provider("test:lib/other@1.0.0", "length", 2, Some((MATH, "times")));
    succeeds(&composed(&[main, text, other, provider(MATH, "times", 7, None)], None).unwrap().bytes);
}

/// Of two that export the same, each takes the nearest one behind it.
#[test]
fn each_takes_the_nearest_one_behind_it() {
    let main = command(&[(MATH, "times")], 3 + 7);
    let front = provider(MATH, "times", 3, Some((MATH, "times")));
    let behind = provider(MATH, "times", 7, None);
    let in_order = composed(&[main.clone(), front.clone(), behind.clone()], None).unwrap();
    succeeds(&in_order.bytes);
    let other = composed(&[main, behind, front], None);
    assert!(matches!(other, Err(Error::NothingToConnect { component: 2, .. })), "{other:?}");
}

#[test]
fn what_does_not_fit_is_explained() {
    let interface = |function: &str| {
        assemble(&format!(
            r#"(component
              (core module $m (memory (export "m") 1) (func (export "f") (param i32) (result i32) unreachable)
                (func (export "s") (param i32 i32) (result i32) unreachable)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
              (core instance $m (instantiate $m))
              (alias core export $m "m" (core memory $mem))
              {function}
              (instance $e (export "times" (func $f)))
              (export "{MATH}" (instance $e)))"#
        ))
    };
    let times = |ty: &str| format!(r#"(func $f {ty} (canon lift (core func $m "f")))"#);
    let explained = |behind: Vec<u8>| match composed(&[command(&[(MATH, "times")], 1), behind], None) {
        Err(Error::DoNotFit { front: 0, behind: 1, message }) => message,
        other => panic!("{other:?}"),
    };
    let place = "interface `test:lib/math@1.0.0`, `times`";
    assert_eq!(
        explained(interface(&times(r#"(param "n" s32) (result u32)"#))),
        format!("{place}, parameter 1: expected `n: u32`, found `n: s32`")
    );
    assert_eq!(
        explained(interface(&times(r#"(param "m" u32) (result u32)"#))),
        format!("{place}, parameter 1: expected `n: u32`, found `m: u32`")
    );
    assert_eq!(
        explained(interface(&times(r#"(param "n" u32) (result char)"#))),
        format!("{place}, result: expected `u32`, found `char`")
    );
    assert_eq!(
        explained(interface(
            r#"(func $f (param "n" (list (option u8))) (result u32)
              (canon lift (core func $m "s") (memory $mem) (realloc (core func $m "realloc"))))"#
        )),
        format!("{place}, parameter 1: expected `n: u32`, found `n: list<option<u8>>`")
    );
    let nothing = provider(MATH, "other", 1, None);
    assert_eq!(explained(nothing), format!("{place}: expected a function, found nothing of that name"));
    // Of every interface.
    let other = "test:lib/other@1.0.0";
    let two = composed(
        &[
            command(&[(MATH, "times"), (other, "f")], 1),
            assemble(&format!(
                r#"(component (core module $m (func (export "f") (param i32) (result i32) unreachable)) (core instance $m (instantiate $m))
             (func $f (param "n" s32) (result u32) (canon lift (core func $m "f")))
             (instance $e (export "times" (func $f))) (export "{MATH}" (instance $e))
             (instance $o (export "g" (func $f))) (export "{other}" (instance $o)))"#
            )),
        ],
        None,
    );
    assert_eq!(
        two.unwrap_err().to_string(),
        format!(
            "{place}, parameter 1: expected `n: u32`, found `n: s32`\ninterface `{other}`, `f`: expected a function, found nothing of that name"
        )
    );
    let is_async = interface(&times(r#"async (param "n" u32) (result u32)"#));
    let is_async = composed(&[command(&[(MATH, "times")], 1), is_async], None);
    let message = is_async.unwrap_err().to_string();
    assert_eq!(message, format!("{place}: expected `func`, found `async func`"));
}

/// A command of 0.3 that calls the library, a component of 0.2 that prints, as an async function:
/// it is adapted first.
#[test]
fn a_library_of_the_other_generation_is_adapted_first() {
    let main = assemble(
        r#"(component
          (import "example:library/api@1.0.0" (instance $api
            (export "greet" (func async (param "times" u32) (result u32)))))
          (core func $greet (canon lower (func $api "greet")))
          (core module $m
            (import "" "greet" (func $greet (param i32) (result i32)))
            (func (export "run") (result i32) (i32.ne (call $greet (i32.const 3)) (i32.const 30))))
          (core instance $m (instantiate $m (with "" (instance (export "greet" (func $greet))))))
          (func $run async (result (result)) (canon lift (core func $m "run")))
          (instance $run (export "run" (func $run)))
          (export "wasi:cli/run@0.3.0" (instance $run)))"#,
    );
    let components = [main, fixture_bytes("library")];
    for (to, host) in
        [(None, Host::Only03), (Some(Generation::Wasi03), Host::Only03), (Some(Generation::Wasi02), Host::Only02)]
    {
        let composed = composed(&components, to).unwrap_or_else(|error| panic!("to {to:?}: {error}"));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("composed.wasm");
        fs::write(&path, composed.bytes).unwrap();
        let outcome = run_on(host, &path, &[], &[], &[], Stdin::Null, Stdout::Pipe);
        assert_eq!(outcome.code, Some(0), "to {to:?}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, b"greetings\n".repeat(3), "to {to:?}");
    }
}
