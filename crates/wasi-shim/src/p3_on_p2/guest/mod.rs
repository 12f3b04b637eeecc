//! The rewrite of the guest.

mod copy;
mod exchange;
mod handler;
mod lend;
mod lift;
mod lower;
pub(super) mod parts;
mod plan;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

pub(super) use exchange::Exchanging;
use handler::Handler;
pub(crate) use handler::SERVE;
use lend::Lender;
pub(super) use parts::Tasks;
pub(super) use plan::{adapted_imports, adapted_imports_by_root};
use wasmparser::component_types::ResourceId;
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExport, ComponentExternName, ComponentExternalKind,
    ComponentImport, ComponentType, ComponentTypeRef,
};

use crate::canonical_abi::Encoding;
use crate::code::{CoreModule, Scatter, Signature};
use crate::component::options::is_async;
use crate::component::{
    Arena, Component, CoreFuncId, CoreInstanceId, Def, FuncId, Id, InstanceId, Item, ItemKind, MemoryId, TypeId,
    extern_name,
};
use crate::graph::composition::Source;
use crate::graph::root;
use crate::link::Link;
use crate::p3_on_p2::adapter::Bulk;
use crate::p3_on_p2::exchange::Exchange;
use crate::p3_on_p2::lend::Lent;
use crate::p3_on_p2::numbers::{Numbers, PartNumber};
use crate::p3_on_p2::payload::Payload;
use crate::p3_on_p2::trampoline::{Door, InPlace, NOT_CANCELLED, ResultArea, Stash, Task, TaskCalls, trap};
use crate::p3_on_p2::{CONTROL, Control, Form, Needs, adapter, interface};
use crate::rewrite::forms::Form as _;
use crate::rewrite::{Pending, lifts};
use crate::wasi::program::Program;
use crate::wasi::{InterfaceName, program};
use crate::{Error, link};

/// Where a part is in the composition.
pub(super) struct Place {
    pub(super) index: usize,
    pub(super) part: PartNumber,
    pub(super) numbers: Rc<Numbers>,
}

/// How a part is tied to the rest of the composition.
#[derive(Debug, Default)]
pub(super) struct Edges<'a> {
    /// Exports that the root exports as programs of 0.3.
    pub(super) programs: BTreeMap<&'a str, Program>,
    /// Exports that other parts use, or that the root exports unchanged.
    pub(super) shared: BTreeSet<&'a str>,
    /// Whether other parts use exports of the part.
    pub(super) is_called: bool,
    /// Exports that the host sees.
    pub(super) exposed: BTreeSet<&'a str>,
}

