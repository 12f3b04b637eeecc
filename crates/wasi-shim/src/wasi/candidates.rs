//! Release candidates: versions of WASI 0.3 that are 0.3 under another name, wholly or in part.

use super::{Catalogue, InterfaceName};
use crate::Generation;

/// A release candidate of WASI 0.3, and the interfaces that the release took over unchanged.
#[derive(Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// The version: `0.3.0-rc-2026-03-15`.
    pub version: &'static str,
    /// The interfaces (without version) whose types and functions are those of 0.3.0. All others
    /// differ.
    pub interfaces: &'static [&'static str],
}

/// The release candidates of 0.3 that are known, the latest first.
pub const CANDIDATES: &[Candidate] = &[
    Candidate {
        version: "0.3.0-rc-2026-03-15",
        interfaces: &[
            "wasi:cli/environment",
            "wasi:cli/exit",
            "wasi:cli/run",
            "wasi:cli/stderr",
            "wasi:cli/stdin",
            "wasi:cli/stdout",
            "wasi:cli/terminal-input",
            "wasi:cli/terminal-output",
            "wasi:cli/terminal-stderr",
            "wasi:cli/terminal-stdin",
            "wasi:cli/terminal-stdout",
            "wasi:cli/types",
            "wasi:clocks/monotonic-clock",
            "wasi:clocks/system-clock",
            "wasi:clocks/timezone",
            "wasi:clocks/types",
            "wasi:filesystem/preopens",
            "wasi:filesystem/types",
            "wasi:http/client",
            "wasi:http/handler",
            "wasi:http/types",
            "wasi:random/insecure",
            "wasi:random/insecure-seed",
            "wasi:random/random",
            "wasi:sockets/ip-name-lookup",
            "wasi:sockets/types",
        ],
    },
    Candidate {
        version: "0.3.0-rc-2026-01-06",
        interfaces: &[
            "wasi:cli/environment",
            "wasi:cli/exit",
            "wasi:cli/run",
            "wasi:cli/stdin",
            "wasi:cli/terminal-input",
            "wasi:cli/terminal-output",
            "wasi:cli/terminal-stderr",
            "wasi:cli/terminal-stdin",
            "wasi:cli/terminal-stdout",
            "wasi:cli/types",
            "wasi:clocks/monotonic-clock",
            "wasi:clocks/system-clock",
            "wasi:clocks/timezone",
            "wasi:clocks/types",
            "wasi:random/insecure-seed",
        ],
    },
    Candidate {
        version: "0.3.0-rc-2025-09-16",
        interfaces: &[
            "wasi:cli/environment",
            "wasi:cli/exit",
            "wasi:cli/run",
            "wasi:cli/stdin",
            "wasi:cli/terminal-input",
            "wasi:cli/terminal-output",
            "wasi:cli/terminal-stderr",
            "wasi:cli/terminal-stdin",
            "wasi:cli/terminal-stdout",
            "wasi:cli/types",
            "wasi:clocks/types",
            "wasi:random/insecure-seed",
        ],
    },
    Candidate {
        version: "0.3.0-rc-2025-08-15",
        interfaces: &[
            "wasi:cli/environment",
            "wasi:cli/exit",
            "wasi:cli/terminal-input",
            "wasi:cli/terminal-output",
            "wasi:cli/terminal-stderr",
            "wasi:cli/terminal-stdin",
            "wasi:cli/terminal-stdout",
            "wasi:random/insecure-seed",
        ],
    },
];

/// Whether `name` is of a package of WASI 0.2 or 0.3, at whatever version. Other packages of WASI
/// have candidates, too.
pub(crate) fn is_of_wasi(name: &InterfaceName) -> bool {
    let mut packages = Generation::ALL.into_iter().flat_map(Catalogue::texts);
    packages.any(|(package, _)| *package == name.package)
}

/// Whether `name` is of a release candidate of either generation, known or not.
pub(crate) fn is_candidate(name: &InterfaceName) -> bool {
    let version = &name.version;
    is_of_wasi(name) && version.major == 0 && matches!(version.minor, 2 | 3) && version.pre.starts_with("rc")
}
