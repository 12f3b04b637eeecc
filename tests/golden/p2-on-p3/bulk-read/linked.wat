(component
  (core func (;0;) (canon waitable.join))
  (type (;0;) (stream u8))
  (core func (;1;) (canon stream.drop-writable 0))
  (core func (;2;) (canon stream.drop-readable 0))
  (core func (;3;) (canon stream.new 0))
  (core module (;0;)
    (memory (;0;) 1)
    (export "m" (memory 0))
  )
  (core instance (;0;) (instantiate 0))
  (alias core export 0 "m" (core memory (;0;)))
  (core func (;4;) (canon stream.read 0 (memory 0) async))
  (core func (;5;) (canon waitable-set.poll (memory 0)))
  (core func (;6;) (canon stream.write 0 (memory 0) async))
  (core func (;7;) (canon waitable-set.new))
  (core func (;8;) (canon thread.yield))
  (core func (;9;) (canon waitable-set.wait (memory 0)))
  (core module (;1;) ;; the adapter
  )
  (core instance (;1;)
    (export "m" (memory 0))
  )
  (core instance (;2;)
    (export "7" (func 0))
    (export "8" (func 1))
    (export "9" (func 2))
    (export "19" (func 3))
    (export "24" (func 4))
    (export "40" (func 5))
    (export "41" (func 6))
    (export "42" (func 7))
    (export "129" (func 8))
    (export "130" (func 9))
  )
  (core instance (;3;) (instantiate 1
      (with "" (instance 1))
      (with "p" (instance 2))
    )
  )
  (alias core export 3 "3" (core func (;10;)))
  (alias core export 3 "4" (core func (;11;)))
  (alias core export 3 "5" (core func (;12;)))
  (alias core export 3 "6" (core func (;13;)))
  (alias core export 3 "p2" (core func (;14;)))
  (alias core export 3 "p8" (core func (;15;)))
  (alias core export 3 "p0" (core func (;16;)))
  (alias core export 3 "p3" (core func (;17;)))
  (alias core export 3 "p5" (core func (;18;)))
  (alias core export 3 "p4" (core func (;19;)))
  (alias core export 3 "p6" (core func (;20;)))
  (alias core export 3 "p7" (core func (;21;)))
  (alias core export 3 "p1" (core func (;22;)))
  (core module $main (;2;)
    (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
    (memory (;0;) 1)
    (export "memory" (memory 0))
    (export "realloc" (func 0))
    (func (;0;) (type 0) (param i32 i32 i32 i32) (result i32)
      i32.const 1024
    )
  )
  (core module $use (;3;)
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
  (core instance $main (;4;) (instantiate $main))
  (alias core export $main "memory" (core memory $memory (;1;)))
  (alias core export $main "realloc" (core func $realloc (;23;)))
  (core module (;4;)
    (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
    (type (;1;) (func (param i32) (result i32)))
    (type (;2;) (func (param i32 i32) (result i32)))
    (type (;3;) (func (param i32 i64) (result i32)))
    (type (;4;) (func (param i32)))
    (type (;5;) (func (param i32) (result i64)))
    (type (;6;) (func (param i32 i32)))
    (type (;7;) (func (param i32 i32 i32)))
    (type (;8;) (func (param i32 i64 i32)))
    (import "" "0" (func (;0;) (type 0)))
    (import "" "1" (func (;1;) (type 0)))
    (import "" "2" (func (;2;) (type 1)))
    (import "" "3" (func (;3;) (type 2)))
    (import "" "4" (func (;4;) (type 0)))
    (import "" "5" (func (;5;) (type 2)))
    (import "" "6" (func (;6;) (type 1)))
    (import "" "7" (func (;7;) (type 1)))
    (import "" "8" (func (;8;) (type 3)))
    (import "" "9" (func (;9;) (type 4)))
    (import "" "10" (func (;10;) (type 4)))
    (import "" "11" (func (;11;) (type 5)))
    (import "" "12" (func (;12;) (type 4)))
    (import "" "13" (func (;13;) (type 6)))
    (import "" "m" (memory (;0;) 0))
    (import "" "m1" (memory (;1;) 0))
    (export "0" (func $"wasi:io/streams#[static]input-stream.finish-blocking-read"))
    (export "3" (func $wasi-shim:p2-on-p3/control#bulk-head))
    (export "5" (func $wasi-shim:p2-on-p3/control#bulk-body))
    (export "6" (func $wasi-shim:p2-on-p3/control#bulk-tail))
    (export "7" (func $"wasi:io/streams#[method]input-stream.blocking-read"))
    (func $"wasi:io/streams#[static]input-stream.finish-blocking-read" (;14;) (type 6) (param i32 i32)
      (local i32)
      local.get 0
      call 2
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
      else
        local.get 1
        local.get 2
        i64.load 1 offset=4
        i64.store offset=4
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
          call 3
          i32.store offset=8
        end
      else
        local.get 1
        local.get 2
        i32.load 1 offset=4
        local.get 2
        i32.load 1 offset=8
        i32.const 1
        i32.const 1
        call $"wasi-shim: copy"
        i32.store offset=4
      end
    )
    (func $"wasi-shim: invalid pointer" (;15;) (type 7) (param i32 i32 i32)
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
    (func $"wasi-shim: copy" (;16;) (type 0) (param i32 i32 i32 i32) (result i32)
      (local i32 i32)
      local.get 1
      local.get 2
      i32.mul
      local.set 4
      i32.const 0
      i32.const 0
      local.get 3
      local.get 4
      call 0
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
    (func $wasi-shim:p2-on-p3/control#bulk-head (;17;) (type 7) (param i32 i32 i32)
      (local i32)
      local.get 0
      local.get 1
      call 5
      local.set 3
      local.get 2
      i32.const 8
      i32.const 4
      call $"wasi-shim: invalid pointer"
      local.get 2
      local.get 3
      i64.load 1
      i64.store
      local.get 2
      local.get 3
      i32.load 1
      local.get 3
      i32.load 1 offset=4
      i32.const 1
      i32.const 1
      call $"#func18 wasi-shim: copy"
      i32.store
    )
    (func $"#func18 wasi-shim: copy" (@name "wasi-shim: copy") (;18;) (type 0) (param i32 i32 i32 i32) (result i32)
      (local i32 i32)
      local.get 1
      local.get 2
      i32.mul
      local.set 4
      i32.const 0
      i32.const 0
      local.get 3
      local.get 4
      call 4
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
    (func $wasi-shim:p2-on-p3/control#bulk-body (;19;) (type 6) (param i32 i32)
      (local i32)
      local.get 0
      call 6
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
      i32.const 64
      i32.const 8
      call $"#func18 wasi-shim: copy"
      i32.store
    )
    (func $wasi-shim:p2-on-p3/control#bulk-tail (;20;) (type 6) (param i32 i32)
      (local i32)
      local.get 0
      call 7
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
      i32.const 1
      i32.const 1
      call $"#func18 wasi-shim: copy"
      i32.store
    )
    (func $"wasi:io/streams#[method]input-stream.blocking-read" (;21;) (type 8) (param i32 i64 i32)
      (local i32 i64 i32 i32 i32)
      local.get 0
      local.get 1
      call 8
      local.tee 3
      if ;; label = @1
        local.get 3
        call 9
      end
      local.get 0
      i32.const 3
      call 13
      local.get 3
      call 11
      local.tee 4
      i32.wrap_i64
      local.tee 5
      if ;; label = @1
        i32.const 0
        i32.const 0
        i32.const 1
        local.get 5
        call 0
        local.tee 6
        call 10
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
          call $wasi-shim:p2-on-p3/control#bulk-head
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
          call $wasi-shim:p2-on-p3/control#bulk-body
        end
        local.get 7
        i32.const 63
        i32.and
        if ;; label = @2
          local.get 3
          local.get 2
          call $wasi-shim:p2-on-p3/control#bulk-tail
        end
        local.get 3
        call 12
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
      call $"wasi:io/streams#[static]input-stream.finish-blocking-read"
    )
  )
  (core instance (;5;)
    (export "0" (func $realloc))
    (export "1" (func 16))
    (export "2" (func 15))
    (export "3" (func 14))
    (export "4" (func 13))
    (export "5" (func 18))
    (export "6" (func 19))
    (export "7" (func 20))
    (export "8" (func 11))
    (export "9" (func 10))
    (export "10" (func 12))
    (export "11" (func 17))
    (export "12" (func 21))
    (export "13" (func 22))
    (export "m" (memory $memory))
    (export "m1" (memory 0))
  )
  (core instance (;6;) (instantiate 4
      (with "" (instance 5))
    )
  )
  (alias core export 6 "7" (core func $read-core (;24;)))
  (core instance (;7;)
    (export "read" (func $read-core))
  )
  (core instance $use (;8;) (instantiate $use
      (with "" (instance 7))
    )
  )
  (alias core export $use "count" (core func $count-core (;25;)))
  (type (;1;) (func (param "of" u32) (result u32)))
  (func $count (;0;) (type 1) (canon lift (core func $count-core)))
  (export (;1;) "count" (func $count))
)
