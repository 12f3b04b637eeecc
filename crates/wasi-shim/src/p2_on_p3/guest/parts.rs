//! Calls between parts: the companions that a part imports, and those that it exports.

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentImport, ComponentInstance, ComponentType, ComponentTypeRef,
};

use super::relay::Relayed;
use super::{Called, Rewrite};
use crate::Error;
use crate::component::{ComponentId, CoreFuncId, FuncId, Id, InstanceId, Item, ItemKind, TypeId, extern_name};
use crate::p2_on_p3::ASYNC;
use crate::p2_on_p3::trampoline::{Apart, CompanionCall};
use crate::rewrite::companion;
use crate::rewrite::companion::Offer;

impl<'a> Rewrite<'a> {
    /// Emits an import from another part, and imports the companions that it offers.
    pub(in crate::p2_on_p3) fn import_companions(&mut self, item: Item<'a>) {
        let (ItemKind::Import(import), Some(def)) = (&item.kind, item.def) else { return self.out.push(item) };
        let name = import.name.name;
        let ty = |ty: TypeId| match self.out.iter().find(|item| item.def == Some(ty.into())) {
            Some(Item { kind: ItemKind::Type(ty), .. }) => Some(ty),
            _ => None,
        };
        match (&self.edges.offers[name], import.ty) {
            (Offer::Function(companion), ComponentTypeRef::Func(old)) => {
                let new = ty(TypeId(old)).and_then(|ty| ASYNC.type_of(ty));
                let companion = *companion;
                self.out.push(item);
                if let Some(new) = new {
                    let ty = ComponentTypeRef::Func(self.define_as::<TypeId>(ItemKind::Type(new)).into());
                    let import = ComponentImport { name: extern_name(companion), ty };
                    let companion = self.define_as::<FuncId>(ItemKind::Import(import));
                    self.called.insert(FuncId::of(def), Called { label: name.into(), companion });
                }
            }
            (Offer::Members(companions), ComponentTypeRef::Instance(old)) => {
                let declarations = match ty(TypeId(old)) {
                    Some(ComponentType::Instance(declarations)) => {
                        companion::add_to_instance_type(declarations, &ASYNC, companions)
                    }
                    _ => None,
                };
                let Some(declarations) = declarations else {
                    self.edges.offers.remove(name);
                    return self.out.push(item);
                };
                let ty = self.define_as::<TypeId>(ItemKind::Type(ComponentType::Instance(declarations.into())));
                let import = ComponentImport { name: import.name, ty: ComponentTypeRef::Instance(ty.into()) };
                self.offering.insert(InstanceId::of(def), name);
                self.out.push(Item { def: item.def, kind: ItemKind::Import(import) });
            }
            _ => self.out.push(item),
        }
    }

    /// Aliases function `func` of another part and, if there is one, its companion.
    pub(in crate::p2_on_p3) fn alias_companion(
        &mut self,
        func: FuncId,
        instance: InstanceId,
        name: &'a str,
        item: Item<'a>,
    ) {
        let import = self.offering.get(&instance).copied().unwrap_or_default();
        let companion = match self.edges.offers.get(import) {
            Some(Offer::Members(companions)) => {
                companions.get(name).map(|companion| (*companion, format!("{import}#{name}")))
            }
            _ => None,
        };
        self.out.push(item);
        if let Some((companion, label)) = companion {
            let companion = self.alias_func(instance, companion);
            self.called.insert(func, Called { label, companion });
        }
    }

    /// The lowered function of another part becomes a trampoline that chooses between it and its
    /// companion.
    pub(in crate::p2_on_p3) fn lower_companion(
        &mut self,
        def: CoreFuncId,
        func: FuncId,
        options: &[CanonicalOption],
    ) -> Result<(), Error> {
        let signature = self.core_signature(def)?;
        let Called { label: name, companion } = &self.called[&func];
        let (name, companion) = (name.clone(), *companion);
        let function = self.lower(func, options);
        if self.hands_on(func) {
            self.lower_relayed(def, Relayed { name, signature, function, companion }, options);
            return Ok(());
        }
        let companion = self.lower(companion, options);
        let gate = self.gate();
        let call = CompanionCall { def, name, signature, function, companion, gate };
        self.pending.add(def, None, move |module| call.build(module));
        Ok(())
    }

    /// A function that other parts call is lifted with its own type, to run apart, and with the
    /// async type.
    pub(in crate::p2_on_p3) fn lift_twice(
        &mut self,
        def: FuncId,
        core: CoreFuncId,
        ty: TypeId,
        options: &[CanonicalOption],
    ) -> Result<(), Error> {
        let companion_core = self.running(core, "wasi-shim: async export", None)?;
        let signature = self.core_signature(core)?;
        let apart = self.component.fresh();
        let gate = self.gate();
        let wrapper = Apart { def: apart, signature, inner: core, gate };
        self.pending.add(apart, None, move |module| wrapper.build(module));
        self.apart.insert(apart, core);
        let lift = |core: CoreFuncId, ty: TypeId| {
            let (core_func_index, type_index, options) = (core.into(), ty.into(), options.into());
            ItemKind::Canon(CanonicalFunction::Lift { core_func_index, type_index, options })
        };
        self.emit(Item { def: Some(def.into()), kind: lift(apart, ty) });
        let new = ASYNC.type_among(&self.out, ty);
        let new = new.ok_or_else(|| Error::unsound("a companion of a function without a type"))?;
        let ty = self.define_as::<TypeId>(ItemKind::Type(new));
        let companion = self.define_as::<FuncId>(lift(companion_core, ty));
        self.companions.lifted(def, companion);
        Ok(())
    }

    /// An instance that other parts call gets the companions of its functions.
    pub(in crate::p2_on_p3) fn extend_instance(&mut self, id: InstanceId, item: Item<'a>) {
        let ItemKind::Instance(mut instance) = item.kind else { return self.out.push(item) };
        let shim = self.companions.extend(id, &mut instance, &self.out);
        if let Some(shim) = shim {
            let shim = self.define_as::<ComponentId>(ItemKind::Component(Box::new(shim)));
            if let ComponentInstance::Instantiate { component_index, .. } = &mut instance {
                *component_index = shim.into();
            }
        }
        self.out.push(Item { def: Some(id.into()), kind: ItemKind::Instance(instance) });
    }

    /// Emits an export and, after it, its companion.
    pub(in crate::p2_on_p3) fn export(&mut self, name: &str, item: Item<'a>) {
        let kind = match item.kind {
            ItemKind::Export(export) => ItemKind::Export(self.companions.widened(export)),
            kind => kind,
        };
        self.out.push(Item { kind, ..item });
        if let Some(companion) = self.companions.export(name) {
            self.define_as::<FuncId>(ItemKind::Export(companion));
        }
    }
}
