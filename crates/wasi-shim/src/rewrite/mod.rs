//! The mechanism of both directions: canonical definitions of a component are replaced, one core
//! function for one core function, by definitions of an adapter or by generated code, while
//! everything else keeps its place.

pub(crate) mod companion;
pub(crate) mod forms;
pub(crate) mod lifts;
mod pending;

pub(crate) use pending::Pending;
