//! Programs that use the network, against an echo server of the measuring process on loopback.

use std::cell::LazyCell;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use wasi_shim::Generation;
use wasi_shim_hosts::{CommandOptions, Network, Outcome, Output, Program};

use crate::measure::*;

/// Prints the table.
pub fn print(choice: &Choice) {
    let mut table = Table::new(choice, "sockets", "what");
    let peer = echo_server().to_string();
    for (generation, name) in [(Generation::Wasi02, "sockets"), (Generation::Wasi03, "sockets-p3")] {
        let programs = LazyCell::new(|| programs(&fixture(name), generation));
        for (what, label, count, goal) in [
            ("bench-throughput", "TCP echo, 2000 messages of 64 KiB", 2000, 0.97),
            ("bench-round-trips", "TCP round trips, 10 000 messages of 64 bytes", 10_000, 0.93),
            ("bench-udp", "UDP, 50 000 datagrams of 512 bytes", 50_000, 0.93),
        ] {
            let count = if choice.is_quick { 16 } else { count };
            let args = [name, what, &peer, &count.to_string()].map(String::from);
            table.rate(&format!("{label}, {}", way(generation)), "", goal, count.into(), 15, |form| {
                run(programs.get(form), args.to_vec());
            });
        }
    }
}

fn run(program: &Program, args: Vec<String>) {
    let mut options = CommandOptions::default();
    options.args = args;
    options.network = Network { sockets: true, names: false, http: false };
    options.stdout = Output::Discard;
    assert_eq!(program.run(options).unwrap(), Outcome::Exit(0));
}

fn echo_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || echo(stream));
        }
    });
    address
}

fn echo(mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut part = vec![0; 65_536];
    while let Ok(len @ 1..) = stream.read(&mut part)
        && stream.write_all(&part[..len]).is_ok()
    {}
}
