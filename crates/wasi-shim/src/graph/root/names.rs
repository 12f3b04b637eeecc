//! Types for exports of the root whose types mention types that have no name at the root.

use wasmparser::ComponentTypeRef;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType, ComponentFuncTypeId,
    ComponentInstanceTypeId, ComponentValType,
};

use super::types::Types;
use super::unit::{Provider, Side};
use crate::Error;
use crate::component::types::is_nominal;

/// The type to ascribe to the root's export of `path` of `unit`; `None` if the unit's own will do.
pub(super) fn ascription(
    types: &mut Types<'_>,
    unit: usize,
    path: &[String],
) -> Result<Option<ComponentTypeRef>, Error> {
    let Some(ty) = types.units[unit].package.export(path) else { return Ok(None) };
    let mut search = Search { types, unit, path, seen: Vec::new() };
    if search.entity(ty) {
        return Ok(None);
    }
    Ok(match ty {
        ComponentEntityType::Instance(_) => {
            Some(ComponentTypeRef::Instance(types.exported_instance(unit, path)?.into()))
        }
        ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(_), .. } => None,
        ty => Some(types.reference(unit, ty)?),
    })
}

/// Whether all types that an export of a unit mentions have names at the root: because the export
/// has them, or an import or another export of the root.
struct Search<'t, 'p> {
    types: &'t Types<'p>,
    unit: usize,
    path: &'t [String],
    seen: Vec<ComponentAnyTypeId>,
}

impl Search<'_, '_> {
    fn entity(&mut self, ty: ComponentEntityType) -> bool {
        match ty {
            ComponentEntityType::Func(id) => self.func(id),
            ComponentEntityType::Instance(id) => self.instance(id),
            ComponentEntityType::Type { referenced, .. } => match referenced {
                ComponentAnyTypeId::Defined(id) => self.members(id),
                _ => true,
            },
            ComponentEntityType::Value(ty) => self.value(ty),
            ComponentEntityType::Module(_) | ComponentEntityType::Component(_) => true,
        }
    }

    fn instance(&mut self, id: ComponentInstanceTypeId) -> bool {
        let package = self.types.units[self.unit].package.clone();
        package.types()[id].exports.values().all(|item| self.entity(item.ty))
    }

    fn func(&mut self, id: ComponentFuncTypeId) -> bool {
        let package = self.types.units[self.unit].package.clone();
        let func = &package.types()[id];
        func.params.iter().map(|(_, ty)| *ty).chain(func.result).all(|ty| self.value(ty))
    }

    fn value(&mut self, ty: ComponentValType) -> bool {
        let ComponentValType::Type(id) = ty else { return true };
        let any = ComponentAnyTypeId::Defined(id);
        if self.seen.contains(&any) {
            return true;
        }
        self.seen.push(any);
        let package = self.types.units[self.unit].package.clone();
        match &package.types()[id] {
            // Structural types need no name, but WIT mentions them by the name that they have.
            ty if (is_nominal(ty) || package.place(any).is_some()) && !self.is_named(self.unit, any) => false,
            ComponentDefinedType::Own(id) | ComponentDefinedType::Borrow(id) => {
                self.is_named(self.unit, ComponentAnyTypeId::Resource(*id))
            }
            _ => self.members(id),
        }
    }

    /// Whether the types that type `id` consists of are named.
    fn members(&mut self, id: ComponentDefinedTypeId) -> bool {
        use ComponentDefinedType as D;
        let package = self.types.units[self.unit].package.clone();
        match &package.types()[id] {
            D::Primitive(_) | D::Flags(_) | D::Enum(_) => true,
            D::Record(record) => record.fields.values().all(|ty| self.value(*ty)),
            D::Variant(variant) => variant.cases.values().filter_map(|case| case.ty).all(|ty| self.value(ty)),
            D::Tuple(tuple) => tuple.types.iter().all(|ty| self.value(*ty)),
            D::List { element: ty, .. } | D::FixedLengthList { element: ty, .. } | D::Option { ty, .. } => {
                self.value(*ty)
            }
            D::Map { key, value, .. } => self.value(*key) && self.value(*value),
            D::Result { ok, err, .. } => [ok, err].into_iter().flatten().all(|ty| self.value(*ty)),
            D::Future { ty, .. } | D::Stream { ty, .. } => ty.iter().all(|ty| self.value(*ty)),
            D::Own(id) | D::Borrow(id) => self.is_named(self.unit, ComponentAnyTypeId::Resource(*id)),
        }
    }

    fn is_named(&self, unit: usize, id: ComponentAnyTypeId) -> bool {
        let package = &self.types.units[unit].package;
        let named = package.place(id).is_some_and(|place| match place.side {
            Side::Export if unit == self.unit && place.path.starts_with(self.path) => true,
            // An instance that the root exports without ascription keeps the unit's types; another
            // export makes new ones.
            Side::Export => {
                let exported = self.types.exported.get(&(unit, place.path[..1].to_vec()));
                place.path.len() > 1 && exported.is_some_and(|(_, is_ascribed)| !is_ascribed)
            }
            Side::Import => match self.types.units[unit].provider(&place.path[0]) {
                Ok(Provider::Host(_)) => true,
                Ok(Provider::Type) | Err(_) => false,
                Ok(Provider::Unit(other, path)) => {
                    let path = [&path[..], &place.path[1..]].concat();
                    match self.types.units[*other].package.export(&path) {
                        Some(ComponentEntityType::Type { created, .. }) => self.is_named(*other, created),
                        _ => false,
                    }
                }
            },
        });
        // A handle needs a name for the very type that it mentions, not for another of the
        // resource.
        let is_resource = matches!(id, ComponentAnyTypeId::Resource(_));
        named || !is_resource && package.types().peel_alias(id).is_some_and(|aliased| self.is_named(unit, aliased))
    }
}
