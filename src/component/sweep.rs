//! Removing what nothing uses any more.
//!
//! A rewrite leaves behind what it replaced: aliases, types, lowered functions, shim components. Removing it
//! keeps the output minimal, and removing an import that nothing uses frees the host from offering it.

use std::collections::HashSet;

use super::{Component, Def, ItemKind, Sort};
use wasmparser::{ComponentInstance, ComponentType};

impl Component<'_> {
    /// Removes every item that has no effect and that nothing uses.
    ///
    /// Instantiations of core modules and exports have an effect and stay, with all that they use. Core modules stay anyhow.
    pub fn sweep(&mut self) {
        let positions = self.positions();
        let pure_components = self.pure_components();
        let mut live = vec![false; self.items.len()];
        let mut pending: Vec<usize> = Vec::new();
        for (at, item) in self.items.iter().enumerate() {
            let effect = match &item.kind {
                ItemKind::CoreModule(_) | ItemKind::CoreInstance(wasmparser::Instance::Instantiate { .. }) => true,
                ItemKind::Instance(ComponentInstance::Instantiate { component_index, .. }) => {
                    !pure_components.contains(component_index)
                }
                ItemKind::Export(_) | ItemKind::Start(_) | ItemKind::Custom { .. } | ItemKind::Names => true,
                _ => false,
            };
            if effect {
                live[at] = true;
                pending.push(at);
            }
        }
        while let Some(at) = pending.pop() {
            for def in self.items[at].references() {
                if let Some(&at) = positions.get(&def)
                    && !std::mem::replace(&mut live[at], true)
                {
                    pending.push(at);
                }
            }
        }
        let mut keep = live.into_iter();
        self.items.retain(|_| keep.next().unwrap_or(true));
    }

    /// Nested components whose instantiation only re-arranges what it is given.
    fn pure_components(&self) -> HashSet<u32> {
        let mut pure = HashSet::new();
        for item in &self.items {
            if let (Some(Def { sort: Sort::Component, id }), ItemKind::Component(component)) = (item.def, &item.kind)
                && component.is_plumbing()
            {
                pure.insert(id);
            }
        }
        pure
    }

    /// Whether the component holds no core instance, no canonical definition and no start function, and
    /// instantiates nothing.
    pub fn is_plumbing(&self) -> bool {
        self.items.iter().all(|item| match &item.kind {
            ItemKind::CoreInstance(_) | ItemKind::CoreModule(_) | ItemKind::Start(_) => false,
            ItemKind::Canon(_) => false,
            ItemKind::Instance(ComponentInstance::Instantiate { .. }) => false,
            ItemKind::Component(nested) => nested.is_plumbing(),
            _ => true,
        })
    }

    /// Whether the component does anything of its own, rather than only wire others.
    pub fn has_code(&self) -> bool {
        self.items.iter().any(|item| {
            matches!(
                item.kind,
                ItemKind::CoreInstance(_)
                    | ItemKind::CoreModule(_)
                    | ItemKind::Canon(_)
                    | ItemKind::Start(_)
                    | ItemKind::Type(ComponentType::Resource { .. })
            )
        })
    }
}
