//! Types of values that the guest has taken from an interface that is adapted away: the component defines them itself.

use std::collections::{HashMap, HashSet};

use wasmparser::component_types::{
    AliasableResourceId, ComponentAnyTypeId, ComponentDefinedType as Known, ComponentEntityType,
    ComponentValType as KnownVal,
};
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentImport, ComponentOuterAliasKind, ComponentType, ComponentTypeRef,
    ComponentValType, TypeBounds,
};

use crate::Error;
use crate::component::{Arena, Component, Def, Definitions, Item, ItemKind, Sort};

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
    let mut values = Values { component, arena, names, taken, known: HashMap::new(), items: Vec::new() };
    let mut any = false;
    for item in &mut items {
        let ItemKind::Alias(ComponentAlias::InstanceExport { kind, instance_index, name }) = item.kind else {
            continue;
        };
        if kind != ComponentExternalKind::Type || !instances.contains(&instance_index) {
            continue;
        }
        any = true;
        let types = values.component.validated();
        let export = types[types.component_instance_at(instance_index)].exports.get(name).map(|export| export.ty);
        let Some(ComponentEntityType::Type { referenced, .. }) = export else {
            return Err(Error::unsound("a type of WASI that is not exported"));
        };
        let index = values.at(referenced)?;
        let kind = ComponentOuterAliasKind::Type;
        item.kind = ItemKind::Alias(ComponentAlias::Outer { kind, count: 0, index });
    }
    let Values { items: mut front, .. } = values;
    front.append(&mut items);
    component.items = front;
    Ok(any)
}

/// What the types that `instances` export are called.
fn names<'a>(component: &Component<'_>, instances: &HashSet<u32>) -> HashMap<ComponentAnyTypeId, String> {
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
        let ComponentAnyTypeId::Defined(defined) = id else {
            return Err(Error::unsound("a resource of WASI that is used elsewhere"));
        };
        let ty = self.component.validated()[defined].clone();
        let is_nominal = matches!(ty, Known::Record(_) | Known::Variant(_) | Known::Flags(_) | Known::Enum(_));
        let ty = ItemKind::Type(ComponentType::Defined(self.defined(&ty)?));
        let mut index = self.define(ty);
        if let Some(name) = self.names.get(&id).filter(|_| is_nominal) {
            let mut name = name.clone();
            while !self.taken.insert(name.to_lowercase()) {
                name += "-x";
            }
            let ty = ComponentTypeRef::Type(TypeBounds::Eq(index));
            index = self.define(ItemKind::Import(ComponentImport { name: self.arena.name(&name), ty }));
        }
        self.known.insert(id, index);
        Ok(index)
    }

    fn define(&mut self, kind: ItemKind<'a>) -> u32 {
        let (index, item) = self.component.define(Sort::Type, kind);
        self.items.push(item);
        index
    }
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
