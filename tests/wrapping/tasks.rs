//! Calls from one part of a composition to another that wait: tasks of the callee, subtasks of the
//! caller. Each composition runs natively on the host of 0.3 and translated on the host of 0.2.

use crate::support::both::{natively, run_translated};
use crate::support::text::expand;

/// A result of a function: how the callee returns it and how the caller knows it.
struct Shape {
    name: &'static str,
    /// Types that are defined first, then the type.
    types: &'static str,
    ty: &'static str,
    /// The core parameters of `task.return`, and what it is given.
    params: &'static str,
    values: &'static str,
    /// Instructions that give 1 if the result at `$p` is right; `{{text}}` those for the string at
    /// `$q`.
    check: &'static str,
}

const TEXT: &str = "(i32.and (i32.eq (i32.load offset=4 (local.get $q)) (i32.const 5)) \
    (i32.and (i32.eq (i32.load (i32.load (local.get $q))) (i32.const 0x6c6c6568)) \
    (i32.eq (i32.load8_u offset=4 (i32.load (local.get $q))) (i32.const 0x6f))))";

/// In the callee's memory, `hello` is at 32, and a list of two of it at 40; that is overwritten
/// after `task.return`.
const SHAPES: &[Shape] = &[
    Shape { name: "none", types: "", ty: "", params: "", values: "", check: "(i32.const 1)" },
    Shape {
        name: "byte",
        types: "",
        ty: "u8",
        params: "i32",
        values: "(i32.const 200)",
        check: "(i32.eq (i32.load (local.get $p)) (i32.const 0xaaaaaac8))",
    },
    Shape {
        name: "long",
        types: "",
        ty: "u64",
        params: "i64",
        values: "(i64.const 0x123456789abcdef0)",
        check: "(i64.eq (i64.load (local.get $p)) (i64.const 0x123456789abcdef0))",
    },
    Shape {
        name: "single",
        types: "",
        ty: "f32",
        params: "f32",
        values: "(f32.const 1.5)",
        check: "(f32.eq (f32.load (local.get $p)) (f32.const 1.5))",
    },
    Shape {
        name: "double",
        types: "",
        ty: "f64",
        params: "f64",
        values: "(f64.const -2.5)",
        check: "(f64.eq (f64.load (local.get $p)) (f64.const -2.5))",
    },
    Shape {
        name: "text",
        types: "",
        ty: "string",
        params: "i32 i32",
        values: "(i32.const 32) (i32.const 5)",
        check: "(local.set $q (local.get $p)) {{text}}",
    },
    Shape {
        name: "record",
        types: r#"(type $record' (record (field "a" u8) (field "b" string) (field "c" f64)))
            (export "record" (type $record (eq $record')))"#,
        ty: "$record",
        params: "i32 i32 i32 f64",
        values: "(i32.const 7) (i32.const 32) (i32.const 5) (f64.const 0.5)",
        check: "(local.set $q (i32.add (local.get $p) (i32.const 4))) {{text}}
            (i32.and (i32.eq (i32.load8_u (local.get $p)) (i32.const 7)))
            (i32.and (f64.eq (f64.load offset=16 (local.get $p)) (f64.const 0.5)))",
    },
    Shape {
        name: "variant",
        types: r#"(type $variant' (variant (case "n" u64) (case "s" string) (case "f" f32) (case "none")))
            (export "variant" (type $variant (eq $variant')))"#,
        ty: "$variant",
        params: "i32 i64 i32",
        values: "(i32.const 1) (i64.const 32) (i32.const 5)",
        check: "(local.set $q (i32.add (local.get $p) (i32.const 8))) {{text}}
            (i32.and (i32.eq (i32.load8_u (local.get $p)) (i32.const 1)))",
    },
    Shape {
        name: "floating",
        types: r#"(type $floating' (variant (case "n" u64) (case "s" string) (case "f" f32) (case "none")))
            (export "floating" (type $floating (eq $floating')))"#,
        ty: "$floating",
        params: "i32 i64 i32",
        values: "(i32.const 2) (i64.extend_i32_u (i32.reinterpret_f32 (f32.const 2.25))) (i32.const 0)",
        check: "(i32.and (i32.eq (i32.load8_u (local.get $p)) (i32.const 2))
            (f32.eq (f32.load offset=8 (local.get $p)) (f32.const 2.25)))",
    },
    Shape {
        name: "list",
        types: "",
        ty: "(list string)",
        params: "i32 i32",
        values: "(i32.const 40) (i32.const 2)",
        check: "(local.set $q (i32.load (local.get $p))) {{text}}
            (local.set $q (i32.add (local.get $q) (i32.const 8))) {{text}} (i32.and)
            (i32.and (i32.eq (i32.load offset=4 (local.get $p)) (i32.const 2)))",
    },
    Shape {
        name: "large",
        types: r#"(type $large' (tuple u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 u32 string))"#,
        ty: "$large'",
        params: "i32",
        values: "(i32.const 128)",
        check: "(local.set $q (i32.add (local.get $p) (i32.const 64))) {{text}}
            (i32.and (i32.eq (i32.load offset=60 (local.get $p)) (i32.const 99)))",
    },
    Shape {
        name: "thing",
        types: "",
        ty: "(own $thing)",
        params: "i32",
        values: "(call $thing.new (i32.const 77))",
        check: "(i32.eq (call $look (i32.load (local.get $p))) (i32.const 77))
            (call $thing.drop (i32.load (local.get $p)))",
    },
    Shape {
        name: "things",
        types: "",
        ty: "(result (own $thing) (error string))",
        params: "i32 i32 i32",
        values: "(i32.const 0) (call $thing.new (i32.const 78)) (i32.const 0)",
        check: "(i32.eq (call $look (i32.load offset=4 (local.get $p))) (i32.const 78))
            (call $thing.drop (i32.load offset=4 (local.get $p)))",
    },
    Shape {
        name: "stream",
        types: "",
        ty: "(stream u8)",
        params: "i32",
        values: "(call $bytes)",
        check: "(call $reads (i32.load (local.get $p)))",
    },
    Shape {
        name: "future",
        types: "",
        ty: "(tuple u8 (future u32))",
        params: "i32 i32",
        values: "(i32.const 9) (call $number)",
        check: "(call $resolves (i32.load offset=4 (local.get $p)))",
    },
];

/// How a task goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// It returns in its first turn.
    AtOnce = 0,
    /// It waits for time, then returns. Asked to end, it does without a result.
    Late = 1,
    /// It returns, then waits for time.
    Early = 2,
    /// It yields three times, then returns.
    Yielding = 3,
    /// As `Late`, but asked to end it returns.
    Stubborn = 4,
    /// It yields until a call in mode `AtOnce` was made.
    Until = 5,
}

/// Both components' wiring of what they export or import, with streams and futures.
const ENDS: &str = r#"
    (type $bytes (stream u8)) (type $number (future u32))
    (core func $bytes.new (canon stream.new $bytes)) (core func $number.new (canon future.new $number))
    (core func $bytes.read (canon stream.read $bytes async (memory $memory)))
    (core func $bytes.write (canon stream.write $bytes async (memory $memory)))
    (core func $number.read (canon future.read $number async (memory $memory)))
    (core func $number.write (canon future.write $number async (memory $memory)))
    (core func $set.new (canon waitable-set.new)) (core func $set.drop (canon waitable-set.drop))
    (core func $set.wait (canon waitable-set.wait (memory $memory)))
    (core func $set.poll (canon waitable-set.poll (memory $memory)))
    (core func $join (canon waitable.join)) (core func $yield (canon thread.yield))
    (core func $subtask.drop (canon subtask.drop))
    (core func $subtask.cancel (canon subtask.cancel async))
    (core func $subtask.cancel! (canon subtask.cancel))
    (core func $task.cancel (canon task.cancel))
    (core func $context.get (canon context.get i32 0)) (core func $context.set (canon context.set i32 0))"#;

/// Names and types of [`ENDS`] as core imports.
const BUILT_INS: &[(&str, &str)] = &[
    ("bytes.new", "(result i64)"),
    ("number.new", "(result i64)"),
    ("bytes.read", "(param i32 i32 i32) (result i32)"),
    ("bytes.write", "(param i32 i32 i32) (result i32)"),
    ("number.read", "(param i32 i32) (result i32)"),
    ("number.write", "(param i32 i32) (result i32)"),
    ("set.new", "(result i32)"),
    ("set.drop", "(param i32)"),
    ("set.wait", "(param i32 i32) (result i32)"),
    ("set.poll", "(param i32 i32) (result i32)"),
    ("join", "(param i32 i32)"),
    ("yield", "(result i32)"),
    ("subtask.drop", "(param i32)"),
    ("subtask.cancel", "(param i32) (result i32)"),
    ("subtask.cancel!", "(param i32) (result i32)"),
    ("task.cancel", ""),
    ("context.get", "(result i32)"),
    ("context.set", "(param i32)"),
];

const CLOCK: &str = r#"(import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
    (export "wait-for" (func async (param "how-long" u64)))))"#;

/// Core imports and the arguments for them, of `extra` and the built-ins.
fn imports(extra: &[(String, String)]) -> (String, String) {
    let built_ins = BUILT_INS.iter().map(|(name, ty)| (name.to_string(), ty.to_string()));
    let all: Vec<_> = built_ins.chain(extra.iter().cloned()).collect();
    let imports = all.iter().map(|(name, ty)| format!("(import \"\" \"{name}\" (func ${name} {ty}))\n"));
    let args = all.iter().map(|(name, _)| format!("(export \"{name}\" (func ${name}))\n"));
    (imports.collect(), args.collect())
}

const MEMORY: &str = r#"
    (core module $mem
      (memory (export "mem") 2)
      (global $next (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (local.get 3)))))
    (core instance $mem (instantiate $mem))
    (alias core export $mem "mem" (core memory $memory))
    (alias core export $mem "realloc" (core func $realloc))"#;

/// The exported interface of the callee.
fn interface() -> String {
    let functions = SHAPES.iter().map(|Shape { name, types, ty, .. }| {
        let result = if ty.is_empty() { String::new() } else { format!("(result {ty})") };
        format!("{types} (export \"f-{name}\" (func async (param \"mode\" u32) (param \"ms\" u32) {result}))\n")
    });
    let functions: String = functions.collect();
    format!(
        r#"(export "thing" (type $thing (sub resource)))
        (export "look" (func (param "thing" (borrow $thing)) (result u32)))
        (export "thing-wait" (func async (param "self" (borrow $thing)) (param "ms" u32) (result u32)))
        (export "many" (func async (param "a" u64) (param "b" f32) (param "c" u8) (param "d" string) (param "mode" u32)
          (param "ms" u32) (result u32)))
        (export "more" (func async (param "a" (tuple u64 u64 u64 u64 u64 u64 u64 u64)) (param "b" (tuple u64 u64 u64 u64
          u64 u64 u64 u64)) (param "c" u8) (result u64)))
        {functions}"#
    )
}

/// The component that is called.
fn callee() -> String {
    let mut extra = vec![
        ("wait-for".to_string(), "(param i64) (result i32)".to_string()),
        ("thing.new".into(), "(param i32) (result i32)".into()),
    ];
    let [mut types, mut returns, mut lifts, mut exports, mut begins, mut calls] = [(); 6].map(|()| String::new());
    for (at, Shape { name, types: defined, ty, params, values, .. }) in SHAPES.iter().enumerate() {
        // Exported types are named by the instance alone.
        let plain = defined.split("(export").next().unwrap().replace('\'', "");
        let ty = ty.replace('\'', "");
        types += &plain;
        let result = if ty.is_empty() { String::new() } else { format!("(result {ty})") };
        let options = "(memory $memory)";
        returns += &format!("(core func $return-{name} (canon task.return {result} {options}))\n");
        extra.push((format!("return-{name}"), format!("(param {params})")));
        begins += &format!(
            r#"(func (export "f-{name}") (param i32 i32) (result i32)
              (call $begin (local.get 0) (local.get 1) (i32.const {at})))"#
        );
        lifts += &format!(
            r#"(func $f-{name} async (param "mode" u32) (param "ms" u32) {result}
              (canon lift (core func $main "f-{name}") async (callback (core func $main "callback")) {options}
                (realloc $realloc)))"#
        );
        if defined.contains("(export") {
            exports += &format!("(export \"{name}\" (type {ty}))\n");
        }
        exports += &format!("(export \"f-{name}\" (func $f-{name}))\n");
        calls += &format!("(if (i32.eq (local.get $fn) (i32.const {at})) (then (call $return-{name} {values})))\n");
    }
    extra.push(("return-u32".into(), "(param i32)".into()));
    extra.push(("return-u64".into(), "(param i64)".into()));
    let (imports, args) = imports(&extra);
    let others = SHAPES.len();
    format!(
        r#"{CLOCK} {MEMORY} {ENDS}
    (core module $dtor (func (export "dtor") (param i32) (if (i32.gt_u (local.get 0) (i32.const 78)) (then unreachable))))
    (core instance $dtor (instantiate $dtor))
    (type $thing (resource (rep i32) (dtor (core func $dtor "dtor"))))
    {types} {returns}
    (core func $return-u32 (canon task.return (result u32)))
    (core func $return-u64 (canon task.return (result u64)))
    (core func $thing.new (canon resource.new $thing))
    (core func $wait-for (canon lower (func $clock "wait-for") async))
    (core module $main
      (import "" "mem" (memory 1))
      {imports}
      (global $next (mut i32) (i32.const 65536))
      (global $called (mut i32) (i32.const 0))
      (global $number (mut i32) (i32.const 0))
      (func $bytes (result i32) (local i64)
        (local.set 0 (call $bytes.new))
        (i64.store (i32.const 304) (i64.const 0x6f6c6c6568))
        (drop (call $bytes.write (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))) (i32.const 304) (i32.const 5)))
        (i32.wrap_i64 (local.get 0)))
      (func $number (result i32) (local i64)
        (local.set 0 (call $number.new))
        (i32.store (i32.const 300) (i32.const 4711))
        (drop (call $number.write (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))) (i32.const 300)))
        (i32.wrap_i64 (local.get 0)))
      (func $return (param $fn i32) (param $p i32)
        (i64.store (i32.const 32) (i64.const 0x6f6c6c6568))
        (i32.store (i32.const 40) (i32.const 32)) (i32.store (i32.const 44) (i32.const 5))
        (i32.store (i32.const 48) (i32.const 32)) (i32.store (i32.const 52) (i32.const 5))
        (i32.store (i32.const 188) (i32.const 99))
        (i32.store (i32.const 192) (i32.const 32)) (i32.store (i32.const 196) (i32.const 5))
        {calls}
        (if (i32.eq (local.get $fn) (i32.const {others})) (then (call $return-u32 (i32.load offset=16 (local.get $p)))))
        (memory.fill (i32.const 32) (i32.const 0x55) (i32.const 256)))
      (func $sleep (param $p i32) (param $ms i32) (result i32)
        (i32.store offset=12 (local.get $p)
          (i32.shr_u (call $wait-for (i64.mul (i64.extend_i32_u (local.get $ms)) (i64.const 1000000))) (i32.const 4)))
        (i32.store offset=8 (local.get $p) (call $set.new))
        (call $join (i32.load offset=12 (local.get $p)) (i32.load offset=8 (local.get $p)))
        (i32.or (i32.const 2) (i32.shl (i32.load offset=8 (local.get $p)) (i32.const 4))))
      (func $begin (param $mode i32) (param $ms i32) (param $fn i32) (result i32)
        (call $begin-with (local.get $mode) (local.get $ms) (local.get $fn) (i32.const 0)))
      (func $begin-with (param $mode i32) (param $ms i32) (param $fn i32) (param $value i32) (result i32) (local $p i32)
        (if (call $context.get) (then unreachable))
        (local.set $p (global.get $next))
        (global.set $next (i32.add (local.get $p) (i32.const 32)))
        (call $context.set (local.get $p))
        (i32.store (local.get $p) (local.get $mode))
        (i32.store offset=4 (local.get $p) (local.get $fn))
        (i32.store offset=16 (local.get $p) (local.get $value))
        (if (i32.eqz (local.get $mode)) (then
          (global.set $called (i32.const 1))
          (call $return (local.get $fn) (local.get $p)) (return (i32.const 0))))
        (if (i32.eq (local.get $mode) (i32.const 2)) (then (call $return (local.get $fn) (local.get $p))))
        (if (i32.or (i32.eq (local.get $mode) (i32.const 3)) (i32.eq (local.get $mode) (i32.const 5))) (then
          (i32.store offset=12 (local.get $p) (i32.const 3)) (return (i32.const 1))))
        (call $sleep (local.get $p) (local.get $ms)))
      {begins}
      (func (export "wait") (param $rep i32) (param $ms i32) (result i32)
        (call $begin-with (i32.const 1) (local.get $ms) (i32.const {others}) (local.get $rep)))
      (func (export "many") (param $a i64) (param $b f32) (param $c i32) (param $d i32) (param $len i32)
        (param $mode i32) (param $ms i32) (result i32)
        (call $begin-with (local.get $mode) (local.get $ms) (i32.const {others})
          (i32.add (i32.add (i32.wrap_i64 (local.get $a)) (i32.trunc_f32_u (local.get $b)))
            (i32.add (local.get $c) (i32.mul (local.get $len) (i32.load8_u (local.get $d)))))))
      (func (export "more") (param $p i32) (result i32) (local $at i32) (local $sum i64)
        (loop $l
          (local.set $sum (i64.add (local.get $sum) (i64.load (i32.add (local.get $p) (local.get $at)))))
          (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 128))))
        (call $return-u64 (i64.add (local.get $sum) (i64.load8_u offset=128 (local.get $p))))
        (i32.const 0))
      (func (export "look") (param i32) (result i32) (local.get 0))
      (func (export "callback") (param $code i32) (param $index i32) (param $payload i32) (result i32) (local $p i32)
        (local.set $p (call $context.get))
        (if (i32.eq (local.get $code) (i32.const 6)) (then
          (if (i32.load offset=8 (local.get $p)) (then
            (call $join (i32.load offset=12 (local.get $p)) (i32.const 0))
            (if (i32.ne (call $subtask.cancel! (i32.load offset=12 (local.get $p))) (i32.const 4)) (then unreachable))
            (call $subtask.drop (i32.load offset=12 (local.get $p)))
            (call $set.drop (i32.load offset=8 (local.get $p)))))
          (if (i32.eq (i32.load (local.get $p)) (i32.const 4))
            (then (call $return (i32.load offset=4 (local.get $p)) (local.get $p)))
            (else (call $task.cancel)))
          (return (i32.const 0))))
        (if (i32.eq (i32.load (local.get $p)) (i32.const 5)) (then
          (if (i32.eqz (global.get $called)) (then (return (i32.const 1))))
          (call $return (i32.load offset=4 (local.get $p)) (local.get $p)) (return (i32.const 0))))
        (if (i32.eq (i32.load (local.get $p)) (i32.const 3)) (then
          (if (local.get $code) (then unreachable))
          (i32.store offset=12 (local.get $p) (i32.sub (i32.load offset=12 (local.get $p)) (i32.const 1)))
          (if (i32.load offset=12 (local.get $p)) (then (return (i32.const 1))))
          (call $return (i32.load offset=4 (local.get $p)) (local.get $p)) (return (i32.const 0))))
        (if (i32.ne (local.get $code) (i32.const 1)) (then unreachable))
        (if (i32.ne (local.get $index) (i32.load offset=12 (local.get $p))) (then unreachable))
        (call $subtask.drop (local.get $index))
        (call $set.drop (i32.load offset=8 (local.get $p)))
        (if (i32.ne (i32.load (local.get $p)) (i32.const 2)) (then
          (call $return (i32.load offset=4 (local.get $p)) (local.get $p))))
        (i32.const 0)))
    (core instance $main (instantiate $main (with "" (instance (export "mem" (memory $mem "mem")) {args}))))
    (func $look (param "thing" (borrow $thing)) (result u32) (canon lift (core func $main "look")))
    (func $wait async (param "self" (borrow $thing)) (param "ms" u32) (result u32)
      (canon lift (core func $main "wait") async (callback (core func $main "callback"))))
    (func $many async (param "a" u64) (param "b" f32) (param "c" u8) (param "d" string) (param "mode" u32)
      (param "ms" u32) (result u32)
      (canon lift (core func $main "many") async (callback (core func $main "callback"))
        (memory $memory) (realloc $realloc)))
    (func $more async (param "a" (tuple u64 u64 u64 u64 u64 u64 u64 u64)) (param "b" (tuple u64 u64 u64 u64 u64 u64 u64
      u64)) (param "c" u8) (result u64)
      (canon lift (core func $main "more") async (callback (core func $main "callback"))
        (memory $memory) (realloc $realloc)))
    {lifts}
    (instance $worker
      (export "thing" (type $thing)) (export "look" (func $look)) (export "thing-wait" (func $wait))
      (export "many" (func $many)) (export "more" (func $more)) {exports})
    (export "test:tasks/worker" (instance $worker))
    "#
    )
}

