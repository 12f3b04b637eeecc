//! The former way to write code, until all of it is written by [`Body`](super::Body).

use wasm_encoder::{Instruction, ValType};

use super::body::{Func, Global};
use super::{CHUNK, CoreModule, Signature};

/// The body of a generated function: locals beyond the parameters, and instructions without the final `end`.
#[derive(Debug, Default)]
pub(crate) struct Code {
    pub locals: Vec<ValType>,
    pub instructions: Vec<Instruction<'static>>,
}

impl CoreModule {
    pub fn import_at(&mut self, def: u32, signature: Signature) -> u32 {
        self.import(def, signature).0
    }

    pub fn import_memory_at(&mut self, def: u32) -> u32 {
        self.import_memory(def).0
    }

    pub fn global_at(&mut self, ty: ValType) -> u32 {
        let Global(at) = self.global(ty);
        at
    }

    pub fn slot_at(&mut self, at: u32, function: u32) {
        self.slot(at, Func(function));
    }

    pub fn add(&mut self, def: Option<u32>, name: impl Into<String>, signature: Signature, code: Code) -> u32 {
        let func = self.function(def, name, signature, |body| {
            for local in code.locals {
                body.local(local);
            }
            for instruction in code.instructions {
                body.op(instruction);
            }
        });
        func.0
    }
}

/// Pushes the carrier of the bytes whose pointer and length are in these locals: how many bytes to skip,
/// how many there are, and the whole chunks that they lie in.
pub(crate) fn push_carrier(run: &mut Vec<Instruction<'static>>, pointer: u32, len: u32) {
    let mask = CHUNK as i32 - 1;
    run.extend([
        Instruction::LocalGet(pointer),
        Instruction::I32Const(mask),
        Instruction::I32And,
        Instruction::LocalGet(len),
        Instruction::LocalGet(pointer),
        Instruction::I32Const(!mask),
        Instruction::I32And,
        // Chunks: none for no bytes, else len / 64 + (len % 64 + skip + 63) / 64, which cannot overflow.
        Instruction::LocalGet(len),
        Instruction::I32Const(CHUNK.trailing_zeros() as i32),
        Instruction::I32ShrU,
        Instruction::LocalGet(len),
        Instruction::I32Const(mask),
        Instruction::I32And,
        Instruction::LocalGet(pointer),
        Instruction::I32Const(mask),
        Instruction::I32And,
        Instruction::I32Add,
        Instruction::I32Const(mask),
        Instruction::I32Add,
        Instruction::I32Const(CHUNK.trailing_zeros() as i32),
        Instruction::I32ShrU,
        Instruction::I32Add,
        Instruction::I32Const(0),
        Instruction::LocalGet(len),
        Instruction::Select,
    ]);
}
