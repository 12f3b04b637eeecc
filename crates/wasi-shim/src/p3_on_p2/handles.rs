//! Which component defines a resource: handles in values that pass between parts wait in its table
//! meanwhile.
//!
//! Only a call whose type mentions a resource can move a handle of it, and R knows only its own
//! resources. So the component that defines a resource has two functions for it, `keep` and `give`,
//! and the index of the handle in that component's table travels in the value. For resources of the
//! host, a component that has nothing else has these functions ([`keeper`]).

use std::collections::{BTreeMap, HashMap};

use wasm_encoder::ValType::I32;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentInstanceTypeId, ResourceId};
use wasmparser::types::TypesRef;
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentDefinedType, ComponentExport, ComponentExternalKind, ComponentFuncType,
    ComponentImport, ComponentInstance, ComponentType, ComponentTypeRef, ComponentValType, InstanceTypeDeclaration,
    PrimitiveValType, TypeBounds,
};

use super::guest;
use crate::Error;
use crate::code::CoreModule;
use crate::component::types::ById;
use crate::component::{
    Arena, Component, CoreFuncId, Def, FuncId, Id, InstanceId, Item, ItemKind, Sort, TypeId, extern_name,
};
use crate::graph::composition::{Origin, Part};
use crate::graph::root;

/// The functions for a resource: `keep` returns the index of a handle, `give` the handle of an
/// index.
pub(crate) const KEEPERS: [&str; 2] = ["keep", "give"];

/// The name of the resource beside these functions.
pub(crate) const RESOURCE: &str = "r";

const U32: ComponentValType = ComponentValType::Primitive(PrimitiveValType::U32);

/// The component that defines a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Home {
    /// R, which exports the resource from an interface, here without version.
    Runtime { interface: String, name: String },
    /// The part with this number, as this type.
    Part { part: usize, ty: TypeId },
    /// The host: the name of an import of the root, and if the import is an instance, the member.
    Host { path: Vec<String> },
}

/// A resource, as a part knows it.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    pub home: Home,
    /// The import that the resource comes from, and the names of the members that lead to the
    /// resource; `None` if the part defines the resource.
    pub import: Option<(Def, Vec<String>)>,
}

/// The resources that each of `parts` defines or imports.
pub(crate) fn resources(parts: &[Part<'_>]) -> Vec<HashMap<ResourceId, Resource>> {
    let mut all: Vec<HashMap<ResourceId, Resource>> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let component = &part.component;
        let types = component.validated();
        let mut own = HashMap::new();
        for item in &component.items {
            let (ItemKind::Type(ComponentType::Resource { .. }), Some(def)) = (&item.kind, item.def) else { continue };
            if let ComponentAnyTypeId::Resource(id) = types.ty(TypeId::of(def)) {
                own.insert(
                    id.resource(),
                    Resource { home: Home::Part { part: at, ty: TypeId::of(def) }, import: None },
                );
            }
        }
        let adapted = guest::adapted_imports(part);
        for (def, import) in component.imports() {
            let Some(source) = part.args.get(import.name.name) else { continue };
            for (path, id) in members(types, def) {
                let home = match source.origin {
                    Origin::Root => {
                        match (InstanceId::try_of(def).and_then(|instance| adapted.get(&instance)), path.last()) {
                            (Some(interface), Some(name)) => {
                                Some(Home::Runtime { interface: interface.unversioned(), name: name.clone() })
                            }
                            _ => {
                                let root = source.path.iter().map(|name| name.to_string());
                                let path: Vec<_> = root.chain(path.iter().cloned()).collect();
                                (path.len() <= 2).then_some(Home::Host { path })
                            }
                        }
                    }
                    Origin::Part(from) => {
                        let path = source.path.iter().copied().chain(path.iter().map(String::as_str));
                        exported(&parts[from].component, &path.collect::<Vec<_>>())
                            .and_then(|id| all[from].get(&id))
                            .map(|resource| resource.home.clone())
                    }
                };
                if let Some(home) = home {
                    own.entry(id).or_insert(Resource { home, import: Some((def, path)) });
                }
            }
        }
        all.push(own);
    }
    all
}

/// Adds and exports the [`KEEPERS`] for `resources` of `component`: the resource's type, and the
/// name of the export. Both return their parameter, because in core code a handle is its index.
pub(crate) fn export_keepers<'a>(
    component: &mut Component<'a>,
    arena: &'a Arena,
    resources: &[(TypeId, &'a str)],
) -> Vec<Item<'a>> {
    if resources.is_empty() {
        return Vec::new();
    }
    let handle = component.fresh();
    let mut module = CoreModule::default();
    module.function(Some(handle), "wasi-shim: handle", ([I32], [I32]), |body| {
        body.get_params();
    });
    let mut items = module.into_items(component, arena);
    for (resource, export) in resources {
        let own = ComponentType::Defined(ComponentDefinedType::Own((*resource).into()));
        let (own, item) = component.define_as::<TypeId>(ItemKind::Type(own));
        items.push(item);
        let own = ComponentValType::Type(own.into());
        let functions = [(handle, ("handle", own), Some(U32)), (handle, ("index", U32), Some(own))];
        export_functions(component, &mut items, *resource, export, KEEPERS, functions);
    }
    items
}

