;; An export that is called like a command of 0.3, and that no host of 0.3 could call.
(component
  (import "wasi:random/random@0.2.0" (instance $random
    (export "get-random-u64" (func (result u64)))))
  (core module $main (func (export "f") (result i32) unreachable))
  (core instance $main (instantiate $main))
  (alias core export $main "f" (core func $f))
  (func $run (result (result)) (canon lift (core func $f)))
  (instance $program (export "run" (func $run)))
  (export "wasi:cli/run@0.3.0" (instance $program)))
