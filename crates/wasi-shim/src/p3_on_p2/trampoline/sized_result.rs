//! Fetches a result with bytes in chunks, if `start` reports the number of bytes when the call
//! begins.

use wasm_encoder::Instruction::{I32And, I32Eq, I32GeU, I32ShrU, I32Store, I32Sub, I64Load, I64Store, Select};
use wasm_encoder::MemArg;
use wasm_encoder::ValType::{I32, I64};

use super::RETURNED;
use crate::code::{Body, CoreModule, Func, Local, Memory};
use crate::component::CoreFuncId;

/// Fetches a result with a `list<u8>` in chunks when `start` returned RETURNED with the list's byte
/// length in the upper bits (0: use `finish-…`). All ids are core functions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SizedResult<F = CoreFuncId> {
    /// The guest's.
    pub realloc: F,
    /// Sets where the pieces land: `(address) -> ()`.
    pub aim: F,
    /// `(head, address) -> ()`.
    pub finish: F,
    /// The offset of the list's address and length in the result.
    pub offset: u32,
}

/// The bytes before a result that comes in chunks: address and length of three lists.
const LISTS: u32 = 24;

impl SizedResult {
    /// The same as functions of `module`.
    pub fn import(self, module: &mut CoreModule) -> SizedResult<Func> {
        SizedResult {
            realloc: module.import(self.realloc, ([I32; 4], [I32])),
            aim: module.import(self.aim, ([I32], [])),
            finish: module.import(self.finish, ([I32, I32], [])),
            offset: self.offset,
        }
    }
}

impl SizedResult<Func> {
    /// Adds the function that writes the result: `(length, address) -> ()`.
    ///
    /// The block for the bytes is allocated as the Canonical ABI does it. The lists' addresses and
    /// lengths are written to the bytes before the result, which are restored.
    pub fn add(self, module: &mut CoreModule) -> Func {
        module.function(None, "wasi-shim: finish in chunks", ([I32, I32], []), |body| {
            let ([len, address], new) = (body.first_params(), body.local(I32));
            let saved = [0, 8, 16].map(|offset| (body.local(I64), offset));
            body.i32(0).i32(0).i32(1).get(len).call(self.realloc).tee(new).call(self.aim);
            body.get(address).u32(LISTS).op(I32Sub).set(address);
            // The address may be aligned for 32 bits only.
            let at = |offset| MemArg { offset, align: 2, memory_index: 0 };
            for (local, offset) in saved {
                body.get(address).op(I64Load(at(offset))).set(local);
            }
            // The bytes before the first address that is aligned for chunks.
            body.i32(0).get(new).op(I32Sub).i32(7).op(I32And).get(address).call(self.finish);
            for (local, offset) in saved {
                body.get(address).get(local).op(I64Store(at(offset)));
            }
            for (local, offset) in [(new, 0), (len, 4)] {
                body.get(address).get(local).store(I32Store, Memory::FIRST, LISTS + self.offset + offset);
            }
        })
    }

    /// If `state`, the answer of `start`, says how many bytes there are, calls `finish` (from
    /// `add`) to write the result to `address`; else runs `otherwise`. Leaves only the state in
    /// `state`. `len` is a scratch local.
    pub fn push<'m>(
        body: &mut Body<'m>,
        finish: Func,
        [state, address, len]: [Local; 3],
        otherwise: impl FnOnce(&mut Body<'m>),
    ) {
        body.get(state).i32(0xf).op(I32And).i32(RETURNED).op(I32Eq).if_(|body| {
            // 0 if there is no room for the lists before the address.
            body.get(state).i32(4).op(I32ShrU).i32(0).get(address).u32(LISTS).op(I32GeU).op(Select).set(len);
            body.i32(RETURNED).set(state);
        });
        let known = |body: &mut Body<'m>| {
            body.get(len).get(address).call(finish);
        };
        body.get(len).if_else(None, known, otherwise);
    }
}
