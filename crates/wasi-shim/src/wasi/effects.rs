//! How each function of WASI 0.2 behaves when it is implemented on 0.3, and which of 0.3 have to wait on 0.2.

/// Whether a function of 0.2, implemented on 0.3, has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Class S: made of operations that never wait.
    Direct,
    /// Class R: never waits by contract, but has to let the host go on when it is repeated without result, has to
    /// drain output first, or learns its error only later.
    Repeats,
    /// Class A: waits for an `async func`, a stream or future, or a pollable.
    Waits,
}

/// The functions that are not direct, by interface.
const NOT_DIRECT: &[(&str, Effect, &[&str])] = &[
    ("wasi:io/poll", Effect::Waits, &["[method]pollable.block", "poll"]),
    ("wasi:io/poll", Effect::Repeats, &["[method]pollable.ready"]),
    (
        "wasi:io/streams",
        Effect::Waits,
        &[
            "[method]input-stream.blocking-read",
            "[method]input-stream.blocking-skip",
            "[method]output-stream.blocking-write-and-flush",
            "[method]output-stream.blocking-flush",
            "[method]output-stream.blocking-write-zeroes-and-flush",
            "[method]output-stream.blocking-splice",
        ],
    ),
    (
        "wasi:io/streams",
        Effect::Repeats,
        &[
            "[method]input-stream.read",
            "[method]input-stream.skip",
            "[method]output-stream.check-write",
            "[method]output-stream.splice",
        ],
    ),
    ("wasi:cli/run", Effect::Waits, &["run"]),
    ("wasi:cli/exit", Effect::Repeats, &["exit", "exit-with-code"]),
    (
        "wasi:filesystem/types",
        Effect::Waits,
        &[
            "[method]descriptor.advise",
            "[method]descriptor.sync-data",
            "[method]descriptor.get-flags",
            "[method]descriptor.get-type",
            "[method]descriptor.set-size",
            "[method]descriptor.set-times",
            "[method]descriptor.read",
            "[method]descriptor.write",
            "[method]descriptor.sync",
            "[method]descriptor.create-directory-at",
            "[method]descriptor.stat",
            "[method]descriptor.stat-at",
            "[method]descriptor.set-times-at",
            "[method]descriptor.link-at",
            "[method]descriptor.open-at",
            "[method]descriptor.readlink-at",
            "[method]descriptor.remove-directory-at",
            "[method]descriptor.rename-at",
            "[method]descriptor.symlink-at",
            "[method]descriptor.unlink-file-at",
            "[method]descriptor.is-same-object",
            "[method]descriptor.metadata-hash",
            "[method]descriptor.metadata-hash-at",
            "[method]directory-entry-stream.read-directory-entry",
        ],
    ),
    ("wasi:filesystem/types", Effect::Repeats, &["[method]descriptor.read-directory"]),
    ("wasi:sockets/ip-name-lookup", Effect::Repeats, &["[method]resolve-address-stream.resolve-next-address"]),
    (
        "wasi:sockets/tcp",
        Effect::Repeats,
        &["[method]tcp-socket.start-bind", "[method]tcp-socket.finish-connect", "[method]tcp-socket.accept"],
    ),
    (
        "wasi:sockets/udp",
        Effect::Repeats,
        &[
            "[method]udp-socket.start-bind",
            "[method]incoming-datagram-stream.receive",
            "[method]outgoing-datagram-stream.check-send",
        ],
    ),
    ("wasi:http/incoming-handler", Effect::Waits, &["handle"]),
    ("wasi:http/types", Effect::Repeats, &["[method]future-trailers.get", "[method]future-incoming-response.get"]),
];

/// The functions that move bulk bytes, which travel in a carrier of their own (`adapters/README.md`).
const BULK: &[(&str, &[&str])] = &[
    (
        "wasi:io/streams",
        &[
            "[method]input-stream.read",
            "[method]input-stream.blocking-read",
            "[method]output-stream.write",
            "[method]output-stream.blocking-write-and-flush",
        ],
    ),
    ("wasi:filesystem/types", &["[method]descriptor.read", "[method]descriptor.write"]),
];

/// The effect of `function` of `interface` (without version).
pub(crate) fn effect(interface: &str, function: &str) -> Effect {
    NOT_DIRECT
        .iter()
        .find(|(name, _, functions)| *name == interface && functions.contains(&function))
        .map_or(Effect::Direct, |(_, effect, _)| *effect)
}

/// The functions of 0.3 that wait for a pollable of 0.2.
const WAITING03: &[(&str, &[&str])] = &[
    ("wasi:clocks/monotonic-clock", &["wait-until", "wait-for"]),
    ("wasi:cli/run", &["run"]),
    ("wasi:sockets/ip-name-lookup", &["resolve-addresses"]),
    ("wasi:sockets/types", &["[method]tcp-socket.connect", "[method]udp-socket.send", "[method]udp-socket.receive"]),
    ("wasi:http/client", &["send"]),
    ("wasi:http/handler", &["handle"]),
];

/// The effect of `function` of `interface` of 0.3 (without version), implemented on 0.2.
pub(crate) fn effect03(interface: &str, function: &str) -> Effect {
    let waits = WAITING03.iter().any(|(name, functions)| *name == interface && functions.contains(&function));
    if waits { Effect::Waits } else { Effect::Direct }
}

/// Whether `function` of `interface` is split into `start-…` and `finish-…` between guest and adapter.
pub(crate) fn is_split(interface: &str, function: &str) -> bool {
    effect(interface, function) != Effect::Direct
        || BULK.iter().any(|(name, functions)| *name == interface && functions.contains(&function))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasi::Catalogue;

    #[test]
    fn every_entry_names_a_function() {
        let catalogue = Catalogue::all();
        let known: Vec<(String, &str)> =
            catalogue.effects().map(|(interface, function, _)| (interface, function)).collect();
        let listed = NOT_DIRECT.iter().map(|(interface, _, functions)| (interface, functions));
        for (interface, functions) in listed.chain(BULK.iter().map(|(interface, functions)| (interface, functions))) {
            for function in *functions {
                let known = known.iter().any(|(i, f)| i == interface && f == function);
                assert!(known, "{interface} has no function {function}");
            }
        }
    }
}
