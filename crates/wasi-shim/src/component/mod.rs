//! The component IR: a component as ordered items with stable ids.
//!
//! A component is a sequence of definitions, each of which may refer to earlier ones by index.
//! Adding or removing one shifts the indices of all that follow, so the IR refers by *id* instead:
//! an item keeps its id for life, wherever it stands, and [`Component::encode`] assigns indices.
//! The id of a definition that came from a binary is the index it had there.
//!
//! Payloads are `wasmparser`'s own structures, whose index fields hold ids. Indices *inside* a
//! component, instance or module type are local to that type and stay indices; what an `alias
//! outer` of such a type refers to is an id of the component that it reaches.
//!
//! Core modules are opaque bytes, copied verbatim: that is the invariant which makes the tool
//! trustworthy.

mod close;
mod decode;
mod definitions;
mod encode;
mod gc;
mod graft;
mod ids;
pub(crate) mod instance_type;
mod maps;
mod names;
pub(crate) mod options;
mod order;
mod rename;
#[cfg(test)]
mod tests;
pub(crate) mod types;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use close::close;
pub(crate) use definitions::{Definitions, Structure};
pub(crate) use graft::renumbered;
pub(crate) use ids::{
    ComponentId, CoreFuncId, CoreInstanceId, CoreModuleId, FuncId, Id, InstanceId, MemoryId, TableId, TypeId,
};
pub(crate) use maps::without_maps;
pub(crate) use names::{
    extern_names, finish_name, fresh_name, functions_of, resource_and_method, start_name, static_name,
};
pub(crate) use rename::rename;
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExport, ComponentExternName, ComponentExternalKind, ComponentImport,
    ComponentInstance, ComponentOuterAliasKind, ComponentStartFunction, ComponentType, ComponentTypeRef, CoreType,
    ExternalKind, Instance,
};

use crate::hash::IdMap;

/// Owner of the strings that inserted items mention.
///
/// Items borrow from the binary they were decoded from; what a rewrite adds borrows from here.
#[derive(Default)]
pub(crate) struct Arena(bumpalo::Bump);

impl Arena {
    /// Copies `text` into the arena.
    pub fn text(&self, text: &str) -> &str {
        self.0.alloc_str(text)
    }

    /// Keeps `bytes` in the arena.
    pub fn bytes(&self, bytes: Vec<u8>) -> &[u8] {
        self.0.alloc_slice_copy(&bytes)
    }

    /// The name of an import or export without further attributes.
    pub fn name(&self, text: &str) -> ComponentExternName<'_> {
        extern_name(self.text(text))
    }
}

/// The name of an import or export without further attributes.
pub(crate) fn extern_name(name: &str) -> ComponentExternName<'_> {
    ComponentExternName { name, implements: None, version_suffix: None, external_id: None }
}

/// The index spaces of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Sort {
    CoreFunc,
    CoreTable,
    CoreMemory,
    CoreGlobal,
    CoreTag,
    CoreType,
    CoreModule,
    CoreInstance,
    Func,
    Value,
    Type,
    Component,
    Instance,
}

/// Number of index spaces.
pub(crate) const SORTS: usize = Sort::Instance as usize + 1;

pub(crate) fn alias_sort(alias: &ComponentAlias<'_>) -> Sort {
    match alias {
        ComponentAlias::InstanceExport { kind, .. } => Sort::from(*kind),
        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. } => Sort::Type,
        _ => Sort::from(ComponentExternalKind::Module),
    }
}

impl From<ComponentExternalKind> for Sort {
    fn from(kind: ComponentExternalKind) -> Sort {
        match kind {
            ComponentExternalKind::Module => Sort::CoreModule,
            ComponentExternalKind::Func => Sort::Func,
            ComponentExternalKind::Value => Sort::Value,
            ComponentExternalKind::Type => Sort::Type,
            ComponentExternalKind::Instance => Sort::Instance,
            ComponentExternalKind::Component => Sort::Component,
        }
    }
}

impl From<ComponentOuterAliasKind> for Sort {
    fn from(kind: ComponentOuterAliasKind) -> Sort {
        match kind {
            ComponentOuterAliasKind::CoreModule => Sort::CoreModule,
            ComponentOuterAliasKind::CoreType => Sort::CoreType,
            ComponentOuterAliasKind::Type => Sort::Type,
            ComponentOuterAliasKind::Component => Sort::Component,
        }
    }
}

impl From<ExternalKind> for Sort {
    fn from(kind: ExternalKind) -> Sort {
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => Sort::CoreFunc,
            ExternalKind::Table => Sort::CoreTable,
            ExternalKind::Memory => Sort::CoreMemory,
            ExternalKind::Global => Sort::CoreGlobal,
            ExternalKind::Tag => Sort::CoreTag,
        }
    }
}

/// The identity of a definition: which index space, and which id within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Def {
    pub sort: Sort,
    pub id: u32,
}

impl Def {
    pub fn new(sort: impl Into<Sort>, id: u32) -> Def {
        Def { sort: sort.into(), id }
    }
}

