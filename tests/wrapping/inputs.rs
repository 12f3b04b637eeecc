//! Valid components of unusual makes: dead definitions, definitions of the components around,
//! features that engines may lack. And invalid ones, which are blamed on themselves.

use crate::support::{engine, text::edited};
use wasi_shim::{Error, Generation, Linking, Reversioned, WrapOptions, Wrapped, compose, wrap};
use wasi_shim_hosts::{CommandOptions, Outcome};

use Generation::{Wasi02, Wasi03};

fn parse(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn to(target: Generation) -> WrapOptions {
    let mut options = WrapOptions::default();
    options.to = Some(target);
    options
}

fn wrapped(text: &str, target: Generation) -> Wrapped {
    wrap(&parse(text), &to(target)).unwrap_or_else(|error| panic!("for {target:?}: {error}\n{text}"))
}

/// `wasi:random/random` of the generation that is adapted away, and its function.
fn random(target: Generation) -> String {
    let patch = if target == Wasi03 { "2.3" } else { "3.0" };
    format!(
        r#"(import "wasi:random/random@0.{patch}" (instance $random (export "get-random-u64" (func (result u64)))))"#
    )
}

const BOTH: [Generation; 2] = [Wasi02, Wasi03];

/// A core module that uses what is lowered, as `more` of the module.
const USES_RANDOM: &str = r#"(core func $f (canon lower (func $random "get-random-u64")))
    (core module $m (import "" "f" (func (result i64))) (data "used"))
    (core instance (instantiate $m (with "" (instance (export "f" (func $f))))))"#;

fn print(wrapped: &Wrapped) -> String {
    wasmprinter::print_bytes(&wrapped.bytes).unwrap()
}

#[test]
fn what_is_lowered_and_never_used_is_no_obstacle() {
    for target in BOTH {
        let random = random(target);
        let wait = match target {
            Wasi03 => {
                r#"(import "wasi:io/poll@0.2.0" (instance $p (export "pollable" (type $t (sub resource)))
                     (export "[method]pollable.block" (func (param "self" (borrow $t))))))
                   (core func (canon lower (func $p "[method]pollable.block")))"#
            }
            Wasi02 => {
                r#"(import "wasi:clocks/monotonic-clock@0.3.0" (instance $c
                     (export "wait-for" (func async (param "how-long" u64)))))
                   (core func (canon lower (func $c "wait-for") async)) (core func (canon waitable-set.new))"#
            }
        };
        let alone = wrapped(&format!("(component {wait})"), target);
        if target == Wasi03 {
            assert!(alone.adapter.is_none());
            assert!(!print(&alone).contains("(import"), "{}", print(&alone));
        }
        // Beside what is used, and in a part of a composition.
        wrapped(&format!("(component {random} {wait} {USES_RANDOM})"), target);
        let (import, rest) = wait.split_once("(core func").unwrap();
        let name = import.split('"').nth(1).unwrap();
        let id = if target == Wasi03 { "$p" } else { "$c" };
        wrapped(
            &format!(
                r#"(component {import} {random} (component $a {import} (core func{rest} (core module))
                   (component $b {random} {USES_RANDOM})
                   (instance (instantiate $a (with "{name}" (instance {id}))))
                   (instance (instantiate $b (with "wasi:random/random@0.{}" (instance $random)))))"#,
                if target == Wasi03 { "2.3" } else { "3.0" }
            ),
            target,
        );
    }
}

