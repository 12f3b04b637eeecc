//! Streams and futures of any type between the parts of a composition: values that are neither units nor numbers. Each
//! composition runs natively on the host of 0.3 and translated on the host of 0.2.

use crate::support::both::{natively, run_translated};
use wasi_shim::{Error, Target, WrapOptions};

/// A type whose values are numbered.
struct Shape {
    name: &'static str,
    /// A type that is defined first, as `$ty'`; else the type itself.
    ty: &'static str,
    is_named: bool,
    size: u32,
    /// Stores value `$n` at `$p`.
    store: &'static str,
    /// 1 if the value at `$p` is number `$n`.
    check: &'static str,
}

const SHAPES: &[Shape] = &[
    Shape {
        name: "bool",
        ty: "bool",
        is_named: false,
        size: 1,
        store: "(i32.store8 (local.get $p) (i32.and (local.get $n) (i32.const 1)))",
        check: "(i32.eq (i32.load8_u (local.get $p)) (i32.and (local.get $n) (i32.const 1)))",
    },
    Shape {
        name: "char",
        ty: "(tuple char)",
        is_named: false,
        size: 4,
        store: "(i32.store (local.get $p) (i32.add (local.get $n) (i32.const 0x1f600)))",
        check: "(i32.eq (i32.load (local.get $p)) (i32.add (local.get $n) (i32.const 0x1f600)))",
    },
    Shape {
        name: "string",
        ty: "string",
        is_named: false,
        size: 8,
        store: "(call $text (local.get $p) (local.get $n))",
        check: "(call $is-text (local.get $p) (local.get $n))",
    },
    Shape {
        name: "record",
        ty: "(record (field \"a\" u8) (field \"list\" string) (field \"c\" (tuple u64 f32)))",
        is_named: true,
        size: 32,
        store: "(i32.store8 (local.get $p) (local.get $n)) (call $text (i32.add (local.get $p) (i32.const 4)) (local.get $n))
            (i64.store offset=16 (local.get $p) (i64.extend_i32_u (local.get $n)))
            (f32.store offset=24 (local.get $p) (f32.convert_i32_u (local.get $n)))",
        check: "(i32.eq (i32.load8_u (local.get $p)) (local.get $n))
            (call $is-text (i32.add (local.get $p) (i32.const 4)) (local.get $n)) (i32.and)
            (i64.eq (i64.load offset=16 (local.get $p)) (i64.extend_i32_u (local.get $n))) (i32.and)
            (f32.eq (f32.load offset=24 (local.get $p)) (f32.convert_i32_u (local.get $n))) (i32.and)",
    },
    Shape {
        name: "variant",
        ty: "(variant (case \"n\" u64) (case \"s\" string) (case \"none\"))",
        is_named: true,
        size: 16,
        store: "(i32.store8 (local.get $p) (i32.rem_u (local.get $n) (i32.const 3)))
            (if (i32.eq (i32.rem_u (local.get $n) (i32.const 3)) (i32.const 1))
              (then (call $text (i32.add (local.get $p) (i32.const 8)) (local.get $n)))
              (else (i64.store offset=8 (local.get $p) (i64.extend_i32_u (local.get $n)))))",
        check: "(i32.eq (i32.load8_u (local.get $p)) (i32.rem_u (local.get $n) (i32.const 3)))
            (if (result i32) (i32.eq (i32.rem_u (local.get $n) (i32.const 3)) (i32.const 1))
              (then (call $is-text (i32.add (local.get $p) (i32.const 8)) (local.get $n)))
              (else (i32.or (i32.eq (i32.rem_u (local.get $n) (i32.const 3)) (i32.const 2))
                (i64.eq (i64.load offset=8 (local.get $p)) (i64.extend_i32_u (local.get $n)))))) (i32.and)",
    },
    Shape {
        name: "list",
        ty: "(list string)",
        is_named: false,
        size: 8,
        store: "(i32.store (local.get $p) (i32.add (i32.const 0x9000) (i32.mul (local.get $n) (i32.const 16))))
            (i32.store offset=4 (local.get $p) (i32.and (local.get $n) (i32.const 1)))
            (call $text (i32.load (local.get $p)) (local.get $n))",
        check: "(i32.eq (i32.load offset=4 (local.get $p)) (i32.and (local.get $n) (i32.const 1)))
            (i32.or (i32.eqz (i32.and (local.get $n) (i32.const 1)))
              (call $is-text (i32.load (local.get $p)) (local.get $n))) (i32.and)",
    },
    Shape {
        name: "numbers",
        ty: "(list u32)",
        is_named: false,
        size: 8,
        store: "(i32.store (local.get $p) (i32.const 0xa000)) (i32.store offset=4 (local.get $p) (local.get $n))",
        check: "(i32.eq (i32.load offset=4 (local.get $p)) (local.get $n))",
    },
    Shape {
        name: "option",
        ty: "(option (tuple u16 string))",
        is_named: false,
        size: 16,
        store: "(i32.store8 (local.get $p) (i32.const 1)) (i32.store16 offset=4 (local.get $p) (local.get $n))
            (call $text (i32.add (local.get $p) (i32.const 8)) (local.get $n))",
        check: "(i32.eq (i32.load16_u offset=4 (local.get $p)) (local.get $n))
            (call $is-text (i32.add (local.get $p) (i32.const 8)) (local.get $n)) (i32.and)
            (i32.eq (i32.load8_u (local.get $p)) (i32.const 1)) (i32.and)",
    },
    Shape {
        name: "result",
        ty: "(result string (error u8))",
        is_named: false,
        size: 12,
        store: "(i32.store8 (local.get $p) (i32.const 0))
            (call $text (i32.add (local.get $p) (i32.const 4)) (local.get $n))",
        check: "(i32.eqz (i32.load8_u (local.get $p)))
            (call $is-text (i32.add (local.get $p) (i32.const 4)) (local.get $n)) (i32.and)",
    },
    Shape {
        name: "enum",
        ty: "(enum \"a\" \"b\" \"flags\")",
        is_named: true,
        size: 1,
        store: "(i32.store8 (local.get $p) (i32.rem_u (local.get $n) (i32.const 3)))",
        check: "(i32.eq (i32.load8_u (local.get $p)) (i32.rem_u (local.get $n) (i32.const 3)))",
    },
    Shape {
        name: "flags",
        ty: "(flags \"a\" \"b\" \"record\" \"d\" \"e\" \"f\" \"g\" \"h\" \"i\")",
        is_named: true,
        size: 2,
        store: "(i32.store16 (local.get $p) (i32.add (local.get $n) (i32.const 256)))",
        check: "(i32.eq (i32.load16_u (local.get $p)) (i32.add (local.get $n) (i32.const 256)))",
    },
];

