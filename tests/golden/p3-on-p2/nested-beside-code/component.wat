;; A component nested in one with code of its own is async.
(component
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance
    (export "now" (func (result u64)))))
  (core module $m)
  (core instance (instantiate $m))
  (component $leaf
    (core module)
    (core func (canon waitable-set.new)))
  (instance (instantiate $leaf)))
