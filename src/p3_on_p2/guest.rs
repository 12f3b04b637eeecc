//! The rewrite of the guest.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use semver::Version;
use wasm_encoder::ValType;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentDefinedType};
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind, ComponentImport, ComponentInstance,
    ComponentInstantiationArg, ComponentType, ComponentTypeRef,
};

use super::interface::{self, CONTROL, Control, Form};
use super::origin::{self, Adapted};
use super::parts;
use super::payload::{Payload, Typed};
use super::trampoline::{
    Arena as Results, AsyncCall, Blocking, EagerCall, Element, Encoding, Finish, Landing, Read, Start, SyncCall, Take,
    Task, TaskCalls, Wait, Write, Writing, constant, guarded, trap,
};
use crate::Error;
use crate::command::{self, Role};
use crate::component::{Arena, Component, Def, Item, ItemKind, Sort};
use crate::layout::Layout;
use crate::substitute::{Pending, Scatter, Signature};
use crate::types;
use crate::wasi::{Generation, InterfaceName};

/// Flat parameters of an async lowering; more go through memory.
const MAX_FLAT_ASYNC_PARAMS: usize = 4;

/// What runtime R must offer to a guest.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Functions by interface without version, and in which form.
    pub interfaces: BTreeMap<String, BTreeSet<(String, Form)>>,
    /// Functions that hand out values.
    pub typed: BTreeSet<Typed>,
    pub control: BTreeSet<Control>,
    /// The guest's imports that R satisfies, as the guest names them.
    pub imports: BTreeSet<String>,
}

/// Gives the version of 0.2 for these needs.
pub(crate) type Choose<'c> = dyn Fn(&Needs) -> Version + 'c;

/// A guest prepared to stand beside R.
pub(crate) struct Guest {
    pub bytes: Vec<u8>,
    pub needs: Needs,
    /// The version of 0.2 that was chosen.
    pub wasi02: Version,
}

impl Needs {
    /// Adds what another component needs of interfaces.
    fn include(&mut self, other: &Needs) {
        for (interface, functions) in &other.interfaces {
            self.interfaces.entry(interface.clone()).or_default().extend(functions.iter().cloned());
        }
        self.typed.extend(&other.typed);
    }

    /// The functions that are needed: interface without version, and name.
    pub fn functions(&self) -> impl Iterator<Item = (&str, &str)> {
        let interfaces = self.interfaces.iter();
        interfaces
            .flat_map(|(interface, functions)| functions.iter().map(|(name, _)| (interface.as_str(), name.as_str())))
    }

    /// Whether the guest needs no R.
    pub fn is_nothing(&self) -> bool {
        self.imports.is_empty() && self.control.is_empty()
    }
}

/// Rewrites `component`. `choose` gives the version under which it imports and exports 0.2.
pub(crate) fn adapt<'a>(component: Component<'a>, arena: &'a Arena, choose: &Choose<'_>) -> Result<Guest, Error> {
    let imports = component.imports().map(|(_, import)| import.name.name);
    let imports = imports
        .filter(|name| InterfaceName::parse(name).is_some_and(|name| name.generation() == Some(Generation::Wasi03)));
    let imports = imports.map(String::from).collect();
    let adapted = origin::of_root(&component);
    let is_command = |name: &str| command::role_of(name) == Role::Run03;
    let mut rewrite = Rewrite::plan(component, arena, adapted, &Seen { exports: &|_| true, commands: &is_command })?;
    let wasi02 = choose(&rewrite.needs);
    rewrite.root = Some(wasi02.clone());
    rewrite.set_drains(
        rewrite
            .needs
            .interfaces
            .iter()
            .any(|(interface, functions)| !functions.is_empty() && TAKES_OUTPUT.contains(&interface.as_str())),
    );
    let (component, mut needs) = rewrite.run()?;
    needs.imports = imports;
    let bytes = component.encode().map_err(Error::unsound)?;
    Ok(Guest { bytes, needs, wasi02 })
}

/// Interfaces whose functions take streams that R writes to the host.
const TAKES_OUTPUT: &[&str] = &["wasi:cli/stdout", "wasi:cli/stderr", "wasi:filesystem/types"];

