//! Handles that tasks borrow from third parts: the functions that a lender and a borrower have for
//! them.

use wasmparser::component_types::{ComponentAnyTypeId, ResourceId};
use wasmparser::{CanonicalFunction, ComponentDefinedType, ComponentType};

use super::Rewrite;
use crate::component::instance_type::InstanceType;
use crate::component::types::ById;
use crate::component::{CoreFuncId, Def, Item, ItemKind, TypeId};
use crate::p3_on_p2::handles::RESOURCE;
use crate::p3_on_p2::lend::LENDS;
use crate::p3_on_p2::trampoline::{borrow, drop_or_unlend};
use crate::p3_on_p2::{Control, lend};

/// A borrowed resource, once its functions are imported.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lender {
    /// `(handle) -> handle`: returns the handle that replaces one that a call borrows.
    pub borrow: Option<CoreFuncId>,
    /// `(handle) -> handle`: traps if the handle is only borrowed, or is lent.
    pub give_away: CoreFuncId,
    /// Gives a handle from `borrow` back.
    unlend: Option<CoreFuncId>,
}

impl<'a> Rewrite<'a> {
    /// Whether calls of this part may lend handles of a resource, or its tasks borrow them.
    pub(super) fn lends(&self, resource: ResourceId) -> bool {
        let tasks = &self.tasks;
        tasks.lent.contains(&resource) || tasks.borrowed.iter().any(|borrowed| borrowed.resource == resource)
    }

    /// The functions for handles of a resource; `None` if they are not lent.
    pub(super) fn lender_of(&mut self, resource: ResourceId) -> Option<Lender> {
        if !self.lenders.contains_key(&resource) && self.tasks.lent.contains(&resource) {
            let give_away = self.control(Control::GiveAway);
            self.lenders.insert(resource, Lender { borrow: None, give_away, unlend: None });
        }
        self.lenders.get(&resource).copied()
    }

    /// The resource type that item `def` defines, with a destructor that can be disarmed if the
    /// part lends it.
    pub(super) fn resource_type(&mut self, def: TypeId, ty: ComponentType<'a>) -> ComponentType<'a> {
        let is_lent = self.lent.iter().any(|lent| lent.ty == def);
        let (rep, dtor) = match ty {
            ComponentType::Resource { rep, dtor: Some(dtor) } if is_lent => (rep, dtor),
            other => return other,
        };
        let [new, disarm] = [(); 2].map(|()| self.component.fresh());
        let module = lend::destructor(new, disarm, CoreFuncId(dtor));
        let items = module.into_items(&mut self.component, self.arena);
        self.out.extend(items);
        self.disarms.insert(def, disarm);
        ComponentType::Resource { rep, dtor: Some(new.into()) }
    }

    /// Exports the functions for the resources that the part lends.
    pub(super) fn export_lends(&mut self) {
        for lent in std::mem::take(&mut self.lent) {
            let disarm = self.disarms.get(&lent.ty).copied();
            let items = lend::export_lends(&mut self.component, self.arena, &lent, disarm);
            self.out.extend(items);
        }
    }

    /// After import `def`: imports the functions for resources that come from it and that tasks
    /// borrow.
    pub(super) fn import_lends(&mut self, def: Def) {
        for borrowed in self.tasks.borrowed.clone().into_iter().filter(|borrowed| borrowed.import == def) {
            let resource_type = self.alias_path(def, &borrowed.path);
            let mut ty = InstanceType::of(&[(RESOURCE, resource_type)]);
            let own = ty.own(0);
            let given = ty.define(ComponentDefinedType::Borrow(1));
            let [lend, unlend] = LENDS;
            ty.function(lend, &[("handle", given)], Some(own));
            ty.function(unlend, &[("handle", own)], None);
            let [lend, unlend] = self.import_functions(borrowed.name, ty, LENDS);
            let drop = CanonicalFunction::ResourceDrop { resource: resource_type.into() };
            let drop = self.define_as::<CoreFuncId>(ItemKind::Canon(drop));
            let (def, lent) = (self.component.fresh(), self.control(Control::Borrowed));
            self.add_now(&[def], None, borrow(def, lend, drop, lent));
            let give_away = self.control(Control::GiveAway);
            self.lenders.insert(borrowed.resource, Lender { borrow: Some(def), give_away, unlend: Some(unlend) });
        }
    }

    fn lender(&mut self, resource: TypeId) -> Option<Lender> {
        let id: ResourceId = match self.component.validated().ty(resource) {
            ComponentAnyTypeId::Resource(id) => id.resource(),
            _ => return None,
        };
        self.lender_of(id)
    }

    /// Replaces `resource.drop`: a handle that a task has borrowed goes back.
    pub(super) fn drop_resource(&mut self, def: CoreFuncId, resource: TypeId) {
        if self.link.as_mut().is_some_and(|link| link.drop_resource(&mut self.component, def, resource)) {
            return;
        }
        let kind = ItemKind::Canon(CanonicalFunction::ResourceDrop { resource: resource.into() });
        let Some(lender) = self.lender(resource) else {
            self.out.push(Item { def: Some(def.into()), kind });
            return;
        };
        let (drop, back) = (self.define_as::<CoreFuncId>(kind), self.control(Control::GiveBack));
        self.pending.add(def, None, drop_or_unlend(def, back, lender.unlend, drop));
    }
}
