//! Parts of different generations that share an interface whose types are WASI's: what can be
//! connected is, what cannot is explained.

use std::fs;

use crate::support::text::template;
use crate::support::{Host, Stdin, Stdout, run_on};
use wasi_shim::{Error, Generation, WrapOptions, compose};

fn assemble(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn composed(components: &[Vec<u8>], to: Option<Generation>) -> Result<Vec<u8>, Error> {
    let components: Vec<&[u8]> = components.iter().map(|bytes| &bytes[..]).collect();
    let mut options = WrapOptions::default();
    options.to = to;
    compose(&components, &options).map(|composed| composed.bytes)
}

/// Composes them for both generations, and runs both.
#[track_caller]
fn run_on_both(components: &[Vec<u8>]) {
    for (to, host) in [(Generation::Wasi03, Host::Only03), (Generation::Wasi02, Host::Only02)] {
        let bytes = composed(components, Some(to)).unwrap_or_else(|error| panic!("for {}: {error}", to.name()));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("composed.wasm");
        fs::write(&path, bytes).unwrap();
        let outcome = run_on(host, &path, &[], &[], &[], Stdin::Null, Stdout::Pipe);
        assert_eq!(outcome.code, Some(0), "on {}: {}", host.name(), outcome.stderr);
    }
}

const API: &str = "test:mixed/api@1.0.0";
const POLL: &str = r#"
    (import "wasi:io/poll@0.2.3" (instance $poll
      (export "pollable" (type $pollable (sub resource)))
      (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
    (alias export $poll "pollable" (type $pollable))"#;

/// Exports the interface, where `ty` is the type outside that it uses under `name`, and its
/// functions are `functions`: name and type, in which `{{t}}` is the type that is used. All are
/// core functions of `$main`.
fn exported(name: &str, ty: &str, functions: &[(&str, &str)]) -> String {
    let [mut lifts, mut imports, mut exports, mut with] = [const { String::new() }; 4];
    for (at, (function, signature)) in functions.iter().enumerate() {
        let [outside, within, exported] = [ty, "$t", "$named"].map(|ty| template(signature, &[("t", ty)]));
        lifts += &format!("(func $f{at} {outside} (canon lift (core func $main \"{function}\")))\n");
        imports += &format!("(import \"f{at}\" (func $f{at} {within}))\n");
        exports += &format!("(export \"{function}\" (func $f{at}) (func {exported}))\n");
        with += &format!("(with \"f{at}\" (func $f{at}))");
    }
    format!(
        r#"{lifts}
        (component $shim (import "t" (type $t (sub resource))) {imports} (export $named "{name}" (type $t)) {exports})
        (instance $api (instantiate $shim (with "t" (type {ty})) {with}))
        (export "{API}" (instance $api))"#
    )
}

/// Imports it in the same way.
fn imported(name: &str, ty: &str, functions: &[(&str, &str)]) -> String {
    let export = |(function, signature): &(&str, &str)| {
        format!("(export \"{function}\" (func {}))", template(signature, &[("t", "$named")]))
    };
    let functions: String = functions.iter().map(export).collect();
    format!(
        r#"(import "{API}" (instance $api (alias outer 1 {ty} (type $outer)) (export "{name}" (type $named (eq $outer))) {functions}))"#
    )
}

const TIMER: &[(&str, &str)] = &[("timer", r#"(param "ms" u64) (result (own {{t}}))"#)];

/// Gives pollables of its host of 0.2.
fn timers() -> Vec<u8> {
    let exported = exported("pollable", "$pollable", TIMER);
    assemble(&format!(
        r#"(component {POLL}
        (import "wasi:clocks/monotonic-clock@0.2.3" (instance $clock
          (alias outer 1 $pollable (type $outer)) (export "pollable" (type $pollable (eq $outer)))
          (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))
        (core func $subscribe (canon lower (func $clock "subscribe-duration")))
        (core module $main
          (import "" "subscribe" (func $subscribe (param i64) (result i32)))
          (func (export "timer") (param i64) (result i32)
            (call $subscribe (i64.mul (local.get 0) (i64.const 1000000)))))
        (core instance $main (instantiate $main (with "" (instance (export "subscribe" (func $subscribe))))))
        {exported})"#
    ))
}

/// A program of 0.3, which waits by the clock of 0.3, and for pollables of 0.2 that a library of
/// 0.2 gives it.
#[test]
fn a_program_of_03_gets_pollables_of_02() {
    let imported = imported("pollable", "$pollable", TIMER);
    let program = assemble(&format!(
        r#"(component {POLL} {imported}
        (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
          (export "now" (func (result u64))) (export "wait-for" (func async (param "how-long" u64)))))
        (core func $timer (canon lower (func $api "timer")))
        (core func $block (canon lower (func $poll "[method]pollable.block")))
        (core func $drop (canon resource.drop $pollable))
        (core func $now (canon lower (func $clock "now")))
        (core func $wait (canon lower (func $clock "wait-for")))
        (core module $main
          (import "" "timer" (func $timer (param i64) (result i32)))
          (import "" "block" (func $block (param i32)))
          (import "" "drop" (func $drop (param i32)))
          (import "" "now" (func $now (result i64)))
          (import "" "wait" (func $wait (param i64)))
          (func (export "run") (result i32) (local $start i64) (local $timer i32)
            (local.set $start (call $now))
            (local.set $timer (call $timer (i64.const 20)))
            (call $wait (i64.const 1000000))
            (call $block (local.get $timer))
            (call $drop (local.get $timer))
            (i64.lt_u (i64.sub (call $now) (local.get $start)) (i64.const 20000000))))
        (core instance $main (instantiate $main (with "" (instance
          (export "timer" (func $timer)) (export "block" (func $block)) (export "drop" (func $drop))
          (export "now" (func $now)) (export "wait" (func $wait))))))
        (func $run async (result (result)) (canon lift (core func $main "run")))
        (instance $run (export "run" (func $run)))
        (export "wasi:cli/run@0.3.0" (instance $run)))"#
    ));
    run_on_both(&[program, timers()]);
}

fn fields(functions: &str) -> String {
    format!(
        r#"(import "wasi:http/types@0.3.0" (instance $types (export "fields" (type $fields (sub resource))) {functions}))
        (alias export $types "fields" (type $fields))"#
    )
}

const MAKE: &[(&str, &str)] =
    &[("make", "(result (own {{t}}))"), ("look", r#"(param "fields" (borrow {{t}})) (result u32)"#)];

/// A program of 0.2 whose library uses 0.3: the program clones the fields of 0.3 that it gets.
#[test]
fn a_program_of_02_gets_fields_of_03() {
    let exported = exported("fields", "$fields", MAKE);
    let new = fields(
        r#"(export "[constructor]fields" (func (result (own $fields))))
           (export "[method]fields.has" (func (param "self" (borrow $fields)) (param "name" string) (result bool)))"#,
    );
    let library = assemble(&format!(
        r#"(component {new}
        (core module $memory (memory (export "memory") 1) (data (i32.const 8) "a-name"))
        (core instance $memory (instantiate $memory))
        (alias core export $memory "memory" (core memory $memory))
        (core func $new (canon lower (func $types "[constructor]fields")))
        (core func $has (canon lower (func $types "[method]fields.has") (memory $memory)))
        (core func $drop (canon resource.drop $fields))
        (core module $main
          (import "" "new" (func $new (result i32)))
          (import "" "has" (func $has (param i32 i32 i32) (result i32)))
          (import "" "drop" (func $drop (param i32)))
          (func (export "make") (result i32) (call $new))
          (func (export "look") (param i32) (result i32)
            (i32.add (i32.const 7) (call $has (local.get 0) (i32.const 8) (i32.const 6)))
            (call $drop (local.get 0))))
        (core instance $main (instantiate $main (with "" (instance
          (export "new" (func $new)) (export "has" (func $has)) (export "drop" (func $drop))))))
        {exported})"#
    ));
    let imported = imported("fields", "$fields", MAKE);
    let clone =
        fields(r#"(export "[method]fields.clone" (func (param "self" (borrow $fields)) (result (own $fields))))"#);
    let program = assemble(&format!(
        r#"(component {clone} {imported}
        (core func $make (canon lower (func $api "make")))
        (core func $look (canon lower (func $api "look")))
        (core func $clone (canon lower (func $types "[method]fields.clone")))
        (core func $drop (canon resource.drop $fields))
        (core module $main
          (import "" "make" (func $make (result i32)))
          (import "" "look" (func $look (param i32) (result i32)))
          (import "" "clone" (func $clone (param i32) (result i32)))
          (import "" "drop" (func $drop (param i32)))
          (func (export "run") (result i32) (local $one i32) (local $two i32)
            (local.set $two (call $clone (local.tee $one (call $make))))
            (call $drop (local.get $one))
            (i32.ne (call $look (local.get $two)) (i32.const 7))
            (call $drop (local.get $two))))
        (core instance $main (instantiate $main (with "" (instance
          (export "make" (func $make)) (export "look" (func $look)) (export "clone" (func $clone)) (export "drop" (func $drop))))))
        (func $run (result (result)) (canon lift (core func $main "run")))
        (instance $run (export "run" (func $run)))
        (export "wasi:cli/run@0.2.3" (instance $run)))"#
    ));
    run_on_both(&[program, library]);
}

/// A component that imports the interface with descriptors of `version`; and one that exports it.
fn user_and_owner(version: &str, import: &[(&str, &str)], export: &[(&str, &str)]) -> [Vec<u8>; 2] {
    let types = format!(
        r#"(import "wasi:filesystem/types@{version}" (instance $files (export "descriptor" (type (sub resource)))))
        (alias export $files "descriptor" (type $descriptor))"#
    );
    let functions: String =
        export.iter().map(|(name, _)| format!("(func (export \"{name}\") (param i32) unreachable)")).collect();
    let imported = imported("descriptor", "$descriptor", import);
    let exported = exported("descriptor", "$descriptor", export);
    [
        assemble(&format!("(component {types} {imported} (core module))")),
        assemble(&format!(
            "(component {types} (core module $main {functions}) (core instance $main (instantiate $main)) {exported})"
        )),
    ]
}

#[track_caller]
fn explained(front: Vec<u8>, behind: Vec<u8>) -> String {
    match composed(&[front, behind], None) {
        Err(Error::DoNotFit { front: 0, behind: 1, message }) => message,
        other => panic!("{:?}", other.map(|bytes| bytes.len())),
    }
}

/// Types that are called `descriptor` in both generations are not the same; an async part that has
/// one is no reason to adapt it first.
#[test]
fn handles_of_another_generation() {
    let takes = |is_async: &str| is_async.to_string() + r#" (param "file" (borrow {{t}}))"#;
    let (sync, is_async) = (takes(""), takes("async"));
    let [user02, owner02] = user_and_owner("0.2.3", &[("g", &sync), ("f", &sync)], &[("g", &sync), ("f", &sync)]);
    let [user03, owner03] =
        user_and_owner("0.3.0", &[("g", &is_async), ("f", &is_async)], &[("g", &sync), ("f", &sync)]);
    let [two, three] =
        ["0.2", "0.3"].map(|series| format!("`file: borrow<wasi:filesystem/types@{series}#descriptor>`"));
    let place = "interface `test:mixed/api@1.0.0`, `g`, parameter 1";
    assert_eq!(explained(user03, owner02.clone()), format!("{place}: expected {three}, found {two}"));
    assert_eq!(explained(user02.clone(), owner03), format!("{place}: expected {two}, found {three}"));
    composed(&[user02, owner02], None).unwrap();
    // Another patch is the same.
    let [_, later] = user_and_owner("0.2.12", &[], &[("g", &sync), ("f", &sync)]);
    let [earlier, _] = user_and_owner("0.2.0", &[("f", &sync)], &[]);
    composed(&[earlier, later], None).unwrap();
}

/// A stream of 0.3 is no `input-stream` of 0.2, whatever the function is called.
#[test]
fn streams_of_another_generation() {
    let front = assemble(&format!(
        r#"(component (import "wasi:random/random@0.3.0" (instance)) (core module)
        (import "{API}" (instance (type $s (stream u8)) (export "read" (func (param "from" $s))))))"#
    ));
    let streams = r#"(import "wasi:io/streams@0.2.3" (instance $streams (export "input-stream" (type (sub resource)))))
        (alias export $streams "input-stream" (type $input-stream))"#;
    let exported = exported("input-stream", "$input-stream", &[("read", r#"(param "from" (own {{t}}))"#)]);
    let behind = assemble(&format!(
        r#"(component {streams} (core module $main (func (export "read") (param i32)))
        (core instance $main (instantiate $main)) {exported})"#
    ));
    assert_eq!(
        explained(front, behind),
        "interface `test:mixed/api@1.0.0`, `read`, parameter 1: expected `from: stream<u8>`, found \
         `from: wasi:io/streams@0.2#input-stream`"
    );
}

/// Both take the handles of one interface from different components, so they are not of one kind.
#[test]
fn types_from_different_components() {
    let kinds = "test:mixed/kinds@1.0.0";
    let import = format!(
        r#"(import "{kinds}" (instance $kinds (export "kind" (type (sub resource)))))
        (alias export $kinds "kind" (type $kind))"#
    );
    let owner = |more: &str| {
        assemble(&format!(
            r#"(component {more} (core module) (type $kind (resource (rep i32)))
            (component $shim (import "t" (type $t (sub resource))) (export "kind" (type $t)))
            (instance $kinds (instantiate $shim (with "t" (type $kind))))
            (export "{kinds}" (instance $kinds)))"#
        ))
    };
    // Takes them from behind, and gives them on as they are.
    let between = assemble(&format!(
        r#"(component {import} (core module)
        (component $shim (import "t" (type $t (sub resource))) (export "kind" (type $t)))
        (instance $again (instantiate $shim (with "t" (type $kind))))
        (export "{kinds}" (instance $again)))"#
    ));
    let functions = [("f", r#"(param "kind" (borrow {{t}}))"#)];
    let [imported, exported] = [imported, exported].map(|make| make("kind", "$kind", &functions));
    let user = assemble(&format!("(component {import} {imported} (core module))"));
    let library = assemble(&format!(
        r#"(component {import} (core module $main (func (export "f") (param i32))) (core instance $main (instantiate $main))
        {exported})"#
    ));
    let all = [&user, &library, &owner("")].map(Clone::clone);
    composed(&all, None).unwrap();
    let all = [user.clone(), between, library.clone(), owner("")];
    composed(&all, None).unwrap();
    let two = [user.clone(), owner(""), library.clone(), owner("(type u8)")];
    let Err(Error::DoNotFit { front: 0, behind: 2, message }) = composed(&two, None) else { panic!() };
    assert_eq!(
        message,
        "interface `test:mixed/api@1.0.0` uses `kind` of `test:mixed/kinds@1.0.0`: expected that of component 2, found that of \
         component 4"
    );
    let Err(Error::DoNotFit { front: 0, behind: 2, message }) = composed(&[user, owner(""), library], None) else {
        panic!()
    };
    assert!(message.ends_with("expected that of component 2, found the host's"), "{message}");
}
