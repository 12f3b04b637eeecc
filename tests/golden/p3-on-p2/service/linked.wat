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
  (alias export 2 "[method]input-stream.subscribe" (func (;0;)))
  (core func (;0;) (canon lower (func 0)))
  (alias export 2 "input-stream" (type (;5;)))
  (alias export 2 "output-stream" (type (;6;)))
  (alias export 1 "error" (type (;7;)))
  (alias export 0 "pollable" (type (;8;)))
  (type (;9;)
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
      (alias outer 1 7 (type (;33;)))
      (export (;34;) "io-error" (type (eq 33)))
      (type (;35;) u16)
      (export (;36;) "status-code" (type (eq 35)))
      (alias outer 1 8 (type (;37;)))
      (export (;38;) "pollable" (type (eq 37)))
      (type (;39;) (own 2))
      (type (;40;) (borrow 2))
      (type (;41;) (func (param "self" 40) (param "name" 5) (result bool)))
      (export (;0;) "[method]fields.has" (func (type 41)))
      (type (;42;) (func (param "self" 40) (result 39)))
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
      (type (;53;) (result))
      (type (;54;) (own 1))
      (type (;55;) (own 8))
      (type (;56;) (result 55 (error 32)))
      (type (;57;) (func (param "param" 54) (param "response" 56)))
      (export (;5;) "[static]response-outparam.set" (func (type 57)))
      (type (;58;) (borrow 6))
      (type (;59;) (func (param "self" 58) (result 36)))
      (export (;6;) "[method]incoming-response.status" (func (type 59)))
      (type (;60;) (func (param "self" 58) (result 44)))
      (export (;7;) "[method]incoming-response.headers" (func (type 60)))
      (type (;61;) (func (param "self" 58) (result 47)))
      (export (;8;) "[method]incoming-response.consume" (func (type 61)))
      (type (;62;) (borrow 12))
      (type (;63;) (own 14))
      (type (;64;) (result 63))
      (type (;65;) (func (param "self" 62) (result 64)))
      (export (;9;) "[method]incoming-body.stream" (func (type 65)))
      (type (;66;) (own 15))
      (type (;67;) (func (param "this" 46) (result 66)))
      (export (;10;) "[static]incoming-body.finish" (func (type 67)))
      (type (;68;) (borrow 15))
      (type (;69;) (own 38))
      (type (;70;) (func (param "self" 68) (result 69)))
      (export (;11;) "[method]future-trailers.subscribe" (func (type 70)))
      (type (;71;) (own 18))
      (type (;72;) (option 71))
      (type (;73;) (result 72 (error 32)))
      (type (;74;) (result 73))
      (type (;75;) (option 74))
      (type (;76;) (func (param "self" 68) (result 75)))
      (export (;12;) "[method]future-trailers.get" (func (type 76)))
      (type (;77;) (func (param "headers" 44) (result 55)))
      (export (;13;) "[constructor]outgoing-response" (func (type 77)))
      (type (;78;) (borrow 8))
      (type (;79;) (func (param "self" 78) (param "status-code" 36) (result 53)))
      (export (;14;) "[method]outgoing-response.set-status-code" (func (type 79)))
      (type (;80;) (func (param "self" 78) (result 51)))
      (export (;15;) "[method]outgoing-response.body" (func (type 80)))
      (type (;81;) (borrow 9))
      (type (;82;) (own 17))
      (type (;83;) (result 82))
      (type (;84;) (func (param "self" 81) (result 83)))
      (export (;16;) "[method]outgoing-body.write" (func (type 84)))
      (type (;85;) (result (error 32)))
      (type (;86;) (func (param "this" 50) (param "trailers" 72) (result 85)))
      (export (;17;) "[static]outgoing-body.finish" (func (type 86)))
      (type (;87;) (borrow 34))
      (type (;88;) (option 32))
      (type (;89;) (func (param "err" 87) (result 88)))
      (export (;18;) "http-error-code" (func (type 89)))
    )
  )
  (import "wasi:http/types@0.2.0" (instance (;3;) (type 9)))
  (alias export 3 "[method]fields.has" (func (;1;)))
  (core module (;0;)
    (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
    (table (;0;) 1 funcref)
    (memory (;0;) 1)
    (export "0" (func $"wasi-shim: realloc"))
    (export "t" (table 0))
    (export "m" (memory 0))
    (func $"wasi-shim: realloc" (;0;) (type 0) (param i32 i32 i32 i32) (result i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      i32.const 0
      call_indirect (type 0)
    )
  )
  (core instance (;0;) (instantiate 0))
  (alias core export 0 "m" (core memory (;0;)))
  (core func (;1;) (canon lower (func 1) (memory 0) string-encoding=utf8))
  (alias export 3 "fields" (type (;10;)))
  (core func (;2;) (canon resource.drop 10))
  (alias export 0 "pollable" (type (;11;)))
  (core func (;3;) (canon resource.drop 11))
  (alias export 3 "[method]incoming-response.headers" (func (;2;)))
  (core func (;4;) (canon lower (func 2)))
  (alias export 3 "[method]incoming-request.headers" (func (;3;)))
  (core func (;5;) (canon lower (func 3)))
  (alias export 3 "[method]outgoing-response.body" (func (;4;)))
  (core func (;6;) (canon lower (func 4) (memory 0)))
  (alias export 3 "[method]outgoing-request.body" (func (;5;)))
  (core func (;7;) (canon lower (func 5) (memory 0)))
  (alias export 3 "outgoing-response" (type (;12;)))
  (core func (;8;) (canon resource.drop 12))
  (alias export 3 "outgoing-request" (type (;13;)))
  (core func (;9;) (canon resource.drop 13))
  (alias export 3 "request-options" (type (;14;)))
  (core func (;10;) (canon resource.drop 14))
  (alias export 3 "[method]incoming-response.consume" (func (;6;)))
  (core func (;11;) (canon lower (func 6) (memory 0)))
  (alias export 3 "[method]incoming-request.consume" (func (;7;)))
  (core func (;12;) (canon lower (func 7) (memory 0)))
  (alias export 3 "[method]incoming-body.stream" (func (;8;)))
  (core func (;13;) (canon lower (func 8) (memory 0)))
  (alias export 1 "error" (type (;15;)))
  (core func (;14;) (canon resource.drop 15))
  (alias export 0 "poll" (func (;9;)))
  (alias core export 0 "0" (core func (;15;)))
  (core func (;16;) (canon lower (func 9) (memory 0) (realloc 15)))
  (alias export 0 "[method]pollable.ready" (func (;10;)))
  (core func (;17;) (canon lower (func 10)))
  (alias export 2 "[method]output-stream.write" (func (;11;)))
  (core func (;18;) (canon lower (func 11) (memory 0)))
  (alias export 1 "[method]error.to-debug-string" (func (;12;)))
  (core func (;19;) (canon lower (func 12) (memory 0) (realloc 15) string-encoding=utf8))
  (alias export 2 "output-stream" (type (;16;)))
  (core func (;20;) (canon resource.drop 16))
  (alias export 2 "input-stream" (type (;17;)))
  (core func (;21;) (canon resource.drop 17))
  (alias export 3 "future-trailers" (type (;18;)))
  (core func (;22;) (canon resource.drop 18))
  (alias export 3 "incoming-body" (type (;19;)))
  (core func (;23;) (canon resource.drop 19))
  (alias export 3 "incoming-response" (type (;20;)))
  (core func (;24;) (canon resource.drop 20))
  (alias export 3 "incoming-request" (type (;21;)))
  (core func (;25;) (canon resource.drop 21))
  (alias export 3 "[method]outgoing-body.write" (func (;13;)))
  (core func (;26;) (canon lower (func 13) (memory 0)))
  (alias export 3 "outgoing-body" (type (;22;)))
  (core func (;27;) (canon resource.drop 22))
  (alias export 3 "[static]outgoing-body.finish" (func (;14;)))
  (core func (;28;) (canon lower (func 14) (memory 0) (realloc 15) string-encoding=utf8))
  (alias export 3 "http-error-code" (func (;15;)))
  (core func (;29;) (canon lower (func 15) (memory 0) (realloc 15) string-encoding=utf8))
  (alias export 3 "[method]fields.clone" (func (;16;)))
  (core func (;30;) (canon lower (func 16)))
  (alias export 3 "[constructor]outgoing-response" (func (;17;)))
  (core func (;31;) (canon lower (func 17)))
  (alias export 3 "[method]incoming-response.status" (func (;18;)))
  (core func (;32;) (canon lower (func 18)))
  (alias export 3 "[method]outgoing-response.set-status-code" (func (;19;)))
  (core func (;33;) (canon lower (func 19)))
  (alias export 3 "[static]incoming-body.finish" (func (;20;)))
  (core func (;34;) (canon lower (func 20)))
  (alias export 3 "[method]future-trailers.subscribe" (func (;21;)))
  (core func (;35;) (canon lower (func 21)))
  (alias export 3 "[method]future-trailers.get" (func (;22;)))
  (core func (;36;) (canon lower (func 22) (memory 0) (realloc 15) string-encoding=utf8))
  (alias export 2 "[method]output-stream.check-write" (func (;23;)))
  (core func (;37;) (canon lower (func 23) (memory 0)))
  (alias export 2 "[method]output-stream.subscribe" (func (;24;)))
  (core func (;38;) (canon lower (func 24)))
  (alias export 2 "[method]output-stream.flush" (func (;25;)))
  (core func (;39;) (canon lower (func 25) (memory 0)))
  (alias export 2 "[method]input-stream.read" (func (;26;)))
  (core func (;40;) (canon lower (func 26) (memory 0) (realloc 15)))
  (alias export 3 "[static]response-outparam.set" (func (;27;)))
  (core func (;41;) (canon lower (func 27) (memory 0) string-encoding=utf8))
  (alias core export 0 "t" (core table (;0;)))
  (core module (;1;) ;; the adapter
  )
  (core instance (;1;)
    (export "m" (memory 0))
    (export "t" (table 0))
  )
  (core instance (;2;)
    (export "0" (func 0))
    (export "1" (func 1))
    (export "4" (func 2))
    (export "17" (func 3))
    (export "22" (func 4))
    (export "23" (func 5))
    (export "24" (func 6))
    (export "25" (func 7))
    (export "26" (func 8))
    (export "27" (func 9))
    (export "28" (func 10))
    (export "31" (func 11))
    (export "32" (func 12))
    (export "33" (func 13))
    (export "35" (func 14))
    (export "36" (func 16))
    (export "37" (func 17))
    (export "38" (func 18))
    (export "39" (func 19))
    (export "42" (func 20))
    (export "43" (func 21))
    (export "47" (func 22))
    (export "48" (func 23))
    (export "49" (func 24))
    (export "50" (func 25))
    (export "51" (func 26))
    (export "52" (func 27))
    (export "53" (func 28))
    (export "54" (func 29))
    (export "57" (func 30))
    (export "80" (func 31))
    (export "81" (func 32))
    (export "82" (func 33))
    (export "92" (func 34))
    (export "93" (func 35))
    (export "94" (func 36))
    (export "97" (func 37))
    (export "98" (func 38))
    (export "99" (func 39))
    (export "100" (func 40))
    (export "106" (func 41))
  )
  (core instance (;3;) (instantiate 1
      (with "" (instance 1))
      (with "p" (instance 2))
    )
  )
  (alias core export 3 "4" (core func (;42;)))
  (alias core export 3 "5" (core func (;43;)))
  (alias core export 3 "9" (core func (;44;)))
  (alias core export 3 "10" (core func (;45;)))
  (alias core export 3 "12" (core func (;46;)))
  (alias core export 3 "16" (core func (;47;)))
  (alias core export 3 "p1" (core func (;48;)))
  (alias core export 3 "p5" (core func (;49;)))
  (alias core export 3 "p0" (core func (;50;)))
  (alias core export 3 "p3" (core func (;51;)))
  (alias core export 3 "p4" (core func (;52;)))
  (alias core export 3 "p2" (core func (;53;)))
  (alias export 3 "incoming-request" (type (;23;)))
  (alias export 3 "response-outparam" (type (;24;)))
  (core module $memory (;2;)
    (memory (;0;) 1)
    (export "memory" (memory 0))
  )
  (core instance $memory (;4;) (instantiate $memory))
  (alias core export $memory "memory" (core memory (;1;)))
  (core module $main (;3;)
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
  (core module (;4;)
    (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
    (type (;1;) (func (param i32 i32 i32 i64 i32 i32 i32 i32)))
    (type (;2;) (func (param i32 i32) (result i32)))
    (type (;3;) (func (param i32 i64)))
    (type (;4;) (func (param i32 i32)))
    (type (;5;) (func (param i32 i32 i32)))
    (type (;6;) (func (param i32 i32) (result i32 i32)))
    (type (;7;) (func (param i32)))
    (import "" "0" (func (;0;) (type 0)))
    (import "" "1" (func (;1;) (type 1)))
    (import "" "2" (func (;2;) (type 2)))
    (import "" "3" (func (;3;) (type 3)))
    (import "" "m" (memory (;0;) 0))
    (import "" "m1" (memory (;1;) 0))
    (export "0" (func $wasi-shim:p3-on-p2/serve#respond))
    (export "8" (func $"wasi-shim: task.return"))
    (func $wasi-shim:p3-on-p2/serve#respond (;4;) (type 1) (param i32 i32 i32 i64 i32 i32 i32 i32)
      (local i32)
      local.get 0
      i32.const 2
      call $"wasi-shim: invalid discriminant"
      local.get 0
      if ;; label = @1
        block ;; label = @2
          block ;; label = @3
            block ;; label = @4
              block ;; label = @5
                block ;; label = @6
                  block ;; label = @7
                    block ;; label = @8
                      block ;; label = @9
                        block ;; label = @10
                          block ;; label = @11
                            local.get 1
                            br_table 1 (;@10;) 2 (;@9;) 1 (;@10;) 1 (;@10;) 1 (;@10;) 1 (;@10;) 1 (;@10;) 1 (;@10;) 1 (;@10;) 1 (;@10;) 1 (;@10;) 1 (;@10;) 1 (;@10;) 1 (;@10;) 3 (;@8;) 1 (;@10;) 1 (;@10;) 4 (;@7;) 1 (;@10;) 1 (;@10;) 1 (;@10;) 5 (;@6;) 6 (;@5;) 5 (;@6;) 7 (;@4;) 1 (;@10;) 5 (;@6;) 7 (;@4;) 4 (;@7;) 5 (;@6;) 7 (;@4;) 8 (;@3;) 8 (;@3;) 1 (;@10;) 1 (;@10;) 1 (;@10;) 1 (;@10;) 1 (;@10;) 8 (;@3;) 0 (;@11;)
                          end
                          unreachable
                        end
                        i32.const 0
                        local.set 2
                        i64.const 0
                        local.set 3
                        i32.const 0
                        local.set 4
                        i32.const 0
                        local.set 5
                        i32.const 0
                        local.set 6
                        i32.const 0
                        local.set 7
                        br 7 (;@2;)
                      end
                      local.get 2
                      i32.const 2
                      call $"wasi-shim: invalid discriminant"
                      local.get 2
                      if ;; label = @9
                        local.get 3
                        i32.wrap_i64
                        local.get 4
                        call $"wasi-shim: copy string"
                        i64.extend_i32_u
                        local.set 3
                      else
                        i64.const 0
                        local.set 3
                        i32.const 0
                        local.set 4
                      end
                      local.get 5
                      i32.const 2
                      call $"wasi-shim: invalid discriminant"
                      local.get 5
                      if ;; label = @9
                        local.get 6
                        i32.const 65535
                        i32.and
                        local.set 6
                      else
                        i32.const 0
                        local.set 6
                      end
                      i32.const 0
                      local.set 7
                      br 6 (;@2;)
                    end
                    local.get 2
                    i32.const 2
                    call $"wasi-shim: invalid discriminant"
                    local.get 2
                    if ;; label = @8
                      local.get 3
                      i32.wrap_i64
                      i32.const 255
                      i32.and
                      i64.extend_i32_u
                      local.set 3
                    else
                      i64.const 0
                      local.set 3
                    end
                    local.get 4
                    i32.const 2
                    call $"wasi-shim: invalid discriminant"
                    local.get 4
                    if ;; label = @8
                      local.get 5
                      local.get 6
                      call $"wasi-shim: copy string"
                      local.set 5
                    else
                      i32.const 0
                      local.set 5
                      i32.const 0
                      local.set 6
                    end
                    i32.const 0
                    local.set 7
                    br 5 (;@2;)
                  end
                  local.get 2
                  i32.const 2
                  call $"wasi-shim: invalid discriminant"
                  local.get 2
                  i32.eqz
                  if ;; label = @7
                    i64.const 0
                    local.set 3
                  end
                  i32.const 0
                  local.set 4
                  i32.const 0
                  local.set 5
                  i32.const 0
                  local.set 6
                  i32.const 0
                  local.set 7
                  br 4 (;@2;)
                end
                local.get 2
                i32.const 2
                call $"wasi-shim: invalid discriminant"
                local.get 2
                if ;; label = @6
                  local.get 3
                  i32.wrap_i64
                  i64.extend_i32_u
                  local.set 3
                else
                  i64.const 0
                  local.set 3
                end
                i32.const 0
                local.set 4
                i32.const 0
                local.set 5
                i32.const 0
                local.set 6
                i32.const 0
                local.set 7
                br 3 (;@2;)
              end
              local.get 2
              i32.const 2
              call $"wasi-shim: invalid discriminant"
              local.get 2
              if ;; label = @5
                local.get 3
                i32.wrap_i64
                local.set 8
                local.get 8
                i32.const 2
                call $"wasi-shim: invalid discriminant"
                local.get 8
                i64.extend_i32_u
                local.set 3
                local.get 8
                if ;; label = @6
                  local.get 4
                  local.get 5
                  call $"wasi-shim: copy string"
                  local.set 4
                else
                  i32.const 0
                  local.set 4
                  i32.const 0
                  local.set 5
                end
                local.get 6
                i32.const 2
                call $"wasi-shim: invalid discriminant"
                local.get 6
                i32.eqz
                if ;; label = @6
                  i32.const 0
                  local.set 7
                end
              else
                i64.const 0
                local.set 3
                i32.const 0
                local.set 4
                i32.const 0
                local.set 5
                i32.const 0
                local.set 6
                i32.const 0
                local.set 7
              end
              br 2 (;@2;)
            end
            local.get 2
            i32.const 2
            call $"wasi-shim: invalid discriminant"
            local.get 2
            if ;; label = @4
              local.get 3
              i32.wrap_i64
              local.get 4
              call $"wasi-shim: copy string"
              i64.extend_i32_u
              local.set 3
            else
              i64.const 0
              local.set 3
              i32.const 0
              local.set 4
            end
            local.get 5
            i32.const 2
            call $"wasi-shim: invalid discriminant"
            local.get 5
            i32.eqz
            if ;; label = @4
              i32.const 0
              local.set 6
            end
            i32.const 0
            local.set 7
            br 1 (;@2;)
          end
          local.get 2
          i32.const 2
          call $"wasi-shim: invalid discriminant"
          local.get 2
          if ;; label = @3
            local.get 3
            i32.wrap_i64
            local.get 4
            call $"wasi-shim: copy string"
            i64.extend_i32_u
            local.set 3
          else
            i64.const 0
            local.set 3
            i32.const 0
            local.set 4
          end
          i32.const 0
          local.set 5
          i32.const 0
          local.set 6
          i32.const 0
          local.set 7
        end
      else
        local.get 1
        i32.const 7
        call 2
        local.set 1
        i32.const 0
        local.set 2
        i64.const 0
        local.set 3
        i32.const 0
        local.set 4
        i32.const 0
        local.set 5
        i32.const 0
        local.set 6
        i32.const 0
        local.set 7
      end
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      local.get 4
      local.get 5
      local.get 6
      local.get 7
      call 1
    )
    (func $"wasi-shim: invalid discriminant" (;5;) (type 4) (param i32 i32)
      local.get 0
      local.get 1
      i32.ge_u
      if ;; label = @1
        unreachable
      end
    )
    (func $"wasi-shim: copy string" (;6;) (type 2) (param i32 i32) (result i32)
      local.get 1
      i32.const 2147483647
      i32.gt_u
      if ;; label = @1
        unreachable
      end
      local.get 0
      local.get 1
      i32.const 1
      i32.const 1
      call $"wasi-shim: copy"
      local.get 1
      local.get 0
      i32.add
      local.get 0
      call $"wasi-shim: validate string"
    )
    (func $"wasi-shim: copy" (;7;) (type 0) (param i32 i32 i32 i32) (result i32)
      (local i32 i32)
      local.get 1
      local.get 2
      i32.mul
      local.set 4
      local.get 1
      i64.extend_i32_u
      local.get 2
      i64.extend_i32_u
      i64.mul
      i64.const 32
      i64.shr_u
      i32.wrap_i64
      if ;; label = @1
        unreachable
      end
      local.get 0
      local.get 4
      local.get 3
      call $"wasi-shim: invalid pointer"
      i32.const 0
      i32.const 0
      local.get 3
      local.get 4
      call 0
      local.set 5
      local.get 5
      local.get 0
      local.get 4
      memory.copy 1 0
      local.get 5
    )
    (func $"wasi-shim: invalid pointer" (;8;) (type 5) (param i32 i32 i32)
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
    (func $"wasi-shim: validate string" (;9;) (type 4) (param i32 i32)
      block ;; label = @1
        loop ;; label = @2
          local.get 0
          local.get 1
          i32.sub
          i32.const 8
          i32.ge_u
          if ;; label = @3
            local.get 1
            i64.load
            i64.const -9187201950435737472
            i64.and
            i64.eqz
            if ;; label = @4
              local.get 1
              i32.const 8
              i32.add
              local.set 1
              br 2 (;@2;)
            end
          end
          local.get 1
          local.get 0
          i32.eq
          br_if 1 (;@1;)
          local.get 1
          local.get 0
          call $"wasi-shim: invalid utf8"
          local.set 1
          drop
          br 0 (;@2;)
        end
      end
    )
    (func $"wasi-shim: invalid utf8" (;10;) (type 6) (param i32 i32) (result i32 i32)
      (local i32 i32 i32 i32)
      local.get 0
      i32.load8_u
      local.set 2
      local.get 0
      i32.const 1
      i32.add
      local.set 0
      local.get 2
      i32.const 128
      i32.ge_u
      if ;; label = @1
        local.get 2
        i32.const 24
        i32.shl
        i32.const -1
        i32.xor
        i32.clz
        i32.const 1
        i32.sub
        local.tee 3
        local.set 4
        local.get 4
        i32.const 1
        i32.sub
        i32.const 3
        i32.ge_u
        local.get 4
        local.get 1
        local.get 0
        i32.sub
        i32.gt_u
        i32.or
        if ;; label = @2
          unreachable
        end
        local.get 2
        i32.const 63
        local.get 3
        i32.shr_u
        i32.and
        local.set 2
        loop ;; label = @2
          local.get 0
          i32.load8_u
          local.tee 5
          i32.const 192
          i32.and
          i32.const 128
          i32.ne
          if ;; label = @3
            unreachable
          end
          local.get 2
          i32.const 6
          i32.shl
          local.get 5
          i32.const 63
          i32.and
          i32.or
          local.set 2
          local.get 0
          i32.const 1
          i32.add
          local.set 0
          local.get 4
          i32.const 1
          i32.sub
          local.tee 4
          br_if 0 (;@2;)
        end
        local.get 2
        i32.const 1
        i32.const 1051399
        local.get 3
        i32.const 1
        i32.sub
        i32.const 3
        i32.shl
        i32.shr_u
        i32.shl
        i32.lt_u
        if ;; label = @2
          unreachable
        end
        local.get 2
        call $"wasi-shim: invalid char"
      end
      local.get 2
      local.get 0
    )
    (func $"wasi-shim: invalid char" (;11;) (type 7) (param i32)
      local.get 0
      i32.const 1114112
      i32.ge_u
      local.get 0
      i32.const -2048
      i32.and
      i32.const 55296
      i32.eq
      i32.or
      if ;; label = @1
        unreachable
      end
    )
    (func $"wasi-shim: task.return" (;12;) (type 1) (param i32 i32 i32 i64 i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      local.get 4
      local.get 5
      local.get 6
      local.get 7
      call $wasi-shim:p3-on-p2/serve#respond
      i32.const 1
      local.get 0
      i64.extend_i32_u
      call 3
    )
  )
  (core instance (;5;)
    (export "0" (func 50))
    (export "1" (func 49))
    (export "2" (func 48))
    (export "3" (func 44))
    (export "m" (memory 1))
    (export "m1" (memory 0))
  )
  (core instance (;6;) (instantiate 4
      (with "" (instance 5))
    )
  )
  (alias core export 6 "8" (core func $return (;54;)))
  (core instance (;7;)
    (export "return" (func $return))
  )
  (core instance $main (;8;) (instantiate $main
      (with "" (instance 7))
    )
  )
  (alias core export $main "handle" (core func (;55;)))
  (alias core export $main "callback" (core func (;56;)))
  (type (;25;) (own 23))
  (type (;26;) (own 24))
  (type (;27;) (func (param "request" 25) (param "response-out" 26)))
  (core module (;5;)
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
  (core instance (;9;)
    (export "0" (func 55))
    (export "1" (func 47))
    (export "2" (func 53))
    (export "3" (func 43))
    (export "4" (func 42))
    (export "5" (func 45))
    (export "6" (func 56))
    (export "7" (func 51))
    (export "8" (func 52))
    (export "9" (func 46))
  )
  (core instance (;10;) (instantiate 5
      (with "" (instance 9))
    )
  )
  (alias core export 10 "1" (core func (;57;)))
  (func (;28;) (type 27) (canon lift (core func 57)))
  (instance (;4;)
    (export "incoming-request" (type 23))
    (export "response-outparam" (type 24))
    (export "handle" (func 28))
  )
  (type (;28;)
    (instance
      (alias outer 1 23 (type (;0;)))
      (export (;1;) "incoming-request" (type (eq 0)))
      (alias outer 1 24 (type (;2;)))
      (export (;3;) "response-outparam" (type (eq 2)))
      (type (;4;) (own 1))
      (type (;5;) (own 3))
      (type (;6;) (func (param "request" 4) (param "response-out" 5)))
      (export (;0;) "handle" (func (type 6)))
    )
  )
  (export (;5;) "wasi:http/incoming-handler@0.2.0" (instance 4) (instance (type 28)))
)
