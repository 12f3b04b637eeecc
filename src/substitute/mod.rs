//! The mechanism of both directions: canonical definitions of a component are replaced, one core function for
//! one core function, by definitions of an adapter or by generated code, while everything else keeps
//! its place.

mod module;
mod pending;

pub(crate) use module::{Code, CoreModule, Signature};
pub(crate) use pending::Pending;
