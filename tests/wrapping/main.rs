//! The results of wrapping: imports, exports, and every construct of the Canonical ABI.

#![cfg(feature = "hosts")]
#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

#[path = "../support/mod.rs"]
mod support;

mod backpressure;
mod canonical_abi;
mod custom_hosts;
mod exports;
mod inputs;
mod libraries;
mod obstacles;
mod own_types;
mod resources;
mod surface;
mod tasks;
mod wild;
