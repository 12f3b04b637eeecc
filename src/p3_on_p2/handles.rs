//! Which component defines a resource: handles in values that travel between parts wait in its table meanwhile.
//!
//! Only a call whose type mentions a resource can move a handle of it, and R knows no resources but its own. So whoever defines one
//! has two functions for it, `keep` and `give`, and what travels is the index that a handle has there.

use std::collections::HashMap;

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentInstanceTypeId, ResourceId};
use wasmparser::types::TypesRef;
use wasmparser::{ComponentExternalKind, ComponentType};

use super::guest;
use crate::component::{Component, Def, ItemKind, Sort};
use crate::composition::{Origin, Part};

/// Who defines a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Home {
    /// R, which exports it from an interface, here without version.
    Runtime { interface: String, name: String },
    /// That part, as this type.
    Part { part: usize, ty: u32 },
    /// The host.
    Host { import: String },
}

/// A resource, as a part knows it.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    pub home: Home,
    /// The import that it comes from, and the names of the members that lead to it; nothing if it is the part's own.
    pub import: Option<(Def, Vec<String>)>,
}

/// The resources that each of `parts` defines or imports.
pub(crate) fn resources(parts: &[Part<'_>]) -> Vec<HashMap<ResourceId, Resource>> {
    let mut all: Vec<HashMap<ResourceId, Resource>> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let component = &part.component;
        let types = component.validated();
        let mut own = HashMap::new();
        for item in &component.items {
            let (ItemKind::Type(ComponentType::Resource { .. }), Some(def)) = (&item.kind, item.def) else { continue };
            if let ComponentAnyTypeId::Resource(id) = types.component_any_type_at(def.id) {
                own.insert(id.resource(), Resource { home: Home::Part { part: at, ty: def.id }, import: None });
            }
        }
        let adapted = guest::adapted_imports(part);
        for (def, import) in component.imports() {
            let Some(source) = part.args.get(import.name.name) else { continue };
            for (path, id) in members(types, def) {
                let home = match source.origin {
                    Origin::Root => match (adapted.get(&def.id).filter(|_| def.sort == Sort::Instance), path.last()) {
                        (Some(interface), Some(name)) => {
                            Some(Home::Runtime { interface: interface.unversioned(), name: name.clone() })
                        }
                        _ => Some(Home::Host { import: source.path.join("/") }),
                    },
                    Origin::Part(from) => {
                        let path = source.path.iter().copied().chain(path.iter().map(String::as_str));
                        exported(&parts[from].component, &path.collect::<Vec<_>>())
                            .and_then(|id| all[from].get(&id))
                            .map(|resource| resource.home.clone())
                    }
                };
                if let Some(home) = home {
                    own.entry(id).or_insert(Resource { home, import: Some((def, path)) });
                }
            }
        }
        all.push(own);
    }
    all
}

/// The resources of `def`, an import: paths of members, and which.
fn members(types: TypesRef<'_>, def: Def) -> Vec<(Vec<String>, ResourceId)> {
    let mut found = Vec::new();
    match def.sort {
        Sort::Type => found.extend(resource(types.component_any_type_at(def.id)).map(|id| (Vec::new(), id))),
        Sort::Instance => collect(types, types.component_instance_at(def.id), &[], &mut found),
        _ => {}
    }
    found
}

fn collect(
    types: TypesRef<'_>,
    instance: ComponentInstanceTypeId,
    path: &[String],
    found: &mut Vec<(Vec<String>, ResourceId)>,
) {
    for (name, item) in &types[instance].exports {
        let path = [path, std::slice::from_ref(name)].concat();
        match item.ty {
            ComponentEntityType::Type { referenced, .. } => found.extend(resource(referenced).map(|id| (path, id))),
            ComponentEntityType::Instance(id) => collect(types, id, &path, found),
            _ => {}
        }
    }
}

/// The resource that `component` exports as `path`.
fn exported(component: &Component<'_>, path: &[&str]) -> Option<ResourceId> {
    let types = component.validated();
    let (name, members) = path.split_first()?;
    let export = component.exports().find(|export| export.name.name == *name)?;
    let (last, instances) = match (export.kind, members.split_last()) {
        (ComponentExternalKind::Type, None) => return resource(types.component_any_type_at(export.index)),
        (ComponentExternalKind::Instance, Some(split)) => split,
        _ => return None,
    };
    let mut instance = types.component_instance_at(export.index);
    for name in instances {
        let ComponentEntityType::Instance(id) = types[instance].exports.get(*name)?.ty else { return None };
        instance = id;
    }
    match types[instance].exports.get(*last)?.ty {
        ComponentEntityType::Type { referenced, .. } => resource(referenced),
        _ => None,
    }
}

fn resource(ty: ComponentAnyTypeId) -> Option<ResourceId> {
    match ty {
        ComponentAnyTypeId::Resource(id) => Some(id.resource()),
        _ => None,
    }
}
