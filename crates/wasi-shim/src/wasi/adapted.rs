//! The interfaces that the adapters implement, and what each may call of the other generation.

use super::program::Program;
use crate::Generation;

/// The interfaces of 0.2 that P implements, each with the interfaces of 0.3 that it may call.
const OF_WASI02: &[(&str, &[&str])] = &[
    ("wasi:io/error", &[]),
    ("wasi:io/poll", &[]),
    ("wasi:io/streams", &[]),
    ("wasi:clocks/monotonic-clock", &["wasi:clocks/monotonic-clock"]),
    ("wasi:clocks/wall-clock", &["wasi:clocks/system-clock"]),
    ("wasi:clocks/timezone", &["wasi:clocks/timezone", "wasi:clocks/system-clock"]),
    ("wasi:random/random", &["wasi:random/random"]),
    ("wasi:random/insecure", &["wasi:random/insecure"]),
    ("wasi:random/insecure-seed", &["wasi:random/insecure-seed"]),
    ("wasi:cli/environment", &["wasi:cli/environment"]),
    ("wasi:cli/exit", &["wasi:cli/exit"]),
    ("wasi:cli/stdin", &["wasi:cli/stdin"]),
    ("wasi:cli/stdout", &["wasi:cli/stdout"]),
    ("wasi:cli/stderr", &["wasi:cli/stderr"]),
    ("wasi:cli/terminal-input", &["wasi:cli/terminal-input"]),
    ("wasi:cli/terminal-output", &["wasi:cli/terminal-output"]),
    ("wasi:cli/terminal-stdin", &["wasi:cli/terminal-stdin", "wasi:cli/terminal-input"]),
    ("wasi:cli/terminal-stdout", &["wasi:cli/terminal-stdout", "wasi:cli/terminal-output"]),
    ("wasi:cli/terminal-stderr", &["wasi:cli/terminal-stderr", "wasi:cli/terminal-output"]),
    ("wasi:filesystem/types", &["wasi:filesystem/types"]),
    ("wasi:filesystem/preopens", &["wasi:filesystem/preopens", "wasi:filesystem/types"]),
    ("wasi:sockets/network", &[]),
    ("wasi:sockets/instance-network", &[]),
    ("wasi:sockets/ip-name-lookup", &["wasi:sockets/ip-name-lookup"]),
    ("wasi:sockets/tcp", &["wasi:sockets/types"]),
    ("wasi:sockets/tcp-create-socket", &["wasi:sockets/types"]),
    ("wasi:sockets/udp", &["wasi:sockets/types"]),
    ("wasi:sockets/udp-create-socket", &["wasi:sockets/types"]),
    ("wasi:http/types", &[HTTP_TYPES]),
    ("wasi:http/outgoing-handler", &[HTTP_TYPES, "wasi:http/client"]),
];

/// The interfaces of 0.3 that R implements, each with the interfaces of 0.2 that it may call besides `wasi:io`.
const OF_WASI03: &[(&str, &[&str])] = &[
    ("wasi:clocks/types", &[]),
    ("wasi:clocks/monotonic-clock", &["wasi:clocks/monotonic-clock"]),
    ("wasi:clocks/system-clock", &["wasi:clocks/wall-clock"]),
    ("wasi:clocks/timezone", &[]),
    ("wasi:random/random", &["wasi:random/random"]),
    ("wasi:random/insecure", &["wasi:random/insecure"]),
    ("wasi:random/insecure-seed", &["wasi:random/insecure-seed"]),
    ("wasi:cli/types", &[]),
    ("wasi:cli/environment", &["wasi:cli/environment"]),
    ("wasi:cli/exit", &["wasi:cli/exit"]),
    ("wasi:cli/stdin", &["wasi:cli/stdin"]),
    ("wasi:cli/stdout", &["wasi:cli/stdout"]),
    ("wasi:cli/stderr", &["wasi:cli/stderr"]),
    ("wasi:cli/terminal-input", &["wasi:cli/terminal-input"]),
    ("wasi:cli/terminal-output", &["wasi:cli/terminal-output"]),
    ("wasi:cli/terminal-stdin", &["wasi:cli/terminal-stdin", "wasi:cli/terminal-input"]),
    ("wasi:cli/terminal-stdout", &["wasi:cli/terminal-stdout", "wasi:cli/terminal-output"]),
    ("wasi:cli/terminal-stderr", &["wasi:cli/terminal-stderr", "wasi:cli/terminal-output"]),
    ("wasi:filesystem/types", &["wasi:filesystem/types"]),
    ("wasi:filesystem/preopens", &["wasi:filesystem/preopens", "wasi:filesystem/types"]),
    (
        "wasi:sockets/types",
        &[
            "wasi:sockets/instance-network",
            "wasi:sockets/network",
            "wasi:sockets/tcp",
            "wasi:sockets/tcp-create-socket",
            "wasi:sockets/udp",
            "wasi:sockets/udp-create-socket",
            "wasi:clocks/monotonic-clock",
        ],
    ),
    (
        "wasi:sockets/ip-name-lookup",
        &["wasi:sockets/instance-network", "wasi:sockets/network", "wasi:sockets/ip-name-lookup"],
    ),
    (HTTP_TYPES, &[HTTP_TYPES]),
    ("wasi:http/client", &[HTTP_TYPES, "wasi:http/outgoing-handler"]),
];

/// The resource types that all of HTTP works with.
const HTTP_TYPES: &str = "wasi:http/types";

/// The interfaces of 0.2 that R may call for any interface, and for the async component model alone.
pub(crate) const IO: &[&str] = &["wasi:io/error", "wasi:io/poll", "wasi:io/streams"];

/// The interfaces of `generation` that an adapter implements, each with its counterparts.
fn table(generation: Generation) -> &'static [(&'static str, &'static [&'static str])] {
    match generation {
        Generation::Wasi02 => OF_WASI02,
        Generation::Wasi03 => OF_WASI03,
    }
}

/// The interfaces of `generation` that an adapter implements, without version.
pub(crate) fn interfaces(generation: Generation) -> impl Iterator<Item = &'static str> {
    table(generation).iter().map(|(name, _)| *name)
}

/// Whether an adapter implements `interface` (without version) of `generation`.
pub(crate) fn has_interface(generation: Generation, interface: &str) -> bool {
    interfaces(generation).any(|name| name == interface)
}

/// The interfaces of the other generation that an adapter may call for `interface` (without version) of `generation`, besides
/// [`IO`].
pub(crate) fn counterparts(generation: Generation, interface: &str) -> &'static [&'static str] {
    match table(generation).iter().find(|(name, _)| *name == interface) {
        Some((_, counterparts)) => counterparts,
        // Requests and responses, the values of a service.
        None if interface == Program::Handler.interface(generation) => &[HTTP_TYPES],
        None => &[],
    }
}
