//! Generated functions that wait for the last moment at which their module can be instantiated.
//!
//! One module for all functions that are needed at the same moment keeps the number of core instances
//! small; the moment is the first item that uses one of them. To be an export of an instance that is not used yet is no
//! use, nor to be lifted: such items wait too.

use std::collections::HashSet;

use super::CoreModule;
use crate::component::{Arena, Component, Def, Item, ItemKind, Sort};
use wasmparser::{CanonicalFunction, Instance};

/// A function to be generated, in the module that it is given.
struct Part<'a> {
    def: u32,
    memory: Option<u32>,
    build: Box<dyn FnOnce(&mut CoreModule) + 'a>,
}

/// Functions to be generated.
#[derive(Default)]
pub(crate) struct Pending<'a> {
    parts: Vec<Part<'a>>,
    /// Core instances that have pending functions as exports, and lifts of such functions.
    held: Vec<Item<'a>>,
    defs: HashSet<Def>,
}

impl<'a> Pending<'a> {
    /// Adds a function that will be core function `def`, which `build` adds to the module that it is given.
    /// `memory` is the core memory that it uses.
    pub fn add(&mut self, def: u32, memory: Option<u32>, build: impl FnOnce(&mut CoreModule) + 'a) {
        self.defs.insert(Def::new(Sort::CoreFunc, def));
        self.parts.push(Part { def, memory, build: Box::new(build) });
    }

    /// Whether `item` uses what is still pending.
    pub fn is_needed_by(&self, item: &Item<'_>) -> bool {
        !self.defs.is_empty() && item.references().iter().any(|def| self.defs.contains(def))
    }

    /// Keeps an instance that has something pending as an export, until that is there; gives back any other item.
    pub fn defer(&mut self, item: Item<'a>) -> Option<Item<'a>> {
        let is_bundle = matches!(item.kind, ItemKind::CoreInstance(Instance::FromExports(_)));
        if is_bundle { self.hold(item) } else { Some(item) }
    }

    /// Keeps a new lift of something pending until that is there; gives back any other item.
    pub fn hold_lift(&mut self, item: Item<'a>) -> Option<Item<'a>> {
        let is_lift = matches!(item.kind, ItemKind::Canon(CanonicalFunction::Lift { .. }));
        if is_lift { self.hold(item) } else { Some(item) }
    }

    fn hold(&mut self, item: Item<'a>) -> Option<Item<'a>> {
        match item.def.filter(|_| self.is_needed_by(&item)) {
            Some(def) => {
                self.defs.insert(def);
                self.held.push(item);
                None
            }
            None => Some(item),
        }
    }

    /// The items that define all that is pending: one module for each memory that functions use.
    pub fn flush(&mut self, component: &mut Component<'a>, arena: &'a Arena) -> Vec<Item<'a>> {
        self.defs.clear();
        let mut items = Vec::new();
        let mut rest = std::mem::take(&mut self.parts);
        while let Some(memory) = rest.first().map(|_| rest.iter().find_map(|part| part.memory)) {
            let (now, later): (Vec<_>, Vec<_>) =
                rest.into_iter().partition(|part| part.memory.is_none() || part.memory == memory);
            rest = later;
            let mut module = CoreModule::default();
            if let Some(memory) = memory {
                module.import_memory(memory);
            }
            let mut defs = Vec::new();
            for part in now {
                defs.push(part.def);
                (part.build)(&mut module);
            }
            debug_assert!(module.provides().eq(defs), "each pending function adds itself");
            items.extend(module.into_items(component, arena));
        }
        items.append(&mut self.held);
        items
    }
}
