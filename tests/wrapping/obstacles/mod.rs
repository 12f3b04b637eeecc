//! Everything that is refused: by name, with its code, the reason and the way out, in both
//! directions. Every reason has a case.

mod cases;

use std::collections::BTreeSet;

use crate::support::fixture_bytes;
use crate::support::text::{expand, used};
use wasi_shim::inspect::inspect;
use wasi_shim::{Error, Generation, Obstacle, ReversionOptions, WrapOptions, reasons, reversion, wrap};

use Generation::{Wasi02, Wasi03};
use cases::all;

/// A component that cannot be adapted: the target, its text, and of each obstacle code, subject,
/// reason and hint.
struct Refused {
    to: &'static [Generation],
    text: String,
    found: Vec<[&'static str; 4]>,
}

/// An import of either generation, which stands for the others.
const RANDOM: &str =
    r#"(import "wasi:random/random@{{version}}" (instance $random (export "get-random-u64" (func (result u64)))))"#;
/// A part that takes the import.
const LEAF: &str = r#"(component $leaf {{random}}
    (core func $f (canon lower (func $random "get-random-u64")))
    (core module $m (import "" "f" (func $f (result i64)))
      (func (export "f") (result i64) (call $f)) (func (export "run") (result i32) (i32.const 0)))
    (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
    (func (export "f") (result u64) (canon lift (core func $m "f")))
    (func (export "run") {{async}} (result (result)) (canon lift (core func $m "run"))))
  (instance $leaf (instantiate $leaf (with "wasi:random/random@{{version}}" (instance $random))))"#;
/// A leaf that takes instance `any`.
const TAKER: &str = r#"(component $taker (import "any" (instance)) (core module))"#;
const OWN: &str = r#"
    (import "wasi:filesystem/types@{{version}}" (instance $files (export "descriptor" (type (sub resource)))))
    (alias export $files "descriptor" (type $descriptor))"#;
/// Of services of 0.2: the types, and the export of a handler.
const TYPES: &str = r#"
    (import "wasi:http/types@0.2.3" (instance $types
      (export "incoming-request" (type (sub resource)))
      (export "response-outparam" (type $outparam (sub resource)))
      (export "outgoing-response" (type $response (sub resource)))
      (type $code' (enum "other")) (export "error-code" (type $code (eq $code')))
      (export "[static]response-outparam.set" (func (param "param" (own $outparam))
        (param "response" (result (own $response) (error $code)))))))
    (alias export $types "incoming-request" (type $request))
    (alias export $types "response-outparam" (type $outparam))"#;
const HANDLED: &str = r#"
    (core module $m (memory (export "memory") 1) (func (export "handle") (param i32 i32) unreachable))
    (core instance $m (instantiate $m)) (alias core export $m "memory" (core memory $memory))
    (func $handle (param "request" (own $request)) (param "response-out" (own $outparam)) (canon lift (core func $m "handle")))
    (instance $i (export "handle" (func $handle)))
    (export "wasi:http/incoming-handler@0.2.3" (instance $i))"#;
/// The same of 0.3.
const TYPES03: &str = r#"
    (import "wasi:http/types@0.3.0" (instance $types
      (export "request" (type (sub resource))) (export "response" (type (sub resource)))
      (type $code (enum "other")) (export "error-code" (type (eq $code)))))
    (alias export $types "request" (type $request))
    (alias export $types "response" (type $response))
    (alias export $types "error-code" (type $code))"#;
const HANDLED03: &str = r#"
    (core module $m (memory (export "memory") 1) (func (export "handle") (param i32) (result i32) unreachable))
    (core instance $m (instantiate $m)) (alias core export $m "memory" (core memory $memory))
    (type $result (result (own $response) (error $code)))
    (func $handle async (param "request" (own $request)) (result $result)
      (canon lift (core func $m "handle") (memory $memory)))
    (instance $i (export "handle" (func $handle)))
    (export "wasi:http/handler@0.3.0" (instance $i))"#;
/// A resource of elsewhere, and a stream of handles of it.
const THINGS: &str = r#"
    (import "things" (instance $things (export "thing" (type (sub resource)))))
    (alias export $things "thing" (type $thing)) (type $s (stream (own $thing)))"#;
const ONE_BY_ONE: &str = "wrap the components one by one, then compose them";
const OTHER_WIT: &str = "build the component with the WIT of a released version of WASI";
const FIXED_LENGTH: [&str; 4] = [
    "E0010",
    "feature `cm-fixed-length-lists`",
    "engines do not have it by default, and no standard has adopted it: Fixed-length lists require the component model \
     fixed-length lists feature",
    "build the component without this feature",
];
const BOTH: &[Generation] = &[Wasi03, Wasi02];

