//! Adapters on their own, for those who compose by hand.

use std::collections::{BTreeMap, BTreeSet};

use wit_component::{DecodedWasm, OutputToString, WitPrinter};
use wit_parser::abi::AbiVariant;
use wit_parser::{FunctionKind, Resolve, Type, TypeDefKind};

use super::{is_list_of_bytes, p2_on_p3 as p, p3_on_p2 as r};
use crate::p2_on_p3::split::{self, Control as ControlOfP};
use crate::p3_on_p2::{Control as ControlOfR, Form, Transfer, Typed};
use crate::wasi::{self, Catalogue, InterfaceName};
use crate::wrap::{self, Linking, WrapOptions};
use crate::{Error, Generation, p2_on_p3, p3_on_p2, patch, verify};

/// An adapter as a component of its own.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Adapter {
    /// The component: validated, deterministic for the same input.
    pub bytes: Vec<u8>,
    /// Its world and the interfaces in it, as WIT.
    pub wit: String,
    /// Whether it can be composed as it is: all it exports are interfaces of WASI with the functions that they have there.
    /// Otherwise some are split, and only a rewritten guest can call them (`adapters/README.md` in the sources).
    pub is_plain: bool,
}

/// The adapter that implements `interfaces`, for example `wasi:cli/stdout`, on a host of `target`. Towards 0.2 it
/// imports 0.2.`wasi_patch`, or the lowest patch that has what it needs.
///
/// # Errors
///
/// [`Error::UnknownInterface`] if no adapter offers one of them.
pub fn adapter(interfaces: &[&str], target: Generation, wasi_patch: Option<u64>) -> Result<Adapter, Error> {
    let (generation, known): (_, Vec<&str>) = match target {
        Generation::Wasi03 => (Generation::Wasi02, p::interfaces().collect()),
        Generation::Wasi02 => (Generation::Wasi03, r::interfaces().collect()),
    };
    let names = interfaces.iter().map(|interface| {
        let unversioned = match InterfaceName::parse(interface) {
            Some(name) if name.generation() == Some(generation) => name.unversioned(),
            _ => interface.to_string(),
        };
        match known.contains(&unversioned.as_str()) {
            true => Ok(unversioned),
            false => Err(Error::UnknownInterface {
                interface: interface.to_string(),
                target,
                known: known.iter().map(|name| name.to_string()).collect(),
            }),
        }
    });
    let names = names.collect::<Result<BTreeSet<String>, Error>>()?;
    match target {
        Generation::Wasi03 => {
            let needs = needs_of_p(&names);
            finished(p::component(&needs, wrap::WASI03)?, target)
        }
        Generation::Wasi02 => {
            let needs = needs_of_r(&names);
            let version = patch::choose(wasi_patch, &[], needs.functions());
            finished(r::component(&needs, &version.to_string())?, target)
        }
    }
}

/// The adapter that [`wrap`](crate::wrap) puts beside `component` when it composes the two.
///
/// # Errors
///
/// Those of [`wrap`](crate::wrap), and [`Error::NoAdapter`] if it puts none beside it.
pub fn adapter_for(component: &[u8], options: &WrapOptions) -> Result<Adapter, Error> {
    let options = WrapOptions { linking: Some(Linking::Composed), ..options.clone() };
    let wrapped = wrap::wrap(component, &options)?;
    let adapter = wrapped.adapter.ok_or(Error::NoAdapter(wrapped.target))?;
    finished(adapter, wrapped.target)
}

fn finished(bytes: Vec<u8>, target: Generation) -> Result<Adapter, Error> {
    verify::validate(&[], &bytes, verify::features(target))?;
    let wit = wit_component::decode(&bytes).and_then(|decoded| {
        let DecodedWasm::Component(resolve, world) = decoded else { anyhow::bail!("it is no component") };
        let package = resolve.worlds[world].package.ok_or_else(|| anyhow::anyhow!("its world has no package"))?;
        let others: Vec<_> = resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != package).collect();
        let mut printer = WitPrinter::new(OutputToString::default());
        printer.print(&resolve, package, &others)?;
        Ok(String::from(printer.output))
    });
    let wit = wit.map_err(|error| Error::unsound(format!("{error:#}")))?;
    let exports = crate::Surface::of(&bytes)?.exports;
    let is_plain = !exports.iter().any(|export| export.name.starts_with("wasi-shim:"));
    Ok(Adapter { bytes, wit, is_plain })
}

/// All functions of `names`.
pub(super) fn needs_of_p(names: &BTreeSet<String>) -> p2_on_p3::Needs {
    let catalogue = Catalogue::all();
    let mut needs = p2_on_p3::Needs::default();
    for (interface, id) in catalogue.interfaces(Generation::Wasi02).filter(|(name, _)| names.contains(name)) {
        let mut functions = BTreeSet::new();
        for function in catalogue.resolve().interfaces[id].functions.keys() {
            match wasi::is_split(&interface, function) {
                true => {
                    needs.control.extend(ControlOfP::ALL);
                    functions.extend([split::start_name(function), split::finish_name(function)]);
                }
                false => drop(functions.insert(function.clone())),
            }
        }
        needs.interfaces.insert(interface, functions);
    }
    needs
}

