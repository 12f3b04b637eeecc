//! Reports about a component: its imports and exports, how it was made, the notes for users, and
//! why it is refused.

mod explained;
pub(crate) mod metadata;
pub(crate) mod notes;
pub(crate) mod reasons;
pub(crate) mod surface;

pub use explained::explained;
pub use metadata::{Linking, Step, history};
pub use notes::{Explanation, Note, explain, explanations};
pub use surface::{Extern, ExternKind, Surface};