/// A component whose `run` is `body`, which calls the callee. It begins with what it knows of a
/// call: `$s` a state, `$set` a set.
fn caller(body: &str) -> String {
    let mut extra = vec![
        ("look".to_string(), "(param i32) (result i32)".to_string()),
        ("thing.drop".into(), "(param i32)".into()),
        ("thing.wait".into(), "(param i32 i32 i32) (result i32)".into()),
        ("many".into(), "(param i32 i32) (result i32)".into()),
        ("more".into(), "(param i32 i32) (result i32)".into()),
    ];
    let mut lowers = String::new();
    let mut checks = String::new();
    for Shape { name, ty, check, .. } in SHAPES {
        let result = if ty.is_empty() { "" } else { "i32" };
        extra.push((format!("f-{name}"), format!("(param i32 i32 {result}) (result i32)")));
        lowers += &format!(
            r#"(alias export $worker "f-{name}" (func $f-{name}))
            (core func $f-{name} (canon lower (func $f-{name}) async (memory $memory)
              (realloc $realloc)))"#
        );
        let check = expand(check, &[("text", TEXT)]);
        checks += &format!(
            "(func $check-{name} (param $p i32) (local $q i32) {check}\n (if (i32.eqz) (then unreachable)))\n"
        );
    }
    let (imports, args) = imports(&extra);
    let interface = interface();
    format!(
        r#"{CLOCK}
    (import "worker" (instance $worker {interface}))
    (alias export $worker "thing" (type $thing)) (alias export $worker "look" (func $look))
    (alias export $worker "thing-wait" (func $thing.wait))
    (alias export $worker "many" (func $many)) (alias export $worker "more" (func $more))
    {MEMORY} {ENDS} {lowers}
    (core func $look (canon lower (func $look))) (core func $thing.drop (canon resource.drop $thing))
    (core func $thing.wait (canon lower (func $thing.wait) async (memory $memory)))
    (core func $many (canon lower (func $many) async (memory $memory)))
    (core func $more (canon lower (func $more) async (memory $memory)))
    (core module $main
      (import "" "mem" (memory 1))
      {imports}
      (func $is (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
      (func $reads (param $end i32) (result i32)
        (call $is (call $bytes.read (local.get $end) (i32.const 600) (i32.const 8)) (i32.const 0x50))
        (i64.eq (i64.and (i64.load (i32.const 600)) (i64.const 0xffffffffff)) (i64.const 0x6f6c6c6568)))
      (func $resolves (param $end i32) (result i32)
        (call $is (call $number.read (local.get $end) (i32.const 600)) (i32.const 0))
        (i32.eq (i32.load (i32.const 600)) (i32.const 4711)))
      {checks}
      ;; The call in this state has to wait: its subtask joins the set.
      (func $waits (param $s i32) (param $set i32)
        (call $is (i32.and (local.get $s) (i32.const 15)) (i32.const 1))
        (call $join (i32.shr_u (local.get $s) (i32.const 4)) (local.get $set)))
      ;; Waits for the next event of a subtask, which has returned; that is dropped.
      (func $next (param $set i32) (result i32)
        (call $is (call $set.wait (local.get $set) (i32.const 0)) (i32.const 1))
        (call $is (i32.load (i32.const 4)) (i32.const 2))
        (call $subtask.drop (i32.load (i32.const 0)))
        (i32.load (i32.const 0)))
      (func $run (export "run") (result i32) (local $set i32) (local $s i32) (local $a i32) (local $b i32)
        (memory.fill (i32.const 400) (i32.const 0xaa) (i32.const 600))
        (local.set $set (call $set.new))
        {body}
        (call $set.drop (local.get $set))
        (i32.const 0)))
    (core instance $main (instantiate $main (with "" (instance (export "mem" (memory $mem "mem")) {args}))))
    (func $run async (result (result)) (canon lift (core func $main "run")))
    (instance $run (export "run" (func $run)))
    (export "wasi:cli/run@0.3.0" (instance $run))"#
    )
}

fn composition(body: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock (export "wait-for" (func async (param "how-long" u64)))))
  (component $callee {})
  (component $caller {})
  (instance $callee (instantiate $callee (with "wasi:clocks/monotonic-clock@0.3.0" (instance $clock))))
  (alias export $callee "test:tasks/worker" (instance $worker))
  (instance $caller (instantiate $caller
    (with "wasi:clocks/monotonic-clock@0.3.0" (instance $clock)) (with "worker" (instance $worker))))
  (alias export $caller "wasi:cli/run@0.3.0" (instance $run))
  (export "wasi:cli/run@0.3.0" (instance $run)))"#,
        callee(),
        caller(body)
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

