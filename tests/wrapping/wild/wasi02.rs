//! Guests of 0.2 on a host of 0.3.

use wasi_shim::Generation;

use super::{compare, guest};

/// Calls of each function.
const CALLS: u64 = 10;

/// Prepares handles of several types (from 1 on), does what its argument says, and looks whether
/// the rest still works.
const MAIN: &str = r#"
  (func (export "wasi:cli/run@0.2.12#run") (result i32) (local $live i32)
    (drop (call $stdout)) (drop (call $stderr)) (drop (call $stdin))
    (local.set $live (call $timer (i64.const 0)))
    (drop (call $fields))
    (call $directories (i32.const 0x3100))
    (drop (call $network))
    (call $tcp (i32.const 0) (i32.const 0x3100))
    (call $udp (i32.const 0) (i32.const 0x3100))
    (drop (call $request (call $fields)))
    (drop (call $request-options))
    (drop (call $response (call $fields)))
    (call $drop-pollable (call $timer (i64.const 0)))
    (call $arguments (i32.const 0x3100))
    (call $attack-as (i32.add (i32.load (i32.const 0x3100)) (i32.const 8)))
    (call $write (call $stdout) (i32.const 0x3000) (i32.const 3) (i32.const 0x3100))
    (i32.or (i32.load8_u (i32.const 0x3100)) (i32.eqz (call $ready (local.get $live)))))
"#;

/// The functions that the guest itself calls.
const NAMED: &[(&str, &str, &str)] = &[
    ("$stdout", "wasi:cli/stdout@0.2.12", "get-stdout"),
    ("$stderr", "wasi:cli/stderr@0.2.12", "get-stderr"),
    ("$stdin", "wasi:cli/stdin@0.2.12", "get-stdin"),
    ("$timer", "wasi:clocks/monotonic-clock@0.2.12", "subscribe-duration"),
    ("$fields", "wasi:http/types@0.2.12", "[constructor]fields"),
    ("$network", "wasi:sockets/instance-network@0.2.12", "instance-network"),
    ("$tcp", "wasi:sockets/tcp-create-socket@0.2.12", "create-tcp-socket"),
    ("$udp", "wasi:sockets/udp-create-socket@0.2.12", "create-udp-socket"),
    ("$request", "wasi:http/types@0.2.12", "[constructor]outgoing-request"),
    ("$request-options", "wasi:http/types@0.2.12", "[constructor]request-options"),
    ("$response", "wasi:http/types@0.2.12", "[constructor]outgoing-response"),
    ("$directories", "wasi:filesystem/preopens@0.2.12", "get-directories"),
    ("$arguments", "wasi:cli/environment@0.2.12", "get-arguments"),
    ("$write", "wasi:io/streams@0.2.12", "[method]output-stream.blocking-write-and-flush"),
    ("$ready", "wasi:io/poll@0.2.12", "[method]pollable.ready"),
    ("$drop-pollable", "wasi:io/poll@0.2.12", "[resource-drop]pollable"),
];

/// The resources that the guest has, by their handles from 1 on. The one behind the last was
/// dropped.
const LIVE: &[&str] = &[
    "output-stream",
    "output-stream",
    "input-stream",
    "pollable",
    "fields",
    "descriptor",
    "network",
    "tcp-socket",
    "udp-socket",
    "outgoing-request",
    "request-options",
    "outgoing-response",
];

#[test]
fn what_is_passed_is_checked_as_between_components() {
    let exported = ["wasi:cli/run", "wasi:http/incoming-handler"];
    let guest = guest(Generation::Wasi02, MAIN, NAMED, &exported, |_, _, _| Vec::new(), Vec::new());
    compare(&guest, Generation::Wasi03, CALLS, |random, import| {
        vec![(import, random.words(&guest.imports[import], LIVE, LIVE.len() + 3))]
    });
}
