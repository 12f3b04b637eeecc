//! Compositions as input: what they do on a host of their own generation they do wrapped on the
//! other.

use crate::support::text::edited;
use crate::support::{Host, Outcome, Stdin, Stdout, fixture, prepare, run_on, snapshot, wrapped, wrapped_for};
use std::path::{Path, PathBuf};
use wasi_shim::{Error, Generation, WrapOptions, Wrapped};

/// Imports of standard output and timers, for a part or a root.
const IMPORTS: &str = r#"
  (import "wasi:io/error@0.2.3" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error-t))
  (import "wasi:io/poll@0.2.3" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:io/streams@0.2.3" (instance $streams
    (export "output-stream" (type $output-stream (sub resource)))
    (alias outer 1 $error-t (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (type $variant (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $variant)))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $output-stream)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
  (alias export $streams "output-stream" (type $output-stream))
  (import "wasi:cli/stdout@0.2.3" (instance $stdout
    (alias outer 1 $output-stream (type $outer))
    (export "output-stream" (type $output-stream (eq $outer)))
    (export "get-stdout" (func (result (own $output-stream))))))
  (import "wasi:clocks/monotonic-clock@0.2.3" (instance $clock
    (alias outer 1 $pollable (type $outer))
    (export "pollable" (type $pollable (eq $outer)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))
"#;

/// The root's imports passed on to a part.
const WITH: &str = r#"
    (with "wasi:io/error@0.2.3" (instance $error))
    (with "wasi:io/poll@0.2.3" (instance $poll))
    (with "wasi:io/streams@0.2.3" (instance $streams))
    (with "wasi:cli/stdout@0.2.3" (instance $stdout))
    (with "wasi:clocks/monotonic-clock@0.2.3" (instance $clock))
"#;

/// `$sys`: a core instance that prints and sleeps, with memory `$mem`.
const SYS: &str = r#"
  (core module $memory (memory (export "memory") 1))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (core func $get (canon lower (func $stdout "get-stdout")))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory $mem)))
  (core func $drop (canon resource.drop $output-stream))
  (core func $subscribe (canon lower (func $clock "subscribe-duration")))
  (core func $block (canon lower (func $poll "[method]pollable.block")))
  (core func $drop-pollable (canon resource.drop $pollable))
  (core module $sys
    (import "" "get" (func $get (result i32)))
    (import "" "write" (func $write (param i32 i32 i32 i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "subscribe" (func $subscribe (param i64) (result i32)))
    (import "" "block" (func $block (param i32)))
    (import "" "drop-pollable" (func $drop-pollable (param i32)))
    (import "" "memory" (memory 1))
    (export "memory" (memory 0))
    (func (export "print") (param $at i32) (param $length i32) (local $out i32)
      (local.set $out (call $get))
      (call $write (local.get $out) (local.get $at) (local.get $length) (i32.const 8))
      (if (i32.load8_u (i32.const 8)) (then unreachable))
      (call $drop (local.get $out)))
    (func (export "sleep") (local $timer i32)
      (local.set $timer (call $subscribe (i64.const 5_000_000)))
      (call $block (local.get $timer))
      (call $drop-pollable (local.get $timer))))
  (core instance $sys (instantiate $sys (with "" (instance
    (export "get" (func $get)) (export "write" (func $write)) (export "drop" (func $drop))
    (export "subscribe" (func $subscribe)) (export "block" (func $block))
    (export "drop-pollable" (func $drop-pollable)) (export "memory" (memory $mem))))))
"#;

/// The same as imports of a core module.
const SYS_IMPORTS: &str = r#"
    (import "sys" "memory" (memory 1))
    (import "sys" "print" (func $print (param i32 i32)))
    (import "sys" "sleep" (func $sleep))
"#;

/// The export of a program.
const RUN: &str = r#"
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance $run (export "run" (func $run)))
  (export "wasi:cli/run@0.2.3" (instance $run))
"#;

/// A component that prints `text`, sleeps, calls `next` and says how often it was called before.
fn link(text: &str, next: Option<&str>) -> String {
    let length = text.len();
    let (import, lower, core_import, call) = match next {
        Some(next) => (
            format!(r#"(import "{next}" (func $next (param "n" u32) (result u32)))"#),
            r#"(core func $next (canon lower (func $next)))"#,
            r#"(import "next" "next" (func $next (param i32) (result i32)))"#,
            "(call $next (local.get $n))",
        ),
        None => (String::new(), r#"(core func $next (canon resource.drop $pollable))"#, "", "(local.get $n)"),
    };
    format!(
        r#"
  {IMPORTS} {import} {SYS} {lower}
  (core module $main {SYS_IMPORTS} {core_import}
    (global $calls (mut i32) (i32.const 0))
    (data (i32.const 64) "{text}")
    (func (export "call") (param $n i32) (result i32)
      (call $print (i32.const 64) (i32.const {length}))
      (call $sleep)
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (i32.add {call} (global.get $calls))))
  (core instance $main (instantiate $main
    (with "sys" (instance $sys)) (with "next" (instance (export "next" (func $next))))))
  (func (export "call") (param "n" u32) (result u32) (canon lift (core func $main "call")))"#
    )
}

/// A program that imports `call` twice, calls it while it is instantiated, and in `run`; it
/// succeeds if the sum of what it gets is `sum`.
fn program(sum: u32) -> String {
    format!(
        r#"
  {IMPORTS}
  (import "first" (func $first (param "n" u32) (result u32)))
  (import "second" (func $second (param "n" u32) (result u32)))
  {SYS}
  (core func $first (canon lower (func $first)))
  (core func $second (canon lower (func $second)))
  (core module $main {SYS_IMPORTS}
    (import "" "first" (func $first (param i32) (result i32)))
    (import "" "second" (func $second (param i32) (result i32)))
    (global $sum (mut i32) (i32.const 0))
    (data (i32.const 64) "instantiated\nrunning\n")
    (func $add (param i32) (global.set $sum (i32.add (global.get $sum) (local.get 0))))
    (start $start)
    (func $start
      (call $add (call $first (i32.const 100)))
      (call $print (i32.const 64) (i32.const 13)))
    (func (export "run") (result i32)
      (call $print (i32.const 77) (i32.const 8))
      (call $add (call $first (i32.const 1000)))
      (call $sleep)
      (call $add (call $second (i32.const 10000)))
      (i32.ne (global.get $sum) (i32.const {sum}))))
  (core instance $main (instantiate $main (with "sys" (instance $sys))
    (with "" (instance (export "first" (func $first)) (export "second" (func $second))))))
  {RUN}"#
    )
}

/// Writes `text` as a component called `name`.
fn component(name: &str, text: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("compositions-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join(format!("{name}.wasm"));
    std::fs::write(&path, wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))).unwrap();
    path
}

fn run(host: Host, component: &Path) -> Outcome {
    run_on(host, component, &[], &[], &[], Stdin::Null, Stdout::Pipe)
}

/// Runs composition `text` natively and wrapped: it ends well and says `stdout` on both hosts.
fn same(name: &str, text: &str, stdout: &str) {
    let path = component(name, text);
    for (host, path) in [(Host::Only02, path.clone()), (Host::Only03, wrapped_for(Host::Only03, &path))] {
        let outcome = run(host, &path);
        assert_eq!(String::from_utf8_lossy(&outcome.stdout), stdout, "on {}: {}", host.name(), outcome.stderr);
        assert_eq!(outcome.code, Some(0), "on {}: {}", host.name(), outcome.stderr);
    }
}

/// The program calls one that calls a third. All print and sleep, also while the program is
/// instantiated.
#[test]
fn a_chain() {
    let text = format!(
        r#"(component {IMPORTS}
  (component $third {})
  (component $middle {})
  (component $program {})
  (instance $third (instantiate $third {WITH}))
  (instance $middle (instantiate $middle {WITH} (with "next" (func $third "call"))))
  (instance $program (instantiate $program {WITH}
    (with "first" (func $middle "call")) (with "second" (func $third "call"))))
  (alias export $program "wasi:cli/run@0.2.3" (instance $run))
  (export "wasi:cli/run@0.2.3" (instance $run)))"#,
        link("third;", None),
        link("middle;", Some("next")),
        program(102 + 1004 + 10003),
    );
    same("chain", &text, "middle;third;instantiated\nrunning\nmiddle;third;third;");
    // Each takes all that the other exports as one instance.
    let text = [("next", "third"), ("first", "middle")].into_iter().fold(text, |text, (name, part)| {
        let with = format!(r#"(with "{name}" (func ${part} "call"))"#);
        edited(&whole(name, &text), &[(&with, &format!(r#"(with "{name}" (instance ${part}))"#))])
    });
    same("whole-instances", &text, "middle;third;instantiated\nrunning\nmiddle;third;third;");
}

/// The same component, but it imports the component behind `name` as one instance.
fn whole(name: &str, text: &str) -> String {
    let function = format!(r#"(import "{name}" (func ${name} (param "n" u32) (result u32)))"#);
    let instance = format!(
        r#"(import "{name}" (instance ${name} (export "call" (func (param "n" u32) (result u32)))))
           (alias export ${name} "call" (func ${name}))"#
    );
    edited(text, &[(&function, &instance)])
}

/// `wasm-tools compose`, told which components there are, gives each as one instance.
#[test]
fn dependencies_of_wasm_tools_compose() {
    let main = whole("second", &whole("first", &program(102 + 1004 + 10001)));
    let main = component("compose-main", &format!("(component {main})"));
    let first = component("compose-first", &format!("(component {})", whole("next", &link("first;", Some("next")))));
    let second = component("compose-second", &format!("(component {})", link("second;", None)));
    let mut config = wasm_compose::config::Config::default();
    for (name, path) in [("first", first), ("second", second.clone()), ("next", second)] {
        config.dependencies.insert(name.into(), wasm_compose::config::Dependency { path });
    }
    let composed = wasm_compose::composer::ComponentComposer::new(&main, &config).compose().unwrap();
    let path = component("compose-composed", "(component)");
    std::fs::write(&path, composed).unwrap();
    for (host, path) in [(Host::Only02, path.clone()), (Host::Only03, wrapped_for(Host::Only03, &path))] {
        let outcome = run(host, &path);
        let stdout = String::from_utf8_lossy(&outcome.stdout);
        assert_eq!(stdout, "first;second;instantiated\nrunning\nfirst;second;second;", "{}", outcome.stderr);
        assert_eq!(outcome.code, Some(0), "on {}: {}", host.name(), outcome.stderr);
    }
}

/// All that a component exports as one instance of the composition's.
#[test]
fn a_whole_component_as_an_export() {
    let text = format!(
        r#"(component {IMPORTS}
  (component $end {})
  (component $program {})
  (instance $end (instantiate $end {WITH}))
  (instance $program (instantiate $program {WITH} (with "first" (func $end "call")) (with "second" (func $end "call"))))
  (export "end" (instance $end))
  (export "wasi:cli/run@0.2.3" (instance $program "wasi:cli/run@0.2.3")))"#,
        link("end;", None),
        program(101 + 1002 + 10003),
    );
    same("exported-whole", &text, "end;instantiated\nrunning\nend;end;");
}

/// One component is instantiated twice: once on its own, once fed by the other instance of it.
#[test]
fn a_component_used_twice() {
    let text = format!(
        r#"(component {IMPORTS}
  (component $end {})
  (component $link {})
  (component $program {})
  (instance $end (instantiate $end {WITH}))
  (instance $one (instantiate $link {WITH} (with "next" (func $end "call"))))
  (instance $two (instantiate $link {WITH} (with "next" (func $one "call"))))
  (instance $program (instantiate $program {WITH}
    (with "first" (func $one "call")) (with "second" (func $two "call"))))
  (alias export $program "wasi:cli/run@0.2.3" (instance $run))
  (export "wasi:cli/run@0.2.3" (instance $run)))"#,
        link("end;", None),
        link("link;", Some("next")),
        program(102 + 1004 + 10007),
    );
    same("twice", &text, "link;end;instantiated\nrunning\nlink;end;link;link;end;");
}

/// Output that another part prints while it is instantiated is out when the program ends, which
/// uses nothing itself.
#[test]
fn output_of_a_part_that_nobody_calls_is_not_lost() {
    let text = format!(
        r#"(component {IMPORTS}
  (component $printer {IMPORTS} {SYS}
    (core module $main {SYS_IMPORTS}
      (data (i32.const 64) "from the start\n")
      (start $start)
      (func $start (call $print (i32.const 64) (i32.const 15)) (call $sleep)))
    (core instance (instantiate $main (with "sys" (instance $sys)))))
  (component $program
    (core module $main (func (export "run") (result i32) (i32.const 0)))
    (core instance $main (instantiate $main))
    {RUN})
  (instance (instantiate $printer {WITH}))
  (instance $program (instantiate $program))
  (export "wasi:cli/run@0.2.3" (instance $program "wasi:cli/run@0.2.3")))"#
    );
    same("start", &text, "from the start\n");
}

/// A program of 0.3, lifted with a callback, calls a part that uses 0.2.
#[test]
fn an_async_program_calls_a_part_that_waits() {
    let text = format!(
        r#"(component {IMPORTS}
  (component $link {})
  (component $program
    (import "call" (func $call (param "n" u32) (result u32)))
    (core func $call (canon lower (func $call)))
    (core func $return (canon task.return (result (result))))
    (core module $main
      (import "" "call" (func $call (param i32) (result i32)))
      (import "" "return" (func $return (param i32)))
      (func $start (drop (call $call (i32.const 0))))
      (start $start)
      (func (export "run") (result i32)
        (drop (call $call (i32.const 0)))
        (i32.const 1))
      (func (export "callback") (param i32 i32 i32) (result i32)
        (if (result i32) (i32.lt_u (call $call (i32.const 0)) (i32.const 5))
          (then (i32.const 1))
          (else (call $return (i32.const 0)) (i32.const 0)))))
    (core instance $main (instantiate $main (with "" (instance
      (export "call" (func $call)) (export "return" (func $return))))))
    (func $run async (result (result))
      (canon lift (core func $main "run") async (callback (core func $main "callback"))))
    (instance $run (export "run" (func $run)))
    (export "wasi:cli/run@0.3.0" (instance $run)))
  (instance $link (instantiate $link {WITH}))
  (instance $program (instantiate $program (with "call" (func $link "call"))))
  (export "wasi:cli/run@0.3.0" (instance $program "wasi:cli/run@0.3.0")))"#,
        link("called;", None)
    );
    let outcome = run(Host::Only03, &wrapped(&component("callback", &text)));
    assert_eq!(String::from_utf8_lossy(&outcome.stdout), "called;".repeat(5), "{}", outcome.stderr);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
}

/// A part exports an interface with a resource, as toolchains do it: through a component that gives
/// the types their names. The constructor, methods and the destructor print; a method sleeps.
const COUNTER: &str = r#"
  (type $counter (resource (rep i32) (dtor (core func $main "drop"))))
  (core func $new (canon resource.new $counter))
  (core instance $later (instantiate $later (with "" (instance (export "new" (func $new)) (export "t" (table $main "t"))))))
  (func $constructor (param "n" u32) (result (own $counter)) (canon lift (core func $main "new")))
  (func $next (param "self" (borrow $counter)) (param "by" u32) (result u32) (canon lift (core func $main "next")))
  (func $total (param "counters" (list (borrow $counter))) (result u32)
    (canon lift (core func $main "total") (memory $mem) (realloc (core func $main "realloc"))))
  (component $shim
    (import "import-type-counter" (type $counter (sub resource)))
    (import "import-constructor-counter" (func $new (param "n" u32) (result (own $counter))))
    (import "import-method-counter-next" (func $next (param "self" (borrow $counter)) (param "by" u32) (result u32)))
    (import "import-func-total" (func $total (param "counters" (list (borrow $counter))) (result u32)))
    (export $exported "counter" (type $counter))
    (export "[constructor]counter" (func $new) (func (param "n" u32) (result (own $exported))))
    (export "[method]counter.next" (func $next) (func (param "self" (borrow $exported)) (param "by" u32) (result u32)))
    (export "total" (func $total) (func (param "counters" (list (borrow $exported))) (result u32))))
  (instance $counters (instantiate $shim
    (with "import-type-counter" (type $counter))
    (with "import-constructor-counter" (func $constructor))
    (with "import-method-counter-next" (func $next))
    (with "import-func-total" (func $total))))
  (export "test:counters/counters@1.0.0" (instance $counters))
"#;

fn counters() -> String {
    format!(
        r#"
  {IMPORTS} {SYS}
  (core module $main {SYS_IMPORTS}
    (type $new (func (param i32) (result i32)))
    (table (export "t") 1 funcref)
    (global $heap (mut i32) (i32.const 1024))
    (data (i32.const 64) "new next total drop ")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $heap)
      (global.set $heap (i32.add (global.get $heap) (i32.const 64))))
    (func (export "new") (param $n i32) (result i32) (local $at i32)
      (call $print (i32.const 64) (i32.const 4))
      (local.set $at (global.get $heap))
      (global.set $heap (i32.add (global.get $heap) (i32.const 8)))
      (i32.store (local.get $at) (local.get $n))
      (call_indirect (type $new) (local.get $at) (i32.const 0)))
    (func (export "next") (param $at i32) (param $by i32) (result i32)
      (call $print (i32.const 68) (i32.const 5))
      (call $sleep)
      (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (local.get $by)))
      (i32.load (local.get $at)))
    (func (export "total") (param $list i32) (param $length i32) (result i32) (local $sum i32)
      (call $sleep)
      (call $print (i32.const 73) (i32.const 6))
      (loop $more
        (local.set $sum (i32.add (local.get $sum) (i32.load (i32.load (local.get $list)))))
        (local.set $list (i32.add (local.get $list) (i32.const 4)))
        (br_if $more (local.tee $length (i32.sub (local.get $length) (i32.const 1)))))
      (local.get $sum))
    (func (export "drop") (param i32)
      (call $print (i32.const 79) (i32.const 5))))
  (core module $later
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "t" (table 1 funcref))
    (elem (i32.const 0) $new))
  (core instance $main (instantiate $main (with "sys" (instance $sys))))
  {COUNTER}"#
    )
}

