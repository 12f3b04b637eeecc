//! `wasi:clocks` (DESIGN.md: "One timer per poll", "Times").
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI, and the area is large enough for every result.

use crate::hooks::Pollable;
use crate::kernel::waitable::Waitable;
use crate::wasi::io::poll;
use common::abi::{Ret, area};

mod monotonic3 {
    #[link(wasm_import_module = "wasi:clocks/monotonic-clock@0.3")]
    unsafe extern "C" {
        pub fn now() -> u64;
        #[link_name = "get-resolution"]
        pub fn get_resolution() -> u64;
        #[link_name = "[async-lower]wait-until"]
        pub fn wait_until(when: u64) -> u32;
    }
}

mod system3 {
    #[link(wasm_import_module = "wasi:clocks/system-clock@0.3")]
    unsafe extern "C" {
        /// The result is `instant { seconds: s64, nanoseconds: u32 }`.
        pub fn now(instant: *mut u8);
        #[link_name = "get-resolution"]
        pub fn get_resolution() -> u64;
    }
}

const NANOS: u64 = 1_000_000_000;

#[inline(never)]
#[unsafe(export_name = "hook:clocks/now")]
pub extern "C" fn hook_now() -> u64 {
    unsafe { monotonic3::now() }
}

/// Starts waiting for a deadline; true if it has passed at once.
#[inline(never)]
#[unsafe(export_name = "hook:clocks/wait-until")]
pub extern "C" fn hook_wait_until(timer: &Waitable, deadline: u64) -> bool {
    timer.called(unsafe { monotonic3::wait_until(deadline) })
}

#[unsafe(export_name = "wasi:clocks/monotonic-clock@0.2#now")]
extern "C" fn now() -> u64 {
    hook_now()
}

#[unsafe(export_name = "wasi:clocks/monotonic-clock@0.2#resolution")]
extern "C" fn resolution() -> u64 {
    unsafe { monotonic3::get_resolution() }
}

#[unsafe(export_name = "wasi:clocks/monotonic-clock@0.2#subscribe-instant")]
extern "C" fn subscribe_instant(when: u64) -> u32 {
    timer(when)
}

#[unsafe(export_name = "wasi:clocks/monotonic-clock@0.2#subscribe-duration")]
extern "C" fn subscribe_duration(when: u64) -> u32 {
    timer(if when == 0 { 0 } else { hook_now().saturating_add(when) })
}

/// The last instant stands for "no deadline" in `poll`.
fn timer(deadline: u64) -> u32 {
    poll::new(Pollable::Timer(deadline.min(u64::MAX - 1)))
}

/// `datetime` has the layout of `instant`; a clock before 1970 becomes zero.
#[unsafe(export_name = "wasi:clocks/wall-clock@0.2#now")]
extern "C" fn wall_now() -> Ret {
    let area = area();
    unsafe { system3::now(area.at()) };
    if area.get_u64(0) as i64 >= 0 {
        return area.ret();
    }
    area.u64(0, 0).u32(8, 0).ret()
}

#[unsafe(export_name = "wasi:clocks/wall-clock@0.2#resolution")]
extern "C" fn wall_resolution() -> Ret {
    let resolution = unsafe { system3::get_resolution() };
    area().u64(0, resolution / NANOS).u32(8, (resolution % NANOS) as u32).ret()
}

/// `timezone` is unstable in both versions and hosts do not offer it, so P does not ask for it: UTC
/// is the answer that 0.2 prescribes when the time zone is unknown.
#[unsafe(export_name = "wasi:clocks/timezone@0.2#utc-offset")]
extern "C" fn utc_offset(_seconds: u64, _nanoseconds: u32) -> u32 {
    0
}

#[unsafe(export_name = "wasi:clocks/timezone@0.2#display")]
extern "C" fn display(_seconds: u64, _nanoseconds: u32) -> Ret {
    const NAME: &str = "UTC";
    area().u32(0, 0).u32(4, NAME.as_ptr() as u32).u32(8, NAME.len() as u32).u8(12, 0).ret()
}