/// What a peer can be told to do: name, parameters and result as component and core have them. `$end` is its stream or future.
const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("make", "(result $end)", "(result i32)"),
    ("give", "(param \"end\" $end)", "(param i32)"),
    ("release", "(result $end)", "(result i32)"),
    ("write", "(param \"first\" u32) (param \"count\" u32) (result u32)", "(param i32 i32) (result i32)"),
    ("write-now", "async (param \"first\" u32) (param \"count\" u32) (result u32)", "(param i32 i32) (result i32)"),
    ("read", "(param \"count\" u32) (result u32)", "(param i32) (result i32)"),
    ("read-now", "async (param \"count\" u32) (result u32)", "(param i32) (result i32)"),
    ("poll", "(result u32)", "(result i32)"),
    ("check", "(param \"first\" u32) (param \"count\" u32)", "(param i32 i32)"),
    ("cancel-read", "(result u32)", "(result i32)"),
    ("cancel-write", "(result u32)", "(result i32)"),
    ("drop-readable", "", ""),
    ("drop-writable", "", ""),
];

/// The functions of the peers, in the core module of the caller and of its callees.
fn core(shape: &Shape, kind: &str) -> String {
    let Shape { size, store, check, .. } = shape;
    let count = if kind == "stream" { "(local.get $count)" } else { "" };
    format!(
        r#"
      (global $r (mut i32) (i32.const 0)) (global $w (mut i32) (i32.const 0)) (global $set (mut i32) (i32.const 0))
      (func $is (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
      ;; A string of 4 to 7 bytes, which begins with a number.
      (func $text (param $p i32) (param $n i32) (local $at i32)
        (local.set $at (i32.add (i32.const 0x8000) (i32.mul (local.get $n) (i32.const 16))))
        (i64.store (local.get $at) (i64.add (i64.const 0x7a7a7a7a30303030) (i64.extend_i32_u (local.get $n))))
        (i32.store (local.get $p) (local.get $at))
        (i32.store offset=4 (local.get $p) (i32.add (i32.const 4) (i32.and (local.get $n) (i32.const 3)))))
      (func $is-text (param $p i32) (param $n i32) (result i32)
        (i32.and (i32.eq (i32.load offset=4 (local.get $p)) (i32.add (i32.const 4) (i32.and (local.get $n) (i32.const 3))))
          (i32.eq (i32.load (i32.load (local.get $p))) (i32.add (i32.const 0x30303030) (local.get $n)))))
      (func $store (param $p i32) (param $n i32) {store})
      (func $check-one (param $p i32) (param $n i32) (result i32) {check})
      (func $join-set (param i32)
        (if (i32.eqz (global.get $set)) (then (global.set $set (call $set.new))))
        (call $join (local.get 0) (global.get $set)))
      (func $make (export "make") (result i32) (local i64)
        (local.set 0 (call $end.new))
        (global.set $w (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))))
        (i32.wrap_i64 (local.get 0)))
      (func $give (export "give") (param i32) (global.set $r (local.get 0)))
      (func $release (export "release") (result i32) (call $join (global.get $r) (i32.const 0)) (global.get $r))
      ;; What is written is overwritten at once, unless the write has to wait.
      (func $fill (param $first i32) (param $count i32) (local $at i32)
        (memory.fill (i32.const 0x1000) (i32.const 0x55) (i32.const 0x800))
        (block $done (loop $next
          (br_if $done (i32.eq (local.get $at) (local.get $count)))
          (call $store (i32.add (i32.const 0x1000) (i32.mul (local.get $at) (i32.const {size})))
            (i32.add (local.get $first) (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 1))) (br $next))))
      (func $wipe (param $answer i32) (result i32)
        (if (i32.ne (local.get $answer) (i32.const -1)) (then
          (memory.fill (i32.const 0x1000) (i32.const 0x55) (i32.const 0x800))
          (memory.fill (i32.const 0x8000) (i32.const 0x55) (i32.const 0x2000))))
        (local.get $answer))
      (func $write (export "write") (param $first i32) (param $count i32) (result i32)
        (call $fill (local.get $first) (local.get $count))
        (call $join-set (global.get $w))
        (call $wipe (call $end.write (global.get $w) (i32.const 0x1000) {count})))
      (func $write-now (export "write-now") (param $first i32) (param $count i32) (result i32)
        (call $fill (local.get $first) (local.get $count))
        (call $join (global.get $w) (i32.const 0))
        (call $wipe (call $end.write! (global.get $w) (i32.const 0x1000) {count})))
      (func $read (export "read") (param $count i32) (result i32)
        (memory.fill (i32.const 0x4000) (i32.const 0xaa) (i32.const 0x800))
        (call $join-set (global.get $r))
        (call $end.read (global.get $r) (i32.const 0x4000) {count}))
      (func $read-now (export "read-now") (param $count i32) (result i32)
        (memory.fill (i32.const 0x4000) (i32.const 0xaa) (i32.const 0x800))
        (call $join (global.get $r) (i32.const 0))
        (call $end.read! (global.get $r) (i32.const 0x4000) {count}))
      ;; What the next event says of a copy, or -2 if there is none.
      (func $poll (export "poll") (result i32)
        (if (result i32) (call $set.poll (global.get $set) (i32.const 0))
          (then (i32.load (i32.const 4))) (else (i32.const -2))))
      ;; The values that were read, and that there are no others.
      (func $check (export "check") (param $first i32) (param $count i32) (local $at i32)
        (block $done (loop $next
          (br_if $done (i32.eq (local.get $at) (local.get $count)))
          (if (i32.eqz (call $check-one (i32.add (i32.const 0x4000) (i32.mul (local.get $at) (i32.const {size})))
            (i32.add (local.get $first) (local.get $at)))) (then unreachable))
          (local.set $at (i32.add (local.get $at) (i32.const 1))) (br $next)))
        (call $is (i32.load8_u (i32.add (i32.const 0x4000) (i32.mul (local.get $count) (i32.const {size}))))
          (i32.const 0xaa)))
      (func $cancel-read (export "cancel-read") (result i32) (call $end.cancel-read (global.get $r)))
      (func $cancel-write (export "cancel-write") (result i32) (call $end.cancel-write (global.get $w)))
      (func $drop-readable (export "drop-readable") (call $end.drop-readable (global.get $r)))
      (func $drop-writable (export "drop-writable") (call $end.drop-writable (global.get $w)))"#
    )
}

