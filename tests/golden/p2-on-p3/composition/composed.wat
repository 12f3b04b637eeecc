(component
  (type (;0;)
    (instance
      (type (;0;) u64)
      (export (;1;) "mark" (type (eq 0)))
      (type (;2;) (func (result 1)))
      (export (;0;) "now" (func (type 2)))
      (type (;3;) (func async (param "when" 1)))
      (export (;1;) "wait-until" (func (type 3)))
    )
  )
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance (;0;) (type 0)))
  (component (;0;)
    (type (;0;)
      (instance
        (type (;0;) (func async (param "token" u32)))
        (type (;1;) (func (param "token" u32) (result u32)))
        (type (;2;) (func async))
        (type (;3;) (func (result u32)))
        (type (;4;) (func (param "token" u32)))
        (export (;0;) "wait" (func (type 0)))
        (export (;1;) "wait-now" (func (type 1)))
        (export (;2;) "look" (func (type 2)))
        (export (;3;) "start-drain" (func (type 3)))
        (export (;4;) "finish-drain" (func (type 4)))
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
      (export "4" (func 7))
      (export "5" (func $"wasi-shim: pause"))
      (export "6" (func 9))
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
      (func (;7;) (type 2) (result i32)
        global.get 0
      )
      (func $"wasi-shim: pause" (;8;) (type 2) (result i32)
        global.get 0
        i32.const 0
        global.set 0
      )
      (func (;9;) (type 0) (param i32)
        local.get 0
        global.set 0
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
    (alias core export 1 "1" (core func (;5;)))
    (alias core export 1 "2" (core func (;6;)))
    (alias core export 1 "3" (core func (;7;)))
    (alias core export 1 "5" (core func (;8;)))
    (alias core export 1 "6" (core func (;9;)))
    (type (;1;)
      (instance
        (export (;0;) "pollable" (type (sub resource)))
        (type (;1;) (borrow 0))
        (type (;2;) (func (param "self" 1)))
        (type (;3;) (func (param "self" 1) (result u32)))
        (type (;4;) (func (param "token" u32)))
        (export (;0;) "[method]pollable.start-block" (func (type 3)))
        (export (;1;) "[static]pollable.finish-block" (func (type 4)))
      )
    )
    (import "wasi:io/poll@0.2.0" (instance $poll (;1;) (type 1)))
    (alias export $poll "pollable" (type $p (;2;)))
    (type (;3;)
      (instance
        (alias outer $sleeper $p (type (;0;)))
        (export (;1;) "pollable" (type (eq 0)))
        (type (;2;) (own 1))
        (type (;3;) (func (param "when" u64) (result 2)))
        (export (;0;) "subscribe-duration" (func (type 3)))
      )
    )
    (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock (;2;) (type 3)))
    (alias export $clock "subscribe-duration" (func (;5;)))
    (core func $subscribe (;10;) (canon lower (func 5)))
    (alias export $poll "[method]pollable.start-block" (func (;6;)))
    (alias export $poll "[static]pollable.finish-block" (func (;7;)))
    (core func (;11;) (canon lower (func 6)))
    (core func (;12;) (canon lower (func 7)))
    (core module $m (;1;)
      (type (;0;) (func (param i64) (result i32)))
      (type (;1;) (func (param i32)))
      (type (;2;) (func (param i64)))
      (import "" "subscribe" (func $subscribe (;0;) (type 0)))
      (import "" "block" (func $block (;1;) (type 1)))
      (export "sleep" (func 2))
      (func (;2;) (type 2) (param i64)
        local.get 0
        call $subscribe
        call $block
      )
    )
    (core module (;2;)
      (type (;0;) (func (result i32)))
      (type (;1;) (func (param i32)))
      (type (;2;) (func (param i32) (result i32)))
      (type (;3;) (func))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 1)))
      (import "" "3" (func (;3;) (type 2)))
      (import "" "4" (func (;4;) (type 1)))
      (export "0" (func $"wasi-shim: drain"))
      (export "1" (func $"wasi:io/poll#[method]pollable.block"))
      (func $"wasi-shim: drain" (;5;) (type 3)
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
      (func $"wasi:io/poll#[method]pollable.block" (;6;) (type 1) (param i32)
        (local i32)
        local.get 0
        call 3
        local.tee 1
        if ;; label = @1
          local.get 1
          call 1
        end
        local.get 1
        call 4
      )
    )
    (core instance (;2;)
      (export "0" (func 2))
      (export "1" (func 7))
      (export "2" (func 3))
      (export "3" (func 11))
      (export "4" (func 12))
    )
    (core instance (;3;) (instantiate 2
        (with "" (instance 2))
      )
    )
    (alias core export 3 "1" (core func $block (;13;)))
    (core instance (;4;)
      (export "subscribe" (func $subscribe))
      (export "block" (func $block))
    )
    (core instance $i (;5;) (instantiate $m
        (with "" (instance 4))
      )
    )
    (type (;4;) (func (param "for" u64)))
    (alias core export $i "sleep" (core func (;14;)))
    (type (;5;) (func async (param "for" u64)))
    (core module (;3;)
      (type (;0;) (func (param i64)))
      (type (;1;) (func))
      (type (;2;) (func (result i32)))
      (type (;3;) (func (param i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 1)))
      (import "" "3" (func (;3;) (type 2)))
      (import "" "4" (func (;4;) (type 3)))
      (export "0" (func $"wasi-shim: async export"))
      (export "1" (func $"wasi-shim: export"))
      (func $"wasi-shim: async export" (;5;) (type 0) (param i64)
        call 1
        local.get 0
        call 0
        call 2
      )
      (func $"wasi-shim: export" (;6;) (type 0) (param i64)
        (local i32)
        call 3
        local.set 1
        local.get 0
        call 0
        local.get 1
        call 4
      )
    )
    (core instance (;6;)
      (export "0" (func 14))
      (export "1" (func 5))
      (export "2" (func 6))
      (export "3" (func 8))
      (export "4" (func 9))
    )
    (core instance (;7;) (instantiate 3
        (with "" (instance 6))
      )
    )
    (alias core export 7 "0" (core func (;15;)))
    (alias core export 7 "1" (core func (;16;)))
    (func $sleep (;8;) (type 4) (canon lift (core func 16)))
    (func (;9;) (type 5) (canon lift (core func 15)))
    (instance $api (;3;)
      (export "sleep" (func $sleep))
      (export "async-sleep" (func 9))
    )
    (export (;4;) "test:sleep/api@1.0.0" (instance $api))
  )
  (component (;1;)
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
      (type (;3;) (func (result i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (global (;0;) (mut i32) i32.const 0)
      (export "1" (func $"wasi-shim: enter"))
      (export "2" (func $"wasi-shim: leave"))
      (export "3" (func $"wasi-shim: wait"))
      (export "4" (func 6))
      (export "5" (func $"wasi-shim: pause"))
      (export "6" (func 8))
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
      (func (;6;) (type 3) (result i32)
        global.get 0
      )
      (func $"wasi-shim: pause" (;7;) (type 3) (result i32)
        global.get 0
        i32.const 0
        global.set 0
      )
      (func (;8;) (type 0) (param i32)
        local.get 0
        global.set 0
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
    (alias core export 1 "4" (core func (;7;)))
    (type (;1;)
      (instance
        (type (;0;) (func (param "for" u64)))
        (export (;0;) "sleep" (func (type 0)))
        (type (;1;) (func async (param "for" u64)))
        (export (;1;) "async-sleep" (func (type 1)))
      )
    )
    (import "test:sleep/api@1.0.0" (instance $api (;1;) (type 1)))
    (alias export $api "sleep" (func (;4;)))
    (alias export $api "async-sleep" (func (;5;)))
    (core func (;8;) (canon lower (func 4)))
    (core func (;9;) (canon lower (func 5)))
    (core module $m (;1;)
      (type (;0;) (func (param i64)))
      (type (;1;) (func (result i32)))
      (import "" "sleep" (func $sleep (;0;) (type 0)))
      (export "run" (func 1))
      (func (;1;) (type 1) (result i32)
        i64.const 1
        call $sleep
        i32.const 0
      )
    )
    (core module (;2;)
      (type (;0;) (func (result i32)))
      (type (;1;) (func (param i32)))
      (type (;2;) (func (param i64)))
      (type (;3;) (func))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 1)))
      (import "" "3" (func (;3;) (type 0)))
      (import "" "4" (func (;4;) (type 2)))
      (import "" "5" (func (;5;) (type 2)))
      (export "0" (func $"wasi-shim: drain"))
      (export "1" (func $test:sleep/api@1.0.0#sleep))
      (func $"wasi-shim: drain" (;6;) (type 3)
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
      (func $test:sleep/api@1.0.0#sleep (;7;) (type 2) (param i64)
        call 3
        if ;; label = @1
          local.get 0
          call 4
        else
          local.get 0
          call 5
        end
      )
    )
    (core instance (;2;)
      (export "0" (func 2))
      (export "1" (func 6))
      (export "2" (func 3))
      (export "3" (func 7))
      (export "4" (func 9))
      (export "5" (func 8))
    )
    (core instance (;3;) (instantiate 2
        (with "" (instance 2))
      )
    )
    (alias core export 3 "0" (core func (;10;)))
    (alias core export 3 "1" (core func $sleep (;11;)))
    (core instance (;4;)
      (export "sleep" (func $sleep))
    )
    (core instance $i (;5;) (instantiate $m
        (with "" (instance 4))
      )
    )
    (alias core export $i "run" (core func (;12;)))
    (core module (;3;)
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
    (core instance (;6;)
      (export "0" (func 12))
      (export "1" (func 4))
      (export "2" (func 5))
      (export "3" (func 10))
    )
    (core instance (;7;) (instantiate 3
        (with "" (instance 6))
      )
    )
    (alias core export 7 "0" (core func (;13;)))
    (type (;2;) (result))
    (type (;3;) (func async (result 2)))
    (func (;6;) (type 3) (canon lift (core func 13)))
    (instance (;2;)
      (export "run" (func 6))
    )
    (export (;3;) "wasi:cli/run@0.3.0" (instance 2))
  )
  (component (;2;) ;; the adapter
  )
  (instance (;1;) (instantiate 2
      (with "wasi:clocks/monotonic-clock@0.3.0" (instance 0))
    )
  )
  (alias export 1 "wasi-shim:p2-on-p3/control" (instance (;2;)))
  (alias export 1 "wasi:io/poll@0.2.12" (instance (;3;)))
  (alias export 1 "wasi:clocks/monotonic-clock@0.2.12" (instance (;4;)))
  (instance (;5;) (instantiate 0
      (with "wasi-shim:p2-on-p3/control" (instance 2))
      (with "wasi:io/poll@0.2.0" (instance 3))
      (with "wasi:clocks/monotonic-clock@0.2.0" (instance 4))
    )
  )
  (alias export 5 "test:sleep/api@1.0.0" (instance (;6;)))
  (instance (;7;) (instantiate 1
      (with "wasi-shim:p2-on-p3/control" (instance 2))
      (with "test:sleep/api@1.0.0" (instance 6))
    )
  )
  (alias export 7 "wasi:cli/run@0.3.0" (instance (;8;)))
  (export (;9;) "wasi:cli/run@0.3.0" (instance 8))
)
