//! How each function of WASI 0.2 is done on a host of 0.3.

use super::{Table, table};

pub(super) const WASI02: Table = table! { Wasi02
    "wasi:io/error" on "" {
        "[method]error.to-debug-string" => []: "the text that the host gave with the error, else the name of its code";
    }

    "wasi:io/poll" on "" {
        "[method]pollable.ready" => []: "checks the events that have come, and yields to the host before it answers `false`";
        "[method]pollable.block" => []: "`poll` on this pollable alone";
        "poll" => []: "starts what the pollables need, then waits on one waitable set of the component model until a pollable is ready";
    }

    "wasi:io/streams" on "" {
        "[method]input-stream.read" => []: "returns the bytes that a read of the 0.3 stream has brought, or begins a read";
        "[method]input-stream.blocking-read" => []: "reads the 0.3 stream, and waits for a byte or the end";
        "[method]input-stream.skip" => []: "`read`, and discards the bytes";
        "[method]input-stream.blocking-skip" => []: "`blocking-read`, and discards the bytes";
        "[method]input-stream.subscribe" => []: "ready when there are bytes, or the stream has ended; checking begins a read";
        "[method]output-stream.check-write" => []: "64 KiB (bodies: 1 MiB) when the host has taken the last write, else 0";
        "[method]output-stream.write" => []: "begins a write of the 0.3 stream; the adapter keeps the bytes that the host does not take at once";
        "[method]output-stream.blocking-write-and-flush" => []: "writes, and waits until the host has taken all bytes";
        "[method]output-stream.flush" => []: "does nothing: every write is in progress already";
        "[method]output-stream.blocking-flush" => []: "waits until the host has taken all bytes";
        "[method]output-stream.subscribe" => []: "ready when the host has taken the last write, or the stream has ended";
        "[method]output-stream.write-zeroes" => []: "`write` of zeroes";
        "[method]output-stream.blocking-write-zeroes-and-flush" => []: "`blocking-write-and-flush` of zeroes";
        "[method]output-stream.splice" => []: "writes the bytes that `read` would return";
        "[method]output-stream.blocking-splice" => []: "waits for both streams, then splices";
    }

    "wasi:clocks/monotonic-clock" on "wasi:clocks/monotonic-clock" {
        "now" => ["now"]: "";
        "resolution" => ["get-resolution"]: "";
        "subscribe-instant" => ["now", "wait-until"]: "keeps the deadline; `poll` calls `wait-until` for the earliest one";
        "subscribe-duration" => ["now", "wait-until"]: "keeps the deadline, counted from now; `poll` calls `wait-until` for the earliest one";
    }

    "wasi:clocks/wall-clock" on "wasi:clocks/system-clock" {
        "now" => ["now"]: "a clock before 1970 is at 0";
        "resolution" => ["get-resolution"]: "converts nanoseconds to seconds and nanoseconds";
    }

    "wasi:clocks/timezone" on "" {
        "display" => []: "UTC: hosts of 0.3 have no timezones";
        "utc-offset" => []: "0, which is UTC";
    }

    "wasi:random/random" on "wasi:random/random" {
        "get-random-bytes" => ["get-random-bytes"]: "called again until there are as many bytes as asked for";
        "get-random-u64" => ["get-random-u64"]: "";
    }

    "wasi:random/insecure" on "wasi:random/insecure" {
        "get-insecure-random-bytes" => ["get-insecure-random-bytes"]: "called again until there are as many bytes as asked for";
        "get-insecure-random-u64" => ["get-insecure-random-u64"]: "";
    }

    "wasi:random/insecure-seed" on "wasi:random/insecure-seed" {
        "insecure-seed" => ["get-insecure-seed"]: "";
    }

    "wasi:cli/environment" on "wasi:cli/environment" {
        "get-environment" => ["get-environment"]: "";
        "get-arguments" => ["get-arguments"]: "";
        "initial-cwd" => ["get-initial-cwd"]: "";
    }

    "wasi:cli/exit" on "wasi:cli/exit" {
        "exit" => ["exit"]: "waits until all output is written";
        "exit-with-code" => ["exit-with-code"]: "waits until all output is written";
    }

    "wasi:cli/run" on "wasi:cli/run" {
        "run" => ["run"]: "an export: becomes `async`, and returns when all output is written";
    }

    "wasi:cli/stdin" on "wasi:cli/stdin" {
        "get-stdin" => ["read-via-stream"]: "called once, by the first read; all handles share the stream";
    }

    "wasi:cli/stdout" on "wasi:cli/stdout" {
        "get-stdout" => ["write-via-stream"]: "called once; all handles share the stream, which stays open to the end";
    }

    "wasi:cli/stderr" on "wasi:cli/stderr" {
        "get-stderr" => ["write-via-stream"]: "called once; all handles share the stream, which stays open to the end";
    }

    "wasi:cli/terminal-stdin" on "wasi:cli/terminal-stdin" {
        "get-terminal-stdin" => ["get-terminal-stdin"]: "";
    }

    "wasi:cli/terminal-stdout" on "wasi:cli/terminal-stdout" {
        "get-terminal-stdout" => ["get-terminal-stdout"]: "";
    }

    "wasi:cli/terminal-stderr" on "wasi:cli/terminal-stderr" {
        "get-terminal-stderr" => ["get-terminal-stderr"]: "";
    }

    "wasi:filesystem/preopens" on "wasi:filesystem/preopens" {
        "get-directories" => ["get-directories"]: "";
    }

    "wasi:filesystem/types" on "wasi:filesystem/types" {
        "[method]descriptor.read-via-stream" => ["[method]descriptor.read-via-stream"]:
            "a directory is refused at once; other errors come with the first read";
        "[method]descriptor.write-via-stream" => ["[method]descriptor.write-via-stream"]:
            "a directory is refused at once; other errors come with a write or flush";
        "[method]descriptor.append-via-stream" => ["[method]descriptor.append-via-stream"]:
            "a directory is refused at once; other errors come with a write or flush";
        "[method]descriptor.advise" => ["[method]descriptor.advise"]: "";
        "[method]descriptor.sync-data" => ["[method]descriptor.sync-data"]: "";
        "[method]descriptor.get-flags" => ["[method]descriptor.get-flags"]: "";
        "[method]descriptor.get-type" => ["[method]descriptor.get-type"]: "asks the host once for each descriptor, and keeps the answer";
        "[method]descriptor.set-size" => ["[method]descriptor.set-size"]: "";
        "[method]descriptor.set-times" => ["[method]descriptor.set-times"]: "a time that does not fit is `overflow`";
        "[method]descriptor.read" => ["[method]descriptor.read-via-stream"]:
            "opens a stream at the offset, which stays open for a read that continues where this one ends";
        "[method]descriptor.write" => ["[method]descriptor.write-via-stream"]:
            "opens a stream at the offset, which stays open for a write that continues where this one ends";
        "[method]descriptor.read-directory" => ["[method]descriptor.read-directory"]:
            "reads the first entries, so that it can report an error at once";
        "[method]descriptor.sync" => ["[method]descriptor.sync"]: "";
        "[method]descriptor.create-directory-at" => ["[method]descriptor.create-directory-at"]: "";
        "[method]descriptor.stat" => ["[method]descriptor.stat"]: "times before 1970 are absent";
        "[method]descriptor.stat-at" => ["[method]descriptor.stat-at"]: "times before 1970 are absent";
        "[method]descriptor.set-times-at" => ["[method]descriptor.set-times-at"]: "a time that does not fit is `overflow`";
        "[method]descriptor.link-at" => ["[method]descriptor.link-at"]: "";
        "[method]descriptor.open-at" => ["[method]descriptor.open-at", "[method]descriptor.get-type"]:
            "also asks for the type of the file, and keeps it";
        "[method]descriptor.readlink-at" => ["[method]descriptor.readlink-at"]: "";
        "[method]descriptor.remove-directory-at" => ["[method]descriptor.remove-directory-at"]: "";
        "[method]descriptor.rename-at" => ["[method]descriptor.rename-at"]: "";
        "[method]descriptor.symlink-at" => ["[method]descriptor.symlink-at"]: "";
        "[method]descriptor.unlink-file-at" => ["[method]descriptor.unlink-file-at"]: "";
        "[method]descriptor.is-same-object" => ["[method]descriptor.is-same-object"]: "";
        "[method]descriptor.metadata-hash" => ["[method]descriptor.metadata-hash"]: "";
        "[method]descriptor.metadata-hash-at" => ["[method]descriptor.metadata-hash-at"]: "";
        "[method]directory-entry-stream.read-directory-entry" => []: "reads the stream of entries, up to 64 at a time";
        "filesystem-error-code" => []: "returns the code that the adapter keeps with the error";
    }

    "wasi:sockets/instance-network" on "" {
        "instance-network" => []: "returns a token: 0.3 has only the network that the host allows";
    }

    "wasi:sockets/network" on "" {
        "network-error-code" => []: "returns the code that the adapter keeps with the error";
    }

    "wasi:sockets/ip-name-lookup" on "wasi:sockets/ip-name-lookup" {
        "resolve-addresses" => ["resolve-addresses"]: "begins the call";
        "[method]resolve-address-stream.resolve-next-address" => []: "`would-block` until the call has returned, then one address after another";
        "[method]resolve-address-stream.subscribe" => []: "ready when the call has returned";
    }

    "wasi:sockets/tcp-create-socket" on "wasi:sockets/types" {
        "create-tcp-socket" => ["[static]tcp-socket.create"]: "";
    }

    "wasi:sockets/tcp" on "wasi:sockets/types" {
        "[method]tcp-socket.start-bind" => ["[method]tcp-socket.bind"]: "binds at once; first, sockets that were dropped release their ports";
        "[method]tcp-socket.finish-bind" => []: "reports that it is done";
        "[method]tcp-socket.start-connect" => ["[method]tcp-socket.connect"]: "begins the call, and reports errors of the address or the state";
        "[method]tcp-socket.finish-connect" => ["[method]tcp-socket.receive", "[method]tcp-socket.send"]:
            "`would-block` until `connect` has returned, then opens both streams";
        "[method]tcp-socket.start-listen" => ["[method]tcp-socket.get-local-address", "[method]tcp-socket.listen"]:
            "listens at once, if the socket is bound";
        "[method]tcp-socket.finish-listen" => []: "reports that it is done";
        "[method]tcp-socket.accept" => ["[method]tcp-socket.receive", "[method]tcp-socket.send"]:
            "takes a socket from the stream that `listen` returned, and opens both its streams";
        "[method]tcp-socket.local-address" => ["[method]tcp-socket.get-local-address"]: "";
        "[method]tcp-socket.remote-address" => ["[method]tcp-socket.get-remote-address"]: "";
        "[method]tcp-socket.is-listening" => ["[method]tcp-socket.get-is-listening"]: "";
        "[method]tcp-socket.address-family" => ["[method]tcp-socket.get-address-family"]: "";
        "[method]tcp-socket.set-listen-backlog-size" => ["[method]tcp-socket.set-listen-backlog-size"]: "";
        "[method]tcp-socket.keep-alive-enabled" => ["[method]tcp-socket.get-keep-alive-enabled"]: "";
        "[method]tcp-socket.set-keep-alive-enabled" => ["[method]tcp-socket.set-keep-alive-enabled"]: "";
        "[method]tcp-socket.keep-alive-idle-time" => ["[method]tcp-socket.get-keep-alive-idle-time"]: "";
        "[method]tcp-socket.set-keep-alive-idle-time" => ["[method]tcp-socket.set-keep-alive-idle-time"]: "";
        "[method]tcp-socket.keep-alive-interval" => ["[method]tcp-socket.get-keep-alive-interval"]: "";
        "[method]tcp-socket.set-keep-alive-interval" => ["[method]tcp-socket.set-keep-alive-interval"]: "";
        "[method]tcp-socket.keep-alive-count" => ["[method]tcp-socket.get-keep-alive-count"]: "";
        "[method]tcp-socket.set-keep-alive-count" => ["[method]tcp-socket.set-keep-alive-count"]: "";
        "[method]tcp-socket.hop-limit" => ["[method]tcp-socket.get-hop-limit"]: "";
        "[method]tcp-socket.set-hop-limit" => ["[method]tcp-socket.set-hop-limit"]: "";
        "[method]tcp-socket.receive-buffer-size" => ["[method]tcp-socket.get-receive-buffer-size"]: "";
        "[method]tcp-socket.set-receive-buffer-size" => ["[method]tcp-socket.set-receive-buffer-size"]: "";
        "[method]tcp-socket.send-buffer-size" => ["[method]tcp-socket.get-send-buffer-size"]: "";
        "[method]tcp-socket.set-send-buffer-size" => ["[method]tcp-socket.set-send-buffer-size"]: "";
        "[method]tcp-socket.subscribe" => []: "ready when `connect` has returned, or when a connection can be accepted; otherwise at once";
        "[method]tcp-socket.shutdown" => []: "ends the stream that `receive` returned, or the one that `send` took";
    }

    "wasi:sockets/udp-create-socket" on "wasi:sockets/types" {
        "create-udp-socket" => ["[static]udp-socket.create"]: "";
    }

    "wasi:sockets/udp" on "wasi:sockets/types" {
        "[method]udp-socket.start-bind" => ["[method]udp-socket.bind"]: "binds at once; first, sockets that were dropped release their ports";
        "[method]udp-socket.finish-bind" => []: "reports that it is done";
        "[method]udp-socket.stream" => ["[method]udp-socket.connect", "[method]udp-socket.disconnect"]:
            "connects to the peer, or disconnects from the former one; the socket must be bound";
        "[method]udp-socket.local-address" => ["[method]udp-socket.get-local-address"]: "";
        "[method]udp-socket.remote-address" => ["[method]udp-socket.get-remote-address"]: "";
        "[method]udp-socket.address-family" => ["[method]udp-socket.get-address-family"]: "";
        "[method]udp-socket.unicast-hop-limit" => ["[method]udp-socket.get-unicast-hop-limit"]: "";
        "[method]udp-socket.set-unicast-hop-limit" => ["[method]udp-socket.set-unicast-hop-limit"]: "";
        "[method]udp-socket.receive-buffer-size" => ["[method]udp-socket.get-receive-buffer-size"]: "";
        "[method]udp-socket.set-receive-buffer-size" => ["[method]udp-socket.set-receive-buffer-size"]: "";
        "[method]udp-socket.send-buffer-size" => ["[method]udp-socket.get-send-buffer-size"]: "";
        "[method]udp-socket.set-send-buffer-size" => ["[method]udp-socket.set-send-buffer-size"]: "";
        "[method]udp-socket.subscribe" => []: "always ready";
        "[method]incoming-datagram-stream.receive" => ["[method]udp-socket.receive"]: "returns the datagrams that come at once; one call stays in progress";
        "[method]incoming-datagram-stream.subscribe" => ["[method]udp-socket.receive"]: "ready when there is a datagram or an error";
        "[method]outgoing-datagram-stream.check-send" => []: "0 while a call of `send` is in progress, else the number of datagrams that `send` takes";
        "[method]outgoing-datagram-stream.send" => ["[method]udp-socket.send"]:
            "one call for each datagram; a datagram whose call is in progress counts as sent";
        "[method]outgoing-datagram-stream.subscribe" => []: "ready when no call of `send` is in progress";
    }

    "wasi:http/types" on "wasi:http/types" {
        "http-error-code" => []: "returns the code that the adapter keeps with the error";
        "[constructor]fields" => ["[constructor]fields"]: "";
        "[static]fields.from-list" => ["[static]fields.from-list"]: "";
        "[method]fields.get" => ["[method]fields.get"]: "";
        "[method]fields.has" => ["[method]fields.has"]: "";
        "[method]fields.set" => ["[method]fields.set"]: "errors that 0.2 does not know are `forbidden`";
        "[method]fields.delete" => ["[method]fields.delete"]: "errors that 0.2 does not know are `forbidden`";
        "[method]fields.append" => ["[method]fields.append"]: "errors that 0.2 does not know are `forbidden`";
        "[method]fields.entries" => ["[method]fields.copy-all"]: "";
        "[method]fields.clone" => ["[method]fields.clone"]: "";
        "[method]incoming-request.method" => ["[method]request.get-method"]: "";
        "[method]incoming-request.path-with-query" => ["[method]request.get-path-with-query"]: "";
        "[method]incoming-request.scheme" => ["[method]request.get-scheme"]: "HTTP if the host does not tell";
        "[method]incoming-request.authority" => ["[method]request.get-authority"]:
            "the `host` header, else `localhost`, if the host does not tell";
        "[method]incoming-request.headers" => ["[method]request.get-headers"]: "";
        "[method]incoming-request.consume" => ["[static]request.consume-body"]: "returns the body, whose first read calls `consume-body`";
        "[constructor]outgoing-request" => []: "makes a record; sending it makes the request of 0.3";
        "[method]outgoing-request.body" => []: "makes the body, which becomes the contents and trailers of the request of 0.3";
        "[method]outgoing-request.method" => []: "returns the value that was set";
        "[method]outgoing-request.set-method" => ["[method]request.set-method"]: "asks the host whether the value is valid, with a request that is never sent";
        "[method]outgoing-request.path-with-query" => []: "returns the value that was set";
        "[method]outgoing-request.set-path-with-query" => ["[method]request.set-path-with-query"]: "asks the host whether the value is valid, with a request that is never sent";
        "[method]outgoing-request.scheme" => []: "returns the value that was set";
        "[method]outgoing-request.set-scheme" => ["[method]request.set-scheme"]: "asks the host whether the value is valid, with a request that is never sent";
        "[method]outgoing-request.authority" => []: "returns the value that was set";
        "[method]outgoing-request.set-authority" => ["[method]request.set-authority"]: "asks the host whether the value is valid, with a request that is never sent";
        "[method]outgoing-request.headers" => ["[method]fields.clone"]: "an immutable copy";
        "[constructor]request-options" => ["[constructor]request-options"]: "";
        "[method]request-options.connect-timeout" => ["[method]request-options.get-connect-timeout"]: "";
        "[method]request-options.set-connect-timeout" => ["[method]request-options.set-connect-timeout"]: "0.2 has no reasons for a refusal";
        "[method]request-options.first-byte-timeout" => ["[method]request-options.get-first-byte-timeout"]: "";
        "[method]request-options.set-first-byte-timeout" => ["[method]request-options.set-first-byte-timeout"]: "0.2 has no reasons for a refusal";
        "[method]request-options.between-bytes-timeout" => ["[method]request-options.get-between-bytes-timeout"]: "";
        "[method]request-options.set-between-bytes-timeout" => ["[method]request-options.set-between-bytes-timeout"]: "0.2 has no reasons for a refusal";
        "[method]response-outparam.send-informational" => []: "fails: the host cannot send them";
        "[static]response-outparam.set" => []: "makes the response of 0.3, which the exported handler returns at this moment";
        "[method]incoming-response.status" => ["[method]response.get-status-code"]: "";
        "[method]incoming-response.headers" => ["[method]response.get-headers"]: "";
        "[method]incoming-response.consume" => ["[static]response.consume-body"]: "returns the body, whose first read calls `consume-body`";
        "[method]incoming-body.stream" => []: "returns the stream of the body";
        "[static]incoming-body.finish" => []: "returns the future of the trailers; asking for them reads the rest of the body";
        "[method]future-trailers.subscribe" => []: "ready when the trailers are known";
        "[method]future-trailers.get" => []: "returns the value of the 0.3 future of the trailers";
        "[constructor]outgoing-response" => []: "makes a record; sending it makes the response of 0.3";
        "[method]outgoing-response.status-code" => []: "returns the value that was set";
        "[method]outgoing-response.set-status-code" => []: "takes 100 to 999; a status that the host refuses later becomes a 500 without body";
        "[method]outgoing-response.headers" => ["[method]fields.clone"]: "an immutable copy";
        "[method]outgoing-response.body" => []: "makes the body, which becomes the contents and trailers of the response of 0.3";
        "[method]outgoing-body.write" => []: "returns the writable end of the contents";
        "[static]outgoing-body.finish" => []: "counts the bytes, ends the contents, then writes the trailers";
        "[method]future-incoming-response.subscribe" => []: "ready when `send` has returned";
        "[method]future-incoming-response.get" => []: "returns the result of `send`";
    }

    "wasi:http/outgoing-handler" on "wasi:http/client" {
        "handle" => ["wasi:http/types#[static]request.new", "send"]: "makes the request of 0.3 and begins the call";
    }

    "wasi:http/incoming-handler" on "wasi:http/handler" {
        "handle" => ["handle"]: "an export: becomes `async`, returns at `response-outparam.set`, and continues until the body is written";
    }
};
