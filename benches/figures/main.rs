//! The figures of the README: what adapting costs, as ratios of one run on one machine.
//!
//!     cargo bench --bench figures [-- 0.2|0.3|http|sockets]
//!
//! No time is ever asserted.

#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

mod http;
mod measure;
mod sockets;
mod wasi02;
mod wasi03;

fn main() {
    // `cargo test --benches` runs this too, with no arguments: then once is enough to see that it works.
    let quick = !std::env::args().any(|a| a == "--bench");
    let chosen: Vec<String> =
        std::env::args().filter(|a| ["0.2", "0.3", "http", "sockets"].contains(&a.as_str())).collect();
    let table = |name: &str, print: fn(bool)| {
        if chosen.is_empty() || chosen.iter().any(|a| a == name) {
            print(quick);
            println!();
        }
    };
    table("0.2", wasi02::print);
    table("0.3", wasi03::print);
    table("http", http::print);
    table("sockets", sockets::print);
}
