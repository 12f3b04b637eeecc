//! The code of a service: what answers a request, and what stands between the host's request and the guest.

use wasm_encoder::{BlockType, Instruction, MemArg, ValType};

use super::{Drain, Gate, import_drain, push_drain};
use crate::substitute::{Code, CoreModule, Signature};

use ValType::{I32, I64};

/// `result<response, error-code>` as flat values: the same in both generations.
pub(super) const RESULT: [ValType; 8] = [I32, I32, I32, I64, I32, I32, I32, I32];

/// The wrapper of the guest's `handle`, which becomes the core function of the async `handle` of 0.3.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    pub def: u32,
    /// The guest's function: `(incoming-request, response-outparam) -> ()`.
    pub inner: u32,
    pub gate: Gate,
    /// P's: `(request) -> incoming-request`.
    pub accept: u32,
    /// P's: `() -> response-outparam`.
    pub outparam: u32,
    /// P's functions for the time when the guest has returned.
    pub end: Drain,
    pub task_return: u32,
    /// Of a service that hands requests on: what returns an answer that has come from elsewhere.
    pub deliver: Option<u32>,
    /// The number of the error code that answers a request which the guest does not answer, and the memory that its text
    /// is read from, if that is read as UTF-8.
    pub unanswered: i32,
    pub memory: Option<u32>,
    pub backpressure_inc: u32,
    /// Given if the instance may take another request once this one is done with.
    pub backpressure_dec: Option<u32>,
}

impl Handle {
    /// Imports what the wrapper calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let inner = module.import_at(self.inner, Signature::new(&[I32, I32], &[]));
        let enter = module.import_at(self.gate.enter, Signature::default());
        let leave = module.import_at(self.gate.leave, Signature::default());
        let take_answered = module.import_at(self.gate.take_answered, Signature::new(&[], &[I32]));
        let accept = module.import_at(self.accept, Signature::new(&[I32], &[I32]));
        let outparam = module.import_at(self.outparam, Signature::new(&[], &[I32]));
        let end = import_drain(module, self.end, self.gate);
        let task_return = module.import_at(self.task_return, Signature::new(&RESULT, &[]));
        let deliver = self.deliver.map(|deliver| module.import_at(deliver, Signature::default()));
        let inc = module.import_at(self.backpressure_inc, Signature::default());
        let dec = self.backpressure_dec.map(|dec| module.import_at(dec, Signature::default()));
        let memory = self.memory.map(|memory| module.import_memory_at(memory));
        move |module| {
            let mut code = Code { locals: vec![I32], instructions: Vec::new() };
            code.locals.extend([I64; UNANSWERED.len() / 8]);
            let run = &mut code.instructions;
            run.extend([
                Instruction::Call(inc),
                Instruction::Call(enter),
                Instruction::LocalGet(0),
                Instruction::Call(accept),
                Instruction::Call(outparam),
                Instruction::Call(inner),
            ]);
            run.extend(deliver.map(Instruction::Call));
            run.extend([Instruction::Call(take_answered), Instruction::I32Eqz, Instruction::If(BlockType::Empty)]);
            if let Some(memory) = memory {
                run.extend([Instruction::MemorySize(memory), Instruction::If(BlockType::Empty)]);
                with_text(run, memory, 2, |run| {
                    let text = UNANSWERED.trim_ascii_end().len() as i32;
                    run.extend([1, self.unanswered, 1].map(Instruction::I32Const));
                    run.extend([Instruction::I64Const(0), Instruction::I32Const(text)]);
                    run.extend(RESULT[5..].iter().map(zero));
                    run.push(Instruction::Call(task_return));
                });
                run.push(Instruction::Else);
            }
            run.extend([1, self.unanswered].map(Instruction::I32Const));
            run.extend(RESULT[2..].iter().map(zero));
            run.push(Instruction::Call(task_return));
            run.extend(memory.map(|_| Instruction::End));
            run.push(Instruction::End);
            push_drain(run, end, 1);
            run.push(Instruction::Call(leave));
            run.extend(dec.map(Instruction::Call));
            // EXIT
            run.push(Instruction::I32Const(0));
            let signature = Signature::new(&[I32], &[I32]);
            module.add(Some(self.def), "wasi-shim: handle", signature, code);
        }
    }
}

