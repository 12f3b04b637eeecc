//! `wasi:filesystem`.
//!
//! Functions of 0.2 complete within the call (DESIGN.md: "Files complete at once"), so `start-…`
//! calls them and leaves the result, in the layout of 0.3, in the return area; `finish-…` gives it
//! out.
//!
//! | file | idea |
//! |---|---|
//! | `descriptor` | the resource, preopens, streams of bytes |
//! | `directory` | `stream<directory-entry>` |
//! | `convert` | DESIGN.md: "Errors of files", "Types of files", "Times" |
//! | `imports` | the 0.2 interface |
//!
//! # Safety
//!
//! Imports have the signatures of the Canonical ABI; results go to the return area, which is large
//! enough.

mod convert;
mod descriptor;
mod directory;
mod imports;

pub use descriptor::Descriptor;
pub use directory::{Directory, hook_drop_entries, hook_read_entries};

use crate::hooks::io::Failure;
use crate::kernel::outcome::{self, Value};
use crate::kernel::pair::{self, Pair, Type};
use common::abi::{Ret, area};
use common::shared::Shared;
use convert::ErrorCode;

/// `future<result<_, error-code>>`
const RESULT: Type = Type::of_future(17);

/// The bytes of an input have ended. If the host closed the stream, that is success.
#[inline(never)]
#[unsafe(export_name = "hook:filesystem/received")]
pub extern "C" fn hook_received(descriptor: Shared<Descriptor>, future: Shared<Pair>, failure: Option<Failure>) {
    ended(descriptor, future, failure, Value::OK);
}

/// The bytes of an output have ended. If the host closed the stream, there was more to write.
#[inline(never)]
#[unsafe(export_name = "hook:filesystem/sent")]
pub extern "C" fn hook_sent(descriptor: Shared<Descriptor>, future: Shared<Pair>, failure: Option<Failure>) {
    ended(descriptor, future, failure, Value::error(ErrorCode::Pipe as u8));
}

fn ended(descriptor: Shared<Descriptor>, future: Shared<Pair>, failure: Option<Failure>, closed: Value) {
    descriptor::release(descriptor);
    outcome::resolve(future, outcome::value_of(failure, closed, case));
}

/// The case of the error of a stream.
fn case(error: u32) -> u8 {
    let area = area();
    unsafe { imports::filesystem_error_code(error, area.at()) };
    match area.get_u8(0) {
        0 => ErrorCode::Io as u8,
        _ => convert::error(area.get_u8(1)) as u8,
    }
}

/// `list<result<_, error-code>>` of one element: the value of a future that was read.
#[unsafe(export_name = "wasi:filesystem/types@0.3#take-result")]
extern "C" fn take_result(future: u32) -> Ret {
    let value = pair::taking(future).value.get();
    let area = area();
    let element = area.at() as u32 + 8;
    area.u32(0, element).u32(4, 1).u8(8, value.is_error() as u8);
    if value.is_error() {
        convert::store_error(area, 12, ErrorCode::of(value.case().into()));
    }
    area.ret()
}
