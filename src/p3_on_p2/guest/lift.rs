//! Exports: the lifts of async functions, and the results that their tasks return.

use wasmparser::component_types::{ComponentAnyTypeId, ComponentValType};
use wasmparser::{CanonicalFunction, CanonicalOption};

use super::Rewrite;
use super::options::{encoding, memory, realloc};
use crate::Error;
use crate::component::{Def, Item, ItemKind, Sort};
use crate::layout::Layout;
use crate::p3_on_p2::interface::Control;
use crate::p3_on_p2::trampoline::{Arena, Callback, Driver, Given, Returned, Returns, TaskReturn};

/// Flat parameters of any function; more go through memory.
const MAX_FLAT_PARAMS: usize = 16;

impl Rewrite<'_> {
    pub(super) fn task_return(
        &mut self,
        def: u32,
        result: Option<wasmparser::ComponentValType>,
        options: &[CanonicalOption],
    ) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        if self.is_response(result) {
            let result = Returned::Response(self.respond(options)?);
            let returns = TaskReturn { def, signature, task: self.task, result };
            self.pending.add(def, None, move |module| returns.build(module));
            return Ok(());
        }
        let layout = result.map(|ty| self.layout(ty));
        let is_in_memory = layout.as_ref().is_some_and(|layout| layout.flat.len() != signature.params.len());
        let (result, memory) = match layout {
            Some(layout) if is_in_memory || layout.has_pointers() => {
                (Returned::Copied(layout, encoding(options), self.results(options)?), memory(options))
            }
            Some(layout) if layout.flat.len() > 1 => (Returned::Values, None),
            _ => (Returned::Flat, None),
        };
        let returns = TaskReturn { def, signature, task: self.task, result };
        self.pending.add(def, memory, move |module| returns.build(module));
        Ok(())
    }

    /// Whether lift `def` needs something before or after its core function, though it is not async.
    pub(super) fn is_wrapped(&self, def: u32) -> bool {
        self.sets_context || self.drains && self.exposed.contains(&def)
    }

    /// An export: around its core function comes what a task of the async component model begins and ends with.
    pub(super) fn lift(&mut self, def: u32, core: u32, ty: u32, options: &[CanonicalOption]) -> Result<(), Error> {
        let callback = options.iter().find_map(|option| match option {
            CanonicalOption::Callback(callback) => Some(*callback),
            _ => None,
        });
        let mut options: Vec<_> = options
            .iter()
            .copied()
            .filter(|option| !matches!(option, CanonicalOption::Async | CanonicalOption::Callback(_)))
            .collect();
        let core_func_index = match callback.is_some() || self.is_wrapped(def) {
            true => self.driver(def, core, callback, &mut options)?,
            false => core,
        };
        let lift = CanonicalFunction::Lift { core_func_index, type_index: ty, options: options.clone().into() };
        self.emit(Item { def: Some(Def::new(Sort::Func, def)), kind: ItemKind::Canon(lift) });
        match callback.filter(|_| self.tasks.starts.has_lift(def)) {
            Some(callback) => self.lift_task(def, core, callback, ty, options),
            None => Ok(()),
        }
    }

    fn driver(
        &mut self,
        def: u32,
        core: u32,
        callback: Option<u32>,
        options: &mut Vec<CanonicalOption>,
    ) -> Result<u32, Error> {
        let signature = self.core_signature(core)?;
        let returns = match callback {
            None => Returns::Core(signature.results),
            Some(function) => {
                let [wait, yield_] = self.drive();
                let ends_early = self.commands.contains(&def);
                let callback = Callback { function, ends_early, wait, yield_ };
                Returns::Task(callback, self.given(def, options)?)
            }
        };
        let new = self.component.fresh(Sort::CoreFunc);
        let drain = (self.drains && self.exposed.contains(&def)).then(|| self.control(Control::Drain));
        let (params, task) = (signature.params, self.task);
        let driver = Driver { def: new, core, params, returns, task, settle: None, drain, accept: None };
        self.pending.add(new, driver.memory(), move |module| driver.build(module));
        Ok(new)
    }

    /// What the `task.return` of export `func` is given. Several flat values come back in memory, which `options` of
    /// the lift must name.
    pub(super) fn given(&mut self, func: u32, options: &mut Vec<CanonicalOption>) -> Result<Given, Error> {
        let types = self.component.validated();
        let result = types[types.component_function_at(func)].result;
        let Some(layout) = result.map(|ty| Layout::of(types, ty)) else { return Ok(Given::Flat(None)) };
        if let [ty] = layout.flat[..] {
            return Ok(Given::Flat(Some(ty)));
        }
        let arena = self.results(options)?;
        match memory(options) {
            // Where there is a realloc, the results are in its memory.
            Some(_) if realloc(options).is_some() => {}
            _ => {
                options.retain(|option| !matches!(option, CanonicalOption::Memory(_)));
                options.push(CanonicalOption::Memory(arena.memory));
            }
        }
        Ok(match layout.flat.len() > MAX_FLAT_PARAMS {
            true => Given::InMemory(arena),
            false => Given::Stashed(layout, arena),
        })
    }

    /// Where results are kept until the host has read them, which a lift or `task.return` with `options` has in its memory: there if
    /// that has a realloc, else in another that has one, else in one of its own. A lift has the same memory as its `task.return`.
    fn results(&mut self, options: &[CanonicalOption]) -> Result<Arena, Error> {
        let memory = memory(options).map(|memory| self.component.first_alias(Def::new(Sort::CoreMemory, memory)).id);
        let same = self.allocates.iter().find(|(known, _)| Some(*known) == memory);
        let of_guest = same.or(self.allocates.first()).copied();
        let known = self.results.iter().find(|known| of_guest.is_none_or(|(memory, _)| memory == known.memory));
        if let Some(known) = known {
            return Ok(*known);
        }
        let realloc = of_guest.map(|(_, realloc)| self.early(realloc)).transpose()?;
        let memory = of_guest.map_or_else(|| self.component.fresh(Sort::CoreMemory), |(memory, _)| memory);
        let [reset, hold, release, alloc] = [(); 4].map(|()| self.component.fresh(Sort::CoreFunc));
        let arena = Arena { memory, realloc, reset, hold, release, alloc };
        let items = arena.module().into_items(&mut self.component, self.arena);
        self.out.extend(items);
        self.results.push(arena);
        Ok(arena)
    }

    /// Core function `def`, which may stand later in the component, for use here.
    fn early(&mut self, def: u32) -> Result<u32, Error> {
        let is_here = |out: &[Item<'_>], def| out.iter().any(|item| item.def == Some(def));
        let def = Def::new(Sort::CoreFunc, def);
        if is_here(&self.out, def) {
            return Ok(def.id);
        }
        match self.late_aliases.get(&def.id) {
            Some((instance, alias)) if is_here(&self.out, Def::new(Sort::CoreInstance, *instance)) => {
                let alias = alias.clone();
                Ok(self.define(Sort::CoreFunc, ItemKind::Alias(alias)))
            }
            // Toolchains instantiate what has the realloc before anything that needs it, for `task.return` has the memory of the same
            // module; only a component written by hand can have it otherwise.
            _ => Err(Error::unsupported("a realloc that is made after `task.return` needs it")),
        }
    }

    /// The layout of a type that the component's own items mention.
    pub(super) fn layout(&self, ty: wasmparser::ComponentValType) -> Layout {
        let types = self.component.validated();
        let ty = match ty {
            wasmparser::ComponentValType::Primitive(primitive) => ComponentValType::Primitive(primitive),
            wasmparser::ComponentValType::Type(id) => match types.component_any_type_at(id) {
                ComponentAnyTypeId::Defined(id) => ComponentValType::Type(id),
                _ => unreachable!("the component is valid: a value has a defined type"),
            },
        };
        Layout::of(types, ty)
    }
}
