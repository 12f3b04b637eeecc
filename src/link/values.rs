//! Types of values that the guest has taken from an interface that is adapted away: the component defines them itself.

use std::collections::{HashMap, HashSet};

use wasmparser::component_types::{
    AliasableResourceId, ComponentAnyTypeId, ComponentDefinedTypeId, ComponentEntityType, ComponentValType as Known,
};
use wasmparser::{ComponentAlias, ComponentExternalKind, ComponentType, ComponentValType};

use crate::Error;
use crate::component::{Arena, Component, Definitions, Item, ItemKind, Sort};

/// Lets aliases of types that `instances` export, and that are used, become definitions.
pub(super) fn define<'a>(
    component: &mut Component<'a>,
    instances: &HashSet<u32>,
    arena: &'a Arena,
) -> Result<(), Error> {
    component.sweep();
    let mut items = std::mem::take(&mut component.items);
    let mut values = Values { component, arena, known: HashMap::new(), items: Vec::new() };
    for item in &mut items {
        let ItemKind::Alias(ComponentAlias::InstanceExport { kind: ComponentExternalKind::Type, instance_index, name }) =
            item.kind
        else {
            continue;
        };
        if !instances.contains(&instance_index) {
            continue;
        }
        let types = values.component.validated();
        let export = types[types.component_instance_at(instance_index)].exports.get(name).map(|export| export.ty);
        item.kind = ItemKind::Type(match export {
            Some(ComponentEntityType::Type { referenced: ComponentAnyTypeId::Defined(id), .. }) => {
                ComponentType::Defined(values.definition(id)?)
            }
            _ => return Err(Error::unsound("a resource of WASI that is used elsewhere")),
        });
    }
    let Values { items: mut front, .. } = values;
    front.append(&mut items);
    component.items = front;
    Ok(())
}

struct Values<'v, 'a> {
    component: &'v mut Component<'a>,
    arena: &'a Arena,
    known: HashMap<ComponentDefinedTypeId, u32>,
    items: Vec<Item<'a>>,
}

impl<'a> Values<'_, 'a> {
    fn definition(&mut self, id: ComponentDefinedTypeId) -> Result<wasmparser::ComponentDefinedType<'a>, Error> {
        let ty = self.component.validated()[id].clone();
        self.defined(&ty)
    }
}

impl<'a> Definitions<'a> for Values<'_, 'a> {
    type Error = Error;

    fn arena(&self) -> &'a Arena {
        self.arena
    }

    fn value(&mut self, ty: Known) -> Result<ComponentValType, Error> {
        let id = match ty {
            Known::Primitive(primitive) => return Ok(ComponentValType::Primitive(primitive)),
            Known::Type(id) => id,
        };
        if let Some(known) = self.known.get(&id) {
            return Ok(ComponentValType::Type(*known));
        }
        let ty = ItemKind::Type(ComponentType::Defined(self.definition(id)?));
        let (new, item) = self.component.define(Sort::Type, ty);
        self.items.push(item);
        self.known.insert(id, new);
        Ok(ComponentValType::Type(new))
    }

    fn resource(&mut self, _: AliasableResourceId) -> Result<u32, Error> {
        Err(Error::unsound("a handle of WASI in a type that is used elsewhere"))
    }
}
