//! Cancellations of copies and of calls, and what else R wants to know the type of an end for.

use wasm_encoder::{Instruction, ValType};

use super::values::Body;
use crate::substitute::{CoreModule, Signature};

use ValType::I32;

/// `cancel-read`, `cancel-write` or `subtask.cancel`: `(waitable) -> result`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cancel {
    pub def: u32,
    /// R's, or the first module's.
    pub inner: u32,
    /// The number of the type of stream or future.
    pub ty: Option<u32>,
    /// For the sync form: R's `alone`.
    pub alone: Option<u32>,
    /// What delivers the outcome, if something may have to be delivered: a copy that was under way may have been finished, and what
    /// nobody has read comes back.
    pub deliver: Option<u32>,
}

impl Cancel {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let Cancel { def, inner, ty, alone, deliver } = self;
        let alone = alone.map(|alone| module.import_at(alone, Signature::new(&[I32], &[])));
        let inner = module.import_at(inner, Signature::new(&[I32, I32][..1 + usize::from(ty.is_some())], &[I32]));
        let deliver = deliver.map(|deliver| module.import_at(deliver, Signature::new(&[I32, I32], &[])));
        move |module| {
            let mut body = Body::new(1);
            body.run.extend(alone.into_iter().flat_map(|alone| [Instruction::LocalGet(0), Instruction::Call(alone)]));
            body.run.push(Instruction::LocalGet(0));
            body.run.extend(ty.map(|ty| Instruction::I32Const(ty as i32)));
            body.run.push(Instruction::Call(inner));
            if let Some(deliver) = deliver {
                let result = body.local(I32);
                body.run.extend([
                    Instruction::LocalSet(result),
                    Instruction::LocalGet(0),
                    Instruction::LocalGet(result),
                    Instruction::Call(deliver),
                    Instruction::LocalGet(result),
                ]);
            }
            module.add(Some(def), "wasi-shim: cancel", Signature::new(&[I32], &[I32]), body.into_code());
        }
    }
}

/// A function of an end, whose type R is told: `(end) -> ()`.
pub(crate) fn typed(
    def: u32,
    inner: u32,
    ty: u32,
    name: &'static str,
) -> impl FnOnce(&mut CoreModule) -> Box<dyn FnOnce(&mut CoreModule)> {
    move |module| {
        let inner = module.import_at(inner, Signature::new(&[I32, I32], &[]));
        Box::new(move |module| {
            let mut body = Body::new(1);
            body.run.extend([Instruction::LocalGet(0), Instruction::I32Const(ty as i32), Instruction::Call(inner)]);
            module.add(Some(def), name, Signature::new(&[I32], &[]), body.into_code());
        })
    }
}
