//! However many connections a wrapped program has had, nothing of them is left: no handle, and no
//! memory.

use std::sync::OnceLock;

use crate::support::{engine, fixture_bytes, peers};
use wasi_shim::{Generation, WrapOptions};
use wasi_shim_hosts::{CommandOptions, Meter, Network, Outcome, Output, Program};

/// `sockets`, wrapped and compiled for a host of 0.3.
fn program() -> &'static Program {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let mut options = WrapOptions::default();
        options.to = Some(Generation::Wasi03);
        let wrapped = wasi_shim::wrap(&fixture_bytes("sockets"), &options).unwrap();
        engine::host(Generation::Wasi03).compile(&wrapped.bytes).unwrap()
    })
}

/// Bytes of all memories, and handles, at the end.
fn left(args: &[&str]) -> (usize, usize) {
    let meter = Meter::new();
    let mut options = CommandOptions::default();
    options.args = ["sockets"].iter().chain(args).map(|arg| arg.to_string()).collect();
    options.network = Network { sockets: true, names: true, http: false };
    options.stdout = Output::Discard;
    options.meter = meter.clone();
    assert_eq!(program().run(options).unwrap(), Outcome::Exit(0), "{args:?}");
    (meter.bytes(), meter.handles())
}

/// Memory is flat; of handles a few of the last ones may still be on their way out.
#[track_caller]
fn nothing_left(few: (usize, usize), many: (usize, usize)) {
    assert_eq!(few.0, many.0, "bytes after a hundredth, and after all");
    assert!(many.1 < few.1 + 20, "{} handles after a hundredth, {} after all", few.1, many.1);
}

#[test]
fn ten_thousand_connections() {
    let peer = peers::echo();
    let to = peer.address.to_string();
    let [few, many] = ["100", "10000"].map(|count| left(&["in-turn", &to, count]));
    nothing_left(few, many);
}

#[test]
fn ten_thousand_udp_sockets() {
    let [few, many] = ["100", "10000"].map(|count| left(&["udp-in-turn", count]));
    nothing_left(few, many);
}

#[test]
fn a_thousand_lookups_that_nobody_waits_for() {
    let [few, many] = ["10", "1000"].map(|count| left(&["lookup-dropped", "localhost", count]));
    nothing_left((0, few.1), (0, many.1));
}

/// Sockets that are not dropped are seen.
#[test]
fn what_is_left_is_counted() {
    let leaking = left(&["never-reads", &peers::never_reads().address.to_string()]);
    assert!(leaking.1 > left(&["unbound"]).1);
}
