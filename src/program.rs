//! Exports that hosts call, of commands and services: which they are, and the function behind them.

use std::collections::{HashMap, HashSet};

use wasmparser::component_types::{self as types, ComponentAnyTypeId, ComponentEntityType};
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentExport, ComponentExternName, ComponentExternalKind, ComponentFuncType,
    ComponentInstance, ComponentType, ComponentTypeRef, ComponentValType,
};

use crate::Generation;
use crate::component::{Component, Def, Item, ItemKind, Sort};
use crate::wasi::InterfaceName;

/// What a host calls of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Program {
    /// A command.
    Run,
    /// A service: it handles HTTP requests.
    Handler,
}

impl Program {
    /// The interface in `generation`, without version.
    pub fn interface(self, generation: Generation) -> &'static str {
        match (self, generation) {
            (Program::Run, _) => "wasi:cli/run",
            (Program::Handler, Generation::Wasi02) => "wasi:http/incoming-handler",
            (Program::Handler, Generation::Wasi03) => "wasi:http/handler",
        }
    }

    /// The function of that interface.
    pub fn function(self) -> &'static str {
        match self {
            Program::Run => "run",
            Program::Handler => "handle",
        }
    }
}

/// What an export named `name` is to a host: a program of a generation, or `None` for anything else.
pub(crate) fn role(name: &str) -> Option<(Program, Generation)> {
    let name = InterfaceName::parse(name)?;
    let generation = name.generation()?;
    let interface = name.unversioned();
    let program =
        [Program::Run, Program::Handler].into_iter().find(|known| known.interface(generation) == interface)?;
    Some((program, generation))
}

/// The program of `generation` that an export named `name` is.
pub(crate) fn of_generation(name: &str, generation: Generation) -> Option<Program> {
    role(name).filter(|(_, known)| *known == generation).map(|(program, _)| program)
}

/// Whether the function of `program`, which `component` exports as `export`, is async; `None` if there is no such function.
pub(crate) fn is_async(component: &Component<'_>, export: &str, program: Program) -> Option<bool> {
    let types = component.validated();
    match types.component_item_for_export(export)?.ty {
        ComponentEntityType::Instance(id) => match types[id].exports.get(program.function())?.ty {
            ComponentEntityType::Func(id) => Some(types[id].async_),
            _ => None,
        },
        _ => None,
    }
}

/// A lifted core function.
pub(crate) struct Lift {
    pub core: u32,
    pub options: Vec<CanonicalOption>,
}

