//! Handles that tasks borrow of third parts: what a lender and a borrower have for them.

use wasmparser::component_types::{ComponentAnyTypeId, ResourceId};
use wasmparser::{CanonicalFunction, ComponentDefinedType, ComponentImport, ComponentType, ComponentTypeRef};

use super::Rewrite;
use crate::component::{Def, Item, ItemKind, Sort, extern_name};
use crate::instance_type::InstanceType;
use crate::p3_on_p2::handles::RESOURCE;
use crate::p3_on_p2::interface::Control;
use crate::p3_on_p2::lend::{self, LENDS, LendCalls};
use crate::p3_on_p2::trampoline::{borrow, drop_or_unlend};

/// A borrowed resource, once its functions are imported.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lender {
    /// `(handle) -> handle`: what takes the place of a handle that a call borrows.
    pub borrow: u32,
    /// `(handle) -> handle`: traps if that is only borrowed.
    pub give_away: u32,
    /// Gives such a handle back.
    unlend: u32,
}

impl<'a> Rewrite<'a> {
    fn lend_calls(&mut self) -> LendCalls {
        LendCalls { lending: self.control(Control::Lending), unlent: self.control(Control::Unlent) }
    }

    /// The resource type that item `def` defines, with a destructor that knows of loans if the part lends it.
    pub(super) fn resource_type(&mut self, def: u32, ty: ComponentType<'a>) -> ComponentType<'a> {
        let is_lent = self.lent.iter().any(|lent| lent.ty == def);
        let ComponentType::Resource { rep, dtor } = ty else { return ty };
        if !is_lent {
            return ComponentType::Resource { rep, dtor };
        }
        let [new, disarm] = [(); 2].map(|()| self.component.fresh(Sort::CoreFunc));
        let module = lend::destructor(new, disarm, dtor, self.lend_calls());
        let items = module.into_items(&mut self.component, self.arena);
        self.out.extend(items);
        self.disarms.insert(def, disarm);
        ComponentType::Resource { rep, dtor: Some(new) }
    }

    /// The exports of the functions for the resources that the part lends.
    pub(super) fn export_lends(&mut self) {
        for lent in std::mem::take(&mut self.lent) {
            let (disarm, calls) = (self.disarms[&lent.ty], self.lend_calls());
            let items = lend::export_lends(&mut self.component, self.arena, &lent, disarm, calls);
            self.out.extend(items);
        }
    }

    /// Behind import `def`: the functions for resources that come from it and that tasks borrow.
    pub(super) fn import_lends(&mut self, def: Def) {
        for borrowed in self.tasks.borrowed.clone().into_iter().filter(|borrowed| borrowed.import == def) {
            let resource_type = self.alias_path(def, &borrowed.path);
            let mut ty = InstanceType::of(&[(RESOURCE, resource_type)]);
            let own = ty.own(0);
            let given = ty.define(ComponentDefinedType::Borrow(1));
            let [lend, unlend] = LENDS;
            ty.function(lend, &[("handle", given)], Some(own));
            ty.function(unlend, &[("handle", own)], None);
            let ty = ItemKind::Type(ComponentType::Instance(ty.into_declarations().into()));
            let ty = ComponentTypeRef::Instance(self.define(Sort::Type, ty));
            let import = ComponentImport { name: extern_name(borrowed.name), ty };
            let instance = self.define(Sort::Instance, ItemKind::Import(import));
            let [lend, unlend] = LENDS.map(|function| {
                let function = self.alias_func(instance, function);
                self.lower(function, &[])
            });
            let drop = CanonicalFunction::ResourceDrop { resource: resource_type };
            let drop = self.define(Sort::CoreFunc, ItemKind::Canon(drop));
            let (def, lent) = (self.component.fresh(Sort::CoreFunc), self.control(Control::Lent));
            self.add_now(None, borrow(def, lend, drop, lent));
            let give_away = self.control(Control::GiveAway);
            self.lenders.insert(borrowed.resource, Lender { borrow: def, give_away, unlend });
        }
    }

    fn lender(&self, resource: u32) -> Option<Lender> {
        let id: ResourceId = match self.component.validated().component_any_type_at(resource) {
            ComponentAnyTypeId::Resource(id) => id.resource(),
            _ => return None,
        };
        self.lenders.get(&id).copied()
    }

    /// `resource.drop`: what a task has borrowed goes back.
    pub(super) fn drop_resource(&mut self, def: u32, resource: u32) {
        let kind = ItemKind::Canon(CanonicalFunction::ResourceDrop { resource });
        let Some(lender) = self.lender(resource) else {
            self.out.push(Item { def: Some(Def::new(Sort::CoreFunc, def)), kind });
            return;
        };
        let (drop, back) = (self.define(Sort::CoreFunc, kind), self.control(Control::GiveBack));
        self.pending.add(def, None, drop_or_unlend(def, back, lender.unlend, drop));
    }
}
