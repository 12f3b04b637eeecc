//! The Canonical ABI's rules for single built-ins of the async component model, in particular when
//! they trap: the situations of `test/async/` of the component-model repository that need one
//! component only. Each program runs natively on the host of 0.3 and translated on the host of 0.2.

use crate::support::both::{natively, run_translated};

/// The built-ins of a stream or future type, as `name.operation`, and what takes or gives elements
/// with `!` in its sync form.
fn built_ins(name: &str, kind: &str, ty: &str, has_memory: bool) -> (String, String, String) {
    let memory = if has_memory { "(memory (core memory $memory \"memory\"))" } else { "" };
    // The option that strings need.
    let realloc = if ty == "string" { "(realloc (core func $memory \"realloc\"))" } else { "" };
    let copied = if kind == "stream" { "(param i32 i32 i32) (result i32)" } else { "(param i32 i32) (result i32)" };
    let (mut definitions, mut imports, mut exports) =
        (format!("(type ${name} ({kind} {ty}))\n"), String::new(), String::new());
    let operations: [(&str, String, &str); 9] = [
        ("new", String::new(), "(result i64)"),
        ("read", format!("async {memory} {realloc}"), copied),
        ("write", format!("async {memory}"), copied),
        ("read!", format!("{memory} {realloc}"), copied),
        ("write!", memory.to_string(), copied),
        ("cancel-read", String::new(), "(param i32) (result i32)"),
        ("cancel-write", String::new(), "(param i32) (result i32)"),
        ("drop-readable", String::new(), "(param i32)"),
        ("drop-writable", String::new(), "(param i32)"),
    ];
    for (operation, options, signature) in operations {
        let id = format!("${name}.{operation}");
        let operation = operation.trim_end_matches('!');
        definitions += &format!("(core func {id} (canon {kind}.{operation} ${name} {options}))\n");
        imports += &format!("(import \"\" \"{id}\" (func {id} {signature}))\n");
        exports += &format!("(export \"{id}\" (func {id}))\n");
    }
    (definitions, imports, exports)
}

/// A command whose `run` is `body`, the body of a function without result, and is lifted
/// synchronously.
fn program(body: &str) -> Vec<u8> {
    let types = [
        built_ins("bytes", "stream", "u8", true),
        built_ins("longs", "stream", "u64", true),
        built_ins("units", "stream", "", false),
        built_ins("texts", "stream", "string", true),
        built_ins("number", "future", "u32", true),
        built_ins("unit", "future", "", false),
    ];
    let [mut definitions, mut imports, mut exports] = [(); 3].map(|()| String::new());
    for (definition, import, export) in types {
        definitions += &definition;
        imports += &import;
        exports += &export;
    }
    let text = format!(
        r#"(component
          (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
            (export "wait-for" (func async (param "how-long" u64)))))
          (core module $memory
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))
          (core instance $memory (instantiate $memory))
          {definitions}
          (core func $set.new (canon waitable-set.new))
          (core func $set.wait (canon waitable-set.wait (memory (core memory $memory "memory"))))
          (core func $set.poll (canon waitable-set.poll (memory (core memory $memory "memory"))))
          (core func $set.drop (canon waitable-set.drop))
          (core func $join (canon waitable.join))
          (core func $subtask.drop (canon subtask.drop))
          (core func $subtask.cancel (canon subtask.cancel))
          (core func $wait-for (canon lower (func $clock "wait-for") async))
          (core func $wait-for! (canon lower (func $clock "wait-for")))
          (core module $m
            (import "" "memory" (memory 1))
            {imports}
            (import "" "$set.new" (func $set.new (result i32)))
            (import "" "$set.wait" (func $set.wait (param i32 i32) (result i32)))
            (import "" "$set.poll" (func $set.poll (param i32 i32) (result i32)))
            (import "" "$set.drop" (func $set.drop (param i32)))
            (import "" "$join" (func $join (param i32 i32)))
            (import "" "$subtask.drop" (func $subtask.drop (param i32)))
            (import "" "$subtask.cancel" (func $subtask.cancel (param i32) (result i32)))
            (import "" "$wait-for" (func $wait-for (param i64) (result i32)))
            (import "" "$wait-for!" (func $wait-for! (param i64)))
            (global $r (mut i32) (i32.const 0)) (global $w (mut i32) (i32.const 0))
            (global $set (mut i32) (i32.const 0)) (global $sub (mut i32) (i32.const 0))
            ;; The two ends, readable and writable.
            (func $ends (param $both i64)
              (global.set $r (i32.wrap_i64 (local.get $both)))
              (global.set $w (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32)))))
            ;; A value that is not what it should be is a trap of its own kind, which no built-in
            ;; has: a division by zero.
            (func $is (param i32 i32)
              (if (i32.ne (local.get 0) (local.get 1)) (then (drop (i32.div_u (local.get 0) (i32.const 0))))))
            (func $run (export "run") (result i32) {body} (i32.const 0)))
          (core instance $i (instantiate $m (with "" (instance
            (export "memory" (memory $memory "memory"))
            {exports}
            (export "$set.new" (func $set.new)) (export "$set.wait" (func $set.wait))
            (export "$set.poll" (func $set.poll)) (export "$set.drop" (func $set.drop)) (export "$join" (func $join))
            (export "$subtask.drop" (func $subtask.drop)) (export "$subtask.cancel" (func $subtask.cancel))
            (export "$wait-for" (func $wait-for)) (export "$wait-for!" (func $wait-for!))))))
          (func $run async (result (result)) (canon lift (core func $i "run")))
          (instance $run (export "run" (func $run)))
          (export "wasi:cli/run@0.3.0" (instance $run)))"#
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

