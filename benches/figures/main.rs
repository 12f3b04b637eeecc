//! What adapting costs: native, composed and linked side by side, in one run on one machine.
//!
//!     cargo bench --bench figures [-- 0.2|0.3|start|http|sockets|PART OF A ROW'S NAME ...]
//!
//! A cell says what it took by the clock and, after the slash, in processor time, which other work
//! on the machine changes less. The processor time is that of the whole process: with client and
//! server, where there are both. No time is ever asserted.

#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

mod http;
mod large;
mod measure;
mod precompiled;
mod sockets;
mod start;
mod wasi02;
mod wasi03;

use measure::Choice;

fn main() {
    // `cargo test --benches` runs this too, without that argument.
    let is_quick = !std::env::args().any(|arg| arg == "--bench");
    let names = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let choice = Choice { is_quick, names };
    wasi02::print(&choice);
    wasi03::print(&choice);
    start::print(&choice);
    http::print(&choice);
    sockets::print(&choice);
}