/// `text` with the pieces above, and with how the generations are called.
fn filled(text: &str, to: Generation) -> String {
    let (from, version, latest, is_async, group) = match to {
        Wasi03 => (Wasi02, "0.2.3", "0.2.12", "", "01"),
        Wasi02 => (Wasi03, "0.3.0", "0.3.2", "async", "02"),
    };
    let pieces = [
        ("random", RANDOM),
        ("leaf", LEAF),
        ("taker", TAKER),
        ("own", OWN),
        ("types", TYPES),
        ("handled", HANDLED),
        ("types03", TYPES03),
        ("handled03", HANDLED03),
        ("things", THINGS),
        ("version", version),
        ("latest", latest),
        ("group", group),
        ("async", is_async),
        ("from", from.name()),
        ("to", to.name()),
    ];
    expand(text, &pieces)
}

fn words(found: &Obstacle) -> [String; 4] {
    [found.code.into(), found.subject.clone(), found.reason.clone(), found.hint.clone()]
}

fn refused(to: &'static [Generation], text: &str, found: &[[&'static str; 4]]) -> Refused {
    Refused { to, text: text.into(), found: found.to_vec() }
}

fn wrap_text(text: &str, to: Generation, patch: Option<u64>) -> Result<wasi_shim::Wrapped, Error> {
    let mut options = WrapOptions::default();
    (options.to, options.wasi_patch) = (Some(to), patch);
    let text = used(&format!("(component {})", filled(text, to)));
    wrap(&wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}")), &options)
}

#[test]
fn every_obstacle_is_named_with_its_reason_and_the_way_out() {
    for Refused { to, text, found } in all() {
        for to in to {
            let expected: Vec<[String; 4]> = found.iter().map(|words| words.map(|text| filled(text, *to))).collect();
            let error = wrap_text(&text, *to, None).err().unwrap_or_else(|| panic!("not refused for {to:?}: {text}"));
            let Error::Obstacles(obstacles) = &error else { panic!("{text}: {error}") };
            // The types of services are abridged here, which is told as well.
            let is_abridged = text.contains("{{types");
            let told = obstacles.iter().filter(|o| !(is_abridged && o.hint == OTHER_WIT));
            let seen: Vec<_> = told.map(words).collect();
            assert_eq!(seen, expected, "for {to:?}: {text}");
            let mut hints: BTreeSet<String> = expected.iter().map(|[.., hint]| hint.clone()).collect();
            hints.extend(is_abridged.then(|| error.hints().into_iter().find(|hint| hint == OTHER_WIT)).flatten());
            assert_eq!(error.hints(), hints.into_iter().collect::<Vec<_>>());
        }
    }
}

/// Components that cannot be adapted to 0.2.6: their text, and the obstacle.
fn of_a_patch() -> [(&'static str, [&'static str; 4]); 2] {
    [
        (
            r#"(import "wasi:random/random@0.2.3" (instance)) (import "wasi:random/random@0.2.6" (instance))
              {{random}} (core module)"#,
            [
                "E0210",
                "wasi:random/random@0.2.6",
                "the component has this interface at several versions, which would get one name",
                "leave out `--wasi-patch`: hosts satisfy several versions at once",
            ],
        ),
        (
            r#"(import "wasi:cli/exit@0.2.12" (instance (export "exit-with-code" (func (param "status-code" u8)))))
              {{random}} (core module)"#,
            [
                "E0040",
                "wasi:cli/exit@0.2.12#exit-with-code",
                "WASI 0.2.6 does not have this function, which came with 0.2.12",
                "ask for `--wasi-patch 0.2.12` or a later one",
            ],
        ),
    ]
}

