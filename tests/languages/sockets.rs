//! Programs in Python and JavaScript that use the network. They are built on demand, as those of
//! `commands` are:
//!
//!     WASI_SHIM_TEST_LANGUAGES=1 cargo test --test languages sockets

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use super::sources::{component_in_python, source, wit};
use crate::support::case::Case;
use crate::support::peers;
use crate::support::toolchains::{asked, execute, npm, workshop};
use crate::support::{Host, TIME_LIMIT, wrapped};

const COMPONENTIZE_QJS: &str = "componentize-qjs@0.4.5";

/// Wrapped, on the host of 0.3.
const WRAPPED: &[Host] = &[Host::Only03];

/// Builds a program in Python.
fn build(module: &str, world: &str, generation: &str) -> PathBuf {
    // Compiling 20 MB takes a while on a small machine, the more so in a debug build.
    TIME_LIMIT.store(600, Ordering::Relaxed);
    component_in_python(&format!("python-{module}"), module, "program", (world, generation))
}

/// Builds a program in JavaScript.
fn build_javascript(program: &str, world: &str, generation: &str, edit: &dyn Fn(String) -> String) -> PathBuf {
    let path = npm(&workshop("javascript-sockets"), COMPONENTIZE_QJS);
    let dir = workshop(&format!("javascript-sockets/{program}"));
    let script = dir.join(program).with_extension("js");
    let text = fs::read_to_string(source("javascript").join(program).with_extension("js")).unwrap();
    fs::write(&script, edit(text)).unwrap();
    execute(
        Command::new("../node_modules/.bin/componentize-qjs")
            .arg("--wit")
            .arg(wit(&dir, world, generation, edit))
            .args(["--world", "program", "-o", "program.wasm", "--js"])
            .arg(script)
            .env("PATH", &path)
            .current_dir(&dir),
    );
    dir.join("program.wasm")
}

/// Of the program of 0.2.
fn program(args: &'static [&'static str]) -> Case {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let program = BUILT.get_or_init(|| build("sockets", "program.wit", "0.2"));
    Case::of(Host::Only02, program, args).in_process()
}

/// Of the program of 0.3. Its libc uses 0.2, so it has no native host: it runs adapted to that of
/// 0.3, its own half of it as it is, or to that of 0.2.
fn program03(args: &'static [&'static str]) -> Case {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let program = BUILT.get_or_init(|| build("sockets03", "sockets-0.3.wit", "0.3"));
    Case::of(Host::Only03, program, args).in_process()
}

/// Of the program of 0.2 in JavaScript. Its engine has built-ins of the async component model, so
/// it is adapted even to 0.2.
fn javascript(args: &'static [&'static str]) -> Case {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let program = BUILT.get_or_init(|| build_javascript("sockets", "program.wit", "0.2", &|text| text));
    Case::of(Host::Only02, program, args).in_process()
}

/// Of the program of 0.3 in JavaScript, to which applies what does to that in Python.
fn javascript03(args: &'static [&'static str]) -> Case {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    // The engine that it starts programs with to snapshot them refuses 0.3.2.
    let edit = |text: String| text.replace("0.3.2", "0.3.0");
    let program = BUILT.get_or_init(|| build_javascript("sockets03", "sockets-0.3.wit", "0.3", &edit));
    Case::of(Host::Only03, program, args).in_process()
}

/// On both hosts, each time adapted: it says this.
fn says(case: Case, stdout: &str) {
    let on_03 = case.run(&[Host::Only03]);
    let on_02 = case.run(&[Host::Only02]);
    assert_eq!(on_03.stdout(), stdout);
    assert_eq!(on_02, on_03);
}

