//! What must hold of every output, checked before it is returned.

use std::collections::HashSet;

use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};

use crate::wasi::InterfaceName;
use crate::{Error, Target, foreign};

/// The features of a component that a stock engine of `target` loads.
pub(crate) fn features(target: Target) -> WasmFeatures {
    let default = WasmFeatures::default();
    match target {
        Target::Wasi03 => default,
        Target::Wasi02 => default - WasmFeatures::CM_ASYNC,
    }
}

/// The features of components that can be adapted to `target`: towards 0.2, all of the async component model that is
/// translated, though stock engines of 0.3 lack some of it.
pub(crate) fn input_features(target: Target) -> WasmFeatures {
    match target {
        Target::Wasi03 => features(Target::Wasi03),
        Target::Wasi02 => features(Target::Wasi03) | WasmFeatures::CM_MORE_ASYNC_BUILTINS,
    }
}

/// Checks `output`, made from `input` for `target`.
///
/// It must be a valid component with the features of a stock engine; import and export none of the interfaces that
/// were to be adapted away (`adapted`, by name without version) and nothing private; and contain the
/// core modules of the input, byte for byte.
pub(crate) fn verify(
    input: &[u8],
    output: &[u8],
    target: Target,
    adapted: &dyn Fn(&InterfaceName) -> bool,
) -> Result<(), Error> {
    valid(output, features(target))?;

    let away = target.replaces();
    for name in modules_and_names(output)?.1 {
        if name.starts_with("wasi-shim:") {
            return Err(Error::unsound(format!("the private interface `{name}` is imported or exported")));
        }
        if let Some(interface) = InterfaceName::parse(name)
            && interface.generation() == Some(away)
            && adapted(&interface)
        {
            return Err(Error::unsound(format!("`{name}` is still imported or exported")));
        }
    }

    same_modules(input, output)
}

/// Checks that `component`, which was made here, is valid with `features`.
pub(crate) fn valid(component: &[u8], features: WasmFeatures) -> Result<(), Error> {
    foreign::call("wasmparser", || match Validator::new_with_features(features).validate_all(component) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::unsound(format!("it is not valid: {error}"))),
    })
}

/// Checks that `output` contains the core modules of `input`, byte for byte; once is enough, for equal parts become one component.
pub(crate) fn same_modules(input: &[u8], output: &[u8]) -> Result<(), Error> {
    let known: HashSet<&[u8]> = modules_and_names(output)?.0.into_iter().collect();
    match modules_and_names(input)?.0.iter().all(|module| known.contains(module)) {
        true => Ok(()),
        false => Err(Error::unsound("a core module of the input is missing or was changed")),
    }
}

/// All core modules of `component`, and the names of its imports and exports.
fn modules_and_names(component: &[u8]) -> Result<(Vec<&[u8]>, Vec<&str>), Error> {
    let mut modules = Vec::new();
    let mut names = Vec::new();
    let mut open = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(Error::invalid)? {
            Payload::Version { encoding, range, .. } => open.push((encoding, range.start as usize)),
            Payload::End(end) => {
                if let Some((Encoding::Module, start)) = open.pop() {
                    modules.push(&component[start..end as usize]);
                }
            }
            Payload::ComponentImportSection(section) if open.len() == 1 => {
                for import in section {
                    names.push(import.map_err(Error::invalid)?.name.name);
                }
            }
            Payload::ComponentExportSection(section) if open.len() == 1 => {
                for export in section {
                    names.push(export.map_err(Error::invalid)?.name.name);
                }
            }
            _ => {}
        }
    }
    Ok((modules, names))
}
