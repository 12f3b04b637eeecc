//! `outgoing-request` and `outgoing-response`: what the guest has said so far. The message of 0.3
//! is made when it is sent, because its constructor takes everything at once.
//!
//! # Safety
//!
//! Messages in parameters come from the engine, so their resources exist. A message is freed with
//! its resource; its body is not part of it.

use super::fields;
use super::imports::*;
use super::outgoing_body::{Contents, OutgoingBody, hook_abandon, hook_refuse};
use super::resource::{self, outgoing_body, outgoing_request, outgoing_response};
use super::text::{CONNECT, GET, HEAD, OTHER_METHOD, OTHER_SCHEME, Text};
use crate::kernel::canon::ends;
use common::abi::{Ret, area};
use common::global::Global;
use common::shared::Shared;
use core::cell::Cell;

pub struct Outgoing {
    request: bool,
    /// The `fields` of 0.3.
    headers: Cell<u32>,
    body: Cell<Option<Shared<OutgoingBody>>>,
    status: Cell<u32>,
    method: Cell<Text>,
    path: Cell<Text>,
    has_scheme: Cell<bool>,
    scheme: Cell<Text>,
    authority: Cell<Text>,
}

fn new(request: bool, headers: u32) -> Shared<Outgoing> {
    Shared::new(Outgoing {
        request,
        headers: Cell::new(fields::take(headers)),
        body: Cell::new(None),
        status: Cell::new(200),
        method: Cell::new(Text::NONE),
        path: Cell::new(Text::NONE),
        has_scheme: Cell::new(false),
        scheme: Cell::new(Text::NONE),
        authority: Cell::new(Text::NONE),
    })
}

/// Why a request cannot be sent.
pub enum Refused {
    Method,
    Uri,
}

impl Outgoing {
    /// `result<outgoing-body>`.
    fn body(&self) -> Ret {
        let area = area();
        if self.body.get().is_some() {
            return area.u8(0, 1).ret();
        }
        let Ok(expected) = fields::content_length(self.headers.get()) else { return area.u8(0, 1).ret() };
        let body = OutgoingBody::new(self.request, expected);
        self.body.set(Some(body));
        area.u8(0, 0).u32(4, outgoing_body::new(body)).ret()
    }

    /// Frees all but headers and body.
    fn dispose(&self) {
        for text in [&self.method, &self.path, &self.scheme, &self.authority] {
            text.get().text.free();
        }
        unsafe { Shared::of(self).free() };
    }

    fn drop(&self) {
        if resource::taking() {
            return;
        }
        unsafe { fields_drop(self.headers.get()) };
        if let Some(body) = self.body.get() {
            hook_abandon(&body);
        }
        self.dispose();
    }

