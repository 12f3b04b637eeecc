//! Datagrams by each kind of lowering, from buffers and to buffers at odd addresses: a program in
//! text that sends itself datagrams of many sizes, takes them, and looks at each byte of them and
//! beside them.

use std::path::PathBuf;

use crate::support::Host;
use crate::support::case::Case;

/// Imports, and calls with the socket in `$socket`, the port to send to in `$port`, and the result
/// at 256.
const SYNC: [&str; 2] = [
    r#"
    (import "" "send" (func $send! (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
    (import "" "receive" (func $receive! (param i32 i32)))"#,
    r#"
    (func $send (param $at i32) (param $len i32)
      (call $send! (global.get $socket) (local.get $at) (local.get $len) (i32.const 1) (i32.const 0) (global.get $port)
        (i32.const 127) (i32.const 0) (i32.const 0) (i32.const 1)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 256)))
    (func $receive (call $receive! (global.get $socket) (i32.const 256)))"#,
];

const ASYNC: [&str; 2] = [
    r#"
    (import "" "send" (func $send! (param i32 i32) (result i32)))
    (import "" "receive" (func $receive! (param i32 i32) (result i32)))"#,
    r#"
    (func $send (param $at i32) (param $len i32)
      (i32.store (i32.const 512) (global.get $socket))
      (i32.store (i32.const 516) (local.get $at))
      (i32.store (i32.const 520) (local.get $len))
      (i32.store (i32.const 524) (i32.const 1))
      (i32.store (i32.const 528) (i32.const 0))
      (i32.store16 (i32.const 532) (global.get $port))
      (i32.store (i32.const 534) (i32.const 0x0100007f))
      (call $await (call $send! (i32.const 512) (i32.const 256))))
    (func $receive (call $await (call $receive! (global.get $socket) (i32.const 256))))
    (func $await (param $state i32)
      (local $set i32) (local $subtask i32)
      (if (i32.ne (local.get $state) (i32.const 2)) (then
        (local.set $subtask (i32.shr_u (local.get $state) (i32.const 4)))
        (local.set $set (call $set.new))
        (call $join (local.get $subtask) (local.get $set))
        (block $returned (loop $again
          (drop (call $set.wait (local.get $set) (i32.const 768)))
          (br_if $returned (i32.eq (i32.load (i32.const 772)) (i32.const 2)))
          (br $again)))
        (call $subtask.drop (local.get $subtask))
        (call $set.drop (local.get $set)))))"#,
];

/// The program, written to a file.
fn program(name: &str, lowering: &str, [imports, calls]: [&str; 2]) -> Case {
    let text = format!(
        r#"(component
          (import "wasi:sockets/types@0.3.0" (instance $sockets
            (export "udp-socket" (type $udp (sub resource)))
            (type $v4 (record (field "port" u16) (field "address" (tuple u8 u8 u8 u8))))
            (export "ipv4-socket-address" (type $ipv4 (eq $v4)))
            (type $v6 (record (field "port" u16) (field "flow-info" u32)
              (field "address" (tuple u16 u16 u16 u16 u16 u16 u16 u16)) (field "scope-id" u32)))
            (export "ipv6-socket-address" (type $ipv6 (eq $v6)))
            (type $any (variant (case "ipv4" $ipv4) (case "ipv6" $ipv6)))
            (export "ip-socket-address" (type $address (eq $any)))
            (type $families (enum "ipv4" "ipv6"))
            (export "ip-address-family" (type $family (eq $families)))
            (type $codes (variant (case "access-denied") (case "not-supported") (case "invalid-argument")
              (case "out-of-memory") (case "timeout") (case "invalid-state") (case "address-not-bindable")
              (case "address-in-use") (case "remote-unreachable") (case "connection-refused") (case "connection-broken")
              (case "connection-reset") (case "connection-aborted") (case "datagram-too-large")
              (case "other" (option string))))
            (export "error-code" (type $error (eq $codes)))
            (export "[static]udp-socket.create" (func (param "address-family" $family)
              (result (result (own $udp) (error $error)))))
            (export "[method]udp-socket.bind" (func (param "self" (borrow $udp)) (param "local-address" $address)
              (result (result (error $error)))))
            (export "[method]udp-socket.get-local-address" (func (param "self" (borrow $udp))
              (result (result $address (error $error)))))
            (export "[method]udp-socket.send" (func async (param "self" (borrow $udp)) (param "data" (list u8))
              (param "remote-address" (option $address)) (result (result (error $error)))))
            (export "[method]udp-socket.receive" (func async (param "self" (borrow $udp))
              (result (result (tuple (list u8) $address) (error $error)))))))
          ;; Its `realloc` hands out addresses as odd as they may be.
          (core module $memory
            (memory (export "memory") 4)
            (global $next (mut i32) (i32.const 65537))
            (func (export "realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
              (local $at i32)
              (local.set $at (i32.and
                (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
                (i32.sub (i32.const 0) (local.get $align))))
              (global.set $next (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 3)))
              (local.get $at)))
          (core instance $memory (instantiate $memory))
          (alias core export $memory "memory" (core memory $m))
          (alias core export $memory "realloc" (core func $realloc))
          (core func $create (canon lower (func $sockets "[static]udp-socket.create") (memory $m) (realloc $realloc)))
          (core func $bind (canon lower (func $sockets "[method]udp-socket.bind") (memory $m) (realloc $realloc)))
          (core func $local (canon lower (func $sockets "[method]udp-socket.get-local-address")
            (memory $m) (realloc $realloc)))
          (core func $send (canon lower (func $sockets "[method]udp-socket.send")
            {lowering} (memory $m) (realloc $realloc)))
          (core func $receive (canon lower (func $sockets "[method]udp-socket.receive")
            {lowering} (memory $m) (realloc $realloc)))
          (core func $set.new (canon waitable-set.new))
          (core func $set.wait (canon waitable-set.wait (memory $m)))
          (core func $set.drop (canon waitable-set.drop))
          (core func $join (canon waitable.join))
          (core func $subtask.drop (canon subtask.drop))
          (core module $program
            (import "" "memory" (memory 1))
            (import "" "create" (func $create (param i32 i32)))
            (import "" "bind" (func $bind
              (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
            (import "" "local" (func $local (param i32 i32)))
            (import "" "set.new" (func $set.new (result i32)))
            (import "" "set.wait" (func $set.wait (param i32 i32) (result i32)))
            (import "" "set.drop" (func $set.drop (param i32)))
            (import "" "join" (func $join (param i32 i32)))
            (import "" "subtask.drop" (func $subtask.drop (param i32)))
            {imports}
            (global $socket (mut i32) (i32.const 0))
            (global $port (mut i32) (i32.const 0))
            {calls}
            (func $is (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then (unreachable))))
            ;; Byte `$index` of a datagram of `$len` bytes; never 0.
            (func $byte (param $index i32) (param $len i32) (result i32)
              (i32.add (i32.const 1) (i32.rem_u
                (i32.add (i32.mul (local.get $index) (i32.const 7)) (local.get $len)) (i32.const 251))))
            (func $round (param $at i32) (param $len i32)
              (local $index i32)
              (block $filled (loop $fill
                (br_if $filled (i32.eq (local.get $index) (local.get $len)))
                (i32.store8 (i32.add (local.get $at) (local.get $index))
                  (call $byte (local.get $index) (local.get $len)))
                (local.set $index (i32.add (local.get $index) (i32.const 1)))
                (br $fill)))
              (i32.store8 (i32.const 256) (i32.const 9))
              (call $send (local.get $at) (local.get $len))
              (call $is (i32.load8_u (i32.const 256)) (i32.const 0))
              ;; The bytes before the result stay as they are.
              (i64.store (i32.const 232) (i64.const 0x1122334455667788))
              (i64.store (i32.const 240) (i64.const 0x99aabbccddeeff00))
              (i64.store (i32.const 248) (i64.const 0x0123456789abcdef))
              (call $receive)
              (call $is (i64.eq (i64.load (i32.const 232)) (i64.const 0x1122334455667788)) (i32.const 1))
              (call $is (i64.eq (i64.load (i32.const 240)) (i64.const 0x99aabbccddeeff00)) (i32.const 1))
              (call $is (i64.eq (i64.load (i32.const 248)) (i64.const 0x0123456789abcdef)) (i32.const 1))
              (call $is (i32.load8_u (i32.const 256)) (i32.const 0))
              (call $is (i32.load (i32.const 264)) (local.get $len))
              (call $is (i32.load8_u (i32.const 268)) (i32.const 0))
              (call $is (i32.load16_u (i32.const 272)) (global.get $port))
              (call $is (i32.load (i32.const 274)) (i32.const 0x0100007f))
              (local.set $at (i32.load (i32.const 260)))
              (local.set $index (i32.const 0))
              (block $compared (loop $compare
                (br_if $compared (i32.eq (local.get $index) (local.get $len)))
                (call $is (i32.load8_u (i32.add (local.get $at) (local.get $index)))
                  (call $byte (local.get $index) (local.get $len)))
                (local.set $index (i32.add (local.get $index) (i32.const 1)))
                (br $compare)))
              (if (local.get $len) (then
                (call $is (i32.load8_u (i32.sub (local.get $at) (i32.const 1))) (i32.const 0))
                (call $is (i32.load8_u (i32.add (local.get $at) (local.get $len))) (i32.const 0)))))
            (func (export "run") (result i32)
              (local $len i32)
              (call $create (i32.const 0) (i32.const 256))
              (call $is (i32.load8_u (i32.const 256)) (i32.const 0))
              (global.set $socket (i32.load (i32.const 260)))
              (call $bind (global.get $socket) (i32.const 0) (i32.const 0)
                (i32.const 127) (i32.const 0) (i32.const 0) (i32.const 1)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 256))
              (call $is (i32.load8_u (i32.const 256)) (i32.const 0))
              (call $local (global.get $socket) (i32.const 256))
              (call $is (i32.load8_u (i32.const 256)) (i32.const 0))
              (global.set $port (i32.load16_u (i32.const 264)))
              (loop $sizes
                (call $round (i32.add (i32.const 4096) (i32.rem_u (local.get $len) (i32.const 67))) (local.get $len))
                (local.set $len (i32.add (local.get $len) (i32.const 1)))
                (br_if $sizes (i32.lt_u (local.get $len) (i32.const 300))))
              (call $round (i32.const 4099) (i32.const 9001))
              (i32.const 0)))
          (core instance $program (instantiate $program (with "" (instance
            (export "memory" (memory $m))
            (export "create" (func $create)) (export "bind" (func $bind)) (export "local" (func $local))
            (export "send" (func $send)) (export "receive" (func $receive))
            (export "set.new" (func $set.new)) (export "set.wait" (func $set.wait)) (export "set.drop" (func $set.drop))
            (export "join" (func $join)) (export "subtask.drop" (func $subtask.drop))))))
          (func $run async (result (result)) (canon lift (core func $program "run")))
          (instance $exported (export "run" (func $run)))
          (export "wasi:cli/run@0.3.0" (instance $exported)))"#
    );
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("datagrams-{name}.wasm"));
    std::fs::write(&path, wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))).unwrap();
    Case::of(Host::Only03, &path, &[]).network()
}

#[test]
fn datagrams_pass_functions_lowered_synchronously() {
    program("sync", "", SYNC).holds(&[Host::Only02]);
}

#[test]
fn datagrams_pass_functions_lowered_asynchronously() {
    program("async", "async", ASYNC).holds(&[Host::Only02]);
}
