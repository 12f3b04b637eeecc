//! Handles that a task borrows while it waits: of a resource of a third part.
//!
//! A handle that a call borrows is gone when the core function returns, and the task of an async function goes on after that. So
//! the callee asks the part that defines the resource for a handle that owns it as well (`lend`), and gives that back
//! (`unlend`) where the task drops what it has borrowed: then no destructor runs. R knows such handles, and those of the caller that
//! are borrowed meanwhile, and sees that neither are given away.

use std::collections::{BTreeSet, HashMap, HashSet};

use wasm_encoder::{BlockType, Instruction, ValType};
use wasmparser::component_types::ResourceId;
use wasmparser::{CanonicalFunction, ComponentDefinedType, ComponentType, ComponentValType};

use super::handles::{Home, Resource, export_functions};
use crate::component::{Arena, Component, Def, Item, ItemKind, Sort};
use crate::composition::Part;
use crate::substitute::{Code, CoreModule, Signature};

use ValType::I32;

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
pub(crate) fn destructor(def: u32, disarm: u32, dtor: u32) -> CoreModule {
    let mut module = CoreModule::default();
    let dtor = module.import_at(dtor, Signature::new(&[I32], &[]));
    let disarmed = module.global_at(I32);
    let run = vec![
        Instruction::GlobalGet(disarmed),
        Instruction::If(BlockType::Empty),
        Instruction::I32Const(0),
        Instruction::GlobalSet(disarmed),
        Instruction::Else,
        Instruction::LocalGet(0),
        Instruction::Call(dtor),
        Instruction::End,
    ];
    let code = Code { instructions: run, ..Code::default() };
    module.add(Some(def), "wasi-shim: destructor", Signature::new(&[I32], &[]), code);
    let run = vec![Instruction::I32Const(1), Instruction::GlobalSet(disarmed)];
    let code = Code { instructions: run, ..Code::default() };
    module.add(Some(disarm), "wasi-shim: disarm", Signature::default(), code);
    module
}

/// Adds the functions for a resource of `component`, and exports them.
pub(crate) fn export_lends<'a>(
    component: &mut Component<'a>,
    arena: &'a Arena,
    lent: &Lent<'a>,
    disarm: Option<u32>,
) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    let resource = lent.ty;
    let canons = [CanonicalFunction::ResourceNew { resource }, CanonicalFunction::ResourceDrop { resource }];
    let [new, drop] = canons.map(|canon| {
        let (id, item) = component.define(Sort::CoreFunc, ItemKind::Canon(canon));
        items.push(item);
        id
    });
    let [lend, unlend] = [(); 2].map(|()| component.fresh(Sort::CoreFunc));
    let unary = Signature::new(&[I32], &[I32]);
    let mut module = CoreModule::default();
    let new = module.import_at(new, unary.clone());
    let drop = module.import_at(drop, Signature::new(&[I32], &[]));
    let disarm = disarm.map(|disarm| module.import_at(disarm, Signature::default()));
    let run = vec![Instruction::LocalGet(0), Instruction::Call(new)];
    module.add(Some(lend), "wasi-shim: lend", unary, Code { instructions: run, ..Code::default() });
    let mut run: Vec<_> = disarm.map(Instruction::Call).into_iter().collect();
    run.extend([Instruction::LocalGet(0), Instruction::Call(drop)]);
    let code = Code { instructions: run, ..Code::default() };
    module.add(Some(unlend), "wasi-shim: unlend", Signature::new(&[I32], &[]), code);
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
