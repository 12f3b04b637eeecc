//! The rewrite of the guest.

mod copy;
mod lift;
mod lower;
pub(super) mod options;
mod plan;

use crate::Error;
use crate::component::{Arena, Component, Def, Item, ItemKind, Sort, extern_name};
use crate::p3_on_p2::interface::{Control, Form};
use crate::p3_on_p2::origin::Adapted;
use crate::p3_on_p2::payload::{Payload, Typed};
use crate::p3_on_p2::trampoline::{Arena as Results, Task, TaskCalls, trap};
use crate::p3_on_p2::{interface, origin};
use crate::program::{self, Program};
use crate::substitute::{Pending, Scatter, Signature};
use crate::wasi::{Generation, InterfaceName};
use semver::Version;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind, ComponentImport, ComponentInstance,
    ComponentInstantiationArg, ComponentType, ComponentTypeRef,
};

use copy::Cancel;
use options::is_async;
use plan::Seen;

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
    let is_command = |name: &str| program::role(name) == Some((Program::Run, Generation::Wasi03));
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

struct Rewrite<'a> {
    component: Component<'a>,
    arena: &'a Arena,
    /// The version under which a root exports 0.2; nothing else than a root is renamed.
    root: Option<Version>,
    /// The parts of a composition, and, once they are rewritten, what they need of the control interface.
    parts: HashMap<u32, Rewrite<'a>>,
    part_controls: HashMap<u32, (&'a str, BTreeSet<Control>)>,
    /// Under which the control interface is imported: its own name, unless a part of what was adapted before has it.
    control_name: &'a str,
    /// Lifts that the host calls, in a root or through it.
    exposed: HashSet<u32>,
    /// Those of them that are the command's `run`.
    commands: HashSet<u32>,
    /// Whether a call from the host waits for the output.
    drains: bool,
    out: Vec<Item<'a>>,
    pending: Pending<'a>,
    adapted: Adapted,
    /// Functions of adapted imports, by the component function that the guest aliased.
    functions: HashMap<u32, (u32, &'a str)>,
    /// The same in the forms that are needed.
    forms: HashMap<(u32, Form), u32>,
    payloads: HashMap<u32, Payload>,
    task: Task,
    /// The deliveries registered so far; the first kind is 1.
    kinds: u32,
    control: Option<(u32, u32)>,
    lowered: HashMap<Control, u32>,
    scatter: HashMap<u32, (Scatter, [u32; 3])>,
    /// Where results that are returned before the task ends are kept, once that is known.
    results: Option<Results>,
    /// A memory of the guest with the realloc that allocates in it.
    allocates: Option<(u32, u32)>,
    /// Aliases of core instances' functions, with the instance.
    late_aliases: HashMap<u32, (u32, ComponentAlias<'a>)>,
    /// Whether the guest keeps something for a task.
    sets_context: bool,
    /// The programs of 0.3 that it exports: of those, exports of 0.2 are only stubs.
    programs03: BTreeSet<Program>,
    needs: Needs,
}

impl<'a> Rewrite<'a> {
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
        own.chain(self.part_controls.values().flat_map(|(_, controls)| controls.iter().copied())).collect()
    }

    fn define(&mut self, sort: Sort, kind: ItemKind<'a>) -> u32 {
        let (id, item) = self.component.define(sort, kind);
        self.out.push(item);
        id
    }

    /// The import of the control interface, and the first module of the guest.
    fn import_control(&mut self) {
        let all = Control::ALL.iter().copied().collect();
        let ty = self.define(Sort::Type, ItemKind::Type(interface::control_type(&all)));
        let import = ComponentImport { name: extern_name(self.control_name), ty: ComponentTypeRef::Instance(ty) };
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
    fn control(&mut self, control: Control) -> u32 {
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
                let name = part.control_name;
                let (part, needs) = part.run()?;
                self.part_controls.insert(id, (name, needs.control));
                self.out.push(Item { def: item.def, kind: ItemKind::Component(Box::new(part)) });
            }
            ItemKind::Instance(ComponentInstance::Instantiate { component_index, args })
                if self.part_controls.get(&component_index).is_some_and(|(_, controls)| !controls.is_empty()) =>
            {
                let (name, _) = self.part_controls[&component_index];
                let (_, index) = self.control.expect("imported first");
                let control = ComponentInstantiationArg { name, kind: ComponentExternalKind::Instance, index };
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
            ItemKind::Export(export) => match (program::role(export.name.name), &self.root) {
                (Some((program, Generation::Wasi02)), Some(_)) if self.programs03.contains(&program) => {}
                (Some((Program::Run, Generation::Wasi03)), Some(version)) => {
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

    fn context(&self, slots: [u32; 2], slot: u32) -> Result<u32, Error> {
        slots.get(slot as usize).copied().ok_or_else(|| Error::unsupported(format!("context slot {slot}")))
    }

    /// The type of original core function `def`.
    fn core_signature(&self, def: u32) -> Result<Signature, Error> {
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
