//! An echo server and its clients on `wstd`, natively on the host of 0.2, wrapped on the host of
//! 0.3, and translated back.

use crate::support::Host;
use crate::support::case::Case;
use crate::support::peers;

const WAYS: [&[Host]; 2] = [&[Host::Only03], &[Host::Only03, Host::Only02]];

fn case(args: &'static [&'static str]) -> Case {
    Case::new(Host::Only02, "wstd-tcp", args).in_process()
}

macro_rules! cases {
    ($($name:ident: $case:expr, $says:expr;)*) => {
        $(mod $name {
            use super::*;
            #[test] fn wrapped() { $case.says(WAYS[0], $says) }
            #[test] fn and_back() { $case.says(WAYS[1], $says) }
        })*
    };
}

cases! {
    a_byte: case(&["echo", "{peer}", "1"]).peer(peers::echo), "1 of 1 bytes, the same: true\n";
    a_message: case(&["echo", "{peer}", "65536"]).peer(peers::echo), "65536 of 65536 bytes, the same: true\n";
    fifty_mb: case(&["echo", "{peer}", "50000000"]).peer(peers::echo), "50000000 of 50000000 bytes, the same: true\n";
    a_hundred: case(&["many", "{peer}", "100"]).peer(peers::echo), "100 of 100 right\n";
    serves_all_sizes: case(&["serve", "3"]).client(peers::clients_of_all_sizes), "3 served\n";
    serves_a_hundred: case(&["serve", "100"]).client(peers::hundred_clients), "100 served\n";
}

/// Natively that never ends: 129 connections work, 140 do not. Probably because tokio lets a task
/// use 128 sockets before it has waited, and `wstd` only asks which are ready.
#[test]
fn two_hundred_connections_at_once() {
    for way in WAYS {
        let seen = case(&["many", "{peer}", "200"]).peer(peers::echo).run(way);
        assert_eq!(seen.stdout(), "200 of 200 right\n");
    }
}

#[test]
fn two_hundred_clients_at_once_are_served() {
    for way in WAYS {
        let seen = case(&["serve", "200"]).client(peers::two_hundred_clients).run(way);
        assert_eq!((seen.stdout(), seen.peers.as_str()), ("200 served\n", "200 right\n"));
    }
}
