//! The rewrite of the guest.

mod carry;
mod copy;
mod handler;
mod lending;
mod lift;
mod lower;
mod parts;
mod plan;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use carry::Carrying;
use handler::Handler;
pub(crate) use handler::{SERVE, TYPES};
use lending::Lender;
use parts::Tasks;
pub(super) use plan::{adapted_imports, adapted_imports_by_root};
use semver::Version;
use wasmparser::component_types::ResourceId;
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExport, ComponentExternName, ComponentExternalKind,
    ComponentImport, ComponentType, ComponentTypeRef,
};

use crate::canonical_abi::Encoding;
use crate::code::{CoreModule, Scatter, Signature};
use crate::component::options::is_async;
use crate::component::{Arena, Component, Def, Item, ItemKind, Sort, extern_name};
use crate::graph::composition::{Composition, Origin, Part, Source};
use crate::graph::root;
use crate::link::{Link, Template};
use crate::p3_on_p2::adapter::Bulk;
use crate::p3_on_p2::courier::Courier;
use crate::p3_on_p2::interface::{Control, Form};
use crate::p3_on_p2::lend::Lent;
use crate::p3_on_p2::numbers::Numbers;
use crate::p3_on_p2::payload::{Payload, Transfer, Typed};
use crate::p3_on_p2::trampoline::{Arena as Results, Door, InPlace, NOT_CANCELLED, Stash, Task, TaskCalls, trap};
use crate::p3_on_p2::{adapter, handles, interface, lend};
use crate::rewrite::{Pending, lifts};
use crate::wasi::program::Program;
use crate::wasi::{InterfaceName, program};
use crate::{Error, Generation, link};

/// What runtime R must offer to a guest.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Functions by interface without version, and in which form.
    pub interfaces: BTreeMap<String, BTreeSet<(String, Form)>>,
    /// Functions that hand out and take values.
    pub typed: BTreeSet<(Typed, Transfer)>,
    pub control: BTreeSet<Control>,
    /// The guest's imports that R satisfies, as the guest names them.
    pub imports: BTreeSet<String>,
    /// Whether the interface of services is needed.
    pub serve: bool,
    /// What is put and taken of the values that travel between parts, by number, and the text of the interface for that.
    pub carried: BTreeSet<(u32, Transfer)>,
    pub courier: String,
    /// The interfaces for resources of R's whose handles travel.
    pub kept: BTreeSet<String>,
    /// Whether all of it is in the guest.
    pub linked: bool,
}

/// Gives the version of 0.2 for these needs.
pub(crate) type Choose<'c> = dyn Fn(&Needs) -> Version + 'c;

/// A guest prepared to stand beside R.
pub(crate) struct Guest<'a> {
    pub parts: Vec<root::Part<'a>>,
    pub exports: Vec<(&'a str, Source<'a>)>,
    pub needs: Needs,
    /// The version of 0.2 that was chosen.
    pub wasi02: Version,
    /// Async functions of parts that cannot wait while their callers go on, because they are lent what no part defines.
    pub eager: Vec<String>,
}

/// Where a part is in the composition.
struct Place {
    index: usize,
    part: u32,
    numbers: Rc<Numbers>,
}

/// How a part is tied to the rest of the composition.
#[derive(Debug, Default)]
struct Edges<'a> {
    /// Exports that the root exports as programs of 0.3.
    programs: BTreeMap<&'a str, Program>,
    /// Exports that other parts use, or the root as they are.
    shared: BTreeSet<&'a str>,
    /// Whether other parts use exports of it.
    is_called: bool,
    /// Exports that the host sees.
    exposed: BTreeSet<&'a str>,
}

