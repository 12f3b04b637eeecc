;; Two parts: one writes a stream of records, the other reads it. (Records need names in interfaces,
;; and are spelled out again in that of the exchange.)
(component
  (component $writer
    (type $line (record (field "text" string) (field "number" u8)))
    (type $lines (stream $line))
    (core module $m
      (import "" "new" (func $new (result i64)))
      (import "" "write" (func $write (param i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "f") (result i32) (local i64)
        (local.set 0 (call $new))
        (drop (call $write (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))) (i32.const 16) (i32.const 1)))
        (i32.wrap_i64 (local.get 0))))
    (core module $shim
      (table (export "t") 1 funcref)
      (type $write (func (param i32 i32 i32) (result i32)))
      (func (export "write") (type $write)
        (call_indirect (type $write) (local.get 0) (local.get 1) (local.get 2) (i32.const 0))))
    (core module $fixup
      (import "" "t" (table 1 funcref)) (import "" "write" (func $write (param i32 i32 i32) (result i32)))
      (elem (i32.const 0) func $write))
    (core instance $shim (instantiate $shim))
    (core func $new (canon stream.new $lines))
    (core instance $m (instantiate $m (with "" (instance
      (export "new" (func $new)) (export "write" (func $shim "write"))))))
    (alias core export $m "memory" (core memory $memory))
    (core func $write (canon stream.write $lines async (memory $memory)))
    (core instance (instantiate $fixup (with "" (instance
      (export "t" (table $shim "t")) (export "write" (func $write))))))
    (func $f (result $lines) (canon lift (core func $m "f")))
    (instance $i (export "line" (type $line)) (export "f" (func $f)))
    (export "test:lines/lines" (instance $i)))
  (component $reader
    (import "test:lines/lines" (instance $i
      (type $line' (record (field "text" string) (field "number" u8)))
      (export "line" (type $line (eq $line')))
      (export "f" (func (result (stream $line))))))
    (alias export $i "line" (type $line))
    (type $lines (stream $line))
    (core module $memory
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))
    (core instance $memory (instantiate $memory))
    (alias core export $memory "memory" (core memory $mem))
    (alias core export $memory "realloc" (core func $realloc))
    (core func $f (canon lower (func $i "f")))
    (core func $read (canon stream.read $lines async (memory $mem) (realloc $realloc)))
    (core module $m
      (import "" "f" (func $f (result i32)))
      (import "" "read" (func $read (param i32 i32 i32) (result i32)))
      (func (export "run") (result i32) (drop (call $read (call $f) (i32.const 16) (i32.const 4))) (i32.const 0)))
    (core instance $m (instantiate $m (with "" (instance (export "f" (func $f)) (export "read" (func $read))))))
    (func $run async (result (result)) (canon lift (core func $m "run")))
    (instance $run (export "run" (func $run)))
    (export "wasi:cli/run@0.3.0" (instance $run)))
  (instance $writer (instantiate $writer))
  (alias export $writer "test:lines/lines" (instance $lines))
  (instance $reader (instantiate $reader (with "test:lines/lines" (instance $lines))))
  (alias export $reader "wasi:cli/run@0.3.0" (instance $run))
  (export "wasi:cli/run@0.3.0" (instance $run)))
