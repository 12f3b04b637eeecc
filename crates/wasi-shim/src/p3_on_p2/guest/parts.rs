//! Calls between the parts of a composition: the functions that a callee has for calls that may
//! have to wait, and their use by its callers.
//!
//! An async function `f` that another part calls has two twins: `start-f` begins a task and answers
//! as the async lowering does, `finish-f` returns the result of a task that has returned. Tasks
//! that wait get their turns by an export of their part, which the parts behind it call where they
//! wait, when R says so.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use wasmparser::component_types::{ComponentAnyTypeId, ResourceId};
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExport, ComponentExternalKind, ComponentFuncType,
    ComponentImport, ComponentInstance, ComponentType, ComponentTypeRef, ComponentValType, PrimitiveValType,
};

use super::Rewrite;
use super::lift::Way;
use crate::Error;
use crate::canonical_abi::layout::Layout;
use crate::component::options::{callback, is_async, memory};
use crate::component::{Arena, Component, CoreFuncId, Def, Item, ItemKind, Sort, extern_name, types};
use crate::graph::composition::{Origin, Part, Source};
use crate::p3_on_p2::Control;
use crate::p3_on_p2::handles::Resource;
use crate::p3_on_p2::lend;
use crate::p3_on_p2::lend::Borrowed;
use crate::p3_on_p2::trampoline::{
    AsyncPartCall, Callee, Fetch, Finish, Given, Hold, StepCalls, StepFunctions, Steps, SyncCallee, SyncPartCall,
    TurnCalls, Turns, constants,
};
use crate::rewrite::twin;
use crate::rewrite::twin::{Kind, Offer, Twins};

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

/// What the parts after it know of a part.
#[derive(Default)]
pub(in crate::p3_on_p2) struct Link<'a> {
    starts: BTreeMap<Vec<&'a str>, &'a str>,
    finishes: BTreeMap<Vec<&'a str>, &'a str>,
    /// The export that gives its tasks turns, if there may be some.
    turn: Option<&'a str>,
    /// Whether it uses backpressure.
    holds: bool,
}

/// What a part has to do with tasks.
pub(in crate::p3_on_p2) struct Tasks<'a> {
    pub starts: Twins<'a>,
    pub finishes: Twins<'a>,
    /// What is offered to it, by import.
    offers: BTreeMap<&'a str, [Option<Offer<'a>>; 2]>,
    /// The imported instances with offers: id → import.
    offering: HashMap<u32, &'a str>,
    /// Functions of other parts that it calls.
    called: HashMap<u32, Called>,
    /// Calls that backpressure may hold, which it begins in turns of its own.
    held: u32,
    /// The imports that are turns of parts before it, with their numbers, and its own.
    others: Vec<(u32, &'a str)>,
    turn: Option<&'a str>,
    pub steps: Option<Steps>,
    /// Resources of other parts that its tasks borrow.
    pub borrowed: Vec<Borrowed<'a>>,
    /// Its functions with a callback of which calls end before the caller goes on.
    pub eager: Vec<String>,
    /// Resources of other parts of which its calls may lend handles.
    pub lent: HashSet<ResourceId>,
}

/// A function of another part.
#[derive(Debug, Clone, Copy, Default)]
struct Called {
    /// The number of that part, and whether it uses backpressure.
    part: u32,
    holds: bool,
    /// The function's twins, once they are imported.
    start: Option<u32>,
    finish: Option<u32>,
}

/// The async functions of each part that other parts call, by path.
pub(in crate::p3_on_p2) fn wanted<'a>(parts: &[Part<'a>]) -> Vec<BTreeSet<Vec<&'a str>>> {
    let mut wanted = vec![BTreeSet::new(); parts.len()];
    for part in parts {
        let types = part.component.validated();
        let calls = part_calls(part);
        for call in calls.into_iter().filter(|call| types[types.component_function_at(call.func)].async_) {
            wanted[call.from].insert(call.path);
        }
    }
    wanted
}

/// A function of another part that is lowered.
struct PartCall<'a> {
    func: u32,
    path: Vec<&'a str>,
    from: usize,
    /// The import, and the function's name in it.
    import: &'a str,
    member: Option<&'a str>,
}

