//! The commands as processes: their output, exit status, notes, and what they make of bad input.

#![cfg(feature = "hosts")]
#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

#[path = "../support/mod.rs"]
mod support;

mod adapter;
mod bad_input;
mod cli;
mod files;
mod notes;
mod outputs;
mod pipeline;
mod runner;
mod version;
mod wasip1;