impl Needs {
    /// Adds what another part needs.
    fn merge(&mut self, other: &Needs) {
        for (interface, functions) in &other.interfaces {
            self.interfaces.entry(interface.clone()).or_default().extend(functions.iter().cloned());
        }
        self.typed.extend(&other.typed);
        self.control.extend(&other.control);
        self.imports.extend(other.imports.iter().cloned());
        self.serve |= other.serve;
        self.linked |= other.linked;
        self.carried.extend(&other.carried);
        self.kept.extend(other.kept.iter().cloned());
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

/// Rewrites `composition`. `choose` gives the version under which it imports and exports 0.2. With `template`, R is linked into the
/// only part.
pub(crate) fn adapt<'a>(
    mut composition: Composition<'a>,
    arena: &'a Arena,
    choose: &Choose<'_>,
    template: Option<Rc<Template<'a>>>,
) -> Result<Guest<'a>, Error> {
    if template.is_some() {
        for part in &mut composition.parts {
            let adapted = adapted_imports(part).into_keys().collect();
            link::prepare(part, &adapted, arena)?;
        }
    }
    let exports = composition.kept();
    let edges = edges(&composition.parts, &exports);
    let wanted = parts::wanted(&composition.parts);
    let courier = Courier::of(&composition.parts).map_err(Error::Obstacles)?;
    let lends = lend::prefix(&composition.parts);
    let numbers = Rc::new(Numbers::new(handles::resources(&composition.parts)));
    let is_alone = composition.parts.len() == 1;
    let (mut rewrites, mut links) = (Vec::new(), Vec::new());
    for (at, ((mut part, edges), wanted)) in composition.parts.into_iter().zip(edges).zip(wanted).enumerate() {
        let tasks = Tasks::plan(&mut part, arena, &wanted, &links, numbers.resources(at), &lends);
        links.push(tasks.link(&part));
        let place = Place { index: at, part: if is_alone { 0 } else { parts::number(at) }, numbers: numbers.clone() };
        rewrites.push(Rewrite::plan(
            part,
            edges,
            tasks,
            Carrying::plan(&courier, at, arena),
            place,
            template.clone(),
            arena,
        )?);
    }
    let eager = rewrites.iter_mut().flat_map(|rewrite| std::mem::take(&mut rewrite.tasks.eager)).collect();
    let borrowers: Vec<_> = rewrites.iter().map(|rewrite| &rewrite.tasks.borrowed).collect();
    let lent = lend::lent(rewrites.len(), &borrowers, &|ty| lend::export_name(arena, &lends, ty));
    rewrites.iter_mut().zip(lent).for_each(|(rewrite, lent)| rewrite.lent = lent);
    let mut needs = Needs::default();
    rewrites.iter().for_each(|rewrite| needs.merge(&rewrite.needs));
    let wasi02 = choose(&needs);
    let drains = needs
        .interfaces
        .iter()
        .any(|(interface, functions)| !functions.is_empty() && TAKES_OUTPUT.contains(&interface.as_str()));
    let mut programs = Vec::new();
    for rewrite in &mut rewrites {
        rewrite.drains = drains;
        rewrite.wasi02 = wasi02.to_string();
        rewrite.programs = program_names(rewrite, &wasi02);
        programs.push(rewrite.programs.clone());
    }
    // The host's keepers come first, as they need nothing of the others.
    let count = rewrites.len();
    let mut parts = courier.keepers_of_host(arena)?;
    let keepers = parts.len();
    let place = |mut source: Source<'a>| {
        if let Origin::Part(part) = &mut source.origin {
            *part = if *part < count { *part + keepers } else { *part - count };
        }
        source
    };
    for rewrite in rewrites {
        let (mut part, finished) = rewrite.run(&courier)?;
        needs.merge(&finished);
        part.args = part.args.into_iter().map(|(name, source)| (name, place(source))).collect();
        parts.push(part);
    }
    if !needs.carried.is_empty() {
        needs.courier = courier.wit(&needs.carried, adapter::EXPORTED);
    }
    let exports = exports.into_iter().map(|(name, source)| {
        match (program::of_generation(name, Generation::Wasi03), source.origin) {
            (Some(program), Origin::Part(part)) => {
                let name = arena.text(&program_name(program, &wasi02));
                (name, place(Source::export(part, programs[part][source.path[0]])))
            }
            _ => (name, place(source)),
        }
    });
    Ok(Guest { parts, exports: exports.collect(), needs, wasi02, eager })
}

/// The name of a program in 0.2.
fn program_name(program: Program, wasi02: &Version) -> String {
    format!("{}@{wasi02}", program.interface(Generation::Wasi02))
}

