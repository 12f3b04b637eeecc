//! `wasi-shim:p2-on-p3/relay`: the answer of a component behind the one that the host calls. See
//! `wit/wasi-shim/p2-on-p3/relay.wit`.

use super::resource::{outgoing_response, response_outparam};
use crate::abi::{area, Ret};
use crate::canon::*;
use crate::cell::Global;
use crate::memory::{self, Buffer};
use crate::op;
use core::mem::replace;
use core::ptr::null_mut;

/// `error-code` has so many flat values.
const FLATS: usize = 7;

struct Error {
    flats: [u64; FLATS],
    /// Which of them is the address of its text, if it has one.
    text_at: usize,
    text: Buffer,
}

enum Answer {
    None,
    /// Of 0.3.
    Response(u32),
    Error,
}

struct Relay {
    /// The end through which the watcher is told; 0 if there is none.
    watcher: u32,
    answer: Answer,
    /// What was taken last.
    response: u32,
    error: Error,
}

static RELAY: Global<Relay> = Global::new(Relay {
    watcher: 0,
    answer: Answer::None,
    response: 0,
    error: Error { flats: [0; FLATS], text_at: 0, text: Buffer::NONE },
});

#[export_name = "wasi:http/types@0.2.12#[static]response-outparam.set"]
#[allow(clippy::too_many_arguments)]
extern "C" fn set(param: u32, tag: u32, _0: u32, _1: u32, _2: u64, _3: u32, _4: u32, _5: u32, _6: u32) {
    op::pump();
    response_outparam::take(param);
    part_answer(tag, &[_0 as u64, _1 as u64, _2, _3 as u64, _4 as u64, _5 as u64, _6 as u64]);
}

/// Of a `result<outgoing-response, error-code>`.
#[inline(never)]
#[export_name = "part:http-relay/answer"]
pub extern "C" fn part_answer(tag: u32, flats: &[u64; FLATS]) {
    let relay = RELAY.get();
    if tag == 0 {
        let response = unsafe { (*outgoing_response::take(flats[0] as u32)).make_response() };
        relay.answer = Answer::Response(response);
    } else {
        let text_at = text_at(flats);
        relay.error.flats = *flats;
        relay.error.text_at = text_at;
        relay.error.text = match text_at {
            0 => Buffer::NONE,
            _ => Buffer::lowered(flats[text_at] as *mut u8, flats[text_at + 1] as u32),
        };
        relay.answer = Answer::Error;
    }
    if relay.watcher != 0 {
        unsafe { wake_write(relay.watcher, null_mut(), 1) };
        unwatch();
    }
}

/// Which of the flat values of an error is the address of its text; 0 if it has none.
fn text_at(flats: &[u64; FLATS]) -> usize {
    let is_some = |at: usize| flats[at] as u32 != 0;
    match flats[0] {
        // The first field of the payload, or all of it.
        1 | 24 | 27 | 30 | 31 | 32 | 38 if is_some(1) => 2,
        // TLS-alert-received: behind `option<u8>`.
        14 if is_some(3) => 4,
        // HTTP-request-header-size: an option itself.
        22 if is_some(1) && is_some(2) => 3,
        _ => 0,
    }
}

#[export_name = "wasi-shim:p2-on-p3/relay#watch"]
extern "C" fn watch() -> u32 {
    let (readable, writable) = ends(unsafe { wake_new() });
    RELAY.get().watcher = writable;
    readable
}

#[export_name = "wasi-shim:p2-on-p3/relay#unwatch"]
extern "C" fn unwatch() {
    match replace(&mut RELAY.get().watcher, 0) {
        0 => {}
        watcher => unsafe { wake_drop_writable(watcher) },
    }
}

#[export_name = "wasi-shim:p2-on-p3/relay#take-answer"]
extern "C" fn take_answer() -> u32 {
    let relay = RELAY.get();
    match replace(&mut relay.answer, Answer::None) {
        Answer::None => 0,
        Answer::Response(response) => {
            relay.response = response;
            1
        }
        Answer::Error => 2,
    }
}

#[export_name = "wasi-shim:p2-on-p3/relay#take-response"]
extern "C" fn take_response() -> u32 {
    RELAY.get().response
}

#[export_name = "wasi-shim:p2-on-p3/relay#error-text"]
extern "C" fn error_text() -> Ret {
    let text = replace(&mut RELAY.get().error.text, Buffer::NONE);
    let ret = area().u32(0, text.start() as u32).u32(4, text.len).ret();
    memory::keep(text);
    ret
}

#[export_name = "wasi-shim:p2-on-p3/relay#error-flat"]
extern "C" fn error_flat(at: u32, text: u32) -> u64 {
    let error = &RELAY.get().error;
    match error.text_at {
        0 => error.flats[at as usize],
        text_at if text_at == at as usize => text as u64,
        _ => error.flats[at as usize],
    }
}
