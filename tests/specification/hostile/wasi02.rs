//! A composition of 0.2 with a hostile part, as text.
//!
//! * `T`, the third part: borrows and takes resources of WASI.
//! * `H`, the hostile part: does one thing with a number as a handle.
//! * `V`, the victim: holds one handle of each kind, calls the hostile part, and uses each of them.
//!   It has `attack(phase, holds, act, n, then, m)`, which answers what the act gave, and in the
//!   upper half what it misses.

use std::fmt::Write;

use super::text::{ACTS, Act, MEMORY, Module, acting};

/// The resources, in the order in which a part that holds resources makes them.
pub const KINDS: [&str; 6] = ["pollable", "input-stream", "output-stream", "descriptor", "tcp-socket", "network"];

/// The number that an act gives to lend a resource to another part; the next two give it away, and
/// return it to the caller.
pub const BORROWED: u32 = 1;
pub const TAKEN: u32 = 2;
pub const GIVEN: u32 = 3;

/// The interfaces that all parts import.
const INTERFACES: [&str; 12] = [
    "io/error",
    "io/poll",
    "io/streams",
    "cli/stdin",
    "cli/stdout",
    "clocks/monotonic-clock",
    "filesystem/types",
    "filesystem/preopens",
    "sockets/network",
    "sockets/instance-network",
    "sockets/tcp",
    "sockets/tcp-create-socket",
];

