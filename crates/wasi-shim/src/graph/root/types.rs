//! Types of components, defined again at the root or in a type of the root.
//!
//! The validator knows a type of a component by an id of its own, the root by a [`TypeId`], which
//! in a type of the root is the index there. [`Types`] maps the one to the other: that of the
//! import or export of the root that names the type, or of a copy. Records, variants, enums and
//! flags must have a name wherever an import or export mentions them; if the root does not import
//! their interface, it imports them as types of its own, as a WIT world with a `record` does.

use std::collections::{HashMap, HashSet};
use std::ops::{Index, IndexMut};
use std::rc::Rc;

use indexmap::IndexMap;
use wasmparser::component_types::{
    AliasableResourceId, ComponentAnyTypeId, ComponentDefinedTypeId, ComponentEntityType, ComponentItem,
    ComponentValType as KnownVal, ResourceId,
};
use wasmparser::{
    ComponentAlias, ComponentExternName, ComponentExternalKind, ComponentImport, ComponentOuterAliasKind,
    ComponentType, ComponentTypeDeclaration, ComponentTypeRef, ComponentValType, InstanceTypeDeclaration, TypeBounds,
};

use super::unit::{Place, Provider, Side, Unit};
use super::{Merge, core_type};
use crate::Error;
use crate::component::{
    Arena, Component, Def, Definitions, Id, InstanceId, ItemKind, SORTS, Sort, TypeId, fresh_name, sort_of_type_ref,
    types,
};

/// The item that the root imports, or that an instance exports, under a name.
#[derive(Clone)]
pub(super) enum Wanted<'p> {
    /// An item that is `ty` of a unit. `defines` tells that the name defines a resource.
    Item { unit: usize, ty: ComponentEntityType, name: ComponentExternName<'p>, defines: bool },
    /// An instance with these members.
    Instance { name: ComponentExternName<'p>, members: Members<'p> },
}

/// Wanted items, by name.
pub(super) type Members<'p> = IndexMap<String, Wanted<'p>>;

/// Where the path of a place begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    /// The root's imports.
    Imports,
    /// The exports of a unit.
    Exports(usize),
}

/// How many types are open around a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Level(usize);

impl Level {
    pub const ROOT: Level = Level(0);
    /// The types of what the root imports or exports.
    const MEMBER: Level = Level(1);
}

/// The root, or a type of an instance or component that is being defined in it.
struct Scope<'p> {
    /// The place of the instance that the scope is the type of.
    place: Option<(Space, Vec<String>)>,
    /// The members of the scope, which are defined when they are mentioned, or at the end.
    members: Rc<Members<'p>>,
    defined: HashMap<String, Def>,
    /// The members whose definition is under way.
    open: HashSet<String>,
    /// The definitions here of types of units.
    types: HashMap<(usize, ComponentAnyTypeId), TypeId>,
    resources: HashMap<(usize, ResourceId), TypeId>,
    /// The aliases here of members of instances, and of types of outer scopes.
    aliases: HashMap<(Def, String), Def>,
    outer: HashMap<(Level, TypeId), TypeId>,
    /// The declarations of the type; the root's items are those of the component.
    declarations: Vec<ComponentTypeDeclaration<'p>>,
    count: [u32; SORTS],
}

impl<'p> Scope<'p> {
    fn new(place: Option<(Space, Vec<String>)>, members: Members<'p>) -> Scope<'p> {
        Scope {
            place,
            members: Rc::new(members),
            defined: HashMap::new(),
            open: HashSet::new(),
            types: HashMap::new(),
            resources: HashMap::new(),
            aliases: HashMap::new(),
            outer: HashMap::new(),
            declarations: Vec::new(),
            count: [0; SORTS],
        }
    }
}

impl<'p> Index<Level> for Vec<Scope<'p>> {
    type Output = Scope<'p>;

    fn index(&self, level: Level) -> &Scope<'p> {
        &self[level.0]
    }
}

impl<'p> IndexMut<Level> for Vec<Scope<'p>> {
    fn index_mut(&mut self, level: Level) -> &mut Scope<'p> {
        &mut self[level.0]
    }
}

/// The root under construction, as far as types are concerned.
pub(super) struct Types<'p> {
    pub arena: &'p Arena,
    pub units: Vec<Unit<'p>>,
    pub root: Component<'p>,
    /// The instances of the units, once they are made.
    pub instances: Vec<InstanceId>,
    /// The root's exports, by unit and path, and whether they are ascribed a type.
    pub exported: HashMap<(usize, Vec<String>), (Def, bool)>,
    /// The root first.
    scopes: Vec<Scope<'p>>,
}

