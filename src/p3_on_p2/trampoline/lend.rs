//! What a task has instead of handles that its call borrows.

use wasm_encoder::{BlockType, Instruction, ValType};

use super::values::Body;
use crate::substitute::{CoreModule, Signature};

use ValType::I32;

/// `(handle) -> handle`: one that the task may keep, for one that is borrowed until the core function returns.
pub(crate) fn borrow(
    def: u32,
    lend: u32,
    drop: u32,
    lent: u32,
) -> impl FnOnce(&mut CoreModule) -> Box<dyn FnOnce(&mut CoreModule)> {
    move |module| {
        let lend = module.import_at(lend, Signature::new(&[I32], &[I32]));
        let [drop, lent] = [drop, lent].map(|func| module.import_at(func, Signature::new(&[I32], &[])));
        Box::new(move |module| {
            let mut body = Body::new(1);
            let own = body.local(I32);
            body.run.extend([
                Instruction::LocalGet(0),
                Instruction::Call(lend),
                Instruction::LocalTee(own),
                Instruction::Call(lent),
                Instruction::LocalGet(0),
                Instruction::Call(drop),
                Instruction::LocalGet(own),
            ]);
            module.add(Some(def), "wasi-shim: borrow", Signature::new(&[I32], &[I32]), body.into_code());
        })
    }
}

/// `resource.drop` of a handle that a task may have borrowed.
pub(crate) fn drop_or_unlend(
    def: u32,
    give_back: u32,
    unlend: Option<u32>,
    drop: u32,
) -> impl FnOnce(&mut CoreModule) -> Box<dyn FnOnce(&mut CoreModule)> {
    move |module| {
        let give_back = module.import_at(give_back, Signature::new(&[I32], &[I32]));
        let drop = module.import_at(drop, Signature::new(&[I32], &[]));
        let unlend = unlend.map_or(drop, |unlend| module.import_at(unlend, Signature::new(&[I32], &[])));
        Box::new(move |module| {
            let mut body = Body::new(1);
            body.run.extend([
                Instruction::LocalGet(0),
                Instruction::Call(give_back),
                Instruction::If(BlockType::Empty),
                Instruction::LocalGet(0),
                Instruction::Call(unlend),
                Instruction::Else,
                Instruction::LocalGet(0),
                Instruction::Call(drop),
                Instruction::End,
            ]);
            module.add(Some(def), "wasi-shim: resource.drop", Signature::new(&[I32], &[]), body.into_code());
        })
    }
}

/// A function `(i32) -> i32` that calls one after the other.
pub(crate) fn chained(
    def: u32,
    first: u32,
    second: u32,
) -> impl FnOnce(&mut CoreModule) -> Box<dyn FnOnce(&mut CoreModule)> {
    move |module| {
        let unary = Signature::new(&[I32], &[I32]);
        let [first, second] = [first, second].map(|func| module.import_at(func, unary.clone()));
        Box::new(move |module| {
            let mut body = Body::new(1);
            body.run.extend([Instruction::LocalGet(0), Instruction::Call(first), Instruction::Call(second)]);
            module.add(Some(def), "wasi-shim: keep", unary, body.into_code());
        })
    }
}
