//! Obstacles in either direction: at the outer boundary, and between the parts of a composition.

use std::collections::{HashMap, HashSet};

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ResourceId};
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternName, ComponentExternalKind, ComponentInstance, ComponentType,
    ComponentTypeRef, InstanceTypeDeclaration,
};

use crate::Generation;
use crate::component::types::ById;
use crate::component::{Component, Def, FuncId, Id, InstanceId, ItemKind, Sort, alias_sort, types};
use crate::diagnose::{conformance, private};
use crate::error::Obstacle;
use crate::graph::composition::{Composition, Origin, Part};
use crate::report::reasons;
use crate::rewrite::lifts;
use crate::wasi::program::Program;
use crate::wasi::{InterfaceName, program};

/// Finds an import or export under a name of its own that implements an adapted interface of
/// `generation`: adapters know interfaces by WASI's names.
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
        found.push(reasons::NAME_OF_ITS_OWN.of(name.name, &[("interface", interface)]));
    }
}

/// Finds exports of `root` with the name of a program of `generation` that hosts of it could not
/// call.
pub(crate) fn programs(root: &Component<'_>, generation: Generation, found: &mut Vec<Obstacle>) {
    for export in root.exports() {
        let export = export.name.name;
        let Some(program) = program::of_generation(export, generation) else { continue };
        if !program::is_callable(root, export, program, generation) {
            let values = [("wasi", generation.name()), ("function", program.function())];
            found.push(reasons::NOT_A_PROGRAM.of(export, &values));
        }
    }
}

/// The interface of `generation` named `name`.
fn interface_of(name: &str, generation: Generation) -> Option<InterfaceName> {
    InterfaceName::parse(name).filter(|name| name.generation() == Some(generation))
}

/// Finds exports, and imports that the adapter does not satisfy, whose types mention a resource
/// that the adapter will own: hosts can neither give nor take it. `has` says which interfaces of
/// `generation` have an adapter.
pub(crate) fn owned_resources(
    root: &Component<'_>,
    generation: Generation,
    has: &dyn Fn(&str) -> bool,
    found: &mut Vec<Obstacle>,
) {
    let types = root.validated();
    let is_adapted = |name: &str| interface_of(name, generation).is_some_and(|interface| has(&interface.unversioned()));
    let mut owned: HashMap<ResourceId, Option<String>> = HashMap::new();
    // The first import of a resource defines it; later ones are aliases, as `trailers` is of
    // `fields`.
    for (def, import) in root.imports() {
        let is_adapted = def.sort == Sort::Instance && is_adapted(import.name.name);
        let mut define = |id: ResourceId, name: &str| {
            owned.entry(id).or_insert_with(|| is_adapted.then(|| name.to_string()));
        };
        match def.sort {
            Sort::Instance => {
                for (name, item) in &types.instance(InstanceId::of(def)).exports {
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
            let values = [("resource", &resource[..]), ("from", generation.name()), ("to", generation.other().name())];
            found.push(reasons::RESOURCE_IN_IMPORT.of(name, &values));
        }
    }
    for item in &root.items {
        let (ItemKind::Export(export), Some(def)) = (&item.kind, item.def) else { continue };
        let name = export.name.name;
        if program::role(name).is_some() || interface_of(name, generation).is_some() {
            continue;
        }
        if let Some(resource) = mentioned(def) {
            let values = [("resource", &resource[..]), ("from", generation.name())];
            found.push(reasons::RESOURCE_IN_EXPORT.of(name, &values));
        }
    }
}

/// A question about a function that a part takes from an adapted import: part, function, interface,
/// name.
type OfFunction<'c, 'a> = dyn Fn(&Part<'a>, FuncId, &str, &str) -> bool + 'c;

/// The imports that are adapted away.
pub(crate) struct Adaptation<'c, 'a> {
    pub generation: Generation,
    /// The imports of a part that the adapter satisfies, with the names that the root has for them.
    pub adapted: &'c dyn Fn(&Part<'a>) -> HashMap<InstanceId, &'a str>,
    /// Whether the adapter has other functions in the place of this one.
    pub splits: &'c OfFunction<'c, 'a>,
    /// The interface with the types of services, and the name of requests.
    pub types: (&'static str, &'static str),
}

/// Finds the obstacles in the parts, and in the wiring of the imports that `adaptation` replaces.
pub(crate) fn parts<'a>(composition: &Composition<'a>, adaptation: &Adaptation<'_, 'a>, found: &mut Vec<Obstacle>) {
    let generation = adaptation.generation;
    for part in &composition.parts {
        let adapted = (adaptation.adapted)(part);
        uses_beyond_lowering(part, &adapted, found);
        types_from_elsewhere(part, &adapted, adaptation, found);
        uses_of_programs(&part.component, generation, found);
        for (import, source) in &part.args {
            let is_adapted = source.path.first().is_some_and(|name| interface_of(name, generation).is_some());
            if source.origin == Origin::Root && source.path.len() > 1 && is_adapted {
                let values = [("import", *import), ("part", &part.label)];
                found.push(reasons::MEMBER_PASSED_ON.of(source.path[0], &values));
            }
        }
    }
    if composition.parts.iter().any(|part| private::has_function(part, &(adaptation.adapted)(part), generation)) {
        found.extend(conformance::obstacles(&composition.parts, generation));
    }
    for (name, source) in composition.kept() {
        if source.origin == Origin::Root {
            found.push(reasons::IMPORT_EXPORTED.of(name, &[]));
        } else if let Some(program) = program::of_generation(name, generation)
            && !is_lifted(composition, source.origin, &source.path, program.function())
        {
            found.push(reasons::NO_LIFT.of(name, &[("function", program.function())]));
        } else if program::of_generation(name, generation) == Some(Program::Handler)
            && let Origin::Part(part) = source.origin
        {
            service(name, source.path[0], &composition.parts[part], adaptation, found);
        }
    }
}

/// Finds the obstacles of `part`, which handles requests by `export`, the root's `name`.
fn service<'a>(name: &str, export: &str, part: &Part<'a>, adaptation: &Adaptation<'_, 'a>, found: &mut Vec<Obstacle>) {
    let (interface, request) = adaptation.types;
    let is_types =
        |name: &str, generation| interface_of(name, generation).is_some_and(|name| name.unversioned() == interface);
    let adapted = (adaptation.adapted)(part);
    let of_service = adapted.iter().filter(|(_, name)| is_types(name, adaptation.generation)).map(|(id, _)| *id);
    if program::types_of_requests(&part.component, export, of_service, request).is_none() {
        found.push(reasons::OTHER_REQUESTS.of(name, &[("part", &part.label), ("interface", interface)]));
    }
    let other = adaptation.generation.other();
    if let Some(both) = part.args.keys().find(|name| is_types(name, other)) {
        let values = [("part", &part.label[..]), ("from", adaptation.generation.name()), ("to", other.name())];
        found.push(reasons::SERVICE_OF_BOTH.of(*both, &values));
    }
}

