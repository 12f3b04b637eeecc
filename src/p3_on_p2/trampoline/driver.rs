//! Waiting: the built-ins, and the loop that drives a callback-lifted export to its end.

use wasm_encoder::{BlockType, Instruction, MemArg, ValType};

use super::{Task, push_code, push_payload, push_waitable};
use crate::substitute::{Code, CoreModule, Signature};

use ValType::{I32, I64};

/// `waitable-set.wait` or `waitable-set.poll`: `(set, address) -> code`.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    pub def: u32,
    /// R's function: `(set) -> event`.
    pub inner: u32,
    pub task: Task,
}

impl Wait {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let inner = module.import(self.inner, Signature::new(&[I32], &[I64]));
        let deliver = module.import(self.task.deliver, Signature::new(&[I32, I32], &[]));
        move |module| {
            let event = 2;
            let at = |offset| MemArg { offset, align: 2, memory_index: 0 };
            let mut run = vec![Instruction::LocalGet(0), Instruction::Call(inner), Instruction::LocalSet(event)];
            push_delivery(&mut run, event, deliver);
            run.push(Instruction::LocalGet(1));
            push_waitable(&mut run, event);
            run.extend([Instruction::I32Store(at(0)), Instruction::LocalGet(1)]);
            push_payload(&mut run, event);
            run.push(Instruction::I32Store(at(4)));
            push_code(&mut run, event);
            let code = Code { locals: vec![I64], instructions: run };
            module.function(Some(self.def), "wasi-shim: waitable-set.wait", Signature::new(&[I32, I32], &[I32]), code);
        }
    }
}

/// Delivers the event in local `event`, if it is one.
fn push_delivery(run: &mut Vec<Instruction<'static>>, event: u32, deliver: u32) {
    push_code(run, event);
    run.push(Instruction::If(BlockType::Empty));
    push_waitable(run, event);
    push_payload(run, event);
    run.extend([Instruction::Call(deliver), Instruction::End]);
}

/// The sync function that an async export becomes.
#[derive(Debug, Clone)]
pub(crate) struct Driver {
    pub def: u32,
    pub core: u32,
    /// The type of the core function of the async lift.
    pub params: Vec<ValType>,
    /// The flat result of the sync lift.
    pub result: Option<ValType>,
    /// The callback; without it the core function gives the result itself.
    pub callback: Option<u32>,
    pub task: Task,
    /// R's `waitable-set-wait`, `yield` and `drain`.
    pub wait: u32,
    pub yield_: u32,
    pub drain: u32,
}

impl Driver {
    /// Imports what the function calls and gives back what adds it.
    pub fn build(self, module: &mut CoreModule) -> impl FnOnce(&mut CoreModule) + use<> {
        let result: Vec<ValType> = self.result.into_iter().collect();
        let core_result = if self.callback.is_some() { vec![I32] } else { result.clone() };
        let core = module.import(self.core, Signature { params: self.params.clone(), results: core_result });
        let callback = self.callback.map(|callback| module.import(callback, Signature::new(&[I32, I32, I32], &[I32])));
        let task = self.task;
        let contexts: Vec<_> = (0..2)
            .map(|slot| {
                let get = module.import(task.context_get[slot], Signature::new(&[], &[I32]));
                (get, module.import(task.context_set[slot], Signature::new(&[I32], &[])))
            })
            .collect();
        let begin = module.import(task.begin, Signature::default());
        let end = module.import(task.end, Signature::new(&[], &[I64]));
        let deliver = module.import(task.deliver, Signature::new(&[I32, I32], &[]));
        let wait = module.import(self.wait, Signature::new(&[I32], &[I64]));
        let yield_ = module.import(self.yield_, Signature::default());
        let drain = module.import(self.drain, Signature::default());
        move |module| {
            let params = self.params.len() as u32;
            let [first, second, status, event] = [params, params + 1, params + 2, params + 3];
            let mut locals = vec![I32, I32, I32, I64];
            let mut run = Vec::new();
            for ((get, set), saved) in contexts.iter().zip([first, second]) {
                run.extend([Instruction::Call(*get), Instruction::LocalSet(saved)]);
                run.extend([Instruction::I32Const(0), Instruction::Call(*set)]);
            }
            run.push(Instruction::Call(begin));
            run.extend((0..params).map(Instruction::LocalGet));
            run.push(Instruction::Call(core));
            if let Some(callback) = callback {
                run.push(Instruction::LocalSet(status));
                push_loop(&mut run, status, event, callback, wait, yield_, deliver);
                run.push(Instruction::Call(end));
                match result.first() {
                    None => run.push(Instruction::Drop),
                    Some(I32) => run.push(Instruction::I32WrapI64),
                    Some(ValType::F32) => {
                        run.extend([Instruction::I32WrapI64, Instruction::F32ReinterpretI32]);
                    }
                    Some(ValType::F64) => run.push(Instruction::F64ReinterpretI64),
                    Some(_) => {}
                }
            }
            let kept = event + 1;
            if let Some(ty) = result.first() {
                locals.push(*ty);
                run.push(Instruction::LocalSet(kept));
            }
            run.push(Instruction::Call(drain));
            for ((_, set), saved) in contexts.iter().zip([first, second]) {
                run.extend([Instruction::LocalGet(saved), Instruction::Call(*set)]);
            }
            if !result.is_empty() {
                run.push(Instruction::LocalGet(kept));
            }
            let signature = Signature { params: self.params, results: result };
            module.function(Some(self.def), "wasi-shim: async export", signature, Code { locals, instructions: run });
        }
    }
}

/// While the callback code in local `status` is not EXIT: wait or yield, then call back.
fn push_loop(
    run: &mut Vec<Instruction<'static>>,
    status: u32,
    event: u32,
    callback: u32,
    wait: u32,
    yield_: u32,
    deliver: u32,
) {
    run.extend([
        Instruction::Block(BlockType::Empty),
        Instruction::Loop(BlockType::Empty),
        Instruction::LocalGet(status),
        Instruction::I32Const(0xf),
        Instruction::I32And,
        Instruction::I32Eqz,
        Instruction::BrIf(1),
        // YIELD = 1, WAIT = 2
        Instruction::LocalGet(status),
        Instruction::I32Const(0xf),
        Instruction::I32And,
        Instruction::I32Const(1),
        Instruction::I32Eq,
        Instruction::If(BlockType::Empty),
        Instruction::Call(yield_),
        Instruction::I64Const(0),
        Instruction::LocalSet(event),
        Instruction::Else,
        Instruction::LocalGet(status),
        Instruction::I32Const(4),
        Instruction::I32ShrU,
        Instruction::Call(wait),
        Instruction::LocalSet(event),
        Instruction::End,
    ]);
    push_delivery(run, event, deliver);
    push_code(run, event);
    push_waitable(run, event);
    push_payload(run, event);
    run.extend([
        Instruction::Call(callback),
        Instruction::LocalSet(status),
        Instruction::Br(0),
        Instruction::End,
        Instruction::End,
    ]);
}
