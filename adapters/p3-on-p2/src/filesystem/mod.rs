//! `wasi:filesystem`.
//!
//! Functions of 0.2 complete within the call (DESIGN.md: "Files complete at once"), so `start-…` calls
//! them and leaves the result, in the layout of 0.3, in the return area; `finish-…` gives it out.
//!
//! | file | idea |
//! |---|---|
//! | `descriptor` | the resource, preopens, streams of bytes |
//! | `directory` | `stream<directory-entry>` |
//! | `convert` | DESIGN.md: "Errors of files", "Types of files", "Times" |
//! | `imports` | the 0.2 interface |

mod convert;
mod descriptor;
mod directory;
mod imports;

pub use convert::PIPE;
pub use descriptor::part_release;
pub use directory::{Directory, part_drop_entries, part_read_entries};

use crate::pair;
use crate::result::OK;
use common::abi::{Ret, area};

/// The case of the error of a stream.
#[inline(never)]
#[unsafe(export_name = "part:filesystem/error")]
pub extern "C" fn part_error(error: u32) -> u8 {
    let area = area();
    unsafe { imports::filesystem_error_code(error, area.at()) };
    match area.get_u8(0) {
        0 => convert::IO,
        _ => convert::error(area.get_u8(1)),
    }
}

/// `list<result<_, error-code>>` of one element: the value of a future that was read.
#[unsafe(export_name = "wasi:filesystem/types@0.3.2#take-result")]
extern "C" fn take_result(future: u32) -> Ret {
    let value = pair::taking(future).value;
    let area = area();
    let element = area.at() as u32 + 8;
    area.u32(0, element).u32(4, 1).u8(8, (value != OK) as u8);
    if value != OK {
        convert::store_error(area, 12, value - 2);
    }
    area.ret()
}
