//! R, the adapter of the direction p3-on-p2: the async component model and the interfaces of WASI 0.3
//! implemented on WASI 0.2.
//!
//! Read `../../README.md` first: it defines the private interface between R and a guest's trampolines.
//!
//! # How the parts fit together
//!
//! The guest holds handles of waitables: subtasks and ends of streams and futures. An operation on an end goes to the
//! other end, which is the guest's as well (`pair`) or the host's (`pump_in`, `pump_out`, a directory). A pump goes
//! on for as long as the host does not block; then it is parked, and the next wait polls all parked pumps and
//! the earliest timer. What completes becomes an event of its waitable, and waitable sets queue those.
//!
//! | file | idea |
//! |---|---|
//! | `handles` | the tables of handles, one for each part |
//! | `event`, `set`, `subtask` | waitables and their events, waitable sets, calls that have not returned |
//! | `task` | calls between parts of a composition, the callee's side |
//! | `loan` | handles that tasks have borrowed of third parts |
//! | `pair` | streams and futures between their two ends |
//! | `bulk` | how numbers that were read get to the guest |
//! | `courier`, `parcel` | how other values get from part to part of a composition, and what they point to |
//! | `wait` | parked pumps; polling |
//! | `pump_in`, `pump_out`, `result` | streams of bytes that the host provides or consumes, and the futures beside them |
//! | `timers` | deadlines |
//! | `io` | `wasi:io` of 0.2 |
//! | `clocks`, `random`, `stdio`, `cli`, `filesystem`, `http`, `sockets` | the interfaces of 0.3 |
//! | `trap` | messages |
//! | crate `common` | allocation, arrays, return areas, globals, traps; what the guest has of the adapter's resources |
//!
//! # Invariants
//!
//! * No function pointers, closures that escape or `dyn`: the pruner removes what a guest does not
//!   reach, and a table would keep everything alive. Dispatch into code of a domain goes through functions
//!   exported as `part:…`, which the pruner may replace by `unreachable`.
//! * R never calls the guest, and nothing but `wait::block` blocks.
//! * Parts change what they are given pointers to, so whoever calls one holds pointers as well: references that are
//!   parameters would promise that nothing changes.
//! * No `core::fmt`, no panic message, no allocation that is not given back.

#![cfg_attr(target_family = "wasm", no_std)]
#![allow(improper_ctypes, improper_ctypes_definitions)]
// The module is a part of an import's name, of which the lint knows nothing when it compiles for the host.
#![allow(clashing_extern_declarations)]

mod bulk;
mod cli;
mod clocks;
mod courier;
mod deadlock;
mod event;
mod filesystem;
mod handles;
mod http;
mod io;
mod loan;
mod pair;
mod parcel;
mod pump_in;
mod pump_out;
mod random;
mod result;
mod set;
mod sockets;
mod stdio;
mod subtask;
mod task;
mod timers;
mod trap;
mod wait;
