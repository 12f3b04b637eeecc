//! The async lowering of a function of another part: of one that returns before the lowering does, by the sync lowering;
//! of one that may have to wait, by what the callee has for tasks.

use wasm_encoder::{BlockType, Instruction, ValType};

use super::call::{Finish, import_finish, push_finish};
use super::values::{Body, Flat};
use super::{RETURNED, Task, push_cookie};
use crate::layout::Layout;
use crate::substitute::{CoreModule, Signature};

use ValType::{I32, I64};

/// The function: `(parameters, address of the result) -> status`.
#[derive(Debug, Clone)]
pub(crate) struct EagerCall {
    pub def: u32,
    /// The type of the async lowering.
    pub signature: Signature,
    /// The sync lowering.
    pub inner: u32,
    /// All parameters as one record.
    pub params: Layout,
    pub result: Option<Layout>,
}

/// Flat parameters of a sync lowering, and of an async one; more go through memory.
const MAX_FLAT_PARAMS: usize = 16;
const MAX_FLAT_ASYNC_PARAMS: usize = 4;

/// Whether parameters are in memory for an async lowering and not for a sync one.
fn loads(params: &Layout) -> bool {
    (MAX_FLAT_ASYNC_PARAMS + 1..=MAX_FLAT_PARAMS).contains(&params.flat.len())
}

/// The core parameters of a sync lowering.
fn sync_params(params: &Layout) -> Vec<ValType> {
    match params.flat.len() <= MAX_FLAT_PARAMS {
        true => params.flat.clone(),
        false => vec![I32],
    }
}

/// Pushes the parameters of a sync lowering, which were given to an async one as the first `given` parameters.
fn push_params(body: &mut Body, params: &Layout, given: u32) {
    match loads(params) {
        true => {
            let flats: Vec<Flat> = params.flat.iter().map(|ty| (body.local(*ty), *ty)).collect();
            body.load(params, &flats, 0, 0);
            body.run.extend(flats.iter().map(|(local, _)| Instruction::LocalGet(*local)));
        }
        false => body.run.extend((0..given).map(Instruction::LocalGet)),
    }
}

impl EagerCall {
    /// Whether the function itself needs the guest's memory.
    pub fn uses_memory(&self) -> bool {
        loads(&self.params) || self.result.as_ref().is_some_and(|result| result.flat.len() == 1)
    }

    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let mut params = sync_params(&self.params);
        let mut results = Vec::new();
        match &self.result {
            None => {}
            Some(result) if result.flat.len() == 1 => results.push(result.flat[0]),
            Some(_) => params.push(I32),
        }
        let inner = module.import(self.inner, Signature { params, results });
        move |module| {
            let count = self.signature.params.len() as u32;
            let mut body = Body::new(count as usize);
            let given = if self.result.is_some() { count - 1 } else { count };
            push_params(&mut body, &self.params, given);
            match &self.result {
                None => body.run.push(Instruction::Call(inner)),
                Some(result) if result.flat.len() == 1 => {
                    let flat = (body.local(result.flat[0]), result.flat[0]);
                    body.run.extend([Instruction::Call(inner), Instruction::LocalSet(flat.0)]);
                    body.store(result, &[flat], given, 0, 0);
                }
                Some(_) => body.run.extend([Instruction::LocalGet(given), Instruction::Call(inner)]),
            }
            body.run.push(Instruction::I32Const(RETURNED));
            module.function(Some(self.def), "wasi-shim: call", self.signature, body.into_code());
        }
    }
}

/// The function, where the callee has tasks.
#[derive(Debug, Clone)]
pub(crate) struct TaskCall {
    pub def: u32,
    /// The type of the async lowering.
    pub signature: Signature,
    /// R's `call`.
    pub call: u32,
    /// What begins a task: `(parameters) -> state`.
    pub start: u32,
    /// All parameters as one record.
    pub params: Layout,
    /// The result, and the slot through which it is delivered later.
    pub finish: Option<(Finish, u32)>,
    pub task: Task,
}

impl TaskCall {
    /// Whether the function itself needs the guest's memory.
    pub fn uses_memory(&self) -> bool {
        loads(&self.params) || self.finish.is_some_and(|(finish, _)| finish.value.is_some())
    }

    /// Imports what the functions call and gives back what adds them.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let call = module.import(self.call, Signature::new(&[I64], &[]));
        let start = module.import(self.start, Signature { params: sync_params(&self.params), results: vec![I32] });
        let finish = self.finish.map(|(finish, kind)| (import_finish(module, finish), finish, kind));
        if finish.is_some() {
            module.import_table(self.task.table);
        }
        move |module| {
            let count = self.signature.params.len() as u32;
            let mut body = Body::new(count as usize);
            let given = if finish.is_some() { count - 1 } else { count };
            match finish {
                Some((_, _, kind)) => push_cookie(&mut body.run, kind, given),
                None => body.run.push(Instruction::I64Const(0)),
            }
            body.run.push(Instruction::Call(call));
            push_params(&mut body, &self.params, given);
            body.run.push(Instruction::Call(start));
            if let Some((func, how, _)) = finish {
                let state = body.local(I32);
                body.run.extend([
                    Instruction::LocalTee(state),
                    Instruction::I32Const(RETURNED),
                    Instruction::I32Eq,
                    Instruction::If(BlockType::Empty),
                ]);
                push_finish(&mut body.run, func, how, Instruction::I32Const(0), given);
                body.run.extend([Instruction::End, Instruction::LocalGet(state)]);
            }
            module.function(Some(self.def), "wasi-shim: call", self.signature, body.into_code());
            if let Some((func, how, kind)) = finish {
                super::call::add_delivery(module, func, how, kind);
            }
        }
    }
}
