//! Linking: the adapter's core module becomes one of the guest's component, which stays the root.
//!
//! Three core modules are added. The first only holds the adapter's memory, so that canonical
//! definitions can name it before the adapter exists. The second is the adapter's own, reduced to
//! the functions that are used, with the generated functions that need no core instance of the
//! guest. All other generated functions are in a third module, or in one for each of the guest's
//! instances that has to come between them.
//!
//! A *boundary function* stands between the guest's lowered function and the adapter's core
//! function. It does the work of lift and lower of two components ([`crate::canonical_abi`]).
//!
//! The guest holds handles of the adapter's resources, in a table in the adapter's core module.
//! Inside the adapter a handle is the representation itself.

mod declarations;
mod graft;
mod imports;
mod offered;
mod template;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use ValType::I32;
use graft::Graft;
use offered::{Offered, Resource, Tag};
pub(crate) use template::Template;
use wasm_encoder::{Instruction, ValType};
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ResourceId};
use wasmparser::{CanonicalOption, ComponentAlias, ComponentExternalKind};

use crate::adapter::Linked;
use crate::canonical_abi::layout::{Handle, Layout, Shape};
use crate::canonical_abi::{Boundary, Encoding, Handles, Side};
use crate::code::{Body, CoreModule, PrebuiltImport, Signature, Slot};
use crate::component::types::ById;
use crate::component::{
    Arena, Component, CoreFuncId, Def, FuncId, Id, InstanceId, Item, ItemKind, MemoryId, Sort, TableId, TypeId, options,
};
use crate::graph::composition::Part;
use crate::graph::root;
use crate::hash::IdSet;
use crate::rewrite::Pending;
use crate::wasi::program;
use crate::{Error, adapter, canonical_abi};

/// The adapter in the guest's component.
pub(crate) struct Link<'a> {
    template: Rc<Template<'a>>,
    /// The functions that the adapter offers of the interfaces that the guest imports.
    offered: Rc<Offered<'a>>,
    arena: &'a Arena,
    /// The adapter's core module, with what is added to it.
    pub core: CoreModule,
    /// The adapter's memory, and its realloc for canonical definitions.
    pub memory: MemoryId,
    realloc: CoreFuncId,
    /// The adapter's functions as the guest imports them: interface without version, and name.
    functions: HashMap<FuncId, (String, &'a str)>,
    /// The core functions of the component that are exports of the adapter's core module.
    exports: HashMap<String, CoreFuncId>,
    /// The adapter's resources as the guest knows them.
    resources: HashMap<ResourceId, Resource>,
    /// The imports that the adapter satisfies.
    instances: HashSet<InstanceId>,
    /// The table that the generated functions share, and how many elements it has; the first is for
    /// the adapter's realloc.
    table: Option<(TableId, u32)>,
    /// Imports of the adapter to be lowered with the guest's memory as well: the import, the core
    /// function, and the options.
    by_guest: Vec<((&'static str, &'static str), CoreFuncId, Vec<CanonicalOption>)>,
    /// Why it cannot be linked.
    failed: Option<Error>,
}

/// Prepares `part` for an adapter that satisfies its imports `adapted`: these go, so what else
/// mentions their types gets types of its own.
pub(crate) fn prepare<'a>(part: &mut Part<'a>, adapted: &HashSet<InstanceId>, arena: &'a Arena) -> Result<(), Error> {
    if shares_types(&part.component, adapted) {
        part.component = root::with_own_types(&part.component, adapted, arena)?;
    }
    Ok(())
}

/// Adds functions that need nothing of the guest to the adapter's core module, if that is linked;
/// else to a module of their own, whose items are returned.
pub(crate) fn add_first<'a>(
    link: Option<&mut Link<'a>>,
    component: &mut Component<'a>,
    arena: &'a Arena,
    add: impl FnOnce(&mut CoreModule),
) -> Vec<Item<'a>> {
    let Some(link) = link else {
        let mut module = CoreModule::default();
        add(&mut module);
        return module.into_items(component, arena);
    };
    add(&mut link.core);
    Vec::new()
}

