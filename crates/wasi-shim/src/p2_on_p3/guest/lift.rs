//! Lifted functions: programs of 0.2 become programs of 0.3, and async exports tell the gate that
//! they run.

use wasmparser::{CanonicalFunction, CanonicalOption, ComponentDefinedType, ComponentExternName, ComponentType};

use super::Rewrite;
use crate::Error;
use crate::component::options::is_async;
use crate::component::types::ById;
use crate::component::{CoreFuncId, FuncId, InstanceId, Item, ItemKind, TypeId};
use crate::p2_on_p3::trampoline::{DrainThenReturn, Running};
use crate::rewrite::lifts;
use crate::wasi::program::Program;

impl<'a> Rewrite<'a> {
    /// Lifts an async export of a component that also uses 0.2, wrapped so that the gate knows
    /// while it runs.
    pub(super) fn lift_async(
        &mut self,
        def: FuncId,
        core: CoreFuncId,
        ty: TypeId,
        options: &[CanonicalOption],
    ) -> Result<(), Error> {
        // With a sync lift, the result goes out when the function returns, so its wrapper drains;
        // otherwise `task.return` does.
        let sync = !is_async(options);
        let drain = self.controls.as_ref().filter(|_| sync).map(|controls| controls.drain);
        let inner = self.running(core, "wasi-shim: async export", drain)?;
        let options: Vec<CanonicalOption> = options
            .iter()
            .map(|option| match option {
                CanonicalOption::Callback(callback) => {
                    let running = self.running(CoreFuncId(*callback), "wasi-shim: callback", None)?;
                    Ok(CanonicalOption::Callback(running.into()))
                }
                other => Ok(*other),
            })
            .collect::<Result<_, Error>>()?;
        let lift =
            CanonicalFunction::Lift { core_func_index: inner.into(), type_index: ty.into(), options: options.into() };
        self.emit(Item { def: Some(def.into()), kind: ItemKind::Canon(lift) });
        Ok(())
    }

    /// A wrapper of core function `inner` that tells the gate that it runs.
    pub(in crate::p2_on_p3) fn running(
        &mut self,
        inner: CoreFuncId,
        name: &str,
        drain: Option<CoreFuncId>,
    ) -> Result<CoreFuncId, Error> {
        let signature = self.core_signature(inner)?;
        let def = self.component.fresh();
        let gate = self.gate();
        let running = Running { def, name: name.into(), signature, inner, gate, drain };
        self.pending.add(def, None, move |module| running.build(module));
        Ok(def)
    }

    /// Replaces `task.return` by a function that drains first.
    pub(super) fn return_drained(&mut self, def: CoreFuncId, item: Item<'a>) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        let controls = self.controls.as_ref().expect("only called where there are controls");
        let drain = controls.drain;
        let inner = self.define_as::<CoreFuncId>(item.kind);
        let drained = DrainThenReturn { def, signature, inner, drain };
        self.pending.add(def, None, move |module| drained.build(module));
        Ok(())
    }

    /// A program of 0.2 becomes one of 0.3: the same core function, wrapped, lifted with the async
    /// type.
    pub(super) fn export_program(&mut self, item: &Item<'a>, program: Program) -> Result<(), Error> {
        let ItemKind::Export(old) = &item.kind else { unreachable!("called with an export") };
        let lift = lifts::find_lift(&self.out, old, program.function())
            .ok_or_else(|| Error::unsound(format!("the function behind export `{}` is not found", old.name.name)))?;
        let core = self.apart.get(&lift.core).copied().unwrap_or(lift.core);
        let (instance, ty) = match program {
            Program::Run => (self.run_instance(core, &lift.options)?, None),
            Program::Handler => self.handler_instance(core).map(|(instance, ty)| (instance, Some(ty)))?,
        };
        let name = ComponentExternName { name: self.programs[old.name.name], ..old.name };
        let export = ItemKind::Export(lifts::instance_export(name, instance, ty));
        match self.edges.shared.contains(old.name.name) {
            true => {
                self.define_as::<InstanceId>(export);
            }
            false => self.out.push(Item { def: item.def, kind: export }),
        }
        Ok(())
    }

    /// The instance that is exported as `wasi:cli/run`.
    pub(super) fn run_instance(&mut self, core: CoreFuncId, options: &[CanonicalOption]) -> Result<InstanceId, Error> {
        let core = match &self.controls {
            Some(controls) => {
                let drain = controls.drain;
                self.running(core, "wasi-shim: run", Some(drain))?
            }
            None => core,
        };
        self.flush();
        let result = ComponentType::Defined(ComponentDefinedType::Result { ok: None, err: None });
        let result = self.define_as::<TypeId>(ItemKind::Type(result));
        let ty = self.define_as::<TypeId>(ItemKind::Type(lifts::async_type(&[], result)));
        let lift =
            CanonicalFunction::Lift { core_func_index: core.into(), type_index: ty.into(), options: options.into() };
        let func = self.define_as::<FuncId>(ItemKind::Canon(lift));
        Ok(self.define_as::<InstanceId>(ItemKind::Instance(lifts::instance_of(Program::Run.function(), func))))
    }

    /// Whether the original component function `func` is async.
    pub(super) fn is_async(&self, func: FuncId) -> bool {
        let types = self.component.validated();
        types.func(func).async_
    }
}
