//! `wasi-shim --version`: the version, the commit if it is known, and the WASI that is known.

use std::sync::LazyLock;

use wasi_shim::Generation;
use wasi_shim::wasi::{CANDIDATES, latest};

/// The version, in several lines.
pub static LONG: LazyLock<String> = LazyLock::new(|| {
    let commit = option_env!("WASI_SHIM_COMMIT").map_or(String::new(), |commit| format!(" ({commit})"));
    let releases = Generation::ALL.map(|known| format!("WASI {}.0 to {}", known.number(), latest(known)));
    let candidates: Vec<&str> = CANDIDATES.iter().map(|candidate| candidate.version).collect();
    format!("{}{commit}\n{}\n{}", env!("CARGO_PKG_VERSION"), releases.join("\n"), candidates.join("\n"))
});