/// The adapter's functions on the table of the guest's handles.
const INSERT: &str = "linked:handle-insert";
const REP: &str = "linked:handle-rep";
pub(crate) const LEND: &str = "linked:handle-lend";
const GIVE_BACK: &str = "linked:handle-give-back";
const REMOVE: &str = "linked:handle-remove";

const REALLOC: &str = "cabi_realloc";

impl<'a> Link<'a> {
    /// Begins to link `template` into `component`. `instances` are the imports that the adapter
    /// satisfies, with their interfaces (without version); `private` are the interfaces between
    /// adapter and guest.
    pub fn new(
        template: Rc<Template<'a>>,
        component: &mut Component<'a>,
        instances: impl Iterator<Item = (InstanceId, String)>,
        private: &[&str],
        arena: &'a Arena,
    ) -> Result<Link<'a>, Error> {
        let types = component.validated();
        let mut resources = HashMap::new();
        let instances: Vec<(InstanceId, String)> = instances.collect();
        let interfaces = instances.iter().map(|(_, interface)| &interface[..]).chain(private.iter().copied());
        let offered = template.offered(&interfaces.collect(), arena)?;
        let satisfied: HashSet<InstanceId> = instances.iter().map(|(instance, _)| *instance).collect();
        for (instance, interface) in instances {
            for (name, item) in &types.instance(instance).exports {
                if let ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. } = item.ty
                    && let Some(ComponentAnyTypeId::Resource(of_adapter)) = offered.exported_type(&interface, name)
                    && let Some(resource) = offered.resource(of_adapter.resource())
                {
                    resources.insert(id.resource(), resource.clone());
                }
            }
        }
        let foreign = component
            .imports()
            .filter(|(def, _)| InstanceId::try_of(*def).is_some_and(|def| !satisfied.contains(&def)));
        let foreign = foreign.flat_map(|(def, _)| &types.instance(InstanceId::of(def)).exports);
        let is_foreign = foreign.into_iter().any(|(_, item)| match item.ty {
            ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. } => {
                resources.contains_key(&id.resource())
            }
            _ => false,
        });
        let failed = is_foreign.then(|| Error::unsound("an interface of WASI with resources of another import"));
        Ok(Link {
            template,
            offered: Rc::new(offered),
            arena,
            core: CoreModule::default(),
            memory: component.fresh(),
            realloc: component.fresh(),
            functions: HashMap::new(),
            exports: HashMap::new(),
            resources,
            instances: satisfied,
            table: None,
            by_guest: Vec::new(),
            failed,
        })
    }

    /// Notes that component function `func` is function `name` of the adapter's `interface`
    /// (without version).
    pub fn know(&mut self, func: FuncId, interface: String, name: &'a str) {
        self.functions.insert(func, (interface, name));
    }

    /// Lets the generated functions share core table `def` of `size` elements, from element 1 on.
    pub fn share_table(&mut self, def: TableId, size: u32) {
        self.table = Some((def, size));
        self.core.import_table(def);
    }

    /// Adds an element to the table that the generated functions share; answers which, and the
    /// table.
    pub fn element(&mut self, component: &mut Component<'a>) -> (Slot, TableId) {
        let (table, size) = self.table.get_or_insert_with(|| (component.fresh(), 1));
        *size += 1;
        self.core.import_table(*table);
        (Slot(*size - 1), *table)
    }

    /// Whether component function `func` is the adapter's.
    pub fn knows(&self, func: FuncId) -> bool {
        self.functions.contains_key(&func)
    }

    /// The core function that is export `name` of the adapter's core module.
    pub fn export(&mut self, component: &mut Component<'a>, name: &str) -> CoreFuncId {
        if let Some(known) = self.exports.get(name) {
            return *known;
        }
        let def = component.fresh();
        self.core.exported(def, name);
        self.exports.insert(name.to_string(), def);
        def
    }

    /// The core function that the adapter imports as `module` `name`, but with `options` for its
    /// memory and its realloc.
    pub fn host(
        &mut self,
        component: &mut Component<'a>,
        import: (&'static str, &'static str),
        options: &[CanonicalOption],
    ) -> CoreFuncId {
        let known = self.by_guest.iter().find(|(known, _, with)| (*known, &with[..]) == (import, options));
        if let Some((_, def, _)) = known {
            return *def;
        }
        let def = component.fresh();
        self.by_guest.push((import, def, options.to_vec()));
        def
    }

    /// Makes core function `def` the adapter's function `func`, lowered with `options`. If that may
    /// wait, the handles that it borrows stay lent until the functions of [`Link::give_back`] are
    /// called.
    pub fn lower(
        &mut self,
        component: &mut Component<'a>,
        pending: &mut Pending<'a>,
        def: CoreFuncId,
        func: FuncId,
        options: &[CanonicalOption],
        may_wait: bool,
    ) {
        let (interface, name) = &self.functions[&func];
        // A function that nobody calls is not split, so the adapter does not offer it; then nothing
        // refers to `def`.
        let Some(function) = self.offered.function(interface, name) else { return };
        let name = format!("{interface}#{name}");
        let offered = self.offered.clone();
        let types = offered.types();
        let ty = &types[function.ty];
        let params: Vec<Layout> = ty.params.iter().map(|(_, ty)| Layout::of(types, *ty)).collect();
        let result = ty.result.map(|ty| Layout::of(types, ty));
        let resources = self.resources(component, &params, result.as_ref(), may_wait && lends(&params));
        let post_return = format!("cabi_post_{}", function.export);
        let post_return = self.template.has_export(&post_return).then(|| self.export(component, &post_return));
        let inner = self.export(component, &function.export);
        let mut boundary = Lowering { name, params, result, resources, inner, post_return, sides: None };
        if boundary.is_trivial() {
            self.core.exported(def, &function.export);
            return;
        }
        match options::memory(options).filter(|_| boundary.uses_memory()) {
            None => boundary.build(&mut self.core, def),
            Some(guest) => {
                boundary.sides = Some(Sides {
                    guest,
                    realloc: options::realloc(options),
                    encoding: Encoding::of(options),
                    adapter: self.memory,
                    adapter_realloc: self.export(component, REALLOC),
                });
                pending.add(def, Some(guest), move |module| boundary.build(module, def));
            }
        }
    }

    /// Whether core function `def` is in the adapter's module: it needs nothing of the guest.
    pub fn has(&self, def: CoreFuncId) -> bool {
        self.core.provides().any(|provided| provided == def)
    }

    /// The handles to give back after a call of `func`, which begins a function that may wait.
    pub fn give_back(&mut self, component: &mut Component<'a>, func: FuncId) -> Vec<GiveBack> {
        let (interface, name) = &self.functions[&func];
        let Some(function) = self.offered.function(interface, name) else { return Vec::new() };
        let offered = self.offered.clone();
        let types = offered.types();
        let params: Vec<Layout> = types[function.ty].params.iter().map(|(_, ty)| Layout::of(types, *ty)).collect();
        let mut lent = Vec::new();
        let mut at = 0;
        for layout in params.iter().filter(|_| lends(&params)) {
            if let Shape::Handle(Handle::Borrow(id)) = layout.shape
                && let Some(resource) = offered.resource(id)
            {
                let function = self.export(component, GIVE_BACK);
                lent.push(GiveBack { param: at, tag: resource.tag, function });
            }
            at += layout.flat.len();
        }
        lent
    }

    /// Makes core function `def` the guest's `resource.drop` of type `ty`, if that is a resource of
    /// the adapter's.
    pub fn drop_resource(&mut self, component: &mut Component<'a>, def: CoreFuncId, ty: TypeId) -> bool {
        let id = match component.validated().ty(ty) {
            ComponentAnyTypeId::Resource(id) => id.resource(),
            _ => return false,
        };
        let Some(resource) = self.resources.get(&id).cloned() else { return false };
        let remove = self.export(component, REMOVE);
        let destructor = &resource.destructor;
        let destructor = self.template.has_export(destructor).then(|| self.export(component, destructor));
        self.core.function(Some(def), "wasi-shim: drop", ([I32], []), |body| {
            let remove = body.module.import(remove, HANDLE);
            body.get_params().u32(resource.tag).call(remove);
            match destructor.map(|def| body.module.import(def, ([I32], []))) {
                Some(destructor) => body.call(destructor),
                None => body.op(Instruction::Drop),
            };
        });
        true
    }

    /// Puts the adapter first in `component`, and everything pending where it belongs; imports that
    /// the guest has as well become one. `cut` reduces the adapter's core module to what the guest
    /// uses, and `rename` names its imports. Answers whether the guest uses any of it; otherwise
    /// there is no adapter.
    pub fn finish(
        mut self,
        component: &mut Component<'a>,
        pending: Pending<'a>,
        cut: impl FnOnce(&CoreModule, &dyn Fn(&str, &str) -> bool) -> Result<Linked, Error>,
        rename: &dyn Fn(&str) -> Option<String>,
    ) -> Result<bool, Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        pending.place(component, &mut self.core, self.arena);
        // Nothing is removed yet: what only the adapter's module imports has no user in the
        // component so far.
        let live = component.items.iter().zip(component.live()).filter(|(_, is_live)| *is_live);
        let used: IdSet<Def> = live.flat_map(|(item, _)| item.references()).collect();
        let is_function_used = |def: CoreFuncId| used.contains(&def.into());
        self.core.retain_exported(is_function_used);
        let is_used = self.core.provides().chain(self.core.prebuilt()).any(is_function_used)
            || used.contains(&self.memory.into())
            || self.table.is_some_and(|(table, _)| used.contains(&table.into()));
        let instances = std::mem::take(&mut self.instances);
        let imports = if is_used { self.add(component, cut, rename)? } else { BTreeMap::new() };
        component.items.retain(|item| !is_satisfied(item, &instances));
        imports::share(component, &imports)?;
        let before = component.instantiations();
        component.order();
        // Start functions and segments take effect in the order of instantiation. `Pending::place`
        // keeps the order wherever it can, and no guest is known for which it cannot.
        match component.instantiations() == before {
            true => Ok(is_used),
            false => Err(Error::Unlinkable("its core modules would be instantiated in another order".into())),
        }
    }

    /// Puts the adapter first in `component`; returns its imports, by name.
    fn add(
        self,
        component: &mut Component<'a>,
        cut: impl FnOnce(&CoreModule, &dyn Fn(&str, &str) -> bool) -> Result<Linked, Error>,
        rename: &dyn Fn(&str) -> Option<String>,
    ) -> Result<BTreeMap<&'a str, Def>, Error> {
        let needs_realloc = |module: &str, name: &str| self.template.needs_realloc(module, name);
        let Linked { bytes, imports, pages, sets_realloc } = cut(&self.core, &needs_realloc)?;
        let mut graft = Graft::new(&self.template, self.arena, rename, (self.memory, self.realloc));
        let prebuilt = imports.into_iter().map(|import| {
            let def = graft.import(component, &import.module, &import.name)?;
            Ok(PrebuiltImport { module: adapter::IMPORTS.into(), name: import.given, def })
        });
        let prebuilt = prebuilt.collect::<Result<Vec<_>, Error>>()?;
        // These need the guest's memory, so they come last: the guest instantiates nothing earlier
        // for their sake.
        let by_guest =
            self.by_guest.iter().map(|(import, def, options)| graft.import_with(component, *import, *def, options));
        let by_guest = by_guest.collect::<Result<Vec<_>, Error>>()?;
        let (grafted, imports) = graft.finish();
        let mut core = self.core;
        let mut memory = CoreModule::default();
        memory.provide_memory(self.memory, pages);
        let for_realloc = || sets_realloc.then(|| (component.fresh(), 1));
        if let Some((table, size)) = self.table.or_else(for_realloc) {
            memory.provide_table(table, size);
            core.import_table(table);
        }
        if sets_realloc {
            memory.function(Some(self.realloc), "wasi-shim: realloc", canonical_abi::REALLOC, |body| {
                body.get_params().i32(0).call_indirect(canonical_abi::REALLOC);
            });
        }
        core.import_memory(self.memory);
        let mut items = grafted;
        items.extend(memory.into_items(component, self.arena));
        items.extend(core.instantiate(bytes, &prebuilt, component, self.arena));
        items.append(&mut component.items);
        items.extend(by_guest);
        component.items = items;
        Ok(imports)
    }

    /// The tags and functions that handles of the adapter's resources in parameters and in a result
    /// need.
    fn resources(
        &mut self,
        component: &mut Component<'a>,
        params: &[Layout],
        result: Option<&Layout>,
        may_wait: bool,
    ) -> Resources {
        let offered = self.offered.clone();
        let mut resources = Resources::default();
        let mut is_there = |layout: &Layout, wanted: fn(&Handle) -> bool| {
            let mut found = false;
            layout.handles(&mut |handle| {
                let (Handle::Own(id) | Handle::Borrow(id)) = handle else { return };
                if let Some(resource) = offered.resource(id) {
                    resources.tags.insert(id, resource.tag);
                    found |= wanted(&handle);
                }
            });
            found
        };
        let owns = |handle: &Handle| matches!(handle, Handle::Own(_));
        let borrows = |handle: &Handle| matches!(handle, Handle::Borrow(_));
        let takes = params.iter().any(|layout| is_there(layout, owns));
        let is_lent = params.iter().any(|layout| is_there(layout, borrows));
        let gives = result.is_some_and(|layout| is_there(layout, owns));
        resources.remove = takes.then(|| self.export(component, REMOVE));
        resources.borrow = is_lent.then(|| self.export(component, if may_wait { LEND } else { REP }));
        resources.insert = gives.then(|| self.export(component, INSERT));
        resources
    }
}

