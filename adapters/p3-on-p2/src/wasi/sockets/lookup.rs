//! `wasi:sockets/ip-name-lookup`.
//!
//! # Safety
//!
//! A lookup that has to wait is freed when it has completed, or is cancelled.

use super::call::{self, Call};
use super::convert;
use super::{imports, network};
use crate::hooks::WaiterKind;
use crate::hooks::io;
use crate::kernel::subtask::RETURNED;
use common::abi::{Ret, area};
use common::codes::wasi02;
use common::memory::{self, Buffer};
use common::shared::Shared;
use core::cell::Cell;
use core::ptr::copy_nonoverlapping;

#[repr(C)]
pub struct Lookup {
    call: Call,
    /// The `resolve-address-stream`.
    stream: u32,
    pollable: Cell<u32>,
    /// Addresses found so far.
    found: Cell<Buffer>,
}

/// The size of an `ip-address`.
const ADDRESS: u32 = 18;

#[unsafe(export_name = "wasi:sockets/ip-name-lookup@0.3#start-resolve-addresses")]
extern "C" fn start_resolve_addresses(name: *mut u8, len: u32, cookie: u64) -> u32 {
    let area = area();
    unsafe { imports::resolve_addresses(network(), name, len, area.at()) };
    Buffer::lowered(name, len).release();
    if area.get_u8(0) != 0 {
        convert::settle_lookup(4);
        return RETURNED;
    }
    let stream = area.get_u32(4);
    let lookup =
        Lookup { call: Call::new(WaiterKind::Lookup), stream, pollable: Cell::new(0), found: Cell::new(Buffer::NONE) };
    if lookup.go_on() {
        lookup.close();
        return RETURNED;
    }
    let pollable = unsafe { imports::lookup_subscribe(stream) };
    lookup.pollable.set(pollable);
    Call::start(call(Shared::new(lookup)), pollable, cookie)
}

fn call(lookup: Shared<Lookup>) -> Shared<Call> {
    unsafe { lookup.cast() }
}

impl Lookup {
    /// Whether there is a result, which is in the return area then.
    fn go_on(&self) -> bool {
        let area = area();
        loop {
            unsafe { imports::resolve_next_address(self.stream, area.at()) };
            if area.get_u8(0) != 0 {
                if area.get_u8(2) == wasi02::Sockets::WouldBlock as u8 {
                    return false;
                }
                convert::settle_lookup(2);
                memory::clear(&self.found);
                return true;
            }
            if area.get_u8(2) == 0 {
                break;
            }
            self.add(area.at().wrapping_add(4));
        }
        let found = self.found.get();
        match found.len {
            0 => convert::fail_lookup(),
            len => drop(area.u32(4, found.start() as u32).u32(8, len / ADDRESS)),
        }
        true
    }

    fn add(&self, address: *const u8) {
        let mut found = self.found.get();
        let len = found.len;
        let mut longer = Buffer::new(len + ADDRESS);
        longer.len = len + ADDRESS;
        unsafe {
            copy_nonoverlapping(found.start(), longer.at, len as usize);
            copy_nonoverlapping(address, longer.at.add(len as usize), ADDRESS as usize);
        }
        found.release();
        self.found.set(longer);
    }

    /// Drops the host's resources (DESIGN.md: "Children first").
    fn close(&self) {
        if self.pollable.get() != 0 {
            io::drop_pollable(self.pollable.get());
        }
        unsafe { imports::lookup_drop(self.stream) };
    }
}

/// There may be addresses.
#[inline(never)]
#[unsafe(export_name = "hook:lookup/step")]
pub extern "C" fn hook_step_lookup(lookup: Shared<Lookup>) {
    if lookup.go_on() {
        Call::complete(call(lookup));
        lookup.close();
        unsafe { lookup.free() }
    }
}

/// Nobody waits for addresses any more.
#[inline(never)]
#[unsafe(export_name = "hook:lookup/cancel")]
pub extern "C" fn hook_cancel_lookup(lookup: Shared<Lookup>) {
    Call::cancel(call(lookup));
    memory::clear(&lookup.found);
    lookup.close();
    unsafe { lookup.free() }
}

#[unsafe(export_name = "wasi:sockets/ip-name-lookup@0.3#finish-resolve-addresses")]
extern "C" fn finish_resolve_addresses(subtask: u32) -> Ret {
    let returned = call::finish(subtask);
    let area = area();
    if area.get_u8(0) == 0 {
        memory::keep(Buffer::lowered(area.get_u32(4) as *mut u8, area.get_u32(8) * ADDRESS));
    }
    returned
}
