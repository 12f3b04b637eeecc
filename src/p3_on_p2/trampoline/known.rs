//! Results with bytes in them, which can be had in chunks if it is known how many there are when the call begins.

use wasm_encoder::{BlockType, Instruction, MemArg, ValType};

use super::RETURNED;
use crate::substitute::{Code, CoreModule, Signature};

use ValType::{I32, I64};

/// How a result is had of which `start` says, in the bits above the state, that it has returned and how many bytes its list
/// has. All ids are core functions. (If it says 0 they come by `finish`.)
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    /// The guest's.
    pub realloc: u32,
    /// Where the pieces land: `(address) -> ()`.
    pub aim: u32,
    /// `(head, address) -> ()`.
    pub finish: u32,
    /// Where address and length of the list are in the result.
    pub offset: u32,
}

/// What precedes the result when it comes with its bytes: address and length of three lists.
const LISTS: u32 = 24;

impl Known {
    /// The same as indices of `module`.
    pub fn import(self, module: &mut CoreModule) -> Known {
        Known {
            realloc: module.import_at(self.realloc, Signature::new(&[I32; 4], &[I32])),
            aim: module.import_at(self.aim, Signature::new(&[I32], &[])),
            finish: module.import_at(self.finish, Signature::new(&[I32, I32], &[])),
            offset: self.offset,
        }
    }

    /// Adds the function that has the result written: `(length, address) -> ()`.
    ///
    /// The room for the bytes is allocated as the Canonical ABI does it. The lists' addresses and lengths are written before
    /// the result, where what is there is put back.
    pub fn add(self, module: &mut CoreModule) -> u32 {
        let [len, address, at] = [0, 1, 2];
        let saved = [(3, 0), (4, 8), (5, 16)];
        let memory = |offset: u32| MemArg { offset: offset.into(), align: 2, memory_index: 0 };
        let mut run = vec![
            Instruction::I32Const(0),
            Instruction::I32Const(0),
            Instruction::I32Const(1),
            Instruction::LocalGet(len),
            Instruction::Call(self.realloc),
            Instruction::LocalTee(at),
            Instruction::Call(self.aim),
            Instruction::LocalGet(address),
            Instruction::I32Const(LISTS as i32),
            Instruction::I32Sub,
            Instruction::LocalSet(address),
        ];
        for (local, offset) in saved {
            let load = Instruction::I64Load(memory(offset));
            run.extend([Instruction::LocalGet(address), load, Instruction::LocalSet(local)]);
        }
        run.extend([
            // The bytes before the first address that is aligned for chunks.
            Instruction::I32Const(0),
            Instruction::LocalGet(at),
            Instruction::I32Sub,
            Instruction::I32Const(7),
            Instruction::I32And,
            Instruction::LocalGet(address),
            Instruction::Call(self.finish),
        ]);
        for (local, offset) in saved {
            let store = Instruction::I64Store(memory(offset));
            run.extend([Instruction::LocalGet(address), Instruction::LocalGet(local), store]);
        }
        for (local, offset) in [(at, 0), (len, 4)] {
            let store = Instruction::I32Store(memory(LISTS + self.offset + offset));
            run.extend([Instruction::LocalGet(address), Instruction::LocalGet(local), store]);
        }
        let code = Code { locals: vec![I32, I64, I64, I64], instructions: run };
        module.add(None, "wasi-shim: finish in chunks", Signature::new(&[I32, I32], &[]), code)
    }

    /// Has `finish`, what `add` gave, write the result to the address in local `address`, if local `state`, what `start`
    /// answered, says how many bytes there are; what comes behind an `else` is done if not. Leaves in `state` the state
    /// alone. `len` is a scratch local.
    pub fn push(run: &mut Vec<Instruction<'static>>, finish: u32, state: u32, address: u32, len: u32) {
        run.extend([
            Instruction::LocalGet(state),
            Instruction::I32Const(0xf),
            Instruction::I32And,
            Instruction::I32Const(RETURNED),
            Instruction::I32Eq,
            Instruction::If(BlockType::Empty),
            // Unless there is nothing before the address.
            Instruction::LocalGet(state),
            Instruction::I32Const(4),
            Instruction::I32ShrU,
            Instruction::I32Const(0),
            Instruction::LocalGet(address),
            Instruction::I32Const(LISTS as i32),
            Instruction::I32GeU,
            Instruction::Select,
            Instruction::LocalSet(len),
            Instruction::I32Const(RETURNED),
            Instruction::LocalSet(state),
            Instruction::End,
            Instruction::LocalGet(len),
            Instruction::If(BlockType::Empty),
            Instruction::LocalGet(len),
            Instruction::LocalGet(address),
            Instruction::Call(finish),
        ]);
    }
}
