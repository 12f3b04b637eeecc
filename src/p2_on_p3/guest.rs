//! The rewrite of one part of the guest.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentDefinedType, ComponentExternName,
    ComponentExternalKind, ComponentImport, ComponentType, ComponentTypeRef,
};

use super::handler::{self, Handler};
use super::relay::{self, HandsOn};
use super::split::{self, CONTROL, Control, Fate, Shape};
use super::trampoline::{BulkRead, Drain, DrainThenReturn, Gate, Running, Split, StartInPlace, Uses};
use super::{ASYNC, Choices};
use crate::Error;
use crate::adapter;
use crate::component::options::{self, is_async};
use crate::component::{Arena, Component, Def, Item, ItemKind, Sort, extern_name};
use crate::composition::{Origin, Part, Source};
use crate::link::{self, GiveBack, LEND, Link};
use crate::program::{self, Program};
use crate::substitute::{CoreModule, Pending, Scatter, Signature};
use crate::twin::{Offer, Twins};
use crate::wasi::{self, Generation, InterfaceName};

/// What adapter P must offer to a guest.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Functions by interface without version (`wasi:io/streams`), with split functions as `start-…` and
    /// `finish-…`. An interface may be needed for its types alone.
    pub interfaces: BTreeMap<String, BTreeSet<String>>,
    /// Functions of the control interface.
    pub control: BTreeSet<Control>,
    /// The guest's imports that P satisfies, as the guest names them.
    pub imports: BTreeSet<String>,
    /// Whether the interface of services is needed.
    pub serve: bool,
    /// Whether that of services that hand requests on is.
    pub relay: bool,
    /// Whether all of it is in the guest.
    pub linked: bool,
}

impl Needs {
    /// Adds what another part needs.
    pub fn merge(&mut self, other: Needs) {
        for (interface, functions) in other.interfaces {
            self.interfaces.entry(interface).or_default().extend(functions);
        }
        self.control.extend(other.control);
        self.imports.extend(other.imports);
        self.serve |= other.serve;
        self.relay |= other.relay;
        self.linked |= other.linked;
    }

    /// Whether the guest needs no P.
    pub fn is_nothing(&self) -> bool {
        self.imports.is_empty() && self.control.is_empty()
    }
}

/// How a part is tied to the rest of the composition.
#[derive(Debug, Default)]
pub(crate) struct Edges<'a> {
    /// Exports that the root exports as programs of 0.2.
    pub programs: BTreeMap<&'a str, Program>,
    /// Exports that other parts use, or the root as they are.
    pub shared: BTreeSet<&'a str>,
    /// The functions that other parts call, by path.
    pub wanted: BTreeSet<Vec<&'a str>>,
    /// The twins of functions that the part calls, by import.
    pub offers: BTreeMap<&'a str, Offer<'a>>,
    /// Whether output of other parts may have to be pushed out when the program ends.
    pub drains: bool,
    /// Whether it is a service, and other parts answer requests, or it does out of several memories.
    pub relays: bool,
    /// Whether it answers requests that a service hands on.
    pub answers: bool,
}

/// A part prepared to stand beside P.
pub(crate) struct Guest<'a> {
    pub bytes: Vec<u8>,
    pub needs: Needs,
    /// Where its imports come from, twins included.
    pub args: BTreeMap<&'a str, Source<'a>>,
    /// Whether a call of the part may have to wait.
    pub waits: bool,
    /// The names of 0.3 under which it exports its programs, by those of 0.2.
    pub programs: BTreeMap<&'a str, &'a str>,
    /// The twins that it offers, by the path of the function.
    pub twins: BTreeMap<Vec<&'a str>, &'a str>,
}

/// The name of a program in 0.3.
pub(crate) fn program_name(program: Program, wasi03: &str) -> String {
    format!("{}@{wasi03}", program.interface(Generation::Wasi03))
}

/// The names of 0.3 for the programs of a part, which may have exports of those names that are not programs.
fn program_names<'a>(
    component: &Component<'_>,
    programs: &BTreeMap<&'a str, Program>,
    arena: &'a Arena,
    wasi03: &str,
) -> BTreeMap<&'a str, &'a str> {
    let names = programs.iter().map(|(old, program)| {
        let mut name = program_name(*program, wasi03);
        while component.exports().any(|export| export.name.name == name) {
            name = name.replacen('@', "-x@", 1);
        }
        (*old, arena.text(&name))
    });
    names.collect()
}

