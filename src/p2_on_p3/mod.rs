//! The direction *p2-on-p3*: a component that uses WASI 0.2 is prepared for a host that has only 0.3.
//!
//! The guest's imports of 0.2 stay imports of 0.2 and are satisfied by adapter P beside it, with one
//! difference: split functions ([`split`]) are imported as `start-…`/`finish-…`, and their lowered core functions
//! are replaced by trampolines ([`trampoline`]) that wait in between. Because the trampolines wait, the
//! export that runs the program gets the `async` effect ([`export`]).

mod guest;
mod obstacles;
pub(crate) mod split;
mod trampoline;

pub(crate) use guest::{Needs, adapt};
pub(crate) use obstacles::obstacles;
