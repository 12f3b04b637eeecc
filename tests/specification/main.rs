//! What the specification says of the async component model, against components that are translated to WASI 0.2.

#![cfg(feature = "harness")]

mod oracle;
