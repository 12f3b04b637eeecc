//! Obstacles in either direction: at the outer boundary, and between the parts of a composition.

use std::collections::{HashMap, HashSet};

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ResourceId};
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternName, ComponentExternalKind, ComponentInstance, ComponentType,
    ComponentTypeRef, InstanceTypeDeclaration,
};

use crate::Generation;
use crate::component::{Component, Def, ItemKind, Sort, alias_sort, types};
use crate::diagnose::{conformance, private};
use crate::error::Obstacle;
use crate::graph::composition::{Composition, Origin, Part};
use crate::rewrite::lifts;
use crate::wasi::program::Program;
use crate::wasi::{InterfaceName, program};

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

/// An import or export under a name of its own that implements an interface of `generation` for which there is an adapter: that
/// knows it by WASI's name.
pub(crate) fn implements(
    name: ComponentExternName<'_>,
    generation: Generation,
    has: &dyn Fn(&str) -> bool,
    found: &mut Vec<Obstacle>,
) {
    let interface = name
        .implements
        .filter(|name| interface_of(name, generation).is_some_and(|interface| has(&interface.unversioned())));
    if let Some(interface) = interface {
        found.push(obstacle(
            name.name,
            format!("it implements `{interface}` under a name of its own, and the adapter offers that interface under WASI's"),
            format!("import `{interface}` itself"),
        ));
    }
}

/// Exports of `root` that are called like programs of `generation`, and that hosts of it could not call: they would stay as they are.
pub(crate) fn programs(root: &Component<'_>, generation: Generation, found: &mut Vec<Obstacle>) {
    for export in root.exports() {
        let export = export.name.name;
        let Some(program) = program::of_generation(export, generation) else { continue };
        if program::is_async(root, export, program) != Some(generation == Generation::Wasi03) {
            let (difference, generation) = (format!("`{}`: another function", program.function()), generation.name());
            let reason = format!("it is not what {generation} has under this name: {difference}");
            found.push(obstacle(export, reason, "build the component with the WIT of a released version of WASI"));
        }
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
    let mut owned: HashMap<ResourceId, Option<String>> = HashMap::new();
    // Who imports it first defines it; what comes later are aliases, as `trailers` is of `fields`.
    for (def, import) in root.imports() {
        let is_adapted = def.sort == Sort::Instance && is_adapted(import.name.name);
        let mut define = |id: ResourceId, name: &str| {
            owned.entry(id).or_insert_with(|| is_adapted.then(|| name.to_string()));
        };
        match def.sort {
            Sort::Instance => {
                for (name, item) in &types[types.component_instance_at(def.id)].exports {
                    if let ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. } = item.ty {
                        define(id.resource(), name);
                    }
                }
            }
            Sort::Type => {
                if let ComponentAnyTypeId::Resource(id) = types.component_any_type_at(def.id) {
                    define(id.resource(), import.name.name);
                }
            }
            _ => {}
        }
    }
    // Of several resources, the first by name.
    let mentioned =
        |def: Def| types::resources(types, def).iter().filter_map(|id| owned.get(id)?.as_ref()).min().cloned();
    for (def, import) in root.imports() {
        let name = import.name.name;
        if interface_of(name, generation).is_some() && def.sort == Sort::Instance {
            continue;
        }
        if let Some(resource) = mentioned(def) {
            let reason = format!(
                "its types use the resource `{resource}` of {}, which a host of {} does not have",
                generation.name(),
                generation.other().name()
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
            let reason = format!("the export's types use the resource `{resource}` of {}", generation.name());
            found.push(obstacle(name, reason, use_inside(name)));
        }
    }
}

/// Asked of a part, a function that it takes from an adapted import, and its interface and name.
type OfFunction<'c, 'a> = dyn Fn(&Part<'a>, u32, &str, &str) -> bool + 'c;

/// What is adapted away.
pub(crate) struct Away<'c, 'a> {
    pub generation: Generation,
    /// The imports of a part that the adapter satisfies, with the names that the root has for them.
    pub adapted: &'c dyn Fn(&Part<'a>) -> HashMap<u32, &'a str>,
    /// Whether other functions take the place of this one.
    pub splits: &'c OfFunction<'c, 'a>,
    /// The interface with the types of services, and the name of requests.
    pub types: (&'static str, &'static str),
}

/// What stands in the way in the parts, and in the wiring of what is `away`.
pub(crate) fn parts<'a>(composition: &Composition<'a>, away: &Away<'_, 'a>, found: &mut Vec<Obstacle>) {
    let generation = away.generation;
    for part in &composition.parts {
        let adapted = (away.adapted)(part);
        uses_beyond_lowering(part, &adapted, found);
        types_from_elsewhere(part, &adapted, away, found);
        uses_of_programs(&part.component, generation, found);
        for (import, source) in &part.args {
            let is_adapted = source.path.first().is_some_and(|name| interface_of(name, generation).is_some());
            if source.origin == Origin::Root && source.path.len() > 1 && is_adapted {
                let reason = format!("only a member of the import is passed on, as `{import}` of {}", part.label);
                found.push(obstacle(source.path[0], reason, "compose whole instances, for example with `wac`"));
            }
        }
    }
    if composition.parts.iter().any(|part| private::has_function(part, &(away.adapted)(part), generation)) {
        found.extend(conformance::obstacles(&composition.parts, generation));
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
        } else if program::of_generation(name, generation) == Some(Program::Handler)
            && let Origin::Part(part) = source.origin
        {
            service(name, source.path[0], &composition.parts[part], away, found);
        }
    }
}

