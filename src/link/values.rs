//! Types of values that the guest has taken from an interface that is adapted away: the component defines them itself.

use std::collections::{HashMap, HashSet, VecDeque};

use wasmparser::component_types::{
    AliasableResourceId, ComponentAnyTypeId, ComponentEntityType, ComponentValType as KnownVal,
};
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentImport, ComponentType, ComponentTypeRef, ComponentValType,
    TypeBounds,
};

use crate::Error;
use crate::component::{Arena, Component, Def, Definitions, Item, ItemKind, Sort, extern_name};
use crate::types::is_nominal;

/// Removes imports `instances`, and lets aliases of types that they export, and that are used, become definitions; if they are `named`, also imports of the
/// root that equal those. Answers whether there are such aliases.
///
/// Records, variants, enums and flags that a function of the root mentions need names there. Interfaces have names of their own for
/// the types that they use.
pub(super) fn define<'a>(
    component: &mut Component<'a>,
    instances: &HashSet<u32>,
    arena: &'a Arena,
    named: bool,
) -> Result<bool, Error> {
    // What only those imports mention goes with them.
    let is_satisfied = |item: &Item<'a>| {
        let is_instance = |def: &Def| def.sort == Sort::Instance && instances.contains(&def.id);
        matches!(item.kind, ItemKind::Import(_)) && item.def.as_ref().is_some_and(is_instance)
    };
    component.items.retain(|item| !is_satisfied(item));
    component.sweep();
    let mut items = std::mem::take(&mut component.items);
    let mut taken: HashSet<String> = HashSet::new();
    for item in &items {
        if let ItemKind::Import(ComponentImport { name, .. }) = &item.kind {
            taken.insert(name.name.to_lowercase());
        }
    }
    let names = if named { names(component, instances) } else { HashMap::new() };
    let mut values =
        Values { component, arena, names, taken, aliases: HashMap::new(), known: HashMap::new(), items: Vec::new() };
    let mut wanted = Vec::new();
    for item in &items {
        let (ItemKind::Alias(ComponentAlias::InstanceExport { kind, instance_index, name }), Some(def)) =
            (&item.kind, item.def)
        else {
            continue;
        };
        if *kind != ComponentExternalKind::Type || !instances.contains(instance_index) {
            continue;
        }
        let types = values.component.validated();
        let export = types[types.component_instance_at(*instance_index)].exports.get(*name).map(|export| export.ty);
        let Some(ComponentEntityType::Type { referenced, .. }) = export else {
            return Err(Error::unsound("a type of WASI that is not exported"));
        };
        let ty = original(values.component, referenced);
        values.aliases.entry(ty).or_default().push_back(def.id);
        wanted.push((def, ty));
    }
    for (def, ty) in &wanted {
        values.at(*ty)?;
        values.repeat(def.id, *ty)?;
    }
    let Values { items: mut front, .. } = values;
    items.retain(|item| !wanted.iter().any(|(def, _)| item.def == Some(*def)));
    front.append(&mut items);
    component.items = front;
    Ok(!wanted.is_empty())
}

/// What the types that `instances` export are called.
fn names(component: &Component<'_>, instances: &HashSet<u32>) -> HashMap<ComponentAnyTypeId, String> {
    let types = component.validated();
    let mut instances: Vec<u32> = instances.iter().copied().collect();
    instances.sort_unstable();
    let mut names = HashMap::new();
    for instance in instances {
        for (name, item) in &types[types.component_instance_at(instance)].exports {
            if let ComponentEntityType::Type { referenced, .. } = item.ty {
                names.entry(original(component, referenced)).or_insert(name.clone());
            }
        }
    }
    names
}

/// The type that `id` is another name for.
fn original(component: &Component<'_>, mut id: ComponentAnyTypeId) -> ComponentAnyTypeId {
    while let Some(aliased) = component.validated().peel_alias(id) {
        id = aliased;
    }
    id
}

