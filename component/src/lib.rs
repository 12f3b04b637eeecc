//! The library as a component. `wit/tool.wit` says what it exports; it imports nothing.

#![allow(clippy::field_reassign_with_default, reason = "the options are non-exhaustive")]

mod convert;
mod defect;

use std::borrow::Cow;

use bindings::exports::wasi_shim::tool::operations::{Error, Guest, Note, Report, WrapOptions, Wrapped};

mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "tool" });
    export!(Tool with_types_in self);

    use super::Tool;
}

struct Tool;

impl Guest for Tool {
    fn wrap(component: Vec<u8>, options: WrapOptions) -> Result<Wrapped, Error> {
        defect::watch();
        Ok(wasi_shim::wrap(&component, &options.into())?.into())
    }

    fn check(component: Vec<u8>, options: WrapOptions) -> Result<Vec<Note>, Error> {
        defect::watch();
        match wasi_shim::wrap(&component, &options.into()) {
            Ok(wrapped) => Ok(convert::all(wrapped.notes)),
            Err(wasi_shim::Error::AlreadyForTarget(_) | wasi_shim::Error::NoWasi) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    fn inspect(component: Vec<u8>) -> Result<Report, Error> {
        defect::watch();
        Ok(wasi_shim::inspect::inspect(&componentized(&component)?)?.into())
    }

    fn compose(components: Vec<Vec<u8>>, options: WrapOptions) -> Result<Wrapped, Error> {
        defect::watch();
        let components = components.iter().map(|bytes| componentized(bytes)).collect::<Result<Vec<_>, _>>()?;
        let components: Vec<&[u8]> = components.iter().map(|bytes| &bytes[..]).collect();
        Ok(wasi_shim::compose(&components, &options.into())?.into())
    }

    fn explain(what: String) -> Option<String> {
        defect::watch();
        wasi_shim::explained(&what)
    }
}

/// A component as it is; a core module as one.
fn componentized(bytes: &[u8]) -> Result<Cow<'_, [u8]>, wasi_shim::Error> {
    match wasi_shim::is_core_module(bytes) {
        true => wasi_shim::componentize(bytes).map(Cow::Owned),
        false => Ok(Cow::Borrowed(bytes)),
    }
}