/// Asserts that `body` ends well on both hosts.
#[track_caller]
fn holds(body: &str) {
    let component = program(body);
    assert_eq!(natively(&component), Ok(()), "natively");
    assert_eq!(run_translated(&component), Ok(()), "translated");
}

/// Asserts that `body` traps on both hosts, and translated for this reason.
#[track_caller]
fn traps(body: &str, reason: &str) {
    let component = program(body);
    let trap = natively(&component).expect_err("no trap natively");
    assert!(!trap.contains("divide by zero"), "natively: {trap}");
    traps_translated(&component, reason);
}

#[track_caller]
fn traps_translated(component: &[u8], reason: &str) {
    let trap = run_translated(component).expect_err("no trap translated");
    assert!(trap.contains(reason), "expected `{reason}`: {trap}");
}

#[test]
fn zero_lengths_tell_readiness() {
    // A read of nothing waits until there is a writer, one that writes nothing too.
    holds(
        r#"(call $ends (call $bytes.new))
        (call $is (call $bytes.read (global.get $r) (i32.const 0) (i32.const 0)) (i32.const -1))
        (call $is (call $bytes.write (global.get $w) (i32.const 64) (i32.const 3)) (i32.const -1))
        (call $is (call $bytes.cancel-write (global.get $w)) (i32.const 2))
        (global.set $set (call $set.new))
        (call $join (global.get $r) (global.get $set))
        (call $is (call $set.poll (global.get $set) (i32.const 0)) (i32.const 2))
        (call $is (i32.load (i32.const 4)) (i32.const 0))"#,
    );
    // A write of nothing waits for a reader.
    holds(
        r#"(call $ends (call $bytes.new))
        (call $is (call $bytes.write (global.get $w) (i32.const 0) (i32.const 0)) (i32.const -1))
        (call $is (call $bytes.read (global.get $r) (i32.const 64) (i32.const 8)) (i32.const -1))
        (global.set $set (call $set.new))
        (call $join (global.get $w) (global.get $set))
        (call $is (call $set.poll (global.get $set) (i32.const 0)) (i32.const 3))
        (call $is (i32.load (i32.const 4)) (i32.const 0))
        (call $is (call $bytes.write (global.get $w) (i32.const 0) (i32.const 5)) (i32.const 0x50))
        (call $join (global.get $r) (global.get $set))
        (call $is (call $set.poll (global.get $set) (i32.const 0)) (i32.const 2))
        (call $is (i32.load (i32.const 4)) (i32.const 0x50))"#,
    );
}

