//! Puts the adapter's canonical definitions, with all definitions that they refer to, into the
//! guest's component.

use std::collections::BTreeMap;
use std::mem::discriminant;

use wasmparser::{CanonicalOption, ComponentAlias, ExternalKind};

use super::template::Template;
use crate::Error;
use crate::component::{Arena, Component, CoreFuncId, Def, Id, Item, ItemKind, MemoryId, options, renumbered};
use crate::hash::IdMap;

/// The adapter's definitions as definitions of a component.
pub(super) struct Graft<'g, 'a> {
    template: &'g Template<'a>,
    arena: &'a Arena,
    /// The name of an import of the adapter in the component, if it is another.
    rename: &'g dyn Fn(&str) -> Option<String>,
    /// The adapter's definitions in the component.
    known: IdMap<Def, Def>,
    /// The core memory of the component that is the adapter's, and its realloc.
    memory: MemoryId,
    realloc: CoreFuncId,
    items: Vec<Item<'a>>,
    /// The imports among them, by name: what they define.
    imports: BTreeMap<&'a str, Def>,
}

impl<'g, 'a> Graft<'g, 'a> {
    pub fn new(
        template: &'g Template<'a>,
        arena: &'a Arena,
        rename: &'g dyn Fn(&str) -> Option<String>,
        (memory, realloc): (MemoryId, CoreFuncId),
    ) -> Graft<'g, 'a> {
        let (known, items, imports) = (IdMap::default(), Vec::new(), BTreeMap::new());
        Graft { template, arena, rename, known, memory, realloc, items, imports }
    }

    /// The core function of `component` that the adapter's core module imports as `module` `name`.
    pub fn import(&mut self, component: &mut Component<'a>, module: &str, name: &str) -> Result<CoreFuncId, Error> {
        let def = self.template.import(module, name);
        let def = def.ok_or_else(|| Error::unsound(format!("the adapter imports no `{module}` `{name}`")))?;
        Ok(CoreFuncId::of(self.graft(component, def.into())?))
    }

    /// Core function `def` of `component`: the one that the adapter's core module imports as
    /// `module` `name`, but with the options `own` for its memory and its realloc.
    pub fn import_with(
        &mut self,
        component: &mut Component<'a>,
        (module, name): (&str, &str),
        def: CoreFuncId,
        own: &[CanonicalOption],
    ) -> Result<Item<'a>, Error> {
        let id = self.import(component, module, name)?;
        let item = self.items.iter().find(|item| item.def == Some(id.into()));
        let Some(Item { kind: ItemKind::Canon(canon), .. }) = item else {
            return Err(Error::unsound(format!("`{module}` `{name}` of the adapter is no canonical definition")));
        };
        let mut canon = canon.clone();
        for option in options::options_mut(&mut canon) {
            let given = own.iter().find(|own| discriminant(*own) == discriminant(option));
            *option = given.copied().unwrap_or(*option);
        }
        Ok(Item { def: Some(def.into()), kind: ItemKind::Canon(canon) })
    }

    /// Grafts the adapter's definition `def`; answers what it is in `component`.
    fn graft(&mut self, component: &mut Component<'a>, def: Def) -> Result<Def, Error> {
        if let Some(known) = self.known.get(&def) {
            return Ok(*known);
        }
        let kind = self.template.get(def).ok_or_else(|| Error::unsound(format!("the adapter lacks {def:?}")))?;
        let new = match kind {
            ItemKind::Alias(ComponentAlias::CoreInstanceExport { kind: ExternalKind::Memory, .. }) => {
                self.memory.into()
            }
            ItemKind::Alias(ComponentAlias::CoreInstanceExport { kind: ExternalKind::Func, .. }) => self.realloc.into(),
            kind => {
                for reference in self.template.references(def) {
                    self.graft(component, reference)?;
                }
                let kind = renumbered(kind, &|def| self.known[&def]);
                let mut kind = kind.ok_or_else(|| Error::unsound(format!("the adapter uses {def:?}")))?;
                let new = component.fresh_def(def.sort);
                if let ItemKind::Import(import) = &mut kind {
                    if let Some(name) = (self.rename)(import.name.name) {
                        import.name.name = self.arena.text(&name);
                    }
                    self.imports.insert(import.name.name, new);
                }
                self.items.push(Item { def: Some(new), kind });
                new
            }
        };
        self.known.insert(def, new);
        Ok(new)
    }

    /// The items, and the imports among them.
    pub fn finish(self) -> (Vec<Item<'a>>, BTreeMap<&'a str, Def>) {
        (self.items, self.imports)
    }
}
