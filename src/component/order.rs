//! Putting definitions before their uses.

use wasmparser::{ComponentInstance, Instance};

use super::{Component, Def, Item, ItemKind};

impl<'a> Component<'a> {
    /// Moves items up so that each stands behind all that it refers to; otherwise they keep their order.
    ///
    /// An item that refers to itself by way of others stays behind one of them, which [`Component::encode`] tells.
    pub fn order(&mut self) {
        let positions = self.positions();
        let mut items: Vec<Option<Item<'a>>> = std::mem::take(&mut self.items).into_iter().map(Some).collect();
        let mut ordered = Vec::with_capacity(items.len());
        // Items that wait for what they refer to, each with the references that are still to be looked at.
        let mut open: Vec<(Item<'a>, Vec<usize>)> = Vec::new();
        for at in 0..items.len() {
            let mut next = items[at].take();
            loop {
                if let Some(item) = next.take() {
                    let needs = item.references().iter().filter_map(|def| positions.get(def).copied()).rev().collect();
                    open.push((item, needs));
                }
                let Some((_, needs)) = open.last_mut() else { break };
                match needs.pop() {
                    Some(need) => next = items[need].take(),
                    None => ordered.extend(open.pop().map(|(item, _)| item)),
                }
            }
        }
        self.items = ordered;
    }

    /// What it instantiates, in order, but for core modules that were added.
    pub fn instantiations(&self) -> Vec<Def> {
        let is_own = |item: &&Item<'_>| match &item.kind {
            ItemKind::CoreInstance(Instance::Instantiate { module_index, .. }) => {
                self.has_decoded_module(*module_index)
            }
            ItemKind::Instance(ComponentInstance::Instantiate { .. }) => true,
            _ => false,
        };
        self.items.iter().filter(is_own).filter_map(|item| item.def).collect()
    }
}
