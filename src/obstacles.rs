//! What stands in the way in either direction: at the outer boundary, and between the parts of a composition.

use std::collections::{HashMap, HashSet};

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ResourceId};
use wasmparser::{CanonicalFunction, ComponentAlias, ComponentExternalKind, ComponentInstance};

use crate::component::{Component, Def, ItemKind, Sort};
use crate::composition::{Composition, Origin, Part};
use crate::error::Obstacle;
use crate::program;
use crate::types;
use crate::wasi::{Generation, InterfaceName};

/// An obstacle.
pub(crate) fn obstacle(subject: impl Into<String>, reason: impl Into<String>, hint: impl Into<String>) -> Obstacle {
    Obstacle { subject: subject.into(), reason: reason.into(), hint: hint.into() }
}

/// How to do without the host's `interface`.
pub(crate) fn provide(interface: &str) -> String {
    format!("compose the component with one that implements `{interface}` first, then wrap the composition")
}

/// How to do without the host as the user of `export`.
pub(crate) fn use_inside(export: &str) -> String {
    format!("compose the component with the one that uses `{export}` first, then wrap the composition")
}

fn other(generation: Generation) -> &'static str {
    match generation {
        Generation::Wasi02 => "WASI 0.3",
        Generation::Wasi03 => "WASI 0.2",
    }
}

fn name(generation: Generation) -> &'static str {
    match generation {
        Generation::Wasi02 => "WASI 0.2",
        Generation::Wasi03 => "WASI 0.3",
    }
}

/// The interface of `generation` that is called so.
fn interface_of(name: &str, generation: Generation) -> Option<InterfaceName> {
    InterfaceName::parse(name).filter(|name| name.generation() == Some(generation))
}

/// Imports of the root that the adapter does not satisfy, and exports, whose types mention a resource that the adapter will
/// own: hosts neither have it nor can they take it. `has` says of which interfaces of `generation` there is an adapter.
pub(crate) fn owned_resources(
    root: &Component<'_>,
    generation: Generation,
    has: &dyn Fn(&str) -> bool,
    found: &mut Vec<Obstacle>,
) {
    let types = root.validated();
    let is_adapted = |name: &str| interface_of(name, generation).is_some_and(|interface| has(&interface.unversioned()));
    let mut owned: HashMap<ResourceId, String> = HashMap::new();
    for (def, _) in root.imports().filter(|(def, import)| def.sort == Sort::Instance && is_adapted(import.name.name)) {
        for (name, item) in &types[types.component_instance_at(def.id)].exports {
            if let ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. } = item.ty {
                owned.insert(id.resource(), name.clone());
            }
        }
    }
    // Of several resources, the first by name.
    let mentioned = |def: Def| types::resources(types, def).iter().filter_map(|id| owned.get(id)).min().cloned();
    for (def, import) in root.imports() {
        let name = import.name.name;
        if interface_of(name, generation).is_some() && def.sort == Sort::Instance {
            continue;
        }
        if let Some(resource) = mentioned(def) {
            let reason = format!(
                "its types use the resource `{resource}` of {}, which a host of {} does not have",
                self::name(generation),
                other(generation)
            );
            found.push(obstacle(name, reason, provide(name)));
        }
    }
    for item in &root.items {
        let (ItemKind::Export(export), Some(def)) = (&item.kind, item.def) else { continue };
        let name = export.name.name;
        if program::role(name).is_some() || interface_of(name, generation).is_some() {
            continue;
        }
        if let Some(resource) = mentioned(def) {
            let reason = format!("the export's types use the resource `{resource}` of {}", self::name(generation));
            found.push(obstacle(name, reason, use_inside(name)));
        }
    }
}

/// What stands in the way in the parts, and in the wiring of what is of `generation`. `adapted` gives the imports of a part that
/// the adapter satisfies, with the names that the root has for them.
pub(crate) fn parts<'a>(
    composition: &Composition<'a>,
    generation: Generation,
    adapted: &dyn Fn(&Part<'a>) -> HashMap<u32, &'a str>,
    found: &mut Vec<Obstacle>,
) {
    for part in &composition.parts {
        uses_beyond_lowering(part, &adapted(part), found);
        for (import, source) in &part.args {
            let is_adapted = source.path.first().is_some_and(|name| interface_of(name, generation).is_some());
            if source.origin == Origin::Root && source.path.len() > 1 && is_adapted {
                let reason = format!("only a member of the import is passed on, as `{import}` of {}", part.label);
                found.push(obstacle(source.path[0], reason, "compose whole instances, for example with `wac`"));
            }
        }
    }
    for (name, source) in composition.kept() {
        if source.origin == Origin::Root {
            found.push(obstacle(
                name,
                "the export is an import that is exported again, which is not supported",
                "let the user of the composition take it from the host",
            ));
        } else if let Some(program) = program::of_generation(name, generation)
            && !is_lifted(composition, source.origin, &source.path, program.function())
        {
            found.push(obstacle(
                name,
                "the function behind the export is not found: it is not lifted by the component that exports it",
                format!("export `{}` from the component that implements it", program.function()),
            ));
        }
    }
}

fn is_lifted(composition: &Composition<'_>, origin: Origin, path: &[&str], function: &str) -> bool {
    let (Origin::Part(part), [export]) = (origin, path) else { return false };
    let component = &composition.parts[part].component;
    let export = component.exports().find(|known| known.name.name == *export);
    export.and_then(|export| program::find_lift(&component.items, export, function)).is_some()
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
                    ItemKind::Instance(ComponentInstance::Instantiate { .. }) => {
                        "is passed on to a component nested in one with code of its own"
                    }
                    _ => "is exported again",
                };
                let reason = format!("the import {how}, which is not supported yet");
                found.push(obstacle(*name, reason, "wrap the components one by one, then compose them"));
            }
        }
    }
}
