//! A composition of 0.3 with a hostile part, as text.
//!
//! * `T`, the third part: takes ends and resources from whoever calls it, and has a function that
//!   waits.
//! * `V`, the victim: holds one handle of each kind, waits while the hostile part acts, and uses
//!   each of them afterwards.
//! * `H`, the hostile part: does one thing with a number as a handle.
//! * `D`, the driver: `attack(phase, holds, act, n, then, m)`. It answers what the act gave, and in
//!   the upper half what the victim misses.

use std::fmt::Write;

use super::text::{ACTS, Act, MEMORY, Module, acting};

/// The elements of the streams and futures: a name, the type, and how memory is named for it.
const ELEMENTS: [(&str, &str, &str); 4] = [
    ("u8", "u8", "(memory $mem)"),
    ("none", "", ""),
    ("string", "string", "(memory $mem) (realloc $realloc)"),
    ("thing", "(own $thing)", "(memory $mem)"),
];

/// Acts of functions that other parts call.
pub const BY_CALLS: [&str; 5] = ["give-stream", "give-future", "give-later", "give-thing", "wait-on"];

/// Everything that the hostile part does in its own function.
pub fn acts() -> Vec<Act> {
    let mut acts = vec![Act::new("nothing", "(canon context.get i32 0)", "(result i32)", "")];
    let mut add =
        |name: &str, function: String, ty, arguments: &str| acts.push(Act::new(name, &function, ty, arguments));
    const UNARY: &str = "(param i32) (result i32)";
    const DROP: &str = "(param i32)";
    const N: &str = "(local.get $n)";
    for kind in ["stream", "future"] {
        let (copy, buffer) = match kind {
            "stream" => ("(param i32 i32 i32) (result i32)", "(local.get $n) (i32.const 1024) (i32.const 4)"),
            _ => ("(param i32 i32) (result i32)", "(local.get $n) (i32.const 1024)"),
        };
        for (element, _, memory) in ELEMENTS {
            let ty = format!("${kind}-{element}");
            let mut canon = |operation: &str, options: &str, ty_of: &'static str, arguments: &str| {
                let effect = if options.starts_with("async") { " async" } else { "" };
                let name = format!("{kind}<{element}>.{operation}{effect}");
                add(&name, format!("(canon {kind}.{operation} {ty} {options})"), ty_of, arguments);
            };
            canon("read", &format!("async {memory}"), copy, buffer);
            canon("write", &format!("async {memory}"), copy, buffer);
            for end in ["read", "write"] {
                canon(&format!("cancel-{end}"), "", UNARY, N);
                canon(&format!("cancel-{end}"), "async", UNARY, N);
            }
            canon("drop-readable", "", DROP, N);
            canon("drop-writable", "", DROP, N);
            if element == "u8" {
                canon("read", memory, copy, buffer);
                canon("write", memory, copy, buffer);
            }
            let take = format!("take-{kind}-{element}");
            add(&take, format!("(canon lower (func $t \"{take}\"))"), UNARY, N);
        }
    }
    add("join, to no set", "(canon waitable.join)".into(), "(param i32 i32)", "(local.get $n) (i32.const 0)");
    add("join, to its set", "(canon waitable.join)".into(), "(param i32 i32)", "(local.get $n) (global.get $set)");
    add("join its end to", "(canon waitable.join)".into(), "(param i32 i32)", "(global.get $end) (local.get $n)");
    let event = "(local.get $n) (i32.const 16)";
    add("wait", "(canon waitable-set.wait (memory $mem))".into(), "(param i32 i32) (result i32)", event);
    add("poll", "(canon waitable-set.poll (memory $mem))".into(), "(param i32 i32) (result i32)", event);
    add("waitable-set.drop", "(canon waitable-set.drop)".into(), DROP, N);
    add("subtask.cancel", "(canon subtask.cancel)".into(), UNARY, N);
    add("subtask.cancel async", "(canon subtask.cancel async)".into(), UNARY, N);
    add("subtask.drop", "(canon subtask.drop)".into(), DROP, N);
    for (resource, part) in [("thing", "$t"), ("secret", "$v")] {
        add(&format!("drop a {resource}"), format!("(canon resource.drop ${resource})"), DROP, N);
        for how in ["borrow", "take"] {
            let function = format!("{how}-{resource}");
            add(&function, format!("(canon lower (func {part} \"{function}\"))"), UNARY, N);
        }
    }
    acts
}

