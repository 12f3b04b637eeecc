;; All that cannot be expressed on 0.2, and names of 0.3 that it does not have, told at once.
(component
  (import "wasi:http/handler@0.3.0" (instance (export "handle" (func async))))
  (import "example:app/events" (instance
    (type $s (stream string))
    (type $f (func (result $s)))
    (export "events" (func (type $f)))))
  (core module $main (func (export "f") (result i32) unreachable))
  (core instance $main (instantiate $main))
  (alias core export $main "f" (core func $f))
  (type $t (func async (result u32)))
  (core func $index (canon thread.yield))
  (func $work (type $t) (canon lift (core func $f)))
  (export "work" (func $work))
  (type $numbers (stream u32))
  (type $t2 (func async (result $numbers)))
  (func $count (type $t2) (canon lift (core func $f)))
  (export "count" (func $count)))
