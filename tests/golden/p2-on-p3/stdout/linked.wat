(component
  (core func (;0;) (canon waitable.join))
  (type (;0;) (stream u8))
  (core func (;1;) (canon stream.drop-writable 0))
  (core func (;2;) (canon stream.new 0))
  (type (;1;)
    (instance
      (type (;0;) (enum "io" "illegal-byte-sequence" "pipe"))
      (export (;1;) "error-code" (type (eq 0)))
    )
  )
  (import "wasi:cli/types@0.3.0" (instance (;0;) (type 1)))
  (alias export 0 "error-code" (type (;2;)))
  (type (;3;)
    (instance
      (alias outer 1 2 (type (;0;)))
      (export (;1;) "error-code" (type (eq 0)))
      (type (;2;) (stream u8))
      (type (;3;) (result (error 1)))
      (type (;4;) (future 3))
      (type (;5;) (func (param "data" 2) (result 4)))
      (export (;0;) "write-via-stream" (func (type 5)))
    )
  )
  (import "wasi:cli/stdout@0.3.0" (instance (;1;) (type 3)))
  (alias export 1 "error-code" (type (;4;)))
  (type (;5;) (result (error 4)))
  (type (;6;) (future 5))
  (core func (;3;) (canon future.drop-readable 6))
  (core module (;0;)
    (memory (;0;) 1)
    (export "m" (memory 0))
  )
  (core instance (;0;) (instantiate 0))
  (alias core export 0 "m" (core memory (;0;)))
  (core func (;4;) (canon future.read 6 (memory 0) async))
  (alias export 1 "write-via-stream" (func (;0;)))
  (core func (;5;) (canon lower (func 0)))
  (core func (;6;) (canon waitable-set.poll (memory 0)))
  (core func (;7;) (canon stream.write 0 (memory 0) async))
  (core func (;8;) (canon waitable-set.new))
  (core func (;9;) (canon thread.yield))
  (core func (;10;) (canon waitable-set.wait (memory 0)))
  (core module (;1;) ;; the adapter
  )
  (core instance (;1;)
    (export "m" (memory 0))
  )
  (core instance (;2;)
    (export "7" (func 0))
    (export "8" (func 1))
    (export "19" (func 2))
    (export "25" (func 3))
    (export "30" (func 4))
    (export "37" (func 5))
    (export "40" (func 6))
    (export "41" (func 7))
    (export "42" (func 8))
    (export "129" (func 9))
    (export "130" (func 10))
  )
  (core instance (;3;) (instantiate 1
      (with "" (instance 1))
      (with "p" (instance 2))
    )
  )
  (alias core export 3 "1" (core func (;11;)))
  (alias core export 3 "2" (core func (;12;)))
  (alias core export 3 "3" (core func (;13;)))
  (alias core export 3 "4" (core func $get-core (;14;)))
  (alias core export 3 "5" (core func (;15;)))
  (alias core export 3 "p2" (core func (;16;)))
  (alias core export 3 "p3" (core func (;17;)))
  (alias core export 3 "p4" (core func (;18;)))
  (alias core export 3 "p0" (core func (;19;)))
  (alias core export 3 "p5" (core func (;20;)))
  (alias core export 3 "p1" (core func (;21;)))
  (core module $shim (;2;)
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
  (core module $main (;3;)
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
  (core module $fix (;4;)
    (type (;0;) (func (param i32 i32 i32 i32)))
    (import "" "t" (table (;0;) 1 1 funcref))
    (import "" "write" (func $w (;0;) (type 0)))
    (elem (;0;) (i32.const 0) func $w)
  )
  (core instance $shim (;4;) (instantiate $shim))
  (alias core export $shim "write" (core func $write-shim (;22;)))
  (core instance $io (;5;)
    (export "get-stdout" (func $get-core))
    (export "write" (func $write-shim))
  )
  (core instance $main (;6;) (instantiate $main
      (with "io" (instance $io))
    )
  )
  (alias core export $main "memory" (core memory $memory (;1;)))
  (alias core export $shim "t" (core table $table (;0;)))
  (core module (;5;)
    (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
    (type (;1;) (func (param i32 i32 i32 i32 i32) (result i32)))
    (type (;2;) (func (param i32 i32) (result i32)))
    (type (;3;) (func (param i32) (result i32)))
    (type (;4;) (func (param i32)))
    (type (;5;) (func (param i32 i32)))
    (type (;6;) (func (result i32)))
    (type (;7;) (func))
    (type (;8;) (func (param i32 i32 i32)))
    (type (;9;) (func (param i32 i32 i32 i32)))
    (import "" "0" (func (;0;) (type 0)))
    (import "" "1" (func (;1;) (type 1)))
    (import "" "2" (func (;2;) (type 2)))
    (import "" "3" (func (;3;) (type 3)))
    (import "" "4" (func (;4;) (type 2)))
    (import "" "5" (func (;5;) (type 4)))
    (import "" "6" (func (;6;) (type 5)))
    (import "" "7" (func (;7;) (type 6)))
    (import "" "8" (func (;8;) (type 7)))
    (import "" "9" (func (;9;) (type 7)))
    (import "" "10" (func (;10;) (type 7)))
    (import "" "m" (memory (;0;) 0))
    (import "" "m1" (memory (;1;) 0))
    (export "0" (func $"wasi:io/streams#[method]output-stream.start-blocking-write-and-flush"))
    (export "3" (func $"wasi:io/streams#[static]output-stream.finish-blocking-write-and-flush"))
    (export "4" (func $"wasi:io/streams#[method]output-stream.blocking-write-and-flush"))
    (export "5" (func $"wasi-shim: run"))
    (func $"wasi:io/streams#[method]output-stream.start-blocking-write-and-flush" (;11;) (type 1) (param i32 i32 i32 i32 i32) (result i32)
      (local i32)
      local.get 0
      i32.const 4
      call 2
      local.get 1
      local.get 2
      local.get 3
      local.get 4
      i32.const 64
      i32.const 8
      call $"wasi-shim: copy"
      local.set 3
      local.get 3
      local.get 4
      call 1
    )
    (func $"wasi-shim: copy" (;12;) (type 0) (param i32 i32 i32 i32) (result i32)
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
    (func $"wasi-shim: invalid pointer" (;13;) (type 8) (param i32 i32 i32)
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
    (func $"wasi:io/streams#[static]output-stream.finish-blocking-write-and-flush" (;14;) (type 5) (param i32 i32)
      (local i32)
      local.get 0
      call 3
      local.set 2
      local.get 1
      i32.const 12
      i32.const 4
      call $"wasi-shim: invalid pointer"
      local.get 1
      local.get 2
      i32.load8_u 1
      i32.store8
      local.get 2
      i32.load8_u 1
      if ;; label = @1
        local.get 1
        local.get 2
        i32.load8_u 1 offset=4
        i32.store8 offset=4
        local.get 2
        i32.load8_u 1 offset=4
        i32.eqz
        if ;; label = @2
          local.get 1
          local.get 2
          i32.load 1 offset=8
          i32.store offset=8
        end
      end
      local.get 2
      i32.load8_u 1
      if ;; label = @1
        local.get 2
        i32.load8_u 1 offset=4
        i32.eqz
        if ;; label = @2
          local.get 1
          local.get 2
          i32.load 1 offset=8
          i32.const 1
          call 4
          i32.store offset=8
        end
      end
    )
    (func $"wasi:io/streams#[method]output-stream.blocking-write-and-flush" (;15;) (type 9) (param i32 i32 i32 i32)
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
      call $"wasi:io/streams#[method]output-stream.start-blocking-write-and-flush"
      local.tee 4
      if ;; label = @1
        local.get 4
        call 5
      end
      local.get 0
      i32.const 4
      call 6
      local.get 4
      local.get 3
      call $"wasi:io/streams#[static]output-stream.finish-blocking-write-and-flush"
    )
    (func $"wasi-shim: run" (;16;) (type 6) (result i32)
      (local i32)
      call 8
      call 7
      local.set 0
      call 10
      call 9
      local.get 0
    )
  )
  (alias core export $main "run" (core func $run-core (;23;)))
  (core instance (;7;)
    (export "0" (func 19))
    (export "1" (func 18))
    (export "2" (func 17))
    (export "3" (func 20))
    (export "4" (func 16))
    (export "5" (func 13))
    (export "6" (func 21))
    (export "7" (func $run-core))
    (export "8" (func 11))
    (export "9" (func 12))
    (export "10" (func 15))
    (export "m" (memory $memory))
    (export "m1" (memory 0))
  )
  (core instance (;8;) (instantiate 5
      (with "" (instance 7))
    )
  )
  (alias core export 8 "4" (core func $write-core (;24;)))
  (core instance (;9;)
    (export "t" (table $table))
    (export "write" (func $write-core))
  )
  (core instance $fixed (;10;) (instantiate $fix
      (with "" (instance 9))
    )
  )
  (type (;7;) (result))
  (type (;8;) (func async (result 7)))
  (alias core export 8 "5" (core func (;25;)))
  (func (;1;) (type 8) (canon lift (core func 25)))
  (instance (;2;)
    (export "run" (func 1))
  )
  (export (;3;) "wasi:cli/run@0.3.0" (instance 2))
)