/// Rewrites `part`.
pub(crate) fn adapt<'a>(
    part: Part<'a>,
    edges: Edges<'a>,
    arena: &'a Arena,
    choices: Choices<'_, 'a>,
) -> Result<Guest<'a>, Error> {
    Rewrite::plan(part, edges, arena, choices)?.run()
}

/// The imports of `part` that P satisfies: what they define, the interface, and the root's name for it.
pub(crate) fn adapted_imports<'a>(part: &Part<'a>) -> HashMap<u32, (InterfaceName, &'a str)> {
    let imports = part.component.imports().filter(|(def, _)| def.sort == Sort::Instance);
    let adapted = imports.filter_map(|(def, import)| {
        let root = part.args.get(import.name.name)?.root_import()?;
        let name = InterfaceName::parse(root).filter(|name| name.generation() == Some(Generation::Wasi02))?;
        Some((def.id, (name, root)))
    });
    adapted.collect()
}

/// Whether `part` calls functions of adapted imports that may have to wait.
pub(crate) fn waits(part: &Part<'_>) -> bool {
    let used = used_functions(&part.component);
    adapted_imports(part).iter().any(|(instance, (interface, _))| {
        let interface = interface.unversioned();
        used.get(instance).into_iter().flatten().any(|function| wasi::is_split(&interface, function))
    })
}

/// The functions that `component` takes from each instance, and uses.
pub(crate) fn used_functions<'a>(component: &Component<'a>) -> HashMap<u32, BTreeSet<&'a str>> {
    let mut used: HashMap<u32, BTreeSet<&'a str>> = HashMap::new();
    let live = component.live();
    for (item, _) in component.items.iter().zip(live).filter(|(_, is_live)| *is_live) {
        if let ItemKind::Alias(ComponentAlias::InstanceExport {
            kind: ComponentExternalKind::Func,
            instance_index,
            name,
        }) = &item.kind
        {
            used.entry(*instance_index).or_default().insert(name);
        }
    }
    used
}

/// A function of 0.2 that the guest uses.
struct SplitFunction {
    /// For backtraces.
    label: String,
    shape: Shape,
    start: u32,
    finish: u32,
}

/// A function of another part that has a twin.
pub(super) struct Called {
    /// For backtraces.
    pub label: String,
    pub twin: u32,
}

/// Functions of the control interface as core functions of the guest.
pub(super) struct Controls {
    /// The type of the import; what it lists is known only at the end.
    ty: u32,
    instance: u32,
    pub(super) gate: Gate,
    drain: u32,
}

/// What `wait` of the control interface is where P is linked: it waits in P.
const LINKED_WAIT: &str = "linked:wait";

/// A function of streams that takes bytes and returns when they are out.
const WRITE_AND_FLUSH: &str = "[method]output-stream.blocking-write-and-flush";

/// What P imports to write them.
const BYTES_WRITE: (&str, &str) = ("[export]wasi-shim:p2-on-p3/control", "[async-lower][stream-write-0]bytes");

/// Functions that have the same meaning and the same type, `func() -> u64`, in both generations: the guest takes them
/// from the host. Interface and name in 0.2, interface and name in 0.3.
const SAME: &[(&str, &str, &str, &str)] = &[
    ("wasi:clocks/monotonic-clock", "now", "wasi:clocks/monotonic-clock", "now"),
    ("wasi:clocks/monotonic-clock", "resolution", "wasi:clocks/monotonic-clock", "get-resolution"),
    ("wasi:random/random", "get-random-u64", "wasi:random/random", "get-random-u64"),
    ("wasi:random/insecure", "get-insecure-random-u64", "wasi:random/insecure", "get-insecure-random-u64"),
];