/// One definition, import or export, in its place.
#[derive(Clone)]
pub(crate) struct Item<'a> {
    /// The definition that the item makes; `None` for custom sections and `start`.
    pub def: Option<Def>,
    pub kind: ItemKind<'a>,
}

/// The content of an item.
#[derive(Clone)]
pub(crate) enum ItemKind<'a> {
    CoreModule(Cow<'a, [u8]>),
    CoreInstance(Instance<'a>),
    CoreType(CoreType<'a>),
    Component(Box<Component<'a>>),
    Instance(ComponentInstance<'a>),
    Alias(ComponentAlias<'a>),
    Type(ComponentType<'a>),
    Canon(CanonicalFunction),
    Start(ComponentStartFunction),
    Import(ComponentImport<'a>),
    Export(ComponentExport<'a>),
    Custom {
        name: &'a str,
        data: Cow<'a, [u8]>,
    },
    /// The place of the `component-name` section; its content is [`Component::names`].
    Names,
}

/// A component as ordered items.
#[derive(Clone)]
pub(crate) struct Component<'a> {
    pub items: Vec<Item<'a>>,
    /// The types of the component as it was decoded: knows every id below the first inserted one.
    /// `None` for components made from nothing.
    types: Option<Arc<wasmparser::types::Types>>,
    /// The debug name of the component itself.
    pub name: Option<&'a str>,
    /// Debug names of definitions.
    pub names: HashMap<Def, &'a str>,
    next: [u32; SORTS],
}

impl<'a> Component<'a> {
    /// A component without items.
    pub fn new() -> Component<'a> {
        Component { items: Vec::new(), types: None, name: None, names: HashMap::new(), next: [0; SORTS] }
    }

    /// The validator's knowledge of the component as it was decoded. Its indices are the ids of
    /// original definitions.
    pub fn validated(&self) -> wasmparser::types::TypesRef<'_> {
        self.types.as_deref().expect("only decoded components are asked for their types").as_ref()
    }

    /// Whether core module `id` was there when the component was decoded.
    pub fn has_decoded_module(&self, id: CoreModuleId) -> bool {
        id.0 < self.validated().module_count()
    }

    /// A fresh id in the index space of `sort`.
    pub fn fresh_def(&mut self, sort: Sort) -> Def {
        let id = self.next[sort as usize];
        self.next[sort as usize] += 1;
        Def { sort, id }
    }

    /// A fresh id.
    pub fn fresh<I: Id>(&mut self) -> I {
        I::of(self.fresh_def(I::SORT))
    }

    /// An item of `kind` that defines a fresh id in the index space of `sort`.
    pub fn define(&mut self, sort: Sort, kind: ItemKind<'a>) -> (Def, Item<'a>) {
        let def = self.fresh_def(sort);
        (def, Item { def: Some(def), kind })
    }

    /// An item of `kind` that defines a fresh id of this type.
    pub fn define_as<I: Id>(&mut self, kind: ItemKind<'a>) -> (I, Item<'a>) {
        let id = self.fresh::<I>();
        (id, Item { def: Some(id.into()), kind })
    }

    /// Where each definition stands, for many look-ups in an unchanging component.
    pub fn positions(&self) -> IdMap<Def, usize> {
        self.items.iter().enumerate().filter_map(|(at, item)| Some((item.def?, at))).collect()
    }

    /// The definition behind `def`, if that is an export. `positions` are those of
    /// [`Component::positions`].
    pub fn behind_exports(&self, positions: &IdMap<Def, usize>, mut def: Def) -> Def {
        while let Some(ItemKind::Export(export)) = positions.get(&def).map(|at| &self.items[*at].kind) {
            def = Def::new(export.kind, export.index);
        }
        def
    }

    /// The first alias of the core export that `id` is an alias of, because components may alias an
    /// export more than once; else `id`.
    pub fn first_alias<I: Id>(&self, id: I) -> I {
        let of_core = |kind: &ItemKind<'a>| match kind {
            ItemKind::Alias(ComponentAlias::CoreInstanceExport { instance_index, name, .. }) => {
                Some((*instance_index, *name))
            }
            _ => None,
        };
        let Some(alias) = self.get(id.into()).and_then(of_core) else { return id };
        let same = self.items.iter().filter(|item| of_core(&item.kind) == Some(alias));
        same.filter_map(|item| item.def).find_map(I::try_of).unwrap_or(id)
    }

    /// The item that defines `def`.
    pub fn get(&self, def: Def) -> Option<&ItemKind<'a>> {
        self.items.iter().find(|item| item.def == Some(def)).map(|item| &item.kind)
    }

    /// Imports in order, with what they define.
    pub fn imports(&self) -> impl Iterator<Item = (Def, &ComponentImport<'a>)> {
        self.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Import(import) => Some((item.def?, import)),
            _ => None,
        })
    }

    /// Exports in order.
    pub fn exports(&self) -> impl Iterator<Item = &ComponentExport<'a>> {
        self.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Export(export) => Some(export),
            _ => None,
        })
    }
}

/// The index space that an import or a type ascription of this shape belongs to.
pub(crate) fn sort_of_type_ref(ty: &ComponentTypeRef) -> Sort {
    Sort::from(ty.kind())
}