/// Type, memory and built-ins of a peer, and its core imports and arguments for them.
fn wiring(kind: &str, encoding: &str) -> (String, String, String) {
    let count = if kind == "stream" { " i32" } else { "" };
    let memory = format!("(memory $memory) {encoding}");
    let copies = [
        ("read", format!("async {memory} (realloc $realloc)")),
        ("write", format!("async {memory}")),
        ("read!", format!("{memory} (realloc $realloc)")),
        ("write!", memory.clone()),
    ];
    let mut built_ins = vec![("end.new".to_string(), format!("(canon {kind}.new $end)"), "(result i64)".to_string())];
    for (name, options) in copies {
        let canon = name.trim_end_matches('!');
        let ty = format!("(param i32 i32{count}) (result i32)");
        built_ins.push((format!("end.{name}"), format!("(canon {kind}.{canon} $end {options})"), ty));
    }
    for name in ["cancel-read", "cancel-write"] {
        let ty = "(param i32) (result i32)".to_string();
        built_ins.push((format!("end.{name}"), format!("(canon {kind}.{name} $end async)"), ty));
    }
    for name in ["drop-readable", "drop-writable"] {
        built_ins.push((format!("end.{name}"), format!("(canon {kind}.{name} $end)"), "(param i32)".into()));
    }
    let sets = [
        ("set.new", "(canon waitable-set.new)", "(result i32)"),
        ("set.poll", "(canon waitable-set.poll (memory $memory))", "(param i32 i32) (result i32)"),
        ("join", "(canon waitable.join)", "(param i32 i32)"),
        ("set.wait", "(canon waitable-set.wait (memory $memory))", "(param i32 i32) (result i32)"),
        ("set.drop", "(canon waitable-set.drop)", "(param i32)"),
        ("subtask.drop", "(canon subtask.drop)", "(param i32)"),
    ];
    built_ins.extend(sets.map(|(name, canon, ty)| (name.to_string(), canon.to_string(), ty.to_string())));
    let mut definitions = r#"
    (core module $mem
      (memory (export "mem") 4)
      (global $next (mut i32) (i32.const 65536))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (global.get $next)
        (if (local.get 1) (then (memory.copy (global.get $next) (local.get 0) (local.get 1))))
        (global.set $next (i32.add (global.get $next) (local.get 3)))))
    (core instance $mem (instantiate $mem))
    (alias core export $mem "mem" (core memory $memory))
    (alias core export $mem "realloc" (core func $realloc))