/// Two counters: 1 + 10 and 2 + 20.
fn counting_program() -> String {
    format!(
        r#"
  {IMPORTS}
  (import "test:counters/counters@1.0.0" (instance $counters
    (export "counter" (type $counter (sub resource)))
    (export "[constructor]counter" (func (param "n" u32) (result (own $counter))))
    (export "[method]counter.next" (func (param "self" (borrow $counter)) (param "by" u32) (result u32)))
    (export "total" (func (param "counters" (list (borrow $counter))) (result u32)))))
  (alias export $counters "counter" (type $counter))
  {SYS}
  (core func $new (canon lower (func $counters "[constructor]counter")))
  (core func $next (canon lower (func $counters "[method]counter.next")))
  (core func $total (canon lower (func $counters "total") (memory $mem)))
  (core func $drop-counter (canon resource.drop $counter))
  (core module $main {SYS_IMPORTS}
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "next" (func $next (param i32 i32) (result i32)))
    (import "" "total" (func $total (param i32 i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (global $one (mut i32) (i32.const 0))
    (data (i32.const 64) "running ")
    (start $start)
    (func $start (global.set $one (call $new (i32.const 1))))
    (func (export "run") (result i32) (local $two i32) (local $sum i32)
      (call $print (i32.const 64) (i32.const 8))
      (local.set $two (call $new (i32.const 2)))
      (drop (call $next (global.get $one) (i32.const 10)))
      (local.set $sum (call $next (local.get $two) (i32.const 20)))
      (i32.store (i32.const 128) (global.get $one))
      (i32.store (i32.const 132) (local.get $two))
      (local.set $sum (i32.add (local.get $sum) (call $total (i32.const 128) (i32.const 2))))
      (call $drop (global.get $one))
      (i32.ne (local.get $sum) (i32.const 55))))
  (core instance $main (instantiate $main (with "sys" (instance $sys)) (with "" (instance
    (export "new" (func $new)) (export "next" (func $next)) (export "total" (func $total))
    (export "drop" (func $drop-counter))))))
  {RUN}"#
    )
}

fn counting() -> String {
    format!(
        r#"(component {IMPORTS}
  (component $counters {})
  (component $program {})
  (instance $counters (instantiate $counters {WITH}))
  (instance $program (instantiate $program {WITH} (with "test:counters/counters@1.0.0"
    (instance $counters "test:counters/counters@1.0.0"))))
  (export "wasi:cli/run@0.2.3" (instance $program "wasi:cli/run@0.2.3")))"#,
        counters(),
        counting_program()
    )
}

#[test]
fn an_interface_with_a_resource() {
    same("counting", &counting(), "new running new next next total drop ");
}

/// A composition that was made by wrapping has the names already that wrapping gives.
#[test]
fn names_that_are_taken_are_avoided() {
    let edits = [
        ("test:counters/counters@1.0.0", "wasi-shim:p2-on-p3/control"),
        ("counter.next", "counter.async-total"),
        ("\"total\"", "\"async-next\""),
    ];
    let text = edited(&counting(), &edits);
    same("names", &text, "new running new next next total drop ");
    let export = r#"(export "async-next" (func $total) (func"#;
    let again =
        r#"(export "async-async-next" (func $total) (func (param "counters" (list (borrow $exported))) (result u32)))"#;
    let doubled = edited(&text, &[(export, &format!("{again} {export}"))]);
    same("doubled", &doubled, "new running new next next total drop ");
}

#[test]
fn what_cannot_wait_between_parts_is_noted() {
    let wrapped = wrap(&counting()).unwrap();
    let about = wrapped.notes.iter().filter(|note| note.code == "W0102");
    let notes: Vec<&str> = about.map(|note| note.text.as_str()).collect();
    let expected = "`test:counters/counters@1.0.0#[constructor]counter` of component `counters` cannot be async: a call \
                    of it by another component that has to wait will trap";
    let dropping = "the destructor of `test:counters/counters@1.0.0#counter` of component `counters` cannot be async: a call \
                    of it by another component that has to wait will trap";
    assert_eq!(notes, [expected, dropping]);
}

/// The wiring has levels, and things have other names inside.
#[test]
fn wiring_with_levels_and_other_names() {
    let rename = [("wasi:cli/stdout@0.2.3", "test:other/output@1.0.0")];
    let (renamed, with) = (edited(&link("inner;", None), &rename), edited(WITH, &rename));
    let text = format!(
        r#"(component {IMPORTS}
  (component $leaf {renamed})
  (component $program {})
  (component $middle {IMPORTS}
    (alias outer 1 $leaf (component $leaf))
    (instance $leaf (instantiate $leaf {with}))
    (export "answer" (func $leaf "call")))
  (instance $middle (instantiate $middle {WITH}))
  (instance $program (instantiate $program {WITH}
    (with "first" (func $middle "answer")) (with "second" (func $middle "answer"))))
  (instance $run (export "run" (func $program "wasi:cli/run@0.2.3" "run")))
  (export "wasi:cli/run@0.2.3" (instance $run)))"#,
        program(101 + 1002 + 10003),
    );
    same("levels", &text, "inner;instantiated\nrunning\ninner;inner;");
}

