//! From a core module of WASI 0.1 (`wasip1`) to a component of WASI 0.2.
//!
//! Toolchains that stop at core modules (`GOOS=wasip1`, `wasm32-wasip1`) produce modules for the
//! released adapter between these two generations. This file is that step, so that nobody needs
//! another tool for it.

use std::borrow::Cow;
use std::convert::Infallible;

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as WASIP1, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasm_encoder as enc;
use wasm_encoder::reencode::{self, Reencode};
use wasmparser::{ExternalKind, FunctionBody, Parser, Payload, TypeRef, Validator, WasmFeatures};
use wit_component::ComponentEncoder;

use crate::code::FuncIndex;
use crate::graph::patch;
use crate::report::notes::Note;
use crate::wasi::EXIT_WITH_CODE;
use crate::{Error, foreign, reversion};

/// Whether `bytes` begin as a core module does, and not as a component or anything else.
pub fn is_core_module(bytes: &[u8]) -> bool {
    Parser::is_core_wasm(bytes)
}

/// Makes a component of WASI 0.2 from `module`: a command if it exports `_start`, a library
/// otherwise.
///
/// A module that describes its world in a custom section (as `wit-bindgen` leaves it) keeps that
/// world. The component tells exit codes by `exit-with-code`, which earlier patches of 0.2 lack.
///
/// # Errors
///
/// [`Error::NotWasip1`] when the module imports something else, or has nothing that a component
/// could run; [`Error::NoWorld`] when it is a library that does not describe its world;
/// [`Error::AdapterModule`] when it is the adapter that makes components of such modules;
/// [`Error::Invalid`] when it is malformed; [`Error::Componentize`] when it is not valid or the
/// encoder refuses it.
pub fn componentize(module: &[u8]) -> Result<Vec<u8>, Error> {
    encode(module, true)
}

/// Makes a component that imports and exports 0.2.`patch`, or the lowest that has what it needs.
///
/// # Errors
///
/// As [`componentize`].
pub(crate) fn for_patch(module: &[u8], patch: Option<u64>) -> Result<(Vec<u8>, Option<Note>), Error> {
    let mut component = componentize(module)?;
    let imports = crate::Surface::of(&component)?.imports;
    let functions: Vec<(String, &str)> = imports
        .iter()
        .filter_map(|import| Some((import.interface.as_ref()?.unversioned(), &import.functions)))
        .flat_map(|(interface, functions)| functions.iter().map(move |function| (interface.clone(), &function[..])))
        .collect();
    let functions = || functions.iter().map(|(interface, function)| (&interface[..], *function));
    let version = patch::choose(patch, &[], functions());
    if version < patch::since(EXIT_WITH_CODE) {
        component = encode(module, false)?;
    }
    let note = patch::note_of(&version, functions());
    let component = reversion::to_patch(Cow::Owned(component), version.patch)?.into_owned();
    Ok((component, note))
}

/// Makes a component; `with_code` says whether it tells exit codes.
fn encode(module: &[u8], with_code: bool) -> Result<Vec<u8>, Error> {
    let surface = Surface::read(module)?;
    // The encoder copies the bodies of functions unseen, so an invalid one would only be found by
    // the reader of the component.
    foreign::call("wasmparser", || match Validator::new_with_features(WasmFeatures::all()).validate_all(module) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::Componentize(format!("it is not valid: {error}"))),
    })?;
    if surface.imports.iter().any(|(module, _)| *module == MAIN_MODULE) {
        return Err(Error::AdapterModule);
    }
    let foreign: Vec<String> = surface
        .imports
        .iter()
        .filter(|(module, _)| *module != WASIP1)
        .map(|(module, name)| format!("{module}.{name}"))
        .collect();
    let uses_wasip1 = surface.imports.len() > foreign.len();
    if !surface.describes_world {
        if !foreign.is_empty() || !(uses_wasip1 || surface.is_command) {
            return Err(Error::NotWasip1 { imports: foreign });
        }
        if !surface.is_command {
            return Err(Error::NoWorld { exports: surface.functions.iter().map(ToString::to_string).collect() });
        }
    }
    if !surface.has_memory {
        return Err(Error::Componentize(format!("it exports no `{MEMORY}`, through which WASI 0.1 passes data")));
    }
    let adapter = match surface.is_command {
        true => WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        false => WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
    };
    let adapter = if with_code { Cow::Owned(telling_codes(adapter)?) } else { Cow::Borrowed(adapter) };
    foreign::call("wit-component", || {
        let encode = || ComponentEncoder::default().module(module)?.adapter(WASIP1, &adapter)?.encode();
        encode().map_err(|error| Error::Componentize(format!("{error:#}")))
    })
}

