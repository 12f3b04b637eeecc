//! Programs in Python and JavaScript that use the network. They are built on demand, as those of `languages` are:
//!
//!     WASI_SHIM_TEST_LANGUAGES=1 cargo test --test languages_sockets

#![cfg(feature = "harness")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use support::Host;
use support::case::Case;
use support::peers;
use support::toolchains::{asked, execute, python, workshop};

const COMPONENTIZE_PY: &str = "componentize-py==0.25.1";

/// Wrapped, on the host of 0.3.
const WRAPPED: &[Host] = &[Host::Only03];

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/languages").join(path)
}

/// `world` with the packages of `generation` beside it.
fn wit(dir: &Path, world: &str, generation: &str) -> PathBuf {
    let wit = dir.join("wit");
    let deps = wit.join("deps");
    fs::create_dir_all(&deps).unwrap();
    fs::copy(source(world), wit.join("program.wit")).unwrap();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("wit").join(generation)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), deps.join(entry.file_name())).unwrap();
    }
    wit
}

/// A program of 0.2 in Python, built once.
fn program() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        // Compiling 20 MB takes a while on a small machine, the more so in a debug build.
        support::TIME_LIMIT.store(600, Ordering::Relaxed);
        let bin = python(&[COMPONENTIZE_PY]);
        let dir = workshop("python-sockets");
        fs::copy(source("python/sockets.py"), dir.join("sockets.py")).unwrap();
        execute(
            Command::new(bin.join("componentize-py"))
                .current_dir(&dir)
                .args(["-q", "-w", "program", "-d"])
                .arg(wit(&dir, "program.wit", "0.2"))
                .args(["componentize", "sockets", "-o", "program.wasm"]),
        );
        dir.join("program.wasm")
    })
}

fn case(args: &'static [&'static str]) -> Case {
    Case::of(Host::Only02, program(), args).in_process().network()
}

macro_rules! cases {
    ($($module:ident { $($name:ident: $case:expr;)* })*) => {
        $(mod $module {
            use super::*;
            $(#[test] fn $name() { if asked() { $case.holds(WRAPPED) } })*
        })*
    };
}

cases! {
    clients {
        echo_1_byte: case(&["echo", "{peer}", "1"]).peer(peers::echo);
        echo_64_kib: case(&["echo", "{peer}", "65536"]).peer(peers::echo);
        echo_on_ipv6: case(&["echo", "{peer}", "65536"]).peer(peers::echo6);
        echo_50_mb: case(&["echo-by-selector", "{peer}", "50000000"]).peer(peers::echo);
        echo_of_lines: case(&["echo-lines", "{peer}"]).peer(peers::echo);
        half_close: case(&["half-close", "{peer}", "1000000"]).peer(peers::counts);
        half_closed: case(&["half-closed", "{peer}"]).peer(peers::half_closes);
        reset: case(&["reset", "{peer}"]).peer(peers::resets);
        slow: case(&["slow", "{peer}"]).peer(peers::slow);
        timeouts: case(&["timeouts", "{peer}"]).peer(peers::echo);
        refused: case(&["refused", "{peer}"]).peer(peers::nobody);
        no_answer: case(&["no-answer", "{peer}"]).peer(peers::never_accepts);
        in_turn: case(&["in-turn", "{peer}", "100"]).peer(peers::echo);
    }
    servers {
        blocking: case(&["serve", "5"]).client(peers::clients_in_turn);
        blocking_on_ipv6: case(&["serve", "5", "[::1]:0"]).client(peers::clients_in_turn);
        itself: case(&["itself"]);
    }
    states {
        errors: case(&["states"]);
        options: case(&["options"]);
    }
    datagrams {
        echo: case(&["udp-echo", "{peer}"]).peer(peers::echo_udp);
        echo_on_ipv6: case(&["udp-echo", "{peer}"]).peer(peers::echo_udp6);
        connected: case(&["udp-connected", "{peer}"]).peer(peers::echo_udp);
        itself: case(&["udp-itself"]);
    }
    with_asyncio {
        echo: case(&["aio-echo", "{peer}", "0", "1", "65536", "5000000"]).peer(peers::echo);
        two_hundred: case(&["aio-many", "{peer}", "200"]).peer(peers::echo);
        serves_in_turn: case(&["aio-serve", "5"]).client(peers::clients_in_turn);
        serves_two_hundred: case(&["aio-serve", "200"]).client(peers::two_hundred_clients);
        refused: case(&["aio-refused", "{peer}"]).peer(peers::nobody);
        cancelled: case(&["aio-cancelled", "{peer}"]).peer(peers::never_accepts);
        slow: case(&["aio-slow", "{peer}"]).peer(peers::slow);
        datagrams: case(&["aio-udp", "{peer}"]).peer(peers::echo_udp);
    }
    names {
        lookup: case(&["lookup", "localhost", "no-such-name.invalid", "127.0.0.1", "::1", "a b", "ä.invalid"]);
        connect: case(&["connect-by-name", "{peer}"]).peer(peers::echo);
    }
}