/// A program as toolchains make it, whose arguments come from another component, which prints and
/// sleeps first.
#[test]
fn a_virtual_interface() {
    let text = format!(
        r#"(component {IMPORTS} {SYS}
  (core module $main {SYS_IMPORTS}
    (data (i32.const 64) "asked;program\00args\00\00\00two words")
    (func $pair (param $at i32) (param $pointer i32) (param $length i32)
      (i32.store (local.get $at) (local.get $pointer))
      (i32.store offset=4 (local.get $at) (local.get $length)))
    (func (export "none") (result i32) (i32.const 512))
    (func (export "arguments") (result i32)
      (call $print (i32.const 64) (i32.const 6))
      (call $sleep)
      (call $pair (i32.const 256) (i32.const 264) (i32.const 3))
      (call $pair (i32.const 264) (i32.const 70) (i32.const 7))
      (call $pair (i32.const 272) (i32.const 78) (i32.const 4))
      (call $pair (i32.const 280) (i32.const 85) (i32.const 9))
      (i32.const 256)))
  (core instance $main (instantiate $main (with "sys" (instance $sys))))
  (func $environment (result (list (tuple string string))) (canon lift (core func $main "none") (memory $mem)))
  (func $arguments (result (list string)) (canon lift (core func $main "arguments") (memory $mem)))
  (instance $virtual (export "get-environment" (func $environment)) (export "get-arguments" (func $arguments)))
  (export "wasi:cli/environment@0.2.12" (instance $virtual)))"#
    );
    let plugged = plug("virtual", &wat::parse_str(text).unwrap(), "std-cli");
    for (host, path) in [(Host::Only02, plugged.clone()), (Host::Only03, wrapped(&plugged))] {
        let outcome = run(host, &path);
        let stdout = String::from_utf8_lossy(&outcome.stdout);
        let said = stdout.trim_start_matches("asked;");
        assert!(stdout.starts_with("asked;"), "on {}: {outcome:?}", host.name());
        assert_eq!(said, "[\"program\", \"args\", \"two words\"]\n", "on {}: {}", host.name(), outcome.stderr);
        assert_eq!(outcome.code, Some(0));
    }
}