"#
    .to_string();
    let (mut imports, mut args) = (String::new(), String::new());
    for (name, canon, ty) in &built_ins {
        definitions += &format!("(core func ${name} {canon})\n");
        imports += &format!("(import \"\" \"{name}\" (func ${name} {ty}))\n");
        args += &format!("(export \"{name}\" (func ${name}))\n");
    }
    (definitions, imports, args)
}

/// The exported functions of a peer as an instance type has them.
fn interface(shape: &Shape, kind: &str) -> String {
    let payload = match shape.is_named {
        true => format!("(type $ty' {}) (export \"ty\" (type $ty (eq $ty')))", shape.ty),
        false => format!("(type $ty {})", shape.ty),
    };
    let functions = FUNCTIONS.iter().map(|(name, ty, _)| format!("(export \"{name}\" (func {ty}))\n"));
    format!("{payload} (type $end ({kind} $ty)) {}", functions.collect::<String>())
}

fn callee(shape: &Shape, kind: &str, encoding: &str) -> String {
    let (definitions, imports, args) = wiring(kind, encoding);
    let core = core(shape, kind);
    let (mut lifts, mut exports) = (String::new(), String::new());
    if shape.is_named {
        exports += "(export \"ty\" (type $ty))";
    }
    for (name, ty, _) in FUNCTIONS {
        lifts += &format!("(func ${name} {ty} (canon lift (core func $main \"{name}\")))\n");
        exports += &format!("(export \"{name}\" (func ${name}))\n");
    }
    format!(
        r#"(type $ty {}) (type $end ({kind} $ty)) {definitions}
    (core module $main (import "" "mem" (memory 1)) {imports} {core})
    (core instance $main (instantiate $main (with "" (instance (export "mem" (memory $mem "mem")) {args}))))
    {lifts}
    (instance $peer {exports})
    (export "test:couriers/peer" (instance $peer))"#,
        shape.ty
    )
}

