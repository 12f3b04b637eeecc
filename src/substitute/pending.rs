//! Generated functions that wait for the last moment at which their module can be instantiated.
//!
//! One module for all functions that are needed at the same moment keeps the number of core instances
//! small; the moment is the first item that uses one of them. To be an export of an instance that is not used yet is no
//! use, nor to be lifted: such items wait too.
//!
//! Where the items of the component are put in order at the end, all functions wait until everything is known.

use std::collections::{BTreeMap, HashSet};

use super::CoreModule;
use crate::component::{Arena, Component, Def, Item, ItemKind, Sort};
use crate::hash::{IdMap, IdSet};
use wasmparser::{CanonicalFunction, Instance};

/// Functions to be generated, in the module that is given.
struct Part<'a> {
    defs: Vec<u32>,
    memory: Option<u32>,
    build: Build<'a>,
    /// The same, to see what the functions use.
    probe: Build<'a>,
}

type Build<'a> = Box<dyn FnOnce(&mut CoreModule) + 'a>;

/// Functions to be generated.
#[derive(Default)]
pub(crate) struct Pending<'a> {
    parts: Vec<Part<'a>>,
    /// Core instances that have pending functions as exports, and lifts of such functions.
    held: Vec<Item<'a>>,
    defs: IdSet<Def>,
    /// Whether all wait for [`Pending::place`], wherever what needs them is.
    waits: bool,
}

impl<'a> Pending<'a> {
    /// Functions that all wait for [`Pending::place`].
    pub fn placed() -> Pending<'a> {
        Pending { waits: true, ..Pending::default() }
    }

    /// Adds a function that will be core function `def`, which `build` adds to the module that it is given.
    /// `memory` is the core memory that it uses.
    pub fn add(&mut self, def: u32, memory: Option<u32>, build: impl FnOnce(&mut CoreModule) + Clone + 'a) {
        self.add_all(&[def], memory, build);
    }

    /// The same with several functions, which share something.
    pub fn add_all(&mut self, defs: &[u32], memory: Option<u32>, build: impl FnOnce(&mut CoreModule) + Clone + 'a) {
        if !self.waits {
            self.defs.extend(defs.iter().map(|def| Def::new(Sort::CoreFunc, *def)));
        }
        let probe = Box::new(build.clone());
        self.parts.push(Part { defs: defs.to_vec(), memory, build: Box::new(build), probe });
    }

    /// Whether `item` uses what is still pending.
    pub fn is_needed_by(&self, item: &Item<'_>) -> bool {
        !self.defs.is_empty() && item.references().iter().any(|def| self.defs.contains(def))
    }

    /// Keeps an instance that has something pending as an export, until that is there; gives back any other item.
    pub fn defer(&mut self, item: Item<'a>) -> Option<Item<'a>> {
        let is_bundle = matches!(item.kind, ItemKind::CoreInstance(Instance::FromExports(_)));
        if is_bundle { self.hold(item) } else { Some(item) }
    }

    /// Keeps a new lift of something pending until that is there; gives back any other item.
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

    /// The items that define all that is pending.
    pub fn flush(&mut self, component: &mut Component<'a>, arena: &'a Arena) -> Vec<Item<'a>> {
        if self.waits {
            return Vec::new();
        }
        self.defs.clear();
        let mut items = modules(std::mem::take(&mut self.parts), component, arena);
        items.append(&mut self.held);
        items
    }

    /// Adds to `component`, whose items need not be in order, all that is pending: functions that need nothing of the guest's core
    /// instances are added to `core`; the others to modules that come after it, as few as can be.
    pub fn place(self, component: &mut Component<'a>, core: &mut CoreModule, arena: &'a Arena) {
        let mut levels = Levels::of(component, core, self.parts.iter().flat_map(|part| &part.defs));
        let mut parts = self.parts;
        let mut uses: Vec<(Vec<u32>, Vec<Def>)> =
            parts.iter_mut().map(|part| (part.defs.clone(), part.uses())).collect();
        // What is lowered and never used leads to nothing.
        let used = used(component, core, &uses);
        parts.retain(|part| used.contains(&part.defs[0]));
        uses.retain(|(defs, _)| used.contains(&defs[0]));
        // Each round settles one more level.
        for _ in 0..=uses.len() {
            let raised = uses.iter().filter(|(defs, uses)| levels.raise(defs, uses)).count();
            levels.follow();
            if raised == 0 {
                break;
            }
        }
        let mut of_level: BTreeMap<usize, Vec<Part<'a>>> = BTreeMap::new();
        for part in parts {
            of_level.entry(levels.of_function(part.defs[0])).or_default().push(part);
        }
        for (level, parts) in of_level {
            match level {
                CORE => parts.into_iter().for_each(|part| (part.build)(core)),
                _ => {
                    let items = modules(parts, component, arena);
                    component.items.extend(items);
                }
            }
        }
    }
}

