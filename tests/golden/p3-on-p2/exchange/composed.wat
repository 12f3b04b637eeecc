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
  (component (;0;)
    (type (;0;)
      (instance
        (type (;0;) (func (param "subtask" u32) (result u32)))
        (type (;1;) (func (param "subtask" u32) (result u64)))
        (type (;2;) (func (param "subtask" u32) (result u32)))
        (type (;3;) (func (param "waitable" u32) (result u64)))
        (type (;4;) (func (param "ty" u32) (param "element" u32) (result u64)))
        (type (;5;) (func (param "part" u32)))
        (type (;6;) (func (param "end" u32) (param "ty" u32) (param "giver" u32) (param "taker" u32) (result u32)))
        (type (;7;) (func))
        (type (;8;) (func (result u32)))
        (type (;9;) (func (param "task" u32) (result u32)))
        (type (;10;) (func))
        (type (;11;) (func (param "how" u32) (result u64)))
        (type (;12;) (func (param "set" u32) (param "how" u32) (result u64)))
        (type (;13;) (func (param "waitable" u32) (param "how" u32) (result u64)))
        (type (;14;) (func (param "callee" u32) (param "how" u32) (result u64)))
        (type (;15;) (func (param "subtask" u32) (param "how" u32) (result u64)))
        (export (;0;) "subtask-cancel" (func (type 0)))
        (export (;1;) "cancel-turn" (func (type 1)))
        (export (;2;) "subtask-cancelled" (func (type 2)))
        (export (;3;) "cookie" (func (type 3)))
        (export (;4;) "new" (func (type 4)))
        (export (;5;) "as-part" (func (type 5)))
        (export (;6;) "pass" (func (type 6)))
        (export (;7;) "gather" (func (type 7)))
        (export (;8;) "caller" (func (type 8)))
        (export (;9;) "task-turn" (func (type 9)))
        (export (;10;) "task-round" (func (type 10)))
        (export (;11;) "task-next" (func (type 11)))
        (export (;12;) "waitable-set-wait-or-step" (func (type 12)))
        (export (;13;) "block-on-or-step" (func (type 13)))
        (export (;14;) "enter-or-step" (func (type 14)))
        (export (;15;) "returned-or-step" (func (type 15)))
      )
    )
    (import "wasi-shim:p3-on-p2/control" (instance (;0;) (type 0)))
    (alias export 0 "cookie" (func (;0;)))
    (core func (;0;) (canon lower (func 0)))
    (alias export 0 "subtask-cancel" (func (;1;)))
    (core func (;1;) (canon lower (func 1)))
    (alias export 0 "waitable-set-wait-or-step" (func (;2;)))
    (core func (;2;) (canon lower (func 2)))
    (alias export 0 "block-on-or-step" (func (;3;)))
    (core func (;3;) (canon lower (func 3)))
    (alias export 0 "enter-or-step" (func (;4;)))
    (core func (;4;) (canon lower (func 4)))
    (alias export 0 "returned-or-step" (func (;5;)))
    (core func (;5;) (canon lower (func 5)))
    (alias export 0 "task-round" (func (;6;)))
    (core func (;6;) (canon lower (func 6)))
    (alias export 0 "task-next" (func (;7;)))
    (core func (;7;) (canon lower (func 7)))
    (alias export 0 "task-turn" (func (;8;)))
    (core func (;8;) (canon lower (func 8)))
    (alias export 0 "cancel-turn" (func (;9;)))
    (core func (;9;) (canon lower (func 9)))
    (alias export 0 "subtask-cancelled" (func (;10;)))
    (core func (;10;) (canon lower (func 10)))
    (alias export 0 "new" (func (;11;)))
    (core func (;11;) (canon lower (func 11)))
    (alias export 0 "gather" (func (;12;)))
    (core func (;12;) (canon lower (func 12)))
    (alias export 0 "pass" (func (;13;)))
    (core func (;13;) (canon lower (func 13)))
    (alias export 0 "caller" (func (;14;)))
    (core func (;14;) (canon lower (func 14)))
    (alias export 0 "as-part" (func (;15;)))
    (core func (;15;) (canon lower (func 15)))
    (core module (;0;)
      (type (;0;) (func (param i32)))
      (type (;1;) (func (param i32) (result i64)))
      (type (;2;) (func (param i32) (result i32)))
      (type (;3;) (func (param i32 i32) (result i64)))
      (type (;4;) (func))
      (type (;5;) (func (param i32 i32 i32 i32) (result i32)))
      (type (;6;) (func (result i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 2)))
      (import "" "3" (func (;3;) (type 3)))
      (import "" "4" (func (;4;) (type 3)))
      (import "" "5" (func (;5;) (type 3)))
      (import "" "6" (func (;6;) (type 3)))
      (import "" "7" (func (;7;) (type 4)))
      (import "" "8" (func (;8;) (type 1)))
      (import "" "9" (func (;9;) (type 2)))
      (import "" "10" (func (;10;) (type 1)))
      (import "" "11" (func (;11;) (type 2)))
      (import "" "12" (func (;12;) (type 3)))
      (import "" "13" (func (;13;) (type 4)))
      (import "" "14" (func (;14;) (type 5)))
      (import "" "15" (func (;15;) (type 6)))
      (export "0" (func $"wasi-shim: as part"))
      (export "1" (func $"#func17 wasi-shim: as part"))
      (export "2" (func $"#func18 wasi-shim: as part"))
      (export "3" (func $"#func19 wasi-shim: as part"))
      (export "4" (func $"#func20 wasi-shim: as part"))
      (export "5" (func $"#func21 wasi-shim: as part"))
      (export "6" (func $"#func22 wasi-shim: as part"))
      (export "7" (func $"#func23 wasi-shim: as part"))
      (export "8" (func $"#func24 wasi-shim: as part"))
      (export "9" (func $"#func25 wasi-shim: as part"))
      (export "10" (func $"#func26 wasi-shim: as part"))
      (export "11" (func $"#func27 wasi-shim: as part"))
      (export "12" (func $"#func28 wasi-shim: as part"))
      (export "13" (func $"#func29 wasi-shim: as part"))
      (export "14" (func $"#func30 wasi-shim: as part"))
      (export "15" (func $"#func31 wasi-shim: as part"))
      (func $"wasi-shim: as part" (;16;) (type 4)
        i32.const 1
        call 0
      )
      (func $"#func17 wasi-shim: as part" (@name "wasi-shim: as part") (;17;) (type 1) (param i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        call 1
      )
      (func $"#func18 wasi-shim: as part" (@name "wasi-shim: as part") (;18;) (type 2) (param i32) (result i32)
        i32.const 1
        call 0
        local.get 0
        call 2
      )
      (func $"#func19 wasi-shim: as part" (@name "wasi-shim: as part") (;19;) (type 3) (param i32 i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        call 3
      )
      (func $"#func20 wasi-shim: as part" (@name "wasi-shim: as part") (;20;) (type 3) (param i32 i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        call 4
      )
      (func $"#func21 wasi-shim: as part" (@name "wasi-shim: as part") (;21;) (type 3) (param i32 i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        call 5
      )
      (func $"#func22 wasi-shim: as part" (@name "wasi-shim: as part") (;22;) (type 3) (param i32 i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        call 6
      )
      (func $"#func23 wasi-shim: as part" (@name "wasi-shim: as part") (;23;) (type 4)
        i32.const 1
        call 0
        call 7
      )
      (func $"#func24 wasi-shim: as part" (@name "wasi-shim: as part") (;24;) (type 1) (param i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        call 8
      )
      (func $"#func25 wasi-shim: as part" (@name "wasi-shim: as part") (;25;) (type 2) (param i32) (result i32)
        i32.const 1
        call 0
        local.get 0
        call 9
      )
      (func $"#func26 wasi-shim: as part" (@name "wasi-shim: as part") (;26;) (type 1) (param i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        call 10
      )
      (func $"#func27 wasi-shim: as part" (@name "wasi-shim: as part") (;27;) (type 2) (param i32) (result i32)
        i32.const 1
        call 0
        local.get 0
        call 11
      )
      (func $"#func28 wasi-shim: as part" (@name "wasi-shim: as part") (;28;) (type 3) (param i32 i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        call 12
      )
      (func $"#func29 wasi-shim: as part" (@name "wasi-shim: as part") (;29;) (type 4)
        i32.const 1
        call 0
        call 13
      )
      (func $"#func30 wasi-shim: as part" (@name "wasi-shim: as part") (;30;) (type 5) (param i32 i32 i32 i32) (result i32)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        local.get 2
        local.get 3
        call 14
      )
      (func $"#func31 wasi-shim: as part" (@name "wasi-shim: as part") (;31;) (type 6) (result i32)
        i32.const 1
        call 0
        call 15
      )
    )
    (core instance (;0;)
      (export "0" (func 15))
      (export "1" (func 0))
      (export "2" (func 1))
      (export "3" (func 2))
      (export "4" (func 3))
      (export "5" (func 4))
      (export "6" (func 5))
      (export "7" (func 6))
      (export "8" (func 7))
      (export "9" (func 8))
      (export "10" (func 9))
      (export "11" (func 10))
      (export "12" (func 11))
      (export "13" (func 12))
      (export "14" (func 13))
      (export "15" (func 14))
    )
    (core instance (;1;) (instantiate 0
        (with "" (instance 0))
      )
    )
    (alias core export 1 "0" (core func (;16;)))
    (alias core export 1 "1" (core func (;17;)))
    (alias core export 1 "2" (core func (;18;)))
    (alias core export 1 "3" (core func (;19;)))
    (alias core export 1 "4" (core func (;20;)))
    (alias core export 1 "5" (core func (;21;)))
    (alias core export 1 "6" (core func (;22;)))
    (alias core export 1 "7" (core func (;23;)))
    (alias core export 1 "8" (core func (;24;)))
    (alias core export 1 "9" (core func (;25;)))
    (alias core export 1 "10" (core func (;26;)))
    (alias core export 1 "11" (core func (;27;)))
    (alias core export 1 "12" (core func (;28;)))
    (alias core export 1 "13" (core func (;29;)))
    (alias core export 1 "14" (core func (;30;)))
    (alias core export 1 "15" (core func (;31;)))
    (core module (;1;)
      (type (;0;) (func (param i32 i32 i32)))
      (type (;1;) (func (param i32) (result i64)))
      (type (;2;) (func (param i32) (result i32)))
      (type (;3;) (func (param i32 i32) (result i64)))
      (type (;4;) (func))
      (type (;5;) (func (result i32)))
      (type (;6;) (func (param i32)))
      (type (;7;) (func (param i32 i32)))
      (type (;8;) (func (param i32 i64)))
      (type (;9;) (func (result i64)))
      (type (;10;) (func (param i64)))
      (import "" "0" (func (;0;) (type 1)))
      (import "" "1" (func (;1;) (type 2)))
      (import "" "2" (func (;2;) (type 3)))
      (import "" "3" (func (;3;) (type 3)))
      (import "" "4" (func (;4;) (type 3)))
      (import "" "5" (func (;5;) (type 3)))
      (import "" "6" (func (;6;) (type 4)))
      (import "" "7" (func (;7;) (type 1)))
      (import "" "8" (func (;8;) (type 2)))
      (import "" "9" (func (;9;) (type 1)))
      (import "" "10" (func (;10;) (type 2)))
      (table (;0;) 1 funcref)
      (global (;0;) (mut i32) i32.const 0)
      (global (;1;) (mut i32) i32.const 0)
      (global (;2;) (mut i64) i64.const 0)
      (global (;3;) (mut i32) i32.const 0)
      (global (;4;) (mut i32) i32.const 0)
      (global (;5;) (mut i32) i32.const 0)
      (global (;6;) (mut i32) i32.const 0)
      (export "0" (func 11))
      (export "1" (func 12))
      (export "2" (func 13))
      (export "3" (func 14))
      (export "4" (func $"wasi-shim: deliver"))
      (export "5" (func $"wasi-shim: begin"))
      (export "6" (func 17))
      (export "7" (func 18))
      (export "9" (func $"wasi-shim: task.return"))
      (export "10" (func 21))
      (export "12" (func $"wasi-shim: end"))
      (export "14" (func $"wasi-shim: wait"))
      (export "15" (func $"#func26 wasi-shim: wait"))
      (export "16" (func $"#func27 wasi-shim: wait"))
      (export "17" (func $"#func28 wasi-shim: wait"))
      (export "18" (func $"#func29 wasi-shim: wait"))
      (export "19" (func $"wasi-shim: yield"))
      (export "20" (func $"#func31 wasi-shim: yield"))
      (export "21" (func $"wasi-shim: subtask.cancel"))
      (export "22" (func $"#func33 wasi-shim: subtask.cancel"))
      (export "t" (table 0))
      (func (;11;) (type 5) (result i32)
        global.get 0
      )
      (func (;12;) (type 6) (param i32)
        local.get 0
        global.set 0
      )
      (func (;13;) (type 5) (result i32)
        global.get 1
      )
      (func (;14;) (type 6) (param i32)
        local.get 0
        global.set 1
      )
      (func $"wasi-shim: deliver" (;15;) (type 7) (param i32 i32)
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
      (func $"wasi-shim: begin" (;16;) (type 6) (param i32)
        i32.const 0
        global.set 3
        local.get 0
        global.set 5
      )
      (func (;17;) (type 6) (param i32)
        local.get 0
        global.set 6
      )
      (func (;18;) (type 5) (result i32)
        global.get 6
      )
      (func $"wasi-shim: task.return, but the task has returned or is of another type" (;19;) (type 4)
        unreachable
      )
      (func $"wasi-shim: task.return" (;20;) (type 8) (param i32 i64)
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
      (func (;21;) (type 5) (result i32)
        global.get 3
      )
      (func $"wasi-shim: the task ended without task.return" (;22;) (type 4)
        unreachable
      )
      (func $"wasi-shim: end" (;23;) (type 9) (result i64)
        global.get 3
        i32.eqz
        if ;; label = @1
          call $"wasi-shim: the task ended without task.return"
        end
        global.get 2
      )
      (func $"wasi-shim: resume" (;24;) (type 10) (param i64)
        (local i32 i32)
        local.get 0
        i64.const 32
        i64.shr_u
        i32.wrap_i64
        local.set 1
        local.get 0
        i32.wrap_i64
        i32.const 4
        i32.shr_u
        local.set 2
        unreachable
      )
      (func $"wasi-shim: wait" (;25;) (type 1) (param i32) (result i64)
        (local i64 i32)
        loop ;; label = @1
          local.get 0
          local.get 2
          i32.const 0
          i32.or
          call 2
          local.tee 1
          i64.const 15
          i64.and
          i64.const 15
          i64.eq
          if ;; label = @2
            local.get 1
            call $"wasi-shim: resume"
            i32.const 2
            local.set 2
            br 1 (;@1;)
          end
        end
        local.get 1
      )
      (func $"#func26 wasi-shim: wait" (@name "wasi-shim: wait") (;26;) (type 1) (param i32) (result i64)
        (local i64 i32)
        loop ;; label = @1
          local.get 0
          local.get 2
          i32.const 0
          i32.or
          call 3
          local.tee 1
          i64.const 15
          i64.and
          i64.const 15
          i64.eq
          if ;; label = @2
            local.get 1
            call $"wasi-shim: resume"
            i32.const 2
            local.set 2
            br 1 (;@1;)
          end
        end
        local.get 1
      )
      (func $"#func27 wasi-shim: wait" (@name "wasi-shim: wait") (;27;) (type 1) (param i32) (result i64)
        (local i64 i32)
        loop ;; label = @1
          local.get 0
          local.get 2
          i32.const 0
          i32.or
          call 4
          local.tee 1
          i64.const 15
          i64.and
          i64.const 15
          i64.eq
          if ;; label = @2
            local.get 1
            call $"wasi-shim: resume"
            i32.const 2
            local.set 2
            br 1 (;@1;)
          end
        end
        local.get 1
      )
      (func $"#func28 wasi-shim: wait" (@name "wasi-shim: wait") (;28;) (type 1) (param i32) (result i64)
        (local i64 i32)
        loop ;; label = @1
          local.get 0
          local.get 2
          i32.const 0
          i32.or
          call 5
          local.tee 1
          i64.const 15
          i64.and
          i64.const 15
          i64.eq
          if ;; label = @2
            local.get 1
            call $"wasi-shim: resume"
            i32.const 2
            local.set 2
            br 1 (;@1;)
          end
        end
        local.get 1
      )
      (func $"#func29 wasi-shim: wait" (@name "wasi-shim: wait") (;29;) (type 1) (param i32) (result i64)
        (local i64 i32)
        loop ;; label = @1
          local.get 0
          local.get 2
          i32.const 1
          i32.or
          call 2
          local.tee 1
          i64.const 15
          i64.and
          i64.const 15
          i64.eq
          if ;; label = @2
            local.get 1
            call $"wasi-shim: resume"
            i32.const 2
            local.set 2
            br 1 (;@1;)
          end
        end
        local.get 1
      )
      (func $"wasi-shim: yield" (;30;) (type 4)
        (local i64)
        call 6
        block ;; label = @1
          loop ;; label = @2
            i32.const 0
            call 7
            local.tee 0
            i64.eqz
            br_if 1 (;@1;)
            local.get 0
            call $"wasi-shim: resume"
            br 0 (;@2;)
          end
        end
      )
      (func $"#func31 wasi-shim: yield" (@name "wasi-shim: yield") (;31;) (type 4)
        (local i64)
        call 6
        block ;; label = @1
          loop ;; label = @2
            i32.const 1
            call 7
            local.tee 0
            i64.eqz
            br_if 1 (;@1;)
            local.get 0
            call $"wasi-shim: resume"
            br 0 (;@2;)
          end
        end
      )
      (func $"wasi-shim: subtask.cancel" (;32;) (type 2) (param i32) (result i32)
        (local i32)
        local.get 0
        call 1
        local.tee 1
        i32.const -1
        i32.eq
        if ;; label = @1
          local.get 0
          call 9
          call $"wasi-shim: resume"
          local.get 0
          call 10
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
        call 1
        local.tee 1
        i32.const -1
        i32.eq
        if ;; label = @1
          local.get 0
          call 9
          call $"wasi-shim: resume"
          local.get 0
          call 10
          local.set 1
          local.get 1
          i32.const -1
          i32.eq
          if ;; label = @2
            loop ;; label = @3
              local.get 0
              call $"#func26 wasi-shim: wait"
              i64.const 32
              i64.shr_u
              i32.wrap_i64
              local.tee 1
              i32.const 2
              i32.lt_u
              br_if 0 (;@3;)
            end
          end
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
    (core instance (;2;)
      (export "0" (func 17))
      (export "1" (func 18))
      (export "2" (func 19))
      (export "3" (func 20))
      (export "4" (func 21))
      (export "5" (func 22))
      (export "6" (func 23))
      (export "7" (func 24))
      (export "8" (func 25))
      (export "9" (func 26))
      (export "10" (func 27))
    )
    (core instance (;3;) (instantiate 1
        (with "" (instance 2))
      )
    )
    (type (;1;)
      (instance
        (type (;0;) (record (field "text" string) (field "number" u8)))
        (export (;1;) "t0" (type (eq 0)))
        (type (;2;) (list 1))
        (type (;3;) (func (param "end" u32) (param "ty" u32) (param "values" 2) (param "cookie" u64) (result u32)))
        (export (;0;) "put0" (func (type 3)))
      )
    )
    (import "wasi-shim:p3-on-p2/exchange" (instance (;1;) (type 1)))
    (type $line (;2;) (record (field "text" string) (field "number" u8)))
    (type $lines (;3;) u32)
    (core module $m (;2;)
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
    (core module $shim (;3;)
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
    (core module $fixup (;4;)
      (type (;0;) (func (param i32 i32 i32) (result i32)))
      (import "" "t" (table (;0;) 1 funcref))
      (import "" "write" (func $write (;0;) (type 0)))
      (elem (;0;) (i32.const 0) func $write)
    )
    (core instance $shim (;4;) (instantiate $shim))
    (alias core export $shim "write" (core func (;32;)))
    (core module (;5;)
      (type (;0;) (func (param i32 i32) (result i64)))
      (type (;1;) (func (result i64)))
      (import "" "0" (func (;0;) (type 0)))
      (export "0" (func $"wasi-shim: new"))
      (func $"wasi-shim: new" (;1;) (type 1) (result i64)
        i32.const 64
        i32.const -2147483636
        call 0
      )
    )
    (core instance (;5;)
      (export "0" (func 28))
    )
    (core instance (;6;) (instantiate 5
        (with "" (instance 5))
      )
    )
    (alias core export 6 "0" (core func $new (;33;)))
    (core instance (;7;)
      (export "new" (func $new))
      (export "write" (func 32))
    )
    (core instance $m (;8;) (instantiate $m
        (with "" (instance 7))
      )
    )
    (alias core export $m "memory" (core memory $memory (;0;)))
    (alias export 1 "put0" (func (;16;)))
    (core func (;34;) (canon lower (func 16) (memory $memory)))
    (alias core export $shim "t" (core table (;0;)))
    (core module (;6;)
      (type (;0;) (func (param i32 i32 i32 i32 i64) (result i32)))
      (type (;1;) (func))
      (type (;2;) (func (param i32 i32 i32) (result i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 1)))
      (export "0" (func $"wasi-shim: write"))
      (func $"wasi-shim: write" (;3;) (type 2) (param i32 i32 i32) (result i32)
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
        call 2
        call 1
        local.get 0
        i32.const 64
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
    (core instance (;9;)
      (export "0" (func 34))
      (export "1" (func 29))
      (export "2" (func 16))
    )
    (core instance (;10;) (instantiate 6
        (with "" (instance 9))
      )
    )
    (alias core export 10 "0" (core func $write (;35;)))
    (core instance (;11;)
      (export "t" (table 0))
      (export "write" (func $write))
    )
    (core instance (;12;) (instantiate $fixup
        (with "" (instance 11))
      )
    )
    (type (;4;) (func (result $lines)))
    (alias core export $m "f" (core func (;36;)))
    (core module (;7;)
      (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
      (type (;1;) (func (param i32) (result i32)))
      (type (;2;) (func (param i32 i32 i32) (result i32)))
      (import "" "0" (func (;0;) (type 0)))
      (global (;0;) (mut i32) i32.const 0)
      (global (;1;) (mut i32) i32.const 0)
      (export "1" (func $"wasi-shim: pass ends"))
      (func $"wasi-shim: pass an end" (;1;) (type 1) (param i32) (result i32)
        local.get 0
        i32.const 64
        global.get 0
        global.get 1
        call 0
      )
      (func $"wasi-shim: pass ends" (;2;) (type 2) (param i32 i32 i32) (result i32)
        local.get 0
        global.set 0
        local.get 1
        global.set 1
        local.get 2
        call $"wasi-shim: pass an end"
        local.set 2
        local.get 2
      )
    )
    (core instance (;13;)
      (export "0" (func 30))
    )
    (core instance (;14;) (instantiate 7
        (with "" (instance 13))
      )
    )
    (alias core export 14 "1" (core func (;37;)))
    (core module (;8;)
      (type (;0;) (func (result i32)))
      (type (;1;) (func (param i32 i32 i32) (result i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 0)))
      (import "" "2" (func (;2;) (type 1)))
      (export "0" (func $"wasi-shim: export"))
      (func $"wasi-shim: export" (;3;) (type 0) (result i32)
        (local i32 i32)
        call 1
        local.set 0
        call 0
        local.set 1
        i32.const 1
        local.get 0
        local.get 1
        call 2
      )
    )
    (core instance (;15;)
      (export "0" (func 36))
      (export "1" (func 31))
      (export "2" (func 37))
    )
    (core instance (;16;) (instantiate 8
        (with "" (instance 15))
      )
    )
    (alias core export 16 "0" (core func (;38;)))
    (func $f (;17;) (type 4) (canon lift (core func 38)))
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
        (type (;2;) (func (param "end" u32) (param "ty" u32) (param "count" u32) (param "cookie" u64) (result u32)))
        (type (;3;) (func (result u64)))
        (type (;4;) (func (param "part" u32)))
        (type (;5;) (func (param "cookie" u64) (param "sync" u32)))
        (export (;0;) "subtask-cancel" (func (type 0)))
        (export (;1;) "cookie" (func (type 1)))
        (export (;2;) "read" (func (type 2)))
        (export (;3;) "fill" (func (type 3)))
        (export (;4;) "as-part" (func (type 4)))
        (export (;5;) "call" (func (type 5)))
      )
    )
    (import "wasi-shim:p3-on-p2/control" (instance (;0;) (type 0)))
    (alias export 0 "cookie" (func (;0;)))
    (core func (;0;) (canon lower (func 0)))
    (alias export 0 "fill" (func (;1;)))
    (core func (;1;) (canon lower (func 1)))
    (alias export 0 "subtask-cancel" (func (;2;)))
    (core func (;2;) (canon lower (func 2)))
    (alias export 0 "call" (func (;3;)))
    (core func (;3;) (canon lower (func 3)))
    (alias export 0 "read" (func (;4;)))
    (core func (;4;) (canon lower (func 4)))
    (alias export 0 "as-part" (func (;5;)))
    (core func (;5;) (canon lower (func 5)))
    (core module (;0;)
      (type (;0;) (func (param i32)))
      (type (;1;) (func (param i32) (result i64)))
      (type (;2;) (func (result i64)))
      (type (;3;) (func (param i32) (result i32)))
      (type (;4;) (func (param i64 i32)))
      (type (;5;) (func (param i32 i32 i32 i64) (result i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 2)))
      (import "" "3" (func (;3;) (type 3)))
      (import "" "4" (func (;4;) (type 4)))
      (import "" "5" (func (;5;) (type 5)))
      (export "0" (func $"wasi-shim: as part"))
      (export "1" (func $"#func7 wasi-shim: as part"))
      (export "2" (func $"#func8 wasi-shim: as part"))
      (export "3" (func $"#func9 wasi-shim: as part"))
      (export "4" (func $"#func10 wasi-shim: as part"))
      (func $"wasi-shim: as part" (;6;) (type 1) (param i32) (result i64)
        i32.const 2
        call 0
        local.get 0
        call 1
      )
      (func $"#func7 wasi-shim: as part" (@name "wasi-shim: as part") (;7;) (type 2) (result i64)
        i32.const 2
        call 0
        call 2
      )
      (func $"#func8 wasi-shim: as part" (@name "wasi-shim: as part") (;8;) (type 3) (param i32) (result i32)
        i32.const 2
        call 0
        local.get 0
        call 3
      )
      (func $"#func9 wasi-shim: as part" (@name "wasi-shim: as part") (;9;) (type 4) (param i64 i32)
        i32.const 2
        call 0
        local.get 0
        local.get 1
        call 4
      )
      (func $"#func10 wasi-shim: as part" (@name "wasi-shim: as part") (;10;) (type 5) (param i32 i32 i32 i64) (result i32)
        i32.const 2
        call 0
        local.get 0
        local.get 1
        local.get 2
        local.get 3
        call 5
      )
    )
    (core instance (;0;)
      (export "0" (func 5))
      (export "1" (func 0))
      (export "2" (func 1))
      (export "3" (func 2))
      (export "4" (func 3))
      (export "5" (func 4))
    )
    (core instance (;1;) (instantiate 0
        (with "" (instance 0))
      )
    )
    (alias core export 1 "0" (core func (;6;)))
    (alias core export 1 "1" (core func (;7;)))
    (alias core export 1 "2" (core func (;8;)))
    (alias core export 1 "3" (core func (;9;)))
    (alias core export 1 "4" (core func (;10;)))
    (core module (;1;)
      (type (;0;) (func (param i32 i32 i32)))
      (type (;1;) (func (param i32) (result i64)))
      (type (;2;) (func (result i64)))
      (type (;3;) (func (param i32) (result i32)))
      (type (;4;) (func (result i32)))
      (type (;5;) (func (param i32)))
      (type (;6;) (func (param i32 i32)))
      (type (;7;) (func))
      (type (;8;) (func (param i32 i64)))
      (import "" "0" (func (;0;) (type 1)))
      (import "" "1" (func (;1;) (type 2)))
      (import "" "2" (func (;2;) (type 3)))
      (table (;0;) 3 funcref)
      (global (;0;) (mut i32) i32.const 0)
      (global (;1;) (mut i32) i32.const 0)
      (global (;2;) (mut i64) i64.const 0)
      (global (;3;) (mut i32) i32.const 0)
      (global (;4;) (mut i32) i32.const 0)
      (global (;5;) (mut i32) i32.const 0)
      (global (;6;) (mut i32) i32.const 0)
      (export "0" (func 3))
      (export "1" (func 4))
      (export "2" (func 5))
      (export "3" (func 6))
      (export "5" (func $"wasi-shim: fill"))
      (export "6" (func $"#func9 wasi-shim: deliver"))
      (export "7" (func $"wasi-shim: begin"))
      (export "8" (func 11))
      (export "9" (func 12))
      (export "11" (func $"wasi-shim: task.return"))
      (export "12" (func 15))
      (export "14" (func $"wasi-shim: end"))
      (export "15" (func $"wasi-shim: subtask.cancel"))
      (export "t" (table 0))
      (func (;3;) (type 4) (result i32)
        global.get 0
      )
      (func (;4;) (type 5) (param i32)
        local.get 0
        global.set 0
      )
      (func (;5;) (type 4) (result i32)
        global.get 1
      )
      (func (;6;) (type 5) (param i32)
        local.get 0
        global.set 1
      )
      (func $"wasi-shim: deliver" (;7;) (type 6) (param i32 i32)
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
      (func $"wasi-shim: fill" (;8;) (type 7)
        (local i64)
        block ;; label = @1
          loop ;; label = @2
            call 1
            local.tee 0
            i64.eqz
            br_if 1 (;@1;)
            local.get 0
            i32.wrap_i64
            i32.const 4
            i32.shr_u
            i32.const 268435455
            i32.and
            local.get 0
            i64.const 32
            i64.shr_u
            i32.wrap_i64
            call $"wasi-shim: deliver"
            br 0 (;@2;)
          end
        end
      )
      (func $"#func9 wasi-shim: deliver" (@name "wasi-shim: deliver") (;9;) (type 6) (param i32 i32)
        call $"wasi-shim: fill"
        local.get 0
        local.get 1
        call $"wasi-shim: deliver"
      )
      (func $"wasi-shim: begin" (;10;) (type 5) (param i32)
        i32.const 0
        global.set 3
        local.get 0
        global.set 5
      )
      (func (;11;) (type 5) (param i32)
        local.get 0
        global.set 6
      )
      (func (;12;) (type 4) (result i32)
        global.get 6
      )
      (func $"wasi-shim: task.return, but the task has returned or is of another type" (;13;) (type 7)
        unreachable
      )
      (func $"wasi-shim: task.return" (;14;) (type 8) (param i32 i64)
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
      (func (;15;) (type 4) (result i32)
        global.get 3
      )
      (func $"wasi-shim: the task ended without task.return" (;16;) (type 7)
        unreachable
      )
      (func $"wasi-shim: end" (;17;) (type 2) (result i64)
        global.get 3
        i32.eqz
        if ;; label = @1
          call $"wasi-shim: the task ended without task.return"
        end
        global.get 2
      )
      (func $"wasi-shim: subtask.cancel" (;18;) (type 3) (param i32) (result i32)
        (local i32)
        local.get 0
        call 2
        local.tee 1
        i32.const 2
        i32.eq
        if ;; label = @1
          local.get 0
          local.get 1
          call $"#func9 wasi-shim: deliver"
        end
        local.get 1
      )
    )
    (core instance (;2;)
      (export "0" (func 6))
      (export "1" (func 7))
      (export "2" (func 8))
    )
    (core instance (;3;) (instantiate 1
        (with "" (instance 2))
      )
    )
    (alias core export 3 "5" (core func (;11;)))
    (alias core export 3 "t" (core table (;0;)))
    (type (;1;)
      (instance
        (type (;0;) (record (field "text" string) (field "number" u8)))
        (export (;1;) "t0" (type (eq 0)))
        (type (;2;) (list 1))
        (type (;3;) (func (param "end" u32) (result 2)))
        (export (;0;) "take0" (func (type 3)))
      )
    )
    (import "wasi-shim:p3-on-p2/exchange" (instance (;1;) (type 1)))
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
    (core module $memory (;2;)
      (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
      (memory (;0;) 1)
      (export "memory" (memory 0))
      (export "realloc" (func 0))
      (func (;0;) (type 0) (param i32 i32 i32 i32) (result i32)
        i32.const 4096
      )
    )
    (core instance $memory (;4;) (instantiate $memory))
    (alias core export $memory "memory" (core memory $mem (;0;)))
    (alias core export $memory "realloc" (core func $realloc (;12;)))
    (alias export $i "f" (func (;6;)))
    (core func (;13;) (canon lower (func 6)))
    (core module (;3;)
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
    (core instance (;5;)
      (export "0" (func $realloc))
    )
    (core instance (;6;) (instantiate 3
        (with "" (instance 5))
      )
    )
    (alias core export 6 "0" (core func (;14;)))
    (alias core export 6 "1" (core func (;15;)))
    (alias export 1 "take0" (func (;7;)))
    (core func (;16;) (canon lower (func 7) (memory $mem) (realloc 15)))
    (core module $m (;4;)
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
    (core module (;5;)
      (type (;0;) (func (param i64 i32)))
      (type (;1;) (func))
      (type (;2;) (func (result i32)))
      (type (;3;) (func (param i32 i32 i32 i64) (result i32)))
      (type (;4;) (func (param i32 i32)))
      (type (;5;) (func (param i32)))
      (type (;6;) (func (param i32 i32 i32)))
      (type (;7;) (func (param i32 i32 i32) (result i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 2)))
      (import "" "3" (func (;3;) (type 3)))
      (import "" "4" (func (;4;) (type 4)))
      (import "" "5" (func (;5;) (type 5)))
      (import "" "m" (memory (;0;) 0))
      (import "" "t" (table (;0;) 0 funcref))
      (export "0" (func $"wasi-shim: call"))
      (export "2" (func $"wasi-shim: read"))
      (elem (;0;) (i32.const 1) func $"wasi-shim: deliver values")
      (func $"wasi-shim: call" (;6;) (type 2) (result i32)
        i64.const 0
        i32.const 1
        call 0
        call 2
        call 1
      )
      (func $"wasi-shim: deliver values" (;7;) (type 6) (param i32 i32 i32)
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
          call 5
          local.get 0
          local.get 3
          call 4
          local.get 3
          local.get 6
          i64.store
        end
      )
      (func $"wasi-shim: read" (;8;) (type 7) (param i32 i32 i32) (result i32)
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
        local.get 0
        i32.const 64
        local.get 2
        local.get 1
        i64.extend_i32_u
        i64.const 4294967296
        i64.or
        call 3
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
    (core instance (;7;)
      (export "0" (func 9))
      (export "1" (func 11))
      (export "2" (func 13))
      (export "3" (func 10))
      (export "4" (func 16))
      (export "5" (func 14))
      (export "m" (memory $mem))
      (export "t" (table 0))
    )
    (core instance (;8;) (instantiate 5
        (with "" (instance 7))
      )
    )
    (alias core export 8 "0" (core func $f (;17;)))
    (alias core export 8 "2" (core func $read (;18;)))
    (core instance (;9;)
      (export "f" (func $f))
      (export "read" (func $read))
    )
    (core instance $m (;10;) (instantiate $m
        (with "" (instance 9))
      )
    )
    (type (;3;) (result))
    (type (;4;) (func (result 3)))
    (alias core export $m "run" (core func (;19;)))
    (func $run (;8;) (type 4) (canon lift (core func 19)))
    (instance $run (;3;)
      (export "run" (func $run))
    )
    (export (;4;) "wasi:cli/run@0.2.0" (instance $run))
  )
  (component (;2;) ;; the adapter
  )
  (instance (;1;) (instantiate 2
      (with "wasi:io/poll@0.2.0" (instance 0))
    )
  )
  (alias export 1 "wasi-shim:p3-on-p2/control" (instance (;2;)))
  (alias export 1 "wasi-shim:p3-on-p2/exchange" (instance (;3;)))
  (instance (;4;) (instantiate 0
      (with "wasi-shim:p3-on-p2/control" (instance 2))
      (with "wasi-shim:p3-on-p2/exchange" (instance 3))
    )
  )
  (alias export 4 "test:lines/lines" (instance (;5;)))
  (instance (;6;) (instantiate 1
      (with "wasi-shim:p3-on-p2/control" (instance 2))
      (with "wasi-shim:p3-on-p2/exchange" (instance 3))
      (with "test:lines/lines" (instance 5))
    )
  )
  (alias export 6 "wasi:cli/run@0.2.0" (instance (;7;)))
  (export (;8;) "wasi:cli/run@0.2.0" (instance 7))
)
