//! P, the adapter of the direction p2-on-p3: the interfaces of WASI 0.2 implemented on WASI 0.3.
//!
//! Read `../../README.md` first: it defines the private interface between P and a guest's trampolines
//! (start-f, wait, finish-f).
//!
//! # How the parts fit together
//!
//! Nothing in here waits, except the host on behalf of [`control`]'s `wait`. A `start-…` function creates
//! an operation ([`op::Op`]) and steps it; operations *pull*: a step looks at the objects it needs and
//! starts what they lack (a stream read, an async call). Events only record a result on the
//! [`waitable::Waitable`] they belong to; `wait` then steps the operations again.
//!
//! | file | idea |
//! |---|---|
//! | `control` | the private interface; several waiting tasks, of which one leads |
//! | `op` | operations, tokens, which step belongs to which kind |
//! | `waitable` | the one waitable set, delivery of events |
//! | `canon` | the built-ins of the component model that every part uses |
//! | `sink`, `source`, `result_future` | writable and readable ends of a `stream<u8>` with their result future |
//! | `output_stream`, `input_stream`, `poll`, `error` | `wasi:io` |
//! | `clocks`, `random`, `cli`, `filesystem`, `sockets`, `http` | the other packages |
//! | `trap` | messages |
//! | crate `common` | allocation, arrays, return areas, globals, traps; what the guest has of the adapter's resources |
//!
//! # Invariants
//!
//! * No function pointers, closures that escape or `dyn`: the pruner removes what a guest does not
//!   reach, and a table would keep everything alive. Dispatch into code of a domain goes through functions
//!   exported as `part:…`, which the pruner may replace by `unreachable`.
//! * Every sync function of P may be entered while a `wait` is suspended, so state is consistent
//!   whenever control leaves P.
//! * No `core::fmt`, no panic message, no allocation that is not given back.

#![cfg_attr(target_family = "wasm", no_std)]
#![allow(improper_ctypes, improper_ctypes_definitions)]
// The module is a part of an import's name, of which the lint knows nothing when it compiles for the host.
#![allow(clashing_extern_declarations)]

mod canon;
mod cli;
mod clocks;
mod control;
mod error;
mod filesystem;
mod http;
mod input_stream;
mod op;
mod output_stream;
mod poll;
mod random;
mod result_future;
mod sink;
mod sockets;
mod source;
mod stdio;
mod trap;
mod waitable;
