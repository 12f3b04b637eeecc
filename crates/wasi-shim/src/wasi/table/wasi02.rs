//! The interfaces of WASI 0.2, and how each of their functions works on a host of 0.3.

use super::{Interface, direct, interface, repeats, waits};

pub(super) const INTERFACES: &[Interface] = &[
    interface("wasi:io/error").functions(&[direct("[method]error.to-debug-string")
        .how("the text that the host gave with the error, else the name of its code")]),
    interface("wasi:io/poll").hooks(&["dispatch/", "poll/"]).functions(&[
        repeats("[method]pollable.ready")
            .how("checks the events that have come, and yields to the host before it answers `false`"),
        waits("[method]pollable.block").how("`poll` on this pollable alone"),
        waits("poll").how(
            "starts what the pollables need, then waits on one waitable set of the component model until a \
             pollable is ready",
        ),
    ]),
    interface("wasi:io/streams").functions(&[
        repeats("[method]input-stream.read")
            .bulk()
            .how("returns the bytes that a read of the 0.3 stream has brought, or begins a read"),
        waits("[method]input-stream.blocking-read").bulk().how("reads the 0.3 stream, and waits for a byte or the end"),
        repeats("[method]input-stream.skip").how("`read`, and discards the bytes"),
        waits("[method]input-stream.blocking-skip").how("`blocking-read`, and discards the bytes"),
        direct("[method]input-stream.subscribe")
            .how("ready when there are bytes, or the stream has ended; checking begins a read"),
        repeats("[method]output-stream.check-write")
            .how("64 KiB (bodies: 1 MiB) when the host has taken the last write, else 0"),
        direct("[method]output-stream.write").bulk().how(
            "begins a write of the 0.3 stream; the adapter keeps the bytes that the host does not take at \
             once",
        ),
        waits("[method]output-stream.blocking-write-and-flush")
            .bulk()
            .how("writes, and waits until the host has taken all bytes"),
        direct("[method]output-stream.flush").how("does nothing: every write is in progress already"),
        waits("[method]output-stream.blocking-flush").how("waits until the host has taken all bytes"),
        direct("[method]output-stream.subscribe")
            .how("ready when the host has taken the last write, or the stream has ended"),
        direct("[method]output-stream.write-zeroes").how("`write` of zeroes"),
        waits("[method]output-stream.blocking-write-zeroes-and-flush").how("`blocking-write-and-flush` of zeroes"),
        repeats("[method]output-stream.splice").hooks(&["splices/"]).how("writes the bytes that `read` would return"),
        waits("[method]output-stream.blocking-splice").hooks(&["splices/"]).how("waits for both streams, then splices"),
    ]),
    interface("wasi:clocks/monotonic-clock")
        .counterparts(&["wasi:clocks/monotonic-clock"])
        .hooks(&["clocks/"])
        .functions(&[
            direct("now").by_host().same(),
            direct("resolution").by_host().calls(&["get-resolution"]),
            direct("subscribe-instant")
                .calls(&["now", "wait-until"])
                .how("keeps the deadline; `poll` calls `wait-until` for the earliest one"),
            direct("subscribe-duration")
                .calls(&["now", "wait-until"])
                .how("keeps the deadline, counted from now; `poll` calls `wait-until` for the earliest one"),
        ]),
    interface("wasi:clocks/wall-clock").counterparts(&["wasi:clocks/system-clock"]).functions(&[
        direct("now").same().how("a clock before 1970 is at 0"),
        direct("resolution").calls(&["get-resolution"]).how("converts nanoseconds to seconds and nanoseconds"),
    ]),
    interface("wasi:clocks/timezone").counterparts(&["wasi:clocks/timezone", "wasi:clocks/system-clock"]).functions(&[
        direct("display").gated(1).how("UTC: hosts of 0.3 have no timezones"),
        direct("utc-offset").gated(1).how("0, which is UTC"),
    ]),
    interface("wasi:random/random").counterparts(&["wasi:random/random"]).functions(&[
        direct("get-random-bytes").same().how("called again until there are as many bytes as asked for"),
        direct("get-random-u64").by_host().same(),
    ]),
    interface("wasi:random/insecure").counterparts(&["wasi:random/insecure"]).functions(&[
        direct("get-insecure-random-bytes").same().how("called again until there are as many bytes as asked for"),
        direct("get-insecure-random-u64").by_host().same(),
    ]),
    interface("wasi:random/insecure-seed")
        .counterparts(&["wasi:random/insecure-seed"])
        .functions(&[direct("insecure-seed").calls(&["get-insecure-seed"])]),
    interface("wasi:cli/environment").counterparts(&["wasi:cli/environment"]).functions(&[
        direct("get-environment").same(),
        direct("get-arguments").same(),
        direct("initial-cwd").calls(&["get-initial-cwd"]),
    ]),
    interface("wasi:cli/exit").counterparts(&["wasi:cli/exit"]).functions(&[
        repeats("exit").same().how("waits until all output is written"),
        repeats("exit-with-code").same().since(12).how("waits until all output is written"),
    ]),
    interface("wasi:cli/run")
        .functions(&[waits("run").same().how("an export: becomes `async`, and returns when all output is written")]),
    interface("wasi:cli/stdin").counterparts(&["wasi:cli/stdin"]).hooks(&["dispatch/", "input-stream/"]).functions(&[
        direct("get-stdin")
            .calls(&["read-via-stream"])
            .how("called once, by the first read; all handles share the stream"),
    ]),
    interface("wasi:cli/stdout").counterparts(&["wasi:cli/stdout"]).functions(&[direct("get-stdout")
        .calls(&["write-via-stream"])
        .how("called once; all handles share the stream, which stays open to the end")]),
    interface("wasi:cli/stderr").counterparts(&["wasi:cli/stderr"]).functions(&[direct("get-stderr")
        .calls(&["write-via-stream"])
        .how("called once; all handles share the stream, which stays open to the end")]),
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
        .hooks(&["dispatch/", "texts/", "sinks/", "input-stream/", "filesystem/"])
        .functions(&[
            direct("[method]descriptor.read-via-stream")
                .same()
                .fails_later()
                .how("a directory is refused at once; other errors come with the first read"),
            direct("[method]descriptor.write-via-stream")
                .same()
                .fails_later()
                .how("a directory is refused at once; other errors come with a write or flush"),
            direct("[method]descriptor.append-via-stream")
                .same()
                .fails_later()
                .how("a directory is refused at once; other errors come with a write or flush"),
            waits("[method]descriptor.advise").same(),
            waits("[method]descriptor.sync-data").same(),
            waits("[method]descriptor.get-flags").same(),
            waits("[method]descriptor.get-type")
                .same()
                .how("asks the host once for each descriptor, and keeps the answer"),
            waits("[method]descriptor.set-size").same(),
            waits("[method]descriptor.set-times").same().how("a time that does not fit is `overflow`"),
            waits("[method]descriptor.read")
                .calls(&["[method]descriptor.read-via-stream"])
                .bulk()
                .fails_later()
                .hooks(&["runs/"])
                .how("opens a stream at the offset, which stays open for a read that continues where this one ends"),
            waits("[method]descriptor.write")
                .calls(&["[method]descriptor.write-via-stream"])
                .bulk()
                .fails_later()
                .hooks(&["runs/"])
                .how("opens a stream at the offset, which stays open for a write that continues where this one ends"),
            repeats("[method]descriptor.read-directory")
                .same()
                .fails_later()
                .hooks(&["directories/"])
                .how("reads the first entries, so that it can report an error at once"),
            waits("[method]descriptor.sync").same(),
            waits("[method]descriptor.create-directory-at").same(),
            waits("[method]descriptor.stat").same().how("times before 1970 are absent"),
            waits("[method]descriptor.stat-at").same().how("times before 1970 are absent"),
            waits("[method]descriptor.set-times-at").same().how("a time that does not fit is `overflow`"),
            waits("[method]descriptor.link-at").same(),
            waits("[method]descriptor.open-at")
                .calls(&["[method]descriptor.open-at", "[method]descriptor.get-type"])
                .how("also asks for the type of the file, and keeps it"),
            waits("[method]descriptor.readlink-at").same(),
            waits("[method]descriptor.remove-directory-at").same(),
            waits("[method]descriptor.rename-at").same(),
            waits("[method]descriptor.symlink-at").same(),
            waits("[method]descriptor.unlink-file-at").same(),
            waits("[method]descriptor.is-same-object").same(),
            waits("[method]descriptor.metadata-hash").same(),
            waits("[method]descriptor.metadata-hash-at").same(),
            waits("[method]directory-entry-stream.read-directory-entry")
                .how("reads the stream of entries, up to 64 at a time"),
            direct("filesystem-error-code").how("returns the code that the adapter keeps with the error"),
        ]),
    interface("wasi:filesystem/preopens")
        .counterparts(&["wasi:filesystem/preopens", "wasi:filesystem/types"])
        .functions(&[direct("get-directories").same()]),
    interface("wasi:sockets/network").functions(&[direct("network-error-code")
        .gated(2)
        .how("returns the code that the adapter keeps with the error")]),
    interface("wasi:sockets/instance-network")
        .functions(&[direct("instance-network").how("returns a token: 0.3 has only the network that the host allows")]),
    interface("wasi:sockets/ip-name-lookup")
        .counterparts(&["wasi:sockets/ip-name-lookup"])
        .hooks(&["dispatch/", "sockets/", "lookup/"])
        .functions(&[
            direct("resolve-addresses").same().how("begins the call"),
            repeats("[method]resolve-address-stream.resolve-next-address")
                .how("`would-block` until the call has returned, then one address after another"),
            direct("[method]resolve-address-stream.subscribe").how("ready when the call has returned"),
        ]),
    interface("wasi:sockets/tcp")
        .counterparts(&["wasi:sockets/types"])
        .hooks(&["dispatch/", "texts/", "sinks/", "input-stream/", "sockets/", "tcp/"])
        .functions(&[
            repeats("[method]tcp-socket.start-bind")
                .calls(&["[method]tcp-socket.bind"])
                .how("binds at once; first, sockets that were dropped release their ports"),
            direct("[method]tcp-socket.finish-bind").how("reports that it is done"),
            direct("[method]tcp-socket.start-connect")
                .calls(&["[method]tcp-socket.connect"])
                .how("begins the call, and reports errors of the address or the state"),
            repeats("[method]tcp-socket.finish-connect")
                .calls(&["[method]tcp-socket.receive", "[method]tcp-socket.send"])
                .fails_later()
                .how("`would-block` until `connect` has returned, then opens both streams"),
            direct("[method]tcp-socket.start-listen")
                .calls(&["[method]tcp-socket.get-local-address", "[method]tcp-socket.listen"])
                .how("listens at once, if the socket is bound"),
            direct("[method]tcp-socket.finish-listen").how("reports that it is done"),
            repeats("[method]tcp-socket.accept")
                .calls(&["[method]tcp-socket.receive", "[method]tcp-socket.send"])
                .fails_later()
                .how("takes a socket from the stream that `listen` returned, and opens both its streams"),
            direct("[method]tcp-socket.local-address").calls(&["[method]tcp-socket.get-local-address"]),
            direct("[method]tcp-socket.remote-address").calls(&["[method]tcp-socket.get-remote-address"]),
            direct("[method]tcp-socket.is-listening").calls(&["[method]tcp-socket.get-is-listening"]),
            direct("[method]tcp-socket.address-family").calls(&["[method]tcp-socket.get-address-family"]),
            direct("[method]tcp-socket.set-listen-backlog-size").same(),
            direct("[method]tcp-socket.keep-alive-enabled").calls(&["[method]tcp-socket.get-keep-alive-enabled"]),
            direct("[method]tcp-socket.set-keep-alive-enabled").same(),
            direct("[method]tcp-socket.keep-alive-idle-time").calls(&["[method]tcp-socket.get-keep-alive-idle-time"]),
            direct("[method]tcp-socket.set-keep-alive-idle-time").same(),
            direct("[method]tcp-socket.keep-alive-interval").calls(&["[method]tcp-socket.get-keep-alive-interval"]),
            direct("[method]tcp-socket.set-keep-alive-interval").same(),
            direct("[method]tcp-socket.keep-alive-count").calls(&["[method]tcp-socket.get-keep-alive-count"]),
            direct("[method]tcp-socket.set-keep-alive-count").same(),
            direct("[method]tcp-socket.hop-limit").calls(&["[method]tcp-socket.get-hop-limit"]),
            direct("[method]tcp-socket.set-hop-limit").same(),
            direct("[method]tcp-socket.receive-buffer-size").calls(&["[method]tcp-socket.get-receive-buffer-size"]),
            direct("[method]tcp-socket.set-receive-buffer-size").same(),
            direct("[method]tcp-socket.send-buffer-size").calls(&["[method]tcp-socket.get-send-buffer-size"]),
            direct("[method]tcp-socket.set-send-buffer-size").same(),
            direct("[method]tcp-socket.subscribe")
                .how("ready when `connect` has returned, or when a connection can be accepted; otherwise at once"),
            direct("[method]tcp-socket.shutdown")
                .how("ends the stream that `receive` returned, or the one that `send` took"),
        ]),
    interface("wasi:sockets/tcp-create-socket")
        .counterparts(&["wasi:sockets/types"])
        .hooks(&["dispatch/", "sockets/", "tcp/"])
        .functions(&[direct("create-tcp-socket").calls(&["[static]tcp-socket.create"])]),
    interface("wasi:sockets/udp")
        .counterparts(&["wasi:sockets/types"])
        .hooks(&["dispatch/", "sockets/", "udp/"])
        .functions(&[
            repeats("[method]udp-socket.start-bind")
                .calls(&["[method]udp-socket.bind"])
                .how("binds at once; first, sockets that were dropped release their ports"),
            direct("[method]udp-socket.finish-bind").how("reports that it is done"),
            direct("[method]udp-socket.stream")
                .calls(&["[method]udp-socket.connect", "[method]udp-socket.disconnect"])
                .how("connects to the peer, or disconnects from the former one; the socket must be bound"),
            direct("[method]udp-socket.local-address").calls(&["[method]udp-socket.get-local-address"]),
            direct("[method]udp-socket.remote-address").calls(&["[method]udp-socket.get-remote-address"]),
            direct("[method]udp-socket.address-family").calls(&["[method]udp-socket.get-address-family"]),
            direct("[method]udp-socket.unicast-hop-limit").calls(&["[method]udp-socket.get-unicast-hop-limit"]),
            direct("[method]udp-socket.set-unicast-hop-limit").same(),
            direct("[method]udp-socket.receive-buffer-size").calls(&["[method]udp-socket.get-receive-buffer-size"]),
            direct("[method]udp-socket.set-receive-buffer-size").same(),
            direct("[method]udp-socket.send-buffer-size").calls(&["[method]udp-socket.get-send-buffer-size"]),
            direct("[method]udp-socket.set-send-buffer-size").same(),
            direct("[method]udp-socket.subscribe").how("always ready"),
            repeats("[method]incoming-datagram-stream.receive")
                .calls(&["[method]udp-socket.receive"])
                .how("returns the datagrams that come at once; one call stays in progress"),
            direct("[method]incoming-datagram-stream.subscribe")
                .calls(&["[method]udp-socket.receive"])
                .how("ready when there is a datagram or an error"),
            repeats("[method]outgoing-datagram-stream.check-send")
                .how("0 while a call of `send` is in progress, else the number of datagrams that `send` takes"),
            direct("[method]outgoing-datagram-stream.send")
                .calls(&["[method]udp-socket.send"])
                .how("one call for each datagram; a datagram whose call is in progress counts as sent"),
            direct("[method]outgoing-datagram-stream.subscribe").how("ready when no call of `send` is in progress"),
        ]),
    interface("wasi:sockets/udp-create-socket")
        .counterparts(&["wasi:sockets/types"])
        .hooks(&["dispatch/", "sockets/", "udp/"])
        .functions(&[direct("create-udp-socket").calls(&["[static]udp-socket.create"])]),
    interface("wasi:http/types").counterparts(&["wasi:http/types"]).hooks(&["dispatch/", "texts/", "http/"]).functions(
        &[
            direct("http-error-code").how("returns the code that the adapter keeps with the error"),
            direct("[constructor]fields").same(),
            direct("[static]fields.from-list").same(),
            direct("[method]fields.get").same(),
            direct("[method]fields.has").same(),
            direct("[method]fields.set").same().how("errors that 0.2 does not know are `forbidden`"),
            direct("[method]fields.delete").same().how("errors that 0.2 does not know are `forbidden`"),
            direct("[method]fields.append").same().how("errors that 0.2 does not know are `forbidden`"),
            direct("[method]fields.entries").calls(&["[method]fields.copy-all"]),
            direct("[method]fields.clone").same(),
            direct("[method]incoming-request.method").calls(&["[method]request.get-method"]),
            direct("[method]incoming-request.path-with-query").calls(&["[method]request.get-path-with-query"]),
            direct("[method]incoming-request.scheme")
                .calls(&["[method]request.get-scheme"])
                .how("HTTP if the host does not tell"),
            direct("[method]incoming-request.authority")
                .calls(&["[method]request.get-authority"])
                .how("the `host` header, else `localhost`, if the host does not tell"),
            direct("[method]incoming-request.headers").calls(&["[method]request.get-headers"]),
            direct("[method]incoming-request.consume")
                .calls(&["[static]request.consume-body"])
                .hooks(&["http-in/"])
                .how("returns the body, whose first read calls `consume-body`"),
            direct("[constructor]outgoing-request").how("makes a record; sending it makes the request of 0.3"),
            direct("[method]outgoing-request.body")
                .hooks(&["http-out/"])
                .how("makes the body, which becomes the contents and trailers of the request of 0.3"),
            direct("[method]outgoing-request.method").how("returns the value that was set"),
            direct("[method]outgoing-request.set-method")
                .calls(&["[method]request.set-method"])
                .how("asks the host whether the value is valid, with a request that is never sent"),
            direct("[method]outgoing-request.path-with-query").how("returns the value that was set"),
            direct("[method]outgoing-request.set-path-with-query")
                .calls(&["[method]request.set-path-with-query"])
                .how("asks the host whether the value is valid, with a request that is never sent"),
            direct("[method]outgoing-request.scheme").how("returns the value that was set"),
            direct("[method]outgoing-request.set-scheme")
                .calls(&["[method]request.set-scheme"])
                .how("asks the host whether the value is valid, with a request that is never sent"),
            direct("[method]outgoing-request.authority").how("returns the value that was set"),
            direct("[method]outgoing-request.set-authority")
                .calls(&["[method]request.set-authority"])
                .how("asks the host whether the value is valid, with a request that is never sent"),
            direct("[method]outgoing-request.headers").calls(&["[method]fields.clone"]).how("an immutable copy"),
            direct("[constructor]request-options").same(),
            direct("[method]request-options.connect-timeout").calls(&["[method]request-options.get-connect-timeout"]),
            direct("[method]request-options.set-connect-timeout").same().how("0.2 has no reasons for a refusal"),
            direct("[method]request-options.first-byte-timeout")
                .calls(&["[method]request-options.get-first-byte-timeout"]),
            direct("[method]request-options.set-first-byte-timeout").same().how("0.2 has no reasons for a refusal"),
            direct("[method]request-options.between-bytes-timeout")
                .calls(&["[method]request-options.get-between-bytes-timeout"]),
            direct("[method]request-options.set-between-bytes-timeout").same().how("0.2 has no reasons for a refusal"),
            direct("[method]response-outparam.send-informational").gated(4).how("fails: the host cannot send them"),
            direct("[static]response-outparam.set")
                .how("makes the response of 0.3, which the exported handler returns at this moment"),
            direct("[method]incoming-response.status").calls(&["[method]response.get-status-code"]),
            direct("[method]incoming-response.headers").calls(&["[method]response.get-headers"]),
            direct("[method]incoming-response.consume")
                .calls(&["[static]response.consume-body"])
                .hooks(&["http-in/"])
                .how("returns the body, whose first read calls `consume-body`"),
            direct("[method]incoming-body.stream").hooks(&["input-stream/"]).how("returns the stream of the body"),
            direct("[static]incoming-body.finish")
                .how("returns the future of the trailers; asking for them reads the rest of the body"),
            direct("[method]future-trailers.subscribe").how("ready when the trailers are known"),
            repeats("[method]future-trailers.get").how("returns the value of the 0.3 future of the trailers"),
            direct("[constructor]outgoing-response").how("makes a record; sending it makes the response of 0.3"),
            direct("[method]outgoing-response.status-code").how("returns the value that was set"),
            direct("[method]outgoing-response.set-status-code")
                .how("takes 100 to 999; a status that the host refuses later becomes a 500 without body"),
            direct("[method]outgoing-response.headers").calls(&["[method]fields.clone"]).how("an immutable copy"),
            direct("[method]outgoing-response.body")
                .hooks(&["http-out/"])
                .how("makes the body, which becomes the contents and trailers of the response of 0.3"),
            direct("[method]outgoing-body.write").how("returns the writable end of the contents"),
            direct("[static]outgoing-body.finish").how("counts the bytes, ends the contents, then writes the trailers"),
            direct("[method]future-incoming-response.subscribe").how("ready when `send` has returned"),
            repeats("[method]future-incoming-response.get").how("returns the result of `send`"),
        ],
    ),
    interface("wasi:http/outgoing-handler")
        .counterparts(&["wasi:http/types", "wasi:http/client"])
        .hooks(&["http-client/"])
        .functions(&[direct("handle")
            .calls(&["[static]request.new", "send"])
            .fails_later()
            .how("makes the request of 0.3 and begins the call")]),
    interface("wasi:http/incoming-handler").counterparts(&["wasi:http/types"]).functions(&[waits("handle")
        .same()
        .how(
            "an export: becomes `async`, returns at `response-outparam.set`, and continues until the body \
             is written",
        )]),
];
