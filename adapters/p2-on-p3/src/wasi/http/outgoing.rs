//! `outgoing-request` and `outgoing-response`: what the guest has said so far. The message of 0.3 is made when it is sent,
//! for that wants to know all at once.

use super::fields;
use super::imports::*;
use super::outgoing_body::{Contents, OutgoingBody, part_abandon, part_refuse};
use super::resource::{self, outgoing_body, outgoing_request, outgoing_response};
use super::text::{CONNECT, GET, HEAD, OTHER_METHOD, OTHER_SCHEME, Text};
use crate::kernel::canon::ends;
use common::abi::{Ret, area};
use common::cell::Global;
use common::memory;
use core::ptr::null_mut;

pub struct Outgoing {
    request: bool,
    /// The `fields` of 0.3.
    headers: u32,
    body: *mut OutgoingBody,
    status: u32,
    method: Text,
    path: Text,
    has_scheme: bool,
    scheme: Text,
    authority: Text,
}

fn new(request: bool, headers: u32) -> *mut Outgoing {
    memory::boxed(Outgoing {
        request,
        headers: fields::take(headers),
        body: null_mut(),
        status: 200,
        method: Text::NONE,
        path: Text::NONE,
        has_scheme: false,
        scheme: Text::NONE,
        authority: Text::NONE,
    })
}

/// Why a request cannot be sent.
pub enum Refused {
    Method,
    Uri,
}

impl Outgoing {
    /// `result<outgoing-body>`.
    fn body(&mut self) -> Ret {
        let area = area();
        if !self.body.is_null() {
            return area.u8(0, 1).ret();
        }
        let Ok(expected) = fields::content_length(self.headers) else { return area.u8(0, 1).ret() };
        self.body = OutgoingBody::new(self.request, expected);
        area.u8(0, 0).u32(4, outgoing_body::new(self.body)).ret()
    }

    /// Frees all but headers and body.
    fn free(&mut self) {
        for text in [&mut self.method, &mut self.path, &mut self.scheme, &mut self.authority] {
            text.text.release();
        }
        memory::unbox(self);
    }

    fn drop(&mut self) {
        if resource::taking() {
            return;
        }
        unsafe { fields_drop(self.headers) };
        if !self.body.is_null() {
            part_abandon(unsafe { &mut *self.body });
        }
        self.free();
    }

    /// Makes a request of 0.3 and lets `send` give it to the host, unless that refuses it. The resource is gone then. Gives
    /// the future that tells how the transmission went: to drop it is to give the request up, for some hosts.
    pub fn send_request(&mut self, has_options: u32, options: u32, send: impl FnOnce(u32)) -> Result<u32, Refused> {
        let contents = Contents::of(self.body);
        if self.body.is_null() && !matches!(self.method.tag, GET | HEAD | CONNECT) {
            self.headers = fields::without_body(self.headers);
        }
        let mut made = [0; 2];
        unsafe {
            let Contents { some, stream, trailers, .. } = contents;
            request_new(self.headers, some, stream, trailers, has_options, options, &mut made);
        }
        let [request, transmission] = made;
        let result = self.describe(request).map(|()| transmission);
        match result {
            Ok(_) => send(request),
            Err(_) => unsafe {
                request_drop(request);
                result_drop_readable(transmission);
            },
        }
        contents.sent(self.body, 0);
        self.free();
        result
    }

    /// Tells a request of 0.3 what the guest has set.
    fn describe(&self, request: u32) -> Result<(), Refused> {
        if self.method.tag != 0 && !set_method(request, &self.method) {
            return Err(Refused::Method);
        }
        let path = self.path.tag == 0 || set_path(request, &self.path);
        let authority = self.authority.tag == 0 || set_authority(request, &self.authority);
        let scheme = !self.has_scheme || set_scheme(request, &self.scheme);
        if path && authority && scheme { Ok(()) } else { Err(Refused::Uri) }
    }

    /// Makes a response of 0.3. What the host refuses becomes a 500 without body. The resource is gone then.
    pub fn make_response(&mut self) -> u32 {
        const INTERNAL_SERVER_ERROR: u32 = 500;
        if self.body.is_null() && !matches!(self.status, 100..=199 | 204 | 304) {
            self.headers = fields::without_body(self.headers);
        }
        let response = make_response(self.headers, self.body, self.status).unwrap_or_else(|| {
            if !self.body.is_null() {
                part_refuse(unsafe { &mut *self.body });
            }
            let headers = fields::without_body(unsafe { fields_new() });
            make_response(headers, null_mut(), INTERNAL_SERVER_ERROR).unwrap_or_default()
        });
        self.free();
        response
    }
}

/// Makes a response of 0.3 unless the host refuses the status.
fn make_response(headers: u32, body: *mut OutgoingBody, status: u32) -> Option<u32> {
    let contents = Contents::of(body);
    let mut made = [0; 2];
    unsafe {
        response_new(headers, contents.some, contents.stream, contents.trailers, &mut made);
        let [response, transmission] = made;
        if status != 200 && response_set_status(response, status) != 0 {
            response_drop(response);
            result_drop_readable(transmission);
            contents.refused();
            return None;
        }
        contents.sent(body, transmission);
        Some(response)
    }
}

