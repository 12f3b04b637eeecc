//! HTTP services, middleware and clients of both generations, native and wrapped.

#![cfg(feature = "hosts")]
#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

#[path = "../support/mod.rs"]
mod support;

mod chains;
mod clients;
mod frameworks;
mod guards;
mod memory;
mod raw;
#[cfg(unix)]
mod serve;
mod services;
mod stock;
