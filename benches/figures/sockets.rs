//! Programs that use the network, against an echo server of the measuring process on loopback.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use wasi_shim::Target;
use wasi_shim::harness::{CommandOptions, Host, Network, Outcome, Output, Program};

use crate::measure::*;

/// Prints the tables.
pub fn print(quick: bool) {
    let address = echo_server();
    table(quick, address, "sockets", "0.2 on the host of 0.3", [Target::Wasi02, Target::Wasi03]);
    println!();
    table(quick, address, "sockets-p3", "0.3 on the host of 0.2", [Target::Wasi03, Target::Wasi02]);
}

fn table(quick: bool, peer: SocketAddr, name: &str, way: &str, [native, other]: [Target; 2]) {
    let hosts = Pair { native: Host::new(native).unwrap(), wrapped: Host::new(other).unwrap() };
    let programs = Pair {
        native: hosts.native.compile(&fixture(name)).unwrap(),
        wrapped: hosts.wrapped.compile(&wrap(&fixture(name), other)).unwrap(),
    };
    println!("| what, {way} | native | wrapped | wrapped ÷ native, per second | goal |");
    println!("|---|---|---|---|---|");
    let figure = |label: &str, what: &str, count: u32, goal: f64| {
        let (count, rounds) = if quick { ("16".to_string(), 1) } else { (count.to_string(), 15) };
        let args = [name, what, &peer.to_string(), &count].map(String::from);
        let (native, wrapped) = alternate(rounds, |side| run(programs.get(side), args.to_vec()));
        let ratio = native.as_secs_f64() / wrapped.as_secs_f64();
        println!("| {label} | {} | {} | {ratio:.2} | ≥ {goal} |", ms(native), ms(wrapped));
    };
    figure("TCP echo, 2000 messages of 64 KiB", "bench-throughput", 2000, 0.9);
    figure("TCP round trips, 10 000 messages of 64 bytes", "bench-round-trips", 10_000, 0.8);
    figure("UDP, 50 000 datagrams of 512 bytes", "bench-udp", 50_000, 0.8);
}

fn run(program: &Program, args: Vec<String>) {
    let mut options = CommandOptions::default();
    options.args = args;
    options.network = Network { sockets: true, names: false };
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