/// What hosts of 0.2 report of a service that does not answer, in pieces of eight bytes.
const UNANSWERED: &[u8; 56] = b"guest never invoked `response-outparam::set` method     ";

/// Runs code while that text is at address 0 of the guest's memory: the guest need not have exported an allocator. What is
/// there otherwise is kept in the locals from `saved` on; nobody else runs meanwhile.
fn with_text(
    run: &mut Vec<Instruction<'static>>,
    memory: u32,
    saved: u32,
    code: impl FnOnce(&mut Vec<Instruction<'static>>),
) {
    let at = |piece: usize| MemArg { offset: 8 * piece as u64, align: 3, memory_index: memory };
    let pieces = || UNANSWERED.chunks_exact(8).enumerate();
    for (piece, bytes) in pieces() {
        let bytes = bytes.try_into().expect("pieces of eight bytes");
        run.extend([
            Instruction::I32Const(0),
            Instruction::I64Load(at(piece)),
            Instruction::LocalSet(saved + piece as u32),
            Instruction::I32Const(0),
            Instruction::I64Const(i64::from_le_bytes(bytes)),
            Instruction::I64Store(at(piece)),
        ]);
    }
    code(run);
    for (piece, _) in pieces() {
        run.extend([
            Instruction::I32Const(0),
            Instruction::LocalGet(saved + piece as u32),
            Instruction::I64Store(at(piece)),
        ]);
    }
}

/// The callback of a task that ends with its first call.
pub(crate) fn callback(module: &mut CoreModule, def: u32) {
    let code = Code { instructions: vec![Instruction::Unreachable], ..Code::default() };
    module.add(Some(def), "wasi-shim: callback", Signature::new(&[I32, I32, I32], &[I32]), code);
}

/// `response-outparam.set`: the task returns while the guest runs on.
#[derive(Debug, Clone)]
pub(crate) struct Respond {
    /// What it replaces, and its type.
    pub def: u32,
    pub signature: Signature,
    pub gate: Gate,
    /// P's: `(response-outparam, outgoing-response) -> response`.
    pub respond: u32,
    /// P's: `(response-outparam) -> ()`.
    pub refuse: u32,
    pub task_return: u32,
}

impl Respond {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let answer = module.import_at(self.gate.answer, Signature::default());
        let respond = module.import_at(self.respond, Signature::new(&[I32, I32], &[I32]));
        let refuse = module.import_at(self.refuse, Signature::new(&[I32], &[]));
        let task_return = module.import_at(self.task_return, Signature::new(&RESULT, &[]));
        move |module| {
            let [param, outcome, response] = [0, 1, 2];
            let mut code = Code::default();
            let run = &mut code.instructions;
            run.extend([
                Instruction::Call(answer),
                Instruction::LocalGet(outcome),
                Instruction::If(BlockType::Empty),
                Instruction::LocalGet(param),
                Instruction::Call(refuse),
            ]);
            run.extend((1..=RESULT.len() as u32).map(Instruction::LocalGet));
            run.extend([
                Instruction::Call(task_return),
                Instruction::Else,
                Instruction::I32Const(0),
                Instruction::LocalGet(param),
                Instruction::LocalGet(response),
                Instruction::Call(respond),
            ]);
            run.extend(RESULT[2..].iter().map(zero));
            run.extend([Instruction::Call(task_return), Instruction::End]);
            module.add(Some(self.def), "wasi-shim: response-outparam.set", self.signature, code);
        }
    }
}

pub(super) fn zero(ty: &ValType) -> Instruction<'static> {
    match ty {
        I64 => Instruction::I64Const(0),
        _ => Instruction::I32Const(0),
    }
}
