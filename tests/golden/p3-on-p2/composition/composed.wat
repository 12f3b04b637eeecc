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
  (type (;2;)
    (instance
      (type (;0;) u64)
      (export (;1;) "instant" (type (eq 0)))
      (alias outer 1 1 (type (;2;)))
      (export (;3;) "pollable" (type (eq 2)))
      (type (;4;) (func (result 1)))
      (export (;0;) "now" (func (type 4)))
      (type (;5;) (own 3))
      (type (;6;) (func (param "when" 1) (result 5)))
      (export (;1;) "subscribe-instant" (func (type 6)))
    )
  )
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance (;1;) (type 2)))
  (component (;0;)
    (type (;0;)
      (instance
        (type (;0;) (func (result u32)))
        (type (;1;) (func (param "waitable" u32) (param "set" u32)))
        (type (;2;) (func (param "subtask" u32)))
        (type (;3;) (func (param "subtask" u32) (result u32)))
        (type (;4;) (func (param "subtask" u32) (result u64)))
        (type (;5;) (func (param "subtask" u32) (result u32)))
        (type (;6;) (func (param "waitable" u32) (result u64)))
        (type (;7;) (func (param "ty" u32) (param "element" u32) (result u64)))
        (type (;8;) (func (param "end" u32) (param "ty" u32)))
        (type (;9;) (func (param "part" u32)))
        (type (;10;) (func (param "end" u32) (param "ty" u32) (param "giver" u32) (param "taker" u32) (result u32)))
        (type (;11;) (func (result u32)))
        (type (;12;) (func (param "slot" u32) (result u32)))
        (type (;13;) (func (param "task" u32) (result u32)))
        (type (;14;) (func (param "task" u32) (result u32)))
        (type (;15;) (func (param "task" u32) (param "status" u32) (param "context" u64)))
        (type (;16;) (func (param "task" u32)))
        (type (;17;) (func (param "task" u32) (param "bits" u64)))
        (type (;18;) (func (param "task" u32)))
        (type (;19;) (func (result u64)))
        (type (;20;) (func (param "task" u32) (result u32)))
        (type (;21;) (func (param "task" u32) (result u64)))
        (type (;22;) (func (param "task" u32) (result u64)))
        (type (;23;) (func))
        (type (;24;) (func (param "how" u32) (result u64)))
        (type (;25;) (func (param "set" u32) (param "how" u32) (result u64)))
        (type (;26;) (func (param "waitable" u32) (param "how" u32) (result u64)))
        (type (;27;) (func (param "callee" u32) (param "how" u32) (result u64)))
        (type (;28;) (func (param "subtask" u32) (param "how" u32) (result u64)))
        (export (;0;) "waitable-set-new" (func (type 0)))
        (export (;1;) "waitable-join" (func (type 1)))
        (export (;2;) "subtask-drop" (func (type 2)))
        (export (;3;) "subtask-cancel" (func (type 3)))
        (export (;4;) "cancel-turn" (func (type 4)))
        (export (;5;) "subtask-cancelled" (func (type 5)))
        (export (;6;) "cookie" (func (type 6)))
        (export (;7;) "new" (func (type 7)))
        (export (;8;) "drop-writable" (func (type 8)))
        (export (;9;) "as-part" (func (type 9)))
        (export (;10;) "pass" (func (type 10)))
        (export (;11;) "caller" (func (type 11)))
        (export (;12;) "task-start" (func (type 12)))
        (export (;13;) "task-caller" (func (type 13)))
        (export (;14;) "task-answer" (func (type 14)))
        (export (;15;) "task-suspend" (func (type 15)))
        (export (;16;) "task-exit" (func (type 16)))
        (export (;17;) "task-return" (func (type 17)))
        (export (;18;) "task-cancel" (func (type 18)))
        (export (;19;) "task-result" (func (type 19)))
        (export (;20;) "task-turn" (func (type 20)))
        (export (;21;) "task-event" (func (type 21)))
        (export (;22;) "task-context" (func (type 22)))
        (export (;23;) "task-round" (func (type 23)))
        (export (;24;) "task-next" (func (type 24)))
        (export (;25;) "waitable-set-wait-or-step" (func (type 25)))
        (export (;26;) "block-on-or-step" (func (type 26)))
        (export (;27;) "enter-or-step" (func (type 27)))
        (export (;28;) "returned-or-step" (func (type 28)))
      )
    )
    (import "wasi-shim:p3-on-p2/control" (instance (;0;) (type 0)))
    (alias export 0 "cookie" (func (;0;)))
    (core func (;0;) (canon lower (func 0)))
    (alias export 0 "subtask-cancel" (func (;1;)))
    (core func (;1;) (canon lower (func 1)))
    (alias export 0 "task-cancel" (func (;2;)))
    (core func (;2;) (canon lower (func 2)))
    (alias export 0 "waitable-set-wait-or-step" (func (;3;)))
    (core func (;3;) (canon lower (func 3)))
    (alias export 0 "block-on-or-step" (func (;4;)))
    (core func (;4;) (canon lower (func 4)))
    (alias export 0 "enter-or-step" (func (;5;)))
    (core func (;5;) (canon lower (func 5)))
    (alias export 0 "returned-or-step" (func (;6;)))
    (core func (;6;) (canon lower (func 6)))
    (alias export 0 "task-round" (func (;7;)))
    (core func (;7;) (canon lower (func 7)))
    (alias export 0 "task-next" (func (;8;)))
    (core func (;8;) (canon lower (func 8)))
    (alias export 0 "task-turn" (func (;9;)))
    (core func (;9;) (canon lower (func 9)))
    (alias export 0 "cancel-turn" (func (;10;)))
    (core func (;10;) (canon lower (func 10)))
    (alias export 0 "subtask-cancelled" (func (;11;)))
    (core func (;11;) (canon lower (func 11)))
    (alias export 0 "waitable-set-new" (func (;12;)))
    (core func (;12;) (canon lower (func 12)))
    (alias export 0 "waitable-join" (func (;13;)))
    (core func (;13;) (canon lower (func 13)))
    (alias export 0 "subtask-drop" (func (;14;)))
    (core func (;14;) (canon lower (func 14)))
    (alias export 0 "new" (func (;15;)))
    (core func (;15;) (canon lower (func 15)))
    (alias export 0 "drop-writable" (func (;16;)))
    (core func (;16;) (canon lower (func 16)))
    (alias export 0 "pass" (func (;17;)))
    (core func (;17;) (canon lower (func 17)))
    (alias export 0 "caller" (func (;18;)))
    (core func (;18;) (canon lower (func 18)))
    (alias export 0 "task-caller" (func (;19;)))
    (core func (;19;) (canon lower (func 19)))
    (alias export 0 "task-start" (func (;20;)))
    (core func (;20;) (canon lower (func 20)))
    (alias export 0 "task-answer" (func (;21;)))
    (core func (;21;) (canon lower (func 21)))
    (alias export 0 "task-suspend" (func (;22;)))
    (core func (;22;) (canon lower (func 22)))
    (alias export 0 "task-exit" (func (;23;)))
    (core func (;23;) (canon lower (func 23)))
    (alias export 0 "task-return" (func (;24;)))
    (core func (;24;) (canon lower (func 24)))
    (alias export 0 "task-event" (func (;25;)))
    (core func (;25;) (canon lower (func 25)))
    (alias export 0 "task-context" (func (;26;)))
    (core func (;26;) (canon lower (func 26)))
    (alias export 0 "task-result" (func (;27;)))
    (core func (;27;) (canon lower (func 27)))
    (alias export 0 "as-part" (func (;28;)))
    (core func (;28;) (canon lower (func 28)))
    (core module (;0;)
      (type (;0;) (func (param i32)))
      (type (;1;) (func (param i32) (result i64)))
      (type (;2;) (func (param i32) (result i32)))
      (type (;3;) (func (param i32 i32) (result i64)))
      (type (;4;) (func))
      (type (;5;) (func (result i32)))
      (type (;6;) (func (param i32 i32)))
      (type (;7;) (func (param i32 i32 i32 i32) (result i32)))
      (type (;8;) (func (param i32 i32 i64)))
      (type (;9;) (func (param i32 i64)))
      (type (;10;) (func (result i64)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 2)))
      (import "" "3" (func (;3;) (type 0)))
      (import "" "4" (func (;4;) (type 3)))
      (import "" "5" (func (;5;) (type 3)))
      (import "" "6" (func (;6;) (type 3)))
      (import "" "7" (func (;7;) (type 3)))
      (import "" "8" (func (;8;) (type 4)))
      (import "" "9" (func (;9;) (type 1)))
      (import "" "10" (func (;10;) (type 2)))
      (import "" "11" (func (;11;) (type 1)))
      (import "" "12" (func (;12;) (type 2)))
      (import "" "13" (func (;13;) (type 5)))
      (import "" "14" (func (;14;) (type 6)))
      (import "" "15" (func (;15;) (type 0)))
      (import "" "16" (func (;16;) (type 3)))
      (import "" "17" (func (;17;) (type 6)))
      (import "" "18" (func (;18;) (type 7)))
      (import "" "19" (func (;19;) (type 5)))
      (import "" "20" (func (;20;) (type 2)))
      (import "" "21" (func (;21;) (type 2)))
      (import "" "22" (func (;22;) (type 2)))
      (import "" "23" (func (;23;) (type 8)))
      (import "" "24" (func (;24;) (type 0)))
      (import "" "25" (func (;25;) (type 9)))
      (import "" "26" (func (;26;) (type 1)))
      (import "" "27" (func (;27;) (type 1)))
      (import "" "28" (func (;28;) (type 10)))
      (export "0" (func $"wasi-shim: as part"))
      (export "1" (func $"#func30 wasi-shim: as part"))
      (export "2" (func $"#func31 wasi-shim: as part"))
      (export "3" (func $"#func32 wasi-shim: as part"))
      (export "4" (func $"#func33 wasi-shim: as part"))
      (export "5" (func $"#func34 wasi-shim: as part"))
      (export "6" (func $"#func35 wasi-shim: as part"))
      (export "7" (func $"#func36 wasi-shim: as part"))
      (export "8" (func $"#func37 wasi-shim: as part"))
      (export "9" (func $"#func38 wasi-shim: as part"))
      (export "10" (func $"#func39 wasi-shim: as part"))
      (export "11" (func $"#func40 wasi-shim: as part"))
      (export "12" (func $"#func41 wasi-shim: as part"))
      (export "13" (func $"#func42 wasi-shim: as part"))
      (export "14" (func $"#func43 wasi-shim: as part"))
      (export "15" (func $"#func44 wasi-shim: as part"))
      (export "16" (func $"#func45 wasi-shim: as part"))
      (export "17" (func $"#func46 wasi-shim: as part"))
      (export "18" (func $"#func47 wasi-shim: as part"))
      (export "19" (func $"#func48 wasi-shim: as part"))
      (export "20" (func $"#func49 wasi-shim: as part"))
      (export "21" (func $"#func50 wasi-shim: as part"))
      (export "22" (func $"#func51 wasi-shim: as part"))
      (export "23" (func $"#func52 wasi-shim: as part"))
      (export "24" (func $"#func53 wasi-shim: as part"))
      (export "25" (func $"#func54 wasi-shim: as part"))
      (export "26" (func $"#func55 wasi-shim: as part"))
      (export "27" (func $"#func56 wasi-shim: as part"))
      (export "28" (func $"#func57 wasi-shim: as part"))
      (func $"wasi-shim: as part" (;29;) (type 4)
        i32.const 1
        call 0
      )
      (func $"#func30 wasi-shim: as part" (@name "wasi-shim: as part") (;30;) (type 1) (param i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        call 1
      )
      (func $"#func31 wasi-shim: as part" (@name "wasi-shim: as part") (;31;) (type 2) (param i32) (result i32)
        i32.const 1
        call 0
        local.get 0
        call 2
      )
      (func $"#func32 wasi-shim: as part" (@name "wasi-shim: as part") (;32;) (type 0) (param i32)
        i32.const 1
        call 0
        local.get 0
        call 3
      )
      (func $"#func33 wasi-shim: as part" (@name "wasi-shim: as part") (;33;) (type 3) (param i32 i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        call 4
      )
      (func $"#func34 wasi-shim: as part" (@name "wasi-shim: as part") (;34;) (type 3) (param i32 i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        call 5
      )
      (func $"#func35 wasi-shim: as part" (@name "wasi-shim: as part") (;35;) (type 3) (param i32 i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        call 6
      )
      (func $"#func36 wasi-shim: as part" (@name "wasi-shim: as part") (;36;) (type 3) (param i32 i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        call 7
      )
      (func $"#func37 wasi-shim: as part" (@name "wasi-shim: as part") (;37;) (type 4)
        i32.const 1
        call 0
        call 8
      )
      (func $"#func38 wasi-shim: as part" (@name "wasi-shim: as part") (;38;) (type 1) (param i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        call 9
      )
      (func $"#func39 wasi-shim: as part" (@name "wasi-shim: as part") (;39;) (type 2) (param i32) (result i32)
        i32.const 1
        call 0
        local.get 0
        call 10
      )
      (func $"#func40 wasi-shim: as part" (@name "wasi-shim: as part") (;40;) (type 1) (param i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        call 11
      )
      (func $"#func41 wasi-shim: as part" (@name "wasi-shim: as part") (;41;) (type 2) (param i32) (result i32)
        i32.const 1
        call 0
        local.get 0
        call 12
      )
      (func $"#func42 wasi-shim: as part" (@name "wasi-shim: as part") (;42;) (type 5) (result i32)
        i32.const 1
        call 0
        call 13
      )
      (func $"#func43 wasi-shim: as part" (@name "wasi-shim: as part") (;43;) (type 6) (param i32 i32)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        call 14
      )
      (func $"#func44 wasi-shim: as part" (@name "wasi-shim: as part") (;44;) (type 0) (param i32)
        i32.const 1
        call 0
        local.get 0
        call 15
      )
      (func $"#func45 wasi-shim: as part" (@name "wasi-shim: as part") (;45;) (type 3) (param i32 i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        call 16
      )
      (func $"#func46 wasi-shim: as part" (@name "wasi-shim: as part") (;46;) (type 6) (param i32 i32)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        call 17
      )
      (func $"#func47 wasi-shim: as part" (@name "wasi-shim: as part") (;47;) (type 7) (param i32 i32 i32 i32) (result i32)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        local.get 2
        local.get 3
        call 18
      )
      (func $"#func48 wasi-shim: as part" (@name "wasi-shim: as part") (;48;) (type 5) (result i32)
        i32.const 1
        call 0
        call 19
      )
      (func $"#func49 wasi-shim: as part" (@name "wasi-shim: as part") (;49;) (type 2) (param i32) (result i32)
        i32.const 1
        call 0
        local.get 0
        call 20
      )
      (func $"#func50 wasi-shim: as part" (@name "wasi-shim: as part") (;50;) (type 2) (param i32) (result i32)
        i32.const 1
        call 0
        local.get 0
        call 21
      )
      (func $"#func51 wasi-shim: as part" (@name "wasi-shim: as part") (;51;) (type 2) (param i32) (result i32)
        i32.const 1
        call 0
        local.get 0
        call 22
      )
      (func $"#func52 wasi-shim: as part" (@name "wasi-shim: as part") (;52;) (type 8) (param i32 i32 i64)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        local.get 2
        call 23
      )
      (func $"#func53 wasi-shim: as part" (@name "wasi-shim: as part") (;53;) (type 0) (param i32)
        i32.const 1
        call 0
        local.get 0
        call 24
      )
      (func $"#func54 wasi-shim: as part" (@name "wasi-shim: as part") (;54;) (type 9) (param i32 i64)
        i32.const 1
        call 0
        local.get 0
        local.get 1
        call 25
      )
      (func $"#func55 wasi-shim: as part" (@name "wasi-shim: as part") (;55;) (type 1) (param i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        call 26
      )
      (func $"#func56 wasi-shim: as part" (@name "wasi-shim: as part") (;56;) (type 1) (param i32) (result i64)
        i32.const 1
        call 0
        local.get 0
        call 27
      )
      (func $"#func57 wasi-shim: as part" (@name "wasi-shim: as part") (;57;) (type 10) (result i64)
        i32.const 1
        call 0
        call 28
      )
    )
    (core instance (;0;)
      (export "0" (func 28))
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
      (export "16" (func 15))
      (export "17" (func 16))
      (export "18" (func 17))
      (export "19" (func 18))
      (export "20" (func 19))
      (export "21" (func 20))
      (export "22" (func 21))
      (export "23" (func 22))
      (export "24" (func 23))
      (export "25" (func 24))
      (export "26" (func 25))
      (export "27" (func 26))
      (export "28" (func 27))
    )
    (core instance (;1;) (instantiate 0
        (with "" (instance 0))
      )
    )
    (alias core export 1 "0" (core func (;29;)))
    (alias core export 1 "1" (core func (;30;)))
    (alias core export 1 "2" (core func (;31;)))
    (alias core export 1 "3" (core func (;32;)))
    (alias core export 1 "4" (core func (;33;)))
    (alias core export 1 "5" (core func (;34;)))
    (alias core export 1 "6" (core func (;35;)))
    (alias core export 1 "7" (core func (;36;)))
    (alias core export 1 "8" (core func (;37;)))
    (alias core export 1 "9" (core func (;38;)))
    (alias core export 1 "10" (core func (;39;)))
    (alias core export 1 "11" (core func (;40;)))
    (alias core export 1 "12" (core func (;41;)))
    (alias core export 1 "13" (core func $new (;42;)))
    (alias core export 1 "14" (core func $join (;43;)))
    (alias core export 1 "15" (core func $done (;44;)))
    (alias core export 1 "16" (core func (;45;)))
    (alias core export 1 "17" (core func (;46;)))
    (alias core export 1 "18" (core func (;47;)))
    (alias core export 1 "19" (core func (;48;)))
    (alias core export 1 "20" (core func (;49;)))
    (alias core export 1 "21" (core func (;50;)))
    (alias core export 1 "22" (core func (;51;)))
    (alias core export 1 "23" (core func (;52;)))
    (alias core export 1 "24" (core func (;53;)))
    (alias core export 1 "25" (core func (;54;)))
    (alias core export 1 "26" (core func (;55;)))
    (alias core export 1 "27" (core func (;56;)))
    (alias core export 1 "28" (core func (;57;)))
    (core module (;1;)
      (type (;0;) (func (param i32 i32 i32)))
      (type (;1;) (func (param i32) (result i64)))
      (type (;2;) (func (param i32) (result i32)))
      (type (;3;) (func (param i32)))
      (type (;4;) (func (param i32 i32) (result i64)))
      (type (;5;) (func))
      (type (;6;) (func (result i32)))
      (type (;7;) (func (param i32 i32)))
      (type (;8;) (func (param i32 i64)))
      (type (;9;) (func (result i64)))
      (type (;10;) (func (param i32 i32 i64 i32)))
      (type (;11;) (func (param i64)))
      (import "" "0" (func (;0;) (type 1)))
      (import "" "1" (func (;1;) (type 2)))
      (import "" "2" (func (;2;) (type 3)))
      (import "" "3" (func (;3;) (type 4)))
      (import "" "4" (func (;4;) (type 4)))
      (import "" "5" (func (;5;) (type 4)))
      (import "" "6" (func (;6;) (type 4)))
      (import "" "7" (func (;7;) (type 5)))
      (import "" "8" (func (;8;) (type 1)))
      (import "" "9" (func (;9;) (type 2)))
      (import "" "10" (func (;10;) (type 1)))
      (import "" "11" (func (;11;) (type 2)))
      (table (;0;) 3 funcref)
      (global (;0;) (mut i32) i32.const 0)
      (global (;1;) (mut i32) i32.const 0)
      (global (;2;) (mut i64) i64.const 0)
      (global (;3;) (mut i32) i32.const 0)
      (global (;4;) (mut i32) i32.const 0)
      (global (;5;) (mut i32) i32.const 0)
      (global (;6;) (mut i32) i32.const 0)
      (export "0" (func 12))
      (export "1" (func 13))
      (export "2" (func 14))
      (export "3" (func 15))
      (export "4" (func $"wasi-shim: deliver"))
      (export "5" (func $"wasi-shim: begin"))
      (export "6" (func 18))
      (export "7" (func 19))
      (export "9" (func $"wasi-shim: task.return"))
      (export "10" (func 22))
      (export "12" (func $"wasi-shim: end"))
      (export "13" (func $"wasi-shim: enter"))
      (export "14" (func $"wasi-shim: context"))
      (export "16" (func $"wasi-shim: task.cancel"))
      (export "17" (func $"wasi-shim: turn"))
      (export "19" (func $"wasi-shim: wait"))
      (export "20" (func $"#func32 wasi-shim: wait"))
      (export "21" (func $"#func33 wasi-shim: wait"))
      (export "22" (func $"#func34 wasi-shim: wait"))
      (export "23" (func $"#func35 wasi-shim: wait"))
      (export "24" (func $"wasi-shim: yield"))
      (export "25" (func $"#func37 wasi-shim: yield"))
      (export "26" (func $"wasi-shim: subtask.cancel"))
      (export "27" (func $"#func39 wasi-shim: subtask.cancel"))
      (export "t" (table 0))
      (func (;12;) (type 6) (result i32)
        global.get 0
      )
      (func (;13;) (type 3) (param i32)
        local.get 0
        global.set 0
      )
      (func (;14;) (type 6) (result i32)
        global.get 1
      )
      (func (;15;) (type 3) (param i32)
        local.get 0
        global.set 1
      )
      (func $"wasi-shim: deliver" (;16;) (type 7) (param i32 i32)
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
      (func $"wasi-shim: begin" (;17;) (type 3) (param i32)
        i32.const 0
        global.set 3
        local.get 0
        global.set 5
      )
      (func (;18;) (type 3) (param i32)
        local.get 0
        global.set 6
      )
      (func (;19;) (type 6) (result i32)
        global.get 6
      )
      (func $"wasi-shim: task.return, but the task has returned or is of another type" (;20;) (type 5)
        unreachable
      )
      (func $"wasi-shim: task.return" (;21;) (type 8) (param i32 i64)
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
      (func (;22;) (type 6) (result i32)
        global.get 3
      )
      (func $"wasi-shim: the task ended without task.return" (;23;) (type 5)
        unreachable
      )
      (func $"wasi-shim: end" (;24;) (type 9) (result i64)
        global.get 3
        i32.eqz
        if ;; label = @1
          call $"wasi-shim: the task ended without task.return"
        end
        global.get 2
      )
      (func $"wasi-shim: enter" (;25;) (type 10) (param i32 i32 i64 i32)
        local.get 0
        global.set 4
        local.get 1
        global.set 3
        local.get 2
        i32.wrap_i64
        global.set 0
        local.get 2
        i64.const 32
        i64.shr_u
        i32.wrap_i64
        global.set 1
        local.get 3
        global.set 5
      )
      (func $"wasi-shim: context" (;26;) (type 9) (result i64)
        global.get 0
        i64.extend_i32_u
        global.get 1
        i64.extend_i32_u
        i64.const 32
        i64.shl
        i64.or
      )
      (func $"wasi-shim: task.cancel, but nothing was cancelled" (;27;) (type 5)
        unreachable
      )
      (func $"wasi-shim: task.cancel" (;28;) (type 5)
        global.get 4
        i32.eqz
        global.get 3
        i32.or
        if ;; label = @1
          call $"wasi-shim: task.cancel, but nothing was cancelled"
        end
        global.get 4
        call 2
        i32.const 2
        global.set 3
      )
      (func $"wasi-shim: turn" (;29;) (type 3) (param i32)
        (local i32 i32 i32 i32 i32 i32 i32 i64)
        global.get 0
        local.set 2
        global.get 1
        local.set 3
        global.get 3
        local.set 4
        global.get 4
        local.set 5
        global.get 5
        local.set 6
        global.get 6
        local.set 7
        global.get 2
        local.set 8
        local.get 0
        call 9
        local.set 1
        local.get 0
        local.get 1
        i32.const 31
        i32.shr_u
        i32.const 0
        local.get 1
        i32.const 2147483647
        i32.and
        call_indirect (type 0)
        local.get 2
        global.set 0
        local.get 3
        global.set 1
        local.get 4
        global.set 3
        local.get 5
        global.set 4
        local.get 6
        global.set 5
        local.get 7
        global.set 6
        local.get 8
        global.set 2
      )
      (func $"wasi-shim: resume" (;30;) (type 11) (param i64)
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
        local.get 2
        i32.const 1
        i32.eq
        if ;; label = @1
          local.get 1
          call $"wasi-shim: turn"
          return
        end
        unreachable
      )
      (func $"wasi-shim: wait" (;31;) (type 1) (param i32) (result i64)
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
      (func $"#func32 wasi-shim: wait" (@name "wasi-shim: wait") (;32;) (type 1) (param i32) (result i64)
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
      (func $"#func33 wasi-shim: wait" (@name "wasi-shim: wait") (;33;) (type 1) (param i32) (result i64)
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
      (func $"#func34 wasi-shim: wait" (@name "wasi-shim: wait") (;34;) (type 1) (param i32) (result i64)
        (local i64 i32)
        loop ;; label = @1
          local.get 0
          local.get 2
          i32.const 0
          i32.or
          call 6
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
      (func $"#func35 wasi-shim: wait" (@name "wasi-shim: wait") (;35;) (type 1) (param i32) (result i64)
        (local i64 i32)
        loop ;; label = @1
          local.get 0
          local.get 2
          i32.const 1
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
      (func $"wasi-shim: yield" (;36;) (type 5)
        (local i64)
        call 7
        block ;; label = @1
          loop ;; label = @2
            i32.const 0
            call 8
            local.tee 0
            i64.eqz
            br_if 1 (;@1;)
            local.get 0
            call $"wasi-shim: resume"
            br 0 (;@2;)
          end
        end
      )
      (func $"#func37 wasi-shim: yield" (@name "wasi-shim: yield") (;37;) (type 5)
        (local i64)
        call 7
        block ;; label = @1
          loop ;; label = @2
            i32.const 1
            call 8
            local.tee 0
            i64.eqz
            br_if 1 (;@1;)
            local.get 0
            call $"wasi-shim: resume"
            br 0 (;@2;)
          end
        end
      )
      (func $"wasi-shim: subtask.cancel" (;38;) (type 2) (param i32) (result i32)
        (local i32)
        local.get 0
        call 1
        local.tee 1
        i32.const -1
        i32.eq
        if ;; label = @1
          local.get 0
          call 10
          call $"wasi-shim: resume"
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
      (func $"#func39 wasi-shim: subtask.cancel" (@name "wasi-shim: subtask.cancel") (;39;) (type 2) (param i32) (result i32)
        (local i32)
        local.get 0
        call 1
        local.tee 1
        i32.const -1
        i32.eq
        if ;; label = @1
          local.get 0
          call 10
          call $"wasi-shim: resume"
          local.get 0
          call 11
          local.set 1
          local.get 1
          i32.const -1
          i32.eq
          if ;; label = @2
            loop ;; label = @3
              local.get 0
              call $"#func32 wasi-shim: wait"
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
      (export "0" (func 30))
      (export "1" (func 31))
      (export "2" (func 32))
      (export "3" (func 33))
      (export "4" (func 34))
      (export "5" (func 35))
      (export "6" (func 36))
      (export "7" (func 37))
      (export "8" (func 38))
      (export "9" (func 39))
      (export "10" (func 40))
      (export "11" (func 41))
    )
    (core instance (;3;) (instantiate 1
        (with "" (instance 2))
      )
    )
    (alias core export 3 "4" (core func (;58;)))
    (alias core export 3 "5" (core func (;59;)))
    (alias core export 3 "6" (core func (;60;)))
    (alias core export 3 "7" (core func (;61;)))
    (alias core export 3 "9" (core func (;62;)))
    (alias core export 3 "10" (core func (;63;)))
    (alias core export 3 "12" (core func (;64;)))
    (alias core export 3 "13" (core func (;65;)))
    (alias core export 3 "14" (core func (;66;)))
    (alias core export 3 "17" (core func (;67;)))
    (alias core export 3 "23" (core func (;68;)))
    (alias core export 3 "25" (core func (;69;)))
    (alias core export 3 "t" (core table (;0;)))
    (type (;1;) (func (param "task" u32)))
    (func (;29;) (type 1) (canon lift (core func 67)))
    (export (;30;) "wasi-shim-turn" (func 29))
    (type (;2;)
      (instance
        (type (;0;) (func (param "how-long" u64)))
        (type (;1;) (func (param "how-long" u64) (param "cookie" u64) (result u32)))
        (export (;0;) "start-wait-for" (func (type 1)))
      )
    )
    (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock (;1;) (type 2)))
    (type $numbers (;3;) u32)
    (alias export $clock "start-wait-for" (func (;31;)))
    (core func (;70;) (canon lower (func 31)))
    (core module $m (;2;)
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
    (core module (;3;)
      (type (;0;) (func (param i64 i64) (result i32)))
      (type (;1;) (func))
      (type (;2;) (func (param i32 i32) (result i64)))
      (type (;3;) (func (param i32 i32)))
      (type (;4;) (func (param i32 i64)))
      (type (;5;) (func (result i32)))
      (type (;6;) (func (param i32 i32 i32 i32) (result i32)))
      (type (;7;) (func (param i64) (result i32)))
      (type (;8;) (func (result i64)))
      (type (;9;) (func (param i32)))
      (type (;10;) (func (param i32) (result i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 2)))
      (import "" "3" (func (;3;) (type 3)))
      (import "" "4" (func (;4;) (type 4)))
      (import "" "5" (func (;5;) (type 5)))
      (import "" "6" (func (;6;) (type 6)))
      (global (;0;) (mut i32) i32.const 0)
      (global (;1;) (mut i32) i32.const 0)
      (export "0" (func $wasi:clocks/monotonic-clock#wait-for))
      (export "1" (func $"wasi-shim: new"))
      (export "2" (func $drop-writable))
      (export "4" (func $"wasi-shim: task.return"))
      (func $wasi:clocks/monotonic-clock#wait-for (;7;) (type 7) (param i64) (result i32)
        (local i32)
        call 1
        local.get 0
        i64.const 0
        call 0
      )
      (func $"wasi-shim: new" (;8;) (type 8) (result i64)
        i32.const 5
        i32.const 4
        call 2
      )
      (func $drop-writable (;9;) (type 9) (param i32)
        local.get 0
        i32.const 5
        call 3
      )
      (func $"wasi-shim: pass an end" (;10;) (type 10) (param i32) (result i32)
        local.get 0
        i32.const 5
        global.get 0
        global.get 1
        call 6
      )
      (func $"wasi-shim: task.return" (;11;) (type 9) (param i32)
        i32.const 1
        global.set 0
        call 5
        global.set 1
        local.get 0
        call $"wasi-shim: pass an end"
        local.set 0
        i32.const 1
        local.get 0
        i64.extend_i32_u
        call 4
      )
    )
    (core instance (;4;)
      (export "0" (func 70))
      (export "1" (func 29))
      (export "2" (func 45))
      (export "3" (func 46))
      (export "4" (func 62))
      (export "5" (func 61))
      (export "6" (func 47))
    )
    (core instance (;5;) (instantiate 3
        (with "" (instance 4))
      )
    )
    (alias core export 5 "0" (core func $wait (;71;)))
    (alias core export 5 "1" (core func $make (;72;)))
    (alias core export 5 "2" (core func $close (;73;)))
    (alias core export 5 "4" (core func $return (;74;)))
    (core instance (;6;)
      (export "wait" (func $wait))
      (export "new" (func $new))
      (export "join" (func $join))
      (export "done" (func $done))
      (export "make" (func $make))
      (export "close" (func $close))
      (export "return" (func $return))
    )
    (core instance $i (;7;) (instantiate $m
        (with "" (instance 6))
      )
    )
    (type (;4;) (func (param "how-long" u64) (result $numbers)))
    (alias core export $i "sleep" (core func (;75;)))
    (alias core export $i "slept" (core func (;76;)))
    (type (;5;) (func (param "how-long" u64) (result u32)))
    (type (;6;) (func (param "subtask" u32) (result $numbers)))
    (core module (;4;)
      (type (;0;) (func (param i64) (result i32)))
      (type (;1;) (func (result i32)))
      (type (;2;) (func (param i32)))
      (type (;3;) (func (param i32 i32)))
      (type (;4;) (func (param i32 i32 i32) (result i32)))
      (type (;5;) (func (param i32) (result i64)))
      (type (;6;) (func))
      (type (;7;) (func (result i64)))
      (type (;8;) (func (param i32) (result i32)))
      (type (;9;) (func (param i32 i32 i64)))
      (type (;10;) (func (param i32 i64)))
      (type (;11;) (func (param i32 i32 i64 i32)))
      (type (;12;) (func (param i32 i32 i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 2)))
      (import "" "3" (func (;3;) (type 2)))
      (import "" "4" (func (;4;) (type 3)))
      (import "" "5" (func (;5;) (type 1)))
      (import "" "6" (func (;6;) (type 4)))
      (import "" "7" (func (;7;) (type 5)))
      (import "" "8" (func (;8;) (type 6)))
      (import "" "9" (func (;9;) (type 7)))
      (import "" "10" (func (;10;) (type 8)))
      (import "" "11" (func (;11;) (type 8)))
      (import "" "12" (func (;12;) (type 8)))
      (import "" "13" (func (;13;) (type 9)))
      (import "" "14" (func (;14;) (type 2)))
      (import "" "15" (func (;15;) (type 10)))
      (import "" "16" (func (;16;) (type 5)))
      (import "" "17" (func (;17;) (type 5)))
      (import "" "18" (func (;18;) (type 11)))
      (import "" "19" (func (;19;) (type 7)))
      (import "" "20" (func (;20;) (type 7)))
      (import "" "t" (table (;0;) 0 funcref))
      (export "1" (func $"wasi-shim: export"))
      (export "2" (func $"wasi-shim: start"))
      (export "4" (func $"wasi-shim: finish"))
      (elem (;0;) (i32.const 1) func $"wasi-shim: turn")
      (func $"wasi-shim: a callback answered neither EXIT nor YIELD nor WAIT" (;21;) (type 6)
        unreachable
      )
      (func $"wasi-shim: export" (;22;) (type 0) (param i64) (result i32)
        (local i32 i32 i32 i64 i64 i32)
        i32.const 1
        call 3
        call 1
        local.tee 1
        call 2
        local.get 0
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
        local.get 5
        i32.wrap_i64
        local.set 6
        local.get 6
      )
      (func $"wasi-shim: start" (;23;) (type 0) (param i64) (result i32)
        (local i32 i32 i32 i64)
        i32.const 1
        call 11
        local.tee 1
        i32.const 0
        i64.const 0
        i32.const 1
        call 18
        local.get 1
        call 10
        call 2
        local.get 0
        call 0
        local.set 2
        call 5
        local.tee 3
        i32.const 1
        i32.eq
        if ;; label = @1
          call 9
          local.set 4
          local.get 1
          local.get 4
          call 15
        end
        local.get 2
        i32.const 15
        i32.and
        if ;; label = @1
          local.get 1
          local.get 2
          call 19
          call 13
        else
          local.get 3
          i32.eqz
          if ;; label = @2
            call 9
            drop
          end
          local.get 1
          call 14
        end
        i32.const 0
        i32.const 0
        i64.const 0
        i32.const 0
        call 18
        local.get 1
        call 12
      )
      (func $"wasi-shim: turn" (;24;) (type 12) (param i32 i32 i32)
        (local i64 i32 i32 i64)
        local.get 0
        local.get 1
        local.get 0
        call 17
        i32.const 1
        call 18
        local.get 0
        call 10
        call 2
        local.get 0
        call 16
        local.tee 3
        i64.eqz
        local.get 3
        i64.const 6
        i64.eq
        i32.or
        i32.eqz
        if ;; label = @1
          local.get 3
          i32.wrap_i64
          i32.const 4
          i32.shr_u
          i32.const 268435455
          i32.and
          local.get 3
          i64.const 32
          i64.shr_u
          i32.wrap_i64
          call 4
        end
        local.get 3
        i32.wrap_i64
        i32.const 15
        i32.and
        local.get 3
        i32.wrap_i64
        i32.const 4
        i32.shr_u
        i32.const 268435455
        i32.and
        local.get 3
        i64.const 32
        i64.shr_u
        i32.wrap_i64
        call 6
        local.set 4
        call 5
        local.tee 5
        i32.const 1
        i32.eq
        local.get 1
        i32.eqz
        i32.and
        if ;; label = @1
          call 9
          local.set 6
          local.get 0
          local.get 6
          call 15
        end
        local.get 4
        i32.const 15
        i32.and
        if ;; label = @1
          local.get 0
          local.get 4
          call 19
          call 13
        else
          local.get 5
          i32.eqz
          if ;; label = @2
            call 9
            drop
          end
          local.get 0
          call 14
        end
      )
      (func $"wasi-shim: finish" (;25;) (type 8) (param i32) (result i32)
        (local i64)
        call 20
        local.set 1
        local.get 1
        i32.wrap_i64
      )
    )
    (core instance (;8;)
      (export "0" (func 75))
      (export "1" (func 48))
      (export "2" (func 60))
      (export "3" (func 59))
      (export "4" (func 58))
      (export "5" (func 63))
      (export "6" (func 76))
      (export "7" (func 68))
      (export "8" (func 69))
      (export "9" (func 64))
      (export "10" (func 49))
      (export "11" (func 50))
      (export "12" (func 51))
      (export "13" (func 52))
      (export "14" (func 53))
      (export "15" (func 54))
      (export "16" (func 55))
      (export "17" (func 56))
      (export "18" (func 65))
      (export "19" (func 66))
      (export "20" (func 57))
      (export "t" (table 0))
    )
    (core instance (;9;) (instantiate 4
        (with "" (instance 8))
      )
    )
    (alias core export 9 "1" (core func (;77;)))
    (alias core export 9 "2" (core func (;78;)))
    (alias core export 9 "4" (core func (;79;)))
    (func (;32;) (type 4) (canon lift (core func 77)))
    (func (;33;) (type 5) (canon lift (core func 78)))
    (func (;34;) (type 6) (canon lift (core func 79)))
    (export (;35;) "sleep" (func 32))
    (export (;36;) "start-sleep" (func 33))
    (export (;37;) "finish-sleep" (func 34))
  )
  (component (;1;)
    (type (;0;)
      (instance
        (type (;0;) (func (param "subtask" u32) (result u32)))
        (type (;1;) (func (param "subtask" u32) (result u64)))
        (type (;2;) (func (param "subtask" u32) (result u32)))
        (type (;3;) (func (param "waitable" u32) (result u64)))
        (type (;4;) (func (param "end" u32) (param "ty" u32)))
        (type (;5;) (func (param "part" u32)))
        (type (;6;) (func (param "cookie" u64) (param "sync" u32)))
        (type (;7;) (func (param "task" u32) (result u32)))
        (type (;8;) (func))
        (type (;9;) (func (param "how" u32) (result u64)))
        (type (;10;) (func (param "set" u32) (param "how" u32) (result u64)))
        (type (;11;) (func (param "waitable" u32) (param "how" u32) (result u64)))
        (type (;12;) (func (param "callee" u32) (param "how" u32) (result u64)))
        (type (;13;) (func (param "subtask" u32) (param "how" u32) (result u64)))
        (export (;0;) "subtask-cancel" (func (type 0)))
        (export (;1;) "cancel-turn" (func (type 1)))
        (export (;2;) "subtask-cancelled" (func (type 2)))
        (export (;3;) "cookie" (func (type 3)))
        (export (;4;) "drop-readable" (func (type 4)))
        (export (;5;) "as-part" (func (type 5)))
        (export (;6;) "call" (func (type 6)))
        (export (;7;) "task-turn" (func (type 7)))
        (export (;8;) "task-round" (func (type 8)))
        (export (;9;) "task-next" (func (type 9)))
        (export (;10;) "waitable-set-wait-or-step" (func (type 10)))
        (export (;11;) "block-on-or-step" (func (type 11)))
        (export (;12;) "enter-or-step" (func (type 12)))
        (export (;13;) "returned-or-step" (func (type 13)))
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
    (alias export 0 "call" (func (;11;)))
    (core func (;11;) (canon lower (func 11)))
    (alias export 0 "drop-readable" (func (;12;)))
    (core func (;12;) (canon lower (func 12)))
    (alias export 0 "as-part" (func (;13;)))
    (core func (;13;) (canon lower (func 13)))
    (core module (;0;)
      (type (;0;) (func (param i32)))
      (type (;1;) (func (param i32) (result i64)))
      (type (;2;) (func (param i32) (result i32)))
      (type (;3;) (func (param i32 i32) (result i64)))
      (type (;4;) (func))
      (type (;5;) (func (param i64 i32)))
      (type (;6;) (func (param i32 i32)))
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
      (import "" "12" (func (;12;) (type 5)))
      (import "" "13" (func (;13;) (type 6)))
      (export "0" (func $"wasi-shim: as part"))
      (export "1" (func $"#func15 wasi-shim: as part"))
      (export "2" (func $"#func16 wasi-shim: as part"))
      (export "3" (func $"#func17 wasi-shim: as part"))
      (export "4" (func $"#func18 wasi-shim: as part"))
      (export "5" (func $"#func19 wasi-shim: as part"))
      (export "6" (func $"#func20 wasi-shim: as part"))
      (export "7" (func $"#func21 wasi-shim: as part"))
      (export "8" (func $"#func22 wasi-shim: as part"))
      (export "9" (func $"#func23 wasi-shim: as part"))
      (export "10" (func $"#func24 wasi-shim: as part"))
      (export "11" (func $"#func25 wasi-shim: as part"))
      (export "12" (func $"#func26 wasi-shim: as part"))
      (func $"wasi-shim: as part" (;14;) (type 1) (param i32) (result i64)
        i32.const 2
        call 0
        local.get 0
        call 1
      )
      (func $"#func15 wasi-shim: as part" (@name "wasi-shim: as part") (;15;) (type 2) (param i32) (result i32)
        i32.const 2
        call 0
        local.get 0
        call 2
      )
      (func $"#func16 wasi-shim: as part" (@name "wasi-shim: as part") (;16;) (type 3) (param i32 i32) (result i64)
        i32.const 2
        call 0
        local.get 0
        local.get 1
        call 3
      )
      (func $"#func17 wasi-shim: as part" (@name "wasi-shim: as part") (;17;) (type 3) (param i32 i32) (result i64)
        i32.const 2
        call 0
        local.get 0
        local.get 1
        call 4
      )
      (func $"#func18 wasi-shim: as part" (@name "wasi-shim: as part") (;18;) (type 3) (param i32 i32) (result i64)
        i32.const 2
        call 0
        local.get 0
        local.get 1
        call 5
      )
      (func $"#func19 wasi-shim: as part" (@name "wasi-shim: as part") (;19;) (type 3) (param i32 i32) (result i64)
        i32.const 2
        call 0
        local.get 0
        local.get 1
        call 6
      )
      (func $"#func20 wasi-shim: as part" (@name "wasi-shim: as part") (;20;) (type 4)
        i32.const 2
        call 0
        call 7
      )
      (func $"#func21 wasi-shim: as part" (@name "wasi-shim: as part") (;21;) (type 1) (param i32) (result i64)
        i32.const 2
        call 0
        local.get 0
        call 8
      )
      (func $"#func22 wasi-shim: as part" (@name "wasi-shim: as part") (;22;) (type 2) (param i32) (result i32)
        i32.const 2
        call 0
        local.get 0
        call 9
      )
      (func $"#func23 wasi-shim: as part" (@name "wasi-shim: as part") (;23;) (type 1) (param i32) (result i64)
        i32.const 2
        call 0
        local.get 0
        call 10
      )
      (func $"#func24 wasi-shim: as part" (@name "wasi-shim: as part") (;24;) (type 2) (param i32) (result i32)
        i32.const 2
        call 0
        local.get 0
        call 11
      )
      (func $"#func25 wasi-shim: as part" (@name "wasi-shim: as part") (;25;) (type 5) (param i64 i32)
        i32.const 2
        call 0
        local.get 0
        local.get 1
        call 12
      )
      (func $"#func26 wasi-shim: as part" (@name "wasi-shim: as part") (;26;) (type 6) (param i32 i32)
        i32.const 2
        call 0
        local.get 0
        local.get 1
        call 13
      )
    )
    (core instance (;0;)
      (export "0" (func 13))
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
    )
    (core instance (;1;) (instantiate 0
        (with "" (instance 0))
      )
    )
    (alias core export 1 "0" (core func (;14;)))
    (alias core export 1 "1" (core func (;15;)))
    (alias core export 1 "2" (core func (;16;)))
    (alias core export 1 "3" (core func (;17;)))
    (alias core export 1 "4" (core func (;18;)))
    (alias core export 1 "5" (core func (;19;)))
    (alias core export 1 "6" (core func (;20;)))
    (alias core export 1 "7" (core func (;21;)))
    (alias core export 1 "8" (core func (;22;)))
    (alias core export 1 "9" (core func (;23;)))
    (alias core export 1 "10" (core func (;24;)))
    (alias core export 1 "11" (core func (;25;)))
    (alias core export 1 "12" (core func (;26;)))
    (type (;1;) (func (param "task" u32)))
    (import "wasi-shim-turn" (func (;14;) (type 1)))
    (core func (;27;) (canon lower (func 14)))
    (core module (;1;)
      (type (;0;) (func (param i32 i32 i32)))
      (type (;1;) (func (param i32) (result i64)))
      (type (;2;) (func (param i32) (result i32)))
      (type (;3;) (func (param i32)))
      (type (;4;) (func (param i32 i32) (result i64)))
      (type (;5;) (func))
      (type (;6;) (func (result i32)))
      (type (;7;) (func (param i32 i32)))
      (type (;8;) (func (param i32 i64)))
      (type (;9;) (func (result i64)))
      (type (;10;) (func (param i64)))
      (import "" "0" (func (;0;) (type 1)))
      (import "" "1" (func (;1;) (type 2)))
      (import "" "2" (func (;2;) (type 3)))
      (import "" "3" (func (;3;) (type 4)))
      (import "" "4" (func (;4;) (type 4)))
      (import "" "5" (func (;5;) (type 4)))
      (import "" "6" (func (;6;) (type 4)))
      (import "" "7" (func (;7;) (type 5)))
      (import "" "8" (func (;8;) (type 1)))
      (import "" "9" (func (;9;) (type 2)))
      (import "" "10" (func (;10;) (type 1)))
      (import "" "11" (func (;11;) (type 2)))
      (table (;0;) 2 funcref)
      (global (;0;) (mut i32) i32.const 0)
      (global (;1;) (mut i32) i32.const 0)
      (global (;2;) (mut i64) i64.const 0)
      (global (;3;) (mut i32) i32.const 0)
      (global (;4;) (mut i32) i32.const 0)
      (global (;5;) (mut i32) i32.const 0)
      (global (;6;) (mut i32) i32.const 0)
      (export "0" (func 12))
      (export "1" (func 13))
      (export "2" (func 14))
      (export "3" (func 15))
      (export "4" (func $"wasi-shim: deliver"))
      (export "5" (func $"wasi-shim: begin"))
      (export "6" (func 18))
      (export "7" (func 19))
      (export "9" (func $"wasi-shim: task.return"))
      (export "10" (func 22))
      (export "12" (func $"wasi-shim: end"))
      (export "14" (func $"wasi-shim: wait"))
      (export "15" (func $"#func27 wasi-shim: wait"))
      (export "16" (func $"#func28 wasi-shim: wait"))
      (export "17" (func $"#func29 wasi-shim: wait"))
      (export "18" (func $"#func30 wasi-shim: wait"))
      (export "19" (func $"wasi-shim: yield"))
      (export "20" (func $"#func32 wasi-shim: yield"))
      (export "21" (func $"wasi-shim: subtask.cancel"))
      (export "22" (func $"#func34 wasi-shim: subtask.cancel"))
      (export "t" (table 0))
      (func (;12;) (type 6) (result i32)
        global.get 0
      )
      (func (;13;) (type 3) (param i32)
        local.get 0
        global.set 0
      )
      (func (;14;) (type 6) (result i32)
        global.get 1
      )
      (func (;15;) (type 3) (param i32)
        local.get 0
        global.set 1
      )
      (func $"wasi-shim: deliver" (;16;) (type 7) (param i32 i32)
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
      (func $"wasi-shim: begin" (;17;) (type 3) (param i32)
        i32.const 0
        global.set 3
        local.get 0
        global.set 5
      )
      (func (;18;) (type 3) (param i32)
        local.get 0
        global.set 6
      )
      (func (;19;) (type 6) (result i32)
        global.get 6
      )
      (func $"wasi-shim: task.return, but the task has returned or is of another type" (;20;) (type 5)
        unreachable
      )
      (func $"wasi-shim: task.return" (;21;) (type 8) (param i32 i64)
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
      (func (;22;) (type 6) (result i32)
        global.get 3
      )
      (func $"wasi-shim: the task ended without task.return" (;23;) (type 5)
        unreachable
      )
      (func $"wasi-shim: end" (;24;) (type 9) (result i64)
        global.get 3
        i32.eqz
        if ;; label = @1
          call $"wasi-shim: the task ended without task.return"
        end
        global.get 2
      )
      (func $"wasi-shim: resume" (;25;) (type 10) (param i64)
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
        local.get 2
        i32.const 1
        i32.eq
        if ;; label = @1
          local.get 1
          call 2
          return
        end
        unreachable
      )
      (func $"wasi-shim: wait" (;26;) (type 1) (param i32) (result i64)
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
          i32.const 0
          i32.or
          call 6
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
      (func $"#func30 wasi-shim: wait" (@name "wasi-shim: wait") (;30;) (type 1) (param i32) (result i64)
        (local i64 i32)
        loop ;; label = @1
          local.get 0
          local.get 2
          i32.const 1
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
      (func $"wasi-shim: yield" (;31;) (type 5)
        (local i64)
        call 7
        block ;; label = @1
          loop ;; label = @2
            i32.const 0
            call 8
            local.tee 0
            i64.eqz
            br_if 1 (;@1;)
            local.get 0
            call $"wasi-shim: resume"
            br 0 (;@2;)
          end
        end
      )
      (func $"#func32 wasi-shim: yield" (@name "wasi-shim: yield") (;32;) (type 5)
        (local i64)
        call 7
        block ;; label = @1
          loop ;; label = @2
            i32.const 1
            call 8
            local.tee 0
            i64.eqz
            br_if 1 (;@1;)
            local.get 0
            call $"wasi-shim: resume"
            br 0 (;@2;)
          end
        end
      )
      (func $"wasi-shim: subtask.cancel" (;33;) (type 2) (param i32) (result i32)
        (local i32)
        local.get 0
        call 1
        local.tee 1
        i32.const -1
        i32.eq
        if ;; label = @1
          local.get 0
          call 10
          call $"wasi-shim: resume"
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
      (func $"#func34 wasi-shim: subtask.cancel" (@name "wasi-shim: subtask.cancel") (;34;) (type 2) (param i32) (result i32)
        (local i32)
        local.get 0
        call 1
        local.tee 1
        i32.const -1
        i32.eq
        if ;; label = @1
          local.get 0
          call 10
          call $"wasi-shim: resume"
          local.get 0
          call 11
          local.set 1
          local.get 1
          i32.const -1
          i32.eq
          if ;; label = @2
            loop ;; label = @3
              local.get 0
              call $"#func27 wasi-shim: wait"
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
      (export "0" (func 14))
      (export "1" (func 15))
      (export "2" (func 27))
      (export "3" (func 16))
      (export "4" (func 17))
      (export "5" (func 18))
      (export "6" (func 19))
      (export "7" (func 20))
      (export "8" (func 21))
      (export "9" (func 22))
      (export "10" (func 23))
      (export "11" (func 24))
    )
    (core instance (;3;) (instantiate 1
        (with "" (instance 2))
      )
    )
    (alias core export 3 "17" (core func (;28;)))
    (type $numbers (;2;) u32)
    (type (;3;) (func (param "how-long" u64) (result u32)))
    (import "start-sleep" (func (;15;) (type 3)))
    (type (;4;) (func (param "subtask" u32) (result $numbers)))
    (import "finish-sleep" (func (;16;) (type 4)))
    (core func (;29;) (canon lower (func 16)))
    (core func (;30;) (canon lower (func 15)))
    (core module $m (;2;)
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
    (core module (;3;)
      (type (;0;) (func (param i64 i32)))
      (type (;1;) (func (param i64) (result i32)))
      (type (;2;) (func (param i32) (result i64)))
      (type (;3;) (func (param i32) (result i32)))
      (type (;4;) (func (param i32 i32)))
      (type (;5;) (func (param i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 2)))
      (import "" "3" (func (;3;) (type 3)))
      (import "" "4" (func (;4;) (type 4)))
      (export "0" (func $"wasi-shim: call"))
      (export "1" (func $drop-readable))
      (func $"wasi-shim: call" (;5;) (type 1) (param i64) (result i32)
        (local i32)
        i64.const 0
        i32.const 1
        call 0
        local.get 0
        call 1
        i32.const 4
        i32.shr_u
        local.tee 1
        if ;; label = @1
          local.get 1
          call 2
          drop
        end
        i32.const 0
        call 3
      )
      (func $drop-readable (;6;) (type 5) (param i32)
        local.get 0
        i32.const 5
        call 4
      )
    )
    (core instance (;4;)
      (export "0" (func 25))
      (export "1" (func 30))
      (export "2" (func 28))
      (export "3" (func 29))
      (export "4" (func 26))
    )
    (core instance (;5;) (instantiate 3
        (with "" (instance 4))
      )
    )
    (alias core export 5 "0" (core func $sleep (;31;)))
    (alias core export 5 "1" (core func $close (;32;)))
    (core instance (;6;)
      (export "sleep" (func $sleep))
      (export "close" (func $close))
    )
    (core instance $i (;7;) (instantiate $m
        (with "" (instance 6))
      )
    )
    (type (;5;) (result))
    (type (;6;) (func (result 5)))
    (alias core export $i "run" (core func (;33;)))
    (func $run (;17;) (type 6) (canon lift (core func 33)))
    (instance $run (;1;)
      (export "run" (func $run))
    )
    (export (;2;) "wasi:cli/run@0.2.0" (instance $run))
  )
  (component (;2;) ;; the adapter
  )
  (instance (;2;) (instantiate 2
      (with "wasi:io/poll@0.2.0" (instance 0))
      (with "wasi:clocks/monotonic-clock@0.2.0" (instance 1))
    )
  )
  (alias export 2 "wasi-shim:p3-on-p2/control" (instance (;3;)))
  (alias export 2 "wasi:clocks/monotonic-clock@0.3.2" (instance (;4;)))
  (instance (;5;) (instantiate 0
      (with "wasi-shim:p3-on-p2/control" (instance 3))
      (with "wasi:clocks/monotonic-clock@0.3.0" (instance 4))
    )
  )
  (alias export 5 "wasi-shim-turn" (func (;0;)))
  (alias export 5 "start-sleep" (func (;1;)))
  (alias export 5 "finish-sleep" (func (;2;)))
  (instance (;6;) (instantiate 1
      (with "wasi-shim:p3-on-p2/control" (instance 3))
      (with "wasi-shim-turn" (func 0))
      (with "start-sleep" (func 1))
      (with "finish-sleep" (func 2))
    )
  )
  (alias export 6 "wasi:cli/run@0.2.0" (instance (;7;)))
  (export (;8;) "wasi:cli/run@0.2.0" (instance 7))
)
