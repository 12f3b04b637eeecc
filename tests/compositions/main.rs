//! Components made of several: wired, connected by `compose`, and what travels between their parts.

#![cfg(feature = "hosts")]
#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

#[path = "../support/mod.rs"]
mod support;

mod connecting;
mod couriers;
mod couriers_async;
mod couriers_bindings;
mod couriers_handles;
mod custom;
mod graphs;
mod mixed;
mod nested;
mod peers;
mod polled;
mod properties;
mod subsets;
mod wired;
