//! Getters and setters of sockets.
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI; results go to the return area, which is large
//! enough. Sockets in parameters come from the engine, so their resources exist.

use super::convert::settle;
use super::tcp::TcpSocket;
use super::udp::UdpSocket;
use common::abi::{Ret, area};
use common::shared::Shared;

/// The functions of one resource: their names in 0.3 and in 0.2, and where their results of 0.2
/// have value or error. `unit` has no value; a value at 1 is a byte, which 0.3 has at 4.
macro_rules! options {
    ($module:ident $type:ident $import:literal $prefix:literal $prefix2:literal;
     $($name:ident $name3:literal $name2:literal ($($param:ident: $param_type:ty)?) $kind:tt $(-> $result:ty)?;)*) => {
        mod $module {
            use super::*;
            $(
                options! { @$kind $type $import [concat!("wasi:sockets/types@0.3#", $prefix, $name3)]
                    [concat!($prefix2, $name2)] $name ($($param: $param_type)?) $(-> $result)? }
            )*
        }
    };
    // Functions that return no `result`.
    (@plain $type:ident $import:literal [$export:expr] [$import_name:expr] $name:ident () -> $result:ty) => {
        #[unsafe(export_name = $export)]
        extern "C" fn $name(this: Shared<$type>) -> $result {
            #[link(wasm_import_module = $import)]
            unsafe extern "C" {
                #[link_name = $import_name]
                fn import(this: u32) -> $result;
            }
            unsafe { import(this.handle) }
        }
    };
    (@$from:tt $type:ident $import:literal [$export:expr] [$import_name:expr] $name:ident ($($param:ident: $param_type:ty)?)) => {
        #[unsafe(export_name = $export)]
        extern "C" fn $name(this: Shared<$type> $(, $param: $param_type)?) -> Ret {
            #[link(wasm_import_module = $import)]
            unsafe extern "C" {
                #[link_name = $import_name]
                fn import(this: u32 $(, $param: $param_type)?, result: *mut u8);
            }
            unsafe { import(this.handle $(, $param)?, area().at()) };
            options!(@settle $from)
        }
    };
    (@settle unit) => { moved() };
    (@settle byte) => { moved() };
    (@settle word) => { settled(4) };
    (@settle long) => { settled(8) };
}

fn settled(at: usize) -> Ret {
    settle(at, at);
    area().ret()
}

fn moved() -> Ret {
    if settle(1, 4) {
        let value = area().get_u8(1);
        area().u8(4, value);
    }
    area().ret()
}

options! {
    tcp TcpSocket "wasi:sockets/tcp@0.2" "[method]tcp-socket." "[method]tcp-socket.";
    get_local_address "get-local-address" "local-address" () word;
    get_remote_address "get-remote-address" "remote-address" () word;
    get_is_listening "get-is-listening" "is-listening" () plain -> u32;
    get_address_family "get-address-family" "address-family" () plain -> u32;
    set_listen_backlog_size "set-listen-backlog-size" "set-listen-backlog-size" (value: u64) unit;
    get_keep_alive_enabled "get-keep-alive-enabled" "keep-alive-enabled" () byte;
    set_keep_alive_enabled "set-keep-alive-enabled" "set-keep-alive-enabled" (value: u32) unit;
    get_keep_alive_idle_time "get-keep-alive-idle-time" "keep-alive-idle-time" () long;
    set_keep_alive_idle_time "set-keep-alive-idle-time" "set-keep-alive-idle-time" (value: u64) unit;
    get_keep_alive_interval "get-keep-alive-interval" "keep-alive-interval" () long;
    set_keep_alive_interval "set-keep-alive-interval" "set-keep-alive-interval" (value: u64) unit;
    get_keep_alive_count "get-keep-alive-count" "keep-alive-count" () word;
    set_keep_alive_count "set-keep-alive-count" "set-keep-alive-count" (value: u32) unit;
    get_hop_limit "get-hop-limit" "hop-limit" () byte;
    set_hop_limit "set-hop-limit" "set-hop-limit" (value: u32) unit;
    get_receive_buffer_size "get-receive-buffer-size" "receive-buffer-size" () long;
    set_receive_buffer_size "set-receive-buffer-size" "set-receive-buffer-size" (value: u64) unit;
    get_send_buffer_size "get-send-buffer-size" "send-buffer-size" () long;
    set_send_buffer_size "set-send-buffer-size" "set-send-buffer-size" (value: u64) unit;
}

options! {
    udp UdpSocket "wasi:sockets/udp@0.2" "[method]udp-socket." "[method]udp-socket.";
    get_local_address "get-local-address" "local-address" () word;
    get_remote_address "get-remote-address" "remote-address" () word;
    get_address_family "get-address-family" "address-family" () plain -> u32;
    get_unicast_hop_limit "get-unicast-hop-limit" "unicast-hop-limit" () byte;
    set_unicast_hop_limit "set-unicast-hop-limit" "set-unicast-hop-limit" (value: u32) unit;
    get_receive_buffer_size "get-receive-buffer-size" "receive-buffer-size" () long;
    set_receive_buffer_size "set-receive-buffer-size" "set-receive-buffer-size" (value: u64) unit;
    get_send_buffer_size "get-send-buffer-size" "send-buffer-size" () long;
    set_send_buffer_size "set-send-buffer-size" "set-send-buffer-size" (value: u64) unit;
}
