//! Values that travel to and from other parts.

use std::collections::HashMap;

use wasmparser::{CanonicalOption, ComponentImport, ComponentTypeRef};

use super::Rewrite;
use super::options::is_encoding;
use crate::component::{Arena, Component, ItemKind, Sort, extern_name};
use crate::p3_on_p2::courier::{COURIER, Courier, function};
use crate::p3_on_p2::interface::Control;
use crate::p3_on_p2::payload::Transfer;

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
}

impl<'a> Carrying<'a> {
    /// That of part `at`.
    pub fn plan(courier: &Courier, at: usize) -> Carrying<'a> {
        Carrying { part: at as u32 + 1, numbers: courier.of_part(at), name: COURIER, instance: None }
    }

    /// The number of the payload of type `ty`, if that travels.
    pub fn number(&self, ty: u32) -> Option<u32> {
        self.numbers.get(&ty).copied()
    }

    /// Chooses the name of the import; gives it if it is not its own name, which `component` may have.
    pub fn name_import(&mut self, component: &Component<'a>, arena: &'a Arena) -> Option<&'a str> {
        if self.numbers.is_empty() {
            return None;
        }
        let mut name = COURIER.to_string();
        while component.imports().any(|(_, import)| import.name.name == name) {
            name += "-x";
        }
        self.name = arena.text(&name);
        (self.name != COURIER).then_some(self.name)
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
