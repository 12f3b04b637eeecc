//! What is between components and the adapters beside them, and nobody else's: no input may reach it by its name.
//!
//! A part of a composition that could call an adapter's own functions would reach what other parts hold.

use std::collections::HashMap;

use wasmparser::component_types::ComponentEntityType;

use crate::component::{Component, ItemKind};
use crate::composition::Part;
use crate::error::Obstacle;
use crate::obstacles::obstacle;
use crate::wasi::{Catalogue, Generation, InterfaceName};

/// The package of interfaces between guests and adapters.
pub(crate) const PACKAGE: &str = "wasi-shim:";

/// How functions begin that adapters add to interfaces of WASI.
const PREFIXES: [&str; 4] = ["start-", "finish-", "take-", "write-"];

/// Imports and exports of `root` under the names of private interfaces.
pub(crate) fn names(root: &Component<'_>, found: &mut Vec<Obstacle>) {
    for item in &root.items {
        let name = match &item.kind {
            ItemKind::Import(import) => import.name.name,
            ItemKind::Export(export) => export.name.name,
            _ => continue,
        };
        if name.starts_with(PACKAGE) {
            found.push(obstacle(
                name,
                "the name is one of those between components and the adapters beside them",
                "give the interface another name",
            ));
        }
    }
}

/// Whether an import of `generation` of `part` has a function that only the adapter has, and WASI does not. `adapted` are the
/// imports, with the root's names.
pub(crate) fn has_function(part: &Part<'_>, adapted: &HashMap<u32, &str>, generation: Generation) -> bool {
    let types = part.component.validated();
    let is_suspected = |function: &str| {
        let method = function.rsplit_once('.').map_or(function, |(_, method)| method);
        PREFIXES.iter().any(|prefix| method.starts_with(prefix))
    };
    let suspected = adapted.iter().flat_map(|(id, name)| {
        let exports = types[types.component_instance_at(*id)].exports.iter();
        let functions = exports.filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)));
        functions
            .map(|(function, _)| &function[..])
            .filter(|function| is_suspected(function))
            .map(|function| (*name, function))
    });
    let suspected: Vec<(&str, &str)> = suspected.collect();
    if suspected.is_empty() {
        return false;
    }
    let catalogue = Catalogue::all();
    let interfaces: HashMap<_, _> = catalogue.interfaces(generation).collect();
    suspected.into_iter().any(|(name, function)| {
        let interface = InterfaceName::parse(name).and_then(|name| interfaces.get(&name.unversioned()));
        interface.is_some_and(|id| !catalogue.resolve().interfaces[*id].functions.contains_key(function))
    })
}