/// The name of a module's memory.
const MEMORY: &str = "memory";

/// The module name under which an adapter imports from the module that it is put beside.
const MAIN_MODULE: &str = "__main_module__";

/// The released `adapter`, which knows success and failure only, with a `proc_exit` that tells the
/// code. A code that does not fit into the eight bits of WASI 0.2 is a failure.
fn telling_codes(adapter: &[u8]) -> Result<Vec<u8>, Error> {
    let mut telling = TellingCodes { next: FuncIndex(0), exit: None, proc_exit: None };
    for payload in Parser::new(0).parse_all(adapter) {
        let Payload::ExportSection(exports) = payload.map_err(Error::unsound)? else { continue };
        for export in exports {
            let export = export.map_err(Error::unsound)?;
            if export.name == "proc_exit" {
                telling.proc_exit = Some(FuncIndex(export.index));
            }
        }
    }
    let mut module = enc::Module::new();
    telling.parse_core_module(&mut module, Parser::new(0), adapter).map_err(Error::unsound)?;
    match telling {
        TellingCodes { exit: Some(_), proc_exit: Some(_), .. } => Ok(module.finish()),
        _ => Err(Error::unsound("the adapter of WASI 0.1 cannot exit")),
    }
}

/// Copies an adapter with another `proc_exit`, which alone calls `exit`: that becomes
/// `exit-with-code`, which has the same core type.
struct TellingCodes {
    /// The index of the next function.
    next: FuncIndex,
    exit: Option<FuncIndex>,
    proc_exit: Option<FuncIndex>,
}

impl TellingCodes {
    /// The index of the function that comes now.
    fn count(&mut self) -> FuncIndex {
        let at = self.next;
        self.next = FuncIndex(at.0 + 1);
        at
    }
}

impl Reencode for TellingCodes {
    type Error = Infallible;

    fn parse_import_section(
        &mut self,
        imports: &mut enc::ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        for import in section.into_imports() {
            let mut import = import?;
            if import.module.starts_with("wasi:cli/exit@") {
                import.name = EXIT_WITH_CODE.1;
                self.exit = Some(self.next);
            }
            if matches!(import.ty, TypeRef::Func(_)) {
                self.count();
            }
            reencode::utils::parse_import(self, imports, import)?;
        }
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut enc::CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), reencode::Error> {
        let at = self.count();
        match self.exit {
            Some(exit) if self.proc_exit == Some(at) => {
                let mut body = enc::Function::new([]);
                let mut run = body.instructions();
                run.local_get(0).i32_const(1).local_get(0).i32_const(u8::MAX.into()).i32_le_u().select();
                run.call(exit.0).unreachable().end();
                code.function(&body);
                Ok(())
            }
            _ => reencode::utils::parse_function_body(self, code, body),
        }
    }
}

/// The properties that tell one kind of module from another.
#[derive(Default)]
struct Surface<'a> {
    imports: Vec<(&'a str, &'a str)>,
    /// The exported functions that a host could want to call.
    functions: Vec<&'a str>,
    is_command: bool,
    has_memory: bool,
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
                        let export = export.map_err(Error::invalid)?;
                        match (export.kind, export.name) {
                            (ExternalKind::Func, "_start") => surface.is_command = true,
                            (ExternalKind::Memory, MEMORY) => surface.has_memory = true,
                            (ExternalKind::Func, name) if name != "_initialize" => surface.functions.push(name),
                            _ => {}
                        }
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
    fn a_command_without_memory_is_refused() {
        let error = module(r#"(module (func (export "_start")))"#).unwrap_err();
        assert!(error.to_string().contains("it exports no `memory`"), "{error}");
    }

    #[test]
    fn a_module_without_wasi_or_entry_is_refused() {
        let error = module(r#"(module (func (export "add")))"#).unwrap_err();
        assert!(matches!(&error, Error::NotWasip1 { imports } if imports.is_empty()), "{error}");
    }
}
