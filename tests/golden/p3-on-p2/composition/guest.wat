(component
  (type (;0;)
    (instance
      (type (;0;) (func (result u32)))
      (export (;0;) "waitable-set-new" (func (type 0)))
      (type (;1;) (func (param "waitable" u32) (param "set" u32)))
      (export (;1;) "waitable-join" (func (type 1)))
      (type (;2;) (func (param "set" u32) (result u64)))
      (export (;2;) "waitable-set-poll" (func (type 2)))
      (type (;3;) (func))
      (export (;3;) "yield" (func (type 3)))
      (type (;4;) (func (param "subtask" u32)))
      (export (;4;) "subtask-drop" (func (type 4)))
      (type (;5;) (func (param "subtask" u32) (result u32)))
      (export (;5;) "subtask-cancel" (func (type 5)))
      (type (;6;) (func (param "waitable" u32) (result u64)))
      (export (;6;) "cookie" (func (type 6)))
      (type (;7;) (func (param "element" u32) (result u64)))
      (export (;7;) "stream-new" (func (type 7)))
      (type (;8;) (func (param "end" u32)))
      (export (;8;) "stream-drop-writable" (func (type 8)))
      (type (;9;) (func (param "end" u32) (result u32)))
      (export (;9;) "stream-cancel-read" (func (type 9)))
      (type (;10;) (func (param "end" u32) (result u32)))
      (export (;10;) "future-cancel-read" (func (type 10)))
      (type (;11;) (func (param "subtask" u32) (result u32)))
      (export (;11;) "subtask-cancelled" (func (type 11)))
      (type (;12;) (func (result u32)))
      (export (;12;) "task-round" (func (type 12)))
      (type (;13;) (func (param "part" u32) (param "round" u32) (result u64)))
      (export (;13;) "task-next" (func (type 13)))
      (type (;14;) (func (param "parts" u64) (result u32)))
      (export (;14;) "tasks-ready" (func (type 14)))
      (type (;15;) (func (param "set" u32) (param "parts" u64) (result u64)))
      (export (;15;) "waitable-set-wait-or-step" (func (type 15)))
      (type (;16;) (func (param "waitable" u32) (param "parts" u64) (result u64)))
      (export (;16;) "block-on-or-step" (func (type 16)))
      (type (;17;) (func (param "end" u32)))
      (export (;17;) "stream-drop-readable" (func (type 17)))
    )
  )
  (import "wasi-shim:p3-on-p2/control" (instance (;0;) (type 0)))
  (type (;1;)
    (instance
      (type (;0;) (func (param "how-long" u64) (param "cookie" u64) (result u32)))
      (export (;0;) "start-wait-for" (func (type 0)))
    )
  )
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance (;1;) (type 1)))
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
        (type (;7;) (func (param "element" u32) (result u64)))
        (type (;8;) (func (param "end" u32)))
        (type (;9;) (func (param "end" u32) (result u32)))
        (type (;10;) (func (param "end" u32) (result u32)))
        (type (;11;) (func (param "subtask" u32) (result u32)))
        (type (;12;) (func (result u32)))
        (type (;13;) (func (param "part" u32) (param "round" u32) (result u64)))
        (type (;14;) (func (param "parts" u64) (result u32)))
        (type (;15;) (func (param "set" u32) (param "parts" u64) (result u64)))
        (type (;16;) (func (param "waitable" u32) (param "parts" u64) (result u64)))
        (export (;0;) "waitable-set-new" (func (type 0)))
        (export (;1;) "waitable-join" (func (type 1)))
        (export (;2;) "waitable-set-poll" (func (type 2)))
        (export (;3;) "yield" (func (type 3)))
        (export (;4;) "subtask-drop" (func (type 4)))
        (export (;5;) "subtask-cancel" (func (type 5)))
        (export (;6;) "cookie" (func (type 6)))
        (export (;7;) "stream-new" (func (type 7)))
        (export (;8;) "stream-drop-writable" (func (type 8)))
        (export (;9;) "stream-cancel-read" (func (type 9)))
        (export (;10;) "future-cancel-read" (func (type 10)))
        (export (;11;) "subtask-cancelled" (func (type 11)))
        (export (;12;) "task-round" (func (type 12)))
        (export (;13;) "task-next" (func (type 13)))
        (export (;14;) "tasks-ready" (func (type 14)))
        (export (;15;) "waitable-set-wait-or-step" (func (type 15)))
        (export (;16;) "block-on-or-step" (func (type 16)))
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
      (table (;0;) 2 funcref)
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
    (alias core export 1 "0" (core func (;12;)))
    (alias core export 1 "1" (core func (;13;)))
    (alias core export 1 "2" (core func (;14;)))
    (alias core export 1 "3" (core func (;15;)))
    (alias core export 1 "4" (core func (;16;)))
    (alias core export 1 "5" (core func (;17;)))
    (alias core export 1 "6" (core func (;18;)))
    (alias core export 1 "7" (core func (;19;)))
    (alias core export 1 "9" (core func (;20;)))
    (alias core export 1 "18" (core func (;21;)))
    (alias core export 1 "19" (core func (;22;)))
    (type (;1;)
      (instance
        (type (;0;) (func (param "how-long" u64)))
        (type (;1;) (func (param "how-long" u64) (param "cookie" u64) (result u32)))
        (export (;0;) "start-wait-for" (func (type 1)))
      )
    )
    (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock (;1;) (type 1)))
    (type $numbers (;2;) u32)
    (alias export $clock "start-wait-for" (func (;12;)))
    (core func (;23;) (canon lower (func 12)))
    (alias export 0 "waitable-set-new" (func (;13;)))
    (core func $new (;24;) (canon lower (func 13)))
    (alias export 0 "waitable-join" (func (;14;)))
    (core func $join (;25;) (canon lower (func 14)))
    (alias export 0 "subtask-drop" (func (;15;)))
    (core func $done (;26;) (canon lower (func 15)))
    (alias export 0 "stream-new" (func (;16;)))
    (core func (;27;) (canon lower (func 16)))
    (alias export 0 "stream-drop-writable" (func (;17;)))
    (core func $close (;28;) (canon lower (func 17)))
    (core module $m (;1;)
      (type (;0;) (func (param i64) (result i32)))
      (type (;1;) (func (result i32)))
      (type (;2;) (func (param i32 i32)))
      (type (;3;) (func (param i32)))
      (type (;4;) (func (result i64)))
      (type (;5;) (func (param i32 i32 i32) (result i32)))
      (import "" "wait" (func $wait (;0;) (type 0)))
      (import "" "new" (func $new (;1;) (type 1)))
      (import "" "join" (func $join (;2;) (type 2)))
      (import "" "done" (func $done (;3;) (type 3)))
      (import "" "make" (func $make (;4;) (type 4)))
      (import "" "close" (func $close (;5;) (type 3)))
      (import "" "return" (func $return (;6;) (type 3)))
      (export "sleep" (func 7))
      (export "slept" (func 8))
      (func (;7;) (type 0) (param $how-long i64) (result i32)
        (local $set i32)
        call $new
        local.set $set
        local.get $how-long
        call $wait
        i32.const 4
        i32.shr_u
        local.get $set
        call $join
        i32.const 2
        local.get $set
        i32.const 4
        i32.shl
        i32.or
      )
      (func (;8;) (type 5) (param i32 i32 i32) (result i32)
        (local $ends i64)
        local.get 1
        i32.const 0
        call $join
        local.get 1
        call $done
        call $make
        local.set $ends
        local.get $ends
        i32.wrap_i64
        call $return
        local.get $ends
        i64.const 32
        i64.shr_u
        i32.wrap_i64
        call $close
        i32.const 0
      )
    )
    (core module (;2;)
      (type (;0;) (func (param i64 i64) (result i32)))
      (type (;1;) (func (param i32) (result i64)))
      (type (;2;) (func (param i64)))
      (type (;3;) (func (param i64) (result i32)))
      (type (;4;) (func (result i64)))
      (type (;5;) (func (param i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 2)))
      (export "0" (func $wasi:clocks/monotonic-clock#wait-for))
      (export "1" (func $stream-new))
      (export "2" (func $"wasi-shim: task.return"))
      (func $wasi:clocks/monotonic-clock#wait-for (;3;) (type 3) (param i64) (result i32)
        (local i32)
        local.get 0
        i64.const 0
        call 0
      )
      (func $stream-new (;4;) (type 4) (result i64)
        i32.const 4
        call 1
      )
      (func $"wasi-shim: task.return" (;5;) (type 5) (param i32)
        local.get 0
        i64.extend_i32_u
        call 2
      )
    )
    (core instance (;2;)
      (export "0" (func 23))
      (export "1" (func 27))
      (export "2" (func 18))
    )
    (core instance (;3;) (instantiate 2
        (with "" (instance 2))
      )
    )
    (alias core export 3 "0" (core func $wait (;29;)))
    (alias core export 3 "1" (core func $make (;30;)))
    (alias core export 3 "2" (core func $return (;31;)))
    (core instance (;4;)
      (export "wait" (func $wait))
      (export "new" (func $new))
      (export "join" (func $join))
      (export "done" (func $done))
      (export "make" (func $make))
      (export "close" (func $close))
      (export "return" (func $return))
    )
    (core instance $i (;5;) (instantiate $m
        (with "" (instance 4))
      )
    )
    (type (;3;) (func (param "how-long" u64) (result $numbers)))
    (alias core export $i "sleep" (core func (;32;)))
    (alias core export $i "slept" (core func (;33;)))
    (core module (;3;)
      (type (;0;) (func (param i64) (result i32)))
      (type (;1;) (func (result i32)))
      (type (;2;) (func (param i32)))
      (type (;3;) (func))
      (type (;4;) (func (param i32 i32)))
      (type (;5;) (func (param i32 i32 i32) (result i32)))
      (type (;6;) (func (param i32) (result i64)))
      (type (;7;) (func (result i64)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 2)))
      (import "" "3" (func (;3;) (type 1)))
      (import "" "4" (func (;4;) (type 2)))
      (import "" "5" (func (;5;) (type 3)))
      (import "" "6" (func (;6;) (type 4)))
      (import "" "7" (func (;7;) (type 1)))
      (import "" "8" (func (;8;) (type 5)))
      (import "" "9" (func (;9;) (type 6)))
      (import "" "10" (func (;10;) (type 3)))
      (import "" "11" (func (;11;) (type 7)))
      (export "0" (func $"wasi-shim: export"))
      (func $"wasi-shim: export" (;12;) (type 0) (param i64) (result i32)
        (local i32 i32 i32 i32 i64 i64 i32)
        call 1
        local.set 1
        i32.const 0
        call 2
        call 3
        local.set 2
        i32.const 0
        call 4
        call 5
        local.get 0
        call 0
        local.set 3
        block ;; label = @1
          loop ;; label = @2
            call 7
            local.get 4
            i32.gt_u
            if ;; label = @3
              call 11
              local.set 6
              i32.const 1
              local.set 4
            end
            local.get 3
            i32.const 15
            i32.and
            i32.eqz
            br_if 1 (;@1;)
            local.get 3
            i32.const 15
            i32.and
            i32.const 1
            i32.eq
            if ;; label = @3
              call 10
              i64.const 0
              local.set 5
            else
              local.get 3
              i32.const 4
              i32.shr_u
              call 9
              local.set 5
            end
            local.get 5
            i32.wrap_i64
            i32.const 15
            i32.and
            if ;; label = @3
              local.get 5
              i32.wrap_i64
              i32.const 4
              i32.shr_u
              i32.const 268435455
              i32.and
              local.get 5
              i64.const 32
              i64.shr_u
              i32.wrap_i64
              call 6
            end
            local.get 5
            i32.wrap_i64
            i32.const 15
            i32.and
            local.get 5
            i32.wrap_i64
            i32.const 4
            i32.shr_u
            i32.const 268435455
            i32.and
            local.get 5
            i64.const 32
            i64.shr_u
            i32.wrap_i64
            call 8
            local.set 3
            br 0 (;@2;)
          end
        end
        local.get 4
        i32.eqz
        if ;; label = @1
          call 11
          drop
        end
        local.get 6
        i32.wrap_i64
        local.set 7
        local.get 1
        call 2
        local.get 2
        call 4
        local.get 7
      )
    )
    (core instance (;6;)
      (export "0" (func 32))
      (export "1" (func 12))
      (export "2" (func 13))
      (export "3" (func 14))
      (export "4" (func 15))
      (export "5" (func 17))
      (export "6" (func 16))
      (export "7" (func 19))
      (export "8" (func 33))
      (export "9" (func 21))
      (export "10" (func 22))
      (export "11" (func 20))
    )
    (core instance (;7;) (instantiate 3
        (with "" (instance 6))
      )
    )
    (alias core export 7 "0" (core func (;34;)))
    (func (;18;) (type 3) (canon lift (core func 34)))
    (export (;19;) "sleep" (func 18))
  )
  (component (;1;)
    (type (;0;)
      (instance
        (type (;0;) (func (param "subtask" u32) (result u32)))
        (type (;1;) (func (param "waitable" u32) (result u64)))
        (type (;2;) (func (param "end" u32)))
        (type (;3;) (func (param "end" u32) (result u32)))
        (type (;4;) (func (param "end" u32) (result u32)))
        (export (;0;) "subtask-cancel" (func (type 0)))
        (export (;1;) "cookie" (func (type 1)))
        (export (;2;) "stream-drop-readable" (func (type 2)))
        (export (;3;) "stream-cancel-read" (func (type 3)))
        (export (;4;) "future-cancel-read" (func (type 4)))
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
      (table (;0;) 2 funcref)
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
    (type $numbers (;1;) u32)
    (type (;2;) (func (param "how-long" u64) (result $numbers)))
    (import "sleep" (func $sleep (;4;) (type 2)))
    (core func $sleep (;4;) (canon lower (func $sleep)))
    (alias export 0 "stream-drop-readable" (func (;5;)))
    (core func $close (;5;) (canon lower (func 5)))
    (core module $m (;1;)
      (type (;0;) (func (param i64) (result i32)))
      (type (;1;) (func (param i32)))
      (type (;2;) (func (result i32)))
      (import "" "sleep" (func $sleep (;0;) (type 0)))
      (import "" "close" (func $close (;1;) (type 1)))
      (export "run" (func 2))
      (func (;2;) (type 2) (result i32)
        i64.const 1000000
        call $sleep
        call $close
        i32.const 0
      )
    )
    (core instance (;2;)
      (export "sleep" (func $sleep))
      (export "close" (func $close))
    )
    (core instance $i (;3;) (instantiate $m
        (with "" (instance 2))
      )
    )
    (type (;3;) (result))
    (type (;4;) (func (result 3)))
    (alias core export $i "run" (core func (;6;)))
    (func $run (;6;) (type 4) (canon lift (core func 6)))
    (instance $run (;1;)
      (export "run" (func $run))
    )
    (export (;2;) "wasi:cli/run@0.2.0" (instance $run))
  )
  (instance (;2;) (instantiate 0
      (with "wasi-shim:p3-on-p2/control" (instance 0))
      (with "wasi:clocks/monotonic-clock@0.3.0" (instance 1))
    )
  )
  (alias export 2 "sleep" (func (;0;)))
  (instance (;3;) (instantiate 1
      (with "wasi-shim:p3-on-p2/control" (instance 0))
      (with "sleep" (func 0))
    )
  )
  (alias export 3 "wasi:cli/run@0.2.0" (instance (;4;)))
  (export (;5;) "wasi:cli/run@0.2.0" (instance 4))
)

