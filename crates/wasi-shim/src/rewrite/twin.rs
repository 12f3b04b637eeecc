//! Functions beside exported ones, through which a call from one part of a composition to another may wait.
//!
//! A function that another part calls gets *twins* beside it: functions that are lifted for the same core function, with a
//! type that follows from the function's. Which, is up to the direction ([`Kind`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wasmparser::{
    CanonicalFunction, ComponentExport, ComponentExternalKind, ComponentFuncType, ComponentImport, ComponentInstance,
    ComponentInstantiationArg, ComponentType, ComponentTypeRef, InstanceTypeDeclaration,
};

use crate::component::{Arena, Component, Def, Item, ItemKind, Sort, alias_sort, extern_name, resource_and_method};
use crate::hash::IdMap;
use crate::rewrite::lifts;

/// A kind of twins.
pub(crate) struct Kind {
    /// What the names begin with.
    pub prefix: &'static str,
    /// Whether the twin of a method does not take the resource.
    pub is_static: bool,
    /// The type of a twin, by that of the function; `None` if such a function cannot have one.
    pub ty: for<'a> fn(&ComponentFuncType<'a>) -> Option<ComponentFuncType<'a>>,
}

impl Kind {
    /// The type of the twin of a function of type `ty`.
    pub fn type_of<'a>(&self, ty: &ComponentType<'a>) -> Option<ComponentType<'a>> {
        match ty {
            ComponentType::Func(func) => (self.ty)(func).map(ComponentType::Func),
            _ => None,
        }
    }

    /// The type of the twin of a function whose type is defined as `ty` among `items`.
    pub fn type_among<'a>(&self, items: &[Item<'a>], ty: u32) -> Option<ComponentType<'a>> {
        match &items.iter().find(|item| item.def == Some(Def::new(Sort::Type, ty)))?.kind {
            ItemKind::Type(ty) => self.type_of(ty),
            _ => None,
        }
    }

    /// The name of a twin of `function` that `taken` does not say is in use; `None` if it cannot have one.
    pub fn name<'a>(&self, function: &str, arena: &'a Arena, taken: &dyn Fn(&str) -> bool) -> Option<&'a str> {
        let Kind { prefix, is_static, .. } = self;
        let mut name = function.to_string();
        loop {
            name = match resource_and_method(&name) {
                Some((kind @ ("method" | "static"), resource, method)) => {
                    let kind = if *is_static { "static" } else { kind };
                    format!("[{kind}]{resource}.{prefix}-{method}")
                }
                Some(_) => return None,
                None if name.starts_with('[') => return None,
                None => format!("{prefix}-{name}"),
            };
            if !taken(&name) {
                return Some(arena.text(&name));
            }
        }
    }
}

/// What a part calls of another: the twins that it is offered.
#[derive(Debug)]
pub(crate) enum Offer<'a> {
    /// The import is a function; its twin is imported beside it under this name.
    Function(&'a str),
    /// The import is an instance: twins by function.
    Members(BTreeMap<&'a str, &'a str>),
}

/// The types of an instance type with such declarations; `None` for those that are defined elsewhere.
pub(crate) fn types_of<'d, 'a>(declarations: &'d [InstanceTypeDeclaration<'a>]) -> Vec<Option<&'d ComponentType<'a>>> {
    let types = declarations.iter().filter_map(|declaration| match declaration {
        InstanceTypeDeclaration::Type(ty) => Some(Some(ty)),
        InstanceTypeDeclaration::Export { ty: ComponentTypeRef::Type(_), .. } => Some(None),
        InstanceTypeDeclaration::Alias(alias) if alias_sort(alias) == Sort::Type => Some(None),
        _ => None,
    });
    types.collect()
}

