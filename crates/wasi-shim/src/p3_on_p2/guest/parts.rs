//! Calls between the parts of a composition: the functions that a callee has for calls that may
//! have to wait, and their use by its callers.
//!
//! An async function `f` that another part calls has two companions: `start-f` begins a task and
//! answers as the async lowering does, `finish-f` returns the result of a task that has returned.
//! Tasks that wait get their turns by an export of their part, which the parts behind it call where
//! they wait, when R says so.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use wasmparser::component_types::{ComponentAnyTypeId, ResourceId};
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExport, ComponentExternalKind, ComponentFuncType,
    ComponentImport, ComponentInstance, ComponentType, ComponentTypeRef, ComponentValType, PrimitiveValType,
};

use super::Rewrite;
use super::lift::Destination;
use crate::Error;
use crate::canonical_abi::layout::Layout;
use crate::component::options::{callback, is_async, memory};
use crate::component::types::ById;
use crate::component::{
    Arena, Component, ComponentId, CoreFuncId, Def, FuncId, Id, InstanceId, Item, ItemKind, Sort, TypeId, extern_name,
    fresh_name, types,
};
use crate::graph::composition::{Origin, Part, Source};
use crate::p3_on_p2::handles::Resource;
use crate::p3_on_p2::lend::Borrowed;
use crate::p3_on_p2::numbers::PartNumber;
use crate::p3_on_p2::trampoline::{
    AsyncPartCall, Callee, Fetch, Finish, Hold, ReturnValue, StepCalls, StepFunctions, Steps, SyncCallee, SyncPartCall,
    TurnCalls, Turns, constants,
};
use crate::p3_on_p2::{Control, lend};
use crate::rewrite::companion;
use crate::rewrite::companion::{Companions, Kind, Offer};

const U32: ComponentValType = ComponentValType::Primitive(PrimitiveValType::U32);

/// The companion that begins a task.
pub(super) const START: Kind = Kind {
    prefix: "start",
    is_static: false,
    ty: |ty| Some(ComponentFuncType { async_: false, params: ty.params.clone(), result: Some(U32) }),
};

/// The companion that returns the task's result.
pub(super) const FINISH: Kind = Kind {
    prefix: "finish",
    is_static: true,
    ty: |ty| {
        let result = Some(ty.result?);
        Some(ComponentFuncType { async_: false, params: [("subtask", U32)].into(), result })
    },
};

/// The properties of a part that the parts after it need.
#[derive(Default)]
pub(in crate::p3_on_p2) struct Link<'a> {
    starts: BTreeMap<Vec<&'a str>, &'a str>,
    finishes: BTreeMap<Vec<&'a str>, &'a str>,
    /// The export that gives the part's tasks turns, if it may have tasks.
    turn: Option<&'a str>,
    /// Whether the part uses backpressure.
    holds: bool,
}

/// The tasks of a part, and its calls of other parts.
pub(in crate::p3_on_p2) struct Tasks<'a> {
    pub starts: Companions<'a>,
    pub finishes: Companions<'a>,
    /// The companions that other parts offer to it, by import.
    offers: BTreeMap<&'a str, [Option<Offer<'a>>; 2]>,
    /// The imported instances with offers: id → import.
    offering: HashMap<InstanceId, &'a str>,
    /// Functions of other parts that it calls.
    called: HashMap<FuncId, Called>,
    /// The number of its calls that backpressure may hold back; it begins them in turns of its own.
    held: u32,
    /// The imports that give turns to tasks of parts before it, with the numbers of these parts,
    /// and the export that gives turns to its own.
    others: Vec<(PartNumber, &'a str)>,
    turn: Option<&'a str>,
    pub steps: Option<Steps>,
    /// Resources of other parts that its tasks borrow.
    pub borrowed: Vec<Borrowed<'a>>,
    /// The functions of the part with a callback whose calls nevertheless end before the caller
    /// goes on.
    pub eager: Vec<String>,
    /// Resources of other parts whose handles its calls may lend.
    pub lent: HashSet<ResourceId>,
}

