//! Graphs of components: the parts of a composition, whether an export is what an import expects,
//! and parts under a new root.

pub(crate) mod composition;
pub(crate) mod fit;
pub(crate) mod patch;
pub(crate) mod root;
