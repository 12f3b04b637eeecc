//! Gives a component types of its own if its imports and exports mention value types of imports
//! that are removed.
//!
//! By the rule of [`Types`]: such a type is defined where it is named, or becomes an import of the
//! component.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use wasmparser::component_types::ComponentAnyTypeId;
use wasmparser::{
    ComponentAlias, ComponentExport, ComponentExternalKind, ComponentImport, ComponentInstance, ComponentType,
    ComponentTypeRef, WasmFeatures,
};

use super::types::Types;
use super::unit::{Package, Provider, Unit};
use super::{imports, names};
use crate::Error;
use crate::component::{
    Arena, Component, Def, Definitions, Id, InstanceId, Item, ItemKind, Sort, Structure, TypeId, renumbered,
};
use crate::wasi::program;

/// `component` with types of its own instead of those of its imports `gone`.
pub(crate) fn with_own_types<'a>(
    component: &Component<'a>,
    gone: &HashSet<InstanceId>,
    arena: &'a Arena,
) -> Result<Component<'a>, Error> {
    let is_gone = |def: Def| InstanceId::try_of(def).is_some_and(|def| gone.contains(&def));
    let names = component.imports().filter(|(def, _)| is_gone(*def)).map(|(_, import)| import.name.name).collect();
    let bytes = arena.bytes(component.encode().map_err(Error::unsound)?);
    let package = Rc::new(Package::of(bytes, arena)?);
    let mut edit = Edit::new(&package, &names, arena);
    edit.say_again(package.clone(), &names)?;
    edit.set_apart();
    edit.component.items.splice(0..0, edit.new);
    edit.component.order();
    let bytes = arena.bytes(edit.component.encode().map_err(Error::unsound)?);
    Component::decode(bytes, WasmFeatures::all()).map_err(Error::unsound)
}

struct Edit<'a> {
    component: Component<'a>,
    arena: &'a Arena,
    /// The imports that go, and every definition that refers to one of them, directly or not.
    gone: HashSet<Def>,
    dependent: HashSet<Def>,
    new: Vec<Item<'a>>,
}

