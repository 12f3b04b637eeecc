//! Types of an interface as the declarations of an instance type.

use std::collections::HashMap;

use wasmparser::{
    ComponentDefinedType as Defined, ComponentType, ComponentTypeRef, ComponentValType, InstanceTypeDeclaration,
    PrimitiveValType, TypeBounds, VariantCase,
};
use wit_parser::{Handle, InterfaceId, Type, TypeDefKind, TypeId, UnresolvedPackage};

use super::{WASI02, WASI03, read};
use crate::Generation;
use crate::component::Arena;

/// The declarations of an instance type that exports the types `names` of `interface` (without
/// version), and the types that they are made of. `None` if the interface lacks one of them, or if
/// they mention types of another interface.
///
/// Only the WIT of the interface's package is read.
pub(crate) fn declare<'a>(
    generation: Generation,
    interface: &str,
    names: &[&str],
    arena: &'a Arena,
) -> Option<Vec<InstanceTypeDeclaration<'a>>> {
    let (package, interface) = interface.split_once('/')?;
    let texts = match generation {
        Generation::Wasi02 => WASI02,
        Generation::Wasi03 => WASI03,
    };
    let (package, text) = texts.iter().find(|(known, _)| *known == package)?;
    let package = &read(package, text).main;
    // Interfaces of other packages that it uses may have the same name.
    let (interface, types) = package.interfaces.iter().find_map(|(id, known)| {
        let types: Option<Vec<TypeId>> = names.iter().map(|name| known.types.get(*name).copied()).collect();
        Some((id, types.filter(|_| known.name.as_deref() == Some(interface))?))
    })?;
    let mut declare = Declare { package, interface, arena, known: HashMap::new(), types: 0, out: Vec::new() };
    for id in types {
        declare.named(id)?;
    }
    Some(declare.out)
}

struct Declare<'p, 'a> {
    package: &'p UnresolvedPackage,
    interface: InterfaceId,
    arena: &'a Arena,
    /// Local indices of what is declared.
    known: HashMap<TypeId, u32>,
    types: u32,
    out: Vec<InstanceTypeDeclaration<'a>>,
}

impl<'a> Declare<'_, 'a> {
    fn next(&mut self) -> u32 {
        self.types += 1;
        self.types - 1
    }

    fn define(&mut self, ty: Defined<'a>) -> u32 {
        self.out.push(InstanceTypeDeclaration::Type(ComponentType::Defined(ty)));
        self.next()
    }

    /// The local index of type `id`; one with a name is exported under it.
    fn named(&mut self, id: TypeId) -> Option<u32> {
        if let Some(known) = self.known.get(&id) {
            return Some(*known);
        }
        let def = &self.package.types[id];
        let bounds = match &def.kind {
            TypeDefKind::Resource => TypeBounds::SubResource,
            _ => TypeBounds::Eq(self.defined(id)?),
        };
        let index = match (&def.name, bounds) {
            (None, TypeBounds::Eq(index)) => index,
            (None, TypeBounds::SubResource) => return None,
            (Some(name), bounds) => {
                let here = wit_parser::TypeOwner::Interface(self.interface);
                if def.owner != here {
                    return None;
                }
                let ty = ComponentTypeRef::Type(bounds);
                self.out.push(InstanceTypeDeclaration::Export { name: self.arena.name(name), ty });
                self.next()
            }
        };
        self.known.insert(id, index);
        Some(index)
    }

    /// The local index of the definition of type `id`.
    fn defined(&mut self, id: TypeId) -> Option<u32> {
        let kind = &self.package.types[id].kind;
        let defined = match kind {
            TypeDefKind::Record(record) => Defined::Record(
                record
                    .fields
                    .iter()
                    .map(|field| Some((self.arena.text(&field.name), self.value(&field.ty)?)))
                    .collect::<Option<_>>()?,
            ),
            TypeDefKind::Variant(variant) => Defined::Variant(
                variant
                    .cases
                    .iter()
                    .map(|case| {
                        let ty = self.optional(&case.ty)?;
                        Some(VariantCase { name: self.arena.text(&case.name), ty })
                    })
                    .collect::<Option<_>>()?,
            ),
            TypeDefKind::Enum(cases) => {
                Defined::Enum(cases.cases.iter().map(|case| self.arena.text(&case.name)).collect())
            }
            TypeDefKind::Tuple(tuple) => {
                Defined::Tuple(tuple.types.iter().map(|ty| self.value(ty)).collect::<Option<_>>()?)
            }
            TypeDefKind::Option(ty) => Defined::Option(self.value(ty)?),
            TypeDefKind::List(ty) => Defined::List(self.value(ty)?),
            TypeDefKind::Result(result) => {
                Defined::Result { ok: self.optional(&result.ok)?, err: self.optional(&result.err)? }
            }
            TypeDefKind::Handle(Handle::Own(resource)) => Defined::Own(self.named(*resource)?),
            TypeDefKind::Handle(Handle::Borrow(resource)) => Defined::Borrow(self.named(*resource)?),
            TypeDefKind::Type(Type::Id(aliased)) => return self.named(*aliased),
            TypeDefKind::Type(primitive) => Defined::Primitive(to_primitive(primitive)?),
            _ => return None,
        };
        Some(self.define(defined))
    }

    fn optional(&mut self, ty: &Option<Type>) -> Option<Option<ComponentValType>> {
        match ty {
            None => Some(None),
            Some(ty) => self.value(ty).map(Some),
        }
    }

    fn value(&mut self, ty: &Type) -> Option<ComponentValType> {
        match ty {
            Type::Id(id) => self.named(*id).map(ComponentValType::Type),
            primitive => to_primitive(primitive).map(ComponentValType::Primitive),
        }
    }
}

fn to_primitive(ty: &Type) -> Option<PrimitiveValType> {
    Some(match ty {
        Type::Bool => PrimitiveValType::Bool,
        Type::U8 => PrimitiveValType::U8,
        Type::U16 => PrimitiveValType::U16,
        Type::U32 => PrimitiveValType::U32,
        Type::U64 => PrimitiveValType::U64,
        Type::S8 => PrimitiveValType::S8,
        Type::S16 => PrimitiveValType::S16,
        Type::S32 => PrimitiveValType::S32,
        Type::S64 => PrimitiveValType::S64,
        Type::F32 => PrimitiveValType::F32,
        Type::F64 => PrimitiveValType::F64,
        Type::Char => PrimitiveValType::Char,
        Type::String => PrimitiveValType::String,
        Type::ErrorContext => PrimitiveValType::ErrorContext,
        Type::Id(_) => return None,
    })
}