struct Values<'v, 'a> {
    component: &'v mut Component<'a>,
    arena: &'a Arena,
    names: HashMap<ComponentAnyTypeId, String>,
    /// Names of imports.
    taken: HashSet<String>,
    /// The ids of aliases of a type, which definitions of it take over.
    aliases: HashMap<ComponentAnyTypeId, VecDeque<u32>>,
    known: HashMap<ComponentAnyTypeId, u32>,
    items: Vec<Item<'a>>,
}

impl<'a> Values<'_, 'a> {
    /// The component's own type that is as type `id`.
    fn at(&mut self, id: ComponentAnyTypeId) -> Result<u32, Error> {
        let id = original(self.component, id);
        if let Some(known) = self.known.get(&id) {
            return Ok(*known);
        }
        let kind = self.definition(id)?;
        let index = match self.name(id) {
            Some(name) => {
                let definition = self.component.fresh(Sort::Type);
                self.items.push(Item { def: Some(Def::new(Sort::Type, definition)), kind });
                self.add(id, import(name, definition))
            }
            None => self.add(id, kind),
        };
        self.known.insert(id, index);
        Ok(index)
    }

    /// Lets alias `def` of type `id`, which is known by now, be another one of it, unless it is the one that is known.
    fn repeat(&mut self, def: u32, id: ComponentAnyTypeId) -> Result<(), Error> {
        if self.aliases.get(&id).is_none_or(|aliases| !aliases.contains(&def)) {
            return Ok(());
        }
        let kind = match self.name(id) {
            Some(name) => import(name, self.known[&id]),
            None => self.definition(id)?,
        };
        self.add(id, kind);
        Ok(())
    }

    fn definition(&mut self, id: ComponentAnyTypeId) -> Result<ItemKind<'a>, Error> {
        let ComponentAnyTypeId::Defined(defined) = id else {
            return Err(Error::unsound("a resource of WASI that is used elsewhere"));
        };
        let ty = self.component.validated()[defined].clone();
        Ok(ItemKind::Type(ComponentType::Defined(self.defined(&ty)?)))
    }

    /// A name at the root for type `id`, if it needs one.
    fn name(&mut self, id: ComponentAnyTypeId) -> Option<&'a str> {
        let ComponentAnyTypeId::Defined(defined) = id else { return None };
        if !is_nominal(&self.component.validated()[defined]) {
            return None;
        }
        let mut name = self.names.get(&id)?.clone();
        while !self.taken.insert(name.to_lowercase()) {
            name += "-x";
        }
        Some(self.arena.text(&name))
    }

    /// Adds an item under the id of the next alias of type `id`, or a new one.
    fn add(&mut self, id: ComponentAnyTypeId, kind: ItemKind<'a>) -> u32 {
        let alias = self.aliases.get_mut(&id).and_then(VecDeque::pop_front);
        let index = alias.unwrap_or_else(|| self.component.fresh(Sort::Type));
        self.items.push(Item { def: Some(Def::new(Sort::Type, index)), kind });
        index
    }
}

/// An import of a type that equals type `definition`.
fn import<'a>(name: &'a str, definition: u32) -> ItemKind<'a> {
    let ty = ComponentTypeRef::Type(TypeBounds::Eq(definition));
    ItemKind::Import(ComponentImport { name: extern_name(name), ty })
}

impl<'a> Definitions<'a> for Values<'_, 'a> {
    type Error = Error;

    fn arena(&self) -> &'a Arena {
        self.arena
    }

    fn value(&mut self, ty: KnownVal) -> Result<ComponentValType, Error> {
        Ok(match ty {
            KnownVal::Primitive(primitive) => ComponentValType::Primitive(primitive),
            KnownVal::Type(id) => ComponentValType::Type(self.at(ComponentAnyTypeId::Defined(id))?),
        })
    }

    fn resource(&mut self, _: AliasableResourceId) -> Result<u32, Error> {
        Err(Error::unsound("a handle of WASI in a type that is used elsewhere"))
    }
}
