;; A clock is read: the guest takes that from the host of 0.3 and needs no adapter.
(component
  (import "wasi:clocks/monotonic-clock@0.2.3" (instance $clock
    (type $u (func (result u64)))
    (export "now" (func (type $u)))
    (export "resolution" (func (type $u)))))
  (core module $main
    (import "" "now" (func $now (result i64)))
    (import "" "resolution" (func $resolution (result i64)))
    (func (export "ticks") (result i64) (i64.div_u (call $now) (call $resolution))))
  (alias export $clock "now" (func $now))
  (core func $now-core (canon lower (func $now)))
  (alias export $clock "resolution" (func $resolution))
  (core func $resolution-core (canon lower (func $resolution)))
  (core instance $main (instantiate $main (with "" (instance
    (export "now" (func $now-core)) (export "resolution" (func $resolution-core))))))
  (alias core export $main "ticks" (core func $ticks-core))
  (func $ticks (result u64) (canon lift (core func $ticks-core)))
  (export "ticks" (func $ticks)))