/// The types of streams and futures, in a part that has the resource as `$thing`.
fn types() -> String {
    let mut text = String::new();
    for (element, ty, _) in ELEMENTS {
        write!(text, "(type $stream-{element} (stream {ty})) (type $future-{element} (future {ty}))").unwrap();
    }
    text
}

/// The exports of `T` for each element.
fn takes() -> Vec<(String, String, &'static str)> {
    let of = |kind: &'static str| {
        ELEMENTS
            .iter()
            .map(move |(element, _, memory)| (format!("take-{kind}-{element}"), format!("${kind}-{element}"), *memory))
    };
    of("stream").chain(of("future")).collect()
}

fn third() -> String {
    let mut module = Module::default();
    let mut body = String::new();
    let mut lifts = String::new();
    for (at, (name, ty, memory)) in takes().iter().enumerate() {
        let kind = if name.contains("stream") { "stream" } else { "future" };
        let (params, count) = if kind == "stream" { ("i32 i32 i32", "(i32.const 4)") } else { ("i32 i32", "") };
        let (read, cancel, drop) = (format!("read{at}"), format!("cancel{at}"), format!("drop{at}"));
        module.function(
            &read,
            &format!("(canon {kind}.read {ty} async {memory})"),
            &format!("(param {params}) (result i32)"),
        );
        module.function(&cancel, &format!("(canon {kind}.cancel-read {ty})"), "(param i32) (result i32)");
        module.function(&drop, &format!("(canon {kind}.drop-readable {ty})"), "(param i32)");
        writeln!(
            body,
            r#"(func (export "{name}") (param $n i32) (result i32) (local $r i32)
              (local.set $r (call ${read} (local.get $n) (i32.const 1024) {count}))
              (if (i32.eq (local.get $r) (i32.const -1)) (then (drop (call ${cancel} (local.get $n)))))
              (call ${drop} (local.get $n)) (local.get $r))"#
        )
        .unwrap();
        writeln!(
            lifts,
            r#"(func (export "{name}") async (param "x" {ty}) (result u32) (canon lift (core func $main "{name}")))"#
        )
        .unwrap();
    }
    module.functions(&[
        ("new", "(canon future.new $future-none)", "(result i64)"),
        ("wait", "(canon future.read $future-none async)", "(param i32 i32) (result i32)"),
        ("go", "(canon future.write $future-none async)", "(param i32 i32) (result i32)"),
        ("set", "(canon waitable-set.new)", "(result i32)"),
        ("join", "(canon waitable.join)", "(param i32 i32)"),
        ("return", "(canon task.return (result u32))", "(param i32)"),
        ("cancelled", "(canon task.cancel)", ""),
        ("make", "(canon resource.new $own)", "(param i32) (result i32)"),
        ("rep", "(canon resource.rep $own)", "(param i32) (result i32)"),
    ]);
    // `slow` waits for a future of its own, whose other end is at 8, 12 for the two that may call
    // it.
    body += r#"
      (func (export "slow") (param $who i32) (result i32) (local $ends i64) (local $set i32)
        (local.set $ends (call $new))
        (i32.store offset=8 (i32.shl (local.get $who) (i32.const 2)) (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
        (if (i32.ne (call $wait (i32.wrap_i64 (local.get $ends)) (i32.const 0)) (i32.const -1)) (then unreachable))
        (call $join (i32.wrap_i64 (local.get $ends)) (local.tee $set (call $set)))
        (i32.or (i32.shl (local.get $set) (i32.const 4)) (i32.const 2)))
      (func (export "slow-on") (param $event i32) (param i32 i32) (result i32)
        (if (i32.eq (local.get $event) (i32.const 6)) (then (call $cancelled)) (else (call $return (i32.const 55))))
        (i32.const 0))
      (func (export "release") (param $who i32)
        (drop (call $go (i32.load offset=8 (i32.shl (local.get $who) (i32.const 2))) (i32.const 0))))
      (func (export "make-thing") (param i32) (result i32) (call $make (local.get 0)))
      (func (export "borrow-thing") (param i32) (result i32) (local.get 0))
      (func (export "take-thing") (param i32) (result i32) (call $rep (local.get 0)))"#;
    format!(
        r#"(component $T {MEMORY}
        (type $own (resource (rep i32))) (export $thing "thing" (type $own))
        {} {} {lifts}
        (func (export "slow") async (param "who" u32) (result u32)
          (canon lift (core func $main "slow") async (callback (core func $main "slow-on"))))
        (func (export "release") (param "who" u32) (canon lift (core func $main "release")))
        (func (export "make-thing") (param "rep" u32) (result (own $thing)) (canon lift (core func $main "make-thing")))
        (func (export "borrow-thing") (param "x" (borrow $thing)) (result u32) (canon lift (core func $main "borrow-thing")))
        (func (export "take-thing") (param "x" (own $thing)) (result u32) (canon lift (core func $main "take-thing"))))"#,
        types(),
        module.text(&body)
    )
}

