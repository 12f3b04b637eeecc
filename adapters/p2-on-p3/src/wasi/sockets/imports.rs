//! `wasi:sockets@0.3` as P imports it; getters and setters are in `options`.
//!
//! # Safety
//!
//! The signatures are those of the Canonical ABI for the WIT. The host reads and writes memory at
//! the given addresses until the function returns; that of an async call, read or write until it
//! has resolved or is cancelled.

type Out = *mut u8;

#[link(wasm_import_module = "wasi:sockets/types@0.3")]
unsafe extern "C" {
    #[link_name = "[resource-drop]tcp-socket"]
    pub fn tcp_drop(socket: u32);
    #[link_name = "[static]tcp-socket.create"]
    pub fn tcp_create(family: u32, result: Out);
    #[rustfmt::skip]
    #[link_name = "[method]tcp-socket.bind"]
    pub fn tcp_bind(
        socket: u32,
        case: u32,
        a: u32,
        b: u32,
        c: u32,
        d: u32,
        e: u32,
        f: u32,
        g: u32,
        h: u32,
        i: u32,
        j: u32,
        k: u32,
        result: Out,
    );
    /// `params` is { socket, ip-socket-address }.
    #[link_name = "[async-lower][method]tcp-socket.connect"]
    pub fn tcp_connect(params: *const u32, result: Out) -> u32;
    #[link_name = "[method]tcp-socket.listen"]
    pub fn tcp_listen(socket: u32, result: Out);
    #[link_name = "[method]tcp-socket.send"]
    pub fn tcp_send(socket: u32, data: u32) -> u32;
    /// The result is { stream, future }.
    #[link_name = "[method]tcp-socket.receive"]
    pub fn tcp_receive(socket: u32, ends: *mut [u32; 2]);
    #[link_name = "[method]tcp-socket.get-local-address"]
    pub fn tcp_local_address(socket: u32, result: Out);

    // `stream<tcp-socket>`.
    #[link_name = "[async-lower][stream-read-0][method]tcp-socket.listen"]
    pub fn accepted_read(stream: u32, at: *mut u32, count: u32) -> u32;
    #[link_name = "[stream-cancel-read-0][method]tcp-socket.listen"]
    pub fn accepted_cancel_read(stream: u32) -> u32;
    #[link_name = "[stream-drop-readable-0][method]tcp-socket.listen"]
    pub fn accepted_drop_readable(stream: u32);

    // `future<result<_, error-code>>`, whoever it belongs to.
    #[link_name = "[async-lower][future-read-1][method]tcp-socket.send"]
    pub fn future_read(future: u32, value: Out) -> u32;
    #[link_name = "[future-cancel-read-1][method]tcp-socket.send"]
    pub fn future_cancel(future: u32) -> u32;
    #[link_name = "[future-drop-readable-1][method]tcp-socket.send"]
    pub fn future_drop(future: u32);

    #[link_name = "[resource-drop]udp-socket"]
    pub fn udp_drop(socket: u32);
    #[link_name = "[static]udp-socket.create"]
    pub fn udp_create(family: u32, result: Out);
    #[rustfmt::skip]
    #[link_name = "[method]udp-socket.bind"]
    pub fn udp_bind(
        socket: u32,
        case: u32,
        a: u32,
        b: u32,
        c: u32,
        d: u32,
        e: u32,
        f: u32,
        g: u32,
        h: u32,
        i: u32,
        j: u32,
        k: u32,
        result: Out,
    );
    #[rustfmt::skip]
    #[link_name = "[method]udp-socket.connect"]
    pub fn udp_connect(
        socket: u32,
        case: u32,
        a: u32,
        b: u32,
        c: u32,
        d: u32,
        e: u32,
        f: u32,
        g: u32,
        h: u32,
        i: u32,
        j: u32,
        k: u32,
        result: Out,
    );
    #[link_name = "[method]udp-socket.disconnect"]
    pub fn udp_disconnect(socket: u32, result: Out);
    #[link_name = "[method]udp-socket.get-local-address"]
    pub fn udp_local_address(socket: u32, result: Out);
    #[link_name = "[method]udp-socket.get-remote-address"]
    pub fn udp_remote_address(socket: u32, result: Out);
    /// `params` is { socket, list<u8>, option<ip-socket-address> }.
    #[link_name = "[async-lower][method]udp-socket.send"]
    pub fn udp_send(params: *const u32, result: Out) -> u32;
    #[link_name = "[async-lower][method]udp-socket.receive"]
    pub fn udp_receive(socket: u32, result: Out) -> u32;
}

#[link(wasm_import_module = "wasi:sockets/ip-name-lookup@0.3")]
unsafe extern "C" {
    #[link_name = "[async-lower]resolve-addresses"]
    pub fn resolve_addresses(name: *const u8, len: u32, result: Out) -> u32;
}
