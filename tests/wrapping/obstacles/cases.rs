//! The refusals: a case for each reason.

use super::*;

/// `{{from}}` in a reason is the generation that is adapted away, `{{to}}` the other, and
/// `{{latest}}` the newest release of the one; `E{{group}}` begins codes about hosts of the other.
pub(super) fn all() -> Vec<Refused> {
    let wiring = [
        refused(
            BOTH,
            r#"{{random}} {{leaf}} {{taker}} (import "other" (component $other (export "any" (instance))))
               (instance $other (instantiate $other))
               (instance (instantiate $taker (with "any" (instance $other "any"))))"#,
            &[[
                "E0020",
                "component `other`",
                "the composition instantiates it without having its code",
                "put the component itself into the composition, then wrap the composition",
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} {{leaf}} (import "m" (core module $x))
               (component $open (alias outer 1 $x (core module $x)) (core instance (instantiate $x)))
               (instance (instantiate $open))"#,
            &[[
                "E0022",
                "component `open`",
                "it uses definitions of the component around it instead of imports",
                "compose components that stand for themselves, for example with `wac`",
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} {{leaf}} {{taker}} (instance $both (export "x" (func $leaf "f")) (export "y" (func $leaf "f")))
               (instance (instantiate $taker (with "any" (instance $both))))"#,
            &[[
                "E0023",
                "argument `any` of component `taker`",
                "it is an instance that is put together from several, which is not supported between the components of a composition",
                ONE_BY_ONE,
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} {{leaf}} (component $inner (core module)) (instance (instantiate $inner)) (export "c" (component $inner))"#,
            &[[
                "E0023",
                "export `c`",
                "it is a component, which is not supported between the components of a composition",
                ONE_BY_ONE,
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} {{leaf}} (import "wasi-shim:p3-on-p2/control" (instance (export "waitable-set-new" (func (result u32)))))"#,
            &[[
                "E0011",
                "wasi-shim:p3-on-p2/control",
                "names that begin with `wasi-shim:` are reserved for adapters",
                "give the interface another name",
            ]],
        ),
        refused(
            &[Wasi03],
            r#"(import "wasi:filesystem/types@0.2.3" (instance $files (export "descriptor" (type (sub resource)))
                 (export "[static]descriptor.finish-sync" (func (param "token" u32)))))
               (core func (canon lower (func $files "[static]descriptor.finish-sync")))"#,
            &[[
                "E0013",
                "wasi:filesystem/types@0.2.3",
                "it differs from the interface of WASI {{latest}}: static function `descriptor.finish-sync`: expected nothing of that name, found a function",
                OTHER_WIT,
            ]],
        ),
        refused(
            &[Wasi02],
            r#"(import "wasi:cli/stdin@0.3.0" (instance $stdin (export "start-read-via-stream" (func (result u32)))))
               (core func (canon lower (func $stdin "start-read-via-stream")))"#,
            &[[
                "E0013",
                "wasi:cli/stdin@0.3.0",
                "it differs from the interface of WASI {{latest}}: `start-read-via-stream`: expected nothing of that name, found a function",
                OTHER_WIT,
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} {{leaf}} (type $t (record (field "a" u8))) (export "t" (type $t))"#,
            &[[
                "E0023",
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
                "E0024",
                "wasi:random/random@{{version}}",
                "only a member of the import is passed on, as `f` of component `leaf`",
                "compose whole instances, for example with `wac`",
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} {{leaf}} (export "test:own/random" (instance $random))"#,
            &[[
                "E0025",
                "test:own/random",
                "the export is an import, passed on unchanged, which is not supported",
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
                "E0026",
                "wasi:cli/run@{{version}}",
                "the component that exports the function does not lift it, so its core function is not known",
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
                "E0014",
                "wasi:cli/run@0.3.0",
                "its `run` is missing, or is not the function of WASI 0.3",
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
                "E0014",
                "wasi:cli/run@0.2.3",
                "its `run` is missing, or is not the function of WASI 0.2",
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
                "E0029",
                "wasi:random/random@{{version}}",
                "the import is passed on to a component nested in one with code of its own, which is not supported yet",
                ONE_BY_ONE,
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} (core module) (export "test:own/random" (instance $random))"#,
            &[[
                "E0030",
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
                "E0101",
                "wasi:blobstore/container@0.2.0",
                "there is no adapter for this interface: WASI {{latest}} does not have it",
                "compose the component with one that implements `wasi:blobstore/container@0.2.0` first, then wrap the composition",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"{{random}} (core module) (import "wasi:blobstore/container@0.3.0" (instance))"#,
            &[[
                "E0201",
                "wasi:blobstore/container@0.3.0",
                "there is no adapter for this interface: WASI {{latest}} does not have it",
                "compose the component with one that implements `wasi:blobstore/container@0.3.0` first, then wrap the composition",
            ]],
        ),
        refused(
            &[Wasi03],
            r#"{{random}} (core module $m (func (export "f") (result i64) unreachable)) (core instance $m (instantiate $m))
               (func $f (result u64) (canon lift (core func $m "f"))) (instance $i (export "get-random-u64" (func $f)))
               (export "wasi:random/random@0.2.3" (instance $i))"#,
            &[[
                "E0102",
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
                "E0202",
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
                "E0015",
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
                "E0016",
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
                "E0203",
                "wasi:http/handler@0.3.0",
                "a middleware hands requests on to a component behind it, and a host of WASI 0.2 has none to offer",
                "compose it with the service behind it first: `wasi-shim compose MIDDLEWARE SERVICE --to 0.2 -o OUT`",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"{{random}} (core module) (import "test:own/api@1.0.0" (instance (export "f" (func async))))"#,
            &[[
                "E0204",
                "test:own/api@1.0.0",
                "its types use `async`, `stream` or `future`, which a host of WASI 0.2 does not have",
                "compose the component with one that implements `test:own/api@1.0.0` first, then wrap the composition",
            ]],
        ),
        // The drafts of TLS.
        refused(
            &[Wasi03],
            r#"(core module) (import "wasi:io/streams@0.2.3" (instance $io (export "input-stream" (type (sub resource)))))
               (alias export $io "input-stream" (type $input))
               (import "wasi:tls/types@0.2.0-draft" (instance (export "client-handshake" (type $handshake (sub resource)))
                 (export "[constructor]client-handshake" (func (param "input" (own $input)) (result (own $handshake))))))"#,
            &[[
                "E0015",
                "wasi:tls/types@0.2.0-draft",
                "its types use the resource `input-stream` of WASI 0.2, which a host of WASI 0.3 does not have",
                "compose the component with one that implements `wasi:tls/types@0.2.0-draft` first, then wrap the composition",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"{{random}} (core module)
               (import "wasi:tls/client@0.3.0-draft" (instance (export "connector" (type $c (sub resource))) (type $s (stream u8))
                 (export "[method]connector.send" (func (param "self" (borrow $c)) (param "cleartext" $s) (result $s)))))"#,
            &[[
                "E0204",
                "wasi:tls/client@0.3.0-draft",
                "its types use `async`, `stream` or `future`, which a host of WASI 0.2 does not have",
                "compose the component with one that implements `wasi:tls/client@0.3.0-draft` first, then wrap the composition",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"{{random}} (core module $m (func (export "f") (param i32))) (core instance $m (instantiate $m)) (type $s (stream u8))
               (func (export "read") (param "from" $s) (canon lift (core func $m "f")))"#,
            &[[
                "E0205",
                "read",
                "its types use `stream` or `future`, which a host of WASI 0.2 does not have",
                "compose the component with the one that uses `read` first, then wrap the composition",
            ]],
        ),
    ];
    let homeless = refused(
        &[Wasi02],
        r#"{{random}} (import "test:own/nested" (instance $nested
             (export "things" (instance (export "thing" (type (sub resource)))))))
           (alias export $nested "things" (instance $things))
           (component $reader {{things}}
             (core module $m (memory (export "m") 1) (func (export "f") (param i32))) (core instance $m (instantiate $m))
             (core func (canon stream.read $s async (memory (core memory $m "m"))))
             (func $f (param "from" $s) (canon lift (core func $m "f")))
             (instance $api (export "thing" (type $thing)) (export "f" (func $f))) (export "api" (instance $api)))
           (component $writer {{things}}
             (import "api" (instance $api (alias outer 1 $thing (type $outer)) (export "thing" (type $t (eq $outer)))
               (type $s (stream (own $t))) (export "f" (func (param "from" $s)))))
             (core module $m (memory (export "m") 1)) (core instance $m (instantiate $m))
             (core func (canon stream.write $s async (memory (core memory $m "m")))))
           (instance $reader (instantiate $reader (with "things" (instance $things))))
           (instance (instantiate $writer (with "things" (instance $things)) (with "api" (instance $reader "api"))))"#,
        &[[
            "E0209",
            "api#f",
            "the function passes a stream or future of `own<resource>` between components, and the component that defines the \
             resource is not known",
            "pass resources as parameters and results of functions",
        ]],
    );
    let implemented = [
        refused(
            BOTH,
            r#"{{random}} (core module)
               (import "mine" (implements "wasi:random/random@{{version}}") (instance (export "get-random-u64" (func (result u64)))))"#,
            &[[
                "E0012",
                "mine",
                "it is `wasi:random/random@{{version}}` under a name of the component's own, and the adapter offers the interface under WASI's name only",
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
                "E0206",
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
            (core func (canon lower (func $types "[static]response-outparam.set") (memory $memory)))
            (func $answer (param "out" (own $outparam)) (result bool) (canon lift (core func $m "answer")))
            (instance $i (export "answer" (func $answer))) (export "test:own/service" (instance $i)))
          (component $guard {{types}}
            (import "test:own/service" (instance $next (alias outer 1 $outparam (type $o))
              (export "answer" (func (param "out" (own $o)) (result bool)))))
            (core func (canon lower (func $next "answer")))
            {{handled}})
          (instance $service (instantiate $service (with "wasi:http/types@0.2.3" (instance $types))))
          (instance $guard (instantiate $guard (with "wasi:http/types@0.2.3" (instance $types))
            (with "test:own/service" (instance $service "test:own/service"))))
          (export "wasi:http/incoming-handler@0.2.3" (instance $guard "wasi:http/incoming-handler@0.2.3"))"#,
        &[[
            "E0103",
            "component `guard`",
            "it hands a `response-outparam` on through a function that has a result or more than four parameters, and in WASI 0.3 it has to \
             answer itself",
            "let it hand requests on by a function without result, like `handle` of `wasi:http/incoming-handler`",
        ]],
    );
    // Types that are not where they are used.
    let elsewhere = |subject| {
        [[
            "E0028",
            subject,
            "the component declares the type of the import, or of functions in it, outside of the import",
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
                "E0207",
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
                "E0031",
                "wasi:http/incoming-handler@0.2.3",
                "the component handles requests that are not resources of the host's `wasi:http/types`",
                "let the service import `wasi:http/types` from the host",
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
                "E0031",
                "wasi:http/handler@0.3.0",
                "the component handles requests that are not resources of the host's `wasi:http/types`",
                "let the service import `wasi:http/types` from the host",
            ]],
        ),
        refused(
            &[Wasi03],
            r#"{{types}} {{handled}} (import "wasi:http/types@0.3.0" (instance))"#,
            &[[
                "E0032",
                "wasi:http/types@0.3.0",
                "the component is a service of WASI 0.2 and imports this interface of WASI 0.3 as well, which is not supported",
                "let another component of the composition make the requests of the other generation",
            ]],
        ),
        refused(
            &[Wasi02],
            r#"{{types03}} {{handled03}} (import "wasi:http/types@0.2.3" (instance))"#,
            &[[
                "E0032",
                "wasi:http/types@0.2.3",
                "the component is a service of WASI 0.3 and imports this interface of WASI 0.2 as well, which is not supported",
                "let another component of the composition make the requests of the other generation",
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
                "E0208",
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
        let again = format!(
            r#"{text} (component $user (import "again" (instance)) (core module))
               (instance (instantiate $user (with "again" (instance 2))))"#
        );
        let words = [
            "E0027",
            name,
            "another export takes its types from this one, which becomes an export of the other generation",
            "let all exports take their types from the interface that defines them, like `wasi:http/types`",
        ];
        refused(to, &again, &[words])
    });
    // More than an event loop and 32-bit memories.
    let beyond = |text: &str, code, subject, reason, hint| refused(&[Wasi02], text, &[[code, subject, reason, hint]]);
    let constructs = [
        beyond(
            r#"{{random}} (core module $m (memory (export "m") i64 1)
                 (func (export "realloc") (param i64 i64 i64 i64) (result i64) unreachable)
                 (func (export "f") (param i64 i64)))
               (core instance $m (instantiate $m)) (alias core export $m "m" (core memory $memory))
               (func (export "f") (param "x" string) (canon lift (core func $m "f") (memory $memory)
                 (realloc (core func $m "realloc"))))"#,
            "E0220",
            "a 64-bit memory",
            "the adapter addresses the component's memory by 32 bits",
            "build the component for 32-bit memories",
        ),
        beyond(
            r#"{{random}} (core type $f (func (result i64)))
               (core func (canon lower (func $random "get-random-u64") gc (core-type $f)))"#,
            "E0221",
            "values as garbage-collected objects",
            "hosts of WASI 0.2 do not have the option `gc` of the Canonical ABI",
            "build the component for linear memories",
        ),
        beyond(
            r#"{{random}} (core module $m (func (export "f"))) (core instance $m (instantiate $m))
               (func (export "f") async (canon lift (core func $m "f") async))"#,
            "E0222",
            "a stackful async lift",
            "a host of WASI 0.2 has one stack for a component",
            "build the component with a toolchain that lifts with callbacks",
        ),
        beyond(
            "{{random}} (core func (canon thread.index))",
            "E0223",
            "a thread of the component model",
            "each thread has a stack, and a host of WASI 0.2 has one stack for a component",
            "build the component without threads",
        ),
        beyond(
            "{{random}} (core func (canon error-context.drop))",
            "E0224",
            "error-context",
            "hosts of WASI 0.2 do not have the type `error-context`",
            "build the component without error-context",
        ),
    ];
    // Interfaces that WASI has otherwise.
    let unlike = |interface, reason| ["E0013", interface, reason, OTHER_WIT];
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
                    "it differs from the interface of WASI 0.2.12: `get-foo`: expected nothing of that name, found a function",
                ),
                unlike(
                    "wasi:random/random@0.2.3",
                    "it differs from the interface of WASI 0.2.12: `get-random-u64`, parameter 1: expected nothing, found `n: u8`",
                ),
            ],
        ),
        refused(
            &[Wasi02],
            &unknown("0.3.0"),
            &[
                unlike(
                    "wasi:random/random@0.3.0",
                    "it differs from the interface of WASI 0.3.2: `get-foo`: expected nothing of that name, found a function",
                ),
                unlike(
                    "wasi:random/random@0.3.0",
                    "it differs from the interface of WASI 0.3.2: `get-random-u64`, parameter 1: expected nothing, found `n: u8`",
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
                "it differs from the interface of WASI {{latest}}: expected an interface, found something else",
            )],
        ),
        // Beside another reason.
        refused(
            BOTH,
            r#"{{random}} (import "wasi:blobstore/container@{{version}}" (instance)) (core module)
               (import "wasi:random/insecure@{{version}}" (instance (export "get-insecure-random-u64" (func (result u32)))))"#,
            &[
                [
                    "E{{group}}01",
                    "wasi:blobstore/container@{{version}}",
                    "there is no adapter for this interface: WASI {{latest}} does not have it",
                    "compose the component with one that implements `wasi:blobstore/container@{{version}}` first, then wrap the composition",
                ],
                unlike(
                    "wasi:random/insecure@{{version}}",
                    "it differs from the interface of WASI {{latest}}: `get-insecure-random-u64`, result: expected `u64`, found `u32`",
                ),
            ],
        ),
    ];
    let features = [
        refused(
            BOTH,
            "{{random}} (core module) (core rec (type $f (func)) (type $g (func)))",
            &[[
                "E0033",
                "a recursion group of core types at component level",
                "constructs like this one cannot be adapted",
                "build the component without it; if a toolchain makes it so by itself, please report that",
            ]],
        ),
        refused(
            BOTH,
            r#"{{random}} (core module) (import "test:own/api@1.0.0" (instance
                 (type $four (list u8 4)) (export "f" (func (param "x" $four)))))"#,
            &[FIXED_LENGTH],
        ),
        // Obstacles that are known by name are reported by name.
        refused(
            &[Wasi02],
            r#"{{random}} (core type $f (func (result i64)))
               (core func (canon lower (func $random "get-random-u64") gc (core-type $f)))
               (core func (canon error-context.drop))
               (import "test:own/api@1.0.0" (instance (type $four (list u8 4)) (export "f" (func (param "x" $four)))))"#,
            &[
                [
                    "E0221",
                    "values as garbage-collected objects",
                    "hosts of WASI 0.2 do not have the option `gc` of the Canonical ABI",
                    "build the component for linear memories",
                ],
                [
                    "E0224",
                    "error-context",
                    "hosts of WASI 0.2 do not have the type `error-context`",
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
        .chain([homeless, relayed])
        .chain(types)
        .chain(services)
        .chain(reused);
    all.chain(constructs).chain(others).chain(features).collect()
}
