//! The rewrite of one part of the guest.

pub(super) mod handler;
mod lift;
mod lower;
mod parts;
mod plan;
pub(super) mod relay;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use handler::Handler;
pub(crate) use handler::SERVE;
pub(crate) use plan::{adapted_imports, program_name, used_functions, waits};
use relay::HandsOn;
pub(crate) use relay::RELAY;
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind, ComponentImport, ComponentType,
    ComponentTypeRef,
};

use super::interface::{self, SplitType};
use super::trampoline::{BulkRead, Drain, Gate, Uses};
use super::{ASYNC, CONTROL, Control, Form, Needs, Options};
use crate::code::{CoreModule, Scatter, Signature};
use crate::component::options::is_async;
use crate::component::{
    Arena, Component, CoreFuncId, FuncId, Id, InstanceId, Item, ItemKind, MemoryId, TypeId, extern_name, fresh_name,
};
use crate::graph::composition::{Origin, Part, Source};
use crate::link::Link;
use crate::p2_on_p3::adapter;
use crate::rewrite::Pending;
use crate::rewrite::companion::{Companions, Offer};
use crate::wasi::program::Program;
use crate::wasi::{InterfaceName, program};
use crate::{Error, Generation, link, wasi};

/// How a part is tied to the rest of the composition.
#[derive(Debug, Default)]
pub(crate) struct Edges<'a> {
    /// Exports that the root exports as programs of 0.2.
    pub programs: BTreeMap<&'a str, Program>,
    /// Exports that other parts use, or that the root exports unchanged.
    pub shared: BTreeSet<&'a str>,
    /// The functions that other parts call, by path.
    pub wanted: BTreeSet<Vec<&'a str>>,
    /// The companions of functions that the part calls, by import.
    pub offers: BTreeMap<&'a str, Offer<'a>>,
    /// Whether output of other parts may have to be pushed out when the program ends.
    pub drains: bool,
    /// Whether the part is a service and other parts answer its requests, or it answers them from
    /// several memories.
    pub relays: bool,
    /// Whether the part answers requests that a service hands on.
    pub answers: bool,
}

/// A part prepared to stand beside P.
pub(crate) struct Guest<'a> {
    pub bytes: Vec<u8>,
    pub needs: Needs,
    /// Where its imports come from, companions included.
    pub args: BTreeMap<&'a str, Source<'a>>,
    /// Whether a call of the part may have to wait.
    pub waits: bool,
    /// The names of 0.3 under which it exports its programs, by those of 0.2.
    pub programs: BTreeMap<&'a str, &'a str>,
    /// The companions that it offers, by the path of the function.
    pub companions: BTreeMap<Vec<&'a str>, &'a str>,
}

/// Rewrites `part`.
pub(crate) fn adapt<'a>(
    part: Part<'a>,
    edges: Edges<'a>,
    arena: &'a Arena,
    options: Options<'_, 'a>,
) -> Result<Guest<'a>, Error> {
    Rewrite::plan(part, edges, arena, options)?.run()
}

/// A split function of 0.2 that the guest uses.
struct SplitFunction {
    /// For backtraces.
    label: String,
    ty: SplitType,
    start: FuncId,
    finish: FuncId,
}

/// A function of another part that has a companion.
pub(in crate::p2_on_p3) struct Called {
    /// For backtraces.
    pub label: String,
    pub companion: FuncId,
}

/// Functions of the control interface as core functions of the guest.
pub(in crate::p2_on_p3) struct Controls {
    /// The type of the import; the functions in it are known only at the end.
    ty: TypeId,
    instance: InstanceId,
    pub(in crate::p2_on_p3) gate: Gate,
    drain: CoreFuncId,
}

/// The export of a linked P that replaces `wait` of the control interface.
const LINKED_WAIT: &str = "linked:wait";

