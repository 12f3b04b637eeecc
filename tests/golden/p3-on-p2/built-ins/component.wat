;; Built-ins that need more than an event loop: each is told once, however often it is there.
(component
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
    (export "now" (func (result u64)))))
  (core module $memory (memory (export "memory") 1))
  (core instance $memory (instantiate $memory))
  (core func (canon error-context.new (memory (core memory $memory "memory"))))
  (core func (canon error-context.drop))
  (core func (canon thread.index)))
