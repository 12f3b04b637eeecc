//! Programs of both generations that use the network, against real peers on loopback.

#![cfg(feature = "hosts")]
#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

#[path = "../support/mod.rs"]
mod support;

mod lowered;
mod p2;
mod p2_memory;
mod p3;
mod p3_memory;
mod wstd;
