//! Questions about component types, asked of the validator.

use std::collections::HashSet;

use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType, ComponentFuncTypeId,
    ComponentInstanceTypeId, ComponentValType, ResourceId,
};
use wasmparser::types::TypesRef;

use crate::component::{Def, Sort};

/// The resources that the type of `def`, a definition of the component that `types` knows, mentions.
pub(crate) fn resources(types: TypesRef<'_>, def: Def) -> HashSet<ResourceId> {
    let mut search = Search::default();
    match def.sort {
        Sort::Func => search.func(types, types.component_function_at(def.id)),
        Sort::Instance => search.instance(types, types.component_instance_at(def.id)),
        Sort::Type => search.any(types, types.component_any_type_at(def.id)),
        _ => {}
    }
    search.found
}

#[derive(Default)]
struct Search {
    found: HashSet<ResourceId>,
    seen: HashSet<ComponentDefinedTypeId>,
}

impl Search {
    fn entity(&mut self, types: TypesRef<'_>, ty: ComponentEntityType) {
        match ty {
            ComponentEntityType::Func(id) => self.func(types, id),
            ComponentEntityType::Value(ty) => self.value(types, ty),
            ComponentEntityType::Type { referenced, .. } => self.any(types, referenced),
            ComponentEntityType::Instance(id) => self.instance(types, id),
            ComponentEntityType::Component(id) => {
                let component = &types[id];
                for item in component.imports.values().chain(component.exports.values()) {
                    self.entity(types, item.ty);
                }
            }
            ComponentEntityType::Module(_) => {}
        }
    }

    fn any(&mut self, types: TypesRef<'_>, id: ComponentAnyTypeId) {
        match id {
            ComponentAnyTypeId::Resource(id) => {
                self.found.insert(id.resource());
            }
            ComponentAnyTypeId::Defined(id) => self.defined(types, id),
            ComponentAnyTypeId::Func(id) => self.func(types, id),
            ComponentAnyTypeId::Instance(id) => self.instance(types, id),
            ComponentAnyTypeId::Component(id) => self.entity(types, ComponentEntityType::Component(id)),
        }
    }

    fn instance(&mut self, types: TypesRef<'_>, id: ComponentInstanceTypeId) {
        for item in types[id].exports.values() {
            self.entity(types, item.ty);
        }
    }

    fn func(&mut self, types: TypesRef<'_>, id: ComponentFuncTypeId) {
        let func = &types[id];
        for (_, ty) in &func.params {
            self.value(types, *ty);
        }
        if let Some(ty) = func.result {
            self.value(types, ty);
        }
    }

    fn value(&mut self, types: TypesRef<'_>, ty: ComponentValType) {
        if let ComponentValType::Type(id) = ty {
            self.defined(types, id);
        }
    }

    fn defined(&mut self, types: TypesRef<'_>, id: ComponentDefinedTypeId) {
        if !self.seen.insert(id) {
            return;
        }
        match &types[id] {
            ComponentDefinedType::Primitive(_) | ComponentDefinedType::Flags(_) | ComponentDefinedType::Enum(_) => {}
            ComponentDefinedType::Record(record) => record.fields.values().for_each(|ty| self.value(types, *ty)),
            ComponentDefinedType::Variant(variant) => {
                variant.cases.values().filter_map(|case| case.ty).for_each(|ty| self.value(types, ty));
            }
            ComponentDefinedType::Tuple(tuple) => tuple.types.iter().for_each(|ty| self.value(types, *ty)),
            ComponentDefinedType::List { element, .. } | ComponentDefinedType::FixedLengthList { element, .. } => {
                self.value(types, *element);
            }
            ComponentDefinedType::Map { key, value, .. } => {
                self.value(types, *key);
                self.value(types, *value);
            }
            ComponentDefinedType::Option { ty, .. } => self.value(types, *ty),
            ComponentDefinedType::Result { ok, err, .. } => {
                [ok, err].into_iter().flatten().for_each(|ty| self.value(types, *ty));
            }
            ComponentDefinedType::Own(id) | ComponentDefinedType::Borrow(id) => {
                self.found.insert(id.resource());
            }
            ComponentDefinedType::Future { ty, .. } | ComponentDefinedType::Stream { ty, .. } => {
                ty.iter().for_each(|ty| self.value(types, *ty));
            }
        }
    }
}