impl<'p> Types<'p> {
    /// A root for `units` that imports `imports`.
    pub fn new(arena: &'p Arena, units: Vec<Unit<'p>>, imports: Members<'p>) -> Types<'p> {
        let scopes = vec![Scope::new(Some((Space::Imports, Vec::new())), imports)];
        Types { arena, units, root: Component::new(), instances: Vec::new(), exported: HashMap::new(), scopes }
    }

    /// Defines all imports of the root.
    pub fn import_all(&mut self) -> Result<(), Error> {
        let imports = self.scopes[Level::ROOT].members.clone();
        imports.keys().try_for_each(|name| self.member(Level::ROOT, name).map(drop))
    }

    /// The root's import that `path` leads to.
    pub fn host(&mut self, path: &[String]) -> Result<Def, Error> {
        let sort = self.wanted(path).map(|wanted| match wanted {
            Wanted::Item { ty, .. } => sort_of(*ty),
            Wanted::Instance { .. } => Sort::Instance,
        });
        let sort = sort.ok_or_else(|| Error::unsound(format!("`{}` is not imported by the root", path.join("#"))))?;
        let first = self.member(Level::ROOT, &path[0])?;
        self.along(Level::ROOT, first, &path[1..], sort)
    }

    fn wanted(&self, path: &[String]) -> Option<&Wanted<'p>> {
        let (first, members) = path.split_first()?;
        let mut found = self.scopes[Level::ROOT].members.get(first)?;
        for name in members {
            let Wanted::Instance { members, .. } = found else { return None };
            found = members.get(name)?;
        }
        Some(found)
    }

    /// The definition of `sort` that `path` leads to from instance `def` of the scope at `level`.
    pub fn along(&mut self, level: Level, mut def: Def, path: &[String], sort: Sort) -> Result<Def, Error> {
        for (at, name) in path.iter().enumerate() {
            let sort = if at + 1 == path.len() { sort } else { Sort::Instance };
            let key = (def, name.clone());
            def = match self.scopes[level].aliases.get(&key) {
                Some(known) => *known,
                None => {
                    let name = self.arena.text(name);
                    let alias = ComponentAlias::InstanceExport { kind: external(sort), instance_index: def.id, name };
                    let alias = self.declare(level, sort, ComponentTypeDeclaration::Alias(alias));
                    self.scopes[level].aliases.insert(key, alias);
                    alias
                }
            };
        }
        Ok(def)
    }

    /// The type that `path` leads to from `def` of the scope at `level`.
    fn type_along(&mut self, level: Level, def: Def, path: &[String]) -> Result<TypeId, Error> {
        self.along(level, def, path, Sort::Type).map(TypeId::of)
    }

    /// Adds a definition to the scope at `level`.
    fn declare(&mut self, level: Level, sort: Sort, declaration: ComponentTypeDeclaration<'p>) -> Def {
        if level != Level::ROOT {
            let scope = &mut self.scopes[level];
            scope.declarations.push(declaration);
            let id = scope.count[sort as usize];
            scope.count[sort as usize] += 1;
            return Def::new(sort, id);
        }
        let kind = match declaration {
            ComponentTypeDeclaration::CoreType(ty) => ItemKind::CoreType(ty),
            ComponentTypeDeclaration::Type(ty) => ItemKind::Type(ty),
            ComponentTypeDeclaration::Alias(alias) => ItemKind::Alias(alias),
            // A name that is declared at the root is an import of the root.
            ComponentTypeDeclaration::Export { name, ty } => ItemKind::Import(ComponentImport { name, ty }),
            ComponentTypeDeclaration::Import(import) => ItemKind::Import(import),
        };
        self.define(sort, kind)
    }

    /// Adds a type to the scope at `level`.
    fn declare_type(&mut self, level: Level, declaration: ComponentTypeDeclaration<'p>) -> TypeId {
        TypeId::of(self.declare(level, Sort::Type, declaration))
    }

    /// Adds a definition of `sort` to the root.
    pub fn define(&mut self, sort: Sort, kind: ItemKind<'p>) -> Def {
        let (def, item) = self.root.define(sort, kind);
        self.root.items.push(item);
        def
    }

