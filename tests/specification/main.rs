//! The async component model as its specification has it: what a guest of 0.3 sees of built-ins,
//! tasks and handles, natively and translated.

#![cfg(feature = "hosts")]
#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

#[path = "../support/mod.rs"]
mod support;

mod bindings;
mod hostile;
mod oracle;
mod situations;