/// A component whose `run` is `body`: it has its own functions, those of one callee as `$b.…`, of another as `$c.…`.
fn caller(shape: &Shape, kind: &str, encoding: &str, body: &str) -> String {
    let (definitions, mut imports, mut args) = wiring(kind, encoding);
    let core = core(shape, kind);
    let interface = interface(shape, kind);
    let mut lowers = String::new();
    for peer in ["b", "c"] {
        lowers += &format!("(import \"{peer}\" (instance ${peer} {interface}))\n");
    }
    for peer in ["b", "c"] {
        for (name, _, ty) in FUNCTIONS {
            let id = format!("{peer}.{name}");
            lowers += &format!("(core func ${id} (canon lower (func ${peer} \"{name}\")))\n");
            imports += &format!("(import \"\" \"{id}\" (func ${id} {ty}))\n");
            args += &format!("(export \"{id}\" (func ${id}))\n");
        }
    }
    lowers += "(alias export $b \"write-now\" (func $write-later))";
    imports += "(import \"\" \"b.write-later\" (func $b.write-later (param i32 i32 i32) (result i32)))";
    args += "(export \"b.write-later\" (func $b.write-later))";
    let payload = match shape.is_named {
        true => "(alias export $b \"ty\" (type $ty))".to_string(),
        false => format!("(type $ty {})", shape.ty),
    };
    format!(
        r#"{lowers} {payload} (type $end ({kind} $ty)) {definitions}
    (core func $b.write-later (canon lower (func $write-later) async (memory $memory)))
    (core module $main (import "" "mem" (memory 1)) {imports} {core}
      (global $call (mut i32) (i32.const 0))
      ;; Waits for the call, unless it has returned.
      (func $returns (local $set i32)
        (if (i32.eq (i32.and (global.get $call) (i32.const 15)) (i32.const 1)) (then
          (local.set $set (call $set.new))
          (global.set $call (i32.shr_u (global.get $call) (i32.const 4)))
          (call $join (global.get $call) (local.get $set))
          (call $is (call $set.wait (local.get $set) (i32.const 0)) (i32.const 1))
          (call $subtask.drop (global.get $call))
          (call $set.drop (local.get $set)))))
      (func (export "run") (result i32) {body} (i32.const 0)))
    (core instance $main (instantiate $main (with "" (instance (export "mem" (memory $mem "mem")) {args}))))
    (func $run async (result (result)) (canon lift (core func $main "run")))
    (instance $run (export "run" (func $run)))
    (export "wasi:cli/run@0.3.0" (instance $run))"#
    )
}

/// The same component is instantiated twice behind the caller.
fn composition(shape: &Shape, kind: &str, encodings: [&str; 2], body: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
  (component $callee {})
  (component $caller {})
  (instance $b (instantiate $callee)) (instance $c (instantiate $callee))
  (alias export $b "test:couriers/peer" (instance $peer-b)) (alias export $c "test:couriers/peer" (instance $peer-c))
  (instance $caller (instantiate $caller (with "b" (instance $peer-b)) (with "c" (instance $peer-c))))
  (alias export $caller "wasi:cli/run@0.3.0" (instance $run))
  (export "wasi:cli/run@0.3.0" (instance $run)))"#,
        callee(shape, kind, encodings[1]),
        caller(shape, kind, encodings[0], body)
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

fn shape(name: &str) -> &'static Shape {
    SHAPES.iter().find(|shape| shape.name == name).unwrap()
}

/// A line of a scenario, with numbers: `b.write 3 4 = 0x40` becomes a call whose result must be that.
fn step(line: &str) -> String {
    let (call, expected) = match line.split_once('=') {
        Some((call, expected)) => (call.trim(), Some(expected.trim())),
        None => (line, None),
    };
    let mut words = call.split_whitespace();
    let function = words.next().unwrap();
    let function = function.strip_prefix("a.").unwrap_or(function);
    let args: String = words
        .map(|word| if word.starts_with('(') { word.to_string() } else { format!("(i32.const {word})") })
        .collect();
    let call = format!("(call ${function} {args})");
    match expected {
        Some(expected) => format!("(call $is {call} (i32.const {expected}))\n"),
        None => format!("{call}\n"),
    }
}

fn scenario(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| if line.starts_with('(') { format!("{line}\n") } else { step(line) }).collect()
}

/// Asserts that the scenario ends well on both hosts, with this payload. Wasmtime 48 cannot end a read whose task has ended: if
/// `b` begins one that has to wait, natively there is nothing to compare.
#[track_caller]
fn holds_with(shape: &Shape, kind: &str, encodings: [&str; 2], text: &str) {
    let component = composition(shape, kind, encodings, &scenario(text));
    let waits = |line: &str| line.trim().starts_with("b.read ") && line.ends_with(BLOCKED);
    if !text.lines().any(waits) {
        assert_eq!(natively(&component), Ok(()), "natively: {} {kind}", shape.name);
    }
    assert_eq!(run_translated(&component), Ok(()), "translated: {} {kind}", shape.name);
}

#[track_caller]
fn holds(name: &str, kind: &str, text: &str) {
    holds_with(shape(name), kind, [""; 2], text);
}

/// The caller has made a pair and given the readable end to `b`.
const TO_B: &str = "(call $b.give (call $make))";
/// The other way round.
const FROM_B: &str = "(call $give (call $b.make))";

