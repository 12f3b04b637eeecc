//! The kinds of notes. `W01…` are about hosts of WASI 0.3, `W02…` about those of 0.2.

use super::Explanation;
use crate::Generation;

/// What an adapter upon an adapter means, in either direction.
const TWO_ADAPTERS: &str = "The output has both adapters, so the losses of both directions add up, and each call \
                            passes through both. Its imports and exports can be of other versions than those of the \
                            original, which `wasi-shim inspect --original` prints.";

pub(super) const EXPLANATIONS: &[Explanation] = &[
    Explanation {
        code: "W0101",
        title: "calls of an export that is not async trap if they have to wait",
        lossy: true,
        urgent: true,
        target: Generation::Wasi03,
        meaning: "The component exports functions of its own. On WASI 0.3 only an `async` function \
                  may wait, and these are not `async`: their callers were built for the type that \
                  they have.",
        approximation: "The exports keep their types. Calls that need not wait work: they may \
                        write output, wait for time alone, and ask for what an earlier call began \
                        (`ready`, `get`, `read`, `finish-connect`), since the host makes progress \
                        between calls. A call that has to wait for the host traps; so does `poll` \
                        if nothing is ready and the list has more than timers.",
        advice: "`--async-exports` makes the exports `async`; their callers then have to be built \
                 for that. Within a composition nothing is needed: compose first, then wrap the \
                 composition.",
        applies: &[],
    },
    Explanation {
        code: "W0102",
        title: "a constructor or destructor that has to wait traps if another component calls it",
        lossy: true,
        urgent: true,
        target: Generation::Wasi03,
        meaning: "Calls between the components of a composition may wait, because each function \
                  gets an `async` variant. Constructors and destructors cannot have one.",
        approximation: "A constructor that another component calls traps if it has to wait; so \
                        does a destructor when another component drops the handle. Output and \
                        time do not need to wait.",
        advice: "Move the code that waits into a method or a function.",
        applies: &[],
    },
    Explanation {
        code: "W0103",
        title: "an instance handles one request at a time, and by default only one",
        lossy: false,
        urgent: true,
        target: Generation::Wasi03,
        meaning: "A host of WASI 0.3 may give one instance many requests, also at the same time. \
                  Services of 0.2 are made for hosts of which many give each request an instance \
                  of its own.",
        approximation: "By default `wrap` lets an instance take one request and no more: it keeps \
                        backpressure up. With `--reuse-instance`, and in the output of `compose`, \
                        an instance takes one request after another, never two at once.",
        advice: "If the service keeps no state between requests, `--reuse-instance` is faster. \
                 Hosts have switches of their own: `wasmtime serve --max-instance-reuse-count`.",
        applies: &[],
    },
    Explanation {
        code: "W0104",
        title: "the authority of a request may be `localhost`: hosts need not tell the real one",
        lossy: true,
        urgent: true,
        target: Generation::Wasi03,
        meaning: "Some hosts of WASI 0.3 hand over neither the authority nor the `host` header of \
                  a request; `wasmtime serve` is one of them.",
        approximation: "The program gets the authority of the request, else the `host` header, \
                        else `localhost`; and the scheme HTTP if the host tells none.",
        advice: "Behind such a host do not build absolute URLs from the authority; take the public \
                 name from the configuration.",
        applies: &[],
    },
    Explanation {
        code: "W0105",
        title: "`wasi:clocks/timezone` reports UTC, whatever the zone of the host is",
        lossy: true,
        urgent: true,
        target: Generation::Wasi03,
        meaning: "Timezones are unstable in both generations, and no known host of WASI 0.3 offers \
                  them.",
        approximation: "Every offset is 0 and every name is `UTC`.",
        advice: "Let the program read the zone from its environment, or convert times elsewhere.",
        applies: &[("wasi:clocks/timezone", &[])],
    },
    Explanation {
        code: "W0106",
        title: "a component built for a candidate of WASI 0.3 is treated as one for the release",
        lossy: false,
        urgent: true,
        target: Generation::Wasi03,
        meaning: "Release candidates carry versions like `0.3.0-rc-2026-03-15`. Those that are \
                  known have the same interfaces as the release.",
        approximation: "The imports and exports are renamed; nothing else changes.",
        advice: "Build the component for the release when its toolchain can.",
        applies: &[],
    },
    Explanation {
        code: "W0107",
        title: "the component was wrapped for WASI 0.2 before: the output has an adapter upon an adapter",
        lossy: true,
        urgent: true,
        target: Generation::Wasi03,
        meaning: "The metadata of the component says that wasi-shim has adapted it from WASI 0.3 to \
                  WASI 0.2 already. That adapter cannot be taken out again.",
        approximation: TWO_ADAPTERS,
        advice: "Use the original, which runs on hosts of WASI 0.3 as it is.",
        applies: &[],
    },
    Explanation {
        code: "W0110",
        title: "`flush` means the host accepted the bytes, not that they are on disk",
        lossy: true,
        urgent: false,
        target: Generation::Wasi03,
        meaning: "Streams of WASI 0.3 have no flush: a write is complete when the other end has \
                  taken the bytes.",
        approximation: "The blocking forms return when the host has taken all bytes; bodies of \
                        `wasi:http` may lag behind by one write. `flush` itself has nothing left \
                        to do.",
        advice: "For files, call `sync` or `sync-data`: the host gets these calls as they are.",
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
        title: "a file stream that cannot be opened fails at its first use",
        lossy: true,
        urgent: false,
        target: Generation::Wasi03,
        meaning: "In WASI 0.2 a function that makes a stream of a file can fail at once. In 0.3 it \
                  returns the stream first, and the error comes through a future.",
        approximation: "A stream of a directory fails at once; other errors come with the first \
                        read, write or flush.",
        advice: "Check the results of reads, writes and flushes, as programs have to anyway.",
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
        title: "`descriptor.read` reports the end of a file by a read without bytes",
        lossy: false,
        urgent: false,
        target: Generation::Wasi03,
        meaning: "`descriptor.read` returns bytes and whether the end is reached. Hosts differ in \
                  whether one call may return both.",
        approximation: "The last bytes come without the flag, and the next read reports the end, \
                        as on wasmtime.",
        advice: "Read until the end is reported, as programs have to anyway.",
        applies: &[("wasi:filesystem/types", &["[method]descriptor.read"])],
    },
    Explanation {
        code: "W0113",
        title: "dropping a stream does not wait for the bytes that were written to it",
        lossy: true,
        urgent: false,
        target: Generation::Wasi03,
        meaning: "Hosts of WASI 0.2 can finish writes within `drop`. On 0.3 a drop cannot wait.",
        approximation: "The remaining bytes are written in the background, at the latest before \
                        the program ends or the request is done.",
        advice: "Flush before dropping if others look at the result while the program goes on.",
        applies: &[
            ("wasi:filesystem/types", &["[method]descriptor.write-via-stream", "[method]descriptor.append-via-stream"]),
            ("wasi:sockets/udp", &["[method]outgoing-datagram-stream.send"]),
            ("wasi:sockets/tcp", &["[method]tcp-socket.finish-connect", "[method]tcp-socket.accept"]),
        ],
    },
    Explanation {
        code: "W0114",
        title: "closed sockets and abandoned requests reach the host a little later",
        lossy: true,
        urgent: false,
        target: Generation::Wasi03,
        meaning: "On WASI 0.3 an operation in flight keeps its resource until the operation is \
                  cancelled, and a cancellation may have to wait.",
        approximation: "Shutting down for reading, freeing a port and giving up a request happen \
                        at the next call that may wait.",
        advice: "Nothing to do, unless another program depends on the moment.",
        applies: &[
            ("wasi:sockets/tcp", &["[method]tcp-socket.shutdown"]),
            ("wasi:sockets/udp", &["[method]udp-socket.finish-bind"]),
            ("wasi:http/outgoing-handler", &["handle"]),
        ],
    },
    Explanation {
        code: "W0115",
        title: "every `network` is the one network that the host allows",
        lossy: true,
        urgent: false,
        target: Generation::Wasi03,
        meaning: "WASI 0.2 hands out networks as capabilities; 0.3 has only the one that the host \
                  allows.",
        approximation: "Every `network` stands for that one. What the host denies stays denied.",
        advice: "Nothing to do: a program that works with the network it is given works with this \
                 one.",
        applies: &[("wasi:sockets/instance-network", &[])],
    },
    Explanation {
        code: "W0116",
        title: "some errors of files become `io`, and some kinds of files `unknown`",
        lossy: true,
        urgent: false,
        target: Generation::Wasi03,
        meaning: "WASI 0.3 can report an error of a file, or the kind of a file, as `other` with a \
                  text. 0.2 has no such case.",
        approximation: "The error `other` becomes `io`, the kind `other` becomes `unknown`. All \
                        other codes are the same.",
        advice: "Tell apart only the error codes that the program handles.",
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
        title: "some errors of sockets become `unknown`",
        lossy: true,
        urgent: false,
        target: Generation::Wasi03,
        meaning: "WASI 0.3 has codes that 0.2 lacks (`connection-broken`, and `other` with a \
                  text), and lacks `new-socket-limit`.",
        approximation: "`connection-broken` becomes `closed` on output streams, else `unknown`; \
                        `other` becomes `unknown`. `new-socket-limit` never comes; \
                        `concurrency-conflict`, `not-in-progress` and `would-block` come from the \
                        adapter.",
        advice: "Treat `unknown` like any other failure.",
        applies: &[("wasi:sockets/tcp", &[]), ("wasi:sockets/udp", &[]), ("wasi:sockets/ip-name-lookup", &[])],
    },
    Explanation {
        code: "W0118",
        title: "`accept` does not report connections that failed while they waited",
        lossy: true,
        urgent: false,
        target: Generation::Wasi03,
        meaning: "`listen` of WASI 0.3 gives a stream of sockets, which has no errors of its own.",
        approximation: "The host leaves out a connection that failed while it waited, or gives a \
                        socket whose first operation fails.",
        advice: "Nothing to do: servers go on to the next connection either way.",
        applies: &[("wasi:sockets/tcp", &["[method]tcp-socket.accept"])],
    },
    Explanation {
        code: "W0119",
        title: "times before 1970 are absent, and a clock before 1970 is at 0",
        lossy: true,
        urgent: false,
        target: Generation::Wasi03,
        meaning: "WASI 0.3 counts seconds with a sign, 0.2 without.",
        approximation: "A file's time before 1970 is absent, and a clock before 1970 is at 0. \
                        Setting a time that 0.3 cannot express fails with `overflow`.",
        advice: "Nothing to do, unless the program handles such files.",
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
        title: "headers that are too large are refused as `forbidden`",
        lossy: true,
        urgent: false,
        target: Generation::Wasi03,
        meaning: "WASI 0.3 can refuse header fields for their size, or with a text. 0.2 has no \
                  such errors.",
        approximation: "`size-exceeded` and `other` become `forbidden`.",
        advice: "Keep headers below the host's limit.",
        applies: &[("wasi:http/types", &["[method]fields.set", "[method]fields.append", "[static]fields.from-list"])],
    },
    Explanation {
        code: "W0121",
        title: "standard input may be read further than the program has taken it",
        lossy: true,
        urgent: false,
        target: Generation::Wasi03,
        meaning: "A read of a stream of WASI 0.3 that is given up may have taken bytes already.",
        approximation: "A read takes at most as many bytes as the program asked for, and asking \
                        for readiness takes up to 4 KiB. Bytes that the program leaves are lost to \
                        programs that share the input.",
        advice: "Nothing to do, unless another program goes on to read the same input.",
        applies: &[("wasi:cli/stdin", &["get-stdin"])],
    },
    Explanation {
        code: "W0122",
        title: "errors of standard input are `io`, `illegal-byte-sequence` or `pipe`",
        lossy: true,
        urgent: false,
        target: Generation::Wasi03,
        meaning: "On WASI 0.2 standard input may fail with any error code of files, for example \
                  `is-directory`. 0.3 knows only these three.",
        approximation: "The code is one of the three, mostly `io`, and its text is the name of the \
                        code.",
        advice: "Tell apart no more than these three.",
        applies: &[("wasi:cli/stdin", &["get-stdin"])],
    },
    Explanation {
        code: "W0130",
        title: "engines may refuse the component by default, because it uses a new feature",
        lossy: false,
        urgent: true,
        target: Generation::Wasi03,
        meaning: "Standards have adopted the feature, but engines have to be told to take it: \
                  threads, wide arithmetic, compact import sections, and of the component model \
                  maps, `implements` and `external-id`, which came with WASI 0.3.1.",
        approximation: "The feature is passed on as it is.",
        advice: "Give the engine the option that the note names for wasmtime. Features that no \
                 standard has adopted yet are refused.",
        applies: &[],
    },
    Explanation {
        code: "W0201",
        title: "a call of an async export blocks until the export has returned",
        lossy: true,
        urgent: true,
        target: Generation::Wasi02,
        meaning: "The component exports `async` functions of its own. WASI 0.2 has none.",
        approximation: "The exports become functions that return when the task has ended. Two \
                        calls cannot overlap.",
        advice: "Within a composition the functions stay async: compose first, then wrap the \
                 composition.",
        applies: &[],
    },
    Explanation {
        code: "W0202",
        title: "the output needs a host with a late patch of WASI 0.2, for `exit-with-code`",
        lossy: false,
        urgent: true,
        target: Generation::Wasi02,
        meaning: "The component tells exit codes by `exit-with-code`, which earlier patches of \
                  WASI 0.2 do not have. The note names the first that has it.",
        approximation: "The output imports that patch, and hosts of earlier ones do not run it.",
        advice: "Releases of wasmtime before 46 have the function behind the switch `-S \
                 cli-exit-with-code`. For other hosts give `--wasi-patch 0.2.0`: then the output \
                 calls `exit`, which tells success from failure and no more (W0218).",
        applies: &[],
    },
    Explanation {
        code: "W0203",
        title: "an instance handles one call at a time",
        lossy: true,
        urgent: false,
        target: Generation::Wasi02,
        meaning: "A host of WASI 0.3 may call an instance while another call is in progress. A \
                  host of 0.2 does not.",
        approximation: "Each request is handled to its end before the instance is called again. \
                        Backpressure has nothing to hold back.",
        advice: "Nothing to do: hosts of WASI 0.2 use as many instances as there are requests.",
        applies: &[("wasi:http/types", &["[static]response.new"])],
    },
    Explanation {
        code: "W0204",
        title: "work that goes on after `run` has returned is dropped",
        lossy: true,
        urgent: false,
        target: Generation::Wasi02,
        meaning: "A task may go on after it has returned its value.",
        approximation: "When `run` has returned, the output is written, and all other work is \
                        dropped, as hosts of WASI 0.3 do.",
        advice: "Let the program wait for the work that it began. Services and exports of the \
                 component's own run to their end.",
        applies: &[("wasi:cli/stdout", &["write-via-stream"]), ("wasi:cli/stderr", &["write-via-stream"])],
    },
    Explanation {
        code: "W0205",
        title: "nothing else runs during an operation on a file",
        lossy: true,
        urgent: false,
        target: Generation::Wasi02,
        meaning: "Operations on files are `async` in WASI 0.3 and ordinary calls in 0.2.",
        approximation: "Each operation is complete when the call that begins it returns. Results \
                        are the same; no other task runs meanwhile.",
        advice: "Nothing to do, unless a slow file system holds up other tasks.",
        applies: &[("wasi:filesystem/types", &[])],
    },
    Explanation {
        code: "W0206",
        title: "a cancelled `connect` goes on in the host",
        lossy: true,
        urgent: false,
        target: Generation::Wasi02,
        meaning: "WASI 0.2 cannot cancel `connect`.",
        approximation: "The cancellation is reported at once. The host goes on connecting, and the \
                        socket can be used for nothing else.",
        advice: "Nothing to do, unless the peer counts connections.",
        applies: &[("wasi:sockets/types", &["[method]tcp-socket.connect"])],
    },
    Explanation {
        code: "W0207",
        title: "errors of connections become `connection-broken`, or `other` with a text",
        lossy: true,
        urgent: false,
        target: Generation::Wasi02,
        meaning: "Streams of WASI 0.2 are closed, or fail with a text.",
        approximation: "A closed output becomes `connection-broken`, a failure becomes `other` \
                        with its text.",
        advice: "Treat both as a broken connection.",
        applies: &[("wasi:sockets/types", &["[method]tcp-socket.send", "[method]tcp-socket.receive"])],
    },
    Explanation {
        code: "W0208",
        title: "errors of HTTP bodies may become `internal-error`",
        lossy: true,
        urgent: false,
        target: Generation::Wasi02,
        meaning: "Some hosts of WASI 0.2 do not know the code of the error that broke a body.",
        approximation: "Such an error becomes `internal-error` with its text. The result that the \
                        program gives to `consume-body` of a message from the host does not reach \
                        the sender.",
        advice: "Treat `internal-error` as a broken body.",
        applies: &[("wasi:http/types", &["[static]request.consume-body", "[static]response.consume-body"])],
    },
    Explanation {
        code: "W0209",
        title: "a message counts as sent when the host has taken it",
        lossy: true,
        urgent: false,
        target: Generation::Wasi02,
        meaning: "In WASI 0.3 the future of a message tells how its transmission went. Hosts of \
                  0.2 do not tell.",
        approximation: "The future resolves when the host has taken the body, or with the error \
                        that the host reports. Trailers of a message without a body are dropped \
                        unless they are known when it is sent.",
        advice: "Do not take the future for a receipt of the peer.",
        applies: &[("wasi:http/types", &["[static]request.new", "[static]response.new"])],
    },
    Explanation {
        code: "W0210",
        title: "times that do not fit are absent, and a time before 1970 cannot be set",
        lossy: true,
        urgent: false,
        target: Generation::Wasi02,
        meaning: "WASI 0.2 counts seconds since 1970 without a sign.",
        approximation: "Setting a time before 1970 fails with `overflow`; a time that does not fit \
                        is absent.",
        advice: "Nothing to do, unless the program handles such files.",
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
        title: "errors of standard streams become `io`, or `pipe` for a closed output",
        lossy: true,
        urgent: false,
        target: Generation::Wasi02,
        meaning: "WASI 0.3 tells `io`, `illegal-byte-sequence` and `pipe` apart. Streams of 0.2 \
                  are closed, or fail.",
        approximation: "A closed output becomes `pipe`, a failure becomes `io`.",
        advice: "Tell apart no more than these two.",
        applies: &[
            ("wasi:cli/stdin", &["read-via-stream"]),
            ("wasi:cli/stdout", &["write-via-stream"]),
            ("wasi:cli/stderr", &["write-via-stream"]),
        ],
    },
    Explanation {
        code: "W0212",
        title: "a directory listing stops at its first error",
        lossy: true,
        urgent: false,
        target: Generation::Wasi02,
        meaning: "WASI 0.2 gives one entry or one error at a time.",
        approximation: "The stream of entries ends at the first error, which its future tells.",
        advice: "Nothing to do. List the directory again if it matters.",
        applies: &[("wasi:filesystem/types", &["[method]descriptor.read-directory"])],
    },
    Explanation {
        code: "W0213",
        title: "`wasi:clocks/timezone` reports neither the name nor the offset of the zone",
        lossy: true,
        urgent: true,
        target: Generation::Wasi02,
        meaning: "WASI 0.2 offers an offset and an abbreviation, if the host has them at all; 0.3 \
                  asks for a name like `Europe/Paris`.",
        approximation: "The name and the offset are absent, as they are where the zone is unknown; \
                        the text for people is `UTC`.",
        advice: "Let the program read the zone from its environment.",
        applies: &[("wasi:clocks/timezone", &[])],
    },
    Explanation {
        code: "W0214",
        title: "the host may change the case of header names, and traps if headers are too large",
        lossy: true,
        urgent: false,
        target: Generation::Wasi02,
        meaning: "Hosts of WASI 0.2 limit the size of headers by a trap, and may change the case \
                  of their names.",
        approximation: "The program sees the fields as the host keeps them; fields beyond the \
                        limit trap.",
        advice: "Keep headers below the host's limit, and compare names without case.",
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
        target: Generation::Wasi02,
        meaning: "WASI 0.2 makes new streams when the peer of a UDP socket changes.",
        approximation: "A `receive` in progress goes on with the new peer.",
        advice: "Look at the address of each datagram.",
        applies: &[("wasi:sockets/types", &["[method]udp-socket.connect", "[method]udp-socket.disconnect"])],
    },
    Explanation {
        code: "W0216",
        title: "a write is complete only when the host has all of it",
        lossy: true,
        urgent: false,
        target: Generation::Wasi02,
        meaning: "Hosts of WASI 0.3 may take a part of a write, and say how much; the part depends \
                  on the host.",
        approximation: "All of a write is taken. Where the host does not read the program's memory \
                        itself, the bytes go through the adapter's memory.",
        advice: "Write in pieces if memory is short.",
        applies: &[
            ("wasi:cli/stdout", &["write-via-stream"]),
            ("wasi:cli/stderr", &["write-via-stream"]),
            ("wasi:filesystem/types", &["[method]descriptor.write-via-stream", "[method]descriptor.append-via-stream"]),
            ("wasi:sockets/types", &["[method]tcp-socket.send"]),
            ("wasi:http/types", &["[static]request.new", "[static]response.new"]),
        ],
    },
    Explanation {
        code: "W0217",
        title: "a call that lends resources of WASI or of the host ends before its caller goes on",
        lossy: true,
        urgent: true,
        target: Generation::Wasi02,
        meaning: "A call lends a handle until it has returned. A component can lend its own \
                  resources to a task that waits. On a host of 0.2, resources of WASI or of the \
                  host can be lent only while a function runs.",
        approximation: "The task runs to its end before its caller goes on. If it waits for \
                        something that only the caller could give, that is a deadlock, which \
                        traps.",
        advice: "Give the function the resource itself, as `own`, and have it given back; or give \
                 it a stream of what it needs.",
        applies: &[],
    },
    Explanation {
        code: "W0218",
        title: "all exit codes but 0 become failure",
        lossy: true,
        urgent: true,
        target: Generation::Wasi02,
        meaning: "The component tells exit codes by `exit-with-code`, and `--wasi-patch` asks for \
                  a patch of WASI 0.2 that does not have this function.",
        approximation: "The output calls `exit`, which tells success from failure and no more.",
        advice: "Leave out `--wasi-patch`, and run the output on a host of the patch that the \
                 note names.",
        applies: &[],
    },
    Explanation {
        code: "W0219",
        title: "the output imports the monotonic clock, which the component does not",
        lossy: false,
        urgent: true,
        target: Generation::Wasi02,
        meaning: "Hosts of WASI 0.2 do not announce everything that a program of 0.3 may wait for: \
                  a UDP socket that others use as well, and a server that is out of connections.",
        approximation: "The adapter waits for a moment by the clock, and tries again.",
        advice: "Give the output the clock where the host gives interfaces one by one.",
        applies: &[],
    },
    Explanation {
        code: "W0220",
        title: "the component was wrapped for WASI 0.3 before: the output has an adapter upon an adapter",
        lossy: true,
        urgent: true,
        target: Generation::Wasi02,
        meaning: "The metadata of the component says that wasi-shim has adapted it from WASI 0.2 to \
                  WASI 0.3 already. That adapter cannot be taken out again.",
        approximation: TWO_ADAPTERS,
        advice: "Use the original, which runs on hosts of WASI 0.2 as it is.",
        applies: &[],
    },
    Explanation {
        code: "W0230",
        title: "engines may refuse the component by default, because it uses a new feature",
        lossy: false,
        urgent: true,
        target: Generation::Wasi02,
        meaning: "Standards have adopted the feature, but engines have to be told to take it: \
                  threads, wide arithmetic, compact import sections, and of the component model \
                  `implements` and `external-id`, which came with WASI 0.3.1.",
        approximation: "The feature is passed on as it is.",
        advice: "Give the engine the option that the note names for wasmtime. Features that no \
                 standard has adopted yet are refused.",
        applies: &[],
    },
    Explanation {
        code: "W0231",
        title: "maps become lists of tuples",
        lossy: false,
        urgent: true,
        target: Generation::Wasi02,
        meaning: "`map<K, V>` came with WASI 0.3.1. Hosts of WASI 0.2 do not know it.",
        approximation: "Types have `list<tuple<K, V>>` in the place of maps. The component's code \
                        cannot tell the difference.",
        advice: "Hosts and other components that use these types must have lists in the place of maps, too.",
        applies: &[],
    },
];
