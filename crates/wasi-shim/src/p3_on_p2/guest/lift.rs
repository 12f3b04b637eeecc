//! Exports: the lifts of async functions, and the results that their tasks return.

use wasmparser::component_types::{ComponentAnyTypeId, ComponentValType};
use wasmparser::{CanonicalFunction, CanonicalOption};

use super::Rewrite;
use crate::Error;
use crate::canonical_abi::Encoding;
use crate::canonical_abi::layout::{Handle, Layout};
use crate::code::Signature;
use crate::component::options::{callback, memory, options_mut, realloc};
use crate::component::types::ById;
use crate::component::{CoreFuncId, FuncId, Id, Item, ItemKind, TypeId};
use crate::p3_on_p2::Control;
use crate::p3_on_p2::numbers::PartNumber;
use crate::p3_on_p2::trampoline::{
    Callback, Driver, Ends, Pass, PassingLift, ResultArea, ReturnKind, ReturnValue, Returned, Returns, TaskReturn,
    post_return, realloc_apart,
};

/// Flat parameters of any function; more go through memory.
const MAX_FLAT_PARAMS: usize = 16;

/// The direction in which a call passes values, as the callee or the caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Destination {
    /// Parameters of a function that returns before its caller goes on: ends pass.
    ToFunction,
    /// Parameters of a task: ends pass, and the task gets handles of its own for those that it
    /// borrows.
    ToTask,
    /// A result: ends pass, and borrowed handles must not be given away.
    ToCaller,
    /// Parameters of a function of another part: borrowed handles must not be given away. The
    /// callee passes ends.
    ToCallee,
    /// Parameters of a call that waits: R learns which handles it borrows.
    Lent,
}

