//! The code of a service: the answer to a request, and the steps between the host's request and the
//! guest.

use wasm_encoder::Instruction::{I32Eqz, I64Load, I64Store, Unreachable};
use wasm_encoder::ValType;
use wasm_encoder::ValType::{I32, I64};

use super::Gate;
use crate::code::{Body, CoreModule, Local, Memory, Signature};
use crate::component::{CoreFuncId, MemoryId};

/// `result<response, error-code>` as flat values: the same in both generations.
pub(super) const RESULT: [ValType; 8] = [I32, I32, I32, I64, I32, I32, I32, I32];

/// The wrapper of the guest's `handle`, which becomes the core function of the async `handle` of
/// 0.3.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    pub def: CoreFuncId,
    /// The guest's function: `(incoming-request, response-outparam) -> ()`.
    pub inner: CoreFuncId,
    pub gate: Gate,
    /// P's: `(request) -> incoming-request`.
    pub accept: CoreFuncId,
    /// P's: `() -> response-outparam`.
    pub outparam: CoreFuncId,
    /// `() -> ()`: P's work after the guest has returned.
    pub end: CoreFuncId,
    pub task_return: CoreFuncId,
    /// For a service that hands requests on: returns an answer that another part gave.
    pub deliver: Option<CoreFuncId>,
    /// The number of the error code that the task returns if the guest does not answer, and the
    /// memory that its text is read from, if that is read as UTF-8.
    pub unanswered: i32,
    pub memory: Option<MemoryId>,
    pub backpressure_inc: CoreFuncId,
    /// Present if the instance may take another request after this one.
    pub backpressure_dec: Option<CoreFuncId>,
}

impl Handle {
    /// Adds the wrapper.
    pub fn build(self, module: &mut CoreModule) {
        let inner = module.import(self.inner, ([I32, I32], []));
        let enter = module.import(self.gate.enter, ([], []));
        let leave = module.import(self.gate.leave, ([], []));
        let take_answered = module.import(self.gate.take_answered, ([], [I32]));
        let accept = module.import(self.accept, ([I32], [I32]));
        let outparam = module.import(self.outparam, ([], [I32]));
        let end = module.import(self.end, ([], []));
        let task_return = module.import(self.task_return, (RESULT, []));
        let deliver = self.deliver.map(|deliver| module.import(deliver, ([], [])));
        let inc = module.import(self.backpressure_inc, ([], []));
        let dec = self.backpressure_dec.map(|dec| module.import(dec, ([], [])));
        let memory = self.memory.map(|memory| module.import_memory(memory));
        module.function(Some(self.def), "wasi-shim: handle", ([I32], [I32]), |body| {
            let request = body.param(0);
            let saved = body.locals([I64; UNANSWERED.len() / 8]);
            body.call(inc).call(enter).get(request).call(accept).call(outparam).call(inner).calls(deliver);
            body.call(take_answered).op(I32Eqz).if_(|body| {
                let without_text = |body: &mut Body<'_>| {
                    body.i32(1).i32(self.unanswered).zeros(&RESULT[2..]).call(task_return);
                };
                let Some(memory) = memory else { return without_text(body) };
                let with_text = |body: &mut Body<'_>| {
                    let text = UNANSWERED.trim_ascii_end().len() as i32;
                    body.i32(1).i32(self.unanswered).i32(1).i64(0).i32(text).zeros(&RESULT[5..]).call(task_return);
                };
                let with_text = |body: &mut Body<'_>| lend_text(body, memory, saved, with_text);
                body.memory_size(memory).if_else(None, with_text, without_text);
            });
            body.call(end).call(leave).calls(dec);
            // EXIT
            body.i32(0);
        });
    }
}

/// The text by which hosts of 0.2 report that a service did not answer, in pieces of eight bytes.
const UNANSWERED: &[u8; 56] = b"guest never invoked `response-outparam::set` method     ";

/// Runs `code` while [`UNANSWERED`] is at address 0 of the guest's memory, because the guest need
/// not export an allocator. `saved` keeps the bytes of the guest; no other code runs meanwhile.
fn lend_text<'m>(
    body: &mut Body<'m>,
    memory: Memory,
    saved: [Local; UNANSWERED.len() / 8],
    code: impl FnOnce(&mut Body<'m>),
) {
    let pieces = || (0..).step_by(8).zip(saved);
    for ((at, saved), text) in pieces().zip(UNANSWERED.chunks_exact(8)) {
        let text = text.try_into().expect("pieces of eight bytes");
        body.i32(0).load(I64Load, memory, at).set(saved);
        body.i32(0).i64(i64::from_le_bytes(text)).store(I64Store, memory, at);
    }
    code(body);
    for (at, saved) in pieces() {
        body.i32(0).get(saved).store(I64Store, memory, at);
    }
}

/// The callback of a task that exits in its first call, so it is never called.
pub(crate) fn callback(module: &mut CoreModule, def: CoreFuncId) {
    module.function(Some(def), "wasi-shim: callback", ([I32; 3], [I32]), |body| {
        body.op(Unreachable);
    });
}

/// `response-outparam.set`: the task returns while the guest runs on.
#[derive(Debug, Clone)]
pub(crate) struct Respond {
    /// The lowered function that it replaces, and its type.
    pub def: CoreFuncId,
    pub signature: Signature,
    pub gate: Gate,
    /// P's: `(response-outparam, outgoing-response) -> response`.
    pub respond: CoreFuncId,
    /// P's: `(response-outparam) -> ()`.
    pub refuse: CoreFuncId,
    pub task_return: CoreFuncId,
}

impl Respond {
    /// Adds the function.
    pub fn build(self, module: &mut CoreModule) {
        let answer = module.import(self.gate.answer, ([], []));
        let respond = module.import(self.respond, ([I32, I32], [I32]));
        let refuse = module.import(self.refuse, ([I32], []));
        let task_return = module.import(self.task_return, (RESULT, []));
        module.function(Some(self.def), "wasi-shim: response-outparam.set", self.signature, |body| {
            let given = body.params();
            let [param, outcome, response] = [given[0], given[1], given[2]];
            let result = given[1..=RESULT.len()].to_vec();
            body.call(answer).get(outcome).if_else(
                None,
                |body| {
                    body.get(param).call(refuse).gets(result).call(task_return);
                },
                |body| {
                    body.i32(0).get(param).get(response).call(respond).zeros(&RESULT[2..]).call(task_return);
                },
            );
        });
    }
}