/// The import of `T`, with the functions named.
fn import_third(functions: &str) -> String {
    let mut types = String::new();
    for (element, ty, _) in ELEMENTS {
        let ty = ty.replace("$thing", "$x");
        write!(types, "(type $stream-{element} (stream {ty})) (type $future-{element} (future {ty}))").unwrap();
    }
    format!(
        r#"(import "t" (instance $t (export "thing" (type $x (sub resource))) {types}
          (export "slow" (func async (param "who" u32) (result u32)))
          (export "make-thing" (func (param "rep" u32) (result (own $x))))
          (export "borrow-thing" (func (param "x" (borrow $x)) (result u32))) {functions}))
        (alias export $t "thing" (type $thing))"#
    )
}

/// Standard input, for the victim and the root.
const STDIN: &str = r#"
  (import "wasi:cli/types@0.3.0" (instance $cli
    (type $codes (enum "io" "illegal-byte-sequence" "pipe")) (export "error-code" (type (eq $codes)))))
  (alias export $cli "error-code" (type $code))
  (import "wasi:cli/stdin@0.3.0" (instance $stdin
    (alias outer 1 $code (type $c')) (export "error-code" (type $c (eq $c')))
    (type $result (result (error $c))) (type $bytes (stream u8)) (type $done (future $result)) (type $both (tuple $bytes $done))
    (export "read-via-stream" (func (result $both)))))
  (type $input-result (result (error $code))) (type $input-done (future $input-result))"#;