/// Asserts that `body` ends well on both hosts.
#[track_caller]
fn holds(body: &str) {
    let component = composition(body);
    assert_eq!(natively(&component), Ok(()), "natively");
    assert_eq!(run_translated(&component), Ok(()), "translated");
}

/// A call in `mode` whose result is written to `at`; the state goes to `$s`.
fn call(name: &str, mode: Mode, ms: u32, at: u32) -> String {
    let shape = SHAPES.iter().find(|shape| shape.name == name).unwrap();
    let at = if shape.ty.is_empty() { String::new() } else { format!("(i32.const {at})") };
    format!("(local.set $s (call $f-{name} (i32.const {}) (i32.const {ms}) {at}))\n", mode as u32)
}

fn check(name: &str, at: u32) -> String {
    format!("(call $check-{name} (i32.const {at}))\n")
}

/// The call whose state is in `$s` has returned already.
fn returned(name: &str, at: u32) -> String {
    format!("(call $is (local.get $s) (i32.const 2)) {}", check(name, at))
}

/// Two calls at once give results of every shape.
#[test]
fn results_of_every_shape_arrive() {
    for mode in [Mode::AtOnce, Mode::Late, Mode::Early, Mode::Yielding] {
        let mut body = String::new();
        for Shape { name, .. } in SHAPES {
            for (ms, at) in [(20, 400), (10, 704)] {
                body += &call(name, mode, ms, at);
                body += &match mode {
                    Mode::AtOnce | Mode::Early => returned(name, at),
                    _ => "(call $waits (local.get $s) (local.get $set))\n".to_string(),
                };
            }
            if matches!(mode, Mode::Late | Mode::Yielding) {
                body += "(drop (call $next (local.get $set))) (drop (call $next (local.get $set)))\n";
                body += &(check(name, 400) + &check(name, 704));
            }
            body += "(memory.fill (i32.const 400) (i32.const 0xaa) (i32.const 600))\n";
        }
        holds(&body);
    }
}

