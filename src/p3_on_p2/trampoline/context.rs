//! Functions of the guest that engines call, each with the contexts of its own: `post-return` has those of the call, `realloc` none.

use wasm_encoder::{Instruction, ValType};

use super::Task;
use super::values::Body;
use crate::substitute::{CoreModule, Signature};

use ValType::I32;

/// `post-return`, with what the call has left.
pub(crate) fn post_return(
    def: u32,
    inner: u32,
    signature: Signature,
    task: Task,
) -> impl FnOnce(&mut CoreModule) -> Box<dyn FnOnce(&mut CoreModule)> {
    move |module| {
        let inner = module.import_at(inner, signature.clone());
        let swap = module.import_at(task.swap, Signature::default());
        Box::new(move |module| {
            let mut body = Body::new(signature.params.len());
            body.run.push(Instruction::Call(swap));
            body.run.extend((0..signature.params.len() as u32).map(Instruction::LocalGet));
            body.run.extend([Instruction::Call(inner), Instruction::Call(swap)]);
            module.add(Some(def), "wasi-shim: post-return", signature, body.into_code());
        })
    }
}

/// `realloc`, with nothing.
pub(crate) fn realloc_apart(
    def: u32,
    inner: u32,
    task: Task,
) -> impl FnOnce(&mut CoreModule) -> Box<dyn FnOnce(&mut CoreModule)> {
    move |module| {
        let signature = Signature::new(&[I32; 4], &[I32]);
        let inner = module.import_at(inner, signature.clone());
        let contexts = [0, 1].map(|slot| {
            let get = module.import_at(task.context_get[slot], Signature::new(&[], &[I32]));
            (get, module.import_at(task.context_set[slot], Signature::new(&[I32], &[])))
        });
        Box::new(move |module| {
            let mut body = Body::new(signature.params.len());
            let saved = [body.local(I32), body.local(I32)];
            for ((get, set), saved) in contexts.iter().zip(saved) {
                body.run.extend([Instruction::Call(*get), Instruction::LocalSet(saved)]);
                body.run.extend([Instruction::I32Const(0), Instruction::Call(*set)]);
            }
            body.run.extend((0..signature.params.len() as u32).map(Instruction::LocalGet));
            body.run.push(Instruction::Call(inner));
            for ((_, set), saved) in contexts.iter().zip(saved) {
                body.run.extend([Instruction::LocalGet(saved), Instruction::Call(*set)]);
            }
            module.add(Some(def), "wasi-shim: realloc", signature, body.into_code());
        })
    }
}
