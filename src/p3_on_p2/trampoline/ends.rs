//! Ends of streams and futures in the parameters and results of calls between parts: each handle is one of the table of the part that
//! gives it, until the end has moved to that of the part that takes it.

use wasm_encoder::{Instruction, ValType};
use wasmparser::component_types::{ComponentDefinedTypeId, ResourceId};

use super::values::{Body, Flat};
use crate::layout::{Handle, Layout};
use crate::substitute::{CoreModule, Signature};

use ValType::I32;

/// What moves ends.
#[derive(Debug, Clone)]
pub(crate) struct Ends {
    /// R's `pass`.
    pub pass: u32,
    /// The types of ends, with their numbers.
    pub types: Vec<(ComponentDefinedTypeId, u32)>,
    /// What a task keeps for handles of these resources that its call borrows: `(handle) -> handle`.
    pub borrows: Vec<(ResourceId, u32)>,
    /// What tells whether handles that own these resources may be given away: `(handle) -> handle`.
    pub owned: Vec<(ResourceId, u32)>,
}

/// The same in a module.
pub(super) struct Moves {
    pass: u32,
    types: Vec<(ComponentDefinedTypeId, u32)>,
    borrows: Vec<(ResourceId, u32)>,
    owned: Vec<(ResourceId, u32)>,
    giver: u32,
    taker: u32,
}

impl Ends {
    /// Imports what moves them; `giver` and `taker` are in globals.
    pub(super) fn import(self, module: &mut CoreModule) -> Moves {
        let pass = module.import_at(self.pass, Signature::new(&[I32; 4], &[I32]));
        let mut import = |functions: Vec<(ResourceId, u32)>| -> Vec<_> {
            let unary = Signature::new(&[I32], &[I32]);
            functions.into_iter().map(|(id, function)| (id, module.import_at(function, unary.clone()))).collect()
        };
        let (borrows, owned) = (import(self.borrows), import(self.owned));
        Moves { pass, types: self.types, borrows, owned, giver: module.global_at(I32), taker: module.global_at(I32) }
    }
}

impl Moves {
    /// Adds `(end) -> end` for each type.
    pub(super) fn build(&self, module: &mut CoreModule) -> impl Fn(Handle) -> Option<u32> + use<> {
        let functions: Vec<_> = self
            .types
            .iter()
            .map(|(id, number)| {
                let mut body = Body::new(1);
                body.run.extend([
                    Instruction::LocalGet(0),
                    Instruction::I32Const(*number as i32),
                    Instruction::GlobalGet(self.giver),
                    Instruction::GlobalGet(self.taker),
                    Instruction::Call(self.pass),
                ]);
                let signature = Signature::new(&[I32], &[I32]);
                (*id, module.add(None, "wasi-shim: pass an end", signature, body.into_code()))
            })
            .collect();
        let of = |functions: &Vec<(ResourceId, u32)>, id| {
            functions.iter().find(|(known, _)| *known == id).map(|(_, function)| *function)
        };
        let (borrows, owned) = (self.borrows.clone(), self.owned.clone());
        move |handle| match handle {
            Handle::End(id) => functions.iter().find(|(known, _)| *known == id).map(|(_, function)| *function),
            Handle::Borrow(id) => of(&borrows, id),
            Handle::Own(id) => of(&owned, id),
        }
    }

    /// Sets the giver and the taker, which are pushed.
    pub(super) fn push_between(&self, body: &mut Body, giver: Instruction<'static>, taker: Instruction<'static>) {
        body.run.extend([giver, Instruction::GlobalSet(self.giver), taker, Instruction::GlobalSet(self.taker)]);
    }
}

/// `(giver, taker, values) -> values`: passes the ends in parameters, or in a result.
#[derive(Debug, Clone)]
pub(crate) struct Pass {
    pub def: u32,
    pub layout: Layout,
    /// Whether there is one value, the address of them.
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