#[test]
fn obstacles_of_a_patch() {
    for (text, expected) in of_a_patch() {
        let Err(Error::Obstacles(found)) = wrap_text(text, Wasi02, Some(6)) else { panic!("not refused: {text}") };
        assert_eq!(found.iter().map(words).collect::<Vec<_>>(), [expected]);
        // Beside other reasons.
        let text = format!(r#"(import "wasi:blobstore/container@0.3.0" (instance)) {text}"#);
        let Err(Error::Obstacles(found)) = wrap_text(&text, Wasi02, Some(6)) else { panic!("not refused: {text}") };
        let subjects: Vec<&str> = found.iter().map(|obstacle| &obstacle.subject[..]).collect();
        assert_eq!(subjects, ["wasi:blobstore/container@0.3.0", expected[1]]);
    }
}

/// Components whose interfaces cannot be named by another version: from, to, their text, and the
/// obstacle.
fn of_other_names() -> [(&'static str, &'static str, &'static str, [&'static str; 4]); 5] {
    [
        (
            "0.2.12",
            "0.2.6",
            r#"(import "wasi:cli/exit@0.2.12" (instance (export "exit-with-code" (func (param "status-code" u8)))))"#,
            [
                "E0040",
                "wasi:cli/exit@0.2.12#exit-with-code",
                "WASI 0.2.6 does not have this function, which came with 0.2.12",
                "ask for 0.2.12 or a later one",
            ],
        ),
        (
            "0.2.6",
            "0.2.12",
            r#"(import "f" (func $f (param "status-code" u8))) (instance $exit (export "exit" (func $f)))
              (export "wasi:cli/exit@0.2.6" (instance $exit))"#,
            [
                "E0041",
                "wasi:cli/exit@0.2.6",
                "WASI 0.2.12 has the function `exit-with-code`, which the component does not export",
                "ask for a version before 0.2.12",
            ],
        ),
        (
            "0.2.3",
            "0.2.6",
            r#"(import "wasi:random/random@0.2.3" (instance)) (import "wasi:random/random@0.2.6" (instance))"#,
            [
                "E0042",
                "wasi:random/random@0.2.3",
                "`wasi:random/random@0.2.6` is there, too, and would have the same name",
                "build all parts of the component from the same version of WASI",
            ],
        ),
        (
            "0.3.0",
            "0.3.2",
            r#"(import "wasi:cli/speakers@0.3.0" (instance))"#,
            [
                "E0043",
                "wasi:cli/speakers@0.3.0",
                "no known version of WASI has this interface",
                "leave its version as it is, or give an interface of your own a package of your own",
            ],
        ),
        (
            "0.3.0-rc-2026-01-06",
            "0.3.0",
            r#"(import "wasi:cli/stdout@0.3.0-rc-2026-01-06" (instance))"#,
            [
                "E0044",
                "wasi:cli/stdout@0.3.0-rc-2026-01-06",
                "its types or functions differ between 0.3.0-rc-2026-01-06 and 0.3.0",
                "build the component anew, with a toolchain for WASI 0.3.0",
            ],
        ),
    ]
}

#[test]
fn obstacles_of_other_names() {
    for (from, to, text, expected) in of_other_names() {
        let component = wat::parse_str(format!("(component {text})")).unwrap();
        let options = ReversionOptions::new(vec![from.parse().unwrap()], to.parse().unwrap());
        let Err(Error::Obstacles(found)) = reversion(&component, &options) else { panic!("not refused: {text}") };
        assert_eq!(found.iter().map(words).collect::<Vec<_>>(), [expected]);
    }
}

/// Two old versions that get one new name: the obstacle names those that the component has.
#[test]
fn several_versions_become_one() {
    let text =
        r#"(component (import "wasi:random/random@0.2.3" (instance)) (import "wasi:random/random@0.2.6" (instance)))"#;
    let from = ["0.2.3", "0.2.6"].map(|version| version.parse().unwrap());
    let options = ReversionOptions::new(from.to_vec(), "0.2.12".parse().unwrap());
    let Err(Error::Obstacles(found)) = reversion(&wat::parse_str(text).unwrap(), &options) else {
        panic!("not refused")
    };
    let expected = [
        "E0042",
        "wasi:random/random@0.2.6",
        "`wasi:random/random@0.2.3` is there, too, and would have the same name",
        "build all parts of the component from the same version of WASI",
    ];
    assert_eq!(found.iter().map(words).collect::<Vec<_>>(), [expected]);
}

const WITHOUT_END: [&str; 4] = ["E0021", "the composition", "it instantiates more than 1000 components", ONE_BY_ONE];

#[test]
fn a_composition_without_end() {
    let (mut levels, mut inner) = (String::new(), String::from("(component $c0 (core module))"));
    for level in 1..=10 {
        let uses = format!("(instance (instantiate $c{}))", level - 1).repeat(2);
        inner = format!("(component $c{level} {inner} {uses})");
    }
    levels += &inner;
    let text = format!("{{{{random}}}} {{{{leaf}}}} {levels} (instance (instantiate $c10))");
    for to in BOTH {
        let Err(Error::Obstacles(found)) = wrap_text(&text, *to, None) else { panic!("not refused") };
        assert_eq!(found.iter().map(words).collect::<Vec<_>>(), [WITHOUT_END]);
    }
}

/// The codes that `inspect` gives where `wrap` fails with another error.
const ANOTHER_ERROR: [&str; 4] = [
    "E0001",
    "the component",
    "`wrap` fails: WASI 0.3.0-rc-2000-01-01 is not known; known are 0.2.0 to 0.2.12, 0.3.0 to 0.3.2, 0.3.0-rc-2026-03-15, 0.3.0-rc-2026-01-06, \
     0.3.0-rc-2025-09-16 and 0.3.0-rc-2025-08-15",
    "build the component anew, with a toolchain for a version that is known",
];