/// The declarations of an instance type, with `twins` added behind.
pub(crate) fn add_to_instance_type<'a>(
    declarations: &[InstanceTypeDeclaration<'a>],
    kind: &Kind,
    twins: &BTreeMap<&'a str, &'a str>,
) -> Option<Vec<InstanceTypeDeclaration<'a>>> {
    let types = types_of(declarations);
    let functions = declarations.iter().filter_map(|declaration| match declaration {
        InstanceTypeDeclaration::Export { name, ty: ComponentTypeRef::Func(ty) } => Some((name.name, *ty)),
        _ => None,
    });
    let functions: HashMap<&str, u32> = functions.collect();
    let mut added = Vec::new();
    for (at, (function, twin)) in (types.len() as u32..).zip(twins) {
        let ty = (*types.get(*functions.get(function)? as usize)?)?;
        added.push((kind.type_of(ty)?, *twin, at));
    }
    let mut all = declarations.to_vec();
    all.extend(added.iter().map(|(ty, ..)| InstanceTypeDeclaration::Type(ty.clone())));
    all.extend(added.iter().map(|(_, twin, at)| InstanceTypeDeclaration::Export {
        name: extern_name(twin),
        ty: ComponentTypeRef::Func(*at),
    }));
    Some(all)
}

/// The twins that a part offers.
pub(crate) struct Twins<'a> {
    kind: &'static Kind,
    /// The name of each twin, by the path of the function: the export's name, or those of instance and function.
    pub names: BTreeMap<Vec<&'a str>, &'a str>,
    /// Exported functions that get one: the twin's name and the lifted function.
    exports: HashMap<&'a str, (&'a str, u32)>,
    /// Exported instances that get some.
    instances: HashMap<u32, Vec<Member<'a>>>,
    /// The functions that are lifted twice, each with its twin as soon as that is defined.
    lifts: HashMap<u32, Option<u32>>,
}

/// A function of an exported instance.
struct Member<'a> {
    name: &'a str,
    twin: &'a str,
    /// The lifted function.
    lift: u32,
    /// If the instance is made by a shim component, as toolchains put around exported interfaces: the names under which
    /// that imports the function, and will import its twin.
    shim: Option<(&'a str, &'a str)>,
}

impl<'a> Twins<'a> {
    /// No twins.
    pub fn none(kind: &'static Kind) -> Twins<'a> {
        Twins {
            kind,
            names: BTreeMap::new(),
            exports: HashMap::new(),
            instances: HashMap::new(),
            lifts: HashMap::new(),
        }
    }

    /// Plans twins of the functions `wanted`, by path, as far as they can have one and `suits` says so of their lifts.
    pub fn plan(
        kind: &'static Kind,
        component: &Component<'a>,
        arena: &'a Arena,
        wanted: &BTreeSet<Vec<&'a str>>,
        suits: &dyn Fn(u32) -> bool,
    ) -> Twins<'a> {
        let mut twins = Twins::none(kind);
        let look = Look { component, positions: component.positions(), kind, suits };
        for path in wanted {
            let export = component.exports().find(|export| export.name.name == path[0]);
            let def = export.map(|export| Def::new(Sort::from(export.kind), export.index));
            let planned = match (def, &path[..]) {
                (Some(def), [function]) => twins.plan_function(&look, arena, def, function),
                (Some(def), [_, function]) => twins.plan_member(&look, arena, def, function),
                _ => None,
            };
            if let Some(name) = planned {
                twins.names.insert(path.clone(), name);
            }
        }
        twins
    }

