//! `wasi:sockets`: not supported yet.
//!
//! Programs of some languages import all of it whether they use it or not, so every function is there. Creating
//! a socket and looking up a name fail; no socket can exist, so its methods are never called.

use crate::abi::{area, Ret};
use crate::memory::Buffer;
use crate::subtask::RETURNED;

/// Case of `wasi:sockets/types.error-code`.
const NOT_SUPPORTED: u8 = 1;

/// Case of `wasi:sockets/ip-name-lookup.error-code`: `other(some("not-supported"))`.
const OTHER: u8 = 5;

/// `result<own<_>, error-code>`.
fn not_supported() -> Ret {
    area().u8(0, 1).u8(4, NOT_SUPPORTED).ret()
}

#[export_name = "wasi:sockets/types@0.3.2#[static]tcp-socket.create"]
extern "C" fn create_tcp_socket(_family: u32) -> Ret {
    not_supported()
}

#[export_name = "wasi:sockets/types@0.3.2#[static]udp-socket.create"]
extern "C" fn create_udp_socket(_family: u32) -> Ret {
    not_supported()
}

#[export_name = "wasi:sockets/ip-name-lookup@0.3.2#start-resolve-addresses"]
extern "C" fn start_resolve_addresses(name: *mut u8, len: u32, _cookie: u64) -> u32 {
    Buffer::lowered(name, len).release();
    RETURNED as u32
}

/// `result<list<ip-address>, error-code>`.
#[export_name = "wasi:sockets/ip-name-lookup@0.3.2#finish-resolve-addresses"]
extern "C" fn finish_resolve_addresses(_subtask: u32) -> Ret {
    const NAME: &str = "not-supported";
    area().u8(0, 1).u8(4, OTHER).u8(8, 1).u32(12, NAME.as_ptr() as u32).u32(16, NAME.len() as u32).ret()
}

/// Functions of sockets, which do not exist. Types are those of the core signature.
macro_rules! never {
    ($resource:ident = $prefix:literal;
     $($name:ident $function:literal ($($type:ty),*) $(-> $result:ty)?;)*) => {
        mod $resource {
            $(
                #[export_name = concat!("wasi:sockets/types@0.3.2#", $prefix, $function)]
                extern "C" fn $name($(_: $type),*) $(-> $result)? {
                    super::super::trap::no_socket()
                }
            )*
        }
    };
}

// An address is twelve values: the case, and what the larger case needs.

never! {
    tcp = "[method]tcp-socket.";
    bind "bind" (u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32) -> u32;
    start_connect "start-connect" (u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u64) -> u32;
    listen "listen" (u32) -> u32;
    send "send" (u32, u32) -> u32;
    receive "receive" (u32) -> u32;
    get_local_address "get-local-address" (u32) -> u32;
    get_remote_address "get-remote-address" (u32) -> u32;
    get_is_listening "get-is-listening" (u32) -> u32;
    get_address_family "get-address-family" (u32) -> u32;
    set_listen_backlog_size "set-listen-backlog-size" (u32, u64) -> u32;
    get_keep_alive_enabled "get-keep-alive-enabled" (u32) -> u32;
    set_keep_alive_enabled "set-keep-alive-enabled" (u32, u32) -> u32;
    get_keep_alive_idle_time "get-keep-alive-idle-time" (u32) -> u32;
    set_keep_alive_idle_time "set-keep-alive-idle-time" (u32, u64) -> u32;
    get_keep_alive_interval "get-keep-alive-interval" (u32) -> u32;
    set_keep_alive_interval "set-keep-alive-interval" (u32, u64) -> u32;
    get_keep_alive_count "get-keep-alive-count" (u32) -> u32;
    set_keep_alive_count "set-keep-alive-count" (u32, u32) -> u32;
    get_hop_limit "get-hop-limit" (u32) -> u32;
    set_hop_limit "set-hop-limit" (u32, u32) -> u32;
    get_receive_buffer_size "get-receive-buffer-size" (u32) -> u32;
    set_receive_buffer_size "set-receive-buffer-size" (u32, u64) -> u32;
    get_send_buffer_size "get-send-buffer-size" (u32) -> u32;
    set_send_buffer_size "set-send-buffer-size" (u32, u64) -> u32;
}

never! {
    tcp_static = "[static]tcp-socket.";
    start_connect_by_list "start-connect-by-list" (u32, u32, u64) -> u32;
    finish_connect "finish-connect" (u32) -> u32;
}

never! {
    udp = "[method]udp-socket.";
    bind "bind" (u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32) -> u32;
    connect "connect" (u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32) -> u32;
    disconnect "disconnect" (u32) -> u32;
    // Seventeen values: in memory.
    start_send "start-send" (u32) -> u32;
    start_receive "start-receive" (u32, u64) -> u32;
    get_local_address "get-local-address" (u32) -> u32;
    get_remote_address "get-remote-address" (u32) -> u32;
    get_address_family "get-address-family" (u32) -> u32;
    get_unicast_hop_limit "get-unicast-hop-limit" (u32) -> u32;
    set_unicast_hop_limit "set-unicast-hop-limit" (u32, u32) -> u32;
    get_receive_buffer_size "get-receive-buffer-size" (u32) -> u32;
    set_receive_buffer_size "set-receive-buffer-size" (u32, u64) -> u32;
    get_send_buffer_size "get-send-buffer-size" (u32) -> u32;
    set_send_buffer_size "set-send-buffer-size" (u32, u64) -> u32;
}

never! {
    udp_static = "[static]udp-socket.";
    start_send_by_list "start-send-by-list" (u32, u32, u64) -> u32;
    finish_send "finish-send" (u32) -> u32;
    finish_receive "finish-receive" (u32) -> u32;
}
