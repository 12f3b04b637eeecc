//! Makes components self-contained: definitions of enclosing components are copied into the
//! component that uses them.
//!
//! A composition is taken apart into its parts, so each part must have all definitions that it
//! uses. Core modules, types of values and of functions, and components are only definitions, so a
//! copy does as well. Resources, and imports of the enclosing component, cannot be copied.

use std::collections::HashMap;

use wasmparser::component_types::{ComponentAnyTypeId, ComponentDefinedTypeId};
use wasmparser::types::TypesRef;
use wasmparser::{
    ComponentAlias, ComponentType, ComponentTypeDeclaration, CoreType, InstanceTypeDeclaration, ModuleTypeDeclaration,
    OuterAliasKind,
};

use super::definitions::{HasResource, Structure};
use super::{Arena, Component, Def, Definitions, Item, ItemKind, Sort, TypeId};

/// Copies into each component with code the definitions that it uses of enclosing components;
/// `None` if nothing was copied. A component with code stays as it is if one of those definitions
/// cannot be copied; components nested in it are not closed on their own.
pub(crate) fn close<'a>(root: &Component<'a>, arena: &'a Arena) -> Option<Component<'a>> {
    within(root, &[], arena)
}

fn within<'a>(component: &Component<'a>, around: &[&Component<'a>], arena: &'a Arena) -> Option<Component<'a>> {
    if component.has_code() {
        return if component.is_closed() { None } else { Copies::new(component, around, arena).finish() };
    }
    let around = [around, &[component]].concat();
    let mut changed = None;
    for (at, item) in component.items.iter().enumerate() {
        let ItemKind::Component(nested) = &item.kind else { continue };
        if let Some(new) = within(nested, &around, arena) {
            let changed = changed.get_or_insert_with(|| component.clone());
            changed.items[at].kind = ItemKind::Component(Box::new(new));
        }
    }
    changed
}

/// Position of an alias that may lead out of the closed component.
#[derive(Clone, Copy)]
struct Place {
    /// Number of components and types that are open between the closed component and the alias.
    level: u32,
    /// The component whose items were at level 0 originally: `None` for the closed one itself, else
    /// an enclosing one, counted outwards from 0.
    home: Option<usize>,
}

impl Place {
    fn inside(self) -> Place {
        Place { level: self.level + 1, ..self }
    }

    /// The enclosing component that `count` leads to, counted outwards from 0; `None` for the
    /// closed one.
    fn outside(self, count: u32) -> Option<usize> {
        let beyond = count.checked_sub(self.level)? as usize;
        match self.home {
            Some(home) => Some(home + beyond),
            None => beyond.checked_sub(1),
        }
    }
}

/// A component that is being closed.
struct Copies<'c, 'a> {
    component: Component<'a>,
    /// The components around it, outermost first.
    around: &'c [&'c Component<'a>],
    arena: &'a Arena,
    /// The copies, which come first in the component.
    front: Vec<Item<'a>>,
    known: HashMap<(usize, Def), Def>,
    values: HashMap<ComponentDefinedTypeId, TypeId>,
}

/// The definition cannot be copied.
struct Uncopied;

type Copied<T> = Result<T, Uncopied>;

impl<'c, 'a> Copies<'c, 'a> {
    fn new(component: &Component<'a>, around: &'c [&'c Component<'a>], arena: &'a Arena) -> Copies<'c, 'a> {
        let component = component.clone();
        Copies { component, around, arena, front: Vec::new(), known: HashMap::new(), values: HashMap::new() }
    }