/// Finds programs among the exports that the component itself takes types from: they become those
/// of the other generation, or go.
fn uses_of_programs(component: &Component<'_>, generation: Generation, found: &mut Vec<Obstacle>) {
    for item in &component.items {
        let (ItemKind::Export(export), Some(def)) = (&item.kind, item.def) else { continue };
        let name = export.name.name;
        if program::of_generation(name, generation).is_some()
            && component.items.iter().any(|item| item.references().contains(&def))
        {
            found.push(reasons::TYPES_OF_PROGRAM.of(name, &[]));
        }
    }
}

/// Adapted imports whose types are not where the rewrite can change them.
fn types_from_elsewhere<'a>(
    part: &Part<'a>,
    adapted: &HashMap<InstanceId, &'a str>,
    adaptation: &Adaptation<'_, 'a>,
    found: &mut Vec<Obstacle>,
) {
    let component = &part.component;
    let split: HashSet<(InstanceId, &str)> = (component.items.iter())
        .filter_map(|item| match (&item.kind, item.def) {
            (ItemKind::Alias(ComponentAlias::InstanceExport { kind, instance_index, name }), Some(def))
                if *kind == ComponentExternalKind::Func =>
            {
                let interface = InterfaceName::parse(adapted.get(&InstanceId(*instance_index))?)?.unversioned();
                (adaptation.splits)(part, FuncId::of(def), &interface, name)
                    .then_some((InstanceId(*instance_index), *name))
            }
            _ => None,
        })
        .collect();
    for (def, import) in component.imports() {
        let Some(instance) = InstanceId::try_of(def) else { continue };
        let Some(name) = adapted.get(&instance) else { continue };
        let ComponentTypeRef::Instance(ty) = import.ty else { continue };
        let is_here = match component.get(Def::new(Sort::Type, ty)) {
            Some(ItemKind::Type(ComponentType::Instance(declarations))) => {
                functions_from_elsewhere(declarations).all(|function| !split.contains(&(instance, function)))
            }
            _ => false,
        };
        if !is_here {
            found.push(reasons::TYPES_FROM_ELSEWHERE.of(*name, &[("part", &part.label)]));
        }
    }
}

/// The functions of an instance type that have a type from outside it.
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

/// Adapted imports that are used otherwise than by lowering their functions: they are passed on to
/// nested components, or exported again.
fn uses_beyond_lowering(part: &Part<'_>, adapted: &HashMap<InstanceId, &str>, found: &mut Vec<Obstacle>) {
    let mut functions: HashMap<FuncId, &str> = HashMap::new();
    let mut told = HashSet::new();
    for item in &part.component.items {
        match (&item.kind, item.def) {
            (ItemKind::Alias(ComponentAlias::InstanceExport { kind, instance_index, .. }), Some(def))
                if adapted.contains_key(&InstanceId(*instance_index)) =>
            {
                if *kind == ComponentExternalKind::Func {
                    functions.insert(FuncId::of(def), adapted[&InstanceId(*instance_index)]);
                }
                continue;
            }
            (ItemKind::Canon(CanonicalFunction::Lower { .. }), _) => continue,
            _ => {}
        }
        for def in item.references() {
            let name = match def.sort {
                Sort::Instance => adapted.get(&InstanceId::of(def)),
                Sort::Func => functions.get(&FuncId::of(def)),
                _ => None,
            };
            if let Some(name) = name
                && told.insert(*name)
            {
                let reason = match &item.kind {
                    ItemKind::Instance(ComponentInstance::Instantiate { .. }) => reasons::PASSED_TO_NESTED,
                    _ => reasons::EXPORTED_BESIDE_CODE,
                };
                found.push(reason.of(*name, &[]));
            }
        }
    }
}
