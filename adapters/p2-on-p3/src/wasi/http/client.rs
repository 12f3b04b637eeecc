//! `outgoing-handler`, and `future-incoming-response`: a call of `client.send`.
//!
//! # Safety
//!
//! Futures in parameters come from the engine, so their resources exist. The host writes the value
//! while the call is busy; a future is freed when its resource is gone and the call has ended.

use super::Wait;
use super::error::{self, ErrorCode};
use super::future_write::drop_transmission;
use super::imports::*;
use super::incoming;
use super::live::{Kind, Link};
use super::outgoing::Refused;
use super::resource::{future_incoming_response, outgoing_request, request_options};
use crate::hooks::{Body, Owner, Pollable};
use crate::kernel::canon::{RETURNED, subtask_cancel, subtask_drop};
use crate::kernel::op;
use crate::kernel::wait;
use crate::kernel::waitable::Waitable;
use crate::trap;
use crate::wasi::io::poll;
use common::abi::{Ret, area};
use common::global::Global;
use common::list::{self, Linked, List};
use common::memory::Buffer;
use common::shared::Shared;
use core::cell::{Cell, UnsafeCell};

pub struct FutureResponse {
    pub link: Link,
    call: Waitable,
    /// `result<response, error-code>` as the host writes it.
    value: UnsafeCell<[u64; 5]>,
    /// The future of the transmission: a host may end the transmission, and the response, when it
    /// is dropped.
    transmission: Cell<u32>,
    /// The value was handed out, or is of no use any more.
    got: Cell<bool>,
    /// The 0.2 resource is gone.
    gone: Cell<bool>,
    parked: Cell<bool>,
    /// Pollables that live.
    children: Cell<u32>,
    next: list::Link<FutureResponse>,
}

impl Linked for FutureResponse {
    fn link(&self) -> &list::Link<FutureResponse> {
        &self.next
    }
}

/// Calls that nobody waits for any more, which the next wait cancels.
static PARKED: Global<List<FutureResponse>> = Global::new(List::new());

pub fn any_parked() -> bool {
    !PARKED.is_empty()
}

/// Cancels parked calls. Only inside of `control.wait`.
#[inline(never)]
#[unsafe(export_name = "hook:http-client/reap")]
pub extern "C" fn hook_reap() {
    while let Some(this) = PARKED.pop() {
        this.parked.set(false);
        this.call.abandon();
        let call = this.call.handle.get();
        unsafe {
            let state = subtask_cancel(call);
            subtask_drop(call);
            this.forget(state == RETURNED);
        }
    }
}

impl FutureResponse {
    fn value(&self) -> *mut u8 {
        self.value.get() as *mut u8
    }

    /// Takes the result: a response of 0.3, or an error.
    fn take(&self) -> Result<u32, Buffer> {
        let value = self.value();
        self.got.set(true);
        unsafe {
            match value.read() {
                0 => Ok((value.add(8) as *const u32).read()),
                _ => Err(error::pack_owned(value.add(8))),
            }
        }
    }

    /// The error of a request that the host has refused. Other failures, even of connections that
    /// are refused at once, are reported by the future.
    fn refusal(&self) -> Option<Buffer> {
        let value = self.value();
        let refused = || unsafe { value.read() != 0 && error::is_refusal(ErrorCode::at(value.add(8))) };
        (!self.call.busy.get() && refused()).then(|| self.take().err()).flatten()
    }

    /// Nobody wants the result.
    fn close(&self) {
        if self.call.busy.get() && !self.parked.get() {
            self.parked.set(true);
            PARKED.push(self);
            wait::park();
        } else if !self.parked.get() {
            self.forget(true);
        }
    }

    fn forget(&self, returned: bool) {
        if returned && !self.got.get() {
            match self.take() {
                Ok(response) => unsafe { response_drop(response) },
                Err(mut error) => error.release(),
            }
        }
        self.got.set(true);
        drop_transmission(&self.transmission);
        if self.gone.get() {
            self.link.leave();
            unsafe { Shared::of(self).free() };
        }
    }
}

