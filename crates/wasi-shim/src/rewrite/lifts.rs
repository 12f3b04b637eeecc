//! The core functions behind exports, and exports made anew.

use std::collections::{HashMap, HashSet};

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentExport, ComponentExternName, ComponentExternalKind, ComponentFuncType,
    ComponentInstance, ComponentType, ComponentTypeRef, ComponentValType,
};

use crate::component::{Component, ComponentId, CoreFuncId, Def, FuncId, Id, InstanceId, Item, ItemKind, TypeId};

/// A lifted core function.
pub(crate) struct Lift {
    pub core: CoreFuncId,
    pub options: Vec<CanonicalOption>,
}

/// The lift behind function `name` of the instance that `export` exports, among `items`.
///
/// Follows instances made of exports, and the shim components that toolchains put around an
/// exported interface to give its types their names. `None` if the way leads into a component with
/// code of its own.
pub(crate) fn find_lift(items: &[Item<'_>], export: &ComponentExport<'_>, name: &str) -> Option<Lift> {
    let positions: HashMap<Def, &Item<'_>> = items.iter().filter_map(|item| Some((item.def?, item))).collect();
    let mut instance = Def::new(export.kind, export.index);
    let func = loop {
        match &positions.get(&instance)?.kind {
            ItemKind::Export(export) => instance = Def::new(export.kind, export.index),
            ItemKind::Instance(ComponentInstance::FromExports(exports)) => {
                let export = exports.iter().find(|export| export.name.name == name)?;
                break Def::new(export.kind, export.index);
            }
            ItemKind::Instance(ComponentInstance::Instantiate { component_index, args }) => {
                let ItemKind::Component(shim) = &positions.get(&ComponentId(*component_index).into())?.kind else {
                    return None;
                };
                let import = imported_behind(shim, name)?;
                let arg = args.iter().find(|arg| arg.name == import)?;
                break Def::new(arg.kind, arg.index);
            }
            _ => return None,
        }
    };
    match &positions.get(&func)?.kind {
        ItemKind::Canon(CanonicalFunction::Lift { core_func_index, options, .. }) => {
            Some(Lift { core: CoreFuncId(*core_func_index), options: options.to_vec() })
        }
        _ => None,
    }
}

/// The lifts behind the exports of `component` whose names are `chosen`.
pub(crate) fn lifts(component: &Component<'_>, chosen: &dyn Fn(&str) -> bool) -> HashSet<FuncId> {
    let positions = component.positions();
    let mut lifts = HashSet::new();
    let mut seen: HashSet<Def> = HashSet::new();
    let exports = component.exports().filter(|export| chosen(export.name.name));
    let mut open: Vec<Def> = exports.map(|export| Def::new(export.kind, export.index)).collect();
    while let Some(def) = open.pop() {
        let Some(at) = positions.get(&def).filter(|_| seen.insert(def)) else { continue };
        let item = &component.items[*at];
        match &item.kind {
            ItemKind::Canon(CanonicalFunction::Lift { .. }) => {
                lifts.insert(FuncId::of(def));
            }
            ItemKind::Canon(_) => {}
            _ => open.extend(item.references()),
        }
    }
    lifts
}

/// The import of plumbing component `shim` that it exports as `name`.
pub(crate) fn imported_behind<'a>(shim: &Component<'a>, name: &str) -> Option<&'a str> {
    if !shim.is_plumbing() {
        return None;
    }
    let export = shim.exports().find(|export| export.name.name == name)?;
    let mut def = Def::new(export.kind, export.index);
    loop {
        match shim.get(def)? {
            ItemKind::Export(export) => def = Def::new(export.kind, export.index),
            ItemKind::Import(import) => return Some(import.name.name),
            _ => return None,
        }
    }
}

/// `async func(params) -> result`
pub(crate) fn async_type<'a>(params: &[(&'a str, TypeId)], result: TypeId) -> ComponentType<'a> {
    ComponentType::Func(ComponentFuncType {
        async_: true,
        params: params.iter().map(|(name, ty)| (*name, ComponentValType::Type((*ty).into()))).collect(),
        result: Some(ComponentValType::Type(result.into())),
    })
}

/// An instance that exports `func` as `name`.
pub(crate) fn instance_of(name: &str, func: FuncId) -> ComponentInstance<'_> {
    let name = crate::component::extern_name(name);
    ComponentInstance::FromExports(Box::new([ComponentExport {
        name,
        kind: ComponentExternalKind::Func,
        index: func.into(),
        ty: None,
    }]))
}

/// The export of `instance` under `name`. An instance that exports types needs `ty`: WIT wants
/// names of their own for those, and without `ty` they are the imported ones.
pub(crate) fn instance_export(
    name: ComponentExternName<'_>,
    instance: InstanceId,
    ty: Option<TypeId>,
) -> ComponentExport<'_> {
    ComponentExport {
        name,
        kind: ComponentExternalKind::Instance,
        index: instance.into(),
        ty: ty.map(|ty| ComponentTypeRef::Instance(ty.into())),
    }
}