const IMPORTS: &str = r#"
  (import "wasi:io/error@0.2.3" (instance $io/error (export "error" (type (sub resource)))))
  (alias export $io/error "error" (type $error))
  (import "wasi:io/poll@0.2.3" (instance $io/poll (export "pollable" (type $p (sub resource)))
    (export "[method]pollable.ready" (func (param "self" (borrow $p)) (result bool)))
    (export "[method]pollable.block" (func (param "self" (borrow $p))))
    (export "poll" (func (param "in" (list (borrow $p))) (result (list u32))))))
  (alias export $io/poll "pollable" (type $pollable))
  (import "wasi:io/streams@0.2.3" (instance $io/streams
    (alias outer 1 $error (type $e')) (export "error" (type $e (eq $e')))
    (type $failed (variant (case "last-operation-failed" (own $e)) (case "closed"))) (export "stream-error" (type $f (eq $failed)))
    (alias outer 1 $pollable (type $p')) (export "pollable" (type $p (eq $p')))
    (export "input-stream" (type $in (sub resource))) (export "output-stream" (type $out (sub resource)))
    (export "[method]input-stream.read" (func (param "self" (borrow $in)) (param "len" u64) (result (result (list u8) (error $f)))))
    (export "[method]input-stream.blocking-read"
      (func (param "self" (borrow $in)) (param "len" u64) (result (result (list u8) (error $f)))))
    (export "[method]input-stream.skip" (func (param "self" (borrow $in)) (param "len" u64) (result (result u64 (error $f)))))
    (export "[method]input-stream.subscribe" (func (param "self" (borrow $in)) (result (own $p))))
    (export "[method]output-stream.check-write" (func (param "self" (borrow $out)) (result (result u64 (error $f)))))
    (export "[method]output-stream.write" (func (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $f)))))
    (export "[method]output-stream.flush" (func (param "self" (borrow $out)) (result (result (error $f)))))
    (export "[method]output-stream.blocking-flush" (func (param "self" (borrow $out)) (result (result (error $f)))))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $f)))))
    (export "[method]output-stream.splice"
      (func (param "self" (borrow $out)) (param "src" (borrow $in)) (param "len" u64) (result (result u64 (error $f)))))
    (export "[method]output-stream.subscribe" (func (param "self" (borrow $out)) (result (own $p))))))
  (alias export $io/streams "input-stream" (type $input-stream))
  (alias export $io/streams "output-stream" (type $output-stream))
  (import "wasi:cli/stdin@0.2.3" (instance $cli/stdin
    (alias outer 1 $input-stream (type $in')) (export "input-stream" (type $in (eq $in')))
    (export "get-stdin" (func (result (own $in))))))
  (import "wasi:cli/stdout@0.2.3" (instance $cli/stdout
    (alias outer 1 $output-stream (type $out')) (export "output-stream" (type $out (eq $out')))
    (export "get-stdout" (func (result (own $out))))))
  (import "wasi:clocks/monotonic-clock@0.2.3" (instance $clocks/monotonic-clock
    (alias outer 1 $pollable (type $p')) (export "pollable" (type $p (eq $p')))
    (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
  (import "wasi:filesystem/types@0.2.3" (instance $filesystem/types
    (export "descriptor" (type $d (sub resource)))
    (type $kinds (enum "unknown" "block-device" "character-device" "directory" "fifo" "symbolic-link" "regular-file" "socket"))
    (export "descriptor-type" (type $kind (eq $kinds)))
    (type $codes (enum "access" "would-block" "already" "bad-descriptor" "busy" "deadlock" "quota" "exist" "file-too-large"
      "illegal-byte-sequence" "in-progress" "interrupted" "invalid" "io" "is-directory" "loop" "too-many-links" "message-size"
      "name-too-long" "no-device" "no-entry" "no-lock" "insufficient-memory" "insufficient-space" "not-directory" "not-empty"
      "not-recoverable" "unsupported" "no-tty" "no-such-device" "overflow" "not-permitted" "pipe" "read-only" "invalid-seek"
      "text-file-busy" "cross-device"))
    (export "error-code" (type $code (eq $codes)))
    (export "[method]descriptor.get-type" (func (param "self" (borrow $d)) (result (result $kind (error $code)))))
    (export "[method]descriptor.sync" (func (param "self" (borrow $d)) (result (result (error $code)))))
    (export "[method]descriptor.is-same-object" (func (param "self" (borrow $d)) (param "other" (borrow $d)) (result bool)))))
  (alias export $filesystem/types "descriptor" (type $descriptor))
  (import "wasi:filesystem/preopens@0.2.3" (instance $filesystem/preopens
    (alias outer 1 $descriptor (type $d')) (export "descriptor" (type $d (eq $d')))
    (export "get-directories" (func (result (list (tuple (own $d) string)))))))
  (import "wasi:sockets/network@0.2.3" (instance $sockets/network
    (export "network" (type (sub resource)))
    (type $codes (enum "unknown" "access-denied" "not-supported" "invalid-argument" "out-of-memory" "timeout" "concurrency-conflict"
      "not-in-progress" "would-block" "invalid-state" "new-socket-limit" "address-not-bindable" "address-in-use" "remote-unreachable"
      "connection-refused" "connection-reset" "connection-aborted" "datagram-too-large" "name-unresolvable"
      "temporary-resolver-failure" "permanent-resolver-failure"))
    (export "error-code" (type (eq $codes)))
    (type $families (enum "ipv4" "ipv6")) (export "ip-address-family" (type (eq $families)))))
  (alias export $sockets/network "network" (type $network))
  (alias export $sockets/network "error-code" (type $socket-code))
  (alias export $sockets/network "ip-address-family" (type $family))
  (import "wasi:sockets/instance-network@0.2.3" (instance $sockets/instance-network
    (alias outer 1 $network (type $n')) (export "network" (type $n (eq $n')))
    (export "instance-network" (func (result (own $n))))))
  (import "wasi:sockets/tcp@0.2.3" (instance $sockets/tcp (export "tcp-socket" (type $s (sub resource)))
    (export "[method]tcp-socket.is-listening" (func (param "self" (borrow $s)) (result bool)))))
  (alias export $sockets/tcp "tcp-socket" (type $tcp-socket))
  (import "wasi:sockets/tcp-create-socket@0.2.3" (instance $sockets/tcp-create-socket
    (alias outer 1 $tcp-socket (type $s')) (export "tcp-socket" (type $s (eq $s')))
    (alias outer 1 $socket-code (type $c')) (export "error-code" (type $c (eq $c')))
    (alias outer 1 $family (type $f')) (export "ip-address-family" (type $f (eq $f')))
    (export "create-tcp-socket" (func (param "address-family" $f) (result (result (own $s) (error $c)))))))"#;

/// Longer than any test, in nanoseconds.
const LONG: u64 = 1_000_000_000_000_000;

const UNARY: &str = "(param i32) (result i32)";
const DROP: &str = "(param i32)";
const N: &str = "(local.get $n)";

/// How a function of WASI is lowered.
fn lowered(instance: &str, function: &str) -> String {
    format!("(canon lower (func ${instance} \"{function}\") (memory $mem) (realloc $realloc))")
}

/// Acts of functions that the victim calls, and none at all.
pub fn by_calls() -> Vec<String> {
    KINDS.iter().map(|kind| format!("give-{kind}")).chain(["nothing".into()]).collect()
}

