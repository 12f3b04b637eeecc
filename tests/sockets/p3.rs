//! Programs that use `wasi:sockets` of WASI 0.3, with real peers on loopback: natively on a host of
//! 0.3, and translated on one of 0.2, and wrapped back. What they print, and what their peers see,
//! must be the same. With the feature `wasmtime36` they also run on an engine that predates 0.3.

use crate::support::Host;
use crate::support::case::{Case, Seen, hold_composed, hold_on_the_newest};
use crate::support::peers;

const TRANSLATED: &[Host] = &[Host::Only02];
const BACK: &[Host] = &[Host::Only02, Host::Only03];
#[cfg(feature = "wasmtime36")]
const OLDER: &[Host] = &[Host::Older];

fn program(args: &'static [&'static str]) -> Case {
    Case::new(Host::Only03, "sockets-p3", args).in_process()
}

/// The known differences there, and their reasons.
const NEWEST: &[(&str, &str)] = &[];

macro_rules! cases {
    ($($module:ident { $($name:ident: $case:expr;)* })*) => {
        $(mod $module {
            use super::*;
            $(#[test] fn $name() { $case.holds(TRANSLATED) })*
            mod and_back {
                use super::*;
                $(#[test] fn $name() { $case.holds(BACK) })*
            }
            #[cfg(feature = "wasmtime36")]
            mod on_an_older_engine {
                use super::*;
                $(#[test] fn $name() { $case.holds(OLDER) })*
            }
        })*

        #[test]
        fn all_hold_composed() {
            let all = vec![$($((concat!(stringify!($module), "::", stringify!($name)), $case)),*),*];
            hold_composed(all);
        }

        #[test]
        fn all_hold_on_the_newest_wasmtime() {
            let all = vec![$($((concat!(stringify!($module), "::", stringify!($name)), $case)),*),*];
            hold_on_the_newest(all, NEWEST);
        }
    };
}

/// Streams of connections have no error codes in 0.2: the translated program gets the host's own
/// words.
const RESET: (&str, fn(&mut Seen, &mut Seen)) =
    ("streams of 0.2 tell of errors of connections only in words", |native, translated| {
        const CODE: &str = "Err(ErrorCode::ConnectionReset)";
        assert_eq!(native.stdout().matches(CODE).count(), 1);
        assert!(translated.stdout().contains("Err(ErrorCode::Other(Some("), "{}", translated.stdout());
        let lines = |seen: &Seen| {
            let told = |line: &&str| !line.contains("ConnectionReset") && !line.contains("Other(Some(");
            seen.stdout().lines().filter(told).map(String::from).collect::<Vec<_>>()
        };
        assert_eq!(lines(native), lines(translated));
        translated.outcome.stdout = native.outcome.stdout.clone();
    });

/// Takes the differences out if the translated program says `there`, behind what both say.
fn ends_otherwise(native: &Seen, translated: &mut Seen, same: usize, there: &str) {
    let begin: String = native.stdout().split_inclusive('\n').take(same).collect();
    assert_eq!(translated.stdout(), begin + there);
    translated.outcome.stdout = native.outcome.stdout.clone();
}

cases! {
    connections {
        echo_of_nothing: program(&["echo", "{peer}", "0"]).peer(peers::echo);
        echo_of_a_byte: program(&["echo", "{peer}", "1"]).peer(peers::echo);
        echo: program(&["echo", "{peer}", "65536"]).peer(peers::echo);
        echo_in_small_pieces: program(&["echo", "{peer}", "100000", "777"]).peer(peers::echo);
        echo_on_ipv6: program(&["echo", "{peer}", "65536"]).peer(peers::echo6);
        echo_of_50_mb: program(&["echo", "{peer}", "50000000"]).peer(peers::echo);
        echo_at_once: program(&["echo-at-once", "{peer}", "5000000"]).peer(peers::echo);
        two_hundred: program(&["many", "{peer}", "200"]).peer(peers::echo);
        peer_ends_first: program(&["half-close", "{peer}", "1000"]).peer(peers::half_closes);
        program_ends_first: program(&["end-first", "{peer}", "1000000"]).peer(peers::counts);
        slow_peer: program(&["slow", "{peer}"]).peer(peers::slow);
        unread: program(&["unread", "{peer}"]).peer(peers::counts);
        reset: program(&["reset", "{peer}"]).peer(peers::resets).differs(RESET.0, RESET.1);
        refused: program(&["refused", "{peer}"]).peer(peers::nobody).differs_on_older(
            "wasmtime 36 forgets why it could not connect",
            |native, translated| {
                let state = "Err(ErrorCode::InvalidState)";
                ends_otherwise(native, translated, 2, &format!("{state}\n0 {state}\n2 {state}\n"));
            },
        );
        connect_cancelled: program(&["connect-cancelled", "{peer}"]).peer(peers::never_accepts);
        late_answer: program(&["connect-late", "{peer}"]).peer(peers::accepts_late);
        read_cancelled: program(&["read-cancelled", "{peer}"]).peer(peers::echo);
        write_cancelled: program(&["write-cancelled", "{peer}"]).peer(peers::never_reads).differs_on_older(
            "wasmtime 36 takes all of a write, and sends it later",
            |native, translated| ends_otherwise(native, translated, 0, "stopped: false, in time: true\n"),
        );
        socket_dropped: program(&["socket-dropped", "{peer}"]).peer(peers::echo);
        streams_dropped: program(&["streams-dropped", "{peer}"]).peer(peers::echo);
        never_used: program(&["never-used", "{peer}"]).peer(peers::echo);
        dropped_while_connecting: program(&["lent", "{peer}"]).peer(peers::never_accepts).traps();
        handed_on: program(&["hand-on", "{peer}"]).peer(peers::echo);
        one_after_the_other: program(&["churn", "{peer}", "300"]).peer(peers::echo);
        round_trips: program(&["round-trips", "{peer}"]).peer(peers::echo);
    }
    listeners {
        serves: program(&["serve", "5"]).client(peers::clients_in_turn);
        serves_on_ipv6: program(&["serve", "5", "[::1]:0"]).client(peers::clients_in_turn);
        serves_two_hundred: program(&["serve", "200"]).client(peers::two_hundred_clients);
        serves_by_handing_on: program(&["serve-by-handing-on", "5"]).client(peers::clients_in_turn);
        serves_all_sizes: program(&["serve", "3"]).client(peers::clients_of_all_sizes);
        serves_late: program(&["serve-late"]).client(peers::clients_in_a_queue);
        serves_busily: program(&["serve-busily", "5"]).client(peers::clients_in_turn);
        both_ends: program(&["itself"]).network();
        accept_cancelled: program(&["accept-cancelled"]).network();
        accept_several: program(&["accept-several"]).network();
        dropped: program(&["listener-dropped"]).network();
        inherited_options: program(&["inherited"]).network();
        one_after_the_other: program(&["churn-accepted", "200"]).network();
    }
    states {
        bind: program(&["bind"]).network();
        bind_to_a_used_port: program(&["bind-used", "{peer}"]).peer(peers::echo);
        reuse: program(&["reuse"]).network().differs_on_older(
            "wasmtime 36 lets only those ports be used again that the program has chosen",
            |native, translated| {
                let used = "Ok(())\n[1]\nErr(ErrorCode::AddressInUse)\n";
                ends_otherwise(native, translated, 0, &used.repeat(2));
            },
        );
        wrong_states: program(&["states", "{peer}"]).peer(peers::echo);
        wrong_addresses: program(&["addresses"]).network();
        options: program(&["options"]).network();
    }
    datagrams {
        echo: program(&["udp-echo", "{peer}"]).peer(peers::echo_udp);
        echo_on_ipv6: program(&["udp-echo", "{peer}"]).peer(peers::echo_udp6);
        connected: program(&["udp-connected", "{peer}"]).peer(peers::echo_udp);
        connected_on_ipv6: program(&["udp-connected", "{peer}"]).peer(peers::echo_udp6);
        oversize: program(&["udp-oversize", "{peer}"]).peer(peers::echo_udp);
        wrong_states: program(&["udp-states", "{peer}"]).peer(peers::echo_udp);
        burst: program(&["udp-burst", "{peer}"]).peer(peers::burst_udp);
        intruder: program(&["udp-intruder", "{peer}"]).peer(peers::intruded_udp);
        cancelled: program(&["udp-cancelled", "{peer}"]).peer(peers::echo_udp);
        send_cancelled: program(&["udp-send-cancelled", "{peer}"]).peer(peers::echo_udp);
        rebind: program(&["udp-rebind"]).network();
        peer_changes: program(&["udp-reconnected"]).network();
        refused: program(&["udp-refused"]).network().differs_on_older(
            "wasmtime 36 does not tell that nobody listens",
            |native, translated| {
                let last = native.stdout().lines().last().unwrap_or_default();
                ends_otherwise(native, translated, 1, &format!("None\n{last}\n"));
            },
        );
        several_calls_at_once: program(&["udp-at-once", "{peer}"]).peer(peers::echo_udp);
        dropped_while_receiving: program(&["udp-lent"]).network().traps();
        one_after_the_other: program(&["udp-churn", "{peer}", "300"]).peer(peers::echo_udp);
        round_trips: program(&["udp-round-trips", "{peer}"]).peer(peers::echo_udp);
    }
    names {
        lookup: program(&["lookup", "localhost", "nothing.invalid", "127.0.0.1", "::1", "bad..name", "", "a b"]).network();
    }
    denied {
        everything: program(&["denied"]).differs_on_older(
            "wasmtime 36 denies addresses, not sockets",
            |native, translated| {
                let lookup = native.stdout().lines().last().unwrap_or_default();
                ends_otherwise(native, translated, 0, &format!("{}{lookup}\n", "Ok(())\n".repeat(4)));
            },
        );
        addresses: program(&["denied-addresses"]).differs(
            "hosts deny either sockets or their addresses",
            |native, translated| {
                for seen in [native, translated] {
                    assert!(seen.stdout().lines().all(|line| line == "denied"), "{}", seen.stdout());
                    seen.outcome.stdout.clear();
                }
            },
        );
    }
}