#[inline(never)]
#[unsafe(export_name = "hook:http-client/close")]
pub extern "C" fn hook_close(this: &FutureResponse) {
    this.close()
}

#[inline(never)]
#[unsafe(export_name = "hook:http-client/response-ready")]
pub extern "C" fn hook_response_ready(this: &FutureResponse) -> bool {
    !this.call.busy.get()
}

#[inline(never)]
#[unsafe(export_name = "hook:http-client/release-response")]
pub extern "C" fn hook_release_response(this: &FutureResponse) {
    this.children.update(|count| count - 1);
}

/// The call has returned: if it is parked, its result is forgotten.
#[inline(never)]
#[unsafe(export_name = "hook:http-client/responded")]
pub extern "C" fn hook_responded(this: &FutureResponse) {
    if this.parked.replace(false) {
        PARKED.remove(this);
        this.forget(true);
    }
}

/// `result<future-incoming-response, error-code>`.
#[unsafe(export_name = "wasi:http/outgoing-handler@0.2#handle")]
extern "C" fn handle(request: u32, some: u32, options: u32) -> Ret {
    op::deliver_events();
    let request = outgoing_request::take(request);
    let options = if some != 0 { request_options::take(options) } else { 0 };
    let this = Shared::new(FutureResponse {
        link: Link::new(Kind::Response),
        call: Waitable::none(),
        value: UnsafeCell::new([0; 5]),
        transmission: Cell::new(0),
        got: Cell::new(false),
        gone: Cell::new(false),
        parked: Cell::new(false),
        children: Cell::new(0),
        next: Cell::new(None),
    });
    this.call.set(0, Owner::HttpCall(this));
    let result = request.send_request(some, options, |request| {
        let status = unsafe { send(request, this.value()) };
        this.call.called(status);
    });
    let refused = match result {
        Err(Refused::Method) => Some(error::plain(ErrorCode::HttpRequestMethodInvalid)),
        Err(Refused::Uri) => Some(error::plain(ErrorCode::HttpRequestUriInvalid)),
        Ok(transmission) => {
            this.transmission.set(transmission);
            this.refusal()
        }
    };
    if let Some(error) = refused {
        drop_transmission(&this.transmission);
        unsafe { this.free() };
        return error::failed(error);
    }
    this.link.join();
    area().u8(0, 0).u32(8, future_incoming_response::new(this)).ret()
}

#[unsafe(export_name = "wasi:http/types@0.2#[dtor]future-incoming-response")]
extern "C" fn drop_future(this: &FutureResponse) {
    hook_drop(this)
}

#[inline(never)]
#[unsafe(export_name = "hook:http-client/drop")]
extern "C" fn hook_drop(this: &FutureResponse) {
    if this.children.get() > 0 {
        trap::has_pollable()
    }
    this.gone.set(true);
    this.close();
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]future-incoming-response.subscribe")]
extern "C" fn subscribe(this: &FutureResponse) -> u32 {
    this.children.update(|v| v + 1);
    poll::new(Pollable::Response(Shared::of(this)))
}

#[unsafe(export_name = "wasi:http/types@0.2#[method]future-incoming-response.start-get")]
extern "C" fn start_get(this: Shared<FutureResponse>) -> u32 {
    op::deliver_events();
    op::begin_with(Body::Http(Wait::Response(this)), true)
}

/// `option<result<result<incoming-response, error-code>>>`.
#[unsafe(export_name = "wasi:http/types@0.2#[static]future-incoming-response.finish-get")]
extern "C" fn finish_get(token: u32) -> Ret {
    let area = area();
    let Body::Http(Wait::Response(this)) = op::take(token).body else { return area.ret() };
    if this.call.busy.get() {
        return area.u8(0, 0).ret();
    }
    if this.got.get() {
        return area.u8(0, 1).u8(8, 1).ret();
    }
    area.u8(0, 1).u8(8, 0);
    match this.take() {
        Ok(response) => {
            let transmission = this.transmission.replace(0);
            area.u8(16, 0).u32(24, incoming::response(response, transmission)).ret()
        }
        Err(error) => {
            error::put(area.u8(16, 1), 24, error);
            area.ret()
        }
    }
}
