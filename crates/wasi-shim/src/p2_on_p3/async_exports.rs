//! Exports of the component's own become `async`: the same core functions, lifted with the async
//! type.
//!
//! Only types change here. The code that an async export needs to wait is the same as for one that
//! was built as async, and comes with the rewrite of the guest.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::component_types::ComponentEntityType;
use wasmparser::{
    CanonicalFunction, ComponentExport, ComponentExternalKind, ComponentInstance, ComponentType, ComponentTypeRef,
    InstanceTypeDeclaration, WasmFeatures,
};

use super::ASYNC;
use crate::Error;
use crate::component::{Arena, Component, ComponentId, Def, FuncId, Id, Item, ItemKind, TypeId};
use crate::graph::composition::{Composition, Origin};
use crate::hash::IdMap;
use crate::rewrite::{companion, lifts};
use crate::wasi::program;

/// Makes the functions that `composition` exports async, except WASI's, constructors, and those
/// that other parts call. Returns descriptions of the exceptions that are not WASI's.
pub(super) fn make_async<'a>(composition: &mut Composition<'a>, arena: &'a Arena) -> Result<Vec<String>, Error> {
    let mut left = Vec::new();
    let mut shared = BTreeSet::new();
    for part in &composition.parts {
        for source in part.args.values() {
            if let Origin::Part(from) = source.origin {
                shared.extend(source.exports_of(&composition.parts[from]).into_iter().map(|export| (from, export)));
            }
        }
    }
    for (at, part) in composition.parts.iter_mut().enumerate() {
        let is_own = |name: &str| !name.starts_with("wasi:") && program::role(name).is_none();
        let exported = composition.exports.iter().filter(|(_, source)| source.origin == Origin::Part(at));
        let (own, others): (Vec<_>, Vec<_>) = exported.partition(|(name, _)| is_own(name));
        let all: BTreeSet<&str> = own.iter().flat_map(|(_, source)| source.exports_of(part)).collect();
        let others: BTreeSet<&str> = others.iter().flat_map(|(_, source)| source.exports_of(part)).collect();
        // An export that nobody uses may get any type, so it does not keep a function sync.
        let mut own: BTreeSet<&str> = part.component.exports().map(|export| export.name.name).collect();
        own.retain(|name| all.contains(name) || (is_own(name) && !others.contains(name)));
        own.retain(|name| !shared.contains(&(at, *name)));
        // A lift behind several exports has one type, so it changes for all of them or for none.
        loop {
            let others = lifts::lifts(&part.component, &|name| !own.contains(name));
            let before = own.len();
            own.retain(|name| lifts::lifts(&part.component, &|known| known == *name).is_disjoint(&others));
            if own.len() == before {
                break;
            }
        }
        let kept = all.difference(&own);
        left.extend(kept.map(|export| format!("export `{export}`, which other parts call,")));
        left.extend(all.intersection(&own).flat_map(|export| constructors(&part.component, export)));
        let mut component = part.component.clone();
        if !retype(&mut component, &own) {
            continue;
        }
        let bytes = arena.bytes(component.encode().map_err(Error::unsound)?);
        part.component = Component::decode(bytes, WasmFeatures::all())?;
    }
    Ok(left)
}

/// The constructors of the instance that is exported as `export`.
fn constructors(component: &Component<'_>, export: &str) -> Vec<String> {
    let types = component.validated();
    match types.component_item_for_export(export).map(|item| item.ty) {
        Some(ComponentEntityType::Instance(id)) => {
            let members = types[id].exports.keys().filter(|member| !can_be_async(member));
            members.map(|member| format!("`{export}#{member}`")).collect()
        }
        _ => Vec::new(),
    }
}

