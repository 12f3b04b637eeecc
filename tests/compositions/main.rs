//! Components made of several: wired, connected by `compose`, and what travels between their parts.

#![cfg(feature = "hosts")]
#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

#[path = "../support/mod.rs"]
mod support;

mod connecting;
mod custom;
mod exchange;
mod exchange_async;
mod exchange_bindings;
mod exchange_handles;
mod graphs;
mod mixed;
mod nested;
mod peers;
mod polled;
mod properties;
mod subsets;
mod wired;
