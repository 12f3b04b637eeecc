//! The generated code that replaces functions of the guest.
//!
//! Trampolines forward core values; they know neither types nor resources. A lowered function that
//! was split becomes: call `start`; if the operation is not complete, wait; call `finish`.

mod bulk_read;
mod call;
mod drain;
mod gate;
mod handler;
mod relay;

pub(crate) use bulk_read::BulkRead;
pub(crate) use call::{Apart, CompanionCall, Split, StartInPlace};
pub(crate) use drain::{Drain, DrainThenReturn, Running};
pub(crate) use gate::{Gate, Uses};
pub(crate) use handler::{Handle, Respond, callback};
pub(crate) use relay::{Answers, ConcurrentWait, Deliver, RelayCall, SetThenDeliver, memory as relay_memory};
