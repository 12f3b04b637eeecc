//! Compilers that panic on unexpected modules.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Cause;

/// The outcome of `compile`, a call of wasmtime; a panic in it becomes an error.
pub(crate) fn caught<T>(compile: impl FnOnce() -> wasmtime::Result<T>) -> Result<T, Cause> {
    let panicked = |panic: Box<dyn std::any::Any + Send>| {
        let text = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
        let message = text.unwrap_or("it does not say why").to_string();
        Cause::from(wasi_shim::Error::Library { library: "wasmtime", message })
    };
    catch_unwind(AssertUnwindSafe(|| compile().map_err(Cause::from))).unwrap_or_else(|panic| Err(panicked(panic)))
}
