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
use crate::component::{
    Arena, Component, CoreFuncId, Def, Id, InstanceId, Item, ItemKind, TypeId, extern_name, fresh_name,
};
use crate::graph::composition::{Origin, Source};
use crate::p3_on_p2::exchange::{EXCHANGE, Exchange, Held, Holder, PayloadNumber, function};
use crate::p3_on_p2::handles::{KEEPERS, RESOURCE};
use crate::p3_on_p2::numbers::PartNumber;
use crate::p3_on_p2::payload::{Transfer, payload_of};
use crate::p3_on_p2::trampoline::{Drop, DropReadable, HandleExchange, ResultArea, chained, pass_between, realloc};
use crate::p3_on_p2::{Control, handles};

const U32: ComponentValType = ComponentValType::Primitive(PrimitiveValType::U32);

/// The exchange as one part uses it.
#[derive(Default)]
pub(in crate::p3_on_p2) struct Exchanging<'a> {
    /// The numbers of the payloads that travel, by type of stream or future.
    numbers: HashMap<TypeId, PayloadNumber>,
    /// The import of the functions: its name, and the instance.
    name: &'a str,
    instance: Option<InstanceId>,
    /// The resources whose handles are in such values, each with the name of the import of its
    /// functions.
    held: Vec<(Held, &'a str)>,
    /// For each resource, the functions `keep` and `give`, once they are imported, and the type by
    /// which the part knows the resource.
    movers: HashMap<ResourceId, ([CoreFuncId; 2], TypeId)>,
    /// The part's own resources whose handles wait in its table, and the exports with the functions
    /// for them.
    keepers: Vec<(TypeId, &'a str)>,
}

impl<'a> Exchanging<'a> {
    /// The exchange as part `at` uses it.
    pub fn plan(exchange: &Exchange, at: usize, arena: &'a Arena) -> Exchanging<'a> {
        let held = exchange.held(at).iter().map(|held| (held.clone(), ""));
        let keepers = exchange.keepers(at).iter().map(|(ty, export)| (*ty, arena.text(export)));
        Exchanging {
            numbers: exchange.of_part(at),
            name: EXCHANGE,
            held: held.collect(),
            keepers: keepers.collect(),
            ..Exchanging::default()
        }
    }

    /// The number of the payload of type `ty`, if that travels.
    pub fn number(&self, ty: TypeId) -> Option<PayloadNumber> {
        self.numbers.get(&ty).copied()
    }

    /// Chooses names for the imports, which no import of `component` has. Returns those that differ
    /// from the names at their sources, with the sources.
    pub fn name_imports(&mut self, component: &Component<'a>, arena: &'a Arena) -> Vec<(&'a str, Source<'a>)> {
        if self.numbers.is_empty() {
            return Vec::new();
        }
        let is_taken = |name: &str| component.imports().any(|(_, import)| import.name.name == name);
        let free = |name: &str| arena.text(&fresh_name(name, is_taken));
        self.name = free(EXCHANGE);
        let mut named = Vec::new();
        if self.name != EXCHANGE {
            named.push((self.name, Source { origin: Origin::Root, path: vec![EXCHANGE] }));
        }
        for (at, (held, name)) in self.held.iter_mut().enumerate() {
            let Holder::Other { origin, export, .. } = &held.by else { continue };
            *name = free(&format!("wasi-shim-handles{at}"));
            named.push((*name, Source { origin: *origin, path: vec![arena.text(export)] }));
        }
        named
    }

    /// R's private interfaces for those of the resources that are R's.
    pub fn kept(&self) -> impl Iterator<Item = String> {
        self.held.iter().filter_map(|(held, _)| match &held.by {
            Holder::Other { origin: Origin::Root, export, .. } => Some(export.clone()),
            _ => None,
        })
    }

    /// The layout of the payload of stream or future type `ty`, if it travels and has handles.
    pub fn with_handles(&self, types: TypesRef<'_>, ty: TypeId) -> Option<Layout> {
        self.number(ty)?;
        let layout = Layout::of(types, payload_of(types, ty)??);
        layout.has_handle(&|_| true).then_some(layout)
    }

    /// The same, if some of the handles wait elsewhere.
    pub fn with_foreign_handles(&self, types: TypesRef<'_>, ty: TypeId) -> Option<Layout> {
        let is_foreign = |handle| {
            let Handle::Own(id) = handle else { return true };
            let held = self.held.iter().find(|(held, _)| held.resource == id);
            held.is_some_and(|(held, _)| matches!(held.by, Holder::Other { .. }))
        };
        self.with_handles(types, ty).filter(|layout| layout.has_handle(&is_foreign))
    }
}

impl<'a> Rewrite<'a> {
    pub(super) fn import_exchange(&mut self, exchange: &Exchange) {
        if self.needs.carried.is_empty() {
            return;
        }
        let ty = exchange.instance_type(&self.needs.carried, self.arena);
        let ty = self.define_as::<TypeId>(ItemKind::Type(ty));
        let import =
            ComponentImport { name: extern_name(self.exchanging.name), ty: ComponentTypeRef::Instance(ty.into()) };
        self.exchanging.instance = Some(self.define_as::<InstanceId>(ItemKind::Import(import)));
    }

    /// After import `def`: imports the functions for resources that come from it.
    pub(super) fn import_movers(&mut self, def: Def) {
        for (Held { resource, by }, name) in self.exchanging.held.clone() {
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
            self.exchanging.movers.insert(resource, ([keep, give], resource_type));
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
        let ty = ComponentTypeRef::Instance(self.define_as::<TypeId>(ty).into());
        let import = ComponentImport { name: extern_name(name), ty };
        let instance = self.define_as::<InstanceId>(ItemKind::Import(import));
        functions.map(|function| {
            let function = self.alias_func(instance, function);
            self.lower(function, &[])
        })
    }

    /// Function `keep` of a resource, after a check: it must not take handles that a task has only
    /// borrowed.
    fn keep_unless_borrowed(&mut self, resource: ResourceId, keep: CoreFuncId) -> CoreFuncId {
        let Some(lender) = self.lender_of(resource) else { return keep };
        let def = self.component.fresh();
        self.add_now(&[def], None, chained(def, lender.give_away, keep));
        def
    }

    /// The type that `path` leads to from import `def`.
    pub(super) fn alias_path(&mut self, def: Def, path: &[String]) -> TypeId {
        let (mut def, mut path) = (def, path.iter().peekable());
        while let Some(name) = path.next() {
            let instance_index = InstanceId::of(def).into();
            let kind = match path.peek() {
                Some(_) => ComponentExternalKind::Instance,
                None => ComponentExternalKind::Type,
            };
            let alias = ComponentAlias::InstanceExport { kind, instance_index, name: self.arena.text(name) };
            def = self.component.fresh_def(kind.into());
            self.emit(Item { def: Some(def), kind: ItemKind::Alias(alias) });
        }
        TypeId::of(def)
    }

    /// Exports the functions for the part's own resources.
    pub(super) fn export_keepers(&mut self) {
        let items = handles::export_keepers(&mut self.component, self.arena, &self.exchanging.keepers);
        self.out.extend(items);
    }

    /// The functions that replace the handles, or indices, in values of stream or future type `ty`,
    /// by function `at` of [`KEEPERS`]; `None` if no handle waits elsewhere.
    pub(super) fn exchange(&mut self, ty: TypeId, at: usize) -> Option<HandleExchange> {
        let layout = self.exchanging.with_foreign_handles(self.component.validated(), ty)?;
        let mut handles: Vec<Handle> = Vec::new();
        layout.handles(&mut |handle| {
            if !handles.contains(&handle) {
                handles.push(handle);
            }
        });
        let functions = handles.into_iter().filter_map(|handle| match handle {
            Handle::Own(resource) => Some((handle, self.exchanging.movers.get(&resource)?.0[at])),
            Handle::Borrow(_) => None,
            Handle::End(id) => Some((handle, self.pass_in_transit(id, at == 0))),
        });
        Some(HandleExchange { functions: functions.collect(), layout })
    }

    /// The function that moves an end from the part's table, or to it, while a value with it is on
    /// its way.
    fn pass_in_transit(&mut self, id: ComponentDefinedTypeId, keep: bool) -> CoreFuncId {
        let transit = PartNumber::NONE;
        let (giver, taker) = if keep { (self.part, transit) } else { (transit, self.part) };
        let (pass, ty) = (self.control(Control::Pass), self.numbers.of(self.index, self.component.validated(), id));
        let def = self.component.fresh();
        self.add_now(&[def], None, pass_between(def, pass, ty, giver, taker));
        def
    }

    /// `stream.drop-readable` or `future.drop-readable`, if it is of an end whose values have
    /// handles. Returns whether it is.
    pub(super) fn drop_readable(&mut self, def: CoreFuncId, ty: TypeId) -> bool {
        let Some(layout) = self.exchanging.with_handles(self.component.validated(), ty) else { return false };
        let mut fresh = || self.component.fresh();
        let [reset, hold, release, alloc, grow] = std::array::from_fn(|_| fresh());
        let memory = self.component.fresh();
        let module = ResultArea { memory, realloc: None, reset, hold, release, alloc }.module();
        let items = module.into_items(&mut self.component, self.arena);
        self.out.extend(items);
        let items = realloc(grow, alloc).into_items(&mut self.component, self.arena);
        self.out.extend(items);
        let fixed = [CanonicalOption::Memory(memory.into()), CanonicalOption::Realloc(grow.into())];
        let Some(take) = self.exchange_func(ty, Transfer::Take, &fixed, &[]) else { return false };
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
            let held = self.exchanging.held.iter().find(|(held, _)| held.resource == resource);
            let (give, resource_type) = match (held.map(|(held, _)| &held.by), self.exchanging.movers.get(&resource)) {
                (Some(Holder::Itself(ty)), _) => (None, *ty),
                (_, Some(([_, give], ty))) => (Some(*give), *ty),
                _ => continue,
            };
            let drop = CanonicalFunction::ResourceDrop { resource: resource_type.into() };
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

    /// The function that puts or takes values of stream or future type `ty`, if they travel.
    /// `options` are those of the original definition; `fixed` come before its encoding.
    pub(super) fn exchange_func(
        &mut self,
        ty: TypeId,
        transfer: Transfer,
        fixed: &[CanonicalOption],
        options: &[CanonicalOption],
    ) -> Option<CoreFuncId> {
        let (number, instance) = (self.exchanging.number(ty)?, self.exchanging.instance?);
        let func = self.alias_func(instance, &function(number, transfer));
        let encoding = options.iter().copied().filter(is_encoding);
        let options: Vec<_> = fixed.iter().copied().chain(encoding).collect();
        Some(self.lower(func, &options))
    }
}
