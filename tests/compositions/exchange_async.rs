//! Streams and futures of any type between components that wait: pipes through async functions,
//! writers that block in the middle of their code, ends within values, and results of WASI that a
//! component makes itself. Natively and translated, as in `exchange`.

use crate::support::{
    both::{natively, run_translated, translated},
    engine,
};
use wasi_shim::Generation;
use wasi_shim_hosts::{CommandOptions, Meter, Outcome};

/// Core imports and arguments for core functions: name, definition, type.
fn wiring(functions: &[(&str, &str, &str)]) -> (String, String, String) {
    let (mut definitions, mut imports, mut args) = (String::new(), String::new(), String::new());
    for (name, canon, ty) in functions {
        definitions += &format!("(core func ${name} {canon})\n");
        imports += &format!("(import \"\" \"{name}\" (func ${name} {ty}))\n");
        args += &format!("(export \"{name}\" (func ${name}))\n");
    }
    (definitions, imports, args)
}

const MEMORY: &str = r#"
    (core module $mem
      (memory (export "mem") 64)
      (global $next (mut i32) (i32.const 65536))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (if (i32.gt_u (global.get $next) (i32.const 0x300000)) (then (global.set $next (i32.const 65536))))
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (local.get 3)))))
    (core instance $mem (instantiate $mem))
    (alias core export $mem "mem" (core memory $memory))
    (alias core export $mem "realloc" (core func $realloc))"#;

/// The built-ins of `$end`, a stream, and of waitable sets.
const PIPES: &[(&str, &str, &str)] = &[
    ("new", "(canon stream.new $end)", "(result i64)"),
    ("read", "(canon stream.read $end async (memory $memory) (realloc $realloc))", "(param i32 i32 i32) (result i32)"),
    ("write", "(canon stream.write $end async (memory $memory))", "(param i32 i32 i32) (result i32)"),
    ("drop-r", "(canon stream.drop-readable $end)", "(param i32)"),
    ("drop-w", "(canon stream.drop-writable $end)", "(param i32)"),
    ("set.new", "(canon waitable-set.new)", "(result i32)"),
    ("set.drop", "(canon waitable-set.drop)", "(param i32)"),
    ("set.wait", "(canon waitable-set.wait (memory $memory))", "(param i32 i32) (result i32)"),
    ("join", "(canon waitable.join)", "(param i32 i32)"),
];