fn victim() -> String {
    let mut module = Module::default();
    module.functions(&[
        ("new", "(canon stream.new $stream-u8)", "(result i64)"),
        ("read", "(canon stream.read $stream-u8 async (memory $mem))", "(param i32 i32 i32) (result i32)"),
        ("write", "(canon stream.write $stream-u8 async (memory $mem))", "(param i32 i32 i32) (result i32)"),
        ("drop-readable", "(canon stream.drop-readable $stream-u8)", "(param i32)"),
        ("drop-writable", "(canon stream.drop-writable $stream-u8)", "(param i32)"),
        ("f-new", "(canon future.new $future-u8)", "(result i64)"),
        ("f-read", "(canon future.read $future-u8 async (memory $mem))", "(param i32 i32) (result i32)"),
        ("f-write", "(canon future.write $future-u8 async (memory $mem))", "(param i32 i32) (result i32)"),
        ("f-drop-readable", "(canon future.drop-readable $future-u8)", "(param i32)"),
        ("f-drop-writable", "(canon future.drop-writable $future-u8)", "(param i32)"),
        ("set-new", "(canon waitable-set.new)", "(result i32)"),
        ("set-poll", "(canon waitable-set.poll (memory $mem))", "(param i32 i32) (result i32)"),
        ("set-drop", "(canon waitable-set.drop)", "(param i32)"),
        ("join", "(canon waitable.join)", "(param i32 i32)"),
        ("subtask-drop", "(canon subtask.drop)", "(param i32)"),
        ("returned", "(canon task.return)", ""),
        ("return", "(canon task.return (result u32))", "(param i32)"),
        ("stdin", "(canon lower (func $stdin \"read-via-stream\") (memory $mem))", "(param i32)"),
        ("drop-input-done", "(canon future.drop-readable $input-done)", "(param i32)"),
        ("slow", "(canon lower (func $t \"slow\") async (memory $mem))", "(param i32 i32) (result i32)"),
        ("release", "(canon lower (func $t \"release\"))", "(param i32)"),
        ("make-thing", "(canon lower (func $t \"make-thing\"))", "(param i32) (result i32)"),
        ("borrow-thing", "(canon lower (func $t \"borrow-thing\"))", "(param i32) (result i32)"),
        ("drop-thing", "(canon resource.drop $thing)", "(param i32)"),
        ("make", "(canon resource.new $own)", "(param i32) (result i32)"),
        ("rep", "(canon resource.rep $own)", "(param i32) (result i32)"),
        ("drop-secret", "(canon resource.drop $own)", "(param i32)"),
    ]);
    let body = r#"
      (global $r (mut i32) (i32.const 0)) (global $w (mut i32) (i32.const 0))
      (global $fr (mut i32) (i32.const 0)) (global $fw (mut i32) (i32.const 0))
      (global $set (mut i32) (i32.const 0)) (global $sub (mut i32) (i32.const 0)) (global $sets (mut i32) (i32.const 0))
      (global $lost (mut i32) (i32.const 0)) (global $told (mut i32) (i32.const 0))
      (global $input (mut i32) (i32.const 0)) (global $input-done (mut i32) (i32.const 0)) (global $read (mut i32) (i32.const 0))
      (global $thing (mut i32) (i32.const 0)) (global $secret (mut i32) (i32.const 0))
      (func $high (param i64) (result i32) (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))))
      (func (export "setup") (result i32) (local $ends i64)
        (local.set $ends (call $new))
        (global.set $r (i32.wrap_i64 (local.get $ends))) (global.set $w (call $high (local.get $ends)))
        (local.set $ends (call $f-new))
        (global.set $fr (i32.wrap_i64 (local.get $ends))) (global.set $fw (call $high (local.get $ends)))
        (call $stdin (i32.const 40))
        (global.set $input (i32.load (i32.const 40))) (global.set $input-done (i32.load (i32.const 44)))
        (global.set $set (call $set-new))
        (global.set $sub (i32.shr_u (call $slow (i32.const 0) (i32.const 32)) (i32.const 4)))
        (global.set $thing (call $make-thing (i32.const 77)))
        (global.set $secret (call $make (i32.const 88)))
        (global.set $sets (call $set-new))
        (call $join (global.get $sub) (global.get $sets))
        (call $returned)
        (i32.or (i32.shl (global.get $sets) (i32.const 4)) (i32.const 2)))
      (func (export "setup-on") (param $event i32) (param $sub i32) (param $state i32) (result i32)
        (global.set $told (select (i32.const 1) (i32.const 2) (i32.and
          (i32.and (i32.eq (local.get $event) (i32.const 1)) (i32.eq (local.get $sub) (global.get $sub)))
          (i32.and (i32.eq (local.get $state) (i32.const 2)) (i32.eq (i32.load (i32.const 32)) (i32.const 55))))))
        (call $subtask-drop (global.get $sub)) (call $set-drop (global.get $sets))
        (i32.const 0))
      (func (export "wait") (result i32)
        (if (i32.ne (call $read (global.get $r) (i32.const 64) (i32.const 8)) (i32.const -1)) (then unreachable))
        (call $join (global.get $r) (global.get $set))
        (i32.or (i32.shl (global.get $set) (i32.const 4)) (i32.const 2)))
      (func (export "wait-on") (param $event i32) (param $end i32) (param $result i32) (result i32)
        (call $join (global.get $r) (i32.const 0))
        (call $return (i32.eqz (i32.and
          (i32.and (i32.eq (local.get $event) (i32.const 2)) (i32.eq (local.get $end) (global.get $r)))
          (i32.and (i32.eq (local.get $result) (i32.const 16)) (i32.eq (i32.load8_u (i32.const 64)) (i32.const 120))))))
        (i32.const 0))
      (func (export "wake") (result i32)
        (i32.store8 (i32.const 96) (i32.const 120))
        (i32.ne (call $write (global.get $w) (i32.const 96) (i32.const 1)) (i32.const 16)))
      (func $event (param $kind i32) (param $of i32) (param $says i32) (param $event i32) (result i32)
        (i32.and (i32.eq (local.get $event) (local.get $kind))
          (i32.and (i32.eq (i32.load (i32.const 16)) (local.get $of)) (i32.eq (i32.load (i32.const 20)) (local.get $says)))))
      (func $expect (param $is i32) (param $bit i32)
        (if (i32.eqz (local.get $is)) (then (global.set $lost (i32.or (global.get $lost) (local.get $bit))))))
      (func (export "check") (result i32)
        (i32.store (i32.const 104) (i32.const 0x636261))
        (call $expect (i32.eq (call $write (global.get $w) (i32.const 104) (i32.const 3)) (i32.const -1)) (i32.const 1))
        (call $expect (i32.eq (call $read (global.get $r) (i32.const 128) (i32.const 8)) (i32.const 48)) (i32.const 2))
        (call $expect (i32.eq (i32.load (i32.const 128)) (i32.const 0x636261)) (i32.const 4))
        (call $join (global.get $w) (global.get $set))
        (call $expect
          (call $event (i32.const 3) (global.get $w) (i32.const 48) (call $set-poll (global.get $set) (i32.const 16))) (i32.const 8))
        (i32.store8 (i32.const 112) (i32.const 99))
        (call $expect (i32.eq (call $f-write (global.get $fw) (i32.const 112)) (i32.const -1)) (i32.const 16))
        (call $expect (i32.eqz (call $f-read (global.get $fr) (i32.const 160))) (i32.const 16))
        (call $expect (i32.eq (i32.load8_u (i32.const 160)) (i32.const 99)) (i32.const 16))
        (call $join (global.get $fw) (global.get $set))
        (call $expect
          (call $event (i32.const 5) (global.get $fw) (i32.const 0) (call $set-poll (global.get $set) (i32.const 16))) (i32.const 32))
        (call $expect (i32.eq (call $borrow-thing (global.get $thing)) (i32.const 77)) (i32.const 64))
        (call $expect (i32.eq (call $rep (global.get $secret)) (i32.const 88)) (i32.const 128))
        (call $expect (i32.eqz (i32.load (i32.const 240))) (i32.const 128))
        (call $release (i32.const 0))
        (global.set $read (call $read (global.get $input) (i32.const 192) (i32.const 3)))
        (call $join (global.get $input) (global.get $set))
        (i32.const 1))
      (func (export "check-on") (param i32 i32 i32) (result i32)
        (if (i32.eq (global.get $read) (i32.const -1)) (then
          (if (i32.eq (call $set-poll (global.get $set) (i32.const 16)) (i32.const 2)) (then
            (call $expect (i32.eq (i32.load (i32.const 16)) (global.get $input)) (i32.const 512))
            (global.set $read (i32.load (i32.const 20)))))
          (return (i32.const 1))))
        (if (i32.eqz (global.get $told)) (then (return (i32.const 1))))
        (call $expect (i32.eq (i32.shr_u (global.get $read) (i32.const 4)) (i32.const 3)) (i32.const 512))
        (call $expect (i32.eq (i32.load (i32.const 192)) (i32.const 0x636261)) (i32.const 512))
        (call $drop-readable (global.get $input)) (call $drop-input-done (global.get $input-done))
        (call $expect (i32.eq (global.get $told) (i32.const 1)) (i32.const 256))
        (call $drop-readable (global.get $r)) (call $drop-writable (global.get $w))
        (call $f-drop-readable (global.get $fr)) (call $f-drop-writable (global.get $fw))
        (call $set-drop (global.get $set)) (call $drop-thing (global.get $thing)) (call $drop-secret (global.get $secret))
        (call $return (global.get $lost))
        (i32.const 0))
      (func (export "borrow-secret") (param i32) (result i32) (local.get 0))
      (func (export "take-secret") (param i32) (result i32) (call $rep (local.get 0)))"#;
    // Of what is dropped a module before takes note, for the resource comes before the functions
    // that make it.
    format!(
        r#"(component $V {STDIN} {} {MEMORY}
        (core module $Note (import "" "mem" (memory 1)) (func (export "note") (param i32) (i32.store (i32.const 240) (local.get 0))))
        (core instance $note (instantiate $Note (with "" (instance $memory))))
        (type $own (resource (rep i32) (dtor (core func $note "note")))) (export $secret "secret" (type $own))
        {} {}
        (func (export "setup") async (canon lift (core func $main "setup") async (callback (core func $main "setup-on"))))
        (func (export "wait") async (result u32) (canon lift (core func $main "wait") async (callback (core func $main "wait-on"))))
        (func (export "wake") (result u32) (canon lift (core func $main "wake")))
        (func (export "check") async (result u32) (canon lift (core func $main "check") async (callback (core func $main "check-on"))))
        (func (export "borrow-secret") (param "x" (borrow $secret)) (result u32) (canon lift (core func $main "borrow-secret")))
        (func (export "take-secret") (param "x" (own $secret)) (result u32) (canon lift (core func $main "take-secret"))))"#,
        import_third(r#"(export "release" (func (param "who" u32)))"#),
        types(),
        module.text(body)
    )
}