pub(super) struct Rewrite<'a> {
    pub(super) component: Component<'a>,
    pub(super) arena: &'a Arena,
    /// The version under which a root exports 0.2; nothing else than a root is renamed.
    root: Option<Version>,
    /// The parts of a composition, and, once they are rewritten, what they need of the control interface.
    parts: HashMap<u32, Rewrite<'a>>,
    part_controls: HashMap<u32, BTreeSet<Control>>,
    /// Lifts that the host calls, in a root or through it.
    pub(super) exposed: HashSet<u32>,
    /// Those of them that are the command's `run`.
    pub(super) commands: HashSet<u32>,
    /// Whether a call from the host waits for the output.
    pub(super) drains: bool,
    pub(super) out: Vec<Item<'a>>,
    pub(super) pending: Pending<'a>,
    adapted: Adapted,
    /// Functions of adapted imports, by the component function that the guest aliased.
    functions: HashMap<u32, (u32, &'a str)>,
    /// The same in the forms that are needed.
    forms: HashMap<(u32, Form), u32>,
    payloads: HashMap<u32, Payload>,
    pub(super) task: Task,
    /// The deliveries registered so far; the first kind is 1.
    kinds: u32,
    control: Option<(u32, u32)>,
    lowered: HashMap<Control, u32>,
    scatter: HashMap<u32, (Scatter, [u32; 3])>,
    /// Where results that are returned before the task ends are kept, once that is known.
    pub(super) results: Option<Results>,
    /// A memory of the guest with the realloc that allocates in it.
    pub(super) allocates: Option<(u32, u32)>,
    /// Aliases of core instances' functions, with the instance.
    pub(super) late_aliases: HashMap<u32, (u32, ComponentAlias<'a>)>,
    /// Whether the guest keeps something for a task.
    pub(super) sets_context: bool,
    /// Whether `run@0.2` beside `run@0.3` is only a stub.
    exports_run03: bool,
    needs: Needs,
}

/// A cancellation: a function of R's, or one of the first module that delivers what has finished.
enum Cancel {
    Plain(Control),
    Delivering(u32),
}

/// Which exports the host sees, by name, and which of those are a command's.
struct Seen<'s> {
    exports: &'s dyn Fn(&str) -> bool,
    commands: &'s dyn Fn(&str) -> bool,
}

