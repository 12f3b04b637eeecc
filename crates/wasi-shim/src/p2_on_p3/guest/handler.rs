//! A service: `wasi:http/incoming-handler` of 0.2 becomes `wasi:http/handler` of 0.3.
//!
//! The guest lifts `handle` itself, async with a callback. In `handle`, P makes the request and the
//! `response-outparam` of 0.2. When the guest calls `response-outparam.set`, the task returns: the
//! host has the response while the guest goes on writing its body. A guest expects an instance for
//! itself, so the task keeps other tasks out for as long as it runs.

use std::collections::{HashMap, HashSet};

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentDefinedType, ComponentExport, ComponentExternalKind,
    ComponentImport, ComponentInstance, ComponentType, ComponentTypeRef, ComponentValType, InstanceTypeDeclaration,
};

use super::Rewrite;
use super::relay::Relay;
use crate::adapter::service;
use crate::code::CoreModule;
use crate::component::instance_type::InstanceType;
use crate::component::options::memory;
use crate::component::{Component, CoreFuncId, FuncId, Id, InstanceId, ItemKind, MemoryId, TypeId, extern_name};
use crate::p2_on_p3::services;
use crate::p2_on_p3::trampoline::{Handle, Respond, SetThenDeliver, callback};
use crate::rewrite::lifts;
use crate::wasi::program::Program;
use crate::wasi::{HTTP_TYPES, InterfaceName};
use crate::{Error, Generation, wasi};

/// The function that answers a request.
pub(in crate::p2_on_p3) const SET: &str = "[static]response-outparam.set";

/// The resource through which a request is answered.
pub(in crate::p2_on_p3) const OUTPARAM: &str = "response-outparam";

/// The private interface of services.
pub(crate) const SERVE: &str = "wasi-shim:p2-on-p3/serve";

/// The functions of that interface for guests that answer.
const ANSWER: [&str; 2] = ["respond", "refuse"];