    fn finish(mut self) -> Option<Component<'a>> {
        let mut items = std::mem::take(&mut self.component.items);
        for item in &mut items {
            // An alias becomes the definition that it refers to, under the same id.
            let alias = match &item.kind {
                ItemKind::Alias(ComponentAlias::Outer { kind, count, index }) if *count > 0 => {
                    Some((*count as usize - 1, Def::new(*kind, *index)))
                }
                _ => None,
            };
            match alias {
                Some((up, def)) => item.kind = self.definition(up, def).ok()?,
                None => self.item(item, Place { level: 0, home: None }).ok()?,
            }
        }
        self.component.items = self.front.into_iter().chain(items).collect();
        Some(self.component)
    }

    /// The item kind that defines `def` of enclosing component `up`, for use in the closed one.
    fn definition(&mut self, up: usize, def: Def) -> Copied<ItemKind<'a>> {
        let outer = self.around.len().checked_sub(up + 1).map(|at| self.around[at]).ok_or(Uncopied)?;
        let place = Place { level: 0, home: Some(up) };
        match outer.get(def).ok_or(Uncopied)? {
            ItemKind::Alias(ComponentAlias::Outer { kind, count, index }) => {
                self.definition(up + *count as usize, Def::new(*kind, *index))
            }
            ItemKind::Export(export) => self.definition(up, Def::new(export.kind, export.index)),
            kind @ (ItemKind::CoreModule(_) | ItemKind::CoreType(_) | ItemKind::Component(_)) => {
                let mut item = Item { def: Some(def), kind: kind.clone() };
                self.item(&mut item, place)?;
                Ok(item.kind)
            }
            ItemKind::Type(ty @ (ComponentType::Instance(_) | ComponentType::Component(_))) => {
                let mut ty = ty.clone();
                self.ty(&mut ty, place)?;
                Ok(ItemKind::Type(ty))
            }
            _ if def.sort == Sort::Type => {
                let types = outer.validated();
                match types.component_any_type_at(def.id) {
                    ComponentAnyTypeId::Defined(id) => {
                        let defined = self.structure(types, |structure| structure.defined(&types[id]))?;
                        Ok(ItemKind::Type(ComponentType::Defined(defined)))
                    }
                    ComponentAnyTypeId::Func(id) => {
                        let func = self.structure(types, |structure| structure.func(&types[id]))?;
                        Ok(ItemKind::Type(ComponentType::Func(func)))
                    }
                    _ => Err(Uncopied),
                }
            }
            _ => Err(Uncopied),
        }
    }

    /// Runs `work` with definitions by structure, for types that `types` knows.
    fn structure<T>(
        &mut self,
        types: TypesRef<'_>,
        work: impl FnOnce(&mut Structure<'_, '_, 'a>) -> Result<T, HasResource>,
    ) -> Copied<T> {
        let Copies { component, front, values, arena, .. } = self;
        let mut define = |kind| {
            let (id, item) = component.define_as::<TypeId>(kind);
            front.push(item);
            id
        };
        work(&mut Structure { types, arena, values, define: &mut define }).map_err(|HasResource| Uncopied)
    }

    /// The copy of `def` of enclosing component `up`.
    fn copy(&mut self, up: usize, def: Def) -> Copied<Def> {
        if let Some(known) = self.known.get(&(up, def)) {
            return Ok(*known);
        }
        let kind = self.definition(up, def)?;
        let (copy, item) = self.component.define(def.sort, kind);
        self.front.push(item);
        self.known.insert((up, def), copy);
        Ok(copy)
    }

    /// Redirects the alias at `place` to a copy if it leads out of the closed component.
    fn alias(&mut self, place: Place, sort: Sort, count: &mut u32, index: &mut u32) -> Copied<()> {
        if let Some(up) = place.outside(*count) {
            *index = self.copy(up, Def::new(sort, *index))?.id;
            *count = place.level;
        }
        Ok(())
    }

    fn component_alias(&mut self, alias: &mut ComponentAlias<'a>, place: Place) -> Copied<()> {
        match alias {
            ComponentAlias::Outer { kind, count, index } => self.alias(place, (*kind).into(), count, index),
            _ => Ok(()),
        }
    }

    fn item(&mut self, item: &mut Item<'a>, place: Place) -> Copied<()> {
        match &mut item.kind {
            ItemKind::Alias(alias) => self.component_alias(alias, place),
            ItemKind::Type(ty) => self.ty(ty, place),
            ItemKind::Component(nested) => nested.items.iter_mut().try_for_each(|item| self.item(item, place.inside())),
            ItemKind::CoreType(CoreType::Module(declarations)) => {
                declarations.iter_mut().try_for_each(|declaration| match declaration {
                    ModuleTypeDeclaration::OuterAlias { kind: OuterAliasKind::Type, count, index } => {
                        self.alias(place.inside(), Sort::CoreType, count, index)
                    }
                    _ => Ok(()),
                })
            }
            _ => Ok(()),
        }
    }

    fn ty(&mut self, ty: &mut ComponentType<'a>, place: Place) -> Copied<()> {
        let place = place.inside();
        match ty {
            ComponentType::Instance(declarations) => {
                declarations.iter_mut().try_for_each(|declaration| match declaration {
                    InstanceTypeDeclaration::Type(ty) => self.ty(ty, place),
                    InstanceTypeDeclaration::Alias(alias) => self.component_alias(alias, place),
                    _ => Ok(()),
                })
            }
            ComponentType::Component(declarations) => {
                declarations.iter_mut().try_for_each(|declaration| match declaration {
                    ComponentTypeDeclaration::Type(ty) => self.ty(ty, place),
                    ComponentTypeDeclaration::Alias(alias) => self.component_alias(alias, place),
                    _ => Ok(()),
                })
            }
            _ => Ok(()),
        }
    }
}