/// One call waits for what another one does.
#[test]
fn calls_overlap() {
    let first = call("byte", Mode::Until, 0, 400);
    let second = call("text", Mode::AtOnce, 0, 704);
    holds(&format!(
        "{first} (local.set $a (i32.shr_u (local.get $s) (i32.const 4))) (call $waits (local.get $s) (local.get $set))
        (call $is (call $set.poll (local.get $set) (i32.const 0)) (i32.const 0))
        {second} (call $is (local.get $s) (i32.const 2)) {}
        (call $is (call $next (local.get $set)) (local.get $a)) {}",
        check("text", 704),
        check("byte", 400)
    ));
}

/// Parameters that are passed flat, in memory by the caller only, and in memory on both sides.
#[test]
fn parameters_of_every_number_arrive() {
    let many = |mode: Mode| {
        format!(
            "(i64.store (i32.const 800) (i64.const 1000)) (f32.store (i32.const 808) (f32.const 200))
            (i32.store8 (i32.const 812) (i32.const 30)) (i32.store (i32.const 816) (i32.const 900))
            (i32.store (i32.const 820) (i32.const 3)) (i32.store (i32.const 900) (i32.const 0x020202))
            (i32.store (i32.const 824) (i32.const {})) (i32.store (i32.const 828) (i32.const 10))
            (local.set $s (call $many (i32.const 800) (i32.const 400)))",
            mode as u32
        )
    };
    let [at_once, late] = [many(Mode::AtOnce), many(Mode::Late)];
    holds(&format!(
        "{at_once} (call $is (local.get $s) (i32.const 2)) (call $is (i32.load (i32.const 400)) (i32.const 1236))
        (i32.store (i32.const 400) (i32.const 0))
        {late} (call $waits (local.get $s) (local.get $set))
        (call $is (i32.load (i32.const 400)) (i32.const 0))
        (drop (call $next (local.get $set))) (call $is (i32.load (i32.const 400)) (i32.const 1236))
        (memory.fill (i32.const 800) (i32.const 1) (i32.const 136))
        (call $is (call $more (i32.const 800) (i32.const 400)) (i32.const 2))
        (call $is (i32.wrap_i64 (i64.load (i32.const 400))) (i32.const 0x10101011))"
    ));
}

