//! Questions about component types, answered by the validator: the types that they mention, and
//! their flattening by the Canonical ABI.

use std::collections::HashSet;

use wasm_encoder::ValType;
use wasmparser::PrimitiveValType;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType, ComponentFuncType,
    ComponentFuncTypeId, ComponentInstanceType, ComponentInstanceTypeId, ComponentValType, ResourceId,
};
use wasmparser::types::TypesRef;

use crate::component::{Def, FuncId, InstanceId, Sort, TypeId};

/// The validator's knowledge of definitions, by their ids.
pub(crate) trait ById {
    /// The type of a function.
    fn func(&self, func: FuncId) -> &ComponentFuncType;

    /// The type of an instance.
    fn instance(&self, instance: InstanceId) -> &ComponentInstanceType;

    /// The type with this id.
    fn ty(&self, ty: TypeId) -> ComponentAnyTypeId;
}

impl ById for TypesRef<'_> {
    fn func(&self, func: FuncId) -> &ComponentFuncType {
        &self[self.component_function_at(func.into())]
    }

    fn instance(&self, instance: InstanceId) -> &ComponentInstanceType {
        &self[self.component_instance_at(instance.into())]
    }

    fn ty(&self, ty: TypeId) -> ComponentAnyTypeId {
        self.component_any_type_at(ty.into())
    }
}

/// The resources that the type of `def`, a definition of the component that `types` knows,
/// mentions.
pub(crate) fn resources(types: TypesRef<'_>, def: Def) -> HashSet<ResourceId> {
    let mut search = Search::default();
    search.all(types, def);
    search.found
}

#[derive(Default)]
struct Search {
    found: HashSet<ResourceId>,
    is_async: bool,
    has_streams: bool,
    /// The payload types of streams and futures.
    payloads: Vec<ComponentValType>,
    seen: HashSet<ComponentDefinedTypeId>,
    /// The resources of `found` that are borrowed.
    borrowed: HashSet<ResourceId>,
}

impl Search {
    fn all(&mut self, types: TypesRef<'_>, def: Def) {
        match def.sort {
            Sort::Func => self.func(types, types.component_function_at(def.id)),
            Sort::Instance => self.instance(types, types.component_instance_at(def.id)),
            Sort::Type => self.any(types, types.component_any_type_at(def.id)),
            _ => {}
        }
    }

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
        self.is_async |= func.async_;
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
            ComponentDefinedType::Own(id) => {
                self.found.insert(id.resource());
            }
            ComponentDefinedType::Borrow(id) => {
                self.found.insert(id.resource());
                self.borrowed.insert(id.resource());
            }
            ComponentDefinedType::Future { ty, .. } | ComponentDefinedType::Stream { ty, .. } => {
                self.is_async = true;
                self.has_streams = true;
                self.payloads.extend(*ty);
                ty.iter().for_each(|ty| self.value(types, *ty));
            }
        }
    }
}

/// The functions that `def`, a function or instance, consists of; those of an instance with their
/// names.
pub(crate) fn functions(types: TypesRef<'_>, def: Def) -> Vec<(Option<String>, ComponentFuncTypeId)> {
    let mut functions = Vec::new();
    match def.sort {
        Sort::Func => functions.push((None, types.component_function_at(def.id))),
        Sort::Instance => {
            let mut open = vec![types.component_instance_at(def.id)];
            while let Some(instance) = open.pop() {
                for (name, item) in &types[instance].exports {
                    match item.ty {
                        ComponentEntityType::Func(id) => functions.push((Some(name.clone()), id)),
                        ComponentEntityType::Instance(id) => open.push(id),
                        _ => {}
                    }
                }
            }
        }
        _ => {}
    }
    functions
}

/// The payload types of the streams and futures that functions of `def`, a function or instance,
/// mention; each with the function's name in the instance.
pub(crate) fn payloads(types: TypesRef<'_>, def: Def) -> Vec<(Option<String>, ComponentValType)> {
    let mut payloads = Vec::new();
    for (name, function) in functions(types, def) {
        let mut search = Search::default();
        search.func(types, function);
        payloads.extend(search.payloads.into_iter().map(|ty| (name.clone(), ty)));
    }
    payloads
}

