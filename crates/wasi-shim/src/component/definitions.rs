//! Defines types of the validator anew, as items.

use std::collections::HashMap;

use wasmparser::component_types::{
    AliasableResourceId, ComponentDefinedType as KnownDefined, ComponentDefinedTypeId, ComponentFuncType as KnownFunc,
    ComponentValType as KnownVal,
};
use wasmparser::types::TypesRef;
use wasmparser::{ComponentDefinedType, ComponentFuncType, ComponentType, ComponentValType, VariantCase};

use super::{Arena, ItemKind, TypeId};

/// A place where types are defined anew; gives the id that a mentioned type has there.
pub(crate) trait Definitions<'a> {
    /// Why a type cannot be defined there.
    type Error;

    /// The owner of names.
    fn arena(&self) -> &'a Arena;

    /// A type of values.
    fn value(&mut self, ty: KnownVal) -> Result<ComponentValType, Self::Error>;

    /// A resource.
    fn resource(&mut self, id: AliasableResourceId) -> Result<TypeId, Self::Error>;

    /// A type of values, if there is one.
    fn optional(&mut self, ty: Option<KnownVal>) -> Result<Option<ComponentValType>, Self::Error> {
        ty.map(|ty| self.value(ty)).transpose()
    }

    /// The definition of a type of functions.
    fn func(&mut self, func: &KnownFunc) -> Result<ComponentFuncType<'a>, Self::Error> {
        let arena = self.arena();
        let params = func.params.iter().map(|(name, ty)| Ok((arena.text(name), self.value(*ty)?)));
        let params = params.collect::<Result<_, Self::Error>>()?;
        Ok(ComponentFuncType { async_: func.async_, params, result: self.optional(func.result)? })
    }

    /// The definition of a type of values.
    fn defined(&mut self, ty: &KnownDefined) -> Result<ComponentDefinedType<'a>, Self::Error> {
        let arena = self.arena();
        Ok(match ty {
            KnownDefined::Primitive(primitive) => ComponentDefinedType::Primitive(*primitive),
            KnownDefined::Record(record) => {
                let fields = record.fields.iter().map(|(name, ty)| Ok((arena.text(name), self.value(*ty)?)));
                ComponentDefinedType::Record(fields.collect::<Result<_, Self::Error>>()?)
            }
            KnownDefined::Variant(variant) => {
                let cases = variant.cases.iter();
                let cases =
                    cases.map(|(name, case)| Ok(VariantCase { name: arena.text(name), ty: self.optional(case.ty)? }));
                ComponentDefinedType::Variant(cases.collect::<Result<_, Self::Error>>()?)
            }
            KnownDefined::List { element, .. } => ComponentDefinedType::List(self.value(*element)?),
            KnownDefined::Map { key, value, .. } => ComponentDefinedType::Map(self.value(*key)?, self.value(*value)?),
            KnownDefined::FixedLengthList { element, length, .. } => {
                ComponentDefinedType::FixedLengthList(self.value(*element)?, *length)
            }
            KnownDefined::Tuple(tuple) => {
                let types = tuple.types.iter().map(|ty| self.value(*ty));
                ComponentDefinedType::Tuple(types.collect::<Result<_, Self::Error>>()?)
            }
            KnownDefined::Flags(names) => {
                ComponentDefinedType::Flags(names.iter().map(|name| arena.text(name)).collect())
            }
            KnownDefined::Enum(names) => {
                ComponentDefinedType::Enum(names.iter().map(|name| arena.text(name)).collect())
            }
            KnownDefined::Option { ty, .. } => ComponentDefinedType::Option(self.value(*ty)?),
            KnownDefined::Result { ok, err, .. } => {
                ComponentDefinedType::Result { ok: self.optional(*ok)?, err: self.optional(*err)? }
            }
            KnownDefined::Own(id) => ComponentDefinedType::Own(self.resource(*id)?.into()),
            KnownDefined::Borrow(id) => ComponentDefinedType::Borrow(self.resource(*id)?.into()),
            KnownDefined::Future { ty, .. } => ComponentDefinedType::Future(self.optional(*ty)?),
            KnownDefined::Stream { ty, .. } => ComponentDefinedType::Stream(self.optional(*ty)?),
        })
    }
}

/// Types of values by their structure, without names.
pub(crate) struct Structure<'s, 'd, 'a> {
    pub types: TypesRef<'s>,
    pub arena: &'a Arena,
    /// The ids of types defined so far.
    pub values: &'d mut HashMap<ComponentDefinedTypeId, TypeId>,
    /// Adds a definition; answers its id.
    pub define: &'d mut dyn FnMut(ItemKind<'a>) -> TypeId,
}

/// The structure of the type is not enough: it mentions a resource.
pub(crate) struct HasResource;

impl<'a> Definitions<'a> for Structure<'_, '_, 'a> {
    type Error = HasResource;

    fn arena(&self) -> &'a Arena {
        self.arena
    }

    fn value(&mut self, ty: KnownVal) -> Result<ComponentValType, HasResource> {
        let id = match ty {
            KnownVal::Primitive(primitive) => return Ok(ComponentValType::Primitive(primitive)),
            KnownVal::Type(id) => id,
        };
        if let Some(known) = self.values.get(&id) {
            return Ok(ComponentValType::Type((*known).into()));
        }
        let types = self.types;
        let defined = self.defined(&types[id])?;
        let new = (self.define)(ItemKind::Type(ComponentType::Defined(defined)));
        self.values.insert(id, new);
        Ok(ComponentValType::Type(new.into()))
    }

    fn resource(&mut self, _: AliasableResourceId) -> Result<TypeId, HasResource> {
        Err(HasResource)
    }
}
