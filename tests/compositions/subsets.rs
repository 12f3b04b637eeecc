//! Parts that import only some of the built-ins of streams and futures, as after dead-code
//! elimination: whichever they are, and whatever the streams carry, towards 0.2 each is translated.

use crate::support::seeds::one_of;
use wasi_shim::{Generation, WrapOptions, wrap};

const BUILT_INS: [&str; 7] = ["new", "read", "write", "cancel-read", "cancel-write", "drop-readable", "drop-writable"];

/// Payloads, each with what a part imports of it: a resource of the host's, or of a component's.
const PAYLOADS: [(&str, &str); 7] = [
    ("", ""),
    ("u8", ""),
    ("f64", ""),
    ("(tuple u32 string)", ""),
    ("string", ""),
    ("(own $thing)", "own"),
    ("(option (own $thing))", "host"),
];

/// Streams or futures of a payload, and the built-ins of each of two parts, as bits.
#[derive(Debug, Clone, Copy)]
struct Case {
    kind: &'static str,
    payload: (&'static str, &'static str),
    built_ins: [usize; 2],
    /// Whether a function between the parts has the type.
    passes: bool,
}

impl Case {
    /// The types, the built-ins, and the module that uses them beside the function `more`. `at`
    /// counts the parts.
    fn code(&self, at: usize, more: &str) -> String {
        let Case { kind, payload: (payload, resource), built_ins, .. } = self;
        let import = if resource.is_empty() { "" } else { r#"(import "thing" (type $thing (sub resource)))"# };
        let mut text = format!(
            r#"{import} (type $payload {}) (type $t ({kind} {}))
              (core module $l (memory (export "m") 1)
                (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
              (core instance $l (instantiate $l))
              (alias core export $l "m" (core memory $m)) (alias core export $l "r" (core func $r))"#,
            if payload.is_empty() { "u8" } else { payload },
            if payload.is_empty() { "" } else { "$payload" },
        );
        let (mut imports, mut given) = (String::new(), String::new());
        let chosen = BUILT_INS.iter().enumerate().filter(|(bit, _)| built_ins[at] & 1 << bit != 0);
        for (bit, name) in chosen {
            let (options, ty) = match (*name, *kind) {
                ("new", _) => ("", "(result i64)"),
                ("read", "stream") => ("async (memory $m) (realloc $r)", "(param i32 i32 i32) (result i32)"),
                ("read", _) => ("async (memory $m) (realloc $r)", "(param i32 i32) (result i32)"),
                ("write", "stream") => ("async (memory $m)", "(param i32 i32 i32) (result i32)"),
                ("write", _) => ("async (memory $m)", "(param i32 i32) (result i32)"),
                ("cancel-read" | "cancel-write", _) => ("async", "(param i32) (result i32)"),
                _ => ("", "(param i32)"),
            };
            text += &format!("(core func $f{bit} (canon {kind}.{name} $t {options}))\n");
            imports += &format!(r#"(import "" "{name}" (func {ty}))"#);
            given += &format!(r#"(export "{name}" (func $f{bit}))"#);
        }
        text + &format!(
            r#"(core module $c {imports} {more}) (core instance $c (instantiate $c (with "" (instance {given}
                 (export "more" (func $more))))))"#
        )
    }

    fn text(&self) -> String {
        let ty = if self.passes { "$t" } else { "u32" };
        let thing = match self.payload.1 {
            "host" => r#"(import "test:host/things" (instance $d (export "thing" (type (sub resource)))))"#.to_string(),
            _ => r#"(component $d (type $thing' (resource (rep i32))) (core func (canon resource.drop $thing'))
                     (export "thing" (type $thing'))) (instance $d (instantiate $d))"#
                .to_string(),
        };
        let with = if self.payload.1.is_empty() { "" } else { r#"(with "thing" (type $thing))"# };
        let random =
            r#"(import "wasi:random/random@0.3.0" (instance $random (export "get-random-u64" (func (result u64)))))"#;
        let random_func = r#"(core func $more (canon lower (func $random "get-random-u64")))"#;
        let callee = self.code(
            0,
            r#"(import "" "more" (func (result i64))) (func (export "f") (param i32) (result i32) local.get 0)"#,
        );
        let caller = self.code(1, r#"(import "" "more" (func (param i32) (result i32))) (func (export "go"))"#);
        // The function is imported where its type is known.
        let [before, after] = match caller.split_once("(core module $l") {
            Some((before, after)) => [before, after],
            None => unreachable!(),
        };
        format!(
            r#"(component {random} {thing} (alias export $d "thing" (type $thing))
              (component $b {random} {random_func} {callee}
                (func (export "f") (param "x" {ty}) (result {ty}) (canon lift (core func $c "f"))))
              (component $a {before}
                (import "f" (func $f (param "x" {ty}) (result {ty}))) (core func $more (canon lower (func $f)))
                (core module $l {after}
                (func (export "go") (canon lift (core func $c "go"))))
              (instance $b (instantiate $b (with "wasi:random/random@0.3.0" (instance $random)) {with}))
              (instance $a (instantiate $a (with "f" (func $b "f")) {with}))
              (export "go" (func $a "go")))"#
        )
    }
}

fn holds(case: Case) {
    let text = case.text();
    let component = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut options = WrapOptions::default();
    options.to = Some(Generation::Wasi02);
    if let Err(error) = wrap(&component, &options) {
        panic!("{case:?}: {error}\n{text}");
    }
}

/// One part has any of them, the other all, none, or those that the first lacks. Usually
/// it is a sample of all.
#[test]
fn every_subset_of_the_built_ins() {
    let all = (1 << BUILT_INS.len()) - 1;
    let step = one_of(61);
    let mut at = 0;
    for payload in PAYLOADS {
        for kind in ["stream", "future"] {
            for passes in [true, false] {
                for subset in 0..=all {
                    for other in [all, 0, all & !subset] {
                        at += 1;
                        let turned = if at % 2 == 0 { [subset, other] } else { [other, subset] };
                        // None of the loops has a period in common with a prime number.
                        if at % step == 0 {
                            holds(Case { kind, payload, built_ins: turned, passes });
                        }
                    }
                }
            }
        }
    }
}

/// Built-ins of tasks, with their options and core types.
const OF_TASKS: [(&str, &str, &str); 13] = [
    ("task.return", "RESULT", ""),
    ("task.cancel", "", ""),
    ("subtask.cancel", "async", "(param i32) (result i32)"),
    ("subtask.drop", "", "(param i32)"),
    ("waitable-set.new", "", "(result i32)"),
    ("waitable-set.wait", "(memory $m)", "(param i32 i32) (result i32)"),
    ("waitable-set.poll", "(memory $m)", "(param i32 i32) (result i32)"),
    ("waitable-set.drop", "", "(param i32)"),
    ("waitable.join", "", "(param i32 i32)"),
    ("backpressure.inc", "", ""),
    ("backpressure.dec", "", ""),
    ("context.get i32 0", "", "(result i32)"),
    ("context.set i32 0", "", "(param i32)"),
];

/// Results of async functions: the type, the parameters of `task.return`, and those of the core
/// function.
const RESULTS: [(&str, &str, usize); 5] = [
    ("", "", 0),
    ("(result u32)", "(param i32)", 1),
    ("(result string)", "(param i32 i32)", 1),
    ("(result (tuple u32 f64))", "(param i32 f64)", 1),
    ("(result (tuple u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8))", "(param i32)", 1),
];

/// Async functions that other parts call, or the host, and that use only some of the built-ins of
/// tasks; `task.return` may lack because the function never returns.
#[test]
fn async_functions_with_any_of_the_built_ins_of_tasks() {
    for (at, (result, returned, has_area)) in RESULTS.into_iter().enumerate() {
        for subset in (at..1 << OF_TASKS.len()).step_by(one_of(797)).chain([0, 1, (1 << OF_TASKS.len()) - 1]) {
            for is_async in [true, false] {
                let (mut canons, mut imports, mut given) = (String::new(), String::new(), String::new());
                let chosen = OF_TASKS.iter().enumerate().filter(|(bit, _)| subset & 1 << bit != 0);
                for (bit, (name, options, ty)) in chosen {
                    let is_return = *name == "task.return";
                    let options = if is_return { format!("{result} (memory $m)") } else { options.to_string() };
                    let ty = if is_return { returned } else { *ty };
                    canons += &format!("(core func $f{bit} (canon {name} {options}))\n");
                    imports += &format!(r#"(import "" "{bit}" (func {ty}))"#);
                    given += &format!(r#"(export "{bit}" (func $f{bit}))"#);
                }
                let area = "i32".repeat(has_area);
                let (lower, lowered) = if is_async {
                    ("async", format!("(param {area}) (result i32)"))
                } else if result == "(result u32)" {
                    // A sync lowering gives one flat value, and takes the address for more.
                    ("", "(result i32)".into())
                } else {
                    ("", format!("(param {area})"))
                };
                let memory = r#"(core module $l (memory (export "m") 1)
                      (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
                    (core instance $l (instantiate $l))
                    (alias core export $l "m" (core memory $m)) (alias core export $l "r" (core func $r))"#;
                let text = format!(
                    r#"(component
                      (component $b {memory} {canons}
                        (core module $c {imports}
                          (func (export "f") (result i32) unreachable)
                          (func (export "c") (param i32 i32 i32) (result i32) unreachable))
                        (core instance $c (instantiate $c (with "" (instance {given}))))
                        (func (export "f") async {result} (canon lift (core func $c "f") async
                          (callback (core func $c "c")) (memory $m))))
                      (component $a (import "f" (func $f async {result})) {memory}
                        (core func $f (canon lower (func $f) {lower} (memory $m) (realloc $r)))
                        (core module $c (import "" "f" (func {lowered})) (func (export "go") (param) unreachable))
                        (core instance $c (instantiate $c (with "" (instance (export "f" (func $f))))))
                        (func (export "go") (canon lift (core func $c "go"))))
                      (instance $b (instantiate $b)) (instance $a (instantiate $a (with "f" (func $b "f"))))
                      (export "go" (func $a "go")) (export "f" (func $b "f")))"#
                );
                let component = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
                let mut options = WrapOptions::default();
                options.to = Some(Generation::Wasi02);
                wrap(&component, &options).unwrap_or_else(|error| panic!("{subset:#x}, {result}: {error}\n{text}"));
            }
        }
    }
}
