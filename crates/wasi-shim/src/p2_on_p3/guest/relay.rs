//! A service that hands requests on to components behind it, as a component before a service does
//! in 0.2.
//!
//! In 0.2 the holder of the `response-outparam` answers. In 0.3 the component that the host calls
//! has to answer: its task returns the response. So the other components tell P. The component that
//! the host calls waits for the answer beside its call of the function that takes the
//! `response-outparam`; the answer may come long before the function returns, because that function
//! also writes the body.

use std::collections::{HashMap, HashSet};

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ResourceId};
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentDefinedType, ComponentImport, ComponentType,
};

use super::handler::{OUTPARAM, OutparamSets, answer_options};
use super::{Rewrite, adapted_imports};
use crate::Generation;
use crate::adapter::service;
use crate::canonical_abi::layout::{Handle, Layout};
use crate::code::Signature;
use crate::component::types::ById;
use crate::component::{CoreFuncId, Def, FuncId, Id, InstanceId, ItemKind, MemoryId, Sort, TypeId};
use crate::graph::composition::{Origin, Part, Source};
use crate::p2_on_p3::services;
use crate::p2_on_p3::trampoline::{Answers, ConcurrentWait, Deliver, RelayCall, relay_memory};
use crate::wasi::program;
use crate::wasi::program::Program;

/// The private interface of services that hand requests on.
pub(crate) const RELAY: &str = "wasi-shim:p2-on-p3/relay";

/// The most flat parameters that async-lowered functions take (`MAX_FLAT_ASYNC_PARAMS` of the
/// Canonical ABI); more would need memory.
const MAX_FLAT_ASYNC_PARAMS: usize = 4;

/// The imports of a service that hands requests on.
#[derive(Clone, Copy)]
pub(in crate::p2_on_p3) struct Relay {
    /// The memory that the results of its tasks lie in.
    pub memory: MemoryId,
    /// The core function `() -> ()`: if there is an answer, the task returns it.
    pub deliver: CoreFuncId,
    beside: ConcurrentWait,
}

