//! `wasi-shim:p2-on-p3/relay`: the answer of a component behind the one that the host calls. See
//! `wit/wasi-shim/p2-on-p3/relay.wit`.
//!
//! # Safety
//!
//! Nothing else runs while the flat values of the error are looked at. The address among them is
//! that of a string that came through `cabi_realloc`, and is taken once.

use super::error::ErrorCode;
use super::resource::{outgoing_response, response_outparam};
use crate::kernel::canon::*;
use crate::kernel::op;
use common::abi::{Ret, area};
use common::codes::Text;
use common::global::Global;
use common::memory::{self, Buffer};
use core::cell::Cell;
use core::ptr::null_mut;

/// The number of flat values of `error-code`.
const FLATS: usize = 7;

/// Answers of `take-answer`.
const NONE: u32 = 0;
const RESPONSE: u32 = 1;
const ERROR: u32 = 2;

struct Relay {
    /// The end through which the watcher is told; 0 if there is none.
    watcher: Cell<u32>,
    answer: Cell<u32>,
    /// The handle of the response of 0.3.
    response: Cell<u32>,
    error: Cell<[u64; FLATS]>,
}

static RELAY: Global<Relay> = Global::new(Relay {
    watcher: Cell::new(0),
    answer: Cell::new(NONE),
    response: Cell::new(0),
    error: Cell::new([0; FLATS]),
});

#[unsafe(export_name = "wasi:http/types@0.2#[static]response-outparam.set")]
#[allow(clippy::too_many_arguments)]
extern "C" fn set(param: u32, tag: u32, a: u32, b: u32, c: u64, d: u32, e: u32, f: u32, g: u32) {
    op::deliver_events();
    response_outparam::take(param);
    hook_answer(tag, &[a.into(), b.into(), c, d.into(), e.into(), f.into(), g.into()]);
}

/// Keeps the answer, a `result<outgoing-response, error-code>`, and wakes the watcher.
#[inline(never)]
#[unsafe(export_name = "hook:http-relay/answer")]
pub extern "C" fn hook_answer(tag: u32, flats: &[u64; FLATS]) {
    if tag == 0 {
        RELAY.answer.set(RESPONSE);
        RELAY.response.set(outgoing_response::take(flats[0] as u32).make_response());
    } else {
        RELAY.answer.set(ERROR);
        RELAY.error.set(*flats);
    }
    let watcher = RELAY.watcher.get();
    if watcher != 0 {
        unsafe { wake_write(watcher, null_mut(), 1) };
        unwatch();
    }
}

/// The index of the flat value that is the address of an error's text; 0 if it has none.
fn text_at(flats: &[u64; FLATS]) -> usize {
    let is_some = |at: usize| flats[at] as u32 != 0;
    match ErrorCode::of(flats[0] as u32).text() {
        Text::First if is_some(1) => 2,
        Text::Second if is_some(3) => 4,
        Text::Inner if is_some(1) && is_some(2) => 3,
        _ => 0,
    }
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/relay#watch")]
extern "C" fn watch() -> u32 {
    let (readable, writable) = ends(unsafe { wake_new() });
    RELAY.watcher.set(writable);
    readable
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/relay#unwatch")]
extern "C" fn unwatch() {
    match RELAY.watcher.replace(0) {
        0 => {}
        watcher => unsafe { wake_drop_writable(watcher) },
    }
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/relay#take-answer")]
extern "C" fn take_answer() -> u32 {
    RELAY.answer.replace(NONE)
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/relay#take-response")]
extern "C" fn take_response() -> u32 {
    RELAY.response.get()
}

/// Gives the text away: its address among the flat values must not be used any more.
#[unsafe(export_name = "wasi-shim:p2-on-p3/relay#error-text")]
extern "C" fn error_text() -> Ret {
    let error = unsafe { &*RELAY.error.as_ptr() };
    let text = match text_at(error) {
        0 => Buffer::NONE,
        at => Buffer::lowered(error[at] as *mut u8, error[at + 1] as u32),
    };
    let ret = area().u32(0, text.start() as u32).u32(4, text.len).ret();
    memory::keep(text);
    ret
}

#[unsafe(export_name = "wasi-shim:p2-on-p3/relay#error-flat")]
extern "C" fn error_flat(at: u32, text: u32) -> u64 {
    let (error, at) = (unsafe { &*RELAY.error.as_ptr() }, at as usize);
    if at > 0 && at == text_at(error) { text as u64 } else { error[at] }
}