/// (Ends are in sets only while a copy is under way: wasmtime 48 has events for others, too, whose
/// other end was dropped.)
///
/// A component whose `pipe` gives what it reads, `at_once` values at a time. Values are of type
/// `$ty`, of `size` bytes.
fn pipe(types: &str, size: u32, at_once: u32) -> String {
    let mut functions = PIPES.to_vec();
    functions.push(("return", "(canon task.return (result $end))", "(param i32)"));
    let (definitions, imports, args) = wiring(&functions);
    format!(
        r#"{types} (type $end (stream $ty)) {MEMORY} {definitions}
    (core module $main
      (import "" "mem" (memory 1)) {imports}
      (global $in (mut i32) (i32.const 0)) (global $out (mut i32) (i32.const 0)) (global $set (mut i32) (i32.const 0))
      (global $at (mut i32) (i32.const 0)) (global $left (mut i32) (i32.const 0)) (global $ended (mut i32) (i32.const 0))
      (func (export "pipe") (param i32) (result i32) (local $ends i64)
        (global.set $in (local.get 0))
        (local.set $ends (call $new))
        (global.set $out (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
        (global.set $set (call $set.new))
        (call $return (i32.wrap_i64 (local.get $ends)))
        (call $go-on))
      (func $has-read (param $payload i32)
        (global.set $at (i32.const 0x4000))
        (global.set $left (i32.shr_u (local.get $payload) (i32.const 4)))
        (global.set $ended (i32.and (local.get $payload) (i32.const 1))))
      (func $has-written (param $payload i32)
        (if (i32.and (local.get $payload) (i32.const 15)) (then unreachable))
        (global.set $at (i32.add (global.get $at)
          (i32.mul (i32.shr_u (local.get $payload) (i32.const 4)) (i32.const {size}))))
        (global.set $left (i32.sub (global.get $left) (i32.shr_u (local.get $payload) (i32.const 4)))))
      (func $go-on (result i32) (local $answer i32)
        (loop $next
          (if (global.get $left)
            (then
              (local.set $answer (call $write (global.get $out) (global.get $at) (global.get $left)))
              (if (i32.ne (local.get $answer) (i32.const -1))
                (then (call $has-written (local.get $answer)) (br $next))))
            (else
              (if (global.get $ended) (then
                (call $drop-r (global.get $in)) (call $drop-w (global.get $out)) (call $set.drop (global.get $set))
                (global.set $ended (i32.const 0))
                (return (i32.const 0))))
              (local.set $answer (call $read (global.get $in) (i32.const 0x4000) (i32.const {at_once})))
              (if (i32.ne (local.get $answer) (i32.const -1))
                (then (call $has-read (local.get $answer)) (br $next))))))
        (call $join (select (global.get $out) (global.get $in) (global.get $left)) (global.get $set))
        (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
      (func (export "callback") (param $code i32) (param $end i32) (param $payload i32) (result i32)
        (call $join (local.get $end) (i32.const 0))
        (if (i32.eq (local.get $code) (i32.const 2))
          (then (call $has-read (local.get $payload))) (else (call $has-written (local.get $payload))))
        (call $go-on)))
    (core instance $main (instantiate $main (with "" (instance (export "mem" (memory $mem "mem")) {args}))))
    (func $pipe async (param "values" $end) (result $end)
      (canon lift (core func $main "pipe") async (callback (core func $main "callback"))))
    (instance $pipes (export "pipe" (func $pipe)))
    (export "test:exchange/pipes" (instance $pipes))"#
    )
}

/// The type of an instance with a pipe.
fn interface(types: &str) -> String {
    format!(
        r#"(instance {types} (type $end (stream $ty))
          (export "pipe" (func async (param "values" $end) (result $end))))"#
    )
}

/// A component whose `pipe` is that of another one: it passes the ends on.
fn relay(types: &str) -> String {
    let (definitions, imports, args) = wiring(&[
        ("inner", "(canon lower (func $inner \"pipe\") async (memory $memory))", "(param i32 i32) (result i32)"),
        ("return", "(canon task.return (result $end))", "(param i32)"),
    ]);
    let inner = interface(types).replacen("(instance", "(instance $inner", 1);
    format!(
        r#"(import "inner" {inner}) {types} (type $end (stream $ty)) {MEMORY} {definitions}
    (core module $main (import "" "mem" (memory 1)) {imports}
      (func (export "pipe") (param i32) (result i32)
        (if (i32.ne (i32.and (call $inner (local.get 0) (i32.const 16)) (i32.const 15)) (i32.const 2)) (then unreachable))
        (call $return (i32.load (i32.const 16)))
        (i32.const 0))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $main (instantiate $main (with "" (instance (export "mem" (memory $mem "mem")) {args}))))
    (func $pipe async (param "values" $end) (result $end)
      (canon lift (core func $main "pipe") async (callback (core func $main "callback"))))
    (instance $pipes (export "pipe" (func $pipe)))
    (export "test:exchange/pipes" (instance $pipes))"#
    )
}

/// `run` sends `writes` times `many` values through two pipes, the second behind a relay, and reads
/// them, `reads` at a time. `store` and `check` are as in `exchange`, of values with these numbers.
fn through_pipes(
    types: &str,
    size: u32,
    more: &[(&str, &str, &str)],
    [store, check]: [&str; 2],
    [writes, many, reads]: [u32; 3],
) -> Vec<u8> {
    let mut functions = PIPES.to_vec();
    let lowered = "(param i32 i32) (result i32)";
    functions.push(("subtask.drop", "(canon subtask.drop)", "(param i32)"));
    functions.push(("pipe-b", "(canon lower (func $b \"pipe\") async (memory $memory))", lowered));
    functions.push(("pipe-c", "(canon lower (func $c \"pipe\") async (memory $memory))", lowered));
    functions.extend(more);
    let (definitions, imports, args) = wiring(&functions);
    let instance = interface(types);
    let caller = format!(
        r#"(import "b" {}) (import "c" {}) {types} (type $end (stream $ty)) {MEMORY} {definitions}
    (core module $main
      (import "" "mem" (memory 1)) {imports}
      (func $is (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
      (func $store (param $p i32) (param $n i32) (local $ends i64) {store})
      (func $check (param $p i32) (param $n i32) {check})
      (global $in (mut i32) (i32.const 0)) (global $out (mut i32) (i32.const 0)) (global $set (mut i32) (i32.const 0))
      (global $source (mut i32) (i32.const 0)) (global $left (mut i32) (i32.const 0)) (global $seen (mut i32) (i32.const 0))
      (global $done (mut i32) (i32.const 0))
      ;; Waits for this call unless it has returned, and asserts that no other event comes before.
      (func $returned (param $answer i32) (local $call i32)
        (if (i32.ne (local.get $answer) (i32.const 2)) (then
          (local.set $call (i32.shr_u (local.get $answer) (i32.const 4)))
          (call $join (local.get $call) (global.get $set))
          (call $is (call $set.wait (global.get $set) (i32.const 0)) (i32.const 1))
          (call $is (i32.load (i32.const 4)) (i32.const 2))
          (call $subtask.drop (local.get $call)))))
      (func $fill (param $first i32) (local $at i32)
        (loop $next
          (call $store (i32.add (i32.const 0x1000) (i32.mul (local.get $at) (i32.const {size})))
            (i32.add (local.get $first) (local.get $at)))
          (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const {many}))))
        (global.set $source (i32.const 0x1000)) (global.set $left (i32.const {many})))
      (func $has-written (param $payload i32)
        (call $is (i32.and (local.get $payload) (i32.const 15)) (i32.const 0))
        (global.set $source (i32.add (global.get $source)
          (i32.mul (i32.shr_u (local.get $payload) (i32.const 4)) (i32.const {size}))))
        (global.set $left (i32.sub (global.get $left) (i32.shr_u (local.get $payload) (i32.const 4)))))
      (func $has-read (param $payload i32) (local $at i32)
        (global.set $done (i32.and (local.get $payload) (i32.const 1)))
        (block $checked (loop $next
          (br_if $checked (i32.eq (local.get $at) (i32.shr_u (local.get $payload) (i32.const 4))))
          (call $check (i32.add (i32.const 0x4000) (i32.mul (local.get $at) (i32.const {size}))) (global.get $seen))
          (global.set $seen (i32.add (global.get $seen) (i32.const 1)))
          (local.set $at (i32.add (local.get $at) (i32.const 1))) (br $next))))
      (func (export "run") (result i32)
        (local $ends i64) (local $written i32) (local $writing i32) (local $reading i32) (local $answer i32)
        (local.set $ends (call $new))
        (global.set $out (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
        (global.set $set (call $set.new))
        (call $returned (call $pipe-b (i32.wrap_i64 (local.get $ends)) (i32.const 16)))
        (call $returned (call $pipe-c (i32.load (i32.const 16)) (i32.const 16)))
        (global.set $in (i32.load (i32.const 16)))
        (loop $next
          (if (i32.eqz (local.get $writing)) (then
            (if (i32.eqz (global.get $left)) (then
              (if (i32.lt_u (local.get $written) (i32.const {writes}))
                (then
                  (call $fill (i32.mul (local.get $written) (i32.const {many})))
                  (local.set $written (i32.add (local.get $written) (i32.const 1))))
                (else
                  (call $drop-w (global.get $out))
                  (local.set $writing (i32.const 1))))))
            (if (global.get $left) (then
              (local.set $answer (call $write (global.get $out) (global.get $source) (global.get $left)))
              (local.set $writing (i32.eq (local.get $answer) (i32.const -1)))
              (if (local.get $writing) (then (call $join (global.get $out) (global.get $set))))
              (if (i32.eqz (local.get $writing)) (then (call $has-written (local.get $answer))))))))
          (if (i32.eqz (local.get $reading)) (then
            (local.set $answer (call $read (global.get $in) (i32.const 0x4000) (i32.const {reads})))
            (local.set $reading (i32.eq (local.get $answer) (i32.const -1)))
            (if (local.get $reading) (then (call $join (global.get $in) (global.get $set))))
            (if (i32.eqz (local.get $reading)) (then (call $has-read (local.get $answer))))))
          (if (i32.and (local.get $writing) (local.get $reading)) (then
            (local.set $answer (call $set.wait (global.get $set) (i32.const 0)))
            (call $join (i32.load (i32.const 0)) (i32.const 0))
            (if (i32.eq (local.get $answer) (i32.const 3))
              (then (call $has-written (i32.load (i32.const 4))) (local.set $writing (i32.const 0)))
              (else (call $has-read (i32.load (i32.const 4))) (local.set $reading (i32.const 0))))))
          (br_if $next (i32.eqz (global.get $done))))
        (call $is (global.get $seen) (i32.const {all}))
        (call $drop-r (global.get $in)) (call $set.drop (global.get $set))
        (i32.const 0)))
    (core instance $main (instantiate $main (with "" (instance (export "mem" (memory $mem "mem")) {args}))))
    (func $run async (result (result)) (canon lift (core func $main "run")))
    (instance $run (export "run" (func $run)))
    (export "wasi:cli/run@0.3.0" (instance $run))"#,
        instance.replacen("(instance", "(instance $b", 1),
        instance.replacen("(instance", "(instance $c", 1),
        all = writes * many,
    );
    let text = format!(
        r#"(component
  (component $two {}) (component $five {}) (component $relay {}) (component $caller {caller})
  (instance $b (instantiate $two)) (instance $d (instantiate $five))
  (alias export $d "test:exchange/pipes" (instance $from-d))
  (instance $c (instantiate $relay (with "inner" (instance $from-d))))
  (alias export $b "test:exchange/pipes" (instance $from-b)) (alias export $c "test:exchange/pipes" (instance $from-c))
  (instance $caller (instantiate $caller (with "b" (instance $from-b)) (with "c" (instance $from-c))))
  (alias export $caller "wasi:cli/run@0.3.0" (instance $run))
  (export "wasi:cli/run@0.3.0" (instance $run)))"#,
        pipe(types, size, 2),
        pipe(types, size, 5),
        relay(types),
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn holds(component: &[u8]) {
    assert_eq!(natively(component), Ok(()), "natively");
    assert_eq!(run_translated(component), Ok(()), "translated");
}

const TEXT: [&str; 2] = [
    "(i32.store (local.get $p) (i32.add (i32.const 0x8000) (i32.mul (local.get $n) (i32.const 8))))
    (i32.store offset=4 (local.get $p) (i32.add (i32.const 4) (i32.and (local.get $n) (i32.const 3))))
    (i64.store (i32.load (local.get $p)) (i64.add (i64.const 0x7a7a7a7a30303030)
      (i64.extend_i32_u (i32.rem_u (local.get $n) (i32.const 70)))))",
    "(call $is (i32.load offset=4 (local.get $p)) (i32.add (i32.const 4) (i32.and (local.get $n) (i32.const 3))))
    (call $is (i32.load (i32.load (local.get $p)))
      (i32.add (i32.const 0x30303030) (i32.rem_u (local.get $n) (i32.const 70))))",
];

/// Streams that async functions take and give, behind each other, with buffers of different sizes.
#[test]
fn texts_go_through_pipes() {
    for counts in [[1, 1, 1], [4, 3, 7], [5, 12, 2], [3, 1, 100]] {
        holds(&through_pipes("(type $ty string)", 8, &[], TEXT, counts));
    }
}

const BYTES: &[(&str, &str, &str)] = &[
    ("bytes.new", "(canon stream.new $bytes)", "(result i64)"),
    ("bytes.read", "(canon stream.read $bytes async (memory $memory))", "(param i32 i32 i32) (result i32)"),
    ("bytes.write", "(canon stream.write $bytes async (memory $memory))", "(param i32 i32 i32) (result i32)"),
    ("bytes.drop-r", "(canon stream.drop-readable $bytes)", "(param i32)"),
];

/// Values that are ends themselves, or contain them.
#[test]
fn ends_go_through_pipes() {
    let store = |at: u32| {
        format!(
            "(local.set $ends (call $bytes.new))
            (i32.store offset={at} (local.get $p) (i32.wrap_i64 (local.get $ends)))
            (i32.store8 (i32.add (i32.const 0x7000) (local.get $n)) (i32.add (local.get $n) (i32.const 7)))
            (call $is (call $bytes.write (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32)))
              (i32.add (i32.const 0x7000) (local.get $n)) (i32.const 1)) (i32.const -1))"
        )
    };
    let check = |at: u32| {
        format!(
            "(call $is (call $bytes.read (i32.load offset={at} (local.get $p)) (i32.const 0x7800) (i32.const 3))
              (i32.const 0x10))
            (call $is (i32.load8_u (i32.const 0x7800)) (i32.add (local.get $n) (i32.const 7)))
            (call $bytes.drop-r (i32.load offset={at} (local.get $p)))"
        )
    };
    let types = "(type $bytes (stream u8)) (type $ty (stream u8))";
    holds(&through_pipes(types, 4, BYTES, [&store(0), &check(0)], [3, 4, 3]));
    let types = "(type $bytes (stream u8)) (type $ty (tuple string (option $bytes)))";
    let [store, check] = [
        format!("{} (i32.store8 offset=8 (local.get $p) (i32.const 1)) {}", TEXT[0], store(12)),
        format!("{} (call $is (i32.load8_u offset=8 (local.get $p)) (i32.const 1)) {}", TEXT[1], check(12)),
    ];
    holds(&through_pipes(types, 16, BYTES, [&store, &check], [3, 4, 3]));
}

/// However many values go through, R keeps nothing of them.
#[test]
fn memory_is_given_back() {
    let long = [
        "(i32.store (local.get $p) (i32.const 0x8000)) (i32.store offset=4 (local.get $p) (i32.const 70))
        (memory.fill (i32.const 0x8000) (i32.const 0x61) (i32.const 70))",
        "(call $is (i32.load offset=4 (local.get $p)) (i32.const 70))",
    ];
    let host = engine::host(Generation::Wasi02);
    let [few, many] = [100, 3000].map(|writes| {
        let component = translated(&through_pipes("(type $ty string)", 8, &[], long, [writes, 12, 3]));
        let meter = Meter::new();
        let mut options = CommandOptions::default();
        options.meter = meter.clone();
        assert_eq!(host.run_command(&component, options).unwrap(), Outcome::Exit(0));
        meter.bytes()
    });
    assert_eq!(few, many);
}

/// The result of a stream of WASI is handed on by the component that has it, or made by it: the
/// reader cannot tell.
#[test]
fn results_of_wasi_are_handed_on_or_made() {
    let types = r#"(import "wasi:cli/types@0.3.0" (instance $types
      (type $e (enum "io" "illegal-byte-sequence" "pipe")) (export "error-code" (type (eq $e)))))"#;
    let stdout = r#"(import "wasi:cli/stdout@0.3.0" (instance $stdout
      (alias outer 1 $error-code (type $e')) (export "error-code" (type $e (eq $e')))
      (type $bytes (stream u8)) (type $result (result (error $e))) (type $end (future $result))
      (export "write-via-stream" (func (param "data" $bytes) (result $end)))))"#;
    let alias = r#"(alias export $types "error-code" (type $error-code))"#;
    let end = "(type $result (result (error $error-code))) (type $end (future $result))";
    let (b_definitions, b_imports, b_args) = wiring(&[
        ("new", "(canon future.new $end)", "(result i64)"),
        ("write", "(canon future.write $end async (memory $memory))", "(param i32 i32) (result i32)"),
        ("bytes.new", "(canon stream.new $bytes)", "(result i64)"),
        ("bytes.drop-w", "(canon stream.drop-writable $bytes)", "(param i32)"),
        ("write-via-stream", "(canon lower (func $stdout \"write-via-stream\"))", "(param i32) (result i32)"),
    ]);
    let (a_definitions, a_imports, a_args) = wiring(&[
        ("read!", "(canon future.read $end (memory $memory))", "(param i32 i32) (result i32)"),
        ("drop-r", "(canon future.drop-readable $end)", "(param i32)"),
        ("made", "(canon lower (func $b \"made\"))", "(param i32) (result i32)"),
        ("handed-on", "(canon lower (func $b \"handed-on\"))", "(result i32)"),
    ]);
    let text = format!(
        r#"(component
  {types} {alias} {stdout}
  (component $callee
    {types} {alias} {stdout} {end} (type $bytes (stream u8)) {MEMORY} {b_definitions}
    (core module $main (import "" "mem" (memory 1)) {b_imports}
      (func (export "made") (param i32) (result i32) (local $ends i64)
        (local.set $ends (call $new))
        (i32.store16 (i32.const 256) (local.get 0))
        (if (i32.ne (call $write (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))) (i32.const 256)) (i32.const -1))
          (then unreachable))
        (i32.wrap_i64 (local.get $ends)))
      (func (export "handed-on") (result i32) (local $ends i64) (local $end i32)
        (local.set $ends (call $bytes.new))
        (local.set $end (call $write-via-stream (i32.wrap_i64 (local.get $ends))))
        (call $bytes.drop-w (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
        (local.get $end)))
    (core instance $main (instantiate $main (with "" (instance (export "mem" (memory $mem "mem")) {b_args}))))
    (func $made (param "value" u32) (result $end) (canon lift (core func $main "made")))
    (func $handed-on (result $end) (canon lift (core func $main "handed-on")))
    (instance $results (export "error-code" (type $error-code)) (export "made" (func $made)) (export "handed-on" (func $handed-on)))
    (export "test:exchange/results" (instance $results)))
  (component $caller
    {types} {alias}
    (import "b" (instance $b
      (alias outer 1 $error-code (type $e')) (export "error-code" (type $e (eq $e')))
      (type $result (result (error $e))) (type $end (future $result))
      (export "made" (func (param "value" u32) (result $end))) (export "handed-on" (func (result $end)))))
    {end} {MEMORY} {a_definitions}
    (core module $main (import "" "mem" (memory 1)) {a_imports}
      (func $is (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
      (func $reads (param $end i32) (param $value i32)
        (i32.store (i32.const 256) (i32.const 0xaaaaaaaa))
        (call $is (call $read! (local.get $end) (i32.const 256)) (i32.const 0))
        (call $is (i32.and (i32.load16_u (i32.const 256)) (select (i32.const 0xffff) (i32.const 0xff) (local.get $value)))
          (local.get $value))
        (call $is (i32.load16_u (i32.const 258)) (i32.const 0xaaaa))
        (call $drop-r (local.get $end)))
      (func (export "run") (result i32)
        (call $reads (call $handed-on) (i32.const 0))
        (call $reads (call $made (i32.const 0)) (i32.const 0))
        (call $reads (call $made (i32.const 0x201)) (i32.const 0x201))
        (call $reads (call $handed-on) (i32.const 0))
        (i32.const 0)))
    (core instance $main (instantiate $main (with "" (instance (export "mem" (memory $mem "mem")) {a_args}))))
    (func $run async (result (result)) (canon lift (core func $main "run")))
    (instance $run (export "run" (func $run)))
    (export "wasi:cli/run@0.3.0" (instance $run)))
  (instance $callee (instantiate $callee
    (with "wasi:cli/types@0.3.0" (instance $types)) (with "wasi:cli/stdout@0.3.0" (instance $stdout))))
  (alias export $callee "test:exchange/results" (instance $results))
  (instance $caller (instantiate $caller
    (with "wasi:cli/types@0.3.0" (instance $types)) (with "b" (instance $results))))
  (alias export $caller "wasi:cli/run@0.3.0" (instance $run))
  (export "wasi:cli/run@0.3.0" (instance $run)))"#
    );
    holds(&wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}")));
}
