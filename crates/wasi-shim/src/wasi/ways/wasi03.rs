//! How each function of WASI 0.3 is done on a host of 0.2.

use super::{Table, table};

pub(super) const WASI03: Table = table! { Wasi03
    "wasi:clocks/monotonic-clock" on "wasi:clocks/monotonic-clock" {
        "now" => ["now"]: "";
        "get-resolution" => ["resolution"]: "";
        "wait-until" => ["now", "subscribe-instant"]: "starts a task that ends at that time; `poll` waits for the earliest deadline";
        "wait-for" => ["now", "subscribe-instant"]: "starts a task that ends after that time";
    }

    "wasi:clocks/system-clock" on "wasi:clocks/wall-clock" {
        "now" => ["now"]: "";
        "get-resolution" => ["resolution"]: "converts seconds and nanoseconds to nanoseconds";
    }

    "wasi:clocks/timezone" on "" {
        "iana-id" => []: "`none`: hosts of 0.2 need not have timezones";
        "utc-offset" => []: "`none`: the offset is not known";
        "to-debug-string" => []: "`UTC`";
    }

    "wasi:random/random" on "wasi:random/random" {
        "get-random-bytes" => ["get-random-bytes"]: "at most 64 KiB at a time";
        "get-random-u64" => ["get-random-u64"]: "";
    }

    "wasi:random/insecure" on "wasi:random/insecure" {
        "get-insecure-random-bytes" => ["get-insecure-random-bytes"]: "at most 64 KiB at a time";
        "get-insecure-random-u64" => ["get-insecure-random-u64"]: "";
    }

    "wasi:random/insecure-seed" on "wasi:random/insecure-seed" {
        "get-insecure-seed" => ["insecure-seed"]: "";
    }

    "wasi:cli/environment" on "wasi:cli/environment" {
        "get-environment" => ["get-environment"]: "";
        "get-arguments" => ["get-arguments"]: "";
        "get-initial-cwd" => ["initial-cwd"]: "";
    }

    "wasi:cli/exit" on "wasi:cli/exit" {
        "exit" => ["exit"]: "waits until all output is written";
        "exit-with-code" => ["exit-with-code"]: "waits until all output is written; before 0.2.12, `exit`";
    }

    "wasi:cli/run" on "wasi:cli/run" {
        "run" => ["run"]: "an export: a loop runs the program's task to its end, and waits with `poll` in between";
    }

    "wasi:cli/stdin" on "wasi:cli/stdin" {
        "read-via-stream" => ["get-stdin", "wasi:io/streams#[method]input-stream.read"]: "each read of the program reads the host's stream";
    }

    "wasi:cli/stdout" on "wasi:cli/stdout" {
        "write-via-stream" => ["get-stdout", "wasi:io/streams#[method]output-stream.write"]: "writes and flushes what the program writes";
    }

    "wasi:cli/stderr" on "wasi:cli/stderr" {
        "write-via-stream" => ["get-stderr", "wasi:io/streams#[method]output-stream.write"]: "writes and flushes what the program writes";
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
        "[method]descriptor.read-via-stream" => ["[method]descriptor.read-via-stream", "wasi:io/streams#[method]input-stream.read"]:
            "each read of the program reads the host's stream; the future reports an error";
        "[method]descriptor.write-via-stream" => ["[method]descriptor.write-via-stream", "wasi:io/streams#[method]output-stream.write"]:
            "writes and flushes what the program writes; the future reports an error";
        "[method]descriptor.append-via-stream" => ["[method]descriptor.append-via-stream", "wasi:io/streams#[method]output-stream.write"]:
            "writes and flushes what the program writes; the future reports an error";
        "[method]descriptor.advise" => ["[method]descriptor.advise"]: "";
        "[method]descriptor.sync-data" => ["[method]descriptor.sync-data"]: "";
        "[method]descriptor.get-flags" => ["[method]descriptor.get-flags"]: "";
        "[method]descriptor.get-type" => ["[method]descriptor.get-type"]: "";
        "[method]descriptor.set-size" => ["[method]descriptor.set-size"]: "";
        "[method]descriptor.set-times" => ["[method]descriptor.set-times"]: "a time before 1970 is `overflow`";
        "[method]descriptor.read-directory" => ["[method]descriptor.read-directory", "[method]directory-entry-stream.read-directory-entry"]:
            "each read of the program reads entries; the first error ends the stream";
        "[method]descriptor.sync" => ["[method]descriptor.sync"]: "";
        "[method]descriptor.create-directory-at" => ["[method]descriptor.create-directory-at"]: "";
        "[method]descriptor.stat" => ["[method]descriptor.stat"]: "";
        "[method]descriptor.stat-at" => ["[method]descriptor.stat-at"]: "";
        "[method]descriptor.set-times-at" => ["[method]descriptor.set-times-at"]: "a time before 1970 is `overflow`";
        "[method]descriptor.link-at" => ["[method]descriptor.link-at"]: "";
        "[method]descriptor.open-at" => ["[method]descriptor.open-at"]: "";
        "[method]descriptor.readlink-at" => ["[method]descriptor.readlink-at"]: "";
        "[method]descriptor.remove-directory-at" => ["[method]descriptor.remove-directory-at"]: "";
        "[method]descriptor.rename-at" => ["[method]descriptor.rename-at"]: "";
        "[method]descriptor.symlink-at" => ["[method]descriptor.symlink-at"]: "";
        "[method]descriptor.unlink-file-at" => ["[method]descriptor.unlink-file-at"]: "";
        "[method]descriptor.is-same-object" => ["[method]descriptor.is-same-object"]: "";
        "[method]descriptor.metadata-hash" => ["[method]descriptor.metadata-hash"]: "";
        "[method]descriptor.metadata-hash-at" => ["[method]descriptor.metadata-hash-at"]: "";
    }

    "wasi:sockets/ip-name-lookup" on "wasi:sockets/ip-name-lookup" {
        "resolve-addresses" => ["resolve-addresses", "[method]resolve-address-stream.resolve-next-address", "[method]resolve-address-stream.subscribe"]:
            "collects all addresses; if there are none, fails with `name-unresolvable`";
    }

    "wasi:sockets/types" on "wasi:sockets/tcp" {
        "[static]tcp-socket.create" => ["wasi:sockets/tcp-create-socket#create-tcp-socket"]: "";
        "[method]tcp-socket.bind" => ["[method]tcp-socket.start-bind", "[method]tcp-socket.finish-bind"]: "both calls are made at once";
        "[method]tcp-socket.connect" => ["[method]tcp-socket.start-connect", "[method]tcp-socket.finish-connect", "[method]tcp-socket.subscribe"]:
            "keeps both streams for `send` and `receive`";
        "[method]tcp-socket.listen" => ["[method]tcp-socket.start-listen", "[method]tcp-socket.finish-listen", "[method]tcp-socket.accept"]:
            "binds first if necessary; each read of the stream accepts a connection";
        "[method]tcp-socket.send" => ["wasi:io/streams#[method]output-stream.write", "[method]tcp-socket.shutdown"]:
            "writes and flushes what the program writes; at the end of its stream, shuts down sending";
        "[method]tcp-socket.receive" => ["wasi:io/streams#[method]input-stream.read", "[method]tcp-socket.shutdown"]:
            "each read of the program reads the host's stream; when the program stops reading, shuts down receiving";
        "[method]tcp-socket.get-local-address" => ["[method]tcp-socket.local-address"]: "";
        "[method]tcp-socket.get-remote-address" => ["[method]tcp-socket.remote-address"]: "";
        "[method]tcp-socket.get-is-listening" => ["[method]tcp-socket.is-listening"]: "";
        "[method]tcp-socket.get-address-family" => ["[method]tcp-socket.address-family"]: "";
        "[method]tcp-socket.set-listen-backlog-size" => ["[method]tcp-socket.set-listen-backlog-size"]: "";
        "[method]tcp-socket.get-keep-alive-enabled" => ["[method]tcp-socket.keep-alive-enabled"]: "";
        "[method]tcp-socket.set-keep-alive-enabled" => ["[method]tcp-socket.set-keep-alive-enabled"]: "";
        "[method]tcp-socket.get-keep-alive-idle-time" => ["[method]tcp-socket.keep-alive-idle-time"]: "";
        "[method]tcp-socket.set-keep-alive-idle-time" => ["[method]tcp-socket.set-keep-alive-idle-time"]: "";
        "[method]tcp-socket.get-keep-alive-interval" => ["[method]tcp-socket.keep-alive-interval"]: "";
        "[method]tcp-socket.set-keep-alive-interval" => ["[method]tcp-socket.set-keep-alive-interval"]: "";
        "[method]tcp-socket.get-keep-alive-count" => ["[method]tcp-socket.keep-alive-count"]: "";
        "[method]tcp-socket.set-keep-alive-count" => ["[method]tcp-socket.set-keep-alive-count"]: "";
        "[method]tcp-socket.get-hop-limit" => ["[method]tcp-socket.hop-limit"]: "";
        "[method]tcp-socket.set-hop-limit" => ["[method]tcp-socket.set-hop-limit"]: "";
        "[method]tcp-socket.get-receive-buffer-size" => ["[method]tcp-socket.receive-buffer-size"]: "";
        "[method]tcp-socket.set-receive-buffer-size" => ["[method]tcp-socket.set-receive-buffer-size"]: "";
        "[method]tcp-socket.get-send-buffer-size" => ["[method]tcp-socket.send-buffer-size"]: "";
        "[method]tcp-socket.set-send-buffer-size" => ["[method]tcp-socket.set-send-buffer-size"]: "";
    }

    "wasi:sockets/types" on "wasi:sockets/udp" {
        "[static]udp-socket.create" => ["wasi:sockets/udp-create-socket#create-udp-socket"]: "";
        "[method]udp-socket.bind" => ["[method]udp-socket.start-bind", "[method]udp-socket.finish-bind"]: "both calls are made at once";
        "[method]udp-socket.connect" => ["[method]udp-socket.stream"]: "binds first if necessary, then makes new streams for this peer";
        "[method]udp-socket.disconnect" => ["[method]udp-socket.stream"]: "makes new streams without a peer";
        "[method]udp-socket.send" => ["[method]outgoing-datagram-stream.check-send", "[method]outgoing-datagram-stream.send", "[method]outgoing-datagram-stream.subscribe"]:
            "binds first if necessary, then waits for the permit";
        "[method]udp-socket.receive" => ["[method]incoming-datagram-stream.receive", "[method]incoming-datagram-stream.subscribe"]:
            "receives one datagram; the socket must be bound";
        "[method]udp-socket.get-local-address" => ["[method]udp-socket.local-address"]: "";
        "[method]udp-socket.get-remote-address" => ["[method]udp-socket.remote-address"]: "";
        "[method]udp-socket.get-address-family" => ["[method]udp-socket.address-family"]: "";
        "[method]udp-socket.get-unicast-hop-limit" => ["[method]udp-socket.unicast-hop-limit"]: "";
        "[method]udp-socket.set-unicast-hop-limit" => ["[method]udp-socket.set-unicast-hop-limit"]: "";
        "[method]udp-socket.get-receive-buffer-size" => ["[method]udp-socket.receive-buffer-size"]: "";
        "[method]udp-socket.set-receive-buffer-size" => ["[method]udp-socket.set-receive-buffer-size"]: "";
        "[method]udp-socket.get-send-buffer-size" => ["[method]udp-socket.send-buffer-size"]: "";
        "[method]udp-socket.set-send-buffer-size" => ["[method]udp-socket.set-send-buffer-size"]: "";
    }

    "wasi:http/types" on "wasi:http/types" {
        "[constructor]fields" => ["[constructor]fields"]: "";
        "[static]fields.from-list" => ["[static]fields.from-list"]: "";
        "[method]fields.get" => ["[method]fields.get"]: "";
        "[method]fields.has" => ["[method]fields.has"]: "";
        "[method]fields.set" => ["[method]fields.set"]: "";
        "[method]fields.delete" => ["[method]fields.delete"]: "";
        "[method]fields.get-and-delete" => ["[method]fields.get", "[method]fields.delete"]: "`get`, then `delete`";
        "[method]fields.append" => ["[method]fields.append"]: "";
        "[method]fields.copy-all" => ["[method]fields.entries"]: "";
        "[method]fields.clone" => ["[method]fields.clone"]: "";
        "[static]request.new" => ["[constructor]outgoing-request"]: "keeps contents, trailers and options until the request is sent";
        "[method]request.get-method" => ["[method]incoming-request.method", "[method]outgoing-request.method"]: "asks whichever of the two the request is";
        "[method]request.set-method" => ["[method]outgoing-request.set-method"]: "an incoming request that is changed becomes an outgoing one with the same body";
        "[method]request.get-path-with-query" => ["[method]incoming-request.path-with-query", "[method]outgoing-request.path-with-query"]: "asks whichever of the two the message is";
        "[method]request.set-path-with-query" => ["[method]outgoing-request.set-path-with-query"]: "an incoming request that is changed becomes an outgoing one";
        "[method]request.get-scheme" => ["[method]incoming-request.scheme", "[method]outgoing-request.scheme"]: "asks whichever of the two the message is";
        "[method]request.set-scheme" => ["[method]outgoing-request.set-scheme"]: "an incoming request that is changed becomes an outgoing one";
        "[method]request.get-authority" => ["[method]incoming-request.authority", "[method]outgoing-request.authority"]: "asks whichever of the two the message is";
        "[method]request.set-authority" => ["[method]outgoing-request.set-authority"]: "an incoming request that is changed becomes an outgoing one; a port must be a number of 16 bits";
        "[method]request.get-options" => []: "returns an immutable view of the options that `new` was given; an incoming request has none";
        "[method]request.get-headers" => ["[method]incoming-request.headers", "[method]outgoing-request.headers", "[method]fields.clone"]: "an immutable copy";
        "[static]request.consume-body" => ["[method]incoming-request.consume", "[method]incoming-body.stream", "[static]incoming-body.finish"]:
            "for a request that the program made, returns what `new` was given";
        "[constructor]request-options" => ["[constructor]request-options"]: "";
        "[method]request-options.get-connect-timeout" => ["[method]request-options.connect-timeout"]: "";
        "[method]request-options.set-connect-timeout" => ["[method]request-options.set-connect-timeout"]: "a refusal by the host is `not-supported`";
        "[method]request-options.get-first-byte-timeout" => ["[method]request-options.first-byte-timeout"]: "";
        "[method]request-options.set-first-byte-timeout" => ["[method]request-options.set-first-byte-timeout"]: "a refusal by the host is `not-supported`";
        "[method]request-options.get-between-bytes-timeout" => ["[method]request-options.between-bytes-timeout"]: "";
        "[method]request-options.set-between-bytes-timeout" => ["[method]request-options.set-between-bytes-timeout"]: "a refusal by the host is `not-supported`";
        "[method]request-options.clone" => ["[constructor]request-options"]: "makes new options with the same values";
        "[static]response.new" => ["[constructor]outgoing-response"]: "keeps contents and trailers until the response is sent";
        "[method]response.get-status-code" => ["[method]incoming-response.status", "[method]outgoing-response.status-code"]: "asks whichever of the two the message is";
        "[method]response.set-status-code" => ["[method]outgoing-response.set-status-code"]: "takes at most 599";
        "[method]response.get-headers" => ["[method]incoming-response.headers", "[method]outgoing-response.headers", "[method]fields.clone"]: "an immutable copy";
        "[static]response.consume-body" => ["[method]incoming-response.consume", "[method]incoming-body.stream", "[static]incoming-body.finish"]:
            "for a response that the program made, returns what `new` was given";
    }

    "wasi:http/client" on "wasi:http/outgoing-handler" {
        "send" => ["handle", "wasi:http/types#[method]future-incoming-response.subscribe", "wasi:http/types#[method]future-incoming-response.get"]:
            "sends the request, writes the body meanwhile, and waits for the response";
    }

    "wasi:http/handler" on "wasi:http/incoming-handler" {
        "handle" => ["handle", "wasi:http/types#[static]response-outparam.set"]:
            "an export: sets the response when the program returns it, and continues until the body is written. As an import it needs the component behind it: `compose`";
    }
};
