//! The resource `request`.
//!
//! # Safety
//!
//! Texts in parameters were put into memory by `cabi_realloc`, with their length, and are UTF-8.
//! Imports have the signatures of the Canonical ABI.

use super::message::{Body, Message, Side};
use super::{fields, forget, imports, is_taking, options, pass_on};
use common::abi::{Ret, area};
use common::memory;
use common::shared::Shared;
use core::{slice, str};

/// Takes a resource from the guest.
pub fn take(handle: u32) -> Shared<Message> {
    super::take(handle, imports::request3_rep, imports::request3_drop)
}

/// The outgoing request; an incoming one gets it when it is changed or sent on.
pub fn outgoing(this: Shared<Message>) -> u32 {
    if this.outgoing.get() == 0 {
        this.outgoing.set(copy(this.incoming));
    }
    this.outgoing.get()
}

fn copy(incoming: u32) -> u32 {
    let area = area();
    unsafe {
        let new = imports::out_request_new(fields::copy(imports::in_request_headers(incoming)));
        memory::in_arena(|| imports::in_request_method(incoming, area.at()));
        let text = area.get_u32(4) as *const u8;
        imports::out_request_set_method(new, area.get_u8(0) as u32, text, area.get_u32(8));
        memory::in_arena(|| imports::in_request_path(incoming, area.at()));
        let text = area.get_u32(4) as *const u8;
        imports::out_request_set_path(new, area.get_u8(0) as u32, text, area.get_u32(8));
        memory::in_arena(|| imports::in_request_scheme(incoming, area.at()));
        let (tag, text) = (area.get_u8(0) as u32, area.get_u32(8) as *const u8);
        imports::out_request_set_scheme(new, tag, area.get_u8(4) as u32, text, area.get_u32(12));
        memory::in_arena(|| imports::in_request_authority(incoming, area.at()));
        let text = area.get_u32(4) as *const u8;
        imports::out_request_set_authority(new, area.get_u8(0) as u32, text, area.get_u32(8));
        new
    }
}

#[unsafe(export_name = "wasi:http/types@0.3#[dtor]request")]
extern "C" fn dtor(this: Shared<Message>) {
    if !is_taking() {
        Message::discard(this);
    }
}

#[unsafe(export_name = "wasi:http/types@0.3#[static]request.new")]
extern "C" fn new(
    headers: u32,
    has_contents: u32,
    contents: u32,
    trailers: u32,
    has_options: u32,
    options: u32,
) -> Ret {
    let headers = fields::take(headers);
    let (body, transmission) = Body::new(headers, has_contents, contents, trailers);
    let options = if has_options == 0 { 0 } else { options::take(options) };
    let this = unsafe {
        let outgoing = imports::out_request_new(headers);
        imports::request3_new(Message::built(Side::Request, outgoing, options, body))
    };
    area().u32(0, this).u32(4, transmission).ret()
}

#[unsafe(export_name = "wasi:http/types@0.3#[static]request.consume-body")]
extern "C" fn consume_body(this: u32, res: u32) -> Ret {
    let [contents, trailers] = Message::consume(take(this), res);
    area().u32(0, contents).u32(4, trailers).ret()
}

#[unsafe(export_name = "wasi:http/types@0.3#[method]request.get-headers")]
extern "C" fn get_headers(this: Shared<Message>) -> u32 {
    this.headers()
}

#[unsafe(export_name = "wasi:http/types@0.3#[method]request.get-options")]
extern "C" fn get_options(this: Shared<Message>) -> Ret {
    let options = this.options();
    area().u8(0, (options != 0) as u8).u32(4, options).ret()
}

macro_rules! properties {
    ($($get:ident $get_name:literal $incoming:ident $outgoing:ident
       $set:ident $set_name:literal $to:ident ($($tag:ident),*) $(if $holds:ident)? $(where $case:ident of $names:ident)?;)*) => {$(
        #[unsafe(export_name = concat!("wasi:http/types@0.3#[method]request.", $get_name))]
        extern "C" fn $get(this: Shared<Message>) -> Ret {
            pass_on(|value| unsafe {
                match this.outgoing.get() {
                    0 => imports::$incoming(this.incoming, value),
                    outgoing => imports::$outgoing(outgoing, value),
                }
            })
        }

        #[unsafe(export_name = concat!("wasi:http/types@0.3#[method]request.", $set_name))]
        extern "C" fn $set(this: Shared<Message>, $($tag: u32,)* text: *mut u8, len: u32) -> u32 {
            let may_be = true $(&& $holds(text, len))?;
            $(let $case = usual(&$names, $case, text, len);)?
            let refused = if may_be { unsafe { imports::$to(outgoing(this), $($tag,)* text, len) } } else { 1 };
            forget(text, len);
            refused
        }
    )*};
}

properties! {
    get_method "get-method" in_request_method out_request_method
        set_method "set-method" out_request_set_method (case) where case of METHODS;
    get_path "get-path-with-query" in_request_path out_request_path
        set_path "set-path-with-query" out_request_set_path (tag);
    get_scheme "get-scheme" in_request_scheme out_request_scheme
        set_scheme "set-scheme" out_request_set_scheme (tag, case) where case of SCHEMES;
    get_authority "get-authority" in_request_authority out_request_authority
        set_authority "set-authority" out_request_set_authority (tag) if has_no_wrong_port;
}

const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
const SCHEMES: [&str; 2] = ["http", "https"];

/// The case of 0.3: if a name was set as `other` although it has a case of its own, hosts of 0.3
/// return that case, hosts of 0.2 `other`.
fn usual(names: &[&str], case: u32, text: *const u8, len: u32) -> u32 {
    if case != names.len() as u32 {
        return case;
    }
    let text = unsafe { slice::from_raw_parts(text, len as usize) };
    names.iter().position(|name| name.as_bytes() == text).map_or(case, |at| at as u32)
}

/// Hosts of 0.2 accept any characters as a port, hosts of 0.3 only a number of 16 bits.
fn has_no_wrong_port(authority: *const u8, len: u32) -> bool {
    if len == 0 {
        return true;
    }
    let authority = unsafe { str::from_utf8_unchecked(slice::from_raw_parts(authority, len as usize)) };
    let behind_address = authority.rsplit(']').next().unwrap_or(authority);
    behind_address.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_ok())
}
