//! `incoming-request` and `incoming-response`.
//!
//! As long as the body is not read, the getters ask the message of 0.3. Reading the body consumes
//! the message, so the getters' answers are copied first (DESIGN.md: "Getters after the body").
//!
//! # Safety
//!
//! Messages in parameters come from the engine, so their resources exist. A message is freed when
//! its resource and its body are gone. What the host writes has the layout that is read.

use super::fields;
use super::future_write::drop_transmission;
use super::imports::*;
use super::incoming_body::IncomingBody;
use super::live::{Kind, Link};
use super::resource::{incoming_body, incoming_request, incoming_response};
use super::text::{OTHER_METHOD, OTHER_SCHEME, Text};
use common::abi::{Area, Ret, area};
use common::memory;
use common::shared::Shared;
use core::cell::Cell;

pub struct Incoming {
    pub link: Link,
    /// Whether it is a request, not a response.
    request: bool,
    /// The message of 0.3; 0 when it is consumed.
    handle: Cell<u32>,
    /// Of a response, until its body is read: the future of the request's transmission.
    transmission: Cell<u32>,
    /// `consume` was called.
    consumed: Cell<bool>,
    /// The 0.2 resource is gone.
    gone: Cell<bool>,
    /// The body as long as it is not read.
    body: Cell<Option<Shared<IncomingBody>>>,
    snapshot: Snapshot,
}

/// The answers of the getters once the message is consumed.
struct Snapshot {
    headers: Cell<u32>,
    status: Cell<u32>,
    method: Cell<Text>,
    path: Cell<Text>,
    has_scheme: Cell<bool>,
    scheme: Cell<Text>,
    authority: Cell<Text>,
}

/// P's answer when the host does not know the authority.
const AUTHORITY: &str = "localhost";

fn new(request: bool, handle: u32, transmission: u32) -> Shared<Incoming> {
    let this = Shared::new(Incoming {
        link: Link::new(Kind::Incoming),
        request,
        handle: Cell::new(handle),
        transmission: Cell::new(transmission),
        consumed: Cell::new(false),
        gone: Cell::new(false),
        body: Cell::new(None),
        snapshot: Snapshot {
            headers: Cell::new(0),
            status: Cell::new(0),
            method: Cell::new(Text::NONE),
            path: Cell::new(Text::NONE),
            has_scheme: Cell::new(false),
            scheme: Cell::new(Text::NONE),
            authority: Cell::new(Text::NONE),
        },
    });
    this.link.join();
    this
}

/// An `incoming-request` for a request of 0.3.
pub fn request(handle: u32) -> u32 {
    incoming_request::new(new(true, handle, 0))
}

/// An `incoming-response` for a response of 0.3. The transmission of its request must not end
/// before the response does.
pub fn response(handle: u32, transmission: u32) -> u32 {
    incoming_response::new(new(false, handle, transmission))
}

impl Incoming {
    /// The body is about to be read: returns stream and trailers future, and the future of the
    /// transmission.
    pub fn open(&self, res: u32) -> ([u32; 2], u32) {
        match (self.gone.get(), self.request) {
            (true, _) => {}
            (_, true) => hook_keep_request(self.handle.get(), &self.snapshot),
            (_, false) => hook_keep_response(self.handle.get(), &self.snapshot),
        }
        let ends = match self.request {
            true => hook_consume_request(self.handle.get(), res),
            false => hook_consume_response(self.handle.get(), res),
        };
        self.handle.set(0);
        let transmission = self.transmission.replace(0);
        self.body_gone();
        (ends, transmission)
    }

    /// The body is read, or will never be.
    pub fn body_gone(&self) {
        self.body.set(None);
        if self.gone.get() {
            self.dispose();
        }
    }

    /// Drops the message: the request that was served is over.
    pub fn close(&self) {
        if self.handle.get() != 0 {
            unsafe {
                match self.request {
                    true => request_drop(self.handle.get()),
                    false => response_drop(self.handle.get()),
                }
            }
            self.handle.set(0);
        }
        drop_transmission(&self.transmission);
        self.consumed.set(true);
        if let Some(body) = self.body.get() {
            body.disown();
            self.body_gone();
        }
    }

    fn dispose(&self) {
        debug_assert!(self.body.get().is_none());
        self.gone.set(false);
        self.close();
        let snapshot = &self.snapshot;
        for text in [&snapshot.method, &snapshot.path, &snapshot.scheme, &snapshot.authority] {
            text.get().text.free();
        }
        if snapshot.headers.get() != 0 {
            unsafe { fields_drop(snapshot.headers.get()) };
        }
        self.link.leave();
        unsafe { Shared::of(self).free() };
    }

    fn drop(&self) {
        self.gone.set(true);
        if self.body.get().is_none() {
            self.dispose();
        }
    }

    fn headers(&self, ask: impl FnOnce(u32) -> u32) -> u32 {
        match (self.handle.get(), self.snapshot.headers.get()) {
            (0, 0) => fields::view(unsafe { fields_new() }),
            (0, headers) => fields::view_of(headers),
            (handle, _) => fields::view(ask(handle)),
        }
    }

    /// `result<incoming-body>`.
    fn consume(&self) -> Ret {
        let area = area();
        if self.consumed.get() {
            return area.u8(0, 1).ret();
        }
        self.consumed.set(true);
        let body = IncomingBody::new(Shared::of(self));
        self.body.set(Some(body));
        area.u8(0, 0).u32(4, incoming_body::new(body)).ret()
    }

