;; A component nested in one with code of its own is async.
(component
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance
    (export "now" (func (result u64)))))
  (core module $m)
  (core instance (instantiate $m))
  (component $leaf
    (core module $m (import "" "new" (func (result i32))))
    (core func $new (canon waitable-set.new))
    (core instance (instantiate $m (with "" (instance (export "new" (func $new)))))))
  (instance (instantiate $leaf)))