/// A function of another part.
#[derive(Debug, Clone, Copy, Default)]
struct Called {
    /// The number of that part, and whether it uses backpressure.
    part: PartNumber,
    holds: bool,
    /// The function's companions, once they are imported.
    start: Option<FuncId>,
    finish: Option<FuncId>,
}

/// The async functions of each part that other parts call, by path.
pub(in crate::p3_on_p2) fn wanted<'a>(parts: &[Part<'a>]) -> Vec<BTreeSet<Vec<&'a str>>> {
    let mut wanted = vec![BTreeSet::new(); parts.len()];
    for part in parts {
        let types = part.component.validated();
        let calls = part_calls(part);
        for call in calls.into_iter().filter(|call| types.func(call.func).async_) {
            wanted[call.from].insert(call.path);
        }
    }
    wanted
}

/// A function of another part that is lowered.
struct PartCall<'a> {
    func: FuncId,
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
    let lowered: HashSet<FuncId> = component
        .items
        .iter()
        .filter_map(|item| match &item.kind {
            ItemKind::Canon(CanonicalFunction::Lower { func_index, .. }) => Some(FuncId(*func_index)),
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
        .filter_map(|item| Some((item, FuncId::try_of(item.def?).filter(|func| lowered.contains(func))?)));
    let calls = functions.filter_map(|(item, func)| match &item.kind {
        ItemKind::Import(import) => {
            let (from, path) = source(import.name.name)?;
            Some(PartCall { func, path: path.clone(), from, import: import.name.name, member: None })
        }
        ItemKind::Alias(ComponentAlias::InstanceExport { instance_index, name, .. }) => {
            let import = imports.get(&Def::from(InstanceId(*instance_index)))?;
            let (from, path) = source(import)?;
            let path = [&path[..], &[*name]].concat();
            Some(PartCall { func, path, from, import, member: Some(name) })
        }
        _ => None,
    });
    calls.collect()
}

impl<'a> Tasks<'a> {
    /// Plans which functions of `wanted` the part offers as tasks, and what it takes of the parts
    /// before it.
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
        let starts = Companions::plan(&START, component, arena, wanted, &may_suspend);
        let with_callbacks = Companions::plan(&START, component, arena, wanted, &|lift| has_callback(component, lift));
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
        let finishes = Companions::plan(&FINISH, component, arena, &started, &|_| true);
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
            tasks.called.insert(func, Called { part: PartNumber::of(from), holds: link.holds, ..Called::default() });
            for (at, (kind, names)) in [(START, &link.starts), (FINISH, &link.finishes)].iter().enumerate() {
                let Some(companion) = names.get(&path).copied() else { continue };
                let offer = &mut tasks.offers.entry(import).or_default()[at];
                match member {
                    None => {
                        let Some(name) = kind.name(import, arena, &|name| part.args.contains_key(name)) else {
                            continue;
                        };
                        let path = [&path[..path.len() - 1], &[companion]].concat();
                        part.args.insert(name, Source { origin: Origin::Part(from), path });
                        *offer = Some(Offer::Function(name));
                    }
                    Some(member) => match offer {
                        Some(Offer::Members(members)) => {
                            members.insert(member, companion);
                        }
                        _ => *offer = Some(Offer::Members(BTreeMap::from([(member, companion)]))),
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
                is_async(options) && self.called.get(&FuncId(*func_index)).is_some_and(|called| called.holds)
            }
            _ => false,
        };
        self.held = canons().filter(is_held).count() as u32;
        for (from, link) in links.iter().enumerate() {
            let Some(turn) = link.turn else { continue };
            let name = free("turn", arena, &|name| part.args.contains_key(name));
            part.args.insert(name, Source::export(from, turn));
            self.others.push((PartNumber::of(from), name));
        }
        if self.turns() > 0 {
            let companions = self.starts.names.values().chain(self.finishes.names.values());
            let companions: Vec<&str> = companions.copied().collect();
            let is_taken = |name: &str| {
                part.component.exports().any(|export| export.name.name == name) || companions.contains(&name)
            };
            self.turn = Some(free("turn", arena, &is_taken));
        }
    }

    /// The properties of this part that the parts after it need.
    pub fn link(&self, part: &Part<'a>) -> Link<'a> {
        let holds = |item: &Item<'_>| matches!(item.kind, ItemKind::Canon(CanonicalFunction::BackpressureInc));
        Link {
            starts: self.starts.names.clone(),
            finishes: self.finishes.names.clone(),
            turn: self.turn,
            holds: part.component.items.iter().any(holds),
        }
    }

    /// The number of turns in the table of deliveries.
    pub fn turns(&self) -> u32 {
        self.starts.names.len() as u32 + self.held
    }
}

/// A private name that is free.
fn free<'a>(name: &str, arena: &'a Arena, is_taken: &dyn Fn(&str) -> bool) -> &'a str {
    arena.text(&fresh_name(format!("wasi-shim-{name}"), is_taken))
}

