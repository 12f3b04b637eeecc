;; A part waits for the host; the program calls it, so the call gets a companion. Instances of the
;; component in between only pass it on.
(component
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $p (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $p))))))
  (alias export $poll "pollable" (type $p))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
    (alias outer 1 $p (type $o))
    (export "pollable" (type $p (eq $o)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
  (component $sleeper
    (import "wasi:io/poll@0.2.0" (instance $poll
      (export "pollable" (type $p (sub resource)))
      (export "[method]pollable.block" (func (param "self" (borrow $p))))))
    (alias export $poll "pollable" (type $p))
    (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
      (alias outer 1 $p (type $o))
      (export "pollable" (type $p (eq $o)))
      (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
    (core func $subscribe (canon lower (func $clock "subscribe-duration")))
    (core func $block (canon lower (func $poll "[method]pollable.block")))
    (core module $m
      (import "" "subscribe" (func $subscribe (param i64) (result i32)))
      (import "" "block" (func $block (param i32)))
      (func (export "sleep") (param i64)
        (call $block (call $subscribe (local.get 0)))))
    (core instance $i (instantiate $m (with "" (instance
      (export "subscribe" (func $subscribe))
      (export "block" (func $block))))))
    (func $sleep (param "for" u64) (canon lift (core func $i "sleep")))
    (instance $api (export "sleep" (func $sleep)))
    (export "test:sleep/api@1.0.0" (instance $api)))
  (component $passing
    (import "api" (instance $api (export "sleep" (func (param "for" u64)))))
    (export "api" (instance $api)))
  (component $program
    (import "test:sleep/api@1.0.0" (instance $api (export "sleep" (func (param "for" u64)))))
    (core func $sleep (canon lower (func $api "sleep")))
    (core module $m
      (import "" "sleep" (func $sleep (param i64)))
      (func (export "run") (result i32)
        (call $sleep (i64.const 1))
        (i32.const 0)))
    (core instance $i (instantiate $m (with "" (instance (export "sleep" (func $sleep))))))
    (func $run (result (result)) (canon lift (core func $i "run")))
    (instance $run (export "run" (func $run)))
    (export "wasi:cli/run@0.2.0" (instance $run)))
  (instance $sleeper (instantiate $sleeper
    (with "wasi:io/poll@0.2.0" (instance $poll))
    (with "wasi:clocks/monotonic-clock@0.2.0" (instance $clock))))
  (instance $passing (instantiate $passing (with "api" (instance $sleeper "test:sleep/api@1.0.0"))))
  (instance $program (instantiate $program (with "test:sleep/api@1.0.0" (instance $passing "api"))))
  (export "wasi:cli/run@0.2.0" (instance $program "wasi:cli/run@0.2.0")))
