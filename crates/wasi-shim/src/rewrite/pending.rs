//! Generated functions that wait for the last moment at which their module can be instantiated.
//!
//! One module for all functions that are needed at the same moment keeps the number of core
//! instances small; the moment is the first item that uses one of them. Being exported by an unused
//! core instance, or being lifted, does not count as a use; such items are deferred as well.
//!
//! If the component's items are put in order at the end, all functions wait until everything is
//! known.

use std::collections::{BTreeMap, HashSet};

use wasmparser::{CanonicalFunction, Instance};

use crate::code::CoreModule;
use crate::component::{Arena, Component, CoreFuncId, Def, Item, ItemKind, MemoryId};
use crate::hash::{IdMap, IdSet};

/// Functions to be generated, which `build` adds to a module.
struct Batch<'a> {
    defs: Vec<CoreFuncId>,
    memory: Option<MemoryId>,
    build: Build<'a>,
    /// Like `build`, to see what the functions use.
    probe: Build<'a>,
}

type Build<'a> = Box<dyn FnOnce(&mut CoreModule) + 'a>;

/// Functions to be generated.
#[derive(Default)]
pub(crate) struct Pending<'a> {
    parts: Vec<Batch<'a>>,
    /// Core instances that have pending functions as exports, and lifts of such functions.
    held: Vec<Item<'a>>,
    defs: IdSet<Def>,
    /// Whether all functions wait for [`Pending::place`], whichever items need them before.
    waits: bool,
}

impl<'a> Pending<'a> {
    /// Functions that all wait for [`Pending::place`].
    pub fn placed() -> Pending<'a> {
        Pending { waits: true, ..Pending::default() }
    }

    /// Adds a function that will be core function `def`, which `build` adds to the module that it
    /// is given. `memory` is the core memory that it uses.
    pub fn add(&mut self, def: CoreFuncId, memory: Option<MemoryId>, build: impl FnOnce(&mut CoreModule) + Clone + 'a) {
        self.add_all(&[def], memory, build);
    }

    /// Like [`Pending::add`], for several functions that share something.
    pub fn add_all(
        &mut self,
        defs: &[CoreFuncId],
        memory: Option<MemoryId>,
        build: impl FnOnce(&mut CoreModule) + Clone + 'a,
    ) {
        if !self.waits {
            self.defs.extend(defs.iter().map(|def| Def::from(*def)));
        }
        let probe = Box::new(build.clone());
        self.parts.push(Batch { defs: defs.to_vec(), memory, build: Box::new(build), probe });
    }

    /// Whether `item` uses what is still pending.
    pub fn is_needed_by(&self, item: &Item<'_>) -> bool {
        !self.defs.is_empty() && item.references().iter().any(|def| self.defs.contains(def))
    }

    /// Defers an instance that exports something pending; gives back any other item.
    pub fn defer(&mut self, item: Item<'a>) -> Option<Item<'a>> {
        let is_bundle = matches!(item.kind, ItemKind::CoreInstance(Instance::FromExports(_)));
        if is_bundle { self.hold(item) } else { Some(item) }
    }

    /// Defers a new lift of something pending; gives back any other item.
    pub fn hold_lift(&mut self, item: Item<'a>) -> Option<Item<'a>> {
        let is_lift = matches!(item.kind, ItemKind::Canon(CanonicalFunction::Lift { .. }));
        if is_lift { self.hold(item) } else { Some(item) }
    }

    fn hold(&mut self, item: Item<'a>) -> Option<Item<'a>> {
        match item.def.filter(|_| self.is_needed_by(&item)) {
            Some(def) => {
                self.defs.insert(def);
                self.held.push(item);
                None
            }
            None => Some(item),
        }
    }

    /// The items that define everything pending.
    pub fn flush(&mut self, component: &mut Component<'a>, arena: &'a Arena) -> Vec<Item<'a>> {
        if self.waits {
            return Vec::new();
        }
        self.defs.clear();
        let mut items = modules(std::mem::take(&mut self.parts), component, arena);
        items.append(&mut self.held);
        items
    }

    /// Adds everything pending to `component`, whose items need not be in order: functions that
    /// need no core instance go into `core`, the others into as few later modules as possible. The
    /// component's own instances keep their order.
    pub fn place(self, component: &mut Component<'a>, core: &mut CoreModule, arena: &'a Arena) {
        let mut parts = self.parts;
        let mut uses: Vec<(Vec<CoreFuncId>, Vec<Def>)> =
            parts.iter_mut().map(|part| (part.defs.clone(), part.uses())).collect();
        // Functions of an unused lowering are needed by nothing, so they are left out.
        let used = used(component, core, &uses);
        parts.retain(|part| used.contains(&part.defs[0]));
        uses.retain(|(defs, _)| used.contains(&defs[0]));
        let moments = Moments::of(component, core, &uses);
        let mut rest = Vec::new();
        for part in parts {
            match moments.of_function(part.defs[0]) {
                Some(moment) => rest.push((moment, part)),
                None => (part.build)(core),
            }
        }
        while let Some(latest) = rest.iter().map(|(moment, _)| moment.latest).min() {
            let (now, later): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(moment, _)| moment.earliest <= latest);
            rest = later;
            let mut behind: BTreeMap<usize, Vec<Batch<'a>>> = BTreeMap::new();
            for (moment, part) in now {
                behind.entry(moment.behind).or_default().push(part);
            }
            for parts in behind.into_values() {
                let items = modules(parts, component, arena);
                component.items.extend(items);
            }
        }
    }
}

