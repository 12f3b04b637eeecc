//! Functions beside exported ones, through which a call from one part of a composition to another
//! may wait.
//!
//! A function that another part calls gets *companions* beside it: lifts of the same core function,
//! with a type that follows from the function's. The direction decides which ([`Kind`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wasmparser::{
    CanonicalFunction, ComponentExport, ComponentExternalKind, ComponentFuncType, ComponentImport, ComponentInstance,
    ComponentInstantiationArg, ComponentType, ComponentTypeRef, InstanceTypeDeclaration,
};

use crate::component::{
    Arena, Component, ComponentId, Def, FuncId, Id, InstanceId, Item, ItemKind, Sort, TypeId, alias_sort, extern_name,
    resource_and_method,
};
use crate::hash::IdMap;
use crate::rewrite::lifts;

/// A kind of companions.
pub(crate) struct Kind {
    /// The prefix of the names.
    pub prefix: &'static str,
    /// Whether the companion of a method does not take the resource.
    pub is_static: bool,
    /// The type of a companion, by that of the function; `None` if such a function cannot have one.
    pub ty: for<'a> fn(&ComponentFuncType<'a>) -> Option<ComponentFuncType<'a>>,
}

impl Kind {
    /// The type of the companion of a function of type `ty`.
    pub fn type_of<'a>(&self, ty: &ComponentType<'a>) -> Option<ComponentType<'a>> {
        match ty {
            ComponentType::Func(func) => (self.ty)(func).map(ComponentType::Func),
            _ => None,
        }
    }

    /// The type of the companion of a function whose type is defined as `ty` among `items`.
    pub fn type_among<'a>(&self, items: &[Item<'a>], ty: TypeId) -> Option<ComponentType<'a>> {
        match &items.iter().find(|item| item.def == Some(ty.into()))?.kind {
            ItemKind::Type(ty) => self.type_of(ty),
            _ => None,
        }
    }

    /// A name for a companion of `function` that is not `taken`; `None` if it cannot have a
    /// companion.
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

/// The companions that a part is offered for an import from another part.
#[derive(Debug)]
pub(crate) enum Offer<'a> {
    /// The import is a function; its companion is imported beside it under this name.
    Function(&'a str),
    /// The import is an instance: companions by function.
    Members(BTreeMap<&'a str, &'a str>),
}

/// The types of an instance type with such declarations; `None` for those that are defined
/// elsewhere.
pub(crate) fn types_of<'d, 'a>(declarations: &'d [InstanceTypeDeclaration<'a>]) -> Vec<Option<&'d ComponentType<'a>>> {
    let types = declarations.iter().filter_map(|declaration| match declaration {
        InstanceTypeDeclaration::Type(ty) => Some(Some(ty)),
        InstanceTypeDeclaration::Export { ty: ComponentTypeRef::Type(_), .. } => Some(None),
        InstanceTypeDeclaration::Alias(alias) if alias_sort(alias) == Sort::Type => Some(None),
        _ => None,
    });
    types.collect()
}

/// The declarations of an instance type, with `companions` added behind.
pub(crate) fn add_to_instance_type<'a>(
    declarations: &[InstanceTypeDeclaration<'a>],
    kind: &Kind,
    companions: &BTreeMap<&'a str, &'a str>,
) -> Option<Vec<InstanceTypeDeclaration<'a>>> {
    let types = types_of(declarations);
    let functions = declarations.iter().filter_map(|declaration| match declaration {
        InstanceTypeDeclaration::Export { name, ty: ComponentTypeRef::Func(ty) } => Some((name.name, *ty)),
        _ => None,
    });
    let functions: HashMap<&str, u32> = functions.collect();
    let mut added = Vec::new();
    for (at, (function, companion)) in (types.len() as u32..).zip(companions) {
        let ty = (*types.get(*functions.get(function)? as usize)?)?;
        added.push((kind.type_of(ty)?, *companion, at));
    }
    let mut all = declarations.to_vec();
    all.extend(added.iter().map(|(ty, ..)| InstanceTypeDeclaration::Type(ty.clone())));
    all.extend(added.iter().map(|(_, companion, at)| InstanceTypeDeclaration::Export {
        name: extern_name(companion),
        ty: ComponentTypeRef::Func(*at),
    }));
    Some(all)
}

