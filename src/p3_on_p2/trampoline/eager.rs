//! The async lowering of a function that returns before it does: it calls the sync lowering.

use wasm_encoder::{Instruction, ValType};

use super::RETURNED;
use super::values::{Body, Flat};
use crate::layout::Layout;
use crate::substitute::{CoreModule, Signature};

use ValType::I32;

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

impl EagerCall {
    /// Whether the function itself needs the guest's memory.
    pub fn uses_memory(&self) -> bool {
        self.loads() || self.result.as_ref().is_some_and(|result| result.flat.len() == 1)
    }

    /// Whether the parameters are in memory here and not there.
    fn loads(&self) -> bool {
        (MAX_FLAT_ASYNC_PARAMS + 1..=MAX_FLAT_PARAMS).contains(&self.params.flat.len())
    }

    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let is_direct = self.params.flat.len() <= MAX_FLAT_PARAMS;
        let mut params = if is_direct { self.params.flat.clone() } else { vec![I32] };
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
            match self.loads() {
                true => {
                    let flats: Vec<Flat> = self.params.flat.iter().map(|ty| (body.local(*ty), *ty)).collect();
                    body.load(&self.params, &flats, 0, 0);
                    body.run.extend(flats.iter().map(|(local, _)| Instruction::LocalGet(*local)));
                }
                false => body.run.extend((0..given).map(Instruction::LocalGet)),
            }
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
