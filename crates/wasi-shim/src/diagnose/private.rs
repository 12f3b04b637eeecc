//! The interfaces between components and the adapters beside them are private: no input may import
//! or export them by name.
//!
//! A part of a composition that could call an adapter's own functions would reach the handles of
//! other parts.

use std::collections::HashMap;

use wasmparser::component_types::ComponentEntityType;

use crate::Generation;
use crate::component::types::ById;
use crate::component::{Component, InstanceId, ItemKind};
use crate::error::Obstacle;
use crate::graph::composition::Part;
use crate::report::reasons;
use crate::wasi::{InterfaceName, table};

/// The package of interfaces between guests and adapters.
pub(crate) const PACKAGE: &str = "wasi-shim:";

/// Prefixes of the functions that adapters add to interfaces of WASI.
const PREFIXES: [&str; 4] = ["start-", "finish-", "take-", "write-"];

/// Finds imports and exports of `root` under the names of private interfaces.
pub(crate) fn names(root: &Component<'_>, found: &mut Vec<Obstacle>) {
    for item in &root.items {
        let name = match &item.kind {
            ItemKind::Import(import) => import.name.name,
            ItemKind::Export(export) => export.name.name,
            _ => continue,
        };
        if name.starts_with(PACKAGE) {
            found.push(reasons::PRIVATE_NAME.of(name, &[]));
        }
    }
}

/// Whether an import of `part` has a function that adapters add to `generation` and WASI does not
/// have. `adapted` are the adapted imports, with the root's names.
pub(crate) fn has_function(part: &Part<'_>, adapted: &HashMap<InstanceId, &str>, generation: Generation) -> bool {
    let types = part.component.validated();
    adapted.iter().any(|(id, name)| {
        let interface = InterfaceName::parse(name).and_then(|name| table::find(generation, &name.unversioned()));
        let Some(interface) = interface else { return false };
        let exports = &types.instance(*id).exports;
        let mut functions = exports.iter().filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)));
        functions.any(|(function, _)| begins_like_private(function) && interface.function(function).is_none())
    })
}

/// Whether `function` has one of the names of [`PREFIXES`].
fn begins_like_private(function: &str) -> bool {
    let method = function.rsplit_once('.').map_or(function, |(_, method)| method);
    PREFIXES.iter().any(|prefix| method.starts_with(prefix))
}
