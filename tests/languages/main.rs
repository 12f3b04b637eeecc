//! Programs in other languages, which are built when asked, and Node as a host.

#![cfg(feature = "hosts")]
#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

#[path = "../support/mod.rs"]
mod support;

mod commands;
mod composed;
mod jco;
mod modules;
mod services;
mod sockets;
mod sources;
mod wasmtime_py;