/// Nobody can reach what is in a component that is never instantiated, so it is left out.
#[test]
fn components_that_are_never_instantiated_are_left_out() {
    let dead = r#"(component $dead (core module (data "dead")) (component $inner (core module (data "dead"))))"#;
    for target in BOTH {
        let random = random(target);
        let name = if target == Wasi03 { "wasi:random/random@0.2.3" } else { "wasi:random/random@0.3.0" };
        let leaf = format!(
            r#"(component $leaf {random} {dead} {USES_RANDOM})
               (instance (instantiate $leaf (with "{name}" (instance $random))))"#
        );
        for text in [
            format!("(component {random} {dead})"),
            format!("(component {random} {dead} {USES_RANDOM})"),
            format!("(component {random} {dead} {leaf})"),
            format!(
                r#"(component {random} (component $middle {random} {dead} {leaf}) {dead}
                   (instance (instantiate $middle (with "{name}" (instance $random)))))"#
            ),
            // Known further up, and instantiated nowhere.
            format!(
                r#"(component {random} {leaf} (component $middle {dead} (export "c" (component $dead)))
                   (instance (instantiate $middle)))"#
            ),
        ] {
            let has_code = text.contains("\"used\"");
            let text = print(&wrapped(&text, target));
            assert!(!text.contains("\"dead\""), "{text}");
            assert_eq!(text.contains("\"used\""), has_code, "{text}");
        }
    }
}