    /// Its type.
    pub fn signature(&self) -> Signature {
        let params = [I32, I32].into_iter().chain(self.values()).collect();
        Signature { params, results: self.values() }
    }

    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let signature = self.signature();
        let Pass { def, layout, in_memory, ends } = self;
        let moves = ends.import(module);
        move |module| {
            let exchange = moves.build(module);
            let mut body = Body::new(signature.params.len());
            moves.push_between(&mut body, Instruction::LocalGet(0), Instruction::LocalGet(1));
            let flats: Vec<Flat> = (2..).zip(signature.results.iter().copied()).collect();
            match in_memory {
                true => body.exchange(&layout, 2, 0, 0, &exchange),
                false => body.exchange_flat(&layout, &flats, 0, &exchange),
            }
            body.run.extend(flats.iter().map(|(local, _)| Instruction::LocalGet(*local)));
            module.add(Some(def), "wasi-shim: pass ends", signature, body.into_code());
        }
    }
}

/// A function `(i32) -> i32` that passes one end between fixed parts.
pub(crate) fn pass_between(
    def: u32,
    pass: u32,
    ty: u32,
    giver: u32,
    taker: u32,
) -> impl FnOnce(&mut CoreModule) -> Box<dyn FnOnce(&mut CoreModule)> {
    move |module| {
        let pass = module.import_at(pass, Signature::new(&[I32; 4], &[I32]));
        Box::new(move |module| {
            let mut body = Body::new(1);
            body.run.push(Instruction::LocalGet(0));
            body.run.extend([ty, giver, taker].map(|value| Instruction::I32Const(value as i32)));
            body.run.push(Instruction::Call(pass));
            module.add(Some(def), "wasi-shim: pass an end", Signature::new(&[I32], &[I32]), body.into_code());
        })
    }
}

/// The core function of a sync lift that other parts call, if they do with ends, or for ends, or may have written what it reads.
#[derive(Debug, Clone)]
pub(crate) struct PassingLift {
    pub def: u32,
    pub core: u32,
    pub signature: Signature,
    /// The number of the part.
    pub part: u32,
    /// R's `caller`, if something passes.
    pub caller: Option<u32>,
    pub params: Option<u32>,
    pub result: Option<u32>,
    /// The first module's `fill`.
    pub fill: Option<u32>,
}

impl PassingLift {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let PassingLift { def, core, signature, part, caller, params, result, fill } = self;
        let fill = fill.map(|fill| module.import_at(fill, Signature::default()));
        let core = module.import_at(core, signature.clone());
        let caller = caller.map(|caller| module.import_at(caller, Signature::new(&[], &[I32])));
        let passing = |values: &Vec<ValType>| {
            let params = [I32, I32].into_iter().chain(values.iter().copied()).collect();
            Signature { params, results: values.clone() }
        };
        let params = params.map(|pass| module.import_at(pass, passing(&signature.params)));
        let result = result.map(|pass| module.import_at(pass, passing(&signature.results)));
        move |module| {
            let mut body = Body::new(signature.params.len());
            let this = Instruction::I32Const(part as i32);
            let from = body.local(I32);
            body.run
                .extend(caller.into_iter().flat_map(|caller| [Instruction::Call(caller), Instruction::LocalSet(from)]));
            body.run.extend(fill.map(Instruction::Call));
            if params.is_some() {
                body.run.extend([Instruction::LocalGet(from), this.clone()]);
            }
            body.run.extend((0..signature.params.len() as u32).map(Instruction::LocalGet));
            body.run.extend(params.map(Instruction::Call));
            body.run.push(Instruction::Call(core));
            if let Some(result) = result {
                let kept = body.local(signature.results[0]);
                body.run.extend([
                    Instruction::LocalSet(kept),
                    this,
                    Instruction::LocalGet(from),
                    Instruction::LocalGet(kept),
                    Instruction::Call(result),
                ]);
            }
            module.add(Some(def), "wasi-shim: export", signature, body.into_code());
        }
    }
}
