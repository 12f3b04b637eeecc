(component
  (type (;0;)
    (instance
      (type (;0;) (result))
      (type (;1;) (func (param "status" 0)))
      (export (;0;) "exit" (func (type 1)))
    )
  )
  (import "wasi:cli/exit@0.3.0" (instance (;0;) (type 0)))
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
    (alias core export 1 "1" (core func (;5;)))
    (alias core export 1 "2" (core func (;6;)))
    (alias core export 1 "3" (core func (;7;)))
    (type (;1;)
      (instance
        (type (;0;) (result))
        (type (;1;) (func (param "status" 0)))
        (type (;2;) (func (param "status" 0) (result u32)))
        (type (;3;) (func (param "token" u32)))
        (export (;0;) "start-exit" (func (type 2)))
        (export (;1;) "finish-exit" (func (type 3)))
      )
    )
    (import "wasi:cli/exit@0.2.4" (instance $exit (;1;) (type 1)))
    (alias export $exit "start-exit" (func (;5;)))
    (alias export $exit "finish-exit" (func (;6;)))
    (core func (;8;) (canon lower (func 5)))
    (core func (;9;) (canon lower (func 6)))
    (type $result (;2;) (result))
    (core func (;10;) (canon task.return (result $result)))
    (core module $main (;1;)
      (type (;0;) (func (param i32)))
      (type (;1;) (func (result i32)))
      (type (;2;) (func (param i32 i32 i32) (result i32)))
      (import "" "exit" (func $exit (;0;) (type 0)))
      (import "" "return" (func $return (;1;) (type 0)))
      (export "run" (func 2))
      (export "callback" (func 3))
      (export "stub" (func 4))
      (func (;2;) (type 1) (result i32)
        i32.const 0
        call $return
        i32.const 0
      )
      (func (;3;) (type 2) (param i32 i32 i32) (result i32)
        i32.const 0
      )
      (func (;4;) (type 1) (result i32)
        unreachable
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
      (import "" "5" (func (;5;) (type 1)))
      (export "0" (func $"wasi-shim: drain"))
      (export "1" (func $wasi:cli/exit#exit))
      (export "2" (func $"wasi-shim: task.return"))
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
      (func $wasi:cli/exit#exit (;7;) (type 1) (param i32)
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
      (func $"wasi-shim: task.return" (;8;) (type 1) (param i32)
        call $"wasi-shim: drain"
        local.get 0
        call 5
      )
    )
    (core instance (;2;)
      (export "0" (func 2))
      (export "1" (func 7))
      (export "2" (func 3))
      (export "3" (func 8))
      (export "4" (func 9))
      (export "5" (func 10))
    )
    (core instance (;3;) (instantiate 2
        (with "" (instance 2))
      )
    )
    (alias core export 3 "1" (core func $exit-core (;11;)))
    (alias core export 3 "2" (core func $return (;12;)))
    (core instance (;4;)
      (export "exit" (func $exit-core))
      (export "return" (func $return))
    )
    (core instance $main (;5;) (instantiate $main
        (with "" (instance 4))
      )
    )
    (alias core export $main "run" (core func $run-core (;13;)))
    (alias core export $main "callback" (core func $callback (;14;)))
    (type $run-t (;3;) (func async (result $result)))
    (core module (;3;)
      (type (;0;) (func (result i32)))
      (type (;1;) (func))
      (type (;2;) (func (param i32 i32 i32) (result i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 1)))
      (import "" "3" (func (;3;) (type 2)))
      (export "0" (func $"wasi-shim: async export"))
      (export "1" (func $"wasi-shim: callback"))
      (func $"wasi-shim: async export" (;4;) (type 0) (result i32)
        (local i32)
        call 1
        call 0
        local.set 0
        call 2
        local.get 0
      )
      (func $"wasi-shim: callback" (;5;) (type 2) (param i32 i32 i32) (result i32)
        (local i32)
        call 1
        local.get 0
        local.get 1
        local.get 2
        call 3
        local.set 3
        call 2
        local.get 3
      )
    )
    (core instance (;6;)
      (export "0" (func $run-core))
      (export "1" (func 5))
      (export "2" (func 6))
      (export "3" (func $callback))
    )
    (core instance (;7;) (instantiate 3
        (with "" (instance 6))
      )
    )
    (alias core export 7 "0" (core func (;15;)))
    (alias core export 7 "1" (core func (;16;)))
    (func $run (;7;) (type $run-t) (canon lift (core func 15) async (callback 16)))
    (instance $run-i (;2;)
      (export "run" (func $run))
    )
    (export (;3;) "wasi:cli/run@0.3.0" (instance $run-i))
  )
  (component (;1;) ;; the adapter
  )
  (instance (;1;) (instantiate 1
      (with "wasi:cli/exit@0.3.0" (instance 0))
    )
  )
  (alias export 1 "wasi-shim:p2-on-p3/control" (instance (;2;)))
  (alias export 1 "wasi:cli/exit@0.2.12" (instance (;3;)))
  (instance (;4;) (instantiate 0
      (with "wasi-shim:p2-on-p3/control" (instance 2))
      (with "wasi:cli/exit@0.2.4" (instance 3))
    )
  )
  (alias export 4 "wasi:cli/run@0.3.0" (instance (;5;)))
  (export (;6;) "wasi:cli/run@0.3.0" (instance 5))
)