pub(super) fn needs_of_r(names: &BTreeSet<String>) -> p3_on_p2::Needs {
    let catalogue = Catalogue::all();
    let resolve = catalogue.resolve();
    let mut needs = p3_on_p2::Needs::default();
    let mut interfaces = BTreeMap::new();
    for (interface, id) in catalogue.interfaces(Generation::Wasi03).filter(|(name, _)| names.contains(name)) {
        let mut functions = BTreeSet::new();
        for (name, function) in &resolve.interfaces[id].functions {
            let mut types = function.params.iter().map(|param| &param.ty).chain(&function.result);
            if function.kind.is_async() || types.any(|ty| carries_values(resolve, ty)) {
                needs.control.extend(ControlOfR::ALL);
            }
            let forms: Vec<Form> = match &function.kind {
                FunctionKind::AsyncFreestanding | FunctionKind::AsyncMethod(_) | FunctionKind::AsyncStatic(_) => {
                    let in_memory = resolve.wasm_signature(AbiVariant::GuestImportAsync, function).indirect_params;
                    let sync = resolve.wasm_signature(AbiVariant::GuestImport, function);
                    let is_full = sync.indirect_params
                        || sync.params.len() - usize::from(sync.retptr) == Resolve::MAX_FLAT_PARAMS;
                    let start = if is_full { Form::StartBare } else { Form::Start };
                    let by_list = in_memory.then_some(Form::StartByList);
                    let finish = function.result.map(|_| Form::Finish);
                    let in_chunks = function.result.filter(|ty| has_bytes(resolve, ty)).map(|_| Form::FinishInChunks);
                    [start].into_iter().chain(by_list).chain(finish).chain(in_chunks).collect()
                }
                _ => vec![Form::Plain],
            };
            functions.extend(forms.into_iter().map(|form| (name.clone(), form)));
        }
        let typed = Typed::ALL.iter().copied().filter(|typed| typed.interface() == interface);
        let typed = typed.flat_map(|typed| [Transfer::Take, Transfer::Write].map(|transfer| (typed, transfer)));
        needs.typed.extend(typed.filter(|(typed, transfer)| typed.function(*transfer).is_some()));
        interfaces.insert(interface, functions);
    }
    needs.interfaces = interfaces;
    needs
}

/// Whether values of type `ty`, which a function has as its result, hold bytes that travel in chunks.
fn has_bytes(resolve: &Resolve, ty: &Type) -> bool {
    let Type::Id(id) = ty else { return false };
    match &resolve.types[*id].kind {
        TypeDefKind::Result(result) => result.ok.as_ref().is_some_and(|ok| has_bytes(resolve, ok)),
        TypeDefKind::Tuple(tuple) => tuple.types.iter().any(|ty| has_bytes(resolve, ty)),
        _ => is_list_of_bytes(resolve, ty),
    }
}

/// Whether values of type `ty` hold ends of streams or futures.
fn carries_values(resolve: &Resolve, ty: &Type) -> bool {
    let Type::Id(id) = ty else { return false };
    let of = |ty: &Type| carries_values(resolve, ty);
    match &resolve.types[*id].kind {
        TypeDefKind::Stream(_) | TypeDefKind::Future(_) => true,
        TypeDefKind::Type(ty) | TypeDefKind::List(ty) | TypeDefKind::Option(ty) => of(ty),
        TypeDefKind::Tuple(tuple) => tuple.types.iter().any(of),
        TypeDefKind::Record(record) => record.fields.iter().any(|field| of(&field.ty)),
        TypeDefKind::Variant(variant) => variant.cases.iter().filter_map(|case| case.ty.as_ref()).any(of),
        TypeDefKind::Result(result) => result.ok.iter().chain(&result.err).any(of),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The functions of interface `name` that `module` exports.
    fn prebuilt(module: &[u8], name: &str) -> BTreeSet<String> {
        let mut functions = BTreeSet::new();
        for payload in wasmparser::Parser::new(0).parse_all(module) {
            let wasmparser::Payload::ExportSection(section) = payload.unwrap() else { continue };
            for export in section {
                let Some((interface, function)) = export.unwrap().name.split_once('#') else { continue };
                let is_of_it = interface.split('@').next() == Some(name);
                if is_of_it && !function.starts_with("[dtor]") {
                    functions.insert(function.to_string());
                }
            }
        }
        functions
    }

    /// The functions of it that `adapter` exports.
    fn exported(adapter: &Adapter, name: &str) -> BTreeSet<String> {
        let exports = crate::Surface::of(&adapter.bytes).unwrap().exports;
        let mut of_it = exports.iter().filter(|export| export.name.split('@').next() == Some(name));
        of_it.next().map(|export| export.functions.iter().cloned().collect()).unwrap_or_default()
    }

    #[test]
    fn all_functions_that_there_are() {
        for name in p::interfaces() {
            let adapter = adapter(&[name], Generation::Wasi03, None).unwrap();
            assert_eq!(exported(&adapter, name), prebuilt(p::MODULE, name), "{name}");
        }
        for name in r::interfaces() {
            let adapter = adapter(&[name], Generation::Wasi02, None).unwrap();
            assert_eq!(exported(&adapter, name), prebuilt(r::MODULE, name), "{name}");
        }
    }
}
