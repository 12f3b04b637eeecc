//! Calls between the parts of a composition: what a callee offers for the calls that may have to wait, and what its callers
//! do with it.
//!
//! A function `f` that another part lowers async has two twins: `start-f` begins a task and answers as the async lowering
//! does, `finish-f` gives the result of one that has returned. Tasks that wait get their turns by `step`, which callers
//! call where they wait.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use wasmparser::component_types::{ComponentAnyTypeId, ResourceId};
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExport, ComponentExternalKind, ComponentFuncType,
    ComponentImport, ComponentInstance, ComponentType, ComponentTypeRef, ComponentValType, PrimitiveValType,
};

use super::Rewrite;
use super::options::{is_async, memory};
use crate::component::{Arena, Component, Def, Item, ItemKind, Sort, extern_name};
use crate::composition::{Origin, Part, Source};
use crate::layout::Layout;
use crate::p3_on_p2::interface::Control;
use crate::p3_on_p2::trampoline::{
    EagerCall, Fetch, Finish, Given, HoldCalls, StepCalls, StepFunctions, Steps, TaskCall, TurnCalls, Turns, constants,
    trap,
};
use crate::substitute::Signature;
use crate::twin::{self, Kind, Offer, Twins};
use crate::{Error, types};

const U32: ComponentValType = ComponentValType::Primitive(PrimitiveValType::U32);

/// What begins a task.
pub(super) const START: Kind = Kind {
    prefix: "start",
    is_static: false,
    ty: |ty| Some(ComponentFuncType { async_: false, params: ty.params.clone(), result: Some(U32) }),
};

/// What gives its result.
pub(super) const FINISH: Kind = Kind {
    prefix: "finish",
    is_static: true,
    ty: |ty| {
        let result = Some(ty.result?);
        Some(ComponentFuncType { async_: false, params: [("subtask", U32)].into(), result })
    },
};

/// Parts with tasks are bits, but for one that R knows otherwise.
const MAX_PARTS: u32 = u64::BITS - 1;

/// What the parts after it know of a part.
#[derive(Default)]
pub(super) struct Link<'a> {
    starts: BTreeMap<Vec<&'a str>, &'a str>,
    finishes: BTreeMap<Vec<&'a str>, &'a str>,
    /// The name of its `step`, if there is something to step.
    step: Option<&'a str>,
    /// It and the parts that it calls, if they have tasks.
    parts: u64,
}

/// What a part has to do with tasks.
pub(super) struct Tasks<'a> {
    pub starts: Twins<'a>,
    pub finishes: Twins<'a>,
    /// What is offered to it, by import.
    offers: BTreeMap<&'a str, [Option<Offer<'a>>; 2]>,
    /// The imported instances with offers: id → import.
    offering: HashMap<u32, &'a str>,
    /// Functions of other parts with twins: the start, the finish.
    called: HashMap<u32, [Option<u32>; 2]>,
    number: Option<u32>,
    /// Whether it uses backpressure.
    holds: bool,
    below: u64,
    /// The imports that are `step` of its callees, and its own.
    callees: Vec<&'a str>,
    step: Option<&'a str>,
    pub steps: Option<Steps>,
}

/// The functions of each part that other parts lower async, by path.
pub(super) fn wanted<'a>(parts: &[Part<'a>]) -> Vec<BTreeSet<Vec<&'a str>>> {
    let mut wanted = vec![BTreeSet::new(); parts.len()];
    for part in parts {
        for (path, from, _) in async_calls(part) {
            wanted[from].insert(path);
        }
    }
    wanted
}

/// A function of another part that is lowered async: path, part, and the import with the function's name in it.
type AsyncCall<'a> = (Vec<&'a str>, usize, (&'a str, Option<&'a str>));

