(component
  (type (;0;)
    (instance
      (type (;0;) (enum "io" "illegal-byte-sequence" "pipe"))
      (export (;1;) "error-code" (type (eq 0)))
    )
  )
  (import "wasi:cli/types@0.3.0" (instance (;0;) (type 0)))
  (alias export 0 "error-code" (type (;1;)))
  (type (;2;)
    (instance
      (alias outer 1 1 (type (;0;)))
      (export (;1;) "error-code" (type (eq 0)))
      (type (;2;) (stream u8))
      (type (;3;) (result (error 1)))
      (type (;4;) (future 3))
      (type (;5;) (func (param "data" 2) (result 4)))
      (export (;0;) "write-via-stream" (func (type 5)))
    )
  )
  (import "wasi:cli/stdout@0.3.0" (instance (;1;) (type 2)))
  (component (;0;)
    (type (;0;)
      (instance
        (type (;0;) (func async (param "token" u32)))
        (type (;1;) (func (param "token" u32) (result u32)))
        (type (;2;) (func (result u32)))
        (type (;3;) (func (param "token" u32)))
        (export (;0;) "wait" (func (type 0)))
        (export (;1;) "wait-now" (func (type 1)))
        (export (;2;) "start-drain" (func (type 2)))
        (export (;3;) "finish-drain" (func (type 3)))
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
    (core module (;0;)
      (type (;0;) (func (param i32)))
      (type (;1;) (func (param i32) (result i32)))
      (type (;2;) (func))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (global (;0;) (mut i32) i32.const 0)
      (export "1" (func $"wasi-shim: enter"))
      (export "2" (func $"wasi-shim: leave"))
      (export "3" (func $"wasi-shim: wait"))
      (func $"wasi-shim: this call has to wait, but no async export of the component is running" (;2;) (type 2)
        unreachable
      )
      (func $"wasi-shim: enter" (;3;) (type 2)
        global.get 0
        i32.const 1
        i32.add
        global.set 0
      )
      (func $"wasi-shim: leave" (;4;) (type 2)
        global.get 0
        i32.const -1
        i32.add
        global.set 0
      )
      (func $"wasi-shim: wait" (;5;) (type 0) (param i32)
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
    )
    (core instance (;1;) (instantiate 0
        (with "" (instance 0))
      )
    )
    (alias core export 1 "1" (core func (;4;)))
    (alias core export 1 "2" (core func (;5;)))
    (alias core export 1 "3" (core func (;6;)))
    (type (;1;)
      (instance
        (export (;0;) "error" (type (sub resource)))
      )
    )
    (import "wasi:io/error@0.2.0" (instance $error (;1;) (type 1)))
    (alias export $error "error" (type $error-t (;2;)))
    (type (;3;)
      (instance
        (export (;0;) "output-stream" (type (sub resource)))
        (alias outer 1 $error-t (type (;1;)))
        (export (;2;) "error" (type (eq 1)))
        (type (;3;) (own 2))
        (type (;4;) (variant (case "last-operation-failed" 3) (case "closed")))
        (export (;5;) "stream-error" (type (eq 4)))
        (type (;6;) (borrow 0))
        (type (;7;) (list u8))
        (type (;8;) (result (error 5)))
        (type (;9;) (func (param "self" 6) (param "contents" 7) (result 8)))
        (type (;10;) (func (param "self" 6) (result 8)))
        (type (;11;) (tuple u64 u64 u64 u64 u64 u64 u64 u64))
        (type (;12;) (list 11))
        (type (;13;) (func (param "self" 6) (param "contents-skip" u32) (param "contents-len" u32) (param "contents" 12) (result u32)))
        (type (;14;) (func (param "token" u32) (result 8)))
        (export (;0;) "[method]output-stream.start-blocking-write-and-flush" (func (type 13)))
        (export (;1;) "[static]output-stream.finish-blocking-write-and-flush" (func (type 14)))
      )
    )
    (import "wasi:io/streams@0.2.0" (instance $streams (;2;) (type 3)))
    (alias export $streams "output-stream" (type $out (;4;)))
    (type (;5;)
      (instance
        (alias outer 1 $out (type (;0;)))
        (export (;1;) "output-stream" (type (eq 0)))
        (type (;2;) (own 1))
        (type (;3;) (func (result 2)))
        (export (;0;) "get-stdout" (func (type 3)))
      )
    )
    (import "wasi:cli/stdout@0.2.0" (instance $stdout (;3;) (type 5)))
    (core module $shim (;1;)
      (type $w (;0;) (func (param i32 i32 i32 i32)))
      (table (;0;) 1 1 funcref)
      (export "t" (table 0))
      (export "write" (func 0))
      (func (;0;) (type $w) (param i32 i32 i32 i32)
        local.get 0
        local.get 1
        local.get 2
        local.get 3
        i32.const 0
        call_indirect (type $w)
      )
    )
    (core module $main (;2;)
      (type (;0;) (func (result i32)))
      (type (;1;) (func (param i32 i32 i32 i32)))
      (import "io" "get-stdout" (func $get (;0;) (type 0)))
      (import "io" "write" (func $write (;1;) (type 1)))
      (memory (;0;) 1)
      (export "memory" (memory 0))
      (export "run" (func 2))
      (func (;2;) (type 0) (result i32)
        call $get
        i32.const 16
        i32.const 6
        i32.const 0
        call $write
        i32.const 0
      )
      (data (;0;) (i32.const 16) "hello\0a")
    )
    (core module $fix (;3;)
      (type (;0;) (func (param i32 i32 i32 i32)))
      (import "" "t" (table (;0;) 1 1 funcref))
      (import "" "write" (func $w (;0;) (type 0)))
      (elem (;0;) (i32.const 0) func $w)
    )
    (core instance $shim (;2;) (instantiate $shim))
    (alias export $stdout "get-stdout" (func $get (;4;)))
    (core func $get-core (;7;) (canon lower (func $get)))
    (alias core export $shim "write" (core func $write-shim (;8;)))
    (core instance $io (;3;)
      (export "get-stdout" (func $get-core))
      (export "write" (func $write-shim))
    )
    (core instance $main (;4;) (instantiate $main
        (with "io" (instance $io))
      )
    )
    (alias core export $main "memory" (core memory $memory (;0;)))
    (alias core export $shim "t" (core table $table (;0;)))
    (alias export $streams "[method]output-stream.start-blocking-write-and-flush" (func (;5;)))
    (alias export $streams "[static]output-stream.finish-blocking-write-and-flush" (func (;6;)))
    (core func (;9;) (canon lower (func 5) (memory $memory)))
    (core func (;10;) (canon lower (func 6) (memory $memory)))
    (core module (;4;)
      (type (;0;) (func (result i32)))
      (type (;1;) (func (param i32)))
      (type (;2;) (func (param i32 i32 i32 i32 i32) (result i32)))
      (type (;3;) (func (param i32 i32)))
      (type (;4;) (func))
      (type (;5;) (func (param i32 i32 i32 i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 1)))
      (import "" "3" (func (;3;) (type 2)))
      (import "" "4" (func (;4;) (type 3)))
      (export "0" (func $"wasi-shim: drain"))
      (export "1" (func $"wasi:io/streams#[method]output-stream.blocking-write-and-flush"))
      (func $"wasi-shim: drain" (;5;) (type 4)
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
      (func $"wasi:io/streams#[method]output-stream.blocking-write-and-flush" (;6;) (type 5) (param i32 i32 i32 i32)
        (local i32)
        local.get 0
        local.get 1
        i32.const 63
        i32.and
        local.get 2
        local.get 1
        i32.const -64
        i32.and
        local.get 2
        i32.const 6
        i32.shr_u
        local.get 2
        i32.const 63
        i32.and
        local.get 1
        i32.const 63
        i32.and
        i32.add
        i32.const 63
        i32.add
        i32.const 6
        i32.shr_u
        i32.add
        i32.const 0
        local.get 2
        select
        call 3
        local.tee 4
        if ;; label = @1
          local.get 4
          call 1
        end
        local.get 4
        local.get 3
        call 4
      )
    )
    (core instance (;5;)
      (export "0" (func 2))
      (export "1" (func 6))
      (export "2" (func 3))
      (export "3" (func 9))
      (export "4" (func 10))
    )
    (core instance (;6;) (instantiate 4
        (with "" (instance 5))
      )
    )
    (alias core export 6 "0" (core func (;11;)))
    (alias core export 6 "1" (core func $write-core (;12;)))
    (core instance (;7;)
      (export "t" (table $table))
      (export "write" (func $write-core))
    )
    (core instance $fixed (;8;) (instantiate $fix
        (with "" (instance 7))
      )
    )
    (alias core export $main "run" (core func $run-core (;13;)))
    (core module (;5;)
      (type (;0;) (func (result i32)))
      (type (;1;) (func))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 1)))
      (import "" "3" (func (;3;) (type 1)))
      (export "0" (func $"wasi-shim: run"))
      (func $"wasi-shim: run" (;4;) (type 0) (result i32)
        (local i32)
        call 1
        call 0
        local.set 0
        call 3
        call 2
        local.get 0
      )
    )
    (core instance (;9;)
      (export "0" (func $run-core))
      (export "1" (func 4))
      (export "2" (func 5))
      (export "3" (func 11))
    )
    (core instance (;10;) (instantiate 5
        (with "" (instance 9))
      )
    )
    (alias core export 10 "0" (core func (;14;)))
    (type (;6;) (result))
    (type (;7;) (func async (result 6)))
    (func (;7;) (type 7) (canon lift (core func 14)))
    (instance (;4;)
      (export "run" (func 7))
    )
    (export (;5;) "wasi:cli/run@0.3.0" (instance 4))
  )
  (component (;1;) ;; the adapter
  )
  (instance (;2;) (instantiate 1
      (with "wasi:cli/types@0.3.0" (instance 0))
      (with "wasi:cli/stdout@0.3.0" (instance 1))
    )
  )
  (alias export 2 "wasi-shim:p2-on-p3/control" (instance (;3;)))
  (alias export 2 "wasi:io/error@0.2.12" (instance (;4;)))
  (alias export 2 "wasi:io/streams@0.2.12" (instance (;5;)))
  (alias export 2 "wasi:cli/stdout@0.2.12" (instance (;6;)))
  (instance (;7;) (instantiate 0
      (with "wasi-shim:p2-on-p3/control" (instance 3))
      (with "wasi:io/error@0.2.0" (instance 4))
      (with "wasi:io/streams@0.2.0" (instance 5))
      (with "wasi:cli/stdout@0.2.0" (instance 6))
    )
  )
  (alias export 7 "wasi:cli/run@0.3.0" (instance (;8;)))
  (export (;9;) "wasi:cli/run@0.3.0" (instance 8))
)
