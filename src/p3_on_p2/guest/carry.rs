//! Values that travel to and from other parts.

use std::collections::HashMap;

use wasmparser::component_types::ResourceId;
use wasmparser::types::TypesRef;
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind, ComponentImport, ComponentType,
    ComponentTypeRef, ComponentValType, PrimitiveValType,
};

use super::Rewrite;
use super::options::is_encoding;
use crate::component::{Arena, Component, Def, ItemKind, Sort, extern_name};
use crate::composition::{Origin, Source};
use crate::instance_type::InstanceType;
use crate::layout::Layout;
use crate::p3_on_p2::courier::{COURIER, Courier, Held, Holder, function};
use crate::p3_on_p2::handles::{self, KEEPERS, RESOURCE};
use crate::p3_on_p2::interface::Control;
use crate::p3_on_p2::payload::{Transfer, payload_of};
use crate::p3_on_p2::trampoline::{Arena as Memory, DropReadable, Exchange, realloc};

const U32: ComponentValType = ComponentValType::Primitive(PrimitiveValType::U32);

/// What a part has to do with such values.
#[derive(Default)]
pub(super) struct Carrying<'a> {
    /// How R tells the part from others.
    part: u32,
    /// The numbers of what travels, by type of stream or future.
    numbers: HashMap<u32, u32>,
    /// The import of the functions: its name, and the instance.
    name: &'a str,
    instance: Option<u32>,
    /// The resources whose handles are in such values, each with the name of the import of its functions.
    held: Vec<(Held, &'a str)>,
    /// As soon as they are imported: those functions, `keep` and `give`; and the type by which the part knows the resource.
    movers: HashMap<ResourceId, ([u32; 2], u32)>,
    /// The part's own resources whose handles wait here, and the exports with the functions for them.
    keepers: Vec<(u32, &'a str)>,
}

impl<'a> Carrying<'a> {
    /// That of part `at`.
    pub fn plan(courier: &Courier, at: usize, arena: &'a Arena) -> Carrying<'a> {
        let held = courier.held(at).iter().map(|held| (held.clone(), ""));
        let keepers = courier.keepers(at).iter().map(|(ty, export)| (*ty, arena.text(export)));
        Carrying {
            part: at as u32 + 1,
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
        layout.owns(&|_| true).then_some(layout)
    }

    /// The same, if some of them wait elsewhere.
    pub fn with_foreign_handles(&self, types: TypesRef<'_>, ty: u32) -> Option<Layout> {
        let is_foreign = |id| {
            let held = self.held.iter().find(|(held, _)| held.resource == id);
            held.is_some_and(|(held, _)| matches!(held.by, Holder::Other { .. }))
        };
        self.with_handles(types, ty).filter(|layout| layout.owns(&is_foreign))
    }
}

impl Rewrite<'_> {
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
            let ty = ItemKind::Type(ComponentType::Instance(ty.into_declarations().into()));
            let ty = ComponentTypeRef::Instance(self.define(Sort::Type, ty));
            let import = ComponentImport { name: extern_name(name), ty };
            let instance = self.define(Sort::Instance, ItemKind::Import(import));
            let movers = KEEPERS.map(|function| {
                let function = self.alias_func(instance, function);
                self.lower(function, &[])
            });
            self.carrying.movers.insert(resource, (movers, resource_type));
        }
    }

    /// The type that `path` leads to from import `def`.
    fn alias_path(&mut self, def: Def, path: &[String]) -> u32 {
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
    pub(super) fn exchange(&self, ty: u32, at: usize) -> Option<Exchange> {
        let layout = self.carrying.with_foreign_handles(self.component.validated(), ty)?;
        let mut functions: Vec<_> = Vec::new();
        layout.owned(&mut |resource| {
            let mover = self.carrying.movers.get(&resource).map(|(movers, _)| (resource, movers[at]));
            functions.extend(mover.filter(|mover| !functions.contains(mover)));
        });
        Some(Exchange { layout, functions })
    }

    /// `stream.drop-readable` or `future.drop-readable` of an end whose values have handles; whether it is one.
    pub(super) fn drop_readable(&mut self, def: u32, ty: u32, control: Control) -> bool {
        let Some(layout) = self.carrying.with_handles(self.component.validated(), ty) else { return false };
        let mut fresh = || self.component.fresh(Sort::CoreFunc);
        let [reset, hold, release, alloc, grow] = std::array::from_fn(|_| fresh());
        let memory = self.component.fresh(Sort::CoreMemory);
        let module = Memory { memory, realloc: None, reset, hold, release, alloc }.module();
        let items = module.into_items(&mut self.component, self.arena);
        self.out.extend(items);
        let items = realloc(grow, alloc).into_items(&mut self.component, self.arena);
        self.out.extend(items);
        let fixed = [CanonicalOption::Memory(memory), CanonicalOption::Realloc(grow)];
        let Some(take) = self.carrier(ty, Transfer::Take, &fixed, &[]) else { return false };
        let mut drops: Vec<(ResourceId, Option<u32>, u32)> = Vec::new();
        layout.owned(&mut |resource| {
            if drops.iter().any(|(known, ..)| *known == resource) {
                return;
            }
            let held = self.carrying.held.iter().find(|(held, _)| held.resource == resource);
            let (give, resource_type) = match (held.map(|(held, _)| &held.by), self.carrying.movers.get(&resource)) {
                (Some(Holder::Itself(ty)), _) => (None, *ty),
                (_, Some(([_, give], ty))) => (Some(*give), *ty),
                _ => return,
            };
            let drop = CanonicalFunction::ResourceDrop { resource: resource_type };
            drops.push((resource, give, self.define(Sort::CoreFunc, ItemKind::Canon(drop))));
        });
        let inner = self.control(control);
        let unread = self.control(Control::Unread);
        let drop = DropReadable { def, inner, unread, take, alloc, reset, layout, drops };
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
    ) -> Option<u32> {
        let (number, instance) = (self.carrying.number(ty)?, self.carrying.instance?);
        let func = self.alias_func(instance, &function(number, transfer));
        let encoding = options.iter().copied().filter(is_encoding);
        let options: Vec<_> = fixed.iter().copied().chain(encoding).collect();
        Some(self.lower(func, &options))
    }

    /// If values of `ty` travel: R's function that learns which part reads or writes them, and the part.
    pub(super) fn as_part(&mut self, ty: u32) -> Option<(u32, u32)> {
        self.carrying.number(ty)?;
        Some((self.control(Control::AsPart), self.carrying.part))
    }
}
