//! Fetches a result with bytes in chunks, if `start` reports the number of bytes when the call
//! begins.

use wasm_encoder::Instruction::{I32And, I32Eq, I32GeU, I32ShrU, I32Store, I32Sub, I64Load, I64Store, Select};
use wasm_encoder::MemArg;
use wasm_encoder::ValType::{I32, I64};

use super::RETURNED;
use crate::code::{Body, CoreModule, Func, Local, Memory};
use crate::component::CoreFuncId;

/// How a result is had of which `start` says, in the bits above the state, that it has returned and how many bytes its
/// list has. All ids are core functions. (If it says 0 they come by `finish`.)
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<F = CoreFuncId> {
    /// The guest's.
    pub realloc: F,
    /// Where the pieces land: `(address) -> ()`.
    pub aim: F,
    /// `(head, address) -> ()`.
    pub finish: F,
    /// Where address and length of the list are in the result.
    pub offset: u32,
}

/// What precedes the result when it comes with its bytes: address and length of three lists.
const LISTS: u32 = 24;

impl Known {
    /// The same as functions of `module`.
    pub fn import(self, module: &mut CoreModule) -> Known<Func> {
        Known {
            realloc: module.import(self.realloc, ([I32; 4], [I32])),
            aim: module.import(self.aim, ([I32], [])),
            finish: module.import(self.finish, ([I32, I32], [])),
            offset: self.offset,
        }
    }
}

impl Known<Func> {
    /// Adds the function that has the result written: `(length, address) -> ()`.
    ///
    /// The room for the bytes is allocated as the Canonical ABI does it. The lists' addresses and lengths are written
    /// before the result, where what is there is put back.
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

    /// Has `finish`, what `add` gave, write the result to an address, if `state`, what `start` answered, says how many
    /// bytes there are; does something else if not. Leaves in `state` the state alone. `len` is a scratch local.
    pub fn push<'m>(
        body: &mut Body<'m>,
        finish: Func,
        [state, address, len]: [Local; 3],
        otherwise: impl FnOnce(&mut Body<'m>),
    ) {
        body.get(state).i32(0xf).op(I32And).i32(RETURNED).op(I32Eq).if_(|body| {
            // Unless there is nothing before the address.
            body.get(state).i32(4).op(I32ShrU).i32(0).get(address).u32(LISTS).op(I32GeU).op(Select).set(len);
            body.i32(RETURNED).set(state);
        });
        let known = |body: &mut Body<'m>| {
            body.get(len).get(address).call(finish);
        };
        body.get(len).if_else(None, known, otherwise);
    }
}
