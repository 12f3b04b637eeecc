//! A service: `wasi:http/handler` of 0.3 becomes `wasi:http/incoming-handler` of 0.2.
//!
//! R makes a request of 0.3 from the host's `incoming-request`. When the guest calls `task.return`,
//! R answers the host, while the driver runs the task to its end.

use wasmparser::component_types::{ComponentAnyTypeId, ComponentDefinedType, ComponentValType, ResourceId};
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentDefinedType as Defined, ComponentExport,
    ComponentExternalKind, ComponentFuncType, ComponentImport, ComponentInstance, ComponentType, ComponentTypeRef,
    ComponentValType as Val, InstanceTypeDeclaration,
};

use super::Rewrite;
use crate::adapter::service;
use crate::canonical_abi::layout::Layout;
use crate::component::instance_type::InstanceType;
use crate::component::options::{callback, memory, post_return};
use crate::component::types::ById;
use crate::component::{Component, CoreFuncId, FuncId, InstanceId, ItemKind, TypeId, extern_name};
use crate::p3_on_p2::Control;
use crate::p3_on_p2::services;
use crate::p3_on_p2::trampoline::{Callback, Driver, Responds, ReturnValue, Returns};
use crate::wasi::HTTP_TYPES;
use crate::wasi::program::Program;
use crate::{Error, Generation, wasi};

/// The private interface of services.
pub(crate) const SERVE: &str = "wasi-shim:p3-on-p2/serve";