const BLOCKED: &str = "-1";

#[test]
fn values_of_every_shape() {
    for shape in SHAPES {
        for ends in [TO_B, FROM_B] {
            let (writer, reader) = if ends == TO_B { ("a", "b") } else { ("b", "a") };
            // Reads before and after writes; fewer and more than were written; over several writes.
            holds_with(
                shape,
                "stream",
                [""; 2],
                &format!(
                    "{ends}
                    {writer}.write 1 3 = {BLOCKED}
                    {reader}.read 3 = 0x30
                    {reader}.check 1 3
                    {writer}.poll = 0x30
                    {reader}.read 5 = {BLOCKED}
                    {writer}.write 4 2 = 0x20
                    {reader}.poll = 0x20
                    {reader}.check 4 2
                    {writer}.write 6 4 = {BLOCKED}
                    {reader}.read 1 = 0x10
                    {reader}.check 6 1
                    {reader}.read 2 = 0x20
                    {reader}.check 7 2
                    {reader}.read 9 = 0x10
                    {reader}.check 9 1
                    {writer}.poll = 0x40
                    {reader}.read 7 = {BLOCKED}
                    {writer}.write 1 1 = 0x10
                    {writer}.write 2 2 = 0x20
                    {reader}.poll = 0x30
                    {reader}.check 1 3
                    {writer}.drop-writable
                    {reader}.read 1 = 1
                    {reader}.drop-readable"
                ),
            );
            for first in ["write", "read"] {
                let body = match first {
                    "write" => format!("{writer}.write 7 1 = {BLOCKED}\n{reader}.read 1 = 0\n{writer}.poll = 0"),
                    _ => format!("{reader}.read 1 = {BLOCKED}\n{writer}.write 7 1 = 0\n{reader}.poll = 0"),
                };
                let ends =
                    format!("{ends}\n{body}\n{reader}.check 7 1\n{writer}.drop-writable\n{reader}.drop-readable");
                holds_with(shape, "future", [""; 2], &ends);
            }
        }
    }
}

/// The readable end goes on to a third component, back to the one that made it, and values are read on the way.
#[test]
fn ends_are_passed_on() {
    for name in ["string", "bool"] {
        holds(
            name,
            "stream",
            &format!(
                "{FROM_B}
                b.write 1 6 = {BLOCKED}
                a.read 2 = 0x20
                a.check 1 2
                (call $c.give (call $release))
                c.read 2 = 0x20
                c.check 3 2
                (call $give (call $c.release))
                a.read 5 = 0x20
                a.check 5 2
                b.poll = 0x60
                b.drop-writable
                a.drop-readable"
            ),
        );
    }
}

/// Within one component, values that are no numbers cannot be copied, be it booleans.
#[test]
fn copies_within_one_component_trap() {
    for name in ["string", "bool", "char"] {
        for kind in ["stream", "future"] {
            for body in [
                format!("(call $give (call $make))\na.write 1 1 = {BLOCKED}\n(drop (call $read (i32.const 1)))"),
                format!(
                    "(call $give (call $make))\na.read 1 = {BLOCKED}\n(drop (call $write (i32.const 1) (i32.const 1)))"
                ),
                // Back from another component.
                format!(
                    "{TO_B}\n(call $give (call $b.release))\na.read 1 = {BLOCKED}
                    (drop (call $write (i32.const 1) (i32.const 1)))"
                ),
            ] {
                let component = composition(shape(name), kind, [""; 2], &scenario(&body));
                let native = natively(&component).expect_err("no trap natively");
                assert!(native.contains("intra-component"), "{native}");
                let translated = run_translated(&component).expect_err("no trap translated");
                assert!(translated.contains("ends that the same component holds"), "{translated}");
            }
        }
    }
}

#[test]
fn nothing_is_read_and_written() {
    for name in ["string", "char"] {
        holds(
            name,
            "stream",
            &format!(
                "{TO_B}
                b.read 0 = {BLOCKED}
                a.write 1 2 = {BLOCKED}
                b.poll = 0
                b.read 0 = 0
                b.read 2 = 0x20
                b.check 1 2
                a.poll = 0x20
                a.write 1 0 = {BLOCKED}
                b.read 2 = {BLOCKED}
                a.poll = 0
                a.write 5 0 = 0
                a.write 5 1 = 0x10
                b.poll = 0x10
                b.check 5 1"
            ),
        );
    }
}