impl<'a> Rewrite<'a> {
    /// What the rewrite of `component` takes. R satisfies the imports that are `adapted`; the host sees the exports
    /// that are `seen`.
    fn plan(
        mut component: Component<'a>,
        arena: &'a Arena,
        adapted: Adapted,
        seen: &Seen<'_>,
    ) -> Result<Rewrite<'a>, Error> {
        let mut needs = Needs::default();
        for name in adapted.values() {
            needs.interfaces.entry(name.unversioned()).or_default();
        }
        let exposed = parts::exposed(&component, seen.exports);
        let commands = parts::exposed(&component, seen.commands);
        let mut parts = HashMap::new();
        for id in parts::parts(&component) {
            let part = component.take_part(id);
            let adapted = origin::of_part(&component, &adapted, id, &part).map_err(|import| {
                Error::unsupported(format!("a component whose import `{import}` is given different things"))
            })?;
            let seen = |exposed: &parts::Exposed, name: &str| {
                exposed.of_parts.get(&id).is_some_and(|names| names.contains(name))
            };
            let seen = Seen { exports: &|name| seen(&exposed, name), commands: &|name| seen(&commands, name) };
            let part = Rewrite::plan(part, arena, adapted, &seen)?;
            needs.include(&part.needs);
            parts.insert(id, part);
        }
        let mut functions = HashMap::new();
        let mut payloads = HashMap::new();
        let names: HashMap<u32, String> = adapted.iter().map(|(id, name)| (*id, name.unversioned())).collect();
        for item in &component.items {
            match (&item.kind, item.def) {
                (
                    ItemKind::Alias(ComponentAlias::InstanceExport {
                        kind: ComponentExternalKind::Func,
                        instance_index,
                        name,
                    }),
                    Some(def),
                ) if adapted.contains_key(instance_index) => {
                    functions.insert(def.id, (*instance_index, *name));
                }
                (ItemKind::Canon(CanonicalFunction::Lower { func_index, options }), _) => {
                    if let Some((instance, name)) = functions.get(func_index) {
                        let entry = needs.interfaces.entry(adapted[instance].unversioned()).or_default();
                        for form in forms(&component, *func_index, options)? {
                            entry.insert((name.to_string(), form));
                        }
                    }
                }
                (
                    ItemKind::Canon(
                        CanonicalFunction::StreamNew { ty }
                        | CanonicalFunction::FutureNew { ty }
                        | CanonicalFunction::StreamWrite { ty, .. }
                        | CanonicalFunction::FutureWrite { ty, .. }
                        | CanonicalFunction::StreamRead { ty, .. }
                        | CanonicalFunction::FutureRead { ty, .. },
                    ),
                    _,
                ) => {
                    let interface = |instance: u32| names.get(&instance).map(String::as_str);
                    let payload = Payload::of(&component, *ty, &interface);
                    if let (Payload::Typed(typed), ItemKind::Canon(canon)) = (&payload, &item.kind)
                        && matches!(canon, CanonicalFunction::StreamRead { .. } | CanonicalFunction::FutureRead { .. })
                    {
                        needs.typed.insert(*typed);
                    }
                    payloads.insert(*ty, payload);
                }
                _ => {}
            }
        }
        let canons = || {
            component.items.iter().filter_map(|item| match &item.kind {
                ItemKind::Canon(canon) => Some(canon),
                _ => None,
            })
        };
        let allocates = canons().find_map(|canon| {
            let options = options(canon);
            Some((memory(options)?, realloc(options)?))
        });
        let sets_context = canons().any(|canon| matches!(canon, CanonicalFunction::ContextSet { .. }));
        let late_aliases = component.items.iter().filter_map(|item| match (&item.kind, item.def?) {
            (ItemKind::Alias(alias @ ComponentAlias::CoreInstanceExport { instance_index, .. }), def)
                if def.sort == Sort::CoreFunc =>
            {
                Some((def.id, (*instance_index, alias.clone())))
            }
            _ => None,
        });
        let late_aliases = late_aliases.collect();
        let exports_run03 = component.exports().any(|export| command::role(export) == Role::Run03);
        let mut fresh = || component.fresh(Sort::CoreFunc);
        let task = Task {
            context_get: [fresh(), fresh()],
            context_set: [fresh(), fresh()],
            deliver: fresh(),
            begin: fresh(),
            set_result: fresh(),
            end: fresh(),
            has_returned: fresh(),
            stash: fresh(),
            fetch: fresh(),
            stream_cancel_read: fresh(),
            future_cancel_read: fresh(),
            subtask_cancel: fresh(),
            table: 0,
        };
        let task = Task { table: component.fresh(Sort::CoreTable), ..task };
        Ok(Rewrite {
            component,
            arena,
            root: None,
            parts,
            part_controls: HashMap::new(),
            exposed: exposed.lifts,
            commands: commands.lifts,
            drains: false,
            out: Vec::new(),
            pending: Pending::default(),
            adapted,
            functions,
            forms: HashMap::new(),
            payloads,
            task,
            kinds: 1,
            control: None,
            lowered: HashMap::new(),
            scatter: HashMap::new(),
            results: None,
            allocates,
            late_aliases,
            sets_context,
            exports_run03,
            needs,
        })
    }

    fn set_drains(&mut self, drains: bool) {
        self.drains = drains;
        self.parts.values_mut().for_each(|part| part.set_drains(drains));
    }

    fn run(mut self) -> Result<(Component<'a>, Needs), Error> {
        self.import_control();
        for item in std::mem::take(&mut self.component.items) {
            if self.pending.is_needed_by(&item) {
                let items = self.pending.flush(&mut self.component, self.arena);
                self.out.extend(items);
            }
            self.rewrite(item)?;
        }
        self.component.items = std::mem::take(&mut self.out);
        self.component.sweep();
        self.needs.control = self.kept_controls();
        let ty = self.control.map(|(ty, _)| Def::new(Sort::Type, ty));
        for item in self.component.items.iter_mut().filter(|item| item.def == ty) {
            item.kind = ItemKind::Type(interface::control_type(&self.needs.control));
        }
        Ok((self.component, self.needs))
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
                    if *instance_index == instance =>
                {
                    Some(*name)
                }
                _ => None,
            })
            .collect();
        let own = Control::ALL.iter().copied().filter(|control| used.contains(control.name()));
        own.chain(self.part_controls.values().flatten().copied()).collect()
    }

    pub(super) fn define(&mut self, sort: Sort, kind: ItemKind<'a>) -> u32 {
        let (id, item) = self.component.define(sort, kind);
        self.out.push(item);
        id
    }

    /// The import of the control interface, and the first module of the guest.
    fn import_control(&mut self) {
        let all = Control::ALL.iter().copied().collect();
        let ty = self.define(Sort::Type, ItemKind::Type(interface::control_type(&all)));
        let import = ComponentImport { name: self.arena.name(CONTROL), ty: ComponentTypeRef::Instance(ty) };
        let instance = self.define(Sort::Instance, ItemKind::Import(import));
        self.control = Some((ty, instance));
        if !self.component.items.iter().any(|item| matches!(item.kind, ItemKind::Canon(_))) {
            return;
        }
        let calls = TaskCalls {
            cookie: self.control(Control::Cookie),
            stream_cancel_read: self.control(Control::StreamCancelRead),
            future_cancel_read: self.control(Control::FutureCancelRead),
            subtask_cancel: self.control(Control::SubtaskCancel),
        };
        let deliveries = self.component.items.iter().filter(|item| may_deliver(&item.kind)).count() as u32;
        let stashes = self.component.items.iter().any(|item| match (&item.kind, item.def) {
            (ItemKind::Canon(CanonicalFunction::TaskReturn { .. }), Some(def)) => {
                self.core_signature(def.id).is_ok_and(|signature| signature.params.len() > 1)
            }
            _ => false,
        });
        let module = self.task.module(&calls, deliveries + 1, stashes);
        let items = module.into_items(&mut self.component, self.arena);
        self.out.extend(items);
    }

    fn alias_func(&mut self, instance_index: u32, name: &str) -> u32 {
        let kind = ComponentExternalKind::Func;
        let alias = ComponentAlias::InstanceExport { kind, instance_index, name: self.arena.text(name) };
        self.define(Sort::Func, ItemKind::Alias(alias))
    }

    fn lower(&mut self, func_index: u32, options: &[CanonicalOption]) -> u32 {
        let options = options.iter().copied().filter(|option| !matches!(option, CanonicalOption::Async)).collect();
        let lower = CanonicalFunction::Lower { func_index, options };
        self.define(Sort::CoreFunc, ItemKind::Canon(lower))
    }

    /// A function of R's, lowered without options, once.
    pub(super) fn control(&mut self, control: Control) -> u32 {
        if let Some(known) = self.lowered.get(&control) {
            return *known;
        }
        let lowered = self.control_with(control, &[]);
        self.lowered.insert(control, lowered);
        lowered
    }

    fn control_with(&mut self, control: Control, options: &[CanonicalOption]) -> u32 {
        let (_, instance) = self.control.expect("imported first");
        let func = self.alias_func(instance, control.name());
        self.lower(func, options)
    }

    /// Definition `def` becomes a function of R's.
    fn replace(&mut self, def: u32, control: Control) {
        let (_, instance) = self.control.expect("imported first");
        let func_index = self.alias_func(instance, control.name());
        let lower = CanonicalFunction::Lower { func_index, options: Box::new([]) };
        self.out.push(Item { def: Some(Def::new(Sort::CoreFunc, def)), kind: ItemKind::Canon(lower) });
    }

    /// Definition `def` is function `core` of the first module.
    fn replace_by_task(&mut self, def: u32, core: u32) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        self.pending.add(def, None, move |module| {
            let inner = module.import(core, signature.clone());
            move |module: &mut crate::substitute::CoreModule| module.forward(def, inner, signature)
        });
        Ok(())
    }

    fn rewrite(&mut self, item: Item<'a>) -> Result<(), Error> {
        let id = item.def.map_or(0, |def| def.id);
        let is_instance = item.def.is_some_and(|def| def.sort == Sort::Instance);
        match item.kind {
            ItemKind::Type(ty) => {
                self.out.push(Item { def: item.def, kind: ItemKind::Type(interface::plain(&ty)) });
            }
            ItemKind::Component(_) if self.parts.contains_key(&id) => {
                let part = self.parts.remove(&id).expect("just looked");
                let (part, needs) = part.run()?;
                self.part_controls.insert(id, needs.control);
                self.out.push(Item { def: item.def, kind: ItemKind::Component(Box::new(part)) });
            }
            ItemKind::Instance(ComponentInstance::Instantiate { component_index, args })
                if self.part_controls.get(&component_index).is_some_and(|controls| !controls.is_empty()) =>
            {
                let (_, index) = self.control.expect("imported first");
                let control = ComponentInstantiationArg { name: CONTROL, kind: ComponentExternalKind::Instance, index };
                let args = args.iter().cloned().chain([control]).collect();
                let instance = ComponentInstance::Instantiate { component_index, args };
                self.out.push(Item { def: item.def, kind: ItemKind::Instance(instance) });
            }
            ItemKind::Component(mut nested) => {
                plain_component(&mut nested);
                self.out.push(Item { def: item.def, kind: ItemKind::Component(nested) });
            }
            ItemKind::Import(import) if is_instance && self.adapted.contains_key(&id) => {
                let import = self.rewrite_import(id, &import)?;
                self.out.push(Item { def: item.def, kind: ItemKind::Import(import) });
            }
            ItemKind::Alias(_)
                if item.def.is_some_and(|def| def.sort == Sort::Func) && self.functions.contains_key(&id) =>
            {
                let (instance, name) = self.functions[&id];
                let forms = self.needs.interfaces[&self.adapted[&instance].unversioned()].clone();
                for (_, form) in forms.iter().filter(|(function, _)| function == name) {
                    let func = self.alias_func(instance, &form.name(name));
                    self.forms.insert((id, *form), func);
                }
            }
            ItemKind::Canon(canon) => self.rewrite_canon(id, canon)?,
            ItemKind::Export(export) => match (command::role(&export), &self.root) {
                (Role::Run02, Some(_)) if self.exports_run03 => {}
                (Role::Run03, Some(version)) => {
                    let name = self.arena.name(&format!("wasi:cli/run@{version}"));
                    let export = wasmparser::ComponentExport { name, ..export };
                    self.out.push(Item { def: item.def, kind: ItemKind::Export(export) });
                }
                _ => self.out.push(Item { def: item.def, kind: ItemKind::Export(export) }),
            },
            kind => self.out.push(Item { def: item.def, kind }),
        }
        Ok(())
    }

    fn rewrite_import(&mut self, instance: u32, import: &ComponentImport<'a>) -> Result<ComponentImport<'a>, Error> {
        let interface = self.adapted[&instance].unversioned();
        let ComponentTypeRef::Instance(ty) = import.ty else { unreachable!("the import is an instance") };
        // The item has been rewritten already; local types of functions keep their indices.
        let declarations = match self.out.iter().find(|item| item.def == Some(Def::new(Sort::Type, ty))) {
            Some(Item { kind: ItemKind::Type(ComponentType::Instance(declarations)), .. }) => declarations.clone(),
            _ => {
                let what = format!("a type of import `{}` that is defined elsewhere", import.name.name);
                return Err(Error::unsupported(what));
            }
        };
        let functions = &self.needs.interfaces[&interface];
        let typed = self.needs.typed.iter().copied().filter(|typed| typed.function().0 == interface).collect();
        let ty = interface::rewrite(&declarations, self.arena, functions, &typed)?;
        let ty = self.define(Sort::Type, ItemKind::Type(ty));
        Ok(ComponentImport { name: import.name, ty: ComponentTypeRef::Instance(ty) })
    }

    fn rewrite_canon(&mut self, def: u32, canon: CanonicalFunction) -> Result<(), Error> {
        use CanonicalFunction as C;
        let task = self.task;
        match canon {
            C::Lift { core_func_index, type_index, options } if self.is_async(def) || self.is_wrapped(def) => {
                self.lift(def, core_func_index, type_index, &options)?;
            }
            C::Lower { func_index, options } if self.functions.contains_key(&func_index) => {
                self.lower_adapted(def, func_index, &options)?;
            }
            C::Lower { func_index, options } if is_async(&options) => {
                self.lower_eagerly(def, func_index, &options)?;
            }
            C::TaskReturn { result, options } => self.task_return(def, result, &options)?,
            C::TaskCancel => {
                let name = Some("wasi-shim: task.cancel, but nothing was cancelled");
                self.pending.add(def, None, trap(def, Signature::default(), name));
            }
            C::ContextGet { slot, .. } => self.replace_by_task(def, self.context(task.context_get, slot)?)?,
            C::ContextSet { slot, .. } => self.replace_by_task(def, self.context(task.context_set, slot)?)?,
            C::SubtaskDrop => self.replace(def, Control::SubtaskDrop),
            C::SubtaskCancel { async_ } => self.cancel(def, async_, Cancel::Delivering(task.subtask_cancel))?,
            C::StreamNew { ty } => self.new_pair(def, ty, Control::StreamNew),
            C::FutureNew { ty } => self.new_pair(def, ty, Control::FutureNew),
            C::StreamRead { ty, options } => self.read(def, ty, &options, false)?,
            C::FutureRead { ty, options } => self.read(def, ty, &options, true)?,
            C::StreamWrite { ty, options } => self.write(def, ty, &options, false)?,
            C::FutureWrite { ty, options } => self.write(def, ty, &options, true)?,
            C::StreamCancelRead { async_, .. } => {
                self.cancel(def, async_, Cancel::Delivering(task.stream_cancel_read))?
            }
            C::FutureCancelRead { async_, .. } => {
                self.cancel(def, async_, Cancel::Delivering(task.future_cancel_read))?
            }
            C::StreamCancelWrite { async_, .. } => {
                self.cancel(def, async_, Cancel::Plain(Control::StreamCancelWrite))?
            }
            C::FutureCancelWrite { async_, .. } => {
                self.cancel(def, async_, Cancel::Plain(Control::FutureCancelWrite))?
            }
            C::StreamDropReadable { .. } => self.replace(def, Control::StreamDropReadable),
            C::StreamDropWritable { .. } => self.replace(def, Control::StreamDropWritable),
            C::FutureDropReadable { .. } => self.replace(def, Control::FutureDropReadable),
            C::FutureDropWritable { .. } => self.replace(def, Control::FutureDropWritable),
            C::WaitableSetNew => self.replace(def, Control::WaitableSetNew),
            C::WaitableSetDrop => self.replace(def, Control::WaitableSetDrop),
            C::WaitableJoin => self.replace(def, Control::WaitableJoin),
            C::WaitableSetWait { memory, .. } => self.wait(def, memory, Control::WaitableSetWait),
            C::WaitableSetPoll { memory, .. } => self.wait(def, memory, Control::WaitableSetPoll),
            C::BackpressureInc | C::BackpressureDec => {
                self.pending.add(def, None, trap(def, Signature::default(), None));
            }
            C::ThreadYield { .. } => {
                let inner = self.control(Control::Yield);
                self.pending.add(def, None, move |module| {
                    let inner = module.import(inner, Signature::default());
                    move |module: &mut crate::substitute::CoreModule| module.then_zero(def, inner)
                });
            }
            other => {
                self.out.push(Item { def: Some(canon_def(def, &other)), kind: ItemKind::Canon(other) });
            }
        }
        Ok(())
    }

    /// The sync form traps if the waitable is in a set.
    fn cancel(&mut self, def: u32, async_: bool, cancel: Cancel) -> Result<(), Error> {
        if async_ {
            return match cancel {
                Cancel::Plain(control) => {
                    self.replace(def, control);
                    Ok(())
                }
                Cancel::Delivering(core) => self.replace_by_task(def, core),
            };
        }
        let alone = self.control(Control::Alone);
        let inner = match cancel {
            Cancel::Plain(control) => self.control(control),
            Cancel::Delivering(core) => core,
        };
        self.pending.add(def, None, guarded(def, alone, inner));
        Ok(())
    }

    fn context(&self, slots: [u32; 2], slot: u32) -> Result<u32, Error> {
        slots.get(slot as usize).copied().ok_or_else(|| Error::unsupported(format!("context slot {slot}")))
    }

    fn new_pair(&mut self, def: u32, ty: u32, control: Control) {
        let element = self.payloads[&ty].element();
        let inner = self.control(control);
        self.pending.add(def, None, constant(def, inner, element, control.name()));
    }

    fn wait(&mut self, def: u32, memory: u32, control: Control) {
        let wait = Wait { def, inner: self.control(control), task: self.task };
        self.pending.add(def, Some(memory), move |module| wait.build(module));
    }

    fn blocking(&mut self) -> Blocking {
        Blocking {
            alone: self.control(Control::Alone),
            block_on: self.control(Control::BlockOn),
            subtask_drop: self.control(Control::SubtaskDrop),
        }
    }

    fn read(&mut self, def: u32, ty: u32, options: &[CanonicalOption], is_future: bool) -> Result<(), Error> {
        let memory = memory(options);
        let take = match (self.payloads[&ty].clone(), memory) {
            (Payload::Number(size), Some(memory)) => {
                let (scatter, [head, body, tail]) = self.scatter(memory);
                Take::Bytes { size, aim: scatter.aim, head, body, tail }
            }
            (Payload::Typed(typed), Some(memory)) => {
                let fresh: [u32; 2] = std::array::from_fn(|_| self.component.fresh(Sort::CoreFunc));
                let landing = Landing { aim: fresh[0], realloc: fresh[1], guest: realloc(options) };
                let items = landing.module().into_items(&mut self.component, self.arena);
                self.out.extend(items);
                let (interface, function) = typed.function();
                let instance = self.adapted.iter().find(|(_, name)| name.unversioned() == interface);
                let Some(instance) = instance.map(|(id, _)| *id) else {
                    return Err(Error::unsupported(format!("values of `{interface}`, which is not imported")));
                };
                let func = self.alias_func(instance, function);
                let encoding = options.iter().copied().filter(is_encoding);
                let options: Vec<_> = [CanonicalOption::Memory(memory), CanonicalOption::Realloc(landing.realloc)]
                    .into_iter()
                    .chain(encoding)
                    .collect();
                Take::Typed { func: self.lower(func, &options), aim: landing.aim }
            }
            _ => Take::Nothing,
        };
        let kind = self.kind();
        let blocking = (!is_async(options)).then(|| self.blocking());
        let inner = self.control(Control::Read);
        let element = self.element(ty);
        let read = Read { def, is_future, element, inner, take, kind, task: self.task, blocking };
        self.pending.add(def, memory.filter(|_| !matches!(take, Take::Nothing)), move |module| read.build(module));
        Ok(())
    }

    fn write(&mut self, def: u32, ty: u32, options: &[CanonicalOption], is_future: bool) -> Result<(), Error> {
        let writing = match (&self.payloads[&ty], memory(options)) {
            (Payload::Number(size), Some(memory)) => {
                let size = *size;
                Writing::Bytes(self.control_with(Control::Write, &[CanonicalOption::Memory(memory)]), size)
            }
            _ => Writing::Unit(self.control(Control::WriteUnit)),
        };
        let blocking = (!is_async(options)).then(|| self.blocking());
        let write = Write { def, is_future, element: self.element(ty), writing, blocking };
        self.pending.add(def, None, move |module| write.build(module));
        Ok(())
    }

    /// What a buffer of stream or future type `ty` is made of.
    fn element(&self, ty: u32) -> Option<Element> {
        let types = self.component.validated();
        let ComponentAnyTypeId::Defined(id) = types.component_any_type_at(ty) else { return None };
        match types[id] {
            ComponentDefinedType::Stream { ty, .. } | ComponentDefinedType::Future { ty, .. } => {
                let Layout { size, align, .. } = Layout::of(types, ty?);
                Some(Element { size, align })
            }
            _ => None,
        }
    }

    /// What moves numbers into `memory`: the realloc's module and R's three functions.
    fn scatter(&mut self, memory: u32) -> (Scatter, [u32; 3]) {
        if let Some(known) = self.scatter.get(&memory) {
            return *known;
        }
        let [aim, realloc] = std::array::from_fn(|_| self.component.fresh(Sort::CoreFunc));
        let scatter = Scatter { aim, realloc };
        let items = scatter.module().into_items(&mut self.component, self.arena);
        self.out.extend(items);
        let options = [CanonicalOption::Memory(memory), CanonicalOption::Realloc(realloc)];
        let functions = [Control::BulkHead, Control::BulkBody, Control::BulkTail]
            .map(|control| self.control_with(control, &options));
        self.scatter.insert(memory, (scatter, functions));
        (scatter, functions)
    }

    fn kind(&mut self) -> u32 {
        self.kinds += 1;
        self.kinds - 1
    }

    fn lower_adapted(&mut self, def: u32, func: u32, options: &[CanonicalOption]) -> Result<(), Error> {
        if let Some(plain) = self.forms.get(&(func, Form::Plain)).copied() {
            let lower = CanonicalFunction::Lower { func_index: plain, options: options.into() };
            self.out.push(Item { def: Some(Def::new(Sort::CoreFunc, def)), kind: ItemKind::Canon(lower) });
            return Ok(());
        }
        let (instance, name) = self.functions[&func];
        let name = format!("{}#{name}", self.adapted[&instance].unversioned());
        let signature = self.core_signature(def)?;
        let needed = forms(&self.component, func, options)?;
        let value = self.flat_result(func);
        let finish = self
            .forms
            .get(&(func, Form::Finish))
            .copied()
            .filter(|_| needed.contains(&Form::Finish))
            .map(|finish| Finish { func: self.lower(finish, options), value });
        if !is_async(options) {
            let start = self.forms[&(func, Form::Start)];
            let start = self.lower(start, options);
            let call = SyncCall { def, name, signature, start, finish, blocking: self.blocking() };
            self.pending.add(def, None, move |module| call.build(module));
            return Ok(());
        }
        let start = match needed.contains(&Form::StartByList) {
            true => Start::ByList(self.lower(self.forms[&(func, Form::StartByList)], options)),
            false => Start::Direct(self.lower(self.forms[&(func, Form::Start)], options)),
        };
        let finish = finish.map(|finish| (finish, self.kind()));
        let call = AsyncCall { def, name, params: signature.params, start, finish, task: self.task };
        let memory = memory(options).filter(|_| finish.is_some_and(|(finish, _)| finish.value.is_some()));
        self.pending.add(def, memory, move |module| call.build(module));
        Ok(())
    }

    /// The async lowering `def` of `func`, which another part of the composition has: there it blocks, so it returns
    /// before the lowering answers.
    fn lower_eagerly(&mut self, def: u32, func: u32, options: &[CanonicalOption]) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        let inner = self.lower(func, options);
        let types = self.component.validated();
        let ty = &types[types.component_function_at(func)];
        let params = Layout::of_record(ty.params.iter().map(|(_, ty)| Layout::of(types, *ty)).collect());
        let result = ty.result.map(|ty| Layout::of(types, ty));
        let call = EagerCall { def, signature, inner, params, result };
        let memory = memory(options).filter(|_| call.uses_memory());
        self.pending.add(def, memory, move |module| call.build(module));
        Ok(())
    }

    fn is_async(&self, func: u32) -> bool {
        let types = self.component.validated();
        types[types.component_function_at(func)].async_
    }

    fn flat_results(&self, func: u32) -> Vec<ValType> {
        let types = self.component.validated();
        let mut flat = Vec::new();
        if let Some(ty) = types[types.component_function_at(func)].result {
            types::flatten(types, ty, &mut flat);
        }
        flat
    }

    /// The flat type and size in memory of the result of `func`, if it is one flat value.
    fn flat_result(&self, func: u32) -> Option<(ValType, u32)> {
        let types = self.component.validated();
        match self.flat_results(func).as_slice() {
            [one] => Some((*one, Layout::of(types, types[types.component_function_at(func)].result?).size)),
            _ => None,
        }
    }

    /// The type of original core function `def`.
    pub(super) fn core_signature(&self, def: u32) -> Result<Signature, Error> {
        crate::substitute::core_signature(&self.component, def)
    }
}

