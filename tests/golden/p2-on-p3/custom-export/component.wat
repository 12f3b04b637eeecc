;; An export that hands out a resource of 0.2 cannot leave the component.
(component
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $p (sub resource)))))
  (alias export $poll "pollable" (type $p))
  (core module $main (func (export "f") (result i32) unreachable))
  (core instance $main (instantiate $main))
  (alias core export $main "f" (core func $f))
  (type $own (own $p))
  (func $wait (result $own) (canon lift (core func $f)))
  (export "ready-when" (func $wait)))
