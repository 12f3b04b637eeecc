;; A component nested in one with code of its own takes the import.
(component
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $p (sub resource)))))
  (core module $m)
  (core instance (instantiate $m))
  (component $leaf
    (import "wasi:io/poll@0.2.0" (instance
      (export "pollable" (type $p (sub resource)))))
    (core module))
  (instance (instantiate $leaf (with "wasi:io/poll@0.2.0" (instance $poll)))))