/// Whether a function with `params` that may wait gets its borrowed handles lent for so long. A
/// list of them would have to be read again to give them back; the adapter itself knows the
/// pollables that it waits for.
fn lends(params: &[Layout]) -> bool {
    let is_borrow = |handle: Handle| matches!(handle, Handle::Borrow(_));
    params.iter().all(|layout| matches!(layout.shape, Shape::Handle(_)) || !layout.has_handle(&is_borrow))
}

/// A handle that was lent to a call that may have waited.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GiveBack {
    /// The place of the handle among the flat parameters.
    pub param: usize,
    pub tag: Tag,
    /// `(handle, tag) -> ()`
    pub function: CoreFuncId,
}

/// Whether `item` is one of the imports `instances`.
fn is_satisfied(item: &Item<'_>, instances: &HashSet<InstanceId>) -> bool {
    let is_instance = |def: Def| InstanceId::try_of(def).is_some_and(|def| instances.contains(&def));
    matches!(item.kind, ItemKind::Import(_)) && item.def.is_some_and(is_instance)
}

/// Whether other imports of `component`, or exports that are no programs, mention types of
/// `instances`.
fn shares_types(component: &Component<'_>, instances: &HashSet<InstanceId>) -> bool {
    let positions = component.positions();
    let is_root = |item: &&Item<'_>| match &item.kind {
        ItemKind::Import(_) => !is_satisfied(item, instances),
        ItemKind::Export(export) => program::role(export.name.name).is_none(),
        _ => false,
    };
    let mut open: Vec<Def> = component.items.iter().filter(is_root).flat_map(Item::references).collect();
    let mut seen = HashSet::new();
    while let Some(def) = open.pop() {
        // The core function behind a lift leads to no type.
        if def.sort <= Sort::CoreInstance || !seen.insert(def) {
            continue;
        }
        let Some(item) = positions.get(&def).map(|at| &component.items[*at]) else { continue };
        if let ItemKind::Alias(ComponentAlias::InstanceExport { kind, instance_index, .. }) = item.kind
            && kind == ComponentExternalKind::Type
            && instances.contains(&InstanceId(instance_index))
        {
            return true;
        }
        open.extend(item.references());
    }
    false
}

