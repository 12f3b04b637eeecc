;; A nested component takes the import.
(component
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $p (sub resource)))))
  (component $leaf
    (import "wasi:io/poll@0.2.0" (instance
      (export "pollable" (type $p (sub resource))))))
  (instance (instantiate $leaf (with "wasi:io/poll@0.2.0" (instance $poll)))))
