//! Exports that hosts call (commands and services): which they are, and the function behind them.

use wasmparser::component_types::{
    self as types, ComponentAnyTypeId, ComponentDefinedType, ComponentEntityType, ComponentValType,
};

use crate::Generation;
use crate::component::{Component, InstanceId};
use crate::wasi::InterfaceName;

/// A kind of export that hosts call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Program {
    /// A command.
    Run,
    /// A service: it handles HTTP requests.
    Handler,
}

impl Program {
    /// All of them.
    pub const ALL: [Program; 2] = [Program::Run, Program::Handler];

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

/// The program that an export named `name` is to a host, and its generation; `None` for any other
/// export.
pub(crate) fn role(name: &str) -> Option<(Program, Generation)> {
    let name = InterfaceName::parse(name)?;
    let generation = name.generation()?;
    let interface = name.unversioned();
    let program = Program::ALL.into_iter().find(|known| known.interface(generation) == interface)?;
    Some((program, generation))
}

/// The program of `generation` that an export named `name` is.
pub(crate) fn of_generation(name: &str, generation: Generation) -> Option<Program> {
    role(name).filter(|(_, known)| *known == generation).map(|(program, _)| program)
}

/// Whether hosts of `generation` can call the function of `program` that `component` exports as
/// `export`: it is there, and has the type of WASI.
pub(crate) fn is_callable(component: &Component<'_>, export: &str, program: Program, generation: Generation) -> bool {
    let types = component.validated();
    let export = types.component_item_for_export(export).map(|item| item.ty);
    let Some(ComponentEntityType::Instance(id)) = export else { return false };
    let function = types[id].exports.get(program.function()).map(|item| item.ty);
    let Some(ComponentEntityType::Func(id)) = function else { return false };
    let function = &types[id];
    let defined = |ty: ComponentValType| match ty {
        ComponentValType::Type(id) => Some(&types[id]),
        ComponentValType::Primitive(_) => None,
    };
    let is_resource = |ty: ComponentValType| matches!(defined(ty), Some(ComponentDefinedType::Own(_)));
    let has_only_resources = function.params.iter().all(|(_, ty)| is_resource(*ty));
    let result = function.result.map(defined);
    let has_types = match (program, generation) {
        (Program::Run, _) => {
            function.params.is_empty()
                && matches!(result, Some(Some(ComponentDefinedType::Result { ok: None, err: None, .. })))
        }
        (Program::Handler, Generation::Wasi02) => function.params.len() == 2 && has_only_resources && result.is_none(),
        (Program::Handler, Generation::Wasi03) => {
            function.params.len() == 1
                && has_only_resources
                && matches!(result, Some(Some(ComponentDefinedType::Result { ok: Some(ok), err: Some(_), .. }))
                    if is_resource(*ok))
        }
    };
    has_types && function.async_ == (generation == Generation::Wasi03)
}

/// The one of `instances` that defines the requests which `component` handles by `export`, as its
/// resource `request`.
pub(crate) fn types_of_requests(
    component: &Component<'_>,
    export: &str,
    instances: impl IntoIterator<Item = InstanceId>,
    request: &str,
) -> Option<InstanceId> {
    let types = component.validated();
    let member = |id: types::ComponentInstanceTypeId, name: &str| types[id].exports.get(name).map(|item| item.ty);
    let Some(ComponentEntityType::Instance(export)) = types.component_item_for_export(export).map(|item| item.ty)
    else {
        return None;
    };
    let Some(ComponentEntityType::Func(handle)) = member(export, Program::Handler.function()) else { return None };
    let (_, types::ComponentValType::Type(param)) = types[handle].params.first()? else { return None };
    let types::ComponentDefinedType::Own(handled) = types[*param] else { return None };
    let mut instances: Vec<InstanceId> = instances.into_iter().collect();
    instances.sort_unstable();
    instances.into_iter().find(|id| match member(types.component_instance_at((*id).into()), request) {
        Some(ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. }) => {
            id.resource() == handled.resource()
        }
        _ => false,
    })
}