#[test]
fn other_errors_are_told_by_inspect() {
    let text = r#"(component (import "wasi:cli/stdout@0.3.0-rc-2000-01-01" (instance)))"#;
    let report = inspect(&wat::parse_str(text).unwrap()).unwrap();
    let plan = report.targets.iter().find(|plan| plan.target == "0.3").unwrap();
    assert_eq!(plan.obstacles.iter().map(words).collect::<Vec<_>>(), [ANOTHER_ERROR]);
}

/// Obstacles beside one in the wiring are reported as well: in parts, and in the exports.
#[test]
fn wiring_hides_nothing() {
    let text = r#"{{random}} {{leaf}}
        (component $again
          (import "wasi:random/random@{{version}}" (instance $random (export "get-random-u64" (func (result u64)))))
          (core module) (export "again" (instance $random)))
        (instance $again (instantiate $again (with "wasi:random/random@{{version}}" (instance $random))))
        (export "test:own/random" (instance $random))"#;
    for to in BOTH {
        let Err(Error::Obstacles(found)) = wrap_text(text, *to, None) else { panic!("not refused") };
        let subjects: Vec<&str> = found.iter().map(|obstacle| &obstacle.subject[..]).collect();
        let random = filled("wasi:random/random@{{version}}", *to);
        assert_eq!(subjects, [&random, "test:own/random"]);
    }
}

/// A function whose type is declared elsewhere, but which stays as it is.
#[test]
fn types_from_elsewhere_are_no_obstacle_where_they_stay() {
    let text = r#"(type $f (func (result u64))) (import "wasi:random/random@{{version}}" (instance $random
        (alias outer 1 $f (type $f)) (export "get-random-u64" (func (type $f)))))
      (core func (canon lower (func $random "get-random-u64")))"#;
    for to in BOTH {
        wrap_text(text, *to, None).unwrap_or_else(|error| panic!("for {to:?}: {error}"));
    }
}

/// A service may import its types at two versions: its requests are of one.
#[test]
fn services_that_import_their_types_twice() {
    for (fixture, second, resource, to) in [
        ("http-hello", "wasi:http/types@0.2.11", "incoming-request", Wasi03),
        ("http-hello-p3", "wasi:http/types@0.3.1", "request", Wasi02),
    ] {
        let text = wasmprinter::print_bytes(fixture_bytes(fixture)).unwrap();
        let (text, _) = text.rsplit_once(')').unwrap();
        assert!(!text.contains(second));
        let text = format!(r#"{text} (import "{second}" (instance (export "{resource}" (type (sub resource))))))"#);
        let mut options = WrapOptions::default();
        options.to = Some(to);
        wrap(&wat::parse_str(text).unwrap(), &options).unwrap_or_else(|error| panic!("for {to:?}: {error}"));
    }
}

/// All that stands in the way is told at once: all cases in one component.
#[test]
fn all_at_once() {
    let text = r#"{{own}} {{random}} {{leaf}}
        (import "wasi:blobstore/container@{{version}}" (instance))
        (import "test:own/api@1.0.0" (instance (alias outer 1 $descriptor (type $outer))
          (export "descriptor" (type $d (eq $outer))) (export "f" (func (param "file" (borrow $d))))))
        (type $t (record (field "a" u8))) (export "t" (type $t))"#;
    for to in BOTH {
        let Err(Error::Obstacles(found)) = wrap_text(text, *to, None) else { panic!("not refused") };
        let subjects: Vec<&str> = found.iter().map(|obstacle| &obstacle.subject[..]).collect();
        let container = filled("wasi:blobstore/container@{{version}}", *to);
        assert_eq!(subjects, [&container, "test:own/api@1.0.0", "export `t`"]);
    }
}

/// Every reason has a case above, and every case a reason.
#[test]
fn every_code_is_found() {
    let cases = all();
    let mut found: BTreeSet<String> = BTreeSet::new();
    for Refused { to, found: expected, .. } in &cases {
        found.extend(to.iter().flat_map(|to| expected.iter().map(|[code, ..]| filled(code, *to))));
    }
    found.extend(of_a_patch().map(|(_, [code, ..])| code.into()));
    found.extend(of_other_names().map(|(.., [code, ..])| code.into()));
    found.extend([WITHOUT_END, ANOTHER_ERROR].map(|[code, ..]| code.into()));
    let known: BTreeSet<String> = reasons().map(|reason| reason.code.into()).collect();
    assert_eq!(found, known);
}
