//! The former way to write code, until all of it is written by [`Body`](super::Body).

use wasm_encoder::{Instruction, ValType};

use super::body::{Func, Global};
use super::{CoreModule, Signature};

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