/// The companions that a part offers.
pub(crate) struct Companions<'a> {
    kind: &'static Kind,
    /// The name of each companion, by the path of the function: the export's name, or those of
    /// instance and function.
    pub names: BTreeMap<Vec<&'a str>, &'a str>,
    /// Exported functions that get one: the companion's name and the lifted function.
    exports: HashMap<&'a str, (&'a str, FuncId)>,
    /// Exported instances that get some.
    instances: HashMap<InstanceId, Vec<Member<'a>>>,
    /// The functions that are lifted twice, each with its companion as soon as that is defined.
    lifts: HashMap<FuncId, Option<FuncId>>,
}

/// A function of an exported instance.
struct Member<'a> {
    name: &'a str,
    companion: &'a str,
    /// The lifted function.
    lift: FuncId,
    /// If the instance is made by a shim component, as toolchains put around exported interfaces:
    /// the names under which the shim imports the function, and will import its companion.
    shim: Option<(&'a str, &'a str)>,
}

impl<'a> Companions<'a> {
    /// No companions.
    pub fn none(kind: &'static Kind) -> Companions<'a> {
        Companions {
            kind,
            names: BTreeMap::new(),
            exports: HashMap::new(),
            instances: HashMap::new(),
            lifts: HashMap::new(),
        }
    }

    /// Plans companions of the functions `wanted`, by path, if they can have one and their lifts
    /// suit.
    pub fn plan(
        kind: &'static Kind,
        component: &Component<'a>,
        arena: &'a Arena,
        wanted: &BTreeSet<Vec<&'a str>>,
        suits: &dyn Fn(FuncId) -> bool,
    ) -> Companions<'a> {
        let mut companions = Companions::none(kind);
        let look = Look { component, positions: component.positions(), kind, suits };
        for path in wanted {
            let export = component.exports().find(|export| export.name.name == path[0]);
            let def = export.map(|export| Def::new(export.kind, export.index));
            let planned = match (def, &path[..]) {
                (Some(def), [function]) => companions.plan_function(&look, arena, def, function),
                (Some(def), [_, function]) => companions.plan_member(&look, arena, def, function),
                _ => None,
            };
            if let Some(name) = planned {
                companions.names.insert(path.clone(), name);
            }
        }
        companions
    }

    fn plan_function(&mut self, look: &Look<'_, 'a>, arena: &'a Arena, def: Def, function: &'a str) -> Option<&'a str> {
        let lift = look.lift(def)?;
        let taken = |name: &str| {
            look.component.exports().any(|export| export.name.name == name)
                || self.exports.values().any(|(companion, _)| *companion == name)
        };
        let companion = self.kind.name(function, arena, &taken)?;
        self.lifts.insert(lift, None);
        self.exports.insert(function, (companion, lift));
        Some(companion)
    }

    fn plan_member(&mut self, look: &Look<'_, 'a>, arena: &'a Arena, def: Def, function: &'a str) -> Option<&'a str> {
        let (instance, kind) = (look.origin(def), self.kind);
        let known = self.instances.entry(InstanceId::try_of(instance)?).or_default();
        let member = match look.get(instance)? {
            ItemKind::Instance(ComponentInstance::FromExports(members)) => {
                let member = members.iter().find(|member| member.name.name == function)?;
                let lift = look.lift(Def::new(member.kind, member.index))?;
                let taken = |name: &str| {
                    members.iter().any(|member| member.name.name == name)
                        || known.iter().any(|known| known.companion == name)
                };
                Member { name: function, companion: kind.name(function, arena, &taken)?, lift, shim: None }
            }
            ItemKind::Instance(ComponentInstance::Instantiate { component_index, args }) => {
                let ItemKind::Component(shim) = look.get(ComponentId(*component_index).into())? else {
                    return None;
                };
                let import = lifts::imported_behind(shim, function)?;
                let arg = args.iter().find(|arg| arg.name == import)?;
                let lift = look.lift(Def::new(arg.kind, arg.index))?;
                let taken = |name: &str| {
                    shim.exports().any(|export| export.name.name == name)
                        || known.iter().any(|known| known.companion == name)
                };
                let companion = kind.name(function, arena, &taken)?;
                let taken = |name: &str| {
                    shim.imports().any(|(_, import)| import.name.name == name)
                        || known.iter().any(|known| known.shim.is_some_and(|(_, companion)| companion == name))
                };
                let member =
                    Member { name: function, companion, lift, shim: Some((import, kind.name(import, arena, &taken)?)) };
                extend_shim(&mut (**shim).clone(), kind, &[&member])?;
                member
            }
            _ => return None,
        };
        self.lifts.insert(member.lift, None);
        let companion = member.companion;
        known.push(member);
        Some(companion)
    }

    /// Whether lifted function `lift` gets a companion.
    pub fn has_lift(&self, lift: FuncId) -> bool {
        self.lifts.contains_key(&lift)
    }

    /// Notes that function `companion` is the companion of `lift`.
    pub fn lifted(&mut self, lift: FuncId, companion: FuncId) {
        self.lifts.insert(lift, Some(companion));
    }

    fn companion_of(&self, lift: FuncId) -> FuncId {
        self.lifts[&lift].expect("a function is lifted before it is exported")
    }

    /// The export for the companion of exported function `name`.
    pub fn export(&self, name: &str) -> Option<ComponentExport<'a>> {
        let (companion, lift) = self.exports.get(name)?;
        Some(ComponentExport {
            name: extern_name(companion),
            kind: ComponentExternalKind::Func,
            index: self.companion_of(*lift).into(),
            ty: None,
        })
    }

    /// The export, without its ascribed type if the exported instance gets companions, which that
    /// type lacks.
    pub fn widened(&self, mut export: ComponentExport<'a>) -> ComponentExport<'a> {
        if self.names.keys().any(|path| path.len() > 1 && path[0] == export.name.name) {
            export.ty = None;
        }
        export
    }

    /// Adds companions to instance `id` of a component with `items`. If a shim component makes the
    /// instance, the answer is what the shim becomes.
    pub fn extend(
        &self,
        id: InstanceId,
        instance: &mut ComponentInstance<'a>,
        items: &[Item<'a>],
    ) -> Option<Component<'a>> {
        let members = self.instances.get(&id).filter(|members| !members.is_empty())?;
        let kind = ComponentExternalKind::Func;
        match instance {
            ComponentInstance::FromExports(exports) => {
                let companions = members.iter().map(|member| ComponentExport {
                    name: extern_name(member.companion),
                    kind,
                    index: self.companion_of(member.lift).into(),
                    ty: None,
                });
                *exports = exports.iter().cloned().chain(companions).collect();
                None
            }
            ComponentInstance::Instantiate { component_index, args } => {
                let companions = members.iter().filter_map(|member| {
                    let (_, name) = member.shim?;
                    Some(ComponentInstantiationArg { name, kind, index: self.companion_of(member.lift).into() })
                });
                *args = args.iter().cloned().chain(companions).collect();
                let shim = ComponentId(*component_index).into();
                let mut shim = match &items.iter().find(|item| item.def == Some(shim))?.kind {
                    ItemKind::Component(shim) => (**shim).clone(),
                    _ => return None,
                };
                extend_shim(&mut shim, self.kind, &members.iter().collect::<Vec<_>>()).map(|()| shim)
            }
        }
    }
}

