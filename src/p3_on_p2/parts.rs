//! Compositions: components that hold other components with code of their own.

use std::collections::{BTreeSet, HashMap, HashSet};

use wasmparser::{CanonicalFunction, ComponentAlias, ComponentInstance, ComponentInstantiationArg};

use crate::component::{Component, Def, ItemKind, Sort};

/// The components in `component` that have code, at any depth of their own: ids of their definitions.
pub(crate) fn parts(component: &Component<'_>) -> BTreeSet<u32> {
    let parts = component.items.iter().filter_map(|item| match (&item.kind, item.def) {
        (ItemKind::Component(nested), Some(def)) if !nested.is_plumbing() => Some(def.id),
        _ => None,
    });
    parts.collect()
}

/// The instantiations of components in `component`: the instance, the component, and the arguments.
pub(crate) fn instantiations<'c, 'a>(
    component: &'c Component<'a>,
) -> impl Iterator<Item = (u32, u32, &'c [ComponentInstantiationArg<'a>])> {
    component.items.iter().filter_map(|item| match (&item.kind, item.def) {
        (ItemKind::Instance(ComponentInstance::Instantiate { component_index, args }), Some(def)) => {
            Some((def.id, *component_index, &args[..]))
        }
        _ => None,
    })
}

/// What a component shows to whoever instantiates it.
#[derive(Debug, Default)]
pub(crate) struct Exposed {
    /// Its own lifts, as functions of the component.
    pub lifts: HashSet<u32>,
    /// Exports of its parts, by the part's definition.
    pub of_parts: HashMap<u32, HashSet<String>>,
}

/// What is behind those exports of `component` whose name is `chosen`.
pub(crate) fn exposed(component: &Component<'_>, chosen: &dyn Fn(&str) -> bool) -> Exposed {
    let positions = component.positions();
    let parts = parts(component);
    let instances: HashMap<u32, u32> =
        instantiations(component).filter(|(_, part, _)| parts.contains(part)).map(|(id, part, _)| (id, part)).collect();
    let mut exposed = Exposed::default();
    let mut seen: HashSet<Def> = HashSet::new();
    let mut open: Vec<Def> = component
        .exports()
        .filter(|export| chosen(export.name.name))
        .map(|export| Def::new(Sort::from(export.kind), export.index))
        .collect();
    while let Some(def) = open.pop() {
        let Some(at) = positions.get(&def).filter(|_| seen.insert(def)) else { continue };
        let item = &component.items[*at];
        match &item.kind {
            ItemKind::Canon(CanonicalFunction::Lift { .. }) => {
                exposed.lifts.insert(def.id);
            }
            ItemKind::Canon(_) => {}
            ItemKind::Alias(ComponentAlias::InstanceExport { instance_index, name, .. })
                if instances.contains_key(instance_index) =>
            {
                exposed.of_parts.entry(instances[instance_index]).or_default().insert(name.to_string());
            }
            ItemKind::Instance(_) if instances.contains_key(&def.id) && def.sort == Sort::Instance => {
                let part = instances[&def.id];
                if let Some(ItemKind::Component(nested)) = component.get(Def::new(Sort::Component, part)) {
                    let all = nested.exports().map(|export| export.name.name.to_string());
                    exposed.of_parts.entry(part).or_default().extend(all);
                }
            }
            _ => open.extend(item.references()),
        }
    }
    exposed
}
