(component
  (type (;0;)
    (instance
      (export (;0;) "error" (type (sub resource)))
    )
  )
  (import "wasi:io/error@0.2.0" (instance (;0;) (type 0)))
  (type (;1;)
    (instance
      (export (;0;) "pollable" (type (sub resource)))
      (type (;1;) (borrow 0))
      (type (;2;) (list 1))
      (type (;3;) (list u32))
      (type (;4;) (func (param "in" 2) (result 3)))
      (export (;0;) "poll" (func (type 4)))
    )
  )
  (import "wasi:io/poll@0.2.0" (instance (;1;) (type 1)))
  (alias export 0 "error" (type (;2;)))
  (alias export 1 "pollable" (type (;3;)))
  (type (;4;)
    (instance
      (export (;0;) "output-stream" (type (sub resource)))
      (alias outer 1 2 (type (;1;)))
      (export (;2;) "error" (type (eq 1)))
      (type (;3;) (own 2))
      (type (;4;) (variant (case "last-operation-failed" 3) (case "closed")))
      (export (;5;) "stream-error" (type (eq 4)))
      (alias outer 1 3 (type (;6;)))
      (export (;7;) "pollable" (type (eq 6)))
      (type (;8;) (borrow 0))
      (type (;9;) (result u64 (error 5)))
      (type (;10;) (func (param "self" 8) (result 9)))
      (export (;0;) "[method]output-stream.check-write" (func (type 10)))
      (type (;11;) (list u8))
      (type (;12;) (result (error 5)))
      (type (;13;) (func (param "self" 8) (param "contents" 11) (result 12)))
      (export (;1;) "[method]output-stream.write" (func (type 13)))
      (type (;14;) (func (param "self" 8) (result 12)))
      (export (;2;) "[method]output-stream.flush" (func (type 14)))
      (type (;15;) (own 7))
      (type (;16;) (func (param "self" 8) (result 15)))
      (export (;3;) "[method]output-stream.subscribe" (func (type 16)))
    )
  )
  (import "wasi:io/streams@0.2.0" (instance (;2;) (type 4)))
  (type (;5;)
    (instance
      (type (;0;) u64)
      (export (;1;) "instant" (type (eq 0)))
      (alias outer 1 3 (type (;2;)))
      (export (;3;) "pollable" (type (eq 2)))
      (type (;4;) (func (result 1)))
      (export (;0;) "now" (func (type 4)))
      (type (;5;) (own 3))
      (type (;6;) (func (param "when" 1) (result 5)))
      (export (;1;) "subscribe-instant" (func (type 6)))
    )
  )
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance (;3;) (type 5)))
  (alias export 2 "output-stream" (type (;6;)))
  (type (;7;)
    (instance
      (alias outer 1 6 (type (;0;)))
      (export (;1;) "output-stream" (type (eq 0)))
      (type (;2;) (own 1))
      (type (;3;) (func (result 2)))
      (export (;0;) "get-stdout" (func (type 3)))
    )
  )
  (import "wasi:cli/stdout@0.2.0" (instance (;4;) (type 7)))
  (component (;0;)
    (type (;0;)
      (instance
        (type (;0;) (func (result u32)))
        (type (;1;) (func (param "waitable" u32) (param "set" u32)))
        (type (;2;) (func (param "set" u32) (result u64)))
        (type (;3;) (func))
        (type (;4;) (func (param "subtask" u32)))
        (type (;5;) (func (param "subtask" u32) (result u32)))
        (type (;6;) (func (param "waitable" u32) (result u64)))
        (type (;7;) (func (param "ty" u32) (param "element" u32) (result u64)))
        (type (;8;) (func (param "end" u32) (param "ty" u32)))
        (type (;9;) (func (param "end" u32) (param "ty" u32)))
        (type (;10;) (func (param "end" u32) (param "ty" u32) (param "count" u32) (param "cookie" u64) (result u32)))
        (type (;11;) (tuple u64 u64 u64 u64 u64 u64 u64 u64))
        (type (;12;) (list 11))
        (type (;13;) (func (param "end" u32) (param "ty" u32) (param "count" u32) (param "skip" u32) (param "len" u32) (param "bytes" 12) (result u32)))
        (type (;14;) (func))
        (export (;0;) "waitable-set-new" (func (type 0)))
        (export (;1;) "waitable-join" (func (type 1)))
        (export (;2;) "waitable-set-wait" (func (type 2)))
        (export (;3;) "yield" (func (type 3)))
        (export (;4;) "subtask-drop" (func (type 4)))
        (export (;5;) "subtask-cancel" (func (type 5)))
        (export (;6;) "cookie" (func (type 6)))
        (export (;7;) "new" (func (type 7)))
        (export (;8;) "drop-readable" (func (type 8)))
        (export (;9;) "drop-writable" (func (type 9)))
        (export (;10;) "read" (func (type 10)))
        (export (;11;) "write" (func (type 13)))
        (export (;12;) "drain" (func (type 14)))
      )
    )
    (import "wasi-shim:p3-on-p2/control" (instance (;0;) (type 0)))
    (alias export 0 "cookie" (func (;0;)))
    (core func (;0;) (canon lower (func 0)))
    (alias export 0 "subtask-cancel" (func (;1;)))
    (core func (;1;) (canon lower (func 1)))
    (core module (;0;)
      (type (;0;) (func (param i32 i32 i32)))
      (type (;1;) (func (param i32) (result i64)))
      (type (;2;) (func (param i32) (result i32)))
      (type (;3;) (func (result i32)))
      (type (;4;) (func (param i32)))
      (type (;5;) (func (param i32 i32)))
      (type (;6;) (func))
      (type (;7;) (func (param i32 i64)))
      (type (;8;) (func (result i64)))
      (import "" "0" (func (;0;) (type 1)))
      (import "" "1" (func (;1;) (type 2)))
      (table (;0;) 4 funcref)
      (global (;0;) (mut i32) i32.const 0)
      (global (;1;) (mut i32) i32.const 0)
      (global (;2;) (mut i64) i64.const 0)
      (global (;3;) (mut i32) i32.const 0)
      (global (;4;) (mut i32) i32.const 0)
      (global (;5;) (mut i32) i32.const 0)
      (global (;6;) (mut i32) i32.const 0)
      (export "0" (func 2))
      (export "1" (func 3))
      (export "2" (func 4))
      (export "3" (func 5))
      (export "4" (func $"wasi-shim: deliver"))
      (export "5" (func $"wasi-shim: begin"))
      (export "6" (func 8))
      (export "7" (func 9))
      (export "9" (func $"wasi-shim: task.return"))
      (export "10" (func 12))
      (export "12" (func $"wasi-shim: end"))
      (export "13" (func $"wasi-shim: subtask.cancel"))
      (export "t" (table 0))
      (func (;2;) (type 3) (result i32)
        global.get 0
      )
      (func (;3;) (type 4) (param i32)
        local.get 0
        global.set 0
      )
      (func (;4;) (type 3) (result i32)
        global.get 1
      )
      (func (;5;) (type 4) (param i32)
        local.get 0
        global.set 1
      )
      (func $"wasi-shim: deliver" (;6;) (type 5) (param i32 i32)
        (local i64 i32)
        local.get 0
        call 0
        local.tee 2
        i64.const 32
        i64.shr_u
        i32.wrap_i64
        local.tee 3
        if ;; label = @1
          local.get 0
          local.get 2
          i32.wrap_i64
          local.get 1
          local.get 3
          call_indirect (type 0)
        end
      )
      (func $"wasi-shim: begin" (;7;) (type 4) (param i32)
        i32.const 0
        global.set 3
        local.get 0
        global.set 5
      )
      (func (;8;) (type 4) (param i32)
        local.get 0
        global.set 6
      )
      (func (;9;) (type 3) (result i32)
        global.get 6
      )
      (func $"wasi-shim: task.return, but the task has returned or is of another type" (;10;) (type 6)
        unreachable
      )
      (func $"wasi-shim: task.return" (;11;) (type 7) (param i32 i64)
        global.get 3
        global.get 5
        local.get 0
        i32.ne
        i32.or
        if ;; label = @1
          call $"wasi-shim: task.return, but the task has returned or is of another type"
        end
        i32.const 1
        global.set 3
        local.get 1
        global.set 2
      )
      (func (;12;) (type 3) (result i32)
        global.get 3
      )
      (func $"wasi-shim: the task ended without task.return" (;13;) (type 6)
        unreachable
      )
      (func $"wasi-shim: end" (;14;) (type 8) (result i64)
        global.get 3
        i32.eqz
        if ;; label = @1
          call $"wasi-shim: the task ended without task.return"
        end
        global.get 2
      )
      (func $"wasi-shim: subtask.cancel" (;15;) (type 2) (param i32) (result i32)
        (local i32)
        local.get 0
        call 1
        local.tee 1
        i32.const 2
        i32.eq
        if ;; label = @1
          local.get 0
          local.get 1
          call $"wasi-shim: deliver"
        end
        local.get 1
      )
    )
    (core instance (;0;)
      (export "0" (func 0))
      (export "1" (func 1))
    )
    (core instance (;1;) (instantiate 0
        (with "" (instance 0))
      )
    )
    (alias core export 1 "4" (core func (;2;)))
    (alias core export 1 "5" (core func (;3;)))
    (alias core export 1 "9" (core func (;4;)))
    (alias core export 1 "10" (core func (;5;)))
    (alias core export 1 "12" (core func (;6;)))
    (alias core export 1 "t" (core table (;0;)))
    (type (;1;)
      (instance
        (type (;0;) (enum "io" "illegal-byte-sequence" "pipe"))
        (export (;1;) "error-code" (type (eq 0)))
        (type (;2;) (result (error 1)))
        (type (;3;) (list 2))
        (type (;4;) (func (param "end" u32) (result 3)))
        (export (;0;) "take-result" (func (type 4)))
      )
    )
    (import "wasi:cli/types@0.3.0" (instance $types (;1;) (type 1)))
    (alias export $types "error-code" (type $error (;2;)))
    (type (;3;)
      (instance
        (alias outer 1 $error (type (;0;)))
        (export (;1;) "error-code" (type (eq 0)))
        (type (;2;) u32)
        (type (;3;) (result (error 1)))
        (type (;4;) u32)
        (type (;5;) (func (param "data" 2) (result 4)))
        (export (;0;) "write-via-stream" (func (type 5)))
      )
    )
    (import "wasi:cli/stdout@0.3.0" (instance $stdout (;2;) (type 3)))
    (type (;4;)
      (instance
        (type (;0;) (func (param "how-long" u64)))
        (type (;1;) (func (param "how-long" u64) (param "cookie" u64) (result u32)))
        (export (;0;) "start-wait-for" (func (type 1)))
      )
    )
    (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock (;3;) (type 4)))
    (type $result (;5;) (result))
    (core module $memory (;1;)
      (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
      (memory (;0;) 1)
      (export "memory" (memory 0))
      (export "realloc" (func 0))
      (func (;0;) (type 0) (param i32 i32 i32 i32) (result i32)
        unreachable
      )
    )
    (core instance $memory (;2;) (instantiate $memory))
    (alias core export $memory "memory" (core memory $m (;0;)))
    (alias core export $memory "realloc" (core func $realloc (;7;)))
    (alias export $stdout "write-via-stream" (func (;2;)))
    (alias export $clock "start-wait-for" (func (;3;)))
    (core func $write-via-stream (;8;) (canon lower (func 2)))
    (core func (;9;) (canon lower (func 3)))
    (alias export 0 "new" (func (;4;)))
    (core func (;10;) (canon lower (func 4)))
    (alias export 0 "write" (func (;5;)))
    (core func (;11;) (canon lower (func 5) (memory $m)))
    (alias export 0 "drop-writable" (func (;6;)))
    (core func (;12;) (canon lower (func 6)))
    (core module (;2;)
      (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
      (type (;1;) (func (param i32)))
      (import "" "0" (func (;0;) (type 0)))
      (global (;0;) (mut i32) i32.const 0)
      (global (;1;) (mut i32) i32.const 0)
      (export "0" (func $"wasi-shim: aim"))
      (export "1" (func $"wasi-shim: realloc"))
      (func $"wasi-shim: aim" (;1;) (type 1) (param i32)
        i32.const 1
        global.set 0
        local.get 0
        global.set 1
      )
      (func $"wasi-shim: realloc" (;2;) (type 0) (param i32 i32 i32 i32) (result i32)
        global.get 0
        if ;; label = @1
          i32.const 0
          global.set 0
          global.get 1
          return
        end
        local.get 0
        local.get 1
        local.get 2
        local.get 3
        call 0
      )
    )
    (core instance (;3;)
      (export "0" (func $realloc))
    )
    (core instance (;4;) (instantiate 2
        (with "" (instance 3))
      )
    )
    (alias core export 4 "0" (core func (;13;)))
    (alias core export 4 "1" (core func (;14;)))
    (alias export $types "take-result" (func (;7;)))
    (core func (;15;) (canon lower (func 7) (memory $m) (realloc 14)))
    (alias export 0 "read" (func (;8;)))
    (core func (;16;) (canon lower (func 8)))
    (alias export 0 "drop-readable" (func (;9;)))
    (core func (;17;) (canon lower (func 9)))
    (alias export 0 "waitable-set-new" (func (;10;)))
    (core func $set (;18;) (canon lower (func 10)))
    (alias export 0 "waitable-join" (func (;11;)))
    (core func $join (;19;) (canon lower (func 11)))
    (alias export 0 "subtask-drop" (func (;12;)))
    (core func $drop-subtask (;20;) (canon lower (func 12)))
    (core module $main (;3;)
      (type (;0;) (func (param i32) (result i32)))
      (type (;1;) (func (param i64) (result i32)))
      (type (;2;) (func (result i64)))
      (type (;3;) (func (param i32 i32 i32) (result i32)))
      (type (;4;) (func (param i32)))
      (type (;5;) (func (param i32 i32) (result i32)))
      (type (;6;) (func (result i32)))
      (type (;7;) (func (param i32 i32)))
      (import "" "write-via-stream" (func $write-via-stream (;0;) (type 0)))
      (import "" "wait-for" (func $wait-for (;1;) (type 1)))
      (import "" "new" (func $new (;2;) (type 2)))
      (import "" "write" (func $write (;3;) (type 3)))
      (import "" "drop" (func $drop (;4;) (type 4)))
      (import "" "read" (func $read (;5;) (type 5)))
      (import "" "drop-future" (func $drop-future (;6;) (type 4)))
      (import "" "set" (func $set (;7;) (type 6)))
      (import "" "join" (func $join (;8;) (type 7)))
      (import "" "drop-subtask" (func $drop-subtask (;9;) (type 4)))
      (import "" "return" (func $return (;10;) (type 4)))
      (import "" "memory" (memory (;0;) 1))
      (export "run" (func 11))
      (export "callback" (func 12))
      (export "stub" (func 13))
      (func (;11;) (type 6) (result i32)
        (local $t i32) (local $s i32)
        i64.const 1000000
        call $wait-for
        local.set $t
        call $set
        local.set $s
        local.get $t
        i32.const 4
        i32.shr_u
        local.get $s
        call $join
        i32.const 2
        local.get $s
        i32.const 4
        i32.shl
        i32.or
      )
      (func (;12;) (type 3) (param $code i32) (param $waitable i32) (param $payload i32) (result i32)
        (local $ends i64) (local $future i32)
        local.get $waitable
        i32.const 0
        call $join
        local.get $waitable
        call $drop-subtask
        call $new
        local.set $ends
        local.get $ends
        i32.wrap_i64
        call $write-via-stream
        local.set $future
        local.get $ends
        i64.const 32
        i64.shr_u
        i32.wrap_i64
        i32.const 1024
        i32.const 6
        call $write
        drop
        local.get $ends
        i64.const 32
        i64.shr_u
        i32.wrap_i64
        call $drop
        local.get $future
        i32.const 2048
        call $read
        drop
        i32.const 0
        call $return
        i32.const 0
      )
      (func (;13;) (type 6) (result i32)
        unreachable
      )
      (data (;0;) (i32.const 1024) "hello\0a")
    )
    (core module (;4;)
      (type (;0;) (func (param i64 i64) (result i32)))
      (type (;1;) (func (param i32 i32) (result i64)))
      (type (;2;) (func (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
      (type (;3;) (func (param i32 i32)))
      (type (;4;) (func (param i32 i32 i32 i64) (result i32)))
      (type (;5;) (func (param i32)))
      (type (;6;) (func (param i32 i64)))
      (type (;7;) (func (param i64) (result i32)))
      (type (;8;) (func (result i64)))
      (type (;9;) (func (param i32 i32 i32) (result i32)))
      (type (;10;) (func (param i32 i32 i32)))
      (type (;11;) (func (param i32 i32) (result i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 2)))
      (import "" "3" (func (;3;) (type 3)))
      (import "" "4" (func (;4;) (type 4)))
      (import "" "5" (func (;5;) (type 3)))
      (import "" "6" (func (;6;) (type 5)))
      (import "" "7" (func (;7;) (type 3)))
      (import "" "8" (func (;8;) (type 6)))
      (import "" "m" (memory (;0;) 0))
      (import "" "t" (table (;0;) 0 funcref))
      (export "0" (func $wasi:clocks/monotonic-clock#wait-for))
      (export "1" (func $"wasi-shim: new"))
      (export "2" (func $"wasi-shim: write"))
      (export "3" (func $drop-writable))
      (export "5" (func $"wasi-shim: read"))
      (export "6" (func $drop-readable))
      (export "7" (func $"wasi-shim: task.return"))
      (elem (;0;) (i32.const 1) func $"wasi-shim: deliver values")
      (func $wasi:clocks/monotonic-clock#wait-for (;9;) (type 7) (param i64) (result i32)
        (local i32)
        local.get 0
        i64.const 0
        call 0
      )
      (func $"wasi-shim: new" (;10;) (type 8) (result i64)
        i32.const 1
        i32.const 1
        call 1
      )
      (func $"wasi-shim: write" (;11;) (type 9) (param i32 i32 i32) (result i32)
        (local i32 i32 i32)
        local.get 1
        i32.const 0
        local.get 2
        select
        local.set 4
        local.get 2
        i32.const 1
        i32.mul
        local.set 5
        local.get 0
        i32.const 1
        local.get 2
        local.get 4
        i32.const 63
        i32.and
        local.get 5
        local.get 4
        i32.const -64
        i32.and
        local.get 5
        i32.const 6
        i32.shr_u
        local.get 5
        i32.const 63
        i32.and
        local.get 4
        i32.const 63
        i32.and
        i32.add
        i32.const 63
        i32.add
        i32.const 6
        i32.shr_u
        i32.add
        i32.const 0
        local.get 5
        select
        call 2
        local.set 3
        local.get 3
      )
      (func $drop-writable (;12;) (type 5) (param i32)
        local.get 0
        i32.const 1
        call 3
      )
      (func $"wasi-shim: deliver values" (;13;) (type 10) (param i32 i32 i32)
        (local i32 i32 i32 i64)
        local.get 2
        i32.const 15
        i32.and
        i32.eqz
        if ;; label = @1
          i32.const 0
          i32.const 65528
          local.get 1
          i32.const 8
          i32.ge_u
          select
          local.tee 3
          i64.load
          local.set 6
          local.get 1
          call 6
          local.get 0
          local.get 3
          call 5
          local.get 3
          local.get 6
          i64.store
        end
      )
      (func $"wasi-shim: read" (;14;) (type 11) (param i32 i32) (result i32)
        (local i32)
        local.get 1
        i64.extend_i32_u
        i32.const 1
        i64.extend_i32_u
        i64.const 2
        i64.mul
        i64.add
        memory.size
        i64.extend_i32_u
        i64.const 16
        i64.shl
        i64.gt_u
        i32.const 1
        i32.const 0
        i32.ne
        i32.and
        if ;; label = @1
          unreachable
        end
        local.get 0
        i32.const -2147483632
        i32.const 1
        local.get 1
        i64.extend_i32_u
        i64.const 4294967296
        i64.or
        call 4
        local.set 2
        local.get 2
        i32.const -1
        i32.ne
        if ;; label = @1
          local.get 0
          local.get 1
          local.get 2
          call $"wasi-shim: deliver values"
        end
        local.get 2
      )
      (func $drop-readable (;15;) (type 5) (param i32)
        local.get 0
        i32.const -2147483632
        call 7
      )
      (func $"wasi-shim: task.return" (;16;) (type 5) (param i32)
        i32.const 1
        local.get 0
        i64.extend_i32_u
        call 8
      )
    )
    (core instance (;5;)
      (export "0" (func 9))
      (export "1" (func 10))
      (export "2" (func 11))
      (export "3" (func 12))
      (export "4" (func 16))
      (export "5" (func 15))
      (export "6" (func 13))
      (export "7" (func 17))
      (export "8" (func 4))
      (export "m" (memory $m))
      (export "t" (table 0))
    )
    (core instance (;6;) (instantiate 4
        (with "" (instance 5))
      )
    )
    (alias core export 6 "0" (core func $wait-for (;21;)))
    (alias core export 6 "1" (core func $new (;22;)))
    (alias core export 6 "2" (core func $write (;23;)))
    (alias core export 6 "3" (core func $drop (;24;)))
    (alias core export 6 "5" (core func $read (;25;)))
    (alias core export 6 "6" (core func $drop-future (;26;)))
    (alias core export 6 "7" (core func $return (;27;)))
    (core instance (;7;)
      (export "write-via-stream" (func $write-via-stream))
      (export "wait-for" (func $wait-for))
      (export "new" (func $new))
      (export "write" (func $write))
      (export "drop" (func $drop))
      (export "read" (func $read))
      (export "drop-future" (func $drop-future))
      (export "set" (func $set))
      (export "join" (func $join))
      (export "drop-subtask" (func $drop-subtask))
      (export "return" (func $return))
      (export "memory" (memory $m))
    )
    (core instance $main (;8;) (instantiate $main
        (with "" (instance 7))
      )
    )
    (alias core export $main "run" (core func $run-core (;28;)))
    (alias core export $main "callback" (core func $callback (;29;)))
    (type $run-t (;6;) (func (result $result)))
    (alias export 0 "waitable-set-wait" (func (;13;)))
    (core func (;30;) (canon lower (func 13)))
    (alias export 0 "yield" (func (;14;)))
    (core func (;31;) (canon lower (func 14)))
    (alias export 0 "drain" (func (;15;)))
    (core func (;32;) (canon lower (func 15)))
    (core module (;5;)
      (type (;0;) (func (result i32)))
      (type (;1;) (func))
      (type (;2;) (func (param i32)))
      (type (;3;) (func (param i32 i32)))
      (type (;4;) (func (param i32 i32 i32) (result i32)))
      (type (;5;) (func (param i32) (result i64)))
      (type (;6;) (func (result i64)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 2)))
      (import "" "3" (func (;3;) (type 3)))
      (import "" "4" (func (;4;) (type 0)))
      (import "" "5" (func (;5;) (type 4)))
      (import "" "6" (func (;6;) (type 5)))
      (import "" "7" (func (;7;) (type 1)))
      (import "" "8" (func (;8;) (type 6)))
      (export "1" (func $"wasi-shim: export"))
      (func $"wasi-shim: a callback answered neither EXIT nor YIELD nor WAIT" (;9;) (type 1)
        unreachable
      )
      (func $"wasi-shim: export" (;10;) (type 0) (result i32)
        (local i32 i32 i64 i64 i32)
        i32.const 1
        call 2
        call 0
        local.set 0
        block ;; label = @1
          loop ;; label = @2
            call 4
            local.get 1
            i32.gt_u
            if ;; label = @3
              call 8
              local.set 3
              i32.const 1
              local.set 1
            end
            local.get 0
            i32.const 15
            i32.and
            i32.eqz
            br_if 1 (;@1;)
            local.get 1
            br_if 1 (;@1;)
            local.get 0
            i32.const 15
            i32.and
            i32.const 2
            i32.gt_u
            if ;; label = @3
              call $"wasi-shim: a callback answered neither EXIT nor YIELD nor WAIT"
            end
            local.get 0
            i32.const 15
            i32.and
            i32.const 1
            i32.eq
            if ;; label = @3
              call 7
              i64.const 0
              local.set 2
            else
              local.get 0
              i32.const 4
              i32.shr_u
              call 6
              local.set 2
            end
            local.get 2
            i32.wrap_i64
            i32.const 15
            i32.and
            if ;; label = @3
              local.get 2
              i32.wrap_i64
              i32.const 4
              i32.shr_u
              i32.const 268435455
              i32.and
              local.get 2
              i64.const 32
              i64.shr_u
              i32.wrap_i64
              call 3
            end
            local.get 2
            i32.wrap_i64
            i32.const 15
            i32.and
            local.get 2
            i32.wrap_i64
            i32.const 4
            i32.shr_u
            i32.const 268435455
            i32.and
            local.get 2
            i64.const 32
            i64.shr_u
            i32.wrap_i64
            call 5
            local.set 0
            br 0 (;@2;)
          end
        end
        local.get 1
        i32.eqz
        if ;; label = @1
          call 8
          drop
        end
        i32.const 0
        call 2
        local.get 3
        i32.wrap_i64
        local.set 4
        call 1
        local.get 4
      )
    )
    (core instance (;9;)
      (export "0" (func $run-core))
      (export "1" (func 32))
      (export "2" (func 3))
      (export "3" (func 2))
      (export "4" (func 5))
      (export "5" (func $callback))
      (export "6" (func 30))
      (export "7" (func 31))
      (export "8" (func 6))
    )
    (core instance (;10;) (instantiate 5
        (with "" (instance 9))
      )
    )
    (alias core export 10 "1" (core func (;33;)))
    (func $run (;16;) (type $run-t) (canon lift (core func 33)))
    (instance $run-i (;4;)
      (export "run" (func $run))
    )
    (export (;5;) "wasi:cli/run@0.2.0" (instance $run-i))
  )
  (component (;1;) ;; the adapter
  )
  (instance (;5;) (instantiate 1
      (with "wasi:io/error@0.2.0" (instance 0))
      (with "wasi:io/poll@0.2.0" (instance 1))
      (with "wasi:io/streams@0.2.0" (instance 2))
      (with "wasi:clocks/monotonic-clock@0.2.0" (instance 3))
      (with "wasi:cli/stdout@0.2.0" (instance 4))
    )
  )
  (alias export 5 "wasi-shim:p3-on-p2/control" (instance (;6;)))
  (alias export 5 "wasi:cli/types@0.3.2" (instance (;7;)))
  (alias export 5 "wasi:cli/stdout@0.3.2" (instance (;8;)))
  (alias export 5 "wasi:clocks/monotonic-clock@0.3.2" (instance (;9;)))
  (instance (;10;) (instantiate 0
      (with "wasi-shim:p3-on-p2/control" (instance 6))
      (with "wasi:cli/types@0.3.0" (instance 7))
      (with "wasi:cli/stdout@0.3.0" (instance 8))
      (with "wasi:clocks/monotonic-clock@0.3.0" (instance 9))
    )
  )
  (alias export 10 "wasi:cli/run@0.2.0" (instance (;11;)))
  (export (;12;) "wasi:cli/run@0.2.0" (instance 11))
)