/// A method is lent the callee's own resource.
#[test]
fn methods_wait() {
    holds(&format!(
        "{} (local.set $a (i32.load (i32.const 400)))
        (local.set $s (call $thing.wait (local.get $a) (i32.const 10) (i32.const 408)))
        (call $waits (local.get $s) (local.get $set))
        (drop (call $next (local.get $set))) (call $is (i32.load (i32.const 408)) (i32.const 77))
        (call $thing.drop (local.get $a))",
        call("thing", Mode::AtOnce, 0, 400)
    ));
}

/// A call that is cancelled ends without a result, or with one, or after it has returned.
#[test]
fn calls_are_cancelled() {
    let cancel = |blocking: bool, state: u32| {
        let form = if blocking { "!" } else { "" };
        format!(
            "(local.set $a (i32.shr_u (local.get $s) (i32.const 4)))
            (call $is (call $subtask.cancel{form} (local.get $a)) (i32.const {state}))
            (call $subtask.drop (local.get $a))\n"
        )
    };
    for blocking in [true, false] {
        holds(&(call("text", Mode::Late, 5000, 400) + &cancel(blocking, 4)));
        // (Of a task that yields, wasmtime 48 does not say that it was cancelled.)
        let yielding = call("text", Mode::Until, 0, 400) + &cancel(blocking, 4);
        assert_eq!(run_translated(&composition(&yielding)), Ok(()), "translated");
        holds(&(call("text", Mode::Stubborn, 5000, 400) + &cancel(blocking, 2) + &check("text", 400)));
        // It has returned, but the caller does not know yet.
        let mut body = call("text", Mode::Yielding, 0, 704);
        body += "(local.set $b (i32.shr_u (local.get $s) (i32.const 4)))";
        body += &(call("byte", Mode::Late, 10, 400) + "(call $waits (local.get $s) (local.get $set))");
        body += "(drop (call $next (local.get $set)))";
        body += "(local.set $s (i32.shl (local.get $b) (i32.const 4)))";
        holds(&(body + &cancel(blocking, 2) + &check("text", 704)));
    }
}
