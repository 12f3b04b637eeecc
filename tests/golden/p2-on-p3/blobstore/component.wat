;; An interface of its own that uses a resource of 0.2, and one that does not.
(component
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "input-stream" (type $in (sub resource)))))
  (alias export $streams "input-stream" (type $in))
  (import "wasi:blobstore/container@0.2.0-draft" (instance
    (alias outer 1 $in (type $i0))
    (export "input-stream" (type $i (eq $i0)))
    (type $own (own $i))
    (type $g (func (result $own)))
    (export "get" (func (type $g)))))
  (import "example:app/log" (instance
    (type $l (func (param "text" string)))
    (export "log" (func (type $l)))))
  (import "wasi:http/types@0.2.0" (instance)))