/// The lift behind function `name` of the instance that `export` exports, among `items`.
///
/// Follows instances made of exports, and the shim components that toolchains put around an exported
/// interface to give its types their names. `None` if the way leads into a component with code of its
/// own.
pub(crate) fn find_lift(items: &[Item<'_>], export: &ComponentExport<'_>, name: &str) -> Option<Lift> {
    let positions: HashMap<Def, &Item<'_>> = items.iter().filter_map(|item| Some((item.def?, item))).collect();
    let mut instance = Def::new(Sort::from(export.kind), export.index);
    let func = loop {
        match &positions.get(&instance)?.kind {
            ItemKind::Export(export) => instance = Def::new(Sort::from(export.kind), export.index),
            ItemKind::Instance(ComponentInstance::FromExports(exports)) => {
                let export = exports.iter().find(|export| export.name.name == name)?;
                break Def::new(Sort::from(export.kind), export.index);
            }
            ItemKind::Instance(ComponentInstance::Instantiate { component_index, args }) => {
                let ItemKind::Component(shim) = &positions.get(&Def::new(Sort::Component, *component_index))?.kind
                else {
                    return None;
                };
                let import = imported_behind(shim, name)?;
                let arg = args.iter().find(|arg| arg.name == import)?;
                break Def::new(Sort::from(arg.kind), arg.index);
            }
            _ => return None,
        }
    };
    match &positions.get(&func)?.kind {
        ItemKind::Canon(CanonicalFunction::Lift { core_func_index, options, .. }) => {
            Some(Lift { core: *core_func_index, options: options.to_vec() })
        }
        _ => None,
    }
}

/// The lifts behind those exports of `component` whose name is `chosen`.
pub(crate) fn lifts(component: &Component<'_>, chosen: &dyn Fn(&str) -> bool) -> HashSet<u32> {
    let positions = component.positions();
    let mut lifts = HashSet::new();
    let mut seen: HashSet<Def> = HashSet::new();
    let exports = component.exports().filter(|export| chosen(export.name.name));
    let mut open: Vec<Def> = exports.map(|export| Def::new(Sort::from(export.kind), export.index)).collect();
    while let Some(def) = open.pop() {
        let Some(at) = positions.get(&def).filter(|_| seen.insert(def)) else { continue };
        let item = &component.items[*at];
        match &item.kind {
            ItemKind::Canon(CanonicalFunction::Lift { .. }) => {
                lifts.insert(def.id);
            }
            ItemKind::Canon(_) => {}
            _ => open.extend(item.references()),
        }
    }
    lifts
}

/// Which of `instances` the requests come from that `component` handles by `export`: that whose resource `request` they are.
pub(crate) fn types_of_requests(
    component: &Component<'_>,
    export: &str,
    instances: impl IntoIterator<Item = u32>,
    request: &str,
) -> Option<u32> {
    let types = component.validated();
    let member = |id: types::ComponentInstanceTypeId, name: &str| types[id].exports.get(name).map(|item| item.ty);
    let Some(ComponentEntityType::Instance(export)) = types.component_item_for_export(export).map(|item| item.ty)
    else {
        return None;
    };
    let Some(ComponentEntityType::Func(handle)) = member(export, Program::Handler.function()) else { return None };
    let (_, types::ComponentValType::Type(param)) = types[handle].params.first()? else { return None };
    let types::ComponentDefinedType::Own(handled) = types[*param] else { return None };
    let mut instances: Vec<u32> = instances.into_iter().collect();
    instances.sort_unstable();
    instances.into_iter().find(|id| match member(types.component_instance_at(*id), request) {
        Some(ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. }) => {
            id.resource() == handled.resource()
        }
        _ => false,
    })
}

/// The import of plumbing component `shim` that it exports as `name`.
pub(crate) fn imported_behind<'a>(shim: &Component<'a>, name: &str) -> Option<&'a str> {
    if !shim.is_plumbing() {
        return None;
    }
    let export = shim.exports().find(|export| export.name.name == name)?;
    let mut def = Def::new(Sort::from(export.kind), export.index);
    loop {
        match shim.get(def)? {
            ItemKind::Export(export) => def = Def::new(Sort::from(export.kind), export.index),
            ItemKind::Import(import) => return Some(import.name.name),
            _ => return None,
        }
    }
}

/// `async func(params) -> result`
pub(crate) fn async_type<'a>(params: &[(&'a str, u32)], result: u32) -> ComponentType<'a> {
    ComponentType::Func(ComponentFuncType {
        async_: true,
        params: params.iter().map(|(name, ty)| (*name, ComponentValType::Type(*ty))).collect(),
        result: Some(ComponentValType::Type(result)),
    })
}

/// An instance that exports `func` as `name`.
pub(crate) fn instance_of(name: &str, func: u32) -> ComponentInstance<'_> {
    let name = crate::component::extern_name(name);
    ComponentInstance::FromExports(Box::new([ComponentExport {
        name,
        kind: ComponentExternalKind::Func,
        index: func,
        ty: None,
    }]))
}

/// The export of `instance` under `name`; with the type `ty`, if it exports types itself: WIT needs names of their own for
/// those, and without `ty` they are the ones that were imported.
pub(crate) fn instance_export(name: ComponentExternName<'_>, instance: u32, ty: Option<u32>) -> ComponentExport<'_> {
    ComponentExport {
        name,
        kind: ComponentExternalKind::Instance,
        index: instance,
        ty: ty.map(ComponentTypeRef::Instance),
    }
}
