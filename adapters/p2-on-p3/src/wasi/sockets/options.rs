//! Getters and setters of both kinds of socket: they differ in their names, and in the layout of
//! their results.
//!
//! # Safety
//!
//! Sockets in parameters come from the engine, so their resources exist. The host writes the area
//! in the layout that is read.

use super::convert;
use super::tcp::TcpSocket;
use super::udp::UdpSocket;
use common::abi::{Area, Ret, area};

impl TcpSocket {
    fn handle(&self) -> u32 {
        self.handle
    }
}

/// How a result of 0.3 becomes one of 0.2. 0.3 aligns the payload for the error, which may have a
/// string, 0.2 only for the value.
mod layout {
    use super::*;

    /// `result<bool, error-code>`, `result<u8, error-code>`.
    pub fn byte(area: &Area) -> Ret {
        if let Some(code) = convert::of_area(area, 4) {
            return convert::failed(1, code);
        }
        let value = area.get_u8(4);
        area.u8(1, value).ret()
    }

    /// `result<u32, error-code>`, `result<ip-socket-address, error-code>`.
    pub fn word(area: &Area) -> Ret {
        match convert::of_area(area, 4) {
            Some(code) => convert::failed(4, code),
            None => area.ret(),
        }
    }

    /// `result<u64, error-code>`.
    pub fn long(area: &Area) -> Ret {
        match convert::of_area(area, 8) {
            Some(code) => convert::failed(8, code),
            None => area.ret(),
        }
    }
}

macro_rules! options {
    ($name:ident: $socket:ty = $export:literal, $resource:literal;
     get { $($getter:ident = $get:literal: $layout:ident;)* }
     set { $($setter:ident = $set:literal: $value:ty;)* }
     plain { $($plain:ident = $function:literal;)* }) => {
        mod $name {
            use super::*;

            mod imports {
                #[link(wasm_import_module = "wasi:sockets/types@0.3")]
                unsafe extern "C" {
                    $(#[link_name = concat!("[method]", $resource, ".get-", $get)]
                    pub fn $getter(socket: u32, result: *mut u8);)*
                    $(#[link_name = concat!("[method]", $resource, ".set-", $set)]
                    pub fn $setter(socket: u32, value: $value, result: *mut u8);)*
                    $(#[link_name = concat!("[method]", $resource, ".get-", $function)]
                    pub fn $plain(socket: u32) -> u32;)*
                }
            }

            $(#[unsafe(export_name = concat!($export, "#[method]", $resource, ".", $get))]
            extern "C" fn $getter(this: &$socket) -> Ret {
                let area = area();
                unsafe { imports::$getter(this.handle(), area.at()) };
                layout::$layout(area)
            })*

            $(#[unsafe(export_name = concat!($export, "#[method]", $resource, ".set-", $set))]
            extern "C" fn $setter(this: &$socket, value: $value) -> Ret {
                let area = area();
                unsafe { imports::$setter(this.handle(), value, area.at()) };
                convert::unit(convert::of_area(area, 4))
            })*

            $(#[unsafe(export_name = concat!($export, "#[method]", $resource, ".", $function))]
            extern "C" fn $plain(this: &$socket) -> u32 {
                unsafe { imports::$plain(this.handle()) }
            })*
        }
    };
}

options! {
    tcp: TcpSocket = "wasi:sockets/tcp@0.2", "tcp-socket";
    get {
        local_address = "local-address": word;
        remote_address = "remote-address": word;
        keep_alive_enabled = "keep-alive-enabled": byte;
        keep_alive_idle_time = "keep-alive-idle-time": long;
        keep_alive_interval = "keep-alive-interval": long;
        keep_alive_count = "keep-alive-count": word;
        hop_limit = "hop-limit": byte;
        receive_buffer_size = "receive-buffer-size": long;
        send_buffer_size = "send-buffer-size": long;
    }
    set {
        set_listen_backlog_size = "listen-backlog-size": u64;
        set_keep_alive_enabled = "keep-alive-enabled": u32;
        set_keep_alive_idle_time = "keep-alive-idle-time": u64;
        set_keep_alive_interval = "keep-alive-interval": u64;
        set_keep_alive_count = "keep-alive-count": u32;
        set_hop_limit = "hop-limit": u32;
        set_receive_buffer_size = "receive-buffer-size": u64;
        set_send_buffer_size = "send-buffer-size": u64;
    }
    plain {
        is_listening = "is-listening";
        address_family = "address-family";
    }
}

options! {
    udp: UdpSocket = "wasi:sockets/udp@0.2", "udp-socket";
    get {
        local_address = "local-address": word;
        remote_address = "remote-address": word;
        unicast_hop_limit = "unicast-hop-limit": byte;
        receive_buffer_size = "receive-buffer-size": long;
        send_buffer_size = "send-buffer-size": long;
    }
    set {
        set_unicast_hop_limit = "unicast-hop-limit": u32;
        set_receive_buffer_size = "receive-buffer-size": u64;
        set_send_buffer_size = "send-buffer-size": u64;
    }
    plain {
        address_family = "address-family";
    }
}
