//! Adapters on their own, for those who compose by hand.

use std::collections::BTreeSet;

use wit_component::{DecodedWasm, OutputToString, WitPrinter};

use crate::graph::patch;
use crate::p2_on_p3::adapter as p;
use crate::p3_on_p2::adapter as r;
use crate::report::Linking;
use crate::wasi::{InterfaceName, table, versions};
use crate::wrap::WrapOptions;
use crate::{Error, Generation, verify, wrap};

/// An adapter as a component of its own.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Adapter {
    /// The component: validated, deterministic for the same input.
    pub bytes: Vec<u8>,
    /// The world of the adapter and the interfaces in it, as WIT.
    pub wit: String,
    /// Whether it can be composed as it is: it exports only interfaces of WASI, with the functions
    /// that they have there. Otherwise some are split, and only a rewritten guest can call them
    /// (`adapters/README.md` in the sources).
    pub is_plain: bool,
}

/// The adapter that implements `interfaces`, for example `wasi:cli/stdout`, on a host of `target`.
/// Towards 0.2 it imports 0.2.`wasi_patch`, or the lowest patch that has what it needs.
///
/// # Errors
///
/// [`Error::UnknownInterface`] if no adapter offers one of them.
pub fn adapter(interfaces: &[&str], target: Generation, wasi_patch: Option<u64>) -> Result<Adapter, Error> {
    let generation = target.other();
    let known: Vec<&str> = table::adapted(generation).map(|interface| interface.name).collect();
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
            let needs = p::needs_of(&names);
            finished(p::component(&needs, &versions::first(Generation::Wasi03).to_string())?, target)
        }
        Generation::Wasi02 => {
            let needs = r::needs_of(&names);
            let version = patch::choose(wasi_patch, &[], needs.functions());
            finished(r::component(&needs, &version.to_string())?, target)
        }
    }
}

/// The adapter that [`wrap`](crate::wrap) puts beside `component` when it composes the two.
///
/// # Errors
///
/// The errors of [`wrap`](crate::wrap), and [`Error::NoAdapter`] if `wrap` puts no adapter beside
/// the component.
pub fn adapter_for(component: &[u8], options: &WrapOptions) -> Result<Adapter, Error> {
    let options = WrapOptions { linking: Some(Linking::Composed), ..options.clone() };
    let wrapped = wrap::wrap(component, &options)?;
    let adapter = wrapped.adapter.ok_or(Error::NoAdapter(wrapped.target))?;
    finished(adapter, wrapped.target)
}

fn finished(bytes: Vec<u8>, target: Generation) -> Result<Adapter, Error> {
    verify::validate(&[], &bytes, verify::features(target))?;
    let unsound = |error| Error::unsound(format!("{error:#}"));
    let DecodedWasm::Component(resolve, world) = wit_component::decode(&bytes).map_err(unsound)? else {
        return Err(Error::unsound("the adapter is no component"));
    };
    let Some(package) = resolve.worlds[world].package else {
        return Err(Error::unsound("the adapter's world has no package"));
    };
    let others: Vec<_> = resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != package).collect();
    let mut printer = WitPrinter::new(OutputToString::default());
    printer.print(&resolve, package, &others).map_err(unsound)?;
    let wit = String::from(printer.output);
    let exports = crate::Surface::of(&bytes)?.exports;
    let is_plain = !exports.iter().any(|export| export.name.starts_with("wasi-shim:"));
    Ok(Adapter { bytes, wit, is_plain })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{p2_on_p3, p3_on_p2};

    /// The functions of interface `name` that `module` exports.
    fn prebuilt(module: &[u8], name: &str) -> BTreeSet<String> {
        let mut functions = BTreeSet::new();
        for payload in wasmparser::Parser::new(0).parse_all(module) {
            let wasmparser::Payload::ExportSection(section) = payload.unwrap() else { continue };
            for export in section {
                let export = export.unwrap().name;
                let export = export.strip_prefix("[async-lift]").unwrap_or(export);
                let Some((interface, function)) = export.split_once('#') else { continue };
                let is_of_it = interface.split('@').next() == Some(name);
                if is_of_it && !function.starts_with("[dtor]") {
                    functions.insert(function.to_string());
                }
            }
        }
        functions
    }

    /// The functions of interface `name` that `adapter` exports.
    fn exported(adapter: &Adapter, name: &str) -> BTreeSet<String> {
        let exports = crate::Surface::of(&adapter.bytes).unwrap().exports;
        let mut of_it = exports.iter().filter(|export| export.name.split('@').next() == Some(name));
        of_it.next().map(|export| export.functions.iter().cloned().collect()).unwrap_or_default()
    }

    /// The adapter of one interface has all functions that the module has of it; the adapter of all
    /// interfaces has the private interface too.
    #[test]
    fn adapters_have_all_functions_of_their_interfaces() {
        for (generation, module, control) in
            [(Generation::Wasi02, p::MODULE, p2_on_p3::CONTROL), (Generation::Wasi03, r::MODULE, p3_on_p2::CONTROL)]
        {
            let target = generation.other();
            let names: Vec<_> = table::adapted(generation).map(|interface| interface.name).collect();
            for name in &names {
                let adapter = adapter(&[name], target, None).unwrap();
                assert_eq!(exported(&adapter, name), prebuilt(module, name), "{name}");
            }
            let functions = prebuilt(module, control);
            assert!(!functions.is_empty());
            assert_eq!(exported(&adapter(&names, target, None).unwrap(), control), functions);
        }
    }
}
