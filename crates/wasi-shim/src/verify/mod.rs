//! The checks that every output has to pass before it is returned.

mod root;

use std::borrow::Cow;
use std::collections::BTreeSet;

pub(crate) use root::Before;
use wasmparser::WasmFeatures;

use crate::component::Component;
use crate::diagnose::{features, private};
use crate::wasi::{InterfaceName, table};
use crate::{Error, Generation};

/// The features of a component that a stock engine of `target` loads.
pub(crate) fn features(target: Generation) -> WasmFeatures {
    let default = WasmFeatures::default();
    match target {
        Generation::Wasi03 => default,
        Generation::Wasi02 => default - WasmFeatures::CM_ASYNC,
    }
}

/// Checks `output`, which was made of `before`, whose live core modules are `modules`. If it is
/// linked, its root is the input's, so all of the root is compared.
///
/// It must be a valid component with the features that outputs may have; import and export no
/// adapted interface of the other generation and nothing private; and contain the core modules of
/// the input, byte for byte. Modules of components that are never instantiated are left out,
/// because nobody can reach them.
pub(crate) fn verify(
    modules: &[Cow<'_, [u8]>],
    before: &Before<'_, '_>,
    output: &[u8],
    is_linked: bool,
) -> Result<(), Error> {
    let after = decode(modules, output, features::of_outputs(before.target))?;

    let imports = after.imports().map(|(_, import)| import.name.name);
    for name in imports.chain(after.exports().map(|export| export.name.name)) {
        if name.starts_with(private::PACKAGE) {
            return Err(Error::unsound(format!("the private interface `{name}` is imported or exported")));
        }
        if let Some(interface) = InterfaceName::parse(name)
            && interface.generation() == Some(before.target.other())
            && (before.target == Generation::Wasi02 || table::is_adapted(Generation::Wasi02, &interface.unversioned()))
        {
            return Err(Error::unsound(format!("`{name}` is still imported or exported")));
        }
    }
    contains_all(modules, &after)?;
    before.check(&after, is_linked)
}

/// Checks that `output` is valid and contains `modules`, byte for byte.
pub(crate) fn same_modules(modules: &[Cow<'_, [u8]>], output: &[u8]) -> Result<(), Error> {
    contains_all(modules, &decode(modules, output, WasmFeatures::all())?)
}

/// Once is enough, because equal parts become one component.
fn contains_all(modules: &[Cow<'_, [u8]>], output: &Component<'_>) -> Result<(), Error> {
    let found: BTreeSet<_> = output.modules().into_iter().collect();
    match modules.iter().all(|module| found.contains(module)) {
        true => Ok(()),
        false => Err(Error::unsound("a core module of the input is missing or was changed")),
    }
}

/// Validates `output`, except the function bodies of `modules`: they were validated when the input
/// was decoded.
pub(crate) fn validate(modules: &[Cow<'_, [u8]>], output: &[u8], features: WasmFeatures) -> Result<(), Error> {
    decode(modules, output, features).map(drop)
}

/// Decodes `output` and validates it as [`validate`] does.
fn decode<'o>(modules: &[Cow<'_, [u8]>], output: &'o [u8], features: WasmFeatures) -> Result<Component<'o>, Error> {
    // Hashing whole modules would take longer than these comparisons.
    let valid: BTreeSet<&[u8]> = modules.iter().map(|module| &module[..]).collect();
    Component::decode_with(output, features, &|module| valid.contains(module)).map_err(|error| match error {
        Error::Invalid { message, offset } => {
            Error::unsound(format!("it is not valid: {message} (at offset {offset:#x})"))
        }
        other => other,
    })
}
