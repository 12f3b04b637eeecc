//! The direction *p3-on-p2*: a component that uses WASI 0.3 is prepared for a host that has only 0.2.
//!
//! Such a host does not know the async component model at all, so every definition of it is replaced, in place and one
//! for one: by a function of runtime R, which owns waitable sets, subtasks, streams and futures beside the guest, or by
//! a trampoline. In types, `stream` and `future` become `u32` and `async` goes. `adapters/README.md` describes
//! the interface between guest and R.

pub(crate) mod adapter;
mod courier;
mod guest;
mod handles;
mod interface;
mod lend;
mod numbers;
mod obstacles;
mod payload;
mod trampoline;

pub(crate) use courier::{COURIER, function as courier_function};
pub(crate) use guest::{Needs, SERVE, adapt};
pub(crate) use handles::KEEPERS;
pub(crate) use interface::{CARRIER, CONTROL, Control, Form};
pub(crate) use obstacles::{composition, is_async, is_named};
pub(crate) use payload::{Shape, Transfer, Typed};