/// Exports a resource with two functions for it: each is a core function, its parameter and its
/// result.
pub(crate) fn export_functions<'a>(
    component: &mut Component<'a>,
    items: &mut Vec<Item<'a>>,
    resource: TypeId,
    export: &'a str,
    names: [&'static str; 2],
    functions: [(CoreFuncId, (&'static str, ComponentValType), Option<ComponentValType>); 2],
) {
    let functions = functions.map(|(core, param, result)| {
        let ty = ComponentFuncType { async_: false, params: [param].into(), result };
        let (ty, item) = component.define_as::<TypeId>(ItemKind::Type(ComponentType::Func(ty)));
        items.push(item);
        let (core_func_index, type_index) = (core.into(), ty.into());
        let lift = CanonicalFunction::Lift { core_func_index, type_index, options: Box::new([]) };
        let (func, item) = component.define_as::<FuncId>(ItemKind::Canon(lift));
        items.push(item);
        func
    });
    let member = |name, kind, index| ComponentExport { name: extern_name(name), kind, index, ty: None };
    let members = [
        member(RESOURCE, ComponentExternalKind::Type, resource.into()),
        member(names[0], ComponentExternalKind::Func, functions[0].into()),
        member(names[1], ComponentExternalKind::Func, functions[1].into()),
    ];
    let instance = ItemKind::Instance(ComponentInstance::FromExports(members.into()));
    let (instance, item) = component.define_as::<InstanceId>(instance);
    items.push(item);
    let export = ItemKind::Export(member(export, ComponentExternalKind::Instance, instance.into()));
    items.push(component.define_as::<InstanceId>(export).1);
}

/// A component that imports a resource of the host and keeps handles of it. `path` is the import
/// and, if that is an instance, the member.
pub(crate) fn keeper<'a>(arena: &'a Arena, path: &[String], export: &'a str) -> Result<root::Placed<'a>, Error> {
    let mut component = Component::new();
    let bound = ComponentTypeRef::Type(TypeBounds::SubResource);
    let name = arena.name(&path[0]);
    let resource = match path.get(1) {
        None => {
            let (resource, item) = component.define_as::<TypeId>(ItemKind::Import(ComponentImport { name, ty: bound }));
            component.items.push(item);
            resource
        }
        Some(member) => {
            let declaration = InstanceTypeDeclaration::Export { name: arena.name(member), ty: bound };
            let ty = ItemKind::Type(ComponentType::Instance([declaration].into()));
            let (ty, item) = component.define_as::<TypeId>(ty);
            component.items.push(item);
            let import = ComponentImport { name, ty: ComponentTypeRef::Instance(ty.into()) };
            let (instance, item) = component.define_as::<InstanceId>(ItemKind::Import(import));
            component.items.push(item);
            let kind = ComponentExternalKind::Type;
            let alias =
                ComponentAlias::InstanceExport { kind, instance_index: instance.into(), name: arena.text(member) };
            let (resource, item) = component.define_as::<TypeId>(ItemKind::Alias(alias));
            component.items.push(item);
            resource
        }
    };
    let items = export_keepers(&mut component, arena, &[(resource, export)]);
    component.items.extend(items);
    let bytes = component.encode().map_err(Error::unsound)?;
    Ok(root::Placed { bytes, args: BTreeMap::new() })
}

/// The resources of import `def`, each with the path of members that leads to it.
fn members(types: TypesRef<'_>, def: Def) -> Vec<(Vec<String>, ResourceId)> {
    let mut found = Vec::new();
    match def.sort {
        Sort::Type => found.extend(resource(types.ty(TypeId::of(def))).map(|id| (Vec::new(), id))),
        Sort::Instance => collect(types, types.component_instance_at(def.id), &[], &mut found),
        _ => {}
    }
    found
}

fn collect(
    types: TypesRef<'_>,
    instance: ComponentInstanceTypeId,
    path: &[String],
    found: &mut Vec<(Vec<String>, ResourceId)>,
) {
    for (name, item) in &types[instance].exports {
        let path = [path, std::slice::from_ref(name)].concat();
        match item.ty {
            ComponentEntityType::Type { referenced, .. } => found.extend(resource(referenced).map(|id| (path, id))),
            ComponentEntityType::Instance(id) => collect(types, id, &path, found),
            _ => {}
        }
    }
}

/// The resource that `component` exports as `path`.
fn exported(component: &Component<'_>, path: &[&str]) -> Option<ResourceId> {
    let types = component.validated();
    let (name, members) = path.split_first()?;
    let export = component.exports().find(|export| export.name.name == *name)?;
    let (last, instances) = match (export.kind, members.split_last()) {
        (ComponentExternalKind::Type, None) => return resource(types.ty(TypeId(export.index))),
        (ComponentExternalKind::Instance, Some(split)) => split,
        _ => return None,
    };
    let mut instance = types.component_instance_at(export.index);
    for name in instances {
        let ComponentEntityType::Instance(id) = types[instance].exports.get(*name)?.ty else { return None };
        instance = id;
    }
    match types[instance].exports.get(*last)?.ty {
        ComponentEntityType::Type { referenced, .. } => resource(referenced),
        _ => None,
    }
}

fn resource(ty: ComponentAnyTypeId) -> Option<ResourceId> {
    match ty {
        ComponentAnyTypeId::Resource(id) => Some(id.resource()),
        _ => None,
    }
}
