//! A deadlock: there is nothing to poll, and no task can go on. The backtrace of the trap says what
//! the program waits for, one frame for each operation that is under way.

use super::pair::CopyState;
use super::table::{self, Kind};
use crate::trap;
use common::trap::{hash, tell_apart};

/// Frames shown: engines print only so many.
const SHOWN: u32 = 10;

/// Declares functions that are frames. Like traps, they are exported for their names.
macro_rules! frames {
    ($($name:ident = $message:literal;)*) => {$(
        #[cold]
        #[inline(never)]
        #[unsafe(export_name = concat!("trap: ", $message))]
        extern "C" fn $name(part: u32, after: u32, shown: u32) -> ! {
            tell_apart(const { hash($message) });
            explain(part, after, shown)
        }
    )*};
}

frames! {
    reads_stream = "waiting to read from a stream: nobody writes to it";
    writes_stream = "waiting to write to a stream: nobody reads from it";
    reads_future = "waiting to read a future: nobody writes it";
    writes_future = "waiting to write a future: nobody reads it";
}

#[cold]
pub fn deadlock() -> ! {
    explain(0, 0, 0)
}

/// A frame for the next operation behind handle `after` of `part`, then the trap.
#[inline(never)]
fn explain(part: u32, after: u32, shown: u32) -> ! {
    let mut at = (part, after);
    while let Some(end) = table::next_end(&mut at).filter(|_| shown < SHOWN) {
        if end.state.get() != CopyState::Copying {
            continue;
        }
        let (part, handle) = at;
        match end.kind.get() {
            Kind::StreamRead => reads_stream(part, handle, shown + 1),
            Kind::StreamWrite => writes_stream(part, handle, shown + 1),
            Kind::FutureRead => reads_future(part, handle, shown + 1),
            _ => writes_future(part, handle, shown + 1),
        }
    }
    trap::deadlock()
}
