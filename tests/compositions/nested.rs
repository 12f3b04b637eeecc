//! Components in components: what a nested one takes of those around it. Generated: every way of
//! taking something, in a root that only wires and in one with code of its own, to a component
//! without WASI, one that uses it, and one with built-ins. Each is translated and does what it does
//! natively, traps included, or is refused by name.

use crate::support::{engine, text::edited};
use wasi_shim::{Error, Generation, WrapOptions, wrap};
use wasi_shim_hosts::{CommandOptions, Outcome};

use Generation::{Wasi02, Wasi03};

/// The arguments that a nested component takes, and how.
struct Taken {
    name: &'static str,
    /// Definitions of the root.
    around: String,
    /// Imports and aliases of the nested component.
    inside: String,
    /// Arguments of its instantiation.
    args: &'static str,
    /// The code that uses them: it exports `g`.
    body: String,
    /// Whether the root has code.
    has_code: bool,
}

const MODULE: &str = r#"(core module $Seven (func (export "f") (result i32) i32.const 7))"#;
const SEVEN: &str = "(core instance $seven (instantiate $Seven))";
const LIFTED: &str = r#"(func $f (result u32) (canon lift (core func $seven "f")))"#;
const EXPORTED: &str = r#"(export "g" (func $f))"#;
/// It takes nothing.
const NINE: &str = r#"(core module $Nine (func (export "g") (result i32) i32.const 9)) (core instance $nine (instantiate $Nine))
    (func (export "g") (result u32) (canon lift (core func $nine "g")))"#;
/// It calls `$f`.
const CALLS: &str = r#"(core func $lowered (canon lower (func $f)))
    (core module $Calls (import "" "f" (func $f (result i32))) (func (export "g") (result i32) (i32.add (call $f) (i32.const 1))))
    (core instance $calls (instantiate $Calls (with "" (instance (export "f" (func $lowered))))))
    (func (export "g") (result u32) (canon lift (core func $calls "g")))"#;