/// The type of the functions on the table of handles:
/// `(handle or representation, tag) -> the other`.
const HANDLE: ([ValType; 2], [ValType; 1]) = ([I32, I32], [I32]);

/// The treatment of handles of the adapter's resources: their tags, and the functions that are
/// called with the tags.
#[derive(Debug, Default, Clone)]
struct Resources {
    tags: HashMap<ResourceId, Tag>,
    insert: Option<CoreFuncId>,
    borrow: Option<CoreFuncId>,
    remove: Option<CoreFuncId>,
}

impl Resources {
    fn exchange(&self, body: &mut Body<'_>, id: ResourceId, function: Option<CoreFuncId>) {
        if let (Some(tag), Some(function)) = (self.tags.get(&id), function) {
            let function = body.module.import(function, HANDLE);
            body.u32(*tag).call(function);
        }
    }
}

impl Handles for Resources {
    fn is_passed_on(&self, handle: Handle) -> bool {
        match handle {
            Handle::Own(id) | Handle::Borrow(id) => !self.tags.contains_key(&id),
            Handle::End(_) => true,
        }
    }

    fn param(&self, body: &mut Body<'_>, handle: Handle) {
        match handle {
            Handle::Own(id) => self.exchange(body, id, self.remove),
            Handle::Borrow(id) => self.exchange(body, id, self.borrow),
            Handle::End(_) => {}
        }
    }