/// Everything that the hostile part does in its own function.
pub fn acts() -> Vec<Act> {
    let mut acts = Vec::new();
    for kind in KINDS {
        acts.push(Act::new(&format!("drop-{kind}"), &format!("(canon resource.drop ${kind})"), DROP, N));
        for how in ["borrow", "take"] {
            acts.push(Act::new(
                &format!("{how}-{kind}"),
                &format!("(canon lower (func $t \"{how}-{kind}\"))"),
                UNARY,
                N,
            ));
        }
    }
    let mut method = |name: &str, ty, arguments: &str| {
        let (instance, function) = match name.split('.').next() {
            Some("pollable") => ("io/poll", format!("[method]{name}")),
            Some("descriptor") => ("filesystem/types", format!("[method]{name}")),
            Some("tcp-socket") => ("sockets/tcp", format!("[method]{name}")),
            _ => ("io/streams", format!("[method]{name}")),
        };
        acts.push(Act::new(name, &lowered(instance, &function), ty, arguments).with_result());
    };
    const RESULT: &str = "(local.get $n) (i32.const 512)";
    const LEN: &str = "(local.get $n) (i64.const 0) (i32.const 512)";
    const NOTHING: &str = "(local.get $n) (i32.const 1024) (i32.const 0) (i32.const 512)";
    method("pollable.ready", UNARY, N);
    method("pollable.block", DROP, N);
    for name in ["read", "blocking-read", "skip"] {
        method(&format!("input-stream.{name}"), "(param i32 i64 i32)", LEN);
    }
    method("input-stream.subscribe", UNARY, N);
    for name in ["check-write", "flush", "blocking-flush"] {
        method(&format!("output-stream.{name}"), "(param i32 i32)", RESULT);
    }
    for name in ["write", "blocking-write-and-flush"] {
        method(&format!("output-stream.{name}"), "(param i32 i32 i32 i32)", NOTHING);
    }
    method("output-stream.subscribe", UNARY, N);
    method(
        "output-stream.splice",
        "(param i32 i32 i64 i32)",
        "(local.get $n) (global.get $in) (i64.const 0) (i32.const 512)",
    );
    method("descriptor.get-type", "(param i32 i32)", RESULT);
    method("descriptor.sync", "(param i32 i32)", RESULT);
    method("descriptor.is-same-object", "(param i32 i32) (result i32)", "(local.get $n) (local.get $n)");
    method("tcp-socket.is-listening", UNARY, N);
    let splice = lowered("io/streams", "[method]output-stream.splice");
    let into = "(global.get $out) (local.get $n) (i64.const 0) (i32.const 512)";
    acts.push(Act::new("splice input-stream", &splice, "(param i32 i32 i64 i32)", into).with_result());
    // A list of one.
    let poll = Act::new(
        "poll",
        &lowered("io/poll", "poll"),
        "(param i32 i32 i32)",
        "(call $list (local.get $n)) (i32.const 1) (i32.const 512)",
    );
    acts.push(poll);
    acts
}

/// Text that makes one of each kind, and leaves the handle; the pollable is of a timer.
fn makers(module: &mut Module) -> [&'static str; 6] {
    module.functions(&[
        ("timer", &lowered("clocks/monotonic-clock", "subscribe-duration"), "(param i64) (result i32)"),
        ("stdin", &lowered("cli/stdin", "get-stdin"), "(result i32)"),
        ("stdout", &lowered("cli/stdout", "get-stdout"), "(result i32)"),
        ("directories", &lowered("filesystem/preopens", "get-directories"), "(param i32)"),
        ("socket", &lowered("sockets/tcp-create-socket", "create-tcp-socket"), "(param i32 i32)"),
        ("instance-network", &lowered("sockets/instance-network", "instance-network"), "(result i32)"),
    ]);
    [
        "(call $timer (global.get $when))",
        "(call $stdin)",
        "(call $stdout)",
        "(call $directories (i32.const 640)) (i32.load (i32.load (i32.const 640)))",
        "(call $socket (i32.const 0) (i32.const 640)) (i32.load (i32.const 644))",
        "(call $instance-network)",
    ]
}

fn third() -> String {
    let mut module = Module::default();
    let (mut body, mut lifts) = (String::new(), String::new());
    for kind in KINDS {
        module.function(&format!("drop-{kind}"), &format!("(canon resource.drop ${kind})"), DROP);
        for (how, own, gives) in [("borrow", "borrow", BORROWED), ("take", "own", TAKEN)] {
            // A handle is dropped, whether it was lent or given.
            writeln!(
                body,
                r#"(func (export "{how}-{kind}") (param i32) (result i32) (call $drop-{kind} (local.get 0)) (i32.const {gives}))"#
            )
            .unwrap();
            writeln!(
                lifts,
                r#"(func (export "{how}-{kind}") (param "x" ({own} ${kind})) (result u32) (canon lift (core func $main "{how}-{kind}")))"#
            )
            .unwrap();
        }
    }
    format!("(component $T {IMPORTS} {MEMORY} {} {lifts})", module.text(&body))
}