pub(in crate::p2_on_p3) struct Rewrite<'a> {
    pub(in crate::p2_on_p3) component: Component<'a>,
    args: BTreeMap<&'a str, Source<'a>>,
    pub(in crate::p2_on_p3) edges: Edges<'a>,
    /// Whether the part calls functions of adapted imports that may have to wait, or answers
    /// requests that a service hands on.
    waits: bool,
    pub(in crate::p2_on_p3) arena: &'a Arena,
    pub(in crate::p2_on_p3) wasi03: String,
    /// Whether an instance of a service takes another request after it has finished one.
    pub(in crate::p2_on_p3) reuse_instance: bool,
    /// The names of 0.3 under which the programs are exported, by those of 0.2.
    programs: BTreeMap<&'a str, &'a str>,
    pub(in crate::p2_on_p3) out: Vec<Item<'a>>,
    pub(in crate::p2_on_p3) pending: Pending<'a>,
    /// Adapted imports: instance id → interface, and the root's name for it.
    pub(in crate::p2_on_p3) adapted: HashMap<InstanceId, (InterfaceName, &'a str)>,
    /// The functions that the guest takes from each adapted instance.
    pub(in crate::p2_on_p3) used: HashMap<InstanceId, BTreeSet<&'a str>>,
    /// Functions that the guest takes from the host instead: adapted instance and name → instance
    /// and name.
    same: HashMap<(InstanceId, &'a str), (InstanceId, &'static str)>,
    /// The types of the split functions of each adapted instance.
    split_types: HashMap<(InstanceId, &'a str), SplitType>,
    /// Split functions by the component function that the guest aliased.
    split: HashMap<FuncId, SplitFunction>,
    /// The imported instances that offer companions: id → import.
    pub(in crate::p2_on_p3) offering: HashMap<InstanceId, &'a str>,
    /// Functions of other parts that have companions.
    pub(in crate::p2_on_p3) called: HashMap<FuncId, Called>,
    /// The companions of the part's own functions.
    pub(in crate::p2_on_p3) companions: Companions<'a>,
    /// Wrappers that let functions run apart → the functions that they wrap.
    pub(in crate::p2_on_p3) apart: HashMap<CoreFuncId, CoreFuncId>,
    pub(in crate::p2_on_p3) controls: Option<Controls>,
    pub(in crate::p2_on_p3) handler: Option<Handler>,
    /// The import that has the types of a service's requests.
    requests: Option<InstanceId>,
    /// `response-outparam.set` of a service, as the guest aliased it, and the options of its
    /// lowerings.
    pub(in crate::p2_on_p3) sets: HashSet<FuncId>,
    pub(in crate::p2_on_p3) set_lowerings: Vec<Box<[CanonicalOption]>>,
    /// For a service that hands requests on: the functions of other parts by which it does so.
    pub(in crate::p2_on_p3) handing_on: HashMap<FuncId, HandsOn>,
    scatter: Option<Scatter>,
    /// The functions that move bulk bytes, by memory.
    bulk: HashMap<MemoryId, BulkRead>,
    /// The interfaces of 0.3 that the guest imports, without versions.
    pub(in crate::p2_on_p3) imported03: BTreeSet<String>,
    pub(in crate::p2_on_p3) needs: Needs,
    /// P in the part itself, if it is linked.
    link: Option<Link<'a>>,
    /// P's private interfaces that the part imports.
    pub(in crate::p2_on_p3) private: HashMap<InstanceId, &'static str>,
}

impl<'a> Rewrite<'a> {
    fn run(mut self) -> Result<Guest<'a>, Error> {
        let waits = self.waits || !self.edges.offers.is_empty();
        let adapter_is_called = self.used.iter().any(|(instance, functions)| {
            self.adapted
                .get(instance)
                .is_some_and(|(name, _)| functions.iter().any(|function| self.same(name, function).is_none()))
        });
        if waits || adapter_is_called || self.edges.drains || self.is_service() {
            if waits {
                let is_sync = |lift: FuncId| match self.component.get(lift.into()) {
                    Some(ItemKind::Canon(CanonicalFunction::Lift { options, .. })) => !is_async(options),
                    _ => false,
                };
                self.companions = Companions::plan(&ASYNC, &self.component, self.arena, &self.edges.wanted, &is_sync);
            }
            self.import_control();
        }
        for item in std::mem::take(&mut self.component.items) {
            let Some(item) = self.pending.defer(item) else { continue };
            if self.pending.is_needed_by(&item) {
                self.flush();
            }
            self.rewrite(item)?;
        }
        if let Some(controls) = &self.controls {
            let def = Some(controls.ty.into());
            for item in self.out.iter_mut().filter(|item| item.def == def) {
                item.kind = ItemKind::Type(Control::import_type(&self.needs.control));
            }
        }
        self.component.items = self.out;
        if let Some(link) = self.link {
            let cut = |core: &CoreModule, needs_realloc: &dyn Fn(&str, &str) -> bool| {
                adapter::link(&self.needs, core, needs_realloc)
            };
            let rename = |name: &str| adapter::renamed(name, &self.wasi03);
            self.needs.linked = link.finish(&mut self.component, self.pending, cut, &rename)?;
        }
        self.component.gc();
        for (def, _) in self.component.imports() {
            if let Some((name, root)) = InstanceId::try_of(def).and_then(|instance| self.adapted.get(&instance)) {
                self.needs.imports.insert(root.to_string());
                self.needs.interfaces.entry(name.unversioned()).or_default();
            }
        }
        let bytes = self.component.encode().map_err(Error::unsound)?;
        Ok(Guest {
            bytes,
            needs: self.needs,
            args: self.args,
            waits,
            programs: self.programs,
            companions: self.companions.names,
        })
    }

    /// Emits an item of a new definition.
    pub(in crate::p2_on_p3) fn define_as<I: Id>(&mut self, kind: ItemKind<'a>) -> I {
        let (id, item) = self.component.define_as(kind);
        self.emit(item);
        id
    }

    /// Emits an item; holds it back if it lifts a pending function, until that function is defined.
    pub(in crate::p2_on_p3) fn emit(&mut self, item: Item<'a>) {
        self.out.extend(self.pending.hold_lift(item));
    }

    pub(in crate::p2_on_p3) fn flush(&mut self) {
        let items = self.pending.flush(&mut self.component, self.arena);
        self.out.extend(items);
    }

    fn rewrite(&mut self, item: Item<'a>) -> Result<(), Error> {
        match (&item.kind, item.def) {
            (ItemKind::Import(import), Some(def))
                if InstanceId::try_of(def).is_some_and(|instance| self.adapted.contains_key(&instance)) =>
            {
                let instance = InstanceId::of(def);
                let kind = ItemKind::Import(self.rewrite_import(instance, import)?);
                self.out.push(Item { def: item.def, kind });
                if self.requests == Some(instance) {
                    self.import_serve(instance)?;
                }
            }
            (
                ItemKind::Alias(ComponentAlias::InstanceExport {
                    kind: ComponentExternalKind::Func,
                    instance_index,
                    name,
                }),
                Some(def),
            ) => {
                let (instance, name) = (InstanceId(*instance_index), *name);
                self.rewrite_alias(FuncId::of(def), instance, name, item);
            }
            (ItemKind::Canon(CanonicalFunction::Lower { func_index, options }), Some(def)) => {
                let (func, options) = (FuncId(*func_index), options.clone());
                self.rewrite_lower(CoreFuncId::of(def), func, &options, item)?;
            }
            (ItemKind::Import(import), Some(_)) if self.edges.offers.contains_key(import.name.name) => {
                self.import_companions(item);
            }
            (ItemKind::Canon(CanonicalFunction::ResourceDrop { resource }), Some(def))
                if self.link.as_mut().is_some_and(|link| {
                    link.drop_resource(&mut self.component, CoreFuncId::of(def), TypeId(*resource))
                }) => {}
            (ItemKind::Canon(CanonicalFunction::Lift { core_func_index, type_index, options }), Some(def))
                if self.controls.is_some() && self.is_async(FuncId::of(def)) =>
            {
                let (core, ty, options) = (CoreFuncId(*core_func_index), TypeId(*type_index), options.clone());
                self.lift_async(FuncId::of(def), core, ty, &options)?;
            }
            (ItemKind::Canon(CanonicalFunction::Lift { core_func_index, type_index, options }), Some(def))
                if self.companions.has_lift(FuncId::of(def)) =>
            {
                let (core, ty, options) = (CoreFuncId(*core_func_index), TypeId(*type_index), options.clone());
                self.lift_twice(FuncId::of(def), core, ty, &options)?;
            }
            (ItemKind::Instance(_), Some(def)) => self.extend_instance(InstanceId::of(def), item),
            (ItemKind::Canon(CanonicalFunction::TaskReturn { .. }), Some(def)) if self.controls.is_some() => {
                self.return_drained(CoreFuncId::of(def), item)?;
            }
            (ItemKind::Export(export), _) => {
                let name = export.name.name;
                let program = self.edges.programs.get(name).copied();
                if let Some(program) = program {
                    self.export_program(&item, program)?;
                }
                let is_program = program.is_some() || program::of_generation(name, Generation::Wasi02).is_some();
                if self.edges.shared.contains(name) || !is_program {
                    self.export(name, item);
                }
            }
            _ => self.out.push(item),
        }
        Ok(())
    }

    /// Rewrites `func`, the alias of function `name` of `instance`.
    fn rewrite_alias(&mut self, func: FuncId, instance: InstanceId, name: &'a str, item: Item<'a>) {
        self.know(func, instance, name);
        if self.sets.contains(&func) && !self.edges.relays {
            return;
        }
        if self.split_types.contains_key(&(instance, name)) {
            return self.alias_split(func, instance, name);
        }
        match self.same.get(&(instance, name)).copied() {
            Some((instance, name)) => {
                let kind = ComponentExternalKind::Func;
                let alias = ComponentAlias::InstanceExport { kind, instance_index: instance.into(), name };
                self.out.push(Item { def: item.def, kind: ItemKind::Alias(alias) });
            }
            None => self.alias_companion(func, instance, name, item),
        }
    }

    fn rewrite_lower(
        &mut self,
        def: CoreFuncId,
        func: FuncId,
        options: &[CanonicalOption],
        item: Item<'a>,
    ) -> Result<(), Error> {
        if self.sets.contains(&func) {
            return self.lower_set(def, func, options);
        }
        if self.called.contains_key(&func) && !is_async(options) {
            return self.lower_companion(def, func, options);
        }
        if self.split.contains_key(&func) {
            return self.lower_split(def, func, options);
        }
        match self.link.as_ref().is_some_and(|link| link.knows(func)) {
            true => self.lower_to(def, func, options, false),
            false => self.out.push(item),
        }
        Ok(())
    }

    /// Imports the control interface and adds the gate.
    fn import_control(&mut self) {
        let ty = self.define_as::<TypeId>(ItemKind::Type(Control::import_type(&BTreeSet::new())));
        let name = self.arena.text(&fresh_name(CONTROL, |name| self.args.contains_key(name)));
        if name != CONTROL {
            self.args.insert(name, Source { origin: Origin::Root, path: vec![CONTROL] });
        }
        let import = ComponentImport { name: extern_name(name), ty: ComponentTypeRef::Instance(ty.into()) };
        let instance = self.define_as::<InstanceId>(ItemKind::Import(import));
        self.private.insert(instance, CONTROL);
        let [wait, wait_now, start, finish] =
            [Control::Wait, Control::WaitNow, Control::StartDrain, Control::FinishDrain]
                .map(|function| self.lower_control(instance, function, &[]));
        // Outside of async exports, only shared exports of the part are called.
        let looks = !self.edges.shared.is_empty() && self.link.is_none();
        let look = looks.then(|| self.lower_control(instance, Control::Look, &[CanonicalOption::Async]));
        let gate = Gate::new(&mut self.component);
        let pauses = !self.edges.offers.is_empty() || !self.companions.names.is_empty();
        let asks = self.writes_in_place();
        let uses = Uses { asks, pauses, answers: self.is_service(), look };
        self.add_first(|module| gate.add_to(module, wait, wait_now, uses));
        let drain = self.drain(gate, "wasi-shim: drain", [start, finish]);
        self.controls = Some(Controls { ty, instance, gate, drain });
    }

    /// A function that calls `start`, waits, and calls `finish`.
    pub(in crate::p2_on_p3) fn drain(
        &mut self,
        gate: Gate,
        name: &'static str,
        [start, finish]: [CoreFuncId; 2],
    ) -> CoreFuncId {
        let def = self.component.fresh();
        let drain = Drain { def, name, start, finish, gate };
        self.pending.add(def, None, move |module| drain.build(module));
        def
    }

    /// Adds functions that need nothing of the guest: to P's own module if P is linked, else in a
    /// module of their own.
    fn add_first(&mut self, add: impl FnOnce(&mut CoreModule)) {
        let items = link::add_first(self.link.as_mut(), &mut self.component, self.arena, add);
        self.out.extend(items);
    }

    fn lower_control(&mut self, instance: InstanceId, function: Control, options: &[CanonicalOption]) -> CoreFuncId {
        self.needs.control.insert(function);
        if let (Some(link), Control::Wait) = (&mut self.link, function) {
            return link.export(&mut self.component, LINKED_WAIT);
        }
        let func = self.alias_func(instance, function.name());
        self.lower(func, options)
    }

    /// The gate of a part that has one.
    pub(in crate::p2_on_p3) fn gate(&self) -> Gate {
        self.controls.as_ref().expect("only asked for where there are controls").gate
    }

    pub(in crate::p2_on_p3) fn alias_func(&mut self, instance: InstanceId, name: &str) -> FuncId {
        let (kind, name) = (ComponentExternalKind::Func, self.arena.text(name));
        let alias = ComponentAlias::InstanceExport { kind, instance_index: instance.into(), name };
        let (func, item) = self.component.define_as(ItemKind::Alias(alias));
        self.know(func, instance, name);
        self.out.push(item);
        func
    }

    /// Tells `link` that `func` is `name` of `instance`, if the function is P's.
    fn know(&mut self, func: FuncId, instance: InstanceId, name: &'a str) {
        if self.same.contains_key(&(instance, name)) {
            // The function is the host's.
            return;
        }
        let private = self.private.get(&instance).map(|interface| interface.to_string());
        let interface = private.or_else(|| Some(self.adapted.get(&instance)?.0.unversioned()));
        if let (Some(link), Some(interface)) = (&mut self.link, interface) {
            link.know(func, interface, name);
        }
    }

    /// An import of 0.2: its type loses the functions that nobody uses, and split ones are
    /// replaced.
    fn rewrite_import(
        &mut self,
        instance: InstanceId,
        import: &ComponentImport<'a>,
    ) -> Result<ComponentImport<'a>, Error> {
        let interface = self.adapted[&instance].0.unversioned();
        let ComponentTypeRef::Instance(ty) = import.ty else { unreachable!("the import is an instance") };
        let declarations = match self.out.iter().find(|item| item.def == Some(TypeId(ty).into())) {
            Some(Item { kind: ItemKind::Type(ComponentType::Instance(declarations)), .. }) => declarations.clone(),
            _ => return Err(Error::unsound(format!("the type of import `{}` is defined elsewhere", import.name.name))),
        };
        self.import_same(instance);
        let mut used = self.used.get(&instance).cloned().unwrap_or_default();
        used.retain(|function| !self.same.contains_key(&(instance, *function)));
        let in_forms = used.iter().flat_map(|function| {
            let forms = Form::all(wasi::is_split(&interface, function));
            forms.iter().map(|form| (function.to_string(), *form))
        });
        let functions = in_forms.collect();
        let (ty, types) = interface::import_type(&declarations, self.arena, &functions)?;
        self.split_types.extend(types.into_iter().map(|(name, ty)| ((instance, name), ty)));
        self.needs.interfaces.entry(interface).or_default().extend(functions);
        let kind = ItemKind::Type(ty);
        let ty = self.define_as::<TypeId>(kind);
        Ok(ComponentImport { name: import.name, ty: ComponentTypeRef::Instance(ty.into()) })
    }

    /// The type of original core function `def`.
    pub(in crate::p2_on_p3) fn core_signature(&self, def: CoreFuncId) -> Result<Signature, Error> {
        crate::code::core_signature(&self.component, def)
    }
}