    /// Adds a definition to the root.
    pub fn define_as<I: Id>(&mut self, kind: ItemKind<'p>) -> I {
        I::of(self.define(I::SORT, kind))
    }

    fn top(&self) -> Level {
        Level(self.scopes.len() - 1)
    }

    /// The levels from the innermost down to `lowest`.
    fn levels(&self, lowest: Level) -> impl Iterator<Item = Level> + use<> {
        (lowest.0..self.scopes.len()).rev().map(Level)
    }

    /// Runs `work` with the scope at `level` as the innermost.
    fn at<T>(&mut self, level: Level, work: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        let inner = self.scopes.split_off(level.0 + 1);
        let done = work(self);
        self.scopes.extend(inner);
        done
    }

    /// Member `name` of the scope at `level`; it is defined now if it is not yet.
    fn member(&mut self, level: Level, name: &str) -> Result<Def, Error> {
        if let Some(def) = self.scopes[level].defined.get(name) {
            return Ok(*def);
        }
        let Some(wanted) = self.scopes[level].members.get(name).cloned() else {
            return Err(Error::unsound(format!("a type is said to be in `{name}`, which does not have it")));
        };
        // Two units define two resources by each other, so no order of definitions is right.
        if !self.scopes[level].open.insert(name.to_string()) {
            return Err(Error::unsupported(format!("imports of `{name}` that define its types by each other")));
        }
        let resource = match wanted {
            Wanted::Item {
                unit,
                ty: ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), .. },
                defines: true,
                ..
            } => Some((unit, id.resource())),
            _ => None,
        };
        let def = self.at(level, |this| {
            let (name, ty) = match wanted {
                Wanted::Item { name, defines: true, .. } => {
                    (name, ComponentTypeRef::Type(this.defined_resource(name.name)?))
                }
                Wanted::Item { unit, ty, name, defines: false } => (name, this.reference(unit, ty)?),
                Wanted::Instance { name, members } => {
                    let place = this.scopes[level].place.clone().map(|(space, mut path)| {
                        path.push(name.name.to_string());
                        (space, path)
                    });
                    let ty = this.instance_type(place, members)?;
                    (name, ComponentTypeRef::Instance(ty.into()))
                }
            };
            let sort = sort_of_type_ref(&ty);
            Ok(this.declare(level, sort, ComponentTypeDeclaration::Export { name, ty }))
        })?;
        let scope = &mut self.scopes[level];
        scope.defined.insert(name.to_string(), def);
        if let (Some(resource), Some((Space::Exports(_), _))) = (resource, &scope.place) {
            scope.resources.insert(resource, TypeId::of(def));
        }
        Ok(def)
    }

    /// How the innermost scope declares the resource that its member `name` defines.
    fn defined_resource(&mut self, name: &str) -> Result<TypeBounds, Error> {
        let top = self.top();
        let Some((Space::Exports(unit), path)) = &self.scopes[top].place else { return Ok(TypeBounds::SubResource) };
        // The type of an export must mean the unit's own resource.
        let instance = self.instances[*unit];
        let path: Vec<String> = path.iter().cloned().chain([name.to_string()]).collect();
        let resource = self.type_along(Level::ROOT, instance.into(), &path)?;
        Ok(TypeBounds::Eq(self.reach(Level::ROOT, resource).into()))
    }

    /// The type of an instance with `members`, in the innermost scope.
    fn instance_type(&mut self, place: Option<(Space, Vec<String>)>, members: Members<'p>) -> Result<TypeId, Error> {
        self.scopes.push(Scope::new(place, members));
        let top = self.top();
        let members = self.scopes[top].members.clone();
        members.keys().try_for_each(|name| self.member(top, name).map(drop))?;
        let ty = self.close_instance();
        Ok(self.add(ty))
    }

    /// The type of export `path` of `unit`, an instance, as the root exports it.
    pub fn exported_instance(&mut self, unit: usize, path: &[String]) -> Result<TypeId, Error> {
        let package = self.units[unit].package.clone();
        let mut members = Members::new();
        let place = Place { side: Side::Export, path: path.to_vec() };
        let merge = Merge { arena: self.arena, unit, package: &package };
        if let Some(ComponentEntityType::Instance(id)) = package.export(path) {
            merge.add_members(&mut members, &place, id);
        }
        self.name_resources(&mut members, &mut HashSet::new())?;
        self.instance_type(Some((Space::Exports(unit), path.to_vec())), members)
    }

    /// A resource of another export that the root does not have is defined by the first member that
    /// names it.
    fn name_resources(&mut self, members: &mut Members<'p>, named: &mut HashSet<ResourceId>) -> Result<(), Error> {
        for wanted in members.values_mut() {
            match wanted {
                Wanted::Instance { members, .. } => self.name_resources(members, &mut named.clone())?,
                Wanted::Item { unit, ty: ComponentEntityType::Type { referenced, .. }, defines, .. } => {
                    let ComponentAnyTypeId::Resource(id) = *referenced else { continue };
                    if !*defines && !named.contains(&id.resource()) {
                        *defines = self.find(*unit, *referenced)?.is_none();
                    }
                    if *defines {
                        named.insert(id.resource());
                    }
                }
                Wanted::Item { .. } => {}
            }
        }
        Ok(())
    }

    fn close(&mut self) -> Vec<ComponentTypeDeclaration<'p>> {
        self.scopes.pop().map(|scope| scope.declarations).unwrap_or_default()
    }

    fn close_instance(&mut self) -> ComponentType<'p> {
        let declarations = self.close().into_iter().map(|declaration| match declaration {
            ComponentTypeDeclaration::CoreType(ty) => InstanceTypeDeclaration::CoreType(ty),
            ComponentTypeDeclaration::Type(ty) => InstanceTypeDeclaration::Type(ty),
            ComponentTypeDeclaration::Alias(alias) => InstanceTypeDeclaration::Alias(alias),
            ComponentTypeDeclaration::Export { name, ty } => InstanceTypeDeclaration::Export { name, ty },
            ComponentTypeDeclaration::Import(_) => unreachable!("types of instances import nothing"),
        });
        ComponentType::Instance(declarations.collect())
    }

    /// Adds a type to the innermost scope.
    fn add(&mut self, ty: ComponentType<'p>) -> TypeId {
        self.declare_type(self.top(), ComponentTypeDeclaration::Type(ty))
    }

    /// How an import or export of the innermost scope mentions `ty` of `unit`.
    pub fn reference(&mut self, unit: usize, ty: ComponentEntityType) -> Result<ComponentTypeRef, Error> {
        Ok(match ty {
            ComponentEntityType::Func(id) => {
                ComponentTypeRef::Func(self.ty(unit, ComponentAnyTypeId::Func(id))?.into())
            }
            ComponentEntityType::Instance(id) => {
                ComponentTypeRef::Instance(self.ty(unit, ComponentAnyTypeId::Instance(id))?.into())
            }
            ComponentEntityType::Component(id) => {
                ComponentTypeRef::Component(self.ty(unit, ComponentAnyTypeId::Component(id))?.into())
            }
            ComponentEntityType::Value(_) => return Err(Error::unsupported("values that are imported or exported")),
            ComponentEntityType::Module(id) => {
                let package = self.units[unit].package.clone();
                let ty = core_type::of_module(package.types(), id, self.arena)?;
                let def = self.declare(self.top(), Sort::CoreType, ComponentTypeDeclaration::CoreType(ty));
                ComponentTypeRef::Module(def.id)
            }
            ComponentEntityType::Type { referenced, .. } => {
                ComponentTypeRef::Type(match self.bound(unit, referenced)? {
                    Some(ty) => TypeBounds::Eq(ty.into()),
                    None => TypeBounds::SubResource,
                })
            }
        })
    }

    /// The type that `unit` imports as `name`, defined in the root.
    pub fn imported_type(&mut self, unit: usize, name: &str) -> Result<TypeId, Error> {
        let item = self.units[unit].package.types().component_item_for_import(name).map(|item| item.ty);
        let ty = match item {
            Some(ComponentEntityType::Type { referenced, .. }) => self.bound(unit, referenced)?,
            _ => None,
        };
        ty.ok_or_else(|| Error::unsound(format!("import `{name}` does not say its type")))
    }

    /// The type that an import or export of a type is equal to; `None` for a resource that it
    /// defines.
    ///
    /// A member of an instance is never equal to a type of the root's own, because no interface in
    /// WIT can use a type of its world.
    fn bound(&mut self, unit: usize, id: ComponentAnyTypeId) -> Result<Option<TypeId>, Error> {
        let is_value = matches!(id, ComponentAnyTypeId::Defined(_));
        let lowest = if is_value { self.top().min(Level::MEMBER) } else { Level::ROOT };
        if let Some(ty) = self.find_from(lowest, unit, id)? {
            return Ok(Some(ty));
        }
        match id {
            ComponentAnyTypeId::Resource(_) => Ok(None),
            id => self.copy(unit, id).map(Some),
        }
    }

    /// Type `id` of `unit` in the innermost scope.
    fn ty(&mut self, unit: usize, id: ComponentAnyTypeId) -> Result<TypeId, Error> {
        if let Some(ty) = self.find(unit, id)? {
            return Ok(ty);
        }
        match id {
            ComponentAnyTypeId::Resource(_) => Err(Error::unsound("a resource has no name at the root")),
            ComponentAnyTypeId::Defined(defined) if self.is_nominal(unit, defined) => {
                match self.name_here(Level::ROOT, unit, id)? {
                    Some(ty) => Ok(ty),
                    None => self.name_at_root(unit, id),
                }
            }
            id => {
                // A type that has a name in an interface is mentioned by that name, as in WIT.
                if self.top() != Level::ROOT
                    && let ComponentAnyTypeId::Defined(_) = id
                    && let Some(ty) = self.name_here(Level::MEMBER, unit, id)?
                {
                    return Ok(ty);
                }
                let ty = self.copy(unit, id)?;
                let top = self.top();
                self.scopes[top].types.insert((unit, id), ty);
                Ok(ty)
            }
        }
    }

    fn is_nominal(&self, unit: usize, id: ComponentDefinedTypeId) -> bool {
        types::is_nominal(&self.units[unit].package.types()[id])
    }

    /// Type `id` of `unit` in the innermost scope, if it is defined, or has a name.
    fn find(&mut self, unit: usize, id: ComponentAnyTypeId) -> Result<Option<TypeId>, Error> {
        self.find_from(Level::ROOT, unit, id)
    }

    /// Like `find`, but types of scopes outside the one at `lowest` must have a name.
    fn find_from(&mut self, lowest: Level, unit: usize, id: ComponentAnyTypeId) -> Result<Option<TypeId>, Error> {
        for level in self.levels(lowest) {
            let scope = &self.scopes[level];
            let of_resource = || match id {
                ComponentAnyTypeId::Resource(id) => scope.resources.get(&(unit, id.resource())),
                _ => None,
            };
            if let Some(ty) = scope.types.get(&(unit, id)).or_else(of_resource).copied() {
                return Ok(Some(self.reach(level, ty)));
            }
        }
        let package = self.units[unit].package.clone();
        if let Some(place) = package.place(id)
            && let Some(ty) = self.named(lowest, unit, place)?
        {
            return Ok(Some(ty));
        }
        match package.types().peel_alias(id) {
            Some(aliased) => self.find_from(lowest, unit, aliased),
            None => Ok(None),
        }
    }

    /// Type `ty` of the scope at `level`, in the innermost scope.
    fn reach(&mut self, level: Level, ty: TypeId) -> TypeId {
        let top = self.top();
        if level == top {
            return ty;
        }
        if let Some(known) = self.scopes[top].outer.get(&(level, ty)) {
            return *known;
        }
        let (kind, count) = (ComponentOuterAliasKind::Type, (top.0 - level.0) as u32);
        let alias = ComponentTypeDeclaration::Alias(ComponentAlias::Outer { kind, count, index: ty.into() });
        let known = self.declare_type(top, alias);
        self.scopes[top].outer.insert((level, ty), known);
        known
    }

    /// The type at `place` of `unit`, in the innermost scope, if the root has a name for it.
    fn named(&mut self, lowest: Level, unit: usize, place: &Place) -> Result<Option<TypeId>, Error> {
        let (space, path) = match place.side {
            Side::Export => (Space::Exports(unit), place.path.clone()),
            Side::Import => match self.units[unit].provider(&place.path[0])? {
                Provider::Host(path) => (Space::Imports, [&path[..], &place.path[1..]].concat()),
                Provider::Type => return Ok(None),
                Provider::Unit(other, path) => {
                    let path = [&path[..], &place.path[1..]].concat();
                    let other = *other;
                    let found = self.units[other].package.export(&path);
                    let Some(ComponentEntityType::Type { referenced, created }) = found else { return Ok(None) };
                    return match self.find_from(lowest, other, created)? {
                        Some(ty) => Ok(Some(ty)),
                        None => self.find_from(lowest, other, referenced),
                    };
                }
            },
        };
        for level in self.levels(Level::ROOT) {
            let Some((known, prefix)) = &self.scopes[level].place else { continue };
            let Some([first, rest @ ..]) = path.strip_prefix(&prefix[..]).filter(|_| *known == space) else { continue };
            let (first, rest) = (first.clone(), rest.to_vec());
            let member = self.member(level, &first)?;
            let ty = self.type_along(level, member, &rest)?;
            return Ok(Some(self.reach(level, ty)));
        }
        // An export that the root has already names the types in it.
        let exported = (1..=path.len()).find_map(|len| {
            let known = self.exported.get(&(unit, path[..len].to_vec()))?;
            Some((known.0, path[len..].to_vec()))
        });
        let Some((def, rest)) = exported.filter(|_| place.side == Side::Export) else { return Ok(None) };
        let ty = self.type_along(Level::ROOT, def, &rest)?;
        Ok(Some(self.reach(Level::ROOT, ty)))
    }

    /// The type in the innermost scope, if that scope, or one around it down to `lowest`, names the
    /// same type: an interface may use a type of another that it also finds inside of a third.
    fn name_here(&mut self, lowest: Level, unit: usize, id: ComponentAnyTypeId) -> Result<Option<TypeId>, Error> {
        let (unit, id, _) = self.origin(unit, id);
        for level in self.levels(lowest) {
            let members = self.scopes[level].members.clone();
            let name = members.iter().find_map(|(name, wanted)| match wanted {
                Wanted::Item { unit: by, ty: ComponentEntityType::Type { referenced, .. }, .. } => {
                    let (by, referenced, _) = self.origin(*by, *referenced);
                    ((by, referenced) == (unit, id)).then_some(name)
                }
                _ => None,
            });
            if let Some(name) = name {
                let ty = TypeId::of(self.member(level, name)?);
                return Ok(Some(self.reach(level, ty)));
            }
        }
        Ok(None)
    }

    /// Gives a type without a name at the root one: it becomes an import of the root, equal to its
    /// definition.
    fn name_at_root(&mut self, unit: usize, id: ComponentAnyTypeId) -> Result<TypeId, Error> {
        let (unit, id, name) = self.origin(unit, id);
        if let Some(ty) = self.scopes[Level::ROOT].types.get(&(unit, id)).copied() {
            return Ok(self.reach(Level::ROOT, ty));
        }
        let ty = self.at(Level::ROOT, |this| {
            let definition = this.copy(unit, id)?;
            let name = name.unwrap_or_else(|| "type".to_string());
            let taken: Vec<String> = this.scopes[Level::ROOT]
                .members
                .keys()
                .chain(this.scopes[Level::ROOT].defined.keys())
                .cloned()
                .collect();
            let name = fresh_name(name, |name| taken.iter().any(|taken| taken.eq_ignore_ascii_case(name)));
            let ty = ComponentTypeRef::Type(TypeBounds::Eq(definition.into()));
            let import = ComponentTypeDeclaration::Export { name: this.arena.name(&name), ty };
            let ty = this.declare_type(Level::ROOT, import);
            this.scopes[Level::ROOT].defined.insert(name, ty.into());
            this.scopes[Level::ROOT].types.insert((unit, id), ty);
            Ok(ty)
        })?;
        Ok(self.reach(Level::ROOT, ty))
    }

    /// The unit that defines a type, the type there, and its name.
    fn origin(&self, mut unit: usize, mut id: ComponentAnyTypeId) -> (usize, ComponentAnyTypeId, Option<String>) {
        let mut name = None;
        loop {
            let package = &self.units[unit].package;
            if let Some(place) = package.place(id) {
                name = name.or_else(|| place.path.last().cloned());
                if place.side == Side::Import
                    && let Ok(Provider::Unit(other, path)) = self.units[unit].provider(&place.path[0])
                    && let path = [&path[..], &place.path[1..]].concat()
                    && let Some(ComponentEntityType::Type { created, .. }) = self.units[*other].package.export(&path)
                {
                    (unit, id) = (*other, created);
                    continue;
                }
            }
            match package.types().peel_alias(id) {
                Some(aliased) => id = aliased,
                None => return (unit, id, name),
            }
        }
    }

    /// A copy of type `id` of `unit` in the innermost scope.
    fn copy(&mut self, unit: usize, id: ComponentAnyTypeId) -> Result<TypeId, Error> {
        let package = self.units[unit].package.clone();
        let types = package.types();
        let ty = match id {
            ComponentAnyTypeId::Defined(id) => {
                ComponentType::Defined(OfUnit { unit, types: self }.defined(&types[id])?)
            }
            ComponentAnyTypeId::Func(id) => ComponentType::Func(OfUnit { unit, types: self }.func(&types[id])?),
            ComponentAnyTypeId::Instance(id) => {
                self.scopes.push(Scope::new(None, Members::new()));
                for (name, item) in &types[id].exports {
                    self.declare_item(unit, name, item, false)?;
                }
                self.close_instance()
            }
            ComponentAnyTypeId::Component(id) => {
                self.scopes.push(Scope::new(None, Members::new()));
                for (name, item) in &types[id].imports {
                    self.declare_item(unit, name, item, true)?;
                }
                for (name, item) in &types[id].exports {
                    self.declare_item(unit, name, item, false)?;
                }
                ComponentType::Component(self.close().into())
            }
            ComponentAnyTypeId::Resource(_) => return Err(Error::unsound("a resource cannot be copied")),
        };
        Ok(self.add(ty))
    }

    /// Declares an import or export in the type of an instance or component that has no place at
    /// the root.
    fn declare_item(&mut self, unit: usize, name: &str, item: &ComponentItem, is_import: bool) -> Result<(), Error> {
        let ty = self.reference(unit, item.ty)?;
        let name = item_name(name, item, self.arena);
        let declaration = match is_import {
            true => ComponentTypeDeclaration::Import(ComponentImport { name, ty }),
            false => ComponentTypeDeclaration::Export { name, ty },
        };
        let top = self.top();
        let def = self.declare(top, sort_of_type_ref(&ty), declaration);
        if let ComponentEntityType::Type { referenced, created } = item.ty {
            let scope = &mut self.scopes[top];
            let ty = TypeId::of(def);
            scope.types.insert((unit, created), ty);
            if let ComponentAnyTypeId::Resource(id) = referenced {
                scope.resources.entry((unit, id.resource())).or_insert(ty);
            }
        }
        Ok(())
    }
}

