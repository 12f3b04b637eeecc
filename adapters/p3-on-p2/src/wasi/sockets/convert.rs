//! Errors (DESIGN.md: "Errors of sockets", "Errors of name lookup"), results, and values of
//! futures.
//!
use crate::hooks::io::{self, Failure};
use crate::kernel::outcome::{self, Value};
use crate::kernel::pair::{self, Pair};
use common::abi::{Area, Ret, area};
use common::codes::{wasi02, wasi03};
use common::memory::{self, Buffer};
use common::shared::Shared;

pub use common::codes::wasi03::Sockets as ErrorCode;

/// Stores a code of 0.3 by its number. The payload of `other`, its last case, is the name of the
/// code of 0.2 that it stands for, or `none` for `unknown`; other cases have none.
fn store(area: &Area, at: usize, number: u8, code: wasi02::Sockets) {
    let name = code.name();
    area.u8(at, number).u8(at + 4, (code != wasi02::Sockets::Unknown) as u8);
    area.u32(at + 8, name.as_ptr() as u32).u32(at + 12, name.len() as u32);
}

/// Converts a result of 0.2 in the return area, if it is an error: the error moves from `from` to
/// `to`. True if there is no error.
pub fn settle(from: usize, to: usize) -> bool {
    let area = area();
    if area.get_u8(0) == 0 {
        return true;
    }
    let code = wasi02::Sockets::of(area.get_u8(from).into());
    store(area, to, code.to_wasi03() as u8, code);
    false
}

/// Converts the error of a lookup likewise.
pub fn settle_lookup(from: usize) {
    let area = area();
    let code = wasi02::Sockets::of(area.get_u8(from).into());
    store(area, 4, code.to_lookup() as u8, code);
}

/// Writes a result with this error, which must not be `other`.
pub fn fail(code: ErrorCode) {
    area().u8(0, 1).u8(4, code as u8);
}

/// Writes the result of a lookup that has found nothing.
pub fn fail_lookup() {
    area().u8(0, 1).u8(4, wasi03::Lookup::NameUnresolvable as u8);
}

/// Resolves the future of a stream of a connection. `closed` is the value for a stream that the
/// host has closed.
pub fn resolve(future: Shared<Pair>, failure: Option<Failure>, closed: Value) {
    let value = outcome::value_of(failure, closed, |error| {
        let (text, len) = io::describe(error);
        future.text.set(Buffer::lowered(text as *mut u8, len));
        ErrorCode::Other as u8
    });
    outcome::resolve(future, value);
}

/// The error of an output that the host closed before all was written.
pub const BROKEN: Value = Value::error(ErrorCode::ConnectionBroken as u8);

/// `list<result<_, error-code>>` of one element: the value of a future that was read.
#[unsafe(export_name = "wasi:sockets/types@0.3#take-result")]
extern "C" fn take_result(future: u32) -> Ret {
    let pair = pair::taking(future);
    let (value, text) = (pair.value.get(), pair.text.take());
    let area = area();
    let element = area.at() as u32 + 8;
    area.u32(0, element).u32(4, 1).u8(8, value.is_error() as u8);
    if value.is_error() {
        area.u8(12, value.case()).u8(16, (text.len > 0) as u8).u32(20, text.start() as u32).u32(24, text.len);
        memory::keep(text);
    }
    area.ret()
}