pub(super) struct Rewrite<'a> {
    component: Component<'a>,
    pub arena: &'a Arena,
    args: BTreeMap<&'a str, Source<'a>>,
    pub edges: Edges<'a>,
    /// The names of 0.2 under which the programs are exported, by those of 0.3.
    pub programs: BTreeMap<&'a str, &'a str>,
    /// The name under which the control interface is imported: its own, unless the part, which may
    /// have been adapted before, has an import of that name.
    control_name: &'a str,
    /// Lifts that the host calls.
    exposed: HashSet<FuncId>,
    /// The lifts that are the command's `run`.
    commands: HashSet<FuncId>,
    /// The lifts of a service's handler, and the resource of the response that each returns.
    handlers: HashMap<FuncId, Option<ResourceId>>,
    handler: Option<Handler>,
    /// The import that has the types of a service's requests.
    requests: Option<InstanceId>,
    /// The version under which 0.2 is imported and exported.
    pub wasi02: String,
    /// Whether a call from the host waits for the output.
    pub drains: bool,
    out: Vec<Item<'a>>,
    pending: Pending<'a>,
    adapted: HashMap<InstanceId, InterfaceName>,
    /// Functions of adapted imports, by the component function that the guest aliased.
    functions: HashMap<FuncId, (InstanceId, &'a str)>,
    /// The functions of adapted imports in the forms that are needed.
    forms: HashMap<(FuncId, Form), FuncId>,
    payloads: HashMap<TypeId, Payload>,
    exchanging: Exchanging<'a>,
    task: Task,
    /// Calls from and to other parts.
    pub tasks: Tasks<'a>,
    /// How many slots of the task's table are taken. The first one always is: as a cookie, 0 tells
    /// that nothing is delivered.
    slots: u32,
    control: Option<(TypeId, InstanceId)>,
    lowered: HashMap<Control, CoreFuncId>,
    scatter: HashMap<MemoryId, (Scatter, [CoreFuncId; 3])>,
    /// The functions that move bytes between the host and memories, if R is linked.
    in_place: HashMap<(MemoryId, Bulk), InPlace>,
    /// The arenas that keep results that are returned before the task ends, once they are made.
    results: Vec<ResultArea>,
    /// Memories of the guest, each with a realloc that allocates in it.
    allocates: Vec<(MemoryId, CoreFuncId)>,
    /// Aliases of core instances' exports → the first alias of the same export.
    first_aliases: HashMap<Def, Def>,
    /// Aliases of core instances' functions, with the instance.
    late_aliases: HashMap<CoreFuncId, (CoreInstanceId, ComponentAlias<'a>)>,
    /// The guest's reallocs → the reallocs with contexts of their own that replace them.
    reallocs: HashMap<CoreFuncId, CoreFuncId>,
    /// Whether it reads values that it, or another part, may write.
    reads: bool,
    /// Where the part is in the composition, and the number by which R knows it.
    index: usize,
    part: PartNumber,
    /// R's functions as this part calls them, the items that lower these functions, and the
    /// position in `out` where both are inserted.
    door: Door,
    door_items: Vec<Item<'a>>,
    door_at: usize,
    numbers: Rc<Numbers>,
    /// The part's resources that tasks of other parts borrow, and the functions that disarm their
    /// destructors; the functions for resources of other parts that are lent.
    pub lent: Vec<Lent<'a>>,
    disarms: HashMap<TypeId, CoreFuncId>,
    lenders: HashMap<ResourceId, Lender>,
    /// The kinds of `task.return`: type, memory and encoding.
    returns: Vec<(Option<String>, Option<MemoryId>, Encoding)>,
    pub needs: Needs,
    /// R in the part itself, if it is linked.
    link: Option<Link<'a>>,
    /// R's private interfaces that the part imports.
    private: HashMap<InstanceId, &'static str>,
}

impl<'a> Rewrite<'a> {
    pub(super) fn run(mut self, exchange: &Exchange) -> Result<(root::Placed<'a>, Needs), Error> {
        self.import_control();
        self.import_exchange(exchange);
        for item in std::mem::take(&mut self.component.items) {
            let Some(item) = self.pending.defer(item) else { continue };
            if self.pending.is_needed_by(&item) {
                let items = self.pending.flush(&mut self.component, self.arena);
                self.out.extend(items);
            }
            let import = item.def.filter(|_| matches!(item.kind, ItemKind::Import(_)));
            self.rewrite(item)?;
            if let Some(import) = import {
                self.import_lends(import);
                self.import_movers(import);
            }
        }
        self.export_keepers();
        self.export_lends();
        self.insert_door();
        self.component.items = std::mem::take(&mut self.out);
        if let Some(link) = self.link.take() {
            let cut = |core: &CoreModule, needs_realloc: &dyn Fn(&str, &str) -> bool| {
                adapter::link(&self.needs, &self.wasi02, core, needs_realloc)
            };
            let pending = std::mem::take(&mut self.pending);
            let rename = |name: &str| adapter::renamed(name, &self.wasi02);
            self.needs.linked = link.finish(&mut self.component, pending, cut, &rename)?;
        }
        self.component.gc();
        self.needs.control = self.kept_controls();
        let ty = self.control.map(|(ty, _)| Def::from(ty));
        for item in self.component.items.iter_mut().filter(|item| item.def == ty) {
            item.kind = ItemKind::Type(Control::import_type(&self.needs.control));
        }
        let bytes = self.component.encode().map_err(Error::unsound)?;
        Ok((root::Placed { bytes, args: self.args }, self.needs))
    }

    /// The functions of the control interface that are still used.
    fn kept_controls(&self) -> BTreeSet<Control> {
        let Some((_, instance)) = self.control else { return BTreeSet::new() };
        let used: BTreeSet<&str> = self
            .component
            .items
            .iter()
            .filter_map(|item| match &item.kind {
                ItemKind::Alias(ComponentAlias::InstanceExport { instance_index, name, .. })
                    if InstanceId(*instance_index) == instance =>
                {
                    Some(*name)
                }
                _ => None,
            })
            .collect();
        Control::ALL.iter().copied().filter(|control| used.contains(control.name())).collect()
    }

    fn define_as<I: Id>(&mut self, kind: ItemKind<'a>) -> I {
        let (id, item) = self.component.define_as(kind);
        self.emit(item);
        id
    }

    /// Emits an item; holds it back if it lifts a pending function, until that function is defined.
    fn emit(&mut self, item: Item<'a>) {
        self.out.extend(self.pending.hold_lift(item));
    }

    /// Imports the control interface, and adds the first module of the guest.
    fn import_control(&mut self) {
        let ty = self.define_as::<TypeId>(ItemKind::Type(Control::import_type(&BTreeSet::new())));
        let import =
            ComponentImport { name: extern_name(self.control_name), ty: ComponentTypeRef::Instance(ty.into()) };
        let instance = self.define_as::<InstanceId>(ItemKind::Import(import));
        self.private.insert(instance, CONTROL);
        self.control = Some((ty, instance));
        self.door_at = self.out.len();
        if !self.component.items.iter().any(|item| matches!(item.kind, ItemKind::Canon(_))) {
            return;
        }
        let calls = TaskCalls {
            cookie: self.control(Control::Cookie),
            may_return: (!self.tasks.borrowed.is_empty()).then(|| self.control(Control::MayReturn)),
            fill: self.reads.then(|| self.control(Control::Fill)),
            subtask_cancel: self.control(Control::SubtaskCancel),
            task_cancel: (!self.tasks.starts.names.is_empty()).then(|| self.control(Control::TaskCancel)),
        };
        self.import_steps();
        let deliveries = self.component.items.iter().filter(|item| self.may_deliver(&item.kind)).count() as u32;
        // A task that never returns has no `task.return`, but its lift asks for the stash all the
        // same.
        let stashes = self.component.items.iter().any(|item| match (&item.kind, item.def) {
            (ItemKind::Canon(CanonicalFunction::TaskReturn { .. }), Some(def)) => {
                self.core_signature(CoreFuncId::of(def)).is_ok_and(|signature| signature.params.len() > 1)
            }
            (ItemKind::Canon(CanonicalFunction::Lift { options, .. }), Some(def)) => {
                is_async(options) && self.flat_results(FuncId::of(def)).len() > 1
            }
            _ => false,
        });
        let slots = deliveries + 1 + self.tasks.turns();
        let steps = self.tasks.steps.as_ref();
        match &mut self.link {
            Some(link) => {
                link.share_table(self.task.table, slots);
                self.task.add_to(&mut link.core, &calls, stashes.then_some(Stash::Globals), steps);
            }
            None => {
                let module = self.task.module(&calls, slots, stashes, steps);
                self.out.extend(module.into_items(&mut self.component, self.arena));
            }
        }
        self.export_turn();
    }

    fn alias_func(&mut self, instance: InstanceId, name: &str) -> FuncId {
        let kind = ComponentExternalKind::Func;
        let name = self.arena.text(name);
        let alias = ComponentAlias::InstanceExport { kind, instance_index: instance.into(), name };
        let func = self.define_as::<FuncId>(ItemKind::Alias(alias));
        let private = self.private.get(&instance).map(|interface| interface.to_string());
        let interface = private.or_else(|| Some(self.adapted.get(&instance)?.unversioned()));
        if let (Some(link), Some(interface)) = (&mut self.link, interface) {
            link.know(func, interface, name);
        }
        func
    }

    fn lower(&mut self, func: FuncId, options: &[CanonicalOption]) -> CoreFuncId {
        if self.link.as_ref().is_some_and(|link| link.knows(func)) {
            let def = self.component.fresh();
            self.lower_to(def, func, options);
            return def;
        }
        let options = options.iter().copied().filter(|option| !matches!(option, CanonicalOption::Async)).collect();
        let lower = CanonicalFunction::Lower { func_index: func.into(), options };
        self.define_as::<CoreFuncId>(ItemKind::Canon(lower))
    }

    /// Core function `def` becomes function `func`, which is R's.
    fn lower_to(&mut self, def: CoreFuncId, func: FuncId, options: &[CanonicalOption]) {
        match &mut self.link {
            Some(link) => link.lower(&mut self.component, &mut self.pending, def, func, options, false),
            None => {
                let lower = CanonicalFunction::Lower { func_index: func.into(), options: options.into() };
                self.out.push(Item { def: Some(def.into()), kind: ItemKind::Canon(lower) });
            }
        }
    }

    /// Adds functions that need nothing of the guest: to R's own module if R is linked, else in a
    /// module of their own.
    fn add_first(&mut self, add: impl FnOnce(&mut CoreModule)) {
        let items = link::add_first(self.link.as_mut(), &mut self.component, self.arena, add);
        self.out.extend(items);
    }

    /// A function of R's, lowered without options, once. In a part of a composition it first tells
    /// R which part calls.
    fn control(&mut self, control: Control) -> CoreFuncId {
        if let Some(known) = self.lowered.get(&control) {
            return *known;
        }
        let lowered = match self.part {
            PartNumber::NONE => self.control_with(control, &[]),
            _ => {
                let def = self.component.fresh();
                self.by_door(def, control);
                def
            }
        };
        self.lowered.insert(control, lowered);
        lowered
    }

    /// Adds function `def` to the door: it tells R which part calls, then calls R's function.
    fn by_door(&mut self, def: CoreFuncId, control: Control) {
        let inner = self.door_to(control);
        let signature = control.function().signature().expect("what has pointers is lowered with a memory");
        self.door.functions.push((def, inner, signature));
    }

    /// A function of R's, for the door.
    fn door_to(&mut self, control: Control) -> CoreFuncId {
        let (_, instance) = self.control.expect("imported first");
        let instance_index = instance.into();
        let alias =
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Func, instance_index, name: control.name() };
        let (func, alias) = self.component.define_as::<FuncId>(ItemKind::Alias(alias));
        let lower = CanonicalFunction::Lower { func_index: func.into(), options: Box::new([]) };
        let (lowered, lower) = self.component.define_as::<CoreFuncId>(ItemKind::Canon(lower));
        self.door_items.extend([alias, lower]);
        lowered
    }

    /// The function that tells R that this part calls; `None` if there is only one part.
    fn identify(&mut self) -> Option<CoreFuncId> {
        if self.part == PartNumber::NONE {
            return None;
        }
        Some(*self.door.identify.get_or_insert_with(|| self.component.fresh()))
    }

    /// Puts the door where the control interface was imported.
    fn insert_door(&mut self) {
        if self.door.functions.is_empty() && self.door.identify.is_none() {
            return;
        }
        let as_part = self.door_to(Control::AsPart);
        let mut items = std::mem::take(&mut self.door_items);
        items.extend(self.door.module(self.part, as_part).into_items(&mut self.component, self.arena));
        self.out.splice(self.door_at..self.door_at, items);
    }

    fn control_with(&mut self, control: Control, options: &[CanonicalOption]) -> CoreFuncId {
        let (_, instance) = self.control.expect("imported first");
        let func = self.alias_func(instance, control.name());
        self.lower(func, options)
    }

    /// Definition `def` becomes a function of R's.
    fn replace(&mut self, def: CoreFuncId, control: Control) {
        if self.part != PartNumber::NONE {
            return self.by_door(def, control);
        }
        let (_, instance) = self.control.expect("imported first");
        let func = self.alias_func(instance, control.name());
        self.lower_to(def, func, &[]);
    }

    /// Adds functions that pending ones call, in a module of their own; if R is linked, where all
    /// are pending, so are they.
    fn add_now(
        &mut self,
        defs: &[CoreFuncId],
        memory: Option<MemoryId>,
        build: impl FnOnce(&mut CoreModule) + Clone + 'a,
    ) {
        if self.link.is_some() {
            return self.pending.add_all(defs, memory, build);
        }
        let mut module = CoreModule::default();
        if let Some(memory) = memory {
            module.import_memory(memory);
        }
        build(&mut module);
        let items = module.into_items(&mut self.component, self.arena);
        self.out.extend(items);
    }

    /// Definition `def` becomes function `core` of the first module.
    fn replace_by_task(&mut self, def: CoreFuncId, core: CoreFuncId) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        self.pending.add(def, None, move |module| module.forward(def, core, signature));
        Ok(())
    }

    fn rewrite(&mut self, item: Item<'a>) -> Result<(), Error> {
        let Some(def) = item.def else {
            self.out.push(item);
            return Ok(());
        };
        match item.kind {
            ItemKind::Type(ty) => {
                let ty = self.resource_type(TypeId::of(def), interface::plain(&ty));
                self.out.push(Item { def: item.def, kind: ItemKind::Type(ty) });
            }
            ItemKind::Component(mut nested) => {
                plain_component(&mut nested);
                self.out.push(Item { def: item.def, kind: ItemKind::Component(nested) });
            }
            ItemKind::Import(import)
                if InstanceId::try_of(def).is_some_and(|instance| self.adapted.contains_key(&instance)) =>
            {
                let instance = InstanceId::of(def);
                let import = self.rewrite_import(instance, &import)?;
                self.out.push(Item { def: item.def, kind: ItemKind::Import(import) });
                if self.requests == Some(instance) {
                    self.import_serve(instance)?;
                }
            }
            ItemKind::Alias(_) if FuncId::try_of(def).is_some_and(|func| self.functions.contains_key(&func)) => {
                let func = FuncId::of(def);
                let (instance, name) = self.functions[&func];
                let forms = self.needs.interfaces[&self.adapted[&instance].unversioned()].clone();
                for (_, form) in forms.iter().filter(|(function, _)| function == name) {
                    let in_form = self.alias_func(instance, &form.name(name));
                    self.forms.insert((func, *form), in_form);
                }
            }
            ItemKind::Import(import) if self.has_offers(import.name.name) => {
                self.import_offers(def, import);
            }
            ItemKind::Alias(ComponentAlias::InstanceExport {
                kind: kind @ ComponentExternalKind::Func,
                instance_index,
                name,
            }) => {
                let alias = ComponentAlias::InstanceExport { kind, instance_index, name };
                self.out.push(Item { def: item.def, kind: ItemKind::Alias(alias) });
                self.alias_offers(FuncId::of(def), InstanceId(instance_index), name);
            }
            ItemKind::Instance(instance) => self.extend_instance(InstanceId::of(def), instance),
            ItemKind::Canon(canon) => self.rewrite_canon(def, canon)?,
            ItemKind::Export(export) => self.export(item.def, export)?,
            kind => self.out.push(Item { def: item.def, kind }),
        }
        Ok(())
    }

    /// Programs are exported under their names of 0.2; stubs of programs, which toolchains leave,
    /// not at all.
    fn export(&mut self, def: Option<Def>, export: ComponentExport<'a>) -> Result<(), Error> {
        let name = export.name.name;
        if let Some(program) = self.programs.get(name).copied() {
            let (index, ty) = match self.edges.programs[name] {
                Program::Run => (InstanceId(export.index), None),
                Program::Handler => self.handler_instance().map(|(instance, ty)| (instance, Some(ty)))?,
            };
            let program = ComponentExternName { name: program, ..export.name };
            let export = ItemKind::Export(lifts::instance_export(program, index, ty));
            match self.edges.shared.contains(name) {
                true => {
                    self.define_as::<InstanceId>(export);
                }
                false => {
                    self.out.push(Item { def, kind: export });
                    return Ok(());
                }
            }
        }
        if self.edges.shared.contains(name) || program::role(name).is_none() {
            self.out.push(Item { def, kind: ItemKind::Export(self.tasks.starts.widened(export)) });
            self.export_companions(name);
        }
        Ok(())
    }

    fn rewrite_import(
        &mut self,
        instance: InstanceId,
        import: &ComponentImport<'a>,
    ) -> Result<ComponentImport<'a>, Error> {
        let interface = self.adapted[&instance].unversioned();
        let ComponentTypeRef::Instance(ty) = import.ty else { unreachable!("the import is an instance") };
        // The item has been rewritten already; local types of functions keep their indices.
        let declarations = match self.out.iter().find(|item| item.def == Some(TypeId(ty).into())) {
            Some(Item { kind: ItemKind::Type(ComponentType::Instance(declarations)), .. }) => declarations.clone(),
            _ => return Err(Error::unsound(format!("the type of import `{}` is defined elsewhere", import.name.name))),
        };
        let functions = &self.needs.interfaces[&interface];
        let typed =
            self.needs.typed.iter().copied().filter(|(typed, _)| self.giver(*typed) == Some(instance)).collect();
        let ty = interface::import_type(&declarations, self.arena, functions, &typed)?;
        let ty = self.define_as::<TypeId>(ItemKind::Type(ty));
        Ok(ComponentImport { name: import.name, ty: ComponentTypeRef::Instance(ty.into()) })
    }

    fn rewrite_canon(&mut self, def: Def, canon: CanonicalFunction) -> Result<(), Error> {
        let canon = self.with_contexts_apart(canon);
        match canon {
            CanonicalFunction::Lift { core_func_index, type_index, options } => {
                self.rewrite_lift(FuncId::of(def), CoreFuncId(core_func_index), TypeId(type_index), options)
            }
            _ => self.rewrite_core_canon(CoreFuncId::of(def), canon),
        }
    }

    fn rewrite_lift(
        &mut self,
        def: FuncId,
        core: CoreFuncId,
        ty: TypeId,
        options: Box<[CanonicalOption]>,
    ) -> Result<(), Error> {
        if self.handlers.contains_key(&def) {
            return self.lift_handler(def, core, &options);
        }
        if self.is_async(def) || self.is_wrapped(def) {
            return self.lift(def, core, ty, &options);
        }
        let lift = CanonicalFunction::Lift { core_func_index: core.into(), type_index: ty.into(), options };
        self.out.push(Item { def: Some(def.into()), kind: ItemKind::Canon(lift) });
        Ok(())
    }

    fn rewrite_core_canon(&mut self, def: CoreFuncId, canon: CanonicalFunction) -> Result<(), Error> {
        use CanonicalFunction as C;
        let task = self.task;
        match canon {
            C::Lower { func_index, options } if self.functions.contains_key(&FuncId(func_index)) => {
                self.lower_adapted(def, FuncId(func_index), &options)?;
            }
            C::Lower { func_index, options } if is_async(&options) || self.is_part_call(FuncId(func_index)) => {
                self.lower_part(def, FuncId(func_index), &options)?;
            }
            C::TaskReturn { result, options } => self.task_return(def, result, &options)?,
            C::TaskCancel if !self.tasks.starts.names.is_empty() => self.replace_by_task(def, task.task_cancel)?,
            C::TaskCancel => self.pending.add(def, None, trap(def, Signature::default(), Some(NOT_CANCELLED))),
            C::ContextGet { slot, .. } => self.replace_by_task(def, self.context(task.context_get, slot)?)?,
            C::ContextSet { slot, .. } => self.replace_by_task(def, self.context(task.context_set, slot)?)?,
            C::SubtaskDrop => self.replace(def, Control::SubtaskDrop),
            C::SubtaskCancel { async_ } => self.cancel_subtask(def, async_),
            C::StreamNew { ty } | C::FutureNew { ty } => self.new_pair(def, TypeId(ty)),
            C::StreamRead { ty, options } => self.read(def, TypeId(ty), &options, false)?,
            C::FutureRead { ty, options } => self.read(def, TypeId(ty), &options, true)?,
            C::StreamWrite { ty, options } => self.write(def, TypeId(ty), &options, false)?,
            C::FutureWrite { ty, options } => self.write(def, TypeId(ty), &options, true)?,
            C::StreamCancelRead { ty, async_ } | C::FutureCancelRead { ty, async_ } => {
                self.cancel(def, TypeId(ty), async_, Control::CancelRead);
            }
            C::StreamCancelWrite { ty, async_ } | C::FutureCancelWrite { ty, async_ } => {
                self.cancel(def, TypeId(ty), async_, Control::CancelWrite);
            }
            C::StreamDropReadable { ty } | C::FutureDropReadable { ty } if self.drop_readable(def, TypeId(ty)) => {}
            C::StreamDropReadable { ty } | C::FutureDropReadable { ty } => {
                self.drop_end(def, TypeId(ty), Control::DropReadable);
            }
            C::StreamDropWritable { ty } | C::FutureDropWritable { ty } => {
                self.drop_end(def, TypeId(ty), Control::DropWritable);
            }
            C::ResourceDrop { resource } => self.drop_resource(def, TypeId(resource)),
            C::WaitableSetNew => self.replace(def, Control::WaitableSetNew),
            C::WaitableSetDrop => self.replace(def, Control::WaitableSetDrop),
            C::WaitableJoin => self.replace(def, Control::WaitableJoin),
            C::WaitableSetWait { memory, .. } => self.wait(def, MemoryId(memory), Control::WaitableSetWait),
            C::WaitableSetPoll { memory, .. } => self.wait(def, MemoryId(memory), Control::WaitableSetPoll),
            C::BackpressureInc => self.backpressure(def, true),
            C::BackpressureDec => self.backpressure(def, false),
            C::ThreadYield { .. } => {
                let inner = self.waiting(Control::Yield);
                self.pending.add(def, None, move |module| module.then_zero(def, inner));
            }
            other => self.out.push(Item { def: Some(def.into()), kind: ItemKind::Canon(other) }),
        }
        Ok(())
    }

    fn may_deliver(&self, kind: &ItemKind<'_>) -> bool {
        use CanonicalFunction as C;
        match kind {
            ItemKind::Canon(C::Lower { .. } | C::StreamRead { .. } | C::FutureRead { .. }) => true,
            ItemKind::Canon(C::StreamWrite { ty, .. } | C::FutureWrite { ty, .. }) => self.gives_back(TypeId(*ty)),
            _ => false,
        }
    }

    fn context(&self, slots: [CoreFuncId; 2], slot: u32) -> Result<CoreFuncId, Error> {
        slots.get(slot as usize).copied().ok_or_else(|| Error::unsound(format!("context slot {slot}")))
    }

    /// The type of original core function `def`.
    fn core_signature(&self, def: CoreFuncId) -> Result<Signature, Error> {
        crate::code::core_signature(&self.component, def)
    }
}

fn plain_component(component: &mut Component<'_>) {
    for item in &mut component.items {
        match &mut item.kind {
            ItemKind::Type(ty) => *ty = interface::plain(ty),
            ItemKind::Component(nested) => plain_component(nested),
            _ => {}
        }
    }
}