/// The names of 0.2 for the programs of a part, which may have exports of those names that are not programs.
fn program_names<'a>(rewrite: &Rewrite<'a>, wasi02: &Version) -> BTreeMap<&'a str, &'a str> {
    let names = rewrite.edges.programs.iter().map(|(old, program)| {
        let mut name = program_name(*program, wasi02);
        while rewrite.edges.shared.contains(name.as_str()) {
            name = name.replacen('@', "-x@", 1);
        }
        (*old, rewrite.arena.text(&name))
    });
    names.collect()
}

/// How each part is tied to the others.
fn edges<'a>(parts: &[Part<'a>], exports: &[(&'a str, Source<'a>)]) -> Vec<Edges<'a>> {
    let mut edges: Vec<Edges<'a>> = parts.iter().map(|_| Edges::default()).collect();
    for source in parts.iter().flat_map(|part| part.args.values()) {
        if let Origin::Part(from) = source.origin {
            edges[from].shared.extend(source.exports_of(&parts[from]));
            edges[from].is_called = true;
        }
    }
    for (name, source) in exports {
        let Origin::Part(part) = source.origin else { continue };
        edges[part].exposed.extend(source.exports_of(&parts[part]));
        match program::of_generation(name, Generation::Wasi03) {
            Some(program) => drop(edges[part].programs.insert(source.path[0], program)),
            None => edges[part].shared.extend(source.exports_of(&parts[part])),
        }
    }
    edges
}

/// Interfaces whose functions take streams that R writes to the host.
const TAKES_OUTPUT: &[&str] = &["wasi:cli/stdout", "wasi:cli/stderr", "wasi:filesystem/types"];

