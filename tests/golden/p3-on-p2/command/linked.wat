(component
  (type (;0;)
    (instance
      (export (;0;) "pollable" (type (sub resource)))
      (type (;1;) (borrow 0))
      (type (;2;) (list 1))
      (type (;3;) (list u32))
      (type (;4;) (func (param "in" 2) (result 3)))
      (export (;0;) "poll" (func (type 4)))
    )
  )
  (import "wasi:io/poll@0.2.0" (instance (;0;) (type 0)))
  (alias export 0 "pollable" (type (;1;)))
  (core func (;0;) (canon resource.drop 1))
  (type (;2;)
    (instance
      (export (;0;) "error" (type (sub resource)))
    )
  )
  (import "wasi:io/error@0.2.0" (instance (;1;) (type 2)))
  (alias export 1 "error" (type (;3;)))
  (core func (;1;) (canon resource.drop 3))
  (alias export 0 "poll" (func (;0;)))
  (core module (;0;)
    (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
    (table (;0;) 4 funcref)
    (memory (;0;) 1)
    (export "0" (func $"wasi-shim: realloc"))
    (export "t" (table 0))
    (export "m" (memory 0))
    (func $"wasi-shim: realloc" (;0;) (type 0) (param i32 i32 i32 i32) (result i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      i32.const 0
      call_indirect (type 0)
    )
  )
  (core instance (;0;) (instantiate 0))
  (alias core export 0 "0" (core func (;2;)))
  (alias core export 0 "m" (core memory (;0;)))
  (core func (;3;) (canon lower (func 0) (memory 0) (realloc 2)))
  (alias export 0 "pollable" (type (;4;)))
  (alias export 1 "error" (type (;5;)))
  (type (;6;)
    (instance
      (alias outer 1 4 (type (;0;)))
      (export (;1;) "pollable" (type (eq 0)))
      (export (;2;) "output-stream" (type (sub resource)))
      (alias outer 1 5 (type (;3;)))
      (export (;4;) "error" (type (eq 3)))
      (type (;5;) (own 4))
      (type (;6;) (variant (case "last-operation-failed" 5) (case "closed")))
      (export (;7;) "stream-error" (type (eq 6)))
      (type (;8;) (list u8))
      (type (;9;) (own 1))
      (type (;10;) (borrow 2))
      (type (;11;) (result u64 (error 7)))
      (type (;12;) (func (param "self" 10) (result 11)))
      (export (;0;) "[method]output-stream.check-write" (func (type 12)))
      (type (;13;) (result (error 7)))
      (type (;14;) (func (param "self" 10) (param "contents" 8) (result 13)))
      (export (;1;) "[method]output-stream.write" (func (type 14)))
      (type (;15;) (func (param "self" 10) (result 13)))
      (export (;2;) "[method]output-stream.flush" (func (type 15)))
      (type (;16;) (func (param "self" 10) (result 9)))
      (export (;3;) "[method]output-stream.subscribe" (func (type 16)))
    )
  )
  (import "wasi:io/streams@0.2.0" (instance (;2;) (type 6)))
  (alias export 2 "[method]output-stream.write" (func (;1;)))
  (core func (;4;) (canon lower (func 1) (memory 0)))
  (alias export 2 "output-stream" (type (;7;)))
  (core func (;5;) (canon resource.drop 7))
  (alias export 2 "[method]output-stream.check-write" (func (;2;)))
  (core func (;6;) (canon lower (func 2) (memory 0)))
  (alias export 2 "[method]output-stream.subscribe" (func (;3;)))
  (core func (;7;) (canon lower (func 3)))
  (alias export 2 "[method]output-stream.flush" (func (;4;)))
  (core func (;8;) (canon lower (func 4) (memory 0)))
  (alias export 0 "pollable" (type (;8;)))
  (type (;9;)
    (instance
      (alias outer 1 8 (type (;0;)))
      (export (;1;) "pollable" (type (eq 0)))
      (type (;2;) u64)
      (export (;3;) "instant" (type (eq 2)))
      (type (;4;) (func (result 3)))
      (export (;0;) "now" (func (type 4)))
      (type (;5;) (own 1))
      (type (;6;) (func (param "when" 3) (result 5)))
      (export (;1;) "subscribe-instant" (func (type 6)))
    )
  )
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance (;3;) (type 9)))
  (alias export 3 "now" (func (;5;)))
  (core func (;9;) (canon lower (func 5)))
  (alias export 3 "subscribe-instant" (func (;6;)))
  (core func (;10;) (canon lower (func 6)))
  (alias export 2 "output-stream" (type (;10;)))
  (type (;11;)
    (instance
      (alias outer 1 10 (type (;0;)))
      (export (;1;) "output-stream" (type (eq 0)))
      (type (;2;) (own 1))
      (type (;3;) (func (result 2)))
      (export (;0;) "get-stdout" (func (type 3)))
    )
  )
  (import "wasi:cli/stdout@0.2.0" (instance (;4;) (type 11)))
  (alias export 4 "get-stdout" (func (;7;)))
  (core func (;11;) (canon lower (func 7)))
  (alias core export 0 "t" (core table (;0;)))
  (core module (;1;) ;; the adapter
  )
  (core instance (;1;)
    (export "m" (memory 0))
    (export "t" (table 0))
  )
  (core instance (;2;)
    (export "17" (func 0))
    (export "35" (func 1))
    (export "36" (func 3))
    (export "38" (func 4))
    (export "42" (func 5))
    (export "97" (func 6))
    (export "98" (func 7))
    (export "99" (func 8))
    (export "102" (func 9))
    (export "103" (func 10))
    (export "114" (func 11))
  )
  (core instance (;3;) (instantiate 1
      (with "" (instance 1))
      (with "p" (instance 2))
    )
  )
  (alias core export 3 "4" (core func (;12;)))
  (alias core export 3 "5" (core func (;13;)))
  (alias core export 3 "10" (core func (;14;)))
  (alias core export 3 "12" (core func (;15;)))
  (alias core export 3 "14" (core func $wait-for (;16;)))
  (alias core export 3 "15" (core func $new (;17;)))
  (alias core export 3 "16" (core func $drop (;18;)))
  (alias core export 3 "17" (core func $drop-future (;19;)))
  (alias core export 3 "18" (core func $return (;20;)))
  (alias core export 3 "p9" (core func $write-via-stream (;21;)))
  (alias core export 3 "p7" (core func (;22;)))
  (alias core export 3 "p0" (core func (;23;)))
  (alias core export 3 "p10" (core func (;24;)))
  (alias core export 3 "p2" (core func (;25;)))
  (alias core export 3 "p5" (core func $set (;26;)))
  (alias core export 3 "p4" (core func $join (;27;)))
  (alias core export 3 "p3" (core func $drop-subtask (;28;)))
  (alias core export 3 "p6" (core func (;29;)))
  (alias core export 3 "p8" (core func (;30;)))
  (alias core export 3 "p1" (core func (;31;)))
  (type $result (;12;) (result))
  (core module $memory (;2;)
    (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
    (memory (;0;) 1)
    (export "memory" (memory 0))
    (export "realloc" (func 0))
    (func (;0;) (type 0) (param i32 i32 i32 i32) (result i32)
      unreachable
    )
  )
  (core instance $memory (;4;) (instantiate $memory))
  (alias core export $memory "memory" (core memory $m (;1;)))
  (alias core export $memory "realloc" (core func $realloc (;32;)))
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
    (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
    (type (;1;) (func (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (type (;2;) (func (param i32) (result i32)))
    (type (;3;) (func (param i32 i32 i32 i64) (result i32)))
    (type (;4;) (func (param i32 i32 i32)))
    (type (;5;) (func (param i32 i32 i32) (result i32)))
    (type (;6;) (func (param i32)))
    (type (;7;) (func (param i32 i32)))
    (type (;8;) (func (param i32 i32) (result i32)))
    (import "" "0" (func (;0;) (type 0)))
    (import "" "1" (func (;1;) (type 1)))
    (import "" "2" (func (;2;) (type 0)))
    (import "" "3" (func (;3;) (type 2)))
    (import "" "4" (func (;4;) (type 3)))
    (import "" "m" (memory (;0;) 0))
    (import "" "m1" (memory (;1;) 0))
    (import "" "t" (table (;0;) 0 funcref))
    (global (;0;) (mut i32) i32.const 0)
    (global (;1;) (mut i32) i32.const 0)
    (export "0" (func $wasi-shim:p3-on-p2/control#write))
    (export "3" (func $"wasi-shim: write"))
    (export "4" (func $"wasi-shim: aim"))
    (export "5" (func $"wasi-shim: realloc"))
    (export "6" (func $wasi:cli/types#take-result))
    (export "9" (func $"wasi-shim: read"))
    (elem (;0;) (i32.const 1) func $"wasi-shim: deliver values")
    (func $wasi-shim:p3-on-p2/control#write (;5;) (type 1) (param i32 i32 i32 i32 i32 i32 i32) (result i32)
      (local i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      local.get 4
      local.get 5
      local.get 6
      i32.const 64
      i32.const 8
      call $"wasi-shim: copy"
      local.set 5
      local.get 5
      local.get 6
      call 1
    )
    (func $"wasi-shim: copy" (;6;) (type 0) (param i32 i32 i32 i32) (result i32)
      (local i32 i32)
      local.get 1
      local.get 2
      i32.mul
      local.set 4
      local.get 1
      i64.extend_i32_u
      local.get 2
      i64.extend_i32_u
      i64.mul
      i64.const 32
      i64.shr_u
      i32.wrap_i64
      if ;; label = @1
        unreachable
      end
      local.get 0
      local.get 4
      local.get 3
      call $"wasi-shim: invalid pointer"
      i32.const 0
      i32.const 0
      local.get 3
      local.get 4
      call 0
      local.set 5
      local.get 5
      local.get 0
      local.get 4
      memory.copy 1 0
      local.get 5
    )
    (func $"wasi-shim: invalid pointer" (;7;) (type 4) (param i32 i32 i32)
      local.get 0
      local.get 2
      i32.const 1
      i32.sub
      i32.and
      if ;; label = @1
        unreachable
      end
      local.get 0
      i64.extend_i32_u
      local.get 1
      i64.extend_i32_u
      i64.add
      memory.size
      i64.extend_i32_u
      i64.const 16
      i64.shl
      i64.gt_u
      if ;; label = @1
        unreachable
      end
    )
    (func $"wasi-shim: write" (;8;) (type 5) (param i32 i32 i32) (result i32)
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
      call $wasi-shim:p3-on-p2/control#write
      local.set 3
      local.get 3
    )
    (func $"wasi-shim: aim" (;9;) (type 6) (param i32)
      i32.const 1
      global.set 0
      local.get 0
      global.set 1
    )
    (func $"wasi-shim: realloc" (;10;) (type 0) (param i32 i32 i32 i32) (result i32)
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
      call 2
    )
    (func $wasi:cli/types#take-result (;11;) (type 7) (param i32 i32)
      (local i32)
      local.get 0
      call 3
      local.set 2
      local.get 1
      i32.const 8
      i32.const 4
      call $"wasi-shim: invalid pointer"
      local.get 1
      local.get 2
      i64.load 1
      i64.store
      local.get 1
      local.get 2
      i32.load 1
      local.get 2
      i32.load 1 offset=4
      i32.const 2
      i32.const 1
      call $"#func12 wasi-shim: copy"
      i32.store
    )
    (func $"#func12 wasi-shim: copy" (@name "wasi-shim: copy") (;12;) (type 0) (param i32 i32 i32 i32) (result i32)
      (local i32 i32)
      local.get 1
      local.get 2
      i32.mul
      local.set 4
      i32.const 0
      i32.const 0
      local.get 3
      local.get 4
      call $"wasi-shim: realloc"
      local.set 5
      local.get 5
      local.get 4
      local.get 3
      call $"wasi-shim: invalid pointer"
      local.get 5
      local.get 0
      local.get 4
      memory.copy 0 1
      local.get 5
    )
    (func $"wasi-shim: deliver values" (;13;) (type 4) (param i32 i32 i32)
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
        call $"wasi-shim: aim"
        local.get 0
        local.get 3
        call $wasi:cli/types#take-result
        local.get 3
        local.get 6
        i64.store
      end
    )
    (func $"wasi-shim: read" (;14;) (type 8) (param i32 i32) (result i32)
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
  )
  (core instance (;5;)
    (export "0" (func 23))
    (export "1" (func 22))
    (export "2" (func $realloc))
    (export "3" (func 24))
    (export "4" (func 25))
    (export "m" (memory $m))
    (export "m1" (memory 0))
    (export "t" (table 0))
  )
  (core instance (;6;) (instantiate 4
      (with "" (instance 5))
    )
  )
  (alias core export 6 "3" (core func $write (;33;)))
  (alias core export 6 "9" (core func $read (;34;)))
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
  (alias core export $main "run" (core func $run-core (;35;)))
  (alias core export $main "callback" (core func $callback (;36;)))
  (type $run-t (;13;) (func (result $result)))
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
    (export "1" (func 31))
    (export "2" (func 13))
    (export "3" (func 12))
    (export "4" (func 14))
    (export "5" (func $callback))
    (export "6" (func 29))
    (export "7" (func 30))
    (export "8" (func 15))
  )
  (core instance (;10;) (instantiate 5
      (with "" (instance 9))
    )
  )
  (alias core export 10 "1" (core func (;37;)))
  (func $run (;8;) (type $run-t) (canon lift (core func 37)))
  (instance $run-i (;5;)
    (export "run" (func $run))
  )
  (export (;6;) "wasi:cli/run@0.2.0" (instance $run-i))
)