    /// Makes a request of 0.3, which `send` gives to the host unless the host refuses it; frees
    /// this one. Returns the future that tells how the transmission went: some hosts give the
    /// request up when the future is dropped.
    pub fn send_request(&self, has_options: u32, options: u32, send: impl FnOnce(u32)) -> Result<u32, Refused> {
        let contents = Contents::of(self.body.get());
        if self.body.get().is_none() && !matches!(self.method.get().tag, GET | HEAD | CONNECT) {
            self.headers.set(fields::without_body(self.headers.get()));
        }
        let mut made = [0; 2];
        unsafe {
            let Contents { some, stream, trailers, .. } = contents;
            request_new(self.headers.get(), some, stream, trailers, has_options, options, &mut made);
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
        contents.sent(self.body.get(), 0);
        self.dispose();
        result
    }

    /// Sets in a request of 0.3 what the guest has set.
    fn describe(&self, request: u32) -> Result<(), Refused> {
        if self.method.get().tag != 0 && !set_method(request, &self.method.get()) {
            return Err(Refused::Method);
        }
        let path = self.path.get().tag == 0 || set_path(request, &self.path.get());
        let authority = self.authority.get().tag == 0 || set_authority(request, &self.authority.get());
        let scheme = !self.has_scheme.get() || set_scheme(request, &self.scheme.get());
        if path && authority && scheme { Ok(()) } else { Err(Refused::Uri) }
    }

    /// Makes a response of 0.3. If the host refuses it, the response is a 500 without body. Frees
    /// this one.
    pub fn make_response(&self) -> u32 {
        const INTERNAL_SERVER_ERROR: u32 = 500;
        if self.body.get().is_none() && !matches!(self.status.get(), 100..=199 | 204 | 304) {
            self.headers.set(fields::without_body(self.headers.get()));
        }
        let response = make_response(self.headers.get(), self.body.get(), self.status.get()).unwrap_or_else(|| {
            if let Some(body) = self.body.get() {
                hook_refuse(&body);
            }
            let headers = fields::without_body(unsafe { fields_new() });
            make_response(headers, None, INTERNAL_SERVER_ERROR).unwrap_or_default()
        });
        self.dispose();
        response
    }
}

/// Makes a response of 0.3 unless the host refuses the status.
fn make_response(headers: u32, body: Option<Shared<OutgoingBody>>, status: u32) -> Option<u32> {
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

/// A request of 0.3 that is never sent: it tells which methods, paths, authorities and schemes the
/// host accepts.
static SCRATCH: Global<Cell<u32>> = Global::new(Cell::new(0));

fn scratch() -> u32 {
    if SCRATCH.get() == 0 {
        let mut made = [0; 2];
        unsafe {
            // The future's writable end stays as it is: it may not be dropped.
            let (trailers, _) = ends(trailers_new());
            request_new(fields_new(), 0, 0, trailers, 0, 0, &mut made);
            result_drop_readable(made[1]);
        }
        SCRATCH.set(made[0]);
    }
    SCRATCH.get()
}

/// Replaces a value if the host accepts the new one; `result`.
fn accept(to: &Cell<Text>, new: Text, accepted: bool) -> u32 {
    if accepted {
        new.replace(to);
        return 0;
    }
    new.text.free();
    1
}

#[unsafe(export_name = "wasi:http/types@0.2#[dtor]outgoing-request")]
extern "C" fn drop_request(this: &Outgoing) {
    this.drop()
}

#[unsafe(export_name = "wasi:http/types@0.2#[constructor]outgoing-request")]
extern "C" fn new_request(headers: u32) -> u32 {
    outgoing_request::new(new(true, headers))
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-request.body")]
extern "C" fn request_body(this: &Outgoing) -> Ret {
    this.body()
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-request.method")]
extern "C" fn method(this: &Outgoing) -> Ret {
    let area = area();
    this.method.get().put(area, 0);
    area.ret()
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-request.set-method")]
extern "C" fn set_request_method(this: &Outgoing, tag: u32, at: *mut u8, len: u32) -> u32 {
    let new = Text::lowered(tag, at, len, OTHER_METHOD);
    accept(&this.method, new, tag != OTHER_METHOD || set_method(scratch(), &new))
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-request.path-with-query")]
extern "C" fn path_with_query(this: &Outgoing) -> Ret {
    let area = area();
    this.path.get().put(area, 0);
    area.ret()
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-request.set-path-with-query")]
extern "C" fn set_path_with_query(this: &Outgoing, some: u32, at: *mut u8, len: u32) -> u32 {
    let new = Text::lowered(some, at, len, 1);
    accept(&this.path, new, some == 0 || set_path(scratch(), &new))
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-request.scheme")]
extern "C" fn scheme(this: &Outgoing) -> Ret {
    let area = area();
    this.scheme.get().put(area, 4);
    area.u8(0, this.has_scheme.get() as u8).ret()
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-request.set-scheme")]
extern "C" fn set_request_scheme(this: &Outgoing, some: u32, tag: u32, at: *mut u8, len: u32) -> u32 {
    let tag = if some != 0 { tag } else { 0 };
    let new = Text::lowered(tag, at, len, OTHER_SCHEME);
    let result = accept(&this.scheme, new, tag != OTHER_SCHEME || set_scheme(scratch(), &new));
    if result == 0 {
        this.has_scheme.set(some != 0);
    }
    result
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-request.authority")]
extern "C" fn authority(this: &Outgoing) -> Ret {
    let area = area();
    this.authority.get().put(area, 0);
    area.ret()
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-request.set-authority")]
extern "C" fn set_request_authority(this: &Outgoing, some: u32, at: *mut u8, len: u32) -> u32 {
    let new = Text::lowered(some, at, len, 1);
    accept(&this.authority, new, some == 0 || set_authority(scratch(), &new))
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-request.headers")]
extern "C" fn request_headers_view(this: &Outgoing) -> u32 {
    fields::view_of(this.headers.get())
}

#[unsafe(export_name = "wasi:http/types@0.2#[dtor]outgoing-response")]
extern "C" fn drop_response(this: &Outgoing) {
    this.drop()
}

#[unsafe(export_name = "wasi:http/types@0.2#[constructor]outgoing-response")]
extern "C" fn new_response(headers: u32) -> u32 {
    outgoing_response::new(new(false, headers))
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-response.status-code")]
extern "C" fn status_code(this: &Outgoing) -> u32 {
    this.status.get()
}

/// Accepts what wasmtime accepts. The host of 0.3 judges the status when the response is sent.
#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-response.set-status-code")]
extern "C" fn set_status_code(this: &Outgoing, status: u32) -> u32 {
    if !(100..1000).contains(&status) {
        return 1;
    }
    this.status.set(status);
    0
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-response.headers")]
extern "C" fn response_headers_view(this: &Outgoing) -> u32 {
    fields::view_of(this.headers.get())
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]outgoing-response.body")]
extern "C" fn response_body(this: &Outgoing) -> Ret {
    this.body()
}