/// The functions of other parts that `part` lowers.
fn part_calls<'a>(part: &Part<'a>) -> Vec<PartCall<'a>> {
    let component = &part.component;
    let imports: HashMap<Def, &'a str> = component.imports().map(|(def, import)| (def, import.name.name)).collect();
    let lowered: HashSet<u32> = component
        .items
        .iter()
        .filter_map(|item| match &item.kind {
            ItemKind::Canon(CanonicalFunction::Lower { func_index, .. }) => Some(*func_index),
            _ => None,
        })
        .collect();
    let source = |import: &str| match part.args.get(import) {
        Some(Source { origin: Origin::Part(from), path }) => Some((*from, path)),
        _ => None,
    };
    let functions = component.items.iter().filter_map(|item| {
        Some((item, item.def.filter(|def| def.sort == Sort::Func && lowered.contains(&def.id))?.id))
    });
    let calls = functions.filter_map(|(item, func)| match &item.kind {
        ItemKind::Import(import) => {
            let (from, path) = source(import.name.name)?;
            Some(PartCall { func, path: path.clone(), from, import: import.name.name, member: None })
        }
        ItemKind::Alias(ComponentAlias::InstanceExport { instance_index, name, .. }) => {
            let import = imports.get(&Def::new(Sort::Instance, *instance_index))?;
            let (from, path) = source(import)?;
            let path = [&path[..], &[*name]].concat();
            Some(PartCall { func, path, from, import, member: Some(name) })
        }
        _ => None,
    });
    calls.collect()
}

/// The number that R knows part `at` by.
pub(in crate::p3_on_p2) fn number(at: usize) -> u32 {
    at as u32 + 1
}

