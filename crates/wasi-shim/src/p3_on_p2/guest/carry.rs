//! Values that pass to and from other parts.

use std::collections::HashMap;

use wasmparser::component_types::{ComponentDefinedTypeId, ResourceId};
use wasmparser::types::TypesRef;
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind, ComponentImport, ComponentType,
    ComponentTypeRef, ComponentValType, PrimitiveValType,
};

use super::Rewrite;
use crate::canonical_abi::layout::{Handle, Layout};
use crate::component::instance_type::InstanceType;
use crate::component::options::is_encoding;
use crate::component::{Arena, Component, CoreFuncId, Def, ItemKind, Sort, extern_name};
use crate::graph::composition::{Origin, Source};
use crate::p3_on_p2::Control;
use crate::p3_on_p2::courier::{COURIER, Courier, Held, Holder, function};
use crate::p3_on_p2::handles;
use crate::p3_on_p2::handles::{KEEPERS, RESOURCE};
use crate::p3_on_p2::payload::{Transfer, payload_of};
use crate::p3_on_p2::trampoline::{Arena as Memory, Drop, DropReadable, Exchange, chained, pass_between, realloc};

const U32: ComponentValType = ComponentValType::Primitive(PrimitiveValType::U32);

/// What a part has to do with such values.
#[derive(Default)]
pub(in crate::p3_on_p2) struct Carrying<'a> {
    /// The numbers of what travels, by type of stream or future.
    numbers: HashMap<u32, u32>,
    /// The import of the functions: its name, and the instance.
    name: &'a str,
    instance: Option<u32>,
    /// The resources whose handles are in such values, each with the name of the import of its functions.
    held: Vec<(Held, &'a str)>,
    /// As soon as they are imported: those functions, `keep` and `give`; and the type by which the part knows the resource.
    movers: HashMap<ResourceId, ([CoreFuncId; 2], u32)>,
    /// The part's own resources whose handles wait here, and the exports with the functions for them.
    keepers: Vec<(u32, &'a str)>,
}

impl<'a> Carrying<'a> {
    /// That of part `at`.
    pub fn plan(courier: &Courier, at: usize, arena: &'a Arena) -> Carrying<'a> {
        let held = courier.held(at).iter().map(|held| (held.clone(), ""));
        let keepers = courier.keepers(at).iter().map(|(ty, export)| (*ty, arena.text(export)));
        Carrying {
            numbers: courier.of_part(at),
            name: COURIER,
            held: held.collect(),
            keepers: keepers.collect(),
            ..Carrying::default()
        }
    }

    /// The number of the payload of type `ty`, if that travels.
    pub fn number(&self, ty: u32) -> Option<u32> {
        self.numbers.get(&ty).copied()
    }

    /// Chooses the names of the imports, which `component` may have; gives them if their sources have others.
    pub fn name_imports(&mut self, component: &Component<'a>, arena: &'a Arena) -> Vec<(&'a str, Source<'a>)> {
        if self.numbers.is_empty() {
            return Vec::new();
        }
        let free = |mut name: String| {
            while component.imports().any(|(_, import)| import.name.name == name) {
                name += "-x";
            }
            arena.text(&name)
        };
        self.name = free(COURIER.to_string());
        let mut named = Vec::new();
        if self.name != COURIER {
            named.push((self.name, Source { origin: Origin::Root, path: vec![COURIER] }));
        }
        for (at, (held, name)) in self.held.iter_mut().enumerate() {
            let Holder::Other { origin, export, .. } = &held.by else { continue };
            *name = free(format!("wasi-shim-handles{at}"));
            named.push((*name, Source { origin: *origin, path: vec![arena.text(export)] }));
        }
        named
    }

    /// The interfaces of R's for its resources among them.
    pub fn kept(&self) -> impl Iterator<Item = String> {
        self.held.iter().filter_map(|(held, _)| match &held.by {
            Holder::Other { origin: Origin::Root, export, .. } => Some(export.clone()),
            _ => None,
        })
    }

    /// The layout of what values of stream or future type `ty` carry, if that travels and has handles.
    pub fn with_handles(&self, types: TypesRef<'_>, ty: u32) -> Option<Layout> {
        self.number(ty)?;
        let layout = Layout::of(types, payload_of(types, ty)??);
        layout.has_handle(&|_| true).then_some(layout)
    }

    /// The same, if some of them wait elsewhere.
    pub fn with_foreign_handles(&self, types: TypesRef<'_>, ty: u32) -> Option<Layout> {
        let is_foreign = |handle| {
            let Handle::Own(id) = handle else { return true };
            let held = self.held.iter().find(|(held, _)| held.resource == id);
            held.is_some_and(|(held, _)| matches!(held.by, Holder::Other { .. }))
        };
        self.with_handles(types, ty).filter(|layout| layout.has_handle(&is_foreign))
    }
}

impl<'a> Rewrite<'a> {
    pub(super) fn import_courier(&mut self, courier: &Courier) {
        if self.needs.carried.is_empty() {
            return;
        }
        let ty = courier.instance_type(&self.needs.carried, self.arena);
        let ty = self.define(Sort::Type, ItemKind::Type(ty));
        let import = ComponentImport { name: extern_name(self.carrying.name), ty: ComponentTypeRef::Instance(ty) };
        self.carrying.instance = Some(self.define(Sort::Instance, ItemKind::Import(import)));
    }

    /// Behind import `def`: those of the functions for resources that come from it.
    pub(super) fn import_movers(&mut self, def: Def) {
        for (Held { resource, by }, name) in self.carrying.held.clone() {
            let Holder::Other { import, path, .. } = by else { continue };
            if import != def {
                continue;
            }
            let resource_type = self.alias_path(def, &path);
            let mut ty = InstanceType::of(&[(RESOURCE, resource_type)]);
            let own = ty.own(0);
            let [keep, give] = KEEPERS;
            ty.function(keep, &[("handle", own)], Some(U32));
            ty.function(give, &[("index", U32)], Some(own));
            let [keep, give] = self.import_functions(name, ty, KEEPERS);
            let keep = self.keep_unless_borrowed(resource, keep);
            self.carrying.movers.insert(resource, ([keep, give], resource_type));
        }
    }

    /// Two functions of an instance of type `ty`, which is imported as `name`, lowered.
    pub(super) fn import_functions(
        &mut self,
        name: &'a str,
        ty: InstanceType<'a>,
        functions: [&str; 2],
    ) -> [CoreFuncId; 2] {
        let ty = ItemKind::Type(ComponentType::Instance(ty.into_declarations().into()));
        let ty = ComponentTypeRef::Instance(self.define(Sort::Type, ty));
        let import = ComponentImport { name: extern_name(name), ty };
        let instance = self.define(Sort::Instance, ItemKind::Import(import));
        functions.map(|function| {
            let function = self.alias_func(instance, function);
            self.lower(function, &[])
        })
    }

    /// Function `keep` of a resource; of what a task has only borrowed it does not take handles.
    fn keep_unless_borrowed(&mut self, resource: ResourceId, keep: CoreFuncId) -> CoreFuncId {
        let Some(lender) = self.lender_of(resource) else { return keep };
        let def = self.component.fresh();
        self.add_now(&[def], None, chained(def, lender.give_away, keep));
        def
    }

    /// The type that `path` leads to from import `def`.
    pub(super) fn alias_path(&mut self, def: Def, path: &[String]) -> u32 {
        let mut id = def.id;
        for (at, name) in path.iter().enumerate() {
            let (sort, kind) = match at + 1 == path.len() {
                true => (Sort::Type, ComponentExternalKind::Type),
                false => (Sort::Instance, ComponentExternalKind::Instance),
            };
            let alias = ComponentAlias::InstanceExport { kind, instance_index: id, name: self.arena.text(name) };
            id = self.define(sort, ItemKind::Alias(alias));
        }
        id
    }

    /// The exports of the functions for the part's own resources.
    pub(super) fn export_keepers(&mut self) {
        let items = handles::export_keepers(&mut self.component, self.arena, &self.carrying.keepers);
        self.out.extend(items);
    }

    /// What function `at` of [`KEEPERS`] gives for the handles, or indices, in values of stream or future type `ty`; nothing if
    /// there are none that wait elsewhere.
    pub(super) fn exchange(&mut self, ty: u32, at: usize) -> Option<Exchange> {
        let layout = self.carrying.with_foreign_handles(self.component.validated(), ty)?;
        let mut handles: Vec<Handle> = Vec::new();
        layout.handles(&mut |handle| {
            if !handles.contains(&handle) {
                handles.push(handle);
            }
        });
        let functions = handles.into_iter().filter_map(|handle| match handle {
            Handle::Own(resource) => Some((handle, self.carrying.movers.get(&resource)?.0[at])),
            Handle::Borrow(_) => None,
            Handle::End(id) => Some((handle, self.pass_in_transit(id, at == 0))),
        });
        Some(Exchange { functions: functions.collect(), layout })
    }

    /// What moves an end from the part's table, or to it, while a value with it is on its way.
    fn pass_in_transit(&mut self, id: ComponentDefinedTypeId, keep: bool) -> CoreFuncId {
        const TRANSIT: u32 = 0;
        let (giver, taker) = if keep { (self.part, TRANSIT) } else { (TRANSIT, self.part) };
        let (pass, ty) = (self.control(Control::Pass), self.numbers.of(self.index, self.component.validated(), id));
        let def = self.component.fresh();
        self.add_now(&[def], None, pass_between(def, pass, ty, giver, taker));
        def
    }

    /// `stream.drop-readable` or `future.drop-readable` of an end whose values have handles; whether it is one.
    pub(super) fn drop_readable(&mut self, def: CoreFuncId, ty: u32) -> bool {
        let Some(layout) = self.carrying.with_handles(self.component.validated(), ty) else { return false };
        let mut fresh = || self.component.fresh();
        let [reset, hold, release, alloc, grow] = std::array::from_fn(|_| fresh());
        let memory = self.component.fresh();
        let module = Memory { memory, realloc: None, reset, hold, release, alloc }.module();
        let items = module.into_items(&mut self.component, self.arena);
        self.out.extend(items);
        let items = realloc(grow, alloc).into_items(&mut self.component, self.arena);
        self.out.extend(items);
        let fixed = [CanonicalOption::Memory(memory.into()), CanonicalOption::Realloc(grow.into())];
        let Some(take) = self.carrier(ty, Transfer::Take, &fixed, &[]) else { return false };
        let mut handles: Vec<Handle> = Vec::new();
        layout.handles(&mut |handle| {
            if !handles.contains(&handle) {
                handles.push(handle);
            }
        });
        let mut drops: Vec<(Handle, Option<CoreFuncId>, Drop)> = Vec::new();
        for handle in handles {
            let resource = match handle {
                Handle::Own(resource) => resource,
                Handle::Borrow(_) => continue,
                Handle::End(id) => {
                    let ty = self.numbers.of(self.index, self.component.validated(), id);
                    let give = self.pass_in_transit(id, false);
                    drops.push((handle, Some(give), Drop::End(self.control(Control::DropReadable), ty)));
                    continue;
                }
            };
            let held = self.carrying.held.iter().find(|(held, _)| held.resource == resource);
            let (give, resource_type) = match (held.map(|(held, _)| &held.by), self.carrying.movers.get(&resource)) {
                (Some(Holder::Itself(ty)), _) => (None, *ty),
                (_, Some(([_, give], ty))) => (Some(*give), *ty),
                _ => continue,
            };
            let drop = CanonicalFunction::ResourceDrop { resource: resource_type };
            let drop = self.define_as::<CoreFuncId>(ItemKind::Canon(drop));
            drops.push((handle, give, Drop::Resource(drop)));
        }
        let inner = self.control(Control::DropReadable);
        let unread = self.control(Control::Unread);
        let ty = self.type_number(ty);
        let drop = DropReadable { def, inner, ty, unread, take, alloc, reset, layout, drops };
        self.pending.add(def, Some(memory), move |module| drop.build(module));
        true
    }

    /// The function that puts or takes values of stream or future type `ty`, if they travel. `options` are those of the
    /// original definition; `fixed` come before its encoding.
    pub(super) fn carrier(
        &mut self,
        ty: u32,
        transfer: Transfer,
        fixed: &[CanonicalOption],
        options: &[CanonicalOption],
    ) -> Option<CoreFuncId> {
        let (number, instance) = (self.carrying.number(ty)?, self.carrying.instance?);
        let func = self.alias_func(instance, &function(number, transfer));
        let encoding = options.iter().copied().filter(is_encoding);
        let options: Vec<_> = fixed.iter().copied().chain(encoding).collect();
        Some(self.lower(func, &options))
    }
}
