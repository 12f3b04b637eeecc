//! The reasons why a component cannot be adapted, by name.

pub(crate) mod conformance;
pub(crate) mod features;
pub(crate) mod obstacles;
pub(crate) mod private;