/// The functions of other parts that `part` lowers async.
fn async_calls<'a>(part: &Part<'a>) -> Vec<AsyncCall<'a>> {
    let component = &part.component;
    let imports: HashMap<Def, &'a str> = component.imports().map(|(def, import)| (def, import.name.name)).collect();
    let lowered: HashSet<u32> = component
        .items
        .iter()
        .filter_map(|item| match &item.kind {
            ItemKind::Canon(CanonicalFunction::Lower { func_index, options }) if is_async(options) => Some(*func_index),
            _ => None,
        })
        .collect();
    let source = |import: &str| match part.args.get(import) {
        Some(Source { origin: Origin::Part(from), path }) => Some((*from, path)),
        _ => None,
    };
    let functions = component
        .items
        .iter()
        .filter(|item| item.def.is_some_and(|def| def.sort == Sort::Func && lowered.contains(&def.id)));
    let calls = functions.filter_map(|item| match &item.kind {
        ItemKind::Import(import) => {
            let (from, path) = source(import.name.name)?;
            Some((path.clone(), from, (import.name.name, None)))
        }
        ItemKind::Alias(ComponentAlias::InstanceExport { instance_index, name, .. }) => {
            let import = imports.get(&Def::new(Sort::Instance, *instance_index))?;
            let (from, path) = source(import)?;
            Some(([&path[..], &[*name]].concat(), from, (*import, Some(*name))))
        }
        _ => None,
    });
    calls.collect()
}

impl<'a> Tasks<'a> {
    /// What `part` offers of `wanted`, and takes of the parts before it. `parts` counts those that have tasks.
    pub fn plan(
        part: &mut Part<'a>,
        arena: &'a Arena,
        wanted: &BTreeSet<Vec<&'a str>>,
        links: &[Link<'a>],
        parts: &mut u32,
    ) -> Tasks<'a> {
        let component = &part.component;
        let none = BTreeSet::new();
        let wanted = if *parts < MAX_PARTS { wanted } else { &none };
        let starts = Twins::plan(&START, component, arena, wanted, &|lift| may_suspend(component, lift));
        let started = starts.names.keys().cloned().collect();
        let finishes = Twins::plan(&FINISH, component, arena, &started, &|_| true);
        let mut tasks = Tasks {
            number: (!starts.names.is_empty()).then_some(*parts),
            holds: component
                .items
                .iter()
                .any(|item| matches!(item.kind, ItemKind::Canon(CanonicalFunction::BackpressureInc))),
            starts,
            finishes,
            offers: BTreeMap::new(),
            offering: HashMap::new(),
            called: HashMap::new(),
            below: 0,
            callees: Vec::new(),
            step: None,
            steps: None,
        };
        *parts += u32::from(tasks.number.is_some());
        for (path, from, (import, member)) in async_calls(part) {
            let link = &links[from];
            for (at, (kind, names)) in [(START, &link.starts), (FINISH, &link.finishes)].iter().enumerate() {
                let Some(twin) = names.get(&path).copied() else { continue };
                let offer = &mut tasks.offers.entry(import).or_default()[at];
                match member {
                    None => {
                        let Some(name) = kind.name(import, arena, &|name| part.args.contains_key(name)) else {
                            continue;
                        };
                        let path = [&path[..path.len() - 1], &[twin]].concat();
                        part.args.insert(name, Source { origin: Origin::Part(from), path });
                        *offer = Some(Offer::Function(name));
                    }
                    Some(member) => match offer {
                        Some(Offer::Members(members)) => drop(members.insert(member, twin)),
                        _ => *offer = Some(Offer::Members(BTreeMap::from([(member, twin)]))),
                    },
                }
            }
        }
        tasks.plan_steps(part, arena, links);
        tasks
    }

    fn plan_steps(&mut self, part: &mut Part<'a>, arena: &'a Arena, links: &[Link<'a>]) {
        if !part.component.items.iter().any(|item| matches!(item.kind, ItemKind::Canon(_))) {
            return;
        }
        let origins: BTreeSet<Origin> = part.args.values().map(|source| source.origin).collect();
        for origin in origins {
            let Origin::Part(from) = origin else { continue };
            let Some(step) = links[from].step else { continue };
            let name = free("step", arena, &|name| part.args.contains_key(name));
            part.args.insert(name, Source::export(from, step));
            self.callees.push(name);
            self.below |= links[from].parts;
        }
        if self.number.is_some() || self.below != 0 {
            let is_taken = |name: &str| {
                let twins = self.starts.names.values().chain(self.finishes.names.values());
                part.component.exports().any(|export| export.name.name == name)
                    || twins.into_iter().any(|twin| *twin == name)
            };
            self.step = Some(free("step", arena, &is_taken));
        }
    }

    /// What the parts after this one know of it.
    pub fn link(&self) -> Link<'a> {
        Link {
            starts: self.starts.names.clone(),
            finishes: self.finishes.names.clone(),
            step: self.step,
            parts: self.below | self.number.map_or(0, |own| 1 << own),
        }
    }

    /// How many turns of tasks the table of deliveries holds.
    pub fn turns(&self) -> u32 {
        self.starts.names.len() as u32
    }
}

