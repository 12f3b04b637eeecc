//! Moves definitions before their uses.

use wasmparser::{ComponentInstance, Instance};

use super::{Component, CoreModuleId, Def, Item, ItemKind};

impl<'a> Component<'a> {
    /// Moves items up so that each stands behind all that it refers to; otherwise they keep their
    /// order.
    ///
    /// In a cycle, one item stays before an item that it refers to, which [`Component::encode`]
    /// reports.
    pub fn order(&mut self) {
        let references: Vec<Vec<Def>> = self.items.iter().map(Item::references).collect();
        let order = self.in_order(&references);
        let mut items: Vec<Option<Item<'a>>> = std::mem::take(&mut self.items).into_iter().map(Some).collect();
        self.items = order.into_iter().filter_map(|at| items[at].take()).collect();
    }

    /// The positions of the items in the order that [`Component::order`] makes, given the
    /// references of each item.
    pub fn in_order(&self, references: &[Vec<Def>]) -> Vec<usize> {
        let positions = self.positions();
        let mut is_met = vec![false; references.len()];
        let mut ordered = Vec::with_capacity(references.len());
        // Items that wait for what they refer to, each with the number of references that have been
        // looked at.
        let mut open: Vec<(usize, usize)> = Vec::new();
        for at in 0..references.len() {
            let mut next = Some(at);
            loop {
                if let Some(at) = next.take()
                    && !std::mem::replace(&mut is_met[at], true)
                {
                    open.push((at, 0));
                }
                let Some((at, looked)) = open.last_mut() else { break };
                match references[*at].get(*looked) {
                    Some(def) => {
                        *looked += 1;
                        next = positions.get(def).copied();
                    }
                    None => {
                        ordered.push(*at);
                        open.pop();
                    }
                }
            }
        }
        ordered
    }

    /// The instances that it makes, in order, but those of core modules that were added.
    pub fn instantiations(&self) -> Vec<Def> {
        let is_own = |item: &&Item<'_>| match &item.kind {
            ItemKind::CoreInstance(Instance::Instantiate { module_index, .. }) => {
                self.has_decoded_module(CoreModuleId(*module_index))
            }
            ItemKind::Instance(ComponentInstance::Instantiate { .. }) => true,
            _ => false,
        };
        self.items.iter().filter(is_own).filter_map(|item| item.def).collect()
    }
}
