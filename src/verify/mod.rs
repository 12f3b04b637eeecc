//! What must hold of every output, checked before it is returned.

mod root;

use std::borrow::Cow;
use std::collections::HashSet;

use wasmparser::{FuncValidatorAllocations, Parser, Payload, ValidPayload, Validator, WasmFeatures};

use crate::component::Component;
use crate::wasi::InterfaceName;
use crate::{Error, Target, features, foreign, private};

pub(crate) use root::Before;

/// The features of a component that a stock engine of `target` loads.
pub(crate) fn features(target: Target) -> WasmFeatures {
    let default = WasmFeatures::default();
    match target {
        Target::Wasi03 => default,
        Target::Wasi02 => default - WasmFeatures::CM_ASYNC,
    }
}

/// Checks `output`, made for `target` from an input whose live core modules are `modules`.
///
/// It must be a valid component with the features that outputs may have; import and export none of the interfaces that
/// were to be adapted away (`adapted`, by name without version) and nothing private; and contain the core modules of the input, byte
/// for byte. Modules in components that are never instantiated are none of them: nobody can reach those, so they are left out.
pub(crate) fn verify(
    modules: &[Cow<'_, [u8]>],
    output: &[u8],
    target: Target,
    adapted: &dyn Fn(&InterfaceName) -> bool,
) -> Result<(), Error> {
    validate(modules, output, features::of_outputs(target))?;

    let away = target.replaces();
    let (known, names) = modules_and_names(output)?;
    for name in names {
        if name.starts_with(private::PACKAGE) {
            return Err(Error::unsound(format!("the private interface `{name}` is imported or exported")));
        }
        if let Some(interface) = InterfaceName::parse(name)
            && interface.generation() == Some(away)
            && adapted(&interface)
        {
            return Err(Error::unsound(format!("`{name}` is still imported or exported")));
        }
    }
    contains_all(modules, &known)
}

/// Checks `output` against what it was made of. Of one that is linked the root is the input's, so all of it is compared.
pub(crate) fn compare(before: &Before<'_, '_>, output: &[u8], is_linked: bool) -> Result<(), Error> {
    before.check(&Component::decode(output, features::of_outputs(before.target))?, is_linked)
}

/// Checks that `output` is valid and contains `modules`, byte for byte.
pub(crate) fn same_modules(modules: &[Cow<'_, [u8]>], output: &[u8]) -> Result<(), Error> {
    validate(modules, output, WasmFeatures::all())?;
    contains_all(modules, &modules_and_names(output)?.0)
}

/// Once is enough, for equal parts become one component.
fn contains_all(modules: &[Cow<'_, [u8]>], known: &HashSet<&[u8]>) -> Result<(), Error> {
    match modules.iter().all(|module| known.contains(&module[..])) {
        true => Ok(()),
        false => Err(Error::unsound("a core module of the input is missing or was changed")),
    }
}

/// Validates `output`, but for the bodies of functions of `modules`: they were validated when the input was decoded.
pub(crate) fn validate(modules: &[Cow<'_, [u8]>], output: &[u8], features: WasmFeatures) -> Result<(), Error> {
    foreign::call("wasmparser", || {
        valid_but_for(modules, output, features).map_err(|error| Error::unsound(format!("it is not valid: {error}")))
    })
}

fn valid_but_for(modules: &[Cow<'_, [u8]>], output: &[u8], features: WasmFeatures) -> wasmparser::Result<()> {
    let valid: HashSet<&[u8]> = modules.iter().map(|module| &module[..]).collect();
    let mut validator = Validator::new_with_features(features);
    let mut allocations = FuncValidatorAllocations::default();
    let mut is_valid = false;
    for payload in Parser::new(0).parse_all(output) {
        let payload = payload?;
        if let Payload::ModuleSection { unchecked_range, .. } = &payload {
            is_valid = output.get(range(unchecked_range)).is_some_and(|module| valid.contains(module));
        }
        if let ValidPayload::Func(function, body) = validator.payload(&payload)?
            && !is_valid
        {
            let mut function = function.into_validator(allocations);
            function.validate(&body)?;
            allocations = function.into_allocations();
        }
    }
    Ok(())
}

fn range(range: &std::ops::Range<u64>) -> std::ops::Range<usize> {
    range.start as usize..range.end as usize
}

/// All core modules of `component`, and the names of its imports and exports.
fn modules_and_names(component: &[u8]) -> Result<(HashSet<&[u8]>, Vec<&str>), Error> {
    let mut modules = HashSet::new();
    let mut names = Vec::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(Error::invalid)? {
            Payload::ModuleSection { unchecked_range, .. } => {
                modules.extend(component.get(range(&unchecked_range)));
            }
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    names.push(import.map_err(Error::invalid)?.name.name);
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    names.push(export.map_err(Error::invalid)?.name.name);
                }
            }
            _ => {}
        }
    }
    Ok((modules, names))
}