macro_rules! cases {
    ($($module:ident { $($name:ident: $case:expr;)* })*) => {
        $(mod $module {
            use super::*;
            $(#[test] fn $name() { if asked() { $case.holds(WRAPPED) } })*
        })*
    };
}

macro_rules! adapted {
    ($($module:ident { $($name:ident: $case:expr, $says:expr;)* })*) => {
        $(mod $module {
            use super::*;
            $(#[test] fn $name() { if asked() { says($case, $says) } })*
        })*
    };
}

cases! {
    clients {
        echo_1_byte: program(&["echo", "{peer}", "1"]).peer(peers::echo);
        echo_64_kib: program(&["echo", "{peer}", "65536"]).peer(peers::echo);
        echo_on_ipv6: program(&["echo", "{peer}", "65536"]).peer(peers::echo6);
        echo_50_mb: program(&["echo-by-selector", "{peer}", "50000000"]).peer(peers::echo);
        echo_of_lines: program(&["echo-lines", "{peer}"]).peer(peers::echo);
        half_close: program(&["half-close", "{peer}", "1000000"]).peer(peers::counts);
        half_closed: program(&["half-closed", "{peer}"]).peer(peers::half_closes);
        reset: program(&["reset", "{peer}"]).peer(peers::resets);
        slow: program(&["slow", "{peer}"]).peer(peers::slow);
        timeouts: program(&["timeouts", "{peer}"]).peer(peers::echo);
        refused: program(&["refused", "{peer}"]).peer(peers::nobody);
        no_answer: program(&["no-answer", "{peer}"]).peer(peers::never_accepts);
        in_turn: program(&["in-turn", "{peer}", "100"]).peer(peers::echo);
    }
    servers {
        blocking: program(&["serve", "5"]).client(peers::clients_in_turn);
        blocking_on_ipv6: program(&["serve", "5", "[::1]:0"]).client(peers::clients_in_turn);
        itself: program(&["itself"]).network();
    }
    states {
        errors: program(&["states"]).network();
        options: program(&["options"]).network();
    }
    datagrams {
        echo: program(&["udp-echo", "{peer}"]).peer(peers::echo_udp);
        echo_on_ipv6: program(&["udp-echo", "{peer}"]).peer(peers::echo_udp6);
        connected: program(&["udp-connected", "{peer}"]).peer(peers::echo_udp);
        itself: program(&["udp-itself"]).network();
    }
    with_asyncio {
        echo: program(&["aio-echo", "{peer}", "0", "1", "65536"]).peer(peers::echo);
        fifty: program(&["aio-many", "{peer}", "50"]).peer(peers::echo);
        serves_in_turn: program(&["aio-serve", "5"]).client(peers::clients_in_turn);
        refused: program(&["aio-refused", "{peer}"]).peer(peers::nobody);
        cancelled: program(&["aio-cancelled", "{peer}"]).peer(peers::never_accepts);
        slow: program(&["aio-slow", "{peer}"]).peer(peers::slow);
        datagrams: program(&["aio-udp", "{peer}"]).peer(peers::echo_udp);
    }
    names {
        lookup: program(&["lookup", "localhost", "no-such-name.invalid", "127.0.0.1", "::1", "a b", "ä.invalid"]).network();
        connect: program(&["connect-by-name", "{peer}"]).peer(peers::echo);
    }
}

/// Natively, on the host of 0.2, it may not end: wasmtime's `check-write` permits nothing at times,
/// even after it was waited for, when a task has done much without waiting, and `asyncio` loses
/// what `send` would have blocked for.
#[test]
fn five_megabytes_with_asyncio() {
    if asked() {
        assert_eq!(program(&["aio-echo", "{peer}", "5000000"]).peer(peers::echo).run(WRAPPED).stdout(), "True\n");
    }
}

/// Natively, on the host of 0.2, it does not end in time with a hundred connections or more. With
/// fifty it is compared.
#[test]
fn two_hundred_with_asyncio() {
    if asked() {
        assert_eq!(program(&["aio-many", "{peer}", "200"]).peer(peers::echo).run(WRAPPED).stdout(), "200\n");
    }
}

/// Natively, on the host of 0.2, it is not the same each time: some clients may lose the end of
/// what they should get.
#[test]
fn serves_two_hundred_with_asyncio() {
    if asked() {
        let seen = program(&["aio-serve", "200"]).client(peers::two_hundred_clients).run(WRAPPED);
        assert_eq!((seen.stdout(), &*seen.peers), ("served 200\n", "200 right\n"));
    }
}

/// Both import all of sockets. Without using them, they need no network.
#[test]
fn imported_and_unused() {
    if asked() {
        for case in [program(&["nothing"]), javascript(&["nothing"])] {
            for program in [case.component.clone(), wrapped(&case.component)] {
                let imports = wasi_shim::inspect::inspect(&fs::read(program).unwrap()).unwrap().imports;
                let sockets = imports.iter().filter(|import| import.name.starts_with("wasi:sockets/"));
                assert!(sockets.map(|import| import.functions.len()).sum::<usize>() > 30);
            }
        }
        program(&["nothing"]).says(WRAPPED, "without the network\n");
        says(javascript(&["nothing"]), "without the network\n");
    }
}

adapted! {
    of_0_3 {
        echo_1_byte: program03(&["echo", "{peer}", "1"]).peer(peers::echo), "True 1 ok ok\n";
        echo_64_kib: program03(&["echo", "{peer}", "65536", "777"]).peer(peers::echo), "True 65536 ok ok\n";
        echo_50_mb: program03(&["echo", "{peer}", "50000000"]).peer(peers::echo), "True 50000000 ok ok\n";
        echo_on_ipv6: program03(&["echo", "{peer}", "100000"]).peer(peers::echo6), "True 100000 ok ok\n";
        two_hundred: program03(&["many", "{peer}", "200"]).peer(peers::echo), "200\n";
        program_ends_first: program03(&["ends-first", "{peer}", "1000000"]).peer(peers::counts),
            "(b'1000000 bytes, right', 1000000, 'ok', 'ok')\n";
        slow: program03(&["slow", "{peer}"]).peer(peers::slow), "(b'one two three', 0, 'ok', 'ok') 10\n";
        refused: program03(&["refused", "{peer}"]).peer(peers::nobody), "ErrorCode_ConnectionRefused\n";
        serves: program03(&["serve", "5"]).client(peers::clients_in_turn), "{('ok', 'ok')}\n";
        serves_on_ipv6: program03(&["serve", "5", "[::1]:0"]).client(peers::clients_in_turn), "{('ok', 'ok')}\n";
        serves_two_hundred: program03(&["serve", "200"]).client(peers::two_hundred_clients), "{('ok', 'ok')}\n";
        states: program03(&["states"]).network(),
            "False ErrorCode_InvalidState ErrorCode_InvalidState\n\
             ErrorCode_InvalidState (127, 0, 0, 1)\n\
             True ErrorCode_InvalidState\n\
             ErrorCode_AddressInUse\n\
             ErrorCode_InvalidState\n\
             ErrorCode_InvalidArgument\n";
        options: program03(&["options"]).network(),
            "keep_alive_enabled bool None True None\n\
             keep_alive_idle_time int None 50000000000 ErrorCode_InvalidArgument\n\
             keep_alive_interval int None 60000000000 ErrorCode_InvalidArgument\n\
             keep_alive_count int None 7 ErrorCode_InvalidArgument\n\
             hop_limit int None 42 ErrorCode_InvalidArgument\n\
             receive_buffer_size int None 100000 ErrorCode_InvalidArgument\n\
             send_buffer_size int None 100000 ErrorCode_InvalidArgument\n";
        udp: program03(&["udp-echo", "{peer}"]).peer(peers::echo_udp),
            "ErrorCode_InvalidArgument\nTrue True\nTrue True\nTrue True\nTrue True\nErrorCode_DatagramTooLarge\nTrue\n\
             b'connected' True\nErrorCode_InvalidState ErrorCode_InvalidState\n";
        lookup: program03(&["lookup", "localhost", "no-such-name.invalid", "127.0.0.1", "::1", "a b"]).network(),
            "localhost [(127, 0, 0, 1)]\n\
             no-such-name.invalid ErrorCode_NameUnresolvable\n\
             127.0.0.1 [(127, 0, 0, 1)]\n\
             ::1 [(0, 0, 0, 0, 0, 0, 0, 1)]\n\
             a b ErrorCode_InvalidArgument\n";
        both: program03(&["both", "{peer}"]).peer(peers::echo), "b'' ok ok\n127.0.0.1 [IpAddress_Ipv4(value=(127, 0, 0, 1))]\n";
    }
    in_javascript {
        echo_1_byte: javascript(&["echo", "{peer}", "1"]).peer(peers::echo), "true true\ntrue\n";
        echo_64_kib: javascript(&["echo", "{peer}", "65536"]).peer(peers::echo), "true true\ntrue\n";
        echo_5_mb: javascript(&["echo", "{peer}", "5000000"]).peer(peers::echo), "true true\ntrue\n";
        echo_on_ipv6: javascript(&["echo", "{peer}", "1000"]).peer(peers::echo6), "true true\ntrue\n";
        blocking: javascript(&["blocking", "{peer}"]).peer(peers::echo), "1\n1000\n4096\nclosed closed\n";
        hundred: javascript(&["many", "{peer}", "100"]).peer(peers::echo), "100\n";
        refused: javascript(&["refused", "{peer}"]).peer(peers::nobody), "connection-refused connection-refused\n";
        serves: javascript(&["serve", "5"]).client(peers::clients_in_turn), &"closed\n".repeat(5);
        states: javascript(&["states"]).network(),
            "invalid-state not-in-progress invalid-state\n\
             invalid-argument\n\
             false [127,0,0,1] invalid-argument\n\
             7 42 100000 invalid-argument\n";
        datagrams: javascript(&["udp", "{peer}"]).peer(peers::echo_udp), &"true true 0\n".repeat(8);
        datagrams_on_ipv6: javascript(&["udp", "{peer}"]).peer(peers::echo_udp6), &"true true 0\n".repeat(8);
        lookup: javascript(&["lookup", "localhost", "no-such-name.invalid", "127.0.0.1", "::1", "a b"]).network(),
            "localhost [[127,0,0,1],\"ok\"]\n\
             no-such-name.invalid [\"name-unresolvable\"]\n\
             127.0.0.1 [[127,0,0,1],\"ok\"]\n\
             ::1 [[0,0,0,0,0,0,0,1],\"ok\"]\n\
             a b invalid-argument\n";
    }
    of_0_3_in_javascript {
        echo_1_byte: javascript03(&["echo", "{peer}", "1"]).peer(peers::echo), "true [\"ok\",\"ok\"]\n";
        echo_5_mb: javascript03(&["echo", "{peer}", "5000000"]).peer(peers::echo), "true [\"ok\",\"ok\"]\n";
        echo_on_ipv6: javascript03(&["echo", "{peer}", "65536"]).peer(peers::echo6), "true [\"ok\",\"ok\"]\n";
        hundred: javascript03(&["many", "{peer}", "100"]).peer(peers::echo), "100\n";
        refused: javascript03(&["refused", "{peer}"]).peer(peers::nobody), "connection-refused\n";
        serves: javascript03(&["serve", "5"]).client(peers::clients_in_turn), "[\"ok\"]\n";
        serves_two_hundred: javascript03(&["serve", "200"]).client(peers::two_hundred_clients), "[\"ok\"]\n";
        states: javascript03(&["states"]).network(),
            "invalid-state invalid-argument\n[127,0,0,1] 7 42\ninvalid-argument false\n";
        datagrams: javascript03(&["udp", "{peer}"]).peer(peers::echo_udp),
            "true true\ntrue true\ntrue true\ntrue true\ndatagram-too-large\n";
        lookup: javascript03(&["lookup", "localhost", "no-such-name.invalid", "::1", "a b"]).network(),
            "localhost [[127,0,0,1]]\nno-such-name.invalid name-unresolvable\n::1 [[0,0,0,0,0,0,0,1]]\na b invalid-argument\n";
    }
}
