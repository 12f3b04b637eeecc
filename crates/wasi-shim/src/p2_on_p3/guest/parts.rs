//! Calls between parts: the twins that a part imports, and those that it exports.

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentImport, ComponentInstance, ComponentType,
    ComponentTypeRef,
};

use super::relay::Relayed;
use super::{Called, Rewrite};
use crate::Error;
use crate::component::{CoreFuncId, Def, Item, ItemKind, Sort, extern_name};
use crate::p2_on_p3::ASYNC;
use crate::p2_on_p3::trampoline::{Apart, TwinCall};
use crate::rewrite::twin;
use crate::rewrite::twin::Offer;

impl<'a> Rewrite<'a> {
    /// An import from another part that offers twins: they are imported too.
    pub(in crate::p2_on_p3) fn import_twins(&mut self, item: Item<'a>) {
        let (ItemKind::Import(import), Some(def)) = (&item.kind, item.def) else { return self.out.push(item) };
        let name = import.name.name;
        let ty = |ty: u32| match self.out.iter().find(|item| item.def == Some(Def::new(Sort::Type, ty))) {
            Some(Item { kind: ItemKind::Type(ty), .. }) => Some(ty),
            _ => None,
        };
        match (&self.edges.offers[name], import.ty) {
            (Offer::Function(twin), ComponentTypeRef::Func(old)) => {
                let new = ty(old).and_then(|ty| ASYNC.type_of(ty));
                let twin = *twin;
                self.out.push(item);
                if let Some(new) = new {
                    let ty = ComponentTypeRef::Func(self.define(Sort::Type, ItemKind::Type(new)));
                    let import = ComponentImport { name: extern_name(twin), ty };
                    let twin = self.define(Sort::Func, ItemKind::Import(import));
                    self.called.insert(def.id, Called { label: name.into(), twin });
                }
            }
            (Offer::Members(twins), ComponentTypeRef::Instance(old)) => {
                let declarations = match ty(old) {
                    Some(ComponentType::Instance(declarations)) => {
                        twin::add_to_instance_type(declarations, &ASYNC, twins)
                    }
                    _ => None,
                };
                let Some(declarations) = declarations else {
                    self.edges.offers.remove(name);
                    return self.out.push(item);
                };
                let ty = self.define(Sort::Type, ItemKind::Type(ComponentType::Instance(declarations.into())));
                let import = ComponentImport { name: import.name, ty: ComponentTypeRef::Instance(ty) };
                self.offering.insert(def.id, name);
                self.out.push(Item { def: item.def, kind: ItemKind::Import(import) });
            }
            _ => self.out.push(item),
        }
    }

    /// With function `func` of another part the guest takes its twin, if there is one.
    pub(in crate::p2_on_p3) fn alias_twin(&mut self, func: u32, item: Item<'a>) {
        let twin = match &item.kind {
            ItemKind::Alias(ComponentAlias::InstanceExport { instance_index, name, .. }) => {
                let import = self.offering.get(instance_index).copied().unwrap_or_default();
                match self.edges.offers.get(import) {
                    Some(Offer::Members(twins)) => {
                        twins.get(name).map(|twin| (*instance_index, *twin, format!("{import}#{name}")))
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        self.out.push(item);
        if let Some((instance, twin, label)) = twin {
            let twin = self.alias_func(instance, twin);
            self.called.insert(func, Called { label, twin });
        }
    }

    /// The lowered function of another part becomes a trampoline that chooses between it and its twin.
    pub(in crate::p2_on_p3) fn lower_twin(
        &mut self,
        def: CoreFuncId,
        func: u32,
        options: &[CanonicalOption],
    ) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        let Called { label: name, twin } = &self.called[&func];
        let (name, twin) = (name.clone(), *twin);
        let function = self.lower(func, options);
        if self.hands_on(func) {
            self.lower_relayed(def, Relayed { name, signature, function, twin }, options);
            return Ok(());
        }
        let twin = self.lower(twin, options);
        let gate = self.gate();
        let call = TwinCall { def, name, signature, function, twin, gate };
        self.pending.add(def, None, move |module| call.build(module));
        Ok(())
    }

    /// A function that other parts call is lifted with its own type, to run apart, and with the async type.
    pub(in crate::p2_on_p3) fn lift_twice(
        &mut self,
        def: u32,
        core: CoreFuncId,
        ty: u32,
        options: &[CanonicalOption],
    ) -> Result<(), Error> {
        let twin_core = self.running(core, "wasi-shim: async export", None)?;
        let signature = self.core_signature(core)?;
        let apart = self.component.fresh();
        let gate = self.gate();
        let wrapper = Apart { def: apart, signature, inner: core, gate };
        self.pending.add(apart, None, move |module| wrapper.build(module));
        self.apart.insert(apart, core);
        let lift = |core: CoreFuncId, type_index| {
            let (core_func_index, options) = (core.into(), options.into());
            ItemKind::Canon(CanonicalFunction::Lift { core_func_index, type_index, options })
        };
        self.emit(Item { def: Some(Def::new(Sort::Func, def)), kind: lift(apart, ty) });
        let new = ASYNC.type_among(&self.out, ty);
        let new = new.ok_or_else(|| Error::unsound("a twin of a function without a type"))?;
        let ty = self.define(Sort::Type, ItemKind::Type(new));
        let twin = self.define(Sort::Func, lift(twin_core, ty));
        self.twins.lifted(def, twin);
        Ok(())
    }

    /// An instance that other parts call gets the twins of its functions.
    pub(in crate::p2_on_p3) fn extend_instance(&mut self, def: Def, item: Item<'a>) {
        let ItemKind::Instance(mut instance) = item.kind else { return self.out.push(item) };
        let shim = self.twins.extend(def.id, &mut instance, &self.out);
        if let Some(shim) = shim {
            let shim = self.define(Sort::Component, ItemKind::Component(Box::new(shim)));
            if let ComponentInstance::Instantiate { component_index, .. } = &mut instance {
                *component_index = shim;
            }
        }
        self.out.push(Item { def: Some(def), kind: ItemKind::Instance(instance) });
    }

    /// An export, and behind it its twin.
    pub(in crate::p2_on_p3) fn export(&mut self, name: &str, item: Item<'a>) {
        let kind = match item.kind {
            ItemKind::Export(export) => ItemKind::Export(self.twins.widened(export)),
            kind => kind,
        };
        self.out.push(Item { kind, ..item });
        if let Some(twin) = self.twins.export(name) {
            self.define(Sort::Func, ItemKind::Export(twin));
        }
    }
}