pub(super) struct Rewrite<'a> {
    pub(super) component: Component<'a>,
    args: BTreeMap<&'a str, Source<'a>>,
    pub(super) edges: Edges<'a>,
    /// Whether it calls functions of adapted imports that may have to wait.
    waits: bool,
    pub(super) arena: &'a Arena,
    pub(super) wasi03: String,
    /// Whether a service takes another request once one is done with.
    pub(super) reuse_instance: bool,
    /// What the exports that become programs are called then.
    programs: BTreeMap<&'a str, &'a str>,
    pub(super) out: Vec<Item<'a>>,
    pub(super) pending: Pending<'a>,
    /// Adapted imports: instance id → interface, and the root's name for it.
    pub(super) adapted: HashMap<u32, (InterfaceName, &'a str)>,
    /// The functions that the guest takes from each adapted instance.
    pub(super) used: HashMap<u32, BTreeSet<&'a str>>,
    /// Functions that the guest takes from the host instead: adapted instance and name → instance and name.
    same: HashMap<(u32, &'a str), (u32, &'static str)>,
    /// Shapes of the split functions of each adapted instance.
    shapes: HashMap<(u32, &'a str), Shape>,
    /// Split functions by the component function that the guest aliased.
    split: HashMap<u32, SplitFunction>,
    /// The imported instances that offer twins: id → import.
    pub(super) offering: HashMap<u32, &'a str>,
    /// Functions of other parts that have twins.
    pub(super) called: HashMap<u32, Called>,
    /// The twins of the part's own functions.
    pub(super) twins: Twins<'a>,
    /// What the functions that run apart wrap.
    pub(super) apart: HashMap<u32, u32>,
    pub(super) controls: Option<Controls>,
    pub(super) handler: Option<Handler>,
    /// The import that the requests of a service come from.
    requests: Option<u32>,
    /// `response-outparam.set` of a service, as the guest aliased it, and the options of its lowerings.
    pub(super) sets: HashSet<u32>,
    pub(super) set_lowerings: Vec<Box<[CanonicalOption]>>,
    /// Of a service that hands requests on: the functions of other parts that it does so with.
    pub(super) handing_on: HashMap<u32, HandsOn>,
    scatter: Option<Scatter>,
    /// What moves bulk bytes, for each memory.
    bulk: HashMap<u32, BulkRead>,
    /// The interfaces of 0.3 that the guest imports, without versions.
    pub(super) imported03: BTreeSet<String>,
    pub(super) needs: Needs,
    /// P in the part itself, if it is linked.
    link: Option<Link<'a>>,
    /// The private interfaces that it imports.
    pub(super) private: HashMap<u32, &'static str>,
}

impl<'a> Rewrite<'a> {
    fn plan(
        part: Part<'a>,
        edges: Edges<'a>,
        arena: &'a Arena,
        choices: Choices<'_, 'a>,
    ) -> Result<Rewrite<'a>, Error> {
        let adapted = adapted_imports(&part);
        // Its caller watches for the answer beside the call, and so has to call a twin.
        let waits = waits(&part) || edges.answers;
        let handing_on = if edges.relays { relay::handing_on(&part) } else { HashMap::new() };
        let Part { mut component, args, .. } = part;
        let instances = adapted.iter().map(|(id, (name, _))| (*id, name.unversioned()));
        let is_service = edges.programs.values().any(|program| *program == Program::Handler);
        let private = [Some(CONTROL), is_service.then_some(handler::SERVE), edges.relays.then_some(relay::RELAY)];
        let private: Vec<&str> = private.into_iter().flatten().collect();
        let link = choices.template.map(|template| Link::new(template, &mut component, instances, &private, arena));
        let link = link.transpose()?;
        let imported03 = component
            .imports()
            .filter_map(|(_, import)| InterfaceName::parse(import.name.name))
            .filter(|name| name.generation() == Some(Generation::Wasi03))
            .map(|name| name.unversioned())
            .collect();
        let used = used_functions(&component);
        let programs = program_names(&component, &edges.programs, arena, choices.wasi03);
        let handler = edges.programs.iter().find(|(_, program)| **program == Program::Handler);
        let requests = handler.and_then(|(export, _)| {
            let types = adapted.iter().filter(|(_, (name, _))| name.unversioned() == handler::TYPES);
            program::types_of_requests(&component, export, types.map(|(id, _)| *id), "incoming-request")
        });
        let mut rewrite = Rewrite {
            component,
            args,
            edges,
            waits,
            arena,
            wasi03: choices.wasi03.to_string(),
            reuse_instance: choices.reuse_instance,
            programs,
            out: Vec::new(),
            pending: if link.is_some() { Pending::placed() } else { Pending::default() },
            adapted,
            used,
            same: HashMap::new(),
            shapes: HashMap::new(),
            split: HashMap::new(),
            offering: HashMap::new(),
            called: HashMap::new(),
            twins: Twins::none(&ASYNC),
            apart: HashMap::new(),
            controls: None,
            handler: None,
            requests,
            sets: HashSet::new(),
            set_lowerings: Vec::new(),
            handing_on,
            scatter: None,
            bulk: HashMap::new(),
            imported03,
            needs: Needs::default(),
            link,
            private: HashMap::new(),
        };
        rewrite.take_sets();
        Ok(rewrite)
    }

    fn run(mut self) -> Result<Guest<'a>, Error> {
        let waits = self.waits || !self.edges.offers.is_empty();
        let adapter_is_called = self.used.iter().any(|(instance, functions)| {
            self.adapted
                .get(instance)
                .is_some_and(|(name, _)| functions.iter().any(|function| self.same(name, function).is_none()))
        });
        if waits || adapter_is_called || self.edges.drains || self.handles() {
            if waits {
                let is_sync = |lift| match self.component.get(Def::new(Sort::Func, lift)) {
                    Some(ItemKind::Canon(CanonicalFunction::Lift { options, .. })) => !is_async(options),
                    _ => false,
                };
                self.twins = Twins::plan(&ASYNC, &self.component, self.arena, &self.edges.wanted, &is_sync);
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
            let def = Some(Def::new(Sort::Type, controls.ty));
            for item in self.out.iter_mut().filter(|item| item.def == def) {
                item.kind = ItemKind::Type(split::control_type(&self.needs.control));
            }
        }
        self.component.items = self.out;
        if let Some(link) = self.link {
            let cut = |core: &CoreModule, needs_realloc: &dyn Fn(&str, &str) -> bool| {
                adapter::p2_on_p3::link(&self.needs, core, needs_realloc)
            };
            let rename = |name: &str| adapter::p2_on_p3::renamed(name, &self.wasi03);
            self.needs.linked = link.finish(&mut self.component, self.pending, cut, &rename)?;
        }
        self.component.sweep();
        for (def, _) in self.component.imports() {
            if let Some((name, root)) = self.adapted.get(&def.id).filter(|_| def.sort == Sort::Instance) {
                self.needs.imports.insert(root.to_string());
                self.needs.interfaces.entry(name.unversioned()).or_default();
            }
        }
        let bytes = self.component.encode().map_err(Error::unsound)?;
        Ok(Guest { bytes, needs: self.needs, args: self.args, waits, programs: self.programs, twins: self.twins.names })
    }

    /// Emits an item of a new definition.
    pub(super) fn define(&mut self, sort: Sort, kind: ItemKind<'a>) -> u32 {
        let (id, item) = self.component.define(sort, kind);
        self.emit(item);
        id
    }

    /// Emits an item, or, if that lifts what is pending, keeps it until that is there.
    pub(super) fn emit(&mut self, item: Item<'a>) {
        self.out.extend(self.pending.hold_lift(item));
    }

    pub(super) fn flush(&mut self) {
        let items = self.pending.flush(&mut self.component, self.arena);
        self.out.extend(items);
    }

    fn rewrite(&mut self, item: Item<'a>) -> Result<(), Error> {
        if let (ItemKind::Alias(alias), Some(def)) = (&item.kind, item.def) {
            self.know(def, alias);
        }
        match (&item.kind, item.def) {
            (ItemKind::Import(import), Some(def))
                if self.adapted.contains_key(&def.id) && def.sort == Sort::Instance =>
            {
                let kind = ItemKind::Import(self.rewrite_import(def.id, import)?);
                self.out.push(Item { def: item.def, kind });
                if self.requests == Some(def.id) {
                    self.import_serve(def.id)?;
                }
            }
            (ItemKind::Alias(_), Some(def))
                if def.sort == Sort::Func && self.sets.contains(&def.id) && !self.edges.relays => {}
            (ItemKind::Canon(CanonicalFunction::Lower { func_index, options }), Some(def))
                if self.sets.contains(func_index) =>
            {
                self.lower_set(def.id, *func_index, options)?;
            }
            (
                ItemKind::Alias(ComponentAlias::InstanceExport {
                    kind: ComponentExternalKind::Func,
                    instance_index,
                    name,
                }),
                Some(def),
            ) if self.shapes.contains_key(&(*instance_index, *name)) => self.alias_split(def.id, *instance_index, name),
            (
                ItemKind::Alias(ComponentAlias::InstanceExport {
                    kind: ComponentExternalKind::Func,
                    instance_index,
                    name,
                }),
                Some(_),
            ) if self.same.contains_key(&(*instance_index, *name)) => {
                let (instance_index, name) = self.same[&(*instance_index, *name)];
                let kind = ComponentExternalKind::Func;
                let alias = ComponentAlias::InstanceExport { kind, instance_index, name };
                self.out.push(Item { def: item.def, kind: ItemKind::Alias(alias) });
            }
            (ItemKind::Import(import), Some(_)) if self.edges.offers.contains_key(import.name.name) => {
                self.import_twins(item);
            }
            (ItemKind::Alias(_), Some(def)) if def.sort == Sort::Func => self.alias_twin(def.id, item),
            (ItemKind::Canon(CanonicalFunction::Lower { func_index, options }), Some(def))
                if self.called.contains_key(func_index) && !is_async(options) =>
            {
                self.lower_twin(def.id, *func_index, options)?;
            }
            (ItemKind::Canon(CanonicalFunction::Lower { func_index, options }), Some(def))
                if self.split.contains_key(func_index) =>
            {
                self.lower_split(def.id, *func_index, options)?;
            }
            (ItemKind::Canon(CanonicalFunction::Lower { func_index, options }), Some(def))
                if self.link.as_ref().is_some_and(|link| link.knows(*func_index)) =>
            {
                self.lower_to(def.id, *func_index, options, false);
            }
            (ItemKind::Canon(CanonicalFunction::ResourceDrop { resource }), Some(def))
                if self
                    .link
                    .as_mut()
                    .is_some_and(|link| link.drop_resource(&mut self.component, def.id, *resource)) => {}
            (ItemKind::Canon(CanonicalFunction::Lift { core_func_index, type_index, options }), Some(def))
                if self.controls.is_some() && self.is_async(def.id) =>
            {
                let (core, ty, options) = (*core_func_index, *type_index, options.clone());
                self.lift_async(def.id, core, ty, &options)?;
            }
            (ItemKind::Canon(CanonicalFunction::Lift { core_func_index, type_index, options }), Some(def))
                if self.twins.has_lift(def.id) =>
            {
                let (core, ty, options) = (*core_func_index, *type_index, options.clone());
                self.lift_twice(def.id, core, ty, &options)?;
            }
            (ItemKind::Instance(_), Some(def)) => self.extend_instance(def, item),
            (ItemKind::Canon(CanonicalFunction::TaskReturn { .. }), Some(def)) if self.controls.is_some() => {
                self.return_drained(def.id, item)?;
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

    /// The import of the control interface and the gate.
    fn import_control(&mut self) {
        let ty = self.define(Sort::Type, ItemKind::Type(split::control_type(&BTreeSet::new())));
        let name = self.free_import(CONTROL.into(), |name| format!("{name}-x"));
        if name != CONTROL {
            self.args.insert(name, Source { origin: Origin::Root, path: vec![CONTROL] });
        }
        let import = ComponentImport { name: extern_name(name), ty: ComponentTypeRef::Instance(ty) };
        let instance = self.define(Sort::Instance, ItemKind::Import(import));
        self.private.insert(instance, CONTROL);
        let [wait, wait_now, start, finish] =
            [Control::Wait, Control::WaitNow, Control::StartDrain, Control::FinishDrain]
                .map(|function| self.lower_control(instance, function, &[]));
        // Only functions of its own are called outside of async exports.
        let looks = !self.edges.shared.is_empty() && self.link.is_none();
        let look = looks.then(|| self.lower_control(instance, Control::Look, &[CanonicalOption::Async]));
        let gate = Gate::new(&mut self.component);
        let pauses = !self.edges.offers.is_empty() || !self.twins.names.is_empty();
        let asks = self.writes_in_place();
        let uses = Uses { asks, pauses, answers: self.handles(), look };
        self.add_first(|module| gate.add_to(module, wait, wait_now, uses));
        let drain = self.drain(gate, "wasi-shim: drain", [start, finish]);
        self.controls = Some(Controls { ty, instance, gate, drain });
    }

    /// A function that calls `start`, waits, and calls `finish`.
    pub(super) fn drain(&mut self, gate: Gate, name: &'static str, [start, finish]: [u32; 2]) -> u32 {
        let def = self.component.fresh(Sort::CoreFunc);
        let drain = Drain { def, name, start, finish, gate };
        self.pending.add(def, None, move |module| drain.build(module));
        def
    }

    /// Adds functions that need nothing of the guest: to P's own module, if that is linked.
    fn add_first(&mut self, add: impl FnOnce(&mut CoreModule)) {
        let items = link::add_first(self.link.as_mut(), &mut self.component, self.arena, add);
        self.out.extend(items);
    }

    /// `name`, changed by `next` until no import has it.
    fn free_import(&self, mut name: String, next: impl Fn(&str) -> String) -> &'a str {
        while self.args.contains_key(name.as_str()) {
            name = next(&name);
        }
        self.arena.text(&name)
    }

    fn lower_control(&mut self, instance: u32, function: Control, options: &[CanonicalOption]) -> u32 {
        self.needs.control.insert(function);
        if let (Some(link), Control::Wait) = (&mut self.link, function) {
            return link.export(&mut self.component, LINKED_WAIT);
        }
        let func = self.alias_func(instance, function.name());
        self.lower(func, options)
    }

    /// The gate of a part that has one.
    pub(super) fn gate(&self) -> Gate {
        self.controls.as_ref().expect("only asked for where there are controls").gate
    }

    pub(super) fn alias_func(&mut self, instance_index: u32, name: &str) -> u32 {
        let alias = ComponentAlias::InstanceExport {
            kind: ComponentExternalKind::Func,
            instance_index,
            name: self.arena.text(name),
        };
        let (func, item) = self.component.define(Sort::Func, ItemKind::Alias(alias.clone()));
        self.know(Def::new(Sort::Func, func), &alias);
        self.out.push(item);
        func
    }

    /// Component function `def` may be one of P's.
    fn know(&mut self, def: Def, alias: &ComponentAlias<'a>) {
        let ComponentAlias::InstanceExport { kind: ComponentExternalKind::Func, instance_index, name } = alias else {
            return;
        };
        if self.same.contains_key(&(*instance_index, *name)) {
            // It is the host's.
            return;
        }
        let private = self.private.get(instance_index).map(|interface| interface.to_string());
        let interface = private.or_else(|| Some(self.adapted.get(instance_index)?.0.unversioned()));
        if let (Some(link), Some(interface)) = (&mut self.link, interface) {
            link.know(def.id, interface, name);
        }
    }

    pub(super) fn lower(&mut self, func_index: u32, options: &[CanonicalOption]) -> u32 {
        if self.link.as_ref().is_some_and(|link| link.knows(func_index)) {
            let def = self.component.fresh(Sort::CoreFunc);
            self.lower_to(def, func_index, options, false);
            return def;
        }
        let lower = CanonicalFunction::Lower { func_index, options: options.into() };
        self.define(Sort::CoreFunc, ItemKind::Canon(lower))
    }

    /// The beginning of a function that may wait.
    fn lower_start(&mut self, func: u32, options: &[CanonicalOption]) -> u32 {
        if self.link.is_none() {
            return self.lower(func, options);
        }
        let def = self.component.fresh(Sort::CoreFunc);
        self.lower_to(def, func, options, true);
        def
    }

    /// Core function `def` becomes P's function `func`, which is linked.
    fn lower_to(&mut self, def: u32, func: u32, options: &[CanonicalOption], may_wait: bool) {
        let link = self.link.as_mut().expect("only asked for functions that are linked");
        link.lower(&mut self.component, &mut self.pending, def, func, options, may_wait);
    }

    /// An import of 0.2: its type loses the functions that nobody uses, and split ones are replaced.
    fn rewrite_import(&mut self, instance: u32, import: &ComponentImport<'a>) -> Result<ComponentImport<'a>, Error> {
        let interface = self.adapted[&instance].0.unversioned();
        let ComponentTypeRef::Instance(ty) = import.ty else { unreachable!("the import is an instance") };
        let declarations = match self.out.iter().find(|item| item.def == Some(Def::new(Sort::Type, ty))) {
            Some(Item { kind: ItemKind::Type(ComponentType::Instance(declarations)), .. }) => declarations.clone(),
            _ => return Err(Error::unsound(format!("the type of import `{}` is defined elsewhere", import.name.name))),
        };
        self.import_same(instance);
        let mut used = self.used.get(&instance).cloned().unwrap_or_default();
        used.retain(|function| !self.same.contains_key(&(instance, *function)));
        let fate = |function: &str| match used.contains(function) {
            false => Fate::Dropped,
            true if wasi::is_split(&interface, function) => Fate::Split,
            true => Fate::Kept,
        };
        let rewritten = split::rewrite_instance_type(&declarations, self.arena, fate)?;
        let functions = self.needs.interfaces.entry(interface.clone()).or_default();
        for function in &used {
            if wasi::is_split(&interface, function) {
                functions.insert(split::start_name(function));
                functions.insert(split::finish_name(function));
            } else {
                functions.insert(function.to_string());
            }
        }
        for (name, shape) in rewritten.shapes {
            self.shapes.insert((instance, name), shape);
        }
        let kind = ItemKind::Type(ComponentType::Instance(rewritten.declarations.into()));
        let ty = self.define(Sort::Type, kind);
        Ok(ComponentImport { name: import.name, ty: ComponentTypeRef::Instance(ty) })
    }

    /// The counterpart in 0.3 of a function that the guest can take from the host: interface and name.
    fn same(&self, interface: &InterfaceName, function: &str) -> Option<(&'static str, &'static str)> {
        let interface = interface.unversioned();
        let (_, _, interface, function) =
            SAME.iter().find(|(known, name, _, _)| *known == interface && *name == function)?;
        // A guest that imports that interface already would import it twice.
        let imports_it = self.imported03.contains(*interface);
        (!imports_it).then_some((interface, function))
    }

    /// Imports from the host what the guest can take from there instead of from adapted import `instance`.
    fn import_same(&mut self, instance: u32) {
        let (name, _) = &self.adapted[&instance];
        let used = self.used.get(&instance).into_iter().flatten();
        let same: Vec<_> =
            used.filter_map(|function| self.same(name, function).map(|(_, same)| (*function, same))).collect();
        let Some((interface, _)) = same.first().and_then(|(function, _)| self.same(name, function)) else { return };
        let functions: Vec<&'static str> = same.iter().map(|(_, function)| *function).collect();
        let ty = self.define(Sort::Type, ItemKind::Type(split::same_type(&functions)));
        let import = self.arena.name(&format!("{interface}@{}", self.wasi03));
        let import = ComponentImport { name: import, ty: ComponentTypeRef::Instance(ty) };
        let host = self.define(Sort::Instance, ItemKind::Import(import));
        self.imported03.insert(interface.to_string());
        for (function, same) in same {
            self.same.insert((instance, function), (host, same));
        }
    }

    /// Instead of a split function the guest takes the two that it was split into.
    fn alias_split(&mut self, func: u32, instance: u32, name: &'a str) {
        let shape = self.shapes[&(instance, name)];
        let start = self.alias_func(instance, &split::start_name(name));
        let finish = self.alias_func(instance, &split::finish_name(name));
        let label = format!("{}#{name}", self.adapted[&instance].0.unversioned());
        self.split.insert(func, SplitFunction { label, shape, start, finish });
    }

    /// The lowered function becomes a trampoline.
    fn lower_split(&mut self, def: u32, func: u32, options: &[CanonicalOption]) -> Result<(), Error> {
        // The validator lets only async functions be lowered async.
        debug_assert!(!is_async(options));
        let function = &self.split[&func];
        let (name, mut shape, start, finish) =
            (function.label.clone(), function.shape, function.start, function.finish);
        let (memory, realloc) = (options::memory(options), options::realloc(options));
        let signature = self.core_signature(def)?;
        let func_start = start;
        let mut start = self.lower_start(start, options);
        let finish = self.lower(finish, options);
        let bulk = match (shape.bulk_result, memory, realloc) {
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
            shape.bulk_param = None;
        }
        let split = Split { def, name, signature, shape, start, finish, gate, bulk, give_back };
        match &mut self.link {
            // What needs no memory of the guest's may be called before there is one.
            Some(link) if link.has(start) && link.has(finish) && bulk.is_none() => split.build(&mut link.core),
            _ => self.pending.add(def, bulk.and(memory), move |module| split.build(module)),
        }
        Ok(())
    }

    /// Whether what is written and waited for stays in the guest's memory: P is linked, and the guest does more than print.
    fn writes_in_place(&self) -> bool {
        let used = self.used.iter().filter_map(|(instance, functions)| Some((self.adapted.get(instance)?, functions)));
        let used: Vec<_> = used.map(|((name, _), functions)| (name.unversioned(), functions)).collect();
        self.link.is_some()
            && used.iter().any(|(_, functions)| functions.contains(WRITE_AND_FLUSH))
            && used.iter().any(|(interface, functions)| {
                !functions.is_empty() && adapter::p2_on_p3::is_more_than_printing(interface)
            })
    }

    /// The beginning of such a write of bytes in `memory`, which otherwise is `start`.
    fn start_in_place(&mut self, start: u32, memory: u32, give_back: GiveBack) -> u32 {
        let (def, gate) = (self.component.fresh(Sort::CoreFunc), self.gate());
        let link = self.link.as_mut().expect("asked before");
        let (slot, table) = link.element(&mut self.component);
        let write = link.export(&mut self.component, "linked:write-and-flush");
        let lend = link.export(&mut self.component, LEND);
        let host = link.host(&mut self.component, BYTES_WRITE, &[CanonicalOption::Memory(memory)]);
        let start = StartInPlace { def, start, gate, write, lend, give_back, slot, table, host };
        self.pending.add(def, Some(memory), move |module| start.build(module));
        def
    }

    /// The functions that move bulk bytes into `memory`. Their `realloc` is for the caller to fill in.
    fn bulk_read(&mut self, memory: u32) -> BulkRead {
        if let Some(bulk) = self.bulk.get(&memory) {
            return *bulk;
        }
        let scatter = match self.scatter {
            Some(scatter) => scatter,
            None => {
                let [aim, realloc] = std::array::from_fn(|_| self.component.fresh(Sort::CoreFunc));
                let scatter = Scatter { aim, realloc };
                self.add_first(|module| scatter.add_to(module));
                *self.scatter.insert(scatter)
            }
        };
        let instance = self.controls.as_ref().expect("a guest with adapted imports has controls").instance;
        let options = [CanonicalOption::Memory(memory), CanonicalOption::Realloc(scatter.realloc)];
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

    /// An async export of a component that also uses 0.2: the gate has to know while it runs.
    fn lift_async(&mut self, def: u32, core: u32, ty: u32, options: &[CanonicalOption]) -> Result<(), Error> {
        // With a sync lift the function's return gives the result, else a call of `task.return` does.
        let sync = !is_async(options);
        let drain = self.controls.as_ref().filter(|_| sync).map(|controls| controls.drain);
        let inner = self.running(core, "wasi-shim: async export", drain)?;
        let options: Vec<CanonicalOption> = options
            .iter()
            .map(|option| match option {
                CanonicalOption::Callback(callback) => {
                    Ok(CanonicalOption::Callback(self.running(*callback, "wasi-shim: callback", None)?))
                }
                other => Ok(*other),
            })
            .collect::<Result<_, Error>>()?;
        let lift = CanonicalFunction::Lift { core_func_index: inner, type_index: ty, options: options.into() };
        self.emit(Item { def: Some(Def::new(Sort::Func, def)), kind: ItemKind::Canon(lift) });
        Ok(())
    }

    /// A wrapper of core function `inner` that tells the gate that it runs.
    pub(super) fn running(&mut self, inner: u32, name: &str, drain: Option<u32>) -> Result<u32, Error> {
        let signature = self.core_signature(inner)?;
        let def = self.component.fresh(Sort::CoreFunc);
        let gate = self.gate();
        let running = Running { def, name: name.into(), signature, inner, gate, drain };
        self.pending.add(def, None, move |module| running.build(module));
        Ok(def)
    }

    /// A `task.return`: drains first.
    fn return_drained(&mut self, def: u32, item: Item<'a>) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        let controls = self.controls.as_ref().expect("only called where there are controls");
        let drain = controls.drain;
        let inner = self.define(Sort::CoreFunc, item.kind);
        let drained = DrainThenReturn { def, signature, inner, drain };
        self.pending.add(def, None, move |module| drained.build(module));
        Ok(())
    }

    /// A program of 0.2 becomes one of 0.3: the same core function, wrapped, lifted with the async type.
    fn export_program(&mut self, item: &Item<'a>, program: Program) -> Result<(), Error> {
        let ItemKind::Export(old) = &item.kind else { unreachable!("called with an export") };
        let lift = program::find_lift(&self.out, old, program.function())
            .ok_or_else(|| Error::unsound(format!("the function behind export `{}` is not found", old.name.name)))?;
        let core = self.apart.get(&lift.core).copied().unwrap_or(lift.core);
        let (instance, ty) = match program {
            Program::Run => (self.run_instance(core, &lift.options)?, None),
            Program::Handler => self.handler_instance(core).map(|(instance, ty)| (instance, Some(ty)))?,
        };
        let name = ComponentExternName { name: self.programs[old.name.name], ..old.name };
        let export = ItemKind::Export(program::instance_export(name, instance, ty));
        match self.edges.shared.contains(old.name.name) {
            true => drop(self.define(Sort::Instance, export)),
            false => self.out.push(Item { def: item.def, kind: export }),
        }
        Ok(())
    }

    /// The instance that is exported as `wasi:cli/run`.
    fn run_instance(&mut self, core: u32, options: &[CanonicalOption]) -> Result<u32, Error> {
        let core = match &self.controls {
            Some(controls) => {
                let drain = controls.drain;
                self.running(core, "wasi-shim: run", Some(drain))?
            }
            None => core,
        };
        self.flush();
        let result = ComponentType::Defined(ComponentDefinedType::Result { ok: None, err: None });
        let result = self.define(Sort::Type, ItemKind::Type(result));
        let ty = self.define(Sort::Type, ItemKind::Type(program::async_type(&[], result)));
        let lift = CanonicalFunction::Lift { core_func_index: core, type_index: ty, options: options.into() };
        let func = self.define(Sort::Func, ItemKind::Canon(lift));
        Ok(self.define(Sort::Instance, ItemKind::Instance(program::instance_of(Program::Run.function(), func))))
    }

    /// Whether the original component function `func` is async.
    fn is_async(&self, func: u32) -> bool {
        let types = self.component.validated();
        types[types.component_function_at(func)].async_
    }

    /// The type of original core function `def`.
    pub(super) fn core_signature(&self, def: u32) -> Result<Signature, Error> {
        crate::substitute::core_signature(&self.component, def)
    }
}
