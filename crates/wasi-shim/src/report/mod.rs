//! Reports about a component: its imports and exports, how it was made, and the notes for users.

pub(crate) mod metadata;
pub(crate) mod notes;
pub(crate) mod surface;

pub use metadata::{Linking, Step, history};
pub use notes::{Explanation, Note, explain, explanations};
pub use surface::{Extern, Kind, Surface};
