//! Memory for results that are handed over: the argument of `task.return` must live until the task
//! has ended and the host has read it.

use wasm_encoder::Instruction::{
    I32Add, I32And, I32Eq, I32Eqz, I32Shl, I32Sub, I32WrapI64, I64Add, I64Eqz, I64ExtendI32U, I64GtU, I64Shl, I64ShrU,
};
use wasm_encoder::ValType::{I32, I64};

use crate::code::{Body, CoreModule, Memory};
use crate::component::{CoreFuncId, MemoryId};

/// Bytes of the first block.
const FIRST: i64 = 4096;
/// The log of the bytes in a page of memory.
const PAGE: i64 = 16;

/// Memory for results: a block that is used anew for each task, unless a result in it is still to
/// be fetched. When a result needs more, a block of twice the size replaces it, so that the old
/// blocks never add up to more than the block in use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResultArea {
    /// The memory that it gives out.
    pub memory: MemoryId,
    /// The realloc that its blocks come from; `None` if the memory is its own.
    pub realloc: Option<CoreFuncId>,
    /// `() -> ()`: frees everything that was allocated, unless it is held.
    pub reset: CoreFuncId,
    /// `() -> ()`: a result is to be fetched later (`hold`); it has been fetched (`release`).
    pub hold: CoreFuncId,
    pub release: CoreFuncId,
    /// `(size, align) -> address`.
    pub alloc: CoreFuncId,
}

impl ResultArea {
    /// The module that provides it.
    pub fn module(&self) -> CoreModule {
        let mut module = CoreModule::default();
        self.add_to(&mut module);
        module
    }

    /// Adds it to `module`, whose own memory it may be.
    pub fn add_to(&self, module: &mut CoreModule) {
        let realloc = self.realloc.map(|realloc| module.import(realloc, ([I32; 4], [I32])));
        if realloc.is_none() {
            module.provide_memory(self.memory, 0);
        }
        let [base, next, end, held] = [(); 4].map(|()| module.global(I32));
        module.function(Some(self.reset), "wasi-shim: reset", ([], []), |body| {
            body.global_get(held).op(I32Eqz).if_(|body| {
                body.global_get(base).global_set(next);
            });
        });
        for (def, name, change) in [(self.hold, "wasi-shim: hold", 1), (self.release, "wasi-shim: release", -1)] {
            module.function(Some(def), name, ([], []), |body| {
                body.global_get(held).i32(change).op(I32Add).global_set(held);
            });
        }
        module.function(Some(self.alloc), "wasi-shim: alloc", ([I32, I32], [I32]), |body| {
            let [size, align] = body.first_params();
            let (address, block) = (body.local(I32), body.local(I64));
            let set_address = |body: &mut Body<'_>| {
                body.global_get(next).get(align).op(I32Add).i32(1).op(I32Sub);
                body.i32(0).get(align).op(I32Sub).op(I32And).set(address);
            };
            set_address(body);
            // Would the allocation end behind the block?
            body.get(address).op(I64ExtendI32U).get(size).op(I64ExtendI32U).op(I64Add);
            body.global_get(end).op(I64ExtendI32U).op(I64GtU).if_(|body| {
                // Twice the block plus the size asked for, in 64 bits.
                body.global_get(end).global_get(base).op(I32Sub).op(I64ExtendI32U).i64(1).op(I64Shl);
                body.get(size).op(I64ExtendI32U).op(I64Add).i64(FIRST).op(I64Add).tee(block);
                body.i64(32).op(I64ShrU).op(I64Eqz).op(I32Eqz).trap_if();
                match realloc {
                    Some(realloc) => {
                        body.i32(0).i32(0).i32(8).get(block).op(I32WrapI64).call(realloc).global_set(base);
                    }
                    None => {
                        body.get(block).i64((1 << PAGE) - 1).op(I64Add).i64(PAGE).op(I64ShrU).op(I32WrapI64);
                        body.memory_grow(Memory::FIRST).tee(address).i32(-1).op(I32Eq).trap_if();
                        body.get(address).i32(PAGE as i32).op(I32Shl).global_set(base);
                    }
                }
                body.global_get(base).global_set(next);
                body.global_get(base).get(block).op(I32WrapI64).op(I32Add).global_set(end);
                set_address(body);
            });
            body.get(address).get(size).op(I32Add).global_set(next).get(address);
        });
    }
}
