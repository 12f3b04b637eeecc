//! What stands in the way of adapting a component to 0.3.

use std::collections::{HashMap, HashSet};

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ResourceId};
use wasmparser::{CanonicalFunction, ComponentAlias, ComponentExternalKind};

use crate::adapter;
use crate::command::{self, Role};
use crate::component::{Component, Def, ItemKind, Sort};
use crate::error::Obstacle;
use crate::types;
use crate::wasi::{Generation, InterfaceName};

/// Everything that stands in the way, in the order of the component.
pub(crate) fn obstacles(component: &Component<'_>) -> Vec<Obstacle> {
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
    uses_beyond_lowering(component, &adapted, &mut found);
    found
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
        match command::role(export) {
            Role::Run02 | Role::Run03 => {}
            Role::Other if wasi02 => found.push(Obstacle {
                subject: export.name.name.into(),
                reason: "there is no adapter for this export of WASI 0.2".into(),
                hint: "only commands (`wasi:cli/run`) and exports of your own interfaces can be adapted".into(),
            }),
            Role::Other => {
                if let Some(resource) = mentioned(component, def, &owned) {
                    found.push(Obstacle {
                        subject: export.name.name.into(),
                        reason: format!("the export's types use the resource `{resource}` of WASI 0.2"),
                        hint: "compose the component with the one that uses this export, then wrap the composition"
                            .into(),
                    });
                }
            }
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

/// Adapted imports that are used otherwise than by lowering their functions: the component is a composition, or
/// re-exports what it imports.
fn uses_beyond_lowering(component: &Component<'_>, adapted: &HashMap<u32, &str>, found: &mut Vec<Obstacle>) {
    let mut functions: HashMap<u32, &str> = HashMap::new();
    let mut told = HashSet::new();
    for item in &component.items {
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
                    ItemKind::Instance(_) => "is passed on to a nested component (the input is a composition)",
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
