(component
  (type (;0;)
    (instance
      (type (;0;) (func (result u64)))
      (export (;0;) "now" (func (type 0)))
      (export (;1;) "get-resolution" (func (type 0)))
    )
  )
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance (;0;) (type 0)))
  (core module $main (;0;)
    (type (;0;) (func (result i64)))
    (import "" "now" (func $now (;0;) (type 0)))
    (import "" "resolution" (func $resolution (;1;) (type 0)))
    (export "ticks" (func 2))
    (func (;2;) (type 0) (result i64)
      call $now
      call $resolution
      i64.div_u
    )
  )
  (alias export 0 "now" (func $now (;0;)))
  (core func $now-core (;0;) (canon lower (func $now)))
  (alias export 0 "get-resolution" (func $resolution (;1;)))
  (core func $resolution-core (;1;) (canon lower (func $resolution)))
  (core instance (;0;)
    (export "now" (func $now-core))
    (export "resolution" (func $resolution-core))
  )
  (core instance $main (;1;) (instantiate $main
      (with "" (instance 0))
    )
  )
  (alias core export $main "ticks" (core func $ticks-core (;2;)))
  (type (;1;) (func (result u64)))
  (func $ticks (;2;) (type 1) (canon lift (core func $ticks-core)))
  (export (;3;) "ticks" (func $ticks))
)

