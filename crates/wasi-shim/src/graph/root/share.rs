//! The components under the root, and the core modules that several of them share.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use indexmap::IndexMap;
use wasmparser::{ComponentAlias, ComponentOuterAliasKind};

use super::types::Types;
use super::unit::Package;
use crate::Error;
use crate::component::{Component, ComponentId, CoreModuleId, ItemKind};

/// Modules of fewer bytes stay where they are: self-contained components are easier to take out and
/// to read.
const LEAST: usize = 1024;

/// Defines the components of all units, equal ones once; gives the component of each unit. A core
/// module that several components have is defined once, by the root: a part that is rewritten for
/// two places of a composition is the same code.
pub(super) fn define(types: &mut Types<'_>) -> Result<Vec<ComponentId>, Error> {
    let mut packages: Vec<Rc<Package<'_>>> = Vec::new();
    let which: Vec<usize> = (types.units.iter())
        .map(|unit| match packages.iter().position(|known| Rc::ptr_eq(known, &unit.package)) {
            Some(at) => at,
            None => {
                packages.push(unit.package.clone());
                packages.len() - 1
            }
        })
        .collect();
    // The number of components that have each module, in the order in which the modules are met.
    let mut counts: IndexMap<&[u8], usize> = IndexMap::new();
    for package in &packages {
        let mut own = HashSet::new();
        modules(&package.component, &mut |module| {
            if module.len() >= LEAST && own.insert(module) {
                *counts.entry(module).or_default() += 1;
            }
        });
    }
    let mut shared = HashMap::new();
    for (module, _) in counts.into_iter().filter(|(_, count)| *count > 1) {
        let bytes = types.arena.bytes(module.to_vec());
        shared.insert(module, types.define_as::<CoreModuleId>(ItemKind::CoreModule(bytes.into())));
    }
    let mut defined = Vec::new();
    for package in &packages {
        let mut component = package.component.clone();
        alias_modules(&mut component, &shared, 1);
        defined.push(types.define_as(ItemKind::Component(Box::new(component))));
    }
    Ok(which.into_iter().map(|at| defined[at]).collect())
}

/// The core modules of `component`, at any depth.
fn modules<'c>(component: &'c Component<'_>, each: &mut dyn FnMut(&'c [u8])) {
    for item in &component.items {
        match &item.kind {
            ItemKind::CoreModule(module) => each(module),
            ItemKind::Component(nested) => modules(nested, each),
            _ => {}
        }
    }
}

/// Replaces the modules in `shared` by aliases of the component `count` levels further out.
fn alias_modules(component: &mut Component<'_>, shared: &HashMap<&[u8], CoreModuleId>, count: u32) {
    for item in &mut component.items {
        match &mut item.kind {
            ItemKind::CoreModule(module) => {
                if let Some(id) = shared.get(&module[..]) {
                    let kind = ComponentOuterAliasKind::CoreModule;
                    item.kind = ItemKind::Alias(ComponentAlias::Outer { kind, count, index: (*id).into() });
                }
            }
            ItemKind::Component(nested) => alias_modules(nested, shared, count + 1),
            _ => {}
        }
    }
}
