//! The mechanism of both directions: canonical definitions of a component are replaced, one core function for
//! one core function, by definitions of an adapter or by generated code, while everything else keeps
//! its place.

mod body;
mod carrier;
mod module;
mod pending;

pub(crate) use body::{Body, Func, Global, Label, Local, Memory, forward};
pub(crate) use carrier::{CHUNK, Scatter};
pub(crate) use module::{CoreModule, Places, PrebuiltImport, Signature, core_signature};
pub(crate) use pending::Pending;
