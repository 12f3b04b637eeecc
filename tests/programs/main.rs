//! Commands of both generations: what they do natively and wrapped must be the same.

#![cfg(feature = "hosts")]
#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

#[path = "../support/mod.rs"]
mod support;

mod back_pressure;
mod in_place;
mod memory;
#[cfg(feature = "wasmtime36")]
mod older_engine;
mod p2;
mod p3;
