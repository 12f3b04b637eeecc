//! Putting guest and adapter under one root.
//!
//! The root only wires: it holds no core instance and calls nothing, because a component that calls its child, or
//! is called by it, traps in engines that guard against re-entrance. Guest and adapter are siblings.

use std::collections::BTreeSet;

use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions};

use crate::Error;
use crate::wasi::InterfaceName;

/// Composes `guest` with `adapter`: `satisfied` are the imports of the guest that the adapter's exports
/// satisfy, matched by interface whatever the patch version. All exports of the guest become
/// exports of the composition; all other imports of both become its imports.
pub(crate) fn compose(guest: &[u8], adapter: &[u8], satisfied: &BTreeSet<String>) -> Result<Vec<u8>, Error> {
    let mut graph = CompositionGraph::new();
    let adapter = register(&mut graph, "wasi-shim:adapter", adapter)?;
    let guest = register(&mut graph, "wasi-shim:guest", guest)?;
    let provider = graph.instantiate(adapter.id);
    let user = graph.instantiate(guest.id);
    for import in &guest.imports {
        let export = match satisfied.contains(import) {
            true => adapter.exports.iter().find(|export| same_interface(export, import)),
            false => adapter.exports.iter().find(|export| *export == import),
        };
        let Some(export) = export else {
            if satisfied.contains(import) {
                return Err(Error::unsound(format!("the adapter does not export `{import}`")));
            }
            continue;
        };
        let alias = graph.alias_instance_export(provider, export).map_err(Error::unsound)?;
        graph
            .set_instantiation_argument(user, import, alias)
            .map_err(|error| Error::unsound(format!("import `{import}`: {:#}", anyhow::Error::new(error))))?;
    }
    for export in &guest.exports {
        let alias = graph.alias_instance_export(user, export).map_err(Error::unsound)?;
        graph.export(alias, export).map_err(Error::unsound)?;
    }
    graph
        .encode(EncodeOptions { define_components: true, validate: false, processor: None })
        .map_err(|error| Error::unsound(format!("{:#}", anyhow::Error::new(error))))
}

struct Registered {
    id: wac_graph::PackageId,
    imports: Vec<String>,
    exports: Vec<String>,
}

fn register(graph: &mut CompositionGraph, name: &str, bytes: &[u8]) -> Result<Registered, Error> {
    let package = Package::from_bytes(name, None, bytes.to_vec(), graph.types_mut())
        .map_err(|error| Error::unsound(format!("{error:#}")))?;
    let world = &graph.types()[package.ty()];
    let imports = world.imports.keys().cloned().collect();
    let exports = world.exports.keys().cloned().collect();
    let id = graph.register_package(package).map_err(Error::unsound)?;
    Ok(Registered { id, imports, exports })
}

fn same_interface(a: &str, b: &str) -> bool {
    match (InterfaceName::parse(a), InterfaceName::parse(b)) {
        (Some(a), Some(b)) => a.unversioned() == b.unversioned() && a.generation() == b.generation(),
        _ => false,
    }
}
