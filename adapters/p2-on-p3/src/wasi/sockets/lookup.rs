//! `ip-name-lookup`: one call of 0.3 gives all addresses, a `resolve-address-stream` hands them
//! out.
//!
//! # Safety
//!
//! Streams in parameters come from the engine, so their resources exist. A result that has returned
//! has the layout of the Canonical ABI.

use super::Wait;
use super::call::{Call, Kind};
use super::convert::{self, ErrorCode};
use super::imports::resolve_addresses;
use crate::hooks::{Body, Pollable};
use crate::kernel::op;
use crate::trap;
use crate::wasi::io::poll;
use common::abi::{Ret, area};
use common::memory::Buffer;
use common::shared::Shared;
use core::cell::Cell;
use core::ptr::copy_nonoverlapping;

/// Size of an `ip-address` in memory.
pub const ADDRESS: u32 = 18;

pub struct Lookup {
    call: Shared<Call>,
    /// Once there is a result: the addresses that are left, or the error.
    outcome: Cell<Option<Result<Buffer, ErrorCode>>>,
    /// Pollables that live.
    pub children: Cell<u32>,
}

#[link(wasm_import_module = "[export]wasi:sockets/ip-name-lookup@0.2")]
unsafe extern "C" {
    #[link_name = "[resource-new]resolve-address-stream"]
    fn stream_new(rep: Shared<Lookup>) -> u32;
}

impl Lookup {
    fn resolved(&self) -> bool {
        let call = self.call;
        if call.has_returned() {
            self.outcome.set(Some(match call.take() {
                Err(result) => Err(unsafe { convert::lookup_error(result.add(4)) }),
                Ok(result) => unsafe {
                    let list = (result.add(4) as *const [u32; 2]).read();
                    Ok(Buffer::lowered(list[0] as *mut u8, list[1] * ADDRESS))
                },
            }));
        }
        self.outcome.get().is_some()
    }

    fn dispose(&self) {
        if let Some(Ok(mut list)) = self.outcome.get() {
            list.release();
        }
        self.call.orphan();
        unsafe { Shared::of(self).free() };
    }
}

#[inline(never)]
#[unsafe(export_name = "hook:lookup/resolved")]
pub extern "C" fn hook_resolved(this: &Lookup) -> bool {
    this.resolved()
}

/// `result<resolve-address-stream, error-code>`.
#[unsafe(export_name = "wasi:sockets/ip-name-lookup@0.2#resolve-addresses")]
extern "C" fn start(_network: u32, name: *mut u8, len: u32) -> Ret {
    op::deliver_events();
    let call = Call::new(Kind::Lookup);
    let this = Shared::new(Lookup { call, outcome: Cell::new(None), children: Cell::new(0) });
    call.data.set(Buffer::lowered(name, len));
    let status = unsafe { resolve_addresses(name, len, call.result()) };
    call.begun(status);
    this.resolved();
    if let Some(Err(code)) = this.outcome.get() {
        this.dispose();
        return convert::failed(4, code);
    }
    area().u8(0, 0).u32(4, unsafe { stream_new(this) }).ret()
}

#[unsafe(export_name = "wasi:sockets/ip-name-lookup@0.2#[dtor]resolve-address-stream")]
extern "C" fn drop_stream(this: &Lookup) {
    hook_drop(this)
}

#[inline(never)]
#[unsafe(export_name = "hook:lookup/drop")]
extern "C" fn hook_drop(this: &Lookup) {
    if this.children.get() > 0 {
        trap::socket_has_pollable()
    }
    this.dispose();
}

#[unsafe(export_name = "wasi:sockets/ip-name-lookup@0.2#[method]resolve-address-stream.start-resolve-next-address")]
extern "C" fn start_next(this: Shared<Lookup>) -> u32 {
    op::deliver_events();
    op::begin_with(Body::Socket(Wait::Lookup(this)), true)
}

/// `result<option<ip-address>, error-code>`.
#[unsafe(export_name = "wasi:sockets/ip-name-lookup@0.2#[static]resolve-address-stream.finish-resolve-next-address")]
extern "C" fn finish_next(token: u32) -> Ret {
    let Body::Socket(Wait::Lookup(this)) = op::take(token).body else { return area().ret() };
    let area = area().u8(0, 0);
    match this.outcome.get() {
        None => convert::failed(2, ErrorCode::WouldBlock),
        Some(Err(code)) => convert::failed(2, code),
        Some(Ok(list)) if list.len == 0 => area.u8(2, 0).ret(),
        Some(Ok(mut list)) => {
            unsafe { copy_nonoverlapping(list.start(), area.at().add(4), ADDRESS as usize) };
            list.skip(ADDRESS);
            this.outcome.set(Some(Ok(list)));
            area.u8(2, 1).ret()
        }
    }
}

#[unsafe(export_name = "wasi:sockets/ip-name-lookup@0.2#[method]resolve-address-stream.subscribe")]
extern "C" fn subscribe(this: &Lookup) -> u32 {
    this.children.update(|count| count + 1);
    poll::new(Pollable::Socket(Wait::Lookup(Shared::of(this))))
}