/// The imports of a guest that handles requests, and the form in which the handler is lifted.
pub(super) struct Handler {
    /// The types that the exported interface names, of 0.2.
    named: [(&'static str, TypeId); 2],
    /// R's functions; `accept` is lowered.
    accept: CoreFuncId,
    respond: FuncId,
    /// The lifted function of 0.2.
    lifted: Option<FuncId>,
}

impl<'a> Rewrite<'a> {
    /// Whether the guest is a service.
    pub(super) fn handles(&self) -> bool {
        self.edges.programs.values().any(|program| *program == Program::Handler)
    }

    /// Imports the types of 0.2 and R's interface of services, after `instance`, which has the
    /// guest's types of 0.3.
    pub(super) fn import_serve(&mut self, instance: InstanceId) -> Result<(), Error> {
        const NAMED: [&str; 2] = ["incoming-request", "response-outparam"];
        let types = wasi::declare(Generation::Wasi02, HTTP_TYPES, &NAMED, self.arena);
        let types = types.ok_or_else(|| Error::unsound("the catalogue lacks the types of services"))?;
        let types = self.import(&format!("{HTTP_TYPES}@{}", self.wasi02), types);
        let [incoming, outparam] = NAMED.map(|name| self.alias_type(types, name));
        let [request, response, error_code] =
            ["request", "response", "error-code"].map(|name| self.alias_type(instance, name));

        let types = [
            ("request", request),
            ("response", response),
            ("error-code", error_code),
            (NAMED[0], incoming),
            (NAMED[1], outparam),
        ];
        let serve = self.import(SERVE, service::import_type(&types, services::SERVE.iter()));
        self.private.insert(serve, SERVE);
        self.needs.serve = true;
        let accept = self.alias_func(serve, "accept");
        let accept = self.lower(accept, &[]);
        let respond = self.alias_func(serve, "respond");
        let named = [(NAMED[0], incoming), (NAMED[1], outparam)];
        self.handler = Some(Handler { named, accept, respond, lifted: None });
        Ok(())
    }

    /// Imports an instance of type `declarations`.
    fn import(&mut self, name: &str, declarations: Vec<InstanceTypeDeclaration<'a>>) -> InstanceId {
        let ty = self.define_as::<TypeId>(ItemKind::Type(ComponentType::Instance(declarations.into())));
        let import = ComponentImport { name: self.arena.name(name), ty: ComponentTypeRef::Instance(ty.into()) };
        self.define_as::<InstanceId>(ItemKind::Import(import))
    }

    fn alias_type(&mut self, instance: InstanceId, name: &'static str) -> TypeId {
        let alias =
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Type, instance_index: instance.into(), name };
        self.define_as::<TypeId>(ItemKind::Alias(alias))
    }

    /// Whether a task that returns `result` is a task of the service's handler.
    pub(super) fn is_response(&self, result: Option<Val>) -> bool {
        let Some(Val::Type(id)) = result else { return false };
        match self.component.validated().ty(TypeId(id)) {
            ComponentAnyTypeId::Defined(id) => {
                let response = response(&self.component, ComponentValType::Type(id));
                response.is_some() && self.handlers.values().any(|known| *known == response)
            }
            _ => false,
        }
    }

    /// A `task.return` of the handler: R answers the host.
    pub(super) fn respond(&mut self, options: &[CanonicalOption]) -> Result<CoreFuncId, Error> {
        let handler = self.handler.as_ref().ok_or_else(no_types)?;
        let respond = handler.respond;
        Ok(self.lower(respond, options))
    }

    /// The lift of the handler becomes one of 0.2.
    pub(super) fn lift_handler(
        &mut self,
        def: FuncId,
        core: CoreFuncId,
        options: &[CanonicalOption],
    ) -> Result<(), Error> {
        let handler = self.handler.as_ref().ok_or_else(no_types)?;
        let (accept, named, respond) = (handler.accept, handler.named, handler.respond);
        let returns = match callback(options) {
            Some(function) => {
                let [wait, yield_] = self.drive();
                let kind = self.kind_of_lift(def, options);
                Returns::Task(Callback { function, ends_early: false, wait, yield_, kind }, ReturnValue::Flat(None))
            }
            None => {
                let types = self.component.validated();
                let result = types.func(def).result;
                let layout = result.map(|ty| Layout::of(types, ty)).ok_or_else(no_types)?;
                let memory = memory(options).ok_or_else(no_types)?;
                let post_return = post_return(options);
                let lowered = options
                    .iter()
                    .copied()
                    .filter(|option| !matches!(option, CanonicalOption::PostReturn(_) | CanonicalOption::Realloc(_)));
                let lowered: Vec<_> = lowered.collect();
                Returns::Responds(Responds { layout, memory, respond: self.lower(respond, &lowered), post_return })
            }
        };
        let new = self.component.fresh();
        let drain = Some(self.control(Control::Drain));
        let params = vec![wasm_encoder::ValType::I32];
        let settle = self.tasks.steps.as_ref().map(|steps| steps.functions.settle);
        let accept = Some(accept);
        let driver = Driver {
            def: new,
            core,
            params,
            returns,
            task: self.task,
            settle,
            drain,
            leaves: false,
            pass: None,
            fill: None,
            accept,
        };
        self.pending.add(new, driver.memory(), move |module| driver.build(module));
        let items = self.pending.flush(&mut self.component, self.arena);
        self.out.extend(items);
        let own = named
            .map(|(_, ty)| self.define_as::<TypeId>(ItemKind::Type(ComponentType::Defined(Defined::Own(ty.into())))));
        let params = [("request", Val::Type(own[0].into())), ("response-out", Val::Type(own[1].into()))];
        let ty = ComponentFuncType { async_: false, params: params.into(), result: None };
        let type_index = self.define_as::<TypeId>(ItemKind::Type(ComponentType::Func(ty))).into();
        let lift = CanonicalFunction::Lift { core_func_index: new.into(), type_index, options: Box::new([]) };
        let lifted = self.define_as::<FuncId>(ItemKind::Canon(lift));
        self.handler.iter_mut().for_each(|handler| handler.lifted = Some(lifted));
        Ok(())
    }

    /// The instance that is exported as `wasi:http/incoming-handler`, and the type to export it
    /// with.
    pub(super) fn handler_instance(&mut self) -> Result<(InstanceId, TypeId), Error> {
        let handler = self.handler.as_ref().ok_or_else(no_types)?;
        let lifted = handler.lifted.ok_or_else(|| Error::unsound("the function behind the handler is not found"))?;
        let export = |name, kind, index| ComponentExport { name: extern_name(name), kind, index, ty: None };
        let types = handler.named.map(|(name, ty)| export(name, ComponentExternalKind::Type, ty.into()));
        let function = export(Program::Handler.function(), ComponentExternalKind::Func, lifted.into());
        let named = handler.named;
        let instance = ComponentInstance::FromExports(types.into_iter().chain([function]).collect());
        let instance = self.define_as::<InstanceId>(ItemKind::Instance(instance));
        let mut ty = InstanceType::of(&named);
        let params = [("request", ty.own(0)), ("response-out", ty.own(1))];
        ty.function(Program::Handler.function(), &params, None);
        Ok((instance, self.define_as::<TypeId>(ItemKind::Type(ComponentType::Instance(ty.into_declarations().into())))))
    }
}

fn no_types() -> Error {
    Error::unsound("a service without the types of its requests")
}

/// The resource of the response that a value of type `result` holds.
fn response(component: &Component<'_>, result: ComponentValType) -> Option<ResourceId> {
    let types = component.validated();
    let ComponentValType::Type(id) = result else { return None };
    match types[id] {
        ComponentDefinedType::Result { ok: Some(ComponentValType::Type(ok)), .. } => match types[ok] {
            ComponentDefinedType::Own(id) => Some(id.resource()),
            _ => None,
        },
        _ => None,
    }
}

/// The resource of the response that lift `def` returns.
pub(super) fn response_of(component: &Component<'_>, def: FuncId) -> Option<ResourceId> {
    let types = component.validated();
    response(component, types.func(def).result?)
}