impl Part<'_> {
    /// What the functions use.
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

/// The first functions of those of `pending`, with what they use, that something live in `component`, or `core`, leads to.
fn used(component: &Component<'_>, core: &CoreModule, pending: &[(Vec<u32>, Vec<Def>)]) -> HashSet<u32> {
    let positions = component.positions();
    let live = component.items.iter().zip(component.live()).filter(|(_, is_live)| *is_live);
    let mut open: Vec<Def> = live.flat_map(|(item, _)| item.references()).collect();
    open.extend(core.imports().map(|(def, _)| Def::new(Sort::CoreFunc, def)));
    let providers: IdMap<Def, &(Vec<u32>, Vec<Def>)> =
        pending.iter().flat_map(|part| part.0.iter().map(move |def| (Def::new(Sort::CoreFunc, *def), part))).collect();
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

/// The items that define functions: one module for each memory that they use.
fn modules<'a>(parts: Vec<Part<'a>>, component: &mut Component<'a>, arena: &'a Arena) -> Vec<Item<'a>> {
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

/// The level of the adapter's own module.
const CORE: usize = 1;

/// For each definition the generated module that it needs: none (0), the adapter's own, one that comes after that, and so on.
struct Levels {
    levels: IdMap<Def, usize>,
    /// What needs a core instance.
    of_instances: IdSet<Def>,
    /// What generated modules provide.
    generated: IdSet<Def>,
    /// The items, with what they refer to.
    items: Vec<(Def, Vec<Def>)>,
}

