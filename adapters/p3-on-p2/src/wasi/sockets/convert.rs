//! Errors (DESIGN.md: "Errors of sockets", "Errors of name lookup"), results, and values of
//! futures.
//!
//! # Safety
//!
//! Hosts return only cases that are in the table.

use crate::hooks::io::{self, Failure};
use crate::kernel::outcome::{self, Value};
use crate::kernel::pair::{self, Pair};
use common::abi::{Area, Ret, area};
use common::memory::{self, Buffer};
use common::shared::Shared;

/// Cases of `error-code` of 0.2.
pub const UNKNOWN: u8 = 0;
pub const NOT_SUPPORTED_2: u8 = 2;
pub const INVALID_ARGUMENT_2: u8 = 3;
pub const OUT_OF_MEMORY_2: u8 = 4;
pub const WOULD_BLOCK: u8 = 8;
pub const INVALID_STATE_2: u8 = 9;
pub const NEW_SOCKET_LIMIT: u8 = 10;
pub const ADDRESS_IN_USE: u8 = 12;

/// Cases of `error-code` of 0.3.
pub const INVALID_ARGUMENT: u8 = 2;
pub const INVALID_STATE: u8 = 5;
const CONNECTION_BROKEN: u8 = 10;
const OTHER: u8 = 14;

/// Cases of `error-code` of `ip-name-lookup`.
pub const NAME_UNRESOLVABLE: u8 = 2;
const LOOKUP_OTHER: u8 = 5;

/// A case of `error-code` of 0.2: its name, and which case it is in `types` and in `ip-name-lookup`
/// of 0.3.
struct Case(&'static str, u8, u8);

#[rustfmt::skip]
static CASES: [Case; 21] = [
    Case("", OTHER, LOOKUP_OTHER),
    Case("access-denied", 0, 0),
    Case("not-supported", 1, LOOKUP_OTHER),
    Case("invalid-argument", 2, 1),
    Case("out-of-memory", 3, LOOKUP_OTHER),
    Case("timeout", 4, LOOKUP_OTHER),
    Case("concurrency-conflict", INVALID_STATE, LOOKUP_OTHER),
    Case("not-in-progress", OTHER, LOOKUP_OTHER),
    Case("would-block", OTHER, LOOKUP_OTHER),
    Case("invalid-state", INVALID_STATE, LOOKUP_OTHER),
    Case("new-socket-limit", OTHER, LOOKUP_OTHER),
    Case("address-not-bindable", 6, LOOKUP_OTHER),
    Case("address-in-use", 7, LOOKUP_OTHER),
    Case("remote-unreachable", 8, LOOKUP_OTHER),
    Case("connection-refused", 9, LOOKUP_OTHER),
    Case("connection-reset", 11, LOOKUP_OTHER),
    Case("connection-aborted", 12, LOOKUP_OTHER),
    Case("datagram-too-large", 13, LOOKUP_OTHER),
    Case("name-unresolvable", OTHER, NAME_UNRESOLVABLE),
    Case("temporary-resolver-failure", OTHER, 3),
    Case("permanent-resolver-failure", OTHER, 4),
];

fn case(code: u8) -> &'static Case {
    // Hosts return only cases that are in the table.
    unsafe { CASES.get_unchecked(code as usize) }
}

/// The case of 0.3.
pub fn error(code: u8) -> u8 {
    case(code).1
}

/// Stores a case whose payload, if it has one, is an optional text. Empty: `none`.
fn store(area: &Area, at: usize, case: u8, text: &str) {
    area.u8(at, case).u8(at + 4, (!text.is_empty()) as u8);
    area.u32(at + 8, text.as_ptr() as u32).u32(at + 12, text.len() as u32);
}

/// Converts a result of 0.2 in the return area, if it is an error: the error moves from `from` to
/// `to`. True if there is no error.
pub fn settle(from: usize, to: usize) -> bool {
    let area = area();
    if area.get_u8(0) == 0 {
        return true;
    }
    let Case(name, case, _) = case(area.get_u8(from));
    store(area, to, *case, name);
    false
}

/// Converts the error of a lookup likewise.
pub fn settle_lookup(from: usize) {
    let area = area();
    let Case(name, _, case) = case(area.get_u8(from));
    store(area, 4, *case, name);
}

/// Writes a result with this error, which must not be `other`.
pub fn fail(case: u8) {
    store(area().u8(0, 1), 4, case, "");
}

/// Resolves the future of a stream of a connection. `closed` is the value for a stream that the
/// host has closed.
pub fn resolve(future: Shared<Pair>, failure: Option<Failure>, closed: Value) {
    let value = outcome::value_of(failure, closed, |error| {
        let (text, len) = io::describe(error);
        future.text.set(Buffer::lowered(text as *mut u8, len));
        OTHER
    });
    outcome::resolve(future, value);
}

/// The error of an output that the host closed before all was written.
pub const BROKEN: Value = Value::error(CONNECTION_BROKEN);

/// `list<result<_, error-code>>` of one element: the value of a future that was read.
#[unsafe(export_name = "wasi:sockets/types@0.3#take-result")]
extern "C" fn take_result(future: u32) -> Ret {
    let pair = pair::taking(future);
    let (value, text) = (pair.value.get(), pair.text.take());
    let area = area();
    let element = area.at() as u32 + 8;
    area.u32(0, element).u32(4, 1).u8(8, value.is_error() as u8);
    if value.is_error() {
        store(area, 12, value.case(), "");
        area.u8(16, (text.len > 0) as u8).u32(20, text.start() as u32).u32(24, text.len);
        memory::keep(text);
    }
    area.ret()
}
