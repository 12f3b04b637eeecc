//! Memory for results that are handed over: what `task.return` was given must outlive it until the task ends and
//! the host has read it.

use wasm_encoder::{BlockType, Instruction, ValType};

use crate::substitute::{Code, CoreModule, Signature};

use ValType::{I32, I64};

/// Bytes of the first block.
const FIRST: i32 = 4096;
/// The log of the bytes in a page of memory.
const PAGE: i32 = 16;

/// Where results are put: a block that is used anew for each task, unless a result in it is still to be fetched. When a result needs more, a block of twice the
/// size takes its place, so that what is left behind never adds up to more than the block in use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arena {
    /// The memory that it gives out.
    pub memory: u32,
    /// The realloc that its blocks come from; without it, the memory is its own.
    pub realloc: Option<u32>,
    /// `() -> ()`: everything that was given out is free again, unless it is held.
    pub reset: u32,
    /// `() -> ()`: a result is to be fetched later; it has been.
    pub hold: u32,
    pub release: u32,
    /// `(size, align) -> address`.
    pub alloc: u32,
}

impl Arena {
    /// The module that provides it.
    pub fn module(&self) -> CoreModule {
        let mut module = CoreModule::default();
        let realloc = self.realloc.map(|realloc| module.import_at(realloc, Signature::new(&[I32; 4], &[I32])));
        if realloc.is_none() {
            module.provide_memory(self.memory, 0);
        }
        let [base, next, end, held] = [(); 4].map(|()| module.global_at(I32));
        let reset = vec![
            Instruction::GlobalGet(held),
            Instruction::I32Eqz,
            Instruction::If(BlockType::Empty),
            Instruction::GlobalGet(base),
            Instruction::GlobalSet(next),
            Instruction::End,
        ];
        let reset = Code { instructions: reset, ..Code::default() };
        module.add(Some(self.reset), "wasi-shim: reset", Signature::default(), reset);
        for (def, name, change) in [(self.hold, "wasi-shim: hold", 1), (self.release, "wasi-shim: release", -1)] {
            let code = vec![
                Instruction::GlobalGet(held),
                Instruction::I32Const(change),
                Instruction::I32Add,
                Instruction::GlobalSet(held),
            ];
            let code = Code { instructions: code, ..Code::default() };
            module.add(Some(def), name, Signature::default(), code);
        }

        let (size, align, address, block) = (0, 1, 2, 3);
        let mut run = Vec::new();
        let push_address = |run: &mut Vec<_>| {
            run.extend([
                Instruction::GlobalGet(next),
                Instruction::LocalGet(align),
                Instruction::I32Add,
                Instruction::I32Const(1),
                Instruction::I32Sub,
                Instruction::I32Const(0),
                Instruction::LocalGet(align),
                Instruction::I32Sub,
                Instruction::I32And,
                Instruction::LocalSet(address),
            ]);
        };
        push_address(&mut run);
        run.extend([
            // Does it end behind the block?
            Instruction::LocalGet(address),
            Instruction::I64ExtendI32U,
            Instruction::LocalGet(size),
            Instruction::I64ExtendI32U,
            Instruction::I64Add,
            Instruction::GlobalGet(end),
            Instruction::I64ExtendI32U,
            Instruction::I64GtU,
            Instruction::If(BlockType::Empty),
            // Twice the block, and what is asked for, in 64 bits.
            Instruction::GlobalGet(end),
            Instruction::GlobalGet(base),
            Instruction::I32Sub,
            Instruction::I64ExtendI32U,
            Instruction::I64Const(1),
            Instruction::I64Shl,
            Instruction::LocalGet(size),
            Instruction::I64ExtendI32U,
            Instruction::I64Add,
            Instruction::I64Const(i64::from(FIRST)),
            Instruction::I64Add,
            Instruction::LocalTee(block),
            Instruction::I64Const(32),
            Instruction::I64ShrU,
            Instruction::I64Eqz,
            Instruction::I32Eqz,
            Instruction::If(BlockType::Empty),
            Instruction::Unreachable,
            Instruction::End,
        ]);
        match realloc {
            Some(realloc) => run.extend([
                Instruction::I32Const(0),
                Instruction::I32Const(0),
                Instruction::I32Const(8),
                Instruction::LocalGet(block),
                Instruction::I32WrapI64,
                Instruction::Call(realloc),
                Instruction::GlobalSet(base),
            ]),
            None => run.extend([
                Instruction::LocalGet(block),
                Instruction::I64Const((1 << PAGE) - 1),
                Instruction::I64Add,
                Instruction::I64Const(i64::from(PAGE)),
                Instruction::I64ShrU,
                Instruction::I32WrapI64,
                Instruction::MemoryGrow(0),
                Instruction::LocalTee(address),
                Instruction::I32Const(-1),
                Instruction::I32Eq,
                Instruction::If(BlockType::Empty),
                Instruction::Unreachable,
                Instruction::End,
                Instruction::LocalGet(address),
                Instruction::I32Const(PAGE),
                Instruction::I32Shl,
                Instruction::GlobalSet(base),
            ]),
        }
        run.extend([
            Instruction::GlobalGet(base),
            Instruction::GlobalSet(next),
            Instruction::GlobalGet(base),
            Instruction::LocalGet(block),
            Instruction::I32WrapI64,
            Instruction::I32Add,
            Instruction::GlobalSet(end),
        ]);
        push_address(&mut run);
        run.extend([
            Instruction::End,
            Instruction::LocalGet(address),
            Instruction::LocalGet(size),
            Instruction::I32Add,
            Instruction::GlobalSet(next),
            Instruction::LocalGet(address),
        ]);
        let code = Code { locals: vec![I32, I64], instructions: run };
        module.add(Some(self.alloc), "wasi-shim: alloc", Signature::new(&[I32, I32], &[I32]), code);
        module
    }
}