#[test]
fn copies_are_partial_and_keep_their_order() {
    holds(
        r#"(call $ends (call $longs.new))
        (i64.store (i32.const 64) (i64.const 1)) (i64.store (i32.const 72) (i64.const 2)) (i64.store (i32.const 80) (i64.const 3))
        (call $is (call $longs.write (global.get $w) (i32.const 64) (i32.const 3)) (i32.const -1))
        (call $is (call $longs.read (global.get $r) (i32.const 256) (i32.const 2)) (i32.const 0x20))
        (call $is (i32.wrap_i64 (i64.load (i32.const 264))) (i32.const 2))
        (call $is (call $longs.read (global.get $r) (i32.const 256) (i32.const 2)) (i32.const 0x10))
        (call $is (i32.wrap_i64 (i64.load (i32.const 256))) (i32.const 3))
        (global.set $set (call $set.new))
        (call $join (global.get $w) (global.get $set))
        (call $is (call $set.wait (global.get $set) (i32.const 0)) (i32.const 3))
        (call $is (i32.load (i32.const 4)) (i32.const 0x30))
        (call $longs.drop-writable (global.get $w))
        (call $is (call $longs.read (global.get $r) (i32.const 256) (i32.const 2)) (i32.const 1))
        (call $longs.drop-readable (global.get $r))"#,
    );
    holds(
        r#"(call $ends (call $units.new))
        (call $is (call $units.read (global.get $r) (i32.const 0) (i32.const 100)) (i32.const -1))
        (call $is (call $units.write (global.get $w) (i32.const 0) (i32.const 70)) (i32.const 0x460))
        (call $is (call $units.write (global.get $w) (i32.const 0) (i32.const 70)) (i32.const 0x1e0))
        (call $units.drop-writable (global.get $w))"#,
    );
}

#[test]
fn futures_give_one_value() {
    holds(
        r#"(call $ends (call $number.new))
        (i32.store (i32.const 64) (i32.const 42))
        (call $is (call $number.read (global.get $r) (i32.const 256)) (i32.const -1))
        (call $is (call $number.write (global.get $w) (i32.const 64)) (i32.const 0))
        (global.set $set (call $set.new))
        (call $join (global.get $r) (global.get $set))
        (call $is (call $set.wait (global.get $set) (i32.const 0)) (i32.const 4))
        (call $is (i32.load (i32.const 256)) (i32.const 42))
        (call $number.drop-writable (global.get $w))
        (call $number.drop-readable (global.get $r))"#,
    );
    holds(
        r#"(call $ends (call $unit.new))
        (call $unit.drop-readable (global.get $r))
        (call $is (call $unit.write (global.get $w) (i32.const 0)) (i32.const 1))
        (call $unit.drop-writable (global.get $w))"#,
    );
    const NOT_WRITTEN: &str = "before a value was written";
    traps("(call $ends (call $number.new)) (call $number.drop-writable (global.get $w))", NOT_WRITTEN);
    traps(
        r#"(call $ends (call $number.new))
        (call $is (call $number.read (global.get $r) (i32.const 256)) (i32.const -1))
        (call $is (call $number.cancel-read (global.get $r)) (i32.const 2))
        (call $number.drop-readable (global.get $r))
        (call $number.drop-writable (global.get $w))"#,
        NOT_WRITTEN,
    );
    traps(
        r#"(call $ends (call $number.new))
        (drop (call $number.read (global.get $r) (i32.const 256)))
        (drop (call $number.write (global.get $w) (i32.const 64)))
        (drop (call $number.write (global.get $w) (i32.const 64)))"#,
        "after its last operation",
    );
}

