;; A library whose sync export reads: no `run`, a read of bulk bytes, and a function nobody uses.
(component
  (import "wasi:io/error@0.2.3" (instance $error
    (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error-t))
  (import "wasi:io/streams@0.2.3" (instance $streams
    (export "input-stream" (type $in (sub resource)))
    (alias outer 1 $error-t (type $e0))
    (export "error" (type $e (eq $e0)))
    (type $own (own $e))
    (type $se0 (variant (case "last-operation-failed" $own) (case "closed")))
    (export "stream-error" (type $se (eq $se0)))
    (type $borrow (borrow $in))
    (type $bytes (list u8))
    (type $r (result $bytes (error $se)))
    (type $rd (func (param "self" $borrow) (param "len" u64) (result $r)))
    (export "[method]input-stream.blocking-read" (func (type $rd)))
    (export "[method]input-stream.read" (func (type $rd)))))
  (core module $main
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core module $use
    (import "" "read" (func $read (param i32 i64 i32)))
    (func (export "count") (param i32) (result i32)
      (call $read (local.get 0) (i64.const 100) (i32.const 0)) (i32.const 0)))
  (core instance $main (instantiate $main))
  (alias core export $main "memory" (core memory $memory))
  (alias core export $main "realloc" (core func $realloc))
  (alias export $streams "[method]input-stream.blocking-read" (func $read))
  (core func $read-core (canon lower (func $read) (memory $memory) (realloc $realloc)))
  (core instance $use (instantiate $use (with "" (instance (export "read" (func $read-core))))))
  (alias core export $use "count" (core func $count-core))
  (func $count (param "of" u32) (result u32) (canon lift (core func $count-core)))
  (export "count" (func $count)))
