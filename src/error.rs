//! Everything that can stand in the way of adapting a component.

/// Why a component could not be decoded, adapted or verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input is not a WebAssembly component.
    #[error("{what}")]
    NotAComponent {
        /// What was found, and what was expected instead.
        what: String,
        /// What the user can do about it.
        hint: Option<String>,
    },
}

impl Error {
    /// What the user can do about this error, as one line without the `hint:` prefix.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::NotAComponent { hint, .. } => hint.as_deref(),
        }
    }
}