/// A private name that is free.
fn free<'a>(name: &str, arena: &'a Arena, is_taken: &dyn Fn(&str) -> bool) -> &'a str {
    let mut name = format!("wasi-shim-{name}");
    while is_taken(&name) {
        name += "-x";
    }
    arena.text(&name)
}

/// Whether a call of lifted function `lift` can wait while its caller goes on: it has a callback, and is lent nothing that
/// it would have to give back when the call begins to wait.
fn may_suspend(component: &Component<'_>, lift: u32) -> bool {
    let Some(ItemKind::Canon(CanonicalFunction::Lift { options, .. })) = component.get(Def::new(Sort::Func, lift))
    else {
        return false;
    };
    if !options.iter().any(|option| matches!(option, CanonicalOption::Callback(_))) {
        return false;
    }
    let types = component.validated();
    let own: HashSet<ResourceId> = component
        .items
        .iter()
        .filter_map(|item| match (&item.kind, item.def) {
            (ItemKind::Type(ComponentType::Resource { .. }), Some(def)) => match types.component_any_type_at(def.id) {
                ComponentAnyTypeId::Resource(id) => Some(id.resource()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    types::borrowed(types, lift).is_subset(&own)
}

impl<'a> Rewrite<'a> {
    /// R's function for waiting in the middle of the part's code, or what takes its place.
    pub(super) fn waiting(&mut self, control: Control) -> u32 {
        let steps = self.tasks.steps.as_ref();
        match (steps.map(|steps| (steps.functions, steps.below != 0, steps.is_called)), control) {
            (Some((functions, true, _) | (functions, _, true)), Control::WaitableSetWait) => functions.wait,
            (Some((functions, true, _) | (functions, _, true)), Control::BlockOn) => functions.block_on,
            (Some((functions, true, _)), Control::WaitableSetPoll) => functions.poll,
            (Some((functions, true, _)), Control::Yield) => functions.yield_,
            _ => self.control(control),
        }
    }

    /// What a driver waits and yields with.
    pub(super) fn drive(&mut self) -> [u32; 2] {
        match self.tasks.steps.as_ref().map(|steps| steps.functions) {
            Some(functions) => [functions.drive_wait, functions.drive_yield],
            None => [Control::WaitableSetWait, Control::Yield].map(|control| self.control(control)),
        }
    }

    /// The imports that let tasks go on; the first module has what calls them.
    pub(super) fn import_steps(&mut self) {
        let is_called = self.edges.is_called;
        if self.tasks.step.is_none() && !is_called {
            return;
        }
        let ty = self.step_type();
        let callees = std::mem::take(&mut self.tasks.callees);
        let callees = callees.into_iter().map(|name| {
            let import = ComponentImport { name: extern_name(name), ty: ComponentTypeRef::Func(ty) };
            let func = self.define(Sort::Func, ItemKind::Import(import));
            self.lower(func, &[])
        });
        let callees = callees.collect();
        let mut fresh = || self.component.fresh(Sort::CoreFunc);
        let functions = StepFunctions {
            wait: fresh(),
            poll: fresh(),
            yield_: fresh(),
            block_on: fresh(),
            drive_wait: fresh(),
            drive_yield: fresh(),
            subtask_cancel: fresh(),
            step: fresh(),
            settle: fresh(),
        };
        let calls = StepCalls {
            wait: self.control(Control::WaitableSetWaitOrStep),
            poll: self.control(Control::WaitableSetPoll),
            yield_: self.control(Control::Yield),
            block_on: self.control(Control::BlockOnOrStep),
            ready: self.control(Control::TasksReady),
            round: self.control(Control::TaskRound),
            next: self.control(Control::TaskNext),
            cancelled: self.control(Control::SubtaskCancelled),
            left: self.handles().then(|| self.control(Control::TasksLeft)),
        };
        let Tasks { below, number: own, .. } = self.tasks;
        self.tasks.steps = Some(Steps { below, is_called, callees, own, functions, calls });
    }

    /// The type of `step`: `func()`.
    fn step_type(&mut self) -> u32 {
        let ty = ComponentFuncType { async_: false, params: Box::new([]), result: None };
        self.define(Sort::Type, ItemKind::Type(ComponentType::Func(ty)))
    }

    /// The export of `step`, which is in the first module.
    pub(super) fn export_step(&mut self) {
        let (Some(name), Some(steps)) = (self.tasks.step, &self.tasks.steps) else { return };
        let core_func_index = steps.functions.step;
        let type_index = self.step_type();
        let lift = CanonicalFunction::Lift { core_func_index, type_index, options: Box::new([]) };
        let index = self.define(Sort::Func, ItemKind::Canon(lift));
        let kind = ComponentExternalKind::Func;
        self.define(Sort::Func, ItemKind::Export(ComponentExport { name: extern_name(name), kind, index, ty: None }));
    }

    fn known_type(&self, ty: u32) -> Option<&ComponentType<'a>> {
        match self.out.iter().find(|item| item.def == Some(Def::new(Sort::Type, ty))) {
            Some(Item { kind: ItemKind::Type(ty), .. }) => Some(ty),
            _ => None,
        }
    }

    /// Whether import `name` comes with twins.
    pub(super) fn has_offers(&self, name: &str) -> bool {
        self.tasks.offers.contains_key(name)
    }

    /// An import from another part: the twins that it offers are imported too.
    pub(super) fn import_offers(&mut self, def: Def, import: ComponentImport<'a>) {
        let name = import.name.name;
        let mut ty = import.ty;
        let mut functions = [None; 2];
        for (at, kind) in [START, FINISH].iter().enumerate() {
            match (&self.tasks.offers[name][at], ty) {
                (Some(Offer::Function(twin)), ComponentTypeRef::Func(old)) => {
                    let twin = *twin;
                    let Some(new) = self.known_type(old).and_then(|ty| kind.type_of(ty)) else { continue };
                    let ty = ComponentTypeRef::Func(self.define(Sort::Type, ItemKind::Type(new)));
                    let import = ComponentImport { name: extern_name(twin), ty };
                    functions[at] = Some(self.define(Sort::Func, ItemKind::Import(import)));
                }
                (Some(Offer::Members(twins)), ComponentTypeRef::Instance(old)) => {
                    let declarations = match self.known_type(old) {
                        Some(ComponentType::Instance(declarations)) => {
                            twin::add_to_instance_type(declarations, kind, twins)
                        }
                        _ => None,
                    };
                    match declarations {
                        Some(declarations) => {
                            let new = ItemKind::Type(ComponentType::Instance(declarations.into()));
                            ty = ComponentTypeRef::Instance(self.define(Sort::Type, new));
                        }
                        None => self.tasks.offers.get_mut(name).expect("there are offers")[at] = None,
                    }
                }
                _ => {}
            }
        }
        match def.sort {
            Sort::Func => drop(self.tasks.called.insert(def.id, functions)),
            _ => drop(self.tasks.offering.insert(def.id, name)),
        }
        self.out.push(Item { def: Some(def), kind: ItemKind::Import(ComponentImport { name: import.name, ty }) });
    }

    /// With function `name` of `instance`, which is `func`, the part takes its twins, if there are some.
    pub(super) fn alias_offers(&mut self, func: u32, instance: u32, name: &str) {
        let Some(import) = self.tasks.offering.get(&instance) else { return };
        let twins = self.tasks.offers[import].each_ref().map(|offer| match offer {
            Some(Offer::Members(twins)) => twins.get(name).copied(),
            _ => None,
        });
        let functions = twins.map(|twin| twin.map(|twin| self.alias_func(instance, twin)));
        self.tasks.called.insert(func, functions);
    }

    /// The async lowering `def` of `func`, which another part of the composition has.
    pub(super) fn lower_part(&mut self, def: u32, func: u32, options: &[CanonicalOption]) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        let types = self.component.validated();
        let ty = &types[types.component_function_at(func)];
        let params = Layout::of_record(ty.params.iter().map(|(_, ty)| Layout::of(types, *ty)).collect());
        let result = ty.result.map(|ty| Layout::of(types, ty));
        let (start, finish) = match self.tasks.called.get(&func) {
            Some([Some(start), finish]) if finish.is_some() == result.is_some() => (*start, *finish),
            // It does not suspend: it returns before the lowering answers.
            _ => {
                let call = EagerCall { def, signature, inner: self.lower(func, options), params, result };
                let memory = memory(options).filter(|_| call.uses_memory());
                self.pending.add(def, memory, move |module| call.build(module));
                return Ok(());
            }
        };
        let value = self.flat_result(func);
        let finish = finish.map(|finish| (Finish { func: self.lower(finish, options), value }, self.kind()));
        let call = self.control(Control::Call);
        let call =
            TaskCall { def, signature, call, start: self.lower(start, options), params, finish, task: self.task };
        let memory = memory(options).filter(|_| call.uses_memory());
        self.pending.add(def, memory, move |module| call.build(module));
        Ok(())
    }

    /// `backpressure.inc` or `backpressure.dec`. It holds back the calls of other parts that may begin while one is under way.
    pub(super) fn backpressure(&mut self, def: u32, up: bool) {
        match self.tasks.number {
            Some(part) => {
                let inner = self.control(Control::Backpressure);
                self.pending.add(
                    def,
                    None,
                    constants(def, inner, vec![part, u32::from(up)], &[], "wasi-shim: backpressure"),
                );
            }
            None => self.pending.add(def, None, trap(def, Signature::default(), None)),
        }
    }

    /// Beside lift `def` of `core`, which other parts call, its twins. `options` are those of the lift of the driver.
    pub(super) fn lift_task(
        &mut self,
        def: u32,
        core: u32,
        callback: u32,
        ty: u32,
        mut options: Vec<CanonicalOption>,
    ) -> Result<(), Error> {
        let Some(part) = self.tasks.number else { return Ok(()) };
        let given = self.given(def, &mut options)?;
        let in_memory = match &given {
            Given::Stashed(_, arena) => Some(arena.memory),
            _ => None,
        };
        let calls = TurnCalls {
            start: self.control(Control::TaskStart),
            answer: self.control(Control::TaskAnswer),
            suspend: self.control(Control::TaskSuspend),
            exit: self.control(Control::TaskExit),
            return_: self.control(Control::TaskReturn),
            event: self.control(Control::TaskEvent),
            context: self.control(Control::TaskContext),
            hold: self.tasks.holds.then(|| HoldCalls {
                hold: self.control(Control::TaskHold),
                keep: self.control(Control::TaskKeep),
                is_held: self.control(Control::TaskIsHeld),
                kept: self.control(Control::TaskKept),
            }),
        };
        let [start, finish] = [(); 2].map(|()| self.component.fresh(Sort::CoreFunc));
        let (params, slot) = (self.core_signature(core)?.params, self.kind());
        let task = self.task;
        let turns = Turns { def: start, core, params, callback, given: given.clone(), task, part, slot, calls };
        self.pending.add(start, in_memory, move |module| turns.build(module));
        let has_result = self.tasks.finishes.has_lift(def);
        if has_result {
            let fetch = Fetch { def: finish, given, result: self.control(Control::TaskResult) };
            self.pending.add(finish, None, move |module| fetch.build(module));
        }
        let mut lift = |kind: &Kind, core_func_index| {
            let new = self.known_type(ty).and_then(|ty| kind.type_of(ty));
            let new = new.ok_or_else(|| Error::unsound("a task of a function without a type"))?;
            let type_index = self.define(Sort::Type, ItemKind::Type(new));
            let options = options.clone().into();
            let lift = CanonicalFunction::Lift { core_func_index, type_index, options };
            Ok::<u32, Error>(self.define(Sort::Func, ItemKind::Canon(lift)))
        };
        let started = lift(&START, start)?;
        let finished = if has_result { Some(lift(&FINISH, finish)?) } else { None };
        self.tasks.starts.lifted(def, started);
        finished.into_iter().for_each(|finished| self.tasks.finishes.lifted(def, finished));
        Ok(())
    }

    /// An instance that other parts call gets the twins of its functions.
    pub(super) fn extend_instance(&mut self, id: u32, mut instance: ComponentInstance<'a>) {
        for at in 0..2 {
            let twins = if at == 0 { &self.tasks.starts } else { &self.tasks.finishes };
            let shim = twins.extend(id, &mut instance, &self.out);
            if let Some(shim) = shim {
                let shim = self.define(Sort::Component, ItemKind::Component(Box::new(shim)));
                if let ComponentInstance::Instantiate { component_index, .. } = &mut instance {
                    *component_index = shim;
                }
            }
        }
        self.out.push(Item { def: Some(Def::new(Sort::Instance, id)), kind: ItemKind::Instance(instance) });
    }

    /// Behind the export of function `name`: the exports of its twins.
    pub(super) fn export_twins(&mut self, name: &str) {
        for twin in [self.tasks.starts.export(name), self.tasks.finishes.export(name)].into_iter().flatten() {
            self.define(Sort::Func, ItemKind::Export(twin));
        }
    }
}
