(component
  (component (;0;)
    (type (;0;)
      (instance
        (type (;0;) (func async (param "token" u32)))
        (type (;1;) (func (param "token" u32) (result u32)))
        (type (;2;) (func async))
        (type (;3;) (func (result u32)))
        (type (;4;) (func (param "token" u32)))
        (type (;5;) (func (param "token" u32) (result u64)))
        (type (;6;) (list u8))
        (type (;7;) (func (param "token" u32) (param "count" u32) (result 6)))
        (type (;8;) (tuple u64 u64 u64 u64 u64 u64 u64 u64))
        (type (;9;) (list 8))
        (type (;10;) (func (param "token" u32) (result 9)))
        (type (;11;) (list u8))
        (type (;12;) (func (param "token" u32) (result 11)))
        (type (;13;) (func (param "token" u32)))
        (export (;0;) "wait" (func (type 0)))
        (export (;1;) "wait-now" (func (type 1)))
        (export (;2;) "look" (func (type 2)))
        (export (;3;) "start-drain" (func (type 3)))
        (export (;4;) "finish-drain" (func (type 4)))
        (export (;5;) "bulk" (func (type 5)))
        (export (;6;) "bulk-head" (func (type 7)))
        (export (;7;) "bulk-body" (func (type 10)))
        (export (;8;) "bulk-tail" (func (type 12)))
        (export (;9;) "finish-bulk" (func (type 13)))
      )
    )
    (import "wasi-shim:p2-on-p3/control" (instance (;0;) (type 0)))
    (alias export 0 "wait" (func (;0;)))
    (core func (;0;) (canon lower (func 0)))
    (alias export 0 "wait-now" (func (;1;)))
    (core func (;1;) (canon lower (func 1)))
    (alias export 0 "start-drain" (func (;2;)))
    (core func (;2;) (canon lower (func 2)))
    (alias export 0 "finish-drain" (func (;3;)))
    (core func (;3;) (canon lower (func 3)))
    (alias export 0 "look" (func (;4;)))
    (core func (;4;) (canon lower (func 4) async))
    (core module (;0;)
      (type (;0;) (func (param i32)))
      (type (;1;) (func (param i32) (result i32)))
      (type (;2;) (func (result i32)))
      (type (;3;) (func))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 2)))
      (global (;0;) (mut i32) i32.const 0)
      (export "1" (func $"wasi-shim: enter"))
      (export "2" (func $"wasi-shim: leave"))
      (export "3" (func $"wasi-shim: wait"))
      (func $"wasi-shim: this call has to wait, but no async export of the component is running" (;3;) (type 3)
        unreachable
      )
      (func $"wasi-shim: enter" (;4;) (type 3)
        global.get 0
        i32.const 1
        i32.add
        global.set 0
      )
      (func $"wasi-shim: leave" (;5;) (type 3)
        global.get 0
        i32.const -1
        i32.add
        global.set 0
      )
      (func $"wasi-shim: wait" (;6;) (type 0) (param i32)
        (local i32)
        global.get 0
        if ;; label = @1
          local.get 0
          call 0
          return
        end
        local.get 0
        call 1
        local.tee 1
        i32.const 2
        i32.eq
        if ;; label = @1
          call 2
          drop
          local.get 0
          call 1
          local.set 1
        end
        local.get 1
        i32.eqz
        if ;; label = @1
          call $"wasi-shim: this call has to wait, but no async export of the component is running"
        end
      )
    )
    (core instance (;0;)
      (export "0" (func 0))
      (export "1" (func 1))
      (export "2" (func 4))
    )
    (core instance (;1;) (instantiate 0
        (with "" (instance 0))
      )
    )
    (alias core export 1 "3" (core func (;5;)))
    (type (;1;)
      (instance
        (export (;0;) "error" (type (sub resource)))
      )
    )
    (import "wasi:io/error@0.2.3" (instance $error (;1;) (type 1)))
    (alias export $error "error" (type $error-t (;2;)))
    (type (;3;)
      (instance
        (export (;0;) "input-stream" (type (sub resource)))
        (alias outer 1 $error-t (type (;1;)))
        (export (;2;) "error" (type (eq 1)))
        (type (;3;) (own 2))
        (type (;4;) (variant (case "last-operation-failed" 3) (case "closed")))
        (export (;5;) "stream-error" (type (eq 4)))
        (type (;6;) (borrow 0))
        (type (;7;) (list u8))
        (type (;8;) (result 7 (error 5)))
        (type (;9;) (func (param "self" 6) (param "len" u64) (result 8)))
        (type (;10;) (func (param "self" 6) (param "len" u64) (result u32)))
        (type (;11;) (func (param "token" u32) (result 8)))
        (export (;0;) "[method]input-stream.start-blocking-read" (func (type 10)))
        (export (;1;) "[static]input-stream.finish-blocking-read" (func (type 11)))
      )
    )
    (import "wasi:io/streams@0.2.3" (instance $streams (;2;) (type 3)))
    (core module $main (;1;)
      (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
      (memory (;0;) 1)
      (export "memory" (memory 0))
      (export "realloc" (func 0))
      (func (;0;) (type 0) (param i32 i32 i32 i32) (result i32)
        i32.const 1024
      )
    )
    (core module $use (;2;)
      (type (;0;) (func (param i32 i64 i32)))
      (type (;1;) (func (param i32) (result i32)))
      (import "" "read" (func $read (;0;) (type 0)))
      (export "count" (func 1))
      (func (;1;) (type 1) (param i32) (result i32)
        local.get 0
        i64.const 100
        i32.const 0
        call $read
        i32.const 0
      )
    )
    (core instance $main (;2;) (instantiate $main))
    (alias core export $main "memory" (core memory $memory (;0;)))
    (alias core export $main "realloc" (core func $realloc (;6;)))
    (alias export $streams "[method]input-stream.start-blocking-read" (func (;5;)))
    (alias export $streams "[static]input-stream.finish-blocking-read" (func (;6;)))
    (core func (;7;) (canon lower (func 5) (memory $memory) (realloc $realloc)))
    (core func (;8;) (canon lower (func 6) (memory $memory) (realloc $realloc)))
    (core module (;3;)
      (type (;0;) (func (param i32)))
      (type (;1;) (func (param i32 i32 i32 i32) (result i32)))
      (global (;0;) (mut i32) i32.const 0)
      (export "0" (func 0))
      (export "1" (func $"wasi-shim: realloc"))
      (func (;0;) (type 0) (param i32)
        local.get 0
        global.set 0
      )
      (func $"wasi-shim: realloc" (;1;) (type 1) (param i32 i32 i32 i32) (result i32)
        global.get 0
        global.get 0
        local.get 3
        i32.add
        global.set 0
      )
    )
    (core instance (;3;) (instantiate 3))
    (alias core export 3 "0" (core func (;9;)))
    (alias core export 3 "1" (core func (;10;)))
    (alias export 0 "bulk" (func (;7;)))
    (core func (;11;) (canon lower (func 7)))
    (alias export 0 "bulk-head" (func (;8;)))
    (core func (;12;) (canon lower (func 8) (memory $memory) (realloc 10)))
    (alias export 0 "bulk-body" (func (;9;)))
    (core func (;13;) (canon lower (func 9) (memory $memory) (realloc 10)))
    (alias export 0 "bulk-tail" (func (;10;)))
    (core func (;14;) (canon lower (func 10) (memory $memory) (realloc 10)))
    (alias export 0 "finish-bulk" (func (;11;)))
    (core func (;15;) (canon lower (func 11)))
    (core module (;4;)
      (type (;0;) (func (result i32)))
      (type (;1;) (func (param i32)))
      (type (;2;) (func (param i32 i64) (result i32)))
      (type (;3;) (func (param i32 i32)))
      (type (;4;) (func (param i32) (result i64)))
      (type (;5;) (func (param i32 i32 i32)))
      (type (;6;) (func (param i32 i32 i32 i32) (result i32)))
      (type (;7;) (func))
      (type (;8;) (func (param i32 i64 i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 1)))
      (import "" "3" (func (;3;) (type 2)))
      (import "" "4" (func (;4;) (type 3)))
      (import "" "5" (func (;5;) (type 1)))
      (import "" "6" (func (;6;) (type 4)))
      (import "" "7" (func (;7;) (type 5)))
      (import "" "8" (func (;8;) (type 3)))
      (import "" "9" (func (;9;) (type 3)))
      (import "" "10" (func (;10;) (type 1)))
      (import "" "11" (func (;11;) (type 6)))
      (import "" "m" (memory (;0;) 0))
      (export "0" (func $"wasi-shim: drain"))
      (export "1" (func $"wasi:io/streams#[method]input-stream.blocking-read"))
      (func $"wasi-shim: drain" (;12;) (type 7)
        (local i32)
        call 0
        local.tee 0
        if ;; label = @1
          local.get 0
          call 1
        end
        local.get 0
        call 2
      )
      (func $"wasi:io/streams#[method]input-stream.blocking-read" (;13;) (type 8) (param i32 i64 i32)
        (local i32 i64 i32 i32 i32)
        local.get 0
        local.get 1
        call 3
        local.tee 3
        if ;; label = @1
          local.get 3
          call 1
        end
        local.get 3
        call 6
        local.tee 4
        i32.wrap_i64
        local.tee 5
        if ;; label = @1
          i32.const 0
          i32.const 0
          i32.const 1
          local.get 5
          call 11
          local.tee 6
          call 5
          i32.const 0
          local.get 6
          i32.sub
          i32.const 7
          i32.and
          local.tee 7
          if ;; label = @2
            local.get 3
            local.get 7
            local.get 2
            call 7
          end
          local.get 5
          local.get 7
          i32.sub
          local.tee 7
          i32.const 6
          i32.shr_u
          if ;; label = @2
            local.get 3
            local.get 2
            call 8
          end
          local.get 7
          i32.const 63
          i32.and
          if ;; label = @2
            local.get 3
            local.get 2
            call 9
          end
          local.get 3
          call 10
          local.get 2
          i32.const 0
          i32.store8
          local.get 2
          local.get 6
          i32.store offset=4
          local.get 2
          local.get 5
          i32.store offset=8
          return
        end
        local.get 3
        local.get 2
        call 4
      )
    )
    (core instance (;4;)
      (export "0" (func 2))
      (export "1" (func 5))
      (export "2" (func 3))
      (export "3" (func 7))
      (export "4" (func 8))
      (export "5" (func 9))
      (export "6" (func 11))
      (export "7" (func 12))
      (export "8" (func 13))
      (export "9" (func 14))
      (export "10" (func 15))
      (export "11" (func $realloc))
      (export "m" (memory $memory))
    )
    (core instance (;5;) (instantiate 4
        (with "" (instance 4))
      )
    )
    (alias core export 5 "1" (core func $read-core (;16;)))
    (core instance (;6;)
      (export "read" (func $read-core))
    )
    (core instance $use (;7;) (instantiate $use
        (with "" (instance 6))
      )
    )
    (alias core export $use "count" (core func $count-core (;17;)))
    (type (;4;) (func (param "of" u32) (result u32)))
    (func $count (;12;) (type 4) (canon lift (core func $count-core)))
    (export (;13;) "count" (func $count))
  )
  (component (;1;) ;; the adapter
  )
  (instance (;0;) (instantiate 1))
  (alias export 0 "wasi-shim:p2-on-p3/control" (instance (;1;)))
  (alias export 0 "wasi:io/error@0.2.12" (instance (;2;)))
  (alias export 0 "wasi:io/streams@0.2.12" (instance (;3;)))
  (instance (;4;) (instantiate 0
      (with "wasi-shim:p2-on-p3/control" (instance 1))
      (with "wasi:io/error@0.2.3" (instance 2))
      (with "wasi:io/streams@0.2.3" (instance 3))
    )
  )
  (alias export 4 "count" (func (;0;)))
  (export (;1;) "count" (func 0))
)
