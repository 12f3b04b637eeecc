//! The code of a service that hands requests on: its task returns the answer of the component that
//! got the request.

use wasm_encoder::Instruction::{
    Drop, I32Add, I32Eq, I32Eqz, I32GtS, I32Load, I32Or, I32ShrU, I32Sub, I32WrapI64, Return,
};
use wasm_encoder::ValType::{I32, I64};

use super::Gate;
use super::handler::RESULT;
use crate::code::{CoreModule, Memory, Signature};
use crate::component::{CoreFuncId, MemoryId};

/// Codes of the Canonical ABI.
const RETURNED: i32 = 2;
const EVENT_SUBTASK: i32 = 1;

/// Addresses in the memory that is generated for relays: a returned string's pointer and length,
/// the payload of an event, the bytes of the string.
const TEXT: u32 = 0;
const EVENT: u32 = 8;
const TEXTS: u32 = 16;

/// A module with memory `memory` and a `realloc` for the text of one error.
pub(crate) fn memory(memory: MemoryId, realloc: CoreFuncId) -> CoreModule {
    const PAGE: u32 = 16;
    let mut module = CoreModule::default();
    let memory = module.provide_memory(memory, 1);
    module.function(Some(realloc), "wasi-shim: realloc", ([I32; 4], [I32]), |body| {
        let (size, pages) = (body.param(3), body.local(I32));
        body.get(size).u32(TEXTS + (1 << PAGE) - 1).op(I32Add).u32(PAGE).op(I32ShrU);
        body.memory_size(memory).op(I32Sub).tee(pages).i32(0).op(I32GtS).if_(|body| {
            body.get(pages).memory_grow(memory).i32(-1).op(I32Eq).trap_if();
        });
        body.u32(TEXTS);
    });
    module
}

/// P's functions for relays, lowered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answers {
    pub take: CoreFuncId,
    pub response: CoreFuncId,
    pub error_text: CoreFuncId,
    pub error_flat: CoreFuncId,
}

/// `() -> ()`: if there is an answer, the task returns it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deliver {
    pub def: CoreFuncId,
    pub gate: Gate,
    pub answers: Answers,
    pub task_return: CoreFuncId,
    pub memory: MemoryId,
}

impl Deliver {
    /// The module that provides it.
    pub fn module(self) -> CoreModule {
        let mut module = CoreModule::default();
        let memory = module.import_memory(self.memory);
        let answer = module.import(self.gate.answer, ([], []));
        let take = module.import(self.answers.take, ([], [I32]));
        let response = module.import(self.answers.response, ([], [I32]));
        let error_text = module.import(self.answers.error_text, ([I32], []));
        let error_flat = module.import(self.answers.error_flat, ([I32, I32], [I64]));
        let task_return = module.import(self.task_return, (RESULT, []));
        module.function(Some(self.def), "wasi-shim: deliver", ([], []), |body| {
            let kind = body.local(I32);
            body.call(take).tee(kind).op(I32Eqz).if_(|body| {
                body.op(Return);
            });
            body.call(answer).get(kind).i32(1).op(I32Eq).if_else(
                None,
                |body| {
                    body.i32(0).call(response).zeros(&RESULT[2..]).call(task_return);
                },
                |body| {
                    body.u32(TEXT).call(error_text).i32(1);
                    for (flat, ty) in (0..).zip(&RESULT[1..]) {
                        body.i32(flat).i32(0).load(I32Load, memory, TEXT).call(error_flat);
                        if *ty == I32 {
                            body.op(I32WrapI64);
                        }
                    }
                    body.call(task_return);
                },
            );
        });
        module
    }
}

/// `response-outparam.set` of the part that the host calls: it tells P, as in every part, and then
/// the task returns.
#[derive(Debug, Clone)]
pub(crate) struct SetThenDeliver {
    pub def: CoreFuncId,
    pub signature: Signature,
    /// P's `set`.
    pub inner: CoreFuncId,
    pub deliver: CoreFuncId,
}

