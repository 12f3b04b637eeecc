;; A command of 0.3 with a 0.2 libc, and the stub of `run@0.2` that its toolchain added.
(component
  (import "wasi:cli/exit@0.2.4" (instance $exit
    (type $result (result))
    (type $e (func (param "status" $result)))
    (export "exit" (func (type $e)))))
  (alias export $exit "exit" (func $exit))
  (core func $exit-core (canon lower (func $exit)))
  (type $result (result))
  (core func $return (canon task.return (result $result)))
  (core module $main
    (import "" "exit" (func $exit (param i32)))
    (import "" "return" (func $return (param i32)))
    (func (export "run") (result i32) (call $return (i32.const 0)) (i32.const 0))
    (func (export "callback") (param i32 i32 i32) (result i32) (i32.const 0))
    (func (export "stub") (result i32) unreachable))
  (core instance $main (instantiate $main (with "" (instance
    (export "exit" (func $exit-core)) (export "return" (func $return))))))
  (alias core export $main "run" (core func $run-core))
  (alias core export $main "callback" (core func $callback))
  (alias core export $main "stub" (core func $stub-core))
  (type $run-t (func async (result $result)))
  (func $run (type $run-t) (canon lift (core func $run-core) async (callback $callback)))
  (type $stub-t (func (result $result)))
  (func $stub (type $stub-t) (canon lift (core func $stub-core)))
  (instance $run-i (export "run" (func $run)))
  (instance $stub-i (export "run" (func $stub)))
  (export "wasi:cli/run@0.3.0" (instance $run-i))
  (export "wasi:cli/run@0.2.0" (instance $stub-i)))