/// A component of a composition uses definitions of those around it.
#[test]
fn definitions_of_the_components_around_are_seen() {
    let taken = [
        "(alias outer 1 $memory (core module $module)) (core instance (instantiate $module))",
        "(alias outer 1 $core (core type $core))",
        "(alias outer 1 $module (core type $module)) (import \"m\" (core module (type $module)))",
        r#"(alias outer 1 $record (type $record)) (export $r "record" (type $record))"#,
        r#"(alias outer 1 $nested (type $nested))"#,
        r#"(alias outer 1 $func (type $func))"#,
        r#"(import "i" (instance (alias outer 2 $record (type $t)) (export "r" (type (eq $t)))))"#,
        r#"(alias outer 1 $instance (type $instance)) (import "j" (instance (type $instance)))"#,
        r#"(alias outer 1 $helper (component $helper)) (instance (instantiate $helper))"#,
        r#"(component $deep (alias outer 2 $memory (core module $m)) (core instance (instantiate $m)))
           (instance (instantiate $deep))"#,
        r#"(component $deep (type (instance (alias outer 3 $record (type $t)) (export "f" (func (param "x" (list $t)))))))
           (instance (instantiate $deep))"#,
        r#"(alias outer 1 $datetime (type $datetime)) (export "datetime" (type $datetime))"#,
    ];
    let with = r#"(with "m" (core module $memory)) (with "i" (instance $i)) (with "j" (instance $j))"#;
    for target in BOTH {
        let random = random(target);
        let name = if target == Wasi03 { "wasi:random/random@0.2.3" } else { "wasi:random/random@0.3.0" };
        let around = r#"
            (core module $memory (memory (export "mem") 1))
            (core type $core (func (param i32)))
            (core type $module (module (export "mem" (memory 1))))
            (type $record' (record (field "a" u8) (field "b" (list string))))
            (import "record" (type $record (eq $record')))
            (type $nested (variant (case "x" $record) (case "y" (option (tuple $record (result u8)))) (case "z")))
            (type $func (func (param "x" (list u8)) (result (flags "p" "q"))))
            (type $instance (instance (alias outer 1 $record (type $t)) (export "r" (type (eq $t)))))
            (component $helper (alias outer 1 $memory (core module $m)) (core instance (instantiate $m))
              (type (instance (alias outer 2 $record (type $t)) (export "r" (type (eq $t))))))
            (import "clock" (instance $clock
              (type $d (record (field "seconds" u64))) (export "datetime" (type (eq $d)))))
            (alias export $clock "datetime" (type $datetime))
            (import "i" (instance $i (alias outer 1 $record (type $t)) (export "r" (type (eq $t)))))
            (import "j" (instance $j (type $instance)))"#;
        for taken in taken {
            let imports: String = ["m", "i", "j"]
                .into_iter()
                .filter(|name| taken.contains(&format!("(import \"{name}\"")))
                .map(|name| with.split("(with").find(|with| with.contains(&format!("\"{name}\""))).unwrap())
                .map(|with| format!("(with{with}"))
                .collect();
            // Modules that are given must come from the host.
            if imports.contains("core module") {
                continue;
            }
            let text = format!(
                r#"(component {random} {around} (component $user {taken} {random} {USES_RANDOM})
                   (instance (instantiate $user (with "{name}" (instance $random)) {imports})))"#
            );
            wrapped(&text, target);
        }
    }
}

/// It does with them what it did before.
#[test]
fn a_program_in_a_module_of_the_component_around() {
    let text = r#"(component
      (import "wasi:cli/exit@0.3.0" (instance $exit (export "exit" (func (param "status" (result))))))
      (core module $Memory (memory (export "mem") 1) (data (i32.const 8) "\2a"))
      (component $C
        (import "wasi:cli/exit@0.3.0" (instance $exit (export "exit" (func (param "status" (result))))))
        (core instance $memory (instantiate $Memory))
        (core func $exit (canon lower (func $exit "exit")))
        (canon waitable-set.new (core func $new))
        (core module $M (import "" "new" (func $new (result i32))) (import "" "exit" (func $exit (param i32)))
          (import "memory" "mem" (memory 1))
          (func (export "run") (result i32)
            (drop (call $new))
            (if (i32.ne (i32.load8_u (i32.const 8)) (i32.const 42)) (then (call $exit (i32.const 1))))
            (i32.const 0)))
        (core instance $m (instantiate $M (with "memory" (instance $memory))
          (with "" (instance (export "new" (func $new)) (export "exit" (func $exit))))))
        (func $run async (result (result)) (canon lift (core func $m "run")))
        (instance $run (export "run" (func $run)))
        (export "wasi:cli/run@0.3.0" (instance $run)))
      (instance $c (instantiate $C (with "wasi:cli/exit@0.3.0" (instance $exit))))
      (export "wasi:cli/run@0.3.0" (instance $c "wasi:cli/run@0.3.0")))"#;
    for (text, code) in [(text.to_string(), 0), (edited(text, &[("\\2a", "\\2b")]), 1)] {
        let natively = engine::host(Wasi03).run_command(&parse(&text), CommandOptions::default());
        assert!(matches!(natively, Ok(Outcome::Exit(seen)) if seen == code), "{natively:?}");
        let translated = wrapped(&text, Wasi02).bytes;
        let translated = engine::host(Wasi02).run_command(&translated, CommandOptions::default());
        assert!(matches!(translated, Ok(Outcome::Exit(seen)) if seen == code), "{translated:?}");
    }
}

/// The name is WASI's, the resource is not.
#[test]
fn a_resource_of_somebody_else_in_an_interface_of_wasi() {
    let (poll, name) = (r#"(export "pollable" (type (sub resource)))"#, "wasi:io/streams@0.2.3");
    for import in ["test:own/poll", "wasi:io/poll@0.1.0"] {
        for function in
            [r#"(export "[method]input-stream.subscribe" (func (param "self" (borrow $s)) (result (own $p))))"#, ""]
        {
            let used = match function {
                "" => r#"(core func $f (canon resource.drop $s)) (core module $m (import "" "f" (func (param i32))))"#,
                _ => {
                    r#"(core func $f (canon lower (func $streams "[method]input-stream.subscribe")))
                       (core module $m (import "" "f" (func (param i32) (result i32))))"#
                }
            };
            let text = format!(
                r#"(component (import "{import}" (instance $poll {poll})) (alias export $poll "pollable" (type $p))
                   (import "{name}" (instance $streams (alias outer 1 $p (type $p')) (export "pollable" (type $p (eq $p')))
                     (export "input-stream" (type $s (sub resource))) {function}))
                   (alias export $streams "input-stream" (type $s)) {used}
                   (core instance (instantiate $m (with "" (instance (export "f" (func $f)))))))"#
            );
            let error = wrap(&parse(&text), &to(Wasi03)).map(drop).expect_err(&text);
            let Error::Obstacles(found) = &error else { panic!("{error}\n{text}") };
            assert!(found.iter().any(|obstacle| obstacle.subject == name), "{error}");
        }
    }
}

/// If each took time for all others, this would take minutes.
#[test]
fn many_exports_take_no_longer_each() {
    let exports: String = (0..20_000).map(|at| format!("(export \"e{at}\" (func $f))")).collect();
    let component = parse(&format!(
        r#"(component (import "wasi:random/random@0.2.3" (instance (export "get-random-u64" (func (result u64)))))
           (core module $m (func (export "f"))) (core instance $m (instantiate $m))
           (func $f (canon lift (core func $m "f"))) {exports})"#
    ));
    let wrapped = wrap(&component, &to(Wasi03)).unwrap();
    assert_eq!(wasi_shim::Surface::of(&wrapped.bytes).unwrap().exports.len(), 20_000);
}

#[test]
fn compose_names_what_wrap_names() {
    let front = r#"(component (import "test:own/api" (instance $api (export "f" (func (result u8)))))
        (core func $f (canon lower (func $api "f")))
        (core module $m (import "" "f" (func (result i32))) (func (export "g")))
        (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
        (func (export "g") (canon lift (core func $m "g"))))"#;
    let behind = |more: &str| {
        format!(
            r#"(component {more} (core module $n (func (export "f") (result i32) i32.const 0))
               (core instance $n (instantiate $n)) (func $f (result u8) (canon lift (core func $n "f")))
               (instance $i (export "f" (func $f))) (export "test:own/api" (instance $i)))"#
        )
    };
    let refused = [
        (r#"(type $t (list u8 4)) (import "test:own/other" (func (param "x" $t)))"#, "Fixed-length lists"),
        ("(core func (canon error-context.drop))", "error"),
        (
            r#"(core module $s (func (export "s"))) (core instance $s (instantiate $s))
               (func (export "s") async (canon lift (core func $s "s") async))"#,
            "stackful",
        ),
        ("(core func (canon thread.index))", "thread"),
        (r#"(core module $s (func try nop end)) (core instance (instantiate $s))"#, "legacy_exceptions"),
    ];
    for (more, says) in refused {
        for parts in [
            [front.to_string(), behind(more)],
            [front.replacen("(component", &format!("(component {more}"), 1), behind("")],
        ] {
            let parts = parts.map(|text| parse(&text));
            let error = compose(&[&parts[0], &parts[1]], &WrapOptions::default()).expect_err(more);
            let Error::Obstacles(found) = &error else { panic!("{more}: {error}") };
            assert_eq!(found[0].code, "E0010");
            assert!(error.to_string().contains(says), "{error}");
        }
    }
    // The features that WASI 0.3.1 adopted are passed on, with a note.
    let map = r#"(type $t (map string u8)) (import "test:own/other" (func (param "x" $t)))"#;
    let parts = [front.to_string(), behind(map)].map(|text| parse(&text));
    let composed = compose(&[&parts[0], &parts[1]], &WrapOptions::default()).unwrap();
    assert!(composed.notes.iter().any(|note| note.code == "W0130" && note.text.contains("maps")));
    assert!(print(&composed).contains("(map string u8)"));
}

/// It is the input that is not valid: whoever reads one validates it, the bodies of core functions
/// included.
#[test]
fn damaged_bodies_are_blamed_on_the_input() {
    let damaged = |target| {
        parse(&format!(
            r#"(component {} {USES_RANDOM} (core module $n (func (result i32))) (core instance (instantiate $n))
               (core module $k (func (export "f"))) (core instance $k (instantiate $k))
               (func (export "f") (canon lift (core func $k "f"))))"#,
            random(target)
        ))
    };
    for target in BOTH {
        let damaged = damaged(target);
        let says = |error: Error| {
            let Error::Invalid { message, offset } = &error else { panic!("{error}") };
            assert!(message.contains("type mismatch"), "{message}");
            // Where the body ends.
            assert!(damaged[..*offset as usize].ends_with(b"\x02\x00") || *offset > 0);
        };
        says(wrap(&damaged, &to(target)).unwrap_err());
        says(compose(&[&damaged], &WrapOptions::default()).unwrap_err());
    }
    let mut options = wasi_shim::ReversionOptions::new(vec!["0.2.3".parse().unwrap()], "0.2.6".parse().unwrap());
    options.to = "0.2.6".parse().unwrap();
    let reversioned: Result<Reversioned, Error> = wasi_shim::reversion(&damaged(Wasi03), &options);
    assert!(matches!(reversioned, Err(Error::Invalid { .. })));
}

/// The report of a feature in core code: nothing, a note that names it, or a refusal that does.
enum Told {
    Nothing,
    Noted(&'static str),
    Refused(&'static str),
}

#[test]
fn features_of_core_code_are_told() {
    use Told::{Noted, Nothing, Refused};
    let modules = [
        ("(func (result i32) i32.const 0)", Nothing),
        ("(tag $t) (func (throw $t))", Nothing),
        ("(memory i64 1) (func (drop (i32.load (i64.const 0))))", Nothing),
        ("(type $s (struct (field i32))) (func (drop (struct.new $s (i32.const 0))))", Nothing),
        ("(func $f (return_call $f))", Nothing),
        ("(memory 1) (memory 1)", Nothing),
        ("(memory 1 1 shared)", Noted("threads")),
        ("(func (result i64 i64) (i64.mul_wide_u (i64.const 1) (i64.const 2)))", Noted("wide arithmetic")),
        ("(func try nop end)", Refused("legacy_exceptions")),
        ("(memory 1 (pagesize 1))", Refused("custom page sizes")),
        ("(type $f (func)) (type $c (cont $f)) (func (param (ref $c)))", Refused("stack switching")),
        ("(func (param (ref (shared any))))", Refused("shared")),
    ];
    for target in BOTH {
        for (module, told) in &modules {
            let text = format!(
                "(component {} {USES_RANDOM} (core module $n {module}) (core instance (instantiate $n)))",
                random(target)
            );
            let outcome = wrap(&parse(&text), &to(target));
            let code = if target == Wasi03 { "W0130" } else { "W0230" };
            match (told, outcome) {
                (Nothing, Ok(wrapped)) => assert!(wrapped.notes.iter().all(|note| note.code != code), "{module}"),
                (Noted(name), Ok(wrapped)) => {
                    let notes = wrapped.notes.iter().filter(|note| note.code == code);
                    let notes: Vec<_> = notes.map(|note| &note.text).collect();
                    assert!(notes.len() == 1 && notes[0].contains(name), "{module}: {notes:?}");
                }
                (Refused(name), Err(Error::Obstacles(found))) => {
                    assert_eq!(found.len(), 1, "{module}: {found:?}");
                    assert_eq!(found[0].code, "E0010");
                    assert!(found[0].reason.contains(name), "{module}: {found:?}");
                }
                (_, Ok(_)) => panic!("for {target:?}: {module} is not refused"),
                (_, Err(error)) => panic!("for {target:?}: {module}: {error}"),
            }
        }
    }
}

/// Towards 0.2 they are what they are in the Canonical ABI; towards 0.3 they stay.
#[test]
fn maps_become_lists_towards_02() {
    let exported = |random: &str| {
        format!(
            r#"(component {random} {USES_RANDOM}
              (type $m (map string u32))
              (type $i (instance (type $first u8) (type $m (map string $first)) (type $r (record (field "m" $m)))
                (export "r" (type $r' (eq $r))) (type $l (list $r'))
                (export "f" (func (param "x" $l) (param "y" $m)))))
              (import "test:own/config" (instance $config (type $i))) (export "test:own/again" (instance $config))
              (core module $n (memory (export "mem") 1) (func (export "f") (result i32) unreachable))
              (core instance $n (instantiate $n))
              (func (export "get-all") (result $m) (canon lift (core func $n "f") (memory (core memory $n "mem")))))"#
        )
    };
    let passed_on = wrapped(&exported(&random(Wasi03)), Wasi03);
    assert!(passed_on.notes.iter().any(|note| note.code == "W0130" && note.text.contains("maps")));
    assert_eq!(print(&passed_on).matches("(map ").count(), 2);

    // A component that uses only 0.2 beside its maps is for hosts of 0.2 without them.
    for random in [random(Wasi02), random(Wasi03)] {
        let translated = wrapped(&exported(&random), Wasi02);
        assert!(translated.notes.iter().any(|note| note.code == "W0231"));
        assert!(translated.notes.iter().all(|note| note.code != "W0230"));
        let text = print(&translated);
        assert!(!text.contains("(map "), "{text}");
        wasmparser::Validator::new().validate_all(&translated.bytes).unwrap();
        for list in ["(tuple string u32)", "(list"] {
            assert!(text.contains(list), "{text}");
        }
    }
}

/// `implements` and `external-id` say what they said before, also of programs under their new
/// names.
#[test]
fn attributes_of_names_stay() {
    for target in BOTH {
        let (generation, is_async) = if target == Wasi03 { ("0.2.3", "") } else { ("0.3.0", "async") };
        let text = format!(
            r#"(component {} {USES_RANDOM}
              (import "store" (implements "wasi:keyvalue/store@0.2.0-draft") (instance (export "f" (func))))
              (component $c (import "store" (instance $s (export "f" (func)))) (core func $f (canon lower (func $s "f")))
                (core module $m (import "" "f" (func)))
                (core instance (instantiate $m (with "" (instance (export "f" (func $f)))))))
              (instance (instantiate $c (with "store" (instance 1))))
              (import "log" (external-id "logs") (func $log))
              (core func $log' (canon lower (func $log))) (core module $k (import "" "log" (func)))
              (core instance (instantiate $k (with "" (instance (export "log" (func $log'))))))
              (core module $n (func (export "f") (result i32) i32.const 0)) (core instance $n (instantiate $n))
              (func $run {is_async} (result (result)) (canon lift (core func $n "f")))
              (instance $run (export "run" (func $run)))
              (func $own (result u32) (canon lift (core func $n "f")))
              (export "own" (external-id "mine") (func $own))
              (export "wasi:cli/run@{generation}" (external-id "program") (instance $run)))"#,
            random(target)
        );
        let wrapped = wrapped(&text, target);
        let code = if target == Wasi03 { "W0130" } else { "W0230" };
        assert!(wrapped.notes.iter().any(|note| note.code == code && note.text.contains("`implements`")));
        let text = print(&wrapped);
        for said in ["(implements \"wasi:keyvalue/store@0.2.0-draft\")", "\"logs\"", "\"mine\"", "\"program\""] {
            assert!(text.contains(said), "for {target:?}: {said} is not in {text}");
        }
    }
}

/// Resources have their own names in messages, not those of aliases of them.
#[test]
fn aliases_of_resources_are_not_named() {
    let error = wrap(
        &parse(
            r#"(component
              (import "wasi:http/types@0.2.3" (instance $types (export "fields" (type $f (sub resource)))
                (export "headers" (type (eq $f))) (export "trailers" (type (eq $f)))))
              (alias export $types "trailers" (type $f))
              (import "test:own/api" (instance (alias outer 1 $f (type $f')) (export "fields" (type $f (eq $f')))
                (export "g" (func (param "x" (own $f)))))))"#,
        ),
        &to(Wasi03),
    );
    let Err(Error::Obstacles(found)) = error else { panic!() };
    assert!(found[0].reason.contains("the resource `fields` of"), "{}", found[0].reason);
}

/// A function behind an export that another component uses has that component's type, whatever else
/// exports it.
#[test]
fn a_function_behind_two_exports_stays_as_it_is_where_others_call_it() {
    let text = format!(
        r#"(component {random}
          (component $b {random}
            (core func $f (canon lower (func $random "get-random-u64")))
            (core module $m (import "" "f" (func (result i64))) (func (export "f") (result i32) i32.const 0))
            (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
            (func $f (result u32) (canon lift (core func $m "f")))
            (func $g (result u32) (canon lift (core func $m "f")))
            (instance $own (export "f" (func $f))) (instance $other (export "g" (func $g)))
            (export "f" (func $f)) (export "test:own/api" (instance $own)) (export "test:own/other" (instance $other)))
          (component $a (import "f" (func $f (result u32)))
            (core func $f (canon lower (func $f))) (core module $m (import "" "f" (func (result i32))))
            (core instance (instantiate $m (with "" (instance (export "f" (func $f)))))))
          (instance $b (instantiate $b (with "wasi:random/random@0.2.3" (instance $random))))
          (instance (instantiate $a (with "f" (func $b "f"))))
          (export "test:own/api" (instance $b "test:own/api")) (export "test:own/other" (instance $b "test:own/other")))"#,
        random = random(Wasi03)
    );
    let mut options = to(Wasi03);
    options.async_exports = true;
    let wrapped = wrap(&parse(&text), &options).unwrap();
    let left: Vec<_> = wrapped.notes.iter().filter(|note| note.code == "W0102").map(|note| &note.text).collect();
    assert!(left.len() == 1 && left[0].contains("`test:own/api`"), "{left:?}");
    assert!(print(&wrapped).contains("(func async (result u32))"));
}

/// Two components' imports of one name from the host are one thing, or they do not fit.
#[test]
fn imports_of_one_name_are_one_thing() {
    let front = |own: &str| {
        parse(&format!(
            r#"(component (import "test:own/api" (instance $api (export "f" (func)))) {own}
               (core func $f (canon lower (func $api "f")))
               (core module $m (import "" "f" (func))) (core instance (instantiate $m (with "" (instance (export "f" (func $f)))))))"#
        ))
    };
    let behind = |own: &str| {
        parse(&format!(
            r#"(component {own} (core module $m (func (export "f"))) (core instance $m (instantiate $m))
               (func $f (canon lift (core func $m "f"))) (instance $i (export "f" (func $f))) (export "test:own/api" (instance $i)))"#
        ))
    };
    let compose = |one: &str, other: &str| compose(&[&front(one), &behind(other)], &WrapOptions::default());
    for (one, other, says) in [
        (
            r#"(import "log" (func (param "text" string)))"#,
            r#"(import "log" (func (param "n" u8)))"#,
            "both take it from the host: import `log`, parameter 1: expected `text: string`, found `n: u8`",
        ),
        (
            r#"(import "test:own/log" (instance (export "f" (func)) (export "g" (func (result u8)))))"#,
            r#"(import "test:own/log" (instance (export "g" (func)) (export "h" (func))))"#,
            "both take it from the host: interface `test:own/log`, `g`, result: expected `u8`, found nothing",
        ),
    ] {
        let Err(Error::DoNotFit { front: 0, behind: 1, message }) = compose(one, other) else { panic!("{says}") };
        assert_eq!(message, says);
    }
    // Each may have what the other lacks.
    let [one, other] = ["f", "g"]
        .map(|name| format!(r#"(import "test:own/log" (instance (export "{name}" (func)) (export "h" (func))))"#));
    compose(&one, &other).unwrap();
}

/// The second instance clears a byte and the third sets it, which a realloc of the second's
/// function in the third must not change.
const IN_ORDER: &str = r#"(component
  (import "wasi:cli/environment@0.2.0" (instance $env (export "get-arguments" (func (result (list string))))))
  (core module $a (memory (export "m") 1)) (core instance $a (instantiate $a))
  (alias core export $a "m" (core memory $m))
  (core module $ra (func (export "r") (param i32 i32 i32 i32) (result i32) (i32.const 1024))) (core instance $ra (instantiate $ra))
  (core func $args1 (canon lower (func $env "get-arguments") (memory $m) (realloc (core func $ra "r"))))
  (core module $b (import "" "m" (memory 1)) (import "" "f" (func (param i32))) (data (i32.const 64) "\00"))
  (core instance $b (instantiate $b (with "" (instance (export "m" (memory $m)) (export "f" (func $args1))))))
  (core module $c (import "" "m" (memory 1)) (data (i32.const 64) "\01") (func (export "r") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $c (instantiate $c (with "" (instance (export "m" (memory $m))))))
  (core func $args2 (canon lower (func $env "get-arguments") (memory $m) (realloc (core func $c "r"))))
  (core module $main (import "" "m" (memory 1)) (import "" "f" (func (param i32)))
    (func (export "run") (result i32) (i32.eqz (i32.load8_u (i32.const 64)))))
  (core instance $main (instantiate $main (with "" (instance (export "m" (memory $m)) (export "f" (func $args2))))))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance $run (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $run)))"#;

#[test]
fn core_instances_keep_their_order() {
    let wrapped = wrapped(IN_ORDER, Wasi03);
    assert_eq!(wrapped.linking, Some(Linking::Linked));
    let outcome = engine::host(Wasi03).compile(&wrapped.bytes).unwrap().run(CommandOptions::default()).unwrap();
    assert_eq!(outcome, Outcome::Exit(0));
}

/// A module that is instantiated before writes bytes of a memory that is not the first one's.
#[test]
fn a_memory_that_the_host_uses_is_not_made_earlier() {
    let text = r#"(component
      (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
      (alias export $error "error" (type $error))
      (import "wasi:io/poll@0.2.0" (instance $poll
        (export "pollable" (type (sub resource)))
        (export "[method]pollable.block" (func (param "self" (borrow 0))))))
      (import "wasi:io/streams@0.2.0" (instance $streams
        (export "output-stream" (type $output (sub resource)))
        (alias outer 1 $error (type $outer)) (export "error" (type $error (eq $outer)))
        (type $failed (variant (case "last-operation-failed" (own $error)) (case "closed")))
        (export "stream-error" (type $stream-error (eq $failed)))
        (export "[method]output-stream.blocking-write-and-flush" (func (param "self" (borrow $output))
          (param "contents" (list u8)) (result (result (error $stream-error)))))))
      (core module $memory (memory (export "m") 1))
      (core instance $first (instantiate $memory))
      (core instance $second (instantiate $memory))
      (alias core export $second "m" (core memory $m))
      (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory $m)))
      (core func $block (canon lower (func $poll "[method]pollable.block")))
      (core module $user (import "" "write" (func (param i32 i32 i32 i32))) (import "" "block" (func (param i32))))
      (core instance (instantiate $user (with "" (instance (export "write" (func $write)) (export "block" (func $block))))))
      (core module $main (func (export "run") (result i32) (i32.const 0)))
      (core instance $main (instantiate $main))
      (func $run (result (result)) (canon lift (core func $main "run")))
      (instance $run (export "run" (func $run)))
      (export "wasi:cli/run@0.2.0" (instance $run)))"#;
    assert_eq!(wrapped(text, Wasi03).linking, Some(Linking::Linked));
}

#[test]
fn an_unused_import_of_the_target_may_become_the_adapters() {
    for (target, theirs) in [(Wasi02, "wasi:random/random@0.2.0"), (Wasi03, "wasi:random/random@0.3.0")] {
        let random = random(target);
        let function = r#"(func (param "len" u64) (result (list u8)))"#;
        let unused = format!(r#"(import "{theirs}" (instance (export "get-random-bytes" {function})))"#);
        let wrapped = wrapped(&format!("(component {unused} {random} {USES_RANDOM})"), target);
        assert_eq!(wrapped.linking, Some(Linking::Linked));
    }
}
