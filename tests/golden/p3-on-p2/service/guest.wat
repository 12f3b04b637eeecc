(component
  (type (;0;)
    (instance
      (type (;0;) (func (param "set" u32) (result u64)))
      (type (;1;) (func))
      (type (;2;) (func (param "subtask" u32) (result u32)))
      (type (;3;) (func (param "waitable" u32) (result u64)))
      (type (;4;) (func))
      (export (;0;) "waitable-set-wait" (func (type 0)))
      (export (;1;) "yield" (func (type 1)))
      (export (;2;) "subtask-cancel" (func (type 2)))
      (export (;3;) "cookie" (func (type 3)))
      (export (;4;) "drain" (func (type 4)))
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
    (table (;0;) 1 funcref)
    (memory (;0;) 1)
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
    (export "13" (func $"wasi-shim: stash"))
    (export "14" (func $"wasi-shim: fetch"))
    (export "15" (func $"wasi-shim: subtask.cancel"))
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
    (func $"wasi-shim: stash" (;15;) (type 7) (param i32 i64)
      local.get 0
      i32.const 8
      i32.mul
      local.get 1
      i64.store
    )
    (func $"wasi-shim: fetch" (;16;) (type 1) (param i32) (result i64)
      local.get 0
      i32.const 8
      i32.mul
      i64.load
    )
    (func $"wasi-shim: subtask.cancel" (;17;) (type 2) (param i32) (result i32)
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
  (type (;1;)
    (instance
      (export (;0;) "request" (type (sub resource)))
      (export (;1;) "response" (type (sub resource)))
      (type (;2;) (option string))
      (type (;3;) (variant (case "loop-detected") (case "internal-error" 2)))
      (export (;4;) "error-code" (type (eq 3)))
    )
  )
  (import "wasi:http/types@0.3.0" (instance $types (;1;) (type 1)))
  (type (;2;)
    (instance
      (export (;0;) "incoming-request" (type (sub resource)))
      (export (;1;) "response-outparam" (type (sub resource)))
    )
  )
  (import "wasi:http/types@0.2.0" (instance (;2;) (type 2)))
  (alias export 2 "incoming-request" (type (;3;)))
  (alias export 2 "response-outparam" (type (;4;)))
  (alias export $types "request" (type (;5;)))
  (alias export $types "response" (type (;6;)))
  (alias export $types "error-code" (type (;7;)))
  (type (;8;)
    (instance
      (alias outer 1 5 (type (;0;)))
      (export (;1;) "request" (type (eq 0)))
      (alias outer 1 6 (type (;2;)))
      (export (;3;) "response" (type (eq 2)))
      (alias outer 1 7 (type (;4;)))
      (export (;5;) "error-code" (type (eq 4)))
      (alias outer 1 3 (type (;6;)))
      (export (;7;) "incoming-request" (type (eq 6)))
      (alias outer 1 4 (type (;8;)))
      (export (;9;) "response-outparam" (type (eq 8)))
      (type (;10;) (own 1))
      (type (;11;) (own 3))
      (type (;12;) (own 7))
      (type (;13;) (own 9))
      (type (;14;) (result 11 (error 5)))
      (type (;15;) (func (param "request" 12) (param "out" 13) (result 10)))
      (export (;0;) "accept" (func (type 15)))
      (type (;16;) (func (param "response" 14)))
      (export (;1;) "respond" (func (type 16)))
    )
  )
  (import "wasi-shim:p3-on-p2/serve" (instance (;3;) (type 8)))
  (alias export 3 "accept" (func (;2;)))
  (core func (;7;) (canon lower (func 2)))
  (alias export 3 "respond" (func (;3;)))
  (core module $memory (;1;)
    (memory (;0;) 1)
    (export "memory" (memory 0))
  )
  (core instance $memory (;2;) (instantiate $memory))
  (alias core export $memory "memory" (core memory (;0;)))
  (core func (;8;) (canon lower (func 3) (memory 0)))
  (core module $main (;2;)
    (type (;0;) (func (param i32 i32 i32 i32 i32)))
    (type (;1;) (func (param i32) (result i32)))
    (type (;2;) (func (param i32 i32 i32) (result i32)))
    (import "" "return" (func $return (;0;) (type 0)))
    (export "handle" (func 1))
    (export "callback" (func 2))
    (func (;1;) (type 1) (param i32) (result i32)
      i32.const 1
      i32.const 0
      i32.const 0
      i32.const 0
      i32.const 0
      call $return
      i32.const 0
    )
    (func (;2;) (type 2) (param i32 i32 i32) (result i32)
      unreachable
    )
  )
  (core module (;3;)
    (type (;0;) (func (param i32 i64)))
    (type (;1;) (func (param i32 i32 i32 i32 i32)))
    (import "" "0" (func (;0;) (type 0)))
    (import "" "1" (func (;1;) (type 1)))
    (export "0" (func $"wasi-shim: task.return"))
    (func $"wasi-shim: task.return" (;2;) (type 1) (param i32 i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      local.get 4
      call 1
      i32.const 1
      local.get 0
      i64.extend_i32_u
      call 0
    )
  )
  (core instance (;3;)
    (export "0" (func 4))
    (export "1" (func 8))
  )
  (core instance (;4;) (instantiate 3
      (with "" (instance 3))
    )
  )
  (alias core export 4 "0" (core func $return (;9;)))
  (core instance (;5;)
    (export "return" (func $return))
  )
  (core instance $main (;6;) (instantiate $main
      (with "" (instance 5))
    )
  )
  (alias core export $main "handle" (core func (;10;)))
  (alias core export $main "callback" (core func (;11;)))
  (alias export 0 "waitable-set-wait" (func (;4;)))
  (core func (;12;) (canon lower (func 4)))
  (alias export 0 "yield" (func (;5;)))
  (core func (;13;) (canon lower (func 5)))
  (alias export 0 "drain" (func (;6;)))
  (core func (;14;) (canon lower (func 6)))
  (core module (;4;)
    (type (;0;) (func (param i32) (result i32)))
    (type (;1;) (func (param i32 i32) (result i32)))
    (type (;2;) (func))
    (type (;3;) (func (param i32)))
    (type (;4;) (func (param i32 i32)))
    (type (;5;) (func (result i32)))
    (type (;6;) (func (param i32 i32 i32) (result i32)))
    (type (;7;) (func (param i32) (result i64)))
    (type (;8;) (func (result i64)))
    (import "" "0" (func (;0;) (type 0)))
    (import "" "1" (func (;1;) (type 1)))
    (import "" "2" (func (;2;) (type 2)))
    (import "" "3" (func (;3;) (type 3)))
    (import "" "4" (func (;4;) (type 4)))
    (import "" "5" (func (;5;) (type 5)))
    (import "" "6" (func (;6;) (type 6)))
    (import "" "7" (func (;7;) (type 7)))
    (import "" "8" (func (;8;) (type 2)))
    (import "" "9" (func (;9;) (type 8)))
    (export "1" (func $"wasi-shim: export"))
    (func $"wasi-shim: a callback answered neither EXIT nor YIELD nor WAIT" (;10;) (type 2)
      unreachable
    )
    (func $"wasi-shim: export" (;11;) (type 4) (param i32 i32)
      (local i32 i32 i64 i64)
      i32.const 1
      call 3
      local.get 0
      local.get 1
      call 1
      call 0
      local.set 2
      block ;; label = @1
        loop ;; label = @2
          call 5
          local.get 3
          i32.gt_u
          if ;; label = @3
            call 9
            local.set 5
            i32.const 1
            local.set 3
          end
          local.get 2
          i32.const 15
          i32.and
          i32.eqz
          br_if 1 (;@1;)
          local.get 2
          i32.const 15
          i32.and
          i32.const 2
          i32.gt_u
          if ;; label = @3
            call $"wasi-shim: a callback answered neither EXIT nor YIELD nor WAIT"
          end
          local.get 2
          i32.const 15
          i32.and
          i32.const 1
          i32.eq
          if ;; label = @3
            call 8
            i64.const 0
            local.set 4
          else
            local.get 2
            i32.const 4
            i32.shr_u
            call 7
            local.set 4
          end
          local.get 4
          i32.wrap_i64
          i32.const 15
          i32.and
          if ;; label = @3
            local.get 4
            i32.wrap_i64
            i32.const 4
            i32.shr_u
            i32.const 268435455
            i32.and
            local.get 4
            i64.const 32
            i64.shr_u
            i32.wrap_i64
            call 4
          end
          local.get 4
          i32.wrap_i64
          i32.const 15
          i32.and
          local.get 4
          i32.wrap_i64
          i32.const 4
          i32.shr_u
          i32.const 268435455
          i32.and
          local.get 4
          i64.const 32
          i64.shr_u
          i32.wrap_i64
          call 6
          local.set 2
          br 0 (;@2;)
        end
      end
      local.get 3
      i32.eqz
      if ;; label = @1
        call 9
        drop
      end
      i32.const 0
      call 3
      call 2
    )
  )
  (core instance (;7;)
    (export "0" (func 10))
    (export "1" (func 7))
    (export "2" (func 14))
    (export "3" (func 3))
    (export "4" (func 2))
    (export "5" (func 5))
    (export "6" (func 11))
    (export "7" (func 12))
    (export "8" (func 13))
    (export "9" (func 6))
  )
  (core instance (;8;) (instantiate 4
      (with "" (instance 7))
    )
  )
  (alias core export 8 "1" (core func (;15;)))
  (type (;9;) (own 3))
  (type (;10;) (own 4))
  (type (;11;) (func (param "request" 9) (param "response-out" 10)))
  (func (;7;) (type 11) (canon lift (core func 15)))
  (instance (;4;)
    (export "incoming-request" (type 3))
    (export "response-outparam" (type 4))
    (export "handle" (func 7))
  )
  (type (;12;)
    (instance
      (alias outer 1 3 (type (;0;)))
      (export (;1;) "incoming-request" (type (eq 0)))
      (alias outer 1 4 (type (;2;)))
      (export (;3;) "response-outparam" (type (eq 2)))
      (type (;4;) (own 1))
      (type (;5;) (own 3))
      (type (;6;) (func (param "request" 4) (param "response-out" 5)))
      (export (;0;) "handle" (func (type 6)))
    )
  )
  (export (;5;) "wasi:http/incoming-handler@0.2.0" (instance 4) (instance (type 12)))
)

