//! Bulk bytes between guest and adapter: they travel as lists of chunks, because engines copy lists
//! element by element.

use wasm_encoder::Instruction::{I32Add, I32And, I32ShrU, Select};
use wasm_encoder::ValType::I32;

use super::{Body, CoreModule, Local};
use crate::component::CoreFuncId;

/// Bytes of a chunk: a tuple of eight `u64`.
pub(crate) const CHUNK: u32 = 64;

const MASK: i32 = CHUNK as i32 - 1;
const SHIFT: i32 = CHUNK.trailing_zeros() as i32;

impl Body<'_> {
    /// Pushes `len` bytes at `pointer` as they travel: the number of bytes to skip, `len`, and the
    /// list of the whole chunks that the bytes lie in.
    pub fn in_chunks(&mut self, pointer: Local, len: Local) -> &mut Self {
        self.get(pointer).i32(MASK).op(I32And);
        self.get(len);
        self.get(pointer).i32(!MASK).op(I32And);
        // Chunks: none for no bytes, else len / 64 + (len % 64 + skip + 63) / 64, which cannot
        // overflow.
        self.get(len).i32(SHIFT).op(I32ShrU);
        self.get(len).i32(MASK).op(I32And).get(pointer).i32(MASK).op(I32And).op(I32Add);
        self.i32(MASK).op(I32Add).i32(SHIFT).op(I32ShrU).op(I32Add);
        self.i32(0).get(len).op(Select)
    }
}

/// Functions that hand an allocation out piece by piece. Lists of chunks are lowered with
/// this realloc, so that they land side by side in the buffer that the guest's own realloc gave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scatter {
    /// `(address) -> ()`: where the next allocation begins.
    pub aim: CoreFuncId,
    /// The realloc.
    pub realloc: CoreFuncId,
}

impl Scatter {
    /// Adds both functions to `module`.
    pub fn add_to(&self, module: &mut CoreModule) {
        let next = module.global(I32);
        module.setter(self.aim, next);
        module.function(Some(self.realloc), "wasi-shim: realloc", ([I32; 4], [I32]), |body| {
            let size = body.param(3);
            body.global_get(next).global_get(next).get(size).op(I32Add).global_set(next);
        });
    }
}
