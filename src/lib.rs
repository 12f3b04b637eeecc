//! `wasi-shim` takes a WebAssembly component built for one WASI generation and returns one
//! that runs on hosts of the other.
//!
//! The library is pure: bytes in, bytes out. It performs no I/O, keeps no global state and
//! does not run WebAssembly; only the optional `harness` feature contains hosts that do.
//!
//! ```no_run
//! # fn main() -> Result<(), wasi_shim::Error> {
//! let component: Vec<u8> = Vec::new(); // a component that imports WASI 0.2 and not 0.3
//! let wrapped = wasi_shim::Wrap::new(&component).run()?;
//! assert_eq!(wrapped.target, wasi_shim::Generation::Wasi03);
//! # Ok(()) }
//! ```
#![deny(missing_docs)]

mod abi;
mod adapter;

mod component;
mod componentize;
mod compose;
mod composition;
mod conformance;
mod connect;
mod core_module;
mod depth;
mod error;
mod features;
mod fit;
mod foreign;
mod generation;
#[cfg(feature = "harness")]
pub mod harness;
mod hash;
pub mod inspect;
mod instance_type;
mod layout;
mod link;
mod metadata;
mod notes;
mod obstacles;
mod p2_on_p3;
mod p3_on_p2;
mod patch;
mod private;
mod program;
mod reversion;
mod substitute;
mod surface;
mod twin;
mod types;
mod verify;
pub mod wasi;
mod wrap;

pub use adapter::{Adapter, adapter, adapter_for};
pub use componentize::{componentize, is_core_module};
pub use connect::compose;
pub use error::{Error, Obstacle};
pub use generation::Generation;
pub use metadata::{Step, history};
pub use notes::{Explanation, Note, explain, explanations};
pub use reversion::{ReversionOptions, Reversioned, reversion};
pub use surface::{Extern, Kind, Surface};
pub use wrap::{Linking, Wrap, WrapOptions, Wrapped, wrap};

/// The examples of the manual.
#[cfg(doctest)]
#[doc = include_str!("../docs/src/library.md")]
struct Manual;
