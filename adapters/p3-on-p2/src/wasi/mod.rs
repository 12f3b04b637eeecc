//! The interfaces of WASI 0.3, on those of 0.2.
//!
//! `io` is what the kernel waits for; the others are named after the packages that they implement.

pub mod cli;
pub mod clocks;
pub mod filesystem;
pub mod http;
pub mod io;
pub mod random;
pub mod sockets;