/// A fixture whose imports are satisfied by `plug`, composed as `wac plug` does it.
fn plug(name: &str, plug: &[u8], socket: &str) -> PathBuf {
    let mut graph = wac_graph::CompositionGraph::new();
    let [plug, socket] = [("plug", plug), ("socket", &crate::support::fixture_bytes(socket))].map(|(name, bytes)| {
        let package = wac_graph::types::Package::from_bytes(name, None, bytes.to_vec(), graph.types_mut()).unwrap();
        graph.register_package(package).unwrap()
    });
    wac_graph::plug(&mut graph, vec![plug], socket).unwrap();
    let bytes = graph.encode(wac_graph::EncodeOptions::default()).unwrap();
    let path = component(name, "(component)");
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Programs of 0.3 are translated to 0.2, which makes them compositions, and back.
#[test]
fn there_and_back_again() {
    let cases: &[(&str, &[&str], Stdin)] = &[
        ("only-0.3", &[], Stdin::Null),
        ("mixed-sync", &[], Stdin::Null),
        ("mixed", &["both"], Stdin::Null),
        ("mixed", &["timers"], Stdin::Null),
        ("mixed", &["stdin-0.2"], Stdin::Slow(20, &["by ", "pieces"])),
        ("mixed", &["stdin-0.3"], Stdin::Slow(20, &["by ", "pieces"])),
        ("mixed", &["fail"], Stdin::Null),
        ("mixed", &["exit"], Stdin::Null),
        ("mixed", &["files"], Stdin::Null),
    ];
    for (name, args, stdin) in cases {
        let native = match *name {
            "only-0.3" => fixture(name),
            _ => wrapped(&fixture(name)),
        };
        let back = back_again(name);
        let [native, back] = [native, back].map(|path| {
            let dir = tempfile::tempdir().unwrap();
            prepare(dir.path());
            let dirs = [(dir.path().to_path_buf(), "/work")];
            let outcome = run_on(Host::Only03, &path, &dirs, &[], args, *stdin, Stdout::Pipe);
            (outcome, snapshot(dir.path()))
        });
        assert!(matches!(native.0.code, Some(0 | 1)), "{name} {args:?}: {}", native.0.stderr);
        assert_eq!(native, back, "{name} {args:?}");
    }
}

/// A fixture of 0.3 translated to 0.2 and to 0.3 again.
fn back_again(name: &str) -> PathBuf {
    let there = wrapped_for(Host::Only02, &fixture(name));
    let copy = there.with_file_name(format!("{name}-02.wasm"));
    if !copy.exists() {
        std::fs::copy(&there, &copy).unwrap();
    }
    wrapped(&copy)
}

/// A program of 0.2 is wrapped, translated back and wrapped again: the last turn meets all names of
/// the first.
#[test]
fn there_and_back_and_there_again() {
    for (name, args) in [("std-cli", &["cat"][..]), ("composed", &[])] {
        let native = run_on(Host::Only02, &fixture(name), &[], &[], args, Stdin::Pipe("some text"), Stdout::Pipe);
        assert!(!native.stdout.is_empty());
        let mut bytes = crate::support::fixture_bytes(name);
        let hosts = [Host::Only03, Host::Only02].into_iter().cycle();
        for (turn, host) in hosts.enumerate().take(3) {
            let mut options = WrapOptions::default();
            options.to = Some(if host == Host::Only03 { Generation::Wasi03 } else { Generation::Wasi02 });
            bytes = wasi_shim::wrap(&bytes, &options).unwrap_or_else(|error| panic!("{name}, {turn}: {error}")).bytes;
            let path = component(&format!("{name}-turn-{turn}"), "(component)");
            std::fs::write(&path, &bytes).unwrap();
            let seen = run_on(host, &path, &[], &[], args, Stdin::Pipe("some text"), Stdout::Pipe);
            assert_eq!(native, seen, "{name}, turn {turn}");
        }
    }
}

fn wrap(text: &str) -> Result<Wrapped, Error> {
    let mut options = WrapOptions::default();
    options.to = Some(Generation::Wasi03);
    wasi_shim::wrap(&wat::parse_str(text).unwrap(), &options)
}

/// The wrapped composition defines a component once that is instantiated twice in the same way.
#[test]
fn equal_parts_are_defined_once() {
    let text = format!(
        r#"(component {IMPORTS}
  (component $link {})
  (component $program {})
  (instance $one (instantiate $link {WITH}))
  (instance $two (instantiate $link {WITH}))
  (instance $program (instantiate $program {WITH}
    (with "first" (func $one "call")) (with "second" (func $two "call"))))
  (export "wasi:cli/run@0.2.3" (instance $program "wasi:cli/run@0.2.3")))"#,
        link("only once in the file;", None),
        program(101 + 1002 + 10001),
    );
    let bytes = wrap(&text).unwrap().bytes;
    let count = bytes.windows(22).filter(|window| window == b"only once in the file;").count();
    assert_eq!(count, 1);
    let link = "only once in the file;";
    same("equal", &text, &format!("{link}instantiated\nrunning\n{link}{link}"));
}

