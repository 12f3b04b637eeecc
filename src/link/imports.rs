//! Imports that the adapter and the guest have in common become one, and all of the adapter's lose what nobody uses.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{ComponentAlias, ComponentImport, ComponentType, ComponentTypeRef, InstanceTypeDeclaration};

use super::declarations::{merge, narrow};
use crate::Error;
use crate::component::{Component, Def, ItemKind, Sort};

/// Leaves each of the adapter's imports `grafted`, by name, with the functions and types that are used. If the guest has an import of
/// that name, it takes their place.
pub(super) fn share(component: &mut Component<'_>, grafted: &BTreeMap<&str, Def>) -> Result<(), Error> {
    let order: Vec<(Def, &str)> = (component.imports())
        .filter_map(|(def, import)| Some((def, *grafted.get_key_value(import.name.name)?.0)))
        .filter(|(def, name)| grafted[name] == *def)
        .collect();
    // An import may be the last to use a type of one before it.
    for (def, name) in order.into_iter().rev() {
        component.sweep();
        if component.get(def).is_none() {
            continue;
        }
        let aliases = component.items.iter().filter_map(|item| match item.kind {
            ItemKind::Alias(ComponentAlias::InstanceExport { kind, instance_index, name })
                if instance_index == def.id =>
            {
                Some((Sort::from(kind), name))
            }
            _ => None,
        });
        let used: BTreeSet<(Sort, &str)> = aliases.collect();
        let narrowed = narrow(&type_of(component, def)?, &|sort, name| used.contains(&(sort, name)));
        let own = component.imports().find(|(own, import)| *own != def && import.name.name == name);
        let Some((own, _)) = own else {
            set_type(component, def, narrowed);
            continue;
        };
        let merged = merge(&type_of(component, own)?, &narrowed);
        set_type(component, own, merged);
        // What the adapter had of its import it has of the guest's.
        component.items.retain(|item| item.def != Some(def));
        for item in &mut component.items {
            if let ItemKind::Alias(ComponentAlias::InstanceExport { instance_index, .. }) = &mut item.kind
                && *instance_index == def.id
            {
                *instance_index = own.id;
            }
        }
    }
    component.sweep();
    Ok(())
}

/// The type of the instance that import `def` is.
fn type_of<'a>(component: &Component<'a>, def: Def) -> Result<Box<[InstanceTypeDeclaration<'a>]>, Error> {
    if let Some(ItemKind::Import(ComponentImport { ty: ComponentTypeRef::Instance(ty), .. })) = component.get(def)
        && let Some(ItemKind::Type(ComponentType::Instance(declarations))) = component.get(Def::new(Sort::Type, *ty))
    {
        return Ok(declarations.clone());
    }
    Err(Error::unsound("an import of WASI that is no instance"))
}

/// Gives import `def` another type.
fn set_type<'a>(component: &mut Component<'a>, def: Def, declarations: Vec<InstanceTypeDeclaration<'a>>) {
    let kind = ItemKind::Type(ComponentType::Instance(declarations.into()));
    let (new, item) = component.define(Sort::Type, kind);
    for item in component.items.iter_mut().filter(|item| item.def == Some(def)) {
        if let ItemKind::Import(import) = &mut item.kind {
            import.ty = ComponentTypeRef::Instance(new);
        }
    }
    // The order comes at the end.
    component.items.push(item);
}
