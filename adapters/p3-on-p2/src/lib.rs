//! R, the adapter of the direction p3-on-p2: the async component model and the interfaces of WASI 0.3
//! implemented on WASI 0.2.
//!
//! Read `../../README.md` first: it defines the private interface between R and a guest's trampolines.
//!
//! | folder | idea |
//! |---|---|
//! | `kernel` | tasks, subtasks, waitable sets, streams and futures, and what waits for the host |
//! | `hooks` | what the kernel asks of the interfaces |
//! | `wasi` | the interfaces of 0.3 |
//! | `trap` | messages |
//! | crate `common` | allocation, arrays, return areas, globals, traps; what the guest has of the adapter's resources |
//!
//! # Invariants
//!
//! * No function pointers, closures that escape or `dyn`: the pruner removes what a guest does not
//!   reach, and a table would keep everything alive. Dispatch into code of a domain goes through functions
//!   exported as `part:…`, which the pruner may replace by `unreachable`.
//! * R never calls the guest, and nothing but `kernel::poll::block` blocks.
//! * Parts change what they are given pointers to, so whoever calls one holds pointers as well: references that are
//!   parameters would promise that nothing changes.
//! * No `core::fmt`, no panic message, no allocation that is not given back.

#![cfg_attr(target_family = "wasm", no_std)]
#![allow(improper_ctypes, improper_ctypes_definitions)]
// The module is a part of an import's name, of which the lint knows nothing when it compiles for the host.
#![allow(clashing_extern_declarations)]
// The kernel has functions that only interfaces call.
#![cfg_attr(test, allow(dead_code))]

#[cfg(not(test))]
mod hooks;
#[cfg(test)]
#[path = "kernel/tests/host.rs"]
mod hooks;
mod kernel;
mod trap;
#[cfg(not(test))]
mod wasi;
