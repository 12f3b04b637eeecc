//! The interfaces of WASI 0.3, and how each of their functions works on a host of 0.2.

use super::{Interface, direct, interface, waits};

pub(super) const INTERFACES: &[Interface] = &[
    interface("wasi:clocks/types"),
    interface("wasi:clocks/monotonic-clock")
        .counterparts(&["wasi:clocks/monotonic-clock"])
        .hooks(&["timers/"])
        .functions(&[
            direct("now").same(),
            direct("get-resolution").calls(&["resolution"]),
            waits("wait-until")
                .calls(&["now", "subscribe-instant"])
                .how("starts a task that ends at that time; `poll` waits for the earliest deadline"),
            waits("wait-for").calls(&["now", "subscribe-instant"]).how("starts a task that ends after that time"),
        ]),
    interface("wasi:clocks/system-clock").counterparts(&["wasi:clocks/wall-clock"]).functions(&[
        direct("now").same(),
        direct("get-resolution").calls(&["resolution"]).how("converts seconds and nanoseconds to nanoseconds"),
    ]),
    interface("wasi:clocks/timezone").functions(&[
        direct("iana-id").how("`none`: hosts of 0.2 need not have timezones"),
        direct("utc-offset").how("`none`: the offset is not known"),
        direct("to-debug-string").how("`UTC`"),
    ]),
    interface("wasi:random/random").counterparts(&["wasi:random/random"]).functions(&[
        direct("get-random-bytes").same().how("at most 64 KiB at a time"),
        direct("get-random-u64").same(),
    ]),
    interface("wasi:random/insecure").counterparts(&["wasi:random/insecure"]).functions(&[
        direct("get-insecure-random-bytes").same().how("at most 64 KiB at a time"),
        direct("get-insecure-random-u64").same(),
    ]),
    interface("wasi:random/insecure-seed")
        .counterparts(&["wasi:random/insecure-seed"])
        .functions(&[direct("get-insecure-seed").calls(&["insecure-seed"])]),
    interface("wasi:cli/types"),
    interface("wasi:cli/environment").counterparts(&["wasi:cli/environment"]).functions(&[
        direct("get-environment").same(),
        direct("get-arguments").same(),
        direct("get-initial-cwd").calls(&["initial-cwd"]),
    ]),
    interface("wasi:cli/exit").counterparts(&["wasi:cli/exit"]).functions(&[
        direct("exit").same().how("waits until all output is written"),
        direct("exit-with-code").same().how("waits until all output is written; hosts of earlier patches get `exit`"),
    ]),
    interface("wasi:cli/run").functions(&[waits("run")
        .same()
        .how("an export: a loop runs the program's task to its end, and waits with `poll` in between")]),
    interface("wasi:cli/stdin").counterparts(&["wasi:cli/stdin"]).hooks(&["dispatch/", "sources/"]).functions(&[
        direct("read-via-stream")
            .calls(&["get-stdin", "[method]input-stream.read"])
            .how("each read of the program reads the host's stream"),
    ]),
    interface("wasi:cli/stdout").counterparts(&["wasi:cli/stdout"]).hooks(&["sinks/"]).functions(&[direct(
        "write-via-stream",
    )
    .calls(&["get-stdout", "[method]output-stream.write"])
    .how("writes and flushes what the program writes")]),
    interface("wasi:cli/stderr").counterparts(&["wasi:cli/stderr"]).hooks(&["sinks/"]).functions(&[direct(
        "write-via-stream",
    )
    .calls(&["get-stderr", "[method]output-stream.write"])
    .how("writes and flushes what the program writes")]),
    interface("wasi:cli/terminal-input").counterparts(&["wasi:cli/terminal-input"]),
    interface("wasi:cli/terminal-output").counterparts(&["wasi:cli/terminal-output"]),
    interface("wasi:cli/terminal-stdin")
        .counterparts(&["wasi:cli/terminal-stdin", "wasi:cli/terminal-input"])
        .functions(&[direct("get-terminal-stdin").same()]),
    interface("wasi:cli/terminal-stdout")
        .counterparts(&["wasi:cli/terminal-stdout", "wasi:cli/terminal-output"])
        .functions(&[direct("get-terminal-stdout").same()]),
    interface("wasi:cli/terminal-stderr")
        .counterparts(&["wasi:cli/terminal-stderr", "wasi:cli/terminal-output"])
        .functions(&[direct("get-terminal-stderr").same()]),
    interface("wasi:filesystem/types")
        .counterparts(&["wasi:filesystem/types"])
        .hooks(&["dispatch/", "sources/", "sinks/", "filesystem/"])
        .functions(&[
            direct("[method]descriptor.read-via-stream")
                .calls(&["[method]descriptor.read-via-stream", "[method]input-stream.read"])
                .how("each read of the program reads the host's stream; the future reports an error"),
            direct("[method]descriptor.write-via-stream")
                .calls(&["[method]descriptor.write-via-stream", "[method]output-stream.write"])
                .how("writes and flushes what the program writes; the future reports an error"),
            direct("[method]descriptor.append-via-stream")
                .calls(&["[method]descriptor.append-via-stream", "[method]output-stream.write"])
                .how("writes and flushes what the program writes; the future reports an error"),
            direct("[method]descriptor.advise").same(),
            direct("[method]descriptor.sync-data").same(),
            direct("[method]descriptor.get-flags").same(),
            direct("[method]descriptor.get-type").same(),
            direct("[method]descriptor.set-size").same(),
            direct("[method]descriptor.set-times").same().how("a time before 1970 is `overflow`"),
            direct("[method]descriptor.read-directory")
                .calls(&["[method]descriptor.read-directory", "[method]directory-entry-stream.read-directory-entry"])
                .how("each read of the program reads entries; the first error ends the stream"),
            direct("[method]descriptor.sync").same(),
            direct("[method]descriptor.create-directory-at").same(),
            direct("[method]descriptor.stat").same(),
            direct("[method]descriptor.stat-at").same(),
            direct("[method]descriptor.set-times-at").same().how("a time before 1970 is `overflow`"),
            direct("[method]descriptor.link-at").same(),
            direct("[method]descriptor.open-at").same(),
            direct("[method]descriptor.readlink-at").same(),
            direct("[method]descriptor.remove-directory-at").same(),
            direct("[method]descriptor.rename-at").same(),
            direct("[method]descriptor.symlink-at").same(),
            direct("[method]descriptor.unlink-file-at").same(),
            direct("[method]descriptor.is-same-object").same(),
            direct("[method]descriptor.metadata-hash").same(),
            direct("[method]descriptor.metadata-hash-at").same(),
        ]),
    interface("wasi:filesystem/preopens")
        .counterparts(&["wasi:filesystem/preopens", "wasi:filesystem/types"])
        .functions(&[direct("get-directories").same()]),
    interface("wasi:sockets/types")
        .counterparts(&[
            "wasi:sockets/instance-network",
            "wasi:sockets/network",
            "wasi:sockets/tcp",
            "wasi:sockets/tcp-create-socket",
            "wasi:sockets/udp",
            "wasi:sockets/udp-create-socket",
            "wasi:clocks/monotonic-clock",
        ])
        .hooks(&["dispatch/", "sockets/"])
        .hooks_of_resources(&[("tcp-socket", &["sources/", "sinks/", "tcp/"]), ("udp-socket", &["udp/"])])
        .functions(&[
            direct("[static]tcp-socket.create").calls(&["create-tcp-socket"]),
            direct("[method]tcp-socket.bind")
                .calls(&["[method]tcp-socket.start-bind", "[method]tcp-socket.finish-bind"])
                .how("both calls are made at once"),
            waits("[method]tcp-socket.connect")
                .calls(&[
                    "[method]tcp-socket.start-connect",
                    "[method]tcp-socket.finish-connect",
                    "[method]tcp-socket.subscribe",
                ])
                .how("keeps both streams for `send` and `receive`"),
            direct("[method]tcp-socket.listen")
                .calls(&[
                    "[method]tcp-socket.start-listen",
                    "[method]tcp-socket.finish-listen",
                    "[method]tcp-socket.accept",
                ])
                .how("binds first if necessary; each read of the stream accepts a connection"),
            direct("[method]tcp-socket.send")
                .calls(&["[method]output-stream.write", "[method]tcp-socket.shutdown"])
                .how("writes and flushes what the program writes; at the end of its stream, shuts down sending"),
            direct("[method]tcp-socket.receive")
                .calls(&["[method]input-stream.read", "[method]tcp-socket.shutdown"])
                .how(
                    "each read of the program reads the host's stream; when the program stops reading, shuts down \
                     receiving",
                ),
            direct("[method]tcp-socket.get-local-address").calls(&["[method]tcp-socket.local-address"]),
            direct("[method]tcp-socket.get-remote-address").calls(&["[method]tcp-socket.remote-address"]),
            direct("[method]tcp-socket.get-is-listening").calls(&["[method]tcp-socket.is-listening"]),
            direct("[method]tcp-socket.get-address-family").calls(&["[method]tcp-socket.address-family"]),
            direct("[method]tcp-socket.set-listen-backlog-size").same(),
            direct("[method]tcp-socket.get-keep-alive-enabled").calls(&["[method]tcp-socket.keep-alive-enabled"]),
            direct("[method]tcp-socket.set-keep-alive-enabled").same(),
            direct("[method]tcp-socket.get-keep-alive-idle-time").calls(&["[method]tcp-socket.keep-alive-idle-time"]),
            direct("[method]tcp-socket.set-keep-alive-idle-time").same(),
            direct("[method]tcp-socket.get-keep-alive-interval").calls(&["[method]tcp-socket.keep-alive-interval"]),
            direct("[method]tcp-socket.set-keep-alive-interval").same(),
            direct("[method]tcp-socket.get-keep-alive-count").calls(&["[method]tcp-socket.keep-alive-count"]),
            direct("[method]tcp-socket.set-keep-alive-count").same(),
            direct("[method]tcp-socket.get-hop-limit").calls(&["[method]tcp-socket.hop-limit"]),
            direct("[method]tcp-socket.set-hop-limit").same(),
            direct("[method]tcp-socket.get-receive-buffer-size").calls(&["[method]tcp-socket.receive-buffer-size"]),
            direct("[method]tcp-socket.set-receive-buffer-size").same(),
            direct("[method]tcp-socket.get-send-buffer-size").calls(&["[method]tcp-socket.send-buffer-size"]),
            direct("[method]tcp-socket.set-send-buffer-size").same(),
            direct("[static]udp-socket.create").calls(&["create-udp-socket"]),
            direct("[method]udp-socket.bind")
                .calls(&["[method]udp-socket.start-bind", "[method]udp-socket.finish-bind"])
                .how("both calls are made at once"),
            direct("[method]udp-socket.connect")
                .calls(&["[method]udp-socket.stream"])
                .how("binds first if necessary, then makes new streams for this peer"),
            direct("[method]udp-socket.disconnect")
                .calls(&["[method]udp-socket.stream"])
                .how("makes new streams without a peer"),
            waits("[method]udp-socket.send")
                .calls(&[
                    "[method]outgoing-datagram-stream.check-send",
                    "[method]outgoing-datagram-stream.send",
                    "[method]outgoing-datagram-stream.subscribe",
                ])
                .how("binds first if necessary, then waits for the permit"),
            waits("[method]udp-socket.receive")
                .calls(&["[method]incoming-datagram-stream.receive", "[method]incoming-datagram-stream.subscribe"])
                .how("receives one datagram; the socket must be bound"),
            direct("[method]udp-socket.get-local-address").calls(&["[method]udp-socket.local-address"]),
            direct("[method]udp-socket.get-remote-address").calls(&["[method]udp-socket.remote-address"]),
            direct("[method]udp-socket.get-address-family").calls(&["[method]udp-socket.address-family"]),
            direct("[method]udp-socket.get-unicast-hop-limit").calls(&["[method]udp-socket.unicast-hop-limit"]),
            direct("[method]udp-socket.set-unicast-hop-limit").same(),
            direct("[method]udp-socket.get-receive-buffer-size").calls(&["[method]udp-socket.receive-buffer-size"]),
            direct("[method]udp-socket.set-receive-buffer-size").same(),
            direct("[method]udp-socket.get-send-buffer-size").calls(&["[method]udp-socket.send-buffer-size"]),
            direct("[method]udp-socket.set-send-buffer-size").same(),
        ]),
    interface("wasi:sockets/ip-name-lookup")
        .counterparts(&["wasi:sockets/instance-network", "wasi:sockets/network", "wasi:sockets/ip-name-lookup"])
        .hooks(&["dispatch/", "lookup/"])
        .functions(&[waits("resolve-addresses")
            .calls(&[
                "resolve-addresses",
                "[method]resolve-address-stream.resolve-next-address",
                "[method]resolve-address-stream.subscribe",
            ])
            .how("collects all addresses; if there are none, fails with `name-unresolvable`")]),
    interface("wasi:http/types")
        .counterparts(&["wasi:http/types"])
        .hooks(&["dispatch/", "sources/", "sinks/", "http/"])
        .functions(&[
            direct("[constructor]fields").same(),
            direct("[static]fields.from-list").same(),
            direct("[method]fields.get").same(),
            direct("[method]fields.has").same(),
            direct("[method]fields.set").same(),
            direct("[method]fields.delete").same(),
            direct("[method]fields.get-and-delete")
                .calls(&["[method]fields.get", "[method]fields.delete"])
                .how("`get`, then `delete`"),
            direct("[method]fields.append").same(),
            direct("[method]fields.copy-all").calls(&["[method]fields.entries"]),
            direct("[method]fields.clone").same(),
            direct("[static]request.new")
                .calls(&["[constructor]outgoing-request"])
                .how("keeps contents, trailers and options until the request is sent"),
            direct("[method]request.get-method")
                .calls(&["[method]incoming-request.method", "[method]outgoing-request.method"])
                .how("asks whichever of the two the request is"),
            direct("[method]request.set-method")
                .calls(&["[method]outgoing-request.set-method"])
                .how("an incoming request that is changed becomes an outgoing one with the same body"),
            direct("[method]request.get-path-with-query")
                .calls(&["[method]incoming-request.path-with-query", "[method]outgoing-request.path-with-query"])
                .how("asks whichever of the two the message is"),
            direct("[method]request.set-path-with-query")
                .calls(&["[method]outgoing-request.set-path-with-query"])
                .how("an incoming request that is changed becomes an outgoing one"),
            direct("[method]request.get-scheme")
                .calls(&["[method]incoming-request.scheme", "[method]outgoing-request.scheme"])
                .how("asks whichever of the two the message is"),
            direct("[method]request.set-scheme")
                .calls(&["[method]outgoing-request.set-scheme"])
                .how("an incoming request that is changed becomes an outgoing one"),
            direct("[method]request.get-authority")
                .calls(&["[method]incoming-request.authority", "[method]outgoing-request.authority"])
                .how("asks whichever of the two the message is"),
            direct("[method]request.set-authority").calls(&["[method]outgoing-request.set-authority"]).how(
                "an incoming request that is changed becomes an outgoing one; a port must be a number of 16 \
                 bits",
            ),
            direct("[method]request.get-options")
                .how("returns an immutable view of the options that `new` was given; an incoming request has none"),
            direct("[method]request.get-headers")
                .calls(&[
                    "[method]incoming-request.headers",
                    "[method]outgoing-request.headers",
                    "[method]fields.clone",
                ])
                .how("an immutable copy"),
            direct("[static]request.consume-body")
                .calls(&[
                    "[method]incoming-request.consume",
                    "[method]incoming-body.stream",
                    "[static]incoming-body.finish",
                ])
                .how("for a request that the program made, returns what `new` was given"),
            direct("[constructor]request-options").same(),
            direct("[method]request-options.get-connect-timeout").calls(&["[method]request-options.connect-timeout"]),
            direct("[method]request-options.set-connect-timeout")
                .same()
                .how("a refusal by the host is `not-supported`"),
            direct("[method]request-options.get-first-byte-timeout")
                .calls(&["[method]request-options.first-byte-timeout"]),
            direct("[method]request-options.set-first-byte-timeout")
                .same()
                .how("a refusal by the host is `not-supported`"),
            direct("[method]request-options.get-between-bytes-timeout")
                .calls(&["[method]request-options.between-bytes-timeout"]),
            direct("[method]request-options.set-between-bytes-timeout")
                .same()
                .how("a refusal by the host is `not-supported`"),
            direct("[method]request-options.clone")
                .calls(&["[constructor]request-options"])
                .how("makes new options with the same values"),
            direct("[static]response.new")
                .calls(&["[constructor]outgoing-response"])
                .how("keeps contents and trailers until the response is sent"),
            direct("[method]response.get-status-code")
                .calls(&["[method]incoming-response.status", "[method]outgoing-response.status-code"])
                .how("asks whichever of the two the message is"),
            direct("[method]response.set-status-code")
                .calls(&["[method]outgoing-response.set-status-code"])
                .how("takes at most 599"),
            direct("[method]response.get-headers")
                .calls(&[
                    "[method]incoming-response.headers",
                    "[method]outgoing-response.headers",
                    "[method]fields.clone",
                ])
                .how("an immutable copy"),
            direct("[static]response.consume-body")
                .calls(&[
                    "[method]incoming-response.consume",
                    "[method]incoming-body.stream",
                    "[static]incoming-body.finish",
                ])
                .how("for a response that the program made, returns what `new` was given"),
        ]),
    interface("wasi:http/client")
        .counterparts(&["wasi:http/types", "wasi:http/outgoing-handler"])
        .hooks(&["dispatch/", "http-client/"])
        .functions(&[waits("send")
            .calls(&["handle", "[method]future-incoming-response.subscribe", "[method]future-incoming-response.get"])
            .how("sends the request, writes the body meanwhile, and waits for the response")]),
    interface("wasi:http/handler").counterparts(&["wasi:http/types"]).functions(&[waits("handle")
        .calls(&["handle", "[static]response-outparam.set"])
        .how(
            "an export: sets the response when the program returns it, and continues until the body is \
             written. As an import it needs the component behind it: `compose`",
        )]),
];
