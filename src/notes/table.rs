//! The kinds of notes. `W01…` are about hosts of WASI 0.3, `W02…` about those of 0.2.

use super::Explanation;
use crate::Target;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    Explanation {
        code: "W0101",
        title: "an export is not async: a call of it that has to wait will trap",
        lossy: true,
        urgent: true,
        target: Target::Wasi03,
        meaning: "The component exports functions of its own. On WASI 0.3 only an `async` function may wait, \
                  and these are not: their callers were built for the type that they have.",
        approximation: "They stay as they are. What they do at once works, output and waiting for time alone \
                        included, and what one call begins, another may ask for (`ready`, `get`, `read`, \
                        `finish-connect`): the host goes on in between. A call that has to wait for the host traps, \
                        and so does `poll` if nothing is ready and the list has more than timers.",
        advice: "`--async-exports` makes them `async`, and callers have to be built for that. Inside a \
                 composition nothing is needed: compose first, wrap the whole.",
        applies: &[],
    },
    Explanation {
        code: "W0102",
        title: "a function between components cannot be async",
        lossy: true,
        urgent: true,
        target: Target::Wasi03,
        meaning: "Calls between the parts of a composition may wait, because they get the `async` effect. \
                  Constructors and destructors cannot have it.",
        approximation: "A constructor or destructor that has to wait, when another part calls or drops, \
                        traps. Output and time do not need to wait.",
        advice: "Move what waits into a method or a function.",
        applies: &[],
    },
    Explanation {
        code: "W0103",
        title: "each request has an instance of its own, or one instance takes request after request",
        lossy: false,
        urgent: true,
        target: Target::Wasi03,
        meaning: "Hosts of WASI 0.3 may give one instance many requests, also at once; services of 0.2 are \
                  made for one request each on many hosts.",
        approximation: "By default the service takes one request and no more (it keeps backpressure up). With \
                        `--reuse-instance` it takes one after the other, never two at once.",
        advice: "If the service keeps no state between requests, `--reuse-instance` is faster. Hosts have \
                 switches of their own: `wasmtime serve --max-instance-reuse-count`.",
        applies: &[],
    },
    Explanation {
        code: "W0104",
        title: "hosts may not tell the authority of a request",
        lossy: true,
        urgent: true,
        target: Target::Wasi03,
        meaning: "Some hosts of WASI 0.3 hand over neither the authority nor the `host` header of a request \
                  (`wasmtime serve` strips it).",
        approximation: "The guest gets the authority of the request, else that of the `host` header, else \
                        `localhost`; and the scheme HTTP if none is told.",
        advice: "Do not build absolute URLs from it behind such a host; take the public name from the \
                 configuration.",
        applies: &[],
    },
    Explanation {
        code: "W0105",
        title: "`wasi:clocks/timezone` knows of no timezone but UTC",
        lossy: true,
        urgent: true,
        target: Target::Wasi03,
        meaning: "Timezones are unstable in both generations, and no known host of WASI 0.3 offers them.",
        approximation: "Every offset is 0 and every name `UTC`.",
        advice: "Let the program read the zone from its environment, or convert times elsewhere.",
        applies: &[("wasi:clocks/timezone", &[])],
    },
    Explanation {
        code: "W0106",
        title: "the component was built for a candidate of WASI 0.3 and is taken for the release",
        lossy: false,
        urgent: true,
        target: Target::Wasi03,
        meaning: "Release candidates carry versions like `0.3.0-rc-2026-03-15`. Those that are known have the \
                  same interfaces as the release.",
        approximation: "Its imports and exports are renamed; nothing else changes.",
        advice: "Build it for the release when its toolchain can.",
        applies: &[],
    },
    Explanation {
        code: "W0110",
        title: "a flushed stream has been taken by the host, which need not have stored it",
        lossy: true,
        urgent: false,
        target: Target::Wasi03,
        meaning: "Streams of WASI 0.3 have no flush: a write is done when the other end has taken the bytes.",
        approximation: "`flush` and its blocking form are complete when the host has taken all bytes.",
        advice: "For files, call `sync` or `sync-data`, which are passed on as they are.",
        applies: &[(
            "wasi:io/streams",
            &[
                "[method]output-stream.flush",
                "[method]output-stream.blocking-flush",
                "[method]output-stream.blocking-write-and-flush",
                "[method]output-stream.blocking-write-zeroes-and-flush",
            ],
        )],
    },
    Explanation {
        code: "W0111",
        title: "errors of streams of files can come later",
        lossy: true,
        urgent: false,
        target: Target::Wasi03,
        meaning: "In WASI 0.2 making a stream of a file can fail at once; in 0.3 the stream is made first and \
                  the error comes through a future.",
        approximation: "A stream of a directory fails at once; other errors come with the first read, write or \
                        flush.",
        advice: "Look at the results of reads, writes and flushes, as has to be done anyway.",
        applies: &[(
            "wasi:filesystem/types",
            &[
                "[method]descriptor.write-via-stream",
                "[method]descriptor.append-via-stream",
                "[method]descriptor.read-via-stream",
            ],
        )],
    },
    Explanation {
        code: "W0112",
        title: "the end of a file is told by a read that gives no bytes",
        lossy: false,
        urgent: false,
        target: Target::Wasi03,
        meaning: "`descriptor.read` answers bytes and whether the end is reached. Hosts differ in whether \
                  both can come at once.",
        approximation: "They do not: the last bytes come without the flag, the next read tells the end, as on wasmtime.",
        advice: "Read until the end is told, as has to be done anyway.",
        applies: &[("wasi:filesystem/types", &["[method]descriptor.read"])],
    },
    Explanation {
        code: "W0113",
        title: "dropping a stream does not wait for what it has written",
        lossy: true,
        urgent: false,
        target: Target::Wasi03,
        meaning: "Hosts of WASI 0.2 can finish writes within `drop`. A drop cannot wait on 0.3.",
        approximation: "What is left is written in the background, at the latest before the program ends or \
                        the request is done.",
        advice: "Flush before dropping where others look at the result while the program goes on.",
        applies: &[
            ("wasi:filesystem/types", &["[method]descriptor.write-via-stream", "[method]descriptor.append-via-stream"]),
            ("wasi:sockets/udp", &["[method]outgoing-datagram-stream.send"]),
            ("wasi:sockets/tcp", &["[method]tcp-socket.finish-connect", "[method]tcp-socket.accept"]),
        ],
    },
    Explanation {
        code: "W0114",
        title: "letting go of sockets and requests reaches the host a little later",
        lossy: true,
        urgent: false,
        target: Target::Wasi03,
        meaning: "An operation that is under way keeps its resource on WASI 0.3 until it is cancelled, and \
                  cancelling may have to wait.",
        approximation: "Shutting down for reading, giving a port back and giving up a request happen at the \
                        next call that may wait.",
        advice: "Nothing, unless another program depends on the moment.",
        applies: &[
            ("wasi:sockets/tcp", &["[method]tcp-socket.shutdown"]),
            ("wasi:sockets/udp", &["[method]udp-socket.finish-bind"]),
            ("wasi:http/outgoing-handler", &["handle"]),
        ],
    },
    Explanation {
        code: "W0115",
        title: "all networks are one",
        lossy: true,
        urgent: false,
        target: Target::Wasi03,
        meaning: "WASI 0.2 hands out networks as capabilities; 0.3 has only the one that the host allows.",
        approximation: "Every `network` stands for that one. What the host denies stays denied.",
        advice: "Nothing: a program that works with the network it is given works with this one.",
        applies: &[("wasi:sockets/instance-network", &[])],
    },
    Explanation {
        code: "W0116",
        title: "some error codes of files have no counterpart",
        lossy: true,
        urgent: false,
        target: Target::Wasi03,
        meaning: "WASI 0.3 can report an error of files as `other` with a text, and a kind of file likewise.",
        approximation: "`other` becomes `io`; a kind of file that 0.2 does not know becomes `unknown`. All \
                        other codes are the same.",
        advice: "Do not tell apart more than the error codes that the program handles.",
        applies: &[(
            "wasi:filesystem/types",
            &[
                "filesystem-error-code",
                "[method]descriptor.open-at",
                "[method]descriptor.stat",
                "[method]descriptor.stat-at",
            ],
        )],
    },
    Explanation {
        code: "W0117",
        title: "some error codes of sockets have no counterpart",
        lossy: true,
        urgent: false,
        target: Target::Wasi03,
        meaning: "WASI 0.3 has codes that 0.2 lacks (`connection-broken`, `other` with a text) and lacks \
                  `new-socket-limit`.",
        approximation: "`connection-broken` becomes `closed` on streams, else `unknown`; `other` becomes \
                        `unknown`. `new-socket-limit` never comes; `concurrency-conflict`, `not-in-progress` \
                        and `would-block` come from the adapter.",
        advice: "Treat `unknown` as any failure.",
        applies: &[("wasi:sockets/tcp", &[]), ("wasi:sockets/udp", &[]), ("wasi:sockets/ip-name-lookup", &[])],
    },
    Explanation {
        code: "W0118",
        title: "connections that fail while they wait to be accepted are not seen",
        lossy: true,
        urgent: false,
        target: Target::Wasi03,
        meaning: "`listen` of WASI 0.3 gives a stream of sockets, which has no errors of its own.",
        approximation: "A connection that failed while it waited is left out by the host, or is a socket \
                        whose first operation fails.",
        advice: "Nothing: servers go on to the next connection either way.",
        applies: &[("wasi:sockets/tcp", &["[method]tcp-socket.accept"])],
    },
    Explanation {
        code: "W0119",
        title: "times before 1970 are not told",
        lossy: true,
        urgent: false,
        target: Target::Wasi03,
        meaning: "WASI 0.3 counts seconds with a sign, 0.2 without.",
        approximation: "A time of a file before 1970 is absent, and a clock before 1970 is at 0.",
        advice: "Nothing, unless the program handles such files.",
        applies: &[
            (
                "wasi:filesystem/types",
                &[
                    "[method]descriptor.stat",
                    "[method]descriptor.stat-at",
                    "[method]descriptor.set-times",
                    "[method]descriptor.set-times-at",
                ],
            ),
            ("wasi:clocks/wall-clock", &["now"]),
        ],
    },
    Explanation {
        code: "W0120",
        title: "errors of header fields are fewer",
        lossy: true,
        urgent: false,
        target: Target::Wasi03,
        meaning: "WASI 0.3 can refuse header fields for their size.",
        approximation: "`size-exceeded` and `other` become `forbidden`.",
        advice: "Keep headers below the host's limit.",
        applies: &[("wasi:http/types", &["[method]fields.set", "[method]fields.append", "[static]fields.from-list"])],
    },
    Explanation {
        code: "W0121",
        title: "standard input may have been read ahead",
        lossy: true,
        urgent: false,
        target: Target::Wasi03,
        meaning: "A read of a stream of WASI 0.3 that is given up may have taken bytes already.",
        approximation: "At most as much is read as the program asked for. What it does not take is lost to \
                        programs that share the input.",
        advice: "Nothing, unless another program goes on to read the same input.",
        applies: &[("wasi:cli/stdin", &["get-stdin"])],
    },
    Explanation {
        code: "W0122",
        title: "errors of standard input tell less",
        lossy: true,
        urgent: false,
        target: Target::Wasi03,
        meaning: "Standard input of WASI 0.2 may fail with any error code of files, a directory with `is-directory`; \
                  0.3 knows `io`, `illegal-byte-sequence` and `pipe`.",
        approximation: "The code is one of these three, mostly `io`, and the text is its name.",
        advice: "Do not tell apart more than that.",
        applies: &[("wasi:cli/stdin", &["get-stdin"])],
    },
    Explanation {
        code: "W0201",
        title: "an async export blocks until it has returned",
        lossy: true,
        urgent: true,
        target: Target::Wasi02,
        meaning: "The component exports `async` functions of its own. WASI 0.2 has none.",
        approximation: "They become functions that return when the task has ended; two calls cannot overlap.",
        advice: "Inside a composition they stay async: compose first, wrap the whole.",
        applies: &[],
    },
    Explanation {
        code: "W0202",
        title: "exit codes need a late patch of WASI 0.2",
        lossy: true,
        urgent: true,
        target: Target::Wasi02,
        meaning: "`exit-with-code` came with WASI 0.2.12.",
        approximation: "The output imports the version that has it, or, with a lower `--wasi-patch`, `exit`, \
                        which tells success from failure and no more.",
        advice: "For older hosts give `--wasi-patch 0.2.0`.",
        applies: &[],
    },
    Explanation {
        code: "W0203",
        title: "one call at a time",
        lossy: true,
        urgent: false,
        target: Target::Wasi02,
        meaning: "A host of WASI 0.3 may call an instance again while a call is under way; a host of 0.2 does \
                  not.",
        approximation: "Each request is handled to its end before the instance is called again. Backpressure \
                        has nothing to hold back.",
        advice: "Nothing: hosts of WASI 0.2 use as many instances as there are requests.",
        applies: &[("wasi:http/types", &["[static]response.new"])],
    },
    Explanation {
        code: "W0204",
        title: "what goes on after a command has returned is dropped",
        lossy: true,
        urgent: false,
        target: Target::Wasi02,
        meaning: "A task may go on after it has returned its value.",
        approximation: "When `run` has returned, what was written goes out, and all other work is dropped, as \
                        hosts of WASI 0.3 do.",
        advice: "Let the program wait for what it has begun. Services and exports of the component's own do \
                 run to their end.",
        applies: &[("wasi:cli/stdout", &["write-via-stream"]), ("wasi:cli/stderr", &["write-via-stream"])],
    },
    Explanation {
        code: "W0205",
        title: "operations on files do not overlap with anything",
        lossy: true,
        urgent: false,
        target: Target::Wasi02,
        meaning: "Operations on files are `async` in WASI 0.3 and ordinary calls in 0.2.",
        approximation: "Each is done when the call that begins it returns. Results are the same; nothing else \
                        goes on meanwhile.",
        advice: "Nothing, unless a slow file system holds up other tasks.",
        applies: &[("wasi:filesystem/types", &[])],
    },
    Explanation {
        code: "W0206",
        title: "a connection that is being made cannot be given up",
        lossy: true,
        urgent: false,
        target: Target::Wasi02,
        meaning: "WASI 0.2 cannot cancel `connect`.",
        approximation: "Cancelling is reported at once; the socket stays busy until the connection is made or \
                        has failed, and goes then.",
        advice: "Nothing, unless the peer counts connections.",
        applies: &[("wasi:sockets/types", &["[method]tcp-socket.connect"])],
    },
    Explanation {
        code: "W0207",
        title: "errors of connections tell less",
        lossy: true,
        urgent: false,
        target: Target::Wasi02,
        meaning: "Streams of WASI 0.2 tell that they are closed, or fail with a text.",
        approximation: "A closed output becomes `connection-broken`, a failure `other` with its text.",
        advice: "Treat both as a broken connection.",
        applies: &[("wasi:sockets/types", &["[method]tcp-socket.send", "[method]tcp-socket.receive"])],
    },
    Explanation {
        code: "W0208",
        title: "errors of HTTP bodies tell less",
        lossy: true,
        urgent: false,
        target: Target::Wasi02,
        meaning: "Some hosts of WASI 0.2 do not know the code of an error that broke a body.",
        approximation: "It becomes `internal-error` with its text. What a consumer says about a body that it \
                        gives up does not reach the sender.",
        advice: "Treat it as a broken body.",
        applies: &[("wasi:http/types", &["[static]request.consume-body", "[static]response.consume-body"])],
    },
    Explanation {
        code: "W0209",
        title: "that a message was sent is told when the host has taken it",
        lossy: true,
        urgent: false,
        target: Target::Wasi02,
        meaning: "The future of a message of WASI 0.3 tells how its transmission went. Hosts of 0.2 do not \
                  tell.",
        approximation: "It resolves when the host has taken the body, or with the error that the host \
                        reports. Trailers of a message without a body are dropped.",
        advice: "Do not take it as a receipt of the peer.",
        applies: &[("wasi:http/types", &["[static]request.new", "[static]response.new"])],
    },
    Explanation {
        code: "W0210",
        title: "times far from now are left out",
        lossy: true,
        urgent: false,
        target: Target::Wasi02,
        meaning: "WASI 0.2 counts seconds since 1970 without a sign.",
        approximation: "Setting a time before 1970 fails with `overflow`; a time that does not fit is absent.",
        advice: "Nothing, unless the program handles such files.",
        applies: &[
            (
                "wasi:filesystem/types",
                &[
                    "[method]descriptor.stat",
                    "[method]descriptor.stat-at",
                    "[method]descriptor.set-times",
                    "[method]descriptor.set-times-at",
                ],
            ),
            ("wasi:clocks/system-clock", &["now"]),
        ],
    },
    Explanation {
        code: "W0211",
        title: "errors of standard streams tell less",
        lossy: true,
        urgent: false,
        target: Target::Wasi02,
        meaning: "WASI 0.3 tells `io`, `illegal-byte-sequence` and `pipe` apart; streams of 0.2 are closed or \
                  fail.",
        approximation: "A closed output is `pipe`, a failure `io`.",
        advice: "Do not tell apart more than that.",
        applies: &[
            ("wasi:cli/stdin", &["read-via-stream"]),
            ("wasi:cli/stdout", &["write-via-stream"]),
            ("wasi:cli/stderr", &["write-via-stream"]),
        ],
    },
    Explanation {
        code: "W0212",
        title: "a listing of a directory stops at its first error",
        lossy: true,
        urgent: false,
        target: Target::Wasi02,
        meaning: "WASI 0.2 gives one entry or one error at a time.",
        approximation: "The stream of entries ends at the first error, which its future tells.",
        advice: "Nothing. List again if it matters.",
        applies: &[("wasi:filesystem/types", &["[method]descriptor.read-directory"])],
    },
    Explanation {
        code: "W0213",
        title: "`wasi:clocks/timezone` does not know the name of the zone",
        lossy: true,
        urgent: true,
        target: Target::Wasi02,
        meaning: "WASI 0.2 offers an offset and an abbreviation, if the host has them at all; 0.3 asks for a \
                  name like `Europe/Paris`.",
        approximation: "The name and the offset are absent, as they are where the zone is unknown; the text for people is `UTC`.",
        advice: "Let the program read the zone from its environment.",
        applies: &[("wasi:clocks/timezone", &[])],
    },
    Explanation {
        code: "W0214",
        title: "header fields are kept as the host keeps them",
        lossy: true,
        urgent: false,
        target: Target::Wasi02,
        meaning: "Hosts of WASI 0.2 limit the size of headers by a trap and may change the case of their \
                  names.",
        approximation: "The program sees what the host keeps; fields beyond the limit trap.",
        advice: "Keep headers below the host's limit and compare names without case.",
        applies: &[(
            "wasi:http/types",
            &["[method]fields.set", "[method]fields.append", "[static]fields.from-list", "[method]fields.copy-all"],
        )],
    },
    Explanation {
        code: "W0215",
        title: "a datagram of a former peer can still arrive",
        lossy: true,
        urgent: false,
        target: Target::Wasi02,
        meaning: "WASI 0.2 makes new streams when the peer of a UDP socket changes.",
        approximation: "A `receive` that is under way goes on with the new peer.",
        advice: "Look at the address of each datagram.",
        applies: &[("wasi:sockets/types", &["[method]udp-socket.connect", "[method]udp-socket.disconnect"])],
    },
    Explanation {
        code: "W0216",
        title: "a write is taken whole, whatever its length",
        lossy: true,
        urgent: false,
        target: Target::Wasi02,
        meaning: "Hosts of WASI 0.3 may take a part of a write, and say how much; which part depends on the host.",
        approximation: "All of a write is taken into the adapter's memory and goes to the host from there. It is \
                        complete when the host has all of it.",
        advice: "Write in pieces if memory is short.",
        applies: &[
            ("wasi:cli/stdout", &["write-via-stream"]),
            ("wasi:cli/stderr", &["write-via-stream"]),
            ("wasi:filesystem/types", &["[method]descriptor.write-via-stream", "[method]descriptor.append-via-stream"]),
            ("wasi:sockets/types", &["[method]tcp-socket.send"]),
            ("wasi:http/types", &["[static]request.new", "[static]response.new"]),
        ],
    },
];
