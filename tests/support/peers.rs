//! The peers of programs in the network: servers of the test on loopback, and clients that drive a
//! program which serves.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};

use super::pattern;

const V4: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const V6: SocketAddr = SocketAddr::new(std::net::IpAddr::V6(Ipv6Addr::LOCALHOST), 0);

/// Nothing in here takes nearly as long.
const LIMIT: Duration = Duration::from_secs(30);

/// A server on a port of its own, as long as this exists.
pub struct Peer {
    pub address: SocketAddr,
    log: Log,
    stop: Arc<AtomicBool>,
    /// Connections that are being served.
    busy: Arc<AtomicUsize>,
    /// Sockets that only have to be there.
    held: Vec<Socket>,
}

/// The log of a server.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<String>>);

impl Log {
    fn note(&self, line: &str) {
        *self.0.lock().unwrap() += &format!("{line}\n");
    }
}

impl Peer {
    /// A server that does `serve` with each connection.
    fn tcp(address: SocketAddr, serve: fn(TcpStream, &Log) -> io::Result<()>) -> Peer {
        let listener = TcpListener::bind(address).unwrap();
        let peer = Peer::new(listener.local_addr().unwrap());
        let (log, stop, busy) = (peer.log.clone(), peer.stop.clone(), peer.busy.clone());
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept()
                && !stop.load(Ordering::Relaxed)
            {
                stream.set_read_timeout(Some(LIMIT)).unwrap();
                let (log, busy) = (log.clone(), busy.clone());
                busy.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    // Programs may go away in the middle, which is their right.
                    drop(serve(stream, &log));
                    busy.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        peer
    }

    /// A server that does `serve` with each datagram.
    fn udp(address: SocketAddr, serve: fn(&UdpSocket, &[u8], SocketAddr) -> io::Result<()>) -> Peer {
        let socket = UdpSocket::bind(address).unwrap();
        let peer = Peer::new(socket.local_addr().unwrap());
        let stop = peer.stop.clone();
        thread::spawn(move || {
            let mut datagram = vec![0; 65_536];
            while !stop.load(Ordering::Relaxed) {
                if let Ok((len, from)) = socket.recv_from(&mut datagram) {
                    let _ = serve(&socket, &datagram[..len], from);
                }
            }
        });
        peer
    }

    fn new(address: SocketAddr) -> Peer {
        Peer { address, log: Log::default(), stop: Arc::default(), busy: Arc::default(), held: Vec::new() }
    }

    fn holding(address: SocketAddr, held: Vec<Socket>) -> Peer {
        let mut peer = Peer::new(address);
        peer.held = held;
        peer
    }

    /// Its log, when the program has gone.
    pub fn log(&self) -> String {
        let started = Instant::now();
        while self.busy.load(Ordering::SeqCst) > 0 && started.elapsed() < LIMIT {
            thread::sleep(Duration::from_millis(1));
        }
        self.log.0.lock().unwrap().clone()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.held.clear();
        // Wakes the threads, so that they see it.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_millis(100));
        let _ = UdpSocket::bind((self.address.ip(), 0)).and_then(|socket| socket.send_to(b"", self.address));
    }
}

fn echo_stream(mut stream: TcpStream, _: &Log) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut part = vec![0; 65_536];
    loop {
        match stream.read(&mut part)? {
            0 => return stream.shutdown(Shutdown::Write),
            len => stream.write_all(&part[..len])?,
        }
    }
}

/// Sends back what it gets, and ends when that ends.
pub fn echo() -> Peer {
    Peer::tcp(V4, echo_stream)
}

/// The same on IPv6.
pub fn echo6() -> Peer {
    Peer::tcp(V6, echo_stream)
}

/// Resets the connection when it has got something.
pub fn resets() -> Peer {
    Peer::tcp(V4, |mut stream, _| {
        stream.read_exact(&mut [0])?;
        SockRef::from(&stream).set_linger(Some(Duration::ZERO))
    })
}

/// Says something, ends its direction, then reads to the end.
pub fn half_closes() -> Peer {
    Peer::tcp(V4, |mut stream, log| {
        stream.write_all(b"all that I have to say")?;
        stream.shutdown(Shutdown::Write)?;
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest)?;
        log.note(&format!("read {} bytes to the end", rest.len()));
        Ok(())
    })
}

/// Reads to the end, then says how much that was, and ends.
pub fn counts() -> Peer {
    Peer::tcp(V4, |mut stream, _| {
        let mut all = Vec::new();
        stream.read_to_end(&mut all)?;
        let right = all == pattern(all.len());
        stream.write_all(format!("{} bytes, {}", all.len(), if right { "right" } else { "wrong" }).as_bytes())
    })
}