/// The primitive type that `ty` is, if it is one.
pub(crate) fn primitive(types: TypesRef<'_>, ty: ComponentValType) -> Option<PrimitiveValType> {
    match ty {
        ComponentValType::Primitive(primitive) => Some(primitive),
        ComponentValType::Type(id) => match types[id] {
            ComponentDefinedType::Primitive(primitive) => Some(primitive),
            _ => None,
        },
    }
}

/// The resources that function `func` borrows.
pub(crate) fn borrowed(types: TypesRef<'_>, func: FuncId) -> HashSet<ResourceId> {
    let mut search = Search::default();
    search.func(types, types.component_function_at(func.into()));
    search.borrowed
}

/// Whether the type of `def` mentions `async`, `stream` or `future`.
pub(crate) fn is_async(types: TypesRef<'_>, def: Def) -> bool {
    let mut search = Search::default();
    search.all(types, def);
    search.is_async
}

/// Whether the type of `def` mentions `stream` or `future`.
pub(crate) fn carries_streams(types: TypesRef<'_>, def: Def) -> bool {
    let mut search = Search::default();
    search.all(types, def);
    search.has_streams
}

/// The flat types of `ty` (`flatten_type` of the Canonical ABI).
pub(crate) fn flatten(types: TypesRef<'_>, ty: ComponentValType, flat: &mut Vec<ValType>) {
    let defined = match ty {
        ComponentValType::Primitive(primitive) => return flatten_primitive(primitive, flat),
        ComponentValType::Type(id) => &types[id],
    };
    match defined {
        ComponentDefinedType::Primitive(primitive) => flatten_primitive(*primitive, flat),
        ComponentDefinedType::Record(record) => record.fields.values().for_each(|ty| flatten(types, *ty, flat)),
        ComponentDefinedType::Tuple(tuple) => tuple.types.iter().for_each(|ty| flatten(types, *ty, flat)),
        ComponentDefinedType::FixedLengthList { element, length, .. } => {
            (0..*length).for_each(|_| flatten(types, *element, flat));
        }
        ComponentDefinedType::List { .. } | ComponentDefinedType::Map { .. } => flat.extend([ValType::I32; 2]),
        ComponentDefinedType::Variant(variant) => {
            flatten_cases(types, variant.cases.values().map(|case| case.ty), flat);
        }
        ComponentDefinedType::Option { ty, .. } => flatten_cases(types, [None, Some(*ty)], flat),
        ComponentDefinedType::Result { ok, err, .. } => flatten_cases(types, [*ok, *err], flat),
        ComponentDefinedType::Flags(_)
        | ComponentDefinedType::Enum(_)
        | ComponentDefinedType::Own(_)
        | ComponentDefinedType::Borrow(_)
        | ComponentDefinedType::Future { .. }
        | ComponentDefinedType::Stream { .. } => flat.push(ValType::I32),
    }
}

fn flatten_primitive(primitive: PrimitiveValType, flat: &mut Vec<ValType>) {
    use PrimitiveValType::*;
    match primitive {
        Bool | S8 | U8 | S16 | U16 | S32 | U32 | Char | ErrorContext => flat.push(ValType::I32),
        S64 | U64 => flat.push(ValType::I64),
        F32 => flat.push(ValType::F32),
        F64 => flat.push(ValType::F64),
        String => flat.extend([ValType::I32; 2]),
    }
}

/// A discriminant, then the joined flat types of the payloads.
fn flatten_cases(
    types: TypesRef<'_>,
    cases: impl IntoIterator<Item = Option<ComponentValType>>,
    flat: &mut Vec<ValType>,
) {
    flat.push(ValType::I32);
    let first = flat.len();
    for case in cases.into_iter().flatten() {
        let mut own = Vec::new();
        flatten(types, case, &mut own);
        for (at, ty) in own.into_iter().enumerate() {
            match flat.get_mut(first + at) {
                None => flat.push(ty),
                Some(joined) if *joined == ty => {}
                Some(joined @ (ValType::I32 | ValType::F32)) if matches!(ty, ValType::I32 | ValType::F32) => {
                    *joined = ValType::I32;
                }
                Some(joined) => *joined = ValType::I64,
            }
        }
    }
}

/// Whether types of this kind need names where they are exported or imported.
pub(crate) fn is_nominal(ty: &ComponentDefinedType) -> bool {
    use ComponentDefinedType as T;
    matches!(ty, T::Record(_) | T::Variant(_) | T::Flags(_) | T::Enum(_))
}
