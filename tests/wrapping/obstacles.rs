//! Everything that is refused: by name, with the reason and the way out, in both directions. `ALL` is all that there is; what else
//! the sources may say is found by `nothing_is_left_out`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::fixture_bytes;
use crate::support::text::expand;
use wasi_shim::{Error, Generation, WrapOptions, wrap};

use Generation::{Wasi02, Wasi03};

/// A component that cannot be adapted: the target, its text, and of each obstacle subject, reason and hint.
struct Refused {
    to: &'static [Generation],
    text: String,
    found: Vec<[&'static str; 3]>,
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
const ONE_BY_ONE: &str = "wrap the components one by one, then compose them";
const OTHER_WIT: &str = "build the component with the WIT of a released version of WASI";
const FIXED_LENGTH: [&str; 3] = [
    "a feature that engines do not have by default",
    "Fixed-length lists require the component model fixed-length lists feature",
    "build the component without this feature",
];
const BOTH: &[Generation] = &[Wasi03, Wasi02];

/// `text` with the pieces above, and with how the generations are called.
fn filled(text: &str, to: Generation) -> String {
    let (from, version, latest, is_async) =
        if to == Wasi03 { (Wasi02, "0.2.3", "0.2.12", "") } else { (Wasi03, "0.3.0", "0.3.2", "async") };
    let pieces = [
        ("random", RANDOM),
        ("leaf", LEAF),
        ("taker", TAKER),
        ("own", OWN),
        ("types", TYPES),
        ("handled", HANDLED),
        ("types03", TYPES03),
        ("handled03", HANDLED03),
        ("version", version),
        ("latest", latest),
        ("async", is_async),
        ("from", from.name()),
        ("to", to.name()),
    ];
    expand(text, &pieces)
}

fn refused(to: &'static [Generation], text: &str, found: &[[&'static str; 3]]) -> Refused {
    Refused { to, text: text.into(), found: found.to_vec() }
}

