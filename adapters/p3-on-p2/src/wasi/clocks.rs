//! `wasi:clocks` (DESIGN.md: "Times").
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI; results go to the return area, which is large
//! enough.

use crate::kernel::subtask::{self, RETURNED};
use common::abi::{Ret, area};

mod monotonic2 {
    #[link(wasm_import_module = "wasi:clocks/monotonic-clock@0.2")]
    unsafe extern "C" {
        pub fn now() -> u64;
        pub fn resolution() -> u64;
        #[link_name = "subscribe-instant"]
        pub fn subscribe_instant(when: u64) -> u32;
    }
}

mod wall2 {
    #[link(wasm_import_module = "wasi:clocks/wall-clock@0.2")]
    unsafe extern "C" {
        /// The results are `datetime { seconds: u64, nanoseconds: u32 }`.
        pub fn now(datetime: *mut u8);
        pub fn resolution(datetime: *mut u8);
    }
}

const NANOS: u64 = 1_000_000_000;

/// The monotonic clock, for [`crate::kernel::timers`].
pub fn now() -> u64 {
    unsafe { monotonic2::now() }
}

pub fn subscribe(deadline: u64) -> u32 {
    unsafe { monotonic2::subscribe_instant(deadline) }
}

#[unsafe(export_name = "wasi:clocks/monotonic-clock@0.3#now")]
extern "C" fn mark() -> u64 {
    now()
}

#[unsafe(export_name = "wasi:clocks/monotonic-clock@0.3#get-resolution")]
extern "C" fn get_resolution() -> u64 {
    unsafe { monotonic2::resolution() }
}

/// Answers that the wait is over, or begins a subtask.
fn wait(now: u64, deadline: u64, cookie: u64) -> u32 {
    if deadline <= now {
        return RETURNED;
    }
    subtask::start(deadline, cookie)
}

#[unsafe(export_name = "wasi:clocks/monotonic-clock@0.3#start-wait-until")]
extern "C" fn start_wait_until(when: u64, cookie: u64) -> u32 {
    wait(now(), when, cookie)
}

#[unsafe(export_name = "wasi:clocks/monotonic-clock@0.3#start-wait-for")]
extern "C" fn start_wait_for(how_long: u64, cookie: u64) -> u32 {
    let now = now();
    wait(now, now.saturating_add(how_long), cookie)
}

/// `instant` has the layout of `datetime`, with signed seconds.
#[unsafe(export_name = "wasi:clocks/system-clock@0.3#now")]
extern "C" fn system_now() -> Ret {
    let area = area();
    unsafe { wall2::now(area.at()) };
    let seconds = area.get_u64(0).min(i64::MAX as u64);
    area.u64(0, seconds).ret()
}

#[unsafe(export_name = "wasi:clocks/system-clock@0.3#get-resolution")]
extern "C" fn system_resolution() -> u64 {
    let area = area();
    unsafe { wall2::resolution(area.at()) };
    area.get_u64(0).saturating_mul(NANOS).saturating_add(area.get_u32(8) as u64)
}

// `timezone` is unstable in both versions and hosts do not offer it, so R does not ask for it.

#[unsafe(export_name = "wasi:clocks/timezone@0.3#iana-id")]
extern "C" fn iana_id() -> Ret {
    area().u8(0, 0).ret()
}

#[unsafe(export_name = "wasi:clocks/timezone@0.3#utc-offset")]
extern "C" fn utc_offset(_seconds: u64, _nanoseconds: u32) -> Ret {
    area().u8(0, 0).ret()
}

#[unsafe(export_name = "wasi:clocks/timezone@0.3#to-debug-string")]
extern "C" fn to_debug_string() -> Ret {
    const NAME: &str = "UTC";
    area().u32(0, NAME.as_ptr() as u32).u32(4, NAME.len() as u32).ret()
}