impl<'a> Tasks<'a> {
    /// What `part` offers of `wanted`, and takes of the parts before it.
    pub fn plan(
        part: &mut Part<'a>,
        arena: &'a Arena,
        wanted: &BTreeSet<Vec<&'a str>>,
        links: &[Link<'a>],
        resources: &HashMap<ResourceId, Resource>,
        lends: &str,
    ) -> Tasks<'a> {
        let component = &part.component;
        let (own, lendable) = (own_resources(component), lend::lendable(resources));
        let wanting = RefCell::new(HashSet::new());
        let may_suspend = |lift| {
            let foreign: HashSet<_> = types::borrowed(component.validated(), lift).difference(&own).copied().collect();
            let may = has_callback(component, lift) && foreign.is_subset(&lendable);
            if may {
                wanting.borrow_mut().extend(foreign);
            }
            may
        };
        let starts = Twins::plan(&START, component, arena, wanted, &may_suspend);
        let with_callbacks = Twins::plan(&START, component, arena, wanted, &|lift| has_callback(component, lift));
        let eager = with_callbacks.names.keys().filter(|path| !starts.names.contains_key(*path));
        let eager = eager.map(|path| path.join("#")).collect();
        let mut borrowed = lend::borrowed(resources, &wanting.borrow());
        for borrowed in &mut borrowed {
            let name = free("lends", arena, &|name| part.args.contains_key(name));
            let export = lend::export_name(arena, lends, borrowed.ty);
            part.args.insert(name, Source::export(borrowed.lender, export));
            borrowed.name = name;
        }
        let component = &part.component;
        let started = starts.names.keys().cloned().collect();
        let finishes = Twins::plan(&FINISH, component, arena, &started, &|_| true);
        let mut tasks = Tasks {
            starts,
            finishes,
            offers: BTreeMap::new(),
            offering: HashMap::new(),
            called: HashMap::new(),
            held: 0,
            others: Vec::new(),
            turn: None,
            steps: None,
            borrowed,
            eager,
            lent: HashSet::new(),
        };
        for PartCall { func, path, from, import, member } in part_calls(part) {
            let link = &links[from];
            if link.starts.contains_key(&path) {
                let borrowed = types::borrowed(part.component.validated(), func);
                tasks.lent.extend(borrowed.intersection(&lendable));
            }
            tasks.called.insert(func, Called { part: number(from), holds: link.holds, ..Called::default() });
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
        tasks.plan_turns(part, arena, links);
        tasks
    }

    fn plan_turns(&mut self, part: &mut Part<'a>, arena: &'a Arena, links: &[Link<'a>]) {
        let canons = || {
            part.component.items.iter().filter_map(|item| match &item.kind {
                ItemKind::Canon(canon) => Some(canon),
                _ => None,
            })
        };
        if canons().next().is_none() {
            return;
        }
        let is_held = |canon: &&CanonicalFunction| match canon {
            CanonicalFunction::Lower { func_index, options } => {
                is_async(options) && self.called.get(func_index).is_some_and(|called| called.holds)
            }
            _ => false,
        };
        self.held = canons().filter(is_held).count() as u32;
        for (from, link) in links.iter().enumerate() {
            let Some(turn) = link.turn else { continue };
            let name = free("turn", arena, &|name| part.args.contains_key(name));
            part.args.insert(name, Source::export(from, turn));
            self.others.push((number(from), name));
        }
        if self.turns() > 0 {
            let twins = self.starts.names.values().chain(self.finishes.names.values());
            let twins: Vec<&str> = twins.copied().collect();
            let is_taken =
                |name: &str| part.component.exports().any(|export| export.name.name == name) || twins.contains(&name);
            self.turn = Some(free("turn", arena, &is_taken));
        }
    }

    /// What the parts after this one know of it.
    pub fn link(&self, part: &Part<'a>) -> Link<'a> {
        let holds = |item: &Item<'_>| matches!(item.kind, ItemKind::Canon(CanonicalFunction::BackpressureInc));
        Link {
            starts: self.starts.names.clone(),
            finishes: self.finishes.names.clone(),
            turn: self.turn,
            holds: part.component.items.iter().any(holds),
        }
    }

    /// How many turns the table of deliveries holds.
    pub fn turns(&self) -> u32 {
        self.starts.names.len() as u32 + self.held
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

/// Whether lifted function `lift` has a callback: then a call of it can wait while its caller goes on. What it borrows of a third part it
/// would have to give back when the call begins to wait, unless that lends it.
fn has_callback(component: &Component<'_>, lift: u32) -> bool {
    let Some(ItemKind::Canon(CanonicalFunction::Lift { options, .. })) = component.get(Def::new(Sort::Func, lift))
    else {
        return false;
    };
    callback(options).is_some()
}

/// The resources that a component defines.
fn own_resources(component: &Component<'_>) -> HashSet<ResourceId> {
    let types = component.validated();
    let resources = component.items.iter().filter_map(|item| match (&item.kind, item.def) {
        (ItemKind::Type(ComponentType::Resource { .. }), Some(def)) => match types.component_any_type_at(def.id) {
            ComponentAnyTypeId::Resource(id) => Some(id.resource()),
            _ => None,
        },
        _ => None,
    });
    resources.collect()
}

impl<'a> Rewrite<'a> {
    /// R's function for waiting in the middle of the part's code, or what takes its place.
    pub(super) fn waiting(&mut self, control: Control) -> CoreFuncId {
        match (self.tasks.steps.as_ref().map(|steps| steps.functions), control) {
            (Some(functions), Control::WaitableSetWait) => functions.wait,
            (Some(functions), Control::BlockOn) => functions.block_on,
            (Some(functions), Control::Yield) => functions.yield_,
            _ => self.control(control),
        }
    }

    /// What a driver waits and yields with.
    pub(super) fn drive(&mut self) -> [CoreFuncId; 2] {
        match self.tasks.steps.as_ref().map(|steps| steps.functions) {
            Some(functions) => [functions.drive_wait, functions.drive_yield],
            None => [Control::WaitableSetWait, Control::Yield].map(|control| self.control(control)),
        }
    }

    /// The imports that let tasks go on; the first module has what calls them. A part that others call has it even if there are no
    /// tasks but those of parts after it: where it waits, R takes what it writes for them.
    pub(super) fn import_steps(&mut self) {
        let waits_to_call = self.tasks.called.values().any(|called| called.holds);
        if self.tasks.turns() == 0 && self.tasks.others.is_empty() && !self.edges.is_called && !waits_to_call {
            return;
        }
        let ty = self.turn_type();
        let others = std::mem::take(&mut self.tasks.others).into_iter().map(|(part, name)| {
            let import = ComponentImport { name: extern_name(name), ty: ComponentTypeRef::Func(ty) };
            let func = self.define(Sort::Func, ItemKind::Import(import));
            (part, self.lower(func, &[]))
        });
        let others = others.collect();
        let mut fresh = || self.component.fresh();
        let functions = StepFunctions {
            wait: fresh(),
            yield_: fresh(),
            block_on: fresh(),
            drive_wait: fresh(),
            drive_yield: fresh(),
            subtask_cancel: fresh(),
            enter: fresh(),
            returned: fresh(),
            turn: fresh(),
            settle: fresh(),
        };
        let calls = StepCalls {
            wait: self.control(Control::WaitableSetWaitOrStep),
            block_on: self.control(Control::BlockOnOrStep),
            enter: self.control(Control::EnterOrStep),
            returned: self.control(Control::ReturnedOrStep),
            round: self.control(Control::TaskRound),
            next: self.control(Control::TaskNext),
            turn: self.control(Control::TaskTurn),
            cancel_turn: self.control(Control::CancelTurn),
            cancelled: self.control(Control::SubtaskCancelled),
            left: self.handles().then(|| self.control(Control::TasksLeft)),
        };
        let own = (self.tasks.turns() > 0).then_some(self.part);
        self.tasks.steps = Some(Steps { own, others, functions, calls });
    }

    /// The type of what gives a turn: `func(task: u32)`.
    fn turn_type(&mut self) -> u32 {
        let ty = ComponentFuncType { async_: false, params: Box::new([("task", U32)]), result: None };
        self.define(Sort::Type, ItemKind::Type(ComponentType::Func(ty)))
    }

    /// The export that gives turns, which is in the first module.
    pub(super) fn export_turn(&mut self) {
        let (Some(name), Some(steps)) = (self.tasks.turn, &self.tasks.steps) else { return };
        let core_func_index = steps.functions.turn.into();
        let type_index = self.turn_type();
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
            Sort::Func => self.offered(def.id, functions),
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
        self.offered(func, functions);
    }

    fn offered(&mut self, func: u32, [start, finish]: [Option<u32>; 2]) {
        let called = self.tasks.called.entry(func).or_default();
        (called.start, called.finish) = (start, finish);
    }

    /// Whether a sync lowering of `func`, which another part has, is more than a call of it: a task may begin, backpressure may hold
    /// it, ends of streams or futures pass, or the callee may write what this part reads.
    pub(super) fn is_part_call(&self, func: u32) -> bool {
        let Some(called) = self.tasks.called.get(&func) else { return false };
        let does_more = called.start.is_some() || called.holds && self.is_async(func);
        does_more || self.passes_ends(func) || self.gives_away(func) || self.reads
    }

    /// Lowering `def` of `func`, which another part of the composition has.
    pub(super) fn lower_part(&mut self, def: CoreFuncId, func: u32, options: &[CanonicalOption]) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        let types = self.component.validated();
        let ty = &types[types.component_function_at(func)];
        let (is_async_function, has_result) = (ty.async_, ty.result.is_some());
        let params = Layout::of_record(ty.params.iter().map(|(_, ty)| Layout::of(types, *ty)).collect());
        let result = ty.result.map(|ty| Layout::of(types, ty));
        let called = self.tasks.called.get(&func).copied().unwrap_or_default();
        let holds = called.holds && is_async_function;
        let value = self.flat_result(func);
        let start = called.start.filter(|_| called.finish.is_some() == has_result);
        let finish = called.finish.filter(|_| start.is_some());
        let finish = finish.map(|finish| Finish { func: self.lower(finish, options), value });
        let start = start.map(|start| self.lower(start, options));
        let call = self.control(Control::Call);
        let fill = self.fill();
        let check = self.pass_params(func, options, Way::ToCallee);
        if !is_async(options) {
            let callee = match start {
                Some(start) => SyncCallee::Task { start, returned: self.returned(), finish },
                None => SyncCallee::Plain(self.lower(func, options)),
            };
            let enter = holds.then(|| (called.part, self.enter()));
            let asks = start.is_some() || self.passes_ends(func);
            let call = SyncPartCall { def, signature, call: asks.then_some(call), fill, enter, params, check, callee };
            self.pending.add(def, None, move |module| call.build(module));
            return Ok(());
        }
        let callee = match start {
            Some(start) => Callee::Task(start, finish.map(|finish| (finish, self.kind()))),
            // It does not suspend: it returns before the lowering answers.
            None => Callee::Eager(self.lower(func, options), result),
        };
        let lent = self.pass_params(func, options, Way::Lent).filter(|_| start.is_some());
        let hold = holds.then(|| Hold {
            callee: called.part,
            slot: self.kind(),
            hold: self.control(Control::Hold),
            keep: self.control(Control::Keep),
            begin: self.control(Control::HeldBegin),
            next: self.control(Control::HeldNext),
            end: self.control(Control::HeldEnd),
        });
        let call = AsyncPartCall { def, signature, params, call, check, lent, callee, hold, task: self.task, fill };
        let memory = memory(options).filter(|_| call.uses_memory());
        self.pending.add(def, memory, move |module| call.build(module));
        Ok(())
    }

    /// What puts values where pending reads want them, if other parts may have written some.
    pub(super) fn fill(&self) -> Option<CoreFuncId> {
        (self.reads && self.part != 0).then_some(self.task.fill)
    }

    /// What waits until a sync call may begin, and until it has returned.
    fn enter(&mut self) -> CoreFuncId {
        self.tasks.steps.as_ref().map_or(CoreFuncId(0), |steps| steps.functions.enter)
    }

    fn returned(&mut self) -> CoreFuncId {
        self.tasks.steps.as_ref().map_or(CoreFuncId(0), |steps| steps.functions.returned)
    }

    /// `backpressure.inc` or `backpressure.dec`.
    pub(super) fn backpressure(&mut self, def: CoreFuncId, up: bool) {
        let inner = self.control(Control::Backpressure);
        self.pending.add(def, None, constants(def, inner, vec![u32::from(up)], &[], "wasi-shim: backpressure"));
    }

    /// Beside lift `def` of `core`, which other parts call, its twins. `options` are those of the lift of the driver.
    pub(super) fn lift_task(
        &mut self,
        def: u32,
        core: CoreFuncId,
        callback: CoreFuncId,
        ty: u32,
        original: &[CanonicalOption],
        mut options: Vec<CanonicalOption>,
    ) -> Result<(), Error> {
        let pass = self.pass_params(def, original, Way::ToTask);
        let kind = self.kind_of_lift(def, original);
        let given = self.given(def, &mut options)?;
        let in_memory = match &given {
            Given::Stashed(_, arena) => Some(arena.memory),
            _ => None,
        };
        let calls = TurnCalls {
            caller: self.control(Control::TaskCaller),
            start: self.control(Control::TaskStart),
            answer: self.control(Control::TaskAnswer),
            suspend: self.control(Control::TaskSuspend),
            exit: self.control(Control::TaskExit),
            return_: self.control(Control::TaskReturn),
            event: self.control(Control::TaskEvent),
            context: self.control(Control::TaskContext),
        };
        let [start, finish] = [(); 2].map(|()| self.component.fresh());
        let (params, slot) = (self.core_signature(core)?.params, self.kind());
        let (task, part, given_clone) = (self.task, self.part, given.clone());
        let fill = self.fill();
        let turns =
            Turns { def: start, core, params, callback, given: given_clone, task, part, pass, fill, slot, kind, calls };
        self.pending.add(start, in_memory, move |module| turns.build(module));
        let has_result = self.tasks.finishes.has_lift(def);
        if has_result {
            let fetch = Fetch { def: finish, given, result: self.control(Control::TaskResult) };
            self.pending.add(finish, None, move |module| fetch.build(module));
        }
        let mut lift = |kind: &Kind, core: CoreFuncId| {
            let new = self.known_type(ty).and_then(|ty| kind.type_of(ty));
            let new = new.ok_or_else(|| Error::unsound("a task of a function without a type"))?;
            let type_index = self.define(Sort::Type, ItemKind::Type(new));
            let options = options.clone().into();
            let lift = CanonicalFunction::Lift { core_func_index: core.into(), type_index, options };
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
