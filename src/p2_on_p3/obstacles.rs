//! What stands in the way of adapting a component to 0.3.

use std::collections::{HashMap, HashSet};

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ResourceId};
use wasmparser::{CanonicalFunction, ComponentAlias, ComponentExternalKind};

use super::guest::adapted_imports;
use crate::component::{Component, Def, ItemKind, Sort};
use crate::composition::{Composition, Origin, Part};
use crate::error::Obstacle;
use crate::program;
use crate::wasi::{Generation, InterfaceName};
use crate::{adapter, types};

/// The composition that `root` is, if nothing stands in the way of adapting it.
///
/// # Errors
///
/// Everything that stands in the way, in the order of the component.
pub(crate) fn composition<'a>(root: &Component<'a>) -> Result<Composition<'a>, Vec<Obstacle>> {
    let mut found = root_obstacles(root);
    match Composition::of(root) {
        Ok(composition) => {
            part_obstacles(&composition, &mut found);
            if found.is_empty() { Ok(composition) } else { Err(found) }
        }
        Err(unclear) => {
            found.extend(unclear);
            Err(found)
        }
    }
}

/// What of the root's own imports and exports stands in the way.
fn root_obstacles(component: &Component<'_>) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let mut adapted: HashMap<u32, &str> = HashMap::new();
    for (def, import) in component.imports() {
        let Some(name) = InterfaceName::parse(import.name.name) else { continue };
        if name.generation() != Some(Generation::Wasi02) || def.sort != Sort::Instance {
            continue;
        }
        match adapter::p2_on_p3::has_interface(&name.unversioned()) {
            true => {
                adapted.insert(def.id, import.name.name);
            }
            false => found.push(Obstacle {
                subject: import.name.name.into(),
                reason: "there is no adapter for this interface of WASI 0.2".into(),
                hint: provide(&name.unversioned()),
            }),
        }
    }
    imports_of_owned_resources(component, &adapted, &mut found);
    exports(component, &adapted, &mut found);
    found
}

/// What stands in the way in the parts, and between them.
fn part_obstacles(composition: &Composition<'_>, found: &mut Vec<Obstacle>) {
    let parts = &composition.parts;
    for part in parts {
        let adapted = adapted_imports(part).into_iter().map(|(id, (_, root))| (id, root)).collect();
        uses_beyond_lowering(part, &adapted, found);
        for (import, source) in &part.args {
            let name = InterfaceName::parse(source.path[0]);
            let wasi02 = name.is_some_and(|name| name.generation() == Some(Generation::Wasi02));
            if source.origin == Origin::Root && source.path.len() > 1 && wasi02 {
                found.push(Obstacle {
                    subject: source.path[0].into(),
                    reason: format!("only a member of the import is passed on, as `{import}` of {}", part.label),
                    hint: "compose whole instances, for example with `wac`".into(),
                });
            }
        }
    }
    for (name, source) in composition.kept() {
        let program = program::of_generation(name, Generation::Wasi02);
        let function = program.map_or("", |program| program.function());
        let found_lift = match (source.origin, &source.path[..]) {
            (Origin::Part(part), [export]) => {
                let component = &parts[part].component;
                let export = component.exports().find(|known| known.name.name == *export);
                export.and_then(|export| program::find_lift(&component.items, export, function)).is_some()
            }
            _ => false,
        };
        if program.is_some() && !found_lift {
            found.push(Obstacle {
                subject: (*name).into(),
                reason:
                    "the function behind the export is not found: it is not lifted by the component that exports it"
                        .into(),
                hint: format!("export `{function}` from the component that implements it"),
            });
        }
        if source.origin == Origin::Root {
            found.push(Obstacle {
                subject: (*name).into(),
                reason: "the export is an import that is exported again, which is not supported".into(),
                hint: "let the user of the composition take it from the host".into(),
            });
        }
    }
}

