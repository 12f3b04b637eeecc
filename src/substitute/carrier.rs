//! How bulk bytes travel between guest and adapter: as lists of chunks, which engines copy fast, rather than of bytes.

use wasm_encoder::{Instruction, ValType};

use super::{Code, CoreModule, Signature};

use ValType::I32;

/// Bytes of a chunk: a tuple of eight `u64`.
pub(crate) const CHUNK: u32 = 64;

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

/// The module that hands an allocation out piece by piece: the realloc with which carriers of bulk bytes
/// are lowered, so that they land side by side in the buffer that the guest's own realloc gave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scatter {
    /// `(address) -> ()`: where the next allocation begins.
    pub aim: u32,
    /// The realloc.
    pub realloc: u32,
}

impl Scatter {
    /// The module that provides it.
    pub fn module(&self) -> CoreModule {
        let mut module = CoreModule::default();
        let next = module.global_at(I32);
        let aim =
            Code { instructions: vec![Instruction::LocalGet(0), Instruction::GlobalSet(next)], ..Code::default() };
        module.add(Some(self.aim), "wasi-shim: aim", Signature::new(&[I32], &[]), aim);
        let realloc = Code {
            instructions: vec![
                Instruction::GlobalGet(next),
                Instruction::GlobalGet(next),
                Instruction::LocalGet(3),
                Instruction::I32Add,
                Instruction::GlobalSet(next),
            ],
            ..Code::default()
        };
        let signature = Signature::new(&[I32, I32, I32, I32], &[I32]);
        module.add(Some(self.realloc), "wasi-shim: realloc", signature, realloc);
        module
    }
}