/// Gives the functions behind `exports` of `component` their async types. Returns whether any
/// changed.
fn retype(component: &mut Component<'_>, exports: &BTreeSet<&str>) -> bool {
    let positions = component.positions();
    let mut lifts: BTreeSet<FuncId> = BTreeSet::new();
    let mut shims: BTreeMap<Def, Component<'_>> = BTreeMap::new();
    let mut ascribed = BTreeSet::new();
    for item in &component.items {
        let ItemKind::Export(export) = &item.kind else { continue };
        if !exports.contains(export.name.name) {
            continue;
        }
        let def = component.behind_exports(&positions, Def::new(export.kind, export.index));
        let mut found = Vec::new();
        match kind(component, &positions, def) {
            Some(ItemKind::Canon(CanonicalFunction::Lift { .. })) => found.push(def),
            Some(ItemKind::Instance(ComponentInstance::FromExports(members))) => {
                let members = members.iter().filter(|member| can_be_async(member.name.name));
                found.extend(members.map(|member| Def::new(member.kind, member.index)));
            }
            Some(ItemKind::Instance(ComponentInstance::Instantiate { component_index, args })) => {
                let shim = ComponentId(*component_index).into();
                let Some(ItemKind::Component(shim)) = kind(component, &positions, shim) else { continue };
                let mut changed = (**shim).clone();
                let Some(imports) = retype_shim(&mut changed) else { continue };
                found.extend(
                    args.iter().filter(|arg| imports.contains(arg.name)).map(|arg| Def::new(arg.kind, arg.index)),
                );
                shims.insert(def, changed);
            }
            _ => continue,
        }
        let found = found.into_iter().map(|def| component.behind_exports(&positions, def));
        let is_lift = |def: &Def| {
            matches!(kind(component, &positions, *def), Some(ItemKind::Canon(CanonicalFunction::Lift { .. })))
        };
        lifts.extend(found.filter(is_lift).map(FuncId::of));
        ascribed.extend(item.def);
    }
    let mut items = Vec::new();
    let mut is_async = false;
    for mut item in std::mem::take(&mut component.items) {
        match (&mut item.kind, item.def) {
            (ItemKind::Canon(CanonicalFunction::Lift { type_index, .. }), Some(def))
                if lifts.contains(&FuncId::of(def)) =>
            {
                if let Some(ty) = ASYNC.type_among(&items, TypeId(*type_index)) {
                    let (ty, new) = component.define_as::<TypeId>(ItemKind::Type(ty));
                    items.push(new);
                    *type_index = ty.into();
                    is_async = true;
                }
            }
            (ItemKind::Export(ComponentExport { ty: Some(said), .. }), Some(def)) if ascribed.contains(&def) => {
                if let ComponentTypeRef::Func(ty) | ComponentTypeRef::Instance(ty) = said
                    && let Some(new) = retyped(TypeId(*ty), &items)
                {
                    let (new, item) = component.define_as::<TypeId>(ItemKind::Type(new));
                    items.push(item);
                    *ty = new.into();
                }
            }
            (ItemKind::Instance(ComponentInstance::Instantiate { component_index, .. }), Some(def)) => {
                if let Some(shim) = shims.remove(&def) {
                    let (shim, new) = component.define_as::<ComponentId>(ItemKind::Component(Box::new(shim)));
                    items.push(new);
                    *component_index = shim.into();
                }
            }
            _ => {}
        }
        items.push(item);
    }
    component.items = items;
    component.gc();
    is_async
}

/// The item that defines `def`.
fn kind<'c, 'a>(component: &'c Component<'a>, positions: &IdMap<Def, usize>, def: Def) -> Option<&'c ItemKind<'a>> {
    positions.get(&def).map(|at| &component.items[*at].kind)
}

/// The async counterpart of type `ty`, which `items` define and an export is ascribed.
fn retyped<'a>(ty: TypeId, items: &[Item<'a>]) -> Option<ComponentType<'a>> {
    let def = Some(ty.into());
    let declarations = match &items.iter().find(|item| item.def == def)?.kind {
        ItemKind::Type(ComponentType::Instance(declarations)) => declarations,
        ItemKind::Type(ty) => return ASYNC.type_of(ty),
        _ => return None,
    };
    let types = companion::types_of(declarations);
    let mut count = types.len() as u32;
    let mut functions = Vec::new();
    let mut retyped = Vec::new();
    for declaration in declarations {
        match declaration {
            InstanceTypeDeclaration::Export { name, ty: ComponentTypeRef::Func(ty) } => {
                let ty = match types.get(*ty as usize)?.and_then(|ty| ASYNC.type_of(ty)) {
                    Some(new) if can_be_async(name.name) => {
                        functions.push(InstanceTypeDeclaration::Type(new));
                        count += 1;
                        count - 1
                    }
                    _ => *ty,
                };
                functions.push(InstanceTypeDeclaration::Export { name: *name, ty: ComponentTypeRef::Func(ty) });
            }
            other => retyped.push(other.clone()),
        }
    }
    retyped.extend(functions);
    Some(ComponentType::Instance(retyped.into()))
}

/// Gives async types to the functions that a shim component passes on. Returns the names of their
/// imports; `None` if the component does more than pass functions on.
fn retype_shim(shim: &mut Component<'_>) -> Option<BTreeSet<String>> {
    let names: Vec<&str> = (shim.exports().filter(|export| export.kind == ComponentExternalKind::Func))
        .map(|export| export.name.name)
        .filter(|name| can_be_async(name))
        .collect();
    let imports: BTreeSet<String> =
        names.iter().map(|name| lifts::imported_behind(shim, name).map(String::from)).collect::<Option<_>>()?;
    let mut items = Vec::new();
    for mut item in std::mem::take(&mut shim.items) {
        let old = match &item.kind {
            ItemKind::Import(import) if imports.contains(import.name.name) => match import.ty {
                ComponentTypeRef::Func(ty) => Some(ty),
                _ => None,
            },
            ItemKind::Export(export) if names.contains(&export.name.name) => match export.ty {
                Some(ComponentTypeRef::Func(ty)) => Some(ty),
                _ => None,
            },
            _ => None,
        };
        if let Some(ty) = old.and_then(|ty| ASYNC.type_among(&items, TypeId(ty))) {
            let (ty, new) = shim.define_as::<TypeId>(ItemKind::Type(ty));
            items.push(new);
            match &mut item.kind {
                ItemKind::Import(import) => import.ty = ComponentTypeRef::Func(ty.into()),
                ItemKind::Export(export) => export.ty = Some(ComponentTypeRef::Func(ty.into())),
                _ => {}
            }
        }
        items.push(item);
    }
    shim.items = items;
    Some(imports)
}

/// Constructors cannot be async.
fn can_be_async(function: &str) -> bool {
    !function.starts_with("[constructor]")
}
