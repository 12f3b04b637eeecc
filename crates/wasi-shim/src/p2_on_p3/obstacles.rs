//! The reasons why a component cannot be adapted to 0.3.

use super::guest::adapted_imports;
use super::guest::relay::{self, HandsOn};
use crate::component::{Component, ItemKind, Sort};
use crate::diagnose::obstacles::Adaptation;
use crate::diagnose::{obstacles, private};
use crate::error::Obstacle;
use crate::graph::composition::Composition;
use crate::report::reasons;
use crate::wasi::{HTTP_TYPES, InterfaceName, program, table, versions};
use crate::{Generation, wasi};

/// The composition that `root` is, if nothing stands in the way of adapting it.
///
/// # Errors
///
/// Everything that stands in the way, in the order of the component.
pub(crate) fn composition<'a>(root: &Component<'a>) -> Result<Composition<'a>, Vec<Obstacle>> {
    let mut found = Vec::new();
    private::names(root, &mut found);
    imports(root, &mut found);
    obstacles::owned_resources(
        root,
        Generation::Wasi02,
        &|name| table::is_adapted(Generation::Wasi02, name),
        &mut found,
    );
    exports(root, &mut found);
    Generation::ALL.into_iter().for_each(|generation| obstacles::programs(root, generation, &mut found));
    let (composition, unclear) = Composition::of(root);
    found.extend(unclear);
    let adaptation = Adaptation {
        generation: Generation::Wasi02,
        adapted: &|part| adapted_imports(part).into_iter().map(|(id, (_, root))| (id, root)).collect(),
        splits: &|_, _, interface, function| wasi::is_split(interface, function),
        types: (HTTP_TYPES, "incoming-request"),
    };
    obstacles::parts(&composition, &adaptation, &mut found);
    relays(&composition, &mut found);
    if found.is_empty() { Ok(composition) } else { Err(found) }
}

/// Interfaces of 0.2 that P does not have.
fn imports(component: &Component<'_>, found: &mut Vec<Obstacle>) {
    for (def, import) in component.imports() {
        obstacles::implements(
            import.name,
            Generation::Wasi02,
            &|name| table::is_adapted(Generation::Wasi02, name),
            found,
        );
        let Some(name) = InterfaceName::parse(import.name.name) else { continue };
        let is_adapted = name.generation() == Some(Generation::Wasi02) && def.sort == Sort::Instance;
        if is_adapted && !table::is_adapted(Generation::Wasi02, &name.unversioned()) {
            let latest = versions::latest(Generation::Wasi02).to_string();
            found.push(reasons::NO_ADAPTER_FOR_IMPORT_OF_02.of(import.name.name, &[("latest", &latest)]));
        }
    }
}

/// Exports of 0.2 interfaces that have no counterpart.
fn exports(component: &Component<'_>, found: &mut Vec<Obstacle>) {
    for item in &component.items {
        let ItemKind::Export(export) = &item.kind else { continue };
        let name = InterfaceName::parse(export.name.name);
        let is_wasi02 = name.is_some_and(|name| name.generation() == Some(Generation::Wasi02));
        if is_wasi02 && program::role(export.name.name).is_none() {
            found.push(reasons::NO_ADAPTER_FOR_EXPORT_OF_02.of(export.name.name, &[]));
        }
    }
}

/// Requests that the service hands on by a call beside which the answer cannot be watched for,
/// although another part answers.
fn relays(composition: &Composition<'_>, found: &mut Vec<Obstacle>) {
    let Some(service) = relay::service(&composition.kept()) else { return };
    if relay::answering(&composition.parts, service).next().is_none() {
        return;
    }
    let part = &composition.parts[service];
    if relay::handing_on(part).into_values().any(|hands_on| hands_on == HandsOn::Unwatched) {
        found.push(reasons::UNWATCHED_ANSWER.of(&part.label[..], &[]));
    }
}
