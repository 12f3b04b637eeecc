//! What is told of a component: its imports and exports, how it was made, why it is refused, and what users should know.

pub(crate) mod metadata;
pub(crate) mod notes;
pub(crate) mod reasons;
pub(crate) mod surface;

pub use metadata::{Linking, Step, history};
pub use notes::{Explanation, Note, explain, explanations};
pub use reasons::{Reason, reason, reasons};
pub use surface::{Extern, Kind, Surface};
