//! Lowered functions: the guest's calls of 0.2 become calls of P, or of the host where both
//! generations have the same function.

use wasmparser::{CanonicalFunction, CanonicalOption, ComponentImport, ComponentTypeRef};

use super::{Rewrite, SplitFunction};
use crate::Error;
use crate::code::Scatter;
use crate::component::options::is_async;
use crate::component::{CoreFuncId, FuncId, InstanceId, ItemKind, MemoryId, TypeId, finish_name, options, start_name};
use crate::link::{GiveBack, LEND};
use crate::p2_on_p3::trampoline::{BulkRead, Split, StartInPlace};
use crate::p2_on_p3::{Control, adapter, interface};
use crate::wasi::{self, InterfaceName};

/// A function of streams that takes bytes and returns when they are out.
const WRITE_AND_FLUSH: &str = "[method]output-stream.blocking-write-and-flush";

/// P's import of the built-in that writes bytes to a stream of 0.3.
const BYTES_WRITE: (&str, &str) = ("[export]wasi-shim:p2-on-p3/control", "[async-lower][stream-write-0]bytes");

impl<'a> Rewrite<'a> {
    pub(in crate::p2_on_p3) fn lower(&mut self, func: FuncId, options: &[CanonicalOption]) -> CoreFuncId {
        if self.link.as_ref().is_some_and(|link| link.knows(func)) {
            let def = self.component.fresh();
            self.lower_to(def, func, options, false);
            return def;
        }
        let lower = CanonicalFunction::Lower { func_index: func.into(), options: options.into() };
        self.define_as::<CoreFuncId>(ItemKind::Canon(lower))
    }

    /// Lowers `start-f` of a function `f` that may wait.
    pub(super) fn lower_start(&mut self, func: FuncId, options: &[CanonicalOption]) -> CoreFuncId {
        if self.link.is_none() {
            return self.lower(func, options);
        }
        let def = self.component.fresh();
        self.lower_to(def, func, options, true);
        def
    }

    /// Core function `def` becomes P's function `func`, which is linked.
    pub(super) fn lower_to(&mut self, def: CoreFuncId, func: FuncId, options: &[CanonicalOption], may_wait: bool) {
        let link = self.link.as_mut().expect("only asked for functions that are linked");
        link.lower(&mut self.component, &mut self.pending, def, func, options, may_wait);
    }

    /// The counterpart in 0.3 of a function that the guest can take from the host: interface and
    /// name.
    pub(super) fn same(&self, interface: &InterfaceName, function: &str) -> Option<(&'static str, &'static str)> {
        let (interface, function) = wasi::from_host(&interface.unversioned(), function)?;
        // A guest that imports that interface already would import it twice.
        let imports_it = self.imported03.contains(interface);
        (!imports_it).then_some((interface, function))
    }

    /// Imports from the host those functions of adapted import `instance` that 0.3 has, too.
    pub(super) fn import_same(&mut self, instance: InstanceId) {
        let (name, _) = &self.adapted[&instance];
        let used = self.used.get(&instance).into_iter().flatten();
        let same: Vec<_> =
            used.filter_map(|function| self.same(name, function).map(|(_, same)| (*function, same))).collect();
        let Some((interface, _)) = same.first().and_then(|(function, _)| self.same(name, function)) else { return };
        let functions: Vec<&'static str> = same.iter().map(|(_, function)| *function).collect();
        let ty = self.define_as::<TypeId>(ItemKind::Type(interface::same_type(&functions)));
        let import = self.arena.name(&format!("{interface}@{}", self.wasi03));
        let import = ComponentImport { name: import, ty: ComponentTypeRef::Instance(ty.into()) };
        let host = self.define_as::<InstanceId>(ItemKind::Import(import));
        self.imported03.insert(interface.to_string());
        for (function, same) in same {
            self.same.insert((instance, function), (host, same));
        }
    }

    /// Aliases `start-…` and `finish-…` in place of split function `func`.
    pub(super) fn alias_split(&mut self, func: FuncId, instance: InstanceId, name: &'a str) {
        let ty = self.split_types[&(instance, name)];
        let start = self.alias_func(instance, &start_name(name));
        let finish = self.alias_func(instance, &finish_name(name));
        let label = format!("{}#{name}", self.adapted[&instance].0.unversioned());
        self.split.insert(func, SplitFunction { label, ty, start, finish });
    }

