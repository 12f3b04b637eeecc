//! How each function of WASI 0.2 is done on a host of 0.3.

use super::{Table, table};

pub(super) const WASI02: Table = table! { Wasi02
    "wasi:io/error" on "" {
        "[method]error.to-debug-string" => []: "the name of the error's code, and what the host says of it";
    }

    "wasi:io/poll" on "" {
        "[method]pollable.ready" => []: "looks at the events that have come; before each `false` the host may go on";
        "[method]pollable.block" => []: "as `poll` of this one";
        "poll" => []: "begins what the pollables need, then waits on one waitable set of the component model until one is ready";
    }

    "wasi:io/streams" on "" {
        "[method]input-stream.read" => []: "takes what a read of the stream of 0.3 has brought, or begins one";
        "[method]input-stream.blocking-read" => []: "reads the stream of 0.3, and waits for a byte or the end";
        "[method]input-stream.skip" => []: "as `read`, and forgets the bytes";
        "[method]input-stream.blocking-skip" => []: "as `blocking-read`, and forgets the bytes";
        "[method]input-stream.subscribe" => []: "ready when bytes or the end are there; asking begins a read";
        "[method]output-stream.check-write" => []: "64 KiB (bodies: 1 MiB) when the last write is taken, else 0";
        "[method]output-stream.write" => []: "begins a write of the stream of 0.3; what it does not take at once stays with the adapter";
        "[method]output-stream.blocking-write-and-flush" => []: "writes, and waits until the host has taken all bytes";
        "[method]output-stream.flush" => []: "nothing is left to do: every write is under way already";
        "[method]output-stream.blocking-flush" => []: "waits until the host has taken all bytes";
        "[method]output-stream.subscribe" => []: "ready when the last write is taken, or the stream has ended";
        "[method]output-stream.write-zeroes" => []: "as `write`";
        "[method]output-stream.blocking-write-zeroes-and-flush" => []: "as `blocking-write-and-flush`";
        "[method]output-stream.splice" => []: "takes what `read` would give and writes it";
        "[method]output-stream.blocking-splice" => []: "waits for both streams, then as `splice`";
    }

    "wasi:clocks/monotonic-clock" on "wasi:clocks/monotonic-clock" {
        "now" => ["now"]: "";
        "resolution" => ["get-resolution"]: "";
        "subscribe-instant" => ["now", "wait-until"]: "remembers the time; `poll` waits for the earliest with `wait-until`";
        "subscribe-duration" => ["now", "wait-until"]: "the same, counted from now";
    }

    "wasi:clocks/wall-clock" on "wasi:clocks/system-clock" {
        "now" => ["now"]: "a clock before 1970 is at 0";
        "resolution" => ["get-resolution"]: "nanoseconds become seconds and nanoseconds";
    }

    "wasi:clocks/timezone" on "" {
        "display" => []: "UTC: hosts of 0.3 have no timezones";
        "utc-offset" => []: "0, which is UTC";
    }

    "wasi:random/random" on "wasi:random/random" {
        "get-random-bytes" => ["get-random-bytes"]: "called again until there are as many as asked for";
        "get-random-u64" => ["get-random-u64"]: "";
    }

    "wasi:random/insecure" on "wasi:random/insecure" {
        "get-insecure-random-bytes" => ["get-insecure-random-bytes"]: "called again until there are as many as asked for";
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
        "exit" => ["exit"]: "waits until everything written is out";
        "exit-with-code" => ["exit-with-code"]: "waits until everything written is out";
    }

    "wasi:cli/run" on "wasi:cli/run" {
        "run" => ["run"]: "an export: becomes `async`, and returns when everything written is out";
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
        "[method]descriptor.get-type" => ["[method]descriptor.get-type"]: "asked once for each descriptor, then remembered";
        "[method]descriptor.set-size" => ["[method]descriptor.set-size"]: "";
        "[method]descriptor.set-times" => ["[method]descriptor.set-times"]: "a time that does not fit is `overflow`";
        "[method]descriptor.read" => ["[method]descriptor.read-via-stream"]:
            "a stream from there; it stays open for a next read that goes on where this one ends";
        "[method]descriptor.write" => ["[method]descriptor.write-via-stream"]:
            "a stream to there; it stays open for a next write that goes on where this one ends";
        "[method]descriptor.read-directory" => ["[method]descriptor.read-directory"]:
            "reads the first entries, so that an error is told at once";
        "[method]descriptor.sync" => ["[method]descriptor.sync"]: "";
        "[method]descriptor.create-directory-at" => ["[method]descriptor.create-directory-at"]: "";
        "[method]descriptor.stat" => ["[method]descriptor.stat"]: "times before 1970 are left out";
        "[method]descriptor.stat-at" => ["[method]descriptor.stat-at"]: "times before 1970 are left out";
        "[method]descriptor.set-times-at" => ["[method]descriptor.set-times-at"]: "a time that does not fit is `overflow`";
        "[method]descriptor.link-at" => ["[method]descriptor.link-at"]: "";
        "[method]descriptor.open-at" => ["[method]descriptor.open-at", "[method]descriptor.get-type"]:
            "asks what was opened, too, and remembers it";
        "[method]descriptor.readlink-at" => ["[method]descriptor.readlink-at"]: "";
        "[method]descriptor.remove-directory-at" => ["[method]descriptor.remove-directory-at"]: "";
        "[method]descriptor.rename-at" => ["[method]descriptor.rename-at"]: "";
        "[method]descriptor.symlink-at" => ["[method]descriptor.symlink-at"]: "";
        "[method]descriptor.unlink-file-at" => ["[method]descriptor.unlink-file-at"]: "";
        "[method]descriptor.is-same-object" => ["[method]descriptor.is-same-object"]: "";
        "[method]descriptor.metadata-hash" => ["[method]descriptor.metadata-hash"]: "";
        "[method]descriptor.metadata-hash-at" => ["[method]descriptor.metadata-hash-at"]: "";
        "[method]directory-entry-stream.read-directory-entry" => []: "reads the stream of entries, several at a time";
        "filesystem-error-code" => []: "the code that the adapter keeps with the error";
    }

    "wasi:sockets/instance-network" on "" {
        "instance-network" => []: "a token: 0.3 has only the one network that the host allows";
    }

    "wasi:sockets/network" on "" {
        "network-error-code" => []: "the code that the adapter keeps with the error";
    }

    "wasi:sockets/ip-name-lookup" on "wasi:sockets/ip-name-lookup" {
        "resolve-addresses" => ["resolve-addresses"]: "begins the call";
        "[method]resolve-address-stream.resolve-next-address" => []: "`would-block` until the call has returned, then one address after the other";
        "[method]resolve-address-stream.subscribe" => []: "ready when the call has returned";
    }

    "wasi:sockets/tcp-create-socket" on "wasi:sockets/types" {
        "create-tcp-socket" => ["[static]tcp-socket.create"]: "";
    }

    "wasi:sockets/tcp" on "wasi:sockets/types" {
        "[method]tcp-socket.start-bind" => ["[method]tcp-socket.bind"]: "does it; sockets that are on their way out let go of their ports before";
        "[method]tcp-socket.finish-bind" => []: "says that it is done";
        "[method]tcp-socket.start-connect" => ["[method]tcp-socket.connect"]: "begins the call; tells what is wrong with the address or the state";
        "[method]tcp-socket.finish-connect" => ["[method]tcp-socket.receive", "[method]tcp-socket.send"]:
            "`would-block` until `connect` has returned, then opens both streams";
        "[method]tcp-socket.start-listen" => ["[method]tcp-socket.get-local-address", "[method]tcp-socket.listen"]:
            "does it, if the socket is bound";
        "[method]tcp-socket.finish-listen" => []: "says that it is done";
        "[method]tcp-socket.accept" => ["[method]tcp-socket.receive", "[method]tcp-socket.send"]:
            "takes a socket from the stream that `listen` gave, and opens both its streams";
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
        "[method]tcp-socket.subscribe" => []: "ready when `connect` has returned, when a connection is there to be accepted, else at once";
        "[method]tcp-socket.shutdown" => []: "ends the stream that `receive` gave, or the one that `send` took";
    }

    "wasi:sockets/udp-create-socket" on "wasi:sockets/types" {
        "create-udp-socket" => ["[static]udp-socket.create"]: "";
    }

    "wasi:sockets/udp" on "wasi:sockets/types" {
        "[method]udp-socket.start-bind" => ["[method]udp-socket.bind"]: "does it; sockets that are on their way out let go of their ports before";
        "[method]udp-socket.finish-bind" => []: "says that it is done";
        "[method]udp-socket.stream" => ["[method]udp-socket.connect", "[method]udp-socket.disconnect"]:
            "connects to the peer, or disconnects from the one there was; only a bound socket";
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
        "[method]incoming-datagram-stream.receive" => ["[method]udp-socket.receive"]: "as many datagrams as come at once; one call is kept under way";
        "[method]incoming-datagram-stream.subscribe" => ["[method]udp-socket.receive"]: "ready when a datagram or an error is there";
        "[method]outgoing-datagram-stream.check-send" => []: "0 while a call of `send` is under way, else how many datagrams it takes";
        "[method]outgoing-datagram-stream.send" => ["[method]udp-socket.send"]:
            "one call for each datagram; one that is still under way counts as sent";
        "[method]outgoing-datagram-stream.subscribe" => []: "ready when no call of `send` is under way";
    }

    "wasi:http/types" on "wasi:http/types" {
        "http-error-code" => []: "the code that the adapter keeps with the error";
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
            "that of the header `host`, else `localhost`, if the host does not tell";
        "[method]incoming-request.headers" => ["[method]request.get-headers"]: "";
        "[method]incoming-request.consume" => ["[static]request.consume-body"]: "gives the body; `consume-body` is called by the first read of it";
        "[constructor]outgoing-request" => []: "a record; the request of 0.3 is made when it is sent";
        "[method]outgoing-request.body" => []: "makes the body, which becomes contents and trailers of the request of 0.3";
        "[method]outgoing-request.method" => []: "what was set";
        "[method]outgoing-request.set-method" => ["[method]request.set-method"]: "asks the host whether it is valid, with a request that is never sent";
        "[method]outgoing-request.path-with-query" => []: "what was set";
        "[method]outgoing-request.set-path-with-query" => ["[method]request.set-path-with-query"]: "asks the host whether it is valid, likewise";
        "[method]outgoing-request.scheme" => []: "what was set";
        "[method]outgoing-request.set-scheme" => ["[method]request.set-scheme"]: "asks the host whether it is valid, likewise";
        "[method]outgoing-request.authority" => []: "what was set";
        "[method]outgoing-request.set-authority" => ["[method]request.set-authority"]: "asks the host whether it is valid, likewise";
        "[method]outgoing-request.headers" => ["[method]fields.clone"]: "a copy to look at";
        "[constructor]request-options" => ["[constructor]request-options"]: "";
        "[method]request-options.connect-timeout" => ["[method]request-options.get-connect-timeout"]: "";
        "[method]request-options.set-connect-timeout" => ["[method]request-options.set-connect-timeout"]: "0.2 tells no reasons";
        "[method]request-options.first-byte-timeout" => ["[method]request-options.get-first-byte-timeout"]: "";
        "[method]request-options.set-first-byte-timeout" => ["[method]request-options.set-first-byte-timeout"]: "0.2 tells no reasons";
        "[method]request-options.between-bytes-timeout" => ["[method]request-options.get-between-bytes-timeout"]: "";
        "[method]request-options.set-between-bytes-timeout" => ["[method]request-options.set-between-bytes-timeout"]: "0.2 tells no reasons";
        "[method]response-outparam.send-informational" => []: "answers that the host cannot";
        "[static]response-outparam.set" => []: "makes the response of 0.3; the exported handler returns it at this moment";
        "[method]incoming-response.status" => ["[method]response.get-status-code"]: "";
        "[method]incoming-response.headers" => ["[method]response.get-headers"]: "";
        "[method]incoming-response.consume" => ["[static]response.consume-body"]: "gives the body; `consume-body` is called by the first read of it";
        "[method]incoming-body.stream" => []: "the stream of the body";
        "[static]incoming-body.finish" => []: "gives the future of the trailers; what is left of the body is read when they are asked for";
        "[method]future-trailers.subscribe" => []: "ready when the trailers are there";
        "[method]future-trailers.get" => []: "what the future of the trailers says";
        "[constructor]outgoing-response" => []: "a record; the response of 0.3 is made when it is sent";
        "[method]outgoing-response.status-code" => []: "what was set";
        "[method]outgoing-response.set-status-code" => []: "100 to 999; one that the host refuses later becomes a 500 without body";
        "[method]outgoing-response.headers" => ["[method]fields.clone"]: "a copy to look at";
        "[method]outgoing-response.body" => []: "makes the body, which becomes contents and trailers of the response of 0.3";
        "[method]outgoing-body.write" => []: "the writable end of the contents";
        "[static]outgoing-body.finish" => []: "counts the bytes, ends the contents, then writes the trailers";
        "[method]future-incoming-response.subscribe" => []: "ready when `send` has returned";
        "[method]future-incoming-response.get" => []: "what `send` has returned";
    }

    "wasi:http/outgoing-handler" on "wasi:http/client" {
        "handle" => ["wasi:http/types#[static]request.new", "send"]: "makes the request of 0.3 and begins the call";
    }

    "wasi:http/incoming-handler" on "wasi:http/handler" {
        "handle" => ["handle"]: "an export: becomes `async`, returns at `response-outparam.set`, and goes on until the body is out";
    }
};
