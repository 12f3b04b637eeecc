//! Reads of bulk bytes, which arrive in pieces and land side by side in one block of the guest's
//! memory.

use wasm_encoder::Instruction::{I32And, I32ShrU, I32Store, I32Store8, I32Sub, I32WrapI64, I64ShrU, Return};
use wasm_encoder::ValType::{I32, I64};

use crate::code::{Body, CHUNK, CoreModule, Func, Local, Memory};
use crate::component::CoreFuncId;
use crate::p2_on_p3::interface::BulkResult;

/// The functions by which a trampoline moves bulk bytes to the guest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BulkRead<F = CoreFuncId> {
    pub aim: F,
    pub bulk: F,
    pub head: F,
    pub body: F,
    pub tail: F,
    pub finish: F,
    /// The realloc of the original definition.
    pub realloc: F,
}

impl BulkRead {
    /// The same as functions of `module`.
    pub fn import(self, module: &mut CoreModule) -> BulkRead<Func> {
        BulkRead {
            aim: module.import(self.aim, ([I32], [])),
            bulk: module.import(self.bulk, ([I32], [I64])),
            head: module.import(self.head, ([I32; 3], [])),
            body: module.import(self.body, ([I32; 2], [])),
            tail: module.import(self.tail, ([I32; 2], [])),
            finish: module.import(self.finish, ([I32], [])),
            realloc: module.import(self.realloc, ([I32; 4], [I32])),
        }
    }
}

impl BulkRead<Func> {
    /// If the operation `token` gave enough bytes, moves them to the guest as chunks, writes the
    /// result as the Canonical ABI lays it out, and returns.
    pub fn read(self, body: &mut Body<'_>, kind: BulkResult, result: Local, token: Local) {
        let [outcome, count, buffer, head] = [I64, I32, I32, I32].map(|ty| body.local(ty));
        body.get(token).call(self.bulk).tee(outcome).op(I32WrapI64).tee(count).if_(|body| {
            body.i32(0).i32(0).i32(1).get(count).call(self.realloc).tee(buffer).call(self.aim);
            // The bytes before the first address that is aligned for chunks.
            body.i32(0).get(buffer).op(I32Sub).i32(7).op(I32And).tee(head).if_(|body| {
                body.get(token).get(head).get(result).call(self.head);
            });
            body.get(count).get(head).op(I32Sub).tee(head);
            body.i32(CHUNK.trailing_zeros() as i32).op(I32ShrU).if_(|body| {
                body.get(token).get(result).call(self.body);
            });
            body.get(head).i32(CHUNK as i32 - 1).op(I32And).if_(|body| {
                body.get(token).get(result).call(self.tail);
            });
            body.get(token).call(self.finish);
            // ok, pointer, length and, for `descriptor.read`, the boolean.
            body.get(result).i32(0).store(I32Store8, Memory::FIRST, 0);
            body.get(result).get(buffer).store(I32Store, Memory::FIRST, 4);
            body.get(result).get(count).store(I32Store, Memory::FIRST, 8);
            if kind == BulkResult::BytesAndFlag {
                body.get(result).get(outcome).i64(32).op(I64ShrU).op(I32WrapI64).store(I32Store8, Memory::FIRST, 12);
            }
            body.op(Return);
        });
    }
}
