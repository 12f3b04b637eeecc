//! `outgoing-handler`, and `future-incoming-response`: a call of `client.send`.

use super::Wait;
use super::error;
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
use common::cell::Global;
use common::memory::{self, Buffer};
use core::mem::replace;
use core::ptr::null_mut;

pub struct FutureResponse {
    pub link: Link,
    call: Waitable,
    /// `result<response, error-code>` as the host writes it.
    value: [u64; 5],
    /// The future of the transmission: a host may end it, and the response, with that.
    transmission: u32,
    /// The value was handed out, or is of no use any more.
    got: bool,
    /// The 0.2 resource is gone.
    gone: bool,
    parked: bool,
    /// Pollables that live.
    children: u32,
    next: *mut FutureResponse,
}

/// Calls that nobody waits for any more, to be cancelled by the next wait.
static PARKED: Global<*mut FutureResponse> = Global::new(null_mut());

pub fn any_parked() -> bool {
    !PARKED.get().is_null()
}

/// Cancels what is parked. Only inside of `control.wait`.
#[inline(never)]
#[unsafe(export_name = "part:http-client/reap")]
pub extern "C" fn part_reap() {
    loop {
        let this = *PARKED.get();
        if this.is_null() {
            return;
        }
        let this = unsafe { &mut *this };
        *PARKED.get() = this.next;
        this.parked = false;
        this.call.abandon();
        unsafe {
            let state = subtask_cancel(this.call.handle);
            subtask_drop(this.call.handle);
            this.forget(state == RETURNED);
        }
    }
}

impl FutureResponse {
    fn value(&mut self) -> *mut u8 {
        self.value.as_mut_ptr() as *mut u8
    }

    /// Takes the result: a response of 0.3, or an error.
    fn take(&mut self) -> Result<u32, Buffer> {
        let value = self.value();
        self.got = true;
        unsafe {
            match value.read() {
                0 => Ok((value.add(8) as *const u32).read()),
                _ => Err(error::pack_owned(value.add(8))),
            }
        }
    }

    /// The error of a request that the host has refused. Other failures, of connections that are refused at once too,
    /// are for the future to tell.
    fn refusal(&mut self) -> Option<Buffer> {
        let [result, case] = [self.value[0], self.value[1]].map(|word| word as u8);
        (!self.call.busy && result != 0 && error::is_refusal(case)).then(|| self.take().err()).flatten()
    }

    /// Nobody wants the result.
    fn close(&mut self) {
        if self.call.busy && !self.parked {
            self.parked = true;
            self.next = *PARKED.get();
            *PARKED.get() = self;
            wait::park();
        } else if !self.parked {
            self.forget(true);
        }
    }

    fn forget(&mut self, returned: bool) {
        if returned && !self.got {
            match self.take() {
                Ok(response) => unsafe { response_drop(response) },
                Err(mut error) => error.release(),
            }
        }
        self.got = true;
        drop_transmission(&mut self.transmission);
        if self.gone {
            self.link.leave();
            memory::unbox(self);
        }
    }
}

#[inline(never)]
#[unsafe(export_name = "part:http-client/close")]
pub extern "C" fn part_close(this: &mut FutureResponse) {
    this.close()
}

#[inline(never)]
#[unsafe(export_name = "part:http-client/response-ready")]
pub extern "C" fn part_response_ready(this: *mut FutureResponse) -> bool {
    unsafe { !(*this).call.busy }
}

#[inline(never)]
#[unsafe(export_name = "part:http-client/release-response")]
pub extern "C" fn part_release_response(this: *mut FutureResponse) {
    unsafe { (*this).children -= 1 };
}

/// The call has returned: of interest if it is parked.
#[inline(never)]
#[unsafe(export_name = "part:http-client/responded")]
pub extern "C" fn part_responded(this: *mut FutureResponse) {
    unsafe {
        if !(*this).parked {
            return;
        }
        let mut link = PARKED.get() as *mut *mut FutureResponse;
        while *link != this {
            link = &raw mut (**link).next;
        }
        *link = (*this).next;
        (*this).parked = false;
        (*this).forget(true);
    }
}

/// `result<future-incoming-response, error-code>`.
#[unsafe(export_name = "wasi:http/outgoing-handler@0.2.12#handle")]
extern "C" fn handle(request: u32, some: u32, options: u32) -> Ret {
    op::pump();
    let request = unsafe { &mut *outgoing_request::take(request) };
    let options = if some != 0 { request_options::take(options) } else { 0 };
    let this = memory::boxed(FutureResponse {
        link: Link::new(Kind::Response),
        call: Waitable::NONE,
        value: [0; 5],
        transmission: 0,
        got: false,
        gone: false,
        parked: false,
        children: 0,
        next: null_mut(),
    });
    let response = unsafe { &mut *this };
    response.call = Waitable::new(0, Owner::HttpCall(this));
    let result = request.send_request(some, options, |request| {
        let status = unsafe { send(request, response.value()) };
        response.call.called(status);
    });
    let refused = match result {
        Err(Refused::Method) => Some(error::plain(error::METHOD_INVALID)),
        Err(Refused::Uri) => Some(error::plain(error::URI_INVALID)),
        Ok(transmission) => {
            response.transmission = transmission;
            response.refusal()
        }
    };
    if let Some(error) = refused {
        drop_transmission(&mut response.transmission);
        memory::unbox(this);
        return error::failed(error);
    }
    response.link.join();
    area().u8(0, 0).u32(8, future_incoming_response::new(this)).ret()
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[dtor]future-incoming-response")]
extern "C" fn drop_future(this: &mut FutureResponse) {
    part_drop(this)
}

#[inline(never)]
#[unsafe(export_name = "part:http-client/drop")]
extern "C" fn part_drop(this: &mut FutureResponse) {
    if this.children > 0 {
        trap::has_pollable()
    }
    this.gone = true;
    this.close();
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]future-incoming-response.subscribe")]
extern "C" fn subscribe(this: &mut FutureResponse) -> u32 {
    this.children += 1;
    poll::new(Pollable::Response(this))
}

#[unsafe(export_name = "wasi:http/types@0.2.12#[method]future-incoming-response.start-get")]
extern "C" fn start_get(this: *mut FutureResponse) -> u32 {
    op::pump();
    op::begin_with(Body::Http(Wait::Response(this)), true)
}

/// `option<result<result<incoming-response, error-code>>>`.
#[unsafe(export_name = "wasi:http/types@0.2.12#[static]future-incoming-response.finish-get")]
extern "C" fn finish_get(token: u32) -> Ret {
    let area = area();
    let Body::Http(Wait::Response(this)) = op::take(token).body else { return area.ret() };
    let this = unsafe { &mut *this };
    if this.call.busy {
        return area.u8(0, 0).ret();
    }
    if this.got {
        return area.u8(0, 1).u8(8, 1).ret();
    }
    area.u8(0, 1).u8(8, 0);
    match this.take() {
        Ok(response) => {
            let transmission = replace(&mut this.transmission, 0);
            area.u8(16, 0).u32(24, incoming::response(response, transmission)).ret()
        }
        Err(error) => {
            error::put(area.u8(16, 1), 24, error);
            area.ret()
        }
    }
}