/// The types of one unit, for use in the innermost scope.
struct OfUnit<'t, 'p> {
    unit: usize,
    types: &'t mut Types<'p>,
}

impl<'p> Definitions<'p> for OfUnit<'_, 'p> {
    type Error = Error;

    fn arena(&self) -> &'p Arena {
        self.types.arena
    }

    fn value(&mut self, ty: KnownVal) -> Result<ComponentValType, Error> {
        Ok(match ty {
            KnownVal::Primitive(primitive) => ComponentValType::Primitive(primitive),
            KnownVal::Type(id) => {
                ComponentValType::Type(self.types.ty(self.unit, ComponentAnyTypeId::Defined(id))?.into())
            }
        })
    }

    fn resource(&mut self, id: AliasableResourceId) -> Result<TypeId, Error> {
        self.types.ty(self.unit, ComponentAnyTypeId::Resource(id))
    }
}

/// The name of a member of an instance.
pub(super) fn item_name<'p>(name: &str, item: &ComponentItem, arena: &'p Arena) -> ComponentExternName<'p> {
    let text = |text: &Option<String>| text.as_deref().map(|text| arena.text(text));
    ComponentExternName {
        name: arena.text(name),
        implements: text(&item.implements),
        version_suffix: text(&item.version_suffix),
        external_id: text(&item.external_id),
    }
}

pub(super) fn sort_of(ty: ComponentEntityType) -> Sort {
    match ty {
        ComponentEntityType::Module(_) => Sort::CoreModule,
        ComponentEntityType::Func(_) => Sort::Func,
        ComponentEntityType::Value(_) => Sort::Value,
        ComponentEntityType::Type { .. } => Sort::Type,
        ComponentEntityType::Instance(_) => Sort::Instance,
        ComponentEntityType::Component(_) => Sort::Component,
    }
}

/// The kind of export that a definition of `sort` is.
pub(super) fn external(sort: Sort) -> ComponentExternalKind {
    match sort {
        Sort::CoreModule => ComponentExternalKind::Module,
        Sort::Func => ComponentExternalKind::Func,
        Sort::Value => ComponentExternalKind::Value,
        Sort::Type => ComponentExternalKind::Type,
        Sort::Component => ComponentExternalKind::Component,
        Sort::Instance => ComponentExternalKind::Instance,
        _ => unreachable!("components import and export no core definitions but modules"),
    }
}