fn set_method(request: u32, method: &Text) -> bool {
    unsafe { request_set_method(request, method.tag, method.text.start(), method.text.len) == 0 }
}

fn set_path(request: u32, path: &Text) -> bool {
    unsafe { request_set_path(request, path.tag, path.text.start(), path.text.len) == 0 }
}

fn set_authority(request: u32, authority: &Text) -> bool {
    unsafe { request_set_authority(request, authority.tag, authority.text.start(), authority.text.len) == 0 }
}

fn set_scheme(request: u32, scheme: &Text) -> bool {
    unsafe { request_set_scheme(request, 1, scheme.tag, scheme.text.start(), scheme.text.len) == 0 }
}

/// A request of 0.3 that is never sent: it knows which methods, paths, authorities and schemes the host accepts.
static SCRATCH: Global<u32> = Global::new(0);

fn scratch() -> u32 {
    let scratch = SCRATCH.get();
    if *scratch == 0 {
        let mut made = [0; 2];
        unsafe {
            // The future's writable end stays as it is: it may not be dropped.
            let (trailers, _) = ends(trailers_new());
            request_new(fields_new(), 0, 0, trailers, 0, 0, &mut made);
            result_drop_readable(made[1]);
        }
        *scratch = made[0];
    }
    *scratch
}

/// Takes a new value if the host accepts it; `result`.
fn accept(to: &mut Text, mut new: Text, accepted: bool) -> u32 {
    if accepted {
        to.replace(new);
        return 0;
    }
    new.text.release();
    1
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[dtor]outgoing-request")]
extern "C" fn drop_request(this: &mut Outgoing) {
    this.drop()
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[constructor]outgoing-request")]
extern "C" fn new_request(headers: u32) -> u32 {
    outgoing_request::new(new(true, headers))
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]outgoing-request.body")]
extern "C" fn request_body(this: &mut Outgoing) -> Ret {
    this.body()
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]outgoing-request.method")]
extern "C" fn method(this: &mut Outgoing) -> Ret {
    let area = area();
    this.method.put(area, 0);
    area.ret()
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]outgoing-request.set-method")]
extern "C" fn set_request_method(this: &mut Outgoing, tag: u32, at: *mut u8, len: u32) -> u32 {
    let new = Text::lowered(tag, at, len, OTHER_METHOD);
    accept(&mut this.method, new, tag != OTHER_METHOD || set_method(scratch(), &new))
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]outgoing-request.path-with-query")]
extern "C" fn path_with_query(this: &mut Outgoing) -> Ret {
    let area = area();
    this.path.put(area, 0);
    area.ret()
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]outgoing-request.set-path-with-query")]
extern "C" fn set_path_with_query(this: &mut Outgoing, some: u32, at: *mut u8, len: u32) -> u32 {
    let new = Text::lowered(some, at, len, 1);
    accept(&mut this.path, new, some == 0 || set_path(scratch(), &new))
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]outgoing-request.scheme")]
extern "C" fn scheme(this: &mut Outgoing) -> Ret {
    let area = area();
    this.scheme.put(area, 4);
    area.u8(0, this.has_scheme as u8).ret()
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]outgoing-request.set-scheme")]
extern "C" fn set_request_scheme(this: &mut Outgoing, some: u32, tag: u32, at: *mut u8, len: u32) -> u32 {
    let tag = if some != 0 { tag } else { 0 };
    let new = Text::lowered(tag, at, len, OTHER_SCHEME);
    let result = accept(&mut this.scheme, new, tag != OTHER_SCHEME || set_scheme(scratch(), &new));
    if result == 0 {
        this.has_scheme = some != 0;
    }
    result
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]outgoing-request.authority")]
extern "C" fn authority(this: &mut Outgoing) -> Ret {
    let area = area();
    this.authority.put(area, 0);
    area.ret()
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]outgoing-request.set-authority")]
extern "C" fn set_request_authority(this: &mut Outgoing, some: u32, at: *mut u8, len: u32) -> u32 {
    let new = Text::lowered(some, at, len, 1);
    accept(&mut this.authority, new, some == 0 || set_authority(scratch(), &new))
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]outgoing-request.headers")]
extern "C" fn request_headers_view(this: &mut Outgoing) -> u32 {
    fields::view_of(this.headers)
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[dtor]outgoing-response")]
extern "C" fn drop_response(this: &mut Outgoing) {
    this.drop()
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[constructor]outgoing-response")]
extern "C" fn new_response(headers: u32) -> u32 {
    outgoing_response::new(new(false, headers))
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]outgoing-response.status-code")]
extern "C" fn status_code(this: &mut Outgoing) -> u32 {
    this.status
}

/// As on wasmtime. When the response is sent the host of 0.3 has its say.
#[unsafe(export_name = "wasi:http/types@0.2.12#[method]outgoing-response.set-status-code")]
extern "C" fn set_status_code(this: &mut Outgoing, status: u32) -> u32 {
    if !(100..1000).contains(&status) {
        return 1;
    }
    this.status = status;
    0
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]outgoing-response.headers")]
extern "C" fn response_headers_view(this: &mut Outgoing) -> u32 {
    fields::view_of(this.headers)
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]outgoing-response.body")]
extern "C" fn response_body(this: &mut Outgoing) -> Ret {
    this.body()
}