fn hostile() -> String {
    let (mut third, mut lifts) = (String::new(), String::new());
    for kind in KINDS {
        write!(third, "(alias outer 1 ${kind} (type ${kind}))").unwrap();
        for (how, own) in [("borrow", "borrow"), ("take", "own")] {
            write!(third, r#"(export "{how}-{kind}" (func (param "x" ({own} ${kind})) (result u32)))"#).unwrap();
        }
        writeln!(lifts, r#"(func (export "give-{kind}") (param "n" u32) (result (own ${kind})) (canon lift (core func $main "give")))"#)
            .unwrap();
    }
    let mut module = Module::default();
    let acts = acting(&mut module, &acts());
    let [timer, stdin, stdout, directory, socket, network] = makers(&mut module);
    let body = format!(
        r#"(global $when i64 (i64.const {LONG})) (global $in (mut i32) (i32.const 0)) (global $out (mut i32) (i32.const 0))
      (func $list (param i32) (result i32) (i32.store (i32.const 768) (local.get 0)) (i32.const 768))
      {acts}
      (func (export "equip") (param $holds i32)
        (if (i32.eqz (local.get $holds)) (then (return)))
        (drop {timer}) (global.set $in {stdin}) (global.set $out {stdout})
        {directory} drop {socket} drop (drop {network}))
      (func (export "give") (param i32) (result i32) (local.get 0))"#
    );
    format!(
        r#"(component $H {IMPORTS} (import "t" (instance $t {third})) {MEMORY} {}
        (func (export "equip") (param "holds" u32) (canon lift (core func $main "equip")))
        (func (export "act") (param "act" u32) (param "n" u32) (result u32) (canon lift (core func $main "act")))
        {lifts})"#,
        module.text(&body)
    )
}

fn victim() -> String {
    let mut module = Module::default();
    let [timer, stdin, stdout, directory, socket, network] = makers(&mut module);
    let mut hostile = String::from(
        r#"(export "equip" (func (param "holds" u32))) (export "act" (func (param "act" u32) (param "n" u32) (result u32)))"#,
    );
    let (mut by_calls, mut drops) = (String::new(), String::new());
    let first = acts().len();
    for (at, kind) in KINDS.iter().enumerate() {
        write!(hostile, r#"(alias outer 1 ${kind} (type ${kind})) (export "give-{kind}" (func (param "n" u32) (result (own ${kind}))))"#)
            .unwrap();
        module.function(&format!("drop-{kind}"), &format!("(canon resource.drop ${kind})"), DROP);
        module.function(&format!("give-{kind}"), &format!("(canon lower (func $h \"give-{kind}\"))"), UNARY);
        let act = first + at;
        writeln!(
            by_calls,
            "(if (i32.eq (local.get $act) (i32.const {act})) (then (call $drop-{kind} (call $give-{kind} (local.get $n))) (return (i32.const {GIVEN}))))"
        )
        .unwrap();
        writeln!(drops, "(call $drop-{kind} (global.get ${kind}))").unwrap();
    }
    writeln!(
        by_calls,
        "(if (i32.eq (local.get $act) (i32.const {})) (then (return (i32.const 0))))",
        first + KINDS.len()
    )
    .unwrap();
    module.functions(&[
        ("equip", "(canon lower (func $h \"equip\"))", "(param i32)"),
        ("act", "(canon lower (func $h \"act\"))", "(param i32 i32) (result i32)"),
        ("ready", &lowered("io/poll", "[method]pollable.ready"), UNARY),
        ("block", &lowered("io/poll", "[method]pollable.block"), DROP),
        ("poll", &lowered("io/poll", "poll"), "(param i32 i32 i32)"),
        ("read", &lowered("io/streams", "[method]input-stream.blocking-read"), "(param i32 i64 i32)"),
        ("subscribe", &lowered("io/streams", "[method]input-stream.subscribe"), UNARY),
        ("write", &lowered("io/streams", "[method]output-stream.blocking-write-and-flush"), "(param i32 i32 i32 i32)"),
        ("type", &lowered("filesystem/types", "[method]descriptor.get-type"), "(param i32 i32)"),
        ("listening", &lowered("sockets/tcp", "[method]tcp-socket.is-listening"), UNARY),
    ]);
    let globals: String = KINDS.iter().map(|kind| format!("(global ${kind} (mut i32) (i32.const 0))")).collect();
    let body = format!(
        r#"{globals} (global $when i64 (i64.const 0)) (global $later (mut i32) (i32.const 0)) (global $child (mut i32) (i32.const 0)) (global $lost (mut i32) (i32.const 0))
      (func $expect (param $is i32) (param $bit i32)
        (if (i32.eqz (local.get $is)) (then (global.set $lost (i32.or (global.get $lost) (local.get $bit))))))
      (func $attack (param $act i32) (param $n i32) (result i32) {by_calls} (call $act (local.get $act) (local.get $n)))
      {ACTS}
      (func $reads (param $byte i32) (param $bit i32)
        (call $read (global.get $input-stream) (i64.const 1) (i32.const 512))
        (call $expect (i32.and
          (i32.and (i32.eqz (i32.load8_u (i32.const 512))) (i32.eq (i32.load offset=8 (i32.const 512)) (i32.const 1)))
          (i32.eq (i32.load8_u (i32.load offset=4 (i32.const 512))) (local.get $byte))) (local.get $bit)))
      (func (export "attack") (param $phase i32) (param $holds i32) (param $act i32) (param $n i32) (param $then i32) (param $m i32)
        (result i64) (local $got i32)
        (global.set $pollable {timer}) (global.set $input-stream {stdin}) (global.set $output-stream {stdout})
        {directory} global.set $descriptor {socket} global.set $tcp-socket (global.set $network {network})
        (global.set $later (call $timer (i64.const {LONG})))
        (call $equip (local.get $holds))
        (if (i32.eq (local.get $phase) (i32.const 0)) (then (local.set $got (call $acts (local.get $act) (local.get $n) (local.get $then) (local.get $m)))))
        (call $block (global.get $pollable))
        (call $reads (i32.const 97) (i32.const 1))
        (global.set $child (call $subscribe (global.get $input-stream)))
        (if (i32.eq (local.get $phase) (i32.const 1)) (then (local.set $got (call $acts (local.get $act) (local.get $n) (local.get $then) (local.get $m)))))
        (call $block (global.get $child)) (call $drop-pollable (global.get $child))
        (call $reads (i32.const 98) (i32.const 2))
        (if (i32.eq (local.get $phase) (i32.const 2)) (then (local.set $got (call $acts (local.get $act) (local.get $n) (local.get $then) (local.get $m)))))
        (call $reads (i32.const 99) (i32.const 4))
        (call $expect (call $ready (global.get $pollable)) (i32.const 8))
        (call $expect (i32.eqz (call $ready (global.get $later))) (i32.const 16))
        (i32.store (i32.const 768) (global.get $later)) (i32.store (i32.const 772) (global.get $pollable))
        (call $poll (i32.const 768) (i32.const 2) (i32.const 512))
        (call $expect (i32.and (i32.eq (i32.load offset=4 (i32.const 512)) (i32.const 1))
          (i32.eq (i32.load (i32.load (i32.const 512))) (i32.const 1))) (i32.const 32))
        (call $write (global.get $output-stream) (i32.const 768) (i32.const 1) (i32.const 512))
        (call $expect (i32.eqz (i32.load8_u (i32.const 512))) (i32.const 64))
        (call $type (global.get $descriptor) (i32.const 512))
        (call $expect (i32.and (i32.eqz (i32.load8_u (i32.const 512))) (i32.eq (i32.load8_u offset=1 (i32.const 512)) (i32.const 3)))
          (i32.const 128))
        (call $expect (i32.eqz (call $listening (global.get $tcp-socket))) (i32.const 256))
        (call $drop-pollable (global.get $later))
        {drops}
        (i64.or (i64.extend_i32_u (local.get $got)) (i64.shl (i64.extend_i32_u (global.get $lost)) (i64.const 32))))"#
    );
    format!(
        r#"(component $V {IMPORTS} (import "h" (instance $h {hostile})) {MEMORY} {}
        (func (export "attack") (param "phase" u32) (param "holds" u32) (param "act" u32) (param "n" u32) (param "then" u32) (param "m" u32)
          (result u64)
          (canon lift (core func $main "attack"))))"#,
        module.text(&body)
    )
}

/// The composition.
pub fn composition() -> String {
    let with: String =
        INTERFACES.iter().map(|name| format!(r#"(with "wasi:{name}@0.2.3" (instance ${name}))"#)).collect();
    format!(
        r#"(component {IMPORTS} {} {} {}
        (instance $t (instantiate $T {with}))
        (instance $h (instantiate $H {with} (with "t" (instance $t))))
        (instance $v (instantiate $V {with} (with "h" (instance $h))))
        (export "attack" (func $v "attack")))"#,
        third(),
        hostile(),
        victim()
    )
}
