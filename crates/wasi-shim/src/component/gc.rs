//! Removes definitions that nothing uses any more.
//!
//! A rewrite leaves behind the definitions that it replaced: aliases, types, lowered functions,
//! shim components. Removing them keeps the output minimal; and without an import that nothing
//! uses, the host need not offer it.

use std::borrow::Cow;
use std::collections::HashSet;

use wasmparser::{ComponentInstance, ComponentType};

use super::{Component, ComponentId, Id, Item, ItemKind};

impl<'a> Component<'a> {
    /// Removes every item that has no effect and that nothing uses.
    ///
    /// Instantiations of core modules and exports have an effect and stay, with all that they use.
    /// Core modules always stay.
    pub fn gc(&mut self) {
        let live = self.live();
        self.retain(live);
    }

    /// Removes every item that has no effect and that nothing uses, on every level, so that it
    /// neither counts as an obstacle nor has to be adapted. Imports stay: others give them.
    pub fn remove_dead_definitions(&mut self) {
        for item in &mut self.items {
            if let ItemKind::Component(nested) = &mut item.kind {
                nested.remove_dead_definitions();
            }
        }
        let has_effect = self.has_effect();
        let live = self.reached(|item| has_effect(item) || matches!(item.kind, ItemKind::Import(_)));
        self.retain(live);
    }

    /// Which items have an effect, or are used, directly or not, by one that has.
    pub fn live(&self) -> Vec<bool> {
        self.reached(self.has_effect())
    }

    /// Which items have an effect.
    pub fn has_effect(&self) -> impl Fn(&Item<'a>) -> bool + use<'a> {
        let pure_components = self.pure_components();
        move |item| match &item.kind {
            ItemKind::CoreModule(_) | ItemKind::CoreInstance(wasmparser::Instance::Instantiate { .. }) => true,
            ItemKind::Instance(ComponentInstance::Instantiate { component_index, .. }) => {
                !pure_components.contains(&ComponentId(*component_index))
            }
            ItemKind::Export(_) | ItemKind::Start(_) | ItemKind::Custom { .. } | ItemKind::Names => true,
            _ => false,
        }
    }

    /// Which items are roots, or mentioned by one, directly or not.
    pub fn reached(&self, is_root: impl Fn(&Item<'a>) -> bool) -> Vec<bool> {
        let positions = self.positions();
        let mut reached: Vec<bool> = self.items.iter().map(is_root).collect();
        let mut pending: Vec<usize> = (0..reached.len()).filter(|at| reached[*at]).collect();
        while let Some(at) = pending.pop() {
            for def in self.items[at].references() {
                if let Some(&at) = positions.get(&def)
                    && !std::mem::replace(&mut reached[at], true)
                {
                    pending.push(at);
                }
            }
        }
        reached
    }

    /// Keeps the items whose entry in `keep` is true.
    pub fn retain(&mut self, keep: Vec<bool>) {
        let mut keep = keep.into_iter();
        self.items.retain(|_| keep.next().unwrap_or(true));
    }

    /// Nested components whose instantiation only re-arranges what it is given.
    fn pure_components(&self) -> HashSet<ComponentId> {
        let mut pure = HashSet::new();
        for item in &self.items {
            if let (Some(def), ItemKind::Component(component)) = (item.def, &item.kind)
                && component.is_plumbing()
            {
                pure.insert(ComponentId::of(def));
            }
        }
        pure
    }

    /// Whether the component, nested ones included, holds no core module, core instance, canonical
    /// definition or start function, and instantiates nothing.
    pub fn is_plumbing(&self) -> bool {
        self.items.iter().all(|item| match &item.kind {
            ItemKind::CoreInstance(_) | ItemKind::CoreModule(_) | ItemKind::Start(_) => false,
            ItemKind::Canon(_) => false,
            ItemKind::Instance(ComponentInstance::Instantiate { .. }) => false,
            ItemKind::Component(nested) => nested.is_plumbing(),
            _ => true,
        })
    }

    /// The core modules on every level.
    pub fn modules(&self) -> Vec<Cow<'a, [u8]>> {
        let modules = self.items.iter().flat_map(|item| match &item.kind {
            ItemKind::CoreModule(bytes) => vec![bytes.clone()],
            ItemKind::Component(nested) => nested.modules(),
            _ => Vec::new(),
        });
        modules.collect()
    }

    /// Whether the component has code of its own, rather than only wiring others. Core modules in a
    /// component that instantiates components are definitions for those, so they do not count.
    pub fn has_code(&self) -> bool {
        let wires = |item: &Item<'_>| matches!(item.kind, ItemKind::Instance(ComponentInstance::Instantiate { .. }));
        let modules = !self.items.iter().any(wires);
        self.items.iter().any(|item| match item.kind {
            ItemKind::CoreModule(_) => modules,
            ItemKind::CoreInstance(_) | ItemKind::Canon(_) | ItemKind::Start(_) => true,
            ItemKind::Type(ComponentType::Resource { .. }) => true,
            _ => false,
        })
    }
}
