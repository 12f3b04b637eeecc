//! R, the adapter of the direction p3-on-p2: the async component model and the interfaces of WASI
//! 0.3 implemented on WASI 0.2.
//!
//! Read `../../README.md` first: it defines the private interface between R and a guest's
//! trampolines.
//!
//! | folder | idea |
//! |---|---|
//! | `kernel` | tasks, subtasks, waitable sets, streams and futures, and what waits for the host |
//! | `hooks` | what the kernel asks of the interfaces |
//! | `wasi` | the interfaces of 0.3 |
//! | `trap` | messages |
//! | crate `common` | allocation, arrays, return areas, globals, traps, error codes, resources |
//!
//! # Invariants
//!
//! * No function pointers, closures that escape or `dyn`, for the reasons that `hooks` gives.
//! * R never calls the guest. Waiting for the host is `kernel::poll::block`, for everything at
//!   once; only `wasi::sockets` waits for one thing, within calls that 0.3 does at once.
//! * Objects are `Shared`, what changes in them is in `Cell`s, and no `&mut` to one exists. They
//!   are freed by hand, by what owns them: each module with `unsafe` code says who that is.
//! * No `core::fmt`, no panic message, no allocation that is not given back.

#![cfg_attr(target_family = "wasm", no_std)]
#![allow(improper_ctypes, improper_ctypes_definitions)]
// An import's name includes its module, which the lint does not know when compiling for the host.
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