/// Whether lifted function `lift` has a callback, so that a call of it can wait while its caller
/// goes on. A handle of a third part's resource that the call borrows would have to go back when it
/// begins to wait, unless that part lends it.
fn has_callback(component: &Component<'_>, lift: FuncId) -> bool {
    let Some(ItemKind::Canon(CanonicalFunction::Lift { options, .. })) = component.get(lift.into()) else {
        return false;
    };
    callback(options).is_some()
}

/// The resources that a component defines.
fn own_resources(component: &Component<'_>) -> HashSet<ResourceId> {
    let types = component.validated();
    let resources = component.items.iter().filter_map(|item| match (&item.kind, item.def) {
        (ItemKind::Type(ComponentType::Resource { .. }), Some(def)) => match types.ty(TypeId::of(def)) {
            ComponentAnyTypeId::Resource(id) => Some(id.resource()),
            _ => None,
        },
        _ => None,
    });
    resources.collect()
}

impl<'a> Rewrite<'a> {
    /// R's function for waiting in the middle of the part's code, or its replacement in the first
    /// module.
    pub(super) fn waiting(&mut self, control: Control) -> CoreFuncId {
        match (self.tasks.steps.as_ref().map(|steps| steps.functions), control) {
            (Some(functions), Control::WaitableSetWait) => functions.wait,
            (Some(functions), Control::BlockOn) => functions.block_on,
            (Some(functions), Control::Yield) => functions.yield_,
            _ => self.control(control),
        }
    }

    /// The functions by which a driver waits and yields.
    pub(super) fn drive(&mut self) -> [CoreFuncId; 2] {
        match self.tasks.steps.as_ref().map(|steps| steps.functions) {
            Some(functions) => [functions.drive_wait, functions.drive_yield],
            None => [Control::WaitableSetWait, Control::Yield].map(|control| self.control(control)),
        }
    }