/// The part among those of a composition with `exports` that the host calls as a service of 0.2.
pub(in crate::p2_on_p3) fn service(exports: &[(&str, Source<'_>)]) -> Option<usize> {
    exports.iter().find_map(|(name, source)| match source.origin {
        Origin::Part(part) => program::of_generation(name, Generation::Wasi02)
            .filter(|program| *program == Program::Handler)
            .map(|_| part),
        Origin::Root => None,
    })
}

/// The parts that answer requests which `service` hands on.
pub(in crate::p2_on_p3) fn answering(parts: &[Part<'_>], service: usize) -> impl Iterator<Item = usize> {
    let answers = |part: &Part<'_>| !OutparamSets::of(&part.component, &adapted_imports(part)).functions.is_empty();
    parts.iter().enumerate().filter(move |(at, part)| *at != service && answers(part)).map(|(at, _)| at)
}

/// Whether `part` answers requests from several memories or encodings. A task of 0.3 returns from
/// one, so P collects the answers, as if another part had given them.
pub(in crate::p2_on_p3) fn answers_from_several(part: &Part<'_>) -> bool {
    let sets = OutparamSets::of(&part.component, &adapted_imports(part));
    let answers = sets.lowerings.iter().map(|options| {
        let mut options = answer_options(&part.component, options);
        options.retain(|option| *option != CanonicalOption::UTF8);
        options.sort_by_key(|option| matches!(option, CanonicalOption::Memory(_)));
        options
    });
    let answers: Vec<_> = answers.collect();
    answers.iter().any(|options| *options != answers[0])
}

/// How a function hands a `response-outparam` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::p2_on_p3) enum HandsOn {
    /// The caller watches for the answer beside the call.
    Watched,
    /// The function has a result, is async already, or has more parameters than watching allows.
    Unwatched,
}

/// The functions of other parts that `part` uses and through which it hands a `response-outparam`
/// on.
pub(in crate::p2_on_p3) fn handing_on(part: &Part<'_>) -> HashMap<FuncId, HandsOn> {
    let component = &part.component;
    let types = component.validated();
    let outparams: HashSet<ResourceId> = adapted_imports(part)
        .into_keys()
        .filter_map(|instance| match types.instance(instance).exports.get(OUTPARAM)?.ty {
            ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. } => Some(id.resource()),
            _ => None,
        })
        .collect();
    let of_parts = |(def, import): &(Def, &ComponentImport<'_>)| {
        let source = part.args.get(import.name.name);
        source.is_some_and(|source| source.origin != Origin::Root).then_some(*def)
    };
    let of_parts: HashSet<Def> = component.imports().filter_map(|import| of_parts(&import)).collect();
    let functions = component.items.iter().filter_map(|item| match (&item.kind, item.def?) {
        (ItemKind::Import(_), def) if def.sort == Sort::Func && of_parts.contains(&def) => Some(FuncId::of(def)),
        (ItemKind::Alias(ComponentAlias::InstanceExport { instance_index, .. }), def)
            if def.sort == Sort::Func && of_parts.contains(&Def::from(InstanceId(*instance_index))) =>
        {
            Some(FuncId::of(def))
        }
        _ => None,
    });
    let handing_on = functions.filter_map(|func| {
        let ty = types.func(func);
        let layouts: Vec<Layout> = ty.params.iter().map(|(_, ty)| Layout::of(types, *ty)).collect();
        if !layouts
            .iter()
            .any(|layout| layout.has_handle(&|handle| matches!(handle, Handle::Own(id) if outparams.contains(&id))))
        {
            return None;
        }
        let flats: usize = layouts.iter().map(|layout| layout.flat.len()).sum();
        let is_watched = flats <= MAX_FLAT_ASYNC_PARAMS && ty.result.is_none() && !ty.async_;
        Some((func, if is_watched { HandsOn::Watched } else { HandsOn::Unwatched }))
    });
    handing_on.collect()
}

/// A call of another part's function that takes the `response-outparam`.
pub(in crate::p2_on_p3) struct Relayed {
    /// For backtraces.
    pub name: String,
    pub signature: Signature,
    /// The function, lowered.
    pub function: CoreFuncId,
    pub companion: FuncId,
}

impl<'a> Rewrite<'a> {
    /// Imports P's interface of services that hand requests on. `response` and `result` are types
    /// of 0.3: the resource, and the result of tasks.
    pub(in crate::p2_on_p3) fn import_relay(&mut self, response: TypeId, result: TypeId) -> Relay {
        let ty = service::import_type(&[("response", response)], services::RELAY.iter());
        let instance = self.import_private(RELAY, ty);
        self.needs.relay = true;

        let memory = self.component.fresh();
        let realloc = self.component.fresh();
        let items = relay_memory(memory, realloc).into_items(&mut self.component, self.arena);
        self.out.extend(items);
        let into_memory = [CanonicalOption::Memory(memory.into()), CanonicalOption::Realloc(realloc.into())];
        let mut lower = |function, options: &[CanonicalOption]| {
            let func = self.alias_func(instance, function);
            self.lower(func, options)
        };
        let [watch, unwatch, take, response, error_flat] =
            ["watch", "unwatch", "take-answer", "take-response", "error-flat"].map(|function| lower(function, &[]));
        let error_text = lower("error-text", &into_memory);
        let task_return = self.task_return(result, Box::new([CanonicalOption::Memory(memory.into())]));
        let deliver = self.component.fresh();
        let answers = Answers { take, response, error_text, error_flat };
        let gate = self.gate();
        let module = Deliver { def: deliver, gate, answers, task_return, memory }.module();
        let items = module.into_items(&mut self.component, self.arena);
        self.out.extend(items);

        let stream = ItemKind::Type(ComponentType::Defined(ComponentDefinedType::Stream(None)));
        let ty = self.define_as::<TypeId>(stream).into();
        let mut canon = |canon| self.define_as::<CoreFuncId>(ItemKind::Canon(canon));
        let beside = ConcurrentWait {
            watch,
            unwatch,
            stream_read: canon(CanonicalFunction::StreamRead { ty, options: Box::new([CanonicalOption::Async]) }),
            stream_drop_readable: canon(CanonicalFunction::StreamDropReadable { ty }),
            set_new: canon(CanonicalFunction::WaitableSetNew),
            set_wait: canon(CanonicalFunction::WaitableSetWait { cancellable: false, memory: memory.into() }),
            set_drop: canon(CanonicalFunction::WaitableSetDrop),
            join: canon(CanonicalFunction::WaitableJoin),
            subtask_drop: canon(CanonicalFunction::SubtaskDrop),
        };
        Relay { memory, deliver, beside }
    }

    /// Whether function `func` of another part takes the `response-outparam` of a service that
    /// hands requests on.
    pub(in crate::p2_on_p3) fn hands_on(&self, func: FuncId) -> bool {
        self.handing_on.get(&func) == Some(&HandsOn::Watched)
    }

    /// The lowered function `def` of another part becomes a trampoline that watches for an answer
    /// beside the call.
    pub(in crate::p2_on_p3) fn lower_relayed(&mut self, def: CoreFuncId, call: Relayed, options: &[CanonicalOption]) {
        let relay = self.handler.as_ref().and_then(|handler| handler.relay.as_ref());
        let Relay { memory, deliver, beside } = *relay.expect("the types are imported before functions that use them");
        let options: Vec<_> = options.iter().copied().chain([CanonicalOption::Async]).collect();
        let Relayed { name, signature, function, companion } = call;
        let companion = self.lower(companion, &options);
        let call = RelayCall { def, name, signature, function, companion, gate: self.gate(), beside, deliver };
        self.pending.add(def, Some(memory), move |module| call.build(module));
    }
}
