//! `incoming-request` and `incoming-response`.
//!
//! As long as the body is not read, the getters ask the message of 0.3. Reading the body consumes that, so
//! what the getters answer is copied first (DESIGN.md: "Getters after the body").

use super::fields;
use super::future_write::drop_transmission;
use super::imports::*;
use super::incoming_body::IncomingBody;
use super::live::{Kind, Link};
use super::resource::{incoming_body, incoming_request, incoming_response};
use super::text::{OTHER_METHOD, OTHER_SCHEME, Text};
use common::abi::{Area, Ret, area};
use common::memory;
use core::mem::replace;
use core::ptr::null_mut;

pub struct Incoming {
    pub link: Link,
    /// Else a response.
    request: bool,
    /// The message of 0.3; 0 when it is consumed.
    handle: u32,
    /// Of a response, until its body is read: the future of the request's transmission.
    transmission: u32,
    /// `consume` was called.
    consumed: bool,
    /// The 0.2 resource is gone.
    gone: bool,
    /// The body as long as it is not read.
    body: *mut IncomingBody,
    snapshot: Snapshot,
}

/// What the getters answer once the message is consumed.
struct Snapshot {
    headers: u32,
    status: u32,
    method: Text,
    path: Text,
    has_scheme: bool,
    scheme: Text,
    authority: Text,
}

/// What P answers when the host does not know.
const AUTHORITY: &str = "localhost";

fn new(request: bool, handle: u32, transmission: u32) -> *mut Incoming {
    let this = memory::boxed(Incoming {
        link: Link::new(Kind::Incoming),
        request,
        handle,
        transmission,
        consumed: false,
        gone: false,
        body: null_mut(),
        snapshot: Snapshot {
            headers: 0,
            status: 0,
            method: Text::NONE,
            path: Text::NONE,
            has_scheme: false,
            scheme: Text::NONE,
            authority: Text::NONE,
        },
    });
    unsafe { (*this).link.join() };
    this
}

/// An `incoming-request` for a request of 0.3.
pub fn request(handle: u32) -> u32 {
    incoming_request::new(new(true, handle, 0))
}

/// An `incoming-response` for a response of 0.3. The transmission of its request must not end before it does.
pub fn response(handle: u32, transmission: u32) -> u32 {
    incoming_response::new(new(false, handle, transmission))
}

impl Incoming {
    /// The body is about to be read: gives stream and trailers future, and the future of the transmission.
    pub fn open(&mut self, res: u32) -> ([u32; 2], u32) {
        match (self.gone, self.request) {
            (true, _) => {}
            (_, true) => part_keep_request(self.handle, &mut self.snapshot),
            (_, false) => part_keep_response(self.handle, &mut self.snapshot),
        }
        let ends = match self.request {
            true => part_consume_request(self.handle, res),
            false => part_consume_response(self.handle, res),
        };
        self.handle = 0;
        let transmission = replace(&mut self.transmission, 0);
        self.body_gone();
        (ends, transmission)
    }

    /// The body is read, or will never be.
    pub fn body_gone(&mut self) {
        self.body = null_mut();
        if self.gone {
            self.free();
        }
    }

    /// Drops the message: the request that was served is over.
    pub fn close(&mut self) {
        if self.handle != 0 {
            unsafe {
                match self.request {
                    true => request_drop(self.handle),
                    false => response_drop(self.handle),
                }
            }
            self.handle = 0;
        }
        drop_transmission(&mut self.transmission);
        self.consumed = true;
        if !self.body.is_null() {
            unsafe { (*self.body).disown() };
            self.body_gone();
        }
    }

    fn free(&mut self) {
        let body = replace(&mut self.body, null_mut());
        debug_assert!(body.is_null());
        self.gone = false;
        self.close();
        let snapshot = &mut self.snapshot;
        for text in [&mut snapshot.method, &mut snapshot.path, &mut snapshot.scheme, &mut snapshot.authority] {
            text.text.release();
        }
        if snapshot.headers != 0 {
            unsafe { fields_drop(snapshot.headers) };
        }
        self.link.leave();
        memory::unbox(self);
    }

    fn drop(&mut self) {
        self.gone = true;
        if self.body.is_null() {
            self.free();
        }
    }

    fn headers(&mut self, ask: impl FnOnce(u32) -> u32) -> u32 {
        match (self.handle, self.snapshot.headers) {
            (0, 0) => fields::view(unsafe { fields_new() }),
            (0, headers) => fields::view_of(headers),
            (handle, _) => fields::view(ask(handle)),
        }
    }

    /// `result<incoming-body>`.
    fn consume(&mut self) -> Ret {
        let area = area();
        if self.consumed {
            return area.u8(0, 1).ret();
        }
        self.consumed = true;
        self.body = IncomingBody::new(self);
        area.u8(0, 0).u32(4, incoming_body::new(self.body)).ret()
    }

    /// A getter: from the message or from the copy.
    fn get(&mut self, ask: impl FnOnce(u32, *mut u8), copy: impl FnOnce(&Snapshot, &Area)) -> &'static Area {
        let area = area();
        match self.handle {
            0 => copy(&self.snapshot, area),
            handle => memory::in_arena(|| ask(handle, area.at())),
        }
        area
    }
}

