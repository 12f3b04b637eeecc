//! The costs of adapting: native, composed and linked side by side, in one run on one machine.
//!
//!     cargo bench -- [0.2|0.3|start|http|sockets|PART OF A ROW'S NAME ...] [--compare FILE]
//!
//! `--compare` says which ratios are worse than those of an earlier run, whose output FILE is, and
//! fails if there are any (`compare.rs`).
//!
//! A cell says what it took by the clock and, after the slash, in processor time, which other work
//! on the machine changes less. The processor time is that of the whole process: with client and
//! server, where there are both. No time is ever asserted.

#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

mod compare;
mod http;
mod large;
mod measure;
mod precompiled;
mod sockets;
mod start;
mod wasi02;
mod wasi03;

use std::cell::RefCell;
use std::path::PathBuf;
use std::process::ExitCode;

use measure::Choice;

fn main() -> ExitCode {
    // `cargo test --benches` runs this too, without that argument.
    let is_quick = !std::env::args().any(|arg| arg == "--bench");
    let mut names: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let earlier = names.iter().position(|arg| arg == "--compare").map(|at| {
        names.remove(at);
        assert!(at < names.len(), "`--compare` needs a file");
        PathBuf::from(names.remove(at))
    });
    names.retain(|arg| !arg.starts_with('-'));
    let choice = Choice { is_quick, names, rows: RefCell::default() };
    wasi02::print(&choice);
    wasi03::print(&choice);
    start::print(&choice);
    http::print(&choice);
    sockets::print(&choice);
    let is_fine = earlier.is_none_or(|file| compare::compare(&choice.rows.borrow(), &file));
    if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