/// Everything that can be taken.
fn taken() -> Vec<Taken> {
    let mut all = vec![Taken {
        name: "nothing",
        around: String::new(),
        inside: String::new(),
        args: "",
        body: NINE.into(),
        has_code: false,
    }];
    let mut add = |name, around: &str, inside: &str, args, body: &str, has_code| {
        all.push(Taken { name, around: around.into(), inside: inside.into(), args, body: body.into(), has_code });
    };
    // Core modules and components.
    let lifted = format!("{LIFTED} {EXPORTED}");
    let helper = format!(r#"{MODULE} (component $Helper {SEVEN} {LIFTED} (export "f" (func $f)))"#);
    let exported = r#"(export "g" (func $helper "f"))"#;
    add("a module", MODULE, SEVEN, "", &lifted, false);
    add(
        "a module, two levels up",
        MODULE,
        &format!("(component $Deep {SEVEN} {lifted}) (instance $deep (instantiate $Deep))"),
        "",
        r#"(export "g" (func $deep "g"))"#,
        false,
    );
    add(
        "a module as an argument",
        MODULE,
        r#"(import "m" (core module $m (export "f" (func (result i32))))) (core instance $seven (instantiate $m))"#,
        r#"(with "m" (core module $Seven))"#,
        &lifted,
        false,
    );
    add(
        "a module with its type",
        &format!(r#"{MODULE} (core type $type (module (export "f" (func (result i32)))))"#),
        r#"(alias outer 1 $type (core type $its)) (import "m" (core module $m (type $its)))
           (core instance $seven (instantiate $m))"#,
        r#"(with "m" (core module $Seven))"#,
        &lifted,
        false,
    );
    add(
        "a core type",
        "(core type $type (func (param i32)))",
        "(alias outer 1 $type (core type $its))",
        "",
        NINE,
        false,
    );
    add("a component", &helper, "(instance $helper (instantiate $Helper))", "", exported, false);
    add(
        "a component as an argument",
        &helper,
        r#"(import "c" (component $c (export "f" (func (result u32))))) (instance $helper (instantiate $c))"#,
        r#"(with "c" (component $Helper))"#,
        exported,
        false,
    );
    add(
        "a component with its type",
        &format!(r#"{helper} (type $type (component (export "f" (func (result u32)))))"#),
        r#"(alias outer 1 $type (type $its)) (import "c" (component $c (type $its))) (instance $helper (instantiate $c))"#,
        r#"(with "c" (component $Helper))"#,
        exported,
        false,
    );
    types(&mut add);
    functions(&mut add);
    resources(&mut add);
    all
}

/// How one more is added: name, around, inside, arguments, body, whether the root has code.
type Add<'a> = dyn FnMut(&'static str, &str, &str, &'static str, &str, bool) + 'a;

/// Types of values, as functions that the nested component lifts mention them, and types of
/// functions and instances.
fn types(add: &mut Add<'_>) {
    let flat = r#"(core module $Takes (func (export "h") (param i32) (result i32) i32.const 1))"#;
    let pair = r#"(core module $Takes (func (export "h") (param i32 i32) (result i32) i32.const 1))"#;
    let list = r#"(core module $Takes (memory (export "mem") 1) (func (export "h") (param i32 i32) (result i32) i32.const 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 8))"#;
    let options = r#"(memory (core memory $takes "mem")) (realloc (core func $takes "realloc"))"#;
    let values = [
        ("a record", r#"(record (field "a" u8))"#, flat, ""),
        ("an enum", r#"(enum "a" "b")"#, flat, ""),
        ("a list", "(list u8)", list, options),
        ("a stream", "(stream u8)", flat, ""),
        ("a future", "(future)", flat, ""),
        ("perhaps a stream", "(option (stream u8))", pair, ""),
    ];
    for (name, ty, module, options) in values {
        let lift = format!(
            r#"{module} (core instance $takes (instantiate $Takes))
               (func $h (param "x" $its) (result u32) (canon lift (core func $takes "h") {options}))"#
        );
        let around = format!("(type $type {ty})");
        // Nobody outside can name it then.
        add(name, &around, "(alias outer 1 $type (type $its))", "", &format!("{lift} {NINE}"), false);
        let exports = format!(r#"{lift} (export "h" (func $h)) {NINE}"#);
        let (exported, import) = (
            r#"(alias outer 1 $type (type $type)) (export $its "type" (type $type))"#,
            r#"(import "type" (type $its (eq $type)))"#,
        );
        add(name, &around, exported, "", &exports, false);
        add(name, &around, import, r#"(with "type" (type $type))"#, &exports, false);
    }
    for (name, ty) in [("a function type", "(func (result u32))"), ("an async type", "(func async (result u32))")] {
        let body = format!(r#"{MODULE} {SEVEN} (func (export "g") (type $its) (canon lift (core func $seven "f")))"#);
        add(name, &format!("(type $type {ty})"), "(alias outer 1 $type (type $its))", "", &body, false);
    }
    add(
        "an instance with its type",
        &format!(
            r#"{MODULE} {SEVEN} {LIFTED} (instance $i (export "f" (func $f))) (type $type (instance (export "f" (func (result u32)))))"#
        ),
        r#"(alias outer 1 $type (type $its)) (import "i" (instance $i (type $its))) (alias export $i "f" (func $f))"#,
        r#"(with "i" (instance $i))"#,
        CALLS,
        true,
    );
}

/// Functions that the root lifts.
fn functions(add: &mut Add<'_>) {
    let plain = format!("{MODULE} {SEVEN}");
    let callback = r#"(core func $return (canon task.return (result u32)))
        (core module $Async (import "" "return" (func $return (param i32)))
          (func (export "f") (result i32) (call $return (i32.const 7)) i32.const 0)
          (func (export "back") (param i32 i32 i32) (result i32) unreachable))
        (core instance $async (instantiate $Async (with "" (instance (export "return" (func $return))))))"#;
    let kinds = [
        (plain.as_str(), "", r#"(core func $seven "f")"#),
        (&plain, "async", r#"(core func $seven "f")"#),
        (callback, "async", r#"(core func $async "f") async (callback (core func $async "back"))"#),
    ];
    for (module, effect, lift) in kinds {
        let ty = format!("(func $f {effect} (result u32)");
        let around = format!("{module} {ty} (canon lift {lift}))");
        let inside = format!(r#"(import "f" {ty}))"#);
        let with = r#"(with "f" (func $f))"#;
        add("a function that is called", &around, &inside, with, CALLS, true);
        add("a function that is passed on", &around, &inside, with, EXPORTED, true);
        add("a function", &around, &inside, with, NINE, true);
        let deep = format!(
            r#"{inside} (component $Deep (import "f" {ty})) {CALLS}) (instance $deep (instantiate $Deep (with "f" (func $f))))"#
        );
        add("a function, two levels up", &around, &deep, with, r#"(export "g" (func $deep "g"))"#, true);
        let instance = format!(r#"{around} (instance $i (export "f" (func $f)))"#);
        let inside = format!(
            r#"(import "i" (instance $i (export "f" (func {effect} (result u32))))) (alias export $i "f" (func $f))"#
        );
        add("an instance", &instance, &inside, r#"(with "i" (instance $i))"#, CALLS, true);
    }
    let stream = r#"(core module $Stream (func (export "f") (param i32) (result i32) i32.const 7))
        (core instance $stream (instantiate $Stream))
        (func $f (param "x" (stream u8)) (result u32) (canon lift (core func $stream "f")))"#;
    let inside = r#"(import "f" (func $f (param "x" (stream u8)) (result u32)))"#;
    add("a function of streams", stream, inside, r#"(with "f" (func $f))"#, NINE, true);
    let with_param =
        [("(func $f (result i32))", "(func $f (param i32) (result i32))"), ("(call $f)", "(call $f (i32.const 1))")];
    let calls = edited(CALLS, &with_param);
    add("a function of streams that is called", stream, inside, r#"(with "f" (func $f))"#, &calls, true);
}

/// Resources that the root defines.
fn resources(add: &mut Add<'_>) {
    for destructor in ["", r#"(dtor (core func $drops "drop"))"#] {
        let around = format!(
            r#"(core module $Drops (func (export "drop") (param i32))) (core instance $drops (instantiate $Drops))
               (type $own (resource (rep i32) {destructor})) (export $thing "thing" (type $own))
               (core func $new (canon resource.new $own))
               (core module $Makes (import "" "new" (func $new (param i32) (result i32)))
                 (func (export "make") (result i32) (call $new (i32.const 5))))
               (core instance $makes (instantiate $Makes (with "" (instance (export "new" (func $new))))))
               (func $make (result (own $thing)) (canon lift (core func $makes "make")))"#
        );
        let import = r#"(import "thing" (type $thing (sub resource)))"#;
        add("a resource", &around, import, r#"(with "thing" (type $thing))"#, NINE, true);
        let record = format!(
            r#"{around} (type $record (record (field "x" (own $thing)))) (export $named "record" (type $record))"#
        );
        let inside = format!(
            r#"{import} (type $record (record (field "x" (own $thing)))) (import "record" (type $its (eq $record)))"#
        );
        let with = r#"(with "thing" (type $thing)) (with "record" (type $named))"#;
        add("a record with a resource", &record, &inside, with, NINE, true);
        let inside = format!(r#"{import} (import "make" (func $make (result (own $thing))))"#);
        let with = r#"(with "thing" (type $thing)) (with "make" (func $make))"#;
        let body = r#"(core func $make (canon lower (func $make))) (core func $drop (canon resource.drop $thing))
            (core module $Drops (import "" "make" (func $make (result i32))) (import "" "drop" (func $drop (param i32)))
              (func (export "g") (result i32) (call $drop (call $make)) i32.const 3))
            (core instance $drops (instantiate $Drops (with "" (instance (export "make" (func $make)) (export "drop" (func $drop))))))
            (func (export "g") (result u32) (canon lift (core func $drops "g")))"#;
        add("a resource that is made and dropped", &around, &inside, with, body, true);
    }
}

fn random(generation: Generation) -> String {
    let name = random_name(generation);
    format!(r#"(import "{name}" (instance $random (export "get-random-u64" (func (result u64)))))"#)
}

fn random_name(generation: Generation) -> &'static str {
    if generation == Wasi02 { "wasi:random/random@0.2.3" } else { "wasi:random/random@0.3.0" }
}

const USES: &str = r#"(core func $uses (canon lower (func $random "get-random-u64")))
    (core module $Uses (import "" "f" (func (result i64)))) (core instance (instantiate $Uses (with "" (instance (export "f" (func $uses))))))"#;
const WAITS: &str = r#"(core func $set (canon waitable-set.new))
    (core module $Waits (import "" "f" (func (result i32)))) (core instance (instantiate $Waits (with "" (instance (export "f" (func $set))))))"#;

/// Of the root, or of the nested component.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Code {
    Nothing,
    Wasi,
    BuiltIns,
}

/// The root calls what the nested component exports, rather than export it.
const ROOT_CALLS: &str = r#"(alias export $n "g" (func $ng)) (core func $lg (canon lower (func $ng)))
    (core module $Root (import "" "g" (func $g (result i32))) (func (export "g") (result i32) (call $g)))
    (core instance $root (instantiate $Root (with "" (instance (export "g" (func $lg))))))
    (func (export "g") (result u32) (canon lift (core func $root "g")))"#;

/// The component of `generation`, with an import of it that the nested component has if it says
/// `Wasi`.
fn component(generation: Generation, root: &str, nested: Code, taken: &Taken, end: &str) -> String {
    let Taken { around, inside, args, body, .. } = taken;
    let import = random(generation);
    let (code, random) = match nested {
        Code::Nothing => (String::new(), String::new()),
        Code::Wasi => {
            (format!("{import} {USES}"), format!(r#"(with "{}" (instance $random))"#, random_name(generation)))
        }
        Code::BuiltIns => (WAITS.to_string(), String::new()),
    };
    format!(
        "(component {import} {root} {around}\n(component $N {code} {inside} {body})\n(instance $n (instantiate $N {random} {args}))\n{end})"
    )
}

/// The answer of `g()`, or the fact that it traps.
fn call(host: Generation, component: &[u8]) -> Result<String, &'static str> {
    match engine::host(host).invoke(component, "g()", CommandOptions::default()) {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(Outcome::Trap { .. })) => Err("it traps"),
        other => panic!("{other:?}"),
    }
}

/// Whether only hosts of 0.3 know what is taken.
fn is_of_03(taken: &Taken) -> bool {
    ["async", "stream", "future"].iter().any(|word| taken.around.contains(word))
}

/// How many are translated, and how many are refused.
fn check(generation: Generation) -> [usize; 2] {
    let target = if generation == Wasi02 { Wasi03 } else { Wasi02 };
    let mut counts = [0, 0];
    for taken in taken().into_iter().filter(|taken| generation == Wasi03 || !is_of_03(taken)) {
        for has_code in [false, true] {
            // Built-ins in the root, too, towards 0.2: then there is something to translate.
            let root = match (has_code, generation) {
                (false, _) => String::new(),
                (true, Wasi02) => USES.to_string(),
                (true, _) => format!("{USES} {WAITS}"),
            };
            for nested in [Code::Nothing, Code::Wasi, Code::BuiltIns] {
                if nested == Code::BuiltIns && generation == Wasi02 {
                    continue;
                }
                for end in [r#"(export "g" (func $n "g"))"#, ROOT_CALLS] {
                    let has_code = has_code || taken.has_code || end == ROOT_CALLS;
                    let text = component(generation, &root, nested, &taken, end);
                    let case = || format!("{} ({nested:?}, {has_code})\n{text}", taken.name);
                    let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}: {}", case()));
                    let mut options = WrapOptions::default();
                    options.to = Some(target);
                    let refused = match (has_code, nested) {
                        (true, Code::Wasi) => Some("is passed on to a component nested in one with code of its own"),
                        (true, Code::BuiltIns) => Some("is nested in a component with code of its own"),
                        _ => None,
                    };
                    match (wrap(&bytes, &options), refused) {
                        (Ok(wrapped), None) => {
                            let natively = call(generation, &bytes);
                            assert_eq!(natively, call(target, &wrapped.bytes), "{}", case());
                            counts[0] += 1;
                        }
                        (Err(error @ Error::Obstacles(_)), Some(reason)) => {
                            assert!(error.to_string().contains(reason), "{error}: {}", case());
                            counts[1] += 1;
                        }
                        (Ok(_), Some(_)) => panic!("not refused: {}", case()),
                        (Err(error), _) => panic!("{error}: {}", case()),
                    }
                }
            }
        }
    }
    counts
}

#[test]
fn components_of_02_in_components() {
    let [translated, refused] = check(Wasi02);
    assert!(translated > 100 && refused > 100, "{translated} translated, {refused} refused");
}

#[test]
fn components_of_03_in_components() {
    let [translated, refused] = check(Wasi03);
    assert!(translated > 200 && refused > 200, "{translated} translated, {refused} refused");
}

/// A root around one component that needs no adapter has names of its own all the same.
#[test]
fn a_root_with_other_names() {
    let seven = format!("{MODULE} {SEVEN} {LIFTED}");
    for end in [
        r#"(export "g" (func $n "f"))"#,
        r#"(export "x" (func $n "f")) (export "g" (func $n "f"))"#,
        r#"(export $x "x" (func $n "f")) (export "g" (func $x))"#,
    ] {
        let text = format!(
            r#"(component {} (component $N {seven} (export "f" (func $f))) (instance $n (instantiate $N)) {end})"#,
            random(Wasi02)
        );
        let bytes = wat::parse_str(&text).unwrap();
        let wrapped = wrap(&bytes, &WrapOptions::default()).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert!(wrapped.adapter.is_none());
        assert_eq!(call(Wasi02, &bytes), Ok("7".into()));
        assert_eq!(call(Wasi03, &wrapped.bytes), Ok("7".into()), "{text}");
    }
}