impl SetThenDeliver {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let inner = module.import(self.inner, self.signature.clone());
        let deliver = module.import(self.deliver, ([], []));
        module.function(Some(self.def), "wasi-shim: response-outparam.set", self.signature, |body| {
            body.get_params().call(inner).call(deliver);
        });
    }
}

/// Built-ins to wait for a subtask and a notification stream at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConcurrentWait {
    /// P's: `() -> stream`, and `() -> ()`, which ends that stream.
    pub watch: CoreFuncId,
    pub unwatch: CoreFuncId,
    pub stream_read: CoreFuncId,
    pub stream_drop_readable: CoreFuncId,
    pub set_new: CoreFuncId,
    pub set_wait: CoreFuncId,
    pub set_drop: CoreFuncId,
    pub join: CoreFuncId,
    pub subtask_drop: CoreFuncId,
}

/// A call of a function of another part that takes the `response-outparam`: the task returns when
/// an answer arrives, which may be before the function returns.
#[derive(Debug, Clone)]
pub(crate) struct RelayCall {
    pub def: CoreFuncId,
    pub name: String,
    /// At most four parameters, no result.
    pub signature: Signature,
    /// The function, for calls outside of async exports.
    pub function: CoreFuncId,
    /// The companion of the function, lowered async.
    pub companion: CoreFuncId,
    pub gate: Gate,
    pub beside: ConcurrentWait,
    pub deliver: CoreFuncId,
}

impl RelayCall {
    /// Adds the trampoline. The first memory of the module is that of relays.
    pub fn build(self, module: &mut CoreModule) {
        let called = Signature { results: vec![I32], ..self.signature.clone() };
        let is_running = module.import(self.gate.is_running, ([], [I32]));
        let function = module.import(self.function, self.signature.clone());
        let companion = module.import(self.companion, called);
        let deliver = module.import(self.deliver, ([], []));
        let watch = module.import(self.beside.watch, ([], [I32]));
        let unwatch = module.import(self.beside.unwatch, ([], []));
        let read = module.import(self.beside.stream_read, ([I32; 3], [I32]));
        let drop_readable = module.import(self.beside.stream_drop_readable, ([I32], []));
        let set_new = module.import(self.beside.set_new, ([], [I32]));
        let set_wait = module.import(self.beside.set_wait, ([I32, I32], [I32]));
        let set_drop = module.import(self.beside.set_drop, ([I32], []));
        let join = module.import(self.beside.join, ([I32, I32], []));
        let subtask_drop = module.import(self.beside.subtask_drop, ([I32], []));
        module.function(Some(self.def), self.name, self.signature, |body| {
            let [stream, subtask, set] = body.locals([I32; 3]);
            body.call(is_running).op(I32Eqz).if_(|body| {
                body.get_params().call(function).op(Return);
            });
            body.call(set_new).set(set);
            body.call(watch).tee(stream).get(set).call(join);
            // P writes nothing before the call, so the read stays pending.
            body.get(stream).i32(0).i32(1).call(read).op(Drop);
            body.get_params().call(companion).i32(4).op(I32ShrU).tee(subtask).if_else(
                None,
                |body| {
                    body.get(subtask).get(set).call(join);
                },
                |body| {
                    body.call(unwatch);
                },
            );
            body.loop_(|body, again| {
                body.get(set).u32(EVENT).call(set_wait).i32(EVENT_SUBTASK).op(I32Eq).if_else(
                    None,
                    |body| {
                        body.i32(0).load(I32Load, Memory::FIRST, EVENT + 4).i32(RETURNED).op(I32Eq).if_(|body| {
                            body.get(subtask).call(subtask_drop).i32(0).set(subtask).call(unwatch);
                        });
                    },
                    |body| {
                        body.get(stream).call(drop_readable).i32(0).set(stream).call(deliver);
                    },
                );
                body.get(subtask).get(stream).op(I32Or).br_if(again);
            });
            body.get(set).call(set_drop);
        });
    }
}