/// The imports of a guest that handles requests.
#[derive(Clone)]
pub(in crate::p2_on_p3) struct Handler {
    /// `own<request>` and `result<own<response>, error-code>` of 0.3.
    request: TypeId,
    result: TypeId,
    /// The types that the exported interface names.
    named: [(&'static str, TypeId); 3],
    /// The number of the error code `internal-error`.
    internal_error: i32,
    /// P's functions, lowered.
    accept: CoreFuncId,
    outparam: CoreFuncId,
    /// `respond` and `refuse`, if the guest answers.
    answer: Option<[CoreFuncId; 2]>,
    /// `start-end` and `finish-end`: P's work after the guest has returned.
    end: [CoreFuncId; 2],
    /// The options of `task.return`, taken over from the guest's lowered `response-outparam.set`.
    options: Option<Box<[CanonicalOption]>>,
    /// Present if the service hands requests on.
    pub(in crate::p2_on_p3) relay: Option<Relay>,
}

/// The number of case `name` in the first variant among `declarations` that has it.
fn number_of_case(declarations: &[InstanceTypeDeclaration<'_>], name: &str) -> i32 {
    let number = declarations.iter().find_map(|declaration| match declaration {
        InstanceTypeDeclaration::Type(ComponentType::Defined(ComponentDefinedType::Variant(cases))) => {
            cases.iter().position(|case| case.name == name)
        }
        _ => None,
    });
    number.unwrap_or_default() as i32
}

/// `response-outparam.set` as a component uses it.
pub(in crate::p2_on_p3) struct OutparamSets {
    /// The functions that it takes from its imports.
    pub functions: HashSet<FuncId>,
    /// The options of their lowerings.
    pub lowerings: Vec<Box<[CanonicalOption]>>,
}

impl OutparamSets {
    /// Of `component` with the imports `adapted`.
    pub fn of(component: &Component<'_>, adapted: &HashMap<InstanceId, (InterfaceName, &str)>) -> OutparamSets {
        let mut sets = OutparamSets { functions: HashSet::new(), lowerings: Vec::new() };
        for item in &component.items {
            match (&item.kind, item.def) {
                (ItemKind::Alias(ComponentAlias::InstanceExport { kind, instance_index, name }), Some(def))
                    if *kind == ComponentExternalKind::Func
                        && *name == SET
                        && adapted
                            .get(&InstanceId(*instance_index))
                            .is_some_and(|(name, _)| name.unversioned() == HTTP_TYPES) =>
                {
                    sets.functions.insert(FuncId::of(def));
                }
                (ItemKind::Canon(CanonicalFunction::Lower { func_index, options }), _)
                    if sets.functions.contains(&FuncId(*func_index)) =>
                {
                    sets.lowerings.push(options.clone());
                }
                _ => {}
            }
        }
        sets
    }
}

/// The options that `task.return` takes over from a lowered `response-outparam.set`: memory and
/// encoding.
pub(in crate::p2_on_p3) fn answer_options(
    component: &Component<'_>,
    options: &[CanonicalOption],
) -> Vec<CanonicalOption> {
    let kept = options.iter().filter_map(|option| match option {
        CanonicalOption::Memory(memory) => {
            Some(CanonicalOption::Memory(component.first_alias(MemoryId(*memory)).into()))
        }
        CanonicalOption::Realloc(_) => None,
        other => Some(*other),
    });
    kept.collect()
}

impl<'a> Rewrite<'a> {
    /// Whether the guest is a service.
    pub(in crate::p2_on_p3) fn is_service(&self) -> bool {
        self.edges.programs.values().any(|program| *program == Program::Handler)
    }

    /// Finds `response-outparam.set` of a service, which needs P's `set` only if it hands requests
    /// on.
    pub(in crate::p2_on_p3) fn take_sets(&mut self) {
        if !self.is_service() {
            return;
        }
        let OutparamSets { functions, lowerings } = OutparamSets::of(&self.component, &self.adapted);
        self.sets = functions;
        if !self.edges.relays {
            self.set_lowerings = lowerings;
            for (instance, _) in self.adapted.iter().filter(|(_, (name, _))| name.unversioned() == HTTP_TYPES) {
                self.used.entry(*instance).or_default().remove(SET);
            }
        }
    }

    /// Imports the types of 0.3 and P's interface of services, after `instance`, which has the
    /// guest's types of 0.2.
    pub(in crate::p2_on_p3) fn import_serve(&mut self, instance: InstanceId) -> Result<(), Error> {
        self.imported03.insert(HTTP_TYPES.into());
        const NAMED: [&str; 3] = ["request", "response", "error-code"];
        let types = wasi::declare(Generation::Wasi03, HTTP_TYPES, &NAMED, self.arena);
        let types = types.ok_or_else(|| Error::unsound("the catalogue lacks the types of services"))?;
        let internal_error = number_of_case(&types, "internal-error");
        let types = self.import(&format!("{HTTP_TYPES}@{}", self.wasi03), types);
        let [request, response, error_code] = NAMED.map(|name| self.alias_type(types, name));
        let [incoming, outparam] = ["incoming-request", OUTPARAM].map(|name| self.alias_type(instance, name));
        let options = self.set_options();
        let outgoing = options.as_ref().map(|_| self.alias_type(instance, "outgoing-response"));

        let mut names =
            vec![("request", request), ("response", response), ("incoming-request", incoming), (OUTPARAM, outparam)];
        names.extend(outgoing.map(|ty| ("outgoing-response", ty)));
        let answers = |name| outgoing.is_some() || !ANSWER.contains(&name);
        let functions = services::SERVE.iter().filter(|function| answers(function.name));
        let serve = self.import_private(SERVE, service::import_type(&names, functions));
        self.needs.serve = true;
        let mut lowered = |function| {
            let func = self.alias_func(serve, function);
            self.lower(func, &[])
        };
        let [accept, outparam, start, finish] = ["accept", "outparam", "start-end", "finish-end"].map(&mut lowered);
        let answer = outgoing.map(|_| ANSWER.map(lowered));
        let mut define = |ty| self.define_as::<TypeId>(ItemKind::Type(ComponentType::Defined(ty)));
        let own_request = define(ComponentDefinedType::Own(request.into()));
        let own_response = define(ComponentDefinedType::Own(response.into()));
        let result = define(ComponentDefinedType::Result {
            ok: Some(ComponentValType::Type(own_response.into())),
            err: Some(ComponentValType::Type(error_code.into())),
        });
        let relay = self.edges.relays.then(|| self.import_relay(response, result));
        self.handler = Some(Handler {
            request: own_request,
            result,
            relay,
            named: [("request", request), ("response", response), ("error-code", error_code)],
            internal_error,
            accept,
            outparam,
            answer,
            end: [start, finish],
            options,
        });
        Ok(())
    }

    /// Imports an instance of type `declarations`.
    pub(in crate::p2_on_p3) fn import(
        &mut self,
        name: &str,
        declarations: Vec<InstanceTypeDeclaration<'a>>,
    ) -> InstanceId {
        let ty = self.define_as::<TypeId>(ItemKind::Type(ComponentType::Instance(declarations.into())));
        let import = ComponentImport { name: self.arena.name(name), ty: ComponentTypeRef::Instance(ty.into()) };
        self.define_as::<InstanceId>(ItemKind::Import(import))
    }

    /// Imports one of P's private interfaces with type `declarations`.
    pub(in crate::p2_on_p3) fn import_private(
        &mut self,
        name: &'static str,
        declarations: Vec<InstanceTypeDeclaration<'a>>,
    ) -> InstanceId {
        let instance = self.import(name, declarations);
        self.private.insert(instance, name);
        instance
    }

    fn alias_type(&mut self, instance: InstanceId, name: &'static str) -> TypeId {
        let alias =
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Type, instance_index: instance.into(), name };
        self.define_as::<TypeId>(ItemKind::Alias(alias))
    }

    /// The options of `task.return`. All lowerings of `response-outparam.set` agree on them;
    /// otherwise `Edges::relays` is set.
    fn set_options(&self) -> Option<Box<[CanonicalOption]>> {
        self.set_lowerings.first().map(|options| answer_options(&self.component, options).into())
    }

    /// Replaces `def`, the lowered `response-outparam.set` (`set`), by a function that lets the
    /// task return.
    pub(in crate::p2_on_p3) fn lower_set(
        &mut self,
        def: CoreFuncId,
        set: FuncId,
        options: &[CanonicalOption],
    ) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        let handler = self.handler.as_ref().expect("the types are imported before functions");
        if let Some(relay) = &handler.relay {
            let deliver = relay.deliver;
            let inner = self.lower(set, options);
            let set = SetThenDeliver { def, signature, inner, deliver };
            self.pending.add(def, None, move |module| set.build(module));
            return Ok(());
        }
        let [respond, refuse] = handler.answer.expect("a guest that lowers the function answers");
        let result = handler.result;
        let options = handler.options.clone().unwrap_or_default();
        let task_return = self.task_return(result, options);
        let gate = self.gate();
        let set = Respond { def, signature, gate, respond, refuse, task_return };
        self.pending.add(def, None, move |module| set.build(module));
        Ok(())
    }

    pub(in crate::p2_on_p3) fn task_return(&mut self, result: TypeId, options: Box<[CanonicalOption]>) -> CoreFuncId {
        let result = Some(ComponentValType::Type(result.into()));
        self.define_as::<CoreFuncId>(ItemKind::Canon(CanonicalFunction::TaskReturn { result, options }))
    }

    /// The instance that is exported as `wasi:http/handler`, made of the guest's core function
    /// `inner`; and the type to export it with.
    pub(in crate::p2_on_p3) fn handler_instance(&mut self, inner: CoreFuncId) -> Result<(InstanceId, TypeId), Error> {
        let Some(handler) = self.handler.clone() else {
            return Err(Error::unsound("a service without the types of its requests"));
        };
        let options = match (&handler.relay, &handler.options) {
            (Some(relay), _) => Box::new([CanonicalOption::Memory(relay.memory.into())]),
            (None, Some(options)) => options.clone(),
            // The guest never answers, but the type of the result requires a memory all the same.
            (None, None) => {
                let memory = self.component.fresh();
                let mut module = CoreModule::default();
                module.provide_memory(memory, 1);
                let items = module.into_items(&mut self.component, self.arena);
                self.out.extend(items);
                Box::new([CanonicalOption::Memory(memory.into())])
            }
        };
        let is_utf8 = !options.iter().any(|o| matches!(o, CanonicalOption::UTF16 | CanonicalOption::CompactUTF16));
        let memory = memory(&options).filter(|_| is_utf8);
        let task_return = self.task_return(handler.result, options.clone());
        let reuses = self.reuse_instance;
        let mut canon = |canon| self.define_as::<CoreFuncId>(ItemKind::Canon(canon));
        let backpressure_inc = canon(CanonicalFunction::BackpressureInc);
        let backpressure_dec = reuses.then(|| canon(CanonicalFunction::BackpressureDec));
        let gate = self.gate();
        let end = self.drain(gate, "wasi-shim: end", handler.end);
        let [def, callback_def] = [(); 2].map(|()| self.component.fresh());
        let handle = Handle {
            def,
            inner,
            gate,
            accept: handler.accept,
            outparam: handler.outparam,
            end,
            task_return,
            deliver: handler.relay.as_ref().map(|relay| relay.deliver),
            unanswered: handler.internal_error,
            memory,
            backpressure_inc,
            backpressure_dec,
        };
        self.pending.add(def, memory, move |module| handle.build(module));
        self.pending.add(callback_def, None, move |module| callback(module, callback_def));
        self.flush();
        let ty = lifts::async_type(&[("request", handler.request)], handler.result);
        let type_index = self.define_as::<TypeId>(ItemKind::Type(ty)).into();
        let options =
            options.iter().copied().chain([CanonicalOption::Async, CanonicalOption::Callback(callback_def.into())]);
        let options = options.collect();
        let lift = CanonicalFunction::Lift { core_func_index: def.into(), type_index, options };
        let func = self.define_as::<FuncId>(ItemKind::Canon(lift));
        let export = |name, kind, index| ComponentExport { name: extern_name(name), kind, index, ty: None };
        let types = handler.named.map(|(name, ty)| export(name, ComponentExternalKind::Type, ty.into()));
        let function = export(Program::Handler.function(), ComponentExternalKind::Func, func.into());
        let instance = ComponentInstance::FromExports(types.into_iter().chain([function]).collect());
        let instance = self.define_as::<InstanceId>(ItemKind::Instance(instance));
        let mut ty = InstanceType::of(&handler.named);
        let [request, response] = [0, 1].map(|at| ty.own(at));
        let result = ty.define(ComponentDefinedType::Result { ok: Some(response), err: Some(ty.given(2)) });
        ty.async_function(Program::Handler.function(), &[("request", request)], Some(result));
        Ok((instance, self.define_as::<TypeId>(ItemKind::Type(ComponentType::Instance(ty.into_declarations().into())))))
    }
}
