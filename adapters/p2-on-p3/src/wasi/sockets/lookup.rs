//! `ip-name-lookup`: one call of 0.3 gives all addresses, a `resolve-address-stream` hands them out.

use super::Wait;
use super::call::{Call, Kind};
use super::convert;
use super::imports::resolve_addresses;
use crate::hooks::{Body, Pollable};
use crate::kernel::op;
use crate::trap;
use crate::wasi::io::poll;
use common::abi::{Ret, area};
use common::memory::{self, Buffer};
use core::ptr::copy_nonoverlapping;

/// Size of an `ip-address` in memory.
pub const ADDRESS: u32 = 18;

pub struct Lookup {
    call: *mut Call,
    /// The addresses that are left, once there is a result; or the error.
    outcome: Option<Result<Buffer, u8>>,
    /// Pollables that live.
    pub children: u32,
}

#[link(wasm_import_module = "[export]wasi:sockets/ip-name-lookup@0.2.12")]
unsafe extern "C" {
    #[link_name = "[resource-new]resolve-address-stream"]
    fn stream_new(rep: *mut Lookup) -> u32;
}

impl Lookup {
    fn resolved(&mut self) -> bool {
        let call = unsafe { &mut *self.call };
        if call.has_returned() {
            self.outcome = Some(match call.take() {
                Err(result) => Err(convert::lookup_error(result.wrapping_add(4))),
                Ok(result) => unsafe {
                    let list = (result.add(4) as *const [u32; 2]).read();
                    Ok(Buffer::lowered(list[0] as *mut u8, list[1] * ADDRESS))
                },
            });
        }
        self.outcome.is_some()
    }

    fn free(&mut self) {
        if let Some(Ok(mut list)) = self.outcome {
            list.release();
        }
        unsafe { (*self.call).orphan() };
        memory::unbox(self);
    }
}

#[inline(never)]
#[unsafe(export_name = "part:lookup/resolved")]
pub extern "C" fn part_resolved(this: &mut Lookup) -> bool {
    this.resolved()
}

/// `result<resolve-address-stream, error-code>`.
#[unsafe(export_name = "wasi:sockets/ip-name-lookup@0.2.12#resolve-addresses")]
extern "C" fn start(_network: u32, name: *mut u8, len: u32) -> Ret {
    op::pump();
    let call = Call::new(Kind::Lookup);
    let this = memory::boxed(Lookup { call, outcome: None, children: 0 });
    let (this, call) = unsafe { (&mut *this, &mut *call) };
    call.data = Buffer::lowered(name, len);
    let status = unsafe { resolve_addresses(name, len, call.result()) };
    call.begun(status);
    this.resolved();
    if let Some(Err(code)) = this.outcome {
        this.free();
        return convert::failed(4, code);
    }
    area().u8(0, 0).u32(4, unsafe { stream_new(this) }).ret()
}

#[unsafe(export_name = "wasi:sockets/ip-name-lookup@0.2.12#[dtor]resolve-address-stream")]
extern "C" fn drop_stream(this: &mut Lookup) {
    part_drop(this)
}

#[inline(never)]
#[unsafe(export_name = "part:lookup/drop")]
extern "C" fn part_drop(this: &mut Lookup) {
    if this.children > 0 {
        trap::socket_has_pollable()
    }
    this.free();
}

#[unsafe(export_name = "wasi:sockets/ip-name-lookup@0.2.12#[method]resolve-address-stream.start-resolve-next-address")]
extern "C" fn start_next(this: *mut Lookup) -> u32 {
    op::pump();
    op::begin_with(Body::Socket(Wait::Lookup(this)), true)
}

/// `result<option<ip-address>, error-code>`.
#[unsafe(export_name = "wasi:sockets/ip-name-lookup@0.2.12#[static]resolve-address-stream.finish-resolve-next-address")]
extern "C" fn finish_next(token: u32) -> Ret {
    let Body::Socket(Wait::Lookup(this)) = op::take(token).body else { return area().ret() };
    let area = area().u8(0, 0);
    match unsafe { &mut (*this).outcome } {
        None => convert::failed(2, convert::WOULD_BLOCK),
        Some(Err(code)) => convert::failed(2, *code),
        Some(Ok(list)) if list.len == 0 => area.u8(2, 0).ret(),
        Some(Ok(list)) => {
            unsafe { copy_nonoverlapping(list.start(), area.at().add(4), ADDRESS as usize) };
            list.skip(ADDRESS);
            area.u8(2, 1).ret()
        }
    }
}

#[unsafe(export_name = "wasi:sockets/ip-name-lookup@0.2.12#[method]resolve-address-stream.subscribe")]
extern "C" fn subscribe(this: &mut Lookup) -> u32 {
    this.children += 1;
    poll::new(Pollable::Socket(Wait::Lookup(this)))
}