#[test]
fn cancelled_and_dropped() {
    for name in ["string", "list", "enum"] {
        for (ends, writer, reader) in [(TO_B, "a", "b"), (FROM_B, "b", "a")] {
            // A write that is cancelled, whole or in part, leaves nothing behind. (If a part was read, it is complete; wasmtime 48
            // says that it was cancelled.)
            let prefix = |peer: &str| if peer == "a" { String::new() } else { format!("{peer}.") };
            let (cancel_write, cancel_read) = (prefix(writer) + "cancel-write", prefix(reader) + "cancel-read");
            holds(
                name,
                "stream",
                &format!(
                    "{ends}
                    {writer}.write 1 4 = {BLOCKED}
                    {writer}.cancel-write = 2
                    {writer}.write 11 4 = {BLOCKED}
                    {reader}.read 1 = 0x10
                    {reader}.check 11 1
                    (call $is (i32.and (call ${cancel_write}) (i32.const -16)) (i32.const 0x10))
                    {reader}.read 9 = {BLOCKED}
                    {reader}.cancel-read = 2
                    {reader}.read 9 = {BLOCKED}
                    {writer}.write 21 2 = 0x20
                    (call $is (i32.and (call ${cancel_read}) (i32.const -16)) (i32.const 0x20))
                    {reader}.check 21 2
                    {writer}.write 31 3 = {BLOCKED}
                    {reader}.drop-readable
                    {writer}.poll = 1
                    {writer}.drop-writable"
                ),
            );
            // The reader goes before the write, or after it has read a part.
            holds(
                name,
                "stream",
                &format!("{ends}\n{reader}.drop-readable\n{writer}.write 1 2 = 1\n{writer}.drop-writable"),
            );
            holds(
                name,
                "stream",
                &format!(
                    "{ends}\n{writer}.write 1 3 = {BLOCKED}\n{reader}.read 2 = 0x20\n{reader}.check 1 2
                    {reader}.drop-readable\n{writer}.poll = 0x21\n{writer}.drop-writable"
                ),
            );
            // The writer goes while the reader waits; after it has written.
            holds(
                name,
                "stream",
                &format!(
                    "{ends}\n{reader}.read 3 = {BLOCKED}\n{writer}.write 1 2 = 0x20\n{writer}.drop-writable
                    {reader}.poll = 0x21\n{reader}.check 1 2\n{reader}.drop-readable"
                ),
            );
            holds(
                name,
                "future",
                &format!(
                    "{ends}\n{reader}.read 1 = {BLOCKED}\n{reader}.cancel-read = 2\n{writer}.write 1 1 = {BLOCKED}
                    {writer}.cancel-write = 2\n{writer}.write 2 1 = {BLOCKED}\n{reader}.read 1 = 0\n{reader}.check 2 1
                    {writer}.poll = 0\n{writer}.drop-writable\n{reader}.drop-readable"
                ),
            );
            holds(
                name,
                "future",
                &format!("{ends}\n{reader}.drop-readable\n{writer}.write 1 1 = 1\n{writer}.drop-writable"),
            );
        }
    }
}

/// The built-ins in their sync form.
#[test]
fn synchronous_copies() {
    for name in ["string", "record", "bool"] {
        for (ends, writer, reader) in [(TO_B, "a", "b"), (FROM_B, "b", "a")] {
            holds(
                name,
                "stream",
                &format!(
                    "{ends}\n{writer}.write 1 3 = {BLOCKED}\n{reader}.read-now 2 = 0x20\n{reader}.check 1 2
                    {reader}.read-now 2 = 0x10\n{reader}.check 3 1\n{writer}.poll = 0x30
                    {reader}.read 2 = {BLOCKED}\n{writer}.write-now 4 3 = 0x20\n{reader}.poll = 0x20\n{reader}.check 4 2"
                ),
            );
        }
    }
}

/// A callee that blocks in the middle of its code until the caller has read: R takes what it writes.
#[test]
fn a_callee_writes_synchronously() {
    for name in ["string", "list", "bool"] {
        holds(
            name,
            "stream",
            &format!(
                "{FROM_B}
                (global.set $call (call $b.write-later (i32.const 1) (i32.const 3) (i32.const 0x20)))
                a.read 2 = 0x20
                a.check 1 2
                a.read 5 = 0x10
                a.check 3 1
                (call $returns)
                (call $is (i32.load (i32.const 0x20)) (i32.const 0x30))
                (global.set $call (call $b.write-later (i32.const 5) (i32.const 2) (i32.const 0x20)))
                a.read 1 = 0x10
                a.check 5 1
                a.drop-readable
                (call $returns)"
            ),
        );
        holds(
            name,
            "future",
            &format!(
                "{FROM_B}
                (global.set $call (call $b.write-later (i32.const 1) (i32.const 1) (i32.const 0x20)))
                a.read 1 = 0
                a.check 1 1
                (call $returns)
                (call $is (i32.load (i32.const 0x20)) (i32.const 0))"
            ),
        );
    }
}

