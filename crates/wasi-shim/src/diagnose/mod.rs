//! What stands in the way of adapting a component, by name.

pub(crate) mod conformance;
pub(crate) mod features;
pub(crate) mod obstacles;
pub(crate) mod private;