impl Batch<'_> {
    /// The definitions that the functions use.
    fn uses(&mut self) -> Vec<Def> {
        let probe = std::mem::replace(&mut self.probe, Box::new(|_| {}));
        let mut module = CoreModule::default();
        if let Some(memory) = self.memory {
            module.import_memory(memory);
        }
        probe(&mut module);
        module.uses()
    }
}

/// The first function of each batch of `pending` that something live in `component`, or `core`,
/// leads to. Each batch comes with what it uses.
fn used(component: &Component<'_>, core: &CoreModule, pending: &[(Vec<CoreFuncId>, Vec<Def>)]) -> HashSet<CoreFuncId> {
    let positions = component.positions();
    let live = component.items.iter().zip(component.live()).filter(|(_, is_live)| *is_live);
    let mut open: Vec<Def> = live.flat_map(|(item, _)| item.references()).collect();
    open.extend(core.imports().map(|(def, _)| Def::from(def)));
    let providers: IdMap<Def, &(Vec<CoreFuncId>, Vec<Def>)> =
        pending.iter().flat_map(|part| part.0.iter().map(move |def| (Def::from(*def), part))).collect();
    let (mut seen, mut used) = (IdSet::default(), HashSet::new());
    while let Some(def) = open.pop() {
        if !seen.insert(def) {
            continue;
        }
        open.extend(positions.get(&def).into_iter().flat_map(|at| component.items[*at].references()));
        if let Some((defs, uses)) = providers.get(&def) {
            used.insert(defs[0]);
            open.extend(uses);
        }
    }
    used
}

/// The items that define the functions: one module for each memory.
fn modules<'a>(parts: Vec<Batch<'a>>, component: &mut Component<'a>, arena: &'a Arena) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    let mut rest = parts;
    while let Some(memory) = rest.first().map(|_| rest.iter().find_map(|part| part.memory)) {
        let (now, later): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|part| part.memory.is_none() || part.memory == memory);
        rest = later;
        let mut module = CoreModule::default();
        if let Some(memory) = memory {
            module.import_memory(memory);
        }
        let mut defs = Vec::new();
        for part in now {
            defs.extend(part.defs);
            (part.build)(&mut module);
        }
        debug_assert!(module.provides().eq(defs), "each pending function adds itself");
        items.extend(module.into_items(component, arena));
    }
    items
}

/// When a generated function can be instantiated, by the number of the component's instances before
/// it.
#[derive(Debug, Clone, Copy)]
struct Moment {
    earliest: usize,
    latest: usize,
    /// How many added modules that need something pending it depends on, one behind the other.
    behind: usize,
}

