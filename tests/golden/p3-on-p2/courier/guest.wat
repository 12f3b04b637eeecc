(component
  (type (;0;)
    (instance
      (type (;0;) (func (param "set" u32) (result u64)))
      (export (;0;) "waitable-set-poll" (func (type 0)))
      (type (;1;) (func))
      (export (;1;) "yield" (func (type 1)))
      (type (;2;) (func (param "subtask" u32) (result u32)))
      (export (;2;) "subtask-cancel" (func (type 2)))
      (type (;3;) (func (param "waitable" u32) (result u64)))
      (export (;3;) "cookie" (func (type 3)))
      (type (;4;) (func (param "element" u32) (result u64)))
      (export (;4;) "stream-new" (func (type 4)))
      (type (;5;) (func (param "end" u32) (result u32)))
      (export (;5;) "stream-cancel-read" (func (type 5)))
      (type (;6;) (func (param "end" u32) (result u32)))
      (export (;6;) "future-cancel-read" (func (type 6)))
      (type (;7;) (func (param "part" u32)))
      (export (;7;) "as-part" (func (type 7)))
      (type (;8;) (func (param "subtask" u32) (result u32)))
      (export (;8;) "subtask-cancelled" (func (type 8)))
      (type (;9;) (func (result u32)))
      (export (;9;) "task-round" (func (type 9)))
      (type (;10;) (func (param "part" u32) (param "round" u32) (result u64)))
      (export (;10;) "task-next" (func (type 10)))
      (type (;11;) (func (param "parts" u64) (result u32)))
      (export (;11;) "tasks-ready" (func (type 11)))
      (type (;12;) (func (param "set" u32) (param "parts" u64) (result u64)))
      (export (;12;) "waitable-set-wait-or-step" (func (type 12)))
      (type (;13;) (func (param "waitable" u32) (param "parts" u64) (result u64)))
      (export (;13;) "block-on-or-step" (func (type 13)))
      (type (;14;) (func (param "end" u32) (param "count" u32) (param "cookie" u64) (result u32)))
      (export (;14;) "read" (func (type 14)))
    )
  )
  (import "wasi-shim:p3-on-p2/control" (instance (;0;) (type 0)))
  (type (;1;)
    (instance
      (type (;0;) (record (field "text" string) (field "number" u8)))
      (export (;1;) "t0" (type (eq 0)))
      (type (;2;) (list 1))
      (type (;3;) (func (param "end" u32) (param "values" 2) (param "cookie" u64) (result u32)))
      (export (;0;) "put0" (func (type 3)))
      (type (;4;) (list 1))
      (type (;5;) (func (param "end" u32) (result 4)))
      (export (;1;) "take0" (func (type 5)))
    )
  )
  (import "wasi-shim:p3-on-p2/courier" (instance (;1;) (type 1)))
  (component (;0;)
    (type (;0;)
      (instance
        (type (;0;) (func (param "set" u32) (result u64)))
        (type (;1;) (func))
        (type (;2;) (func (param "subtask" u32) (result u32)))
        (type (;3;) (func (param "waitable" u32) (result u64)))
        (type (;4;) (func (param "element" u32) (result u64)))
        (type (;5;) (func (param "end" u32) (result u32)))
        (type (;6;) (func (param "end" u32) (result u32)))
        (type (;7;) (func (param "part" u32)))
        (type (;8;) (func (param "subtask" u32) (result u32)))
        (type (;9;) (func (result u32)))
        (type (;10;) (func (param "part" u32) (param "round" u32) (result u64)))
        (type (;11;) (func (param "parts" u64) (result u32)))
        (type (;12;) (func (param "set" u32) (param "parts" u64) (result u64)))
        (type (;13;) (func (param "waitable" u32) (param "parts" u64) (result u64)))
        (export (;0;) "waitable-set-poll" (func (type 0)))
        (export (;1;) "yield" (func (type 1)))
        (export (;2;) "subtask-cancel" (func (type 2)))
        (export (;3;) "cookie" (func (type 3)))
        (export (;4;) "stream-new" (func (type 4)))
        (export (;5;) "stream-cancel-read" (func (type 5)))
        (export (;6;) "future-cancel-read" (func (type 6)))
        (export (;7;) "as-part" (func (type 7)))
        (export (;8;) "subtask-cancelled" (func (type 8)))
        (export (;9;) "task-round" (func (type 9)))
        (export (;10;) "task-next" (func (type 10)))
        (export (;11;) "tasks-ready" (func (type 11)))
        (export (;12;) "waitable-set-wait-or-step" (func (type 12)))
        (export (;13;) "block-on-or-step" (func (type 13)))
      )
    )
    (import "wasi-shim:p3-on-p2/control" (instance (;0;) (type 0)))
    (alias export 0 "cookie" (func (;0;)))
    (core func (;0;) (canon lower (func 0)))
    (alias export 0 "stream-cancel-read" (func (;1;)))
    (core func (;1;) (canon lower (func 1)))
    (alias export 0 "future-cancel-read" (func (;2;)))
    (core func (;2;) (canon lower (func 2)))
    (alias export 0 "subtask-cancel" (func (;3;)))
    (core func (;3;) (canon lower (func 3)))
    (alias export 0 "waitable-set-wait-or-step" (func (;4;)))
    (core func (;4;) (canon lower (func 4)))
    (alias export 0 "waitable-set-poll" (func (;5;)))
    (core func (;5;) (canon lower (func 5)))
    (alias export 0 "yield" (func (;6;)))
    (core func (;6;) (canon lower (func 6)))
    (alias export 0 "block-on-or-step" (func (;7;)))
    (core func (;7;) (canon lower (func 7)))
    (alias export 0 "tasks-ready" (func (;8;)))
    (core func (;8;) (canon lower (func 8)))
    (alias export 0 "task-round" (func (;9;)))
    (core func (;9;) (canon lower (func 9)))
    (alias export 0 "task-next" (func (;10;)))
    (core func (;10;) (canon lower (func 10)))
    (alias export 0 "subtask-cancelled" (func (;11;)))
    (core func (;11;) (canon lower (func 11)))
    (core module (;0;)
      (type (;0;) (func (param i32 i32 i32)))
      (type (;1;) (func (param i32) (result i64)))
      (type (;2;) (func (param i32) (result i32)))
      (type (;3;) (func (param i32 i64) (result i64)))
      (type (;4;) (func))
      (type (;5;) (func (param i64) (result i32)))
      (type (;6;) (func (result i32)))
      (type (;7;) (func (param i32 i32) (result i64)))
      (type (;8;) (func (param i32)))
      (type (;9;) (func (param i32 i32)))
      (type (;10;) (func (param i64)))
      (type (;11;) (func (result i64)))
      (import "" "0" (func (;0;) (type 1)))
      (import "" "1" (func (;1;) (type 2)))
      (import "" "2" (func (;2;) (type 2)))
      (import "" "3" (func (;3;) (type 2)))
      (import "" "4" (func (;4;) (type 3)))
      (import "" "5" (func (;5;) (type 1)))
      (import "" "6" (func (;6;) (type 4)))
      (import "" "7" (func (;7;) (type 3)))
      (import "" "8" (func (;8;) (type 5)))
      (import "" "9" (func (;9;) (type 6)))
      (import "" "10" (func (;10;) (type 7)))
      (import "" "11" (func (;11;) (type 2)))
      (table (;0;) 1 funcref)
      (global (;0;) (mut i32) i32.const 0)
      (global (;1;) (mut i32) i32.const 0)
      (global (;2;) (mut i64) i64.const 0)
      (global (;3;) (mut i32) i32.const 0)
      (global (;4;) (mut i32) i32.const 0)
      (export "0" (func $"wasi-shim: context.get"))
      (export "1" (func $"wasi-shim: context.set"))
      (export "2" (func $"#func14 wasi-shim: context.get"))
      (export "3" (func $"#func15 wasi-shim: context.set"))
      (export "4" (func $"wasi-shim: deliver"))
      (export "5" (func $"wasi-shim: begin"))
      (export "6" (func $"wasi-shim: task.return"))
      (export "7" (func $"wasi-shim: has returned"))
      (export "9" (func $"wasi-shim: end"))
      (export "10" (func $"wasi-shim: cancel-read"))
      (export "11" (func $"#func23 wasi-shim: cancel-read"))
      (export "13" (func $"wasi-shim: wait"))
      (export "14" (func $"#func26 wasi-shim: wait"))
      (export "15" (func $"wasi-shim: poll"))
      (export "16" (func $"wasi-shim: yield"))
      (export "17" (func $"wasi-shim: step"))
      (export "18" (func $"#func30 wasi-shim: wait"))
      (export "19" (func $"#func31 wasi-shim: yield"))
      (export "20" (func $"wasi-shim: subtask.cancel"))
      (export "21" (func $"#func33 wasi-shim: subtask.cancel"))
      (export "t" (table 0))
      (func $"wasi-shim: context.get" (;12;) (type 6) (result i32)
        global.get 0
      )
      (func $"wasi-shim: context.set" (;13;) (type 8) (param i32)
        local.get 0
        global.set 0
      )
      (func $"#func14 wasi-shim: context.get" (@name "wasi-shim: context.get") (;14;) (type 6) (result i32)
        global.get 1
      )
      (func $"#func15 wasi-shim: context.set" (@name "wasi-shim: context.set") (;15;) (type 8) (param i32)
        local.get 0
        global.set 1
      )
      (func $"wasi-shim: deliver" (;16;) (type 9) (param i32 i32)
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
      (func $"wasi-shim: begin" (;17;) (type 4)
        i32.const 0
        global.set 3
      )
      (func $"wasi-shim: task.return" (;18;) (type 10) (param i64)
        global.get 3
        if ;; label = @1
          unreachable
        end
        i32.const 1
        global.set 3
        local.get 0
        global.set 2
      )
      (func $"wasi-shim: has returned" (;19;) (type 6) (result i32)
        global.get 3
      )
      (func $"wasi-shim: the task ended without task.return" (;20;) (type 4)
        unreachable
      )
      (func $"wasi-shim: end" (;21;) (type 11) (result i64)
        global.get 3
        i32.eqz
        if ;; label = @1
          call $"wasi-shim: the task ended without task.return"
        end
        global.get 2
      )
      (func $"wasi-shim: cancel-read" (;22;) (type 2) (param i32) (result i32)
        (local i32)
        local.get 0
        call 1
        local.tee 1
        i32.const 4
        i32.shr_u
        if ;; label = @1
          local.get 0
          local.get 1
          call $"wasi-shim: deliver"
        end
        local.get 1
      )
      (func $"#func23 wasi-shim: cancel-read" (@name "wasi-shim: cancel-read") (;23;) (type 2) (param i32) (result i32)
        (local i32)
        local.get 0
        call 2
        local.tee 1
        i32.const 4
        i32.shr_u
        if ;; label = @1
          local.get 0
          local.get 1
          call $"wasi-shim: deliver"
        end
        local.get 1
      )
      (func $"wasi-shim: step callees" (;24;) (type 4))
      (func $"wasi-shim: wait" (;25;) (type 1) (param i32) (result i64)
        (local i64)
        loop ;; label = @1
          local.get 0
          i64.const -9223372036854775808
          call 4
          local.tee 1
          i64.const 15
          i64.eq
          if ;; label = @2
            call $"wasi-shim: step callees"
            br 1 (;@1;)
          end
        end
        local.get 1
      )
      (func $"#func26 wasi-shim: wait" (@name "wasi-shim: wait") (;26;) (type 1) (param i32) (result i64)
        (local i64)
        loop ;; label = @1
          local.get 0
          i64.const -9223372036854775808
          call 7
          local.tee 1
          i64.const 15
          i64.eq
          if ;; label = @2
            call $"wasi-shim: step callees"
            br 1 (;@1;)
          end
        end
        local.get 1
      )
      (func $"wasi-shim: poll" (;27;) (type 1) (param i32) (result i64)
        (local i64)
        local.get 0
        call 5
        local.tee 1
        i64.eqz
        if ;; label = @1
          i64.const -9223372036854775808
          call 8
          if ;; label = @2
            call $"wasi-shim: step callees"
          end
          local.get 0
          call 5
          local.tee 1
          drop
        end
        local.get 1
      )
      (func $"wasi-shim: yield" (;28;) (type 4)
        call 6
        i64.const -9223372036854775808
        call 8
        if ;; label = @1
          call $"wasi-shim: step callees"
        end
      )
      (func $"wasi-shim: step" (;29;) (type 4)
        call $"wasi-shim: step callees"
      )
      (func $"#func30 wasi-shim: wait" (@name "wasi-shim: wait") (;30;) (type 1) (param i32) (result i64)
        (local i64)
        loop ;; label = @1
          local.get 0
          i64.const -9223372036854775808
          call 4
          local.tee 1
          i64.const 15
          i64.eq
          if ;; label = @2
            call $"wasi-shim: step"
            br 1 (;@1;)
          end
        end
        local.get 1
      )
      (func $"#func31 wasi-shim: yield" (@name "wasi-shim: yield") (;31;) (type 4)
        call 6
        i64.const -9223372036854775808
        call 8
        if ;; label = @1
          call $"wasi-shim: step"
        end
      )
      (func $"wasi-shim: subtask.cancel" (;32;) (type 2) (param i32) (result i32)
        (local i32)
        local.get 0
        call 3
        local.tee 1
        i32.const -1
        i32.eq
        if ;; label = @1
          call $"wasi-shim: step callees"
          local.get 0
          call 11
          local.set 1
        end
        local.get 1
        i32.const 2
        i32.eq
        if ;; label = @1
          local.get 0
          local.get 1
          call $"wasi-shim: deliver"
        end
        local.get 1
      )
      (func $"#func33 wasi-shim: subtask.cancel" (@name "wasi-shim: subtask.cancel") (;33;) (type 2) (param i32) (result i32)
        (local i32)
        local.get 0
        call 3
        local.tee 1
        i32.const -1
        i32.eq
        if ;; label = @1
          local.get 0
          call $"#func26 wasi-shim: wait"
          i64.const 32
          i64.shr_u
          i32.wrap_i64
          local.set 1
        end
        local.get 1
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
      (export "2" (func 2))
      (export "3" (func 3))
      (export "4" (func 4))
      (export "5" (func 5))
      (export "6" (func 6))
      (export "7" (func 7))
      (export "8" (func 8))
      (export "9" (func 9))
      (export "10" (func 10))
      (export "11" (func 11))
    )
    (core instance (;1;) (instantiate 0
        (with "" (instance 0))
      )
    )
    (type (;1;)
      (instance
        (type (;0;) (record (field "text" string) (field "number" u8)))
        (export (;1;) "t0" (type (eq 0)))
        (type (;2;) (list 1))
        (type (;3;) (func (param "end" u32) (param "values" 2) (param "cookie" u64) (result u32)))
        (export (;0;) "put0" (func (type 3)))
      )
    )
    (import "wasi-shim:p3-on-p2/courier" (instance (;1;) (type 1)))
    (type $line (;2;) (record (field "text" string) (field "number" u8)))
    (type $lines (;3;) u32)
    (core module $m (;1;)
      (type (;0;) (func (result i64)))
      (type (;1;) (func (param i32 i32 i32) (result i32)))
      (type (;2;) (func (result i32)))
      (import "" "new" (func $new (;0;) (type 0)))
      (import "" "write" (func $write (;1;) (type 1)))
      (memory (;0;) 1)
      (export "memory" (memory 0))
      (export "f" (func 2))
      (func (;2;) (type 2) (result i32)
        (local i64)
        call $new
        local.set 0
        local.get 0
        i64.const 32
        i64.shr_u
        i32.wrap_i64
        i32.const 16
        i32.const 1
        call $write
        drop
        local.get 0
        i32.wrap_i64
      )
    )
    (core module $shim (;2;)
      (type $write (;0;) (func (param i32 i32 i32) (result i32)))
      (table (;0;) 1 funcref)
      (export "t" (table 0))
      (export "write" (func 0))
      (func (;0;) (type $write) (param i32 i32 i32) (result i32)
        local.get 0
        local.get 1
        local.get 2
        i32.const 0
        call_indirect (type $write)
      )
    )
    (core module $fixup (;3;)
      (type (;0;) (func (param i32 i32 i32) (result i32)))
      (import "" "t" (table (;0;) 1 funcref))
      (import "" "write" (func $write (;0;) (type 0)))
      (elem (;0;) (i32.const 0) func $write)
    )
    (core instance $shim (;2;) (instantiate $shim))
    (alias export 0 "stream-new" (func (;12;)))
    (core func (;12;) (canon lower (func 12)))
    (alias core export $shim "write" (core func (;13;)))
    (core module (;4;)
      (type (;0;) (func (param i32) (result i64)))
      (type (;1;) (func (result i64)))
      (import "" "0" (func (;0;) (type 0)))
      (export "0" (func $stream-new))
      (func $stream-new (;1;) (type 1) (result i64)
        i32.const -2147483636
        call 0
      )
    )
    (core instance (;3;)
      (export "0" (func 12))
    )
    (core instance (;4;) (instantiate 4
        (with "" (instance 3))
      )
    )
    (alias core export 4 "0" (core func $new (;14;)))
    (core instance (;5;)
      (export "new" (func $new))
      (export "write" (func 13))
    )
    (core instance $m (;6;) (instantiate $m
        (with "" (instance 5))
      )
    )
    (alias core export $m "memory" (core memory $memory (;0;)))
    (alias export 1 "put0" (func (;13;)))
    (core func (;15;) (canon lower (func 13) (memory $memory)))
    (alias export 0 "as-part" (func (;14;)))
    (core func (;16;) (canon lower (func 14)))
    (alias core export $shim "t" (core table (;0;)))
    (core module (;5;)
      (type (;0;) (func (param i32 i32 i32 i64) (result i32)))
      (type (;1;) (func (param i32)))
      (type (;2;) (func (param i32 i32 i32) (result i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (export "0" (func $"wasi-shim: write"))
      (func $"wasi-shim: write" (;2;) (type 2) (param i32 i32 i32) (result i32)
        (local i32 i32 i32)
        local.get 1
        i32.const 3
        i32.and
        i32.const 0
        i32.ne
        local.get 2
        i32.const 0
        i32.ne
        i32.and
        if ;; label = @1
          unreachable
        end
        i32.const 1
        call 1
        local.get 0
        local.get 1
        i32.const 0
        local.get 2
        select
        local.get 2
        i64.const 0
        call 0
        local.set 3
        local.get 3
      )
    )
    (core instance (;7;)
      (export "0" (func 15))
      (export "1" (func 16))
    )
    (core instance (;8;) (instantiate 5
        (with "" (instance 7))
      )
    )
    (alias core export 8 "0" (core func $write (;17;)))
    (core instance (;9;)
      (export "t" (table 0))
      (export "write" (func $write))
    )
    (core instance (;10;) (instantiate $fixup
        (with "" (instance 9))
      )
    )
    (type (;4;) (func (result $lines)))
    (alias core export $m "f" (core func (;18;)))
    (func $f (;15;) (type 4) (canon lift (core func 18)))
    (instance $i (;2;)
      (export "line" (type $line))
      (export "f" (func $f))
    )
    (export (;3;) "test:lines/lines" (instance $i))
  )
  (component (;1;)
    (type (;0;)
      (instance
        (type (;0;) (func (param "subtask" u32) (result u32)))
        (type (;1;) (func (param "waitable" u32) (result u64)))
        (type (;2;) (func (param "end" u32) (result u32)))
        (type (;3;) (func (param "end" u32) (result u32)))
        (type (;4;) (func (param "end" u32) (param "count" u32) (param "cookie" u64) (result u32)))
        (type (;5;) (func (param "part" u32)))
        (export (;0;) "subtask-cancel" (func (type 0)))
        (export (;1;) "cookie" (func (type 1)))
        (export (;2;) "stream-cancel-read" (func (type 2)))
        (export (;3;) "future-cancel-read" (func (type 3)))
        (export (;4;) "read" (func (type 4)))
        (export (;5;) "as-part" (func (type 5)))
      )
    )
    (import "wasi-shim:p3-on-p2/control" (instance (;0;) (type 0)))
    (alias export 0 "cookie" (func (;0;)))
    (core func (;0;) (canon lower (func 0)))
    (alias export 0 "stream-cancel-read" (func (;1;)))
    (core func (;1;) (canon lower (func 1)))
    (alias export 0 "future-cancel-read" (func (;2;)))
    (core func (;2;) (canon lower (func 2)))
    (alias export 0 "subtask-cancel" (func (;3;)))
    (core func (;3;) (canon lower (func 3)))
    (core module (;0;)
      (type (;0;) (func (param i32 i32 i32)))
      (type (;1;) (func (param i32) (result i64)))
      (type (;2;) (func (param i32) (result i32)))
      (type (;3;) (func (result i32)))
      (type (;4;) (func (param i32)))
      (type (;5;) (func (param i32 i32)))
      (type (;6;) (func))
      (type (;7;) (func (param i64)))
      (type (;8;) (func (result i64)))
      (import "" "0" (func (;0;) (type 1)))
      (import "" "1" (func (;1;) (type 2)))
      (import "" "2" (func (;2;) (type 2)))
      (import "" "3" (func (;3;) (type 2)))
      (table (;0;) 3 funcref)
      (global (;0;) (mut i32) i32.const 0)
      (global (;1;) (mut i32) i32.const 0)
      (global (;2;) (mut i64) i64.const 0)
      (global (;3;) (mut i32) i32.const 0)
      (global (;4;) (mut i32) i32.const 0)
      (export "0" (func $"wasi-shim: context.get"))
      (export "1" (func $"wasi-shim: context.set"))
      (export "2" (func $"#func6 wasi-shim: context.get"))
      (export "3" (func $"#func7 wasi-shim: context.set"))
      (export "4" (func $"wasi-shim: deliver"))
      (export "5" (func $"wasi-shim: begin"))
      (export "6" (func $"wasi-shim: task.return"))
      (export "7" (func $"wasi-shim: has returned"))
      (export "9" (func $"wasi-shim: end"))
      (export "10" (func $"wasi-shim: cancel-read"))
      (export "11" (func $"#func15 wasi-shim: cancel-read"))
      (export "12" (func $"wasi-shim: subtask.cancel"))
      (export "t" (table 0))
      (func $"wasi-shim: context.get" (;4;) (type 3) (result i32)
        global.get 0
      )
      (func $"wasi-shim: context.set" (;5;) (type 4) (param i32)
        local.get 0
        global.set 0
      )
      (func $"#func6 wasi-shim: context.get" (@name "wasi-shim: context.get") (;6;) (type 3) (result i32)
        global.get 1
      )
      (func $"#func7 wasi-shim: context.set" (@name "wasi-shim: context.set") (;7;) (type 4) (param i32)
        local.get 0
        global.set 1
      )
      (func $"wasi-shim: deliver" (;8;) (type 5) (param i32 i32)
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
      (func $"wasi-shim: begin" (;9;) (type 6)
        i32.const 0
        global.set 3
      )
      (func $"wasi-shim: task.return" (;10;) (type 7) (param i64)
        global.get 3
        if ;; label = @1
          unreachable
        end
        i32.const 1
        global.set 3
        local.get 0
        global.set 2
      )
      (func $"wasi-shim: has returned" (;11;) (type 3) (result i32)
        global.get 3
      )
      (func $"wasi-shim: the task ended without task.return" (;12;) (type 6)
        unreachable
      )
      (func $"wasi-shim: end" (;13;) (type 8) (result i64)
        global.get 3
        i32.eqz
        if ;; label = @1
          call $"wasi-shim: the task ended without task.return"
        end
        global.get 2
      )
      (func $"wasi-shim: cancel-read" (;14;) (type 2) (param i32) (result i32)
        (local i32)
        local.get 0
        call 1
        local.tee 1
        i32.const 4
        i32.shr_u
        if ;; label = @1
          local.get 0
          local.get 1
          call $"wasi-shim: deliver"
        end
        local.get 1
      )
      (func $"#func15 wasi-shim: cancel-read" (@name "wasi-shim: cancel-read") (;15;) (type 2) (param i32) (result i32)
        (local i32)
        local.get 0
        call 2
        local.tee 1
        i32.const 4
        i32.shr_u
        if ;; label = @1
          local.get 0
          local.get 1
          call $"wasi-shim: deliver"
        end
        local.get 1
      )
      (func $"wasi-shim: subtask.cancel" (;16;) (type 2) (param i32) (result i32)
        (local i32)
        local.get 0
        call 3
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
      (export "2" (func 2))
      (export "3" (func 3))
    )
    (core instance (;1;) (instantiate 0
        (with "" (instance 0))
      )
    )
    (alias core export 1 "t" (core table (;0;)))
    (type (;1;)
      (instance
        (type (;0;) (record (field "text" string) (field "number" u8)))
        (export (;1;) "t0" (type (eq 0)))
        (type (;2;) (list 1))
        (type (;3;) (func (param "end" u32) (result 2)))
        (export (;0;) "take0" (func (type 3)))
      )
    )
    (import "wasi-shim:p3-on-p2/courier" (instance (;1;) (type 1)))
    (type (;2;)
      (instance
        (type (;0;) (record (field "text" string) (field "number" u8)))
        (export (;1;) "line" (type (eq 0)))
        (type (;2;) u32)
        (type (;3;) (func (result 2)))
        (export (;0;) "f" (func (type 3)))
      )
    )
    (import "test:lines/lines" (instance $i (;2;) (type 2)))
    (core module $memory (;1;)
      (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
      (memory (;0;) 1)
      (export "memory" (memory 0))
      (export "realloc" (func 0))
      (func (;0;) (type 0) (param i32 i32 i32 i32) (result i32)
        i32.const 4096
      )
    )
    (core instance $memory (;2;) (instantiate $memory))
    (alias core export $memory "memory" (core memory $mem (;0;)))
    (alias core export $memory "realloc" (core func $realloc (;4;)))
    (alias export $i "f" (func (;4;)))
    (core func $f (;5;) (canon lower (func 4)))
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
    (alias core export 4 "0" (core func (;6;)))
    (alias core export 4 "1" (core func (;7;)))
    (alias export 1 "take0" (func (;5;)))
    (core func (;8;) (canon lower (func 5) (memory $mem) (realloc 7)))
    (alias export 0 "read" (func (;6;)))
    (core func (;9;) (canon lower (func 6)))
    (alias export 0 "as-part" (func (;7;)))
    (core func (;10;) (canon lower (func 7)))
    (core module $m (;3;)
      (type (;0;) (func (result i32)))
      (type (;1;) (func (param i32 i32 i32) (result i32)))
      (import "" "f" (func $f (;0;) (type 0)))
      (import "" "read" (func $read (;1;) (type 1)))
      (export "run" (func 2))
      (func (;2;) (type 0) (result i32)
        call $f
        i32.const 16
        i32.const 4
        call $read
        drop
        i32.const 0
      )
    )
    (core module (;4;)
      (type (;0;) (func (param i32 i32 i64) (result i32)))
      (type (;1;) (func (param i32 i32)))
      (type (;2;) (func (param i32)))
      (type (;3;) (func (param i32 i32 i32)))
      (type (;4;) (func (param i32 i32 i32) (result i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 2)))
      (import "" "3" (func (;3;) (type 2)))
      (import "" "m" (memory (;0;) 0))
      (import "" "t" (table (;0;) 0 funcref))
      (export "1" (func $"wasi-shim: read"))
      (elem (;0;) (i32.const 1) func $"wasi-shim: deliver values")
      (func $"wasi-shim: deliver values" (;4;) (type 3) (param i32 i32 i32)
        (local i32 i32 i32 i64)
        local.get 2
        i32.const 4
        i32.shr_u
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
          call 2
          local.get 0
          local.get 3
          call 1
          local.get 3
          local.get 6
          i64.store
        end
      )
      (func $"wasi-shim: read" (;5;) (type 4) (param i32 i32 i32) (result i32)
        (local i32)
        local.get 1
        i32.const 3
        i32.and
        i32.const 0
        i32.ne
        local.get 1
        i64.extend_i32_u
        local.get 2
        i64.extend_i32_u
        i64.const 12
        i64.mul
        i64.add
        memory.size
        i64.extend_i32_u
        i64.const 16
        i64.shl
        i64.gt_u
        i32.or
        local.get 2
        i32.const 0
        i32.ne
        i32.and
        if ;; label = @1
          unreachable
        end
        i32.const 2
        call 3
        local.get 0
        local.get 2
        local.get 1
        i64.extend_i32_u
        i64.const 4294967296
        i64.or
        call 0
        local.set 3
        local.get 3
        i32.const -1
        i32.ne
        if ;; label = @1
          local.get 0
          local.get 1
          local.get 3
          call $"wasi-shim: deliver values"
        end
        local.get 3
      )
    )
    (core instance (;5;)
      (export "0" (func 9))
      (export "1" (func 8))
      (export "2" (func 6))
      (export "3" (func 10))
      (export "m" (memory $mem))
      (export "t" (table 0))
    )
    (core instance (;6;) (instantiate 4
        (with "" (instance 5))
      )
    )
    (alias core export 6 "1" (core func $read (;11;)))
    (core instance (;7;)
      (export "f" (func $f))
      (export "read" (func $read))
    )
    (core instance $m (;8;) (instantiate $m
        (with "" (instance 7))
      )
    )
    (type (;3;) (result))
    (type (;4;) (func (result 3)))
    (alias core export $m "run" (core func (;12;)))
    (func $run (;8;) (type 4) (canon lift (core func 12)))
    (instance $run (;3;)
      (export "run" (func $run))
    )
    (export (;4;) "wasi:cli/run@0.2.0" (instance $run))
  )
  (instance (;2;) (instantiate 0
      (with "wasi-shim:p3-on-p2/control" (instance 0))
      (with "wasi-shim:p3-on-p2/courier" (instance 1))
    )
  )
  (alias export 2 "test:lines/lines" (instance (;3;)))
  (instance (;4;) (instantiate 1
      (with "wasi-shim:p3-on-p2/control" (instance 0))
      (with "wasi-shim:p3-on-p2/courier" (instance 1))
      (with "test:lines/lines" (instance 3))
    )
  )
  (alias export 4 "wasi:cli/run@0.2.0" (instance (;5;)))
  (export (;6;) "wasi:cli/run@0.2.0" (instance 5))
)

