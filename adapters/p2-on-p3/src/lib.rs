//! P, the adapter of the direction p2-on-p3: the interfaces of WASI 0.2 implemented on WASI 0.3.
//!
//! Read `../../README.md` first: it defines the private interface between P and a guest's
//! trampolines (start-f, wait, finish-f).
//!
//! # How the parts fit together
//!
//! Nothing in here waits, except the host on behalf of [`kernel::wait`]. A `start-…` function
//! creates an operation ([`kernel::op::Op`]) and steps it; operations *pull*: a step looks at the
//! objects it needs and starts what they lack (a stream read, an async call). Events only record a
//! result on the [`kernel::waitable::Waitable`] they belong to; `wait` then steps the operations
//! again.
//!
//! | file | idea |
//! |---|---|
//! | `control` | the private interface |
//! | `kernel` | the code that knows no interface |
//! | `kernel/op` | operations, tokens |
//! | `kernel/wait` | several waiting tasks, of which one leads |
//! | `kernel/waitable` | the one waitable set, delivery of events |
//! | `kernel/sink`, `source`, `outcome` | the ends of a `stream<u8>`, with their result future |
//! | `kernel/failure` | errors on their way to the guest |
//! | `kernel/canon` | the built-ins of the component model that everything uses |
//! | `hooks` | the way from the kernel to the interfaces |
//! | `wasi` | the interfaces, by package |
//! | `trap` | messages |
//! | crate `common` | allocation, arrays, return areas, globals, traps, error codes, resources |
//!
//! # Invariants
//!
//! * No function pointers, closures that escape or `dyn`, for the reasons that `hooks` gives.
//! * Every sync function of P may be entered while a `wait` is suspended, so state is consistent
//!   whenever control leaves P.
//! * No `core::fmt`, no panic message, no allocation that is not given back.

#![cfg_attr(target_family = "wasm", no_std)]
#![allow(improper_ctypes, improper_ctypes_definitions)]
// An import's name includes its module, which the lint does not know when compiling for the host.
#![allow(clashing_extern_declarations)]
// The kernel has functions that only interfaces call.
#![cfg_attr(test, allow(dead_code))]

#[cfg(not(test))]
mod control;
#[cfg(not(test))]
mod hooks;
#[cfg(test)]
#[path = "kernel/tests/host.rs"]
mod hooks;
mod kernel;
#[cfg(not(test))]
mod trap;
#[cfg(not(test))]
mod wasi;
