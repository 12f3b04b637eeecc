(component
  (type (;0;)
    (instance
      (export (;0;) "request" (type (sub resource)))
      (export (;1;) "response" (type (sub resource)))
      (type (;2;) (option string))
      (type (;3;) (option u16))
      (type (;4;) (record (field "rcode" 2) (field "info-code" 3)))
      (export (;5;) "DNS-error-payload" (type (eq 4)))
      (type (;6;) (option u8))
      (type (;7;) (record (field "alert-id" 6) (field "alert-message" 2)))
      (export (;8;) "TLS-alert-received-payload" (type (eq 7)))
      (type (;9;) (option u32))
      (type (;10;) (record (field "field-name" 2) (field "field-size" 9)))
      (export (;11;) "field-size-payload" (type (eq 10)))
      (type (;12;) (option u64))
      (type (;13;) (option 11))
      (type (;14;) (variant (case "DNS-timeout") (case "DNS-error" 5) (case "destination-not-found") (case "destination-unavailable") (case "destination-IP-prohibited") (case "destination-IP-unroutable") (case "connection-refused") (case "connection-terminated") (case "connection-timeout") (case "connection-read-timeout") (case "connection-write-timeout") (case "connection-limit-reached") (case "TLS-protocol-error") (case "TLS-certificate-error") (case "TLS-alert-received" 8) (case "HTTP-request-denied") (case "HTTP-request-length-required") (case "HTTP-request-body-size" 12) (case "HTTP-request-method-invalid") (case "HTTP-request-URI-invalid") (case "HTTP-request-URI-too-long") (case "HTTP-request-header-section-size" 9) (case "HTTP-request-header-size" 13) (case "HTTP-request-trailer-section-size" 9) (case "HTTP-request-trailer-size" 11) (case "HTTP-response-incomplete") (case "HTTP-response-header-section-size" 9) (case "HTTP-response-header-size" 11) (case "HTTP-response-body-size" 12) (case "HTTP-response-trailer-section-size" 9) (case "HTTP-response-trailer-size" 11) (case "HTTP-response-transfer-coding" 2) (case "HTTP-response-content-coding" 2) (case "HTTP-response-timeout") (case "HTTP-upgrade-failed") (case "HTTP-protocol-error") (case "loop-detected") (case "configuration-error") (case "internal-error" 2)))
      (export (;15;) "error-code" (type (eq 14)))
      (export (;16;) "fields" (type (sub resource)))
      (type (;17;) string)
      (export (;18;) "field-name" (type (eq 17)))
      (type (;19;) (list u8))
      (export (;20;) "field-value" (type (eq 19)))
      (type (;21;) (option string))
      (type (;22;) (variant (case "invalid-syntax") (case "forbidden") (case "immutable") (case "size-exceeded") (case "other" 21)))
      (export (;23;) "header-error" (type (eq 22)))
      (export (;24;) "trailers" (type (eq 16)))
      (export (;25;) "headers" (type (eq 16)))
      (type (;26;) u16)
      (export (;27;) "status-code" (type (eq 26)))
      (export (;28;) "request-options" (type (sub resource)))
      (type (;29;) (own 16))
      (type (;30;) (func (result 29)))
      (export (;0;) "[constructor]fields" (func (type 30)))
      (type (;31;) (borrow 16))
      (type (;32;) (func (param "self" 31) (param "name" 18) (result bool)))
      (export (;1;) "[method]fields.has" (func (type 32)))
      (type (;33;) (result (error 23)))
      (type (;34;) (func (param "self" 31) (param "name" 18) (param "value" 20) (result 33)))
      (export (;2;) "[method]fields.append" (func (type 34)))
      (type (;35;) (func (param "self" 31) (result 29)))
      (export (;3;) "[method]fields.clone" (func (type 35)))
      (type (;36;) (own 25))
      (type (;37;) (stream u8))
      (type (;38;) (option 37))
      (type (;39;) (own 24))
      (type (;40;) (option 39))
      (type (;41;) (result 40 (error 15)))
      (type (;42;) (future 41))
      (type (;43;) (own 1))
      (type (;44;) (result (error 15)))
      (type (;45;) (future 44))
      (type (;46;) (tuple 43 45))
      (type (;47;) (func (param "headers" 36) (param "contents" 38) (param "trailers" 42) (result 46)))
      (export (;4;) "[static]response.new" (func (type 47)))
      (type (;48;) (borrow 1))
      (type (;49;) (result))
      (type (;50;) (func (param "self" 48) (param "status-code" 27) (result 49)))
      (export (;5;) "[method]response.set-status-code" (func (type 50)))
    )
  )
  (import "wasi:http/types@0.3.0" (instance (;0;) (type 0)))
  (component (;0;)
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
      (global (;1;) (mut i32) i32.const 0)
      (export "1" (func $"wasi-shim: enter"))
      (export "2" (func $"wasi-shim: leave"))
      (export "3" (func $"wasi-shim: wait"))
      (export "4" (func $"wasi-shim: answer"))
      (export "5" (func $"wasi-shim: take-answered"))
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
      (func $"wasi-shim: answer" (;6;) (type 2)
        i32.const 1
        global.set 1
      )
      (func $"wasi-shim: take-answered" (;7;) (type 3) (result i32)
        global.get 1
        i32.const 0
        global.set 1
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
    (alias core export 1 "5" (core func (;8;)))
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
    (type (;2;)
      (instance
        (export (;0;) "fields" (type (sub resource)))
        (export (;1;) "headers" (type (eq 0)))
        (export (;2;) "incoming-request" (type (sub resource)))
        (export (;3;) "outgoing-response" (type (sub resource)))
        (export (;4;) "response-outparam" (type (sub resource)))
        (type (;5;) (option string))
        (type (;6;) (option u16))
        (type (;7;) (record (field "rcode" 5) (field "info-code" 6)))
        (export (;8;) "DNS-error-payload" (type (eq 7)))
        (type (;9;) (option u8))
        (type (;10;) (option string))
        (type (;11;) (record (field "alert-id" 9) (field "alert-message" 10)))
        (export (;12;) "TLS-alert-received-payload" (type (eq 11)))
        (type (;13;) (option string))
        (type (;14;) (option u32))
        (type (;15;) (record (field "field-name" 13) (field "field-size" 14)))
        (export (;16;) "field-size-payload" (type (eq 15)))
        (type (;17;) (option u64))
        (type (;18;) (option u32))
        (type (;19;) (option 16))
        (type (;20;) (option u32))
        (type (;21;) (option u32))
        (type (;22;) (option u64))
        (type (;23;) (option u32))
        (type (;24;) (option string))
        (type (;25;) (option string))
        (type (;26;) (option string))
        (type (;27;) (variant (case "DNS-timeout") (case "DNS-error" 8) (case "destination-not-found") (case "destination-unavailable") (case "destination-IP-prohibited") (case "destination-IP-unroutable") (case "connection-refused") (case "connection-terminated") (case "connection-timeout") (case "connection-read-timeout") (case "connection-write-timeout") (case "connection-limit-reached") (case "TLS-protocol-error") (case "TLS-certificate-error") (case "TLS-alert-received" 12) (case "HTTP-request-denied") (case "HTTP-request-length-required") (case "HTTP-request-body-size" 17) (case "HTTP-request-method-invalid") (case "HTTP-request-URI-invalid") (case "HTTP-request-URI-too-long") (case "HTTP-request-header-section-size" 18) (case "HTTP-request-header-size" 19) (case "HTTP-request-trailer-section-size" 20) (case "HTTP-request-trailer-size" 16) (case "HTTP-response-incomplete") (case "HTTP-response-header-section-size" 21) (case "HTTP-response-header-size" 16) (case "HTTP-response-body-size" 22) (case "HTTP-response-trailer-section-size" 23) (case "HTTP-response-trailer-size" 16) (case "HTTP-response-transfer-coding" 24) (case "HTTP-response-content-coding" 25) (case "HTTP-response-timeout") (case "HTTP-upgrade-failed") (case "HTTP-protocol-error") (case "loop-detected") (case "configuration-error") (case "internal-error" 26)))
        (export (;28;) "error-code" (type (eq 27)))
        (type (;29;) (own 0))
        (type (;30;) (func (result 29)))
        (export (;0;) "[constructor]fields" (func (type 30)))
        (type (;31;) (own 1))
        (type (;32;) (own 3))
        (type (;33;) (func (param "headers" 31) (result 32)))
        (export (;1;) "[constructor]outgoing-response" (func (type 33)))
        (type (;34;) (own 4))
        (type (;35;) (own 3))
        (type (;36;) (result 35 (error 28)))
        (type (;37;) (func (param "param" 34) (param "response" 36)))
      )
    )
    (import "wasi:http/types@0.2.3" (instance $types (;2;) (type 2)))
    (type (;3;)
      (instance
        (export (;0;) "request" (type (sub resource)))
        (export (;1;) "response" (type (sub resource)))
        (type (;2;) (option string))
        (type (;3;) (option u16))
        (type (;4;) (record (field "rcode" 2) (field "info-code" 3)))
        (export (;5;) "DNS-error-payload" (type (eq 4)))
        (type (;6;) (option u8))
        (type (;7;) (record (field "alert-id" 6) (field "alert-message" 2)))
        (export (;8;) "TLS-alert-received-payload" (type (eq 7)))
        (type (;9;) (option u64))
        (type (;10;) (option u32))
        (type (;11;) (record (field "field-name" 2) (field "field-size" 10)))
        (export (;12;) "field-size-payload" (type (eq 11)))
        (type (;13;) (option 12))
        (type (;14;) (variant (case "DNS-timeout") (case "DNS-error" 5) (case "destination-not-found") (case "destination-unavailable") (case "destination-IP-prohibited") (case "destination-IP-unroutable") (case "connection-refused") (case "connection-terminated") (case "connection-timeout") (case "connection-read-timeout") (case "connection-write-timeout") (case "connection-limit-reached") (case "TLS-protocol-error") (case "TLS-certificate-error") (case "TLS-alert-received" 8) (case "HTTP-request-denied") (case "HTTP-request-length-required") (case "HTTP-request-body-size" 9) (case "HTTP-request-method-invalid") (case "HTTP-request-URI-invalid") (case "HTTP-request-URI-too-long") (case "HTTP-request-header-section-size" 10) (case "HTTP-request-header-size" 13) (case "HTTP-request-trailer-section-size" 10) (case "HTTP-request-trailer-size" 12) (case "HTTP-response-incomplete") (case "HTTP-response-header-section-size" 10) (case "HTTP-response-header-size" 12) (case "HTTP-response-body-size" 9) (case "HTTP-response-trailer-section-size" 10) (case "HTTP-response-trailer-size" 12) (case "HTTP-response-transfer-coding" 2) (case "HTTP-response-content-coding" 2) (case "HTTP-response-timeout") (case "HTTP-upgrade-failed") (case "HTTP-protocol-error") (case "loop-detected") (case "configuration-error") (case "internal-error" 2)))
        (export (;15;) "error-code" (type (eq 14)))
      )
    )
    (import "wasi:http/types@0.3.0" (instance (;3;) (type 3)))
    (alias export 3 "request" (type (;4;)))
    (alias export 3 "response" (type (;5;)))
    (alias export 3 "error-code" (type (;6;)))
    (alias export $types "incoming-request" (type (;7;)))
    (alias export $types "response-outparam" (type (;8;)))
    (alias export $types "outgoing-response" (type (;9;)))
    (type (;10;)
      (instance
        (alias outer 1 4 (type (;0;)))
        (export (;1;) "request" (type (eq 0)))
        (alias outer 1 5 (type (;2;)))
        (export (;3;) "response" (type (eq 2)))
        (alias outer 1 7 (type (;4;)))
        (export (;5;) "incoming-request" (type (eq 4)))
        (alias outer 1 8 (type (;6;)))
        (export (;7;) "response-outparam" (type (eq 6)))
        (alias outer 1 9 (type (;8;)))
        (export (;9;) "outgoing-response" (type (eq 8)))
        (type (;10;) (own 1))
        (type (;11;) (own 3))
        (type (;12;) (own 5))
        (type (;13;) (own 7))
        (type (;14;) (own 9))
        (type (;15;) (func (param "request" 10) (result 12)))
        (export (;0;) "accept" (func (type 15)))
        (type (;16;) (func (result 13)))
        (export (;1;) "outparam" (func (type 16)))
        (type (;17;) (func (param "param" 13) (param "response" 14) (result 11)))
        (export (;2;) "respond" (func (type 17)))
        (type (;18;) (func (param "param" 13)))
        (export (;3;) "refuse" (func (type 18)))
        (type (;19;) (func (result u32)))
        (export (;4;) "start-end" (func (type 19)))
        (type (;20;) (func (param "token" u32)))
        (export (;5;) "finish-end" (func (type 20)))
      )
    )
    (import "wasi-shim:p2-on-p3/serve" (instance (;4;) (type 10)))
    (alias export 4 "accept" (func (;4;)))
    (core func (;9;) (canon lower (func 4)))
    (alias export 4 "outparam" (func (;5;)))
    (core func (;10;) (canon lower (func 5)))
    (alias export 4 "start-end" (func (;6;)))
    (core func (;11;) (canon lower (func 6)))
    (alias export 4 "finish-end" (func (;7;)))
    (core func (;12;) (canon lower (func 7)))
    (alias export 4 "respond" (func (;8;)))
    (core func (;13;) (canon lower (func 8)))
    (alias export 4 "refuse" (func (;9;)))
    (core func (;14;) (canon lower (func 9)))
    (type (;11;) (own 4))
    (type (;12;) (own 5))
    (type (;13;) (result 12 (error 6)))
    (core module $memory (;1;)
      (memory (;0;) 1)
      (export "memory" (memory 0))
    )
    (core instance $memory (;2;) (instantiate $memory))
    (alias export $poll "[method]pollable.start-block" (func (;10;)))
    (alias export $poll "[static]pollable.finish-block" (func (;11;)))
    (core func (;15;) (canon lower (func 10)))
    (core func (;16;) (canon lower (func 11)))
    (alias export $types "[constructor]fields" (func (;12;)))
    (core func $fields (;17;) (canon lower (func 12)))
    (alias export $types "[constructor]outgoing-response" (func (;13;)))
    (core func $response (;18;) (canon lower (func 13)))
    (alias core export $memory "memory" (core memory (;0;)))
    (core func (;19;) (canon task.return (result 13) (memory 0)))
    (core module $main (;2;)
      (type (;0;) (func (param i32)))
      (type (;1;) (func (result i32)))
      (type (;2;) (func (param i32) (result i32)))
      (type (;3;) (func (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
      (type (;4;) (func (param i32 i32)))
      (import "" "block" (func $block (;0;) (type 0)))
      (import "" "fields" (func $fields (;1;) (type 1)))
      (import "" "response" (func $response (;2;) (type 2)))
      (import "" "set" (func $set (;3;) (type 3)))
      (export "handle" (func 4))
      (func (;4;) (type 4) (param i32 i32)
        local.get 1
        i32.const 0
        call $fields
        call $response
        i32.const 0
        i64.const 0
        i32.const 0
        i32.const 0
        i32.const 0
        i32.const 0
        call $set
      )
    )
    (core module (;3;)
      (type (;0;) (func (result i32)))
      (type (;1;) (func (param i32)))
      (type (;2;) (func (param i32) (result i32)))
      (type (;3;) (func))
      (type (;4;) (func (param i32 i32) (result i32)))
      (type (;5;) (func (param i32 i32 i32 i64 i32 i32 i32 i32)))
      (type (;6;) (func (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 1)))
      (import "" "3" (func (;3;) (type 2)))
      (import "" "4" (func (;4;) (type 1)))
      (import "" "5" (func (;5;) (type 3)))
      (import "" "6" (func (;6;) (type 4)))
      (import "" "7" (func (;7;) (type 1)))
      (import "" "8" (func (;8;) (type 5)))
      (export "0" (func $"wasi-shim: drain"))
      (export "1" (func $"wasi:io/poll#[method]pollable.block"))
      (export "2" (func $"wasi-shim: response-outparam.set"))
      (func $"wasi-shim: drain" (;9;) (type 3)
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
      (func $"wasi:io/poll#[method]pollable.block" (;10;) (type 1) (param i32)
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
      (func $"wasi-shim: response-outparam.set" (;11;) (type 6) (param i32 i32 i32 i32 i64 i32 i32 i32 i32)
        call 5
        local.get 1
        if ;; label = @1
          local.get 0
          call 7
          local.get 1
          local.get 2
          local.get 3
          local.get 4
          local.get 5
          local.get 6
          local.get 7
          local.get 8
          call 8
        else
          i32.const 0
          local.get 0
          local.get 2
          call 6
          i32.const 0
          i64.const 0
          i32.const 0
          i32.const 0
          i32.const 0
          i32.const 0
          call 8
        end
      )
    )
    (core instance (;3;)
      (export "0" (func 2))
      (export "1" (func 6))
      (export "2" (func 3))
      (export "3" (func 15))
      (export "4" (func 16))
      (export "5" (func 7))
      (export "6" (func 13))
      (export "7" (func 14))
      (export "8" (func 19))
    )
    (core instance (;4;) (instantiate 3
        (with "" (instance 3))
      )
    )
    (alias core export 4 "1" (core func $block (;20;)))
    (alias core export 4 "2" (core func $set (;21;)))
    (core instance (;5;)
      (export "block" (func $block))
      (export "fields" (func $fields))
      (export "response" (func $response))
      (export "set" (func $set))
    )
    (core instance $main (;6;) (instantiate $main
        (with "" (instance 5))
      )
    )
    (alias core export $main "handle" (core func (;22;)))
    (core func (;23;) (canon task.return (result 13) (memory 0)))
    (core func (;24;) (canon backpressure.inc))
    (core module (;4;)
      (type (;0;) (func (result i32)))
      (type (;1;) (func (param i32)))
      (type (;2;) (func (param i32 i32)))
      (type (;3;) (func))
      (type (;4;) (func (param i32) (result i32)))
      (type (;5;) (func (param i32 i32 i32 i64 i32 i32 i32 i32)))
      (type (;6;) (func (param i32 i32 i32) (result i32)))
      (import "" "0" (func (;0;) (type 0)))
      (import "" "1" (func (;1;) (type 1)))
      (import "" "2" (func (;2;) (type 1)))
      (import "" "3" (func (;3;) (type 2)))
      (import "" "4" (func (;4;) (type 3)))
      (import "" "5" (func (;5;) (type 3)))
      (import "" "6" (func (;6;) (type 0)))
      (import "" "7" (func (;7;) (type 4)))
      (import "" "8" (func (;8;) (type 0)))
      (import "" "9" (func (;9;) (type 5)))
      (import "" "10" (func (;10;) (type 3)))
      (import "" "m" (memory (;0;) 0))
      (export "0" (func $"wasi-shim: end"))
      (export "1" (func $"wasi-shim: handle"))
      (export "2" (func $"wasi-shim: callback"))
      (func $"wasi-shim: end" (;11;) (type 3)
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
      (func $"wasi-shim: handle" (;12;) (type 4) (param i32) (result i32)
        (local i64 i64 i64 i64 i64 i64 i64)
        call 10
        call 4
        local.get 0
        call 7
        call 8
        call 3
        call 6
        i32.eqz
        if ;; label = @1
          memory.size
          if ;; label = @2
            i32.const 0
            i64.load
            local.set 1
            i32.const 0
            i64.const 7308814929793217895
            i64.store
            i32.const 0
            i64.load offset=8
            local.set 2
            i32.const 0
            i64.const 8031728383256847734
            i64.store offset=8
            i32.const 0
            i64.load offset=16
            local.set 3
            i32.const 0
            i64.const 8315178044195366251
            i64.store offset=16
            i32.const 0
            i64.load offset=24
            local.set 4
            i32.const 0
            i64.const 8462032138604015472
            i64.store offset=24
            i32.const 0
            i64.load offset=32
            local.set 5
            i32.const 0
            i64.const 4195786268147282036
            i64.store offset=32
            i32.const 0
            i64.load offset=40
            local.set 6
            i32.const 0
            i64.const 8387229866872038771
            i64.store offset=40
            i32.const 0
            i64.load offset=48
            local.set 7
            i32.const 0
            i64.const 2314885530822930280
            i64.store offset=48
            i32.const 1
            i32.const 38
            i32.const 1
            i64.const 0
            i32.const 51
            i32.const 0
            i32.const 0
            i32.const 0
            call 9
            i32.const 0
            local.get 1
            i64.store
            i32.const 0
            local.get 2
            i64.store offset=8
            i32.const 0
            local.get 3
            i64.store offset=16
            i32.const 0
            local.get 4
            i64.store offset=24
            i32.const 0
            local.get 5
            i64.store offset=32
            i32.const 0
            local.get 6
            i64.store offset=40
            i32.const 0
            local.get 7
            i64.store offset=48
          else
            i32.const 1
            i32.const 38
            i32.const 0
            i64.const 0
            i32.const 0
            i32.const 0
            i32.const 0
            i32.const 0
            call 9
          end
        end
        call $"wasi-shim: end"
        call 5
        i32.const 0
      )
      (func $"wasi-shim: callback" (;13;) (type 6) (param i32 i32 i32) (result i32)
        unreachable
      )
    )
    (core instance (;7;)
      (export "0" (func 11))
      (export "1" (func 6))
      (export "2" (func 12))
      (export "3" (func 22))
      (export "4" (func 4))
      (export "5" (func 5))
      (export "6" (func 8))
      (export "7" (func 9))
      (export "8" (func 10))
      (export "9" (func 23))
      (export "10" (func 24))
      (export "m" (memory 0))
    )
    (core instance (;8;) (instantiate 4
        (with "" (instance 7))
      )
    )
    (alias core export 8 "1" (core func (;25;)))
    (alias core export 8 "2" (core func (;26;)))
    (type (;14;) (func async (param "request" 11) (result 13)))
    (func (;14;) (type 14) (canon lift (core func 25) (memory 0) async (callback 26)))
    (instance (;5;)
      (export "request" (type 4))
      (export "response" (type 5))
      (export "error-code" (type 6))
      (export "handle" (func 14))
    )
    (type (;15;)
      (instance
        (alias outer 1 4 (type (;0;)))
        (export (;1;) "request" (type (eq 0)))
        (alias outer 1 5 (type (;2;)))
        (export (;3;) "response" (type (eq 2)))
        (alias outer 1 6 (type (;4;)))
        (export (;5;) "error-code" (type (eq 4)))
        (type (;6;) (own 1))
        (type (;7;) (own 3))
        (type (;8;) (result 7 (error 5)))
        (type (;9;) (func async (param "request" 6) (result 8)))
        (export (;0;) "handle" (func (type 9)))
      )
    )
    (export (;6;) "wasi:http/handler@0.3.0" (instance 5) (instance (type 15)))
  )
  (component (;1;) ;; the adapter
  )
  (instance (;1;) (instantiate 1
      (with "wasi:http/types@0.3.0" (instance 0))
    )
  )
  (alias export 1 "wasi-shim:p2-on-p3/control" (instance (;2;)))
  (alias export 1 "wasi:io/poll@0.2.12" (instance (;3;)))
  (alias export 1 "wasi:http/types@0.2.12" (instance (;4;)))
  (alias export 1 "wasi-shim:p2-on-p3/serve" (instance (;5;)))
  (instance (;6;) (instantiate 0
      (with "wasi-shim:p2-on-p3/control" (instance 2))
      (with "wasi:io/poll@0.2.0" (instance 3))
      (with "wasi:http/types@0.2.3" (instance 4))
      (with "wasi:http/types@0.3.0" (instance 0))
      (with "wasi-shim:p2-on-p3/serve" (instance 5))
    )
  )
  (alias export 6 "wasi:http/handler@0.3.0" (instance (;7;)))
  (export (;8;) "wasi:http/handler@0.3.0" (instance 7))
)