/// What stands in the way of `part`, which handles requests by `export`, the root's `name`.
fn service<'a>(name: &str, export: &str, part: &Part<'a>, away: &Away<'_, 'a>, found: &mut Vec<Obstacle>) {
    let (interface, request) = away.types;
    let is_types =
        |name: &str, generation| interface_of(name, generation).is_some_and(|name| name.unversioned() == interface);
    let adapted = (away.adapted)(part);
    let of_service = adapted.iter().filter(|(_, name)| is_types(name, away.generation)).map(|(id, _)| *id);
    if program::types_of_requests(&part.component, export, of_service, request).is_none() {
        let reason =
            format!("{} handles requests that are not those of `{interface}` as the host has them", part.label);
        found.push(obstacle(name, reason, format!("let it import `{interface}` from the host")));
    }
    let other = away.generation.other();
    if let Some(both) = part.args.keys().find(|name| is_types(name, other)) {
        let reason = format!(
            "{} is a service of {} and imports this interface of {} as well, which is not supported",
            part.label,
            away.generation.name(),
            other.name()
        );
        found.push(obstacle(*both, reason, "let a component of its own make the requests of the other generation"));
    }
}

/// Exports that hosts call and that the component itself takes types from: they become those of the other generation, or go.
fn uses_of_programs(component: &Component<'_>, generation: Generation, found: &mut Vec<Obstacle>) {
    for item in &component.items {
        let (ItemKind::Export(export), Some(def)) = (&item.kind, item.def) else { continue };
        let name = export.name.name;
        if program::of_generation(name, generation).is_some()
            && component.items.iter().any(|item| item.references().contains(&def))
        {
            found.push(obstacle(
                name,
                "another export takes its types from this one, which becomes that of the other generation",
                "let all take them from the interface that defines them, like `wasi:http/types`",
            ));
        }
    }
}

/// Adapted imports whose types are not where the rewrite can change them.
fn types_from_elsewhere<'a>(
    part: &Part<'a>,
    adapted: &HashMap<u32, &'a str>,
    away: &Away<'_, 'a>,
    found: &mut Vec<Obstacle>,
) {
    let component = &part.component;
    let split: HashSet<(u32, &str)> = (component.items.iter())
        .filter_map(|item| match (&item.kind, item.def) {
            (ItemKind::Alias(ComponentAlias::InstanceExport { kind, instance_index, name }), Some(def))
                if *kind == ComponentExternalKind::Func =>
            {
                let interface = InterfaceName::parse(adapted.get(instance_index)?)?.unversioned();
                (away.splits)(part, def.id, &interface, name).then_some((*instance_index, *name))
            }
            _ => None,
        })
        .collect();
    for (def, import) in component.imports() {
        let Some(name) = adapted.get(&def.id).filter(|_| def.sort == Sort::Instance) else { continue };
        let ComponentTypeRef::Instance(ty) = import.ty else { continue };
        let is_here = match component.get(Def::new(Sort::Type, ty)) {
            Some(ItemKind::Type(ComponentType::Instance(declarations))) => {
                functions_from_elsewhere(declarations).all(|function| !split.contains(&(def.id, function)))
            }
            _ => false,
        };
        if !is_here {
            let reason = format!("{} takes the type of the import, or of functions of it, from elsewhere", part.label);
            found.push(obstacle(
                *name,
                reason,
                "declare types where they are used, as `wasm-tools component new` does",
            ));
        }
    }
}

/// The functions of an instance type whose types it does not define itself.
fn functions_from_elsewhere<'d>(declarations: &'d [InstanceTypeDeclaration<'_>]) -> impl Iterator<Item = &'d str> {
    let mut is_function = Vec::new();
    declarations.iter().filter_map(move |declaration| match declaration {
        InstanceTypeDeclaration::Type(ty) => {
            is_function.push(matches!(ty, ComponentType::Func(_)));
            None
        }
        InstanceTypeDeclaration::Alias(alias) if alias_sort(alias) == Sort::Type => {
            is_function.push(false);
            None
        }
        InstanceTypeDeclaration::Export { ty: ComponentTypeRef::Type(_), .. } => {
            is_function.push(false);
            None
        }
        InstanceTypeDeclaration::Export { name, ty: ComponentTypeRef::Func(ty) } => {
            (is_function.get(*ty as usize) != Some(&true)).then_some(name.name)
        }
        _ => None,
    })
}

fn is_lifted(composition: &Composition<'_>, origin: Origin, path: &[&str], function: &str) -> bool {
    let (Origin::Part(part), [export]) = (origin, path) else { return false };
    let component = &composition.parts[part].component;
    let export = component.exports().find(|known| known.name.name == *export);
    export.and_then(|export| lifts::find_lift(&component.items, export, function)).is_some()
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