impl Levels {
    fn of<'d>(component: &Component<'_>, core: &CoreModule, pending: impl Iterator<Item = &'d u32>) -> Levels {
        let function = |def| Def::new(Sort::CoreFunc, def);
        let provided: Vec<Def> = core.provides().chain(core.prebuilt()).map(function).collect();
        let generated = provided.iter().copied().chain(pending.map(|def| function(*def))).collect();
        let is_instance = |item: &Item<'_>| matches!(item.kind, ItemKind::CoreInstance(Instance::Instantiate { .. }));
        let instances = component.items.iter().filter(|item| is_instance(item)).filter_map(|item| item.def);
        let of_instances = instances.collect();
        let items = component.items.iter().filter_map(|item| Some((item.def?, item.references()))).collect();
        let levels = provided.into_iter().map(|def| (def, CORE)).collect();
        let mut levels = Levels { levels, of_instances, generated, items };
        levels.follow();
        levels
    }

    fn of_function(&self, def: u32) -> usize {
        self.level(&Def::new(Sort::CoreFunc, def))
    }

    fn level(&self, def: &Def) -> usize {
        self.levels.get(def).copied().unwrap_or(0)
    }

    /// Raises generated functions, which are `defs`, as far as what they use asks for it. Answers whether that was needed.
    fn raise(&mut self, defs: &[u32], uses: &[Def]) -> bool {
        let needed = |used: &Def| match self.level(used) {
            // They may be in the same module.
            level if self.generated.contains(used) => level,
            0 if !self.of_instances.contains(used) => CORE,
            level => level.max(CORE) + 1,
        };
        let level = uses.iter().map(needed).max().unwrap_or(CORE).max(CORE);
        let is_raised = defs.iter().any(|def| self.of_function(*def) < level);
        self.levels.extend(defs.iter().map(|def| (Def::new(Sort::CoreFunc, *def), level)));
        is_raised
    }

    /// Raises items as far as what they refer to asks for it.
    fn follow(&mut self) {
        let mut is_settled = false;
        while !is_settled {
            is_settled = true;
            for (def, references) in &self.items {
                let level = references.iter().map(|used| self.level(used)).max().unwrap_or(0);
                if level > self.level(def) {
                    self.levels.insert(*def, level);
                    is_settled = false;
                }
                if !self.of_instances.contains(def) && references.iter().any(|used| self.of_instances.contains(used)) {
                    self.of_instances.insert(*def);
                    is_settled = false;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use wasmparser::WasmFeatures;

    use super::*;
    use crate::component::extern_name;

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
    const GIVEN: u32 = 0;
    const FIRST: u32 = 1;
    const SECOND: u32 = 2;
    const RUN_I: u32 = 3;
    const RUN_J: u32 = 4;

    #[test]
    fn modules_are_as_few_as_can_be() {
        let bytes = wat::parse_str(GUESTS).unwrap();
        let arena = Arena::default();
        let mut component = Component::decode(&bytes, WasmFeatures::all()).unwrap();
        let replaced = [FIRST, SECOND].map(|def| Some(Def::new(Sort::CoreFunc, def)));
        component.items.retain(|item| !replaced.contains(&item.def));
        let mut pending = Pending::placed();
        let [wraps_i, wraps_j] = [(); 2].map(|()| component.fresh(Sort::CoreFunc));
        let mut add = |def, memory, calls: &'static [u32]| {
            pending.add(def, memory, move |module| {
                let calls: Vec<_> = calls.iter().map(|called| module.import(*called, ([], []))).collect();
                module.function(Some(def), "", ([], []), |body| {
                    body.calls(calls);
                });
            });
        };
        add(wraps_j, None, &[RUN_J, RUN_I]);
        add(wraps_i, None, &[RUN_I, SECOND]);
        add(SECOND, Some(0), &[FIRST]);
        add(FIRST, None, &[GIVEN]);
        let unused = component.fresh(Sort::CoreFunc);
        pending.add(unused, None, move |module| {
            module.function(Some(unused), "", ([], []), |_| {});
        });
        for (name, core_func_index) in [("i", wraps_i), ("j", wraps_j)] {
            let lift = CanonicalFunction::Lift { core_func_index, type_index: 0, options: Box::new([]) };
            let (index, item) = component.define(Sort::Func, ItemKind::Canon(lift));
            let kind = wasmparser::ComponentExternalKind::Func;
            let export = wasmparser::ComponentExport { name: extern_name(name), kind, index, ty: None };
            component.items.extend([item, Item { def: None, kind: ItemKind::Export(export) }]);
        }
        let mut core = CoreModule::default();
        pending.place(&mut component, &mut core, &arena);
        assert_eq!(core.provides().collect::<Vec<_>>(), [FIRST]);
        let provided = component.items.iter().filter_map(|item| match item.kind {
            ItemKind::Alias(wasmparser::ComponentAlias::CoreInstanceExport { instance_index, .. }) => {
                Some((item.def?.id, instance_index))
            }
            _ => None,
        });
        let of: HashMap<u32, u32> = provided.collect();
        assert!(!of.contains_key(&unused), "nothing leads to it");
        assert_eq!(of[&SECOND], of[&wraps_i], "neither needs the other to be instantiated");
        assert_ne!(of[&SECOND], of[&wraps_j], "the second guest is between them");
        let modules = component.items.iter().filter(|item| matches!(item.kind, ItemKind::CoreModule(_))).count();
        assert_eq!(modules, 1 + 2);
    }
}