impl<'a> Edit<'a> {
    fn new(package: &Package<'a>, names: &BTreeSet<&str>, arena: &'a Arena) -> Edit<'a> {
        let component = package.component.clone();
        let gone = component.imports().filter(|(_, import)| names.contains(import.name.name)).map(|(def, _)| def);
        let gone: HashSet<Def> = gone.collect();
        let mut dependent = gone.clone();
        for item in &component.items {
            if item.references().iter().any(|def| dependent.contains(def)) {
                dependent.extend(item.def);
            }
        }
        Edit { component, arena, gone, dependent, new: Vec::new() }
    }

    /// Imports that mention imports that go, and exports that mention types without a name then,
    /// get the types that a root around the component would give them.
    fn say_again(&mut self, package: Rc<Package<'a>>, names: &BTreeSet<&str>) -> Result<(), Error> {
        let providers = package.component.imports().map(|(_, import)| {
            let name = import.name.name;
            (name, if names.contains(name) { Provider::Type } else { Provider::Host(vec![name.to_string()]) })
        });
        let units = vec![Unit { providers: providers.collect(), package: package.clone() }];
        let imports = imports(self.arena, None, &units);
        let mut types = Types::new(self.arena, units, imports);
        let unit = types.root.fresh::<InstanceId>();
        types.instances = vec![unit];
        types.import_all()?;
        // Each definition of the root, with its definition in the component.
        let mut becomes: HashMap<Def, Def> = HashMap::new();
        let mut exports = HashMap::new();
        let mut ascriptions = Vec::new();
        for (at, item) in package.component.items.iter().enumerate() {
            let (ItemKind::Export(export), Some(def)) = (&item.kind, item.def) else { continue };
            let path = vec![export.name.name.to_string()];
            exports.insert(export.name.name, Def::new(export.kind, export.index));
            let is_own = program::role(export.name.name).is_none();
            let ty = if is_own { names::ascription(&mut types, 0, &path)? } else { None };
            ascriptions.extend(ty.map(|ty| (at, ty)));
            let exported = types.root.fresh_def(def.sort);
            becomes.insert(exported, def);
            types.exported.insert((0, path), (exported, ty.is_some()));
        }
        let own: HashMap<&str, Def> =
            package.component.imports().map(|(def, import)| (import.name.name, def)).collect();
        for item in types.root.items {
            let Some(def) = item.def else { continue };
            let known = match &item.kind {
                ItemKind::Import(import) => own.get(import.name.name).copied(),
                ItemKind::Alias(ComponentAlias::InstanceExport { instance_index, name, .. })
                    if InstanceId(*instance_index) == unit =>
                {
                    exports.get(name).copied()
                }
                _ => None,
            };
            let new = known.unwrap_or_else(|| self.component.fresh_def(def.sort));
            becomes.insert(def, new);
            if known.is_none() || self.dependent.contains(&new) && matches!(item.kind, ItemKind::Import(_)) {
                let kind = renumbered(&item.kind, &|def| becomes[&def]);
                let kind = kind.ok_or_else(|| Error::unsound(format!("a root imports by {def:?}")))?;
                match self.component.items.iter_mut().find(|item| item.def == Some(new)) {
                    Some(item) => item.kind = kind,
                    None => self.new.push(Item { def: Some(new), kind }),
                }
            }
        }
        for (at, ty) in ascriptions {
            let ItemKind::Export(export) = &mut self.component.items[at].kind else { continue };
            let import = ItemKind::Import(ComponentImport { name: export.name, ty });
            if let Some(ItemKind::Import(import)) = renumbered(&import, &|def| becomes[&def]) {
                export.ty = Some(import.ty);
            }
        }
        Ok(())
    }

    /// Imports that go keep the types that they are made of, under other ids. Elsewhere, an alias
    /// of a value type of such an import becomes the type's definition.
    fn set_apart(&mut self) {
        let reached = self.component.reached(|item| item.def.is_some_and(|def| self.gone.contains(&def)));
        let mut apart: HashMap<Def, Def> = HashMap::new();
        let mut components_items = std::mem::take(&mut self.component.items);
        for (item, _) in components_items.iter_mut().zip(reached).filter(|(_, is_reached)| *is_reached) {
            let kind = renumbered(&item.kind, &|def| apart.get(&def).copied().unwrap_or(def));
            match (item.def, kind) {
                (Some(def), Some(kind @ ItemKind::Import(_))) if self.gone.contains(&def) => item.kind = kind,
                (Some(def), Some(kind @ (ItemKind::Type(_) | ItemKind::Alias(_)))) if def.sort == Sort::Type => {
                    let (id, new) = self.component.define(Sort::Type, kind);
                    apart.insert(def, id);
                    self.new.push(new);
                }
                _ => {}
            }
        }
        let types = self.component.clone();
        let types = types.validated();
        let (mut values, mut aliases) = (HashMap::new(), HashMap::new());
        for item in &mut components_items {
            let (ItemKind::Alias(ComponentAlias::InstanceExport { kind, instance_index, .. }), Some(def)) =
                (&item.kind, item.def)
            else {
                continue;
            };
            let is_gone = self.gone.contains(&Def::from(InstanceId(*instance_index)));
            let (true, ComponentExternalKind::Type) = (is_gone, *kind) else { continue };
            let ComponentAnyTypeId::Defined(id) = types.component_any_type_at(def.id) else { continue };
            let mut define = |kind| {
                let (id, new) = self.component.define_as::<TypeId>(kind);
                self.new.push(new);
                id
            };
            let mut structure = Structure { types, arena: self.arena, values: &mut values, define: &mut define };
            // Types with resources of an import that goes stay as they are: nothing else mentions
            // them.
            if let Ok(ty) = structure.defined(&types[id]) {
                aliases.insert(def, std::mem::replace(&mut item.kind, ItemKind::Type(ComponentType::Defined(ty))));
            }
        }
        self.keep_programs(&mut components_items, &aliases);
        self.component.items = components_items;
    }

    /// Exported programs are rewritten later. Until then their types have the names that they have
    /// in the imports that go, by `aliases` that became definitions elsewhere.
    fn keep_programs(&mut self, items: &mut [Item<'a>], aliases: &HashMap<Def, ItemKind<'a>>) {
        let programs: HashSet<Def> = items.iter().filter_map(exported_program).collect();
        let mut kept: HashMap<Def, Def> = HashMap::new();
        let mut keep = |component: &mut Component<'a>, new: &mut Vec<Item<'a>>, def: Def| {
            let Some(alias) = aliases.get(&def) else { return def };
            *kept.entry(def).or_insert_with(|| {
                let (known, item) = component.define(Sort::Type, alias.clone());
                new.push(item);
                known
            })
        };
        for at in 0..items.len() {
            let is_program = exported_program(&items[at]).is_some();
            let is_instance = items[at].def.is_some_and(|def| programs.contains(&def));
            match &mut items[at].kind {
                ItemKind::Instance(ComponentInstance::Instantiate { args, .. }) if is_instance => {
                    for arg in args.iter_mut().filter(|arg| arg.kind == ComponentExternalKind::Type) {
                        arg.index = keep(&mut self.component, &mut self.new, Def::new(Sort::Type, arg.index)).id;
                    }
                }
                ItemKind::Instance(ComponentInstance::FromExports(exports)) if is_instance => {
                    for export in exports.iter_mut().filter(|export| export.kind == ComponentExternalKind::Type) {
                        export.index = keep(&mut self.component, &mut self.new, Def::new(Sort::Type, export.index)).id;
                    }
                }
                ItemKind::Export(ComponentExport { ty: Some(ComponentTypeRef::Instance(ascribed)), .. })
                    if is_program =>
                {
                    let def = Def::new(Sort::Type, *ascribed);
                    let Some(item) = items.iter().find(|item| item.def == Some(def)) else { continue };
                    let mentioned: HashMap<Def, Def> = item
                        .references()
                        .into_iter()
                        .map(|def| (def, keep(&mut self.component, &mut self.new, def)))
                        .collect();
                    let kind = renumbered(&item.kind, &|def| mentioned.get(&def).copied().unwrap_or(def));
                    let Some(kind) = kind else { continue };
                    let (known, item) = self.component.define(Sort::Type, kind);
                    self.new.push(item);
                    if let ItemKind::Export(export) = &mut items[at].kind {
                        export.ty = Some(ComponentTypeRef::Instance(known.id));
                    }
                }
                _ => {}
            }
        }
    }
}

/// The definition that `item` exports as a program.
fn exported_program(item: &Item<'_>) -> Option<Def> {
    let ItemKind::Export(export) = &item.kind else { return None };
    program::role(export.name.name)?;
    Some(Def::new(Sort::from(export.kind), export.index))
}
