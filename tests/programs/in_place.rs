//! Linked towards 0.2, bytes go straight between a program's memory and the host. What else is in
//! that memory stays as it is, wherever they lie: the results of the host's functions need a place
//! there, too.

use crate::support::{engine, pattern};
use wasi_shim::{Generation, WrapOptions};
use wasi_shim_hosts::{Capture, CommandOptions, Input, Outcome, Output, Pace};

/// A program of 0.3 that copies its input to its output, so many bytes at a time, at this address,
/// and traps if any other byte of its memory changes.
fn copies(address: u32, count: u32) -> Vec<u8> {
    let text = format!(
        r#"(component
  (import "wasi:cli/types@0.3.0" (instance $types
    (type $code (enum "io" "illegal-byte-sequence" "pipe"))
    (export "error-code" (type $error-code (eq $code)))))
  (alias export $types "error-code" (type $error-code-t))
  (import "wasi:cli/stdin@0.3.0" (instance $stdin
    (alias outer 1 $error-code-t (type $outer))
    (export "error-code" (type $error-code (eq $outer)))
    (type $result (result (error $error-code)))
    (type $both (tuple (stream u8) (future $result)))
    (export "read-via-stream" (func (result $both)))))
  (import "wasi:cli/stdout@0.3.0" (instance $stdout
    (alias outer 1 $error-code-t (type $outer))
    (export "error-code" (type $error-code (eq $outer)))
    (type $result (result (error $error-code)))
    (export "write-via-stream" (func (param "data" (stream u8)) (result (future $result))))))
  (type $bytes (stream u8))
  (core module $memory (memory (export "memory") 2))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (core module $main
    (import "" "memory" (memory 2))
    (import "" "input" (func $input (param i32)))
    (import "" "output" (func $output (param i32) (result i32)))
    (import "" "new" (func $new (result i64)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (import "" "close" (func $close (param i32)))
    (func $untouched (param $at i32) (param $end i32)
      (loop $next
        (if (i32.lt_u (local.get $at) (local.get $end)) (then
          (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0xaa)) (then unreachable))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))))
    (func (export "run") (result i32)
      (local $in i32) (local $out i32) (local $ends i64) (local $result i32) (local $count i32) (local $done i32)
      (call $input (i32.const 32))
      (local.set $in (i32.load (i32.const 32)))
      (local.set $ends (call $new))
      (drop (call $output (i32.wrap_i64 (local.get $ends))))
      (local.set $out (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
      (loop $more
        (memory.fill (i32.const 0) (i32.const 0xaa) (i32.const 0x20000))
        (local.set $result (call $read (local.get $in) (i32.const {address}) (i32.const {count})))
        (local.set $count (i32.shr_u (local.get $result) (i32.const 4)))
        (call $untouched (i32.const 0) (i32.const {address}))
        (call $untouched (i32.add (i32.const {address}) (local.get $count)) (i32.const 0x20000))
        (local.set $done (i32.const 0))
        (loop $rest
          (if (i32.lt_u (local.get $done) (local.get $count)) (then
            (local.set $done (i32.add (local.get $done) (i32.shr_u (call $write (local.get $out)
              (i32.add (i32.const {address}) (local.get $done)) (i32.sub (local.get $count) (local.get $done)))
              (i32.const 4))))
            (br $rest))))
        (call $untouched (i32.const 0) (i32.const {address}))
        (call $untouched (i32.add (i32.const {address}) (local.get $count)) (i32.const 0x20000))
        (br_if $more (i32.eqz (i32.and (local.get $result) (i32.const 15)))))
      (call $close (local.get $out))
      (i32.const 0)))
  (core func $input (canon lower (func $stdin "read-via-stream") (memory $mem)))
  (core func $output (canon lower (func $stdout "write-via-stream")))
  (core func $new (canon stream.new $bytes))
  (core func $read (canon stream.read $bytes (memory $mem)))
  (core func $write (canon stream.write $bytes (memory $mem)))
  (core func $close (canon stream.drop-writable $bytes))
  (core instance $main (instantiate $main (with "" (instance
    (export "memory" (memory $mem))
    (export "input" (func $input))
    (export "output" (func $output))
    (export "new" (func $new))
    (export "read" (func $read))
    (export "write" (func $write))
    (export "close" (func $close))))))
  (func $run async (result (result)) (canon lift (core func $main "run")))
  (instance $run (export "run" (func $run)))
  (export "wasi:cli/run@0.3.0" (instance $run)))"#
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn what_lies_beside_the_bytes_stays() {
    let paces = [None, Some(Pace { bytes: 777, pause: std::time::Duration::ZERO })];
    for (address, count) in [(0, 65536), (8, 1), (15, 65536), (16, 65536), (17, 3), (65520, 65536), (65536, 65536)] {
        let mut options = WrapOptions::default();
        options.to = Some(Generation::Wasi02);
        let wrapped = wasi_shim::wrap(&copies(address, count), &options).unwrap();
        let program = engine::host(Generation::Wasi02).compile(&wrapped.bytes).unwrap();
        for pace in paces {
            let bytes = pattern(if count < 10 { 50 } else { 200_001 });
            let output = Capture::new();
            let mut options = CommandOptions::default();
            options.stdin = match pace {
                Some(pace) => Input::Slow(bytes.clone(), pace),
                None => Input::Bytes(bytes.clone()),
            };
            options.stdout = Output::Capture(output.clone());
            assert_eq!(program.run(options).unwrap(), Outcome::Exit(0), "{count} bytes at {address}");
            assert!(output.contents() == bytes, "{count} bytes at {address}");
        }
    }
}