#[test]
fn ends_are_used_once_at_a_time() {
    const BUSY: &str = "was used while it was busy";
    let read = "(call $ends (call $bytes.new)) (drop (call $bytes.read (global.get $r) (i32.const 0) (i32.const 9)))";
    traps(&format!("{read} (drop (call $bytes.read (global.get $r) (i32.const 0) (i32.const 9)))"), BUSY);
    traps(&format!("{read} (call $bytes.drop-readable (global.get $r))"), BUSY);
    let write = "(call $ends (call $bytes.new)) (drop (call $bytes.write (global.get $w) (i32.const 0) (i32.const 9)))";
    traps(&format!("{write} (drop (call $bytes.write! (global.get $w) (i32.const 0) (i32.const 9)))"), BUSY);
    traps(&format!("{write} (call $bytes.drop-writable (global.get $w))"), BUSY);
    let idle = "there is no operation to cancel";
    traps("(call $ends (call $bytes.new)) (drop (call $bytes.cancel-read (global.get $r)))", idle);
    traps(
        &format!(
            "{write} (drop (call $bytes.cancel-write (global.get $w))) (drop (call $bytes.cancel-write (global.get $w)))"
        ),
        idle,
    );
    let end = "(call $ends (call $bytes.new)) (call $bytes.drop-writable (global.get $w))
        (drop (call $bytes.read (global.get $r) (i32.const 0) (i32.const 9)))";
    traps(
        &format!("{end} (drop (call $bytes.read (global.get $r) (i32.const 0) (i32.const 9)))"),
        "after its last operation",
    );
}

#[test]
fn handles_are_checked() {
    const UNKNOWN: &str = "unknown handle index";
    traps(
        "(call $ends (call $bytes.new)) (drop (call $bytes.read (global.get $w) (i32.const 0) (i32.const 1)))",
        UNKNOWN,
    );
    traps("(drop (call $bytes.write (i32.const 77) (i32.const 0) (i32.const 1)))", UNKNOWN);
    traps(
        "(call $ends (call $bytes.new)) (call $bytes.drop-readable (global.get $r)) (call $bytes.drop-readable (global.get $r))",
        UNKNOWN,
    );
    traps("(call $set.drop (i32.const 0))", UNKNOWN);
    traps("(call $ends (call $bytes.new)) (call $set.drop (global.get $r))", UNKNOWN);
    traps("(drop (call $set.wait (i32.const 5) (i32.const 0)))", UNKNOWN);
    traps("(global.set $set (call $set.new)) (call $join (global.get $set) (global.get $set))", UNKNOWN);
    traps("(call $ends (call $number.new)) (call $subtask.drop (global.get $r))", UNKNOWN);
}

#[test]
fn buffers_are_checked() {
    // Wasmtime looks at some buffers only when something is copied; the Canonical ABI does so when
    // the copy begins.
    let at_once = |body: &str, reason: &str| traps_translated(&program(body), reason);
    let long = "the buffer has too many elements";
    at_once(
        "(call $ends (call $units.new)) (drop (call $units.read (global.get $r) (i32.const 0) (i32.const 0x10000000)))",
        long,
    );
    at_once(
        "(call $ends (call $bytes.new)) (drop (call $bytes.read (global.get $r) (i32.const 65530) (i32.const 7)))",
        "wasi-shim: read",
    );
    at_once(
        "(call $ends (call $longs.new)) (drop (call $longs.read (global.get $r) (i32.const 65528) (i32.const 0x2000000)))",
        "wasi-shim: read",
    );
    at_once(
        "(call $ends (call $longs.new)) (drop (call $longs.read (global.get $r) (i32.const 4) (i32.const 1)))",
        "wasi-shim: read",
    );
    at_once(
        "(call $ends (call $longs.new)) (drop (call $longs.write (global.get $w) (i32.const 4) (i32.const 1)))",
        "wasi-shim: write",
    );
    at_once(
        "(call $ends (call $longs.new)) (drop (call $longs.write (global.get $w) (i32.const 65528) (i32.const 2)))",
        "",
    );
    at_once(
        "(call $ends (call $number.new)) (drop (call $number.read (global.get $r) (i32.const 65534)))",
        "wasi-shim: read",
    );
    holds(
        "(call $ends (call $bytes.new)) (call $is (call $bytes.read (global.get $r) (i32.const 65530) (i32.const 6)) (i32.const -1))",
    );
}

#[test]
fn values_that_are_not_numbers_stay_within_their_component() {
    traps(
        r#"(call $ends (call $texts.new))
        (call $is (call $texts.read (global.get $r) (i32.const 64) (i32.const 1)) (i32.const -1))
        (drop (call $texts.write (global.get $w) (i32.const 256) (i32.const 1)))"#,
        "other than numbers",
    );
    holds(
        r#"(call $ends (call $texts.new))
        (call $is (call $texts.read (global.get $r) (i32.const 64) (i32.const 1)) (i32.const -1))
        (call $texts.drop-writable (global.get $w))
        (global.set $set (call $set.new))
        (call $join (global.get $r) (global.get $set))
        (call $is (call $set.wait (global.get $set) (i32.const 0)) (i32.const 2))
        (call $is (i32.load (i32.const 4)) (i32.const 1))"#,
    );
}

