(component
  (type (;0;)
    (instance
      (export (;0;) "pollable" (type (sub resource)))
      (type (;1;) (borrow 0))
      (type (;2;) (func (param "self" 1) (result bool)))
      (export (;0;) "[method]pollable.ready" (func (type 2)))
      (type (;3;) (list 1))
      (type (;4;) (list u32))
      (type (;5;) (func (param "in" 3) (result 4)))
      (export (;1;) "poll" (func (type 5)))
    )
  )
  (import "wasi:io/poll@0.2.0" (instance (;0;) (type 0)))
  (alias export 0 "pollable" (type (;1;)))
  (type (;2;)
    (instance
      (export (;0;) "error" (type (sub resource)))
      (type (;1;) (borrow 0))
      (type (;2;) (func (param "self" 1) (result string)))
      (export (;0;) "[method]error.to-debug-string" (func (type 2)))
    )
  )
  (import "wasi:io/error@0.2.0" (instance (;1;) (type 2)))
  (alias export 1 "error" (type (;3;)))
  (type (;4;)
    (instance
      (export (;0;) "input-stream" (type (sub resource)))
      (alias outer 1 1 (type (;1;)))
      (export (;2;) "pollable" (type (eq 1)))
      (export (;3;) "output-stream" (type (sub resource)))
      (alias outer 1 3 (type (;4;)))
      (export (;5;) "error" (type (eq 4)))
      (type (;6;) (own 5))
      (type (;7;) (variant (case "last-operation-failed" 6) (case "closed")))
      (export (;8;) "stream-error" (type (eq 7)))
      (type (;9;) (borrow 0))
      (type (;10;) (list u8))
      (type (;11;) (result 10 (error 8)))
      (type (;12;) (func (param "self" 9) (param "len" u64) (result 11)))
      (export (;0;) "[method]input-stream.read" (func (type 12)))
      (type (;13;) (own 2))
      (type (;14;) (func (param "self" 9) (result 13)))
      (export (;1;) "[method]input-stream.subscribe" (func (type 14)))
      (type (;15;) (borrow 3))
      (type (;16;) (result u64 (error 8)))
      (type (;17;) (func (param "self" 15) (result 16)))
      (export (;2;) "[method]output-stream.check-write" (func (type 17)))
      (type (;18;) (result (error 8)))
      (type (;19;) (func (param "self" 15) (param "contents" 10) (result 18)))
      (export (;3;) "[method]output-stream.write" (func (type 19)))
      (type (;20;) (func (param "self" 15) (result 18)))
      (export (;4;) "[method]output-stream.flush" (func (type 20)))
      (type (;21;) (func (param "self" 15) (result 13)))
      (export (;5;) "[method]output-stream.subscribe" (func (type 21)))
    )
  )
  (import "wasi:io/streams@0.2.0" (instance (;2;) (type 4)))
  (alias export 2 "input-stream" (type (;5;)))
  (alias export 2 "output-stream" (type (;6;)))
  (type (;7;)
    (instance
      (export (;0;) "incoming-request" (type (sub resource)))
      (export (;1;) "response-outparam" (type (sub resource)))
      (export (;2;) "fields" (type (sub resource)))
      (type (;3;) string)
      (export (;4;) "field-key" (type (eq 3)))
      (export (;5;) "field-name" (type (eq 4)))
      (export (;6;) "incoming-response" (type (sub resource)))
      (export (;7;) "headers" (type (eq 2)))
      (export (;8;) "outgoing-response" (type (sub resource)))
      (export (;9;) "outgoing-body" (type (sub resource)))
      (export (;10;) "outgoing-request" (type (sub resource)))
      (export (;11;) "request-options" (type (sub resource)))
      (export (;12;) "incoming-body" (type (sub resource)))
      (alias outer 1 5 (type (;13;)))
      (export (;14;) "input-stream" (type (eq 13)))
      (export (;15;) "future-trailers" (type (sub resource)))
      (alias outer 1 6 (type (;16;)))
      (export (;17;) "output-stream" (type (eq 16)))
      (export (;18;) "trailers" (type (eq 2)))
      (type (;19;) (option string))
      (type (;20;) (option u16))
      (type (;21;) (record (field "rcode" 19) (field "info-code" 20)))
      (export (;22;) "DNS-error-payload" (type (eq 21)))
      (type (;23;) (option u8))
      (type (;24;) (record (field "alert-id" 23) (field "alert-message" 19)))
      (export (;25;) "TLS-alert-received-payload" (type (eq 24)))
      (type (;26;) (option u32))
      (type (;27;) (record (field "field-name" 19) (field "field-size" 26)))
      (export (;28;) "field-size-payload" (type (eq 27)))
      (type (;29;) (option u64))
      (type (;30;) (option 28))
      (type (;31;) (variant (case "DNS-timeout") (case "DNS-error" 22) (case "destination-not-found") (case "destination-unavailable") (case "destination-IP-prohibited") (case "destination-IP-unroutable") (case "connection-refused") (case "connection-terminated") (case "connection-timeout") (case "connection-read-timeout") (case "connection-write-timeout") (case "connection-limit-reached") (case "TLS-protocol-error") (case "TLS-certificate-error") (case "TLS-alert-received" 25) (case "HTTP-request-denied") (case "HTTP-request-length-required") (case "HTTP-request-body-size" 29) (case "HTTP-request-method-invalid") (case "HTTP-request-URI-invalid") (case "HTTP-request-URI-too-long") (case "HTTP-request-header-section-size" 26) (case "HTTP-request-header-size" 30) (case "HTTP-request-trailer-section-size" 26) (case "HTTP-request-trailer-size" 28) (case "HTTP-response-incomplete") (case "HTTP-response-header-section-size" 26) (case "HTTP-response-header-size" 28) (case "HTTP-response-body-size" 29) (case "HTTP-response-trailer-section-size" 26) (case "HTTP-response-trailer-size" 28) (case "HTTP-response-transfer-coding" 19) (case "HTTP-response-content-coding" 19) (case "HTTP-response-timeout") (case "HTTP-upgrade-failed") (case "HTTP-protocol-error") (case "loop-detected") (case "configuration-error") (case "internal-error" 19)))
      (export (;32;) "error-code" (type (eq 31)))
      (alias outer 1 3 (type (;33;)))
      (export (;34;) "io-error" (type (eq 33)))
      (type (;35;) u16)
      (export (;36;) "status-code" (type (eq 35)))
      (alias outer 1 1 (type (;37;)))
      (export (;38;) "pollable" (type (eq 37)))
      (type (;39;) (borrow 2))
      (type (;40;) (func (param "self" 39) (param "name" 5) (result bool)))
      (export (;0;) "[method]fields.has" (func (type 40)))
      (type (;41;) (own 2))
      (type (;42;) (func (param "self" 39) (result 41)))
      (export (;1;) "[method]fields.clone" (func (type 42)))
      (type (;43;) (borrow 0))
      (type (;44;) (own 7))
      (type (;45;) (func (param "self" 43) (result 44)))
      (export (;2;) "[method]incoming-request.headers" (func (type 45)))
      (type (;46;) (own 12))
      (type (;47;) (result 46))
      (type (;48;) (func (param "self" 43) (result 47)))
      (export (;3;) "[method]incoming-request.consume" (func (type 48)))
      (type (;49;) (borrow 10))
      (type (;50;) (own 9))
      (type (;51;) (result 50))
      (type (;52;) (func (param "self" 49) (result 51)))
      (export (;4;) "[method]outgoing-request.body" (func (type 52)))
      (type (;53;) (own 1))
      (type (;54;) (own 8))
      (type (;55;) (result 54 (error 32)))
      (type (;56;) (func (param "param" 53) (param "response" 55)))
      (export (;5;) "[static]response-outparam.set" (func (type 56)))
      (type (;57;) (borrow 6))
      (type (;58;) (func (param "self" 57) (result 36)))
      (export (;6;) "[method]incoming-response.status" (func (type 58)))
      (type (;59;) (func (param "self" 57) (result 44)))
      (export (;7;) "[method]incoming-response.headers" (func (type 59)))
      (type (;60;) (func (param "self" 57) (result 47)))
      (export (;8;) "[method]incoming-response.consume" (func (type 60)))
      (type (;61;) (borrow 12))
      (type (;62;) (own 14))
      (type (;63;) (result 62))
      (type (;64;) (func (param "self" 61) (result 63)))
      (export (;9;) "[method]incoming-body.stream" (func (type 64)))
      (type (;65;) (own 15))
      (type (;66;) (func (param "this" 46) (result 65)))
      (export (;10;) "[static]incoming-body.finish" (func (type 66)))
      (type (;67;) (borrow 15))
      (type (;68;) (own 38))
      (type (;69;) (func (param "self" 67) (result 68)))
      (export (;11;) "[method]future-trailers.subscribe" (func (type 69)))
      (type (;70;) (own 18))
      (type (;71;) (option 70))
      (type (;72;) (result 71 (error 32)))
      (type (;73;) (result 72))
      (type (;74;) (option 73))
      (type (;75;) (func (param "self" 67) (result 74)))
      (export (;12;) "[method]future-trailers.get" (func (type 75)))
      (type (;76;) (func (param "headers" 44) (result 54)))
      (export (;13;) "[constructor]outgoing-response" (func (type 76)))
      (type (;77;) (borrow 8))
      (type (;78;) (result))
      (type (;79;) (func (param "self" 77) (param "status-code" 36) (result 78)))
      (export (;14;) "[method]outgoing-response.set-status-code" (func (type 79)))
      (type (;80;) (func (param "self" 77) (result 51)))
      (export (;15;) "[method]outgoing-response.body" (func (type 80)))
      (type (;81;) (borrow 9))
      (type (;82;) (own 17))
      (type (;83;) (result 82))
      (type (;84;) (func (param "self" 81) (result 83)))
      (export (;16;) "[method]outgoing-body.write" (func (type 84)))
      (type (;85;) (result (error 32)))
      (type (;86;) (func (param "this" 50) (param "trailers" 71) (result 85)))
      (export (;17;) "[static]outgoing-body.finish" (func (type 86)))
      (type (;87;) (borrow 34))
      (type (;88;) (option 32))
      (type (;89;) (func (param "err" 87) (result 88)))
      (export (;18;) "http-error-code" (func (type 89)))
    )
  )
  (import "wasi:http/types@0.2.0" (instance (;3;) (type 7)))
  (component (;0;)
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
        (type (;3;) (option u16))
        (type (;4;) (record (field "rcode" 2) (field "info-code" 3)))
        (export (;5;) "DNS-error-payload" (type (eq 4)))
        (type (;6;) (option u8))
        (type (;7;) (option string))
        (type (;8;) (record (field "alert-id" 6) (field "alert-message" 7)))
        (export (;9;) "TLS-alert-received-payload" (type (eq 8)))
        (type (;10;) (option string))
        (type (;11;) (option u32))
        (type (;12;) (record (field "field-name" 10) (field "field-size" 11)))
        (export (;13;) "field-size-payload" (type (eq 12)))
        (type (;14;) (option u64))
        (type (;15;) (option u32))
        (type (;16;) (option 13))
        (type (;17;) (option u32))
        (type (;18;) (option u32))
        (type (;19;) (option u64))
        (type (;20;) (option u32))
        (type (;21;) (option string))
        (type (;22;) (option string))
        (type (;23;) (option string))
        (type (;24;) (variant (case "DNS-timeout") (case "DNS-error" 5) (case "destination-not-found") (case "destination-unavailable") (case "destination-IP-prohibited") (case "destination-IP-unroutable") (case "connection-refused") (case "connection-terminated") (case "connection-timeout") (case "connection-read-timeout") (case "connection-write-timeout") (case "connection-limit-reached") (case "TLS-protocol-error") (case "TLS-certificate-error") (case "TLS-alert-received" 9) (case "HTTP-request-denied") (case "HTTP-request-length-required") (case "HTTP-request-body-size" 14) (case "HTTP-request-method-invalid") (case "HTTP-request-URI-invalid") (case "HTTP-request-URI-too-long") (case "HTTP-request-header-section-size" 15) (case "HTTP-request-header-size" 16) (case "HTTP-request-trailer-section-size" 17) (case "HTTP-request-trailer-size" 13) (case "HTTP-response-incomplete") (case "HTTP-response-header-section-size" 18) (case "HTTP-response-header-size" 13) (case "HTTP-response-body-size" 19) (case "HTTP-response-trailer-section-size" 20) (case "HTTP-response-trailer-size" 13) (case "HTTP-response-transfer-coding" 21) (case "HTTP-response-content-coding" 22) (case "HTTP-response-timeout") (case "HTTP-upgrade-failed") (case "HTTP-protocol-error") (case "loop-detected") (case "configuration-error") (case "internal-error" 23)))
        (export (;25;) "error-code" (type (eq 24)))
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
        (type (;14;) (func (param "request" 12) (param "out" 13) (result 10)))
        (export (;0;) "accept" (func (type 14)))
        (type (;15;) (result 11 (error 5)))
        (type (;16;) (func (param "response" 15)))
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
      (type (;0;) (func (param i32 i32 i32 i64 i32 i32 i32 i32)))
      (type (;1;) (func (param i32) (result i32)))
      (type (;2;) (func (param i32 i32 i32) (result i32)))
      (import "" "return" (func $return (;0;) (type 0)))
      (export "handle" (func 1))
      (export "callback" (func 2))
      (func (;1;) (type 1) (param i32) (result i32)
        i32.const 1
        i32.const 0
        i32.const 0
        i64.const 0
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
      (type (;1;) (func (param i32 i32 i32 i64 i32 i32 i32 i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (export "0" (func $"wasi-shim: task.return"))
      (func $"wasi-shim: task.return" (;2;) (type 1) (param i32 i32 i32 i64 i32 i32 i32 i32)
        local.get 0
        local.get 1
        local.get 2
        local.get 3
        local.get 4
        local.get 5
        local.get 6
        local.get 7
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
  (component (;1;) ;; the adapter
  )
  (instance (;4;) (instantiate 1
      (with "wasi:io/error@0.2.0" (instance 1))
      (with "wasi:io/poll@0.2.0" (instance 0))
      (with "wasi:io/streams@0.2.0" (instance 2))
      (with "wasi:http/types@0.2.0" (instance 3))
    )
  )
  (alias export 4 "wasi-shim:p3-on-p2/control" (instance (;5;)))
  (alias export 4 "wasi:http/types@0.3.2" (instance (;6;)))
  (alias export 4 "wasi-shim:p3-on-p2/serve" (instance (;7;)))
  (instance (;8;) (instantiate 0
      (with "wasi-shim:p3-on-p2/control" (instance 5))
      (with "wasi:http/types@0.3.0" (instance 6))
      (with "wasi:http/types@0.2.0" (instance 3))
      (with "wasi-shim:p3-on-p2/serve" (instance 7))
    )
  )
  (alias export 8 "wasi:http/incoming-handler@0.2.0" (instance (;9;)))
  (export (;10;) "wasi:http/incoming-handler@0.2.0" (instance 9))
)
