//! `wasi-shim` takes a WebAssembly component built for one WASI generation and returns one
//! that runs on hosts of the other.
//!
//! The library is pure: bytes in, bytes out. It performs no I/O, keeps no global state and
//! does not run WebAssembly; the crate `wasi-shim-hosts` has hosts that do.
//!
//! ```no_run
//! # fn main() -> Result<(), wasi_shim::Error> {
//! let component: Vec<u8> = Vec::new(); // a component that imports WASI 0.2 and not 0.3
//! let wrapped = wasi_shim::Wrap::new(&component).run()?;
//! assert_eq!(wrapped.target, wasi_shim::Generation::Wasi03);
//! # Ok(()) }
//! ```
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod adapter;
mod canonical_abi;
mod code;
mod component;
mod componentize;
mod compose;
mod core_module;
mod depth;
mod diagnose;
mod direction;
mod error;
mod foreign;
#[doc(hidden)]
pub mod fuzzing;
mod generation;
mod graph;
mod hash;
pub mod inspect;
mod link;
mod p2_on_p3;
mod p3_on_p2;
mod report;
mod reversion;
mod rewrite;
mod standalone;
mod verify;
pub mod wasi;
mod wrap;

pub use componentize::{componentize, is_core_module};
pub use compose::compose;
pub use error::{Error, Obstacle};
pub use generation::Generation;
pub use report::reasons::{Reason, reason, reasons};
pub use report::{
    Explanation, Extern, ExternKind, Linking, Note, Step, Surface, explain, explained, explanations, history,
};
pub use reversion::{ReversionOptions, Reversioned, reversion};
pub use standalone::{Adapter, adapter, adapter_for};
pub use wrap::{Wrap, WrapOptions, Wrapped, wrap};

/// The examples of the manual.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/src/library.md")]
struct Manual;