impl Rewrite<'_> {
    pub(super) fn task_return(
        &mut self,
        def: CoreFuncId,
        result: Option<wasmparser::ComponentValType>,
        options: &[CanonicalOption],
    ) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        let kind = self.kind_of_return(result.map(|ty| self.value_type(ty)), options);
        if self.is_response(result) {
            let result = Returned::Response(self.respond(options)?);
            let returns = TaskReturn { def, signature, task: self.task, kind, result, ends: None };
            self.pending.add(def, None, move |module| returns.build(module));
            return Ok(());
        }
        let layout = result.map(|ty| self.layout(ty));
        let ends = layout.clone().filter(|_| self.part != PartNumber::NONE).and_then(|layout| {
            let ends = self.ends(&layout, Destination::ToCaller)?;
            Some((layout, ends, self.part))
        });
        let is_in_memory = layout.as_ref().is_some_and(|layout| layout.flat.len() != signature.params.len());
        let (result, memory) = match layout {
            Some(layout) if is_in_memory || layout.has_pointers() => {
                (Returned::Copied(layout, Encoding::of(options), self.results(options)?), memory(options))
            }
            Some(layout) if layout.flat.len() > 1 => (Returned::Values, None),
            _ => (Returned::Flat, None),
        };
        let returns = TaskReturn { def, signature, task: self.task, kind, result, ends };
        self.pending.add(def, memory, move |module| returns.build(module));
        Ok(())
    }

    /// Whether lift `def` needs something before or after its core function, though it is not
    /// async.
    pub(super) fn is_wrapped(&self, def: FuncId) -> bool {
        self.task.sets_context || self.drains(def) || self.is_entered(def)
    }

    /// Whether a call of lift `def` by another part needs work on entry: ends or handles that may
    /// be lent pass, or values that other parts wrote go to this part's reads.
    fn is_entered(&self, def: FuncId) -> bool {
        self.passes_ends(def) || self.gives_away(def) || self.edges.is_called && self.fill().is_some()
    }

    /// Whether function `func` takes or returns owning handles of resources that may be lent.
    pub(super) fn gives_away(&self, func: FuncId) -> bool {
        let types = self.component.validated();
        let ty = types.func(func);
        let is_one = |handle| matches!(handle, Handle::Own(id) if self.lends(id));
        let mut values = ty.params.iter().map(|(_, ty)| *ty).chain(ty.result);
        values.any(|ty| Layout::of(types, ty).has_handle(&is_one))
    }

    fn drains(&self, def: FuncId) -> bool {
        self.drains && self.exposed.contains(&def)
    }

    /// Lifts an export. Its core function is wrapped in what begins and ends a task of the async
    /// component model.
    pub(super) fn lift(
        &mut self,
        def: FuncId,
        core: CoreFuncId,
        ty: TypeId,
        options: &[CanonicalOption],
    ) -> Result<(), Error> {
        let callback = callback(options);
        let original = options;
        let mut options: Vec<_> = options
            .iter()
            .copied()
            .filter(|option| !matches!(option, CanonicalOption::Async | CanonicalOption::Callback(_)))
            .collect();
        let signature = self.core_signature(core)?;
        let is_driven = callback.is_some() || self.task.sets_context || self.drains(def);
        // A driver calls `fill` itself.
        let passes = self.passes_ends(def) || self.gives_away(def);
        let passing = match callback.is_none() && (passes || !is_driven && self.is_entered(def)) {
            true => self.passing_lift(def, core, signature.clone(), original, is_driven),
            false => core,
        };
        let core_func = match is_driven {
            true => self.driver(def, passing, signature, callback, original, &mut options)?,
            false => passing,
        };
        let lift = CanonicalFunction::Lift {
            core_func_index: core_func.into(),
            type_index: ty.into(),
            options: options.clone().into(),
        };
        self.emit(Item { def: Some(def.into()), kind: ItemKind::Canon(lift) });
        match callback.filter(|_| self.tasks.starts.has_lift(def)) {
            Some(callback) => self.lift_task(def, core, callback, ty, original, options),
            None => Ok(()),
        }
    }

    fn driver(
        &mut self,
        def: FuncId,
        core: CoreFuncId,
        signature: Signature,
        callback: Option<CoreFuncId>,
        original: &[CanonicalOption],
        options: &mut Vec<CanonicalOption>,
    ) -> Result<CoreFuncId, Error> {
        let returns = match callback {
            None => Returns::Core(signature.results),
            Some(function) => {
                let [wait, yield_] = self.drive();
                let ends_early = self.commands.contains(&def);
                let kind = self.kind_of_lift(def, original);
                let callback = Callback { function, ends_early, wait, yield_, kind };
                Returns::Task(callback, self.given(def, options)?)
            }
        };
        let new = self.component.fresh();
        let drain = self.drains(def).then(|| self.control(Control::Drain));
        let passes = callback.is_some() && self.passes_ends(def);
        let pass = passes.then(|| {
            (self.control(Control::Caller), self.part, self.pass_params(def, original, Destination::ToFunction))
        });
        let (params, task, fill) = (signature.params, self.task, self.fill());
        let mut leaves = false;
        for option in options.iter_mut() {
            if let (CanonicalOption::PostReturn(function), true) = (option, self.task.sets_context) {
                *function = self.post_return(CoreFuncId(*function))?.into();
                leaves = true;
            }
        }
        let driver =
            Driver { def: new, core, params, returns, task, settle: None, drain, leaves, pass, fill, accept: None };
        self.pending.add(new, driver.memory(), move |module| driver.build(module));
        Ok(new)
    }

    /// A `post-return` that has the contexts of its call.
    fn post_return(&mut self, inner: CoreFuncId) -> Result<CoreFuncId, Error> {
        let (def, signature) = (self.component.fresh(), self.core_signature(inner)?);
        self.pending.add(def, None, post_return(def, inner, signature, self.task));
        Ok(def)
    }

    /// The same definition with reallocs that have contexts of their own.
    pub(super) fn with_contexts_apart(&mut self, mut canon: CanonicalFunction) -> CanonicalFunction {
        if !self.task.sets_context {
            return canon;
        }
        for option in options_mut(&mut canon) {
            let CanonicalOption::Realloc(realloc) = option else { continue };
            let inner = self.first_alias(CoreFuncId(*realloc));
            let apart = self.reallocs.get(&inner).copied().unwrap_or_else(|| {
                let def = self.component.fresh();
                self.add_now(&[def], None, realloc_apart(def, inner, self.task));
                self.reallocs.insert(inner, def);
                def
            });
            *realloc = apart.into();
        }
        canon
    }

    /// The kind of `task.return` that the task of lift `def` may call: that of the same type and
    /// options.
    pub(super) fn kind_of_lift(&mut self, def: FuncId, options: &[CanonicalOption]) -> ReturnKind {
        let types = self.component.validated();
        let result = types.func(def).result;
        self.kind_of_return(result, options)
    }

    fn kind_of_return(&mut self, result: Option<ComponentValType>, options: &[CanonicalOption]) -> ReturnKind {
        let types = self.component.validated();
        let layout = result.map(|ty| Layout::of(types, ty));
        let needs_memory = layout.is_some_and(|layout| layout.has_pointers() || layout.flat.len() > MAX_FLAT_PARAMS);
        let result = result.map(|ty| self.numbers.spell(self.index, types, ty));
        // Where no memory is needed a `task.return` may leave it out.
        let memory = memory(options).filter(|_| needs_memory);
        let memory = memory.map(|memory| self.first_alias(memory));
        let kind = (result, memory, Encoding::of(options));
        let known = self.returns.iter().position(|known| *known == kind);
        let known = known.unwrap_or_else(|| {
            self.returns.push(kind);
            self.returns.len() - 1
        });
        ReturnKind::of(known)
    }

    /// The functions that treat the handles in values of `layout` on their `way`; `None` if no
    /// handle needs any.
    fn ends(&mut self, layout: &Layout, destination: Destination) -> Option<Ends> {
        let (mut types, mut borrows, mut owned) = (Vec::new(), Vec::new(), Vec::new());
        layout.handles(&mut |handle| match handle {
            Handle::End(id)
                if !matches!(destination, Destination::ToCallee | Destination::Lent)
                    && !types.iter().any(|(known, _)| *known == id) =>
            {
                types.push((id, self.numbers.of(self.index, self.component.validated(), id)));
            }
            Handle::Own(id)
                if matches!(destination, Destination::ToCallee | Destination::ToCaller)
                    && !owned.iter().any(|(known, _)| *known == id) =>
            {
                owned.extend(self.lender_of(id).map(|lender| (id, lender.give_away)));
            }
            Handle::Borrow(id) if !borrows.iter().any(|(known, _)| *known == id) => {
                let function = match destination {
                    Destination::ToTask => self.lenders.get(&id).and_then(|lender| lender.borrow),
                    Destination::Lent if self.tasks.lent.contains(&id) => Some(self.control(Control::Lent)),
                    _ => None,
                };
                borrows.extend(function.map(|function| (id, function)));
            }
            _ => {}
        });
        if types.is_empty() && borrows.is_empty() && owned.is_empty() {
            return None;
        }
        Some(Ends { pass: self.control(Control::Pass), types, borrows, owned })
    }

    /// Whether function `func`, which parts of a composition call, takes or returns ends.
    pub(super) fn passes_ends(&self, func: FuncId) -> bool {
        let types = self.component.validated();
        let ty = types.func(func);
        let mut values = ty.params.iter().map(|(_, ty)| *ty).chain(ty.result);
        self.part != PartNumber::NONE && values.any(|ty| Layout::of(types, ty).has_ends())
    }

    /// The function that treats the handles in the parameters of function `def`, if any need it.
    pub(super) fn pass_params(
        &mut self,
        def: FuncId,
        options: &[CanonicalOption],
        destination: Destination,
    ) -> Option<CoreFuncId> {
        let types = self.component.validated();
        let params = &types.func(def).params;
        let layout = Layout::of_record(params.iter().map(|(_, ty)| Layout::of(types, *ty)).collect());
        let in_memory = layout.flat.len() > MAX_FLAT_PARAMS;
        self.pass(layout, in_memory, options, destination)
    }

    fn pass(
        &mut self,
        layout: Layout,
        in_memory: bool,
        options: &[CanonicalOption],
        destination: Destination,
    ) -> Option<CoreFuncId> {
        if self.part == PartNumber::NONE {
            return None;
        }
        let ends = self.ends(&layout, destination)?;
        let def = self.component.fresh();
        let pass = Pass { def, layout, in_memory, ends };
        let memory = memory(options).filter(|_| pass.uses_memory());
        self.add_now(&[def], memory, move |module| pass.build(module));
        Some(def)
    }

    /// Wraps core function `core` of sync lift `def`, so that the ends in its parameters and its
    /// result pass.
    fn passing_lift(
        &mut self,
        def: FuncId,
        core: CoreFuncId,
        signature: Signature,
        options: &[CanonicalOption],
        is_driven: bool,
    ) -> CoreFuncId {
        let types = self.component.validated();
        let result = types.func(def).result.map(|ty| Layout::of(types, ty));
        let params = self.pass_params(def, options, Destination::ToFunction);
        let result = result.and_then(|layout| {
            let in_memory = layout.flat.len() > 1;
            self.pass(layout, in_memory, options, Destination::ToCaller)
        });
        let new = self.component.fresh();
        let caller = (params.is_some() || result.is_some()).then(|| self.control(Control::Caller));
        let fill = self.fill();
        let lift = PassingLift { def: new, core, signature, part: self.part, caller, params, result, fill };
        match is_driven {
            true => self.add_now(&[new], None, move |module| lift.build(module)),
            false => self.pending.add(new, None, move |module| lift.build(module)),
        }
        new
    }

    /// The values that `task.return` of export `func` gets. Several flat values come back in
    /// memory, which `options` of the lift must name.
    pub(super) fn given(&mut self, func: FuncId, options: &mut Vec<CanonicalOption>) -> Result<ReturnValue, Error> {
        let types = self.component.validated();
        let result = types.func(func).result;
        let Some(layout) = result.map(|ty| Layout::of(types, ty)) else { return Ok(ReturnValue::Flat(None)) };
        if let [ty] = layout.flat[..] {
            return Ok(ReturnValue::Flat(Some(ty)));
        }
        let area = self.results(options)?;
        match memory(options) {
            // Where there is a realloc, the results are in its memory.
            Some(_) if realloc(options).is_some() => {}
            _ => {
                options.retain(|option| !matches!(option, CanonicalOption::Memory(_)));
                options.push(CanonicalOption::Memory(area.memory.into()));
            }
        }
        Ok(match layout.flat.len() > MAX_FLAT_PARAMS {
            true => ReturnValue::InMemory(area),
            false => ReturnValue::Stashed(layout, area),
        })
    }

    /// The result area that keeps results of a lift or `task.return` with `options` until the host
    /// has read them: in the memory of `options` if there is a realloc for it, else in another
    /// memory that has one, else in a memory of its own. A lift has the same memory as its
    /// `task.return`.
    fn results(&mut self, options: &[CanonicalOption]) -> Result<ResultArea, Error> {
        let memory = memory(options).map(|memory| self.first_alias(memory));
        let same = self.allocates.iter().find(|(known, _)| Some(*known) == memory);
        let of_guest = same.or(self.allocates.first()).copied();
        let known = self.results.iter().find(|known| of_guest.is_none_or(|(memory, _)| memory == known.memory));
        if let Some(known) = known {
            return Ok(*known);
        }
        let realloc = of_guest.map(|(_, realloc)| self.early(realloc)).transpose()?;
        let memory = of_guest.map_or_else(|| self.component.fresh(), |(memory, _)| memory);
        let [reset, hold, release, alloc] = [(); 4].map(|()| self.component.fresh());
        let area = ResultArea { memory, realloc, reset, hold, release, alloc };
        match realloc {
            Some(_) => self.add_now(&[reset, hold, release, alloc], None, move |module| area.add_to(module)),
            None => {
                let items = area.module().into_items(&mut self.component, self.arena);
                self.out.extend(items);
            }
        }
        self.results.push(area);
        Ok(area)
    }

    /// Core function `def` for use here, although it may be defined later in the component.
    fn early(&mut self, def: CoreFuncId) -> Result<CoreFuncId, Error> {
        let is_here = |out: &[Item<'_>], def| out.iter().any(|item| item.def == Some(def));
        if is_here(&self.out, def.into()) {
            return Ok(def);
        }
        match self.late_aliases.get(&def) {
            Some((instance, alias)) if is_here(&self.out, (*instance).into()) => {
                let alias = alias.clone();
                Ok(self.define_as::<CoreFuncId>(ItemKind::Alias(alias)))
            }
            // `task.return` has the memory of the module with the realloc, which toolchains
            // instantiate before anything that needs it; only a component written by hand can
            // differ.
            _ => Err(Error::unsupported("a realloc that is made after `task.return` needs it")),
        }
    }

    /// The first alias of the core instance's export that `id` is an alias of; else `id`.
    fn first_alias<I: Id>(&self, id: I) -> I {
        self.first_aliases.get(&id.into()).map_or(id, |first| I::of(*first))
    }

    /// The layout of a type that the component's own items mention.
    pub(super) fn layout(&self, ty: wasmparser::ComponentValType) -> Layout {
        Layout::of(self.component.validated(), self.value_type(ty))
    }

    fn value_type(&self, ty: wasmparser::ComponentValType) -> ComponentValType {
        let types = self.component.validated();
        match ty {
            wasmparser::ComponentValType::Primitive(primitive) => ComponentValType::Primitive(primitive),
            wasmparser::ComponentValType::Type(id) => match types.ty(TypeId(id)) {
                ComponentAnyTypeId::Defined(id) => ComponentValType::Type(id),
                _ => unreachable!("the component is valid: a value has a defined type"),
            },
        }
    }
}
