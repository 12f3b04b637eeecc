//! Backpressure: calls by another part of a composition begin only when the callee lets them,
//! natively and translated.

use crate::support::both::{natively, run_translated};

const CLOCK: &str = r#"(import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
    (export "wait-for" (func async (param "how-long" u64)))))"#;

const MEMORY: &str = r#"
    (core module $mem
      (memory (export "mem") 1)
      (global $next (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (i32.const 64)))))
    (core instance $mem (instantiate $mem))
    (alias core export $mem "mem" (core memory $memory))
    (core func $set.new (canon waitable-set.new)) (core func $set.drop (canon waitable-set.drop))
    (core func $join (canon waitable.join)) (core func $subtask.drop (canon subtask.drop))"#;

/// `hold` keeps others out for a while; `sum` traps if it gets in nevertheless. Its result is the
/// sum of its parameters, of the first byte and the length of the text, and of 1000 for each call
/// of it so far.
const CALLEE: &str = r#"
    (core func $wait-for (canon lower (func $clock "wait-for") async))
    (core func $inc (canon backpressure.inc)) (core func $dec (canon backpressure.dec))
    (core func $return (canon task.return)) (core func $return-sum (canon task.return (result f64)))
    (core module $main
      (import "" "mem" (memory 1))
      (import "" "wait-for" (func $wait-for (param i64) (result i32)))
      (import "" "inc" (func $inc)) (import "" "dec" (func $dec))
      (import "" "return" (func $return)) (import "" "return-sum" (func $return-sum (param f64)))
      (import "" "set.new" (func $set.new (result i32))) (import "" "set.drop" (func $set.drop (param i32)))
      (import "" "join" (func $join (param i32 i32))) (import "" "subtask.drop" (func $subtask.drop (param i32)))
      (global $busy (mut i32) (i32.const 0))
      (global $count (mut i32) (i32.const 0))
      (global $set (mut i32) (i32.const 0))
      (func (export "hold") (result i32)
        (call $inc) (call $inc) (call $dec)
        (global.set $busy (i32.const 1))
        (global.set $set (call $set.new))
        (call $join (i32.shr_u (call $wait-for (i64.const 20000000)) (i32.const 4)) (global.get $set))
        (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
      (func (export "held") (param i32 i32 i32) (result i32)
        (call $subtask.drop (local.get 1)) (call $set.drop (global.get $set))
        (global.set $busy (i32.const 0))
        (call $dec) (call $return) (i32.const 0))
      (func (export "sum") (param i32 i64 f32 f64 i32 i32) (result i32)
        (if (global.get $busy) (then unreachable))
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (call $return-sum
          (f64.add (f64.add (f64.convert_i32_u (local.get 0)) (f64.convert_i64_u (local.get 1)))
          (f64.add (f64.add (f64.promote_f32 (local.get 2)) (local.get 3))
          (f64.convert_i32_u (i32.add (i32.add (i32.load8_u (local.get 4)) (local.get 5))
            (i32.mul (i32.const 1000) (global.get $count)))))))
        (i32.const 0))
      (func (export "never") (param i32 i32 i32) (result i32) unreachable))
    (core instance $main (instantiate $main (with "" (instance
      (export "mem" (memory $mem "mem")) (export "wait-for" (func $wait-for)) (export "inc" (func $inc))
      (export "dec" (func $dec)) (export "return" (func $return)) (export "return-sum" (func $return-sum))
      (export "set.new" (func $set.new)) (export "set.drop" (func $set.drop)) (export "join" (func $join))
      (export "subtask.drop" (func $subtask.drop))))))
    (func $hold async (canon lift (core func $main "hold") async (callback (core func $main "held"))))
    (func $sum async (param "a" u32) (param "b" u64) (param "c" f32) (param "d" f64) (param "e" string) (result f64)
      (canon lift (core func $main "sum") async (callback (core func $main "never")) (memory $memory)
        (realloc (core func $mem "realloc"))))
    (instance $gate (export "hold" (func $hold)) (export "sum" (func $sum)))
    (export "test:backpressure/gate" (instance $gate))"#;

/// Runs `body`: `$set` is a set. The parameters of `sum` are at 96; what they add up to is in
/// `$sums`.
fn caller(body: &str) -> String {
    format!(
        r#"
    (import "gate" (instance $gate (export "hold" (func async))
      (export "sum" (func async (param "a" u32) (param "b" u64) (param "c" f32) (param "d" f64) (param "e" string)
        (result f64)))))
    {MEMORY}
    (core func $hold (canon lower (func $gate "hold") async))
    (core func $sum (canon lower (func $gate "sum") async (memory $memory)))
    (core func $wait (canon waitable-set.wait (memory $memory)))
    (core func $cancel (canon subtask.cancel))
    (core module $main
      (import "" "mem" (memory 1))
      (import "" "hold" (func $hold (result i32))) (import "" "sum" (func $sum (param i32 i32) (result i32)))
      (import "" "wait" (func $wait (param i32 i32) (result i32))) (import "" "cancel" (func $cancel (param i32) (result i32)))
      (import "" "set.new" (func $set.new (result i32))) (import "" "set.drop" (func $set.drop (param i32)))
      (import "" "join" (func $join (param i32 i32))) (import "" "subtask.drop" (func $subtask.drop (param i32)))
      (data (i32.const 96) "\e8\03\00\00\00\00\00\00\c8\00\00\00\00\00\00\00\00\00\f0\41\00\00\00\00\00\00\00\00\00\60\12\40")
      (func $is (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
      (func $sums (param $at i32) (param $count i32)
        (if (f64.ne (f64.load (local.get $at))
              (f64.add (f64.const 1267.59375) (f64.mul (f64.const 1000) (f64.convert_i32_u (local.get $count)))))
          (then unreachable)))
      ;; The call has not returned.
      (func $waits (param $state i32) (param $set i32)
        (if (i32.gt_u (i32.and (local.get $state) (i32.const 15)) (i32.const 1)) (then unreachable))
        (call $join (i32.shr_u (local.get $state) (i32.const 4)) (local.get $set)))
      ;; The next one that returns; that another one began is passed over.
      (func $next (param $set i32) (result i32)
        (loop $again
          (call $is (call $wait (local.get $set) (i32.const 0)) (i32.const 1))
          (br_if $again (i32.eq (i32.load (i32.const 4)) (i32.const 1))))
        (call $is (i32.load (i32.const 4)) (i32.const 2))
        (call $subtask.drop (i32.load (i32.const 0)))
        (i32.load (i32.const 0)))
      (func (export "run") (result i32) (local $set i32) (local $s i32) (local $a i32) (local $b i32)
        (i32.store (i32.const 128) (i32.const 200)) (i32.store (i32.const 132) (i32.const 2))
        (i32.store8 (i32.const 200) (i32.const 31))
        (local.set $set (call $set.new))
        {body}
        (call $set.drop (local.get $set))
        (i32.const 0)))
    (core instance $main (instantiate $main (with "" (instance
      (export "mem" (memory $mem "mem")) (export "hold" (func $hold)) (export "sum" (func $sum)) (export "wait" (func $wait))
      (export "cancel" (func $cancel)) (export "set.new" (func $set.new)) (export "set.drop" (func $set.drop))
      (export "join" (func $join)) (export "subtask.drop" (func $subtask.drop))))))
    (func $run async (result (result)) (canon lift (core func $main "run")))
    (instance $run (export "run" (func $run)))
    (export "wasi:cli/run@0.3.0" (instance $run))"#
    )
}

#[track_caller]
fn holds(body: &str) {
    let text = format!(
        r#"(component {CLOCK}
  (component $callee {CLOCK} {MEMORY} {CALLEE})
  (component $caller {})
  (instance $callee (instantiate $callee (with "wasi:clocks/monotonic-clock@0.3.0" (instance $clock))))
  (alias export $callee "test:backpressure/gate" (instance $gate))
  (instance $caller (instantiate $caller (with "gate" (instance $gate))))
  (alias export $caller "wasi:cli/run@0.3.0" (instance $run))
  (export "wasi:cli/run@0.3.0" (instance $run)))"#,
        caller(body)
    );
    let component = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(natively(&component), Ok(()), "natively");
    assert_eq!(run_translated(&component), Ok(()), "translated");
}

/// They begin in the order of their calls, with the parameters they were given.
#[test]
fn calls_wait_until_they_are_let_in() {
    holds(
        "(local.set $s (call $hold)) (local.set $a (i32.shr_u (local.get $s) (i32.const 4)))
        (call $waits (local.get $s) (local.get $set))
        (call $waits (call $sum (i32.const 96) (i32.const 400)) (local.get $set))
        (call $waits (call $sum (i32.const 96) (i32.const 408)) (local.get $set))
        (call $is (call $next (local.get $set)) (local.get $a))
        (drop (call $next (local.get $set))) (drop (call $next (local.get $set)))
        (call $sums (i32.const 400) (i32.const 1)) (call $sums (i32.const 408) (i32.const 2))
        (call $is (call $sum (i32.const 96) (i32.const 400)) (i32.const 2)) (call $sums (i32.const 400) (i32.const 3))",
    );
}

/// One that is cancelled meanwhile never begins.
#[test]
fn calls_that_wait_are_cancelled() {
    holds(
        "(call $waits (call $hold) (local.get $set))
        (local.set $a (i32.shr_u (call $sum (i32.const 96) (i32.const 400)) (i32.const 4)))
        (call $is (call $cancel (local.get $a)) (i32.const 3)) (call $subtask.drop (local.get $a))
        (drop (call $next (local.get $set)))
        (call $is (call $sum (i32.const 96) (i32.const 400)) (i32.const 2)) (call $sums (i32.const 400) (i32.const 1))",
    );
}