#[test]
fn sets_hold_waitables() {
    traps(
        r#"(call $ends (call $bytes.new)) (global.set $set (call $set.new))
        (call $join (global.get $r) (global.get $set)) (call $set.drop (global.get $set))"#,
        "dropped while waitables were in it",
    );
    holds(
        r#"(call $ends (call $bytes.new)) (global.set $set (call $set.new))
        (call $join (global.get $r) (global.get $set))
        (call $bytes.drop-readable (global.get $r))
        (call $set.drop (global.get $set))"#,
    );
    const BOTH: &str = "used synchronously while it was in a waitable set";
    let joined = |end: &str, then: &str| {
        format!(
            "(call $ends (call $bytes.new)) (global.set $set (call $set.new)) (call $join (global.get {end}) (global.get $set)) {then}"
        )
    };
    traps(&joined("$r", "(drop (call $bytes.read! (global.get $r) (i32.const 0) (i32.const 1)))"), BOTH);
    traps(&joined("$w", "(drop (call $bytes.write! (global.get $w) (i32.const 0) (i32.const 1)))"), BOTH);
    traps(
        &joined(
            "$r",
            "(drop (call $bytes.read (global.get $r) (i32.const 0) (i32.const 1))) (drop (call $bytes.cancel-read (global.get $r)))",
        ),
        BOTH,
    );
}

#[test]
fn subtasks_resolve_or_are_cancelled() {
    let start = r#"(global.set $sub (i32.shr_u (call $wait-for (i64.const 20000000)) (i32.const 4)))"#;
    traps(&format!("{start} (call $subtask.drop (global.get $sub))"), "before it had resolved");
    holds(&format!(
        r#"{start} (global.set $set (call $set.new))
        (call $is (call $subtask.cancel (global.get $sub)) (i32.const 4))
        (call $subtask.drop (global.get $sub)) (call $set.drop (global.get $set))"#
    ));
    traps(
        &format!(
            "{start} (drop (call $subtask.cancel (global.get $sub))) (drop (call $subtask.cancel (global.get $sub)))"
        ),
        "cancelled after it had resolved",
    );
    holds(&format!(
        r#"{start} (global.set $set (call $set.new)) (call $join (global.get $sub) (global.get $set))
        (call $is (call $set.poll (global.get $set) (i32.const 0)) (i32.const 0))
        (call $wait-for! (i64.const 40000000))
        (call $is (call $set.wait (global.get $set) (i32.const 0)) (i32.const 1))
        (call $is (i32.load (i32.const 4)) (i32.const 2))
        (call $subtask.drop (global.get $sub)) (call $set.drop (global.get $set))"#
    ));
}

/// Nothing can happen any more: the trap says what for.
#[test]
fn deadlocks_are_explained() {
    let body = r#"(call $ends (call $bytes.new))
        (drop (call $bytes.read (global.get $r) (i32.const 0) (i32.const 9)))
        (global.set $set (call $set.new)) (call $join (global.get $r) (global.get $set))
        (call $ends (call $number.new))
        (drop (call $number.write (global.get $w) (i32.const 64)))
        (drop (call $set.wait (global.get $set) (i32.const 0)))"#;
    // Natively there is nothing to compare with: wasmtime waits for ever.
    let traps = |body: &str, reason: &str| traps_translated(&program(body), reason);
    traps(body, "deadlock: every task waits");
    traps(body, "waiting to read from a stream: nobody writes to it");
    traps(body, "waiting to write a future: nobody reads it");
    traps("(drop (call $set.wait (call $set.new) (i32.const 0)))", "deadlock");
    traps(
        "(call $ends (call $units.new)) (drop (call $units.read! (global.get $r) (i32.const 0) (i32.const 9)))",
        "nobody writes to it",
    );
}