/// Sends its text in pieces, with pauses, and reads as slowly.
pub fn slow() -> Peer {
    Peer::tcp(V4, |mut stream, _| {
        for piece in ["one ", "two ", "three"] {
            thread::sleep(Duration::from_millis(40));
            stream.write_all(piece.as_bytes())?;
        }
        stream.shutdown(Shutdown::Write)?;
        let mut part = [0; 65_536];
        while stream.read(&mut part)? > 0 {
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    })
}

/// Takes connections, but reads and says nothing, until the program goes away.
pub fn never_reads() -> Peer {
    Peer::tcp(V4, |stream, _| {
        while stream.peek(&mut [0])? > 0 {
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    })
}

/// A port that is taken, but where nobody listens.
pub fn nobody() -> Peer {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&V4.into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    Peer::holding(address, vec![socket])
}

/// A port where attempts to connect stay without answer: its queue is full, and nobody accepts.
pub fn never_accepts() -> Peer {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&V4.into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let mut held = vec![listener];
    loop {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let connected = socket.connect_timeout(&address.into(), Duration::from_millis(50)).is_ok();
        held.push(socket);
        if !connected {
            return Peer::holding(address, held);
        }
    }
}

/// The same, until a datagram comes to the port: then each connection is echoed.
pub fn accepts_late() -> Peer {
    let mut peer = never_accepts();
    let (gate, log) = (UdpSocket::bind(peer.address).unwrap(), peer.log.clone());
    let listener = TcpListener::from(peer.held.remove(0));
    let stop = peer.stop.clone();
    thread::spawn(move || {
        gate.recv_from(&mut [0]).unwrap();
        while let Ok((stream, _)) = listener.accept()
            && !stop.load(Ordering::Relaxed)
        {
            let log = log.clone();
            thread::spawn(move || echo_stream(stream, &log));
        }
    });
    peer
}

fn echo_datagram(socket: &UdpSocket, datagram: &[u8], from: SocketAddr) -> io::Result<()> {
    socket.send_to(datagram, from).map(drop)
}

/// Sends each datagram back.
pub fn echo_udp() -> Peer {
    Peer::udp(V4, echo_datagram)
}

/// The same on IPv6.
pub fn echo_udp6() -> Peer {
    Peer::udp(V6, echo_datagram)
}

/// Sends each datagram back, after another socket has sent something.
pub fn intruded_udp() -> Peer {
    Peer::udp(V4, |socket, datagram, from| {
        UdpSocket::bind(V4)?.send_to(b"an intruder", from)?;
        echo_datagram(socket, datagram, from)
    })
}

/// Answers a datagram with as many as its first byte says.
pub fn burst_udp() -> Peer {
    Peer::udp(V4, |socket, datagram, from| {
        for number in 0..datagram.first().copied().unwrap_or_default() {
            socket.send_to(&vec![number; number as usize], from)?;
        }
        Ok(())
    })
}

/// A client of a program that serves at `address`; answers what it has seen.
pub type Client = fn(address: SocketAddr) -> String;

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, LIMIT).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Sends so many bytes and takes them back at the same time: what came, to the end.
pub fn exchange(stream: TcpStream, len: usize) -> Vec<u8> {
    let mut writer = stream.try_clone().unwrap();
    let writing = thread::spawn(move || {
        writer.write_all(&pattern(len)).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let mut all = Vec::new();
    (&stream).read_to_end(&mut all).unwrap();
    writing.join().unwrap();
    all
}

/// Whether so many bytes come back as they are.
fn echoes(address: SocketAddr, len: usize) -> String {
    let came = exchange(connect(address), len);
    format!("{} of {len} bytes, {}\n", came.len(), if came == pattern(len) { "right" } else { "wrong" })
}

/// One connection after the other to an echo server.
pub fn clients_in_turn(address: SocketAddr) -> String {
    [0, 1, 1000, 65_536, 1_000_000].map(|len| echoes(address, len)).concat()
}

/// One connection, and then as many as a program takes that has a backlog of four and does not
/// accept; at last it does.
pub fn clients_in_a_queue(address: SocketAddr) -> String {
    let mut first = connect(address);
    // It has been accepted.
    first.read_exact(&mut [0]).unwrap();
    let queue: Vec<TcpStream> =
        (0..20).map_while(|_| TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok()).collect();
    first.write_all(&[queue.len() as u8]).unwrap();
    let few = (4..=6).contains(&queue.len());
    let right = queue.into_iter().all(|stream| exchange(stream, 1000) == pattern(1000));
    format!("few: {few}, right: {right}\n")
}

/// 1 byte, 64 KiB, and 50 MB.
pub fn clients_of_all_sizes(address: SocketAddr) -> String {
    [1, 65_536, 50_000_000].map(|len| echoes(address, len)).concat()
}

/// So many connections at once, all open before the first one says something.
fn clients_at_once(address: SocketAddr, count: usize) -> String {
    let streams: Vec<TcpStream> = (0..count).map(|_| connect(address)).collect();
    let clients: Vec<_> = (streams.into_iter().enumerate())
        .map(|(i, stream)| thread::spawn(move || exchange(stream, i * 10) == pattern(i * 10)))
        .collect();
    let right = clients.into_iter().filter_map(|client| client.join().unwrap().then_some(())).count();
    format!("{right} right\n")
}

pub fn hundred_clients(address: SocketAddr) -> String {
    clients_at_once(address, 100)
}

pub fn two_hundred_clients(address: SocketAddr) -> String {
    clients_at_once(address, 200)
}