fn canon_def(def: u32, canon: &CanonicalFunction) -> Def {
    let sort = if matches!(canon, CanonicalFunction::Lift { .. }) { Sort::Func } else { Sort::CoreFunc };
    Def::new(sort, def)
}

fn may_deliver(kind: &ItemKind<'_>) -> bool {
    use CanonicalFunction as C;
    matches!(kind, ItemKind::Canon(C::Lower { .. } | C::StreamRead { .. } | C::FutureRead { .. }))
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

/// In which forms a lowering needs function `func`.
fn forms(component: &Component<'_>, func: u32, options: &[CanonicalOption]) -> Result<Vec<Form>, Error> {
    let types = component.validated();
    let ty = &types[types.component_function_at(func)];
    if !ty.async_ {
        return Ok(vec![Form::Plain]);
    }
    let mut flat = Vec::new();
    for (_, param) in &ty.params {
        types::flatten(types, *param, &mut flat);
    }
    let by_list = is_async(options) && flat.len() > MAX_FLAT_ASYNC_PARAMS;
    let mut forms = vec![if by_list { Form::StartByList } else { Form::Start }];
    forms.extend(ty.result.map(|_| Form::Finish));
    Ok(forms)
}

fn is_async(options: &[CanonicalOption]) -> bool {
    options.iter().any(|option| matches!(option, CanonicalOption::Async))
}

fn is_encoding(option: &CanonicalOption) -> bool {
    matches!(option, CanonicalOption::UTF8 | CanonicalOption::UTF16 | CanonicalOption::CompactUTF16)
}

pub(super) fn encoding(options: &[CanonicalOption]) -> Encoding {
    let encoding = options.iter().find_map(|option| match option {
        CanonicalOption::UTF16 => Some(Encoding::Utf16),
        CanonicalOption::CompactUTF16 => Some(Encoding::Compact),
        _ => None,
    });
    encoding.unwrap_or(Encoding::Utf8)
}

/// The options of `canon`, if it is of a kind that has them.
pub(super) fn options(canon: &CanonicalFunction) -> &[CanonicalOption] {
    use CanonicalFunction as C;
    match canon {
        C::Lift { options, .. }
        | C::Lower { options, .. }
        | C::TaskReturn { options, .. }
        | C::StreamRead { options, .. }
        | C::StreamWrite { options, .. }
        | C::FutureRead { options, .. }
        | C::FutureWrite { options, .. } => options,
        _ => &[],
    }
}

pub(super) fn memory(options: &[CanonicalOption]) -> Option<u32> {
    options.iter().find_map(|option| match option {
        CanonicalOption::Memory(memory) => Some(*memory),
        _ => None,
    })
}

pub(super) fn realloc(options: &[CanonicalOption]) -> Option<u32> {
    options.iter().find_map(|option| match option {
        CanonicalOption::Realloc(realloc) => Some(*realloc),
        _ => None,
    })
}