    fn plan_function(&mut self, look: &Look<'_, 'a>, arena: &'a Arena, def: Def, function: &'a str) -> Option<&'a str> {
        let lift = look.lift(def)?;
        let taken = |name: &str| {
            look.component.exports().any(|export| export.name.name == name)
                || self.exports.values().any(|(twin, _)| *twin == name)
        };
        let twin = self.kind.name(function, arena, &taken)?;
        self.lifts.insert(lift, None);
        self.exports.insert(function, (twin, lift));
        Some(twin)
    }

    fn plan_member(&mut self, look: &Look<'_, 'a>, arena: &'a Arena, def: Def, function: &'a str) -> Option<&'a str> {
        let (instance, kind) = (look.origin(def), self.kind);
        let known = self.instances.entry(instance.id).or_default();
        let member = match look.get(instance)? {
            ItemKind::Instance(ComponentInstance::FromExports(members)) => {
                let member = members.iter().find(|member| member.name.name == function)?;
                let lift = look.lift(Def::new(Sort::from(member.kind), member.index))?;
                let taken = |name: &str| {
                    members.iter().any(|member| member.name.name == name)
                        || known.iter().any(|known| known.twin == name)
                };
                Member { name: function, twin: kind.name(function, arena, &taken)?, lift, shim: None }
            }
            ItemKind::Instance(ComponentInstance::Instantiate { component_index, args }) => {
                let ItemKind::Component(shim) = look.get(Def::new(Sort::Component, *component_index))? else {
                    return None;
                };
                let import = lifts::imported_behind(shim, function)?;
                let arg = args.iter().find(|arg| arg.name == import)?;
                let lift = look.lift(Def::new(Sort::from(arg.kind), arg.index))?;
                let taken = |name: &str| {
                    shim.exports().any(|export| export.name.name == name)
                        || known.iter().any(|known| known.twin == name)
                };
                let twin = kind.name(function, arena, &taken)?;
                let taken = |name: &str| {
                    shim.imports().any(|(_, import)| import.name.name == name)
                        || known.iter().any(|known| known.shim.is_some_and(|(_, twin)| twin == name))
                };
                let member =
                    Member { name: function, twin, lift, shim: Some((import, kind.name(import, arena, &taken)?)) };
                extend_shim(&mut (**shim).clone(), kind, &[&member])?;
                member
            }
            _ => return None,
        };
        self.lifts.insert(member.lift, None);
        let twin = member.twin;
        known.push(member);
        Some(twin)
    }

    /// Whether lifted function `lift` gets a twin.
    pub fn has_lift(&self, lift: u32) -> bool {
        self.lifts.contains_key(&lift)
    }

    /// The twin of `lift` is function `twin`.
    pub fn lifted(&mut self, lift: u32, twin: u32) {
        self.lifts.insert(lift, Some(twin));
    }

    fn twin_of(&self, lift: u32) -> u32 {
        self.lifts[&lift].expect("a function is lifted before it is exported")
    }

    /// The export that follows the export of function `name`.
    pub fn export(&self, name: &str) -> Option<ComponentExport<'a>> {
        let (twin, lift) = self.exports.get(name)?;
        Some(ComponentExport {
            name: extern_name(twin),
            kind: ComponentExternalKind::Func,
            index: self.twin_of(*lift),
            ty: None,
        })
    }

    /// An export, without the type that it is given if that lacks twins which the exported instance gets.
    pub fn widened(&self, mut export: ComponentExport<'a>) -> ComponentExport<'a> {
        if self.names.keys().any(|path| path.len() > 1 && path[0] == export.name.name) {
            export.ty = None;
        }
        export
    }

    /// Adds twins to instance `id`. If it is made by a shim component, `shim` gives that by its id, and the answer is what
    /// it becomes.
    pub fn extend(&self, id: u32, instance: &mut ComponentInstance<'a>, items: &[Item<'a>]) -> Option<Component<'a>> {
        let members = self.instances.get(&id).filter(|members| !members.is_empty())?;
        let kind = ComponentExternalKind::Func;
        match instance {
            ComponentInstance::FromExports(exports) => {
                let twins = members.iter().map(|member| ComponentExport {
                    name: extern_name(member.twin),
                    kind,
                    index: self.twin_of(member.lift),
                    ty: None,
                });
                *exports = exports.iter().cloned().chain(twins).collect();
                None
            }
            ComponentInstance::Instantiate { component_index, args } => {
                let twins = members.iter().filter_map(|member| {
                    let (_, name) = member.shim?;
                    Some(ComponentInstantiationArg { name, kind, index: self.twin_of(member.lift) })
                });
                *args = args.iter().cloned().chain(twins).collect();
                let shim = Def::new(Sort::Component, *component_index);
                let mut shim = match &items.iter().find(|item| item.def == Some(shim))?.kind {
                    ItemKind::Component(shim) => (**shim).clone(),
                    _ => return None,
                };
                extend_shim(&mut shim, self.kind, &members.iter().collect::<Vec<_>>()).map(|()| shim)
            }
        }
    }
}