/// Between which instances of the component each definition, or generated function, belongs.
#[derive(Default)]
struct Moments {
    /// After how many instances everything exists that a definition needs.
    earliest: IdMap<Def, usize>,
    /// The first instance that needs it.
    latest: IdMap<Def, usize>,
    /// Definitions that need a core instance, the component's or an added one.
    of_instances: IdSet<Def>,
    /// The added instances; and for what needs something pending, how many of them it depends on.
    added: IdSet<Def>,
    behind: IdMap<Def, usize>,
}

impl Moments {
    /// The moments in `component` with functions `pending`, each with what it uses.
    fn of(component: &Component<'_>, core: &CoreModule, pending: &[(Vec<CoreFuncId>, Vec<Def>)]) -> Moments {
        let function = |def: &CoreFuncId| Def::from(*def);
        let instantiated: IdMap<Def, usize> = component.instantiations().into_iter().zip(0..).collect();
        let is_instance = |item: &&Item<'_>| matches!(item.kind, ItemKind::CoreInstance(Instance::Instantiate { .. }));
        let mut moments = Moments::default();
        moments.of_instances.extend(component.items.iter().filter(is_instance).filter_map(|item| item.def));
        moments.added = moments.of_instances.iter().filter(|def| !instantiated.contains_key(def)).copied().collect();
        moments.behind = pending.iter().flat_map(|(defs, _)| defs).map(|def| (function(def), 0)).collect();
        // The adapter's module needs no instance, so uses of it do not count.
        let provided: IdSet<Def> = core.provides().chain(core.prebuilt()).map(|def| function(&def)).collect();
        let items = component.items.iter().filter_map(|item| Some((vec![item.def?], item.references())));
        let pending = pending.iter().map(|(defs, uses)| (defs.iter().map(function).collect(), uses.clone()));
        let mut edges: Vec<(Vec<Def>, Vec<Def>)> = items.chain(pending).collect();
        for (_, used) in &mut edges {
            used.retain(|used| !provided.contains(used));
        }
        while edges.iter().filter(|(defs, used)| moments.follow(defs, used, &instantiated)).count() > 0 {}
        while edges.iter().rev().filter(|(defs, used)| moments.lead(defs, used, &instantiated)).count() > 0 {}
        moments
    }

    /// Notes the earliest moment of `defs`, which refer to `used`. Answers whether that was new.
    fn follow(&mut self, defs: &[Def], used: &[Def], instantiated: &IdMap<Def, usize>) -> bool {
        let mut is_new = false;
        let needed = used.iter().filter_map(|used| self.earliest.get(used)).max().copied().unwrap_or(0);
        let needs_instance = used.iter().any(|used| self.of_instances.contains(used));
        let behind = used.iter().filter_map(|used| self.behind.get(used)).max().copied();
        for def in defs {
            if let Some(behind) = behind.map(|behind| behind + usize::from(self.added.contains(def))) {
                let known = self.behind.insert(*def, behind);
                is_new |= known.is_none_or(|known| known < behind);
            }
            let earliest = instantiated.get(def).map_or(needed, |at| at + 1);
            is_new |= earliest > self.earliest.get(def).copied().unwrap_or(0);
            self.earliest.insert(*def, earliest);
            is_new |= needs_instance && self.of_instances.insert(*def);
        }
        is_new
    }

    /// Notes the latest moment of `used`, which `defs` refer to. Answers whether that was new.
    fn lead(&mut self, defs: &[Def], used: &[Def], instantiated: &IdMap<Def, usize>) -> bool {
        let needed =
            defs.iter().filter_map(|def| instantiated.get(def).or_else(|| self.latest.get(def))).min().copied();
        let Some(needed) = needed else { return false };
        let mut is_new = false;
        for used in used {
            let latest = self.latest.entry(*used).or_insert(usize::MAX);
            is_new |= needed < *latest;
            *latest = needed.min(*latest);
        }
        is_new
    }