/// Lets `shim` import and export the companions of `members` too. `None` if the type of a function
/// is not defined before its use.
fn extend_shim<'a>(shim: &mut Component<'a>, companions: &Kind, members: &[&Member<'a>]) -> Option<()> {
    let mut imported: HashMap<&str, FuncId> = HashMap::new();
    let mut items = Vec::new();
    for item in std::mem::take(&mut shim.items) {
        // The companions that follow the item, and the type that the item gives the function.
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
                    let (ty, item) =
                        shim.define_as::<TypeId>(ItemKind::Type(companions.type_among(&items, TypeId(ty))?));
                    items.push(item);
                    Some(ComponentTypeRef::Func(ty.into()))
                }
                None => None,
            };
            let kind = match (is_import, ty) {
                (true, ty) => ItemKind::Import(ComponentImport { name: extern_name(member.shim?.1), ty: ty? }),
                (false, ty) => ItemKind::Export(ComponentExport {
                    name: extern_name(member.companion),
                    kind: ComponentExternalKind::Func,
                    index: (*imported.get(member.name)?).into(),
                    ty,
                }),
            };
            let (func, item) = shim.define_as::<FuncId>(kind);
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
    suits: &'c dyn Fn(FuncId) -> bool,
}

impl<'a> Look<'_, 'a> {
    fn get(&self, def: Def) -> Option<&ItemKind<'a>> {
        self.positions.get(&def).map(|at| &self.component.items[*at].kind)
    }

    /// The definition behind `def`, if that is an export.
    fn origin(&self, def: Def) -> Def {
        self.component.behind_exports(&self.positions, def)
    }

    /// The lifted function behind `def`, if it can have a companion.
    fn lift(&self, def: Def) -> Option<FuncId> {
        let def = self.origin(def);
        let ItemKind::Canon(CanonicalFunction::Lift { type_index, .. }) = self.get(def)? else { return None };
        let ItemKind::Type(ty) = self.get(TypeId(*type_index).into())? else { return None };
        self.kind.type_of(ty)?;
        let lift = FuncId::of(def);
        (self.suits)(lift).then_some(lift)
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
