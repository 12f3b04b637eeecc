//! Handles of a third part's resource that a task borrows while it waits.
//!
//! A handle that a call borrows is gone when the core function returns, but the task of an async
//! function goes on after that. So the callee asks the part that defines the resource for an owning
//! handle of the same resource (`lend`), and gives that handle back (`unlend`) when the task drops
//! what it has borrowed: then no destructor runs. R knows such handles, and those of the caller
//! that are borrowed meanwhile, and ensures that neither are given away.

use std::collections::{BTreeSet, HashMap, HashSet};

use wasm_encoder::ValType::I32;
use wasmparser::component_types::ResourceId;
use wasmparser::{CanonicalFunction, ComponentDefinedType, ComponentType, ComponentValType};

use super::handles::{Home, Resource, export_functions};
use crate::code::{CoreModule, forward};
use crate::component::{Arena, Component, CoreFuncId, Def, Item, ItemKind, Sort};
use crate::graph::composition::Part;

/// The functions for a resource: of a handle that is borrowed one that owns, and its return.
pub(crate) const LENDS: [&str; 2] = ["lend", "unlend"];

/// A resource of another part, as a borrower has it.
#[derive(Debug, Clone)]
pub(crate) struct Borrowed<'a> {
    pub resource: ResourceId,
    /// The import that it comes from, and the names of the members that lead to it.
    pub import: Def,
    pub path: Vec<String>,
    /// The part that defines it, as this type.
    pub lender: usize,
    pub ty: u32,
    /// The name of the import of its functions.
    pub name: &'a str,
}

/// A resource that a part lends: the type, and the export with the functions.
#[derive(Debug, Clone)]
pub(crate) struct Lent<'a> {
    pub ty: u32,
    pub export: &'a str,
}

/// What exports with such functions begin with: nothing that a part exports.
pub(crate) fn prefix(parts: &[Part<'_>]) -> String {
    let mut prefix = "wasi-shim-lends".to_string();
    let is_taken = |prefix: &str| {
        let exports = parts.iter().flat_map(|part| part.component.exports());
        exports.into_iter().any(|export| export.name.name.starts_with(prefix))
    };
    while is_taken(&prefix) {
        prefix += "-x";
    }
    prefix
}

/// The name of the export for resource type `ty`.
pub(crate) fn export_name<'a>(arena: &'a Arena, prefix: &str, ty: u32) -> &'a str {
    arena.text(&format!("{prefix}{ty}"))
}

/// Which of the resources that a part knows another part defines.
pub(crate) fn lendable(known: &HashMap<ResourceId, Resource>) -> HashSet<ResourceId> {
    let of_parts = known.iter().filter(|(_, known)| matches!(known.home, Home::Part { .. }) && known.import.is_some());
    of_parts.map(|(id, _)| *id).collect()
}

/// What a part that has `known` needs to borrow `resources`; the name is left to be chosen.
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
    // The order of ids is nobody's.
    found.sort_by(|a, b| (a.lender, a.ty, a.import.id, &a.path).cmp(&(b.lender, b.ty, b.import.id, &b.path)));
    found
}

/// The destructor of a resource that is lent, `def` in the place of `dtor`; and `disarm`, after which it does nothing once.
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
    let resource = lent.ty;
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

    let mut define = |sort, kind| {
        let (id, item) = component.define(sort, kind);
        items.push(item);
        id
    };
    let [own, borrow] = [ComponentDefinedType::Own(resource), ComponentDefinedType::Borrow(resource)]
        .map(|ty| ComponentValType::Type(define(Sort::Type, ItemKind::Type(ComponentType::Defined(ty)))));
    let functions = [(lend, ("handle", borrow), Some(own)), (unlend, ("handle", own), None)];
    export_functions(&mut define, resource, lent.export, LENDS, functions);
    items
}

/// The resources that each of `count` parts lends to the borrowers.
pub(crate) fn lent<'a>(
    count: usize,
    borrowers: &[&Vec<Borrowed<'a>>],
    name: &dyn Fn(u32) -> &'a str,
) -> Vec<Vec<Lent<'a>>> {
    let mut of_parts: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); count];
    for borrowed in borrowers.iter().flat_map(|borrowed| borrowed.iter()) {
        of_parts[borrowed.lender].insert(borrowed.ty);
    }
    let lent = |types: BTreeSet<u32>| types.into_iter().map(|ty| Lent { ty, export: name(ty) }).collect();
    of_parts.into_iter().map(lent).collect()
}