/// Lets `shim` import and export the twins of `members` too. `None` if the type of one is not where it is used.
fn extend_shim<'a>(shim: &mut Component<'a>, twins: &Kind, members: &[&Member<'a>]) -> Option<()> {
    let mut imported: HashMap<&str, u32> = HashMap::new();
    let mut items = Vec::new();
    for item in std::mem::take(&mut shim.items) {
        // The twins that follow the item, with the type that it gives the function.
        let (added, ty): (Vec<&&Member<'a>>, _) = match &item.kind {
            ItemKind::Import(ComponentImport { name, ty: ComponentTypeRef::Func(ty) }) => {
                let through = |member: &Member<'a>| member.shim.is_some_and(|(import, _)| import == name.name);
                (members.iter().filter(|member| through(member)).collect(), Some(*ty))
            }
            ItemKind::Export(export) if export.kind == ComponentExternalKind::Func => {
                let ty = match export.ty {
                    Some(ComponentTypeRef::Func(ty)) => Some(ty),
                    _ => None,
                };
                (members.iter().filter(|member| member.name == export.name.name).collect(), ty)
            }
            _ => (Vec::new(), None),
        };
        let is_import = matches!(item.kind, ItemKind::Import(_));
        items.push(item);
        for member in added {
            let ty = match ty {
                Some(ty) => {
                    let (ty, item) = shim.define(Sort::Type, ItemKind::Type(twins.type_among(&items, ty)?));
                    items.push(item);
                    Some(ComponentTypeRef::Func(ty))
                }
                None => None,
            };
            let kind = match (is_import, ty) {
                (true, ty) => ItemKind::Import(ComponentImport { name: extern_name(member.shim?.1), ty: ty? }),
                (false, ty) => ItemKind::Export(ComponentExport {
                    name: extern_name(member.twin),
                    kind: ComponentExternalKind::Func,
                    index: *imported.get(member.name)?,
                    ty,
                }),
            };
            let (func, item) = shim.define(Sort::Func, kind);
            items.push(item);
            if is_import {
                imported.insert(member.name, func);
            }
        }
    }
    shim.items = items;
    Some(())
}

/// Look-ups in an unchanging component.
struct Look<'c, 'a> {
    component: &'c Component<'a>,
    positions: IdMap<Def, usize>,
    kind: &'static Kind,
    suits: &'c dyn Fn(u32) -> bool,
}

impl<'a> Look<'_, 'a> {
    fn get(&self, def: Def) -> Option<&ItemKind<'a>> {
        self.positions.get(&def).map(|at| &self.component.items[*at].kind)
    }

    /// What `def` is, behind exports of it.
    fn origin(&self, def: Def) -> Def {
        self.component.behind_exports(&self.positions, def)
    }

    /// The lifted function that `def` is, if that can have a twin.
    fn lift(&self, def: Def) -> Option<u32> {
        let def = self.origin(def);
        let ItemKind::Canon(CanonicalFunction::Lift { type_index, .. }) = self.get(def)? else { return None };
        let ItemKind::Type(ty) = self.get(Def::new(Sort::Type, *type_index))? else { return None };
        self.kind.type_of(ty)?;
        (self.suits)(def.id).then_some(def.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_free() {
        let arena = Arena::default();
        let kind = Kind { prefix: "async", is_static: false, ty: |ty| Some(ty.clone()) };
        assert_eq!(kind.name("f", &arena, &|_| false), Some("async-f"));
        assert_eq!(kind.name("f", &arena, &|name| name == "async-f"), Some("async-async-f"));
        assert_eq!(kind.name("[method]r.f", &arena, &|_| false), Some("[method]r.async-f"));
        assert_eq!(kind.name("[static]r.f", &arena, &|_| false), Some("[static]r.async-f"));
        assert_eq!(kind.name("[constructor]r", &arena, &|_| false), None);
        let kind = Kind { prefix: "finish", is_static: true, ..kind };
        assert_eq!(kind.name("[method]r.f", &arena, &|_| false), Some("[static]r.finish-f"));
    }
}
