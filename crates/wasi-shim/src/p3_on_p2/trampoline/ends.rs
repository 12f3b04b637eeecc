//! Ends of streams and futures in the parameters and results of calls between parts: a handle
//! belongs to the table of the giving part, until the end has moved to the table of the taking
//! part.

use wasm_encoder::ValType;
use wasm_encoder::ValType::I32;
use wasmparser::component_types::{ComponentDefinedTypeId, ResourceId};

use super::values::Exchanged;
use crate::canonical_abi::layout::{Handle, Layout};
use crate::canonical_abi::{Place, Transfer};
use crate::code::{CoreModule, Func, Global, Memory, Signature};
use crate::component::CoreFuncId;
use crate::p3_on_p2::numbers::{PartNumber, TypeNumber};

/// The functions that treat ends and handles.
#[derive(Debug, Clone)]
pub(crate) struct Ends {
    /// R's `pass`.
    pub pass: CoreFuncId,
    /// The types of ends, with their numbers.
    pub types: Vec<(ComponentDefinedTypeId, TypeNumber)>,
    /// `(handle) -> handle`, for borrowed handles of these resources: returns the one that a task
    /// keeps instead, or tells R that a call borrows the handle.
    pub borrows: Vec<(ResourceId, CoreFuncId)>,
    /// `(handle) -> handle`: traps if an owning handle of these resources may not be given away.
    pub owned: Vec<(ResourceId, CoreFuncId)>,
}

/// [`Ends`], with functions of a module.
pub(super) struct Moves {
    pass: Func,
    types: Vec<(ComponentDefinedTypeId, TypeNumber)>,
    borrows: Vec<(ResourceId, Func)>,
    owned: Vec<(ResourceId, Func)>,
    /// The parts that give and take the ends; to be set before.
    pub giver: Global,
    pub taker: Global,
}

impl Ends {
    /// Imports the functions.
    pub(super) fn import(self, module: &mut CoreModule) -> Moves {
        let pass = module.import(self.pass, ([I32; 4], [I32]));
        let mut import = |functions: Vec<(ResourceId, CoreFuncId)>| -> Vec<_> {
            functions.into_iter().map(|(id, function)| (id, module.import(function, ([I32], [I32])))).collect()
        };
        let (borrows, owned) = (import(self.borrows), import(self.owned));
        Moves { pass, types: self.types, borrows, owned, giver: module.global(I32), taker: module.global(I32) }
    }
}

impl Moves {
    /// Adds `(end) -> end` for each type.
    pub(super) fn build(&self, module: &mut CoreModule) -> impl Fn(Handle) -> Option<Func> + use<> {
        let add = |(id, number): &(ComponentDefinedTypeId, TypeNumber)| {
            let function = module.function(None, "wasi-shim: pass an end", ([I32], [I32]), |body| {
                body.get_params().u32(*number).global_get(self.giver).global_get(self.taker).call(self.pass);
            });
            (*id, function)
        };
        let ends: Vec<_> = self.types.iter().map(add).collect();
        let (borrows, owned) = (self.borrows.clone(), self.owned.clone());
        move |handle| match handle {
            Handle::End(id) => find(&ends, id),
            Handle::Borrow(id) => find(&borrows, id),
            Handle::Own(id) => find(&owned, id),
        }
    }
}

/// The function for `id`.
pub(super) fn find<I: PartialEq>(functions: &[(I, Func)], id: I) -> Option<Func> {
    functions.iter().find(|(known, _)| *known == id).map(|(_, function)| *function)
}

/// `(giver, taker, values) -> values`: passes the ends in parameters, or in a result.
#[derive(Debug, Clone)]
pub(crate) struct Pass {
    pub def: CoreFuncId,
    pub layout: Layout,
    /// Whether the values are in memory: then the one core value is their address.
    pub in_memory: bool,
    pub ends: Ends,
}

impl Pass {
    /// The core types of the values.
    pub fn values(&self) -> Vec<ValType> {
        if self.in_memory { vec![I32] } else { self.layout.flat.clone() }
    }

    /// Whether the function itself needs the guest's memory.
    pub fn uses_memory(&self) -> bool {
        self.in_memory || self.layout.has_pointers()
    }

    /// The type of the function.
    pub fn signature(&self) -> Signature {
        let params = [I32, I32].into_iter().chain(self.values()).collect();
        Signature { params, results: self.values() }
    }

    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let signature = self.signature();
        let Pass { def, layout, in_memory, ends } = self;
        let moves = ends.import(module);
        let handles = Exchanged(moves.build(module));
        module.function(Some(def), "wasi-shim: pass ends", signature, |body| {
            let given = body.params();
            body.get(given[0]).global_set(moves.giver).get(given[1]).global_set(moves.taker);
            let values = &given[2..];
            let place = if in_memory { Place::at(values[0]) } else { Place::Flats(values) };
            Transfer::in_place(Memory::FIRST, &handles).amend(body, &layout, place);
            body.gets(values);
        });
    }
}

/// A function `(i32) -> i32` that passes one end between fixed parts.
pub(crate) fn pass_between(
    def: CoreFuncId,
    pass: CoreFuncId,
    ty: TypeNumber,
    giver: PartNumber,
    taker: PartNumber,
) -> impl FnOnce(&mut CoreModule) + Clone {
    move |module| {
        let pass = module.import(pass, ([I32; 4], [I32]));
        module.function(Some(def), "wasi-shim: pass an end", ([I32], [I32]), |body| {
            body.get_params().u32(ty).u32(giver).u32(taker).call(pass);
        });
    }
}

/// Imports a [`Pass`] of values of these types.
pub(super) fn import_pass(module: &mut CoreModule, pass: Option<CoreFuncId>, values: &[ValType]) -> Option<Func> {
    let params = [I32, I32].iter().chain(values).copied().collect();
    pass.map(|pass| module.import(pass, Signature { params, results: values.to_vec() }))
}

/// The core function of a sync lift that other parts call, if they pass ends to it, get ends from
/// it, or may have written what it reads.
#[derive(Debug, Clone)]
pub(crate) struct PassingLift {
    pub def: CoreFuncId,
    pub core: CoreFuncId,
    pub signature: Signature,
    /// The number of the part.
    pub part: PartNumber,
    /// R's `caller`, if ends or owning handles pass.
    pub caller: Option<CoreFuncId>,
    pub params: Option<CoreFuncId>,
    pub result: Option<CoreFuncId>,
    /// The first module's `fill`.
    pub fill: Option<CoreFuncId>,
}

impl PassingLift {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let PassingLift { def, core, signature, part, caller, params, result, fill } = self;
        let fill = fill.map(|fill| module.import(fill, ([], [])));
        let core = module.import(core, signature.clone());
        let caller = caller.map(|caller| module.import(caller, ([], [I32])));
        let params = import_pass(module, params, &signature.params);
        let result = import_pass(module, result, &signature.results);
        let value = signature.results.first().copied();
        module.function(Some(def), "wasi-shim: export", signature, |body| {
            let from = body.local(I32);
            if let Some(caller) = caller {
                body.call(caller).set(from);
            }
            body.calls(fill);
            if params.is_some() {
                body.get(from).u32(part);
            }
            body.get_params().calls(params).call(core);
            if let (Some(result), Some(ty)) = (result, value) {
                let kept = body.local(ty);
                body.set(kept).u32(part).get(from).get(kept).call(result);
            }
        });
    }
}