#[inline(never)]
#[unsafe(export_name = "part:http-serve/consume")]
extern "C" fn part_consume_request(handle: u32, res: u32) -> [u32; 2] {
    let mut ends = [0; 2];
    unsafe { request_consume(handle, res, &mut ends) };
    ends
}

#[inline(never)]
#[unsafe(export_name = "part:http-client/consume")]
extern "C" fn part_consume_response(handle: u32, res: u32) -> [u32; 2] {
    let mut ends = [0; 2];
    unsafe { response_consume(handle, res, &mut ends) };
    ends
}

#[inline(never)]
#[unsafe(export_name = "part:http-serve/keep")]
extern "C" fn part_keep_request(handle: u32, snapshot: &mut Snapshot) {
    let mut value = [0u32; 4];
    let out = value.as_mut_ptr() as *mut u8;
    let stored = |words: &[u32; 4], with_text| Text::stored(words.as_ptr() as *const [u32; 3], with_text);
    unsafe {
        snapshot.headers = request_headers(handle);
        request_method(handle, out);
        snapshot.method = stored(&value, OTHER_METHOD);
        request_path(handle, out);
        snapshot.path = stored(&value, 1);
        request_authority(handle, out);
        snapshot.authority = stored(&value, 1);
        request_scheme(handle, out);
        snapshot.has_scheme = value[0] as u8 != 0;
        if snapshot.has_scheme {
            snapshot.scheme = Text::stored(value.as_ptr().add(1) as *const [u32; 3], OTHER_SCHEME);
        }
    }
}

#[inline(never)]
#[unsafe(export_name = "part:http-client/keep")]
extern "C" fn part_keep_response(handle: u32, snapshot: &mut Snapshot) {
    snapshot.status = unsafe { response_status(handle) };
    snapshot.headers = unsafe { response_headers(handle) };
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[dtor]incoming-request")]
extern "C" fn drop_request(this: &mut Incoming) {
    this.drop()
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]incoming-request.method")]
extern "C" fn method(this: &mut Incoming) -> Ret {
    this.get(|handle, out| unsafe { request_method(handle, out) }, |snapshot, area| snapshot.method.put(area, 0)).ret()
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]incoming-request.path-with-query")]
extern "C" fn path_with_query(this: &mut Incoming) -> Ret {
    this.get(|handle, out| unsafe { request_path(handle, out) }, |snapshot, area| snapshot.path.put(area, 0)).ret()
}

/// Hosts of 0.2 always know one, hosts of 0.3 need not.
#[unsafe(export_name = "wasi:http/types@0.2.12#[method]incoming-request.scheme")]
extern "C" fn scheme(this: &mut Incoming) -> Ret {
    let area = this.get(
        |handle, out| unsafe { request_scheme(handle, out) },
        |snapshot, area| {
            snapshot.scheme.put(area, 4);
            area.u8(0, snapshot.has_scheme as u8);
        },
    );
    if area.get_u8(0) == 0 {
        // HTTP
        area.u8(0, 1).u8(4, 0);
    }
    area.ret()
}

/// The same. Second best is the header `host`.
#[unsafe(export_name = "wasi:http/types@0.2.12#[method]incoming-request.authority")]
extern "C" fn authority(this: &mut Incoming) -> Ret {
    let area = this
        .get(|handle, out| unsafe { request_authority(handle, out) }, |snapshot, area| snapshot.authority.put(area, 0));
    if area.get_u8(0) != 0 {
        return area.ret();
    }
    let host = match (this.handle, this.snapshot.headers) {
        (0, 0) => None,
        (0, headers) => fields::host(headers),
        (handle, _) => {
            let headers = unsafe { request_headers(handle) };
            let host = fields::host(headers);
            unsafe { fields_drop(headers) };
            host
        }
    };
    let (at, len) = host.unwrap_or((AUTHORITY.as_ptr(), AUTHORITY.len() as u32));
    area.u8(0, 1).u32(4, at as u32).u32(8, len).ret()
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]incoming-request.headers")]
extern "C" fn request_headers_view(this: &mut Incoming) -> u32 {
    this.headers(|handle| unsafe { request_headers(handle) })
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]incoming-request.consume")]
extern "C" fn consume_request(this: &mut Incoming) -> Ret {
    this.consume()
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[dtor]incoming-response")]
extern "C" fn drop_response(this: &mut Incoming) {
    this.drop()
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]incoming-response.status")]
extern "C" fn status(this: &mut Incoming) -> u32 {
    match this.handle {
        0 => this.snapshot.status,
        handle => unsafe { response_status(handle) },
    }
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]incoming-response.headers")]
extern "C" fn response_headers_view(this: &mut Incoming) -> u32 {
    this.headers(|handle| unsafe { response_headers(handle) })
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]incoming-response.consume")]
extern "C" fn consume_response(this: &mut Incoming) -> Ret {
    this.consume()
}
