//! `wasi:sockets`: not supported yet.
//!
//! Programs of some languages import all of it whether they use it or not, so every function is there. Creating
//! a socket and looking up a name fail with `not-supported`; no socket can exist, so its methods are never
//! called.

use crate::abi::{area, Ret};
use crate::memory::Buffer;
use crate::trap;

/// Case of `wasi:sockets/network.error-code`.
const NOT_SUPPORTED: u8 = 2;

#[link(wasm_import_module = "[export]wasi:sockets/network@0.2.12")]
extern "C" {
    #[link_name = "[resource-new]network"]
    fn network_new(rep: u32) -> u32;
}

/// A token: networks are not told apart.
#[export_name = "wasi:sockets/instance-network@0.2.12#instance-network"]
extern "C" fn instance_network() -> u32 {
    unsafe { network_new(1) }
}

#[export_name = "wasi:sockets/network@0.2.12#network-error-code"]
extern "C" fn network_error_code(_error: u32) -> Ret {
    area().u8(0, 0).ret()
}

/// `result<own<_>, error-code>`.
fn not_supported() -> Ret {
    area().u8(0, 1).u8(4, NOT_SUPPORTED).ret()
}

#[export_name = "wasi:sockets/tcp-create-socket@0.2.12#create-tcp-socket"]
extern "C" fn create_tcp_socket(_family: u32) -> Ret {
    not_supported()
}

#[export_name = "wasi:sockets/udp-create-socket@0.2.12#create-udp-socket"]
extern "C" fn create_udp_socket(_family: u32) -> Ret {
    not_supported()
}

#[export_name = "wasi:sockets/ip-name-lookup@0.2.12#resolve-addresses"]
extern "C" fn resolve_addresses(_network: u32, name: *mut u8, len: u32) -> Ret {
    Buffer::lowered(name, len).release();
    not_supported()
}

/// Functions of sockets, which do not exist. Types are those of the core signature.
macro_rules! never {
    ($resource:ident = $prefix:literal, $infix:literal;
     $($name:ident $function:literal ($($type:ty),*) $(-> $result:ty)?;)*) => {
        mod $resource {
            $(
                #[export_name = concat!($prefix, $infix, $function)]
                extern "C" fn $name($(_: $type),*) $(-> $result)? {
                    super::trap::no_socket()
                }
            )*
        }
    };
}

never! {
    lookup = "wasi:sockets/ip-name-lookup@0.2.12#", "[method]resolve-address-stream.";
    start_resolve_next_address "start-resolve-next-address" (u32) -> u32;
    subscribe "subscribe" (u32) -> u32;
}

never! {
    lookup_static = "wasi:sockets/ip-name-lookup@0.2.12#", "[static]resolve-address-stream.";
    finish_resolve_next_address "finish-resolve-next-address" (u32) -> u32;
}

never! {
    tcp = "wasi:sockets/tcp@0.2.12#", "[method]tcp-socket.";
    start_bind "start-bind" (u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32) -> u32;
    finish_bind "finish-bind" (u32) -> u32;
    start_connect "start-connect" (u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32) -> u32;
    start_finish_connect "start-finish-connect" (u32) -> u32;
    start_listen "start-listen" (u32) -> u32;
    finish_listen "finish-listen" (u32) -> u32;
    start_accept "start-accept" (u32) -> u32;
    local_address "local-address" (u32) -> u32;
    remote_address "remote-address" (u32) -> u32;
    is_listening "is-listening" (u32) -> u32;
    address_family "address-family" (u32) -> u32;
    set_listen_backlog_size "set-listen-backlog-size" (u32, u64) -> u32;
    keep_alive_enabled "keep-alive-enabled" (u32) -> u32;
    set_keep_alive_enabled "set-keep-alive-enabled" (u32, u32) -> u32;
    keep_alive_idle_time "keep-alive-idle-time" (u32) -> u32;
    set_keep_alive_idle_time "set-keep-alive-idle-time" (u32, u64) -> u32;
    keep_alive_interval "keep-alive-interval" (u32) -> u32;
    set_keep_alive_interval "set-keep-alive-interval" (u32, u64) -> u32;
    keep_alive_count "keep-alive-count" (u32) -> u32;
    set_keep_alive_count "set-keep-alive-count" (u32, u32) -> u32;
    hop_limit "hop-limit" (u32) -> u32;
    set_hop_limit "set-hop-limit" (u32, u32) -> u32;
    receive_buffer_size "receive-buffer-size" (u32) -> u32;
    set_receive_buffer_size "set-receive-buffer-size" (u32, u64) -> u32;
    send_buffer_size "send-buffer-size" (u32) -> u32;
    set_send_buffer_size "set-send-buffer-size" (u32, u64) -> u32;
    subscribe "subscribe" (u32) -> u32;
    shutdown "shutdown" (u32, u32) -> u32;
}

never! {
    tcp_static = "wasi:sockets/tcp@0.2.12#", "[static]tcp-socket.";
    finish_finish_connect "finish-finish-connect" (u32) -> u32;
    finish_accept "finish-accept" (u32) -> u32;
}

never! {
    udp = "wasi:sockets/udp@0.2.12#", "[method]udp-socket.";
    start_bind "start-bind" (u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32) -> u32;
    finish_bind "finish-bind" (u32) -> u32;
    stream "stream" (u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32) -> u32;
    local_address "local-address" (u32) -> u32;
    remote_address "remote-address" (u32) -> u32;
    address_family "address-family" (u32) -> u32;
    unicast_hop_limit "unicast-hop-limit" (u32) -> u32;
    set_unicast_hop_limit "set-unicast-hop-limit" (u32, u32) -> u32;
    receive_buffer_size "receive-buffer-size" (u32) -> u32;
    set_receive_buffer_size "set-receive-buffer-size" (u32, u64) -> u32;
    send_buffer_size "send-buffer-size" (u32) -> u32;
    set_send_buffer_size "set-send-buffer-size" (u32, u64) -> u32;
    subscribe "subscribe" (u32) -> u32;
}

never! {
    incoming = "wasi:sockets/udp@0.2.12#", "[method]incoming-datagram-stream.";
    start_receive "start-receive" (u32, u64) -> u32;
    subscribe "subscribe" (u32) -> u32;
}

never! {
    incoming_static = "wasi:sockets/udp@0.2.12#", "[static]incoming-datagram-stream.";
    finish_receive "finish-receive" (u32) -> u32;
}

never! {
    outgoing = "wasi:sockets/udp@0.2.12#", "[method]outgoing-datagram-stream.";
    start_check_send "start-check-send" (u32) -> u32;
    send "send" (u32, u32, u32) -> u32;
    subscribe "subscribe" (u32) -> u32;
}

never! {
    outgoing_static = "wasi:sockets/udp@0.2.12#", "[static]outgoing-datagram-stream.";
    finish_check_send "finish-check-send" (u32) -> u32;
}
