//! Operations, events, and streams of bytes with their results. Knows no interface: see `hooks`.

pub mod canon;
pub mod failure;
pub mod op;
pub mod outcome;
pub mod sink;
pub mod source;
pub mod wait;
pub mod waitable;

// Everything here is tested natively, with `tests/host.rs` for what is behind `hooks`, and
// `tests/canon.rs` for the host.
#[cfg(test)]
mod tests;