/// Strings in the encoding of either side.
#[test]
fn encodings() {
    let [utf16, latin] = ["string-encoding=utf16", "string-encoding=latin1+utf16"];
    // Their texts are numbers of UTF-16 code units, of which the strings have half as many as of bytes.
    let shape = Shape {
        store: "(call $text (local.get $p) (local.get $n))
            (i32.store offset=4 (local.get $p) (i32.const 4))",
        check: "(i32.and (i32.eq (i32.load offset=4 (local.get $p)) (i32.const 4))
            (i32.eq (i32.load (i32.load (local.get $p))) (i32.add (i32.const 0x30303030) (local.get $n))))",
        ..*shape("string")
    };
    for encodings in [[utf16, utf16], [latin, latin], ["string-encoding=utf8", latin], [latin, ""]] {
        for (ends, writer, reader) in [(TO_B, "a", "b"), (FROM_B, "b", "a")] {
            holds_with(
                &shape,
                "stream",
                encodings,
                &format!(
                    "{ends}\n{writer}.write 1 3 = {BLOCKED}\n{reader}.read 2 = 0x20\n{reader}.check 1 2
                    {reader}.read 2 = 0x10\n{reader}.check 3 1"
                ),
            );
        }
    }
}

/// Handles cannot be passed: that is refused before anything is written, with all reasons.
#[test]
fn handles_are_refused() {
    let parts = ["(stream (own $thing))", "(future (result (own $thing) (error string)))"];
    let part = |body: &str| body.to_string();
    let functions = |ty: &str| {
        parts
            .iter()
            .enumerate()
            .map(|(at, payload)| ty.replace('#', &at.to_string()).replace("PAYLOAD", payload))
            .collect::<String>()
    };
    let canons = |_: &str| {
        "(core func (canon stream.write $p0 async (memory $memory))) (core func (canon stream.read $p0 async (memory $memory)))
        (core func (canon future.write $p1 async (memory $memory)))
        (core func (canon future.read $p1 async (memory $memory) (realloc $realloc)))"
    };
    let memory = r#"(core module $mem (memory (export "mem") 1) (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "f") (param i32)) (func (export "run") (result i32) (i32.const 0)))
      (core instance $mem (instantiate $mem))
      (alias core export $mem "mem" (core memory $memory)) (alias core export $mem "realloc" (core func $realloc))"#;
    let text = format!(
        r#"(component
      (component $callee
        (type $thing (resource (rep i32))) {memory} {} {}
        {}
        (instance $i (export "thing" (type $thing)) {})
        (export "test:couriers/things" (instance $i)))
      (component $caller
        (import "things" (instance $things (export "thing" (type $thing (sub resource)))
          {}))
        (alias export $things "thing" (type $thing))
        {memory} {} {}
        (func $run async (result (result)) (canon lift (core func $mem "run")))
        (instance $run (export "run" (func $run)))
        (export "wasi:cli/run@0.3.0" (instance $run)))
      (instance $callee (instantiate $callee))
      (alias export $callee "test:couriers/things" (instance $things))
      (instance $caller (instantiate $caller (with "things" (instance $things))))
      (alias export $caller "wasi:cli/run@0.3.0" (instance $run))
      (export "wasi:cli/run@0.3.0" (instance $run)))"#,
        functions("(type $p# PAYLOAD)\n"),
        canons(""),
        functions("(func $f# (param \"end\" $p#) (canon lift (core func $mem \"f\")))\n"),
        functions("(export \"f#\" (func $f#))\n"),
        functions("(type $p# PAYLOAD) (export \"f#\" (func (param \"end\" $p#)))\n"),
        functions("(type $p# PAYLOAD)\n"),
        part(canons("")),
    );
    let component = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"));
    let mut options = WrapOptions::default();
    options.to = Some(Target::Wasi02);
    let Err(Error::Obstacles(obstacles)) = wasi_shim::wrap(&component, &options) else { panic!("it is not refused") };
    let found: Vec<_> = obstacles.iter().map(|obstacle| format!("{}: {}", obstacle.subject, obstacle.reason)).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("things#f0: ") && found[0].contains("`own<resource>`"), "{found:?}");
    assert!(found[1].starts_with("things#f1: ") && found[1].contains("`result<own<resource>, string>`"), "{found:?}");
}