    /// Imports what lets tasks go on, for the functions of the first module. A part that others
    /// call needs these functions even if only parts after it have tasks: where it waits, R takes
    /// what it writes for them.
    pub(super) fn import_steps(&mut self) {
        let waits_to_call = self.tasks.called.values().any(|called| called.holds);
        if self.tasks.turns() == 0 && self.tasks.others.is_empty() && !self.edges.is_called && !waits_to_call {
            return;
        }
        let ty = self.turn_type();
        let others = std::mem::take(&mut self.tasks.others).into_iter().map(|(part, name)| {
            let import = ComponentImport { name: extern_name(name), ty: ComponentTypeRef::Func(ty.into()) };
            let func = self.define_as::<FuncId>(ItemKind::Import(import));
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

    /// The type of functions that give a turn: `func(task: u32)`.
    fn turn_type(&mut self) -> TypeId {
        let ty = ComponentFuncType { async_: false, params: Box::new([("task", U32)]), result: None };
        self.define_as::<TypeId>(ItemKind::Type(ComponentType::Func(ty)))
    }

    /// Exports the function of the first module that gives turns.
    pub(super) fn export_turn(&mut self) {
        let (Some(name), Some(steps)) = (self.tasks.turn, &self.tasks.steps) else { return };
        let core_func_index = steps.functions.turn.into();
        let type_index = self.turn_type().into();
        let lift = CanonicalFunction::Lift { core_func_index, type_index, options: Box::new([]) };
        let index = self.define_as::<FuncId>(ItemKind::Canon(lift)).into();
        let kind = ComponentExternalKind::Func;
        self.define_as::<FuncId>(ItemKind::Export(ComponentExport { name: extern_name(name), kind, index, ty: None }));
    }

    fn known_type(&self, ty: TypeId) -> Option<&ComponentType<'a>> {
        match self.out.iter().find(|item| item.def == Some(ty.into())) {
            Some(Item { kind: ItemKind::Type(ty), .. }) => Some(ty),
            _ => None,
        }
    }

    /// Whether import `name` comes with companions.
    pub(super) fn has_offers(&self, name: &str) -> bool {
        self.tasks.offers.contains_key(name)
    }

    /// Emits an import from another part, and imports the companions that it offers.
    pub(super) fn import_offers(&mut self, def: Def, import: ComponentImport<'a>) {
        let name = import.name.name;
        let mut ty = import.ty;
        let mut functions = [None; 2];
        for (at, kind) in [START, FINISH].iter().enumerate() {
            match (&self.tasks.offers[name][at], ty) {
                (Some(Offer::Function(companion)), ComponentTypeRef::Func(old)) => {
                    let companion = *companion;
                    let Some(new) = self.known_type(TypeId(old)).and_then(|ty| kind.type_of(ty)) else { continue };
                    let ty = ComponentTypeRef::Func(self.define_as::<TypeId>(ItemKind::Type(new)).into());
                    let import = ComponentImport { name: extern_name(companion), ty };
                    functions[at] = Some(self.define_as::<FuncId>(ItemKind::Import(import)));
                }
                (Some(Offer::Members(companions)), ComponentTypeRef::Instance(old)) => {
                    let declarations = match self.known_type(TypeId(old)) {
                        Some(ComponentType::Instance(declarations)) => {
                            companion::add_to_instance_type(declarations, kind, companions)
                        }
                        _ => None,
                    };
                    match declarations {
                        Some(declarations) => {
                            let new = ItemKind::Type(ComponentType::Instance(declarations.into()));
                            ty = ComponentTypeRef::Instance(self.define_as::<TypeId>(new).into());
                        }
                        None => self.tasks.offers.get_mut(name).expect("there are offers")[at] = None,
                    }
                }
                _ => {}
            }
        }
        match def.sort {
            Sort::Func => self.offered(FuncId::of(def), functions),
            _ => {
                self.tasks.offering.insert(InstanceId::of(def), name);
            }
        }
        self.out.push(Item { def: Some(def), kind: ItemKind::Import(ComponentImport { name: import.name, ty }) });
    }

    /// Aliases the companions of `func`, which is function `name` of `instance`, if it has some.
    pub(super) fn alias_offers(&mut self, func: FuncId, instance: InstanceId, name: &str) {
        let Some(import) = self.tasks.offering.get(&instance) else { return };
        let companions = self.tasks.offers[import].each_ref().map(|offer| match offer {
            Some(Offer::Members(companions)) => companions.get(name).copied(),
            _ => None,
        });
        let functions = companions.map(|companion| companion.map(|companion| self.alias_func(instance, companion)));
        self.offered(func, functions);
    }

    fn offered(&mut self, func: FuncId, [start, finish]: [Option<FuncId>; 2]) {
        let called = self.tasks.called.entry(func).or_default();
        (called.start, called.finish) = (start, finish);
    }

    /// Whether a sync lowering of another part's function `func` is more than a call of it: a task
    /// may begin, backpressure may hold it back, ends of streams or futures pass, handles that may
    /// be lent are given away, or the callee may write what this part reads.
    pub(super) fn is_part_call(&self, func: FuncId) -> bool {
        let Some(called) = self.tasks.called.get(&func) else { return false };
        let does_more = called.start.is_some() || called.holds && self.is_async(func);
        does_more || self.passes_ends(func) || self.gives_away(func) || self.reads
    }

    /// Replaces lowering `def` of another part's function `func`.
    pub(super) fn lower_part(
        &mut self,
        def: CoreFuncId,
        func: FuncId,
        options: &[CanonicalOption],
    ) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        let types = self.component.validated();
        let ty = types.func(func);
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
        let check = self.pass_params(func, options, Destination::ToCallee);
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
            Some(start) => Callee::Task(start, finish.map(|finish| (finish, self.slot()))),
            // The function does not suspend: it returns before the lowering does.
            None => Callee::Eager(self.lower(func, options), result),
        };
        let lent = self.pass_params(func, options, Destination::Lent).filter(|_| start.is_some());
        let hold = holds.then(|| Hold {
            callee: called.part,
            slot: self.slot(),
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

    /// The function that moves values to the buffers of pending reads, if other parts may have
    /// written some.
    pub(super) fn fill(&self) -> Option<CoreFuncId> {
        (self.reads && self.part != PartNumber::NONE).then_some(self.task.fill)
    }

    /// The functions that wait until a sync call may begin, and until it has returned.
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

    /// Lifts the companions of lift `def` of `core`, which other parts call. `options` are those of
    /// the driver's lift.
    pub(super) fn lift_task(
        &mut self,
        def: FuncId,
        core: CoreFuncId,
        callback: CoreFuncId,
        ty: TypeId,
        original: &[CanonicalOption],
        mut options: Vec<CanonicalOption>,
    ) -> Result<(), Error> {
        let pass = self.pass_params(def, original, Destination::ToTask);
        let kind = self.kind_of_lift(def, original);
        let given = self.given(def, &mut options)?;
        let in_memory = match &given {
            ReturnValue::Stashed(_, area) => Some(area.memory),
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
        let (params, slot) = (self.core_signature(core)?.params, self.slot());
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
            let type_index = self.define_as::<TypeId>(ItemKind::Type(new)).into();
            let options = options.clone().into();
            let lift = CanonicalFunction::Lift { core_func_index: core.into(), type_index, options };
            Ok::<FuncId, Error>(self.define_as::<FuncId>(ItemKind::Canon(lift)))
        };
        let started = lift(&START, start)?;
        let finished = if has_result { Some(lift(&FINISH, finish)?) } else { None };
        self.tasks.starts.lifted(def, started);
        finished.into_iter().for_each(|finished| self.tasks.finishes.lifted(def, finished));
        Ok(())
    }

    /// An instance that other parts call gets the companions of its functions.
    pub(super) fn extend_instance(&mut self, id: InstanceId, mut instance: ComponentInstance<'a>) {
        for at in 0..2 {
            let companions = if at == 0 { &self.tasks.starts } else { &self.tasks.finishes };
            let shim = companions.extend(id, &mut instance, &self.out);
            if let Some(shim) = shim {
                let shim = self.define_as::<ComponentId>(ItemKind::Component(Box::new(shim)));
                if let ComponentInstance::Instantiate { component_index, .. } = &mut instance {
                    *component_index = shim.into();
                }
            }
        }
        self.out.push(Item { def: Some(id.into()), kind: ItemKind::Instance(instance) });
    }

    /// Exports the companions of function `name`, after the function itself.
    pub(super) fn export_companions(&mut self, name: &str) {
        for companion in [self.tasks.starts.export(name), self.tasks.finishes.export(name)].into_iter().flatten() {
            self.define_as::<FuncId>(ItemKind::Export(companion));
        }
    }
}