    /// The moment of generated function `def`; `None` if it needs no instance. If it is needed
    /// before it can be there, the order of the instances changes.
    fn of_function(&self, def: CoreFuncId) -> Option<Moment> {
        let def = Def::from(def);
        let earliest = self.earliest.get(&def).copied().unwrap_or(0);
        let latest = self.latest.get(&def).copied().unwrap_or(usize::MAX).max(earliest);
        let behind = self.behind.get(&def).copied().unwrap_or(0);
        self.of_instances.contains(&def).then_some(Moment { earliest, latest, behind })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use wasmparser::WasmFeatures;

    use super::*;
    use crate::component::{CoreInstanceId, FuncId, Id, extern_name};

    /// Two guests: the second one is given a function that needs the first one's memory.
    const GUESTS: &str = r#"(component
        (core module $m (import "" "f" (func (param i32))) (memory (export "m") 1) (func (export "run")))
        (type $r (resource (rep i32)))
        (core func $given (canon resource.drop $r))
        (core func $first (canon resource.drop $r))
        (core func $second (canon resource.drop $r))
        (core instance $i (instantiate $m (with "" (instance (export "f" (func $first))))))
        (alias core export $i "run" (core func $run-i))
        (alias core export $i "m" (core memory $memory))
        (core instance $j (instantiate $m (with "" (instance (export "f" (func $second))))))
        (alias core export $j "run" (core func $run-j)))"#;

    /// Their core functions, in order.
    const GIVEN: CoreFuncId = CoreFuncId(0);
    const FIRST: CoreFuncId = CoreFuncId(1);
    const SECOND: CoreFuncId = CoreFuncId(2);
    const RUN_I: CoreFuncId = CoreFuncId(3);
    const RUN_J: CoreFuncId = CoreFuncId(4);

    #[test]
    fn modules_are_as_few_as_can_be() {
        let bytes = wat::parse_str(GUESTS).unwrap();
        let arena = Arena::default();
        let mut component = Component::decode(&bytes, WasmFeatures::all()).unwrap();
        let replaced = [FIRST, SECOND].map(|def| Some(def.into()));
        component.items.retain(|item| !replaced.contains(&item.def));
        let mut pending = Pending::placed();
        let [wraps_i, wraps_j] = [(); 2].map(|()| component.fresh());
        let mut add = |def, memory, calls: &'static [CoreFuncId]| {
            pending.add(def, memory, move |module| {
                let calls: Vec<_> = calls.iter().map(|called| module.import(*called, ([], []))).collect();
                module.function(Some(def), "", ([], []), |body| {
                    body.calls(calls);
                });
            });
        };
        add(wraps_j, None, &[RUN_J, RUN_I]);
        add(wraps_i, None, &[RUN_I, SECOND]);
        add(SECOND, Some(MemoryId(0)), &[FIRST]);
        add(FIRST, None, &[GIVEN]);
        let unused = component.fresh();
        pending.add(unused, None, move |module| {
            module.function(Some(unused), "", ([], []), |_| {});
        });
        for (name, core) in [("i", wraps_i), ("j", wraps_j)] {
            let core_func_index = core.into();
            let lift = CanonicalFunction::Lift { core_func_index, type_index: 0, options: Box::new([]) };
            let (func, item) = component.define_as::<FuncId>(ItemKind::Canon(lift));
            let index = func.into();
            let kind = wasmparser::ComponentExternalKind::Func;
            let export = wasmparser::ComponentExport { name: extern_name(name), kind, index, ty: None };
            component.items.extend([item, Item { def: None, kind: ItemKind::Export(export) }]);
        }
        let mut core = CoreModule::default();
        pending.place(&mut component, &mut core, &arena);
        assert_eq!(core.provides().collect::<Vec<_>>(), [FIRST]);
        let provided = component.items.iter().filter_map(|item| match item.kind {
            ItemKind::Alias(wasmparser::ComponentAlias::CoreInstanceExport { instance_index, .. }) => {
                Some((CoreFuncId::try_of(item.def?)?, CoreInstanceId(instance_index)))
            }
            _ => None,
        });
        let of: HashMap<CoreFuncId, CoreInstanceId> = provided.collect();
        assert!(!of.contains_key(&unused), "nothing leads to it");
        assert_eq!(of[&SECOND], of[&wraps_i], "neither needs the other to be instantiated");
        assert_ne!(of[&SECOND], of[&wraps_j], "the second guest is between them");
        let modules = component.items.iter().filter(|item| matches!(item.kind, ItemKind::CoreModule(_))).count();
        assert_eq!(modules, 1 + 2);
    }
}