#[test]
fn what_cannot_be_seen_through_is_named() {
    let leaf = r#"(component $leaf
      (import "f" (func $f)) (core func $f (canon lower (func $f))) (func (export "g") (canon lift (core func $f))))"#;
    let poll = r#"(import "wasi:io/poll@0.2.3" (instance $poll (export "poll" (func))))"#;
    let cases = [
        (
            format!(
                r#"(component {poll} {leaf} (alias export $poll "poll" (func $f))
                (instance (instantiate $leaf (with "f" (func $f)))))"#
            ),
            "wasi:io/poll@0.2.3: only a member",
        ),
        (
            format!(
                r#"(component {poll} {leaf} (import "f" (func $f))
                (component $user (import "both" (instance)) (core module))
                (instance $leaf (instantiate $leaf (with "f" (func $f))))
                (instance $both (export "x" (func $leaf "g")) (export "y" (func $f)))
                (instance (instantiate $user (with "both" (instance $both)))))"#
            ),
            "argument `both` of component `user`: it is an instance that is put together",
        ),
        (
            format!(
                r#"(component {poll} (import "m" (core module $m))
                (component $open (alias outer 1 $m (core module $m)) (core instance (instantiate $m)))
                (instance (instantiate $open)))"#
            ),
            "component `open`: it uses definitions of the component around it",
        ),
        (
            format!(
                r#"(component {poll} (core module $m) (core instance (instantiate $m))
                (component $leaf (import "p" (instance $p (export "poll" (func))))
                  (core func $f (canon lower (func $p "poll"))) (core module $m (import "" "f" (func)))
                  (core instance (instantiate $m (with "" (instance (export "f" (func $f)))))))
                (instance (instantiate $leaf (with "p" (instance $poll)))))"#
            ),
            "wasi:io/poll@0.2.3: the import is passed on to a component nested in one with code",
        ),
        (
            format!(
                r#"(component {poll} {leaf} (import "f" (func $f))
                (instance $leaf (instantiate $leaf (with "f" (func $f))))
                (export "wasi:cli/run@0.2.3" (instance $leaf)))"#
            ),
            "wasi:cli/run@0.2.3: the component that exports the function does not lift it",
        ),
    ];
    for (text, says) in cases {
        let Err(error @ Error::Obstacles(_)) = wrap(&text) else { panic!("not refused: {text}") };
        assert!(error.to_string().contains(says), "{says:?} is not in: {error}");
        assert!(!error.hints().is_empty());
    }
}

/// The same with one turn more: the second translation meets the names of the first. (Not with a
/// large program: wasmtime 48 panics on components of more than 256 core modules.)
#[test]
fn there_and_back_twice() {
    let mut bytes = crate::support::fixture_bytes("hello");
    for to in [Generation::Wasi03, Generation::Wasi02, Generation::Wasi03, Generation::Wasi02] {
        let mut options = WrapOptions::default();
        options.to = Some(to);
        bytes = wasi_shim::wrap(&bytes, &options).unwrap_or_else(|error| panic!("{error}")).bytes;
    }
    let path = component("hello-twice", "(component)");
    std::fs::write(&path, bytes).unwrap();
    let seen = run_on(Host::Only02, &path, &[], &[], &[], Stdin::Null, Stdout::Pipe);
    assert_eq!((seen.code, &seen.stdout[..]), (Some(0), &b"hello\n"[..]), "{}", seen.stderr.len());
}