    /// A getter: from the message or from the copy.
    fn get(&self, ask: impl FnOnce(u32, *mut u8), copy: impl FnOnce(&Snapshot, &Area)) -> &'static Area {
        let area = area();
        match self.handle.get() {
            0 => copy(&self.snapshot, area),
            handle => memory::in_arena(|| ask(handle, area.at())),
        }
        area
    }
}

#[inline(never)]
#[unsafe(export_name = "hook:http-serve/consume")]
extern "C" fn hook_consume_request(handle: u32, res: u32) -> [u32; 2] {
    let mut ends = [0; 2];
    unsafe { request_consume(handle, res, &mut ends) };
    ends
}

#[inline(never)]
#[unsafe(export_name = "hook:http-client/consume")]
extern "C" fn hook_consume_response(handle: u32, res: u32) -> [u32; 2] {
    let mut ends = [0; 2];
    unsafe { response_consume(handle, res, &mut ends) };
    ends
}

#[inline(never)]
#[unsafe(export_name = "hook:http-serve/keep")]
extern "C" fn hook_keep_request(handle: u32, snapshot: &Snapshot) {
    let mut value = [0u32; 4];
    let out = value.as_mut_ptr() as *mut u8;
    let stored = |words: &[u32; 4], with_text| Text::stored(words.as_ptr() as *const [u32; 3], with_text);
    unsafe {
        snapshot.headers.set(request_headers(handle));
        request_method(handle, out);
        snapshot.method.set(stored(&value, OTHER_METHOD));
        request_path(handle, out);
        snapshot.path.set(stored(&value, 1));
        request_authority(handle, out);
        snapshot.authority.set(stored(&value, 1));
        request_scheme(handle, out);
        snapshot.has_scheme.set(value[0] as u8 != 0);
        if snapshot.has_scheme.get() {
            snapshot.scheme.set(Text::stored(value.as_ptr().add(1) as *const [u32; 3], OTHER_SCHEME));
        }
    }
}

#[inline(never)]
#[unsafe(export_name = "hook:http-client/keep")]
extern "C" fn hook_keep_response(handle: u32, snapshot: &Snapshot) {
    snapshot.status.set(unsafe { response_status(handle) });
    snapshot.headers.set(unsafe { response_headers(handle) });
}

#[unsafe(export_name = "wasi:http/types@0.2#[dtor]incoming-request")]
extern "C" fn drop_request(this: &Incoming) {
    this.drop()
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]incoming-request.method")]
extern "C" fn method(this: &Incoming) -> Ret {
    this.get(|handle, out| unsafe { request_method(handle, out) }, |snapshot, area| snapshot.method.get().put(area, 0))
        .ret()
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]incoming-request.path-with-query")]
extern "C" fn path_with_query(this: &Incoming) -> Ret {
    this.get(|handle, out| unsafe { request_path(handle, out) }, |snapshot, area| snapshot.path.get().put(area, 0))
        .ret()
}

/// Hosts of 0.2 always know a scheme, hosts of 0.3 need not.
#[unsafe(export_name = "wasi:http/types@0.2#[method]incoming-request.scheme")]
extern "C" fn scheme(this: &Incoming) -> Ret {
    let area = this.get(
        |handle, out| unsafe { request_scheme(handle, out) },
        |snapshot, area| {
            snapshot.scheme.get().put(area, 4);
            area.u8(0, snapshot.has_scheme.get() as u8);
        },
    );
    if area.get_u8(0) == 0 {
        // HTTP
        area.u8(0, 1).u8(4, 0);
    }
    area.ret()
}

/// Hosts of 0.2 always know an authority, too. Without one, the header `host` is second best.
#[unsafe(export_name = "wasi:http/types@0.2#[method]incoming-request.authority")]
extern "C" fn authority(this: &Incoming) -> Ret {
    let area = this.get(
        |handle, out| unsafe { request_authority(handle, out) },
        |snapshot, area| snapshot.authority.get().put(area, 0),
    );
    if area.get_u8(0) != 0 {
        return area.ret();
    }
    let host = match (this.handle.get(), this.snapshot.headers.get()) {
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

#[unsafe(export_name = "wasi:http/types@0.2#[method]incoming-request.headers")]
extern "C" fn request_headers_view(this: &Incoming) -> u32 {
    this.headers(|handle| unsafe { request_headers(handle) })
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]incoming-request.consume")]
extern "C" fn consume_request(this: &Incoming) -> Ret {
    this.consume()
}

#[unsafe(export_name = "wasi:http/types@0.2#[dtor]incoming-response")]
extern "C" fn drop_response(this: &Incoming) {
    this.drop()
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]incoming-response.status")]
extern "C" fn status(this: &Incoming) -> u32 {
    match this.handle.get() {
        0 => this.snapshot.status.get(),
        handle => unsafe { response_status(handle) },
    }
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]incoming-response.headers")]
extern "C" fn response_headers_view(this: &Incoming) -> u32 {
    this.headers(|handle| unsafe { response_headers(handle) })
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]incoming-response.consume")]
extern "C" fn consume_response(this: &Incoming) -> Ret {
    this.consume()
}
