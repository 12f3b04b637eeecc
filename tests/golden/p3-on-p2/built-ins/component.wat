;; Built-ins that need more than an event loop: each is told once, however often it is there.
(component
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
    (export "now" (func (result u64)))))
  (core module $memory (memory (export "memory") 1))
  (core instance $memory (instantiate $memory))
  (core func $new (canon error-context.new (memory (core memory $memory "memory"))))
  (core func $drop (canon error-context.drop))
  (core func $index (canon thread.index))
  (core module $m
    (import "" "new" (func (param i32 i32) (result i32)))
    (import "" "drop" (func (param i32)))
    (import "" "index" (func (result i32))))
  (core instance (instantiate $m (with "" (instance
    (export "new" (func $new)) (export "drop" (func $drop)) (export "index" (func $index)))))))
