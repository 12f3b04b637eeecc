//! `wasi:sockets` of 0.2. The last parameter of most functions is the address of the result.
//!
//! # Safety
//!
//! The signatures are those of the Canonical ABI for the WIT. The host reads and writes memory at
//! the given addresses only until the function returns.

use super::address::import_with_address;
use super::tcp::TcpSocket;
use super::udp::UdpSocket;
use common::shared::Shared;

type Result = *mut u8;

#[link(wasm_import_module = "wasi:sockets/instance-network@0.2")]
unsafe extern "C" {
    #[link_name = "instance-network"]
    pub fn instance_network() -> u32;
}

#[link(wasm_import_module = "wasi:clocks/monotonic-clock@0.2")]
unsafe extern "C" {
    #[link_name = "subscribe-duration"]
    pub fn subscribe_duration(nanoseconds: u64) -> u32;
}

#[link(wasm_import_module = "wasi:sockets/ip-name-lookup@0.2")]
unsafe extern "C" {
    #[link_name = "resolve-addresses"]
    pub fn resolve_addresses(network: u32, name: *const u8, len: u32, result: Result);
    #[link_name = "[method]resolve-address-stream.resolve-next-address"]
    pub fn resolve_next_address(this: u32, result: Result);
    #[link_name = "[method]resolve-address-stream.subscribe"]
    pub fn lookup_subscribe(this: u32) -> u32;
    #[link_name = "[resource-drop]resolve-address-stream"]
    pub fn lookup_drop(this: u32);
}

#[link(wasm_import_module = "wasi:sockets/tcp-create-socket@0.2")]
unsafe extern "C" {
    #[link_name = "create-tcp-socket"]
    pub fn create_tcp_socket(family: u32, result: Result);
}

import_with_address! {
    "wasi:sockets/tcp@0.2":
    tcp_start_bind = "[method]tcp-socket.start-bind" (this, network);
    tcp_start_connect = "[method]tcp-socket.start-connect" (this, network);
}

#[link(wasm_import_module = "wasi:sockets/tcp@0.2")]
unsafe extern "C" {
    #[link_name = "[method]tcp-socket.finish-bind"]
    pub fn tcp_finish_bind(this: u32, result: Result);
    #[link_name = "[method]tcp-socket.finish-connect"]
    pub fn tcp_finish_connect(this: u32, result: Result);
    #[link_name = "[method]tcp-socket.start-listen"]
    pub fn tcp_start_listen(this: u32, result: Result);
    #[link_name = "[method]tcp-socket.finish-listen"]
    pub fn tcp_finish_listen(this: u32, result: Result);
    #[link_name = "[method]tcp-socket.accept"]
    pub fn tcp_accept(this: u32, result: Result);
    #[link_name = "[method]tcp-socket.remote-address"]
    pub fn tcp_remote_address(this: u32, result: Result);
    #[link_name = "[method]tcp-socket.address-family"]
    pub fn tcp_address_family(this: u32) -> u32;
    #[link_name = "[method]tcp-socket.subscribe"]
    pub fn tcp_subscribe(this: u32) -> u32;
    #[link_name = "[method]tcp-socket.shutdown"]
    pub fn tcp_shutdown(this: u32, what: u32, result: Result);
    #[link_name = "[resource-drop]tcp-socket"]
    pub fn tcp_drop(this: u32);
}

#[link(wasm_import_module = "wasi:sockets/udp-create-socket@0.2")]
unsafe extern "C" {
    #[link_name = "create-udp-socket"]
    pub fn create_udp_socket(family: u32, result: Result);
}

import_with_address! {
    "wasi:sockets/udp@0.2":
    udp_start_bind = "[method]udp-socket.start-bind" (this, network);
    udp_stream = "[method]udp-socket.stream" (this, is_connected);
}

#[link(wasm_import_module = "wasi:sockets/udp@0.2")]
unsafe extern "C" {
    #[link_name = "[method]udp-socket.finish-bind"]
    pub fn udp_finish_bind(this: u32, result: Result);
    #[link_name = "[method]udp-socket.remote-address"]
    pub fn udp_remote_address(this: u32, result: Result);
    #[link_name = "[method]udp-socket.address-family"]
    pub fn udp_address_family(this: u32) -> u32;
    #[link_name = "[method]udp-socket.subscribe"]
    pub fn udp_subscribe(this: u32) -> u32;
    #[link_name = "[resource-drop]udp-socket"]
    pub fn udp_drop(this: u32);

    #[link_name = "[method]incoming-datagram-stream.receive"]
    pub fn incoming_receive(this: u32, max: u64, result: Result);
    #[link_name = "[method]incoming-datagram-stream.subscribe"]
    pub fn incoming_subscribe(this: u32) -> u32;
    #[link_name = "[resource-drop]incoming-datagram-stream"]
    pub fn incoming_drop(this: u32);
    #[link_name = "[method]outgoing-datagram-stream.check-send"]
    pub fn outgoing_check_send(this: u32, result: Result);
    #[link_name = "[method]outgoing-datagram-stream.send"]
    pub fn outgoing_send(this: u32, datagrams: *const u8, count: u32, result: Result);
    #[link_name = "[method]outgoing-datagram-stream.subscribe"]
    pub fn outgoing_subscribe(this: u32) -> u32;
    #[link_name = "[resource-drop]outgoing-datagram-stream"]
    pub fn outgoing_drop(this: u32);
}

// R's own resources.
#[link(wasm_import_module = "[export]wasi:sockets/types@0.3")]
unsafe extern "C" {
    #[link_name = "[resource-new]tcp-socket"]
    pub fn tcp3_new(rep: Shared<TcpSocket>) -> u32;
    #[link_name = "[resource-new]udp-socket"]
    pub fn udp3_new(rep: Shared<UdpSocket>) -> u32;
}