struct Rewrite<'a> {
    component: Component<'a>,
    arena: &'a Arena,
    args: BTreeMap<&'a str, Source<'a>>,
    edges: Edges<'a>,
    /// What the exports that become programs are called then.
    programs: BTreeMap<&'a str, &'a str>,
    /// Under which the control interface is imported: its own name, unless a part of what was adapted before has it.
    control_name: &'a str,
    /// Lifts that the host calls.
    exposed: HashSet<u32>,
    /// Those of them that are the command's `run`.
    commands: HashSet<u32>,
    /// The lifts of a service's handler, and the response that each gives.
    handlers: HashMap<u32, Option<ResourceId>>,
    handler: Option<Handler>,
    /// The import that the requests of a service come from.
    requests: Option<u32>,
    /// The version under which 0.2 is imported and exported.
    wasi02: String,
    /// Whether a call from the host waits for the output.
    drains: bool,
    out: Vec<Item<'a>>,
    pending: Pending<'a>,
    adapted: HashMap<u32, InterfaceName>,
    /// Functions of adapted imports, by the component function that the guest aliased.
    functions: HashMap<u32, (u32, &'a str)>,
    /// The same in the forms that are needed.
    forms: HashMap<(u32, Form), u32>,
    payloads: HashMap<u32, Payload>,
    carrying: Carrying<'a>,
    task: Task,
    /// Calls from and to other parts.
    tasks: Tasks<'a>,
    /// The deliveries registered so far; the first kind is 1.
    kinds: u32,
    control: Option<(u32, u32)>,
    lowered: HashMap<Control, u32>,
    scatter: HashMap<u32, (Scatter, [u32; 3])>,
    /// What moves bytes between the host and memories, if R is linked.
    in_place: HashMap<(u32, Bulk), InPlace>,
    /// Where results that are returned before the task ends are kept, once that is known.
    results: Vec<Results>,
    /// Memories of the guest, each with a realloc that allocates in it.
    allocates: Vec<(u32, u32)>,
    /// Of aliases of core instances' exports the first one for each.
    first_aliases: HashMap<Def, Def>,
    /// Aliases of core instances' functions, with the instance.
    late_aliases: HashMap<u32, (u32, ComponentAlias<'a>)>,
    /// The guest's reallocs, by those that have contexts of their own.
    reallocs: HashMap<u32, u32>,
    /// Whether it reads values that it, or another part, may write.
    reads: bool,
    /// Where the part is in the composition, and the number that R knows it by, which is 0 if there is only one.
    index: usize,
    part: u32,
    /// R's functions as this part calls them, what they are lowered by, and where in `out` both come.
    door: Door,
    door_items: Vec<Item<'a>>,
    door_at: usize,
    numbers: Rc<Numbers>,
    /// Its resources that tasks of other parts borrow, what takes the destructors out of their way; and those of others that its tasks
    /// borrow.
    lent: Vec<Lent<'a>>,
    disarms: HashMap<u32, u32>,
    lenders: HashMap<ResourceId, Lender>,
    /// What may be returned, by type, memory and encoding.
    returns: Vec<(Option<String>, Option<u32>, Encoding)>,
    needs: Needs,
    /// R in the part itself, if it is linked.
    link: Option<Link<'a>>,
    /// The private interfaces that it imports.
    private: HashMap<u32, &'static str>,
}

impl<'a> Rewrite<'a> {
    fn run(mut self, courier: &Courier) -> Result<(root::Part<'a>, Needs), Error> {
        self.import_control();
        self.import_courier(courier);
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
            let wasi02: Version = self.wasi02.parse().map_err(Error::unsound)?;
            let cut = |core: &CoreModule, needs_realloc: &dyn Fn(&str, &str) -> bool| {
                adapter::link(&self.needs, &wasi02, core, needs_realloc)
            };
            let pending = std::mem::take(&mut self.pending);
            let rename = |name: &str| adapter::renamed(name, &self.wasi02);
            self.needs.linked = link.finish(&mut self.component, pending, cut, &rename)?;
        }
        self.component.sweep();
        self.needs.control = self.kept_controls();
        let ty = self.control.map(|(ty, _)| Def::new(Sort::Type, ty));
        for item in self.component.items.iter_mut().filter(|item| item.def == ty) {
            item.kind = ItemKind::Type(interface::control_type(&self.needs.control));
        }
        let bytes = self.component.encode().map_err(Error::unsound)?;
        Ok((root::Part { bytes, args: self.args }, self.needs))
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
        Control::ALL.iter().copied().filter(|control| used.contains(control.name())).collect()
    }

    fn define(&mut self, sort: Sort, kind: ItemKind<'a>) -> u32 {
        let (id, item) = self.component.define(sort, kind);
        self.emit(item);
        id
    }

    /// Emits an item, or, if that lifts what is pending, keeps it until that is there.
    fn emit(&mut self, item: Item<'a>) {
        self.out.extend(self.pending.hold_lift(item));
    }

    /// The import of the control interface, and the first module of the guest.
    fn import_control(&mut self) {
        let all = Control::ALL.iter().copied().collect();
        let ty = self.define(Sort::Type, ItemKind::Type(interface::control_type(&all)));
        let import = ComponentImport { name: extern_name(self.control_name), ty: ComponentTypeRef::Instance(ty) };
        let instance = self.define(Sort::Instance, ItemKind::Import(import));
        self.private.insert(instance, interface::CONTROL);
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
        // A task that never returns has no `task.return`, but its lift asks for what that would have kept.
        let stashes = self.component.items.iter().any(|item| match (&item.kind, item.def) {
            (ItemKind::Canon(CanonicalFunction::TaskReturn { .. }), Some(def)) => {
                self.core_signature(def.id).is_ok_and(|signature| signature.params.len() > 1)
            }
            (ItemKind::Canon(CanonicalFunction::Lift { options, .. }), Some(def)) => {
                is_async(options) && self.flat_results(def.id).len() > 1
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

    fn alias_func(&mut self, instance_index: u32, name: &str) -> u32 {
        let kind = ComponentExternalKind::Func;
        let name = self.arena.text(name);
        let alias = ComponentAlias::InstanceExport { kind, instance_index, name };
        let func = self.define(Sort::Func, ItemKind::Alias(alias));
        let private = self.private.get(&instance_index).map(|interface| interface.to_string());
        let interface = private.or_else(|| Some(self.adapted.get(&instance_index)?.unversioned()));
        if let (Some(link), Some(interface)) = (&mut self.link, interface) {
            link.know(func, interface, name);
        }
        func
    }

    fn lower(&mut self, func_index: u32, options: &[CanonicalOption]) -> u32 {
        if self.link.as_ref().is_some_and(|link| link.knows(func_index)) {
            let def = self.component.fresh(Sort::CoreFunc);
            self.lower_to(def, func_index, options);
            return def;
        }
        let options = options.iter().copied().filter(|option| !matches!(option, CanonicalOption::Async)).collect();
        let lower = CanonicalFunction::Lower { func_index, options };
        self.define(Sort::CoreFunc, ItemKind::Canon(lower))
    }

    /// Core function `def` becomes function `func`, which is R's.
    fn lower_to(&mut self, def: u32, func_index: u32, options: &[CanonicalOption]) {
        match &mut self.link {
            Some(link) => link.lower(&mut self.component, &mut self.pending, def, func_index, options, false),
            None => {
                let lower = CanonicalFunction::Lower { func_index, options: options.into() };
                self.out.push(Item { def: Some(Def::new(Sort::CoreFunc, def)), kind: ItemKind::Canon(lower) });
            }
        }
    }

    /// Adds functions that need nothing of the guest: to R's own module, if that is linked.
    fn add_first(&mut self, add: impl FnOnce(&mut CoreModule)) {
        let items = link::add_first(self.link.as_mut(), &mut self.component, self.arena, add);
        self.out.extend(items);
    }

    /// A function of R's, lowered without options, once. In a part of a composition it says first which part calls.
    fn control(&mut self, control: Control) -> u32 {
        if let Some(known) = self.lowered.get(&control) {
            return *known;
        }
        let lowered = match self.part {
            0 => self.control_with(control, &[]),
            _ => {
                let def = self.component.fresh(Sort::CoreFunc);
                self.by_door(def, control);
                def
            }
        };
        self.lowered.insert(control, lowered);
        lowered
    }

    /// Function `def` is R's, and says first which part calls.
    fn by_door(&mut self, def: u32, control: Control) {
        let inner = self.door_to(control);
        let signature = control.signature().expect("what has pointers is lowered with a memory");
        self.door.functions.push((def, inner, signature));
    }

    /// A function of R's, for the door.
    fn door_to(&mut self, control: Control) -> u32 {
        let (_, instance_index) = self.control.expect("imported first");
        let alias =
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Func, instance_index, name: control.name() };
        let (func_index, alias) = self.component.define(Sort::Func, ItemKind::Alias(alias));
        let lower = CanonicalFunction::Lower { func_index, options: Box::new([]) };
        let (lowered, lower) = self.component.define(Sort::CoreFunc, ItemKind::Canon(lower));
        self.door_items.extend([alias, lower]);
        lowered
    }

    /// What tells R that this part calls it; nothing if there is only one.
    fn identify(&mut self) -> Option<u32> {
        if self.part == 0 {
            return None;
        }
        Some(*self.door.identify.get_or_insert_with(|| self.component.fresh(Sort::CoreFunc)))
    }

    /// Puts the door where the control interface was imported.
    fn insert_door(&mut self) {
        if self.door.functions.is_empty() && self.door.identify.is_none() {
            return;
        }
        self.door.as_part = self.door_to(Control::AsPart);
        self.door.part = self.part;
        let mut items = std::mem::take(&mut self.door_items);
        items.extend(self.door.module().into_items(&mut self.component, self.arena));
        self.out.splice(self.door_at..self.door_at, items);
    }

    fn control_with(&mut self, control: Control, options: &[CanonicalOption]) -> u32 {
        let (_, instance) = self.control.expect("imported first");
        let func = self.alias_func(instance, control.name());
        self.lower(func, options)
    }

    /// Definition `def` becomes a function of R's.
    fn replace(&mut self, def: u32, control: Control) {
        if self.part != 0 {
            return self.by_door(def, control);
        }
        let (_, instance) = self.control.expect("imported first");
        let func = self.alias_func(instance, control.name());
        self.lower_to(def, func, &[]);
    }

    /// Adds a module of functions that pending ones call; where all wait, these do, too.
    fn add_now(&mut self, defs: &[u32], memory: Option<u32>, build: impl FnOnce(&mut CoreModule) + Clone + 'a) {
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

    /// Definition `def` is function `core` of the first module.
    fn replace_by_task(&mut self, def: u32, core: u32) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        self.pending.add(def, None, move |module| module.forward(def, core, signature));
        Ok(())
    }

    fn rewrite(&mut self, item: Item<'a>) -> Result<(), Error> {
        let id = item.def.map_or(0, |def| def.id);
        let is_instance = item.def.is_some_and(|def| def.sort == Sort::Instance);
        match item.kind {
            ItemKind::Type(ty) => {
                let ty = self.resource_type(id, interface::plain(&ty));
                self.out.push(Item { def: item.def, kind: ItemKind::Type(ty) });
            }
            ItemKind::Component(mut nested) => {
                plain_component(&mut nested);
                self.out.push(Item { def: item.def, kind: ItemKind::Component(nested) });
            }
            ItemKind::Import(import) if is_instance && self.adapted.contains_key(&id) => {
                let import = self.rewrite_import(id, &import)?;
                self.out.push(Item { def: item.def, kind: ItemKind::Import(import) });
                if self.requests == Some(id) {
                    self.import_serve(id)?;
                }
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
            ItemKind::Import(import) if self.has_offers(import.name.name) => {
                let def = item.def.ok_or_else(|| Error::unsound("an import that defines nothing"))?;
                self.import_offers(def, import);
            }
            ItemKind::Alias(ComponentAlias::InstanceExport {
                kind: kind @ ComponentExternalKind::Func,
                instance_index,
                name,
            }) => {
                let alias = ComponentAlias::InstanceExport { kind, instance_index, name };
                self.out.push(Item { def: item.def, kind: ItemKind::Alias(alias) });
                self.alias_offers(id, instance_index, name);
            }
            ItemKind::Instance(instance) => self.extend_instance(id, instance),
            ItemKind::Canon(canon) => self.rewrite_canon(id, canon)?,
            ItemKind::Export(export) => self.export(item.def, export)?,
            kind => self.out.push(Item { def: item.def, kind }),
        }
        Ok(())
    }

    /// Programs are exported under their names of 0.2; stubs of programs, which toolchains leave, not at all.
    fn export(&mut self, def: Option<Def>, export: ComponentExport<'a>) -> Result<(), Error> {
        let name = export.name.name;
        if let Some(program) = self.programs.get(name).copied() {
            let (index, ty) = match self.edges.programs[name] {
                Program::Run => (export.index, None),
                Program::Handler => self.handler_instance().map(|(instance, ty)| (instance, Some(ty)))?,
            };
            let program = ComponentExternName { name: program, ..export.name };
            let export = ItemKind::Export(lifts::instance_export(program, index, ty));
            match self.edges.shared.contains(name) {
                true => drop(self.define(Sort::Instance, export)),
                false => {
                    self.out.push(Item { def, kind: export });
                    return Ok(());
                }
            }
        }
        if self.edges.shared.contains(name) || program::role(name).is_none() {
            self.out.push(Item { def, kind: ItemKind::Export(self.tasks.starts.widened(export)) });
            self.export_twins(name);
        }
        Ok(())
    }

    fn rewrite_import(&mut self, instance: u32, import: &ComponentImport<'a>) -> Result<ComponentImport<'a>, Error> {
        let interface = self.adapted[&instance].unversioned();
        let ComponentTypeRef::Instance(ty) = import.ty else { unreachable!("the import is an instance") };
        // The item has been rewritten already; local types of functions keep their indices.
        let declarations = match self.out.iter().find(|item| item.def == Some(Def::new(Sort::Type, ty))) {
            Some(Item { kind: ItemKind::Type(ComponentType::Instance(declarations)), .. }) => declarations.clone(),
            _ => return Err(Error::unsound(format!("the type of import `{}` is defined elsewhere", import.name.name))),
        };
        let functions = &self.needs.interfaces[&interface];
        let typed =
            self.needs.typed.iter().copied().filter(|(typed, _)| self.giver(*typed) == Some(instance)).collect();
        let ty = interface::rewrite(&declarations, self.arena, functions, &typed)?;
        let ty = self.define(Sort::Type, ItemKind::Type(ty));
        Ok(ComponentImport { name: import.name, ty: ComponentTypeRef::Instance(ty) })
    }

    fn rewrite_canon(&mut self, def: u32, canon: CanonicalFunction) -> Result<(), Error> {
        use CanonicalFunction as C;
        let task = self.task;
        let canon = self.with_contexts_apart(canon);
        match canon {
            C::Lift { core_func_index, options, .. } if self.handlers.contains_key(&def) => {
                self.lift_handler(def, core_func_index, &options)?;
            }
            C::Lift { core_func_index, type_index, options } if self.is_async(def) || self.is_wrapped(def) => {
                self.lift(def, core_func_index, type_index, &options)?;
            }
            C::Lower { func_index, options } if self.functions.contains_key(&func_index) => {
                self.lower_adapted(def, func_index, &options)?;
            }
            C::Lower { func_index, options } if is_async(&options) || self.is_part_call(func_index) => {
                self.lower_part(def, func_index, &options)?;
            }
            C::TaskReturn { result, options } => self.task_return(def, result, &options)?,
            C::TaskCancel if !self.tasks.starts.names.is_empty() => self.replace_by_task(def, task.task_cancel)?,
            C::TaskCancel => self.pending.add(def, None, trap(def, Signature::default(), Some(NOT_CANCELLED))),
            C::ContextGet { slot, .. } => self.replace_by_task(def, self.context(task.context_get, slot)?)?,
            C::ContextSet { slot, .. } => self.replace_by_task(def, self.context(task.context_set, slot)?)?,
            C::SubtaskDrop => self.replace(def, Control::SubtaskDrop),
            C::SubtaskCancel { async_ } => self.cancel_subtask(def, async_),
            C::StreamNew { ty } | C::FutureNew { ty } => self.new_pair(def, ty),
            C::StreamRead { ty, options } => self.read(def, ty, &options, false)?,
            C::FutureRead { ty, options } => self.read(def, ty, &options, true)?,
            C::StreamWrite { ty, options } => self.write(def, ty, &options, false)?,
            C::FutureWrite { ty, options } => self.write(def, ty, &options, true)?,
            C::StreamCancelRead { ty, async_ } | C::FutureCancelRead { ty, async_ } => {
                self.cancel(def, ty, async_, Control::CancelRead);
            }
            C::StreamCancelWrite { ty, async_ } | C::FutureCancelWrite { ty, async_ } => {
                self.cancel(def, ty, async_, Control::CancelWrite);
            }
            C::StreamDropReadable { ty } | C::FutureDropReadable { ty } if self.drop_readable(def, ty) => {}
            C::StreamDropReadable { ty } | C::FutureDropReadable { ty } => {
                self.drop_end(def, ty, Control::DropReadable);
            }
            C::StreamDropWritable { ty } | C::FutureDropWritable { ty } => {
                self.drop_end(def, ty, Control::DropWritable);
            }
            C::ResourceDrop { resource } => self.drop_resource(def, resource),
            C::WaitableSetNew => self.replace(def, Control::WaitableSetNew),
            C::WaitableSetDrop => self.replace(def, Control::WaitableSetDrop),
            C::WaitableJoin => self.replace(def, Control::WaitableJoin),
            C::WaitableSetWait { memory, .. } => self.wait(def, memory, Control::WaitableSetWait),
            C::WaitableSetPoll { memory, .. } => self.wait(def, memory, Control::WaitableSetPoll),
            C::BackpressureInc => self.backpressure(def, true),
            C::BackpressureDec => self.backpressure(def, false),
            C::ThreadYield { .. } => {
                let inner = self.waiting(Control::Yield);
                self.pending.add(def, None, move |module| module.then_zero(def, inner));
            }
            other => {
                self.out.push(Item { def: Some(canon_def(def, &other)), kind: ItemKind::Canon(other) });
            }
        }
        Ok(())
    }

    fn may_deliver(&self, kind: &ItemKind<'_>) -> bool {
        use CanonicalFunction as C;
        match kind {
            ItemKind::Canon(C::Lower { .. } | C::StreamRead { .. } | C::FutureRead { .. }) => true,
            ItemKind::Canon(C::StreamWrite { ty, .. } | C::FutureWrite { ty, .. }) => self.gives_back(*ty),
            _ => false,
        }
    }

    fn context(&self, slots: [u32; 2], slot: u32) -> Result<u32, Error> {
        slots.get(slot as usize).copied().ok_or_else(|| Error::unsound(format!("context slot {slot}")))
    }

    /// The type of original core function `def`.
    fn core_signature(&self, def: u32) -> Result<Signature, Error> {
        crate::code::core_signature(&self.component, def)
    }
}

fn canon_def(def: u32, canon: &CanonicalFunction) -> Def {
    let sort = if matches!(canon, CanonicalFunction::Lift { .. }) { Sort::Func } else { Sort::CoreFunc };
    Def::new(sort, def)
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
