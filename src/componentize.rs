//! From a core module of WASI 0.1 (`wasip1`) to a component of WASI 0.2.
//!
//! Toolchains that stop at core modules (`GOOS=wasip1`, `wasm32-wasip1`) produce what the released adapter
//! between these two generations takes; this is that step, so that nobody needs another tool for it.

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as WASIP1, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

use crate::Error;

/// Whether `bytes` begin as a core module does, and not as a component or anything else.
pub fn is_core_module(bytes: &[u8]) -> bool {
    Parser::is_core_wasm(bytes)
}

/// Makes a component of WASI 0.2 from `module`: a command if it exports `_start`, a library otherwise.
///
/// A module that describes its world in a custom section (as `wit-bindgen` leaves it) keeps that world.
///
/// # Errors
///
/// [`Error::NotWasip1`] when the module imports something else, or has nothing that a component could run;
/// [`Error::Invalid`] when it is not a valid module; [`Error::Componentize`] when the encoder refuses it.
pub fn componentize(module: &[u8]) -> Result<Vec<u8>, Error> {
    let surface = Surface::read(module)?;
    let foreign: Vec<String> = surface
        .imports
        .iter()
        .filter(|(module, _)| *module != WASIP1)
        .map(|(module, name)| format!("{module}.{name}"))
        .collect();
    let uses_wasip1 = surface.imports.len() > foreign.len();
    if !surface.describes_world && (!foreign.is_empty() || !(uses_wasip1 || surface.is_command)) {
        return Err(Error::NotWasip1 { imports: foreign });
    }
    let adapter = match surface.is_command {
        true => WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        false => WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
    };
    let encode = || {
        let mut encoder = ComponentEncoder::default();
        encoder.module(module)?.adapter(WASIP1, adapter)?.encode()
    };
    encode().map_err(|error| Error::Componentize(format!("{error:#}")))
}

/// What tells one kind of module from another.
#[derive(Default)]
struct Surface<'a> {
    imports: Vec<(&'a str, &'a str)>,
    is_command: bool,
    describes_world: bool,
}

impl<'a> Surface<'a> {
    fn read(module: &'a [u8]) -> Result<Surface<'a>, Error> {
        let mut surface = Surface::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload.map_err(Error::invalid)? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import.map_err(Error::invalid)?;
                        surface.imports.push((import.module, import.name));
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        surface.is_command |= export.map_err(Error::invalid)?.name == "_start";
                    }
                }
                Payload::CustomSection(section) => {
                    surface.describes_world |= section.name().starts_with("component-type");
                }
                _ => {}
            }
        }
        Ok(surface)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(text: &str) -> Result<Vec<u8>, Error> {
        componentize(&wat::parse_str(text).expect("the text is valid"))
    }

    #[test]
    fn a_command_exports_run() {
        let component = module(
            r#"(module
                (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
                (memory (export "memory") 1)
                (func (export "_start")))"#,
        );
        let text = wasmprinter::print_bytes(component.unwrap()).unwrap();
        assert!(text.contains("(export") && text.contains("wasi:cli/run@0.2"), "{text}");
    }

    #[test]
    fn foreign_imports_are_named() {
        let error = module(r#"(module (import "env" "abort" (func)) (func (export "_start")))"#).unwrap_err();
        assert!(matches!(&error, Error::NotWasip1 { imports } if imports == &["env.abort"]), "{error}");
        assert!(error.to_string().contains("env.abort"), "{error}");
    }

    #[test]
    fn a_module_without_wasi_or_entry_is_refused() {
        let error = module(r#"(module (func (export "add")))"#).unwrap_err();
        assert!(matches!(&error, Error::NotWasip1 { imports } if imports.is_empty()), "{error}");
    }
}