    /// The lowered function becomes a trampoline.
    pub(super) fn lower_split(
        &mut self,
        def: CoreFuncId,
        func: FuncId,
        options: &[CanonicalOption],
    ) -> Result<(), Error> {
        // The validator lets only async functions be lowered async.
        debug_assert!(!is_async(options));
        let function = &self.split[&func];
        let (name, mut ty, start, finish) = (function.label.clone(), function.ty, function.start, function.finish);
        let (memory, realloc) = (options::memory(options), options::realloc(options));
        let signature = self.core_signature(def)?;
        let func_start = start;
        let mut start = self.lower_start(start, options);
        let finish = self.lower(finish, options);
        let bulk = match (ty.bulk_result, memory, realloc) {
            (Some(_), Some(memory), Some(realloc)) => Some(BulkRead { realloc, ..self.bulk_read(memory) }),
            _ => None,
        };
        let gate = self.gate();
        let give_back =
            self.link.as_mut().map(|link| link.give_back(&mut self.component, func_start)).unwrap_or_default();
        if let (Some(memory), [stream]) = (memory, &give_back[..])
            && name.ends_with(WRITE_AND_FLUSH)
            && self.writes_in_place()
        {
            start = self.start_in_place(start, memory, *stream);
            ty.bulk_param = None;
        }
        let split = Split { def, name, signature, ty, start, finish, gate, bulk, give_back };
        match &mut self.link {
            // A trampoline that needs no memory of the guest may be called before there is one.
            Some(link) if link.has(start) && link.has(finish) && bulk.is_none() => split.build(&mut link.core),
            _ => self.pending.add(def, bulk.and(memory), move |module| split.build(module)),
        }
        Ok(())
    }

    /// Whether bytes that the guest writes and waits for stay in its memory: P is linked, and the
    /// guest does more than print.
    pub(super) fn writes_in_place(&self) -> bool {
        let used = self.used.iter().filter_map(|(instance, functions)| Some((self.adapted.get(instance)?, functions)));
        let used: Vec<_> = used.map(|((name, _), functions)| (name.unversioned(), functions)).collect();
        self.link.is_some()
            && used.iter().any(|(_, functions)| functions.contains(WRITE_AND_FLUSH))
            && used
                .iter()
                .any(|(interface, functions)| !functions.is_empty() && adapter::is_more_than_printing(interface))
    }

    /// The `start` of a write of bytes that stay in `memory`; it falls back on the given `start`.
    pub(super) fn start_in_place(&mut self, start: CoreFuncId, memory: MemoryId, give_back: GiveBack) -> CoreFuncId {
        let (def, gate) = (self.component.fresh(), self.gate());
        let link = self.link.as_mut().expect("asked before");
        let (slot, table) = link.element(&mut self.component);
        let write = link.export(&mut self.component, "linked:write-and-flush");
        let lend = link.export(&mut self.component, LEND);
        let host = link.host(&mut self.component, BYTES_WRITE, &[CanonicalOption::Memory(memory.into())]);
        let start = StartInPlace { def, start, gate, write, lend, give_back, slot, table, host };
        self.pending.add(def, Some(memory), move |module| start.build(module));
        def
    }

    /// The functions that move bulk bytes into `memory`. Their `realloc` is for the caller to fill
    /// in.
    pub(super) fn bulk_read(&mut self, memory: MemoryId) -> BulkRead {
        if let Some(bulk) = self.bulk.get(&memory) {
            return *bulk;
        }
        let scatter = match self.scatter {
            Some(scatter) => scatter,
            None => {
                let [aim, realloc] = std::array::from_fn(|_| self.component.fresh());
                let scatter = Scatter { aim, realloc };
                self.add_first(|module| scatter.add_to(module));
                *self.scatter.insert(scatter)
            }
        };
        let instance = self.controls.as_ref().expect("a guest with adapted imports has controls").instance;
        let options = [CanonicalOption::Memory(memory.into()), CanonicalOption::Realloc(scatter.realloc.into())];
        let bulk = BulkRead {
            aim: scatter.aim,
            bulk: self.lower_control(instance, Control::Bulk, &[]),
            head: self.lower_control(instance, Control::BulkHead, &options),
            body: self.lower_control(instance, Control::BulkBody, &options),
            tail: self.lower_control(instance, Control::BulkTail, &options),
            finish: self.lower_control(instance, Control::FinishBulk, &[]),
            realloc: scatter.realloc,
        };
        self.bulk.insert(memory, bulk);
        bulk
    }
}
