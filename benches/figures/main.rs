//! The figures of the README: what adapting costs, as ratios of one run on one machine.
//!
//!     cargo bench --bench figures [-- 0.2|0.3]
//!
//! No time is ever asserted.

#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

mod measure;
mod wasi02;
mod wasi03;

fn main() {
    // `cargo test --benches` runs this too, with no arguments: then once is enough to see that it works.
    let quick = !std::env::args().any(|a| a == "--bench");
    let only = |generation: &str| std::env::args().any(|a| a == generation);
    if !only("0.3") {
        wasi02::print(quick);
        println!();
    }
    if !only("0.2") {
        wasi03::print(quick);
    }
}
