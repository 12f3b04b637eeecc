//! Versions of WASI: the WIT, the catalogue, candidates, and several versions in one component.

#![cfg(feature = "hosts")]
#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

#[path = "../support/mod.rs"]
mod support;

mod catalogue;
mod reversion;
mod unify;
mod wit;