/// `{{from}}` in a reason is the generation that is adapted away, `{{to}}` the other, and `{{latest}}` the newest release of the one.
fn all() -> Vec<Refused> {
    let wiring = [
        refused(
            BOTH,
            r#"{{random}} {{leaf}} {{taker}} (import "other" (component $other (export "any" (instance))))
               (instance $other (instantiate $other))
               (instance (instantiate $taker (with "any" (instance $other "any"))))"#,
            &[[
                "a component that is imported",
                "the input instantiates it, so its code is not known",
                "compose it with that component first, then wrap the composition",
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} {{leaf}} (import "m" (core module $x))
               (component $open (alias outer 1 $x (core module $x)) (core instance (instantiate $x)))
               (instance (instantiate $open))"#,
            &[[
                "component `open`",
                "it uses definitions of the component around it",
                "compose components that stand for themselves, for example with `wac`",
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} {{leaf}} {{taker}} (instance $both (export "x" (func $leaf "f")) (export "y" (func $leaf "f")))
               (instance (instantiate $taker (with "any" (instance $both))))"#,
            &[[
                "argument `any` of component `taker`",
                "it is an instance that is put together from several, which is not supported between the components of a composition",
                ONE_BY_ONE,
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} {{leaf}} (component $inner (core module)) (instance (instantiate $inner)) (export "c" (component $inner))"#,
            &[[
                "export `c`",
                "it is a component, which is not supported between the components of a composition",
                ONE_BY_ONE,
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} {{leaf}} (import "wasi-shim:p3-on-p2/control" (instance (export "waitable-set-new" (func (result u32)))))"#,
            &[[
                "wasi-shim:p3-on-p2/control",
                "the name is one of those between components and the adapters beside them",
                "give the interface another name",
            ]],
        ),
        refused(
            &[Wasi03],
            r#"(import "wasi:filesystem/types@0.2.3" (instance $files (export "descriptor" (type (sub resource)))
                 (export "[static]descriptor.finish-sync" (func (param "token" u32)))))
               (core func (canon lower (func $files "[static]descriptor.finish-sync")))"#,
            &[[
                "wasi:filesystem/types@0.2.3",
                "it is not what WASI {{latest}} has under this name: static function `descriptor.finish-sync`: expected a function, found nothing of that name",
                OTHER_WIT,
            ]],
        ),
        refused(
            &[Wasi02],
            r#"(import "wasi:cli/stdin@0.3.0" (instance $stdin (export "start-read-via-stream" (func (result u32)))))
               (core func (canon lower (func $stdin "start-read-via-stream")))"#,
            &[[
                "wasi:cli/stdin@0.3.0",
                "it is not what WASI {{latest}} has under this name: `start-read-via-stream`: expected a function, found nothing of that name",
                OTHER_WIT,
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} {{leaf}} (type $t (record (field "a" u8))) (export "t" (type $t))"#,
            &[[
                "export `t`",
                "it is a type that the composition defines, which is not supported between the components of a composition",
                ONE_BY_ONE,
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} (component $leaf (import "f" (func $f (result u64))) (core func (canon lower (func $f))))
               (instance (instantiate $leaf (with "f" (func $random "get-random-u64"))))"#,
            &[[
                "wasi:random/random@{{version}}",
                "only a member of the import is passed on, as `f` of component `leaf`",
                "compose whole instances, for example with `wac`",
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} {{leaf}} (export "test:own/random" (instance $random))"#,
            &[[
                "test:own/random",
                "the export is an import that is exported again, which is not supported",
                "let the user of the composition take it from the host",
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} {{leaf}}
               (component $outer (import "run" (func $run {{async}} (result (result)))) (core module)
                 (instance $run (export "run" (func $run))) (export "wasi:cli/run@{{version}}" (instance $run)))
               (instance $outer (instantiate $outer (with "run" (func $leaf "run"))))
               (export "wasi:cli/run@{{version}}" (instance $outer "wasi:cli/run@{{version}}"))"#,
            &[[
                "wasi:cli/run@{{version}}",
                "the function behind the export is not found: it is not lifted by the component that exports it",
                "export `run` from the component that implements it",
            ]],
        ),
        refused(
            &[Wasi03],
            r#"{{random}}
               (core module $m (func (export "run") (result i32) unreachable)) (core instance $m (instantiate $m))
               (func $run (result (result)) (canon lift (core func $m "run")))
               (instance $run (export "run" (func $run))) (export "wasi:cli/run@0.3.0" (instance $run))"#,
            &[[
                "wasi:cli/run@0.3.0",
                "it is not what WASI 0.3 has under this name: `run`: another function",
                "build the component with the WIT of a released version of WASI",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"{{random}}
               (core module $m (func (export "run") (result i32) unreachable)) (core instance $m (instantiate $m))
               (func $run async (result (result)) (canon lift (core func $m "run")))
               (instance $run (export "run" (func $run))) (export "wasi:cli/run@0.2.3" (instance $run))"#,
            &[[
                "wasi:cli/run@0.2.3",
                "it is not what WASI 0.2 has under this name: `run`: another function",
                "build the component with the WIT of a released version of WASI",
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} (core module $x) (core instance (instantiate $x))
               (component $leaf (import "r" (instance $r (export "get-random-u64" (func (result u64)))))
                 (core func (canon lower (func $r "get-random-u64"))))
               (instance (instantiate $leaf (with "r" (instance $random))))"#,
            &[[
                "wasi:random/random@{{version}}",
                "the import is passed on to a component nested in one with code of its own, which is not supported yet",
                ONE_BY_ONE,
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} (core module) (export "test:own/random" (instance $random))"#,
            &[[
                "wasi:random/random@{{version}}",
                "the import is exported again, which is not supported yet",
                ONE_BY_ONE,
            ]],
        ),
    ];
    let boundary = [
        refused(
            &[Wasi03],
            r#"{{random}} (core module) (import "wasi:blobstore/container@0.2.0" (instance))"#,
            &[[
                "wasi:blobstore/container@0.2.0",
                "there is no adapter for this interface of WASI 0.2",
                "compose the component with one that implements `wasi:blobstore/container@0.2.0` first, then wrap the composition",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"{{random}} (core module) (import "wasi:blobstore/container@0.3.0" (instance))"#,
            &[[
                "wasi:blobstore/container@0.3.0",
                "there is no adapter for this interface of WASI 0.3",
                "compose the component with one that implements `wasi:blobstore/container@0.3.0` first, then wrap the composition",
            ]],
        ),
        refused(
            &[Wasi03],
            r#"{{random}} (core module $m (func (export "f") (result i64) unreachable)) (core instance $m (instantiate $m))
               (func $f (result u64) (canon lift (core func $m "f"))) (instance $i (export "get-random-u64" (func $f)))
               (export "wasi:random/random@0.2.3" (instance $i))"#,
            &[[
                "wasi:random/random@0.2.3",
                "there is no adapter for this export of WASI 0.2",
                "only commands (`wasi:cli/run`), services (`wasi:http/incoming-handler`) and exports of your own interfaces can be adapted; if it is for another component, \
                 compose the component with the one that uses `wasi:random/random@0.2.3` first, then wrap the composition",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"{{random}} (core module $m (func (export "f") (result i64) unreachable)) (core instance $m (instantiate $m))
               (func $f (result u64) (canon lift (core func $m "f"))) (instance $i (export "get-random-u64" (func $f)))
               (export "wasi:random/random@0.3.0" (instance $i))"#,
            &[[
                "wasi:random/random@0.3.0",
                "there is no adapter for this export of WASI 0.3",
                "only commands (`wasi:cli/run`), services (`wasi:http/handler`) and exports of your own interfaces can be adapted; if it is for another component, \
                 compose the component with the one that uses `wasi:random/random@0.3.0` first, then wrap the composition",
            ]],
        ),
        // A handle of WASI in an interface of the application's own, imported and exported.
        refused(
            BOTH,
            r#"{{own}} {{random}} (core module)
               (import "test:own/api@1.0.0" (instance (alias outer 1 $descriptor (type $outer))
                 (export "descriptor" (type $d (eq $outer))) (export "f" (func (param "file" (borrow $d))))))"#,
            &[[
                "test:own/api@1.0.0",
                "its types use the resource `descriptor` of {{from}}, which a host of {{to}} does not have",
                "compose the component with one that implements `test:own/api@1.0.0` first, then wrap the composition",
            ]],
        ),
        refused(
            BOTH,
            r#"{{own}} {{random}} (core module $m (func (export "f") (param i32))) (core instance $m (instantiate $m))
               (func (export "open") (param "file" (own $descriptor)) (canon lift (core func $m "f")))"#,
            &[[
                "open",
                "the export's types use the resource `descriptor` of {{from}}",
                "compose the component with the one that uses `open` first, then wrap the composition",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"(core module) {{types03}} (import "wasi:http/handler@0.3.0" (instance
                 (alias outer 1 $request (type $r)) (alias outer 1 $response (type $p)) (alias outer 1 $code (type $c))
                 (type $result (result (own $p) (error $c)))
                 (export "handle" (func async (param "request" (own $r)) (result $result)))))"#,
            &[[
                "wasi:http/handler@0.3.0",
                "a middleware hands requests on to a component behind it, and a host of WASI 0.2 has none to offer",
                "compose it with the service behind it first: `wasi-shim compose MIDDLEWARE SERVICE`",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"{{random}} (core module) (import "test:own/api@1.0.0" (instance (export "f" (func async))))"#,
            &[[
                "test:own/api@1.0.0",
                "its types use `async`, `stream` or `future`, which a host of WASI 0.2 does not have",
                "compose the component with one that implements `test:own/api@1.0.0` first, then wrap the composition",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"{{random}} (core module $m (func (export "f") (param i32))) (core instance $m (instantiate $m)) (type $s (stream u8))
               (func (export "read") (param "from" $s) (canon lift (core func $m "f")))"#,
            &[[
                "read",
                "its types use `stream` or `future`, which a host of WASI 0.2 does not have",
                "compose the component with the one that uses `read` first, then wrap the composition",
            ]],
        ),
    ];
    let implemented = [
        refused(
            BOTH,
            r#"{{random}} (core module)
               (import "mine" (implements "wasi:random/random@{{version}}") (instance (export "get-random-u64" (func (result u64)))))"#,
            &[[
                "mine",
                "it implements `wasi:random/random@{{version}}` under a name of its own, and the adapter offers that interface under WASI's",
                "import `wasi:random/random@{{version}}` itself",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"{{random}} (core module $m) (core instance (instantiate $m))
               (component $inner (canon waitable-set.new (core func $new))
                 (core module $m (import "" "f" (func (result i32))))
                 (core instance (instantiate $m (with "" (instance (export "f" (func $new)))))))
               (instance (instantiate $inner))"#,
            &[[
                "component `inner`",
                "it uses the async component model and is nested in a component with code of its own, which is not supported yet",
                ONE_BY_ONE,
            ]],
        ),
    ];
    let relayed = refused(
        &[Wasi03],
        r#"{{types}}
          (component $service {{types}}
            (core module $m (memory (export "memory") 1) (func (export "answer") (param i32) (result i32) unreachable))
            (core instance $m (instantiate $m)) (alias core export $m "memory" (core memory $memory))
            (core func $set (canon lower (func $types "[static]response-outparam.set") (memory $memory)))
            (func $answer (param "out" (own $outparam)) (result bool) (canon lift (core func $m "answer")))
            (instance $i (export "answer" (func $answer))) (export "test:own/service" (instance $i)))
          (component $guard {{types}}
            (import "test:own/service" (instance $next (alias outer 1 $outparam (type $o))
              (export "answer" (func (param "out" (own $o)) (result bool)))))
            (core func $answer (canon lower (func $next "answer")))
            {{handled}})
          (instance $service (instantiate $service (with "wasi:http/types@0.2.3" (instance $types))))
          (instance $guard (instantiate $guard (with "wasi:http/types@0.2.3" (instance $types))
            (with "test:own/service" (instance $service "test:own/service"))))
          (export "wasi:http/incoming-handler@0.2.3" (instance $guard "wasi:http/incoming-handler@0.2.3"))"#,
        &[[
            "component `guard`",
            "it hands a `response-outparam` on through a function that has a result or more than four parameters, and in WASI 0.3 it has to \
             answer itself",
            "let it hand requests on by a function without result, like `handle` of `wasi:http/incoming-handler`",
        ]],
    );
    // Types that are not where they are used.
    let elsewhere = |subject| {
        [[
            subject,
            "the component takes the type of the import, or of functions of it, from elsewhere",
            "declare types where they are used, as `wasm-tools component new` does",
        ]]
    };
    let types = [
        refused(
            BOTH,
            r#"(type $known (instance (export "get-random-u64" (func (result u64))))) (alias outer 0 $known (type $same))
               (import "wasi:random/random@{{version}}" (instance (type $same))) (core module)"#,
            &elsewhere("wasi:random/random@{{version}}"),
        ),
        refused(
            &[Wasi03],
            r#"(type $exit (func (param "status" (result))))
               (import "wasi:cli/exit@0.2.3" (instance $exit (alias outer 1 $exit (type $exit)) (export "exit" (func (type $exit)))))
               (core func (canon lower (func $exit "exit")))"#,
            &elsewhere("wasi:cli/exit@0.2.3"),
        ),
        refused(
            &[Wasi02],
            r#"(type $wait (func async (param "how-long" u64)))
               (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
                 (alias outer 1 $wait (type $wait)) (export "wait-for" (func (type $wait)))))
               (core func (canon lower (func $clock "wait-for")))"#,
            &elsewhere("wasi:clocks/monotonic-clock@0.3.0"),
        ),
        refused(
            &[Wasi02],
            r#"(import "wasi:cli/stdin@0.3.0" (instance $stdin
                 (type $code (enum "io" "illegal-byte-sequence" "pipe")) (export "error-code" (type $e (eq $code)))
                 (type $done (result (error $e))) (type $end (future $done)) (type $bytes (stream u8))
                 (export "read-via-stream" (func (result (tuple $bytes $end))))))
               (alias export $stdin "error-code" (type $e)) (type $done (result (error $e))) (type $end (future $done))
               (core module $m (memory (export "m") 1)) (core instance $m (instantiate $m))
               (core func (canon future.read $end async (memory (core memory $m "m"))))"#,
            &[[
                "wasi:cli/types",
                "the component reads or writes streams or futures of its values, and does not import `error-code` from it",
                "let the component import the interface with these types, as `wit-bindgen` does",
            ]],
        ),
    ];
    let services = [
        refused(
            &[Wasi03],
            r#"{{random}} (type $request (resource (rep i32))) (type $outparam (resource (rep i32)))
               (core module $m (func (export "handle") (param i32 i32) unreachable)) (core instance $m (instantiate $m))
               (func $handle (param "request" (own $request)) (param "response-out" (own $outparam))
                 (canon lift (core func $m "handle")))
               (instance $i (export "incoming-request" (type $request)) (export "response-outparam" (type $outparam))
                 (export "handle" (func $handle)))
               (export "wasi:http/incoming-handler@0.2.3" (instance $i))"#,
            &[[
                "wasi:http/incoming-handler@0.2.3",
                "the component handles requests that are not those of `wasi:http/types` as the host has them",
                "let it import `wasi:http/types` from the host",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"{{random}} (type $request (resource (rep i32))) (type $response (resource (rep i32))) (type $code u8)
               (core module $m (memory (export "memory") 1) (func (export "handle") (param i32) (result i32) unreachable))
               (core instance $m (instantiate $m)) (type $result (result (own $response) (error $code)))
               (func $handle async (param "request" (own $request)) (result $result)
                 (canon lift (core func $m "handle") (memory (core memory $m "memory"))))
               (instance $i (export "request" (type $request)) (export "response" (type $response)) (export "handle" (func $handle)))
               (export "wasi:http/handler@0.3.0" (instance $i))"#,
            &[[
                "wasi:http/handler@0.3.0",
                "the component handles requests that are not those of `wasi:http/types` as the host has them",
                "let it import `wasi:http/types` from the host",
            ]],
        ),
        refused(
            &[Wasi03],
            r#"{{types}} {{handled}} (import "wasi:http/types@0.3.0" (instance))"#,
            &[[
                "wasi:http/types@0.3.0",
                "the component is a service of WASI 0.2 and imports this interface of WASI 0.3 as well, which is not supported",
                "let a component of its own make the requests of the other generation",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"{{types03}} {{handled03}} (import "wasi:http/types@0.2.3" (instance))"#,
            &[[
                "wasi:http/types@0.2.3",
                "the component is a service of WASI 0.3 and imports this interface of WASI 0.2 as well, which is not supported",
                "let a component of its own make the requests of the other generation",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"{{types03}}
               (component $service {{types03}} {{handled03}})
               (component $user {{types03}} (import "wasi:http/handler@0.3.0" (instance $next
                   (alias outer 1 $request (type $r)) (alias outer 1 $response (type $p)) (alias outer 1 $code (type $c))
                   (type $result (result (own $p) (error $c)))
                   (export "handle" (func async (param "request" (own $r)) (result $result)))))
                 (core module))
               (instance $service (instantiate $service (with "wasi:http/types@0.3.0" (instance $types))))
               (instance $user (instantiate $user (with "wasi:http/types@0.3.0" (instance $types))
                 (with "wasi:http/handler@0.3.0" (instance $service "wasi:http/handler@0.3.0"))))
               (export "wasi:http/handler@0.3.0" (instance $service "wasi:http/handler@0.3.0"))"#,
            &[[
                "wasi:http/handler@0.3.0",
                "the host calls the handler, and a component of the composition as well, which is not supported",
                "instantiate the service twice in the composition: once for the host, once for that component",
            ]],
        ),
    ];
    let reused = [
        (Wasi03, "{{types}} {{handled}}", "wasi:http/incoming-handler@0.2.3"),
        (Wasi02, "{{types03}} {{handled03}}", "wasi:http/handler@0.3.0"),
    ]
    .map(|(to, text, name)| {
        let to: &[Generation] = if to == Wasi03 { &[Wasi03] } else { &[Wasi02] };
        // The instances before it are the types and what is exported.
        let again = format!(r#"{text} (instance (export "again" (instance 2)))"#);
        let words = [
            name,
            "another export takes its types from this one, which becomes that of the other generation",
            "let all take them from the interface that defines them, like `wasi:http/types`",
        ];
        refused(to, &again, &[words])
    });
    // More than an event loop and 32-bit memories.
    let beyond = |text: &str, subject, hint| {
        refused(&[Wasi02], text, &[[subject, "it cannot be expressed on a host of WASI 0.2", hint]])
    };
    let constructs = [
        beyond(
            r#"{{random}} (core module $m (memory (export "m") i64 1)
                 (func (export "realloc") (param i64 i64 i64 i64) (result i64) unreachable)
                 (func (export "f") (param i64 i64)))
               (core instance $m (instantiate $m)) (alias core export $m "m" (core memory $memory))
               (func (export "f") (param "x" string) (canon lift (core func $m "f") (memory $memory)
                 (realloc (core func $m "realloc"))))"#,
            "a 64-bit memory",
            "build the component for 32-bit memories",
        ),
        beyond(
            r#"{{random}} (core type $f (func (result i64)))
               (core func (canon lower (func $random "get-random-u64") gc (core-type $f)))"#,
            "values as garbage-collected objects",
            "build the component for linear memories",
        ),
        beyond(
            r#"{{random}} (core module $m (func (export "f"))) (core instance $m (instantiate $m))
               (func (export "f") async (canon lift (core func $m "f") async))"#,
            "a stackful async lift",
            "build the component with a toolchain that lifts with callbacks",
        ),
        beyond(
            "{{random}} (core func (canon thread.index))",
            "a thread of the component model",
            "build the component without threads",
        ),
        beyond(
            "{{random}} (core func (canon error-context.drop))",
            "error-context",
            "build the component without error-context",
        ),
    ];
    // Interfaces that WASI has otherwise.
    let unlike = |interface, reason| [interface, reason, OTHER_WIT];
    let used = r#"(core module $m (import "" "f" (func (result i64)))) (core instance (instantiate $m (with "" (instance
        (export "f" (func $f))))))"#;
    let unknown = |to| {
        format!(
            r#"(import "wasi:random/random@{to}" (instance $random (export "get-foo" (func (result u64)))
             (export "get-random-u64" (func (param "n" u8) (result u64)))))
           (core func $f (canon lower (func $random "get-foo"))) {used}"#
        )
    };
    let others = [
        refused(
            &[Wasi03],
            &unknown("0.2.3"),
            &[
                unlike(
                    "wasi:random/random@0.2.3",
                    "it is not what WASI 0.2.12 has under this name: `get-foo`: expected a function, found nothing of that name",
                ),
                unlike(
                    "wasi:random/random@0.2.3",
                    "it is not what WASI 0.2.12 has under this name: `get-random-u64`, parameter 1: expected `n: u8`, found nothing",
                ),
            ],
        ),
        refused(
            &[Wasi02],
            &unknown("0.3.0"),
            &[
                unlike(
                    "wasi:random/random@0.3.0",
                    "it is not what WASI 0.3.2 has under this name: `get-foo`: expected a function, found nothing of that name",
                ),
                unlike(
                    "wasi:random/random@0.3.0",
                    "it is not what WASI 0.3.2 has under this name: `get-random-u64`, parameter 1: expected `n: u8`, found nothing",
                ),
            ],
        ),
        refused(
            BOTH,
            r#"(import "wasi:random/random@{{version}}" (func $f (result u64))) (import "wasi:cli/exit@{{version}}" (instance))
               (core func $f (canon lower (func $f))) (core module $m (import "" "f" (func (result i64))))
               (core instance (instantiate $m (with "" (instance (export "f" (func $f))))))"#,
            &[unlike(
                "wasi:random/random@{{version}}",
                "it is not what WASI {{latest}} has under this name: expected an instance, found something else",
            )],
        ),
        // Beside another reason.
        refused(
            BOTH,
            r#"{{random}} (import "wasi:blobstore/container@{{version}}" (instance)) (core module)
               (import "wasi:random/insecure@{{version}}" (instance (export "get-insecure-random-u64" (func (result u32)))))"#,
            &[
                [
                    "wasi:blobstore/container@{{version}}",
                    "there is no adapter for this interface of {{from}}",
                    "compose the component with one that implements `wasi:blobstore/container@{{version}}` first, then wrap the composition",
                ],
                unlike(
                    "wasi:random/insecure@{{version}}",
                    "it is not what WASI {{latest}} has under this name: `get-insecure-random-u64`, result: expected `u32`, found `u64`",
                ),
            ],
        ),
    ];
    let features = [
        refused(
            BOTH,
            r#"{{random}} (core module) (import "test:own/api@1.0.0" (instance
                 (type $four (list u8 4)) (export "f" (func (param "x" $four)))))"#,
            &[FIXED_LENGTH],
        ),
        // What is known by name is told by name.
        refused(
            &[Wasi02],
            r#"{{random}} (core type $f (func (result i64)))
               (core func (canon lower (func $random "get-random-u64") gc (core-type $f)))
               (core func (canon error-context.drop))
               (import "test:own/api@1.0.0" (instance (type $four (list u8 4)) (export "f" (func (param "x" $four)))))"#,
            &[
                [
                    "values as garbage-collected objects",
                    "it cannot be expressed on a host of WASI 0.2",
                    "build the component for linear memories",
                ],
                [
                    "error-context",
                    "it cannot be expressed on a host of WASI 0.2",
                    "build the component without error-context",
                ],
                FIXED_LENGTH,
            ],
        ),
    ];
    let all = wiring
        .into_iter()
        .chain(boundary)
        .chain(implemented)
        .chain([relayed])
        .chain(types)
        .chain(services)
        .chain(reused);
    all.chain(constructs).chain(others).chain(features).collect()
}

fn wrap_text(text: &str, to: Generation, patch: Option<u64>) -> Result<wasi_shim::Wrapped, Error> {
    let mut options = WrapOptions::default();
    (options.to, options.wasi_patch) = (Some(to), patch);
    let text = format!("(component {})", filled(text, to));
    wrap(&wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}")), &options)
}

#[test]
fn every_obstacle_is_named_with_its_reason_and_the_way_out() {
    for Refused { to, text, found } in all() {
        for to in to {
            let expected: Vec<[String; 3]> = found.iter().map(|words| words.map(|text| filled(text, *to))).collect();
            let error = wrap_text(&text, *to, None).err().unwrap_or_else(|| panic!("not refused for {to:?}: {text}"));
            let Error::Obstacles(obstacles) = &error else { panic!("{text}: {error}") };
            // The types of services are abridged here, which is told as well.
            let is_abridged = text.contains("{{types");
            let told = obstacles.iter().filter(|o| !(is_abridged && o.hint == OTHER_WIT));
            let seen: Vec<_> = told.map(|o| [o.subject.clone(), o.reason.clone(), o.hint.clone()]).collect();
            assert_eq!(seen, expected, "for {to:?}: {text}");
            let mut hints: BTreeSet<String> = expected.iter().map(|[_, _, hint]| hint.clone()).collect();
            hints.extend(is_abridged.then(|| error.hints().into_iter().find(|hint| hint == OTHER_WIT)).flatten());
            assert_eq!(error.hints(), hints.into_iter().collect::<Vec<_>>());
        }
    }
}

#[test]
fn obstacles_of_a_version() {
    let several = r#"(import "wasi:random/random@0.2.3" (instance)) (import "wasi:random/random@0.2.6" (instance)) {{random}} (core module)"#;
    let new = r#"(import "wasi:cli/exit@0.2.12" (instance (export "exit-with-code" (func (param "status-code" u8))))) {{random}} (core module)"#;
    for (text, expected) in [
        (
            several,
            [
                "wasi:random/random@0.2.6",
                "the component imports this interface at several versions",
                "leave out `--wasi-patch`: hosts satisfy several versions at once",
            ],
        ),
        (
            new,
            [
                "wasi:cli/exit@0.2.12#exit-with-code",
                "WASI 0.2.6 does not have this function, it came with 0.2.12",
                "ask for `--wasi-patch 0.2.12` or a later one",
            ],
        ),
    ] {
        let Err(Error::Obstacles(found)) = wrap_text(text, Wasi02, Some(6)) else { panic!("not refused: {text}") };
        let seen: Vec<_> = found.iter().map(|o| [&o.subject[..], &o.reason, &o.hint]).collect();
        assert_eq!(seen, [expected]);
        // Beside other reasons.
        let text = format!(r#"(import "wasi:blobstore/container@0.3.0" (instance)) {text}"#);
        let Err(Error::Obstacles(found)) = wrap_text(&text, Wasi02, Some(6)) else { panic!("not refused: {text}") };
        let subjects: Vec<&str> = found.iter().map(|obstacle| &obstacle.subject[..]).collect();
        assert_eq!(subjects, ["wasi:blobstore/container@0.3.0", expected[0]]);
    }
}

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
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject, "the composition");
        assert_eq!(found[0].reason, "it instantiates more than 1000 components");
        assert_eq!(found[0].hint, ONE_BY_ONE);
    }
}

/// What is beside something in the way of wiring is told as well: in parts, and in the exports.
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

/// Everything that the sources say of obstacles is said by one of those above.
#[test]
fn nothing_is_left_out() {
    let mut said: Vec<&str> = vec!["it instantiates more than 1000 components"];
    let all = all();
    said.extend(all.iter().flat_map(|refused| refused.found.iter().flatten()));
    for file in [
        "crates/wasi-shim/src/diagnose/obstacles.rs",
        "crates/wasi-shim/src/diagnose/conformance.rs",
        "crates/wasi-shim/src/graph/composition.rs",
        "crates/wasi-shim/src/p2_on_p3/obstacles.rs",
        "crates/wasi-shim/src/p3_on_p2/obstacles.rs",
    ] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        // Sentences: what stands between braces is filled in.
        let sentences: Vec<&str> =
            text.split('"').skip(1).step_by(2).filter(|text| text.split(' ').count() > 4).collect();
        assert!(sentences.len() > 1, "{file}");
        for sentence in sentences {
            let fixed = sentence.split(['{', '}', '\\']).step_by(2).max_by_key(|words| words.len()).unwrap().trim();
            assert!(said.iter().any(|said| said.contains(fixed)), "{file}: no test of {sentence:?}");
        }
    }
}
