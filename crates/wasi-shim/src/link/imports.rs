//! Merges imports that the adapter and the guest have in common, and removes from the adapter's
//! imports what nobody uses.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wasmparser::{ComponentAlias, ComponentImport, ComponentType, ComponentTypeRef, InstanceTypeDeclaration};

use super::declarations::{merge, narrow};
use crate::Error;
use crate::component::{Component, Def, Id, InstanceId, Item, ItemKind, Sort, TypeId};
use crate::hash::IdMap;

/// An import of the adapter's.
struct Grafted<'a> {
    def: Def,
    /// The import that it becomes: its own, or the guest's.
    becomes: Def,
    /// The aliases of its exports: their positions, and what they alias.
    aliases: Vec<(usize, Sort, &'a str)>,
}

/// Leaves each of the adapter's imports `grafted`, by name, with the functions and types that are
/// used. If the guest has an import of that name, the two become one, with what either uses. What
/// nobody uses is removed from `component`.
pub(super) fn share(component: &mut Component<'_>, grafted: &BTreeMap<&str, Def>) -> Result<(), Error> {
    component.gc();
    let positions = component.positions();
    let mut own: HashMap<&str, Def> = HashMap::new();
    for (def, import) in component.imports().filter(|(def, import)| grafted.get(import.name.name) != Some(def)) {
        own.entry(import.name.name).or_insert(def);
    }
    let new = |(name, def): (&&str, &Def)| {
        let becomes = own.get(name).copied().unwrap_or(*def);
        (InstanceId::of(*def), Grafted { def: *def, becomes, aliases: Vec::new() })
    };
    let mut of_instance: IdMap<InstanceId, Grafted<'_>> =
        grafted.iter().filter(|(_, def)| positions.contains_key(def)).map(new).collect();
    for (at, item) in component.items.iter_mut().enumerate() {
        if let ItemKind::Alias(ComponentAlias::InstanceExport { kind, instance_index, name }) = &mut item.kind
            && let Some(grafted) = of_instance.get_mut(&InstanceId(*instance_index))
        {
            grafted.aliases.push((at, Sort::from(*kind), name));
            *instance_index = grafted.becomes.id;
        }
    }
    let grafted: IdMap<usize, Grafted<'_>> =
        of_instance.into_values().map(|grafted| (positions[&grafted.becomes], grafted)).collect();
    let mut references: Vec<Vec<Def>> = component.items.iter().map(Item::references).collect();
    for (at, grafted) in &grafted {
        // The guest's type will refer to what the adapter's refers to.
        let of_adapter = references[positions[&grafted.def]].clone();
        references[*at].extend(of_adapter);
    }
    let has_effect = component.has_effect();
    let mut live: Vec<bool> = component.items.iter().map(has_effect).collect();
    // Users come before what they use: an import may be the last to use a type of one before it.
    for at in component.in_order(&references).into_iter().rev() {
        if !live[at] {
            continue;
        }
        let used = grafted.get(&at).map(|grafted| (grafted, grafted.used(&live))).filter(|(_, used)| !used.is_empty());
        let uses = match used {
            None => component.items[at].references(),
            Some((grafted, used)) => {
                let narrowed =
                    narrow(type_of(component, &positions, grafted.def)?, &|sort, name| used.contains(&(sort, name)));
                let declarations = match grafted.becomes == grafted.def {
                    true => narrowed,
                    false => merge(type_of(component, &positions, grafted.becomes)?, &narrowed),
                };
                live.push(true);
                set_type(component, at, declarations)
            }
        };
        for used in uses {
            positions.get(&used).into_iter().for_each(|at| live[*at] = true);
        }
    }
    component.retain(live);
    Ok(())
}

impl<'a> Grafted<'a> {
    /// The functions and types of the import that `live` items mention.
    fn used(&self, live: &[bool]) -> BTreeSet<(Sort, &'a str)> {
        self.aliases.iter().filter(|(at, ..)| live[*at]).map(|(_, sort, name)| (*sort, *name)).collect()
    }
}

/// The type of the instance that import `def` is.
fn type_of<'c, 'a>(
    component: &'c Component<'a>,
    positions: &IdMap<Def, usize>,
    def: Def,
) -> Result<&'c [InstanceTypeDeclaration<'a>], Error> {
    let kind = |def: &Def| positions.get(def).map(|at| &component.items[*at].kind);
    if let Some(ItemKind::Import(ComponentImport { ty: ComponentTypeRef::Instance(ty), .. })) = kind(&def)
        && let Some(ItemKind::Type(ComponentType::Instance(declarations))) = kind(&TypeId(*ty).into())
    {
        return Ok(declarations);
    }
    Err(Error::unsound("an import of WASI that is no instance"))
}

/// Gives import `at` a new type, as the last item: items are ordered at the end. Answers with what
/// the type refers to.
fn set_type<'a>(component: &mut Component<'a>, at: usize, declarations: Vec<InstanceTypeDeclaration<'a>>) -> Vec<Def> {
    let kind = ItemKind::Type(ComponentType::Instance(declarations.into()));
    let (new, item) = component.define_as::<TypeId>(kind);
    if let ItemKind::Import(import) = &mut component.items[at].kind {
        import.ty = ComponentTypeRef::Instance(new.into());
    }
    let references = item.references();
    component.items.push(item);
    references
}
