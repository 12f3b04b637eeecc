//! The interfaces between components and the adapters beside them are private: no input may import
//! or export them by name.
//!
//! A part of a composition that could call an adapter's own functions would reach the handles of
//! other parts.

use std::collections::{HashMap, HashSet};

use wasmparser::component_types::ComponentEntityType;

use crate::Generation;
use crate::component::{Component, ItemKind};
use crate::diagnose::obstacles::obstacle;
use crate::error::Obstacle;
use crate::graph::composition::Part;
use crate::wasi::{Catalogue, InterfaceName};

/// The package of interfaces between guests and adapters.
pub(crate) const PACKAGE: &str = "wasi-shim:";

/// How functions begin that adapters add to interfaces of WASI.
const PREFIXES: [&str; 4] = ["start-", "finish-", "take-", "write-"];

/// The functions of WASI that begin like those, by interface.
const OF_WASI: &[(Generation, &str, &[&str])] = &[
    (Generation::Wasi02, "wasi:filesystem/types", &["[method]descriptor.write-via-stream"]),
    (Generation::Wasi02, "wasi:io/streams", &["[method]output-stream.write-zeroes"]),
    (
        Generation::Wasi02,
        "wasi:sockets/tcp",
        &[
            "[method]tcp-socket.start-bind",
            "[method]tcp-socket.finish-bind",
            "[method]tcp-socket.start-connect",
            "[method]tcp-socket.finish-connect",
            "[method]tcp-socket.start-listen",
            "[method]tcp-socket.finish-listen",
        ],
    ),
    (Generation::Wasi02, "wasi:sockets/udp", &["[method]udp-socket.start-bind", "[method]udp-socket.finish-bind"]),
    (Generation::Wasi03, "wasi:cli/stderr", &["write-via-stream"]),
    (Generation::Wasi03, "wasi:cli/stdout", &["write-via-stream"]),
    (Generation::Wasi03, "wasi:filesystem/types", &["[method]descriptor.write-via-stream"]),
];

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
    let mut others = HashSet::new();
    for (id, name) in adapted {
        let Some(interface) = InterfaceName::parse(name).map(|name| name.unversioned()) else { continue };
        let exports = &types[types.component_instance_at(*id)].exports;
        let mut functions = exports.iter().filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)));
        let is_other = |name: &str| begins_like_private(name) && !is_of_wasi(generation, &interface, name);
        if functions.any(|(function, _)| is_other(function)) {
            others.insert(interface);
        }
    }
    // To read the catalogue takes longer than all the rest does.
    !others.is_empty() && Catalogue::all().interface_ids(generation).any(|(interface, _)| others.contains(&interface))
}

/// Whether `function` has one of the names of [`PREFIXES`].
fn begins_like_private(function: &str) -> bool {
    let method = function.rsplit_once('.').map_or(function, |(_, method)| method);
    PREFIXES.iter().any(|prefix| method.starts_with(prefix))
}

/// Whether `interface` (without version) of `generation` has `function`, which begins like private ones.
fn is_of_wasi(generation: Generation, interface: &str, function: &str) -> bool {
    let mut known = OF_WASI.iter().filter(|(of, name, _)| (*of, *name) == (generation, interface));
    known.any(|(_, _, functions)| functions.contains(&function))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_wasi_that_begin_like_private_ones_are_known() {
        let catalogue = Catalogue::all();
        for generation in [Generation::Wasi02, Generation::Wasi03] {
            for (interface, id) in catalogue.interface_ids(generation) {
                let functions = catalogue.resolve().interfaces[id].functions.keys();
                for function in functions.filter(|function| begins_like_private(function)) {
                    assert!(is_of_wasi(generation, &interface, function), "{interface} has {function}");
                }
            }
            let interfaces: HashMap<_, _> = catalogue.interface_ids(generation).collect();
            for (_, interface, functions) in OF_WASI.iter().filter(|(of, ..)| *of == generation) {
                let of_wasi = &catalogue.resolve().interfaces[interfaces[*interface]].functions;
                assert!(functions.iter().all(|function| of_wasi.contains_key(*function)), "{interface}");
            }
        }
    }
}