fn hostile() -> String {
    let mut takes_of_third = String::from(r#"(export "take-thing" (func (param "x" (own $x)) (result u32)))"#);
    for (name, ty, _) in takes() {
        write!(takes_of_third, r#"(export "{name}" (func async (param "x" {ty}) (result u32)))"#).unwrap();
    }
    let mut module = Module::default();
    let mut body = format!(
        "(global $set (mut i32) (i32.const 0)) (global $end (mut i32) (i32.const 0)) {}",
        acting(&mut module, &acts())
    );
    module.functions(&[
        ("new", "(canon stream.new $stream-u8)", "(result i64)"),
        ("f-new", "(canon future.new $future-none)", "(result i64)"),
        ("set-new", "(canon waitable-set.new)", "(result i32)"),
        ("slow", "(canon lower (func $t \"slow\") async (memory $mem))", "(param i32 i32) (result i32)"),
        ("make", "(canon lower (func $t \"make-thing\"))", "(param i32) (result i32)"),
        ("return", "(canon task.return (result $stream-u8))", "(param i32)"),
        ("returned", "(canon task.return)", ""),
    ]);
    body += r#"
        (func (export "equip") (param $holds i32) (result i32)
          (if (i32.eq (local.get $holds) (i32.const 1)) (then
            (global.set $end (i32.wrap_i64 (call $new))) (drop (call $f-new)) (global.set $set (call $set-new))
            (drop (call $slow (i32.const 1) (i32.const 32)))
            (call $returned) (return (i32.or (i32.shl (call $set-new) (i32.const 4)) (i32.const 2)))))
          (if (i32.eq (local.get $holds) (i32.const 2)) (then (drop (call $make (i32.const 5))) (drop (call $make (i32.const 6)))))
          (call $returned) (i32.const 0))
        (func (export "give") (param i32) (result i32) (local.get 0))
        (func (export "give-later") (param i32) (result i32) (call $return (local.get 0)) (i32.const 0))
        (func (export "wait-on") (param i32) (result i32) (i32.or (i32.shl (local.get 0) (i32.const 4)) (i32.const 2)))
        (func (export "unexpected") (param i32 i32 i32) (result i32) unreachable)"#;
    format!(
        r#"(component $H {}
        (import "v" (instance $v (export "secret" (type $s (sub resource)))
          (export "borrow-secret" (func (param "x" (borrow $s)) (result u32)))
          (export "take-secret" (func (param "x" (own $s)) (result u32)))))
        (alias export $v "secret" (type $secret))
        {} {MEMORY} {}
        (func (export "equip") async (param "holds" u32)
          (canon lift (core func $main "equip") async (callback (core func $main "unexpected"))))
        (func (export "act") async (param "act" u32) (param "n" u32) (result u32) (canon lift (core func $main "act")))
        (func (export "give-stream") (param "n" u32) (result $stream-u8) (canon lift (core func $main "give")))
        (func (export "give-future") (param "n" u32) (result $future-u8) (canon lift (core func $main "give")))
        (func (export "give-thing") (param "n" u32) (result (own $thing)) (canon lift (core func $main "give")))
        (func (export "give-later") async (param "n" u32) (result $stream-u8)
          (canon lift (core func $main "give-later") async (callback (core func $main "unexpected"))))
        (func (export "wait-on") async (param "n" u32)
          (canon lift (core func $main "wait-on") async (callback (core func $main "unexpected")))))"#,
        import_third(&takes_of_third),
        types(),
        module.text(&body)
    )
}

fn driver() -> String {
    let mut module = Module::default();
    module.functions(&[
        ("setup", "(canon lower (func $v \"setup\") async)", "(result i32)"),
        ("wait", "(canon lower (func $v \"wait\") async (memory $mem))", "(param i32) (result i32)"),
        ("wake", "(canon lower (func $v \"wake\"))", "(result i32)"),
        ("check", "(canon lower (func $v \"check\"))", "(result i32)"),
        ("equip", "(canon lower (func $h \"equip\") async)", "(param i32) (result i32)"),
        ("act", "(canon lower (func $h \"act\"))", "(param i32 i32) (result i32)"),
        ("give-stream", "(canon lower (func $h \"give-stream\"))", "(param i32) (result i32)"),
        ("give-future", "(canon lower (func $h \"give-future\"))", "(param i32) (result i32)"),
        ("give-later", "(canon lower (func $h \"give-later\"))", "(param i32) (result i32)"),
        ("give-thing", "(canon lower (func $h \"give-thing\"))", "(param i32) (result i32)"),
        ("wait-on", "(canon lower (func $h \"wait-on\"))", "(param i32)"),
        ("take-stream", "(canon lower (func $t \"take-stream-u8\"))", "(param i32) (result i32)"),
        ("take-future", "(canon lower (func $t \"take-future-u8\"))", "(param i32) (result i32)"),
        ("borrow-thing", "(canon lower (func $t \"borrow-thing\"))", "(param i32) (result i32)"),
        ("set-new", "(canon waitable-set.new)", "(result i32)"),
        ("set-wait", "(canon waitable-set.wait (memory $mem))", "(param i32 i32) (result i32)"),
        ("join", "(canon waitable.join)", "(param i32 i32)"),
        ("subtask-drop", "(canon subtask.drop)", "(param i32)"),
    ]);
    let first = acts().len();
    let calls = [
        "(return (call $take-stream (call $give-stream (local.get $n))))",
        "(return (call $take-future (call $give-future (local.get $n))))",
        "(return (call $take-stream (call $give-later (local.get $n))))",
        "(return (call $borrow-thing (call $give-thing (local.get $n))))",
        "(call $wait-on (local.get $n)) (return (i32.const 0))",
    ];
    let mut by_calls = String::new();
    for (at, call) in calls.iter().enumerate() {
        writeln!(by_calls, "(if (i32.eq (local.get $act) (i32.const {})) (then {call}))", first + at).unwrap();
    }
    let body = format!(
        r#"(func $attack (param $act i32) (param $n i32) (result i32) {by_calls} (call $act (local.get $act) (local.get $n)))
      {ACTS}
      (global $set (mut i32) (i32.const 0))
      (func $returns (param $sub i32)
        (if (i32.eq (i32.and (local.get $sub) (i32.const 15)) (i32.const 2)) (then (return)))
        (local.set $sub (i32.shr_u (local.get $sub) (i32.const 4)))
        (call $join (local.get $sub) (global.get $set))
        (loop $again
          (drop (call $set-wait (global.get $set) (i32.const 16)))
          (br_if $again (i32.ne (i32.load (i32.const 20)) (i32.const 2))))
        (call $subtask-drop (local.get $sub)))
      (func (export "attack") (param $phase i32) (param $holds i32) (param $act i32) (param $n i32) (param $then i32) (param $m i32)
        (result i64)
        (local $sub i32) (local $lost i32) (local $got i32)
        (global.set $set (call $set-new))
        (call $returns (call $setup)) (call $returns (call $equip (local.get $holds)))
        (if (i32.eq (local.get $phase) (i32.const 0)) (then (local.set $got (call $acts (local.get $act) (local.get $n) (local.get $then) (local.get $m)))))
        (local.set $sub (call $wait (i32.const 32)))
        (if (i32.eq (i32.and (local.get $sub) (i32.const 15)) (i32.const 2)) (then (local.set $lost (i32.const 1))))
        (if (i32.eq (local.get $phase) (i32.const 1)) (then (local.set $got (call $acts (local.get $act) (local.get $n) (local.get $then) (local.get $m)))))
        (if (call $wake) (then (local.set $lost (i32.or (local.get $lost) (i32.const 2)))))
        (call $returns (local.get $sub))
        (if (i32.load (i32.const 32)) (then (local.set $lost (i32.or (local.get $lost) (i32.const 4)))))
        (if (i32.eq (local.get $phase) (i32.const 2)) (then (local.set $got (call $acts (local.get $act) (local.get $n) (local.get $then) (local.get $m)))))
        (local.set $lost (i32.or (local.get $lost) (i32.shl (call $check) (i32.const 4))))
        (i64.or (i64.extend_i32_u (local.get $got)) (i64.shl (i64.extend_i32_u (local.get $lost)) (i64.const 32))))"#
    );
    format!(
        r#"(component $D {}
        (import "v" (instance $v (export "setup" (func async)) (export "wait" (func async (result u32)))
          (export "wake" (func (result u32))) (export "check" (func async (result u32)))))
        (import "h" (instance $h (alias outer 1 $thing (type $x))
          (type $stream-u8 (stream u8)) (type $future-u8 (future u8))
          (export "equip" (func async (param "holds" u32))) (export "act" (func async (param "act" u32) (param "n" u32) (result u32)))
          (export "give-stream" (func (param "n" u32) (result $stream-u8)))
          (export "give-future" (func (param "n" u32) (result $future-u8)))
          (export "give-thing" (func (param "n" u32) (result (own $x))))
          (export "give-later" (func async (param "n" u32) (result $stream-u8)))
          (export "wait-on" (func async (param "n" u32)))))
        {MEMORY} {}
        (func (export "attack") async (param "phase" u32) (param "holds" u32) (param "act" u32) (param "n" u32) (param "then" u32) (param "m" u32)
          (result u64)
          (canon lift (core func $main "attack"))))"#,
        import_third(
            r#"(export "take-stream-u8" (func async (param "x" $stream-u8) (result u32)))
            (export "take-future-u8" (func async (param "x" $future-u8) (result u32)))"#
        ),
        module.text(&body)
    )
}

/// The composition.
pub fn composition() -> String {
    format!(
        r#"(component {STDIN} {} {} {} {}
        (instance $t (instantiate $T))
        (instance $v (instantiate $V (with "t" (instance $t))
          (with "wasi:cli/types@0.3.0" (instance $cli)) (with "wasi:cli/stdin@0.3.0" (instance $stdin))))
        (instance $h (instantiate $H (with "t" (instance $t)) (with "v" (instance $v))))
        (instance $d (instantiate $D (with "t" (instance $t)) (with "v" (instance $v)) (with "h" (instance $h))))
        (export "attack" (func $d "attack")))"#,
        third(),
        victim(),
        hostile(),
        driver()
    )
}
