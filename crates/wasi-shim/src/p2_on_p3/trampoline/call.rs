//! Calls that may have to wait: of split functions, and of functions of other parts.

use wasm_encoder::Instruction::{I32Ne, I64Add, I64ExtendI32U, I64GtU, I64Shl, Return};
use wasm_encoder::ValType::I32;

use super::bulk_read::BulkRead;
use super::gate::Gate;
use crate::code::{CoreModule, Memory, Signature, Slot, forward};
use crate::component::{CoreFuncId, TableId};
use crate::link::GiveBack;
use crate::p2_on_p3::interface::SplitType;

/// The `start` of a function that writes bytes and waits until they are out, where P is linked: the
/// host takes the bytes from the guest's memory, whereas the original `start` copies them to P.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StartInPlace {
    pub def: CoreFuncId,
    pub start: CoreFuncId,
    pub gate: Gate,
    /// P's function `(stream, slot, address, count) -> token`.
    pub write: CoreFuncId,
    /// Lends the stream to P; `give_back` ends the loan. Both take `(handle, tag)`.
    pub lend: CoreFuncId,
    pub give_back: GiveBack,
    /// The element of `table` for `host`: `stream.write` with the guest's memory.
    pub slot: Slot,
    pub table: TableId,
    pub host: CoreFuncId,
}

/// The answer of `write` if the bytes have to be copied to P.
const COPY: i32 = -1;

impl StartInPlace {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let is_running = module.import(self.gate.is_running, ([], [I32]));
        let start = module.import(self.start, ([I32; 5], [I32]));
        let write = module.import(self.write, ([I32; 4], [I32]));
        let lend = module.import(self.lend, ([I32, I32], [I32]));
        let give_back = module.import(self.give_back.function, ([I32, I32], []));
        let host = module.import(self.host, ([I32; 3], [I32]));
        module.import_table(self.table);
        module.slot(self.slot, host);
        module.function(Some(self.def), "wasi-shim: write", ([I32; 3], [I32]), |body| {
            let [stream, address, count] = body.first_params();
            let token = body.local(I32);
            // Outside of async exports the guest cannot wait, so P gets a copy of the bytes.
            body.call(is_running).if_(|body| {
                body.get(address).op(I64ExtendI32U).get(count).op(I64ExtendI32U).op(I64Add);
                body.memory_size(Memory::FIRST).op(I64ExtendI32U).i64(16).op(I64Shl).op(I64GtU).trap_if();
                body.get(stream).u32(self.give_back.tag).call(lend);
                body.u32(self.slot).get(address).get(count).call(write).tee(token).i32(COPY).op(I32Ne).if_(|body| {
                    body.get(token).op(Return);
                });
                body.get(stream).u32(self.give_back.tag).call(give_back);
            });
            body.get(stream).in_chunks(address, count).call(start);
        });
    }
}

/// The trampoline of one split function: all ids are core functions of the component.
#[derive(Debug, Clone)]
pub(crate) struct Split {
    /// The lowered function that it replaces.
    pub def: CoreFuncId,
    /// Name for backtraces.
    pub name: String,
    pub signature: Signature,
    pub ty: SplitType,
    pub start: CoreFuncId,
    pub finish: CoreFuncId,
    pub gate: Gate,
    pub bulk: Option<BulkRead>,
    /// The handles that `start` borrows until the function returns.
    pub give_back: Vec<GiveBack>,
}

impl Split {
    /// Whether the result comes through a return pointer, the last flat parameter.
    fn return_pointer(&self) -> Option<usize> {
        let last = self.signature.params.len().checked_sub(1)?;
        (self.ty.has_result && self.signature.results.is_empty()).then_some(last)
    }

    /// Adds the trampoline.
    pub fn build(self, module: &mut CoreModule) {
        let return_pointer = self.return_pointer();
        let forwarded = self.signature.params.len() - usize::from(return_pointer.is_some());
        let mut start = self.signature.params[..forwarded].to_vec();
        if let Some(at) = self.ty.bulk_param {
            start.splice(at..at + 2, [I32; 4]);
        }
        let start = module.import(self.start, Signature { params: start, results: vec![I32] });
        let finish = Signature {
            params: [I32].into_iter().chain(return_pointer.map(|_| I32)).collect(),
            results: self.signature.results.clone(),
        };
        let finish = module.import(self.finish, finish);
        let wait = module.import(self.gate.wait, ([I32], []));
        let bulk = self.bulk.map(|bulk| bulk.import(module));
        module.function(Some(self.def), self.name, self.signature, |body| {
            let token = body.local(I32);
            let given = body.params();
            for (at, param) in given[..forwarded].iter().enumerate() {
                match self.ty.bulk_param {
                    Some(pointer) if at == pointer => body.in_chunks(*param, given[at + 1]),
                    Some(pointer) if at == pointer + 1 => body,
                    _ => body.get(*param),
                };
            }
            body.call(start).tee(token).if_(|body| {
                body.get(token).call(wait);
            });
            for GiveBack { param, tag, function } in self.give_back {
                let give_back = body.module.import(function, ([I32, I32], []));
                body.get(given[param]).u32(tag).call(give_back);
            }
            let result = return_pointer.map(|at| given[at]);
            if let (Some(bulk), Some(kind), Some(result)) = (bulk, self.ty.bulk_result, result) {
                bulk.read(body, kind, result, token);
            }
            body.get(token).gets(result).call(finish);
        });
    }
}

/// A call of another part's function, or of its companion while an async export runs.
#[derive(Debug, Clone)]
pub(crate) struct CompanionCall {
    pub def: CoreFuncId,
    pub name: String,
    pub signature: Signature,
    pub function: CoreFuncId,
    pub companion: CoreFuncId,
    pub gate: Gate,
}

impl CompanionCall {
    /// Adds the trampoline.
    pub fn build(self, module: &mut CoreModule) {
        let is_running = module.import(self.gate.is_running, ([], [I32]));
        let companion = module.import(self.companion, self.signature.clone());
        let function = module.import(self.function, self.signature.clone());
        let result = self.signature.results.first().copied();
        module.function(Some(self.def), self.name, self.signature, |body| {
            body.call(is_running).if_else(result, forward(companion), forward(function));
        });
    }
}

/// A wrapper of the core function of an export that is not async but has a companion: it pauses the
/// gate, because its task may not wait even if async tasks of the component are running.
#[derive(Debug, Clone)]
pub(crate) struct Apart {
    pub def: CoreFuncId,
    pub signature: Signature,
    pub inner: CoreFuncId,
    pub gate: Gate,
}

impl Apart {
    /// Adds the wrapper.
    pub fn build(self, module: &mut CoreModule) {
        let inner = module.import(self.inner, self.signature.clone());
        let pause = module.import(self.gate.pause, ([], [I32]));
        let resume = module.import(self.gate.resume, ([I32], []));
        module.function(Some(self.def), "wasi-shim: export", self.signature, |body| {
            let paused = body.local(I32);
            body.call(pause).set(paused).get_params().call(inner).get(paused).call(resume);
        });
    }
}
