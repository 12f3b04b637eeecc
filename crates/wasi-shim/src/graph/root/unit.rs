//! A component under the root: its bytes, its types, and the places where its imports and exports
//! name them.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ResourceId};
use wasmparser::types::TypesRef;
use wasmparser::{ComponentImport, ComponentTypeRef, WasmFeatures};

use crate::Error;
use crate::component::{Arena, Component, Item, ItemKind, TypeId};

/// Whether imports or exports of a component lead to a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Import,
    Export,
}

/// The import or export that names a type, then the members that lead to the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub side: Side,
    pub path: Vec<String>,
}

/// A component, however often it is instantiated.
pub(super) struct Package<'p> {
    pub component: Component<'p>,
    places: HashMap<ComponentAnyTypeId, Place>,
    resources: HashMap<ResourceId, Place>,
}

/// One instantiation of a package.
pub(super) struct Unit<'p> {
    pub package: Rc<Package<'p>>,
    /// Where each import comes from.
    pub providers: HashMap<&'p str, Provider>,
}

/// Where an import of a unit comes from.
pub(super) enum Provider {
    /// An import of the root, or a member of one.
    Host(Vec<String>),
    /// An export of another unit, or a member of one. Without a path: all exports, as one instance.
    Unit(usize, Vec<String>),
    /// The root: a type of values, which the root defines as the import does.
    Type,
}

impl Unit<'_> {
    /// Where import `name` comes from.
    pub fn provider(&self, name: &str) -> Result<&Provider, Error> {
        self.providers.get(name).ok_or_else(|| Error::unsound(format!("`{name}` is not imported")))
    }
}

impl<'p> Package<'p> {
    /// The package of component `bytes`.
    pub fn of(bytes: &'p [u8], arena: &'p Arena) -> Result<Package<'p>, Error> {
        let mut component = Component::decode(bytes, WasmFeatures::all())?;
        if unshare_import_types(&mut component) {
            let bytes = component.encode().map_err(Error::unsound)?;
            component = Component::decode(arena.bytes(bytes), WasmFeatures::all())?;
        }
        let (mut places, mut resources) = (HashMap::new(), HashMap::new());
        let types = component.validated();
        let mut note = |side, name: &str, ty| {
            let mut path = vec![name.to_string()];
            walk(types, &mut path, ty, &mut |path, referenced, created| {
                let place = Place { side, path: path.to_vec() };
                if let ComponentAnyTypeId::Resource(id) = referenced {
                    resources.entry(id.resource()).or_insert_with(|| place.clone());
                }
                places.entry(created).or_insert(place);
            });
        };
        for (_, import) in component.imports() {
            let name = import.name.name;
            types.component_item_for_import(name).into_iter().for_each(|item| note(Side::Import, name, item.ty));
        }
        for export in component.exports() {
            let name = export.name.name;
            types.component_item_for_export(name).into_iter().for_each(|item| note(Side::Export, name, item.ty));
        }
        Ok(Package { component, places, resources })
    }

    pub fn types(&self) -> TypesRef<'_> {
        self.component.validated()
    }

    /// Where type `id` has its name; for an alias of a resource without a name, the place that
    /// defines the resource.
    pub fn place(&self, id: ComponentAnyTypeId) -> Option<&Place> {
        let of_resource = || match id {
            ComponentAnyTypeId::Resource(id) => self.resources.get(&id.resource()),
            _ => None,
        };
        self.places.get(&id).or_else(of_resource)
    }

    /// Whether the resource is defined by the import or export at `place`.
    pub fn defines(&self, resource: ResourceId, place: &Place) -> bool {
        self.resources.get(&resource) == Some(place)
    }

    /// The export, or member of an export, that `path` leads to.
    pub fn export(&self, path: &[impl AsRef<str>]) -> Option<ComponentEntityType> {
        let (first, members) = path.split_first()?;
        let mut found = self.types().component_item_for_export(first.as_ref())?.ty;
        for name in members {
            let ComponentEntityType::Instance(id) = found else { return None };
            found = self.types()[id].exports.get(name.as_ref())?.ty;
        }
        Some(found)
    }
}

/// Calls `each` for the types that an import or export names: the path, the type, and the type that
/// the name creates.
fn walk(
    types: TypesRef<'_>,
    path: &mut Vec<String>,
    ty: ComponentEntityType,
    each: &mut dyn FnMut(&[String], ComponentAnyTypeId, ComponentAnyTypeId),
) {
    match ty {
        ComponentEntityType::Type { referenced, created } => each(path, referenced, created),
        ComponentEntityType::Instance(id) => {
            for (name, item) in &types[id].exports {
                path.push(name.clone());
                walk(types, path, item.ty, each);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Gives each imported instance a type of its own. wasmparser's subtyping panics where a component
/// that is instantiated imports two instances of one type that names value types.
fn unshare_import_types(component: &mut Component<'_>) -> bool {
    let (mut seen, mut changed, mut at) = (HashSet::new(), false, 0);
    while let Some(item) = component.items.get(at) {
        at += 1;
        let ItemKind::Import(ComponentImport { name, ty: ComponentTypeRef::Instance(ty) }) = item.kind else {
            continue;
        };
        let shared = component.get(TypeId(ty).into());
        let (false, Some(ItemKind::Type(shared)), def) = (seen.insert(ty), shared, item.def) else { continue };
        let (own, ty) = component.define_as::<TypeId>(ItemKind::Type(shared.clone()));
        let import = ComponentImport { name, ty: ComponentTypeRef::Instance(own.into()) };
        component.items[at - 1] = Item { def, kind: ItemKind::Import(import) };
        component.items.insert(at - 1, ty);
        at += 1;
        changed = true;
    }
    changed
}
