//! However many connections and datagrams a translated program has had, it takes no more memory for
//! them, neither of its own nor of the runtime beside it; and no handle is left behind, of streams
//! and futures in the runtime (which the program sees in the numbers of new ones), or of sockets,
//! streams and pollables in the host (which allows only so many).

use std::sync::OnceLock;

use crate::support::peers::{self, Peer};
use crate::support::{engine, fixture_bytes};
use wasi_shim::{Generation, WrapOptions};
use wasi_shim_hosts::{Capture, CommandOptions, Meter, Network, Outcome, Output, Program};

/// `sockets-p3`, translated and compiled for a host of 0.2.
fn program() -> &'static Program {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let mut options = WrapOptions::default();
        options.to = Some(Generation::Wasi02);
        let translated = wasi_shim::wrap(&fixture_bytes("sockets-p3"), &options).unwrap();
        engine::host(Generation::Wasi02).compile(&translated.bytes).unwrap()
    })
}

/// More than a program needs that has one connection at a time, with both of its ends.
const RESOURCES: usize = 48;

/// How a program with these arguments ended, what it printed, and the bytes of all memories.
fn run(args: &[&str]) -> (Outcome, String, usize) {
    let (meter, output) = (Meter::new(), Capture::new());
    let mut options = CommandOptions::default();
    options.args = ["sockets-p3"].iter().chain(args).map(|arg| arg.to_string()).collect();
    options.network = Network { sockets: true, names: true, http: false };
    options.stdout = Output::Capture(output.clone());
    options.stderr = Output::Discard;
    options.meter = meter.clone();
    options.max_resources = Some(RESOURCES);
    let outcome = program().run(options).unwrap();
    (outcome, String::from_utf8(output.contents()).unwrap(), meter.bytes())
}

/// Many take what a hundredth of them takes, and leave nothing behind.
fn constant(what: &str, peer: Option<&Peer>) {
    let address = peer.map(|peer| peer.address.to_string());
    let [few, many] = [100, 10_000].map(|count: usize| {
        let number = count.to_string();
        let args: Vec<&str> = [what].into_iter().chain(address.as_deref()).chain([number.as_str()]).collect();
        let (outcome, output, memory) = run(&args);
        assert_eq!(output, format!("{count} right, few handles: true\n"));
        assert_eq!(outcome, Outcome::Exit(0));
        memory
    });
    assert_eq!(few, many, "{what}: bytes for a hundredth, and for all");
}

#[test]
fn ten_thousand_connections() {
    constant("churn", Some(&peers::echo()));
}

#[test]
fn ten_thousand_accepted_connections() {
    constant("churn-accepted", None);
}

#[test]
fn ten_thousand_datagram_sockets() {
    constant("udp-churn", Some(&peers::echo_udp()));
}

#[test]
fn ten_thousand_lookups() {
    constant("lookup-churn", None);
}

/// Memory that is not given back is seen.
#[test]
fn too_many_at_once() {
    let peer = peers::echo();
    let address = peer.address.to_string();
    let (few, said, _) = run(&["many", &address, "5"]);
    assert_eq!((few, said.as_str()), (Outcome::Exit(0), "5 of 5 right\n"));
    let (outcome, ..) = run(&["many", &address, "50"]);
    assert!(matches!(outcome, Outcome::Trap { .. }), "{outcome:?}");
}
