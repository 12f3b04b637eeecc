//! The whole tool as one function: a component in, an adapted component out.

use crate::Error;

/// The WASI generation that an adapted component may import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// WASI 0.2: resources of `wasi:io`, no async types.
    Wasi02,
    /// WASI 0.3: `future`, `stream` and `async func`.
    Wasi03,
}

impl Target {
    /// The generation in words: `WASI 0.2`.
    pub fn name(self) -> &'static str {
        match self {
            Target::Wasi02 => "WASI 0.2",
            Target::Wasi03 => "WASI 0.3",
        }
    }
}

/// How [`wrap`] adapts a component.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct WrapOptions {
    /// The generation to adapt to; `None` chooses the one that the input does not use.
    pub to: Option<Target>,
}

/// Something the user should know about an adapted component.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The note as one line of text.
    pub text: String,
}

/// The outcome of [`wrap`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Wrapped {
    /// The adapted component: validated, deterministic for the same input and options.
    pub bytes: Vec<u8>,
    /// The generation it was adapted to.
    pub target: Target,
    /// What the user should know, in a deterministic order.
    pub notes: Vec<Note>,
}

/// Adapts `component`, a binary WebAssembly component, to the generation that `options` name.
///
/// # Errors
///
/// [`Error`] when the input is not a component, is already for the target, or contains
/// something that the target cannot express; nothing is returned half-adapted.
pub fn wrap(component: &[u8], options: &WrapOptions) -> Result<Wrapped, Error> {
    let _ = (component, options);
    Err(Error::not_a_component(component))
}
