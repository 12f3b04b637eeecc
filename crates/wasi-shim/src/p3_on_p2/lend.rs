//! Handles of a third part's resource that a task borrows while it waits.
//!
//! A handle that a call borrows is gone when the core function returns, but the task of an async
//! function goes on after that. So the callee asks the part that defines the resource for an owning
//! handle of the same resource (`lend`), and gives that handle back (`unlend`) when the task drops
//! what it has borrowed: no destructor runs then. R knows these handles, and the caller's handles
//! that are borrowed meanwhile, and lets neither be given away.

use std::collections::{BTreeSet, HashMap, HashSet};

use wasm_encoder::ValType::I32;
use wasmparser::component_types::ResourceId;
use wasmparser::{CanonicalFunction, ComponentDefinedType, ComponentType, ComponentValType};

use super::handles::{Home, Resource, export_functions};
use crate::code::{CoreModule, forward};
use crate::component::{Arena, Component, CoreFuncId, Def, Item, ItemKind, TypeId, fresh_name};
use crate::graph::composition::Part;

/// The functions for a resource: `lend` returns an owning handle for a borrowed handle, `unlend`
/// takes the owning handle back.
pub(crate) const LENDS: [&str; 2] = ["lend", "unlend"];

/// A resource of another part, as a borrower has it.
#[derive(Debug, Clone)]
pub(crate) struct Borrowed<'a> {
    pub resource: ResourceId,
    /// The import that the resource comes from, and the names of the members that lead to the
    /// resource.
    pub import: Def,
    pub path: Vec<String>,
    /// The part that defines the resource, as this type.
    pub lender: usize,
    pub ty: TypeId,
    /// The name under which the [`LENDS`] of the resource are imported.
    pub name: &'a str,
}

/// A resource that a part lends: the type, and the export with the functions.
#[derive(Debug, Clone)]
pub(crate) struct Lent<'a> {
    pub ty: TypeId,
    pub export: &'a str,
}

/// The prefix of exports with these functions; no export of `parts` begins with it.
pub(crate) fn prefix(parts: &[Part<'_>]) -> String {
    fresh_name("wasi-shim-lends", |prefix| {
        let mut exports = parts.iter().flat_map(|part| part.component.exports());
        exports.any(|export| export.name.name.starts_with(prefix))
    })
}

/// The name of the export for resource type `ty`.
pub(crate) fn export_name<'a>(arena: &'a Arena, prefix: &str, ty: TypeId) -> &'a str {
    arena.text(&format!("{prefix}{}", ty.0))
}

/// The resources that a part knows and another part defines.
pub(crate) fn lendable(known: &HashMap<ResourceId, Resource>) -> HashSet<ResourceId> {
    let of_parts = known.iter().filter(|(_, known)| matches!(known.home, Home::Part { .. }) && known.import.is_some());
    of_parts.map(|(id, _)| *id).collect()
}

/// The imports by which a part borrows `resources`, those of them that other parts define. The part
/// knows the resources `known`; the caller sets `name`.
pub(crate) fn borrowed<'a>(
    known: &HashMap<ResourceId, Resource>,
    resources: &HashSet<ResourceId>,
) -> Vec<Borrowed<'a>> {
    let mut found: Vec<Borrowed<'a>> = Vec::new();
    for id in resources {
        let Some(Resource { home: Home::Part { part, ty }, import: Some((import, path)) }) = known.get(id) else {
            continue;
        };
        let path = path.clone();
        found.push(Borrowed { resource: *id, import: *import, path, lender: *part, ty: *ty, name: "" });
    }
    // The order of ids in a set is arbitrary.
    found.sort_by(|a, b| (a.lender, a.ty, a.import.id, &a.path).cmp(&(b.lender, b.ty, b.import.id, &b.path)));
    found
}

/// The destructor `def` of a resource that is lent, which replaces `dtor`; and `disarm`, after
/// which the destructor does nothing once.
pub(crate) fn destructor(def: CoreFuncId, disarm: CoreFuncId, dtor: CoreFuncId) -> CoreModule {
    let mut module = CoreModule::default();
    let dtor = module.import(dtor, ([I32], []));
    let disarmed = module.global(I32);
    module.function(Some(def), "wasi-shim: destructor", ([I32], []), |body| {
        body.global_get(disarmed).if_else(
            None,
            |body| {
                body.i32(0).global_set(disarmed);
            },
            |body| {
                body.get_params().call(dtor);
            },
        );
    });
    module.function(Some(disarm), "wasi-shim: disarm", ([], []), |body| {
        body.i32(1).global_set(disarmed);
    });
    module
}

/// Adds the functions for a resource of `component`, and exports them.
pub(crate) fn export_lends<'a>(
    component: &mut Component<'a>,
    arena: &'a Arena,
    lent: &Lent<'a>,
    disarm: Option<CoreFuncId>,
) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    let resource = lent.ty.into();
    let canons = [CanonicalFunction::ResourceNew { resource }, CanonicalFunction::ResourceDrop { resource }];
    let [new, drop] = canons.map(|canon| {
        let (id, item) = component.define_as::<CoreFuncId>(ItemKind::Canon(canon));
        items.push(item);
        id
    });
    let [lend, unlend] = [(); 2].map(|()| component.fresh());
    let mut module = CoreModule::default();
    let new = module.import(new, ([I32], [I32]));
    let drop = module.import(drop, ([I32], []));
    let disarm = disarm.map(|disarm| module.import(disarm, ([], [])));
    module.function(Some(lend), "wasi-shim: lend", ([I32], [I32]), forward(new));
    module.function(Some(unlend), "wasi-shim: unlend", ([I32], []), |body| {
        body.calls(disarm).get_params().call(drop);
    });
    items.extend(module.into_items(component, arena));

    let [own, borrow] = [ComponentDefinedType::Own(resource), ComponentDefinedType::Borrow(resource)].map(|ty| {
        let (id, item) = component.define_as::<TypeId>(ItemKind::Type(ComponentType::Defined(ty)));
        items.push(item);
        ComponentValType::Type(id.into())
    });
    let functions = [(lend, ("handle", borrow), Some(own)), (unlend, ("handle", own), None)];
    export_functions(component, &mut items, lent.ty, lent.export, LENDS, functions);
    items
}

/// The resources that each of `count` parts lends to the borrowers.
pub(crate) fn lent<'a>(
    count: usize,
    borrowers: &[&Vec<Borrowed<'a>>],
    name: &dyn Fn(TypeId) -> &'a str,
) -> Vec<Vec<Lent<'a>>> {
    let mut of_parts: Vec<BTreeSet<TypeId>> = vec![BTreeSet::new(); count];
    for borrowed in borrowers.iter().flat_map(|borrowed| borrowed.iter()) {
        of_parts[borrowed.lender].insert(borrowed.ty);
    }
    let lent = |types: BTreeSet<TypeId>| types.into_iter().map(|ty| Lent { ty, export: name(ty) }).collect();
    of_parts.into_iter().map(lent).collect()
}