    fn result(&self, body: &mut Body<'_>, handle: Handle) {
        if let Handle::Own(id) = handle {
            self.exchange(body, id, self.insert);
        }
    }
}

/// The memories that values move between.
#[derive(Debug, Clone, Copy)]
struct Sides {
    guest: MemoryId,
    realloc: Option<CoreFuncId>,
    encoding: Encoding,
    adapter: MemoryId,
    adapter_realloc: CoreFuncId,
}

/// A function of the adapter, as the guest lowers it.
#[derive(Debug, Clone)]
struct Lowering {
    name: String,
    params: Vec<Layout>,
    result: Option<Layout>,
    resources: Resources,
    inner: CoreFuncId,
    post_return: Option<CoreFuncId>,
    sides: Option<Sides>,
}

impl Lowering {
    fn uses_memory(&self) -> bool {
        self.boundary(&mut CoreModule::default()).uses_memory()
    }

    /// Whether the adapter's own function can take its place.
    fn is_trivial(&self) -> bool {
        self.boundary(&mut CoreModule::default()).is_trivial()
    }

    /// Adds it to `module`, as core function `def`.
    fn build(&self, module: &mut CoreModule, def: CoreFuncId) {
        self.boundary(module).build(module, Some(def));
    }

    fn boundary(&self, module: &mut CoreModule) -> Boundary<'_> {
        let nowhere = Side { memory: None, realloc: None, encoding: Encoding::Utf8, is_trusted: false };
        let (mut caller, mut callee) = (nowhere, Side { is_trusted: true, ..nowhere });
        if let Some(sides) = self.sides {
            caller.memory = Some(module.import_memory(sides.guest));
            callee.memory = Some(module.import_memory(sides.adapter));
            caller.encoding = sides.encoding;
            caller.realloc = sides.realloc.map(|def| module.import(def, canonical_abi::REALLOC));
            callee.realloc = Some(module.import(sides.adapter_realloc, canonical_abi::REALLOC));
        }
        let inner = Boundary::inner_signature(&self.params, self.result.as_ref());
        Boundary {
            name: self.name.clone(),
            params: &self.params,
            result: self.result.as_ref(),
            caller,
            callee,
            inner: module.import(self.inner, inner.clone()),
            post_return: self
                .post_return
                .map(|def| module.import(def, Signature { params: inner.results, results: Vec::new() })),
            handles: &self.resources,
        }
    }
}