/// Imports whose types mention a resource that the adapter will own: a host of 0.3 cannot offer them.
fn imports_of_owned_resources(component: &Component<'_>, adapted: &HashMap<u32, &str>, found: &mut Vec<Obstacle>) {
    let owned = owned_resources(component, adapted);
    for (def, import) in component.imports() {
        if def.sort == Sort::Instance && adapted.contains_key(&def.id) {
            continue;
        }
        if let Some(resource) = mentioned(component, def, &owned) {
            found.push(Obstacle {
                subject: import.name.name.into(),
                reason: format!(
                    "its types use the resource `{resource}` of WASI 0.2, which a host of WASI 0.3 does not have"
                ),
                hint: provide(import.name.name),
            });
        }
    }
}

/// Exports of 0.2 interfaces that have no counterpart, and exports whose types mention resources that the
/// adapter will own.
fn exports(component: &Component<'_>, adapted: &HashMap<u32, &str>, found: &mut Vec<Obstacle>) {
    let owned = owned_resources(component, adapted);
    for item in &component.items {
        let (ItemKind::Export(export), Some(def)) = (&item.kind, item.def) else { continue };
        let name = InterfaceName::parse(export.name.name);
        let wasi02 = name.as_ref().is_some_and(|name| name.generation() == Some(Generation::Wasi02));
        if program::role(export.name.name).is_some() {
            continue;
        }
        if wasi02 {
            found.push(Obstacle {
                subject: export.name.name.into(),
                reason: "there is no adapter for this export of WASI 0.2".into(),
                hint:
                    "only commands (`wasi:cli/run`), services (`wasi:http/incoming-handler`) and exports of your own \
                       interfaces can be adapted"
                        .into(),
            });
        } else if let Some(resource) = mentioned(component, def, &owned) {
            found.push(Obstacle {
                subject: export.name.name.into(),
                reason: format!("the export's types use the resource `{resource}` of WASI 0.2"),
                hint: "compose the component with the one that uses this export, then wrap the composition".into(),
            });
        }
    }
}

/// The resources of the adapted imports, by the validator's identity.
fn owned_resources(component: &Component<'_>, adapted: &HashMap<u32, &str>) -> HashMap<ResourceId, String> {
    let types = component.validated();
    let mut owned = HashMap::new();
    for instance in adapted.keys() {
        for (name, item) in &types[types.component_instance_at(*instance)].exports {
            if let ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. } = item.ty {
                owned.insert(id.resource(), name.clone());
            }
        }
    }
    owned
}

/// The resource of `owned` that the type of `def` mentions; of several, the first by name.
fn mentioned<'o>(component: &Component<'_>, def: Def, owned: &'o HashMap<ResourceId, String>) -> Option<&'o str> {
    types::resources(component.validated(), def).iter().filter_map(|id| owned.get(id)).map(String::as_str).min()
}

fn provide(interface: &str) -> String {
    format!("provide `{interface}` by composing a component that implements it, then wrap the composition")
}

/// Adapted imports that are used otherwise than by lowering their functions: they are passed on to nested components, or
/// exported again.
fn uses_beyond_lowering(part: &Part<'_>, adapted: &HashMap<u32, &str>, found: &mut Vec<Obstacle>) {
    let mut functions: HashMap<u32, &str> = HashMap::new();
    let mut told = HashSet::new();
    for item in &part.component.items {
        match (&item.kind, item.def) {
            (ItemKind::Alias(ComponentAlias::InstanceExport { kind, instance_index, .. }), Some(def))
                if adapted.contains_key(instance_index) =>
            {
                if *kind == ComponentExternalKind::Func {
                    functions.insert(def.id, adapted[instance_index]);
                }
                continue;
            }
            (ItemKind::Canon(CanonicalFunction::Lower { .. }), _) => continue,
            _ => {}
        }
        for def in item.references() {
            let name = match def.sort {
                Sort::Instance => adapted.get(&def.id),
                Sort::Func => functions.get(&def.id),
                _ => None,
            };
            if let Some(name) = name
                && told.insert(*name)
            {
                let how = match &item.kind {
                    ItemKind::Instance(_) => "is passed on to a component nested in one with code of its own",
                    ItemKind::Export(_) => "is exported again",
                    _ => "is used otherwise than by calling it",
                };
                found.push(Obstacle {
                    subject: (*name).into(),
                    reason: format!("the import {how}, which is not supported yet"),
                    hint: "wrap the components one by one, then compose them".into(),
                });
            }
        }
    }
}
